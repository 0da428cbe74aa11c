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

/** Where each cause counts: lower for the label that is in force, so that it is left later than it is entered. */
export interface RegimeThresholds {
  /** Stress at or below. */
  readonly oiShock: number;
  /** Stress at or above, while depth ranks below `depthRank`. */
  readonly liquidationZ: number;
  readonly depthRank: number;
  /** Crowded long at or above, crowded short at or below. */
  readonly fundingZLong: number;
  readonly fundingZShort: number;
}

export function regimeThresholds(
  previous: RegimeLabel | null,
  settings: EngineSettings['regime'],
): RegimeThresholds {
  const hold = (label: RegimeLabel) => (previous === label ? settings.exitShare : 1);
  const stress = hold('deleveraging stress');
  return {
    oiShock: settings.oiShock * stress,
    liquidationZ: settings.liquidationZ * stress,
    depthRank: settings.depthQuantile / stress,
    fundingZLong: settings.fundingZ * hold('crowded carry long'),
    fundingZShort: -settings.fundingZ * hold('crowded carry short'),
  };
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
  const at = regimeThresholds(previous, settings);
  const isUnwinding = oiShock <= at.oiShock;
  const isLiquidating = liquidationZ >= at.liquidationZ && depthRank < at.depthRank;
  if (isUnwinding || isLiquidating) return 'deleveraging stress';

  if (!Number.isFinite(oiShock) || !Number.isFinite(fundingZ)) return undefined;
  if (oiChange > 0) {
    if (fundingZ >= at.fundingZLong) return 'crowded carry long';
    if (fundingZ <= at.fundingZShort) return 'crowded carry short';
  }
  return 'neutral';
}
