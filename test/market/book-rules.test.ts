import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applyDelta,
  applyQuote,
  applySnapshot,
  type Book,
  createBook,
  GAPS_FORGIVEN,
  keepRecent,
  knownBps,
} from '../../src/market/book.ts';
import { levelCount, topLevels } from '../../src/market/ladder.ts';
import type { BookDelta, BookSnapshot } from '../../src/model/event.ts';
import { type Micros, micros } from '../../src/model/units.ts';
import { crc32 } from '../../src/stats/crc32.ts';
import { instrumentOf } from './venue-book.ts';

const T = micros(1_700_000_000_000_000);
const at = (seconds: number): Micros => micros(T + seconds * 1e6);

type Sides = { bids?: readonly number[]; asks?: readonly number[] };

const snapshot = (
  lastId: number,
  { bids = [1000, 5], asks = [1001, 7] }: Sides = {},
  more: Partial<BookSnapshot> = {},
): BookSnapshot => ({
  kind: 'bookSnapshot',
  instrument: 'x',
  lastId,
  limit: 1000,
  bids: Float64Array.from(bids),
  asks: Float64Array.from(asks),
  tsExchange: T,
  tsLocal: T,
  ...more,
});

const inStream = (lastId: number, sides?: Sides, more: Partial<BookSnapshot> = {}) =>
  snapshot(lastId, sides, { inStream: true, ...more });

const delta = (
  previousId: number | null,
  lastId: number,
  { bids = [], asks = [] }: Sides = {},
  more: Partial<BookDelta> = {},
): BookDelta => ({
  kind: 'bookDelta',
  instrument: 'x',
  firstId: lastId,
  lastId,
  previousId,
  bids: Float64Array.from(bids),
  asks: Float64Array.from(asks),
  tsExchange: T,
  tsLocal: T,
  ...more,
});

const bidsOf = (book: Book): number[] => {
  const out: number[] = [];
  topLevels(book.ladder, 'bid', 1000, out);
  return out;
};

describe('a snapshot in the stream', () => {
  test('makes a waiting book whole and throws away what was kept before it', () => {
    const book = createBook(instrumentOf('chained'));
    applyDelta(book, delta(1, 2, { bids: [999, 1] }));
    expect(applySnapshot(book, inStream(10)).result).toBe('bridged');
    expect(book).toMatchObject({ status: 'whole', lastId: 10, buffer: [] });
    expect(bidsOf(book)).toEqual([1000, 5]);
  });

  test('replaces a whole book even when its number is lower, and the next change continues it', () => {
    const book = createBook(instrumentOf('stepped'));
    applySnapshot(book, inStream(500));
    expect(applySnapshot(book, inStream(1, { bids: [900, 2] })).snapshotWanted).toBe(false);
    expect(bidsOf(book)).toEqual([900, 2]);
    expect(applyDelta(book, delta(null, 2, { bids: [901, 1] })).result).toBe('applied');
    expect(book.counts.gaps).toBe(0);
  });
});

describe('a chained book', () => {
  const whole = () => {
    const book = createBook(instrumentOf('chained'));
    applySnapshot(book, inStream(10));
    return book;
  };

  test('follows the predecessor alone: numbers jump, stand still and fall', () => {
    const book = whole();
    expect(applyDelta(book, delta(10, 900)).result).toBe('applied');
    expect(applyDelta(book, delta(900, 900)).result).toBe('applied');
    expect(applyDelta(book, delta(900, 3, { bids: [1000, 6] })).result).toBe('applied');
    expect(applyDelta(book, delta(3, 5)).result).toBe('applied');
    expect(bidsOf(book)).toEqual([1000, 6]);
  });

  test('takes a repeated message for what it is, and any other predecessor for a gap', () => {
    const book = whole();
    const next = delta(10, 12, { bids: [1000, 9] });
    applyDelta(book, next);
    expect(applyDelta(book, next).result).toBe('ignored');
    expect(applyDelta(book, delta(13, 14))).toEqual({ result: 'gap', snapshotWanted: true });
    expect(book.reason).toBe('resyncing: gap');
    expect(bidsOf(book)).toEqual([]);
  });

  test('joins a requested snapshot where a predecessor is no newer than it', () => {
    const book = createBook(instrumentOf('chained'));
    applyDelta(book, delta(90, 95, { bids: [990, 1] }));
    applyDelta(book, delta(95, 105, { bids: [1000, 8] }));
    expect(applySnapshot(book, snapshot(100)).result).toBe('bridged');
    expect(bidsOf(book)).toEqual([1000, 8]);
    const late = createBook(instrumentOf('chained'));
    applyDelta(late, delta(120, 130));
    expect(applySnapshot(late, snapshot(100)).result).toBe('snapshotTooOld');
  });
});

