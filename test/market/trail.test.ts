import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { asOf, createTrail, lastSteps, noteTrail, type Trail } from '../../src/market/trail.ts';
import { MINUTE, micros } from '../../src/model/units.ts';

const minute = (count: number) => micros(count * MINUTE);

/** What stands at the ends of the minutes from one to another. */
const between = (trail: Trail, from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => asOf(trail, minute(from + i), 0));

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
    expect(trail.size).toBe(3);
    expect(between(trail, 0, 2)).toEqual([0, 60, 120]);
  });

  test('forgets the oldest when it is full', () => {
    const trail = createTrail(3, MINUTE);
    for (const at of [1, 2, 3, 4]) noteTrail(trail, minute(at), at);
    noteTrail(trail, minute(0), 0);
    expect(trail.size).toBe(3);
    expect(between(trail, 0, 4)).toEqual([Number.NaN, Number.NaN, 2, 3, 4]);
  });

  test.prop([
    fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 200 }),
    fc.integer({ min: 1, max: 40 }),
  ])(
    'of any order and length holds what a sorted list of the newest would',
    (minutes, capacity) => {
      const trail = createTrail(capacity, MINUTE);
      let naive: number[] = [];
      for (const at of minutes) {
        noteTrail(trail, minute(at), at);
        if (!naive.includes(at)) naive = [...naive, at].sort((a, b) => a - b).slice(-capacity);
      }
      expect(trail.size).toBe(naive.length);
      for (let at = 0; at <= 90; at += 1)
        expect(asOf(trail, minute(at), 0)).toBe(naive.includes(at) ? at : Number.NaN);
    },
  );

  test.prop([fc.uniqueArray(fc.integer({ min: 0, max: 900 }), { maxLength: 60 })])(
    'tells the last minutes one by one, with holes where nothing was noted',
    (seconds) => {
      const trail = createTrail(100, MINUTE);
      for (const second of seconds) noteTrail(trail, micros(second * 1e6), second);
      const steps = lastSteps(trail, micros(900.5e6), 20);
      expect(steps).toHaveLength(20);
      steps.forEach((value, i) => {
        const known = asOf(trail, minute(15 - 19 + i), MINUTE - 1);
        expect(value).toBe(Number.isNaN(known) ? null : known);
      });
    },
  );

  test('takes no memory before its first value', () => {
    expect(createTrail(1560, MINUTE).stamps.byteLength).toBe(0);
  });
});
