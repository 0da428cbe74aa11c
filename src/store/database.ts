import { mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { APPLICATION_ID, MIGRATIONS } from './schema.ts';
import { reasonFor, troubleOf } from './trouble.ts';

/** A store that must not be touched, for a reason that a person is told. */
class Untouchable extends Error {}

/** An open store. */
export interface Opened {
  readonly db: DatabaseSync;
  /** Tells the file from one that has taken its place. */
  readonly identity: string;
}

/** ms to wait for the lock of another process. */
const BUSY_MS = 3000;

/** Which file is at a path; empty for none. */
export function identityOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.dev}:${stat.ino}`;
}

const numberIn = (db: DatabaseSync, pragma: string): number =>
  Number(Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);

/** Refuses what is no store of ours, or one of a version that we do not know. */
function requireOurs(db: DatabaseSync): void {
  const id = numberIn(db, 'application_id');
  const version = numberIn(db, 'user_version');
  const isEmpty = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (id !== APPLICATION_ID && !(id === 0 && version === 0 && isEmpty))
    throw new Untouchable('another program has a database there');
  if (version > MIGRATIONS.length)
    throw new Untouchable(
      `written by a newer perpscope (version ${version}, this one knows ${MIGRATIONS.length})`,
    );
}

/** Brings a store to our version. Several processes may try at once: each step is looked at again once the lock is ours. */
function migrate(db: DatabaseSync): void {
  if (numberIn(db, 'user_version') === MIGRATIONS.length) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    for (let at = numberIn(db, 'user_version'); at < MIGRATIONS.length; at += 1)
      db.exec(`${MIGRATIONS[at]}; PRAGMA user_version = ${at + 1};`);
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; COMMIT`);
  } catch (error) {
    rollBack(db);
    throw error;
  }
}

/** Leaves a transaction that failed. Where SQLite has rolled it back by itself there is none to leave. */
export function rollBack(db: DatabaseSync): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // It was rolled back.
  }
}

/** SQLite's code for a file whose pages contradict each other. */
const CORRUPT = 11;

function requireSound(db: DatabaseSync): void {
  const said = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
  if (said !== 'ok') throw Object.assign(new Error(String(said)), { errcode: CORRUPT });
}

/**
 * Opens a store, creating folder and file where they are missing, and checks its integrity.
 *
 * @throws Untouchable; Error of SQLite or of the file system.
 */
function openDatabase(file: string): Opened {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
    throw Object.assign(new Error('is a folder'), { code: 'EISDIR' });
  const db = new DatabaseSync(file);
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    requireOurs(db);
    // A write-ahead log lets several processes read while one writes, and a commit needs no sync: what kill −9 leaves behind is whole.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
    db.exec('PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -4096');
    requireSound(db);
    migrate(db);
    // What cannot be written is found out now and not with the first rows.
    db.exec('BEGIN IMMEDIATE; ROLLBACK');
    return { db, identity: identityOf(file) };
  } catch (error) {
    closeQuietly(db);
    throw error;
  }
}

/**
 * Opens a store that is there, to read from it alone: it may be in use, and it stays as it is.
 *
 * @throws Error with words for people: no such file, not ours, damaged.
 */
export function openToRead(file: string): DatabaseSync {
  if (identityOf(file) === '') throw new Error('nothing has been kept there');
  try {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
      requireOurs(db);
      if (numberIn(db, 'user_version') === 0) throw new Untouchable('nothing has been kept there');
      return db;
    } catch (error) {
      closeQuietly(db);
      throw error;
    }
  } catch (error) {
    throw error instanceof Untouchable ? error : new Error(reasonFor(error), { cause: error });
  }
}

export function closeQuietly(db: DatabaseSync): void {
  try {
    db.close();
  } catch {
    // It is given up anyway.
  }
}

/** `2026-11-25T12-14-20Z`: a name that every file system takes. */
const dated = (nowMs: number): string =>
  new Date(nowMs)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '-');

/**
 * Moves a damaged store out of the way, its log with it, for whoever wants to rescue something of it.
 *
 * @param identity Of the file that was found damaged: one that another process has put in its place meanwhile stays.
 * @returns the name it has now; null where it had been moved already.
 */
export function moveAside(file: string, identity: string, nowMs: number): string | null {
  if (identityOf(file) !== identity) return null;
  const to = `${file}.damaged-${dated(nowMs)}`;
  renameSync(file, to);
  for (const suffix of ['-wal', '-shm'])
    try {
      renameSync(file + suffix, to + suffix);
    } catch {
      // There was none.
    }
  return path.basename(to);
}

/** An opened store, or why there is none. */
export type Opening =
  | { readonly state: 'open'; readonly opened: Opened; readonly movedTo: string | null }
  | { readonly state: 'closed'; readonly reason: string };

/** Opens a store; a damaged one is moved aside and a fresh one begun. Never throws. */
export function openOrReplace(file: string, nowMs: number): Opening {
  let movedTo: string | null = null;
  // Twice: the second time it is a file that nobody can have damaged yet.
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const identity = identityQuietly(file);
    try {
      return { state: 'open', opened: openDatabase(file), movedTo };
    } catch (error) {
      if (error instanceof Untouchable) return { state: 'closed', reason: error.message };
      if (troubleOf(error) !== 'damaged') return { state: 'closed', reason: reasonFor(error) };
      try {
        movedTo = moveAside(file, identity, nowMs) ?? movedTo;
      } catch (failure) {
        return {
          state: 'closed',
          reason: `damaged, and cannot be moved aside: ${reasonFor(failure)}`,
        };
      }
    }
  }
  return { state: 'closed', reason: 'damaged' };
}

function identityQuietly(file: string): string {
  try {
    return identityOf(file);
  } catch {
    return '';
  }
}
