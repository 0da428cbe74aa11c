import type { Trade } from '../../model/event.ts';
import { fromSteps } from '../../model/grid.ts';
import { decimalsIn, OFF_GRID, stepsIn } from '../decimal.ts';
import { noteEventTime, noteFields, readEach } from '../draft.ts';
import { onGrid, symbolOf } from '../listed.ts';
import {
  arrayOf,
  decimalOf,
  idOf,
  Malformed,
  objectOf,
  priceOf,
  sizeOf,
  stampOf,
  type Wire,
} from '../wire.ts';
import type { Draft, TradeStream } from './draft.ts';
import { isSpot } from './product.ts';

const FIELDS: ReadonlySet<string> = new Set('coin,side,px,sz,time,hash,tid,users'.split(','));

/** A print off the wire, of which everything has been looked at. */
function printOf(draft: Draft, message: Wire) {
  noteFields(draft, 'trade', message, FIELDS);
  const symbol = symbolOf(message['coin'], 'coin');
  const price = decimalOf(message['px'], 'px');
  const size = decimalOf(message['sz'], 'sz');
  priceOf(price, 'px');
  if (sizeOf(size, 'sz') === 0) throw new Malformed('sz: nothing traded');
  const { side } = message;
  if (side !== 'B' && side !== 'A') throw new Malformed('side: not a side');
  return {
    symbol,
    price,
    size,
    aggressor: side === 'B' ? ('buy' as const) : ('sell' as const),
    id: idOf(message['tid'], 'tid'),
    tsExchange: stampOf(message['time'], 'time'),
  };
}

type Print = ReturnType<typeof printOf>;

function tell(draft: Draft, { symbol, price, size, aggressor, id, tsExchange }: Print): void {
  const { listed, value } = onGrid(
    draft,
    symbol,
    ({ priceGrid, sizeGrid }) => {
      const ticks = stepsIn(price, priceGrid);
      const lots = stepsIn(size, sizeGrid);
      if (Number.isNaN(ticks + lots)) throw new Malformed('px, sz: too large');
      return ticks === OFF_GRID || lots === OFF_GRID ? undefined : { ticks, lots };
    },
    () => ({ price: decimalsIn(price), size: decimalsIn(size) }),
  );
  draft.events.push({
    kind: 'trade',
    instrument: listed.instrument.id,
    aggressor,
    price: fromSteps(value.ticks, listed.instrument.priceGrid),
    size: fromSteps(value.lots, listed.instrument.sizeGrid),
    id,
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies Trade);
}

/**
 * `trades` → prints; `side` is the taker's, `B` a buyer. `users` are buyer and seller, in that order; nobody here asks who they are.
 *
 * The first frame of a subscription holds recent history. What in it happened before the subscription is no live flow and is left out; so is what a coin traded while
 * nobody listened.
 *
 * @see https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/websocket/subscriptions
 */
export function trades(draft: Draft, data: unknown): void {
  const { state, tsLocal } = draft;
  const beginnings = new Map<string, TradeStream>();
  readEach(draft, 'trades', arrayOf(data, 'trades'), (element) => {
    const print = printOf(draft, objectOf(element, 'trade'));
    noteEventTime(draft, print.tsExchange);
    const { symbol } = print;
    if (isSpot(symbol)) return;
    const stream = state.trades.get(symbol) ?? {
      since: state.connectedTs ?? tsLocal,
      hasBegun: false,
    };
    if (!stream.hasBegun && print.tsExchange < stream.since + state.clockOffset) {
      // Only what is listed is remembered.
      beginnings.set(symbol, stream);
      return;
    }
    tell(draft, print);
    beginnings.set(symbol, stream);
  });
  draft.commits.push(() => {
    for (const [symbol, stream] of beginnings)
      if (!stream.hasBegun && (state.trades.has(symbol) || state.trades.size < COINS_KEPT))
        state.trades.set(symbol, { ...stream, hasBegun: true });
  });
}

/** Coins whose beginning is remembered; of a venue that invents more, the first frame of the others never ends. */
const COINS_KEPT = 10_000;
