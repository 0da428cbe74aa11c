import { agedBy, type ChainNumbers } from '../features/options/chain.ts';
import type { ExpiryNumbers } from '../features/options/expiry.ts';
import {
  type OptionsMemory,
  type RatioHistory,
  ratioPercentile,
} from '../features/options/memory.ts';
import { putCallText } from '../features/options/positioning.ts';
import { constantMaturity, type TermShape, termShape } from '../features/options/term.ts';
import {
  closesOf,
  type Premium,
  type VolatilityReadings,
  volatilityReadings,
} from '../features/options/volatility.ts';
import type { VolatilityState } from '../market/state.ts';
import { type Definitions, fact, type Grounds, path } from '../model/definition.ts';
import type { Venue } from '../model/instrument.ts';
import { derive, type Reading } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import { DAY, HOUR, type Micros, SECOND } from '../model/units.ts';

/** One expiry. Volatilities are fractions a year. */
export interface OptionExpiry
  extends Pick<
    ExpiryNumbers,
    | 'expiry'
    | 'days'
    | 'forward'
    | 'forwardSource'
    | 'atmIv'
    | 'rr25'
    | 'bf25'
    | 'ivSource'
    | 'putCallOi'
    | 'putCallVolume'
    | 'maxPain'
    | 'maxPainTies'
    | 'gex'
    | 'oiCoin'
  > {}

/** Open interest of one expiry: `[strike, calls, puts]` in base coin, by rising strike. */
export interface OptionInterest {
  readonly expiry: Micros;
  readonly strikes: readonly (readonly [strike: number, calls: number, puts: number])[];
}

/** Gamma exposure of one expiry: `[strike, USD per 1 %]`, by rising strike; null where gamma is unknown. */
export interface OptionGamma {
  readonly expiry: Micros;
  readonly strikes: readonly (readonly [strike: number, gex: number | null])[];
}

/** The option chain of an asset, as of the last look at it (SPEC §11). */
export interface OptionsFrame {
  /** When it was looked at. */
  readonly asOf: Micros;
  /** When the newest quote in it was heard, and the volatility index; null while never. */
  readonly quotesHeardTs: Micros | null;
  readonly dvolHeardTs: Micros | null;
  readonly venue: Venue;
  /** Coin that the options are paid in. */
  readonly settle: string;
  /** The nearest ones, by rising expiry. */
  readonly expiries: readonly OptionExpiry[];
  /** At the money, for a fixed number of days. */
  readonly atmIv7d: Reading;
  readonly atmIv30d: Reading;
  readonly atmIv90d: Reading;
  readonly atmIv180d: Reading;
  readonly termShape: Reading<TermShape>;
  /** Over all expiries. */
  readonly putCallOi: Reading;
  readonly putCallOiSays: Reading<string>;
  readonly putCallOiPercentile: Reading;
  readonly putCallVolume: Reading;
  readonly putCallVolumeSays: Reading<string>;
  readonly putCallVolumePercentile: Reading;
  /** Where implied volatility stands in its year. */
  readonly dvol: Reading;
  readonly ivRank: Reading;
  readonly ivPercentile: Reading;
  readonly premium: Reading<Premium>;
  /** USD per 1 %. */
  readonly gex: Reading;
  readonly oiCoin: Reading;
  /** Of the nearest expiry and of the one with most open interest, strikes around the forward. */
  readonly oiByStrike: readonly OptionInterest[];
  readonly gexByStrike: readonly OptionGamma[];
  /** What was left out, with the reason. */
  readonly excluded: readonly string[];
}

/** At most `count` of the strikes, those around the forward. */
function around<T extends { readonly strike: number }>(
  strikes: readonly T[],
  forward: number | null,
  count: number,
): readonly T[] {
  if (strikes.length <= count) return strikes;
  const above = forward === null ? -1 : strikes.findIndex(({ strike }) => strike >= forward);
  const middle = above < 0 ? strikes.length >> 1 : above;
  const first = Math.max(0, Math.min(middle - (count >> 1), strikes.length - count));
  return strikes.slice(first, first + count);
}

