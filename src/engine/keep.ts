import { instrumentFeatures } from '../features/index.ts';
import { feedSilence } from '../market/feed-state.ts';
import { hourOf } from '../market/hourly.ts';
import { keptCell, keptHours, keptMinutes } from '../market/recall.ts';
import type { InstrumentState } from '../market/state.ts';
import type { HistoryPage, HistorySeries, Liquidation } from '../model/event.ts';
import { hasHistory, type Instrument } from '../model/instrument.ts';
import type { Kept, KeptCell, KeptHourly, KeptSignals, KeptState } from '../model/kept.ts';
import { DAY, HOUR, MINUTE, type Micros, SECOND } from '../model/units.ts';
import type { DriftCell } from '../signals/asset-drift.ts';
import type { Held } from '../signals/hold.ts';
import type { AssetState, EngineState } from './engine-state.ts';

/** Takes what is to outlive the run. */
export type Keep = (kept: Kept) => void;

export function keepListing(instrument: Instrument, keep: Keep): void {
  const { id, feed, venue, asset, kind: product, symbol } = instrument;
  keep({ kind: 'listing', instrument: id, feed, venue, asset, product, symbol });
}

/** Hourly series that the rows of a page go into. */
const HOURLY_OF: Readonly<Record<HistorySeries, readonly KeptHourly[]>> = {
  fundingSettled: ['fundingSettled'],
  openInterest: ['openInterest'],
  bar1h: ['close', 'high', 'low', 'buyShare', 'volume'],
  bar1m: [],
  mark1h: ['mark'],
  index1h: ['index'],
};

/** A page of history has been taken in: its cells and minutes as they read now. */
export function keepPage(
  state: InstrumentState,
  { series, rows, tsLocal }: HistoryPage,
  keep: Keep,
): void {
  const first = rows[0]?.ts;
  const last = rows.at(-1)?.ts;
  if (first === undefined || last === undefined) return;
  for (const hourly of HOURLY_OF[series]) {
    const hours = keptHours(state, hourly, hourOf(first), hourOf(last));
    if (hours !== undefined) keep(hours);
  }
  const trail =
    series === 'openInterest' ? series : series === 'bar1h' || series === 'bar1m' ? 'price' : null;
  const minutes = trail && keptMinutes(state, trail, first - 1, last, tsLocal);
  if (minutes) keep(minutes);
}

export function keepLiquidation({ asset }: Instrument, event: Liquidation, keep: Keep): void {
  const { instrument, liquidatedSide: side, price, size, tsExchange, tsLocal } = event;
  keep({
    kind: 'liquidations',
    asset,
    prints: [{ instrument, side, price, size, tsExchange, tsLocal }],
  });
}

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** A cell as it has just been committed. */
export function keepCommitted(
  asset: AssetState,
  lead: InstrumentState,
  cell: DriftCell,
  keep: Keep,
): void {
  const { hour, inputs, gate } = cell;
  const numbers: KeptCell['numbers'] = {
    openInterest: orNull(inputs.openInterest),
    funding8h: orNull(inputs.funding8h),
    basis: orNull(inputs.basis),
    oiChange: orNull(cell.oiChange),
    zFunding: orNull(cell.zFunding),
    zOiChange: orNull(cell.zOiChange),
    zBasis: orNull(cell.zBasis),
    mu1: orNull(cell.mu1),
    mu2: orNull(cell.mu2),
    mu3: orNull(cell.mu3),
    mu: orNull(cell.mu),
    d: orNull(cell.d),
    quantile: gate.state === 'judged' ? orNull(gate.quantile) : null,
  };
  const active = gate.state === 'judged' && Number.isFinite(cell.d) ? gate.active : null;
  const instrument = lead.instrument.id;
  keep({ kind: 'cell', asset: asset.asset, instrument, hour, numbers, active });
}

const stateOf = <T>({ announced, since }: Held<T>): KeptState<T> | null =>
  announced === null || since === null ? null : { state: announced, since };

/** What has been announced about an asset. */
export function keptSignals(
  { asset, signals, settling, nearCap }: AssetState,
  at: Micros,
): KeptSignals {
  return {
    kind: 'signals',
    asset,
    at,
    gate: stateOf(signals.gate),
    wasOpenInCell: signals.wasOpenInCell,
    reach: Number.isFinite(signals.reach.low) ? { ...signals.reach } : null,
    regime: stateOf(signals.regime),
    cascade: stateOf(signals.cascade),
    settling: [...settling.keys()],
    nearCap: [...nearCap],
  };
}

/** Listening is told by the minute, so a span goes on where not more than two are missing. */
const SPAN_GOES_ON = 2 * MINUTE;
/** How long it is remembered when a feed was listened to. */
const HEARD_KEPT = 7 * DAY;

/** Notes which feeds of an asset are being listened to, and keeps it. */
function noteHearing(engine: EngineState, asset: AssetState, now: Micros, keep: Keep): void {
  for (const { instrument } of asset.listed) {
    const feed = engine.market.feeds.get(instrument.feed);
    if (feed === undefined || feed.cadence.count === 0) continue;
    if (feedSilence(feed, now, engine.options.settings) !== null) continue;
    const spans = asset.heard.get(feed.feed) ?? [];
    asset.heard.set(feed.feed, spans);
    let last = spans.at(-1);
    if (last?.[1] === now) continue;
    if (last === undefined || now - last[1] > SPAN_GOES_ON) {
      last = [now, now];
      spans.push(last);
    } else last[1] = now;
    while (spans[0]![1] < now - HEARD_KEPT) spans.shift();
    keep({ kind: 'hearing', feed: feed.feed, asset: asset.asset, spans: [[last[0], last[1]]] });
  }
}

/** What the trails and the features of a listing have noted since. */
function keepRows(
  engine: EngineState,
  state: InstrumentState,
  after: number,
  now: Micros,
  keep: Keep,
): void {
  for (const series of ['openInterest', 'price'] as const) {
    const minutes = keptMinutes(state, series, after, now, now);
    if (minutes !== undefined) keep(minutes);
  }
  const { id } = state.instrument;
  const memories = engine.features.get(id)!;
  for (const { name, keep: keptOf } of instrumentFeatures) {
    if (keptOf === undefined || !(name in memories)) continue;
    const rows = keptOf(memories[name], after);
    if (rows !== undefined) keep({ kind: 'minutes', instrument: id, ...rows });
  }
}

/** What is announced is kept with its announcement, and where price has been meanwhile this often. */
const SIGNALS_EVERY = 5 * SECOND;

/** A whole second has passed: what has been noted since the one before; every few what was announced, by the minute what is listened to, by the hour the cell. */
export function keepTick(engine: EngineState, now: Micros, keep: Keep): void {
  const after = engine.keptUntil ?? now - SECOND;
  engine.keptUntil = now;
  for (const asset of engine.assets.values()) {
    for (const state of asset.listed) {
      if (!hasHistory(state.instrument)) continue;
      keepRows(engine, state, after, now, keep);
      if (now % HOUR === 0) for (const hours of keptCell(state, now / HOUR)) keep(hours);
    }
    if (now % SIGNALS_EVERY === 0) keep(keptSignals(asset, now));
    if (now % MINUTE === 0) noteHearing(engine, asset, now, keep);
  }
}
