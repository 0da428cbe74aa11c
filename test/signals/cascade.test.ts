import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import {
  advanceCohorts,
  type CohortSize,
  cascadeLevel,
  cohortsIn,
  consume,
  createCohortBook,
  levelsAround,
  liquidationPrice,
  notionalWithin,
  scaledThresholds,
} from '../../src/signals/cascade.ts';

const SETTINGS = { leverage: DEFAULT_SETTINGS.cascade.leverage, maintenance: 0.004 };

type Interval = Parameters<typeof advanceCohorts>[1];
const interval = (openInterest: number, price: number, more: Partial<Interval> = {}): Interval => ({
  hour: 1,
  openInterest,
  price,
  low: price,
  high: price,
  buyShare: 0.5,
  ...more,
});

const sizeOf = (cohorts: Iterable<CohortSize>, side?: 'long' | 'short') => {
  let sum = 0;
  for (const cohort of cohorts) if (side === undefined || cohort.side === side) sum += cohort.size;
  return sum;
};

describe('a liquidation price', () => {
  test('is that of the specification', () => {
    expect(liquidationPrice('long', 100, 20, 0.005)).toBeCloseTo(95.477, 3);
    expect(liquidationPrice('short', 100, 20, 0.005)).toBeCloseTo(104.478, 3);
  });

  test.prop([
    fc.double({ min: 0.001, max: 1e6, noNaN: true }),
    fc.integer({ min: 2, max: 100 }),
    fc.double({ min: 0, max: 0.0099, noNaN: true }),
  ])('lies on the losing side, closer with more leverage', (entry, leverage, maintenance) => {
    const long = liquidationPrice('long', entry, leverage, maintenance);
    const short = liquidationPrice('short', entry, leverage, maintenance);
    expect(long).toBeLessThan(entry);
    expect(short).toBeGreaterThan(entry);
    expect(liquidationPrice('long', entry, leverage + 1, maintenance)).toBeGreaterThan(long);
    expect(liquidationPrice('short', entry, leverage + 1, maintenance)).toBeLessThan(short);
  });
});

