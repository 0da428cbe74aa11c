import {
  copyFunding8h,
  fundingFacts,
  storedFunding8h,
  storedOpenInterest,
} from '../market/stored-cells.ts';
import { entry, fact } from '../model/definition.ts';
import { absent, derive, live, marked, type Reading, valueIn } from '../model/reading.ts';
import { HOUR } from '../model/units.ts';
import { windowStats, zScore } from '../stats/z-score.ts';
import { type InstrumentInput, instrumentFeature, perpsOnly } from './feature.ts';
import { intervalReading, predictedReading, rate8h } from './funding.ts';
import { openInterestBefore, openInterestReading } from './open-interest.ts';

/** Number of the cell that is open. */
const openHour = ({ now }: InstrumentInput): number => Math.floor(now / HOUR) + 1;

/** ln of open interest now over that an hour ago, in coin. */
const oiChangeOf = ({ state, now, settings }: InstrumentInput): Reading =>
  derive(
    [openInterestReading(state, now, settings), openInterestBefore(state, now, 1)] as const,
    (size, before) => Math.log(size / before),
  );

/** OI′ of the closed cells of the trailing week, then the change of the last hour in the place of the open one. */
function oiChanges(input: InstrumentInput, current: number): Float64Array {
  const { windowHours } = input.settings.drift;
  const window = new Float64Array(windowHours);
  const first = openHour(input) - windowHours + 1;
  let before = storedOpenInterest(input.state, first - 1);
  for (let i = 0; i < windowHours - 1; i += 1) {
    const size = storedOpenInterest(input.state, first + i);
    window[i] = Math.log(size / before);
    before = size;
  }
  window[windowHours - 1] = current;
  return window;
}

/** What drift takes as funding of the open cell, 8h-equivalent. */
function fundingOf(input: InstrumentInput): Reading {
  const { state, now, settings } = input;
  if (settings.drift.funding === 'predicted')
    return rate8h(predictedReading(state, now, settings), intervalReading(state));
  const settled = storedFunding8h(state, openHour(input), 'settled');
  return Number.isNaN(settled) ? absent('no settled funding in this hour') : live(settled);
}

/** Funding of the closed cells of the trailing week, then the current one. */
function fundings(input: InstrumentInput, current: number): Float64Array {
  const { windowHours, funding } = input.settings.drift;
  const window = new Float64Array(windowHours);
  const first = openHour(input) - windowHours + 1;
  copyFunding8h(input.state, first, windowHours - 1, funding, window);
  window[windowHours - 1] = current;
  return window;
}

/** z of a reading against its window, alive as the reading is. */
function scored(
  current: Reading,
  window: (value: number) => Float64Array,
  minValues: number,
): Reading {
  if (current.state === 'absent') return current;
  const score = zScore(window(current.value), minValues);
  return 'z' in score ? { ...current, value: score.z } : absent(score.reason);
}

/**
 * Shocks of a perp against its own trailing week of hours (SPEC §4, §5), each listing against itself: z of the change of ln OI over the last hour (`oiShock1h`),
 * and z of the 8h-equivalent funding rate (`fundingZ`), whose closed hours are what was sampled live, else what was settled. Funding repeats itself between two
 * settlements, so its z carries `nEff`, the settlements among the hours. Crowding is `oiShock1h / volumeShock1h`.
 */
export const perpShocks = instrumentFeature<null>({
  name: 'perpShocks',
  appliesTo: perpsOnly,
  create: () => null,
  define: {
    oiShock1h: {
      formula:
        '(x − mean) / sd of x = ln(OI / OI an hour ago), in coin, among the trailing week’s hours',
      unit: 'sd',
      source: 'SPEC §4',
      inputs: [entry('oiCoin'), fact('history.openInterestTrail'), fact('history.openInterest')],
    },
    fundingZ: {
      formula: '(rate − mean) / sd of the 8h-equivalent rate among the trailing week’s hours',
      unit: 'sd',
      source: 'SPEC §4',
      inputs: [entry('funding8h'), fact('history.funding8h'), fact('history.fundingSettled')],
    },
  },
  explain(_, input, name) {
    const { windowHours, minValues } = input.settings.drift;
    const isFunding = name === 'fundingZ';
    const current = valueIn(isFunding ? fundingOf(input) : oiChangeOf(input)) ?? Number.NaN;
    const window = isFunding ? fundings(input, current) : oiChanges(input, current);
    const { count, mean, sd } = windowStats(window);
    const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
    const interval = input.state.interval?.hours ?? Number.NaN;
    return {
      window: {
        span: windowHours * HOUR,
        count,
        full: windowHours,
        ...(isFunding && { nEff: fundingFacts(window, interval) }),
      },
      parameters: { mean: orNull(mean), sd: orNull(sd), minValues },
      ...(count < windowHours && { excluded: [`${windowHours - count} hours without a value`] }),
    };
  },
  read(_, input) {
    const { minValues } = input.settings.drift;
    const interval = input.state.interval?.hours ?? Number.NaN;
    let facts = 0;
    const fundingZ = scored(
      fundingOf(input),
      (rate) => {
        const window = fundings(input, rate);
        facts = fundingFacts(window, interval);
        return window;
      },
      minValues,
    );
    return {
      oiShock1h: scored(oiChangeOf(input), (change) => oiChanges(input, change), minValues),
      fundingZ: marked(fundingZ, { nEff: facts }),
    };
  },
});
