import { assert, assertInstant, assertMeasurable } from './invariant.ts';
import { followMoments, type Moments, momentsOver } from './moments.ts';
import { followQuantiles, type Quantiles, quantilesOver } from './quantiles.ts';
import { createRing, popRing, pushRing, type Ring, ringAt, ringLast } from './ring.ts';

/**
 * Values with the time each became known, oldest first, and on request their moments and quantiles
 * over the same memory. The owner bounds it by time: `evictBefore(window, t − W)` leaves (t − W, t].
 */
export interface TimedWindow {
  readonly times: Ring;
  readonly values: Ring;
  readonly moments: Moments | undefined;
  readonly quantiles: Quantiles | undefined;
  /** Values that had to go for want of room although no time bound had reached them. */
  overflowed: number;
}

/** What a window keeps besides the values. */
export interface Tracked {
  readonly moments?: boolean;
  readonly quantiles?: boolean;
}

/**
 * An empty window. Memory doubles as values arrive, up to `capacity` values; after that the oldest
 * goes for each new one and `overflowed` counts it. Evict before pushing, so that a window that is
 * exactly full does not count what time would have taken anyway.
 */
export function createTimedWindow(capacity: number, tracked: Tracked = {}): TimedWindow {
  const values = createRing(capacity);
  return {
    times: createRing(capacity),
    values,
    moments: tracked.moments === true ? momentsOver(values) : undefined,
    quantiles: tracked.quantiles === true ? quantilesOver(values) : undefined,
    overflowed: 0,
  };
}

/**
 * Takes in `x`, known since `ts` (µs), which is never before the newest time.
 *
 * @returns the value that overflowed, NaN while there was room.
 */
export function pushTimed(window: TimedWindow, ts: number, x: number): number {
  assertMeasurable(x);
  assertInstant(ts);
  assert(!(ts < ringLast(window.times)), 'time in a window never runs backwards');
  pushRing(window.times, ts);
  const left = pushRing(window.values, x);
  if (!Number.isNaN(left)) window.overflowed += 1;
  follow(window, left, x);
  return left;
}

/** Drops everything known at `ts` (µs) or earlier. @returns how many values went. */
export function evictBefore(window: TimedWindow, ts: number): number {
  const { times, values } = window;
  let gone = 0;
  while (ringAt(times, 0) <= ts) {
    popRing(times);
    follow(window, popRing(values), Number.NaN);
    gone += 1;
  }
  return gone;
}

/** How many values the window holds now. */
export function timedCount(window: TimedWindow): number {
  return window.values.size;
}

/**
 * Backward as-of: the newest value known at `ts` (µs) or before; of several with one time the last.
 *
 * @returns NaN when the window holds none that early.
 */
export function timedAsOf(window: TimedWindow, ts: number): number {
  let low = 0;
  let high = window.times.size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ringAt(window.times, middle) <= ts) low = middle + 1;
    else high = middle;
  }
  return ringAt(window.values, low - 1);
}

/** The moments of the window, for `momentsMean` and its like; it was created to track them. */
export function timedMoments(window: TimedWindow): Moments {
  assert(window.moments !== undefined, 'moments are asked only of a window that tracks them');
  return window.moments;
}

/** The quantiles of the window, for `quantileOf` and its like; it was created to track them. */
export function timedQuantiles(window: TimedWindow): Quantiles {
  assert(window.quantiles !== undefined, 'quantiles are asked only of a window that tracks them');
  return window.quantiles;
}

function follow(window: TimedWindow, left: number, entered: number): void {
  if (window.moments !== undefined) followMoments(window.moments, left, entered);
  if (window.quantiles !== undefined) followQuantiles(window.quantiles, left, entered);
}
