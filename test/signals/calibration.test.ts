import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { sumAt } from '../../src/features/timed-sum.ts';
import { calibrationFrame } from '../../src/frame/calibration.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { DAY, MINUTE, type Micros, micros } from '../../src/model/units.ts';
import {
  createCalibration,
  dropForecast,
  forecast,
  judgeLiquidation,
  noteReach,
  tickCalibration,
} from '../../src/signals/calibration.ts';
import { advanceCohorts, createCohortBook } from '../../src/signals/cohorts.ts';
import { legsOf } from '../../src/signals/margin.ts';
import { at, liveValue, T0 } from '../support/market.ts';

const ID = 'bybit:BTC/USDT:USDT';
const LEGS = legsOf([[null, 0.005, 100]], false, {
  ...DEFAULT_SETTINGS.cascade,
  leverage: [[50, 1]],
  leverageLow: [[50, 1]],
  leverageHigh: [[50, 1]],
});
/** Where everything dies that was opened at 100. */
const LONGS_DIE = 100 * LEGS[0]!.long;
const SHORTS_DIE = 100 * LEGS[0]!.short;

const trusted = (since: Micros) => ({ since, sampled: false, silentFor: null });

/** A forecast made at 12:00 of positions that were all opened at 100 with leverage 50. */
function foretold() {
  const book = createCohortBook();
  const flat = { ts: T0, price: 100, low: 100, high: 100, buyShare: 0.5 };
  advanceCohorts(book, { ...flat, openInterest: 1 }, LEGS);
  advanceCohorts(book, { ...flat, openInterest: 1e6 }, LEGS);
  const calibration = createCalibration();
  const make = (now: Micros) => forecast(calibration, ID, book, 100, 0.05, false, now);
  const print = (now: Micros, side: 'long' | 'short', price: number, notional = 1000) =>
    judgeLiquidation(calibration, { instrument: ID, side, notional, tsLocal: now }, price);
  const read = (now: Micros) => calibrationFrame(calibration, now, trusted(micros(T0 - DAY)));
  return { book, calibration, make, print, read };
}

describe('a calibration', () => {
  test('counts what fell where much was foretold, on its own side', () => {
    const { make, print, read } = foretold();
    make(T0);
    print(at(60), 'long', LONGS_DIE, 3000);
    print(at(61), 'long', 99.9, 1000);
    print(at(62), 'short', SHORTS_DIE, 4000);
    print(at(63), 'short', LONGS_DIE, 2000);
    const { hitShare, prints } = read(at(64));
    expect(liveValue(hitShare)).toBeCloseTo(0.7, 12);
    expect(liveValue(prints)).toBe(4);
    expect(hitShare).toMatchObject({ estimated: true, nEff: 4 });
  });

  test('takes a time without any trade for what it is', () => {
    const { calibration, make, print, read } = foretold();
    make(T0);
    noteReach(calibration, ID, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    print(at(60), 'long', LONGS_DIE);
    expect(liveValue(read(at(61)).baseShare)).toBeGreaterThan(0);
  });

  test('is compared with the share of the way that was foretold at all', () => {
    const { calibration, make, print, read } = foretold();
    make(T0);
    noteReach(calibration, ID, LONGS_DIE, 100);
    print(at(60), 'long', LONGS_DIE, 3000);
    const standing = liveValue(read(at(61)).baseShare);
    make(at(300));
    // One bin of some sixteen between 100 and 98.5.
    const base = liveValue(read(at(300)).baseShare);
    expect(base).toBe(standing);
    expect(base).toBeGreaterThan(1 / 18);
    expect(base).toBeLessThan(1 / 14);
  });

  test('knows no forecast that was made after what it judges', () => {
    const { make, print, read } = foretold();
    print(at(1), 'long', LONGS_DIE);
    expect(read(at(2)).hitShare).toMatchObject({ reason: 'no liquidation judged in 24 h' });
    make(at(3));
    print(at(4), 'long', LONGS_DIE);
    expect(liveValue(read(at(5)).prints)).toBe(1);
  });

  test('judges nothing while nothing is foretold', () => {
    const { calibration, make, print, read } = foretold();
    make(T0);
    print(at(60), 'long', LONGS_DIE);
    dropForecast(calibration, ID, at(300));
    print(at(301), 'long', LONGS_DIE);
    expect(liveValue(read(at(302)).prints)).toBe(1);
    expect(liveValue(read(at(302)).baseShare)).toBeGreaterThan(0);
  });

  test('forgets after a day, also when it is only looked at', () => {
    const { calibration, make, print, read } = foretold();
    make(T0);
    print(at(60), 'long', LONGS_DIE);
    const later = micros(T0 + DAY + 2 * MINUTE);
    expect(liveValue(read(later).prints)).toBe(0);
    tickCalibration(calibration, later);
    expect(sumAt(calibration.judgedUsd, later)).toBe(0);
  });

  test.prop([
    fc.array(
      fc.record({
        side: fc.constantFrom('long' as const, 'short' as const),
        price: fc.double({ min: 90, max: 110, noNaN: true }),
        notional: fc.double({ min: 1, max: 1e7, noNaN: true }),
      }),
      { minLength: 1, maxLength: 30 },
    ),
  ])('is a share for whatever is printed', (prints) => {
    const { make, print, read } = foretold();
    make(T0);
    for (const [i, { side, price, notional }] of prints.entries())
      print(at(1 + i), side, price, notional);
    make(at(300));
    const { hitShare, baseShare, prints: count } = read(at(300));
    for (const share of [liveValue(hitShare), liveValue(baseShare)]) {
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1 + 1e-12);
    }
    expect(liveValue(count)).toBe(prints.length);
  });

  test('is absent without a feed that tells of every liquidation, and partial until it was heard for a day', () => {
    const { calibration, make, print } = foretold();
    make(T0);
    print(at(60), 'long', LONGS_DIE);
    const none = calibrationFrame(calibration, at(61), {
      since: null,
      sampled: false,
      silentFor: null,
    });
    expect(none.hitShare).toMatchObject({ reason: 'no complete liquidation feed' });
    expect(calibrationFrame(calibration, at(61), trusted(T0)).hitShare).toMatchObject({
      partial: true,
    });
  });
});
