import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { get, type Message, until } from '../support/client.ts';
import { BookClient, connect, START_MS, venue } from '../support/venue.ts';

const DEPTH = '/fapi/v1/depth?symbol=BTCUSDT&limit=1000';

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('faults of frames', () => {
  test.each(['perp', 'spot'] as const)(
    'a dropped event breaks the %s chain, and a new snapshot heals it',
    async (kind) => {
      const sim = await venue();
      const follower = await BookClient.open(sim, 'BTCUSDT', kind);
      await follower.sync();
      sim.faults.inject({
        kind: 'gap',
        symbol: 'BTCUSDT',
        market: kind === 'spot' ? 'spot' : 'futures',
      });
      await until(sim, () => {
        follower.read();
        return follower.steps.includes('gap');
      });
      await follower.sync();
      await follower.hear(20);
      const { own, truth } = follower.compare();
      expect(own).toEqual(truth);
    },
  );

  test('a repeated event comes twice, byte for byte', async () => {
    const sim = await venue();
    const client = await connect(`${sim.endpoints.spotWs}/ws/btcusdt@depth@100ms`);
    await until(sim, () => client.frames.length > 3);
    sim.faults.inject({ kind: 'duplicate', target: 'btcusdt@depth@100ms' });
    await until(sim, () => new Set(client.frames).size < client.frames.length);
    const repeated = client.frames.findIndex((frame, index) => frame === client.frames[index + 1]);
    expect(repeated).toBeGreaterThan(2);
  });

  test('two events change places', async () => {
    const sim = await venue();
    const follower = await BookClient.open(sim, 'BTCUSDT', 'perp');
    await follower.hear(3);
    sim.faults.inject({ kind: 'reorder', target: 'btcusdt@depth@100ms' });
    await follower.hear(6);
    const ids = follower.events.map(({ u }) => u);
    const swapped = ids.filter((id, index) => index > 0 && id < ids[index - 1]!);
    expect(swapped).toHaveLength(1);
    const inOrder = follower.events.toSorted((left, right) => left.u - right.u);
    inOrder.slice(1).forEach((event, index) => {
      expect(event.pu).toBe(inOrder[index]!.u);
    });
  });

  test.each(['text', 'truncated', 'mangled'])(
    'garbage (%s) is not what the stream promises',
    async (variant) => {
      const sim = await venue();
      const client = await connect(
        `${sim.endpoints.futuresWs}/public/stream?streams=btcusdt@depth@100ms`,
      );
      await until(sim, () => client.frames.length > 2);
      sim.faults.inject({ kind: 'garbage', variant, target: 'btcusdt@depth@100ms' });
      const isSound = (frame: string) =>
        isJson(frame) && Array.isArray((JSON.parse(frame) as { data: Message }).data['b']);
      await until(sim, () => client.frames.some((frame) => !isSound(frame)));
      await until(sim, () => isSound(client.frames.at(-1)!));
      expect(client.frames.filter((frame) => !isSound(frame))).toHaveLength(1);
    },
  );

  test('a malformed decimal stands where a price was', async () => {
    const sim = await venue();
    const client = await connect(`${sim.endpoints.futuresWs}/market/ws/btcusdt@aggTrade`);
    sim.faults.inject({ kind: 'malformedDecimal', variant: 'NaN', count: 2 });
    await until(sim, () => client.frames.length >= 5);
    const prices = client.messages.map(({ p }) => p);
    expect(prices.filter((price) => price === 'NaN')).toHaveLength(2);
  });

  test('unknown events and fields turn up among the known', async () => {
    const sim = await venue();
    const client = await connect(
      `${sim.endpoints.futuresWs}/market/stream?streams=btcusdt@markPrice@1s`,
    );
    sim.faults.inject({ kind: 'unknownEvent', symbol: 'BTCUSDT' });
    sim.faults.inject({ kind: 'unknownField', symbol: 'BTCUSDT' });
    await until(sim, () => client.frames.length >= 4, 500);
    const payloads = client.of('btcusdt@markPrice@1s');
    expect(payloads.map(({ e }) => e)).toContain('lunarEclipse');
    expect(payloads.filter((payload) => 'brandNew' in payload)).toHaveLength(1);
  });

  test('a crossed book is crossed on the wire only', async () => {
    const sim = await venue();
    const follower = await BookClient.open(sim, 'BTCUSDT', 'perp');
    await follower.sync();
    sim.faults.inject({ kind: 'crossedBook', symbol: 'BTCUSDT' });
    await until(sim, () => {
      follower.read();
      return follower.book.isCrossed;
    });
    const { bids, asks } = sim.book('BTCUSDT', 'perp');
    expect(Number(bids[0]![0])).toBeLessThan(Number(asks[0]![0]));
  });

  test('a silent stream is acknowledged and says nothing while its siblings talk', async () => {
    const sim = await venue();
    const id = sim.faults.inject({ kind: 'silent', target: 'btcusdt@bookTicker' });
    const client = await connect(
      `${sim.endpoints.futuresWs}/public/stream?streams=btcusdt@bookTicker/btcusdt@depth@100ms`,
    );
    await until(sim, () => client.of('btcusdt@depth@100ms').length > 10);
    expect(client.of('btcusdt@bookTicker')).toEqual([]);
    sim.faults.clear(id);
    await until(sim, () => client.of('btcusdt@bookTicker').length > 0);
  });
});

