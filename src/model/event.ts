import type { FeedId, Instrument, InstrumentId } from './instrument.ts';
import type { Recalled, StoreReport } from './kept.ts';
import type { FeedReport } from './record.ts';
import type { Micros } from './units.ts';

/**
 * Price levels of one side, interleaved `[ticks, lots, ticks, lots, …]` in the steps of the instrument's grids.
 * Lots 0 removes a level; a level's size replaces what was there.
 */
export type Levels = Float64Array;

interface Stamped {
  readonly instrument: InstrumentId;
  /** The venue's event time; null where it sends none. */
  readonly tsExchange: Micros | null;
  /** When we received it. */
  readonly tsLocal: Micros;
}

/** A listing became known, changed its grids, or stopped or resumed trading. Comes before the first event that uses it. */
export interface Listing {
  readonly kind: 'listing';
  readonly instrument: Instrument;
  /** False when the venue does not say that it trades: it is settling, has not begun, or is known from messages alone. */
  readonly isTrading?: boolean;
  readonly tsLocal: Micros;
}

export interface Trade extends Stamped {
  readonly kind: 'trade';
  /** The taker: `buy` lifted the ask. */
  readonly aggressor: 'buy' | 'sell';
  readonly price: number;
  /** Base coin. */
  readonly size: number;
  /** The venue's running number; consecutive prints differ by `1` where `idsAreDense`. Null where there is none. */
  readonly id: number | null;
}

export interface BookSnapshot extends Stamped {
  readonly kind: 'bookSnapshot';
  readonly lastId: number;
  readonly bids: Levels;
  readonly asks: Levels;
  /** Levels per side that were asked for: a side that holds as many is cut off there, a shorter one is whole. */
  readonly limit: number;
}

/** Lent by its decoder until the next record (see `Protocol.decode`): a book that keeps it copies it. */
export interface BookDelta extends Stamped {
  readonly kind: 'bookDelta';
  readonly firstId: number;
  readonly lastId: number;
  /** Last id of the message before, where the venue sends it (`linked` rule); null otherwise. */
  readonly previousId: number | null;
  readonly bids: Levels;
  readonly asks: Levels;
}

/** Best bid and ask as the venue announces them, kept as an oracle for the book. */
export interface Quote extends Stamped {
  readonly kind: 'quote';
  readonly updateId: number;
  readonly bidTicks: number;
  readonly bidLots: number;
  readonly askTicks: number;
  readonly askLots: number;
}

/** Mark and index price. */
export interface MarkPrice extends Stamped {
  readonly kind: 'markPrice';
  readonly markPrice: number;
  readonly indexPrice: number | null;
}

/** The running estimate of the rate that will be paid at `nextFundingTs`, per own interval. */
export interface FundingPredicted extends Stamped {
  readonly kind: 'fundingPredicted';
  readonly fundingRate: number;
  readonly nextFundingTs: Micros;
}

/** Hours between settlements. */
export interface FundingInterval extends Stamped {
  readonly kind: 'fundingInterval';
  readonly hours: number;
  /** `listed`: the venue says so; `default`: it lists only exceptions and this is none; `observed`: spacing of settlements. */
  readonly basis: 'listed' | 'default' | 'observed';
}

export interface OpenInterest extends Stamped {
  readonly kind: 'openInterest';
  /** Base coin, one side. */
  readonly size: number;
}

export interface Liquidation extends Stamped {
  readonly kind: 'liquidation';
  /** The position that died. */
  readonly liquidatedSide: 'long' | 'short';
  /** Average fill. */
  readonly price: number;
  /** Base coin, filled. */
  readonly size: number;
}

/** Rolling 24 h volume, and the prices between which it was traded where they come with it. */
export interface Volume24h extends Stamped {
  readonly kind: 'volume24h';
  /** Base coin. */
  readonly size: number;
  /** Quote currency. */
  readonly notional: number;
  /** Last trade, quote currency per coin. */
  readonly lastPrice?: number;
  /** The first one of the 24 h. */
  readonly openPrice?: number;
}

