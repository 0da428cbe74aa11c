import { accumulate, accumulated } from './double-double.ts';
import { assert, assertInstant, assertMeasurable, assertWholePositive } from './invariant.ts';
import { createRing, popRing, pushRing, type Ring, replaceLast, ringAt, ringLast } from './ring.ts';

/**
 * Sum of a flow (volume, liquidations) over the trailing window (now − W, now].
 *
 * Items are kept in buckets (b − r, b], labelled by their close b, a multiple of the resolution r,
 * as the cells of the grid are. With r = 1 µs the sum is over exactly the window; with a coarser r
 * it is so whenever `now` and W are multiples of r, and otherwise takes up to r more at the far
 * end. The sum of the buckets is double-double: what leaves takes away what it brought, and an
 * emptied window is exactly 0.
 */
export interface TimedSum {
  readonly windowMicros: number;
  readonly resolutionMicros: number;
  /** Closing times of the buckets that hold items, oldest first, and what each adds up to. */
  readonly labels: Ring;
  readonly amounts: Ring;
  readonly sums: Float64Array;
  /** Latest time heard of, µs. */
  clock: number;
  /** Buckets that had to go for want of room although the window still covered them. */
  overflowed: number;
}

/**
 * An empty sum. It holds at most `maxItems` buckets; when that bites the oldest goes and
 * `overflowed` counts it. A busy stream wants a resolution: 24 h in buckets of 1 s need 86,401.
 */
export function createTimedSum(
  windowMicros: number,
  maxItems: number,
  resolutionMicros = 1,
): TimedSum {
  assertWholePositive(windowMicros, 'a window');
  assertWholePositive(resolutionMicros, 'a resolution');
  return {
    windowMicros,
    resolutionMicros,
    labels: createRing(maxItems),
    amounts: createRing(maxItems),
    sums: new Float64Array(2),
    clock: Number.NEGATIVE_INFINITY,
    overflowed: 0,
  };
}

/** Adds `x`, received at `ts` (µs), to the flow. Time never runs backwards. */
export function addTimedSum(sum: TimedSum, ts: number, x: number): void {
  assertMeasurable(x);
  advance(sum, ts);
  const { labels, amounts, sums, resolutionMicros } = sum;
  const label = Math.ceil(ts / resolutionMicros) * resolutionMicros;
  if (ringLast(labels) === label) {
    // The bucket goes out as the double it is, so the sum must hold that double and not its parts.
    const before = ringLast(amounts);
    replaceLast(amounts, before + x);
    accumulate(sums, 0, -before);
    accumulate(sums, 0, before + x);
    return;
  }
  pushRing(labels, label);
  const left = pushRing(amounts, x);
  accumulate(sums, 0, x);
  if (Number.isNaN(left)) return;
  accumulate(sums, 0, -left);
  sum.overflowed += 1;
}

/**
 * The sum over (now − W, now]; 0 when nothing flowed. Whether the stream was alive meanwhile is a
 * question for its owner. What has left the window is forgotten, so `now` never runs backwards.
 */
export function timedSum(sum: TimedSum, now: number): number {
  advance(sum, now);
  return accumulated(sum.sums, 0);
}

function advance(sum: TimedSum, now: number): void {
  assertInstant(now);
  assert(now >= sum.clock, 'time in a sum never runs backwards');
  sum.clock = now;
  const { labels, amounts, sums } = sum;
  while (ringAt(labels, 0) <= now - sum.windowMicros) {
    popRing(labels);
    accumulate(sums, 0, -popRing(amounts));
  }
  if (labels.size === 0) sums.fill(0);
}
