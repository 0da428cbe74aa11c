import { describe, expect, test } from 'vitest';
import {
  applyDelta,
  applyQuote,
  applySnapshot,
  type Book,
  createBook,
} from '../../../src/market/book.ts';
import { type Side, topLevels } from '../../../src/market/ladder.ts';
import { microsFromMillis } from '../../../src/model/units.ts';
import { type Decoder, decoder, listed, NOW, NOW_MS, told } from './support/decoder.ts';

const STREAM = 'books:BTC-USDT-SWAP';

type Rows = readonly (readonly [string, string])[];
const rows = (side: Rows) => side.map(([price, size]) => [price, size, '0', '1']);

const book = (prevSeqId: number, seqId: number, bids: Rows, asks: Rows, fields = {}) =>
  told(
    STREAM,
    {
      asks: rows(asks),
      bids: rows(bids),
      ts: String(NOW_MS),
      checksum: 0,
      prevSeqId,
      seqId,
      ...fields,
    },
    prevSeqId === -1 ? 'snapshot' : 'update',
  );

const best = (seqId: number, bid: readonly [string, string], ask: readonly [string, string]) =>
  told('bbo-tbt:BTC-USDT-SWAP', {
    asks: rows([ask]),
    bids: rows([bid]),
    ts: String(NOW_MS),
    seqId,
  });

/** Feeds messages through a decoder into a book; says what became of each. */
class Desk {
  readonly decoder: Decoder = listed();
  readonly book: Book = createBook(this.decoder.state.listings.get('BTC-USDT-SWAP')!.instrument);

  hear(message: unknown, chan = STREAM): string[] {
    return this.decoder.hear(chan, message).flatMap((event) => {
      if (event.kind === 'bookSnapshot') return [applySnapshot(this.book, event).result];
      if (event.kind === 'bookDelta') return [applyDelta(this.book, event).result];
      if (event.kind === 'quote') applyQuote(this.book, event);
      return [];
    });
  }

  side(side: Side): number[] {
    const out: number[] = [];
    const count = topLevels(this.book.ladder, side, 10, out);
    return out.slice(0, 2 * count);
  }
}

const FIRST = book(-1, 100, [['8476.9', '256']], [['8477.0', '415']]);

describe('the book by `books`', () => {
  test('begins with a snapshot and follows its chain', () => {
    const desk = new Desk();
    expect(desk.hear(FIRST)).toEqual(['bridged']);
    expect(
      desk.hear(
        book(
          100,
          107,
          [['8476.8', '1']],
          [
            ['8477.0', '0'],
            ['8477.1', '0.5'],
          ],
        ),
      ),
    ).toEqual(['applied']);
    // In steps of 0.1 dollars and 0.0001 coins.
    expect(desk.side('bid')).toEqual([84769, 25600, 84768, 100]);
    expect(desk.side('ask')).toEqual([84771, 50]);
    expect(desk.book).toMatchObject({ status: 'whole', lastId: 107 });
  });

  test('takes an empty update that stands still for a sign of life', () => {
    const desk = new Desk();
    desk.hear(FIRST);
    expect(desk.hear(book(100, 100, [], []))).toEqual(['applied']);
    expect(desk.hear(book(100, 101, [['8476.9', '1']], []))).toEqual(['applied']);
    expect(desk.book.counts.gaps).toBe(0);
  });

  test('goes on where the numbers begin anew', () => {
    const desk = new Desk();
    desk.hear(FIRST);
    expect(desk.hear(book(100, 3, [['8476.9', '1']], []))).toEqual(['applied']);
    expect(desk.hear(book(3, 5, [['8476.9', '2']], []))).toEqual(['applied']);
    expect(desk.book).toMatchObject({ status: 'whole', lastId: 5 });
  });

  test('breaks at any other predecessor and is mended by the next snapshot', () => {
    const desk = new Desk();
    desk.hear(FIRST);
    expect(desk.hear(book(101, 102, [['8476.9', '1']], []))).toEqual(['gap']);
    expect(desk.hear(book(102, 103, [['8476.9', '2']], []))).toEqual(['buffered']);
    expect(desk.hear(book(-1, 90, [['8476.9', '9']], [['8477.0', '9']]))).toEqual(['bridged']);
    expect(desk.side('bid')).toEqual([84769, 900]);
  });

  test('without a snapshot waits for the answer of REST and joins it', () => {
    const desk = new Desk();
    const { ask, bid } = { ask: ['8477.0', '415'] as const, bid: ['8476.9', '256'] as const };
    expect(desk.hear(book(100, 105, [['8476.9', '1']], []))).toEqual(['buffered']);
    expect(desk.hear(book(105, 110, [['8476.9', '2']], []))).toEqual(['buffered']);
    const answer = (seqId?: number) => ({
      code: '0',
      msg: '',
      data: [
        {
          asks: rows([ask]),
          bids: rows([bid]),
          ts: String(NOW_MS),
          ...(seqId !== undefined && { seqId }),
        },
      ],
    });
    const chan = 'rest:/api/v5/market/books?instId=BTC-USDT-SWAP&sz=400';
    // Without a number there is nothing to join.
    expect(desk.hear(answer(), chan)).toEqual([]);
    expect(desk.hear(answer(99), chan)).toEqual(['snapshotTooOld']);
    expect(desk.hear(answer(107), chan)).toEqual(['bridged']);
    expect(desk.side('bid')).toEqual([84769, 200]);
    expect(desk.book.lastId).toBe(110);
  });

  test('is compared with the best prices at the same number', () => {
    const desk = new Desk();
    desk.hear(FIRST);
    desk.hear(best(100, ['8476.9', '256'], ['8477.0', '415']));
    desk.hear(best(101, ['8476.9', '1'], ['8477.0', '415']));
    desk.hear(book(100, 101, [['8476.9', '2']], []));
    expect(desk.book.counts).toMatchObject({ quoteChecks: 2, quoteMismatches: 1 });
  });

  test('is compared with them after its numbers have begun anew', () => {
    const desk = new Desk();
    desk.hear(FIRST);
    desk.hear(best(100, ['8476.9', '256'], ['8477.0', '415']));
    desk.hear(book(100, 3, [['8476.9', '1']], []));
    desk.hear(best(3, ['8476.9', '1'], ['8477.0', '415']));
    expect(desk.book.counts).toMatchObject({ quoteChecks: 2, quoteMismatches: 0 });
  });
});

