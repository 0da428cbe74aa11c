import type { Message } from '../model/record.ts';

/*
 * Reading JSON from the bytes of a message, without making a string or an array of any of it. What is read here is ASCII: a byte beyond it, an
 * escape or a control character ends the reading, and whoever asked turns to JSON.parse instead.
 *
 * One message at a time. It is copied to memory that never moves and is known when the code is compiled: that is read several times as fast as a
 * buffer that is another one each time.
 */

const SPACE = 32;
const QUOTE = 34;
const POINT = 46;
const ZERO = 48;
const BACKSLASH = 92;
const DELETE = 127;

/** Longer messages are parsed. */
const LONGEST = 2 ** 18;
/** Whoever looks for a word near the end of a message looks a few bytes behind it. */
const MARGIN = 64;

/** Where the message in hand begins at 0. */
export const scratch = Buffer.alloc(LONGEST + MARGIN);
const bytes = scratch;
const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * The message in hand, and where the last reading ended: the position behind what was read. Only good until the next reading, as a function cannot
 * hand out two numbers without allocating.
 */
export const reading: { length: number; end: number; msg: Uint8Array | null } = {
  length: 0,
  end: 0,
  msg: null,
};

/** Takes a message in hand. False when it is too long, or no ASCII: only then is one character one byte. */
export function take(msg: Message): boolean {
  const { length } = msg;
  if (typeof msg === 'string') {
    reading.msg = null;
    if (length > LONGEST || bytes.write(msg) !== length) return false;
  } else {
    // The same message as a moment ago: first its stream is asked for, then what it says.
    if (reading.msg === msg) return true;
    reading.msg = null;
    if (length > LONGEST) return false;
    bytes.set(msg);
    reading.msg = msg;
  }
  reading.length = length;
  // What is left of longer messages begins behind this.
  bytes[length] = 0;
  return true;
}

/** A text that is looked for in the message, in words of four bytes. */
export interface Pattern {
  readonly length: number;
  readonly words: Int32Array;
  /** Bits of the last word that belong to the text. */
  readonly last: number;
}

export function patternOf(text: string): Pattern {
  const padded = Buffer.alloc(Math.max(1, Math.ceil(text.length / 4)) * 4);
  padded.write(text, 'latin1');
  const rest = text.length % 4;
  return {
    length: text.length,
    words: Int32Array.from({ length: padded.length / 4 }, (_, i) => padded.readInt32LE(4 * i)),
    last: text.length === 0 ? 0 : rest === 0 ? -1 : 2 ** (8 * rest) - 1,
  };
}

/** Whether a text stands at `start`. */
export function matches(start: number, { words: wanted, last }: Pattern): boolean {
  const before = wanted.length - 1;
  for (let i = 0; i < before; i += 1)
    if (words.getInt32(start + 4 * i, true) !== wanted[i]) return false;
  return ((words.getInt32(start + 4 * before, true) ^ wanted[before]!) & last) === 0;
}

/** Position of the quote that ends the string whose first character is at `at`; −1 when JSON would have to unescape or refuse something in it. */
export function endOfText(at: number): number {
  for (let i = at; ; i += 1) {
    const code = bytes[i]!;
    if (code === QUOTE) return i;
    if (code < SPACE || code === BACKSLASH || code >= DELETE) return -1;
  }
}

const HIGH_BITS = 0x80808080 | 0;

/** A bit for each of the four characters that is no digit, right up to the first of them. */
const nonDigitsIn = (word: number): number =>
  ((word - 0x30303030) | (word + 0x46464646)) & HIGH_BITS;

/** How many of the four characters come before the first that is no digit. */
const digitsBefore = (nonDigits: number): number => (31 - Math.clz32(nonDigits & -nonDigits)) >> 3;

/** The number that four digits make, the first of them in the lowest byte. */
function fourDigits(digits: number): number {
  const pairs = (Math.imul(digits, 10) + (digits >>> 8)) & 0x00ff00ff;
  return (Math.imul(pairs, 100) + (pairs >>> 16)) & 0xffff;
}

/** Whole numbers of at most this many digits are exact. */
const DIGITS_AT_MOST = 15;
const POWERS = Float64Array.from({ length: DIGITS_AT_MOST + 1 }, (_, power) => 10 ** power);

/** The number that `wholeAt` has read, in its first place: a double that a function returns is garbage. More than 64 bytes, as smaller arrays move. */
export const found = new Float64Array(16);

/**
 * A whole number without sign, point, exponent or leading zero, of at most 15 digits: it is in `found`.
 *
 * @returns the position behind it; −1 for anything else.
 */
export function wholeAt(start: number): number {
  let at = start;
  let value = 0;
  for (;;) {
    const word = words.getInt32(at, true);
    const others = nonDigitsIn(word);
    if (others !== 0) {
      const count = digitsBefore(others);
      // The digits move up, and zeros come before them.
      if (count > 0)
        value = value * POWERS[count]! + fourDigits((word - 0x30303030) << (32 - 8 * count));
      at += count;
      break;
    }
    value = value * 10_000 + fourDigits(word - 0x30303030);
    at += 4;
    if (at - start > DIGITS_AT_MOST) return -1;
  }
  const digits = at - start;
  if (digits === 0 || digits > DIGITS_AT_MOST) return -1;
  if (digits > 1 && bytes[start] === ZERO) return -1;
  found[0] = value;
  return at;
}

/** Digits that fit a 32-bit integer, whose arithmetic is several times as fast as that of doubles. */
export const FAST_DIGITS = 9;
const FAST_POWERS = Int32Array.from({ length: FAST_DIGITS + 1 }, (_, power) => 10 ** power);

/**
 * Number of decimals of a grid whose scale is a power of ten, as `stepsAt` wants it; −1 for a grid too fine to be read here.
 */
