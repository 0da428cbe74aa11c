import type { DatabaseSync } from 'node:sqlite';
import { DAY, HOUR, MINUTE, type Micros } from '../model/units.ts';
import { rollBack } from './database.ts';

/** How rows that are many become fewer with age: in full for a while, then one in a step, then gone: what stands at the end of a step is its state. */
const ROLL_UPS = [{ table: 'minute', full: 2 * DAY, step: 10 * MINUTE, until: 14 * DAY }] as const;

/** How long the rest is kept. Liquidations become sums per hour, side and listing as they are written, so that the single ones may go. */
const KEPT = [
  { table: 'hour', column: 'hour', unit: HOUR, for: 730 * DAY },
  { table: 'cell', column: 'hour', unit: HOUR, for: 730 * DAY },
  { table: 'liquidation_hour', column: 'hour', unit: HOUR, for: 730 * DAY },
  { table: 'liquidation', column: 'heard', unit: 1, for: 14 * DAY },
  { table: 'event', column: 'ts', unit: 1, for: 400 * DAY },
  { table: 'hearing', column: 'last', unit: 1, for: 30 * DAY },
  { table: 'coverage', column: 'last', unit: 1, for: 60 * DAY },
] as const;

/** Rows at most, the newest: a storm of liquidations or events must not fill the disk. */
const AT_MOST = [
  { table: 'liquidation', column: 'heard', rows: 500_000 },
  { table: 'event', column: 'ts', rows: 500_000 },
] as const;

/** Lets go what is too old, each table in a transaction of its own, so that other writers wait for none of them long. */
export function applyRetention(db: DatabaseSync, now: Micros): void {
  for (const { table, full, step, until } of ROLL_UPS) {
    db.prepare(`DELETE FROM ${table} WHERE ts < ?`).run(now - until);
    db.prepare(
      `DELETE FROM ${table} AS this WHERE ts < ? AND EXISTS (
        SELECT 1 FROM ${table} AS later WHERE later.listing = this.listing AND later.series = this.series
        AND later.ts > this.ts AND later.ts < (this.ts / ${step} + 1) * ${step})`,
    ).run(Math.floor((now - full) / step) * step);
  }
  for (const { table, column, unit, for: span } of KEPT)
    db.prepare(`DELETE FROM ${table} WHERE ${column} < ?`).run(Math.floor((now - span) / unit));
  for (const { table, column, rows } of AT_MOST)
    db.prepare(
      `DELETE FROM ${table} WHERE ${column} < (SELECT ${column} FROM ${table} ORDER BY ${column} DESC LIMIT 1 OFFSET ?)`,
    ).run(rows);
  mergeCoverage(db);
}

/** Spans that touch become one. */
function mergeCoverage(db: DatabaseSync): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    const remove = db.prepare(
      'DELETE FROM coverage WHERE feed = ? AND symbol = ? AND what = ? AND first = ?',
    );
    const extend = db.prepare(
      'UPDATE coverage SET last = ? WHERE feed = ? AND symbol = ? AND what = ? AND first = ?',
    );
    let open: { key: [string, string, string]; first: number; last: number } | null = null;
    const rows = db.prepare('SELECT * FROM coverage ORDER BY feed, symbol, what, first').all();
    for (const row of rows) {
      const key = [row['feed'], row['symbol'], row['what']] as [string, string, string];
      const first = row['first'] as number;
      const last = row['last'] as number;
      if (open === null || open.key.join('\0') !== key.join('\0') || first > open.last) {
        open = { key, first, last };
        continue;
      }
      remove.run(...key, first);
      if (last <= open.last) continue;
      open.last = last;
      extend.run(last, ...key, open.first);
    }
    db.exec('COMMIT');
  } catch (error) {
    rollBack(db);
    throw error;
  }
}
