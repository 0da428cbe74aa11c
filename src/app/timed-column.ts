import { existsSync } from 'node:fs';
import { timeOf } from '../model/instant.ts';
import { HOUR, MINUTE, type Micros, micros } from '../model/units.ts';
import { readTable, type Table } from './csv.ts';
import { CommandError, usage } from './errors.ts';

/** What a column of a file holds. */
export type ColumnRole = 'funding' | 'openInterest' | 'basis' | 'price';

/** What was found wrong with a column, or worth knowing about it. */
export interface ColumnFacts {
  /** As it was given, without the column. */
  readonly file: string;
  readonly column: string;
  readonly timeColumn: string;
  /** Of the file's rows, where it has a column of symbols. */
  readonly symbol: string | null;
  readonly rows: number;
  /** Rows whose value is empty, NaN or null. */
  readonly empty: number;
  /** Rows whose time or value cannot be read or cannot be (an open interest or a price that is not positive), with the first one's line. */
  readonly unreadable: { readonly rows: number; readonly line: number | null };
  /** Rows of a time that another row has: with the same value, or with another one, of which the last in the file stands. */
  readonly repeated: number;
  readonly conflicting: number;
  /** Rows that are older than the one before them. */
  readonly unordered: number;
  /** The first and the last time, as stamped; null of nothing. */
  readonly from: Micros | null;
  readonly to: Micros | null;
  /** The usual time between two rows, µs; NaN of one row. */
  readonly step: number;
  /** Whether rows are bars: stamped by their opening, known a step later. */
  readonly areBars: boolean;
  readonly gaps: {
    readonly count: number;
    /** Rows missing in all of them. */
    readonly missing: number;
    /** The longest: last row before it and first behind it. */
    readonly longest: { readonly from: Micros; readonly to: Micros } | null;
  };
}

/** A column of numbers with the times at which they were known, ascending, each once. */
export interface TimedColumn {
  readonly facts: ColumnFacts;
  readonly stamps: readonly Micros[];
  readonly values: readonly number[];
  /** Of funding, where the file says it: hours of the interval of each rate; NaN where it does not. */
  readonly intervals: readonly number[] | null;
}

interface Kind {
  readonly words: string;
  /** Names it goes by, letters and digits only, the preferred first. */
  readonly names: readonly string[];
  readonly isPossible: (value: number) => boolean;
}

const KINDS: Readonly<Record<ColumnRole, Kind>> = {
  funding: {
    words: 'funding rate',
    // What was settled goes before what was predicted.
    names: [
      ...['realfundingrate', 'realizedfundingrate', 'realisedfundingrate', 'realizedrate'],
      ...['settledfundingrate', 'fundingsettled', 'lastfundingrate', 'fundingrate', 'funding'],
      ...['realized', 'rate'],
    ],
    isPossible: Number.isFinite,
  },
  openInterest: {
    words: 'open interest in coin or contracts',
    names: [
      ...['openinterest', 'sumopeninterest', 'openinterestamount', 'openinterestcoin'],
      ...['openinterestbase', 'openinterestcontracts', 'oi', 'oicoin', 'oibase', 'oicontracts'],
      ...['oiccy', 'sumoi'],
    ],
    isPossible: (value) => value > 0 && value < Number.POSITIVE_INFINITY,
  },
  basis: {
    words: 'basis',
    names: [
      ...['basis', 'basisrate', 'basisfair', 'basisvenue', 'basisbps', 'basispct'],
      ...['perpvsspotspreadbps', 'premium', 'premiumindex', 'premiumrate', 'close'],
    ],
    isPossible: Number.isFinite,
  },
  price: {
    words: 'close',
    names: ['close', 'closeprice', 'c', 'price', 'lastprice', 'last', 'markprice', 'mark', 'mid'],
    isPossible: (value) => value > 0 && value < Number.POSITIVE_INFINITY,
  },
};

const INTERVAL_NAMES = ['fundingintervalhours', 'intervalhours'];
const SYMBOL_NAMES = ['symbol', 'instrument', 'instid', 'instrumentname', 'assetpair', 'pair'];
/** Bars have these besides a close. */
const BAR_NAMES = ['open', 'o'];
const CLOSE_NAMES = ['close', 'closeprice', 'c'];
/** Prices of an instant. Any other price is taken for the close of a bar: the other mistake would look ahead. */
const INSTANT_NAMES = ['price', 'lastprice', 'last', 'markprice', 'mark', 'indexprice', 'mid'];
/** In dollars the return of the price would leak in (SPEC §5). */
const IN_USD = /usd|value|notional/;

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');

const NOTHING = new Set(['', 'nan', 'null', 'none', 'na', 'n/a', '-']);
const isNothing = (text: string): boolean => NOTHING.has(text.trim().toLowerCase());
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;
const numberOf = (text: string): number => (NUMBER.test(text.trim()) ? Number(text) : Number.NaN);

