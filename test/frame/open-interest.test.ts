import { describe, expect, test } from 'vitest';
import { openInterestGrounds } from '../../src/frame/open-interest.ts';
import { absent } from '../../src/model/reading.ts';
import { SECOND } from '../../src/model/units.ts';
import { DESK_NOW, type DeskListing, deskOf } from '../support/desk.ts';
import { engineFor, lastFrame, linesOf } from '../support/engine.ts';
import { liveValue } from '../support/market.ts';
import { tape } from '../support/tape.ts';

const perp = (venue: string, more: Partial<DeskListing> = {}): DeskListing => ({
  venue,
  kind: 'perp',
  bid: 99.9,
  ask: 100.1,
  mark: 100,
  index: 100,
  ...more,
});

describe('open interest over venues', () => {
  const then = (h1: number, h4: number, h24: number) => ({ 1: h1, 4: h4, 24: h24 });
  const { frame, section } = deskOf([
    perp('binance', { openInterest: 110, openInterestBefore: then(100, 100, 90) }),
    perp('binance', { quote: 'USD', openInterest: 50, openInterestBefore: then(50, 40, 40) }),
    perp('okx', { openInterest: 60, openInterestBefore: then(50, 60, 70), mark: 101 }),
    perp('hyperliquid', { quote: 'USDC', openInterest: 80 }),
    perp('bybit'),
  ]);
  const oi = frame.openInterest;

  test('is added up in coins and in dollars at each mark', () => {
    expect(liveValue(oi.totalCoin)).toBe(300);
    expect(liveValue(oi.totalUsd)).toBe(240 * 100 + 60 * 101);
    expect(oi.totalCoin).toHaveProperty('partial', true);
    expect(oi.totalExcluded).toEqual(['bybit: no open interest']);
    expect(openInterestGrounds(section, 'openInterest.totalUsd')).toEqual({
      excluded: ['bybit: no open interest'],
    });
  });

  test('keeps the leading perp’s own where it was', () => {
    expect(liveValue(oi.coin)).toBe(110);
    expect(liveValue(oi.change1h)).toBeCloseTo(0.1, 12);
  });

  test('shares the total among venues with all their perps', () => {
    const { binance, okx, bybit } = oi.byVenue;
    expect(liveValue(binance?.coin)).toBe(110);
    expect(liveValue(binance?.allCoin)).toBe(160);
    expect(liveValue(binance?.share)).toBeCloseTo(160 / 300, 12);
    expect(liveValue(okx?.change1h)).toBeCloseTo(0.2, 12);
    expect(bybit?.share).toEqual(absent('no open interest'));
  });

  test('changes by what is known at both ends', () => {
    expect(liveValue(oi.totalChange1h)).toBeCloseTo(20 / 200, 12);
    expect(liveValue(oi.totalChange4h)).toBeCloseTo(20 / 200, 12);
    expect(liveValue(oi.totalChange24h)).toBeCloseTo(20 / 200, 12);
    expect(oi.trend).toEqual({ state: 'live', value: 'rising', partial: true });
    expect(openInterestGrounds(section, 'openInterest.totalChange4h')).toEqual({
      excluded: ['bybit: no open interest', 'hyperliquid: warming 4 h of open interest'],
    });
  });

  test('is left out of the total once it is stale', () => {
    const late = (DESK_NOW + 40 * SECOND) as typeof DESK_NOW;
    const { frame: old } = deskOf([perp('binance', { openInterest: 110 })], { now: late });
    expect(old.openInterest.coin.state).toBe('stale');
    expect(old.openInterest.totalCoin).toEqual(absent('stale open interest'));
    expect(old.openInterest.totalExcluded).toEqual(['binance: stale open interest']);
  });
});

describe('the strength of a change', () => {
  const frame = lastFrame(linesOf(engineFor(), tape({ seconds: 5 })));
  const oi = frame.openInterest;

  test('of a single venue is the shock of its leading perp', () => {
    expect(liveValue(oi.strength)).toBeCloseTo(liveValue(oi.shock), 9);
    expect(oi.totalCoin).toEqual(oi.coin);
    expect(oi.totalChange1h.value).toBeCloseTo(oi.change1h.value ?? Number.NaN, 12);
  });

  test('and that of the price make the confidence of a divergence', () => {
    expect(oi.priceZ).toMatchObject({ state: 'live', provisional: true });
    expect(oi.confidence).toMatchObject({ state: 'live', estimated: true });
    expect(liveValue(oi.confidence)).toBeGreaterThanOrEqual(0);
    expect(liveValue(oi.confidence)).toBeLessThan(1);
  });
});
