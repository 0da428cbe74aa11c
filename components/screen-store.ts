import type { Frame, OutputLine } from '../src/frame/frame.ts';
import type { ScanLine } from '../src/frame/scan.ts';
import type { Asset } from '../src/model/instrument.ts';
import { absent, live, type Reading } from '../src/model/reading.ts';
import type { Micros } from '../src/model/units.ts';
import { emptyHistory, frozenCopy, type History, remember } from './history.ts';
import type { Moment } from './past.ts';
import type { SurfaceLoad } from './terminal/surface.ts';

/** Assets a screen keeps; what comes beyond is not shown, and the header says how many that is. */
const MAX_ASSETS = 64;

/** Without a line for this long the data clock no longer counts as running, and the header says so. */
const SILENT_AFTER_MS = 3000;

/** A short line for the person at the screen, in the footer until the next one or until it is old. */
export interface Notice {
  readonly text: string;
  readonly tone: 'info' | 'warning';
}

const NOTICE_MS = 8000;

/** What the screen shows at one instant. A new object per change, so its identity says whether anything changed. */
export interface ScreenState {
  /** Newest frame of every asset, or those of the moment of freezing. */
  readonly frames: ReadonlyMap<Asset, Frame>;
  /** In the order they were first seen. */
  readonly assets: readonly Asset[];
  /** Asset the panels are about; null before the first frame. */
  readonly asset: Asset | null;
  readonly frame: Frame | null;
  readonly history: History;
  /** Newest scan of all perps, or that of the moment of freezing; null where none has come. */
  readonly scan: ScanLine | null;
  /** Null while the screen follows the feeds; else how far the feeds have gone on since, in microseconds. */
  readonly frozen: { readonly at: Micros; readonly behind: Micros } | null;
  /** Null while the screen shows the newest frames; else which instant it shows instead. */
  readonly past:
    | (Pick<Moment, 'at' | 'origin' | 'everySeconds'> & {
        /** Time of the newest line. */
        readonly newest: Micros;
      })
    | null;
  /** An instant that is being made anew, and how far that is, 0 to 1; null while none is. */
  readonly deriving: {
    /** Null while the next event is looked for. */
    readonly to: Micros | null;
    readonly share: number;
  } | null;
  /** Milliseconds since the last line, once that is too long; null while lines arrive. */
  readonly silentMs: number | null;
  /** Why no more lines will come; null while they may. */
  readonly ended: string | null;
  readonly notice: Notice | null;
  /** Assets left out because of the bound. */
  readonly assetsLeftOut: number;
  /** What the screen itself sends to the terminal. */
  readonly terminal: TerminalLoad;
}

/** The cost of the screen on the line to the terminal. */
export interface TerminalLoad {
  /** Bytes sent so far; absent where nobody counts them. */
  readonly bytes: Reading;
  /** Over the last five seconds. */
  readonly bytesPerSecond: Reading;
  /** Frames that were sent whole, over the last five seconds. */
  readonly framesPerSecond: Reading;
  /** What the line carries, bytes per second; absent while frames pass faster than that can be told. */
  readonly linkBytesPerSecond: Reading;
  /** From here to the terminal and back, ms. */
  readonly roundTripMs: Reading;
  /** Frames per second that are wanted when the line carries fewer; null while it carries them. */
  readonly heldBelow: number | null;
}

/** The line holds frames back when it carries less than this part of those that are wanted. */
const HELD_SHARE = 0.9;

/** Seconds that the rate of bytes is taken over. */
const LOAD_SECONDS = 5;

const UNCOUNTED: TerminalLoad = {
  bytes: absent('not counted on this terminal'),
  bytesPerSecond: absent('not counted on this terminal'),
  framesPerSecond: absent('not counted on this terminal'),
  linkBytesPerSecond: absent('not measured on this terminal'),
  roundTripMs: absent('not measured on this terminal'),
  heldBelow: null,
};

const told = (value: number | null, why: string): Reading =>
  value === null ? absent(why) : live(value);

export interface ScreenClock {
  /** Milliseconds that never run backwards. */
  readonly now: () => number;
  /** Calls `run` once after `ms`; the result cancels. */
  readonly after: (ms: number, run: () => void) => () => void;
}

const systemClock: ScreenClock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