/** `FILE`, or `FILE:column`: the column is what stands behind the last colon, unless that is the path itself (`C:\oi.csv`). */
export function splitReference(reference: string): { file: string; column: string | null } {
  const at = reference.lastIndexOf(':');
  const column = reference.slice(at + 1);
  const isPath = at < 0 || column === '' || /[\\/]/.test(column) || existsSync(reference);
  return isPath ? { file: reference, column: null } : { file: reference.slice(0, at), column };
}

/** Rows that are looked at to find the column of times. */
const PROBED = 10;

function timeColumnOf({ columns, rows }: Table, file: string): number {
  const probes = rows.slice(0, PROBED);
  const found = columns.findIndex((_, index) => {
    const cells = probes.map((row) => row[index]!).filter((cell) => !isNothing(cell));
    return cells.length > 0 && cells.every((cell) => !Number.isNaN(timeOf(cell)));
  });
  if (found < 0)
    throw new CommandError(
      `${file}: no column of times (ISO 8601, or s, ms, µs since the epoch) among ${columns.join(', ')}`,
    );
  return found;
}

const indexOfAny = (columns: readonly string[], names: readonly string[]): number => {
  const plains = columns.map(plain);
  for (const name of names) if (plains.includes(name)) return plains.indexOf(name);
  return -1;
};

function valueColumnOf(
  { columns }: Table,
  file: string,
  wanted: string | null,
  role: ColumnRole,
): number {
  const { words, names } = KINDS[role];
  if (wanted !== null) {
    const exact = columns.indexOf(wanted);
    const found = exact >= 0 ? exact : columns.map(plain).indexOf(plain(wanted));
    if (found >= 0) return found;
    throw usage(`${file}: no column '${wanted}'; it has ${columns.join(', ')}`);
  }
  const found = indexOfAny(columns, names);
  if (found >= 0) return found;
  const inUsd = columns.find((name) => /openinterest|oi/.test(plain(name)));
  throw usage(
    role === 'openInterest' && inUsd !== undefined
      ? `${file}: '${inUsd}' may be in USD, where the price return leaks in; FILE:${inUsd} takes it nevertheless`
      : `${file}: no column known as ${words} among ${columns.join(', ')}; name one as FILE:column`,
  );
}

/** Rows of one symbol: of the only one, or of the one asked for. */
function symbolOf(
  { columns, rows }: Table,
  file: string,
  wanted: string | undefined,
): { readonly index: number; readonly symbol: string | null } {
  const index = indexOfAny(columns, SYMBOL_NAMES);
  if (index < 0) return { index, symbol: null };
  const symbols = [...new Set(rows.map((row) => row[index]!))];
  if (symbols.length <= 1) return { index: -1, symbol: symbols[0] ?? null };
  const some = symbols.slice(0, 6).join(', ') + (symbols.length > 6 ? ', …' : '');
  if (wanted === undefined) throw usage(`${file} holds ${some}: choose one with --symbol`);
  const symbol = symbols.find((name) => name === wanted || plain(name) === plain(wanted));
  if (symbol === undefined) throw usage(`${file}: no symbol ${wanted}; it holds ${some}`);
  return { index, symbol };
}

/** The most frequent distance between ascending times, the shortest of several; NaN of one time. */
export function usualStep(stamps: readonly number[]): number {
  const counts = new Map<number, number>();
  for (let i = 1; i < stamps.length; i += 1) {
    // Stamps a few ms late must not make a distance of their own.
    const distance = Math.max(1, Math.round((stamps[i]! - stamps[i - 1]!) / 1e6)) * 1e6;
    counts.set(distance, (counts.get(distance) ?? 0) + 1);
  }
  let step = Number.NaN;
  let most = 0;
  for (const [distance, count] of counts)
    if (count > most || (count === most && distance < step)) [step, most] = [distance, count];
  return step;
}

/** The longest funding interval any venue uses, µs. */
const LONGEST_INTERVAL = 8 * HOUR;

/**
 * Where rows are missing: distances that are longer than usual.
 *
 * @param areSettlements then a longer distance that repeats, up to the longest interval there is, is what the interval was at that time.
 */
export function gapsIn(
  stamps: readonly Micros[],
  step: number,
  areSettlements = false,
): ColumnFacts['gaps'] {
  let count = 0;
  let missing = 0;
  let longest: { from: Micros; to: Micros } | null = null;
  const distanceTo = (i: number): number => stamps[i]! - stamps[i - 1]!;
  for (let i = 1; i < stamps.length; i += 1) {
    const distance = distanceTo(i);
    if (distance < 1.5 * step) continue;
    const isRepeated = distance === distanceTo(i - 1) || distance === distanceTo(i + 1);
    if (areSettlements && distance <= LONGEST_INTERVAL && isRepeated) continue;
    count += 1;
    missing += Math.round(distance / step) - 1;
    if (longest === null || distance > longest.to - longest.from)
      longest = { from: stamps[i - 1]!, to: stamps[i]! };
  }
  return { count, missing, longest };
}

