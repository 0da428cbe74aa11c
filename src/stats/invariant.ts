/**
 * Largest magnitude a window takes. Its square, summed over every window we can hold, stays far
 * from the end of the double range, so no kernel can turn a finite input into Infinity or NaN.
 */
const LARGEST = 1e100;

/** Crashes loudly on our own mistakes; `rule` states the rule that was broken. */
export function assert(holds: boolean, rule: string): asserts holds {
  if (!holds) throw new Error(`Invariant: ${rule}`);
}

/** A number a window may hold: finite and at most 1e100 in magnitude; anything else is our mistake. */
export function assertMeasurable(x: number): void {
  if (!(Math.abs(x) <= LARGEST)) {
    throw new Error(`Invariant: a window takes finite numbers up to ${LARGEST}, not ${x}`);
  }
}

/** An instant in microseconds; the branch keeps the message unbuilt on the hot path. */
export function assertInstant(ts: number): void {
  if (!Number.isFinite(ts)) throw new Error(`Invariant: a time is a finite number, not ${ts}`);
}

/** A size of a window or an interval: a whole number from 1 up. */
export function assertWholePositive(n: number, name: string): void {
  assert(Number.isSafeInteger(n) && n >= 1, `${name} is a whole number from 1 up, not ${n}`);
}
