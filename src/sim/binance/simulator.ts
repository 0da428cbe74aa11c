import { advance, switchScenario } from '../market.ts';
import { copyAsOf, copyOf } from '../market-book.ts';
import { setFundingInterval } from '../market-derivatives.ts';
import { createMarket } from '../market-start.ts';
import type { Market, MarketListener } from '../market-state.ts';
import { dayStatistics } from '../market-tape.ts';
import { ControlHost } from './control.ts';
import { futuresEndpoints, spotEndpoints } from './endpoints.ts';
import { type FaultSpec, Faults } from './faults.ts';
import type { TlsPair } from './listener.ts';
import { type ForceOrderRule, Publisher, spelled } from './publisher.ts';
import { RestHost } from './rest.ts';
import { FUTURES_RULES, SocketHost, type SocketRules, SPOT_RULES } from './sockets.ts';

/** How to start a simulated Binance. */
export interface BinanceSimOptions {
  readonly seed: number;
  /** `calm`, `carry`, `cascade`, `squeeze`, `demo`. */
  readonly scenario: string;
  /** Coins to list; BTC, ETH and SOL unless said otherwise. */
  readonly assets?: readonly string[];
  /** USDT-M perps to list in all: the coins named, then invented ones, a whole venue of them. */
  readonly symbols?: number;
  /**
   * Messages per second of a calm market when the depth and aggregate trades of every perp and the
   * all-market arrays are subscribed. A scenario's flow multiplies the trades, as a crash does.
   */
  readonly messagesPerSecond?: number;
  /** Certificate and key, PEM: the venue's endpoints are `wss:` and `https:` then. */
  readonly tls?: TlsPair;
  /** The wall, ms. The market follows it, limits and pings are counted on it. */
  readonly clock: () => number;
  /** Unix ms on the market's own calendar at the start; the wall's unless said otherwise. */
  readonly startMs?: number;
  /** Market seconds per wall second. */
  readonly speed?: number;
  /** Shorter pings, lifetimes and so on. */
  readonly futuresRules?: Partial<SocketRules>;
  readonly spotRules?: Partial<SocketRules>;
  readonly forceOrderRule?: ForceOrderRule;
}

/** Base URLs of the simulated venue, one listener each, without a trailing slash. */
interface BinanceEndpoints {
  /** Append `/public/…`, `/market/…` or the legacy `/ws/…`, `/stream…`. */
  readonly futuresWs: string;
  readonly futuresRest: string;
  readonly spotWs: string;
  readonly spotRest: string;
  readonly control: string;
}

/** The simulator's own book: the truth that a synchronised client must equal. */
export interface TrueBook {
  readonly updateId: number;
  /** [price, size] as the venue spells them, the best first. */
  readonly bids: readonly [price: string, size: string][];
  readonly asks: readonly [price: string, size: string][];
}

/** A running simulated Binance. */
export interface BinanceSim {
  readonly endpoints: BinanceEndpoints;
  readonly faults: Faults;
  readonly market: Market;
  /** The book of a symbol as it is, or as it was right after an update id not long ago. */
  book(symbol: string, kind: 'perp' | 'spot', updateId?: number): TrueBook;
  /** Acts out another scenario from now on. */
  setScenario(name: string): void;
  /** Lets that many wall ms pass at once, whatever the clock does, and lets the sockets drain. */
  pump(ms: number): Promise<void>;
  close(): Promise<void>;
}

const DEFAULT_ASSETS = ['BTC', 'ETH', 'SOL'];
const TICK_MS = 25;
/** A market in slots is let out slot by slot: a venue of hundreds of coins is a steady stream. */
const SLOTTED_TICK_MS = 10;
/** Wall ms the market catches up after a pause or where it is starved; the rest never happened. */
const CATCH_UP_MS = 5_000;
/** It catches up in portions, so that requests are answered in between. */
const CATCH_UP_SLICE_MS = 250;
const PUMP_SLICE_MS = 200;
const DRAIN_BYTES = 256 * 1024;

