import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { vpin } from '../../src/features/vpin.ts';
import { live, stale } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { micros } from '../../src/model/units.ts';
import { at, inputWith, numberIn, reasonIn, T0 } from '../support/market.ts';
import { fed, volume24h } from '../support/trades.ts';

const withBuckets = (buckets: number) => ({ ...DEFAULT_SETTINGS, vpin: { buckets } });

/** A VPIN whose buckets hold so many coins. */
function bucketsOf(coins: number, buckets = 50) {
  const told = fed(vpin, {}, withBuckets(buckets));
  told.tell(volume24h(T0, coins * buckets));
  told.until(1);
  return told;
}

interface Print {
  readonly aggressor: 'buy' | 'sell';
  readonly lots: number;
}

/** Every lot on its own: |bought − sold| of each full bucket, over its size. */
function naive(prints: readonly Print[], bucket: number): { done: number[]; open: number } {
  const done: number[] = [];
  let net = 0;
  let open = 0;
  for (const { aggressor, lots } of prints)
    for (let i = 0; i < lots; i += 1) {
      net += aggressor === 'buy' ? 1 : -1;
      open += 1;
      if (open < bucket) continue;
      done.push(Math.abs(net) / bucket);
      net = 0;
      open = 0;
    }
  return { done, open };
}

const print = fc.record({
  aggressor: fc.constantFrom('buy' as const, 'sell' as const),
  lots: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 1, max: 40 }) },
    { weight: 1, arbitrary: fc.integer({ min: 100, max: 2000 }) },
  ),
});

