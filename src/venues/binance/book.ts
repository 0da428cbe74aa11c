import type { BookDelta, BookSnapshot, Quote } from '../../model/event.ts';
import type { Micros } from '../../model/units.ts';
import { noteFields } from '../draft.ts';
import { decimalsOfSides, levelsOf, readSides, sideOf } from '../levels.ts';
import { onGrid, symbolOf } from '../listed.ts';
import { idOf, isAbsent, Malformed, stampOf, type Wire } from '../wire.ts';
import type { Draft } from './draft.ts';

const DEPTH_FIELDS: ReadonlySet<string> = new Set('e,E,T,s,ps,st,U,u,pu,b,a'.split(','));
const SNAPSHOT_FIELDS: ReadonlySet<string> = new Set(
  'lastUpdateId,E,T,bids,asks,symbol,pair'.split(','),
);
const TICKER_FIELDS: ReadonlySet<string> = new Set('e,u,E,T,s,ps,st,b,B,a,A'.split(','));

/**
 * When it happened at the venue: the engine's time where the message carries it, else the time it was sent; null where it has neither.
 */
const happenedAt = (message: Wire): Micros | null => {
  const field = isAbsent(message['T']) ? 'E' : 'T';
  return isAbsent(message[field]) ? null : stampOf(message[field], field);
};

/**
 * `<symbol>@depth@100ms` (and every other speed) → one delta: absolute sizes, zero removes.
 *
 * `U`/`u` are the first and last update inside; `pu`, the last of the message before, exists on futures only and is what links the chain there
 * (venues.md §2.5, §2.8).
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams/Diff-Book-Depth-Streams
 */
export function depthUpdate(draft: Draft, message: Wire): void {
  noteFields(draft, 'depthUpdate', message, DEPTH_FIELDS);
  const symbol = symbolOf(message['s'], 's');
  const firstId = idOf(message['U'], 'U');
  const lastId = idOf(message['u'], 'u');
  if (firstId > lastId) throw new Malformed('U above u');
  const previousId = draft.product.bookRule === 'linked' ? idOf(message['pu'], 'pu') : null;
  const tsExchange = happenedAt(message);
  const bids = sideOf(message['b'], 'b');
  const asks = sideOf(message['a'], 'a');
  const sides = readSides(draft, symbol, bids, asks);
  draft.events.push({
    kind: 'bookDelta',
    instrument: sides.listed.instrument.id,
    bids: sides.bids,
    asks: sides.asks,
    firstId,
    lastId,
    previousId,
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies BookDelta);
}

/**
 * `GET …/depth?symbol&limit` → a snapshot. Spot sends no time.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api/Order-Book
 */
export function depthSnapshot(draft: Draft, body: Wire, symbol: string, limit: number): void {
  noteFields(draft, 'depth', body, SNAPSHOT_FIELDS);
  const lastId = idOf(body['lastUpdateId'], 'lastUpdateId');
  const tsExchange = happenedAt(body);
  const bids = sideOf(body['bids'], 'bids');
  const asks = sideOf(body['asks'], 'asks');
  const sides = readSides(draft, symbol, bids, asks);
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

/**
 * `<symbol>@bookTicker` → the best bid and ask as the venue states them. On spot it has neither `e` nor times. An empty side is written with
 * zeros; then there is no quote.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams/Individual-Symbol-Book-Ticker-Streams
 */
export function bookTicker(draft: Draft, message: Wire): void {
  noteFields(draft, 'bookTicker', message, TICKER_FIELDS);
  const symbol = symbolOf(message['s'], 's');
  const updateId = idOf(message['u'], 'u');
  const tsExchange = happenedAt(message);
  const bid = sideOf([[message['b'], message['B']]], 'bid');
  const ask = sideOf([[message['a'], message['A']]], 'ask');
  const needed = decimalsOfSides(bid, ask);
  if (Number(message['b']) === 0 || Number(message['a']) === 0) return;
  const { listed, value } = onGrid(
    draft,
    symbol,
    (known) => {
      const bidLevel = levelsOf(bid, known);
      const askLevel = levelsOf(ask, known);
      if (bidLevel === undefined || askLevel === undefined) return undefined;
      const [bidTicks = 0, bidLots = 0] = bidLevel;
      const [askTicks = 0, askLots = 0] = askLevel;
      return { bidTicks, bidLots, askTicks, askLots };
    },
    () => needed,
  );
  draft.events.push({
    kind: 'quote',
    instrument: listed.instrument.id,
    updateId,
    ...value,
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies Quote);
}
