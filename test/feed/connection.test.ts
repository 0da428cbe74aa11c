import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Connection } from '../../src/feed/connection.ts';
import { createRandom } from '../../src/feed/random.ts';
import type { FeedReport } from '../../src/model/record.ts';
import { textOf } from '../../src/model/record.ts';
import type { ConnectionPlan } from '../../src/venues/protocol.ts';
import { ManualClock } from './support/manual-clock.ts';
import { aConnection, aStream, toyProtocol } from './support/toy-protocol.ts';
import { ToyVenue } from './support/toy-venue.ts';
import { settle, until } from './support/until.ts';

let venue: ToyVenue;
let clock: ManualClock;
let connection: Connection;
let reports: FeedReport[];
let frames: { stream: string; text: string }[];
let log: string[];

beforeEach(async () => {
  venue = await ToyVenue.start();
  clock = new ManualClock();
  reports = [];
  frames = [];
  log = [];
});

afterEach(async () => {
  const closed = connection.close();
  await until('the sockets are gone', () => venue.open.length === 0);
  await closed;
  await venue.close();
});

const BOOK = aStream('book', { carriesBook: true });
const MARK = aStream('mark');

function open(plan: Partial<ConnectionPlan> = {}, streams = [BOOK, MARK]): void {
  connection = new Connection(
    clock,
    createRandom(1),
    toyProtocol(venue),
    aConnection(venue, 'public', streams, plan),
    {
      frame: (stream, msg) => frames.push({ stream, text: textOf(msg) }),
      unreadable: (msg) => log.push(`unreadable ${textOf(msg)}`),
      report: (report) => reports.push(report),
      subscribed: (names) => log.push(`subscribed ${names.join(' ')}`),
      refused: (stream, reason) => log.push(`refused ${stream}: ${reason}`),
      lost: () => log.push('lost'),
    },
  );
  connection.open();
}

const kinds = () => reports.map(({ kind }) => kind);
const losses = () => reports.filter((report) => report.kind === 'disconnected');
const subscribed = (socket = 0) =>
  until('subscribed', () => venue.sockets[socket]?.streams.size === 2);
const acknowledged = (times = 1) =>
  until('acknowledged', () => kinds().filter((kind) => kind === 'subscribed').length >= times);
const says = (n: number) => frames.filter(({ text }) => text.includes(`"n":${n}}`)).length;

/** Seconds pass one by one, with everything that is under way arriving in between. */
async function seconds(count: number, each: (second: number) => void = () => undefined) {
  for (let i = 0; i < count; i += 1) {
    clock.advance(1000);
    each(i);
    await settle();
    connection.pulse(clock.now());
  }
  await settle();
}

describe('opening', () => {
  test('connects, subscribes and reports each step', async () => {
    open();
    await subscribed();
    await acknowledged();
    expect(reports).toEqual([
      { kind: 'connecting', connection: 'public' },
      { kind: 'connected', connection: 'public' },
      { kind: 'subscribed', connection: 'public', streams: ['book', 'mark'] },
    ]);
    venue.send('book', { n: 1 });
    await until('a frame came', () => frames.length === 1);
    expect(frames).toEqual([{ stream: 'book', text: '{"stream":"book","data":{"n":1}}' }]);
  });

  test('does not offer compression', async () => {
    open();
    await subscribed();
    expect(venue.sockets[0]!.socket.extensions).toBe('');
  });

  test('sends subscriptions in chunks, within the allowed rate', async () => {
    const streams = Array.from({ length: 45 }, (_, i) => aStream(`s${i}`));
    open({ streamsPerMessage: 10, messagesPerSecond: 2 }, streams);
    const messages = () => venue.sockets[0]?.messages ?? [];
    await until('the first two', () => messages().length === 2);
    await settle();
    expect(messages().map(({ streams: { length } }) => length)).toEqual([10, 10]);
    clock.advance(1099);
    await settle();
    expect(messages()).toHaveLength(2);
    clock.advance(2);
    await until('the next two', () => messages().length === 4);
    clock.advance(1101);
    await until('the last', () => messages().length === 5);
    expect(messages().flatMap(({ streams: names }) => names)).toEqual(
      streams.map(({ stream }) => stream),
    );
    expect(new Set(messages().map(({ id }) => id)).size).toBe(5);
  });

  test('a message that nobody can read is handed on as such, and the socket stays', async () => {
    open();
    await subscribed();
    const [toy] = venue.open;
    toy!.socket.send('garbage');
    toy!.socket.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false });
    await until(
      'both came',
      () => log.filter((line) => line.startsWith('unreadable')).length === 2,
    );
    expect(venue.open).toHaveLength(1);
  });

  test('a useless address is reported and not tried', async () => {
    open({ url: 'nonsense' });
    await settle();
    expect(losses()).toMatchObject([{ reason: 'no address' }]);
    expect(clock.pending).toBe(0);
  });
});