interface Frozen {
  readonly frames: ReadonlyMap<Asset, Frame>;
  readonly history: History;
  readonly scan: ScanLine | null;
  readonly at: Micros;
}

/**
 * Between the lines that arrive and the panels that draw: keeps the newest frame of every asset and the recent past, and tells its
 * listeners at most `fps` times a second; at once when the person at the screen did something.
 */
export class ScreenStore {
  readonly #clock: ScreenClock;
  readonly #frames = new Map<Asset, Frame>();
  readonly #history: History = emptyHistory();
  #scan: ScanLine | null = null;
  readonly #listeners = new Set<() => void>();
  #leftOut = new Set<Asset>();
  /** Asset asked for; another one is shown until it has come. */
  #wanted: Asset | null = null;
  #newest = 0 as Micros;
  #frozen: Frozen | null = null;
  #moment: Moment | null = null;
  #deriving: ScreenState['deriving'] = null;
  #ended: string | null = null;
  #notice: (Notice & { readonly until: number }) | null = null;
  #fps: number;
  #lastLine: number;
  #lastTold = -Infinity;
  #cancelTell: (() => void) | null = null;
  #cancelWatch: (() => void) | null = null;
  readonly #bytesWritten: (() => number) | null;
  readonly #surfaceLoad: (() => SurfaceLoad) | null;
  #load: SurfaceLoad | null = null;
  /** Bytes sent by each of the last seconds, the newest last. */
  #sent: readonly { readonly at: number; readonly bytes: number }[] = [];
  #state: ScreenState;

  constructor(options: {
    readonly fps: number;
    /** Bytes sent to the terminal so far, where somebody counts them. */
    readonly bytesWritten?: () => number;
    /** What the line to the terminal carries, where somebody measures it. */
    readonly load?: () => SurfaceLoad;
    readonly clock?: ScreenClock;
    readonly asset?: Asset;
  }) {
    this.#clock = options.clock ?? systemClock;
    this.#fps = options.fps;
    this.#wanted = options.asset ?? null;
    this.#bytesWritten = options.bytesWritten ?? null;
    this.#surfaceLoad = options.load ?? null;
    this.#countBytes();
    this.#lastLine = this.#clock.now();
    this.#state = this.#snapshot();
    this.#watch();
  }

