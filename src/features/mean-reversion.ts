import type { InstrumentState } from '../market/state.ts';
import { type Definition, entry, fact } from '../model/definition.ts';
import { absent, derive, live, type Reading } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import { HOUR, MINUTE, type Micros } from '../model/units.ts';
import { autoregression, varianceRatio, varianceRatioZ } from '../stats/regression.ts';
import { zScore } from '../stats/z-score.ts';
import { anyInstrument, type Entries, type InstrumentInput, instrumentFeature } from './feature.ts';
import {
  createMinuteEntries,
  type MinuteEntries,
  minuteMids,
  readMinutes,
  tickMinutes,
} from './minute-mids.ts';

const SHORT = 60;
const LONG = 240;

const NO_MID = absent('no mid at the last whole minute');

/** The minutes of the long window as shares of the newest, so that what counts as no variance does not depend on the price of a coin. */
function minutesOf(state: InstrumentState, now: Micros): Float64Array {
  const mids = minuteMids(state, now, LONG);
  const last = mids[LONG - 1]!;
  return mids.map((mid) => mid / last);
}

function known(mids: Float64Array): number {
  let count = 0;
  for (const mid of mids) if (!Number.isNaN(mid)) count += 1;
  return count;
}

const needed = (minutes: number, { meanReversion }: EngineSettings): number =>
  Math.max(3, Math.ceil(minutes * meanReversion.minShare));

/** A number made of the minutes of a window: absent while too few are known, `partial` while not all are. */
function over<T>(mids: Float64Array, settings: EngineSettings, make: () => Reading<T>): Reading<T> {
  if (Number.isNaN(mids.at(-1)!)) return NO_MID;
  const count = known(mids);
  const enough = needed(mids.length, settings);
  if (count < enough) return absent(`warming ${count}/${enough} min`);
  const reading = make();
  return reading.state === 'absent' || count === mids.length
    ? reading
    : { ...reading, partial: true };
}

const zOf = (mids: Float64Array, settings: EngineSettings): Reading =>
  over(mids, settings, () => {
    const score = zScore(mids, 2);
    return 'z' in score ? live(score.z) : absent(score.reason);
  });

/** Half-life of a deviation, minutes; absent where the pull is none or may be an accident. */
const halfLifeOf = (mids: Float64Array, settings: EngineSettings): Reading =>
  over(mids, settings, () => {
    const { t, halfLife } = autoregression(mids);
    if (Number.isNaN(t)) return absent('no variance');
    return t < settings.meanReversion.dickeyFuller && Number.isFinite(halfLife)
      ? live(halfLife, { estimated: true })
      : absent(`no mean reversion (t ${t.toFixed(1).replace('-', '−')})`);
  });

const varianceRatioOf = (mids: Float64Array, settings: EngineSettings): Reading =>
  over(mids, settings, () => {
    const ratio = varianceRatio(mids.map(Math.log), settings.meanReversion.lag);
    return Number.isFinite(ratio) ? live(ratio) : absent('no variance');
  });

type MarketState = 'ranging' | 'trending' | 'undecided';
type Stretch = 'rich' | 'cheap' | 'mixed' | 'none';

/**
 * Ranging where the pull to the mean is significant and longer changes vary less than shorter ones would have them; trending where they vary more, and that
 * significantly.
 */
function marketStateOf(
  halfLife: Reading,
  ratio: Reading,
  mids: Float64Array,
  settings: EngineSettings,
): Reading<MarketState> {
  const { lag, varianceRatioZ: edge } = settings.meanReversion;
  return derive([ratio] as const, (value): MarketState => {
    if (halfLife.state !== 'absent' && value < 1) return 'ranging';
    return varianceRatioZ(value, lag, known(mids) - 1) > edge ? 'trending' : 'undecided';
  });
}

/** Whether price is far from its mean of either window, and on which side; a window that says nothing is left out where the other says yes. */
function stretchOf(z60: Reading, z240: Reading, settings: EngineSettings): Reading<Stretch> {
  const { meanReversion } = settings;
  const sideOf = (z: Reading, edge: number): number =>
    z.state !== 'absent' && Math.abs(z.value) > edge ? Math.sign(z.value) : 0;
  const short = sideOf(z60, meanReversion.z60);
  const long = sideOf(z240, meanReversion.z240);
  if (short === 0 && z60.state === 'absent' && long === 0) return z60;
  if (short === 0 && long === 0 && z240.state === 'absent') return z240;
  const both = [z60, z240].filter(({ state }) => state !== 'absent');
  return derive(both, (): Stretch => {
    if (short * long < 0) return 'mixed';
    const side = short + long;
    return side === 0 ? 'none' : side > 0 ? 'rich' : 'cheap';
  });
}

