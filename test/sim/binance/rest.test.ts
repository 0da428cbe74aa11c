import { describe, expect, test } from 'vitest';
import type { BinanceSim } from '../../../src/sim/binance/simulator.ts';
import { get, until } from '../support/client.ts';
import { connect, START_MS, venue } from '../support/venue.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

type Row = readonly [number, string, string, string, string, string, number, ...unknown[]];

const futures = async <T>(sim: BinanceSim, path: string): Promise<T> =>
  (await get(sim.endpoints.futuresRest, path)).json();

const spot = async <T>(sim: BinanceSim, path: string): Promise<T> =>
  (await get(sim.endpoints.spotRest, path)).json();

describe('candles', () => {
  test('a thousand hours of every futures series, ascending, without a hole', async () => {
    const sim = await venue();
    for (const path of [
      '/fapi/v1/klines?symbol=BTCUSDT',
      '/fapi/v1/markPriceKlines?symbol=BTCUSDT',
      '/fapi/v1/indexPriceKlines?pair=BTCUSDT',
      '/fapi/v1/premiumIndexKlines?symbol=BTCUSDT',
      '/fapi/v1/continuousKlines?pair=BTCUSDT&contractType=PERPETUAL',
    ]) {
      const rows = await futures<Row[]>(sim, `${path}&interval=1h&limit=1000`);
      expect(rows).toHaveLength(1000);
      rows.forEach((row, index) => {
        expect(row).toHaveLength(12);
        expect(row[0]).toBe(Math.floor(START_MS / HOUR) * HOUR - (999 - index) * HOUR);
        expect(row[6]).toBe(row[0] + HOUR - 1);
        expect(Number(row[2])).toBeGreaterThanOrEqual(Number(row[3]));
      });
    }
  });

  test('follow startTime, endTime and limit like the venue', async () => {
    const sim = await venue();
    const path = '/fapi/v1/klines?symbol=BTCUSDT&interval=1h';
    const from = Date.UTC(2026, 10, 10, 3);
    const opens = async (query: string) =>
      (await futures<Row[]>(sim, `${path}${query}`)).map(([openMs]) => openMs);
    expect(await opens(`&startTime=${from}&limit=3`)).toEqual([from, from + HOUR, from + 2 * HOUR]);
    expect(await opens(`&startTime=${from - 1}&limit=1`)).toEqual([from]);
    expect(await opens(`&endTime=${from}&limit=2`)).toEqual([from - HOUR, from]);
    expect(await opens(`&startTime=${from}&endTime=${from + HOUR}`)).toEqual([from, from + HOUR]);
    expect(await opens(`&startTime=${from + HOUR}&endTime=${from}`)).toEqual([]);
    expect(await opens('')).toHaveLength(500);
    expect((await opens('&limit=1'))[0]).toBe(Math.floor(START_MS / HOUR) * HOUR);
  });

  test('of the running minute are those of the stream', async () => {
    const sim = await venue();
    const client = await connect(`${sim.endpoints.spotWs}/ws/btcusdt@kline_1m`);
    await until(sim, () => client.frames.length >= 8);
    const { k } = client.messages.at(-1) as { k: Record<string, unknown> };
    const sent = [k['t'], k['o'], k['h'], k['l']];
    const rows = await spot<Row[]>(sim, '/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1');
    expect(rows[0]!.slice(0, 4)).toEqual(sent);
  });
});

