import { fc, test as propertyTest } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import {
  applyDelta,
  applyListing,
  applyQuote,
  applySnapshot,
  type Book,
  BUFFER_LIMIT,
  createBook,
  FAR_LIMIT,
  IGNORED_LIMIT,
  isBandKnown,
  isRenewalDue,
  keepRecent,
  knownBps,
  midPrice,
  RECENT_LIMIT,
  resetBook,
} from '../../src/market/book.ts';
import { farCount, levelCount, lotsAt, type Side, topLevels } from '../../src/market/ladder.ts';
import type { BookSnapshot } from '../../src/model/event.ts';
import type { BookRule } from '../../src/model/instrument.ts';
import {
  delta,
  instrumentOf,
  levels,
  playVenue,
  quote,
  snapshot,
  type TrueBook,
  type VenueAct,
  type VenueHistory,
} from './venue-book.ts';

const RULES = ['linked', 'contiguous'] as const satisfies readonly BookRule[];
const perp = instrumentOf('linked');
const spot = instrumentOf('contiguous');

const bids = levels([99, 5], [98, 6]);
const asks = levels([101, 7], [103, 8]);

function sideOf(book: Book, side: Side): [number, number][] {
  const out: number[] = [];
  const count = topLevels(book.ladder, side, levelCount(book.ladder, side), out);
  return Array.from({ length: count }, (_, i) => [out[2 * i]!, out[2 * i + 1]!]);
}

const contents = (book: Book) => ({ bids: sideOf(book, 'bid'), asks: sideOf(book, 'ask') });

/** A whole perp book at id 100. */
function wholeBook(instrument = perp): Book {
  const book = createBook(instrument);
  applySnapshot(book, snapshot(instrument, 100, bids, asks));
  return book;
}

describe('a new book', () => {
  test('waits for a snapshot and keeps what comes meanwhile', () => {
    const book = createBook(perp);
    expect(book).toMatchObject({ status: 'waiting', reason: 'awaiting snapshot' });
    expect(applyDelta(book, delta(perp, [1, 2, 0], bids))).toEqual({
      result: 'buffered',
      snapshotWanted: false,
    });
    expect(contents(book)).toEqual({ bids: [], asks: [] });
    expect(book.status).toBe('waiting');
  });

  test('is whole with its snapshot alone: on a quiet symbol no message is no gap', () => {
    const book = createBook(perp);
    expect(applySnapshot(book, snapshot(perp, 100, bids, asks)).result).toBe('applied');
    expect(book).toMatchObject({ status: 'whole', reason: null, lastId: 100, bridged: false });
    expect(contents(book)).toEqual({
      bids: [
        [99, 5],
        [98, 6],
      ],
      asks: [
        [101, 7],
        [103, 8],
      ],
    });
    expect(midPrice(book)).toBe(10);
  });

  test('joins kept messages to the snapshot and drops those that it contains', () => {
    const book = createBook(perp);
    applyDelta(book, delta(perp, [90, 99, 80], levels([97, 1])));
    applyDelta(book, delta(perp, [100, 105, 99], levels([96, 2])));
    applyDelta(book, delta(perp, [107, 110, 105], levels([95, 3])));
    expect(applySnapshot(book, snapshot(perp, 103, bids, asks)).result).toBe('bridged');
    expect(book).toMatchObject({ status: 'whole', lastId: 110, bridged: true, tsLocal: 110 });
    expect(book.counts).toMatchObject({ messages: 4, applied: 2, ignored: 1, resyncs: 0, gaps: 0 });
    expect(lotsAt(book.ladder, 'bid', 97)).toBe(0);
    expect(lotsAt(book.ladder, 'bid', 96)).toBe(2);
    expect(book.buffer).toEqual([]);
  });

  test('drops any number of kept messages that the snapshot contains', () => {
    const book = createBook(spot);
    for (let id = 1; id <= BUFFER_LIMIT; id++) applyDelta(book, delta(spot, [id, id, 0]));
    expect(applySnapshot(book, snapshot(spot, 9999, bids, asks)).result).toBe('applied');
    expect(book).toMatchObject({ status: 'whole', lastId: 9999 });
    expect(applyDelta(book, delta(spot, [9998, 9999, 0])).result).toBe('ignored');
  });

  test('keeps at most its limit of messages, lets the oldest go and counts them', () => {
    const book = createBook(spot);
    for (let id = 1; id <= BUFFER_LIMIT + 3; id++) applyDelta(book, delta(spot, [id, id, 0]));
    expect(book.buffer).toHaveLength(BUFFER_LIMIT);
    expect(book.counts.dropped).toBe(3);
    expect(applySnapshot(book, snapshot(spot, 2, bids, asks))).toEqual({
      result: 'snapshotTooOld',
      snapshotWanted: true,
    });
    expect(applySnapshot(book, snapshot(spot, 3, bids, asks)).result).toBe('bridged');
    expect(book.lastId).toBe(BUFFER_LIMIT + 3);
  });
});

