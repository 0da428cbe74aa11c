import { fc, test } from '@fast-check/vitest';
import {
  linearRegression as referenceLine,
  rSquared,
  sampleCorrelation,
  sampleRankCorrelation,
} from 'simple-statistics';
import { describe, expect } from 'vitest';
import { createRandom, nextNormal } from '../../src/stats/random.ts';
import {
  autoregression,
  correlation,
  linearRegression,
  rankCorrelation,
  varianceRatio,
  varianceRatioZ,
} from '../../src/stats/regression.ts';
import { norris } from './support/norris.ts';

const none = Number.NaN;

/** Pairs that are far from lying on a line or on a point. */
const scatter = fc
  .record({ n: fc.integer({ min: 4, max: 60 }), seed: fc.nat(), tilt: fc.constantFrom(-3, 0, 0.5) })
  .map(({ n, seed, tilt }) => {
    const random = createRandom(seed);
    const xs = Array.from({ length: n }, () => 10 + nextNormal(random));
    return { xs, ys: xs.map((x) => 5 + tilt * x + nextNormal(random)) };
  });

/** A first-order autoregression around `mean`, x ← φ·x + ε. */
function simulated(phi: number, length: number, seed: number, mean = 0): number[] {
  const random = createRandom(seed);
  let deviation = 0;
  return Array.from({ length }, () => {
    deviation = phi * deviation + nextNormal(random);
    return mean + deviation;
  });
}

describe('a regression line', () => {
  test('has the certified values of NIST', () => {
    const fit = linearRegression(norris.xs, norris.ys);
    expect(fit.n).toBe(36);
    expect(fit.slope).toBeCloseTo(norris.slope, 12);
    expect(fit.intercept).toBeCloseTo(norris.intercept, 11);
    expect(fit.slope / fit.t).toBeCloseTo(norris.slopeError, 13);
    expect(fit.r2).toBeCloseTo(norris.r2, 13);
  });

  test.prop([scatter])('agrees with simple-statistics', ({ xs, ys }) => {
    const fit = linearRegression(xs, ys);
    const pairs = xs.map((x, i) => [x, ys[i]!]);
    const { m, b } = referenceLine(pairs);
    expect(fit.slope).toBeCloseTo(m, 7);
    expect(fit.intercept).toBeCloseTo(b, 7);
    expect(fit.r2).toBeCloseTo(
      rSquared(pairs, (x) => fit.intercept + fit.slope * x),
      7,
    );
    expect(fit.t).toBeCloseTo(
      Math.sign(fit.slope) * Math.sqrt(((xs.length - 2) * fit.r2) / (1 - fit.r2)),
      6,
    );
  });

  test.prop([scatter, fc.constantFrom(1e9, -64_000, 0.1)])(
    'does not depend on where zero is',
    ({ xs, ys }, shift) => {
      const here = linearRegression(xs, ys);
      const there = linearRegression(
        xs.map((x) => x + shift),
        ys,
      );
      expect(there.slope).toBeCloseTo(here.slope, 5);
      expect(there.t).toBeCloseTo(here.t, 4);
    },
  );

  test('has no slope through fewer than two points or one x', () => {
    const empty = { slope: none, intercept: none, t: none, r2: none };
    expect(linearRegression([], [])).toEqual({ n: 0, ...empty });
    expect(linearRegression([1], [2])).toEqual({ n: 1, ...empty });
    expect(linearRegression([0.1, 0.1, 0.1], [1, 2, 3])).toEqual({ n: 3, ...empty });
  });

  test('has no t where no residual is left, and no R² where y is constant', () => {
    expect(linearRegression([1, 3], [2, 6])).toEqual({
      n: 2,
      slope: 2,
      intercept: 0,
      t: none,
      r2: 1,
    });
    const xs = Array.from({ length: 240 }, (_, i) => 64_000 + 0.1 * i);
    const line = linearRegression(
      xs,
      xs.map((x) => 3 * x - 7),
    );
    expect(line.slope).toBeCloseTo(3, 9);
    expect(line.t).toBeNaN();
    const flat = linearRegression([1, 2, 4], [0.1, 0.1, 0.1]);
    expect(flat).toEqual({ n: 3, slope: 0, intercept: 0.1, t: none, r2: none });
  });

  test('takes only finite numbers in pairs', () => {
    expect(() => linearRegression([1, 2], [1])).toThrow('Invariant: paired series');
    expect(() => linearRegression([1, none], [1, 2])).toThrow('Invariant: a window takes finite');
  });
});

