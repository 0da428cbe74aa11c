import type { HistoryRow } from '../../model/event.ts';
import type { Instrument } from '../../model/instrument.ts';
import { HOUR, MINUTE, type Micros } from '../../model/units.ts';
import { noteFields } from '../draft.ts';
import { tellHistory } from '../history.ts';
import { listedOf, symbolOf } from '../listed.ts';
import { objectOf, rateOf, stampOf } from '../wire.ts';
import type { Draft } from './draft.ts';

const RATE_FIELDS: ReadonlySet<string> = new Set(
  'symbol,fundingRate,fundingRateTimestamp'.split(','),
);

/** Hours between settlements of a perp: as its ticker has them, which is never old, else as the listings do. Undefined before either is known. */
export const hoursOf = ({ state, hours }: Draft, symbol: string): number | undefined =>
  state.tickers.get(symbol)?.hours ?? hours.get(symbol) ?? state.hours.get(symbol);

/** Tells the interval of a perp as the venue states it. */
export function tellInterval(
  draft: Draft,
  { id, kind }: Instrument,
  hours: number | undefined,
  tsExchange: Micros | null = null,
): void {
  if (kind !== 'perp' || hours === undefined) return;
  draft.events.push({
    kind: 'fundingInterval',
    instrument: id,
    hours,
    basis: 'listed',
    tsExchange,
    tsLocal: draft.tsLocal,
  });
}

/** Hours of a span that is whole hours, at most a day; undefined for any other. */
function wholeHours(span: number): number | undefined {
  const hours = Math.round(span / HOUR);
  return hours >= 1 && hours <= 24 && Math.abs(span - hours * HOUR) <= MINUTE ? hours : undefined;
}

/** The distance of the two latest settlements is the interval where the venue has not stated any: older recordings. */
function observeInterval(draft: Draft, instrument: Instrument, rows: readonly HistoryRow[]): void {
  const [previous, last] = rows.slice(-2);
  if (previous === undefined || last === undefined || instrument.kind !== 'perp') return;
  if (hoursOf(draft, instrument.symbol) !== undefined) return;
  const hours = wholeHours(last.ts - previous.ts);
  if (hours === undefined || draft.tsLocal - last.ts > (hours + 1) * HOUR) return;
  draft.events.push({
    kind: 'fundingInterval',
    instrument: instrument.id,
    hours,
    basis: 'observed',
    tsExchange: last.ts,
    tsLocal: draft.tsLocal,
  });
}

/**
 * `GET /v5/market/funding/history` → settled funding, one page per symbol in it, newest first on the wire.
 *
 * @see https://bybit-exchange.github.io/docs/v5/market/history-fund-rate
 */
export function fundingHistory(draft: Draft, list: readonly unknown[]): void {
  const pages = new Map<string, HistoryRow[]>();
  for (const row of list) {
    const paid = objectOf(row, 'funding');
    noteFields(draft, 'funding', paid, RATE_FIELDS);
    const symbol = symbolOf(paid['symbol'], 'symbol');
    const ts = stampOf(paid['fundingRateTimestamp'], 'fundingRateTimestamp');
    const page = pages.get(symbol) ?? [];
    page.push({ ts, value: rateOf(paid['fundingRate'], 'fundingRate') });
    pages.set(symbol, page);
  }
  for (const [symbol, page] of pages) {
    const { instrument } = listedOf(draft, symbol);
    observeInterval(draft, instrument, tellHistory(draft, instrument, 'fundingSettled', page));
  }
}
