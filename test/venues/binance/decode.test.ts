import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { EngineEvent } from '../../../src/model/event.ts';
import type { InstrumentId } from '../../../src/model/instrument.ts';
import type { RawRecord } from '../../../src/model/record.ts';
import { micros } from '../../../src/model/units.ts';
import { binanceCoinm } from '../../../src/venues/binance/coinm.ts';
import { binanceSpot } from '../../../src/venues/binance/spot.ts';
import { binanceUsdm } from '../../../src/venues/binance/usdm.ts';
import { cuts, damages, retyped, spliced, splicesWith } from '../../support/mangle.ts';
import { readRecording, recordedTest } from '../../support/recordings.ts';
import {
  COINM_INFO,
  coinm,
  coinmRow,
  FUTURES_INFO,
  futuresRow,
  NOW,
  spot,
  spotRow,
  usdm,
  wrapped,
} from './support/decoder.ts';

const kindsOf = (events: readonly EngineEvent[]) => events.map(({ kind }) => kind);

describe('a socket message', () => {
  test('is proof that its stream speaks, whatever it says', () => {
    for (const msg of ['', '{', 'null', '[]', '{"e":"depthUpdate"}', '\u0000', '{"stream":"x"}']) {
      const events = usdm().hear('btcusdt@depth@100ms', msg);
      expect(events.at(-1)).toMatchObject({ kind: 'heard', stream: 'btcusdt@depth@100ms' });
    }
  });

  test.each(['kline', 'contractInfo', 'serverShutdown'])(
    'of type %s is known and not used',
    (e) => {
      expect(kindsOf(usdm().hear('x', wrapped('x', { e, E: 1791391083124 })))).toEqual(['heard']);
    },
  );

  test('that answers a subscription says nothing about the market', () => {
    expect(usdm().hear('x', '{"result":null,"id":1}')).toEqual([]);
    expect(usdm().hear('x', '{"error":{"code":2,"msg":"no"},"id":1}')).toEqual([]);
  });

  test('of a type never seen is named once', () => {
    const decoder = usdm();
    const msg = wrapped('x', { e: 'hologram', E: 1 });
    expect(decoder.hear('x', msg)).toMatchObject([
      { kind: 'unfamiliar', feed: 'binance-usdm', what: 'event hologram', tsLocal: NOW },
      { kind: 'heard' },
    ]);
    expect(kindsOf(decoder.hear('x', msg))).toEqual(['heard']);
  });

  test('with a field never seen is used, and the field named once', () => {
    const decoder = usdm();
    const data = { e: 'bookTicker', u: 1, s: 'BTCUSDT', b: '1', B: '1', a: '2', A: '1', zz: 5 };
    expect(kindsOf(decoder.hear('x', wrapped('x', data)))).toEqual([
      'unfamiliar',
      'listing',
      'quote',
      'heard',
    ]);
    expect(kindsOf(decoder.hear('x', wrapped('x', data)))).toEqual(['quote', 'heard']);
  });

  test('from a venue that keeps inventing names does not fill the memory', () => {
    const decoder = usdm();
    let named = 0;
    for (let i = 0; i < 2000; i += 1)
      named += decoder.only('unfamiliar', 'x', wrapped('x', { e: `event${i}` })).length;
    expect(named).toBe(257);
    expect(decoder.state.unfamiliar.size).toBe(257);
    const crowd = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`f${i}`, 1]));
    const other = usdm();
    other.hear(
      'x',
      wrapped('x', { e: '24hrMiniTicker', E: 1791391083124, s: 'BTCUSDT', v: 1, q: 1, ...crowd }),
    );
    expect(other.state.unfamiliar.size).toBe(257);
  });

  test('from a venue that keeps inventing symbols does not fill the memory', () => {
    const decoder = usdm();
    const order = { s: '', S: 'SELL', ap: '1', z: '1', T: 1791391083124 };
    for (let i = 0; i < 10_050; i += 1)
      decoder.hear('x', wrapped('x', { e: 'forceOrder', o: { ...order, s: `C${i}USDT` } }));
    expect(decoder.state.listings.size).toBe(10_000);
    const events = decoder.hear(
      'x',
      wrapped('x', { e: 'forceOrder', o: { ...order, s: 'ZUSDT' } }),
    );
    expect(events).toMatchObject([
      { kind: 'rejected', reason: 'more than 10000 listings' },
      { kind: 'heard' },
    ]);
  });

  test('shows nothing unprintable and nothing endless of what it holds', () => {
    const [unfamiliar] = usdm().only(
      'unfamiliar',
      'x',
      wrapped('x', { e: `\u001b[31m${'x'.repeat(500)}` }),
    );
    expect(unfamiliar?.what).toMatch(/^event \?\[31mx{30,40}$/);
    const [rejected] = usdm().only('rejected', `rest:/x/${'y'.repeat(5000)}`, '{}');
    expect(rejected?.reason.length).toBeLessThanOrEqual(120);
  });
});

