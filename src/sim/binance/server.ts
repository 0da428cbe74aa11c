import { setFundingInterval } from '../market-derivatives.ts';
import type { MarketListener } from '../market-state.ts';
import { RestHost } from '../rest-host.ts';
import { endSockets, SocketHost, type SocketRules } from '../socket-host.ts';
import { bookAsOf, trueBook } from '../true-book.ts';
import type { Endpoints, Stage, TrueBook, VenuePart, VenueServer } from '../venue-sim.ts';
import { futuresEndpoints, spotEndpoints } from './endpoints.ts';
import { type FaultKind, type FaultSpec, Faults } from './faults.ts';
import { type ForceOrderRule, Publisher } from './publisher.ts';
import { BinanceRest } from './rest.ts';
import { FUTURES_RULES, SPOT_RULES, socketService } from './sockets.ts';
import type { MarketName } from './streams.ts';

/** What tests change about the venue. */
export interface ServerOptions {
  /** Shorter pings, lifetimes and so on. */
  readonly futuresRules?: Partial<SocketRules>;
  readonly spotRules?: Partial<SocketRules>;
  readonly forceOrderRule?: ForceOrderRule;
}

/** Binance as a part of a stage. */
export const binance = (options: ServerOptions = {}): VenuePart<FaultKind> => ({
  boards: [],
  isLeader: true,
  open: (stage) => new BinanceServer(stage, options),
});

/** Binance: USDT-M futures and spot of the leader's market. */
export class BinanceServer implements VenueServer<FaultKind> {
  readonly venue = 'binance';
  readonly faults: Faults;
  readonly sockets: readonly [futures: SocketHost, spot: SocketHost];
  readonly rests: readonly [futures: RestHost, spot: RestHost];
  readonly listener: MarketListener;
  readonly #stage: Stage;
  readonly #publishers: Readonly<Record<MarketName, Publisher>>;
  readonly #intervalChanges = new Map<string, number>();

  constructor(stage: Stage, options: ServerOptions) {
    this.#stage = stage;
    const { market, seed, tls, now, marketNow } = stage;
    const faults = new Faults(now, (spec) => this.#act(spec));
    this.faults = faults;
    const forceOrderRule = options.forceOrderRule ?? 'latest';
    const publisher = (name: MarketName) =>
      new Publisher({ name, market, faults, forceOrderRule, now: marketNow });
    const futures = publisher('futures');
    const spot = publisher('spot');
    this.#publishers = { futures, spot };
    const socketHost = (name: MarketName, rules: SocketRules) => {
      const service = socketService(name, this.#publishers[name]);
      return new SocketHost({ market: name, rules, service, faults, tls, now });
    };
    this.sockets = [
      socketHost('futures', { ...FUTURES_RULES, ...options.futuresRules }),
      socketHost('spot', { ...SPOT_RULES, ...options.spotRules }),
    ];
    const changes = this.#intervalChanges;
    const restHost = (name: MarketName, endpointsOf: typeof futuresEndpoints) => {
      const endpoints = endpointsOf({ market, publisher: this.#publishers[name], changes });
      const service = new BinanceRest({ name, endpoints, faults, seed, now, marketNow });
      return new RestHost({ market: name, service, faults, tls, now });
    };
    this.rests = [restHost('futures', futuresEndpoints), restHost('spot', spotEndpoints)];
    this.listener = listenerOf(futures, spot);
  }

  /** Base URLs, one listener each, without a trailing slash. */
  get urls() {
    const [futuresWs, spotWs] = this.sockets;
    const [futuresRest, spotRest] = this.rests;
    return {
      futuresWs: futuresWs.url,
      futuresRest: futuresRest.url,
      spotWs: spotWs.url,
      spotRest: spotRest.url,
    };
  }

  get endpoints(): Endpoints {
    const { futuresWs, futuresRest, spotWs, spotRest } = this.urls;
    return {
      'binance-usdm': {
        public: `${futuresWs}/public`,
        market: `${futuresWs}/market`,
        rest: futuresRest,
      },
      'binance-spot': { ws: spotWs, rest: spotRest },
    };
  }

  symbols(feed: string): readonly string[] {
    return this.#publisher(feed).symbols;
  }

  book(feed: string, symbol: string, updateId?: number): TrueBook {
    const found = this.#publisher(feed).find(symbol);
    if (found === undefined) throw new RangeError(`${feed} does not list ${symbol}`);
    return trueBook(found.listing, bookAsOf(found.listing, updateId));
  }

  #publisher(feed: string): Publisher {
    if (feed === 'binance-usdm') return this.#publishers.futures;
    if (feed === 'binance-spot') return this.#publishers.spot;
    throw new RangeError(`Binance has no feed ${feed}`);
  }

  /** Faults that are done the moment they are injected. */
  #act(spec: FaultSpec): void {
    if (spec.kind === 'fundingInterval') this.#changeInterval(spec);
    else endSockets(this.sockets, spec);
  }

  #changeInterval(spec: FaultSpec): void {
    const { market } = this.#stage;
    for (const asset of market.assets) {
      const { symbol } = asset.spec.perp;
      if (spec.symbol !== undefined && spec.symbol !== symbol) continue;
      setFundingInterval(asset, spec.hours ?? 4, market.nowMs);
      this.#intervalChanges.set(symbol, market.nowMs);
    }
  }
}

/** Every publisher hears of its own listings. */
function listenerOf(futures: Publisher, spot: Publisher): MarketListener {
  return {
    level: (listing, side, ticks, lots) => {
      (listing.kind === 'spot' ? spot : futures).level(listing, side, ticks, lots);
    },
    trade: (listing, trade) => {
      (listing.kind === 'spot' ? spot : futures).trade(listing, trade);
    },
    liquidation: (asset, liquidation) => futures.liquidation(asset, liquidation),
    settlement: () => undefined,
    stepped: (nowMs) => {
      futures.stepped(nowMs);
      spot.stepped(nowMs);
    },
  };
}
