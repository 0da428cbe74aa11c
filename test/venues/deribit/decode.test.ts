import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { EngineEvent } from '../../../src/model/event.ts';
import type { InstrumentId } from '../../../src/model/instrument.ts';
import { micros } from '../../../src/model/units.ts';
import { deribit } from '../../../src/venues/deribit/deribit.ts';
import { cuts, damages, retyped, spliced, splicesWith } from '../../support/mangle.ts';
import { readRecording, recordedTest } from '../../support/recordings.ts';
import {
  Decoder,
  datedRow,
  kindsOf,
  NOW,
  NOW_MS,
  notification,
  of,
  optionRow,
  perpRow,
} from './support/decoder.ts';

describe('a socket message', () => {
  test('is proof that its channel speaks, whatever it says', () => {
    for (const msg of ['', '{', 'null', '[]', '{"method":"subscription"}', '\u0000'])
      expect(new Decoder().hear('ticker.X', msg).at(-1)).toMatchObject({
        kind: 'heard',
        stream: 'ticker.X',
      });
  });

  test('that belongs to the dialogue says nothing about the market', () => {
    for (const msg of [
      '{"jsonrpc":"2.0","id":1,"result":["book.BTC-PERPETUAL.100ms"],"usIn":1}',
      '{"jsonrpc":"2.0","id":1,"result":"ok"}',
      '{"jsonrpc":"2.0","id":1,"error":{"code":13778,"message":"raw_subscriptions_not_available"}}',
      '{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}',
    ])
      expect(new Decoder().hear('?', msg)).toEqual([]);
  });

  test.each([
    'quote.BTC-PERPETUAL',
    'perpetual.BTC-PERPETUAL.100ms',
    'deribit_price_index.btc_usd',
    'estimated_expiration_price.btc_usd',
  ])('on %s is known and not used', (channel) => {
    expect(kindsOf(new Decoder().notice(channel, { timestamp: NOW_MS }))).toEqual(['heard']);
  });

  test('on a channel never seen is named once', () => {
    const decoder = new Decoder();
    expect(of('unfamiliar', decoder.notice('hologram.x', {}))).toMatchObject([
      { what: 'channel hologram.x' },
    ]);
    expect(kindsOf(decoder.notice('hologram.x', {}))).toEqual(['heard']);
  });

  test('that says the platform is locked puts it into the status line', () => {
    const decoder = new Decoder();
    const told = (data: unknown) =>
      of('unfamiliar', decoder.notice('platform_state', data)).map(({ what }) => what);
    expect(told({ price_index: 'btc_usd', locked: false })).toEqual([]);
    expect(told({ price_index: 'btc_usd', locked: true })).toEqual(['platform locked: btc_usd']);
    expect(told({ maintenance: true })).toEqual(['platform in maintenance']);
  });

  test('carries the venue’s time, of the newest of several rows', () => {
    const decoder = new Decoder();
    const heard = decoder.notice('deribit_price_index.btc_usd', { timestamp: NOW_MS - 5 });
    expect(heard).toMatchObject([{ tsExchange: (NOW_MS - 5) * 1000 }]);
    const rows = [{ timestamp: NOW_MS - 5 }, { timestamp: NOW_MS - 3 }];
    expect(decoder.notice('quote.X', rows)).toMatchObject([{ tsExchange: (NOW_MS - 3) * 1000 }]);
  });
});

test('a report of the feed passes through', () => {
  const report = { kind: 'connected', connection: 'public' };
  expect(new Decoder().hear('feed', report)).toEqual([
    { kind: 'feed', feed: 'deribit', report, tsLocal: NOW },
  ]);
});

test('an answer that is an error is no data', () => {
  const error = { jsonrpc: '2.0', error: { code: -32602, message: 'Invalid params' } };
  expect(kindsOf(new Decoder().hear('rest:/public/ticker?instrument_name=X', error))).toEqual([
    'rejected',
  ]);
});

type Entry = readonly [chan: string, msg: string];

const FUTURES = 'rest:/public/get_instruments?currency=any&kind=future';
const answer = (result: unknown) => JSON.stringify({ jsonrpc: '2.0', result, usIn: 1, usOut: 2 });
const on = (channel: string, data: unknown): Entry => [channel, notification(channel, data)];

