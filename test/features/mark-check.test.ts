import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  carriedIndex,
  markCheck,
  medianOfThree,
  weightedIndex,
} from '../../src/features/mark-check.ts';
import { live } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { HOUR, micros } from '../../src/model/units.ts';
import { at, inputWith, listed, numberIn, reasonIn, type Said, T0 } from '../support/market.ts';

describe('the parts of a mark', () => {
  test('an index carries the funding that is still to run', () => {
    // Half of the period is left of 0.02 %.
    expect(carriedIndex(50_000, 0.0002, 4, 8)).toBeCloseTo(50_005, 9);
    expect(carriedIndex(50_000, 0.0002, 0, 8)).toBe(50_000);
  });

  test('an index is the mean of its components by their weights, which need not add up to one', () => {
    const of = (scale: number) =>
      weightedIndex([
        { price: 100, weight: 1 * scale },
        { price: 104, weight: 3 * scale },
      ]);
    expect(of(1)).toBe(103);
    expect(of(0.25)).toBe(103);
    expect(weightedIndex([])).toBeNaN();
  });

  const price = fc.double({ min: 1, max: 1e6, noNaN: true });
  test.prop([price, price, price])('the mark is the middle one of three', (a, b, c) => {
    expect(medianOfThree(a, b, c)).toBe([a, b, c].sort((x, y) => x - y)[1]);
  });
});

/** A perp whose mid stands so far above its index, seen for so many seconds. */
function perpAfter(seconds: number, gap: (second: number) => number | null) {
  const { state, tell } = listed('perp');
  const memory = markCheck.create(DEFAULT_SETTINGS);
  tell(
    { kind: 'fundingInterval', tsLocal: T0, hours: 8, basis: 'listed' },
    {
      kind: 'historyPage',
      tsLocal: T0,
      series: 'fundingSettled',
      rows: [{ ts: micros(T0 - HOUR), value: 0.0008 }],
    },
  );
  let input = inputWith(state, T0);
  for (let second = 0; second <= seconds; second += 1) {
    const said: Said[] = [
      { kind: 'markPrice', tsLocal: at(second), markPrice: 100.2, indexPrice: 100 },
      {
        kind: 'fundingPredicted',
        tsLocal: at(second),
        fundingRate: 0.0001,
        nextFundingTs: T0 + 7 * HOUR,
      },
      {
        kind: 'volume24h',
        tsLocal: at(second),
        size: 1,
        notional: 100,
        lastPrice: 100.15,
        openPrice: 100,
      },
    ];
    tell(...said);
    const distance = gap(second);
    input = inputWith(
      state,
      at(second),
      distance === null ? {} : { sample: { mid: live(100 + distance) } },
    );
    markCheck.onTick?.(memory, input);
  }
  return { entries: markCheck.read(memory, input), memory, input };
}

describe('a mark made anew', () => {
  test('is the median of the three prices, beside that of the venue', () => {
    const { entries } = perpAfter(300, () => 0.3);
    // The last settled rate of 0.08 % with 6 h 55 min of 8 h to run.
    expect(numberIn(entries, 'markPrice1')).toBeCloseTo(
      100 * (1 + (0.0008 * (7 - 300 / 3600)) / 8),
      9,
    );
    expect(numberIn(entries, 'markPrice2')).toBeCloseTo(100.3, 9);
    expect(numberIn(entries, 'markLast')).toBe(100.15);
    expect(numberIn(entries, 'markOurs')).toBe(100.15);
    expect(entries['markOurs']).toHaveProperty('estimated', true);
    expect(numberIn(entries, 'markDifferenceBps')).toBeCloseTo((-0.05 / 100.2) * 1e4, 9);
  });

  test('averages the last thirty distances, one every five seconds', () => {
    const { entries, memory, input } = perpAfter(300, (second) => second / 1000);
    // 155, 160 … 300 thousandths.
    expect(numberIn(entries, 'markPrice2')).toBeCloseTo(100 + (0.155 + 0.3) / 2, 9);
    expect(markCheck.explain?.(memory, input, 'markPrice2')).toEqual({
      window: { span: 150e6, count: 30, full: 30 },
      parameters: { everySeconds: 5 },
    });
  });

  test('waits for two thirds of an average, and says while it is not whole', () => {
    expect(reasonIn(perpAfter(90, () => 0.3).entries, 'markOurs')).toBe('warming 19/30');
    expect(perpAfter(95, () => 0.3).entries['markPrice2']).toHaveProperty('partial', true);
    expect(perpAfter(145, () => 0.3).entries['markPrice2']).not.toHaveProperty('partial');
    // A hole of a minute takes eleven of thirty.
    const hole = (second: number) => (second > 200 && second < 260 ? null : 0.3);
    expect(reasonIn(perpAfter(300, hole).entries, 'markOurs')).toBe('warming 19/30');
    const after = perpAfter(360, hole).entries['markPrice2'];
    expect(after).toMatchObject({ state: 'live', partial: true });
  });

  test('has no funding to run where it flows all the time', () => {
    const { state, tell } = listed('perp', { venue: 'deribit' });
    tell(
      { kind: 'markPrice', tsLocal: T0, markPrice: 100.2, indexPrice: 100 },
      { kind: 'fundingPredicted', tsLocal: T0, fundingRate: 0.0001, nextFundingTs: null },
    );
    const entries = markCheck.read(markCheck.create(DEFAULT_SETTINGS), inputWith(state, at(1)));
    expect(numberIn(entries, 'markPrice1')).toBe(100);
  });
});
