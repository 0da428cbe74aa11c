import type { Trade } from '../../model/event.ts';
import { noteEventTime, noteFields, readEach } from '../draft.ts';
import { symbolOf } from '../listed.ts';
import { filledIn } from '../prints.ts';
import {
  arrayOf,
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
  // Of history, too: what cannot be read was sent by nobody whom to believe.
  priceOf(message['px'], 'px');
  sizeOf(message['sz'], 'sz');
  const { side } = message;
  if (side !== 'B' && side !== 'A') throw new Malformed('side: not a side');
  return {
    message,
    symbol,
    aggressor: side === 'B' ? ('buy' as const) : ('sell' as const),
    id: idOf(message['tid'], 'tid'),
    tsExchange: stampOf(message['time'], 'time'),
  };
}

type Print = ReturnType<typeof printOf>;

function tell(draft: Draft, { message, symbol, aggressor, id, tsExchange }: Print): void {
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