/** Messages of every kind that is decoded, with the channel or request they came by. */
const CORPUS: readonly Entry[] = [
  on('book.BTC-PERPETUAL.100ms', {
    timestamp: 1791120409417,
    type: 'snapshot',
    change_id: 177146678834,
    instrument_name: 'BTC-PERPETUAL',
    bids: [['new', 85217.5, 2.0e3]],
    asks: [['new', 85218.0, 174870.0]],
  }),
  on('book.BTC-PERPETUAL.100ms', {
    timestamp: 1791120409710,
    type: 'change',
    change_id: 177146679077,
    instrument_name: 'BTC-PERPETUAL',
    bids: [['delete', 84301.5, 0.0]],
    asks: [['change', 85237.5, 6720.0]],
    prev_change_id: 177146678834,
  }),
  on('trades.BTC-PERPETUAL.100ms', [
    {
      trade_seq: 40781986,
      trade_id: '66460463',
      timestamp: 1584058044032,
      tick_direction: 3,
      price: 4469.5,
      liquidation: 'MT',
      instrument_name: 'BTC-PERPETUAL',
      index_price: 4805.41,
      direction: 'sell',
      amount: 1120,
    },
  ]),
  on('ticker.BTC-PERPETUAL.100ms', {
    timestamp: 1791504000010,
    state: 'open',
    stats: { high: 84548.5, low: 82900.5, price_change: -0.8525, volume: 9341.4, volume_usd: 7e8 },
    index_price: 83251.03,
    instrument_name: 'BTC-PERPETUAL',
    last_price: 83216.0,
    open_interest: 797578130,
    mark_price: 83212.14,
    current_funding: -2.1714e-4,
    funding_8h: -3.1e-6,
  }),
  on('ticker.BTC-25DEC26-76000-C.agg2', {
    timestamp: 1790755217219,
    state: 'open',
    stats: { high: null, low: null, price_change: null, volume: 0.0, volume_usd: 0.0 },
    greeks: { delta: 0.74092, gamma: 2.0e-5, vega: 132.3649, theta: -29.43212, rho: 121.30652 },
    instrument_name: 'BTC-25DEC26-76000-C',
    open_interest: 480.6,
    mark_price: 0.1296,
    best_ask_price: 0.133,
    best_bid_price: 0.1255,
    mark_iv: 38.25,
    bid_iv: 35.6,
    ask_iv: 40.38,
    underlying_price: 84222.23,
  }),
  on('markprice.options.btc_usd', [
    {
      timestamp: 1790755217219,
      mark_price: 0.0333,
      iv: 0.9,
      instrument_name: 'BTC-27MAR26-100000-C',
    },
    { mark_price: 0.0333, iv: 0.9, instrument_name: 'BTC-27MAR26-100000-P' },
  ]),
  on('instrument.state.any.any', {
    instrument_name: 'BTC-25DEC26',
    state: 'closed',
    timestamp: 1790755217219,
  }),
  on('platform_state', { price_index: 'btc_usd', locked: true }),
  [
    FUTURES,
    answer([perpRow('BTC-PERPETUAL'), perpRow('SOL_USDC-PERPETUAL'), datedRow('BTC-25DEC26')]),
  ],
  [
    'rest:/public/get_instruments?currency=any&kind=option',
    answer([optionRow('BTC-25DEC26-76000-C', 76000, 'call')]),
  ],
  [
    'rest:/public/get_book_summary_by_currency?currency=BTC&kind=option',
    answer([
      {
        instrument_name: 'BTC-25DEC26-76000-C',
        creation_timestamp: 1788909273348,
        mark_price: 3.7191e-4,
        open_interest: 1538.2,
        volume: 5.2,
        mark_iv: 56.84,
        underlying_price: 78610.75,
        bid_price: null,
        ask_price: 0.0005,
      },
    ]),
  ],
  [
    'rest:/public/get_order_book?instrument_name=BTC-PERPETUAL&depth=10000',
    answer({
      timestamp: 1790755217219,
      change_id: 5,
      bids: [[83212, 71750]],
      asks: [[83212.5, 261910]],
    }),
  ],
  [
    'rest:/public/get_funding_rate_history?instrument_name=BTC-PERPETUAL',
    answer([
      {
        timestamp: 1791475200000,
        index_price: 83251.03,
        prev_index_price: 83250,
        interest_1h: 1e-7,
        interest_8h: -3.1e-6,
      },
    ]),
  ],
  [
    'rest:/public/get_funding_chart_data?instrument_name=BTC-PERPETUAL&length=24h',
    answer({
      current_interest: 0,
      interest_8h: 1e-6,
      data: [{ timestamp: 1791475200000, index_price: 83251.03, interest_8h: -3.1e-6 }],
    }),
  ],
  [
    'rest:/public/get_tradingview_chart_data?instrument_name=BTC-PERPETUAL&resolution=60',
    answer({
      status: 'ok',
      ticks: [1791496800000],
      open: [83000],
      high: [83500],
      low: [82900],
      close: [83400],
      volume: [12.5],
      cost: [1040000],
    }),
  ],
  ['rest:/public/get_time', answer(1791504000000)],
];

