import { afterEach } from 'vitest';
import { type RunningStage, type StageOptions, startStage } from '../../../src/sim/stage.ts';
import type { VenuePart } from '../../../src/sim/venue-sim.ts';

const open: RunningStage[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(({ close }) => close()));
});

/** Venues on a clock that stands still unless pumped; closed after the test. */
export async function stage(
  parts: readonly VenuePart[],
  options: Partial<StageOptions> = {},
): Promise<RunningStage> {
  const started = await startStage(
    {
      seed: 1,
      scenario: 'calm',
      assets: ['BTC'],
      clock: () => 1_000_000_000,
      startMs: Date.UTC(2026, 10, 20, 13, 37, 5),
      ...options,
    },
    parts,
  );
  open.push(started);
  return started;
}
