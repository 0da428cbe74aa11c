import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import type { BinanceSim } from '../../../src/sim/binance/simulator.ts';
import { type Client, type Message, until } from '../support/client.ts';
import { BookClient, connect, START_MS, venue } from '../support/venue.ts';

const keysOf = (message: unknown): string[] => Object.keys(message as object);

async function frames(sim: BinanceSim, url: string, count: number): Promise<Client> {
  const client = await connect(url);
  await until(sim, () => client.frames.length >= count);
  return client;
}

describe('a client that follows the published rules', () => {
  test.each(['perp', 'spot'] as const)(
    'has the simulator’s own %s book at every event',
    async (kind) => {
      const sim = await venue({ scenario: 'cascade', assets: ['BTC'] });
      const follower = await BookClient.open(sim, 'BTCUSDT', kind);
      await follower.sync();
      for (let round = 0; round < 40; round++) {
        await follower.hear(5);
        const { own, truth } = follower.compare();
        expect(own).toEqual(truth);
        expect(follower.book.isCrossed).toBe(false);
      }
      expect(follower.steps).not.toContain('gap');
      expect(follower.events.length).toBeGreaterThan(200);
    },
  );

  test('sees futures events linked by pu, with ids in irregular steps', async () => {
    const sim = await venue();
    const follower = await BookClient.open(sim, 'BTCUSDT', 'perp');
    await follower.hear(50);
    const { events } = follower;
    const jumps = new Set<number>();
    for (let index = 1; index < events.length; index++) {
      const [before, event] = [events[index - 1]!, events[index]!];
      expect(event.pu).toBe(before.u);
      expect(event.U).toBeGreaterThan(before.u);
      expect(event.u).toBeGreaterThanOrEqual(event.U);
      jumps.add(event.U - before.u);
    }
    expect(jumps.size).toBeGreaterThan(10);
  });

  test('sees spot events follow each other without a hole', async () => {
    const sim = await venue();
    const follower = await BookClient.open(sim, 'BTCUSDT', 'spot');
    await follower.hear(50);
    for (let index = 1; index < follower.events.length; index++) {
      expect(follower.events[index]!.U).toBe(follower.events[index - 1]!.u + 1);
      expect(follower.events[index]!.pu).toBeUndefined();
    }
  });

  test('finds best quotes of equal update ids equal in book and ticker', async () => {
    const sim = await venue();
    const client = await connect(
      `${sim.endpoints.futuresWs}/public/stream?streams=btcusdt@depth@100ms/btcusdt@bookTicker`,
    );
    await until(sim, () => client.of('btcusdt@depth@100ms').length >= 100);
    const ends = new Set(client.of('btcusdt@depth@100ms').map((event) => event['u'] as number));
    const shared = client.of('btcusdt@bookTicker').filter(({ u }) => ends.has(u as number));
    expect(shared.length).toBeGreaterThan(3);
    for (const quote of shared) {
      const { bids, asks } = sim.book('BTCUSDT', 'perp', quote['u'] as number);
      expect([quote['b'], quote['B'], quote['a'], quote['A']]).toEqual([...bids[0]!, ...asks[0]!]);
    }
  });

  test('gets a snapshot that lies a little behind the stream, inside its line of ids', async () => {
    const sim = await venue();
    const follower = await BookClient.open(sim, 'BTCUSDT', 'perp');
    for (let round = 0; round < 5; round++) {
      await follower.hear(4);
      expect(await follower.fetchSnapshot()).not.toBe('stale snapshot');
    }
  });
});

