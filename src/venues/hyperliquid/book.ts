import type { BookDelta, BookSnapshot, Levels, Quote } from '../../model/event.ts';
import type { Grid } from '../../model/grid.ts';
import type { InstrumentId } from '../../model/instrument.ts';
import type { Micros } from '../../model/units.ts';
import { noteEventTime, noteFields } from '../draft.ts';
import { readSides, sideOf, type WireSide } from '../levels.ts';
import { type Listed, symbolOf } from '../listed.ts';
import { arrayOf, isAbsent, Malformed, objectOf, stampOf, type Wire } from '../wire.ts';
import type { CoinBook, Draft, HyperliquidState, Touch, View } from './draft.ts';
import { ASK, BID, bestOf, changes, overlaid, type Sides, uncrossed } from './merge.ts';
import { isSpot } from './product.ts';

/*
 * No view of a book here is good for everything (venues.md §6.2): the default one is deep and comes every 5.4 s, the fast one has five levels twice a second, `bbo`
 * only the touch, with every block that changes it. All are whole pictures of their range with the time of a block, so they are laid over one another by
 * that time, and what is told is the exact difference, numbered by ourselves.
 */

const BOOK_FIELDS: ReadonlySet<string> = new Set('coin,time,levels,fast'.split(','));
const BBO_FIELDS: ReadonlySet<string> = new Set('coin,time,bbo'.split(','));
const LEVEL_FIELDS: ReadonlySet<string> = new Set('px,sz,n'.split(','));

/** Levels per side of a fast frame. */
const FAST_LEVELS = 5;

function rowsOf(draft: Draft, value: unknown, name: string): WireSide {
  const { rows } = sideOf(value, name);
  return {
    name,
    rows: rows.map((row, index) => {
      const level = objectOf(row, name);
      if (index === 0) noteFields(draft, 'level', level, LEVEL_FIELDS);
      return [level['px'], level['sz']];
    }),
  };
}

/** A side in steps: best first, as it was sent, without levels that hold nothing. */
function ordered(side: Levels, direction: typeof BID | typeof ASK, name: string): Levels {
  let isBare = false;
  for (let i = 0; i < side.length; i += 2) {
    if (i > 0 && (side[i]! - side[i - 2]!) * direction <= 0)
      throw new Malformed(`${name}: not best first`);
    if (side[i + 1] === 0) isBare = true;
  }
  if (!isBare) return side;
  return side.filter((_, i) => side[i - (i % 2) + 1] !== 0);
}

const NOTHING: CoinBook = {
  id: 0,
  priceGrid: { units: 1, scale: 1 },
  sizeGrid: { units: 1, scale: 1 },
  deep: null,
  fast: null,
  touch: null,
  late: 0,
  told: null,
};

/** So many old frames in a row are no echo: the venue's clock has been set back, and the book begins anew by it. */
const LATE_LIMIT = 20;

/** How many steps of `to` one of `from` is; grids of a listing only ever become finer, by whole factors. */
const finerBy = (from: Grid, to: Grid): number => (from.units * to.scale) / (from.scale * to.units);

/** The book of a coin, in the steps that its listing has by now. */
function bookOf(state: HyperliquidState, { instrument, priceGrid, sizeGrid }: Listed): CoinBook {
  const known = state.books.get(instrument.symbol);
  if (known === undefined) return { ...NOTHING, priceGrid, sizeGrid };
  const ticks = finerBy(known.priceGrid, priceGrid);
  const lots = finerBy(known.sizeGrid, sizeGrid);
  if (ticks === 1 && lots === 1) return known;
  const anew = { ...NOTHING, id: known.id, priceGrid, sizeGrid };
  // A coin that is listed anew on other steps begins anew.
  if (!(Number.isInteger(ticks) && Number.isInteger(lots))) return anew;
  let isExact = true;
  const scaled = (side: Levels) =>
    side.map((value, i) => {
      const steps = value * (i % 2 === 0 ? ticks : lots);
      isExact &&= Number.isSafeInteger(steps);
      return steps;
    });
  const both = ({ bids, asks }: Sides): Sides => ({ bids: scaled(bids), asks: scaled(asks) });
  const seen = <T>(view: View<T> | null, rescale: (shown: T) => T): View<T> | null =>
    view && { ts: view.ts, shown: view.shown && rescale(view.shown) };
  const finer: CoinBook = {
    id: known.id,
    priceGrid,
    sizeGrid,
    deep: seen(known.deep, both),
    fast: seen(known.fast, both),
    touch: seen(known.touch, ({ bids, asks }) => ({
      bids: bids && scaled(bids),
      asks: asks && scaled(asks),
    })),
    late: known.late,
    told: known.told && both(known.told),
  };
  // So does one with a number that cannot be said in steps so fine.
  return isExact ? finer : anew;
}

