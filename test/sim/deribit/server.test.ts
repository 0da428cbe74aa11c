import { afterEach, describe, expect, test } from 'vitest';
import { deribit } from '../../../src/sim/deribit/server.ts';
import type { RunningStage, StageOptions } from '../../../src/sim/stage.ts';
import type { VenueSim } from '../../../src/sim/venue-sim.ts';
import { Client, type Message } from '../support/client.ts';
import { stage } from '../support/stage.ts';

const BOOK = 'book.BTC-PERPETUAL.100ms';
const TICKER = 'ticker.BTC-PERPETUAL.100ms';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let running: RunningStage;
let sim: VenueSim;
const clients: Client[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

async function start(
  options: Partial<StageOptions> = {},
  rules: Parameters<typeof deribit>[0] = {},
): Promise<void> {
  running = await stage([deribit(rules)], options);
  sim = running.venue('deribit');
}

async function connected(): Promise<Client> {
  const client = await Client.open(sim.endpoints['deribit']!['ws']!);
  clients.push(client);
  return client;
}

/** Lets the loopback settle. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

let nextId = 1;

async function call(client: Client, method: string, params: unknown = {}): Promise<Message> {
  const id = nextId++;
  client.send({ jsonrpc: '2.0', id, method: `public/${method}`, params });
  for (let turn = 0; turn < 400; turn++) {
    const answer = client.messages.find((message) => message['id'] === id);
    if (answer !== undefined) return answer;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  throw new Error(`${method} was not answered`);
}

const subscribe = (client: Client, ...channels: string[]) =>
  call(client, 'subscribe', { channels });

/** What a channel has said. */
const said = (client: Client, channel: string): Message[] =>
  client.messages
    .map((message) => message['params'] as Message | undefined)
    .filter((params) => params?.['channel'] === channel)
    .map((params) => params!['data'] as Message);

async function asked(target: string): Promise<{ status: number; body: Message; text: string }> {
  const response = await fetch(`${sim.endpoints['deribit']!['rest']}/public/${target}`);
  const text = await response.text();
  const body = text.startsWith('{') ? (JSON.parse(text) as Message) : {};
  return { status: response.status, body, text };
}

const rowsOf = async (target: string): Promise<Message[]> =>
  (await asked(target)).body['result'] as Message[];

describe('a subscription', () => {
  test('is answered with the channels that there are, and others are left out without a word', async () => {
    await start();
    const client = await connected();
    const answer = await subscribe(client, BOOK, 'book.NOTHING-PERPETUAL.100ms', 'x', TICKER);
    expect(answer).toMatchObject({ jsonrpc: '2.0', result: [BOOK, TICKER], testnet: false });
    expect(answer['usOut']).toBeGreaterThan(answer['usIn'] as number);
  });

  test('to a raw channel needs a login', async () => {
    await start();
    expect(await subscribe(await connected(), TICKER, 'book.BTC-PERPETUAL.raw')).toMatchObject({
      error: { code: 13778 },
    });
  });

  test('begins a book with all of it and a ticker with what it is, behind the answer', async () => {
    await start();
    const client = await connected();
    await subscribe(client, BOOK, TICKER);
    await settled();
    const [snapshot] = said(client, BOOK);
    const truth = sim.book('deribit', 'BTC-PERPETUAL');
    expect(snapshot).toMatchObject({ type: 'snapshot', change_id: truth.updateId });
    const bids = snapshot!['bids'] as [string, number, number][];
    expect(bids.map(([action, price, size]) => [action, price, size])).toEqual(
      truth.bids.map(([price, size]) => ['new', Number(price), Number(size)]),
    );
    expect(said(client, TICKER)).toHaveLength(1);
    expect(client.messages.findIndex((message) => 'result' in message)).toBe(0);
  });

  test('made twice brings no second snapshot, and given up and made again it does', async () => {
    await start();
    const client = await connected();
    await subscribe(client, BOOK);
    expect(await subscribe(client, BOOK)).toMatchObject({ result: [BOOK] });
    await running.pump(500);
    await settled();
    const snapshots = () => said(client, BOOK).filter(({ type }) => type === 'snapshot');
    expect(snapshots()).toHaveLength(1);
    expect(await call(client, 'unsubscribe', { channels: [BOOK] })).toMatchObject({
      result: [BOOK],
    });
    await subscribe(client, BOOK);
    await settled();
    expect(snapshots()).toHaveLength(2);
  });
});

describe('a book', () => {
  test('is linked change by change with jumping ids, for whoever came when, and stays the truth', async () => {
    await start();
    const early = await connected();
    await subscribe(early, BOOK);
    await running.pump(1500);
    const late = await connected();
    await subscribe(late, BOOK);
    await running.pump(3000);
    await settled();
    for (const client of [early, late]) {
      const [snapshot, ...changes] = said(client, BOOK);
      let last = snapshot!['change_id'];
      const sides = { bids: new Map<number, number>(), asks: new Map<number, number>() };
      for (const message of [snapshot!, ...changes]) {
        if (message !== snapshot) expect(message['prev_change_id']).toBe(last);
        last = message['change_id'];
        for (const side of ['bids', 'asks'] as const)
          for (const [action, price, size] of message[side] as [string, number, number][]) {
            expect(sides[side].has(price)).toBe(action !== 'new');
            if (action === 'delete') sides[side].delete(price);
            else sides[side].set(price, size);
          }
      }
      expect(changes.length).toBeGreaterThan(20);
      const truth = sim.book('deribit', 'BTC-PERPETUAL', last as number);
      const sorted = (levels: Map<number, number>, direction: number) =>
        [...levels].sort(([a], [b]) => direction * (a - b));
      expect(sorted(sides.bids, -1)).toEqual(truth.bids.map((level) => level.map(Number)));
      expect(sorted(sides.asks, 1)).toEqual(truth.asks.map((level) => level.map(Number)));
    }
  });
});

describe('a socket', () => {
  test('that asked for heartbeats is tested, and closed when it does not answer', async () => {
    await start();
    const [quiet, alive] = [await connected(), await connected()];
    for (const client of [quiet, alive])
      expect(await call(client, 'set_heartbeat', { interval: 10 })).toMatchObject({ result: 'ok' });
    const tests = (client: Client) =>
      client.messages.filter(
        ({ method, params }) =>
          method === 'heartbeat' && (params as Message)['type'] === 'test_request',
      );
    await running.pump(10_100);
    await settled();
    expect(tests(quiet)).toHaveLength(1);
    expect(await call(alive, 'test')).toMatchObject({ result: { version: '1.2.26' } });
    await running.pump(10_000);
    await settled();
    expect(quiet.ended).toMatchObject({ code: 4000 });
    expect(alive.ended).toBeNull();
    expect(tests(alive)).toHaveLength(2);
  });

  test('may not ask for heartbeats more often than every ten seconds', async () => {
    await start();
    expect(await call(await connected(), 'set_heartbeat', { interval: 9 })).toMatchObject({
      error: { code: -32602 },
    });
  });

  test('that nobody uses is closed after a minute', async () => {
    await start();
    const client = await connected();
    await running.pump(59_000);
    await settled();
    expect(client.ended).toBeNull();
    await running.pump(2_000);
    await settled();
    expect(client.ended).not.toBeNull();
  });

  test('answers what it does not know with an error', async () => {
    await start();
    const client = await connected();
    expect(await call(client, 'get_rich')).toMatchObject({ error: { code: -32601 } });
    client.send('{');
    await settled();
    expect(client.messages.at(-1)).toMatchObject({ error: { code: -32700 } });
  });

  test('that spends more than it has is told so and closed', async () => {
    await start();
    const client = await connected();
    // Ten at once, then three a second.
    for (let i = 0; i < 11; i++)
      client.send({
        jsonrpc: '2.0',
        id: 1000 + i,
        method: 'public/subscribe',
        params: { channels: [] },
      });
    await settled();
    const errors = client.messages.filter((message) => 'error' in message);
    expect(errors).toMatchObject([{ id: 1010, error: { code: 10028 } }]);
    expect(client.ended).toMatchObject({ code: 1008 });
  });

  test('is the 33rd, and turned away', async () => {
    await start();
    for (let i = 0; i < 32; i++) await connected();
    await expect(connected()).rejects.toThrow('429');
  });
});

describe('a method', () => {
  test('gives the same over HTTP, where an error is HTTP 400', async () => {
    await start();
    const { body } = await asked('get_order_book?instrument_name=BTC-PERPETUAL&depth=5');
    const client = await connected();
    const over = await call(client, 'get_order_book', {
      instrument_name: 'BTC-PERPETUAL',
      depth: 5,
    });
    expect(over['result']).toEqual(body['result']);
    expect(await asked('get_order_book?instrument_name=NOTHING')).toMatchObject({
      status: 400,
      body: { error: { code: -32602, data: { reason: 'instrument not found' } } },
    });
    expect(await asked('subscribe?channels=x')).toMatchObject({
      status: 400,
      body: { error: { code: 10030 } },
    });
    expect((await asked('get_rich')).body).toMatchObject({ error: { code: -32601 } });
  });

  test('lists by currency and kind', async () => {
    await start();
    const names = async (query: string) =>
      (await rowsOf(`get_instruments?${query}`)).map((row) => row['instrument_name'] as string);
    const futures = await names('currency=any&kind=future');
    expect(futures).toContain('BTC-PERPETUAL');
    expect(futures).toContain('BTC_USDC-PERPETUAL');
    expect(futures.filter((name) => /^BTC-\d/.test(name))).toHaveLength(3);
    expect(await names('currency=USDC&kind=future')).toEqual(['BTC_USDC-PERPETUAL']);
    const options = await names('currency=BTC&kind=option');
    // Five expiries, fifteen strikes, calls and puts.
    expect(options).toHaveLength(5 * 15 * 2);
    expect(options.every((name) => /^BTC-\d+[A-Z]{3}\d\d-\d+-[CP]$/.test(name))).toBe(true);
  });

  test('tells of options what Black says of a smile around their forwards', async () => {
    await start();
    const chain = await rowsOf('get_book_summary_by_currency?currency=BTC&kind=option');
    expect(chain).toHaveLength(150);
    for (const row of chain) {
      const {
        mark_iv: iv,
        bid_price: bid,
        ask_price: ask,
        mark_price: mark,
      } = row as Record<string, number>;
      expect(iv).toBeGreaterThan(20);
      expect(iv).toBeLessThan(150);
      expect(ask).toBeGreaterThanOrEqual(mark! - 1e-8);
      if (bid !== null) expect(bid).toBeLessThanOrEqual(mark! + 1e-8);
    }
    const names = new Set(chain.map((row) => row['underlying_index']));
    expect([...names].filter((name) => String(name).startsWith('SYN.')).length).toBeGreaterThan(0);
    expect([...names].filter((name) => /^BTC-\d/.test(String(name))).length).toBeGreaterThanOrEqual(
      2,
    );
  });

  test('tells what funding has paid: eight hours are the sum of their hours', async () => {
    await start();
    const to = running.market.nowMs;
    const rows = await rowsOf(
      `get_funding_rate_history?instrument_name=BTC-PERPETUAL&start_timestamp=${to - 3 * DAY_MS}&end_timestamp=${to}`,
    );
    expect(rows).toHaveLength(72);
    const hours = rows.map((row) => row['interest_1h'] as number);
    for (let at = 8; at < rows.length; at++) {
      const sum = hours.slice(at - 7, at + 1).reduce((total, rate) => total + rate, 0);
      expect(rows[at]!['interest_8h']).toBeCloseTo(sum, 12);
      expect(rows[at]!['prev_index_price']).toBe(rows[at - 1]!['index_price']);
    }
  });

  test('tells of bars in columns, ending in the market as it is', async () => {
    await start();
    const to = running.market.nowMs;
    const { body } = await asked(
      `get_tradingview_chart_data?instrument_name=BTC-PERPETUAL&start_timestamp=${to - DAY_MS}&end_timestamp=${to}&resolution=60`,
    );
    const { ticks, close, volume, cost, status } = body['result'] as Record<string, number[]>;
    expect([status, ticks!.length]).toEqual(['ok', 24]);
    expect(ticks!.at(-1)).toBe(Math.floor(to / HOUR_MS) * HOUR_MS);
    for (let i = 0; i < 23; i++)
      expect(Math.abs(cost![i]! / volume![i]! / close![i]! - 1)).toBeLessThan(0.03);
  });

  test('tells of the volatility index of the past what it is now', async () => {
    await start();
    const to = running.market.nowMs;
    const { body } = await asked(
      `get_volatility_index_data?currency=BTC&start_timestamp=${to - 3 * DAY_MS}&end_timestamp=${to}&resolution=3600`,
    );
    const { data, continuation } = body['result'] as { data: number[][]; continuation: null };
    expect([data.length, continuation]).toEqual([72, null]);
    const client = await connected();
    await subscribe(client, 'deribit_volatility_index.btc_usd');
    await running.pump(2000);
    await settled();
    const now = said(client, 'deribit_volatility_index.btc_usd').at(-1)!['volatility'] as number;
    expect(Math.abs(now / data.at(-1)![4]! - 1)).toBeLessThan(0.25);
  });
});

describe('eight o’clock', () => {
  test('ends what expires, begins what is next, and says both', async () => {
    // A Friday: a week's future and options are delivered, and the first day's.
    await start({ startMs: Date.UTC(2026, 10, 27, 7, 59, 50) });
    const client = await connected();
    const gone = 'BTC-27NOV26';
    await subscribe(client, 'instrument.state.any.any', `ticker.${gone}.100ms`);
    await running.pump(15_000);
    await settled();
    const states = said(client, 'instrument.state.any.any');
    const named = (state: string) =>
      states.filter((row) => row['state'] === state).map((row) => row['instrument_name'] as string);
    expect(named('closed')).toContain(gone);
    expect(named('closed').filter((name) => name.startsWith(`${gone}-`))).toHaveLength(30);
    expect(named('created').length).toBeGreaterThan(0);
    expect(named('started')).toEqual(named('created'));
    const listed = (await rowsOf('get_instruments?currency=any')).map(
      (row) => row['instrument_name'],
    );
    for (const name of named('closed')) expect(listed).not.toContain(name);
    for (const name of named('created')) expect(listed).toContain(name);
    const tickers = said(client, `ticker.${gone}.100ms`);
    const last = tickers.at(-1)!['timestamp'] as number;
    expect(last).toBeLessThan(Date.UTC(2026, 10, 27, 8));
  });
});

test('a coin that is new in the middle of the day is announced, with its options', async () => {
  await start();
  const client = await connected();
  await subscribe(client, 'instrument.state.any.any');
  running.list('SOL');
  await running.pump(200);
  await settled();
  const born = said(client, 'instrument.state.any.any')
    .filter(({ state }) => state === 'started')
    .map((row) => row['instrument_name'] as string);
  expect(born).toContain('SOL_USDC-PERPETUAL');
  expect(born.filter((name) => /^SOL_USDC-.*-[CP]$/.test(name))).toHaveLength(150);
  const listed = (await rowsOf('get_instruments?currency=USDC')).map(
    (row) => row['instrument_name'],
  );
  for (const name of born) expect(listed).toContain(name);
  expect(await subscribe(client, 'book.SOL_USDC-PERPETUAL.100ms')).toMatchObject({
    result: ['book.SOL_USDC-PERPETUAL.100ms'],
  });
  expect(sim.symbols('deribit')).toContain('SOL_USDC-PERPETUAL');
});

describe('trouble', () => {
  test('with a locked platform stops everything but the index, and says so', async () => {
    await start();
    const client = await connected();
    const index = 'deribit_price_index.btc_usd';
    await subscribe(client, 'platform_state', TICKER, index);
    await running.pump(1000);
    const id = sim.faults.inject({ kind: 'platformLock' });
    await running.pump(100);
    await settled();
    expect(said(client, 'platform_state')).toContainEqual({ price_index: 'btc_usd', locked: true });
    const before = [said(client, TICKER).length, said(client, index).length];
    await running.pump(3000);
    await settled();
    expect(said(client, TICKER).length).toBe(before[0]);
    expect(said(client, index).length).toBe(before[1]! + 3);
    sim.faults.clear(id);
    await running.pump(1000);
    await settled();
    expect(said(client, 'platform_state')).toContainEqual({
      price_index: 'btc_usd',
      locked: false,
    });
    expect(said(client, TICKER).length).toBeGreaterThan(before[0]!);
  });

  test('with liquidations flags the prints of forced orders', async () => {
    await start({ scenario: 'cascade' });
    const client = await connected();
    const channel = 'trades.BTC_USDC-PERPETUAL.100ms';
    await subscribe(client, channel);
    for (
      let minute = 0;
      minute < 6 && !client.frames.some((f) => f.includes('"liquidation"'));
      minute++
    )
      await running.pump(60_000);
    await settled();
    const prints = said(client, channel).flatMap((batch) => batch as unknown as Message[]);
    const seqs = prints.map((print) => print['trade_seq'] as number);
    for (let i = 1; i < seqs.length; i++) expect(seqs[i]).toBe(seqs[i - 1]! + 1);
    const forced = prints.filter((print) => 'liquidation' in print);
    expect(forced.length).toBeGreaterThan(0);
    expect(forced.length).toBeLessThan(prints.length);
    for (const print of forced) expect(print['liquidation']).toBe('T');
  });
});
