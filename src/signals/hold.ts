import type { Micros } from '../model/units.ts';

/** A state that is announced only after it has held for a while, so that a value at the edge of a threshold does not chatter. Plain data. */
export interface Held<T> {
  /** What was announced last; null before the first. */
  announced: T | null;
  /** When `announced` began. */
  since: Micros | null;
  candidate: T | null;
  candidateSince: Micros;
}

export const createHeld = <T>(): Held<T> => ({
  announced: null,
  since: null,
  candidate: null,
  candidateSince: 0 as Micros,
});

/**
 * Notes the state at `now`.
 *
 * @returns the state announced before, when a change is announced now; undefined otherwise. The first state is taken at once and without announcement.
 */
export function note<T>(held: Held<T>, state: T, now: Micros, hold: number): T | undefined {
  if (held.announced === null) {
    held.announced = state;
    held.since = now;
    return undefined;
  }
  if (state === held.announced) {
    held.candidate = null;
    return undefined;
  }
  if (held.candidate !== state) {
    held.candidate = state;
    held.candidateSince = now;
  }
  if (now - held.candidateSince < hold) return undefined;
  const before = held.announced;
  held.announced = state;
  held.since = held.candidateSince;
  held.candidate = null;
  return before;
}

/** What was about to be announced is no longer so. */
export function forget<T>(held: Held<T>): void {
  held.candidate = null;
}