/** When a view was newest; before everything where it never was. */
const tsOf = (view: View<unknown> | null): number => view?.ts ?? Number.NEGATIVE_INFINITY;

const withFast = (sides: Sides, fast: Sides): Sides => ({
  bids: overlaid(sides.bids, fast.bids, BID),
  asks: overlaid(sides.asks, fast.asks, ASK),
});

/** A touch replaces everything that is better than it; where it says nothing of a side, that one loses what it crosses. */
function withTouch(sides: Sides, { bids, asks }: Touch): Sides {
  const newBids = bids === undefined ? sides.bids : overlaid(sides.bids, bids, BID);
  const newAsks = asks === undefined ? sides.asks : overlaid(sides.asks, asks, ASK);
  return {
    bids: bids === undefined ? uncrossed(newBids, bestOf(newAsks), BID) : newBids,
    asks: asks === undefined ? uncrossed(newAsks, bestOf(newBids), ASK) : newAsks,
  };
}

/** A picture with the views that are newer than it laid over it, the older of them first. */
function brought(sides: Sides, ts: number, fast: View<Sides> | null, touch: View<Touch> | null) {
  let now = sides;
  let isOfItsTime = true;
  const layFast = () => {
    if (fast === null || fast.shown === null || fast.ts <= ts) return;
    now = withFast(now, fast.shown);
    isOfItsTime = false;
  };
  const layTouch = () => {
    if (touch === null || touch.shown === null || touch.ts <= ts) return;
    now = withTouch(now, touch.shown);
    isOfItsTime = false;
  };
  if (tsOf(fast) <= tsOf(touch)) {
    layFast();
    layTouch();
  } else {
    layTouch();
    layFast();
  }
  return { sides: now, isOfItsTime };
}

/** The venue's time as the number that its views have in common. */
const crossIdOf = (ts: Micros): number => ts / 1000;

/**
 * Levels per side at which a snapshot counts as cut off. The venue cuts both sides at the same number, so the longer side of a picture is always taken for cut off, and
 * only a shorter one can be all there is.
 */
function limitOf(shown: Sides, told: Sides): number {
  const longest = Math.max(shown.bids.length, shown.asks.length);
  const cut = [
    ...(shown.bids.length === longest ? [told.bids.length] : []),
    ...(shown.asks.length === longest ? [told.asks.length] : []),
  ];
  return Math.max(1, Math.min(...cut) / 2);
}

/** Everything that goes into telling what became of a book. */
interface Telling {
  readonly draft: Draft;
  readonly listed: Listed;
  readonly before: CoinBook;
  readonly ts: Micros;
}

/** Remembers a book. One that is crossed is told as it is, which drops it downstream, and begins anew with the next frame. */
function keep({ draft, listed }: Telling, book: CoinBook): void {
  const { told } = book;
  const isCrossed = told !== null && bestOf(told.bids) >= bestOf(told.asks);
  const gone = <T>(view: View<T> | null): View<T> | null => view && { ts: view.ts, shown: null };
  const kept: CoinBook = isCrossed
    ? {
        ...book,
        deep: gone(book.deep),
        fast: gone(book.fast),
        touch: gone(book.touch),
        told: null,
      }
    : book;
  const { symbol } = listed.instrument;
  draft.commits.push(() => draft.state.books.set(symbol, kept));
}

const stamped = ({ draft, listed, ts }: Telling) => ({
  instrument: listed.instrument.id as InstrumentId,
  tsExchange: ts,
  tsLocal: draft.tsLocal,
});

