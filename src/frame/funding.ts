import { fundingInterpretation, nextFunding } from '../features/funding.ts';
import { type FundingPair, fundingArbitrage } from '../features/funding-arbitrage.ts';
import { totalOf } from '../features/open-interest-total.ts';
import {
  type Definition,
  type Definitions,
  entry,
  type Grounds,
  path,
} from '../model/definition.ts';
import type { InstrumentId, Venue } from '../model/instrument.ts';
import { absent, derive, live, type Marks, type Reading } from '../model/reading.ts';
import { DAY, HOUR, type Micros } from '../model/units.ts';
import { paidByStretch } from '../signals/hourly-scores.ts';
import { type ListedView, namesOf, perpsIn, pick, type SectionInput, standing } from './section.ts';

export type { FundingPair } from '../features/funding-arbitrage.ts';

export interface FundingEntry {
  readonly instrument: InstrumentId;
  /** Running estimate per own interval, as a fraction. */
  readonly predicted: Reading;
  /** Last rate that was paid, per own interval. */
  readonly settled: Reading;
  /** Predicted × 8 / interval hours. */
  readonly rate8h: Reading;
  /** Predicted × 8760 / interval hours, simple. */
  readonly rateAnnual: Reading;
  /** Last settled × 8760 / interval hours, simple (carry yield, SPEC §4). */
  readonly settledAnnual: Reading;
  /** z of the 8h rate against the trailing 7 days of cells. */
  readonly z: Reading;
  /** Change of the predicted 8h rate per hour, masked across settlements. */
  readonly accelerationPerHour: Reading;
  readonly intervalHours: Reading;
  readonly nextFundingTs: Reading<Micros>;
  /** Predicted rate × open interest in USD: what changes hands at the next settlement. */
  readonly spendUsd: Reading;
  /** SPEC §7 band of the 8h rate. */
  readonly interpretation: Reading<string>;
  /** |predicted| as a share of the venue's cap or floor. */
  readonly capShare: Reading;
  /** Settled 8h-equivalents of the last 21 stretches of eight hours, oldest first; null for gaps. */
  readonly history: readonly (number | null)[];
}

/** A further perp of a venue for which another one stands: margined in the coin, or in another dollar. */
export interface FundingOther {
  readonly instrument: InstrumentId;
  readonly venue: Venue;
  readonly rate8h: Reading;
  readonly settledAnnual: Reading;
  readonly z: Reading;
  readonly spendUsd: Reading;
}

/** A settlement of the next eight hours. */
export interface FundingCalendarEntry {
  readonly ts: Micros;
  readonly venue: Venue;
  readonly instrument: InstrumentId;
  /** Predicted, per own interval, fraction. */
  readonly rate: Reading;
  /** What will change hands at it, USD; above 0 longs pay. */
  readonly usd: Reading;
  /** The rate has taken `funding.capShare` of what its cap or floor allows; null where the venue names none. */
  readonly capNear: boolean | null;
}

/** A funding interval that changed within the last day. */
export interface FundingIntervalChange {
  readonly ts: Micros;
  readonly venue: Venue;
  readonly instrument: InstrumentId;
  /** Hours between settlements before and after. */
  readonly from: number;
  readonly to: number;
}

export interface FundingFrame {
  readonly byVenue: Readonly<Record<Venue, FundingEntry>>;
  /** Further perps of venues that list several. */
  readonly others: readonly FundingOther[];
  /** Σ rᵢ·OIᵢ / Σ OIᵢ of the 8h-equivalents of venues that are not stale. */
  readonly oiWeighted: Reading;
  /** Venues left out of the average, with the reason. */
  readonly excluded: readonly string[];
  /** SPEC §7 band of the OI-weighted 8h rate. */
  readonly interpretation: Reading<string>;
  /** Σ 8h rate · OI in USD over all perps: what longs pay shorts in eight hours at these rates. */
  readonly spend8hUsd: Reading;
  /** Settlements of the next eight hours, the nearest first, at most twelve. */
  readonly calendar: readonly FundingCalendarEntry[];
  /** Intervals that changed within 24 h, the newest first, at most six. */
  readonly intervalChanges: readonly FundingIntervalChange[];
  /** Pairs of venues whose 8h rates differ by `funding.arbitrage`, the widest first, at most six. */
  readonly arbitrage: readonly FundingPair[];
  /** Venues left out of the pairs, with the reason. */
  readonly arbitrageExcluded: readonly string[];
}

