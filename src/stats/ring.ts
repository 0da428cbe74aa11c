import { assertWholePositive } from './invariant.ts';

const FIRST_ALLOCATION = 32;

/**
 * The last `capacity` numbers, oldest first. Memory doubles as numbers arrive and stops at
 * `capacity`; from there each new number overwrites the oldest.
 */
export interface Ring {
  readonly capacity: number;
  data: Float64Array;
  /** Index of the oldest number in `data`. */
  head: number;
  size: number;
}

/** An empty ring that will hold at most `capacity` numbers. */
export function createRing(capacity: number): Ring {
  assertWholePositive(capacity, 'a capacity');
  const data = new Float64Array(Math.min(capacity, FIRST_ALLOCATION));
  return { capacity, data, head: 0, size: 0 };
}

/** Appends `x`. @returns the number it pushed out, NaN while there was room. */
export function pushRing(ring: Ring, x: number): number {
  const { head, size } = ring;
  if (size === ring.capacity) {
    const data = ring.data;
    const evicted = data[head]!;
    data[head] = x;
    ring.head = head + 1 === size ? 0 : head + 1;
    return evicted;
  }
  if (size === ring.data.length) grow(ring);
  ring.data[slotOf(ring, size)] = x;
  ring.size = size + 1;
  return Number.NaN;
}

/** Takes the oldest number out. @returns it, NaN when the ring is empty. */
export function popRing(ring: Ring): number {
  if (ring.size === 0) return Number.NaN;
  const oldest = ring.data[ring.head]!;
  ring.size -= 1;
  ring.head = ring.size === 0 || ring.head + 1 === ring.data.length ? 0 : ring.head + 1;
  return oldest;
}

/** How many numbers the ring holds now. */
export function ringSize(ring: Ring): number {
  return ring.size;
}

/** The number `iFromOldest` places after the oldest (0 = oldest); NaN outside the ring. */
export function ringAt(ring: Ring, iFromOldest: number): number {
  if (!(iFromOldest >= 0 && iFromOldest < ring.size)) return Number.NaN;
  return ring.data[slotOf(ring, iFromOldest)]!;
}

/** The newest number; NaN when the ring is empty. */
export function ringLast(ring: Ring): number {
  return ringAt(ring, ring.size - 1);
}

/** Overwrites the newest number; a ring without one stays empty. */
export function replaceLast(ring: Ring, x: number): void {
  if (ring.size > 0) ring.data[slotOf(ring, ring.size - 1)] = x;
}

/** A copy of the numbers, oldest first. */
export function ringToArray(ring: Ring): Float64Array {
  return copyInto(ring, new Float64Array(ring.size));
}

function grow(ring: Ring): void {
  const length = Math.min(ring.capacity, ring.data.length * 2);
  ring.data = copyInto(ring, new Float64Array(length));
  ring.head = 0;
}

function copyInto(ring: Ring, target: Float64Array): Float64Array {
  const { data, head, size } = ring;
  const end = Math.min(head + size, data.length);
  target.set(data.subarray(head, end));
  target.set(data.subarray(0, size - (end - head)), end - head);
  return target;
}

function slotOf(ring: Ring, iFromOldest: number): number {
  const slot = ring.head + iFromOldest;
  return slot < ring.data.length ? slot : slot - ring.data.length;
}
