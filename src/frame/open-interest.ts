import { openInterestBefore } from '../features/open-interest.ts';
import {
  divergenceConfidence,
  type OiTrend,
  oiTrend,
  type PartThen,
  type Total,
  totalOf,
  weightedChange,
} from '../features/open-interest-total.ts';
import {
  type Definition,
  type Definitions,
  entry,
  fact,
  type Grounds,
  path,
} from '../model/definition.ts';
import type { InstrumentId, Venue } from '../model/instrument.ts';
import { absent, derive, marked, type Reading } from '../model/reading.ts';
import type { OiChangeType } from '../model/regime.ts';
import {
  returnByHour,
  scoreNow,
  scoreWindow,
  totalOiChangeByHour,
} from '../signals/hourly-scores.ts';
import { type ListedView, namesOf, perpsIn, pick, type SectionInput, standing } from './section.ts';

export type { OiTrend } from '../features/open-interest-total.ts';

export interface OpenInterestEntry {
  readonly instrument: InstrumentId;
  /** Base coin, one side. */
  readonly coin: Reading;
  readonly usd: Reading;
  /** Fractions of coin OI over 1, 4 and 24 h. */
  readonly change1h: Reading;
  readonly change4h: Reading;
  readonly change24h: Reading;
  /** z of the change of ln OI over the last hour. */
  readonly shock: Reading;
  /** All perps of the venue, base coin. */
  readonly allCoin: Reading;
  /** Their share of the total over venues. */
  readonly share: Reading;
}

export interface OpenInterestFrame {
  readonly byVenue: Readonly<Record<Venue, OpenInterestEntry>>;
  readonly coin: Reading;
  readonly usd: Reading;
  /** Fractions of coin OI over 1, 4 and 24 h. */
  readonly change1h: Reading;
  readonly change4h: Reading;
  readonly change24h: Reading;
  /** What the coin change of one hour is worth at mark. */
  readonly change1hUsd: Reading;
  readonly changeType: Reading<OiChangeType>;
  /** SPEC §8: what price and OI together say, e.g. `bullish, new longs`. */
  readonly divergence: Reading<string>;
  /** z of the hourly change of ln OI. */
  readonly shock: Reading;
  /** OI / 24 h volume: days to cover. */
  readonly norm: Reading;
  /** z of the leading perp's price change of one hour against its closed hours. */
  readonly priceZ: Reading;
  /** How sure one may be that both moves behind `divergence` are moves at all, 0 … 1. */
  readonly confidence: Reading;
  /** All perps of all venues that are live, one side. */
  readonly totalCoin: Reading;
  readonly totalUsd: Reading;
  /** Perps left out of the totals, with the reason. */
  readonly totalExcluded: readonly string[];
  /** Changes of the total, weighted by size: Σ ΔOI / Σ OI then. */
  readonly totalChange1h: Reading;
  readonly totalChange4h: Reading;
  readonly totalChange24h: Reading;
  readonly trend: Reading<OiTrend>;
  /** z of the total's hourly change. */
  readonly strength: Reading;
}

/** A number of every perp, under the names by which they are left out. */
function partsOf(perps: readonly ListedView[], name: string) {
  const names = namesOf(perps);
  return perps.map((view) => ({
    name: names.get(view)!,
    venue: view.input.state.instrument.venue,
    reading: pick(view.entries, name),
  }));
}

/** Change of the total over so many hours, with what is missing from it. */
function changeOver(perps: readonly ListedView[], hours: number): Total {
  const parts = partsOf(perps, 'oiCoin').map((part, index): PartThen => {
    const { input } = perps[index]!;
    return { ...part, before: openInterestBefore(input.state, input.now, hours) };
  });
  return weightedChange(parts);
}

/** z of the price change of the last hour, of ln returns by the hour. */
function priceScore({ lead, now, settings }: SectionInput): Reading {
  if (lead === undefined) return absent('no perp listed yet');
  const change = derive([pick<number>(lead.entries, 'priceChange1h')] as const, Math.log1p);
  return scoreNow(change, returnByHour(lead.input.state), now, settings.drift);
}

