import { fc, test } from '@fast-check/vitest';
import { cumulativeStdNormalProbability } from 'simple-statistics';
import { describe, expect } from 'vitest';
import { erf, withinDeviations } from '../../src/stats/normal.ts';

describe('the error function', () => {
  test.each([
    [0, 0],
    [0.5, 0.5204998778],
    [1, 0.8427007929],
    [2, 0.995322265],
    [-1, -0.8427007929],
  ])('of %d is %d', (x, expected) => {
    expect(Math.abs(erf(x) - expected)).toBeLessThan(1.5e-7);
  });
});

describe('the share of a normal variable within so many deviations', () => {
  test('is what tables say of one, two and three', () => {
    expect(withinDeviations(1)).toBeCloseTo(0.6827, 4);
    expect(withinDeviations(-2)).toBeCloseTo(0.9545, 4);
    expect(withinDeviations(3)).toBeCloseTo(0.9973, 4);
  });

  test.prop([fc.double({ min: -4, max: 4, noNaN: true })])('agrees with another’s Φ', (z) => {
    const other = 2 * cumulativeStdNormalProbability(Math.abs(z)) - 1;
    // It rounds z to two digits before it looks in a table.
    expect(Math.abs(withinDeviations(z) - other)).toBeLessThan(0.005);
    expect(withinDeviations(z)).toBe(withinDeviations(-z));
  });
});