describe('the first message after a snapshot', () => {
  test.each([
    ['spans its id', [95, 105, 90], 'bridged'],
    ['begins at its id', [100, 105, 98], 'bridged'],
    ['ends at its id', [95, 100, 90], 'bridged'],
    ['names its id as predecessor though ids jump', [117, 120, 100], 'bridged'],
    ['is older', [90, 99, 85], 'ignored'],
    ['begins later and names another predecessor', [101, 105, 99], 'snapshotTooOld'],
  ] as const)('on futures: %s', (_, ids, result) => {
    const book = wholeBook();
    expect(applyDelta(book, delta(perp, ids, levels([97, 1]))).result).toBe(result);
    expect(book.status).toBe(result === 'snapshotTooOld' ? 'resyncing' : 'whole');
    const late = createBook(perp);
    applyDelta(late, delta(perp, ids, levels([97, 1])));
    expect(applySnapshot(late, snapshot(perp, 100, bids, asks)).result).toBe(
      result === 'ignored' ? 'applied' : result,
    );
    expect(contents(late)).toEqual(contents(book));
  });

  test.each([
    ['spans the id after', [95, 105, 0], 'bridged'],
    ['begins right after', [101, 105, 0], 'bridged'],
    ['ends at its id', [95, 100, 0], 'ignored'],
    ['begins later', [102, 105, 0], 'snapshotTooOld'],
  ] as const)('on spot: %s', (_, ids, result) => {
    const book = wholeBook(spot);
    expect(applyDelta(book, delta(spot, ids, levels([97, 1]))).result).toBe(result);
    expect(book.status).toBe(result === 'snapshotTooOld' ? 'resyncing' : 'whole');
  });

  test('that comes too late asks for another snapshot, and is kept for it', () => {
    const book = wholeBook();
    expect(applyDelta(book, delta(perp, [110, 115, 108], levels([97, 1])))).toEqual({
      result: 'snapshotTooOld',
      snapshotWanted: true,
    });
    expect(book.reason).toBe('resyncing: snapshot too old');
    expect(contents(book)).toEqual({ bids: [], asks: [] });
    expect(applySnapshot(book, snapshot(perp, 112, bids, asks)).result).toBe('bridged');
    expect(lotsAt(book.ladder, 'bid', 97)).toBe(1);
  });
});

