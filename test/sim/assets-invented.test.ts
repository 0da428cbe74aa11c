import { describe, expect, test } from 'vitest';
import { inventedAssets } from '../../src/sim/assets-invented.ts';

const SEEDS = [1, 2, 3];
const COUNT = 500;

describe.each(SEEDS)('the invented coins of seed %i', (seed) => {
  const coins = inventedAssets(seed, COUNT);
  const perps = coins.map(({ perp }) => perp);

  test('are the same every time, and the first of a longer list', () => {
    expect(inventedAssets(seed, COUNT)).toEqual(coins);
    expect(inventedAssets(seed, 20)).toEqual(coins.slice(0, 20));
  });

  test('have names and symbols that no other coin has', () => {
    expect(new Set(coins.map(({ asset }) => asset)).size).toBe(COUNT);
    expect(new Set(perps.map(({ symbol }) => symbol)).size).toBe(COUNT);
    for (const { asset, multiplier, perp } of coins) {
      expect(asset).toMatch(/^[A-Z]{2,4}Q$/);
      expect(perp.symbol).toBe(`${multiplier === 1 ? '' : multiplier}${asset}USDT`);
    }
  });

  test('are priced over many magnitudes on grids as the venue uses them', () => {
    const prices = coins.map(({ price, multiplier }) => price * multiplier);
    expect(Math.max(...prices) / Math.min(...prices)).toBeGreaterThan(1e4);
    for (const [index, { tickSize, priceDecimals, stepSize, sizeDecimals }] of perps.entries()) {
      const tickBps = (tickSize / prices[index]!) * 1e4;
      expect(tickBps).toBeGreaterThan(0.05);
      expect(tickBps).toBeLessThan(11);
      // What the wire spells is on the grid: no digit of a tick or a step gets lost.
      expect(Number(tickSize.toFixed(priceDecimals))).toBe(tickSize);
      expect(Number(stepSize.toFixed(sizeDecimals))).toBe(stepSize);
      expect(priceDecimals).toBeLessThanOrEqual(8);
    }
    const isFive = ({ tickSize }: { tickSize: number }) => tickSize.toExponential().startsWith('5');
    expect(perps.filter(isFive).length).toBeGreaterThan(15);
  });

  test('include bundles, three funding intervals, and coins that run against the others', () => {
    const count = (isSo: (coin: (typeof coins)[number]) => boolean) => coins.filter(isSo).length;
    expect(count(({ multiplier }) => multiplier > 1)).toBeGreaterThan(8);
    expect(count(({ multiplier }) => multiplier > 1)).toBeLessThan(60);
    for (const hours of [1, 4, 8]) {
      expect(count((coin) => coin.fundingIntervalHours === hours)).toBeGreaterThan(15);
    }
    // `fundingInfo` lists whatever does not settle every eight hours.
    expect(count((coin) => coin.fundingAdjusted !== (coin.fundingIntervalHours !== 8))).toBe(0);
    expect(count(({ beta }) => beta < 0)).toBeGreaterThan(3);
    expect(count(({ temper }) => temper!.crowding < 0)).toBeGreaterThan(10);
  });

  test('fall from rank to rank: volume, depth, activity', () => {
    const mean = (from: number, of: (coin: (typeof coins)[number]) => number) =>
      coins.slice(from, from + 25).reduce((sum, coin) => sum + of(coin), 0) / 25;
    const fall = (of: (coin: (typeof coins)[number]) => number) => mean(0, of) / mean(475, of);
    expect(fall(({ perpVolumeUsd }) => perpVolumeUsd)).toBeGreaterThan(50);
    expect(fall(({ openInterestUsd }) => openInterestUsd)).toBeGreaterThan(30);
    expect(fall(({ perp }) => perp.depthUsdPerBp)).toBeGreaterThan(15);
    expect(fall(({ perp }) => perp.tradesPerSecond)).toBeGreaterThan(15);
    expect(fall(({ perp }) => perp.changesPerSecond)).toBeGreaterThan(3);
  });
});
