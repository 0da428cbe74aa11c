import { beforeEach, describe, expect, test } from 'vitest';
import type { RestOutcome } from '../../src/feed/rest.ts';
import { runBackfill, startClockProbes, startPolls, Timers } from '../../src/feed/upkeep.ts';
import type { FeedReport } from '../../src/model/record.ts';
import type { Micros } from '../../src/model/units.ts';
import type { RestRequest } from '../../src/venues/protocol.ts';
import { ManualClock } from './support/manual-clock.ts';

let clock: ManualClock;
let timers: Timers;
let asked: { url: string; at: number }[];
let state: 'ok' | 'invalid' | 'failed';

beforeEach(() => {
  clock = new ManualClock(1_700_000_000_000_000);
  timers = new Timers(clock);
  asked = [];
  state = 'ok';
});

const request = (url: string): RestRequest => ({
  url,
  chan: `rest:${url}`,
  weight: 1,
  pool: 'toy',
  priority: 'poll',
  symbol: null,
});

const outcome = (): RestOutcome =>
  state === 'ok'
    ? { state, body: '{}', sentAt: clock.now(), receivedAt: clock.now() }
    : { state, reason: 'no' };

const fetch = async ({ url }: RestRequest) => {
  asked.push({ url, at: Math.round(clock.now() / 1000) });
  return outcome();
};

const microtasks = async () => {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
};
const pass = async (ms: number, step = 100) => {
  for (let passed = 0; passed < ms; passed += step) {
    clock.advance(step);
    await microtasks();
  }
};

describe('polls', () => {
  test('come at their own pace, the first ones spread over it', async () => {
    const polls = ['a', 'b', 'c', 'd'].map((url) => ({ request: request(url), everyMs: 8000 }));
    startPolls(clock, timers, polls, fetch);
    await pass(9900);
    const start = asked[0]!.at;
    expect(asked.map(({ url, at }) => [url, at - start])).toEqual([
      ['a', 0],
      ['b', 2000],
      ['c', 4000],
      ['d', 6000],
    ]);
    await pass(80_000);
    expect(asked.filter(({ url }) => url === 'a')).toHaveLength(11);
  });

  test('with a phase follow the clock', async () => {
    startPolls(
      clock,
      timers,
      [{ request: request('a'), everyMs: 600_000, phaseMs: 15_000 }],
      fetch,
    );
    await pass(1_900_000, 1000);
    expect(asked.map(({ at }) => at % 600_000)).toEqual([15_000, 15_000, 15_000]);
  });

  test('whose question names the time ask another one each time', async () => {
    const requestAt = (nowMs: number) => request(`until-${nowMs}`);
    startPolls(clock, timers, [{ request: request('never'), requestAt, everyMs: 1000 }], fetch);
    await pass(2100);
    expect(asked.length).toBeGreaterThan(1);
    for (const { url, at } of asked) expect(url).toBe(`until-${at}`);
  });
  test('that still wait for their answer are skipped, not piled up', async () => {
    let release: (value: RestOutcome) => void = () => undefined;
    let calls = 0;
    startPolls(clock, timers, [{ request: request('a'), everyMs: 1000 }], () => {
      calls += 1;
      return new Promise((resolve) => {
        release = resolve;
      });
    });
    await pass(10_000);
    expect(calls).toBe(1);
    release(outcome());
    await pass(1500);
    expect(calls).toBe(2);
  });

  test('that the venue calls invalid end', async () => {
    state = 'invalid';
    startPolls(clock, timers, [{ request: request('a'), everyMs: 1000 }], fetch);
    await pass(10_000);
    expect(asked).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  test('end with their timers', async () => {
    startPolls(clock, timers, [{ request: request('a'), everyMs: 1000 }], fetch);
    await pass(1000);
    timers.close();
    expect(clock.pending).toBe(0);
    const before = asked.length;
    await pass(5000);
    expect(asked).toHaveLength(before);
  });
});

describe('history', () => {
  test('is fetched in its order, two pages at a time, and progress is told once a second', async () => {
    const reports: Extract<FeedReport, { kind: 'backfill' }>[] = [];
    let inFlight = 0;
    let most = 0;
    const pages = Array.from({ length: 30 }, (_, i) => request(`${i}`));
    const done = runBackfill(
      clock,
      timers,
      pages,
      async (page) => {
        inFlight += 1;
        most = Math.max(most, inFlight);
        await new Promise<void>((resolve) => {
          clock.setTimer(resolve, 200);
        });
        inFlight -= 1;
        return fetch(page);
      },
      (report) => {
        if (report.kind === 'backfill') reports.push(report);
      },
    );
    await pass(4000);
    await done;
    expect(asked.map(({ url }) => Number(url))).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(most).toBe(2);
    expect(reports[0]).toMatchObject({ done: 0, of: 30 });
    expect(reports.at(-1)).toMatchObject({ done: 30, of: 30 });
    expect(reports.length).toBeLessThanOrEqual(6);
  });

  test('goes on behind pages that fail, and stops when closed', async () => {
    state = 'failed';
    const pages = Array.from({ length: 5 }, (_, i) => request(`${i}`));
    await runBackfill(clock, timers, pages, fetch, () => undefined);
    expect(asked).toHaveLength(5);
    timers.close();
    await runBackfill(clock, timers, pages, fetch, () => {
      throw new Error('nothing is reported after closing');
    });
    expect(asked).toHaveLength(5);
  });
});

describe('clock probes', () => {
  test('take the offset of the fastest round trip, and repeat every ten minutes', async () => {
    const reports: FeedReport[] = [];
    const trips = [80, 20, 300, 40, 90];
    let n = 0;
    const start = clock.now();
    const probe = async (): Promise<RestOutcome> => {
      const trip = trips[n % trips.length]!;
      n += 1;
      const sentAt = clock.now();
      // The venue's clock is 5 s ahead, and the answer takes all of the trip.
      const body = `${(sentAt - start) / 1000 + 5000}`;
      return { state: 'ok', body, sentAt, receivedAt: (sentAt + trip * 1000) as Micros };
    };
    startClockProbes(
      timers,
      (body) => start / 1000 + Number(body),
      probe,
      (report) => reports.push(report),
    );
    await microtasks();
    await microtasks();
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({ kind: 'clock', roundTrip: 20_000 });
    const [first] = reports;
    if (first?.kind === 'clock') expect(first.offset).toBeCloseTo(4_990_000, -2);
    await pass(599_000, 1000);
    expect(reports).toHaveLength(1);
    await pass(2000, 1000);
    expect(reports).toHaveLength(2);
    expect(n).toBe(10);
  });

  test('that fail or cannot be read say nothing', async () => {
    const reports: FeedReport[] = [];
    let n = 0;
    startClockProbes(
      timers,
      () => undefined,
      async () => {
        n += 1;
        return n % 2 === 0
          ? { state: 'failed', reason: 'timed out' }
          : { state: 'ok', body: 'x', sentAt: clock.now(), receivedAt: clock.now() };
      },
      (report) => reports.push(report),
    );
    await pass(1000);
    expect(n).toBe(5);
    expect(reports).toEqual([]);
    timers.close();
    expect(clock.pending).toBe(0);
  });
});
