import type { Grid } from '../model/grid.ts';

/** What `stepsIn` answers for a number that lies between two steps of the grid. */
export const OFF_GRID = -1;

const ZERO = 48;
const POINT = 46;

/**
 * Whole steps of `grid` that the plain decimal text (`"61800.20"`) between `start` and `end` stands for, read digit by digit, so that no
 * rounding takes part.
 *
 * @returns `OFF_GRID` when the number has more decimals than the grid or lies between its steps; NaN when the text is not a plain
 * decimal without sign and exponent, or needs more than 2^53 steps.
 */
export function stepsIn(text: string, grid: Grid, start = 0, end = text.length): number {
  let digits = 0;
  let at = start;
  for (; at < end; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) break;
    digits = digits * 10 + digit;
  }
  if (at === start) return Number.NaN;
  let scale = grid.scale;
  let isBetween = false;
  if (at < end) {
    if (text.charCodeAt(at) !== POINT || at + 1 === end) return Number.NaN;
    for (at += 1; at < end; at += 1) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) return Number.NaN;
      if (scale > 1) {
        digits = digits * 10 + digit;
        scale /= 10;
      } else if (digit !== 0) isBetween = true;
    }
  }
  const units = digits * scale;
  if (units > Number.MAX_SAFE_INTEGER) return Number.NaN;
  if (isBetween) return OFF_GRID;
  if (grid.units === 1) return units;
  const steps = units / grid.units;
  return Number.isInteger(steps) ? steps : OFF_GRID;
}

/** Decimals of a plain decimal text without the zeros at its end: 1 for `"61800.20"`, 0 for `"5"` and for `"5.00"`. */
export function decimalsIn(text: string): number {
  const point = text.indexOf('.');
  if (point < 0) return 0;
  let end = text.length;
  while (text.charCodeAt(end - 1) === ZERO) end -= 1;
  return end - point - 1;
}

/**
 * A JSON number as plain decimal text, exponent written out: `1e-7` → `"0.0000001"`. Undefined unless it is finite.
 */
export function textOfNumber(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  const text = String(value);
  const exponentAt = text.indexOf('e');
  if (exponentAt < 0) return text;
  const exponent = Number(text.slice(exponentAt + 1));
  const isNegative = text.startsWith('-');
  const [whole = '', fraction = ''] = text.slice(isNegative ? 1 : 0, exponentAt).split('.');
  const sign = isNegative ? '-' : '';
  const digits = whole + fraction;
  return exponent < 0
    ? `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
    : `${sign}${digits.padEnd(exponent + 1, '0')}`;
}

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);

/** The coarsest grid on which every step of both lies: the common divisor of the two steps. */
export function commonGrid(a: Grid, b: Grid): Grid {
  const scale = Math.max(a.scale, b.scale);
  const units = greatestCommonDivisor(a.units * (scale / a.scale), b.units * (scale / b.scale));
  return units === a.units && scale === a.scale ? a : { units, scale };
}

/** The grid that holds every number of that many decimals. */
export const decimalGrid = (decimals: number): Grid => ({ units: 1, scale: 10 ** decimals });
