import { fc, test } from '@fast-check/vitest';
import { linearRegression, rSquared } from 'simple-statistics';
import { describe, expect } from 'vitest';
import { kyleLambda } from '../../src/features/kyle-lambda.ts';
import { micros } from '../../src/model/units.ts';
import { numberIn, reasonIn } from '../support/market.ts';
import { fed } from '../support/trades.ts';

/** Signed coins that takers trade in a minute, and the mid at its close; null for a book that is not live. */
interface Minute {
  readonly net: number;
  readonly mid: number | null;
}

const PRICE = 50_000;

/** A feature that has heard a trade and then these minutes, each second of them. */
function minutes(list: readonly Minute[]) {
  const told = fed(kyleLambda);
  told.midIs(1000);
  told.trade('buy', 1);
  told.until(60);
  for (const [i, { net, mid }] of list.entries()) {
    if (net !== 0) told.trade(net > 0 ? 'buy' : 'sell', Math.abs(net), PRICE);
    told.midIs(mid);
    told.until(60 * (i + 2));
  }
  return told;
}

const minute = fc.record({
  net: fc.integer({ min: -400, max: 400 }),
  mid: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 900, max: 1100 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
});

describe('Kyle’s λ', () => {
  test.prop([fc.array(minute, { minLength: 40, maxLength: 75 })], { numRuns: 25 })(
    'is the slope of the changes of mid on signed notional, of the minutes known at both ends',
    (list) => {
      const told = minutes(list);
      const mids = [1000, ...list.map(({ mid }) => mid)];
      const pairs = list.flatMap(({ net }, i): [number, number][] => {
        const [from, to] = [mids[i]!, mids[i + 1]!];
        if (i < list.length - 60 || mids[i] === null || mids[i + 1] === null) return [];
        return [[(net * PRICE) / 1e6, to - from]];
      });
      const begun = Math.min(60, list.length);
      expect(told.explain('kyleLambda')?.window?.count).toBe(pairs.length);
      expect(told.explain('kyleLambda')?.excluded ?? []).toHaveLength(Number(begun > pairs.length));
      if (pairs.length < 30) return;
      const { m, b } = linearRegression(pairs);
      const entries = told.read();
      expect(numberIn(entries, 'kyleLambda')).toBeCloseTo(m, 9);
      const r2 = rSquared(pairs, (x) => m * x + b);
      expect(numberIn(entries, 'kyleLambdaR2')).toBeCloseTo(r2, 9);
      const t = Math.sign(m) * Math.sqrt((r2 * (pairs.length - 2)) / (1 - r2));
      expect(numberIn(entries, 'kyleLambdaT')).toBeCloseTo(t, 6);
      const last = mids.at(-1)!;
      if (mids.at(-1) === null)
        expect(reasonIn(entries, 'kyleLambdaBps')).toBe('no mid at the last whole minute');
      else expect(numberIn(entries, 'kyleLambdaBps')).toBeCloseTo((m / last) * 1e4, 9);
    },
  );

  test('of a market that moves two dollars per million is two', () => {
    let mid = 1000;
    const list = Array.from({ length: 60 }, (_, i): Minute => {
      const net = Math.round(100 * Math.sin(i * i));
      mid += (2 * net * PRICE) / 1e6;
      return { net, mid };
    });
    const entries = minutes(list).read();
    expect(numberIn(entries, 'kyleLambda')).toBeCloseTo(2, 9);
    expect(numberIn(entries, 'kyleLambdaR2')).toBeCloseTo(1, 9);
    expect(numberIn(entries, 'kyleLambdaBps')).toBeCloseTo((2 / mid) * 1e4, 9);
    expect(entries['kyleLambda']).not.toHaveProperty('partial');
  });

  test('leaves out a minute in which trades were missed, and warms up by minutes', () => {
    const list = Array.from({ length: 30 }, (_, i) => ({ net: i % 7, mid: 1000 + (i % 5) }));
    const whole = minutes(list.slice(0, 29));
    expect(reasonIn(whole.read(), 'kyleLambdaT')).toBe('warming 29/30');
    whole.until(60 * 30 + 20);
    whole.until(60 * 30 + 22, 5);
    whole.until(60 * 31);
    expect(reasonIn(whole.read(), 'kyleLambda')).toBe('warming 29/30');
    expect(whole.explain('kyleLambda')?.excluded).toEqual([
      '1 minutes without a live mid at both ends or with trades missing',
    ]);
    expect(minutes(list).read()['kyleLambda']).toMatchObject({ state: 'live', partial: true });
  });

  test('is absent where flow does not vary, and stale while the feed is lost', () => {
    const still = minutes(Array.from({ length: 40 }, (_, i) => ({ net: 3, mid: 1000 + (i % 3) })));
    expect(reasonIn(still.read(), 'kyleLambda')).toBe('no variance');
    const told = minutes(
      Array.from({ length: 60 }, (_, i) => ({ net: i % 7, mid: 1000 + (i % 5) })),
    );
    expect(told.read(6)['kyleLambda']).toMatchObject({ state: 'stale', age: micros(6e6) });
  });

  test('changes its sign with the sides', () => {
    const list = Array.from({ length: 60 }, (_, i) => ({ net: (i % 7) - 3, mid: 1000 + (i % 5) }));
    const turned = list.map(({ net, mid }) => ({ net: -net, mid }));
    expect(numberIn(minutes(turned).read(), 'kyleLambda')).toBeCloseTo(
      -numberIn(minutes(list).read(), 'kyleLambda'),
      12,
    );
  });
});
