import type { Asset } from '../../../src/model/instrument.ts';
import type { Reading } from '../../../src/model/reading.ts';
import { heatmap } from '../../charts/heatmap.ts';
import { fitted } from '../../format/cell-width.ts';
import { compactUsd, fixed, percent } from '../../format/number.ts';
import { type History, LADDER_SECONDS, type LadderSlice, recentLadders } from '../../history.ts';
import { heading } from '../document.ts';
import { timesAgo } from '../graphs.ts';
import { asciiOnly, type Brush, blank, exactly, line, type Part, thatFit } from '../line.ts';
import { roleIn, shown } from '../shown.ts';
import { quantiles } from '../strips.ts';
import type { BookView, OibWindow } from './select.ts';

/** Share of the mids that the map has room for: a price that ran far once does not make every ladder a thin line. */
const SHOWN_SHARE = 0.75;

interface PriceRange {
  readonly low: number;
  readonly high: number;
}

const lastPrice = (levels: Float64Array): number => levels[levels.length - 2]!;

/** Prices around the newest mid: as far as most mids were from it, plus what the median ladder reaches. Undefined where nothing can be drawn. */
function rangeOf(slices: readonly (LadderSlice | null)[]): PriceRange | undefined {
  const known = slices.filter((slice) => slice !== null);
  const newest = known.at(-1);
  if (newest === undefined) return undefined;
  const reaches = known
    .map(({ mid, bids, asks }) => Math.max(mid - lastPrice(bids), lastPrice(asks) - mid))
    .sort((a, b) => a - b);
  const reach = reaches[reaches.length >> 1]!;
  const travels = known.map(({ mid }) => Math.abs(mid - newest.mid)).sort((a, b) => a - b);
  const half = reach + travels[Math.floor(SHOWN_SHARE * (travels.length - 1))]!;
  const [low, high] = [newest.mid - half, newest.mid + half];
  const isDrawable = Number.isFinite(low) && Number.isFinite(high) && half > 0 && low < high;
  return isDrawable ? { low, high } : undefined;
}

/**
 * Sizes by price and time: `count` rows from the highest price down, one column per slice. Zero where the ladder is known and empty, NaN beyond
 * it. Roots, because one wall would leave everything else dark.
 */
function gridOf(
  slices: readonly (LadderSlice | null)[],
  { low, high }: PriceRange,
  count: number,
): Float64Array[] {
  const grid = Array.from({ length: count }, () =>
    new Float64Array(slices.length).fill(Number.NaN),
  );
  const rowOf = (price: number): number => Math.floor(((high - price) / (high - low)) * count);
  for (const [x, slice] of slices.entries()) {
    if (slice === null) continue;
    const top = Math.max(0, rowOf(lastPrice(slice.asks)));
    const bottom = Math.min(count - 1, rowOf(lastPrice(slice.bids)));
    for (let y = top; y <= bottom; y += 1) grid[y]![x] = 0;
    for (const side of [slice.bids, slice.asks]) {
      for (let i = 0; i < side.length; i += 2) {
        const row = grid[rowOf(side[i]!)];
        if (row !== undefined) row[x] = (Number.isNaN(row[x]!) ? 0 : row[x]!) + side[i + 1]!;
      }
    }
  }
  return grid.map((row) => row.map((size) => Math.min(Number.MAX_VALUE, Math.sqrt(size))));
}

/** Labels spread evenly from so many seconds ago at the left to now at the right edge. */
function timeRow(seconds: number, w: number, brush: Brush): string {
  const times = timesAgo(seconds);
  const kept = w >= 30 ? times : [times[0]!, times.at(-1)!];
  const room = w - kept.reduce((sum, label) => sum + label.length, 0);
  if (room < kept.length) return blank(w);
  const gap = Math.floor(room / (kept.length - 1));
  const parts = kept.flatMap((label, i): Part[] => {
    const own = i === kept.length - 1 ? room - gap * (kept.length - 2) : gap;
    return i === 0 ? [[label, 'dim']] : [' '.repeat(own), [label, 'dim']];
  });
  return line(parts, w, brush);
}

/** Columns of the map at least: a minute. */
const LEAST_SLICES = 60 / LADDER_SECONDS;

/** From the first ladder remembered on, so that a young map is not mostly empty. */
function sinceHeard(slices: readonly (LadderSlice | null)[]): readonly (LadderSlice | null)[] {
  const first = slices.findIndex((slice) => slice !== null);
  return first < 0 ? slices : slices.slice(Math.min(first, slices.length - LEAST_SLICES));
}

/** Rows from one price on the axis to the next. */
const LABEL_EVERY = 4;

