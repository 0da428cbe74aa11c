import { describe, expect, test } from 'vitest';
import { binance } from '../../../src/sim/binance/server.ts';
import type { BinanceSim } from '../../../src/sim/binance/simulator.ts';
import { type Client, get, type Message, until } from '../support/client.ts';
import { stage } from '../support/stage.ts';
import { BookClient, connect, START_MS, venue } from '../support/venue.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Delivery of the December contracts. */
const DECEMBER = Date.UTC(2026, 11, 25, 8);

const ask = async <T>(sim: BinanceSim, path: string): Promise<T> =>
  (await get(sim.endpoints.coinmRest, path)).json();

/** Payloads of streams of the one socket, once each has that many. */
async function streams(
  sim: BinanceSim,
  names: readonly string[],
  count: number,
): Promise<(name: string) => Message[]> {
  const client = await connect(`${sim.endpoints.coinmWs}/stream?streams=${names.join('/')}`);
  await until(sim, () => names.every((name) => client.of(name).length >= count));
  return (name) => client.of(name);
}

const rowsOf = (client: Client): readonly Message[] =>
  client.messages[0] as unknown as readonly Message[];

describe('the coin-margined socket', () => {
  test('gives a client that follows the rules the simulator’s own books, perps and dated contracts', async () => {
    const sim = await venue({ scenario: 'cascade' });
    for (const symbol of ['BTCUSD_PERP', 'BTCUSD_261225']) {
      const follower = await BookClient.open(sim, symbol, 'coinm');
      await follower.sync();
      for (let round = 0; round < 15; round++) {
        await follower.hear(4);
        const { own, truth } = follower.compare();
        expect(own).toEqual(truth);
        expect(follower.book.isCrossed).toBe(false);
      }
      expect(follower.steps).not.toContain('gap');
    }
  });

  test('serves books, marks and tickers alike, bare and combined', async () => {
    const sim = await venue();
    for (const stream of ['btcusd_perp@depth@100ms', 'btcusd_perp@markPrice@1s']) {
      const bare = await connect(`${sim.endpoints.coinmWs}/ws/${stream}`);
      await until(sim, () => bare.frames.length > 1);
      expect(bare.messages[0]).toMatchObject({ s: 'BTCUSD_PERP', st: 2 });
    }
    const client = await connect(`${sim.endpoints.coinmWs}/ws`);
    const params = ['btcusd_perp@aggTrade', 'btcusd@indexPrice@1s'];
    const request = { method: 'SUBSCRIBE', params, id: 4 };
    expect(await client.ask(sim, request)).toEqual({ result: null, id: 4 });
    const types = () => new Set(client.messages.map(({ e }) => e));
    await until(sim, () => types().has('aggTrade') && types().has('indexPriceUpdate'));
  });

  test('spells its messages as recorded, with whole contracts for sizes', async () => {
    const sim = await venue();
    const of = await streams(
      sim,
      ['depth@100ms', 'bookTicker', 'aggTrade', 'trade'].map((name) => `btcusd_perp@${name}`),
      2,
    );
    const [depth, quote, print, fill] = ['depth@100ms', 'bookTicker', 'aggTrade', 'trade'].map(
      (name) => of(`btcusd_perp@${name}`)[0]!,
    );
    expect(Object.keys(depth!).join()).toBe('e,E,T,s,ps,st,U,u,pu,b,a');
    expect(depth).toMatchObject({ s: 'BTCUSD_PERP', ps: 'BTCUSD', st: 2 });
    expect(Object.keys(quote!).join()).toBe('e,u,E,T,s,ps,st,b,B,a,A');
    expect(quote!['B']).toMatch(/^\d+$/);
    expect(quote!['b']).toMatch(/^\d+\.\d$/);
    expect(Object.keys(print!).join()).toBe('e,E,a,s,p,q,f,l,T,m,st');
    expect(print!['q']).toMatch(/^[1-9]\d*$/);
    expect(Object.keys(fill!).join()).toBe('e,E,T,s,t,p,q,X,m,st');
  });

  test('gives every contract on a pair the same index, and dated ones no funding', async () => {
    const sim = await venue();
    const of = await streams(
      sim,
      [
        'btcusd_perp@markPrice@1s',
        'btcusd_261225@markPrice@1s',
        'btcusd@markPrice@1s',
        'btcusd@indexPrice@1s',
      ],
      3,
    );
    const [perp, dated] = ['btcusd_perp', 'btcusd_261225'].map(
      (name) => of(`${name}@markPrice@1s`).at(-1)!,
    );
    expect(Object.keys(perp!).join()).toBe('e,E,s,p,P,i,r,T,st');
    expect(perp!['T']).toBe(Date.UTC(2026, 10, 20, 16));
    expect(dated).toMatchObject({ i: perp!['i'], r: '', T: 0 });
    expect(Number(dated!['p']) / Number(dated!['i'])).toBeGreaterThan(1);
    const rows = of('btcusd@markPrice@1s').at(-1) as unknown as readonly Message[];
    expect(rows.map(({ s }) => s)).toEqual(['BTCUSD_PERP', 'BTCUSD_261225', 'BTCUSD_270326']);
    expect(of('btcusd@indexPrice@1s').at(-1)).toEqual({
      e: 'indexPriceUpdate',
      E: perp!['E'],
      i: 'BTCUSD',
      p: perp!['i'],
    });
  });

  test('counts a day in contracts and in coins', async () => {
    const sim = await venue();
    const of = await streams(sim, ['btcusd_perp@miniTicker', 'btcusd_perp@ticker'], 2);
    const [day] = of('btcusd_perp@miniTicker');
    const { v, q, h, l } = day as Record<string, string>;
    expect(v).toMatch(/^\d+$/);
    const average = (Number(v) * 100) / Number(q);
    expect(average).toBeGreaterThan(Number(l));
    expect(average).toBeLessThan(Number(h));
    expect(of('btcusd_perp@ticker')[0]).toMatchObject({ s: 'BTCUSD_PERP', ps: 'BTCUSD', st: 2 });
  });

  test('carries both universes in what speaks of all, and so does the other host', async () => {
    const sim = await venue();
    const { coinmWs, futuresWs } = sim.endpoints;
    for (const base of [`${futuresWs}/market`, coinmWs]) {
      const client = await connect(`${base}/ws/!markPrice@arr@1s`);
      await until(sim, () => client.frames.length > 0);
      expect(new Set(rowsOf(client).map(({ s, st }) => `${s} ${st}`))).toEqual(
        new Set(['BTCUSDT 1', 'BTCUSD_PERP 2', 'BTCUSD_261225 2', 'BTCUSD_270326 2']),
      );
    }
  });

  test('knows no stream of pairs elsewhere', async () => {
    const sim = await venue();
    const client = await connect(`${sim.endpoints.futuresWs}/market/ws`);
    const params = ['btcusdt@indexPrice@1s'];
    expect(await client.ask(sim, { method: 'SUBSCRIBE', params, id: 1 })).toMatchObject({
      error: { code: 2 },
    });
  });
});

