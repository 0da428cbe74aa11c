import { EventEmitter } from 'node:events';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import type { TerminalOutput } from './surface.ts';

/** Pauses between attempts while a terminal takes nothing, ms: first and longest. */
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 16;
/** How long the last words wait for a terminal that takes nothing, ms. */
const LAST_WORDS_MS = 2000;

/** Writes as much as is taken at once and says how much that was; throws EAGAIN when nothing is. */
export type WriteNow = (bytes: Uint8Array) => number;

/** `process.stdout` fits: who knows the terminal's size. */
export interface TerminalSize extends Pick<EventEmitter, 'on' | 'off'> {
  readonly columns?: number;
  readonly rows?: number;
  getColorDepth?(env?: object): number;
}

export interface TtyOutputOptions {
  readonly size: TerminalSize;
  readonly write: WriteNow;
  /** Gives the descriptor back. */
  readonly close?: () => void;
  /** Milliseconds on any clock that does not jump. */
  readonly now?: () => number;
  /** Blocks for so many ms. */
  readonly sleep?: (ms: number) => void;
}

/**
 * A terminal that is never waited for: what it does not take at once goes out bit by bit while the program goes on.
 *
 * Errors come as `error`, as from a stream: EIO and EPIPE say that the terminal is gone.
 */
export class TtyOutput extends EventEmitter implements TerminalOutput {
  readonly isTTY = true;
  readonly #size: TerminalSize;
  readonly #options: TtyOutputOptions;
  #waiting: Uint8Array = new Uint8Array();
  #pauseMs = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;
  #isGone = false;

  constructor(options: TtyOutputOptions) {
    super();
    this.#options = options;
    this.#size = options.size;
    this.#size.on('resize', this.#onResize);
    this.#size.on('close', this.#onClose);
  }

  get columns(): number {
    return this.#size.columns ?? 80;
  }

  get rows(): number {
    return this.#size.rows ?? 24;
  }

  getColorDepth(env?: object): number {
    return this.#size.getColorDepth?.(env) ?? 1;
  }

  /** @returns false when some of it waits for the terminal; `drain` tells when it is gone. */
  write(data: Uint8Array | string): boolean {
    if (this.#isGone) return true;
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    this.#waiting = this.#waiting.length === 0 ? bytes : Buffer.concat([this.#waiting, bytes]);
    if (this.#timer !== undefined) return false;
    this.#pump();
    return this.#waiting.length === 0;
  }

  /** Drops what the terminal has not taken yet, also in the middle of a sequence: what comes next begins with ESC, which ends it. */
  discard(): void {
    this.#waiting = new Uint8Array();
  }

  /**
   * Writes what waits and then this, before it returns: for the end. A terminal that takes nothing is waited for two seconds at most.
   *
   * @returns whether the terminal took it all.
   */
  finish(text: string): boolean {
    clearTimeout(this.#timer);
    const now = this.#options.now ?? (() => performance.now());
    const sleep = this.#options.sleep ?? sleepSync;
    const end = now() + LAST_WORDS_MS;
    this.#waiting = Buffer.concat([this.#waiting, Buffer.from(text)]);
    while (!this.#isGone && this.#waiting.length > 0) {
      if (this.#take() || this.#waiting.length === 0) continue;
      if (now() >= end) break;
      sleep(2);
    }
    const hasTakenAll = this.#waiting.length === 0;
    this.#waiting = new Uint8Array();
    return hasTakenAll;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#isGone = true;
    this.#size.off('resize', this.#onResize);
    this.#size.off('close', this.#onClose);
    this.#options.close?.();
  }

  /** Whether the terminal took something. */
  #take(): boolean {
    try {
      const taken = this.#options.write(this.#waiting);
      this.#waiting = this.#waiting.subarray(taken);
      return taken > 0;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
      this.#isGone = true;
      this.#waiting = new Uint8Array();
      this.emit('error', error);
      return false;
    }
  }

  readonly #pump = (): void => {
    const hadToWait = this.#timer !== undefined;
    this.#timer = undefined;
    let hasTaken = false;
    while (this.#waiting.length > 0 && this.#take()) hasTaken = true;
    if (this.#isGone) return;
    if (this.#waiting.length === 0) {
      this.#pauseMs = FIRST_PAUSE_MS;
      if (hadToWait) this.emit('drain');
      return;
    }
    this.#pauseMs = hasTaken ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2);
    this.#timer = setTimeout(this.#pump, this.#pauseMs);
  };

  readonly #onResize = (): void => {
    this.emit('resize');
  };

  readonly #onClose = (): void => {
    this.emit('close');
  };
}

function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/**
 * The terminal behind stdout through an open file of our own, because whether writes may block belongs to the open file, and the one we were
 * given is the shell's as well.
 *
 * @returns null where there is no such terminal or no second way to it (other systems than Linux, a terminal of somebody else).
 */
export function openTty(stdout: TerminalSize & { readonly isTTY?: boolean }): TtyOutput | null {
  if (process.platform !== 'linux' || stdout.isTTY !== true) return null;
  try {
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
    const descriptor = openSync('/proc/self/fd/1', O_WRONLY | O_NONBLOCK | O_NOCTTY);
    return new TtyOutput({
      size: stdout,
      write: (bytes) => writeSync(descriptor, bytes),
      close: () => closeSync(descriptor),
    });
  } catch {
    return null;
  }
}
