import { describe, expect, test } from 'vitest';
import { createRandom } from '../../../src/feed/random.ts';
import { createBook } from '../../../src/sim/market-book.ts';
import { createMarket } from '../../../src/sim/market-start.ts';
import { type FaultKind, Faults } from '../../../src/sim/okx/faults.ts';
import { Numbers } from '../../../src/sim/okx/numbers.ts';
import { Publisher } from '../../../src/sim/okx/publisher.ts';
import { okx } from '../../../src/sim/okx/server.ts';
import { windowChanges } from '../../../src/sim/okx/window.ts';
import type { RunningStage, StageOptions } from '../../../src/sim/stage.ts';
import type { VenueSim } from '../../../src/sim/venue-sim.ts';
import { Client, get, type Message, until } from '../support/client.ts';
import { stage } from '../support/stage.ts';

const SWAP = 'BTC-USDT-SWAP';
const INVERSE = 'BTC-USD-SWAP';
const START_MS = Date.UTC(2026, 10, 20, 13, 37, 5);

interface Venue {
  readonly sim: VenueSim<FaultKind>;
  readonly ws: string;
  readonly rest: string;
  readonly pump: RunningStage['pump'];
}

async function venue(part = okx(), options: Partial<StageOptions> = {}): Promise<Venue> {
  const running = await stage([part], { startMs: START_MS, ...options });
  const sim = running.venue('okx') as VenueSim<FaultKind>;
  const { ws, rest } = sim.endpoints['okx']!;
  return { sim, ws: ws!, rest: rest!, pump: running.pump };
}

type Arg = Readonly<Record<string, string>>;

/** A client of the public address that has asked for channels. */
async function heard({ ws, sim }: Venue, ...args: readonly Arg[]): Promise<Client> {
  const client = await Client.open(`${ws}/ws/v5/public`);
  client.send({ id: '7', op: 'subscribe', args });
  await until(sim, () => client.messages.length >= args.length, 0);
  return client;
}

const book = (instId = SWAP): Arg => ({ channel: 'books', instId });

interface Row {
  readonly asks: readonly (readonly [string, string, string, string])[];
  readonly bids: readonly (readonly [string, string, string, string])[];
  readonly seqId: number;
  readonly prevSeqId: number;
  readonly ts: string;
  readonly checksum: number;
}

/** Data of a channel that a client has heard, in their order. */
const dataOf = (client: Client, channel: string) =>
  client.messages
    .filter(({ arg, data }) => data !== undefined && (arg as Arg)['channel'] === channel)
    .map((message) => ({
      action: message['action'],
      arg: message['arg'] as Arg,
      row: (message['data'] as readonly Message[])[0]!,
    }));

const rowsOf = (client: Client, channel: string) =>
  dataOf(client, channel).map(({ row }) => row as unknown as Row);

async function rowsAt({ rest }: Venue, path: string): Promise<readonly never[]> {
  const answer = await get(rest, path);
  expect(answer.json()).toMatchObject({ code: '0', msg: '' });
  return (answer.json() as { data: readonly never[] }).data;
}

