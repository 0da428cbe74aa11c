import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Whether this machine has util-linux' `script`, which gives a program a real pseudo-terminal without a native module. */
export const hasPty =
  process.platform === 'linux' &&
  existsSync('/usr/bin/script') &&
  (existsSync('/usr/bin/stty') || existsSync('/bin/stty'));

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export interface PtyOptions {
  readonly columns: number;
  readonly rows: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A program in a real pseudo-terminal, as bytes. */
export class RawPty {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly exited: Promise<number>;
  /** Bytes that the program has written. */
  bytes = 0;

  /**
   * @param onData  hears everything it writes.
   */
  constructor(
    command: readonly string[],
    options: PtyOptions,
    onData: (data: Buffer) => void = () => {},
  ) {
    const { columns, rows } = options;
    this.#folder = mkdtempSync(path.join(tmpdir(), 'perpscope-pty-'));
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
      onData(data);
    });
    // What is sent to a program that has just ended reaches nobody.
    this.#child.stdin!.on('error', () => {});
    this.exited = new Promise((resolve) => {
      this.#child.on('close', (code) => resolve(code ?? -1));
    });
  }

  #file(name: string): string {
    return path.join(this.#folder, name);
  }

  /** Process id of the program; undefined until it has been started. */
  get pid(): number | undefined {
    const file = this.#file('pid');
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  }

  send(keys: string): void {
    this.#child.stdin!.write(keys);
  }

  /** Stops reading what the program writes, so that its terminal fills up, or goes on. */
  hold(isHeld: boolean): void {
    if (isHeld) this.#child.stdout!.pause();
    else this.#child.stdout!.resume();
  }

  /** Another size for the window, as the person dragging its corner would give it. */
  resize(columns: number, rows: number): void {
    const tty = readFileSync(this.#file('tty'), 'utf8').trim();
    execFileSync('stty', ['-F', tty, 'cols', String(columns), 'rows', String(rows)]);
  }

  /** Sends a signal to the program itself. */
  signal(name: NodeJS.Signals): void {
    process.kill(this.pid!, name);
  }

  /** Ends whatever still runs. */
  async close(): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
