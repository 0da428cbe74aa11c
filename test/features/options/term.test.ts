import { fc, test } from '@fast-check/vitest';
import { quantileRank } from 'simple-statistics';
import { describe, expect } from 'vitest';
import {
  constantMaturity,
  percentileIn,
  rankIn,
  termShape,
} from '../../../src/features/options/term.ts';
import { absent, live } from '../../../src/model/reading.ts';

const points = (...rows: readonly (readonly [number, number])[]) =>
  rows.map(([days, iv]) => ({ days: live(days), atmIv: live(iv) }));

describe('volatility of a fixed number of days', () => {
  test('is linear in total variance between the expiries on both sides', () => {
    // σ²·t: 0.25·10 = 2.5, 0.36·40 = 14.4; half way 8.45, of 25 days.
    expect(constantMaturity(points([10, 0.5], [40, 0.6]), 25).value).toBeCloseTo(
      Math.sqrt(8.45 / 25),
      12,
    );
  });

  test('is that of an expiry of exactly so many days, and nothing beyond the nearest and the last', () => {
    const term = points([10, 0.5], [30, 0.7], [40, 0.6]);
    expect(constantMaturity(term, 30)).toEqual(live(0.7));
    expect(constantMaturity(term, 9)).toEqual(absent('no expiry within 9 days'));
    expect(constantMaturity(term, 41)).toEqual(absent('no expiry beyond 41 days'));
    expect(constantMaturity([], 7)).toEqual(absent('no IV of any expiry'));
  });

  test('passes over expiries without a volatility and keeps the marks of those it uses', () => {
    const term = [
      { days: live(10), atmIv: live(0.5, { estimated: true }) },
      { days: live(20), atmIv: absent('no strikes near the forward') },
      { days: live(40), atmIv: live(0.5) },
    ];
    expect(constantMaturity(term, 20)).toMatchObject({ state: 'live', estimated: true });
    expect(constantMaturity(term, 20).value).toBeCloseTo(0.5, 12);
  });

  test.prop(
    [fc.double({ min: 0.1, max: 3, noNaN: true }), fc.double({ min: 10, max: 40, noNaN: true })],
    { numRuns: 30 },
  )('is that of a flat term structure', (iv, days) => {
    expect(constantMaturity(points([10, iv], [40, iv]), days).value).toBeCloseTo(iv, 12);
  });
});

test('the term structure is named by its ends, and flat between the thresholds', () => {
  const shape = (near: number, far: number) => termShape(live(near), live(far), 0.02).value;
  expect(shape(0.5, 0.6)).toBe('contango');
  expect(shape(0.6, 0.5)).toBe('backwardation');
  expect(shape(0.5, 0.505)).toBe('flat');
  expect(termShape(absent('no expiry within 7 days'), live(0.5), 0.02)).toMatchObject({
    state: 'absent',
  });
});

describe('where a value stands in its history', () => {
  test('is its place between the least and the greatest, itself among them', () => {
    expect(rankIn([0.4, 0.8], 0.5)).toBeCloseTo(0.25, 12);
    expect(rankIn([0.4, 0.8], 0.9)).toBe(1);
    expect(rankIn([0.4, 0.8], 0.3)).toBe(0);
    expect(rankIn([0.4], 0.4)).toBeNaN();
  });

  test.prop(
    [fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1 }), fc.integer({ min: 0, max: 9 })],
    { numRuns: 50 },
  )('and the share of it that lies below', (history, value) => {
    const below = history.filter((other) => other < value).length;
    const equal = history.filter((other) => other === value).length;
    expect(percentileIn(history, value)).toBeCloseTo((below + equal / 2) / history.length, 12);
    if (equal === 0)
      expect(percentileIn(history, value)).toBeCloseTo(quantileRank(history, value), 12);
  });
});