  /** Takes a line from the engine, a replay or a pipe. */
  receive(line: OutputLine): void {
    this.#lastLine = this.#clock.now();
    this.#newest = Math.max(this.#newest, line.tsLocal) as Micros;
    if (line.type === 'frame' && !this.#admits(line.asset)) return;
    remember(this.#history, line);
    if (line.type === 'frame') this.#frames.set(line.asset, line);
    else if (line.type === 'scan') this.#scan = line;
    this.#tellSoon();
  }

  #admits(asset: Asset): boolean {
    if (this.#frames.has(asset) || this.#frames.size < MAX_ASSETS) return true;
    if (this.#leftOut.size < 1000) this.#leftOut.add(asset);
    return false;
  }

  /** No more lines will come. */
  end(reason: string): void {
    this.#ended = reason;
    this.#tell();
  }

  notice(text: string, tone: Notice['tone'] = 'info'): void {
    this.#notice = { text, tone, until: this.#clock.now() + NOTICE_MS };
    this.#tell();
  }

  focusAsset(asset: Asset): void {
    this.#wanted = asset;
    this.#tell();
  }

  get fps(): number {
    return this.#fps;
  }

  set fps(value: number) {
    this.#fps = value;
    this.#cancelTell?.();
    this.#cancelTell = null;
    this.#tell();
  }

  /** Holds what is shown, or follows the feeds again. */
  freeze(isFrozen: boolean): void {
    if (isFrozen === (this.#frozen !== null)) return;
    this.#frozen = isFrozen
      ? {
          frames: new Map(this.#frames),
          history: frozenCopy(this.#history),
          scan: this.#scan,
          at: this.#newest,
        }
      : null;
    this.#tell();
  }

  /** Shows an instant instead of the newest frames, or follows the feeds again. */
  showMoment(moment: Moment | null): void {
    this.#moment = moment;
    this.#frozen = null;
    this.#tell();
  }

  /** Tells how far a derivation is; null once it is over. */
  deriving(progress: ScreenState['deriving']): void {
    if (progress === this.#deriving) return;
    this.#deriving = progress;
    this.#tellSoon();
  }

  /** Time of the newest line. */
  get newest(): Micros {
    return this.#newest;
  }

  /** Time of the frame that is shown; 0 before the first. */
  get shownAt(): Micros {
    return this.#state.frame?.tsLocal ?? (0 as Micros);
  }

  // Bound, because React calls them without the object.
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): ScreenState => this.#state;

  close(): void {
    this.#cancelTell?.();
    this.#cancelWatch?.();
    this.#listeners.clear();
  }

  #tellSoon(): void {
    if (this.#cancelTell !== null) return;
    const wait = Math.max(0, this.#lastTold + 1000 / this.#fps - this.#clock.now());
    this.#cancelTell = this.#clock.after(wait, () => {
      this.#cancelTell = null;
      this.#tell();
    });
  }

  #tell(): void {
    this.#lastTold = this.#clock.now();
    this.#state = this.#snapshot();
    for (const listener of this.#listeners) listener();
  }

  /** Silence is only visible when somebody looks at the clock without being asked. */
  #watch(): void {
    this.#cancelWatch = this.#clock.after(1000, () => {
      const now = this.#clock.now();
      this.#countBytes();
      const isSilent = now - this.#lastLine > SILENT_AFTER_MS;
      const isOver = this.#notice !== null && now > this.#notice.until;
      if (isSilent || isOver || (this.#state.silentMs !== null) !== isSilent) this.#tell();
      this.#watch();
    });
  }

  #countBytes(): void {
    if (this.#bytesWritten === null) return;
    const sample = { at: this.#clock.now(), bytes: this.#bytesWritten() };
    this.#sent = [...this.#sent, sample].slice(-LOAD_SECONDS - 1);
    this.#load = this.#surfaceLoad?.() ?? null;
  }

  #terminal(): TerminalLoad {
    const [first] = this.#sent;
    const last = this.#sent.at(-1);
    if (first === undefined || last === undefined) return UNCOUNTED;
    const ms = last.at - first.at;
    const load = this.#load;
    return {
      ...UNCOUNTED,
      ...(load !== null && {
        framesPerSecond: live(load.framesPerSecond),
        linkBytesPerSecond: told(load.bytesPerSecond, 'faster than the screen needs'),
        roundTripMs: told(load.roundTripMs, 'the terminal does not answer'),
        heldBelow: load.mostFramesPerSecond < this.#fps * HELD_SHARE ? this.#fps : null,
      }),
      bytes: live(last.bytes),
      bytesPerSecond:
        ms > 0 ? live(((last.bytes - first.bytes) * 1000) / ms) : absent('warming 0/1 s'),
    };
  }

  #snapshot(): ScreenState {
    const now = this.#clock.now();
    if (this.#notice !== null && now > this.#notice.until) this.#notice = null;
    const frames = this.#moment?.frames ?? this.#frozen?.frames ?? new Map(this.#frames);
    // In the order in which the screen first saw them, also where they come from the past.
    const seen = [...this.#frames.keys()].filter((one) => frames.has(one));
    const assets = [...new Set([...seen, ...frames.keys()])];
    const wanted = this.#wanted;
    const asset = wanted !== null && frames.has(wanted) ? wanted : (assets[0] ?? null);
    const silentMs = now - this.#lastLine;
    return {
      frames,
      assets,
      asset,
      frame: asset === null ? null : (frames.get(asset) ?? null),
      history: this.#moment?.history ?? this.#frozen?.history ?? this.#history,
      scan: (this.#moment ?? this.#frozen ?? { scan: this.#scan }).scan,
      frozen:
        this.#frozen === null
          ? null
          : { at: this.#frozen.at, behind: Math.max(0, this.#newest - this.#frozen.at) as Micros },
      past: pastOf(this.#moment, this.#newest),
      deriving: this.#deriving,
      silentMs: silentMs > SILENT_AFTER_MS ? silentMs : null,
      ended: this.#ended,
      notice: this.#notice === null ? null : { text: this.#notice.text, tone: this.#notice.tone },
      assetsLeftOut: this.#leftOut.size,
      terminal: this.#terminal(),
    };
  }
}

const pastOf = (moment: Moment | null, newest: Micros): ScreenState['past'] =>
  moment === null
    ? null
    : { at: moment.at, origin: moment.origin, everySeconds: moment.everySeconds, newest };
