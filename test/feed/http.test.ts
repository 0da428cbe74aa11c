import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HttpClient, type HttpResult } from '../../src/feed/http.ts';
import { ManualClock } from './support/manual-clock.ts';
import { ToyVenue } from './support/toy-venue.ts';
import { settle, until } from './support/until.ts';

let venue: ToyVenue;
let clock: ManualClock;
let client: HttpClient;

beforeEach(async () => {
  venue = await ToyVenue.start();
  clock = new ManualClock();
  client = new HttpClient(clock, { maxBytes: 1000 });
});

afterEach(async () => {
  client.close();
  await venue.close();
});

/** Result of a request that has been given up or answered, watched from outside. */
function watch(url: string) {
  const seen: { result: HttpResult | null } = { result: null };
  void client.ask(url).then((result) => {
    seen.result = result;
  });
  return seen;
}

const failure = async (url: string) => {
  const result = await client.ask(url);
  return result.answered ? `answered ${result.status}` : result.reason;
};

test('an answer comes with its status, headers, body and the times around it', async () => {
  venue.http = (_, response) => {
    response.writeHead(418, { 'x-used': '7', 'set-cookie': ['a', 'b'] }).end('äöü');
  };
  const result = await client.ask(`${venue.rest}/a?b=c`);
  expect(result).toMatchObject({ answered: true, status: 418, body: 'äöü' });
  if (!result.answered) return;
  expect(result.headers).toMatchObject({ 'x-used': '7', 'set-cookie': 'a, b' });
  expect(result.receivedAt).toBeGreaterThan(result.sentAt);
  expect(venue.requests).toEqual(['/a?b=c']);
  expect(clock.pending).toBe(0);
});

test('a packed body is unpacked', async () => {
  venue.http = (request, response) => {
    expect(request.headers['accept-encoding']).toBe('gzip');
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"a":1}'));
  };
  expect(await client.ask(venue.rest)).toMatchObject({ body: '{"a":1}' });
});

test('connections are kept and used again', async () => {
  const ports = new Set<number | undefined>();
  venue.http = (request, response) => {
    ports.add(request.socket.remotePort);
    response.end('{}');
  };
  for (let i = 0; i < 5; i += 1) await client.ask(venue.rest);
  expect(ports.size).toBe(1);
});

test('a body beyond the limit is given up, packed or not', async () => {
  venue.http = (_, response) => response.end('x'.repeat(2000));
  expect(await failure(venue.rest)).toBe('body too long');
  venue.http = (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(100_000)));
  expect(await failure(venue.rest)).toBe('body too long');
});

test('a body that breaks off is no answer', async () => {
  venue.http = (_, response) => {
    response.writeHead(200, { 'content-length': '500' });
    response.write('{"half":');
    setImmediate(() => response.destroy());
  };
  expect(await failure(venue.rest)).toBe('connection lost');
});

test('a packed body that is garbage, or breaks off, is no answer', async () => {
  venue.http = (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip at all');
  expect(await failure(venue.rest)).toBe('unreadable body');
  const half = gzipSync('{"a":1,"b":2}').subarray(0, 15);
  venue.http = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(half);
  expect(await failure(venue.rest)).toBe('unreadable body');
});

test('a host that takes the request and says nothing is given up after 10 s', async () => {
  venue.http = () => undefined;
  const seen = watch(venue.rest);
  await until('the request arrived', () => venue.requests.length === 1);
  clock.advance(9999);
  expect(seen.result).toBeNull();
  clock.advance(2);
  await until('it was given up', () => seen.result !== null);
  expect(seen.result).toEqual({ answered: false, reason: 'timed out' });
  expect(clock.pending).toBe(0);
});

test('a body that drips for ever is given up after a minute', async () => {
  let drip: () => void = () => undefined;
  let dripped = 0;
  venue.http = (_, response) => {
    drip = () => {
      response.write(' ');
      dripped += 1;
    };
    drip();
  };
  const seen = watch(venue.rest);
  await until('it began', () => dripped > 0);
  const before = clock.now();
  while (seen.result === null && clock.now() - before < 120_000_000) {
    drip();
    // The byte has to arrive before the clock moves on, or the silence would be to blame.
    await settle();
    clock.advance(5000);
    await settle();
  }
  expect(seen.result).toEqual({ answered: false, reason: 'timed out' });
  expect(clock.now() - before).toBeLessThanOrEqual(66_000_000);
});

test('a host that is not there, or hangs up, is named without its address', async () => {
  const { port } = venue;
  await venue.close();
  expect(await failure(`http://127.0.0.1:${port}/secret`)).toBe('connection refused');
  const rude: Server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await until('it listens', () => rude.listening);
  const address = rude.address() as AddressInfo;
  expect(await failure(`http://127.0.0.1:${address.port}/`)).toBe('connection lost');
  rude.close();
});

test('closing gives up what is in flight and leaves no timer', async () => {
  venue.http = () => undefined;
  const seen = watch(venue.rest);
  await until('the request arrived', () => venue.requests.length === 1);
  client.close();
  await until('it was given up', () => seen.result !== null);
  expect(seen.result).toEqual({ answered: false, reason: 'closed' });
  expect(clock.pending).toBe(0);
});

test('JSON is posted as such', async () => {
  const seen: string[] = [];
  venue.http = (request, response) => {
    const { method, headers } = request;
    seen.push(`${method} ${headers['content-type']} ${headers['content-length']}`);
    request.on('data', (chunk: Buffer) => seen.push(chunk.toString()));
    request.on('end', () => response.end('[]'));
  };
  expect(await client.ask(`${venue.rest}/info`, '{"type":"meta"}')).toMatchObject({ body: '[]' });
  expect(seen).toEqual(['POST application/json 15', '{"type":"meta"}']);
});