describe('history of positions and funding', () => {
  test('open interest reaches 30 days back and no farther', async () => {
    const sim = await venue();
    const path = '/futures/data/openInterestHist?symbol=BTCUSDT&period=1h&limit=500';
    const end = START_MS - 15 * DAY;
    const older = await futures<Record<string, unknown>[]>(
      sim,
      `${path}&startTime=${START_MS - 30 * DAY + HOUR}&endTime=${end}`,
    );
    expect(older.length).toBeGreaterThan(355);
    expect(Object.keys(older[0]!).join()).toBe(
      'symbol,sumOpenInterest,sumOpenInterestValue,CMCCirculatingSupply,timestamp',
    );
    const implied =
      Number(older[0]!['sumOpenInterestValue']) / Number(older[0]!['sumOpenInterest']);
    expect(implied).toBeGreaterThan(50_000);
    const tooFar = await get(sim.endpoints.futuresRest, `${path}&startTime=${START_MS - 31 * DAY}`);
    expect(tooFar.status).toBe(400);
    expect(tooFar.json()).toEqual({ code: -1130, msg: "parameter 'startTime' is invalid." });
  });

  test('ends in the live value', async () => {
    const sim = await venue({ startMs: Date.UTC(2026, 10, 20, 13, 59, 50) });
    await sim.pump(20_000);
    const path = '/futures/data/openInterestHist?symbol=BTCUSDT&period=5m&limit=2';
    const rows = await futures<{ sumOpenInterest: string; timestamp: number }[]>(sim, path);
    expect(rows.map(({ timestamp }) => timestamp)).toEqual([
      Date.UTC(2026, 10, 20, 13, 55),
      Date.UTC(2026, 10, 20, 14),
    ]);
    const now = await futures<{ openInterest: string }>(
      sim,
      '/fapi/v1/openInterest?symbol=BTCUSDT',
    );
    expect(Number(now.openInterest) / Number(rows[1]!.sumOpenInterest)).toBeCloseTo(1, 2);
  });

  test('settled funding is spaced by each symbol’s interval and announced where it is not eight hours', async () => {
    const sim = await venue({ assets: ['BTC', 'SOL'] });
    const spacing = async (symbol: string) => {
      const rows = await futures<{ fundingTime: number; fundingRate: string }[]>(
        sim,
        `/fapi/v1/fundingRate?symbol=${symbol}&limit=2`,
      );
      expect(rows).toHaveLength(2);
      return Math.round((rows[1]!.fundingTime - rows[0]!.fundingTime) / HOUR);
    };
    expect(await spacing('BTCUSDT')).toBe(8);
    expect(await spacing('SOLUSDT')).toBe(4);
    const listed = await futures<{ symbol: string; fundingIntervalHours: number }[]>(
      sim,
      '/fapi/v1/fundingInfo',
    );
    expect(
      listed.map(({ symbol, fundingIntervalHours }) => [symbol, fundingIntervalHours]),
    ).toEqual([['SOLUSDT', 4]]);
    const month = await futures<unknown[]>(
      sim,
      `/fapi/v1/fundingRate?symbol=BTCUSDT&startTime=${START_MS - 37 * DAY}&limit=1000`,
    );
    expect(month).toHaveLength(111);
  });

  test('the stream and the request agree on mark, index, estimate and next settlement', async () => {
    const sim = await venue();
    const client = await connect(`${sim.endpoints.futuresWs}/market/ws/btcusdt@markPrice@1s`);
    await until(sim, () => client.frames.length >= 2);
    const sent = client.messages.at(-1)!;
    const row = await futures<Record<string, unknown>>(sim, '/fapi/v1/premiumIndex?symbol=BTCUSDT');
    expect([
      row['markPrice'],
      row['indexPrice'],
      row['lastFundingRate'],
      row['nextFundingTime'],
    ]).toEqual([sent['p'], sent['i'], sent['r'], sent['T']]);
    expect(Object.keys(row).join()).toBe(
      'symbol,markPrice,indexPrice,estimatedSettlePrice,lastFundingRate,interestRate,nextFundingTime,time',
    );
  });

  test('basis and taker ratio follow the candles', async () => {
    const sim = await venue();
    const basis = await futures<{ basis: string; indexPrice: string; futuresPrice: string }[]>(
      sim,
      '/futures/data/basis?pair=BTCUSDT&contractType=PERPETUAL&period=1h&limit=5',
    );
    expect(basis).toHaveLength(5);
    for (const row of basis) {
      expect(Number(row.futuresPrice) - Number(row.indexPrice)).toBeCloseTo(Number(row.basis), 1);
    }
    const taker = await futures<unknown[]>(
      sim,
      '/futures/data/takerlongshortRatio?symbol=BTCUSDT&period=1d&limit=10',
    );
    expect(taker).toHaveLength(10);
  });
});

