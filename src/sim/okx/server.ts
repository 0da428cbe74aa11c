import { setFundingInterval } from '../market-derivatives.ts';
import type { MarketListener } from '../market-state.ts';
import type { Quota } from '../quota.ts';
import { RestHost } from '../rest-host.ts';
import { endSockets, SocketHost, type SocketRules } from '../socket-host.ts';
import { bookAsOf } from '../true-book.ts';
import type { Endpoints, Stage, TrueBook, VenuePart, VenueServer } from '../venue-sim.ts';
import { OKX_RULES, OPERATIONS, socketService } from './dialogue.ts';
import { endpointsOf } from './endpoints.ts';
import { type FaultKind, Faults } from './faults.ts';
import { HOST, Publisher } from './publisher.ts';
import { OkxRest } from './rest.ts';
import { LEVELS } from './window.ts';
import { plainLevels } from './wire.ts';

const FEED = 'okx';

/** What tests change about the venue. */
interface ServerOptions {
  /** Shorter silences, notices and so on. */
  readonly rules?: Partial<SocketRules>;
  /** Subscriptions a socket may ask for. */
  readonly operations?: Quota;
}

/** OKX as a part of a stage: swaps, dated futures and spot behind one socket and one REST host. */
export const okx = (options: ServerOptions = {}): VenuePart<FaultKind> => ({
  boards: ['okx'],
  isLeader: false,
  open: (stage) => new OkxServer(stage, options),
});

class OkxServer implements VenueServer<FaultKind> {
  readonly venue = 'okx';
  readonly faults: Faults;
  readonly sockets: readonly [SocketHost];
  readonly rests: readonly [RestHost];
  readonly listener: MarketListener;
  readonly #stage: Stage;
  readonly #publisher: Publisher;

  constructor(stage: Stage, options: ServerOptions) {
    this.#stage = stage;
    const { market, seed, tls, now, marketNow } = stage;
    const faults = new Faults(now, (spec) => {
      if (spec.kind === 'fundingInterval') this.#changeInterval(spec.symbol, spec.hours ?? 4);
      else endSockets(this.sockets, spec);
    });
    this.faults = faults;
    const publisher = new Publisher({ market, faults, now: marketNow });
    this.#publisher = publisher;
    const rules = { ...OKX_RULES, ...options.rules };
    const sockets = socketService(publisher, now, options.operations ?? OPERATIONS);
    this.sockets = [new SocketHost({ market: HOST, rules, service: sockets, faults, tls, now })];
    const endpoints = endpointsOf(publisher);
    const requests = new OkxRest({ endpoints, faults, seed, now, marketNow });
    this.rests = [new RestHost({ market: HOST, service: requests, faults, tls, now })];
    this.listener = {
      level: (listing) => publisher.level(listing),
      trade: (listing, trade) => publisher.trade(listing, trade),
      liquidation: (asset, liquidation) => publisher.liquidation(asset, liquidation),
      settlement: () => undefined,
      listed: (asset) => publisher.listed(asset),
      delisted: (asset) => publisher.delisted(asset),
      stepped: (nowMs) => publisher.stepped(nowMs),
    };
  }

  get endpoints(): Endpoints {
    return { [FEED]: { ws: this.sockets[0].url, rest: this.rests[0].url } };
  }

  symbols(): readonly string[] {
    return this.#publisher.symbols;
  }

  /** As far as the venue's own channel shows it. */
  book(_feed: string, symbol: string, seqId?: number): TrueBook {
    const found = this.#publisher.find(symbol);
    if (found === undefined) throw new RangeError(`${FEED} does not list ${symbol}`);
    const { listing } = found;
    const numbers = this.#publisher.numbers(symbol);
    const id = seqId === undefined ? undefined : numbers.marketId(seqId);
    const { bids, asks } = bookAsOf(listing, id);
    return {
      updateId: seqId ?? numbers.of(),
      bids: plainLevels(listing, bids.slice(0, LEVELS)),
      asks: plainLevels(listing, asks.slice(0, LEVELS)),
    };
  }

  #changeInterval(symbol: string | undefined, hours: number): void {
    const { market } = this.#stage;
    for (const { asset, listing } of this.#publisher.listedAs('SWAP'))
      if (symbol === undefined || symbol === listing.spec.symbol)
        setFundingInterval(asset, hours, market.nowMs);
  }
}
