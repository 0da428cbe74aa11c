import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRandom } from '../../src/feed/random.ts';
import { RestClient, type RestOutcome } from '../../src/feed/rest.ts';
import type { FeedReport } from '../../src/model/record.ts';
import type { RestPool, RestRequest } from '../../src/venues/protocol.ts';
import { ManualClock } from './support/manual-clock.ts';
import { aPool, aRequest, toyVerdict } from './support/toy-protocol.ts';
import { ToyVenue } from './support/toy-venue.ts';
import { pass, settle, until } from './support/until.ts';

let venue: ToyVenue;
let clock: ManualClock;
let client: RestClient;
let reports: FeedReport[];

beforeEach(async () => {
  venue = await ToyVenue.start();
  clock = new ManualClock();
  client = new RestClient(clock, createRandom(1));
  reports = [];
});

afterEach(async () => {
  client.close();
  await venue.close();
});

const caller = { verdict: toyVerdict, report: (report: FeedReport) => reports.push(report) };
const withPool = (pool: Partial<RestPool> = {}) => client.addPools([aPool(pool)], caller);
const restReports = () => reports.filter((report) => report.kind === 'rest');

function ask(path: string, request: Partial<RestRequest> = {}) {
  const seen: { outcome: RestOutcome | null } = { outcome: null };
  void client.get(aRequest(venue, path, request), caller).then((outcome) => {
    seen.outcome = outcome;
  });
  return seen;
}

/** Answers by path, one after the other; the last one for ever. */
function script(answers: Record<string, (number | [number, Record<string, string>])[]>) {
  const left = new Map(Object.entries(answers).map(([path, list]) => [path, [...list]]));
  venue.http = (request, response) => {
    const list = left.get(request.url ?? '') ?? [200];
    const answer = list.length > 1 ? list.shift()! : list[0]!;
    const [status, headers] = typeof answer === 'number' ? [answer, {}] : answer;
    response.writeHead(status, headers).end(`{"from":"${request.url}"}`);
  };
}

describe('requests', () => {
  test('are answered with the body and the times of the round trip', async () => {
    withPool();
    script({});
    const outcome = await client.get(aRequest(venue, '/a'), caller);
    expect(outcome).toMatchObject({ state: 'ok', body: '{"from":"/a"}' });
  });

  test('go out by priority: book before poll before backfill', async () => {
    withPool({ budget: 3 });
    venue.http = (_, response) => response.end('{}');
    // The first three spend the budget, the others have to wait for the next window.
    for (const name of ['x', 'y', 'z']) ask(`/${name}`, { priority: 'book' });
    ask('/history', { priority: 'backfill' });
    ask('/poll', { priority: 'poll' });
    ask('/depth', { priority: 'book' });
    await until('the first three are through', () => venue.requests.length === 3);
    await settle();
    venue.requests.length = 0;
    // History may only spend a part of the budget, so it comes a window later still.
    await pass(clock, 122_000);
    expect(venue.requests).toEqual(['/depth', '/poll', '/history']);
  });

  test('of a pool that is spent do not hold up another pool', async () => {
    withPool({ name: 'spent', budget: 1 });
    withPool({ name: 'free' });
    ask('/a', { pool: 'spent' });
    ask('/b', { pool: 'spent' });
    const free = ask('/c', { pool: 'free' });
    await until('the free one is answered', () => free.outcome !== null);
    await settle();
    expect(venue.requests.sort()).toEqual(['/a', '/c']);
  });

  test('in flight are few, and history never takes the place of books', async () => {
    withPool({ budget: 1000 });
    const held: (() => void)[] = [];
    venue.http = (_, response) => {
      held.push(() => response.end('{}'));
    };
    for (let i = 0; i < 10; i += 1) ask(`/h${i}`, { priority: 'backfill' });
    await until('two are in flight', () => held.length === 2);
    for (let i = 0; i < 10; i += 1) ask(`/p${i}`, { priority: 'poll' });
    for (let i = 0; i < 10; i += 1) ask(`/b${i}`, { priority: 'book' });
    await until('six are in flight', () => held.length === 6);
    await settle();
    expect(venue.requests.map((path) => path[1]).join('')).toBe('hhppbb');
  });

  test('never exceed the budget, however many are asked for', async () => {
    withPool({ budget: 10 });
    const sentAt: number[] = [];
    venue.http = (_, response) => {
      sentAt.push(clock.now());
      response.end('{}');
    };
    for (let i = 0; i < 35; i += 1) ask(`/${i}`, { priority: 'book' });
    for (let done = 10; done <= 30; done += 10) {
      await until(`${done} went out`, () => sentAt.length >= done);
      await settle();
      expect(sentAt).toHaveLength(done);
      await pass(clock, 61_000);
    }
    await until('all went out', () => sentAt.length === 35);
  });

  test('that no budget can carry, or without address, are invalid', async () => {
    withPool({ budget: 10 });
    const outcomes = await Promise.all([
      client.get(aRequest(venue, '/a', { weight: 11 }), caller),
      client.get(aRequest(venue, '/a', { pool: 'unknown' }), caller),
      client.get(aRequest(venue, '/a', { url: 'nonsense' }), caller),
    ]);
    expect(outcomes.map(({ state }) => state)).toEqual(['invalid', 'invalid', 'invalid']);
    expect(venue.requests).toEqual([]);
  });

  test('beyond what may wait fail at once', async () => {
    withPool({ budget: 1 });
    const seen = Array.from({ length: 4200 }, () => ask('/a', { priority: 'backfill' }));
    await settle();
    const failed = seen.filter(({ outcome }) => outcome?.state === 'failed');
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(200);
  });
});

