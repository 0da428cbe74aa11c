import { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Keys that change the meaning of another. */
interface Modifiers {
  readonly shift: boolean;
  readonly alt: boolean;
  readonly ctrl: boolean;
}

/** A function key, F1 = 1. */
interface FunctionKey extends Modifiers {
  readonly number: number;
}

/** A mouse report; `x` and `y` count cells from 0. */
export interface MouseReport extends Modifiers {
  readonly kind: 'press' | 'release' | 'move' | 'wheelUp' | 'wheelDown';
  /** 0 left, 1 middle, 2 right; meaningless for the wheel. */
  readonly button: number;
  readonly x: number;
  readonly y: number;
}

/** Where keys come from: `process.stdin` or a `tty.ReadStream` fits. */
export interface TerminalSource {
  on(event: 'data', listener: (data: string | Uint8Array) => void): unknown;
  on(event: 'end' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'data', listener: (data: string | Uint8Array) => void): unknown;
  off(event: 'end' | 'close', listener: () => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  setRawMode?(isRaw: boolean): unknown;
  pause?(): unknown;
  resume?(): unknown;
  ref?(): unknown;
  unref?(): unknown;
}

export interface TtyInputOptions {
  /** How long a lone ESC waits for the rest of a sequence: 100 ms unless given, 25 is enough on a local terminal. */
  readonly escapeMs?: number;
  readonly onMouse?: (report: MouseReport) => void;
  readonly onFunctionKey?: (key: FunctionKey) => void;
  /** The terminal window gained or lost the focus. */
  readonly onFocus?: (isFocused: boolean) => void;
  /** The terminal answered `ESC [ 5 n`, which asks how it is. */
  readonly onAnswer?: () => void;
  /** Keys or characters of a paste were dropped because a bound was reached; how many. */
  readonly onDropped?: (count: number) => void;
}

const ESC = '\u001B';
const CTRL_C = '\u0003';
const PASTE_BEGIN = `${ESC}[200~`;
const PASTE_END = `${ESC}[201~`;
const DEFAULT_ESCAPE_MS = 100;
/** A paste whose end never comes (a cut line) is handed over after this much silence, so that the keyboard is not dead. */
const PASTE_SILENCE_MS = 1000;
/** Keys that wait for a reader at most; later ones are dropped and counted, Ctrl-C never. */
const MAX_WAITING_KEYS = 1024;
/** Characters of one paste that are kept. */
const MAX_PASTE = 65_536;
/** Longest escape sequence; a longer one is no key and is dropped. */
const MAX_SEQUENCE = 256;

/** Numbers in `ESC [ n ~` of F1 to F20. */
const TILDE_FUNCTION_KEYS = [
  11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34,
];

/**
 * stdin for Ink: one key per chunk whatever way the bytes arrived, split sequences joined, a paste whole; mouse, function keys and focus
 * reports go to callbacks, because Ink has no name for them.
 *
 * Everything is bounded, and what a bound drops is counted.
 */
export class TtyInput extends Readable {
  readonly isTTY = true;
  /** Keys and pasted characters that were dropped because a bound was reached. */
  dropped = 0;

  readonly #source: TerminalSource;
  readonly #options: TtyInputOptions;
  readonly #escapeMs: number;
  readonly #decoder = new StringDecoder('utf8');
  #pending = '';
  /** What a paste that has begun has brought so far; undefined outside of one. */
  #paste: string | undefined;
  #pasteDropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(source: TerminalSource, options: TtyInputOptions = {}) {
    super({ objectMode: true, highWaterMark: MAX_WAITING_KEYS, read() {} });
    this.#source = source;
    this.#options = options;
    this.#escapeMs = options.escapeMs ?? DEFAULT_ESCAPE_MS;
    source.on('data', this.#onData);
    source.on('end', this.#onEnd);
    source.on('close', this.#onEnd);
    source.on('error', this.#onEnd);
  }

  /** Keys are strings already; Ink asks for an encoding all the same. */
  override setEncoding(): this {
    return this;
  }

  /** Off means that the terminal belongs to somebody else: nothing is read from it until it is on again. */
  setRawMode(isRaw: boolean): this {
    this.#source.setRawMode?.(isRaw);
    if (isRaw) this.#source.resume?.();
    else this.#source.pause?.();
    return this;
  }

  ref(): this {
    this.#source.ref?.();
    return this;
  }

  unref(): this {
    this.#source.unref?.();
    return this;
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#source.off('data', this.#onData);
    this.#source.off('end', this.#onEnd);
    this.#source.off('close', this.#onEnd);
    this.#source.off('error', this.#onEnd);
    this.#source.pause?.();
    this.#source.unref?.();
    done(error);
  }

  readonly #onData = (data: string | Uint8Array): void => {
    if (this.#isOver) return;
    clearTimeout(this.#timer);
    const droppedBefore = this.dropped;
    this.#pending += typeof data === 'string' ? data : this.#decoder.write(data);
    this.#drain();
    this.#report(droppedBefore);
    this.#waitForTheRest();
  };

  /** The terminal is gone, or its read failed, which for a terminal is the same. */
  readonly #onEnd = (): void => {
    clearTimeout(this.#timer);
    if (this.#isOver || this.destroyed) return;
    this.#giveUpWaiting();
    this.#isOver = true;
    this.push(null);
  };

  #waitForTheRest(): void {
    if (this.#paste !== undefined) {
      this.#timer = setTimeout(this.#giveUpWaiting, PASTE_SILENCE_MS);
    } else if (this.#pending !== '') {
      this.#timer = setTimeout(this.#giveUpWaiting, this.#escapeMs);
    }
  }

  /** What was held back is all there will be: a lone ESC is the key, ESC and a letter is Alt, half a sequence is nobody's. */
  readonly #giveUpWaiting = (): void => {
    const droppedBefore = this.dropped;
    if (this.#paste !== undefined) {
      this.#paste += this.#pending;
      this.#pending = '';
      this.#endPaste();
    }
    const held = this.#pending;
    this.#pending = '';
    if (held === `${ESC}${ESC}`) {
      this.#key(ESC);
      this.#key(ESC);
    } else if (held.length === 1 || held.length === 2) this.#key(held);
    else if (held !== '') this.dropped++;
    this.#report(droppedBefore);
  };

  #report(before: number): void {
    if (this.dropped > before) this.#options.onDropped?.(this.dropped - before);
  }

  #drain(): void {
    while (this.#pending !== '') {
      const taken = this.#paste === undefined ? this.#next() : this.#pasted();
      if (taken === 0) return;
      this.#pending = this.#pending.slice(taken);
    }
  }

  /** Handles what `#pending` begins with; returns how much that was, 0 while the rest is still to come. */
  #next(): number {
    const text = this.#pending;
    if (text[0] !== ESC) return this.#text(text);
    const length = sequenceLength(text);
    if (length === 0) {
      if (text.length <= MAX_SEQUENCE) return 0;
      this.dropped++;
      return text.length;
    }
    if (length < 0) {
      this.dropped++;
      return -length;
    }
    this.#sequence(text.slice(0, length));
    return length;
  }

  #text(text: string): number {
    const next = text.indexOf(ESC);
    const end = next < 0 ? text.length : next;
    for (const key of text.slice(0, end)) this.#key(key);
    return end;
  }

  #key(key: string): void {
    if (this.readableLength >= MAX_WAITING_KEYS && key !== CTRL_C) {
      this.dropped++;
      return;
    }
    // Ctrl-C gets past a full buffer, but not without end either.
    if (this.readableLength >= 2 * MAX_WAITING_KEYS) return;
    this.push(key);
  }

  #sequence(sequence: string): void {
    if (sequence === PASTE_BEGIN) {
      this.#paste = '';
      this.#pasteDropped = 0;
      return;
    }
    if (sequence.startsWith(`${ESC}${ESC}`) && isReport(sequence.slice(1))) {
      // The Escape key, and right behind it something that the terminal says by itself.
      this.#key(ESC);
      this.#sequence(sequence.slice(1));
      return;
    }
    if (sequence === `${ESC}[0n` || sequence === `${ESC}[3n`) {
      this.#options.onAnswer?.();
      return;
    }
    if (sequence === `${ESC}[I` || sequence === `${ESC}[O`) {
      this.#options.onFocus?.(sequence.endsWith('I'));
      return;
    }
    const report = mouseReport(sequence);
    if (report !== undefined) {
      this.#options.onMouse?.(report);
      return;
    }
    const functionKey = functionKeyOf(sequence);
    if (functionKey !== undefined) {
      if (functionKey !== 'released') this.#options.onFunctionKey?.(functionKey);
      return;
    }
    // Answers of the terminal to questions of another program are not keys, nor is the end of a paste that never began.
    if (isAnswer(sequence) || sequence === PASTE_END) return;
    this.#key(sequence);
  }

  #pasted(): number {
    const text = this.#pending;
    const end = text.indexOf(PASTE_END);
    if (end >= 0) {
      this.#keep(text.slice(0, end));
      this.#endPaste();
      return end + PASTE_END.length;
    }
    // The end marker itself may be split.
    const sure = text.length - partialEnd(text);
    this.#keep(text.slice(0, sure));
    return sure;
  }

  #keep(text: string): void {
    const room = MAX_PASTE - this.#paste!.length;
    this.#paste += text.slice(0, room);
    this.#pasteDropped += Math.max(0, text.length - room);
  }

  #endPaste(): void {
    const text = this.#paste!.slice(0, MAX_PASTE).toWellFormed();
    this.#paste = undefined;
    this.dropped += this.#pasteDropped;
    this.#key(PASTE_BEGIN + text + PASTE_END);
  }
}