export function decimalsOfScale(scale: number): number {
  for (let decimals = 0; decimals <= DIGITS_AT_MOST; decimals += 1)
    if (POWERS[decimals] === scale) return decimals;
  return -1;
}

/**
 * Steps of the plain decimal (`61800.20`) that begins at `start`, on the grid of `units` steps of so many decimals. `reading.end` is the
 * position behind it. Exact: nothing is rounded.
 *
 * @param units of the grid: 1 for a step that is a power of ten, 5 for 0.05.
 * @returns −1 when it lies between the steps, has more than 15 digits, or is no plain decimal.
 */
export function stepsAt(start: number, decimals: number, units: number): number {
  let at = start;
  let steps = 0;
  let digit = bytes[at]! - ZERO;
  while (digit >>> 0 <= 9) {
    steps = (Math.imul(steps, 10) + digit) | 0;
    at += 1;
    digit = bytes[at]! - ZERO;
  }
  const whole = at - start;
  if (whole === 0) return -1;
  // What overflowed above is read again.
  if (whole + decimals > FAST_DIGITS) return longStepsAt(start, decimals, units);
  let left = decimals;
  if (digit === POINT - ZERO) {
    at += 1;
    const fraction = at;
    digit = bytes[at]! - ZERO;
    while (left > 0 && digit >>> 0 <= 9) {
      steps = (Math.imul(steps, 10) + digit) | 0;
      left -= 1;
      at += 1;
      digit = bytes[at]! - ZERO;
    }
    while (bytes[at] === ZERO) at += 1;
    if (at === fraction) return -1;
  }
  reading.end = at;
  if (left > 0) steps = Math.imul(steps, FAST_POWERS[left]!);
  if (units === 1) return steps;
  return steps % units === 0 ? steps / units : -1;
}

/** The same for numbers of up to 15 digits, on doubles. */
function longStepsAt(start: number, decimals: number, units: number): number {
  let at = start;
  let steps = 0;
  let digit = bytes[at]! - ZERO;
  while (digit >>> 0 <= 9) {
    if (at - start >= DIGITS_AT_MOST) return -1;
    steps = steps * 10 + digit;
    at += 1;
    digit = bytes[at]! - ZERO;
  }
  if (at - start + decimals > DIGITS_AT_MOST) return -1;
  let left = decimals;
  if (digit === POINT - ZERO) {
    at += 1;
    const fraction = at;
    digit = bytes[at]! - ZERO;
    while (left > 0 && digit >>> 0 <= 9) {
      steps = steps * 10 + digit;
      left -= 1;
      at += 1;
      digit = bytes[at]! - ZERO;
    }
    while (bytes[at] === ZERO) at += 1;
    if (at === fraction) return -1;
  }
  reading.end = at;
  steps *= POWERS[left]!;
  if (units === 1) return steps;
  return steps % units === 0 ? steps / units : -1;
}

/**
 * The plain decimal at `start` as the double that is nearest to it, which is what `Number` makes of the same text: with at most 15 digits both parts of
 * the division are exact. `reading.end` is the position behind it.
 *
 * @returns −1 for anything else.
 */
export function decimalAt(start: number): number {
  let at = start;
  let value = 0;
  let digit = bytes[at]! - ZERO;
  while (digit >>> 0 <= 9) {
    value = value * 10 + digit;
    at += 1;
    digit = bytes[at]! - ZERO;
  }
  let digits = at - start;
  if (digits === 0) return -1;
  let decimals = 0;
  if (digit === POINT - ZERO) {
    at += 1;
    const fraction = at;
    digit = bytes[at]! - ZERO;
    while (digit >>> 0 <= 9) {
      value = value * 10 + digit;
      at += 1;
      digit = bytes[at]! - ZERO;
    }
    decimals = at - fraction;
    if (decimals === 0) return -1;
    digits += decimals;
  }
  if (digits > DIGITS_AT_MOST) return -1;
  reading.end = at;
  return value / POWERS[decimals]!;
}

/** Texts that come again and again, such as symbols and names of streams, found by their bytes: each is made into a string once. */
export interface Texts {
  readonly texts: (string | undefined)[];
  readonly patterns: (Pattern | undefined)[];
  count: number;
}

/** Slots of a table of texts, a power of two. At half of that it is emptied and begins anew, so that a venue that invents names costs time and no memory. */
const SLOTS = 2 ** 13;
const FULL = SLOTS / 2;

export const createTexts = (): Texts => ({
  texts: new Array(SLOTS),
  patterns: new Array(SLOTS),
  count: 0,
});

/** The string of the ASCII bytes between `start` and `end`. */
export function textAt(table: Texts, start: number, end: number): string {
  const length = end - start;
  // Of twelve letters; what is found is compared to the last one.
  let hash = words.getInt32(start, true);
  if (length < 4) hash &= 2 ** (8 * length) - 1;
  hash = Math.imul(hash ^ length, 0x9e3779b1);
  if (length > 4) hash = Math.imul(hash ^ words.getInt32(end - 4, true), 0x85ebca6b);
  if (length > 8) hash = Math.imul(hash ^ words.getInt32(start + 4, true), 0xc2b2ae35);
  let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  for (;;) {
    const known = table.patterns[slot];
    if (known === undefined) break;
    if (known.length === length && matches(start, known)) return table.texts[slot]!;
    slot = (slot + 1) & (SLOTS - 1);
  }
  const text = bytes.toString('latin1', start, end);
  if (table.count >= FULL) {
    table.texts.fill(undefined);
    table.patterns.fill(undefined);
    table.count = 0;
    return text;
  }
  table.texts[slot] = text;
  table.patterns[slot] = patternOf(text);
  table.count += 1;
  return text;
}