describe('routing', () => {
  test.each([
    ['/market', 'btcusdt@depth@100ms', false],
    ['/public', 'btcusdt@aggTrade', false],
    ['', 'btcusdt@aggTrade', false],
    ['/private', 'btcusdt@depth@100ms', false],
    ['', 'btcusdt@depth@100ms', true],
    ['/public', 'btcusdt@depth@100ms', true],
    ['/market', 'btcusdt@aggTrade', true],
  ])(
    'on "%s" a subscription of %s is acknowledged; frames come: %s',
    async (path, stream, isServed) => {
      const sim = await venue();
      const client = await connect(`${sim.endpoints.futuresWs}${path}/ws`);
      const answer = await client.ask(sim, { method: 'SUBSCRIBE', params: [stream], id: 9 });
      expect(answer).toEqual({ result: null, id: 9 });
      await sim.pump(4000);
      await until(sim, () => !isServed || client.frames.length > 3);
      expect(client.frames.length > 1).toBe(isServed);
      const list = await client.ask(sim, { method: 'LIST_SUBSCRIPTIONS', id: 10 });
      expect(list).toEqual({ result: [stream], id: 10 });
    },
  );

  test('an unknown symbol is acknowledged and silent', async () => {
    const sim = await venue();
    const client = await connect(`${sim.endpoints.futuresWs}/public/ws`);
    const params = ['lunausdt@depth', 'BTCUSDT@depth'];
    expect(await client.ask(sim, { method: 'SUBSCRIBE', params, id: 1 })).toEqual({
      result: null,
      id: 1,
    });
    await sim.pump(3000);
    expect(client.frames).toHaveLength(1);
  });

  test('a path that does not exist is refused', async () => {
    const sim = await venue();
    const ws = new WebSocket(`${sim.endpoints.futuresWs}/nowhere`);
    const [error] = (await once(ws, 'error')) as [Error];
    expect(error.message).toContain('404');
  });
});

describe('requests on a socket', () => {
  const subscribed = async () => {
    const sim = await venue();
    return { sim, client: await connect(`${sim.endpoints.futuresWs}/public/ws`) };
  };

  test.each([
    ['{"method":"SUBSCRIBE",', { code: 3, id: null, msg: /Invalid JSON/ }],
    [
      { method: 'SUBSCRIBE', params: ['btcusdt@depth'], id: 'a' },
      { code: 2, id: null, msg: /request ID must be an unsigned integer/ },
    ],
    [
      { method: 'SUBSCRIBE', params: ['btcusdt@depth'], id: -1 },
      { code: 2, id: null, msg: /unsigned integer/ },
    ],
    [
      { method: 'SUBSCRIBE', params: ['btcusdt@nonsense'], id: 5 },
      { code: 2, id: 5, msg: /Invalid request: invalid stream/ },
    ],
    [
      { method: 'SUBSCRIBE', id: 5 },
      { code: 2, id: 5, msg: /missing field/ },
    ],
    [
      { method: 'DANCE', id: 5 },
      { code: 2, id: 5, msg: /unknown variant/ },
    ],
    [
      { method: 'SET_PROPERTY', params: ['colour', true], id: 5 },
      { code: 0, id: 5, msg: /Unknown property/ },
    ],
    [
      { method: 'SET_PROPERTY', params: ['combined', 'yes'], id: 5 },
      { code: 1, id: 5, msg: /Invalid value type/ },
    ],
  ])('%j is answered with an error', async (request, expected) => {
    const { sim, client } = await subscribed();
    client.send(request);
    await until(sim, () => client.frames.length > 0, 0);
    const { error, id } = client.messages[0] as {
      error: { code: number; msg: string };
      id: number | null;
    };
    expect(error.code).toBe(expected.code);
    expect(error.msg).toMatch(expected.msg);
    expect(id).toBe(expected.id);
  });

  test('unsubscribing ends the frames, and the framing can be switched', async () => {
    const { sim, client } = await subscribed();
    await client.ask(sim, { method: 'SUBSCRIBE', params: ['btcusdt@depth@100ms'], id: 1 });
    await until(sim, () => client.frames.length > 2);
    expect(client.messages.at(-1)).toHaveProperty('e', 'depthUpdate');
    await client.ask(sim, { method: 'SET_PROPERTY', params: ['combined', true], id: 2 });
    await until(sim, () => client.of('btcusdt@depth@100ms').length > 0);
    await client.ask(sim, { method: 'UNSUBSCRIBE', params: ['btcusdt@depth@100ms'], id: 3 });
    const seen = client.frames.length;
    await sim.pump(1000);
    expect(client.frames).toHaveLength(seen);
  });

  test('streams beyond 1024 are refused', async () => {
    const { sim, client } = await subscribed();
    const params = Array.from({ length: 1025 }, (_, index) => `a${index}usdt@depth`);
    expect(await client.ask(sim, { method: 'SUBSCRIBE', params, id: 1 })).toMatchObject({
      error: { code: 2 },
    });
  });

  test.each([
    ['futures', 10],
    ['spot', 5],
  ] as const)(
    '%s closes a socket after more than %i messages in a second, pings included',
    async (market, most) => {
      const sim = await venue();
      const base = market === 'spot' ? sim.endpoints.spotWs : `${sim.endpoints.futuresWs}/public`;
      const client = await connect(`${base}/ws`);
      for (let id = 1; id < most; id++) client.send({ method: 'LIST_SUBSCRIPTIONS', id });
      client.ping();
      await until(sim, () => client.frames.length === most - 1, 0);
      expect(client.ended).toBeNull();
      // A second later the count begins anew.
      await sim.pump(1100);
      for (let id = 1; id <= most; id++) client.send({ method: 'LIST_SUBSCRIPTIONS', id });
      await until(sim, () => client.frames.length === 2 * most - 1, 0);
      expect(client.ended).toBeNull();
      client.send({ method: 'LIST_SUBSCRIPTIONS', id: 99 });
      await until(sim, () => client.ended !== null, 0);
      expect(client.ended).toEqual({ code: 3001, reason: 'illegal request' });
    },
  );
});

