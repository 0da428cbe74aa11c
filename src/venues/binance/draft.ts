import type { FundingLimits } from '../../model/event.ts';
import { createDecoderMemory, type DecoderMemory, type Draft as SharedDraft } from '../draft.ts';
import type { FundingClock } from './intervals.ts';
import { createMarks, type Marks } from './inverse.ts';
import type { Product } from './product.ts';

/** What a Binance decoder remembers between records. Plain data. */
export interface BinanceState extends DecoderMemory {
  /** Symbols that the last complete `exchangeInfo` holds but that are not traded here: how many, by status. */
  readonly leftOut: Map<string, number>;
  /** Hours by symbol of the last `fundingInfo`; null before the first. It lists only what differs from 8 h. */
  fundingHours: ReadonlyMap<string, number> | null;
  /** Cap and floor of what the same list holds, where it names them. */
  fundingLimits: ReadonlyMap<string, FundingLimits>;
  readonly fundingClocks: Map<string, FundingClock>;
  /** What contracts of dollars are worth in coins; empty where sizes are coins. */
  readonly marks: Marks;
}

export const createState = (): BinanceState => ({
  ...createDecoderMemory(),
  leftOut: new Map(),
  fundingHours: null,
  fundingLimits: new Map(),
  fundingClocks: new Map(),
  marks: createMarks(),
});

/** What one record has been found to say so far. */
export interface Draft extends SharedDraft {
  readonly product: Product;
  readonly state: BinanceState;
}
