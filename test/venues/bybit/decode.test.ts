import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  applyDelta,
  applyListing,
  applySnapshot,
  type Book,
  createBook,
} from '../../../src/market/book.ts';
import { topLevels } from '../../../src/market/ladder.ts';
import type { EngineEvent } from '../../../src/model/event.ts';
import { fromSteps } from '../../../src/model/grid.ts';
import type { InstrumentId } from '../../../src/model/instrument.ts';
import { bybitLinear, bybitSpot } from '../../../src/venues/bybit/families.ts';
import { cuts, damages, retyped, spliced, splicesWith } from '../../support/mangle.ts';
import { readRecording, recordedTest } from '../../support/recordings.ts';
import {
  answer,
  contractRow,
  INVERSE_INFO,
  inverse,
  inverseRow,
  LINEAR_INFO,
  linear,
  NOW,
  SPOT_INFO,
  spot,
} from './support/decoder.ts';

const kindsOf = (events: readonly EngineEvent[]) => events.map(({ kind }) => kind);

describe('a socket message', () => {
  test('is proof that its stream speaks, whatever it says', () => {
    for (const msg of ['', '{', 'null', '[]', '{"topic":"orderbook.1.A"}', '\u0000', '{"a":1}'])
      expect(linear().hear(msg, 'tickers.A').at(-1)).toMatchObject({
        kind: 'heard',
        stream: 'tickers.A',
      });
  });

  test('of a topic never seen is named once', () => {
    const decoder = linear();
    const msg = { topic: 'hologram.BTCUSDT', type: 'snapshot', ts: 1791503999990, data: {} };
    expect(decoder.hear(msg)).toMatchObject([
      { kind: 'unfamiliar', feed: 'bybit-linear', what: 'topic hologram' },
      { kind: 'heard' },
    ]);
    expect(kindsOf(decoder.hear(msg))).toEqual(['heard']);
  });

  test('with a field never seen is used, and the field named once', () => {
    const decoder = linear();
    const row = { T: 1791503999990, s: 'BTCUSDT', S: 'Buy', v: '1', p: '2', i: 'x', zz: 5 };
    const msg = { topic: 'publicTrade.BTCUSDT', type: 'snapshot', ts: 1791503999990, data: [row] };
    expect(kindsOf(decoder.hear(msg))).toEqual(['unfamiliar', 'listing', 'trade', 'heard']);
    expect(kindsOf(decoder.hear(msg))).toEqual(['trade', 'heard']);
  });

  test('about bars or options is known and not used', () => {
    for (const topic of [
      'kline.1.BTCUSDT',
      'tickers.BTC-27MAR26-90000-C',
      'tickers.BTC-27MAR26-90000-C-USDT',
      'orderbook.25.BTC-27MAR26-90000-P',
    ])
      expect(kindsOf(linear().hear({ topic, type: 'snapshot', data: {} }))).toEqual(['heard']);
  });
});

test('the memory is plain data: a copy goes on where the original stands', () => {
  const decoder = linear();
  for (const [family, chan, msg] of CORPUS) if (family === 'linear') decoder.hear(msg, chan);
  const copy = structuredClone(decoder.state);
  expect(copy).toEqual(decoder.state);
  const [, chan, msg] = CORPUS[1]!;
  const record = { t: NOW, feed: bybitLinear.feed, chan, msg };
  const events = structuredClone(bybitLinear.decode(copy, record));
  expect(bybitLinear.decode(decoder.state, record)).toEqual(events);
});

const families = { linear, inverse, spot };
type Entry = readonly [family: keyof typeof families, chan: string, msg: string];

const rest = (path: string) => `rest:/v5/market/${path}`;
const list = (rows: readonly unknown[]) => JSON.stringify(answer({ list: rows }));

