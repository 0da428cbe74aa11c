import { describe, expect, test } from 'vitest';
import { deribit } from '../../../src/venues/deribit/deribit.ts';
import { notification } from './support/decoder.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const book = notification('book.BTC-PERPETUAL.100ms', { bids: [], asks: [] });

describe('a message of the socket', () => {
  test('belongs to the channel that it names, as text and as bytes', () => {
    const framing = { kind: 'data', stream: 'book.BTC-PERPETUAL.100ms' };
    expect(deribit.frame(book)).toEqual(framing);
    expect(deribit.frame(bytes(book))).toEqual(framing);
  });

  test('belongs to its channel in whatever order its keys come', () => {
    const other =
      '{"params":{"data":[],"channel":"trades.X-PERPETUAL.100ms"},"method":"subscription"}';
    expect(deribit.frame(other)).toEqual({ kind: 'data', stream: 'trades.X-PERPETUAL.100ms' });
    expect(deribit.frame(bytes(`  ${other}`))).toMatchObject({ kind: 'data' });
  });

  test('that accepts channels grants those and no others', () => {
    expect(
      deribit.frame('{"jsonrpc":"2.0","id":3,"result":["a","b"],"usIn":1,"usOut":2,"usDiff":1}'),
    ).toEqual({ kind: 'ack', id: 3, streams: ['a', 'b'] });
    expect(deribit.frame('{"jsonrpc":"2.0","id":3,"result":[]}')).toEqual({
      kind: 'ack',
      id: 3,
      streams: [],
    });
  });

  test('that refuses says why', () => {
    expect(
      deribit.frame(
        '{"jsonrpc":"2.0","id":4,"error":{"code":-32602,"message":"Invalid params","data":{"reason":"instrument not found","param":"instrument_name"}}}',
      ),
    ).toEqual({ kind: 'error', id: 4, reason: '-32602 Invalid params: instrument not found' });
    expect(
      deribit.frame('{"jsonrpc":"2.0","error":{"code":10028,"message":"too_many_requests"}}'),
    ).toEqual({ kind: 'error', id: null, reason: '10028 too_many_requests' });
  });

  test('that asks for a sign of life is answered with a test, whose answer is a sign of life itself', () => {
    const asked = deribit.frame(
      '{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}',
    );
    expect(asked.kind).toBe('question');
    expect(asked.kind === 'question' && JSON.parse(asked.text)).toEqual({
      jsonrpc: '2.0',
      id: 0,
      method: 'public/test',
      params: {},
    });
    for (const alive of [
      '{"jsonrpc":"2.0","id":0,"result":{"version":"1.2.26"},"testnet":false}',
      '{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"heartbeat"}}',
    ])
      expect(deribit.frame(alive)).toEqual({ kind: 'pong' });
  });

  test('that is none of these is unreadable', () => {
    for (const msg of ['', '{', 'null', '[]', '{}', '{"method":"subscription"}', '\u0000'])
      expect(deribit.frame(msg)).toMatchObject({ kind: 'unreadable' });
  });
});

describe('what is sent', () => {
  test('begins with a request for heartbeats', () => {
    expect(deribit.opening?.(7).map((text) => JSON.parse(text))).toEqual([
      { jsonrpc: '2.0', id: 7, method: 'public/set_heartbeat', params: { interval: 10 } },
    ]);
    expect(deribit.frame('{"jsonrpc":"2.0","id":7,"result":"ok"}')).toEqual({ kind: 'ack', id: 7 });
  });

  test('names channels under an id', () => {
    expect(JSON.parse(deribit.subscribe(['a', 'b'], 9))).toEqual({
      jsonrpc: '2.0',
      id: 9,
      method: 'public/subscribe',
      params: { channels: ['a', 'b'] },
    });
    expect(JSON.parse(deribit.unsubscribe(['a'], 10))).toMatchObject({
      id: 10,
      method: 'public/unsubscribe',
      params: { channels: ['a'] },
    });
  });
});