describe('coin-margined requests', () => {
  test('tell the terms of every contract', async () => {
    const sim = await venue({ assets: ['BTC', 'ETH'] });
    const { symbols } = await ask<{ symbols: Message[] }>(sim, '/dapi/v1/exchangeInfo');
    const told = symbols.map((row) =>
      ['symbol', 'pair', 'contractType', 'contractStatus', 'contractSize', 'marginAsset'].map(
        (field) => row[field],
      ),
    );
    expect(told).toEqual([
      ['BTCUSD_PERP', 'BTCUSD', 'PERPETUAL', 'TRADING', 100, 'BTC'],
      ['BTCUSD_261225', 'BTCUSD', 'CURRENT_QUARTER', 'TRADING', 100, 'BTC'],
      ['BTCUSD_270326', 'BTCUSD', 'NEXT_QUARTER', 'TRADING', 100, 'BTC'],
      ['ETHUSD_PERP', 'ETHUSD', 'PERPETUAL', 'TRADING', 10, 'ETH'],
      ['ETHUSD_261225', 'ETHUSD', 'CURRENT_QUARTER', 'TRADING', 10, 'ETH'],
      ['ETHUSD_270326', 'ETHUSD', 'NEXT_QUARTER', 'TRADING', 10, 'ETH'],
    ]);
    expect(symbols[1]!['deliveryDate']).toBe(DECEMBER);
  });

  test('answer with arrays, of a symbol, of a pair and of all', async () => {
    const sim = await venue({ assets: ['BTC', 'ETH'] });
    const names = async (path: string) =>
      (await ask<Message[]>(sim, path)).map(({ symbol }) => symbol);
    for (const path of ['/dapi/v1/premiumIndex', '/dapi/v1/ticker/24hr']) {
      expect(await names(`${path}?symbol=BTCUSD_PERP`)).toEqual(['BTCUSD_PERP']);
      expect(await names(`${path}?pair=ETHUSD`)).toEqual([
        'ETHUSD_PERP',
        'ETHUSD_261225',
        'ETHUSD_270326',
      ]);
      expect(await names(path)).toHaveLength(6);
    }
    const both = await get(
      sim.endpoints.coinmRest,
      '/dapi/v1/premiumIndex?symbol=BTCUSD_PERP&pair=BTCUSD',
    );
    expect(both.status).toBe(400);
    const [, dated] = await ask<Message[]>(sim, '/dapi/v1/premiumIndex?pair=BTCUSD');
    expect(dated).toMatchObject({ pair: 'BTCUSD', lastFundingRate: '', nextFundingTime: 0 });
  });

  test('count open interest in contracts, and its past in contracts and coins', async () => {
    const sim = await venue();
    const now = await ask<Message>(sim, '/dapi/v1/openInterest?symbol=BTCUSD_PERP');
    expect(now).toMatchObject({ pair: 'BTCUSD', contractType: 'PERPETUAL' });
    const path = '/futures/data/openInterestHist?pair=BTCUSD&period=1h&limit=3';
    const past = await ask<Record<string, string>[]>(sim, `${path}&contractType=PERPETUAL`);
    expect(past).toHaveLength(3);
    const { sumOpenInterest, sumOpenInterestValue } = past.at(-1)!;
    expect(Number(now['openInterest']) / Number(sumOpenInterest)).toBeCloseTo(1, 1);
    const price = (Number(sumOpenInterest) * 100) / Number(sumOpenInterestValue);
    const [{ markPrice }] = (await ask<Message[]>(
      sim,
      '/dapi/v1/premiumIndex?symbol=BTCUSD_PERP',
    )) as [Message];
    expect(price / Number(markPrice)).toBeCloseTo(1, 1);
    const [all] = await ask<Record<string, string>[]>(sim, `${path}&contractType=ALL&limit=1`);
    expect(Number(all!['sumOpenInterest'])).toBeGreaterThan(Number(sumOpenInterest));
    const odd = await get(sim.endpoints.coinmRest, `${path}&contractType=YEARLY`);
    expect(odd.status).toBe(400);
  });

  test('answer candles with the latest of a span, volumes in contracts and in coins', async () => {
    const sim = await venue();
    const from = START_MS - 10 * DAY;
    const rows = await ask<[number, ...string[]][]>(
      sim,
      `/dapi/v1/klines?symbol=BTCUSD_PERP&interval=1h&startTime=${from}&endTime=${START_MS}&limit=5`,
    );
    const last = Math.floor(START_MS / HOUR) * HOUR;
    expect(rows.map(([openMs]) => openMs)).toEqual([4, 3, 2, 1, 0].map((n) => last - n * HOUR));
    for (const [, , high, low, , contracts, , coins, , buys, buyCoins] of rows) {
      const average = (Number(contracts) * 100) / Number(coins);
      expect(average).toBeGreaterThanOrEqual(Number(low));
      expect(average).toBeLessThanOrEqual(Number(high));
      expect(Number(buys)).toBeLessThanOrEqual(Number(contracts));
      expect(Number(buyCoins)).toBeLessThanOrEqual(Number(coins));
    }
    for (const path of [
      '/dapi/v1/markPriceKlines?symbol=BTCUSD_261225',
      '/dapi/v1/indexPriceKlines?pair=BTCUSD',
      '/dapi/v1/continuousKlines?pair=BTCUSD&contractType=NEXT_QUARTER',
    ])
      expect(await ask<unknown[]>(sim, `${path}&interval=1h&limit=800`)).toHaveLength(800);
  });

  test('know settled funding of a perp, none of a dated contract, and want the symbol', async () => {
    const sim = await venue();
    const path = '/dapi/v1/fundingRate';
    const rows = await ask<Message[]>(sim, `${path}?symbol=BTCUSD_PERP&limit=3`);
    expect(rows.map((row) => Object.keys(row).join())).toEqual(
      Array.from({ length: 3 }, () => 'symbol,fundingTime,fundingRate'),
    );
    expect(await ask(sim, `${path}?symbol=BTCUSD_261225`)).toEqual([]);
    const without = await get(sim.endpoints.coinmRest, path);
    expect(without.json()).toMatchObject({ code: -1102 });
  });

  test('are counted together with those of USDT-M', async () => {
    const sim = await venue();
    const used = async (base: string, path: string) =>
      Number((await get(base, path)).headers.get('x-mbx-used-weight-1m'));
    const { futuresRest, coinmRest, spotRest } = sim.endpoints;
    expect(await used(futuresRest, '/fapi/v1/depth?symbol=BTCUSDT&limit=1000')).toBe(20);
    expect(await used(coinmRest, '/dapi/v1/depth?symbol=BTCUSD_PERP&limit=1000')).toBe(40);
    expect(await used(futuresRest, '/fapi/v1/time')).toBe(41);
    expect(await used(spotRest, '/api/v3/time')).toBe(1);
  });

  test('name unknown symbols, pairs and paths as the venue does', async () => {
    const sim = await venue();
    const error = async (path: string) => (await get(sim.endpoints.coinmRest, path)).json();
    expect(await error('/dapi/v1/depth?symbol=BTCUSDT')).toMatchObject({ code: -1121 });
    expect(await error('/dapi/v1/premiumIndex?pair=LUNAUSD')).toMatchObject({ code: -1121 });
    expect(await error('/dapi/v1/nothing')).toMatchObject({ code: -5000 });
  });
});

