import { hourAt } from '../market/hourly.ts';
import type { InstrumentState } from '../market/state.ts';
import type { CascadeLevel } from '../model/regime.ts';
import type { EngineSettings } from '../model/settings.ts';

type Side = 'long' | 'short';

/** Positions opened at one price with one leverage, as the model sees them. */
interface Cohort {
  readonly entry: number;
  /** Price at which they are liquidated. */
  readonly liquidation: number;
  /** What is still alive, in shares of `coinsPerShare`. */
  shares: number;
}

/** Positions estimated for one instrument, hour by hour. Plain data. */
export interface CohortBook {
  /** Binary heaps, the cohort that dies first on top: longs by falling, shorts by rising liquidation price. */
  longs: Cohort[];
  shorts: Cohort[];
  /** Base coin in a share: when OI falls all cohorts shrink in proportion, which is one multiplication. */
  coinsPerShare: number;
  /** Base coin that the cohorts add up to. */
  total: number;
  /** Newest hour taken in; −1 before the first. */
  asOfHour: number;
}

/** A cohort as it stands: `size` in base coin. */
export interface CohortSize {
  readonly side: Side;
  readonly entry: number;
  readonly liquidation: number;
  readonly size: number;
}

/** Cohorts kept; beyond it the smaller half is let go and the rest scaled up to OI. */
const COHORTS_KEPT = 8192;
/** A share worth less than this is worth counting anew, long before doubles run out. */
const SMALLEST_SHARE = 1e-6;

type CohortSettings = Pick<EngineSettings['cascade'], 'leverage'> & {
  /** Maintenance margin rate, a fraction. */
  readonly maintenance: number;
};

/**
 * Price at which an isolated linear position dies: long E(1 − 1/L)/(1 − m), short E(1 + 1/L)/(1 + m) (SPEC §9).
 *
 * Check: E 100, L 20, m 0.005 → 95.477 and 104.478.
 */
export function liquidationPrice(
  side: Side,
  entry: number,
  leverage: number,
  maintenance: number,
): number {
  return side === 'long'
    ? (entry * (1 - 1 / leverage)) / (1 - maintenance)
    : (entry * (1 + 1 / leverage)) / (1 + maintenance);
}

export const createCohortBook = (): CohortBook => ({
  longs: [],
  shorts: [],
  coinsPerShare: 1,
  total: 0,
  asOfHour: -1,
});

/** Rank in a heap: greater dies first. */
const rankIn = (side: Side, { liquidation }: Cohort): number =>
  side === 'long' ? liquidation : -liquidation;

function pushHeap(heap: Cohort[], side: Side, cohort: Cohort): void {
  const rank = rankIn(side, cohort);
  let at = heap.length;
  heap.push(cohort);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (rankIn(side, heap[parent]!) >= rank) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = cohort;
}

function popHeap(heap: Cohort[], side: Side): Cohort {
  const top = heap[0]!;
  const moved = heap.pop()!;
  if (heap.length === 0) return top;
  const rank = rankIn(side, moved);
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && rankIn(side, heap[child + 1]!) > rankIn(side, heap[child]!))
      child += 1;
    if (rankIn(side, heap[child]!) <= rank) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = moved;
  return top;
}

/** The cohorts as they stand, longs first, in no particular order. */
export function* cohortsIn(book: CohortBook): Generator<CohortSize> {
  for (const side of ['long', 'short'] as const)
    for (const { entry, liquidation, shares } of side === 'long' ? book.longs : book.shorts)
      yield { side, entry, liquidation, size: shares * book.coinsPerShare };
}

const isEmpty = (book: CohortBook): boolean => book.longs.length === 0 && book.shorts.length === 0;

/** Price traded through [low, high]: every level inside is consumed. What died stays missing until the next interval says what OI became. */
export function consume(book: CohortBook, low: number, high: number): void {
  const { longs, shorts } = book;
  let died = 0;
  while (longs.length > 0 && longs[0]!.liquidation >= low) died += popHeap(longs, 'long').shares;
  while (shorts.length > 0 && shorts[0]!.liquidation <= high)
    died += popHeap(shorts, 'short').shares;
  if (died === 0) return;
  book.total = isEmpty(book) ? 0 : Math.max(0, book.total - died * book.coinsPerShare);
}

/** Shares worth a coin again. */
function countAnew(book: CohortBook): void {
  for (const heap of [book.longs, book.shorts])
    for (const cohort of heap) cohort.shares *= book.coinsPerShare;
  book.coinsPerShare = 1;
}

function letSmallestGo(book: CohortBook): void {
  const kept = [...book.longs, ...book.shorts]
    .sort((a, b) => b.shares - a.shares)
    .slice(0, COHORTS_KEPT / 2);
  const isKept = new Set(kept);
  for (const side of ['long', 'short'] as const) {
    const heap = side === 'long' ? book.longs : book.shorts;
    // A list that falls in rank is a heap.
    const large = heap
      .filter((cohort) => isKept.has(cohort))
      .sort((a, b) => rankIn(side, b) - rankIn(side, a));
    if (side === 'long') book.longs = large;
    else book.shorts = large;
  }
  book.coinsPerShare = book.total / kept.reduce((sum, { shares }) => sum + shares, 0);
}

/**
 * One interval: OI became `openInterest` (base coin) while price was `price`, trading through [low, high].
 *
 * New positions enter only by what OI rose plus what died, split long/short by the aggressor flow of the interval; where OI fell every cohort shrinks in
 * proportion. Afterwards the cohorts add up to OI.
 *
 * @param buyShare share of the interval's volume bought by takers, 0–1.
 */
