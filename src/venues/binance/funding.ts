import type { FundingLimits, HistoryRow } from '../../model/event.ts';
import { MINUTE, type Micros } from '../../model/units.ts';
import { noteFields } from '../draft.ts';
import { tellHistory } from '../history.ts';
import { limitsOf } from '../limits.ts';
import { listedOf, symbolOf } from '../listed.ts';
import { arrayOf, Malformed, objectOf, rateOf, sizeOf, stampOf } from '../wire.ts';
import type { Draft } from './draft.ts';
import { noteSettlements, tellInterval } from './intervals.ts';

const INFO_FIELDS: ReadonlySet<string> = new Set(
  'symbol,adjustedFundingRateCap,adjustedFundingRateFloor,fundingIntervalHours,disclaimer,updateTime'.split(
    ',',
  ),
);
const RATE_FIELDS: ReadonlySet<string> = new Set(
  'symbol,fundingRate,fundingTime,markPrice,rateType'.split(','),
);

/**
 * `GET /fapi/v1/fundingInfo` → the interval of every perp known: the listed one, or 8 h for those that the list leaves out, and cap and floor of those
 * that it holds. One unreadable row rejects the answer, because a symbol missing from the list means something.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api/Get-Funding-Rate-Info
 */
export function fundingInfo(draft: Draft, body: unknown): void {
  const { state } = draft;
  const hoursBySymbol = new Map<string, number>();
  const limitsBySymbol = new Map<string, FundingLimits>();
  for (const row of arrayOf(body, 'fundingInfo')) {
    const info = objectOf(row, 'fundingInfo');
    noteFields(draft, 'fundingInfo', info, INFO_FIELDS);
    const hours = sizeOf(info['fundingIntervalHours'], 'fundingIntervalHours');
    if (hours <= 0 || hours > 24) throw new Malformed('fundingIntervalHours: not an interval');
    const symbol = symbolOf(info['symbol'], 'symbol');
    hoursBySymbol.set(symbol, hours);
    const limits = limitsOf(info, 'adjustedFundingRateCap', 'adjustedFundingRateFloor');
    if (limits !== null) limitsBySymbol.set(symbol, limits);
  }
  for (const { instrument, isAnnounced } of state.listings.values())
    if (isAnnounced) tellInterval(draft, instrument, hoursBySymbol, limitsBySymbol);
  draft.commits.push(() => {
    state.fundingHours = hoursBySymbol;
    state.fundingLimits = limitsBySymbol;
  });
}

/** Settlements happen on the minute and are stamped some ms late; whoever counts by the hour needs the instant itself. */
const settlementOf = (stamp: Micros): Micros => (Math.round(stamp / MINUTE) * MINUTE) as Micros;

/**
 * `GET /fapi/v1/fundingRate` → settled funding, one page per symbol in it, and a check of the interval from the two latest settlements.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api/Get-Funding-Rate-History
 */
export function fundingRate(draft: Draft, body: unknown): void {
  const pages = new Map<string, HistoryRow[]>();
  for (const row of arrayOf(body, 'fundingRate')) {
    const paid = objectOf(row, 'fundingRate');
    noteFields(draft, 'fundingRate', paid, RATE_FIELDS);
    const symbol = symbolOf(paid['symbol'], 'symbol');
    const ts = settlementOf(stampOf(paid['fundingTime'], 'fundingTime'));
    const page = pages.get(symbol) ?? [];
    page.push({ ts, value: rateOf(paid['fundingRate'], 'fundingRate') });
    pages.set(symbol, page);
  }
  for (const [symbol, page] of pages) {
    const { instrument } = listedOf(draft, symbol);
    const rows = tellHistory(draft, instrument, 'fundingSettled', page);
    const [previous, last] = rows.slice(-2);
    if (previous !== undefined && last !== undefined)
      noteSettlements(draft, instrument, previous.ts, last.ts);
  }
}
