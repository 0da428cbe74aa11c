import type { DatabaseSync } from 'node:sqlite';
import type { Asset, FeedId } from '../model/instrument.ts';
import {
  HOURLY_SERIES,
  type KeptCoverage,
  type KeptHearing,
  type KeptHours,
  type KeptLiquidations,
  type KeptListing,
  type KeptMinuteRows,
  MINUTE_SERIES,
  type Recalled,
} from '../model/kept.ts';
import { DAY, HOUR, MINUTE, type Micros } from '../model/units.ts';
import { COUNTED } from './schema.ts';

/** What a run wants back. */
export interface RecallQuery {
  readonly feeds: readonly FeedId[];
  readonly assets: readonly Asset[];
  readonly now: Micros;
}

/** What a store holds for a run. */
export interface Recollection {
  /** What the engine is given back, in this order. */
  readonly recalled: readonly Recalled[];
  /** Listings that any of it belongs to. */
  readonly listings: readonly KeptListing[];
  /** History that need not be asked for again. */
  readonly coverage: readonly KeptCoverage[];
}

/** How far back each thing is read: as far as the longest window that rests on it. */
const HOURS_BACK = 960;
const MINUTES_BACK = DAY + 2 * HOUR;
const LIQUIDATIONS_BACK = DAY;
const HEARING_BACK = 7 * DAY;
/** Liquidations read of one asset, the newest. */
const PRINTS_AT_MOST = 20_000;
/** Listening is told by the minute: spans that are no farther apart are one. */
const SAME_SPAN = 2 * MINUTE;

interface ListingRow {
  readonly id: number;
  readonly listing: KeptListing;
}

type Columns = Readonly<Record<'hour' | 'lag' | 'value' | 'ts' | 'period', number[]>>;

type Row = Readonly<Record<string, unknown>>;
const numberIn = (row: Row, name: string): number => row[name] as number;
const textIn = (row: Row, name: string): string => row[name] as string;

function listingsOf(db: DatabaseSync, { feeds, assets }: RecallQuery): ListingRow[] {
  return db
    .prepare('SELECT * FROM listing ORDER BY id')
    .all()
    .filter((row) => feeds.includes(textIn(row, 'feed')) && assets.includes(textIn(row, 'asset')))
    .map((row) => ({
      id: numberIn(row, 'id'),
      listing: {
        kind: 'listing',
        instrument: textIn(row, 'instrument'),
        feed: textIn(row, 'feed'),
        venue: textIn(row, 'venue'),
        asset: textIn(row, 'asset'),
        product: textIn(row, 'product') as KeptListing['product'],
        symbol: textIn(row, 'symbol'),
      },
    }));
}

/** A query that gives columns of numbers whole, as JSON: a tenth of the time that an object per row takes, and exact. */
function columnsOf(db: DatabaseSync, columns: readonly string[], from: string) {
  const lists = columns.map((name) => `json_group_array(${name}) AS ${name}`);
  const statement = db.prepare(
    `SELECT ${lists.join(', ')} FROM (SELECT ${columns.join(', ')} FROM ${from})`,
  );
  return (...values: readonly number[]): Readonly<Record<string, number[]>> =>
    Object.fromEntries(
      Object.entries(statement.get(...values)!).map(([name, list]) => [
        name,
        JSON.parse(String(list)) as number[],
      ]),
    );
}

function hoursOf(db: DatabaseSync, { id, listing }: ListingRow, now: Micros): KeptHours[] {
  const open = Math.ceil(now / HOUR);
  const read = columnsOf(
    db,
    ['hour', 'lag', 'value'],
    'hour WHERE listing = ? AND series = ? AND hour BETWEEN ? AND ? ORDER BY hour',
  );
  const pages: KeptHours[] = [];
  for (const [number, series] of HOURLY_SERIES.entries()) {
    const { hour, lag, value } = read(id, number, open - HOURS_BACK + 1, open) as Columns;
    const from = hour[0];
    if (from === undefined) continue;
    const values: (number | null)[] = new Array(hour.at(-1)! - from + 1).fill(null);
    const lags: number[] = new Array(values.length).fill(0);
    for (const [index, at] of hour.entries()) {
      values[at - from] = value[index]!;
      lags[at - from] = lag[index]!;
    }
    const { instrument } = listing;
    const isPunctual = lags.every((one) => one === 0);
    pages.push({ kind: 'hours', instrument, series, from, values, ...(!isPunctual && { lags }) });
  }
  return pages;
}

