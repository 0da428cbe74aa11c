import { cellWidth, cleanText } from '../format/cell-width.ts';
import type { Painter } from '../terminal/painter.ts';
import { Cells } from './cells.ts';
import { assertCells, clamped, position, type Range } from './scale.ts';

/** A point in the plane; what lies outside of the ranges is drawn at their edge. */
export interface Dot {
  readonly x: number;
  readonly y: number;
  /** One cell. */
  readonly glyph: string;
  /** Colour sequence. */
  readonly style: string;
}

export interface ScatterOptions {
  /** Later ones lie on top. */
  readonly dots: readonly Dot[];
  readonly x: Range;
  readonly y: Range;
  readonly width: number;
  readonly height: number;
  readonly painter: Painter;
  /** Lines through zero, each where its range has it inside. */
  readonly hasCross?: boolean;
  /** Words in the corners: top left, top right, bottom left, bottom right. Those without room are left out. */
  readonly corners?: readonly [string, string, string, string];
  readonly ascii?: boolean;
}

/** Words at both ends of a row are left out where they would come nearer than this. */
const APART = 3;

/** Points in a plane without labelled axes: `height` rows of exactly `width` cells. A point that is no number is left out. */
export function scatter(options: ScatterOptions): string[] {
  const { dots, x, y, width, height, painter, corners } = options;
  assertCells(width, height);
  const cells = new Cells(width, height);
  if (width === 0 || height === 0) return cells.rows();
  const columnOf = (value: number): number => Math.round(clamped(position(value, x)) * (width - 1));
  const rowOf = (value: number): number =>
    Math.round((1 - clamped(position(value, y))) * (height - 1));
  if (options.hasCross === true) {
    const grid = painter.sgr('grid');
    const [upright, flat, cross] = options.ascii === true ? ['|', '-', '+'] : ['│', '─', '┼'];
    const has = ({ min, max }: Range): boolean => min <= 0 && max >= 0;
    const at = has(x) ? columnOf(0) : undefined;
    for (let row = 0; at !== undefined && row < height; row += 1) cells.put(at, row, upright, grid);
    for (let column = 0; has(y) && column < width; column += 1) {
      cells.put(column, rowOf(0), column === at ? cross : flat, grid);
    }
  }
  if (corners !== undefined) putCorners(cells, corners, painter.sgr('dim'));
  for (const dot of dots) {
    if (Number.isFinite(dot.x) && Number.isFinite(dot.y)) {
      cells.put(columnOf(dot.x), rowOf(dot.y), dot.glyph, dot.style);
    }
  }
  return cells.rows();
}

function putCorners(
  cells: Cells,
  corners: readonly [string, string, string, string],
  style: string,
): void {
  const [topLeft, topRight, bottomLeft, bottomRight] = corners.map(cleanText);
  for (const [row, left, right] of [
    [0, topLeft!, topRight!],
    [cells.height - 1, bottomLeft!, bottomRight!],
  ] as const) {
    const from = cells.width - cellWidth(right);
    if (cellWidth(left) + APART > from) continue;
    cells.write(0, row, left, style);
    cells.write(from, row, right, style);
  }
}
