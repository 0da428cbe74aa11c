import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { BookDelta, EngineEvent } from '../../../src/model/event.ts';
import { binanceCoinm } from '../../../src/venues/binance/coinm.ts';
import type { BinanceState } from '../../../src/venues/binance/draft.ts';
import { COINM, SPOT, USDM } from '../../../src/venues/binance/product.ts';
import { scan } from '../../../src/venues/binance/scan.ts';
import { binanceSpot } from '../../../src/venues/binance/spot.ts';
import { binanceUsdm } from '../../../src/venues/binance/usdm.ts';
import { readRecording, recordedTest } from '../../support/recordings.ts';
import {
  COINM_INFO,
  coinmRow,
  FUTURES_INFO,
  futuresRow,
  NOW,
  SPOT_INFO,
  spotRow,
} from './support/decoder.ts';

const CHAN = 'btcusdt@x';

function futuresState(): BinanceState {
  const state = binanceUsdm.createState();
  const symbols = [
    futuresRow('BTCUSDT'),
    futuresRow('1000PEPEUSDT', {}, '0.0000001', '1'),
    futuresRow('ODDUSDT', {}, '0.05', '10'),
  ];
  const msg = JSON.stringify({ symbols });
  binanceUsdm.decode(state, { t: NOW, feed: USDM.feed, chan: FUTURES_INFO, msg });
  return state;
}

function spotState(): BinanceState {
  const state = binanceSpot.createState();
  const msg = JSON.stringify({ symbols: [spotRow('BTC', 'USDT')] });
  binanceSpot.decode(state, { t: NOW, feed: SPOT.feed, chan: SPOT_INFO, msg });
  return state;
}

function coinmState(): BinanceState {
  const state = binanceCoinm.createState();
  const msg = JSON.stringify({ symbols: [coinmRow('BTCUSD_PERP')] });
  binanceCoinm.decode(state, { t: NOW, feed: COINM.feed, chan: COINM_INFO, msg });
  return state;
}

const futures = futuresState();

const PRODUCTS = {
  usdm: { protocol: binanceUsdm, product: USDM, state: futures },
  spot: { protocol: binanceSpot, product: SPOT, state: spotState() },
  coinm: { protocol: binanceCoinm, product: COINM, state: coinmState() },
} as const;
type Of = keyof typeof PRODUCTS;

/** What the parser says: white space in front is the same message to it and a foreign spelling to the shortcut. */
const parsed = (msg: string, of: Of = 'usdm', chan = CHAN): readonly EngineEvent[] => {
  const { protocol, state } = PRODUCTS[of];
  const record = { t: NOW, feed: protocol.feed, chan, msg: ` ${msg}` };
  return protocol.decode(structuredClone(state), record);
};

/** What the shortcut says, which does not depend on whether the message came as text or as bytes. A copy: what it hands out is lent. */
const scanned = (msg: string, of: Of = 'usdm', chan = CHAN): readonly EngineEvent[] | undefined => {
  const { product, state } = PRODUCTS[of];
  const [fromText, fromBytes] = [msg, Buffer.from(msg)].map((each) =>
    structuredClone(scan(product, state, { t: NOW, feed: product.feed, chan, msg: each })),
  );
  // Half a pair of surrogates is a character to a string and none to bytes.
  if (msg.isWellFormed()) expect(fromBytes).toEqual(fromText);
  return fromText;
};

