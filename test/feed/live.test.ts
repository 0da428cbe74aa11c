import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Holdings } from '../../src/feed/holdings.ts';
import { type LiveFeeds, startFeeds } from '../../src/feed/live.ts';
import type { KeptCoverage } from '../../src/model/kept.ts';
import { type FeedReport, type RawRecord, SELF_FEED, textOf } from '../../src/model/record.ts';
import { micros } from '../../src/model/units.ts';
import type { HistoryPart, RestRequest } from '../../src/venues/protocol.ts';
import { ManualClock } from './support/manual-clock.ts';
import type { ToyPlans } from './support/toy-protocol.ts';
import {
  aConnection,
  aRequest,
  aStream,
  NO_SETTINGS,
  toyProtocol,
} from './support/toy-protocol.ts';
import { ToyVenue } from './support/toy-venue.ts';
import { pass, settle, until } from './support/until.ts';

let venue: ToyVenue;
let clock: ManualClock;
let records: RawRecord[];
let feeds: LiveFeeds;

/** HTTP status by path without query; 200 where nothing is said. */
let statuses: Record<string, number>;

beforeEach(async () => {
  venue = await ToyVenue.start();
  clock = new ManualClock();
  records = [];
  statuses = {};
  venue.http = (request, response) => {
    const [path] = (request.url ?? '').split('?');
    const status = statuses[path!] ?? 200;
    const bodies: Record<string, string> = {
      '/listings': '["BTC","ETH"]',
      '/time': `{"time":${Math.round(clock.now() / 1000) + 3000}}`,
    };
    response.writeHead(status).end(bodies[path!] ?? `{"path":"${request.url}"}`);
  };
});

afterEach(async () => {
  await feeds.close();
  await venue.close();
});

function start(plans: ToyPlans = {}, options: { assets?: string[] } = {}) {
  feeds = startFeeds({
    feeds: [{ protocol: toyProtocol(venue, plans), settings: NO_SETTINGS }],
    assets: ['BTC'],
    clock,
    seed: 1,
    sinks: [(record) => records.push(record)],
    ...options,
  });
}

const reports = () =>
  records
    .filter(({ chan }) => chan === 'feed')
    .map(({ msg }) => JSON.parse(textOf(msg)) as FeedReport);
const of = <K extends FeedReport['kind']>(kind: K) =>
  reports().filter((report): report is Extract<FeedReport, { kind: K }> => report.kind === kind);
const from = (chan: string) =>
  records
    .filter((record) => record.chan === chan)
    .map((record) => ({ ...record, msg: textOf(record.msg) }));
const asked = (path: string) => venue.requests.filter((url) => url.startsWith(path)).length;

describe('starting', () => {
  test('listings come first, then the sockets; everything becomes a record in its order', async () => {
    start({ connections: [aConnection(venue, 'public', [aStream('a')])] });
    await until('subscribed', () => of('subscribed').length === 1);
    expect(venue.requests[0]).toBe('/listings');
    venue.send('a', { n: 1 });
    await until('a frame came', () => from('a').length === 1);
    expect(from('rest:/listings')).toMatchObject([{ feed: 'toy', msg: '["BTC","ETH"]' }]);
    expect(from('a')).toMatchObject([{ feed: 'toy', msg: '{"stream":"a","data":{"n":1}}' }]);
    const order = records.map(({ chan }) => chan);
    expect(order.indexOf('rest:/listings')).toBeLessThan(order.indexOf('a'));
    for (let i = 1; i < records.length; i += 1)
      expect(records[i]!.t).toBeGreaterThan(records[i - 1]!.t);
  });

  test('ticks come before any venue has answered', async () => {
    venue.http = () => undefined;
    start();
    clock.advance(3010);
    expect(records.filter(({ feed }) => feed === SELF_FEED)).toHaveLength(3);
  });

  test('a venue that is down is asked again until it answers', async () => {
    statuses['/listings'] = 500;
    start({ connections: [aConnection(venue, 'public', [aStream('a')])] });
    await until('it failed', () => asked('/listings') >= 1);
    await pass(clock, 60_000, 500);
    expect(of('restFailed').length).toBeGreaterThan(1);
    expect(of('restFailed')[0]).toEqual({
      kind: 'restFailed',
      endpoint: 'listings',
      reason: 'http 500',
    });
    statuses = {};
    await pass(clock, 50_000, 500);
    await until('subscribed', () => of('subscribed').length >= 1);
  });

  test('a venue that refuses us is left alone', async () => {
    statuses['/listings'] = 451;
    start({ connections: [aConnection(venue, 'public', [aStream('a')])] });
    await until('it was told', () => of('restFailed').length === 1);
    await pass(clock, 120_000, 5000);
    expect(venue.requests).toEqual(['/listings']);
    expect(venue.sockets).toHaveLength(0);
    expect(of('rest').at(-1)).toMatchObject({ state: 'refused' });
  });

  test('assets that the venue does not list are told, and nothing is opened', async () => {
    start({ connections: [aConnection(venue, 'public', [aStream('a')])] }, { assets: ['XYZ'] });
    await until('it was told', () => of('restFailed').length === 1);
    expect(of('restFailed')[0]).toMatchObject({ reason: 'none of these assets' });
    await settle();
    expect(venue.sockets).toHaveLength(0);
  });
});

