import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { closeOf, hourAt, hourOf } from '../../src/market/hourly.ts';
import type { InstrumentState } from '../../src/market/state.ts';
import { DEFAULT_SETTINGS, type EngineSettings } from '../../src/model/settings.ts';
import { HOUR, micros } from '../../src/model/units.ts';
import { type DriftSeries, rebuildSeries, storedInputs } from '../../src/signals/asset-drift.ts';
import { at, listed, type Said, T0 } from '../support/market.ts';
import { naiveQuantile } from '../support/naive.ts';
import { randomOf } from '../support/tape.ts';

const FIRST = hourOf(T0) - 900;
type Settings = Pick<EngineSettings, 'drift' | 'gate'>;

const page = (series: string, rows: readonly (readonly [hour: number, value: number])[]): Said => ({
  kind: 'historyPage',
  tsLocal: at(0),
  series,
  rows: rows.map(([hour, value]) => ({ ts: closeOf(hour), value })),
});

/** What is known of one hour; null for nothing. */
interface Past {
  readonly openInterest: number | null;
  readonly rate: number | null;
  readonly mark: number | null;
  readonly index: number | null;
}

const HOURLY = 1;

/** A perp with this past, an hourly funding interval unless another is given. */
function perpWith(past: readonly Past[], every = HOURLY): InstrumentState {
  const { state, tell } = listed();
  const rows = (value: (hour: Past) => number | null) =>
    past.flatMap((hour, i) => {
      const known = value(hour);
      return known === null ? [] : [[FIRST + i, known] as const];
    });
  tell({ kind: 'fundingInterval', tsLocal: at(0), hours: every, basis: 'listed' });
  tell(
    page(
      'openInterest',
      rows(({ openInterest }) => openInterest),
    ),
    page(
      'fundingSettled',
      rows(({ rate }) => rate),
    ),
    page(
      'mark1h',
      rows(({ mark }) => mark),
    ),
    page(
      'index1h',
      rows(({ index }) => index),
    ),
  );
  return state;
}

const rebuilt = (state: InstrumentState, count: number, settings: Settings = DEFAULT_SETTINGS) =>
  rebuildSeries(state, undefined, FIRST, FIRST + count - 1, settings);

/** A past of `count` hours in which everything wanders, with holes where `isHole` says so. */
function wandering(count: number, seed: number, isHole: (hour: number) => boolean = () => false) {
  const random = randomOf(seed);
  let openInterest = 1000;
  let rate = 1e-5;
  let basis = 3e-4;
  return Array.from({ length: count }, (_, hour): Past => {
    openInterest *= Math.exp((random() - 0.5) * 0.02);
    rate += (random() - 0.5) * 1e-6;
    basis += (random() - 0.5) * 1e-4;
    const index = 100 + random();
    if (isHole(hour)) return { openInterest: null, rate: null, mark: null, index: null };
    return { openInterest, rate, mark: index * (1 + basis), index };
  });
}

/** The same series by loops over plain arrays, a state carried over at most two missing hours. */
function naive(past: readonly Past[], { drift, gate }: Settings) {
  const stateAt = (value: (hour: Past) => number | null, i: number, carry: number): number => {
    for (let back = 0; back <= carry && i - back >= 0; back += 1) {
      const known = value(past[i - back]!);
      if (known !== null) return known;
    }
    return Number.NaN;
  };
  const oi = past.map((_, i) => stateAt(({ openInterest }) => openInterest, i, 2));
  const funding = past.map((_, i) => 8 * stateAt(({ rate }) => rate, i, 1));
  const basis = past.map((_, i) =>
    stateAt(
      ({ mark, index }) => (mark === null || index === null ? null : (mark - index) / index),
      i,
      2,
    ),
  );
  const change = oi.map((value, i) => Math.log(value / (oi[i - 1] ?? Number.NaN)));
  const zOf = (values: readonly number[], i: number): number => {
    const window = values
      .slice(Math.max(0, i - drift.windowHours + 1), i + 1)
      .filter(Number.isFinite);
    if (!Number.isFinite(values[i]!) || window.length < drift.minValues) return Number.NaN;
    const mean = window.reduce((a, b) => a + b, 0) / window.length;
    const squares = window.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const sd = Math.sqrt(squares / (window.length - 1));
    return sd < 1e-12 ? Number.NaN : (values[i]! - mean) / sd;
  };
  const ds: number[] = [];
  return past.map((_, i) => {
    const [zOi, zF, zB] = [zOf(change, i), zOf(funding, i), zOf(basis, i)];
    const mu = -drift.alpha * zOi * zF + drift.beta * zOi * zB;
    const before = ds.slice(Math.max(0, i - gate.windowHours)).filter(Number.isFinite);
    ds.push(Math.abs(mu));
    const quantile =
      before.length < gate.minCells ? Number.NaN : naiveQuantile(before, gate.quantile);
    return { mu, quantile, active: Number.isNaN(quantile) ? null : Math.abs(mu) > quantile };
  });
}

