import { Writable } from 'node:stream';
import { type InkCursor, readInkChunk } from './ink-chunk.ts';
import { Link, type LinkEstimate } from './link.ts';
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
/** Asks the terminal how it is. Every terminal answers `ESC [ 0 n`, which is the same wherever the cursor stands and no key of any. */
const QUESTION = `${ESC}[5n`;

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

/** How long somebody who leaves waits for answers that are under way, ms. */
const LEAVING_MS = 1000;
/** Frames are counted over this many ms. */
const COUNT_MS = 5000;

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
  /** Drops what was written and has not reached the terminal; absent where that cannot be. */
  discard?(): void;
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
  /** Asks the terminal behind each frame whether it has read it, and does not run ahead of its answers: whoever reads its keys hands them to `answered`. */
  readonly asks?: boolean;
}

/** What the line to the terminal carries, and how often it is drawn on. */
export interface SurfaceLoad extends LinkEstimate {
  /** Whole frames of the last seconds, the parts of one counted as one. */
  readonly framesPerSecond: number;
  /** Frames per second that the line would carry at most now; Infinity where nothing holds them back. */
  readonly mostFramesPerSecond: number;
}

/**
 * The only writer to the terminal: Ink's last frame below, layers of rows above it, and per flush one write with the cells that changed.
 *
 * Hand it to Ink as `stdout`, with `alternateScreen: true`, `incrementalRendering: false` and `interactive: true`. Frames are droppable: while
 * the terminal does not drain or has not answered, nothing is written, and what is written next is the newest state. The frame rate falls by itself
 * with the line (`Link`), and where nothing answers, when writes take long.
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
  readonly #link: Link | null;
  #patience: NodeJS.Timeout | undefined;
  /** Bytes of the whole frame that was sent last, or of its part. */
  #frameBytes = 0;
  /** When the last whole frames were sent, the newest last. */
  #frames: number[] = [];
  #leave: { readonly done: () => void; readonly timer: NodeJS.Timeout } | undefined;
  #blockedAt = 0;
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
    this.#link = options.asks === true ? new Link() : null;
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
    if (!this.#isOurs() || this.#isBlocked || !this.#isAlternate) return false;
    const bytes = Buffer.from(text);
    let end = Math.min(bytes.length, MOST_COPIED);
    while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end -= 1;
    this.#send(`${ESC}]52;c;${bytes.subarray(0, end).toString('base64')}\u0007`);
    return true;
  }

  /** The part of the screen that goes first where a frame is sent in parts: what has the focus. */
  setFront(front: Rect | null): void {
    this.#screen.setFront(front);
  }

  /** What the line carries; plain numbers of now. */
  load(): SurfaceLoad {
    const now = this.#now();
    this.#frames = this.#frames.filter((at) => at > now - COUNT_MS);
    const pause = this.#pauseMs();
    const { bytesPerSecond, roundTripMs } = this.#link?.estimate ?? NO_ESTIMATE;
    return {
      bytesPerSecond,
      roundTripMs,
      framesPerSecond: (this.#frames.length * 1000) / COUNT_MS,
      mostFramesPerSecond: pause > 0 ? 1000 / pause : Infinity,
    };
  }

  /** The terminal answered the question behind a frame. */
  answered(): void {
    if (this.#link === null) return;
    this.#link.answered(this.#now());
    this.#goOn();
    if (this.#isOurs() && !this.#isBlocked && this.#link.wantsRoundTrip(this.#now())) this.#ask(0);
  }

  /**
   * Draws no more and settles once the terminal has answered all that was asked, so that no answer is left to whoever reads its keys next; after a second
   * in any case. The alternate screen entered anew ends it.
   *
   * @returns null when there is nothing to wait for.
   */
  hush(): Promise<void> | null {
    if (!this.#isOurs()) return null;
    this.#cancel();
    this.#isParked = true;
    if (this.#link?.isExpecting(this.#now()) !== true) return null;
    return new Promise((done) => {
      this.#leave = { done, timer: setTimeout(() => this.#left(), LEAVING_MS) };
    });
  }

  #left(): void {
    clearTimeout(this.#leave?.timer);
    this.#leave?.done();
    this.#leave = undefined;
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
    clearTimeout(this.#patience);
    this.#left();
    // The rest of a frame would come after the farewell.
    if (this.#isAlternate) this.#out.discard?.();
    this.#out.off('resize', this.#onResize);
    this.#out.off('drain', this.#onDrain);
    this.#out.off('close', this.#onClose);
  }

  /** Sends what changed since the last flush now; nothing while the terminal does not drain or answer, is left, or is closed. */
  flush(): void {
    this.#cancel();
    this.#lastFrame = this.#now();
    this.#draw(false);
    if (this.#screen.waiting !== 'nothing') this.#goOn();
  }

  /** The answer to a key. On a slow line it goes alone and ahead of everything else that has changed. */
  #answer(): void {
    const isSlow = this.#link?.isJudge ? this.#link.isSlow : this.#usualWriteMs > SLOW_WRITE_MS;
    if (!isSlow) {
      this.flush();
      return;
    }
    clearTimeout(this.#urgentTimer);
    this.#urgentTimer = undefined;
    this.#immediate = undefined;
    this.#draw(true);
    this.#goOn();
  }

  #draw(isAnswerOnly: boolean): void {
    if (!this.#maySend()) return;
    this.#lastFlush = this.#now();
    const clear = this.#mustClear ? NO_WRAP + CLEAR : '';
    if (this.#mustClear) {
      this.#mustClear = false;
      this.#screen.blank(this.columns, this.rows);
      this.#shownCursor = undefined;
    }
    const cells = this.#screen.difference(isAnswerOnly, this.#link?.mostBytes);
    const cursor = this.#placeCursor(clear !== '' || cells !== '');
    if (clear === '' && cells === '' && cursor === '') return;
    // A visible cursor would be seen running through the cells on terminals without synchronized output.
    const hide = clear !== '' || this.#shownCursor !== undefined ? HIDE_CURSOR : '';
    this.#shownCursor = this.#wantedCursor();
    this.flushes++;
    if (this.#screen.waiting === 'nothing') this.#noteFrame();
    const bytes = this.#sendAsking(SYNC_BEGIN + hide + clear + cells + cursor + SYNC_END);
    if (!isAnswerOnly) this.#frameBytes = bytes;
  }

  #noteFrame(): void {
    this.#frames.push(this.#lastFlush);
    if (this.#frames[0]! < this.#lastFlush - COUNT_MS) this.#frames.shift();
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
      this.#out.discard?.();
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
      this.#ask(0);
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

  /** Sends a frame with a question behind it; returns its bytes. */
  #sendAsking(text: string): number {
    const isAsking = this.#link?.asks(this.#now()) === true;
    const bytes = this.#send(isAsking ? text + QUESTION : text);
    if (isAsking) this.#waitFor(bytes);
    return bytes;
  }

  #ask(bytes: number): void {
    if (this.#link?.asks(this.#now()) !== true) return;
    this.#send(QUESTION);
    this.#waitFor(bytes);
  }

  #waitFor(bytes: number): void {
    this.#link!.asked(bytes, this.#now());
    clearTimeout(this.#patience);
    const patience = this.#link!.patienceMs(this.#now());
    if (patience !== null) this.#patience = setTimeout(() => this.#goOn(), patience);
  }

  #send(text: string): number {
    const bytes = Buffer.from(text);
    this.bytesWritten += bytes.length;
    const started = this.#now();
    if (!this.#out.write(bytes)) {
      if (!this.#isBlocked) this.#blockedAt = started;
      this.#isBlocked = true;
    } else this.#noteWrite(this.#now() - started);
    return bytes.length;
  }

  #noteWrite(ms: number): void {
    this.#lastWriteMs = ms;
    this.#usualWriteMs += (ms - this.#usualWriteMs) / 4;
  }

  #isUrgent(): boolean {
    return this.#now() <= this.#urgentUntil;
  }

  #isOurs(): boolean {
    return !this.#isClosed && !this.#isParked;
  }

  #maySend(): boolean {
    if (!this.#isOurs() || this.#isBlocked) return false;
    return this.#link === null || this.#link.isFree(this.#now());
  }

  /** After whatever held things back. */
  #goOn(): void {
    if (this.#leave !== undefined && this.#link?.isExpecting(this.#now()) !== true) this.#left();
    if (this.#screen.waiting === 'answers' || this.#mustClear) this.#scheduleAnswer();
    else if (this.#screen.waiting === 'changes') this.#scheduleFrame();
  }

  /** Sees to it that a flush comes: right after this turn of the loop when it answers a key, with the next frame otherwise. */
  #schedule(): void {
    if (this.#isUrgent()) this.#scheduleAnswer();
    else this.#scheduleFrame();
  }

  #scheduleAnswer(): void {
    if (!this.#maySend()) return;
    if (this.#immediate !== undefined || this.#urgentTimer !== undefined) return;
    const wait = this.#lastFlush + Math.max(URGENT_GAP_MS, this.#lastWriteMs) - this.#now();
    if (wait > 0) this.#urgentTimer = setTimeout(() => this.#answer(), wait);
    // Not at once: layout effects of the same commit are about to move layers and holes.
    else this.#immediate = setImmediate(() => this.#answer());
  }

  #scheduleFrame(): void {
    if (!this.#maySend()) return;
    if (this.#frameTimer !== undefined) return;
    const due = this.#lastFrame + Math.max(this.#intervalMs, this.#pauseMs());
    this.#frameTimer = setTimeout(() => this.flush(), Math.max(0, due - this.#now()));
  }

  #pauseMs(): number {
    const pause = this.#link?.isJudge
      ? this.#link.pauseMs(this.#frameBytes)
      : this.#usualWriteMs * WRITE_SHARE;
    return Math.min(MAX_INTERVAL_MS, pause);
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
    this.#noteWrite(this.#now() - this.#blockedAt);
    this.#goOn();
  };

  readonly #onClose = (): void => this.close();
}

const NO_ESTIMATE: LinkEstimate = { bytesPerSecond: null, roundTripMs: null };

const intervalOf = (fps: number): number => 1000 / Math.min(MAX_FPS, Math.max(MIN_FPS, fps));
