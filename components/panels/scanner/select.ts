import type { Frame } from '../../../src/frame/frame.ts';
import type { ScanLine, ScanRow } from '../../../src/frame/scan.ts';
import type { Asset } from '../../../src/model/instrument.ts';
import { absent, derive, type Reading } from '../../../src/model/reading.ts';
import { cellWidth, cleanText } from '../../format/cell-width.ts';
import { type History, LIVE_SECONDS, recent } from '../../history.ts';
import { admits } from '../filter.ts';
import type { PanelInput, PanelOptions } from '../panel.ts';

/** What the table can be sorted by, in the order of the sort key: `abs8h` by the funding rate whatever its sign, `liq` by what was liquidated of both sides. */
export const SCANNER_SORTS = [
  'rank',
  'symbol',
  'abs8h',
  '8h',
  '24h',
  '1h',
  'volume',
  'oi',
  'oi1h',
  'oi24h',
  'liq',
  'basis',
  'spread',
  'oib',
] as const;

export type ScannerSort = (typeof SCANNER_SORTS)[number];

/** A row of the table: a perp of a scan, or an asset that is watched. */
export interface ScannerRow
  extends Pick<
    ScanRow,
    | 'asset'
    | 'price'
    | 'priceDecimals'
    | 'change1h'
    | 'change24h'
    | 'volume24hUsd'
    | 'funding8h'
    | 'fundingAnnual'
    | 'nextFundingTs'
    | 'basisFair'
    | 'oiUsd'
    | 'oiChange1h'
    | 'oiChange4h'
    | 'oiChange24h'
    | 'oiNorm'
    | 'oiChangeType'
    | 'liquidatedLong1h'
    | 'liquidatedShort1h'
    | 'spreadBps'
    | 'oib'
    | 'depthBid'
    | 'depthAsk'
    | 'trend'
  > {
  /** Of the scan the instrument, of a watched asset its name: what a row is recognised by. */
  readonly key: string;
  /** Its symbol, safe to draw. */
  readonly name: string;
  /** Safe to draw; empty of a watched asset, which has several. */
  readonly venue: string;
  readonly rank: number;
  /** USD liquidated of both sides in the last hour. */
  readonly liquidated1h: Reading;
  /** The row of the scan it was made of; null of a watched asset. */
  readonly scanned: ScanRow | null;
}

/** The rows as they are shown. */
export interface ScannerRows {
  readonly rows: readonly ScannerRow[];
  /** Of each row, in their order. */
  readonly keys: readonly string[];
  readonly sort: ScannerSort;
  /** Cells of the longest name and venue of all rows, shown or not, so that columns stay where they are; no cells for venues where there is one. */
  readonly nameCells: number;
  readonly venueCells: number;
  /** Rows before the filter. */
  readonly all: number;
  /** The scan they come from; null where they are the watched assets. */
  readonly scan: ScanLine | null;
}

const both = (long: Reading, short: Reading): Reading =>
  derive([long, short] as const, (one, other) => one + other);

/** `BTC/USDT` of `binance:BTC/USDT:USDT`: the settlement is in the quote coin. */
const symbolOf = (instrument: string): string => cleanText(instrument.split(':')[1] ?? instrument);

function scannedRows({ rows }: ScanLine): ScannerRow[] {
  return rows.map((row) => ({
    ...row,
    key: row.instrument,
    name: symbolOf(row.instrument),
    venue: cleanText(row.instrument.split(':')[0] ?? ''),
    liquidated1h: both(row.liquidatedLong1h, row.liquidatedShort1h),
    // The minutes end before now: the price that is shown is the newest point.
    trend: [...row.trend, row.price.state === 'live' ? row.price.value : null],
    scanned: row,
  }));
}

/** Prices that a sparkline of a watched asset is made of. */
const TREND_POINTS = 60;

/** The last quarter of an hour in as many points, the last one known of each span. */
function trendOf(history: History, asset: Asset): (number | null)[] {
  const seconds = recent(history, asset, 'price', LIVE_SECONDS);
  const span = LIVE_SECONDS / TREND_POINTS;
  return Array.from({ length: seconds.length / span }, (_, i) =>
    seconds.slice(i * span, (i + 1) * span).findLast((price) => price !== null),
  ).map((price) => price ?? null);
}

const NOT_IN_A_FRAME = absent('only scans of all perps tell it');