export type HistorySeries =
  /** Settled funding: `ts` = settlement, `value` = rate per own interval. */
  | 'fundingSettled'
  /** `ts` = the instant it was measured, `value` = base coin. */
  | 'openInterest'
  /** Hourly bars, `ts` = CLOSE of the bar: `value` = close, with `volume`, `buyVolume` (base coin), `high`, `low`. */
  | 'bar1h'
  | 'bar1m'
  /** Hourly closes of mark and index price, `ts` = CLOSE of the bar. */
  | 'mark1h'
  | 'index1h';

export interface HistoryRow {
  readonly ts: Micros;
  readonly value: number;
  readonly high?: number;
  readonly low?: number;
  readonly volume?: number;
  readonly buyVolume?: number;
}

/** A page of the past, ascending by `ts`. Rows later than `tsLocal` have been left out: bars still open are not known. */
export interface HistoryPage extends Stamped {
  readonly kind: 'historyPage';
  readonly series: HistorySeries;
  readonly rows: readonly HistoryRow[];
}

/**
 * A feed carries liquidations from now on, and how completely: without it a silent hour means `no feed`, not zero.
 * Sent once a subscription to them is known, or with the first one heard.
 */
export interface LiquidationCoverage {
  readonly kind: 'liquidationCoverage';
  readonly feed: FeedId;
  /** `sampled`: the venue publishes only a part, sums are lower bounds. */
  readonly completeness: 'sampled' | 'all';
  /** For people: `largest or latest order per symbol and second`. */
  readonly note: string;
  /** The stream that carries them. Without it the loss of any connection of the feed counts as a loss of them. */
  readonly stream?: string;
  readonly tsLocal: Micros;
}

/** A message nobody could read. Counted and shown; nothing of it went downstream. */
export interface Rejected {
  readonly kind: 'rejected';
  readonly feed: FeedId;
  readonly chan: string;
  readonly reason: string;
  readonly tsLocal: Micros;
}

/** Something a venue never sent before: an event type or a field (SPEC §2). The message itself was still used where possible. */
export interface Unfamiliar {
  readonly kind: 'unfamiliar';
  readonly feed: FeedId;
  readonly what: string;
  readonly tsLocal: Micros;
}

/** Proof that a stream speaks, whatever it said; one per socket message, after the events it carried. */
export interface Heard {
  readonly kind: 'heard';
  readonly feed: FeedId;
  readonly stream: string;
  readonly tsExchange: Micros | null;
  readonly tsLocal: Micros;
}

export interface FeedReported {
  readonly kind: 'feed';
  readonly feed: FeedId;
  readonly report: FeedReport;
  readonly tsLocal: Micros;
}

/** What an earlier run kept, given back at the start. */
export interface RecalledFromStore {
  readonly kind: 'recalled';
  readonly what: Recalled;
  readonly tsLocal: Micros;
}

/** The store says how it does. */
export interface StoreReported {
  readonly kind: 'store';
  readonly report: StoreReport;
  readonly tsLocal: Micros;
}

/** The clock: a whole second has passed. Nothing stamped later than `tsLocal` has been seen. */
export interface Tick {
  readonly kind: 'tick';
  readonly tsLocal: Micros;
}

/** What an exchange said, in our words. */
export type MarketEvent =
  | Listing
  | Trade
  | BookSnapshot
  | BookDelta
  | Quote
  | MarkPrice
  | FundingPredicted
  | FundingInterval
  | OpenInterest
  | Liquidation
  | Volume24h
  | HistoryPage
  | LiquidationCoverage
  | Rejected
  | Unfamiliar
  | Heard;

/** Anything the engine is stepped with. */
export type EngineEvent = MarketEvent | FeedReported | RecalledFromStore | StoreReported | Tick;