describe('listings and quotes', () => {
  test('carry ticks and steps as decimal strings', async () => {
    const sim = await venue({ assets: ['BTC', 'SOL', 'PEPE'] });
    const info = await futures<{
      symbols: { symbol: string; filters: Record<string, string>[] }[];
    }>(sim, '/fapi/v1/exchangeInfo');
    const steps = info.symbols.map(({ symbol, filters }) => [
      symbol,
      filters.find(({ filterType }) => filterType === 'PRICE_FILTER')!['tickSize'],
      filters.find(({ filterType }) => filterType === 'LOT_SIZE')!['stepSize'],
    ]);
    expect(steps).toEqual([
      ['BTCUSDT', '0.10', '0.001'],
      ['SOLUSDT', '0.0100', '0.01'],
      ['1000PEPEUSDT', '0.0000001', '1'],
    ]);
    const spotInfo = await spot<{ symbols: { symbol: string }[]; rateLimits: { limit: number }[] }>(
      sim,
      '/api/v3/exchangeInfo?symbols=["BTCUSDT","PEPEUSDT"]',
    );
    expect(spotInfo.symbols.map(({ symbol }) => symbol)).toEqual(['BTCUSDT', 'PEPEUSDT']);
    expect(spotInfo.rateLimits[0]!.limit).toBe(6000);
  });

  test('a bundle trades at the price of a thousand coins', async () => {
    const sim = await venue({ assets: ['PEPE'] });
    await sim.pump(2000);
    const perp = await futures<{ bidPrice: string }>(
      sim,
      '/fapi/v1/ticker/bookTicker?symbol=1000PEPEUSDT',
    );
    const coin = await spot<{ bidPrice: string }>(sim, '/api/v3/ticker/bookTicker?symbol=PEPEUSDT');
    expect(Number(perp.bidPrice) / Number(coin.bidPrice) / 1000).toBeCloseTo(1, 2);
  });

  test('one symbol gives one row, none gives all', async () => {
    const sim = await venue({ assets: ['BTC', 'ETH'] });
    for (const [path, ask] of [
      ['/fapi/v1/premiumIndex', futures],
      ['/fapi/v1/ticker/24hr', futures],
      ['/api/v3/ticker/24hr', spot],
    ] as const) {
      expect(await ask(sim, `${path}?symbol=ETHUSDT`)).toMatchObject({ symbol: 'ETHUSDT' });
      expect(await ask(sim, path)).toMatchObject([{ symbol: 'BTCUSDT' }, { symbol: 'ETHUSDT' }]);
    }
  });

  test('recent aggregate trades are those of the stream', async () => {
    const sim = await venue();
    const client = await connect(`${sim.endpoints.futuresWs}/market/ws/btcusdt@aggTrade`);
    await until(sim, () => client.frames.length >= 20);
    const [first] = client.messages;
    const rows = await futures<Record<string, unknown>[]>(
      sim,
      `/fapi/v1/aggTrades?symbol=BTCUSDT&fromId=${String(first!['a'])}&limit=10`,
    );
    const fields = ['a', 'p', 'q', 'f', 'l', 'T', 'm'];
    const cut = (row: Readonly<Record<string, unknown>>) => fields.map((field) => row[field]);
    expect(rows.map(cut)).toEqual(client.messages.slice(0, 10).map(cut));
  });
});

describe('errors', () => {
  test.each([
    ['/fapi/v1/klines?symbol=XYZUSDT&interval=1h', 400, -1121, /Invalid symbol/],
    ['/fapi/v1/klines?interval=1h', 400, -1102, /'symbol' was not sent/],
    ['/fapi/v1/klines?symbol=BTCUSDT&interval=7m', 400, -1120, /Invalid interval/],
    ['/fapi/v1/klines?symbol=BTCUSDT&interval=1h&limit=1501', 400, -1130, /'limit' is not valid/],
    ['/fapi/v1/klines?symbol=BTCUSDT&interval=1h&startTime=soon', 400, -1100, /'startTime'/],
    ['/fapi/v1/depth?symbol=BTCUSDT&limit=7', 400, -4021, /not valid depth limit/],
    ['/futures/data/openInterestHist?symbol=BTCUSDT&period=7m', 400, -1130, /'period' is invalid/],
    ['/fapi/v1/aggTrades?symbol=BTCUSDT&startTime=1&endTime=9999999', 400, -1127, /1 hours/],
    ['/fapi/v9/nothing', 404, -5000, /is invalid/],
  ])('%s is %i %i', async (path, status, code, message) => {
    const sim = await venue();
    const answer = await get(sim.endpoints.futuresRest, path);
    expect(answer.status).toBe(status);
    expect(answer.json()).toEqual({ code, msg: expect.stringMatching(message) });
  });

  test('spot takes too large a limit for its maximum', async () => {
    const sim = await venue();
    expect(
      await spot<Row[]>(sim, '/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=5000'),
    ).toHaveLength(1000);
    const book = await spot<{ bids: unknown[] }>(sim, '/api/v3/depth?symbol=BTCUSDT&limit=5000');
    expect(book.bids.length).toBeGreaterThan(1000);
  });
});