describe('a correlation', () => {
  test.prop([scatter])('agrees with simple-statistics', ({ xs, ys }) => {
    expect(correlation(xs, ys)).toBeCloseTo(sampleCorrelation(xs, ys), 9);
    expect(rankCorrelation(xs, ys)).toBeCloseTo(sampleRankCorrelation(xs, ys), 9);
  });

  test.prop([scatter])('turns its sign with one side and stays within ±1', ({ xs, ys }) => {
    const r = correlation(xs, ys);
    expect(Math.abs(r)).toBeLessThanOrEqual(1);
    expect(
      correlation(
        xs,
        ys.map((y) => -y),
      ),
    ).toBeCloseTo(-r, 12);
    expect(correlation(xs, xs)).toBeCloseTo(1, 12);
  });

  test.prop([scatter])('of ranks sees only the order', ({ xs, ys }) => {
    const bent = ys.map((y) => Math.exp(y / 10));
    expect(rankCorrelation(xs, bent)).toBe(rankCorrelation(xs, ys));
    expect(
      rankCorrelation(
        xs,
        xs.map((x) => x ** 3),
      ),
    ).toBeCloseTo(1, 12);
  });

  test('gives equal values their mean rank', () => {
    // Ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4: Pearson of the ranks is 4.5 / √(4.5 · 5).
    expect(rankCorrelation([1, 2, 2, 3], [10, 30, 20, 40])).toBeCloseTo(4.5 / Math.sqrt(22.5), 12);
  });

  test('does not exist below two pairs or where one side is constant', () => {
    for (const of of [correlation, rankCorrelation]) {
      expect(of([], [])).toBeNaN();
      expect(of([1], [2])).toBeNaN();
      expect(of([0.1, 0.1, 0.1], [1, 2, 3])).toBeNaN();
      expect(of([1, 2, 3], [0.1, 0.1, 0.1])).toBeNaN();
    }
  });
});

describe('an autoregression', () => {
  test.each([0.5, 0.9, 0.98])('finds the pull and half-life of φ = %s', (phi) => {
    const { n, b, t, halfLife } = autoregression(simulated(phi, 20_000, 9, 64_000));
    expect(n).toBe(19_999);
    expect(b).toBeCloseTo(phi - 1, 1);
    expect(halfLife / (-Math.LN2 / Math.log(phi))).toBeCloseTo(1, 0);
    expect(t).toBeLessThan(-2.86);
  });

  test('has the t of a regression of changes on levels', () => {
    const levels = simulated(0.9, 240, 10);
    const before = levels.slice(0, -1);
    const changes = before.map((x, i) => levels[i + 1]! - x);
    const { slope, t } = linearRegression(before, changes);
    const fit = autoregression(levels);
    expect([fit.b, fit.t]).toEqual([slope, t]);
  });

  test('halves a deviation in one half-life', () => {
    const b = -1 / 16;
    const levels = Array.from({ length: 40 }, (_, i) => 100 + 8 * (1 + b) ** i);
    const { halfLife } = autoregression(levels);
    expect(8 * (1 + b) ** halfLife).toBeCloseTo(4, 9);
  });

  test('has no half-life when it runs away or overshoots', () => {
    const runaway = Array.from({ length: 20 }, (_, i) => 1.1 ** i);
    expect(autoregression(runaway).b).toBeCloseTo(0.1, 9);
    expect(autoregression(runaway).halfLife).toBeNaN();
    const seesaw = Array.from({ length: 20 }, (_, i) => (-0.9) ** i);
    expect(autoregression(seesaw).b).toBeCloseTo(-1.9, 9);
    expect(autoregression(seesaw).halfLife).toBeNaN();
    for (const still of [[], [1], [5, 5, 5, 5]]) {
      expect(autoregression(still)).toMatchObject({ b: none, t: none, halfLife: none });
    }
  });

  test('rejects a random walk about as rarely as the Dickey–Fuller table says', () => {
    const walks = Array.from({ length: 1_000 }, (_, seed) => simulated(1, 250, seed));
    const rejected = walks.filter((walk) => autoregression(walk).t < -2.88).length;
    expect(rejected).toBeGreaterThan(25);
    expect(rejected).toBeLessThan(80);
  });
});

