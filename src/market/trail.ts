import type { Micros } from '../model/units.ts';

/**
 * What a state was at earlier instants: `(ts, value)` pairs in order of time, thinned to one per `spacing`, the oldest forgotten when full. Rows may
 * arrive late (back-fill) and find their place. A ring whose memory doubles as entries come, so that a trail of nothing costs nothing. Plain data.
 */
export interface Trail {
  readonly capacity: number;
  readonly spacing: number;
  /** Rings of one length, zero or a power of two. */
  stamps: Float64Array;
  values: Float64Array;
  /** Slot of the oldest entry. */
  head: number;
  size: number;
}

const FIRST_ALLOCATION = 16;

export const createTrail = (capacity: number, spacing: Micros): Trail => ({
  capacity,
  spacing,
  stamps: new Float64Array(0),
  values: new Float64Array(0),
  head: 0,
  size: 0,
});

const slotOf = (trail: Trail, index: number): number =>
  (trail.head + index) & (trail.stamps.length - 1);

/** Number of entries at or before `ts`. */
function countUntil(trail: Trail, ts: number): number {
  let low = 0;
  let high = trail.size;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (trail.stamps[slotOf(trail, middle)]! <= ts) low = middle + 1;
    else high = middle;
  }
  return low;
}

function unrolled(trail: Trail, ring: Float64Array, length: number): Float64Array {
  const target = new Float64Array(length);
  for (let i = 0; i < trail.size; i += 1) target[i] = ring[slotOf(trail, i)]!;
  return target;
}

function grow(trail: Trail): void {
  const length = Math.max(FIRST_ALLOCATION, trail.stamps.length * 2);
  const stamps = unrolled(trail, trail.stamps, length);
  trail.values = unrolled(trail, trail.values, length);
  trail.stamps = stamps;
  trail.head = 0;
}

/** Notes a value unless one closer than `spacing` before it is already known. */
export function noteTrail(trail: Trail, ts: Micros, value: number): void {
  let at = countUntil(trail, ts);
  if (at > 0 && ts - trail.stamps[slotOf(trail, at - 1)]! < trail.spacing) return;
  if (at < trail.size && trail.stamps[slotOf(trail, at)]! - ts < trail.spacing) return;
  if (trail.size === trail.capacity) {
    // Older than all that a full trail keeps: it would be the first to go.
    if (at === 0) return;
    trail.head = slotOf(trail, 1);
    trail.size -= 1;
    at -= 1;
  } else if (trail.size === trail.stamps.length) grow(trail);
  const { stamps, values } = trail;
  for (let i = trail.size; i > at; i -= 1) {
    const to = slotOf(trail, i);
    const from = slotOf(trail, i - 1);
    stamps[to] = stamps[from]!;
    values[to] = values[from]!;
  }
  const slot = slotOf(trail, at);
  stamps[slot] = ts;
  values[slot] = value;
  trail.size += 1;
}

/** Last value known at `ts`; NaN when there is none that is at most `maxAge` older. */
export function asOf(trail: Trail, ts: number, maxAge: number): number {
  const at = countUntil(trail, ts) - 1;
  if (at < 0) return Number.NaN;
  const slot = slotOf(trail, at);
  return ts - trail.stamps[slot]! > maxAge ? Number.NaN : trail.values[slot]!;
}

/** What was noted after `after` and until `until`, µs, oldest first. */
export function entriesBetween(
  trail: Trail,
  after: number,
  until: number,
): { readonly stamps: number[]; readonly values: number[] } {
  const stamps: number[] = [];
  const values: number[] = [];
  const end = countUntil(trail, until);
  for (let at = countUntil(trail, after); at < end; at += 1) {
    const slot = slotOf(trail, at);
    stamps.push(trail.stamps[slot]!);
    values.push(trail.values[slot]!);
  }
  return { stamps, values };
}

/**
 * The values of the last `count` steps of the trail's spacing, oldest first, each as of the end of its step; the last step ends at or before `until`. Null
 * for a step in which nothing was noted.
 */
export function lastSteps(trail: Trail, until: Micros, count: number): (number | null)[] {
  const { spacing, stamps, values } = trail;
  const steps: (number | null)[] = new Array(count).fill(null);
  let end = Math.floor(until / spacing) * spacing;
  let at = countUntil(trail, end) - 1;
  for (let step = count - 1; step >= 0 && at >= 0; step -= 1, end -= spacing) {
    const slot = slotOf(trail, at);
    if (stamps[slot]! <= end - spacing) continue;
    steps[step] = values[slot]!;
    while (at >= 0 && stamps[slotOf(trail, at)]! > end - spacing) at -= 1;
  }
  return steps;
}