describe('weights', () => {
  test.each([
    ['futures', '/fapi/v1/depth?symbol=BTCUSDT&limit=1000', 20],
    ['futures', '/fapi/v1/depth?symbol=BTCUSDT&limit=500', 10],
    ['futures', '/fapi/v1/depth?symbol=BTCUSDT&limit=50', 2],
    ['futures', '/fapi/v1/klines?symbol=BTCUSDT&interval=1h&limit=99', 1],
    ['futures', '/fapi/v1/klines?symbol=BTCUSDT&interval=1h&limit=499', 2],
    ['futures', '/fapi/v1/klines?symbol=BTCUSDT&interval=1h&limit=1000', 5],
    ['futures', '/fapi/v1/klines?symbol=BTCUSDT&interval=1h&limit=1500', 10],
    ['futures', '/fapi/v1/premiumIndex', 10],
    ['futures', '/fapi/v1/premiumIndex?symbol=BTCUSDT', 1],
    ['futures', '/fapi/v1/ticker/24hr', 40],
    ['futures', '/fapi/v1/aggTrades?symbol=BTCUSDT', 20],
    ['futures', '/fapi/v1/fundingInfo', 0],
    ['futures', '/futures/data/openInterestHist?symbol=BTCUSDT&period=5m', 0],
    ['spot', '/api/v3/depth?symbol=BTCUSDT&limit=100', 5],
    ['spot', '/api/v3/depth?symbol=BTCUSDT&limit=1000', 50],
    ['spot', '/api/v3/depth?symbol=BTCUSDT&limit=5000', 250],
    ['spot', '/api/v3/exchangeInfo', 20],
    ['spot', '/api/v3/klines?symbol=BTCUSDT&interval=1h', 2],
  ] as const)('%s %s costs %i', async (market, path, weight) => {
    const sim = await venue();
    const base = market === 'spot' ? sim.endpoints.spotRest : sim.endpoints.futuresRest;
    const used = async () => Number((await get(base, path)).headers.get('x-mbx-used-weight-1m'));
    const first = await used();
    expect(first).toBe(weight);
    expect((await used()) - first).toBe(weight);
  });

  test('over the limit comes 429 with Retry-After, ignored it becomes 418, and the minute heals', async () => {
    const sim = await venue();
    const ask = (path: string) => get(sim.endpoints.futuresRest, path);
    for (let count = 0; count < 60; count++) await ask('/fapi/v1/ticker/24hr');
    const limited = await ask('/fapi/v1/time');
    expect(limited.status).toBe(429);
    expect(limited.json()).toMatchObject({
      code: -1003,
      msg: expect.stringMatching(/Too many requests/),
    });
    const wait = Number(limited.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    // Spot has its own pool.
    expect((await get(sim.endpoints.spotRest, '/api/v3/time')).status).toBe(200);
    await sim.pump(wait * 1000);
    expect((await ask('/fapi/v1/time')).status).toBe(200);

    for (let count = 0; count < 60; count++) await ask('/fapi/v1/ticker/24hr');
    let banned = await ask('/fapi/v1/time');
    for (let count = 0; count < 20 && banned.status === 429; count++) {
      banned = await ask('/fapi/v1/time');
    }
    expect(banned.status).toBe(418);
    expect(banned.headers.get('retry-after')).toBe('120');
    expect(banned.json()).toMatchObject({
      code: -1003,
      msg: expect.stringMatching(/banned until \d+/),
    });
    await sim.pump(119_000);
    expect((await ask('/fapi/v1/time')).status).toBe(418);
    await sim.pump(2_000);
    expect((await ask('/fapi/v1/time')).status).toBe(200);
  });

  test('funding requests have a budget of their own', async () => {
    const sim = await venue();
    const ask = () => get(sim.endpoints.futuresRest, '/fapi/v1/fundingInfo');
    for (let count = 0; count < 500; count++) expect((await ask()).status).toBe(200);
    expect((await ask()).status).toBe(429);
    expect((await get(sim.endpoints.futuresRest, '/fapi/v1/time')).status).toBe(200);
  });
});
