import { ControlHost } from './control.ts';
import type { FaultSwitch } from './faults.ts';
import type { TlsPair } from './listener.ts';
import { advance, switchScenario } from './market.ts';
import { list } from './market-listings.ts';
import { createMarket } from './market-start.ts';
import type { AssetState, Liquidation, Market, MarketListener } from './market-state.ts';
import { dayStatistics } from './market-tape.ts';
import type { Stage, VenuePart, VenueServer, VenueSim } from './venue-sim.ts';

/** How a simulated market is started, whoever publishes it. */
export interface StageOptions {
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
  /** Certificate and key, PEM: the venues' endpoints are `wss:` and `https:` then. */
  readonly tls?: TlsPair;
  /** The wall, ms. The market follows it, limits and pings are counted on it. */
  readonly clock: () => number;
  /** Unix ms on the market's own calendar at the start; the wall's unless said otherwise. */
  readonly startMs?: number;
  /** Market seconds per wall second. */
  readonly speed?: number;
}

/** A market and the venues that publish it. */
export interface RunningStage {
  readonly market: Market;
  /** In the order asked for. */
  readonly venues: readonly VenueSim[];
  /** @throws RangeError when it does not run here */
  readonly venue: (name: string) => VenueSim;
  /** Acts out another scenario from now on. */
  readonly setScenario: (name: string) => void;
  /**
   * Lists a further coin on every venue that knows it.
   *
   * @throws RangeError on a coin nobody knows, or one that is listed already
   */
  readonly list: (coin: string) => void;
  /** Lets that many wall ms pass at once, whatever the clock does, and lets the sockets drain. */
  readonly pump: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
}

const DEFAULT_ASSETS = ['BTC', 'ETH', 'SOL'];
const LEADER = 'binance';
const TICK_MS = 25;
/** A market in slots is let out slot by slot: a venue of hundreds of coins is a steady stream. */
const SLOTTED_TICK_MS = 10;
/** Wall ms the market catches up after a pause or where it is starved; the rest never happened. */
const CATCH_UP_MS = 5_000;
/** It catches up in portions, so that requests are answered in between. */
const CATCH_UP_SLICE_MS = 250;
const PUMP_SLICE_MS = 200;
const DRAIN_BYTES = 256 * 1024;
/** A liquidation that waits for its successor is told after this long all the same. */
const LATEST_LIQUIDATION_MS = 30_000;

/** Makes a market and opens the venues on it, on the loopback interface. Ready when it resolves. */
export async function startStage(
  options: StageOptions,
  parts: readonly VenuePart[],
): Promise<RunningStage> {
  const clockwork = new Clockwork(options, parts);
  await clockwork.start();
  return clockwork;
}

/** One venue on the stage, and who hears what. */
interface Player {
  readonly server: VenueServer;
  readonly control: ControlHost;
  readonly sim: VenueSim;
  /** What it lists, by board. */
  readonly boards: readonly string[];
}

