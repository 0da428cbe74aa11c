import { type Hourly, windowWith } from '../market/hourly.ts';
import type { EngineSettings } from '../model/settings.ts';
import type { DriftCell, DriftSeries } from './asset-drift.ts';
import { windowStats, zText } from './drift.ts';

/** One input at which D meets its threshold: its value, and its z-score then, in the window that this value is part of. NaN where no value of it does. */
export interface FlipPoint {
  readonly value: number;
  readonly z: number;
}

/** What each input alone would have to become for D to meet its threshold. */
export interface GateFlip {
  /** 8h-equivalent. */
  readonly funding8h: FlipPoint;
  /** Base coin; its z is that of OI′. */
  readonly openInterest: FlipPoint;
  readonly basis: FlipPoint;
}

const OUT_OF_REACH: FlipPoint = { value: Number.NaN, z: Number.NaN };

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

/** What D has to exceed: the lower of its quantile and a fixed threshold; NaN while the gate is warming. */
export const thresholdOf = ({ gate }: DriftCell, { threshold }: EngineSettings['gate']): number =>
  gate.state === 'judged' ? Math.min(gate.quantile, threshold ?? gate.quantile) : Number.NaN;

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
  const threshold = thresholdOf(cell, settings.gate);

  /** Of the values that put μ at +threshold and at −threshold the one whose z is nearer to what it is. */
  const nearest = (now: number, hourly: Hourly, zAt: (mu: number) => number): FlipPoint => {
    const others = windowWith(hourly, hour, windowHours, Number.NaN);
    let found = OUT_OF_REACH;
    for (const mu of [threshold, -threshold]) {
      const z = zAt(mu);
      const value = valueWithZ(z, others);
      if (Number.isNaN(value)) continue;
      if (Number.isNaN(found.z) || Math.abs(z - now) < Math.abs(found.z - now))
        found = { value, z };
    }
    return found;
  };
  const { funding8h, oiChange, basis } = series;
  // μ = z(OI′)·(β·z(b) − α·z(f)) + μ3, solved for each z.
  const oiChangeAt = nearest(
    zOiChange,
    oiChange,
    (mu) => (mu - mu3) / (beta * zBasis - alpha * zFunding),
  );
  return {
    funding8h: nearest(
      zFunding,
      funding8h,
      (mu) => (beta * zBasis - (mu - mu3) / zOiChange) / alpha,
    ),
    openInterest: {
      value: inputs.openInterest * Math.exp(oiChangeAt.value - cell.oiChange),
      z: oiChangeAt.z,
    },
    basis: nearest(zBasis, basis, (mu) => ((mu - mu3) / zOiChange + alpha * zFunding) / beta),
  };
}

/** The input whose z-score has the shortest way to go until the gate flips. */
export interface NearestFlip extends FlipPoint {
  readonly input: keyof GateFlip;
  /** Where its z-score is now. */
  readonly zNow: number;
  /** Whether the gate is open now, and would close. */
  readonly isOpen: boolean;
}

/** Of the inputs that alone would flip the gate the nearest one in standard deviations; undefined where none can. */
export function nearestFlip(
  cell: DriftCell,
  flip: GateFlip | undefined,
  settings: EngineSettings['gate'],
): NearestFlip | undefined {
  if (flip === undefined) return undefined;
  const isOpen = cell.d > thresholdOf(cell, settings);
  const zNow = { funding8h: cell.zFunding, openInterest: cell.zOiChange, basis: cell.zBasis };
  let found: NearestFlip | undefined;
  for (const input of ['funding8h', 'openInterest', 'basis'] as const) {
    const { value, z } = flip[input];
    if (!Number.isFinite(value) || !Number.isFinite(z)) continue;
    if (found === undefined || Math.abs(z - zNow[input]) < Math.abs(found.z - found.zNow))
      found = { input, value, z, zNow: zNow[input], isOpen };
  }
  return found;
}

const FLIP_NAMES = { funding8h: 'funding', openInterest: 'OI change', basis: 'basis' } as const;

const signedPercent = (fraction: number): string =>
  `${fraction < 0 ? '−' : '+'}${Math.abs(fraction * 100).toFixed(4)} %`;

/** The value at the flip in its own unit. */
function flipValue({ input, value }: NearestFlip): string {
  switch (input) {
    case 'funding8h':
      return `${signedPercent(value)} per 8 h`;
    case 'basis':
      return signedPercent(value);
    case 'openInterest':
      return `OI ${Number(value.toPrecision(6))}`;
  }
}

/** `closes if funding z falls below +1.4 (+0.0081 % per 8 h)`: what would have to change to flip the gate, in words. */
export function flipText(flip: NearestFlip): string {
  const { input, z, zNow, isOpen } = flip;
  const way = z < zNow ? 'falls below' : 'rises above';
  return `${isOpen ? 'closes' : 'opens'} if ${FLIP_NAMES[input]} ${zText(z).replace('z ', `z ${way} `)} (${flipValue(flip)})`;
}
