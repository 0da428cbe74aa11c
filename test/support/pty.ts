import xterm from '@xterm/headless';
import { type PtyOptions, RawPty } from './raw-pty.ts';

export { hasPty } from './raw-pty.ts';

/** A program in a real pseudo-terminal with a terminal emulator looking at it. */
export class Pty {
  readonly #raw: RawPty;
  readonly terminal: InstanceType<typeof xterm.Terminal>;
  readonly exited: Promise<number>;

  constructor(command: readonly string[], options: PtyOptions) {
    const { columns, rows } = options;
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    this.#raw = new RawPty(command, options, (data) => this.terminal.write(data));
    // What a terminal says by itself: answers to questions.
    this.terminal.onData((text) => this.#raw.send(text));
    // Once everything it wrote can be seen.
    this.exited = this.#raw.exited.then(
      (code) => new Promise((resolve) => this.terminal.write('', () => resolve(code))),
    );
  }

  /** Bytes that the program has written. */
  get bytes(): number {
    return this.#raw.bytes;
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
    this.#raw.send(keys);
  }

  /** Another size for the window, as the person dragging its corner would give it. */
  resize(columns: number, rows: number): void {
    this.terminal.resize(columns, rows);
    this.#raw.resize(columns, rows);
  }

  /** Sends a signal to the program itself. */
  signal(name: NodeJS.Signals): void {
    this.#raw.signal(name);
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
    await this.#raw.close();
  }
}
