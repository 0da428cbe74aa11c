import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Frame } from '../../src/frame/frame.ts';
import { cleanEnvironment, PROGRAM, Program, run, scratch } from '../support/program.ts';
import { recordedTest, recordingPath } from '../support/recordings.ts';

interface AnyLine {
  readonly type: string;
  readonly source: string;
  readonly origin: string;
  readonly asset: string;
  readonly tsLocal: number;
}

/** Runs a shell line, in which `"$0" "$1"` is the program. */
async function inShell(line: string): Promise<{ readonly code: number; readonly stderr: string }> {
  const child = spawn('sh', ['-c', line, process.execPath, PROGRAM], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: cleanEnvironment(),
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number>((resolve) => child.on('close', resolve));
  return { code, stderr };
}

const parsed = (lines: readonly string[]): AnyLine[] =>
  lines.map((line) => JSON.parse(line) as AnyLine);

describe('usage', () => {
  test.each([
    [['--help'], 0],
    [['--version'], 0],
    [['demo', '--help'], 0],
    [['help', 'stream'], 0],
    [['stream', '--version'], 0],
    [['record', '--version'], 0],
    [['help', 'no-such-command'], 2],
    [['demo', 'no-such-argument'], 2],
    [['demo', '--scenario', 'doom'], 2],
    [['demo', '--stream', '--snapshot'], 2],
    [['demo', '--seed', '1.5'], 2],
    [['record', '--out', 'tapes', '--for', '9999h'], 2],
    [['record', '--demo', '--out', '/dev/null/tapes'], 1],
    [['demo', '--stream', '--record', '/dev/null/tapes'], 1],
    [['stream', '--config', '/'], 78],
    [['--no-such-flag'], 2],
    [['no-such-command'], 2],
    [['stream', '--every', 'soon'], 2],
    [['stream', '--only', 'frames'], 2],
    [['scanner', '--help'], 0],
    [['scanner', '--sort', 'beauty'], 2],
    [['scanner', '--sort', 'oiUsd:down'], 2],
    [['scanner', '--top', '0'], 2],
    [['scanner', '--books', '-1'], 2],
    [['scanner', '--books', '5000'], 2],
    [['scanner', '--format', 'md'], 2],
    [['scanner', '--demo', '--record', '/dev/null/tapes'], 1],
    [['replay', 'tapes', '--scanner', '--stream'], 2],
    [['replay', 'tapes', '--scanner', '--format', 'md'], 2],
    [['snapshot', '--format', 'xml'], 2],
    [['stream', '--venues', 'nasdaq'], 2],
    [['stream', '--assets', ''], 2],
    [['stream', '--set', 'engine.gate.quantile=2'], 2],
    [['stream', '--set', 'engine.gate.quantil=0.5'], 2],
    [['replay', '/no/such/tape', '--stream'], 1],
    [['audit', '/no/such/tape'], 1],
    [['drift', '--help'], 0],
    [['drift'], 2],
    [['options', '/no/such/chain'], 1],
    [['options'], 2],
    [['options', 'chain.csv', '--at', 'soon'], 2],
  ] as const)('%j ends with %i', async (args, code) => {
    const { exit, stdout, stderr } = await run(args);
    expect(exit, stderr).toBe(code);
    if (code === 0) expect(stdout).not.toBe('');
    else {
      expect(stdout).toBe('');
      expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(3);
      expect(stderr).toMatch(/^perpscope: /);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  });

  test('without a terminal the screen refuses with a hint to stream', async () => {
    const { exit, stderr } = await run([]);
    expect(exit).toBe(2);
    expect(stderr).toContain('perpscope stream');
  });

  test('a broken config names file, key and what would be right', async () => {
    const folder = scratch();
    mkdirSync(path.join(folder, 'perpscope'));
    const file = path.join(folder, 'perpscope', 'config.json');
    writeFileSync(file, '{ "engine": { "gate": { "quantile": "high" } } }');
    const wrong = await run(['config'], { XDG_CONFIG_HOME: folder });
    expect(wrong.exit).toBe(78);
    expect(wrong.stderr).toContain('engine.gate.quantile: expected number, got "high"');
    writeFileSync(file, '{ not json');
    expect((await run(['config'], { XDG_CONFIG_HOME: folder })).exit).toBe(78);
  });

  test('flags beat the environment, which beats the file', async () => {
    const folder = scratch();
    const file = path.join(folder, 'config.json');
    writeFileSync(file, '{ "assets": ["SOL"], "fps": 3, "theme": "light" }');
    const { stdout, exit } = await run(['config', '--config', file, '--theme', 'dark'], {
      PERPSCOPE_FPS: '5',
      PERPSCOPE_ENGINE__GATE__MIN_CELLS: '99',
    });
    expect(exit).toBe(0);
    const config = JSON.parse(stdout) as {
      assets: string[];
      fps: number;
      theme: string;
      engine: { gate: { minCells: number } };
    };
    expect(config).toMatchObject({ assets: ['SOL'], fps: 5, theme: 'dark' });
    expect(config.engine.gate.minCells).toBe(99);
  });

  test('the schema is JSON', async () => {
    const { exit, stdout } = await run(['schema']);
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toHaveProperty('$schema');
  });
});

describe('an output that takes nothing', () => {
  test.each([
    'schema',
    '--help',
    'demo --stream',
    'demo --snapshot --wait 1s',
    'scanner --demo --every 1s',
  ])('is told and ends %s with 1', async (args) => {
    const { code, stderr } = await inShell(`"$0" "$1" ${args} > /dev/full`);
    expect(stderr).toMatch(/^perpscope: cannot write to stdout: disk full\n/);
    expect(code).toBe(1);
  });

  test.each(['schema', '--help'])('is no error of %s when it went away', async (args) => {
    const { stderr } = await inShell(`"$0" "$1" ${args} | true`);
    expect(stderr).toBe('');
  });
});

describe('the simulated market, headless', () => {
  test('prints demo lines at once, is whole within seconds, and ends on SIGTERM with 143', async () => {
    const program = new Program(['demo', '--stream', '--seed', '3']);
    await program.until(
      'a frame in which everything lives',
      ({ lines }) =>
        lines.some((line) => {
          const frame = JSON.parse(line) as Frame;
          return (
            frame.type === 'frame' &&
            frame.drift.active.state === 'live' &&
            frame.regime.label.state === 'live' &&
            frame.cascade.level.state === 'live'
          );
        }),
      30_000,
    );
    program.child.kill('SIGTERM');
    expect(await program.ended).toBe(143);
    expect(program.stderr).toBe('');
    const lines = parsed(program.lines);
    expect(new Set(lines.map(({ source }) => source))).toEqual(new Set(['demo']));
    expect(lines.every(({ tsLocal }, at) => at === 0 || tsLocal >= lines[at - 1]!.tsLocal)).toBe(
      true,
    );
  });

  test('of all venues becomes whole, one market a little apart', async () => {
    const program = new Program(['demo', '--stream', '--seed', '3', '--assets', 'BTC'], {
      PERPSCOPE_VENUES: undefined,
    });
    const frames = () =>
      parsed(program.lines).filter((line): line is Frame => line.type === 'frame');
    const isWhole = ({ trust, funding }: Frame) =>
      trust.books.length > 5 &&
      trust.books.every(({ status }) => status === 'whole') &&
      Object.values(funding.byVenue).every(({ rate8h }) => rate8h.state === 'live');
    await program.until(
      'every book is whole',
      () =>
        frames()
          .slice(-1)
          .some((frame) => Object.keys(frame.funding.byVenue).length === 5 && isWhole(frame)),
      30_000,
    );
    program.child.kill('SIGTERM');
    expect(await program.ended).toBe(143);
    const last = frames().at(-1)!;
    expect(Object.keys(last.funding.byVenue).toSorted()).toEqual([
      'binance',
      'bybit',
      'deribit',
      'hyperliquid',
      'okx',
    ]);
    const mids = Object.values(last.book.byInstrument).flatMap(({ kind, mid }) =>
      kind === 'perp' && mid.state === 'live' ? [mid.value] : [],
    );
    expect(new Set(mids).size).toBeGreaterThan(1);
    expect(Math.max(...mids) / Math.min(...mids)).toBeLessThan(1.01);
    for (const { instrument, quoteMismatches } of last.trust.books)
      expect([instrument, quoteMismatches]).toEqual([instrument, 0]);
  });

  test('recorded and replayed, the lines are the same byte for byte', async () => {
    const tapes = path.join(scratch(), 'tapes');
    const live = new Program([
      'demo',
      '--stream',
      '--record',
      tapes,
      '--only',
      'frame,event,series',
    ]);
    await live.until('a few seconds', ({ lines }) => lines.length > 20);
    live.child.kill('SIGINT');
    expect(await live.ended).toBe(130);
    const replayed = await run([
      'replay',
      tapes,
      '--stream',
      '--as-recorded',
      '--only',
      'frame,event,series',
    ]);
    expect(replayed.stderr).toBe('');
    expect(replayed.exit).toBe(0);
    const lines = replayed.stdout.split('\n');
    live.lines.forEach((line, at) => {
      expect(lines[at], `line ${at}`).toBe(line);
    });
    expect(replayed.stdout).toBe(live.stdout);

    const marked = await run(['replay', tapes, '--stream']);
    const sources = parsed(marked.stdout.trimEnd().split('\n'));
    expect(sources.every(({ source, origin }) => source === 'replay' && origin === 'demo')).toBe(
      true,
    );
  });

  test('ends quietly when the reader goes away', async () => {
    for (const args of ['demo --stream', 'scanner --demo --every 1s']) {
      const { stderr } = await inShell(`"$0" "$1" ${args} | head -n 1 > /dev/null`);
      expect(stderr).toBe('');
    }
  });

  test('a recording ends with 0 on SIGINT, however early, and when its time is up', async () => {
    const folder = path.join(scratch(), 'not', 'there', 'yet');
    const program = new Program(['record', '--demo', '--out', folder]);
    // Made before anything else is started: nothing is recorded yet.
    await program.until('its folder', () => existsSync(folder));
    const before = Date.now();
    program.child.kill('SIGINT');
    expect(await program.ended).toBe(0);
    expect(Date.now() - before).toBeLessThan(3500);
    const timed = await run(['record', '--demo', '--out', folder, '--for', '1s']);
    expect(timed).toMatchObject({ exit: 0, stdout: '', stderr: '' });
    const played = await run(['replay', folder, '--stream', '--only', 'frame']);
    expect(played.exit).toBe(0);
    expect(played.stdout).not.toBe('');
  });

  test('a snapshot is complete and ends with 0', async () => {
    const { exit, stdout, stderr } = await run([
      'demo',
      '--snapshot',
      '--assets',
      'BTC',
      '--wait',
      '15s',
    ]);
    expect(stderr).toBe('');
    expect(exit).toBe(0);
    expect(parsed(stdout.trimEnd().split('\n'))).toMatchObject([
      { type: 'frame', asset: 'BTC', source: 'demo' },
    ]);
  });

  test('a snapshot as Markdown says where its numbers come from', async () => {
    const { exit, stdout } = await run(['demo', '--snapshot', '--format', 'md', '--assets', 'ETH']);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^## ETH · .* · demo$/m);
    expect(stdout).toContain('| OI-weighted 8h |');
  });

  test('a market that cannot be reached gives an incomplete snapshot and 3', async () => {
    const dead = 'http://127.0.0.1:9';
    const { exit, stdout, stderr } = await run([
      'snapshot',
      '--wait',
      '2s',
      '--set',
      `feeds.binance-usdm={"hosts":{"public":"ws://127.0.0.1:9","market":"ws://127.0.0.1:9","rest":"${dead}"}}`,
      '--set',
      `feeds.binance-spot={"hosts":{"ws":"ws://127.0.0.1:9","rest":"${dead}"}}`,
      '--set',
      `feeds.binance-coinm={"hosts":{"ws":"ws://127.0.0.1:9","rest":"${dead}"}}`,
    ]);
    expect(exit).toBe(3);
    expect(stderr).toContain('incomplete');
    for (const line of parsed(stdout.trimEnd().split('\n')))
      expect(line).toMatchObject({ source: 'live', price: { state: 'absent', value: null } });
  });
});

describe('recordings', () => {
  const tapes = [
    'binance-usdm/btcusdt-20240808.jsonl.gz',
    'binance-spot/btcusdt-20240808.jsonl.gz',
  ];

  recordedTest(
    'real captures replay to the same bytes twice, absent state absent with its reason',
    async () => {
      const args = ['replay', ...tapes.map(recordingPath), '--stream'];
      const [first, second] = await Promise.all([run(args), run(args)]);
      expect(first.exit).toBe(0);
      expect(second.stdout).toBe(first.stdout);
      const last = JSON.parse(first.stdout.trimEnd().split('\n').at(-1)!) as Record<string, never>;
      expect(last).toMatchObject({
        source: 'replay',
        origin: 'recording',
        asset: 'BTC',
        openInterest: {
          coin: { state: 'absent', value: null, reason: 'no open interest: binance' },
        },
        liquidations: { h1: { long: { state: 'absent' } } },
        book: {
          byInstrument: {
            'binance:BTC/USDT:USDT': {
              status: 'whole',
              bid: { value: 61659.7 },
              ask: { value: 61659.8 },
            },
            'binance:BTC/USDT': {
              status: 'whole',
              bid: { value: 61685.99 },
              ask: { value: 61686 },
            },
          },
        },
      });
      expect(last['tsLocal']).toBeGreaterThanOrEqual(1723161599_000000);
    },
  );

  test.each(['replay', 'audit'])('%s refuses a feed that it does not speak', async (command) => {
    const folder = path.join(scratch(), 'mtgox');
    mkdirSync(folder);
    const file = path.join(folder, 'tape.jsonl');
    writeFileSync(file, '{"t":1723075200000000,"chan":"depth","msg":"{}"}\n');
    const args = command === 'replay' ? [command, file, '--stream'] : [command, file];
    for (const more of [[], ['--feed', 'mtgox']]) {
      const { exit, stdout, stderr } = await run([...args, ...more]);
      expect(exit).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^perpscope: unknown venue "mtgox"; known are binance-usdm, .*\n$/);
    }
    expect((await run([...args, '--feed', 'binance-usdm'])).exit).toBe(0);
    writeFileSync(file, '');
    expect(await run(args)).toEqual({
      exit: 0,
      stdout: '',
      stderr: 'perpscope: the recording is empty\n',
    });
  });

  recordedTest(
    'a snapshot of a capture without open interest is incomplete, and printed all the same',
    async () => {
      const { exit, stdout } = await run(['replay', ...tapes.map(recordingPath), '--snapshot']);
      expect(exit).toBe(3);
      expect(parsed(stdout.trimEnd().split('\n'))).toHaveLength(1);
    },
  );
});
