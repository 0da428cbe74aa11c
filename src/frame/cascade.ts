import type { InstrumentState } from '../market/state.ts';
import {
  type Definition,
  type Definitions,
  fact,
  type Grounds,
  path,
} from '../model/definition.ts';
import { marksOf, type Venue } from '../model/instrument.ts';
import { absent, derive, live, type Marks, marked, type Reading, stale } from '../model/reading.ts';
import type { CascadeLevel } from '../model/regime.ts';
import type { EngineSettings } from '../model/settings.ts';
import { HOUR, type Micros } from '../model/units.ts';
import {
  type Banded,
  type CascadeThresholds,
  cascadeLevel,
  levelsAround,
  type Positions,
  sumWithin,
  usdWithin,
  type WithinByMix,
} from '../signals/cascade.ts';
import { placedShare } from '../signals/cohorts.ts';
import { isInverse } from '../signals/margin.ts';
import type { PerpCohorts } from '../signals/perp-cohorts.ts';
import { type CalibrationFrame, calibrationDefinitions } from './calibration.ts';

/** Estimated notional that dies when price passes through a bin, over all venues that count. */
export interface LiquidationLevel {
  /** Middle of the bin. */
  readonly price: number;
  readonly side: 'long' | 'short';
  /** Whole USD. */
  readonly notional: number;
  /** The least and the most of it under the mixes of less and of more leverage, whole USD. */
  readonly low: number;
  readonly high: number;
}

/** What one venue adds to the estimate, over all its perps of the asset. */
export interface CascadeVenue {
  readonly longWithin5: Reading;
  readonly shortWithin5: Reading;
  /** At mark. */
  readonly openInterestUsd: Reading;
  /** Share of its open interest whose entries are known: the rest was open before the record began, and dies at no level. */
  readonly placedShare: Reading;
  /** Who said what margin its first perp asks for. */
  readonly tiers: 'settings' | 'venue';
}

export interface CascadeFrame {
  readonly level: Reading<CascadeLevel>;
  /** dOI (USD, 1 h) / perp depth (USD, both sides). */
  readonly ratio: Reading;
  /** Estimated USD that is liquidated within 5 % of price, per side, over all venues that count. */
  readonly longWithin5: Reading;
  readonly shortWithin5: Reading;
  /** The least and the most of it under the mixes of less and of more leverage. */
  readonly longWithin5Low: Reading;
  readonly longWithin5High: Reading;
  readonly shortWithin5Low: Reading;
  readonly shortWithin5High: Reading;
  /** USD thresholds in force for this asset; null while they cannot be scaled. */
  readonly thresholds: CascadeThresholds | null;
  /** Estimated levels within 10 % of price, by rising price; bins without any are left out. */
  readonly levels: readonly LiquidationLevel[];
  readonly byVenue: Readonly<Record<Venue, CascadeVenue>>;
  /** Venues, or further listings of one, that do not count, with the reason. */
  readonly excluded: readonly string[];
  readonly calibration: CalibrationFrame;
}

/** One perp as the estimate sees it. */
export interface CascadePerp {
  readonly state: InstrumentState;
  readonly cohorts: PerpCohorts;
  readonly openInterestUsd: Reading;
}

/** The estimate of an asset at one instant, and what it is made of. */
export interface CascadeEstimate
  extends Pick<
    CascadeFrame,
    | 'level'
    | 'longWithin5'
    | 'shortWithin5'
    | 'longWithin5Low'
    | 'longWithin5High'
    | 'shortWithin5Low'
    | 'shortWithin5High'
    | 'byVenue'
    | 'excluded'
  > {
  readonly thresholds: Reading<CascadeThresholds>;
  /** Those that count. */
  readonly positions: readonly Positions[];
}

type CascadeSettings = EngineSettings['cascade'];

/** Hours without open interest after which cohorts are a picture of the past: three of their period (SPEC §2). */
const COHORTS_HOLD = 3;

const positionsOf = ({ state, cohorts }: CascadePerp): Positions => ({
  book: cohorts.book,
  isInverse: isInverse(state.instrument),
});

