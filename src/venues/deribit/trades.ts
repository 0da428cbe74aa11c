import type { Liquidation, Trade } from '../../model/event.ts';
import { noteFields } from '../draft.ts';
import { symbolOf } from '../listed.ts';
import { filledIn } from '../prints.ts';
import { arrayOf, idOf, isAbsent, Malformed, objectOf, stampOf } from '../wire.ts';
import type { Draft } from './draft.ts';
import { isCombination } from './symbols.ts';

const TRADE_FIELDS: ReadonlySet<string> = new Set(
  (
    'trade_seq,trade_id,timestamp,tick_direction,price,mark_price,index_price,instrument_name,direction,contracts,amount,liquidation,iv,' +
    'block_trade_id,block_trade_leg_count,combo_id,combo_trade_id,block_rfq_id'
  ).split(','),
);

type Aggressor = Trade['aggressor'];

function aggressorOf(direction: unknown): Aggressor {
  if (direction !== 'buy' && direction !== 'sell') throw new Malformed('direction: not a side');
  return direction;
}

/** Who was liquidated in a trade: its taker (`T`), its maker (`M`) or both (`MT`). Who was forced to sell was long (venues.md §1.4). */
function liquidatedIn(
  flag: unknown,
  aggressor: Aggressor,
): readonly Liquidation['liquidatedSide'][] {
  if (isAbsent(flag) || flag === 'none') return [];
  const taker = aggressor === 'sell' ? 'long' : 'short';
  const maker = aggressor === 'sell' ? 'short' : 'long';
  if (flag === 'T') return [taker];
  if (flag === 'M') return [maker];
  if (flag === 'MT') return [taker, maker];
  throw new Malformed('liquidation: unknown flag');
}

/** Trades that were agreed on elsewhere and never met the book. */
const isBlock = (trade: Readonly<Record<string, unknown>>): boolean =>
  !isAbsent(trade['block_trade_id']) || !isAbsent(trade['block_rfq_id']);

/**
 * One trade. `direction` is the taker's side; `amount` counts dollars on inverse contracts, coins otherwise. Both price and amount go through the grids, so
 * that a print and the level it took are the same number.
 */
function trade(draft: Draft, element: unknown): void {
  const message = objectOf(element, 'trade');
  noteFields(draft, 'trade', message, TRADE_FIELDS);
  const symbol = symbolOf(message['instrument_name'], 'instrument_name');
  // The price of a combination may be negative.
  if (isCombination(symbol)) return;
  const aggressor = aggressorOf(message['direction']);
  const id = isAbsent(message['trade_seq']) ? null : idOf(message['trade_seq'], 'trade_seq');
  const tsExchange = stampOf(message['timestamp'], 'timestamp');
  const liquidated = liquidatedIn(message['liquidation'], aggressor);
  if (isBlock(message)) return;
  const { instrument, price, size } = filledIn(draft, symbol, message, 'price', 'amount');
  // An option's price is a share of its coin, and no quote currency: nobody adds that up with others.
  if (instrument.kind === 'option' || size === undefined) return;
  const print = {
    instrument: instrument.id,
    price,
    size,
    tsExchange,
    tsLocal: draft.tsLocal,
  };
  draft.events.push({ kind: 'trade', ...print, aggressor, id } satisfies Trade);
  for (const liquidatedSide of liquidated)
    draft.events.push({ kind: 'liquidation', ...print, liquidatedSide } satisfies Liquidation);
}

/**
 * `trades.{instrument}.{interval}` → the prints of one batch in their order, and the liquidations among them. `trade_seq` counts the trades of the
 * instrument one by one.
 *
 * @see https://docs.deribit.com/subscriptions/trades/tradesinstrument_nameinterval
 */
export function trades(draft: Draft, data: unknown): void {
  for (const element of arrayOf(data, 'trades')) trade(draft, element);
}
