import { describe, expect, test } from 'vitest';
import { bybitInverse, bybitLinear, bybitSpot } from '../../../src/venues/bybit/families.ts';
import type { BookNeed, FeedSettings } from '../../../src/venues/protocol.ts';
import { answer, contractRow, linear, listed } from './support/decoder.ts';

const NOW_MS = 1_791_504_000_000;
const { defaults } = bybitLinear;
const withChannels = (channels: Readonly<Record<string, string>>): FeedSettings => ({
  ...defaults,
  channels: { ...defaults.channels, ...channels },
});
const streamsOf = (protocol: typeof bybitLinear, symbols: readonly string[]) =>
  protocol.connections(protocol.defaults, symbols).map(({ url, streams }) => ({
    url,
    streams: streams.map(({ stream }) => stream),
  }));

describe('what is subscribed', () => {
  test('of a perp is its book, quotes, ticker, trades and liquidations, on the socket of its family', () => {
    expect(streamsOf(bybitLinear, ['BTCUSDT'])).toEqual([
      {
        url: 'wss://stream.bybit.com/v5/public/linear',
        streams: [
          'orderbook.1000.BTCUSDT',
          'orderbook.1.BTCUSDT',
          'tickers.BTCUSDT',
          'publicTrade.BTCUSDT',
          'allLiquidation.BTCUSDT',
        ],
      },
    ]);
    expect(streamsOf(bybitInverse, ['BTCUSD'])[0]).toMatchObject({
      url: 'wss://stream.bybit.com/v5/public/inverse',
      streams: { length: 5 },
    });
  });

  test('of a spot pair is the same without liquidations', () => {
    expect(streamsOf(bybitSpot, ['BTCUSDT'])).toEqual([
      {
        url: 'wss://stream.bybit.com/v5/public/spot',
        streams: [
          'orderbook.1000.BTCUSDT',
          'orderbook.1.BTCUSDT',
          'tickers.BTCUSDT',
          'publicTrade.BTCUSDT',
        ],
      },
    ]);
    expect(bybitSpot.liquidations).toBeNull();
  });

  test('of dated contracts is the ticker', () => {
    const dated = ['BTCUSDT-27MAR26', 'BTC-7FEB26', 'BTCUSDH26'];
    expect(streamsOf(bybitLinear, dated)[0]!.streams).toEqual(
      dated.map((symbol) => `tickers.${symbol}`),
    );
  });

  test('never lacks a way to judge its silence', () => {
    for (const protocol of [bybitLinear, bybitInverse, bybitSpot])
      for (const { streams } of protocol.connections(protocol.defaults, [
        'BTCUSDT',
        'BTC-7FEB26',
      ])) {
        const names = streams.map(({ stream }) => stream);
        for (const { firstFrameMs, sibling } of streams)
          expect(firstFrameMs !== null || names.includes(sibling!)).toBe(true);
      }
  });

  test('begins anew where a snapshot comes first, and carries the book where it does', () => {
    const [{ streams }] = bybitLinear.connections(defaults, ['BTCUSDT']) as [
      ReturnType<typeof bybitLinear.connections>[number],
    ];
    const named = (flag: 'startsAnew' | 'carriesBook') =>
      streams.filter((plan) => plan[flag]).map(({ stream }) => stream);
    expect(named('startsAnew')).toEqual(['orderbook.1000.BTCUSDT', 'tickers.BTCUSDT']);
    expect(named('carriesBook')).toEqual(['orderbook.1000.BTCUSDT']);
  });

  test('stays within ten streams a message and 21,000 characters a socket', () => {
    const symbols = Array.from({ length: 300 }, (_, i) => `1000000VERYLONGNAME${i}USDT`);
    const plans = bybitLinear.connections(defaults, symbols);
    expect(plans.length).toBeGreaterThan(1);
    for (const { streams, streamsPerMessage, heartbeat } of plans) {
      expect(streams.reduce((sum, { stream }) => sum + stream.length, 0)).toBeLessThan(21_000);
      expect(streamsPerMessage).toBeLessThanOrEqual(10);
      expect(heartbeat).toEqual({ everyMs: 20_000, always: true, answerMs: 10_000 });
    }
  });

  test('can be reached at another address where one is configured', () => {
    const hosts = { ...defaults.hosts, wsAlternate: 'wss://else.where' };
    const [plan] = bybitLinear.connections({ ...defaults, hosts }, ['BTCUSDT']);
    expect(plan?.alternates).toEqual(['wss://else.where/v5/public/linear']);
    expect(bybitLinear.connections(defaults, ['BTCUSDT'])[0]?.alternates).toBeUndefined();
  });

  test('is all that trades of an asset against dollars', () => {
    const decoder = linear();
    listed(decoder, [
      contractRow('BTC-27MAR26', {
        contractType: 'LinearFutures',
        baseCoin: 'BTC',
        quoteCoin: 'USDC',
        settleCoin: 'USDC',
        deliveryTime: '1774598400000',
      }),
      contractRow('BTCPERP', { baseCoin: 'BTC', quoteCoin: 'USDC', settleCoin: 'USDC' }),
      contractRow('BTCUSDT'),
      contractRow('ETHUSDT'),
    ]);
    expect(bybitLinear.symbols(decoder.state, ['BTC'])).toEqual([
      'BTCUSDT',
      'BTCPERP',
      'BTC-27MAR26',
    ]);
  });
});

