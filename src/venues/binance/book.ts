import type { BookDelta, BookSnapshot, Levels, Quote } from '../../model/event.ts';
import type { Grid } from '../../model/grid.ts';
import type { Micros } from '../../model/units.ts';
import { decimalsIn, OFF_GRID, stepsIn } from '../decimal.ts';
import { arrayOf, decimalOf, idOf, isAbsent, Malformed, stampOf, type Wire } from '../wire.ts';
import { type Draft, noteFields } from './draft.ts';
import { type Decimals, onGrid, symbolOf } from './listings.ts';

/** Levels per side of the deepest book that Binance hands out, with room to spare. */
const LEVELS_AT_MOST = 20_000;

const DEPTH_FIELDS: ReadonlySet<string> = new Set('e,E,T,s,ps,st,U,u,pu,b,a'.split(','));
const SNAPSHOT_FIELDS: ReadonlySet<string> = new Set('lastUpdateId,E,T,bids,asks'.split(','));
const TICKER_FIELDS: ReadonlySet<string> = new Set('e,u,E,T,s,ps,st,b,B,a,A'.split(','));

/** A level as the wire writes it: price, size, and whatever older formats append. */
function rowOf(row: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(row) || row.length < 2) throw new Malformed(`${name}: not a level`);
  return row;
}

/** Steps of a number on the wire, nearly always text already. */
const stepsOf = (value: unknown, grid: Grid, name: string): number =>
  stepsIn(typeof value === 'string' ? value : decimalOf(value, name), grid);

function ticksOf(value: unknown, grid: Grid, name: string): number {
  const ticks = stepsOf(value, grid, name);
  if (Number.isNaN(ticks) || ticks === 0) throw new Malformed(`${name}: not a price`);
  return ticks;
}

function lotsOf(value: unknown, grid: Grid, name: string): number {
  const lots = stepsOf(value, grid, name);
  if (Number.isNaN(lots)) throw new Malformed(`${name}: not a size`);
  return lots;
}

/** Rows of one side, of which nothing but their number has been looked at. */
interface Side {
  readonly rows: readonly unknown[];
  readonly name: string;
}

function sideOf(value: unknown, name: string): Side {
  const rows = arrayOf(value, name);
  if (rows.length > LEVELS_AT_MOST) throw new Malformed(`${name}: too many levels`);
  return { rows, name };
}

/** One side in steps; undefined when a level lies off the grids: then nothing is said of those behind it. */
function levelsOf({ rows, name }: Side, priceGrid: Grid, sizeGrid: Grid): Levels | undefined {
  const levels = new Float64Array(2 * rows.length);
  let at = 0;
  for (const row of rows) {
    const level = rowOf(row, name);
    const ticks = ticksOf(level[0], priceGrid, name);
    const lots = lotsOf(level[1], sizeGrid, name);
    if (ticks === OFF_GRID || lots === OFF_GRID) return undefined;
    levels[at] = ticks;
    levels[at + 1] = lots;
    at += 2;
  }
  return levels;
}

/** Decimals that every level of some sides needs; all of them have to be numbers. */
function decimalsOfSides(...sides: readonly Side[]): Decimals {
  let price = 0;
  let size = 0;
  for (const { rows, name } of sides)
    for (const row of rows) {
      const level = rowOf(row, name);
      price = Math.max(price, decimalsIn(decimalOf(level[0], name)));
      size = Math.max(size, decimalsIn(decimalOf(level[1], name)));
    }
  return { price, size };
}

/** Both sides in steps of their listing, which is inferred or refined where it has to be. */
function readSides(draft: Draft, symbol: string, bids: Side, asks: Side) {
  const { listed, value } = onGrid(
    draft,
    symbol,
    ({ priceGrid, sizeGrid }) => {
      const bidLevels = levelsOf(bids, priceGrid, sizeGrid);
      const askLevels = bidLevels && levelsOf(asks, priceGrid, sizeGrid);
      return askLevels && { bids: bidLevels, asks: askLevels };
    },
    () => decimalsOfSides(bids, asks),
  );
  return { instrument: listed.instrument.id, ...value };
}

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
  draft.events.push({
    kind: 'bookDelta',
    ...readSides(draft, symbol, bids, asks),
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
  draft.events.push({
    kind: 'bookSnapshot',
    ...readSides(draft, symbol, bids, asks),
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
    ({ priceGrid, sizeGrid }) => {
      const bidLevel = levelsOf(bid, priceGrid, sizeGrid);
      const askLevel = levelsOf(ask, priceGrid, sizeGrid);
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
