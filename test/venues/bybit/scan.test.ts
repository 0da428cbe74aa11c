import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { BookDelta, EngineEvent } from '../../../src/model/event.ts';
import type { BybitState } from '../../../src/venues/bybit/draft.ts';
import { bybitInverse, bybitLinear } from '../../../src/venues/bybit/families.ts';
import { INVERSE, LINEAR } from '../../../src/venues/bybit/product.ts';
import { scan } from '../../../src/venues/bybit/scan.ts';
import { readRecording, recordedTest } from '../../support/recordings.ts';
import {
  answer,
  book,
  contractRow,
  INVERSE_INFO,
  inverseRow,
  LINEAR_INFO,
  NOW,
} from './support/decoder.ts';

const CHAN = 'orderbook.1000.BTCUSDT';

/** A decoder that has heard the listings, and a snapshot of each book by the parser. */
function primed(
  protocol: typeof bybitLinear,
  rows: readonly { readonly symbol: string }[],
  chan: string,
): BybitState {
  const state = protocol.createState();
  const hear = (msg: unknown, of: string) =>
    protocol.decode(state, {
      t: NOW,
      feed: protocol.feed,
      chan: of,
      msg: ` ${JSON.stringify(msg)}`,
    });
  hear(answer({ list: rows, nextPageCursor: '' }), chan);
  for (const { symbol } of rows) hear(book('snapshot', 1, [], [], { symbol }), CHAN);
  return state;
}

const FAMILIES = {
  linear: {
    protocol: bybitLinear,
    product: LINEAR,
    state: primed(
      bybitLinear,
      [
        contractRow('BTCUSDT'),
        contractRow('XRPUSDT', {
          priceFilter: { tickSize: '0.0001' },
          lotSizeFilter: { qtyStep: '0.1' },
        }),
        contractRow('1000PEPEUSDT', {
          baseCoin: '1000PEPE',
          priceFilter: { tickSize: '0.0000001' },
          lotSizeFilter: { qtyStep: '100' },
        }),
      ],
      LINEAR_INFO,
    ),
  },
  inverse: {
    protocol: bybitInverse,
    product: INVERSE,
    state: primed(bybitInverse, [inverseRow('BTCUSD')], INVERSE_INFO),
  },
} as const;
type Of = keyof typeof FAMILIES;

/** What the parser says: white space in front is the same message to it and a foreign spelling to the shortcut. */
const parsed = (msg: string, of: Of = 'linear'): readonly EngineEvent[] => {
  const { protocol, state } = FAMILIES[of];
  const record = { t: NOW, feed: protocol.feed, chan: CHAN, msg: ` ${msg}` };
  return protocol.decode(structuredClone(state), record);
};

/** What the shortcut says, which does not depend on whether the message came as text or as bytes. A copy: what it hands out is lent. */
const scanned = (msg: string, of: Of = 'linear'): readonly EngineEvent[] | undefined => {
  const { product, state } = FAMILIES[of];
  const [fromText, fromBytes] = [msg, Buffer.from(msg)].map((each) =>
    structuredClone(scan(product, state, { t: NOW, feed: product.feed, chan: CHAN, msg: each })),
  );
  // Half a pair of surrogates is a character to a string and none to bytes.
  if (msg.isWellFormed()) expect(fromBytes).toEqual(fromText);
  return fromText;
};

const SEEDS: readonly (readonly [name: string, msg: string, of: Of])[] = [
  [
    'change',
    '{"topic":"orderbook.1000.BTCUSDT","type":"delta","ts":1687940967466,"data":{"s":"BTCUSDT","b":[["30247.20","0"],["30247.1","12.250"]],"a":[["30248.80","1.2"]],"u":177400507,"seq":66544703342},"cts":1687940967464}',
    'linear',
  ],
  [
    'snapshot',
    '{"topic":"orderbook.1000.BTCUSDT","type":"snapshot","ts":1672304484978,"data":{"s":"BTCUSDT","b":[["16493.50","0.006"],["16493.00","0.100"]],"a":[["16611.00","0.029"]],"u":18521288,"seq":7961638724},"cts":1672304484976}',
    'linear',
  ],
  [
    'change of one side',
    '{"topic":"orderbook.1000.XRPUSDT","type":"delta","ts":1733011200693,"data":{"s":"XRPUSDT","b":[],"a":[["1.9531","6198"],["1.9529","2080.5"]],"u":20254870,"seq":1},"cts":1733011200690}',
    'linear',
  ],
  [
    'change of a bundle',
    '{"topic":"orderbook.1000.1000PEPEUSDT","type":"delta","ts":1733011200693,"data":{"s":"1000PEPEUSDT","b":[["0.0123456","2500"]],"a":[],"u":5,"seq":9},"cts":1733011200690}',
    'linear',
  ],
  [
    'change in dollars',
    '{"topic":"orderbook.1000.BTCUSD","type":"delta","ts":1733011200693,"data":{"s":"BTCUSD","b":[["28560.00","340549"]],"a":[["28560.50","70817"]],"u":6,"seq":9},"cts":1733011200690}',
    'inverse',
  ],
];

