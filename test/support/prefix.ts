import { expect } from 'vitest';
import type { EngineOptions, EngineState } from '../../src/engine/engine-state.ts';
import { viewOf } from '../../src/engine/read.ts';
import { step } from '../../src/engine/step.ts';
import type { Entries } from '../../src/features/feature.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import { engineFor } from './engine.ts';

/** Every reading of every listing and asset, at one tick. */
type Tick = readonly (readonly [of: string, entries: Entries])[];

function readingsOf(engine: EngineState, now: EngineEvent['tsLocal']): Tick {
  return [...engine.assets.values()].flatMap((asset) => {
    const { entries, assetEntries } = viewOf(engine, asset, now);
    return [...entries, [asset.asset, assetEntries] as const];
  });
}

/** What all features read at every tick of a tape. */
function readingsAtTicks(
  events: readonly EngineEvent[],
  options: Partial<EngineOptions> = {},
): Tick[] {
  const engine = engineFor(options);
  const ticks: Tick[] = [];
  for (const event of events) {
    step(engine, event);
    if (event.kind === 'tick') ticks.push(readingsOf(engine, event.tsLocal));
  }
  return ticks;
}

/**
 * No look-ahead (SPEC §2): what features read up to an instant is the same to the last bit, whatever comes after it.
 *
 * @param before events up to that instant.
 * @param futures two or more ways in which they may go on.
 */
export function expectNoLookAhead(
  before: readonly EngineEvent[],
  futures: readonly (readonly EngineEvent[])[],
  options: Partial<EngineOptions> = {},
): void {
  const known = readingsAtTicks(before, options);
  for (const future of futures)
    expect(readingsAtTicks([...before, ...future], options).slice(0, known.length)).toEqual(known);
}
