import type { Role } from '../../themes/theme.ts';
import { cellWidth, cleanText, fitted } from '../format/cell-width.ts';
import { absentMark, compact, decimalsOfTick } from '../format/number.ts';
import type { Painter } from '../terminal/painter.ts';
import { heightIn, trace } from './braille.ts';
import { Cells } from './cells.ts';
import { drawLines, SLOT_COUNT } from './contrib.ts';
import {
  assertCells,
  decimalsOfExtent,
  openedRange,
  peaks,
  position,
  type Range,
  rangeOf,
  stretched,
  ticks,
  type Values,
} from './scale.ts';

/** One line of a chart. */
interface LineSeries {
  readonly values: Values;
  /** Its meaning; without one it takes the theme's chart colour of its index. */
  readonly role?: Role;
}

/** A horizontal line at one value: a threshold, a price, zero. */
interface ChartLevel {
  readonly value: number;
  readonly role: Role;
}

export interface LineChartOptions {
  /** At most eight with the levels; drawn in order, so the last one is on top. Shorter ones end at the right edge as well. */
  readonly series: readonly LineSeries[];
  readonly width: number;
  readonly height: number;
  readonly painter: Painter;
  /** Ends of the scale; the values' own unless given. */
  readonly min?: number;
  readonly max?: number;
  /** Texts below, spread evenly from the first value to the last: times, days. Those without room are left out. */
  readonly labels?: readonly string[];
  /** Writes a value on the axis, with its unit. */
  readonly yFormat?: (value: number) => string;
  readonly levels?: readonly ChartLevel[];
  readonly ascii?: boolean;
}

/** Below this there is no room for axes. */
const MIN_HEIGHT = 4;
const MIN_PLOT_WIDTH = 6;

/**
 * Lines with axes: `height` rows of exactly `width` cells. Gaps stay gaps; where there are more values than dots, every peak survives.
 */
export function lineChart(options: LineChartOptions): string[] {
  const { series, width, height, painter } = options;
  assertCells(width, height);
  const lines = linesOf(options);
  if (lines.length > SLOT_COUNT) {
    throw new RangeError(`Invariant: a chart has at most ${SLOT_COUNT} lines, not ${lines.length}`);
  }
  const found = rangeOf(lines.map(({ values }) => values));
  const cells = new Cells(width, height);
  const range = openedRange(found, options.min, options.max);
  const axis = axisOf(range, options);
  const left = axis.labelWidth === 0 ? 0 : axis.labelWidth + 1;
  const plot = { left, width: width - left, height: axis.labelWidth === 0 ? height : height - 2 };
  if (axis.labelWidth > 0) drawAxes(cells, axis, plot, options);
  if (plot.width === 0 || plot.height <= 0) return cells.rows();
  if (found === undefined || series.every(({ values }) => rangeOf([values]) === undefined)) {
    const y = (plot.height - 1) >> 1;
    const mark = absentMark(options.ascii);
    cells.write(plot.left + (plot.width >> 1), y, mark, painter.sgr('absent'));
    if (found === undefined) return cells.rows();
  }
  const draw = options.ascii === true ? drawAscii : drawBraille;
  draw(cells, lines, range, plot);
  return cells.rows();
}

interface StyledLine {
  readonly values: Values;
  readonly style: string;
  /** One value, drawn through from edge to edge. */
  readonly isLevel: boolean;
}

const linesOf = ({ series, levels = [], painter }: LineChartOptions): StyledLine[] => [
  ...levels.map(({ value, role }) => ({
    values: [value],
    style: painter.sgr(role),
    isLevel: true,
  })),
  ...series.map(({ values, role }, i) => ({
    values,
    style: role === undefined ? painter.series(i) : painter.sgr(role),
    isLevel: false,
  })),
];

interface Plot {
  readonly left: number;
  readonly width: number;
  readonly height: number;
}

interface Axis {
  /** 0 where there is no room for axes. */
  readonly labelWidth: number;
  readonly ticks: readonly { readonly row: number; readonly label: string }[];
}

function axisOf(range: Range, { width, height, yFormat }: LineChartOptions): Axis {
  const rows = height - 2;
  if (height < MIN_HEIGHT) return { labelWidth: 0, ticks: [] };
  const values = ticks(range, Math.max(1, Math.min(6, Math.floor(rows / 3))));
  const format = yFormat ?? numberFormat(values, range);
  const rowOf = heightIn(range, rows * 4);
  const byRow = new Map<number, string>();
  for (const value of values) byRow.set(Math.floor(rowOf(value) / 4), cleanText(format(value)));
  const labelled = [...byRow].map(([row, label]) => ({ row, label }));
  const labelWidth = Math.max(1, ...labelled.map(({ label }) => cellWidth(label)));
  const hasRoom = width - labelWidth - 1 >= MIN_PLOT_WIDTH;
  return hasRoom ? { labelWidth, ticks: labelled } : { labelWidth: 0, ticks: [] };
}