/** Why a perp does not count; undefined where it does. */
function whyNot({ cohorts }: CascadePerp, { minPlacedShare }: CascadeSettings): string | undefined {
  if (cohorts.legs === null) return 'no maintenance margin rate';
  // Of a perp whose open interest has no past yet nothing is placed.
  const placed = cohorts.book.since === null ? 0 : placedShare(cohorts.book);
  return placed < minPlacedShare
    ? `warming ${Math.floor(placed * 100)}/${Math.round(minPlacedShare * 100)} % of entries known`
    : undefined;
}

const ageOf = ({ cohorts }: CascadePerp, now: Micros): Micros =>
  (now - (cohorts.book.asOf ?? 0)) as Micros;

/** The perps that count, how old what is known of them is where all are stale, and the others with their reasons. */
interface Counted {
  readonly perps: readonly CascadePerp[];
  readonly age: Micros | null;
  readonly excluded: readonly (readonly [CascadePerp, reason: string])[];
}

function count(perps: readonly CascadePerp[], now: Micros, settings: CascadeSettings): Counted {
  const excluded: (readonly [CascadePerp, string])[] = [];
  const known: CascadePerp[] = [];
  for (const perp of perps) {
    const reason = whyNot(perp, settings);
    if (reason === undefined) known.push(perp);
    else excluded.push([perp, reason]);
  }
  const current = known.filter((perp) => ageOf(perp, now) <= COHORTS_HOLD * HOUR);
  if (current.length === 0 && known.length > 0)
    return {
      perps: known,
      age: Math.min(...known.map((perp) => ageOf(perp, now))) as Micros,
      excluded,
    };
  for (const perp of known)
    if (!current.includes(perp)) excluded.push([perp, 'stale open interest']);
  return { perps: current, age: null, excluded };
}

/** Share of the open interest known that the perps which count hold; 1 where none is known in dollars. */
function coveredShare(perps: readonly CascadePerp[], counted: readonly CascadePerp[]): number {
  const usdOf = (some: readonly CascadePerp[]) =>
    some.reduce((sum, { openInterestUsd }) => sum + (openInterestUsd.value ?? 0), 0);
  const all = usdOf(perps);
  return all > 0 ? usdOf(counted) / all : 1;
}

function sumUsd(perps: readonly CascadePerp[]): Reading {
  const [first, ...rest] = perps.map(({ openInterestUsd }) => openInterestUsd);
  return rest.reduce<Reading>(
    (sum, usd) => derive([sum, usd] as const, (a, b) => a + b),
    first ?? absent('no open interest'),
  );
}

function placedOf(perps: readonly CascadePerp[]): Reading {
  const begun = perps.filter(({ cohorts }) => cohorts.book.since !== null);
  // Of one venue dollars and coins meet here, so each perp weighs what it is worth.
  let placed = 0;
  let all = 0;
  for (const { cohorts, openInterestUsd } of begun) {
    const usd = openInterestUsd.value ?? 0;
    placed += placedShare(cohorts.book) * usd;
    all += usd;
  }
  return all > 0 ? live(placed / all, { estimated: true }) : absent('no open-interest history');
}

/** The perps of each venue, in the order of the list. */
function groups(perps: readonly CascadePerp[]): Map<Venue, CascadePerp[]> {
  const byVenue = new Map<Venue, CascadePerp[]>();
  for (const perp of perps) {
    const { venue } = perp.state.instrument;
    const group = byVenue.get(venue) ?? [];
    group.push(perp);
    byVenue.set(venue, group);
  }
  return byVenue;
}

/**
 * Estimated USD that dies within 5 % of price over all perps of an asset, the level it amounts to, and what each venue adds (SPEC §9). Everything is marked `estimated`, and
 * `partial` while a perp does not count; absent while those that count hold too little of the open interest, for little that is known is not little that dies.
 *
 * @param perps the preferred one of a venue first: it stands for its venue.
 */
