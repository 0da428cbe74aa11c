import { DAY, MINUTE, type Micros } from '../model/units.ts';
import { addTimedSum, createTimedSum, type TimedSum, timedSum } from '../stats/sums.ts';
import { type CohortBook, eachLevel, levelOf, priceOf, type Side } from './cohorts.ts';

/** What the cohorts of one perp foretold at one instant, and how far price has reached since. Plain data. */
export interface Forecast {
  /** The bin of the price at that instant. */
  readonly origin: number;
  /** By distance in bins from the origin, down for longs and up for shorts: 1 where the bin held more than the mean of its side. */
  readonly long: Uint8Array;
  readonly short: Uint8Array;
  /** Bins farthest from the origin that price has been in since. */
  lowest: number;
  highest: number;
  /** USD of longs and shorts liquidated since, for the base rate. */
  longUsd: number;
  shortUsd: number;
}

/** How well the levels of an asset foretell, over the last 24 h. Plain data. */
export interface Calibration {
  readonly forecasts: Map<string, Forecast>;
  /** USD liquidated that was judged, and of it what fell in foretold bins. */
  readonly judgedUsd: TimedSum;
  readonly hitUsd: TimedSum;
  /** Share of foretold bins among those that price went through, times the USD liquidated meanwhile. */
  readonly baseUsd: TimedSum;
  readonly reachedUsd: TimedSum;
  readonly prints: TimedSum;
}

/** Levels in a bin: 10 bps. */
const LEVELS_PER_BIN = 2;
/** A forecast stands for so long before it is made anew: what is judged was foretold before price went there. */
export const FORECAST_HOLDS = 5 * MINUTE;

const binOf = (price: number): number => Math.floor(levelOf(price) / LEVELS_PER_BIN);
const edgeOf = (bin: number): number => priceOf(bin * LEVELS_PER_BIN);

/** How many bins away from `origin` another lies, on the way that price takes to where a side dies; negative on the other. */
const distanceTo = (side: Side, origin: number, bin: number): number =>
  side === 'long' ? origin - bin : bin - origin;

const daySum = (): TimedSum => createTimedSum(DAY, DAY / MINUTE + 1, MINUTE);

export const createCalibration = (): Calibration => ({
  forecasts: new Map(),
  judgedUsd: daySum(),
  hitUsd: daySum(),
  baseUsd: daySum(),
  reachedUsd: daySum(),
  prints: daySum(),
});

/** Marks the bins of one side that hold more than the mean of all of it. */
function foretell(
  book: CohortBook,
  side: Side,
  origin: number,
  isInverse: boolean,
  marks: Uint8Array,
): void {
  const sums = new Float64Array(marks.length);
  const [from, to] =
    side === 'long' ? [origin - marks.length + 1, origin + 1] : [origin, origin + marks.length];
  let all = 0;
  eachLevel(book, side, edgeOf(from), edgeOf(to), isInverse, (price, _, usd) => {
    const distance = distanceTo(side, origin, binOf(price));
    if (distance < 0 || distance >= sums.length) return;
    sums[distance]! += usd;
    all += usd;
  });
  const mean = all / sums.length;
  for (let i = 0; i < sums.length; i += 1) marks[i] = sums[i]! > mean ? 1 : 0;
}

/** Share of foretold bins among those from the origin to `distance` bins away. */
function shareWithin(marks: Uint8Array, distance: number): number {
  const count = Math.min(distance + 1, marks.length);
  let foretold = 0;
  for (let i = 0; i < count; i += 1) foretold += marks[i]!;
  return foretold / count;
}

/** What was liquidated under a forecast, USD, and of it what would have fallen into foretold bins had it fallen evenly on the way that price took. */
export function baseOf({ origin, lowest, highest, longUsd, shortUsd, long, short }: Forecast): {
  readonly base: number;
  readonly reached: number;
} {
  return {
    base:
      longUsd * shareWithin(long, origin - lowest) +
      shortUsd * shareWithin(short, highest - origin),
    reached: longUsd + shortUsd,
  };
}

