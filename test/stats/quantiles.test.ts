import { fc, test } from '@fast-check/vitest';
import { max, median, min } from 'simple-statistics';
import { describe, expect } from 'vitest';
import {
  createQuantiles,
  evictOldestQuantiles,
  pushQuantiles,
  type Quantiles,
  quantileOf,
  quantilesCount,
  shareBelow,
} from '../../src/stats/quantiles.ts';
import { createRandom, nextNormal } from '../../src/stats/random.ts';
import { revivals } from './support/revived.ts';
import { marketStream } from './support/streams.ts';

function filled(capacity: number, values: Iterable<number>): Quantiles {
  const quantiles = createQuantiles(capacity);
  for (const x of values) pushQuantiles(quantiles, x);
  return quantiles;
}

/** Type 7, from a sorted copy. */
function naiveQuantile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (sorted.length - 1) * p;
  const low = sorted[Math.floor(rank)] ?? Number.NaN;
  const high = sorted[Math.ceil(rank)] ?? Number.NaN;
  return low === high ? low : low + (rank - Math.floor(rank)) * (high - low);
}

const share = fc.oneof(
  fc.constantFrom(0, 0.1, 0.5, 0.85, 0.9, 1),
  fc.double({ min: 0, max: 1, noNaN: true }),
);

describe('a window of the last N', () => {
  test.prop([fc.integer({ min: 1, max: 40 }), marketStream, share])(
    'agrees with sorting a copy after every number',
    (capacity, stream, p) => {
      const quantiles = createQuantiles(capacity);
      stream.forEach((x, i) => {
        pushQuantiles(quantiles, x);
        const window = stream.slice(Math.max(0, i + 1 - capacity), i + 1);
        expect(quantilesCount(quantiles)).toBe(window.length);
        expect(quantileOf(quantiles, p) + 0).toBe(naiveQuantile(window, p) + 0);
        expect(shareBelow(quantiles, x)).toBe(window.filter((y) => y < x).length / window.length);
      });
    },
  );

  test('agrees with sorting a copy at a size of many blocks', () => {
    const random = createRandom(1);
    const stream = Array.from({ length: 30_000 }, (_, i) => nextNormal(random) + i / 10_000);
    const quantiles = createQuantiles(10_080);
    stream.forEach((x, i) => {
      pushQuantiles(quantiles, x);
      if (i % 1_999 !== 0) return;
      const window = stream.slice(Math.max(0, i + 1 - 10_080), i + 1);
      for (const p of [0, 0.001, 0.2, 0.5, 0.85, 0.999, 1]) {
        expect(quantileOf(quantiles, p)).toBe(naiveQuantile(window, p));
      }
    });
  });

  test.prop([fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 1 })])(
    'agrees with simple-statistics on minimum, median and maximum',
    (values) => {
      const quantiles = filled(values.length, values);
      expect(quantileOf(quantiles, 0)).toBe(min(values));
      expect(quantileOf(quantiles, 0.5)).toBe(median(values));
      expect(quantileOf(quantiles, 1)).toBe(max(values));
    },
  );
});

test.prop([fc.integer({ min: 1, max: 60 }), marketStream, share])(
  'a window bounded by its owner agrees with sorting a copy after every eviction',
  (capacity, stream, p) => {
    const quantiles = createQuantiles(capacity);
    const window: number[] = [];
    stream.forEach((x, i) => {
      pushQuantiles(quantiles, x);
      window.push(x);
      if (window.length > capacity) window.shift();
      for (let left = i % 4; left > 0 && i % 3 === 0; left--) {
        expect(evictOldestQuantiles(quantiles)).toBe(window.shift() ?? Number.NaN);
        const expected = naiveQuantile(window, p);
        if (window.length === 0) expect(quantileOf(quantiles, p)).toBeNaN();
        else expect(quantileOf(quantiles, p) + 0).toBe(expected + 0);
      }
    });
  },
);

test('interpolates as NumPy and R do by default', () => {
  const quantiles = filled(4, [10, 40, 20, 30]);
  expect([0, 0.25, 0.5, 0.85, 1].map((p) => quantileOf(quantiles, p))).toEqual([
    10, 17.5, 25, 35.5, 40,
  ]);
});

test('has no quantile and no share while it is empty', () => {
  const quantiles = createQuantiles(5);
  expect(quantileOf(quantiles, 0.5)).toBeNaN();
  expect(shareBelow(quantiles, 0)).toBeNaN();
  expect(evictOldestQuantiles(quantiles)).toBeNaN();
});

test.each([-0.01, 1.01, Number.NaN])('refuses the quantile %s', (p) => {
  expect(() => quantileOf(filled(2, [1, 2]), p)).toThrow('Invariant: a quantile lies between');
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, -1e101])('a value of %s never enters', (bad) => {
  const quantiles = filled(4, [1, 2]);
  expect(() => pushQuantiles(quantiles, bad)).toThrow('Invariant: a window takes finite numbers');
  expect([quantilesCount(quantiles), quantileOf(quantiles, 0.5)]).toEqual([2, 1.5]);
});

test.each(revivals)('goes on after a checkpoint as if there had been none', (revive) => {
  const random = createRandom(2);
  const quantiles = createQuantiles(2_000);
  for (let i = 0; i < 3_000; i++) pushQuantiles(quantiles, nextNormal(random));
  const copy = revive(quantiles);
  for (let i = 0; i < 3_000; i++) {
    const x = nextNormal(random);
    pushQuantiles(quantiles, x);
    pushQuantiles(copy, x);
    expect(quantileOf(copy, 0.85)).toBe(quantileOf(quantiles, 0.85));
  }
  expect(copy).toEqual(quantiles);
});
