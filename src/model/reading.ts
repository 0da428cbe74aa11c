import type { Micros } from './units.ts';

/** Marks that travel with a value, on screen and in JSON (SPEC §2). */
export interface Marks {
  /** The cell it belongs to is still open. */
  readonly provisional?: true;
  /** The venue publishes only a part of what happened: a lower bound. */
  readonly sampled?: true;
  /** The band asked for is wider than the depth known. */
  readonly partial?: true;
  /** A model of ours, not something a venue published. */
  readonly estimated?: true;
  /** Asked for now and then, not streamed: what happened in between is not known. */
  readonly polled?: true;
  /** Distinct facts in the window, where samples repeat one another. */
  readonly nEff?: number;
}

export type Live<T> = { readonly state: 'live'; readonly value: T } & Marks;
export type Stale<T> = {
  readonly state: 'stale';
  readonly value: T;
  /** Age of the oldest input in microseconds. */
  readonly age: Micros;
} & Marks;
export type Absent = { readonly state: 'absent'; readonly value: null; readonly reason: string };

/**
 * A number the screen may show: live, stale with its age, or absent with a reason.
 *
 * Absent is never a default and never borrowed from elsewhere (SPEC §2).
 */
export type Reading<T = number> = Live<T> | Stale<T> | Absent;

export const live = <T>(value: T, marks?: Marks): Live<T> => ({ state: 'live', value, ...marks });

export const stale = <T>(value: T, age: Micros, marks?: Marks): Stale<T> => ({
  state: 'stale',
  value,
  age,
  ...marks,
});

export const absent = (reason: string): Absent => ({ state: 'absent', value: null, reason });

/** Marks of two inputs together: a mark of either holds for the result, and of two `nEff` the smaller. */
function mergedMarks(into: Marks, from: Marks): Marks {
  const { provisional, sampled, partial, estimated, polled, nEff } = from;
  if (!provisional && !sampled && !partial && !estimated && !polled && nEff === undefined)
    return into;
  return {
    ...into,
    ...(provisional && { provisional }),
    ...(sampled && { sampled }),
    ...(partial && { partial }),
    ...(estimated && { estimated }),
    ...(polled && { polled }),
    ...(nEff !== undefined && { nEff: Math.min(nEff, into.nEff ?? nEff) }),
  };
}

const UNMARKED: Marks = {};

/**
 * A value derived from readings: absent for the first absent input's reason, stale as the oldest stale input, and carrying
 * every mark of its inputs (the smallest `nEff`). A result that is not a finite number is absent: `undefined here`.
 */
export function derive<T, const R extends readonly Reading<unknown>[]>(
  inputs: R,
  compute: (...values: { [K in keyof R]: R[K] extends Reading<infer V> ? V : never }) => T,
): Reading<T> {
  let age = -1;
  let marks = UNMARKED;
  const values: unknown[] = [];
  for (const input of inputs) {
    if (input.state === 'absent') return input;
    if (input.state === 'stale') age = Math.max(age, input.age);
    marks = mergedMarks(marks, input);
    values.push(input.value);
  }
  const value = compute(...(values as never));
  if (typeof value === 'number' && !Number.isFinite(value)) return absent('undefined here');
  return age < 0 ? live(value, marks) : stale(value, age as Micros, marks);
}

/** The same reading with more marks; absent stays as it is. */
export const marked = <T>(reading: Reading<T>, marks: Marks): Reading<T> =>
  reading.state === 'absent' ? reading : { ...reading, ...marks };

/** The value, or undefined when absent. Stale counts as a value: whoever asks has to show its age. */
export const valueIn = <T>(reading: Reading<T>): T | undefined =>
  reading.state === 'absent' ? undefined : reading.value;

/**
 * A state observed at `ts`, read at `now`: stale once older than `staleAfter` (SPEC §2: three usual periods).
 */
export const observed = <T>(value: T, ts: Micros, now: Micros, staleAfter: number): Reading<T> =>
  now - ts > staleAfter ? stale(value, (now - ts) as Micros) : live(value);
