import { fitted } from './cell-width.ts';

/** What stands where there is no number. */
export const absentMark = (ascii = false): string => (ascii ? '-' : '—');

export interface NumberOptions {
  /** `+` before positive numbers, so that direction does not rest on colour. Zero has no sign. */
  readonly sign?: boolean;
  /** Thousands separated by commas where the width allows. */
  readonly thousands?: boolean;
  /** Text before the digits, after the sign: `$`. */
  readonly prefix?: string;
  /** Text after the digits: ` %`. */
  readonly unit?: string;
  readonly ascii?: boolean;
}

const MAX_DECIMALS = 12;

/**
 * Decimals in which prices on a grid of `tickSize` are written: 0.1 → 1, 0.5 → 1, 0.25 → 2, 25 → 0.
 *
 * At most 12; a tick that is not a positive number has none.
 */
export function decimalsOfTick(tickSize: number): number {
  if (!Number.isFinite(tickSize) || tickSize <= 0) return 0;
  for (let decimals = 0; decimals < MAX_DECIMALS; decimals++) {
    const scaled = tickSize * 10 ** decimals;
    if (scaled > 0.5 && Math.abs(scaled - Math.round(scaled)) < 1e-9 * scaled) return decimals;
  }
  return MAX_DECIMALS;
}

function groupThousands(digits: string): string {
  const point = digits.indexOf('.');
  const whole = point < 0 ? digits : digits.slice(0, point);
  const rest = point < 0 ? '' : digits.slice(point);
  return whole.replace(/\B(?=(?:\d{3})+$)/g, ',') + rest;
}

/** Rounded digits with sign, prefix and unit. A value that rounds to zero has no sign. */
function written(value: number, digits: string, options: NumberOptions): string {
  const isZero = !/[1-9]/.test(digits);
  const sign = isZero ? '' : value < 0 ? '-' : options.sign === true ? '+' : '';
  return `${sign}${options.prefix ?? ''}${digits}${options.unit ?? ''}`;
}

/** The first candidate that fits, right-aligned; `####` when none does, because cut digits would be another number. */
function firstThatFits(candidates: Iterable<string>, width: number): string {
  for (const candidate of candidates) {
    if (candidate.length <= width) return fitted(candidate, width, { align: 'right' });
  }
  return '#'.repeat(width);
}

function* fixedForms(value: number, decimals: number, options: NumberOptions): Generator<string> {
  const magnitude = Math.abs(value);
  if (magnitude < 1e21) {
    const digits = magnitude.toFixed(decimals);
    if (options.thousands === true) yield written(value, groupThousands(digits), options);
    for (let d = decimals; d >= 0; d--) yield written(value, magnitude.toFixed(d), options);
  }
  yield* compactForms(value, options);
}

const COMPACT_UNITS = ['', 'K', 'M', 'B', 'T'];

function compactDigits(magnitude: number, decimalsDropped: number): string | undefined {
  for (const [power, unit] of COMPACT_UNITS.entries()) {
    const mantissa = magnitude / 1000 ** power;
    const decimals = Math.max(0, (mantissa < 99.995 ? 2 : 1) - decimalsDropped);
    const digits = mantissa.toFixed(decimals);
    // Rounding may carry into the next unit: 999.96M is 1.00B.
    if (Number(digits) < 1000) return digits + unit;
  }
  return undefined;
}

function* compactForms(value: number, options: NumberOptions): Generator<string> {
  const magnitude = Math.abs(value);
  if (magnitude === 0) {
    yield written(value, '0', options);
    return;
  }
  for (let dropped = 0; dropped <= 2; dropped++) {
    const digits = compactDigits(magnitude, dropped);
    if (digits !== undefined) yield written(value, digits, options);
  }
  yield written(value, magnitude.toExponential(1).replace('e+', 'e'), options);
  yield written(value, magnitude.toExponential(0).replace('e+', 'e'), options);
}

/**
 * A number with fixed decimals in exactly `width` cells, right-aligned, so that columns do not jump.
 *
 * Too narrow: separators go first, then decimals, then a compact form (`1.23M`), then `####`. What is not finite is written as absent.
 */
export function fixed(
  value: number,
  width: number,
  decimals: number,
  options: NumberOptions = {},
): string {
  if (!Number.isFinite(value)) return dash(width, options);
  return firstThatFits(fixedForms(value, decimals, options), width);
}

/**
 * A magnitude in at most six characters besides sign and prefix: `1.23B`, `12.34M`, `456.7M`, `987.6`, right-aligned in exactly `width` cells.
 */
export function compact(value: number, width: number, options: NumberOptions = {}): string {
  if (!Number.isFinite(value)) return dash(width, options);
  return firstThatFits(compactForms(value, options), width);
}

/** US dollars in compact form: `$1.23B`, `-$456.7M`. */
export const compactUsd = (value: number, width: number, options: NumberOptions = {}): string =>
  compact(value, width, { prefix: '$', ...options });

/** A fraction as percent: 0.0123 → `1.23 %`. The unit can be narrowed (`%`) or left to the column's header (empty). */
export const percent = (
  fraction: number,
  width: number,
  decimals = 2,
  options: NumberOptions = {},
): string => fixed(fraction * 100, width, decimals, { unit: ' %', ...options });

/** A number that is already in basis points: `1.2 bps`. */
export const bps = (
  value: number,
  width: number,
  decimals = 1,
  options: NumberOptions = {},
): string => fixed(value, width, decimals, { unit: ' bps', ...options });

/** A funding rate per 8 h, given as a fraction: 0.0001 → `0.0100 %`. Four decimals are what desks compare. */
export const rate8h = (fraction: number, width: number, options: NumberOptions = {}): string =>
  percent(fraction, width, 4, options);

/** The absent mark, right-aligned like the number it stands for. */
export const dash = (width: number, options: { readonly ascii?: boolean } = {}): string =>
  fitted(absentMark(options.ascii), width, { align: 'right' });

/** `▲` up, `▼` down, `=` unchanged, one cell; `^` and `v` in ASCII. Absent is a space. */
export function arrow(change: number, ascii = false): string {
  if (Number.isNaN(change)) return ' ';
  if (change > 0) return ascii ? '^' : '▲';
  if (change < 0) return ascii ? 'v' : '▼';
  return '=';
}
