import { setFundingInterval } from '../market-derivatives.ts';
import type { Listing } from '../market-flow.ts';
import type { AssetState, MarketListener } from '../market-state.ts';
import { RestHost } from '../rest-host.ts';
import { endSockets, SocketHost, type SocketRules } from '../socket-host.ts';
import { bookAsOf, trueBook } from '../true-book.ts';
import type { Endpoints, Stage, TrueBook, VenuePart, VenueServer } from '../venue-sim.ts';
import { coinmEndpoints, futuresEndpoints, spotEndpoints } from './endpoints.ts';
import { type FaultKind, type FaultSpec, Faults } from './faults.ts';
import { type ForceOrderRule, Publisher } from './publisher.ts';
import { BinanceRest, type Budgets, budgetsOf } from './rest.ts';
import { FUTURES_RULES, SPOT_RULES, socketService } from './sockets.ts';
import { LISTED, type MarketName } from './streams.ts';

/** What tests change about the venue. */
export interface ServerOptions {
  /** Shorter pings, lifetimes and so on, of both futures products. */
  readonly futuresRules?: Partial<SocketRules>;
  readonly spotRules?: Partial<SocketRules>;
  readonly forceOrderRule?: ForceOrderRule;
}

/** What Binance lists besides the leader's market. */
export const BOARDS = ['binance-coinm'] as const satisfies VenuePart['boards'];

/** Binance as a part of a stage. */
export const binance = (options: ServerOptions = {}): VenuePart<FaultKind> => ({
  boards: BOARDS,
  isLeader: true,
  open: (stage) => new BinanceServer(stage, options),
});

/** Binance: USDT-M futures and spot of the leader's market, and COIN-M futures beside it. */
export class BinanceServer implements VenueServer<FaultKind> {
  readonly venue = 'binance';
  readonly faults: Faults;
  readonly sockets: readonly [futures: SocketHost, spot: SocketHost, coinm: SocketHost];
  readonly rests: readonly [futures: RestHost, spot: RestHost, coinm: RestHost];
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
    const coinm = publisher('coinm');
    this.#publishers = { futures, spot, coinm };
    futures.join(coinm);
    coinm.join(futures);
    const socketHost = (name: MarketName, rules: SocketRules) => {
      const service = socketService(name, this.#publishers[name]);
      return new SocketHost({ market: name, rules, service, faults, tls, now });
    };
    const futuresRules = { ...FUTURES_RULES, ...options.futuresRules };
    this.sockets = [
      socketHost('futures', futuresRules),
      socketHost('spot', { ...SPOT_RULES, ...options.spotRules }),
      socketHost('coinm', futuresRules),
    ];
    const changes = this.#intervalChanges;
    const restHost = (name: MarketName, endpointsOf: typeof futuresEndpoints, budgets: Budgets) => {
      const endpoints = endpointsOf({ market, publisher: this.#publishers[name], changes });
      const service = new BinanceRest({ name, endpoints, budgets, faults, seed, now, marketNow });
      return new RestHost({ market: name, service, faults, tls, now });
    };
    const futuresBudgets = budgetsOf('futures');
    this.rests = [
      restHost('futures', futuresEndpoints, futuresBudgets),
      restHost('spot', spotEndpoints, budgetsOf('spot')),
      restHost('coinm', coinmEndpoints, futuresBudgets),
    ];
    this.listener = listenerOf(this.#publishers);
  }

  /** Base URLs, one listener each, without a trailing slash. */
  get urls() {
    const [futuresWs, spotWs, coinmWs] = this.sockets;
    const [futuresRest, spotRest, coinmRest] = this.rests;
    return {
      futuresWs: futuresWs.url,
      futuresRest: futuresRest.url,
      spotWs: spotWs.url,
      spotRest: spotRest.url,
      coinmWs: coinmWs.url,
      coinmRest: coinmRest.url,
    };
  }

  get endpoints(): Endpoints {
    const { futuresWs, futuresRest, spotWs, spotRest, coinmWs, coinmRest } = this.urls;
    return {
      'binance-usdm': {
        public: `${futuresWs}/public`,
        market: `${futuresWs}/market`,
        rest: futuresRest,
      },
      'binance-spot': { ws: spotWs, rest: spotRest },
      'binance-coinm': { ws: coinmWs, rest: coinmRest },
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
    if (feed === 'binance-coinm') return this.#publishers.coinm;
    throw new RangeError(`Binance has no feed ${feed}`);
  }

  /** Faults that are done the moment they are injected. */
  #act(spec: FaultSpec): void {
    if (spec.kind === 'fundingInterval') this.#changeInterval(spec);
    else endSockets(this.sockets, spec);
  }

  #changeInterval(spec: FaultSpec): void {
    const { market } = this.#stage;
    for (const asset of [...market.assets, ...market.followers]) {
      const { symbol } = asset.spec.perp;
      const isOurs = ['binance', LISTED.coinm.board].includes(asset.spec.board);
      if (!isOurs || asset.spec.expiryMs !== null) continue;
      if (spec.market !== undefined && spec.market !== marketOf(asset)) continue;
      if (spec.symbol !== undefined && spec.symbol !== symbol) continue;
      setFundingInterval(asset, spec.hours ?? 4, market.nowMs);
      this.#intervalChanges.set(symbol, market.nowMs);
    }
  }
}

/** The publisher of a derivative. */
const marketOf = ({ spec }: AssetState): MarketName =>
  spec.board === LISTED.coinm.board ? 'coinm' : 'futures';

/** Every publisher hears of its own listings. */
function listenerOf(publishers: Readonly<Record<MarketName, Publisher>>): MarketListener {
  const all = Object.values(publishers);
  const of = ({ kind, board }: Listing): Publisher => {
    if (kind === 'spot') return publishers.spot;
    return board === LISTED.coinm.board ? publishers.coinm : publishers.futures;
  };
  const productsOf = (asset: AssetState): readonly Publisher[] =>
    marketOf(asset) === 'coinm' ? [publishers.coinm] : [publishers.futures, publishers.spot];
  return {
    level: (listing, side, ticks, lots) => of(listing).level(listing, side, ticks, lots),
    trade: (listing, trade) => of(listing).trade(listing, trade),
    liquidation: (asset, liquidation) =>
      publishers[marketOf(asset)].liquidation(asset, liquidation),
    settlement: () => undefined,
    listed: (asset) => {
      for (const publisher of productsOf(asset)) publisher.listed(asset);
    },
    delisted: (asset) => {
      for (const publisher of productsOf(asset)) publisher.delisted(asset);
    },
    stepped: (nowMs) => {
      for (const publisher of all) publisher.stepped(nowMs);
      for (const publisher of all) publisher.forget(nowMs);
    },
  };
}
