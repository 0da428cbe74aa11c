import type { Micros } from '../model/units.ts';
import { type ByMix, type Leg, MID } from './margin.ts';

export type Side = 'long' | 'short';

/** Positions of one side by the level at which they die. */
interface CohortSide {
  /** Level of the first slot. */
  first: number;
  /** The level that dies first: no other that holds anything lies nearer to price. */
  edge: number;
  /** Per mix the shares of `worth` that die at each level. */
  shares: Float64Array[];
}

/**
 * Positions estimated for one perp, by the level at which they die, under three mixes of leverage at once: the mixes share levels and prices, and each keeps its own
 * sizes, for what has died and what was opened in its place differs with the mix. Sizes are what the contract is written in, coins or, of an inverse one, dollars:
 * those do not change with price.
 *
 * What was open already when the record begins entered at prices that nobody knows: it is `unplaced`, shrinks with the others and dies at no level, and gives way to
 * placed positions as open interest turns over. Levels and unplaced together are the open interest. Plain data.
 */
export interface CohortBook {
  readonly longs: CohortSide;
  readonly shorts: CohortSide;
  /** Size of a share by mix: when OI falls all cohorts shrink in proportion, which is one multiplication. */
  readonly worth: Float64Array;
  /** Shares whose entry is not known, by mix. */
  readonly unplaced: Float64Array;
  /** What all of it adds up to by mix. */
  readonly total: Float64Array;
  /** First and newest interval taken in; null before the first. */
  since: Micros | null;
  asOf: Micros | null;
}

/** A cohort as it stands. */
export interface CohortSize {
  readonly side: Side;
  /** Price at which it dies. */
  readonly price: number;
  readonly sizes: ByMix;
}

/** One interval of a perp: OI at its end, the price then, the prices between which it was traded, and the share of its volume that takers bought, 0–1. */
export interface CohortInterval {
  readonly ts: Micros;
  /** In what the contract is written in. */
  readonly openInterest: number;
  readonly price: number;
  readonly low: number;
  readonly high: number;
  readonly buyShare: number;
}

/** Width of a level, in ln of price: 5 bps, well below what an assumed bracket of maintenance moves a level by. */
const LEVEL = 5e-4;
/** Levels kept per side, a factor of 7.7 in price; what dies farther away is kept at the last of them. */
const LEVELS_KEPT = 4096;
/** Slots that are made at once. */
const SLOTS = 64;
/** A share worth less than this is worth counting anew, long before doubles run out. */
const SMALLEST_SHARE = 1e-6;
/** A price that lies on a level, but for the rounding of a logarithm. */
const SLACK = 1e-9;

const MIXES = [0, 1, 2] as const;

/** The level at which something is kept that dies at `price`, and the price of a level. */
export const levelOf = (price: number): number => Math.round(Math.log(price) / LEVEL);
export const priceOf = (level: number): number => Math.exp(level * LEVEL);
/** The lowest level whose price is not below `price`, and the highest whose price is not above it. */
const levelFrom = (price: number): number => Math.ceil(Math.log(price) / LEVEL - SLACK);
const levelTo = (price: number): number => Math.floor(Math.log(price) / LEVEL + SLACK);

const createSide = (edge: number): CohortSide => ({
  first: 0,
  edge,
  shares: MIXES.map(() => new Float64Array(0)),
});

export const createCohortBook = (): CohortBook => ({
  longs: createSide(Number.NEGATIVE_INFINITY),
  shorts: createSide(Number.POSITIVE_INFINITY),
  worth: new Float64Array(3).fill(1),
  unplaced: new Float64Array(3),
  total: new Float64Array(3),
  since: null,
  asOf: null,
});

const sideOf = (book: CohortBook, side: Side): CohortSide =>
  side === 'long' ? book.longs : book.shorts;

