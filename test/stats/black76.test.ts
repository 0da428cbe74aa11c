import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { black76, impliedVolatility } from '../../src/stats/black76.ts';

const relative = (value: number, expected: number): number => Math.abs(value / expected - 1);

const priced = fc.record({
  forward: fc.double({ min: 0.5, max: 200_000, noNaN: true }),
  moneyness: fc.double({ min: 0.6, max: 1.6, noNaN: true }),
  volatility: fc.double({ min: 0.1, max: 2, noNaN: true }),
  years: fc.double({ min: 0.01, max: 1.5, noNaN: true }),
});

describe('an option on a forward', () => {
  test('costs what the book says', () => {
    // Hull, Options, Futures, and Other Derivatives, ch. 18: F = K = 20, σ 25 %, four months, discounted at 9 %.
    expect(black76('put', 20, 20, 0.25, 4 / 12).price * Math.exp(-0.09 / 3)).toBeCloseTo(1.1166, 4);
  });

  test('is right to the last digits', () => {
    // The closed form in forty digits (mpmath).
    const put = black76('put', 100, 80, 0.6, 0.25);
    expect(relative(put.price, 3.534390103173756)).toBeLessThan(1e-13);
    expect(relative(put.delta, -0.185711287209607)).toBeLessThan(1e-13);
    expect(relative(put.gamma, 0.008918872734023527)).toBeLessThan(1e-13);
    expect(relative(put.vega, 0.1337830910103529)).toBeLessThan(1e-13);
    expect(relative(put.theta, -0.04398348197600643)).toBeLessThan(1e-13);
  });

  test('answers as Deribit says of its own', () => {
    // ticker.BTC-25DEC26-76000-C of 2026-09-30: forward 84,222.23, mark 0.1296 coins at 38.25 %, delta 0.74092, vega 132.3649, theta −29.43212.
    const years = (1_798_185_600_000 - 1_790_755_217_219) / (365 * 86_400_000);
    const call = black76('call', 84_222.23, 76_000, 0.3825, years);
    expect(call.price / 84_222.23).toBeCloseTo(0.1296, 4);
    expect(call.delta).toBeCloseTo(0.74092, 4);
    expect(call.gamma).toBeCloseTo(2e-5, 5);
    expect(relative(call.vega, 132.3649)).toBeLessThan(1e-4);
    expect(relative(call.theta, -29.43212)).toBeLessThan(1e-3);
  });

  test.prop([priced], { numRuns: 50 })('obeys put-call parity', (option) => {
    const { forward, moneyness, volatility, years } = option;
    const strike = forward * moneyness;
    const call = black76('call', forward, strike, volatility, years);
    const put = black76('put', forward, strike, volatility, years);
    expect(Math.abs(call.price - put.price - (forward - strike))).toBeLessThan(1e-12 * forward);
    expect(call.delta - put.delta).toBeCloseTo(1, 14);
    expect(call.gamma).toBe(put.gamma);
    expect(call.vega).toBe(put.vega);
  });

  test.prop([priced], { numRuns: 50 })('moves as its greeks say', (option) => {
    const { forward, moneyness, volatility, years } = option;
    const strike = forward * moneyness;
    const at = (f: number, v: number, t: number) => black76('put', f, strike, v, t);
    const { delta, gamma, vega, theta } = at(forward, volatility, years);
    const slope = (of: (step: number) => number, step: number) =>
      (of(step) - of(-step)) / (2 * step);
    const f = forward * 1e-4;
    const byForward = slope((step) => at(forward + step, volatility, years).price, f);
    const ofDelta = slope((step) => at(forward + step, volatility, years).delta, f);
    const byVolatility = slope((step) => at(forward, volatility + step, years).price, 1e-4);
    const byYears = slope((step) => at(forward, volatility, years + step).price, years * 1e-4);
    expect(byForward).toBeCloseTo(delta, 5);
    expect(Math.abs(ofDelta - gamma) * forward).toBeLessThan(1e-4 * (1 + gamma * forward));
    expect(Math.abs(byVolatility / 100 - vega)).toBeLessThan(1e-7 * forward);
    expect(Math.abs(-byYears / 365 - theta)).toBeLessThan(1e-6 * forward);
  });

  test.prop([priced, fc.double({ min: 0.01, max: 100, noNaN: true })], { numRuns: 30 })(
    'costs as many times as much in a currency that is worth as many times less',
    ({ forward, moneyness, volatility, years }, rate) => {
      const strike = forward * moneyness;
      const here = black76('call', forward, strike, volatility, years);
      const there = black76('call', forward * rate, strike * rate, volatility, years);
      expect(Math.abs(there.price - here.price * rate)).toBeLessThan(1e-12 * forward * rate);
    },
  );

  test('is no number where the formula has none', () => {
    expect(black76('call', 100, 100, 0, 1).price).toBeNaN();
    expect(black76('call', 100, 100, 0.5, 0).delta).toBeNaN();
    expect(black76('call', -1, 100, 0.5, 1).gamma).toBeNaN();
    expect(black76('call', Number.NaN, 100, 0.5, 1).vega).toBeNaN();
  });
});

describe('the implied volatility', () => {
  test.prop([priced, fc.constantFrom('call' as const, 'put' as const)], { numRuns: 100 })(
    'is the one a price was made with',
    ({ forward, moneyness, volatility, years }, type) => {
      const strike = forward * moneyness;
      const { price, vega } = black76(type, forward, strike, volatility, years);
      // Where a price says less than its own rounding about volatility, nothing can be told from it.
      fc.pre(vega * 100 > 1e-4 * forward);
      const implied = impliedVolatility(type, forward, strike, price, years);
      expect(relative(implied, volatility)).toBeLessThan(1e-9);
    },
  );

  test('is found of far and dear and nearly expired options', () => {
    for (const moneyness of [0.2, 0.5, 0.99, 1, 1.01, 2, 5])
      for (const volatility of [0.05, 0.6, 4])
        for (const years of [1e-4, 0.01, 2]) {
          const type = moneyness < 1 ? 'put' : 'call';
          const { price } = black76(type, 50_000, 50_000 * moneyness, volatility, years);
          if (price < 1e-200) continue;
          const implied = impliedVolatility(type, 50_000, 50_000 * moneyness, price, years);
          expect(relative(implied, volatility)).toBeLessThan(1e-10);
        }
  });

  test('rises with the price', () => {
    const at = (price: number) => impliedVolatility('call', 100, 110, price, 0.25);
    for (let price = 0.01; price < 99; price *= 1.3)
      expect(at(price * 1.01)).toBeGreaterThan(at(price));
  });

  test('is none where parity or the forward already says more than the price', () => {
    expect(impliedVolatility('call', 100, 80, 20, 0.5)).toBeNaN();
    expect(impliedVolatility('call', 100, 80, 19, 0.5)).toBeNaN();
    expect(impliedVolatility('call', 100, 80, 100, 0.5)).toBeNaN();
    expect(impliedVolatility('put', 100, 80, 80, 0.5)).toBeNaN();
    expect(impliedVolatility('put', 100, 80, 0, 0.5)).toBeNaN();
    expect(impliedVolatility('put', 100, 80, 1, 0)).toBeNaN();
  });
});
