import { describe, expect, test } from 'vitest';
import {
  applyDelta,
  applyListing,
  applyQuote,
  applySnapshot,
  type Book,
  type BookOutcome,
  createBook,
  keepRecent,
} from '../../../src/market/book.ts';
import { topLevels } from '../../../src/market/ladder.ts';
import type { EngineEvent } from '../../../src/model/event.ts';
import {
  answer,
  book,
  contractRow,
  type Decoder,
  INVERSE_INFO,
  inverse,
  inverseRow,
  levels,
  linear,
  listed,
} from './support/decoder.ts';

const REST_BOOK = 'rest:/v5/market/orderbook?category=linear&symbol=BTCUSDT&limit=1000';

/** A decoder and the book behind it. */
class Line {
  readonly decoder: Decoder;
  #book: Book | undefined;

  constructor(decoder = linear(), rows: readonly unknown[] = [contractRow('BTCUSDT')]) {
    this.decoder = decoder;
    this.take(listed(decoder, rows, rows.length > 0 ? undefined : 'x'));
  }

  get book(): Book {
    return this.#book!;
  }

  take(events: readonly EngineEvent[]): BookOutcome | undefined {
    let outcome: BookOutcome | undefined;
    for (const event of events) {
      if (event.kind === 'listing') {
        if (this.#book === undefined) this.#book = createBook(event.instrument);
        else applyListing(this.#book, event.instrument);
      }
      if (event.kind === 'bookSnapshot') outcome = applySnapshot(this.book, event);
      if (event.kind === 'bookDelta') outcome = applyDelta(this.book, event);
      if (event.kind === 'quote') applyQuote(this.book, event);
    }
    return outcome;
  }

  hear(msg: unknown, chan?: string): BookOutcome | undefined {
    return this.take(this.decoder.hear(msg, chan));
  }

  top(side: 'bid' | 'ask'): number[] {
    const out: number[] = [];
    topLevels(this.book.ladder, side, 10, out);
    return out;
  }
}

const SNAPSHOT = book('snapshot', 100, [['80000.0', '1.5']], [['80000.1', '2']]);

describe('a book', () => {
  test('begins with the snapshot of its stream and is continued by the next number', () => {
    const line = new Line();
    expect(line.hear(SNAPSHOT)?.result).toBe('bridged');
    expect(line.book.status).toBe('whole');
    const delta = book(
      'delta',
      101,
      [['79999.9', '3']],
      [
        ['80000.1', '0'],
        ['80000.2', '1'],
      ],
    );
    expect(line.hear(delta)?.result).toBe('applied');
    expect(line.top('bid')).toEqual([800000, 1500, 799999, 3000]);
    expect(line.top('ask')).toEqual([800002, 1000]);
    expect(line.book).toMatchObject({ lastId: 101, crossId: 1010 });
  });

  test('ignores changes until its snapshot', () => {
    const line = new Line();
    expect(line.hear(book('delta', 99, [['1.0', '1']], []))?.result).toBe('buffered');
    expect(line.hear(SNAPSHOT)?.result).toBe('bridged');
    expect(line.top('bid')).toEqual([800000, 1500]);
  });

  test('takes the engine’s time, at the top or inside, and else when it was sent', () => {
    const at = (message: unknown) => linear().only('bookSnapshot', message)[0]!.tsExchange;
    const { cts: _, ...bare } = SNAPSHOT;
    expect(at(SNAPSHOT)).toBe(1_791_503_999_980_000);
    expect(at({ ...bare, data: { ...SNAPSHOT.data, cts: 1_791_503_999_970 } })).toBe(
      1_791_503_999_970_000,
    );
    expect(at(bare)).toBe(1_791_503_999_990_000);
  });

  test('is replaced by any later snapshot, whatever its number', () => {
    const line = new Line();
    line.hear(SNAPSHOT);
    line.hear(book('snapshot', 1, [['70000.0', '1']], [['70000.1', '1']]));
    expect(line.book).toMatchObject({ status: 'whole', lastId: 1 });
    expect(line.top('bid')).toEqual([700000, 1000]);
    expect(line.hear(book('delta', 2, [['70000.0', '5']], []))?.result).toBe('applied');
    expect(line.top('bid')).toEqual([700000, 5000]);
  });

  test('is dropped where a number is skipped, and asks for another beginning', () => {
    const line = new Line();
    line.hear(SNAPSHOT);
    expect(line.hear(book('delta', 102, [], [['80000.1', '1']]))).toEqual({
      result: 'gap',
      snapshotWanted: true,
    });
    expect(line.book.reason).toBe('resyncing: gap');
    line.hear(book('snapshot', 200, [['80000.0', '1']], [['80000.1', '2']]));
    expect(line.book.status).toBe('whole');
  });

  test('counts a repeated message once', () => {
    const line = new Line();
    line.hear(SNAPSHOT);
    const delta = book('delta', 101, [['80000.0', '7']], []);
    line.hear(delta);
    expect(line.hear(delta)?.result).toBe('ignored');
  });

  test('whose numbers skip all the time is taken as it comes, and marked', () => {
    const line = new Line();
    for (let round = 1; round <= 4; round += 1) {
      line.hear(book('snapshot', 1000 * round, [['80000.0', '1']], [['80000.1', '2']]));
      line.hear(book('delta', 1000 * round + 5, [['80000.0', '2']], []));
    }
    expect(line.book.isLenient).toBe(true);
    line.hear(book('snapshot', 9000, [['80000.0', '1']], [['80000.1', '2']]));
    expect(line.hear(book('delta', 9007, [['80000.0', '2']], []))?.result).toBe('applied');
    expect(line.book.counts.jumps).toBe(1);
  });

  test('is compared with the REST book at the same number', () => {
    const line = new Line();
    line.hear(SNAPSHOT);
    keepRecent(line.book);
    line.hear(book('delta', 101, [['80000.0', '7']], []));
    line.hear(book('delta', 102, [['80000.0', '8']], []));
    const rest = (size: string) =>
      answer({
        s: 'BTCUSDT',
        b: [['80000.0', size]],
        a: [['80000.1', '2']],
        u: 101,
        seq: 1010,
        ts: 1_791_503_999_990,
        cts: 1_791_503_999_980,
      });
    expect(line.hear(rest('7'), REST_BOOK)?.result).toBe('applied');
    expect(line.book.counts).toMatchObject({ snapshotChecks: 1, snapshotMismatches: 0 });
    line.hear(rest('6'), REST_BOOK);
    expect(line.book.counts).toMatchObject({ snapshotChecks: 2, snapshotMismatches: 0 });
    // The last change set this level anyway; another one would have stayed wrong.
    line.hear(
      answer({ s: 'BTCUSDT', b: [['80000.0', '7']], a: [['80000.1', '9']], u: 101 }),
      REST_BOOK,
    );
    expect(line.book.counts).toMatchObject({ snapshotChecks: 3, snapshotMismatches: 1 });
  });

  test('knows how many levels its stream shows', () => {
    const decoder = linear();
    listed(decoder, [contractRow('BTCUSDT')]);
    const bookLevels = () => decoder.state.listings.get('BTCUSDT')!.instrument.bookLevels;
    expect(bookLevels()).toBe(1000);
    decoder.hear(book('snapshot', 1, [['1.0', '1']], [['2.0', '1']], { depth: 200 }));
    expect(bookLevels()).toBe(200);
    // What the listings say again an hour later changes nothing of it.
    expect(listed(decoder, [contractRow('BTCUSDT')])).toEqual([]);
    expect(bookLevels()).toBe(200);
  });

  test('is read from the depth of the newest snapshot, as each counts for itself', () => {
    const decoder = linear();
    const deep = { depth: 1000 };
    const flat = { depth: 50 };
    const kinds = (msg: unknown) =>
      decoder
        .hear(msg)
        .map(({ kind }) => kind)
        .filter((kind) => kind !== 'heard' && kind !== 'listing');
    expect(kinds(book('delta', 6, [['1.0', '1']], [], deep))).toEqual(['bookDelta']);
    expect(kinds(book('snapshot', 7, [['1.0', '1']], [], deep))).toEqual(['bookSnapshot']);
    expect(kinds(book('delta', 70, [['1.0', '2']], [], flat))).toEqual([]);
    expect(kinds(book('snapshot', 71, [['1.0', '1']], [], flat))).toEqual(['bookSnapshot']);
    expect(kinds(book('delta', 8, [['1.0', '1']], [], deep))).toEqual([]);
    // The REST book has the numbers of the deep stream.
    const rest = answer({ s: 'BTCUSDT', b: [['1.0', '1']], a: [], u: 9 });
    expect(decoder.hear(rest, REST_BOOK)).toEqual([]);
  });

  test('of an inverse contract holds dollars', () => {
    const decoder = inverse();
    listed(decoder, [inverseRow('BTCUSD')], INVERSE_INFO);
    const [snapshot] = decoder.only(
      'bookSnapshot',
      book('snapshot', 1, [['28560.00', '340549']], [['28560.50', '70817']], { symbol: 'BTCUSD' }),
    );
    expect(levels(snapshot!.bids)).toEqual([57120, 340549]);
    expect(decoder.state.listings.get('BTCUSD')!.instrument).toMatchObject({
      sizeUnit: 'quote',
      bookRule: 'stepped',
    });
  });

  test('in the dialect of retail orders is left alone', () => {
    const message = { ...SNAPSHOT, topic: 'orderbook.rpi.BTCUSDT' };
    expect(
      linear()
        .hear(message)
        .map(({ kind }) => kind),
    ).toEqual(['heard']);
  });
});

describe('the best bid and ask of depth 1', () => {
  const touch = (u: number, b: [string, string][], a: [string, string][], seq: number) =>
    book('snapshot', u, b, a, { depth: 1, seq });

  test('are held against the book where `seq` is the same', () => {
    const line = new Line();
    line.hear(SNAPSHOT);
    line.hear(touch(5, [['80000.0', '1.5']], [['80000.1', '2']], 1000));
    expect(line.book.counts).toMatchObject({ quoteChecks: 1, quoteMismatches: 0 });
    line.hear(touch(6, [['80000.0', '1.4']], [['80000.1', '2']], 1010));
    line.hear(book('delta', 101, [['80000.0', '1.3']], []));
    expect(line.book.counts).toMatchObject({ quoteChecks: 2, quoteMismatches: 1 });
  });

  test('are no quote where a side is empty', () => {
    expect(linear().only('quote', touch(5, [], [['80000.1', '2']], 1))).toEqual([]);
  });

  test('do not touch the book', () => {
    const line = new Line();
    line.hear(SNAPSHOT);
    expect(line.hear(touch(5, [['80000.0', '9']], [['80000.1', '9']], 7))).toBeUndefined();
    expect(line.top('bid')).toEqual([800000, 1500]);
  });

  test('came as changes before 2025, which go on from what was', () => {
    const decoder = linear();
    const quote = (msg: unknown) =>
      decoder.only('quote', msg).map(({ bidTicks, bidLots, askTicks, askLots }) => [
        [bidTicks, bidLots],
        [askTicks, askLots],
      ]);
    const one = { depth: 1 };
    listed(decoder, [contractRow('BTCUSDT')]);
    quote(book('snapshot', 5, [['80000.0', '1']], [['80000.1', '2']], one));
    expect(quote(book('delta', 6, [['80000.0', '3']], [], one))).toEqual([
      [
        [800000, 3000],
        [800001, 2000],
      ],
    ]);
    const moved = book(
      'delta',
      7,
      [
        ['80000.0', '0'],
        ['79999.0', '4'],
      ],
      [
        ['79999.5', '1'],
        ['80000.1', '0'],
      ],
      one,
    );
    expect(quote(moved)).toEqual([
      [
        [799990, 4000],
        [799995, 1000],
      ],
    ]);
    // One is missing: what was is not known any more.
    expect(quote(book('delta', 9, [['79999.0', '5']], [], one))).toEqual([]);
  });
});
