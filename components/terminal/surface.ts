import { Writable } from 'node:stream';
import { type InkCursor, readInkChunk } from './ink-chunk.ts';
import { RowParser } from './row.ts';
import { type Ground, type Layer, type Rect, Screen } from './screen.ts';

export type { Ground, Layer, Rect };

const ESC = '\u001B';
const SYNC_BEGIN = `${ESC}[?2026h`;
const SYNC_END = `${ESC}[?2026l`;
const HIDE_CURSOR = `${ESC}[?25l`;
const SHOW_CURSOR = `${ESC}[?25h`;
/** Without automatic margins nothing scrolls when the bottom right cell is written. */
const NO_WRAP = `${ESC}[?7l`;
const WRAP = `${ESC}[?7h`;
const CLEAR = `${ESC}[0m${ESC}[2J`;

/** Mouse buttons and wheel, in the form without a limit on columns. */
const MOUSE_ON = `${ESC}[?1000h${ESC}[?1006h`;
const MOUSE_OFF = `${ESC}[?1006l${ESC}[?1000l`;
const FOCUS_ON = `${ESC}[?1004h`;
const FOCUS_OFF = `${ESC}[?1004l`;

const DEFAULT_FPS = 10;
const MIN_FPS = 0.5;
const MAX_FPS = 60;
/** A terminal that is read slowly blocks us for as long as it takes: at most one part in this many is spent so. */
const WRITE_SHARE = 4;
/** From here on a line counts as slow. */
const SLOW_WRITE_MS = 30;
/** Frames come at least this often, however slow the line. */
const MAX_INTERVAL_MS = 2000;
/** Between two frames that answer a key, so that a held key cannot flood the line. */
const URGENT_GAP_MS = 16;
/** How long after a key or a new base frame changes of layers count as its answer. */
const URGENT_MS = 150;

/** Bytes that are put on a clipboard at most; terminals drop longer sequences, some of them with the rest of the screen. */
const MOST_COPIED = 8192;

/** The terminal as the Surface needs it: `process.stdout` fits. */
export interface TerminalOutput {
  readonly columns?: number;
  readonly rows?: number;
  readonly isTTY?: boolean;
  write(data: Uint8Array | string): boolean;
  on(event: 'resize' | 'drain' | 'close', listener: () => void): unknown;
  off(event: 'resize' | 'drain' | 'close', listener: () => void): unknown;
  getColorDepth?(env?: object): number;
}

/** What the terminal is asked to tell besides keys. */
export interface Reports {
  /** Clicks and the wheel; takes plain text selection away from the user. */
  readonly mouse: boolean;
  /** Whether its window has the focus. */
  readonly focus: boolean;
}

const NO_REPORTS: Reports = { mouse: false, focus: false };

export interface SurfaceOptions {
  /** Frames per second for changes that nobody asked for by key; 10 unless given. */
  readonly fps?: number;
  /** Leaves the bottom right cell blank; given where consoles scroll when it is written (Windows), whatever the margins say. */
  readonly keepsLastCell?: boolean;
  /** Milliseconds on any clock that does not jump. */
  readonly now?: () => number;
}

/**
 * The only writer to the terminal: Ink's last frame below, layers of rows above it, and per flush one write with the cells that changed.
 *
 * Hand it to Ink as `stdout`, with `alternateScreen: true`, `incrementalRendering: false` and `interactive: true`. Frames are droppable: while
 * the terminal does not drain, nothing is written, and what is written next is the newest state. The frame rate falls by itself when writes
 * block.
 */
export class Surface extends Writable {
  readonly isTTY = true;
  /** Bytes sent to the terminal, mode switches included. */
  bytesWritten = 0;
  /** Flushes that had something to send. */
  flushes = 0;

  readonly #out: TerminalOutput;
  readonly #now: () => number;
  readonly #screen: Screen;
  readonly #cursor: InkCursor = { line: 0, column: 0, isVisible: true };
  /** What the terminal's cursor looks like now; undefined while hidden. */
  #shownCursor: { readonly line: number; readonly column: number } | undefined;

  #intervalMs: number;
  #usualWriteMs = 0;
  #lastFrame = -Infinity;
  #lastFlush = -Infinity;
  #lastWriteMs = 0;
  #urgentUntil = -Infinity;
  #frameTimer: NodeJS.Timeout | undefined;
  #urgentTimer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  #reports = NO_REPORTS;
  #activeReports = NO_REPORTS;

  #mustClear = true;
  #isBlocked = false;
  #isParked = false;
  #isClosed = false;
  #isAlternate = false;

