import type { BookDelta, BookSnapshot, Checksum, Levels, Quote } from '../model/event.ts';
import { fromSteps, type Grid, textOfSteps } from '../model/grid.ts';
import type { Instrument } from '../model/instrument.ts';
import { MINUTE, type Micros } from '../model/units.ts';
import { crc32 } from '../stats/crc32.ts';
import {
  clearDeltaLog,
  createDeltaLog,
  type DeltaLog,
  logDelta,
  loggedDeltas,
  rescaleDeltaLog,
} from './delta-log.ts';
import {
  bestAskTicks,
  bestBidTicks,
  clearLadder,
  createLadder,
  dropWorst,
  farCount,
  type Ladder,
  levelCount,
  lotsAt,
  pruneFar,
  rescaleLadder,
  type Side,
  setLevels,
  setLevelsCounted,
  slotsFor,
  topLevels,
  worstTicks,
} from './ladder.ts';

/**
 * - `waiting`: never had a usable snapshot.
 * - `resyncing`: lost its continuity; empty until a snapshot and the messages since then join up again.
 * - `whole`: equals the venue's book as of `lastId`, as far as the book is known (`knownBps`).
 */
export type BookStatus = 'waiting' | 'resyncing' | 'whole';

/** What became of one book message. */
type BookResult =
  /** The book moved on. For a snapshot: taken, no later message has joined yet. */
  | 'applied'
  /** The first message that continues a snapshot was found: the book is whole and its continuity proven. */
  | 'bridged'
  /** Kept until a snapshot comes. */
  | 'buffered'
  /** Older than the book, or seen before. */
  | 'ignored'
  /** Messages are missing: the book was dropped. */
  | 'gap'
  /** Best bid at or above best ask: the book was dropped. */
  | 'crossed'
  /** The venue's own checksum says that the levels are wrong: the book was dropped. */
  | 'badChecksum'
  /** Messages between the snapshot and the oldest kept one are missing: another snapshot is needed. */
  | 'snapshotTooOld';

export interface BookOutcome {
  readonly result: BookResult;
  /** The book cannot become whole without another REST snapshot: fetch one. */
  readonly snapshotWanted: boolean;
}

/** Counters since the book was created. */
interface BookCounts {
  /** Snapshots and deltas that came. */
  messages: number;
  /** Deltas that changed the book, those from the buffer included. */
  applied: number;
  /** Snapshots that were loaded. */
  snapshots: number;
  /** Breaks of the sequence. */
  gaps: number;
  /** Times that a whole book was dropped, for whatever reason. */
  resyncs: number;
  crossed: number;
  /** Old and repeated messages. */
  ignored: number;
  /** Those of them that came since the book last moved. */
  ignoredInARow: number;
  /** Messages that did not fit the buffer. */
  dropped: number;
  /** Comparisons with the venue's own best bid and ask at the same update id. */
  quoteChecks: number;
  quoteMismatches: number;
  /** Comparisons of the running book with a later snapshot, and those in which any level differed. */
  snapshotChecks: number;
  snapshotMismatches: number;
  /** Comparisons with a checksum of the venue. */
  checksumChecks: number;
  checksumMismatches: number;
  /** Jumps of the sequence that were taken nonetheless, see `Book.isLenient`. */
  jumps: number;
}