test('a report of the feed passes through, under the name of the feed', () => {
  const report = { kind: 'connected', connection: 'public' };
  expect(spot().hear('feed', report)).toEqual([
    { kind: 'feed', feed: 'binance-spot', report, tsLocal: NOW },
  ]);
});

test('the memory is plain data: a copy goes on where the original stands', () => {
  const decoder = usdm();
  decoder.hear(FUTURES_INFO, { symbols: [futuresRow('BTCUSDT')] });
  decoder.hear('rest:/fapi/v1/fundingInfo', []);
  const record: RawRecord = {
    t: NOW,
    feed: 'binance-usdm',
    chan: 'x',
    msg: wrapped('x', { u: 1, s: 'BTCUSDT', b: '1.05', B: '1', a: '2', A: '1' }),
  };
  const copy = structuredClone(decoder.state);
  expect(copy).toEqual(decoder.state);
  const events = structuredClone(binanceUsdm.decode(copy, record));
  expect(binanceUsdm.decode(decoder.state, record)).toEqual(events);
});

const DECODERS = { 'binance-usdm': usdm, 'binance-spot': spot, 'binance-coinm': coinm } as const;

type Entry = readonly [feed: keyof typeof DECODERS, chan: string, msg: string];

/** Real and documented messages of every kind that is decoded, with the stream or request they came by. */
const CORPUS: readonly Entry[] = [
  [
    'binance-usdm',
    'btcusdt@depth@0ms',
    '{"stream":"btcusdt@depth@0ms","data":{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":5123107832006,"u":5123107837557,"pu":5123107831937,"b":[["58710.20","0.014"],["61510.90","0.000"]],"a":[["61800.30","2.510"]]}}',
  ],
  [
    'binance-spot',
    'btcusdt@depth@100ms',
    '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255308,"s":"BTCUSDT","U":50093239203,"u":50093239207,"b":[["55653.87000000","0.00000000"]],"a":[["61838.04000000","0.32332000"]]}}',
  ],
  [
    'binance-usdm',
    'btcusdt@bookTicker',
    '{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":400900217,"E":1568014460893,"T":1568014460891,"s":"BTCUSDT","ps":"BTCUSDT","st":1,"b":"25.3519","B":"31.21","a":"25.3652","A":"40.66"}}',
  ],
  [
    'binance-spot',
    'btcusdt@bookTicker',
    '{"u":400900217,"s":"BTCUSDT","b":"16584.59","B":"1.2","a":"16584.60","A":"0.8"}',
  ],
  [
    'binance-usdm',
    'btcusdt@aggTrade',
    '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1791391082024,"a":3478018549,"s":"BTCUSDT","p":"83434.40","q":"0.016","nq":"0.016","f":8154045700,"l":8154045704,"T":1791391081874,"m":true,"st":1}}',
  ],
  [
    'binance-usdm',
    'btcusdt@trade',
    '{"e":"trade","E":1723161256322,"T":1723161256322,"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}',
  ],
  [
    'binance-usdm',
    '!markPrice@arr@1s',
    '{"stream":"!markPrice@arr@1s","data":[{"e":"markPriceUpdate","E":1790755199000,"s":"BTCUSDT","p":"83259.61836957","ap":"83259.61836957","P":"83390.57692985","i":"83301.31260870","r":"-0.00000189","T":1790755200000,"st":1},{"e":"markPriceUpdate","E":1790755201000,"s":"BTCUSDT","p":"83259.6","i":"83301.3","r":"-0.00000189","T":1790784000000}]}',
  ],
  [
    'binance-usdm',
    '!forceOrder@arr',
    '{"stream":"!forceOrder@arr","data":{"e":"forceOrder","E":1791391083124,"o":{"s":"ILVUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"116.5","p":"3.80300","ap":"3.85642","X":"FILLED","l":"25.2","z":"116.5","T":1791391082119,"ps":"ILVUSDT","st":1}}}',
  ],
  [
    'binance-usdm',
    'btcusdt@miniTicker',
    '{"e":"24hrMiniTicker","E":1672515782136,"s":"BTCUSDT","ps":"BTCUSDT","st":1,"c":"16584.60","o":"16716.00","h":"16764.89","l":"16456.51","v":"122474.816","q":"2036102085.69"}',
  ],
  [
    'binance-usdm',
    'btcusdt@kline_1m',
    '{"e":"kline","E":1672515782136,"s":"BTCUSDT","k":{"t":1672515780000,"T":1672515839999,"s":"BTCUSDT","i":"1m","o":"1","c":"1","h":"1","l":"1","v":"12.5","n":100,"x":false},"st":1}',
  ],
  [
    'binance-usdm',
    'rest:/fapi/v1/depth?symbol=BTCUSDT&limit=1000',
    '{"lastUpdateId":1027024,"E":1589436922972,"T":1589436922959,"bids":[["4.00000000","431.00000000"]],"asks":[["4.00000200","12.00000000"]]}',
  ],
  [
    'binance-usdm',
    FUTURES_INFO,
    JSON.stringify({ symbols: [futuresRow('BTCUSDT'), futuresRow('ETHUSDT')] }),
  ],
  [
    'binance-spot',
    'rest:/api/v3/exchangeInfo',
    JSON.stringify({
      symbols: [spotRow('BTC', 'USDT'), spotRow('ETH', 'BTC', { status: 'BREAK' })],
    }),
  ],
  [
    'binance-usdm',
    'rest:/fapi/v1/fundingInfo',
    '[{"symbol":"BLZUSDT","adjustedFundingRateCap":"0.025","adjustedFundingRateFloor":"-0.025","fundingIntervalHours":4,"disclaimer":false}]',
  ],
  [
    'binance-usdm',
    'rest:/fapi/v1/fundingRate?symbol=BTCUSDT&limit=3',
    '[{"symbol":"BTCUSDT","fundingRate":"-0.03750000","fundingTime":1570608000000,"markPrice":"34287.54619963"},{"symbol":"BTCUSDT","fundingRate":"0.00010000","fundingTime":1570636800000,"markPrice":""}]',
  ],
  [
    'binance-usdm',
    'rest:/fapi/v1/premiumIndex?symbol=BTCUSDT',
    '{"symbol":"BTCUSDT","markPrice":"11793.63","indexPrice":"11781.80","estimatedSettlePrice":"11781.16","lastFundingRate":"0.00038246","interestRate":"0.0001","nextFundingTime":1597392000000,"time":1597370495002}',
  ],
  [
    'binance-usdm',
    'rest:/fapi/v1/openInterest?symbol=BTCUSDT',
    '{"symbol":"BTCUSDT","openInterest":"10659.509","time":1589437530011}',
  ],
  [
    'binance-usdm',
    'rest:/futures/data/openInterestHist?symbol=BTCUSDT&period=1h',
    '[{"symbol":"BTCUSDT","sumOpenInterest":"20403.63700000","sumOpenInterestValue":"150570784.07","timestamp":"1583127900000"}]',
  ],
  [
    'binance-usdm',
    'rest:/fapi/v1/klines?symbol=BTCUSDT&interval=1h&limit=2',
    '[[1602633600000,"11419.36","11550.00","11280.50","11417.13","192936.970",1602637199999,"2198967087.67917",694620,"93295.555","1063382407.09052","0"]]',
  ],
  [
    'binance-usdm',
    'rest:/fapi/v1/ticker/24hr?symbol=BTCUSDT',
    '{"symbol":"BTCUSDT","volume":"471823.103","quoteVolume":"22175129357.20","closeTime":1630042423017}',
  ],
  [
    'binance-coinm',
    'btcusd_perp@depth@100ms',
    '{"stream":"btcusd_perp@depth@100ms","data":{"e":"depthUpdate","E":1723161257440,"T":1723161257432,"s":"BTCUSD_PERP","ps":"BTCUSD","st":2,"U":1007198631260,"u":1007198631565,"pu":1007198631198,"b":[["61773.6","1001"],["61778.7","0"]],"a":[["61820.0","4"]]}}',
  ],
  [
    'binance-coinm',
    'btcusd_perp@aggTrade',
    '{"stream":"btcusd_perp@aggTrade","data":{"e":"aggTrade","E":1791391082024,"a":3478018549,"s":"BTCUSD_PERP","p":"61804.8","q":"35","f":815,"l":819,"T":1791391081874,"m":true,"st":2}}',
  ],
  [
    'binance-coinm',
    'btcusd_261225@markPrice@1s',
    '{"stream":"btcusd_261225@markPrice@1s","data":{"e":"markPriceUpdate","E":1790755199000,"s":"BTCUSD_261225","ps":"BTCUSD","p":"62100.5","P":"62000.1","i":"61800.2","r":"","T":0,"st":2}}',
  ],
  [
    'binance-coinm',
    'btcusd@indexPrice@1s',
    '{"stream":"btcusd@indexPrice@1s","data":{"e":"indexPriceUpdate","E":1591261236000,"i":"BTCUSD","p":"9636.57860000"}}',
  ],
  [
    'binance-coinm',
    '!forceOrder@arr',
    '{"stream":"!forceOrder@arr","data":{"e":"forceOrder","E":1591154240950,"o":{"s":"BTCUSD_261225","ps":"BTCUSD","st":2,"S":"SELL","o":"LIMIT","f":"IOC","q":"1","p":"9425.5","ap":"9496.5","X":"FILLED","l":"1","z":"1","T":1591154240949}}}',
  ],
  [
    'binance-coinm',
    'btcusd_perp@miniTicker',
    '{"e":"24hrMiniTicker","E":1591267704450,"s":"BTCUSD_PERP","ps":"BTCUSD","c":"9561.7","o":"9580.9","h":"10000.0","l":"7000.0","v":"487476","q":"33264343.62"}',
  ],
  [
    'binance-coinm',
    COINM_INFO,
    JSON.stringify({
      symbols: [
        coinmRow('BTCUSD_PERP'),
        coinmRow('BTCUSD_261225', { contractType: 'CURRENT_QUARTER', deliveryDate: 1798185600000 }),
      ],
    }),
  ],
  [
    'binance-coinm',
    'rest:/dapi/v1/depth?symbol=BTCUSD_PERP&limit=1000',
    '{"lastUpdateId":16769853,"symbol":"BTCUSD_PERP","pair":"BTCUSD","E":1591250106370,"T":1591250106368,"bids":[["9638.0","431"]],"asks":[["9638.2","12"]]}',
  ],
  [
    'binance-coinm',
    'rest:/dapi/v1/premiumIndex?pair=BTCUSD',
    '[{"symbol":"BTCUSD_PERP","pair":"BTCUSD","markPrice":"11029.69574559","indexPrice":"10979.14437500","estimatedSettlePrice":"10981.74168236","lastFundingRate":"0.00071003","interestRate":"0.00010000","nextFundingTime":1596096000000,"time":1596094042000},{"symbol":"BTCUSD_261225","pair":"BTCUSD","markPrice":"12077.01343750","indexPrice":"10979.10312500","estimatedSettlePrice":"10981.74168236","lastFundingRate":"","interestRate":"","nextFundingTime":0,"time":1596094042000}]',
  ],
  [
    'binance-coinm',
    'rest:/dapi/v1/openInterest?symbol=BTCUSD_PERP',
    '{"symbol":"BTCUSD_PERP","pair":"BTCUSD","openInterest":"15004","contractType":"PERPETUAL","time":1591261042378}',
  ],
  [
    'binance-coinm',
    'rest:/futures/data/openInterestHist?pair=BTCUSD&contractType=PERPETUAL&period=1h',
    '[{"pair":"BTCUSD","contractType":"PERPETUAL","sumOpenInterest":"20403","sumOpenInterestValue":"33.42300000","timestamp":1583127900000}]',
  ],
  [
    'binance-coinm',
    'rest:/dapi/v1/klines?symbol=BTCUSD_PERP&interval=1h&limit=1',
    '[[1591257600000,"9640.7","9642.4","9640.6","9642.0","206",1591261199999,"2.13660389",48,"119","1.23424865","0"]]',
  ],
  [
    'binance-coinm',
    'rest:/dapi/v1/indexPriceKlines?pair=BTCUSD&interval=1h&limit=1',
    '[[1591257600000,"9653.69440000","9653.69640000","9651.38600000","9651.55200000","0",1591261199999,"0",60,"0","0","0"]]',
  ],
  [
    'binance-coinm',
    'rest:/dapi/v1/ticker/24hr?symbol=BTCUSD_PERP',
    '[{"symbol":"BTCUSD_PERP","pair":"BTCUSD","lastPrice":"9651.6","openPrice":"9515.0","volume":"494109","baseVolume":"5192.94797687","closeTime":1591256718418}]',
  ],
  [
    'binance-usdm',
    'feed',
    '{"kind":"disconnected","connection":"public","reason":"closed 1006","streams":["a"]}',
  ],
];