/**
 * Starts a simulated Binance (USDT-M futures and spot, HTTP and WebSocket) on the loopback
 * interface, over one seeded market. Ready when it resolves.
 */
export async function startBinanceSim(options: BinanceSimOptions): Promise<BinanceSim> {
  const simulator = new Simulator(options);
  await simulator.start();
  return simulator;
}

class Simulator implements BinanceSim {
  readonly faults: Faults;
  readonly market: Market;
  readonly #clock: () => number;
  readonly #speed: number;
  readonly #futures: Publisher;
  readonly #spot: Publisher;
  readonly #sockets: readonly SocketHost[];
  readonly #rests: readonly RestHost[];
  readonly #control: ControlHost;
  readonly #listener: MarketListener;
  readonly #intervalChanges = new Map<string, number>();
  #endpoints: BinanceEndpoints | null = null;
  #timer: NodeJS.Timeout | null = null;
  #pumpedMs = 0;
  /** Coins whose rolling day is made. */
  #remembered = 0;
  #lastWallMs: number;
  /** Market ms = origin + speed · wall ms. */
  #originMs: number;

  constructor(options: BinanceSimOptions) {
    this.#clock = options.clock;
    this.#speed = options.speed ?? 1;
    this.#lastWallMs = options.clock();
    const startMs = options.startMs ?? this.#lastWallMs;
    this.market = createMarket({
      seed: options.seed,
      scenario: options.scenario,
      assets: options.assets ?? DEFAULT_ASSETS,
      ...(options.symbols !== undefined && { symbols: options.symbols }),
      ...(options.messagesPerSecond !== undefined && {
        messagesPerSecond: options.messagesPerSecond,
      }),
      startMs,
    });
    this.#originMs = this.market.startMs - this.#speed * this.#lastWallMs;
    const now = () => this.#wall();
    const marketNow = () => this.#marketNow();
    this.faults = new Faults(now, (spec) => this.#act(spec));
    const { faults, market } = this;
    const forceOrderRule = options.forceOrderRule ?? 'latest';
    const publisher = (name: 'futures' | 'spot') =>
      new Publisher({ name, market, faults, forceOrderRule, now: marketNow });
    this.#futures = publisher('futures');
    this.#spot = publisher('spot');
    const futuresRules = { ...FUTURES_RULES, ...options.futuresRules };
    const tls = options.tls ?? null;
    const spotRules = { ...SPOT_RULES, ...options.spotRules };
    this.#sockets = [
      new SocketHost({
        market: 'futures',
        rules: futuresRules,
        faults,
        source: this.#futures,
        tls,
        now,
      }),
      new SocketHost({ market: 'spot', rules: spotRules, faults, source: this.#spot, tls, now }),
    ];
    const changes = this.#intervalChanges;
    const rest = { faults, seed: options.seed, tls, now, marketNow };
    this.#rests = [
      new RestHost({
        ...rest,
        name: 'futures',
        endpoints: futuresEndpoints({ market, publisher: this.#futures, changes }),
      }),
      new RestHost({
        ...rest,
        name: 'spot',
        endpoints: spotEndpoints({ market, publisher: this.#spot, changes }),
      }),
    ];
    this.#control = new ControlHost(this);
    this.#listener = this.#createListener();
  }

  async start(): Promise<void> {
    const [futuresWs, spotWs, futuresRest, spotRest, control] = await Promise.all([
      this.#sockets[0]!.listen(),
      this.#sockets[1]!.listen(),
      this.#rests[0]!.listen(),
      this.#rests[1]!.listen(),
      this.#control.listen(),
    ]);
    this.#endpoints = { futuresWs, futuresRest, spotWs, spotRest, control };
    const sliceMs = CATCH_UP_SLICE_MS * Math.max(1, this.#speed);
    const everyMs = this.market.slotMs < TICK_MS ? SLOTTED_TICK_MS : TICK_MS;
    this.#timer = setInterval(() => this.#tick(sliceMs), everyMs);
    this.#timer.unref();
  }

  get endpoints(): BinanceEndpoints {
    if (this.#endpoints === null) throw new Error('The simulator is not listening');
    return this.#endpoints;
  }

  /** Wall ms: the injected clock, never backwards, plus what was pumped. */
  #wall(): number {
    return Math.max(this.#clock(), this.#lastWallMs - this.#pumpedMs) + this.#pumpedMs;
  }

  #marketNow(): number {
    return Math.max(this.market.nowMs, this.#originMs + this.#speed * this.#wall());
  }

  /** @param mostMs market ms at most; the rest is left to the next tick */
  #tick(mostMs: number): void {
    const wall = this.#wall();
    this.#lastWallMs = wall;
    const skippedMs = this.#marketNow() - this.market.nowMs - CATCH_UP_MS * this.#speed;
    if (skippedMs > 0) this.#originMs -= skippedMs;
    const [futures, spot] = this.#sockets as [SocketHost, SocketHost];
    const toMs = Math.min(this.#marketNow(), this.market.nowMs + mostMs);
    futures.inOnePiece(() => spot.inOnePiece(() => advance(this.market, toMs, this.#listener)));
    for (const host of this.#sockets) host.tick(wall);
    for (const host of this.#rests) host.tick(wall);
    this.#remember();
  }

  /** The days of hundreds of coins, made at the first question for all, would hold everything up. */
  #remember(): void {
    const asset = this.market.assets[this.#remembered];
    if (asset === undefined) return;
    dayStatistics(asset.tape, 'perp', this.market.nowMs - 1);
    this.#remembered++;
  }

  book(symbol: string, kind: 'perp' | 'spot', updateId?: number): TrueBook {
    const found = (kind === 'spot' ? this.#spot : this.#futures).find(symbol);
    if (found === undefined)
      throw new RangeError(`The simulator does not list ${symbol} (${kind})`);
    const { listing } = found;
    const copy = updateId === undefined ? copyOf(listing.book) : copyAsOf(listing.book, updateId);
    return {
      updateId: copy.updateId,
      bids: spelled(listing, copy.bids),
      asks: spelled(listing, copy.asks),
    };
  }

  setScenario(name: string): void {
    switchScenario(this.market, name);
  }

  async pump(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= PUMP_SLICE_MS) {
      this.#pumpedMs += Math.min(left, PUMP_SLICE_MS);
      this.#tick(Number.POSITIVE_INFINITY);
      await this.#drain();
    }
  }

  /** Gives the sockets a turn, and more turns while one of them is behind. */
  async #drain(): Promise<void> {
    do {
      await new Promise<void>((resolve) => setImmediate(resolve));
    } while (this.#sockets.some((host) => host.backlogBytes > DRAIN_BYTES));
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await Promise.all([
      ...this.#sockets.map((host) => host.close()),
      ...this.#rests.map((host) => host.close()),
      this.#control.close(),
    ]);
  }

  /** Faults that are done the moment they are injected. */
  #act(spec: FaultSpec): void {
    if (spec.kind === 'fundingInterval') this.#changeInterval(spec);
    const sockets = this.#sockets
      .filter((host) => spec.market === undefined || spec.market === host.market)
      .flatMap((host) => [...host.sockets])
      .filter((socket) => spec.family === undefined || spec.family === socket.family);
    for (const socket of sockets) {
      if (spec.kind === 'disconnect') socket.cut();
      if (spec.kind === 'shutdown') socket.announceShutdown();
    }
  }

  #changeInterval(spec: FaultSpec): void {
    for (const asset of this.market.assets) {
      const { symbol } = asset.spec.perp;
      if (spec.symbol !== undefined && spec.symbol !== symbol) continue;
      setFundingInterval(asset, spec.hours ?? 4, this.market.nowMs);
      this.#intervalChanges.set(symbol, this.market.nowMs);
    }
  }

  #createListener(): MarketListener {
    const futures = this.#futures;
    const spot = this.#spot;
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
}
