import { describe, expect, test } from 'vitest';
import { binanceUsdm } from '../../../src/venues/binance/usdm.ts';
import type { FeedSettings, RestRequest } from '../../../src/venues/protocol.ts';
import { askedIn } from '../../../src/venues/requests.ts';
import { usdm } from './support/decoder.ts';

const { defaults } = binanceUsdm;
const NOW_MS = Date.UTC(2026, 9, 8, 12, 34, 56);
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const queryOf = (request: RestRequest) => askedIn(request.chan)!.query;
const endpointOf = (request: RestRequest) =>
  askedIn(request.chan)!.path.replace(/^\/(?:fapi\/v1|futures\/data)\//, '');

/** The request by which the book of a symbol begins. */
function snapshotOf(settings: FeedSettings, symbol: string): RestRequest {
  const recovery = binanceUsdm.recover(settings, symbol, 'lost', 1);
  if (recovery.kind !== 'request') throw new Error('Not a request');
  return recovery.request;
}

describe('the sockets of Binance futures', () => {
  const [publicPlan, marketPlan, ...others] = binanceUsdm.connections(defaults, [
    'BTCUSDT',
    'BTCUSDT_261225',
  ]);

  test('are two: book streams and market streams have routes of their own', () => {
    expect(others).toEqual([]);
    expect([publicPlan?.name, publicPlan?.url]).toEqual([
      'public',
      'wss://fstream.binance.com/public/stream',
    ]);
    expect([marketPlan?.name, marketPlan?.url]).toEqual([
      'market',
      'wss://fstream.binance.com/market/stream',
    ]);
    expect(publicPlan?.streams.map(({ stream }) => stream)).toEqual([
      'btcusdt@depth@100ms',
      'btcusdt@bookTicker',
      'btcusdt_261225@depth@100ms',
      'btcusdt_261225@bookTicker',
    ]);
    expect(marketPlan?.streams.map(({ stream }) => stream)).toEqual([
      'btcusdt@markPrice@1s',
      'btcusdt@aggTrade',
      'btcusdt@miniTicker',
      '!forceOrder@arr',
      'btcusdt_261225@markPrice@1s',
      'btcusdt_261225@aggTrade',
      'btcusdt_261225@miniTicker',
    ]);
  });

  test('stay within the rules of the venue', () => {
    for (const plan of [publicPlan!, marketPlan!]) {
      expect(plan.messagesPerSecond).toBeLessThan(10);
      expect(plan.rollAfterMs).toBe(23.75 * HOUR_MS);
      expect(plan.streams.length).toBeLessThanOrEqual(200);
    }
  });

  test('name each other as the way round a silent route', () => {
    expect(new Set(publicPlan?.streams.map(({ alternate }) => alternate))).toEqual(
      new Set(['market']),
    );
    expect(new Set(marketPlan?.streams.map(({ alternate }) => alternate))).toEqual(
      new Set(['public']),
    );
  });

  test('judge what may be silent by the mark price beside it', () => {
    const quiet = marketPlan!.streams.filter(({ firstFrameMs }) => firstFrameMs === null);
    expect(quiet.map(({ stream, sibling }) => [stream, sibling])).toEqual([
      ['btcusdt@aggTrade', 'btcusdt@markPrice@1s'],
      ['btcusdt@miniTicker', 'btcusdt@markPrice@1s'],
      ['!forceOrder@arr', 'btcusdt@markPrice@1s'],
      ['btcusdt_261225@aggTrade', 'btcusdt_261225@markPrice@1s'],
      ['btcusdt_261225@miniTicker', 'btcusdt_261225@markPrice@1s'],
    ]);
    const prompt = [...publicPlan!.streams, marketPlan!.streams[0]!];
    for (const { firstFrameMs } of prompt) expect(firstFrameMs).toBe(10_000);
  });

  test('hang a book on the depth stream alone', () => {
    const carriers = [...publicPlan!.streams, ...marketPlan!.streams].filter((s) => s.carriesBook);
    expect(carriers.map(({ stream }) => stream)).toEqual([
      'btcusdt@depth@100ms',
      'btcusdt_261225@depth@100ms',
    ]);
  });

  test('multiply when there are many symbols, without parting a symbol from its siblings', () => {
    const symbols = Array.from({ length: 150 }, (_, index) => `COIN${index}USDT`);
    const plans = binanceUsdm.connections(defaults, symbols);
    expect(plans.map(({ name }) => name)).toEqual([
      'public',
      'public-2',
      'market',
      'market-2',
      'market-3',
    ]);
    const streams = plans.flatMap((plan) => plan.streams.map(({ stream }) => stream));
    expect(new Set(streams).size).toBe(streams.length);
    expect(streams).toHaveLength(150 * 5 + 1);
    for (const plan of plans) {
      expect(plan.streams.length).toBeLessThanOrEqual(200);
      const here = new Set(plan.streams.map(({ stream }) => stream));
      for (const { sibling } of plan.streams)
        expect(sibling === null || here.has(sibling)).toBe(true);
    }
  });

  test('leave out channels that are switched off, and with them a route that carries nothing', () => {
    const without: FeedSettings = {
      ...defaults,
      channels: { ...defaults.channels, quotes: '', depth: '' },
    };
    const plans = binanceUsdm.connections(without, ['BTCUSDT']);
    expect(plans.map(({ name }) => name)).toEqual(['market']);
    for (const { alternate } of plans[0]!.streams) expect(alternate).toBeNull();
  });

  test('go where the settings say, and what the settings leave out keeps its default', () => {
    const local: FeedSettings = {
      hosts: { public: 'ws://127.0.0.1:8001/public', market: 'ws://127.0.0.1:8001/market' },
      channels: { depth: '{symbol}@depth@0ms' },
      numbers: {},
    };
    const [plan] = binanceUsdm.connections(local, ['BTCUSDT']);
    expect(plan?.url).toBe('ws://127.0.0.1:8001/public/stream');
    expect(plan?.streams[0]?.stream).toBe('btcusdt@depth@0ms');
    expect(binanceUsdm.clock(local).url).toBe('https://fapi.binance.com/fapi/v1/time');
  });

  test('say which of them carry liquidations, and that those are a sample', () => {
    const { liquidations } = binanceUsdm;
    const carriers = [...publicPlan!.streams, ...marketPlan!.streams].filter(({ stream }) =>
      liquidations?.carries(stream),
    );
    expect(carriers.map(({ stream }) => stream)).toEqual(['!forceOrder@arr']);
    expect(liquidations?.carries('btcusdt@forceOrder')).toBe(true);
    expect(liquidations?.completeness).toBe('sampled');
  });

  test('are none without symbols', () => {
    expect(binanceUsdm.connections(defaults, [])).toEqual([]);
  });
});

describe('the requests of Binance futures', () => {
  test('begin with listings and intervals, in this order', () => {
    expect(binanceUsdm.bootstrap(defaults).map(({ chan }) => chan)).toEqual([
      'rest:/fapi/v1/exchangeInfo',
      'rest:/fapi/v1/fundingInfo',
    ]);
  });

  test.each([
    [1000, 20],
    [500, 10],
    [100, 5],
    [50, 2],
    [5, 2],
  ])('weigh a snapshot of %i levels as documented', (snapshotLimit, weight) => {
    const settings = { ...defaults, numbers: { ...defaults.numbers, snapshotLimit } };
    expect(snapshotOf(settings, 'BTCUSDT')).toEqual({
      url: `https://fapi.binance.com/fapi/v1/depth?symbol=BTCUSDT&limit=${snapshotLimit}`,
      chan: `rest:/fapi/v1/depth?symbol=BTCUSDT&limit=${snapshotLimit}`,
      weight,
      pool: 'binance-futures',
      priority: 'book',
      symbol: 'BTCUSDT',
    });
  });

  test('escape symbols in any script, and their answers are understood', () => {
    const { url, chan } = snapshotOf(defaults, '币安人生USDT');
    expect(url).toMatch(/^[\x20-\x7e]+$/);
    expect(askedIn(chan)?.query.get('symbol')).toBe('币安人生USDT');
  });

  test('allow themselves half of what is documented', () => {
    expect(binanceUsdm.pools(defaults)).toEqual([
      { name: 'binance-futures', limit: 2400, budget: 1200, windowMs: 60_000 },
      {
        name: 'binance-futures-data',
        limit: 1000,
        budget: 500,
        windowMs: 300_000,
        isCounted: false,
      },
      {
        name: 'binance-futures-funding',
        limit: 500,
        budget: 250,
        windowMs: 300_000,
        isCounted: false,
      },
    ]);
    const pools = new Set(binanceUsdm.pools(defaults).map(({ name }) => name));
    const all = [
      ...binanceUsdm.bootstrap(defaults),
      binanceUsdm.clock(defaults),
      snapshotOf(defaults, 'BTCUSDT'),
      ...binanceUsdm.polls(defaults, ['BTCUSDT']).map(({ request }) => request),
      ...binanceUsdm.backfill(defaults, ['BTCUSDT', 'BTCUSDT_261225'], NOW_MS),
    ];
    for (const { pool, weight, url, chan } of all) {
      expect(pools).toContain(pool);
      expect(weight).toBeGreaterThan(0);
      expect(url.endsWith(chan.replace('rest:', ''))).toBe(true);
    }
  });

  test('poll open interest every ten seconds, settled funding after every settlement', () => {
    const polls = binanceUsdm.polls(defaults, ['BTCUSDT', 'BTCUSDT_261225']);
    expect(polls.map(({ request, everyMs, phaseMs }) => [request.chan, everyMs, phaseMs])).toEqual([
      ['rest:/fapi/v1/openInterest?symbol=BTCUSDT', 10_000, undefined],
      ['rest:/fapi/v1/openInterest?symbol=BTCUSDT_261225', 10_000, undefined],
      ['rest:/fapi/v1/fundingRate?symbol=BTCUSDT&limit=3', 600_000, 15_000],
      ['rest:/fapi/v1/fundingInfo', HOUR_MS, undefined],
      ['rest:/fapi/v1/exchangeInfo', HOUR_MS, undefined],
    ]);
  });

  test('poll many symbols more slowly than few, never beyond half of the budget', () => {
    const symbols = Array.from({ length: 500 }, (_, index) => `COIN${index}USDT`);
    const perMinute = binanceUsdm
      .polls(defaults, symbols)
      .filter(({ request }) => request.pool === 'binance-futures')
      .reduce((sum, { request, everyMs }) => sum + (request.weight * 60_000) / everyMs, 0);
    expect(perMinute).toBeLessThanOrEqual(601);
  });

  test('are understood when they are answered', () => {
    const decoder = usdm();
    const planned = [
      ...binanceUsdm.bootstrap(defaults),
      binanceUsdm.clock(defaults),
      snapshotOf(defaults, 'BTCUSDT'),
      ...binanceUsdm.polls(defaults, ['BTCUSDT', 'BTCUSDT_261225']).map(({ request }) => request),
      ...binanceUsdm.backfill(defaults, ['BTCUSDT', 'BTCUSDT_261225'], NOW_MS),
    ];
    for (const { chan } of planned)
      for (const event of [...decoder.hear(chan, '[]'), ...decoder.hear(chan, '{}')]) {
        expect(event.kind).not.toBe('unfamiliar');
        if (event.kind === 'rejected') expect(event.reason).not.toMatch(/^unknown/);
      }
  });

  test('read the clock', () => {
    expect(binanceUsdm.serverTime('{"serverTime":1620099477465}')).toBe(1620099477465);
    for (const body of ['', '{}', 'null', '{"serverTime":"x"}', '{"serverTime":-1}'])
      expect(binanceUsdm.serverTime(body)).toBeUndefined();
  });
});

describe('the history of Binance futures', () => {
  const requests = binanceUsdm.backfill(defaults, ['BTCUSDT', 'ETHUSDT', 'BTCUSDT_261225'], NOW_MS);
  const of = (symbol: string) =>
    requests.filter((r) => (queryOf(r).get('symbol') ?? queryOf(r).get('pair')) === symbol);

  test('asks first for what drift is made of, symbol by symbol', () => {
    expect(
      of('BTCUSDT').map((r) => [
        endpointOf(r),
        queryOf(r).get('period') ?? queryOf(r).get('interval'),
      ]),
    ).toEqual([
      ['openInterestHist', '1h'],
      ['openInterestHist', '1h'],
      ['fundingRate', undefined],
      ['markPriceKlines', '1h'],
      ['indexPriceKlines', '1h'],
      ['klines', '1h'],
      ['openInterestHist', '5m'],
      ['klines', '1m'],
    ]);
    const lastNeeded = requests.findLastIndex(
      (r) => queryOf(r).get('interval') === '1h' && queryOf(r).get('symbol') === 'ETHUSDT',
    );
    const firstExtra = requests.findIndex((r) => queryOf(r).get('period') === '5m');
    expect(lastNeeded).toBeLessThan(firstExtra);
  });

  test('asks neither funding nor index of a dated contract', () => {
    expect(new Set(of('BTCUSDT_261225').map(endpointOf))).toEqual(
      new Set(['klines', 'openInterestHist']),
    );
  });

  test('pages of open interest adjoin, reach back almost 30 days and never further', () => {
    const [newest, older] = of('BTCUSDT').map((r) => ({
      start: Number(queryOf(r).get('startTime')),
      end: Number(queryOf(r).get('endTime')),
      limit: Number(queryOf(r).get('limit')),
    }));
    expect(newest!.end).toBe(NOW_MS);
    expect(older!.end + 1).toBe(newest!.start);
    expect(newest!.start % HOUR_MS).toBe(0);
    expect(newest!.limit).toBe(500);
    expect(older!.start).toBeGreaterThan(NOW_MS - 30 * DAY_MS);
    expect(older!.start).toBeLessThan(NOW_MS - 30 * DAY_MS + 2 * HOUR_MS);
  });

  test('asks for 37 days of hourly bars in one page of weight five', () => {
    const bars = of('BTCUSDT').find((r) => endpointOf(r) === 'klines')!;
    expect(bars.weight).toBe(5);
    expect(queryOf(bars).get('limit')).toBe(String(37 * 24));
    const reach = NOW_MS - Number(queryOf(bars).get('startTime'));
    expect(Math.abs(reach - 37 * DAY_MS)).toBeLessThan(HOUR_MS);
  });

  test('follows the configured number of days, in as many pages as that takes', () => {
    const longer = { ...defaults, numbers: { ...defaults.numbers, backfillDays: 90 } };
    const klines = binanceUsdm
      .backfill(longer, ['BTCUSDT'], NOW_MS)
      .filter((r) => endpointOf(r) === 'klines' && queryOf(r).get('interval') === '1h');
    expect(klines.map((r) => Number(queryOf(r).get('limit')))).toEqual([
      1000,
      1000,
      97 * 24 - 2000,
    ]);
    const oldest = Number(queryOf(klines.at(-1)!).get('startTime'));
    expect(Math.abs(NOW_MS - oldest - 97 * DAY_MS)).toBeLessThan(HOUR_MS);
  });
});

describe('a scanner of five hundred perps', () => {
  const { universe } = binanceUsdm;
  const symbols = Array.from({ length: 500 }, (_, i) => `C${i}USDT`);
  const watched = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];
  const countOf = (plans: readonly { readonly streams: readonly unknown[] }[]) =>
    plans.reduce((sum, { streams }) => sum + streams.length, 0);

  test('hears marks, tickers and liquidations of all in three streams beside those of the watched', () => {
    const plans = universe!.connections(defaults, watched, 40);
    expect(plans.map(({ name }) => name)).toEqual(['public', 'market']);
    const names = plans[1]!.streams.map(({ stream }) => stream);
    expect(names.slice(0, 3)).toEqual(['!markPrice@arr@1s', '!miniTicker@arr', '!forceOrder@arr']);
    expect(names.filter((name) => name === '!forceOrder@arr')).toHaveLength(1);
    expect(countOf(plans)).toBe(3 + 2 * 3 + 3 * 3);
    const alone = universe!.connections(defaults, [], 0);
    expect(alone.map(({ name, streams }) => [name, streams.length])).toEqual([['market', 3]]);
  });

  test.each([0, 1, 40, 194, 200, 500])(
    'has room for %i books within the streams of a connection',
    (books) => {
      const plans = universe!.connections(defaults, watched, books);
      for (const route of ['public', 'market']) {
        const own = plans.filter(({ name }) => name === route || name.startsWith(`${route}-`));
        for (const { streams, streamsAtMost } of own) {
          expect(streamsAtMost).toBe(200);
          expect(streams.length).toBeLessThanOrEqual(200);
        }
        expect(200 * own.length - countOf(own)).toBeGreaterThanOrEqual(books);
      }
      // No more sockets than that takes.
      expect(plans.length).toBeLessThanOrEqual(2 + 2 * Math.ceil(books / 190));
    },
  );

  test('gives a book one stream of each class, of which depth alone carries it', () => {
    const streams = universe!.bookStreams(defaults, 'C7USDT');
    expect(streams.map(({ route, plan }) => [route, plan.stream, plan.carriesBook])).toEqual([
      ['public', 'c7usdt@depth@100ms', true],
      ['market', 'c7usdt@aggTrade', false],
    ]);
  });

  test('asks for open interest of all within its share of the weight, the watched as fast as ever', () => {
    const everyMs = universe!.openInterestEveryMs(defaults, 500, 3);
    const perMinute = (500 * 60_000) / everyMs + (3 * 60_000) / 10_000;
    expect(perMinute).toBeLessThanOrEqual(600);
    expect(everyMs).toBe(60_000);
    expect(universe!.openInterestEveryMs(defaults, 900, 3)).toBeGreaterThan(90_000);
    const polls = binanceUsdm
      .polls(defaults, watched)
      .filter((p) => p.request.chan.includes('openI'));
    expect(polls.map((poll) => poll.everyMs)).toEqual([10_000, 10_000, 10_000]);
  });

  test('fetches an hour of price and a day of open interest of each, at the least weight', () => {
    const requests = universe!.backfill(defaults, symbols, NOW_MS);
    expect(requests).toHaveLength(1000);
    const [bars, rows] = [requests[0]!, requests[500]!];
    expect([endpointOf(bars), queryOf(bars).get('limit'), bars.weight]).toEqual([
      'klines',
      '99',
      1,
    ]);
    expect([endpointOf(rows), queryOf(rows).get('period'), rows.pool]).toEqual([
      'openInterestHist',
      '5m',
      'binance-futures-data',
    ]);
    for (const { priority } of requests) expect(priority).toBe('backfill');
    expect(Number(queryOf(rows).get('limit')) * 5).toBeGreaterThan(24 * 60);
  });

  test('fetches its books behind those of the watched', () => {
    expect(universe!.snapshot(defaults, 'C7USDT')).toMatchObject({
      chan: 'rest:/fapi/v1/depth?symbol=C7USDT&limit=500',
      weight: 10,
      priority: 'scan',
      symbol: 'C7USDT',
    });
    expect(snapshotOf(defaults, 'BTCUSDT').priority).toBe('book');
    expect(universe!.ranking(defaults)).toMatchObject({ weight: 40, priority: 'poll' });
  });
});