describe('what the venue answers', () => {
  test('429 stops everything for as long as it says, then goes on at half rate for 5 min', async () => {
    withPool({ budget: 10 });
    script({ '/a': [[429, { 'retry-after': '20' }], 200] });
    const first = ask('/a');
    await until('it was turned away', () => restReports().some(({ state }) => state === 'limited'));
    const other = ask('/b', { priority: 'book' });
    clock.advance(19_000);
    await settle();
    expect(venue.requests).toEqual(['/a']);
    clock.advance(1100);
    await until('both are answered', () => first.outcome !== null && other.outcome !== null);
    expect(first.outcome?.state).toBe('ok');
    // Half of 10 per minute: three of five are spent in this window.
    for (let i = 0; i < 10; i += 1) ask(`/c${i}`, { priority: 'book' });
    await settle();
    expect(venue.requests.length).toBe(1 + 5 - 1);
    await pass(clock, 61_000);
    expect(venue.requests.length).toBe(10);
    await pass(clock, 6 * 60_000, 5000);
    expect(venue.requests.length).toBe(13);
  });

  test('418 is reported as a ban with its end, and nothing probes it', async () => {
    withPool();
    script({ '/a': [[418, { 'retry-after': '7200' }], 200] });
    const seen = ask('/a');
    await until('it was reported', () => restReports().some(({ state }) => state === 'banned'));
    const until418 = restReports().findLast(({ state }) => state === 'banned')!.until;
    expect((until418 - clock.now()) / 1e6).toBeCloseTo(7200, 0);
    clock.advance(7_199_000);
    await settle();
    expect(venue.requests).toHaveLength(1);
    clock.advance(2000);
    await until('it went on', () => seen.outcome !== null);
    expect(restReports().at(-1)).toMatchObject({ state: 'ok', until: 0 });
  });

  test('a limit answer stops every pool of the venue', async () => {
    withPool({ name: 'one' });
    withPool({ name: 'two' });
    script({ '/a': [[429, { 'retry-after': '5' }], 200] });
    ask('/a', { pool: 'one' });
    await until('it was turned away', () => restReports().some(({ state }) => state === 'limited'));
    ask('/b', { pool: 'two' });
    await settle();
    expect(venue.requests).toEqual(['/a']);
    expect(
      new Set(
        restReports()
          .filter(({ state }) => state === 'limited')
          .map(({ pool }) => pool),
      ),
    ).toEqual(new Set(['one', 'two']));
  });

  test('a venue that limits for ever lets a request fail in the end', async () => {
    withPool();
    script({ '/a': [[429, { 'retry-after': '1' }]] });
    const seen = ask('/a');
    for (let i = 1; i <= 20 && seen.outcome === null; i += 1) {
      await until('another attempt', () => venue.requests.length === i || seen.outcome !== null);
      await settle();
      clock.advance(1100);
    }
    expect(seen.outcome).toMatchObject({ state: 'failed' });
    expect(venue.requests.length).toBe(8);
  });

  test('451 gives up the host: waiting requests fail, later ones are not sent', async () => {
    withPool({ budget: 1 });
    script({ '/a': [451] });
    const seen = [ask('/a'), ask('/b')];
    await until('both are over', () => seen.every(({ outcome }) => outcome !== null));
    expect(seen.map(({ outcome }) => outcome?.state)).toEqual(['refused', 'refused']);
    expect(await client.get(aRequest(venue, '/c'), caller)).toMatchObject({ state: 'refused' });
    expect(venue.requests).toEqual(['/a']);
    expect(restReports().at(-1)).toMatchObject({ state: 'refused' });
  });

  test('a host that is given up is told of every pool that asks it', async () => {
    withPool({ name: 'one' });
    withPool({ name: 'two' });
    script({ '/a': [451] });
    await client.get(aRequest(venue, '/a', { pool: 'one' }), caller);
    await client.get(aRequest(venue, '/b', { pool: 'two' }), caller);
    expect(restReports().map(({ pool, state }) => [pool, state])).toEqual([
      ['one', 'ok'],
      ['one', 'refused'],
      ['two', 'refused'],
    ]);
    expect(venue.requests).toEqual(['/a']);
  });

  test('400 is not repeated', async () => {
    withPool();
    script({ '/a': [400] });
    expect(await client.get(aRequest(venue, '/a'), caller)).toEqual({
      state: 'invalid',
      reason: 'http 400',
    });
    expect(venue.requests).toHaveLength(1);
  });

  test('5xx is repeated with growing pauses until it succeeds', async () => {
    withPool();
    script({ '/a': [500, 503, 200] });
    const seen = ask('/a', { priority: 'book' });
    const pauses: number[] = [];
    for (let i = 1; i < 3; i += 1) {
      await until('an attempt failed', () => venue.requests.length === i && clock.pending > 0);
      await settle();
      pauses.push(clock.untilNext!);
      clock.advance(clock.untilNext!);
    }
    await until('it succeeded', () => seen.outcome !== null);
    expect(seen.outcome?.state).toBe('ok');
    expect(pauses[0]).toBeGreaterThanOrEqual(250);
    expect(pauses[0]).toBeLessThan(750);
    expect(pauses[1]).toBeGreaterThanOrEqual(500);
    expect(pauses[1]).toBeLessThan(1500);
  });

  test('a host that is gone makes a poll fail after its attempts', async () => {
    withPool();
    const request = aRequest(venue, '/a');
    await venue.close();
    const seen: { outcome: RestOutcome | null } = { outcome: null };
    void client.get(request, caller).then((outcome) => {
      seen.outcome = outcome;
    });
    await until('it pauses', () => (clock.untilNext ?? 1e9) < 1000);
    clock.advance(1000);
    await until('it failed', () => seen.outcome !== null);
    expect(seen.outcome).toEqual({ state: 'failed', reason: 'connection refused' });
    venue = await ToyVenue.start();
  });

  test("of a pool whose answers carry another pool's count are counted by ourselves", async () => {
    withPool({ budget: 10, isCounted: false });
    script({ '/a': [[200, { 'x-used': '10' }]] });
    for (let i = 0; i < 3; i += 1) await client.get(aRequest(venue, '/a'), caller);
    expect(venue.requests).toHaveLength(3);
    expect(restReports().every((report) => report.used <= 3)).toBe(true);
  });

  test("the venue's own count is believed where it is higher than ours", async () => {
    withPool({ budget: 10 });
    script({ '/a': [[200, { 'x-used': '10' }]] });
    await client.get(aRequest(venue, '/a'), caller);
    ask('/b');
    await settle();
    expect(venue.requests).toEqual(['/a']);
    await pass(clock, 60_000);
    expect(venue.requests).toEqual(['/a', '/b']);
  });
});

