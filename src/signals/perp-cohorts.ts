import type { InstrumentInput } from '../features/feature.ts';
import { openInterestReading } from '../features/open-interest.ts';
import { closeOf, HOURS_KEPT, hourAt } from '../market/hourly.ts';
import type { InstrumentState } from '../market/state.ts';
import type { Trade } from '../model/event.ts';
import type { MarginTier } from '../model/margin.ts';
import type { EngineSettings } from '../model/settings.ts';
import { HOUR, MINUTE, type Micros, SECOND } from '../model/units.ts';
import {
  advanceCohorts,
  type CohortBook,
  type CohortInterval,
  consume,
  createCohortBook,
  placedShare,
} from './cohorts.ts';
import { fresh, writeHour } from './hourly-sample.ts';
import { isInverse, type Leg, legsOf, tiersFor } from './margin.ts';

/** What a perp was traded at and how much of it by whom, since some instant. */
interface Bar {
  low: number;
  high: number;
  buy: number;
  sell: number;
  /** Heard from that instant on without a break. */
  isWhole: boolean;
}

/** The cohorts of one perp and what they are made from. Plain data. */
export interface PerpCohorts {
  book: CohortBook;
  /** Its legs and the brackets they were made of; null while nobody has stated any. */
  legs: readonly Leg[] | null;
  tiers: readonly MarginTier[] | null;
  /** Open interest in what the contract is written in, as it was told last; NaN before, and where dollars could not be told from coins. */
  contracts: number;
  /** When it was told; null before. */
  contractsTs: Micros | null;
  /** Since the last interval that was taken in. */
  readonly step: Bar;
  /** Since the hour began, or since it has been heard. */
  readonly hour: Bar;
  /** History has changed since the book was made of it. */
  isOutdated: boolean;
  /** The book holds intervals of this run that are shorter than an hour. */
  isFiner: boolean;
  /** Intervals longer than `HOLE` are in it, of which history may know more. */
  hasHole: boolean;
}

/** Between two intervals more is missing than a poll or two. */
const HOLE = 10 * MINUTE;
/** While history comes in by the page a book is made of it no oftener. */
const MADE_EVERY = 10 * SECOND;

function empty(bar: Bar, isWhole: boolean): void {
  bar.low = Number.POSITIVE_INFINITY;
  bar.high = Number.NEGATIVE_INFINITY;
  bar.buy = 0;
  bar.sell = 0;
  bar.isWhole = isWhole;
}

const createBar = (): Bar => {
  const bar = { low: 0, high: 0, buy: 0, sell: 0, isWhole: false };
  empty(bar, false);
  return bar;
};

export const createPerpCohorts = (): PerpCohorts => ({
  book: createCohortBook(),
  legs: null,
  tiers: null,
  contracts: Number.NaN,
  contractsTs: null,
  step: createBar(),
  hour: createBar(),
  isOutdated: true,
  isFiner: false,
  hasHole: false,
});

function reach(bar: Bar, low: number, high: number): void {
  bar.low = Math.min(bar.low, low);
  bar.high = Math.max(bar.high, high);
}

/** A trade of the perp. */
export function onPerpTrade({ step, hour }: PerpCohorts, { price, size, aggressor }: Trade): void {
  for (const bar of [step, hour]) {
    reach(bar, price, price);
    if (aggressor === 'buy') bar.buy += size;
    else bar.sell += size;
  }
}

/** Open interest was told. What is written in dollars is told in coins at the mark of that instant, so that is when it can be told back. */
export function onPerpInterest(perp: PerpCohorts, state: InstrumentState): void {
  const { openInterest, mark, instrument } = state;
  if (openInterest === null) return;
  perp.contracts = isInverse(instrument)
    ? openInterest.size * (mark?.markPrice ?? Number.NaN)
    : openInterest.size;
  perp.contractsTs = openInterest.tsLocal;
}

/** Share of a bar that takers bought; neither side is favoured where that is not known. */
const buyShareOf = ({ buy, sell, isWhole }: Bar): number =>
  isWhole && buy + sell > 0 ? buy / (buy + sell) : 0.5;

/** Takes in what is stored of one hour; one without OI or price only consumes. */
function takeHour(
  book: CohortBook,
  { history, instrument }: InstrumentState,
  hour: number,
  legs: readonly Leg[],
): void {
  const coins = hourAt(history.openInterest, hour);
  const price = hourAt(history.close, hour);
  const low = hourAt(history.low, hour);
  const high = hourAt(history.high, hour);
  if (!(coins > 0) || !(price > 0)) {
    consume(book, low, high);
    return;
  }
  const buyShare = hourAt(history.buyShare, hour);
  advanceCohorts(
    book,
    {
      ts: closeOf(hour),
      openInterest: isInverse(instrument) ? coins * price : coins,
      price,
      low: low > 0 ? Math.min(low, price) : price,
      high: high > 0 ? Math.max(high, price) : price,
      // Without the hour's flow neither side is favoured.
      buyShare: Number.isFinite(buyShare) ? buyShare : 0.5,
    },
    legs,
  );
}

