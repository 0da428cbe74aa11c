import type { IndexPrice, MarkPrice, OpenInterest, Volume24h } from '../../model/event.ts';
import { noteEventTime, noteFields } from '../draft.ts';
import { inUnits, listedOf, symbolOf } from '../listed.ts';
import { isAbsent, priceOf, sizeOf, stampOf, type Wire } from '../wire.ts';
import type { Draft } from './draft.ts';
import { listingsBehind } from './listings.ts';

const MARK_FIELDS: ReadonlySet<string> = new Set('instType,instId,markPx,ts'.split(','));
const INDEX_FIELDS: ReadonlySet<string> = new Set(
  'instId,idxPx,high24h,low24h,open24h,sodUtc0,sodUtc8,ts'.split(','),
);
const OPEN_INTEREST_FIELDS: ReadonlySet<string> = new Set(
  'instType,instId,oi,oiCcy,oiUsd,ts'.split(','),
);
const TICKER_FIELDS: ReadonlySet<string> = new Set(
  'instType,instId,last,lastSz,askPx,askSz,bidPx,bidSz,open24h,high24h,low24h,volCcy24h,vol24h,sodUtc0,sodUtc8,ts'.split(
    ',',
  ),
);

/**
 * `mark-price` and `GET /api/v5/public/mark-price` → the mark alone.
 *
 * @see https://www.okx.com/docs-v5/en/#public-data-websocket-mark-price-channel
 */
export function markPrice(draft: Draft, message: Wire, symbol: string): void {
  noteFields(draft, 'mark-price', message, MARK_FIELDS);
  const price = priceOf(message['markPx'], 'markPx');
  const tsExchange = stampOf(message['ts'], 'ts');
  noteEventTime(draft, tsExchange);
  draft.events.push({
    kind: 'markPrice',
    instrument: listedOf(draft, symbol).instrument.id,
    markPrice: price,
    indexPrice: null,
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies MarkPrice);
}

/**
 * `index-tickers` and `GET /api/v5/market/index-tickers` → the index of every contract that stands on it; `instId` names the index, `BTC-USDT`.
 *
 * @see https://www.okx.com/docs-v5/en/#public-data-websocket-index-tickers-channel
 */
export function indexTicker(draft: Draft, message: Wire): void {
  noteFields(draft, 'index-tickers', message, INDEX_FIELDS);
  const index = symbolOf(message['instId'], 'instId');
  const indexPrice = priceOf(message['idxPx'], 'idxPx');
  const tsExchange = stampOf(message['ts'], 'ts');
  noteEventTime(draft, tsExchange);
  for (const { instrument } of listingsBehind(draft, index))
    draft.events.push({
      kind: 'indexPrice',
      instrument: instrument.id,
      indexPrice,
      tsExchange,
      tsLocal: draft.tsLocal,
    } satisfies IndexPrice);
}

/**
 * `open-interest` and `GET /api/v5/public/open-interest` → open interest, one side: `oiCcy` base coin, `oi` contracts.
 *
 * @see https://www.okx.com/docs-v5/en/#public-data-websocket-open-interest-channel
 */
export function openInterest(draft: Draft, message: Wire, symbol: string): void {
  noteFields(draft, 'open-interest', message, OPEN_INTEREST_FIELDS);
  const coins = isAbsent(message['oiCcy']) ? null : sizeOf(message['oiCcy'], 'oiCcy');
  const contracts = isAbsent(message['oi']) ? null : sizeOf(message['oi'], 'oi');
  const tsExchange = stampOf(message['ts'], 'ts');
  noteEventTime(draft, tsExchange);
  const listed = listedOf(draft, symbol);
  // Contracts in dollars cannot be turned into coins without a price.
  const counted =
    contracts !== null && listed.instrument.sizeUnit === 'base' ? inUnits(contracts, listed) : null;
  const size = coins ?? counted;
  if (size === null) return;
  draft.events.push({
    kind: 'openInterest',
    instrument: listed.instrument.id,
    size,
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies OpenInterest);
}

/** A price of the day; undefined where there is none, or a zero because nothing was traded. */
function priceIn(value: unknown, name: string): number | undefined {
  return isAbsent(value) || sizeOf(value, name) === 0 ? undefined : priceOf(value, name);
}

/**
 * `tickers` and `GET /api/v5/market/tickers` → 24 h volume. Spot: `vol24h` coins, `volCcy24h` quote currency. Contracts: `vol24h` contracts, `volCcy24h`
 * coins (venues.md §1.3); what they were worth is exact where a contract is so many dollars, and elsewhere the coins at the last price, as OKX does not say.
 *
 * @see https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-tickers-channel
 */
export function ticker(draft: Draft, message: Wire, symbol: string): void {
  noteFields(draft, 'tickers', message, TICKER_FIELDS);
  const count = sizeOf(message['vol24h'], 'vol24h');
  const volume = sizeOf(message['volCcy24h'], 'volCcy24h');
  const last = priceIn(message['last'], 'last');
  const open = priceIn(message['open24h'], 'open24h');
  const tsExchange = stampOf(message['ts'], 'ts');
  noteEventTime(draft, tsExchange);
  const listed = listedOf(draft, symbol);
  const { id, kind, sizeUnit } = listed.instrument;
  const traded =
    kind === 'spot'
      ? { size: count, notional: volume }
      : {
          size: volume,
          notional: sizeUnit === 'quote' ? inUnits(count, listed) : volume * (last ?? 0),
        };
  draft.events.push({
    kind: 'volume24h',
    instrument: id,
    ...traded,
    ...(last !== undefined && { lastPrice: last }),
    ...(open !== undefined && { openPrice: open }),
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies Volume24h);
}
