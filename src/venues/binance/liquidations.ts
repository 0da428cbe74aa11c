import type { Liquidation } from '../../model/event.ts';
import { noteFields } from '../draft.ts';
import { inCoins, listedOf, pricePerCoin, symbolOf } from '../listed.ts';
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
  const averagePrice = priceOf(order['ap'], 'ap');
  const listed = listedOf(draft, symbol);
  const price = pricePerCoin(averagePrice, listed);
  const coins = inCoins(size, listed, price);
  if (coins === undefined) return;
  draft.events.push({
    kind: 'liquidation',
    instrument: listed.instrument.id,
    liquidatedSide: side === 'SELL' ? 'long' : 'short',
    price,
    size: coins,
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies Liquidation);
}

const USDT_MARGINED = 1;
const COIN_MARGINED = 2;
/** `BTCUSD_PERP`, `ETHUSD_260327`. Two dated contracts quoted in BUSD, of 2021, end the same way. */
const COIN_MARGINED_SYMBOL = /USD_(?:PERP|\d{6})$/;
const BUSD_DATED = /^(?:BTC|ETH)BUSD_\d{6}$/;

/**
 * Whether a message belongs to the other futures product, whose sizes count something else: since 2026-06-30 all-market streams carry both on
 * either host (venues.md §2.3). `st` tells (1 = USDT-M, 2 = COIN-M), in the message or, on liquidations, inside the order; where it is missing the
 * symbol does.
 */
export function isForeign(draft: Draft, message: Wire): boolean {
  const { universe } = draft.product;
  if (universe === null) return false;
  const inner = isObject(message['o']) ? message['o'] : message;
  const stated = isAbsent(message['st']) ? inner['st'] : message['st'];
  const foreign = universe === COIN_MARGINED ? USDT_MARGINED : COIN_MARGINED;
  if (!isAbsent(stated)) return idOf(stated, 'st') === foreign;
  const symbol = inner['s'];
  if (typeof symbol !== 'string' || draft.state.listings.has(symbol)) return false;
  const isCoinMargined = COIN_MARGINED_SYMBOL.test(symbol) && !BUSD_DATED.test(symbol);
  return isCoinMargined !== (universe === COIN_MARGINED);
}
