import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { hoursOf, openInterestCoins, tradedIn } from '../../../src/venues/polled/units.ts';

const LINEAR = { contractSize: 0.001, inverse: false };
const INVERSE = { contractSize: 100, inverse: true };
const PRICE = 50_000;

const coins = fc.double({ min: 1e-3, max: 1e9, noNaN: true });
const price = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
const size = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
const close = (actual: number | undefined, expected: number) =>
  expect(Math.abs((actual ?? Number.NaN) / expected - 1)).toBeLessThan(1e-9);

describe('open interest in coins', () => {
  test.each([
    ['contracts alone', 2_000_000, null, LINEAR, 2000],
    ['contracts with what they are worth', 2_000_000, 1e8, LINEAR, 2000],
    ['coins with what they are worth', 2000, 1e8, LINEAR, 2000],
    ['what it is worth alone', null, 1e8, LINEAR, 2000],
    ['contracts of an inverse perp', 1_000_000, null, INVERSE, 2000],
    ['contracts of an inverse perp with dollars', 1_000_000, 1e8, INVERSE, 2000],
    ['contracts of an inverse perp with coins', 1_000_000, 2000, INVERSE, 2000],
    ['coins of an inverse perp with dollars', 2000, 1e8, INVERSE, 2000],
    ['none at all', 0, null, LINEAR, 0],
    ['none at all, in dollars', null, 0, INVERSE, 0],
  ] as const)('%s', (_, amount, value, contract, expected) => {
    expect(openInterestCoins(amount, value, PRICE, contract)).toBeCloseTo(expected, 9);
  });

  test('that contradicts itself is nothing', () => {
    // Neither coins nor contracts are worth that much.
    expect(openInterestCoins(2000, 5e11, PRICE, LINEAR)).toBeUndefined();
    expect(openInterestCoins(3, 7, PRICE, INVERSE)).toBeUndefined();
    expect(openInterestCoins(-5, null, PRICE, LINEAR)).toBeUndefined();
    expect(openInterestCoins(null, null, PRICE, LINEAR)).toBeUndefined();
  });

  property.prop([coins, price, size, fc.boolean()])(
    'is the same however it is counted',
    (held, at, contractSize, inverse) => {
      const contract = { contractSize, inverse };
      const contracts = inverse ? (held * at) / contractSize : held / contractSize;
      close(openInterestCoins(contracts, null, at, contract), held);
      close(openInterestCoins(contracts, held * at, at, contract), held);
      close(openInterestCoins(null, held * at, at, contract), held);
    },
  );
});

describe('what was traded in 24 h', () => {
  test.each([
    ['both currencies', 10, 500_000, LINEAR, 10, 500_000],
    ['coins alone', 10, null, LINEAR, 10, 500_000],
    ['quote currency alone', null, 500_000, INVERSE, 10, 500_000],
    ['contracts in the place of coins', 10_000, 500_000, LINEAR, 10, 500_000],
    ['an inverse perp the other way round', 500_000, 10, INVERSE, 10, 500_000],
    ['contracts and coins of an inverse perp', 5000, 10, INVERSE, 10, 500_000],
    ['nothing', 0, 0, LINEAR, 0, 0],
  ] as const)('%s', (_, base, quote, contract, expected, notional) => {
    expect(tradedIn(base, quote, PRICE, contract)).toEqual({ size: expected, notional });
  });

  test('that contradicts itself is nothing', () => {
    expect(tradedIn(10, 5e9, PRICE, LINEAR)).toBeUndefined();
    expect(tradedIn(0, 500_000, PRICE, LINEAR)).toBeUndefined();
    expect(tradedIn(null, null, PRICE, LINEAR)).toBeUndefined();
    expect(tradedIn(-1, null, PRICE, LINEAR)).toBeUndefined();
  });
});

describe('a funding interval', () => {
  test.each([
    ['8h', 8],
    ['1h', 1],
    ['30m', 0.5],
    ['1d', 24],
  ])('%s', (text, hours) => expect(hoursOf(text)).toBe(hours));

  test.each(['', 'h', '8', '0h', '-8h', '8 hours', '2d', '8H', '1e9h'])('%o is none', (text) =>
    expect(hoursOf(text)).toBeUndefined(),
  );
});
