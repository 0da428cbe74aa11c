import type { HistoryRow, HistorySeries } from '../../model/event.ts';
import type { Instrument } from '../../model/instrument.ts';
import { HOUR, MINUTE, type Micros } from '../../model/units.ts';
import { noteFields } from '../draft.ts';
import { tellHistory } from '../history.ts';
import { inCoins, inUnits, type Listed, listedOf, pricePerCoin } from '../listed.ts';
import { arrayOf, isAbsent, Malformed, objectOf, priceOf, sizeOf, stampOf } from '../wire.ts';
import type { Draft } from './draft.ts';

const INTEREST_FIELDS: ReadonlySet<string> = new Set(
  'openInterest,singleOpenInterest,timestamp'.split(','),
);

/** Prices of the past kept per inverse contract: 37 days of hours and 8 hours of minutes, with room. */
const PRICES_KEPT = 4000;

/** Remembers what an inverse contract cost, by which its open interest of that time is divided. */
function notePrices(draft: Draft, instrument: Instrument, rows: readonly HistoryRow[]): void {
  if (instrument.sizeUnit !== 'quote' || rows.length === 0) return;
  const { state } = draft;
  const { symbol } = instrument;
  draft.commits.push(() => {
    const prices = state.pastPrices.get(symbol) ?? new Map<Micros, number>();
    state.pastPrices.set(symbol, prices);
    for (const { ts, value } of rows) {
      prices.delete(ts);
      prices.set(ts, value);
    }
    for (const ts of prices.keys()) {
      if (prices.size <= PRICES_KEPT) break;
      prices.delete(ts);
    }
  });
}

/** Base coins of dollars of the past; undefined where nobody knows what a coin cost then. */
function coinsThen(draft: Draft, listed: Listed, size: number, ts: Micros): number | undefined {
  const { sizeUnit, symbol } = listed.instrument;
  if (sizeUnit !== 'quote') return inUnits(size, listed);
  const price = draft.state.pastPrices.get(symbol)?.get(ts);
  return price === undefined ? undefined : inCoins(size, listed, price);
}

/**
 * `GET /v5/market/open-interest` → open interest of one side at the instants of the page, base coin. Rows of before 2026-06-11 count both sides only. Those
 * of inverse contracts are told where the price of that instant is known, so its bars are asked for first.
 *
 * @see https://bybit-exchange.github.io/docs/v5/market/open-interest
 */
export function openInterestHistory(draft: Draft, list: readonly unknown[], symbol: string): void {
  const listed = listedOf(draft, symbol);
  const rows = list.flatMap((row): HistoryRow[] => {
    const wire = objectOf(row, 'openInterest');
    noteFields(draft, 'openInterest', wire, INTEREST_FIELDS);
    const ts = stampOf(wire['timestamp'], 'timestamp');
    const size = isAbsent(wire['singleOpenInterest'])
      ? sizeOf(wire['openInterest'], 'openInterest') / 2
      : sizeOf(wire['singleOpenInterest'], 'singleOpenInterest');
    const value = coinsThen(draft, listed, size, ts);
    return value === undefined ? [] : [{ ts, value }];
  });
  tellHistory(draft, listed.instrument, 'openInterest', rows);
}

/** Kinds of bars that become history, by endpoint and interval. */
const SERIES: Readonly<Record<string, HistorySeries>> = {
  'kline 60': 'bar1h',
  'kline 1': 'bar1m',
  'mark-price-kline 60': 'mark1h',
  'index-price-kline 60': 'index1h',
};

/** The series that an endpoint's bars of an interval belong to; undefined for those nobody keeps. */
export const seriesOf = (endpoint: string, interval: string): HistorySeries | undefined =>
  SERIES[`${endpoint} ${interval}`];

const lengthOf = (series: HistorySeries): number => (series === 'bar1m' ? MINUTE : HOUR);

/** A bar as the wire has it: `[start, open, high, low, close, volume, turnover]`, without the last two for mark and index. */
function barOf(row: unknown, series: HistorySeries, listed: Listed): HistoryRow {
  const cells = arrayOf(row, 'kline');
  const ts = (stampOf(cells[0], 'start') + lengthOf(series)) as Micros;
  const high = priceOf(cells[2], 'high');
  const low = priceOf(cells[3], 'low');
  const close = priceOf(cells[4], 'close');
  if (close > high || close < low) throw new Malformed('close: outside of the bar');
  const value = pricePerCoin(close, listed);
  if (series === 'mark1h' || series === 'index1h') return { ts, value };
  const volume = sizeOf(cells[5], 'volume');
  const turnover = sizeOf(cells[6], 'turnover');
  return {
    ts,
    value,
    high: pricePerCoin(high, listed),
    low: pricePerCoin(low, listed),
    // Inverse contracts count dollars as volume and coins as turnover.
    volume: listed.instrument.sizeUnit === 'quote' ? turnover : inUnits(volume, listed),
  };
}

/**
 * `GET /v5/market/kline`, `mark-price-kline`, `index-price-kline` → bars stamped with their close. The bar that is still open comes first on the wire and is
 * left out.
 *
 * @see https://bybit-exchange.github.io/docs/v5/market/kline
 */
export function klines(
  draft: Draft,
  list: readonly unknown[],
  symbol: string,
  series: HistorySeries,
): void {
  const listed = listedOf(draft, symbol);
  const rows = tellHistory(
    draft,
    listed.instrument,
    series,
    list.map((row) => barOf(row, series, listed)),
  );
  if (series === 'mark1h' || series === 'bar1m') notePrices(draft, listed.instrument, rows);
}
