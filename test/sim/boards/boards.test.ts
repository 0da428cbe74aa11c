import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { assetsNamed } from '../../../src/sim/assets.ts';
import {
  dayMonthYear,
  expiryOf,
  type Term,
  yearMonthDay,
} from '../../../src/sim/boards/expiries.ts';
import { BOARD_NAMES, type BoardName, listedOn } from '../../../src/sim/boards/index.ts';

const START_MS = Date.UTC(2026, 10, 20, 13, 37, 5);
const COINS = assetsNamed(['BTC', 'ETH', 'SOL', 'XRP', 'DOGE', 'PEPE']);
const listed = (board: BoardName, asset: string) =>
  listedOn(board, COINS.find((coin) => coin.asset === asset)!, START_MS);
const symbols = (board: BoardName, asset: string) =>
  listed(board, asset).flatMap(({ perp, spot }) => [
    perp.symbol,
    ...(spot === null ? [] : [`spot ${spot.symbol}`]),
  ]);

describe('what the venues list', () => {
  test('BTC, as each of them spells it', () => {
    expect(symbols('bybit', 'BTC')).toEqual([
      'BTCUSDT',
      'spot BTCUSDT',
      'BTCUSD',
      'BTCUSDT-27NOV26',
      'BTCUSDT-25DEC26',
      'BTCUSDT-26MAR27',
      'BTCUSDZ26',
      'BTCUSDH27',
    ]);
    expect(symbols('okx', 'BTC')).toEqual([
      'BTC-USDT-SWAP',
      'spot BTC-USDT',
      'BTC-USD-SWAP',
      'BTC-USD-261127',
      'BTC-USD-261225',
      'BTC-USD-270326',
      'BTC-USDT-261127',
      'BTC-USDT-261225',
      'BTC-USDT-270326',
    ]);
    expect(symbols('deribit', 'BTC')).toEqual([
      'BTC-PERPETUAL',
      'BTC_USDC-PERPETUAL',
      'BTC-27NOV26',
      'BTC-25DEC26',
      'BTC-26MAR27',
    ]);
    expect(symbols('hyperliquid', 'BTC')).toEqual(['BTC']);
    expect(symbols('binance-coinm', 'BTC')).toEqual([
      'BTCUSD_PERP',
      'BTCUSD_261225',
      'BTCUSD_270326',
    ]);
  });

  test('PEPE in bundles where the venue has bundles, in large contracts where it has not', () => {
    const bundle = (board: BoardName) =>
      listed(board, 'PEPE').map(({ multiplier, perp }) => [
        perp.symbol,
        multiplier,
        perp.contract.size,
      ]);
    expect(bundle('bybit')).toEqual([['1000PEPEUSDT', 1000, 1]]);
    expect(bundle('hyperliquid')).toEqual([['kPEPE', 1000, 1]]);
    expect(bundle('okx')).toEqual([['PEPE-USDT-SWAP', 1, 10_000_000]]);
    expect(bundle('deribit')).toEqual([]);
  });

  test('nothing under the same key, and every step and tick with the decimals it needs', () => {
    const all = BOARD_NAMES.flatMap((board) =>
      COINS.flatMap((coin) => listedOn(board, coin, START_MS)),
    );
    expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
    for (const { perp, spot } of all) {
      for (const spec of [perp, spot].filter((listing) => listing !== null)) {
        const { tickSize, priceDecimals, stepSize, sizeDecimals } = spec;
        expect(Number((3 * tickSize).toFixed(priceDecimals)) / tickSize).toBeCloseTo(3, 9);
        expect(Number((3 * stepSize).toFixed(sizeDecimals)) / stepSize).toBeCloseTo(3, 9);
      }
    }
  });
});

describe('a delivery', () => {
  const instants = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2032, 0, 1) });

  test.prop([instants])('is a Friday 08:00 UTC, in the order of the terms', (atMs) => {
    const [week, quarter, next] = (['week', 'quarter', 'nextQuarter'] as const).map((term: Term) =>
      expiryOf(term, atMs),
    ) as [number, number, number];
    for (const expiryMs of [week, quarter, next]) {
      const day = new Date(expiryMs);
      expect([day.getUTCDay(), day.getUTCHours(), day.getUTCMinutes()]).toEqual([5, 8, 0]);
      expect(expiryMs).toBeGreaterThan(atMs);
    }
    const DAY = 86_400_000;
    expect(week - atMs).toBeLessThanOrEqual(14 * DAY);
    expect(week).not.toBe(quarter);
    expect(quarter - atMs).toBeLessThanOrEqual(98 * DAY);
    expect(next - quarter).toBeGreaterThanOrEqual(84 * DAY);
    expect(next - quarter).toBeLessThanOrEqual(98 * DAY);
    for (const expiryMs of [quarter, next]) {
      expect(new Date(expiryMs).getUTCMonth() % 3).toBe(2);
      expect(new Date(expiryMs + 7 * DAY).getUTCMonth() % 3).toBe(0);
    }
  });

  test('passes at its very instant', () => {
    const friday = Date.UTC(2026, 2, 27, 8);
    expect(expiryOf('quarter', friday - 1)).toBe(friday);
    expect(expiryOf('quarter', friday)).toBe(Date.UTC(2026, 5, 26, 8));
    expect(expiryOf('week', friday - 1)).toBe(Date.UTC(2026, 3, 3, 8));
  });

  test('is spelled as the venues spell it', () => {
    const day = Date.UTC(2026, 2, 6, 8);
    expect([yearMonthDay(day), dayMonthYear(day)]).toEqual(['260306', '6MAR26']);
  });
});
