import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Recorded } from '../../../src/app/past/recorded.ts';
import { Pipeline } from '../../../src/app/pipeline.ts';
import { systemClock } from '../../../src/feed/clock.ts';
import { openRecordingBatches } from '../../../src/feed/recording.ts';
import { startReplay } from '../../../src/feed/replay.ts';
import type { OutputLine } from '../../../src/frame/frame.ts';
import { micros } from '../../../src/model/units.ts';
import { configOf } from '../../support/config.ts';
import { framesIn } from '../../support/engine.ts';
import { scratch } from '../../support/program.ts';

const START = Date.UTC(2026, 2, 10, 12);
const LENGTH = 600;

/** A recording of mark prices, one a second, each different. */
function recording(): string {
  const folder = path.join(scratch(), 'binance-usdm');
  mkdirSync(folder);
  const lines = Array.from({ length: LENGTH }, (_, second) => {
    const ms = START + second * 1000 + 200;
    const data = {
      ...{ e: 'markPriceUpdate', E: ms, s: 'BTCUSDT', p: `${60_000 + second}.1` },
      ...{ i: `${60_010 + second}.1`, P: '60000.0', r: '0.00010000', T: START + 4 * 3_600_000 },
    };
    const stream = 'btcusdt@markPrice@1s';
    const msg = JSON.stringify({ stream, data });
    return JSON.stringify({ t: (ms + 50) * 1000, chan: stream, msg });
  });
  const file = path.join(folder, 'a.jsonl');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

const config = configOf({});
const time = (seconds: number) => micros((START + seconds * 1000) * 1000);

function open(file: string) {
  const lines: OutputLine[] = [];
  let begun = 0;
  const job = {
    ...({ kind: 'recording', config, files: [file], feed: null, assets: null } as const),
    ...{ universe: false, asRecorded: false, reachesAhead: true },
  };
  const recorded = new Recorded(
    job,
    systemClock(),
    (line) => lines.push(line),
    () => {
      begun += 1;
    },
  );
  return { recorded, lines, begun: () => begun };
}

/** The frame that a replay shows at a second. */
async function replayed(file: string, second: number): Promise<string> {
  let found = '';
  const pipeline = new Pipeline({
    engine: { settings: config.engine, assets: 'any', source: 'replay', origin: 'recording' },
    everySeconds: 1,
    scanEverySeconds: Number.POSITIVE_INFINITY,
    onLine: (line) => {
      if (line.type === 'frame' && line.tsLocal === time(second)) found = JSON.stringify(line);
    },
  });
  await startReplay({
    batches: openRecordingBatches([file]),
    clock: systemClock(),
    speed: 'max',
    deliver: (records) => records.forEach(pipeline.push),
  }).done;
  return found;
}

test('makes of an instant the very frame that the replay shows there, whichever way it is come to', async () => {
  const file = recording();
  const { recorded, lines, begun } = open(file);
  for (const second of [300, 500, 200]) {
    lines.splice(0);
    const made = await recorded.at(time(second), 'BTC', () => {});
    expect(made.reason).toBeNull();
    expect(made.from).toBeLessThanOrEqual(time(second));
    expect(made.to).toBeGreaterThanOrEqual(time(second));
    const frame = framesIn(lines).find(({ tsLocal }) => tsLocal === time(second));
    expect(JSON.stringify(frame)).toBe(await replayed(file, second));
  }
  // A step to what has been made costs nothing.
  await recorded.at(time(205), 'BTC', () => {});
  // Ahead it goes on from where it is; back it begins anew.
  expect(begun()).toBe(2);
  recorded.close();
});

test('has a frame of every second about the instant, and now and then one for the charts before', async () => {
  const { recorded, lines } = open(recording());
  await recorded.at(time(400), 'BTC', () => {});
  // What lies ahead is made while one looks at it.
  await expect.poll(() => framesIn(lines).at(-1)?.tsLocal).toBe(time(460));
  const seconds = framesIn(lines).map(({ tsLocal }) => (tsLocal / 1000 - START) / 1000);
  for (let second = 345; second <= 460; second += 1) expect(seconds).toContain(second);
  expect(seconds.filter((second) => second < 340)).toEqual(
    Array.from({ length: 67 }, (_, i) => (i + 1) * 5).filter((second) => second < 340),
  );
  recorded.close();
});

test('tells how far it is, and why an instant after the end cannot be shown', async () => {
  const { recorded } = open(recording());
  const shares: number[] = [];
  const made = await recorded.at(time(LENGTH + 500), 'BTC', (share) => shares.push(share));
  expect(made.reason).toBe('the recording ends before it');
  expect(shares.length).toBeGreaterThan(10);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.every((share) => share > 0 && share <= 1)).toBe(true);
  recorded.close();
});

test('stops where it is once nobody waits any longer, and answers who did', async () => {
  const { recorded } = open(recording());
  const first = recorded.at(time(500), 'BTC', () => {});
  const second = recorded.at(time(100), 'BTC', () => {});
  recorded.giveUp();
  const third = await recorded.at(time(300), 'BTC', () => {});
  expect(third.reason).toBeNull();
  expect((await Promise.all([first, second])).map(({ reason }) => reason)).toEqual([
    'left for another instant',
    'left for another instant',
  ]);
  recorded.close();
});

test('a recording that cannot be read says why', async () => {
  const { recorded } = open('/no/such/recording.jsonl');
  await expect(recorded.at(time(1), 'BTC', () => {})).rejects.toThrow(/no such/);
});

test('of a recording without turns none is found, and the search can be left', async () => {
  const { recorded } = open(recording());
  const shares: number[] = [];
  expect(await recorded.turn(time(100), 'BTC', (share) => shares.push(share))).toBeNull();
  expect(Math.max(...shares)).toBe(1);
  const left = recorded.turn(time(100), 'BTC', () => {});
  recorded.giveUp();
  expect(await left).toBeNull();
  const made = await recorded.at(time(300), 'BTC', () => {});
  expect(made.reason).toBeNull();
  recorded.close();
});
