import type { BookDelta, BookSnapshot, Quote } from '../../model/event.ts';
import type { Micros } from '../../model/units.ts';
import { noteFields } from '../draft.ts';
import { decimalsOfSides, levelsOf, readSides, sideOf, type WireSide } from '../levels.ts';
import { type Listed, onGrid, place, symbolOf } from '../listed.ts';
import { idOf, isAbsent, Malformed, stampOf, type Wire } from '../wire.ts';
import type { Draft, Top } from './draft.ts';
import { BOOK_LEVELS } from './product.ts';

const BOOK_FIELDS: ReadonlySet<string> = new Set('s,b,a,u,seq,cts'.split(','));
const ANSWER_FIELDS: ReadonlySet<string> = new Set('s,b,a,ts,u,seq,cts'.split(','));

/** One book message, whatever its depth. */
export interface BookMessage {
  readonly isSnapshot: boolean;
  /** Levels per side of its stream. */
  readonly depth: number;
  readonly data: Wire;
  /** Engine time at the top of the message, where the documentation has it; one client has seen it inside. */
  readonly cts: unknown;
  /** When it was sent. */
  readonly tsSent: Micros | null;
}

/** What it says about when it happened: the engine's time, else when it was sent. */
function happenedAt({ cts, data, tsSent }: Pick<BookMessage, 'cts' | 'data' | 'tsSent'>) {
  const stamp = isAbsent(cts) ? data['cts'] : cts;
  return isAbsent(stamp) ? tsSent : stampOf(stamp, 'cts');
}

/** `seq` counts across all depths of a symbol; the oldest option books lack it. */
const crossIdOf = (data: Wire): number | undefined =>
  isAbsent(data['seq']) ? undefined : idOf(data['seq'], 'seq');

/** The listing knows how many levels its stream shows; the one that is subscribed is the usual one. */
function noteDepth(draft: Draft, { instrument, ...listed }: Listed, depth: number): void {
  const { state } = draft;
  const { symbol } = instrument;
  if (instrument.bookLevels !== depth)
    place(draft, { ...listed, instrument: { ...instrument, bookLevels: depth } });
  if (state.depths.get(symbol) !== depth) draft.commits.push(() => state.depths.set(symbol, depth));
}

/**
 * `orderbook.{depth}.{symbol}` → a snapshot in the stream, or one delta: absolute sizes, zero removes.
 *
 * A snapshot replaces the book whenever it comes: at the subscription, after a fault of the venue, with `u` = 1 after a restart. `u` grows by one as far as
 * anybody knows (venues.md §3.2). Each depth counts for itself, so changes of another one than the newest snapshot's say nothing.
 *
 * @see https://bybit-exchange.github.io/docs/v5/websocket/public/orderbook
 */
export function orderbook(draft: Draft, message: BookMessage): void {
  const { data, depth, isSnapshot } = message;
  noteFields(draft, 'orderbook', data, BOOK_FIELDS);
  const symbol = symbolOf(data['s'], 's');
  const lastId = idOf(data['u'], 'u');
  const crossId = crossIdOf(data);
  const tsExchange = happenedAt(message);
  const bids = sideOf(data['b'], 'b');
  const asks = sideOf(data['a'], 'a');
  const known = draft.state.depths.get(symbol);
  if (!isSnapshot && known !== undefined && known !== depth) {
    decimalsOfSides(bids, asks);
    return;
  }
  const sides = readSides(draft, symbol, bids, asks);
  noteDepth(draft, sides.listed, depth);
  const common = {
    instrument: sides.listed.instrument.id,
    bids: sides.bids,
    asks: sides.asks,
    lastId,
    ...(crossId !== undefined && { crossId }),
    tsExchange,
    tsLocal: draft.tsLocal,
  };
  draft.events.push(
    isSnapshot
      ? ({ kind: 'bookSnapshot', ...common, limit: depth, inStream: true } satisfies BookSnapshot)
      : ({ kind: 'bookDelta', ...common, firstId: lastId, previousId: null } satisfies BookDelta),
  );
}