test('use is reported when it changes noticeably, at most once a second', async () => {
  withPool({ budget: 100, limit: 200 });
  for (let i = 0; i < 50; i += 1) {
    await client.get(aRequest(venue, '/a', { weight: 2, priority: 'book' }), caller);
    clock.advance(100);
  }
  const told = restReports();
  expect(told.length).toBeGreaterThan(2);
  expect(told.length).toBeLessThanOrEqual(6);
  expect(told[0]).toMatchObject({ pool: 'toy', limit: 200, state: 'ok', until: 0 });
});

test('the last change of use is reported too, and its end', async () => {
  withPool({ budget: 100, limit: 200 });
  script({});
  await client.get(aRequest(venue, '/a', { weight: 2 }), caller);
  for (let i = 0; i < 15; i += 1)
    await client.get(aRequest(venue, '/a', { weight: 2, priority: 'book' }), caller);
  const used = () => restReports().at(-1)?.used;
  expect(used()).toBe(2);
  // What is noticeable is told within a second, and smaller changes within ten.
  await pass(clock, 1100, 100);
  expect(used()).toBe(32);
  await client.get(aRequest(venue, '/a', { weight: 1 }), caller);
  await pass(clock, 10_000, 1000);
  expect(used()).toBe(33);
  const before = restReports().length;
  await pass(clock, 62_000);
  expect(used()).toBe(0);
  expect(restReports().length - before).toBeLessThanOrEqual(2);
  expect(clock.pending).toBe(0);
});

test('a pool that two feeds share has one budget and one reporter', async () => {
  withPool({ budget: 2 });
  const others: FeedReport[] = [];
  const second = { verdict: toyVerdict, report: (report: FeedReport) => others.push(report) };
  client.addPools([aPool({ budget: 100 })], second);
  for (let i = 0; i < 4; i += 1)
    void client.get(aRequest(venue, `/${i}`, { priority: 'book' }), second);
  await until('the budget is spent', () => venue.requests.length === 2);
  await settle();
  expect(venue.requests).toHaveLength(2);
  expect(others).toEqual([]);
  expect(restReports().length).toBeGreaterThan(0);
});

test('closing settles everything and leaves no timer', async () => {
  withPool({ budget: 1 });
  venue.http = () => undefined;
  const seen = [ask('/a'), ask('/b')];
  await until('one is in flight', () => venue.requests.length === 1);
  client.close();
  await until('both are over', () => seen.every(({ outcome }) => outcome !== null));
  expect(seen.map(({ outcome }) => outcome?.state)).toEqual(['closed', 'closed']);
  expect(clock.pending).toBe(0);
  expect(await client.get(aRequest(venue, '/c'), caller)).toMatchObject({ state: 'closed' });
});
