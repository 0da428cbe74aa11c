import type { EngineSettings } from '../model/settings.ts';

/** The gate of SPEC §5, or why it cannot be judged. */
export type Gate =
  | { readonly state: 'judged'; readonly active: boolean; readonly quantile: number }
  | { readonly state: 'warming'; readonly reason: string };

/**
 * Open when D exceeds the quantile of the D of the cells strictly before this one, or the fixed threshold (OR).
 *
 * @param threshold that quantile.
 */
export function judgeAgainst(
  d: number,
  threshold: number,
  settings: EngineSettings['gate'],
): Extract<Gate, { state: 'judged' }> {
  const byQuantile = d > threshold;
  const byThreshold = settings.threshold !== null && d > settings.threshold;
  return { state: 'judged', active: byQuantile || byThreshold, quantile: threshold };
}
