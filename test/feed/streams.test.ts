import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRandom } from '../../src/feed/random.ts';
import { Streams } from '../../src/feed/streams.ts';
import type { FeedReport } from '../../src/model/record.ts';
import { textOf } from '../../src/model/record.ts';
import type { ConnectionPlan } from '../../src/venues/protocol.ts';
import { ManualClock } from './support/manual-clock.ts';
import { aConnection, aStream, toyProtocol } from './support/toy-protocol.ts';
import { type ToySocket, ToyVenue } from './support/toy-venue.ts';
import { settle, until } from './support/until.ts';

let venue: ToyVenue;
let clock: ManualClock;
let streams: Streams;
let reports: FeedReport[];
let frames: { stream: string; text: string }[];

beforeEach(async () => {
  venue = await ToyVenue.start();
  clock = new ManualClock();
  reports = [];
  frames = [];
});

afterEach(async () => {
  const closed = streams.close();
  await until('the sockets are gone', () => venue.open.length === 0);
  await closed;
  expect(clock.pending).toBe(0);
  await venue.close();
});

function start(plans: readonly ConnectionPlan[]): void {
  streams = new Streams(clock, createRandom(1), toyProtocol(venue), plans, {
    frame: (stream, msg) => {
      frames.push({ stream, text: textOf(msg) });
      return clock.now();
    },
    report: (report) => reports.push(report),
  });
}

const of = <K extends FeedReport['kind']>(kind: K) =>
  reports.filter((report): report is Extract<FeedReport, { kind: K }> => report.kind === kind);
const socketOf = (name: string): ToySocket =>
  venue.open.findLast(({ path }) => path === `/${name}`)!;
const subscribedOn = (name: string, stream: string) =>
  until(`${stream} is subscribed on ${name}`, () =>
    venue.open.some(({ path, streams: names }) => path === `/${name}` && names.has(stream)),
  );
const acknowledged = (times: number) =>
  until('acknowledged', () => of('subscribed').length >= times);

/** Seconds pass one by one; `each` says what the venue sends in each. */
async function seconds(count: number, each: (second: number) => void = () => undefined) {
  for (let i = 0; i < count; i += 1) {
    each(i);
    await settle();
    clock.advance(1000);
    await settle();
  }
}

describe('a stream that never speaks', () => {
  const twoRoutes = () => [
    aConnection(venue, 'public', [
      aStream('depth'),
      aStream('lost', { alternate: 'market', firstFrameMs: 10_000 }),
    ]),
    aConnection(venue, 'market', [aStream('mark')]),
  ];

  test('is moved to its other route once the deadline has passed, and heard there', async () => {
    start(twoRoutes());
    await acknowledged(2);
    const lively = () => {
      venue.send('depth');
      venue.send('mark');
    };
    await seconds(9, lively);
    expect(of('rerouted')).toEqual([]);
    await seconds(3, lively);
    expect(of('rerouted')).toEqual([{ kind: 'rerouted', stream: 'lost', connection: 'market' }]);
    await subscribedOn('market', 'lost');
    await until('it left the first route', () => !socketOf('public').streams.has('lost'));
    await seconds(20, () => {
      lively();
      venue.send('lost');
    });
    expect(of('suspect')).toEqual([]);
    expect(frames.some(({ stream }) => stream === 'lost')).toBe(true);
  });

  test('on either route goes back, is called suspect once, and is tried elsewhere again after ten minutes', async () => {
    start(twoRoutes());
    await acknowledged(2);
    const lively = () => {
      venue.send('depth');
      venue.send('mark');
    };
    await seconds(60, lively);
    const routes = () => of('rerouted').map(({ connection }) => connection);
    expect(routes()).toEqual(['market', 'public']);
    expect(of('suspect')).toEqual([
      { kind: 'suspect', stream: 'lost', reason: expect.stringMatching(/^no frame in 1\d s$/) },
    ]);
    await seconds(620, lively);
    expect(routes()).toEqual(['market', 'public', 'market', 'public']);
    expect(of('suspect')).toHaveLength(1);
  });

  test('because its socket stalls is heard again on the route where it was, whatever was tried meanwhile', async () => {
    start([
      aConnection(venue, 'public', [aStream('depth')]),
      aConnection(venue, 'market', [
        aStream('trades'),
        aStream('mark', { alternate: 'public', firstFrameMs: 10_000 }),
      ]),
    ]);
    await acknowledged(2);
    const lively = () => {
      venue.send('depth');
      venue.send('trades');
    };
    const old = socketOf('market');
    await seconds(12, lively);
    await subscribedOn('public', 'mark');
    // What the stalled socket had kept arrives late: it says nothing of the new route.
    old.socket.send('{"stream":"mark","data":{}}');
    await seconds(12, lively);
    await subscribedOn('market', 'mark');
    await seconds(20, () => {
      lively();
      venue.send('mark');
    });
    expect(of('rerouted').map(({ connection }) => connection)).toEqual(['public', 'market']);
    expect(of('suspect')).toEqual([]);
  });

  test('without another route is called suspect at once', async () => {
    start([aConnection(venue, 'spot', [aStream('depth'), aStream('lost')])]);
    await acknowledged(1);
    await seconds(13, () => venue.send('depth'));
    expect(of('suspect').map(({ stream }) => stream)).toEqual(['lost']);
  });

  test('keeps its route over a reconnection', async () => {
    start(twoRoutes());
    await acknowledged(2);
    await seconds(12, () => {
      venue.send('depth');
      venue.send('mark');
    });
    await subscribedOn('market', 'lost');
    socketOf('market').socket.terminate();
    await until('the loss is noticed', () => of('disconnected').length === 1);
    expect(of('disconnected')[0]!.streams).toEqual(['mark', 'lost']);
    await seconds(1);
    await subscribedOn('market', 'lost');
  });

  test('that is refused is tried on the other route, too', async () => {
    venue.answer = { refuse: (stream) => stream === 'lost' };
    start(twoRoutes());
    await until('it was tried on both', () => of('suspect').length === 1);
    expect(of('rerouted')).toHaveLength(1);
    expect(of('suspect')[0]).toEqual({ kind: 'suspect', stream: 'lost', reason: 'unknown stream' });
  });
});

