import type { SeriesCell } from '../../src/frame/frame.ts';
import type { Asset } from '../../src/model/instrument.ts';
import { HOUR, type Micros } from '../../src/model/units.ts';
import type { Role } from '../../themes/theme.ts';
import { lineChart } from '../charts/line-chart.ts';
import { position, rangeOf } from '../charts/scale.ts';
import { sparkline as sparkRow } from '../charts/sparkline.ts';
import { fitted } from '../format/cell-width.ts';
import { type History, recent, type Track } from '../history.ts';
import { type Painter, RESET } from '../terminal/painter.ts';
import { asciiOnly, type Brush, blank, exactly, line, type Part } from './line.ts';

/** One line of a chart over closed cells. */
export interface Curve {
  /** In the legend, and part of what a drawn chart is remembered by. */
  readonly name: string;
  readonly of: (cell: SeriesCell) => number | null;
  /** The live track that goes on where the cells end. */
  readonly track?: Track;
  /** Its meaning; the theme's next chart colour without one. */
  readonly role?: Role;
  /** Stretched over the height of the chart instead of measured on its axis. */
  readonly hasOwnScale?: boolean;
}

export interface ChartInput {
  readonly history: History;
  readonly asset: Asset;
  readonly now: Micros;
  readonly hours: number;
  readonly curves: readonly Curve[];
  /** Writes a value of the axis. */
  readonly format: (value: number, width: number) => string;
  /** Starts the axis at zero. */
  readonly fromZero?: boolean;
}

/** Labels of an axis that ends now, spread evenly over it. */
const TIME_LABELS: Readonly<Record<number, readonly string[]>> = {
  24: ['-24h', '-18h', '-12h', '-6h', 'now'],
  72: ['-3d', '-2d', '-1d', 'now'],
  168: ['-7d', '-6d', '-5d', '-4d', '-3d', '-2d', '-1d', 'now'],
  720: ['-30d', '-25d', '-20d', '-15d', '-10d', '-5d', 'now'],
};

const AXIS_CELLS = 9;

const numbersOf = (values: readonly (number | null)[]): number[] =>
  values.map((value) => value ?? Number.NaN);

/** The last `w` cells' worth of a track as one row of bars. */
export function sparkline(
  values: readonly (number | null)[],
  w: number,
  brush: Brush,
  role: Role,
): Part {
  if (w < 1) return '';
  return [sparkRow(numbersOf(values), w, { ascii: brush.ascii, reduce: 'mean' }), role];
}

/** One value per hour that ends within the last `hours`; NaN where no cell was committed. */
function hourly(input: ChartInput, of: Curve['of']): number[] {
  const last = Math.floor(input.now / HOUR);
  const values = new Array<number>(input.hours).fill(Number.NaN);
  for (const cell of input.history.cells.get(input.asset) ?? []) {
    const at = input.hours - 1 - (last - Math.round(cell.close / HOUR));
    const value = of(cell);
    if (at >= 0 && at < input.hours && value !== null) values[at] = value;
  }
  return values;
}

/**
 * Where a live track stood at the last multiple of five seconds. A chart of days cannot show more, and so it is drawn again every five
 * seconds instead of with every frame.
 */
function liveEnd({ history, asset, now }: ChartInput, track: Track | undefined): number {
  if (track === undefined) return Number.NaN;
  const second = Math.floor(now / 1e6);
  return recent(history, asset, track, 1 + (second % 5)).find((v) => v !== null) ?? Number.NaN;
}

/** Lays values over the range of others, so that both fill the height of the chart. */
function stretched(values: readonly number[], over: readonly number[]): number[] {
  const own = rangeOf([values]);
  const target = rangeOf([over]);
  if (own === undefined || target === undefined) return [...values];
  return values.map((value) => target.min + position(value, own) * (target.max - target.min));
}

/** What the lines of a chart are drawn with in ASCII, in their order. */
const ASCII_MARKERS = '*+ox';