describe('a whole book', () => {
  test('replaces sizes, removes levels and shrugs at the removal of unknown ones', () => {
    const book = wholeBook();
    applyDelta(book, delta(perp, [100, 101, 99], levels([99, 0], [50, 0]), levels([101, 3])));
    expect(contents(book)).toEqual({
      bids: [[98, 6]],
      asks: [
        [101, 3],
        [103, 8],
      ],
    });
  });

  test('ignores and counts repeated and old messages', () => {
    const book = wholeBook();
    const next = delta(perp, [100, 101, 99], levels([97, 1]));
    applyDelta(book, next);
    expect(applyDelta(book, next).result).toBe('ignored');
    expect(applyDelta(book, delta(perp, [95, 99, 90], levels([99, 0]))).result).toBe('ignored');
    expect(book.counts.ignored).toBe(2);
    expect(lotsAt(book.ladder, 'bid', 99)).toBe(5);
  });

  test('is dropped when the venue seems to count from another number', () => {
    const book = createBook(perp);
    applySnapshot(book, snapshot(perp, 5000, bids, asks));
    for (let i = 1; i <= IGNORED_LIMIT; i++)
      expect(applyDelta(book, delta(perp, [i, i, i - 1])).result).toBe('ignored');
    expect(applyDelta(book, delta(perp, [201, 201, 200]))).toEqual({
      result: 'gap',
      snapshotWanted: true,
    });
    expect(contents(book)).toEqual({ bids: [], asks: [] });
    expect(applySnapshot(book, snapshot(perp, 200, bids, asks)).result).toBe('bridged');
  });

  test('takes any number of old messages among new ones', () => {
    const book = createBook(spot);
    applySnapshot(book, snapshot(spot, 5000, bids, asks));
    for (let id = 5001; id < 5004; id++) {
      applyDelta(book, delta(spot, [id, id, 0]));
      for (let i = 1; i <= IGNORED_LIMIT; i++) applyDelta(book, delta(spot, [i, i, 0]));
    }
    expect(book).toMatchObject({ status: 'whole', lastId: 5003 });
  });

  test.each(RULES)('gives nothing after a gap (%s), counts it once and recovers', (rule) => {
    const instrument = instrumentOf(rule);
    const book = wholeBook(instrument);
    applyDelta(book, delta(instrument, [101, 105, 100]));
    const after = delta(instrument, [111, 115, 110], levels([97, 4]));
    expect(applyDelta(book, after)).toEqual({ result: 'gap', snapshotWanted: true });
    expect(book).toMatchObject({ status: 'resyncing', reason: 'resyncing: gap' });
    expect(contents(book)).toEqual({ bids: [], asks: [] });
    expect(midPrice(book)).toBeUndefined();
    expect(applyDelta(book, delta(instrument, [121, 125, 120])).result).toBe('buffered');
    expect(book.counts).toMatchObject({ gaps: 1, resyncs: 1 });

    // 115 → 120 is missing among the kept ones: this snapshot cannot be continued.
    expect(applySnapshot(book, snapshot(instrument, 110, bids, asks)).result).toBe('gap');
    expect(applySnapshot(book, snapshot(instrument, 120, bids, asks)).result).toBe('bridged');
    expect(book).toMatchObject({ status: 'whole', lastId: 125 });
    expect(book.counts).toMatchObject({ gaps: 2, resyncs: 1 });
    expect(lotsAt(book.ladder, 'bid', 97)).toBe(0);
  });

  test('is dropped when a message crosses it, and does not trust that message again', () => {
    const book = wholeBook();
    expect(applyDelta(book, delta(perp, [100, 105, 99], levels([101, 1])))).toEqual({
      result: 'crossed',
      snapshotWanted: true,
    });
    expect(book).toMatchObject({ status: 'resyncing', reason: 'resyncing: crossed', buffer: [] });
    expect(contents(book)).toEqual({ bids: [], asks: [] });
    expect(book.counts).toMatchObject({ crossed: 1, resyncs: 1, applied: 0 });
  });

  test('does not begin from a crossed snapshot', () => {
    const book = createBook(perp);
    expect(applySnapshot(book, snapshot(perp, 1, levels([101, 1]), levels([101, 1]))).result).toBe(
      'crossed',
    );
    expect(book.status).toBe('resyncing');
    expect(contents(book)).toEqual({ bids: [], asks: [] });
  });

  test('ignores an older snapshot and takes a newer one', () => {
    const book = wholeBook();
    applyDelta(book, delta(perp, [100, 105, 99]));
    expect(applySnapshot(book, snapshot(perp, 104, levels(), levels())).result).toBe('ignored');
    expect(sideOf(book, 'bid')).toHaveLength(2);
    applySnapshot(book, snapshot(perp, 108, levels([90, 1]), levels([91, 1])));
    expect(book).toMatchObject({ status: 'whole', lastId: 108, bridged: false });
    expect(applyDelta(book, delta(perp, [106, 107, 105], levels([1, 1]))).result).toBe('ignored');
    expect(applyDelta(book, delta(perp, [108, 109, 107], levels([1, 1]))).result).toBe('bridged');
    expect(sideOf(book, 'bid')).toEqual([
      [90, 1],
      [1, 1],
    ]);
    expect(book.counts.resyncs).toBe(0);
  });

  test('loses everything when its connection does', () => {
    const book = wholeBook();
    resetBook(book, 'disconnected');
    expect(book).toMatchObject({ status: 'resyncing', reason: 'resyncing: disconnected' });
    expect(contents(book)).toEqual({ bids: [], asks: [] });
    applyDelta(book, delta(perp, [100, 105, 99]));
    resetBook(book, 'disconnected');
    expect(book.buffer).toEqual([]);
    expect(book.counts.resyncs).toBe(1);
    const fresh = createBook(perp);
    resetBook(fresh, 'disconnected');
    expect(fresh).toMatchObject({ status: 'waiting', reason: 'awaiting snapshot' });
  });

  test('forgets what lies too far away and no longer claims to know it', () => {
    const book = wholeBook();
    applyDelta(
      book,
      delta(
        perp,
        [100, 101, 99],
        levels(),
        levels(...Array.from({ length: FAR_LIMIT + 1 }, (_, i) => [1e6 + i, 1] as const)),
      ),
    );
    expect(farCount(book.ladder, 'ask')).toBeLessThanOrEqual(FAR_LIMIT / 2 + 1);
    expect(book.knownAskTicks).toBe(sideOf(book, 'ask').at(-1)?.[0]);
    expect(book.knownBidTicks).toBe(-Infinity);
  });
});

