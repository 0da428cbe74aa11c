import type { BookDelta, BookSnapshot } from '../../model/event.ts';
import { noteFields } from '../draft.ts';
import { readSides, sideOf, type WireSide } from '../levels.ts';
import { symbolOf } from '../listed.ts';
import { idOf, isAbsent, Malformed, objectOf, stampOf } from '../wire.ts';
import type { Draft } from './draft.ts';
import { isCombination } from './symbols.ts';
import { TICKER_FIELDS } from './tickers.ts';

const BOOK_FIELDS: ReadonlySet<string> = new Set(
  'type,timestamp,instrument_name,change_id,prev_change_id,bids,asks'.split(','),
);
const ORDER_BOOK_FIELDS: ReadonlySet<string> = new Set([
  ...TICKER_FIELDS,
  'bids',
  'asks',
  'change_id',
]);

/** A level of a stream is `[action, price, amount]`; what it says is price and size, and `delete` is a size of zero whatever else stands there. */
function pairOf(row: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(row) || row.length !== 3) throw new Malformed(`${name}: not a level`);
  const [action, price, amount] = row as readonly unknown[];
  if (action === 'delete') return [price, 0];
  if (action !== 'new' && action !== 'change') throw new Malformed(`${name}: unknown action`);
  return [price, amount];
}

function changesOf(value: unknown, name: string): WireSide {
  const { rows } = sideOf(value, name);
  return { rows: rows.map((row) => pairOf(row, name)), name };
}

/** What a message is; those of before 2021 do not say it, and a beginning has no predecessor. */
function typeOf(type: unknown, previous: unknown): 'snapshot' | 'change' {
  if (type === 'snapshot' || type === 'change') return type;
  if (!isAbsent(type)) throw new Malformed('type: not snapshot, not change');
  return isAbsent(previous) ? 'snapshot' : 'change';
}

/**
 * `book.{instrument}.{interval}` → a beginning or a change. Ids jump, as the venue counts over all its books: only `prev_change_id` links them
 * (venues.md §5.2). The grouped books (`book.{instrument}.none.10.100ms`) are other books and are left alone.
 *
 * @see https://docs.deribit.com/subscriptions/orderbook/bookinstrument_nameinterval
 */
export function book(draft: Draft, value: unknown): void {
  const data = objectOf(value, 'book');
  noteFields(draft, 'book', data, BOOK_FIELDS);
  const symbol = symbolOf(data['instrument_name'], 'instrument_name');
  if (isCombination(symbol)) return;
  const lastId = idOf(data['change_id'], 'change_id');
  const tsExchange = stampOf(data['timestamp'], 'timestamp');
  const bids = changesOf(data['bids'], 'bids');
  const asks = changesOf(data['asks'], 'asks');
  const isBeginning = typeOf(data['type'], data['prev_change_id']) === 'snapshot';
  const previousId = isBeginning ? null : idOf(data['prev_change_id'], 'prev_change_id');
  const sides = readSides(draft, symbol, bids, asks);
  const stamped = {
    instrument: sides.listed.instrument.id,
    bids: sides.bids,
    asks: sides.asks,
    lastId,
    tsExchange,
    tsLocal: draft.tsLocal,
  };
  if (isBeginning)
    draft.events.push({
      kind: 'bookSnapshot',
      ...stamped,
      // The whole book comes: neither side is cut off.
      limit: Number.MAX_SAFE_INTEGER,
      inStream: true,
    } satisfies BookSnapshot);
  else
    draft.events.push({
      kind: 'bookDelta',
      ...stamped,
      firstId: lastId,
      previousId,
    } satisfies BookDelta);
}

/**
 * `get_order_book` → a book to compare the running one with, or to begin with where the stream brings no beginning.
 *
 * @see https://docs.deribit.com/api-reference/market-data/public-get_order_book
 */
export function orderBook(draft: Draft, value: unknown, symbol: string, limit: number): void {
  const result = objectOf(value, 'order book');
  noteFields(draft, 'get_order_book', result, ORDER_BOOK_FIELDS);
  const lastId = idOf(result['change_id'], 'change_id');
  const tsExchange = stampOf(result['timestamp'], 'timestamp');
  const sides = readSides(
    draft,
    symbol,
    sideOf(result['bids'], 'bids'),
    sideOf(result['asks'], 'asks'),
  );
  draft.events.push({
    kind: 'bookSnapshot',
    instrument: sides.listed.instrument.id,
    bids: sides.bids,
    asks: sides.asks,
    lastId,
    limit,
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies BookSnapshot);
}
