import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AUDIT_DEPTH, runAudit } from '../../src/app/commands/audit.ts';
import { readRecording, recordedTest, recordingPath } from '../support/recordings.ts';
import { TrueBook } from '../support/true-book.ts';

async function audit(files: readonly string[], venueOverride?: string, depth = AUDIT_DEPTH) {
  const out: string[] = [];
  const err: string[] = [];
  const exitCode = await runAudit({
    files,
    depth,
    venueOverride,
    stdout: { write: (text) => out.push(text) },
    stderr: { write: (text) => err.push(text) },
  });
  const text = out.join('');
  const lines = text.split('\n').slice(0, -1);
  return { exitCode, text, lines: lines.map((line) => JSON.parse(line)), stderr: err.join('') };
}

const perp = 'binance-usdm/btcusdt-20240808.jsonl.gz';
const spot = ['binance-spot/btcusdt-20240808.jsonl.gz', 'binance-spot/btcusdt-20240809.jsonl.gz'];

/** Best levels at the end, by a book made of price texts. */
function topOf(...names: readonly string[]) {
  const truth = new TrueBook();
  for (const line of names.flatMap(readRecording)) truth.take(line);
  return truth.top(AUDIT_DEPTH);
}

describe('perpscope audit on recorded exchange data', () => {
  recordedTest('finds the perp recording of 2024-08-08 whole', async () => {
    const { exitCode, text, lines, stderr } = await audit([recordingPath(perp)]);
    expect(exitCode).toBe(0);
    expect(stderr).toBe('');
    const { bids, asks } = topOf(perp);
    const expected = {
      instrument: 'binance:BTC/USDT:USDT',
      messages: 93_954,
      byKind: { bookDelta: 6551, quote: 66_089, trade: 21_313, bookSnapshot: 1 },
      applied: 6547,
      gaps: 0,
      resyncs: 0,
      crossed: 0,
      rejected: 0,
      quoteChecks: 573,
      quoteMismatches: 0,
      checksumChecks: 0,
      checksumMismatches: 0,
      bids,
      asks,
    };
    expect(lines).toEqual([expected]);
    // Key order is part of the contract.
    expect(text).toBe(`${JSON.stringify(expected)}\n`);
    expect(bids[0]).toEqual([61_659.7, 1.486]);
  });

  recordedTest('finds the spot recordings of both days to be one unbroken book', async () => {
    // In whatever order they are named: they are merged by receive time.
    const { exitCode, lines } = await audit(spot.map(recordingPath).reverse());
    expect(exitCode).toBe(0);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      instrument: 'binance:BTC/USDT',
      messages: 41_249 + 58_325,
      applied: 6493,
      gaps: 0,
      resyncs: 0,
      crossed: 0,
      rejected: 0,
      quoteChecks: 1059,
      quoteMismatches: 0,
      ...topOf(...spot),
    });
    const [first] = spot;
    expect((await audit([recordingPath(first!)])).lines[0]).toMatchObject({ quoteChecks: 560 });
  });

  recordedTest('tells perp and spot apart, and many symbols of one file', async () => {
    const { lines } = await audit(
      [
        'binance-usdm/sushi-akro-keep-ctk-20210722.jsonl.gz',
        'binance-spot/nkn-blz-lrc-rune-20211012.jsonl.gz',
      ].map(recordingPath),
      undefined,
      3,
    );
    expect(
      lines.map(({ instrument, gaps, crossed, quoteChecks, quoteMismatches, bids }) => [
        instrument,
        gaps + crossed + quoteMismatches,
        quoteChecks,
        bids.length,
      ]),
    ).toEqual([
      ['binance:AKRO/USDT:USDT', 0, 7, 3],
      ['binance:BLZ/ETH', 0, 1, 3],
      ['binance:CTK/USDT:USDT', 0, 18, 3],
      ['binance:KEEP/USDT:USDT', 0, 13, 3],
      ['binance:LRC/BTC', 0, 6, 3],
      ['binance:NKN/USDT', 0, 19, 3],
      ['binance:RUNE/EUR', 0, 0, 3],
      ['binance:SUSHI/USDT:USDT', 0, 12, 3],
    ]);
  });

  recordedTest('without a snapshot has no book to speak of, and no gap either', async () => {
    const { lines } = await audit([recordingPath(spot[1]!)]);
    expect(lines[0]).toMatchObject({
      messages: 58_325,
      applied: 0,
      gaps: 0,
      resyncs: 0,
      quoteChecks: 0,
      bids: [],
      asks: [],
    });
  });
});

