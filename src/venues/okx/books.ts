import type { BookDelta, BookSnapshot, Checksum, Levels, Quote } from '../../model/event.ts';
import type { Micros } from '../../model/units.ts';
import { noteEventTime, noteFields } from '../draft.ts';
import { decimalsOfSides, levelsOf, readSides, sideOf } from '../levels.ts';
import { type Listed, onGrid } from '../listed.ts';
import { idOf, isAbsent, Malformed, objectOf, stampOf, textOf, type Wire } from '../wire.ts';
import type { Draft } from './draft.ts';
import { BOOK_LEVELS } from './listings.ts';

const BOOK_FIELDS: ReadonlySet<string> = new Set(
  'asks,bids,ts,checksum,seqId,prevSeqId,instId'.split(','),
);
const BEST_FIELDS: ReadonlySet<string> = new Set('asks,bids,ts,seqId,checksum,instId'.split(','));
const SNAPSHOT_FIELDS: ReadonlySet<string> = new Set('asks,bids,ts,seqId'.split(','));

const stampIn = (message: Wire): Micros | null =>
  isAbsent(message['ts']) ? null : stampOf(message['ts'], 'ts');

/**
 * The checksum of a message; undefined where it has none, or the 0 that everything carries since 2026-06-23 (venues.md §4.2).
 *
 * Signed CRC32 of the first 25 levels of both sides in turn, in the venue's own texts, which are the shortest ones.
 */
function checksumOf(message: Wire, { priceGrid, sizeGrid }: Listed): Checksum | undefined {
  const { checksum: crc } = message;
  if (isAbsent(crc) || crc === 0) return undefined;
  if (typeof crc !== 'number' || crc !== (crc | 0)) throw new Malformed('checksum: not a checksum');
  return { crc, priceGrid, sizeGrid };
}

/** Where a message stands in the sequence. */
interface Place {
  readonly lastId: number;
  /** −1 for a snapshot. */
  readonly previousId: number;
}

/**
 * `seqId` and `prevSeqId`; until 2023 there were none. Then the messages of a channel are numbered here as they come, so that their chain never breaks, and the
 * checksum alone tells whether one is missing.
 */
function placeOf(draft: Draft, message: Wire, channel: string, symbol: string): Place {
  const { seqId, prevSeqId } = message;
  if (!isAbsent(seqId)) {
    const isFirst = prevSeqId === -1 || prevSeqId === '-1' || isAbsent(prevSeqId);
    return {
      lastId: idOf(seqId, 'seqId'),
      previousId: isFirst ? -1 : idOf(prevSeqId, 'prevSeqId'),
    };
  }
  if (!isAbsent(prevSeqId) && prevSeqId !== -1) throw new Malformed('seqId: missing');
  const { unnumbered } = draft.state;
  const key = `${channel}:${symbol}`;
  const previousId = unnumbered.get(key) ?? 0;
  draft.commits.push(() => unnumbered.set(key, previousId + 1));
  return { lastId: previousId + 1, previousId };
}

/**
 * `books` → a snapshot, which replaces the book, or an update: absolute sizes, zero removes. An update names its predecessor; its own number may stand still
 * (a keep-alive after about a minute without change) or fall (maintenance), and the chain goes on (venues.md §4.2).
 *
 * @see https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-order-book-channel
 */
export function books(draft: Draft, message: Wire, envelope: Wire, symbol: string): void {
  noteFields(draft, 'books', message, BOOK_FIELDS);
  const { action } = envelope;
  if (action !== 'snapshot' && action !== 'update')
    throw new Malformed('action: neither snapshot nor update');
  const channel = textOf(objectOf(envelope['arg'], 'arg')['channel'], 'channel');
  const { lastId, previousId } = placeOf(draft, message, channel, symbol);
  const tsExchange = stampIn(message);
  if (tsExchange !== null) noteEventTime(draft, tsExchange);
  const bids = sideOf(message['bids'], 'bids');
  const asks = sideOf(message['asks'], 'asks');
  const sides = readSides(draft, symbol, bids, asks);
  const checksum = checksumOf(message, sides.listed);
  const shared = {
    instrument: sides.listed.instrument.id,
    bids: sides.bids,
    asks: sides.asks,
    lastId,
    ...(checksum !== undefined && { checksum }),
    tsExchange,
    tsLocal: draft.tsLocal,
  };
  draft.events.push(
    action === 'snapshot'
      ? ({
          kind: 'bookSnapshot',
          ...shared,
          limit: BOOK_LEVELS,
          inStream: true,
        } satisfies BookSnapshot)
      : ({ kind: 'bookDelta', ...shared, firstId: lastId, previousId } satisfies BookDelta),
  );
}

/**
 * `GET /api/v5/market/books?instId&sz` → a snapshot, if it says where in the sequence it stands. Since when it does is not settled; without that nothing
 * can be joined to it, and it says nothing.
 *
 * @see https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-order-book
 */
export function bookAnswer(draft: Draft, message: Wire, symbol: string, limit: number): void {
  noteFields(draft, 'books', message, SNAPSHOT_FIELDS);
  const lastId = isAbsent(message['seqId']) ? null : idOf(message['seqId'], 'seqId');
  const tsExchange = stampIn(message);
  const bids = sideOf(message['bids'], 'bids');
  const asks = sideOf(message['asks'], 'asks');
  const sides = readSides(draft, symbol, bids, asks);
  if (lastId === null) return;
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

const FIRST_ROW = 1;

/**
 * `bbo-tbt`, and the top of `books5` → the best bid and ask at a `seqId` of the book's own sequence. Without one, as until 2023, or with an empty side there is
 * nothing to compare.
 *
 * @see https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-order-book-channel
 */
export function best(draft: Draft, message: Wire, symbol: string): void {
  noteFields(draft, 'bbo-tbt', message, BEST_FIELDS);
  const updateId = isAbsent(message['seqId']) ? null : idOf(message['seqId'], 'seqId');
  const tsExchange = stampIn(message);
  if (tsExchange !== null) noteEventTime(draft, tsExchange);
  const top = (name: 'bids' | 'asks') => {
    const { rows } = sideOf(message[name], name);
    return { rows: rows.slice(0, FIRST_ROW), name };
  };
  const bids = top('bids');
  const asks = top('asks');
  const needed = decimalsOfSides(bids, asks);
  if (updateId === null || bids.rows.length === 0 || asks.rows.length === 0) return;
  const touch = (listed: Listed): readonly [Levels, Levels] | undefined => {
    const bid = levelsOf(bids, listed);
    const ask = bid && levelsOf(asks, listed);
    return bid && ask && [bid, ask];
  };
  const { listed, value } = onGrid(draft, symbol, touch, () => needed);
  const [[bidTicks = 0, bidLots = 0], [askTicks = 0, askLots = 0]] = value;
  draft.events.push({
    kind: 'quote',
    instrument: listed.instrument.id,
    updateId,
    bidTicks,
    bidLots,
    askTicks,
    askLots,
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies Quote);
}