/** The book as the hours of history make it, up to the last that has closed at `now`. */
function bookOfHours(state: InstrumentState, now: Micros, legs: readonly Leg[]): CohortBook {
  const book = createCohortBook();
  const last = Math.floor(now / HOUR);
  for (let hour = last - HOURS_KEPT + 1; hour <= last; hour += 1) takeHour(book, state, hour, legs);
  return book;
}

/**
 * Makes the book anew of what history says, unless the one that stands knows more: it reaches farther back, is made of minutes, and has no hole or knows more entries
 * for all that.
 *
 * @param before how far price is known to have reached in this hour before the run began.
 */
function make(perp: PerpCohorts, state: InstrumentState, now: Micros, before: PriceReach): void {
  perp.isOutdated = false;
  if (perp.legs === null) return;
  const made = bookOfHours(state, now, perp.legs);
  const { book } = perp;
  if (made.since === null) return;
  const reachesFarther = book.since !== null && book.since < made.since;
  const isWhole = !perp.hasHole || placedShare(book) > placedShare(made);
  const knowsMore = perp.isFiner && reachesFarther && isWhole;
  if (knowsMore) return;
  consume(made, Math.min(perp.hour.low, before.low), Math.max(perp.hour.high, before.high));
  perp.book = made;
  perp.isFiner = false;
  perp.hasHole = false;
}

/** Low and high of price; infinite where none is known. */
export interface PriceReach {
  readonly low: number;
  readonly high: number;
}

/** The margin rules in force. Where they change the past is told anew under the new ones, as far as history reaches; what is known only by the minute stays. */
function settle(perp: PerpCohorts, state: InstrumentState, settings: EngineSettings): void {
  const { cascade } = settings;
  const tiers = tiersFor(state.instrument, state.tiers, cascade) ?? null;
  if (tiers === perp.tiers) return;
  perp.tiers = tiers;
  perp.legs = tiers === null ? null : legsOf(tiers, isInverse(state.instrument), cascade);
  perp.isOutdated = true;
}

/** A minute has passed: takes in what OI became in it, where a new figure has come and all of it is live. */
function takeMinute(perp: PerpCohorts, input: InstrumentInput, legs: readonly Leg[]): void {
  const { now, settings, state, sample } = input;
  const { book, step, contracts, contractsTs } = perp;
  const price = fresh(sample.mid);
  const isLive = openInterestReading(state, now, settings).state === 'live';
  const isNew = contractsTs !== null && (book.asOf === null || contractsTs > book.asOf);
  if (!isLive || !isNew || !(contracts > 0) || !(price > 0)) return;
  if (book.asOf !== null && now - book.asOf > HOLE) perp.hasHole = true;
  const interval: CohortInterval = {
    ts: now,
    openInterest: contracts,
    price,
    low: Math.min(step.low, price),
    high: Math.max(step.high, price),
    buyShare: buyShareOf(step),
  };
  advanceCohorts(book, interval, legs);
  perp.isFiner = true;
  empty(step, true);
}

/** Writes the bar of the hour that closes now into the history of a perp. Of an hour heard in part the range is a lower bound, and the venue's own bar outranks it. */
function keepHour({ hour }: PerpCohorts, { history }: InstrumentState, now: Micros): void {
  const { low, high, buy, sell, isWhole } = hour;
  const stamp = isWhole ? now : now - 1;
  const at = now / HOUR;
  writeHour(history.high, at, stamp, high);
  writeHour(history.low, at, stamp, low);
  if (!isWhole) return;
  writeHour(history.volume, at, now, buy + sell);
  if (buy + sell > 0) writeHour(history.buyShare, at, now, buy / (buy + sell));
}

/**
 * Once a second: what price has reached is consumed, and by the minute what OI became is taken in; from history where it knows more.
 *
 * @param isLead whether the signals of the asset write its hours.
 * @param before how far price is known to have reached in this hour before the run began.
 */
export function tickCohorts(
  perp: PerpCohorts,
  input: InstrumentInput,
  isLead: boolean,
  before: PriceReach,
): void {
  const { now, settings, state, sample, silentFor } = input;
  const { step, hour } = perp;
  settle(perp, state, settings);
  const mid = fresh(sample.mid);
  for (const bar of [step, hour]) {
    if (Number.isFinite(mid)) reach(bar, mid, mid);
    if (silentFor !== null) bar.isWhole = false;
  }
  if (perp.isOutdated && (perp.book.since === null || now % MADE_EVERY === 0))
    make(perp, state, now, before);
  consume(perp.book, step.low, step.high);
  if (now % MINUTE === 0 && perp.legs !== null) takeMinute(perp, input, perp.legs);
  if (now % HOUR === 0) {
    if (!isLead) keepHour(perp, state, now);
    empty(hour, silentFor === null);
  }
}
