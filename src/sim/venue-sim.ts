import type { BoardName } from './boards/index.ts';
import type { FaultRegistry } from './faults.ts';
import type { TlsPair } from './listener.ts';
import type { Market, MarketListener } from './market-state.ts';
import type { RestHost } from './rest-host.ts';
import type { SocketHost } from './socket-host.ts';
import type { Visit } from './visits.ts';

/** Hosts by feed and role, in the place of the venue's own. */
export type Endpoints = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The simulator's own book: the truth that a synchronised client must equal. */
export interface TrueBook {
  /** As the venue numbers its messages. */
  readonly updateId: number;
  /** [price, size] as the venue spells them, the best first. */
  readonly bids: readonly [price: string, size: string][];
  readonly asks: readonly [price: string, size: string][];
}

/** What can be known and done about a simulated venue from outside its wire: the truth, and trouble. */
interface Truth<Kind extends string> {
  readonly venue: string;
  readonly endpoints: Endpoints;
  readonly faults: FaultRegistry<Kind>;
  /** What a feed lists, as its payloads spell it. */
  symbols(feed: string): readonly string[];
  /**
   * The book of a symbol as it is, or as it was right after an update id not long ago.
   *
   * @throws RangeError on a symbol that the feed does not list
   */
  book(feed: string, symbol: string, updateId?: number): TrueBook;
}

/** A running simulated venue. */
export interface VenueSim<Kind extends string = string> extends Truth<Kind> {
  /** Base URL of its remote control. */
  readonly control: string;
  readonly market: Market;
  /** Who came by at any of its hosts lately, host by host. */
  readonly visits: readonly Visit[];
  /** Acts out another scenario from now on, on every venue of this market. */
  readonly setScenario: (name: string) => void;
  /** Lists a further coin on every venue that knows it; see `RunningStage`. */
  readonly list: (coin: string) => void;
  /** Lets that many wall ms pass at once, whatever the clock does, and lets the sockets drain. */
  readonly pump: (ms: number) => Promise<void>;
  /** Closes every venue of this market. */
  readonly close: () => Promise<void>;
}

/** What a venue's simulator stands on. */
export interface Stage {
  readonly seed: number;
  readonly market: Market;
  /** Null: the venue's endpoints are plain. */
  readonly tls: TlsPair | null;
  /** Wall ms: what limits, pings and delays are counted in. */
  readonly now: () => number;
  /** The market's own clock, ms: what the venue's times are made from. */
  readonly marketNow: () => number;
}

/** A venue's simulator as its own folder writes it. The stage listens, ticks and closes. */
export interface VenueServer<Kind extends string = string> extends Truth<Kind> {
  readonly sockets: readonly SocketHost[];
  readonly rests: readonly RestHost[];
  /** Hears what happens on the venue's boards, and the end of every step. */
  readonly listener: MarketListener;
}

/** How a venue comes to a stage. */
export interface VenuePart<Kind extends string = string> {
  /** What it lists besides the leader's market; of Binance, nothing. */
  readonly boards: readonly BoardName[];
  /** Whether it publishes the leader's market. */
  readonly isLeader: boolean;
  readonly open: (stage: Stage) => VenueServer<Kind>;
}
