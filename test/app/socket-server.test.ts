import { spawn } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { startAttachSession } from '../../src/app/attach-session.ts';
import type { SessionMessage, Watched } from '../../src/app/job.ts';
import { SocketServer } from '../../src/app/socket-server.ts';
import { frame } from '../support/frames.ts';
import { scratch } from '../support/program.ts';

const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 5000, interval: 5 });

async function serve(file: string) {
  const told: (readonly Watched[])[] = [];
  const server = await SocketServer.open({ file, onWatch: (watched) => told.push(watched) });
  onTestFinished(() => server.close());
  return { server, told };
}

/** What somebody at the other end has heard. */
function listen(file: string): { readonly socket: Socket; readonly lines: unknown[] } {
  const lines: unknown[] = [];
  let waiting = '';
  const socket = connect(file);
  socket.setEncoding('utf8').on('data', (piece: string) => {
    const parts = (waiting + piece).split('\n');
    waiting = parts.pop()!;
    lines.push(...parts.map((part) => JSON.parse(part) as unknown));
  });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  return { socket, lines };
}

const LISTEN = "require('net').createServer().listen(process.argv[1], () => console.log(1))";

const socketIn = (folder = scratch()) => path.join(folder, 'run', 'perpscope.sock');

describe('the shared engine', () => {
  test('tells every screen the same, and one that comes later what the others know', async () => {
    const file = socketIn();
    const { server } = await serve(file);
    const early = listen(file);
    await until(() => server.screens === 1);
    server.send(frame({ seconds: 1 }));
    await until(() => early.lines.length === 1);
    const late = listen(file);
    await until(() => late.lines.length === 1);
    server.send(frame({ seconds: 2 }));
    await until(() => early.lines.length === 2 && late.lines.length === 2);
    expect(late.lines).toEqual(early.lines);
  });

  test('is open to its owner alone', async () => {
    const file = socketIn();
    await serve(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  });

  test('hears what each screen looks at, forgets those that leave, and nonsense', async () => {
    const file = socketIn();
    const { server, told } = await serve(file);
    const one = listen(file);
    const other = listen(file);
    one.socket.write('{"asset":"BTC","fps":10}\n');
    await until(() => told.at(-1)?.length === 1);
    other.socket.write('nonsense\n{"asset":7,"fps":1}\n{"asset":"ETH","fps":-1}\n{"asset":"ETH",');
    other.socket.write('"fps":4}\n');
    await until(() => told.at(-1)?.length === 2);
    expect(told.at(-1)).toEqual([
      { asset: 'BTC', fps: 10 },
      { asset: 'ETH', fps: 4 },
    ]);
    one.socket.destroy();
    await until(() => told.at(-1)?.length === 1);
    other.socket.write('x'.repeat(5000));
    await until(() => server.screens === 0);
  });

  test('hears whether a screen explains numbers', async () => {
    const file = socketIn();
    const { told } = await serve(file);
    listen(file).socket.write('{"asset":"BTC","fps":2,"withGrounds":true}\n');
    await until(() => told.at(-1)?.length === 1);
    expect(told.at(-1)).toEqual([{ asset: 'BTC', fps: 2, withGrounds: true }]);
  });

  test('goes on past a screen that does not read', async () => {
    const file = socketIn();
    const { server } = await serve(file);
    const deaf = connect(file);
    onTestFinished(() => void deaf.destroy());
    deaf.pause();
    const good = listen(file);
    await until(() => server.screens === 2);
    for (let i = 0; i < 400; i += 1) server.send(frame({ seconds: i }));
    await until(() => good.lines.length === 400);
  });

  test('takes the place of one that died, and not of one that lives', async () => {
    const file = socketIn();
    const { server } = await serve(file);
    await expect(SocketServer.open({ file, onWatch: () => {} })).rejects.toThrow(
      `another perpscope serves ${file}`,
    );
    await server.close();
    // What a server that was killed leaves behind.
    const dead = spawn(process.execPath, ['-e', LISTEN, file], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await new Promise((resolve) => dead.stdout.once('data', resolve));
    dead.kill('SIGKILL');
    await new Promise((resolve) => dead.once('close', resolve));
    expect(statSync(file).isSocket()).toBe(true);
    await serve(file);
    expect(statSync(file).isSocket()).toBe(true);
  });

  test('takes no file away that is no socket', async () => {
    const folder = scratch();
    const file = path.join(folder, 'notes.txt');
    writeFileSync(file, 'mine');
    await expect(SocketServer.open({ file, onWatch: () => {} })).rejects.toThrow(
      'is there and no socket',
    );
  });
});

test('a screen outlives the server and finds the next one, with what it looks at', async () => {
  const file = socketIn();
  const first = await serve(file);
  const heard: SessionMessage[] = [];
  const session = startAttachSession(file, (message) => heard.push(message));
  onTestFinished(() => session.tell({ kind: 'close' }));
  session.tell({ kind: 'watch', watched: [{ asset: 'BTC', fps: 4 }] });
  await until(() => first.told.at(-1)?.length === 1);
  first.server.send(frame());
  await until(() => heard.some(({ kind }) => kind === 'line'));
  await first.server.close();
  await until(() =>
    heard.some((message) => message.kind === 'notice' && /gone/.test(message.text)),
  );
  const second = await serve(file);
  await until(() => second.told.at(-1)?.length === 1);
  expect(second.told.at(-1)).toEqual([{ asset: 'BTC', fps: 4 }]);
  second.server.send(frame({ seconds: 5 }));
  await until(() => heard.filter(({ kind }) => kind === 'line').length === 2);
  expect(heard.filter(({ kind }) => kind === 'notice')).toEqual([
    { kind: 'notice', text: 'the server is gone; waiting for it' },
    { kind: 'notice', text: 'attached again' },
  ]);
  session.tell({ kind: 'close' });
  await session.done;
});
