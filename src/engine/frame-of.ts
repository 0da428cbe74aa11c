import type { Entries } from '../features/feature.ts';
import { fundingInterpretation, nextFunding } from '../features/funding.ts';
import {
  type LiquidationWindowName,
  liquidationTrust,
  readLiquidations,
  readVenueLiquidations,
} from '../features/liquidations.ts';
import { bookEntry } from '../frame/book-entry.ts';
import { cascadeFrame } from '../frame/cascade.ts';
import { driftFrame } from '../frame/drift.ts';
import {
  type FlowEntry,
  FRAME_VERSION,
  type Frame,
  type FundingEntry,
  type OpenInterestEntry,
} from '../frame/frame.ts';
import { regimeFrame } from '../frame/regime.ts';
import { booksTrust, feedsTrust, qualityNotes } from '../frame/trust.ts';
import { byPreference } from '../market/lead.ts';
import type { InstrumentState } from '../market/state.ts';
import { decimalsOf } from '../model/grid.ts';
import { type Asset, marksOf } from '../model/instrument.ts';
import { absent, derive, live, type Marks, type Reading } from '../model/reading.ts';
import type { Micros } from '../model/units.ts';
import { calibrationOf, cascadeOf } from './cascade.ts';
import { createAssetState, type EngineState } from './engine-state.ts';
import { perpFeeds, viewOf } from './read.ts';

/** Entries that have a place of their own in the frame. What is not among them is listed under `features`. */
const AT_HOME: ReadonlySet<string> = new Set([
  'mid',
  'microprice',
  'spreadBps',
  'depthBid',
  'depthAsk',
  'oib',
  'oibEwma',
  'buy1m',
  'sell1m',
  'net1m',
  'cvd',
  'trades1m',
  'lastPrice',
  'lastAggressor',
  'mark',
  'index',
  'basisFair',
  'basisVenue',
  'fundingPredicted',
  'fundingSettled',
  'funding8h',
  'fundingAnnual',
  'fundingSettledAnnual',
  'fundingAccelerationPerHour',
  'fundingIntervalHours',
  'oiCoin',
  'oiUsd',
  'cascadeRatio',
]);

/** The leading perp's own, shown for the asset; those of other perps are listed like any other. */
const AT_HOME_OF_LEAD: ReadonlySet<string> = new Set([
  'oiChange1h',
  'oiChange4h',
  'oiChange24h',
  'oiChange1hUsd',
  'oiChangeType',
  'oiPriceDivergence',
  'oiNorm',
  'priceChange1h',
  'priceChange24h',
]);

function homeless(entries: Entries, isLead: boolean): Entries {
  const rest: Record<string, Reading<number | string>> = {};
  for (const name in entries)
    if (!AT_HOME.has(name) && !(isLead && AT_HOME_OF_LEAD.has(name))) rest[name] = entries[name]!;
  return rest;
}

/** A reading another family has made, under its name; absent where nothing makes it. */
function pick<T extends number | string = number>(
  entries: Entries,
  name: string,
  otherwise = 'no perp listed yet',
): Reading<T> {
  const reading = entries[name];
  return reading === undefined ? absent(otherwise) : (reading as Reading<T>);
}

/** Rates of the perps whose rate and OI are live, weighted by coin OI (SPEC §7); the others are named with their reason. */
function oiWeighted(
  perps: readonly { readonly name: string; readonly venue: string; readonly entries: Entries }[],
): { readonly rate: Reading; readonly excluded: string[] } {
  const excluded: string[] = [];
  let firstReason = 'no perp with funding and open interest';
  let weight = 0;
  // As a running mean: the rate of a single venue comes out as it went in, to the last bit.
  let mean = 0;
  let marks: Marks = {};
  for (const { name, venue, entries } of perps) {
    const rate = pick(entries, 'funding8h');
    const size = pick(entries, 'oiCoin');
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
    excluded.push(`${name}: ${reason.replace(`: ${venue}`, '')}`);
  }
  return { rate: weight > 0 ? live(mean, marks) : absent(firstReason), excluded };
}

