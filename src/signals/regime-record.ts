import type { BookSample } from '../features/book-sample.ts';
import { sumAt } from '../features/timed-sum.ts';
import type { RegimeLabel } from '../model/regime.ts';
import { DAY, MINUTE, type Micros, SECOND } from '../model/units.ts';
import { quantileOf } from '../stats/quantiles.ts';
import { addTimedSum, createTimedSum, type TimedSum, timedSum } from '../stats/sums.ts';
import {
  createTimedWindow,
  evictBefore,
  pushTimed,
  type TimedWindow,
  timedCount,
  timedQuantiles,
} from '../stats/timed-window.ts';

/** How far back it reaches. */
export const RECORD_SPAN = 7 * DAY;
const MINUTES_KEPT = RECORD_SPAN / MINUTE;
/** Sums over the week are kept by ten minutes. */
const RESOLUTION = 10 * MINUTE;
/** Known for so much of the week, the week counts as known: a restart of the machine costs some seconds. */
const WHOLE = 0.99;

const sumOfWeek = (): TimedSum =>
  createTimedSum(RECORD_SPAN, RECORD_SPAN / RESOLUTION + 2, RESOLUTION);

/**
 * How the leading perp's book did while a regime was in force, over the trailing week (SPEC §6). A row per minute, of the regimes asked for alone, and
 * sums by ten minutes: what a calm week takes is next to nothing, what the wildest one takes is bounded. Plain data.
 */
export interface RegimeRecord {
  /** Spread of the last second of each minute that was crowded, bps. */
  readonly carrySpread: TimedWindow;
  /** Least depth, both sides together, of the seconds in stress of each minute, USD. */
  readonly stressDepth: TimedWindow;
  /** Neighbouring crowded seconds with an OIB, and those of one sign. */
  readonly pairs: TimedSum;
  readonly samePairs: TimedSum;
  /** Seconds in which the regime could be told, was crowded, was stress. */
  readonly told: TimedSum;
  readonly crowded: TimedSum;
  readonly stressed: TimedSum;
  /** Of the minute in progress; NaN where there was none. */
  spread: number;
  depth: number;
  sign: number;
  signTs: number;
}

export const createRegimeRecord = (): RegimeRecord => ({
  carrySpread: createTimedWindow(MINUTES_KEPT, { quantiles: true }),
  stressDepth: createTimedWindow(MINUTES_KEPT, { quantiles: true }),
  pairs: sumOfWeek(),
  samePairs: sumOfWeek(),
  told: sumOfWeek(),
  crowded: sumOfWeek(),
  stressed: sumOfWeek(),
  spread: Number.NaN,
  depth: Number.NaN,
  sign: 0,
  signTs: 0,
});

function noteCarry(record: RegimeRecord, now: Micros, { spreadBps, oib }: BookSample): void {
  addTimedSum(record.crowded, now, 1);
  if (spreadBps.state === 'live') record.spread = spreadBps.value;
  if (oib.state !== 'live') return;
  const sign = Math.sign(oib.value);
  if (now - record.signTs <= SECOND) {
    addTimedSum(record.pairs, now, 1);
    if (sign === record.sign) addTimedSum(record.samePairs, now, 1);
  }
  record.sign = sign;
  record.signTs = now;
}

function noteStress(record: RegimeRecord, now: Micros, sample: BookSample): void {
  addTimedSum(record.stressed, now, 1);
  const { depthBid, depthAsk } = sample;
  if (depthBid.state !== 'live' || depthAsk.state !== 'live') return;
  const depth = depthBid.value + depthAsk.value;
  record.depth = Number.isNaN(record.depth) ? depth : Math.min(record.depth, depth);
}

/** Once a second: the book under the regime in force; null while it cannot be told. */
export function noteRegime(
  record: RegimeRecord,
  now: Micros,
  label: RegimeLabel | null,
  sample: BookSample,
): void {
  const { carrySpread, stressDepth, pairs, samePairs, told, crowded, stressed } = record;
  for (const window of [carrySpread, stressDepth]) evictBefore(window, now - RECORD_SPAN);
  for (const sum of [pairs, samePairs, told, crowded, stressed]) timedSum(sum, now);
  if (label !== null) addTimedSum(told, now, 1);
  if (label === 'crowded carry long' || label === 'crowded carry short')
    noteCarry(record, now, sample);
  else if (label === 'deleveraging stress') noteStress(record, now, sample);
  if (now % MINUTE !== 0) return;
  if (!Number.isNaN(record.spread)) pushTimed(carrySpread, now, record.spread);
  if (!Number.isNaN(record.depth)) pushTimed(stressDepth, now, record.depth);
  record.spread = Number.NaN;
  record.depth = Number.NaN;
}

/** What a record says. A number is NaN where nothing is known of it. */
export interface RegimeRecordReading {
  /** 0.9 quantile of the spread while crowded, bps. */
  readonly spreadQ90Carry: number;
  /** Least depth in stress, USD. */
  readonly depthMinStress: number;
  /** Share of crowded seconds whose OIB has the sign of the second before. */
  readonly oibPersistenceCarry: number;
  /** Whole minutes of the week in which the regime was known, was crowded, was stress. */
  readonly knownMinutes: number;
  readonly carryMinutes: number;
  readonly stressMinutes: number;
  /** Seconds and minutes that the numbers rest on. */
  readonly spreadCount: number;
  readonly depthCount: number;
  readonly pairCount: number;
  readonly isWhole: boolean;
}

const minutesOf = (seconds: number): number =>
  Math.min(MINUTES_KEPT, Math.floor((seconds * SECOND) / MINUTE));

/** Reads it at `now` and changes nothing. */
export function readRegimeRecord(record: RegimeRecord, now: Micros): RegimeRecordReading {
  const told = sumAt(record.told, now);
  const pairs = sumAt(record.pairs, now);
  // What the minute in progress has seen counts as well: a minimum must not come late.
  const depths = [quantileOf(timedQuantiles(record.stressDepth), 0), record.depth];
  const known = depths.filter((depth) => !Number.isNaN(depth));
  return {
    spreadQ90Carry: quantileOf(timedQuantiles(record.carrySpread), 0.9),
    depthMinStress: known.length === 0 ? Number.NaN : Math.min(...known),
    oibPersistenceCarry: pairs > 0 ? sumAt(record.samePairs, now) / pairs : Number.NaN,
    knownMinutes: minutesOf(told),
    carryMinutes: minutesOf(sumAt(record.crowded, now)),
    stressMinutes: minutesOf(sumAt(record.stressed, now)),
    spreadCount: timedCount(record.carrySpread),
    depthCount: timedCount(record.stressDepth),
    pairCount: pairs,
    isWhole: told * SECOND >= WHOLE * RECORD_SPAN,
  };
}