/** Documented messages of every kind that is decoded, with the stream or request they came by. */
const CORPUS: readonly Entry[] = [
  [
    'linear',
    'orderbook.1000.BTCUSDT',
    '{"topic":"orderbook.1000.BTCUSDT","type":"snapshot","ts":1672304484978,"data":{"s":"BTCUSDT","b":[["16493.50","0.006"],["16493.00","0.100"]],"a":[["16611.00","0.029"]],"u":18521288,"seq":7961638724},"cts":1672304484976}',
  ],
  [
    'linear',
    'orderbook.1000.BTCUSDT',
    '{"topic":"orderbook.1000.BTCUSDT","type":"delta","ts":1687940967466,"data":{"s":"BTCUSDT","b":[["30247.20","0"]],"a":[["30248.80","1.2"]],"u":18521289,"seq":66544703342},"cts":1687940967464}',
  ],
  [
    'linear',
    'orderbook.1.BTCUSDT',
    '{"topic":"orderbook.1.BTCUSDT","type":"delta","ts":1682092584425,"data":{"s":"BTCUSDT","b":[["27994.60","0"],["27991.70","0.777"]],"a":[["27994.40","0.058"],["27994.80","0"]],"u":1188472,"seq":11155892580}}',
  ],
  [
    'spot',
    'publicTrade.BTCUSDT',
    '{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1672304486868,"data":[{"T":1672304486865,"s":"BTCUSDT","S":"Buy","v":"0.001","p":"16578.50","L":"PlusTick","i":"2290000000067587777","BT":false,"RPI":false,"seq":1783284617}]}',
  ],
  [
    'inverse',
    'publicTrade.BTCUSD',
    '{"topic":"publicTrade.BTCUSD","type":"snapshot","ts":1680673823566,"data":[{"T":1680673823564,"s":"BTCUSD","S":"Sell","v":"5823","p":"28560.50","L":"PlusTick","i":"0cbf2330-952d-5d03-a462-4bf826c867af","BT":false}]}',
  ],
  [
    'linear',
    'tickers.BTCUSDT',
    '{"topic":"tickers.BTCUSDT","type":"snapshot","data":{"symbol":"BTCUSDT","tickDirection":"PlusTick","lastPrice":"17216.00","prevPrice24h":"16900","markPrice":"17217.33","indexPrice":"17227.36","openInterest":"68744.760","singleOpenInterest":"34372.380","turnover24h":"1570383121.94","volume24h":"91705.276","nextFundingTime":"1673280000000","fundingRate":"-0.000212","fundingIntervalHour":"8","bid1Price":"17215.50"},"cs":24987956059,"ts":1673272861686}',
  ],
  [
    'linear',
    'tickers.BTCUSDT',
    '{"topic":"tickers.BTCUSDT","type":"delta","data":{"symbol":"BTCUSDT","markPrice":"17217.40","bid1Price":"17215.60"},"cs":24987956060,"ts":1673272861786}',
  ],
  [
    'inverse',
    'allLiquidation.BTCUSD',
    '{"topic":"allLiquidation.BTCUSD","type":"snapshot","ts":1739502303204,"data":[{"T":1739502302929,"s":"BTCUSD","S":"Sell","v":"20000","p":"90000.5"}]}',
  ],
  [
    'linear',
    'liquidation.GALAUSDT',
    '{"data":{"price":"0.03803","side":"Buy","size":"1637","symbol":"GALAUSDT","updatedTime":1673251091822},"topic":"liquidation.GALAUSDT","ts":1673251091822,"type":"snapshot"}',
  ],
  [
    'linear',
    LINEAR_INFO,
    list([contractRow('BTCUSDT'), contractRow('ETHUSDT', { status: 'PreLaunch' })]),
  ],
  ['inverse', INVERSE_INFO, list([inverseRow('BTCUSD')])],
  [
    'spot',
    SPOT_INFO,
    list([
      {
        symbol: 'BTCUSDT',
        baseCoin: 'BTC',
        quoteCoin: 'USDT',
        status: 'Trading',
        lotSizeFilter: { basePrecision: '0.000001' },
        priceFilter: { tickSize: '0.01' },
      },
    ]),
  ],
  [
    'linear',
    rest('orderbook?category=linear&symbol=BTCUSDT&limit=1000'),
    JSON.stringify(
      answer({
        s: 'BTCUSDT',
        b: [['1.5', '2']],
        a: [['1.6', '3']],
        u: 5,
        seq: 7,
        ts: 1673272861686,
      }),
    ),
  ],
  [
    'linear',
    rest('funding/history?category=linear&symbol=BTCUSDT&limit=3'),
    list([
      { symbol: 'BTCUSDT', fundingRate: '0.0001', fundingRateTimestamp: '1791504000000' },
      { symbol: 'BTCUSDT', fundingRate: '-0.0002', fundingRateTimestamp: '1791475200000' },
    ]),
  ],
  [
    'linear',
    rest('open-interest?category=linear&symbol=BTCUSDT&intervalTime=1h'),
    list([{ openInterest: '63.91', singleOpenInterest: '31.95', timestamp: '1780963200000' }]),
  ],
  [
    'inverse',
    rest('kline?category=inverse&symbol=BTCUSD&interval=1'),
    list([['1780963200000', '17', '19', '15', '18', '100', '5.5']]),
  ],
  [
    'linear',
    rest('mark-price-kline?category=linear&symbol=BTCUSDT&interval=60'),
    list([['1780963200000', '17', '19', '15', '18']]),
  ],
  ['linear', rest('time'), JSON.stringify(answer({ timeSecond: '1', timeNano: '1' }))],
  [
    'linear',
    'feed',
    '{"kind":"disconnected","connection":"linear","reason":"closed 1006","streams":["a"]}',
  ],
];

