import type { InstrumentState } from '../market/state.ts';
import type { Fact } from '../model/definition.ts';
import type { Micros } from '../model/units.ts';

/** When each kind of fact was last heard of a listing; what never was is missing. */
export type Heard = Readonly<Partial<Record<Fact, Micros>>>;

/** Reads it off a listing. */
export function heardOf(state: InstrumentState): Heard {
  const { cadences, book, lastTrade, mark, index, predicted, settled, openInterest, volume24h } =
    state;
  const heard: Partial<Record<Fact, Micros>> = {};
  const bookTs = Math.max(cadences.book.lastTs, book.tsLocal ?? 0);
  if (bookTs > 0) heard.book = bookTs as Micros;
  if (lastTrade !== null) heard.trades = lastTrade.tsLocal;
  if (mark !== null) heard.mark = mark.tsLocal;
  // The index comes with the mark or by itself.
  const indexTs = Math.max(
    mark !== null && mark.indexPrice !== null ? mark.tsLocal : 0,
    index?.tsLocal ?? 0,
  );
  if (indexTs > 0) heard.index = indexTs as Micros;
  if (predicted !== null) heard.predicted = predicted.tsLocal;
  // A settlement is known by the venue's own time.
  if (settled !== null) heard.settled = settled.tsExchange;
  if (openInterest !== null) heard.openInterest = openInterest.tsLocal;
  if (volume24h !== null) heard.volume24h = cadences.volume24h.lastTs as Micros;
  return heard;
}
