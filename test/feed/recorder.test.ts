import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { fc, test } from '@fast-check/vitest';
import { beforeEach, describe, expect } from 'vitest';
import {
  type Disk,
  type DiskFile,
  Recorder,
  type RecorderTrouble,
} from '../../src/feed/recorder.ts';
import { readHeader } from '../../src/feed/recording.ts';
import type { RawRecord } from '../../src/model/record.ts';
import { HOUR, type Micros } from '../../src/model/units.ts';
import { ManualClock } from './support/manual-clock.ts';
import { readAll, scratchFolder } from './support/recorded.ts';
import { until } from './support/until.ts';

const folder = scratchFolder();
let made = 0;
let dir: string;
let clock: ManualClock;
let troubles: RecorderTrouble[];

beforeEach(() => {
  made += 1;
  dir = join(folder, `${made}`);
  clock = new ManualClock(T);
  troubles = [];
});

/** 2023-11-14 22:13:20 UTC */
const T = 1_700_000_000_000_000;
const at = (micros: number) => (T + micros) as Micros;
const record = (t: number, msg: string, feed = 'toy', chan = 'x'): RawRecord => ({
  t: at(t),
  feed,
  chan,
  msg,
});

const open = (disk?: Disk) =>
  new Recorder({
    dir,
    source: 'live',
    assets: ['BTC'],
    clock,
    onTrouble: (trouble) => troubles.push(trouble),
    ...(disk && { disk }),
  });

const filesIn = (feed: string) => readdirSync(join(dir, feed)).sort();