describe('the dialogue of OKX', () => {
  test('answers each argument by itself, with the number of the request', async () => {
    const made = await venue();
    const client = await heard(
      made,
      book(),
      { channel: 'books', instId: 'XXX-USDT' },
      { channel: 'liquidation-orders', instType: 'SWAP' },
    );
    const answers = client.messages.filter(({ event }) => event !== undefined);
    expect(answers).toMatchObject([
      { id: '7', event: 'subscribe', arg: { channel: 'books', instId: SWAP } },
      {
        id: '7',
        event: 'error',
        code: '60018',
        msg: expect.stringContaining('channel:books,instId:XXX-USDT doesn'),
      },
      { id: '7', event: 'subscribe', arg: { channel: 'liquidation-orders', instType: 'SWAP' } },
    ]);
    for (const { connId } of answers) expect(connId).toMatch(/^[0-9a-f]{8}$/);
  });

  test.each([
    ['{', '60012'],
    ['[]', '60012'],
    ['{"op":"dance","args":[]}', '60012'],
    ['{"op":"subscribe","args":[]}', '60013'],
    ['{"op":"subscribe","args":[{"channel":"opt-summary","uly":"BTC-USD"}]}', '60013'],
    ['{"op":"subscribe","args":[{"channel":"books-l2-tbt","instId":"BTC-USDT-SWAP"}]}', '60011'],
    ['{"op":"subscribe","args":[{"channel":"funding-rate","instId":"BTC-USDT"}]}', '60018'],
    ['{"op":"subscribe","args":[{"channel":"lunar-eclipse","instId":"BTC-USDT"}]}', '60018'],
  ])('refuses %s with %s', async (text, code) => {
    const made = await venue();
    const client = await Client.open(`${made.ws}/ws/v5/public`);
    client.send(text);
    await until(made.sim, () => client.messages.length > 0, 0);
    expect(client.messages).toMatchObject([{ event: 'error', code }]);
  });

  test('knows its channels by their address, and no other address', async () => {
    const made = await venue();
    const client = await Client.open(`${made.ws}/ws/v5/business`);
    client.send({ op: 'subscribe', args: [book()] });
    await until(made.sim, () => client.messages.length > 0, 0);
    expect(client.messages).toMatchObject([{ event: 'error', code: '60018' }]);
    await expect(Client.open(`${made.ws}/ws/v4`)).rejects.toThrow('404');
  });

  test('answers a bare ping with a bare pong, and closes a socket on which nothing is said', async () => {
    const made = await venue(
      okx({ rules: { idle: { afterMs: 2000, silent: 'both', closing: { code: 4004 } } } }),
    );
    const [lively, quiet] = await Promise.all(
      [0, 1].map(() => Client.open(`${made.ws}/ws/v5/public`)),
    );
    for (let i = 0; i < 4; i += 1) {
      lively!.send('ping');
      await made.pump(1000);
    }
    await until(made.sim, () => quiet!.ended !== null, 0);
    expect(quiet!.ended).toMatchObject({ code: 4004 });
    expect(lively!.frames).toEqual(['pong', 'pong', 'pong', 'pong']);
    expect(lively!.ended).toBeNull();
  });

  test('counts subscriptions by the hour', async () => {
    const made = await venue(okx({ operations: { most: 3, windowMs: 5_000 } }));
    const client = await Client.open(`${made.ws}/ws/v5/public`);
    for (let i = 0; i < 5; i += 1) client.send({ op: 'unsubscribe', args: [book()] });
    await until(made.sim, () => client.messages.length === 5, 0);
    expect(client.messages.map(({ event, code }) => code ?? event)).toEqual([
      'unsubscribe',
      'unsubscribe',
      'unsubscribe',
      '60014',
      '60014',
    ]);
    await made.pump(5_100);
    client.send({ op: 'unsubscribe', args: [book()] });
    await until(made.sim, () => client.messages.length === 6, 0);
    expect(client.messages.at(-1)).toMatchObject({ event: 'unsubscribe' });
  });

  test('takes three handshakes a second', async () => {
    const made = await venue();
    const open = () => Client.open(`${made.ws}/ws/v5/public`);
    await Promise.all([open(), open(), open()]);
    await expect(open()).rejects.toThrow('429');
    await made.pump(1100);
    await open();
  });

  test('announces maintenance and closes', async () => {
    const made = await venue(okx({ rules: { shutdownNoticeMs: 5000 } }));
    const client = await Client.open(`${made.ws}/ws/v5/public`);
    made.sim.faults.inject({ kind: 'shutdown' });
    await until(made.sim, () => client.messages.length > 0, 0);
    expect(client.messages).toMatchObject([
      { event: 'notice', code: '64008', msg: expect.any(String) },
    ]);
    await made.pump(4000);
    expect(client.ended).toBeNull();
    await made.pump(1500);
    await until(made.sim, () => client.ended !== null, 0);
    expect(client.ended).toMatchObject({ code: 1001 });
  });
});