describe('acknowledgements', () => {
  test('a refused request is asked stream by stream, and the bad one is named', async () => {
    venue.answer = { refuse: (stream) => stream === 'mark' };
    open();
    await until('it was refused', () => log.includes('refused mark: unknown stream'));
    expect(venue.sockets[0]!.streams).toEqual(new Set(['book']));
    expect(log).toContain('subscribed book');
  });

  test('an unanswered subscription is repeated once, then the socket is given up', async () => {
    venue.answer = 'silence';
    open({ silenceMs: 600_000 });
    await until('asked', () => venue.sockets[0]?.messages.length === 1);
    await seconds(11);
    expect(venue.sockets[0]!.messages).toHaveLength(2);
    await seconds(11);
    expect(losses()).toMatchObject([{ reason: 'subscription unanswered' }]);
  });

  test('a venue that speaks without acknowledging is left alone', async () => {
    venue.answer = 'silence';
    open({ silenceMs: 600_000 });
    await until('asked', () => venue.sockets[0]?.messages.length === 1);
    venue.sockets[0]!.streams.add('book').add('mark');
    await seconds(25, () => venue.send('book'));
    expect(losses()).toEqual([]);
    expect(log).toContain('subscribed book mark');
  });
});

describe('a lost connection', () => {
  test('is reported with the streams and books it carried, and everything is subscribed anew', async () => {
    open();
    await subscribed();
    await acknowledged();
    venue.sockets[0]!.socket.terminate();
    await until('the loss is reported', () => losses().length === 1);
    expect(losses()[0]).toEqual({
      kind: 'disconnected',
      connection: 'public',
      reason: 'connection lost',
      streams: ['book', 'mark'],
      books: ['book'],
    });
    expect(log).toContain('lost');
    clock.advance(750);
    await subscribed(1);
    await acknowledged(2);
    expect(kinds().slice(-3)).toEqual(['connecting', 'connected', 'subscribed']);
  });

  test('names the code with which the venue closed', async () => {
    open();
    await subscribed();
    venue.sockets[0]!.socket.close(1012);
    await until('the loss is reported', () => losses().length === 1);
    expect(losses()[0]).toMatchObject({ reason: 'closed 1012' });
  });

  test('is tried again after min(30 s, 0.5 s · 2ⁿ) × U(0.5, 1.5), and never faster', async () => {
    venue.handshake = 503;
    open();
    for (let n = 0; n < 9; n += 1) {
      await until('the attempt failed', () => losses().length === n + 1);
      const base = Math.min(30_000, 500 * 2 ** n);
      expect(clock.untilNext).toBeGreaterThanOrEqual(0.5 * base);
      expect(clock.untilNext).toBeLessThan(1.5 * base);
      clock.advance(clock.untilNext!);
    }
    await until('the last attempt failed', () => losses().length === 10);
    expect(losses()[0]).toMatchObject({ reason: 'http 503' });
    venue.handshake = 101;
    clock.advance(clock.untilNext!);
    await subscribed();
  });

  test('begins with the shortest delay again after a minute of data, not after a minute of life', async () => {
    open({ silenceMs: 600_000 });
    for (let i = 0; i < 4; i += 1) {
      await subscribed(i);
      venue.sockets[i]!.socket.terminate();
      await until('lost', () => losses().length === i + 1);
      clock.advance(clock.untilNext!);
    }
    await subscribed(4);
    clock.advance(70_000);
    venue.sockets[4]!.socket.terminate();
    await until('lost', () => losses().length === 5);
    expect(clock.untilNext).toBeGreaterThan(2000);
    clock.advance(clock.untilNext!);
    await subscribed(5);
    clock.advance(70_000);
    venue.send('book');
    await until('data came', () => frames.length === 1);
    venue.sockets[5]!.socket.terminate();
    await until('lost', () => losses().length === 6);
    expect(clock.untilNext).toBeLessThan(750);
  });

  test('a host that is gone is named without its address', async () => {
    const gone = await ToyVenue.start();
    const url = `${gone.ws}/public`;
    await gone.close();
    open({ url });
    await until('the attempt failed', () => losses().length === 1);
    expect(losses()[0]).toMatchObject({ reason: 'connection refused' });
  });
});

