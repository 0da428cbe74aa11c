import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openRecordingBatches } from '../../src/feed/recording.ts';
import type { Frame, OutputLine } from '../../src/frame/frame.ts';
import type { RawRecord } from '../../src/model/record.ts';
import { textOf } from '../../src/model/record.ts';
import { Program, run, scratch } from '../support/program.ts';
import { startVenue } from '../support/venue-process.ts';

// Whole programs, several of them one after the other.
vi.setConfig({ testTimeout: 90_000 });

const STREAM = ['--stream', '--assets', 'BTC', '--only', 'frame,event,series'];

const linesOf = (program: Program): OutputLine[] =>
  program.lines.map((line) => JSON.parse(line) as OutputLine);
const framesOf = (program: Program): Frame[] =>
  linesOf(program).filter((line): line is Frame => line.type === 'frame');
const newest = (program: Program): Frame | undefined => framesOf(program).at(-1);

/** Everything that was asked and answered is on disk: the last pages have been counted. */
const isFilled = (program: Program): boolean => {
  const frame = newest(program);
  return frame?.drift.mu.state === 'live' && (frame.trust.store?.rows ?? 0) > 13_000;
};

async function recordsOf(folder: string): Promise<RawRecord[]> {
  const records: RawRecord[] = [];
  for await (const batch of openRecordingBatches([folder], {
    venue: undefined,
    onWarning: () => {},
  }))
    records.push(...batch);
  return records;
}

const HISTORY = /openInterestHist|klines|fundingRate\?.*startTime|Klines/i;

/** Rows of the past that were asked for, by request. */
const askedIn = (records: readonly RawRecord[]): number[] =>
  records
    .filter(({ chan }) => HISTORY.test(chan))
    .map(({ msg }) => (JSON.parse(textOf(msg)) as unknown[]).length);

/** The first frame in which drift can be told. */
const firstTold = (program: Program): Frame =>
  framesOf(program).find(({ drift }) => drift.mu.state === 'live')!;

describe('a demo that was killed', () => {
  test('begins again with its windows, asks only for what is missing, and replays without its store', async () => {
    const data = scratch();
    const tapes = scratch();
    const first = new Program(['demo', ...STREAM, '--data-dir', data]);
    await first.until('a full history on disk', isFilled, 30_000);
    const before = newest(first)!;
    first.child.kill('SIGKILL');
    await first.ended;
    expect(readdirSync(data)).toContain('demo-demo-1.db');

    const second = new Program(['demo', ...STREAM, '--data-dir', data, '--record', tapes]);
    await second.until('a few frames', () => framesOf(second).length > 6, 30_000);
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(143);
    expect(second.stderr).toBe('');
    // The first frame that has a perp knows all cells. (One more where an hour has ended meanwhile.)
    const listed = framesOf(second).find(({ basis }) => basis.perpInstrument !== null)!;
    expect(listed.drift.cells - before.drift.cells).toBeOneOf([0, 1]);
    expect(firstTold(second).drift.active.state).toBe('live');
    // No cell twice: one that was committed comes back in the whole series and nowhere else.
    const cells = [...linesOf(first), ...linesOf(second)].flatMap((line) =>
      line.type === 'series' && !line.whole ? line.cells.map(({ close }) => close) : [],
    );
    expect(new Set(cells).size).toBe(cells.length);

    const records = await recordsOf(tapes);
    const asked = askedIn(records);
    // A few minutes at the most, of what would have been seven thousand rows.
    expect(asked.reduce((sum, rows) => sum + rows, 0)).toBeLessThan(30);

    const again = await run(['replay', tapes, ...STREAM, '--as-recorded']);
    expect(again.exit).toBe(0);
    expect(again.stdout).toBe(second.stdout);
    expect(readdirSync(data).filter((name) => name.endsWith('.db'))).toEqual(['demo-demo-1.db']);
  });

  test('keeps nothing unless a folder is given, and one file for each market', async () => {
    const data = scratch();
    const ends = await Promise.all([
      run(['demo', '--snapshot', '--wait', '3s', '--assets', 'BTC'], { XDG_DATA_HOME: data }),
      run([
        'demo',
        '--snapshot',
        '--wait',
        '3s',
        '--assets',
        'BTC',
        '--data-dir',
        data,
        '--no-store',
      ]),
    ]);
    for (const { stdout } of ends) expect((JSON.parse(stdout) as Frame).trust.store).toBe(null);
    expect(readdirSync(data)).toEqual([]);
    await run([
      'demo',
      '--snapshot',
      '--wait',
      '3s',
      '--assets',
      'BTC',
      '--data-dir',
      data,
      '--seed',
      '7',
    ]);
    expect(readdirSync(data).filter((name) => name.endsWith('.db'))).toEqual(['demo-demo-7.db']);
  });
});