const isFiniteOrNull = (value: unknown): boolean =>
  value === null || (typeof value === 'number' && Number.isFinite(value));

/** What must hold of any event that leaves a decoder, whatever went in. */
function expectSound(events: readonly EngineEvent[], announced: Set<InstrumentId>): void {
  for (const event of events) {
    if (event.kind === 'listing') {
      announced.add(event.instrument.id);
      for (const { units, scale } of [event.instrument.priceGrid, event.instrument.sizeGrid])
        expect(
          Number.isSafeInteger(units) && Number.isSafeInteger(scale) && units > 0 && scale > 0,
        ).toBe(true);
    } else if ('instrument' in event) {
      expect(announced).toContain(event.instrument);
      expect(isFiniteOrNull(event.tsExchange)).toBe(true);
    }
    if (event.kind === 'bookDelta' || event.kind === 'bookSnapshot')
      for (const side of [event.bids, event.asks])
        for (let i = 0; i < side.length; i += 2)
          expect(
            Number.isSafeInteger(side[i]) &&
              Number.isSafeInteger(side[i + 1]) &&
              side[i]! > 0 &&
              side[i + 1]! >= 0,
          ).toBe(true);
    if (event.kind === 'trade' || event.kind === 'liquidation') {
      expect(event.price > 0 && Number.isFinite(event.price)).toBe(true);
      expect(event.size > 0 && Number.isFinite(event.size)).toBe(true);
    }
    if (event.kind === 'quote')
      expect(
        event.bidTicks > 0 && event.askTicks > 0 && event.bidLots > 0 && event.askLots > 0,
      ).toBe(true);
    if (event.kind === 'markPrice')
      expect(event.markPrice > 0 && (event.indexPrice === null || event.indexPrice > 0)).toBe(true);
    if (event.kind === 'openInterest' || event.kind === 'volume24h')
      expect(event.size >= 0 && Number.isFinite(event.size)).toBe(true);
    if (event.kind === 'fundingPredicted') expect(Number.isFinite(event.fundingRate)).toBe(true);
    if (event.kind === 'fundingInterval') expect(event.hours > 0 && event.hours <= 24).toBe(true);
    if (event.kind === 'historyPage')
      for (const [index, row] of event.rows.entries()) {
        expect(Number.isFinite(row.value) && row.ts <= event.tsLocal).toBe(true);
        if (index > 0) expect(row.ts).toBeGreaterThan(event.rows[index - 1]!.ts);
      }
  }
  // What is rejected takes everything else of its message with it; only the listings count by the row.
  const isByTheRow = events.some(
    (event) => event.kind === 'rejected' && event.reason.startsWith('instruments: '),
  );
  if (events.some(({ kind }) => kind === 'rejected') && !isByTheRow)
    expect(kindsOf(events).filter((kind) => kind !== 'heard')).toEqual(['rejected']);
}

