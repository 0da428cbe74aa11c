import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openRecording, openRecordingBatches, readHeader } from '../../src/feed/recording.ts';
import { RecordingError } from '../../src/feed/recording-file.ts';
import { type RawRecord, textOf } from '../../src/model/record.ts';
import { readRecording, recordedTest, recordingPath } from '../support/recordings.ts';
import { readAll, scratchFolder } from './support/recorded.ts';

const folder = scratchFolder();
let files = 0;

/** Writes a file below a folder of its own, `toy` where no name is given. */
function file(name: string, content: string | Uint8Array): string {
  files += 1;
  const path = join(folder, `${files}`, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const T = 1_700_000_000_000_000;
const line = (t: number | null, msg: string, chan: string | null = 'x') =>
  `${JSON.stringify({ t, chan, msg })}\n`;
const header = (feed: string) =>
  `${JSON.stringify({ perpscope: 'recording', v: 1, feed, source: 'demo', assets: ['BTC'], from: T })}\n`;
const refusal = async (...paths: string[]) => {
  try {
    await readAll(paths);
    return 'read';
  } catch (error) {
    expect(error).toBeInstanceOf(RecordingError);
    return (error as Error).message;
  }
};
const msgs = (records: readonly RawRecord[]) => records.map(({ msg }) => textOf(msg));

describe('a recording', () => {
  const text = line(T, 'a') + line(T + 1, 'ü\n"\ud800') + line(T + 2, '');
  test.each([
    ['as text', 'toy/a.jsonl', text],
    ['as gzip', 'toy/a.jsonl.gz', gzipSync(text)],
    ['as zstd', 'toy/a.jsonl.zst', zstdCompressSync(text)],
    ['as gzip members', 'toy/a.jsonl.gz', Buffer.concat([text, ''].map((part) => gzipSync(part)))],
    [
      'as zstd frames',
      'toy/a.jsonl.zst',
      Buffer.concat(text.split(/(?<=\n)/).map((part) => zstdCompressSync(part))),
    ],
    ['packed under a plain name', 'toy/a', gzipSync(text)],
    ['without the last line end', 'toy/a.jsonl', text.trimEnd()],
    ['with Windows line ends and empty lines', 'toy/a.jsonl', text.replaceAll('\n', '\r\n\r\n')],
  ])('%s is read to the letter', async (_, name, content) => {
    const { records, warnings } = await readAll([file(name, content)]);
    expect(records).toEqual([
      { t: T, feed: 'toy', chan: 'x', msg: 'a' },
      { t: T + 1, feed: 'toy', chan: 'x', msg: 'ü\n"\ud800' },
      { t: T + 2, feed: 'toy', chan: 'x', msg: '' },
    ]);
    expect(warnings).toEqual([]);
  });

  test('takes its feed from the header, else from the override, else from its folder', async () => {
    const bare = file('toy/a.jsonl', line(T, 'a'));
    const headed = file('toy/b.jsonl', header('other') + line(T, 'b'));
    const feeds = async (venue?: string) =>
      (await readAll([bare, headed], { venue })).records.map(({ feed }) => feed);
    expect(await feeds()).toEqual(['toy', 'other']);
    expect(await feeds('mine')).toEqual(['mine', 'other']);
    expect(await readHeader(bare)).toBeNull();
    expect(await readHeader(headed)).toMatchObject({ feed: 'other', source: 'demo', from: T });
  });

  test('of a newer version is refused', async () => {
    const newer = header('toy').replace('"v":1', '"v":2');
    expect(await refusal(file('toy/a.jsonl', newer + line(T, 'a')))).toBe(
      'a.jsonl: made by a newer version',
    );
  });

  test('gives records one by one as well', async () => {
    const path = file('toy/a.jsonl', line(T, 'a') + line(T + 1, 'b'));
    const records = [];
    for await (const record of openRecording([path])) records.push(record);
    expect(msgs(records)).toEqual(['a', 'b']);
  });

  test('may be left in the middle', async () => {
    const path = file('toy/a.jsonl.gz', gzipSync(line(T, 'a').repeat(50_000)));
    for await (const batch of openRecordingBatches([path])) {
      expect(batch.length).toBeGreaterThan(0);
      break;
    }
  });

  test('longer than any buffer comes whole', async () => {
    const long = 'y'.repeat(3_000_000);
    const content = Array.from({ length: 5 }, (_, i) => line(T + i, `${i}${long}`)).join('');
    for (const path of [
      file('toy/a.jsonl', content),
      file('toy/a.jsonl.zst', zstdCompressSync(content)),
    ]) {
      const { records } = await readAll([path]);
      expect(records.map(({ msg }) => msg.length)).toEqual(
        [1, 1, 1, 1, 1].map(() => long.length + 1),
      );
    }
  });
});

describe('times', () => {
  const ms = T / 1000;
  test('that are missing are the message’s own, or those of the record before', async () => {
    const content =
      line(null, `{"E":${ms + 5}}`) +
      line(null, '{"no":"time"}') +
      line(T + 9000, '') +
      line(null, `{"data":{"E":${ms + 20}}}`);
    const { records } = await readAll([file('toy/a.jsonl', content)]);
    expect(records.map(({ t }) => t - T)).toEqual([5000, 5000, 9000, 20_000]);
  });

  test('that are missing at the beginning are those of the first message that has one', async () => {
    const content = line(null, 'a') + line(null, 'b') + line(null, `{"ts":"${ms}"}`);
    const { records } = await readAll([file('toy/a.jsonl', content)]);
    expect(records.map(({ t }) => t)).toEqual([T, T, T]);
  });

  test('never go backwards, and it is told how often they would have', async () => {
    const content = line(T + 10, 'a') + line(T, 'b') + line(T + 20, 'c');
    const { records, warnings } = await readAll([file('toy/a.jsonl', content)]);
    expect(records.map(({ t }) => t - T)).toEqual([10, 10, 20]);
    expect(warnings).toEqual([{ file: 'a.jsonl', kind: 'unordered', count: 1 }]);
  });
});

describe('several files', () => {
  test('merge by time; at equal times in the order in which they were named', async () => {
    const one = file('a/a.jsonl', line(T, '1') + line(T + 5, '4') + line(T + 5, '5'));
    const two = file('b/b.jsonl', line(T, '2') + line(T + 3, '3') + line(T + 5, '6'));
    expect(msgs((await readAll([one, two])).records)).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(msgs((await readAll([two, one])).records)).toEqual(['2', '1', '3', '6', '4', '5']);
  });

  test('of one feed continue each other, in whatever order they are named', async () => {
    const later = file('a/later.jsonl', header('a') + line(T + 100, '3') + line(T + 101, '4'));
    const earlier = file('a/earlier.jsonl', header('a') + line(T, '1') + line(T + 1, '2'));
    expect(msgs((await readAll([later, earlier])).records)).toEqual(['1', '2', '3', '4']);
  });

  test('in folders are found at any depth, and nothing else is', async () => {
    const deep = file('root/a/b/x.jsonl.gz', gzipSync(line(T + 1, '2')));
    const root = dirname(dirname(dirname(deep)));
    writeFileSync(join(root, 'y.jsonl'), line(T, '1'));
    writeFileSync(join(root, 'README.md'), 'no recording');
    expect(msgs((await readAll([root])).records)).toEqual(['1', '2']);
    expect(msgs((await readAll([root, deep])).records)).toEqual(['1', '2']);
  });

  test.runIf(existsSync('/proc/self/fd'))('by the hundred are not open all at once', async () => {
    const many = dirname(file('many/readme', ''));
    for (let i = 0; i < 300; i += 1)
      writeFileSync(join(many, `${i}.jsonl`), line(T + i * 10, 'a') + line(T + i * 10 + 1, 'b'));
    const descriptors = () => readdirSync('/proc/self/fd').length;
    const before = descriptors();
    let most = 0;
    const times: number[] = [];
    for await (const record of openRecording([many])) {
      times.push(record.t);
      if (times.length % 100 === 0) most = Math.max(most, descriptors() - before);
    }
    expect(times).toHaveLength(600);
    expect([...times].sort((one, other) => one - other)).toEqual(times);
    expect(most).toBeLessThan(20);
  });
});

describe('faults', () => {
  test('a garbage line is left out and counted', async () => {
    const content = `${line(T, 'a')}garbage\n{"t":1}\n[]\nnull\n{"t":"x","chan":"","msg":""}\n${line(T, 'b')}`;
    const { records, warnings } = await readAll([file('toy/a.jsonl', content)]);
    expect(msgs(records)).toEqual(['a', 'b']);
    expect(warnings).toEqual([{ file: 'a.jsonl', kind: 'garbage', count: 5 }]);
  });

  test.each([
    ['a missing file', () => join(folder, 'none.jsonl'), 'none.jsonl: no such file'],
    [
      'something else',
      () => file('toy/a.jsonl', 'Dear diary,\ntoday\n'),
      'a.jsonl: not a recording',
    ],
    ['a word', () => file('toy/a.jsonl', 'word'), 'a.jsonl: not a recording'],
    ['text as gzip', () => file('toy/a.jsonl.gz', 'text'), 'a.jsonl.gz: not gzip'],
    ['text as zstd', () => file('toy/a.jsonl.zst', 'text'), 'a.jsonl.zst: not zstd'],
    [
      'something else, packed',
      () => file('toy/a.jsonl.gz', gzipSync('Dear diary,\ntoday\n')),
      'a.jsonl.gz: not a recording',
    ],
    [
      'noise under the mark of gzip',
      () => file('toy/a.jsonl.gz', Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(99, 3)])),
      'a.jsonl.gz: damaged',
    ],
    ['endless garbage', () => file('toy/a.jsonl', 'x\n'.repeat(5000)), 'a.jsonl: not a recording'],
    ['an empty folder', () => dirname(file('toy/readme', '')), 'toy: no recordings in it'],
  ])('%s is refused in a few words that name the file', async (_, make, message) => {
    expect(await refusal(make())).toBe(message);
  });

  test('an unreadable file is found before anything is played', async () => {
    const good = file('toy/a.jsonl', line(T, 'a'));
    const bad = file('toy/b.jsonl', 'no\n');
    let played = 0;
    await expect(async () => {
      for await (const batch of openRecordingBatches([good, bad])) played += batch.length;
    }).rejects.toThrow(RecordingError);
    expect(played).toBe(0);
  });

  const lines = Array.from({ length: 12 }, (_, i) => line(T + i, `message ${i} ${i * 7919}`));
  const frames = [0, 4, 8].map((from) => lines.slice(from, from + 4).join(''));

  test.each([
    ['text', 'a.jsonl', Buffer.from(lines.join(''))],
    ['gzip', 'a.jsonl.gz', gzipSync(lines.join(''))],
    ['zstd', 'a.jsonl.zst', zstdCompressSync(lines.join(''))],
    ['zstd frames', 'a.jsonl.zst', Buffer.concat(frames.map((frame) => zstdCompressSync(frame)))],
    ['gzip members', 'a.jsonl.gz', Buffer.concat(frames.map((frame) => gzipSync(frame)))],
  ])('%s cut at any byte gives what is whole, and says so', async (_, name, bytes) => {
    const whole = lines.map((each) => (JSON.parse(each) as { msg: string }).msg);
    let before = 0;
    for (let cut = 0; cut < bytes.length; cut += 1) {
      const { records, warnings } = await readAll([file(`toy/${name}`, bytes.subarray(0, cut))]);
      expect(msgs(records)).toEqual(whole.slice(0, records.length));
      expect(records.length).toBeGreaterThanOrEqual(before);
      before = records.length;
      // Cut between two lines of text or two frames, nothing shows that something is missing.
      if (warnings.length > 0)
        expect(warnings).toEqual([{ file: name, kind: 'truncated', count: records.length }]);
      else expect(records.length % 4 === 0 || name === 'a.jsonl').toBe(true);
    }
    if (name === 'a.jsonl') expect(before).toBe(lines.length);
  });

  test('a cut in the middle of a frame never goes unnoticed', async () => {
    const packed = frames.map((frame) => zstdCompressSync(frame));
    const bytes = Buffer.concat(packed);
    const ends = new Set([0, packed[0]!.length, packed[0]!.length + packed[1]!.length]);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const { warnings } = await readAll([file('toy/a.jsonl.zst', bytes.subarray(0, cut))]);
      expect([cut, warnings.length]).toEqual([cut, ends.has(cut) ? 0 : 1]);
    }
  });

  test('a damaged file gives what comes before the damage, and says so', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => line(T + i, `${i * 7919}`)).join('');
    const bytes = gzipSync(many);
    bytes.fill(0x55, bytes.length - 5000, bytes.length - 4900);
    const { records, warnings } = await readAll([file('toy/a.jsonl.gz', bytes)]);
    expect(records.length).toBeGreaterThan(1000);
    expect(records.length).toBeLessThan(20_000);
    expect(warnings[0]).toMatchObject({ kind: 'damaged' });
  });
});