describe('a stepped book', () => {
  const whole = () => {
    const book = createBook(instrumentOf('stepped'));
    applySnapshot(book, inStream(10));
    return book;
  };

  test('takes a jump for a gap and old numbers for echoes', () => {
    const book = whole();
    expect(applyDelta(book, delta(null, 11)).result).toBe('applied');
    expect(applyDelta(book, delta(null, 11)).result).toBe('ignored');
    expect(applyDelta(book, delta(null, 13)).result).toBe('gap');
  });

  test('takes jumps once they come again and again, and counts them', () => {
    const book = whole();
    for (let i = 0; i <= GAPS_FORGIVEN; i++) {
      expect(book.isLenient).toBe(false);
      const id = 100 * (i + 1);
      expect(applyDelta(book, delta(null, id, {}, { tsLocal: at(i) })).result).toBe('gap');
      applySnapshot(book, inStream(id + 10));
    }
    expect(book.isLenient).toBe(true);
    expect(applyDelta(book, delta(null, 9000, { bids: [1000, 4] })).result).toBe('applied');
    expect(book.counts.jumps).toBe(1);
    expect(bidsOf(book)).toEqual([1000, 4]);
  });

  test('stays strict when the gaps lie far apart', () => {
    const book = whole();
    for (let i = 0; i < 10; i++) {
      applyDelta(book, delta(null, 100 * (i + 1), {}, { tsLocal: at(120 * i) }));
      applySnapshot(book, inStream(100 * (i + 1) + 10));
    }
    expect(book.isLenient).toBe(false);
  });

  test('compares itself with a requested snapshot of a moment ago', () => {
    const book = whole();
    keepRecent(book);
    applyDelta(book, delta(null, 11, { bids: [1000, 6] }));
    applyDelta(book, delta(null, 12, { bids: [999, 1] }));
    applySnapshot(book, snapshot(11, { bids: [1000, 6] }));
    expect(book.counts).toMatchObject({ snapshotChecks: 1, snapshotMismatches: 0 });
    keepRecent(book);
    applyDelta(book, delta(null, 13));
    applySnapshot(book, snapshot(12, { bids: [1000, 6] }));
    expect(book.counts).toMatchObject({ snapshotChecks: 2, snapshotMismatches: 1 });
    expect(bidsOf(book)).toEqual([1000, 6]);
  });
});

describe('a book of which the venue shows a window', () => {
  test('forgets what leaves it, and knows as far as it reaches', () => {
    const book = createBook(instrumentOf('chained', { bookLevels: 3 }));
    applySnapshot(book, inStream(1, { bids: [1000, 1, 999, 1, 998, 1], asks: [1010, 1] }));
    applyDelta(book, delta(1, 2, { bids: [1001, 1] }));
    expect(bidsOf(book)).toEqual([1001, 1, 1000, 1, 999, 1]);
    applyDelta(book, delta(2, 3, { bids: [1001, 0, 1000, 0, 990, 4, 980, 5] }));
    expect(bidsOf(book)).toEqual([999, 1, 990, 4, 980, 5]);
    const mid = (999 + 1010) / 2;
    expect(knownBps(book, 'bid')).toBeCloseTo((1 - 980 / mid) * 1e4, 9);
    expect(knownBps(book, 'ask')).toBe(Infinity);
  });

  test('is the best levels of everything ever said, for any changes', () => {
    const level = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 3 }));
    const changes = fc.array(fc.array(level, { maxLength: 8 }), { maxLength: 40 });
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 8 }), (messages, bookLevels) => {
        const book = createBook(instrumentOf('chained', { bookLevels }));
        applySnapshot(book, inStream(0, { bids: [50, 1], asks: [1000, 1] }));
        const naive = new Map([[50, 1]]);
        messages.forEach((levels, i) => {
          applyDelta(book, delta(i, i + 1, { bids: levels.flat() }));
          for (const [tick, lots] of levels)
            if (lots === 0) naive.delete(tick);
            else naive.set(tick, lots);
          const best = [...naive].sort((a, b) => b[0] - a[0]);
          for (const [tick] of best.slice(bookLevels)) naive.delete(tick);
          expect(bidsOf(book)).toEqual(best.slice(0, bookLevels).flat());
          expect(levelCount(book.ladder, 'bid')).toBe(book.windowLevels.bid);
        });
      }),
    );
  });
});

describe('a checksum', () => {
  const grids = { priceGrid: { units: 1, scale: 10 }, sizeGrid: { units: 1, scale: 1000 } };
  const of = (text: string) => ({ crc: crc32(text), ...grids });

  test('speaks of the best levels, sides in turn, in their shortest texts', () => {
    const book = createBook(instrumentOf('chained'));
    const sides = { bids: [1000, 1500, 999, 20], asks: [1001, 7] };
    const checksum = of('100:1.5:100.1:0.007:99.9:0.02');
    expect(applySnapshot(book, inStream(1, sides, { checksum })).result).toBe('bridged');
    expect(book.counts).toMatchObject({ checksumChecks: 1, checksumMismatches: 0 });
  });

  test('drops a book that it contradicts', () => {
    const book = createBook(instrumentOf('chained'));
    applySnapshot(book, inStream(1));
    expect(applyDelta(book, delta(1, 2, {}, { checksum: of('1:1') }))).toEqual({
      result: 'badChecksum',
      snapshotWanted: true,
    });
    expect(book).toMatchObject({ status: 'resyncing', reason: 'resyncing: bad checksum' });
  });

  test('is the one that everybody computes', () => {
    expect(crc32('123456789')).toBe(0xcb_f4_39_26 | 0);
    expect(crc32('')).toBe(0);
  });
});

test('a quote that counts across depths is compared at the cross number', () => {
  const book = createBook(instrumentOf('stepped'));
  applySnapshot(book, inStream(10, {}, { crossId: 777 }));
  const quote = {
    kind: 'quote' as const,
    instrument: 'x',
    isCross: true as const,
    bidTicks: 1000,
    bidLots: 5,
    askTicks: 1001,
    askLots: 7,
    tsExchange: T,
    tsLocal: T,
  };
  applyQuote(book, { ...quote, updateId: 10 });
  expect(book.counts.quoteChecks).toBe(0);
  applyQuote(book, { ...quote, updateId: 777 });
  expect(book.counts).toMatchObject({ quoteChecks: 1, quoteMismatches: 0 });
});