describe('VPIN', () => {
  test.prop([fc.array(print, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 60 })], {
    numRuns: 60,
  })('equals filling the buckets lot by lot, and loses none', (prints, bucket) => {
    const told = bucketsOf(bucket / 1000, 10);
    for (const { aggressor, lots } of prints) told.trade(aggressor, lots / 1000);
    const { done, open } = naive(prints, bucket);
    const entries = told.read();
    expect(numberIn(entries, 'vpinBuckets')).toBe(Math.min(10, done.length));
    // The buckets that are kept, the open one, and what has left: all that was traded.
    const parameters = told.explain('vpin')!.parameters!;
    expect(parameters['openCoins']).toBeCloseTo(open / 1000, 12);
    expect(parameters['bucketCoins']).toBeCloseTo(bucket / 1000, 12);
    const traded = prints.reduce((sum, { lots }) => sum + lots, 0);
    expect(done.length * bucket + open).toBe(traded);
    if (done.length < 10) expect(reasonIn(entries, 'vpin')).toBe(`warming ${done.length}/10`);
    else {
      const last = done.slice(-10);
      const mean = last.reduce((sum, x) => sum + x, 0) / 10;
      expect(numberIn(entries, 'vpin')).toBeCloseTo(mean, 12);
    }
  });

  test('of fifty buckets, half of them bought whole and half of them even, is a half', () => {
    const told = bucketsOf(4);
    for (let i = 0; i < 25; i += 1) {
      told.trade('buy', 4);
      told.trade('buy', 2);
      if (i < 24) told.trade('sell', 2);
    }
    expect(reasonIn(told.read(), 'vpin')).toBe('warming 49/50');
    told.trade('sell', 2);
    expect(told.read()['vpin']).toEqual(live(0.5));
    expect(told.read()['vpinBuckets']).toEqual(live(50));
  });

  test('is one for a single print as large as a day, and as quick to say so', () => {
    const told = bucketsOf(0.001);
    told.trade('sell', 1e6);
    expect(told.read()['vpin']).toEqual(live(1));
  });

  test('does not depend on which side is which', () => {
    const [one, other] = [bucketsOf(3, 5), bucketsOf(3, 5)];
    for (const size of [1, 2.5, 7, 0.125, 4, 4]) {
      one.trade(size > 2 ? 'buy' : 'sell', size);
      other.trade(size > 2 ? 'sell' : 'buy', size);
    }
    expect(one.read()).toEqual(other.read());
  });

  test('is absent until the 24 h volume is known, and what was traded before does not count', () => {
    const told = fed(vpin);
    told.trade('buy', 100);
    told.until(1);
    expect(reasonIn(told.read(), 'vpin')).toBe('no 24 h volume: binance');
    told.tell(volume24h(at(1), 500));
    told.until(2);
    expect(reasonIn(told.read(), 'vpin')).toBe('warming 0/50');
    told.trade('buy', 10);
    expect(numberIn(told.read(), 'vpinBuckets')).toBe(1);
  });

  test('keeps the size of a bucket that has begun', () => {
    const told = bucketsOf(10, 5);
    told.trade('buy', 4);
    told.tell(volume24h(at(2), 10));
    told.until(2);
    told.trade('sell', 5);
    expect(numberIn(told.read(), 'vpinBuckets')).toBe(0);
    told.trade('sell', 1);
    expect(numberIn(told.read(), 'vpinBuckets')).toBe(1);
    told.trade('sell', 8);
    expect(numberIn(told.read(), 'vpin')).toBeCloseTo((2 / 10 + 4) / 5, 12);
  });

  test('is partial until every bucket with missing trades has left, and stale while the feed is lost', () => {
    const told = bucketsOf(2, 3);
    for (let i = 0; i < 6; i += 1) told.trade('buy', 1);
    expect(told.read()['vpin']).toEqual(live(1));
    told.trade('buy', 1);
    told.until(2, 5);
    expect(told.read(5)['vpin']).toEqual(stale(1, micros(5e6)));
    told.trade('buy', 1);
    expect(told.read()['vpin']).toEqual(live(1, { partial: true }));
    for (let i = 0; i < 4; i += 1) told.trade('buy', 1);
    expect(told.read()['vpin']).toEqual(live(1, { partial: true }));
    told.trade('buy', 2);
    expect(told.read()['vpin']).toEqual(live(1));
  });

  test('goes on when the listing is announced with finer sizes', () => {
    const told = bucketsOf(2, 2);
    told.trade('buy', 1.5);
    told.state.instrument = { ...told.state.instrument, sizeGrid: { units: 1, scale: 1e6 } };
    told.trade('sell', 0.500001);
    expect(numberIn(told.read(), 'vpinBuckets')).toBe(1);
    expect(told.explain('vpin')!.parameters!['openCoins']).toBe(0.000001);
  });

  test('goes on after a restart from the buckets that were kept, and says that trades are missing', () => {
    const before = bucketsOf(2, 4);
    for (const size of [2, 1, 1, 5, 1]) before.trade(size > 1 ? 'buy' : 'sell', size);
    const kept = vpin.keep!(before.memory, 0)!;
    expect(kept.series).toBe('vpinBucket');
    expect(kept.stamps).toHaveLength(5 - 1);
    expect(vpin.keep!(before.memory, kept.stamps.at(-1)!)).toBeUndefined();
    const restarted = () => {
      const told = fed(vpin, {}, withBuckets(4));
      vpin.recall!(told.memory, kept);
      return told;
    };
    const after = restarted();
    after.tell(volume24h(at(10), 8));
    vpin.onTick!(after.memory, inputWith(after.state, at(10)));
    expect(after.read()['vpin']).toEqual(live(numberIn(before.read(), 'vpin'), { partial: true }));
    for (let i = 0; i < 3; i += 1) after.trade('buy', 2);
    expect(after.read()['vpin']).toMatchObject({ partial: true });
    after.trade('buy', 2);
    expect(after.read()['vpin']).toEqual(live(1));
    // After a night the buckets are no past any more.
    const late = restarted();
    late.tell(volume24h(at(8 * 3600), 8));
    vpin.onTick!(late.memory, inputWith(late.state, at(8 * 3600)));
    expect(late.read()['vpin']).toMatchObject({ reason: 'warming 0/4' });
  });
});
