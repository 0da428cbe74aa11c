import type { DatabaseSync } from 'node:sqlite';
import type { Asset, FeedId } from '../model/instrument.ts';
import {
  type KeptEvent,
  type KeptHearing,
  type KeptHours,
  type KeptLiquidations,
  type KeptListing,
  type KeptMinutes,
  MINUTE_SERIES,
  type Recalled,
} from '../model/kept.ts';
import { DAY, type Micros } from '../model/units.ts';
import { closeQuietly, openToRead } from './database.ts';
import { readBack } from './reader.ts';

/** What was noted of a listing at one minute. */
export interface StoredMinute {
  readonly instrument: string;
  readonly series: KeptMinutes;
  readonly ts: Micros;
  readonly value: number;
  /** Of a funding rate: the settlement that it was an estimate of; null where funding flows all the time. */
  readonly period: Micros | null;
}

/** A stretch of the past as a store has it. */
export interface StoredPast {
  readonly listings: readonly KeptListing[];
  /** What a run that began at `from` would have been given back, but for what was announced and when was listened; nothing in it was measured later. */
  readonly recalled: readonly Recalled[];
  /** Hourly cells up to `until`; which of them was known when, their lags tell. */
  readonly hours: readonly KeptHours[];
  /** When the feeds were listened to, up to `until`. */
  readonly hearing: readonly KeptHearing[];
  /** Notes by the minute from there to `until`, in their order. */
  readonly minutes: readonly StoredMinute[];
  /** Liquidations heard from there to `until`, in their order: the first ones, `MOST_PRINTS` at most. */
  readonly prints: readonly KeptLiquidations['prints'][number][];
  /** Listings of which any liquidation of the day before `from` is kept. */
  readonly printed: ReadonlySet<string>;
  /** The newest events up to `until`, ascending. */
  readonly events: readonly KeptEvent[];
}

export interface PastSpan {
  readonly assets: readonly Asset[];
  readonly from: Micros;
  readonly until: Micros;
}

/** Events that are read at most, the newest before `until`. */
const EVENTS_READ = 200;
/** Liquidations that are read of one stretch. */
export const MOST_PRINTS = 20_000;
/** How far back it is read when feeds were listened to. */
const HEARING_READ = 7 * DAY;

type Row = Readonly<Record<string, unknown>>;

const eventIn = (row: Row): KeptEvent => ({
  kind: 'event',
  name: String(row['name']),
  tsLocal: row['ts'] as Micros,
  asset: row['asset'] as Asset | null,
  subject: String(row['subject']),
  text: String(row['text']),
  data: String(row['data']),
});

function printsOf(db: DatabaseSync, ids: ReadonlyMap<number, string>, { from, until }: PastSpan) {
  return db
    .prepare('SELECT * FROM liquidation WHERE heard > ? AND heard <= ? ORDER BY heard LIMIT ?')
    .all(from, until, MOST_PRINTS)
    .flatMap((row): StoredPast['prints'] => {
      const instrument = ids.get(row['listing'] as number);
      if (instrument === undefined) return [];
      return [
        {
          instrument,
          side: row['side'] as 'long' | 'short',
          price: row['price'] as number,
          size: row['size'] as number,
          tsExchange: row['exchange'] as Micros | null,
          tsLocal: row['heard'] as Micros,
        },
      ];
    });
}

function printedIn(
  db: DatabaseSync,
  ids: ReadonlyMap<number, string>,
  from: Micros,
): ReadonlySet<string> {
  const rows = db
    .prepare('SELECT DISTINCT listing FROM liquidation WHERE heard > ? AND heard <= ?')
    .all(from - DAY, from);
  return new Set(rows.flatMap((row) => ids.get(row['listing'] as number) ?? []));
}

/** Spans that go on after `until` are cut there: what was known then is that they had not ended. */
function hearingOf(db: DatabaseSync, feeds: readonly FeedId[], { assets, from, until }: PastSpan) {
  const rows = db.prepare(
    'SELECT first, last FROM hearing WHERE feed = ? AND asset = ? AND first <= ? AND last > ? ORDER BY first',
  );
  return feeds.flatMap((feed) =>
    assets.flatMap((asset): KeptHearing[] => {
      const spans = rows
        .all(feed, asset, until, from - HEARING_READ)
        .map(({ first, last }) => [first as number, Math.min(last as number, until)] as const);
      return spans.length === 0 ? [] : [{ kind: 'hearing', feed, asset, spans }];
    }),
  );
}

function minutesOf(db: DatabaseSync, ids: ReadonlyMap<number, string>, { from, until }: PastSpan) {
  const rows = db.prepare(
    'SELECT * FROM minute WHERE listing = ? AND series = ? AND ts > ? AND ts <= ?',
  );
  return [...ids]
    .flatMap(([id, instrument]) =>
      MINUTE_SERIES.flatMap((series, number) =>
        rows.all(id, number, from, until).map(
          (row): StoredMinute => ({
            instrument,
            series,
            ts: row['ts'] as Micros,
            value: row['value'] as number,
            period: row['period'] as Micros | null,
          }),
        ),
      ),
    )
    .sort((a, b) => a.ts - b.ts);
}

/**
 * Reads what a store has of a stretch of the past.
 *
 * @throws Error with words for people where there is no store to read.
 */
export function readPast(file: string, span: PastSpan): StoredPast {
  const db = openToRead(file);
  try {
    const { assets, from, until } = span;
    const rows = db.prepare('SELECT id, instrument, feed, asset FROM listing ORDER BY id').all();
    const ours = rows.filter((row) => assets.includes(String(row['asset'])));
    const feeds = [...new Set(ours.map((row) => String(row['feed'])))];
    const ids = new Map(ours.map((row) => [row['id'] as number, String(row['instrument'])]));
    // What was announced is not kept for every instant, so no settings match.
    const { listings, recalled } = readBack(db, '', { feeds, assets, now: from });
    const later = readBack(db, '', { feeds, assets, now: until }).recalled;
    const events = db
      .prepare('SELECT * FROM event WHERE ts <= ? ORDER BY ts DESC LIMIT ?')
      .all(until, EVENTS_READ)
      .reverse()
      .map(eventIn)
      .filter(({ asset }) => asset === null || assets.includes(asset));
    return {
      listings,
      recalled: recalled.filter(({ kind }) => kind !== 'hearing'),
      hours: later.filter((one) => one.kind === 'hours'),
      hearing: hearingOf(db, feeds, span),
      minutes: minutesOf(db, ids, span),
      prints: printsOf(db, ids, span),
      printed: printedIn(db, ids, from),
      events,
    };
  } finally {
    closeQuietly(db);
  }
}

/**
 * The next event of one of these names after an instant, or the one before; null where none is kept.
 *
 * @throws Error with words for people where there is no store to read.
 */
export function readEvent(
  file: string,
  names: readonly string[],
  asset: Asset,
  time: Micros,
  direction: 1 | -1,
): KeptEvent | null {
  const db = openToRead(file);
  try {
    const [side, order] = direction > 0 ? ['>', 'ASC'] : ['<', 'DESC'];
    const row = db
      .prepare(
        `SELECT * FROM event WHERE asset = ? AND ts ${side} ? AND name IN (${names.map(() => '?').join(', ')}) ORDER BY ts ${order} LIMIT 1`,
      )
      .get(asset, time, ...names);
    return row === undefined ? null : eventIn(row);
  } finally {
    closeQuietly(db);
  }
}
