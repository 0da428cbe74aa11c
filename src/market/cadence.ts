import type { EngineSettings } from '../model/settings.ts';
import type { Micros } from '../model/units.ts';

/** When something was last heard and how often it usually is, learnt from itself (SPEC §2). Plain data. */
export interface Cadence {
  lastTs: number;
  /** Smoothed gap between arrivals, µs; what was expected until two have come. */
  usualGap: number;
  count: number;
  /** What was expected: silence that short means nothing until the usual gap is learnt. */
  readonly expectedGap: number;
}

/** @param expectedGap What is taken for usual until it is learnt, µs. */
export const createCadence = (expectedGap = 0): Cadence => ({
  lastTs: 0,
  usualGap: expectedGap,
  count: 0,
  expectedGap,
});

const SMOOTHING = 0.05;
const LEARNT_AFTER = 8;

/** Notes one arrival. Once learnt, a long silence counts as at most three usual gaps, so that an outage does not teach patience. */
export function hear(cadence: Cadence, ts: Micros): void {
  if (cadence.count > 0) {
    const gap = Math.max(0, ts - cadence.lastTs);
    if (cadence.count === 1) cadence.usualGap = gap;
    else {
      const bounded =
        cadence.count > LEARNT_AFTER ? Math.min(gap, 3 * Math.max(cadence.usualGap, 1)) : gap;
      const weight = Math.max(SMOOTHING, 1 / cadence.count);
      cadence.usualGap += weight * (bounded - cadence.usualGap);
    }
  }
  cadence.count += 1;
  cadence.lastTs = ts;
}

/**
 * Age, in µs, beyond which what this cadence carries is stale: three usual periods, never below the floor (SPEC §2). The first gaps may be anything: what is
 * sent with a subscription is followed by the next message at whatever moment that is due.
 */
export function staleAfter(cadence: Cadence, settings: EngineSettings): number {
  const { usualGap, expectedGap, count } = cadence;
  const usual = count > LEARNT_AFTER ? usualGap : Math.max(usualGap, expectedGap);
  return Math.max(settings.stale.floorMs * 1000, settings.stale.periods * usual);
}