const SEEDS: readonly (readonly [name: string, msg: string, of: Of])[] = [
  [
    'futures depth',
    '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":5123107832006,"u":5123107837557,"pu":5123107831937,"b":[["58710.20","0.014"],["61496.5","10"],["61510.90","0.000"]],"a":[["61800.30","2.510"]]}}',
    'usdm',
  ],
  [
    'futures depth of 2026',
    '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1791391083124,"T":1791391083120,"s":"BTCUSDT","ps":"BTCUSDT","st":1,"U":390497796,"u":390497878,"pu":390497794,"b":[],"a":[["7405.90","0"]]}}',
    'usdm',
  ],
  [
    'depth of a bundle',
    '{"stream":"1000pepeusdt@depth@100ms","data":{"e":"depthUpdate","E":1791391083124,"T":1791391083120,"s":"1000PEPEUSDT","U":1,"u":2,"pu":0,"b":[["0.0123456","25"]],"a":[]}}',
    'usdm',
  ],
  [
    'spot depth',
    '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255308,"s":"BTCUSDT","U":50093239203,"u":50093239207,"b":[["55653.87000000","0.00000000"]],"a":[["61838.04000000","0.32332000"]]}}',
    'spot',
  ],
  [
    'futures quote',
    '{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":5123107839020,"s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1723161256313,"E":1723161256315}}',
    'usdm',
  ],
  [
    'spot quote',
    '{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}',
    'spot',
  ],
  [
    'futures aggregate trade',
    '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1791391082024,"a":3478018549,"s":"BTCUSDT","p":"83434.40","q":"0.016","nq":"0.016","f":8154045700,"l":8154045704,"T":1791391081874,"m":true,"st":1}}',
    'usdm',
  ],
  [
    'futures trade',
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161256322,"T":1723161256322,"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}',
    'usdm',
  ],
  [
    'trade of a bundle',
    '{"stream":"1000pepeusdt@aggTrade","data":{"e":"aggTrade","E":1791391082024,"a":7,"s":"1000PEPEUSDT","p":"0.0123457","q":"31","f":1,"l":1,"T":1791391081874,"m":true}}',
    'usdm',
  ],
  [
    'spot trade',
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}',
    'spot',
  ],
  [
    'coin-margined depth',
    '{"stream":"btcusd_perp@depth@100ms","data":{"e":"depthUpdate","E":1723161257440,"T":1723161257432,"s":"BTCUSD_PERP","ps":"BTCUSD","st":2,"U":1007198631260,"u":1007198631565,"pu":1007198631198,"b":[["61773.6","1001"],["61778.7","0"]],"a":[["61820.0","4"]]}}',
    'coinm',
  ],
  [
    'coin-margined quote',
    '{"stream":"btcusd_perp@bookTicker","data":{"u":1007198632021,"e":"bookTicker","s":"BTCUSD_PERP","ps":"BTCUSD","b":"61804.7","B":"35","a":"61804.8","A":"1645","T":1723161257465,"E":1723161257476}}',
    'coinm',
  ],
  [
    'coin-margined aggregate trade',
    '{"stream":"btcusd_perp@aggTrade","data":{"e":"aggTrade","E":1791391082024,"a":3478018549,"s":"BTCUSD_PERP","ps":"BTCUSD","p":"61804.8","q":"35","f":815,"l":819,"T":1791391081874,"m":true,"st":2}}',
    'coinm',
  ],
  [
    'coin-margined trade',
    '{"stream":"btcusd_perp@trade","data":{"e":"trade","E":1723161257687,"T":1723161257679,"s":"BTCUSD_PERP","t":849714402,"p":"61804.8","q":"4","X":"MARKET","m":false}}',
    'coinm',
  ],
];

