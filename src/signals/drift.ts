import { DEFAULT_SETTINGS } from '../model/settings.ts';

/**
 * Drift (SPEC §5): what positioning pushes the price towards.
 *
 * z(x) = (x − mean) / sd over the trailing 7 days (t − 7 d, t] of cells, sample standard deviation.
 * μ1 = −α·z(OI′)·z(f), μ2 = +β·z(OI′)·z(b), μ3 = γ·ρ·z(b of the front dated future); μ = μ1 + μ2 + μ3, D = |μ|.
 */

export { type Score, windowStats, zScore } from '../stats/z-score.ts';

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
