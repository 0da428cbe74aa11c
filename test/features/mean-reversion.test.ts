import { fc, test } from '@fast-check/vitest';
import { mean, sampleStandardDeviation } from 'simple-statistics';
import { describe, expect } from 'vitest';
import { meanReversion } from '../../src/features/mean-reversion.ts';
import { live } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { autoregression, varianceRatio } from '../../src/stats/regression.ts';
import { at, inputWith, listed, numberIn, reasonIn, T0 } from '../support/market.ts';
import { noteMinutes, wander } from '../support/minutes.ts';

function readOf(mids: readonly number[], seconds = 0) {
  const { state } = listed();
  noteMinutes(state, T0, mids);
  const input = inputWith(state, at(seconds));
  return {
    entries: meanReversion.read(meanReversion.create(DEFAULT_SETTINGS), input),
    explain: (name: string) => meanReversion.explain!(undefined, input, name),
  };
}

describe('the price z-scores', () => {
  test.prop([fc.integer({ min: 1, max: 1e6 }), fc.array(fc.nat(238), { maxLength: 12 })], {
    numRuns: 40,
  })('score the newest minute among the sixty and the 240, known ones only', (seed, holes) => {
    const mids = wander(240, seed, 0.98, 0.0005);
    for (const hole of holes) mids[hole] = Number.NaN;
    const { entries } = readOf(mids, 42);
    for (const [name, minutes] of [
      ['priceZ60', 60],
      ['priceZ240', 240],
    ] as const) {
      const known = mids.slice(-minutes).filter((mid) => !Number.isNaN(mid));
      const z = (known.at(-1)! - mean(known)) / sampleStandardDeviation(known);
      expect(numberIn(entries, name)).toBeCloseTo(z, 6);
      expect('partial' in entries[name]!).toBe(known.length < minutes);
    }
  });

  test('of a golden hour: one new high after fifty-nine equal minutes is (n − 1)/√n', () => {
    const mids = [...Array.from({ length: 59 }, () => 100), 101];
    expect(numberIn(readOf(mids).entries, 'priceZ60')).toBeCloseTo(59 / Math.sqrt(60), 9);
    expect(reasonIn(readOf(mids).entries, 'priceZ240')).toBe('warming 60/180 min');
    expect(reasonIn(readOf(mids.slice(0, 59)).entries, 'priceZ60')).toBe('no variance');
  });

  test('say nothing when the newest minute has no mid', () => {
    const { entries } = readOf(wander(240, 1, 0.9, 0.001), 60);
    for (const name of ['priceZ60', 'halfLifeMinutes', 'varianceRatio', 'marketState'])
      expect(reasonIn(entries, name)).toBe('no mid at the last whole minute');
  });

  test.prop([fc.integer({ min: 1, max: 1e6 }), fc.constantFrom(1e-9, 1e-3, 1e6)], { numRuns: 20 })(
    'and all beside them do not depend on the price of a coin',
    (seed, factor) => {
      const mids = wander(240, seed, 0.9, 0.0005);
      const one = readOf(mids).entries;
      const other = readOf(mids.map((mid) => mid * factor)).entries;
      for (const name of ['priceZ60', 'priceZ240', 'varianceRatio'])
        expect(numberIn(other, name)).toBeCloseTo(numberIn(one, name), 6);
      for (const name of ['opportunity', 'marketState', 'meanReversion'])
        expect(other[name]).toEqual(one[name]);
    },
  );
});

