import type { Role } from '../../themes/theme.ts';
import { cellWidth, cleanText, fitted } from '../format/cell-width.ts';
import { absentMark, compact } from '../format/number.ts';
import type { Painter } from '../terminal/painter.ts';
import { Cells } from './cells.ts';
import { drawStacks, SLOT_COUNT } from './contrib.ts';
import { assertCells, rangeOf } from './scale.ts';

/** One upright bar. */
interface Stack {
  readonly label: string;
  /** One value per part, from the bottom, none below zero; NaN is absent. */
  readonly parts: readonly number[];
}

export interface StackedBarOptions {
  readonly stacks: readonly Stack[];
  /** The meaning of each part; without one it takes the theme's chart colour of its index. At most eight parts. */
  readonly roles?: readonly (Role | undefined)[];
  readonly width: number;
  readonly height: number;
  readonly painter: Painter;
  /** What a full bar stands for; the highest sum unless given. */
  readonly max?: number;
  /** Writes the sum above a bar, with its unit. */
  readonly format?: (value: number) => string;
  readonly ascii?: boolean;
}

const PATTERNS = '█▒░▓';
const ASCII_PATTERNS = '#=+:';
/** Filled from below by eighths. */
const EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇'] as const;
const MAX_BAR_WIDTH = 12;

/**
 * Upright bars, each a stack of parts, with its sum above and its label below: `height` rows of exactly `width` cells. Bars that find no room
 * (one cell and a gap each) are left out from the right.
 *
 * A bar with an absent part has its sum marked `≥`, since the parts known are a lower bound; with all absent it is `—`.
 */
export function stackedBar(options: StackedBarOptions): string[] {
  const { width, height, painter } = options;
  assertCells(width, height);
  const cells = new Cells(width, height);
  const stacks = options.stacks.slice(0, (width + 1) >> 1);
  const bodyRows = height - 2;
  if (stacks.length === 0 || bodyRows < 1) return cells.rows();
  checkParts(stacks);
  const pitch = Math.min(MAX_BAR_WIDTH + 1, Math.floor((width + 1) / stacks.length));
  const barWidth = pitch - 1;
  const sums = stacks.map(({ parts }) => known(parts).reduce((sum, part) => sum + part, 0));
  const full = options.max ?? Math.max(...sums);
  const styleOf = (slot: number): string => {
    const role = options.roles?.[slot];
    return role === undefined ? painter.series(slot) : painter.sgr(role);
  };
  const eighths = stacks.map(({ parts }) => tops(parts, full, bodyRows));
  const drawing = drawStacks(
    eighths.map((ends) => wholeCells(ends)),
    barWidth,
    1,
    width,
    bodyRows,
  );
  for (const [y, row] of drawing.entries()) {
    for (const [x, { slot }] of row.entries()) {
      if (slot >= 0) cells.put(x, y + 1, glyphOf(slot, options), styleOf(slot));
    }
  }
  for (const [i, { label, parts }] of stacks.entries()) {
    const x = i * pitch;
    const top = drawTop(cells, eighths[i]!, x, barWidth, options, styleOf);
    const sum = sumText(parts, sums[i]!, options);
    // Cut digits would be another number.
    if (cellWidth(sum) <= barWidth) {
      cells.write(x, top, fitted(sum, barWidth, { align: 'center' }), painter.sgr('text'));
    }
    const text = fitted(cleanText(label), barWidth, {
      align: 'center',
      ascii: options.ascii === true,
    });
    if (cellWidth(text) === text.length) cells.write(x, height - 1, text, painter.sgr('dim'));
  }
  return cells.rows();
}

function checkParts(stacks: readonly Stack[]): void {
  const range = rangeOf(stacks.map(({ parts }) => parts));
  if (range !== undefined && range.min < 0) {
    throw new RangeError('Invariant: parts of a stacked bar are not negative');
  }
  if (stacks.some(({ parts }) => parts.length > SLOT_COUNT)) {
    throw new RangeError(`Invariant: a stacked bar has at most ${SLOT_COUNT} parts`);
  }
}

const known = (parts: readonly number[]): number[] => parts.filter((part) => !Number.isNaN(part));

/** Where each part ends, in eighths of a cell from the bottom. */
function tops(parts: readonly number[], full: number, rows: number): number[] {
  let sum = 0;
  return parts.map((part) => {
    if (!Number.isNaN(part)) sum += part;
    if (!(full > 0) || sum === 0) return 0;
    return Math.max(1, Math.round(Math.min(1, sum / full) * rows * 8));
  });
}

function wholeCells(ends: readonly number[]): { cells: number; slot: number }[] {
  return ends.map((end, slot) => ({
    cells: (end >> 3) - ((ends[slot - 1] ?? 0) >> 3),
    slot,
  }));
}

/** The part of a cell that the uppermost part still fills; returns the row above the bar. */
function drawTop(
  cells: Cells,
  ends: readonly number[],
  x: number,
  barWidth: number,
  { height, ascii }: StackedBarOptions,
  styleOf: (slot: number) => string,
): number {
  const end = ends.at(-1) ?? 0;
  const above = height - 2 - (end >> 3);
  const rest = end & 7;
  if (rest === 0 || ascii === true) return above;
  const slot = ends.indexOf(end);
  cells.write(x, above, EIGHTHS[rest]!.repeat(barWidth), styleOf(slot));
  return above - 1;
}

function glyphOf(slot: number, { painter, ascii }: StackedBarOptions): string {
  if (ascii === true) return ASCII_PATTERNS[slot % ASCII_PATTERNS.length]!;
  return painter.isColoured ? '█' : PATTERNS[slot % PATTERNS.length]!;
}

function sumText(parts: readonly number[], sum: number, options: StackedBarOptions): string {
  const present = known(parts);
  if (present.length === 0) return absentMark(options.ascii);
  const text = options.format === undefined ? compact(sum, 8).trim() : options.format(sum);
  const bound = options.ascii === true ? '>' : '≥';
  return present.length < parts.length ? bound + text : text;
}