/** The clock of a market, and everything that moves with it. */
class Clockwork implements RunningStage, Stage {
  readonly seed: number;
  readonly market: Market;
  readonly tls: TlsPair | null;
  readonly now = (): number => this.#wall();
  readonly marketNow = (): number => this.#marketNow();
  readonly venue = (name: string): VenueSim => {
    const sim = this.venues.find(({ venue }) => venue === name);
    if (sim === undefined) throw new RangeError(`${name} does not run on this stage`);
    return sim;
  };
  readonly setScenario = (name: string): void => switchScenario(this.market, name);
  readonly list = (coin: string): void => list(this.market, coin, this.#listener);
  readonly pump = (ms: number): Promise<void> => this.#pump(ms);
  readonly close = (): Promise<void> => this.#close();
  readonly #clock: () => number;
  readonly #speed: number;
  readonly #players: readonly Player[];
  readonly #listener: MarketListener;
  #timer: NodeJS.Timeout | null = null;
  /** Some book is frozen. */
  #isFrozen = false;
  #pumpedMs = 0;
  /** Coins whose rolling day is made. */
  #remembered = 0;
  #lastWallMs: number;
  /** Market ms = origin + speed · wall ms. */
  #originMs: number;

  constructor(options: StageOptions, parts: readonly VenuePart[]) {
    this.seed = options.seed;
    this.tls = options.tls ?? null;
    this.#clock = options.clock;
    this.#speed = options.speed ?? 1;
    this.#lastWallMs = options.clock();
    this.market = createMarket({
      seed: options.seed,
      scenario: options.scenario,
      assets: options.assets ?? DEFAULT_ASSETS,
      boards: [...new Set(parts.flatMap(({ boards }) => boards))],
      ...(options.symbols !== undefined && { symbols: options.symbols }),
      ...(options.messagesPerSecond !== undefined && {
        messagesPerSecond: options.messagesPerSecond,
      }),
      startMs: options.startMs ?? this.#lastWallMs,
    });
    this.#originMs = this.market.startMs - this.#speed * this.#lastWallMs;
    const listeners = new Map<string, MarketListener>();
    this.#players = parts.map((part) => {
      const server = part.open(this);
      const boards = part.isLeader ? [LEADER, ...part.boards] : part.boards;
      const listener = disordered(server.listener, server.faults);
      for (const board of boards) listeners.set(board, listener);
      return this.#player(server, boards);
    });
    this.#listener = byBoard(listeners);
  }

  #player(server: VenueServer, boards: readonly string[]): Player {
    const { market, setScenario, list, pump, close } = this;
    const control = new ControlHost({ server, boards, market, setScenario, list, pump });
    const sim: VenueSim = {
      venue: server.venue,
      market,
      faults: server.faults,
      get endpoints() {
        return server.endpoints;
      },
      get control() {
        return control.url;
      },
      get visits() {
        return [...server.sockets, ...server.rests].flatMap(({ visits }) => visits.all);
      },
      symbols: (feed) => server.symbols(feed),
      book: (feed, symbol, updateId) => server.book(feed, symbol, updateId),
      setScenario,
      list,
      pump,
      close,
    };
    return { server, control, sim, boards };
  }

  async start(): Promise<void> {
    await Promise.all(
      this.#players.flatMap(({ server, control }) => [
        ...server.sockets.map((host) => host.listen()),
        ...server.rests.map((host) => host.listen()),
        control.listen(),
      ]),
    );
    const sliceMs = CATCH_UP_SLICE_MS * Math.max(1, this.#speed);
    const everyMs = this.market.slotMs < TICK_MS ? SLOTTED_TICK_MS : TICK_MS;
    this.#timer = setInterval(() => this.#tick(sliceMs), everyMs);
    this.#timer.unref();
  }

  get venues(): readonly VenueSim[] {
    return this.#players.map(({ sim }) => sim);
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
    const toMs = Math.min(this.#marketNow(), this.market.nowMs + mostMs);
    this.#freeze();
    let live = () => advance(this.market, toMs, this.#listener);
    for (const host of this.#sockets()) {
      const within = live;
      live = () => host.inOnePiece(within);
    }
    live();
    for (const host of this.#sockets()) host.tick(wall);
    for (const { server } of this.#players) for (const host of server.rests) host.tick(wall);
    this.#remember();
  }

  /** Stops the books that a fault names, and lets them go again. */
  #freeze(): void {
    if (!this.#isFrozen && this.#players.every(({ server }) => server.faults.isQuiet)) return;
    this.#isFrozen = false;
    for (const { perp, spot } of [...this.market.assets, ...this.market.followers]) {
      for (const listing of spot === null ? [perp] : [perp, spot]) {
        const { symbol } = listing.spec;
        const player = this.#players.find(({ boards }) => boards.includes(listing.board));
        listing.isFrozen = player?.server.faults.on('frozenBook', { symbol }) !== undefined;
        this.#isFrozen ||= listing.isFrozen;
      }
    }
  }

  #sockets() {
    return this.#players.flatMap(({ server }) => server.sockets);
  }

  /** The days of hundreds of coins, made at the first question for all, would hold everything up. */
  #remember(): void {
    const { assets, followers, nowMs } = this.market;
    const asset = assets[this.#remembered] ?? followers[this.#remembered - assets.length];
    if (asset === undefined) return;
    dayStatistics(asset.tape, 'perp', nowMs - 1);
    this.#remembered++;
  }

  async #pump(ms: number): Promise<void> {
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
    } while (this.#sockets().some((host) => host.backlogBytes > DRAIN_BYTES));
  }

  async #close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await Promise.all(
      this.#players.flatMap(({ server, control }) => [
        ...server.sockets.map((host) => host.close()),
        ...server.rests.map((host) => host.close()),
        control.close(),
      ]),
    );
  }
}

/** Tells a venue of liquidations in the wrong order while a fault wants it so. */
function disordered(listener: MarketListener, faults: FaultSwitch): MarketListener {
  let held: { readonly asset: AssetState; readonly liquidation: Liquidation } | null = null;
  const release = () => {
    if (held !== null) listener.liquidation(held.asset, held.liquidation);
    held = null;
  };
  return {
    level: (listing, side, ticks, lots) => listener.level(listing, side, ticks, lots),
    trade: (listing, trade) => listener.trade(listing, trade),
    liquidation: (asset, liquidation) => {
      const { symbol } = asset.spec.perp;
      if (held === null && faults.strike('disorderly', { symbol }) !== undefined) {
        held = { asset, liquidation };
        return;
      }
      listener.liquidation(asset, liquidation);
      release();
    },
    settlement: (asset, settlement) => listener.settlement(asset, settlement),
    listed: (asset) => listener.listed?.(asset),
    delisted: (asset) => listener.delisted?.(asset),
    stepped: (nowMs) => {
      if (held !== null && nowMs > held.liquidation.atMs + LATEST_LIQUIDATION_MS) release();
      listener.stepped(nowMs);
    },
  };
}

/** Tells every venue what happens on its own boards. */
function byBoard(listeners: ReadonlyMap<string, MarketListener>): MarketListener {
  const all = [...new Set(listeners.values())];
  return {
    level: (listing, side, ticks, lots) =>
      listeners.get(listing.board)?.level(listing, side, ticks, lots),
    trade: (listing, trade) => listeners.get(listing.board)?.trade(listing, trade),
    liquidation: (asset, liquidation) =>
      listeners.get(asset.spec.board)?.liquidation(asset, liquidation),
    settlement: (asset, settlement) =>
      listeners.get(asset.spec.board)?.settlement(asset, settlement),
    listed: (asset) => listeners.get(asset.spec.board)?.listed?.(asset),
    delisted: (asset) => listeners.get(asset.spec.board)?.delisted?.(asset),
    stepped: (nowMs) => {
      for (const listener of all) listener.stepped(nowMs);
    },
  };
}
