import type { Grid } from './grid.ts';
import type { Asset, FeedId, Instrument, InstrumentId, Venue } from './instrument.ts';
import type { Recalled, StoreReport } from './kept.ts';
import type { MarginTier } from './margin.ts';
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
  /** True for one that came in the stream of changes itself: it replaces whatever was there, and the next change continues it. */
  readonly inStream?: true;
  /**
   * True where only such snapshots tell of the levels that lie deeper, and what comes between them of the touch alone (Hyperliquid §6.2): then depth is as old as
   * the newest of them.
   */
  readonly renewsDepth?: true;
  /** The venue's number across all depths of the book, where it has one: what a quote is compared by. */
  readonly crossId?: number;
  readonly checksum?: Checksum;
}

/** CRC32 that the venue computed over the first 25 levels of its own book (OKX until 2026-06, venues.md §4.2), and the steps of its texts. */
export interface Checksum {
  /** Signed 32 bits. */
  readonly crc: number;
  readonly priceGrid: Grid;
  readonly sizeGrid: Grid;
}

/** Lent by its decoder until the next record (see `Protocol.decode`): a book that keeps it copies it. */
export interface BookDelta extends Stamped {
  readonly kind: 'bookDelta';
  readonly firstId: number;
  readonly lastId: number;
  /** Last id of the message before, where the venue sends it (`linked` and `chained` rules); null otherwise. */
  readonly previousId: number | null;
  readonly bids: Levels;
  readonly asks: Levels;
  /** See `BookSnapshot`. */
  readonly crossId?: number;
  readonly checksum?: Checksum;
}

/** Best bid and ask as the venue announces them, kept as an oracle for the book. */
export interface Quote extends Stamped {
  readonly kind: 'quote';
  readonly updateId: number;
  /** True where `updateId` counts as `crossId` of the book and not as its update id. */
  readonly isCross?: true;
  readonly bidTicks: number;
  readonly bidLots: number;
  readonly askTicks: number;
  readonly askLots: number;
}

/** Best bid and ask of a listing whose book nobody streams, quote currency per coin. */
export interface Touch extends Stamped {
  readonly kind: 'touch';
  readonly bid: number;
  readonly ask: number;
}

/** Mark and index price. */
export interface MarkPrice extends Stamped {
  readonly kind: 'markPrice';
  readonly markPrice: number;
  /** Null where it does not come with the mark. */
  readonly indexPrice: number | null;
}

/** The index alone, where it comes by itself and at its own pace. */
export interface IndexPrice extends Stamped {
  readonly kind: 'indexPrice';
  readonly indexPrice: number;
}

/**
 * The running estimate of the rate that will be paid at `nextFundingTs`, per own interval. Null where funding flows all the time and nothing is settled
 * (Deribit, venues.md §1.5).
 */
export interface FundingPredicted extends Stamped {
  readonly kind: 'fundingPredicted';
  readonly fundingRate: number;
  /** Null where funding flows all the time, or a polled venue does not say when. */
  readonly nextFundingTs: Micros | null;
  /** Where they come with it. */
  readonly limits?: FundingLimits;
}

/** Between which rates a venue holds what it charges, per own interval, as fractions. */
export interface FundingLimits {
  readonly cap: number;
  /** Below 0. */
  readonly floor: number;
}

/** The brackets of maintenance margin of a listing, as the venue states them. */
export interface MaintenanceTiers extends Stamped {
  readonly kind: 'maintenanceTiers';
  readonly tiers: readonly MarginTier[];
}

/** Hours between settlements. */
export interface FundingInterval extends Stamped {
  readonly kind: 'fundingInterval';
  readonly hours: number;
  /** `listed`: the venue says so; `default`: it lists only exceptions and this is none, or its funding has one interval for all; `observed`: spacing of settlements. */
  readonly basis: 'listed' | 'default' | 'observed';
  /** Where they come with it; null says that the venue names none any longer. */
  readonly limits?: FundingLimits | null;
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

/** What a venue says of one option. Volatilities as fractions (0.55), greeks as the venue has them per coin; null where it says nothing. */
export interface OptionQuote extends Stamped {
  readonly kind: 'optionQuote';
  readonly markIv: number | null;
  readonly bidIv: number | null;
  readonly askIv: number | null;
  /** Quote currency per coin, or coins per coin on inverse options, as the venue lists it. */
  readonly markPrice: number | null;
  readonly bidPrice: number | null;
  readonly askPrice: number | null;
  /** Forward to the expiry, quote currency. */
  readonly underlyingPrice: number | null;
  /** Base coin. */
  readonly openInterest: number | null;
  /** Of 24 h, base coin. */
  readonly volume: number | null;
  readonly delta: number | null;
  readonly gamma: number | null;
  /** Per point of volatility. */
  readonly vega: number | null;
  /** Per day. */
  readonly theta: number | null;
}

/** A venue's index of the implied volatility of an asset over the next thirty days (DVOL). */
export interface VolatilityIndex {
  readonly kind: 'volatilityIndex';
  readonly venue: Venue;
  readonly feed: FeedId;
  readonly asset: Asset;
  /** Fraction a year. */
  readonly volatility: number;
  readonly tsExchange: Micros;
  readonly tsLocal: Micros;
}

/** That index on days that are over, ascending: `ts` = end of the day, `value` = its close, a fraction a year. Nothing later than `tsLocal`. */
export interface VolatilityHistory {
  readonly kind: 'volatilityHistory';
  readonly venue: Venue;
  readonly feed: FeedId;
  readonly asset: Asset;
  readonly rows: readonly { readonly ts: Micros; readonly value: number }[];
  readonly tsLocal: Micros;
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
  | Touch
  | MarkPrice
  | IndexPrice
  | FundingPredicted
  | FundingInterval
  | MaintenanceTiers
  | OpenInterest
  | Liquidation
  | Volume24h
  | OptionQuote
  | VolatilityIndex
  | VolatilityHistory
  | HistoryPage
  | LiquidationCoverage
  | Rejected
  | Unfamiliar
  | Heard;

/** Anything the engine is stepped with. */
export type EngineEvent = MarketEvent | FeedReported | RecalledFromStore | StoreReported | Tick;