const finiteOrNull = (value: unknown): boolean =>
  value === null || (typeof value === 'number' && Number.isFinite(value));

/** What must hold of any event that leaves a decoder, whatever went in. */
function expectSound(events: readonly EngineEvent[], announced: Set<InstrumentId>): void {
  for (const event of events) {
    if (event.kind === 'listing') {
      announced.add(event.instrument.id);
      for (const { units, scale } of [event.instrument.priceGrid, event.instrument.sizeGrid]) {
        expect(units).toBeGreaterThan(0);
        expect(scale).toBeGreaterThan(0);
        expect(Number.isSafeInteger(units) && Number.isSafeInteger(scale)).toBe(true);
      }
    } else if ('instrument' in event) {
      expect(announced).toContain(event.instrument);
      expect(finiteOrNull(event.tsExchange)).toBe(true);
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
    if (event.kind === 'bookDelta') expect(event.firstId).toBeLessThanOrEqual(event.lastId);
    if (event.kind === 'trade' || event.kind === 'liquidation') {
      expect(event.price > 0 && Number.isFinite(event.price)).toBe(true);
      expect(event.size > 0 && Number.isFinite(event.size)).toBe(true);
    }
    if (event.kind === 'quote')
      expect(
        event.bidTicks > 0 && event.askTicks > 0 && event.bidLots >= 0 && event.askLots >= 0,
      ).toBe(true);
    if (event.kind === 'markPrice')
      expect(event.markPrice > 0 && (event.indexPrice === null || event.indexPrice > 0)).toBe(true);
    if (event.kind === 'indexPrice') expect(event.indexPrice).toBeGreaterThan(0);
    if (event.kind === 'openInterest') expect(Number.isFinite(event.size)).toBe(true);
    if (event.kind === 'fundingPredicted') expect(Number.isFinite(event.fundingRate)).toBe(true);
    if (event.kind === 'fundingInterval') expect(event.hours > 0 && event.hours <= 24).toBe(true);
    if (event.kind === 'historyPage')
      for (const [index, row] of event.rows.entries()) {
        expect(Number.isFinite(row.value) && row.ts <= event.tsLocal).toBe(true);
        if (index > 0) expect(row.ts).toBeGreaterThan(event.rows[index - 1]!.ts);
      }
  }
  // What is rejected takes everything else of its message with it; only exchangeInfo and arrays count by the row.
  const isByTheRow = events.some(
    (event) =>
      event.kind === 'rejected' && /^exchangeInfo: |^\d+ of \d+ elements/.test(event.reason),
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
    '-0.0',
    '"NaN"',
    '"Infinity"',
    '"-5"',
    '[]',
    '{}',
    '[[]]',
    '9007199254740993',
    '"1e5"',
    '"0.00000000000000000001"',
    '1e-7',
    '{"__proto__":{"e":"trade"}}',
    '"__proto__"',
    '"constructor"',
    `"${'9'.repeat(400)}"`,
    '"\\ud800"',
    '{"toString":1}',
    '1790755200000',
    '1',
    '"BTCUSD_PERP"',
    '"BTCUSDT"',
    '2',
    '"1000SHIBUSDT"',
    '[["1","1"],["1"]]',
    '[[1,2],[3,4]]',
  );
  const splices = splicesWith(odd);

  function survive(entries: readonly Entry[]): void {
    const decoders = { 'binance-usdm': usdm(), 'binance-spot': spot(), 'binance-coinm': coinm() };
    const announced = {
      'binance-usdm': new Set<InstrumentId>(),
      'binance-spot': new Set<InstrumentId>(),
      'binance-coinm': new Set<InstrumentId>(),
    };
    for (const [feed, chan, msg] of entries) {
      expectSound(decoders[feed].hear(chan, msg), announced[feed]);
      expect(binanceUsdm.frame(msg)).toHaveProperty('kind');
    }
  }

  test('real messages are sound and none is rejected', () => {
    survive(CORPUS);
    for (const [feed, chan, msg] of CORPUS) {
      expect(kindsOf(DECODERS[feed]().hear(chan, msg))).not.toContain('rejected');
    }
  });

  test('every message cut short anywhere is survived', () => {
    for (const [feed, chan, msg] of CORPUS)
      survive(cuts(msg).map((cut) => [feed, chan, cut] as const));
  });

  test('every message with any one byte damaged is survived', () => {
    for (const [feed, chan, msg] of CORPUS)
      survive(damages(msg).map((damaged) => [feed, chan, damaged] as const));
  });

  test.prop([fc.array(fc.tuple(entry, splices), { maxLength: 6 })], {
    numRuns: 1500,
  })('messages cut, spliced and stuffed are survived', (pieces) => {
    survive(pieces.map(([[feed, chan, msg], each]) => [feed, chan, spliced(msg, each)] as const));
  });

  test.prop([entry, fc.nat(100), odd], { numRuns: 3000 })(
    'messages with one value of another type are survived',
    ([feed, chan, msg], nth, value) => {
      survive([[feed, chan, retyped(msg, nth, value)]]);
    },
  );

  test.prop([entry, fc.oneof(fc.string(), fc.json(), fc.string({ unit: 'binary' }))])(
    'any text under any name is survived',
    ([feed, chan], msg) => {
      survive([
        [feed, chan, msg],
        [feed, msg, msg],
        [feed, `rest:${msg}`, '{}'],
      ]);
    },
  );

  test('depth beyond reason is survived', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    survive([
      ['binance-usdm', 'x', deep],
      ['binance-usdm', 'x', `{"stream":"x","data":${deep}}`],
      ['binance-usdm', 'x', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
      ['binance-usdm', 'rest:/fapi/v1/exchangeInfo', deep],
    ]);
  });
});