describe('the shortcut through a message', () => {
  test.each(SEEDS)('is taken by a real %s and says what the parser says', (_, msg, of) => {
    const events = scanned(msg, of);
    expect(events).toHaveLength(2);
    expect(events).toEqual(parsed(msg, of));
  });

  test('leaves no trace of one message in the next', () => {
    const [, full] = SEEDS[0]!;
    const [, quote] = SEEDS[4]!;
    const first = scanned(full);
    scanned(`${full.slice(0, -3)}x`);
    scanned(quote);
    expect(scanned(full)).toEqual(first);
    expect(scanned(full.replace('"pu":5123107831937,', ''))).toBeUndefined();
  });

  test('lends the same objects for every message of the book, so that it makes no garbage', () => {
    const hand = (msg: string) =>
      scan(USDM, futures, { t: NOW, feed: USDM.feed, chan: CHAN, msg })!;
    const first = hand(SEEDS[0]![1]);
    const [delta, heard] = first;
    const again = hand(SEEDS[0]![1]);
    expect(again).toBe(first);
    expect(again[0]).toBe(delta);
    expect(again[1]).toBe(heard);
    const { bids } = delta as BookDelta;
    hand(SEEDS[1]![1]);
    hand(SEEDS[0]![1]);
    expect((delta as BookDelta).bids).toBe(bids);
  });

  test('reads nothing of a longer message that was read before', () => {
    const [, long] = SEEDS[0]!;
    for (let cut = 1; cut < long.length - 2; cut += 1) {
      scanned(long);
      expect(scanned(long.slice(0, cut))).toBeUndefined();
      // The same end, so that only what lies between gives it away.
      expect(scanned(`${long.slice(0, cut)}}}`)).toBeUndefined();
    }
  });

  test.each([
    ['white space', ' ', 0],
    ['something behind its end', '', 1],
  ])('is not for %s', (_, before, after) => {
    const [, msg] = SEEDS[0]!;
    expect(scanned(before + msg + ' '.repeat(after))).toBeUndefined();
  });

  test.each([
    ['a symbol without listing', /BTCUSDT","U/, 'ETHUSDT","U'],
    ['a price between steps that are no power of ten', /BTCUSDT","U/, 'ODDUSDT","U'],
    ['a control character for a name', '"U":', '"\u0001":5,"U":'],
    ['a price between the steps', '61496.5"', '61496.55"'],
    ['a price of zero', '"61496.5"', '"0.0"'],
    ['an unknown field', '"s":', '"zz":1,"s":'],
    ['a field that comes twice', '"U":', '"u":5,"U":'],
    ['a field of another message', '"U":', '"m":true,"U":'],
    ['a leading zero', '"U":5', '"U":05'],
    ['a fraction', '"U":5', '"U":0.5'],
    ['an exponent', '"U":5', '"U":1e5'],
    ['a sign', '"U":5', '"U":-5'],
    ['ids that run backwards', '"U":5123107832006', '"U":5123107837558'],
    ['numbers for texts', '"61496.5"', '61496.5'],
    ['a level of three', '["61496.5","10"]', '["61496.5","10",[]]'],
    ['a level of one', '["61496.5","10"]', '["61496.5"]'],
    ['a trailing comma', '"61800.30","2.510"]]', '"61800.30","2.510"],]'],
    ['an escape', 'depthUpdate', 'depth\\u0055pdate'],
    ['a character beyond ASCII', '"58710.20"', '"5871０.20"'],
    ['an all-market stream', 'btcusdt@depth@100ms', '!depth@arr'],
    ['the other universe', '"U":', '"st":2,"U":'],
    ['a time in the wrong unit', '"E":1723161256299', '"E":1723161256'],
    ['more digits than a double holds', '"2.510"', '"2510000000000.123"'],
    ['a second envelope', ',"data":', ',"stream":"x","data":'],
    ['a stream without a name in quotes', '"btcusdt@depth@100ms"', '5'],
  ])('is not for %s', (_, from, to) => {
    const [, msg] = SEEDS[0]!;
    const changed = msg.replace(from, to);
    expect(changed).not.toBe(msg);
    expect(scanned(changed)).toBeUndefined();
  });

  test.each([
    ['the data before the stream', (stream: string, data: string) => `{"data":${data},${stream}}`],
    ['no envelope', (_: string, data: string) => data],
  ])('takes %s', (_, arranged) => {
    for (const [, msg, of] of SEEDS) {
      const at = msg.indexOf(',"data":');
      const changed = arranged(msg.slice(1, at), msg.slice(at + 8, -1));
      const events = scanned(changed, of);
      expect(events).toHaveLength(2);
      expect(events).toEqual(parsed(changed, of));
    }
  });

  test.each([
    ['a price on steps of 0.05', 'ODDUSDT', '61496.55', '120', 1229931, 12],
    ['a size of eleven digits', 'BTCUSDT', '61496.5', '25100000000.123', 614965, 25100000000123],
    ['a size of fifteen digits', 'BTCUSDT', '61496.5', '123456789012.345', 614965, 123456789012345],
    ['leading zeros in a decimal', 'BTCUSDT', '0000000061496.500', '010', 614965, 10000],
  ])('takes %s', (_, symbol, price, size, ticks, lots) => {
    const msg = `{"stream":"x","data":{"e":"depthUpdate","E":1723161256299,"s":"${symbol}","U":1,"u":2,"pu":0,"b":[["${price}","${size}"]],"a":[]}}`;
    const events = scanned(msg);
    expect(events).toEqual(parsed(msg));
    expect(events?.[0]).toMatchObject({ bids: Float64Array.of(ticks, lots) });
  });

  const seed = fc.constantFrom(...SEEDS);

  test.prop([seed, fc.infiniteStream(fc.nat()), fc.boolean()], { numRuns: 500 })(
    'takes the fields in any order, and its own envelope in both',
    ([, msg, of], numbers, isDataFirst) => {
      const { stream, data } = JSON.parse(msg) as { stream: string; data: object };
      const fields = Object.entries(data);
      for (let i = fields.length - 1; i > 0; i -= 1) {
        const j = numbers.next().value! % (i + 1);
        [fields[i], fields[j]] = [fields[j]!, fields[i]!];
      }
      const shuffled = Object.fromEntries(fields);
      const changed = JSON.stringify(
        isDataFirst ? { data: shuffled, stream } : { stream, data: shuffled },
      );
      const events = scanned(changed, of);
      expect(events).toHaveLength(2);
      expect(events).toEqual(parsed(changed, of));
    },
  );

  /** A JSON text of the value, spelled in one of the ways that JSON allows. */
  const oddly = (value: unknown, pick: () => number): string => {
    const space = () => (pick() % 8 === 0 ? ' \n\t'.slice(0, pick() % 4) : '');
    const joined = (open: string, parts: readonly string[], close: string) =>
      `${open}${space()}${parts.join(`${space()},${space()}`)}${space()}${close}`;
    if (Array.isArray(value))
      return joined(
        '[',
        value.map((each) => oddly(each, pick)),
        ']',
      );
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value);
      if (pick() % 6 === 0) entries.push([['new', 'f', 'nq'][pick() % 3]!, null]);
      if (pick() % 6 === 0) entries.push(entries[pick() % entries.length]!);
      return joined(
        '{',
        entries.map(
          ([key, each]) => `${oddly(key, pick)}${space()}:${space()}${oddly(each, pick)}`,
        ),
        '}',
      );
    }
    if (typeof value === 'number' && pick() % 10 === 0)
      return [`${value}.0`, `${value}e0`, `-${value}`, `"${value}"`][pick() % 4]!;
    if (typeof value !== 'string' || pick() % 10 !== 0) return JSON.stringify(value);
    const odd = [`${value}0`, `${value}e1`, `-${value}`, `${value}${value}`, '', ` ${value}`];
    if (pick() % 2 === 0) return JSON.stringify(odd[pick() % odd.length]);
    const escaped = [...value].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
    return `"${escaped.join('')}"`;
  };

  test.prop([seed, fc.infiniteStream(fc.nat())], { numRuns: 3000 })(
    'says what the parser says of a valid message, however oddly it is spelled',
    ([, msg, of], numbers) => {
      const changed = oddly(JSON.parse(msg), () => numbers.next().value!);
      expect(() => JSON.parse(changed)).not.toThrow();
      const events = scanned(changed, of);
      if (events !== undefined) expect(events).toEqual(parsed(changed, of));
    },
  );

  const characters = [...'0123456789.,:"[]{}\\-+eEabsuUpTtfn \u0000\u0130é'];
  const edit = fc.record({
    at: fc.nat(400),
    remove: fc.nat(3),
    insert: fc.array(fc.constantFrom(...characters), { maxLength: 3 }).map((all) => all.join('')),
  });
  test.prop([seed, fc.array(edit, { minLength: 1, maxLength: 3 })], { numRuns: 4000 })(
    'is what the parser would have said, or is not taken',
    ([name, msg, of], edits) => {
      // On a stream of its own, whose spelling is known: what is damaged is read by its outline first.
      expect(scanned(msg, of, name)).toBeDefined();
      let changed = msg;
      for (const { at, remove, insert } of edits) {
        const from = at % (changed.length + 1);
        changed = changed.slice(0, from) + insert + changed.slice(from + remove);
      }
      const events = scanned(changed, of, name);
      if (events !== undefined) expect(events).toEqual(parsed(changed, of, name));
    },
  );

  test.each(SEEDS)(
    'is what the parser would have said, or not taken, for every single damaged byte of a %s',
    (name, msg, of) => {
      let taken = 0;
      for (let at = 0; at < msg.length; at += 1)
        for (const character of '0 9."[],:}\\at') {
          // In turn by the outline of the stream, and by its fields.
          const chan = taken % 2 === 0 ? name : `${name} ${at} ${character}`;
          const changed = msg.slice(0, at) + character + msg.slice(at + 1);
          const events = scanned(changed, of, chan);
          if (events === undefined) continue;
          taken += 1;
          expect(events).toEqual(parsed(changed, of, chan));
        }
      expect(taken).toBeGreaterThan(40);
    },
  );

  describe('of mark prices', () => {
    const mark = (fields = '', T = 1723190400000) =>
      `{"stream":"1000pepeusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1723161256299,"s":"1000PEPEUSDT","p":"0.01234567","ap":"0.01","i":"0.01234000","P":"0.5","r":"-0.00012345"${fields},"T":${T},"st":1}}`;
    const record = (msg: string | Uint8Array) => ({ t: NOW, feed: USDM.feed, chan: 'm', msg });
    /** A decoder that has heard of the settlement to come. */
    const primed = (): BinanceState => {
      const state = futuresState();
      binanceUsdm.decode(state, record(` ${mark()}`));
      return state;
    };

    test('says what the parser says, and remembers what it remembers, while the same settlement is to come', () => {
      const [one, other] = [primed(), primed()];
      const events = structuredClone(scan(USDM, one, record(Buffer.from(mark()))));
      expect(events?.map(({ kind }) => kind)).toEqual(['markPrice', 'fundingPredicted', 'heard']);
      expect(events).toEqual(binanceUsdm.decode(other, record(` ${mark()}`)));
      expect(one).toEqual(other);
    });

    test('is for the parser when there is more to say, or less', () => {
      expect(scan(USDM, futuresState(), record(mark()))).toBeUndefined();
      for (const msg of [
        mark('', 1723219200000),
        mark('', 0),
        mark().replace('"-0.00012345"', '""'),
        mark().replace('"0.01234567"', '"0.00"'),
        mark().replace('"0.01234000"', '"x"'),
        mark(',"zz":1'),
      ])
        expect(scan(USDM, primed(), record(msg))).toBeUndefined();
    });

    test.prop([
      fc.integer({ min: 1, max: 999_999_999 }),
      fc.integer({ min: -9_999_999, max: 9_999_999 }),
    ])('reads prices and rates as Number does', (price, rate) => {
      const state = primed();
      const text = (price / 1e5).toFixed(5);
      const rateText = (rate / 1e8).toFixed(8);
      const msg = mark().replace('0.01234567', text).replace('-0.00012345', rateText);
      const [first, second] = scan(USDM, state, record(msg))!;
      expect(first).toMatchObject({ markPrice: Number(text) / 1000 });
      expect(second).toMatchObject({ fundingRate: Number(rateText) });
    });
  });

  describe('of mark prices of contracts in dollars', () => {
    const mark = (p = '61804.80000000', index = '"i":"61810.50000000",') =>
      `{"stream":"btcusd_perp@markPrice@1s","data":{"e":"markPriceUpdate","E":1723161256299,"s":"BTCUSD_PERP","ps":"BTCUSD","p":"${p}","P":"61800.0",${index}"r":"0.00010000","T":1723190400000,"st":2}}`;
    const record = (msg: string | Uint8Array) => ({ t: NOW, feed: COINM.feed, chan: 'm', msg });
    const primed = (): BinanceState => {
      const state = coinmState();
      binanceCoinm.decode(state, record(` ${mark()}`));
      return state;
    };

    test('says and remembers what the parser does', () => {
      const [one, other] = [primed(), primed()];
      const events = structuredClone(scan(COINM, one, record(Buffer.from(mark('61900.10000000')))));
      expect(events?.map(({ kind }) => kind)).toEqual(['markPrice', 'fundingPredicted', 'heard']);
      expect(events).toEqual(binanceCoinm.decode(other, record(` ${mark('61900.10000000')}`)));
      expect(one).toEqual(other);
      expect(one.marks.prices.get('BTCUSD_PERP')).toBe(61900.1);
    });

    test('is for the parser while open interest waits for a mark, and where the index is missing', () => {
      expect(scan(COINM, primed(), record(mark('61804.8', '')))).toBeUndefined();
      const state = primed();
      state.marks.waiting.set('ETHUSD_PERP', { count: 1, tsExchange: null });
      expect(scan(COINM, state, record(mark()))).toBeUndefined();
      state.marks.waiting.clear();
      expect(scan(COINM, state, record(mark()))).toBeDefined();
    });
  });

  test('is not for messages of the other futures product', () => {
    for (const [, msg, of] of SEEDS) {
      const own = of === 'coinm' ? '"st":2' : '"st":1';
      if (of === 'spot' || !msg.includes(own)) continue;
      expect(scanned(msg.replace(own, of === 'coinm' ? '"st":1' : '"st":2'), of)).toBeUndefined();
    }
  });

  test('follows a stream that changes its spelling', () => {
    const spellings = ['"E":1723161256299,"s":"BTCUSDT"', '"s":"BTCUSDT","E":1723161256299'];
    for (let round = 0; round < 60; round += 1)
      for (const size of ['1', '22.5', '333.125']) {
        const header = spellings[Math.floor(round / 20) % 2]!;
        const msg = `{"stream":"z","data":{"e":"depthUpdate",${header},"U":${10 ** (round % 15)},"u":${10 ** 14},"pu":0,"b":[["61496.5","${size}"]],"a":[]}}`;
        const events = scanned(msg, 'usdm', 'z');
        expect(events).toHaveLength(2);
        expect(events).toEqual(parsed(msg, 'usdm', 'z'));
      }
  });

  test('forgets what it has learnt when the listing is another one', () => {
    const state = futuresState();
    const record = { t: NOW, feed: USDM.feed, chan: 'relisted', msg: SEEDS[0]![1] };
    expect(scan(USDM, state, record)).toBeDefined();
    expect(scan(USDM, binanceUsdm.createState(), record)).toBeUndefined();
    const finer = { symbols: [futuresRow('BTCUSDT', {}, '0.05')] };
    const info = { t: NOW, feed: USDM.feed, chan: FUTURES_INFO, msg: JSON.stringify(finer) };
    binanceUsdm.decode(state, info);
    expect(scan(USDM, state, record)?.[0]).toMatchObject({ asks: Float64Array.of(1236006, 2510) });
  });

  recordedTest('is taken by nearly every recorded message, and always agrees', () => {
    for (const [name, protocol, product] of [
      ['binance-usdm/btcusdt-20240808.jsonl.gz', binanceUsdm, USDM],
      ['binance-spot/btcusdt-20240808.jsonl.gz', binanceSpot, SPOT],
      ['binance-usdm/sushi-akro-keep-ctk-20210722.jsonl.gz', binanceUsdm, USDM],
      ['binance-coinm/btcusd_perp-20240808.jsonl.gz', binanceCoinm, COINM],
    ] as const) {
      const state = protocol.createState();
      let taken = 0;
      let messages = 0;
      // A stretch of each is enough: the whole files are decoded elsewhere.
      for (const line of readRecording(name).slice(0, 6000)) {
        const record = { t: NOW, feed: product.feed, chan: line.chan!, msg: line.msg };
        const before = structuredClone(scan(product, state, record));
        const events = protocol.decode(state, { ...record, msg: ` ${line.msg}` });
        if (line.chan!.startsWith('rest:')) continue;
        messages += 1;
        if (before === undefined) continue;
        taken += 1;
        expect(events).toEqual(before);
      }
      expect(taken / messages).toBeGreaterThan(0.95);
    }
  });
});