describe('while running', () => {
  test('polls, history and the clock go through the budget and become records', async () => {
    start({
      connections: [aConnection(venue, 'public', [aStream('a')])],
      polls: [{ request: aRequest(venue, '/oi?symbol=BTCTOY'), everyMs: 10_000 }],
      backfill: [1, 2, 3].map((page) =>
        aRequest(venue, `/history?page=${page}`, { priority: 'backfill' }),
      ),
    });
    await until('history is complete', () => of('backfill').at(-1)?.done === 3);
    await pass(clock, 21_000);
    expect(from('rest:/oi?symbol=BTCTOY')).toHaveLength(2);
    for (const page of [1, 2, 3]) expect(from(`rest:/history?page=${page}`)).toHaveLength(1);
    expect(of('clock')).toHaveLength(1);
    expect(of('clock')[0]!.offset / 1e6).toBeCloseTo(3, 1);
    expect(from('rest:/time')).toHaveLength(0);
    expect(of('rest').length).toBeGreaterThan(0);
  });

  test('a snapshot that the engine wants is fetched once and becomes a record', async () => {
    start({ connections: [aConnection(venue, 'public', [aStream('a')])] });
    await until('subscribed', () => of('subscribed').length === 1);
    feeds.recoverBook('toy:BTC', 'lost');
    feeds.recoverBook('toy:BTC', 'lost');
    feeds.recoverBook('elsewhere:BTC', 'lost');
    clock.advance(0);
    await until('it came', () => from('rest:/depth?symbol=BTCTOY').length === 1);
    await pass(clock, 20_000);
    expect(asked('/depth')).toBe(1);
  });

  test('a snapshot that fails is fetched until it comes', async () => {
    start({ connections: [aConnection(venue, 'public', [aStream('a')])] });
    await until('subscribed', () => of('subscribed').length === 1);
    statuses['/depth'] = 500;
    feeds.recoverBook('toy:BTC', 'lost');
    await pass(clock, 30_000, 500);
    expect(of('restFailed').at(-1)).toMatchObject({ endpoint: 'depth BTCTOY' });
    statuses = {};
    // The failures have spent the budget, so the next attempt may have to wait for the next window.
    await pass(clock, 75_000, 500);
    expect(from('rest:/depth?symbol=BTCTOY')).toHaveLength(1);
  });

  test('history is fetched again after a long sleep', async () => {
    start({
      connections: [aConnection(venue, 'public', [aStream('a')], { silenceMs: 9e9 })],
      backfill: [aRequest(venue, '/history', { priority: 'backfill' })],
    });
    await until('history came', () => from('rest:/history').length === 1);
    await pass(clock, 120_000, 5000);
    expect(asked('/history')).toBe(1);
    clock.sleep(3_600_000);
    await pass(clock, 60_000, 1000);
    expect(asked('/history')).toBe(2);
  });

  test('reasons and endpoints name no host and no path', async () => {
    start({
      connections: [aConnection(venue, 'public', [aStream('a')])],
      polls: [{ request: aRequest(venue, '/v1/deep/oi?symbol=BTCTOY'), everyMs: 1000 }],
    });
    await until('subscribed', () => of('subscribed').length === 1);
    await venue.close();
    await pass(clock, 30_000, 500);
    expect(of('restFailed').length).toBeGreaterThan(0);
    expect(of('disconnected').length).toBeGreaterThan(0);
    for (const report of reports()) expect(JSON.stringify(report)).not.toMatch(/127\.0|http:|\/v1/);
    venue = await ToyVenue.start();
  });
});

test('two feeds of one venue share its limits', async () => {
  venue.http = (request, response) => {
    if (request.url === '/listings' && asked('/listings') === 1)
      response.writeHead(429, { 'retry-after': '30' }).end();
    else response.end('["BTC"]');
  };
  feeds = startFeeds({
    feeds: ['one', 'two'].map((feed) => ({
      protocol: toyProtocol(venue, { feed }),
      settings: NO_SETTINGS,
    })),
    assets: ['BTC'],
    clock,
    seed: 1,
    sinks: [(record) => records.push(record)],
  });
  await until('the limit was told', () => of('rest').some(({ state }) => state === 'limited'));
  await settle();
  const before = venue.requests.length;
  await pass(clock, 28_000);
  expect(venue.requests).toHaveLength(before);
  await pass(clock, 4000);
  await until('both go on', () => from('rest:/listings').length === 2);
});

