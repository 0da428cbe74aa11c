import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { atmOf, ivAtCallDelta, type Smile, smileOf } from '../../../src/features/options/smile.ts';
import { bare, chainOf, EXPIRY, expiryOf } from '../../support/options.ts';

const ANY_GAP = 1;

/** Strikes with volatility and call delta as they are given. */
const smile = (...points: readonly (readonly [number, number, number | null])[]): Smile => ({
  points: points.map(([strike, iv, callDelta]) => ({ strike, iv, callDelta })),
  source: 'venue',
  outOfBounds: 0,
});

describe('volatility by strike', () => {
  test('is that of the option out of the money, and of the other where that says none', () => {
    const rows = [
      { ...bare('call', 90), markIv: 0.9 },
      { ...bare('put', 90), markIv: 0.5 },
      { ...bare('call', 110), markIv: 0.6 },
      { ...bare('put', 110), markIv: 0.9 },
      { ...bare('put', 120), markIv: 0.7 },
      { ...bare('put', 130), markIv: 0 },
    ];
    const { points, source } = smileOf({ ...expiryOf(rows), forward: 100 });
    expect(source).toBe('venue');
    expect(points.map(({ strike, iv }) => [strike, iv])).toEqual([
      [90, 0.5],
      [110, 0.6],
      [120, 0.7],
    ]);
  });

  test.each(['coin', 'quote'] as const)(
    'is found in prices in %s where the venue says none',
    (priceIn) => {
      const iv = (strike: number) => 0.5 + ((strike - 100) / 200) ** 2;
      const strikes = [80, 90, 100, 110, 120];
      const rows = chainOf({ forward: 101, strikes, iv, priceIn }).map((row) => ({
        ...row,
        markIv: null,
        delta: null,
      }));
      const { points, source, outOfBounds } = smileOf({ ...expiryOf(rows), priceIn, forward: 101 });
      expect(source).toBe('black76');
      expect(outOfBounds).toBe(0);
      for (const point of points) expect(point.iv).toBeCloseTo(iv(point.strike), 9);
    },
  );

  test('counts prices that arbitrage would not allow, and cannot use prices of no time', () => {
    const rows = [
      { ...bare('call', 90), price: 9 },
      { ...bare('call', 110), price: 2 },
    ];
    const told = smileOf({ ...expiryOf(rows), forward: 100 });
    expect([told.points.length, told.outOfBounds]).toEqual([1, 1]);
    const untimed = smileOf({ ...expiryOf(rows, { at: null }), forward: 100 });
    expect([untimed.points.length, untimed.outOfBounds]).toEqual([0, 0]);
  });

  test('takes the delta of the venue, that of a put one below, else Black-76', () => {
    const rows = [
      { ...bare('put', 90), markIv: 0.5, delta: -0.3 },
      { ...bare('call', 110), markIv: 0.5, delta: 0.28 },
      { ...bare('call', 100), markIv: 0.5 },
    ];
    const deltas = (at: number | null) =>
      smileOf({ ...expiryOf(rows), forward: 100, at }).points.map(({ callDelta }) => callDelta);
    expect(deltas(null)).toEqual([0.7, null, 0.28]);
    // N(0.5 · √(30/365) / 2)
    expect(deltas(EXPIRY - 30 * 86_400e6)[1]).toBeCloseTo(0.52857, 4);
  });
});

describe('volatility at the money', () => {
  test('is linear in total variance over ln(K/F)', () => {
    const points = smile([80, 0.6, 0.9], [125, 0.8, 0.2]);
    // The forward lies in the middle of the logarithms.
    expect(atmOf(points, 100, ANY_GAP)).toBeCloseTo(Math.sqrt((0.36 + 0.64) / 2), 12);
    expect(atmOf(points, 125, ANY_GAP)).toBe(0.8);
  });

  test.prop(
    [fc.double({ min: 81, max: 119, noNaN: true }), fc.double({ min: 0.1, max: 3, noNaN: true })],
    {
      numRuns: 30,
    },
  )('is that of a flat smile, wherever the forward lies', (forward, iv) => {
    expect(
      atmOf(smile([80, iv, 0.8], [100, iv, 0.5], [120, iv, 0.2]), forward, ANY_GAP),
    ).toBeCloseTo(iv, 12);
  });

  test('is none beyond the strikes, or between strikes that are too far apart', () => {
    const points = smile([80, 0.6, 0.9], [120, 0.8, 0.2]);
    expect(atmOf(points, 79, ANY_GAP)).toBeUndefined();
    expect(atmOf(points, 121, ANY_GAP)).toBeUndefined();
    expect(atmOf(points, 100, 0.5)).toBeUndefined();
    expect(atmOf(smile([80, 0.6, null], [120, 0.6, null]), 100, 0.5)).toBeCloseTo(0.6, 12);
    expect(atmOf(smile(), 100, ANY_GAP)).toBeUndefined();
  });
});

describe('volatility at a delta', () => {
  test.prop(
    [
      fc.double({ min: -0.3, max: 0.3, noNaN: true }),
      fc.uniqueArray(fc.integer({ min: 2, max: 98 }), { minLength: 2, maxLength: 12 }),
    ],
    { numRuns: 50 },
  )('finds a smile that is linear in delta again', (skew, percents) => {
    const deltas = percents.sort((a, b) => b - a).map((percent) => percent / 100);
    const points = smile(
      ...deltas.map((delta, at) => [50 + 10 * at, 0.6 + skew * delta, delta] as const),
    );
    const money =
      55 + 10 * deltas.findIndex((delta, at) => delta >= 0.5 && (deltas[at + 1] ?? 0) < 0.5);
    for (const wanted of [0.25, 0.75]) {
      const found = ivAtCallDelta(points, money, wanted, ANY_GAP);
      const isReached = wanted <= deltas[0]! && wanted >= deltas.at(-1)!;
      if (isReached) expect(found).toBeCloseTo(0.6 + skew * wanted, 12);
      else expect(found).toBeUndefined();
    }
  });

  test('is searched from the money outwards, so that a kink far out changes nothing', () => {
    const points = smile(
      [90, 0.7, 0.8],
      [100, 0.5, 0.5],
      [110, 0.6, 0.2],
      [120, 0.9, 0.3],
      [130, 1, 0.1],
    );
    expect(ivAtCallDelta(points, 101, 0.25, ANY_GAP)).toBeCloseTo(0.5 + (0.25 / 0.3) * 0.1, 12);
    expect(ivAtCallDelta(points, 101, 0.75, ANY_GAP)).toBeCloseTo(0.7 - (0.05 / 0.3) * 0.2, 12);
  });

  test('is none where deltas are unknown or too far apart', () => {
    expect(
      ivAtCallDelta(smile([90, 0.5, null], [110, 0.5, null]), 100, 0.25, ANY_GAP),
    ).toBeUndefined();
    expect(ivAtCallDelta(smile([90, 0.5, 0.9], [110, 0.5, 0.1]), 100, 0.25, 0.5)).toBeUndefined();
  });
});
