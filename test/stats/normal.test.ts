import { fc, test } from '@fast-check/vitest';
import { cumulativeStdNormalProbability } from 'simple-statistics';
import { describe, expect } from 'vitest';
import { normalDensity, normalDistribution, withinDeviations } from '../../src/stats/normal.ts';

describe('the normal distribution', () => {
  // Forty digits of mpmath, rounded to a double.
  test.each([
    [-37, 5.725571222524577e-300],
    [-10, 7.619853024160525e-24],
    [-5, 2.866515718791939e-7],
    [-2, 0.02275013194817921],
    [-1, 0.15865525393145705],
    [-0.6, 0.2742531177500736],
    [0, 0.5],
    [0.25, 0.5987063256829237],
    [1, 0.8413447460685429],
    [3, 0.9986501019683699],
  ] as const)('is right to the last digits at %d', (x, expected) => {
    // The last digit of x is worth x² times as much far out.
    const tolerance = 1e-15 * Math.max(10, x * x);
    expect(Math.abs(normalDistribution(x) / expected - 1)).toBeLessThan(tolerance);
  });

  test('agrees with the table of another library to its four digits', () => {
    for (let x = -3; x <= 3; x += 0.01)
      expect(normalDistribution(x)).toBeCloseTo(cumulativeStdNormalProbability(x), 4);
  });

  test.prop([fc.double({ min: -8, max: 8, noNaN: true })], { numRuns: 50 })(
    'is symmetric, and its slope is the density',
    (x) => {
      expect(normalDistribution(x) + normalDistribution(-x)).toBeCloseTo(1, 14);
      const h = 1e-4;
      const slope = (normalDistribution(x + h) - normalDistribution(x - h)) / (2 * h);
      expect(slope).toBeCloseTo(normalDensity(x), 8);
    },
  );

  test('is nothing far below and everything far above', () => {
    expect(normalDistribution(-50)).toBe(0);
    expect(normalDistribution(50)).toBe(1);
    expect(normalDistribution(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(normalDistribution(Number.POSITIVE_INFINITY)).toBe(1);
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
