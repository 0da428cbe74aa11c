import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ScanLine } from '../../src/frame/scan.ts';
import { cleanEnvironment, PROGRAM, Program, run, scratch } from '../support/program.ts';
import { hasPty, Pty } from '../support/pty.ts';

const scansIn = (lines: readonly string[]): ScanLine[] =>
  lines.map((line) => JSON.parse(line) as ScanLine);

const isWhole = ({ books }: ScanLine) => books.wanted > 0 && books.whole === books.wanted;

const DEAD = {
  usdm: '{"hosts":{"public":"ws://127.0.0.1:9","market":"ws://127.0.0.1:9","rest":"http://127.0.0.1:9"}}',
};

describe('a scanner of the simulated market', () => {
  test('prints scans of every perp, with the books of those that trade most, and ends on SIGTERM with 143', async () => {
    const program = new Program(['scanner', '--demo', '--every', '1s', '--books', '2']);
    await program.until('a scan whose books are whole', ({ lines }) =>
      scansIn(lines).some(isWhole),
    );
    program.child.kill('SIGTERM');
    expect(await program.ended).toBe(143);
    expect(program.stderr).toBe('');
    const scans = scansIn(program.lines);
    expect(new Set(scans.map(({ type, source }) => `${type} ${source}`))).toEqual(
      new Set(['scan demo']),
    );
    const { rows, listed, books } = scans.find(isWhole)!;
    expect(rows).toHaveLength(listed);
    expect(books.wanted).toBe(2);
    expect(rows.map(({ rank }) => rank)).toEqual(rows.map((_, i) => i + 1));
    expect(rows.slice(0, 2).map(({ book }) => book.status)).toEqual(['whole', 'whole']);
    expect(rows[2]!.book).toEqual({ status: 'none', reason: `no book: rank 3 of ${listed}` });
    const volumes = rows.map(({ volume24hUsd }) => volume24hUsd.value!);
    expect(volumes).toEqual([...volumes].sort((a, b) => b - a));
  });

  test('recorded and replayed, the scans are the same byte for byte, and so in a stream', async () => {
    const tapes = path.join(scratch(), 'tapes');
    const scanner = ['scanner', '--demo', '--every', '1s', '--books', '3', '--assets', 'ETH'];
    const live = new Program([...scanner, '--record', tapes, '--only', 'scan,frame,event']);
    await live.until('whole books', ({ lines }) =>
      scansIn(lines).some((line) => line.type === 'scan' && line.books.whole === 4),
    );
    live.child.kill('SIGINT');
    expect(await live.ended).toBe(130);
    expect(live.stderr).toBe('');
    const types = new Set(live.lines.map((line) => (JSON.parse(line) as { type: string }).type));
    expect([...types].sort()).toEqual(['event', 'frame', 'scan']);
    const as = ['--as-recorded', '--every', '1s', '--only', 'scan,frame,event'];
    const replayed = await run(['replay', tapes, '--scanner', ...as]);
    expect(replayed).toEqual({ exit: 0, stdout: live.stdout, stderr: '' });
    const streamed = await run(['replay', tapes, '--stream', ...as]);
    expect(streamed.stdout).toBe(live.stdout);
    const only = await run(['replay', tapes, '--scanner', '--every', '1s']);
    const marked = scansIn(only.stdout.trimEnd().split('\n'));
    expect(marked.map(({ tsLocal }) => tsLocal)).toEqual(
      scansIn(live.lines)
        .filter(({ type }) => type === 'scan')
        .map(({ tsLocal }) => tsLocal),
    );
    for (const { source, origin } of marked) expect([source, origin]).toEqual(['replay', 'demo']);
    // One scan is the last one, however far apart they would be.
    const once = await run(['replay', tapes, '--scanner', '--once', '--every', '1h']);
    expect(once.stdout).toBe(only.stdout.split('\n').slice(-2).join('\n'));
    const table = await run([
      'replay',
      tapes,
      '--scanner',
      '--once',
      '--format',
      'text',
      '--top',
      '2',
    ]);
    expect(table.stdout).toMatch(/ · replay of demo · 6 perps · books 4\/4/);
    expect(table.stdout).toMatch(/^ +1 BTC\/USDT .*\n +2 ETH\/USDT .*\n$/m);
  });

  test('once is one complete line and 0', async () => {
    const { exit, stdout, stderr } = await run([
      'scanner',
      '--demo',
      '--once',
      '--every',
      '1s',
      '--books',
      '2',
      '--sort',
      'oiUsd:asc',
      '--top',
      '3',
    ]);
    expect(stderr).toBe('');
    expect(exit).toBe(0);
    const [scan, ...others] = scansIn(stdout.trimEnd().split('\n'));
    expect(others).toEqual([]);
    expect(scan).toMatchObject({ listed: 6, books: { wanted: 2, whole: 2 } });
    const interest = scan!.rows.map(({ oiUsd }) => oiUsd.value!);
    expect(interest).toEqual([...interest].sort((a, b) => a - b));
    expect(interest).toHaveLength(3);
  });

  test('comes beside frames in a stream that asks for it', async () => {
    const program = new Program(['demo', '--stream', '--assets', 'SOL', '--only', 'frame,scan']);
    await program.until('a scan that knows volumes', ({ lines }) =>
      scansIn(lines).some(
        (line) => line.type === 'scan' && line.rows.every((row) => row.price.state === 'live'),
      ),
    );
    program.child.kill('SIGTERM');
    expect(await program.ended).toBe(143);
    const last = scansIn(program.lines).findLast(({ type }) => type === 'scan')!;
    expect(last.listed).toBe(6);
    expect(program.lines.some((line) => line.includes('"type":"frame"'))).toBe(true);
  });

  test('is carried by whatever is live where the configuration says so', async () => {
    const tapes = path.join(scratch(), 'tapes');
    const always = ['--set', 'scanner.always=true', '--set', 'scanner.books=2', '--assets', 'SOL'];
    const recorded = await run(['record', '--demo', '--out', tapes, '--for', '6s', ...always]);
    expect(recorded).toEqual({ exit: 0, stdout: '', stderr: '' });
    const { stdout } = await run(['replay', tapes, '--scanner', '--once']);
    const [scan] = scansIn(stdout.trimEnd().split('\n'));
    expect(scan).toMatchObject({ listed: 6, books: { wanted: 3, whole: 3 } });
  });

  test.runIf(hasPty)('is drawn in place on a terminal, and leaves it as it was', async () => {
    const pty = new Pty([process.execPath, PROGRAM, 'scanner', '--demo', '--every', '1s'], {
      columns: 100,
      rows: 9,
      env: cleanEnvironment(),
    });
    onTestFinished(() => pty.close());
    await pty.until('the table', (text) => /books 6\/6[\s\S]*BTC\/USDT/.test(text));
    const drawn = pty.text;
    await pty.until('the next one', (text) => text !== drawn && /BTC\/USDT/.test(text));
    expect(pty.text.match(/ · demo · /g)).toHaveLength(1);
    // As many rows as fit, and nothing scrolled away.
    expect(pty.terminal.buffer.active.baseY).toBe(0);
    pty.signal('SIGINT');
    expect(await pty.exited).toBe(130);
    expect(pty.isAlternate).toBe(false);
  });
});

describe('a scanner without a market', () => {
  test('gives one incomplete scan, says what it lacks, and ends with 3', async () => {
    const { exit, stdout, stderr } = await run([
      'scanner',
      '--once',
      '--every',
      '1s',
      '--wait',
      '3s',
      '--set',
      `feeds.binance-usdm=${DEAD.usdm}`,
    ]);
    expect(exit).toBe(3);
    expect(stderr).toBe('perpscope: incomplete: perps\n');
    const scan = JSON.parse(stdout) as ScanLine;
    expect(scan).toMatchObject({ source: 'live', listed: 0, rows: [] });
  });
});