/** The L2 book of one instrument (SPEC §3). Plain data; read it with the functions of this file and of `ladder.ts`. */
export interface Book {
  instrument: Instrument;
  status: BookStatus;
  /** Why it is not whole, as it follows the word `book`: `resyncing: gap`, `awaiting snapshot`; null when it is. */
  reason: string | null;
  ladder: Ladder;
  /** Update id that the levels stand for; -1 while not whole. */
  lastId: number;
  /** The venue's number across all depths for the same state; null where it has none. */
  crossId: number | null;
  /** When the sequence broke on a living connection: the newest `GAPS_FORGIVEN` times. */
  readonly gapTimes: Micros[];
  /** A `stepped` book whose numbers skip all the time: jumps are taken, and a REST snapshot now and then tells whether that is right. */
  isLenient: boolean;
  /** Levels per side, kept up only where the venue's stream shows a window of so many (`Instrument.bookLevels`). */
  readonly windowLevels: { bid: number; ask: number };
  /** Whether a message has continued the snapshot yet. Until then the bridging rule holds instead of the sequence rule. */
  bridged: boolean;
  /** Ticks up to which every level is known: -Infinity and Infinity when a side is known to its end. */
  knownBidTicks: number;
  knownAskTicks: number;
  /** What the newest snapshot covered on its shorter side, bps from mid; 0 before the first, Infinity when it held the whole book. */
  snapshotSpanBps: number;
  /** Deltas that wait for a snapshot, oldest first; at most `BUFFER_LIMIT`. */
  readonly buffer: BookDelta[];
  /**
   * The newest deltas of a whole book, at most `RECENT_LIMIT`: with them a snapshot of a moment ago is brought up to date. Null while nobody
   * waits for such a snapshot, as keeping every message twice costs as much as applying it.
   */
  recent: DeltaLog | null;
  /** The venue's newest best bid and ask. */
  quote: Quote | null;
  /** Times of the newest message that changed the book. */
  tsLocal: Micros | null;
  tsExchange: Micros | null;
  readonly counts: BookCounts;
}

/**
 * Deltas kept while waiting for a snapshot: 200 s at 100 ms. When full the oldest goes and is counted; a snapshot from
 * before it then turns out too old and another one is asked for.
 */
export const BUFFER_LIMIT = 2000;

/** Deltas of a whole book that are kept: 12 s at 100 ms, longer than any snapshot travels. When full the oldest goes. */
export const RECENT_LIMIT = 128;

/**
 * Levels per side kept outside the window. When there are more, the worse half is forgotten and the known depth ends
 * where the remaining levels end.
 */
export const FAR_LIMIT = 50_000;

/** So many old messages in a row are no echo any more: the venue counts from another number, and the book is frozen. */
export const IGNORED_LIMIT = 200;

/** The window of the ladder reaches this far behind the touch where its size limit allows. */
const REACH_BPS = 100;

const outcomes = {
  applied: { result: 'applied', snapshotWanted: false },
  bridged: { result: 'bridged', snapshotWanted: false },
  buffered: { result: 'buffered', snapshotWanted: false },
  ignored: { result: 'ignored', snapshotWanted: false },
  gap: { result: 'gap', snapshotWanted: true },
  crossed: { result: 'crossed', snapshotWanted: true },
  badChecksum: { result: 'badChecksum', snapshotWanted: true },
  snapshotTooOld: { result: 'snapshotTooOld', snapshotWanted: true },
} as const satisfies Record<BookResult, BookOutcome>;

export const createBook = (instrument: Instrument): Book => ({
  instrument,
  status: 'waiting',
  reason: 'awaiting snapshot',
  ladder: createLadder(),
  lastId: -1,
  crossId: null,
  gapTimes: [],
  isLenient: false,
  windowLevels: { bid: 0, ask: 0 },
  bridged: false,
  knownBidTicks: Infinity,
  knownAskTicks: -Infinity,
  snapshotSpanBps: 0,
  buffer: [],
  recent: null,
  quote: null,
  tsLocal: null,
  tsExchange: null,
  counts: {
    messages: 0,
    applied: 0,
    snapshots: 0,
    gaps: 0,
    resyncs: 0,
    crossed: 0,
    ignored: 0,
    ignoredInARow: 0,
    dropped: 0,
    quoteChecks: 0,
    quoteMismatches: 0,
    snapshotChecks: 0,
    snapshotMismatches: 0,
    checksumChecks: 0,
    checksumMismatches: 0,
    jumps: 0,
  },
});

/** From now on the newest deltas are kept, so that a snapshot that was asked for can renew the whole book. */
export function keepRecent(book: Book): void {
  book.recent ??= createDeltaLog(RECENT_LIMIT);
}

