import { assert, assertMeasurable } from './invariant.ts';

/** Ordinary least squares of y on x, y = intercept + slope · x. */
export interface LinearFit {
  readonly n: number;
  /** Units of y per unit of x; NaN below two points or when every x is equal. */
  readonly slope: number;
  readonly intercept: number;
  /** slope / its standard error on n − 2 degrees of freedom; NaN below three points, and when the
   * residuals are no larger than rounding, for then nothing is left to estimate an error from. */
  readonly t: number;
  /** Share of the variance of y that the line explains, 0 … 1; NaN also when every y is equal. */
  readonly r2: number;
}

/** An autoregression of a series on its own last value, read as mean reversion. */
export interface Autoregression {
  /** Pairs of neighbours used: one less than the series is long where all of it is known. */
  readonly n: number;
  /** Pull per step: Δx = a + b · x before; b = φ − 1 of the AR(1). Negative pulls back to the mean. */
  readonly b: number;
  /** Dickey–Fuller statistic b / se(b), constant and no trend. Not Student's: under a random walk
   * 5 % lie below −2.86 (Fuller 1976). */
  readonly t: number;
  /** Steps until half of a deviation is gone, −ln 2 / ln(1 + b); NaN unless −1 < b < 0. */
  readonly halfLife: number;
}

interface Centred {
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
  readonly meanX: number;
  readonly meanY: number;
}

/** Fits a line through points; all of NaN where there is none (see `LinearFit`). */
export function linearRegression(xs: ArrayLike<number>, ys: ArrayLike<number>): LinearFit {
  const { xx, yy, xy, meanX, meanY } = centred(xs, ys);
  const n = xs.length;
  if (!(xx > 0)) {
    return { n, slope: Number.NaN, intercept: Number.NaN, t: Number.NaN, r2: Number.NaN };
  }
  const slope = xy / xx;
  let squares = 0;
  let rounding = 0;
  for (let i = 0; i < n; i++) {
    const fitted = slope * (xs[i]! - meanX);
    const residual = ys[i]! - meanY - fitted;
    squares += residual * residual;
    const reach = Math.abs(ys[i]!) + Math.abs(slope * xs[i]!);
    rounding = Math.max(rounding, 4 * Number.EPSILON * reach);
  }
  const isExact = squares <= n * rounding * rounding;
  return {
    n,
    slope,
    intercept: meanY - slope * meanX,
    t: n < 3 || isExact ? Number.NaN : slope / Math.sqrt(squares / (n - 2) / xx),
    r2: yy > 0 ? Math.min(1, (xy / xx) * (xy / yy)) : Number.NaN,
  };
}

/**
 * Pearson's correlation of paired values, −1 … 1.
 *
 * @returns NaN below two pairs, or when every x or every y is equal.
 */
export function correlation(xs: ArrayLike<number>, ys: ArrayLike<number>): number {
  const { xx, yy, xy } = centred(xs, ys);
  if (!(xx > 0 && yy > 0)) return Number.NaN;
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx) / Math.sqrt(yy)));
}

/**
 * Spearman's rank correlation, −1 … 1: Pearson's of the ranks, equal values sharing their mean rank.
 *
 * @returns NaN below two pairs, or when every x or every y is equal.
 */
export function rankCorrelation(xs: ArrayLike<number>, ys: ArrayLike<number>): number {
  return correlation(ranksOf(xs), ranksOf(ys));
}

/**
 * Fits a discrete Ornstein–Uhlenbeck process to equally spaced levels (SPEC §4, mean reversion).
 * A level that is not known is NaN; only neighbours that both are make a pair.
 *
 * @returns NaN in each place where there is no such number: see `Autoregression`, `LinearFit`.
 */
export function autoregression(levels: ArrayLike<number>): Autoregression {
  const before: number[] = [];
  const changes: number[] = [];
  for (let i = 1; i < levels.length; i++) {
    if (Number.isNaN(levels[i]! - levels[i - 1]!)) continue;
    before.push(levels[i - 1]!);
    changes.push(levels[i]! - levels[i - 1]!);
  }
  const { n, slope, t } = linearRegression(before, changes);
  const halfLife = slope > -1 && slope < 0 ? -Math.LN2 / Math.log1p(slope) : Number.NaN;
  return { n, b: slope, t, halfLife };
}

