import { describe, expect, test } from 'vitest';
import { hyperliquid } from '../../../src/venues/hyperliquid/hyperliquid.ts';
import type { Framing, StreamPlan } from '../../../src/venues/protocol.ts';
import { bboFrame, bookFrame, decoder, NOW_MS, tradeFrame } from './support/decoder.ts';

const { defaults } = hyperliquid;
const NOTHING = { hosts: {}, channels: {}, numbers: {} };
const HOUR_MS = 3_600_000;

describe('what is subscribed', () => {
  test('is what the main dex lists and trades, by its own spelling', () => {
    const { state } = decoder();
    expect(hyperliquid.symbols(state, ['PEPE', 'BTC', 'MATIC', 'DOGE'])).toEqual(['kPEPE', 'BTC']);
  });

  test('is nothing of a builder’s dex, nor what messages alone speak of', () => {
    const heard = decoder();
    const body = { universe: [{ szDecimals: 1, name: 'xyz:BTC' }] };
    heard.hear('rest:/info?type=meta&dex=xyz', body);
    heard.hear('x', tradeFrame({ coin: 'DOGE', time: NOW_MS, tid: 1 }));
    expect(hyperliquid.symbols(heard.state, ['XYZ-BTC', 'DOGE', 'BTC'])).toEqual(['BTC']);
  });

  test('goes over two connections, because both variants of a book share a channel', () => {
    const plans = hyperliquid.connections(defaults, ['BTC', 'ETH']);
    expect(
      plans.map(({ name, url, streams }) => [name, url, streams.map((s) => s.stream)]),
    ).toEqual([
      [
        'default',
        'wss://api.hyperliquid.xyz/ws',
        [
          'l2Book:BTC',
          'activeAssetCtx:BTC',
          'trades:BTC',
          'l2Book:ETH',
          'activeAssetCtx:ETH',
          'trades:ETH',
        ],
      ],
      [
        'fast',
        'wss://api.hyperliquid.xyz/ws',
        ['l2Book-fast:BTC', 'bbo:BTC', 'l2Book-fast:ETH', 'bbo:ETH'],
      ],
    ]);
    for (const plan of plans)
      expect(plan).toMatchObject({
        streamsPerMessage: 1,
        heartbeat: { everyMs: 30_000, always: true },
      });
  });

  test('is judged: clocked streams by their deadline and period, the others by those beside them', () => {
    const plans = hyperliquid.connections(defaults, ['BTC']).flatMap(({ streams }) => streams);
    const about = ({ stream, firstFrameMs, periodMs, sibling, carriesBook }: StreamPlan) => [
      stream,
      firstFrameMs,
      periodMs,
      sibling,
      carriesBook,
    ];
    expect(plans.map(about)).toEqual([
      ['l2Book:BTC', 12_000, 5400, null, true],
      ['activeAssetCtx:BTC', 12_000, 1000, null, false],
      ['trades:BTC', null, null, 'activeAssetCtx:BTC', false],
      ['l2Book-fast:BTC', 12_000, 540, null, true],
      ['bbo:BTC', null, null, 'l2Book-fast:BTC', true],
    ]);
  });

  test('can be switched off channel by channel', () => {
    const settings = { ...NOTHING, channels: { fast: '', quotes: '' } };
    expect(hyperliquid.connections(settings, ['BTC']).map(({ name }) => name)).toEqual(['default']);
  });

  test.each([
    ['l2Book:BTC', { type: 'l2Book', coin: 'BTC' }],
    ['l2Book-fast:xyz:TSLA', { type: 'l2Book', coin: 'xyz:TSLA', fast: true }],
    ['trades:kPEPE', { type: 'trades', coin: 'kPEPE' }],
    ['allMids', { type: 'allMids' }],
  ])('as %s', (stream, subscription) => {
    expect(JSON.parse(hyperliquid.subscribe([stream], 1))).toEqual({
      method: 'subscribe',
      subscription,
    });
    expect(JSON.parse(hyperliquid.unsubscribe([stream], 2))).toEqual({
      method: 'unsubscribe',
      subscription,
    });
    const data = { method: 'subscribe', subscription: { nSigFigs: null, ...subscription } };
    expect(hyperliquid.frame(JSON.stringify({ channel: 'subscriptionResponse', data }))).toEqual({
      kind: 'ack',
      id: null,
      streams: [stream],
    });
  });

  test('is pinged in the venue’s words', () => {
    expect(hyperliquid.ping!(7)).toBe('{"method":"ping"}');
  });
});