function entriesAt({ now, state, settings }: InstrumentInput): Entries {
  const mids = minutesOf(state, now);
  const priceZ60 = zOf(mids.subarray(LONG - SHORT), settings);
  const priceZ240 = zOf(mids, settings);
  const halfLifeMinutes = halfLifeOf(mids, settings);
  const ratio = varianceRatioOf(mids, settings);
  const opportunity = stretchOf(priceZ60, priceZ240, settings);
  const marketState = marketStateOf(halfLifeMinutes, ratio, mids, settings);
  return {
    priceZ60,
    priceZ240,
    opportunity,
    halfLifeMinutes,
    varianceRatio: ratio,
    marketState,
    meanReversion: derive([marketState, opportunity] as const, (market, stretch) =>
      market !== 'ranging'
        ? 'none'
        : stretch === 'rich'
          ? 'down'
          : stretch === 'cheap'
            ? 'up'
            : 'none',
    ),
  };
}

const MINUTES = [fact('history.priceTrail')];
const zDefinition = (minutes: number): Definition => ({
  formula: `(mid − mean) / sd of the last ${minutes} one-minute mids, the newest against all`,
  unit: 'sd',
  source: 'SPEC §4',
  inputs: MINUTES,
});

/**
 * Mean reversion (SPEC §4) on one-minute mids, as of the last whole minute: price z-score over 60 and 240 minutes, whether either calls price stretched
 * (`opportunity`: rich, cheap, mixed, none), the half-life of an Ornstein–Uhlenbeck fit, −ln 2 / ln(1 + b), the variance ratio, whether the market is ranging or
 * trending, and where price would revert to (`meanReversion`: up, down, none), flagged only while it is ranging.
 *
 * The half-life is absent (`no mean reversion`) unless b lies between −1 and 0 and its t beyond the 5 % point of Dickey and Fuller, which under a random walk is
 * nowhere near Student's. Absent below three quarters of a window's minutes, `partial` below all.
 */
export const meanReversion = instrumentFeature<MinuteEntries>({
  name: 'meanReversion',
  appliesTo: anyInstrument,
  needs: 'quote',
  create: createMinuteEntries,
  define: {
    priceZ60: zDefinition(SHORT),
    priceZ240: zDefinition(LONG),
    opportunity: {
      formula: 'rich or cheap where |z60| > 1.5 or |z240| > 1.0, mixed where they disagree',
      unit: 'text',
      source: 'SPEC §4',
      inputs: [entry('priceZ60'), entry('priceZ240')],
    },
    halfLifeMinutes: {
      formula: '−ln 2 / ln(1 + b), mid(t) − mid(t−1) = a + b · mid(t−1), 240 min',
      unit: 'minutes',
      source: 'SPEC §4; significance by Dickey, Fuller 1979',
      inputs: MINUTES,
    },
    varianceRatio: {
      formula: 'variance of 15-min changes / (15 · variance of 1-min changes) of ln mid, 240 min',
      unit: 'ratio',
      source: 'SPEC §4; Lo, MacKinlay 1988',
      inputs: MINUTES,
    },
    marketState: {
      formula: 'ranging: half-life known and VR < 1; trending: z of VR − 1 > 1.645; else undecided',
      unit: 'text',
      source: 'SPEC §4; Lo, MacKinlay 1988',
      inputs: [entry('halfLifeMinutes'), entry('varianceRatio')],
    },
    meanReversion: {
      formula: 'down where rich and up where cheap while ranging, else none',
      unit: 'text',
      source: 'SPEC §4',
      inputs: [entry('opportunity'), entry('marketState')],
    },
  },
  explain(_, { now, state, settings }, name) {
    const mids = minutesOf(state, now);
    const { z60, z240, dickeyFuller, lag, varianceRatioZ: edge } = settings.meanReversion;
    if (name === 'opportunity') return { parameters: { z60, z240 } };
    if (name === 'meanReversion') return undefined;
    const window = name === 'priceZ60' ? mids.subarray(LONG - SHORT) : mids;
    const count = Number.isNaN(mids.at(-1)!) ? 0 : known(window);
    const full = window.length;
    const { b, t } = autoregression(mids);
    const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
    return {
      window: { span: full === SHORT ? HOUR : LONG * MINUTE, count, full },
      parameters: {
        ...(name === 'halfLifeMinutes' && { b: orNull(b), t: orNull(t), dickeyFuller }),
        ...(name === 'varianceRatio' && { lag }),
        ...(name === 'marketState' && { lag, varianceRatioZ: edge }),
      },
      ...(count < full && { excluded: [`${full - count} minutes without a mid`] }),
    };
  },
  onTick: (memory, input) => tickMinutes(memory, input, entriesAt),
  read: (memory, input) => readMinutes(memory, input, entriesAt),
});