describe('silence', () => {
  test('of every kind of frame for too long ends the socket', async () => {
    open({ silenceMs: 30_000 });
    await subscribed();
    await acknowledged();
    await seconds(29);
    expect(losses()).toEqual([]);
    await seconds(3);
    expect(losses()).toMatchObject([{ reason: expect.stringMatching(/^silent 3[01] s$/) }]);
  });

  test('is broken by a ping of the venue', async () => {
    open({ silenceMs: 30_000 });
    await subscribed();
    await seconds(60, (second) => {
      if (second % 20 === 0) venue.open[0]!.socket.ping();
    });
    expect(losses()).toEqual([]);
  });

  test('of a handshake that never ends is cut short', async () => {
    venue.handshake = 0;
    open();
    connection.pulse(clock.now());
    clock.advance(11_000);
    connection.pulse(clock.now());
    expect(losses()).toMatchObject([{ reason: 'timed out' }]);
  });
});

describe('a planned roll', () => {
  const HOUR_MS = 3_600_000;

  /** Opens a connection that is due for its roll, with both streams heard. */
  async function aged(streams = [BOOK, MARK]) {
    open({ rollAfterMs: HOUR_MS, silenceMs: 2 * HOUR_MS }, streams);
    await subscribed();
    await acknowledged();
    venue.send('book', { n: 0 });
    venue.send('mark', { n: 0 });
    await until('both were heard', () => frames.length === 2);
    clock.advance(HOUR_MS);
    connection.pulse(clock.now());
  }

  test('loses nothing and doubles nothing', async () => {
    await aged();
    await subscribed(1);
    let n = 0;
    await seconds(6, () => {
      for (let i = 0; i < 10; i += 1) {
        n += 1;
        venue.send('book', { n });
        venue.send('mark', { n });
      }
    });
    await until('the old socket is gone', () => venue.open.length === 1);
    for (let i = 1; i <= n; i += 1) expect([i, says(i)]).toEqual([i, 2]);
    const books = frames.filter(({ stream }) => stream === 'book');
    expect(books.map(({ text }) => JSON.parse(text).data.n)).toEqual(
      Array.from({ length: n + 1 }, (_, i) => i),
    );
    expect(reports.slice(3)).toEqual([
      {
        kind: 'disconnected',
        connection: 'public',
        reason: 'planned roll',
        streams: [],
        books: [],
      },
      { kind: 'connected', connection: 'public' },
      { kind: 'subscribed', connection: 'public', streams: ['book', 'mark'] },
    ]);
    expect(log).not.toContain('lost');
  });

  test('delivers what only the new socket has brought', async () => {
    await aged();
    await subscribed(1);
    const [old, replacement] = venue.sockets;
    const message = (stream: string, n: number) => JSON.stringify({ stream, data: { n } });
    for (const stream of ['book', 'mark']) {
      old!.socket.send(message(stream, 1));
      replacement!.socket.send(message(stream, 1));
      replacement!.socket.send(message(stream, 2));
    }
    await seconds(4);
    await until('the old socket is gone', () => venue.open.length === 1);
    expect([says(1), says(2)]).toEqual([2, 2]);
    venue.send('book', { n: 3 });
    await until('it goes on', () => says(3) === 1);
  });

  test('leaves nothing out of a stream that begins anew on the new socket', async () => {
    await aged([aStream('book', { carriesBook: true, startsAnew: true }), MARK]);
    await subscribed(1);
    const [old, replacement] = venue.sockets;
    const message = (stream: string, n: number) => JSON.stringify({ stream, data: { n } });
    old!.socket.send(message('book', 1));
    old!.socket.send(message('mark', 1));
    // The snapshot of the new socket stands before a change that the old one has told already.
    replacement!.socket.send(message('book', 0));
    replacement!.socket.send(message('book', 1));
    replacement!.socket.send(message('mark', 1));
    await seconds(4);
    await until('the old socket is gone', () => venue.open.length === 1);
    // What the old socket told comes again behind the snapshot that it continues; the mark does not.
    expect([says(0), says(1)]).toEqual([3, 3]);
  });

  test('waits until every stream that spoke speaks on the new socket', async () => {
    await aged();
    await subscribed(1);
    await seconds(8, () => venue.sockets[1]!.socket.send('{"stream":"book","data":{}}'));
    expect(venue.open).toHaveLength(2);
    await seconds(4, () => venue.send('mark'));
    expect(venue.open).toHaveLength(1);
  });

  test('that finds a dead replacement leaves the old socket and tries again later', async () => {
    await aged();
    await subscribed(1);
    venue.sockets[1]!.socket.terminate();
    await settle();
    connection.pulse(clock.now());
    expect(venue.sockets).toHaveLength(2);
    expect(losses()).toEqual([]);
    await seconds(2);
    await subscribed(2);
  });

  test('that stays mute is given up, and the old socket goes on', async () => {
    await aged();
    await subscribed(1);
    await seconds(46, () => venue.sockets[0]!.socket.send('{"stream":"mark","data":{}}'));
    await until('the replacement is gone', () => !venue.open.includes(venue.sockets[1]!));
    expect(venue.open).toContain(venue.sockets[0]);
    expect(losses()).toEqual([]);
  });

  test('becomes the connection when the old socket dies in the middle of it', async () => {
    await aged();
    await subscribed(1);
    venue.send('book', { n: 1 });
    venue.send('mark', { n: 1 });
    await until('the old one was heard', () => says(1) === 2);
    await settle();
    venue.sockets[1]!.socket.send('{"stream":"book","data":{"n":2}}');
    await settle();
    venue.sockets[0]!.socket.terminate();
    await until('it was replaced', () => says(2) === 1);
    expect(losses()).toMatchObject([{ reason: 'connection lost', streams: [], books: [] }]);
    expect(kinds().slice(-2)).toEqual(['connected', 'subscribed']);
    expect(says(1)).toBe(2);
  });

  test('happens at once when the venue announces that it will close', async () => {
    open({ silenceMs: 2 * HOUR_MS });
    await subscribed();
    await acknowledged();
    venue.sockets[0]!.socket.send('{"closing":true}');
    await subscribed(1);
    await seconds(4, (second) => {
      venue.send('book', { n: second });
      venue.send('mark', { n: second });
    });
    await until('the old socket is gone', () => venue.open.length === 1);
    expect(losses()).toMatchObject([{ reason: 'planned roll', streams: [] }]);
  });

  test('that was announced by the venue is tried again when the replacement dies', async () => {
    open({ silenceMs: 2 * HOUR_MS });
    await subscribed();
    await acknowledged();
    venue.sockets[0]!.socket.send('{"closing":true}');
    await subscribed(1);
    venue.sockets[1]!.socket.terminate();
    await seconds(2);
    await subscribed(2);
    expect(losses()).toEqual([]);
  });
});