describe('the depth that a book knows', () => {
  const hundred = (from: number, step: number) =>
    levels(...Array.from({ length: 100 }, (_, i) => [from + i * step, 1] as const));
  const cut = (limit: number) => {
    const book = createBook(perp);
    applySnapshot(book, snapshot(perp, 100, hundred(9999, -1), hundred(10_001, 1), limit));
    return book;
  };

  test('ends where the snapshot was cut off', () => {
    const book = cut(100);
    expect(knownBps(book, 'bid')).toBeCloseTo(100, 9);
    expect(knownBps(book, 'ask')).toBeCloseTo(100, 9);
    expect(isBandKnown(book, 99.9)).toBe(true);
    expect(isBandKnown(book, 100.1)).toBe(false);
  });

  test('is everything when the snapshot holds fewer levels than were asked for', () => {
    const book = cut(101);
    expect(knownBps(book, 'bid')).toBe(Infinity);
    expect(knownBps(book, 'ask')).toBe(Infinity);
    expect(isBandKnown(book, 10_000)).toBe(true);
  });

  test('does not grow by levels that change beyond it', () => {
    const book = cut(100);
    applyDelta(book, delta(perp, [100, 101, 99], levels([9800, 1]), levels([10_200, 1])));
    expect(lotsAt(book.ladder, 'ask', 10_200)).toBe(1);
    expect(knownBps(book, 'bid')).toBeCloseTo(100, 9);
    expect(knownBps(book, 'ask')).toBeCloseTo(100, 9);
  });

  test('shrinks as the market moves towards its end, and a new snapshot restores it', () => {
    const book = cut(100);
    expect(isBandKnown(book, 50)).toBe(true);
    const eaten = Array.from({ length: 80 }, (_, i) => [10_001 + i, 0] as const);
    applyDelta(book, delta(perp, [100, 101, 99], levels([10_079, 1]), levels(...eaten)));
    expect(midPrice(book)).toBe(1008);
    expect(knownBps(book, 'ask')).toBeCloseTo((20 / 10_080) * 1e4, 6);
    expect(isBandKnown(book, 50)).toBe(false);
    expect(book.status).toBe('whole');
    applySnapshot(book, snapshot(perp, 101, hundred(10_079, -1), hundred(10_081, 1), 100));
    expect(isBandKnown(book, 50)).toBe(true);
  });

  test('is nothing once the market has left it', () => {
    const book = cut(100);
    const eaten = Array.from({ length: 100 }, (_, i) => [10_001 + i, 0] as const);
    applyDelta(
      book,
      delta(perp, [100, 101, 99], levels([10_150, 1]), levels(...eaten, [10_160, 1])),
    );
    expect(knownBps(book, 'ask')).toBe(0);
    expect(knownBps(book, 'bid')).toBeGreaterThan(100);
    const waiting = createBook(perp);
    expect(knownBps(waiting, 'bid')).toBe(0);
    expect(isBandKnown(waiting, 1)).toBe(false);
  });
});

