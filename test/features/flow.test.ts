import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { flow } from '../../src/features/flow.ts';
import type { Trade } from '../../src/model/event.ts';
import type { Grid } from '../../src/model/grid.ts';
import { fromSteps } from '../../src/model/grid.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import { absent, live } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { micros } from '../../src/model/units.ts';
import { at, inputWith, listed, numberIn, reasonIn, T0 } from '../support/market.ts';

/** A flow that is told trades and ticks. */
function flowOf(changes: Partial<Instrument> = {}) {
  const perp = listed('perp', changes);
  const memory = flow.create(DEFAULT_SETTINGS);
  const trade = (seconds: number, aggressor: Trade['aggressor'], size: number, price = 100) => {
    const event: Trade = {
      kind: 'trade',
      instrument: perp.state.instrument.id,
      aggressor,
      price,
      size,
      id: null,
      tsExchange: null,
      tsLocal: at(seconds),
    };
    flow.onTrade!(memory, event, perp.state.instrument);
    perp.state.lastTrade = event;
  };
  const input = (seconds: number, silentFor?: number) =>
    inputWith(
      perp.state,
      at(seconds),
      silentFor === undefined ? {} : { silentFor: micros(silentFor * 1e6) },
    );
  return {
    state: perp.state,
    trade,
    tick: (seconds: number, silentFor?: number) => flow.onTick!(memory, input(seconds, silentFor)),
    read: (seconds: number, silentFor?: number) => flow.read(memory, input(seconds, silentFor)),
    explain: (seconds: number, name: string) => flow.explain!(memory, input(seconds), name),
  };
}