describe('a variance ratio', () => {
  /** The definition: mean-adjusted changes, each variance with its own unbiased divisor. */
  function naive(levels: readonly number[], q: number): number {
    const changesOf = (lag: number) => levels.slice(lag).map((x, i) => x - levels[i]!);
    const n = levels.length - 1;
    const mean = changesOf(1).reduce((a, b) => a + b) / n;
    const squares = (lag: number) =>
      changesOf(lag).reduce((sum, change) => sum + (change - lag * mean) ** 2, 0);
    return squares(q) / (q * (n - q + 1) * (1 - q / n)) / (squares(1) / (n - 1));
  }

  test.prop([fc.integer({ min: 12, max: 200 }), fc.integer({ min: 1, max: 9 }), fc.nat()])(
    'agrees with its definition',
    (length, lag, seed) => {
      const levels = simulated(0.95, length, seed, 11);
      expect(varianceRatio(levels, lag)).toBeCloseTo(naive(levels, lag), 9);
    },
  );

  test('is 1 for one step, near 1 for a random walk, below for reversion, above for trend', () => {
    const walk = simulated(1, 20_000, 1);
    expect(varianceRatio(walk, 1)).toBeCloseTo(1, 12);
    expect(varianceRatio(walk, 10)).toBeCloseTo(1, 1);
    expect(varianceRatio(simulated(0.5, 5_000, 2), 10)).toBeLessThan(0.5);
    let level = 0;
    const trend = simulated(0.5, 5_000, 3).map((step) => {
      level += step;
      return level;
    });
    expect(varianceRatio(trend, 10)).toBeGreaterThan(2);
  });

  test('does not depend on scale, offset or drift', () => {
    const levels = simulated(0.97, 300, 4);
    const moved = levels.map((x, i) => 8 * x + 5 * i - 100);
    expect(varianceRatio(moved, 5)).toBeCloseTo(varianceRatio(levels, 5), 9);
  });

  test('does not exist for too few changes or changes without variance', () => {
    expect(varianceRatio([], 2)).toBeNaN();
    expect(varianceRatio([1, 2, 4], 2)).toBeNaN();
    expect(varianceRatio([1, 2, 4, 3], 2)).not.toBeNaN();
    expect(varianceRatio([7, 7, 7, 7, 7], 2)).toBeNaN();
    expect(
      varianceRatio(
        Array.from({ length: 100 }, (_, i) => 11 + 0.1 * i),
        2,
      ),
    ).toBeNaN();
    expect(() => varianceRatio([1, 2, 3], 0)).toThrow('Invariant: a lag');
    expect(() => varianceRatio([1, Infinity, 3], 1)).toThrow('Invariant: a window takes finite');
    expect(varianceRatio([1, none, 3, none, 4], 1)).toBeNaN();
  });

  test('leaves out changes of which one end is unknown', () => {
    const levels: number[] = simulated(0.9, 300, 5);
    levels[100] = none;
    levels[101] = none;
    const changes = (lag: number) =>
      levels.flatMap((x, i) => {
        const change = x - (levels[i - lag] ?? none);
        return Number.isNaN(change) ? [] : [change];
      });
    const ones = changes(1);
    const mean = ones.reduce((sum, x) => sum + x, 0) / ones.length;
    const squares = (lag: number) =>
      changes(lag).reduce((sum, x) => sum + (x - lag * mean) ** 2, 0);
    const naive =
      squares(5) /
      (5 * changes(5).length * (1 - 5 / ones.length)) /
      (squares(1) / (ones.length - 1));
    expect(varianceRatio(levels, 5)).toBeCloseTo(naive, 9);
  });

  test('of random walks lies as many standard errors from 1 as a normal number does', () => {
    const scores = Array.from({ length: 200 }, (_, seed) => {
      let level = 0;
      const walk = simulated(0, 241, seed + 10).map((step) => {
        level += step;
        return level;
      });
      return varianceRatioZ(varianceRatio(walk, 15), 15, 240);
    });
    const mean = scores.reduce((sum, z) => sum + z, 0) / scores.length;
    const sd = Math.sqrt(scores.reduce((sum, z) => sum + (z - mean) ** 2, 0) / scores.length);
    expect(Math.abs(mean)).toBeLessThan(0.25);
    expect(sd).toBeGreaterThan(0.8);
    expect(sd).toBeLessThan(1.25);
    // Golden: √(2 · 29 · 14 / (3 · 15 · 240)).
    expect(varianceRatioZ(2, 15, 240)).toBeCloseTo(1 / Math.sqrt(812 / 10_800), 12);
  });
});