function minutesOf(db: DatabaseSync, { id, listing }: ListingRow, now: Micros): KeptMinuteRows[] {
  const read = columnsOf(
    db,
    ['ts', 'value', 'period'],
    'minute WHERE listing = ? AND series = ? AND ts > ? AND ts <= ? ORDER BY ts',
  );
  const pages: KeptMinuteRows[] = [];
  for (const [number, series] of MINUTE_SERIES.entries()) {
    const found = read(id, number, now - MINUTES_BACK, now) as Columns;
    if (found.ts.length === 0) continue;
    pages.push({
      kind: 'minutes',
      instrument: listing.instrument,
      series,
      stamps: found.ts,
      values: found.value,
      ...(series === 'fundingRate' && { periods: found.period.map((period) => period ?? 0) }),
    });
  }
  return pages;
}

function liquidationsOf(
  db: DatabaseSync,
  listings: readonly ListingRow[],
  { assets, now }: RecallQuery,
): KeptLiquidations[] {
  const byId = new Map(listings.map(({ id, listing }) => [id, listing]));
  const prints = new Map<Asset, KeptLiquidations['prints'][number][]>();
  const rows = db
    .prepare('SELECT * FROM liquidation WHERE heard > ? AND heard <= ? ORDER BY heard')
    .iterate(now - LIQUIDATIONS_BACK, now);
  for (const row of rows) {
    const listing = byId.get(numberIn(row, 'listing'));
    if (listing === undefined) continue;
    const of = prints.get(listing.asset) ?? [];
    prints.set(listing.asset, of);
    of.push({
      instrument: listing.instrument,
      side: textIn(row, 'side') as 'long' | 'short',
      price: numberIn(row, 'price'),
      size: numberIn(row, 'size'),
      tsExchange: row['exchange'] as Micros | null,
      tsLocal: numberIn(row, 'heard') as Micros,
    });
  }
  return assets.flatMap((asset) => {
    const of = prints.get(asset);
    if (of === undefined) return [];
    return [{ kind: 'liquidations' as const, asset, prints: of.slice(-PRINTS_AT_MOST) }];
  });
}

function hearingOf(db: DatabaseSync, { feeds, assets, now }: RecallQuery): KeptHearing[] {
  const rows = db.prepare(
    'SELECT first, last FROM hearing WHERE feed = ? AND asset = ? AND last > ? AND last <= ? ORDER BY first',
  );
  const found: KeptHearing[] = [];
  for (const feed of feeds)
    for (const asset of assets) {
      const spans: [number, number][] = [];
      for (const row of rows.all(feed, asset, now - HEARING_BACK, now)) {
        const [first, last] = [numberIn(row, 'first'), numberIn(row, 'last')];
        const before = spans.at(-1);
        // Of processes that ran at the same time.
        if (before !== undefined && first - before[1] <= SAME_SPAN)
          before[1] = Math.max(before[1], last);
        else spans.push([first, last]);
      }
      if (spans.length > 0) found.push({ kind: 'hearing', feed, asset, spans });
    }
  return found;
}

function signalsOf(db: DatabaseSync, settings: string, { assets }: RecallQuery): Recalled[] {
  const rows = db.prepare('SELECT body FROM signals WHERE asset = ? AND settings = ?');
  return assets.flatMap((asset) => {
    const row = rows.get(asset, settings);
    if (row === undefined) return [];
    return [{ kind: 'signals', ...JSON.parse(textIn(row, 'body')) } as Recalled];
  });
}

function coverageOf(db: DatabaseSync, { feeds }: RecallQuery): KeptCoverage[] {
  return db
    .prepare('SELECT * FROM coverage')
    .all()
    .filter((row) => feeds.includes(textIn(row, 'feed')))
    .map((row) => ({
      kind: 'coverage',
      feed: textIn(row, 'feed'),
      symbol: textIn(row, 'symbol'),
      what: textIn(row, 'what'),
      from: numberIn(row, 'first'),
      to: numberIn(row, 'last'),
    }));
}

/**
 * Reads what a run wants back.
 *
 * @param settings digest of what cells are judged by: announcements made by others are not ours.
 */
export function readBack(db: DatabaseSync, settings: string, query: RecallQuery): Recollection {
  const listings = listingsOf(db, query);
  return {
    listings: listings.map(({ listing }) => listing),
    coverage: coverageOf(db, query),
    recalled: [
      ...signalsOf(db, settings, query),
      ...hearingOf(db, query),
      ...liquidationsOf(db, listings, query),
      ...listings.flatMap((row) => [
        ...hoursOf(db, row, query.now),
        ...minutesOf(db, row, query.now),
      ]),
    ],
  };
}

/** Rows kept, and the close of the newest hourly cell. */
export function countRows(db: DatabaseSync): {
  readonly rows: number;
  readonly newest: Micros | null;
} {
  let rows = 0;
  for (const table of COUNTED)
    rows += numberIn(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()!, 'n');
  // A cell that is still open has a value so far, and is not counted as one.
  const newest = db.prepare('SELECT max(hour) AS hour FROM hour WHERE lag = 0').get()!['hour'];
  return { rows, newest: typeof newest === 'number' ? ((newest * HOUR) as Micros) : null };
}
