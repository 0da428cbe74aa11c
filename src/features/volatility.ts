import { closeOf, copyHours } from '../market/hourly.ts';
import type { InstrumentState } from '../market/state.ts';
import { entry, fact } from '../model/definition.ts';
import { absent, live, type Reading } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import { HOUR, type Micros } from '../model/units.ts';
import { createQuantiles, pushQuantiles, quantileOf, quantilesCount } from '../stats/quantiles.ts';
import { anyInstrument, type Entries, type InstrumentInput, instrumentFeature } from './feature.ts';
import {
  createMinuteEntries,
  type MinuteEntries,
  minuteMids,
  readMinutes,
  tickMinutes,
} from './minute-mids.ts';

const RETURNS = 60;
const MINUTES_PER_YEAR = 525_600;

/** How many of the sixty returns up to `until` are known, and the sum of their squares. A return across a gap is none. */
function squaredReturns(state: InstrumentState, until: Micros): { count: number; squares: number } {
  const mids = minuteMids(state, until, RETURNS + 1);
  let count = 0;
  let squares = 0;
  for (let i = 1; i < mids.length; i += 1) {
    const change = Math.log(mids[i]! / mids[i - 1]!);
    if (Number.isNaN(change)) continue;
    squares += change * change;
    count += 1;
  }
  return { count, squares };
}

/**
 * Realised volatility of the sixty minutes up to the whole minute at or before `until`: √(Σ r² / n · 525600), r the log returns of one minute (Andersen,
 * Bollerslev, Diebold, Labys 2003: about zero, not about their mean, so that a steady slide is volatility). Absent below `volatility.minReturns` of
 * them, `partial` below sixty.
 */
export function realisedVolatility(
  state: InstrumentState,
  until: Micros,
  settings: EngineSettings,
): Reading {
  const { minReturns } = settings.volatility;
  const { count, squares } = squaredReturns(state, until);
  if (count < minReturns) return absent(`warming ${count}/${minReturns}`);
  const value = Math.sqrt((squares / count) * MINUTES_PER_YEAR);
  return count < RETURNS ? live(value, { partial: true }) : live(value);
}

/** How far back minutes may tell of an hour that nobody sampled. */
const MINUTES_TELL = 25;

/** Volatility of the closed hours of the trailing window: as it was sampled at their close, else as the minutes tell. In order, those without left out. */
function trailing(state: InstrumentState, now: Micros, settings: EngineSettings): number[] {
  const { windowHours } = settings.volatility;
  const last = Math.floor(now / HOUR);
  const hours = new Float64Array(windowHours);
  copyHours(state.history.realisedVolatility, last - windowHours + 1, windowHours, hours);
  for (let i = Math.max(0, windowHours - MINUTES_TELL); i < windowHours; i += 1) {
    if (!Number.isNaN(hours[i]!)) continue;
    const told = realisedVolatility(state, closeOf(last - windowHours + 1 + i), settings);
    if (told.state === 'live') hours[i] = told.value;
  }
  return [...hours].filter((value) => !Number.isNaN(value));
}

/** The edges of the regime, and how many hours they rest on. */
function edges(state: InstrumentState, now: Micros, settings: EngineSettings) {
  const { windowHours, lowQuantile, highQuantile } = settings.volatility;
  const window = createQuantiles(windowHours);
  for (const value of trailing(state, now, settings)) pushQuantiles(window, value);
  return {
    count: quantilesCount(window),
    low: quantileOf(window, lowQuantile),
    high: quantileOf(window, highQuantile),
  };
}

function regimeOf(
  current: Reading,
  { now, state, settings }: InstrumentInput,
): Reading<'low' | 'medium' | 'high'> {
  if (current.state === 'absent') return current;
  const { windowHours, minValues } = settings.volatility;
  const { count, low, high } = edges(state, now, settings);
  if (count < minValues) return absent(`warming ${count}/${minValues} h`);
  const { value, partial } = current;
  const regime = value < low ? 'low' : value > high ? 'high' : 'medium';
  return partial === true || count < windowHours ? live(regime, { partial: true }) : live(regime);
}

function entriesAt(input: InstrumentInput): Entries {
  const current = realisedVolatility(input.state, input.now, input.settings);
  return { realisedVolatility: current, volatilityRegime: regimeOf(current, input) };
}

/**
 * Realised volatility of the last hour by its minutes, annualised, and where it stands in its own week (SPEC §4): `low` below the 25th percentile of the
 * closed hours of the trailing seven days, `high` above the 75th, else `medium`. One value per hour, sampled at its close, because hours do not overlap; they are
 * kept, so a restart does not warm up again. Fewer than 24 of them: `warming`.
 */
export const volatility = instrumentFeature<MinuteEntries>({
  name: 'volatility',
  appliesTo: anyInstrument,
  needs: 'quote',
  create: createMinuteEntries,
  define: {
    realisedVolatility: {
      formula: '√(Σ r² / n · 525600), r = ln(mid / mid a minute before), 60 min',
      unit: 'fraction per year',
      source: 'SPEC §4; Andersen, Bollerslev, Diebold, Labys 2003',
      inputs: [fact('history.priceTrail')],
    },
    volatilityRegime: {
      formula: 'low < 25th percentile of the trailing week’s hours ≤ medium ≤ 75th < high',
      unit: 'text',
      source: 'SPEC §4',
      inputs: [entry('realisedVolatility'), fact('history.realisedVolatility')],
    },
  },
  explain(_, { now, state, settings }, name) {
    if (name === 'realisedVolatility') {
      const { count } = squaredReturns(state, now);
      return {
        window: { span: HOUR, count, full: RETURNS },
        parameters: { minReturns: settings.volatility.minReturns },
        ...(count < RETURNS && {
          excluded: [`${RETURNS - count} returns of which a minute is missing`],
        }),
      };
    }
    const { windowHours, minValues } = settings.volatility;
    const { count, low, high } = edges(state, now, settings);
    return {
      window: { span: windowHours * HOUR, count, full: windowHours },
      parameters: {
        low: Number.isNaN(low) ? null : low,
        high: Number.isNaN(high) ? null : high,
        minValues,
      },
    };
  },
  onTick: (memory, input) => tickMinutes(memory, input, entriesAt),
  read: (memory, input) => readMinutes(memory, input, entriesAt),
});
