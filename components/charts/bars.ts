import { assertCells, clamped } from './scale.ts';

/** Filled from the left by eighths. */
const EIGHTHS = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'] as const;
const INVERSE = '\u001B[7m';
const NOT_INVERSE = '\u001B[27m';

/** Eighths of a cell that a share of `width` cells fills. More than nothing is at least one eighth, so that small is not none. */
function eighthsOf(share: number, width: number): number {
  if (!Number.isFinite(share) || share <= 0) return 0;
  return Math.max(1, Math.round(clamped(share) * width * 8));
}

function asciiCells(share: number, width: number): number {
  return Number.isFinite(share) && share > 0 ? Math.max(1, Math.round(clamped(share) * width)) : 0;
}

/**
 * A horizontal bar that grows from the left edge, exactly `width` cells. `share` is 0–1 of the width; NaN and less than nothing are blank.
 */
export function barRight(share: number, width: number, ascii = false): string {
  assertCells(width);
  if (width === 0) return '';
  if (ascii) return '#'.repeat(Math.min(width, asciiCells(share, width))).padEnd(width);
  const eighths = eighthsOf(share, width);
  const full = eighths >> 3;
  const rest = eighths & 7;
  const part = rest === 0 ? '' : EIGHTHS[rest]!;
  return ('█'.repeat(full) + part).padEnd(width);
}

/**
 * A horizontal bar that grows from the right edge, exactly `width` cells. Unicode has no blocks filled from the right by eighths: the partial
 * cell is the complement, reversed, so the row contains `ESC[7m … ESC[27m` and nothing else.
 */
export function barLeft(share: number, width: number, ascii = false): string {
  assertCells(width);
  if (width === 0) return '';
  if (ascii) return '#'.repeat(Math.min(width, asciiCells(share, width))).padStart(width);
  const eighths = eighthsOf(share, width);
  const full = eighths >> 3;
  const rest = eighths & 7;
  const part = rest === 0 ? '' : INVERSE + EIGHTHS[8 - rest]! + NOT_INVERSE;
  return ' '.repeat(width - full - (rest === 0 ? 0 : 1)) + part + '█'.repeat(full);
}

/** The two halves of a bar around a middle. */
export interface BothWays {
  /** What is negative: grows leftwards. */
  readonly left: string;
  /** What is positive: grows rightwards. */
  readonly right: string;
}

/**
 * A value from −1 to +1 as a bar that leaves the middle in its direction, as two halves to be drawn in their own roles; together exactly
 * `width` cells, the odd one to the right.
 */
export function barBothWays(value: number, width: number, ascii = false): BothWays {
  assertCells(width);
  const half = width >> 1;
  return {
    left: barLeft(-value, half, ascii),
    right: barRight(value, width - half, ascii),
  };
}
