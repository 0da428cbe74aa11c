import type { OptionType } from '../../stats/black76.ts';

/** One option of an expiry, as somebody says that it stands. Null where nobody does. */
export interface OptionRow {
  readonly strike: number;
  readonly type: OptionType;
  /** The venue's own, a fraction a year. */
  readonly markIv: number | null;
  /** Mark, else mid: in coins where the chain is priced so, else in quote currency per coin. */
  readonly price: number | null;
  /** The forward that stood beside it, quote currency. */
  readonly underlying: number | null;
  /** To the forward. */
  readonly delta: number | null;
  readonly gamma: number | null;
  /** Base coin. */
  readonly openInterest: number | null;
  /** Of 24 h, base coin. */
  readonly volume: number | null;
  /** When all this was so, µs; null when nobody says. */
  readonly ts: number | null;
}

/** The middle of some numbers; of an even count the mean of both. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
