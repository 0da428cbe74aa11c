/** Sd below this is no variance: an epsilon in its place would turn a venue's clamped funding into a 12.9 σ alarm. */
const NO_VARIANCE = 1e-12;

/** Mean, sample sd and count of the finite values of a window. */
export interface WindowStats {
  readonly count: number;
  readonly mean: number;
  readonly sd: number;
  /** Whether all of them are equal. */
  readonly isConstant: boolean;
}

/** Two passes over the finite values, in their order: as exact as a window of cells needs, and the same bytes however the window came to be. */
export function windowStats(values: ArrayLike<number>): WindowStats {
  let count = 0;
  let sum = 0;
  let first = Number.NaN;
  let isConstant = true;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    if (count === 0) first = value;
    else if (value !== first) isConstant = false;
    sum += value;
    count += 1;
  }
  const mean = sum / count;
  let squares = 0;
  let rest = 0;
  for (let i = 0; i < values.length; i += 1) {
    const deviation = values[i]! - mean;
    if (!Number.isFinite(deviation)) continue;
    squares += deviation * deviation;
    rest += deviation;
  }
  // What the rounding of the mean left over (Chan, Golub, LeVeque 1983, corrected two-pass).
  const variance = count < 2 ? Number.NaN : (squares - (rest * rest) / count) / (count - 1);
  return { count, mean, sd: Math.sqrt(variance), isConstant };
}

/** A z-score, or why there is none. */
export type Score = { readonly z: number } | { readonly reason: string };

/**
 * z of the last element of `window` against the whole window, itself included.
 *
 * @param window cells of (t − 7 d, t], oldest first; NaN where absent.
 * @param minValues finite values needed (24).
 */
export function zScore(window: ArrayLike<number>, minValues: number): Score {
  const value = window[window.length - 1];
  if (value === undefined || !Number.isFinite(value)) return { reason: 'no value' };
  const { count, mean, sd, isConstant } = windowStats(window);
  if (count < minValues) return { reason: `warming ${count}/${window.length}` };
  if (isConstant || !(sd >= NO_VARIANCE)) return { reason: 'no variance' };
  return { z: (value - mean) / sd };
}