function expectSame(series: DriftSeries, expected: ReturnType<typeof naive>): void {
  for (const [i, { mu, quantile, active }] of expected.entries()) {
    const hour = FIRST + i;
    const told = `hour ${i}`;
    if (Number.isNaN(mu)) expect(hourAt(series.mu, hour), told).toBeNaN();
    else expect(hourAt(series.mu, hour), told).toBeCloseTo(mu, 7);
    expect(hourAt(series.d, hour), told).toBe(Math.abs(hourAt(series.mu, hour)));
    if (Number.isNaN(quantile)) expect(hourAt(series.quantile, hour), told).toBeNaN();
    else expect(hourAt(series.quantile, hour), told).toBeCloseTo(quantile, 7);
    // Next to the threshold the last bits decide, and they differ between the two ways.
    if (active === null || Number.isNaN(mu)) expect(hourAt(series.active, hour), told).toBeNaN();
    else if (Math.abs(Math.abs(mu) - quantile) > 1e-7)
      expect(hourAt(series.active, hour), told).toBe(Number(active));
  }
}

describe('the series of closed cells', () => {
  // At least a dozen hours apart: holes in a row at equal distances would look like another funding interval.
  const holes = fc.array(
    fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 6 })),
    { minLength: 8, maxLength: 8 },
  );

  test.prop([fc.integer(), holes, fc.integer({ min: 24, max: 200 })], { numRuns: 25 })(
    'are those of plain loops over the past, holes included',
    (seed, lengths, gateHours) => {
      const isHole = (hour: number) =>
        lengths.some(([offset, length], i) => {
          const from = 32 * i + offset;
          return hour >= from && hour < from + length;
        });
      const past = wandering(260, seed, isHole);
      const settings = {
        ...DEFAULT_SETTINGS,
        gate: { ...DEFAULT_SETTINGS.gate, windowHours: gateHours, minCells: 20 },
      };
      expectSame(rebuilt(perpWith(past), 260, settings), naive(past, settings));
    },
  );

  test('are those of plain loops over forty days', () => {
    const past = wandering(900, 7);
    expectSame(rebuilt(perpWith(past), 900), naive(past, DEFAULT_SETTINGS));
  });

  test('do not open a gate before 48 cells have a D', () => {
    const series = rebuilt(perpWith(wandering(200, 3)), 200);
    // OI′ begins with the second hour, a score with the 24th value of it.
    const firstD = 24;
    expect(hourAt(series.d, FIRST + firstD - 1)).toBeNaN();
    expect(hourAt(series.d, FIRST + firstD)).not.toBeNaN();
    expect(hourAt(series.quantile, FIRST + firstD + 47)).toBeNaN();
    expect(hourAt(series.active, FIRST + firstD + 47)).toBeNaN();
    expect(hourAt(series.quantile, FIRST + firstD + 48)).not.toBeNaN();
    expect(series.last?.gate.state).toBe('judged');
    expect(rebuilt(perpWith(wandering(60, 3)), 60).last?.gate).toEqual({
      state: 'warming',
      reason: 'warming 35/48',
    });
  });

  test.prop([fc.integer(), fc.integer({ min: 100, max: 200 })], { numRuns: 20 })(
    'look at nothing that comes later',
    (seed, known) => {
      const past = wandering(240, seed);
      const whole = rebuilt(perpWith(past), 240);
      const part = rebuilt(perpWith(past.slice(0, known)), known);
      for (let i = 0; i < known; i += 1)
        for (const name of ['mu', 'd', 'quantile', 'active'] as const)
          expect(hourAt(part[name], FIRST + i)).toBe(hourAt(whole[name], FIRST + i));
    },
  );

  test('have no drift without open interest, and say why', () => {
    const past = wandering(200, 5).map((hour) => ({ ...hour, openInterest: null }));
    const { last } = rebuilt(perpWith(past), 200);
    expect(last?.mu).toBeNaN();
    expect(last?.reasons.oiChange).toBe('no open interest in this hour');
    expect(last?.reasons.funding).toBeNull();
  });

  test('say how far they have come while open interest has only begun, and where there is a hole', () => {
    const [first, ...rest] = wandering(60, 5);
    expect(rebuilt(perpWith([first!]), 1).last?.reasons.oiChange).toBe('warming 0/168');
    const none = { ...first!, openInterest: null };
    const late = [none, none, none, ...rest.slice(0, 3)];
    expect(rebuilt(perpWith(late.slice(0, 4)), 4).last?.reasons.oiChange).toBe('warming 0/168');
    const hole = [...rest, none, none, none, first!];
    expect(rebuilt(perpWith(hole), hole.length).last?.reasons.oiChange).toBe(
      'no open interest at the close before',
    );
  });

  test('have no drift where the venue clamps its funding', () => {
    const past = wandering(200, 5).map((hour) => ({ ...hour, rate: 0.0001 }));
    const { last } = rebuilt(perpWith(past), 200);
    expect(last?.mu1).toBeNaN();
    expect(last?.reasons.funding).toBe('no variance');
    expect(last?.mu2).not.toBeNaN();
  });
});