describe('a message belongs to', () => {
  const five = Array.from({ length: 5 }, (_, i) => [`${90 - i}`, '1'] as const);
  const fiveUp = Array.from({ length: 5 }, (_, i) => [`${91 + i}`, '1'] as const);
  const data = (stream: string): Framing => ({ kind: 'data', stream });

  test.each<[what: string, msg: unknown, framing: Framing]>([
    ['a touch', bboFrame(1, ['1', '1'], ['2', '1']), data('bbo:BTC')],
    ['trades', tradeFrame({ time: 1, tid: 1 }), data('trades:BTC')],
    ['no trades', { channel: 'trades', data: [] }, data('trades')],
    ['a book', bookFrame(1, five.slice(1), fiveUp), data('l2Book:BTC')],
    ['a fast book', bookFrame(1, five, fiveUp, { fast: true }), data('l2Book-fast:BTC')],
    ['a fast book without its flag', bookFrame(1, five, fiveUp), data('l2Book-fast:BTC')],
    ['a book of five', bookFrame(1, five, fiveUp, { fast: false }), data('l2Book:BTC')],
    [
      'a context',
      { channel: 'activeAssetCtx', data: { coin: 'xyz:TSLA', ctx: {} } },
      data('activeAssetCtx:xyz:TSLA'),
    ],
    [
      'another order of keys',
      { data: { bbo: [null, null], time: 1, coin: 'BTC' }, channel: 'bbo' },
      data('bbo:BTC'),
    ],
    ['all contexts', { channel: 'allDexsAssetCtxs', data: { ctxs: [] } }, data('allDexsAssetCtxs')],
    ['a pong', { channel: 'pong' }, { kind: 'pong' }],
    ['a greeting', 'Websocket connection established.', { kind: 'pong' }],
    [
      'a repeated subscription',
      { channel: 'error', data: 'Already subscribed: {"type":"l2Book","coin":"BTC","fast":true}' },
      { kind: 'ack', id: null, streams: ['l2Book-fast:BTC'] },
    ],
    [
      'a refused subscription',
      { channel: 'error', data: 'Invalid subscription {"type":"trades","coin":"BTC"}' },
      { kind: 'error', id: null, reason: 'Invalid subscription', streams: ['trades:BTC'] },
    ],
    [
      'a request that nobody understood',
      {
        channel: 'error',
        data: 'Error parsing JSON into valid websocket request: {"method":"subscribe","subscription":{"type":"bb","coin":"BTC"}}',
      },
      {
        kind: 'error',
        id: null,
        reason: 'Error parsing JSON into valid websocket ',
        streams: ['bb:BTC'],
      },
    ],
    [
      'an error in words',
      { channel: 'error', data: 'no' },
      { kind: 'error', id: null, reason: 'no' },
    ],
    ['no JSON', '{', { kind: 'unreadable', reason: 'not JSON' }],
    ['no channel', '{"data":1}', { kind: 'unreadable', reason: 'no channel' }],
  ])('%s', (_, msg, framing) => {
    const text = typeof msg === 'string' ? msg : JSON.stringify(msg);
    expect(hyperliquid.frame(text)).toEqual(framing);
    expect(hyperliquid.frame(Buffer.from(text))).toEqual(framing);
  });
});

describe('an answer of the venue', () => {
  test.each([
    [200, '{}', 'ok', 0],
    [200, 'null', 'invalid', 0],
    [200, '<html>', 'failed', 0],
    [429, 'null', 'limited', 60_000],
    [500, 'null', 'invalid', 0],
    [500, 'oops', 'failed', 0],
    [502, '', 'failed', 0],
    [422, 'Failed to deserialize the JSON body', 'invalid', 0],
    [400, '', 'invalid', 0],
    [415, '', 'invalid', 0],
    [405, '', 'invalid', 0],
    [403, '', 'refused', 0],
    [451, '', 'refused', 0],
    [302, '', 'failed', 0],
  ] as const)('%i %s means %s', (status, body, state, waitMs) => {
    expect(hyperliquid.verdict(status, {}, body)).toMatchObject({ state, waitMs, used: null });
  });
});