/** Empties the book: a desynchronised book gives nothing. */
function drop(book: Book, cause: string): void {
  if (book.status === 'whole') book.counts.resyncs++;
  book.status = 'resyncing';
  book.reason = `resyncing: ${cause}`;
  clearLadder(book.ladder);
  book.lastId = -1;
  book.crossId = null;
  book.windowLevels.bid = 0;
  book.windowLevels.ask = 0;
  book.bridged = false;
  book.knownBidTicks = Infinity;
  book.knownAskTicks = -Infinity;
  if (book.recent !== null) clearDeltaLog(book.recent);
  book.counts.ignoredInARow = 0;
}

/** Keeps a copy: what comes is lent. */
function keep(book: Book, delta: BookDelta): void {
  if (book.buffer.length >= BUFFER_LIMIT) {
    book.buffer.shift();
    book.counts.dropped++;
  }
  book.buffer.push({ ...delta, bids: delta.bids.slice(), asks: delta.asks.slice() });
}

/** What a book is dropped for, as people are told. */
const CAUSES = {
  gap: 'gap',
  crossed: 'crossed',
  badChecksum: 'bad checksum',
  snapshotTooOld: 'snapshot too old',
} as const;

type Failure = keyof typeof CAUSES;

const isFailure = (result: BookResult): result is Failure => result in CAUSES;

/** Breaks of a `stepped` sequence within `GAPS_WITHIN` that are still taken for losses; one more, and its numbers are known to skip (venues.md §3.2). */
export const GAPS_FORGIVEN = 3;
const GAPS_WITHIN = 5 * MINUTE;

/** A sequence that breaks again and again on a living connection is none. */
function noteGap(book: Book, tsLocal: Micros): void {
  book.counts.gaps++;
  if (book.instrument.bookRule !== 'stepped') return;
  const { gapTimes } = book;
  while (gapTimes.length > 0 && tsLocal - gapTimes[0]! > GAPS_WITHIN) gapTimes.shift();
  if (gapTimes.length >= GAPS_FORGIVEN) book.isLenient = true;
  else gapTimes.push(tsLocal);
}

/** Drops the book for a message that could not be applied. */
function fail(book: Book, result: Failure, tsLocal: Micros): BookOutcome {
  if (result === 'gap') noteGap(book, tsLocal);
  if (result === 'crossed') book.counts.crossed++;
  drop(book, CAUSES[result]);
  return outcomes[result];
}

/**
 * Where a message belongs in the sequence (venues.md §2.5 for `linked`, §2.8 for `contiguous`, §3.2 for `stepped`, §4.2 and §5.2 for `chained`).
 *
 * The first message after a requested snapshot with id L bridges when it spans L (futures: also when it names L as its predecessor;
 * spot: when it spans L + 1; `chained`: when its predecessor is L or older). Afterwards each message has to follow the one before.
 */
function placeOf(
  book: Book,
  { firstId, lastId, previousId }: BookDelta,
): 'applied' | 'bridged' | 'ignored' | 'gap' | 'snapshotTooOld' {
  const id = book.lastId;
  const { bookRule } = book.instrument;
  if (bookRule === 'contiguous' || bookRule === 'stepped') {
    if (lastId <= id) return 'ignored';
    if (firstId > id + 1 && !book.isLenient) return book.bridged ? 'gap' : 'snapshotTooOld';
    return book.bridged ? 'applied' : 'bridged';
  }
  if (bookRule === 'chained') {
    if (book.bridged) return previousId === id ? 'applied' : lastId === id ? 'ignored' : 'gap';
    if (lastId <= id) return 'ignored';
    return previousId !== null && previousId <= id ? 'bridged' : 'snapshotTooOld';
  }
  if (book.bridged) {
    if (lastId <= id) return 'ignored';
    return previousId === id ? 'applied' : 'gap';
  }
  if (lastId < id) return 'ignored';
  return firstId <= id || previousId === id ? 'bridged' : 'snapshotTooOld';
}

// An empty side is NaN, which crosses nothing.
const isCrossed = (ladder: Ladder): boolean => bestBidTicks(ladder) >= bestAskTicks(ladder);