export function advanceCohorts(
  book: CohortBook,
  interval: {
    readonly hour: number;
    readonly openInterest: number;
    readonly price: number;
    readonly low: number;
    readonly high: number;
    readonly buyShare: number;
  },
  settings: CohortSettings,
): void {
  const { hour, openInterest, price, low, high, buyShare } = interval;
  book.asOfHour = hour;
  consume(book, low, high);
  if (openInterest < book.total) {
    book.coinsPerShare *= openInterest / book.total;
    book.total = openInterest;
    if (book.coinsPerShare < SMALLEST_SHARE) countAnew(book);
    return;
  }
  const opened = openInterest - book.total;
  if (opened === 0) return;
  const weights = settings.leverage.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [leverage, weight] of settings.leverage) {
    for (const side of ['long', 'short'] as const) {
      const size = (opened * weight * (side === 'long' ? buyShare : 1 - buyShare)) / weights;
      if (size <= 0) continue;
      pushHeap(side === 'long' ? book.longs : book.shorts, side, {
        entry: price,
        liquidation: liquidationPrice(side, price, leverage, settings.maintenance),
        shares: size / book.coinsPerShare,
      });
    }
  }
  book.total = openInterest;
  if (book.longs.length + book.shorts.length > COHORTS_KEPT) letSmallestGo(book);
}

/** Takes in what is stored of one hour; an hour without OI or price is left out. */
export function takeHour(
  book: CohortBook,
  lead: InstrumentState,
  hour: number,
  settings: CohortSettings,
): void {
  const { history } = lead;
  const openInterest = hourAt(history.openInterest, hour);
  const price = hourAt(history.close, hour);
  if (!(openInterest > 0) || !(price > 0)) return;
  const low = hourAt(history.low, hour);
  const high = hourAt(history.high, hour);
  const buyShare = hourAt(history.buyShare, hour);
  advanceCohorts(
    book,
    {
      hour,
      openInterest,
      price,
      low: low > 0 ? Math.min(low, price) : price,
      high: high > 0 ? Math.max(high, price) : price,
      // Without the hour's flow neither side is favoured.
      buyShare: Number.isFinite(buyShare) ? buyShare : 0.5,
    },
    settings,
  );
}

/** USD of the cohorts that die between price and `share` below it (longs) or above it (shorts), at their liquidation price. */
export function notionalWithin(
  book: CohortBook,
  price: number,
  share: number,
): { readonly long: number; readonly short: number } {
  const { longs, shorts, coinsPerShare } = book;
  const low = price * (1 - share);
  const high = price * (1 + share);
  let long = 0;
  let short = 0;
  for (const { liquidation, shares } of longs)
    if (liquidation <= price && liquidation >= low) long += shares * liquidation;
  for (const { liquidation, shares } of shorts)
    if (liquidation >= price && liquidation <= high) short += shares * liquidation;
  return { long: long * coinsPerShare, short: short * coinsPerShare };
}

/** The smallest of 1, 2, 5 × 10ⁿ that is not below `width`. */
function roundWidth(width: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(width));
  const mantissa = width / magnitude;
  return (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10) * magnitude;
}

/** Estimated USD that dies at prices from `from` to `to`. */
export interface LevelBin {
  readonly side: Side;
  readonly from: number;
  readonly to: number;
  readonly notional: number;
}

/**
 * Estimated USD per side and price bin within `share` of price, by rising price, bins without any left out.
 *
 * Bins lie at multiples of a round width of `widthShare` of price or a little more, so that they stay where they are while price moves a little.
 */
export function levelsAround(
  book: CohortBook,
  price: number,
  share: number,
  widthShare: number,
): LevelBin[] {
  const { longs, shorts, coinsPerShare } = book;
  const width = roundWidth(price * widthShare);
  const first = Math.floor((price * (1 - share)) / width);
  const count = Math.floor((price * (1 + share)) / width) - first + 1;
  const sums = { long: new Float64Array(count), short: new Float64Array(count) };
  for (const { liquidation, shares } of longs) {
    const bin = Math.floor(liquidation / width) - first;
    if (bin >= 0 && liquidation <= price) sums.long[bin]! += shares * liquidation;
  }
  for (const { liquidation, shares } of shorts) {
    const bin = Math.floor(liquidation / width) - first;
    if (bin < count && liquidation >= price) sums.short[bin]! += shares * liquidation;
  }
  const levels: LevelBin[] = [];
  for (let bin = 0; bin < count; bin += 1)
    for (const side of ['long', 'short'] as const) {
      const notional = sums[side][bin]! * coinsPerShare;
      if (notional > 0)
        levels.push({ side, from: (first + bin) * width, to: (first + bin + 1) * width, notional });
    }
  return levels;
}

export interface CascadeThresholds {
  readonly medium: number;
  readonly high: number;
  readonly critical: number;
}

/** BTC's USD thresholds for an asset with `share` of BTC's open interest (SPEC §9). */
export const scaledThresholds = (
  settings: EngineSettings['cascade'],
  share: number,
): CascadeThresholds => ({
  medium: settings.medium * share,
  high: settings.high * share,
  critical: settings.critical * share,
});

/** SPEC §9: at or above a threshold counts. */
export function cascadeLevel(notional: number, thresholds: CascadeThresholds): CascadeLevel {
  if (notional >= thresholds.critical) return 'critical';
  if (notional >= thresholds.high) return 'high';
  if (notional >= thresholds.medium) return 'medium';
  return 'low';
}
