import type { Kept, StoreReport } from '../model/kept.ts';
import type { Micros } from '../model/units.ts';
import { HOUR, SECOND } from '../model/units.ts';
import {
  closeQuietly,
  identityOf,
  moveAside,
  type Opened,
  openOrReplace,
  rollBack,
} from './database.ts';
import { countRows, type RecallQuery, type Recollection, readBack } from './reader.ts';
import { applyRetention } from './retention.ts';
import { reasonFor, troubleOf } from './trouble.ts';
import { rowsIn, Writer } from './writer.ts';

export interface StoreOptions {
  readonly file: string;
  /** Digest of what cells are judged by: cells and announcements of others are kept beside ours. */
  readonly settings: string;
  /** For people: a damaged file that was moved aside. */
  readonly onNotice: (text: string) => void;
}

const damagedText = (movedTo: string): string =>
  `the store was damaged and is kept as ${movedTo}; a new one is begun`;

/** A disk that did not take a batch is tried again after this long … */
const RETRY_AFTER = 30 * SECOND;
/** … and a lock after this long. */
const RETRY_LOCK_AFTER = 2 * SECOND;
/** Rows of one transaction, so that other processes get their turn. */
const ROWS_PER_TRANSACTION = 2000;
/** Rows are counted no oftener, and only while counting takes no more than a hundredth of the time. */
const COUNT_EVERY = SECOND / 2;
/** Whether the file is still the one that was opened is looked at this often. */
const LOOK_EVERY = 10 * SECOND;

/**
 * The history on disk: one SQLite file that several processes share. Nothing here throws for what a disk may do: the store says `memory` with the
 * reason, refuses what it is given, and tries again by itself when it is given more.
 */
export class Store {
  readonly #options: StoreOptions;
  #opened: Opened | null = null;
  /** Was open, and found damaged. */
  #condemned: Opened | null = null;
  #writer: Writer | null = null;
  #reason: string | null = 'not opened yet';
  #retryAt = 0;
  #rows = 0;
  #newest: Micros | null = null;
  #countAt = 0;
  #lookAt = 0;
  #retentionAt = 0;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** How it does; without what waits elsewhere. */
  get report(): Omit<StoreReport, 'waiting' | 'lost'> {
    const isOk = this.#opened !== null && this.#reason === null;
    return {
      state: isOk ? 'ok' : 'memory',
      reason: this.#reason,
      rows: this.#rows,
      newest: this.#newest,
    };
  }

  /** Opens the file, if it is not open. @returns whether it can be used. */
  open(now: Micros): boolean {
    if (this.#opened !== null) return true;
    const { file, settings, onNotice } = this.#options;
    const opening = openOrReplace(file, now / 1000);
    if (opening.state === 'closed') {
      this.#fail(opening.reason, now + RETRY_AFTER);
      return false;
    }
    this.#opened = opening.opened;
    this.#writer = new Writer(opening.opened.db, settings);
    this.#reason = null;
    this.#lookAt = now + LOOK_EVERY;
    if (opening.movedTo !== null) onNotice(damagedText(opening.movedTo));
    return true;
  }

  /** Reads what a run wants back; null when there is nothing to read from. */
  read(query: RecallQuery): Recollection | null {
    if (!this.open(query.now)) return null;
    try {
      const found = readBack(this.#opened!.db, this.#options.settings, query);
      this.#count(query.now);
      return found;
    } catch (error) {
      this.#trouble(error, query.now);
      return null;
    }
  }

  /**
   * Writes a batch. What has been written is written whole or not at all up to some point of the batch, and writing it again changes nothing.
   *
   * @returns whether all of it is on disk.
   */
  write(batch: readonly Kept[], now: Micros): boolean {
    // A damaged file makes room for a fresh one, which takes what the old one did not.
    return this.#tryToWrite(batch, now) || (this.#wasReplaced(now) && this.#tryToWrite(batch, now));
  }

  #tryToWrite(batch: readonly Kept[], now: Micros): boolean {
    // A clock that was put back must not make the wait a long one.
    if (now < this.#retryAt && this.#retryAt - now <= RETRY_AFTER) return false;
    if (!this.#isOurs(now) || !this.open(now)) return false;
    try {
      this.#transact(batch);
      this.#reason = null;
      this.#maintain(now);
      return true;
    } catch (error) {
      this.#trouble(error, now);
      return false;
    }
  }

  /** Moves a file that was found damaged while it was open out of the way. @returns whether a fresh one is open in its place. */
  #wasReplaced(now: Micros): boolean {
    const condemned = this.#condemned;
    if (condemned === null) return false;
    this.#condemned = null;
    const { file, onNotice } = this.#options;
    try {
      const movedTo = moveAside(file, condemned.identity, now / 1000);
      if (movedTo !== null) onNotice(damagedText(movedTo));
    } catch (error) {
      this.#fail(`damaged, and cannot be moved aside: ${reasonFor(error)}`, now + RETRY_AFTER);
      return false;
    }
    this.#retryAt = 0;
    return this.open(now);
  }

  close(): void {
    if (this.#opened !== null) closeQuietly(this.#opened.db);
    this.#opened = null;
    this.#writer = null;
  }

  #transact(batch: readonly Kept[]): void {
    const { db } = this.#opened!;
    for (let at = 0; at < batch.length; ) {
      db.exec('BEGIN IMMEDIATE');
      try {
        for (let rows = 0; at < batch.length && rows < ROWS_PER_TRANSACTION; at += 1) {
          this.#writer!.write(batch[at]!);
          rows += rowsIn(batch[at]!);
        }
        db.exec('COMMIT');
      } catch (error) {
        rollBack(db);
        throw error;
      }
    }
  }

  /** Somebody may have removed the file, or put another in its place: what is written to the old one nobody would ever find. */
  #isOurs(now: Micros): boolean {
    if (this.#opened === null || now < this.#lookAt) return true;
    this.#lookAt = now + LOOK_EVERY;
    try {
      if (identityOf(this.#options.file) === this.#opened.identity) return true;
    } catch {
      // Neither can it be opened then, and opening it says why.
    }
    this.close();
    this.#options.onNotice('the file of the store is gone; a new one is begun');
    return true;
  }

  #maintain(now: Micros): void {
    const { db } = this.#opened!;
    if (now >= this.#retentionAt) {
      this.#retentionAt = now + HOUR;
      applyRetention(db, now);
    }
    if (now >= this.#countAt) this.#count(now);
  }

  #count(now: Micros): void {
    const began = process.hrtime.bigint();
    const { rows, newest } = countRows(this.#opened!.db);
    this.#rows = rows;
    this.#newest = newest;
    const took = Number(process.hrtime.bigint() - began) / 1000;
    this.#countAt = now + Math.max(COUNT_EVERY, took * 100);
  }

  #fail(reason: string, retryAt: number): void {
    this.#reason = reason;
    this.#retryAt = retryAt;
  }

  #trouble(error: unknown, now: Micros): void {
    switch (troubleOf(error)) {
      case 'busy':
        this.#fail(reasonFor(error), now + RETRY_LOCK_AFTER);
        break;
      case 'damaged':
        this.#condemned = this.#opened;
        this.close();
        this.#fail(reasonFor(error), now + RETRY_AFTER);
        break;
      case 'disk':
        this.close();
        this.#fail(reasonFor(error), now + RETRY_AFTER);
        break;
    }
  }
}
