import { describe, expect, test } from 'vitest';
import { type HyperliquidOptions, hyperliquid } from '../../../src/sim/hyperliquid/server.ts';
import { hyperliquid as protocol } from '../../../src/venues/hyperliquid/hyperliquid.ts';
import { Client, type Message, until } from '../support/client.ts';
import { stage } from '../support/stage.ts';

const ASSETS = ['BTC', 'ETH', 'PEPE'];

async function venue(options: HyperliquidOptions = {}) {
  const running = await stage([hyperliquid(options)], { assets: ASSETS });
  const sim = running.venue('hyperliquid');
  const { ws, rest } = sim.endpoints['hyperliquid']!;
  const post = async (body: unknown, path = '/info') => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(rest + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: text,
    });
    return { status: response.status, text: await response.text() };
  };
  const ask = async (body: unknown) => JSON.parse((await post(body)).text) as never;
  return { sim, ws: ws!, rest: rest!, post, ask };
}

const subscription = (type: string, coin = 'BTC', more: object = {}) => ({ type, coin, ...more });
const subscribe = (type: string, coin = 'BTC', more: object = {}) => ({
  method: 'subscribe',
  subscription: subscription(type, coin, more),
});

interface BookData {
  readonly time: number;
  readonly fast?: boolean;
  readonly levels: readonly (readonly { px: string; sz: string; n: number }[])[];
}

/** What came on a channel. */
const of = <T>(client: Client, channel: string): T[] =>
  client.messages.filter((message) => message['channel'] === channel).map(({ data }) => data as T);

