import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { black76 } from '../../../src/sim/deribit/black76.ts';

const priced = fc.record({
  forward: fc.double({ min: 1000, max: 200_000, noNaN: true }),
  moneyness: fc.double({ min: 0.6, max: 1.6, noNaN: true }),
  volatility: fc.double({ min: 0.1, max: 2, noNaN: true }),
  years: fc.double({ min: 0.01, max: 1.5, noNaN: true }),
});

describe('an option on a forward', () => {
  test('costs what the book says', () => {
    // Hull, Options, Futures, and Other Derivatives, ch. 18: F = K = 20, σ 25 %, four months, discounted at 9 %.
    expect(black76('put', 20, 20, 0.25, 4 / 12).price * Math.exp(-0.09 / 3)).toBeCloseTo(1.1166, 3);
  });

  test.prop([priced])('obeys put-call parity', ({ forward, moneyness, volatility, years }) => {
    const strike = forward * moneyness;
    const call = black76('call', forward, strike, volatility, years);
    const put = black76('put', forward, strike, volatility, years);
    expect(Math.abs(call.price - put.price - (forward - strike))).toBeLessThan(1e-5 * forward);
    expect(call.delta - put.delta).toBeCloseTo(1, 9);
    expect(call.gamma).toBeCloseTo(put.gamma, 12);
  });

  test.prop([priced])('answers as its greeks say', ({ forward, moneyness, volatility, years }) => {
    const strike = forward * moneyness;
    const price = (f: number, v: number, t: number) => black76('call', f, strike, v, t).price;
    const { delta, vega, theta } = black76('call', forward, strike, volatility, years);
    const df = forward * 1e-3;
    const bumped =
      (price(forward + df, volatility, years) - price(forward - df, volatility, years)) / (2 * df);
    expect(Math.abs(bumped - delta)).toBeLessThan(2e-3);
    const byVolatility =
      price(forward, volatility + 0.005, years) - price(forward, volatility - 0.005, years);
    expect(Math.abs(byVolatility - vega)).toBeLessThan(1e-4 * forward);
    const day = 1 / 365 / 100;
    const aged =
      (price(forward, volatility, years - day) - price(forward, volatility, years)) * 100;
    expect(Math.abs(aged - theta)).toBeLessThan(0.02 * Math.abs(theta) + 1e-3 * forward);
  });
});
