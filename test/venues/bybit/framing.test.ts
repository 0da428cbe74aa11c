import { describe, expect, test } from 'vitest';
import { bybitLinear } from '../../../src/venues/bybit/families.ts';
import { linear } from './support/decoder.ts';

const frame = (msg: unknown) =>
  bybitLinear.frame(typeof msg === 'string' ? msg : JSON.stringify(msg));

describe('a message', () => {
  test('names its stream in its first bytes', () => {
    const text = '{"topic":"orderbook.1000.BTCUSDT","type":"delta","ts":1,"data":';
    const framing = { kind: 'data', stream: 'orderbook.1000.BTCUSDT' };
    expect(frame(text)).toEqual(framing);
    expect(bybitLinear.frame(Buffer.from(text))).toEqual(framing);
  });

  test('may name it anywhere', () => {
    const text = '{"data":{"price":"1"},"topic":"liquidation.GALAUSDT","ts":1,"type":"snapshot"}';
    const framing = { kind: 'data', stream: 'liquidation.GALAUSDT' };
    expect(frame(text)).toEqual(framing);
    expect(bybitLinear.frame(Buffer.from(text))).toEqual(framing);
    expect(frame('{"topic":"a\\u002eb"}')).toEqual({ kind: 'data', stream: 'a.b' });
  });

  test.each(['', '{', 'null', '[]', '{}', '{"topic":""}', '{"topic":5}', '"x"'])(
    'that is none is unreadable: %s',
    (text) => {
      expect(frame(text).kind).toBe('unreadable');
    },
  );
});

describe('an answer', () => {
  const reply = (fields: Readonly<Record<string, unknown>>) =>
    frame({ success: true, ret_msg: '', conn_id: 'c', req_id: '7', op: 'subscribe', ...fields });

  test('grants a request', () => {
    expect(reply({})).toEqual({ kind: 'ack', id: 7 });
    expect(reply({ op: 'unsubscribe' })).toEqual({ kind: 'ack', id: 7 });
    expect(reply({ req_id: '' })).toEqual({ kind: 'ack', id: null });
  });

  test('refuses a request with its reason', () => {
    expect(reply({ success: false, ret_msg: 'Invalid topic:[x]' })).toEqual({
      kind: 'error',
      id: 7,
      reason: 'Invalid topic:[x]',
    });
    expect(reply({ success: false })).toMatchObject({ kind: 'error', reason: 'refused' });
  });

  test('to a second subscription grants that stream', () => {
    expect(
      reply({
        success: false,
        ret_msg: 'error:already subscribed,topic:allLiquidation.ORDERUSDT',
      }),
    ).toEqual({ kind: 'ack', id: 7, streams: ['allLiquidation.ORDERUSDT'], isPart: true });
  });

  test('of the option socket speaks topic by topic', () => {
    const command = (successTopics: string[], failTopics: string[]) =>
      frame({
        success: true,
        conn_id: 'c',
        data: { failTopics, successTopics },
        type: 'COMMAND_RESP',
      });
    expect(command(['tickers.A'], [])).toEqual({
      kind: 'ack',
      id: null,
      streams: ['tickers.A'],
      isPart: true,
    });
    expect(command([], ['tickers.A'])).toEqual({
      kind: 'error',
      id: null,
      reason: 'refused',
      streams: ['tickers.A'],
    });
  });

  test('to a ping is a sign of life in either shape', () => {
    expect(reply({ ret_msg: 'pong', op: 'ping' })).toEqual({ kind: 'pong' });
    expect(frame({ args: ['1672916271846'], op: 'pong' })).toEqual({ kind: 'pong' });
  });

  test('says nothing about the market', () => {
    for (const msg of [
      { success: true, ret_msg: '', conn_id: 'c', op: 'subscribe' },
      { op: 'pong', args: ['1'] },
    ])
      expect(linear().hear(msg)).toEqual([]);
  });
});

test('requests carry their number as text', () => {
  expect(bybitLinear.subscribe(['a', 'b'], 3)).toBe(
    '{"req_id":"3","op":"subscribe","args":["a","b"]}',
  );
  expect(bybitLinear.unsubscribe(['a'], 4)).toBe('{"req_id":"4","op":"unsubscribe","args":["a"]}');
  expect(bybitLinear.ping!(5)).toBe('{"req_id":"5","op":"ping"}');
});
