import { FaultRegistry } from '../faults.ts';
import { setFundingInterval } from '../market-derivatives.ts';
import type { MarketListener } from '../market-state.ts';
import { RestHost } from '../rest-host.ts';
import { endSockets, SocketHost, type SocketRules } from '../socket-host.ts';
import { trueBook } from '../true-book.ts';
import type { Endpoints, Stage, TrueBook, VenuePart, VenueServer } from '../venue-sim.ts';
import { CATALOGUE, type FaultKind, type FaultSpec } from './faults.ts';
import { Publisher } from './publisher.ts';
import { BAN_MS, BybitRest } from './rest.ts';
import { SOCKET_RULES, socketService } from './sockets.ts';

/** What tests change about the venue. */
export interface ServerOptions {
  /** Shorter silences and so on. */
  readonly rules?: Partial<SocketRules>;
  /** Listings in one answer, so that few of them fill several; the venue's own 1000 left out. */
  readonly listingsPerPage?: number;
  /** A shorter ban. */
  readonly banMs?: number;
}

const FAMILIES = ['linear', 'inverse', 'spot'] as const;
const LISTINGS_PER_PAGE = 1000;

/** Bybit as a part of a stage. */
export const bybit = (options: ServerOptions = {}): VenuePart<FaultKind> => ({
  boards: ['bybit'],
  isLeader: false,
  open: (stage) => new BybitServer(stage, options),
});

/** Bybit v5: linear and inverse contracts and spot, one path of one socket host each, and one REST host for all. */
class BybitServer implements VenueServer<FaultKind> {
  readonly venue = 'bybit';
  readonly faults: FaultRegistry<FaultKind>;
  readonly sockets: readonly [SocketHost];
  readonly rests: readonly [RestHost];
  readonly listener: MarketListener;
  readonly #stage: Stage;
  readonly #publishers: ReadonlyMap<string, Publisher>;

  constructor(
    stage: Stage,
    { rules, listingsPerPage = LISTINGS_PER_PAGE, banMs = BAN_MS }: ServerOptions,
  ) {
    this.#stage = stage;
    const { market, tls, now, marketNow } = stage;
    const faults = new FaultRegistry<FaultKind>(CATALOGUE, now, (spec) => this.#act(spec));
    this.faults = faults;
    const publishers = new Map(
      FAMILIES.map((family) => [family, new Publisher({ family, market, faults, now: marketNow })]),
    );
    this.#publishers = publishers;
    this.sockets = [
      new SocketHost({
        market: 'ws',
        rules: { ...SOCKET_RULES, ...rules },
        service: socketService({ publishers, faults }),
        faults,
        tls,
        now,
      }),
    ];
    const service = new BybitRest({ publishers, faults, now, marketNow, listingsPerPage, banMs });
    this.rests = [new RestHost({ market: 'rest', service, faults, tls, now })];
    const all = [...publishers.values()];
    this.listener = {
      // Windows look at the book itself.
      level: () => undefined,
      trade: (listing, trade) => {
        for (const publisher of all) publisher.trade(listing, trade);
      },
      liquidation: (asset, liquidation) => {
        for (const publisher of all) publisher.liquidation(asset, liquidation);
      },
      settlement: () => undefined,
      listed: (asset) => {
        for (const publisher of all) publisher.list(asset);
      },
      delisted: (asset) => {
        for (const publisher of all) publisher.delist(asset);
      },
      stepped: (nowMs) => {
        for (const publisher of all) publisher.stepped(nowMs);
      },
    };
  }

  get endpoints(): Endpoints {
    const hosts = { ws: this.sockets[0].url, rest: this.rests[0].url };
    return Object.fromEntries(FAMILIES.map((family) => [`bybit-${family}`, hosts]));
  }

  symbols(feed: string): readonly string[] {
    return this.#publisher(feed).listings.map(({ listing }) => listing.spec.symbol);
  }

  book(feed: string, symbol: string, updateId?: number): TrueBook {
    const { listing, copy, u } = this.#publisher(feed).truth(symbol, updateId);
    return { ...trueBook(listing, copy), updateId: u };
  }

  #publisher(feed: string): Publisher {
    const publisher = this.#publishers.get(feed.replace(/^bybit-/, ''));
    if (publisher === undefined) throw new RangeError(`Bybit has no feed ${feed}`);
    return publisher;
  }

  /** Faults that are done the moment they are injected. */
  #act(spec: FaultSpec): void {
    if (spec.kind !== 'fundingInterval') {
      endSockets(this.sockets, spec);
      return;
    }
    const { market } = this.#stage;
    for (const asset of market.followers) {
      const { symbol } = asset.spec.perp;
      const isMeant = spec.symbol === undefined || spec.symbol === symbol;
      if (asset.spec.board === 'bybit' && asset.spec.expiryMs === null && isMeant)
        setFundingInterval(asset, spec.hours ?? 4, market.nowMs);
    }
  }
}