/** Stretches of eight hours in a history: seven days. */
const HISTORY = 21;
const CALENDAR_SPAN = 8 * HOUR;
const CALENDAR_SHOWN = 12;
const CHANGES_SHOWN = 6;

/** Rates of the perps whose rate and OI are live, weighted by coin OI (SPEC §7); the others are named with their reason. */
function oiWeighted(perps: readonly ListedView[]): {
  readonly rate: Reading;
  readonly excluded: string[];
} {
  const names = namesOf(perps);
  const excluded: string[] = [];
  let firstReason = 'no perp with funding and open interest';
  let weight = 0;
  // As a running mean: the rate of a single venue comes out as it went in, to the last bit.
  let mean = 0;
  let marks: Marks = {};
  for (const view of perps) {
    const rate = pick(view.entries, 'funding8h');
    const size = pick(view.entries, 'oiCoin');
    if (rate.state === 'live' && size.state === 'live') {
      if (size.value <= 0) continue;
      weight += size.value;
      mean += (rate.value - mean) * (size.value / weight);
      if (rate.polled === true || size.polled === true) marks = { polled: true };
      continue;
    }
    const [what, bad] = rate.state === 'live' ? ['open interest', size] : ['funding rate', rate];
    const reason = bad.state === 'absent' ? bad.reason : `stale ${what}`;
    if (excluded.length === 0) firstReason = reason;
    excluded.push(
      `${names.get(view)}: ${reason.replace(`: ${view.input.state.instrument.venue}`, '')}`,
    );
  }
  return { rate: weight > 0 ? live(mean, marks) : absent(firstReason), excluded };
}

const product = (a: Reading, b: Reading): Reading => derive([a, b] as const, (x, y) => x * y);

/** z of a perp's own 8h rate; of the leading perp that of its open cell, which drift rests on. */
const scoreOf = ({ entries }: ListedView, isLead: boolean, driftZ: Reading): Reading =>
  isLead ? driftZ : pick(entries, 'fundingZ');

function entryOf(view: ListedView, z: Reading): FundingEntry {
  const { input, entries } = view;
  const predicted = pick(entries, 'fundingPredicted');
  const rate8h = pick(entries, 'funding8h');
  return {
    instrument: input.state.instrument.id,
    predicted,
    settled: pick(entries, 'fundingSettled'),
    rate8h,
    rateAnnual: pick(entries, 'fundingAnnual'),
    settledAnnual: pick(entries, 'fundingSettledAnnual'),
    z,
    accelerationPerHour: pick(entries, 'fundingAccelerationPerHour'),
    intervalHours: pick(entries, 'fundingIntervalHours'),
    nextFundingTs: nextFunding(input.state, predicted),
    spendUsd: product(predicted, pick(entries, 'oiUsd')),
    interpretation: derive([rate8h] as const, fundingInterpretation),
    capShare: pick(entries, 'fundingCapShare'),
    history: paidByStretch(input.state, input.now, HISTORY),
  };
}

const otherOf = ({ input, entries }: ListedView, z: Reading): FundingOther => ({
  instrument: input.state.instrument.id,
  venue: input.state.instrument.venue,
  rate8h: pick(entries, 'funding8h'),
  settledAnnual: pick(entries, 'fundingSettledAnnual'),
  z,
  spendUsd: product(pick(entries, 'fundingPredicted'), pick(entries, 'oiUsd')),
});

/** Settlements that are due within eight hours, as the running estimates name them. */
function calendarOf(
  perps: readonly ListedView[],
  { now, settings }: SectionInput,
): FundingCalendarEntry[] {
  return perps
    .flatMap(({ input, entries }): FundingCalendarEntry[] => {
      const { instrument, predicted } = input.state;
      const ts = predicted?.nextFundingTs ?? null;
      if (ts === null || ts <= now || ts > now + CALENDAR_SPAN) return [];
      const rate = pick(entries, 'fundingPredicted');
      const share = pick(entries, 'fundingCapShare');
      return [
        {
          ts,
          venue: instrument.venue,
          instrument: instrument.id,
          rate,
          usd: product(rate, pick(entries, 'oiUsd')),
          capNear: share.state === 'absent' ? null : share.value >= settings.funding.capShare,
        },
      ];
    })
    .sort((a, b) => a.ts - b.ts)
    .slice(0, CALENDAR_SHOWN);
}

