import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { explain } from '../../src/frame/explain.ts';
import type { Frame } from '../../src/frame/frame.ts';
import { cleanEnvironment, PROGRAM, scratch } from '../support/program.ts';

/** Runs the built program to its end. */
function run(args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    input,
    encoding: 'utf8',
    env: cleanEnvironment(),
    maxBuffer: 64 * 2 ** 20,
    timeout: 15_000,
  });
  return { status, stdout, stderr };
}

const OIB = 'book.byInstrument.binance:BTC/USDT:USDT.oibEwma';

describe('explain', () => {
  const demo = ['--assets', 'BTC', '--wait', '4s'];
  let stdout = '';
  /** One snapshot for all of them. */
  const taken = (): string => {
    stdout ||= run(['demo', '--snapshot', '--lineage', ...demo]).stdout;
    return stdout;
  };

  test('tells of a snapshot that was taken with its lineage', () => {
    const frame = JSON.parse(taken()) as Frame;
    expect(frame.grounds?.[OIB]).toEqual({ parameters: { halfLifeSeconds: 30 } });
    const file = path.join(scratch(), 'snapshot.json');
    writeFileSync(file, taken());
    const { status, stdout, stderr } = run(['explain', OIB, '--from', file]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^BTC book\.byInstrument\.binance:BTC\/USDT:USDT\.oibEwma {2}-?\d/);
    expect(lines[1]).toBe('  = EWMA of OIB  [SPEC §4]');
    expect(lines[2]).toMatch(/^ {2}at 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d, demo$/);
    expect(lines[4]).toMatch(
      / {4}book\S+\.oib {2}-?[\d.]+ {2}binance:BTC\/USDT:USDT {2}heard .*, .* ago$/,
    );
    expect(lines.at(-1)).toBe('  with halfLifeSeconds 30');
  });

  test('reads stdin and prints what the engine would say as JSON', () => {
    const frame = JSON.parse(taken()) as Frame;
    const { status, stdout } = run(
      ['explain', 'basis.fair', '--from', '-', '--format', 'json'],
      `${JSON.stringify({ type: 'event' })}\n${taken()}`,
    );
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(explain(frame, 'basis.fair'))));
  });

  test('ends with 3 where the number is not live, and says why it is not', () => {
    const frame = JSON.parse(taken()) as Frame;
    const hollow = { ...frame, price: { state: 'absent', value: null, reason: 'book resyncing' } };
    const { status, stdout } = run(['explain', 'price', '--from', '-'], JSON.stringify(hollow));
    expect(status).toBe(3);
    expect(stdout).toContain('BTC price  — (book resyncing)');
  });

  test.each([
    ['a path that names a group', ['drift'], null, 2, /no number at 'drift'; there is drift\./],
    ['a path of nothing', ['x.y'], null, 2, /^perpscope: no number at 'x\.y'\n$/],
    ['a file that is no JSON', ['price'], 'hello\n', 1, /line 1 is no JSON/],
    ['a file without frames', ['price'], '{}\n', 1, /no frame of version 1/],
    ['no file', ['price', '--from', '/no/such'], '', 1, /cannot read \/no\/such/],
    ['no path', [], '', 2, /missing required argument/],
  ] as const)('answers %s with an error', (_, args, input, code, text) => {
    const from =
      (args as readonly string[]).includes('--from') || args.length === 0 ? [] : ['--from', '-'];
    const { status, stderr, stdout } = run(['explain', ...args, ...from], input ?? taken());
    expect(stderr).toMatch(text);
    expect(status).toBe(code);
    expect(stdout).toBe('');
  });
});
