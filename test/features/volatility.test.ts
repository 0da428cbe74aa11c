import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { step } from '../../src/engine/step.ts';
import { realisedVolatility, volatility } from '../../src/features/volatility.ts';
import { setHour } from '../../src/market/hourly.ts';
import { live } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { HOUR, MINUTE } from '../../src/model/units.ts';
import { sampleHour } from '../../src/signals/hourly-sample.ts';
import { engineFor } from '../support/engine.ts';
import { at, inputWith, listed, liveValue, numberIn, reasonIn, T0 } from '../support/market.ts';
import { noteMinutes, wander } from '../support/minutes.ts';
import { naiveQuantile } from '../support/naive.ts';
import { perpOf, TAPE_START, tape } from '../support/tape.ts';

function readOf(mids: readonly number[], hours: readonly number[] = [], seconds = 0) {
  const { state } = listed();
  noteMinutes(state, T0, mids);
  for (const [i, value] of hours.entries())
    setHour(state.history.realisedVolatility, T0 / HOUR - hours.length + 1 + i, 1, value);
  const input = inputWith(state, at(seconds));
  return {
    entries: volatility.read(volatility.create(DEFAULT_SETTINGS), input),
    explain: (name: string) => volatility.explain!(undefined, input, name),
  };
}

describe('realised volatility', () => {
  test.prop([fc.integer({ min: 1, max: 1e6 }), fc.array(fc.nat(60), { maxLength: 8 })], {
    numRuns: 40,
  })('is the root mean square of the returns whose minutes are both known', (seed, holes) => {
    const mids = wander(61, seed, 1, 0.0005);
    for (const hole of holes) mids[hole] = Number.NaN;
    const returns = mids
      .slice(1)
      .map((mid, i) => Math.log(mid / mids[i]!))
      .filter((r) => !Number.isNaN(r));
    const { entries, explain } = readOf(mids);
    expect(explain('realisedVolatility')?.window?.count).toBe(returns.length);
    if (returns.length < 45) {
      expect(reasonIn(entries, 'realisedVolatility')).toBe(`warming ${returns.length}/45`);
      return;
    }
    const mean = returns.reduce((sum, r) => sum + r * r, 0) / returns.length;
    expect(numberIn(entries, 'realisedVolatility')).toBeCloseTo(Math.sqrt(mean * 525_600), 9);
    expect('partial' in entries['realisedVolatility']!).toBe(returns.length < 60);
  });

  test('of a market that moves five bps every minute is 36 %', () => {
    const mids = Array.from({ length: 61 }, (_, i) => 100 * Math.exp(i % 2 === 0 ? 0 : 0.0005));
    expect(numberIn(readOf(mids).entries, 'realisedVolatility')).toBeCloseTo(
      0.0005 * Math.sqrt(525_600),
      12,
    );
    // A steady slide is volatility as well.
    const slide = Array.from({ length: 61 }, (_, i) => 100 * Math.exp(-0.0005 * i));
    expect(numberIn(readOf(slide).entries, 'realisedVolatility')).toBeCloseTo(
      0.0005 * Math.sqrt(525_600),
      12,
    );
  });

  test('does not depend on the price of a coin', () => {
    const mids = wander(61, 3, 1, 0.001);
    const cheap = mids.map((mid) => mid / 1e9);
    expect(numberIn(readOf(cheap).entries, 'realisedVolatility')).toBeCloseTo(
      numberIn(readOf(mids).entries, 'realisedVolatility'),
      9,
    );
  });
});

describe('the volatility regime', () => {
  const week = Array.from({ length: 168 }, (_, i) => 0.2 + ((i * 37) % 168) / 1000);
  const moving = (bps: number) =>
    Array.from({ length: 61 }, (_, i) => 100 * Math.exp(i % 2 === 0 ? 0 : bps / 1e4));

  test.prop([fc.double({ min: 2, max: 7, noNaN: true })])(
    'is by the quartiles of its own week',
    (bps) => {
      const { entries } = readOf(moving(bps), week);
      const value = numberIn(entries, 'realisedVolatility');
      const [low, high] = [naiveQuantile(week, 0.25), naiveQuantile(week, 0.75)];
      expect(entries['volatilityRegime']).toEqual(
        live(value < low ? 'low' : value > high ? 'high' : 'medium'),
      );
    },
  );

  test('warms up by hours', () => {
    const mids = moving(5);
    expect(reasonIn(readOf(mids, week.slice(0, 22)).entries, 'volatilityRegime')).toBe(
      'warming 22/24 h',
    );
    const { entries, explain } = readOf(mids, week.slice(0, 24));
    expect(entries['volatilityRegime']).toMatchObject({ state: 'live', partial: true });
    expect(explain('volatilityRegime')?.window).toEqual({ span: 168 * HOUR, count: 24, full: 168 });
  });

  test('is known at once where the back-filled minutes tell of a day', () => {
    const { entries, explain } = readOf(wander(25 * 60 + 1, 8, 1, 0.0004));
    expect(explain('volatilityRegime')?.window?.count).toBe(25);
    expect(entries['volatilityRegime']?.state).toBe('live');
  });

  test('reads an hour as it was sampled at its close, which is what it reads live', () => {
    const { state } = listed();
    noteMinutes(state, T0, wander(61, 5, 1, 0.0004));
    const input = inputWith(state, at(0));
    sampleHour(input, T0 / HOUR);
    const told = liveValue(realisedVolatility(state, at(0), DEFAULT_SETTINGS));
    const slot = (T0 / HOUR) % state.history.realisedVolatility.capacity;
    expect(state.history.realisedVolatility.values[slot]).toBe(told);
    expect(
      numberIn(volatility.read(volatility.create(DEFAULT_SETTINGS), input), 'realisedVolatility'),
    ).toBe(told);
  });

  test('is kept with the other cells of the hour', () => {
    const engine = engineFor();
    const kept = tape({ seconds: 62, historyHours: 30, without: ['spot'] }).flatMap((event) =>
      step(engine, event).flatMap((effect) =>
        effect.kind === 'keep' &&
        effect.kept.kind === 'hours' &&
        effect.kept.series === 'realisedVolatility'
          ? [effect.kept]
          : [],
      ),
    );
    expect(kept).toHaveLength(1);
    expect(kept[0]).toMatchObject({
      instrument: perpOf('BTC'),
      from: (TAPE_START + MINUTE) / HOUR,
    });
    expect(kept[0]!.values[0]).toBeGreaterThan(0);
  });
});