describe('the book channel', () => {
  test('begins with 400 levels a side at most and goes on by its chain', async () => {
    const made = await venue();
    const client = await heard(made, book());
    await made.pump(3000);
    const messages = dataOf(client, 'books');
    expect(messages[0]!.action).toBe('snapshot');
    const [first, ...others] = rowsOf(client, 'books');
    expect(first!.prevSeqId).toBe(-1);
    expect(first!.bids).toHaveLength(400);
    expect(first!.asks).toHaveLength(400);
    expect(first!.bids[0]).toEqual([
      expect.any(String),
      expect.any(String),
      '0',
      expect.any(String),
    ]);
    expect(others.length).toBeGreaterThan(10);
    let last = first!.seqId;
    for (const { seqId, prevSeqId, checksum } of others) {
      expect([prevSeqId, checksum]).toEqual([last, 0]);
      expect(seqId).toBeGreaterThan(prevSeqId);
      last = seqId;
    }
    expect(messages.slice(1).every(({ action }) => action === 'update')).toBe(true);
  });

  test('shows, at every number, the best 400 levels of the book as it was then', async () => {
    const made = await venue();
    const client = await heard(made, book(INVERSE));
    const sides = { bids: new Map<string, string>(), asks: new Map<string, string>() };
    const sorted = (levels: Iterable<readonly [string, string]>) =>
      [...levels].sort(([a], [b]) => Number(a) - Number(b));
    let read = 0;
    for (let round = 0; round < 20; round += 1) {
      await made.pump(300);
      const rows = rowsOf(client, 'books');
      for (const row of rows.slice(read))
        for (const side of ['bids', 'asks'] as const)
          for (const [price, size] of row[side])
            if (size === '0') sides[side].delete(price);
            else sides[side].set(price, size);
      read = rows.length;
      const truth = made.sim.book('okx', INVERSE, rows.at(-1)!.seqId);
      expect(sorted(sides.bids)).toEqual(sorted(truth.bids));
      expect(sorted(sides.asks)).toEqual(sorted(truth.asks));
    }
    expect(read).toBeGreaterThan(30);
  });

  test('numbers its states as the best prices do', async () => {
    const made = await venue();
    const client = await heard(made, book(), { channel: 'bbo-tbt', instId: SWAP });
    await made.pump(3000);
    const bests = rowsOf(client, 'bbo-tbt');
    const numbers = new Set(rowsOf(client, 'books').map(({ seqId }) => seqId));
    const shared = bests.filter(({ seqId }) => numbers.has(seqId));
    expect(shared.length).toBeGreaterThan(3);
    for (const { seqId, bids, asks } of shared) {
      const truth = made.sim.book('okx', SWAP, seqId);
      expect(truth.bids[0]).toEqual(bids[0]!.slice(0, 2));
      expect(truth.asks[0]).toEqual(asks[0]!.slice(0, 2));
    }
  });

  test('gives a sign of life every minute while the book rests', () => {
    const market = createMarket({
      seed: 1,
      scenario: 'calm',
      assets: ['BTC'],
      boards: ['okx'],
      startMs: START_MS,
    });
    let nowMs = START_MS;
    const faults = new Faults(
      () => nowMs,
      () => undefined,
    );
    const publisher = new Publisher({ market, faults, now: () => nowMs });
    const texts: string[] = [];
    const socket = {
      deliver: (_target: string, _symbol: string, text: string) => texts.push(text),
    };
    publisher.subscribe(socket as never, `books:${SWAP}`);
    // The market stands still.
    for (; nowMs < START_MS + 130_000; nowMs += 50) publisher.stepped(nowMs);
    const messages = texts.map(
      (text) => JSON.parse(text) as { action: string; data: readonly Row[] },
    );
    expect(messages.map(({ action }) => action)).toEqual(['snapshot', 'update', 'update']);
    const [{ seqId } = { seqId: 0 }] = messages[0]!.data;
    for (const { data } of messages.slice(1))
      expect(data).toMatchObject([{ bids: [], asks: [], seqId, prevSeqId: seqId }]);
  });

  test('is joined by another where the others are', async () => {
    const made = await venue();
    const first = await heard(made, book());
    await made.pump(1500);
    const second = await heard(made, book());
    await made.pump(1500);
    const [snapshot, next] = rowsOf(second, 'books');
    expect(next!.prevSeqId).toBe(snapshot!.seqId);
    const mine = rowsOf(first, 'books').map(({ seqId }) => seqId);
    expect(mine).toContain(next!.seqId);
  });

  test('asked for anew begins anew', async () => {
    const made = await venue();
    const client = await heard(made, book());
    await made.pump(500);
    client.send({ op: 'unsubscribe', args: [book()] });
    client.send({ op: 'subscribe', args: [book()] });
    await until(
      made.sim,
      () => dataOf(client, 'books').filter(({ action }) => action === 'snapshot').length === 2,
    );
  });
});

