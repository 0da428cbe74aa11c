import type { Kept, StoreReport } from '../model/kept.ts';
import type { Micros } from '../model/units.ts';
import type { RecallQuery, Recollection } from '../store/reader.ts';

/** What the thread of the store is started with. */
export interface StoreJob {
  readonly file: string;
  /** Digest of what cells are judged by. */
  readonly settings: string;
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
      readonly found: Recollection | null;
      readonly report: Omit<StoreReport, 'waiting' | 'lost'>;
    }
  | {
      readonly kind: 'written';
      /** Whether all of the batch is on disk. */
      readonly isWritten: boolean;
      readonly report: Omit<StoreReport, 'waiting' | 'lost'>;
    }
  | { readonly kind: 'closed' };
