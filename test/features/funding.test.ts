import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  funding,
  fundingInterpretation,
  nextFunding,
  predictedReading,
  rate8h,
  rateAnnual,
} from '../../src/features/funding.ts';
import { absent, live, type Reading, stale } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { HOUR, micros } from '../../src/model/units.ts';
import {
  at,
  hours,
  inputWith,
  listed,
  liveValue,
  numberIn,
  reasonIn,
  type Said,
  T0,
} from '../support/market.ts';

const mark = (seconds: number): Said => ({
  kind: 'markPrice',
  tsLocal: at(seconds),
  markPrice: 100,
  indexPrice: 100,
});
const predicted = (seconds: number, fundingRate: number, nextFundingTs = T0 + hours(4)): Said => ({
  kind: 'fundingPredicted',
  tsLocal: at(seconds),
  fundingRate,
  nextFundingTs: micros(nextFundingTs),
});
const interval = (count: number): Said => ({
  kind: 'fundingInterval',
  tsLocal: at(0),
  hours: count,
  basis: 'listed',
});
const settledPage = (
  seconds: number,
  ...rows: readonly (readonly [hour: number, rate: number])[]
): Said => ({
  kind: 'historyPage',
  tsLocal: at(seconds),
  series: 'fundingSettled',
  rows: rows.map(([hour, value]) => ({ ts: micros(T0 + hour * HOUR), value })),
});

describe('funding whose settlement nobody names', () => {
  const unnamed = (seconds: number, fundingRate: number): Said => ({
    ...predicted(seconds, fundingRate),
    nextFundingTs: null,
  });

  test('has a rate, and no acceleration: nobody knows when the estimate begins anew', () => {
    const { state, tell } = listed('perp', { venue: 'kraken', polledEveryMs: 10_000 });
    const memory = funding.create(DEFAULT_SETTINGS);
    tell(interval(1));
    for (let second = 60; second <= 1200; second += 60) {
      tell(unnamed(second, 0.0001 + second / 1e8));
      funding.onTick?.(memory, inputWith(state, at(second)));
    }
    const entries = funding.read(memory, inputWith(state, at(1200)));
    expect(numberIn(entries, 'fundingPredicted')).toBeCloseTo(0.000112, 9);
    expect(reasonIn(entries, 'fundingAccelerationPerHour')).toBe('no settlement time: kraken');
    expect(nextFunding(state, entries['fundingPredicted'] as Reading)).toEqual(
      absent('no settlement time: kraken'),
    );
  });

  test('flows all the time where it is streamed, and so has an acceleration', () => {
    const { state, tell } = listed('perp');
    const memory = funding.create(DEFAULT_SETTINGS);
    tell(interval(8));
    for (let second = 60; second <= 1200; second += 60) {
      tell(unnamed(second, 0.0001 + second / 1e8));
      funding.onTick?.(memory, inputWith(state, at(second)));
    }
    const entries = funding.read(memory, inputWith(state, at(1200)));
    expect(numberIn(entries, 'fundingAccelerationPerHour')).toBeCloseTo(3600 / 1e8, 12);
    expect(nextFunding(state, entries['fundingPredicted'] as Reading)).toEqual(
      absent('continuous funding'),
    );
  });

  test('grows stale by its own rhythm, whatever the mark price does', () => {
    const { state, tell } = listed('perp');
    tell(predicted(0, 0.0001), predicted(60, 0.0001));
    for (let second = 1; second <= 120; second += 1) tell(mark(second));
    expect(predictedReading(state, at(120), DEFAULT_SETTINGS)).toEqual(live(0.0001));
    for (let second = 121; second <= 300; second += 1) tell(mark(second));
    expect(predictedReading(state, at(300), DEFAULT_SETTINGS)).toEqual(
      stale(0.0001, micros(240e6)),
    );
  });
});

