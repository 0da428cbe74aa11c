import { annualisedBasis, daysUntil, type TermPoint } from '../features/term.ts';
import { closeOf, type Hourly, hourAt } from '../market/hourly.ts';
import type { InstrumentState } from '../market/state.ts';
import type { Grounds } from '../model/definition.ts';
import { absent, derive, type Marks, marked, type Reading } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import { HOUR, type Micros } from '../model/units.ts';
import { basisAt } from './asset-drift.ts';
import { zScore } from './drift.ts';

/** Number of the hourly cell that is open at `now`. */
const openHourAt = (now: Micros): number => Math.floor(now / HOUR) + 1;

/** A number of closed hourly cells: NaN where there is none. */
export type ByHour = (hour: number) => number;

/**
 * z of what is now against its own closed cells of the trailing window, itself included (SPEC §5's z for whatever has an hourly past). Provisional, as the
 * cell is still open.
 */
export function scoreNow(
  current: Reading,
  past: ByHour,
  now: Micros,
  { windowHours, minValues }: EngineSettings['drift'],
  marks: Marks = {},
): Reading {
  if (current.state === 'absent') return current;
  const open = openHourAt(now);
  const window = new Float64Array(windowHours);
  for (let i = 0; i < windowHours - 1; i += 1) window[i] = past(open - windowHours + 1 + i);
  window[windowHours - 1] = current.value;
  const score = zScore(window, minValues);
  if (!('z' in score)) return absent(score.reason);
  return marked(
    derive([current] as const, () => score.z),
    { provisional: true, ...marks },
  );
}

/** The window of such a z at `now`: the cells in which the number is known, the open one among them. */
export function scoreWindow(
  past: ByHour,
  now: Micros,
  { windowHours: full }: EngineSettings['drift'],
): NonNullable<Grounds['window']> {
  const open = openHourAt(now);
  let count = 1;
  for (let hour = open - full + 1; hour < open; hour += 1)
    if (Number.isFinite(past(hour))) count += 1;
  return { span: full * HOUR, count, full };
}

/** The last `count` closed cells, oldest first; null for none. Rounded to nine digits behind the point, which is a thousandth of a bp of a basis. */
export function recentHours(past: ByHour, now: Micros, count: number): (number | null)[] {
  const open = openHourAt(now);
  return Array.from({ length: count }, (_, i) => {
    const value = past(open - count + i);
    return Number.isFinite(value) ? Math.round(value * 1e9) / 1e9 : null;
  });
}

/** Basis fair of the closed cells of a perp. */
export const fairByHour =
  ({ history }: InstrumentState): ByHour =>
  (hour) =>
    basisAt(history.mark, history.index, hour);

/** Basis venue of the closed cells: perp mid or close against that of the venue's spot. */
export const venueByHour =
  (perp: InstrumentState, spot: InstrumentState): ByHour =>
  (hour) =>
    basisAt(perp.history.close, spot.history.close, hour);

/** Annualised basis of a dated future at the close of each cell, by the days that were left then. */
export function datedByHour(
  { input, expiry, priceOf, spot }: TermPoint,
  against: InstrumentState | undefined,
): ByHour {
  if (spot === undefined || against === undefined) return () => Number.NaN;
  const { history } = input.state;
  const prices: Hourly = priceOf === 'mid' ? history.close : history.mark;
  const spots: Hourly = spot.of === 'index' ? against.history.index : against.history.close;
  return (hour) =>
    annualisedBasis(hourAt(prices, hour), hourAt(spots, hour), daysUntil(expiry, closeOf(hour)));
}

/** Change of ln price over each closed cell. */
export const returnByHour =
  ({ history }: InstrumentState): ByHour =>
  (hour) =>
    Math.log(hourAt(history.close, hour) / hourAt(history.close, hour - 1));

/** Change of ln open interest over each closed cell, of all the listings together that are known at both of its ends. */
export const totalOiChangeByHour =
  (perps: readonly InstrumentState[]): ByHour =>
  (hour) => {
    let before = 0;
    let after = 0;
    for (const { history } of perps) {
      const then = hourAt(history.openInterest, hour - 1);
      const now = hourAt(history.openInterest, hour);
      if (!Number.isFinite(then) || !Number.isFinite(now)) continue;
      before += then;
      after += now;
    }
    return before > 0 ? Math.log(after / before) : Number.NaN;
  };

/** Hours in which rates are compared, and at whose multiples UTC the stretches of them end. */
const STRETCH = 8;

/**
 * What a perp has paid in each of the last `count` stretches of eight hours that ended at 00:00, 08:00 or 16:00 UTC, oldest first: settled 8h-equivalents. Null where
 * the settlements that are known do not fill a stretch evenly.
 */
export function paidByStretch(
  { history }: InstrumentState,
  now: Micros,
  count: number,
): (number | null)[] {
  const settled = history.fundingSettled;
  const lastEnd = Math.floor(now / HOUR / STRETCH) * STRETCH;
  return Array.from({ length: count }, (_, i) => {
    const end = lastEnd - (count - 1 - i) * STRETCH;
    let sum = 0;
    let distance = 0;
    let previous = end - STRETCH;
    if (Number.isNaN(hourAt(settled, previous))) return null;
    for (let hour = previous + 1; hour <= end; hour += 1) {
      const rate = hourAt(settled, hour);
      if (Number.isNaN(rate)) continue;
      if (distance !== 0 && hour - previous !== distance) return null;
      distance = hour - previous;
      previous = hour;
      sum += rate;
    }
    return previous === end ? Math.round(sum * 1e9) / 1e9 : null;
  });
}