describe('faults of sockets', () => {
  test('a stall holds the frames of its symbol back and then lets them burst', async () => {
    const sim = await venue({ assets: ['BTC', 'ETH'] });
    const client = await connect(
      `${sim.endpoints.futuresWs}/public/stream?streams=btcusdt@depth@100ms/ethusdt@depth@100ms`,
    );
    await until(sim, () => client.of('btcusdt@depth@100ms').length > 2);
    sim.faults.inject({ kind: 'stall', symbol: 'BTCUSDT', durationMs: 3000 });
    const before = client.of('btcusdt@depth@100ms').length;
    const others = client.of('ethusdt@depth@100ms').length;
    await sim.pump(2900);
    await until(sim, () => client.of('ethusdt@depth@100ms').length > others + 20, 0);
    expect(client.of('btcusdt@depth@100ms')).toHaveLength(before);
    await until(sim, () => client.of('btcusdt@depth@100ms').length > before + 25);
    const ids = client.of('btcusdt@depth@100ms');
    ids.slice(1).forEach((event, index) => {
      expect(event['pu']).toBe(ids[index]!['u']);
    });
  });

  test('a disconnect is abrupt and hits the family named', async () => {
    const sim = await venue();
    const market = await connect(`${sim.endpoints.futuresWs}/market/ws/btcusdt@aggTrade`);
    const books = await connect(`${sim.endpoints.futuresWs}/public/ws/btcusdt@depth`);
    sim.faults.inject({ kind: 'disconnect', family: 'market' });
    await until(sim, () => market.ended !== null, 0);
    expect(market.ended!.code).toBe(1006);
    expect(books.ended).toBeNull();
    sim.faults.inject({ kind: 'disconnect' });
    await until(sim, () => books.ended !== null, 0);
  });

  test('pongs that are not heard end the socket', async () => {
    const sim = await venue({ futuresRules: { pingEveryMs: 1000, pongWithinMs: 3000 } });
    const client = await connect(`${sim.endpoints.futuresWs}/public/ws`);
    await sim.pump(10_000);
    expect(client.ended).toBeNull();
    sim.faults.inject({ kind: 'ignorePongs' });
    await until(sim, () => client.ended !== null, 200);
    expect(client.ended).toEqual({ code: 1008, reason: 'Pong timeout' });
  });

  test('the day can be made a few seconds long', async () => {
    const sim = await venue();
    const client = await connect(`${sim.endpoints.futuresWs}/public/ws`);
    sim.faults.inject({ kind: 'lifetime', delayMs: 2000, market: 'futures' });
    await until(sim, () => client.ended !== null, 200);
    expect(client.ended!.code).toBe(1001);
  });

  test('a planned close is announced on spot', async () => {
    const sim = await venue({ spotRules: { shutdownNoticeMs: 1000 } });
    const client = await connect(`${sim.endpoints.spotWs}/stream?streams=btcusdt@trade`);
    sim.faults.inject({ kind: 'shutdown' });
    await until(sim, () => client.messages.some(({ stream }) => stream === '!serverShutdown'));
    await until(sim, () => client.ended !== null, 200);
  });

  test.each([
    ['regionRefused', '451'],
    ['forbidden', '403'],
    ['refuseSockets', '503'],
  ] as const)('%s refuses the handshake with %s', async (kind, status) => {
    const sim = await venue();
    sim.faults.inject({ kind });
    const ws = new WebSocket(`${sim.endpoints.futuresWs}/public/ws`);
    const [error] = (await once(ws, 'error')) as [Error];
    expect(error.message).toContain(status);
  });
});

