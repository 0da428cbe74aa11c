import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { messageTime } from '../../src/feed/message-time.ts';

const MS = 1_700_000_000_123;

test.each([
  [
    'Binance, whose T may be a settlement to come',
    { stream: 'x', data: { e: 'markPriceUpdate', E: MS, T: MS + 1e7 } },
  ],
  ['Binance liquidations', { data: { e: 'forceOrder', o: { T: MS } } }],
  ['Bybit', { topic: 'x', ts: MS, data: { s: 'x' } }],
  ['Bybit with its time last', { topic: 'x', data: { symbol: 'x' }, cs: 1, ts: MS }],
  ['OKX', { arg: {}, data: [{ ts: `${MS}` }] }],
  ['OKX liquidations', { data: [{ details: [{ ts: `${MS}` }] }] }],
  ['Deribit', { jsonrpc: '2.0', params: { channel: 'x', data: { timestamp: MS } } }],
  ['Deribit trades', { params: { data: [{ timestamp: MS }] } }],
  ['Hyperliquid', { channel: 'trades', data: [{ time: MS }] }],
  ['microseconds', { usOut: MS * 1000 }],
  ['nanoseconds', { time: `${MS}000000` }],
  ['a REST list', [{ time: MS }]],
])('the time of a message is found: %s', (_, message) => {
  expect(messageTime(JSON.stringify(message))).toBe(MS * 1000);
});

test('trade ids, prices and other numbers are no times', () => {
  expect(messageTime('{"data":{"t":5266583935,"u":1127645101,"b":"8010.0"}}')).toBeUndefined();
  expect(messageTime('{"E":12,"T":"soon","ts":null}')).toBeUndefined();
});

test('a time that a double cannot hold in whole microseconds is none', () => {
  expect(messageTime('{"T":9007199254740991}')).toBe(Number.MAX_SAFE_INTEGER);
  expect(messageTime('{"T":9007199254740992}')).toBeUndefined();
  expect(messageTime('{"T":9.1e18}')).toBeUndefined();
});

test.prop([fc.oneof(fc.string(), fc.json())])('no text makes it throw', (text) => {
  const time = messageTime(text);
  expect(time === undefined || Number.isSafeInteger(time)).toBe(true);
});