/** Slots from level `from` to below `to`; what lies outside goes to the outermost. */
function resize(held: CohortSide, from: number, to: number): void {
  const { first, shares } = held;
  held.shares = shares.map((before) => {
    const after = new Float64Array(to - from);
    for (let i = 0; i < before.length; i += 1) {
      const level = Math.min(Math.max(first + i, from), to - 1);
      after[level - from]! += before[i]!;
    }
    return after;
  });
  held.first = from;
  if (Number.isFinite(held.edge)) held.edge = Math.min(Math.max(held.edge, from), to - 1);
}

/** The slot of a level, made where there is none. Beyond the bound it is the one farthest from price. */
function slotFor(held: CohortSide, side: Side, level: number): number {
  const { length } = held.shares[0]!;
  if (length === 0) {
    resize(held, level - SLOTS / 2, level + SLOTS / 2);
    return SLOTS / 2;
  }
  const first = held.first;
  const end = first + length;
  if (level >= first && level < end) return level - first;
  let from = level < first ? level - SLOTS : first;
  let to = level >= end ? level + SLOTS : end;
  if (to - from > LEVELS_KEPT) {
    if (side === 'long') from = to - LEVELS_KEPT;
    else to = from + LEVELS_KEPT;
  }
  if (from !== first || to !== end) resize(held, from, to);
  return Math.min(Math.max(level, from), to - 1) - from;
}

/** Adds up what there is of a mix, so that no rounding of what came and went stays in the sum. */
function addUp({ longs, shorts, worth, unplaced, total }: CohortBook, mix: number): void {
  let shares = unplaced[mix]!;
  for (const held of [longs, shorts]) {
    const own = held.shares[mix]!;
    for (let i = 0; i < own.length; i += 1) shares += own[i]!;
  }
  total[mix] = shares * worth[mix]!;
}

/** Where less than this share of a sum is left, what the subtractions have rounded may be a part of it. */
const LITTLE_LEFT = 1e-3;

/** Price traded through [low, high]: every level inside is consumed. What died stays missing until the next interval says what OI became. */
export function consume(book: CohortBook, low: number, high: number): void {
  const { longs, shorts, worth, total } = book;
  const died: [number, number, number] = [0, 0, 0];
  const kill = (held: CohortSide, level: number) => {
    const slot = level - held.first;
    for (const mix of MIXES) {
      died[mix] += held.shares[mix]![slot]!;
      held.shares[mix]![slot] = 0;
    }
  };
  // A price that was not traded (infinite, none) reaches nothing.
  if (low > 0 && low < Number.POSITIVE_INFINITY && longs.shares[0]!.length > 0) {
    const last = Math.max(levelFrom(low), longs.first);
    for (let level = longs.edge; level >= last; level -= 1) kill(longs, level);
    longs.edge = Math.min(longs.edge, last - 1);
  }
  if (high > 0 && high < Number.POSITIVE_INFINITY && shorts.shares[0]!.length > 0) {
    const last = Math.min(levelTo(high), shorts.first + shorts.shares[0]!.length - 1);
    for (let level = shorts.edge; level <= last; level += 1) kill(shorts, level);
    shorts.edge = Math.max(shorts.edge, last + 1);
  }
  for (const mix of MIXES) {
    if (died[mix] === 0) continue;
    const left = total[mix]! - died[mix] * worth[mix]!;
    if (left > LITTLE_LEFT * total[mix]!) total[mix] = left;
    else addUp(book, mix);
  }
}

/** Shares of a mix worth one again. */
function countAnew({ longs, shorts, worth, unplaced }: CohortBook, mix: number): void {
  const size = worth[mix]!;
  for (const { shares } of [longs, shorts]) {
    const own = shares[mix]!;
    for (let i = 0; i < own.length; i += 1) own[i]! *= size;
  }
  unplaced[mix]! *= size;
  worth[mix] = 1;
}

function place(book: CohortBook, side: Side, price: number, sizes: ByMix): void {
  const held = sideOf(book, side);
  const slot = slotFor(held, side, levelOf(price));
  for (const mix of MIXES) held.shares[mix]![slot]! += sizes[mix] / book.worth[mix]!;
  const level = held.first + slot;
  held.edge = side === 'long' ? Math.max(held.edge, level) : Math.min(held.edge, level);
}