function fundingEntry(state: InstrumentState, entries: Entries, zFunding: Reading): FundingEntry {
  const fundingPredicted = pick(entries, 'fundingPredicted');
  return {
    instrument: state.instrument.id,
    predicted: fundingPredicted,
    settled: pick(entries, 'fundingSettled'),
    rate8h: pick(entries, 'funding8h'),
    rateAnnual: pick(entries, 'fundingAnnual'),
    settledAnnual: pick(entries, 'fundingSettledAnnual'),
    z: zFunding,
    accelerationPerHour: pick(entries, 'fundingAccelerationPerHour'),
    intervalHours: pick(entries, 'fundingIntervalHours'),
    nextFundingTs: nextFunding(state, fundingPredicted),
    spendUsd: derive(
      [fundingPredicted, pick<number>(entries, 'oiUsd')] as const,
      (rate, usd) => rate * usd,
    ),
  };
}

const flowEntry = (entries: Entries): FlowEntry => ({
  buy1m: pick(entries, 'buy1m'),
  sell1m: pick(entries, 'sell1m'),
  net1m: pick(entries, 'net1m'),
  cvd: pick(entries, 'cvd'),
  trades1m: pick(entries, 'trades1m'),
  lastPrice: pick(entries, 'lastPrice'),
  lastAggressor: pick<'buy' | 'sell'>(entries, 'lastAggressor'),
});

/** Each venue's own listings under its name: the first perp of a venue stands for it. */
function byVenue<T>(
  perps: readonly InstrumentState[],
  entryOf: (state: InstrumentState) => T,
): Record<string, T> {
  const entries = new Map<string, T>();
  for (const state of perps)
    if (!entries.has(state.instrument.venue)) entries.set(state.instrument.venue, entryOf(state));
  return Object.fromEntries(entries);
}

/**
 * What may be seen of an asset at `at`: a pure reading of the engine's state, which it does not change. Numbers sampled once a second are as of the
 * last tick, and stale when it is overdue; books are as of `at`, or as of the last event where that is later.
 */
