import { FaultRegistry } from '../faults.ts';
import { listed } from '../listed.ts';
import type { Listing } from '../market-flow.ts';
import type { MarketListener } from '../market-state.ts';
import { RestHost } from '../rest-host.ts';
import { endSockets, SocketHost, type SocketRules } from '../socket-host.ts';
import { bookAsOf } from '../true-book.ts';
import type { Stage, TrueBook, VenuePart, VenueServer } from '../venue-sim.ts';
import { Coin } from './coin.ts';
import { type Hub, HyperliquidDialogue } from './dialogue.ts';
import { type Backing, DELISTED, InfoService } from './info.ts';
import {
  CATALOGUE,
  CLOCKS,
  type Clocks,
  FAMILY,
  HOST,
  type HyperliquidFault,
  SOCKET_RULES,
  SUBSCRIPTIONS_MOST,
} from './rules.ts';
import { channelText, px, sz } from './wire.ts';

const FEED = 'hyperliquid';

/** What tests change about the venue. */
export interface HyperliquidOptions {
  readonly rules?: Partial<SocketRules>;
  readonly clocks?: Partial<Clocks>;
  readonly subscriptionsMost?: number;
}

/** Hyperliquid as a part of a stage. */
export const hyperliquid = (options: HyperliquidOptions = {}): VenuePart<HyperliquidFault> => ({
  boards: ['hyperliquid'],
  isLeader: false,
  open: (stage) => new HyperliquidServer(stage, options),
});

/**
 * Perps of the main dex: one socket URL, one path for questions, a clock of 5.4 s for all books and one of 0.54 s for the fast ones. A block is a step of the market;
 * what is told of it carries its time.
 */
class HyperliquidServer implements VenueServer<HyperliquidFault> {
  readonly venue = 'hyperliquid';
  readonly faults: FaultRegistry<HyperliquidFault>;
  readonly sockets: readonly [SocketHost];
  readonly rests: readonly [RestHost];
  readonly listener: MarketListener;
  readonly #coins = new Map<string, Coin>();

  constructor(stage: Stage, options: HyperliquidOptions) {
    const { market, tls, now, marketNow } = stage;
    const clocks = { ...CLOCKS, ...options.clocks };
    const faults = new FaultRegistry<HyperliquidFault>(CATALOGUE, now, (spec) =>
      endSockets(this.sockets, spec),
    );
    this.faults = faults;
    const byListing = new Map<Listing, Coin>();
    for (const found of listed(market, 'hyperliquid')) {
      const coin = new Coin(found, faults, clocks);
      this.#coins.set(coin.symbol, coin);
      byListing.set(found.listing, coin);
    }
    const skewMs = () => faults.on('clockSkew', { market: HOST })?.offsetMs ?? 0;
    const hub: Hub = {
      coin: (name) =>
        this.#coins.get(name) ??
        (DELISTED.some((gone) => gone.name === name) ? 'delisted' : undefined),
      subscribed: 0,
      subscriptionsMost: options.subscriptionsMost ?? SUBSCRIPTIONS_MOST,
      skewMs,
      emptyBook: (coin, isFast) => {
        const flag = isFast ? ',"fast":true' : '';
        const time = market.nowMs + skewMs();
        return channelText('l2Book', `{"coin":"${coin}","time":${time},"levels":[[],[]]${flag}}`);
      },
      answersPings: () => faults.on('ignorePongs', { market: HOST, family: FAMILY }) === undefined,
    };
    const service = {
      route: ({ pathname }: URL) => (pathname === '/ws' ? { family: FAMILY } : null),
      greet: (socket: ConstructorParameters<typeof HyperliquidDialogue>[0]) =>
        new HyperliquidDialogue(socket, hub),
    };
    const rules = { ...SOCKET_RULES, ...options.rules };
    this.sockets = [new SocketHost({ market: HOST, rules, service, faults, tls, now })];
    const backing: Backing = {
      coins: this.#coins,
      faults,
      now,
      skewMs,
      // The book is as of the last step, and so is everything that is said of it.
      marketNow: () => market.nowMs,
      venueNow: () => Math.floor(marketNow()) + skewMs(),
    };
    this.rests = [
      new RestHost({ market: HOST, service: new InfoService(backing), faults, tls, now }),
    ];
    this.listener = {
      level: () => undefined,
      trade: (listing, trade) => byListing.get(listing)?.note(trade),
      liquidation: () => undefined,
      settlement: () => undefined,
      stepped: this.#clockwork(clocks, skewMs),
    };
  }

  get endpoints() {
    return { [FEED]: { ws: `${this.sockets[0].url}/ws`, rest: this.rests[0].url } };
  }

  symbols(): readonly string[] {
    return [...this.#coins.keys()];
  }

  /** Books carry no number; `updateId` is the time of a block that was told of, as the venue's clock had it. */
  book(_feed: string, symbol: string, updateId?: number): TrueBook {
    const coin = this.#coins.get(symbol);
    if (coin === undefined) throw new RangeError(`${FEED} does not list ${symbol}`);
    const { listing } = coin.listed;
    const copy = bookAsOf(
      listing,
      updateId === undefined ? undefined : coin.ids.marketId(updateId),
    );
    const side = (levels: typeof copy.bids) =>
      levels.map(([ticks, lots]): [string, string] => [
        px(listing.spec, ticks),
        sz(listing.spec, lots),
      ]);
    return { updateId: updateId ?? copy.updateId, bids: side(copy.bids), asks: side(copy.asks) };
  }

  /** What is said at the end of a step, in the order of a block: what happened, then how things stand. */
  #clockwork(clocks: Clocks, skewMs: () => number): (nowMs: number) => void {
    const isDue = (everyMs: number) => {
      let nextMs = Number.NaN;
      return (nowMs: number): boolean => {
        if (Number.isNaN(nextMs)) nextMs = nowMs;
        if (nowMs < nextMs) return false;
        nextMs += everyMs * (Math.floor((nowMs - nextMs) / everyMs) + 1);
        return true;
      };
    };
    const deep = isDue(clocks.deepMs);
    const fast = isDue(clocks.fastMs);
    const contexts = isDue(clocks.contextMs);
    return (nowMs) => {
      const skew = skewMs();
      const time = nowMs + skew;
      const [hasDeep, hasFast, hasContexts] = [deep(nowMs), fast(nowMs), contexts(nowMs)];
      for (const coin of this.#coins.values()) {
        coin.tellTrades(skew);
        coin.tellTouch(time);
        if (hasFast) coin.tellBook('l2Book-fast', time);
        if (hasDeep) coin.tellBook('l2Book', time);
        if (hasContexts) coin.tellContext(nowMs);
      }
    };
  }
}