/** What rested at which price over the last quarter of an hour, or since it was first heard, with the mid as a line, in `h` rows of exactly `w` cells. */
export function heatRows(
  view: BookView,
  history: History,
  asset: Asset,
  w: number,
  h: number,
  brush: Brush,
): string[] {
  const remembered = recentLadders(history, asset, view.id);
  const slices = sinceHeard(remembered);
  const range = rangeOf(slices);
  const { priceDecimals } = view.entry;
  if (range === undefined || h < 3) {
    const why =
      remembered.length === 0
        ? 'levels of this book are not remembered'
        : 'no whole ladder remembered yet';
    return exactly([line([[fitted(why, w, { ascii: brush.ascii }), 'absent']], w, brush)], w, h);
  }
  const { low, high } = range;
  const price = (value: number): string =>
    fixed(value, 14, priceDecimals, { thousands: true }).trim();
  const axis = Math.max(price(high).length, price(low).length);
  const cells = w - axis - 1;
  if (cells < 8) return exactly([], w, h);
  const body = h - 1;
  const rows = heatmap({
    grid: gridOf(slices, range, 2 * body),
    width: cells,
    height: body,
    painter: brush.painter,
    min: 0,
    ascii: brush.ascii,
    trace: slices.map((slice) => (slice === null ? Number.NaN : (high - slice.mid) / (high - low))),
  });
  const middle = body >> 1;
  const labelled = rows.map((row, y) => {
    const isMiddle = y === middle;
    const isShown = isMiddle || (y - middle) % LABEL_EVERY === 0;
    const at = isMiddle ? (high + low) / 2 : high - ((y + 0.5) / body) * (high - low);
    const label = fitted(isShown ? price(at) : '', axis, { align: 'right' });
    const text = brush.ascii ? asciiOnly(label) : label;
    return line([{ painted: row, cells }, ' ', [text, isMiddle ? 'title' : 'dim']], w, brush);
  });
  return [
    ...labelled,
    line([{ painted: timeRow(slices.length * LADDER_SECONDS, cells, brush), cells }], w, brush),
  ];
}

const signed2 = (value: number, width: number): string => fixed(value, width, 2, { sign: true });
const whole = (value: number, width: number): string => fixed(value, width, 0);
const dim = (text: string): Part => [text, 'dim'];

const valueIn = (reading: Reading): number | null =>
  reading.state === 'absent' ? null : reading.value;

function oibRow(view: BookView, window: OibWindow, w: number, brush: Brush): string {
  const { oib } = view.entry;
  const spread = {
    low: valueIn(window.q10),
    middle: valueIn(window.q50),
    high: valueIn(window.q90),
    now: valueIn(oib),
  };
  const strip = Math.min(41, w - 7 - 24 - 2);
  const side = oib.state !== 'absent' && oib.value < 0 ? 'ask' : 'bid';
  const drawn: Part[] =
    strip < 9
      ? []
      : [
          quantiles(spread, strip % 2 === 0 ? strip - 1 : strip, brush, [
            roleIn(window.q50, 'accent'),
            roleIn(oib, side),
          ]),
          '  ',
        ];
  return line(
    [
      dim(fitted(`OIB ${window.label}`, 7)),
      ' ',
      ...drawn,
      ...[window.q10, window.q50, window.q90].map((one) => shown(one, 7, signed2, brush)),
    ],
    w,
    brush,
  );
}

/** Rows that the shape of one book takes. */
export const SHAPE_ROWS = 5;

/** How a book leans among its own quantiles, how steep it is, how long it has kept its side. */
export function shapeRows(view: BookView, w: number, brush: Brush): string[] {
  const { shape, title } = view;
  const usd = (value: number, width: number): string => compactUsd(value, width);
  const row = (...parts: Part[]): string => line(thatFit(parts, w), w, brush);
  return [
    heading(`${title}: OIB at its q10, q50, q90`, w, brush),
    ...shape.oib.map((window) => oibRow(view, window, w, brush)),
    row(
      dim('slope $/bp'),
      shown(shape.slopeBid, 8, usd, brush, { role: 'bid' }),
      shown(shape.slopeAsk, 8, usd, brush, { role: 'ask' }),
      dim('  top 5'),
      shown(shape.top5, 7, signed2, brush),
      dim('  spread q90'),
      shown(shape.spreadQ90, 6, (v, n) => fixed(v, n, 2), brush),
      dim(' bps'),
    ),
    row(
      dim('side kept'),
      shown(shape.persistence, 7, (v, n) => percent(v, n, 0), brush),
      dim(' now'),
      shown(shape.runSeconds, 5, whole, brush),
      dim(' s  shocks'),
      shown(shape.shocksBid, 5, whole, brush, { role: 'bid' }),
      dim(' /'),
      shown(shape.shocksAsk, 5, whole, brush, { role: 'ask' }),
      dim(' s of the hour'),
    ),
  ];
}
