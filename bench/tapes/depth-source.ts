import {
  nextExponential,
  nextNormal,
  nextUint32,
  nextUniform,
  type Random,
} from '../../src/stats/random.ts';
import { type BookTop, type TapeListing, TOP } from './tape.ts';
import { TrueBook } from './true-book.ts';

/** How one listing trades, as far as its book messages show it. */
export interface Profile {
  readonly symbol: string;
  readonly baseAsset: string;
  /** Decimals of the tick, and those that prices are written with. */
  readonly tickDecimals: number;
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  readonly startTicks: number;
  /** Changes in a message: at least, on average and at most. */
  readonly changes: { readonly least: number; readonly mean: number; readonly most: number };
  /** Mean distance from the touch of the changes near it, in ticks. */
  readonly nearTicks: number;
  /** The same of those further away. */
  readonly wideTicks: number;
  /** Orders far from the market stand at multiples of this many ticks. */
  readonly roundTicks: number;
  /** Mean of a move of the touch, ticks. */
  readonly moveTicks: number;
  /** Median size of a level, lots. */
  readonly medianLots: number;
  /** Draws that the first book is made of, per side. */
  readonly startDraws: number;
}

/** BTC-like: 20–200 changes a message, 1.47 kB on average (performance.md §1). */
export const BTC: Profile = {
  symbol: 'BTCUSDT',
  baseAsset: 'BTC',
  tickDecimals: 1,
  priceDecimals: 2,
  sizeDecimals: 3,
  startTicks: 650_000,
  changes: { least: 20, mean: 61, most: 200 },
  nearTicks: 40,
  wideTicks: 900,
  roundTicks: 50,
  moveTicks: 8,
  medianLots: 150,
  startDraws: 9000,
};

/** A small alt with coarse ticks: 14 changes a message. */
export const SUSHI: Profile = {
  symbol: 'SUSHIUSDT',
  baseAsset: 'SUSHI',
  tickDecimals: 3,
  priceDecimals: 4,
  sizeDecimals: 0,
  startTicks: 7610,
  changes: { least: 3, mean: 14, most: 60 },
  nearTicks: 8,
  wideTicks: 60,
  roundTicks: 10,
  moveTicks: 1.5,
  medianLots: 600,
  startDraws: 1200,
};

/** Levels that a side keeps whatever happens. */
const LEAST_LEVELS = 40;
/** First message of every tape. */
export const START_MS = Date.UTC(2026, 9, 1);
const START_ID = 9_000_000_000_000;

/**
 * The order book of one listing and the messages that tell of its changes, from a seed.
 *
 * Most changes fall near the touch, some further away and a few far out on round prices; a level is changed, removed or put where there was none
 * (now and then one is removed that was not there, as venues do), and the touch wanders.
 */
export class DepthSource {
  readonly profile: Profile;
  readonly book: TrueBook;
  readonly #random: Random;
  /** Last update id told. */
  #lastId = START_ID;
  #sent = 0;
  readonly #snapshot: string;

