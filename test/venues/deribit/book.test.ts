import { beforeEach, describe, expect, test } from 'vitest';
import {
  applyDelta,
  applyListing,
  applySnapshot,
  type Book,
  createBook,
  keepRecent,
} from '../../../src/market/book.ts';
import { type Side, topLevels } from '../../../src/market/ladder.ts';
import { fromSteps } from '../../../src/model/grid.ts';
import { Decoder, kindsOf, levels, NOW_MS, of, optionRow, perpRow } from './support/decoder.ts';

const FUTURES = 'get_instruments?currency=any&kind=future&expired=false';
const CHANNEL = 'book.BTC-PERPETUAL.100ms';

type Level = readonly [action: string, price: number, amount: number];

interface Said {
  readonly change_id: number;
  readonly prev_change_id?: number;
  readonly bids?: readonly Level[];
  readonly asks?: readonly Level[];
}

const said = (type: string | undefined, fields: Said) => ({
  ...(type !== undefined && { type }),
  timestamp: NOW_MS,
  instrument_name: 'BTC-PERPETUAL',
  bids: [],
  asks: [],
  ...fields,
});
const BEGINNING = said('snapshot', {
  change_id: 100,
  bids: [
    ['new', 85217.5, 2000],
    ['new', 85217, 10],
  ],
  asks: [
    ['new', 85218, 174870],
    ['new', 85218.5, 12700],
  ],
});

let decoder: Decoder;
let book: Book | undefined;

beforeEach(() => {
  decoder = new Decoder();
  decoder.answer(FUTURES, [perpRow('BTC-PERPETUAL')]);
  book = undefined;
});

/** Feeds a message through the decoder to the book, as the market does. @returns what became of it. */
function take(data: object): string | undefined {
  let result: string | undefined;
  for (const event of decoder.notice(CHANNEL, data)) {
    if (event.kind === 'listing') {
      if (book === undefined) book = createBook(event.instrument);
      else applyListing(book, event.instrument);
    }
    book ??= createBook(decoder.state.listings.get('BTC-PERPETUAL')!.instrument);
    if (event.kind === 'bookSnapshot') ({ result } = applySnapshot(book, event));
    if (event.kind === 'bookDelta') ({ result } = applyDelta(book, event));
  }
  return result;
}

const side = (name: Side): [number, number][] => {
  const out: number[] = [];
  const count = topLevels(book!.ladder, name, 100, out);
  return Array.from({ length: count }, (_, i) => [
    fromSteps(out[2 * i]!, book!.instrument.priceGrid),
    fromSteps(out[2 * i + 1]!, book!.instrument.sizeGrid),
  ]);
};

