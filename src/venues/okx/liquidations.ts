import type { FeedReported, Liquidation } from '../../model/event.ts';
import { MINUTE } from '../../model/units.ts';
import { noteEventTime, noteFields } from '../draft.ts';
import { inCoins, listedOf, symbolOf } from '../listed.ts';
import {
  arrayOf,
  isAbsent,
  Malformed,
  objectOf,
  priceOf,
  sizeOf,
  stampOf,
  type Wire,
} from '../wire.ts';
import type { Draft, OkxState } from './draft.ts';
import { isOption } from './listings.ts';
import { orderSideOf } from './trades.ts';

const ROW_FIELDS: ReadonlySet<string> = new Set(
  'instType,instId,instFamily,uly,details'.split(','),
);
const DETAIL_FIELDS: ReadonlySet<string> = new Set('side,posSide,bkPx,sz,bkLoss,ccy,ts'.split(','));

export const isLiquidations = (stream: string): boolean => stream.startsWith('liquidation-orders');

/** What was liquidated longer than this before the subscription is history that is sent along with it. */
const HISTORY_AFTER = MINUTE;
/** Liquidations among which a repeated one is recognised. */
const REMEMBERED = 2000;

/** Notes what a feed reports that liquidations are judged by: since when they are subscribed, and how its clock differs from the venue's. */
export function noteReport(state: OkxState, { report, tsLocal }: FeedReported): void {
  if (report.kind === 'subscribed' && report.streams.some(isLiquidations))
    state.liquidationsSince = tsLocal;
  if (report.kind === 'clock') state.clockOffset = report.offset;
}

/** The position that died: `posSide` where it says one, else the other side of the order that closed it (`sell` closes a long). */
function liquidatedSideOf(detail: Wire): Liquidation['liquidatedSide'] {
  const side = orderSideOf(detail['side']);
  const { posSide } = detail;
  if (posSide === 'long' || posSide === 'short') return posSide;
  if (!isAbsent(posSide) && posSide !== 'net') throw new Malformed('posSide: not a position');
  return side === 'sell' ? 'long' : 'short';
}

/**
 * `liquidation-orders` → liquidations of any instrument of a type, not all of them and in no order (venues.md §4.3). The first message may be history:
 * what is older than the subscription by more than a minute is left out, and what was told already.
 *
 * `bkPx` is the price at which the position was bankrupt, about that at which it was taken over; `sz` counts contracts.
 *
 * @see https://www.okx.com/docs-v5/en/#public-data-websocket-liquidation-orders-channel
 */
export function liquidations(draft: Draft, row: Wire): void {
  noteFields(draft, 'liquidation-orders', row, ROW_FIELDS);
  const { state, tsLocal } = draft;
  const symbol = symbolOf(row['instId'], 'instId');
  const since = state.liquidationsSince ?? tsLocal;
  if (state.liquidationsSince === null)
    draft.commits.push(() => {
      state.liquidationsSince ??= tsLocal;
    });
  const oldest = since + state.clockOffset - HISTORY_AFTER;
  for (const value of arrayOf(row['details'], 'details')) {
    const detail = objectOf(value, 'detail');
    noteFields(draft, 'liquidation-orders.details', detail, DETAIL_FIELDS);
    const liquidatedSide = liquidatedSideOf(detail);
    const size = sizeOf(detail['sz'], 'sz');
    const tsExchange = stampOf(detail['ts'], 'ts');
    noteEventTime(draft, tsExchange);
    if (size === 0) continue;
    const price = priceOf(detail['bkPx'], 'bkPx');
    if (tsExchange < oldest || isOption(symbol)) continue;
    const key = [symbol, tsExchange, liquidatedSide, size, price].join(' ');
    if (!isNew(draft, key)) continue;
    const listed = listedOf(draft, symbol);
    const coins = inCoins(size, listed, price);
    if (coins === undefined) continue;
    draft.events.push({
      kind: 'liquidation',
      instrument: listed.instrument.id,
      liquidatedSide,
      price,
      size: coins,
      tsExchange,
      tsLocal,
    } satisfies Liquidation);
  }
}

/** Whether a liquidation was not told before, and from now on is. */
function isNew(draft: Draft, key: string): boolean {
  const told = draft.state.liquidations;
  if (told.has(key) || draft.told.has(key)) return false;
  draft.told.add(key);
  draft.commits.push(() => {
    told.add(key);
    if (told.size <= REMEMBERED) return;
    const [oldest] = told;
    told.delete(oldest!);
  });
  return true;
}
