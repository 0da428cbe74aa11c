import { PassThrough, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { runScreen } from '../../components/app.tsx';
import type { ScreenOptions, ScreenSink } from '../../components/screen-options.ts';
import { Surface } from '../../components/terminal/surface.ts';
import type { ScreenCommand } from '../../components/wishes.ts';
import { dark } from '../../themes/dark.ts';
import { Emulator } from './terminal/emulator.ts';

const PATIENCE_MS = 3000;

/** A screen on an emulated terminal, with a keyboard and a feed of its own. */
export interface OpenScreen {
  readonly sink: ScreenSink;
  readonly commands: readonly ScreenCommand[];
  readonly closed: Promise<void>;
  /** The lines of the terminal as they are now. */
  lines(): string[];
  text(): string;
  /** All that was sent to the terminal. */
  written(): string;
  press(...keys: string[]): void;
  resize(columns: number, rows: number): void;
  /** Waits until the terminal shows it. */
  until(condition: (text: string) => boolean): Promise<string>;
  close(): Promise<void>;
}

async function patiently(
  check: () => boolean | Promise<boolean>,
  what: () => string,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error(`never came true; the screen:\n${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function keyboardOf(): PassThrough & { setRawMode(): void } {
  return Object.assign(new PassThrough(), { setRawMode() {} });
}

type Given = Partial<
  Omit<ScreenOptions, 'stdin' | 'stdout' | 'surface' | 'subscribe' | 'onCommand'>
>;

function run(given: Given, stdin: PassThrough, stdout: unknown, surface: Surface | null) {
  const commands: ScreenCommand[] = [];
  let sink: ScreenSink | undefined;
  const closed = runScreen({
    theme: dark,
    colorLevel: 24,
    fps: 30,
    escapeMs: 5,
    ...given,
    stdin: stdin as unknown as ScreenOptions['stdin'],
    stdout: stdout as NodeJS.WriteStream,
    surface,
    onCommand: (command) => commands.push(command),
    subscribe(given) {
      sink = given;
      return () => {};
    },
  });
  return { commands, closed, sink: sink! };
}

/** The screen as a person gets it: Ink below, a surface that paints the panels. */
export function openScreen(columns: number, rows: number, given: Given = {}): OpenScreen {
  const terminal = new Emulator(columns, rows);
  const keyboard = keyboardOf();
  const surface = new Surface(terminal, { keepsLastCell: false, fps: 60 });
  const { commands, closed, sink } = run(given, keyboard, terminal, surface);
  const text = (): string => terminal.lines.join('\n');
  return {
    sink,
    commands,
    closed,
    lines: () => terminal.lines,
    text,
    written: () => terminal.writes.join(''),
    press: (...keys) => {
      for (const key of keys) keyboard.write(key);
    },
    resize: (w, h) => terminal.resize(w, h),
    async until(condition) {
      await patiently(async () => {
        await terminal.settled();
        return condition(text());
      }, text);
      return text();
    },
    async close() {
      sink.close();
      await closed;
      surface.close();
    },
  };
}

/** The screen without a surface: every row is Ink's text, every frame whole. */
export function openPlainScreen(columns: number, rows: number, given: Given = {}): OpenScreen {
  let last = '';
  const stdout = Object.assign(
    new Writable({
      decodeStrings: false,
      write(data: string, _, done) {
        // Ink also writes cursor and mode sequences by themselves.
        const plain = stripVTControlCharacters(data);
        if (plain.trim() !== '') last = plain;
        done();
      },
    }),
    { columns, rows, isTTY: true },
  );
  const keyboard = keyboardOf();
  const { commands, closed, sink } = run({ ...given, debug: true }, keyboard, stdout, null);
  const lines = (): string[] => last.split('\n');
  return {
    sink,
    commands,
    closed,
    lines,
    text: () => last,
    written: () => last,
    press: (...keys) => {
      for (const key of keys) keyboard.write(key);
    },
    resize(w, h) {
      Object.assign(stdout, { columns: w, rows: h });
      stdout.emit('resize');
    },
    async until(condition) {
      await patiently(
        () => condition(last),
        () => last,
      );
      return last;
    },
    async close() {
      sink.close();
      await closed;
    },
  };
}
