import type { Liquidation } from '../../model/event.ts';
import { noteFields } from '../draft.ts';
import { inUnits, listedOf, pricePerCoin, symbolOf } from '../listed.ts';
import {
  idOf,
  isAbsent,
  isObject,
  Malformed,
  objectOf,
  priceOf,
  sizeOf,
  stampOf,
  type Wire,
} from '../wire.ts';
import type { Draft } from './draft.ts';

const FORCE_ORDER_FIELDS: ReadonlySet<string> = new Set('e,E,o,st,ps'.split(','));
const ORDER_FIELDS: ReadonlySet<string> = new Set('s,S,o,f,q,p,ap,X,l,z,T,st,ps'.split(','));

/**
 * `<symbol>@forceOrder` and `!forceOrder@arr` → one liquidation.
 *
 * `S` is the side of the liquidation ORDER: `SELL` closes a long. `ap` is the average fill and `z` what was filled; `p` is only the bankruptcy
 * price that the order was sent with and `q` its original size. At most one order per symbol and second is published: a sample
 * (venues.md §2.4).
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams/Liquidation-Order-Streams
 */
export function forceOrder(draft: Draft, message: Wire): void {
  noteFields(draft, 'forceOrder', message, FORCE_ORDER_FIELDS);
  const order = objectOf(message['o'], 'o');
  noteFields(draft, 'forceOrder.o', order, ORDER_FIELDS);
  const symbol = symbolOf(order['s'], 's');
  const side = order['S'];
  if (side !== 'SELL' && side !== 'BUY') throw new Malformed('S: not a side');
  const size = sizeOf(order['z'], 'z');
  const tsExchange = stampOf(order['T'], 'T');
  // An order that has not been filled has liquidated nobody yet.
  if (size === 0) return;
  const price = priceOf(order['ap'], 'ap');
  const listed = listedOf(draft, symbol);
  draft.events.push({
    kind: 'liquidation',
    instrument: listed.instrument.id,
    liquidatedSide: side === 'SELL' ? 'long' : 'short',
    price: pricePerCoin(price, listed),
    size: inUnits(size, listed),
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies Liquidation);
}

const COIN_MARGINED = 2;
/** `BTCUSD_PERP`, `ETHUSD_260327`. Two dated contracts quoted in BUSD, of 2021, end the same way. */
const COIN_MARGINED_SYMBOL = /USD_(?:PERP|\d{6})$/;
const BUSD_DATED = /^(?:BTC|ETH)BUSD_\d{6}$/;

/**
 * Whether an element of an all-market stream belongs to COIN-M, whose sizes are contracts: since 2026-06-30 those streams carry both universes
 * (venues.md §2.3). `st` tells (1 = USDT-M, 2 = COIN-M), in the message or, on liquidations, inside the order; where it is missing the symbol
 * does.
 */
export function isCoinMargined(draft: Draft, message: Wire): boolean {
  const inner = isObject(message['o']) ? message['o'] : message;
  const universe = isAbsent(message['st']) ? inner['st'] : message['st'];
  if (!isAbsent(universe)) return idOf(universe, 'st') === COIN_MARGINED;
  const symbol = inner['s'];
  return (
    typeof symbol === 'string' &&
    COIN_MARGINED_SYMBOL.test(symbol) &&
    !BUSD_DATED.test(symbol) &&
    !draft.state.listings.has(symbol)
  );
}