function legend(input: ChartInput, w: number, brush: Brush): string {
  const { painter } = brush;
  const parts = input.curves.flatMap(({ name, role, hasOwnScale }, i): Part[] => {
    const sgr = role === undefined ? painter.series(i) : painter.sgr(role);
    const sign = brush.ascii ? ASCII_MARKERS[i]!.repeat(2) : '━━';
    return [
      { painted: sgr === '' ? sign : `${sgr}${sign}${RESET}`, cells: 2 },
      ' ',
      [hasOwnScale === true ? `${name} (own scale)` : name, 'dim'],
      '   ',
    ];
  });
  return line(parts, w, brush);
}

/** Before any history has come there is no axis to draw. */
function unseen(w: number, h: number, brush: Brush): string[] {
  const text = fitted('no hourly cells yet', w, { align: 'center', ascii: brush.ascii });
  const above = Array<string>((h - 1) >> 1).fill(blank(w));
  return exactly([...above, line([[text, 'absent']], w, brush)], w, h);
}

function drawn(
  input: ChartInput,
  ends: readonly number[],
  w: number,
  h: number,
  brush: Brush,
): string[] {
  const { curves, hours, format, fromZero } = input;
  const values = curves.map(({ of }, i) => [...hourly(input, of), ends[i]!]);
  const [first] = values;
  if (values.every((line) => line.slice(0, -1).every(Number.isNaN))) return unseen(w, h, brush);
  const series = curves.map(({ role, hasOwnScale }, i) => ({
    values: hasOwnScale === true ? stretched(values[i]!, first!) : values[i]!,
    ...(role !== undefined && { role }),
  }));
  const range = rangeOf(series.map((one) => one.values));
  // In ASCII a level would take the first line's marker; the axis says where zero is.
  const crossesZero = !brush.ascii && range !== undefined && range.min < 0 && range.max > 0;
  const hasLegend = curves.length > 1 && h >= 6;
  const rows = lineChart({
    series,
    width: w,
    height: h - (hasLegend ? 1 : 0),
    painter: brush.painter,
    ascii: brush.ascii,
    labels: TIME_LABELS[hours] ?? [`-${hours}h`, 'now'],
    yFormat: (value) => {
      const label = format(value, AXIS_CELLS).trim();
      return brush.ascii ? asciiOnly(label) : label;
    },
    ...(crossesZero && { levels: [{ value: 0, role: 'grid' as const }] }),
    ...(fromZero === true && { min: 0 }),
  });
  return hasLegend ? [legend(input, w, brush), ...rows] : rows;
}

/** Charts of one set of cells in one set of colours. */
interface Drawer {
  readonly painter: Painter;
  readonly charts: Map<string, readonly string[]>;
}

/** Charts remembered per set of cells: every panel at two sizes, and then some. */
const MAX_CHARTS = 32;

// Drawing takes a millisecond, and nothing changes between two live ends.
const drawers = new WeakMap<readonly SeriesCell[], Drawer>();

const NO_CELLS: readonly SeriesCell[] = [];

/** Lines over the closed cells of the last hours and on to now, in `h` rows of exactly `w` cells. */
export function chart(input: ChartInput, w: number, h: number, brush: Brush): readonly string[] {
  if (h < 1) return [];
  const cells = input.history.cells.get(input.asset) ?? NO_CELLS;
  let drawer = drawers.get(cells);
  if (drawer?.painter !== brush.painter) {
    drawer = { painter: brush.painter, charts: new Map() };
    drawers.set(cells, drawer);
  }
  const ends = input.curves.map(({ track }) => liveEnd(input, track));
  const hour = Math.floor(input.now / HOUR);
  const names = input.curves.map(({ name }) => name).join();
  const key = [input.asset, names, w, h, input.hours, hour, brush.ascii, ...ends].join('|');
  const known = drawer.charts.get(key);
  if (known !== undefined) return known;
  const rows = exactly(drawn(input, ends, w, h, brush), w, h);
  if (drawer.charts.size >= MAX_CHARTS) drawer.charts.clear();
  drawer.charts.set(key, rows);
  return rows;
}
