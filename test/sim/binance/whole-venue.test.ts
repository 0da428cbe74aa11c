import { get as getOver } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { type BinanceSim, startBinanceSim } from '../../../src/sim/binance/simulator.ts';
import { createRandom, nextUint32 } from '../../../src/stats/random.ts';
import { createCertificate } from '../../support/certificate.ts';
import { startVenue } from '../../support/venue-process.ts';
import { Client, get, type Message, until } from '../support/client.ts';
import { BookClient, connect, START_MS, venue } from '../support/venue.ts';

const SYMBOLS = 500;
const PER_SECOND = 5000;

const textOver = (url: string, ca: string): Promise<string> =>
  new Promise((resolve, reject) => {
    getOver(url, { ca, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += String(chunk);
      });
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });

/** Waits until a client has read everything that was sent to it before now. */
async function readAll(sim: BinanceSim, client: Client): Promise<void> {
  client.send({ method: 'LIST_SUBSCRIPTIONS', id: 99 });
  await until(sim, () => client.frames.at(-1)!.startsWith('{"result"'), 0);
}

describe('a venue of five hundred perps', () => {
  let sim: BinanceSim;
  let symbols: readonly string[];

  beforeAll(async () => {
    sim = await startBinanceSim({
      seed: 3,
      scenario: 'calm',
      symbols: SYMBOLS,
      messagesPerSecond: PER_SECOND,
      clock: () => 1_000_000_000,
      startMs: START_MS,
    });
    const listed = (await answer('/fapi/v1/exchangeInfo')) as { symbols: { symbol: string }[] };
    symbols = listed.symbols.map(({ symbol }) => symbol);
  });
  afterAll(() => sim.close());

  const answer = async (path: string): Promise<unknown> => {
    const { status, json } = await get(sim.endpoints.futuresRest, path);
    expect(status, path).toBe(200);
    return json();
  };

  test('lists them all, the named ones first, each once', async () => {
    expect(symbols.slice(0, 3)).toEqual(['BTCUSDT', 'ETHUSDT', 'SOLUSDT']);
    expect(new Set(symbols).size).toBe(SYMBOLS);
    const all = async (path: string) =>
      ((await answer(path)) as { symbol: string }[]).map(({ symbol }) => symbol);
    expect(await all('/fapi/v1/premiumIndex')).toEqual(symbols);
    expect(await all('/fapi/v1/ticker/24hr')).toEqual(symbols);
    const adjusted = await all('/fapi/v1/fundingInfo');
    expect(adjusted.length).toBeGreaterThan(200);
    expect(new Set(symbols)).toEqual(new Set([...symbols, ...adjusted]));
    const spot = await get(sim.endpoints.spotRest, '/api/v3/exchangeInfo');
    expect((spot.json() as { symbols: unknown[] }).symbols.length).toBe(3);
  });

  test('answers every question about any of them', async () => {
    for (const symbol of [symbols[3]!, symbols[77]!, symbols[499]!]) {
      const of = `symbol=${symbol}`;
      const hist = (await answer(
        `/futures/data/openInterestHist?${of}&period=5m&limit=500`,
      )) as Message[];
      expect(hist.length).toBe(500);
      const interest = (await answer(`/fapi/v1/openInterest?${of}`)) as Message;
      const [now, then] = [
        Number(interest['openInterest']),
        Number(hist.at(-1)!['sumOpenInterest']),
      ];
      expect(Math.abs(now / then - 1)).toBeLessThan(0.1);
      const klines = (await answer(`/fapi/v1/klines?${of}&interval=1m&limit=99`)) as string[][];
      expect(klines.length).toBe(99);
      const ticker = (await answer(`/fapi/v1/ticker/24hr?${of}`)) as Message;
      expect(Number(klines.at(-1)![4])).toBe(Number(ticker['lastPrice']));
      expect(Number(ticker['lowPrice'])).toBeLessThanOrEqual(Number(ticker['lastPrice']));
      expect(Number(ticker['quoteVolume'])).toBeGreaterThan(0);
      const rates = (await answer(`/fapi/v1/fundingRate?${of}&limit=50`)) as Message[];
      expect(rates.length).toBe(50);
      const { lastUpdateId } = (await answer(`/fapi/v1/depth?${of}&limit=20`)) as Message;
      expect(lastUpdateId).toBeGreaterThan(0);
    }
  });

  test('sends about the rate it was asked for, evenly over every tenth of a second', async () => {
    const { futuresWs } = sim.endpoints;
    const depth = await connect(`${futuresWs}/public/stream`);
    const trades = await connect(`${futuresWs}/market/stream`);
    const names = symbols.map((symbol) => symbol.toLowerCase());
    depth.send({ method: 'SUBSCRIBE', params: names.map((name) => `${name}@depth@100ms`), id: 1 });
    trades.send({ method: 'SUBSCRIBE', params: names.map((name) => `${name}@aggTrade`), id: 1 });
    await Promise.all([depth, trades].map((client) => until(sim, () => client.frames.length > 0)));
    await sim.pump(2000);
    await Promise.all([depth, trades].map((client) => readAll(sim, client)));
    const before = depth.frames.length + trades.frames.length;
    await sim.pump(3000);
    await Promise.all([depth, trades].map((client) => readAll(sim, client)));
    const rate = (depth.frames.length + trades.frames.length - before) / 3;
    expect(rate).toBeGreaterThan(0.8 * PER_SECOND);
    expect(rate).toBeLessThan(1.25 * PER_SECOND);

    const slots = new Array<number>(10).fill(0);
    const heard = new Set<string>();
    for (const frame of depth.frames) {
      const event = /"E":(\d+).*?"s":"(\w+)"/.exec(frame);
      if (event === null) continue;
      slots[(Number(event[1]) % 100) / 10]!++;
      heard.add(event[2]!);
    }
    const events = slots.reduce((sum, count) => sum + count, 0);
    for (const count of slots) expect(count / events).toBeCloseTo(0.1, 1);
    expect(heard.size).toBe(SYMBOLS);
  });

  test('has every perp in its arrays, beside the coin-margined rows', async () => {
    const client = await connect(
      `${sim.endpoints.futuresWs}/market/stream?streams=!markPrice@arr@1s/!miniTicker@arr/!ticker@arr`,
    );
    await sim.pump(8000);
    await readAll(sim, client);
    const rows = (stream: string) =>
      client.of(stream).map((event) => event as unknown as readonly Message[]);
    const names = (of: readonly Message[], st: number) =>
      of.filter((row) => row['st'] === st).map(({ s }) => String(s));
    for (const marks of rows('!markPrice@arr@1s')) {
      expect(names(marks, 1)).toEqual(symbols);
      expect(names(marks, 2).length).toBeGreaterThan(3);
      expect(names(marks, 2).every((name) => /USD_(?:PERP|\d{6})$/.test(name))).toBe(true);
    }
    // Tickers carry what was traded since the last one.
    for (const stream of ['!miniTicker@arr', '!ticker@arr']) {
      const seen = new Set(rows(stream).flatMap((row) => names(row, 1)));
      expect(seen.size).toBeGreaterThan(0.95 * SYMBOLS);
      expect(symbols).toEqual(expect.arrayContaining([...seen]));
    }
  });

  test('lets a client synchronise any twenty books by the published rules', async () => {
    const random = createRandom(11);
    const chosen = new Set<string>();
    while (chosen.size < 20) chosen.add(symbols[nextUint32(random) % SYMBOLS]!);
    const followers = await Promise.all(
      [...chosen].map((symbol) => BookClient.open(sim, symbol, 'perp')),
    );
    for (const follower of followers) await follower.sync();
    await Promise.all(followers.map((follower) => follower.hear(10)));
    for (const follower of followers) {
      const { own, truth } = follower.compare();
      expect(own).toEqual(truth);
      expect(follower.book.isCrossed).toBe(false);
      expect(follower.steps).not.toContain('gap');
    }
  });

  test('has one weight budget for all: a snapshot of every book at once is refused', async () => {
    let used = 0;
    for (const symbol of symbols) {
      const path = `/fapi/v1/depth?symbol=${symbol}&limit=1000`;
      const { status, headers } = await get(sim.endpoints.futuresRest, path);
      const before = used;
      used = Number(headers.get('x-mbx-used-weight-1m'));
      if (before > 0) expect(used).toBe(before + 20);
      if (status === 200) continue;
      expect(status).toBe(429);
      expect(used).toBeGreaterThan(2400);
      return;
    }
    expect.unreachable('nothing was refused');
  });
});

