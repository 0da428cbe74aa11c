import { type Hourly, windowWith } from '../market/hourly.ts';
import type { EngineSettings } from '../model/settings.ts';
import type { DriftCell, DriftSeries } from './asset-drift.ts';
import { windowStats } from './drift.ts';

/** What each input alone would have to become for D to meet its threshold; NaN where no value of it does. */
export interface GateFlip {
  /** 8h-equivalent. */
  readonly funding8h: number;
  /** Base coin. */
  readonly openInterest: number;
  readonly basis: number;
}

/**
 * The value whose z-score would be `z` as the last of a window whose other values are `others`; NaN where the window cannot give that z.
 *
 * With k others, mean m, S = Σ(x − m)² and n = k + 1, a value m + δ has z² = δ²k³/n² ∕ (S + δ²k/n), which stays below k²/n: one value among n
 * moves their mean and sd itself.
 */
function valueWithZ(z: number, others: ArrayLike<number>): number {
  const { count: k, mean, sd } = windowStats(others);
  const n = k + 1;
  const reach = (k * k) / n - z * z;
  if (!(reach > 0) || !(sd > 0)) return Number.NaN;
  const squares = sd * sd * (k - 1);
  return mean + Math.sign(z) * Math.sqrt((z * z * squares * n) / (k * reach));
}

/**
 * The nearest inputs at which the open cell's D meets the threshold of its gate, each with the others as they are (SPEC §5): they would open a closed
 * gate, or close an open one.
 *
 * @returns undefined while D or its threshold is absent.
 */
export function gateFlip(
  series: DriftSeries,
  cell: DriftCell,
  settings: Pick<EngineSettings, 'drift' | 'gate'>,
): GateFlip | undefined {
  const { hour, gate, inputs, zFunding, zOiChange, zBasis, mu3 } = cell;
  if (gate.state !== 'judged' || !Number.isFinite(cell.d)) return undefined;
  const { alpha, beta, windowHours } = settings.drift;
  const threshold = Math.min(gate.quantile, settings.gate.threshold ?? gate.quantile);

  /** Of the values that put μ at +threshold and at −threshold the one nearer to what it is. */
  const nearest = (now: number, hourly: Hourly, zAt: (mu: number) => number): number => {
    const others = windowWith(hourly, hour, windowHours, Number.NaN);
    const up = valueWithZ(zAt(threshold), others);
    const down = valueWithZ(zAt(-threshold), others);
    if (Number.isNaN(up) || Number.isNaN(down)) return Number.isNaN(up) ? down : up;
    return Math.abs(up - now) <= Math.abs(down - now) ? up : down;
  };
  const { funding8h, oiChange, basis } = series;
  // μ = z(OI′)·(β·z(b) − α·z(f)) + μ3, solved for each z.
  const oiChangeAt = nearest(
    cell.oiChange,
    oiChange,
    (mu) => (mu - mu3) / (beta * zBasis - alpha * zFunding),
  );
  return {
    funding8h: nearest(
      inputs.funding8h,
      funding8h,
      (mu) => (beta * zBasis - (mu - mu3) / zOiChange) / alpha,
    ),
    openInterest: inputs.openInterest * Math.exp(oiChangeAt - cell.oiChange),
    basis: nearest(inputs.basis, basis, (mu) => ((mu - mu3) / zOiChange + alpha * zFunding) / beta),
  };
}
