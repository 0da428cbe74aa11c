import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { closeOf, createHourly, hourAt, hourOf, setHour } from '../../src/market/hourly.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { basisAt, type DriftCell, rebuildSeries } from '../../src/signals/asset-drift.ts';
import {
  type DriftPast,
  judgePast,
  regateByAll,
  settlementHours,
} from '../../src/signals/drift-history.ts';
import { at, listed, T0 } from '../support/market.ts';
import { naiveQuantile } from '../support/naive.ts';
import { randomOf } from '../support/tape.ts';

const FIRST = hourOf(T0) - 900;

const hourly = (rows: readonly (readonly [hour: number, value: number])[], count: number) => {
  const series = createHourly(count);
  for (const [hour, value] of rows) setHour(series, FIRST + hour, FIRST + hour, value);
  return series;
};

/** Settlements at these hours, each with the interval it is given. */
function intervalsOf(hours: readonly number[]): number[] {
  const count = hours.at(-1)! + 1;
  const settled = hourly(
    hours.map((hour) => [hour, 1]),
    count,
  );
  const found = settlementHours(settled, FIRST, FIRST + count - 1);
  return hours.map((hour) => hourAt(found, FIRST + hour));
}

describe('the intervals of settlements', () => {
  test.each([1, 2, 4, 8])(
    'are %i h from the first on, where they are told by distances',
    (every) => {
      expect(new Set(intervalsOf([0, 1, 2, 3, 4, 5].map((i) => i * every)))).toEqual(
        new Set([every]),
      );
    },
  );

  test('are unknown of a single one', () => {
    expect(intervalsOf([0])).toEqual([Number.NaN]);
  });

  test('stay what they were over a hole', () => {
    expect(new Set(intervalsOf([0, 8, 16, 24, 32, 80, 88, 96, 104]))).toEqual(new Set([8]));
    expect(new Set(intervalsOf([0, 4, 8, 12, 20, 24, 32, 36]))).toEqual(new Set([4]));
  });

  test('are at once what they have become shorter to, and longer once that is sure', () => {
    expect(intervalsOf([0, 8, 16, 24, 28, 32, 36, 40])).toEqual([8, 8, 8, 8, 4, 4, 4, 4]);
    expect(intervalsOf([0, 4, 8, 12, 20, 28, 36, 44])).toEqual([4, 4, 4, 4, 4, 4, 8, 8]);
  });
});

/** Everything wanders, every so often with a hole. */
function wandering(count: number, seed: number, every: number) {
  const random = randomOf(seed);
  let [oi, rate, basis] = [1000, 1e-4, 3e-4];
  const past = { oi: [], rate: [], mark: [], index: [] } as Record<
    'oi' | 'rate' | 'mark' | 'index',
    [number, number][]
  >;
  for (let hour = 0; hour < count; hour += 1) {
    oi *= Math.exp((random() - 0.5) * 0.02);
    rate += (random() - 0.5) * 1e-5;
    basis += (random() - 0.5) * 1e-4;
    const index = 100 + random();
    if (hour % every === 0) past.rate.push([hour, rate]);
    if (hour % 70 > 66) continue;
    past.oi.push([hour, oi]);
    past.mark.push([hour, index * (1 + basis)]);
    past.index.push([hour, index]);
  }
  return past;
}

function pastOf(all: ReturnType<typeof wandering>, count: number): DriftPast {
  const until = (rows: readonly [number, number][]) =>
    hourly(
      rows.filter(([hour]) => hour < count),
      count,
    );
  const fundingSettled = until(all.rate);
  const [mark, index] = [until(all.mark), until(all.index)];
  const lastHour = FIRST + count - 1;
  return {
    firstHour: FIRST,
    lastHour,
    openInterest: until(all.oi),
    fundingSettled,
    fundingHours: settlementHours(fundingSettled, FIRST, lastHour),
    funding8h: null,
    basisAt: (hour) => basisAt(mark, index, hour),
  };
}

describe('a past that lies there as a whole', () => {
  test.each([1, 8])('has the cells that an engine makes of it, funding every %i h', (every) => {
    const past = wandering(420, 3, every);
    const { state, tell } = listed();
    tell({ kind: 'fundingInterval', tsLocal: at(0), hours: every, basis: 'listed' });
    const pages = [
      ['openInterest', past.oi],
      ['fundingSettled', past.rate],
      ['mark1h', past.mark],
      ['index1h', past.index],
    ] as const;
    for (const [series, rows] of pages)
      tell({
        kind: 'historyPage',
        tsLocal: at(0),
        series,
        rows: rows.map(([hour, value]) => ({ ts: closeOf(FIRST + hour), value })),
      });
    const series = rebuildSeries(state, undefined, FIRST, FIRST + 419, DEFAULT_SETTINGS);
    const cells = judgePast(pastOf(past, 420), DEFAULT_SETTINGS);
    expect(cells).toHaveLength(420);
    for (const { hour, mu, d, gate } of cells) {
      expect(mu, `hour ${hour - FIRST}`).toBe(hourAt(series.mu, hour));
      expect(d).toBe(hourAt(series.d, hour));
      const quantile = gate.state === 'judged' ? gate.quantile : Number.NaN;
      expect(quantile).toBe(hourAt(series.quantile, hour));
      if (gate.state === 'judged' && !Number.isNaN(d))
        expect(Number(gate.active)).toBe(hourAt(series.active, hour));
    }
    expect(cells.filter(({ d }) => Number.isFinite(d)).length).toBeGreaterThan(350);
  });

  test.prop([fc.integer(), fc.integer({ min: 60, max: 180 }), fc.constantFrom(1, 4, 8)], {
    numRuns: 12,
  })('says the same of a cell whatever comes after it', (seed, known, every) => {
    const past = wandering(200, seed, every);
    const whole = judgePast(pastOf(past, 200), DEFAULT_SETTINGS);
    const part = judgePast(pastOf(past, known), DEFAULT_SETTINGS);
    expect(part).toEqual(whole.slice(0, known));
  });
});

describe('gates by the whole past', () => {
  const cells = judgePast(pastOf(wandering(300, 5, 8), 300), DEFAULT_SETTINGS);
  const told = cells.map(({ d }) => d).filter(Number.isFinite);
  const open = (judged: readonly DriftCell[]) =>
    judged.filter(({ gate }) => gate.state === 'judged' && gate.active).map(({ d }) => d);

  test('open above the quantile of all D, from the first cell on', () => {
    const quantile = naiveQuantile(told, 0.85);
    const judged = regateByAll(cells, DEFAULT_SETTINGS.gate);
    expect(judged.every(({ gate }) => gate.state === 'judged')).toBe(true);
    expect(open(judged)).toEqual(told.filter((d) => d > quantile));
  });

  test('open above a fixed threshold as well', () => {
    const gate = { ...DEFAULT_SETTINGS.gate, quantile: 1, threshold: 0.5 };
    expect(open(regateByAll(cells, gate))).toEqual(told.filter((d) => d > 0.5));
  });

  test('cannot be judged where no cell has a D', () => {
    const empty = judgePast(pastOf(wandering(10, 5, 8), 10), DEFAULT_SETTINGS);
    expect(regateByAll(empty, DEFAULT_SETTINGS.gate)[0]?.gate.state).toBe('warming');
  });
});
