import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { okx } from '../../../src/venues/okx/okx.ts';

const { frame } = okx;
const bytes = (text: string) => Buffer.from(text);

describe('a message is known by its stream', () => {
  test.each([
    [
      'a book',
      '{"arg":{"channel":"books","instId":"BTC-USDT-SWAP"},"action":"update","data":[]}',
      'books:BTC-USDT-SWAP',
    ],
    ['a trade', '{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[]}', 'trades:BTC-USDT'],
    [
      'liquidations',
      '{"arg":{"channel":"liquidation-orders","instType":"SWAP"},"data":[]}',
      'liquidation-orders:SWAP',
    ],
    [
      'an index',
      '{"arg":{"channel":"index-tickers","instId":"BTC-USD"},"data":[]}',
      'index-tickers:BTC-USD',
    ],
    [
      'a family',
      '{"arg":{"channel":"opt-summary","instFamily":"BTC-USD"},"data":[]}',
      'opt-summary:BTC-USD',
    ],
    [
      'a family of 2021',
      '{"arg":{"channel":"opt-summary","uly":"BTC-USD"},"data":[]}',
      'opt-summary:BTC-USD',
    ],
    [
      'keys reversed',
      '{"data":[],"arg":{"instId":"BTC-USDT","channel":"trades"}}',
      'trades:BTC-USDT',
    ],
    [
      'data first',
      '{"data":[],"action":"update","arg":{"channel":"books","instId":"BTC-USDT"}}',
      'books:BTC-USDT',
    ],
    ['white space', ' { "arg" : { "channel" : "a" , "instId" : "B" } , "data" : [ ] }', 'a:B'],
    [
      'an escape',
      '{"arg":{"channel":"books","instId":"BTC\\u002dUSDT"},"data":[]}',
      'books:BTC-USDT',
    ],
    [
      'type and instrument',
      '{"arg":{"channel":"x","instType":"SWAP","instId":"B"},"data":[]}',
      'x:B',
    ],
    ['no subject', '{"arg":{"channel":"status"},"data":[]}', 'status'],
  ])('%s', (_, text, stream) => {
    expect(frame(text)).toEqual({ kind: 'data', stream });
    expect(frame(bytes(text))).toEqual({ kind: 'data', stream });
    // Asked again it is what it was.
    expect(frame(bytes(text))).toEqual({ kind: 'data', stream });
  });

  const part = fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/);
  test.prop([part, part, fc.constantFrom('instId', 'instType', 'instFamily'), fc.boolean()])(
    'that it was subscribed by, read from bytes or from text',
    (channel, subject, field, isUpdate) => {
      const text = JSON.stringify({
        arg: { channel, [field]: subject },
        ...(isUpdate && { action: 'update' }),
        data: [],
      });
      expect(frame(text)).toEqual({ kind: 'data', stream: `${channel}:${subject}` });
      expect(frame(bytes(text))).toEqual(frame(text));
    },
  );

  test('and not by an arg that is part of an answer', () => {
    const text = '{"arg":{"channel":"books","instId":"BTC-USDT"},"event":"subscribe","id":"7"}';
    expect(frame(bytes(text))).toEqual({
      kind: 'ack',
      id: 7,
      streams: ['books:BTC-USDT'],
      isPart: true,
    });
  });
});

describe('an answer to a subscription', () => {
  test.each(['subscribe', 'unsubscribe'])('acknowledges one stream of a request to %s', (event) => {
    const text = JSON.stringify({
      id: '1512',
      event,
      arg: { channel: 'books', instId: 'BTC-USDT-SWAP' },
      connId: 'a4d3ae55',
    });
    expect(frame(text)).toEqual({
      kind: 'ack',
      id: 1512,
      streams: ['books:BTC-USDT-SWAP'],
      isPart: true,
    });
  });

  test('of 2022 carries no number', () => {
    expect(frame('{"event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"}}')).toEqual({
      kind: 'ack',
      id: null,
      streams: ['trades:BTC-USDT'],
      isPart: true,
    });
  });

  test('refuses the streams it names, else the whole request', () => {
    const refusal = (msg: string, fields = {}) =>
      frame(
        JSON.stringify({ id: '5', event: 'error', code: '60018', msg, connId: 'x', ...fields }),
      );
    expect(
      refusal(
        "Wrong URL or channel:books,instId:XXX-USDT doesn't exist. Please use the correct URL",
      ),
    ).toMatchObject({
      kind: 'error',
      id: 5,
      streams: ['books:XXX-USDT'],
    });
    expect(refusal('no', { arg: { channel: 'trades', instId: 'X' } })).toMatchObject({
      streams: ['trades:X'],
    });
    expect(refusal('Invalid request')).toEqual({
      kind: 'error',
      id: 5,
      reason: '60018 Invalid request',
    });
    expect(frame('{"event":"error","code":"60012","msg":"Invalid request: {}"}')).toEqual({
      kind: 'error',
      id: null,
      reason: '60012 Invalid request: {}',
    });
  });
});

test('pongs are bare text, and other talk of the venue about itself is a sign of life', () => {
  expect(frame('pong')).toEqual({ kind: 'pong' });
  expect(frame(bytes('pong'))).toEqual({ kind: 'pong' });
  expect(frame('{"event":"channel-conn-count","channel":"orders","connCount":"1"}')).toEqual({
    kind: 'pong',
  });
  expect(okx.ping!(5)).toBe('ping');
});

test('the announcement of maintenance asks for a replacement, other notices do not', () => {
  const notice = (code: string) =>
    frame(
      JSON.stringify({
        event: 'notice',
        code,
        msg: 'The connection will soon be closed.',
        connId: 'x',
      }),
    );
  expect(notice('64008')).toEqual({ kind: 'closing' });
  expect(notice('64009')).toEqual({ kind: 'pong' });
});

test.each([
  '',
  'ping ',
  '{',
  '[]',
  'null',
  '{"arg":{},"data":[]}',
  '{"arg":{"channel":"books","instId":"X"}}',
  '{"event":"subscribe"}',
])('nothing is made of %o', (text) => {
  expect(frame(text)).toMatchObject({ kind: 'unreadable' });
  expect(frame(bytes(text))).toMatchObject({ kind: 'unreadable' });
});

test('requests name each stream as the venue wants it', () => {
  const streams = [
    'books:BTC-USDT-SWAP',
    'liquidation-orders:SWAP',
    'opt-summary:BTC-USD',
    'index-tickers:BTC-USD',
  ];
  const args = [
    { channel: 'books', instId: 'BTC-USDT-SWAP' },
    { channel: 'liquidation-orders', instType: 'SWAP' },
    { channel: 'opt-summary', instFamily: 'BTC-USD' },
    { channel: 'index-tickers', instId: 'BTC-USD' },
  ];
  expect(JSON.parse(okx.subscribe(streams, 12))).toEqual({ id: '12', op: 'subscribe', args });
  expect(JSON.parse(okx.unsubscribe(streams, 13))).toEqual({ id: '13', op: 'unsubscribe', args });
});