function forgetTooFar(book: Book): void {
  if (farCount(book.ladder, 'bid') > FAR_LIMIT)
    book.knownBidTicks = Math.max(book.knownBidTicks, pruneFar(book.ladder, 'bid'));
  if (farCount(book.ladder, 'ask') > FAR_LIMIT)
    book.knownAskTicks = Math.min(book.knownAskTicks, pruneFar(book.ladder, 'ask'));
}

/** Compares the touch with the venue's own when both stand for the same update. */
function checkQuote(book: Book): void {
  const { quote, ladder, counts } = book;
  if (quote === null) return;
  if (quote.updateId !== (quote.isCross === true ? book.crossId : book.lastId)) return;
  counts.quoteChecks++;
  const agrees =
    bestBidTicks(ladder) === quote.bidTicks &&
    bestAskTicks(ladder) === quote.askTicks &&
    lotsAt(ladder, 'bid', quote.bidTicks) === quote.bidLots &&
    lotsAt(ladder, 'ask', quote.askTicks) === quote.askLots;
  if (!agrees) counts.quoteMismatches++;
}

/** Levels per side that a checksum speaks of. */
const CHECKED_LEVELS = 25;

/** Compares the best levels with the venue's own checksum of them. @returns false when they differ. */
function passes(book: Book, { crc, priceGrid, sizeGrid }: Checksum): boolean {
  const texts = (side: Side): string[] => {
    const levels: number[] = [];
    const count = topLevels(book.ladder, side, CHECKED_LEVELS, levels);
    return Array.from(
      { length: count },
      (_, i) =>
        `${textOfSteps(levels[2 * i]!, priceGrid)}:${textOfSteps(levels[2 * i + 1]!, sizeGrid)}`,
    );
  };
  const bids = texts('bid');
  const asks = texts('ask');
  const parts: string[] = [];
  for (let i = 0; i < Math.max(bids.length, asks.length); i++)
    for (const level of [bids[i], asks[i]]) if (level !== undefined) parts.push(level);
  book.counts.checksumChecks++;
  if (crc32(parts.join(':')) === crc) return true;
  book.counts.checksumMismatches++;
  return false;
}

/** Sets levels, and forgets those that have left the window which the venue's stream shows: it will not say when they change. */
function setSide(book: Book, side: Side, levels: Levels): void {
  const { ladder, windowLevels, instrument } = book;
  const most = instrument.bookLevels;
  if (most === null) {
    setLevels(ladder, side, levels);
    return;
  }
  windowLevels[side] += setLevelsCounted(ladder, side, levels);
  if (windowLevels[side] <= most) return;
  dropWorst(ladder, side, windowLevels[side] - most);
  windowLevels[side] = most;
}

/** Moves a book with levels on by one message. After a failure it has to be dropped. */
function advance(book: Book, delta: BookDelta): Exclude<BookResult, 'buffered'> {
  const { ladder, counts } = book;
  const place = placeOf(book, delta);
  if (place === 'ignored') {
    counts.ignored++;
    return place;
  }
  if (place === 'gap' || place === 'snapshotTooOld') return place;
  if (book.isLenient && delta.firstId > book.lastId + 1) counts.jumps++;
  setSide(book, 'bid', delta.bids);
  setSide(book, 'ask', delta.asks);
  if (isCrossed(ladder)) return 'crossed';
  if (delta.checksum !== undefined && !passes(book, delta.checksum)) return 'badChecksum';
  forgetTooFar(book);
  book.lastId = delta.lastId;
  book.crossId = delta.crossId ?? null;
  book.bridged = true;
  book.tsLocal = delta.tsLocal;
  book.tsExchange = delta.tsExchange;
  if (book.recent !== null) logDelta(book.recent, delta);
  counts.applied++;
  counts.ignoredInARow = 0;
  checkQuote(book);
  return place;
}

