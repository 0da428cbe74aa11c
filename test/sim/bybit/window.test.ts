import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { Window } from '../../../src/sim/bybit/window.ts';
import { change, copyOf, createBook, keyOf, type Side } from '../../../src/sim/market-book.ts';

const move = fc.record({
  side: fc.constantFrom<Side>('bid', 'ask'),
  ticks: fc.integer({ min: 1, max: 30 }),
  lots: fc.integer({ min: 0, max: 3 }),
});

test.prop([
  fc.integer({ min: 1, max: 8 }),
  fc.array(fc.array(move, { maxLength: 12 }), { maxLength: 12 }),
])(
  'who applies what a window says of a book has its best levels and nothing else',
  (depth, rounds) => {
    const book = createBook(1, 0, { levelLimit: 64, journalLimit: 16 });
    const window = new Window(depth);
    const held = { bids: new Map<number, number>(), asks: new Map<number, number>() };
    let id = 1;
    for (const moves of rounds) {
      for (const { side, ticks, lots } of moves) {
        id += 1;
        // Bids below 31, asks above.
        const at = side === 'bid' ? ticks : 61 - ticks;
        change(book, side, keyOf(side, at), lots, id, 0);
      }
      const changes = window.show(book);
      for (const side of ['bids', 'asks'] as const)
        for (const [ticks, lots] of changes[side])
          if (lots === 0) expect(held[side].delete(ticks)).toBe(true);
          else held[side].set(ticks, lots);
      const truth = copyOf(book, depth);
      expect(held).toEqual({ bids: new Map(truth.bids), asks: new Map(truth.asks) });
      expect({ bids: window.levels('bid'), asks: window.levels('ask') }).toEqual({
        bids: truth.bids,
        asks: truth.asks,
      });
    }
  },
);
