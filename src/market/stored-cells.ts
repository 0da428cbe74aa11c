import type { EngineSettings } from '../model/settings.ts';
import { asOfHour, type Hourly, hourAt } from './hourly.ts';
import type { InstrumentState } from './state.ts';

/** Missing cells over which a state is carried before it is absent. */
export const CARRY = 2;
/** The longest funding interval any venue uses, hours. */
const LONGEST_INTERVAL = 8;

/** Coin OI at the close of a cell, carried over at most two cells without one. */
export const storedOpenInterest = ({ history }: InstrumentState, hour: number): number =>
  asOfHour(history.openInterest, hour, CARRY);

/** The newest settlement in the cells [hour − 8, hour], where 8 h is the longest interval; NaN when there is none. */
function settlementBy(settled: Hourly, hour: number): number {
  for (let back = 0; back <= LONGEST_INTERVAL; back += 1)
    if (!Number.isNaN(hourAt(settled, hour - back))) return hour - back;
  return Number.NaN;
}

/** Distances between settlements that have to agree before they count as the interval of that time. */
const DISTANCES = 3;

/** Hours between the settlements up to `at`, where the last three distances agree; NaN where they do not. */
export function distanceBy(settled: Hourly, at: number): number {
  let distance = Number.NaN;
  let later = at;
  for (let i = 0; i < DISTANCES; i += 1) {
    const earlier = settlementBy(settled, later - 1);
    if (i > 0 && later - earlier !== distance) return Number.NaN;
    distance = later - earlier;
    later = earlier;
  }
  return distance;
}

/**
 * Settled funding as a state, as an 8h-equivalent: holds for its own interval, the close of it included, because what is paid then is not
 * published before.
 *
 * @param intervalOf hours between settlements at the time of the one at this hour; NaN where unknown.
 */
export function settledAt(
  settled: Hourly,
  hour: number,
  intervalOf: (settlement: number) => number,
): number {
  const at = settlementBy(settled, hour);
  const hours = intervalOf(at);
  return hour - at <= hours ? (hourAt(settled, at) * 8) / hours : Number.NaN;
}

/**
 * Venues change intervals, so a rate is read by the distances of the settlements before it where they agree, and by the interval in force now where they
 * do not: there is a hole, or that is where it changed.
 */
const intervalOf = ({ history, interval }: InstrumentState, at: number): number =>
  interval === null ? Number.NaN : distanceBy(history.fundingSettled, at) || interval.hours;

/** Funding at the close of a cell as an 8h-equivalent: the estimate that was sampled live where that is asked for and known, else what was settled. */
export function storedFunding8h(
  state: InstrumentState,
  hour: number,
  which: EngineSettings['drift']['funding'],
): number {
  const sampled = which === 'predicted' ? hourAt(state.history.funding8h, hour) : Number.NaN;
  return Number.isNaN(sampled)
    ? settledAt(state.history.fundingSettled, hour, (at) => intervalOf(state, at))
    : sampled;
}

/** The same of the cells from `from` on, into `out`, as many as `count`: looks at each settlement once and not once for each of its hours. */
export function copyFunding8h(
  state: InstrumentState,
  from: number,
  count: number,
  which: EngineSettings['drift']['funding'],
  out: Float64Array,
): void {
  const { fundingSettled, funding8h } = state.history;
  let at = Number.NaN;
  let hours = Number.NaN;
  let rate8h = Number.NaN;
  for (let i = 0; i < count; i += 1) {
    const hour = from + i;
    const newest =
      Number.isNaN(at) || hour - at > LONGEST_INTERVAL
        ? settlementBy(fundingSettled, hour)
        : Number.isNaN(hourAt(fundingSettled, hour))
          ? at
          : hour;
    if (newest !== at) {
      at = newest;
      hours = intervalOf(state, at);
      rate8h = (hourAt(fundingSettled, at) * 8) / hours;
    }
    const sampled = which === 'predicted' ? hourAt(funding8h, hour) : Number.NaN;
    out[i] = Number.isNaN(sampled) ? (hour - at <= hours ? rate8h : Number.NaN) : sampled;
  }
}

/**
 * Settlements in a window of funding by the hour (SPEC §2, nEff): seven days of 8 h funding hold 21, however often they are sampled.
 *
 * @param fundingHours hours between settlements; NaN where unknown.
 */
export function fundingFacts(window: ArrayLike<number>, fundingHours: number): number {
  let count = 0;
  for (let i = 0; i < window.length; i += 1) if (Number.isFinite(window[i])) count += 1;
  return Math.max(1, Math.round(count / Math.max(1, fundingHours || 1)));
}