describe('a stream that falls silent', () => {
  test('while its socket lives is called suspect once, and again after it has spoken', async () => {
    start([aConnection(venue, 'public', [aStream('a'), aStream('b')])]);
    await acknowledged(1);
    const both = () => {
      venue.send('a');
      venue.send('b');
    };
    await seconds(30, both);
    await seconds(20, () => venue.send('a'));
    expect(of('suspect')).toEqual([
      { kind: 'suspect', stream: 'b', reason: expect.stringMatching(/^silent for [56] s$/) },
    ]);
    await seconds(5, both);
    await seconds(20, () => venue.send('a'));
    expect(of('suspect')).toHaveLength(2);
    expect(of('disconnected')).toEqual([]);
  });

  test('makes the sparse streams beside it suspect', async () => {
    const sparse = aStream('liquidations', {
      firstFrameMs: null,
      periodMs: null,
      sibling: 'mark',
    });
    start([aConnection(venue, 'market', [aStream('mark'), aStream('volume'), sparse])]);
    await acknowledged(1);
    await seconds(30, () => {
      venue.send('mark');
      venue.send('volume');
    });
    expect(of('suspect')).toEqual([]);
    await seconds(10, () => venue.send('volume'));
    expect(of('suspect').map(({ stream }) => stream)).toEqual(['mark', 'liquidations']);
    expect(of('cleared')).toEqual([]);
    await seconds(2, () => {
      venue.send('mark');
      venue.send('volume');
    });
    expect(of('cleared')).toEqual([{ kind: 'cleared', stream: 'liquidations' }]);
  });

  test('leaves those beside it alone that go on speaking', async () => {
    const beside = (name: string, periodMs: number | null) =>
      aStream(name, { firstFrameMs: null, periodMs, sibling: 'mark' });
    start([
      aConnection(venue, 'market', [
        aStream('mark'),
        beside('trades', null),
        beside('volume', 2000),
      ]),
    ]);
    await acknowledged(1);
    await seconds(40, (second) => {
      venue.send('mark');
      venue.send('trades');
      if (second % 2 === 0) venue.send('volume');
    });
    await seconds(20, (second) => {
      venue.send('trades');
      if (second % 2 === 0) venue.send('volume');
    });
    expect(of('suspect').map(({ stream }) => stream)).toEqual(['mark']);
  });

  test('is called suspect once although the stream beside it speaks', async () => {
    const volume = aStream('volume', { firstFrameMs: null, periodMs: 2000, sibling: 'mark' });
    start([aConnection(venue, 'market', [aStream('mark'), volume])]);
    await acknowledged(1);
    await seconds(40, (second) => {
      venue.send('mark');
      if (second % 2 === 0) venue.send('volume');
    });
    await seconds(30, () => venue.send('mark'));
    expect(of('suspect')).toEqual([
      { kind: 'suspect', stream: 'volume', reason: expect.stringMatching(/^silent for \d s$/) },
    ]);
  });

  test('with all others on a socket that still pings costs the socket', async () => {
    start([aConnection(venue, 'public', [aStream('a'), aStream('b')], { silenceMs: 15_000 })]);
    await acknowledged(1);
    await seconds(30, () => {
      venue.send('a');
      venue.send('b');
    });
    await seconds(14, () => socketOf('public')?.socket.ping());
    expect(of('disconnected')).toEqual([]);
    await seconds(4, () => socketOf('public')?.socket.ping());
    expect(of('disconnected')).toMatchObject([
      { reason: expect.stringMatching(/^no data for 1\d s$/) },
    ]);
    await until('it is back', () => of('subscribed').length === 2);
  });

  test('because we slept ourselves is given the chance to be heard', async () => {
    start([aConnection(venue, 'public', [aStream('a')], { silenceMs: 15_000 })]);
    await acknowledged(1);
    await seconds(30, () => venue.send('a'));
    clock.sleep(20_000);
    venue.send('a');
    clock.advance(0);
    await settle();
    await seconds(5, () => venue.send('a'));
    expect(of('disconnected')).toEqual([]);
    expect(of('suspect')).toEqual([]);
  });
});