/** z of the total's change of the last hour. */
function strengthOf(section: SectionInput, perps: readonly ListedView[], change1h: Reading) {
  const states = perps.map(({ input }) => input.state);
  const change = derive([change1h] as const, Math.log1p);
  return scoreNow(change, totalOiChangeByHour(states), section.now, section.settings.drift);
}

function entryOf(
  view: ListedView,
  perps: readonly ListedView[],
  totalCoin: Reading,
  leadShock: Reading | undefined,
): OpenInterestEntry {
  const { input, entries } = view;
  const { id, venue } = input.state.instrument;
  const own = perps.filter((other) => other.input.state.instrument.venue === venue);
  const allCoin = totalOf(partsOf(own, 'oiCoin'), 'open interest').reading;
  return {
    instrument: id,
    coin: pick(entries, 'oiCoin'),
    usd: pick(entries, 'oiUsd'),
    change1h: pick(entries, 'oiChange1h'),
    change4h: pick(entries, 'oiChange4h'),
    change24h: pick(entries, 'oiChange24h'),
    shock: leadShock ?? pick(entries, 'oiShock1h'),
    allCoin,
    share: derive([allCoin, totalCoin] as const, (coin, total) => coin / total),
  };
}

/**
 * Open interest of an asset (SPEC §8): the leading perp's own, each venue's, and all perps together.
 *
 * @param shock z of the leading perp's hourly change of ln OI.
 */
export function openInterestFrame(section: SectionInput, shock: Reading): OpenInterestFrame {
  const perps = perpsIn(section);
  const { first } = standing(perps);
  const lead = section.lead?.entries ?? {};
  const coin = totalOf(partsOf(perps, 'oiCoin'), 'open interest');
  const usd = totalOf(partsOf(perps, 'oiUsd'), 'open interest');
  const [h1, h4, h24] = [1, 4, 24].map((hours) => changeOver(perps, hours).reading) as [
    Reading,
    Reading,
    Reading,
  ];
  const priceZ = priceScore(section);
  return {
    byVenue: Object.fromEntries(
      first.map((view) => [
        view.input.state.instrument.venue,
        entryOf(
          view,
          perps,
          coin.reading,
          view.input.state === section.lead?.input.state ? shock : undefined,
        ),
      ]),
    ),
    coin: pick(lead, 'oiCoin'),
    usd: pick(lead, 'oiUsd'),
    change1h: pick(lead, 'oiChange1h'),
    change4h: pick(lead, 'oiChange4h'),
    change24h: pick(lead, 'oiChange24h'),
    change1hUsd: pick(lead, 'oiChange1hUsd'),
    changeType: pick<OiChangeType>(lead, 'oiChangeType'),
    divergence: pick<string>(lead, 'oiPriceDivergence'),
    shock,
    norm: pick(lead, 'oiNorm'),
    priceZ,
    confidence: marked(derive([priceZ, shock] as const, divergenceConfidence), {
      estimated: true,
    }),
    totalCoin: coin.reading,
    totalUsd: usd.reading,
    totalExcluded: coin.excluded,
    totalChange1h: h1,
    totalChange4h: h4,
    totalChange24h: h24,
    trend: derive([h1, h4, h24] as const, (a, b, c) =>
      oiTrend(a, b, c, section.settings.openInterest),
    ),
    strength: strengthOf(section, perps, h1),
  };
}

const own = (name: string, unit: Definition['unit'], formula: string): Definition => ({
  formula,
  unit,
  source: 'SPEC §8',
  inputs: [entry(name)],
});
const totalChange = (span: string): Definition => ({
  formula: `Σ(OI now − OI ${span} ago) / Σ OI ${span} ago, over the perps of which both are known`,
  unit: 'fraction',
  source: 'SPEC §8',
  inputs: [path('openInterest.byVenue.*.coin'), fact('history.openInterestTrail')],
});

