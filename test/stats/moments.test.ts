import { fc, test } from '@fast-check/vitest';
import { sampleStandardDeviation, zScore } from 'simple-statistics';
import { describe, expect } from 'vitest';
import {
  createMoments,
  evictOldestMoments,
  type Moments,
  momentsAllEqual,
  momentsCount,
  momentsMean,
  momentsSd,
  momentsZ,
  pushMoments,
} from '../../src/stats/moments.ts';
import { createRandom, nextNormal, nextUniform } from '../../src/stats/random.ts';
import { ringToArray } from '../../src/stats/ring.ts';
import { exactMoments } from './support/exact.ts';
import { revivals } from './support/revived.ts';
import { marketStream } from './support/streams.ts';

function filled(capacity: number, values: Iterable<number>): Moments {
  const moments = createMoments(capacity);
  for (const x of values) pushMoments(moments, x);
  return moments;
}

/** What a window must say about `window`, recomputed exactly. */
function expectExact(moments: Moments, window: readonly number[]): void {
  expect(momentsCount(moments)).toBe(window.length);
  expect(momentsAllEqual(moments)).toBe(window.length > 0 && window.every((x) => x === window[0]));
  if (window.length === 0) {
    expect(momentsMean(moments)).toBeNaN();
    expect(momentsSd(moments)).toBeNaN();
    return;
  }
  const { mean, sd } = exactMoments(window);
  const spread = Number.isNaN(sd) ? 0 : sd;
  const meanError = Math.abs(momentsMean(moments) - mean);
  expect(meanError).toBeLessThanOrEqual(2 * Number.EPSILON * Math.abs(mean) + 1e-14 * spread);
  if (window.length < 2) expect(momentsSd(moments)).toBeNaN();
  else expect(Math.abs(momentsSd(moments) - sd)).toBeLessThanOrEqual(1e-13 * sd);
}

describe('a window of the last N', () => {
  test.prop([fc.integer({ min: 1, max: 40 }), marketStream], { numRuns: 300 })(
    'agrees with exact arithmetic after every number, whatever passed through before',
    (capacity, stream) => {
      const moments = createMoments(capacity);
      stream.forEach((x, i) => {
        pushMoments(moments, x);
        expectExact(moments, stream.slice(Math.max(0, i + 1 - capacity), i + 1));
      });
    },
  );

  test.prop([fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 2 })])(
    'agrees with simple-statistics',
    (values) => {
      const moments = filled(values.length, values);
      const sd = sampleStandardDeviation(values);
      expect(momentsSd(moments)).toBeCloseTo(sd, 9);
      if (sd > 1e-3)
        expect(momentsZ(moments, 5)).toBeCloseTo(zScore(5, momentsMean(moments), sd), 6);
    },
  );

  test.prop([marketStream, fc.integer({ min: -20, max: 0 })])(
    'scales with its numbers',
    (stream, power) => {
      const scaled = stream.map((x) => x * 2 ** power);
      expect(momentsSd(filled(25, scaled))).toBe(momentsSd(filled(25, stream)) * 2 ** power);
    },
  );
});

describe('a window bounded by its owner', () => {
  const steps = fc.tuple(marketStream, fc.array(fc.nat(3), { minLength: 1, maxLength: 30 }));
  test.prop([fc.integer({ min: 1, max: 60 }), steps], { numRuns: 300 })(
    'agrees with exact arithmetic after every eviction',
    (capacity, [stream, evictions]) => {
      const moments = createMoments(capacity);
      const window: number[] = [];
      stream.forEach((x, i) => {
        pushMoments(moments, x);
        window.push(x);
        if (window.length > capacity) window.shift();
        for (let left = evictions[i % evictions.length]!; left > 0 && i % 3 === 0; left--) {
          expect(evictOldestMoments(moments)).toBe(window.shift() ?? Number.NaN);
          expectExact(moments, window);
        }
      });
    },
  );
});

describe('a window without variance', () => {
  test('has an sd of exactly zero and no z when every value is equal', () => {
    const moments = filled(168, Array<number>(500).fill(0.1));
    expect(momentsAllEqual(moments)).toBe(true);
    expect(momentsSd(moments)).toBe(0);
    expect(momentsMean(moments)).toBe(0.1);
    expect(momentsZ(moments, 0.2)).toBeNaN();
  });

  test('has no z right after the last different value left it', () => {
    const moments = filled(3, [1e9, 0.0001, 0.0001]);
    expect(momentsZ(moments, 0)).not.toBeNaN();
    pushMoments(moments, 0.0001);
    expect(momentsZ(moments, 0)).toBeNaN();
    pushMoments(moments, 0.0002);
    expect(momentsZ(moments, 0.0002)).toBeCloseTo(2 / Math.sqrt(3), 9);
  });

  test('has no z when its sd is below 1e-12, and one from there on', () => {
    expect(momentsZ(filled(2, [0, 1.4e-12]), 1)).toBeNaN();
    expect(momentsZ(filled(2, [0, 1.5e-12]), 1)).not.toBeNaN();
  });

  test('of one value has a mean but no sd and no z', () => {
    const moments = filled(1, [3, 4, 5]);
    expect(momentsMean(moments)).toBe(5);
    expect(momentsSd(moments)).toBeNaN();
    expect(momentsZ(moments, 5)).toBeNaN();
  });
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e101])(
  'a value of %s never enters a window',
  (bad) => {
    const moments = filled(4, [1, 2]);
    expect(() => pushMoments(moments, bad)).toThrow('Invariant: a window takes finite numbers');
    expect(momentsCount(moments)).toBe(2);
    expect(momentsMean(moments)).toBe(1.5);
  },
);

describe('a window of seven days of seconds', () => {
  /** Two passes with deviations from the mean, long sums in 64 strands to keep rounding small. */
  function twoPass(values: Float64Array): number {
    const strands = new Float64Array(64);
    values.forEach((x, i) => {
      strands[i % 64]! += x - values[0]!;
    });
    const mean = values[0]! + strands.reduce((a, b) => a + b) / values.length;
    strands.fill(0);
    values.forEach((x, i) => {
      strands[i % 64]! += (x - mean) ** 2;
    });
    return Math.sqrt(strands.reduce((a, b) => a + b) / (values.length - 1));
  }

  test.each([
    ['a price', 64_000, 50],
    ['a funding rate', 1e-4, 1e-6],
  ])('keeps the sd of %s to 1e-13 after spikes of 1e9 passed through', (_, level, sd) => {
    const random = createRandom(7);
    const moments = createMoments(604_800);
    for (let i = 0; i < 2_000_000; i++) {
      const isSpike = i < 1_300_000 && i % 100_000 === 99_999;
      pushMoments(moments, isSpike ? 1e9 : level + sd * (2 * nextUniform(random) - 1));
    }
    const expected = twoPass(ringToArray(moments.values));
    expect(expected).toBeCloseTo(sd / Math.sqrt(3), 1);
    expect(Math.abs(momentsSd(moments) / expected - 1)).toBeLessThan(1e-13);
  });
});

test.each(revivals)('goes on after a checkpoint as if there had been none', (revive) => {
  const random = createRandom(11);
  const moments = createMoments(50);
  for (let i = 0; i < 130; i++) pushMoments(moments, i === 90 ? 1e9 : nextNormal(random));
  const copy = revive(moments);
  for (let i = 0; i < 130; i++) {
    const x = nextNormal(random);
    pushMoments(moments, x);
    pushMoments(copy, x);
    expect(copy).toEqual(moments);
  }
});
