import type { LiquidationPrint } from '../features/liquidations.ts';
import type { BookStatus } from '../market/book.ts';
import type { Grounds } from '../model/definition.ts';
import type { Asset, FeedId, InstrumentId, InstrumentKind, Venue } from '../model/instrument.ts';
import type { KeptHourly, StoreReport } from '../model/kept.ts';
import type { Reading } from '../model/reading.ts';
import type { RegimeLabel } from '../model/regime.ts';
import type { Micros } from '../model/units.ts';
import type { BasisFrame } from './basis.ts';
import type { CascadeFrame } from './cascade.ts';
import type { FundingFrame } from './funding.ts';
import type { Heard } from './heard.ts';
import type { Lineage } from './lineage.ts';
import type { MarketFrame } from './market.ts';
import type { OpenInterestFrame } from './open-interest.ts';
import type { OptionsFrame } from './options.ts';
import type { ScanLine } from './scan.ts';

export type { LiquidationPrint } from '../features/liquidations.ts';
export type { BookStatus } from '../market/book.ts';
export type { CascadeLevel, OiChangeType, RegimeLabel } from '../model/regime.ts';
export type { FundingEntry } from './funding.ts';
export type { OpenInterestEntry } from './open-interest.ts';

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
    /** Their z-scores at those values. */
    readonly zFunding: Reading;
    readonly zOiChange: Reading;
    readonly zBasis: Reading;
  };
  /** The nearest of them in standard deviations, in words; null where none is in reach. */
  readonly flipSentence: string | null;
  /** The dated future that μ3 rests on: the front one of the leading venue, else of the first venue by preference that has any. */
  readonly dated: {
    readonly instrument: Reading<InstrumentId>;
    /** Fractional. */
    readonly daysToExpiry: Reading;
    /** Weight of its expiry, 0–1, by `drift.rho`. */
    readonly rho: Reading;
    /** z of its fair basis, each cell of the window as of the contract that was front then. */
    readonly zBasis: Reading;
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
  readonly conditional: RegimeConditional;
}

/** How the leading perp's book did under a regime, over the trailing 7 days; `partial` until so much is known (SPEC §6). */
export interface RegimeConditional {
  /** 0.9 quantile of the spread in crowded carry, bps, a sample a minute. */
  readonly spreadQ90Carry: Reading;
  /** Least depth within the band in deleveraging stress, both sides, USD. */
  readonly depthMinStress: Reading;
  /** Share of the seconds of crowded carry whose OIB has the sign of the second before. */
  readonly oibPersistenceCarry: Reading;
  /** Minutes of the 7 days in which the regime was crowded carry, was stress, was known at all. */
  readonly carryMinutes: number;
  readonly stressMinutes: number;
  readonly knownMinutes: number;
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
  readonly funding: FundingFrame;
  readonly openInterest: OpenInterestFrame;
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
  readonly basis: BasisFrame;
  readonly book: { readonly byInstrument: Readonly<Record<InstrumentId, BookEntry>> };
  readonly flow: { readonly byInstrument: Readonly<Record<InstrumentId, FlowEntry>> };
  /** Null where nobody lists options on it. */
  readonly options: OptionsFrame | null;
  readonly drift: DriftFrame;
  readonly regime: RegimeFrame;
  readonly market: MarketFrame;
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
  /** When each kind of fact was last heard, by listing. */
  readonly heard: Readonly<Record<InstrumentId, Heard>>;
  readonly quality: readonly QualityNote[];
  /** Windows, thresholds and exclusions behind the numbers, by path; only where they were asked for. */
  readonly grounds?: Readonly<Record<string, Grounds>>;
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
    | 'fundingCapNear'
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
export type OutputLine = Frame | EventLine | SeriesLine | ScanLine | Lineage;
