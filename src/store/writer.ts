import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type {
  Kept,
  KeptCell,
  KeptHours,
  KeptLiquidations,
  KeptListing,
  KeptMinuteRows,
} from '../model/kept.ts';
import { HOURLY_SERIES, MINUTE_SERIES } from '../model/kept.ts';
import { HOUR } from '../model/units.ts';

/** Columns of a cell, under the names of its numbers. */
const NUMBERS = [
  'openInterest',
  'funding8h',
  'basis',
  'oiChange',
  'zFunding',
  'zOiChange',
  'zBasis',
  'mu1',
  'mu2',
  'mu3',
  'mu',
  'd',
  'quantile',
] as const satisfies readonly (keyof KeptCell['numbers'])[];

/** Rows that are written once and stay, and rows of which a later state takes the place: all of them may be written again without any harm. */
const SQL = {
  addListing: `INSERT INTO listing (instrument, feed, venue, asset, product, symbol) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (instrument) DO UPDATE SET feed = excluded.feed, venue = excluded.venue, asset = excluded.asset,
      product = excluded.product, symbol = excluded.symbol`,
  findListing: 'SELECT id FROM listing WHERE instrument = ?',
  hour: `INSERT INTO hour (listing, series, hour, lag, value) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET lag = excluded.lag, value = excluded.value WHERE excluded.lag < lag`,
  minute: `INSERT OR IGNORE INTO minute (listing, series, ts, value, period) VALUES (?, ?, ?, ?, ?)`,
  liquidation: `INSERT OR IGNORE INTO liquidation (listing, ts, side, price, size, heard, exchange) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  liquidationHour: `INSERT INTO liquidation_hour (listing, hour, side, notional, prints, largest) VALUES (?, ?, ?, ?, 1, ?)
    ON CONFLICT DO UPDATE SET notional = notional + excluded.notional, prints = prints + 1,
      largest = max(largest, excluded.largest)`,
  cell: `INSERT OR IGNORE INTO cell (asset, settings, hour, listing, active, ${NUMBERS.join(', ')})
    VALUES (?, ?, ?, ?, ?, ${NUMBERS.map(() => '?').join(', ')})`,
  event: `INSERT OR IGNORE INTO event (ts, name, subject, asset, text, data) VALUES (?, ?, ?, ?, ?, ?)`,
  signals: `INSERT INTO signals (asset, settings, at, body) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET at = excluded.at, body = excluded.body WHERE excluded.at >= at`,
  hearing: `INSERT INTO hearing (feed, asset, first, last) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET last = excluded.last WHERE excluded.last > last`,
  coverage: `INSERT INTO coverage (feed, symbol, what, first, last) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET last = excluded.last WHERE excluded.last > last`,
} as const;

/** Rows of one thing kept. */
export function rowsIn(kept: Kept): number {
  switch (kept.kind) {
    case 'hours':
    case 'minutes':
      return kept.values.length;
    case 'liquidations':
      return kept.prints.length;
    case 'hearing':
      return kept.spans.length;
    default:
      return 1;
  }
}

/** Writes what is kept into the tables of one open store. */
export class Writer {
  readonly #db: DatabaseSync;
  readonly #settings: string;
  readonly #statements = new Map<keyof typeof SQL, StatementSync>();
  readonly #listings = new Map<string, number>();

  /** @param settings digest of what cells are judged by. */
  constructor(db: DatabaseSync, settings: string) {
    this.#db = db;
    this.#settings = settings;
  }

  write(kept: Kept): void {
    switch (kept.kind) {
      case 'listing':
        this.#addListing(kept);
        break;
      case 'hours':
        this.#hours(kept);
        break;
      case 'minutes':
        this.#minutes(kept);
        break;
      case 'liquidations':
        this.#liquidations(kept);
        break;
      case 'cell':
        this.#cell(kept);
        break;
      case 'event': {
        const { tsLocal, name, subject, asset, text, data } = kept;
        this.#run('event', tsLocal, name, subject, asset, text, data);
        break;
      }
      case 'signals': {
        const { kind: _, ...body } = kept;
        this.#run('signals', kept.asset, this.#settings, kept.at, JSON.stringify(body));
        break;
      }
      case 'hearing':
        for (const [from, to] of kept.spans) this.#run('hearing', kept.feed, kept.asset, from, to);
        break;
      case 'coverage':
        this.#run('coverage', kept.feed, kept.symbol, kept.what, kept.from, kept.to);
        break;
    }
  }

  #statement(name: keyof typeof SQL): StatementSync {
    const known = this.#statements.get(name) ?? this.#db.prepare(SQL[name]);
    this.#statements.set(name, known);
    return known;
  }

  #run(name: keyof typeof SQL, ...values: (string | number | null)[]): number {
    return Number(this.#statement(name).run(...values).changes);
  }

  #addListing({ instrument, feed, venue, asset, product, symbol }: KeptListing): void {
    this.#run('addListing', instrument, feed, venue, asset, product, symbol);
  }

  /** Number of a listing in this file; undefined for one that nobody has told of. */
  #listing(instrument: string): number | undefined {
    const known = this.#listings.get(instrument);
    if (known !== undefined) return known;
    const found = this.#statement('findListing').get(instrument)?.['id'];
    if (typeof found !== 'number') return undefined;
    this.#listings.set(instrument, found);
    return found;
  }

  #hours({ instrument, series, from, values, lags }: KeptHours): void {
    const listing = this.#listing(instrument);
    if (listing === undefined) return;
    const number = HOURLY_SERIES.indexOf(series);
    const statement = this.#statement('hour');
    for (const [index, value] of values.entries())
      if (value !== null) statement.run(listing, number, from + index, lags?.[index] ?? 0, value);
  }

  #minutes({ instrument, series, stamps, values, periods }: KeptMinuteRows): void {
    const listing = this.#listing(instrument);
    if (listing === undefined) return;
    const number = MINUTE_SERIES.indexOf(series);
    const statement = this.#statement('minute');
    for (const [index, ts] of stamps.entries())
      statement.run(listing, number, ts, values[index]!, periods?.[index] ?? null);
  }

  #liquidations({ prints }: KeptLiquidations): void {
    for (const { instrument, side, price, size, tsExchange, tsLocal } of prints) {
      const listing = this.#listing(instrument);
      if (listing === undefined) continue;
      const ts = tsExchange ?? tsLocal;
      // One that is there already has been counted as well.
      if (this.#run('liquidation', listing, ts, side, price, size, tsLocal, tsExchange) === 0)
        continue;
      const notional = price * size;
      // A flow belongs to the cell [open, close) that it happened in (SPEC §1).
      const hour = Math.floor(tsLocal / HOUR) + 1;
      this.#run('liquidationHour', listing, hour, side, notional, notional);
    }
  }

  #cell({ asset, instrument, hour, numbers, active }: KeptCell): void {
    const listing = this.#listing(instrument);
    if (listing === undefined) return;
    const judged = active === null ? null : Number(active);
    const values = NUMBERS.map((name) => numbers[name]);
    this.#run('cell', asset, this.#settings, hour, listing, judged, ...values);
  }
}