/** The nearest expiry and the one with most open interest; one where they are the same. */
function shownByStrike(expiries: readonly ExpiryNumbers[]): readonly ExpiryNumbers[] {
  const [front] = expiries;
  if (front === undefined) return [];
  const openIn = ({ oi }: ExpiryNumbers) => oi.calls + oi.puts;
  const largest = expiries.reduce((most, next) => (openIn(next) > openIn(most) ? next : most));
  return largest === front ? [front] : [front, largest];
}

const entryOf = (numbers: ExpiryNumbers): OptionExpiry => ({
  expiry: numbers.expiry,
  days: numbers.days,
  forward: numbers.forward,
  forwardSource: numbers.forwardSource,
  atmIv: numbers.atmIv,
  rr25: numbers.rr25,
  bf25: numbers.bf25,
  ivSource: numbers.ivSource,
  putCallOi: numbers.putCallOi,
  putCallVolume: numbers.putCallVolume,
  maxPain: numbers.maxPain,
  maxPainTies: numbers.maxPainTies,
  gex: numbers.gex,
  oiCoin: numbers.oiCoin,
});

/** Every reading in a value made older by `age`. */
function aged<T>(value: T, age: Micros): T {
  if (Array.isArray(value)) return value.map((element) => aged(element, age)) as T;
  if (typeof value !== 'object' || value === null) return value;
  if ('state' in value) return agedBy(value as never, age) as T;
  return Object.fromEntries(
    Object.entries(value).map(([key, held]) => [key, aged(held, age)]),
  ) as T;
}

function ofChain(
  chain: ChainNumbers,
  memory: OptionsMemory,
  index: VolatilityState | undefined,
  settings: EngineSettings,
): Omit<OptionsFrame, keyof VolatilityReadings> {
  const { asOf, heardTs, venue, settle, expiries, putCallOi, putCallVolume } = chain;
  const { options } = settings;
  const { putCallBearish, putCallBullish } = options;
  const says = (ratio: Reading) =>
    derive([ratio] as const, (value) => putCallText(value, putCallBearish, putCallBullish));
  const atmIv7d = constantMaturity(expiries, 7);
  const atmIv90d = constantMaturity(expiries, 90);
  const byStrike = shownByStrike(expiries).map(({ expiry, strikes, forward }) => ({
    expiry,
    strikes: around(strikes, forward.value, options.strikes),
  }));
  const later = expiries.length - options.expiries;
  return {
    asOf,
    quotesHeardTs: heardTs,
    dvolHeardTs: index?.index?.tsLocal ?? null,
    venue,
    settle,
    expiries: expiries.slice(0, options.expiries).map(entryOf),
    atmIv7d,
    atmIv30d: constantMaturity(expiries, 30),
    atmIv90d,
    atmIv180d: constantMaturity(expiries, 180),
    termShape: termShape(atmIv7d, atmIv90d, options.termFlat),
    putCallOi,
    putCallOiSays: says(putCallOi),
    putCallOiPercentile: ratioPercentile(putCallOi, memory.putCallOi, settings),
    putCallVolume,
    putCallVolumeSays: says(putCallVolume),
    putCallVolumePercentile: ratioPercentile(putCallVolume, memory.putCallVolume, settings),
    gex: chain.gex,
    oiCoin: chain.oiCoin,
    oiByStrike: byStrike.map(({ expiry, strikes }) => ({
      expiry,
      strikes: strikes.map(({ strike, callOi, putOi }) => [strike, callOi, putOi] as const),
    })),
    gexByStrike: byStrike.map(({ expiry, strikes }) => ({
      expiry,
      strikes: strikes.map(
        ({ strike, gex }) => [strike, gex === null ? null : Math.round(gex)] as const,
      ),
    })),
    excluded: [
      ...chain.excluded,
      ...expiries.flatMap(({ expiry, excluded }) =>
        excluded.map((what) => `${dayOf(expiry)}: ${what}`),
      ),
      ...(later > 0 ? [`expiries not listed here, in the totals all the same: ${later}`] : []),
    ],
  };
}

