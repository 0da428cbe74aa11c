import { staleAfter } from '../market/cadence.ts';
import type { InstrumentState } from '../market/state.ts';
import { entry, fact } from '../model/definition.ts';
import { absent, derive, live, observed, type Reading } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import { HOUR, MINUTE, type Micros } from '../model/units.ts';
import { instrumentFeature, perpsOnly } from './feature.ts';

/** Interval between settlements, hours; absent until the venue has said it (an assumed 8 h misprices half of all listings by two). */
export const intervalReading = (state: InstrumentState): Reading =>
  state.interval === null
    ? absent(`no funding interval: ${state.instrument.venue}`)
    : live(state.interval.hours);

/** The running estimate per own interval. */
export function predictedReading(
  state: InstrumentState,
  now: Micros,
  settings: EngineSettings,
): Reading {
  const { predicted, cadences, instrument } = state;
  return predicted === null
    ? absent(`no funding rate: ${instrument.venue}`)
    : observed(
        predicted.fundingRate,
        predicted.tsLocal,
        now,
        staleAfter(cadences.funding, settings),
      );
}

/** The venue has settlements and does not say when: nobody knows when the estimate begins anew. */
const isUntimed = ({ predicted, instrument }: InstrumentState): boolean =>
  predicted !== null && predicted.nextFundingTs === null && instrument.polledEveryMs !== undefined;

/** When what is estimated will be paid. Absent where funding flows all the time, since nothing is due at any one time, and where a polled venue does not say. */
export function nextFunding(state: InstrumentState, predicted: Reading): Reading<Micros> {
  const nextTs = state.predicted?.nextFundingTs ?? null;
  if (predicted.state !== 'absent' && nextTs === null)
    return absent(
      isUntimed(state) ? `no settlement time: ${state.instrument.venue}` : 'continuous funding',
    );
  return derive([predicted] as const, () => nextTs!);
}

/** A rate per own interval as its 8h-equivalent: × 8 / interval hours. */
export const rate8h = (rate: Reading, interval: Reading): Reading =>
  derive([rate, interval] as const, (value, hours) => (value * 8) / hours);

/** Simple, not compounded: × 8760 / interval hours. */
export const rateAnnual = (rate: Reading, interval: Reading): Reading =>
  derive([rate, interval] as const, (value, hours) => (value * 8760) / hours);

/**
 * How much of what a venue allows the running estimate takes: |rate| / cap, or / |floor| of a negative one. 1 is held there.
 *
 * Absent where the venue names no limits.
 */
export const capShareReading = (state: InstrumentState, predicted: Reading): Reading => {
  const { fundingLimits: limits, instrument } = state;
  return limits === null
    ? absent(`no funding cap: ${instrument.venue}`)
    : derive([predicted] as const, (rate) => rate / (rate < 0 ? limits.floor : limits.cap));
};

/**
 * What a trader calls the 8h-equivalent rate (SPEC §7; an edge belongs to the milder band).
 *
 * @param rate as a fraction: 0.0003 is 0.03 %.
 */
export function fundingInterpretation(rate: number): string {
  if (rate > 0.0008) return 'extreme bullish (contrarian short)';
  if (rate > 0.0003) return 'strong bullish (overheated)';
  if (rate > 0.00005) return 'moderate bullish';
  if (rate >= -0.00005) return 'neutral';
  if (rate >= -0.0003) return 'moderate bearish';
  return 'strong bearish (contrarian long)';
}

/** Estimates of the last hour, by the minute, of one funding period; per own interval, with the time each was made. */
interface FundingMemory {
  readonly stamps: number[];
  readonly rates: number[];
  nextFundingTs: number | null;
}

/** What an acceleration needs, µs of one funding period. */
const WARM_UP = 5 * MINUTE;

/** The longest interval any venue uses, hours: what a settled rate is held to while its own interval is unknown. */
const LONGEST_INTERVAL = 8;

/**
 * Funding of a perp in all units (SPEC §4, §7): per own interval, 8h-equivalent, annual, last settled, and acceleration: the change of the
 * 8h-equivalent per hour over the last hour, which starts anew at each of the instrument's own settlements because the estimate resets there.
 */
