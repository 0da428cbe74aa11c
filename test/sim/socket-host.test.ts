import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import type { SocketRules } from '../../src/sim/socket-host.ts';
import type { VenueSim } from '../../src/sim/venue-sim.ts';
import { Client, until } from './support/client.ts';
import { stage } from './support/stage.ts';
import { toy } from './support/toy-venue.ts';

async function hosted(rules: Partial<SocketRules>): Promise<{ sim: VenueSim; ws: string }> {
  const { venue } = await stage([toy(rules)]);
  const sim = venue('toy');
  return { sim, ws: sim.endpoints['toy-linear']!['ws']! };
}

/** What a refused handshake says. */
async function refusal(url: string): Promise<string> {
  const [error] = (await once(new WebSocket(url), 'error')) as [Error];
  return error.message;
}

const ended = async (sim: VenueSim, client: Client) => {
  await until(sim, () => client.ended !== null, 100);
  return client.ended!;
};

describe('a socket', () => {
  test('answers in the venue’s own words, bare text included', async () => {
    const { sim, ws } = await hosted({});
    const client = await Client.open(ws);
    client.send('ping');
    await until(sim, () => client.frames.length > 0, 0);
    expect(client.frames).toEqual(['pong']);
    client.send('NOSUCHCOIN');
    expect((await ended(sim, client)).code).toBe(1006);
  });

  test('of a client that says nothing is closed, of one that talks is not', async () => {
    const closing = { code: 4001, reason: 'idle' };
    const { sim, ws } = await hosted({ idle: { afterMs: 3000, silent: 'client', closing } });
    const quiet = await Client.open(ws);
    const talkative = await Client.open(ws);
    for (let second = 0; second < 5; second++) {
      const seen = talkative.frames.length;
      talkative.send('ping');
      await until(sim, () => talkative.frames.length > seen, 0);
      await sim.pump(1000);
    }
    expect(await ended(sim, quiet)).toEqual(closing);
    expect(talkative.ended).toBeNull();
  });

  test('is kept open by what the venue says, where only that counts', async () => {
    const idle = { afterMs: 3000, silent: 'venue', closing: 'cut' } as const;
    const { sim, ws } = await hosted({ idle });
    const unsubscribed = await Client.open(ws);
    const subscribed = await Client.open(ws);
    subscribed.send('BTCUSDT');
    await until(sim, () => subscribed.frames.length > 0, 0);
    await sim.pump(6000);
    expect((await ended(sim, unsubscribed)).code).toBe(1006);
    expect(subscribed.ended).toBeNull();
  });

  test('of a client that sends too much is closed as the rules say', async () => {
    const flooded = { code: 4008, reason: 'slow down' };
    const { sim, ws } = await hosted({ messages: { most: 3, windowMs: 60_000 }, flooded });
    const client = await Client.open(ws);
    for (let count = 0; count < 3; count++) client.send('ping');
    await until(sim, () => client.frames.length === 3, 0);
    expect(client.ended).toBeNull();
    client.send('ping');
    expect(await ended(sim, client)).toEqual(flooded);
    expect(client.frames).toHaveLength(3);
  });

  test('says goodbye before its planned end', async () => {
    const { sim, ws } = await hosted({ lifetimeMs: 5000, shutdownNoticeMs: 2000 });
    const client = await Client.open(ws);
    await sim.pump(2500);
    expect(client.frames).toEqual([]);
    await until(sim, () => client.frames.length > 0, 100);
    expect([client.frames, client.ended]).toEqual([['{"frame":"bye"}'], null]);
    expect((await ended(sim, client)).code).toBe(1001);
  });

  test('can be ended with a code instead of being cut', async () => {
    const { sim, ws } = await hosted({});
    const client = await Client.open(ws);
    sim.faults.inject({ kind: 'disconnect', code: 4000 });
    expect((await ended(sim, client)).code).toBe(4000);
  });
});

describe('a handshake', () => {
  test('is refused on a path the venue does not serve', async () => {
    const { ws } = await hosted({});
    expect(await refusal(`${ws}/elsewhere`)).toMatch(/404/);
  });

  test('is refused while too many sockets are open', async () => {
    const { sim, ws } = await hosted({ socketsMost: 1 });
    const first = await Client.open(ws);
    expect(await refusal(ws)).toMatch(/429/);
    first.close();
    await until(sim, () => first.ended !== null, 0);
    (await Client.open(ws)).close();
  });

  test('is refused when there were too many lately', async () => {
    const { sim, ws } = await hosted({ attempts: { most: 2, windowMs: 10_000 } });
    for (let count = 0; count < 2; count++) (await Client.open(ws)).close();
    expect(await refusal(ws)).toMatch(/429/);
    await sim.pump(11_000);
    (await Client.open(ws)).close();
  });
});