function intervalChangesOf(perps: readonly ListedView[], now: Micros): FundingIntervalChange[] {
  return perps
    .flatMap(({ input }): FundingIntervalChange[] => {
      const { instrument, intervalChange: change } = input.state;
      if (change === null || now - change.tsLocal > DAY) return [];
      const { from, to, tsLocal: ts } = change;
      return [{ ts, venue: instrument.venue, instrument: instrument.id, from, to }];
    })
    .sort((a, b) => b.ts - a.ts)
    .slice(0, CHANGES_SHOWN);
}

/** What each perp pays in eight hours, for the total. */
const spendParts = (perps: readonly ListedView[]) => {
  const names = namesOf(perps);
  return perps.map((view) => ({
    name: names.get(view)!,
    venue: view.input.state.instrument.venue,
    reading: product(pick(view.entries, 'funding8h'), pick(view.entries, 'oiUsd')),
  }));
};

/**
 * Funding over all venues of an asset (SPEC §7).
 *
 * @param driftZ z of the leading perp's rate, as its drift uses it.
 */
export function fundingFrame(section: SectionInput, driftZ: Reading): FundingFrame {
  const perps = perpsIn(section);
  const { first, others } = standing(perps);
  const zOf = (view: ListedView): Reading =>
    scoreOf(view, view.input.state === section.lead?.input.state, driftZ);
  const weighted = oiWeighted(perps);
  const { pairs, excluded } = fundingArbitrage(
    first.map(({ input, entries }) => ({
      venue: input.state.instrument.venue,
      rate8h: pick(entries, 'funding8h'),
    })),
    section.settings,
  );
  return {
    byVenue: Object.fromEntries(
      first.map((view) => [view.input.state.instrument.venue, entryOf(view, zOf(view))]),
    ),
    others: others.map((view) => otherOf(view, zOf(view))),
    oiWeighted: weighted.rate,
    excluded: weighted.excluded,
    interpretation: derive([weighted.rate] as const, fundingInterpretation),
    spend8hUsd: totalOf(spendParts(perps), 'funding rate').reading,
    calendar: calendarOf(perps, section),
    intervalChanges: intervalChangesOf(perps, section.now),
    arbitrage: pairs,
    arbitrageExcluded: excluded,
  };
}

const same = (name: string, unit: Definition['unit'], formula: string): Definition => ({
  formula,
  unit,
  source: 'SPEC §7',
  inputs: [entry(name)],
});

const BANDS: Pick<Definition, 'formula' | 'unit' | 'source'> = {
  formula:
    'band of the 8h rate in percent: above 0.08 extreme bullish, 0.03 strong, 0.005 moderate, to −0.005 neutral, to −0.03 moderate bearish, below strong bearish; an edge belongs to the milder band',
  unit: 'text',
  source: 'SPEC §7',
};

const SPEND: Pick<Definition, 'formula' | 'unit' | 'source'> = {
  formula: 'predicted rate · open interest in USD',
  unit: 'usd',
  source: 'SPEC §7',
};

const venue = (name: string): string => `funding.byVenue.*.${name}`;
const pair = (name: string): string => `funding.arbitrage.*.${name}`;