/** `2026-03-27`. */
const dayOf = (expiry: Micros): string => new Date(expiry / 1000).toISOString().slice(0, 10);

/**
 * The section of a frame; null where there are no options. Numbers of the chain are as of the last look, and stale when the next one is overdue; the volatility index is
 * as of now.
 */
export function optionsFrame(
  memory: OptionsMemory,
  index: VolatilityState | undefined,
  now: Micros,
  settings: EngineSettings,
): OptionsFrame | null {
  const { chain } = memory;
  if (chain === null) return null;
  const frame = ofChain(chain, memory, index, settings);
  const age = (now - chain.asOf) as Micros;
  const isOverdue = age > settings.stale.periods * settings.options.everySeconds * SECOND;
  return {
    ...(isOverdue ? aged(frame, age) : frame),
    ...volatilityReadings(index, chain.venue, now, settings),
  };
}

const SOURCE = 'SPEC §11';
const quotes = [fact('options')];
const of = (formula: string, unit: string, inputs: Definitions[string]['inputs'] = quotes) => ({
  formula,
  unit,
  source: SOURCE,
  inputs,
});
const atm = (days: number) =>
  of(
    `IV at the money in ${days} days: between the expiries on both sides of it, σ²·t linear in t; never beyond the last`,
    'fraction a year',
    [path('options.expiries.*.atmIv'), path('options.expiries.*.days')],
  );
const FORWARD = path('options.expiries.*.forward');

/** What the numbers of this section are. */
export const optionsDefinitions: Definitions = {
  'options.expiries.*.days': of('(08:00 UTC of the day − now) / 24 h', 'days'),
  'options.expiries.*.forward': of(
    'forward that the venue prices the expiry with, else K + C − P at the strikes nearest to the money (in coins K / (1 − (C − P))), else the dated future of that day',
    'price',
  ),
  'options.expiries.*.atmIv': of(
    'mark IV at the forward: between the strikes on both sides of it, σ² linear in ln(K/F), of the option out of the money',
    'fraction a year',
    [...quotes, FORWARD],
  ),
  'options.expiries.*.rr25': of(
    'IV of the call of delta 0.25 − IV of the put of delta −0.25, linear in delta; delta to the forward, the venue’s, else N(d₁) at mark IV',
    'fraction a year',
    [...quotes, FORWARD],
  ),
  'options.expiries.*.bf25': of(
    '(IV of the 25Δ call + IV of the 25Δ put) / 2 − IV at the money',
    'fraction a year',
    [...quotes, path('options.expiries.*.atmIv')],
  ),
  'options.expiries.*.putCallOi': of('open interest of puts / that of calls', 'ratio'),
  'options.expiries.*.putCallVolume': of('24 h volume of puts / that of calls', 'ratio'),
  'options.expiries.*.maxPain': of(
    'strike S with the least Σ callOI·max(S − K, 0) + putOI·max(K − S, 0), in dollars; the lowest of those that tie',
    'price',
  ),
  'options.expiries.*.gex': of(
    'Σ ±Γ·OI·F²·0.01 per 1 %, calls + puts −: takes dealers to be long calls and short puts; Γ of Black-76 at mark IV, else the venue’s',
    'usd',
    [...quotes, FORWARD],
  ),
  'options.expiries.*.oiCoin': of('Σ open interest of calls and puts', 'coins'),
  'options.atmIv7d': atm(7),
  'options.atmIv30d': atm(30),
  'options.atmIv90d': atm(90),
  'options.atmIv180d': atm(180),
  'options.termShape': of(
    'contango where IV of 90 days stands above that of 7, else backwardation',
    'text',
    [path('options.atmIv7d'), path('options.atmIv90d')],
  ),
  'options.putCallOi': of('open interest of puts / that of calls, all expiries', 'ratio'),
  'options.putCallOiSays': of(
    'bearish above `putCallBearish`, bullish below `putCallBullish`, neutral between',
    'text',
    [path('options.putCallOi')],
  ),
  'options.putCallOiPercentile': of(
    'share of the trailing hours in which it was lower',
    'fraction',
    [path('options.putCallOi')],
  ),
  'options.putCallVolume': of('24 h volume of puts / that of calls, all expiries', 'ratio'),
  'options.putCallVolumeSays': of(
    'bearish above `putCallBearish`, bullish below `putCallBullish`, neutral between',
    'text',
    [path('options.putCallVolume')],
  ),
  'options.putCallVolumePercentile': of(
    'share of the trailing hours in which it was lower',
    'fraction',
    [path('options.putCallVolume')],
  ),
  'options.dvol': of(
    'the venue’s index of the implied volatility of the next 30 days',
    'fraction a year',
    [fact('volatility')],
  ),
  'options.ivRank': of(
    '(DVOL − least) / (greatest − least) of the daily closes of a year',
    'fraction',
    [path('options.dvol'), fact('volatility')],
  ),
  'options.ivPercentile': of(
    'share of the daily closes of a year that lie below DVOL',
    'fraction',
    [path('options.dvol'), fact('volatility')],
  ),
  'options.premium': of(
    'premium rich from `premiumRich` of the percentile on, cheap up to `premiumCheap`',
    'text',
    [path('options.ivPercentile')],
  ),
  'options.gex': of('Σ of the gamma exposures of all expiries', 'usd', [
    path('options.expiries.*.gex'),
  ]),
  'options.oiCoin': of('Σ of the open interest of all expiries', 'coins', [
    path('options.expiries.*.oiCoin'),
  ]),
};