describe('recorded exchange data', () => {
  const NAME = 'binance-usdm/btcusdt-20240808.jsonl.gz';

  recordedTest('is read to the letter, under the name of its folder', async () => {
    const expected = readRecording(NAME);
    const { records, warnings } = await readAll([recordingPath(NAME)]);
    expect(records).toHaveLength(93_954);
    for (let i = 0; i < records.length; i += 997) {
      expect(records[i]).toMatchObject({ feed: 'binance-usdm', msg: expected[i]!.msg });
      expect(records[i]!.t).toBe(expected[i]!.t);
    }
    expect(warnings).toEqual([]);
  });

  recordedTest('of perp and spot merges into one ascending stream', async () => {
    const { records, warnings } = await readAll([
      recordingPath(NAME),
      recordingPath('binance-spot/btcusdt-20240808.jsonl.gz'),
      recordingPath('binance-spot/btcusdt-20240809.jsonl.gz'),
    ]);
    expect(records).toHaveLength(93_954 + 41_249 + 58_325);
    let last = 0;
    for (const { t } of records) {
      if (t < last) throw new Error('not ascending');
      last = t;
    }
    expect(warnings).toEqual([]);
  });

  recordedTest('without receive times is played by its own', async () => {
    const { records } = await readAll([recordingPath('bybit/xrpusdt-ob500-20241201.jsonl.gz')]);
    expect(records).toHaveLength(50);
    expect(records[0]!.t).toBe(1_733_011_200_691_000);
    expect(new Set(records.map(({ t }) => t)).size).toBeGreaterThan(40);
  });

  recordedTest('of every venue can be read', async () => {
    for (const venue of ['binance-coinm', 'binance-options', 'deribit', 'hyperliquid', 'okx']) {
      const { records } = await readAll([recordingPath(venue)]);
      expect(records.length).toBeGreaterThan(0);
      const untimed = records.filter(({ t }) => t < 1.5e15);
      // One message in all of them carries no time at all, and it is alone in its file.
      expect(untimed.length).toBe(venue === 'hyperliquid' ? 1 : 0);
      expect(records.every(({ feed }) => feed === venue)).toBe(true);
    }
  });
});
