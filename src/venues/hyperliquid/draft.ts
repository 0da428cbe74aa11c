import type { Grid } from '../../model/grid.ts';
import type { MarginTier } from '../../model/margin.ts';
import type { Micros } from '../../model/units.ts';
import { createDecoderMemory, type DecoderMemory, type Draft as SharedDraft } from '../draft.ts';
import type { Sides } from './merge.ts';

/** The touch as `bbo` tells it. A side that it does not mention is undefined, an empty one is empty. */
export interface Touch {
  readonly bids: Float64Array | undefined;
  readonly asks: Float64Array | undefined;
}

/** The newest frame of one view of a book. */
export interface View<T> {
  /** The venue's time, which is the same for all views of one block. */
  readonly ts: Micros;
  /** What it showed; null when it is of no use any more and only its time counts. */
  readonly shown: T | null;
}

/** The book of one coin, merged from its three views. */
export interface CoinBook {
  /** Our own running number of what was told. */
  readonly id: number;
  /** Steps in which everything below counts. */
  readonly priceGrid: Grid;
  readonly sizeGrid: Grid;
  readonly deep: View<Sides> | null;
  readonly fast: View<Sides> | null;
  readonly touch: View<Touch> | null;
  /** Frames in a row that were older than what was known. */
  readonly late: number;
  /** What has been told; null before a beginning. */
  readonly told: Sides | null;
}

/** How the trades of one coin began. */
export interface TradeStream {
  /** Our time from which on they are live. */
  readonly since: Micros;
  /** Whether the first frame, which holds history, has come. */
  readonly hasBegun: boolean;
}

/** What a Hyperliquid decoder remembers between records. Plain data. */
export interface HyperliquidState extends DecoderMemory {
  readonly books: Map<string, CoinBook>;
  readonly trades: Map<string, TradeStream>;
  /** The brackets of maintenance margin told last, by coin. */
  readonly tiers: Map<string, readonly MarginTier[]>;
  /** When open interest was last told, by coin. */
  readonly openInterestTs: Map<string, Micros>;
  /** Coins of the main dex in the order of the last `meta`, by which contexts without names are joined; null before the first. */
  universe: readonly string[] | null;
  /** Whether a frame has ever said that it is a fast one. */
  hasFlags: boolean;
  /** When the newest connection was made, or the first message came where nobody reports connections; null before. */
  connectedTs: Micros | null;
  /** How far the venue's clock is ahead of ours, as far as anybody measured. */
  clockOffset: Micros;
}

export const createState = (): HyperliquidState => ({
  ...createDecoderMemory(),
  books: new Map(),
  trades: new Map(),
  tiers: new Map(),
  openInterestTs: new Map(),
  universe: null,
  hasFlags: false,
  connectedTs: null,
  clockOffset: 0 as Micros,
});

/** What one record has been found to say so far. */
export interface Draft extends SharedDraft {
  readonly state: HyperliquidState;
}
