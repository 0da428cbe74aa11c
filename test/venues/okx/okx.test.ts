import { describe, expect, test } from 'vitest';
import { okx } from '../../../src/venues/okx/okx.ts';
import type { FeedSettings, RestRequest } from '../../../src/venues/protocol.ts';
import { askedIn } from '../../../src/venues/requests.ts';
import { answer, listed, listingsOf, spotRow } from './support/decoder.ts';

const { defaults } = okx;
const NOW_MS = Date.UTC(2026, 9, 8, 12, 34, 56);
const HOUR_MS = 3_600_000;
const queryOf = (request: RestRequest) => askedIn(request.chan)!.query;
const endpointOf = (request: RestRequest) => askedIn(request.chan)!.path.replace('/api/v5/', '');
const channelsOf = (symbol: string, streams: readonly { stream: string }[]) =>
  streams
    .filter(({ stream }) => stream.endsWith(`:${symbol}`))
    .map(({ stream }) => stream.split(':')[0]);

describe('the socket of OKX', () => {
  const symbols = ['BTC-USDT', 'BTC-USDT-SWAP', 'BTC-USD-SWAP', 'BTC-USD-261225'];
  const [plan, ...others] = okx.connections(defaults, symbols);

  test('carries all kinds of instruments, each with what it has', () => {
    expect(others).toEqual([]);
    expect([plan!.name, plan!.url]).toEqual(['public', 'wss://ws.okx.com:8443/ws/v5/public']);
    const { streams } = plan!;
    expect(channelsOf('BTC-USDT', streams)).toEqual([
      'books',
      'bbo-tbt',
      'trades',
      'tickers',
      'index-tickers',
    ]);
    expect(channelsOf('BTC-USDT-SWAP', streams)).toEqual([
      'books',
      'bbo-tbt',
      'mark-price',
      'funding-rate',
      'trades',
      'tickers',
      'open-interest',
    ]);
    // No book of what only a term structure needs, and an index once.
    expect(channelsOf('BTC-USD-261225', streams)).toEqual([
      'mark-price',
      'tickers',
      'open-interest',
    ]);
    expect(streams.filter(({ stream }) => stream === 'index-tickers:BTC-USD')).toHaveLength(1);
    expect(streams.filter(({ stream }) => stream.startsWith('liquidation'))).toMatchObject([
      { stream: 'liquidation-orders:SWAP', sibling: 'mark-price:BTC-USDT-SWAP' },
    ]);
  });

  test('judges every stream by a deadline of its own or by one beside it', () => {
    const names = new Set(plan!.streams.map(({ stream }) => stream));
    for (const { stream, firstFrameMs, sibling } of plan!.streams)
      expect(firstFrameMs !== null || names.has(sibling ?? ''), stream).toBe(true);
    const books = plan!.streams.filter(({ carriesBook }) => carriesBook);
    expect(books.map(({ stream }) => stream)).toEqual([
      'books:BTC-USDT',
      'books:BTC-USDT-SWAP',
      'books:BTC-USD-SWAP',
    ]);
    for (const { startsAnew } of books) expect(startsAnew).toBe(true);
  });

  test('is asked for a sign of life before the venue closes it', () => {
    expect(plan!.heartbeat).toEqual({ everyMs: 20_000, always: false, answerMs: 10_000 });
    // A ping that nobody answers is found out first.
    expect(plan!.silenceMs).toBeGreaterThanOrEqual(30_000);
    expect(plan!.requestsPerHour).toBeLessThan(480);
  });

  test('is one of several where there are many books, and none carries thirty book channels', () => {
    const many = Array.from({ length: 100 }, (_, i) => `C${i}-USDT-SWAP`);
    const plans = okx.connections(defaults, many);
    expect(plans.map(({ name }) => name).slice(0, 3)).toEqual(['public', 'public-2', 'public-3']);
    for (const { streams, streamsAtMost } of plans) {
      expect(streams.filter(({ stream }) => /^(books|bbo-tbt):/.test(stream)).length).toBeLessThan(
        30,
      );
      expect(streams.length).toBeLessThanOrEqual(streamsAtMost);
      const names = new Set(streams.map(({ stream }) => stream));
      for (const { sibling } of streams) if (sibling !== null) expect(names).toContain(sibling);
    }
    const carried = plans.flatMap(({ streams }) => streams.map(({ stream }) => stream));
    expect(new Set(carried).size).toBe(carried.length);
    expect(carried.filter((stream) => stream.startsWith('books:'))).toHaveLength(100);
  });

  test('has other addresses only while it is the venue’s own', () => {
    expect(plan!.alternates).toEqual([
      'wss://wseea.okx.com:8443/ws/v5/public',
      'wss://wsus.okx.com:8443/ws/v5/public',
    ]);
    const local = { ...defaults, hosts: { ...defaults.hosts, ws: 'ws://127.0.0.1:1' } };
    expect(okx.connections(local, symbols)[0]!.alternates).toEqual([]);
  });

  test('leaves out channels that are switched off, with those they would judge', () => {
    const settings: FeedSettings = {
      ...defaults,
      channels: { ...defaults.channels, mark: '', quotes: '' },
    };
    const [only] = okx.connections(settings, ['BTC-USDT-SWAP']);
    expect(channelsOf('BTC-USDT-SWAP', only!.streams)).not.toContain('mark-price');
    expect(only!.streams.find(({ stream }) => stream.startsWith('trades'))!.sibling).toBe(
      'books:BTC-USDT-SWAP',
    );
  });
});

