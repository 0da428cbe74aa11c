import type { Trade } from '../../model/event.ts';
import { noteFields } from '../draft.ts';
import { symbolOf } from '../listed.ts';
import { filledIn } from '../prints.ts';
import { flagOf, idOf, isAbsent, stampOf, type Wire } from '../wire.ts';
import type { Draft } from './draft.ts';

const AGG_TRADE_FIELDS: ReadonlySet<string> = new Set('e,E,s,a,p,q,nq,f,l,T,m,M,st,ps'.split(','));
const TRADE_FIELDS: ReadonlySet<string> = new Set('e,E,T,s,t,p,q,nq,X,m,M,a,b,st,ps'.split(','));

/**
 * One print. `m` says that the buyer rested in the book, so `true` is a sell aggressor; `p` is the price, `q` the size: coins, or on COIN-M contracts
 * (venues.md §1.3, §1.4). Both go through the grids, so that a print and the level it took are the very same number.
 */
function print(draft: Draft, message: Wire, idField: 'a' | 't'): void {
  const symbol = symbolOf(message['s'], 's');
  const aggressor = flagOf(message['m'], 'm') ? 'sell' : 'buy';
  // The oldest recordings have no number on aggregate trades.
  const id = isAbsent(message[idField]) ? null : idOf(message[idField], idField);
  const tsExchange = stampOf(message['T'], 'T');
  const { instrument, price, size } = filledIn(draft, symbol, message, 'p', 'q');
  if (size === undefined) return;
  draft.events.push({
    kind: 'trade',
    instrument: instrument.id,
    aggressor,
    price,
    size,
    id,
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies Trade);
}

/**
 * `<symbol>@aggTrade` → one print: what one taker order filled at one price. `q` counts everything; `nq` would leave out RPI fills.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams/Aggregate-Trade-Streams
 */
export function aggTrade(draft: Draft, message: Wire): void {
  noteFields(draft, 'aggTrade', message, AGG_TRADE_FIELDS);
  print(draft, message, 'a');
}

/**
 * `<symbol>@trade` → one print per fill. Futures mark with `X` what did not happen between two orders in the book (`INSURANCE_FUND`, `ADL`,
 * `NA`): that is left out.
 *
 * @see https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams#trade-streams
 */
export function trade(draft: Draft, message: Wire): void {
  noteFields(draft, 'trade', message, TRADE_FIELDS);
  const { X: origin } = message;
  if (!isAbsent(origin) && origin !== 'MARKET') return;
  print(draft, message, 't');
}
