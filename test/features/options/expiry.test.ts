import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { expiryNumbers } from '../../../src/features/options/expiry.ts';
import { bare, chainOf, EXPIRY, expiryOf } from '../../support/options.ts';

const strikes = [70, 75, 80, 85, 90, 95, 100, 105, 110, 115, 120, 125, 130, 140];
const skewed = (strike: number) => 0.6 - 0.4 * Math.log(strike / 100);

describe('an expiry', () => {
  test('has its numbers from a chain that says everything', () => {
    const rows = chainOf({ forward: 100, strikes, iv: skewed, openInterest: (strike) => strike });
    const numbers = expiryNumbers(expiryOf(rows));
    expect(numbers.days).toEqual({ state: 'live', value: 30 });
    expect(numbers.forward).toEqual({ state: 'live', value: 100 });
    expect(numbers.atmIv.value).toBeCloseTo(0.6, 12);
    expect(numbers.ivSource).toBe('venue');
    // Downside is dearer, so calls stand below puts.
    expect(numbers.rr25.value).toBeLessThan(-0.05);
    expect(Math.abs(numbers.bf25.value!)).toBeLessThan(0.01);
    expect(numbers.putCallOi).toEqual({ state: 'live', value: 1 });
    expect(numbers.putCallVolume).toEqual({ state: 'live', value: 1 });
    expect(numbers.oiCoin.value).toBe(2 * strikes.reduce((sum, strike) => sum + strike, 0));
    expect(numbers.excluded).toEqual([]);
    expect(numbers.strikes.map(({ strike }) => strike)).toEqual(strikes);
  });

  test('of equal calls and puts has no gamma exposure, and that of calls alone is Γ·OI·F²·0.01', () => {
    const rows = chainOf({ forward: 200, strikes: [190, 200, 210], iv: () => 0.5 });
    expect(expiryNumbers(expiryOf(rows)).gex).toEqual({ state: 'live', value: 0, estimated: true });
    const [call] = chainOf({
      forward: 200,
      strikes: [200],
      iv: () => 0.5,
      openInterest: () => 7,
    });
    const { gex, strikes: byStrike } = expiryNumbers(expiryOf([call!]));
    // d₁ = 0.5·√(30/365)/2, φ(d₁) = 0.397919; Γ = φ / (200 · 0.5 · √(30/365)) = 0.0138798.
    expect(gex.value).toBeCloseTo(0.0138798 * 7 * 200 ** 2 * 0.01, 2);
    expect(byStrike[0]?.gex).toBe(gex.value);
    const put = expiryNumbers(expiryOf([{ ...call!, type: 'put' }]));
    expect(put.gex.value).toBeCloseTo(-gex.value!, 9);
  });

  test.prop([fc.double({ min: 0.01, max: 1000, noNaN: true })], { numRuns: 20 })(
    'does not depend on the currency that it is quoted in',
    (rate) => {
      const here = chainOf({
        forward: 101,
        strikes,
        iv: skewed,
        openInterest: (k, t) => k * (t === 'call' ? 1 : 2),
      });
      const there = chainOf({
        forward: 101 * rate,
        strikes: strikes.map((strike) => strike * rate),
        iv: (strike) => skewed(strike / rate),
        openInterest: (k, t) => (k / rate) * (t === 'call' ? 1 : 2),
      });
      const [a, b] = [expiryNumbers(expiryOf(here)), expiryNumbers(expiryOf(there))];
      for (const name of ['atmIv', 'rr25', 'bf25', 'putCallOi'] as const)
        expect(b[name].value).toBeCloseTo(a[name].value!, 9);
      expect(b.maxPain.value! / rate).toBeCloseTo(a.maxPain.value!, 9);
      expect(b.gex.value! / rate).toBeCloseTo(a.gex.value!, 6);
    },
  );

  test('has volatilities from prices where the venue says none, marked as ours', () => {
    const rows = chainOf({ forward: 100, strikes, iv: skewed, priceIn: 'coin' });
    const venue = expiryNumbers(expiryOf(rows, { priceIn: 'coin' }));
    const ours = expiryNumbers(
      expiryOf(
        rows.map((row) => ({ ...row, markIv: null, delta: null, gamma: null })),
        { priceIn: 'coin' },
      ),
    );
    expect(ours.ivSource).toBe('black76');
    for (const name of ['atmIv', 'rr25', 'bf25'] as const) {
      expect(ours[name]).toMatchObject({ state: 'live', estimated: true });
      expect(ours[name].value).toBeCloseTo(venue[name].value!, 9);
    }
    expect(ours.gex.value).toBeCloseTo(venue.gex.value!, 9);
  });

  test('says of everything it lacks why', () => {
    const numbers = expiryNumbers(
      expiryOf([bare('call', 100), bare('put', 90)], { lacking: 'in the input', at: null }),
    );
    const reasons = Object.fromEntries(
      Object.entries(numbers).flatMap(([name, value]) =>
        typeof value === 'object' && value !== null && 'state' in value && value.state === 'absent'
          ? [[name, value.reason]]
          : [],
      ),
    );
    expect(reasons).toEqual({
      days: 'no time of the quotes',
      forward: 'no forward in the input',
      atmIv: 'no IV in the input',
      rr25: 'no IV in the input',
      bf25: 'no IV in the input',
      putCallOi: 'no open interest in the input',
      putCallVolume: 'no volume in the input',
      maxPain: 'no open interest in the input',
      gex: 'no open interest in the input',
      oiCoin: 'no open interest in the input',
    });
  });

  test('without a time has a volatility at the money and no deltas', () => {
    const rows = chainOf({ forward: 100, strikes, iv: skewed }).map((row) => ({
      ...row,
      delta: null,
      gamma: null,
    }));
    const { atmIv, rr25, gex } = expiryNumbers(expiryOf(rows, { at: null }));
    expect(atmIv.value).toBeCloseTo(0.6, 12);
    expect(rr25).toEqual({ state: 'absent', value: null, reason: 'no time of the quotes' });
    expect(gex).toMatchObject({ state: 'absent' });
  });

  test('that is over says so', () => {
    const rows = chainOf({ forward: 100, strikes, iv: skewed }).map((row) => ({
      ...row,
      delta: null,
    }));
    const { days, rr25 } = expiryNumbers(expiryOf(rows, { at: (EXPIRY + 1) as never }));
    expect(days.value).toBeLessThan(0);
    expect(rr25).toMatchObject({ reason: 'expired' });
  });

  test('in which some options say no open interest is partial, and names how many', () => {
    const rows = chainOf({ forward: 100, strikes, iv: skewed }).map((row) =>
      row.strike === 140 ? { ...row, openInterest: null } : row,
    );
    const { oiCoin, maxPain, putCallOi, excluded } = expiryNumbers(expiryOf(rows));
    for (const reading of [oiCoin, maxPain, putCallOi])
      expect(reading).toMatchObject({ partial: true });
    expect(excluded).toEqual(['2 options without open interest said']);
  });
});
