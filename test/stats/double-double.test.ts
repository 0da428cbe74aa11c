import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { accumulate, accumulated, roundingOf } from '../../src/stats/double-double.ts';
import { fixedPoint } from './support/exact.ts';

const measurable = fc.oneof(
  fc.double({ min: -1e100, max: 1e100, noNaN: true }),
  fc.double({ min: -1, max: 1, noNaN: true }),
  fc.constantFrom(1e9, -1e9, 0.1, 1e-9),
);

test.prop([measurable, measurable])('a sum and its rounding are the exact sum', (a, b) => {
  const sum = a + b;
  expect(fixedPoint(sum) + fixedPoint(roundingOf(a, b, sum))).toBe(fixedPoint(a) + fixedPoint(b));
});

test.prop([fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { maxLength: 200 })])(
  'a running sum is the exact sum but for one rounding, at any place of its array',
  (values) => {
    const sums = new Float64Array(6);
    for (const x of values) accumulate(sums, 2, x);
    const exact = values.map(fixedPoint).reduce((a, b) => a + b, 0n);
    const error = fixedPoint(accumulated(sums, 2)) - exact;
    const size = (x: bigint) => (x < 0n ? -x : x);
    const largest = values.reduce((sum, x) => sum + size(fixedPoint(x)), 0n);
    expect(size(error)).toBeLessThanOrEqual(size(exact) / 2n ** 53n + largest / 2n ** 90n);
    expect([sums[0], sums[1], sums[4], sums[5]]).toEqual([0, 0, 0, 0]);
  },
);
