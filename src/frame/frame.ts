import type { LiquidationPrint } from '../features/liquidations.ts';
import type { BookStatus } from '../market/book.ts';
import type { Asset, FeedId, InstrumentId, InstrumentKind, Venue } from '../model/instrument.ts';
import type { KeptHourly, StoreReport } from '../model/kept.ts';
import type { Reading } from '../model/reading.ts';
import type { OiChangeType, RegimeLabel } from '../model/regime.ts';
import type { Micros } from '../model/units.ts';
import type { CascadeFrame } from './cascade.ts';
import type { ScanLine } from './scan.ts';

export type { LiquidationPrint } from '../features/liquidations.ts';
export type { BookStatus } from '../market/book.ts';
export type { CascadeLevel, OiChangeType, RegimeLabel } from '../model/regime.ts';

/** Version of everything that leaves the program as a line: frames, events, series, scans. */
export const FRAME_VERSION = 1;

/** Where the numbers come from. A replayed or simulated market says so on every screen and in every line (SPEC §2). */
export type Source = 'live' | 'replay' | 'demo';

/** What every line carries. */
export interface Line {
  readonly v: typeof FRAME_VERSION;
  readonly source: Source;
  /** What the replayed recording was made from; `recording` when its header does not say. Equal to `source` otherwise. */
  readonly origin: Source | 'recording';
  /** On the clock of the recording in a replay; never backwards. */
  readonly tsLocal: Micros;
}

export interface FundingEntry {
  readonly instrument: InstrumentId;
  /** Running estimate per own interval, as a fraction. */
  readonly predicted: Reading;
  /** Last rate that was paid, per own interval. */
  readonly settled: Reading;
  /** Predicted × 8 / interval hours. */
  readonly rate8h: Reading;
  /** Predicted × 8760 / interval hours, simple. */
  readonly rateAnnual: Reading;
  /** Last settled × 8760 / interval hours, simple (carry yield, SPEC §4). */
  readonly settledAnnual: Reading;
  /** z of the 8h rate against the trailing 7 days of cells; kept of the leading perp. */
  readonly z: Reading;
  /** Change of the predicted 8h rate per hour, masked across settlements. */
  readonly accelerationPerHour: Reading;
  readonly intervalHours: Reading;
  readonly nextFundingTs: Reading<Micros>;
  /** Predicted rate × open interest in USD: what changes hands at the next settlement. */
  readonly spendUsd: Reading;
}

export interface OpenInterestEntry {
  readonly instrument: InstrumentId;
  /** Base coin, one side. */
  readonly coin: Reading;
  readonly usd: Reading;
}

/** USD liquidated on one venue, over an hour and a day. */
export type VenueLiquidations = Readonly<
  Record<'h1' | 'h24', Pick<LiquidationWindow, 'long' | 'short'>>
>;

export interface LiquidationWindow {
  /** USD liquidated of that side. */
  readonly long: Reading;
  readonly short: Reading;
  readonly count: Reading;
  readonly largest: Reading;
}

/** `[price, size]` in quote currency and base coin. */
export type PriceSize = readonly [price: number, size: number];

export interface BookEntry {
  readonly kind: InstrumentKind;
  /** `none` where no book is streamed: bid and ask are polled. */
  readonly status: BookStatus | 'none';
  /** Why it is not whole; null when it is. */
  readonly reason: string | null;
  readonly bid: Reading;
  readonly ask: Reading;
  readonly bidSize: Reading;
  readonly askSize: Reading;
  readonly mid: Reading;
  readonly microprice: Reading;
  readonly spreadBps: Reading;
  /** Weighted order-book imbalance within the tier's band (SPEC §4). */
  readonly oib: Reading;
  readonly oibEwma: Reading;
  /** Quote currency within the tier's band, unweighted. */
  readonly depthBid: Reading;
  readonly depthAsk: Reading;
  /** Band (and half-life) of the tier, bps. */
  readonly bandBps: number;
  /** How far from mid the book is known, bps. */
  readonly knownBidBps: Reading;
  readonly knownAskBps: Reading;
  /** Decimals of a price and of a size of this instrument. */
  readonly priceDecimals: number;
  readonly sizeDecimals: number;
  /** Best levels first. */
  readonly bids: readonly PriceSize[];
  readonly asks: readonly PriceSize[];
}

export interface FlowEntry {
  /** Base coin bought and sold by takers, last 60 s. */
  readonly buy1m: Reading;
  readonly sell1m: Reading;
  readonly net1m: Reading;
  /** Cumulative volume delta in base coin since the instrument was first heard. */
  readonly cvd: Reading;
  readonly trades1m: Reading;
  readonly lastPrice: Reading;
  readonly lastAggressor: Reading<'buy' | 'sell'>;
}

/** The numbers of one drift cell (SPEC §5). */
export interface DriftNumbers {
  readonly mu: Reading;
  readonly d: Reading;
  readonly active: Reading<boolean>;
  readonly mu1: Reading;
  readonly mu2: Reading;
  readonly mu3: Reading;
  readonly zFunding: Reading;
  readonly zOiChange: Reading;
  readonly zBasis: Reading;
  /** What D has to exceed: its 0.85 quantile over the trailing 30 days of cells before this one. A fixed threshold, where one is set, opens the gate too. */
  readonly quantile: Reading;
}