/**
 * One interval: OI became `openInterest` while price was `price`, trading through [low, high].
 *
 * New positions enter only by what OI rose plus what died, split long/short by the aggressor flow of the interval; where OI fell every cohort shrinks in
 * proportion. Afterwards the cohorts add up to OI. The OI of the first interval is no rise: its entries are not known. An interval without OI changes nothing.
 */
export function advanceCohorts(
  book: CohortBook,
  interval: CohortInterval,
  legs: readonly Leg[],
): void {
  const { ts, openInterest, price, low, high, buyShare } = interval;
  if (!(openInterest > 0) || !(price > 0)) return;
  const { worth, unplaced, total } = book;
  book.asOf = ts;
  if (book.since === null) {
    book.since = ts;
    unplaced.fill(openInterest);
    total.fill(openInterest);
    return;
  }
  consume(book, low, high);
  const opened: [number, number, number] = [0, 0, 0];
  for (const mix of MIXES) {
    const before = total[mix]!;
    if (openInterest < before) {
      worth[mix]! *= openInterest / before;
      if (worth[mix]! < SMALLEST_SHARE) countAnew(book, mix);
    } else opened[mix] = openInterest - before;
    total[mix] = openInterest;
  }
  if (opened[0] + opened[1] + opened[2] === 0) return;
  for (const { long, short, weights } of legs)
    for (const side of ['long', 'short'] as const) {
      const share = side === 'long' ? buyShare : 1 - buyShare;
      if (!(share > 0)) continue;
      place(book, side, price * (side === 'long' ? long : short), [
        opened[0] * weights[0] * share,
        opened[1] * weights[1] * share,
        opened[2] * weights[2] * share,
      ]);
    }
}

/** The cohorts as they stand, longs first, by rising price. */
export function* cohortsIn(book: CohortBook): Generator<CohortSize> {
  const { worth } = book;
  for (const side of ['long', 'short'] as const) {
    const { first, shares } = sideOf(book, side);
    const [low, mid, high] = shares as [Float64Array, Float64Array, Float64Array];
    for (let i = 0; i < mid.length; i += 1)
      if (low[i]! > 0 || mid[i]! > 0 || high[i]! > 0)
        yield {
          side,
          price: priceOf(first + i),
          sizes: [low[i]! * worth[0]!, mid[i]! * worth[1]!, high[i]! * worth[2]!],
        };
  }
}

/** Share of the open interest whose entries are known, of the mix that is shown; 0 before the first interval. */
export const placedShare = ({ unplaced, worth, total }: CohortBook): number =>
  total[MID]! > 0 ? Math.max(0, 1 - (unplaced[MID]! * worth[MID]!) / total[MID]!) : 0;

/** What takes USD in at a level: those that die there, by mix. */
type Take = (price: number, low: number, mid: number, high: number) => void;

/**
 * Hands out the USD that die at each level of one side between two prices, both included, by rising price; at their price of liquidation, and of an inverse contract as it
 * is written.
 */
export function eachLevel(
  book: CohortBook,
  side: Side,
  low: number,
  high: number,
  isInverse: boolean,
  take: Take,
): void {
  const { worth } = book;
  const { first, shares } = sideOf(book, side);
  const [less, mid, more] = shares as [Float64Array, Float64Array, Float64Array];
  const to = Math.min(levelTo(high), first + mid.length - 1);
  for (let level = Math.max(levelFrom(low), first); level <= to; level += 1) {
    const i = level - first;
    if (!(less[i]! > 0 || mid[i]! > 0 || more[i]! > 0)) continue;
    const price = priceOf(level);
    const unit = isInverse ? 1 : price;
    take(
      price,
      less[i]! * worth[0]! * unit,
      mid[i]! * worth[1]! * unit,
      more[i]! * worth[2]! * unit,
    );
  }
}