describe('the dialogue', () => {
  test('acknowledges with what was left out filled in, and refuses to do the same twice', async () => {
    const { sim, ws } = await venue();
    const client = await Client.open(ws);
    const requests: Message[] = [
      subscribe('l2Book', 'BTC', { fast: true }),
      subscribe('l2Book'),
      subscribe('bbo'),
      subscribe('bbo'),
      { method: 'unsubscribe', subscription: subscription('bbo') },
      { method: 'unsubscribe', subscription: subscription('bbo') },
      { method: 'ping' },
      subscribe('eclipse'),
      { method: 'dance' },
    ];
    for (const request of requests) client.send(request);
    client.send('{');
    const answers = () =>
      client.frames.filter((frame) => /"channel":"(subscriptionResponse|error|pong)"/.test(frame));
    await until(sim, () => answers().length === requests.length + 1);
    const ack = (method: string, text: string) =>
      `{"channel":"subscriptionResponse","data":{"method":"${method}","subscription":${text}}}`;
    const error = (said: string) => `{"channel":"error","data":${JSON.stringify(said)}}`;
    const misread = (text: string) =>
      error(`Error parsing JSON into valid websocket request: ${text}`);
    const bbo = '{"type":"bbo","coin":"BTC"}';
    const book = '{"type":"l2Book","coin":"BTC","nSigFigs":null,"mantissa":null';
    expect(answers()).toEqual([
      ack('subscribe', `${book},"fast":true}`),
      ack('subscribe', `${book}}`),
      ack('subscribe', bbo),
      error(`Already subscribed: ${bbo}`),
      ack('unsubscribe', bbo),
      error(`Already unsubscribed: ${bbo}`),
      '{"channel":"pong"}',
      misread(JSON.stringify(requests[7])),
      misread(JSON.stringify(requests[8])),
      misread('{'),
    ]);
    // The adapter understands every one of them.
    expect(answers().map((text) => protocol.frame(text).kind)).toEqual([
      ...['ack', 'ack', 'ack', 'ack', 'ack', 'ack', 'pong', 'error', 'error', 'error'],
    ]);
  });

  test.each([
    ['an unknown coin', subscribe('trades', 'NOPE')],
    ['a coin in small letters', subscribe('bbo', 'btc')],
    ['a bad nSigFigs', subscribe('l2Book', 'BTC', { nSigFigs: 9 })],
  ])('ends with %s, without a word', async (_, request) => {
    const { sim, ws } = await venue();
    const client = await Client.open(ws);
    client.send(request);
    await until(sim, () => client.ended !== null);
    expect([client.ended, client.frames]).toEqual([{ code: 1006, reason: '' }, []]);
  });

  test('shows an empty book of a coin that is delisted', async () => {
    const { sim, ws, ask } = await venue();
    const { universe } = (await ask({ type: 'meta' })) as { universe: { name: string }[] };
    expect(universe.at(-1)).toMatchObject({ name: 'MATIC', isDelisted: true });
    const client = await Client.open(ws);
    client.send(subscribe('l2Book', 'MATIC'));
    await until(sim, () => of(client, 'l2Book').length > 0);
    expect(of(client, 'l2Book')[0]).toMatchObject({ coin: 'MATIC', levels: [[], []] });
    sim.faults.inject({ kind: 'delisted', symbol: 'ETH' });
    const after = (await ask({ type: 'meta' })) as { universe: { name: string }[] };
    expect(after.universe.find(({ name }) => name === 'ETH')).toMatchObject({ isDelisted: true });
    client.send(subscribe('l2Book', 'ETH'));
    await until(sim, () => of<{ coin: string }>(client, 'l2Book').some((b) => b.coin === 'ETH'));
    expect(of(client, 'l2Book').at(-1)).toMatchObject({ levels: [[], []] });
  });

  test('hangs up on whom it has said nothing to for a minute, pings answered or not', async () => {
    const { sim, ws } = await venue({
      rules: {
        idle: { afterMs: 2000, silent: 'venue', closing: { code: 1000, reason: 'Inactive' } },
      },
    });
    const quiet = await Client.open(ws);
    const pinging = await Client.open(ws);
    for (let i = 0; i < 4; i += 1) {
      pinging.send({ method: 'ping' });
      await sim.pump(800);
      await until(sim, () => of(pinging, 'pong').length === i + 1, 0);
    }
    await until(sim, () => quiet.ended !== null, 0);
    expect(quiet.ended).toEqual({ code: 1000, reason: 'Inactive' });
    expect(pinging.ended).toBeNull();
    pinging.close();
  });

  test('is one of ten at most, and of thirty new ones a minute', async () => {
    const { ws } = await venue();
    const ten = await Promise.all(Array.from({ length: 10 }, () => Client.open(ws)));
    await expect(Client.open(ws)).rejects.toThrow('429');
    for (const client of ten) client.close();
  });

  test('holds so many subscriptions over all sockets and no more, until one is given up', async () => {
    const { sim, ws } = await venue({ subscriptionsMost: 3 });
    const [one, two] = [await Client.open(ws), await Client.open(ws)];
    for (const coin of ASSETS.slice(0, 2)) one.send(subscribe('bbo', coin));
    await until(sim, () => of(one, 'subscriptionResponse').length === 2);
    two.send(subscribe('bbo'));
    two.send(subscribe('trades'));
    await until(sim, () => of(two, 'error').length === 1);
    expect(of(two, 'error')).toEqual(['Cannot track more than 3 subscriptions.']);
    one.close();
    await until(sim, () => {
      two.send(subscribe('trades'));
      return of(two, 'subscriptionResponse').length === 2;
    });
  });
});