describe('a quote with the update id of the book', () => {
  const same = [99, 5, 101, 7] as const;

  test('is compared with it, whichever comes first', () => {
    const book = wholeBook();
    applyQuote(book, quote(perp, 105, same));
    expect(book.counts.quoteChecks).toBe(0);
    applyDelta(book, delta(perp, [100, 105, 99]));
    expect(book.counts).toMatchObject({ quoteChecks: 1, quoteMismatches: 0 });
    applyDelta(book, delta(perp, [106, 107, 105]));
    applyQuote(book, quote(perp, 107, same));
    expect(book.counts).toMatchObject({ quoteChecks: 2, quoteMismatches: 0 });
    applyQuote(book, quote(perp, 107, same));
    applyQuote(book, quote(perp, 106, same));
    expect(book.counts.quoteChecks).toBe(2);
  });

  test.each([[[98, 5, 101, 7]], [[99, 4, 101, 7]], [[99, 5, 102, 7]], [[99, 5, 101, 8]]] as const)(
    'and other numbers is a mismatch: %j',
    (numbers) => {
      const book = wholeBook();
      applyQuote(book, quote(perp, 100, numbers));
      expect(book.counts).toMatchObject({ quoteChecks: 1, quoteMismatches: 1 });
    },
  );

  test('says nothing about a book that is not whole', () => {
    const book = createBook(perp);
    applyQuote(book, quote(perp, 100, same));
    expect(book.counts.quoteChecks).toBe(0);
    applySnapshot(book, snapshot(perp, 100, bids, asks));
    expect(book.counts).toMatchObject({ quoteChecks: 1, quoteMismatches: 0 });
  });
});

describe('a listing with other grids', () => {
  const finer = instrumentOf('linked', {
    priceGrid: { units: 5, scale: 100 },
    sizeGrid: { units: 1, scale: 10_000 },
  });

  test('keeps every level exactly when they are finer by whole factors', () => {
    const book = createBook(perp);
    applySnapshot(book, snapshot(perp, 100, levels([99, 5], [98, 6]), asks, 2));
    applyQuote(book, quote(perp, 101, [99, 5, 101, 7]));
    applyListing(book, finer);
    expect(book.instrument).toBe(finer);
    expect(book.status).toBe('whole');
    expect(contents(book)).toEqual({
      bids: [
        [198, 50],
        [196, 60],
      ],
      asks: [
        [202, 70],
        [206, 80],
      ],
    });
    expect(midPrice(book)).toBe(10);
    expect(book.knownBidTicks).toBe(196);
    applyDelta(book, delta(finer, [100, 101, 99]));
    expect(book.counts).toMatchObject({ quoteChecks: 1, quoteMismatches: 0 });
  });

  test('reads kept messages on the new grid', () => {
    const book = createBook(perp);
    applyDelta(book, delta(perp, [100, 101, 99], levels([97, 1])));
    applyListing(book, finer);
    applySnapshot(book, snapshot(finer, 100, levels([198, 50]), levels([202, 70])));
    expect(contents(book).bids).toEqual([
      [198, 50],
      [194, 10],
    ]);
  });

  test.each([
    ['coarser', { units: 1, scale: 1 }],
    ['not a whole factor', { units: 3, scale: 100 }],
  ])('makes the book resync when the grid is %s', (_, priceGrid) => {
    const book = wholeBook();
    applyListing(book, instrumentOf('linked', { priceGrid }));
    expect(book).toMatchObject({ status: 'resyncing', reason: 'resyncing: grid changed' });
    expect(contents(book)).toEqual({ bids: [], asks: [] });
  });

  test('changes nothing when the grids are the same', () => {
    const book = wholeBook();
    const before = contents(book);
    applyListing(book, instrumentOf('linked', { priceGrid: { units: 10, scale: 100 } }));
    expect(book.status).toBe('whole');
    expect(contents(book)).toEqual(before);
  });
});

