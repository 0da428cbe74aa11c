/** Side of a book. */
export type Side = 'bid' | 'ask';

/**
 * One side of a book as parallel sorted arrays, the best level last. Keys are ticks for bids and
 * negated ticks for asks, so that "better" means "larger" on both sides and one code serves both.
 */
export interface Ladder {
  readonly keys: Int32Array;
  readonly lots: Float64Array;
  count: number;
}

/** The last changes of a book with the size each replaced: what a lagging snapshot is made from. */
interface Journal {
  readonly ids: Float64Array;
  readonly times: Float64Array;
  readonly keys: Int32Array;
  readonly before: Float64Array;
  readonly isAsk: Uint8Array;
  /** Changes ever written; the last ones are kept, as many as the arrays are long. */
  written: number;
}

/** A book in integer ticks and lots. `updateId` belongs to the last change. */
export interface Book {
  readonly bid: Ladder;
  readonly ask: Ladder;
  readonly journal: Journal;
  updateId: number;
  changedMs: number;
}

/** Levels as [ticks, lots], the best first. */
export type Levels = [ticks: number, lots: number][];

/** A book taken out of the market: it does not change any more. */
export interface BookCopy {
  readonly updateId: number;
  readonly changedMs: number;
  readonly bids: Levels;
  readonly asks: Levels;
}

/** How much a book can hold. */
interface BookLimits {
  /** Levels per side. */
  readonly levelLimit: number;
  /** Changes kept for looking back. */
  readonly journalLimit: number;
}

const LARGE: BookLimits = { levelLimit: 6144, journalLimit: 16_384 };

const createLadder = (limit: number): Ladder => ({
  keys: new Int32Array(limit),
  lots: new Float64Array(limit),
  count: 0,
});

/** An empty book whose next change will follow `updateId`. */
export function createBook(updateId: number, atMs: number, limits: BookLimits = LARGE): Book {
  const { levelLimit, journalLimit } = limits;
  return {
    bid: createLadder(levelLimit),
    ask: createLadder(levelLimit),
    journal: {
      ids: new Float64Array(journalLimit),
      times: new Float64Array(journalLimit),
      keys: new Int32Array(journalLimit),
      before: new Float64Array(journalLimit),
      isAsk: new Uint8Array(journalLimit),
      written: 0,
    },
    updateId,
    changedMs: atMs,
  };
}

/** Ticks to the sort key of a side and back (its own inverse). */
export const keyOf = (side: Side, ticks: number): number => (side === 'bid' ? ticks : -ticks);