const ratioWindow = ({ hours }: RatioHistory, full: number) => ({
  span: hours.length === 0 ? 0 : (hours.at(-1)! - hours[0]! + 1) * HOUR,
  count: hours.length,
  full,
});

/**
 * What a number of this section rests on at this instant, by its path (`options.expiries.3.atmIv`): thresholds, windows, sources, what was left out. Undefined where its
 * inputs say all.
 */
export function optionsGrounds(
  memory: OptionsMemory,
  index: VolatilityState | undefined,
  now: Micros,
  settings: EngineSettings,
  at: string,
): Grounds | undefined {
  const { chain } = memory;
  const { options } = settings;
  if (chain === null) return undefined;
  const expiry = /^options\.expiries\.(\d+)\.(\w+)$/.exec(at);
  if (expiry !== null) {
    const numbers = chain.expiries[Number(expiry[1])];
    if (numbers === undefined) return undefined;
    const { forwardSource, ivSource, maxPainTies, excluded } = numbers;
    return {
      parameters: {
        forwardSource,
        ivSource,
        widestDeltaGap: options.widestDeltaGap,
        ...(maxPainTies.length > 0 && { maxPainTies: maxPainTies.join(', ') }),
      },
      excluded,
    };
  }
  const { putCallBearish, putCallBullish, putCallWindowHours, putCallMinHours } = options;
  switch (at) {
    case 'options.termShape':
      return { parameters: { termFlat: options.termFlat } };
    case 'options.putCallOiSays':
    case 'options.putCallVolumeSays':
      return { parameters: { putCallBearish, putCallBullish } };
    case 'options.putCallOiPercentile':
      return {
        window: ratioWindow(memory.putCallOi, putCallWindowHours),
        parameters: { putCallMinHours },
      };
    case 'options.putCallVolumePercentile':
      return {
        window: ratioWindow(memory.putCallVolume, putCallWindowHours),
        parameters: { putCallMinHours },
      };
    case 'options.ivRank':
    case 'options.ivPercentile': {
      const closes = closesOf(index, now, settings);
      const { dvolDays, dvolMinDays } = options;
      return {
        window: { span: dvolDays * DAY, count: closes.length, full: dvolDays },
        parameters: {
          dvolMinDays,
          least: closes.length === 0 ? null : Math.min(...closes),
          greatest: closes.length === 0 ? null : Math.max(...closes),
        },
      };
    }
    case 'options.premium':
      return {
        parameters: { premiumRich: options.premiumRich, premiumCheap: options.premiumCheap },
      };
    default:
      return { excluded: chain.excluded };
  }
}