describe('a later snapshot beside a running book', () => {
  /** Whole as of 100 with two levels known per side, then two messages on. */
  function running(rule: BookRule): Book {
    const instrument = instrumentOf(rule);
    const book = createBook(instrument);
    keepRecent(book);
    applySnapshot(book, snapshot(instrument, 100, bids, asks, 2));
    applyDelta(book, delta(instrument, [101, 110, 100], levels([99, 4], [97, 9])));
    applyDelta(book, delta(instrument, [111, 120, 110], levels([98, 0]), levels([101, 3])));
    return book;
  }

  test.each(RULES)('renews the known depth without a break, though it is older (%s)', (rule) => {
    const book = running(rule);
    expect(isBandKnown(book, 300)).toBe(false);
    const asOf110 = snapshot(
      book.instrument,
      110,
      levels([99, 4], [98, 6], [97, 9], [90, 1]),
      levels([101, 7], [103, 8], [110, 2], [111, 5]),
      4,
    );
    expect(applySnapshot(book, asOf110)).toEqual({ result: 'applied', snapshotWanted: false });
    expect(book).toMatchObject({ status: 'whole', lastId: 120, bridged: true });
    expect(isBandKnown(book, 300)).toBe(true);
    expect(contents(book)).toEqual({
      bids: [
        [99, 4],
        [97, 9],
        [90, 1],
      ],
      asks: [
        [101, 3],
        [103, 8],
        [110, 2],
        [111, 5],
      ],
    });
    expect(book.counts).toMatchObject({ snapshotChecks: 1, snapshotMismatches: 0, resyncs: 0 });
    const next = delta(book.instrument, [121, 125, 120], levels([99, 1]));
    expect(applyDelta(book, next).result).toBe('applied');
  });

  test.each(RULES)('shows that the running book had gone wrong (%s)', (rule) => {
    const book = running(rule);
    const truth = levels([99, 4], [98, 6], [97, 9]);
    applySnapshot(book, snapshot(book.instrument, 110, truth, levels([101, 7], [103, 80]), 2));
    expect(book.counts).toMatchObject({ snapshotChecks: 1, snapshotMismatches: 1 });
    expect(lotsAt(book.ladder, 'ask', 103)).toBe(80);
  });

  test.each(RULES)(
    'changes nothing when the kept messages do not reach back to it (%s)',
    (rule) => {
      const book = running(rule);
      const before = contents(book);
      expect(applySnapshot(book, snapshot(book.instrument, 50, bids, asks)).result).toBe('ignored');
      expect(contents(book)).toEqual(before);
      expect(book).toMatchObject({ status: 'whole', lastId: 120 });
      expect(book.counts.snapshotChecks).toBe(0);
    },
  );

  test('keeps nothing for it until it is waited for', () => {
    const book = wholeBook();
    applyDelta(book, delta(perp, [101, 110, 100], levels([99, 4])));
    expect(book.recent).toBeNull();
    const before = contents(book);
    expect(applySnapshot(book, snapshot(perp, 100, bids, asks)).result).toBe('ignored');
    expect(contents(book)).toEqual(before);
  });

  test('reads what it has kept on the new grid', () => {
    const book = running('linked');
    const finer = instrumentOf('linked', { priceGrid: { units: 5, scale: 100 } });
    applyListing(book, finer);
    const { result } = applySnapshot(
      book,
      snapshot(finer, 110, levels([198, 4], [196, 6], [194, 9]), levels([202, 7], [206, 8])),
    );
    expect(result).toBe('applied');
    expect(book.counts).toMatchObject({ snapshotChecks: 1, snapshotMismatches: 0 });
  });

  test('keeps a bounded number of messages for it', () => {
    const book = wholeBook();
    keepRecent(book);
    for (let id = 101; id < 102 + 2 * RECENT_LIMIT; id += 1)
      applyDelta(book, delta(perp, [id, id, id - 1], levels([99, id])));
    expect(book.recent?.count).toBe(RECENT_LIMIT);
  });

  test('is due when the market has moved towards the end of what is known, and only then', () => {
    const book = createBook(perp);
    const wide = (side: 1 | -1) =>
      levels(...Array.from({ length: 50 }, (_, i): [number, number] => [1000 + side * (i + 1), 1]));
    applySnapshot(book, snapshot(perp, 100, wide(-1), wide(1), 50));
    expect(book.snapshotSpanBps).toBeCloseTo(500, 6);
    expect(isRenewalDue(book, 200)).toBe(false);
    const gone = levels(...Array.from({ length: 40 }, (_, i): [number, number] => [1001 + i, 0]));
    const risen = levels(...Array.from({ length: 40 }, (_, i): [number, number] => [1000 + i, 1]));
    applyDelta(book, delta(perp, [101, 101, 100], risen, gone));
    expect(isRenewalDue(book, 200)).toBe(true);
    resetBook(book, 'disconnected');
    expect(isRenewalDue(book, 200)).toBe(false);
  });
});