/**
 * Variance of `lag`-step changes over `lag` times the variance of one-step changes: 1 for a random
 * walk, below 1 for a series that reverts, above 1 for one that trends. Overlapping changes and
 * unbiased variances (Lo, MacKinlay 1988, VR(q) of eq. 13).
 *
 * @param levels equally spaced levels, as a rule log prices; NaN where one is not known, and then only
 * changes between known ones count.
 * @returns NaN unless there are more than `lag` changes and they vary by more than rounding.
 */
export function varianceRatio(levels: ArrayLike<number>, lag: number): number {
  assert(Number.isInteger(lag) && lag >= 1, `a lag is a whole number from 1 up, not ${lag}`);
  let reach = 0;
  for (let i = 0; i < levels.length; i++) {
    if (Number.isNaN(levels[i]!)) continue;
    assertMeasurable(levels[i]!);
    reach = Math.max(reach, Math.abs(levels[i]!));
  }
  const drift = driftOf(levels);
  const { count: changes, squares: ones } = squaredChanges(levels, 1, drift);
  const { count, squares } = squaredChanges(levels, lag, drift);
  if (changes <= lag || count === 0) return Number.NaN;
  const one = ones / (changes - 1);
  if (!(Math.sqrt(one) > 4 * Number.EPSILON * reach)) return Number.NaN;
  return squares / (lag * count * (1 - lag / changes)) / one;
}

/**
 * How many standard errors a variance ratio lies above 1, under a random walk of `changes` independent steps of one variance: about standard normal (Lo, MacKinlay
 * 1988, eq. 14).
 */
export function varianceRatioZ(ratio: number, lag: number, changes: number): number {
  return (ratio - 1) / Math.sqrt((2 * (2 * lag - 1) * (lag - 1)) / (3 * lag * changes));
}

/** Mean change of one step; from end to end, which loses nothing, where all levels are known. */
function driftOf(levels: ArrayLike<number>): number {
  const last = levels.length - 1;
  let sum = 0;
  let count = 0;
  for (let i = 1; i <= last; i++) {
    const change = levels[i]! - levels[i - 1]!;
    if (Number.isNaN(change)) continue;
    sum += change;
    count += 1;
  }
  return count === last ? (levels[last]! - levels[0]!) / last : sum / count;
}

function squaredChanges(
  levels: ArrayLike<number>,
  lag: number,
  drift: number,
): { readonly count: number; readonly squares: number } {
  let count = 0;
  let squares = 0;
  for (let i = lag; i < levels.length; i++) {
    const change = levels[i]! - levels[i - lag]!;
    if (Number.isNaN(change)) continue;
    squares += (change - lag * drift) ** 2;
    count += 1;
  }
  return { count, squares };
}

/** Means, and sums of squares and products around them; equal values give exactly 0. */
function centred(xs: ArrayLike<number>, ys: ArrayLike<number>): Centred {
  assert(xs.length === ys.length, 'paired series are equally long');
  const n = xs.length;
  const meanX = meanOf(xs);
  const meanY = meanOf(ys);
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < n; i++) {
    const x = xs[i]! - meanX;
    const y = ys[i]! - meanY;
    xx += x * x;
    yy += y * y;
    xy += x * y;
  }
  return { xx, yy, xy, meanX, meanY };
}

/** Summed as deviations from the first value: exact when all are equal, and never far off. */
function meanOf(xs: ArrayLike<number>): number {
  const n = xs.length;
  if (n === 0) return Number.NaN;
  const first = xs[0]!;
  let deviations = 0;
  for (let i = 0; i < n; i++) {
    assertMeasurable(xs[i]!);
    deviations += xs[i]! - first;
  }
  return first + deviations / n;
}

function ranksOf(xs: ArrayLike<number>): Float64Array {
  const n = xs.length;
  const ranks = new Float64Array(n);
  const order = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => xs[a]! - xs[b]!);
  for (let start = 0; start < n; ) {
    let end = start + 1;
    while (end < n && xs[order[end]!] === xs[order[start]!]) end += 1;
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + end - 1) / 2;
    start = end;
  }
  return ranks;
}