describe('the opportunity flag', () => {
  test.prop([fc.integer({ min: 1, max: 1e6 })], { numRuns: 60 })(
    'is up where either z is beyond its edge, and names the side',
    (seed) => {
      const { entries } = readOf(wander(240, seed, 0.97, 0.0005));
      const z60 = numberIn(entries, 'priceZ60');
      const z240 = numberIn(entries, 'priceZ240');
      const short = Math.abs(z60) > 1.5 ? Math.sign(z60) : 0;
      const long = Math.abs(z240) > 1 ? Math.sign(z240) : 0;
      const side =
        short * long < 0 ? 'mixed' : ['cheap', 'none', 'rich'][Math.sign(short + long) + 1]!;
      expect(entries['opportunity']).toEqual(live(side));
    },
  );

  test('says yes from the short window alone, but not no', () => {
    const up = [...Array.from({ length: 59 }, (_, i) => 100 + (i % 2)), 104];
    expect(readOf(up).entries['opportunity']).toEqual(live('rich'));
    const down = up.map((mid) => 200 - mid);
    expect(readOf(down).entries['opportunity']).toEqual(live('cheap'));
    const calm = [...up.slice(0, 59), 100];
    expect(reasonIn(readOf(calm).entries, 'opportunity')).toBe('warming 60/180 min');
  });
});

describe('half-life and market state', () => {
  test('find the half-life of a market that reverts, and call it ranging', () => {
    // φ = 0.8: half of a deviation is gone after 3.1 minutes.
    const mids = wander(240, 11, 0.8, 0.0005);
    const { entries, explain } = readOf(mids);
    const halfLife = numberIn(entries, 'halfLifeMinutes');
    expect(halfLife).toBeGreaterThan(2);
    expect(halfLife).toBeLessThan(5);
    expect(halfLife).toBeCloseTo(autoregression(mids).halfLife, 6);
    expect(entries['halfLifeMinutes']).toHaveProperty('estimated', true);
    const ratio = numberIn(entries, 'varianceRatio');
    expect(ratio).toBeCloseTo(varianceRatio(mids.map(Math.log), 15), 9);
    expect(ratio).toBeLessThan(1);
    expect(entries['marketState']).toEqual(live('ranging'));
    expect(explain('halfLifeMinutes')?.parameters).toMatchObject({ dickeyFuller: -2.88 });
    expect(explain('varianceRatio')?.window).toMatchObject({ count: 240, full: 240 });
  });

  test('find none in a random walk, but for the one in twenty that the test allows', () => {
    const found = Array.from({ length: 100 }, (_, seed) =>
      readOf(wander(240, seed + 1, 1, 0.0005)),
    ).filter(({ entries }) => entries['halfLifeMinutes']!.state === 'live').length;
    expect(found).toBeLessThan(13);
    expect(reasonIn(readOf(wander(240, 3, 1, 0.0005)).entries, 'halfLifeMinutes')).toMatch(
      /^no mean reversion \(t −?\d\.\d\)$/,
    );
  });

  test('call a market trending whose changes follow one another', () => {
    const drifting = wander(240, 5, 0.8, 0.0005, 1);
    let level = 100;
    const mids = drifting.map((change) => {
      level *= change;
      return level;
    });
    const { entries } = readOf(mids);
    expect(numberIn(entries, 'varianceRatio')).toBeGreaterThan(1.5);
    expect(entries['marketState']).toEqual(live('trending'));
    expect(entries['meanReversion']).toEqual(live('none'));
  });

  test('flag mean reversion only while ranging, against the side that is stretched', () => {
    const mids = wander(239, 11, 0.8, 0.0005);
    const high = Math.max(...mids);
    const low = Math.min(...mids);
    expect(readOf([...mids, high]).entries['meanReversion']).toEqual(live('down'));
    expect(readOf([...mids, low]).entries['meanReversion']).toEqual(live('up'));
    const middle = mids.toSorted((a, b) => a - b)[119]!;
    expect(readOf([...mids, middle]).entries['meanReversion']).toEqual(live('none'));
  });

  test('leave out what is missing, and say so', () => {
    const mids = wander(240, 11, 0.8, 0.0005);
    mids.fill(Number.NaN, 60, 100);
    const { entries, explain } = readOf(mids);
    expect(entries['marketState']).toMatchObject({ state: 'live', partial: true });
    expect(explain('priceZ240')?.excluded).toEqual(['40 minutes without a mid']);
    mids.fill(Number.NaN, 30, 100);
    expect(reasonIn(readOf(mids).entries, 'halfLifeMinutes')).toBe('warming 170/180 min');
  });
});