export function cascadeEstimate(
  perps: readonly CascadePerp[],
  price: Reading,
  thresholds: Reading<CascadeThresholds>,
  now: Micros,
  settings: CascadeSettings,
): CascadeEstimate {
  const counted = count(perps, now, settings);
  const bases: Marks = {
    estimated: true,
    ...(counted.excluded.length > 0 && { partial: true as const }),
    ...(counted.perps.some(({ state }) => marksOf(state.instrument).polled) && {
      polled: true as const,
    }),
  };
  const [firstPerp, firstReason] = counted.excluded[0] ?? [];
  const none = absent(
    firstPerp === undefined
      ? 'no perp listed yet'
      : `${firstReason}: ${firstPerp.state.instrument.venue}`,
  );
  // Each perp is read once, for its venue and for all.
  const read = derive(
    [price] as const,
    (at) =>
      new Map(
        counted.perps.map((perp): [CascadePerp, WithinByMix] => [
          perp,
          usdWithin(positionsOf(perp), at, settings.withinShare),
        ]),
      ),
  );
  const within = (some: readonly CascadePerp[], marks: Marks) =>
    marked(
      derive(
        [counted.age === null ? live(some, marks) : stale(some, counted.age, marks), read] as const,
        (chosen, known) => sumWithin(chosen.map((perp) => known.get(perp)!)),
      ),
      { estimated: true },
    );
  const covered = coveredShare(perps, counted.perps);
  const all =
    counted.perps.length === 0
      ? none
      : covered < settings.minCoveredShare
        ? absent(
            `warming ${Math.floor(covered * 100)}/${Math.round(settings.minCoveredShare * 100)} % of open interest covered`,
          )
        : within(counted.perps, bases);
  const part = (side: 'long' | 'short', what: keyof Banded): Reading =>
    derive([all] as const, (sums) => sums[side][what]);
  const longWithin5 = part('long', 'notional');
  const shortWithin5 = part('short', 'notional');
  const byVenue: Record<Venue, CascadeVenue> = {};
  const excluded: string[] = [];
  for (const [venue, group] of groups(perps)) {
    for (const [perp, reason] of counted.excluded)
      if (group.includes(perp))
        excluded.push(`${perp === group[0] ? venue : perp.state.instrument.id}: ${reason}`);
    if (group.every(({ cohorts }) => cohorts.legs === null)) continue;
    const own = group.filter((perp) => counted.perps.includes(perp));
    const why = counted.excluded.find(([perp]) => group.includes(perp))?.[1];
    const marks: Marks = own.length < group.length ? { partial: true } : {};
    const sums = own.length === 0 ? absent(why ?? 'no perp') : within(own, marks);
    byVenue[venue] = {
      longWithin5: derive([sums] as const, ({ long }) => long.notional),
      shortWithin5: derive([sums] as const, ({ short }) => short.notional),
      openInterestUsd: sumUsd(group),
      placedShare: placedOf(group),
      tiers: group[0]!.state.tiers !== null ? 'venue' : 'settings',
    };
  }
  return {
    longWithin5,
    shortWithin5,
    longWithin5Low: part('long', 'low'),
    longWithin5High: part('long', 'high'),
    shortWithin5Low: part('short', 'low'),
    shortWithin5High: part('short', 'high'),
    thresholds,
    level: derive([longWithin5, shortWithin5, thresholds] as const, (long, short, at) =>
      cascadeLevel(long + short, at),
    ),
    byVenue,
    excluded,
    positions: counted.perps.map(positionsOf),
  };
}

/** Estimated levels reach this far from price … */
const LEVEL_SHARE = 0.1;
/** … in bins at least this wide, as a share of price: at most 41 of them. */
const LEVEL_WIDTH = 0.005;

/** Bins of estimated levels as a chart wants them: middle of the bin on the price grid, whole dollars. */
function levelsFor(
  positions: readonly Positions[],
  price: number,
  decimals: number,
): LiquidationLevel[] {
  const scale = 10 ** (decimals + 1);
  return levelsAround(positions, price, LEVEL_SHARE, LEVEL_WIDTH)
    .map(({ side, from, to, notional, low, high }) => ({
      price: Math.round(((from + to) / 2) * scale) / scale,
      side,
      notional: Math.round(notional),
      low: Math.round(low),
      high: Math.round(high),
    }))
    .filter(({ high }) => high > 0);
}

/** The section of the frame. */
export function cascadeFrame(
  estimate: CascadeEstimate,
  ratio: Reading,
  price: Reading,
  decimals: number,
  calibration: CalibrationFrame,
): CascadeFrame {
  const { positions, thresholds, ...shown } = estimate;
  return {
    ...shown,
    ratio,
    thresholds: thresholds.state === 'absent' ? null : thresholds.value,
    levels:
      price.state === 'absent' || estimate.longWithin5.state === 'absent'
        ? []
        : levelsFor(positions, price.value, decimals),
    calibration,
  };
}

const MADE_OF = [
  fact('history.openInterest', 'perp'),
  fact('openInterest', 'perp'),
  fact('trades', 'perp'),
  fact('history.buyShare', 'perp'),
  path('price'),
];

