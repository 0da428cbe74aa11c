import { fitted } from '../format/cell-width.ts';
import { assertCells, openedRange, position, type Range, rangeOf, type Values } from './scale.ts';

/** Dots of a cell by row and column, as Unicode numbers them from U+2800. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** A rectangle of dots, two by four to a cell. */
class Dots {
  readonly width: number;
  readonly height: number;
  readonly masks: Uint8Array;

  constructor(columns: number, rows: number) {
    this.width = columns * 2;
    this.height = rows * 4;
    this.masks = new Uint8Array(columns * rows);
  }

  set(x: number, y: number): void {
    if (x < 0 || x >= this.width || y < 0 || y >= this.height) return;
    const cell = (y >> 2) * (this.width >> 1) + (x >> 1);
    this.masks[cell] = this.masks[cell]! | DOTS[y & 3]![x & 1]!;
  }

  /** The dots of column `x` between two heights, both included. */
  column(x: number, from: number, to: number): void {
    const bottom = Math.min(this.height - 1, Math.max(from, to));
    for (let y = Math.max(0, Math.min(from, to)); y <= bottom; y++) this.set(x, y);
  }

  rows(): string[] {
    const columns = this.width >> 1;
    return Array.from({ length: this.height >> 2 }, (_, y) => {
      let row = '';
      for (const mask of this.masks.subarray(y * columns, (y + 1) * columns)) {
        row += mask === 0 ? ' ' : String.fromCharCode(0x28_00 + mask);
      }
      return row;
    });
  }
}

/**
 * Visits every column of a line through the values with the heights between which it runs there. Values are spread over all columns, the
 * newest at the right edge; a gap interrupts the line, a value between two gaps is a single dot.
 */
export function trace(
  values: Values,
  columns: number,
  heightOf: (value: number) => number,
  visit: (x: number, from: number, to: number) => void,
): void {
  const last = values.length - 1;
  const columnOf = (i: number): number =>
    last === 0 ? columns - 1 : Math.round((i * (columns - 1)) / last);
  let beforeX = 0;
  let beforeY = Number.NaN;
  for (let i = 0; i <= last; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) {
      beforeY = Number.NaN;
      continue;
    }
    const x = columnOf(i);
    const y = heightOf(value);
    if (Number.isNaN(beforeY)) visit(x, y, y);
    else traceSegment(beforeX, beforeY, x, y, visit);
    beforeX = x;
    beforeY = y;
  }
}

function traceSegment(
  fromX: number,
  fromY: number,
  toX: number,
  toY: number,
  visit: (x: number, from: number, to: number) => void,
): void {
  if (fromX === toX) {
    visit(toX, fromY, toY);
    return;
  }
  let y = fromY;
  for (let x = fromX + 1; x <= toX; x++) {
    const next = Math.round(fromY + ((toY - fromY) * (x - fromX)) / (toX - fromX));
    // Each column starts one step nearer, so that steep lines are unbroken and flat ones stay thin.
    visit(x, next === y ? y : y + Math.sign(next - y), next);
    y = next;
  }
}

export interface BrailleLineOptions {
  readonly values: Values;
  readonly width: number;
  readonly height: number;
  /** Ends of the scale; the values' own unless given. What lies outside is cut off. */
  readonly min?: number;
  readonly max?: number;
  /** Fills down to the lower end of the scale. */
  readonly fill?: boolean;
  readonly ascii?: boolean;
}

/**
 * A line or an area without axes, as `height` rows of exactly `width` cells without colours: eight dots to a cell, in ASCII three heights
 * to a character.
 */
export function brailleLine(options: BrailleLineOptions): string[] {
  const { values, width, height, ascii } = options;
  assertCells(width, height);
  if (width === 0) return new Array<string>(height).fill('');
  const found = rangeOf([values]);
  const blank = (): string[] => new Array<string>(height).fill(' '.repeat(width));
  if (found === undefined || height === 0) return blank();
  const range = openedRange(found, options.min, options.max);
  return ascii === true ? asciiLine(options, range) : brailleRows(options, range);
}

/** Far outside, but not so far that steep lines take for ever. */
const bounded = (share: number): number => Math.min(4, Math.max(-3, share));

export const heightIn =
  (range: Range, levels: number) =>
  (value: number): number =>
    Math.round((1 - bounded(position(value, range))) * (levels - 1));

function brailleRows({ values, width, height, fill }: BrailleLineOptions, range: Range): string[] {
  const dots = new Dots(width, height);
  trace(values, dots.width, heightIn(range, dots.height), (x, from, to) => {
    dots.column(x, from, to);
    const foot = Math.max(from, to);
    if (fill === true && foot < dots.height) dots.column(x, foot, dots.height - 1);
  });
  return dots.rows();
}

/** Upper, middle and lower third of a character. */
const THIRDS = ["'", '-', '.'] as const;

function asciiLine({ values, width, height, fill }: BrailleLineOptions, range: Range): string[] {
  const grid = Array.from({ length: height }, () => new Array<string>(width).fill(' '));
  trace(values, width, heightIn(range, height * 3), (x, from, to) => {
    const top = Math.min(from, to);
    const bottom = Math.max(from, to);
    for (let y = Math.max(0, Math.floor(top / 3)); y < height; y++) {
      if (3 * y > bottom) {
        if (fill === true) grid[y]![x] = ':';
        continue;
      }
      const spansRow = top <= 3 * y && bottom >= 3 * y + 2;
      grid[y]![x] = spansRow ? '|' : THIRDS[Math.max(0, top - 3 * y) as 0 | 1 | 2]!;
    }
  });
  return grid.map((row) => fitted(row.join(''), width));
}
