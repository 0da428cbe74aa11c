import { DEFAULT_SETTINGS } from '../model/settings.ts';

/**
 * Drift (SPEC §5): what positioning pushes the price towards.
 *
 * z(x) = (x − mean) / sd over the trailing 7 days (t − 7 d, t] of cells, sample standard deviation.
 * μ1 = −α·z(OI′)·z(f), μ2 = +β·z(OI′)·z(b), μ3 = γ·ρ·z(b of the front dated future); μ = μ1 + μ2 + μ3, D = |μ|.
 */

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

export interface DriftWeights {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
}

export interface DriftParts {
  readonly mu1: number;
  readonly mu2: number;
  readonly mu3: number;
  readonly mu: number;
  /** Determinism, |μ|. */
  readonly d: number;
}

/**
 * The three terms from the z-scores. NaN where one it rests on is.
 *
 * @param rhoZDated ρ·z(b) of the front dated future; NaN where there is none, and then nothing can be said once γ is set.
 */
export function driftOf(
  zOiChange: number,
  zFunding: number,
  zBasis: number,
  weights: DriftWeights,
  rhoZDated = Number.NaN,
): DriftParts {
  const mu1 = -weights.alpha * zOiChange * zFunding;
  const mu2 = weights.beta * zOiChange * zBasis;
  const mu3 = weights.gamma === 0 ? 0 : weights.gamma * rhoZDated;
  const mu = mu1 + mu2 + mu3;
  return { mu1, mu2, mu3, mu, d: Math.abs(mu) };
}

/** `z +1.2`; what rounds to nothing has no sign. */
export function zText(z: number): string {
  const size = Math.abs(z).toFixed(1);
  return `z ${Number(size) === 0 ? '' : z < 0 ? '−' : '+'}${size}`;
}

/** Who moves in the quadrant of (OI′, f): the payers of funding are the crowd. */
const crowdOf = (zOiChange: number, zFunding: number): string =>
  `${zFunding > 0 ? 'longs' : 'shorts'} ${zOiChange > 0 ? 'crowd in' : 'leave'}`;

/**
 * One plain sentence that names the quadrant of (OI′, f) and what basis adds (SPEC §5): μ1 has the same sign when both are negative, and that is a
 * different story. A score within ±`steadyZ` is steady, and of a quadrant that is not clear nothing is claimed.
 *
 * @param mu3 named where it is not zero.
 */
export function driftSentence(
  zOiChange: number,
  zFunding: number,
  zBasis: number,
  mu: number,
  {
    steadyZ,
    mu3 = 0,
  }: { readonly steadyZ: number; readonly mu3?: number } = DEFAULT_SETTINGS.drift,
): string {
  const isSteady = (z: number) => Math.abs(z) < steadyZ;
  const told = (name: string, z: number, above: string, below: string): string =>
    `${name} ${isSteady(z) ? 'steady' : z > 0 ? above : below} (${zText(z)})`;
  const funding = told('funding', zFunding, 'rich', 'cheap');
  const interest = told('OI', zOiChange, 'builds', 'unwinds');
  const basis = told('basis', zBasis, 'widens', 'falls');
  const crowd =
    isSteady(zOiChange) || isSteady(zFunding) ? '' : `, ${crowdOf(zOiChange, zFunding)}`;
  const expiry = mu3 === 0 ? '' : `, expiry presses ${mu3 > 0 ? 'up' : 'down'}`;
  const pressure = mu === 0 ? 'no pressure' : `pressure ${mu > 0 ? 'up' : 'down'}`;
  return `${funding} while ${interest} and ${basis}${crowd}${expiry}: ${pressure}`;
}
