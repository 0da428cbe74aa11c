/**
 * Two-sums: what the rounding of `sum = a + b` left out, exactly. A running sum that carries its
 * rests along is good to about 2⁻¹⁰⁶ of the largest partial sum, so a number that is taken out
 * again leaves no trace that matters.
 *
 * Source: Knuth, TAOCP 2, 4.2.2 theorem B (TwoSum); Ogita, Rump, Oishi 2005 (Sum2).
 */
export function roundingOf(a: number, b: number, sum: number): number {
  const added = sum - a;
  return a - (sum - added) + (b - added);
}

/** Adds `x` to the sum held as `sums[at]` (rounded) and `sums[at + 1]` (its rests). */
export function accumulate(sums: Float64Array, at: number, x: number): void {
  const before = sums[at]!;
  const after = before + x;
  sums[at] = after;
  sums[at + 1] = sums[at + 1]! + roundingOf(before, x, after);
}

/** The sum held at `sums[at]` and `sums[at + 1]` as one double. */
export function accumulated(sums: Float64Array, at: number): number {
  return sums[at]! + sums[at + 1]!;
}
