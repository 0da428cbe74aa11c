import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { DEFAULT_SETTINGS, type EngineSettings } from '../../src/model/settings.ts';
import {
  type CellInputs,
  commitCell,
  createDriftSeries,
  type DriftCell,
  type DriftSeries,
  judgeCell,
} from '../../src/signals/asset-drift.ts';
import { gateFlip } from '../../src/signals/gate-flip.ts';
import { randomOf } from '../support/tape.ts';

const HOUR = 400_000;
const why = { openInterest: 'none', funding8h: 'none', basis: 'none' };

/** A series of 300 cells that wander, and a way to judge the cell after them. */
function seriesOf(seed: number, settings: EngineSettings = DEFAULT_SETTINGS) {
  const series: DriftSeries = createDriftSeries();
  const random = randomOf(seed);
  let openInterest = 1000;
  const draw = (previous: number): CellInputs => ({
    openInterest: previous * Math.exp((random() - 0.5) * 0.03),
    funding8h: 0.0001 + (random() - 0.5) * 0.0002,
    basis: 0.0003 + (random() - 0.5) * 0.0004,
    why,
  });
  for (let i = 300; i > 0; i -= 1) {
    const inputs = draw(openInterest);
    commitCell(series, judgeCell(series, HOUR - i, inputs, openInterest, 8, settings));
    openInterest = inputs.openInterest;
  }
  const judge = (inputs: CellInputs): DriftCell =>
    judgeCell(series, HOUR, inputs, openInterest, 8, settings);
  return { series, judge, inputs: draw(openInterest) };
}

const thresholdOf = ({ gate }: DriftCell): number =>
  gate.state === 'judged' ? gate.quantile : Number.NaN;

describe('what would flip the gate', () => {
  test.prop([fc.integer()])('puts D on its threshold, each input alone', (seed) => {
    const { series, judge, inputs } = seriesOf(seed);
    const cell = judge(inputs);
    const flip = gateFlip(series, cell, DEFAULT_SETTINGS)!;
    const threshold = thresholdOf(cell);
    for (const name of ['funding8h', 'openInterest', 'basis'] as const)
      if (Number.isFinite(flip[name]))
        expect(judge({ ...inputs, [name]: flip[name] }).d).toBeCloseTo(threshold, 6);
  });

  test.prop([fc.integer()])('is the nearest such value: nothing in between flips it', (seed) => {
    const { series, judge, inputs } = seriesOf(seed);
    const cell = judge(inputs);
    const flip = gateFlip(series, cell, DEFAULT_SETTINGS)!;
    const isOpen = cell.d > thresholdOf(cell);
    for (const name of ['funding8h', 'openInterest', 'basis'] as const) {
      if (!Number.isFinite(flip[name])) continue;
      for (let share = 0; share < 0.999; share += 0.05) {
        const between = inputs[name] + share * (flip[name] - inputs[name]);
        const { d } = judge({ ...inputs, [name]: between });
        expect(d > thresholdOf(cell), `${name} ${share}`).toBe(isOpen);
      }
    }
  });

  test('is out of reach where no single value can do it', () => {
    // A threshold that no z of one value among 168 meets, the others being where they are.
    const settings = {
      ...DEFAULT_SETTINGS,
      gate: { ...DEFAULT_SETTINGS.gate, threshold: null, quantile: 1 },
    };
    const { series, judge, inputs } = seriesOf(4, settings);
    const calm = judge({ ...inputs, funding8h: 0.0001, basis: 0.0003 });
    const flip = gateFlip(series, { ...calm, zBasis: 0, zFunding: 0 }, settings)!;
    expect(flip.openInterest).toBeNaN();
  });

  test('is measured against the lower of quantile and fixed threshold', () => {
    const settings = {
      ...DEFAULT_SETTINGS,
      gate: { ...DEFAULT_SETTINGS.gate, threshold: 0.25 },
    };
    const { series, judge, inputs } = seriesOf(8, settings);
    const flip = gateFlip(series, judge(inputs), settings)!;
    expect(judge({ ...inputs, funding8h: flip.funding8h }).d).toBeCloseTo(0.25, 9);
  });

  test('is not known while D or the threshold is not', () => {
    const { series, judge, inputs } = seriesOf(8);
    const without = judge({ ...inputs, basis: Number.NaN });
    expect(gateFlip(series, without, DEFAULT_SETTINGS)).toBeUndefined();
    const warming = createDriftSeries();
    const cell = judgeCell(warming, HOUR, inputs, 1000, 8, DEFAULT_SETTINGS);
    expect(gateFlip(warming, cell, DEFAULT_SETTINGS)).toBeUndefined();
  });
});