/** Short numbers as they are, long ones in compact form unless that would make neighbours look alike. */
function numberFormat(values: readonly number[], range: Range): (value: number) => string {
  const step = values[1]! - values[0]!;
  const decimals = Math.min(decimalsOfTick(step), decimalsOfExtent(range.max - range.min));
  const short = (value: number): string => compact(value, 8).trim();
  const isLong = values.some((value) => Math.abs(value) >= 1e5);
  const isDistinct = new Set(values.map(short)).size === values.length;
  return isLong && isDistinct ? short : (value) => value.toFixed(decimals);
}

const BOX = { upright: '│', tick: '┤', corner: '└', flat: '─', mark: '┬' };
const ASCII_BOX = { upright: '|', tick: '+', corner: '+', flat: '-', mark: '+' };

function drawAxes(cells: Cells, axis: Axis, plot: Plot, options: LineChartOptions): void {
  const { painter, ascii } = options;
  const box = ascii === true ? ASCII_BOX : BOX;
  const grid = painter.sgr('grid');
  const dim = painter.sgr('dim');
  const x = plot.left - 1;
  for (let y = 0; y < plot.height; y++) cells.put(x, y, box.upright, grid);
  for (const { row, label } of axis.ticks) {
    cells.write(0, row, fitted(label, axis.labelWidth, { align: 'right' }), dim);
    cells.put(x, row, box.tick, grid);
  }
  cells.put(x, plot.height, box.corner, grid);
  cells.write(plot.left, plot.height, box.flat.repeat(plot.width), grid);
  for (const { from, at, label } of placedLabels(options.labels ?? [], plot)) {
    cells.write(from, plot.height + 1, label, dim);
    cells.put(at, plot.height, box.mark, grid);
  }
}

/** Labels where they belong; where they would touch only every second, third … is kept, so that they stay evenly apart; the last one (now) always. */
function placedLabels(
  labels: readonly string[],
  plot: Plot,
): { readonly from: number; readonly at: number; readonly label: string }[] {
  const right = plot.left + plot.width;
  const placed = labels.map((raw, i) => {
    const label = cleanText(raw);
    const width = cellWidth(label);
    const share = labels.length === 1 ? 1 : i / (labels.length - 1);
    const at = plot.left + Math.round(share * (plot.width - 1));
    const from = Math.max(0, Math.min(right - width, Math.max(plot.left, at - (width >> 1))));
    return { from, at, label, to: from + width };
  });
  const every = (step: number): typeof placed =>
    placed.filter((_, i) => (placed.length - 1 - i) % step === 0);
  const isApart = (kept: typeof placed): boolean =>
    kept.every(({ from }, i) => i === 0 || from > kept[i - 1]!.to);
  let step = 1;
  while (step < placed.length && !isApart(every(step))) step += 1;
  return every(step).filter(({ label, to }) => label !== '' && to <= right);
}

/** Equally many values of each line, as many as there are columns or up to twice that: they end together, and every peak is kept. */
function aligned(lines: readonly StyledLine[], columns: number): number[][] {
  const length = Math.max(1, ...lines.map(({ values }) => values.length));
  return lines.map(({ values, isLevel }) => {
    if (isLevel) values = new Array<number>(length).fill(values[0]!);
    const missing = new Array<number>(length - values.length).fill(Number.NaN);
    const whole = [...missing, ...Array.from(values)];
    return length < columns ? stretched(whole, columns) : peaks(whole, columns);
  });
}

function drawBraille(cells: Cells, lines: readonly StyledLine[], range: Range, plot: Plot): void {
  const shares = aligned(lines, plot.width * 2).map((values) =>
    values.map((value) => Math.min(4, Math.max(-3, position(value, range)))),
  );
  const drawing = drawLines(
    shares.map((line, slot) => ({ shares: line, slot })),
    plot.width,
    plot.height,
  );
  for (const [y, row] of drawing.entries()) {
    for (const [x, { text, slot }] of row.entries()) {
      if (slot >= 0) cells.put(plot.left + x, y, text, lines[slot]!.style);
    }
  }
}

const MARKERS = '*+ox#%@&';

function drawAscii(cells: Cells, lines: readonly StyledLine[], range: Range, plot: Plot): void {
  const rowOf = heightIn(range, plot.height);
  for (const [i, values] of aligned(lines, plot.width).entries()) {
    trace(values, plot.width, rowOf, (x, from, to) => {
      const top = Math.max(0, Math.min(from, to));
      const bottom = Math.min(plot.height - 1, Math.max(from, to));
      for (let y = top; y <= bottom; y++) cells.put(plot.left + x, y, MARKERS[i]!, lines[i]!.style);
    });
  }
}