/** Applies one change message (`U`, `u`, `pu` on Binance), or keeps it while there is nothing to apply it to. */
export function applyDelta(book: Book, delta: BookDelta): BookOutcome {
  book.counts.messages++;
  if (book.status !== 'whole') {
    keep(book, delta);
    return outcomes.buffered;
  }
  let result = advance(book, delta);
  if (result === 'ignored' && ++book.counts.ignoredInARow > IGNORED_LIMIT) result = 'gap';
  if (!isFailure(result)) return outcomes[result];
  // What follows the gap is good; a message that crosses the book is not to be trusted twice.
  if (result === 'gap' || result === 'snapshotTooOld') keep(book, delta);
  return fail(book, result, delta.tsLocal);
}

/** Worst price of a side cut off at `limit` levels; `end` when the side is shorter, so that all of it is known. */
function rangeEnd(levels: Levels, limit: number, end: number): number {
  const count = levels.length / 2;
  return count >= limit && count > 0 ? levels[2 * (count - 1)]! : end;
}

const slotsAround = (ticks: number): number => slotsFor(ticks * REACH_BPS * 1e-4);

/**
 * Loads a snapshot and joins the kept messages to it.
 *
 * Without a kept message the book is whole as of the snapshot: on a quiet symbol no message is no gap. The first message
 * to come then still has to bridge. A whole book takes a newer snapshot as it is, and one of a moment ago together with what has
 * happened since (`renew`). One that comes in the stream itself stands where it came: what was kept before it is of no use, and the next message
 * continues it.
 */
export function applySnapshot(book: Book, snapshot: BookSnapshot): BookOutcome {
  const { ladder, counts, buffer } = book;
  const isInStream = snapshot.inStream === true;
  counts.messages++;
  if (isInStream) buffer.length = 0;
  else if (book.status === 'whole' && snapshot.lastId <= book.lastId) return renew(book, snapshot);
  const { bids, asks, limit } = snapshot;
  clearLadder(ladder, slotsAround(asks[0] ?? bids[0] ?? 0));
  book.windowLevels.bid = 0;
  book.windowLevels.ask = 0;
  setSide(book, 'bid', bids);
  setSide(book, 'ask', asks);
  counts.snapshots++;
  if (isCrossed(ladder)) return fail(book, 'crossed', snapshot.tsLocal);
  if (snapshot.checksum !== undefined && !passes(book, snapshot.checksum))
    return fail(book, 'badChecksum', snapshot.tsLocal);
  book.lastId = snapshot.lastId;
  book.crossId = snapshot.crossId ?? null;
  book.bridged = isInStream;
  book.knownBidTicks = rangeEnd(bids, limit, -Infinity);
  book.knownAskTicks = rangeEnd(asks, limit, Infinity);
  book.snapshotSpanBps = Math.min(knownBps(book, 'bid'), knownBps(book, 'ask'));
  if (book.recent !== null) clearDeltaLog(book.recent);
  book.tsLocal = snapshot.tsLocal;
  book.tsExchange = snapshot.tsExchange;
  counts.ignoredInARow = 0;
  checkQuote(book);
  for (const [index, delta] of buffer.entries()) {
    const result = advance(book, delta);
    if (!isFailure(result)) continue;
    buffer.splice(0, result === 'gap' || result === 'snapshotTooOld' ? index : index + 1);
    return fail(book, result, snapshot.tsLocal);
  }
  buffer.length = 0;
  book.status = 'whole';
  book.reason = null;
  return book.bridged ? outcomes.bridged : outcomes.applied;
}

/**
 * Renews the known depth of a whole book without losing its continuity: the snapshot, brought up to the book's own update id with the
 * deltas since (`keepRecent`), replaces the levels. On the way the two are compared (SPEC §2: books audit themselves). A snapshot that the kept
 * deltas do not reach back to changes nothing.
 */