describe('the book of a symbol gets another beginning', () => {
  const { recover } = okx;
  const BTC = 'BTC-USDT-SWAP';
  const kinds = (need: 'lost' | 'waiting' | 'audit', ...attempts: readonly number[]) =>
    attempts.map((attempt) => recover(defaults, BTC, need, attempt).kind);

  test('from its stream when it lost its place, and from REST when that did not help', () => {
    expect(recover(defaults, BTC, 'lost', 1)).toEqual({
      kind: 'resubscribe',
      stream: `books:${BTC}`,
    });
    expect(kinds('lost', 1, 2, 3, 4)).toEqual(['resubscribe', 'request', 'resubscribe', 'request']);
  });

  test('from REST when changes come and no beginning did, now and then from its stream', () => {
    expect(kinds('waiting', 1, 2, 3, 4)).toEqual(['request', 'request', 'resubscribe', 'request']);
    const recovery = recover(defaults, BTC, 'waiting', 1);
    expect(recovery).toMatchObject({
      request: {
        chan: `rest:/api/v5/market/books?instId=${BTC}&sz=400`,
        priority: 'book',
        symbol: BTC,
        pool: 'okx-books',
      },
    });
  });

  test('only to be compared from REST', () => {
    expect(kinds('audit', 1, 2, 3)).toEqual(['request', 'request', 'request']);
  });
});

test('what trades in an asset against dollars is watched, spot and perps before dated futures', () => {
  const made = listed();
  made.hear(
    listingsOf('SPOT'),
    answer([spotRow('BTC-USDT'), spotRow('ETH-BTC'), spotRow('BTC-EUR'), spotRow('BTC-USDC')]),
  );
  expect(okx.symbols(made.state, ['BTC'])).toEqual([
    'BTC-USDT',
    'BTC-USDC',
    'BTC-USDT-SWAP',
    'BTC-USD-SWAP',
    'BTC-USD-261225',
  ]);
  expect(okx.symbols(made.state, ['XRP'])).toEqual([]);
});

