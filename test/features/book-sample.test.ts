import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { sampleBook } from '../../src/features/book-sample.ts';
import { live } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { at, levels, listed, liveValue, snapshot } from '../support/market.ts';

const bps = 1e-4;

/** A book of the tape's BTC perp: bids and asks as `[price, size]`. */
function bookOf(
  bids: readonly (readonly [number, number])[],
  asks: readonly (readonly [number, number])[],
  more: { readonly limit?: number; readonly asset?: string } = {},
) {
  const perp = listed('perp', more.asset === undefined ? {} : { asset: more.asset });
  const flat = (side: readonly (readonly [number, number])[]) =>
    levels(
      ...side.map(([price, size]) => [Math.round(price * 10), Math.round(size * 1000)] as const),
    );
  perp.tell(snapshot(at(0), flat(bids), flat(asks), more));
  return perp;
}

const sampleOf = (perp: ReturnType<typeof bookOf>, seconds = 1) =>
  sampleBook(perp.state, at(seconds), DEFAULT_SETTINGS);

describe('a book sample', () => {
  test('reads the touch, the mid and the spread', () => {
    const sample = sampleOf(bookOf([[99_990, 2]], [[100_010, 6]]));
    expect(liveValue(sample.bid)).toBe(99_990);
    expect(liveValue(sample.ask)).toBe(100_010);
    expect(liveValue(sample.bidSize)).toBe(2);
    expect(liveValue(sample.askSize)).toBe(6);
    expect(liveValue(sample.mid)).toBe(100_000);
    expect(liveValue(sample.spreadBps)).toBeCloseTo(2, 12);
    // Three times as much is offered as bid, so the price leans towards the bid.
    expect(liveValue(sample.microprice)).toBe(99_995);
  });

  test('weighs a level by half where the half-life says so, and counts nothing beyond the band', () => {
    const mid = 100_000;
    const sample = sampleOf(
      bookOf(
        [
          [mid - 10, 1],
          [mid * (1 - 25 * bps), 1],
          [mid * (1 - 26 * bps), 1000],
        ],
        [[mid + 10, 1]],
      ),
    );
    const weight = (price: number) =>
      Math.exp((-Math.LN2 / (25 * bps)) * Math.abs(price / mid - 1));
    const bids = (mid - 10) * weight(mid - 10) + mid * (1 - 25 * bps) * 0.5;
    const asks = (mid + 10) * weight(mid + 10);
    expect(liveValue(sample.depthBid)).toBeCloseTo(mid - 10 + mid * (1 - 25 * bps), 6);
    expect(liveValue(sample.depthAsk)).toBeCloseTo(mid + 10, 6);
    expect(liveValue(sample.oib)).toBeCloseTo((bids - asks) / (bids + asks), 9);
  });

  test('looks twice as far for an asset of the second tier', () => {
    const mid = 100_000;
    const far = [mid * (1 - 40 * bps), 1] as const;
    const depth = (asset: string) =>
      liveValue(sampleOf(bookOf([[mid - 10, 1], far], [[mid + 10, 1]], { asset })).depthBid);
    expect(depth('SOL') - depth('BTC')).toBeCloseTo(far[0], 6);
  });

  test('has no imbalance where nothing rests inside the band', () => {
    const sample = sampleOf(bookOf([[90_000, 1]], [[110_000, 1]]));
    expect(sample.oib).toEqual({ state: 'absent', value: null, reason: 'empty band' });
    expect(liveValue(sample.depthBid)).toBe(0);
  });

  test('is partial where the venue cut a side off inside the band', () => {
    const sample = sampleOf(bookOf([[99_990, 1]], [[100_010, 1]], { limit: 1 }));
    expect(sample.oib).toMatchObject({ state: 'live', partial: true });
    expect(sample.depthBid).toMatchObject({ partial: true });
    expect(liveValue(sample.knownBidBps)).toBeCloseTo(1, 9);
    expect(sample.mid).toEqual(live(100_000));
  });

  test('does not call a side partial that was sent whole', () => {
    const sample = sampleOf(bookOf([[99_990, 1]], [[100_010, 1]]));
    expect(sample.oib).not.toHaveProperty('partial');
    expect(sample.knownBidBps).toMatchObject({ state: 'absent', reason: 'whole side known' });
  });

  test('is absent in every number while the book is not whole, with the reason of the book', () => {
    const { state } = listed();
    const waiting = sampleBook(state, at(1), DEFAULT_SETTINGS);
    const resyncing = bookOf([[99_990, 1]], [[100_010, 1]]);
    resyncing.tell({
      kind: 'bookDelta',
      tsLocal: at(1),
      firstId: 50,
      lastId: 51,
      previousId: 49,
      bids: levels(),
      asks: levels(),
    });
    for (const [sample, reason] of [
      [waiting, 'book awaiting snapshot'],
      [sampleOf(resyncing), 'book resyncing: snapshot too old'],
    ] as const)
      for (const [name, reading] of Object.entries(sample))
        if (name !== 'bandBps') expect(reading, name).toMatchObject({ state: 'absent', reason });
  });

  test('is absent while one side is empty', () => {
    const sample = sampleOf(bookOf([], [[100_010, 1]]));
    expect(sample.mid).toMatchObject({ state: 'absent', reason: 'one-sided book' });
    expect(sample.oib).toMatchObject({ state: 'absent', reason: 'one-sided book' });
  });

  test('is live for three seconds after the snapshot alone, then stale with its age', () => {
    const perp = bookOf([[99_990, 1]], [[100_010, 1]]);
    expect(sampleOf(perp, 3).mid.state).toBe('live');
    expect(sampleOf(perp, 4).mid).toMatchObject({ state: 'stale', value: 100_000, age: 4e6 });
  });

  test('has depth that is as old as what renews it, where changes tell of the touch alone', () => {
    const perp = listed();
    const deep = (seconds: number, id: number) =>
      perp.tell({
        ...snapshot(at(seconds), levels([999_900, 5]), levels([1_000_100, 5]), { lastId: id }),
        inStream: true,
        renewsDepth: true,
      });
    const change = (seconds: number, id: number) =>
      perp.tell({
        kind: 'bookDelta',
        tsLocal: at(seconds),
        firstId: id,
        lastId: id,
        previousId: id - 1,
        bids: levels([999_900, id]),
        asks: levels(),
      });
    const sampleAt = (seconds: number) => sampleBook(perp.state, at(seconds), DEFAULT_SETTINGS);
    deep(0, 1);
    for (let second = 1; second <= 16; second += 1) change(second, second + 1);
    // Nothing is learnt yet, so the documented pace of 5.4 s counts.
    expect(sampleAt(16).depthBid.state).toBe('live');
    change(17, 18);
    for (const name of ['depthBid', 'depthAsk', 'oib'] as const)
      expect(sampleAt(17)[name]).toMatchObject({ state: 'stale', age: 17e6 });
    for (const name of ['mid', 'bidSize', 'spreadBps', 'knownBidBps', 'microprice'] as const)
      expect(sampleAt(17)[name].state, name).not.toBe('stale');
    deep(18, 19);
    expect(sampleAt(18).oib.state).toBe('live');
  });

  const side = (sign: 1 | -1) =>
    fc
      .uniqueArray(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 30 })
      .chain((ticks) =>
        fc.tuple(
          fc.constant(ticks.sort((a, b) => a - b)),
          fc.array(fc.integer({ min: 1, max: 1e6 }), {
            minLength: ticks.length,
            maxLength: ticks.length,
          }),
        ),
      )
      .map(([ticks, lots]) =>
        ticks.map((tick, i) => [(1_000_000 + sign * tick) / 10, lots[i]! / 1000] as const),
      );

  test.prop([side(-1), side(1)])(
    'changes its sign and nothing else when bids and asks change places',
    (bids, asks) => {
      // About the mid, so that every level keeps its distance from it.
      const twiceMid = bids[0]![0] + asks[0]![0];
      const mirror = (levelsOf: readonly (readonly [number, number])[]) =>
        levelsOf.map(([price, size]) => [twiceMid - price, size] as const);
      const straight = sampleOf(bookOf(bids, asks));
      const mirrored = sampleOf(bookOf(mirror(asks), mirror(bids)));
      if (straight.oib.state === 'absent') expect(mirrored.oib).toEqual(straight.oib);
      // Notional is not the same on both sides of the mirror: within 25 bps it differs by 0.5 % at most.
      else expect(liveValue(mirrored.oib)).toBeCloseTo(-straight.oib.value, 2);
    },
  );

  test.prop([side(-1), side(1), fc.constantFrom(2, 5, 10)])(
    'does not depend on how much a coin is',
    (bids, asks, factor) => {
      const scaled = (levelsOf: readonly (readonly [number, number])[]) =>
        levelsOf.map(([price, size]) => [price, size * factor] as const);
      const one = sampleOf(bookOf(bids, asks)).oib;
      const other = sampleOf(bookOf(scaled(bids), scaled(asks))).oib;
      if (one.state === 'absent') expect(other).toEqual(one);
      else {
        expect(liveValue(other)).toBeCloseTo(one.value, 12);
        expect(Math.abs(one.value)).toBeLessThanOrEqual(1);
      }
    },
  );
});