describe('a book message', () => {
  test('carries its times, and its numbers even as text', () => {
    const [delta] = listed().only(
      'bookDelta',
      STREAM,
      book(0, 1, [], [['8477.0', '1']], { seqId: '12', prevSeqId: '11' }),
    );
    expect(delta).toMatchObject({
      firstId: 12,
      lastId: 12,
      previousId: 11,
      tsExchange: microsFromMillis(NOW_MS),
      tsLocal: NOW,
    });
    expect(delta).not.toHaveProperty('checksum');
  });

  test('until 2023 had no number: its chain is what came, and its checksum tells', () => {
    const made = decoder();
    const old = (action: string, checksum: number) =>
      told(
        STREAM,
        { asks: rows([['2', '1']]), bids: rows([['1', '1']]), ts: '1640131236035', checksum },
        action,
      );
    expect(made.hear(STREAM, old('snapshot', -1971869027))).toMatchObject([
      { kind: 'listing', instrument: { sizeUnit: 'contracts' } },
      {
        kind: 'bookSnapshot',
        lastId: 1,
        inStream: true,
        limit: 400,
        checksum: { crc: -1971869027 },
      },
      { kind: 'heard' },
    ]);
    expect(made.only('bookDelta', STREAM, old('update', 5))).toMatchObject([
      { previousId: 1, lastId: 2 },
    ]);
    // What cannot be read has not been counted.
    made.hear(
      STREAM,
      told(STREAM, { asks: [['x']], bids: [], ts: '1640131236035', checksum: 5 }, 'update'),
    );
    expect(made.only('bookDelta', STREAM, old('update', 5))).toMatchObject([
      { previousId: 2, lastId: 3 },
    ]);
  });

  test.each([
    ['without an action', { ...FIRST, action: undefined }, 'action'],
    ['with a checksum that is none', book(-1, 1, [], [], { checksum: 1e12 }), 'checksum'],
    [
      'whose number is missing while its predecessor is not',
      book(5, 1, [], [], { seqId: undefined }),
      'seqId',
    ],
    [
      'with half a level',
      told(STREAM, { asks: [['1']], bids: [], seqId: 2, prevSeqId: 1 }, 'update'),
      'asks',
    ],
    ['with no book in it', told(STREAM, [], 'update'), 'data'],
  ])('%s is rejected', (_, message, why) => {
    expect(listed().hear(STREAM, message)).toMatchObject([
      { kind: 'rejected', reason: expect.stringContaining(why) },
      { kind: 'heard' },
    ]);
  });

  test('with an empty side has no best prices', () => {
    const stream = 'bbo-tbt:BTC-USDT-SWAP';
    const message = told(stream, {
      asks: [],
      bids: rows([['1', '1']]),
      ts: String(NOW_MS),
      seqId: 5,
    });
    expect(
      listed()
        .hear(stream, message)
        .map(({ kind }) => kind),
    ).toEqual(['heard']);
  });

  test.each([
    'books50-l2-tbt',
    'books-rpi',
    'price-limit',
    'opt-summary',
    'candle1H',
    'index-candle1m',
  ])('of %s is known and not used', (channel) => {
    const stream = `${channel}:BTC-USDT-SWAP`;
    expect(listed().hear(stream, told(stream, { asks: [], zz: 1 }))).toMatchObject([
      { kind: 'heard' },
    ]);
  });

  test('of a channel nobody knows, and with fields nobody knows, is named once', () => {
    const made = listed();
    expect(made.hear('x', told('holograms:X', {}))).toMatchObject([
      { kind: 'unfamiliar', what: 'channel holograms' },
      { kind: 'heard' },
    ]);
    expect(made.hear('x', told('holograms:X', {})).map(({ kind }) => kind)).toEqual(['heard']);
    expect(made.hear(STREAM, book(-1, 100, [], [], { zz: 1 })).map(({ kind }) => kind)).toEqual([
      'unfamiliar',
      'bookSnapshot',
      'heard',
    ]);
  });
});
