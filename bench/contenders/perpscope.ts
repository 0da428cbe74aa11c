import { bandDepth } from '../../src/market/band.ts';
import {
  applyDelta,
  applyListing,
  applySnapshot,
  type Book,
  createBook,
} from '../../src/market/book.ts';
import { bestAskTicks, bestBidTicks, type Side, topLevels } from '../../src/market/ladder.ts';
import type { BookDelta, EngineEvent, Levels } from '../../src/model/event.ts';
import { fromSteps } from '../../src/model/grid.ts';
import type { RawRecord } from '../../src/model/record.ts';
import { type Micros, micros } from '../../src/model/units.ts';
import { binanceUsdm } from '../../src/venues/binance/usdm.ts';
import { type Tape, type TapeListing, TOP } from '../tapes/tape.ts';
import { BAND_BPS, HALF_LIFE_BPS, imbalanceOf } from '../tapes/true-book.ts';
import type { Contender, Made, Run } from './contender.ts';

/*
 * Our own way, through the functions that the program runs and no others. This file is all that has to follow when they change.
 */

const { feed } = binanceUsdm;
const START = micros(Date.UTC(2026, 9, 1) * 1000);

/** Receive time of the `i`-th message; what it is does not matter as long as it grows. */
const at = (i: number): Micros => (START + i) as Micros;

/** The `i`-th message, from the socket → the record that the feed makes of it. */
export function recordOf(msg: Buffer, i: number): RawRecord {
  const framing = binanceUsdm.frame(msg);
  return { t: at(i), feed, chan: framing.kind === 'data' ? framing.stream : '', msg };
}

const countOf = (levels: Levels): number => levels.length / 2;

/** `exchangeInfo` of the listings of a tape. */
const exchangeInfoOf = (listings: readonly TapeListing[]): string =>
  JSON.stringify({
    symbols: listings.map(({ symbol, baseAsset, tickSize, stepSize }) => ({
      symbol,
      pair: symbol,
      contractType: 'PERPETUAL',
      status: 'TRADING',
      baseAsset,
      quoteAsset: 'USDT',
      marginAsset: 'USDT',
      filters: [
        { filterType: 'PRICE_FILTER', tickSize },
        { filterType: 'LOT_SIZE', stepSize },
      ],
    })),
  });

/** Decoder and books of a tape's listings, as far as the program keeps them for its features. */
export class Perpscope {
  readonly #decoder = binanceUsdm.createState();
  readonly #books = new Map<string, Book>();
  changes = 0;
  readonly trades = { count: 0, notional: 0 };
  markPrice = Number.NaN;

  constructor(listings: readonly TapeListing[]) {
    this.#answer('/fapi/v1/exchangeInfo', exchangeInfoOf(listings));
    for (const { symbol, snapshot, limit } of listings)
      this.#answer(`/fapi/v1/depth?symbol=${symbol}&limit=${limit}`, snapshot);
  }

  get books(): Iterable<Book> {
    return this.#books.values();
  }

  /** @returns the book that the message changed. */
  take(record: RawRecord): Book | undefined {
    let changed: Book | undefined;
    for (const event of binanceUsdm.decode(this.#decoder, record))
      changed = this.#apply(event) ?? changed;
    return changed;
  }

  #answer(path: string, msg: string): void {
    this.take({ t: START, feed, chan: `rest:${path}`, msg });
  }

  #apply(event: EngineEvent): Book | undefined {
    switch (event.kind) {
      case 'bookDelta':
        return this.#change(event);
      case 'trade':
        this.trades.count += 1;
        this.trades.notional += event.price * event.size;
        return undefined;
      case 'markPrice':
        this.markPrice = event.markPrice;
        return undefined;
      case 'bookSnapshot':
        applySnapshot(this.#books.get(event.instrument)!, event);
        return undefined;
      case 'listing': {
        const book = this.#books.get(event.instrument.id);
        if (book === undefined) this.#books.set(event.instrument.id, createBook(event.instrument));
        else applyListing(book, event.instrument);
        return undefined;
      }
      case 'rejected':
        throw new Error(`rejected: ${event.reason}`);
      default:
        return undefined;
    }
  }

  #change(delta: BookDelta): Book {
    const book = this.#books.get(delta.instrument)!;
    const { result } = applyDelta(book, delta);
    if (result === 'applied' || result === 'bridged')
      this.changes += countOf(delta.bids) + countOf(delta.asks);
    return book;
  }
}