describe('whatever arrives', () => {
  const entry = fc.constantFrom(...CORPUS);
  const odd = fc.constantFrom(
    'null',
    'true',
    '""',
    '-1',
    '0',
    '1e999',
    '"NaN"',
    '"-5"',
    '[]',
    '{}',
    '[[]]',
    '9007199254740993',
    '"1e5"',
    '"0.00000000000000000001"',
    '1e-7',
    '{"__proto__":{"topic":"x"}}',
    '"__proto__"',
    '"constructor"',
    `"${'9'.repeat(400)}"`,
    '"\\ud800"',
    '"1790755200000"',
    '1',
    '"BTCUSDU26"',
    '"1000SHIBUSDT"',
    '"BTC-27MAR26-90000-C"',
    '[["1","1"],["1"]]',
    '[[1,2],[3,4]]',
  );
  const splices = splicesWith(odd);

  /** Hears everything, each time with the same memory, and holds a rejected message against it: it must have left no trace. */
  function survive(entries: readonly Entry[]): void {
    const decoders = { linear: linear(), inverse: inverse(), spot: spot() };
    const announced = {
      linear: new Set<InstrumentId>(),
      inverse: new Set<InstrumentId>(),
      spot: new Set<InstrumentId>(),
    };
    for (const [family, chan, msg] of entries) {
      const { state } = decoders[family];
      const before = structuredClone(state);
      const events = decoders[family].hear(msg, chan);
      expectSound(events, announced[family]);
      if (events[0]?.kind === 'rejected' && !events[0].reason.startsWith('instruments: '))
        expect(state).toEqual(before);
      expect(bybitLinear.frame(msg)).toHaveProperty('kind');
    }
  }

  test('documented messages are sound and none is rejected', () => {
    survive(CORPUS);
    for (const [family, chan, msg] of CORPUS) {
      const kinds = kindsOf(families[family]().hear(msg, chan));
      expect(kinds).not.toContain('rejected');
      expect(kinds).not.toContain('unfamiliar');
    }
  });

  test('every message cut short anywhere is survived', () => {
    for (const [family, chan, msg] of CORPUS)
      survive(cuts(msg).map((cut) => [family, chan, cut] as const));
  });

  test('every message with any one byte damaged is survived', () => {
    for (const [family, chan, msg] of CORPUS)
      survive(damages(msg).map((damaged) => [family, chan, damaged] as const));
  });

  test.prop([fc.array(fc.tuple(entry, splices), { maxLength: 6 })], {
    numRuns: 1000,
  })('messages cut, spliced and stuffed are survived', (pieces) => {
    survive(
      pieces.map(([[family, chan, msg], each]) => [family, chan, spliced(msg, each)] as const),
    );
  });

  test.prop([entry, fc.nat(100), odd], { numRuns: 2000 })(
    'messages with one value of another type are survived',
    ([family, chan, msg], nth, value) => {
      survive([[family, chan, retyped(msg, nth, value)]]);
    },
  );

  test.prop([entry, fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' }))])(
    'any text under any name is survived',
    ([family, chan], msg) => {
      survive([
        [family, chan, msg],
        [family, msg, msg],
        [family, `rest:${msg}`, '{}'],
      ]);
    },
  );

  test('depth beyond reason is survived', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    survive([
      ['linear', 'x', deep],
      ['linear', 'x', `{"topic":"tickers.BTCUSDT","type":"delta","data":${deep}}`],
      ['linear', LINEAR_INFO, deep],
    ]);
  });
});

