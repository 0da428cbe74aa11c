import { setImmediate } from 'node:timers/promises';
import type { ManualClock } from './manual-clock.ts';

/** Waits for real input and output until the condition holds. Fails after 5 s, which no loopback needs. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + 5000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`never happened: ${what}`);
    await setImmediate();
  }
}

/** Lets everything that is under way on the loopback arrive. For proving that something does NOT happen. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i += 1) await setImmediate();
}

/** Lets `ms` pass in steps so small that what a step sends is answered before the next one: no timeout is reached by jumping. */
export async function pass(clock: ManualClock, ms: number, step = 2000): Promise<void> {
  for (let passed = 0; passed < ms; passed += step) {
    clock.advance(Math.min(step, ms - passed));
    await settle();
  }
}
