import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  bestLots,
  bestTicks,
  change,
  copyAsOf,
  copyOf,
  createBook,
  impactTicks,
  keyOf,
  type Levels,
  type Side,
  updateIdAt,
  updateIdBefore,
} from '../../src/sim/market-book.ts';

interface Change {
  readonly side: Side;
  readonly ticks: number;
  readonly lots: number;
}

const changes = fc.array(
  fc.record({
    side: fc.constantFrom<Side>('bid', 'ask'),
    ticks: fc.integer({ min: 90, max: 110 }),
    lots: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 120 },
);

/** The same book as plain maps. */
function naive(list: readonly Change[]): { readonly bids: Levels; readonly asks: Levels } {
  const sides = { bid: new Map<number, number>(), ask: new Map<number, number>() };
  for (const { side, ticks, lots } of list) {
    if (lots > 0) sides[side].set(ticks, lots);
    else sides[side].delete(ticks);
  }
  const levels = (side: Side, direction: 1 | -1): Levels =>
    [...sides[side]].sort(([left], [right]) => direction * (left - right));
  return { bids: levels('bid', -1), asks: levels('ask', 1) };
}

function built(list: readonly Change[]) {
  const book = createBook(1000, 0);
  let id = 1000;
  const used: { readonly id: number; readonly upTo: number }[] = [];
  for (const [index, { side, ticks, lots }] of list.entries()) {
    id += 7;
    if (change(book, side, keyOf(side, ticks), lots, id, index)) used.push({ id, upTo: index + 1 });
  }
  return { book, used };
}

describe('a book', () => {
  test.prop([changes])('equals plain maps after any changes', (list) => {
    const { book } = built(list);
    const { bids, asks } = copyOf(book);
    expect({ bids, asks }).toEqual(naive(list));
    expect(bestLots(book, 'bid')).toBe(bids[0]?.[1] ?? 0);
    if (asks[0] !== undefined) expect(bestTicks(book, 'ask')).toBe(asks[0][0]);
  });

  test.prop([changes])('remembers how it was after each of its changes', (list) => {
    const { book, used } = built(list);
    for (const { id, upTo } of used) {
      const { updateId, bids, asks } = copyAsOf(book, id);
      expect(updateId).toBe(id);
      expect({ bids, asks }).toEqual(naive(list.slice(0, upTo)));
    }
  });

  test.prop([changes])('knows which change was the last at an instant or before an id', (list) => {
    const { book, used } = built(list);
    for (const [index, { id, upTo }] of used.entries()) {
      expect(updateIdAt(book, upTo - 1)).toBe(id);
      if (index > 0) expect(updateIdBefore(book, id)).toBe(used[index - 1]!.id);
    }
  });

  test('does not spend an id on a change that changes nothing', () => {
    const book = createBook(5, 0);
    expect(change(book, 'bid', 10, 0, 6, 1)).toBe(false);
    expect(change(book, 'bid', 10, 4, 6, 1)).toBe(true);
    expect(change(book, 'bid', 10, 4, 7, 2)).toBe(false);
    expect(book.updateId).toBe(6);
  });

  test('prices a market order by the levels it would eat', () => {
    const { book } = built([
      { side: 'ask', ticks: 100, lots: 1 },
      { side: 'ask', ticks: 102, lots: 10 },
    ]);
    expect(impactTicks(book, 'ask', 1, 100)).toBe(100);
    expect(impactTicks(book, 'ask', 1, 100 + 102)).toBeCloseTo(101, 12);
    expect(impactTicks(book, 'bid', 1, 50)).toBeNaN();
  });
});
