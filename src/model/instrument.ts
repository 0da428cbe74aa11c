import type { Grid } from './grid.ts';
import type { Marks } from './reading.ts';
import type { Micros } from './units.ts';

/** An exchange as people call it: `binance`. */
export type Venue = string;

/** One product family of a venue, with its own hosts, limits and wire format: `binance-usdm`, `binance-spot`. */
export type FeedId = string;

/** The coin that everything on screen is grouped by: `BTC`. */
export type Asset = string;

/** `venue:` + the ccxt unified symbol, e.g. `binance:BTC/USDT:USDT` (SPEC §1). */
export type InstrumentId = string;

export type InstrumentKind = 'spot' | 'perp' | 'future' | 'option';

/**
 * How consecutive book messages prove that none is missing.
 *
 * - `linked`: each names the last id of its predecessor (`pu`); ids may jump (Binance futures, venues.md §2.5).
 * - `contiguous`: the first id is the predecessor's last id + 1 (Binance spot, venues.md §2.8).
 * - `chained`: each names its predecessor and nothing else counts: ids may jump, and fall (OKX §4.2, Deribit §5.2).
 * - `stepped`: the id grows by one, as far as anybody knows. Where it turns out to skip while all is well, jumps are taken and the book is marked for it
 *   (Bybit §3.2).
 */
export type BookRule = 'linked' | 'contiguous' | 'chained' | 'stepped';

/**
 * What the sizes of an instrument's book count. `base`: coins. `quote`: quote currency, as in inverse contracts; a level holds so many dollars
 * whatever its price. `contracts`: contracts whose value no listing has told, in old recordings alone; nothing is computed from them.
 */
export type SizeUnit = 'base' | 'quote' | 'contracts';

/** Currencies that count as dollars, in the order in which they are preferred: notional is USD (SPEC §1). */
export const DOLLARS: readonly string[] = ['USDT', 'USDC', 'FDUSD', 'USD'];

/** One listing on one venue, in normalised units: prices per single coin, sizes in coins. */
export interface Instrument {
  readonly id: InstrumentId;
  readonly venue: Venue;
  readonly feed: FeedId;
  /** The venue's own spelling, used on the wire only. */
  readonly symbol: string;
  readonly kind: InstrumentKind;
  readonly asset: Asset;
  readonly base: string;
  readonly quote: string;
  readonly settle: string | null;
  /** Price steps in quote currency per coin. */
  readonly priceGrid: Grid;
  /** Size steps in `sizeUnit`. */
  readonly sizeGrid: Grid;
  readonly sizeUnit: SizeUnit;
  readonly bookRule: BookRule;
  /** Levels per side that the venue's own book stream shows; what lies behind them is not kept up. Null where it shows all. */
  readonly bookLevels: number | null;
  /** Terms of an option; missing on everything else. */
  readonly option?: { readonly strike: number; readonly type: 'call' | 'put' };
  /** When a dated contract or option expires; null for spot and perps. */
  readonly expiry: Micros | null;
  /** True when no listing was received and the grids were read off the decimals of the venue's own messages. */
  readonly inferred: boolean;
  /** Nothing about it is streamed: it is asked for this often, ms, and has no book. Missing where it is streamed. */
  readonly polledEveryMs?: number;
}

const UNMARKED: Marks = {};
const POLLED: Marks = { polled: true };

/** Marks that every number of a listing carries, because of how it is heard. */
export const marksOf = ({ polledEveryMs }: Instrument): Marks =>
  polledEveryMs === undefined ? UNMARKED : POLLED;

/** Whether a listing has a history by the hour. Options are many, and short-lived. */
export const hasHistory = ({ kind }: Instrument): boolean => kind !== 'option';

/** Whether a listing is one of a scanner's universe: a perp quoted and margined in dollars. */
export const isScannable = ({ kind, quote, settle }: Instrument): boolean =>
  kind === 'perp' && settle === quote && DOLLARS.includes(quote);