describe('the life of a socket', () => {
  test('futures pings every three minutes and is content with any pong in ten', async () => {
    const sim = await venue();
    const client = await connect(`${sim.endpoints.futuresWs}/public/ws`);
    await sim.pump(179_000);
    expect(client.pings).toHaveLength(0);
    await until(sim, () => client.pings.length === 1, 500);
    await sim.pump(700_000);
    await until(sim, () => client.pings.length >= 4, 500);
    expect(client.ended).toBeNull();
  });

  test('spot cuts a client off that does not answer the payload of its ping within a minute', async () => {
    const sim = await venue();
    const silent = await connect(`${sim.endpoints.spotWs}/ws`, { autoPong: false });
    await until(sim, () => silent.pings.length === 1, 1000);
    silent.pong('something else');
    await sim.pump(58_000);
    expect(silent.ended).toBeNull();
    await until(sim, () => silent.ended !== null, 1000);
    expect(silent.ended).toEqual({ code: 1008, reason: 'Pong timeout' });
  });

  test('an answered ping keeps a spot socket open', async () => {
    const sim = await venue();
    const client = await connect(`${sim.endpoints.spotWs}/ws`);
    await until(sim, () => client.pings.length >= 6, 1000);
    expect(client.ended).toBeNull();
  });

  test('ends after a day, on spot announced beforehand', async () => {
    const futuresRules = { lifetimeMs: 5_000 };
    const spotRules = { lifetimeMs: 60_000, shutdownNoticeMs: 10_000 };
    const sim = await venue({ futuresRules, spotRules });
    const futures = await connect(`${sim.endpoints.futuresWs}/public/ws`);
    const raw = await connect(`${sim.endpoints.spotWs}/ws`);
    const combined = await connect(`${sim.endpoints.spotWs}/stream`);
    await until(sim, () => futures.ended !== null, 200);
    expect(futures.ended!.code).toBe(1001);
    expect(futures.frames).toEqual([]);
    await until(sim, () => raw.frames.length > 0 && combined.frames.length > 0, 500);
    expect(raw.messages).toEqual([{ e: 'serverShutdown', E: expect.any(Number) }]);
    expect(combined.messages).toEqual([
      { stream: '!serverShutdown', data: { e: 'serverShutdown', E: expect.any(Number) } },
    ]);
    expect(raw.ended).toBeNull();
    await until(sim, () => raw.ended !== null, 500);
    expect(raw.ended!.code).toBe(1001);
  });
});

