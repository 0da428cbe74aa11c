import type { Levels } from '../model/event.ts';
import { decimalsOfScale, FAST_DIGITS, reading, scratch, stepsAt } from './bytes.ts';
import type { Listed } from './listed.ts';

/*
 * Levels are where the time goes. Two loops over their digits would take a dozen instructions a character; instead four characters are taken at a time, as
 * a word: whether all of them are digits is one test, and the number they make three multiplications. Prices of a message are written alike, so where their
 * points and ends are is expected rather than looked for. What does not look as expected is read character by character (`stepsAt`).
 */

const QUOTE = 34;
const COMMA = 44;
const ZERO = 48;
/** A decimal point, as a digit would be read. */
const POINT = 46 - ZERO;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;

const POWERS = Int32Array.from({ length: FAST_DIGITS + 1 }, (_, power) => 10 ** power);

/** The message, as a constant of this file: what the compiler knows is read faster. */
const bytes: Uint8Array = scratch;
const words = new DataView(scratch.buffer, scratch.byteOffset, scratch.byteLength);

/** More levels of one side are parsed. */
const LEVELS_AT_MOST = 5000;

/** Levels of the message in hand, `[ticks, lots, …]`: those of its bids, and behind them those of its asks. */
export const steps = new Float64Array(4 * LEVELS_AT_MOST);

/** Where the levels of a side lie in `steps`, and what of them has been read. */
export interface SideNotes {
  readonly begin: number;
  readonly end: number;
  /** Levels that the message has. */
  count: number;
  /** `steps` cut to the side, by number of levels: made once each, so that a message costs no memory. */
  readonly views: (Levels | undefined)[];
}
const sideFrom = (begin: number): SideNotes => ({
  begin,
  end: begin + 2 * LEVELS_AT_MOST,
  count: 0,
  views: [],
});
export const bids = sideFrom(0);
export const asks = sideFrom(2 * LEVELS_AT_MOST);

/** Levels of a side that has been read; good until the next message is in hand. */
export function levelsOf(side: SideNotes): Levels {
  let view = side.views[side.count];
  if (view === undefined) {
    view = steps.subarray(side.begin, side.begin + 2 * side.count);
    side.views[side.count] = view;
  }
  return view;
}

const ZEROS = 0x30303030;
const ABOVE_NINE = 0x46464646;
const HIGH_BITS = 0x80808080 | 0;
/** `["`, `","` and `"]`, as words. */
const OPENING = OPEN_ARRAY | (QUOTE << 8);
const BETWEEN = QUOTE | (COMMA << 8) | (QUOTE << 16);
const CLOSING = QUOTE | (CLOSE_ARRAY << 8);

/** How the last price was written. More than 64 bytes, as smaller arrays move about in memory. */
const layout = new Int32Array(32);
/** Digits before the point, at most 8; 0 when nothing is expected. */
const WHOLE = 0;
/** Of the first four of them, and of the rest: how far up their word they move, and the bits that tell of characters that are no digits. */
const HEAD_SHIFT = 1;
const HEAD_MASK = 2;
const TAIL_SHIFT = 3;
const TAIL_MASK = 4;
/** What the first four are worth in steps of the rest. */
const TAIL_POWER = 5;
/** Characters behind the point, at most 4: as many of them as the grid has decimals are read, and the others have to be zeros. */
const FRACTION = 6;
const FRACTION_SHIFT = 7;
const FRACTION_MASK = 8;
const FRACTION_ZEROS = 9;
/** Steps of a whole unit. */
const UNIT = 10;
/** Decimals of the grid for which all this holds. */
const DECIMALS = 11;

const lowBytes = (count: number): number => (count === 0 ? 0 : -1 >>> (32 - 8 * count));

/** Learns how prices are written from the one between `start` and `stop`. */
function learnLayout(start: number, stop: number, decimals: number): void {
  let point = start;
  while (point < stop && bytes[point] !== POINT + ZERO) point += 1;
  const whole = point - start;
  const fraction = Math.max(0, stop - point - 1);
  const isExpected =
    whole <= 8 && fraction <= 4 && fraction >= decimals && whole + decimals <= FAST_DIGITS;
  layout[WHOLE] = isExpected ? whole : 0;
  if (!isExpected) return;
  const head = Math.min(4, whole);
  const tail = whole - head;
  layout[HEAD_SHIFT] = 32 - 8 * head;
  layout[HEAD_MASK] = HIGH_BITS & lowBytes(head);
  layout[TAIL_SHIFT] = 32 - 8 * tail;
  layout[TAIL_MASK] = HIGH_BITS & lowBytes(tail);
  layout[TAIL_POWER] = POWERS[tail]!;
  layout[FRACTION] = fraction;
  layout[FRACTION_SHIFT] = 32 - 8 * decimals;
  layout[FRACTION_MASK] = HIGH_BITS & lowBytes(fraction);
  layout[FRACTION_ZEROS] = lowBytes(fraction) & ~lowBytes(decimals);
  layout[UNIT] = POWERS[decimals]!;
  layout[DECIMALS] = decimals;
}

/**
 * Reads `[["price","size"],…]` from the bracket at `start` in steps of the listing's grids.
 *
 * @returns the position behind it, or −1 when it is spelled otherwise, a level lies off the grids or a price is zero.
 */
