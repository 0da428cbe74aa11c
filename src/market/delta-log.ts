import type { BookDelta, Levels } from '../model/event.ts';
import type { Micros } from '../model/units.ts';

/**
 * The newest changes of a book, oldest first, in two rings of numbers: what a book keeps of every message must not make garbage. Plain data.
 *
 * When either ring is full the oldest change goes: with more than `limit` changes, or with more levels in all of them than `LEVELS_AT_MOST`.
 */
export interface DeltaLog {
  readonly limit: number;
  /** `HEAD` numbers a change. */
  readonly heads: Float64Array;
  /** Changes kept, and the number of the oldest one since the log was emptied. */
  count: number;
  first: number;
  /** `[ticks, lots]` of every level, bids before asks, change by change. A power of two long; doubles as changes need it. */
  levels: Float64Array;
  /** Numbers written to `levels` since it was emptied or grew, and where those of the oldest change begin. */
  written: number;
  begin: number;
}

// What a head holds.
const FIRST_ID = 0;
const LAST_ID = 1;
const PREVIOUS_ID = 2;
const TS_EXCHANGE = 3;
const TS_LOCAL = 4;
const BIDS = 5;
const ASKS = 6;
const HEAD = 7;

const FEWEST = 2 ** 8;
/** 256 KiB: at 60 levels a message some 270 messages. A single message with more is not kept, nor anything before it. */
const LEVELS_AT_MOST = 2 ** 14;

export const createDeltaLog = (limit: number): DeltaLog => ({
  limit,
  heads: new Float64Array(HEAD * limit),
  count: 0,
  first: 0,
  levels: new Float64Array(0),
  written: 0,
  begin: 0,
});

export function clearDeltaLog(log: DeltaLog): void {
  log.count = 0;
  log.first = 0;
  log.written = 0;
  log.begin = 0;
}

const headAt = (log: DeltaLog, index: number): number => HEAD * ((log.first + index) % log.limit);

function forgetOldest(log: DeltaLog): void {
  const head = headAt(log, 0);
  log.begin += log.heads[head + BIDS]! + log.heads[head + ASKS]!;
  log.first += 1;
  log.count -= 1;
}

/** Copies numbers of the ring into an array, from number `from` on. */
function copyOut(log: DeltaLog, from: number, out: Float64Array): void {
  const mask = log.levels.length - 1;
  for (let i = 0; i < out.length; i += 1) out[i] = log.levels[(from + i) & mask]!;
}

function grow(log: DeltaLog, needed: number): void {
  const kept = new Float64Array(log.written - log.begin);
  copyOut(log, log.begin, kept);
  let { length } = log.levels;
  while (length < kept.length + needed) length = Math.max(2 * length, FEWEST);
  log.levels = new Float64Array(Math.min(length, 2 * LEVELS_AT_MOST));
  log.levels.set(kept);
  log.begin = 0;
  log.written = kept.length;
}

function write(log: DeltaLog, from: Levels): void {
  const { levels } = log;
  const mask = levels.length - 1;
  const start = log.written & mask;
  if (start + from.length <= levels.length) levels.set(from, start);
  else for (let i = 0; i < from.length; i += 1) levels[(start + i) & mask] = from[i]!;
  log.written += from.length;
}

/** Keeps a copy of a change. */
export function logDelta(log: DeltaLog, delta: BookDelta): void {
  const { bids, asks } = delta;
  const needed = bids.length + asks.length;
  if (needed > 2 * LEVELS_AT_MOST) {
    clearDeltaLog(log);
    return;
  }
  if (log.count === log.limit) forgetOldest(log);
  while (log.written - log.begin + needed > 2 * LEVELS_AT_MOST) forgetOldest(log);
  if (log.written - log.begin + needed > log.levels.length) grow(log, needed);
  const { heads } = log;
  const head = headAt(log, log.count);
  heads[head + FIRST_ID] = delta.firstId;
  heads[head + LAST_ID] = delta.lastId;
  heads[head + PREVIOUS_ID] = delta.previousId ?? Number.NaN;
  heads[head + TS_EXCHANGE] = delta.tsExchange ?? Number.NaN;
  heads[head + TS_LOCAL] = delta.tsLocal;
  heads[head + BIDS] = bids.length;
  heads[head + ASKS] = asks.length;
  log.count += 1;
  write(log, bids);
  write(log, asks);
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

/** The changes that are kept, oldest first, each in memory of its own. */
export function* loggedDeltas(log: DeltaLog, instrument: string): Generator<BookDelta> {
  let from = log.begin;
  for (let i = 0; i < log.count; i += 1) {
    const head = headAt(log, i);
    const at = (field: number) => log.heads[head + field]!;
    const bids = new Float64Array(at(BIDS));
    const asks = new Float64Array(at(ASKS));
    copyOut(log, from, bids);
    copyOut(log, from + bids.length, asks);
    from += bids.length + asks.length;
    yield {
      kind: 'bookDelta',
      instrument,
      firstId: at(FIRST_ID),
      lastId: at(LAST_ID),
      previousId: orNull(at(PREVIOUS_ID)),
      tsExchange: orNull(at(TS_EXCHANGE)) as Micros | null,
      tsLocal: at(TS_LOCAL) as Micros,
      bids,
      asks,
    };
  }
}

/** Expresses everything kept on finer grids, as `rescaleLadder` does. */
export function rescaleDeltaLog(log: DeltaLog, tickFactor: number, lotFactor: number): void {
  const mask = log.levels.length - 1;
  for (let at = log.begin; at < log.written; at += 2) {
    log.levels[at & mask]! *= tickFactor;
    log.levels[(at + 1) & mask]! *= lotFactor;
  }
}
