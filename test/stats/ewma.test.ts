import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { createEwma, ewmaValue, pushEwma } from '../../src/stats/ewma.ts';
import { revivals } from './support/revived.ts';

const HALF_LIFE = 30_000_000;

const stream = fc.array(
  fc.record({
    wait: fc.integer({ min: 0, max: 4 * HALF_LIFE }),
    x: fc.double({ min: -100, max: 100, noNaN: true }),
  }),
  { minLength: 1 },
);

/** Every value with the weight that is left of it: what it got, halved by all that came after. */
function weighted(values: readonly { ts: number; x: number }[]): number {
  const newest = values.at(-1)!.ts;
  return values.reduce((sum, { ts, x }, i) => {
    const share = i === 0 ? 1 : 1 - 0.5 ** ((ts - values[i - 1]!.ts) / HALF_LIFE);
    return sum + x * share * 0.5 ** ((newest - ts) / HALF_LIFE);
  }, 0);
}

test.prop([stream])('is the mean with weights that halve every half-life', (steps) => {
  const ewma = createEwma(HALF_LIFE);
  const seen: { ts: number; x: number }[] = [];
  let ts = 0;
  for (const { wait, x } of steps) {
    ts += wait;
    seen.push({ ts, x });
    expect(pushEwma(ewma, ts, x)).toBe(ewmaValue(ewma));
    expect(ewmaValue(ewma)).toBeCloseTo(weighted(seen), 9);
  }
});

test('moves half of a step in one half-life, however finely it is sampled', () => {
  for (const every of [1_000, 1_000_000, HALF_LIFE]) {
    const ewma = createEwma(HALF_LIFE);
    pushEwma(ewma, 0, 0);
    for (let ts = every; ts <= HALF_LIFE; ts += every) pushEwma(ewma, ts, 1);
    expect(ewmaValue(ewma)).toBeCloseTo(0.5, 12);
  }
});

test.prop([stream])('stays between the least and the greatest value', (steps) => {
  const ewma = createEwma(HALF_LIFE);
  let ts = 0;
  for (const { wait, x } of steps) {
    ts += wait;
    pushEwma(ewma, ts, x);
  }
  const values = steps.map(({ x }) => x);
  expect(ewmaValue(ewma)).toBeGreaterThanOrEqual(Math.min(...values) - 1e-12);
  expect(ewmaValue(ewma)).toBeLessThanOrEqual(Math.max(...values) + 1e-12);
});

test('has no value before the first, and takes the first as it stands', () => {
  const ewma = createEwma(HALF_LIFE);
  expect(ewmaValue(ewma)).toBeNaN();
  expect(pushEwma(ewma, 1, 7)).toBe(7);
  expect(pushEwma(ewma, 1, 100)).toBe(7);
});

test('takes neither a time that runs backwards nor a number that is none', () => {
  const ewma = createEwma(HALF_LIFE);
  pushEwma(ewma, 5, 1);
  expect(() => pushEwma(ewma, 4, 1)).toThrow('Invariant: time in a mean');
  expect(() => pushEwma(ewma, Number.NaN, 1)).toThrow('Invariant: a time');
  expect(() => pushEwma(ewma, 6, Number.POSITIVE_INFINITY)).toThrow('Invariant: a window takes');
  expect(ewmaValue(ewma)).toBe(1);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
  'refuses a half-life of %s',
  (halfLife) => {
    expect(() => createEwma(halfLife)).toThrow('Invariant: a half-life');
  },
);

test.each(revivals)('goes on after a checkpoint as if there had been none', (revive) => {
  const ewma = createEwma(HALF_LIFE);
  pushEwma(ewma, 0, 3);
  const copy = revive(ewma);
  expect(pushEwma(copy, 1_000, 5)).toBe(pushEwma(ewma, 1_000, 5));
  expect(copy).toEqual(ewma);
});
