import type { Writable } from 'node:stream';

/** Characters that may wait for a slow reader before live lines are left out. */
const WAITING_LIMIT = 16 * 2 ** 20;

/**
 * Lines on stdout. A closed pipe ends quietly; a slow reader holds up a replay (`drained`), while live lines beyond the limit are left out and counted, because the
 * market cannot be held up.
 */
export class LineOutput {
  readonly #out: Writable;
  #isClosed = false;
  #leftOut = 0;

  constructor(out: Writable, onClosed: () => void) {
    this.#out = out;
    out.on('error', () => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      onClosed();
    });
  }

  /** Lines left out so far because the reader was too slow. */
  get leftOut(): number {
    return this.#leftOut;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  write(line: string): void {
    if (this.#isClosed) return;
    if (this.#out.writableLength > WAITING_LIMIT) {
      this.#leftOut += 1;
      return;
    }
    this.#out.write(line);
  }

  /** Resolves when the reader has taken what waits; undefined when nothing does. */
  drained(): Promise<void> | undefined {
    if (this.#isClosed || !this.#out.writableNeedDrain) return undefined;
    return new Promise((resolve) => {
      const finish = () => {
        this.#out.off('drain', finish);
        this.#out.off('error', finish);
        this.#out.off('close', finish);
        resolve();
      };
      this.#out.on('drain', finish);
      this.#out.on('error', finish);
      this.#out.on('close', finish);
    });
  }

  /** Resolves when everything written has left the process. */
  async flush(): Promise<void> {
    if (this.#isClosed) return;
    await new Promise<void>((resolve) => {
      this.#out.once('error', () => resolve());
      this.#out.write('', () => resolve());
    });
  }
}