/** Settlements happen on the minute and are stamped some ms late; whoever counts by the hour needs the instant itself. */
const settlementOf = (stamp: number): number => Math.round(stamp / MINUTE) * MINUTE;

interface Row {
  readonly ts: Micros;
  readonly value: number;
  readonly interval: number;
}

/**
 * Reads a column of numbers with its times from a CSV file.
 *
 * The first column that parses as a time is that of the times. Bars (a close beside an opening price; of prices whatever is not known as one of an
 * instant) are stamped by their opening, as exchanges publish them, and known when they close: a step later, which is the usual distance between rows. Settlements are
 * taken at their minute, since venues stamp them some ms late. Of several rows of one time the last in the file stands.
 *
 * @param reference `FILE` or `FILE:column`.
 * @param wanted symbol, for a file that holds several.
 * @throws CommandError: exit 1 for a file that cannot be used, 2 for a column or symbol it does not have.
 */
export async function readTimedColumn(
  reference: string,
  role: ColumnRole,
  wanted?: string,
): Promise<TimedColumn> {
  const { file, column } = splitReference(reference);
  const table = await readTable(file);
  const { columns } = table;
  if (table.rows.length === 0) throw new CommandError(`${file}: no rows`);
  const valueAt = valueColumnOf(table, file, column, role);
  const timeAt = timeColumnOf(table, file);
  const { index: symbolAt, symbol } = symbolOf(table, file, wanted);
  const intervalAt = role === 'funding' ? indexOfAny(columns, INTERVAL_NAMES) : -1;
  const name = plain(columns[valueAt]!);
  const hasOpen = indexOfAny(columns, BAR_NAMES) >= 0;
  const areBars =
    role === 'price'
      ? hasOpen || !INSTANT_NAMES.includes(name)
      : hasOpen && CLOSE_NAMES.includes(name);

  const { isPossible, words } = KINDS[role];
  const rows: Row[] = [];
  let [seen, empty, unreadable, unordered] = [0, 0, 0, 0];
  let line: number | null = null;
  let before = Number.NEGATIVE_INFINITY;
  for (const [index, cells] of table.rows.entries()) {
    if (symbolAt >= 0 && cells[symbolAt] !== symbol) continue;
    seen += 1;
    const stamp = timeOf(cells[timeAt]!);
    const text = cells[valueAt]!;
    const value = numberOf(text);
    if (!Number.isNaN(stamp) && isNothing(text)) {
      empty += 1;
      continue;
    }
    if (Number.isNaN(stamp) || !isPossible(value)) {
      unreadable += 1;
      line ??= table.lineOf(index);
      continue;
    }
    if (stamp < before) unordered += 1;
    before = stamp;
    const ts = micros(role === 'funding' ? settlementOf(stamp) : stamp);
    rows.push({ ts, value, interval: intervalAt < 0 ? Number.NaN : numberOf(cells[intervalAt]!) });
  }
  if (rows.length === 0)
    throw new CommandError(`${file}: no ${words} to be read in column '${columns[valueAt]}'`);

  // Stable, so that of one time the last in the file comes last.
  if (unordered > 0) rows.sort((a, b) => a.ts - b.ts);
  const once: Row[] = [];
  let [repeated, conflicting] = [0, 0];
  for (const row of rows) {
    const last = once.at(-1);
    if (last?.ts === row.ts) {
      if (last.value === row.value) repeated += 1;
      else conflicting += 1;
      once[once.length - 1] = row;
    } else once.push(row);
  }

  const opened = once.map(({ ts }) => ts);
  const step = usualStep(opened);
  if (areBars && Number.isNaN(step))
    throw new CommandError(`${file}: a single bar does not say how long it is`);
  return {
    facts: {
      file,
      column: columns[valueAt]!,
      timeColumn: columns[timeAt]!,
      symbol,
      rows: seen,
      empty,
      unreadable: { rows: unreadable, line },
      repeated,
      conflicting,
      unordered,
      from: opened[0]!,
      to: opened.at(-1)!,
      step,
      areBars,
      gaps: gapsIn(opened, step, role === 'funding'),
    },
    stamps: areBars ? opened.map((ts) => micros(ts + step)) : opened,
    values: once.map(({ value }) => value),
    intervals: intervalAt < 0 ? null : once.map(({ interval }) => interval),
  };
}

/** Whether a column of open interest says by its name that it is in dollars. */
export const isInUsd = ({ column }: ColumnFacts): boolean => IN_USD.test(plain(column));

/** A span in words: `8 h`, `1 min`. */
export function spanText(span: number): string {
  if (span >= 24 * HOUR && span % (24 * HOUR) === 0) return `${span / (24 * HOUR)} d`;
  if (span >= HOUR) return `${Number((span / HOUR).toFixed(2))} h`;
  return span >= MINUTE ? `${Number((span / MINUTE).toFixed(2))} min` : `${span / 1e6} s`;
}
