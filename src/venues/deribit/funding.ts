import type { FundingInterval, HistoryRow } from '../../model/event.ts';
import type { Instrument } from '../../model/instrument.ts';
import { HOUR, MINUTE, type Micros, SECOND } from '../../model/units.ts';
import { noteFields } from '../draft.ts';
import { tellHistory } from '../history.ts';
import { type Listed, listedOf, pricePerCoin } from '../listed.ts';
import { arrayOf, isAbsent, objectOf, priceOf, rateOf, stampOf } from '../wire.ts';
import type { Draft } from './draft.ts';

/** Funding flows every millisecond; its rates are expressed per so many hours (venues.md §1.5). */
const HOURS = 8;
const STRETCH = HOURS * HOUR;

const HISTORY_FIELDS: ReadonlySet<string> = new Set(
  'timestamp,index_price,prev_index_price,interest_1h,interest_8h'.split(','),
);
const CHART_FIELDS: ReadonlySet<string> = new Set('timestamp,index_price,interest_8h'.split(','));

/** A perp's rates are all per eight hours. */
export function tellInterval(draft: Draft, instrument: Instrument): void {
  if (instrument.kind !== 'perp') return;
  draft.events.push({
    kind: 'fundingInterval',
    instrument: instrument.id,
    hours: HOURS,
    basis: 'default',
    tsExchange: null,
    tsLocal: draft.tsLocal,
  } satisfies FundingInterval);
}

/** The hour on whose mark a stamp lies, to within `late`; undefined off the mark. */
function hourMark(stamp: Micros, late: number): Micros | undefined {
  const mark = (Math.floor((stamp + SECOND) / HOUR) * HOUR) as Micros;
  return stamp - mark <= late ? mark : undefined;
}

/** What is told as settled are whole stretches of eight hours, one after the other: on an interval of eight hours each counts once. */
const isStretchEnd = (mark: Micros): boolean => mark % STRETCH === 0;

/**
 * `get_funding_rate_history` → what was paid in each stretch of eight hours that ends at 00:00, 08:00 or 16:00 UTC, and the index of every hour.
 *
 * Nothing is ever settled here: `interest_8h` at those instants is the sum of what flowed since the one before. The rows in between overlap it.
 *
 * @see https://docs.deribit.com/api-reference/market-data/public-get_funding_rate_history
 */
export function fundingRateHistory(draft: Draft, result: unknown, symbol: string): void {
  const listed = listedOf(draft, symbol);
  const paid: HistoryRow[] = [];
  const index: HistoryRow[] = [];
  for (const element of arrayOf(result, 'funding')) {
    const row = objectOf(element, 'funding');
    noteFields(draft, 'funding', row, HISTORY_FIELDS);
    const mark = hourMark(stampOf(row['timestamp'], 'timestamp'), MINUTE);
    const value = rateOf(row['interest_8h'], 'interest_8h');
    if (mark === undefined) continue;
    if (isStretchEnd(mark)) paid.push({ ts: mark, value });
    if (!isAbsent(row['index_price'])) {
      const price = priceOf(row['index_price'], 'index_price');
      index.push({ ts: mark, value: pricePerCoin(price, listed) });
    }
  }
  tellHistory(draft, listed.instrument, 'fundingSettled', paid);
  tellHistory(draft, listed.instrument, 'index1h', index);
}

/**
 * `get_funding_chart_data` → the same stretches of the last day, needs no times in its question. Points that do not lie on the hour are passed over.
 *
 * @see https://docs.deribit.com/api-reference/market-data/public-get_funding_chart_data
 */
export function fundingChart(draft: Draft, result: unknown, symbol: string): void {
  const listed = listedOf(draft, symbol);
  const paid: HistoryRow[] = [];
  for (const element of arrayOf(objectOf(result, 'chart')['data'], 'data')) {
    const row = objectOf(element, 'data');
    noteFields(draft, 'fundingChart', row, CHART_FIELDS);
    const mark = hourMark(stampOf(row['timestamp'], 'timestamp'), MINUTE);
    const value = rateOf(row['interest_8h'], 'interest_8h');
    if (mark !== undefined && isStretchEnd(mark)) paid.push({ ts: mark, value });
  }
  tellHistory(draft, listed.instrument, 'fundingSettled', paid);
}

/** A ticker this soon behind the end of a stretch says what was paid in it, to within a thousandth of it. */
const SOON = 10 * SECOND;

/** `funding_8h` of the first ticker behind the end of a stretch is what that stretch has paid. */
export function notePaid(
  draft: Draft,
  { instrument }: Listed,
  funding8h: number,
  tsExchange: Micros,
): void {
  const { settled } = draft.state;
  const mark = hourMark(tsExchange, SOON);
  if (mark === undefined || !isStretchEnd(mark) || tsExchange < mark) return;
  if (settled.get(instrument.symbol) === mark) return;
  const rows = tellHistory(draft, instrument, 'fundingSettled', [{ ts: mark, value: funding8h }]);
  // Where our clock is behind, the instant has not come yet: the next ticker will do.
  if (rows.length > 0) draft.commits.push(() => settled.set(instrument.symbol, mark));
}
