import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { absent, live, stale } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { HOUR, MINUTE, micros } from '../../src/model/units.ts';
import { zScore } from '../../src/signals/drift.ts';
import {
  paidByStretch,
  recentHours,
  returnByHour,
  scoreNow,
  scoreWindow,
  totalOiChangeByHour,
} from '../../src/signals/hourly-scores.ts';
import { listed, T0 } from '../support/market.ts';

const HOUR_OF_T0 = T0 / HOUR;
const { drift } = DEFAULT_SETTINGS;
/** Half an hour into the cell after `T0`, which is the last one that closed. */
const NOW = micros(T0 + 30 * MINUTE);

/** A listing with hourly rows of one series, the last one at `T0`. */
function withHours(series: string, values: readonly (number | null)[], id = 'a:X') {
  const { state, tell } = listed('perp', { id });
  const from = HOUR_OF_T0 - values.length + 1;
  tell({
    kind: 'historyPage',
    tsLocal: T0,
    series,
    rows: values.flatMap((value, i) =>
      value === null ? [] : [{ ts: micros((from + i) * HOUR), value }],
    ),
  });
  return state;
}

describe('a z of now against closed hours', () => {
  const value = fc.double({ min: -1, max: 1, noNaN: true });

  test.prop([fc.array(value, { minLength: 167, maxLength: 200 }), value])(
    'is that of the last 167 of them with now',
    (values, current) => {
      const past = (hour: number) => values[hour - HOUR_OF_T0 + values.length - 1] ?? Number.NaN;
      const naive = zScore([...values.slice(-167), current], drift.minValues);
      const reading = scoreNow(live(current), past, NOW, drift);
      if ('z' in naive) expect(reading).toEqual(live(naive.z, { provisional: true }));
      else expect(reading).toEqual(absent(naive.reason));
    },
  );

  test('does not know the open cell or what is behind it', () => {
    const asked: number[] = [];
    scoreNow(live(1), (hour) => asked.push(hour) && Number.NaN, NOW, drift);
    expect(Math.max(...asked)).toBe(HOUR_OF_T0);
    expect(Math.min(...asked)).toBe(HOUR_OF_T0 - 166);
  });

  test('is as stale as what it is about, and warms like any other', () => {
    const past = (hour: number) => hour % 7;
    expect(scoreNow(stale(3, micros(MINUTE)), past, NOW, drift)).toMatchObject({
      state: 'stale',
      age: MINUTE,
    });
    expect(scoreNow(absent('no mark price'), past, NOW, drift)).toEqual(absent('no mark price'));
    const young = (hour: number) => (hour > HOUR_OF_T0 - 10 ? hour % 7 : Number.NaN);
    expect(scoreNow(live(3), young, NOW, drift)).toEqual(absent('warming 11/168'));
    expect(scoreWindow(young, NOW, drift)).toEqual({ span: 168 * HOUR, count: 11, full: 168 });
    expect(scoreNow(live(3), () => 3, NOW, drift)).toEqual(absent('no variance'));
  });
});

describe('the past by the hour', () => {
  test('is null where nothing is known', () => {
    const past = (hour: number) => (hour === HOUR_OF_T0 - 1 ? Number.NaN : 0.1 / 3);
    expect(recentHours(past, NOW, 3)).toEqual([0.033333333, null, 0.033333333]);
  });

  test('of price is its ln return', () => {
    const state = withHours('bar1h', [100, 110, null, 121]);
    expect(returnByHour(state)(HOUR_OF_T0 - 2)).toBeCloseTo(Math.log(1.1), 12);
    expect(returnByHour(state)(HOUR_OF_T0)).toBeNaN();
  });

  test('of a total is that of the listings known at both ends', () => {
    const a = withHours('openInterest', [100, 110, 120]);
    const b = withHours('openInterest', [null, 300, 330], 'b:X');
    const change = totalOiChangeByHour([a, b]);
    expect(change(HOUR_OF_T0 - 1)).toBeCloseTo(Math.log(1.1), 12);
    expect(change(HOUR_OF_T0)).toBeCloseTo(Math.log(450 / 410), 12);
    expect(change(HOUR_OF_T0 - 9)).toBeNaN();
  });
});

describe('what was paid in eight hours', () => {
  // T0 is noon: the last stretch that ended did so at 08:00.
  const END = HOUR_OF_T0 - 4;
  /** Settlements at so many hours before 08:00. */
  const paid = (rows: readonly (readonly [before: number, rate: number])[]) => {
    const { state, tell } = listed('perp');
    tell({
      kind: 'historyPage',
      tsLocal: T0,
      series: 'fundingSettled',
      rows: rows
        .map(([before, value]) => ({ ts: micros((END - before) * HOUR), value }))
        .sort((a, b) => a.ts - b.ts),
    });
    return paidByStretch(state, NOW, 2);
  };

  test('is the rate of an 8 h interval, the sum of shorter ones', () => {
    expect(paid([16, 8, 0].map((before) => [before, before / 1e4] as const))).toEqual([0.0008, 0]);
    expect(paid([16, 12, 8, 4, 0].map((before) => [before, 0.0001] as const))).toEqual([
      0.0002, 0.0002,
    ]);
    const hourly = Array.from({ length: 17 }, (_, i) => [i, 0.0000125] as const);
    expect(paid(hourly)).toEqual([0.0001, 0.0001]);
  });

  test('reads each stretch by the interval it had', () => {
    expect(paid([16, 8, 4, 0].map((before) => [before, 0.0001] as const))).toEqual([
      0.0001, 0.0002,
    ]);
  });

  test('is not known of a stretch with a hole', () => {
    const hourly = Array.from({ length: 17 }, (_, i) => [i, 0.0000125] as const);
    expect(paid(hourly.filter(([before]) => before !== 3))).toEqual([0.0001, null]);
    expect(paid(hourly.filter(([before]) => before !== 0))).toEqual([0.0001, null]);
    expect(paid(hourly.filter(([before]) => before !== 8))).toEqual([null, null]);
  });
});