describe('the other channels', () => {
  const channels = ['tickers', 'mark-price', 'funding-rate', 'open-interest', 'trades'] as const;

  test('speak at once of how things stand, then of what changes', async () => {
    const made = await venue();
    const args = [
      ...channels.map((channel) => ({ channel, instId: SWAP })),
      { channel: 'index-tickers', instId: 'BTC-USDT' },
    ];
    const client = await heard(made, ...args);
    await until(made.sim, () => dataOf(client, 'index-tickers').length > 0, 0);
    for (const { channel } of args)
      expect([channel, dataOf(client, channel).length]).toEqual([
        channel,
        channel === 'trades' ? 0 : 1,
      ]);
    await made.pump(12_000);
    const count = (channel: string) => dataOf(client, channel).length;
    expect(count('trades')).toBeGreaterThan(5);
    expect(count('tickers')).toBeGreaterThan(20);
    expect(count('mark-price')).toBeGreaterThan(5);
    expect(count('index-tickers')).toBeGreaterThan(5);
    expect(count('open-interest')).toBeGreaterThan(1);
    expect(count('open-interest')).toBeLessThan(8);
    // An estimate comes every 30 to 90 s.
    expect(count('funding-rate')).toBe(1);
    await made.pump(90_000);
    expect(count('funding-rate')).toBeGreaterThan(1);
    expect(count('funding-rate')).toBeLessThan(5);
  });

  test('count contracts: open interest in three units that agree', async () => {
    const made = await venue();
    for (const [instId, coins] of [
      [SWAP, (oi: number) => oi * 0.01],
      [INVERSE, (oi: number, price: number) => (oi * 100) / price],
    ] as const) {
      const client = await heard(
        made,
        { channel: 'open-interest', instId },
        { channel: 'mark-price', instId },
      );
      await until(made.sim, () => dataOf(client, 'mark-price').length > 0, 0);
      const { oi, oiCcy, oiUsd } = dataOf(client, 'open-interest')[0]!.row as Readonly<
        Record<string, string>
      >;
      const price = Number(dataOf(client, 'mark-price')[0]!.row['markPx']);
      expect(Number(oiCcy)).toBeCloseTo(coins(Number(oi), price), 3);
      expect(Number(oiUsd) / (Number(oiCcy) * price)).toBeCloseTo(1, 4);
      client.close();
    }
  });

  test('tell old liquidations first, then new ones, by contract', async () => {
    const made = await venue(okx(), { scenario: 'cascade' });
    const client = await heard(made, { channel: 'liquidation-orders', instType: 'SWAP' });
    await until(made.sim, () => dataOf(client, 'liquidation-orders').length > 0, 0);
    const details = (row: Message) => row['details'] as readonly Readonly<Record<string, string>>[];
    for (const detail of details(dataOf(client, 'liquidation-orders')[0]!.row))
      expect(Number(detail['ts'])).toBeLessThan(START_MS - 60_000);
    await until(made.sim, () => dataOf(client, 'liquidation-orders').length > 3, 1000);
    for (const { row } of dataOf(client, 'liquidation-orders').slice(1))
      for (const { ts, side, posSide, bkPx, sz } of details(row)) {
        expect(Number(ts)).toBeGreaterThanOrEqual(START_MS);
        expect([side, posSide]).toEqual(side === 'sell' ? ['sell', 'long'] : ['buy', 'short']);
        expect(Number(bkPx) > 0 && Number(sz) > 0).toBe(true);
      }
  });

  test('settle funding when it is due: the next period at once, and what was paid', async () => {
    const made = await venue(okx(), { startMs: Date.UTC(2026, 10, 20, 15, 59, 50) });
    const client = await heard(made, { channel: 'funding-rate', instId: SWAP });
    await made.pump(15_000);
    const rows = dataOf(client, 'funding-rate').map(
      ({ row }) => row as Readonly<Record<string, string>>,
    );
    const at = Date.UTC(2026, 10, 20, 16);
    expect(rows[0]).toMatchObject({
      fundingTime: `${at}`,
      nextFundingTime: `${at + 28_800_000}`,
      prevFundingTime: `${at - 28_800_000}`,
      nextFundingRate: '',
    });
    expect(rows.at(-1)).toMatchObject({
      fundingTime: `${at + 28_800_000}`,
      prevFundingTime: `${at}`,
    });
    const [paid] = (await rowsAt(
      made,
      `/api/v5/public/funding-rate-history?instId=${SWAP}&limit=1`,
    )) as readonly Message[];
    expect(paid).toMatchObject({ fundingTime: `${at}`, realizedRate: expect.any(String) });
  });

  test('announce the end of a contract, which is listed no longer', async () => {
    const expiryMs = Date.UTC(2026, 10, 27, 8);
    const made = await venue(okx(), { startMs: expiryMs - 3000 });
    const instId = 'BTC-USD-261127';
    const client = await heard(
      made,
      { channel: 'instruments', instType: 'FUTURES' },
      { channel: 'mark-price', instId },
    );
    const names = async () =>
      (
        (await rowsAt(made, '/api/v5/public/instruments?instType=FUTURES')) as readonly Message[]
      ).map((row) => row['instId']);
    expect(await names()).toContain(instId);
    await made.pump(5000);
    expect(
      dataOf(client, 'instruments').map(({ row }) => [row['instId'], row['state']]),
    ).toContainEqual([instId, 'expired']);
    expect(await names()).not.toContain(instId);
  });
});