describe('the history of a symbol', () => {
  const requests = okx.backfill(defaults, ['BTC-USDT', 'BTC-USDT-SWAP', 'BTC-USD-261225'], NOW_MS);
  const of = (endpoint: string, instId: string, more: Readonly<Record<string, string>> = {}) =>
    requests.filter(
      (request) =>
        endpointOf(request) === endpoint &&
        queryOf(request).get('instId') === instId &&
        Object.entries(more).every(([name, value]) => queryOf(request).get(name) === value),
    );

  test.each([
    ['market/candles', 'BTC-USDT-SWAP', { bar: '1H' }, 888, HOUR_MS, 300],
    ['market/candles', 'BTC-USDT-SWAP', { bar: '1m' }, 480, 60_000, 300],
    ['market/candles', 'BTC-USDT', { bar: '1H' }, 888, HOUR_MS, 300],
    ['market/mark-price-candles', 'BTC-USDT-SWAP', { bar: '1H' }, 888, HOUR_MS, 100],
    ['market/index-candles', 'BTC-USDT', { bar: '1H' }, 888, HOUR_MS, 100],
    ['public/funding-rate-history', 'BTC-USDT-SWAP', {}, 888, HOUR_MS, 100],
    ['market/candles', 'BTC-USD-261225', { bar: '1H' }, 888, HOUR_MS, 300],
  ])(
    '%s of %s %o: every step once, newest first',
    (endpoint, instId, more, count, stepMs, perPage) => {
      const pages = of(endpoint, instId, more).map(queryOf);
      expect(pages).toHaveLength(Math.ceil(count / perPage));
      const last = Math.floor(NOW_MS / stepMs) * stepMs;
      const steps: number[] = [];
      for (const page of pages) {
        const rows: number[] = [];
        // Both ends are exclusive.
        for (let ts = last; ts > last - 1000 * stepMs; ts -= stepMs)
          if (ts < Number(page.get('after')) && ts > Number(page.get('before'))) rows.push(ts);
        expect(rows.length).toBeLessThanOrEqual(Number(page.get('limit')));
        steps.push(...rows);
      }
      expect(steps).toEqual(Array.from({ length: count }, (_, i) => last - i * stepMs));
    },
  );

  test('open interest reaches as far as it is kept', () => {
    const endpoint = 'rubik/stat/contracts/open-interest-history';
    const hours = of(endpoint, 'BTC-USDT-SWAP', { period: '1H' }).map(queryOf);
    expect(hours).toHaveLength(8);
    expect(Number(hours.at(-1)!.get('begin'))).toBe(
      Math.floor(NOW_MS / HOUR_MS) * HOUR_MS - 719 * HOUR_MS,
    );
    expect(of(endpoint, 'BTC-USDT-SWAP', { period: '5m' })).toHaveLength(5);
    const year: FeedSettings = { ...defaults, numbers: { ...defaults.numbers, backfillDays: 365 } };
    const asked = okx
      .backfill(year, ['BTC-USDT-SWAP'], NOW_MS)
      .filter(
        (request) => endpointOf(request) === endpoint && queryOf(request).get('period') === '1H',
      );
    expect(
      asked.reduce((rows, request) => rows + Number(queryOf(request).get('limit')), 0),
    ).toBeLessThanOrEqual(1440);
  });

  test('beyond the recent bars comes from the endpoints of history', () => {
    const year: FeedSettings = { ...defaults, numbers: { ...defaults.numbers, backfillDays: 100 } };
    for (const request of okx.backfill(year, ['BTC-USDT-SWAP'], NOW_MS)) {
      const before = queryOf(request).get('before');
      if (before === undefined || queryOf(request).get('bar') !== '1H') continue;
      const isOld = NOW_MS - Number(before) > 1440 * HOUR_MS;
      expect(endpointOf(request).startsWith('market/history-')).toBe(isOld);
    }
  });

  test('every request has a budget of at most half of the limit', () => {
    const pools = new Map(okx.pools(defaults).map((pool) => [pool.name, pool]));
    expect(pools.size).toBe(okx.pools(defaults).length);
    const all = [
      ...requests,
      ...okx.bootstrap(defaults),
      ...okx.polls(defaults, ['BTC-USDT-SWAP']).map(({ request }) => request),
      okx.clock(defaults),
    ];
    for (const { pool, weight, url } of all) {
      const { budget, limit, windowMs } = pools.get(pool)!;
      expect(budget).toBeLessThanOrEqual(limit / 2);
      expect([weight, windowMs]).toEqual([1, 2000]);
      expect(url.startsWith('https://www.okx.com/api/v5/')).toBe(true);
    }
  });
});

test('settled funding of perps is asked for after the hour, listings now and then', () => {
  const polls = okx.polls(defaults, ['BTC-USDT', 'BTC-USDT-SWAP', 'BTC-USD-261225']);
  expect(
    polls.map(({ request, phaseMs }) => [
      request.chan.slice('rest:/api/v5/public/'.length),
      phaseMs,
    ]),
  ).toEqual([
    ['funding-rate-history?instId=BTC-USDT-SWAP&limit=3', 15_000],
    ['instruments?instType=SWAP', undefined],
    ['instruments?instType=FUTURES', undefined],
    ['instruments?instType=SPOT', undefined],
  ]);
});