describe('streams that move', () => {
  test('a stream that is added is subscribed on the living socket', async () => {
    open();
    await subscribed();
    connection.add(aStream('extra'));
    await until('it is subscribed', () => venue.sockets[0]!.streams.has('extra'));
    connection.remove('extra');
    await until('it is gone', () => !venue.sockets[0]!.streams.has('extra'));
  });

  test('a connection without streams opens with the first one and rests without the last', async () => {
    open({}, []);
    await settle();
    expect(venue.sockets).toHaveLength(0);
    connection.add(MARK);
    await until('it opened', () => venue.sockets[0]?.streams.has('mark') === true);
    connection.remove('mark');
    await until('it closed', () => venue.open.length === 0);
    clock.advance(60_000);
    await settle();
    expect(venue.sockets).toHaveLength(1);
  });
});

test('closing is prompt, leaves no timer, and nothing is reported after it', async () => {
  open();
  await subscribed();
  await acknowledged();
  const told = reports.length;
  const closed = connection.close();
  await until('the socket is gone', () => venue.open.length === 0);
  await closed;
  expect(clock.pending).toBe(0);
  expect(reports).toHaveLength(told);
  connection.open();
  await settle();
  expect(venue.sockets).toHaveLength(1);
});

test('closing does not wait for a venue that does not answer', async () => {
  open();
  await subscribed();
  venue.sockets[0]!.socket.pause();
  let isClosed = false;
  void connection.close().then(() => {
    isClosed = true;
  });
  await settle();
  clock.advance(300);
  await until('it is closed', () => isClosed);
  venue.sockets[0]!.socket.resume();
});
