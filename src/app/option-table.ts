import { readFile, stat } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { median, type OptionRow } from '../features/options/row.ts';
import { instantOf } from '../model/instant.ts';
import type { Asset } from '../model/instrument.ts';
import { HOUR, type Micros } from '../model/units.ts';
import { spellingOf } from '../venues/deribit/symbols.ts';
import { parseTable, readTable } from './csv.ts';
import { CommandError } from './errors.ts';

/** Options of one expiry and one coin of payment. */
export interface FileChain {
  /** Null where the file does not say. */
  readonly asset: Asset | null;
  readonly expiry: Micros;
  readonly priceIn: 'coin' | 'quote';
  readonly rows: readonly OptionRow[];
  /** Mark of the dated future of that day, where the file has it. */
  readonly future: number | null;
}

/** What a file says of options. */
export interface OptionFile {
  /** By asset, then expiry. */
  readonly chains: readonly FileChain[];
  /** When all this was so; null when the file does not say. */
  readonly at: Micros | null;
  /** Things to be told about it. */
  readonly notes: readonly string[];
}

/** One record of the file, by names in lower case without anything but letters and digits: `greeks.delta` and `greeksDelta` are one. */
type Fields = ReadonlyMap<string, unknown>;

/** Names that columns and keys go by, the best first. */
const NAMES = {
  instrument: ['instrumentname', 'instrument', 'symbol'],
  strike: ['strike', 'strikeprice', 'k'],
  type: ['optiontype', 'type', 'cp', 'callput', 'right'],
  expiry: ['expirationtimestamp', 'expiry', 'expiration', 'maturity', 'expirydate', 'expiredate'],
  base: ['basecurrency', 'currency', 'asset'],
  quote: ['quotecurrency'],
  iv: ['markiv', 'markvol', 'iv', 'impliedvolatility'],
  mark: ['markprice', 'mark'],
  mid: ['midprice', 'mid'],
  bid: ['bidprice', 'bestbidprice', 'bid'],
  ask: ['askprice', 'bestaskprice', 'ask'],
  underlying: ['underlyingprice', 'forwardprice', 'forward'],
  openInterest: ['openinterest', 'oi'],
  volume: ['volume', 'statsvolume', 'volume24h'],
  delta: ['delta', 'greeksdelta'],
  gamma: ['gamma', 'greeksgamma'],
  // When a row was so. `creation_timestamp` is when a summary was made; a `creation` alone is when the option was listed, and no help.
  ts: ['timestamp', 'creationtimestamp', 'time', 'ts', 't'],
} as const;

/** Two quotes farther apart than this are not of one moment: such times say something else. */
const ONE_MOMENT = HOUR;
/** The median of volatilities in percent lies above this, that of fractions below. */
const PERCENT_ABOVE = 3;
/** Values nested deeper than this are nobody's rows. */
const DEEPEST = 8;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const nameOf = (key: string): string => key.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** `{'vega': 0.9, 'low': None}`, as a table written by Python holds what was an object. */
function fromPython(text: string): unknown {
  try {
    return JSON.parse(text.replaceAll("'", '"').replaceAll(/\bNone\b|\bnan\b/g, 'null'));
  } catch {
    return undefined;
  }
}

function noteAll(
  record: Map<string, unknown>,
  prefix: string,
  value: Readonly<Record<string, unknown>>,
): void {
  for (const [key, held] of Object.entries(value)) {
    const name = prefix + nameOf(key);
    const inner =
      typeof held === 'string' && held.startsWith('{') ? (fromPython(held) ?? held) : held;
    if (isObject(inner) && prefix === '') noteAll(record, name, inner);
    else if (!record.has(name)) record.set(name, inner);
  }
}

function recordOf(value: Readonly<Record<string, unknown>>): Map<string, unknown> {
  const record = new Map<string, unknown>();
  noteAll(record, '', value);
  return record;
}

/** Every record in a JSON value: rows as they are, in the `result` or `params.data` of an answer or notification, in the `msg` of a recorded line. */
function recordsIn(value: unknown, depth = 0): Map<string, unknown>[] {
  if (depth > DEEPEST) return [];
  if (Array.isArray(value)) return value.flatMap((element) => recordsIn(element, depth + 1));
  if (!isObject(value)) return [];
  const { msg, result, params, data } = value;
  if (typeof msg === 'string') {
    const records = recordsIn(jsonOf(msg), depth + 1);
    for (const record of records)
      if (typeof value['t'] === 'number' && !record.has('t')) record.set('t', value['t']);
    return records;
  }
  const inner = result ?? params ?? data;
  return inner === undefined ? [recordOf(value)] : recordsIn(inner, depth + 1);
}