/** Order-book imbalance as the program samples it. */
function imbalanceOfBook(book: Book): number {
  const { ladder, instrument } = book;
  const mid = fromSteps(bestBidTicks(ladder) + bestAskTicks(ladder), instrument.priceGrid) / 2;
  const bid = bandDepth(book, 'bid', mid, BAND_BPS, HALF_LIFE_BPS).weighted;
  const ask = bandDepth(book, 'ask', mid, BAND_BPS, HALF_LIFE_BPS).weighted;
  return imbalanceOf(bid, ask);
}

function topOfSide({ ladder, instrument }: Book, side: Side): (readonly [number, number])[] {
  const out: number[] = [];
  const count = topLevels(ladder, side, TOP, out);
  return Array.from({ length: count }, (_, i) => [
    fromSteps(out[2 * i]!, instrument.priceGrid),
    fromSteps(out[2 * i + 1]!, instrument.sizeGrid),
  ]);
}

function noteTouch(touches: Float64Array, i: number, { ladder, instrument }: Book): void {
  touches[2 * i] = fromSteps(bestBidTicks(ladder), instrument.priceGrid);
  touches[2 * i + 1] = fromSteps(bestAskTicks(ladder), instrument.priceGrid);
}

class PerpscopeRun implements Run {
  readonly #tape: Tape;
  readonly #own: Perpscope;
  readonly #recordOf: (i: number) => RawRecord;
  readonly #touches: Float64Array;
  readonly #taken: number[] | null;
  readonly made: Made;

  constructor(tape: Tape, withImbalance: boolean, record: (i: number) => RawRecord) {
    const own = new Perpscope(tape.listings);
    const touches = new Float64Array(2 * tape.messages.length);
    const taken: number[] | null = withImbalance ? [] : null;
    this.#tape = tape;
    this.#own = own;
    this.#recordOf = record;
    this.#touches = touches;
    this.#taken = taken;
    this.made = {
      changes: () => own.changes,
      touches,
      tops: () =>
        Array.from(own.books, (book) => ({
          bids: topOfSide(book, 'bid'),
          asks: topOfSide(book, 'ask'),
        })),
      imbalances: () => Array.from(own.books, imbalanceOfBook),
      taken,
      trades: own.trades,
    };
  }

  turn(from: number, to: number): void {
    const own = this.#own;
    const taken = this.#taken;
    const { samples } = this.#tape;
    for (let i = from; i < to; i++) {
      const book = own.take(this.#recordOf(i));
      if (book !== undefined) noteTouch(this.#touches, i, book);
      if (taken !== null && samples[i] === 1)
        for (const each of own.books) taken.push(imbalanceOfBook(each));
    }
  }
}

const contender = (name: string, withImbalance: boolean): Contender => ({
  name,
  start: (tape) => new PerpscopeRun(tape, withImbalance, (i) => recordOf(tape.messages[i]!, i)),
});

export const perpscope = contender('perpscope', false);
export const perpscopeImbalance = contender('perpscope + OIB', true);

/**
 * The same with a white space before each message, which no shortcut understands: JSON.parse, the decoder's checks and the same ladder, the price
 * of a venue without a scanner. The stream is given, as a record has it.
 */
export const perpscopeJson: Contender = {
  name: 'perpscope, JSON path',
  start(tape) {
    const chan = `${tape.listings[0]!.symbol.toLowerCase()}@depth@100ms`;
    return new PerpscopeRun(tape, false, (i) => ({
      t: at(i),
      feed,
      chan,
      msg: tape.spaced[i]!,
    }));
  },
};
