import { closeOf, HOURS_KEPT, type Hourly, hourAt } from '../market/hourly.ts';
import type { InstrumentState } from '../market/state.ts';
import type { Micros } from '../model/units.ts';
import type { AssetSignals } from '../signals/asset-signals.ts';
import { FRAME_VERSION, type SeriesCell, type SeriesLine, type Source } from './frame.ts';

/** What a series line needs to know about the engine it comes from. */
interface Origin {
  readonly options: { readonly source: Source; readonly origin: Source | 'recording' };
  readonly now: Micros;
}

const orNull = (series: Hourly, hour: number): number | null => {
  const value = hourAt(series, hour);
  return Number.isFinite(value) ? value : null;
};

function cellOf(signals: AssetSignals, lead: InstrumentState, hour: number): SeriesCell {
  const { series } = signals;
  const active = orNull(series.active, hour);
  return {
    close: closeOf(hour),
    price: orNull(lead.history.close, hour),
    openInterest: orNull(lead.history.openInterest, hour),
    funding8h: orNull(series.funding8h, hour),
    basis: orNull(series.basis, hour),
    mu: orNull(series.mu, hour),
    d: orNull(series.d, hour),
    quantile: orNull(series.quantile, hour),
    active: active === null ? null : active === 1,
  };
}

const isEmpty = (cell: SeriesCell): boolean =>
  cell.price === null && cell.openInterest === null && cell.funding8h === null;

/** The closed cells of an asset: all that are kept (`whole`), or the one that closed last. Leading cells that hold nothing are left out. */
export function seriesOf(
  engine: Origin,
  signals: AssetSignals,
  lead: InstrumentState,
  what: 'whole' | number,
): SeriesLine {
  const last = what === 'whole' ? signals.series.lastHour : what;
  const first = what === 'whole' ? last - HOURS_KEPT + 2 : what;
  const cells: SeriesCell[] = [];
  for (let hour = first; hour <= last; hour += 1) {
    const cell = cellOf(signals, lead, hour);
    if (cells.length === 0 && what === 'whole' && isEmpty(cell)) continue;
    cells.push(cell);
  }
  return {
    v: FRAME_VERSION,
    type: 'series',
    source: engine.options.source,
    origin: engine.options.origin,
    tsLocal: engine.now,
    asset: signals.asset,
    whole: what === 'whole',
    cells,
  };
}
