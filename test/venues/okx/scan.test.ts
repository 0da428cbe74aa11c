import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { EngineEvent } from '../../../src/model/event.ts';
import { okx } from '../../../src/venues/okx/okx.ts';
import { scan } from '../../../src/venues/okx/scan.ts';
import { answer, linearRow, listed, listingsOf, NOW, spotRow } from './support/decoder.ts';

const made = listed();
made.hear(
  listingsOf('SWAP'),
  answer([
    linearRow('BTC-USDT-SWAP', '0.01'),
    linearRow('ODD-USDT-SWAP', '1', { tickSz: '0.05', lotSz: '10' }),
    linearRow('PEPE-USDT-SWAP', '10000000', { tickSz: '0.000000001', lotSz: '0.1' }),
  ]),
);
made.hear(listingsOf('SPOT'), answer([spotRow('BTC-USDT')]));
const { state } = made;
const CHAN = 'books:x';

/** What the parser says: white space in front is the same message to it and a foreign spelling to the shortcut. */
const parsed = (msg: string): readonly EngineEvent[] =>
  okx.decode(structuredClone(state), { t: NOW, feed: 'okx', chan: CHAN, msg: ` ${msg}` });

/** What the shortcut says, which does not depend on whether the message came as text or as bytes. A copy: what it hands out is lent. */
function scanned(msg: string): readonly EngineEvent[] | undefined {
  const [fromText, fromBytes] = [msg, Buffer.from(msg)].map((each) =>
    structuredClone(scan(state, { t: NOW, feed: 'okx', chan: CHAN, msg: each })),
  );
  // Half a pair of surrogates is a character to a string and none to bytes.
  if (msg.isWellFormed()) expect(fromBytes).toEqual(fromText);
  return fromText;
}

const plain = (events: readonly EngineEvent[] | undefined) => structuredClone(events);

const book = (symbol: string, row: string, action = 'update') =>
  `{"arg":{"channel":"books","instId":"${symbol}"},"action":"${action}","data":[{${row}}]}`;
const best = (symbol: string, row: string) =>
  `{"arg":{"channel":"bbo-tbt","instId":"${symbol}"},"data":[{${row}}]}`;

const SEEDS: readonly (readonly [name: string, msg: string])[] = [
  [
    'a change of a swap',
    book(
      'BTC-USDT-SWAP',
      '"asks":[["84770.1","0","0","0"],["84771","12.5","0","3"]],"bids":[["84769.9","415","0","13"]],"ts":"1791503999885","checksum":0,"prevSeqId":123456,"seqId":123457',
    ),
  ],
  [
    'a change of inverse contracts, one side alone',
    book(
      'BTC-USD-SWAP',
      '"asks":[],"bids":[["84769.9","415","0","13"]],"ts":"1791503999885","checksum":0,"prevSeqId":9999999999,"seqId":5',
    ),
  ],
  [
    'a change of spot, in another order',
    book(
      'BTC-USDT',
      '"seqId":8,"prevSeqId":7,"bids":[["84769.9","0.00000001","0","1"],["84000","123.45678","0","2"]],"asks":[],"checksum":0,"ts":"1791503999885"',
    ),
  ],
  [
    'a change on odd grids',
    book(
      'ODD-USDT-SWAP',
      '"asks":[["1.05","120","0","1"]],"bids":[["1","0","0","0"]],"ts":"1791503999885","checksum":0,"prevSeqId":1,"seqId":2',
    ),
  ],
  [
    'a change of a cheap coin',
    book(
      'PEPE-USDT-SWAP',
      '"asks":[["0.000012345","120.1","0","1"]],"bids":[["0.000012344","9","0","4"]],"ts":"1791503999885","checksum":0,"prevSeqId":1,"seqId":2',
    ),
  ],
  [
    'a sign of life',
    book(
      'BTC-USDT-SWAP',
      '"asks":[],"bids":[],"ts":"1791503999885","checksum":0,"prevSeqId":7,"seqId":7',
    ),
  ],
  [
    'best prices',
    best(
      'BTC-USDT-SWAP',
      '"asks":[["84770.1","12.5","0","3"]],"bids":[["84769.9","415","0","13"]],"ts":"1791503999885","seqId":123457',
    ),
  ],
];

