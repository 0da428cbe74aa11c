import type { Micros } from '../model/units.ts';

/** A timer that has been set; only `clearTimer` does anything with it. */
export type Timer = object;

/** All time that the feeds know: tests put a clock in its place that they move by hand. */
export interface Clock {
  /** Unix time in whole µs. Strictly increasing: no two calls give the same answer. */
  now(): Micros;
  setTimer(run: () => void, ms: number): Timer;
  clearTimer(timer: Timer): void;
}

/** The wall clock may lead by this much before we follow it: more than any slewing, less than any sleep. */
const LEAD_MS = 1000;
/** The longest delay that `setTimeout` takes; beyond it, it would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Time that only moves forward: steps of a monotonic counter, anchored at the wall clock.
 *
 * When the wall clock leads by more than a second (the machine slept, somebody set the clock forward) we jump to it. When
 * it was set back we keep our own course: records stay in order, and the clock probes show the difference.
 *
 * @param wallMs Unix time, ms.
 * @param monotonicMs ms since any instant, never set.
 */
export function createTimeline(wallMs: () => number, monotonicMs: () => number): () => Micros {
  let anchorMs = wallMs() - monotonicMs();
  let last = 0;
  return () => {
    const wall = wallMs();
    let ms = anchorMs + monotonicMs();
    if (wall - ms > LEAD_MS) {
      anchorMs += wall - ms;
      ms = wall;
    }
    last = Math.max(last + 1, Math.floor(ms * 1000));
    return last as Micros;
  };
}

/** The clock of this machine. */
export function systemClock(): Clock {
  return {
    now: createTimeline(Date.now, () => performance.now()),
    setTimer: (run, ms) => setTimeout(run, Math.min(Math.max(ms, 0), LONGEST_MS)),
    clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
  };
}
