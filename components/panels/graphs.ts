import type { SeriesCell } from '../../src/frame/frame.ts';
import type { Asset } from '../../src/model/instrument.ts';
import { HOUR, type Micros } from '../../src/model/units.ts';
import type { Role } from '../../themes/theme.ts';
import { lineChart } from '../charts/line-chart.ts';
import { position, rangeOf } from '../charts/scale.ts';
import { sparkline as sparkRow } from '../charts/sparkline.ts';
import { fitted } from '../format/cell-width.ts';
import { type History, LIVE_SECONDS, recent, type Track } from '../history.ts';
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

/** The last `w` cells' worth of a track as one row of bars, or of dots in braille, two values to a cell. */
export function sparkline(
  values: readonly (number | null)[],
  w: number,
  brush: Brush,
  role: Role,
  { braille = false }: { readonly braille?: boolean } = {},
): Part {
  if (w < 1) return '';
  return [sparkRow(numbersOf(values), w, { ascii: brush.ascii, reduce: 'mean', braille }), role];
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

function legend(
  curves: readonly Pick<Curve, 'name' | 'role' | 'hasOwnScale'>[],
  w: number,
  brush: Brush,
): string {
  const { painter } = brush;
  const parts = curves.flatMap(({ name, role, hasOwnScale }, i): Part[] => {
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
function unseen(why: string, w: number, h: number, brush: Brush): string[] {
  const text = fitted(why, w, { align: 'center', ascii: brush.ascii });
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
  const { curves, hours, fromZero } = input;
  const values = curves.map(({ of }, i) => [...hourly(input, of), ends[i]!]);
  const [first] = values;
  if (values.every((line) => line.slice(0, -1).every(Number.isNaN))) {
    return unseen('no hourly cells yet', w, h, brush);
  }
  const drawnValues = curves.map(({ hasOwnScale }, i) =>
    hasOwnScale === true ? stretched(values[i]!, first!) : values[i]!,
  );
  const labels = TIME_LABELS[hours] ?? [`-${hours}h`, 'now'];
  return plotted(input, drawnValues, labels, w, h, brush, fromZero);
}

/** Lines with their axes, and above them which is which where there are several and room for it. */
function plotted(
  {
    curves,
    format,
  }: Pick<ChartInput, 'format'> & {
    readonly curves: readonly Pick<Curve, 'name' | 'role' | 'hasOwnScale'>[];
  },
  values: readonly (readonly number[])[],
  labels: readonly string[],
  w: number,
  h: number,
  brush: Brush,
  fromZero = false,
): string[] {
  const range = rangeOf(values);
  // In ASCII a level would take the first line's marker; the axis says where zero is.
  const crossesZero = !brush.ascii && range !== undefined && range.min < 0 && range.max > 0;
  const hasLegend = curves.length > 1 && h >= 6;
  const rows = lineChart({
    series: curves.map(({ role }, i) => ({
      values: values[i]!,
      ...(role !== undefined && { role }),
    })),
    width: w,
    height: h - (hasLegend ? 1 : 0),
    painter: brush.painter,
    ascii: brush.ascii,
    labels,
    yFormat: (value) => {
      const label = format(value, AXIS_CELLS).trim();
      return brush.ascii ? asciiOnly(label) : label;
    },
    ...(crossesZero && { levels: [{ value: 0, role: 'grid' as const }] }),
    ...(fromZero && { min: 0 }),
  });
  return hasLegend ? [legend(curves, w, brush), ...rows] : rows;
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

/** One line of a chart over the last minutes. */
export interface LiveCurve {
  readonly name: string;
  readonly track: Track;
  readonly role?: Role;
}

export interface LiveChartInput {
  readonly history: History;
  readonly asset: Asset;
  readonly now: Micros;
  readonly curves: readonly LiveCurve[];
  readonly format: (value: number, width: number) => string;
}

/** Seconds that a chart over the last minutes has at least. */
const LEAST_SECONDS = 60;

const ago = (seconds: number): string =>
  seconds < 60 ? `-${Math.round(seconds)}s` : `-${Math.round(seconds / 6) / 10}m`;

/** Labels of an axis that begins so many seconds ago and ends now, spread evenly over it. */
export const timesAgo = (seconds: number): readonly string[] => [
  ...[seconds, (seconds * 2) / 3, seconds / 3].map(ago),
  'now',
];

/** What a track has gained since the first value of its window; a sum that began somewhere says nothing else. */
function gained(values: readonly (number | null)[]): number[] {
  const first = values.find((value) => value !== null) ?? 0;
  return values.map((value) => {
    const gain = value === null ? Number.NaN : value - first;
    return Number.isFinite(gain) ? gain : Number.NaN;
  });
}

const liveDrawers = new WeakMap<Painter, Map<string, readonly string[]>>();

/**
 * What running sums have gained over the last quarter of an hour, or since they were first heard, on one axis, in `h` rows of exactly `w` cells. Drawn again every five
 * seconds.
 */
export function gainChart(
  input: LiveChartInput,
  w: number,
  h: number,
  brush: Brush,
): readonly string[] {
  if (h < 1) return [];
  const lag = Math.floor(input.now / 1e6) % 5;
  const tracks = input.curves.map(({ track }) => {
    const values = recent(input.history, input.asset, track, LIVE_SECONDS);
    return values.slice(0, Math.max(0, values.length - lag));
  });
  const isSeen = tracks.some((values) => values.some((value) => value !== null));
  if (!isSeen) return unseen('nothing heard yet', w, h, brush);
  const marks = tracks.flatMap((values) => [
    values.findIndex((value) => value !== null),
    values.find((value) => value !== null) ?? null,
    values.findLast((value) => value !== null) ?? null,
  ]);
  const names = input.curves.map(({ name }) => name).join();
  const key = [input.asset, names, w, h, Math.floor(input.now / 5e6), brush.ascii, ...marks].join(
    '|',
  );
  const known = liveDrawers.get(brush.painter) ?? new Map<string, readonly string[]>();
  liveDrawers.set(brush.painter, known);
  const made = known.get(key);
  if (made !== undefined) return made;
  // Whole half minutes, so that the labels of a young chart do not change with every look.
  const first = Math.min(
    ...tracks.map((track) => track.findIndex((value) => value !== null)).filter((at) => at >= 0),
  );
  const seconds = Math.min(
    LIVE_SECONDS,
    Math.max(LEAST_SECONDS, Math.ceil((LIVE_SECONDS - first) / 30) * 30),
  );
  const values = tracks.map((track) => gained(track.slice(-(seconds - lag))));
  const rows = exactly(plotted(input, values, timesAgo(seconds), w, h, brush), w, h);
  if (known.size >= MAX_CHARTS) known.clear();
  known.set(key, rows);
  return rows;
}