export function readLevels(
  into: SideNotes,
  start: number,
  { priceGrid, sizeGrid }: Listed,
): number {
  const priceDecimals = decimalsOfScale(priceGrid.scale);
  const sizeDecimals = decimalsOfScale(sizeGrid.scale);
  if (priceDecimals < 0 || sizeDecimals < 0) return -1;
  const priceUnits = priceGrid.units;
  const sizeUnits = sizeGrid.units;
  const isFastPrice = priceUnits === 1 && priceDecimals <= 4;
  if (!isFastPrice || layout[DECIMALS] !== priceDecimals) layout[WHOLE] = 0;
  // With three digits before the point, or seven where nothing stands behind it.
  const isFastSize = sizeUnits === 1 && sizeDecimals <= 4;
  const sizeUnit = isFastSize ? POWERS[sizeDecimals]! : 0;
  const most = into.end;
  let filled = into.begin;
  let at = start + 1;
  if (bytes[at] !== CLOSE_ARRAY) {
    for (;;) {
      if (words.getUint16(at, true) !== OPENING || filled === most) return -1;
      at += 2;

      let ticks = -1;
      const whole = layout[WHOLE]!;
      if (whole !== 0) {
        let word = words.getInt32(at, true);
        let bad = ((word - ZEROS) | (word + ABOVE_NINE)) & layout[HEAD_MASK]!;
        word = (word - ZEROS) << layout[HEAD_SHIFT]!;
        word = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff00ff;
        let value = (Math.imul(word, 100) + (word >>> 16)) & 0xffff;
        if (whole > 4) {
          word = words.getInt32(at + 4, true);
          bad |= ((word - ZEROS) | (word + ABOVE_NINE)) & layout[TAIL_MASK]!;
          word = (word - ZEROS) << layout[TAIL_SHIFT]!;
          word = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff00ff;
          word = (Math.imul(word, 100) + (word >>> 16)) & 0xffff;
          value = (Math.imul(value, layout[TAIL_POWER]!) + word) | 0;
        }
        let stop = at + whole;
        const fraction = layout[FRACTION]!;
        if (fraction !== 0) {
          if (bytes[stop] !== POINT + ZERO) bad = 1;
          word = words.getInt32(stop + 1, true);
          bad |= ((word - ZEROS) | (word + ABOVE_NINE)) & layout[FRACTION_MASK]!;
          bad |= (word ^ ZEROS) & layout[FRACTION_ZEROS]!;
          value = Math.imul(value, layout[UNIT]!);
          if (priceDecimals > 0) {
            word = (word - ZEROS) << layout[FRACTION_SHIFT]!;
            word = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff00ff;
            value = (value + ((Math.imul(word, 100) + (word >>> 16)) & 0xffff)) | 0;
          }
          stop += 1 + fraction;
        }
        if (bad === 0 && bytes[stop] === QUOTE) {
          ticks = value;
          at = stop;
        }
      }
      if (ticks < 0) {
        ticks = stepsAt(at, priceDecimals, priceUnits);
        if (ticks < 0) return -1;
        if (isFastPrice) learnLayout(at, reading.end, priceDecimals);
        at = reading.end;
      }
      if (ticks === 0 || (words.getInt32(at, true) & 0xffffff) !== BETWEEN) return -1;
      at += 3;

      let lots = -1;
      if (isFastSize) {
        let word = words.getInt32(at, true);
        let others = ((word - ZEROS) | (word + ABOVE_NINE)) & HIGH_BITS;
        if (others !== 0) {
          const digits = (31 - Math.clz32(others & -others)) >> 3;
          if (digits === 0) return -1;
          word = (word - ZEROS) << (32 - 8 * digits);
          word = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff00ff;
          const value = Math.imul((Math.imul(word, 100) + (word >>> 16)) & 0xffff, sizeUnit);
          const stop = at + digits;
          if (bytes[stop] === QUOTE) {
            lots = value;
            at = stop;
          } else if (bytes[stop] === POINT + ZERO) {
            word = words.getInt32(stop + 1, true);
            others = ((word - ZEROS) | (word + ABOVE_NINE)) & HIGH_BITS;
            const decimals = others === 0 ? 4 : (31 - Math.clz32(others & -others)) >> 3;
            if (decimals === sizeDecimals && decimals > 0) {
              word = (word - ZEROS) << (32 - 8 * decimals);
              word = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff00ff;
              lots = (value + ((Math.imul(word, 100) + (word >>> 16)) & 0xffff)) | 0;
              // The same number, but one that need not be waited for.
              at = stop + 1 + sizeDecimals;
            }
          }
        } else if (sizeDecimals === 0) {
          word = (Math.imul(word - ZEROS, 10) + ((word - ZEROS) >>> 8)) & 0x00ff00ff;
          const value = (Math.imul(word, 100) + (word >>> 16)) & 0xffff;
          word = words.getInt32(at + 4, true);
          others = ((word - ZEROS) | (word + ABOVE_NINE)) & HIGH_BITS;
          const digits = others === 0 ? 0 : (31 - Math.clz32(others & -others)) >> 3;
          if (bytes[at + 4 + digits] === QUOTE) {
            lots = value;
            if (digits > 0) {
              word = (word - ZEROS) << (32 - 8 * digits);
              word = (Math.imul(word, 10) + (word >>> 8)) & 0x00ff00ff;
              word = (Math.imul(word, 100) + (word >>> 16)) & 0xffff;
              lots = (Math.imul(value, POWERS[digits]!) + word) | 0;
            }
            at += 4 + digits;
          }
        }
      }
      if (lots < 0) {
        lots = stepsAt(at, sizeDecimals, sizeUnits);
        if (lots < 0) return -1;
        at = reading.end;
      }
      steps[filled] = ticks;
      steps[filled + 1] = lots;
      filled += 2;
      if (words.getUint16(at, true) !== CLOSING) return -1;
      const next = bytes[at + 2];
      at += 3;
      if (next === CLOSE_ARRAY) break;
      if (next !== COMMA) return -1;
    }
  } else at += 1;
  into.count = (filled - into.begin) >> 1;
  return at;
}