describe('the requests', () => {
  test('list what trades, with what contracts are worth', async () => {
    const made = await venue();
    const rows = (await rowsAt(
      made,
      '/api/v5/public/instruments?instType=SWAP',
    )) as readonly Message[];
    expect(rows).toMatchObject([
      {
        instId: SWAP,
        ctVal: '0.01',
        ctValCcy: 'BTC',
        ctType: 'linear',
        settleCcy: 'USDT',
        lotSz: '0.01',
        tickSz: '0.1',
        state: 'live',
      },
      {
        instId: INVERSE,
        ctVal: '100',
        ctValCcy: 'USD',
        ctType: 'inverse',
        settleCcy: 'BTC',
        lotSz: '1',
      },
    ]);
    const [future] = (await rowsAt(
      made,
      '/api/v5/public/instruments?instType=FUTURES',
    )) as readonly Message[];
    expect(new Date(Number(future!['expTime'])).getUTCHours()).toBe(8);
    for (const row of [...rows, future!])
      for (const value of Object.values(row)) expect(typeof value).toBe('string');
  });

  test('answer newest first, between `before` and `after`, both excluded', async () => {
    const made = await venue();
    const hour = 3_600_000;
    const top = Math.floor(START_MS / hour) * hour;
    const times = async (path: string) =>
      ((await rowsAt(made, path)) as readonly (readonly string[])[]).map(
        ([ts]) => (top - Number(ts)) / hour,
      );
    for (const endpoint of ['candles', 'history-candles', 'mark-price-candles'])
      expect(
        await times(
          `/api/v5/market/${endpoint}?instId=${SWAP}&bar=1H&after=${top}&before=${top - 4 * hour}`,
        ),
      ).toEqual([1, 2, 3]);
    expect(await times(`/api/v5/market/index-candles?instId=BTC-USDT&bar=1H&limit=2`)).toEqual([
      0, 1,
    ]);
    expect(
      await times(
        `/api/v5/rubik/stat/contracts/open-interest-history?instId=${SWAP}&period=1H&begin=${top - 2 * hour}&end=${top}`,
      ),
    ).toEqual([0, 1, 2]);
    // Only the running bar is not confirmed.
    const bars = (await rowsAt(
      made,
      `/api/v5/market/candles?instId=${SWAP}&bar=1H&limit=3`,
    )) as readonly (readonly string[])[];
    expect(bars.map((bar) => [bar.length, bar[8]])).toEqual([
      [9, '0'],
      [9, '1'],
      [9, '1'],
    ]);
  });

  test('reach as far back as the venue does', async () => {
    const made = await venue();
    const day = 86_400_000;
    const old = `instId=${SWAP}&bar=1m&after=${START_MS - 1.1 * day}`;
    expect(await rowsAt(made, `/api/v5/market/candles?${old}`)).toEqual([]);
    expect(await rowsAt(made, `/api/v5/market/history-candles?${old}&limit=300`)).toHaveLength(300);
    const funding = (await rowsAt(
      made,
      `/api/v5/public/funding-rate-history?instId=${SWAP}&limit=400`,
    )) as readonly Message[];
    expect(funding.length).toBeGreaterThan(100);
    expect(Number(funding.at(-1)!['fundingTime'])).toBeGreaterThan(START_MS - 93 * day);
  });

  test('give a book on the line of the stream’s numbers', async () => {
    const made = await venue();
    const client = await heard(made, book());
    await made.pump(2000);
    const [row] = (await rowsAt(
      made,
      `/api/v5/market/books?instId=${SWAP}&sz=400`,
    )) as readonly Row[];
    const truth = made.sim.book('okx', SWAP, row!.seqId);
    expect(row!.bids.map(([price, size]) => [price, size])).toEqual(truth.bids);
    const numbers = rowsOf(client, 'books').map(({ seqId }) => seqId);
    expect(row!.seqId).toBeLessThanOrEqual(numbers.at(-1)!);
    made.sim.faults.inject({ kind: 'noRestSeq' });
    const [bare] = (await rowsAt(
      made,
      `/api/v5/market/books?instId=${SWAP}&sz=5`,
    )) as readonly Row[];
    expect(bare).not.toHaveProperty('seqId');
    expect(bare!.asks).toHaveLength(5);
  });

  test('are limited by endpoint in two seconds, some by instrument as well', async () => {
    const made = await venue();
    const path = `/api/v5/public/funding-rate-history?instId=${SWAP}&limit=1`;
    const statuses = [];
    for (let i = 0; i < 11; i += 1) statuses.push((await get(made.rest, path)).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429]);
    const refused = await get(made.rest, path);
    expect(refused.json()).toMatchObject({ code: '50011', data: [] });
    expect((await get(made.rest, path.replace(SWAP, INVERSE))).status).toBe(200);
    await made.pump(2100);
    expect((await get(made.rest, path)).status).toBe(200);
  });

  test.each([
    ['/api/v5/market/books?instId=NO-SUCH', 400, '51001'],
    ['/api/v5/market/books', 400, '50014'],
    ['/api/v5/market/candles?instId=BTC-USDT&bar=1Y', 400, '51000'],
    ['/api/v5/public/funding-rate-history?instId=BTC-USDT', 400, '51000'],
    ['/api/v5/market/omens', 404, '50404'],
  ])('refuse %s', async (path, status, code) => {
    const made = await venue();
    const answer = await get(made.rest, path);
    expect([answer.status, answer.json()]).toMatchObject([status, { code }]);
  });

  test.each([
    ['serverError', 503, '50001'],
    ['regionRefused', 451, '50120'],
  ] as const)('fail as the venue does: %s', async (kind, status, code) => {
    const made = await venue();
    made.sim.faults.inject({ kind, count: 1 });
    const answer = await get(made.rest, '/api/v5/public/time');
    expect([answer.status, answer.json()]).toMatchObject([status, { code }]);
  });

  test('tell the time of the venue, skewed where it is', async () => {
    const made = await venue();
    made.sim.faults.inject({ kind: 'clockSkew', offsetMs: 60_000 });
    const [row] = (await rowsAt(made, '/api/v5/public/time')) as readonly Message[];
    expect(Number(row!['ts']) - START_MS).toBe(60_000);
  });
});

