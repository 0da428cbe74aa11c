import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { imbalance } from '../../src/features/imbalance.ts';
import { absent, stale } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { micros } from '../../src/model/units.ts';
import { at, inputWith, listed, liveOib, numberIn, reasonIn } from '../support/market.ts';
import { naiveQuantile } from '../support/naive.ts';

/** One second: an imbalance, or null for a book that was not live. */
type Second = number | null;

function played(seconds: readonly Second[], from = 1) {
  const { state } = listed();
  const memory = imbalance.create(DEFAULT_SETTINGS);
  const inputAt = (i: number) => {
    const value = seconds[i]!;
    return inputWith(state, at(from + i), {
      sample: value === null ? { oib: absent('book resyncing: gap') } : liveOib(value),
    });
  };
  for (let i = 0; i < seconds.length; i += 1) imbalance.onTick!(memory, inputAt(i));
  return {
    memory,
    state,
    read: () => imbalance.read(memory, inputAt(seconds.length - 1)),
  };
}

const oib = fc.double({ min: -1, max: 1, noNaN: true });
const second: fc.Arbitrary<Second> = fc.oneof(
  { weight: 12, arbitrary: oib },
  { weight: 2, arbitrary: fc.constantFrom(0, 0.7, -0.7, 0.9, -0.9) },
  { weight: 1, arbitrary: fc.constant(null) },
);

describe('imbalance over time', () => {
  test.prop([fc.array(second, { minLength: 1, maxLength: 150 })])(
    'equals what all seconds of the windows give when looked at afresh',
    (seconds) => {
      const entries = played(seconds).read();
      const live1h = seconds.filter((value) => value !== null);
      const minute = seconds.slice(-60).filter((value) => value !== null);
      for (const [name, values, p] of [
        ['oibQ10m1', minute, 0.1],
        ['oibQ50m1', minute, 0.5],
        ['oibQ90m1', minute, 0.9],
        ['oibQ10h1', live1h, 0.1],
        ['oibQ50h1', live1h, 0.5],
        ['oibQ90h1', live1h, 0.9],
      ] as const)
        if (values.length === 0) expect(reasonIn(entries, name)).toMatch(/^no samples this/);
        else expect(numberIn(entries, name)).toBeCloseTo(naiveQuantile(values, p), 12);
      if (live1h.length === 0) return;
      expect(numberIn(entries, 'oibShocksBid')).toBe(live1h.filter((v) => v > 0.7).length);
      expect(numberIn(entries, 'oibShocksAsk')).toBe(live1h.filter((v) => v < -0.7).length);

      let pairs = 0;
      let same = 0;
      for (let i = 1; i < seconds.length; i += 1) {
        const [a, b] = [seconds[i - 1]!, seconds[i]!];
        if (seconds[i - 1] === null || seconds[i] === null) continue;
        pairs += 1;
        if (Math.sign(a) === Math.sign(b)) same += 1;
      }
      if (pairs === 0) expect(reasonIn(entries, 'oibPersistence')).toBe('no samples this hour');
      else expect(numberIn(entries, 'oibPersistence')).toBeCloseTo(same / pairs, 12);
    },
  );

  test.prop([fc.array(oib, { minLength: 1, maxLength: 100 })])(
    'has an EWMA that forgets half in 30 s',
    (values) => {
      const keep = 2 ** (-1 / 30);
      const naive = values.reduce((mean, value) => value + keep * (mean - value));
      expect(numberIn(played(values).read(), 'oibEwma')).toBeCloseTo(naive, 12);
    },
  );

  test.prop([fc.array(oib, { minLength: 1, maxLength: 60 })])(
    'counts how long the sign has held',
    (values) => {
      const last = Math.sign(values.at(-1)!);
      const broken = values.findLastIndex((value) => Math.sign(value) !== last);
      const run = values.length - 1 - (broken + 1);
      expect(numberIn(played(values).read(), 'oibRunSeconds')).toBe(run);
    },
  );

  test('counts a shock only beyond the threshold', () => {
    const entries = played([0.7, 0.7000001, -0.7, -0.7000001, -0.9]).read();
    expect(numberIn(entries, 'oibShocksBid')).toBe(1);
    expect(numberIn(entries, 'oibShocksAsk')).toBe(2);
  });

  test('starts its run anew after a second without a live book, and does not pair across it', () => {
    const entries = played([0.5, 0.5, 0.5, null, 0.5]).read();
    expect(numberIn(entries, 'oibRunSeconds')).toBe(0);
    expect(numberIn(entries, 'oibPersistence')).toBe(1);
    expect(entries['oibPersistence']).toHaveProperty('partial', true);
  });

  test('says nothing about now while the book is absent or stale, but keeps the hour', () => {
    const { memory, state } = played([0.5, 0.5, -0.5]);
    const lost = inputWith(state, at(4), { sample: { oib: absent('book resyncing: gap') } });
    imbalance.onTick!(memory, lost);
    const entries = imbalance.read(memory, lost);
    expect(reasonIn(entries, 'oib')).toBe('book resyncing: gap');
    expect(reasonIn(entries, 'oibEwma')).toBe('book resyncing: gap');
    expect(reasonIn(entries, 'oibRunSeconds')).toBe('book resyncing: gap');
    expect(numberIn(entries, 'oibQ50h1')).toBe(0.5);
    const old = inputWith(state, at(4), { sample: { oib: stale(0.5, micros(4e6)) } });
    expect(reasonIn(imbalance.read(memory, old), 'oibEwma')).toBe('book stale');
  });

  test('forgets what is an hour old', () => {
    const { state } = listed();
    const memory = imbalance.create(DEFAULT_SETTINGS);
    const play = (seconds: number, value: number) =>
      imbalance.onTick!(memory, inputWith(state, at(seconds), { sample: liveOib(value) }));
    play(1, 0.9);
    play(2, -0.9);
    play(3601, 0.1);
    const at3601 = imbalance.read(memory, inputWith(state, at(3601), { sample: liveOib(0.1) }));
    expect(numberIn(at3601, 'oibShocksBid')).toBe(0);
    expect(numberIn(at3601, 'oibShocksAsk')).toBe(1);
    expect(numberIn(at3601, 'oibQ10h1')).toBeCloseTo(naiveQuantile([-0.9, 0.1], 0.1), 12);
  });

  test('is whole after an hour of seconds', () => {
    const entries = played(Array.from({ length: 3601 }, (_, i) => Math.sin(i))).read();
    expect(entries['oibQ50h1']).not.toHaveProperty('partial');
    expect(entries['oibShocksBid']).not.toHaveProperty('partial');
    expect(entries['oibQ50m1']).not.toHaveProperty('partial');
  });

  test('is read without being changed', () => {
    const { memory, read, state } = played([0.5, -0.8, 0.9]);
    const before = structuredClone(memory);
    read();
    imbalance.read(memory, inputWith(state, at(5000), { sample: liveOib(0.1) }));
    expect(memory).toEqual(before);
  });
});
