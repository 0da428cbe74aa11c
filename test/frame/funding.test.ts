import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { fundingGrounds } from '../../src/frame/funding.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import { absent } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { HOUR, micros } from '../../src/model/units.ts';
import { type DeskListing, deskOf } from '../support/desk.ts';
import { at, liveValue, T0 } from '../support/market.ts';

const perp = (venue: string, more: Partial<DeskListing> = {}): DeskListing => ({
  venue,
  kind: 'perp',
  bid: 99.9,
  ask: 100.1,
  mark: 100,
  index: 100,
  rate: 0.0001,
  hours: 8,
  openInterest: 1000,
  ...more,
});

describe('funding over venues', () => {
  const { frame, section } = deskOf([
    perp('binance', { rate: 0.0009, limits: { cap: 0.001, floor: -0.001 } }),
    perp('okx', { rate: -0.0002, hours: 4, openInterest: 500 }),
    perp('binance', { quote: 'USD', rate: -0.0001, openInterest: 200 }),
    perp('hyperliquid', { quote: 'USDC', rate: 0.0000125, hours: 1 }),
  ]);
  const { funding } = frame;

  test('reads each venue in its own band', () => {
    const bands = Object.entries(funding.byVenue).map(([venue, entry]) => [
      venue,
      entry.interpretation.value,
    ]);
    expect(bands).toEqual([
      ['binance', 'extreme bullish (contrarian short)'],
      ['okx', 'strong bearish (contrarian long)'],
      ['hyperliquid', 'moderate bullish'],
    ]);
  });

  test('lists the further perps of a venue behind the one that stands for it', () => {
    expect(funding.others).toHaveLength(1);
    expect(funding.others[0]).toMatchObject({
      instrument: 'binance:BTC/USD:BTC',
      venue: 'binance',
    });
    expect(liveValue(funding.others[0]?.spendUsd)).toBeCloseTo(-0.0001 * 200 * 100, 9);
  });

  test('says how much of its cap a rate takes, and when it is about to be held', () => {
    expect(liveValue(funding.byVenue['binance']?.capShare)).toBeCloseTo(0.9, 12);
    expect(funding.byVenue['okx']?.capShare).toEqual(absent('no funding cap: okx'));
    const near = funding.calendar.map(({ venue, capNear }) => [venue, capNear]);
    expect(near).toContainEqual(['binance', true]);
    expect(near).toContainEqual(['okx', null]);
    expect(fundingGrounds(section, 'funding.byVenue.binance.capShare')).toEqual({
      parameters: { cap: 0.001, floor: -0.001, near: 0.8 },
    });
  });

  test('takes the floor for a negative rate', () => {
    const limits = { cap: 0.02, floor: -0.004 };
    const { frame: other } = deskOf([perp('binance', { rate: -0.003, limits })]);
    expect(liveValue(other.funding.byVenue['binance']?.capShare)).toBeCloseTo(0.75, 12);
    expect(other.funding.calendar[0]?.capNear).toBe(false);
  });

  test('adds up what changes hands in eight hours', () => {
    // 8h rates times dollars: 0.0009·100 k, −0.0004·50 k, −0.0001·20 k, 0.0001·100 k.
    expect(liveValue(funding.spend8hUsd)).toBeCloseTo(90 - 20 - 2 + 10, 9);
    expect(funding.spend8hUsd).not.toHaveProperty('partial');
  });

  test('has a calendar of the next eight hours, the nearest first', () => {
    // It is noon: Hyperliquid at 13:00, the others at 16:00.
    expect(funding.calendar.map(({ ts }) => (ts - T0) / HOUR)).toEqual([1, 4, 4, 4]);
    expect(funding.calendar[0]?.venue).toBe('hyperliquid');
    expect(liveValue(funding.calendar[0]?.usd)).toBeCloseTo(1.25, 9);
  });

  test('pairs the venues that stand for themselves', () => {
    const [widest] = funding.arbitrage;
    expect(widest).toMatchObject({ long: 'okx', short: 'binance' });
    expect(liveValue(widest?.spread8h)).toBeCloseTo(0.0013, 12);
    expect(funding.arbitrage).toHaveLength(3);
    expect(fundingGrounds(section, 'funding.arbitrage.0.annualNet')).toEqual({
      parameters: { threshold8h: 0.0002, holdingDays: 30 },
      excluded: [],
    });
  });

  test('leaves out and names a venue that says nothing', () => {
    const { frame: partly, section: part } = deskOf([
      perp('binance'),
      { venue: 'okx', kind: 'perp', openInterest: 5, mark: 100 },
    ]);
    expect(partly.funding.spend8hUsd).toMatchObject({ state: 'live', partial: true });
    expect(partly.funding.arbitrageExcluded).toEqual(['okx: no funding rate']);
    expect(fundingGrounds(part, 'funding.spend8hUsd')).toEqual({
      excluded: ['okx: no funding rate'],
    });
    expect(fundingGrounds(part, 'funding.oiWeighted')).toEqual({
      excluded: ['okx: no funding rate'],
    });
  });

  test('keeps the intervals that changed within a day', () => {
    const change = (seconds: number, hours: number): EngineEvent => ({
      kind: 'fundingInterval',
      instrument: 'binance:BTC/USDT:USDT',
      hours,
      basis: 'listed',
      tsExchange: null,
      tsLocal: at(seconds),
    });
    const { frame: changed } = deskOf([perp('binance')], { more: [change(0.5, 4)] });
    expect(changed.funding.intervalChanges).toEqual([
      { ts: at(0.5), venue: 'binance', instrument: 'binance:BTC/USDT:USDT', from: 8, to: 4 },
    ]);
    const { frame: later } = deskOf([perp('binance')], {
      more: [change(0.5, 4)],
      now: micros(T0 + 25 * HOUR),
    });
    expect(later.funding.intervalChanges).toEqual([]);
  });

  test('shows what was settled, oldest first', () => {
    const { frame: paid, section: part } = deskOf([
      perp('binance', { settled: [0.0003, 0.0001, 0.0002] }),
    ]);
    const { history } = paid.funding.byVenue['binance']!;
    expect(history).toHaveLength(21);
    expect(history.slice(-3)).toEqual([null, 0.0001, 0.0002]);
    expect(fundingGrounds(part, 'funding.byVenue.binance.history')).toEqual({
      window: { span: 168 * HOUR, count: 2, full: 21 },
    });
  });

  const rates = fc.array(fc.double({ min: -0.003, max: 0.003, noNaN: true }), {
    minLength: 3,
    maxLength: 3,
  });
  test.prop([rates, fc.double({ min: 0.5, max: 8, noNaN: true })], { numRuns: 25 })(
    'weighs within its rates, whatever open interest counts',
    (values, unit) => {
      const weighted = (scale: number) =>
        liveValue(
          deskOf(
            ['binance', 'bybit', 'okx'].map((venue, i) =>
              perp(venue, { rate: values[i]!, openInterest: (i + 1) * 100 * scale }),
            ),
          ).frame.funding.oiWeighted,
        );
      expect(weighted(1)).toBeGreaterThanOrEqual(Math.min(...values) - 1e-15);
      expect(weighted(1)).toBeLessThanOrEqual(Math.max(...values) + 1e-15);
      expect(weighted(unit)).toBeCloseTo(weighted(1), 15);
    },
  );
});

test('the threshold of an arbitrage is a setting', () => {
  const funding = { ...DEFAULT_SETTINGS.funding, arbitrage: 0.01 };
  const { frame } = deskOf([perp('binance', { rate: 0.005 }), perp('okx')], {
    settings: { ...DEFAULT_SETTINGS, funding },
  });
  expect(frame.funding.arbitrage).toEqual([]);
});