/**
 * `GET /v5/market/orderbook?symbol&limit` → a snapshot. Its `u` is that of the stream of 1000 levels; a book that is read from another one is not
 * compared with it.
 *
 * @see https://bybit-exchange.github.io/docs/v5/market/orderbook
 */
export function restOrderbook(draft: Draft, result: Wire, limit: number): void {
  noteFields(draft, 'orderbook', result, ANSWER_FIELDS);
  const symbol = symbolOf(result['s'], 's');
  const lastId = idOf(result['u'], 'u');
  const crossId = crossIdOf(result);
  const tsSent = isAbsent(result['ts']) ? null : stampOf(result['ts'], 'ts');
  const tsExchange = happenedAt({ cts: result['cts'], data: result, tsSent });
  const bids = sideOf(result['b'], 'b');
  const asks = sideOf(result['a'], 'a');
  const known = draft.state.depths.get(symbol);
  if (known !== undefined && known !== BOOK_LEVELS) {
    decimalsOfSides(bids, asks);
    return;
  }
  const sides = readSides(draft, symbol, bids, asks);
  draft.events.push({
    kind: 'bookSnapshot',
    instrument: sides.listed.instrument.id,
    bids: sides.bids,
    asks: sides.asks,
    lastId,
    ...(crossId !== undefined && { crossId }),
    limit,
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies BookSnapshot);
}

/** The best level of a side behind a change of it: what is set is the best, whatever else is removed. */
function bestOf({ rows }: WireSide, before: Top['bid']): Top['bid'] {
  let best = before;
  for (const row of rows) {
    const [price, size] = row as readonly unknown[];
    if (Number(size) !== 0) best = [price, size];
    else if (best !== null && Number(best[0]) === Number(price)) best = null;
  }
  return best;
}

/**
 * `orderbook.1.{symbol}` → the best bid and ask as the venue states them, to be compared with a book of any depth by `seq`. An empty side is no quote.
 *
 * Every message is the whole since 2025-03-20; before, `delta` told what changed.
 */
export function quote(draft: Draft, message: BookMessage): void {
  const { data, isSnapshot } = message;
  const { state } = draft;
  noteFields(draft, 'orderbook', data, BOOK_FIELDS);
  const symbol = symbolOf(data['s'], 's');
  const id = idOf(data['u'], 'u');
  const updateId = crossIdOf(data);
  const tsExchange = happenedAt(message);
  const bids = sideOf(data['b'], 'b');
  const asks = sideOf(data['a'], 'a');
  decimalsOfSides(bids, asks);
  const known = state.tops.get(symbol);
  const before =
    !isSnapshot && known !== undefined && known.id + 1 === id ? known : { bid: null, ask: null };
  const bid = bestOf(bids, before.bid);
  const ask = bestOf(asks, before.ask);
  draft.commits.push(() => state.tops.set(symbol, { id, bid, ask }));
  if (bid === null || ask === null || updateId === undefined) return;
  const bidSide = sideOf([bid], 'b');
  const askSide = sideOf([ask], 'a');
  const { listed, value } = onGrid(
    draft,
    symbol,
    (listing) => {
      const bidLevel = levelsOf(bidSide, listing);
      const askLevel = levelsOf(askSide, listing);
      if (bidLevel === undefined || askLevel === undefined) return undefined;
      const [bidTicks = 0, bidLots = 0] = bidLevel;
      const [askTicks = 0, askLots = 0] = askLevel;
      return { bidTicks, bidLots, askTicks, askLots };
    },
    () => decimalsOfSides(bidSide, askSide),
  );
  draft.events.push({
    kind: 'quote',
    instrument: listed.instrument.id,
    updateId,
    isCross: true,
    ...value,
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies Quote);
}

/** `1000` of `orderbook.1000.BTCUSDT`. */
export function depthOf(text: string): number {
  const depth = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (depth === 0) throw new Malformed('orderbook: not a depth');
  return depth;
}
