import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { micros } from '../../src/model/units.ts';
import {
  cascadeLevel,
  levelsAround,
  type Positions,
  scaledThresholds,
  sumWithin,
  usdWithin,
} from '../../src/signals/cascade.ts';
import { advanceCohorts, createCohortBook } from '../../src/signals/cohorts.ts';
import { legsOf } from '../../src/signals/margin.ts';

/** What was opened at one price: `size` coins, or dollars where inverse. */
function positions(size: number, price: number, isInverse = false): Positions {
  const legs = legsOf([[null, 0.004, 100]], isInverse, DEFAULT_SETTINGS.cascade);
  const book = createCohortBook();
  const flat = { ts: micros(1), price, low: price, high: price, buyShare: 0.5 };
  advanceCohorts(book, { ...flat, openInterest: size * 1e-9 }, legs);
  advanceCohorts(book, { ...flat, openInterest: size }, legs);
  return { book, isInverse };
}

const notionalWithin = (held: readonly Positions[], price: number, share: number) =>
  sumWithin(held.map((one) => usdWithin(one, price, share)));

describe('what dies near price', () => {
  test('is that of the levels within the band, between what less and more leverage give', () => {
    const { long, short } = notionalWithin([positions(1000, 100)], 100, 0.05);
    // Of leverage 25, 50 and 100, at 96.4, 98.4 and 99.4: 40 % of the longs under the mix that is shown.
    expect(long.notional).toBeGreaterThan(500 * 0.4 * 96);
    expect(long.notional).toBeLessThan(500 * 0.4 * 100);
    for (const { notional, low, high } of [long, short]) {
      expect(low).toBeLessThan(notional);
      expect(high).toBeGreaterThan(notional);
    }
  });

  test('adds up over perps, coins and dollars alike', () => {
    const coins = positions(1000, 100);
    const dollars = positions(50_000, 100, true);
    const together = notionalWithin([coins, dollars], 100, 0.05);
    const apart = [coins, dollars].map((one) => usdWithin(one, 100, 0.05));
    expect(together.long.notional).toBeCloseTo(apart[0]!.long[1] + apart[1]!.long[1], 6);
    expect(together.short.high).toBeCloseTo(apart[0]!.short[2] + apart[1]!.short[2], 6);
    expect(apart[1]!.long[1]).toBeCloseTo(50_000 * 0.5 * 0.4, 2);
  });

  test('is listed by price in bins that stay where they are while price moves a little', () => {
    const held = [positions(1000, 90)];
    const levels = levelsAround(held, 90, 0.1, 0.005);
    expect(levels.map(({ from }) => from)).toEqual(
      [...levels].sort((a, b) => a.from - b.from).map(({ from }) => from),
    );
    for (const { side, from, to, notional, low, high } of levels) {
      expect(to - from).toBeCloseTo(0.5, 9);
      expect(notional).toBeGreaterThan(0);
      expect(low).toBeLessThanOrEqual(notional);
      expect(high).toBeGreaterThanOrEqual(notional);
      if (side === 'long') expect(from).toBeLessThan(90);
      else expect(to).toBeGreaterThan(90);
    }
    const moved = levelsAround(held, 90.2, 0.1, 0.005);
    expect(moved.map(({ from }) => from)).toEqual(levels.map(({ from }) => from));
    const { long, short } = notionalWithin(held, 90, 0.1);
    expect(levels.reduce((sum, { notional }) => sum + notional, 0)).toBeCloseTo(
      long.notional + short.notional,
      6,
    );
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