/** How many characters at the end could be the beginning of the end marker. */
function partialEnd(text: string): number {
  for (let length = Math.min(PASTE_END.length - 1, text.length); length > 0; length--) {
    if (PASTE_END.startsWith(text.slice(-length))) return length;
  }
  return 0;
}

const isBetween = (unit: number, low: number, high: number): boolean => unit >= low && unit <= high;

/** Length of the sequence that a text starting with ESC begins with; 0 while it is not complete, negative when it is broken. */
function sequenceLength(text: string): number {
  const kind = text[1];
  if (kind === undefined) return 0;
  if (kind === '[') return csiLength(text, 2);
  if (kind === 'O') return ss3Length(text, 2);
  if (kind === ']' || kind === 'P' || kind === '_') return stringLength(text);
  if (kind === ESC) return doubleEscapeLength(text);
  // Alt and a character.
  const point = text.codePointAt(1)!;
  if (isBetween(point, 0xd8_00, 0xdb_ff) && text.length === 2) return 0;
  return point > 0xff_ff ? 3 : 2;
}

/** `ESC ESC [ A` is Alt and a key in some terminals; anything else after two ESCs leaves the first one a key of its own. */
function doubleEscapeLength(text: string): number {
  const kind = text[2];
  if (kind === undefined) return 0;
  if (kind === '[') return csiLength(text, 3);
  return kind === 'O' ? ss3Length(text, 3) : 1;
}