function renew(book: Book, snapshot: BookSnapshot): BookOutcome {
  const other = createBook(book.instrument);
  other.isLenient = book.isLenient;
  // The snapshot skips by itself what it already contains.
  if (book.recent !== null) other.buffer.push(...loggedDeltas(book.recent, book.instrument.id));
  applySnapshot(other, snapshot);
  // A snapshot without levels on a side is an answer gone wrong, not a market without orders.
  const isEmptied = midPrice(other) === undefined && midPrice(book) !== undefined;
  if (other.status !== 'whole' || other.lastId !== book.lastId || isEmptied) {
    book.counts.ignored++;
    return outcomes.ignored;
  }
  book.counts.snapshotChecks++;
  if (compareBooks(book, other).different > 0) book.counts.snapshotMismatches++;
  book.ladder = other.ladder;
  Object.assign(book.windowLevels, other.windowLevels);
  book.counts.snapshots++;
  book.knownBidTicks = other.knownBidTicks;
  book.knownAskTicks = other.knownAskTicks;
  book.snapshotSpanBps = other.snapshotSpanBps;
  return outcomes.applied;
}

/** A renewal is due once less than this share of what a snapshot covers is left on one side. */
const RENEW_BELOW = 0.6;

/** Whether a new snapshot would make the band known again, or more of it: the market has moved towards the end of what is known. */
export const isRenewalDue = (book: Book, bandBps: number): boolean =>
  book.status === 'whole' &&
  // A window is as wide as it is.
  book.instrument.bookLevels === null &&
  Math.min(knownBps(book, 'bid'), knownBps(book, 'ask')) <
    Math.min(bandBps, RENEW_BELOW * book.snapshotSpanBps);

/**
 * The continuity of the stream is broken (a lost connection): nothing that came before is of use.
 *
 * @param cause short, for people: `disconnected`. The reason becomes `resyncing: disconnected`.
 */
export function resetBook(book: Book, cause: string): void {
  book.buffer.length = 0;
  book.quote = null;
  book.gapTimes.length = 0;
  book.isLenient = false;
  if (book.status !== 'waiting') drop(book, cause);
}

/** Remembers the venue's newest best bid and ask, and compares it with the book as soon as both have the same update id. */
export function applyQuote(book: Book, quote: Quote): void {
  const known = book.quote?.updateId ?? -1;
  // Where numbers may fall an older quote cannot be told from one after they began anew; it is compared with nothing but its own update.
  const isOld =
    book.instrument.bookRule === 'chained' ? quote.updateId === known : quote.updateId <= known;
  if (isOld) return;
  book.quote = quote;
  if (book.status === 'whole') checkQuote(book);
}

/** How many steps of `to` make one of `from`; undefined when that is not a whole number. */
function finerBy(from: Grid, to: Grid): number | undefined {
  const numerator = from.units * to.scale;
  const denominator = to.units * from.scale;
  const factor = Math.round(numerator / denominator);
  const isExact = Number.isSafeInteger(numerator) && factor * denominator === numerator;
  return isExact && factor >= 1 ? factor : undefined;
}

function scaledLevels(levels: Levels, tickFactor: number, lotFactor: number): Levels {
  return levels.map((value, i) => value * (i % 2 === 0 ? tickFactor : lotFactor));
}

/**
 * The listing was announced again, perhaps with other grids. Finer by a whole factor: every level is kept, exactly.
 * Anything else: the levels mean nothing any more and the book resyncs.
 */
export function applyListing(book: Book, instrument: Instrument): void {
  const tickFactor = finerBy(book.instrument.priceGrid, instrument.priceGrid);
  const lotFactor = finerBy(book.instrument.sizeGrid, instrument.sizeGrid);
  const isOtherUnit = book.instrument.sizeUnit !== instrument.sizeUnit;
  book.instrument = instrument;
  if (tickFactor === undefined || lotFactor === undefined || isOtherUnit) {
    resetBook(book, 'grid changed');
    return;
  }
  if (tickFactor === 1 && lotFactor === 1) return;

  const { ladder, buffer, quote } = book;
  const slots = slotsAround(tickFactor * (bestAskTicks(ladder) || bestBidTicks(ladder) || 0));
  rescaleLadder(ladder, tickFactor, lotFactor, slots);
  book.knownBidTicks *= tickFactor;
  book.knownAskTicks *= tickFactor;
  if (book.recent !== null) rescaleDeltaLog(book.recent, tickFactor, lotFactor);
  for (const [index, delta] of buffer.entries())
    buffer[index] = {
      ...delta,
      bids: scaledLevels(delta.bids, tickFactor, lotFactor),
      asks: scaledLevels(delta.asks, tickFactor, lotFactor),
    };
  if (quote !== null)
    book.quote = {
      ...quote,
      bidTicks: quote.bidTicks * tickFactor,
      bidLots: quote.bidLots * lotFactor,
      askTicks: quote.askTicks * tickFactor,
      askLots: quote.askLots * lotFactor,
    };
}