/** What the numbers of the open interest section are. */
export const openInterestDefinitions: Definitions = {
  'openInterest.byVenue.*.shock': own(
    'oiShock1h',
    'sd',
    '(x − mean) / sd of x = ln OI − ln OI 1 h ago over the trailing 7 days of cells',
  ),
  'openInterest.byVenue.*.allCoin': own('oiCoin', 'coins', 'Σ open interest of all its perps'),
  'openInterest.byVenue.*.share': {
    formula: "open interest of all the venue's perps / total",
    unit: 'ratio',
    source: 'SPEC §8',
    inputs: [path('openInterest.byVenue.*.allCoin'), path('openInterest.totalCoin')],
  },
  'openInterest.shock': {
    formula: '(x − mean) / sd of x = ln OI − ln OI 1 h ago over the trailing 7 days of cells',
    unit: 'sd',
    source: 'SPEC §4',
    inputs: [entry('oiCoin', 'perp'), fact('history.openInterest', 'perp')],
  },
  'openInterest.priceZ': {
    formula: '(x − mean) / sd of x = ln price − ln price 1 h ago over the trailing 7 days of cells',
    unit: 'sd',
    source: 'SPEC §8',
    inputs: [entry('priceChange1h', 'perp'), fact('history.close', 'perp')],
  },
  'openInterest.confidence': {
    formula: '(2Φ(|z of price|) − 1) · (2Φ(|z of OI|) − 1)',
    unit: 'ratio',
    source: 'SPEC §8',
    inputs: [path('openInterest.priceZ'), path('openInterest.shock')],
  },
  'openInterest.totalCoin': {
    formula: 'Σ open interest, one side, of all perps that are live',
    unit: 'coins',
    source: 'SPEC §8',
    inputs: [path('openInterest.byVenue.*.allCoin')],
  },
  'openInterest.totalUsd': {
    formula: 'Σ open interest · mark of all perps of which both are live',
    unit: 'usd',
    source: 'SPEC §8',
    inputs: [entry('oiUsd')],
  },
  'openInterest.totalChange1h': totalChange('1 h'),
  'openInterest.totalChange4h': totalChange('4 h'),
  'openInterest.totalChange24h': totalChange('24 h'),
  'openInterest.trend': {
    formula:
      'rising: at least two of the changes over 1, 4, 24 h above their thresholds, none below; falling the other way round; else flat',
    unit: 'text',
    source: 'SPEC §8',
    inputs: [
      path('openInterest.totalChange1h'),
      path('openInterest.totalChange4h'),
      path('openInterest.totalChange24h'),
    ],
  },
  'openInterest.strength': {
    formula:
      "(x − mean) / sd of x = the total's ln change of 1 h over the trailing 7 days of cells",
    unit: 'sd',
    source: 'SPEC §8',
    inputs: [path('openInterest.totalChange1h'), fact('history.openInterest')],
  },
};

/** What a number of the open interest section rests on at this instant; undefined where its inputs say all. */
export function openInterestGrounds(section: SectionInput, at: string): Grounds | undefined {
  const perps = perpsIn(section);
  const { openInterest } = section.settings;
  const states = perps.map(({ input }) => input.state);
  switch (at) {
    case 'openInterest.totalCoin':
      return { excluded: totalOf(partsOf(perps, 'oiCoin'), 'open interest').excluded };
    case 'openInterest.totalUsd':
      return { excluded: totalOf(partsOf(perps, 'oiUsd'), 'open interest').excluded };
    case 'openInterest.totalChange1h':
      return { excluded: changeOver(perps, 1).excluded };
    case 'openInterest.totalChange4h':
      return { excluded: changeOver(perps, 4).excluded };
    case 'openInterest.totalChange24h':
      return { excluded: changeOver(perps, 24).excluded };
    case 'openInterest.trend':
      return { parameters: { ...openInterest } };
    case 'openInterest.strength':
      return {
        window: scoreWindow(totalOiChangeByHour(states), section.now, section.settings.drift),
      };
    case 'openInterest.priceZ':
      return section.lead === undefined
        ? undefined
        : {
            window: scoreWindow(
              returnByHour(section.lead.input.state),
              section.now,
              section.settings.drift,
            ),
          };
    default:
      return undefined;
  }
}
