import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { oiChangeType, oiDivergence, openInterest } from '../../src/features/open-interest.ts';
import { live } from '../../src/model/reading.ts';
import { HOUR, micros } from '../../src/model/units.ts';
import { at, inputWith, listed, numberIn, reasonIn, type Said, T0 } from '../support/market.ts';

const polled = (seconds: number, size: number): Said => ({
  kind: 'openInterest',
  tsLocal: at(seconds),
  size,
});
const page = (
  series: 'openInterest' | 'bar1h',
  ...rows: readonly (readonly [number, number])[]
): Said => ({
  kind: 'historyPage',
  tsLocal: at(0),
  series,
  rows: rows.map(([hour, value]) => ({ ts: micros(T0 + hour * HOUR), value })),
});
const mark = (seconds: number, markPrice: number): Said => ({
  kind: 'markPrice',
  tsLocal: at(seconds),
  markPrice,
  indexPrice: null,
});

const read = (state: ReturnType<typeof listed>['state'], seconds: number, mid?: number) =>
  openInterest.read(
    null,
    inputWith(state, at(seconds), mid === undefined ? {} : { sample: { mid: live(mid) } }),
  );

test.each([
  [0.01, 0.01, 'long build', 'bullish, new longs'],
  [-0.01, -0.01, 'long liquidation', 'long liquidation, selling may exhaust'],
  [-0.01, 0.01, 'short build', 'bearish, new shorts'],
  [0.01, -0.01, 'short squeeze', 'short squeeze, rally may be weak'],
])('price %d with OI %d is a %s: %s', (price, interest, type, text) => {
  expect(oiChangeType(price, interest)).toBe(type);
  expect(oiDivergence(price, interest)).toBe(text);
});

describe('open interest', () => {
  test('is absent with its reason, never zero', () => {
    const entries = read(listed().state, 1);
    expect(reasonIn(entries, 'oiCoin')).toBe('no open interest: binance');
    expect(reasonIn(entries, 'oiUsd')).toBe('no open interest: binance');
    expect(reasonIn(entries, 'oiChange1h')).toBe('no open interest: binance');
    expect(reasonIn(entries, 'oiNorm')).toBe('no open interest: binance');
    expect(reasonIn(entries, 'oiChangeType')).toBe('no book here');
  });

  test('changes by what it is against what it was, in coin and in USD at mark', () => {
    const { state, tell } = listed();
    tell(page('openInterest', [-24, 800], [-4, 900], [-1, 1000]));
    tell(page('bar1h', [-24, 40], [-1, 50]), mark(1, 60), polled(1, 1100));
    const entries = read(state, 2, 55);
    expect(numberIn(entries, 'oiCoin')).toBe(1100);
    expect(numberIn(entries, 'oiUsd')).toBe(66_000);
    expect(numberIn(entries, 'oiChange1h')).toBeCloseTo(0.1, 15);
    expect(numberIn(entries, 'oiChange4h')).toBeCloseTo(2 / 9, 15);
    expect(numberIn(entries, 'oiChange24h')).toBeCloseTo(0.375, 15);
    expect(numberIn(entries, 'oiChange1hUsd')).toBe(6000);
    expect(numberIn(entries, 'priceChange1h')).toBeCloseTo(0.1, 15);
    expect(numberIn(entries, 'priceChange24h')).toBeCloseTo(0.375, 15);
    expect(entries['oiChangeType']).toEqual(live('long build'));
  });

  test('warms up by what is missing of the past', () => {
    const { state, tell } = listed();
    tell(polled(1, 1100));
    const entries = read(state, 2, 55);
    expect(reasonIn(entries, 'oiChange1h')).toBe('warming 1 h of open interest');
    expect(reasonIn(entries, 'oiChange24h')).toBe('warming 24 h of open interest');
    expect(reasonIn(entries, 'priceChange1h')).toBe('warming 1 h of price');
  });

  test('takes no older past than ten minutes beside the hour asked for', () => {
    const { state, tell } = listed();
    tell(polled(0, 1000), polled(3600 + 600, 1100));
    expect(numberIn(read(state, 3600 + 600), 'oiChange1h')).toBeCloseTo(0.1, 12);
    tell(polled(3600 + 601, 1100));
    expect(reasonIn(read(state, 3600 + 601), 'oiChange1h')).toBe('warming 1 h of open interest');
  });

  test('is stale three polls after the last one, and so is all that rests on it', () => {
    const { state, tell } = listed();
    tell(page('openInterest', [-1, 1000]));
    for (let i = 0; i <= 12; i += 1) tell(polled(10 * i, 1100), mark(10 * i, 60));
    expect(read(state, 150)['oiCoin']?.state).toBe('live');
    const entries = read(state, 151);
    for (const name of ['oiCoin', 'oiUsd', 'oiChange1h'])
      expect(entries[name], name).toMatchObject({ state: 'stale', age: 31e6 });
  });

  test('is days to cover against the volume of 24 h', () => {
    const { state, tell } = listed();
    tell(polled(1, 1000));
    tell({ kind: 'volume24h', tsLocal: at(1), size: 4000, notional: 1 });
    expect(numberIn(read(state, 1), 'oiNorm')).toBe(0.25);
    tell({ kind: 'volume24h', tsLocal: at(1), size: 0, notional: 0 });
    expect(reasonIn(read(state, 1), 'oiNorm')).toBe('undefined here');
  });

  test.prop([
    fc.double({ min: 1, max: 1e9, noNaN: true }),
    fc.double({ min: 1, max: 1e9, noNaN: true }),
    fc.double({ min: 0.001, max: 1e6, noNaN: true }),
  ])('changes by a share that does not depend on the unit', (before, after, unit) => {
    const change = (scale: number) => {
      const { state, tell } = listed();
      tell(page('openInterest', [-1, before * scale]), polled(1, after * scale));
      return numberIn(read(state, 1), 'oiChange1h');
    };
    expect(change(unit)).toBeCloseTo(change(1), 6);
  });
});
