import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { interestByStrike, maxPain, putCallOf } from '../../../src/features/options/positioning.ts';
import { bare } from '../../support/options.ts';

const interest = fc
  .uniqueArray(
    fc.record({
      strike: fc.integer({ min: 1, max: 60 }),
      calls: fc.integer({ min: 0, max: 5 }),
      puts: fc.integer({ min: 0, max: 5 }),
    }),
    { selector: ({ strike }) => strike, minLength: 1, maxLength: 14 },
  )
  .map((rows) => rows.sort((a, b) => a.strike - b.strike));

/** What holders are paid when all is settled at `price`, tenths of coins. */
const payout = (rows: readonly { strike: number; calls: number; puts: number }[], price: number) =>
  rows.reduce(
    (sum, { strike, calls, puts }) =>
      sum + calls * Math.max(price - strike, 0) + puts * Math.max(strike - price, 0),
    0,
  );

describe('max pain', () => {
  test('is where holders are paid least', () => {
    const rows = [
      { strike: 90, calls: 1, puts: 5 },
      { strike: 100, calls: 4, puts: 4 },
      { strike: 110, calls: 6, puts: 1 },
    ];
    // Paid at 90: 4·10 + 1·20 = 60, at 100: 1·10 + 1·10 = 20, at 110: 1·20 + 4·10 = 60.
    expect(maxPain(rows)).toEqual({ strike: 100, ties: [] });
  });

  test('states every strike that ties, the lowest first', () => {
    const rows = [
      { strike: 90, calls: 0.1, puts: 0 },
      { strike: 100, calls: 0.2, puts: 0 },
      { strike: 110, calls: 0, puts: 0 },
      { strike: 120, calls: 0, puts: 0.3 },
    ];
    expect(maxPain(rows)).toEqual({ strike: 100, ties: [100, 110, 120] });
  });

  test('of calls alone is the lowest strike with any below it and none above', () => {
    expect(maxPain([{ strike: 100, calls: 3, puts: 0 }])).toEqual({ strike: 100, ties: [] });
    expect(maxPain([{ strike: 100, calls: 0, puts: 3 }])).toEqual({ strike: 100, ties: [] });
  });

  test('is none without open interest', () => {
    expect(maxPain([])).toBeUndefined();
    expect(maxPain([{ strike: 100, calls: 0, puts: 0 }])).toBeUndefined();
  });

  test.prop([interest], { numRuns: 200 })('is what trying every strike finds', (rows) => {
    const tenths = rows.map(({ strike, calls, puts }) => ({
      strike,
      calls: calls / 10,
      puts: puts / 10,
    }));
    const paid = rows.map(({ strike }) => payout(rows, strike));
    const least = Math.min(...paid);
    const best = rows.filter((_, at) => paid[at] === least).map(({ strike }) => strike);
    const isNone = rows.every(({ calls, puts }) => calls + puts === 0);
    expect(maxPain(tenths)).toEqual(
      isNone ? undefined : { strike: best[0], ties: best.length > 1 ? best : [] },
    );
  });
});

describe('open interest', () => {
  test('is summed by strike, and what nobody says is no zero', () => {
    const rows = [
      { ...bare('put', 110), openInterest: 2 },
      { ...bare('call', 100), openInterest: 3 },
      { ...bare('put', 100), openInterest: 4 },
      bare('call', 120),
    ];
    expect(interestByStrike(rows)).toEqual([
      { strike: 100, calls: 3, puts: 4 },
      { strike: 110, calls: 0, puts: 2 },
    ]);
    const sums = putCallOf(rows, ({ openInterest }) => openInterest);
    expect(sums).toEqual({ calls: 3, puts: 6, known: 3 });
  });
});
