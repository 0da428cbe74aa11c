import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { EngineEvent } from '../../../src/model/event.ts';
import type { BinanceState } from '../../../src/venues/binance/draft.ts';
import { SPOT, USDM } from '../../../src/venues/binance/product.ts';
import { scan } from '../../../src/venues/binance/scan.ts';
import { binanceSpot } from '../../../src/venues/binance/spot.ts';
import { binanceUsdm } from '../../../src/venues/binance/usdm.ts';
import { readRecording, recordedTest } from '../../support/recordings.ts';
import { FUTURES_INFO, futuresRow, NOW, SPOT_INFO, spotRow } from './support/decoder.ts';

const chan = 'btcusdt@x';

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

const futures = futuresState();
const pairs = spotState();

/** What the parser says: white space in front is the same message to it and a foreign spelling to the shortcut. */
const parsed = (msg: string, isSpot = false): EngineEvent[] => {
  const protocol = isSpot ? binanceSpot : binanceUsdm;
  const state = structuredClone(isSpot ? pairs : futures);
  return protocol.decode(state, { t: NOW, feed: protocol.feed, chan, msg: ` ${msg}` });
};

const scanned = (msg: string, isSpot = false): EngineEvent[] | undefined => {
  const product = isSpot ? SPOT : USDM;
  return scan(product, isSpot ? pairs : futures, { t: NOW, feed: product.feed, chan, msg });
};

const SEEDS: readonly (readonly [name: string, msg: string, isSpot: boolean])[] = [
  [
    'futures depth',
    '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT","U":5123107832006,"u":5123107837557,"pu":5123107831937,"b":[["58710.20","0.014"],["61496.5","10"],["61510.90","0.000"]],"a":[["61800.30","2.510"]]}}',
    false,
  ],
  [
    'futures depth of 2026',
    '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1791391083124,"T":1791391083120,"s":"BTCUSDT","ps":"BTCUSDT","st":1,"U":390497796,"u":390497878,"pu":390497794,"b":[],"a":[["7405.90","0"]]}}',
    false,
  ],
  [
    'depth of a bundle',
    '{"stream":"1000pepeusdt@depth@100ms","data":{"e":"depthUpdate","E":1791391083124,"T":1791391083120,"s":"1000PEPEUSDT","U":1,"u":2,"pu":0,"b":[["0.0123456","25"]],"a":[]}}',
    false,
  ],
  [
    'spot depth',
    '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1723161255308,"s":"BTCUSDT","U":50093239203,"u":50093239207,"b":[["55653.87000000","0.00000000"]],"a":[["61838.04000000","0.32332000"]]}}',
    true,
  ],
  [
    'futures quote',
    '{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":5123107839020,"s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1723161256313,"E":1723161256315}}',
    false,
  ],
  [
    'spot quote',
    '{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}',
    true,
  ],
  [
    'futures aggregate trade',
    '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1791391082024,"a":3478018549,"s":"BTCUSDT","p":"83434.40","q":"0.016","nq":"0.016","f":8154045700,"l":8154045704,"T":1791391081874,"m":true,"st":1}}',
    false,
  ],
  [
    'futures trade',
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161256322,"T":1723161256322,"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}',
    false,
  ],
  [
    'trade of a bundle',
    '{"stream":"1000pepeusdt@aggTrade","data":{"e":"aggTrade","E":1791391082024,"a":7,"s":"1000PEPEUSDT","p":"0.0123457","q":"31","f":1,"l":1,"T":1791391081874,"m":true}}',
    false,
  ],
  [
    'spot trade',
    '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}',
    true,
  ],
];

describe('the shortcut through a message', () => {
  test.each(SEEDS)('is taken by a real %s and says what the parser says', (_, msg, isSpot) => {
    const events = scanned(msg, isSpot);
    expect(events).toHaveLength(2);
    expect(events).toEqual(parsed(msg, isSpot));
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

  test('hands out levels that the next message does not overwrite', () => {
    const [, msg] = SEEDS[0]!;
    const before = JSON.stringify(scanned(msg));
    const kept = scanned(msg)!;
    for (let i = 0; i < 5000; i += 1) scanned(SEEDS[1]![1]);
    expect(JSON.stringify(kept)).toBe(before);
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
    ['a step that is no power of ten', /BTCUSDT","U/, 'ODDUSDT","U'],
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
    ['more digits than a double holds', '"2.510"', '"25100000000.123"'],
  ])('is not for %s', (_, from, to) => {
    const [, msg] = SEEDS[0]!;
    const changed = msg.replace(from, to);
    expect(changed).not.toBe(msg);
    expect(scanned(changed)).toBeUndefined();
  });

  const seed = fc.constantFrom(...SEEDS);
  const characters = [...'0123456789.,:"[]{}\\-+eEabsuUpTtfn \u0000\u0130é'];
  const edit = fc.record({
    at: fc.nat(400),
    remove: fc.nat(3),
    insert: fc.array(fc.constantFrom(...characters), { maxLength: 3 }).map((all) => all.join('')),
  });
  test.prop([seed, fc.array(edit, { minLength: 1, maxLength: 3 })], { numRuns: 4000 })(
    'is what the parser would have said, or is not taken',
    ([, msg, isSpot], edits) => {
      let changed = msg;
      for (const { at, remove, insert } of edits) {
        const from = at % (changed.length + 1);
        changed = changed.slice(0, from) + insert + changed.slice(from + remove);
      }
      const events = scanned(changed, isSpot);
      if (events !== undefined) expect(events).toEqual(parsed(changed, isSpot));
    },
  );

  test('is what the parser would have said, or not taken, for every single damaged byte', () => {
    const [, depth] = SEEDS[0]!;
    let taken = 0;
    for (let at = 0; at < depth.length; at += 1)
      for (const character of '0 9."[],:}\\a') {
        const changed = depth.slice(0, at) + character + depth.slice(at + 1);
        const events = scanned(changed);
        if (events === undefined) continue;
        taken += 1;
        expect(events).toEqual(parsed(changed));
      }
    expect(taken).toBeGreaterThan(100);
  });

  recordedTest('is taken by nearly every recorded message, and always agrees', () => {
    for (const [name, protocol, product] of [
      ['binance-usdm/btcusdt-20240808.jsonl.gz', binanceUsdm, USDM],
      ['binance-spot/btcusdt-20240808.jsonl.gz', binanceSpot, SPOT],
      ['binance-usdm/sushi-akro-keep-ctk-20210722.jsonl.gz', binanceUsdm, USDM],
    ] as const) {
      const state = protocol.createState();
      let taken = 0;
      let messages = 0;
      // A stretch of each is enough: the whole files are decoded elsewhere.
      for (const line of readRecording(name).slice(0, 6000)) {
        const record = { t: NOW, feed: product.feed, chan: line.chan!, msg: line.msg };
        const before = scan(product, state, record);
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
