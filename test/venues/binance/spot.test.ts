import { describe, expect, test } from 'vitest';
import { binanceSpot } from '../../../src/venues/binance/spot.ts';
import type { FeedSettings, RestRequest } from '../../../src/venues/protocol.ts';
import { askedIn } from '../../../src/venues/requests.ts';
import { spot } from './support/decoder.ts';

/** The request by which the book of a symbol begins. */
function snapshotOf(settings: FeedSettings, symbol: string): RestRequest {
  const recovery = binanceSpot.recover(settings, symbol, 'lost', 1);
  if (recovery.kind !== 'request') throw new Error('Not a request');
  return recovery.request;
}

const { defaults } = binanceSpot;
const NOW_MS = Date.UTC(2026, 9, 8, 12, 34, 56);

describe('the socket of Binance spot', () => {
  const plans = binanceSpot.connections(defaults, ['BTCUSDT', 'ETHUSDT']);

  test('is one, carrying books, quotes, prints and volume', () => {
    expect(plans).toHaveLength(1);
    const [plan] = plans;
    expect([plan?.name, plan?.url]).toEqual(['spot', 'wss://stream.binance.com:9443/stream']);
    expect(plan?.streams.map(({ stream }) => stream)).toEqual([
      'btcusdt@depth@100ms',
      'btcusdt@bookTicker',
      'btcusdt@aggTrade',
      'btcusdt@miniTicker',
      'ethusdt@depth@100ms',
      'ethusdt@bookTicker',
      'ethusdt@aggTrade',
      'ethusdt@miniTicker',
    ]);
  });

  test('says less than five messages a second and notices two missed pings', () => {
    expect(plans[0]?.messagesPerSecond).toBeLessThan(5);
    expect(plans[0]?.silenceMs).toBeGreaterThan(40_000);
    expect(plans[0]?.silenceMs).toBeLessThan(60_000);
  });

  test('has no other way round, and judges quiet streams by the book', () => {
    const [depth, , trades] = plans[0]!.streams;
    expect(depth).toMatchObject({ alternate: null, carriesBook: true, firstFrameMs: 10_000 });
    expect(trades).toMatchObject({
      firstFrameMs: null,
      sibling: 'btcusdt@depth@100ms',
      carriesBook: false,
    });
  });
});

test('spot liquidates nobody', () => {
  expect(binanceSpot.liquidations).toBeNull();
});

describe('the requests of Binance spot', () => {
  test('ask for what trades, without permission sets', () => {
    const [info] = binanceSpot.bootstrap(defaults);
    expect(info).toMatchObject({
      url: 'https://api.binance.com/api/v3/exchangeInfo?showPermissionSets=false&symbolStatus=TRADING',
      weight: 20,
      pool: 'binance-spot',
    });
    expect(binanceSpot.polls(defaults, ['BTCUSDT'])).toEqual([
      { request: info, everyMs: 3_600_000 },
    ]);
  });

  test.each([
    [100, 5],
    [500, 25],
    [1000, 50],
    [5000, 250],
  ])('weigh a snapshot of %i levels as documented', (snapshotLimit, weight) => {
    const settings = { ...defaults, numbers: { ...defaults.numbers, snapshotLimit } };
    expect(snapshotOf(settings, 'BTCUSDT')).toMatchObject({
      chan: `rest:/api/v3/depth?symbol=BTCUSDT&limit=${snapshotLimit}`,
      weight,
      priority: 'book',
      symbol: 'BTCUSDT',
    });
  });

  test('have a pool of their own', () => {
    expect(binanceSpot.pools(defaults)).toEqual([
      { name: 'binance-spot', limit: 6000, budget: 3000, windowMs: 60_000 },
    ]);
    expect(binanceSpot.clock(defaults)).toMatchObject({ weight: 1, pool: 'binance-spot' });
  });

  test('are understood when they are answered', () => {
    const decoder = spot();
    const planned = [
      ...binanceSpot.bootstrap(defaults),
      binanceSpot.clock(defaults),
      snapshotOf(defaults, 'BTCUSDT'),
      ...binanceSpot.backfill(defaults, ['BTCUSDT'], NOW_MS),
    ];
    for (const { chan } of planned)
      for (const event of [...decoder.hear(chan, '[]'), ...decoder.hear(chan, '{}')]) {
        expect(event.kind).not.toBe('unfamiliar');
        if (event.kind === 'rejected') expect(event.reason).not.toMatch(/^unknown/);
      }
  });

  test('fetch hours of every symbol before minutes of any', () => {
    const asked = binanceSpot
      .backfill(defaults, ['BTCUSDT', 'ETHUSDT'], NOW_MS)
      .map(({ chan, weight }) => {
        const { path, query } = askedIn(chan)!;
        return [
          path.replace('/api/v3/', ''),
          query.get('symbol'),
          query.get('interval'),
          query.get('limit'),
          weight,
        ];
      });
    expect(asked).toEqual([
      ['klines', 'BTCUSDT', '1h', '888', 2],
      ['klines', 'ETHUSDT', '1h', '888', 2],
      ['klines', 'BTCUSDT', '1m', '1000', 2],
      ['klines', 'ETHUSDT', '1m', '1000', 2],
    ]);
  });
});
