import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { type MarketMember, marketFrame } from '../../src/frame/market.ts';
import { absent, live, type Reading, stale } from '../../src/model/reading.ts';
import { micros } from '../../src/model/units.ts';
import { engineFor, framesIn, linesOf } from '../support/engine.ts';
import { liveValue } from '../support/market.ts';
import { tape } from '../support/tape.ts';

const member = (
  asset: string,
  mu: number | Reading,
  usd: number | Reading,
  active: boolean | Reading<boolean> = false,
): MarketMember => ({
  asset,
  mu: typeof mu === 'number' ? live(mu, { provisional: true }) : mu,
  active: typeof active === 'boolean' ? live(active) : active,
  openInterestUsd: typeof usd === 'number' ? live(usd) : usd,
});

describe('the drift of the market', () => {
  test('is the mean of μ weighted by open interest in USD', () => {
    const { drift, assets, excluded } = marketFrame([
      member('BTC', -2, 9e9),
      member('ETH', 1, 3e9),
    ]);
    expect(drift).toEqual(live(-1.25, { provisional: true }));
    expect(assets).toBe(2);
    expect(excluded).toEqual([]);
  });

  test('of a single asset is its own, to the last bit', () => {
    expect(marketFrame([member('BTC', 0.1 + 0.2, 3.3e9)]).drift).toHaveProperty('value', 0.1 + 0.2);
  });

  const members = fc.array(
    fc.tuple(
      fc.double({ min: -20, max: 20, noNaN: true }),
      fc.double({ min: 1, max: 1e10, noNaN: true }),
    ),
    { minLength: 1, maxLength: 8 },
  );

  test.prop([members, fc.double({ min: 0.01, max: 100, noNaN: true })])(
    'lies among its μ, turns with them and does not depend on the unit of open interest',
    (given, factor) => {
      const told = (sign: number, scale: number) =>
        liveValue(
          marketFrame(given.map(([mu, usd], i) => member(`A${i}`, sign * mu, usd * scale))).drift,
        );
      const mean = told(1, 1);
      const all = given.map(([mu]) => mu);
      expect(mean).toBeGreaterThanOrEqual(Math.min(...all) - 1e-9);
      expect(mean).toBeLessThanOrEqual(Math.max(...all) + 1e-9);
      // To the last bit; a sum, because zero has two signs.
      expect(told(-1, 1) + mean).toBe(0);
      expect(told(1, factor)).toBeCloseTo(mean, 9);
      const weights = given.reduce((sum, [, usd]) => sum + usd, 0);
      expect(mean).toBeCloseTo(given.reduce((sum, [mu, usd]) => sum + mu * usd, 0) / weights, 9);
    },
  );

  test('leaves out what is not live and names it: nothing stands in', () => {
    const { drift, assets, excluded } = marketFrame([
      member('BTC', -2, 9e9),
      member('ETH', stale(9, micros(5e6)), 3e9),
      member('SOL', absent('warming 3/168'), 1e9),
      member('XRP', 4, stale(1e9, micros(60e6))),
      member('DOGE', 4, absent('no open interest: okx')),
    ]);
    expect(liveValue(drift)).toBe(-2);
    expect(assets).toBe(1);
    expect(excluded).toEqual([
      'ETH: stale drift',
      'SOL: warming 3/168',
      'XRP: stale open interest',
      'DOGE: no open interest: okx',
    ]);
  });

  test('is absent where nothing is left, with the breadth', () => {
    const { drift, breadthUp, breadthDown, assets } = marketFrame([
      member('SOL', absent('warming 3/168'), 1e9),
    ]);
    for (const reading of [drift, breadthUp, breadthDown])
      expect(reading).toEqual(absent('no asset with live drift and open interest'));
    expect(assets).toBe(0);
    expect(marketFrame([]).drift).toEqual(absent('no asset'));
  });
});

describe('breadth', () => {
  test('is the share of open gates by the sign of μ', () => {
    const { breadthUp, breadthDown } = marketFrame([
      member('A', -2, 1, true),
      member('B', 3, 1, true),
      member('C', -4, 1, true),
      member('D', 5, 1, false),
    ]);
    expect(liveValue(breadthUp)).toBe(0.25);
    expect(liveValue(breadthDown)).toBe(0.5);
  });

  test('is taken over the gates that can be judged, and says which cannot', () => {
    const { breadthUp, assets, excluded } = marketFrame([
      member('A', 2, 1, true),
      member('B', 3, 1, absent('warming 30/48')),
    ]);
    expect(breadthUp).toEqual(live(1, { provisional: true, partial: true }));
    expect(assets).toBe(2);
    expect(excluded).toEqual(['B gate: warming 30/48']);
    const { breadthDown } = marketFrame([member('B', 3, 1, absent('warming 30/48'))]);
    expect(breadthDown).toEqual(absent('gates warming'));
  });
});

test('every frame of one instant says the same of the market', () => {
  const assets = ['BTC', 'SOL'];
  const lines = linesOf(engineFor({ assets: [...assets, 'XRP'] }), tape({ assets, seconds: 12 }));
  const byInstant = new Map<number, Set<string>>();
  for (const { tsLocal, market } of framesIn(lines)) {
    const said = byInstant.get(tsLocal) ?? new Set();
    byInstant.set(tsLocal, said.add(JSON.stringify(market)));
  }
  expect([...byInstant.values()].every(({ size }) => size === 1)).toBe(true);
  const [btc, sol] = assets.map((asset) => framesIn(lines, asset).at(-1)!);
  const { market } = btc!;
  expect(market.assets).toBe(2);
  expect(market.excluded).toEqual(['XRP: no perp listed yet']);
  const [b, s] = [btc!, sol!].map(({ drift, openInterest }) => ({
    mu: liveValue(drift.mu),
    usd: liveValue(openInterest.usd),
  }));
  const mean = (b!.mu * b!.usd + s!.mu * s!.usd) / (b!.usd + s!.usd);
  expect(liveValue(market.drift)).toBeCloseTo(mean, 12);
});
