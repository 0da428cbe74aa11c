import type { HistoryRow, HistorySeries } from '../../model/event.ts';
import { HOUR, MINUTE, type Micros } from '../../model/units.ts';
import { tellHistory } from '../history.ts';
import { inUnits, type Listed, listedOf } from '../listed.ts';
import { arrayOf, isAbsent, Malformed, priceOf, sizeOf, stampOf } from '../wire.ts';
import type { Draft } from './draft.ts';
import { listingsBehind } from './listings.ts';

/** Kinds of bars that become history, by endpoint (without `history-`) and `bar`. */
const SERIES: Readonly<Record<string, HistorySeries>> = {
  'candles 1H': 'bar1h',
  'candles 1m': 'bar1m',
  'mark-price-candles 1H': 'mark1h',
  'index-candles 1H': 'index1h',
};

/** The series that an endpoint's bars belong to; undefined for those nobody keeps. */
export const seriesOf = (endpoint: string, bar: string): HistorySeries | undefined =>
  SERIES[`${endpoint.replace(/^history-/, '')} ${bar}`];

const lengthOf = (series: HistorySeries): number => (series === 'bar1m' ? MINUTE : HOUR);

/** Only bars that are said to be finished count; those without the mark are judged by their time. */
const isOpen = (confirm: unknown): boolean => confirm === '0' || confirm === 0;

function closeOf(cells: readonly unknown[]): { high: number; low: number; close: number } {
  const high = priceOf(cells[2], 'h');
  const low = priceOf(cells[3], 'l');
  const close = priceOf(cells[4], 'c');
  if (close > high || close < low) throw new Malformed('c: outside of the bar');
  return { high, low, close };
}

/** `["ts","o","h","l","c","vol","volCcy","volCcyQuote","confirm"]`: `vol` counts contracts, on spot coins; `volCcy` coins, on spot quote currency. */
function barOf(cells: readonly unknown[], series: HistorySeries, listed: Listed): HistoryRow {
  const { high, low, close } = closeOf(cells);
  const ts = (stampOf(cells[0], 'ts') + lengthOf(series)) as Micros;
  const volume =
    listed.instrument.kind === 'spot' ? sizeOf(cells[5], 'vol') : sizeOf(cells[6], 'volCcy');
  return { ts, value: close, high, low, volume };
}

/** `["ts","o","h","l","c","confirm"]`. */
function priceBarOf(cells: readonly unknown[], series: HistorySeries): HistoryRow {
  const { close } = closeOf(cells);
  return { ts: (stampOf(cells[0], 'ts') + lengthOf(series)) as Micros, value: close };
}

/**
 * `GET /api/v5/market/candles`, `mark-price-candles`, `index-candles` and their `history-` kin → bars stamped with their close; `ts` is their beginning. An index
 * is asked for by its own name and told of every contract on it.
 *
 * @see https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-candlesticks
 */
export function candles(draft: Draft, body: unknown, name: string, series: HistorySeries): void {
  const rows = arrayOf(body, 'candles').map((row) => arrayOf(row, 'candle'));
  const isTraded = series === 'bar1h' || series === 'bar1m';
  const finished = rows.filter((cells) => !isOpen(isTraded ? cells[8] : cells[5]));
  const all = series === 'index1h' ? listingsBehind(draft, name) : [listedOf(draft, name)];
  for (const listed of all)
    tellHistory(
      draft,
      listed.instrument,
      series,
      finished.map((cells) =>
        isTraded ? barOf(cells, series, listed) : priceBarOf(cells, series),
      ),
    );
}

/**
 * `GET /api/v5/rubik/stat/contracts/open-interest-history` → open interest at the instants of the page: `["ts","oi","oiCcy","oiUsd"]`, contracts, base coin,
 * USD.
 *
 * @see https://www.okx.com/docs-v5/en/#trading-statistics-rest-api-get-contract-open-interest-history
 */
export function openInterestHistory(draft: Draft, body: unknown, symbol: string): void {
  const listed = listedOf(draft, symbol);
  const rows: HistoryRow[] = [];
  for (const row of arrayOf(body, 'open-interest-history')) {
    const cells = arrayOf(row, 'row');
    const ts = stampOf(cells[0], 'ts');
    if (!isAbsent(cells[2])) rows.push({ ts, value: sizeOf(cells[2], 'oiCcy') });
    else if (listed.instrument.sizeUnit === 'base')
      rows.push({ ts, value: inUnits(sizeOf(cells[1], 'oi'), listed) });
  }
  tellHistory(draft, listed.instrument, 'openInterest', rows);
}