/** What must hold of any event that leaves the decoder, whatever went in. */
function expectSound(events: readonly EngineEvent[], announced: Set<InstrumentId>): void {
  for (const event of events) {
    if (event.kind === 'listing') {
      announced.add(event.instrument.id);
      for (const { units, scale } of [event.instrument.priceGrid, event.instrument.sizeGrid])
        expect(Number.isSafeInteger(units) && units > 0 && scale > 0).toBe(true);
    } else if ('instrument' in event) expect(announced).toContain(event.instrument);
    if (event.kind === 'bookDelta' || event.kind === 'bookSnapshot')
      for (const side of [event.bids, event.asks])
        for (let i = 0; i < side.length; i += 2)
          expect(
            Number.isSafeInteger(side[i]) &&
              Number.isSafeInteger(side[i + 1]) &&
              side[i]! > 0 &&
              side[i + 1]! >= 0,
          ).toBe(true);
    if (event.kind === 'trade' || event.kind === 'liquidation')
      expect(event.price > 0 && event.size > 0 && Number.isFinite(event.price + event.size)).toBe(
        true,
      );
    if (event.kind === 'markPrice')
      expect(event.markPrice > 0 && (event.indexPrice === null || event.indexPrice > 0)).toBe(true);
    if (event.kind === 'openInterest')
      expect(event.size >= 0 && Number.isFinite(event.size)).toBe(true);
    if (event.kind === 'fundingPredicted') expect(Number.isFinite(event.fundingRate)).toBe(true);
    if (event.kind === 'optionQuote')
      for (const value of Object.values(event))
        expect(typeof value !== 'number' || Number.isFinite(value)).toBe(true);
    if (event.kind === 'historyPage')
      for (const [index, row] of event.rows.entries()) {
        expect(Number.isFinite(row.value) && row.ts <= event.tsLocal).toBe(true);
        if (index > 0) expect(row.ts).toBeGreaterThan(event.rows[index - 1]!.ts);
      }
  }
  // What is rejected takes everything else of its message with it; only lists of many contracts count by the row.
  const isByTheRow = events.some(
    (event) => event.kind === 'rejected' && /^\d+ of \d+ /.test(event.reason),
  );
  if (events.some(({ kind }) => kind === 'rejected') && !isByTheRow)
    expect(kindsOf(events).filter((kind) => kind !== 'heard')).toEqual(['rejected']);
}