  constructor(out: TerminalOutput, options: SurfaceOptions = {}) {
    super({ decodeStrings: false });
    this.#out = out;
    this.#now = options.now ?? (() => performance.now());
    this.#intervalMs = intervalOf(options.fps ?? DEFAULT_FPS);
    this.#screen = new Screen(
      new RowParser(),
      options.keepsLastCell ?? process.platform === 'win32',
    );
    out.on('resize', this.#onResize);
    out.on('drain', this.#onDrain);
    out.on('close', this.#onClose);
  }

  get columns(): number {
    return this.#out.columns || 80;
  }

  get rows(): number {
    return this.#out.rows || 24;
  }

  getColorDepth(env?: object): number {
    return this.#out.getColorDepth?.(env) ?? 1;
  }

  /** Whether the terminal is on its alternate screen, so that whoever restores it leaves it exactly once. */
  get isAlternate(): boolean {
    return this.#isAlternate;
  }

  /** Paints rows into a rectangle above the base, or replaces what that layer showed. */
  set(id: string, layer: Layer): void {
    if (this.#screen.set(id, layer, this.#isUrgent())) this.#schedule();
  }

  /** Takes a layer away. */
  delete(id: string): void {
    if (this.#screen.delete(id, this.#isUrgent())) this.#schedule();
  }

  /** Rectangles in which the base shows above every layer, for overlays that Ink draws; replaces the ones before. */
  setHoles(holes: readonly Rect[]): void {
    if (this.#screen.setHoles(holes, this.#isUrgent())) this.#schedule();
  }

  /** Asks the terminal for mouse or focus reports, for as long as the alternate screen is ours: nothing of it outlives a suspension. */
  setReports(reports: Reports): void {
    this.#reports = reports;
    if (this.#isAlternate && !this.#isClosed) this.#switchReports(reports);
  }

  /**
   * Puts text on the clipboard of whoever sits at the terminal, near or far (OSC 52), whole characters of at most 8 kB. Terminals do not say whether they obey.
   *
   * @returns false where the terminal is not ours now, or takes nothing.
   */
  copy(text: string): boolean {
    if (this.#isClosed || this.#isParked || this.#isBlocked || !this.#isAlternate) return false;
    const bytes = Buffer.from(text);
    let end = Math.min(bytes.length, MOST_COPIED);
    while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end -= 1;
    this.#send(`${ESC}]52;c;${bytes.subarray(0, end).toString('base64')}\u0007`);
    return true;
  }

  /** Frames per second for changes that nobody asked for by key, 0.5 to 60. */
  setFps(fps: number): void {
    this.#intervalMs = intervalOf(fps);
  }

  /** The next changes answer a key: they are drawn at once instead of with the next frame. */
  expedite(): void {
    this.#urgentUntil = this.#now() + URGENT_MS;
  }

  /** Colours for cells that ask for none, so that a theme stands on its own ground; null leaves the terminal's. */
  setGround(ground: Ground | null): void {
    this.#screen.setGround(ground);
    this.#schedule();
  }

  /** Forgets what the terminal shows and draws everything again: Ctrl-L, SIGCONT, a new terminal behind the same line. */
  repaint(): void {
    this.#mustClear = true;
    this.expedite();
    this.#schedule();
  }

  /** Stops for good: everything written from now on is dropped. Restoring the terminal is left to the caller. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancel();
    this.#out.off('resize', this.#onResize);
    this.#out.off('drain', this.#onDrain);
    this.#out.off('close', this.#onClose);
  }

  /** Sends what changed since the last flush now; nothing while the terminal does not drain, is left, or is closed. */
  flush(): void {
    this.#cancel();
    this.#lastFrame = this.#now();
    this.#draw(false);
  }

  /** The answer to a key. On a slow line it goes alone and ahead of everything else that has changed. */
  #answer(): void {
    const isSlow = this.#usualWriteMs > SLOW_WRITE_MS;
    if (!isSlow) {
      this.flush();
      return;
    }
    clearTimeout(this.#urgentTimer);
    this.#urgentTimer = undefined;
    this.#immediate = undefined;
    this.#draw(true);
    if (this.#frameTimer === undefined) this.#scheduleFrame();
  }

  #draw(isAnswerOnly: boolean): void {
    if (this.#isClosed || this.#isParked || this.#isBlocked) return;
    this.#lastFlush = this.#now();
    const clear = this.#mustClear ? NO_WRAP + CLEAR : '';
    if (this.#mustClear) {
      this.#mustClear = false;
      this.#screen.blank(this.columns, this.rows);
      this.#shownCursor = undefined;
    }
    const cells = this.#screen.difference(isAnswerOnly);
    const cursor = this.#placeCursor(clear !== '' || cells !== '');
    if (clear === '' && cells === '' && cursor === '') return;
    // A visible cursor would be seen running through the cells on terminals without synchronized output.
    const hide = clear !== '' || this.#shownCursor !== undefined ? HIDE_CURSOR : '';
    this.#shownCursor = this.#wantedCursor();
    this.flushes++;
    this.#send(SYNC_BEGIN + hide + clear + cells + cursor + SYNC_END);
  }

  override _write(
    chunk: string | Buffer,
    _encoding: string,
    done: (error?: Error | null) => void,
  ): void {
    if (!this.#isClosed && chunk.length > 0) this.#take(String(chunk));
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.close();
    done(error);
  }

  #take(chunk: string): void {
    const { frame, modes } = readInkChunk(chunk, this.#cursor);
    for (const mode of modes) this.#switchMode(mode);
    if (frame !== undefined) this.#screen.setBase(frame, true);
    if (this.#isParked) this.#showParkedCursor();
    else if (frame !== undefined || modes.length === 0) {
      this.expedite();
      this.#schedule();
    }
  }

  #switchMode(sequence: string): void {
    if (sequence === `${ESC}[?1049l`) {
      if (!this.#isAlternate) return;
      this.#cancel();
      this.#isAlternate = false;
      this.#isParked = true;
      this.#switchReports(NO_REPORTS);
      // Blank first: tmux leaves panel text on the primary screen otherwise, when the size has changed since.
      this.#shownCursor = undefined;
      this.#send(`${CLEAR}${WRAP}${sequence}`);
      this.#showParkedCursor();
    } else if (sequence === `${ESC}[?1049h`) {
      this.#isAlternate = true;
      this.#isParked = false;
      this.#mustClear = true;
      this.#send(sequence);
      this.#switchReports(this.#reports);
      this.#schedule();
    } else this.#send(sequence);
  }

  #switchReports(wanted: Reports): void {
    const { mouse, focus } = this.#activeReports;
    this.#activeReports = wanted;
    const changes = [
      ...(wanted.mouse === mouse ? [] : [wanted.mouse ? MOUSE_ON : MOUSE_OFF]),
      ...(wanted.focus === focus ? [] : [wanted.focus ? FOCUS_ON : FOCUS_OFF]),
    ];
    if (changes.length > 0) this.#send(changes.join(''));
  }

  /** Off the alternate screen the cursor is not ours to place, but it is seen when Ink wants it seen. */
  #showParkedCursor(): void {
    if (!this.#cursor.isVisible || this.#shownCursor !== undefined) return;
    this.#shownCursor = { line: 0, column: 0 };
    this.#send(SHOW_CURSOR);
  }

  #wantedCursor(): { line: number; column: number } | undefined {
    if (!this.#cursor.isVisible) return undefined;
    return {
      line: Math.min(this.#cursor.line, this.rows - 1),
      column: Math.min(this.#cursor.column, this.columns - 1),
    };
  }

  #placeCursor(hasMoved: boolean): string {
    const wanted = this.#wantedCursor();
    const shown = this.#shownCursor;
    if (wanted === undefined) return shown === undefined ? '' : HIDE_CURSOR;
    const isPlaced = shown?.line === wanted.line && shown.column === wanted.column;
    if (isPlaced && !hasMoved) return '';
    return `${ESC}[${wanted.line + 1};${wanted.column + 1}H${SHOW_CURSOR}`;
  }

  #send(text: string): void {
    const bytes = Buffer.from(text);
    this.bytesWritten += bytes.length;
    const started = this.#now();
    if (!this.#out.write(bytes)) this.#isBlocked = true;
    this.#lastWriteMs = this.#now() - started;
    this.#usualWriteMs += (this.#lastWriteMs - this.#usualWriteMs) / 4;
  }

  #isUrgent(): boolean {
    return this.#now() <= this.#urgentUntil;
  }

  /** Sees to it that a flush comes: right after this turn of the loop when it answers a key, with the next frame otherwise. */
  #schedule(): void {
    if (this.#isUrgent()) this.#scheduleAnswer();
    else this.#scheduleFrame();
  }

  #scheduleAnswer(): void {
    if (this.#isClosed || this.#isParked || this.#isBlocked) return;
    if (this.#immediate !== undefined || this.#urgentTimer !== undefined) return;
    const wait = this.#lastFlush + Math.max(URGENT_GAP_MS, this.#lastWriteMs) - this.#now();
    if (wait > 0) this.#urgentTimer = setTimeout(() => this.#answer(), wait);
    // Not at once: layout effects of the same commit are about to move layers and holes.
    else this.#immediate = setImmediate(() => this.#answer());
  }

  #scheduleFrame(): void {
    if (this.#isClosed || this.#isParked || this.#isBlocked) return;
    if (this.#frameTimer !== undefined) return;
    const pause = Math.min(MAX_INTERVAL_MS, this.#usualWriteMs * WRITE_SHARE);
    const due = this.#lastFrame + Math.max(this.#intervalMs, pause);
    this.#frameTimer = setTimeout(() => this.flush(), Math.max(0, due - this.#now()));
  }

  #cancel(): void {
    clearTimeout(this.#frameTimer);
    clearTimeout(this.#urgentTimer);
    clearImmediate(this.#immediate);
    this.#frameTimer = undefined;
    this.#urgentTimer = undefined;
    this.#immediate = undefined;
  }

  readonly #onResize = (): void => {
    this.#mustClear = true;
    this.emit('resize');
    this.expedite();
    this.#schedule();
  };

  readonly #onDrain = (): void => {
    this.#isBlocked = false;
    this.#schedule();
  };

  readonly #onClose = (): void => this.close();
}

const intervalOf = (fps: number): number => 1000 / Math.min(MAX_FPS, Math.max(MIN_FPS, fps));
