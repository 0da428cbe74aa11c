import { HOUR, type Micros } from '../model/units.ts';

/**
 * A series on the hourly grid: right-closed cells labelled by their close (SPEC §1). Ring memory for a fixed number of hours, taken with the first
 * value, since most listings have only some of the series; an hour that falls out is forgotten. Plain data.
 */
export interface Hourly {
  readonly capacity: number;
  /** Which hour (closes since the epoch) sits in a slot; −1 for none. */
  hours: Float64Array;
  /** When the value was measured or known, µs: of two values of one cell the later stands. */
  stamps: Float64Array;
  values: Float64Array;
}

/** Hours kept: 30 days of gate window before which lie 7 days of z-score window, and a little more. */
export const HOURS_KEPT = 24 * 40;

export const createHourly = (capacity = HOURS_KEPT): Hourly => ({
  capacity,
  hours: new Float64Array(0),
  stamps: new Float64Array(0),
  values: new Float64Array(0),
});

/** Number of the cell in which something stamped `ts` is first known: the cell that closes at or after it. */
export const hourOf = (ts: Micros): number => Math.ceil(ts / HOUR);

/** The instant at which cell `hour` closes. */
export const closeOf = (hour: number): Micros => (hour * HOUR) as Micros;

/**
 * Writes the value of a cell unless one with the same or a later stamp already stands there: what was seen live at the close outranks a
 * page of history that repeats it. An hour older than the ring holds is left out.
 *
 * @returns whether the cell reads differently now.
 */
export function setHour(series: Hourly, hour: number, stamp: number, value: number): boolean {
  if (series.hours.length === 0) {
    series.hours = new Float64Array(series.capacity).fill(-1);
    series.stamps = new Float64Array(series.capacity);
    series.values = new Float64Array(series.capacity);
  }
  const slot = hour % series.capacity;
  const held = series.hours[slot]!;
  if (held > hour) return false;
  if (held === hour && series.stamps[slot]! >= stamp) return false;
  const isNew = held !== hour || !Object.is(series.values[slot], value);
  series.hours[slot] = hour;
  series.stamps[slot] = stamp;
  series.values[slot] = value;
  return isNew;
}

/** Value of a cell, NaN when there is none. */
export function hourAt(series: Hourly, hour: number): number {
  const slot = hour % series.capacity;
  return series.hours[slot] === hour ? series.values[slot]! : Number.NaN;
}

/** When the value of a cell was measured or known, µs; NaN when there is none. */
export function stampAt(series: Hourly, hour: number): number {
  const slot = hour % series.capacity;
  return series.hours[slot] === hour ? series.stamps[slot]! : Number.NaN;
}

/** A state at the close of a cell: its own value, else that of at most `carry` cells before (backward as-of); NaN beyond. */
export function asOfHour(series: Hourly, hour: number, carry: number): number {
  for (let back = 0; back <= carry; back += 1) {
    const value = hourAt(series, hour - back);
    if (!Number.isNaN(value)) return value;
  }
  return Number.NaN;
}

/** Whether a cell, or one of at most `within` before it, has a value. Asked by the thousand while a past is judged, so it steps over the ring itself. */
export function isKnownWithin(series: Hourly, hour: number, within: number): boolean {
  const { hours, values } = series;
  const { length } = hours;
  if (length === 0) return false;
  let slot = hour % length;
  for (let back = 0; back <= within; back += 1) {
    if (hours[slot] === hour - back && !Number.isNaN(values[slot])) return true;
    slot = slot === 0 ? length - 1 : slot - 1;
  }
  return false;
}

/** Writes the values of the cells from `from` on into `out`, NaN where there is none: as many as `count`. */
export function copyHours(series: Hourly, from: number, count: number, out: Float64Array): void {
  const { hours, values } = series;
  const { length } = hours;
  if (length === 0) {
    out.fill(Number.NaN, 0, count);
    return;
  }
  let slot = from % length;
  for (let i = 0; i < count; i += 1) {
    out[i] = hours[slot] === from + i ? values[slot]! : Number.NaN;
    slot = slot + 1 === length ? 0 : slot + 1;
  }
}

/** Cells (hour − n, hour) of a series, then `current`: the window of a z-score over n cells, in `out` where it is given. */
export function windowWith(
  series: Hourly,
  hour: number,
  n: number,
  current: number,
  out = new Float64Array(n),
): Float64Array {
  copyHours(series, hour - n + 1, n - 1, out);
  out[n - 1] = current;
  return out;
}
