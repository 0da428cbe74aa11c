import type { Trade } from '../../model/event.ts';
import { fromSteps } from '../../model/grid.ts';
import { decimalsIn, OFF_GRID, stepsIn } from '../decimal.ts';
import { noteEventTime, noteFields } from '../draft.ts';
import { inCoins, onGrid } from '../listed.ts';
import {
  decimalOf,
  idOf,
  isAbsent,
  Malformed,
  priceOf,
  sizeOf,
  stampOf,
  textOf,
  type Wire,
} from '../wire.ts';
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
 * (venues.md §1.3). Both go through the grids, so that a print and the level it took are the very same number. Prints in contracts whose value nobody
 * has told are not told either.
 *
 * @see https://www.okx.com/docs-v5/en/#order-book-trading-market-data-ws-trades-channel
 */
export function trade(draft: Draft, message: Wire, symbol: string): void {
  noteFields(draft, 'trades', message, TRADE_FIELDS);
  const px = decimalOf(message['px'], 'px');
  const sz = decimalOf(message['sz'], 'sz');
  priceOf(px, 'px');
  if (sizeOf(sz, 'sz') === 0) throw new Malformed('sz: nothing traded');
  const aggressor = orderSideOf(message['side']);
  const id = isAbsent(message['tradeId']) ? null : idOf(message['tradeId'], 'tradeId');
  const tsExchange = stampOf(message['ts'], 'ts');
  noteEventTime(draft, tsExchange);
  const { listed, value } = onGrid(
    draft,
    symbol,
    ({ priceGrid, sizeGrid }) => {
      const ticks = stepsIn(px, priceGrid);
      const lots = stepsIn(sz, sizeGrid);
      if (Number.isNaN(ticks + lots)) throw new Malformed('px, sz: too large');
      return ticks === OFF_GRID || lots === OFF_GRID ? undefined : { ticks, lots };
    },
    () => ({ price: decimalsIn(px), size: decimalsIn(sz) }),
  );
  const { instrument } = listed;
  const price = fromSteps(value.ticks, instrument.priceGrid);
  const size = inCoins(fromSteps(value.lots, listed.sizeGrid), listed, price);
  if (size === undefined) return;
  draft.events.push({
    kind: 'trade',
    instrument: instrument.id,
    aggressor,
    price,
    // On the grid to the last digit where the grid counts coins.
    size: instrument.sizeUnit === 'base' ? fromSteps(value.lots, instrument.sizeGrid) : size,
    id,
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies Trade);
}
