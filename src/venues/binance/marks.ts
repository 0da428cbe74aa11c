import type { Micros } from '../../model/units.ts';
import { noteFields } from '../draft.ts';
import { type Listed, listedOf, pricePerCoin, symbolOf } from '../listed.ts';
import { arrayOf, isAbsent, objectOf, priceOf, rateOf, stampOf, type Wire } from '../wire.ts';
import type { Draft } from './draft.ts';
import { noteNextFunding } from './intervals.ts';
import { noteMark } from './inverse.ts';

const MARK_FIELDS: ReadonlySet<string> = new Set('e,E,s,p,ap,i,P,r,T,st,ps'.split(','));
const PREMIUM_FIELDS: ReadonlySet<string> = new Set(
  'symbol,markPrice,indexPrice,estimatedSettlePrice,lastFundingRate,interestRate,nextFundingTime,time,pair'.split(
    ',',
  ),
);

/** What both `markPrice` and `premiumIndex` say, under the names of either. */
interface Mark {
  readonly symbol: string;
  readonly markPrice: number;
  readonly indexPrice: number | null;
  /** Estimate for the settlement at `nextTs`; null for contracts that pay no funding. */
  readonly funding: { readonly rate: number; readonly nextTs: Micros } | null;
  readonly eventTs: Micros;
}

/** Dated contracts send `""` or `0.00000000` as rate, and `0` as time: no time, no funding. */
function fundingOf(message: Wire, rate: string, next: string): Mark['funding'] {
  if (isAbsent(message[rate]) || isAbsent(message[next]) || message[next] === 0) return null;
  return { rate: rateOf(message[rate], rate), nextTs: stampOf(message[next], next) };
}

function tellMark(draft: Draft, listed: Listed, mark: Mark): void {
  const { instrument } = listed;
  if (draft.product.isInverse)
    noteMark(draft, listed, pricePerCoin(mark.markPrice, listed), mark.indexPrice !== null);
  const stamped = { instrument: instrument.id, tsExchange: mark.eventTs, tsLocal: draft.tsLocal };
  draft.events.push({
    kind: 'markPrice',
    ...stamped,
    markPrice: pricePerCoin(mark.markPrice, listed),
    indexPrice: mark.indexPrice === null ? null : pricePerCoin(mark.indexPrice, listed),
  });
  if (mark.funding === null) return;
  draft.events.push({
    kind: 'fundingPredicted',
    ...stamped,
    fundingRate: mark.funding.rate,
    nextFundingTs: mark.funding.nextTs,
  });
}

/**
 * `<symbol>@markPrice@1s` and each element of `!markPrice@arr@1s` → mark and index price, and the running funding estimate.
 *
 * `r` is the estimate for the settlement at `T`; when `T` jumps, the rate just paid is the last estimate before and nothing here states it:
 * `fundingRate` does, some seconds later. `P` (estimated settlement price) and `ap` (moving average) are not used.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams/Mark-Price-Stream
 */
export function markPriceUpdate(draft: Draft, message: Wire): void {
  noteFields(draft, 'markPriceUpdate', message, MARK_FIELDS);
  const mark: Mark = {
    symbol: symbolOf(message['s'], 's'),
    markPrice: priceOf(message['p'], 'p'),
    indexPrice: isAbsent(message['i']) ? null : priceOf(message['i'], 'i'),
    funding: fundingOf(message, 'r', 'T'),
    eventTs: stampOf(message['E'], 'E'),
  };
  const listed = listedOf(draft, mark.symbol);
  if (mark.funding !== null)
    noteNextFunding(draft, listed.instrument, mark.eventTs, mark.funding.nextTs);
  tellMark(draft, listed, mark);
}

/**
 * `GET /fapi/v1/premiumIndex` → the same for one symbol or all. `lastFundingRate` is, in spite of its name, the running estimate
 * (venues.md §1.5).
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api/Mark-Price
 */
export function premiumIndex(draft: Draft, body: unknown): void {
  for (const row of Array.isArray(body) ? arrayOf(body, 'premiumIndex') : [body]) {
    const message = objectOf(row, 'premiumIndex');
    noteFields(draft, 'premiumIndex', message, PREMIUM_FIELDS);
    const mark: Mark = {
      symbol: symbolOf(message['symbol'], 'symbol'),
      markPrice: priceOf(message['markPrice'], 'markPrice'),
      indexPrice: isAbsent(message['indexPrice'])
        ? null
        : priceOf(message['indexPrice'], 'indexPrice'),
      funding: fundingOf(message, 'lastFundingRate', 'nextFundingTime'),
      eventTs: stampOf(message['time'], 'time'),
    };
    tellMark(draft, listedOf(draft, mark.symbol), mark);
  }
}
