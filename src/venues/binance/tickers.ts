import type { Volume24h } from '../../model/event.ts';
import type { Micros } from '../../model/units.ts';
import { noteFields } from '../draft.ts';
import { inUnits, listedOf, pricePerCoin, symbolOf } from '../listed.ts';
import { arrayOf, isAbsent, objectOf, priceOf, sizeOf, stampOf, type Wire } from '../wire.ts';
import type { Draft } from './draft.ts';

const TICKER_FIELDS: ReadonlySet<string> = new Set(
  'e,E,s,ps,st,p,P,w,x,c,Q,b,B,a,A,o,h,l,v,q,O,C,F,L,n'.split(','),
);

/** A price of the day; undefined where there is none, or a zero because nothing was traded. */
function priceIn(value: unknown, name: string): number | undefined {
  return isAbsent(value) || sizeOf(value, name) === 0 ? undefined : priceOf(value, name);
}

interface Ticker {
  readonly symbol: string;
  readonly size: number;
  readonly notional: number;
  readonly last: number | undefined;
  readonly open: number | undefined;
  readonly tsExchange: Micros;
}

function tellVolume(draft: Draft, ticker: Ticker): void {
  const { symbol, size, notional, last, open, tsExchange } = ticker;
  const listed = listedOf(draft, symbol);
  draft.events.push({
    kind: 'volume24h',
    instrument: listed.instrument.id,
    size: inUnits(size, listed),
    notional,
    ...(last !== undefined && { lastPrice: pricePerCoin(last, listed) }),
    ...(open !== undefined && { openPrice: pricePerCoin(open, listed) }),
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies Volume24h);
}

/**
 * `<symbol>@miniTicker`, `<symbol>@ticker` and the elements of their arrays → rolling 24 h volume: `v` base, `q` quote; `c` last, `o` first price.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams/Individual-Symbol-Mini-Ticker-Stream
 */
export function ticker24h(draft: Draft, message: Wire): void {
  noteFields(draft, 'ticker', message, TICKER_FIELDS);
  tellVolume(draft, {
    symbol: symbolOf(message['s'], 's'),
    size: sizeOf(message['v'], 'v'),
    notional: sizeOf(message['q'], 'q'),
    last: priceIn(message['c'], 'c'),
    open: priceIn(message['o'], 'o'),
    tsExchange: stampOf(message['E'], 'E'),
  });
}

/**
 * `GET …/ticker/24hr` → the same, for one symbol or several.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api/24hr-Ticker-Price-Change-Statistics
 */
export function restTicker24h(draft: Draft, body: unknown): void {
  for (const row of Array.isArray(body) ? arrayOf(body, 'ticker') : [body]) {
    const ticker = objectOf(row, 'ticker');
    tellVolume(draft, {
      symbol: symbolOf(ticker['symbol'], 'symbol'),
      size: sizeOf(ticker['volume'], 'volume'),
      notional: sizeOf(ticker['quoteVolume'], 'quoteVolume'),
      last: priceIn(ticker['lastPrice'], 'lastPrice'),
      open: priceIn(ticker['openPrice'], 'openPrice'),
      tsExchange: stampOf(ticker['closeTime'], 'closeTime'),
    });
  }
}
