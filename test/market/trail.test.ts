import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { asOf, createTrail, noteTrail } from '../../src/market/trail.ts';
import { MINUTE, micros } from '../../src/model/units.ts';

const minute = (count: number) => micros(count * MINUTE);

describe('a trail', () => {
  test.prop([
    fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 40 }),
    fc.integer({ min: -5, max: 70 }),
    fc.integer({ min: 0, max: 30 }),
  ])(
    'gives the last value known then, in whatever order its minutes came',
    (minutes, then, age) => {
      const trail = createTrail(100, MINUTE);
      for (const at of minutes) noteTrail(trail, minute(at), at * 10);
      const last = Math.max(...minutes.filter((at) => at <= then && then - at <= age));
      expect(asOf(trail, minute(then), minute(age))).toBe(
        Number.isFinite(last) ? last * 10 : Number.NaN,
      );
    },
  );

  test('keeps one value a minute, the first', () => {
    const trail = createTrail(100, MINUTE);
    for (let second = 0; second < 180; second += 1) noteTrail(trail, micros(second * 1e6), second);
    expect(trail.values).toEqual([0, 60, 120]);
  });

  test('forgets the oldest when it is full', () => {
    const trail = createTrail(3, MINUTE);
    for (const at of [1, 2, 3, 4]) noteTrail(trail, minute(at), at);
    noteTrail(trail, minute(0), 0);
    expect(trail.values).toEqual([2, 3, 4]);
  });
});
