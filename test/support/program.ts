import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

const root = path.resolve(import.meta.dirname, '..', '..');

/** The program as `npm ci` leaves it. */
export const PROGRAM = path.join(root, 'bin', 'perpscope.js');

/** A folder that is gone after the test. */
export function scratch(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'perpscope-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An environment without the settings of whoever runs the tests. One venue is enough for most of what is tested here, and starts sooner. */
export function cleanEnvironment(
  more: Readonly<Record<string, string | undefined>> = {},
): NodeJS.ProcessEnv {
  const folder = scratch();
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of Object.keys(env))
    if (/^(?:PERPSCOPE_|FORCE_COLOR|NO_COLOR|SSH_)/.test(name)) delete env[name];
  return {
    ...env,
    XDG_CONFIG_HOME: path.join(folder, 'config'),
    XDG_STATE_HOME: path.join(folder, 'state'),
    XDG_DATA_HOME: path.join(folder, 'data'),
    PERPSCOPE_VENUES: 'binance',
    ...more,
  };
}

/** The built program, running, with what it has printed so far. */
export class Program {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;

  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>> = {},
    { program = PROGRAM }: { readonly program?: string } = {},
  ) {
    this.child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: cleanEnvironment(env),
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => resolve(code ?? signal));
    });
    onTestFinished(() => {
      if (this.child.exitCode === null && this.child.signalCode === null)
        this.child.kill('SIGKILL');
    });
  }

  /** Lines printed so far, whole ones only. */
  get lines(): string[] {
    return this.stdout.split('\n').slice(0, -1);
  }

  /** Waits until what was printed satisfies a condition, or the program ends. */
  async until(what: string, condition: (program: this) => boolean, ms = 15_000): Promise<void> {
    const end = Date.now() + ms;
    while (!condition(this)) {
      if (Date.now() > end || this.child.exitCode !== null)
        throw new Error(`never came: ${what}\n${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

/** Runs the program to its end. */
export async function run(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  which: { readonly program?: string } = {},
): Promise<{
  readonly exit: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}> {
  const program = new Program(args, env, which);
  const exit = await program.ended;
  return { exit, stdout: program.stdout, stderr: program.stderr };
}