export interface DriftFrame extends DriftNumbers {
  /** Committed cells that D's quantile rests on. */
  readonly cells: number;
  /** Close of the open cell that the numbers above belong to, and marks them provisional until then. */
  readonly cellClose: Micros;
  /** One sentence that names the quadrant; null while something is absent. */
  readonly sentence: string | null;
  /** What would open a closed gate or close an open one: the nearest value of each input, the others as they are, at which D meets its threshold. */
  readonly flip: {
    /** 8h-equivalent, fraction. */
    readonly funding8h: Reading;
    /** Base coin. */
    readonly openInterest: Reading;
    /** Fraction. */
    readonly basis: Reading;
  };
  /** The last committed cell; null before the first. */
  readonly committed: (DriftNumbers & { readonly cellClose: Micros }) | null;
}

export interface RegimeFrame {
  readonly label: Reading<RegimeLabel>;
  /** When this label began; null while absent. */
  readonly since: Micros | null;
  /** The numbers the label rests on. */
  readonly oiShock: Reading;
  readonly fundingZ: Reading;
  readonly oiChange: Reading;
  readonly liquidationZ: Reading;
  /** Rank (0–1) of perp depth within its trailing 7 days. */
  readonly depthRank: Reading;
}

/** One line of the quality list: what is not live and why, the gravest first. */
export interface QualityNote {
  readonly subject: string;
  readonly state: 'stale' | 'absent' | 'suspect' | 'resyncing' | 'limited' | 'warming' | 'info';
  readonly reason: string;
}

export interface FeedTrust {
  readonly feed: FeedId;
  readonly venue: Venue;
  readonly state: 'live' | 'connecting' | 'disconnected' | 'stale';
  /** ms between two polls; missing where it streams. */
  readonly polledEveryMs?: number;
  /** Socket messages per second, over the last 10 s; answers to polls where there are no sockets. */
  readonly messagesPerSecond: Reading;
  /** Age of the newest of them. */
  readonly age: Reading<Micros>;
  /** Receive time minus event time corrected by nothing: includes the clock offset. Median of the last second, µs. */
  readonly lag: Reading<Micros>;
  /** Venue clock minus ours as measured by the time endpoint, µs. */
  readonly clockOffset: Reading<Micros>;
  readonly reconnects: number;
  readonly rejected: number;
  readonly unfamiliar: number;
  /** What was unfamiliar, at most a few. */
  readonly unfamiliarNames: readonly string[];
  readonly dropped: number;
  readonly rest: readonly RestTrust[];
  /** Streams that should speak and do not. */
  readonly suspects: readonly string[];
  readonly streams: number;
}

export interface RestTrust {
  readonly pool: string;
  readonly used: number;
  readonly limit: number;
  readonly state: 'ok' | 'limited' | 'banned' | 'refused';
  readonly until: Micros | null;
}

export interface BookTrust {
  readonly instrument: InstrumentId;
  readonly status: BookStatus;
  readonly reason: string | null;
  readonly applied: number;
  readonly gaps: number;
  readonly resyncs: number;
  readonly crossed: number;
  /** Comparisons with the venue's own best bid and ask at the same update id. */
  readonly quoteChecks: number;
  readonly quoteMismatches: number;
  /** Comparisons with a later snapshot at the same update id, and those in which any level differed. */
  readonly snapshotChecks: number;
  readonly snapshotMismatches: number;
  /** Comparisons with a checksum of the venue. */
  readonly checksumChecks: number;
  readonly checksumMismatches: number;
  /** Share of all these comparisons that failed; absent before the first. */
  readonly errorRate: Reading;
  /** For how long a book that had been whole was not, all in all. */
  readonly broken: Micros;
  /** True where the venue's numbers skip and jumps are taken: only comparisons tell whether the book is right. */
  readonly lenient: boolean;
  /** Jumps taken. */
  readonly jumps: number;
  readonly levels: number;
  readonly knownBidBps: Reading;
  readonly knownAskBps: Reading;
  /** Age of the newest book message. */
  readonly age: Reading<Micros>;
}

/** What a series of one listing, or the hearing of one feed, lacks since it began: spans longer than ten minutes (SPEC §14). */
export interface GapTrust {
  /** Listing or feed. */
  readonly subject: string;
  readonly series: KeptHourly | 'hearing';
  /** How many, and how long they are together, µs. */
  readonly count: number;
  readonly missing: Micros;
  /** The newest of them. */
  readonly from: Micros;
  readonly to: Micros;
}

/**
 * The read model of one asset at one instant: immutable, serialisable, the only thing that screens, JSON lines, snapshots, alerts and time
 * travel ever read (DESIGN §1). `perpscope schema` publishes its JSON Schema.
 */