test('a contract that is delivered falls silent and leaves the answers, and the next ones move up', async () => {
  const sim = await venue({ startMs: DECEMBER - 5000 });
  const { coinmWs } = sim.endpoints;
  const client = await connect(`${coinmWs}/ws/btcusd_261225@markPrice@1s`);
  const info = await connect(`${coinmWs}/ws/!contractInfo`);
  await sim.pump(12_000);
  await until(sim, () => info.frames.length > 1);
  const heard = client.messages.map(({ E }) => Number(E));
  expect(heard.length).toBeGreaterThan(3);
  expect(Math.max(...heard)).toBeLessThan(DECEMBER);
  expect(info.messages.map(({ s, ct, cs, st }) => [s, ct, cs, st])).toEqual([
    ['BTCUSD_261225', 'CURRENT_QUARTER', 'DELIVERED', 2],
    ['BTCUSD_270625', 'NEXT_QUARTER', 'TRADING', 2],
  ]);
  const { symbols } = await ask<{ symbols: Message[] }>(sim, '/dapi/v1/exchangeInfo');
  expect(symbols.map((row) => [row['symbol'], row['contractType']])).toEqual([
    ['BTCUSD_PERP', 'PERPETUAL'],
    ['BTCUSD_270326', 'CURRENT_QUARTER'],
    ['BTCUSD_270625', 'NEXT_QUARTER'],
  ]);
  const gone = await get(sim.endpoints.coinmRest, '/dapi/v1/openInterest?symbol=BTCUSD_261225');
  expect(gone.json()).toMatchObject({ code: -1121 });
  const follower = await BookClient.open(sim, 'BTCUSD_270625', 'coinm');
  await follower.sync();
  await follower.hear(3);
  const { own, truth } = follower.compare();
  expect(own).toEqual(truth);
});

