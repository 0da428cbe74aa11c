import { capShareReading, predictedReading } from '../features/funding.ts';
import type { InstrumentState } from '../market/state.ts';
import type { EngineSettings } from '../model/settings.ts';
import type { Micros } from '../model/units.ts';
import type { AssetState } from './engine-state.ts';

/** A perp whose rate has come near what its venue allows. */
export interface CapNear {
  readonly state: InstrumentState;
  readonly rate: number;
  /** Of the cap, or of the floor of a negative rate. */
  readonly share: number;
}

/**
 * Perps whose live estimate has reached `funding.capShare` of its cap since the last look. One that is near stays so until its share has fallen below
 * `regime.exitShare` of that: a rate at the edge is told once.
 */
export function capsNeared(asset: AssetState, now: Micros, settings: EngineSettings): CapNear[] {
  const enter = settings.funding.capShare;
  const leave = enter * settings.regime.exitShare;
  const neared: CapNear[] = [];
  for (const state of asset.listed) {
    if (state.fundingLimits === null) continue;
    const { id } = state.instrument;
    const predicted = predictedReading(state, now, settings);
    const share = capShareReading(state, predicted);
    if (predicted.state !== 'live' || share.state !== 'live') continue;
    if (share.value < leave) asset.nearCap.delete(id);
    if (share.value < enter || asset.nearCap.has(id)) continue;
    asset.nearCap.add(id);
    neared.push({ state, rate: predicted.value, share: share.value });
  }
  return neared;
}
