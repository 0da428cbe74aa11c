import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  asOfHour,
  copyHours,
  createHourly,
  hourAt,
  isKnownWithin,
  setHour,
} from '../../src/market/hourly.ts';

const write = fc.record({
  hour: fc.integer({ min: 100, max: 160 }),
  stamp: fc.integer({ min: 0, max: 20 }),
  value: fc.integer({ min: 0, max: 5 }),
});

describe('an hourly series', () => {
  test.prop([fc.array(write, { maxLength: 80 })])(
    'holds the value of the latest stamp of each of its last hours, the first of equals',
    (writes) => {
      const series = createHourly(24);
      const naive = new Map<number, { stamp: number; value: number }>();
      let newest = 0;
      for (const { hour, stamp, value } of writes) {
        const before = hourAt(series, hour);
        const isNew = setHour(series, hour, stamp, value);
        expect(isNew).toBe(!Object.is(before, hourAt(series, hour)));
        // Another hour in the same slot is 24 hours away: the later one keeps it.
        const rival = [...naive.keys()].find((known) => known !== hour && known % 24 === hour % 24);
        if (rival !== undefined && rival > hour) continue;
        if (rival !== undefined) naive.delete(rival);
        const known = naive.get(hour);
        if (known === undefined || stamp > known.stamp) naive.set(hour, { stamp, value });
        newest = Math.max(newest, hour);
      }
      for (let hour = newest - 23; hour <= newest; hour += 1)
        expect(hourAt(series, hour)).toBe(naive.get(hour)?.value ?? Number.NaN);
    },
  );

  test.prop([
    fc.array(write, { maxLength: 40 }),
    fc.integer({ min: 90, max: 165 }),
    fc.integer({ min: 0, max: 24 }),
  ])('is copied as it is read', (writes, from, count) => {
    const series = createHourly(24);
    for (const { hour, stamp, value } of writes) setHour(series, hour, stamp, value);
    const out = new Float64Array(count).fill(-7);
    copyHours(series, from, count, out);
    expect([...out]).toEqual(Array.from({ length: count }, (_, i) => hourAt(series, from + i)));
  });

  test('takes no memory before its first value', () => {
    const series = createHourly();
    expect(series.values).toHaveLength(0);
    expect(hourAt(series, 492_000)).toBeNaN();
    expect(asOfHour(series, 492_000, 5)).toBeNaN();
    setHour(series, 492_000, 1, 7);
    expect(hourAt(series, 492_000)).toBe(7);
  });

  test('is carried over as many missing hours as is said and no further', () => {
    const series = createHourly(24);
    setHour(series, 10, 1, 7);
    expect([10, 11, 12, 13].map((hour) => asOfHour(series, hour, 2))).toEqual([
      7,
      7,
      7,
      Number.NaN,
    ]);
    expect(asOfHour(series, 9, 2)).toBeNaN();
  });
});

test.prop([
  fc.array(fc.integer({ min: 100, max: 160 }), { maxLength: 20 }),
  fc.integer({ min: 90, max: 180 }),
  fc.integer({ min: 0, max: 30 }),
])('a cell is known within so many as the value carried from there says', (hours, hour, within) => {
  const series = createHourly(24);
  for (const one of hours) setHour(series, one, one, one % 7 === 0 ? Number.NaN : one);
  expect(isKnownWithin(series, hour, within)).toBe(!Number.isNaN(asOfHour(series, hour, within)));
});
