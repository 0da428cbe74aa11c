import type { InstrumentState } from '../../src/market/state.ts';
import { noteTrail } from '../../src/market/trail.ts';
import { MINUTE, micros } from '../../src/model/units.ts';
import { createRandom, nextNormal } from '../../src/stats/random.ts';

/** Notes mids by the minute, the last of them at `until` (µs); NaN for a minute without one. */
export function noteMinutes(
  { history }: InstrumentState,
  until: number,
  mids: readonly number[],
): void {
  for (const [i, mid] of mids.entries()) {
    const ts = micros(until - (mids.length - 1 - i) * MINUTE);
    if (!Number.isNaN(mid)) noteTrail(history.priceTrail, ts, mid);
  }
}

/** Mids that wander: ln mid(t) = `phi` · ln mid(t − 1) + `sd` · ε, around `mean`. A `phi` of 1 is a random walk. */
export function wander(count: number, seed: number, phi: number, sd: number, mean = 60_000) {
  const random = createRandom(seed);
  let away = 0;
  return Array.from({ length: count }, () => {
    away = phi * away + sd * nextNormal(random);
    return mean * Math.exp(away);
  });
}