describe('what is told', () => {
  test('comes by one clock for all coins: twenty levels slowly, five fast, the flag on those alone', async () => {
    const { sim, ws } = await venue();
    const client = await Client.open(ws);
    for (const coin of ['BTC', 'ETH']) {
      client.send(subscribe('l2Book', coin));
      client.send(subscribe('l2Book', coin, { fast: true }));
    }
    await until(sim, () => of<BookData>(client, 'l2Book').filter((b) => !b.fast).length >= 6);
    const frames = of<BookData & { coin: string }>(client, 'l2Book');
    for (const [isFast, levels, period] of [
      [false, 20, 5400],
      [true, 5, 540],
    ] as const) {
      const mine = frames.filter(({ fast = false }) => fast === isFast);
      for (const { levels: sides } of mine)
        expect(sides.map(({ length }) => length)).toEqual([levels, levels]);
      const times = mine.filter(({ coin }) => coin === 'BTC').map(({ time }) => time);
      const gaps = times.slice(1).map((time, i) => time - times[i]!);
      const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
      expect(Math.abs(mean - period)).toBeLessThan(30);
      // One clock.
      expect(mine.filter(({ coin }) => coin === 'ETH').map(({ time }) => time)).toEqual(times);
    }
  });

  test('of a book is the truth of its time, spelled as the venue does', async () => {
    const { sim, ws } = await venue();
    const client = await Client.open(ws);
    for (const coin of ['BTC', 'kPEPE']) client.send(subscribe('l2Book', coin, { fast: true }));
    await until(sim, () => of(client, 'l2Book').length > 10);
    for (const { coin, time, levels } of of<BookData & { coin: string }>(client, 'l2Book')) {
      const truth = sim.book('hyperliquid', coin, time);
      const shown = levels.map((side) => side.map(({ px, sz }) => [px, sz]));
      expect(shown).toEqual([truth.bids.slice(0, 5), truth.asks.slice(0, 5)]);
      for (const { px, sz, n } of levels.flat()) {
        for (const decimal of [px, sz]) expect(decimal).toMatch(/^\d+\.(0|\d*[1-9])$/);
        expect(px.replace('.', '').replace(/^0+|0+$/g, '').length).toBeLessThanOrEqual(5);
        expect(n).toBeGreaterThan(0);
      }
    }
    expect(() => sim.book('hyperliquid', 'NOPE')).toThrow(RangeError);
    expect(() => sim.book('hyperliquid', 'BTC', 5)).toThrow(RangeError);
  });

  test('of the touch comes when it changes and never twice the same', async () => {
    const { sim, ws } = await venue();
    const client = await Client.open(ws);
    client.send(subscribe('bbo'));
    await until(sim, () => of(client, 'bbo').length > 20);
    const told = of<{ time: number; bbo: unknown }>(client, 'bbo');
    const texts = told.map(({ bbo }) => JSON.stringify(bbo));
    expect(texts.every((text, i) => text !== texts[i - 1])).toBe(true);
    for (const { time, bbo } of told) {
      const { bids, asks } = sim.book('hyperliquid', 'BTC', time);
      const [[bid], [ask]] = [bids, asks];
      expect(bbo).toMatchObject([
        { px: bid![0], sz: bid![1] },
        { px: ask![0], sz: ask![1] },
      ]);
    }
  });

  test('of trades begins with history, and no number comes twice after it', async () => {
    const { sim, ws } = await venue();
    await sim.pump(10_000);
    const client = await Client.open(ws);
    client.send(subscribe('trades'));
    await until(sim, () => of(client, 'trades').length > 4);
    const [history, ...live] = of<{ tid: number; time: number; side: string }[]>(client, 'trades');
    expect(history!.length).toBeGreaterThan(3);
    const begun = Math.max(...history!.map(({ time }) => time));
    const prints = live.flat();
    for (const { time, side, tid } of prints) {
      expect(time).toBeGreaterThanOrEqual(begun);
      expect(['A', 'B']).toContain(side);
      expect(tid).toBeLessThan(2 ** 50);
    }
    const tids = [...history!, ...prints].map(({ tid }) => tid);
    expect(new Set(tids).size).toBe(tids.length);
  });

  test('of a context agrees with what is asked for, in texts', async () => {
    const { sim, ws, ask } = await venue();
    const client = await Client.open(ws);
    client.send(subscribe('activeAssetCtx'));
    await until(sim, () => of(client, 'activeAssetCtx').length > 3);
    const told = of<{ coin: string; ctx: Record<string, unknown> }>(client, 'activeAssetCtx').at(
      -1,
    )!;
    for (const [name, value] of Object.entries(told.ctx))
      if (name !== 'impactPxs') expect(value, name).toMatch(/^-?\d+\.\d+$/);
    const [meta, contexts] = (await ask({ type: 'metaAndAssetCtxs' })) as [
      { universe: { name: string }[] },
      Record<string, string>[],
    ];
    expect(contexts.length).toBe(meta.universe.length);
    const asked = contexts[meta.universe.findIndex(({ name }) => name === 'BTC')]!;
    expect(Object.keys(asked)).toEqual(Object.keys(told.ctx));
    expect(Number(asked['markPx']) / Number(told.ctx['markPx'])).toBeCloseTo(1, 3);
    expect(asked['funding']).toBe(told.ctx['funding']);
  });
});

