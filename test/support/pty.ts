import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import xterm from '@xterm/headless';

/** Whether this machine has util-linux' `script`, which gives a program a real pseudo-terminal without a native module. */
export const hasPty =
  process.platform === 'linux' && existsSync('/usr/bin/script') && existsSync('/usr/bin/stty')
    ? true
    : process.platform === 'linux' && existsSync('/usr/bin/script') && existsSync('/bin/stty');

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export interface PtyOptions {
  readonly columns: number;
  readonly rows: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A program in a real pseudo-terminal with a terminal emulator looking at it. */
export class Pty {
  readonly #child: ChildProcess;
  readonly terminal: InstanceType<typeof xterm.Terminal>;
  readonly #folder: string;
  readonly exited: Promise<number>;
  /** Bytes that the program has written. */
  bytes = 0;

  constructor(command: readonly string[], options: PtyOptions) {
    const { columns, rows } = options;
    this.#folder = mkdtempSync(path.join(tmpdir(), 'perpscope-pty-'));
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    const setup = `stty cols ${columns} rows ${rows}; tty > ${this.#file('tty')}; echo $$ > ${this.#file('pid')}`;
    this.#child = spawn(
      'script',
      ['-qfec', `${setup}; exec ${command.map(quoted).join(' ')}`, '/dev/null'],
      {
        stdio: ['pipe', 'pipe', 'ignore'],
        env: { ...process.env, TERM: 'xterm-256color', COLORTERM: 'truecolor', ...options.env },
      },
    );
    this.#child.stdout!.on('data', (data: Buffer) => {
      this.bytes += data.length;
      this.terminal.write(data);
    });
    this.exited = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        this.terminal.write('', () => resolve(code ?? -1));
      });
    });
  }

  #file(name: string): string {
    return path.join(this.#folder, name);
  }

  /** Rows of the screen as text, without trailing blanks. */
  screen(): string[] {
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.terminal.rows }, (_, y) =>
      (active.getLine(active.viewportY + y)?.translateToString(true) ?? '').trimEnd(),
    );
  }

  get text(): string {
    return this.screen().join('\n');
  }

  get isAlternate(): boolean {
    return this.terminal.buffer.active.type === 'alternate';
  }

  send(keys: string): void {
    this.#child.stdin!.write(keys);
  }

  /** Another size for the window, as the person dragging its corner would give it. */
  resize(columns: number, rows: number): void {
    const tty = readFileSync(this.#file('tty'), 'utf8').trim();
    this.terminal.resize(columns, rows);
    execFileSync('stty', ['-F', tty, 'cols', String(columns), 'rows', String(rows)]);
  }

  /** Sends a signal to the program itself. */
  signal(name: NodeJS.Signals): void {
    process.kill(Number(readFileSync(this.#file('pid'), 'utf8')), name);
  }

  /** Waits until the screen satisfies a condition; the screen is part of the error when it never does. */
  async until(what: string, condition: (text: string) => boolean, ms = 15_000): Promise<void> {
    const end = Date.now() + ms;
    while (!condition(this.text)) {
      if (Date.now() > end) throw new Error(`never came: ${what}\n${this.text}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends whatever still runs. */
  async close(): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