describe('trade flow', () => {
  test('is absent before the first trade, however long nothing came', () => {
    const { tick, read } = flowOf();
    for (let second = 1; second < 200; second += 1) tick(second);
    for (const reading of Object.values(read(200)))
      expect(reading).toEqual(absent('no trades yet'));
  });

  test('of a quiet minute is a true zero, without a price per trade', () => {
    const { trade, tick, read } = flowOf();
    trade(0.5, 'buy', 2);
    for (let second = 1; second <= 61; second += 1) tick(second);
    const entries = read(61);
    for (const name of ['buy1s', 'sell1s', 'buy1m', 'sell1m', 'net1m', 'trades1m'])
      expect(entries[name], name).toEqual(live(0));
    for (const name of ['vwap1m', 'high1m', 'low1m'])
      expect(reasonIn(entries, name)).toBe('no trades this minute');
    expect(entries['cvd']).toEqual(live(2));
    expect(entries['lastPrice']).toEqual(live(100));
  });

  test('of the minute is partial until one was heard whole', () => {
    const { trade, tick, read } = flowOf();
    trade(0.5, 'sell', 2);
    tick(1);
    expect(read(1)['sell1m']).toEqual(live(2, { partial: true }));
    for (let second = 2; second <= 61; second += 1) tick(second);
    expect(read(61)['sell1m']).toEqual(live(0));
  });

  test('is stale while the feed is lost and partial for a minute after, its CVD for ever', () => {
    const { trade, tick, read } = flowOf();
    trade(0.5, 'buy', 2);
    for (let second = 1; second <= 100; second += 1) tick(second);
    tick(101, 4);
    expect(read(101, 4)['buy1m']).toMatchObject({ state: 'stale', value: 0, age: 4e6 });
    expect(read(101, 4)['lastPrice']).toMatchObject({ state: 'stale', value: 100 });
    tick(102);
    expect(read(102)['buy1m']).toEqual(live(0, { partial: true }));
    for (let second = 103; second <= 200; second += 1) tick(second);
    expect(read(200)['buy1m']).toEqual(live(0));
    expect(read(200)['cvd']).toEqual(live(2, { partial: true }));
  });

  const print = fc.record({
    gap: fc.integer({ min: 1, max: 9_000_000 }),
    isBuy: fc.boolean(),
    lots: fc.integer({ min: 1, max: 1e6 }),
    ticks: fc.integer({ min: 1, max: 1e6 }),
  });

  test.prop([fc.array(print, { minLength: 1, maxLength: 60 })])(
    'equals what a look at all trades of the last 60 whole seconds gives',
    (prints) => {
      const { trade, tick, read, state } = flowOf();
      const all: { t: number; isBuy: boolean; lots: number; price: number }[] = [];
      let t: number = T0;
      let second = 0;
      let lots = 0;
      const { sizeGrid } = state.instrument;
      for (const { gap, isBuy, lots: size, ticks } of prints) {
        t += gap;
        for (; (second + 1) * 1e6 <= t - T0; second += 1) tick(second + 1);
        const coins = fromSteps(size, sizeGrid);
        trade((t - T0) / 1e6, isBuy ? 'buy' : 'sell', coins, ticks / 10);
        all.push({ t, isBuy, lots: size, price: ticks / 10 });
        lots += isBuy ? size : -size;
      }
      second += 1;
      tick(second);
      const from = T0 + (second - 60) * 1e6;
      const minute = all.filter((one) => one.t >= from);
      const sizeOf = (list: typeof all, side?: boolean) =>
        fromSteps(
          list
            .filter(({ isBuy }) => side === undefined || isBuy === side)
            .reduce((sum, one) => sum + one.lots, 0),
          sizeGrid,
        );
      const entries = read(second);
      // Not close to: the very doubles that the exact sums parse to.
      expect(numberIn(entries, 'buy1m')).toBe(sizeOf(minute, true));
      expect(numberIn(entries, 'sell1m')).toBe(sizeOf(minute, false));
      expect(numberIn(entries, 'trades1m')).toBe(minute.length);
      const last = all.filter((one) => one.t >= T0 + (second - 1) * 1e6);
      expect(numberIn(entries, 'buy1s')).toBe(sizeOf(last, true));
      expect(numberIn(entries, 'sell1s')).toBe(sizeOf(last, false));
      if (minute.length > 0) {
        const quote = minute.reduce(
          (sum, one) => sum + fromSteps(one.lots, sizeGrid) * one.price,
          0,
        );
        const size = sizeOf(minute);
        expect(numberIn(entries, 'vwap1m')).toBeCloseTo(quote / size, 6);
        const prices = minute.map(({ price }) => price);
        expect(numberIn(entries, 'high1m')).toBe(Math.max(...prices));
        expect(numberIn(entries, 'low1m')).toBe(Math.min(...prices));
        expect(numberIn(entries, 'meanSize1m')).toBeCloseTo(size / minute.length, 9);
      }
      expect(numberIn(entries, 'cvd')).toBe(fromSteps(lots, sizeGrid));
    },
  );

  test('keeps the CVD exact over very many trades of awkward sizes', () => {
    const { trade, read } = flowOf();
    for (let i = 0; i < 100_000; i += 1) trade(1, 'buy', 0.1);
    for (let i = 0; i < 99_999; i += 1) trade(1, 'sell', 0.1);
    expect(numberIn(read(1), 'cvd')).toBe(0.1);
  });

  test('keeps the CVD exact for coins that are counted by the billion', () => {
    const { trade, read } = flowOf({ sizeGrid: { units: 1, scale: 1 } });
    trade(1, 'buy', 2 ** 50);
    trade(1, 'buy', 1);
    expect(numberIn(read(1), 'cvd')).toBe(2 ** 50 + 1);
  });

  test('says since when its CVD counts, and that trades are missing in it', () => {
    const { trade, tick, explain } = flowOf();
    trade(0.5, 'buy', 2);
    tick(1);
    expect(explain(60, 'cvd')).toEqual({ parameters: { since: at(0.5), seconds: 59 } });
    tick(61, 4);
    expect(explain(61, 'cvd')?.excluded).toEqual(['trades while the feed was lost']);
  });

  test('keeps the CVD when the listing is announced with finer sizes', () => {
    const perp = flowOf();
    perp.trade(1, 'buy', 0.003);
    const finer: Grid = { units: 1, scale: 100_000 };
    perp.state.instrument = { ...perp.state.instrument, sizeGrid: finer };
    perp.trade(1, 'sell', 0.00001);
    expect(numberIn(perp.read(1), 'cvd')).toBe(0.00299);
    expect(numberIn(perp.read(1), 'net1m')).toBe(0.00299);
  });
});
