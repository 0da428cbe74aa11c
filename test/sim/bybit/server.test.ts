import { afterEach, describe, expect, test } from 'vitest';
import { bybit, type ServerOptions } from '../../../src/sim/bybit/server.ts';
import { SOCKET_RULES } from '../../../src/sim/bybit/sockets.ts';
import type { StageOptions } from '../../../src/sim/stage.ts';
import type { VenueSim } from '../../../src/sim/venue-sim.ts';
import { Client, get, type Message, until } from '../support/client.ts';
import { stage } from '../support/stage.ts';

const clients: Client[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

async function venue(
  options: ServerOptions = {},
  more: Partial<StageOptions> = {},
): Promise<VenueSim> {
  return (await stage([bybit(options)], more)).venue('bybit');
}

async function connect(sim: VenueSim, family = 'linear'): Promise<Client> {
  const client = await Client.open(`${sim.endpoints['bybit-linear']!['ws']}/v5/public/${family}`);
  clients.push(client);
  return client;
}

const answers = (client: Client): Message[] => client.messages.filter((each) => !('topic' in each));
const of = (client: Client, topic: string): Message[] =>
  client.messages.filter((each) => each['topic'] === topic);

async function ask(sim: VenueSim, client: Client, request: Message): Promise<Message> {
  const before = answers(client).length;
  client.send(request);
  await until(sim, () => answers(client).length > before, 0);
  return answers(client)[before]!;
}

const subscribe = (sim: VenueSim, client: Client, ...args: string[]) =>
  ask(sim, client, { req_id: 's1', op: 'subscribe', args });

describe('the public sockets of Bybit', () => {
  test('acknowledge, refuse, and name what is subscribed twice', async () => {
    const sim = await venue();
    const client = await connect(sim);
    const topic = 'orderbook.1000.BTCUSDT';
    const { conn_id: connId, ...granted } = await subscribe(sim, client, topic);
    expect(granted).toEqual({ success: true, ret_msg: '', req_id: 's1', op: 'subscribe' });
    expect(typeof connId).toBe('string');
    expect(await subscribe(sim, client, topic)).toMatchObject({
      success: false,
      ret_msg: `error:already subscribed,topic:${topic}`,
    });
    for (const wrong of ['orderbook.7.BTCUSDT', 'tickers.NOPE', 'tickers.BTCUSD', 'moon'])
      expect(await subscribe(sim, client, wrong)).toMatchObject({
        success: false,
        ret_msg: `Invalid topic:[${wrong}]`,
      });
    expect(await ask(sim, client, { req_id: '9', op: 'unsubscribe', args: [topic] })).toMatchObject(
      { success: true, req_id: '9', op: 'unsubscribe' },
    );
    expect(await subscribe(sim, client, topic)).toMatchObject({ success: true });
  });

  test('serve one family per path', async () => {
    const sim = await venue();
    const inverse = await connect(sim, 'inverse');
    expect(await subscribe(sim, inverse, 'tickers.BTCUSD')).toMatchObject({ success: true });
    expect(await subscribe(sim, inverse, 'tickers.BTCUSDT')).toMatchObject({ success: false });
    const spot = await connect(sim, 'spot');
    expect(await subscribe(sim, spot, 'allLiquidation.BTCUSDT')).toMatchObject({ success: false });
    const many = Array.from({ length: 11 }, (_, i) => `tickers.C${i}`);
    expect(await subscribe(sim, spot, ...many)).toMatchObject({ ret_msg: 'args size >10' });
    await expect(connect(sim, 'moon')).rejects.toThrow('404');
  });

  test('answer on options topic by topic', async () => {
    const sim = await venue();
    const client = await connect(sim, 'option');
    expect(await subscribe(sim, client, 'tickers.BTC-27MAR26-90000-C')).toMatchObject({
      data: { failTopics: ['tickers.BTC-27MAR26-90000-C'], successTopics: [] },
      type: 'COMMAND_RESP',
    });
    expect(await ask(sim, client, { op: 'ping' })).toMatchObject({ op: 'pong' });
  });

  test('answer pings, and cut who says nothing for long', async () => {
    const { idle } = SOCKET_RULES;
    expect(idle?.afterMs).toBe(600_000);
    const sim = await venue({ rules: { idle: { ...idle!, afterMs: 20_000 } } });
    const client = await connect(sim);
    expect(await ask(sim, client, { req_id: '7', op: 'ping' })).toMatchObject({
      success: true,
      ret_msg: 'pong',
      req_id: '7',
      op: 'ping',
    });
    await sim.pump(19_000);
    expect(client.ended).toBeNull();
    await sim.pump(2000);
    await until(sim, () => client.ended !== null, 0);
    expect(client.ended?.code).toBe(1006);
  });

  test('may be deaf to pings', async () => {
    const sim = await venue();
    const client = await connect(sim);
    sim.faults.inject({ kind: 'ignorePongs', durationMs: 1000 });
    client.send({ req_id: '1', op: 'ping' });
    await sim.pump(1500);
    expect(answers(client)).toEqual([]);
    expect(await ask(sim, client, { req_id: '2', op: 'ping' })).toMatchObject({ req_id: '2' });
  });

  test('count every character that was ever asked for', async () => {
    const sim = await venue();
    const client = await connect(sim);
    const topics = [...sim.symbols('bybit-linear')].map((symbol) => `allLiquidation.${symbol}`);
    const length = topics.join('').length;
    const times = Math.floor(21_000 / length);
    for (let i = 0; i < times; i += 1) {
      client.send({ op: 'subscribe', args: topics });
      client.send({ op: 'unsubscribe', args: topics });
    }
    await until(sim, () => client.frames.length === 2 * times, 0);
    expect(answers(client).every(({ success }) => success === true)).toBe(true);
    expect(await subscribe(sim, client, ...topics)).toMatchObject({
      success: false,
      ret_msg: 'args length exceeds 21000',
    });
  });
});

type Levels = [price: string, size: string][];
interface Book {
  readonly type: string;
  readonly data: {
    readonly s: string;
    readonly b: Levels;
    readonly a: Levels;
    readonly u: number;
    readonly seq: number;
  };
}

describe('what the streams of Bybit say', () => {
  test('of a book is a snapshot and then changes numbered one by one, which together are the book', async () => {
    const sim = await venue();
    const client = await connect(sim);
    const topics = [50, 200, 1000].map((depth) => `orderbook.${depth}.BTCUSDT`);
    await subscribe(sim, client, ...topics);
    await sim.pump(5000);
    for (const [index, topic] of topics.entries()) {
      const messages = of(client, topic) as unknown as Book[];
      expect(messages.map(({ type }) => type)).toEqual([
        'snapshot',
        ...Array.from({ length: messages.length - 1 }, () => 'delta'),
      ]);
      expect(messages.length).toBeGreaterThan(20);
      const held = { b: new Map<string, string>(), a: new Map<string, string>() };
      let last: Book['data'] | undefined;
      for (const { data } of messages) {
        if (last !== undefined) {
          expect(data.u).toBe(last.u + 1);
          expect(data.seq).toBeGreaterThan(last.seq);
        }
        last = data;
        for (const side of ['b', 'a'] as const)
          for (const [price, size] of data[side])
            if (size === '0') held[side].delete(price);
            else held[side].set(price, size);
      }
      const depth = [50, 200, 1000][index]!;
      const truth = sim.book('bybit-linear', 'BTCUSDT', last!.u);
      expect(held).toEqual({
        b: new Map(truth.bids.slice(0, depth)),
        a: new Map(truth.asks.slice(0, depth)),
      });
    }
    // Each depth has numbers of its own, and `seq` counts across them.
    const [first, second] = topics.map(
      (topic) => (of(client, topic) as unknown as Book[]).at(-1)!.data,
    );
    expect(first!.u).not.toBe(second!.u);
  });

  test('of the touch is the whole, repeated after three seconds without a change', async () => {
    const sim = await venue();
    const client = await connect(sim);
    await subscribe(sim, client, 'orderbook.1.BTCUSDT-25DEC26');
    await sim.pump(30_000);
    const messages = of(client, 'orderbook.1.BTCUSDT-25DEC26') as unknown as Book[];
    expect(messages.every(({ type, data }) => type === 'snapshot' && data.b.length === 1)).toBe(
      true,
    );
    const repeated = messages.filter(({ data }, i) => i > 0 && data.u === messages[i - 1]!.data.u);
    for (const message of repeated)
      expect(
        messages.filter(({ data }) => data.u === message.data.u).map(({ data }) => data.b),
      ).toEqual(expect.arrayContaining([message.data.b]));
    expect(messages.length).toBeGreaterThan(9);
  });

  test('of a ticker is a snapshot and then what changed; of spot the whole', async () => {
    const sim = await venue();
    const client = await connect(sim);
    await subscribe(sim, client, 'tickers.BTCUSDT', 'tickers.BTCUSDT-25DEC26');
    await sim.pump(5000);
    const [first, ...rest] = of(client, 'tickers.BTCUSDT');
    expect(first).toMatchObject({ type: 'snapshot', data: { fundingIntervalHour: '8' } });
    const whole = first!['data'] as Record<string, string>;
    expect(Number(whole['openInterest'])).toBeCloseTo(2 * Number(whole['singleOpenInterest']), 6);
    expect(rest.length).toBeGreaterThan(20);
    for (const { type, data } of rest) {
      expect(type).toBe('delta');
      expect(Object.keys(data as object).length).toBeLessThan(Object.keys(whole).length);
      expect(data).toMatchObject({ symbol: 'BTCUSDT' });
    }
    expect(of(client, 'tickers.BTCUSDT-25DEC26')[0]).toMatchObject({
      data: { fundingRate: '', nextFundingTime: '', deliveryTime: '2026-12-25T08:00:00Z' },
    });
    const spot = await connect(sim, 'spot');
    await subscribe(sim, spot, 'tickers.BTCUSDT');
    await sim.pump(3000);
    const pairs = of(spot, 'tickers.BTCUSDT');
    expect(pairs.length).toBeGreaterThan(3);
    for (const { type, data } of pairs) {
      expect(type).toBe('snapshot');
      expect(data).toHaveProperty('usdIndexPrice');
      expect(data).not.toHaveProperty('bid1Price');
    }
  });

  test('of trades names them by UUID on contracts and by number on spot', async () => {
    const sim = await venue();
    const [contracts, pairs] = [await connect(sim), await connect(sim, 'spot')];
    await subscribe(sim, contracts, 'publicTrade.BTCUSDT');
    await subscribe(sim, pairs, 'publicTrade.BTCUSDT');
    await sim.pump(5000);
    const rows = (client: Client) =>
      of(client, 'publicTrade.BTCUSDT').flatMap(({ data }) => data as Record<string, unknown>[]);
    for (const [client, id] of [
      [contracts, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-9[0-9a-f]{3}-[0-9a-f]{12}$/],
      [pairs, /^\d+$/],
    ] as const) {
      const prints = rows(client);
      expect(prints.length).toBeGreaterThan(5);
      expect(new Set(prints.map(({ i }) => i)).size).toBe(prints.length);
      for (const row of prints) {
        expect(row['i']).toMatch(id);
        expect(row).toMatchObject({ s: 'BTCUSDT', BT: false, RPI: false });
      }
      const times = prints.map(({ T }) => T as number);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    }
  });

  test('of liquidations are batches with the side of the position, in either form', async () => {
    const sim = await venue({}, { scenario: 'cascade' });
    const client = await connect(sim);
    await subscribe(sim, client, 'allLiquidation.BTCUSDT', 'liquidation.BTCUSDT');
    await until(sim, () => of(client, 'liquidation.BTCUSDT').length > 1, 500);
    for (const { data } of of(client, 'allLiquidation.BTCUSDT'))
      for (const row of data as object[])
        expect(row).toEqual({
          T: expect.any(Number),
          s: 'BTCUSDT',
          S: expect.stringMatching(/^(Buy|Sell)$/),
          v: expect.stringMatching(/^\d+\.\d{3}$/),
          p: expect.stringMatching(/^\d+\.\d{2}$/),
        });
    const [single] = of(client, 'liquidation.BTCUSDT');
    expect(single!['data']).toMatchObject({ symbol: 'BTCUSDT', side: expect.any(String) });
  });
});

describe('the requests of Bybit', () => {
  const market = (sim: VenueSim, path: string) =>
    get(sim.endpoints['bybit-linear']!['rest']!, `/v5/market/${path}`);
  const result = async (sim: VenueSim, path: string) => {
    const { retCode, result: found } = (await market(sim, path)).json() as {
      retCode: number;
      result: { list: Record<string, string>[] & string[][]; nextPageCursor?: string };
    };
    expect(retCode).toBe(0);
    return found;
  };

  test('answer a wrong parameter with 10001 and an unknown path with 404', async () => {
    const sim = await venue();
    for (const path of [
      'instruments-info',
      'instruments-info?category=moon',
      'kline?category=linear&symbol=NOPE&interval=60',
      'kline?category=linear&symbol=BTCUSDT&interval=61',
      'funding/history?category=linear&symbol=BTCUSDT&startTime=1',
      'open-interest?category=linear&symbol=BTCUSDT&intervalTime=1h&limit=x',
    ])
      expect((await market(sim, path)).json()).toMatchObject({ retCode: 10001 });
    expect((await market(sim, 'moon')).status).toBe(404);
  });

  test('tell the time', async () => {
    const { result: found, time } = (await market(await venue(), 'time')).json() as {
      result: Record<string, string>;
      time: number;
    };
    expect(Number(found['timeNano'])).toBe(time * 1e6);
    expect(Number(found['timeSecond'])).toBe(Math.floor(time / 1000));
  });

  test('list contracts page by page and spot at once', async () => {
    const sim = await venue({ listingsPerPage: 3 });
    const symbols: string[] = [];
    let cursor = '';
    do {
      const page = await result(sim, `instruments-info?category=linear&cursor=${cursor}`);
      expect(page.list.length).toBeLessThanOrEqual(3);
      symbols.push(...page.list.map((row) => row['symbol']!));
      cursor = encodeURIComponent(page.nextPageCursor!);
    } while (cursor !== '');
    expect(symbols).toEqual([...sim.symbols('bybit-linear')]);
    expect(await result(sim, 'instruments-info?category=spot')).not.toHaveProperty(
      'nextPageCursor',
    );
    expect(
      (await result(sim, 'instruments-info?category=inverse&symbol=BTCUSD')).list,
    ).toMatchObject([
      {
        contractType: 'InversePerpetual',
        quoteCoin: 'USD',
        settleCoin: 'BTC',
        fundingInterval: 480,
      },
    ]);
  });

  test('drop a dated contract at its delivery', async () => {
    const startMs = Date.UTC(2026, 11, 25, 7, 59, 58);
    const sim = await venue({}, { startMs });
    const delivered = 'BTCUSDT-25DEC26';
    const client = await connect(sim);
    await subscribe(sim, client, `tickers.${delivered}`);
    expect(sim.symbols('bybit-linear')).toContain(delivered);
    await sim.pump(4000);
    expect(sim.symbols('bybit-linear')).not.toContain(delivered);
    const heard = of(client, `tickers.${delivered}`).length;
    await sim.pump(2000);
    expect(of(client, `tickers.${delivered}`)).toHaveLength(heard);
    expect(await subscribe(sim, client, `orderbook.1.${delivered}`)).toMatchObject({
      success: false,
    });
  });

  test('answer rows newest first, within the span asked for', async () => {
    const sim = await venue();
    const nowMs = sim.market.nowMs;
    const from = nowMs - 30 * 3_600_000;
    const span = `startTime=${from}&endTime=${nowMs}`;
    const stamps = async (path: string, read: (row: Record<string, string> & string[]) => string) =>
      (await result(sim, path)).list.map((row) => Number(read(row as never)));
    const query = 'category=linear&symbol=BTCUSDT';
    for (const [times, stepMs] of [
      [await stamps(`funding/history?${query}&${span}`, (row) => row['fundingRateTimestamp']!), 8],
      [
        await stamps(`open-interest?${query}&intervalTime=1h&${span}`, (row) => row['timestamp']!),
        1,
      ],
      [await stamps(`kline?${query}&interval=60&start=${from}&end=${nowMs}`, (row) => row[0]!), 1],
    ] as const) {
      expect(times.length).toBe(Math.floor(30 / stepMs) + (stepMs === 8 ? 1 : 0));
      for (let i = 1; i < times.length; i += 1)
        expect(times[i - 1]! - times[i]!).toBe(stepMs * 3_600_000);
    }
  });

  test('count open interest for both sides, and once since June 2026', async () => {
    const sim = await venue({}, { startMs: Date.UTC(2026, 5, 11, 2) });
    const { list } = await result(
      sim,
      'open-interest?category=linear&symbol=BTCUSDT&intervalTime=1h&limit=5',
    );
    const [newest, , , oldest] = list;
    expect(2 * Number(newest!['singleOpenInterest'])).toBeCloseTo(
      Number(newest!['openInterest']),
      6,
    );
    expect(oldest).not.toHaveProperty('singleOpenInterest');
  });

  test('answer a book under the number of the deepest stream', async () => {
    const sim = await venue();
    const client = await connect(sim);
    await subscribe(sim, client, 'orderbook.1000.BTCUSDT');
    await sim.pump(1000);
    const { u, data } = {
      u: (of(client, 'orderbook.1000.BTCUSDT') as unknown as Book[]).at(-1)!.data.u,
      data: (await result(
        sim,
        'orderbook?category=linear&symbol=BTCUSDT&limit=1000',
      )) as unknown as Book['data'],
    };
    expect(data.u).toBe(u);
    const truth = sim.book('bybit-linear', 'BTCUSDT', u);
    expect({ b: data.b, a: data.a }).toEqual({ b: truth.bids, a: truth.asks });
  });

  test('have no place for whoever asks too often', async () => {
    const sim = await venue({ banMs: 6000 });
    for (let i = 0; i < 600; i += 50)
      await Promise.all(Array.from({ length: 50 }, () => market(sim, 'time')));
    const refused = await market(sim, 'time');
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('access too frequent');
    await sim.pump(5500);
    // Asking begins it anew.
    expect((await market(sim, 'time')).status).toBe(403);
    await sim.pump(6500);
    expect((await market(sim, 'time')).status).toBe(200);
  });

  test('say when a limit is counted anew', async () => {
    const sim = await venue();
    sim.faults.inject({ kind: 'rateLimited', retryAfter: 7 });
    const { headers, json } = await market(sim, 'time');
    const { retCode, time } = json() as { retCode: number; time: number };
    expect(retCode).toBe(10006);
    expect(Number(headers.get('x-bapi-limit-reset-timestamp'))).toBe(time + 7000);
  });
});
