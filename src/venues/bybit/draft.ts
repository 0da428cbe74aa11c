import type { MarginTier } from '../../model/margin.ts';
import type { Micros } from '../../model/units.ts';
import { createDecoderMemory, type DecoderMemory, type Draft as SharedDraft } from '../draft.ts';
import type { Product } from './product.ts';
import type { Ticker } from './tickers.ts';

/** What a Bybit decoder remembers between records. Plain data. */
export interface BybitState extends DecoderMemory {
  /** Levels per side of the stream that a symbol's book is read from: that of the newest snapshot. */
  readonly depths: Map<string, number>;
  /** Best levels by symbol, for the depth-1 stream of before 2025-03-20, which sent changes. */
  readonly tops: Map<string, Top>;
  /** By symbol; a delta tells only what changed. */
  readonly tickers: Map<string, Ticker>;
  /** Hours between settlements by symbol, as the listings have them. */
  readonly hours: Map<string, number>;
  /** The brackets of maintenance margin told last, by symbol. */
  readonly tiers: Map<string, readonly MarginTier[]>;
  /** Symbols of the listings whose further pages are still to come; null between two runs. */
  listed: ReadonlySet<string> | null;
  /** Prices of the past by symbol and time, µs: what the dollars of inverse open interest are divided by. */
  readonly pastPrices: Map<string, Map<Micros, number>>;
}

/** Best level of each side as texts of the wire; null for a side that is empty or not known. */
export interface Top {
  readonly id: number;
  readonly bid: readonly [price: unknown, size: unknown] | null;
  readonly ask: readonly [price: unknown, size: unknown] | null;
}

export const createState = (): BybitState => ({
  ...createDecoderMemory(),
  depths: new Map(),
  tops: new Map(),
  tickers: new Map(),
  hours: new Map(),
  tiers: new Map(),
  listed: null,
  pastPrices: new Map(),
});

/** What one record has been found to say so far. */
export interface Draft extends SharedDraft {
  readonly product: Product;
  readonly state: BybitState;
  /** Hours between settlements that this record states. */
  readonly hours: Map<string, number>;
}