describe('the recordings', () => {
  /** Events of a whole file by kind; lines without receive time take the moment after the message's own. */
  function tally(protocol: typeof binanceUsdm, ...names: readonly string[]) {
    const state = protocol.createState();
    const announced = new Set<InstrumentId>();
    const kinds: Record<string, number> = {};
    for (const name of names)
      for (const { t, chan, msg } of readRecording(name)) {
        const events = protocol.decode(state, {
          t: t === null ? NOW : micros(t),
          feed: protocol.feed,
          chan: chan!,
          msg,
        });
        if (events.length > 2) expectSound(events, announced);
        for (const event of events) {
          if (event.kind === 'listing') announced.add(event.instrument.id);
          kinds[event.kind] = (kinds[event.kind] ?? 0) + 1;
        }
      }
    return kinds;
  }

  recordedTest('of futures, August 2024, are read to the last message', () => {
    expect(tally(binanceUsdm, 'binance-usdm/btcusdt-20240808.jsonl.gz')).toEqual({
      listing: 1,
      bookDelta: 6551,
      bookSnapshot: 1,
      quote: 66089,
      trade: 21313,
      heard: 93953,
    });
  });

  recordedTest('of spot, August 2024, are read to the last message, across two files', () => {
    const names = ['08', '09'].map((day) => `binance-spot/btcusdt-202408${day}.jsonl.gz`);
    expect(tally(binanceSpot, ...names)).toEqual({
      // Orders from before a change of the step size still rest with six decimals.
      listing: 2,
      bookDelta: 3451 + 3044,
      bookSnapshot: 1,
      quote: 28040 + 45134,
      trade: 9757 + 10147,
      heard: 41248 + 58325,
    });
  });

  recordedTest('of coin-margined futures, August 2024, are read to the last message', () => {
    expect(tally(binanceCoinm, 'binance-coinm/btcusd_perp-20240808.jsonl.gz')).toEqual({
      listing: 1,
      bookDelta: 26847,
      bookSnapshot: 1,
      quote: 19136,
      trade: 2286,
      heard: 48269,
    });
  });

  recordedTest('of 2021 are read to the last message', () => {
    expect(tally(binanceUsdm, 'binance-usdm/sushi-akro-keep-ctk-20210722.jsonl.gz')).toEqual({
      listing: 5,
      bookDelta: 764,
      bookSnapshot: 4,
      quote: 613,
      trade: 91,
      heard: 1535,
    });
    expect(tally(binanceSpot, 'binance-spot/nkn-blz-lrc-rune-20211012.jsonl.gz')).toEqual({
      listing: 5,
      bookDelta: 177,
      bookSnapshot: 4,
      quote: 84,
      trade: 2,
      heard: 265,
    });
  });

  recordedTest('of 2021 with the listings of that day need no inference', () => {
    const kinds = tally(
      binanceUsdm,
      'rest/binance-usdm/exchangeInfo.json',
      'binance-usdm/sushi-akro-keep-ctk-20210722.jsonl.gz',
    );
    // CTK is listed by 0.001 while old orders rest at five decimals.
    expect(kinds['listing']).toBe(121 + 1);
    expect(kinds['rejected']).toBeUndefined();
  });

  recordedTest(
    'of single messages from 2019 on are read but for two that their publisher invented',
    () => {
      const futures = tally(binanceUsdm, 'binance-usdm/message-samples.jsonl.gz');
      const pairs = tally(binanceSpot, 'binance-spot/message-samples.jsonl.gz');
      expect([futures['rejected'], pairs['rejected']]).toEqual([2, 2]);
      expect([futures['unfamiliar'], pairs['unfamiliar']]).toEqual([undefined, undefined]);
    },
  );

  recordedTest('of live frames of October 2026 bring nothing unfamiliar', () => {
    expect(tally(binanceUsdm, 'binance-usdm/live-frames-2026.jsonl.gz')).toEqual({
      listing: 2,
      trade: 1,
      liquidation: 1,
      heard: 2,
    });
  });
});
