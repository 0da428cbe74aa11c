import { describe, expect, test } from 'vitest';
import { routeOf } from '../../../src/sim/binance/sockets.ts';
import { parseStream, serves } from '../../../src/sim/binance/streams.ts';

describe('a stream name', () => {
  test.each([
    ['btcusdt@depth', { kind: 'depth', symbol: 'BTCUSDT', everyMs: 250 }],
    ['btcusdt@depth@100ms', { kind: 'depth', symbol: 'BTCUSDT', everyMs: 100 }],
    ['btcusdt@depth@500ms', { kind: 'depth', symbol: 'BTCUSDT', everyMs: 500 }],
    [
      'ethusdt@depth20@250ms',
      { kind: 'partialDepth', symbol: 'ETHUSDT', levels: 20, everyMs: 250 },
    ],
    ['btcusdt@markPrice', { kind: 'markPrice', symbol: 'BTCUSDT', everyMs: 3000 }],
    ['!markPrice@arr@1s', { kind: 'markPrice', symbol: null, everyMs: 1000 }],
    ['1000pepeusdt@kline_1m', { kind: 'kline', symbol: '1000PEPEUSDT', interval: '1m' }],
    ['!forceOrder@arr', { kind: 'forceOrder', symbol: null }],
    ['!contractInfo', { kind: 'contractInfo', symbol: null }],
    ['!assetIndex@arr', { kind: 'silent', symbol: null }],
  ])('%s is understood', (name, stream) => {
    expect(parseStream('futures', name)).toEqual(stream);
  });

  test.each([
    'btcusdt',
    'btcusdt@',
    'btcusdt@nonsense',
    '@depth',
    'btcusdt@depth@70ms',
    'btcusdt@depth7',
    'btcusdt@kline_7m',
    '!all',
    'a@b@c@d',
    '',
  ])('"%s" is malformed', (name) => {
    expect(parseStream('futures', name)).toBeNull();
  });

  test('of the other product is malformed', () => {
    expect(parseStream('spot', 'btcusdt@markPrice@1s')).toBeNull();
    expect(parseStream('spot', '!forceOrder@arr')).toBeNull();
    expect(parseStream('spot', 'btcusdt@depth@250ms')).toBeNull();
    expect(parseStream('spot', 'btcusdt@depth')).toMatchObject({ everyMs: 1000 });
  });

  test('may be that of a pair on COIN-M', () => {
    expect(parseStream('coinm', 'btcusd@indexPrice@1s')).toEqual({
      kind: 'indexPrice',
      symbol: 'BTCUSD',
      everyMs: 1000,
    });
    expect(parseStream('coinm', 'btcusd@markPrice')).toMatchObject({ everyMs: 3000 });
    expect(parseStream('futures', 'btcusdt@indexPrice')).toBeNull();
  });

  test('in upper case names no symbol', () => {
    expect(parseStream('futures', 'BTCUSDT@depth')).toMatchObject({ symbol: '' });
  });
});

test('book-class streams are served on /public, the rest on /market, the legacy path serves books only', () => {
  const stream = (name: string) => parseStream('futures', name)!;
  for (const name of [
    'btcusdt@depth@100ms',
    'btcusdt@depth5',
    'btcusdt@bookTicker',
    '!bookTicker',
    'btcusdt@trade',
  ]) {
    expect(serves('public', stream(name))).toBe(true);
    expect(serves('legacy', stream(name))).toBe(true);
    expect(serves('market', stream(name))).toBe(false);
  }
  for (const name of [
    'btcusdt@aggTrade',
    'btcusdt@markPrice@1s',
    '!forceOrder@arr',
    'btcusdt@miniTicker',
  ]) {
    expect(serves('public', stream(name))).toBe(false);
    expect(serves('legacy', stream(name))).toBe(false);
    expect(serves('market', stream(name))).toBe(true);
  }
  expect(serves('private', stream('btcusdt@depth'))).toBe(false);
});

describe('a path', () => {
  const route = (market: 'futures' | 'spot', path: string) =>
    routeOf(market, new URL(path, 'ws://127.0.0.1'));

  test.each([
    ['/public/ws', { family: 'public', isCombined: false, streams: [] }],
    [
      '/public/ws/btcusdt@depth',
      { family: 'public', isCombined: false, streams: ['btcusdt@depth'] },
    ],
    [
      '/market/stream?streams=a@trade/b@trade',
      { family: 'market', isCombined: true, streams: ['a@trade', 'b@trade'] },
    ],
    ['/market/stream', { family: 'market', isCombined: true, streams: [] }],
    ['/ws/btcusdt@depth', { family: 'legacy', isCombined: false, streams: ['btcusdt@depth'] }],
    [
      '/stream?streams=!bookTicker',
      { family: 'legacy', isCombined: true, streams: ['!bookTicker'] },
    ],
    ['/private/ws/abc', { family: 'private', isCombined: false, streams: ['abc'] }],
  ])('%s of futures is routed', (path, expected) => {
    expect(route('futures', path)).toEqual(expected);
  });

  test('with a broken escape is taken as it stands', () => {
    expect(route('futures', '/public/ws/btcusdt%40depth/%zz')).toMatchObject({
      streams: ['btcusdt@depth', '%zz'],
    });
  });

  test('of spot has no classes', () => {
    expect(route('spot', '/ws/btcusdt@trade')).toMatchObject({ family: 'spot' });
    expect(route('spot', '/public/ws')).toBeNull();
  });

  test.each(['/', '/wss', '/public', '/public/other', '/stream/btcusdt@depth'])(
    '%s leads nowhere',
    (path) => {
      expect(route('futures', path)).toBeNull();
    },
  );
});