describe('closing', () => {
  test('is prompt, leaves no timer, and no record comes after it', async () => {
    start({
      connections: [aConnection(venue, 'public', [aStream('a')])],
      polls: [{ request: aRequest(venue, '/oi'), everyMs: 1000 }],
    });
    await until('subscribed', () => of('subscribed').length === 1);
    feeds.recoverBook('toy:BTC', 'lost');
    const before = performance.now();
    await feeds.close();
    expect(performance.now() - before).toBeLessThan(1000);
    expect(clock.pending).toBe(0);
    const count = records.length;
    await settle();
    clock.advance(60_000);
    expect(records).toHaveLength(count);
    expect(venue.open).toHaveLength(0);
  });

  test('works at any moment of the start', async () => {
    for (let turns = 0; turns < 12; turns += 1) {
      start({ connections: [aConnection(venue, 'public', [aStream('a')])] });
      for (let i = 0; i < turns; i += 1) await new Promise(setImmediate);
      await feeds.close();
      await settle();
      expect(clock.pending).toBe(0);
      expect(venue.open).toHaveLength(0);
    }
  });
});

describe('history that is held', () => {
  const HOUR_MS = 3_600_000;
  /** Hour of the manual clock's first instant. */
  const NOW_HOUR = Math.floor(1_700_000_000_000 / HOUR_MS);

  const page = (symbol: string, from: number, to: number): RestRequest => {
    const history: HistoryPart = {
      symbol,
      series: 'bar1h',
      stepMs: HOUR_MS,
      fromMs: from * HOUR_MS,
      toMs: to * HOUR_MS,
      part: (fromMs, toMs) => page(symbol, fromMs / HOUR_MS, toMs / HOUR_MS),
    };
    const path = `/bars?symbol=${symbol}&from=${from - NOW_HOUR}&to=${to - NOW_HOUR}`;
    return { ...aRequest(venue, path, { priority: 'backfill' }), history };
  };
  const bars = () => venue.requests.filter((url) => url.startsWith('/bars')).sort();

  function startWith(holdings: Holdings, answer: 'page' | 'rejected' | 'nothing' = 'page') {
    const protocol = toyProtocol(venue, {
      backfill: ['BTCTOY', 'ETHTOY'].map((symbol) => page(symbol, NOW_HOUR - 20, NOW_HOUR)),
    });
    feeds = startFeeds({
      feeds: [
        {
          protocol: {
            ...protocol,
            decode: (state, record) =>
              !record.chan.startsWith('rest:/bars') || answer === 'nothing'
                ? protocol.decode(state, record)
                : answer === 'rejected'
                  ? [
                      {
                        kind: 'rejected',
                        feed: 'toy',
                        chan: record.chan,
                        reason: 'nonsense',
                        tsLocal: record.t,
                      },
                    ]
                  : [
                      {
                        kind: 'historyPage',
                        instrument: 'toy:BTC',
                        series: 'bar1h',
                        rows: [{ ts: micros(NOW_HOUR * HOUR_MS * 1000), value: 1 }],
                        tsExchange: null,
                        tsLocal: record.t,
                      },
                    ],
          },
          settings: NO_SETTINGS,
        },
      ],
      assets: ['BTC'],
      clock,
      seed: 1,
      sinks: [(record) => records.push(record)],
      first: [{ feed: SELF_FEED, chan: 'store', msg: '{}' }],
      holdings,
    });
  }

  test('is not asked for; of what is held in part only the rest is', async () => {
    const holdings = new Holdings();
    const until8 = (NOW_HOUR - 8) * HOUR_MS * 1000;
    holdings.note('toy', 'BTCTOY', 'bar1h', 0, until8);
    startWith(holdings);
    await until('both are asked for', () => bars().length === 2);
    expect(bars()).toEqual([
      '/bars?symbol=BTCTOY&from=-7&to=0',
      '/bars?symbol=ETHTOY&from=-20&to=0',
    ]);
  });

  test('comes before everything that a feed has to say', async () => {
    startWith(new Holdings());
    await until('the listings came', () => from('rest:/listings').length === 1);
    expect(records[0]).toMatchObject({ feed: SELF_FEED, chan: 'store', msg: '{}' });
  });

  test('is what has been answered, unless nobody could read it', async () => {
    for (const answer of ['page', 'rejected', 'nothing'] as const) {
      venue.requests.length = 0;
      const told: KeptCoverage[] = [];
      const holdings = new Holdings((coverage) => told.push(coverage));
      startWith(holdings, answer);
      await until('both are answered', () => of('backfill').at(-1)?.done === 2);
      const wanted = holdings.wanted(
        'toy',
        page('BTCTOY', NOW_HOUR - 20, NOW_HOUR),
        clock.now() / 1000,
      );
      const isAll = wanted?.chan === page('BTCTOY', NOW_HOUR - 20, NOW_HOUR).chan;
      if (answer === 'page') expect(wanted).toBe(undefined);
      else expect(isAll).toBe(answer === 'rejected');
      expect(told).toHaveLength(answer === 'rejected' ? 0 : 2);
      await feeds.close();
      records.length = 0;
    }
  });
});