describe('the wire', () => {
  test('gives the same bytes from the same seed', async () => {
    const record = async () => {
      const sim = await venue({ seed: 12, scenario: 'demo', assets: ['BTC', 'SOL'] });
      const names = ['btcusdt', 'solusdt'].flatMap((symbol) => [
        `${symbol}@depth@100ms`,
        `${symbol}@bookTicker`,
      ]);
      const client = await connect(
        `${sim.endpoints.futuresWs}/public/stream?streams=${names.join('/')}`,
      );
      await sim.pump(5000);
      await until(sim, () => client.frames.length > 500);
      return client.frames.slice(0, 500);
    };
    expect(await record()).toEqual(await record());
  });

  // Field names and their order are those of frames recorded live in 2024 and 2026.
  test.each([
    ['futures', 'btcusdt@aggTrade', 'e,E,a,s,p,q,nq,f,l,T,m,st'],
    ['futures', 'btcusdt@markPrice@1s', 'e,E,s,p,ap,P,i,r,T,st'],
    ['futures', 'btcusdt@depth@100ms', 'e,E,T,s,ps,st,U,u,pu,b,a'],
    ['futures', 'btcusdt@bookTicker', 'e,u,E,T,s,ps,st,b,B,a,A'],
    ['futures', 'btcusdt@miniTicker', 'e,E,s,ps,st,c,o,h,l,v,q'],
    ['futures', 'btcusdt@kline_1m', 'e,E,s,k,st'],
    ['futures', 'btcusdt@trade', 'e,E,T,s,t,p,q,X,m,st'],
    ['futures', 'btcusdt@ticker', 'e,E,s,ps,st,p,P,w,c,Q,o,h,l,v,q,O,C,F,L,n'],
    ['spot', 'btcusdt@depth@100ms', 'e,E,s,U,u,b,a'],
    ['spot', 'btcusdt@bookTicker', 'u,s,b,B,a,A'],
    ['spot', 'btcusdt@trade', 'e,E,s,t,p,q,T,m,M'],
    ['spot', 'btcusdt@aggTrade', 'e,E,s,a,p,q,f,l,T,m,M'],
    ['spot', 'btcusdt@miniTicker', 'e,E,s,c,o,h,l,v,q'],
    ['spot', 'btcusdt@kline_1m', 'e,E,s,k'],
    ['spot', 'btcusdt@depth20@100ms', 'lastUpdateId,bids,asks'],
  ] as const)('%s %s has the fields %s', async (market, stream, fields) => {
    const sim = await venue();
    const path = ['depth', 'bookTicker', 'trade'].some((name) => stream.includes(`@${name}`))
      ? '/public'
      : '/market';
    const base = market === 'spot' ? sim.endpoints.spotWs : sim.endpoints.futuresWs + path;
    const client = await frames(sim, `${base}/ws/${stream}`, 1);
    expect(keysOf(client.messages[0]).join()).toBe(fields);
  });

  test('spells prices and sizes with the decimals of each product', async () => {
    const sim = await venue({ assets: ['BTC', 'SOL', 'PEPE'] });
    const first = async (base: string, stream: string) => {
      const client = await frames(sim, `${base}/ws/${stream}`, 1);
      const { b, B } = client.messages[0] as { b: string; B: string };
      return [b, B];
    };
    const futures = `${sim.endpoints.futuresWs}/public`;
    const spot = sim.endpoints.spotWs;
    const shape = (values: string[]) =>
      values.map((value) =>
        value.replace(/\d+/g, (digits, at) => (at === 0 ? '0' : '0'.repeat(digits.length))),
      );
    expect(shape(await first(futures, 'btcusdt@bookTicker'))).toEqual(['0.00', '0.000']);
    expect(shape(await first(futures, 'solusdt@bookTicker'))).toEqual(['0.0000', '0.00']);
    expect(shape(await first(futures, '1000pepeusdt@bookTicker'))).toEqual(['0.0000000', '0']);
    expect(shape(await first(spot, 'btcusdt@bookTicker'))).toEqual(['0.00000000', '0.00000000']);
    expect(shape(await first(spot, 'pepeusdt@bookTicker'))).toEqual(['0.00000000', '0.00000000']);
  });

  test('a removed level has size zero in the product’s decimals', async () => {
    const sim = await venue();
    const sizes = async (base: string) => {
      const client = await frames(sim, `${base}/ws/btcusdt@depth@100ms`, 10);
      return new Set(
        client.messages
          .flatMap((message) => [...(message['b'] as string[][]), ...(message['a'] as string[][])])
          .map(([, size]) => size!)
          .filter((size) => Number(size) === 0),
      );
    };
    expect(await sizes(`${sim.endpoints.futuresWs}/public`)).toEqual(new Set(['0.000']));
    expect(await sizes(sim.endpoints.spotWs)).toEqual(new Set(['0.00000000']));
  });

  test('spot times can be asked for in microseconds', async () => {
    const sim = await venue();
    const client = await frames(
      sim,
      `${sim.endpoints.spotWs}/ws/btcusdt@trade?timeUnit=MICROSECOND`,
      1,
    );
    const { E, T, t } = client.messages[0] as { E: number; T: number; t: number };
    expect(Math.floor(E / 1e3)).toBeGreaterThan(START_MS);
    expect(T).toBeGreaterThan(START_MS * 1000);
    expect(t).toBeLessThan(1e12);
  });

  test('aggregate trades count up by one and their fills without a hole', async () => {
    const sim = await venue();
    const client = await frames(sim, `${sim.endpoints.futuresWs}/market/ws/btcusdt@aggTrade`, 60);
    const trades = client.messages as unknown as readonly {
      a: number;
      f: number;
      l: number;
      T: number;
      E: number;
    }[];
    for (let index = 1; index < trades.length; index++) {
      expect(trades[index]!.a).toBe(trades[index - 1]!.a + 1);
      expect(trades[index]!.f).toBe(trades[index - 1]!.l + 1);
      expect(trades[index]!.T).toBeGreaterThanOrEqual(trades[index - 1]!.T);
      expect(trades[index]!.E).toBeGreaterThan(trades[index]!.T);
    }
  });

  test('a candle follows its trades and closes on the minute', async () => {
    const sim = await venue();
    const client = await connect(`${sim.endpoints.futuresWs}/market/ws/btcusdt@kline_1m`);
    const closed = () => client.messages.map(({ k }) => k as Message).filter(({ x }) => x === true);
    await until(sim, () => closed().length >= 2, 500);
    const [first, second] = closed() as unknown as readonly {
      t: number;
      T: number;
      o: string;
      c: string;
      h: string;
      l: string;
      v: string;
    }[];
    expect(first!.t).toBe(Date.UTC(2026, 10, 20, 13, 37));
    expect(second!.t).toBe(first!.T + 1);
    expect(Number(second!.h)).toBeGreaterThanOrEqual(Number(second!.o));
    expect(Number(second!.l)).toBeLessThanOrEqual(Number(second!.c));
    expect(Number(second!.v)).toBeGreaterThan(0);
  });
});