/** Tells a beginning. */
function begin(
  telling: Telling,
  book: CoinBook,
  shown: Sides,
  told: Sides,
  about: Pick<BookSnapshot, 'crossId' | 'renewsDepth'>,
): void {
  const id = book.id + 1;
  telling.draft.events.push({
    kind: 'bookSnapshot',
    ...stamped(telling),
    lastId: id,
    bids: told.bids,
    asks: told.asks,
    limit: limitOf(shown, told),
    inStream: true,
    ...about,
  } satisfies BookSnapshot);
  keep(telling, { ...book, id, told });
}

/** Tells what has changed. */
function go(
  telling: Telling,
  book: CoinBook,
  told: Sides,
  about: Pick<BookDelta, 'crossId'>,
): void {
  const before = book.told!;
  const id = book.id + 1;
  telling.draft.events.push({
    kind: 'bookDelta',
    ...stamped(telling),
    firstId: id,
    lastId: id,
    previousId: book.id,
    bids: changes(before.bids, told.bids, BID),
    asks: changes(before.asks, told.asks, ASK),
    ...about,
  } satisfies BookDelta);
  keep(telling, { ...book, id, told });
}

/** A frame from before what is known. @returns true when it is to be passed over. */
function isLate({ draft, listed, before }: Telling, isOld: boolean): boolean {
  if (!isOld || before.late >= LATE_LIMIT) return false;
  const { symbol } = listed.instrument;
  draft.commits.push(() => draft.state.books.set(symbol, { ...before, late: before.late + 1 }));
  return true;
}

/** What a frame goes on from: nothing when it comes after so many late ones that the times of all others mean nothing any more. */
const groundOf = ({ before }: Telling): CoinBook =>
  before.late >= LATE_LIMIT
    ? { ...before, deep: null, fast: null, touch: null, late: 0, told: null }
    : { ...before, late: 0 };

/** Twenty levels: a new beginning, brought up to what the faster views have shown since. */
function takeDeep(telling: Telling, shown: Sides): void {
  const { before, ts } = telling;
  if (isLate(telling, ts < tsOf(before.deep))) return;
  const ground = groundOf(telling);
  const { sides, isOfItsTime } = brought(shown, ts, ground.fast, ground.touch);
  const about = { renewsDepth: true as const, ...(isOfItsTime && { crossId: crossIdOf(ts) }) };
  begin(telling, { ...ground, deep: { ts, shown } }, shown, sides, about);
}

/** Five levels: all that there is from the touch to the worst of them. Without a deeper view they are the book. */
function takeFast(telling: Telling, shown: Sides): void {
  const { before, ts } = telling;
  if (isLate(telling, ts < Math.max(tsOf(before.fast), tsOf(before.deep)))) return;
  const ground = groundOf(telling);
  const book: CoinBook = { ...ground, fast: { ts, shown } };
  const hasDepth = ground.told !== null && ground.deep !== null && ground.deep.shown !== null;
  const base = hasDepth ? withFast(ground.told, shown) : shown;
  const { sides, isOfItsTime } = brought(base, ts, null, ground.touch);
  const about = isOfItsTime ? { crossId: crossIdOf(ts) } : {};
  if (hasDepth) go(telling, book, sides, about);
  else begin(telling, book, shown, sides, about);
}

/**
 * Whether a frame is of the fast view: it says so, or is short for a coin whose default view is longer (venues.md §6.2). Where frames do say so, only one that has
 * exactly the fast number of levels is taken for a fast one that has lost its flag.
 */
function isFastFrame(draft: Draft, book: CoinBook, flag: unknown, shown: Sides): boolean {
  if (typeof flag === 'boolean') return flag;
  if (!isAbsent(flag)) throw new Malformed('fast: not true or false');
  const longest = ({ bids, asks }: Sides) => Math.max(bids.length, asks.length) / 2;
  const { deep } = book;
  const isShort = draft.state.hasFlags
    ? shown.bids.length === 2 * FAST_LEVELS && shown.asks.length === 2 * FAST_LEVELS
    : longest(shown) <= FAST_LEVELS;
  return isShort && deep !== null && deep.shown !== null && longest(deep.shown) > FAST_LEVELS;
}