/** Position of the first level whose key is not below `key`. */
export function lowerBound(ladder: Ladder, key: number): number {
  const { keys } = ladder;
  let low = 0;
  let high = ladder.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Key of the best level, or NaN on an empty side. */
export const bestKey = (ladder: Ladder): number =>
  ladder.count === 0 ? Number.NaN : ladder.keys[ladder.count - 1]!;

/** Best price of a side in ticks; NaN on an empty side. */
export const bestTicks = (book: Book, side: Side): number =>
  side === 'bid' ? bestKey(book.bid) : -bestKey(book.ask);

/** Lots at the best level; 0 on an empty side. */
export const bestLots = (book: Book, side: Side): number => {
  const ladder = book[side];
  return ladder.count === 0 ? 0 : ladder.lots[ladder.count - 1]!;
};

/** Lots resting at a key; 0 where nothing rests. */
export function lotsAt(ladder: Ladder, key: number): number {
  const at = lowerBound(ladder, key);
  return at < ladder.count && ladder.keys[at] === key ? ladder.lots[at]! : 0;
}

/** Sets the absolute size of a level (0 removes it) and returns the size it had. */
function set(ladder: Ladder, key: number, lots: number): number {
  const at = lowerBound(ladder, key);
  const exists = at < ladder.count && ladder.keys[at] === key;
  if (exists) {
    const before = ladder.lots[at]!;
    if (lots > 0) {
      ladder.lots[at] = lots;
    } else {
      ladder.keys.copyWithin(at, at + 1, ladder.count);
      ladder.lots.copyWithin(at, at + 1, ladder.count);
      ladder.count--;
    }
    return before;
  }
  if (lots > 0) {
    ladder.keys.copyWithin(at + 1, at, ladder.count);
    ladder.lots.copyWithin(at + 1, at, ladder.count);
    ladder.keys[at] = key;
    ladder.lots[at] = lots;
    ladder.count++;
  }
  return 0;
}

/** Puts a level into a book that nobody has seen yet: no id, nothing to look back to. */
export const seedLevel = (book: Book, side: Side, key: number, lots: number): void => {
  set(book[side], key, lots);
};

/** True while another level fits on the side. */
export const hasRoom = (ladder: Ladder): boolean => ladder.count < ladder.keys.length - 1;

/**
 * Changes one level under a new update id.
 *
 * @returns false when nothing changed (the id is then not used).
 */
export function change(
  book: Book,
  side: Side,
  key: number,
  lots: number,
  updateId: number,
  atMs: number,
): boolean {
  const ladder = book[side];
  const before = set(ladder, key, lots);
  if (before === lots) return false;
  const { journal } = book;
  const at = journal.written % journal.ids.length;
  journal.ids[at] = updateId;
  journal.times[at] = atMs;
  journal.keys[at] = key;
  journal.before[at] = before;
  journal.isAsk[at] = side === 'ask' ? 1 : 0;
  journal.written++;
  book.updateId = updateId;
  book.changedMs = atMs;
  return true;
}

const levelsOf = (ladder: Ladder, side: Side, limit: number): Levels => {
  const levels: Levels = [];
  const last = Math.max(0, ladder.count - limit);
  for (let index = ladder.count - 1; index >= last; index--) {
    levels.push([keyOf(side, ladder.keys[index]!), ladder.lots[index]!]);
  }
  return levels;
};

/** The book as it stands, `limit` levels per side. */
export function copyOf(book: Omit<Book, 'journal'>, limit = Number.POSITIVE_INFINITY): BookCopy {
  return {
    updateId: book.updateId,
    changedMs: book.changedMs,
    bids: levelsOf(book.bid, 'bid', limit),
    asks: levelsOf(book.ask, 'ask', limit),
  };
}

const ladderCopy = ({ keys, lots, count }: Ladder): Ladder => ({
  keys: keys.slice(),
  lots: lots.slice(),
  count,
});

/**
 * The book as it was right after the last change whose id is not above `updateId`, as far back as
 * the journal reaches (then: the oldest state it can show).
 */
export function copyAsOf(book: Book, updateId: number, limit = Number.POSITIVE_INFINITY): BookCopy {
  const { journal } = book;
  const past = {
    bid: ladderCopy(book.bid),
    ask: ladderCopy(book.ask),
    updateId: book.updateId,
    changedMs: book.changedMs,
  };
  const oldest = Math.max(0, journal.written - journal.ids.length);
  for (let index = journal.written - 1; index > oldest; index--) {
    const at = index % journal.ids.length;
    if (journal.ids[at]! <= updateId) break;
    const side = journal.isAsk[at] === 1 ? 'ask' : 'bid';
    set(past[side], journal.keys[at]!, journal.before[at]!);
    const previous = (index - 1) % journal.ids.length;
    past.updateId = journal.ids[previous]!;
    past.changedMs = journal.times[previous]!;
  }
  return copyOf(past, limit);
}

/** Id of the last change made at or before an instant, as far back as the journal reaches. */
export function updateIdAt(book: Book, atMs: number): number {
  const { journal } = book;
  const oldest = Math.max(0, journal.written - journal.ids.length);
  let id = book.updateId;
  for (let index = journal.written - 1; index >= oldest; index--) {
    const at = index % journal.ids.length;
    id = journal.ids[at]!;
    if (journal.times[at]! <= atMs) break;
  }
  return id;
}

/** Id of the last change made before the one named, as far back as the journal reaches. */
export function updateIdBefore(book: Book, updateId: number): number {
  const { journal } = book;
  const oldest = Math.max(0, journal.written - journal.ids.length);
  for (let index = journal.written - 1; index >= oldest; index--) {
    const id = journal.ids[index % journal.ids.length]!;
    if (id < updateId) return id;
  }
  return journal.ids[oldest % journal.ids.length]!;
}

/**
 * Volume-weighted price of a market order of that notional, in ticks: what the venue calls the
 * impact bid (a sell into the bids) or impact ask price.
 */
export function impactTicks(book: Book, side: Side, notionalPerTickLot: number, notional: number) {
  const ladder = book[side];
  let left = notional;
  let lots = 0;
  let paid = 0;
  for (let index = ladder.count - 1; index >= 0 && left > 0; index--) {
    const ticks = keyOf(side, ladder.keys[index]!);
    const worth = ticks * ladder.lots[index]! * notionalPerTickLot;
    const taken = Math.min(worth, left);
    lots += taken / (ticks * notionalPerTickLot);
    paid += taken / notionalPerTickLot;
    left -= taken;
  }
  return lots === 0 ? Number.NaN : paid / lots;
}
