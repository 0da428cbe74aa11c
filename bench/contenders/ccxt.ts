import { type Tape, TOP } from '../tapes/tape.ts';
import { type Contender, firstOf, type Made, type Run } from './contender.ts';

/** Levels per side of its books: the default of `watchOrderBook`. */
const LIMIT = 1000;

type Levels = (readonly [number, number])[];

/** What is used of a ccxt order book and of its exchange class; the package's own types load all of its exchanges. */
interface CcxtBook {
  readonly bids: Levels;
  readonly asks: Levels;
  limit(): unknown;
  reset(snapshot: object): void;
}

interface CcxtClient {
  readonly url: string;
  readonly subscriptions: object;
  resolve(): void;
  reject(error: unknown): void;
}

interface BinanceUsdm {
  parseMarket(row: object): { readonly symbol: string };
  setMarkets(markets: readonly object[]): void;
  parseOrderBook(snapshot: object, symbol: string): object;
  orderBook(snapshot: object, limit: number): CcxtBook;
  handleOrderBook(client: CcxtClient, message: object): void;
  readonly orderbooks: Record<string, CcxtBook>;
}

/** Only the class of the one exchange: the package as a whole takes a second to load. It is not exported, so it is found beside what is. */
async function loadBinanceUsdm(): Promise<new () => BinanceUsdm> {
  const file = new URL('src/pro/binanceusdm.js', import.meta.resolve('ccxt'));
  return (await import(file.href)).default;
}

/** ccxt pro without its socket: the handler of depth messages, and the book cut to its limit as `watchOrderBook` hands it out. */
export async function loadCcxt(): Promise<Contender> {
  const Exchange = await loadBinanceUsdm();
  return {
    name: `ccxt 4.5.84, limit ${LIMIT}`,
    start: (tape) => new CcxtRun(new Exchange(), tape),
  };
}

class CcxtRun implements Run {
  readonly #exchange: BinanceUsdm;
  readonly #messages: readonly Buffer[];
  readonly #book: CcxtBook;
  readonly #client: CcxtClient = {
    url: 'wss://fstream.binance.com/ws',
    subscriptions: {},
    resolve() {},
    reject(error) {
      throw error;
    },
  };
  readonly #touches: Float64Array;
  #changes = 0;
  readonly made: Made;

  constructor(exchange: BinanceUsdm, { listings, messages }: Tape) {
    const { symbol: id, baseAsset, tickSize, stepSize, snapshot } = listings[0]!;
    const market = exchange.parseMarket({
      symbol: id,
      pair: id,
      contractType: 'PERPETUAL',
      status: 'TRADING',
      baseAsset,
      quoteAsset: 'USDT',
      marginAsset: 'USDT',
      filters: [
        { filterType: 'PRICE_FILTER', tickSize },
        { filterType: 'LOT_SIZE', stepSize },
      ],
    });
    exchange.setMarkets([market]);
    const book = exchange.orderBook({}, LIMIT);
    const answer = JSON.parse(snapshot);
    book.reset({
      ...exchange.parseOrderBook(answer, market.symbol),
      nonce: answer.lastUpdateId,
    });
    exchange.orderbooks[market.symbol] = book;
    this.#exchange = exchange;
    this.#messages = messages;
    this.#book = book;
    this.#touches = new Float64Array(2 * messages.length);
    this.made = {
      changes: () => this.#changes,
      touches: this.#touches,
      tops: () => [{ bids: firstOf(book.bids, TOP), asks: firstOf(book.asks, TOP) }],
      // Its thousandth level may lie inside the band.
      imbalances: () => null,
      taken: null,
      trades: null,
    };
  }

  turn(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const { data } = JSON.parse(this.#messages[i]!.toString());
      this.#exchange.handleOrderBook(this.#client, data);
      this.#book.limit();
      this.#changes += data.b.length + data.a.length;
      this.#touches[2 * i] = this.#book.bids[0]?.[0] ?? Number.NaN;
      this.#touches[2 * i + 1] = this.#book.asks[0]?.[0] ?? Number.NaN;
    }
  }
}