describe('a message that is read from its bytes says what the parser says', () => {
  test.each(SEEDS)('%s', (_, msg) => {
    const events = scanned(msg);
    expect(events).toBeDefined();
    expect(events).toEqual(plain(parsed(msg)));
    expect(Object.keys(events![0]!).toSorted()).toEqual(Object.keys(parsed(msg)[0]!).toSorted());
  });

  const price = fc.integer({ min: 1, max: 2_000_000 }).map((ticks) => (ticks / 10).toString());
  const size = fc.integer({ min: 0, max: 10_000_000 }).map((lots) => (lots / 100).toString());
  const level = fc
    .tuple(price, size, fc.nat(999))
    .map(([p, s, orders]) => `["${p}","${s}","0","${orders}"]`);
  const side = fc.array(level, { maxLength: 40 }).map((rows) => `[${rows.join(',')}]`);
  const id = fc.integer({ min: 0, max: 1e14 });
  const fields = fc
    .tuple(side, side, id, id, fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }))
    .chain(([a, b, previous, last, ts]) =>
      fc.shuffledSubarray(
        [
          `"asks":${a}`,
          `"bids":${b}`,
          `"ts":"${ts}"`,
          '"checksum":0',
          `"prevSeqId":${previous}`,
          `"seqId":${last}`,
        ],
        { minLength: 6 },
      ),
    )
    .map((parts) => parts.join(','));

  test.prop([fields, fc.constantFrom('BTC-USDT-SWAP', 'BTC-USD-SWAP')], { numRuns: 300 })(
    'any change of a book',
    (row, symbol) => {
      const msg = book(symbol, row);
      const events = scanned(msg);
      expect(events ?? plain(parsed(msg))).toEqual(plain(parsed(msg)));
      // Inverse contracts are whole, so half a contract is for the parser.
      if (symbol === 'BTC-USDT-SWAP') expect(events).toBeDefined();
    },
  );

  const spoilt = fc.tuple(
    fc.constantFrom(...SEEDS.map(([, msg]) => msg)),
    fc.nat(400),
    fc.oneof(
      fc.constantFrom(
        '"',
        '\\',
        '{',
        '[',
        ',',
        '-',
        '.',
        '0',
        'e',
        ' ',
        '\u0000',
        'é',
        '"seqId":1,',
      ),
      fc.string({ maxLength: 3 }),
    ),
    fc.nat(4),
  );
  test.prop([spoilt], { numRuns: 4000 })(
    'any message that has been tampered with, or it is left to the parser',
    ([msg, at, insert, remove]) => {
      const from = at % (msg.length + 1);
      const text = msg.slice(0, from) + insert + msg.slice(from + remove);
      const events = scanned(text);
      if (events !== undefined) expect(events).toEqual(plain(parsed(text)));
    },
  );

  test('every message cut short or longer anywhere is left to the parser', () => {
    for (const [, msg] of SEEDS)
      for (let end = 0; end < msg.length; end += 1) {
        expect(scanned(msg.slice(0, end))).toBeUndefined();
        expect(scanned(`${msg}${msg.slice(0, end + 1)}`)).toBeUndefined();
      }
  });
});

describe('left to the parser is', () => {
  const row = (fields: string) =>
    `"asks":[["84770.1","1","0","1"]],"bids":[["84769.9","1","0","1"]],${fields}`;
  const rest = '"ts":"1791503999885","checksum":0,"prevSeqId":7,"seqId":8';
  test.each([
    ['a snapshot', book('BTC-USDT-SWAP', row(rest), 'snapshot')],
    ['a symbol that nobody listed', book('XXX-USDT-SWAP', row(rest))],
    ['a checksum', book('BTC-USDT-SWAP', row(rest.replace('"checksum":0', '"checksum":-5')))],
    ['no number', book('BTC-USDT-SWAP', row('"ts":"1791503999885","checksum":0'))],
    ['a field twice', book('BTC-USDT-SWAP', row(`${rest},"seqId":9`))],
    ['a field more', book('BTC-USDT-SWAP', row(`${rest},"zz":9`))],
    ['a number as text', book('BTC-USDT-SWAP', row(rest.replace(':8', ':"8"')))],
    ['a time of another age', book('BTC-USDT-SWAP', row(rest.replace('1791503999885', '17915')))],
    ['a price between the ticks', book('BTC-USDT-SWAP', row(rest).replace('84770.1', '84770.15'))],
    ['a price of zero', book('BTC-USDT-SWAP', row(rest).replace('84770.1', '0.0'))],
    [
      'a level of three',
      book('BTC-USDT-SWAP', row(rest).replace('"0","1"]],"bids"', '"0"]],"bids"')),
    ],
    [
      'two best bids',
      best(
        'BTC-USDT-SWAP',
        '"asks":[["2","1","0","1"]],"bids":[["1","1","0","1"],["0.9","1","0","1"]],"ts":"1791503999885","seqId":5',
      ),
    ],
    ['two rows', book('BTC-USDT-SWAP', `${row(rest)}},{${row(rest)}`)],
    ['another channel', book('BTC-USDT-SWAP', row(rest)).replace('"books"', '"books5"')],
  ])('%s', (_, msg) => {
    expect(scanned(msg)).toBeUndefined();
  });
});

test('what the shortcut reads leaves no trace in the memory', () => {
  const before = structuredClone(state);
  for (const [, msg] of SEEDS) scanned(msg);
  expect(state).toEqual(before);
});