const within = (side: 'long' | 'short', which: string): Definition => ({
  formula: `Σ over venues of the OI opened at E that dies ${side === 'long' ? 'between price and 5 % below' : 'between price and 5 % above'}, at E·${
    side === 'long' ? '(1 − 1/L)/(1 − m)' : '(1 + 1/L)/(1 + m)'
  }, coin-margined at E·${side === 'long' ? '(1 + m)/(1 + 1/L)' : '(1 − m)/(1 − 1/L)'}; ${which}`,
  unit: 'usd',
  source: 'SPEC §9',
  inputs: MADE_OF,
});

const estimated = (formula: string, unit: Definition['unit']): Definition => ({
  formula,
  unit,
  source: 'SPEC §9',
  inputs: MADE_OF,
});

export const cascadeDefinitions: Definitions = {
  'cascade.level': {
    formula:
      'low, medium, high or critical by the thresholds that longs and shorts within 5 % of price reach together',
    unit: 'text',
    source: 'SPEC §9',
    inputs: [path('cascade.longWithin5'), path('cascade.shortWithin5')],
  },
  'cascade.longWithin5': within('long', 'the mix of leverage that is shown'),
  'cascade.shortWithin5': within('short', 'the mix of leverage that is shown'),
  'cascade.longWithin5Low': within('long', 'the least of three mixes'),
  'cascade.longWithin5High': within('long', 'the most of three mixes'),
  'cascade.shortWithin5Low': within('short', 'the least of three mixes'),
  'cascade.shortWithin5High': within('short', 'the most of three mixes'),
  'cascade.thresholds': {
    formula: 'those of BTC · OI of the asset in USD / OI of BTC in USD, over all perps',
    unit: 'usd',
    source: 'SPEC §9',
    inputs: [fact('openInterest', 'perp'), fact('mark', 'perp')],
  },
  'cascade.levels': estimated(
    'USD by the bin of prices in which they die, within 10 % of price, over all venues that count',
    'usd',
  ),
  'cascade.byVenue.*.longWithin5': within('long', 'the perps of one venue'),
  'cascade.byVenue.*.shortWithin5': within('short', 'the perps of one venue'),
  'cascade.byVenue.*.openInterestUsd': {
    formula: 'Σ open interest · mark over the perps of the venue',
    unit: 'usd',
    source: 'SPEC §8',
    inputs: [fact('openInterest', 'own'), fact('mark', 'own')],
  },
  'cascade.byVenue.*.placedShare': estimated(
    'OI opened since the record began and not gone since / OI',
    'fraction',
  ),
  ...calibrationDefinitions,
};

const mixText = (mix: CascadeSettings['leverage']): string =>
  mix.map(([leverage, weight]) => `${leverage}× ${weight}`).join(', ');

/** What the numbers of the section rest on besides their inputs: the mixes, sizes and bounds that are assumed, the thresholds in force, and who does not count. */
export function cascadeGrounds(
  name: string,
  section: CascadeFrame,
  settings: CascadeSettings,
): Grounds | undefined {
  const [, key] = name.split('.');
  if (key === 'level') {
    const { thresholds, excluded } = section;
    return {
      parameters: {
        medium: thresholds?.medium ?? null,
        high: thresholds?.high ?? null,
        critical: thresholds?.critical ?? null,
      },
      excluded,
    };
  }
  if (key === 'calibration') {
    const { prints } = section.calibration;
    const heard = prints.value ?? 0;
    return { window: { span: 24 * HOUR, count: heard, full: heard } };
  }
  if (key === undefined || !/Within5|^levels$|^byVenue$/.test(key)) return undefined;
  const low = key.endsWith('Low');
  const high = key.endsWith('High');
  return {
    parameters: {
      withinShare: settings.withinShare,
      'leverage: weight': mixText(settings.leverage),
      ...((low || high) && {
        'leverage: weight, less': mixText(settings.leverageLow),
        'leverage: weight, more': mixText(settings.leverageHigh),
      }),
      'position: USD': settings.positionUsd.map(([most, usd]) => `${most}× ${usd}`).join(', '),
      minPlacedShare: settings.minPlacedShare,
      minCoveredShare: settings.minCoveredShare,
    },
    excluded: section.excluded,
  };
}