function csiLength(text: string, from: number): number {
  // The Linux console's function keys: ESC [ [ A.
  if (text[from] === '[') return text.length > from + 1 ? from + 2 : 0;
  let at = from;
  while (at < text.length && isBetween(text.charCodeAt(at), 0x20, 0x3f)) {
    // rxvt's shifted editing keys end in a dollar sign.
    if (text[at] === '$' && at === from + 1 && '235678'.includes(text[from]!)) return at + 1;
    at++;
  }
  if (at === text.length) return 0;
  const isFinal = isBetween(text.charCodeAt(at), 0x40, 0x7e);
  if (!isFinal) return brokenAt(at);
  // X10 mouse: three more characters.
  if (text[at] === 'M' && at === from) return text.length >= at + 4 ? at + 4 : 0;
  return at + 1;
}

function ss3Length(text: string, from: number): number {
  let at = from;
  while (at < text.length && (isBetween(text.charCodeAt(at), 0x30, 0x39) || text[at] === ';')) at++;
  if (at === text.length) return 0;
  return isBetween(text.charCodeAt(at), 0x40, 0x7e) ? at + 1 : brokenAt(at);
}

/** A broken sequence ends where it breaks, and what broke it is read anew. ESC and one character are a key all the same: Alt. */
const brokenAt = (at: number): number => (at <= 2 ? at : -at);