describe('perpscope audit', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'perpscope-audit-'));
    mkdirSync(join(folder, 'binance-usdm'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  let t = 1_723_161_255_000_000;
  const line = (chan: string, data: unknown) => {
    t += 1000;
    const msg = typeof data === 'string' ? data : JSON.stringify(data);
    return `${JSON.stringify({ t, chan, msg })}\n`;
  };
  const depth = (U: number, u: number, pu: number, b: [string, string][] = []) =>
    line('ethusdt@depth@100ms', {
      stream: 'ethusdt@depth@100ms',
      data: { e: 'depthUpdate', E: t / 1000, T: t / 1000, s: 'ETHUSDT', U, u, pu, b, a: [] },
    });
  const snapshotLine = (lastUpdateId: number) =>
    line('rest:https://fapi.binance.com/fapi/v1/depth?symbol=ETHUSDT&limit=1000', {
      lastUpdateId,
      E: t / 1000,
      T: t / 1000,
      bids: [['2500.10', '1.5']],
      asks: [['2500.20', '2.25']],
    });
  const write = (name: string, text: string | Buffer): string => {
    const path = join(folder, 'binance-usdm', name);
    writeFileSync(path, text);
    return path;
  };

  test('counts gaps, unreadable messages and resyncs, and what came after', async () => {
    const path = write(
      'faults.jsonl',
      [
        snapshotLine(100),
        depth(95, 105, 90, [['2500.00', '3']]),
        line('ethusdt@depth@100ms', '{"stream":"ethusdt@depth@100ms","data":{"e":"depth'),
        depth(116, 120, 112),
        snapshotLine(118),
        depth(121, 125, 120, [['2500.05', '4.125']]),
      ].join(''),
    );
    const { exitCode, lines, stderr } = await audit([path]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(lines).toEqual([
      {
        instrument: 'binance:ETH/USDT:USDT',
        messages: 6,
        byKind: { bookSnapshot: 2, bookDelta: 3, rejected: 1 },
        applied: 3,
        gaps: 1,
        resyncs: 1,
        crossed: 0,
        rejected: 1,
        quoteChecks: 0,
        quoteMismatches: 0,
        checksumChecks: 0,
        checksumMismatches: 0,
        bids: [
          [2500.1, 1.5],
          [2500.05, 4.125],
        ],
        asks: [[2500.2, 2.25]],
      },
    ]);
  });

  test('audits a truncated recording as far as it goes and says so', async () => {
    const whole = gzipSync(
      [
        snapshotLine(100),
        ...Array.from({ length: 5000 }, (_, i) => depth(101 + i, 101 + i, 100 + i)),
      ].join(''),
    );
    const path = write('cut.jsonl.gz', whole.subarray(0, whole.length - 2000));
    const { exitCode, lines, stderr } = await audit([path]);
    expect(exitCode).toBe(0);
    expect(lines[0].gaps).toBe(0);
    expect(lines[0].applied).toBeGreaterThan(0);
    expect(stderr).toMatch(/^perpscope: cut\.jsonl\.gz is truncated: .* records are used\n$/);
  });

  test('says so when messages of no known instrument could not be read', async () => {
    const path = write('nameless.jsonl', snapshotLine(1) + line('!forceOrder@arr', 'oops'));
    const { exitCode, lines, stderr } = await audit([path]);
    expect(exitCode).toBe(0);
    expect(lines[0]).toMatchObject({ messages: 1, rejected: 0 });
    expect(stderr).toBe('perpscope: 1 unreadable message of no instrument that is known here\n');
  });

  test('takes the venue from the flag when the folder does not name one', async () => {
    const path = join(folder, 'anywhere.jsonl');
    writeFileSync(path, snapshotLine(100));
    expect((await audit([path], 'binance-usdm')).lines[0]).toMatchObject({ messages: 1 });
    const without = await audit([path]);
    expect(without).toMatchObject({ exitCode: 2, text: '' });
    expect(without.stderr).toMatch(/^perpscope: unknown venue "perpscope-audit-.*binance-usdm/);
  });

  test('knows no other venue than its own', async () => {
    const { exitCode, text, stderr } = await audit(['x.jsonl'], 'mtgox');
    expect({ exitCode, text }).toEqual({ exitCode: 2, text: '' });
    expect(stderr).toMatch(/^perpscope: unknown venue "mtgox"; known are .*binance-usdm.*\n$/);
  });

  test('names a file that is missing or no recording, without its folder', async () => {
    const missing = await audit([join(folder, 'missing.jsonl')]);
    expect(missing).toMatchObject({ exitCode: 1, text: '' });
    expect(missing.stderr).toBe('perpscope: missing.jsonl: no such file\n');
    const path = write('letter.jsonl', 'Dear exchange,\n'.repeat(20));
    const letter = await audit([path]);
    expect(letter).toMatchObject({ exitCode: 1, text: '' });
    expect(letter.stderr).toContain('letter.jsonl');
    expect(letter.stderr).not.toContain(folder);
  });
});
