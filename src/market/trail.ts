import type { Micros } from '../model/units.ts';

/**
 * What a state was at earlier instants: `(ts, value)` pairs in order of time, thinned to one per `spacing`, the oldest forgotten when full. Rows may
 * arrive late (back-fill) and find their place. Plain data.
 */
export interface Trail {
  readonly capacity: number;
  readonly spacing: number;
  readonly stamps: number[];
  readonly values: number[];
}

export const createTrail = (capacity: number, spacing: Micros): Trail => ({
  capacity,
  spacing,
  stamps: [],
  values: [],
});

/** Number of entries at or before `ts`. */
function countUntil(trail: Trail, ts: number): number {
  let low = 0;
  let high = trail.stamps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (trail.stamps[middle]! <= ts) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Notes a value unless one closer than `spacing` before it is already known. */
export function noteTrail(trail: Trail, ts: Micros, value: number): void {
  const at = countUntil(trail, ts);
  const before = trail.stamps[at - 1];
  const after = trail.stamps[at];
  if (before !== undefined && ts - before < trail.spacing) return;
  if (after !== undefined && after - ts < trail.spacing) return;
  if (at === trail.stamps.length) {
    trail.stamps.push(ts);
    trail.values.push(value);
  } else {
    trail.stamps.splice(at, 0, ts);
    trail.values.splice(at, 0, value);
  }
  if (trail.stamps.length > trail.capacity) {
    trail.stamps.shift();
    trail.values.shift();
  }
}

/** Last value known at `ts`; NaN when there is none that is at most `maxAge` older. */
export function asOf(trail: Trail, ts: number, maxAge: number): number {
  const at = countUntil(trail, ts) - 1;
  const stamp = trail.stamps[at];
  return stamp === undefined || ts - stamp > maxAge ? Number.NaN : trail.values[at]!;
}