test('a coin that is listed later is there for every product', async () => {
  const { list, pump, venue: named } = await stage([binance()]);
  const { endpoints } = named('binance');
  const client = await connect(`${endpoints['binance-usdm']!['market']}/ws/!contractInfo`);
  list('ETH');
  await until({ pump }, () => client.frames.length > 3);
  expect(client.messages.map(({ s, st }) => `${s} ${st}`)).toEqual([
    'ETHUSDT 1',
    'ETHUSD_PERP 2',
    'ETHUSD_261225 2',
    'ETHUSD_270326 2',
  ]);
  const depths = {
    'binance-usdm': [`${endpoints['binance-usdm']!['public']}/ws/`, 'ethusdt'],
    'binance-spot': [`${endpoints['binance-spot']!['ws']}/ws/`, 'ethusdt'],
    'binance-coinm': [`${endpoints['binance-coinm']!['ws']}/ws/`, 'ethusd_perp'],
  };
  for (const [feed, [base, symbol]] of Object.entries(depths)) {
    expect(named('binance').symbols(feed)).toContain(symbol!.toUpperCase());
    const book = await connect(`${base}${symbol}@depth@100ms`);
    await until({ pump }, () => book.frames.length > 2);
  }
});

test('an interval changes where the fault says', async () => {
  const sim = await venue();
  const listed = async (base: string, path: string) => (await get(base, path)).json() as Message[];
  const { futuresRest, coinmRest } = sim.endpoints;
  sim.faults.inject({ kind: 'fundingInterval', market: 'coinm', hours: 4 });
  expect(await listed(futuresRest, '/fapi/v1/fundingInfo')).toEqual([]);
  expect(await listed(coinmRest, '/dapi/v1/fundingInfo')).toMatchObject([
    { symbol: 'BTCUSD_PERP', fundingIntervalHours: 4 },
  ]);
});
