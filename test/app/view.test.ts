import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test as anyTest, describe, expect, onTestFinished } from 'vitest';
import { event, frame, series } from '../support/frames.ts';
import { cleanEnvironment, PROGRAM, Program, scratch } from '../support/program.ts';
import { hasPty, Pty } from '../support/pty.ts';

const test = anyTest.skipIf(!hasPty);

function open(command: readonly string[], env = cleanEnvironment()): Pty {
  const pty = new Pty(command, { columns: 120, rows: 40, env });
  onTestFinished(() => pty.close());
  return pty;
}

const lines = [series(), event('gateOpened', 'BTC gate opened'), frame()]
  .map((line) => `${JSON.stringify(line)}\n`)
  .join('');

describe('a screen from lines', () => {
  test('reads stdin, takes keys from the terminal and stays open at the end', async () => {
    const file = path.join(scratch(), 'lines');
    writeFileSync(file, `nonsense\n${lines}`);
    const shell = `cat ${file} | "${process.execPath}" "${PROGRAM}" view -`;
    const pty = open(['sh', '-c', shell]);
    await pty.until('the price of the frame', (text) => /61,832\.4/.test(text));
    await pty.until('the end of the stream', (text) => /the stream is over/.test(text));
    expect(pty.text).toMatch(/BTC gate opened/);
    expect(pty.text).toMatch(/1 line left out: no JSON/);
    pty.send('?');
    await pty.until('help', (text) => /Esc closes/.test(text));
    pty.send('qq');
    expect(await pty.exited).toBe(0);
    expect(pty.isAlternate).toBe(false);
  });

  test('shows a demo of another process as what it is', async () => {
    const node = `"${process.execPath}" "${PROGRAM}"`;
    const pty = open(['sh', '-c', `${node} demo --stream --assets BTC | ${node} view -`]);
    await pty.until('a living market', (text) => /DEMO/.test(text) && /\d,\d{3}\.\d/.test(text));
    pty.send('q');
    expect(await pty.exited).toBe(0);
  });

  anyTest.each([
    [['view'], 2, /missing required argument/],
    [['view', '/no/such/file'], 2, /stdout is no terminal/],
    [['attach'], 2, /stdout is no terminal/],
    [['serve', '--demo', '--socket', '/dev/null/x.sock'], 1, /cannot make \/dev\/null/],
  ] as const)('%j is refused', (args, code, text) => {
    const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
      encoding: 'utf8',
      env: cleanEnvironment(),
      timeout: 15_000,
    });
    expect(stderr).toMatch(text);
    expect(status).toBe(code);
  });
});

describe('screens on one engine', () => {
  test('nobody serves: says how to begin', async () => {
    const pty = open([process.execPath, PROGRAM, 'attach', '--socket', '/no/such.sock']);
    expect(await pty.exited).toBe(1);
    expect(pty.text).toMatch(/nobody serves .*start `perpscope serve`/s);
  });

  test('a screen outlives the engine it is attached to', async () => {
    const socket = path.join(scratch(), 'p.sock');
    const begin = () =>
      new Program(['serve', '--demo', '--assets', 'BTC', '--socket', socket, '--seed', '3']);
    const first = begin();
    await first.until('the socket', ({ stderr }) => /serving/.test(stderr));
    const pty = open([process.execPath, PROGRAM, 'attach', '--socket', socket]);
    const other = open([process.execPath, PROGRAM, 'attach', '--socket', socket]);
    const isAlive = (text: string) => /DEMO/.test(text) && /\d,\d{3}\.\d/.test(text);
    await pty.until('a living market', isAlive);
    await other.until('a living market', isAlive);
    other.send('q');
    expect(await other.exited).toBe(0);
    first.child.kill('SIGKILL');
    await pty.until('word of it', (text) => /the server is gone; waiting for it/.test(text));
    const second = begin();
    await pty.until('word of the next', (text) => /attached again/.test(text));
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(143);
    pty.send('q');
    expect(await pty.exited).toBe(0);
  });
});