export const funding = instrumentFeature<FundingMemory>({
  name: 'funding',
  appliesTo: perpsOnly,
  create: () => ({ stamps: [], rates: [], nextFundingTs: 0 }),
  define: {
    fundingPredicted: {
      formula: 'running estimate of the next funding rate, per own interval',
      unit: 'fraction',
      source: 'SPEC §3',
      inputs: [fact('predicted')],
    },
    fundingSettled: {
      formula: 'last rate that was paid, per own interval',
      unit: 'fraction',
      source: 'SPEC §3',
      inputs: [fact('settled')],
    },
    funding8h: {
      formula: 'predicted · 8 / interval hours',
      unit: 'fraction',
      source: 'SPEC §1',
      inputs: [entry('fundingPredicted'), entry('fundingIntervalHours')],
    },
    fundingAnnual: {
      formula: 'predicted · 8760 / interval hours, simple',
      unit: 'fraction',
      source: 'SPEC §7',
      inputs: [entry('fundingPredicted'), entry('fundingIntervalHours')],
    },
    fundingSettledAnnual: {
      formula: 'last settled · 8760 / interval hours, simple',
      unit: 'fraction',
      source: 'SPEC §4',
      inputs: [entry('fundingSettled'), entry('fundingIntervalHours')],
    },
    fundingAccelerationPerHour: {
      formula: 'change of the predicted 8h rate per hour within this funding period, 1 h at most',
      unit: 'fraction per hour',
      source: 'SPEC §4',
      inputs: [entry('fundingPredicted'), entry('fundingIntervalHours')],
    },
    fundingCapShare: {
      formula: '|predicted| / cap, or / |floor| where it is negative',
      unit: 'ratio',
      source: 'SPEC §7',
      inputs: [entry('fundingPredicted'), fact('interval')],
    },
    fundingIntervalHours: {
      formula: 'hours between settlements',
      unit: 'hours',
      source: 'SPEC §1',
      inputs: [fact('interval')],
    },
  },
  explain({ stamps }, { state, now }, name) {
    if (name === 'fundingAccelerationPerHour' && stamps.length > 0)
      return { window: { span: now - stamps[0]!, count: stamps.length, full: 60 } };
    const { fundingLimits: limits } = state;
    return name === 'fundingCapShare' && limits !== null
      ? { parameters: { cap: limits.cap, floor: limits.floor } }
      : undefined;
  },
  onTick(memory, { state, now, settings }) {
    const { stamps, rates } = memory;
    const { predicted } = state;
    if (predicted === null || isUntimed(state)) return;
    // Rate and period may turn in two messages: what comes after the settlement is no estimate for it.
    if (isSettling(state, predicted.tsLocal)) return;
    if (predicted.nextFundingTs !== memory.nextFundingTs) {
      memory.nextFundingTs = predicted.nextFundingTs;
      stamps.length = 0;
      rates.length = 0;
    }
    while (stamps.length > 0 && stamps[0]! < now - HOUR) {
      stamps.shift();
      rates.shift();
    }
    const last = stamps.at(-1);
    if (last !== undefined && predicted.tsLocal - last < MINUTE) return;
    if (predictedReading(state, now, settings).state !== 'live') return;
    stamps.push(predicted.tsLocal);
    rates.push(predicted.fundingRate);
  },
  read(memory, { state, now, settings }) {
    const interval = intervalReading(state);
    const predicted = predictedReading(state, now, settings);
    const settled = settledReading(state, now);
    return {
      fundingPredicted: predicted,
      fundingSettled: settled,
      funding8h: rate8h(predicted, interval),
      fundingAnnual: rateAnnual(predicted, interval),
      fundingSettledAnnual: rateAnnual(settled, interval),
      fundingAccelerationPerHour: acceleration(memory, state, predicted, interval, now),
      fundingCapShare: capShareReading(state, predicted),
      fundingIntervalHours: interval,
    };
  },
  keep({ stamps, rates, nextFundingTs }, after) {
    const from = stamps.findIndex((stamp) => stamp > after);
    if (from < 0) return undefined;
    const kept = stamps.slice(from);
    return {
      series: 'fundingRate',
      stamps: kept,
      values: rates.slice(from),
      // Where funding flows all the time there is but one period.
      periods: kept.map(() => nextFundingTs ?? 0),
    };
  },
  recall(memory, { series, stamps, values, periods = [] }) {
    const period = periods.at(-1);
    if (series !== 'fundingRate' || period === undefined || memory.stamps.length > 0) return;
    // Only the period that was running: estimates of the ones before say nothing about it.
    const from = periods.indexOf(period);
    memory.nextFundingTs = period === 0 ? null : period;
    memory.stamps.push(...stamps.slice(from));
    memory.rates.push(...values.slice(from));
  },
});

/** The settlement that the estimate is said to be for has passed: whether it is still that one nobody knows. */
const isSettling = ({ predicted }: InstrumentState, at: Micros): boolean =>
  predicted !== null && predicted.nextFundingTs !== null && at >= predicted.nextFundingTs;

/** Absent until five minutes of this period are known, and from the settlement on until the venue names the next one; the estimate of another period says nothing about it. */
function acceleration(
  { stamps, rates, nextFundingTs }: FundingMemory,
  state: InstrumentState,
  predicted: Reading,
  interval: Reading,
  now: Micros,
): Reading {
  const first = stamps[0];
  const current = state.predicted;
  if (isUntimed(state)) return absent(`no settlement time: ${state.instrument.venue}`);
  if (predicted.state !== 'absent' && isSettling(state, now))
    return absent('settling: the estimate begins anew');
  const isSamePeriod = current !== null && current.nextFundingTs === nextFundingTs;
  const span = first !== undefined && isSamePeriod ? current.tsLocal - first : 0;
  if (predicted.state !== 'absent' && span < WARM_UP)
    return absent('warming 5 min of this funding period');
  return derive(
    [predicted, interval] as const,
    (rate, hours) => (((rate - rates[0]!) * 8) / hours) * (HOUR / span),
  );
}

/** The last rate that was paid. Stale when a settlement has passed since whose rate has not arrived. */
export function settledReading(state: InstrumentState, now: Micros): Reading {
  const { settled, interval, instrument } = state;
  if (settled === null) return absent(`no settled funding: ${instrument.venue}`);
  const hours = interval?.hours ?? LONGEST_INTERVAL;
  // Venues publish what was paid some minutes late.
  return observed(settled.fundingRate, settled.tsExchange, now, (hours + 0.25) * HOUR);
}
