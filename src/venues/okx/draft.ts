import type { Micros } from '../../model/units.ts';
import { createDecoderMemory, type DecoderMemory, type Draft as SharedDraft } from '../draft.ts';

/** What an OKX decoder remembers between records. Plain data. */
export interface OkxState extends DecoderMemory {
  /** Perps and dated futures that an index stands behind, by its name (`BTC-USDT`). */
  readonly byIndex: Map<string, string[]>;
  /** Hours between settlements that were told last, by symbol. */
  readonly fundingHours: Map<string, number>;
  /** The newest settlement that a message of the running estimate has told, by symbol. */
  readonly settledTs: Map<string, Micros>;
  /** Number of the newest book message of channels that number none (until 2023), by `channel:symbol`. */
  readonly unnumbered: Map<string, number>;
  /** When liquidations were subscribed, or heard first where nobody said; null before. */
  liquidationsSince: Micros | null;
  /** How far the venue's clock is ahead of ours, as it was measured last. */
  clockOffset: Micros;
  /** The newest liquidations, by what tells them apart. */
  readonly liquidations: Set<string>;
}

export const createState = (): OkxState => ({
  ...createDecoderMemory(),
  byIndex: new Map(),
  fundingHours: new Map(),
  settledTs: new Map(),
  unnumbered: new Map(),
  liquidationsSince: null,
  clockOffset: 0 as Micros,
  liquidations: new Set(),
});

/** What one record has been found to say so far. */
export interface Draft extends SharedDraft {
  readonly state: OkxState;
  /** Liquidations that this record tells. */
  readonly told: Set<string>;
}