describe('questions', () => {
  test('are posted to one path, and well formed', async () => {
    const { rest, post } = await venue();
    expect((await fetch(`${rest}/info`)).status).toBe(405);
    expect((await post({ type: 'meta' }, '/elsewhere')).status).toBe(404);
    expect((await post('{')).status).toBe(400);
    for (const body of [
      {},
      { type: 'eclipse' },
      { type: 'l2Book' },
      { type: 'fundingHistory', coin: 'BTC' },
      { type: 'candleSnapshot', req: { coin: 'BTC', interval: '7m', startTime: 0, endTime: 1 } },
    ])
      expect(await post(body)).toMatchObject({
        status: 422,
        text: expect.stringMatching(/^Failed/),
      });
  });

  test('about an unknown coin are answered with null, by 200 or 500', async () => {
    const { post } = await venue();
    expect(await post({ type: 'l2Book', coin: 'NOPE' })).toEqual({ status: 200, text: 'null' });
    expect(await post({ type: 'fundingHistory', coin: 'NOPE', startTime: 0 })).toEqual({
      status: 500,
      text: 'null',
    });
  });

  test('for rates and bars get the market’s own past, hour by hour', async () => {
    const { sim, ask } = await venue();
    const now = sim.market.nowMs;
    const hour = 3_600_000;
    const rates = (await ask({
      type: 'fundingHistory',
      coin: 'BTC',
      startTime: now - 100 * hour,
      endTime: now,
    })) as { coin: string; fundingRate: string; time: number }[];
    expect(rates.length).toBe(100);
    expect(rates.every(({ time }) => time % hour < 100)).toBe(true);
    expect(rates.every(({ time }, i) => i === 0 || time > rates[i - 1]!.time)).toBe(true);
    const all = (await ask({ type: 'fundingHistory', coin: 'BTC', startTime: 0 })) as unknown[];
    expect(all.length).toBe(500);
    const req = { coin: 'BTC', interval: '1h', startTime: now - 10 * hour, endTime: now };
    const bars = (await ask({ type: 'candleSnapshot', req })) as {
      t: number;
      T: number;
      c: string;
    }[];
    expect(bars).toHaveLength(11);
    for (const { t, T } of bars) expect([t % hour, T - t]).toEqual([0, hour - 1]);
    const { bids } = sim.book('hyperliquid', 'BTC');
    expect(Number(bars.at(-1)!.c) / Number(bids[0]![0])).toBeCloseTo(1, 2);
  });

  test('for a book get the twenty best levels as of now, or of long ago where a fault has it', async () => {
    const { sim, ask } = await venue();
    await sim.pump(12_000);
    const fresh = (await ask({ type: 'l2Book', coin: 'BTC' })) as BookData;
    expect(fresh.time).toBe(sim.market.nowMs);
    expect(fresh.levels.map(({ length }) => length)).toEqual([20, 20]);
    sim.faults.inject({ kind: 'staleSnapshot' });
    const old = (await ask({ type: 'l2Book', coin: 'BTC' })) as BookData;
    expect(old.time).toBe(fresh.time - 10_000);
    const truth = sim.book('hyperliquid', 'BTC', old.time);
    expect(old.levels[0]!.map(({ px }) => px)).toEqual(truth.bids.slice(0, 20).map(([px]) => px));
  });

  test('have a weight, and too much of it in a minute is refused without a time', async () => {
    const { sim, post } = await venue();
    const statuses: number[] = [];
    for (let i = 0; i < 61; i += 1) statuses.push((await post({ type: 'meta' })).status);
    expect(statuses.slice(0, 60).every((status) => status === 200)).toBe(true);
    expect(statuses[60]).toBe(429);
    await sim.pump(60_100);
    expect((await post({ type: 'meta' })).status).toBe(200);
  });
});

test('the same seed tells the same, byte for byte', async () => {
  const told = async () => {
    const { sim, ws } = await venue();
    const client = await Client.open(ws);
    for (const type of ['l2Book', 'bbo', 'trades', 'activeAssetCtx']) client.send(subscribe(type));
    await until(sim, () => of(client, 'subscriptionResponse').length === 4, 0);
    await sim.pump(6000);
    await until(sim, () => of(client, 'l2Book').length > 1);
    return client.frames.slice(4, 60);
  };
  expect(await told()).toEqual(await told());
});
