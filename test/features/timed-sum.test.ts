import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { sumAt } from '../../src/features/timed-sum.ts';
import { addTimedSum, createTimedSum, timedSum } from '../../src/stats/sums.ts';

const step = fc.record({
  gap: fc.integer({ min: 0, max: 40 }),
  amount: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
});

test.prop([fc.array(step, { maxLength: 50 }), fc.integer({ min: 0, max: 300 })])(
  'a sum read ahead of time is the one that time will bring, and nothing is forgotten by reading',
  (steps, later) => {
    const sum = createTimedSum(100, 64, 10);
    let now = 1000;
    for (const { gap, amount } of steps) {
      now += gap;
      addTimedSum(sum, now, amount);
    }
    const before = structuredClone(sum);
    const read = sumAt(sum, now + later);
    expect(sum).toEqual(before);
    expect(read).toBeCloseTo(timedSum(sum, now + later), 6);
    if (timedSum(sum, now + later) === 0) expect(read).toBeCloseTo(0, 9);
  },
);

test('a sum from which everything has left is exactly zero', () => {
  const sum = createTimedSum(100, 64, 10);
  addTimedSum(sum, 1000, 0.1);
  addTimedSum(sum, 1000, 0.2);
  expect(sumAt(sum, 1101)).toBe(0);
});