/**
 * `l2Book`, default and fast, and the answer to the question of that name → the book that begins anew, or goes on.
 *
 * @see https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/websocket/subscriptions
 */
export function l2Book(draft: Draft, message: Wire): void {
  noteFields(draft, 'l2Book', message, BOOK_FIELDS);
  const symbol = symbolOf(message['coin'], 'coin');
  const ts = stampOf(message['time'], 'time');
  noteEventTime(draft, ts);
  const sides = arrayOf(message['levels'], 'levels');
  if (sides.length !== 2) throw new Malformed('levels: not two sides');
  if (isSpot(symbol)) return;
  const read = readSides(
    draft,
    symbol,
    rowsOf(draft, sides[0], 'bids'),
    rowsOf(draft, sides[1], 'asks'),
  );
  const { listed } = read;
  const shown: Sides = {
    bids: ordered(read.bids, BID, 'bids'),
    asks: ordered(read.asks, ASK, 'asks'),
  };
  const { state } = draft;
  const before = bookOf(state, listed);
  const telling: Telling = { draft, listed, before, ts };
  const { fast } = message;
  if (typeof fast === 'boolean' && fast && !state.hasFlags)
    draft.commits.push(() => {
      state.hasFlags = true;
    });
  if (isFastFrame(draft, before, fast, shown)) takeFast(telling, shown);
  else takeDeep(telling, shown);
}

/**
 * `bbo` → the touch. It also checks the book: where another view has told of the same block, both have to agree.
 *
 * @see https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/websocket/subscriptions
 */
export function bbo(draft: Draft, message: Wire): void {
  noteFields(draft, 'bbo', message, BBO_FIELDS);
  const symbol = symbolOf(message['coin'], 'coin');
  const ts = stampOf(message['time'], 'time');
  noteEventTime(draft, ts);
  const pair = arrayOf(message['bbo'], 'bbo');
  if (pair.length > 2) throw new Malformed('bbo: more than two');
  if (isSpot(symbol)) return;
  const [bid, ask] = pair;
  const rows = (level: unknown, name: string) =>
    rowsOf(draft, isAbsent(level) ? [] : [level], name);
  const read = readSides(draft, symbol, rows(bid, 'bid'), rows(ask, 'ask'));
  const { listed } = read;
  const shown: Touch = {
    bids: bid === undefined ? undefined : ordered(read.bids, BID, 'bid'),
    asks: ask === undefined ? undefined : ordered(read.asks, ASK, 'ask'),
  };
  const before = bookOf(draft.state, listed);
  const telling: Telling = { draft, listed, before, ts };
  const newest = Math.max(tsOf(before.touch), tsOf(before.fast), tsOf(before.deep));
  if (isLate(telling, ts < newest)) return;
  const ground = groundOf(telling);
  const [bidTicks, bidLots] = shown.bids ?? [];
  const [askTicks, askLots] = shown.asks ?? [];
  if (
    bidTicks !== undefined &&
    bidLots !== undefined &&
    askTicks !== undefined &&
    askLots !== undefined
  )
    draft.events.push({
      kind: 'quote',
      ...stamped(telling),
      updateId: crossIdOf(ts),
      isCross: true,
      bidTicks,
      bidLots,
      askTicks,
      askLots,
    } satisfies Quote);
  const book: CoinBook = { ...ground, touch: { ts, shown } };
  if (ground.told === null) keep(telling, book);
  else go(telling, book, withTouch(ground.told, shown), {});
}

/** The connection of some streams is lost: the books that they carried begin anew. */
export function forgetBooks(state: HyperliquidState, streams: readonly string[]): void {
  for (const stream of streams) {
    const coin = /^(?:l2Book|l2Book-fast|bbo):(.+)$/.exec(stream)?.[1];
    const book = coin === undefined ? undefined : state.books.get(coin);
    if (coin !== undefined && book !== undefined)
      state.books.set(coin, { ...book, deep: null, fast: null, touch: null, late: 0, told: null });
  }
}