describe('a rate in other units', () => {
  test.each([
    [1, 0.0008, 0.876],
    [2, 0.0004, 0.438],
    [4, 0.0002, 0.219],
    [8, 0.0001, 0.1095],
  ])('of 0.01 %% per %i h is %d per 8 h and %d a year', (every, per8h, annual) => {
    expect(liveValue(rate8h(live(0.0001), live(every)))).toBeCloseTo(per8h, 15);
    expect(liveValue(rateAnnual(live(0.0001), live(every)))).toBeCloseTo(annual, 12);
  });

  test.prop([
    fc.integer({ min: -200_000, max: 200_000 }).map((steps) => steps / 1e7),
    fc.constantFrom(1, 2, 4, 8),
    fc.constantFrom(1, 2, 4, 8),
  ])('is the same yearly rate however it is paid out', (rate, from, to) => {
    const same = (rate * to) / from;
    expect(liveValue(rateAnnual(live(rate), live(from)))).toBeCloseTo(
      liveValue(rateAnnual(live(same), live(to))),
      12,
    );
    expect(liveValue(rate8h(live(rate), live(from)))).toBe(liveValue(rate8h(live(same), live(to))));
  });

  test('is not told while the interval is unknown', () => {
    expect(rate8h(live(0.0001), absent('no funding interval: okx'))).toEqual(
      absent('no funding interval: okx'),
    );
  });
});

test.each([
  [0.00080001, 'extreme bullish (contrarian short)'],
  [0.0008, 'strong bullish (overheated)'],
  [0.00030001, 'strong bullish (overheated)'],
  [0.0003, 'moderate bullish'],
  [0.00005001, 'moderate bullish'],
  [0.00005, 'neutral'],
  [0, 'neutral'],
  [-0.00005, 'neutral'],
  [-0.00005001, 'moderate bearish'],
  [-0.0003, 'moderate bearish'],
  [-0.00030001, 'strong bearish (contrarian long)'],
  [-0.5, 'strong bearish (contrarian long)'],
])('a rate of %d per 8 h is %s: an edge belongs to the milder band', (rate, text) => {
  expect(fundingInterpretation(rate)).toBe(text);
});

test('an edge is met by a rate that is paid more often, too', () => {
  for (const every of [1, 2, 4, 8])
    expect(fundingInterpretation(liveValue(rate8h(live((0.0003 * every) / 8), live(every))))).toBe(
      'moderate bullish',
    );
});

