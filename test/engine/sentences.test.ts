import { expect, test } from 'vitest';
import {
  capText,
  regimeText,
  settledText,
  settlementText,
  usdText,
} from '../../src/engine/sentences.ts';
import { T0 } from '../support/market.ts';
import { listingOf } from '../support/tape.ts';

const BTC = listingOf('binance', 'BTC', 'perp');

test.each([
  [0, '$0'],
  [940.4, '$940'],
  [9999, '$9999'],
  [182_400, '$182k'],
  [1_236_000, '$1.24M'],
  [4.821e9, '$4.82B'],
  [-2.5e6, '−$2.50M'],
])('%d USD reads %s', (usd, text) => {
  expect(usdText(usd)).toBe(text);
});

test('a settlement to come names who pays what, when', () => {
  expect(settlementText(BTC, T0, 0.0001, 8, 5.12e6)).toBe(
    'BTC/USDT perp on binance settles at 12:00 UTC: longs pay 0.0100 % for 8 h, $5.12M (estimate)',
  );
  expect(settlementText(BTC, T0, -0.00025, 4, undefined)).toBe(
    'BTC/USDT perp on binance settles at 12:00 UTC: shorts pay 0.0250 % for 4 h (estimate)',
  );
});

test('a settlement that was names the rate and what it is a year, simple', () => {
  expect(settledText(BTC, 0.0001, 8)).toBe(
    'BTC/USDT perp on binance settled funding at 0.0100 %, 10.95 % a year, simple: longs paid',
  );
  expect(settledText(BTC, -0.0001, undefined)).toBe(
    'BTC/USDT perp on binance settled funding at −0.0100 %: shorts paid',
  );
  expect(settledText(BTC, 0, 8)).toContain('nobody paid');
});

test('a rate near its limit says which and how near', () => {
  expect(capText(BTC, 0.0027, 0.9)).toBe(
    'BTC/USDT perp on binance is near its cap: 0.2700 %, 90 % of what is allowed: longs pay',
  );
  expect(capText(BTC, -0.003, 1)).toContain('near its floor: −0.3000 %, 100 %');
});

test('a regime names its causes and none that is not known', () => {
  const inputs = {
    oiShock: -2.41,
    oiChange: -0.0312,
    fundingZ: Number.NaN,
    liquidationZ: 3.5,
    depthRank: 0.1,
  };
  expect(regimeText('BTC', 'neutral', 'deleveraging stress', inputs)).toBe(
    'BTC regime: neutral → deleveraging stress (OI shock z −2.4, OI in 1 h −3.1 %, liquidations z +3.5)',
  );
});