function settleForecast(calibration: Calibration, forecast: Forecast, now: Micros): void {
  const { base, reached } = baseOf(forecast);
  if (reached === 0) return;
  addTimedSum(calibration.baseUsd, now, base);
  addTimedSum(calibration.reachedUsd, now, reached);
}

/** Notes where price has been since the forecast of a perp was made. */
export function noteReach(
  calibration: Calibration,
  instrument: string,
  low: number,
  high: number,
): void {
  const forecast = calibration.forecasts.get(instrument);
  // Where nothing was traded yet the range is none: from above everything down to below it.
  if (forecast === undefined || !(low > 0 && low <= high && high < Number.POSITIVE_INFINITY))
    return;
  forecast.lowest = Math.min(forecast.lowest, binOf(low));
  forecast.highest = Math.max(forecast.highest, binOf(high));
}

/**
 * Makes the forecast of a perp anew, after the one before has been settled: of the bins of 10 bps within `share` of price those that hold more than the mean of
 * their side.
 */
export function forecast(
  calibration: Calibration,
  instrument: string,
  book: CohortBook,
  price: number,
  share: number,
  isInverse: boolean,
  now: Micros,
): void {
  const before = calibration.forecasts.get(instrument);
  if (before !== undefined) settleForecast(calibration, before, now);
  const origin = binOf(price);
  const bins = Math.max(1, origin - binOf(price * (1 - Math.min(share, 0.99))));
  const made: Forecast = {
    origin,
    long: new Uint8Array(bins),
    short: new Uint8Array(bins),
    lowest: origin,
    highest: origin,
    longUsd: 0,
    shortUsd: 0,
  };
  foretell(book, 'long', origin, isInverse, made.long);
  foretell(book, 'short', origin, isInverse, made.short);
  calibration.forecasts.set(instrument, made);
}

/** The forecast of a perp does not hold any more, and there is no other: its price or its levels are not known. */
export function dropForecast(calibration: Calibration, instrument: string, now: Micros): void {
  const before = calibration.forecasts.get(instrument);
  if (before === undefined) return;
  settleForecast(calibration, before, now);
  calibration.forecasts.delete(instrument);
}

/**
 * Judges one liquidation by the forecast made before it, in the bin that its perp was traded in when it came: venues print the price of bankruptcy or of the fill, neither of
 * which is where the position began to die. One without a forecast is not judged.
 */
export function judgeLiquidation(
  calibration: Calibration,
  liquidation: {
    readonly instrument: string;
    readonly side: Side;
    readonly notional: number;
    readonly tsLocal: Micros;
  },
  price: number,
): void {
  const { instrument, side, notional, tsLocal } = liquidation;
  const made = calibration.forecasts.get(instrument);
  if (made === undefined || !(price > 0)) return;
  const bin = binOf(price);
  made.lowest = Math.min(made.lowest, bin);
  made.highest = Math.max(made.highest, bin);
  // A long that dies above the price of the forecast died of what is not modelled: the bin it starts from stands for it.
  const distance = Math.max(0, distanceTo(side, made.origin, bin));
  const isForetold = made[side][Math.min(distance, made[side].length - 1)] === 1;
  if (side === 'long') made.longUsd += notional;
  else made.shortUsd += notional;
  addTimedSum(calibration.judgedUsd, tsLocal, notional);
  addTimedSum(calibration.hitUsd, tsLocal, isForetold ? notional : 0);
  addTimedSum(calibration.prints, tsLocal, 1);
}

/** Once a second: forgets what no window can show any more. */
export function tickCalibration(calibration: Calibration, now: Micros): void {
  const { judgedUsd, hitUsd, baseUsd, reachedUsd, prints } = calibration;
  for (const sum of [judgedUsd, hitUsd, baseUsd, reachedUsd, prints]) timedSum(sum, now);
}
