import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ExitOptions, installExit } from '../../../components/terminal/exit.ts';

const ESC = '\u001B';

/** A process and a terminal that only remember what was done to them. */
function rig(options: Partial<ExitOptions> = {}, isAlternate = true) {
  const done: string[] = [];
  const host = Object.assign(new EventEmitter(), {
    exit(code: number) {
      done.push(`exit ${code}`);
      host.emit('exit', code);
    },
  });
  const stdout = new EventEmitter();
  const guard = installExit({
    stdout,
    surface: { isAlternate, close: () => done.push('surface closed') },
    process: host,
    write: (descriptor, text) => done.push(`${descriptor}:${text}`),
    ...options,
  });
  return { host, stdout, guard, done };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('restoring', () => {
  test('switches off every report, ends colours, gives margins and cursor back, and leaves the alternate screen last', () => {
    const { guard, done } = rig();
    guard.restore();
    expect(done[0]).toBe('surface closed');
    const text = done[1]!;
    for (const mode of [1000, 1002, 1003, 1006, 1004, 2004]) {
      expect(text).toContain(`${ESC}[?${mode}l`);
    }
    expect(text).toContain(`${ESC}[<u`);
    expect(text).toContain(`${ESC}[0m`);
    expect(text).toContain(`${ESC}[?7h`);
    expect(text.endsWith(`${ESC}[2J${ESC}[?1049l${ESC}[?25h`)).toBe(true);
    expect(text.split('?1049l')).toHaveLength(2);
  });

  test('happens once', () => {
    const { guard, done, host } = rig();
    guard.restore();
    guard.restore();
    host.emit('exit', 0);
    expect(done).toHaveLength(2);
  });

  test('does not leave an alternate screen that was left already', () => {
    const { guard, done } = rig({}, false);
    guard.restore();
    expect(done[1]).not.toContain('1049');
    expect(done[1]).not.toContain(`${ESC}[2J`);
  });

  test('writes nothing in a command without a screen', () => {
    const done: string[] = [];
    const guard = installExit({
      stdout: new EventEmitter(),
      process: Object.assign(new EventEmitter(), { exit: () => undefined }),
      write: (_, text) => done.push(text),
    });
    guard.restore();
    expect(done).toEqual([]);
  });

  test('says nothing more to a terminal that takes nothing', () => {
    const { guard, done } = rig({ writeScreen: () => false });
    guard.exit(2, 'usage');
    expect(done).toEqual(['surface closed', 'exit 2']);
  });

  test('a signal waits for what the terminal still has to say, unless it is gone', async () => {
    let answer = (): void => {};
    const surface = {
      isAlternate: true,
      close: () => {},
      hush: () =>
        new Promise<void>((resolve) => {
          answer = resolve;
        }),
    };
    const waiting = rig({ surface });
    waiting.host.emit('SIGTERM');
    expect(waiting.done).toEqual([]);
    answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(waiting.done.at(-1)).toBe('exit 143');
    const gone = rig({ surface });
    gone.host.emit('SIGHUP');
    expect(gone.done.at(-1)).toBe('exit 129');
  });

  test('process.exit from anywhere restores', () => {
    const { host, done } = rig();
    host.exit(3);
    expect(done[0]).toBe('exit 3');
    expect(done[1]).toBe('surface closed');
  });
});

describe('ends', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
  ])('%s ends with %i, the terminal restored before', (signal, code) => {
    const { host, done } = rig();
    host.emit(signal, signal);
    expect(done[0]).toBe('surface closed');
    expect(done[1]).toContain('1049l');
    expect(done.slice(2)).toEqual([`exit ${code}`]);
  });

  test('a signal waits for what is still to be saved, but not for ever', async () => {
    let saved = (): void => {};
    const onSignal = vi.fn(
      () =>
        new Promise<void>((resolve) => {
          saved = resolve;
        }),
    );
    const first = rig({ onSignal });
    first.host.emit('SIGTERM');
    expect(onSignal).toHaveBeenCalledWith('SIGTERM');
    expect(first.done).not.toContain('exit 143');
    saved();
    await vi.advanceTimersByTimeAsync(0);
    expect(first.done).toContain('exit 143');

    const second = rig({ onSignal });
    second.host.emit('SIGTERM');
    vi.advanceTimersByTime(2000);
    expect(second.done).toContain('exit 143');

    const third = rig({ onSignal });
    third.host.emit('SIGTERM');
    third.host.emit('SIGINT');
    expect(third.done).toContain('exit 130');
  });

  test('our own mistake ends with 70, one short line and the detail for the log', () => {
    const onCrash = vi.fn();
    for (const event of ['uncaughtException', 'unhandledRejection']) {
      const { host, done } = rig({ onCrash });
      const error = new Error('Invariant: a whole book is not crossed\nmore');
      host.emit(event, error);
      expect(done.slice(2)).toEqual([
        '2:perpscope: internal error: Invariant: a whole book is not crossed\n',
        'exit 70',
      ]);
      expect(onCrash).toHaveBeenCalledWith(error);
    }
  });

  test('a log that is broken as well does not hide the mistake', () => {
    const { host, done } = rig({
      onCrash: () => {
        throw new Error('disk full');
      },
    });
    host.emit('uncaughtException', new Error('first'));
    expect(done.slice(2)).toEqual(['2:perpscope: internal error: first\n', 'exit 70']);
  });

  test('a failing save is our own mistake', async () => {
    const { host, done } = rig({ onSignal: () => Promise.reject(new Error('save')) });
    host.emit('SIGTERM');
    await vi.advanceTimersByTimeAsync(0);
    expect(done).toContain('exit 70');
  });

  test.each(['EPIPE', 'EIO'])('a terminal that is gone (%s) ends with 129 and no word', (code) => {
    const { stdout, done } = rig();
    stdout.emit('error', Object.assign(new Error('write'), { code }));
    expect(done.filter((one) => one.startsWith('2:'))).toEqual([]);
    expect(done).toContain('exit 129');
  });

  test('any other failure to write is reported', () => {
    const { stdout, done } = rig();
    stdout.emit('error', Object.assign(new Error('no space left'), { code: 'ENOSPC' }));
    expect(done).toContain('2:perpscope: internal error: no space left\n');
    expect(done).toContain('exit 70');
  });

  test('a message comes after the terminal is restored', () => {
    const { guard, done } = rig();
    guard.exit(2, 'usage');
    expect(done.slice(1)).toEqual([expect.stringContaining('1049l'), '2:usage\n', 'exit 2']);
  });

  test('disposing takes every handler away', () => {
    const { guard, host, stdout } = rig();
    guard.dispose();
    expect(host.eventNames()).toEqual([]);
    expect(stdout.eventNames()).toEqual([]);
  });
});

