import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { createDecoderState, decodeRecord } from '../../src/feed/decode.ts';
import { type RawRecord, SELF_FEED } from '../../src/model/record.ts';
import type { Micros } from '../../src/model/units.ts';
import { protocolOf } from '../../src/venues/index.ts';
import type { Protocol } from '../../src/venues/protocol.ts';

const T = 1_700_000_000_000_000 as Micros;
const record = (feed: string, chan: string, msg = ''): RawRecord => ({ t: T, feed, chan, msg });
const decode = (each: RawRecord) => decodeRecord(createDecoderState(), protocolOf, each);

test('a tick is the passing of a second', () => {
  expect(decode(record(SELF_FEED, 'tick'))).toEqual([{ kind: 'tick', tsLocal: T }]);
});

test('what a feed reports about itself keeps its feed and time', () => {
  const report = { kind: 'connected', connection: 'public' };
  expect(decode(record('binance-usdm', 'feed', JSON.stringify(report)))).toEqual([
    { kind: 'feed', feed: 'binance-usdm', report, tsLocal: T },
  ]);
  expect(decode(record(SELF_FEED, 'feed', JSON.stringify(report)))[0]?.kind).toBe('feed');
});

test('a message goes to the protocol of its feed, whose memory lasts', () => {
  const state = createDecoderState();
  const message = '{"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate"}}';
  const events = decodeRecord(
    state,
    protocolOf,
    record('binance-usdm', 'btcusdt@markPrice@1s', message),
  );
  expect(events.some(({ kind }) => kind === 'heard')).toBe(true);
  const memory = state.memories.get('binance-usdm');
  expect(memory).toBeDefined();
  decodeRecord(state, protocolOf, record('binance-usdm', 'x', 'y'));
  expect(state.memories.get('binance-usdm')).toBe(memory);
});

test('a record of a feed that nobody knows is rejected', () => {
  expect(decode(record('nowhere', 'x', '{}'))).toEqual([
    { kind: 'rejected', feed: 'nowhere', chan: 'x', reason: 'unknown feed', tsLocal: T },
  ]);
});

test('a decoder that throws costs its message and nothing else', () => {
  const broken = {
    liquidations: null,
    createState: () => ({}),
    decode: () => {
      throw new TypeError('oops');
    },
  } as unknown as Protocol<unknown>;
  const events = decodeRecord(createDecoderState(), () => broken, record('toy', 'x'));
  expect(events).toMatchObject([{ kind: 'rejected', reason: 'decoder failed: TypeError' }]);
});

test.prop([
  fc.constantFrom('binance-usdm', 'binance-spot', SELF_FEED, 'nowhere'),
  fc.oneof(fc.string(), fc.constantFrom('feed', 'tick', '?', 'rest:/fapi/v1/depth')),
  fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.constantFrom('{"kind":"rest"}', '{"kind":"constructor"}', '{"kind":"clock","offset":"1"}'),
  ),
])('whatever a record holds, decoding answers and does not throw', (feed, chan, msg) => {
  expect(Array.isArray(decode(record(feed, chan, msg)))).toBe(true);
});

test('what a feed reports reaches its protocol, whose decoding depends on it', () => {
  const state = createDecoderState();
  const report = { kind: 'subscribed', connection: 'default', streams: ['trades:BTC'] };
  decodeRecord(state, protocolOf, record('hyperliquid', 'feed', JSON.stringify(report)));
  const print = (time: number, tid: number) => ({
    coin: 'BTC',
    side: 'B',
    px: '1',
    sz: '1',
    time,
    tid,
  });
  const trades = [print(T / 1000 - 5, 1), print(T / 1000 + 5, 2)];
  const events = decodeRecord(
    state,
    protocolOf,
    record('hyperliquid', 'trades:BTC', JSON.stringify({ channel: 'trades', data: trades })),
  );
  expect(events.flatMap((event) => (event.kind === 'trade' ? [event.id] : []))).toEqual([2]);
});