describe('liquidations on the wire', () => {
  const cascade = async (rule: 'latest' | 'largest') => {
    const sim = await venue({ scenario: 'cascade', assets: ['BTC', 'ETH'], forceOrderRule: rule });
    const client = await connect(`${sim.endpoints.futuresWs}/market/ws/!forceOrder@arr`);
    await sim.pump(55_000);
    await until(sim, () => client.frames.length > 40);
    return client.messages as unknown as readonly {
      E: number;
      o: Record<string, string & number>;
    }[];
  };

  test('at most one per symbol and second, of both margin universes', async () => {
    const orders = await cascade('latest');
    const seen = new Set(orders.map(({ E, o }) => `${o['s']} ${Math.floor(E / 1000)}`));
    expect(seen.size).toBe(orders.length);
    const named = new Set(orders.map(({ o }) => `${o['s']} ${o['ps']} ${o['st']}`));
    for (const name of ['BTCUSDT BTCUSDT 1', 'ETHUSDT ETHUSDT 1', 'BTCUSD_PERP BTCUSD 2'])
      expect(named).toContain(name);
    for (const name of named)
      expect(name).toMatch(/^(?:(\w+USDT) \1 1|(\w+USD)_(?:PERP|\d{6}) \2 2)$/);
    const btc = orders.filter(({ o }) => o['s'] === 'BTCUSDT');
    expect(btc.every(({ o }) => o['S'] === 'SELL')).toBe(true);
    expect(keysOf(btc[0]!.o).join()).toBe('s,S,o,f,q,p,ap,X,l,z,T,ps,st');
    const coin = orders.find(({ o }) => o['st'] === 2)!;
    expect(coin.o['q']).toMatch(/^\d+$/);
  });

  test('can be the largest of the second instead of the latest', async () => {
    const sum = (orders: Awaited<ReturnType<typeof cascade>>) =>
      orders.reduce(
        (total, { o }) => total + (o['st'] === 1 ? Number(o['z']) * Number(o['ap']) : 0),
        0,
      );
    expect(sum(await cascade('largest'))).toBeGreaterThan(sum(await cascade('latest')) * 1.2);
  });

  test('other arrays carry coin-margined rows too', async () => {
    const sim = await venue();
    for (const stream of ['!miniTicker@arr', '!markPrice@arr@1s']) {
      const client = await frames(sim, `${sim.endpoints.futuresWs}/market/ws/${stream}`, 1);
      const rows = client.messages[0] as unknown as readonly Message[];
      // Tickers of what was traded in that second, marks of everything.
      const [first, second, ...more] = rows.map(({ s, st }) => [s, st]);
      expect([first, second]).toEqual([
        ['BTCUSDT', 1],
        ['BTCUSD_PERP', 2],
      ]);
      for (const [s, st] of more)
        expect([s, st]).toEqual([expect.stringMatching(/^BTCUSD_\d+$/), 2]);
    }
  });
});

