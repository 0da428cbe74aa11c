import { fc, test } from '@fast-check/vitest';
import { errorFunction, mean, poissonDistribution, variance } from 'simple-statistics';
import { describe, expect } from 'vitest';
import {
  createRandom,
  nextExponential,
  nextNormal,
  nextPoisson,
  nextUint32,
  nextUniform,
  type Random,
} from '../../src/stats/random.ts';
import { revivals } from './support/revived.ts';

function draws(n: number, next: (random: Random) => number, seed = 1): number[] {
  const random = createRandom(seed);
  return Array.from({ length: n }, () => next(random));
}

/** Kolmogorov–Smirnov: √n times the largest distance from the distribution; 1.95 is exceeded by
 * one sample in a thousand. */
function distance(values: number[], distribution: (x: number) => number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  const gaps = sorted.map((x, i) =>
    Math.max(Math.abs(distribution(x) - i / n), Math.abs(distribution(x) - (i + 1) / n)),
  );
  return Math.sqrt(n) * gaps.reduce((a, b) => Math.max(a, b));
}

test('gives the words of the published xoshiro128**', () => {
  // From the authors' C program (version 1.1), state 1, 2, 3, 4: https://prng.di.unimi.it
  const random: Random = { words: Int32Array.of(1, 2, 3, 4), spareNormal: Number.NaN };
  expect(Array.from({ length: 10 }, () => nextUint32(random))).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
    4258142804,
  ]);
});

describe('a seed', () => {
  test.prop([fc.maxSafeInteger()])('determines the stream', (seed) => {
    expect(draws(20, nextUint32, seed)).toEqual(draws(20, nextUint32, seed));
  });

  test('unlike any neighbour, high word included, starts a stream of its own', () => {
    const seeds = Array.from({ length: 2_000 }, (_, i) => [i - 1_000, i * 2 ** 32]).flat();
    const distinct = new Set(seeds);
    const firsts = new Set([...distinct].map((seed) => draws(4, nextUint32, seed).join()));
    expect(firsts.size).toBe(distinct.size);
    const first = [...distinct].map((seed) => draws(1, nextUniform, seed)[0]!);
    expect(distance(first, (x) => x)).toBeLessThan(1.95);
  });

  test.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('is never %s', (seed) => {
    expect(() => createRandom(seed)).toThrow('Invariant: a seed');
  });

  test('gives the same numbers in every version, so that a demo stays what it was', () => {
    expect(draws(3, nextUint32, 0)).toEqual([3710951774, 1132860707, 758159838]);
    expect(draws(3, nextUint32, 20_241_105)).toEqual([3736324327, 4128656549, 3931857105]);
  });
});

describe('50,000 draws are distributed as they say', () => {
  test('uniform', () => {
    const values = draws(50_000, nextUniform);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(distance(values, (x) => x)).toBeLessThan(1.95);
  });

  test('normal', () => {
    const values = draws(50_000, nextNormal);
    expect(distance(values, (x) => (1 + errorFunction(x / Math.SQRT2)) / 2)).toBeLessThan(1.95);
    const products = values.slice(1).map((x, i) => x * values[i]!);
    expect(Math.abs(mean(products))).toBeLessThan(4 / Math.sqrt(50_000));
  });

  test('exponential', () => {
    const values = draws(50_000, nextExponential);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(distance(values, (x) => 1 - Math.exp(-x))).toBeLessThan(1.95);
  });

  test.each([0.01, 0.7, 3, 9.99, 10, 15.5, 40])('Poisson of mean %s', (expected) => {
    const values = draws(50_000, (random) => nextPoisson(random, expected));
    const probabilities = poissonDistribution(expected) as number[];
    let chiSquare = 0;
    let cells = 0;
    probabilities.forEach((probability, count) => {
      const due = 50_000 * probability;
      if (due < 5) return;
      const seen = values.filter((x) => x === count).length;
      chiSquare += (seen - due) ** 2 / due;
      cells += 1;
    });
    // Wilson and Hilferty: (χ²/k)^⅓ is nearly normal; 3.1 sd is one sample in a thousand.
    const k = Math.max(1, cells - 1);
    const z = (Math.cbrt(chiSquare / k) - (1 - 2 / (9 * k))) / Math.sqrt(2 / (9 * k));
    expect(z).toBeLessThan(3.1);
  });

  test.each([1_000, 1e6, 1e9])('Poisson of the large mean %s', (expected) => {
    const values = draws(50_000, (random) => nextPoisson(random, expected));
    expect(values.every((x) => Number.isInteger(x) && x >= 0)).toBe(true);
    expect(Math.abs(mean(values) - expected)).toBeLessThan(4 * Math.sqrt(expected / 50_000));
    expect(variance(values) / expected).toBeCloseTo(1, 1);
    const standard = (x: number) => (x + 0.5 - expected) / Math.sqrt(2 * expected);
    expect(distance(values, (x) => (1 + errorFunction(standard(x))) / 2)).toBeLessThan(4);
  });
});

test('counts nothing where nothing is expected, and takes only a mean that can be', () => {
  expect(draws(100, (random) => nextPoisson(random, 0))).toEqual(Array<number>(100).fill(0));
  for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => nextPoisson(createRandom(1), bad)).toThrow('Invariant: a mean count');
  }
});

test.each(revivals)(
  'goes on after a checkpoint, even between the two normals of a pair',
  (revive) => {
    const random = createRandom(6);
    nextNormal(random);
    const copy = revive(random);
    for (const next of [nextNormal, nextUniform, nextExponential, nextNormal, nextNormal]) {
      expect(next(copy)).toBe(next(random));
    }
    expect(copy).toEqual(random);
  },
);
