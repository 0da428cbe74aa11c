import { beforeEach, expect, test } from 'vitest';
import { createRandom } from '../../src/feed/random.ts';
import { Snapshots } from '../../src/feed/snapshots.ts';
import { ManualClock } from './support/manual-clock.ts';

let clock: ManualClock;
let fetched: string[];
let answer: 'ok' | 'failed' | 'invalid';
let hold: Promise<void> | null;
let snapshots: Snapshots;

beforeEach(() => {
  clock = new ManualClock();
  fetched = [];
  answer = 'ok';
  hold = null;
  snapshots = new Snapshots(clock, createRandom(1), async (symbol) => {
    fetched.push(symbol);
    await hold;
    return answer;
  });
});

const microtasks = async () => {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
};
const pass = async (ms: number) => {
  clock.advance(ms);
  await microtasks();
};

test('the first is fetched at once, each symbol by itself', async () => {
  snapshots.request('BTC');
  snapshots.request('ETH');
  await pass(0);
  expect(fetched).toEqual(['BTC', 'ETH']);
});

test('asking again while one is on its way changes nothing', async () => {
  let release = () => {};
  hold = new Promise((resolve) => {
    release = resolve;
  });
  snapshots.request('BTC');
  snapshots.request('BTC');
  await pass(0);
  snapshots.request('BTC');
  await pass(60_000);
  expect(fetched).toEqual(['BTC']);
  release();
  await microtasks();
  expect(clock.pending).toBe(0);
});

test('one after the other comes ever slower: 0.5 s doubling to 8 s, give or take a half', async () => {
  snapshots.request('BTC');
  await pass(0);
  for (const base of [500, 1000, 2000, 4000, 8000, 8000]) {
    snapshots.request('BTC');
    const wait = clock.untilNext!;
    expect(wait).toBeGreaterThanOrEqual(base / 2);
    expect(wait).toBeLessThan(base * 1.5);
    await pass(wait);
  }
  expect(fetched).toHaveLength(7);
});

test('a book that was well for a minute gets its next one at once', async () => {
  for (let i = 0; i < 4; i += 1) {
    snapshots.request('BTC');
    await pass(10_000);
  }
  await pass(61_000);
  snapshots.request('BTC');
  expect(clock.untilNext).toBe(0);
});

test('one that fails is fetched again by itself until it succeeds', async () => {
  answer = 'failed';
  snapshots.request('BTC');
  await pass(0);
  await pass(750);
  await pass(1500);
  expect(fetched).toHaveLength(3);
  answer = 'ok';
  await pass(3000);
  expect(fetched).toHaveLength(4);
  expect(clock.pending).toBe(0);
});

test('one that the venue calls invalid is not repeated', async () => {
  answer = 'invalid';
  snapshots.request('BTC');
  await pass(0);
  expect(clock.pending).toBe(0);
});

test('closing forgets what waits', async () => {
  snapshots.request('BTC');
  await pass(0);
  snapshots.request('BTC');
  snapshots.close();
  snapshots.request('ETH');
  await pass(60_000);
  expect(fetched).toEqual(['BTC']);
  expect(clock.pending).toBe(0);
});
