import type { EventEmitter } from 'node:events';
import { writeSync } from 'node:fs';

const ESC = '\u001B';

/** Exit codes that this module gives (DESIGN §3). */
const INTERNAL_ERROR = 70;
const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 } as const;
/** What a shell says of a program whose terminal was closed. */
const HANGUP = SIGNAL_CODES.SIGHUP;

export type ExitSignal = keyof typeof SIGNAL_CODES;

/** How long `onSignal` may take before the process ends regardless. */
const GRACE_MS = 2000;

/** Mouse, focus and paste reporting off, kitty's keyboard protocol popped, colours and margins back, cursor seen. */
const RESTORE = [
  `${ESC}[?1000l${ESC}[?1002l${ESC}[?1003l${ESC}[?1006l`,
  `${ESC}[?1004l${ESC}[?2004l`,
  `${ESC}[<u`,
  `${ESC}[?2026l`,
  `${ESC}[0m`,
  `${ESC}[?7h`,
].join('');
const SHOW_CURSOR = `${ESC}[?25h`;
const CLEAR = `${ESC}[2J`;
const LEAVE_ALTERNATE = `${ESC}[?1049l`;

/** The part of `process` that is needed; tests bring their own. */
export type ExitProcess = Pick<EventEmitter, 'on' | 'off'> & { exit(code: number): unknown };

/** Who draws, so that it stops before the terminal is restored: a `Surface` fits. */
export interface Drawer {
  readonly isAlternate: boolean;
  close(): void;
  /** Stops drawing and settles once the terminal has answered what it was asked; null when it owes nothing. */
  hush?(): Promise<void> | null;
}

/** `process.stdout` fits. */
export interface ErrorSource {
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  off(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

export interface ExitOptions {
  readonly stdout: ErrorSource;
  /** Absent in a command without a screen: then nothing is written to stdout. */
  readonly surface?: Drawer;
  /** Told first, the terminal already restored: flush, checkpoint. A promise is awaited for at most two seconds; a second signal ends at once. */
  readonly onSignal?: (signal: ExitSignal) => void | Promise<void>;
  /** Told of our own mistakes, for the log; the stack goes there and not to the terminal. */
  readonly onCrash?: (error: unknown) => void;
  readonly process?: ExitProcess;
  /** Writes at once; the default writes to descriptors 1 and 2. */
  readonly write?: (descriptor: 1 | 2, text: string) => void;
  /** Writes to the terminal of the screen at once, where that is not plainly descriptor 1; false says that it takes nothing, and then nothing more is written. */
  readonly writeScreen?: (text: string) => boolean;
}

/** What `installExit` hands back. */
export interface ExitGuard {
  /** Puts the terminal back as it was, once; later calls do nothing. */
  restore(): void;
  /** Restores, prints a message if there is one, and ends the process. */
  exit(code: number, message?: string): void;
  /** Takes the handlers away again without restoring anything. */
  dispose(): void;
}

/**
 * Sees to it that the terminal is whole again whatever ends the process: signals (128 + n), a closed terminal (129, quietly), our own
 * mistakes (70, one short message), `process.exit`. Everything is written synchronously.
 */
export function installExit(options: ExitOptions): ExitGuard {
  const host: ExitProcess = options.process ?? process;
  const write = options.write ?? writeAll;
  const writeScreen =
    options.writeScreen ??
    ((text: string) => {
      write(1, text);
      return true;
    });
  let isStuck = false;
  let isRestored = false;
  let isEnding = false;

  function restore(): void {
    if (isRestored) return;
    isRestored = true;
    const { surface } = options;
    if (surface === undefined) return;
    const leave = surface.isAlternate ? CLEAR + LEAVE_ALTERNATE : '';
    // Ink writes its own farewell when it unmounts; a closed surface drops it.
    surface.close();
    isStuck = !writeScreen(RESTORE + leave + SHOW_CURSOR);
  }

  function exit(code: number, message?: string): void {
    restore();
    if (message !== undefined && !isStuck)
      write(2, message.endsWith('\n') ? message : `${message}\n`);
    host.exit(code);
  }

  const onSignal = (signal: ExitSignal): void => {
    const answers = isEnding || isRestored ? null : (options.surface?.hush?.() ?? null);
    // What the terminal still has to say would be typed into the shell. A terminal that is gone says nothing.
    if (answers === null || signal === 'SIGHUP') end(signal);
    else {
      answers.then(() => end(signal), crash);
    }
  };

  function end(signal: ExitSignal): void {
    const code = SIGNAL_CODES[signal];
    restore();
    if (isEnding || options.onSignal === undefined) {
      exit(code);
      return;
    }
    isEnding = true;
    const timer = setTimeout(() => exit(code), GRACE_MS);
    const done = (): void => {
      clearTimeout(timer);
      exit(code);
    };
    try {
      Promise.resolve(options.onSignal(signal)).then(done, crash);
    } catch (error) {
      crash(error);
    }
  }

  function crash(error: unknown): void {
    restore();
    try {
      options.onCrash?.(error);
    } catch {
      // The log is broken as well; the message below is what remains.
    }
    exit(INTERNAL_ERROR, `perpscope: internal error: ${firstLine(error)}`);
  }

  const onOutputError = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE' || error.code === 'EIO') exit(HANGUP);
    else crash(error);
  };

  const signals = Object.keys(SIGNAL_CODES) as ExitSignal[];
  const listeners = signals.map((signal) => [signal, () => onSignal(signal)] as const);
  for (const [signal, listener] of listeners) host.on(signal, listener);
  host.on('uncaughtException', crash);
  host.on('unhandledRejection', crash);
  host.on('exit', restore);
  options.stdout.on('error', onOutputError);

  return {
    restore,
    exit,
    dispose() {
      for (const [signal, listener] of listeners) host.off(signal, listener);
      host.off('uncaughtException', crash);
      host.off('unhandledRejection', crash);
      host.off('exit', restore);
      options.stdout.off('error', onOutputError);
    },
  };
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0]!.slice(0, 300);
}

/** A terminal whose buffer is full says EAGAIN when it is non-blocking; it is asked this often before the rest is given up. */
const MAX_ATTEMPTS = 50;

function writeAll(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  for (let attempt = 0; written < bytes.length && attempt < MAX_ATTEMPTS; attempt++) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return; // the terminal is gone
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}