describe('questions', () => {
  test('are posted, and named as a query', () => {
    expect(hyperliquid.bootstrap(defaults)).toEqual([
      {
        url: 'https://api.hyperliquid.xyz/info',
        body: '{"type":"meta"}',
        chan: 'rest:/info?type=meta',
        weight: 20,
        pool: 'hyperliquid',
        priority: 'poll',
        symbol: null,
      },
    ]);
    expect(hyperliquid.clock(defaults)).toMatchObject({ body: '{"type":"exchangeStatus"}' });
    expect(hyperliquid.serverTime('{"time":1791504600000}')).toBe(1791504600000);
    expect(hyperliquid.serverTime('x')).toBeUndefined();
  });

  test('for a lost book are asked; an audit only waits, for frames carry no number', () => {
    for (const need of ['lost', 'waiting'] as const)
      expect(hyperliquid.recover(defaults, 'BTC', need, 1)).toMatchObject({
        kind: 'request',
        request: {
          body: '{"type":"l2Book","coin":"BTC"}',
          weight: 2,
          priority: 'book',
          symbol: 'BTC',
        },
      });
    expect(hyperliquid.recover(defaults, 'BTC', 'audit', 1)).toEqual({ kind: 'wait' });
  });

  test('for settled rates name the hours of the moment at which they are asked', () => {
    const [rates, meta] = hyperliquid.polls(defaults, ['BTC']);
    const now = 1_791_504_620_000;
    expect(JSON.parse(rates!.requestAt!(now).body!)).toEqual({
      type: 'fundingHistory',
      coin: 'BTC',
      startTime: 1_791_504_000_000 - 2 * HOUR_MS,
      endTime: 1_791_504_000_000 + HOUR_MS,
    });
    expect(rates).toMatchObject({ everyMs: HOUR_MS, phaseMs: 20_000 });
    expect(meta).toMatchObject({ request: { chan: 'rest:/info?type=meta' }, everyMs: HOUR_MS });
  });

  test('for the past are planned from windows, newest first, and within half of the budget', () => {
    const now = 1_791_504_620_000;
    const requests = hyperliquid.backfill(defaults, ['BTC', 'kPEPE'], now);
    const bodies = requests.map(({ body }) => JSON.parse(body!));
    expect(bodies.map(({ type, coin, req }) => [type, coin ?? req.coin, req?.interval])).toEqual([
      ...['BTC', 'kPEPE'].flatMap((coin) => [
        ['fundingHistory', coin, undefined],
        ['candleSnapshot', coin, '1h'],
        ['fundingHistory', coin, undefined],
      ]),
      ['candleSnapshot', 'BTC', '1m'],
      ['candleSnapshot', 'kPEPE', '1m'],
    ]);
    const [newest, , older] = bodies;
    expect(newest.endTime).toBe(now);
    expect(older.endTime).toBe(newest.startTime - 1);
    expect(Math.ceil((newest.endTime - older.startTime) / HOUR_MS)).toBe(37 * 24);
    expect(requests.map(({ weight }) => weight).slice(0, 3)).toEqual([44, 35, 41]);
    expect(hyperliquid.pools(defaults)).toEqual([
      { name: 'hyperliquid', limit: 1200, budget: 600, windowMs: 60_000 },
    ]);
  });

  test('can go elsewhere, at another pace', () => {
    const settings = {
      ...NOTHING,
      hosts: { rest: 'http://localhost:1' },
      numbers: { weightLimit: 60 },
    };
    expect(hyperliquid.bootstrap(settings)[0]!.url).toBe('http://localhost:1/info');
    expect(hyperliquid.pools(settings)[0]).toMatchObject({ limit: 60, budget: 30 });
  });
});

test('there is no feed of liquidations', () => {
  expect(hyperliquid.liquidations).toBeNull();
});
