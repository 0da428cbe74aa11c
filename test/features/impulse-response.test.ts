import { fc, test } from '@fast-check/vitest';
import { sampleCorrelation } from 'simple-statistics';
import { describe, expect } from 'vitest';
import { impulseResponse } from '../../src/features/impulse-response.ts';
import { absent, live } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { createRandom, nextNormal } from '../../src/stats/random.ts';
import { at, inputWith, listed, numberIn, reasonIn } from '../support/market.ts';

/** Imbalance and mid of one second, or null for one without a live book. */
type Second = { readonly oib: number; readonly mid: number } | null;

const { state } = listed();

function played(seconds: readonly Second[]) {
  const memory = impulseResponse.create(DEFAULT_SETTINGS);
  const inputAt = (i: number) => {
    const second = seconds[i]!;
    const none = absent('book resyncing: gap');
    return inputWith(state, at(i + 1), {
      sample:
        second === null
          ? { oib: none, mid: none }
          : { oib: live(second.oib), mid: live(second.mid) },
    });
  };
  for (let i = 0; i < seconds.length; i += 1) impulseResponse.onTick!(memory, inputAt(i));
  const last = inputAt(seconds.length - 1);
  return {
    entries: impulseResponse.read(memory, last),
    explain: (name: string) => impulseResponse.explain!(memory, last, name),
    memory,
  };
}

/** All pairs of the last hour whose later half is known by its end. */
function pairsOf(seconds: readonly Second[], lag: number): [number, number][] {
  return seconds.flatMap((later, i) => {
    const earlier = seconds[i - lag];
    if (i < seconds.length - 3600 || !later || !earlier) return [];
    return [[earlier.oib, later.mid - earlier.mid]];
  });
}

const LAGS = [5, 30, 60] as const;

describe('the impulse response of price to imbalance', () => {
  test.prop(
    [
      fc.integer({ min: 1, max: 1e6 }),
      fc.array(fc.nat(), { maxLength: 6 }),
      fc.constantFrom(150, 400, 3700),
    ],
    { numRuns: 12 },
  )('equals the correlation of all pairs of the hour, looked at afresh', (seed, holes, length) => {
    const random = createRandom(seed);
    let mid = 60_000;
    const seconds: Second[] = Array.from({ length }, () => {
      mid += nextNormal(random);
      return { oib: Math.tanh(nextNormal(random)), mid };
    });
    for (const hole of holes) seconds.fill(null, hole % length, (hole % length) + (hole % 7));
    const { entries, explain } = played(seconds);
    for (const lag of LAGS) {
      const pairs = pairsOf(seconds, lag);
      const name = `oibResponse${lag}s`;
      expect(explain(name)?.window?.count).toBe(pairs.length);
      const [xs, ys] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
      expect(numberIn(entries, name)).toBeCloseTo(sampleCorrelation(xs, ys), 9);
    }
  });

  test('is one where the imbalance foretells the price, and minus one where it is the wrong way round', () => {
    const oibs = Array.from({ length: 400 }, (_, i) => Math.sin(i * i));
    const mids: number[] = [];
    for (let i = 0; i < 400; i += 1) mids.push(i < 5 ? 100 : mids[i - 5]! + 0.25 * oibs[i - 5]!);
    const foretold = (sign: number) => oibs.map((oib, i) => ({ oib: sign * oib, mid: mids[i]! }));
    expect(numberIn(played(foretold(1)).entries, 'oibResponse5s')).toBeCloseTo(1, 12);
    expect(numberIn(played(foretold(-1)).entries, 'oibResponse5s')).toBeCloseTo(-1, 12);
  });

  test('does not depend on the unit of price', () => {
    const seconds = Array.from({ length: 200 }, (_, i) => ({
      oib: Math.sin(i),
      mid: 100 + Math.cos(i / 3),
    }));
    const scaled = seconds.map(({ oib, mid }) => ({ oib, mid: mid * 1000 }));
    for (const lag of LAGS)
      expect(numberIn(played(scaled).entries, `oibResponse${lag}s`)).toBeCloseTo(
        numberIn(played(seconds).entries, `oibResponse${lag}s`),
        9,
      );
  });

  test('warms up by pairs, and a pair is entered only once its later half is known', () => {
    const seconds = Array.from({ length: 64 }, (_, i) => ({
      oib: Math.sin(i),
      mid: 100 + Math.cos(i),
    }));
    expect(reasonIn(played(seconds).entries, 'oibResponse5s')).toBe('warming 59/60');
    expect(reasonIn(played(seconds).entries, 'oibResponse60s')).toBe('warming 4/60');
    const { entries } = played([...seconds, { oib: 0, mid: 100 }]);
    expect(entries['oibResponse5s']).toMatchObject({ state: 'live', partial: true });
  });

  test('has no number where nothing moves', () => {
    const seconds = Array.from({ length: 200 }, (_, i) => ({ oib: Math.sin(i), mid: 100 }));
    expect(reasonIn(played(seconds).entries, 'oibResponse5s')).toBe('no variance');
  });

  test('is whole after an hour, and forgets an hour that nobody heard', () => {
    const hour = Array.from({ length: 3661 }, (_, i) => ({
      oib: Math.sin(i),
      mid: 100 + Math.cos(i),
    }));
    const { entries, memory } = played(hour);
    expect(entries['oibResponse60s']).not.toHaveProperty('partial');
    impulseResponse.onTick!(memory, inputWith(state, at(9000)));
    expect(
      reasonIn(impulseResponse.read(memory, inputWith(state, at(9000))), 'oibResponse5s'),
    ).toBe('warming 0/60');
  });
});