describe('cohorts', () => {
  const step = fc.record({
    openInterest: fc.double({ min: 1, max: 1e6, noNaN: true }),
    move: fc.double({ min: -0.06, max: 0.06, noNaN: true }),
    reach: fc.double({ min: 0, max: 0.03, noNaN: true }),
    buyShare: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  test.prop([fc.array(step, { minLength: 1, maxLength: 60 })])(
    'add up to OI after every interval, and none outlives its price',
    (steps) => {
      const book = createCohortBook();
      let price = 100;
      for (const { openInterest, move, reach, buyShare } of steps) {
        const before = price;
        price *= 1 + move;
        const low = Math.min(before, price) * (1 - reach);
        const high = Math.max(before, price) * (1 + reach);
        advanceCohorts(book, interval(openInterest, price, { low, high, buyShare }), SETTINGS);
        const cohorts = [...cohortsIn(book)];
        expect(Math.abs(sizeOf(cohorts) / openInterest - 1)).toBeLessThan(1e-9);
        expect(book.total).toBe(openInterest);
        for (const { side, liquidation, entry, size } of cohorts) {
          expect(size).toBeGreaterThanOrEqual(0);
          // Those opened in this interval have the range before them.
          if (entry === price) continue;
          if (side === 'long') expect(liquidation).toBeLessThan(low);
          else expect(liquidation).toBeGreaterThan(high);
        }
      }
    },
  );

  test.prop([fc.array(step, { minLength: 1, maxLength: 40 })])(
    'are those of a plain list that is filtered and scaled',
    (steps) => {
      const book = createCohortBook();
      let plain: CohortSize[] = [];
      let price = 100;
      const weights = SETTINGS.leverage.reduce((sum, [, weight]) => sum + weight, 0);
      for (const { openInterest, move, reach, buyShare } of steps) {
        price *= 1 + move;
        const [low, high] = [price * (1 - reach), price * (1 + reach)];
        advanceCohorts(book, interval(openInterest, price, { low, high, buyShare }), SETTINGS);
        plain = plain.filter(({ side, liquidation }) =>
          side === 'long' ? liquidation < low : liquidation > high,
        );
        const total = sizeOf(plain);
        if (openInterest < total)
          plain = plain.map((one) => ({ ...one, size: (one.size * openInterest) / total }));
        else
          for (const [leverage, weight] of SETTINGS.leverage)
            for (const side of ['long', 'short'] as const)
              plain.push({
                side,
                entry: price,
                liquidation: liquidationPrice(side, price, leverage, SETTINGS.maintenance),
                size:
                  ((openInterest - total) * weight * (side === 'long' ? buyShare : 1 - buyShare)) /
                  weights,
              });
      }
      const near = { long: 0, short: 0 };
      for (const { side, liquidation, size } of plain)
        if (
          side === 'long'
            ? liquidation <= price && liquidation >= price * 0.95
            : liquidation >= price && liquidation <= price * 1.05
        )
          near[side] += size * liquidation;
      const { long, short } = notionalWithin(book, price, 0.05);
      const scale = price * sizeOf(plain);
      expect(Math.abs(long - near.long) / scale).toBeLessThan(1e-9);
      expect(Math.abs(short - near.short) / scale).toBeLessThan(1e-9);
    },
  );

  test('are split between the sides by who was aggressive, and over leverage by the weights', () => {
    const book = createCohortBook();
    advanceCohorts(book, interval(1000, 100, { buyShare: 0.7 }), SETTINGS);
    expect(sizeOf(cohortsIn(book), 'long')).toBeCloseTo(700, 9);
    expect(sizeOf(cohortsIn(book), 'short')).toBeCloseTo(300, 9);
    const tenfold = [...cohortsIn(book)].find(
      ({ side, liquidation }) =>
        side === 'long' && liquidation === liquidationPrice('long', 100, 10, 0.004),
    );
    expect(tenfold?.size).toBeCloseTo(210, 9);
  });

  test('open only by what OI rose: OI that falls shrinks all in proportion and moves no price', () => {
    const book = createCohortBook();
    advanceCohorts(book, interval(1000, 100), SETTINGS);
    const before = [...cohortsIn(book)];
    advanceCohorts(book, interval(250, 100), SETTINGS);
    const after = [...cohortsIn(book)];
    expect(after.map(({ liquidation }) => liquidation)).toEqual(
      before.map(({ liquidation }) => liquidation),
    );
    for (const [i, { size }] of after.entries()) expect(size).toBeCloseTo(before[i]!.size / 4, 9);
  });

  test('die when price trades through their level, at the level itself too', () => {
    const book = createCohortBook();
    advanceCohorts(book, interval(1000, 100), SETTINGS);
    const level = liquidationPrice('long', 100, 25, 0.004);
    const count = () => [...cohortsIn(book)].length;
    consume(book, level + 1e-9, 100);
    const alive = count();
    consume(book, level, 100);
    expect(count()).toBe(alive - 1);
    expect(book.total).toBeCloseTo(sizeOf(cohortsIn(book)), 9);
    consume(book, 0, 1e9);
    expect(count()).toBe(0);
    expect(book.total).toBe(0);
  });

  test('are replaced by new ones at the new price when OI does not fall with them', () => {
    const book = createCohortBook();
    advanceCohorts(book, interval(1000, 100), SETTINGS);
    advanceCohorts(book, interval(1000, 97, { low: 97, high: 100 }), SETTINGS);
    const dead = 0.08 + 0.12;
    const young = [...cohortsIn(book)].filter(({ entry }) => entry === 97);
    expect(sizeOf(young)).toBeCloseTo(1000 * dead * 0.5, 6);
    expect(sizeOf(cohortsIn(book))).toBeCloseTo(1000, 9);
  });

  test('survive years of hours within bounds', () => {
    const book = createCohortBook();
    for (let hour = 0; hour < 4000; hour += 1)
      advanceCohorts(book, interval(1000 + hour * 7, 100 + Math.sin(hour) * 0.2), SETTINGS);
    expect([...cohortsIn(book)].length).toBeLessThanOrEqual(8192);
    expect(sizeOf(cohortsIn(book))).toBeCloseTo(1000 + 3999 * 7, 4);
    for (let hour = 0; hour < 200; hour += 1)
      advanceCohorts(book, interval(hour % 2 === 0 ? 1e-3 : 1e6, 100), SETTINGS);
    expect(sizeOf(cohortsIn(book))).toBeCloseTo(1e6, 2);
  });

  test('are listed by price in bins that stay where they are while price moves a little', () => {
    const book = createCohortBook();
    advanceCohorts(book, interval(1000, 90), SETTINGS);
    const levels = levelsAround(book, 90, 0.1, 0.005);
    expect(levels.map(({ from }) => from)).toEqual(
      [...levels].sort((a, b) => a.from - b.from).map(({ from }) => from),
    );
    for (const { side, from, to, notional } of levels) {
      expect(to - from).toBeCloseTo(0.5, 9);
      expect(notional).toBeGreaterThan(0);
      if (side === 'long') expect(from).toBeLessThan(90);
      else expect(to).toBeGreaterThan(90);
    }
    const moved = levelsAround(book, 90.2, 0.1, 0.005);
    expect(moved.map(({ from }) => from)).toEqual(levels.map(({ from }) => from));
    const { long, short } = notionalWithin(book, 90, 0.1);
    expect(levels.reduce((sum, { notional }) => sum + notional, 0)).toBeCloseTo(long + short, 6);
  });
});

describe('the cascade level', () => {
  const btc = scaledThresholds(DEFAULT_SETTINGS.cascade, 1);

  test.each([
    [99.999e6, 'low'],
    [100e6, 'medium'],
    [199.999e6, 'medium'],
    [200e6, 'high'],
    [499.999e6, 'high'],
    [500e6, 'critical'],
  ])('of $%d is %s', (notional, level) => {
    expect(cascadeLevel(notional, btc)).toBe(level);
  });

  test('is scaled by open interest relative to BTC', () => {
    const fifth = scaledThresholds(DEFAULT_SETTINGS.cascade, 0.2);
    expect(fifth).toEqual({ medium: 20e6, high: 40e6, critical: 100e6 });
    expect(cascadeLevel(45e6, fifth)).toBe('high');
  });
});
