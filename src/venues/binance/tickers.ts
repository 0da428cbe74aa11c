import type { Volume24h } from '../../model/event.ts';
import type { Micros } from '../../model/units.ts';
import { noteFields } from '../draft.ts';
import { inUnits, type Listed, listedOf, pricePerCoin, symbolOf } from '../listed.ts';
import { arrayOf, isAbsent, objectOf, priceOf, sizeOf, stampOf, type Wire } from '../wire.ts';
import type { Draft } from './draft.ts';
import type { Product } from './product.ts';

const TICKER_FIELDS: ReadonlySet<string> = new Set(
  'e,E,s,ps,st,p,P,w,x,c,Q,b,B,a,A,o,h,l,v,q,O,C,F,L,n'.split(','),
);

/** A price of the day; undefined where there is none, or a zero because nothing was traded. */
function priceIn(value: unknown, name: string): number | undefined {
  return isAbsent(value) || sizeOf(value, name) === 0 ? undefined : priceOf(value, name);
}

interface Ticker {
  readonly symbol: string;
  /** What was traded as the wire sizes it, and what it came to: quote currency, or coins on COIN-M. */
  readonly traded: number;
  readonly worth: number;
  readonly last: number | undefined;
  readonly open: number | undefined;
  readonly tsExchange: Micros;
}

/** Base coin and quote currency; undefined when the value of a contract is not known. */
function sizesOf(
  { isInverse }: Product,
  traded: number,
  worth: number,
  listed: Listed,
): Pick<Volume24h, 'size' | 'notional'> | undefined {
  const units = inUnits(traded, listed);
  if (!isInverse) return { size: units, notional: worth };
  return listed.instrument.sizeUnit === 'contracts' ? undefined : { size: worth, notional: units };
}

function tellVolume(draft: Draft, ticker: Ticker): void {
  const { symbol, traded, worth, last, open, tsExchange } = ticker;
  const listed = listedOf(draft, symbol);
  const sizes = sizesOf(draft.product, traded, worth, listed);
  if (sizes === undefined) return;
  draft.events.push({
    kind: 'volume24h',
    instrument: listed.instrument.id,
    ...sizes,
    ...(last !== undefined && { lastPrice: pricePerCoin(last, listed) }),
    ...(open !== undefined && { openPrice: pricePerCoin(open, listed) }),
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies Volume24h);
}

/**
 * `<symbol>@miniTicker`, `<symbol>@ticker` and the elements of their arrays → rolling 24 h volume: `v` base, `q` quote, or on COIN-M `v`
 * contracts, `q` base; `c` last, `o` first price.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams/Individual-Symbol-Mini-Ticker-Stream
 */
export function ticker24h(draft: Draft, message: Wire): void {
  noteFields(draft, 'ticker', message, TICKER_FIELDS);
  tellVolume(draft, {
    symbol: symbolOf(message['s'], 's'),
    traded: sizeOf(message['v'], 'v'),
    worth: sizeOf(message['q'], 'q'),
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
  const worth = draft.product.isInverse ? 'baseVolume' : 'quoteVolume';
  for (const row of Array.isArray(body) ? arrayOf(body, 'ticker') : [body]) {
    const ticker = objectOf(row, 'ticker');
    tellVolume(draft, {
      symbol: symbolOf(ticker['symbol'], 'symbol'),
      traded: sizeOf(ticker['volume'], 'volume'),
      worth: sizeOf(ticker[worth], worth),
      last: priceIn(ticker['lastPrice'], 'lastPrice'),
      open: priceIn(ticker['openPrice'], 'openPrice'),
      tsExchange: stampOf(ticker['closeTime'], 'closeTime'),
    });
  }
}
