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
import { flipText, type GateFlip, gateFlip, nearestFlip } from '../../src/signals/gate-flip.ts';
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

const Z_OF = { funding8h: 'zFunding', openInterest: 'zOiChange', basis: 'zBasis' } as const;

const thresholdOf = ({ gate }: DriftCell): number =>
  gate.state === 'judged' ? gate.quantile : Number.NaN;

describe('what would flip the gate', () => {
  test.prop([fc.integer()], { numRuns: 25 })(
    'puts D on its threshold, each input alone',
    (seed) => {
      const { series, judge, inputs } = seriesOf(seed);
      const cell = judge(inputs);
      const flip = gateFlip(series, cell, DEFAULT_SETTINGS)!;
      const threshold = thresholdOf(cell);
      for (const name of ['funding8h', 'openInterest', 'basis'] as const)
        if (Number.isFinite(flip[name].value)) {
          const flipped = judge({ ...inputs, [name]: flip[name].value });
          expect(flipped.d).toBeCloseTo(threshold, 6);
          // The z told is that of the window which the value itself is part of.
          expect(flipped[Z_OF[name]]).toBeCloseTo(flip[name].z, 6);
        }
    },
  );

  test.prop([fc.integer()], { numRuns: 25 })(
    'is the nearest such value: nothing in between flips it',
    (seed) => {
      const { series, judge, inputs } = seriesOf(seed);
      const cell = judge(inputs);
      const flip = gateFlip(series, cell, DEFAULT_SETTINGS)!;
      const isOpen = cell.d > thresholdOf(cell);
      for (const name of ['funding8h', 'openInterest', 'basis'] as const) {
        if (!Number.isFinite(flip[name].value)) continue;
        for (let share = 0; share < 0.999; share += 0.05) {
          const between = inputs[name] + share * (flip[name].value - inputs[name]);
          const { d } = judge({ ...inputs, [name]: between });
          expect(d > thresholdOf(cell), `${name} ${share}`).toBe(isOpen);
        }
      }
    },
  );

  test('is out of reach where no single value can do it', () => {
    // A threshold that no z of one value among 168 meets, the others being where they are.
    const settings = {
      ...DEFAULT_SETTINGS,
      gate: { ...DEFAULT_SETTINGS.gate, threshold: null, quantile: 1 },
    };
    const { series, judge, inputs } = seriesOf(4, settings);
    const calm = judge({ ...inputs, funding8h: 0.0001, basis: 0.0003 });
    const flip = gateFlip(series, { ...calm, zBasis: 0, zFunding: 0 }, settings)!;
    expect(flip.openInterest.value).toBeNaN();
    expect(nearestFlip(calm, undefined, settings.gate)).toBeUndefined();
  });

  test('is measured against the lower of quantile and fixed threshold', () => {
    const settings = {
      ...DEFAULT_SETTINGS,
      gate: { ...DEFAULT_SETTINGS.gate, threshold: 0.25 },
    };
    const { series, judge, inputs } = seriesOf(8, settings);
    const flip = gateFlip(series, judge(inputs), settings)!;
    expect(judge({ ...inputs, funding8h: flip.funding8h.value }).d).toBeCloseTo(0.25, 9);
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

describe('the nearest flip', () => {
  const point = (value: number, z: number) => ({ value, z });
  const { judge, inputs } = seriesOf(8);
  const cell = { ...judge(inputs), zFunding: 2.2, zOiChange: 1.8, zBasis: -1.5 };
  const open = { ...cell, d: 6.8, gate: { state: 'judged', active: true, quantile: 2 } as const };
  const closed = { ...cell, d: 1, gate: { ...open.gate, active: false } };
  const flip: GateFlip = {
    funding8h: point(0.000081, 1.4),
    openInterest: point(91_234.5678, 0.5),
    basis: point(Number.NaN, Number.NaN),
  };
  const told = (at: typeof cell, to: GateFlip) =>
    flipText(nearestFlip(at, to, DEFAULT_SETTINGS.gate)!);

  test('is that of the input with the shortest way in standard deviations', () => {
    expect(told(open, flip)).toBe('closes if funding z falls below +1.4 (+0.0081 % per 8 h)');
    expect(told(open, { ...flip, funding8h: point(0.0001, 0.5) })).toBe(
      'closes if OI change z falls below +0.5 (OI 91234.6)',
    );
  });

  test('of a closed gate says what would open it, in the direction in which it lies', () => {
    expect(told(closed, { ...flip, basis: point(-0.0004, -2.1) })).toBe(
      'opens if basis z falls below −2.1 (−0.0400 %)',
    );
    expect(told(closed, { ...flip, funding8h: point(0.0002, 2.9) })).toBe(
      'opens if funding z rises above +2.9 (+0.0200 % per 8 h)',
    );
  });

  test('is none where no input can do it alone', () => {
    const none = point(Number.NaN, Number.NaN);
    const nowhere: GateFlip = { funding8h: none, openInterest: none, basis: none };
    expect(nearestFlip(open, nowhere, DEFAULT_SETTINGS.gate)).toBeUndefined();
  });

  test.prop([fc.integer()], { numRuns: 25 })('is no farther than any other', (seed) => {
    const { series, judge: judged, inputs: seen } = seriesOf(seed);
    const now = judged(seen);
    const all = gateFlip(series, now, DEFAULT_SETTINGS)!;
    const nearest = nearestFlip(now, all, DEFAULT_SETTINGS.gate);
    const ways = (['funding8h', 'openInterest', 'basis'] as const)
      .map((name) => Math.abs(all[name].z - now[Z_OF[name]]))
      .filter(Number.isFinite);
    expect(nearest === undefined).toBe(ways.length === 0);
    if (nearest !== undefined) expect(Math.abs(nearest.z - nearest.zNow)).toBe(Math.min(...ways));
  });
});