describe('a book that wants another beginning', () => {
  const recover = (need: BookNeed, attempt: number, settings: FeedSettings = defaults) => {
    const recovery = bybitLinear.recover(settings, 'BTCUSDT', need, attempt);
    if (recovery.kind === 'request') return recovery.request.chan;
    return recovery.kind === 'wait' ? 'wait' : recovery.stream;
  };
  const REST = 'rest:/v5/market/orderbook?category=linear&symbol=BTCUSDT&limit=1000';

  test('asks for its stream anew, and takes turns with the REST book once that brings nothing', () => {
    expect([1, 2, 3, 4, 5].map((attempt) => recover('lost', attempt))).toEqual([
      'orderbook.1000.BTCUSDT',
      'orderbook.1000.BTCUSDT',
      REST,
      'orderbook.1000.BTCUSDT',
      REST,
    ]);
    expect(recover('waiting', 1)).toBe('orderbook.1000.BTCUSDT');
  });

  test('is compared with the REST book, which has the numbers of 1000 levels and of no other depth', () => {
    expect(recover('audit', 1)).toBe(REST);
    const flat = withChannels({ depth: 'orderbook.200.{symbol}' });
    expect(recover('audit', 1, flat)).toBe('wait');
    expect(recover('lost', 3, flat)).toBe('orderbook.200.BTCUSDT');
  });

  test('waits where it is switched off', () => {
    expect(recover('lost', 1, withChannels({ depth: '' }))).toBe('wait');
  });
});

describe('what is asked', () => {
  test('at the start is all listings, page by page', () => {
    const [request] = bybitLinear.bootstrap(defaults);
    expect(request?.chan).toBe('rest:/v5/market/instruments-info?category=linear&limit=1000');
    const next = (nextPageCursor: string) =>
      bybitLinear.nextPage!(defaults, request!, JSON.stringify(answer({ nextPageCursor })))?.chan;
    expect(next('first=A&last=B')).toBe(
      'rest:/v5/market/instruments-info?category=linear&limit=1000&cursor=first%3DA%26last%3DB',
    );
    expect(next('')).toBeUndefined();
    expect(bybitLinear.nextPage!(defaults, request!, '{')).toBeUndefined();
    expect(bybitSpot.bootstrap(bybitSpot.defaults)[0]?.chan).toBe(
      'rest:/v5/market/instruments-info?category=spot',
    );
  });

  test('again and again is settled funding of perps, behind the hour, their brackets of margin, and the listings', () => {
    const polls = bybitLinear.polls(defaults, ['BTCUSDT', 'BTC-27MAR26']);
    expect(polls.map(({ request, everyMs, phaseMs }) => [request.chan, everyMs, phaseMs])).toEqual([
      ['rest:/v5/market/funding/history?category=linear&symbol=BTCUSDT&limit=3', 600_000, 15_000],
      ['rest:/v5/market/risk-limit?category=linear&symbol=BTCUSDT', 21_600_000, undefined],
      ['rest:/v5/market/instruments-info?category=linear&limit=1000', 3_600_000, undefined],
    ]);
    expect(bybitSpot.polls(bybitSpot.defaults, ['BTCUSDT'])).toHaveLength(1);
  });

  test('of the past reaches 37 days back without a hole, within the page sizes of the venue', () => {
    const asked = bybitLinear.backfill(defaults, ['BTCUSDT', 'BTC-27MAR26'], NOW_MS);
    const spans = new Map<string, [number, number][]>();
    for (const { chan } of asked) {
      const url = new URL(`http://x${chan.slice(5)}`);
      const q = (name: string) => url.searchParams.get(name);
      const key = [url.pathname, q('symbol'), q('interval') ?? q('intervalTime') ?? ''].join(' ');
      const from = Number(q('start') ?? q('startTime'));
      const to = Number(q('end') ?? q('endTime'));
      expect(Number(q('limit'))).toBeLessThanOrEqual(url.pathname.endsWith('kline') ? 1000 : 200);
      spans.set(key, [...(spans.get(key) ?? []), [from, to]]);
    }
    for (const pages of spans.values())
      for (let i = 1; i < pages.length; i += 1) expect(pages[i]![1]).toBe(pages[i - 1]![0] - 1);
    const reach = (key: string) =>
      Math.round((NOW_MS - Math.min(...spans.get(key)!.map(([from]) => from))) / 3_600_000);
    expect(reach('/v5/market/kline BTCUSDT 60')).toBe(887);
    expect(reach('/v5/market/mark-price-kline BTCUSDT 60')).toBe(887);
    expect(reach('/v5/market/index-price-kline BTC-27MAR26 60')).toBe(887);
    expect(reach('/v5/market/open-interest BTCUSDT 1h')).toBe(887);
    expect(reach('/v5/market/funding/history BTCUSDT ')).toBe(887);
    expect(reach('/v5/market/kline BTCUSDT 1')).toBe(8);
    expect(spans.has('/v5/market/funding/history BTC-27MAR26 ')).toBe(false);
  });

  test('of the past asks for prices before what is divided by them', () => {
    const order = bybitInverse
      .backfill(bybitInverse.defaults, ['BTCUSD'], NOW_MS)
      .map(({ chan }) => /market\/([\w/-]+)/.exec(chan)![1]);
    expect(order.indexOf('mark-price-kline')).toBeLessThan(order.indexOf('open-interest'));
  });

  test('stays far below what the venue allows', () => {
    expect(bybitLinear.pools(defaults)).toEqual([
      { name: 'bybit', limit: 600, budget: 60, windowMs: 5000 },
    ]);
  });
});