describe('recording', () => {
  test.prop(
    [
      fc.array(
        fc.record({
          gap: fc.oneof(fc.integer({ min: 1, max: 1_000_000 }), fc.constant(3_600_000_000)),
          feed: fc.constantFrom('toy', 'other', 'perpscope'),
          chan: fc.string({ unit: 'binary' }),
          msg: fc.oneof(
            fc.string({ unit: 'binary' }),
            fc.constantFrom('\ud800', 'a\nb\r\n\u2028', '{"perpscope":"recording"}', '\u0000'),
          ),
        }),
        { maxLength: 40 },
      ),
    ],
    { numRuns: 40 },
  )('and reading gives the same records in the same order, whatever they say', async (steps) => {
    made += 1;
    dir = join(folder, `${made}`);
    mkdirSync(dir);
    let t = 0;
    const records = steps.map(({ gap, ...rest }) => {
      t += gap;
      return record(t, rest.msg, rest.feed, rest.chan);
    });
    const recorder = open();
    for (const each of records) recorder.record(each);
    await recorder.close();
    if (records.length === 0) return;
    const read = await readAll([dir]);
    expect(read.records).toEqual(records);
    expect(read.warnings).toEqual([]);
    expect(troubles).toEqual([]);
  });

  test('makes one file per feed and hour, each with a header', async () => {
    const recorder = open();
    recorder.record(record(0, 'a'));
    recorder.record(record(HOUR, 'b'));
    recorder.record(record(HOUR + 1, 'c', 'other'));
    await recorder.close();
    expect(filesIn('toy')).toEqual(['2023-11-14T22.jsonl.zst', '2023-11-14T23.jsonl.zst']);
    expect(filesIn('other')).toEqual(['2023-11-14T23.jsonl.zst']);
    expect(await readHeader(join(dir, 'toy', '2023-11-14T23.jsonl.zst'))).toEqual({
      perpscope: 'recording',
      v: 1,
      feed: 'toy',
      source: 'live',
      assets: ['BTC'],
      from: T + HOUR,
    });
  });

  test('says in its header that all perps were carried', async () => {
    const recorder = new Recorder({
      dir,
      source: 'demo',
      assets: [],
      universe: true,
      clock,
      onTrouble: (trouble) => troubles.push(trouble),
    });
    recorder.record(record(0, 'a'));
    await recorder.close();
    expect(await readHeader(join(dir, 'toy', '2023-11-14T22.jsonl.zst'))).toMatchObject({
      assets: [],
      universe: true,
    });
  });

  test('never overwrites: a restart within the hour begins a file of its own', async () => {
    for (const msg of ['a', 'b', 'c']) {
      const recorder = open();
      recorder.record(record(made, msg));
      made += 1;
      await recorder.close();
    }
    expect(filesIn('toy')).toEqual([
      '2023-11-14T22-2.jsonl.zst',
      '2023-11-14T22-3.jsonl.zst',
      '2023-11-14T22.jsonl.zst',
    ]);
    expect((await readAll([dir])).records.map(({ msg }) => msg)).toEqual(['a', 'b', 'c']);
  });

  test('a feed whose name would leave the folder stays in it', async () => {
    const recorder = open();
    recorder.record(record(0, 'a', '../out'));
    await recorder.close();
    expect(readdirSync(dir)).toEqual(['.._out']);
  });

  test('is on disk within a second, in frames that are whole by themselves', async () => {
    const recorder = open();
    const path = join(dir, 'toy', '2023-11-14T22.jsonl.zst');
    const size = () => {
      try {
        return readFileSync(path).length;
      } catch {
        return 0;
      }
    };
    let before = 0;
    for (let i = 0; i < 5; i += 1) {
      recorder.record(record(i, `message ${i}`));
      clock.advance(500);
      await until('the frame is written', () => size() > before);
      before = size();
      const { records, warnings } = await readAll([path]);
      expect(records).toHaveLength(i + 1);
      expect(warnings).toEqual([]);
    }
    await recorder.close();
    expect(clock.pending).toBe(0);
    expect(zstdDecompressSync(readFileSync(path)).toString()).toContain('"perpscope":"recording"');
  });

  test('much at once does not wait for the flush', async () => {
    const recorder = open();
    for (let i = 0; i < 30; i += 1) recorder.record(record(i, 'x'.repeat(100_000)));
    await until('it is written', () => {
      try {
        return filesIn('toy').length === 1;
      } catch {
        return false;
      }
    });
    await recorder.close();
    expect((await readAll([dir])).records).toHaveLength(30);
  });

  test('a killed process leaves a file that is whole up to its last second', async () => {
    const script = `
      import { Recorder } from '${new URL('../../src/feed/recorder.ts', import.meta.url).href}';
      import { systemClock } from '${new URL('../../src/feed/clock.ts', import.meta.url).href}';
      const clock = systemClock();
      const recorder = new Recorder({ dir: process.argv[1], source: 'live', assets: [], clock, onTrouble: () => process.exit(3) });
      let n = 0;
      setInterval(() => {
        recorder.record({ t: clock.now(), feed: 'toy', chan: 'x', msg: String(n) });
        console.log(n);
        n += 1;
      }, 1);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, dir]);
    let lines = 0;
    const seen: { at: number; n: number }[] = [];
    child.stdout.on('data', (chunk: Buffer) => {
      lines += chunk.toString().split('\n').length - 1;
      seen.push({ at: performance.now(), n: lines });
    });
    await until('it has run for two seconds', () => {
      const [first] = seen;
      return first !== undefined && performance.now() - first.at > 2000;
    });
    const killedAt = performance.now();
    child.kill('SIGKILL');
    const due = seen.findLast((each) => each.at < killedAt - 1000)!.n;
    const { records } = await readAll([dir]);
    expect(records.map(({ msg }) => msg)).toEqual(records.map((_, i) => `${i}`));
    expect(records.length).toBeGreaterThanOrEqual(due);
  });
});

describe('a disk', () => {
  /** A disk in memory that fails as told. */
  class FakeDisk implements Disk {
    readonly files = new Map<string, Buffer>();
    fault: { code: string; partly?: boolean } | null = null;
    refuses = false;

    async create(_: string, name: string): Promise<DiskFile> {
      if (this.refuses) throw Object.assign(new Error('no'), { code: 'EACCES' });
      if (this.files.has(name)) throw Object.assign(new Error('no'), { code: 'EEXIST' });
      this.files.set(name, Buffer.alloc(0));
      return {
        write: async (bytes, position) => {
          const kept = this.fault === null ? bytes : bytes.subarray(0, this.fault.partly ? 7 : 0);
          const before = this.files.get(name)!;
          const left = before.subarray(0, position);
          const right = before.subarray(position + kept.length);
          this.files.set(name, Buffer.concat([left, kept, right]));
          if (this.fault !== null) throw Object.assign(new Error('no'), this.fault);
        },
        truncate: async (length) => {
          this.files.set(name, this.files.get(name)!.subarray(0, length));
        },
        close: async () => undefined,
      };
    }
  }

  /** Flushes, and waits until the batch has been dealt with. */
  const flushed = async (disk: FakeDisk, recorder: Recorder, t: number, msg: string) => {
    const before = { size: sizeOf(disk), troubles: troubles.length };
    recorder.record(record(t, msg));
    clock.advance(500);
    await until(
      'it is dealt with',
      () => sizeOf(disk) > before.size || troubles.length > before.troubles,
    );
  };
  const sizeOf = (disk: FakeDisk) =>
    [...disk.files.values()].reduce((sum, bytes) => sum + bytes.length, 0);

  test('that fills up costs records, which are counted and named; the rest is whole', async () => {
    const disk = new FakeDisk();
    const recorder = open(disk);
    await flushed(disk, recorder, 1, 'before');
    const before = sizeOf(disk);
    disk.fault = { code: 'ENOSPC', partly: true };
    recorder.record(record(2, 'lost'));
    clock.advance(500);
    await until('it was told', () => troubles.length === 1);
    expect(sizeOf(disk)).toBe(before);
    expect(troubles).toEqual([{ state: 'failing', reason: 'disk full', lost: 1 }]);
    disk.fault = null;
    clock.advance(11_000);
    recorder.record(record(3, 'after'));
    await recorder.close();
    expect(troubles.at(-1)).toEqual({ state: 'recovered', reason: 'recording again', lost: 1 });
    const path = join(dir, 'toy', 'x.jsonl.zst');
    mkdirSync(join(dir, 'toy'), { recursive: true });
    writeFileSync(path, [...disk.files.values()][0]!);
    const { records, warnings } = await readAll([path]);
    expect(warnings).toEqual([]);
    expect(records.map(({ chan, msg }) => [chan, msg])).toEqual([
      ['x', 'before'],
      ['feed', '{"kind":"dropped","count":1,"reason":"not recorded"}'],
      ['x', 'after'],
    ]);
  });

  test('that may not be written to is told about, not more than every 10 s', async () => {
    const disk = new FakeDisk();
    disk.refuses = true;
    const recorder = open(disk);
    for (let i = 0; i < 30; i += 1) {
      recorder.record(record(i, 'x'));
      clock.advance(500);
      for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    }
    expect(troubles.map(({ reason }) => reason)).toEqual(['no permission', 'no permission']);
    await recorder.close();
  });

  test('that is too slow costs records beyond a bound', async () => {
    const disk = new FakeDisk();
    const create = disk.create.bind(disk);
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    disk.create = async (...name) => {
      await gate;
      return create(...name);
    };
    const recorder = open(disk);
    const long = 'x'.repeat(1 << 20);
    for (let i = 0; i < 80; i += 1) recorder.record(record(i, long));
    expect(troubles).toEqual([{ state: 'failing', reason: 'disk too slow', lost: 1 }]);
    release();
    await recorder.close();
  });

  test('where a folder cannot be made does not stop the program', async () => {
    writeFileSync(dir, 'a file where the folder should be');
    const recorder = open();
    recorder.record(record(0, 'a'));
    await recorder.close();
    expect(troubles).toEqual([{ state: 'failing', reason: expect.any(String), lost: 1 }]);
    expect(troubles[0]!.reason).not.toContain('/');
  });
});