describe('a venue with a certificate', () => {
  test('serves sockets and requests to clients that trust it, and to no others', async () => {
    const tls = createCertificate();
    const sim = await venue({ tls });
    const { futuresWs, futuresRest, spotWs, spotRest } = sim.endpoints;
    expect([futuresWs, spotWs].every((url) => url.startsWith('wss://127.0.0.1:'))).toBe(true);
    expect([futuresRest, spotRest].every((url) => url.startsWith('https://127.0.0.1:'))).toBe(true);
    const stream = `${futuresWs}/public/stream?streams=btcusdt@depth@100ms`;
    const client = await connect(stream, { ca: tls.cert });
    await until(sim, () => client.of('btcusdt@depth@100ms').length > 3);
    const byName = stream.replace('127.0.0.1', 'localhost');
    expect((await connect(byName, { ca: tls.cert })).ended).toBeNull();
    const time = await textOver(`${futuresRest}/fapi/v1/time`, tls.cert);
    expect(JSON.parse(time)).toEqual({ serverTime: expect.any(Number) });

    const others = createCertificate().cert;
    for (const options of [{}, { ca: others }]) {
      await expect(Client.open(stream, options)).rejects.toThrow(/self-signed certificate/);
    }
    await expect(textOver(`${spotRest}/api/v3/time`, others)).rejects.toThrow(/self-signed/);
    const plain = new WebSocket(stream.replace('wss:', 'ws:'));
    const ended = await new Promise((resolve) => plain.on('error', resolve));
    expect(String(ended)).toMatch(/hang up|ECONNRESET|Parse Error/);
  });

  test('keeps to the framing of large arrays', async () => {
    const tls = createCertificate();
    const sim = await venue({ tls, symbols: 400 });
    const client = await connect(`${sim.endpoints.futuresWs}/market/ws/!markPrice@arr@1s`, {
      ca: tls.cert,
    });
    await until(sim, () => client.frames.length >= 2);
    expect(client.frames[0]!.length).toBeGreaterThan(65_536);
    expect(client.messages.length).toBe(client.frames.length);
  });
});

describe('a venue in a process of its own', () => {
  test('says where it listens, serves, and ends with its starter', async () => {
    const started = await startVenue({ seed: 4, symbols: 12, messagesPerSecond: 100, tls: true });
    const url = `${started.endpoints.futuresRest}/fapi/v1/premiumIndex`;
    const rows = JSON.parse(await textOver(url, started.ca!)) as unknown[];
    expect(rows.length).toBe(12);
    await started.close();
    await expect(textOver(url, started.ca!)).rejects.toThrow(/ECONNREFUSED/);
  });

  test('says why it does not come up', async () => {
    await expect(startVenue({ symbols: 1 })).rejects.toThrow(/symbols: a whole number, 3 at least/);
  });
});
