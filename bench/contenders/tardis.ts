import {
  type BookPriceLevel,
  normalizeBookChanges,
  normalizeDerivativeTickers,
  OrderBook,
} from 'tardis-dev';
import { type Tape, TOP } from '../tapes/tape.ts';
import {
  type Contender,
  type DepthMessage,
  firstOf,
  imbalanceOfSides,
  type Made,
  type Run,
} from './contender.ts';

const EXCHANGE = 'binance-futures';

/** The part of a normalised message that is used here. */
type Normalized =
  | ({ readonly type: 'book_change'; readonly symbol: string } & Parameters<OrderBook['update']>[0])
  | { readonly type: 'derivative_ticker'; readonly markPrice?: number | undefined };

interface Mapper {
  canHandle(message: unknown): boolean;
  map(message: unknown, localTimestamp: Date): IterableIterator<Normalized>;
}

/** tardis-dev as its documentation shows it: its normalisers for the streams of the tape, one `OrderBook` per symbol. */
export const tardis: Contender = {
  name: 'tardis-dev 13.35.3',
  start: (tape) => new TardisRun(tape),
};

class TardisRun implements Run {
  readonly #tape: Tape;
  readonly #now = new Date(Date.UTC(2026, 9, 1));
  readonly #mappers: readonly Mapper[];
  readonly #books = new Map<string, OrderBook>();
  readonly #touches: Float64Array;
  #markPrice: number | undefined;
  #changes = 0;
  readonly made: Made;

  constructor(tape: Tape) {
    const { listings, messages } = tape;
    const books = normalizeBookChanges(EXCHANGE, this.#now);
    this.#tape = tape;
    this.#mappers = (listings.length === 1
      ? [books]
      : [books, normalizeDerivativeTickers(EXCHANGE, this.#now)]) as unknown as readonly Mapper[];
    this.#touches = new Float64Array(2 * messages.length);
    for (const { symbol, snapshot } of listings) {
      this.#books.set(symbol, new OrderBook());
      const stream = `${symbol.toLowerCase()}@depthSnapshot`;
      this.#take({ stream, generated: true, data: JSON.parse(snapshot) });
    }
    this.#changes = 0;
    this.made = {
      changes: () => this.#changes,
      touches: this.#touches,
      tops: () =>
        Array.from(this.#books.values(), (book) => ({
          bids: firstOf(levelsOf(book.bids()), TOP),
          asks: firstOf(levelsOf(book.asks()), TOP),
        })),
      imbalances: () =>
        Array.from(this.#books.values(), (book) =>
          imbalanceOfSides(
            () => levelsOf(book.bids()),
            () => levelsOf(book.asks()),
          ),
        ),
      taken: null,
      // It has no normaliser for aggregate trades: they are parsed and passed over.
      trades: null,
    };
  }

  turn(from: number, to: number): void {
    const { messages } = this.#tape;
    for (let i = from; i < to; i++) {
      const book = this.#take(JSON.parse(messages[i]!.toString()) as DepthMessage);
      if (book === undefined) continue;
      this.#touches[2 * i] = book.bestBid()?.price ?? Number.NaN;
      this.#touches[2 * i + 1] = book.bestAsk()?.price ?? Number.NaN;
    }
  }

  #take(message: object): OrderBook | undefined {
    let changed: OrderBook | undefined;
    for (const mapper of this.#mappers) {
      if (!mapper.canHandle(message)) continue;
      for (const normalized of mapper.map(message, this.#now)) {
        if (normalized.type === 'book_change') {
          changed = this.#books.get(normalized.symbol)!;
          changed.update(normalized);
          this.#changes += normalized.bids.length + normalized.asks.length;
        } else this.#markPrice = normalized.markPrice ?? this.#markPrice;
      }
    }
    return changed;
  }
}

function* levelsOf(
  levels: Iterable<BookPriceLevel>,
): Generator<readonly [price: number, size: number]> {
  for (const { price, amount } of levels) yield [price, amount];
}
