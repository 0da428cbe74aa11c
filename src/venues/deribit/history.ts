import type { HistoryRow, HistorySeries } from '../../model/event.ts';
import { HOUR, MINUTE, type Micros } from '../../model/units.ts';
import { noteUnfamiliar } from '../draft.ts';
import { tellHistory } from '../history.ts';
import { listedOf, pricePerCoin } from '../listed.ts';
import { arrayOf, Malformed, objectOf, priceOf, shown, sizeOf, stampOf } from '../wire.ts';
import type { Draft } from './draft.ts';

/** Bars by their resolution in minutes. */
const SERIES: ReadonlyMap<string, { readonly series: HistorySeries; readonly length: Micros }> =
  new Map([
    ['60', { series: 'bar1h', length: HOUR }],
    ['1', { series: 'bar1m', length: MINUTE }],
  ]);

/** Columns of one length: a bar is what stands at one place in all of them. */
function columnsOf(result: Readonly<Record<string, unknown>>, ...names: readonly string[]) {
  const columns = names.map((name) => arrayOf(result[name], name));
  const [first = []] = columns;
  for (const [index, column] of columns.entries())
    if (column.length !== first.length) throw new Malformed(`${names[index]}: of another length`);
  return columns;
}

/**
 * `get_tradingview_chart_data` → bars stamped with their close; `ticks` are their openings, `volume` counts coins on every contract. How much of it was bought is not
 * said. A bar without a trade repeats the close before.
 *
 * @see https://docs.deribit.com/api-reference/market-data/public-get_tradingview_chart_data
 */
export function chart(draft: Draft, value: unknown, symbol: string, resolution: string): void {
  const result = objectOf(value, 'chart');
  const kind = SERIES.get(resolution);
  if (kind === undefined) {
    noteUnfamiliar(draft, `resolution ${shown(resolution)}`);
    return;
  }
  if (result['status'] === 'no_data') return;
  const [ticks, highs, lows, closes, volumes] = columnsOf(
    result,
    'ticks',
    'high',
    'low',
    'close',
    'volume',
  );
  const listed = listedOf(draft, symbol);
  const rows = ticks!.map((tick, index): HistoryRow => {
    const high = priceOf(highs![index], 'high');
    const low = priceOf(lows![index], 'low');
    const close = priceOf(closes![index], 'close');
    if (close > high || close < low) throw new Malformed('close: outside of the bar');
    return {
      ts: (stampOf(tick, 'ticks') + kind.length) as Micros,
      value: pricePerCoin(close, listed),
      high: pricePerCoin(high, listed),
      low: pricePerCoin(low, listed),
      volume: sizeOf(volumes![index], 'volume') * listed.coins,
    };
  });
  tellHistory(draft, listed.instrument, kind.series, rows);
}