describe('the inputs of a closed cell', () => {
  const cell = (state: InstrumentState, hour: number, drift = DEFAULT_SETTINGS.drift) =>
    storedInputs(state, undefined, FIRST + hour, drift);
  const known = (openInterest: number | null, mark: number | null = 101): Past => ({
    openInterest,
    rate: null,
    mark,
    index: 100,
  });

  test('carry a state over two missing cells and no further', () => {
    const gone = known(null, null);
    const state = perpWith([known(1000), gone, gone, gone]);
    expect([0, 1, 2, 3].map((hour) => cell(state, hour).openInterest)).toEqual([
      1000,
      1000,
      1000,
      Number.NaN,
    ]);
    expect([0, 1, 2, 3].map((hour) => cell(state, hour).basis)).toEqual([
      0.01,
      0.01,
      0.01,
      Number.NaN,
    ]);
  });

  test('never make a basis of two prices of different hours', () => {
    const state = perpWith([
      known(1, 101),
      { openInterest: 1, rate: null, mark: 150, index: null },
    ]);
    expect(cell(state, 1).basis).toBe(0.01);
  });

  test.each([1, 2, 4, 8])('carry settled funding over its own interval of %i h', (every) => {
    const past = Array.from(
      { length: 40 },
      (_, hour): Past => ({
        openInterest: 1,
        rate: hour % every === 0 && hour <= 24 ? 0.0001 : null,
        mark: null,
        index: null,
      }),
    );
    const state = perpWith(past, every);
    const rate = (0.0001 * 8) / every;
    for (let hour = 0; hour <= 24 + every; hour += 1)
      expect(cell(state, hour).funding8h, `hour ${hour}`).toBeCloseTo(rate, 15);
    expect(cell(state, 24 + every + 1).funding8h).toBeNaN();
  });

  test('read a rate by the interval it was paid for, when the venue changed it since', () => {
    // 8 h until hour 48, then 4 h; the venue says 4 h now.
    const past = Array.from(
      { length: 81 },
      (_, hour): Past => ({
        openInterest: 1,
        rate: hour <= 48 ? (hour % 8 === 0 ? 0.0008 : null) : hour % 4 === 0 ? 0.0004 : null,
        mark: null,
        index: null,
      }),
    );
    const state = perpWith(past, 4);
    for (let hour = 24; hour <= 80; hour += 1)
      expect(cell(state, hour).funding8h, `hour ${hour}`).toBeCloseTo(0.0008, 15);
  });

  test('prefer what was sampled live at the close to what history says, unless settled rates are wanted', () => {
    const state = perpWith(wandering(10, 1));
    const { funding8h } = state.history;
    expect(cell(state, 5).funding8h).toBe(8 * hourAt(state.history.fundingSettled, FIRST + 5));
    funding8h.hours = Float64Array.of(FIRST + 5);
    funding8h.stamps = Float64Array.of(1);
    funding8h.values = Float64Array.of(0.0042);
    Object.assign(funding8h, { capacity: 1 });
    expect(cell(state, 5).funding8h).toBe(0.0042);
    const settled = { ...DEFAULT_SETTINGS.drift, funding: 'settled' as const };
    expect(cell(state, 5, settled).funding8h).toBe(
      8 * hourAt(state.history.fundingSettled, FIRST + 5),
    );
  });

  test('have no funding while the interval is unknown: nothing stands in for it', () => {
    const { state, tell } = listed();
    tell(page('fundingSettled', [[FIRST, 0.0001]]));
    expect(cell(state, 0).funding8h).toBeNaN();
  });

  test.each([
    [8, 21],
    [4, 42],
    [2, 84],
    [1, 168],
  ])('rest on one fact per settlement: a week of %i h funding holds %i', (every, facts) => {
    for (let end = 200; end < 200 + every; end += 1) {
      const past = wandering(end, 9).map((hour, i) => ({
        ...hour,
        rate: i % every === 0 ? hour.rate : null,
      }));
      expect(rebuilt(perpWith(past, every), end).last?.fundingFacts).toBe(facts);
    }
  });
});

test('hours are counted by their close', () => {
  expect(hourOf(micros(5 * HOUR))).toBe(5);
  expect(hourOf(micros(5 * HOUR + 1))).toBe(6);
  expect(closeOf(hourOf(T0))).toBe(T0);
});