describe('a real process', () => {
  const children: ChildProcess[] = [];
  beforeEach(() => {
    vi.useRealTimers();
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  const exitModule = new URL('../../../components/terminal/exit.ts', import.meta.url).href;

  /** Runs a program with an open alternate screen; resolves with what it left. */
  async function run(body: string, act?: (child: ChildProcess) => void) {
    const program = `
      import { installExit } from ${JSON.stringify(exitModule)};
      installExit({ stdout: process.stdout, surface: { isAlternate: true, close() {} } });
      const idle = setInterval(() => {}, 1000);
      process.stdout.write('ready');
      ${body}`;
    const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', program]);
    children.push(child);
    let out = '';
    let errors = '';
    child.stderr.on('data', (data: Buffer) => {
      errors += String(data);
    });
    child.stdout.on('data', (data: Buffer) => {
      if (!out.includes('ready') && (out + String(data)).includes('ready')) act?.(child);
      out += String(data);
    });
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
      child.on('close', (...end) => resolve(end));
    });
    return { out, errors, code, signal };
  }

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGQUIT', 131],
  ] as const)('%s: restored once, exit %i', async (signal, expected) => {
    const { out, code, errors } = await run('', (child) => child.kill(signal));
    expect(code).toBe(expected);
    expect(out.split('?1049l')).toHaveLength(2);
    expect(errors).toBe('');
  });

  test('a throw in a timer: restored, one line, exit 70', async () => {
    const { out, code, errors } = await run(`setTimeout(() => { throw new Error('boom'); }, 1);`);
    expect(code).toBe(70);
    expect(out).toContain('?1049l');
    expect(errors).toBe('perpscope: internal error: boom\n');
  });

  test('a closed pipe: quiet, exit 129', async () => {
    const { code, errors } = await run(
      `process.stdin.once('data', () => setInterval(() => process.stdout.write('x'.repeat(65536)), 1));`,
      (child) => {
        child.stdout?.destroy();
        child.stdin?.write('go');
      },
    );
    expect(code).toBe(129);
    expect(errors).toBe('');
  });
});