describe('a live run', () => {
  test('keeps its history below the data directory, warm for the next one against the same venue', async () => {
    const venue = await startVenue({ assets: ['BTC'] });
    onTestFinished(() => venue.close());
    const { futuresWs, futuresRest, spotWs, spotRest } = venue.endpoints;
    const hosts = [
      `feeds.binance-usdm.hosts.public=${futuresWs}/public`,
      `feeds.binance-usdm.hosts.market=${futuresWs}/market`,
      `feeds.binance-usdm.hosts.rest=${futuresRest}`,
      `feeds.binance-spot.hosts.ws=${spotWs}`,
      `feeds.binance-spot.hosts.rest=${spotRest}`,
    ].flatMap((set) => ['--set', set]);
    const home = scratch();
    const args = ['stream', '--assets', 'BTC', '--only', 'frame,event,series', ...hosts];
    const first = new Program(args, { XDG_DATA_HOME: home });
    await first.until('a full history on disk', isFilled, 30_000);
    first.child.kill('SIGKILL');
    await first.ended;
    const file = path.join(home, 'perpscope', 'history.db');
    expect(existsSync(file)).toBe(true);
    // Two at once, on what the first one left.
    const [second, third] = [0, 1].map(() => new Program(args, { XDG_DATA_HOME: home }));
    for (const program of [second!, third!]) {
      await program.until('drift', () => firstTold(program) !== undefined, 30_000);
      expect(firstTold(program).drift.cells - newest(first)!.drift.cells).toBeOneOf([0, 1]);
      expect(newest(program)!.trust.store).toMatchObject({ state: 'ok', reason: null, lost: 0 });
      program.child.kill('SIGTERM');
    }
    expect([await second!.ended, await third!.ended]).toEqual([143, 143]);
    const db = new DatabaseSync(file);
    expect(db.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    db.close();
  });
});

describe('a store that does not work', () => {
  test('is told in the frame, and the run goes on from memory', async () => {
    const folder = scratch();
    const file = path.join(folder, 'a-file');
    writeFileSync(file, '');
    const program = new Program(['demo', ...STREAM, '--data-dir', file]);
    await program.until('drift', () => newest(program)?.drift.mu.state === 'live', 30_000);
    const { trust, quality } = newest(program)!;
    expect(trust.store).toMatchObject({ state: 'memory', reason: 'not a folder', rows: 0 });
    expect(quality).toContainEqual({
      subject: 'store',
      state: 'limited',
      reason: 'history is kept in memory only: not a folder',
    });
    // A line never has a path in it.
    expect(program.stdout).not.toContain(folder);
    program.child.kill('SIGTERM');
    expect(await program.ended).toBe(143);
  });

  test('because its file is damaged makes room for a fresh one, and says so', async () => {
    const data = scratch();
    writeFileSync(path.join(data, 'demo-demo-1.db'), 'garbage '.repeat(1000));
    const program = new Program(['demo', ...STREAM, '--data-dir', data]);
    await program.until('a full history on disk', isFilled, 30_000);
    expect(newest(program)!.trust.store).toMatchObject({ state: 'ok', reason: null });
    program.child.kill('SIGTERM');
    await program.ended;
    const moved = readdirSync(data).find((name) => name.includes('damaged'))!;
    expect(readFileSync(path.join(data, moved), 'utf8')).toMatch(/^garbage/);
    expect(program.stderr).toBe(
      `perpscope: the store was damaged and is kept as ${moved}; a new one is begun\n`,
    );
  });
});
