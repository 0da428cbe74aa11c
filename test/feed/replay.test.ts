import { beforeEach, describe, expect, test } from 'vitest';
import { type Replay, startReplay } from '../../src/feed/replay.ts';
import { type RawRecord, SELF_FEED } from '../../src/model/record.ts';
import type { Micros } from '../../src/model/units.ts';
import { ManualClock } from './support/manual-clock.ts';

const T = 1_700_000_000_000_000;
const record = (seconds: number): RawRecord => ({
  t: (T + seconds * 1e6) as Micros,
  feed: 'toy',
  chan: 'x',
  msg: `${seconds}`,
});

let clock: ManualClock;
let delivered: RawRecord[];

beforeEach(() => {
  clock = new ManualClock();
  delivered = [];
});

async function* batchesOf(...batches: RawRecord[][]) {
  yield* batches;
}

const microtasks = async () => {
  for (let i = 0; i < 50; i += 1) await Promise.resolve();
};
const pass = async (ms: number, step = 100) => {
  for (let passed = 0; passed < ms; passed += step) {
    clock.advance(step);
    await microtasks();
  }
};

const play = (records: RawRecord[], speed: number | 'max'): Replay =>
  startReplay({
    batches: batchesOf(records),
    clock,
    speed,
    deliver: (portion) => {
      delivered.push(...portion);
    },
  });

const shown = () =>
  delivered.map(({ chan, msg, t }) => (chan === 'tick' ? `tick ${(t - T) / 1e6}` : msg));

describe('as fast as possible', () => {
  test('everything comes with its ticks, and the last second is closed', async () => {
    const replay = play([record(0.2), record(0.9), record(2.5)], 'max');
    const summary = await replay.done;
    expect(shown()).toEqual(['0.2', '0.9', 'tick 1', 'tick 2', '2.5', 'tick 3']);
    expect(summary).toEqual({ records: 3, from: T + 200_000, to: T + 2_500_000 });
    expect(clock.pending).toBe(0);
  });

  test('ticks of the recording take the place of derived ones', async () => {
    const tick = { t: (T + 1e6) as Micros, feed: SELF_FEED, chan: 'tick', msg: '' };
    await play([record(0.2), tick], 'max').done;
    expect(shown()).toEqual(['0.2', 'tick 1']);
  });

  test('the consumer sets the pace', async () => {
    let release = () => {};
    let calls = 0;
    const replay = startReplay({
      batches: batchesOf([record(0)], [record(1)]),
      clock,
      speed: 'max',
      deliver: () => {
        calls += 1;
        return new Promise((resolve) => {
          release = resolve;
        });
      },
    });
    await microtasks();
    expect(calls).toBe(1);
    release();
    await microtasks();
    expect(calls).toBe(2);
    release();
    await replay.done;
  });

  test('an empty recording ends at once', async () => {
    expect(await play([], 'max').done).toEqual({ records: 0, from: null, to: null });
    expect(delivered).toEqual([]);
  });

  test('a recording that breaks off with an error passes it on', async () => {
    const replay = startReplay({
      batches: (async function* () {
        yield [record(0)];
        throw new Error('broken');
      })(),
      clock,
      speed: 'max',
      deliver: () => undefined,
    });
    await expect(replay.done).rejects.toThrow('broken');
  });
});

describe('at a pace', () => {
  const tape = () => [0, 0.5, 1.5, 4].map(record);

  test('of one, a second takes a second', async () => {
    const replay = play(tape(), 1);
    await microtasks();
    expect(shown()).toEqual(['0']);
    await pass(600);
    expect(shown()).toEqual(['0', '0.5']);
    await pass(500);
    expect(shown()).toEqual(['0', '0.5', 'tick 1']);
    await pass(3000);
    expect(shown().slice(3)).toEqual(['1.5', 'tick 2', 'tick 3', 'tick 4', '4']);
    await replay.done;
  });

  test('of ten, it takes a tenth', async () => {
    const replay = play(tape(), 10);
    await microtasks();
    await pass(280, 10);
    expect(shown().at(-1)).toBe('tick 2');
    await pass(200, 10);
    await replay.done;
  });

  test('that changes goes on from where it is', async () => {
    const replay = play(tape(), 1);
    await microtasks();
    await pass(1000);
    replay.setSpeed(100);
    await pass(100, 10);
    expect(shown().at(-1)).toBe('4');
    await replay.done;
  });

  test('is kept while paused: nothing comes, and nothing is skipped', async () => {
    const replay = play(tape(), 1);
    await microtasks();
    replay.pause();
    await pass(60_000, 1000);
    expect(shown()).toEqual(['0']);
    replay.resume();
    await microtasks();
    await pass(600);
    expect(shown()).toContain('0.5');
    expect(shown()).not.toContain('1.5');
    replay.setSpeed('max');
    await replay.done;
    expect(shown()).toContain('4');
  });

  test('a step plays one second', async () => {
    const replay = play(tape(), 1);
    await microtasks();
    replay.pause();
    replay.step();
    await microtasks();
    expect(shown()).toEqual(['0', '0.5', 'tick 1']);
    replay.step();
    await microtasks();
    expect(shown().slice(3)).toEqual(['1.5', 'tick 2']);
    await pass(10_000, 1000);
    expect(shown().at(-1)).toBe('tick 2');
    replay.close();
    await replay.done;
    expect(clock.pending).toBe(0);
  });
});

test('closing ends it at once, wherever it is', async () => {
  const replay = play([record(0), record(1000)], 1);
  await microtasks();
  replay.close();
  const summary = await replay.done;
  expect(summary.records).toBe(0);
  expect(clock.pending).toBe(0);
  expect(shown()).toEqual(['0']);
});