const stringStart: Readonly<Record<string, RegExp>> = {
  ']': /^[0-9]/,
  P: /^[0-9>!$+]/,
  _: /^G/,
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: a control character ends what it does not belong to
const stringEnd = /\u0007|\u001B\\|[\u0000-\u0006\u0008-\u001A\u001C-\u001F]/;

/** OSC, DCS and APC answers run to BEL or ST, or to a control character that breaks them; without their usual first character they are Alt and a key. */
function stringLength(text: string): number {
  if (text.length === 2) return 0;
  if (!stringStart[text[1]!]!.test(text.slice(2, 3))) return 2;
  const end = stringEnd.exec(text);
  if (end === null) return 0;
  return end[0] < ' ' && end[0] !== '\u0007' && end[0].length === 1
    ? end.index
    : end.index + end[0].length;
}

/** Whether the terminal says this unasked by any key. */
const isReport = (sequence: string): boolean =>
  sequence === `${ESC}[I` ||
  sequence === `${ESC}[O` ||
  isAnswer(sequence) ||
  mouseReport(sequence) !== undefined;

function isAnswer(sequence: string): boolean {
  if (sequence.length <= 2) return false;
  const kind = sequence[1]!;
  if (kind === ']' || kind === 'P' || kind === '_') return true;
  // Device attributes, mode reports, cursor position. Kitty's `?…u` is Ink's to read.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of control characters
  return /^\u001B\[(?:[?>][0-9;]*[cn]|\?[0-9;]*\$y|[0-9]+;[0-9]+R|[03]n)$/.test(sequence);
}

const modifiersOf = (bits: number, shift: number, alt: number, ctrl: number): Modifiers => ({
  shift: (bits & shift) !== 0,
  alt: (bits & alt) !== 0,
  ctrl: (bits & ctrl) !== 0,
});

function mouseReport(sequence: string): MouseReport | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of control characters
  const sgr = /^\u001B\[<(\d+);(\d+);(\d+)([Mm])$/.exec(sequence);
  if (sgr !== null) {
    return mouseOf(Number(sgr[1]), Number(sgr[2]), Number(sgr[3]), sgr[4] === 'm');
  }
  if (!sequence.startsWith(`${ESC}[M`) || sequence.length !== 6) return undefined;
  const [code, x, y] = [3, 4, 5].map((i) => sequence.charCodeAt(i) - 32) as [
    number,
    number,
    number,
  ];
  return mouseOf(code, x, y, (code & 3) === 3 && (code & 0x60) === 0);
}

function mouseOf(code: number, x: number, y: number, isRelease: boolean): MouseReport {
  let kind: MouseReport['kind'] = 'press';
  if ((code & 64) !== 0) kind = (code & 1) === 0 ? 'wheelUp' : 'wheelDown';
  else if (isRelease) kind = 'release';
  else if ((code & 32) !== 0) kind = 'move';
  return { kind, button: code & 3, x: x - 1, y: y - 1, ...modifiersOf(code, 4, 8, 16) };
}

const functionKey =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are made of control characters
  /^\u001B(?:\[\[([A-E])|O(\d*)([P-S])|\[(?:1;(\d+)(?::(\d))?)?([P-S])|\[(\d+)(?:;(\d+)(?::(\d))?)?~)$/;

/** The function key of a sequence, `released` for kitty's report of letting one go. */
function functionKeyOf(sequence: string): FunctionKey | 'released' | undefined {
  const match = functionKey.exec(sequence);
  if (match === null) return undefined;
  const [, linux, ss3Mod, ss3, csiMod, csiEvent, csi, tilde, tildeMod, tildeEvent] = match;
  let number: number;
  if (linux !== undefined) number = 'ABCDE'.indexOf(linux) + 1;
  else if (tilde !== undefined) number = TILDE_FUNCTION_KEYS.indexOf(Number(tilde)) + 1;
  else number = 'PQRS'.indexOf((ss3 ?? csi)!) + 1;
  if (number === 0) return undefined;
  if ((csiEvent ?? tildeEvent) === '3') return 'released';
  const bits = Math.max(0, Number(ss3Mod || csiMod || tildeMod || 1) - 1);
  return { number, ...modifiersOf(bits, 1, 2, 4) };
}