describe('a message of a book', () => {
  test('begins it, whole on both sides, and needs no successor to be believed', () => {
    const [snapshot] = of('bookSnapshot', decoder.notice(CHANNEL, BEGINNING));
    expect(snapshot).toMatchObject({ lastId: 100, inStream: true, tsExchange: NOW_MS * 1000 });
    expect(levels(snapshot!.bids)).toEqual([170435, 200, 170434, 1]);
    expect(take(BEGINNING)).toBe('bridged');
    expect(book!.knownBidTicks).toBe(Number.NEGATIVE_INFINITY);
  });

  test('changes it: sets, replaces, removes, whatever size a removal carries', () => {
    take(BEGINNING);
    const change = said('change', {
      change_id: 345,
      prev_change_id: 100,
      bids: [
        ['change', 85217.5, 1e4],
        ['delete', 85217, 10],
        ['new', 84301.5, 380],
      ],
      asks: [['delete', 85218, 0]],
    });
    expect(take(change)).toBe('applied');
    expect(side('bid')).toEqual([
      [85217.5, 10000],
      [84301.5, 380],
    ]);
    expect(side('ask')).toEqual([[85218.5, 12700]]);
  });

  test('has to name its predecessor: ids jump, and only the link counts', () => {
    take(BEGINNING);
    expect(take(said('change', { change_id: 5000, prev_change_id: 100 }))).toBe('applied');
    expect(take(said('change', { change_id: 5010, prev_change_id: 4999 }))).toBe('gap');
    expect(book!.status).toBe('resyncing');
    // The venue begins it anew: what was kept is of no use.
    expect(take({ ...BEGINNING, change_id: 6000 })).toBe('bridged');
    expect(take(said('change', { change_id: 6001, prev_change_id: 6000 }))).toBe('applied');
    expect(book!.counts).toMatchObject({ gaps: 1, resyncs: 1, snapshots: 2 });
  });

  test('that comes twice is passed over', () => {
    take(BEGINNING);
    const change = said('change', { change_id: 200, prev_change_id: 100 });
    take(change);
    expect(take(change)).toBe('ignored');
    expect(book!.status).toBe('whole');
  });

  test('of 2019 does not say what it is: without a predecessor it is a beginning', () => {
    expect(kindsOf(decoder.notice(CHANNEL, { ...BEGINNING, type: undefined }))).toContain(
      'bookSnapshot',
    );
    const change = said(undefined, { change_id: 101, prev_change_id: 100 });
    expect(kindsOf(decoder.notice(CHANNEL, change))).toContain('bookDelta');
  });

  test('writes numbers in any way that JSON has', () => {
    const msg = `{"jsonrpc":"2.0","method":"subscription","params":{"channel":"${CHANNEL}","data":{"timestamp":${NOW_MS},"type":"snapshot","change_id":1,"instrument_name":"BTC-PERPETUAL","bids":[["new",8.52175e4,2.0e3]],"asks":[["new",85218.0,1.27E+4]]}}}`;
    const [snapshot] = of('bookSnapshot', decoder.hear(CHANNEL, msg));
    expect([levels(snapshot!.bids), levels(snapshot!.asks)]).toEqual([
      [170435, 200],
      [170436, 1270],
    ]);
  });

  test('between the steps of its list refines the grids, and the book follows', () => {
    take(BEGINNING);
    const change = said('change', {
      change_id: 101,
      prev_change_id: 100,
      bids: [['new', 85217.75, 5]],
    });
    expect(take(change)).toBe('applied');
    expect(side('bid')).toEqual([
      [85217.75, 5],
      [85217.5, 2000],
      [85217, 10],
    ]);
  });

  test.each([
    ['an unknown action', { bids: [['move', 1, 1]] }],
    ['a level of two', { bids: [['new', 1]] }],
    ['no id', { change_id: null }],
    ['no predecessor', { prev_change_id: null }],
    ['an unknown type', { type: 'partial' }],
    ['a negative size', { asks: [['new', 85219, -1]] }],
  ])('with %s is rejected as a whole', (_, fields) => {
    const change = { ...said('change', { change_id: 2, prev_change_id: 1 }), ...fields };
    expect(kindsOf(decoder.notice(CHANNEL, change))).toEqual(['rejected', 'heard']);
  });

  test('of a grouped book or a combination is none of ours', () => {
    expect(kindsOf(decoder.notice('book.BTC-PERPETUAL.none.10.100ms', {}))).toEqual(['heard']);
    const combination = { ...BEGINNING, instrument_name: 'BTC-FS-30SEP22_PERP' };
    expect(kindsOf(decoder.notice('book.BTC-FS-30SEP22_PERP.raw', combination))).toEqual(['heard']);
  });

  test('of an option counts coins, in steps of its price below the threshold', () => {
    const symbol = 'BTC-25DEC26-76000-C';
    decoder.answer('get_instruments?currency=any&kind=option', [optionRow(symbol, 76000, 'call')]);
    const [snapshot] = of(
      'bookSnapshot',
      decoder.notice(`book.${symbol}.100ms`, {
        ...BEGINNING,
        instrument_name: symbol,
        bids: [['new', 0.0003, 0.1]],
        asks: [['new', 0.0405, 93]],
      }),
    );
    expect([levels(snapshot!.bids), levels(snapshot!.asks)]).toEqual([
      [3, 1],
      [405, 930],
    ]);
  });
});

describe('a book that was asked for', () => {
  const answer = (change_id: number, bids: readonly (readonly number[])[], depth = 10_000) => {
    const [snapshot] = of(
      'bookSnapshot',
      decoder.answer(`get_order_book?instrument_name=BTC-PERPETUAL&depth=${depth}`, {
        timestamp: NOW_MS,
        instrument_name: 'BTC-PERPETUAL',
        state: 'open',
        change_id,
        bids,
        asks: [
          [85218, 174870],
          [85218.5, 12700],
        ],
        stats: {},
        mark_price: 85217,
      }),
    );
    return snapshot!;
  };

  test('is compared with the running one at the same id, between two changes', () => {
    take(BEGINNING);
    keepRecent(book!);
    take(said('change', { change_id: 300, prev_change_id: 100, bids: [['change', 85217, 20]] }));
    take(said('change', { change_id: 400, prev_change_id: 300, bids: [['change', 85217, 30]] }));
    const bids = [
      [85217.5, 2000],
      [85217, 20],
    ];
    expect(applySnapshot(book!, answer(350, bids)).result).toBe('applied');
    expect(book!.counts).toMatchObject({ snapshotChecks: 1, snapshotMismatches: 0 });
    keepRecent(book!);
    applySnapshot(book!, answer(400, bids));
    expect(book!.counts).toMatchObject({ snapshotChecks: 2, snapshotMismatches: 1 });
  });

  test('begins one that its stream does not begin, and the changes since join it', () => {
    const change = said('change', {
      change_id: 300,
      prev_change_id: 100,
      bids: [['new', 85216, 50]],
    });
    expect(take(change)).toBe('buffered');
    const snapshot = answer(200, [[85217.5, 2000]]);
    expect(snapshot.inStream).toBeUndefined();
    expect(snapshot.limit).toBe(10_000);
    expect(applySnapshot(book!, snapshot).result).toBe('bridged');
    expect(side('bid')).toEqual([
      [85217.5, 2000],
      [85216, 50],
    ]);
  });

  test('of fewer levels is cut off where it ends', () => {
    book = createBook(decoder.state.listings.get('BTC-PERPETUAL')!.instrument);
    applySnapshot(book, answer(1, [[85217.5, 2000]], 1));
    expect(book.knownBidTicks).toBe(170435);
  });
});