const act: fc.Arbitrary<VenueAct> = fc.record({
  skip: fc.constantFrom(0, 0, 1, 7),
  sends: fc.boolean(),
  move: fc.constantFrom(0, 0, 0, -2, 1, 4),
  isBid: fc.boolean(),
  depth: fc.integer({ min: 1, max: 40 }),
  lots: fc.constantFrom(0, 1, 2, 3),
});

/** What the network does to one message. */
const fate = fc.record({
  delivery: fc.constantFrom('once', 'once', 'once', 'once', 'once', 'never', 'twice', 'late'),
  /** A snapshot comes after it, standing for the id `age` ids back, cut off at `limit` levels. */
  snapshot: fc.option(
    fc.record({ age: fc.integer({ min: -6, max: 12 }), limit: fc.constantFrom(3, 8, 1000) }),
    { freq: 3 },
  ),
  disconnects: fc.constantFrom(false, false, false, false, false, false, true),
});

function snapshotAt(
  { truth, firstId, lastId }: VenueHistory,
  id: number,
  limit: number,
  instrument = perp,
): BookSnapshot {
  const at = Math.min(Math.max(id, firstId), lastId);
  const book = truth.get(at)!;
  return snapshot(
    instrument,
    at,
    levels(...book.bids.slice(0, limit)),
    levels(...book.asks.slice(0, limit)),
    limit,
  );
}

function expectTrue(book: Book, truth: TrueBook): void {
  const known =
    (side: Side) =>
    ([tick]: readonly [number, number]) =>
      side === 'bid' ? tick >= book.knownBidTicks : tick <= book.knownAskTicks;
  const sizes = { bid: new Map(truth.bids), ask: new Map(truth.asks) };
  expect(sideOf(book, 'bid').filter(known('bid'))).toEqual(truth.bids.filter(known('bid')));
  expect(sideOf(book, 'ask').filter(known('ask'))).toEqual(truth.asks.filter(known('ask')));
  // Beyond the known range levels may be missing, but none may be wrong.
  for (const side of ['bid', 'ask'] as const)
    for (const [tick, lots] of sideOf(book, side)) expect(sizes[side].get(tick)).toBe(lots);
}

