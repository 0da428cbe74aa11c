import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Connection } from '../../src/feed/connection.ts';
import { createRandom } from '../../src/feed/random.ts';
import { type FeedReport, textOf } from '../../src/model/record.ts';
import type { ConnectionPlan, Framing, Protocol } from '../../src/venues/protocol.ts';
import { ManualClock } from './support/manual-clock.ts';
import { aConnection, aStream, toyProtocol } from './support/toy-protocol.ts';
import { ToyVenue } from './support/toy-venue.ts';
import { settle, until } from './support/until.ts';

/*
 * How further venues talk: bare words, acknowledgements stream by stream, questions that want an answer. The toy venue sends a framing as JSON under
 * `as`, and the protocol takes it at its word.
 */

let venue: ToyVenue;
let clock: ManualClock;
let connection: Connection;
let reports: FeedReport[];
let log: string[];

beforeEach(async () => {
  venue = await ToyVenue.start();
  venue.answer = 'silence';
  clock = new ManualClock();
  reports = [];
  log = [];
});

afterEach(async () => {
  const closed = connection.close();
  await until('the sockets are gone', () => venue.open.length === 0);
  await closed;
  await venue.close();
});

/** The toy's protocol with the manners of others. */
function protocol(): Protocol<unknown> {
  const toy = toyProtocol(venue);
  return {
    ...toy,
    frame(msg): Framing {
      const message = JSON.parse(textOf(msg)) as { as?: Framing };
      return message.as ?? toy.frame(msg);
    },
    ping: (id) => JSON.stringify({ op: 'ping', streams: [], id }),
    opening: (firstId) => [JSON.stringify({ op: 'hello', streams: [], id: firstId })],
  };
}

function open(plan: Partial<ConnectionPlan> = {}, names = ['a', 'b', 'c']): void {
  connection = new Connection(
    clock,
    createRandom(1),
    protocol(),
    aConnection(
      venue,
      'public',
      names.map((name) => aStream(name)),
      plan,
    ),
    {
      frame: () => undefined,
      unreadable: () => undefined,
      report: (report) => reports.push(report),
      subscribed: (streams) => log.push(`subscribed ${streams.join(' ')}`),
      refused: (stream, reason) => log.push(`refused ${stream}: ${reason}`),
      lost: () => log.push('lost'),
    },
  );
  connection.open();
}

const messages = () => venue.open.at(-1)?.messages ?? [];
const asked = (op: string) => messages().filter((message) => message.op === op);
const say = (as: Framing) => venue.open.at(-1)!.socket.send(JSON.stringify({ as }));
const subscription = () =>
  until('a subscription came', () => asked('subscribe').length > 0).then(
    () => asked('subscribe')[0]!,
  );

async function seconds(count: number, each: () => void = () => undefined) {
  for (let i = 0; i < count; i += 1) {
    clock.advance(1000);
    each();
    await settle();
    connection.pulse(clock.now());
  }
  await settle();
}

describe('acknowledgements', () => {
  test('come stream by stream, each for itself', async () => {
    open();
    const { id } = await subscription();
    say({ kind: 'ack', id, streams: ['b'], isPart: true });
    say({ kind: 'ack', id: null, streams: ['a'] });
    await until('two are granted', () => log.length === 2);
    expect(log).toEqual(['subscribed b', 'subscribed a']);
    await seconds(11);
    expect(asked('subscribe').map(({ streams }) => streams)).toEqual([['a', 'b', 'c'], ['c']]);
  });

  test('that name what was accepted refuse the rest', async () => {
    open();
    const { id } = await subscription();
    say({ kind: 'ack', id, streams: ['a', 'c'] });
    await until('it is answered', () => log.length === 2);
    expect(log).toEqual(['subscribed a c', 'refused b: not accepted']);
  });

  test('and refusals of one stream leave the others of its request alone', async () => {
    open();
    const { id } = await subscription();
    say({ kind: 'error', id, reason: 'no such coin', streams: ['b'] });
    say({ kind: 'ack', id, streams: ['a'], isPart: true });
    say({ kind: 'ack', id, streams: ['c'], isPart: true });
    await until('all are answered', () => log.length === 3);
    expect(log).toEqual(['refused b: no such coin', 'subscribed a', 'subscribed c']);
    await seconds(15, () => venue.open[0]!.socket.send('{"stream":"a"}'));
    expect(asked('subscribe')).toHaveLength(1);
  });

  test('a stream asked for anew is given up first, and its answer is the second one', async () => {
    open();
    const { id } = await subscription();
    say({ kind: 'ack', id });
    await until('granted', () => log.length === 1);
    connection.resubscribe('b');
    await until('both went out', () => asked('subscribe').length === 2);
    expect(messages().map(({ op, streams }) => [op, ...streams])).toEqual([
      ['hello'],
      ['subscribe', 'a', 'b', 'c'],
      ['unsubscribe', 'b'],
      ['subscribe', 'b'],
    ]);
    say({ kind: 'ack', id: null, streams: ['b'] });
    await settle();
    expect(log).toHaveLength(1);
    say({ kind: 'ack', id: null, streams: ['b'] });
    await until('granted again', () => log.length === 2);
    expect(log[1]).toBe('subscribed b');
  });
});

