import type { Kept, KeptCoverage, KeptListing, StoreReport } from '../model/kept.ts';
import type { Micros } from '../model/units.ts';
import type { RecallQuery } from '../store/reader.ts';

/** What the thread of the store is started with. */
export interface StoreJob {
  readonly file: string;
  /** Digest of what cells are judged by. */
  readonly settings: string;
}

/** What an earlier run left, made ready beside the thread of the feeds. */
export interface Warmth {
  /** Texts of the records in which it is given back, in their order. */
  readonly records: readonly string[];
  readonly listings: readonly KeptListing[];
  /** What of the past need not be asked for: what was answered, and what is kept. */
  readonly coverage: readonly KeptCoverage[];
}

/** What it is asked, each with a number that the answer repeats. */
export type StoreRequest = { readonly id: number } & StoreAsk;

export type StoreAsk =
  | { readonly kind: 'read'; readonly query: RecallQuery }
  | { readonly kind: 'write'; readonly batch: readonly Kept[]; readonly now: Micros }
  | { readonly kind: 'close' };

export type StoreAnswer = { readonly id: number } & StoreAnswered;

/** Between answers: something that a person is told. */
export interface StoreNotice {
  readonly kind: 'notice';
  readonly text: string;
}

export type StoreAnswered =
  | {
      readonly kind: 'read';
      readonly found: Warmth | null;
      readonly report: Omit<StoreReport, 'waiting' | 'lost'>;
    }
  | {
      readonly kind: 'written';
      /** Whether all of the batch is on disk. */
      readonly isWritten: boolean;
      readonly report: Omit<StoreReport, 'waiting' | 'lost'>;
    }
  | { readonly kind: 'closed' };