export interface Frame extends Line {
  readonly type: 'frame';
  readonly asset: Asset;
  /** Mid of the asset's leading perp. */
  readonly price: Reading;
  /** Fractions over the trailing hour and day. */
  readonly priceChange1h: Reading;
  readonly priceChange24h: Reading;
  /** Decimals in which this asset's price is written. */
  readonly priceDecimals: number;
  readonly funding: {
    readonly byVenue: Readonly<Record<Venue, FundingEntry>>;
    /** Σ rᵢ·OIᵢ / Σ OIᵢ of the 8h-equivalents of venues that are not stale. */
    readonly oiWeighted: Reading;
    /** Venues left out of the average, with the reason. */
    readonly excluded: readonly string[];
    /** SPEC §7 band of the OI-weighted 8h rate. */
    readonly interpretation: Reading<string>;
  };
  readonly openInterest: {
    readonly byVenue: Readonly<Record<Venue, OpenInterestEntry>>;
    readonly coin: Reading;
    readonly usd: Reading;
    /** Fractions of coin OI over 1, 4 and 24 h. */
    readonly change1h: Reading;
    readonly change4h: Reading;
    readonly change24h: Reading;
    /** What the coin change of one hour is worth at mark. */
    readonly change1hUsd: Reading;
    readonly changeType: Reading<OiChangeType>;
    /** SPEC §8: what price and OI together say, e.g. `bullish, new longs`. */
    readonly divergence: Reading<string>;
    /** z of the hourly change of ln OI. */
    readonly shock: Reading;
    /** OI / 24 h volume: days to cover. */
    readonly norm: Reading;
  };
  readonly liquidations: {
    readonly m1: LiquidationWindow;
    readonly m5: LiquidationWindow;
    readonly h1: LiquidationWindow;
    readonly h24: LiquidationWindow;
    /** Newest first, at most 20. */
    readonly tape: readonly LiquidationPrint[];
    /** Per venue: what its feed leaves out. */
    readonly completeness: Readonly<Record<Venue, string>>;
    readonly byVenue: Readonly<Record<Venue, VenueLiquidations>>;
  };
  readonly cascade: CascadeFrame;
  readonly basis: {
    /** (mark − index) / index. */
    readonly fair: Reading;
    /** (perp mid − spot mid) / spot mid of the same venue. */
    readonly venue: Reading;
    readonly fairZ: Reading;
    readonly venueZ: Reading;
    readonly mark: Reading;
    readonly index: Reading;
    readonly perpMid: Reading;
    readonly spotMid: Reading;
    readonly spotInstrument: InstrumentId | null;
    readonly perpInstrument: InstrumentId | null;
  };
  readonly book: { readonly byInstrument: Readonly<Record<InstrumentId, BookEntry>> };
  readonly flow: { readonly byInstrument: Readonly<Record<InstrumentId, FlowEntry>> };
  readonly drift: DriftFrame;
  readonly regime: RegimeFrame;
  /** Every feature that has no place of its own above, under its own name, per instrument and for the asset. */
  readonly features: {
    readonly asset: Readonly<Record<string, Reading<number | string>>>;
    readonly byInstrument: Readonly<
      Record<InstrumentId, Readonly<Record<string, Reading<number | string>>>>
    >;
  };
  readonly trust: {
    readonly feeds: readonly FeedTrust[];
    readonly books: readonly BookTrust[];
    /** How the history on disk does; null where none is kept. */
    readonly store: StoreReport | null;
    readonly gaps: readonly GapTrust[];
  };
  readonly quality: readonly QualityNote[];
}

/** Something that happened, with what led to it. */
export interface EventLine extends Line {
  readonly type: 'event';
  readonly kind:
    | 'gateOpened'
    | 'gateClosed'
    | 'regimeChanged'
    | 'cascadeLevelChanged'
    | 'fundingSettled'
    | 'settlementWindow'
    | 'fundingIntervalChanged'
    | 'bookResyncing'
    | 'bookWhole'
    | 'feedLost'
    | 'feedBack'
    | 'streamSuspect'
    | 'liquidation';
  /** Null when it concerns a whole feed. */
  readonly asset: Asset | null;
  readonly subject: string;
  /** One plain sentence. */
  readonly text: string;
  /** The numbers behind it. */
  readonly data: Readonly<Record<string, number | string | boolean | null>>;
}

/** Closed hourly cells of one asset, ascending: sent whole when history arrives, then one cell at a time as it is committed. */
export interface SeriesLine extends Line {
  readonly type: 'series';
  readonly asset: Asset;
  /** True when these rows replace everything sent before. */
  readonly whole: boolean;
  readonly cells: readonly SeriesCell[];
}

/** One closed cell; null where a number was absent. */
export interface SeriesCell {
  readonly close: Micros;
  readonly price: number | null;
  readonly openInterest: number | null;
  readonly funding8h: number | null;
  readonly basis: number | null;
  readonly mu: number | null;
  readonly d: number | null;
  readonly quantile: number | null;
  readonly active: boolean | null;
}

/** Everything that leaves the engine. */
export type OutputLine = Frame | EventLine | SeriesLine | ScanLine;
