import { fc, test } from '@fast-check/vitest';
import { sum as exactSum } from 'simple-statistics';
import { expect } from 'vitest';
import { createRandom, nextNormal } from '../../src/stats/random.ts';
import { addTimedSum, createTimedSum, timedSum } from '../../src/stats/sums.ts';
import { revivals } from './support/revived.ts';

const second = 1_000_000;

const flow = fc.array(
  fc.record({
    wait: fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 3 * second })),
    x: fc.oneof(fc.integer({ min: -1_000, max: 1_000 }), fc.constantFrom(0.1, -0.3, 1e9, -1e9)),
    pause: fc.constantFrom(0, 0, 1, second, 20 * second),
  }),
  { maxLength: 80, size: 'max' },
);

test.prop([flow, fc.integer({ min: 1, max: 10 * second })])(
  'is the sum over (now − W, now] at any time',
  (steps, width) => {
    const sum = createTimedSum(width, 1_000);
    const items: { ts: number; x: number }[] = [];
    let now = 1_731_000_000_000_000;
    for (const { wait, x, pause } of steps) {
      now += wait;
      addTimedSum(sum, now, x);
      items.push({ ts: now, x });
      now += pause;
      const inside = items.filter(({ ts }) => ts > now - width).map((item) => item.x);
      // Items of one microsecond share a bucket, which is one double.
      expect(Math.abs(timedSum(sum, now) - exactSum(inside))).toBeLessThanOrEqual(
        1e-15 * exactSum(inside.map(Math.abs)),
      );
    }
    expect(timedSum(sum, now + width)).toBe(0);
    expect(sum.overflowed).toBe(0);
  },
);

test.prop([flow, fc.integer({ min: 1, max: 9 }), fc.constantFrom(second, 60 * second, 700)])(
  'in buckets is the sum over right-closed cells whose label the window covers',
  (steps, buckets, resolution) => {
    const width = buckets * resolution;
    const sum = createTimedSum(width, buckets + 1, resolution);
    const items: { ts: number; x: number }[] = [];
    let now = 0;
    for (const { wait, x, pause } of steps) {
      now += wait;
      addTimedSum(sum, now, x);
      items.push({ ts: now, x });
      now += pause;
      const covered = ({ ts }: { ts: number }) =>
        Math.ceil(ts / resolution) * resolution > now - width;
      const inside = items.filter(covered).map((item) => item.x);
      const tolerance = 1e-14 * exactSum(inside.map(Math.abs));
      expect(Math.abs(timedSum(sum, now) - exactSum(inside))).toBeLessThanOrEqual(tolerance);
    }
    expect(sum.overflowed).toBe(0);
  },
);

test.prop([flow])('in buckets is exact whenever the grid and the window meet', (steps) => {
  const exact = createTimedSum(10 * second, 1_000);
  const coarse = createTimedSum(10 * second, 11, second);
  let now = 0;
  for (const { wait, x } of steps) {
    const whole = Math.round(x);
    const close = Math.ceil((now + wait) / second) * second;
    addTimedSum(exact, now + wait, whole);
    addTimedSum(coarse, now + wait, whole);
    expect(timedSum(coarse, close)).toBe(timedSum(exact, close));
    now = close;
  }
});

test('forgets a spike without a trace', () => {
  const random = createRandom(4);
  const sum = createTimedSum(1_000, 2_000);
  const recent: number[] = [];
  for (let ts = 1; ts <= 20_000; ts++) {
    const x = ts < 15_000 && ts % 500 === 0 ? 1e9 : 1e-3 * nextNormal(random);
    addTimedSum(sum, ts, x);
    recent.push(x);
  }
  const expected = exactSum(recent.slice(-1_000));
  expect(Math.abs(timedSum(sum, 20_000) - expected)).toBeLessThan(1e-16);
});

test('is exactly zero again when everything has left, however large it was', () => {
  const random = createRandom(4);
  const sum = createTimedSum(1_000, 2_000);
  for (let ts = 1; ts <= 2_000; ts++) {
    addTimedSum(sum, ts, ts % 100 === 0 ? 1e25 : 1e-3 * nextNormal(random));
  }
  expect(timedSum(sum, 2_999)).not.toBe(0);
  expect(timedSum(sum, 3_000)).toBe(0);
});

test('lets the oldest bucket go when there is no room, and counts it', () => {
  const sum = createTimedSum(1_000, 3);
  for (let ts = 1; ts <= 5; ts++) addTimedSum(sum, ts, 10 ** ts);
  expect(timedSum(sum, 5)).toBe(111_000);
  expect(sum.overflowed).toBe(2);
});

test('of nothing is zero', () => {
  expect(timedSum(createTimedSum(1_000, 3), 77)).toBe(0);
});

test('takes neither a time that runs backwards nor a number that is none', () => {
  const sum = createTimedSum(1_000, 3);
  addTimedSum(sum, 5, 1);
  timedSum(sum, 9);
  expect(() => addTimedSum(sum, 8, 1)).toThrow('Invariant: time in a sum');
  expect(() => timedSum(sum, 8)).toThrow('Invariant: time in a sum');
  expect(() => timedSum(sum, Number.NaN)).toThrow('Invariant: a time');
  expect(() => addTimedSum(sum, 10, Number.NaN)).toThrow('Invariant: a window takes');
  expect(timedSum(sum, 9)).toBe(1);
});

test.each(revivals)('goes on after a checkpoint as if there had been none', (revive) => {
  const sum = createTimedSum(60 * second, 61, second);
  for (let i = 0; i < 100; i++) addTimedSum(sum, i * 700_000, 0.1 * i);
  const copy = revive(sum);
  for (let i = 100; i < 300; i++) {
    addTimedSum(sum, i * 700_000, 0.1 * i);
    addTimedSum(copy, i * 700_000, 0.1 * i);
    expect(timedSum(copy, i * 700_000)).toBe(timedSum(sum, i * 700_000));
  }
  expect(copy).toEqual(sum);
});