describe('a running simulator', () => {
  test('follows its clock at the speed asked for, and sleeps through a pause', async () => {
    const wall = { ms: 50_000 };
    const sim = await venue({ clock: () => wall.ms, speed: 10 });
    const elapsed = () => sim.market.nowMs - START_MS;
    wall.ms += 1000;
    await until(sim, () => elapsed() === 10_000, 0).catch(() => undefined);
    await sim.pump(0.001);
    expect(elapsed()).toBe(10_000);
    // A suspended machine: an hour passed outside, seconds in here.
    wall.ms += 3_600_000;
    await sim.pump(0.001);
    expect(elapsed()).toBeLessThan(10_000 + 60_000);
  });

  test('is remotely controlled', async () => {
    const sim = await venue();
    const call = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(sim.endpoints.control + path, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    expect((await call('GET', '/state')).body).toMatchObject({ nowMs: START_MS, scenario: 'calm' });
    const { id } = (await call('POST', '/faults', { kind: 'gap', symbol: 'BTCUSDT' })).body;
    expect((await call('GET', '/faults')).body).toMatchObject([{ id, spec: { kind: 'gap' } }]);
    expect((await call('DELETE', `/faults/${id}`)).body).toEqual({ faults: [] });
    expect((await call('POST', '/faults', { kind: 'flood' })).status).toBe(400);
    expect((await call('POST', '/scenario', { name: 'squeeze' })).body).toMatchObject({
      scenario: 'squeeze',
    });
    expect((await call('POST', '/scenario', { name: 'sqeeze' })).body).toMatchObject({
      error: expect.stringMatching(/Unknown scenario/),
    });
    expect((await call('POST', '/pump', { ms: 2000 })).body).toMatchObject({
      nowMs: START_MS + 2000,
    });
    const book = (await call('GET', '/book?symbol=BTCUSDT&kind=spot')).body;
    expect(book).toEqual(JSON.parse(JSON.stringify(sim.book('BTCUSDT', 'spot'))));
    expect((await call('GET', '/book?symbol=XYZ')).status).toBe(400);
    expect((await call('GET', '/nothing')).status).toBe(404);
  });
});