describe('the recordings', () => {
  const lines = (name: string) => readRecording(`bybit/${name}.jsonl.gz`);
  const eventsOf = (name: string) => {
    const decoder = linear();
    return lines(name).flatMap(({ chan, msg }) => decoder.hear(msg, chan!));
  };
  const count = (events: readonly EngineEvent[]) => {
    const counts: Record<string, number> = {};
    for (const { kind } of events) counts[kind] = (counts[kind] ?? 0) + 1;
    return counts;
  };

  recordedTest('of tickers, September 2026, bring nothing unfamiliar', () => {
    const events = eventsOf('btcusdt-tickers-20260930');
    expect(count(events)).toEqual({
      listing: 1,
      fundingInterval: 1,
      markPrice: 4,
      fundingPredicted: 10,
      openInterest: 1,
      volume24h: 1,
      heard: 10,
    });
    expect(events.filter(({ kind }) => kind === 'openInterest')).toMatchObject([
      { size: 28559.256 },
    ]);
    expect(events.findLast(({ kind }) => kind === 'markPrice')).toMatchObject({
      markPrice: 83024.6,
      indexPrice: 83073.67,
    });
  });

  recordedTest('of live liquidations name the position that died', () => {
    const events = eventsOf('live-liquidations-20260917');
    expect(events.filter(({ kind }) => kind === 'liquidation')).toMatchObject([
      { instrument: 'bybit:ICP/USDT:USDT', liquidatedSide: 'long', price: 2.585, size: 19.7 },
      { instrument: 'bybit:MARSCOIN/USDT:USDT', liquidatedSide: 'short', size: 2380 },
    ]);
    expect(count(events)['unfamiliar']).toBeUndefined();
  });

  recordedTest('of single messages of every family are read to the last', () => {
    const events = eventsOf('message-samples-v5');
    expect(count(events)).toMatchObject({ heard: 22, trade: 4, liquidation: 4, quote: 3 });
    expect(kindsOf(events)).not.toContain('rejected');
    expect(kindsOf(events)).not.toContain('unfamiliar');
    expect(events.find((event) => event.kind === 'trade')).toMatchObject({
      instrument: 'bybit:BTC/USD:BTC',
      price: 28560.5,
      size: 5823 / 28560.5,
    });
  });

  recordedTest('of a book equal a map of its price texts, message by message', () => {
    const truth = { b: new Map<string, string>(), a: new Map<string, string>() };
    const decoder = linear();
    let book: Book | undefined;
    for (const { chan, msg } of lines('xrpusdt-ob500-20241201')) {
      for (const event of decoder.hear(msg, chan!)) {
        if (event.kind === 'listing')
          if (book === undefined) book = createBook(event.instrument);
          else applyListing(book, event.instrument);
        if (event.kind === 'bookSnapshot') applySnapshot(book!, event);
        if (event.kind === 'bookDelta') expect(applyDelta(book!, event).result).toBe('applied');
      }
      const { data } = JSON.parse(msg) as { data: Record<'b' | 'a', [string, string][]> };
      for (const side of ['b', 'a'] as const)
        for (const [price, size] of data[side])
          if (size === '0') truth[side].delete(price);
          else truth[side].set(price, size);
      for (const [side, name] of [
        ['b', 'bid'],
        ['a', 'ask'],
      ] as const) {
        const found: number[] = [];
        const { ladder, instrument } = book!;
        const levels = topLevels(ladder, name, 10_000, found);
        expect(
          new Map(
            Array.from({ length: levels }, (_, i) => [
              fromSteps(found[2 * i]!, instrument.priceGrid),
              fromSteps(found[2 * i + 1]!, instrument.sizeGrid),
            ]),
          ),
        ).toEqual(new Map([...truth[side]].map(([p, v]) => [Number(p), Number(v)])));
      }
    }
    expect(book).toMatchObject({ status: 'whole', lastId: 20254918 });
    expect(book!.instrument.bookLevels).toBe(500);
  });
});

test('a feed that is asked for by the folder of its recordings is the linear one', async () => {
  const { feedNamed, protocolOf } = await import('../../../src/venues/index.ts');
  expect(feedNamed('bybit')).toBe('bybit-linear');
  expect(protocolOf('bybit')).toBe(bybitLinear);
  expect(feedNamed('bybit-spot')).toBe(bybitSpot.feed);
});
