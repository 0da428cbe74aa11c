import {
  HOURLY_SERIES,
  type KeptHourly,
  type KeptHours,
  type KeptMinuteRows,
} from '../model/kept.ts';
import { DAY, HOUR, type Micros } from '../model/units.ts';
import { closeOf, type Hourly, hourAt, setHour, stampAt } from './hourly.ts';
import type { InstrumentState } from './state.ts';
import { entriesBetween, noteTrail, type Trail } from './trail.ts';

/** What is kept by the minute reaches so far back: the trails themselves do. */
const MINUTES_KEPT = DAY + 2 * HOUR;

const TRAILS = { openInterest: 'openInterestTrail', price: 'priceTrail' } as const;
type KeptTrail = keyof typeof TRAILS;

/** The cells `from` to `to` of one series as they are kept; undefined when none of them has a value. */
export function keptHours(
  { instrument, history }: InstrumentState,
  series: KeptHourly,
  from: number,
  to: number,
): KeptHours | undefined {
  const hourly: Hourly = history[series];
  let first = Math.max(from, to - hourly.capacity + 1);
  let last = to;
  while (first <= last && Number.isNaN(hourAt(hourly, first))) first += 1;
  while (last >= first && Number.isNaN(hourAt(hourly, last))) last -= 1;
  if (first > last) return undefined;
  const values: (number | null)[] = [];
  const lags: number[] = [];
  for (let hour = first; hour <= last; hour += 1) {
    const value = hourAt(hourly, hour);
    values.push(Number.isNaN(value) ? null : value);
    lags.push(Number.isNaN(value) ? 0 : closeOf(hour) - stampAt(hourly, hour));
  }
  return {
    kind: 'hours',
    instrument: instrument.id,
    series,
    from: first,
    values,
    ...(lags.some((lag) => lag !== 0) && { lags }),
  };
}

/** All series of one closed cell. */
export function keptCell(state: InstrumentState, hour: number): KeptHours[] {
  const kept: KeptHours[] = [];
  for (const series of HOURLY_SERIES) {
    const hours = keptHours(state, series, hour, hour);
    if (hours !== undefined) kept.push(hours);
  }
  return kept;
}

/** What a trail noted after `after` and until `until`, as it is kept at `now`; undefined when that is nothing. */
export function keptMinutes(
  { instrument, history }: InstrumentState,
  series: KeptTrail,
  after: number,
  until: number,
  now: Micros,
): KeptMinuteRows | undefined {
  const trail: Trail = history[TRAILS[series]];
  const { stamps, values } = entriesBetween(trail, Math.max(after, now - MINUTES_KEPT), until);
  return stamps.length === 0
    ? undefined
    : { kind: 'minutes', instrument: instrument.id, series, stamps, values };
}

/**
 * Takes back cells of an earlier run. A cell that is known better by now stays, and what lies in the future (a clock that was wrong) is left out.
 *
 * @returns whether a closed cell reads differently now.
 */
export function recallHours(state: InstrumentState, kept: KeptHours, now: Micros): boolean {
  const { series, from, values, lags } = kept;
  const hourly: Hourly = state.history[series];
  let isChanged = false;
  for (const [index, value] of values.entries()) {
    const hour = from + index;
    const stamp = (closeOf(hour) - (lags?.[index] ?? 0)) as Micros;
    if (value === null || stamp > now) continue;
    const isNew = setHour(hourly, hour, stamp, value);
    if (isNew && closeOf(hour) <= now) isChanged = true;
    if (series !== 'fundingSettled') continue;
    if (state.settled === null || stamp > state.settled.tsExchange)
      state.settled = { fundingRate: value, tsExchange: stamp };
  }
  return isChanged;
}

/** Takes back the minutes of a trail. */
export function recallMinutes(state: InstrumentState, kept: KeptMinuteRows, now: Micros): void {
  const { series, stamps, values } = kept;
  if (series !== 'openInterest' && series !== 'price') return;
  const trail: Trail = state.history[TRAILS[series]];
  for (const [index, stamp] of stamps.entries())
    if (stamp <= now) noteTrail(trail, stamp as Micros, values[index]!);
}