const [, DELTA] = SEEDS[0]!;

describe('the shortcut through a book', () => {
  test.each(SEEDS)('is taken by a real %s and says what the parser says', (_, msg, of) => {
    const events = scanned(msg, of);
    expect(events).toHaveLength(2);
    expect(events).toEqual(parsed(msg, of));
  });

  test('lends the same objects for every change, so that it makes no garbage', () => {
    const { product, state } = FAMILIES.linear;
    const hand = (msg: string) =>
      scan(product, state, { t: NOW, feed: product.feed, chan: CHAN, msg })!;
    const first = hand(DELTA);
    const [delta, heard] = first;
    const { bids } = delta as BookDelta;
    hand(SEEDS[1]![1]);
    const again = hand(DELTA);
    expect(again).toBe(first);
    expect(again[0]).toBe(delta);
    expect(again[1]).toBe(heard);
    expect((again[0] as BookDelta).bids).toBe(bids);
  });

  test('leaves the state as it was', () => {
    const { state } = FAMILIES.linear;
    const before = structuredClone(state);
    for (const [, msg, of] of SEEDS) scanned(msg, of);
    expect(state).toEqual(before);
  });

  test('reads nothing of a longer message that was read before', () => {
    for (let cut = 1; cut < DELTA.length - 2; cut += 1) {
      scanned(DELTA);
      expect(scanned(DELTA.slice(0, cut))).toBeUndefined();
      expect(scanned(`${DELTA.slice(0, cut)}}`)).toBeUndefined();
    }
  });

  test.each([
    ['a symbol without listing', /BTCUSDT/g, 'ETHUSDT'],
    ['a topic of another symbol', 'orderbook.1000.BTCUSDT', 'orderbook.1000.XRPUSDT'],
    ['another depth', 'orderbook.1000.', 'orderbook.200.'],
    ['the best bid and ask', 'orderbook.1000.', 'orderbook.1.'],
    ['another topic', 'orderbook', 'orderboom'],
    ['another type', '"delta"', '"other"'],
    ['a price between the steps', '30247.1"', '30247.15"'],
    ['a price of zero', '"30247.1"', '"0.0"'],
    ['numbers for texts', '"30247.1"', '30247.1'],
    ['a level of three', '["30247.1","12.250"]', '["30247.1","12.250",[]]'],
    ['a level of one', '["30247.1","12.250"]', '["30247.1"]'],
    ['an unknown field', '"u":', '"zz":1,"u":'],
    ['a field that is missing', ',"seq":66544703342', ''],
    [
      'fields in another order',
      '"u":177400507,"seq":66544703342',
      '"seq":66544703342,"u":177400507',
    ],
    ['a time inside', '},"cts":1687940967464', ',"cts":1687940967464}'],
    ['a leading zero', '"u":1', '"u":01'],
    ['a fraction', '"u":177400507', '"u":177400507.5'],
    ['an exponent', '"u":177400507', '"u":1774e2'],
    ['a sign', '"u":1', '"u":-1'],
    ['a time in the wrong unit', '"ts":1687940967466', '"ts":1687940967'],
    ['an escape', 'delta', 'd\\u0065lta'],
    ['a character beyond ASCII', '"30247.1"', '"3024７.1"'],
    ['white space', ',"data":', ', "data":'],
    ['more digits than a double holds', '"12.250"', '"1225000000000.123"'],
  ])('is not for %s', (_, from, to) => {
    const changed = DELTA.replace(from, to);
    expect(changed).not.toBe(DELTA);
    expect(scanned(changed)).toBeUndefined();
  });

  test('is not for a book whose depth or listing is news', () => {
    const { product } = FAMILIES.linear;
    const state = structuredClone(FAMILIES.linear.state);
    const record = { t: NOW, feed: product.feed, chan: CHAN, msg: DELTA };
    expect(scan(product, state, record)).toBeDefined();
    state.depths.delete('BTCUSDT');
    expect(scan(product, state, record)).toBeUndefined();
    state.depths.set('BTCUSDT', 1000);
    const listed = state.listings.get('BTCUSDT')!;
    state.listings.set('BTCUSDT', { ...listed, isAnnounced: false });
    expect(scan(product, state, record)).toBeUndefined();
    const instrument = { ...listed.instrument, bookLevels: 500 };
    state.listings.set('BTCUSDT', { ...listed, instrument });
    expect(scan(product, state, record)).toBeUndefined();
  });

  const decimal = (decimals: number) =>
    fc
      .integer({ min: 0, max: 99_999_999 })
      .map((value) => (value / 10 ** decimals).toFixed(decimals));
  const side = fc.array(fc.tuple(decimal(2), fc.oneof(decimal(3), fc.constant('0'))), {
    maxLength: 30,
  });
  test.prop([side, side, fc.maxSafeNat(), fc.maxSafeNat(), fc.boolean()], { numRuns: 1500 })(
    'says what the parser says of any levels and numbers, or steps aside',
    (b, a, u, seq, isDelta) => {
      const msg = JSON.stringify({
        topic: CHAN,
        type: isDelta ? 'delta' : 'snapshot',
        ts: 1687940967466,
        data: { s: 'BTCUSDT', b, a, u, seq },
        cts: 1687940967464,
      });
      const events = scanned(msg);
      if (events !== undefined) expect(events).toEqual(parsed(msg));
      const isPlain =
        u < 1e15 &&
        seq < 1e15 &&
        [...b, ...a].every(([price]) => Number(price) > 0 && price.endsWith('0'));
      if (isPlain) expect(events).toBeDefined();
    },
  );

  const seed = fc.constantFrom(...SEEDS);
  const characters = [...'0123456789.,:"[]{}\\-+eEabsuUpTtfn \u0000\u0130é'];
  const edit = fc.record({
    at: fc.nat(400),
    remove: fc.nat(3),
    insert: fc.array(fc.constantFrom(...characters), { maxLength: 3 }).map((all) => all.join('')),
  });
  test.prop([seed, fc.array(edit, { minLength: 1, maxLength: 3 })], { numRuns: 4000 })(
    'is what the parser would have said, or is not taken',
    ([, msg, of], edits) => {
      let changed = msg;
      for (const { at, remove, insert } of edits) {
        const from = at % (changed.length + 1);
        changed = changed.slice(0, from) + insert + changed.slice(from + remove);
      }
      const events = scanned(changed, of);
      if (events !== undefined) expect(events).toEqual(parsed(changed, of));
    },
  );

  test.each(SEEDS)(
    'is what the parser would have said, or not taken, for every single damaged byte of a %s',
    (_, msg, of) => {
      let taken = 0;
      for (let at = 0; at < msg.length; at += 1)
        for (const character of '0 9."[],:}\\at') {
          const changed = msg.slice(0, at) + character + msg.slice(at + 1);
          const events = scanned(changed, of);
          if (events === undefined) continue;
          taken += 1;
          expect(events).toEqual(parsed(changed, of));
        }
      expect(taken).toBeGreaterThan(40);
    },
  );

  recordedTest('is taken by every message of a recorded book but those that bring news', () => {
    const [one, other] = [bybitLinear.createState(), bybitLinear.createState()];
    let taken = 0;
    for (const { chan, msg } of readRecording('bybit/xrpusdt-ob500-20241201.jsonl.gz')) {
      const record = { t: NOW, feed: LINEAR.feed, chan: chan!, msg };
      const events = structuredClone(scan(LINEAR, one, record));
      if (events !== undefined) taken += 1;
      const said = structuredClone(bybitLinear.decode(one, record));
      expect(events ?? said).toEqual(said);
      expect(said).toEqual(bybitLinear.decode(other, { ...record, msg: ` ${msg}` }));
      expect(one).toEqual(other);
    }
    expect(taken).toBe(49);
  });
});