describe('funding of a perp', () => {
  const fresh = () => ({ ...listed(), memory: funding.create(DEFAULT_SETTINGS) });

  test('is absent with the reason of what is missing', () => {
    const { state, memory, tell } = fresh();
    const before = funding.read(memory, inputWith(state, at(1)));
    expect(reasonIn(before, 'fundingPredicted')).toBe('no funding rate: binance');
    expect(reasonIn(before, 'fundingSettled')).toBe('no settled funding: binance');
    expect(reasonIn(before, 'fundingIntervalHours')).toBe('no funding interval: binance');
    tell(mark(1), predicted(1, 0.0001));
    const without = funding.read(memory, inputWith(state, at(1)));
    expect(numberIn(without, 'fundingPredicted')).toBe(0.0001);
    expect(reasonIn(without, 'funding8h')).toBe('no funding interval: binance');
    expect(reasonIn(without, 'fundingAnnual')).toBe('no funding interval: binance');
  });

  test('is stale by its own pace', () => {
    const { state, memory, tell } = fresh();
    tell(interval(4), predicted(0, 0.0001), mark(1), predicted(1, 0.0001));
    const entriesAt = (seconds: number) => funding.read(memory, inputWith(state, at(seconds)));
    // Until its pace is known a minute or two of silence may be all there is to it.
    expect(entriesAt(5)['funding8h']).toEqual(live(0.0002));
    for (let second = 2; second <= 12; second += 1) tell(predicted(second, 0.0001));
    expect(entriesAt(16)['funding8h']).toEqual(stale(0.0002, micros(4e6)));
  });

  test('carries the last settled rate for its interval and a quarter of an hour', () => {
    const { state, memory, tell } = fresh();
    tell(interval(8), settledPage(60, [-8, 0.0003], [0, 0.0002]));
    const read = (seconds: number) => funding.read(memory, inputWith(state, at(seconds)));
    expect(numberIn(read(60), 'fundingSettled')).toBe(0.0002);
    expect(numberIn(read(60), 'fundingSettledAnnual')).toBeCloseTo(0.219, 12);
    expect(read(8.25 * 3600)['fundingSettled']?.state).toBe('live');
    expect(read(8.25 * 3600 + 1)['fundingSettled']).toMatchObject({
      state: 'stale',
      value: 0.0002,
    });
  });

  /** Estimates every second from `from` to `to`. */
  function estimates(
    { state, memory, tell }: ReturnType<typeof fresh>,
    from: number,
    to: number,
    rate: (second: number) => number,
    next = T0 + hours(4),
  ) {
    for (let second = from; second <= to; second += 1) {
      tell(mark(second), predicted(second, rate(second), next));
      funding.onTick!(memory, inputWith(state, at(second)));
    }
    return funding.read(memory, inputWith(state, at(to)));
  }

  test('accelerates by the change of its 8h rate per hour, once five minutes are known', () => {
    const perp = fresh();
    perp.tell(interval(4));
    const rate = (second: number) => 0.0001 + second * 1e-9;
    expect(reasonIn(estimates(perp, 1, 300, rate), 'fundingAccelerationPerHour')).toBe(
      'warming 5 min of this funding period',
    );
    const entries = estimates(perp, 301, 900, rate);
    // 1e-9 a second of a 4 h rate is 7.2e-6 an hour of the 8 h rate.
    expect(numberIn(entries, 'fundingAccelerationPerHour')).toBeCloseTo(7.2e-6, 12);
  });

  test('does not accelerate across a settlement, where the estimate starts anew', () => {
    const perp = fresh();
    perp.tell(interval(4));
    estimates(perp, 1, 900, () => 0.001);
    // The message that turns the period, before any tick has seen it.
    perp.tell(mark(901), predicted(901, 0.0001, T0 + hours(8)));
    const between = funding.read(perp.memory, inputWith(perp.state, at(901)));
    expect(reasonIn(between, 'fundingAccelerationPerHour')).toMatch(/^warming/);
    const after = estimates(perp, 902, 1300, () => 0.0001, T0 + hours(8));
    expect(numberIn(after, 'fundingAccelerationPerHour')).toBe(0);
  });

  test('does not accelerate from the settlement on until the venue names the next one', () => {
    const perp = fresh();
    perp.tell(interval(4));
    const end = 4 * 3600;
    estimates(perp, end - 900, end - 1, () => 0.001);
    // The rate has turned and the period is still the old one.
    const entries = estimates(perp, end, end + 5, () => 0.0001);
    expect(numberIn(entries, 'fundingPredicted')).toBe(0.0001);
    expect(reasonIn(entries, 'fundingAccelerationPerHour')).toMatch(/^settling/);
    const after = estimates(perp, end + 6, end + 400, () => 0.0001, T0 + hours(8));
    expect(numberIn(after, 'fundingAccelerationPerHour')).toBe(0);
  });

  test('measures its acceleration over the last hour', () => {
    const perp = fresh();
    perp.tell(interval(8));
    // An hour of rising, then an hour of rest.
    estimates(perp, 1, 3600, (second) => second * 1e-8);
    const entries = estimates(perp, 3601, 7201, () => 3600e-8);
    expect(numberIn(entries, 'fundingAccelerationPerHour')).toBeCloseTo(0, 9);
  });

  test('is a matter of perps alone', () => {
    expect(funding.appliesTo(listed('perp').state.instrument)).toBe(true);
    expect(funding.appliesTo(listed('spot').state.instrument)).toBe(false);
  });
});
