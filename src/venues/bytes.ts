/*
 * Reading JSON from the bytes of a message, without making a string or an array of any of it. What is read here is ASCII: a byte beyond it, an
 * escape or a control character ends the reading, and whoever asked turns to JSON.parse instead.
 */

const SPACE = 32;
const QUOTE = 34;
const POINT = 46;
const ZERO = 48;
const BACKSLASH = 92;
const DELETE = 127;

/** Whole numbers of at most this many digits are exact. */
const DIGITS_AT_MOST = 15;

/** Digits that fit a 32-bit integer, whose arithmetic is several times as fast as that of doubles. */
const FAST_DIGITS = 9;
const POWERS = Float64Array.from({ length: DIGITS_AT_MOST + 1 }, (_, power) => 10 ** power);
const FAST_POWERS = Int32Array.from({ length: FAST_DIGITS + 1 }, (_, power) => 10 ** power);

/**
 * Where the last reading ended: the position behind what was read. Only good until the next reading; a function cannot hand out two
 * numbers without allocating.
 */
export const reading = { end: 0 };

/** Position of the quote that ends the string whose first character is at `at`; −1 when JSON would have to unescape or refuse something in it. */
export function endOfText(bytes: Uint8Array, at: number): number {
  const { length } = bytes;
  for (let i = at; i < length; i += 1) {
    const code = bytes[i]!;
    if (code === QUOTE) return i;
    if (code < SPACE || code === BACKSLASH || code >= DELETE) return -1;
  }
  return -1;
}

/** Whether `text`, which is ASCII, stands at `at`. */
export function standsAt(bytes: Uint8Array, at: number, text: string): boolean {
  const { length } = text;
  if (at + length > bytes.length) return false;
  for (let i = 0; i < length; i += 1) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/**
 * A whole number without sign, point, exponent or leading zero, of at most 15 digits. `reading.end` is the position behind it.
 *
 * @returns −1 for anything else.
 */
export function wholeAt(bytes: Uint8Array, start: number): number {
  let at = start;
  let digit = bytes[at]! - ZERO;
  let head = 0;
  const fast = start + FAST_DIGITS;
  while (digit >>> 0 <= 9 && at < fast) {
    head = (Math.imul(head, 10) + digit) | 0;
    at += 1;
    digit = bytes[at]! - ZERO;
  }
  const middle = at;
  let tail = 0;
  while (digit >>> 0 <= 9 && at < start + DIGITS_AT_MOST) {
    tail = (Math.imul(tail, 10) + digit) | 0;
    at += 1;
    digit = bytes[at]! - ZERO;
  }
  if (at === start || digit >>> 0 <= 9) return -1;
  if (at > start + 1 && bytes[start] === ZERO) return -1;
  reading.end = at;
  return head * POWERS[at - middle]! + tail;
}

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
export function stepsAt(bytes: Uint8Array, start: number, decimals: number, units: number): number {
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
  if (whole + decimals > FAST_DIGITS) return longStepsAt(bytes, start, decimals, units);
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
function longStepsAt(bytes: Uint8Array, start: number, decimals: number, units: number): number {
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

/** Texts that come again and again, such as symbols and names of streams, found by their bytes: each is made into a string once. */
export interface Texts {
  readonly slots: (string | undefined)[];
  count: number;
}

/** Slots of a table of texts, a power of two. At half of that it is emptied and begins anew, so that a venue that invents names costs time and no memory. */
const SLOTS = 2 ** 14;
const FULL = SLOTS / 2;

/** Bytes of a name that its place in the table depends on. */
const HASHED = 10;

export const createTexts = (): Texts => ({ slots: new Array(SLOTS), count: 0 });

/** The string of the ASCII bytes between `start` and `end`. */
export function textAt(texts: Texts, bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  // Names differ in their first letters; what is found is compared to the last one.
  const hashed = length < HASHED ? end : start + HASHED;
  let hash = length;
  for (let i = start; i < hashed; i += 1) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
  for (;;) {
    const known = texts.slots[slot];
    if (known === undefined) break;
    if (known.length === length && standsAt(bytes, start, known)) return known;
    slot = (slot + 1) & (SLOTS - 1);
  }
  const text = Buffer.from(bytes.subarray(start, end)).toString('latin1');
  if (texts.count >= FULL) {
    texts.slots.fill(undefined);
    texts.count = 0;
    return text;
  }
  texts.slots[slot] = text;
  texts.count += 1;
  return text;
}
