import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { BookSample } from '../../src/features/book-sample.ts';
import { live } from '../../src/model/reading.ts';
import type { RegimeLabel } from '../../src/model/regime.ts';
import { type Micros, micros } from '../../src/model/units.ts';
import {
  createRegimeRecord,
  noteRegime,
  readRegimeRecord,
} from '../../src/signals/regime-record.ts';
import { at, inputWith, listed } from '../support/market.ts';
import { naiveQuantile } from '../support/naive.ts';

const { state } = listed();

interface Second {
  readonly label: RegimeLabel | null;
  readonly spread?: number;
  readonly depth?: number;
  readonly oib?: number;
}

const sampleOf = (now: Micros, { spread, depth, oib }: Second): BookSample =>
  inputWith(state, now, {
    sample: {
      ...(spread !== undefined && { spreadBps: live(spread) }),
      ...(depth !== undefined && { depthBid: live(depth / 2), depthAsk: live(depth / 2) }),
      ...(oib !== undefined && { oib: live(oib) }),
    },
  }).sample;

function recordOf(seconds: readonly Second[], from = 1) {
  const record = createRegimeRecord();
  let now = at(0);
  for (const [i, second] of seconds.entries()) {
    now = at(from + i);
    noteRegime(record, now, second.label, sampleOf(now, second));
  }
  return { record, read: (later: Micros = now) => readRegimeRecord(record, later) };
}

const LONG = 'crowded carry long';
const STRESS = 'deleveraging stress';
const repeat = (count: number, second: (i: number) => Second) =>
  Array.from({ length: count }, (_, i) => second(i));

const label = fc.constantFrom<RegimeLabel | null>(
  LONG,
  'crowded carry short',
  STRESS,
  'neutral',
  null,
);
const second = fc.record({
  label,
  spread: fc.integer({ min: 1, max: 99 }),
  depth: fc.integer({ min: 1, max: 99 }),
  oib: fc.constantFrom(-0.5, 0.5),
});

describe('the book under a regime', () => {
  test.prop([fc.array(second, { minLength: 1, maxLength: 400 })], { numRuns: 40 })(
    'is that of the seconds in which it was in force, and of no others',
    (seconds) => {
      const read = recordOf(seconds).read();
      const isCarry = ({ label: name }: Second) => name?.startsWith('crowded') === true;
      const stressed = seconds.filter(({ label: name }) => name === STRESS);
      expect(read.depthMinStress).toBe(
        stressed.length === 0 ? Number.NaN : Math.min(...stressed.map(({ depth }) => depth)),
      );
      const pairs = seconds.slice(1).flatMap((one, i) => {
        const before = seconds[i]!;
        return isCarry(one) && isCarry(before) ? [one.oib === before.oib] : [];
      });
      if (pairs.length === 0) expect(read.oibPersistenceCarry).toBeNaN();
      else
        expect(read.oibPersistenceCarry).toBeCloseTo(
          pairs.filter(Boolean).length / pairs.length,
          12,
        );
      // One spread a minute, the last crowded one in it.
      const spreads: number[] = [];
      for (let end = 60; end <= seconds.length; end += 60) {
        const last = seconds.slice(end - 60, end).findLast(isCarry);
        if (last !== undefined) spreads.push(last.spread);
      }
      if (spreads.length === 0) expect(read.spreadQ90Carry).toBeNaN();
      else expect(read.spreadQ90Carry).toBeCloseTo(naiveQuantile(spreads, 0.9), 12);
      const minutes = (count: number) => Math.floor(count / 60);
      expect(read.carryMinutes).toBe(minutes(seconds.filter(isCarry).length));
      expect(read.stressMinutes).toBe(minutes(stressed.length));
      expect(read.knownMinutes).toBe(minutes(seconds.filter((one) => one.label !== null).length));
    },
  );

  test('is forgotten after a week', () => {
    const { record } = recordOf(repeat(120, () => ({ label: LONG, spread: 3, oib: 0.5 })));
    const week = 7 * 86_400;
    const tick = (seconds: number) =>
      noteRegime(record, at(seconds), 'neutral', sampleOf(at(seconds), { label: 'neutral' }));
    tick(week);
    expect(readRegimeRecord(record, at(week)).spreadQ90Carry).toBe(3);
    tick(week + 121);
    expect(readRegimeRecord(record, at(week + 121)).spreadQ90Carry).toBeNaN();
    tick(week + 1200);
    expect(readRegimeRecord(record, at(week + 1200))).toMatchObject({ carryMinutes: 0 });
  });

  test('knows a whole week only when nearly all of it was told', () => {
    const record = createRegimeRecord();
    const none = sampleOf(at(0), { label: null });
    for (let i = 1; i <= 7 * 86_400; i += 1) noteRegime(record, at(i), 'neutral', none);
    const now = at(7 * 86_400);
    expect(readRegimeRecord(record, now)).toMatchObject({ isWhole: true, knownMinutes: 10_080 });
    const later = micros(now + 2 * 3600e6);
    expect(readRegimeRecord(record, later).isWhole).toBe(false);
  });

  test('is a minimum at once, not at the end of the minute', () => {
    expect(recordOf([{ label: STRESS, depth: 5 }]).read().depthMinStress).toBe(5);
  });

  test('takes nothing of a book that is not live', () => {
    const { record } = recordOf(repeat(60, () => ({ label: LONG })));
    const read = readRegimeRecord(record, at(60));
    expect(read).toMatchObject({ carryMinutes: 1, spreadCount: 0 });
    expect(read.spreadQ90Carry).toBeNaN();
  });

  test('takes next to nothing of memory in a calm week', () => {
    const { record } = recordOf(repeat(3600, () => ({ label: 'neutral', spread: 1, oib: 0.1 })));
    expect(record.carrySpread.values.data.length).toBeLessThan(64);
    expect(record.told.labels.data.length).toBeLessThan(64);
  });
});
