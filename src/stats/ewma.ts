import { assert, assertInstant, assertMeasurable } from './invariant.ts';

/** Exponentially weighted mean of values that arrive at any times. */
export interface Ewma {
  readonly halfLifeMicros: number;
  /** Time of the newest value, µs; NaN before the first. */
  ts: number;
  value: number;
}

/** A mean in which a value weighs half as much once `halfLifeMicros` have passed. */
export function createEwma(halfLifeMicros: number): Ewma {
  assert(
    halfLifeMicros > 0 && Number.isFinite(halfLifeMicros),
    'a half-life is finite and above 0',
  );
  return { halfLifeMicros, ts: Number.NaN, value: Number.NaN };
}

/**
 * Takes in `x` at `ts` (µs): value ← x + 2^(−Δt / half-life) · (value − x).
 *
 * The first value is taken as it stands. Of several values at one instant only the first counts,
 * since no time passes in which the others could. Time never runs backwards.
 *
 * @returns the new mean.
 */
export function pushEwma(ewma: Ewma, ts: number, x: number): number {
  assertMeasurable(x);
  assertInstant(ts);
  if (Number.isNaN(ewma.ts)) {
    ewma.value = x;
  } else {
    assert(ts >= ewma.ts, 'time in a mean never runs backwards');
    // 1 − 2^(−Δt / half-life), without the cancellation that short steps would suffer.
    const weight = -Math.expm1((-Math.LN2 * (ts - ewma.ts)) / ewma.halfLifeMicros);
    ewma.value += weight * (x - ewma.value);
  }
  ewma.ts = ts;
  return ewma.value;
}

/** The mean as of the newest value; NaN before the first. */
export function ewmaValue(ewma: Ewma): number {
  return ewma.value;
}