/** What the numbers of the funding section are. */
export const fundingDefinitions: Definitions = {
  [venue('z')]: {
    formula: '(8h rate − mean) / sd over the trailing 7 days of cells',
    unit: 'sd',
    source: 'SPEC §5',
    inputs: [entry('funding8h')],
  },
  [venue('nextFundingTs')]: same(
    'fundingPredicted',
    'µs',
    'next settlement, as the venue names it',
  ),
  [venue('spendUsd')]: { ...SPEND, inputs: [entry('fundingPredicted'), entry('oiUsd')] },
  [venue('interpretation')]: { ...BANDS, inputs: [path(venue('rate8h'))] },
  [venue('history')]: {
    formula:
      'Σ settled rates of each stretch of eight hours that ends at 00:00, 08:00 or 16:00 UTC',
    unit: 'fraction',
    source: 'SPEC §7',
    inputs: [{ fact: 'history.fundingSettled', of: 'own' }],
  },
  'funding.others.*.rate8h': same('funding8h', 'fraction', 'predicted · 8 / interval hours'),
  'funding.others.*.settledAnnual': same(
    'fundingSettledAnnual',
    'fraction',
    'last settled · 8760 / interval hours, simple',
  ),
  'funding.others.*.z': {
    formula: '(8h rate − mean) / sd over the trailing 7 days of cells',
    unit: 'sd',
    source: 'SPEC §5',
    inputs: [entry('funding8h')],
  },
  'funding.others.*.spendUsd': { ...SPEND, inputs: [entry('fundingPredicted'), entry('oiUsd')] },
  'funding.oiWeighted': {
    formula: 'Σ 8h rate · OI in coins / Σ OI in coins, over the perps of which both are live',
    unit: 'fraction',
    source: 'SPEC §7',
    inputs: [path(venue('rate8h')), path('openInterest.byVenue.*.coin')],
  },
  'funding.interpretation': { ...BANDS, inputs: [path('funding.oiWeighted')] },
  'funding.spend8hUsd': {
    formula: 'Σ 8h rate · OI in USD, over the perps of which both are live',
    unit: 'usd',
    source: 'SPEC §7',
    inputs: [path(venue('rate8h')), path('openInterest.byVenue.*.usd')],
  },
  'funding.calendar.*.rate': same('fundingPredicted', 'fraction', 'predicted, per own interval'),
  'funding.calendar.*.usd': { ...SPEND, inputs: [entry('fundingPredicted'), entry('oiUsd')] },
  [pair('spread8h')]: {
    formula: '8h rate of the short leg − 8h rate of the long leg',
    unit: 'fraction',
    source: 'SPEC §7',
    inputs: [path(venue('rate8h'))],
  },
  [pair('annualGross')]: {
    formula: 'spread · 8760 / 8, simple',
    unit: 'fraction',
    source: 'SPEC §7',
    inputs: [path(pair('spread8h'))],
  },
  [pair('feesBps')]: {
    formula: '2 · (taker fee of the long leg + taker fee of the short leg): four fills',
    unit: 'bps',
    source: 'SPEC §7, engine.fees.taker',
    inputs: [],
  },
  [pair('annualNet')]: {
    formula: 'annual gross − fees · 365 / days held',
    unit: 'fraction',
    source: 'SPEC §7',
    inputs: [path(pair('annualGross')), path(pair('feesBps'))],
  },
  [pair('breakEvenHours')]: {
    formula: 'fees / spread · 8',
    unit: 'hours',
    source: 'SPEC §7',
    inputs: [path(pair('feesBps')), path(pair('spread8h'))],
  },
};

/** What a number of the funding section rests on at this instant; undefined where its inputs say all. */
export function fundingGrounds(section: SectionInput, at: string): Grounds | undefined {
  const perps = perpsIn(section);
  const { funding } = section.settings;
  if (at === 'funding.oiWeighted' || at === 'funding.interpretation')
    return { excluded: oiWeighted(perps).excluded };
  if (at === 'funding.spend8hUsd')
    return { excluded: totalOf(spendParts(perps), 'funding rate').excluded };
  if (at.startsWith('funding.arbitrage.')) {
    const legs = standing(perps).first.map(({ input, entries }) => ({
      venue: input.state.instrument.venue,
      rate8h: pick(entries, 'funding8h'),
    }));
    return {
      parameters: { threshold8h: funding.arbitrage, holdingDays: funding.holdingDays },
      excluded: fundingArbitrage(legs, section.settings).excluded,
    };
  }
  const [, , name, what] = at.split('.');
  if (!at.startsWith('funding.byVenue.') || name === undefined) return undefined;
  const view = standing(perps).first.find(({ input }) => input.state.instrument.venue === name);
  if (view === undefined) return undefined;
  if (what === 'capShare') {
    const limits = view.input.state.fundingLimits;
    return limits === null
      ? undefined
      : { parameters: { cap: limits.cap, floor: limits.floor, near: funding.capShare } };
  }
  if (what !== 'history') return undefined;
  const history = paidByStretch(view.input.state, view.input.now, HISTORY);
  const count = history.filter((rate) => rate !== null).length;
  return { window: { span: HISTORY * CALENDAR_SPAN, count, full: HISTORY } };
}
