import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  clearDeltaLog,
  createDeltaLog,
  logDelta,
  loggedDeltas,
  rescaleDeltaLog,
} from '../../src/market/delta-log.ts';
import type { BookDelta } from '../../src/model/event.ts';
import { micros } from '../../src/model/units.ts';

const ID = 'binance:BTC/USDT:USDT';

const side = (numbers: readonly number[]): Float64Array =>
  Float64Array.from(numbers.slice(0, numbers.length & ~1));

const delta = (id: number, bids: readonly number[], asks: readonly number[] = []): BookDelta => ({
  kind: 'bookDelta',
  instrument: ID,
  firstId: id,
  lastId: id + 1,
  previousId: id % 3 === 0 ? null : id - 1,
  tsExchange: id % 2 === 0 ? null : micros(id),
  tsLocal: micros(id + 7),
  bids: side(bids),
  asks: side(asks),
});

const numbers = fc.array(fc.integer({ min: 1, max: 1e9 }), { maxLength: 40 });

describe('the log of changes', () => {
  test.prop([
    fc.array(fc.tuple(numbers, numbers), { maxLength: 200 }),
    fc.integer({ min: 1, max: 40 }),
  ])('holds the newest as an array of them would, however they are lent', (sides, limit) => {
    const log = createDeltaLog(limit);
    const all = sides.map(([bids, asks], id) => delta(id, bids, asks));
    for (const each of all) {
      const lent = structuredClone(each);
      logDelta(log, lent);
      lent.bids.fill(-1);
      lent.asks.fill(-1);
      expect(log.count).toBeLessThanOrEqual(limit);
    }
    expect([...loggedDeltas(log, ID)]).toEqual(all.slice(-limit));
    expect([...loggedDeltas(structuredClone(log), ID)]).toEqual(all.slice(-limit));
  });

  test('is bounded in levels as well as in changes', () => {
    const log = createDeltaLog(1000);
    const wide = Array.from({ length: 2000 }, (_, i) => i + 1);
    for (let id = 0; id < 200; id += 1) logDelta(log, delta(id, wide));
    expect(log.levels.length).toBe(2 ** 15);
    const kept = [...loggedDeltas(log, ID)];
    expect(kept).toHaveLength(16);
    expect(kept.at(-1)).toEqual(delta(199, wide));
    expect(kept[0]).toEqual(delta(184, wide));
  });

  test('keeps neither a change of more levels than fit nor what came before it', () => {
    const log = createDeltaLog(8);
    logDelta(log, delta(1, [1, 2]));
    logDelta(log, delta(2, new Array(2 ** 15 + 2).fill(1)));
    expect([...loggedDeltas(log, ID)]).toEqual([]);
    logDelta(log, delta(3, [1, 2]));
    expect([...loggedDeltas(log, ID)]).toEqual([delta(3, [1, 2])]);
  });

  test('follows a grid that becomes finer', () => {
    const log = createDeltaLog(4);
    for (let id = 0; id < 9; id += 1) logDelta(log, delta(id, [id, 2], [3, id]));
    rescaleDeltaLog(log, 10, 100);
    expect([...loggedDeltas(log, ID)]).toEqual(
      [5, 6, 7, 8].map((id) => delta(id, [10 * id, 200], [30, 100 * id])),
    );
  });

  test('begins anew when it is emptied', () => {
    const log = createDeltaLog(4);
    for (let id = 0; id < 9; id += 1) logDelta(log, delta(id, [id, 2]));
    clearDeltaLog(log);
    expect([...loggedDeltas(log, ID)]).toEqual([]);
    logDelta(log, delta(1, [5, 6]));
    expect([...loggedDeltas(log, ID)]).toEqual([delta(1, [5, 6])]);
  });
});
