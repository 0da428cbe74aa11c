import type { Volume24h } from '../../model/event.ts';
import type { Micros } from '../../model/units.ts';
import { arrayOf, objectOf, sizeOf, stampOf, type Wire } from '../wire.ts';
import { type Draft, noteFields } from './draft.ts';
import { inCoins, listedOf, symbolOf } from './listings.ts';

const TICKER_FIELDS: ReadonlySet<string> = new Set(
  'e,E,s,ps,st,p,P,w,x,c,Q,b,B,a,A,o,h,l,v,q,O,C,F,L,n'.split(','),
);

function tellVolume(
  draft: Draft,
  symbol: string,
  size: number,
  notional: number,
  tsExchange: Micros,
): void {
  const listed = listedOf(draft, symbol);
  draft.events.push({
    kind: 'volume24h',
    instrument: listed.instrument.id,
    size: inCoins(size, listed),
    notional,
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies Volume24h);
}

/**
 * `<symbol>@miniTicker`, `<symbol>@ticker` and the elements of their arrays → rolling 24 h volume: `v` base, `q` quote.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams/Individual-Symbol-Mini-Ticker-Stream
 */
export function ticker24h(draft: Draft, message: Wire): void {
  noteFields(draft, 'ticker', message, TICKER_FIELDS);
  const symbol = symbolOf(message['s'], 's');
  const size = sizeOf(message['v'], 'v');
  const notional = sizeOf(message['q'], 'q');
  tellVolume(draft, symbol, size, notional, stampOf(message['E'], 'E'));
}

/**
 * `GET …/ticker/24hr` → the same, for one symbol or several.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api/24hr-Ticker-Price-Change-Statistics
 */
export function restTicker24h(draft: Draft, body: unknown): void {
  for (const row of Array.isArray(body) ? arrayOf(body, 'ticker') : [body]) {
    const ticker = objectOf(row, 'ticker');
    const symbol = symbolOf(ticker['symbol'], 'symbol');
    const size = sizeOf(ticker['volume'], 'volume');
    const notional = sizeOf(ticker['quoteVolume'], 'quoteVolume');
    tellVolume(draft, symbol, size, notional, stampOf(ticker['closeTime'], 'closeTime'));
  }
}
