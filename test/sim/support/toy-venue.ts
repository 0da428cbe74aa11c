import { BookChanges } from '../../../src/sim/book-changes.ts';
import { catalogueWith, type FaultKind, FaultRegistry } from '../../../src/sim/faults.ts';
import { type Listed, listed } from '../../../src/sim/listed.ts';
import { copyOf } from '../../../src/sim/market-book.ts';
import type { Listing } from '../../../src/sim/market-flow.ts';
import type { MarketListener } from '../../../src/sim/market-state.ts';
import { Outlet } from '../../../src/sim/outlet.ts';
import { RestHost, type RestService } from '../../../src/sim/rest-host.ts';
import {
  type Dialogue,
  endSockets,
  LENIENT_RULES,
  type Socket,
  SocketHost,
  type SocketRules,
} from '../../../src/sim/socket-host.ts';
import { levelTexts } from '../../../src/sim/spelling.ts';
import { bookAsOf, MessageIds, trueBook } from '../../../src/sim/true-book.ts';
import type { Stage, TrueBook, VenuePart, VenueServer } from '../../../src/sim/venue-sim.ts';

/** Besides the usual: the next book message has a number that does not follow. */
export type ToyKind = FaultKind | 'jumpedId';

const CATALOGUE = catalogueWith({ once: ['jumpedId'] });
const FEED = 'toy-linear';
const BOOK_EVERY_MS = 100;

/** A message of the toy's book stream. */
export interface ToyBook {
  readonly topic: string;
  readonly type: 'snapshot' | 'delta';
  readonly u: number;
  readonly b: readonly (readonly [price: string, size: string])[];
  readonly a: readonly (readonly [price: string, size: string])[];
}

/** One book stream: who listens, what changed, how its messages are numbered. */
interface Book {
  readonly listed: Listed;
  readonly outlet: Outlet;
  readonly changes: BookChanges;
  readonly ids: MessageIds;
  u: number;
}

/** A venue nobody trades on: perps of the Bybit board behind the smallest protocol that has everything. */
class ToyServer implements VenueServer<ToyKind> {
  readonly venue = 'toy';
  readonly faults: FaultRegistry<ToyKind>;
  readonly sockets: readonly [SocketHost];
  readonly rests: readonly [RestHost];
  readonly listener: MarketListener;
  readonly #stage: Stage;
  readonly #books = new Map<string, Book>();

  constructor(stage: Stage, rules: Partial<SocketRules>) {
    this.#stage = stage;
    const { market, tls, now } = stage;
    const faults = new FaultRegistry<ToyKind>(CATALOGUE, now, (spec) =>
      endSockets(this.sockets, spec),
    );
    this.faults = faults;
    const byListing = new Map<Listing, Book>();
    for (const found of listed(market, 'bybit', 'linear')) {
      const { spec, book } = found.listing;
      const outlet = new Outlet({
        target: `book.${spec.symbol}`,
        symbol: spec.symbol,
        market: 'linear',
        family: 'public',
        faults,
        spoiling: {
          unknownEvent: () => '{"topic":"eclipse"}',
          firstPrice: /(\[")[\d.]+"/,
          mangled: (frame) => frame.replace('"u"', '"\\u0000"'),
        },
      });
      const changes = new BookChanges(book.updateId);
      const own: Book = { listed: found, outlet, changes, ids: new MessageIds(), u: 0 };
      this.#books.set(spec.symbol, own);
      byListing.set(found.listing, own);
    }
    const service = {
      route: ({ pathname }: URL) => (pathname === '/v1/public' ? { family: 'public' } : null),
      greet: (socket: Socket) => this.#greet(socket),
    };
    const all = { ...LENIENT_RULES, ...rules };
    this.sockets = [new SocketHost({ market: 'linear', rules: all, service, faults, tls, now })];
    this.rests = [new RestHost({ market: 'linear', service: this.#rest(), faults, tls, now })];
    this.listener = {
      // Not by symbol: a spot listing may have the same.
      level: (listing, side, ticks, lots) =>
        byListing.get(listing)?.changes.note(side, ticks, lots, listing.book.updateId),
      trade: () => undefined,
      liquidation: () => undefined,
      settlement: () => undefined,
      stepped: (nowMs) => {
        if (nowMs % BOOK_EVERY_MS === 0) this.#publish();
      },
    };
  }

  get endpoints() {
    return { [FEED]: { ws: `${this.sockets[0].url}/v1/public`, rest: this.rests[0].url } };
  }

  symbols(): readonly string[] {
    return [...this.#books.keys()];
  }

  book(_feed: string, symbol: string, u?: number): TrueBook {
    const book = this.#books.get(symbol);
    if (book === undefined) throw new RangeError(`${FEED} does not list ${symbol}`);
    const { listing } = book.listed;
    const copy = bookAsOf(listing, u === undefined ? undefined : book.ids.marketId(u));
    return { ...trueBook(listing, copy), updateId: u ?? book.u };
  }

  #greet(socket: Socket): Dialogue {
    return {
      heard: (text) => {
        if (text === 'ping') {
          socket.send('pong');
          return;
        }
        const book = this.#books.get(text);
        // The worst manners there are: a wrong name ends everything.
        if (book === undefined) socket.cut();
        else this.#subscribe(socket, book);
      },
      framed: (_target, text) => `{"frame":${text}}`,
      notice: () => ({ target: 'notice', text: '"bye"' }),
      gone: () => {
        for (const { outlet } of this.#books.values()) outlet.sockets.delete(socket);
      },
    };
  }

  #subscribe(socket: Socket, book: Book): void {
    const { spec } = book.listed.listing;
    // Everybody gets the same numbers, so the newcomer starts where the others are.
    this.#publish();
    const { bids, asks } = copyOf(book.listed.listing.book);
    const sides = { b: levelTexts(spec, bids), a: levelTexts(spec, asks) };
    const topic = `book.${spec.symbol}`;
    const text = JSON.stringify({ topic, type: 'snapshot', u: book.u, ...sides });
    socket.deliver(topic, spec.symbol, text);
    book.ids.note(book.u, book.listed.listing.book.updateId);
    book.outlet.sockets.add(socket);
  }

  #publish(): void {
    for (const book of this.#books.values()) {
      const { listing } = book.listed;
      if (book.changes.isEmpty) continue;
      const { bids, asks, lastId } = book.changes.take(listing.book.updateId);
      if (this.faults.strike('jumpedId', book.outlet.site) !== undefined) book.u += 5;
      book.u++;
      book.ids.note(book.u, lastId);
      if (this.faults.strike('gap', book.outlet.site) !== undefined) continue;
      const sides = { b: levelTexts(listing.spec, bids), a: levelTexts(listing.spec, asks) };
      const topic = `book.${listing.spec.symbol}`;
      book.outlet.emit(JSON.stringify({ topic, type: 'delta', u: book.u, ...sides }));
    }
  }

  #rest(): RestService {
    return {
      site: ({ query, body }) => ({
        symbol: query.get('symbol'),
        ...(body !== '' && { target: body }),
      }),
      answer: ({ method, path, body }) =>
        path === '/info' && method === 'POST'
          ? { status: 200, body: JSON.stringify({ asked: body, time: this.#stage.marketNow() }) }
          : { status: 405, body: '<html>no</html>' },
      refused: (refusal) => ({ status: 418, body: `"toy: ${refusal}"` }),
    };
  }
}

export const toy = (rules: Partial<SocketRules> = {}): VenuePart<ToyKind> => ({
  boards: ['bybit'],
  isLeader: false,
  open: (stage) => new ToyServer(stage, rules),
});
