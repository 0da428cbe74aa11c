import type { Spread } from '../spread.ts';

/** One line of the result, and what is asked of it (DESIGN: Budgets). */
export interface Row {
  /** `btc.book`; what `--only` looks at, together with `what`. */
  readonly id: string;
  /** For people. */
  readonly what: string;
  readonly unit: string;
  /** Whether a good value is a small or a large one. */
  readonly better: 'less' | 'more';
  /** Null where nothing is asked: a row for context. */
  readonly must: number | null;
  readonly aim: number | null;
}

/** What was found for a row. */
export type Found =
  | (Spread & { readonly note: string })
  /** A contender has not done the same work: no number of it counts. */
  | { readonly failed: string };

export type Verdict = 'aim' | 'must' | 'MISSED' | 'FAILED' | null;

export interface Options {
  readonly seed: number;
  readonly rounds: number;
  /** Small tapes, without verdicts: whether the bench works, not what it finds. */
  readonly quick: boolean;
  /** The slow line for five minutes instead of one. */
  readonly long: boolean;
  /** The whole program instead of its parts. */
  readonly system: boolean;
}

/** A group of rows that are measured together. */
export interface Section {
  readonly rows: readonly Row[];
  /**
   * @param wanted  the ids asked for, at least one of them: what serves no other row may be left out.
   * @returns what was found, by id; a row that is missing was skipped, which `report.skip` has told.
   */
  measure(options: Options, wanted: ReadonlySet<string>, report: Report): Promise<Results>;
}

export type Results = ReadonlyMap<string, Found>;

/** Where sections tell what stands beside their rows. */
export interface Report {
  readonly tape: (tape: TapeNote) => void;
  readonly contender: (contender: ContenderNote) => void;
  readonly skip: (what: string, reason: string) => void;
}

export interface TapeNote {
  readonly name: string;
  readonly messages: number;
  readonly bytes: number;
  readonly changes: number;
  readonly checksum: string;
}

export interface ContenderNote {
  readonly tape: string;
  readonly name: string;
  /** Median. */
  readonly microsPerMessage: number;
  /** What differs from the truth; empty for one that has done the work or keeps no book. */
  readonly differences: readonly string[];
  /** Imbalances that were compared; 0 for one that is exempt. */
  readonly imbalances: number;
}

/** A number that was counted, not timed: it has no spread. */
export const counted = (value: number, note: string): Found => ({
  value,
  low: value,
  high: value,
  note,
});

export function verdictOf(row: Row, found: Found, quick: boolean): Verdict {
  if ('failed' in found) return 'FAILED';
  if (quick || row.must === null || row.aim === null) return null;
  const sign = row.better === 'less' ? 1 : -1;
  if (sign * found.value <= sign * row.aim) return 'aim';
  return sign * found.value <= sign * row.must ? 'must' : 'MISSED';
}
