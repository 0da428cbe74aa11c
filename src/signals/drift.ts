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

/** One plain sentence that names the quadrant of (OI′, f) and what basis adds (SPEC §5). */
export function driftSentence(
  zOiChange: number,
  zFunding: number,
  zBasis: number,
  mu: number,
): string {
  const signed = (z: number) => `z ${z < 0 ? '−' : '+'}${Math.abs(z).toFixed(1)}`;
  const funding = `funding ${zFunding >= 0 ? 'rich' : 'cheap'} (${signed(zFunding)})`;
  const interest = `OI ${zOiChange >= 0 ? 'builds' : 'unwinds'} (${signed(zOiChange)})`;
  const basis = `basis ${zBasis >= 0 ? 'widens' : 'falls'} (${signed(zBasis)})`;
  const crowd =
    zOiChange >= 0
      ? zFunding >= 0
        ? 'longs crowd in'
        : 'shorts crowd in'
      : zFunding >= 0
        ? 'longs leave'
        : 'shorts leave';
  const pressure = mu === 0 ? 'no pressure' : `pressure ${mu > 0 ? 'up' : 'down'}`;
  return `${funding} while ${interest} and ${basis}, ${crowd}: ${pressure}`;
}
