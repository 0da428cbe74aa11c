import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS, tierOf } from '../../src/model/settings.ts';

test('BTC and ETH are looked at within 25 bps, the rest within 50, unless an override says otherwise', () => {
  expect(tierOf('BTC', DEFAULT_SETTINGS)).toEqual({ bandBps: 25, halfLifeBps: 25 });
  expect(tierOf('ETH', DEFAULT_SETTINGS)).toEqual({ bandBps: 25, halfLifeBps: 25 });
  expect(tierOf('SOL', DEFAULT_SETTINGS)).toEqual({ bandBps: 50, halfLifeBps: 50 });
  const own = { bandBps: 10, halfLifeBps: 5 };
  const overridden = {
    ...DEFAULT_SETTINGS,
    depth: { ...DEFAULT_SETTINGS.depth, overrides: { SOL: own } },
  };
  expect(tierOf('SOL', overridden)).toEqual(own);
});

test('the half-lives are the λ of the specification', () => {
  const lambda = (halfLifeBps: number) => Math.LN2 / (halfLifeBps * 1e-4);
  expect(lambda(DEFAULT_SETTINGS.depth.tier1.halfLifeBps)).toBeCloseTo(277.3, 1);
  expect(lambda(DEFAULT_SETTINGS.depth.tier2.halfLifeBps)).toBeCloseTo(138.6, 1);
});

test('every default is plain data', () => {
  expect(structuredClone(DEFAULT_SETTINGS)).toEqual(DEFAULT_SETTINGS);
  expect(JSON.parse(JSON.stringify(DEFAULT_SETTINGS))).toEqual(DEFAULT_SETTINGS);
});