export function frameOf(engine: EngineState, assetName: Asset, at: Micros): Frame {
  const now = Math.max(at, engine.now) as Micros;
  const { settings, source, origin } = engine.options;
  const asset = engine.assets.get(assetName) ?? createAssetState(assetName, settings);
  const view = viewOf(engine, asset, now);
  const { perpEntries: lead, assetEntries } = view;
  const { perp, spot } = view.input;
  // The preferred one of a venue first: it stands for its venue.
  const perps = asset.listed
    .filter(({ instrument }) => instrument.kind === 'perp')
    .sort(byPreference(settings.lead.venues));
  const entriesOf = ({ instrument }: InstrumentState): Entries =>
    view.entries.get(instrument.id) ?? {};
  const leadMarks = perp === undefined ? {} : marksOf(perp.state.instrument);
  const drift = driftFrame(asset.signals, now, settings, leadMarks);
  const noZ = absent('z is kept of the leading perp');
  const fundingByVenue = byVenue(perps, (state) =>
    fundingEntry(state, entriesOf(state), state === asset.lead.perp ? drift.frame.zFunding : noZ),
  );
  const interestByVenue = byVenue(
    perps,
    (state): OpenInterestEntry => ({
      instrument: state.instrument.id,
      coin: pick(entriesOf(state), 'oiCoin'),
      usd: pick(entriesOf(state), 'oiUsd'),
    }),
  );
  const weighted = oiWeighted(
    perps.map((state) => {
      const { id, venue } = state.instrument;
      const isFirst = fundingByVenue[venue]?.instrument === id;
      return { name: isFirst ? venue : id, venue, entries: entriesOf(state) };
    }),
  );

  const price = pick(lead, 'mid');
  const priceDecimals = perp === undefined ? 2 : decimalsOf(perp.state.instrument.priceGrid);
  const trust = liquidationTrust(perpFeeds(engine, asset), now, settings);
  const windowOf = (name: LiquidationWindowName) =>
    readLiquidations(asset.liquidations, name, now, trust);
  const regime = regimeFrame(asset.signals, drift.overdue, leadMarks);

  const frame: Omit<Frame, 'quality'> = {
    v: FRAME_VERSION,
    type: 'frame',
    source,
    origin,
    tsLocal: now,
    asset: assetName,
    price,
    priceChange1h: pick(lead, 'priceChange1h'),
    priceChange24h: pick(lead, 'priceChange24h'),
    priceDecimals,
    funding: {
      byVenue: fundingByVenue,
      oiWeighted: weighted.rate,
      excluded: weighted.excluded,
      interpretation: derive([weighted.rate] as const, fundingInterpretation),
    },
    openInterest: {
      byVenue: interestByVenue,
      coin: pick(lead, 'oiCoin'),
      usd: pick(lead, 'oiUsd'),
      change1h: pick(lead, 'oiChange1h'),
      change4h: pick(lead, 'oiChange4h'),
      change24h: pick(lead, 'oiChange24h'),
      change1hUsd: pick(lead, 'oiChange1hUsd'),
      changeType: pick(lead, 'oiChangeType') as Frame['openInterest']['changeType'],
      divergence: pick<string>(lead, 'oiPriceDivergence'),
      shock: regime.oiShock,
      norm: pick(lead, 'oiNorm'),
    },
    liquidations: {
      m1: windowOf('m1'),
      m5: windowOf('m5'),
      h1: windowOf('h1'),
      h24: windowOf('h24'),
      tape: [...asset.liquidations.tape],
      completeness: byVenue(
        perps,
        ({ instrument }) =>
          engine.market.feeds.get(instrument.feed)?.liquidations?.note ?? 'no liquidation feed',
      ),
      byVenue: byVenue(perps, ({ instrument: { venue } }) =>
        readVenueLiquidations(
          asset.liquidations,
          venue,
          now,
          liquidationTrust(perpFeeds(engine, asset, venue), now, settings),
        ),
      ),
    },
    cascade: cascadeFrame(
      cascadeOf(engine, asset, price, now),
      pick(assetEntries, 'cascadeRatio'),
      price,
      priceDecimals,
      calibrationOf(engine, asset, now),
    ),
    basis: {
      fair: pick(lead, 'basisFair'),
      venue: pick(assetEntries, 'basisVenue'),
      fairZ: drift.basisZ('fair'),
      venueZ: drift.basisZ('venue'),
      mark: pick(lead, 'mark'),
      index: pick(lead, 'index'),
      perpMid: price,
      spotMid: pick(view.spotEntries, 'mid', 'no spot of this venue'),
      spotInstrument: spot?.state.instrument.id ?? null,
      perpInstrument: perp?.state.instrument.id ?? null,
    },
    book: {
      byInstrument: Object.fromEntries(
        view.inputs.map((input) => [
          input.state.instrument.id,
          bookEntry(input, pick(entriesOf(input.state), 'oibEwma'), settings.ladderLevels),
        ]),
      ),
    },
    flow: {
      byInstrument: Object.fromEntries(
        asset.listed.map((state) => [state.instrument.id, flowEntry(entriesOf(state))]),
      ),
    },
    drift: drift.frame,
    regime,
    features: {
      asset: homeless(assetEntries, true),
      byInstrument: Object.fromEntries(
        asset.listed.map((state) => [
          state.instrument.id,
          homeless(entriesOf(state), state === asset.lead.perp),
        ]),
      ),
    },
    trust: {
      feeds: feedsTrust(engine.market, now, settings),
      books: booksTrust(view.inputs, now, settings),
      store: engine.store,
      gaps: asset.gaps,
    },
  };
  return { ...frame, quality: qualityNotes(frame) };
}
