import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import {
  type Comoments,
  comomentsCorrelation,
  comomentsCount,
  comomentsFit,
  createComoments,
  evictOldestComoments,
  pushComoments,
} from '../../src/stats/comoments.ts';
import { createRandom, nextNormal, nextUniform, type Random } from '../../src/stats/random.ts';
import { correlation, linearRegression } from '../../src/stats/regression.ts';
import { revivals } from './support/revived.ts';

type Pair = readonly [x: number, y: number];

const kinds: readonly ((random: Random) => Pair)[] = [
  (random) => [nextNormal(random), nextNormal(random)],
  (random) => {
    const x = nextNormal(random);
    return [64_000 + 10 * x, 1e-4 - 1e-6 * (x + nextNormal(random))];
  },
  (random) => [nextNormal(random), 0.1],
  (random) => [0.1, nextNormal(random)],
  () => [7, 7],
  (random) => [nextUniform(random) < 0.5 ? 1e9 : 1, nextNormal(random)],
  (random) => {
    const x = nextNormal(random);
    return [x, 3 - 2 * x];
  },
];

/** Pairs that stay of one kind for a while. */
const stream = fc
  .record({
    seed: fc.nat(),
    runs: fc.array(
      fc.record({ kind: fc.constantFrom(...kinds), length: fc.integer({ min: 1, max: 30 }) }),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ seed, runs }) => {
    const random = createRandom(seed);
    return runs.flatMap(({ kind, length }) => Array.from({ length }, () => kind(random)));
  });

function expectSame(comoments: Comoments, window: readonly Pair[]): void {
  const xs = window.map(([x]) => x);
  const ys = window.map(([, y]) => y);
  expect(comomentsCount(comoments)).toBe(window.length);
  const r = correlation(xs, ys);
  if (Number.isNaN(r)) expect(comomentsCorrelation(comoments)).toBeNaN();
  else expect(Math.abs(comomentsCorrelation(comoments) - r)).toBeLessThan(1e-12);
  const fit = comomentsFit(comoments);
  const expected = linearRegression(xs, ys);
  expect(fit.n).toBe(expected.n);
  for (const key of ['slope', 'intercept', 't', 'r2'] as const) {
    if (Number.isNaN(expected[key])) expect(fit[key]).toBeNaN();
  }
  if (Number.isNaN(r)) return;
  const scale = Math.abs(expected.slope / r);
  expect(Math.abs(fit.slope - expected.slope)).toBeLessThan(1e-11 * scale);
  const reach = Math.max(...ys.map(Math.abs)) + scale * Math.max(...xs.map(Math.abs));
  expect(Math.abs(fit.intercept - expected.intercept)).toBeLessThan(1e-11 * reach);
  expect(Math.abs(fit.r2 - expected.r2)).toBeLessThan(1e-11);
  if (!Number.isNaN(expected.t)) {
    expect(Math.abs(fit.t - expected.t)).toBeLessThan(1e-7 * (1 + Math.abs(expected.t)));
  }
}

test.prop([fc.integer({ min: 1, max: 40 }), stream], { numRuns: 200 })(
  'agrees with recomputing from scratch after every pair, whatever passed through before',
  (capacity, pairs) => {
    const comoments = createComoments(capacity);
    pairs.forEach(([x, y], i) => {
      pushComoments(comoments, x, y);
      expectSame(comoments, pairs.slice(Math.max(0, i + 1 - capacity), i + 1));
    });
  },
);

test.prop([fc.integer({ min: 1, max: 60 }), stream], { numRuns: 200 })(
  'agrees with recomputing from scratch after every eviction',
  (capacity, pairs) => {
    const comoments = createComoments(capacity);
    const window: Pair[] = [];
    pairs.forEach((pair, i) => {
      pushComoments(comoments, ...pair);
      window.push(pair);
      if (window.length > capacity) window.shift();
      for (let left = i % 4; left > 0 && i % 3 === 0; left--) {
        evictOldestComoments(comoments);
        window.shift();
        expectSame(comoments, window);
      }
    });
  },
);

test('keeps a correlation after a spike of 1e9 on either side passed through', () => {
  const random = createRandom(8);
  const comoments = createComoments(3_600);
  const window: Pair[] = [];
  for (let i = 0; i < 40_000; i++) {
    const x = nextNormal(random);
    const pair: Pair = [
      i < 30_000 && i % 1_000 === 0 ? 1e9 : x,
      i < 30_000 && i % 1_500 === 0 ? 1e9 : 64_000 + x + nextNormal(random),
    ];
    pushComoments(comoments, ...pair);
    window.push(pair);
  }
  expectSame(comoments, window.slice(-3_600));
  expect(comomentsCorrelation(comoments)).toBeCloseTo(Math.SQRT1_2, 1);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('a pair with %s never enters', (bad) => {
  const comoments = createComoments(4);
  pushComoments(comoments, 1, 2);
  expect(() => pushComoments(comoments, bad, 1)).toThrow('Invariant: a window takes finite');
  expect(() => pushComoments(comoments, 1, bad)).toThrow('Invariant: a window takes finite');
  expectSame(comoments, [[1, 2]]);
});

test.each(revivals)('goes on after a checkpoint as if there had been none', (revive) => {
  const random = createRandom(12);
  const comoments = createComoments(50);
  const push = (...targets: Comoments[]) => {
    const pair: Pair = [nextNormal(random), nextNormal(random)];
    for (const target of targets) pushComoments(target, ...pair);
  };
  for (let i = 0; i < 80; i++) push(comoments);
  const copy = revive(comoments);
  for (let i = 0; i < 130; i++) {
    push(comoments, copy);
    expect(comomentsFit(copy)).toEqual(comomentsFit(comoments));
  }
  expect(copy).toEqual(comoments);
});
