import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { binanceUsdm } from '../../../src/venues/binance/usdm.ts';

const { frame } = binanceUsdm;

describe('a message is known by its stream', () => {
  test.each([
    ['combined', '{"stream":"btcusdt@depth@100ms","data":{}}', 'btcusdt@depth@100ms'],
    [
      'combined, keys reversed',
      '{"data":{},"stream":"btcusdt@depth@100ms"}',
      'btcusdt@depth@100ms',
    ],
    ['combined, with white space', ' { "stream" : "a@b" , "data" : 1 }', 'a@b'],
    ['combined, with an escape', '{"stream":"btcusdt\\u0040trade","data":{}}', 'btcusdt@trade'],
    ['all-market', '{"stream":"!forceOrder@arr","data":{}}', '!forceOrder@arr'],
    ['bare depth', '{"e":"depthUpdate","s":"BTCUSDT"}', 'btcusdt@depth@100ms'],
    [
      'bare quote of spot',
      '{"u":1,"s":"BTCUSDT","b":"1","B":"1","a":"2","A":"1"}',
      'btcusdt@bookTicker',
    ],
    ['bare mark prices', '[{"e":"markPriceUpdate","s":"BTCUSDT"}]', '!markPrice@arr@1s'],
    ['bare liquidation', '{"e":"forceOrder","o":{"s":"BTCUSDT"}}', 'btcusdt@forceOrder'],
    ['bare contract change', '{"e":"contractInfo","s":"BTCUSDT"}', '!contractInfo'],
  ])('%s', (_, text, stream) => {
    expect(frame(text)).toEqual({ kind: 'data', stream });
  });
});

describe('an answer to a subscription', () => {
  test('acknowledges by number', () => {
    expect(frame('{"result":null,"id":1}')).toEqual({ kind: 'ack', id: 1 });
    expect(frame('{"id":3,"result":["btcusdt@depth@100ms"]}')).toEqual({ kind: 'ack', id: 3 });
  });
  test('refuses, wrapped or as the documentation prints it', () => {
    const msg = 'Invalid request: invalid stream';
    expect(frame(JSON.stringify({ error: { code: 2, msg }, id: 5 }))).toEqual({
      kind: 'error',
      id: 5,
      reason: `2 ${msg}`,
    });
    expect(frame(JSON.stringify({ code: 3, msg }))).toEqual({
      kind: 'error',
      id: null,
      reason: `3 ${msg}`,
    });
  });
});

test('the announcement of a shutdown asks for a replacement', () => {
  expect(frame('{"e":"serverShutdown","E":1791391083124}')).toEqual({ kind: 'closing' });
  expect(frame('{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1}}')).toEqual({
    kind: 'closing',
  });
});

test.each([
  '',
  '{',
  'pong',
  'null',
  '5',
  '[]',
  '{}',
  '{"e":"depthUpdate"}',
  '{"e":"unheardOf","s":"A"}',
])('%j is unreadable', (text) => {
  expect(frame(text).kind).toBe('unreadable');
});

test.prop([fc.oneof(fc.string(), fc.json())])('no text makes it throw', (text) => {
  expect(['data', 'ack', 'error', 'closing', 'unreadable']).toContain(frame(text).kind);
});

test('subscriptions are numbered', () => {
  expect(JSON.parse(binanceUsdm.subscribe(['a@depth', 'b@depth'], 7))).toEqual({
    method: 'SUBSCRIBE',
    params: ['a@depth', 'b@depth'],
    id: 7,
  });
  expect(JSON.parse(binanceUsdm.unsubscribe(['a@depth'], 8))).toEqual({
    method: 'UNSUBSCRIBE',
    params: ['a@depth'],
    id: 8,
  });
});
