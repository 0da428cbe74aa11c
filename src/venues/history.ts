import type { HistoryRow, HistorySeries } from '../model/event.ts';
import type { Instrument } from '../model/instrument.ts';
import type { Draft } from './draft.ts';

/**
 * Sends a page of the past out: ascending, one row per instant, nothing from after we received it.
 *
 * @returns the rows sent; an empty page is not sent.
 */
export function tellHistory(
  draft: Draft,
  instrument: Instrument,
  series: HistorySeries,
  page: readonly HistoryRow[],
): readonly HistoryRow[] {
  const rows = page
    .filter((row) => row.ts <= draft.tsLocal)
    .sort((a, b) => a.ts - b.ts)
    .filter((row, index, sorted) => row.ts !== sorted[index + 1]?.ts);
  const last = rows.at(-1);
  if (last !== undefined)
    draft.events.push({
      kind: 'historyPage',
      instrument: instrument.id,
      series,
      rows,
      tsExchange: last.ts,
      tsLocal: draft.tsLocal,
    });
  return rows;
}