/** An asset with the numbers of all its venues, as its frame has them; those of one listing are its leading perp's. */
function watchedRow(frame: Frame, history: History, at: number): ScannerRow {
  const { asset, basis, funding, liquidations, openInterest } = frame;
  const perp = basis.perpInstrument;
  const book = perp === null ? undefined : frame.book.byInstrument[perp];
  const entry = Object.values(funding.byVenue).find(({ instrument }) => instrument === perp);
  const none = absent('no leading perp');
  const { long, short } = liquidations.h1;
  return {
    key: asset,
    name: cleanText(asset),
    venue: '',
    asset,
    rank: at + 1,
    price: frame.price,
    priceDecimals: frame.priceDecimals,
    change1h: frame.priceChange1h,
    change24h: frame.priceChange24h,
    volume24hUsd: NOT_IN_A_FRAME,
    funding8h: funding.oiWeighted,
    fundingAnnual: derive([funding.oiWeighted] as const, (rate) => rate * 3 * 365),
    nextFundingTs: entry?.nextFundingTs ?? none,
    basisFair: basis.fair,
    oiUsd: openInterest.totalUsd,
    oiChange1h: openInterest.totalChange1h,
    oiChange4h: openInterest.totalChange4h,
    oiChange24h: openInterest.totalChange24h,
    oiNorm: openInterest.norm,
    oiChangeType: openInterest.changeType,
    liquidatedLong1h: long,
    liquidatedShort1h: short,
    liquidated1h: both(long, short),
    spreadBps: book?.spreadBps ?? none,
    oib: book?.oib ?? none,
    depthBid: book?.depthBid ?? none,
    depthAsk: book?.depthAsk ?? none,
    trend: trendOf(history, asset),
    scanned: null,
  };
}

const magnitude = (reading: Reading): Reading => derive([reading] as const, Math.abs);

/** What a sort looks at; the rank and the symbol are no readings. */
const READ: Readonly<
  Record<Exclude<ScannerSort, 'rank' | 'symbol'>, (row: ScannerRow) => Reading>
> = {
  abs8h: ({ funding8h }) => magnitude(funding8h),
  '8h': ({ funding8h }) => funding8h,
  '24h': ({ change24h }) => change24h,
  '1h': ({ change1h }) => change1h,
  volume: ({ volume24hUsd }) => volume24hUsd,
  oi: ({ oiUsd }) => oiUsd,
  oi1h: ({ oiChange1h }) => oiChange1h,
  oi24h: ({ oiChange24h }) => oiChange24h,
  liq: ({ liquidated1h }) => liquidated1h,
  basis: ({ basisFair }) => basisFair,
  spread: ({ spreadBps }) => spreadBps,
  oib: ({ oib }) => oib,
};

/** The largest first, of the tightest spreads the smallest; rows without the number stand last either way, and equals by rank. */
function sorted(
  rows: readonly ScannerRow[],
  sort: ScannerSort,
  reversed: boolean,
): readonly ScannerRow[] {
  const turn = reversed ? -1 : 1;
  if (sort === 'rank') return reversed ? rows.toReversed() : rows;
  if (sort === 'symbol')
    return rows.toSorted((a, b) => turn * (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const direction = sort === 'spread' ? turn : -turn;
  const weighed = rows.map((row) => ({ row, value: READ[sort](row).value }));
  weighed.sort((a, b) => {
    if (a.value === null || b.value === null)
      return Number(a.value === null) - Number(b.value === null);
    return direction * (a.value - b.value);
  });
  return weighed.map(({ row }) => row);
}

function shown(
  rows: readonly ScannerRow[],
  { sort: presses, reversed, filter }: PanelOptions,
  scan: ScanLine | null,
): ScannerRows {
  const sort = SCANNER_SORTS[presses % SCANNER_SORTS.length]!;
  const isOneVenue = rows.every(({ venue }) => venue === rows[0]!.venue);
  const admitted = rows.filter(({ name, venue, asset }) =>
    admits(filter, name, asset, isOneVenue ? null : venue),
  );
  const ordered = sorted(admitted, sort, reversed);
  return {
    rows: ordered,
    keys: ordered.map(({ key }) => key),
    sort,
    nameCells: Math.max(6, ...rows.map(({ name }) => cellWidth(name))),
    venueCells: isOneVenue ? 0 : Math.max(5, ...rows.map(({ venue }) => cellWidth(venue))),
    all: rows.length,
    scan,
  };
}

/** What was made of a scan: its rows once, and the order in which they were last asked for. */
interface Made {
  readonly rows: readonly ScannerRow[];
  wanted: string;
  shown: ScannerRows;
}

// A screen draws ten times between two scans, and hundreds of rows are not to be sorted each time.
const made = new WeakMap<ScanLine, Made>();

/**
 * The table as it is sorted and filtered: every perp of the newest scan, else the assets that are watched. Of a scan the same object again until it is sorted or
 * filtered in another way.
 */
export function selectScanner(
  { scan, frames, history }: Pick<PanelInput, 'scan' | 'frames' | 'history'>,
  options: PanelOptions,
): ScannerRows {
  if (scan === null) {
    const rows = [...frames.values()].map((frame, at) => watchedRow(frame, history, at));
    return shown(rows, options, null);
  }
  const { sort, reversed, filter = '' } = options;
  const wanted = `${sort % SCANNER_SORTS.length} ${reversed} ${filter}`;
  const known = made.get(scan);
  if (known?.wanted === wanted) return known.shown;
  const rows = known?.rows ?? scannedRows(scan);
  const result = shown(rows, options, scan);
  made.set(scan, { rows, wanted, shown: result });
  return result;
}
