import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  divergenceConfidence,
  oiTrend,
  totalOf,
  weightedChange,
} from '../../src/features/open-interest-total.ts';
import { absent, live, type Reading, stale } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { MINUTE, micros } from '../../src/model/units.ts';
import { liveValue } from '../support/market.ts';

const part = (venue: string, reading: Reading, before: Reading = absent('warming 1 h')) => ({
  name: venue,
  venue,
  reading,
  before,
});
const old = stale(7, micros(MINUTE));

describe('a total over venues', () => {
  test('is the sum of what is live, and says what it lacks', () => {
    const whole = totalOf([part('a', live(3)), part('b', live(4))], 'open interest');
    expect(whole).toEqual({ reading: live(7), excluded: [] });
    const some = totalOf(
      [part('a', live(3)), part('b', old), part('c', absent('no open interest: c'))],
      'open interest',
    );
    expect(some.reading).toEqual(live(3, { partial: true }));
    expect(some.excluded).toEqual(['b: stale open interest', 'c: no open interest']);
  });

  test('of nothing that is live is absent, and never zero', () => {
    expect(totalOf([part('b', old)], 'open interest').reading).toEqual(
      absent('stale open interest'),
    );
    expect(totalOf([], 'open interest').reading).toEqual(absent('no perp with open interest'));
  });
});

describe('a change weighted by size', () => {
  test('weighs venues by what they held', () => {
    // 100 → 110 and 300 → 300: 10 of 400.
    const { reading } = weightedChange([
      part('a', live(110), live(100)),
      part('b', live(300), live(300)),
    ]);
    expect(liveValue(reading)).toBeCloseTo(0.025, 15);
  });

  test('leaves out who is not known then or now', () => {
    const { reading, excluded } = weightedChange([
      part('a', live(110), live(100)),
      part('b', live(300)),
      part('c', old, live(7)),
    ]);
    expect(reading).toEqual(live(0.1, { partial: true }));
    expect(excluded).toEqual(['c: stale open interest', 'b: warming 1 h']);
    expect(weightedChange([part('b', live(300))]).reading).toEqual(absent('warming 1 h'));
  });

  const size = fc.double({ min: 0.01, max: 1e6, noNaN: true });

  test.prop([fc.array(fc.tuple(size, size), { minLength: 1, maxLength: 6 }), size])(
    'lies between the changes of its parts and does not depend on the unit',
    (pairs, unit) => {
      const of = (scale: number) =>
        liveValue(
          weightedChange(
            pairs.map(([now, before], i) => part(`v${i}`, live(now * scale), live(before * scale))),
          ).reading,
        );
      const changes = pairs.map(([now, before]) => (now - before) / before);
      const tolerance = 1e-9 * Math.max(1, ...changes.map(Math.abs));
      expect(of(1)).toBeGreaterThanOrEqual(Math.min(...changes) - tolerance);
      expect(of(1)).toBeLessThanOrEqual(Math.max(...changes) + tolerance);
      expect(Math.abs(of(unit) - of(1))).toBeLessThan(tolerance);
    },
  );
});

describe('the trend of open interest', () => {
  const trend = (h1: number, h4: number, h24: number) =>
    oiTrend(h1, h4, h24, DEFAULT_SETTINGS.openInterest);

  test.each([
    [0.006, 0.02, 0, 'rising'],
    [0, 0.011, 0.03, 'rising'],
    [0.006, 0.02, -0.03, 'flat'],
    [0.005, 0.01, 0.02, 'flat'],
    [0.006, 0, 0, 'flat'],
    [-0.006, -0.02, 0.01, 'falling'],
  ] as const)('of %d, %d and %d is %s', (h1, h4, h24, expected) => {
    expect(trend(h1, h4, h24)).toBe(expected);
  });

  const change = fc.double({ min: -0.1, max: 0.1, noNaN: true });
  test.prop([change, change, change])('turns with its changes', (a, b, c) => {
    const turned = { rising: 'falling', falling: 'rising', flat: 'flat' } as const;
    expect(trend(-a, -b, -c)).toBe(turned[trend(a, b, c)]);
  });
});

describe('the confidence of a divergence', () => {
  test('is that of both moves together', () => {
    expect(divergenceConfidence(2, 1)).toBeCloseTo(0.9545 * 0.6827, 4);
    expect(divergenceConfidence(0, 5)).toBe(0);
  });

  const z = fc.double({ min: -6, max: 6, noNaN: true });
  test.prop([z, z])('lies within 0 and 1 and knows no sign or order', (a, b) => {
    const confidence = divergenceConfidence(a, b);
    expect(confidence).toBeGreaterThanOrEqual(0);
    expect(confidence).toBeLessThanOrEqual(1);
    expect(divergenceConfidence(-a, b)).toBe(confidence);
    expect(divergenceConfidence(b, a)).toBe(confidence);
    expect(divergenceConfidence(a * 1.5, b)).toBeGreaterThanOrEqual(confidence);
  });
});
