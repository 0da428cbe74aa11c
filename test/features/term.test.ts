import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { InstrumentInput } from '../../src/features/feature.ts';
import {
  annualisedBasis,
  curveShape,
  daysUntil,
  frontFuture,
  futurePrice,
  rollOf,
  rollYield,
  spotPriceOf,
  termStructure,
} from '../../src/features/term.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import { absent, live, stale } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { DAY, HOUR, micros, SECOND } from '../../src/model/units.ts';
import { at, inputWith, listed, liveValue, T0 } from '../support/market.ts';

/** Something listed whose mark and index are known, seen at `T0` + 1 s. */
function seen(
  kind: 'perp' | 'spot' | 'future',
  terms: Partial<Instrument>,
  prices: { readonly mark?: number; readonly index?: number; readonly mid?: number } = {},
): InstrumentInput {
  const { state, tell } = listed(kind === 'spot' ? 'spot' : 'perp', { kind, ...terms });
  const { mark, index, mid } = prices;
  if (mark !== undefined)
    tell({ kind: 'markPrice', tsLocal: at(0), markPrice: mark, indexPrice: index ?? null });
  else if (index !== undefined) tell({ kind: 'indexPrice', tsLocal: at(0), indexPrice: index });
  return inputWith(state, at(1), mid === undefined ? {} : { sample: { mid: live(mid) } });
}

const dated = (
  days: number,
  prices: Parameters<typeof seen>[2],
  terms: Partial<Instrument> = {},
): InstrumentInput =>
  seen(
    'future',
    { id: `binance:BTC/USDT:USDT-${days}`, expiry: micros(at(1) + days * DAY), ...terms },
    prices,
  );

const INVERSE = { quote: 'USD', settle: 'BTC' } as const;

describe('the annualised basis', () => {
  test('is simple, over fractional days', () => {
    // 1 % over 36.5 days is 10 % a year.
    expect(annualisedBasis(101, 100, 36.5)).toBeCloseTo(0.1, 12);
    expect(annualisedBasis(99, 100, 73)).toBeCloseTo(-0.05, 12);
    expect(daysUntil(micros(T0 + 36 * HOUR), T0)).toBe(1.5);
  });

  test('of a roll is over the days between the two expiries', () => {
    expect(rollYield(101, 102.01, 73)).toBeCloseTo(0.05, 12);
  });

  const price = fc.double({ min: 1, max: 1e6, noNaN: true });
  const scale = fc.double({ min: 0.001, max: 1000, noNaN: true });
  test.prop([price, price, scale])('does not depend on the currency', (f, s, unit) => {
    const plain = annualisedBasis(f, s, 30);
    const other = annualisedBasis(f * unit, s * unit, 30);
    expect(Math.abs(other - plain)).toBeLessThan(1e-12 * Math.max(1, f / s) * 365);
    expect(Math.sign(plain)).toBe(Math.sign(f - s));
  });
});

describe('the shape of a curve', () => {
  test.each([
    [[0.05, 0.06], 'contango'],
    [[0.05, 0.001], 'contango'],
    [[-0.02, -0.05], 'backwardation'],
    [[-0.02, 0.05], 'mixed'],
    [[0.004, -0.004], 'flat'],
    [[0.005], 'flat'],
    [[], undefined],
  ] as const)('of %j is %s', (bases, shape) => {
    expect(curveShape(bases, 0.005)).toBe(shape);
  });
});

describe('what a dated future is held against', () => {
  test('is its own index', () => {
    const future = dated(30, { mark: 101, index: 100 });
    expect(spotPriceOf(future, [future])).toMatchObject({ of: 'index', price: live(100) });
  });

  test('is the index that its venue sends with the perp on the same pair', () => {
    const future = dated(30, { mark: 101 }, INVERSE);
    const linear = seen('perp', { id: 'binance:BTC/USDT:USDT' }, { mark: 99, index: 98 });
    const inverse = seen(
      'perp',
      { id: 'binance:BTC/USD:BTC', ...INVERSE },
      { mark: 101, index: 100 },
    );
    expect(spotPriceOf(future, [linear, inverse, future])).toEqual({
      of: 'index',
      instrument: 'binance:BTC/USD:BTC',
      price: live(100),
    });
    expect(spotPriceOf(future, [linear, future])).toBeUndefined();
  });

  test('is the spot of the same venue and pair where there is no index, never that of another', () => {
    const future = dated(30, { mark: 101 });
    const elsewhere = seen('spot', { id: 'okx:BTC/USDT', venue: 'okx' }, { mid: 97 });
    const own = seen('spot', {}, { mid: 100 });
    expect(spotPriceOf(future, [elsewhere, future])).toBeUndefined();
    expect(spotPriceOf(future, [elsewhere, own, future])).toMatchObject({
      of: 'spot',
      price: live(100),
    });
  });
});

describe('a term structure', () => {
  const near = dated(0.5, { mark: 100.1, index: 100 });
  const front = dated(30, { mark: 101, index: 100 });
  const back = dated(120, { mark: 104, index: 100, mid: 105 });
  const inputs = [back, near, front, seen('perp', {}, { mark: 100, index: 100 })];
  const points = termStructure(inputs, DEFAULT_SETTINGS);

  test('lists what has an expiry, by expiry, each with its basis', () => {
    expect(points.map(({ days }) => days)).toEqual([0.5, 30, 120]);
    expect(liveValue(points[1]?.basis)).toBeCloseTo(0.01, 12);
    expect(liveValue(points[1]?.annualised)).toBeCloseTo((0.01 * 365) / 30, 12);
  });

  test('takes the mid where it is quoted and the mark where not', () => {
    expect(points.map(({ priceOf }) => priceOf)).toEqual(['mark', 'mark', 'mid']);
    expect(liveValue(points[2]?.basis)).toBeCloseTo(0.05, 12);
    const quotedOnce = inputWith(back.state, at(1), {
      sample: { mid: stale(105, micros(SECOND)) },
    });
    expect(futurePrice(quotedOnce)).toEqual({ price: live(104), of: 'mark' });
  });

  test('annualises nothing within a day of the expiry, and leaves out what has expired', () => {
    expect(points[0]).toMatchObject({ nearExpiry: true, annualised: absent('near expiry') });
    expect(liveValue(points[0]?.basis)).toBeCloseTo(0.001, 12);
    expect(termStructure([dated(0, { mark: 1, index: 1 })], DEFAULT_SETTINGS)).toEqual([]);
  });

  test('rolls into the next expiry of the same venue and margin', () => {
    expect(liveValue(rollOf(points[1]!, points))).toBeCloseTo(((105 / 101 - 1) * 365) / 90, 12);
    expect(rollOf(points[2]!, points)).toEqual(absent('no later expiry'));
    const other = termStructure(
      [front, dated(60, { mark: 103, index: 100 }, INVERSE)],
      DEFAULT_SETTINGS,
    );
    expect(rollOf(other[0]!, other)).toEqual(absent('no later expiry'));
  });

  test('has the nearest one of the leading venue in front that is not near its expiry', () => {
    const okx = dated(10, { mark: 101, index: 100 }, { venue: 'okx', id: 'okx:BTC-10' });
    const all = [okx, ...inputs];
    const both = termStructure(all, DEFAULT_SETTINGS);
    expect(frontFuture(both, all, 'binance')?.days).toBe(30);
    expect(frontFuture(both, all, 'bybit')?.days).toBe(10);
    expect(frontFuture([], all, 'binance')).toBeUndefined();
  });
});
