import { describe, expect, test } from 'vitest';
import {
  type Bar,
  DAY_MS,
  FIVE_MINUTES_MS,
  HOUR_MS,
  MINUTE_MS,
  mergeBars,
  SERIES,
} from '../../src/sim/market-bars.ts';
import { fundingRate } from '../../src/sim/market-funding.ts';
import { createMarket } from '../../src/sim/market-start.ts';
import {
  barsBetween,
  dayStatistics,
  openInterestOn,
  tapeBegin,
} from '../../src/sim/market-tape.ts';
import { live } from './support/hearing.ts';

const START_MS = Date.UTC(2026, 10, 20, 13, 37, 25);
const market = (seed = 1, startMs = START_MS, scenario = 'calm') =>
  createMarket({ seed, scenario, assets: ['BTC', 'SOL'], startMs });

const isWhole = (bar: Bar): boolean =>
  bar.high >= Math.max(bar.open, bar.close) && bar.low <= Math.min(bar.open, bar.close);

describe('the warm history', () => {
  const btc = market().assets[0]!;
  const { tape } = btc;

  test('reaches back 35 days of hours and more, without a hole, in every series', () => {
    for (const series of SERIES) {
      const from = START_MS - 37 * DAY_MS;
      const bars = barsBetween(tape, series, HOUR_MS, from, START_MS);
      expect(bars).toHaveLength(37 * 24);
      expect(bars.every(isWhole)).toBe(true);
      for (let index = 1; index < bars.length; index++) {
        expect(bars[index]!.openMs - bars[index - 1]!.openMs).toBe(HOUR_MS);
        expect(bars[index]!.open).toBeCloseTo(bars[index - 1]!.close, 6);
      }
    }
    expect(tapeBegin(tape)).toBeLessThan(START_MS - 60 * DAY_MS);
  });

  test('ends exactly where the market begins', () => {
    const last = (series: 'perp' | 'spot' | 'index' | 'mark') =>
      barsBetween(tape, series, MINUTE_MS, START_MS - MINUTE_MS, START_MS).at(-1)!.close;
    expect(last('index')).toBeCloseTo(btc.indexPrice, 6);
    expect(last('mark')).toBeCloseTo(btc.markPrice, 6);
    expect(last('spot')).toBeCloseTo(Math.exp(btc.logPrice), 1);
    expect(openInterestOn(tape, START_MS - (START_MS % FIVE_MINUTES_MS)) ?? 0).toBeGreaterThan(
      btc.openInterest * 0.98,
    );
  });

  test('shows the same candles through every length', () => {
    for (const series of ['perp', 'mark', 'premium'] as const) {
      const to = Date.UTC(2026, 10, 19, 12);
      const hour = barsBetween(tape, series, HOUR_MS, to - HOUR_MS, to)[0]!;
      for (const length of [MINUTE_MS, FIVE_MINUTES_MS, 15 * MINUTE_MS]) {
        const parts = barsBetween(tape, series, length, to - HOUR_MS, to);
        expect(parts).toHaveLength(HOUR_MS / length);
        expect(parts.every(isWhole)).toBe(true);
        const joined = mergeBars(hour.openMs, parts);
        for (const field of ['open', 'high', 'low', 'close', 'volume'] as const) {
          expect(joined[field] / (hour[field] || 1)).toBeCloseTo(hour[field] === 0 ? 0 : 1, 9);
        }
      }
    }
  });

  test('answers the same whatever was asked before', () => {
    const asked = market();
    const fresh = market();
    const span = [START_MS - 3 * DAY_MS, START_MS - 2 * DAY_MS] as const;
    barsBetween(asked.assets[0]!.tape, 'perp', HOUR_MS, START_MS - 40 * DAY_MS, START_MS);
    const bars = (of: typeof asked) => barsBetween(of.assets[0]!.tape, 'perp', MINUTE_MS, ...span);
    expect(bars(asked)).toEqual(bars(fresh));
  });

  test('holds 30 days of open interest in steps of five minutes that move like a market', () => {
    const end = START_MS - (START_MS % FIVE_MINUTES_MS);
    const hourly: number[] = [];
    for (let back = 0; back <= 30 * 24 * 12; back++) {
      const lots = openInterestOn(tape, end - back * FIVE_MINUTES_MS);
      expect(lots).toBeGreaterThan(btc.openInterest * 0.5);
      if (back % 12 === 0) hourly.push(lots!);
    }
    const changes = hourly.slice(1).map((lots, index) => Math.abs(lots / hourly[index]! - 1));
    const mean = changes.reduce((sum, change) => sum + change, 0) / changes.length;
    expect(mean).toBeGreaterThan(0.001);
    expect(mean).toBeLessThan(0.02);
  });

  test('settled funding for 60 days by the venue’s formula, every four hours for SOL', () => {
    for (const asset of market().assets) {
      const { settlements } = asset.tape;
      const hours = asset.spec.fundingIntervalHours;
      expect(settlements.length).toBeGreaterThanOrEqual((60 * 24) / hours);
      for (const [index, settlement] of settlements.entries()) {
        expect(settlement.atMs % (hours * HOUR_MS)).toBe(0);
        if (index > 0) {
          expect(settlement.atMs - settlements[index - 1]!.atMs).toBe(hours * HOUR_MS);
        }
      }
      const rates = new Set(settlements.map(({ rate }) => rate));
      expect(rates.size).toBeGreaterThan(settlements.length / 3);
      // A constant premium of 20 bps over the whole period would settle here.
      expect(Math.max(...rates)).toBeLessThan(fundingRate(0.004, hours, 1));
    }
  });

  test('has the volatility and the daily volume of its asset', () => {
    const bars = barsBetween(tape, 'perp', HOUR_MS, START_MS - 60 * DAY_MS, START_MS);
    const squares = bars.reduce((sum, bar) => sum + Math.log(bar.close / bar.open) ** 2, 0);
    const annual = Math.sqrt((squares / bars.length) * 8760);
    expect(annual / btc.spec.volatilityAnnual).toBeGreaterThan(0.7);
    expect(annual / btc.spec.volatilityAnnual).toBeLessThan(1.5);
    const { bar } = dayStatistics(tape, 'perp', START_MS);
    expect(bar.notional / btc.spec.perpVolumeUsd).toBeGreaterThan(0.4);
    expect(bar.notional / btc.spec.perpVolumeUsd).toBeLessThan(2.5);
  });
});

describe('past and present', () => {
  test('join without a seam, at an odd start as well as on the hour', () => {
    for (const startMs of [START_MS, Date.UTC(2026, 10, 20, 14)]) {
      const living = market(3, startMs);
      live(living, 130);
      for (const { tape } of living.assets) {
        for (const series of SERIES) {
          for (const length of [MINUTE_MS, FIVE_MINUTES_MS, HOUR_MS]) {
            const bars = barsBetween(tape, series, length, startMs - 5 * HOUR_MS, living.nowMs + 1);
            for (let index = 1; index < bars.length; index++) {
              expect(bars[index]!.openMs - bars[index - 1]!.openMs).toBe(length);
            }
            expect(bars.every(isWhole)).toBe(true);
          }
        }
      }
    }
  });

  test('a crowd at the start was built in the hours before it', () => {
    const crowded = market(4, START_MS, 'carry').assets[0]!;
    const before = openInterestOn(crowded.tape, START_MS - (START_MS % HOUR_MS) - 24 * HOUR_MS)!;
    expect(crowded.openInterest).toBeGreaterThan(before * 1.005);
  });
});