describe('faults of requests', () => {
  test.each([
    ['rateLimited', 429, '7', /Too many requests/],
    ['banned', 418, '7', /banned until/],
    ['forbidden', 403, null, /403 Forbidden/],
    ['regionRefused', 451, null, /restricted location/],
    ['serverError', 500, null, /unknown error/],
  ] as const)('%s answers %i', async (kind, status, retryAfter, text) => {
    const sim = await venue();
    sim.faults.inject({
      kind,
      count: 1,
      ...(retryAfter !== null && { retryAfter: Number(retryAfter) }),
    });
    const answer = await get(sim.endpoints.futuresRest, DEPTH);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe(retryAfter);
    expect(answer.text).toMatch(text);
    expect((await get(sim.endpoints.futuresRest, DEPTH)).status).toBe(200);
  });

  test('a limit can come without Retry-After', async () => {
    const sim = await venue();
    sim.faults.inject({ kind: 'rateLimited', retryAfter: 0 });
    const answer = await get(sim.endpoints.spotRest, '/api/v3/time');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, null]);
  });

  test('bodies can be empty or end early', async () => {
    const sim = await venue();
    sim.faults.inject({ kind: 'emptyBody', target: '/fapi/v1/depth' });
    expect(await get(sim.endpoints.futuresRest, DEPTH)).toMatchObject({ status: 200, text: '' });
    sim.faults.inject({ kind: 'truncatedBody', target: '/fapi/v1/depth' });
    const { text } = await get(sim.endpoints.futuresRest, DEPTH);
    expect(text.length).toBeGreaterThan(100);
    expect(isJson(text)).toBe(false);
  });

  test('a slow snapshot arrives late and is as old as it is', async () => {
    const sim = await venue();
    sim.faults.inject({ kind: 'slow', target: '/fapi/v1/depth', delayMs: 4000 });
    const pending = get(sim.endpoints.futuresRest, DEPTH);
    const arrived: number[] = [];
    void pending.then(() => arrived.push(sim.market.nowMs));
    await until(sim, () => arrived.length > 0);
    expect(arrived[0]! - START_MS).toBeGreaterThanOrEqual(4000);
    const snapshot = (await pending).json() as { lastUpdateId: number };
    expect(snapshot.lastUpdateId).toBeLessThan(sim.book('BTCUSDT', 'perp').updateId);
  });

  test.each(['perp', 'spot'] as const)(
    'a %s snapshot can be older than everything the client has buffered',
    async (kind) => {
      const sim = await venue();
      await sim.pump(2000);
      const follower = await BookClient.open(sim, 'BTCUSDT', kind);
      await follower.hear(4);
      sim.faults.inject({ kind: 'staleSnapshot', symbol: 'BTCUSDT', count: 2 });
      expect(await follower.fetchSnapshot()).toBe('stale snapshot');
      expect(await follower.fetchSnapshot()).toBe('stale snapshot');
      await follower.sync();
      await follower.hear(5);
      const { own, truth } = follower.compare();
      expect(own).toEqual(truth);
    },
  );

  test('a snapshot can end exactly where the first buffered event begins (pu)', async () => {
    const sim = await venue();
    await sim.pump(2000);
    const follower = await BookClient.open(sim, 'BTCUSDT', 'perp');
    await follower.hear(4);
    sim.faults.inject({ kind: 'snapshotAtPu', symbol: 'BTCUSDT' });
    const answer = await get(sim.endpoints.futuresRest, DEPTH);
    const snapshot = answer.json() as { lastUpdateId: number };
    const [first] = follower.events;
    expect(snapshot.lastUpdateId).toBe(first!.pu);
    expect(first!.U).toBeGreaterThan(snapshot.lastUpdateId);
    sim.faults.inject({ kind: 'snapshotAtPu', symbol: 'BTCUSDT' });
    await follower.fetchSnapshot();
    await follower.hear(5);
    const { own, truth } = follower.compare();
    expect(own).toEqual(truth);
  });
});

describe('faults of the venue', () => {
  test('a skewed clock shows in every time it sends', async () => {
    const sim = await venue();
    sim.faults.inject({ kind: 'clockSkew', offsetMs: -90_000, market: 'futures' });
    const time = (await get(sim.endpoints.futuresRest, '/fapi/v1/time')).json() as {
      serverTime: number;
    };
    expect(time.serverTime).toBe(START_MS - 90_000);
    const client = await connect(
      `${sim.endpoints.futuresWs}/market/stream?streams=btcusdt@aggTrade/btcusdt@markPrice@1s`,
    );
    await until(
      sim,
      () =>
        client.of('btcusdt@aggTrade').length > 0 && client.of('btcusdt@markPrice@1s').length > 0,
    );
    for (const { E, T } of client.of('btcusdt@aggTrade') as unknown as readonly {
      E: number;
      T: number;
    }[]) {
      expect(E).toBeLessThan(START_MS - 60_000);
      expect(T).toBeLessThan(START_MS - 60_000);
    }
    const spot = (await get(sim.endpoints.spotRest, '/api/v3/time')).json() as {
      serverTime: number;
    };
    expect(spot.serverTime).toBeGreaterThanOrEqual(START_MS);
  });

  test('an interval that changes moves the next settlement and is listed', async () => {
    const sim = await venue();
    const next = async () =>
      (
        (await get(sim.endpoints.futuresRest, '/fapi/v1/premiumIndex?symbol=BTCUSDT')).json() as {
          nextFundingTime: number;
        }
      ).nextFundingTime;
    expect(await next()).toBe(Date.UTC(2026, 10, 20, 16));
    sim.faults.inject({ kind: 'fundingInterval', symbol: 'BTCUSDT', hours: 1 });
    expect(await next()).toBe(Date.UTC(2026, 10, 20, 14));
    const info = (await get(sim.endpoints.futuresRest, '/fapi/v1/fundingInfo')).json() as Message[];
    expect(info).toMatchObject([{ symbol: 'BTCUSDT', fundingIntervalHours: 1 }]);
  });
});
