import type { RegimeLabel } from '../model/regime.ts';
import type { EngineSettings } from '../model/settings.ts';

/** What the label rests on; NaN where absent. Price change is not among them and never will be (SPEC §6). */
export interface RegimeInputs {
  /** z of the hourly change of ln OI. */
  readonly oiShock: number;
  /** Change of ln OI over the hour. */
  readonly oiChange: number;
  readonly fundingZ: number;
  /** z of one hour's liquidated notional. */
  readonly liquidationZ: number;
  /** Rank (0–1) of perp depth within its own trailing 7 days. */
  readonly depthRank: number;
}

/**
 * The regime of SPEC §6 with hysteresis: a label is entered at its threshold and left only when its cause has fallen below three quarters of it.
 * Deleveraging stress wins over crowded carry.
 *
 * A missing input can not raise a label. Stress that shows is told whatever else is missing; without it, a missing OI shock or funding z means that
 * the regime cannot be told.
 *
 * @returns undefined when it cannot be told.
 */
export function regimeOf(
  inputs: RegimeInputs,
  previous: RegimeLabel | null,
  settings: EngineSettings['regime'],
): RegimeLabel | undefined {
  const { oiShock, oiChange, fundingZ, liquidationZ, depthRank } = inputs;
  const hold = (label: RegimeLabel) => (previous === label ? settings.exitShare : 1);

  const stressShare = hold('deleveraging stress');
  const isUnwinding = oiShock <= settings.oiShock * stressShare;
  const isLiquidating =
    liquidationZ >= settings.liquidationZ * stressShare &&
    depthRank < settings.depthQuantile / stressShare;
  if (isUnwinding || isLiquidating) return 'deleveraging stress';

  if (!Number.isFinite(oiShock) || !Number.isFinite(fundingZ)) return undefined;
  if (oiChange > 0) {
    if (fundingZ >= settings.fundingZ * hold('crowded carry long')) return 'crowded carry long';
    if (fundingZ <= -settings.fundingZ * hold('crowded carry short')) return 'crowded carry short';
  }
  return 'neutral';
}