describe.each(RULES)('over a network that loses, repeats and reorders (%s)', (rule) => {
  const instrument = instrumentOf(rule);

  propertyTest.prop([fc.array(act, { minLength: 5, maxLength: 80 }), fc.array(fate)])(
    'a book is whole and true, or it is not whole: never whole and wrong',
    (acts, fates) => {
      const history = playVenue(instrument, acts);
      const { messages, truth } = history;
      const book = createBook(instrument);
      const check = () => {
        if (book.status === 'whole') expectTrue(book, truth.get(book.lastId)!);
        else expect(contents(book)).toEqual({ bids: [], asks: [] });
      };
      let late: (typeof messages)[number] | undefined;
      for (const [i, message] of messages.entries()) {
        const { delivery = 'once', snapshot: rest = null, disconnects = false } = fates[i] ?? {};
        if (disconnects) resetBook(book, 'disconnected');
        check();
        for (
          let times = delivery === 'once' ? 1 : delivery === 'twice' ? 2 : 0;
          times > 0;
          times--
        ) {
          applyDelta(book, message);
          check();
        }
        if (late !== undefined) applyDelta(book, late);
        late = delivery === 'late' ? message : undefined;
        check();
        if (rest !== null)
          applySnapshot(
            book,
            snapshotAt(history, message.lastId - rest.age, rest.limit, instrument),
          );
        check();
      }
      expect(book.counts.crossed).toBe(0);

      // Whatever happened: the venue's state now makes it whole and true again.
      applySnapshot(book, snapshotAt(history, history.lastId, 1000, instrument));
      expect(book).toMatchObject({ status: 'whole', lastId: history.lastId, reason: null });
      expect(contents(book)).toEqual(truth.get(history.lastId));
    },
  );

  propertyTest.prop([fc.array(act, { minLength: 5, maxLength: 60 }), fc.nat(), fc.nat()])(
    'an undisturbed stream with a snapshot from any moment ends whole and true',
    (acts, at, when) => {
      const history = playVenue(instrument, acts);
      const { messages, truth } = history;
      fc.pre(messages.length > 0);
      const book = createBook(instrument);
      // The snapshot stands for any id from the first message on, and arrives once that message has been sent.
      const id = messages[0]!.lastId + (at % (history.lastId - messages[0]!.lastId + 1));
      const arrival = when % messages.length;
      for (const [i, message] of messages.entries()) {
        applyDelta(book, message);
        if (i === arrival) applySnapshot(book, snapshotAt(history, id, 1000, instrument));
      }
      // A snapshot that fell between two linked messages cannot be proven to join them (venues.md §2.5 step 4).
      const isBetween =
        rule === 'linked' &&
        messages.every((m) => !(m.firstId <= id && id <= m.lastId) && m.previousId !== id);
      fc.pre(!isBetween);
      expect(book).toMatchObject({ status: 'whole', lastId: history.lastId });
      expect(book.counts).toMatchObject({ gaps: 0, resyncs: 0, crossed: 0 });
      expect(contents(book)).toEqual(truth.get(history.lastId));
    },
  );

  propertyTest.prop([fc.array(act, { minLength: 5, maxLength: 60 }), fc.nat()])(
    'a copy taken in the middle goes on like the original',
    (acts, where) => {
      const history = playVenue(instrument, acts);
      const book = createBook(instrument);
      applySnapshot(book, snapshotAt(history, history.firstId, 1000, instrument));
      let copy = book;
      for (const [i, message] of history.messages.entries()) {
        if (i === where % history.messages.length) copy = structuredClone(book);
        applyDelta(book, message);
        if (copy !== book) applyDelta(copy, message);
      }
      expect(copy).toEqual(book);
    },
  );
});