describe('what a window says of a change', () => {
  test('makes the one of the other, whatever both hold', () => {
    const random = createRandom(7);
    for (let round = 0; round < 200; round += 1) {
      const side = (direction: 1 | -1) => {
        const ticks = new Set(Array.from({ length: 12 }, () => 1 + Math.floor(random() * 20)));
        return [...ticks]
          .sort((a, b) => direction * (a - b))
          .map((tick): [number, number] => [tick, 1 + Math.floor(random() * 3)]);
      };
      const [before, after] = [0, 1].map(() => ({ bids: side(-1), asks: side(1) }));
      const changes = windowChanges(before!, after!);
      for (const name of ['bids', 'asks'] as const) {
        const made = new Map(before![name]);
        for (const [tick, lots] of changes[name])
          if (lots === 0) expect(made.delete(tick)).toBe(true);
          else made.set(tick, lots);
        expect([...made].sort(([a], [b]) => a - b)).toEqual(
          after![name].toSorted(([a], [b]) => a - b),
        );
      }
    }
  });
});

test('a number stands for one state, however often they begin anew', () => {
  const numbered = createBook(1_000_000, 0);
  const numbers = new Numbers(numbered);
  const seen: (readonly [seqId: number, updateId: number])[] = [];
  for (let round = 0; round < 4; round += 1) {
    for (let step = 0; step < 5; step += 1) {
      numbered.updateId += 3;
      seen.push([numbers.of(), numbered.updateId]);
    }
    const before = numbers.of();
    numbers.reset();
    expect(numbers.of()).toBeLessThan(before);
  }
  for (const [seqId, updateId] of seen) expect(numbers.marketId(seqId)).toBe(updateId);
  expect(() => numbers.marketId(5)).not.toThrow();
  expect(() => numbers.marketId(5_000_000)).toThrow('No message');
});
