import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { momentsMean, momentsSd, momentsZ } from '../../src/stats/moments.ts';
import { quantileOf } from '../../src/stats/quantiles.ts';
import { ringToArray } from '../../src/stats/ring.ts';
import {
  createTimedWindow,
  evictBefore,
  pushTimed,
  timedAsOf,
  timedCount,
  timedMoments,
  timedQuantiles,
} from '../../src/stats/timed-window.ts';
import { exactMoments } from './support/exact.ts';
import { revivals } from './support/revived.ts';

interface Sample {
  readonly ts: number;
  readonly x: number;
}

/** Samples in order of time; several may share an instant, and silences may empty a window. */
const samples = fc
  .array(
    fc.record({
      wait: fc.oneof(fc.nat(5), fc.constantFrom(0, 1_000, 50_000)),
      x: fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom(64_000, 64_000.1, 1e9)),
    }),
    { maxLength: 80, size: 'max' },
  )
  .map((steps) => {
    let ts = 1_731_000_000_000_000;
    return steps.map(({ wait, x }): Sample => {
      ts += wait;
      return { ts, x };
    });
  });

test.prop([samples, fc.integer({ min: 1, max: 20_000 }), fc.integer({ min: 1, max: 70 })])(
  'holds exactly what fell into (t − W, t], as far as it has room',
  (stream, width, capacity) => {
    const window = createTimedWindow(capacity, { moments: true, quantiles: true });
    let twin: Sample[] = [];
    let overflowed = 0;
    for (const sample of stream) {
      const kept = twin.filter(({ ts }) => ts > sample.ts - width);
      expect(evictBefore(window, sample.ts - width)).toBe(twin.length - kept.length);
      twin = [...kept, sample];
      const lost = twin.length > capacity ? twin.shift() : undefined;
      if (lost !== undefined) overflowed += 1;
      expect(pushTimed(window, sample.ts, sample.x)).toBe(lost?.x ?? Number.NaN);

      const values = twin.map(({ x }) => x);
      expect(timedCount(window)).toBe(twin.length);
      expect([...ringToArray(window.values)]).toEqual(values);
      expect([...ringToArray(window.times)]).toEqual(twin.map(({ ts }) => ts));
      const { mean, sd } = exactMoments(values);
      const scale = Math.max(...values.map(Math.abs));
      expect(Math.abs(momentsMean(timedMoments(window)) - mean)).toBeLessThanOrEqual(1e-15 * scale);
      if (twin.length > 1) {
        expect(Math.abs(momentsSd(timedMoments(window)) - sd)).toBeLessThanOrEqual(1e-13 * sd);
      }
      expect(quantileOf(timedQuantiles(window), 1)).toBe(Math.max(...values));
    }
    expect(window.overflowed).toBe(overflowed);
  },
);

test.prop([samples, fc.nat(300_000)])(
  'knows the last value at or before any time',
  (stream, wait) => {
    const window = createTimedWindow(100);
    for (const { ts, x } of stream) pushTimed(window, ts, x);
    const ts = (stream[0]?.ts ?? 0) - 1 + wait;
    const known = stream.filter((sample) => sample.ts <= ts);
    expect(timedAsOf(window, ts)).toBe(known.at(-1)?.x ?? Number.NaN);
  },
);

test('a window of 168 cells that time keeps full never overflows', () => {
  const hour = 3_600_000_000;
  const window = createTimedWindow(168, { moments: true });
  for (let cell = 1; cell <= 500; cell++) {
    evictBefore(window, (cell - 168) * hour);
    pushTimed(window, cell * hour, cell);
  }
  expect([timedCount(window), window.overflowed]).toEqual([168, 0]);
  expect(momentsMean(timedMoments(window))).toBe((333 + 500) / 2);
});

test('starts over when silence has emptied it', () => {
  const window = createTimedWindow(10, { moments: true, quantiles: true });
  for (const x of [1e9, 2, 3]) pushTimed(window, 1, x);
  expect(evictBefore(window, 1)).toBe(3);
  expect(timedCount(window)).toBe(0);
  expect(momentsMean(timedMoments(window))).toBeNaN();
  expect(quantileOf(timedQuantiles(window), 0.5)).toBeNaN();
  pushTimed(window, 2, 1);
  pushTimed(window, 2, 3);
  expect(momentsZ(timedMoments(window), 2)).toBe(0);
});

test('keeps only what it was asked to track', () => {
  const window = createTimedWindow(10);
  expect(() => timedMoments(window)).toThrow('Invariant: moments are asked only');
  expect(() => timedQuantiles(window)).toThrow('Invariant: quantiles are asked only');
});

test('takes neither a time that runs backwards nor a number that is none', () => {
  const window = createTimedWindow(10, { moments: true });
  pushTimed(window, 5, 1);
  expect(() => pushTimed(window, 4, 1)).toThrow('Invariant: time in a window');
  expect(() => pushTimed(window, Number.NaN, 1)).toThrow('Invariant: a time');
  expect(() => pushTimed(window, 6, Number.NaN)).toThrow('Invariant: a window takes');
  expect(timedCount(window)).toBe(1);
});

test.each(revivals)('goes on after a checkpoint as if there had been none', (revive) => {
  const window = createTimedWindow(100, { moments: true, quantiles: true });
  for (let i = 0; i < 150; i++) pushTimed(window, i, (i * 37) % 101);
  const copy = revive(window);
  for (let i = 150; i < 400; i++) {
    for (const each of [window, copy]) {
      evictBefore(each, i - 60);
      pushTimed(each, i, (i * 37) % 101);
    }
    expect(momentsSd(timedMoments(copy))).toBe(momentsSd(timedMoments(window)));
    expect(quantileOf(timedQuantiles(copy), 0.1)).toBe(quantileOf(timedQuantiles(window), 0.1));
  }
  expect(copy).toEqual(window);
});
