import type { Trade } from '../../model/event.ts';
import { noteEventTime, noteFields } from '../draft.ts';
import { filledIn } from '../prints.ts';
import { idOf, isAbsent, Malformed, stampOf, textOf, type Wire } from '../wire.ts';
import type { Draft } from './draft.ts';

const TRADE_FIELDS: ReadonlySet<string> = new Set(
  'instId,tradeId,px,sz,side,ts,count,source,seqId'.split(','),
);

/** The side of an order: `buy` or `sell`. */
export function orderSideOf(value: unknown): 'buy' | 'sell' {
  const side = textOf(value, 'side');
  if (side !== 'buy' && side !== 'sell') throw new Malformed('side: not a side');
  return side;
}

/**
 * `trades` → what one taker order filled at one price, `trades-all` → one fill. `side` is the taker's; `sz` counts contracts, on spot coins
 * (venues.md §1.3). Prints in contracts whose value nobody
 * has told are not told either.
 *
 * @see https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-trades-channel
 */
export function trade(draft: Draft, message: Wire, symbol: string): void {
  noteFields(draft, 'trades', message, TRADE_FIELDS);
  const aggressor = orderSideOf(message['side']);
  const id = isAbsent(message['tradeId']) ? null : idOf(message['tradeId'], 'tradeId');
  const tsExchange = stampOf(message['ts'], 'ts');
  noteEventTime(draft, tsExchange);
  const { instrument, price, size } = filledIn(draft, symbol, message, 'px', 'sz');
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
