import type { RampName } from '../../themes/theme.ts';
import type { Painter } from '../terminal/painter.ts';
import { Cells } from './cells.ts';
import { assertCells, clamped, openedRange, position, rangeOf, type Values } from './scale.ts';

export interface HeatmapOptions {
  /** Rows of values from top to bottom, columns from left to right; NaN stays blank. */
  readonly grid: readonly Values[];
  readonly width: number;
  readonly height: number;
  readonly painter: Painter;
  /** Ends of the scale; zero (or the lowest value below it) and the grid's highest unless given. */
  readonly min?: number;
  readonly max?: number;
  readonly ramp?: RampName;
  /** A line over the grid: per column its height as a share from the top, NaN where there is none. An arrow says where it ran out of it. */
  readonly trace?: Values;
  readonly ascii?: boolean;
}

/** Densities for terminals without enough colours: blank means the lower end. */
const SHADES = ' ░▒▓█';
const ASCII_SHADES = ' .:-=+*#%@';

/**
 * A grid as colours, two values to a cell above one another (half blocks), `height` rows of exactly `width` cells. A larger grid is reduced by
 * the largest magnitude, so that nothing hot disappears; a smaller one is stretched. Without enough colours, density takes their place.
 */
export function heatmap(options: HeatmapOptions): string[] {
  const { grid, width, height, painter } = options;
  assertCells(width, height);
  const cells = new Cells(width, height);
  const found = rangeOf(grid);
  if (found === undefined) return cells.rows();
  // Nothing is cold, even where nothing is all there is.
  const range = openedRange(found, options.min ?? Math.min(0, found.min), options.max);
  const share = (x: number, y: number, rows: number): number | undefined => {
    const value = hottest(grid, x, y, width, rows);
    return Number.isNaN(value) ? undefined : clamped(position(value, range));
  };
  const usesColour = painter.hasRamps && options.ascii !== true;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (usesColour) putHalves(cells, x, y, share, options);
      else putShade(cells, x, y, share(x, y, height), options);
    }
  }
  putTrace(cells, options);
  return cells.rows();
}

/** The newest height of each column's share of the line. */
function putTrace(
  cells: Cells,
  { trace = [], width, height, painter, ascii }: HeatmapOptions,
): void {
  if (trace.length === 0) return;
  const style = painter.sgr('title');
  const outside = painter.sgr('dim');
  for (let x = 0; x < width; x++) {
    const from = Math.floor((x * trace.length) / width);
    const to = Math.max(from + 1, Math.floor(((x + 1) * trace.length) / width));
    let at = Number.NaN;
    for (let i = from; i < to && i < trace.length; i++) {
      if (!Number.isNaN(trace[i]!)) at = trace[i]!;
    }
    if (at >= 0 && at < 1) cells.put(x, Math.floor(at * height), ascii === true ? '-' : '─', style);
    else if (at < 0) cells.put(x, 0, ascii === true ? '^' : '↑', outside);
    else if (at >= 1) cells.put(x, height - 1, ascii === true ? 'v' : '↓', outside);
  }
}

function putHalves(
  cells: Cells,
  x: number,
  y: number,
  share: (x: number, y: number, rows: number) => number | undefined,
  { height, painter, ramp = 'heat' }: HeatmapOptions,
): void {
  const upper = share(x, 2 * y, 2 * height);
  const lower = share(x, 2 * y + 1, 2 * height);
  if (upper === undefined && lower === undefined) return;
  if (upper === undefined) cells.put(x, y, '▄', painter.ramp(ramp, lower));
  else cells.put(x, y, '▀', painter.ramp(ramp, upper, lower));
}

function putShade(
  cells: Cells,
  x: number,
  y: number,
  share: number | undefined,
  { painter, ascii }: HeatmapOptions,
): void {
  if (share === undefined) return;
  const shades = ascii === true ? ASCII_SHADES : SHADES;
  const shade = shades[Math.min(shades.length - 1, Math.floor(share * shades.length))]!;
  if (shade !== ' ') cells.put(x, y, shade, painter.sgr('text'));
}

/** The value of largest magnitude among those that fall into one field of `width` × `rows`; NaN when all are gaps. */
function hottest(
  grid: readonly Values[],
  x: number,
  y: number,
  width: number,
  rows: number,
): number {
  let found = Number.NaN;
  const top = Math.floor((y * grid.length) / rows);
  const bottom = Math.max(top + 1, Math.floor(((y + 1) * grid.length) / rows));
  for (let row = top; row < bottom; row++) {
    const values = grid[row]!;
    const from = Math.floor((x * values.length) / width);
    const to = Math.max(from + 1, Math.floor(((x + 1) * values.length) / width));
    for (let i = from; i < to && i < values.length; i++) {
      const value = values[i]!;
      if (!(Math.abs(value) <= Math.abs(found)) && !Number.isNaN(value)) found = value;
    }
  }
  return found;
}