test('a route that is proven draws along the streams that are judged by it', async () => {
  const sparse = aStream('liquidations', {
    firstFrameMs: null,
    periodMs: null,
    sibling: 'mark',
  });
  start([
    aConnection(venue, 'public', [aStream('depth')]),
    aConnection(venue, 'market', [
      aStream('trades'),
      aStream('mark', { alternate: 'public' }),
      sparse,
    ]),
  ]);
  await acknowledged(2);
  const lively = () => {
    venue.send('depth');
    venue.send('trades');
  };
  await seconds(12, lively);
  await subscribedOn('public', 'mark');
  expect(socketOf('public').streams.has('liquidations')).toBe(false);
  await seconds(2, () => {
    lively();
    venue.send('mark');
  });
  await subscribedOn('public', 'liquidations');
  expect(of('rerouted').map(({ stream }) => stream)).toEqual(['mark', 'liquidations']);
});

test('messages that nobody can place are handed on under a name of their own', async () => {
  start([aConnection(venue, 'public', [aStream('a')])]);
  await acknowledged(1);
  socketOf('public').socket.send('nonsense');
  await until('it came', () => frames.length === 1);
  expect(frames).toEqual([{ stream: '?', text: 'nonsense' }]);
});

describe('streams that come and go while the sockets live', () => {
  const routed = (...streams: string[]) =>
    streams.map((stream) => ({ route: 'public', plan: aStream(stream, { firstFrameMs: null }) }));
  const carried = () =>
    Object.fromEntries(venue.open.map(({ path, streams: names }) => [path, [...names].sort()]));
  const has = (count: number) =>
    until(
      'subscribed',
      () => venue.open.reduce((sum, { streams: s }) => sum + s.size, 0) === count,
    );

  test('fill the connections of their route in turn, never beyond what one carries', async () => {
    start([
      aConnection(venue, 'public', [aStream('own')], { streamsAtMost: 3 }),
      aConnection(venue, 'public-2', [], { streamsAtMost: 3 }),
      aConnection(venue, 'publicity', [aStream('other')]),
    ]);
    await acknowledged(2);
    expect(venue.open).toHaveLength(2);
    streams.add(routed('a', 'b', 'c', 'd'));
    await has(6);
    expect(carried()).toEqual({
      '/public': ['a', 'b', 'own'],
      '/public-2': ['c', 'd'],
      '/publicity': ['other'],
    });
    // All of a connection's in one message.
    expect(socketOf('public').messages.map((message) => message.streams)).toEqual([
      ['own'],
      ['a', 'b'],
    ]);
    streams.add(routed('e', 'f'));
    await has(7);
    expect(of('suspect')).toEqual([
      { kind: 'suspect', stream: 'f', reason: 'no connection has room' },
    ]);
  });

  test('are given up in one message, are said to be, and are missed by nobody', async () => {
    start([aConnection(venue, 'public', [aStream('own')])]);
    await acknowledged(1);
    streams.add(routed('a', 'b', 'c'));
    await has(4);
    const all = () => {
      for (const stream of ['own', 'a', 'b', 'c']) venue.send(stream);
    };
    await seconds(20, all);
    streams.remove(['a', 'b', 'unknown']);
    await has(2);
    expect(of('unsubscribed')).toEqual([
      { kind: 'unsubscribed', connection: 'public', streams: ['a', 'b'] },
    ]);
    await seconds(20, all);
    expect(of('suspect')).toEqual([]);
    // Whoever was kept is missed as ever.
    await seconds(20, () => venue.send('own'));
    expect(of('suspect').map(({ stream }) => stream)).toEqual(['c']);
    streams.add(routed('a'));
    await has(3);
  });
});
