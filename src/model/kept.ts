import type { Asset, FeedId, InstrumentId, InstrumentKind, Venue } from './instrument.ts';
import type { CascadeLevel, RegimeLabel } from './regime.ts';
import type { Micros } from './units.ts';

/** Hourly series of a listing that outlive a run, under the names that its history has. Their order is that of the numbers in the store: only ever appended to. */
export const HOURLY_SERIES = [
  'openInterest',
  'fundingSettled',
  'close',
  'volume',
  'buyShare',
  'high',
  'low',
  'mark',
  'index',
  'funding8h',
  'depthUsd',
  'liquidatedUsd',
  'realisedVolatility',
  'datedBasis',
  'datedRho',
] as const;
export type KeptHourly = (typeof HOURLY_SERIES)[number];

/**
 * What is kept by the minute, for a day: base coin, price, running estimate of funding per own interval, and at the end of each bucket of equal volume how
 * one-sided it was. Likewise only ever appended to.
 */
export const MINUTE_SERIES = ['openInterest', 'price', 'fundingRate', 'vpinBucket'] as const;
export type KeptMinutes = (typeof MINUTE_SERIES)[number];

/** A listing of which something is kept. */
export interface KeptListing {
  readonly kind: 'listing';
  readonly instrument: InstrumentId;
  readonly feed: FeedId;
  readonly venue: Venue;
  readonly asset: Asset;
  readonly product: InstrumentKind;
  /** The venue's own spelling. */
  readonly symbol: string;
}

/** Cells of one hourly series in a row. */
export interface KeptHours {
  readonly kind: 'hours';
  readonly instrument: InstrumentId;
  readonly series: KeptHourly;
  /** Number of the first cell: closes since the epoch. */
  readonly from: number;
  /** Null for a cell without a value. */
  readonly values: readonly (number | null)[];
  /** How long before its cell's close each value was measured or known, µs (negative: after it); missing where all were at the close itself. */
  readonly lags?: readonly number[];
}

/** States of one listing by the minute, ascending. */
export interface KeptMinuteRows {
  readonly kind: 'minutes';
  readonly instrument: InstrumentId;
  readonly series: KeptMinutes;
  readonly stamps: readonly number[];
  readonly values: readonly number[];
  /** Of funding: the settlement that each estimate was for, µs. */
  readonly periods?: readonly number[];
}

/** Liquidations of one asset, in the order in which they were heard. */
export interface KeptLiquidations {
  readonly kind: 'liquidations';
  readonly asset: Asset;
  readonly prints: readonly {
    readonly instrument: InstrumentId;
    readonly side: 'long' | 'short';
    readonly price: number;
    /** Base coin. */
    readonly size: number;
    readonly tsExchange: Micros | null;
    readonly tsLocal: Micros;
  }[];
}

/** When a feed was listened to on behalf of an asset: from and to of each span, µs, ascending. */
export interface KeptHearing {
  readonly kind: 'hearing';
  readonly feed: FeedId;
  readonly asset: Asset;
  readonly spans: readonly (readonly [from: number, to: number])[];
}

/** A state that was announced, and since when it holds. */
export interface KeptState<T> {
  readonly state: T;
  readonly since: Micros;
}

/** What was announced last about an asset, so that nothing is announced twice. */
export interface KeptSignals {
  readonly kind: 'signals';
  readonly asset: Asset;
  /** When all this was so. */
  readonly at: Micros;
  readonly gate: KeptState<boolean> | null;
  /** Whether the cell open at `at` has opened the gate itself. */
  readonly wasOpenInCell: boolean;
  /** Prices between which the leading perp has been since that cell began; null before the first. */
  readonly reach: { readonly low: number; readonly high: number } | null;
  readonly regime: KeptState<RegimeLabel> | null;
  readonly cascade: KeptState<CascadeLevel> | null;
  /** Listings whose settlement window is open. */
  readonly settling: readonly InstrumentId[];
  /** Listings whose funding rate has been told to be near its cap. */
  readonly nearCap: readonly InstrumentId[];
}

/** A drift cell as it was committed, for the record: a restart makes its series from the hours. Null where a number was absent. */
export interface KeptCell {
  readonly kind: 'cell';
  readonly asset: Asset;
  /** The perp it was made of. */
  readonly instrument: InstrumentId;
  readonly hour: number;
  readonly numbers: Readonly<
    Record<
      | 'openInterest'
      | 'funding8h'
      | 'basis'
      | 'oiChange'
      | 'zFunding'
      | 'zOiChange'
      | 'zBasis'
      | 'mu1'
      | 'mu2'
      | 'mu3'
      | 'mu'
      | 'd'
      | 'quantile',
      number | null
    >
  >;
  /** Null while the gate could not be judged. */
  readonly active: boolean | null;
}

/** Something that happened, as it was told. */
export interface KeptEvent {
  readonly kind: 'event';
  readonly name: string;
  readonly tsLocal: Micros;
  readonly asset: Asset | null;
  readonly subject: string;
  readonly text: string;
  /** JSON of the numbers behind it. */
  readonly data: string;
}

/** History that was asked for and answered: rows of the series stamped from `from` to `to`, µs, are kept or do not exist. */
export interface KeptCoverage {
  readonly kind: 'coverage';
  readonly feed: FeedId;
  /** As the wire spells it. */
  readonly symbol: string;
  readonly what: string;
  readonly from: number;
  readonly to: number;
}

/** What outlives a run: what the engine asks to keep, and in the same words what it is given back. */
export type Kept =
  | KeptListing
  | KeptHours
  | KeptMinuteRows
  | KeptLiquidations
  | KeptHearing
  | KeptSignals
  | KeptCell
  | KeptEvent
  | KeptCoverage;

/** What an engine can be given back. */
export type Recalled = KeptHours | KeptMinuteRows | KeptLiquidations | KeptHearing | KeptSignals;

/** How the store does. Without paths and names of files: it goes on screen and into lines. */
export interface StoreReport {
  /** `memory`: nothing is written for the time being. */
  readonly state: 'ok' | 'memory';
  /** Why; null when ok. */
  readonly reason: string | null;
  /** Rows kept, as of the last count. */
  readonly rows: number;
  /** Close of the newest hourly cell kept; null while there is none. */
  readonly newest: Micros | null;
  /** Rows that wait to be written. */
  readonly waiting: number;
  /** Rows given up because too many were waiting. */
  readonly lost: number;
}