/** Middle of best bid and best ask in quote currency per coin; undefined while a side is empty or the book not whole. */
export function midPrice(book: Book): number | undefined {
  const ticks = bestBidTicks(book.ladder) + bestAskTicks(book.ladder);
  return Number.isNaN(ticks) ? undefined : fromSteps(ticks, book.instrument.priceGrid) / 2;
}

/** Tick up to which every level of a side is known: a window that is full ends with its worst level, wherever it has moved. */
function knownTicks(book: Book, side: Side): number {
  const { bookLevels } = book.instrument;
  const end = side === 'bid' ? -Infinity : Infinity;
  if (bookLevels !== null)
    return book.windowLevels[side] < bookLevels ? end : worstTicks(book.ladder, side);
  return side === 'bid' ? book.knownBidTicks : book.knownAskTicks;
}

/**
 * Distance from mid, in bps, within which every level of a side is known; Infinity when the side is known to its end.
 *
 * A snapshot covers its own range. Levels beyond it become known when they change, but never the gaps between them, so the
 * range does not grow by itself, and shrinks as the market moves towards its end. 0 without a mid, or when the market has
 * left the range altogether: then even the touch is only as good as the levels that have changed since.
 */
export function knownBps(book: Book, side: Side): number {
  const mid = midPrice(book);
  if (mid === undefined) return 0;
  const ticks = knownTicks(book, side);
  const end = fromSteps(ticks, book.instrument.priceGrid);
  const away = side === 'bid' ? 1 - end / mid : end / mid - 1;
  return Math.max(0, away * 1e4);
}

/** Whether every level within ±`bandBps` of mid is known. Otherwise what is computed on that band is `partial`. */
export const isBandKnown = (book: Book, bandBps: number): boolean =>
  knownBps(book, 'bid') >= bandBps && knownBps(book, 'ask') >= bandBps;

function ticksOf(ladder: Ladder, side: Side): number[] {
  const out: number[] = [];
  topLevels(ladder, side, levelCount(ladder, side), out);
  return out.filter((_, i) => i % 2 === 0);
}

/** Compares two books at the same update id, within the range that both know. */
function compareBooks(
  book: Book,
  other: Book,
): {
  /** Prices at which either of them has a level. */
  readonly levels: number;
  /** Those at which the sizes differ. */
  readonly different: number;
} {
  let levels = 0;
  let different = 0;
  for (const side of ['bid', 'ask'] as const) {
    const ticks = new Set<number>();
    const ends = [knownTicks(book, side), knownTicks(other, side)];
    const isKnown = (tick: number) =>
      ends.every((end) => (side === 'bid' ? tick >= end : tick <= end));
    for (const { ladder } of [book, other])
      for (const tick of ticksOf(ladder, side)) if (isKnown(tick)) ticks.add(tick);
    levels += ticks.size;
    for (const tick of ticks)
      if (lotsAt(book.ladder, side, tick) !== lotsAt(other.ladder, side, tick)) different++;
  }
  return { levels, different };
}

/**
 * Base coins of a level. Dollars of an inverse contract are divided by the level's own price.
 *
 * @returns undefined when nobody knows what a contract is worth.
 */
export function coinsAt(
  { priceGrid, sizeGrid, sizeUnit }: Instrument,
  ticks: number,
  lots: number,
): number | undefined {
  if (sizeUnit === 'contracts') return undefined;
  const size = fromSteps(lots, sizeGrid);
  return sizeUnit === 'base' ? size : size / fromSteps(ticks, priceGrid);
}
