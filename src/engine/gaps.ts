import type { GapTrust } from '../frame/frame.ts';
import { closeOf, type Hourly, hourAt } from '../market/hourly.ts';
import type { InstrumentState } from '../market/state.ts';
import { hasHistory } from '../model/instrument.ts';
import type { KeptHourly } from '../model/kept.ts';
import { HOUR, MINUTE, type Micros } from '../model/units.ts';
import type { AssetState } from './engine-state.ts';

/** Spans shorter than this are no gaps (SPEC §14). */
const SHORTEST = 10 * MINUTE;

/** Series whose holes are told: one for each thing that is known by the hour. */
const TOLD = ['openInterest', 'close', 'mark', 'index', 'depthUsd'] as const;

/** The longest interval of funding, hours. */
const LONGEST_INTERVAL = 8;

/** Adds up the spans of one series. */
class Gaps {
  #count = 0;
  #missing = 0;
  #from = 0;
  #to = 0;

  add(from: number, to: number): void {
    if (to - from <= SHORTEST) return;
    this.#count += 1;
    this.#missing += to - from;
    this.#from = from;
    this.#to = to;
  }

  told(subject: string, series: GapTrust['series']): GapTrust[] {
    if (this.#count === 0) return [];
    const [missing, from, to] = [this.#missing, this.#from, this.#to] as [Micros, Micros, Micros];
    return [{ subject, series, count: this.#count, missing, from, to }];
  }
}

/**
 * Cells without a value between the first one known and the last that has closed.
 *
 * @param holds Cells for which a value stands besides its own: those of an interval of funding.
 */
function hourlyGaps(
  { instrument, history }: InstrumentState,
  series: KeptHourly,
  lastHour: number,
  holds: number,
): GapTrust[] {
  const hourly: Hourly = history[series];
  if (hourly.hours.length === 0) return [];
  const gaps = new Gaps();
  let newest = -1;
  for (let hour = lastHour - hourly.capacity + 1; hour <= lastHour; hour += 1) {
    if (Number.isNaN(hourAt(hourly, hour))) continue;
    if (newest >= 0 && hour - newest > holds + 1)
      gaps.add(closeOf(newest + holds), closeOf(hour - 1));
    newest = hour;
  }
  if (newest >= 0 && lastHour > newest + holds)
    gaps.add(closeOf(newest + holds), closeOf(lastHour));
  return gaps.told(instrument.id, series);
}

/** What the history of an asset lacks at `now` (SPEC §14): holes in its hourly series, and when nobody listened. */
export function gapsOf(asset: AssetState, now: Micros): GapTrust[] {
  const lastHour = Math.floor(now / HOUR);
  const found: GapTrust[] = [];
  for (const state of asset.listed) {
    if (!hasHistory(state.instrument)) continue;
    for (const series of TOLD) found.push(...hourlyGaps(state, series, lastHour, 0));
    const hours = state.interval?.hours ?? LONGEST_INTERVAL;
    // What is settled at a close is published minutes later.
    const settledBy = Math.floor((now - SHORTEST) / HOUR);
    found.push(...hourlyGaps(state, 'fundingSettled', settledBy, hours - 1));
  }
  for (const [feed, spans] of asset.heard) {
    const gaps = new Gaps();
    for (const [index, [from]] of spans.entries()) {
      const before = spans[index - 1];
      if (before !== undefined) gaps.add(before[1], from);
    }
    const last = spans.at(-1);
    if (last !== undefined) gaps.add(last[1], now);
    found.push(...gaps.told(feed, 'hearing'));
  }
  return found;
}