describe('whatever arrives', () => {
  const entry = fc.constantFrom(...CORPUS);
  const odd = fc.constantFrom(
    ...['null', 'true', '""', '-1', '0', '1e999', '-0.0', '"NaN"', '"-5"', '[]', '{}', '[[]]'],
    ...['9007199254740993', '"1e5"', '1e-7', '1e300', '"__proto__"', `"${'9'.repeat(400)}"`],
    ...['"\\ud800"', '{"toString":1}', '1790755200000', '1', '"BTC-FS-30SEP22_PERP"', '"change"'],
    ...['"ETH-PERPETUAL"', '"BTC-31FEB26"', '[["new",1,1],["new"]]', '[["new","1","2"]]'],
  );
  const splices = splicesWith(odd);

  function survive(entries: readonly Entry[]): void {
    const decoder = new Decoder();
    const announced = new Set<InstrumentId>();
    for (const [chan, msg] of entries) {
      const before = structuredClone(decoder.state);
      const events = decoder.hear(chan, msg);
      expectSound(events, announced);
      if (events[0]?.kind === 'rejected' && events.length <= 2 && !/^\d+ of/.test(events[0].reason))
        expect(decoder.state).toEqual(before);
      expect(deribit.frame(msg)).toHaveProperty('kind');
      expect(deribit.verdict(200, {}, msg)).toHaveProperty('state');
    }
  }

  test('documented messages are sound and none is rejected', () => {
    survive(CORPUS);
    for (const [chan, msg] of CORPUS)
      expect(kindsOf(new Decoder().hear(chan, msg))).not.toContain('rejected');
  });

  test('the memory is plain data: a copy goes on where the original stands', () => {
    const decoder = new Decoder();
    for (const [chan, msg] of CORPUS) decoder.hear(chan, msg);
    const copy = new Decoder();
    Object.assign(copy.state, structuredClone(decoder.state));
    for (const [chan, msg] of CORPUS) expect(copy.hear(chan, msg)).toEqual(decoder.hear(chan, msg));
  });

  test('every message cut short anywhere is survived', () => {
    for (const [chan, msg] of CORPUS) survive(cuts(msg).map((cut) => [chan, cut] as const));
  });

  test('every message with any one byte damaged is survived', () => {
    for (const [chan, msg] of CORPUS)
      survive(damages(msg).map((damaged) => [chan, damaged] as const));
  });

  test.prop([fc.array(fc.tuple(entry, splices), { maxLength: 6 })], {
    numRuns: 500,
  })('messages cut, spliced and stuffed are survived', (pieces) => {
    survive(pieces.map(([[chan, msg], each]) => [chan, spliced(msg, each)] as const));
  });

  test.prop([entry, fc.nat(100), odd], { numRuns: 1500 })(
    'messages with one value of another type are survived',
    ([chan, msg], nth, value) => {
      survive([[chan, retyped(msg, nth, value)]]);
    },
  );

  test.prop([entry, fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' }))])(
    'any text under any name is survived',
    ([chan], msg) => {
      survive([
        [chan, msg],
        [msg, msg],
        [`rest:${msg}`, '{}'],
      ]);
    },
  );
});

describe('the recordings', () => {
  /** Events of a whole file by kind; lines without receive time take the moment after the message's own. */
  function tally(...names: readonly string[]) {
    const state = deribit.createState();
    const announced = new Set<InstrumentId>();
    const kinds: Record<string, number> = {};
    const said: EngineEvent[] = [];
    for (const name of names)
      for (const { t, chan, msg } of readRecording(name)) {
        const record = {
          t: t === null ? NOW : micros(t),
          feed: deribit.feed,
          chan: chan ?? '',
          msg,
        };
        const events = structuredClone(deribit.decode(state, record)) as EngineEvent[];
        expectSound(events, announced);
        said.push(...events);
        for (const { kind } of events) kinds[kind] = (kinds[kind] ?? 0) + 1;
      }
    return { kinds, said };
  }

  recordedTest('of option books and tickers, July 2021, are read to the last message', () => {
    const { kinds } = tally('deribit/options-book-ticker-20210722.jsonl.gz');
    expect(kinds).toMatchObject({ bookSnapshot: 10, bookDelta: 36, optionQuote: 89, heard: 135 });
    expect(kinds['rejected']).toBeUndefined();
    expect(kinds['unfamiliar']).toBeUndefined();
  });

  recordedTest('of July 2021 with the listings of that day need no inference', () => {
    const { kinds, said } = tally(
      'rest/deribit/get_instruments.BTC.json',
      'deribit/options-book-ticker-20210722.jsonl.gz',
    );
    expect(kinds['rejected']).toBeUndefined();
    const inferred = of('listing', said).filter(({ instrument }) => instrument.inferred);
    // The list is of BTC alone.
    expect(new Set(inferred.map(({ instrument }) => instrument.asset))).toEqual(new Set(['ETH']));
  });

  recordedTest('of the book of October 2026 keep their numbers with exponents', () => {
    const { kinds, said } = tally('deribit/btc-perpetual-book-20261004.jsonl.gz');
    expect(kinds).toEqual({
      listing: 1,
      fundingInterval: 1,
      bookSnapshot: 1,
      bookDelta: 4,
      heard: 5,
    });
    expect([...of('bookSnapshot', said)[0]!.bids].slice(0, 2)).toEqual([852175, 2000]);
  });

  recordedTest('of tickers of September 2026 bring nothing unfamiliar', () => {
    const { kinds, said } = tally('deribit/prod-tickers-20260930.jsonl.gz');
    expect(kinds['unfamiliar']).toBeUndefined();
    expect(of('openInterest', said)).toMatchObject([{ size: 797578130 / 83212.14 }]);
    expect(of('optionQuote', said)).toMatchObject([{ markIv: 0.3825, gamma: 2e-5 }]);
  });

  recordedTest('of single messages from 2019 on are all read', () => {
    const { kinds, said } = tally('deribit/message-samples.jsonl.gz');
    expect(kinds['rejected']).toBeUndefined();
    expect(kinds['unfamiliar']).toBeUndefined();
    expect(of('liquidation', said).map(({ liquidatedSide }) => liquidatedSide)).toEqual([
      'long',
      'long',
    ]);
  });

  recordedTest('of a chain of September 2026 are all read', () => {
    const { kinds, said } = tally(
      'rest/deribit/get_book_summary_by_currency.BTC.option.head18.json',
    );
    expect(kinds).toEqual({ listing: 18, optionQuote: 18 });
    expect(of('optionQuote', said)[1]).toMatchObject({
      instrument: 'deribit:BTC/USD:BTC-260925-105000-C',
      markIv: 0.5684,
      markPrice: 3.7191e-4,
      openInterest: 1538.2,
    });
  });
});