describe('signs of life', () => {
  const heartbeat = { everyMs: 20_000, always: false, answerMs: 10_000 };

  test('what a venue wants first is said before anything is subscribed', async () => {
    open();
    await subscription();
    expect(messages().map(({ op }) => op)).toEqual(['hello', 'subscribe']);
    expect(new Set(messages().map(({ id }) => id)).size).toBe(2);
  });

  test('a quiet socket is pinged, and an answer is enough', async () => {
    open({ heartbeat, silenceMs: 120_000 });
    const { id } = await subscription();
    say({ kind: 'ack', id });
    await settle();
    await seconds(19);
    expect(asked('ping')).toHaveLength(0);
    await seconds(2);
    expect(asked('ping')).toHaveLength(1);
    say({ kind: 'pong' });
    await seconds(15);
    expect(asked('ping')).toHaveLength(1);
    expect(venue.open).toHaveLength(1);
  });

  test('one that talks is not, unless the venue counts pings alone', async () => {
    open({ heartbeat });
    await subscription();
    await seconds(45, () => venue.open[0]!.socket.send('{"stream":"a"}'));
    expect(asked('ping')).toHaveLength(0);
    await connection.close();
    open({ heartbeat: { ...heartbeat, always: true } });
    await subscription();
    await seconds(45, () => venue.open.at(-1)!.socket.send('{"stream":"a"}'));
    expect(asked('ping')).toHaveLength(2);
  });

  test('a ping without an answer ends the socket', async () => {
    open({ heartbeat, silenceMs: 120_000 });
    const { id } = await subscription();
    say({ kind: 'ack', id });
    await settle();
    await seconds(33);
    expect(reports).toContainEqual(
      expect.objectContaining({ kind: 'disconnected', reason: 'ping unanswered' }),
    );
  });

  test('a question is answered at once', async () => {
    open();
    await subscription();
    say({ kind: 'question', text: '{"op":"alive","streams":[],"id":0}' });
    await until('it is answered', () => asked('alive').length === 1);
  });
});

describe('limits', () => {
  test('subscriptions by the hour are not exceeded, whatever the rate by the second', async () => {
    const names = Array.from({ length: 8 }, (_, i) => `s${i}`);
    open({ requestsPerHour: 5, streamsPerMessage: 1, messagesPerSecond: 100 }, names);
    await until('five went out', () => asked('subscribe').length === 5);
    await settle();
    clock.advance(3_599_000);
    await settle();
    expect(asked('subscribe')).toHaveLength(5);
    clock.advance(1001);
    await until('the others follow', () => asked('subscribe').length === 8);
  });

  test('another address is tried when one cannot be reached', async () => {
    open({ url: 'ws://127.0.0.1:9/nowhere', alternates: [`${venue.ws}/other`] });
    for (let i = 0; i < 3; i += 1) {
      await until(
        'an attempt failed',
        () => reports.filter(({ kind }) => kind === 'disconnected').length === i + 1,
      );
      clock.advance(60_000);
    }
    await until('the other one is open', () => venue.open.length === 1);
    expect(venue.open[0]!.path).toBe('/other');
  });
});