  constructor(profile: Profile, random: Random) {
    this.profile = profile;
    this.#random = random;
    this.book = new TrueBook({
      price: 10 ** profile.tickDecimals,
      size: 10 ** profile.sizeDecimals,
    });
    const { startTicks, startDraws } = profile;
    this.book.set(true, startTicks, this.#lots());
    this.book.set(false, startTicks + 1, this.#lots());
    for (let i = 0; i < startDraws; i++)
      for (const isBid of [true, false]) this.book.set(isBid, this.#tick(isBid), this.#lots());
    this.#snapshot =
      `{"lastUpdateId":${this.#lastId},"E":${START_MS},"T":${START_MS},` +
      `"bids":${this.#side(this.book.levels(true))},"asks":${this.#side(this.book.levels(false))}}`;
  }

  listing(): TapeListing {
    const { symbol, baseAsset, tickDecimals, priceDecimals, sizeDecimals } = this.profile;
    return {
      symbol,
      baseAsset,
      tickSize: (10 ** -tickDecimals).toFixed(priceDecimals),
      stepSize: (10 ** -sizeDecimals).toFixed(sizeDecimals),
      snapshot: this.#snapshot,
      limit: 20_000,
    };
  }

  top(): BookTop {
    return topOf(this.book);
  }

  /** A whole size in the venue's spelling, as trades write it too. */
  sizeText(lots: number): string {
    return (lots / this.book.scales.size).toFixed(this.profile.sizeDecimals);
  }

  priceText(ticks: number): string {
    return (ticks / this.book.scales.price).toFixed(this.profile.priceDecimals);
  }

  /**
   * The next depth message, `afterMs` ms after the beginning of the tape.
   *
   * @returns its text and the number of level changes in it.
   */
  next(afterMs: number): { readonly text: string; readonly changes: number } {
    const { symbol } = this.profile;
    const changed = { bids: new Map<number, number>(), asks: new Map<number, number>() };
    this.#move(changed);
    const wanted = this.#count();
    for (let tries = 0; tries < 4 * wanted; tries++) {
      if (changed.bids.size + changed.asks.size >= wanted) break;
      this.#change(changed, nextUniform(this.#random) < 0.5);
    }
    const bids = ascending(changed.bids);
    const asks = ascending(changed.asks);
    // The first message reaches over the snapshot, as the venue's rule wants it.
    const isFirst = this.#sent === 0;
    const previousId = isFirst ? this.#lastId - 7 : this.#lastId;
    const firstId = previousId + 1 + (isFirst ? 0 : nextUint32(this.#random) % 90);
    const lastId = Math.max(firstId, this.#lastId) + wanted * 9;
    this.#lastId = lastId;
    this.#sent += 1;
    const eventMs = START_MS + afterMs;
    const text =
      `{"stream":"${symbol.toLowerCase()}@depth@100ms","data":{"e":"depthUpdate","E":${eventMs},"T":${eventMs - 2},` +
      `"s":"${symbol}","U":${firstId},"u":${lastId},"pu":${previousId},"b":${this.#side(bids)},"a":${this.#side(asks)}}}`;
    return { text, changes: bids.length + asks.length };
  }

  #side(levels: readonly (readonly [number, number])[]): string {
    const rows = levels.map(
      ([ticks, lots]) => `["${this.priceText(ticks)}","${this.sizeText(lots)}"]`,
    );
    return `[${rows.join(',')}]`;
  }

  #lots(): number {
    return Math.max(
      1,
      Math.round(this.profile.medianLots * Math.exp(1.3 * nextNormal(this.#random))),
    );
  }

  #count(): number {
    const { least, mean, most } = this.profile.changes;
    return Math.min(most, least + Math.round((mean - least) * nextExponential(this.#random)));
  }

  /** A price at which the side may have a level: behind the best price of the other side. */
  #tick(isBid: boolean): number {
    const { nearTicks, wideTicks, roundTicks, startTicks } = this.profile;
    const { bestBid, bestAsk } = this.book;
    const sign = isBid ? -1 : 1;
    const front = isBid ? bestAsk - 1 : bestBid + 1;
    const kind = nextUniform(this.#random);
    if (kind < 0.7) return front + sign * Math.floor(nearTicks * nextExponential(this.#random));
    if (kind < 0.95) return front + sign * Math.floor(wideTicks * nextExponential(this.#random));
    const far = front + sign * Math.ceil(startTicks * 0.2 * nextUniform(this.#random) ** 3);
    return Math.max(1, (isBid ? Math.floor : Math.ceil)(far / roundTicks) * roundTicks);
  }

  #change(changed: { bids: Map<number, number>; asks: Map<number, number> }, isBid: boolean): void {
    const { book } = this;
    const told = isBid ? changed.bids : changed.asks;
    const ticks = this.#tick(isBid);
    if (ticks <= 0 || told.has(ticks)) return;
    const stands = book.lotsAt(isBid, ticks) !== 0;
    const isGone = nextUniform(this.#random) < (stands ? 0.4 : 0.1);
    if (isGone && book.count(isBid) <= LEAST_LEVELS) return;
    const lots = isGone ? 0 : this.#lots();
    book.set(isBid, ticks, lots);
    told.set(ticks, lots);
  }

  /** Every other message moves the touch: levels of one side are taken, the other side follows. */
  #move(changed: { bids: Map<number, number>; asks: Map<number, number> }): void {
    if (nextUniform(this.#random) < 0.5) return;
    const { book } = this;
    const isUp = nextUniform(this.#random) < 0.5;
    const from = isUp ? book.bestAsk : book.bestBid;
    const sign = isUp ? 1 : -1;
    const steps = 1 + Math.floor(this.profile.moveTicks * nextExponential(this.#random));
    const taken = isUp ? changed.asks : changed.bids;
    const placed = isUp ? changed.bids : changed.asks;
    let to = from;
    for (let step = 0; step < steps && book.count(!isUp) > LEAST_LEVELS; step++) {
      const ticks = from + sign * step;
      if (ticks <= 1) break;
      if (book.lotsAt(!isUp, ticks) !== 0) {
        book.set(!isUp, ticks, 0);
        taken.set(ticks, 0);
      }
      to = ticks;
    }
    if (!taken.has(from)) return;
    const lots = this.#lots();
    book.set(isUp, to, lots);
    placed.set(to, lots);
  }
}

const ascending = (changed: ReadonlyMap<number, number>): [number, number][] =>
  [...changed].sort((x, y) => x[0] - y[0]);

/** The best levels of a book as numbers. */
export function topOf(book: TrueBook): BookTop {
  const { price, size } = book.scales;
  const side = (isBid: boolean) =>
    book
      .levels(isBid)
      .slice(0, TOP)
      .map(([ticks, lots]) => [ticks / price, lots / size] as const);
  return { bids: side(true), asks: side(false) };
}