/** A JSON value, or an array of those on the lines of a text; undefined for neither. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    try {
      return text
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line) => JSON.parse(line) as unknown);
    } catch {
      return undefined;
    }
  }
}

/** Bytes of an unpacked file at most, as of a table. */
const LARGEST = 128 * 2 ** 20;

/** The file's text, unpacked; undefined where there is none, which whoever reads it as a table has the words for. */
async function textOf(file: string): Promise<string | undefined> {
  try {
    if ((await stat(file)).size > LARGEST) return undefined;
    const bytes = await readFile(file);
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const plain = isPacked ? gunzipSync(bytes, { maxOutputLength: LARGEST }) : bytes;
    return plain.includes(0) ? undefined : new TextDecoder().decode(plain);
  } catch {
    return undefined;
  }
}

async function recordsOf(file: string): Promise<Map<string, unknown>[]> {
  const text = await textOf(file);
  if (text !== undefined && /^\s*[[{]/.test(text)) {
    const value = jsonOf(text);
    if (value === undefined) throw new CommandError(`${file}: damaged, no JSON`);
    return recordsIn(value);
  }
  const { columns, rows } = text === undefined ? await readTable(file) : parseTable(text, file);
  return rows.map((cells) =>
    recordOf(Object.fromEntries(columns.map((column, index) => [column, cells[index]]))),
  );
}

/** The first of some names that a record has something under. */
function pick(record: Fields, names: readonly string[]): unknown {
  for (const name of names) {
    const value = record.get(name);
    if (value !== undefined && value !== null && value !== '' && value !== 'None') return value;
  }
  return undefined;
}

const textIn = (record: Fields, names: readonly string[]): string => {
  const value = pick(record, names);
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
};

/** A number; null where there is none. NaN is how tables write that. */
function numberIn(record: Fields, names: readonly string[]): number | null {
  const text = textIn(record, names);
  const value = Number(text);
  return text === '' || !Number.isFinite(value) ? null : value;
}

/** A number that can not be negative. */
function sizeIn(record: Fields, names: readonly string[]): number | null {
  const value = numberIn(record, names);
  return value !== null && value >= 0 ? value : null;
}

/** `2024-01-26` and `26JAN24` are 08:00 UTC of that day. */
function expiryIn(record: Fields): Micros | null {
  const text = textIn(record, NAMES.expiry);
  const named = spellingOf(`X-${text.toUpperCase()}`);
  if (named?.kind === 'future') return named.expiry;
  return instantOf(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T08:00Z` : text);
}

function typeIn(record: Fields): 'call' | 'put' | null {
  const text = textIn(record, NAMES.type).toLowerCase();
  if (text === 'call' || text === 'c') return 'call';
  return text === 'put' || text === 'p' ? 'put' : null;
}

/** What a record is about. */
interface Contract {
  readonly asset: Asset | null;
  readonly expiry: Micros;
  readonly option: { readonly strike: number; readonly type: 'call' | 'put' } | null;
  /** Null where neither currencies nor a name say. */
  readonly priceIn: 'coin' | 'quote' | null;
}

function contractOf(record: Fields): Contract | undefined {
  const spelling = spellingOf(textIn(record, NAMES.instrument));
  const base = textIn(record, NAMES.base).toUpperCase();
  const quote = textIn(record, NAMES.quote).toUpperCase();
  if (spelling !== undefined) {
    const { expiry, option } = spelling;
    if (expiry === null) return undefined;
    const priceIn = spelling.settle === spelling.base ? 'coin' : 'quote';
    return { asset: spelling.base, expiry, option: option ?? null, priceIn };
  }
  const strike = sizeIn(record, NAMES.strike);
  const type = typeIn(record);
  const expiry = expiryIn(record);
  if (strike === null || strike === 0 || type === null || expiry === null) return undefined;
  const priceIn = quote === '' || base === '' ? null : quote === base ? 'coin' : 'quote';
  return { asset: base === '' ? null : base, expiry, option: { strike, type }, priceIn };
}

/** Mark, else mid, else the middle of bid and ask. */
function priceIn(record: Fields): number | null {
  const told = sizeIn(record, NAMES.mark) ?? sizeIn(record, NAMES.mid);
  if (told !== null) return told;
  const bid = sizeIn(record, NAMES.bid);
  const ask = sizeIn(record, NAMES.ask);
  return bid !== null && ask !== null && bid > 0 && ask > 0 ? (bid + ask) / 2 : null;
}

const positive = (value: number | null): number | null => (value === 0 ? null : value);

function rowOf(record: Fields, option: NonNullable<Contract['option']>): OptionRow {
  const ts = textIn(record, NAMES.ts);
  return {
    ...option,
    markIv: positive(sizeIn(record, NAMES.iv)),
    price: priceIn(record),
    underlying: positive(sizeIn(record, NAMES.underlying)),
    delta: numberIn(record, NAMES.delta),
    gamma: sizeIn(record, NAMES.gamma),
    openInterest: sizeIn(record, NAMES.openInterest),
    volume: sizeIn(record, NAMES.volume),
    ts: ts === '' ? null : instantOf(ts),
  };
}

const saysSomething = ({ markIv, price, openInterest, volume, delta }: OptionRow): boolean =>
  [markIv, price, openInterest, volume, delta].some((value) => value !== null);

interface Group {
  readonly asset: Asset | null;
  readonly expiry: Micros;
  readonly priceIn: Contract['priceIn'];
  /** The newest row of each option. */
  readonly rows: Map<string, OptionRow>;
}

/** Newest time of all rows; null when some tells none, or they are not of one moment. */
function momentOf(rows: readonly OptionRow[]): Micros | null {
  let oldest = Number.POSITIVE_INFINITY;
  let newest = Number.NEGATIVE_INFINITY;
  for (const { ts } of rows) {
    if (ts === null) return null;
    oldest = Math.min(oldest, ts);
    newest = Math.max(newest, ts);
  }
  return newest - oldest <= ONE_MOMENT ? (newest as Micros) : null;
}

/** A call is never worth more than its coin. */
const lookLikeCoins = (rows: readonly OptionRow[]): boolean =>
  rows.every(
    ({ type, price, strike }) => type === 'put' || price === null || price <= 1 || strike <= 1,
  );

/**
 * Reads the options in a file: a table, or JSON, of a book summary, tickers, or recorded messages of these. Of an option that comes several times the newest counts.
 *
 * @param at what counts as now, whatever the file says; null leaves it to the file.
 * @throws CommandError, exit 1: missing, unreadable, or no option in it.
 */
export async function readOptions(file: string, at: Micros | null): Promise<OptionFile> {
  const records = await recordsOf(file);
  const groups = new Map<string, Group>();
  const futures = new Map<string, number>();
  let unknown = 0;
  for (const record of records) {
    const contract = contractOf(record);
    if (contract === undefined) {
      unknown += 1;
      continue;
    }
    const { asset, expiry, option, priceIn: unit } = contract;
    if (option === null) {
      const mark = positive(priceIn(record));
      if (mark !== null) futures.set(`${asset} ${expiry}`, mark);
      continue;
    }
    const row = rowOf(record, option);
    // Changes of a book name the option and say nothing of it.
    if (!saysSomething(row)) continue;
    const key = `${asset} ${expiry} ${unit}`;
    const group = groups.get(key) ?? { asset, expiry, priceIn: unit, rows: new Map() };
    groups.set(key, group);
    const name = `${option.type} ${option.strike}`;
    const known = group.rows.get(name);
    if (known === undefined || (row.ts ?? 0) >= (known.ts ?? 0)) group.rows.set(name, row);
  }
  const all = [...groups.values()].flatMap(({ rows }) => [...rows.values()]);
  if (all.length === 0)
    throw new CommandError(
      `${file}: no option in it; it needs \`instrument_name\`, or \`strike\`, \`option_type\` and an expiry`,
    );
  const notes: string[] = [];
  if (unknown > 0) notes.push(`${unknown} of ${records.length} records are no options`);
  const ivs = all.flatMap(({ markIv }) => markIv ?? []);
  const unit = ivs.length > 0 && median(ivs) > PERCENT_ABOVE ? 100 : 1;
  const moment = momentOf(all);
  const rowsOf = ({ rows }: Group): OptionRow[] =>
    [...rows.values()].map((row) => ({
      ...row,
      markIv: row.markIv === null ? null : row.markIv / unit,
      // Times that are of no one moment are not those of the quotes, and a time that was given stands for all.
      ts: at === null && moment !== null ? row.ts : null,
    }));
  if (
    all.some(({ price }) => price !== null) &&
    [...groups.values()].some((g) => g.priceIn === null)
  )
    notes.push(
      `prices are taken to be in ${lookLikeCoins(all) ? 'coins, since no call costs more than one' : 'quote currency'}`,
    );
  if (at === null && moment === null)
    notes.push('no time of the quotes in it: give one with --at for days, deltas and gamma');
  const chains = [...groups.values()]
    .map((group): FileChain => {
      const { asset, expiry } = group;
      return {
        asset,
        expiry,
        priceIn: group.priceIn ?? (lookLikeCoins(all) ? 'coin' : 'quote'),
        rows: rowsOf(group),
        future: futures.get(`${asset} ${expiry}`) ?? null,
      };
    })
    .sort((a, b) => (a.asset ?? '').localeCompare(b.asset ?? '', 'en') || a.expiry - b.expiry);
  return { chains, at: at ?? moment, notes };
}
