import type { Entries } from '../features/feature.ts';
import {
  type LiquidationWindowName,
  liquidationTrust,
  readLiquidations,
  readVenueLiquidations,
} from '../features/liquidations.ts';
import { basisFrame } from '../frame/basis.ts';
import { bookEntry } from '../frame/book-entry.ts';
import { cascadeFrame } from '../frame/cascade.ts';
import { driftFrame, openCell } from '../frame/drift.ts';
import { type FlowEntry, FRAME_VERSION, type Frame } from '../frame/frame.ts';
import { fundingFrame } from '../frame/funding.ts';
import { heardOf } from '../frame/heard.ts';
import { pathOfAssetEntry, pathOfEntry, type Standing } from '../frame/homes.ts';
import { type MarketMember, marketFrame } from '../frame/market.ts';
import { openInterestFrame } from '../frame/open-interest.ts';
import { optionsFrame } from '../frame/options.ts';
import { regimeFrame } from '../frame/regime.ts';
import { pick } from '../frame/section.ts';
import { booksTrust, feedsTrust, qualityNotes } from '../frame/trust.ts';
import { byPreference } from '../market/lead.ts';
import type { InstrumentState } from '../market/state.ts';
import { decimalsOf } from '../model/grid.ts';
import { type Asset, type InstrumentId, marksOf } from '../model/instrument.ts';
import type { Reading } from '../model/reading.ts';
import type { Micros } from '../model/units.ts';
import { calibrationOf, cascadeOf, leadOpenInterestUsd } from './cascade.ts';
import { createAssetState, type EngineState } from './engine-state.ts';
import { groundsOf } from './grounds.ts';
import { perpFeeds, sectionOf, viewOf } from './read.ts';

/** The entries of a listing that have no place of their own in the frame. */
function homeless(entries: Entries, pathOf: (entry: string) => string): Entries {
  const rest: Record<string, Reading<number | string>> = {};
  for (const name in entries) if (pathOf(name).startsWith('features.')) rest[name] = entries[name]!;
  return rest;
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

/** What each asset of the engine brings to the market's drift. */
function* membersOf(engine: EngineState, now: Micros): Generator<MarketMember> {
  const { settings } = engine.options;
  for (const { asset, signals, lead } of engine.assets.values()) {
    const marks = lead.perp === null ? {} : marksOf(lead.perp.instrument);
    const { mu, active } = openCell(signals, now, settings, marks);
    yield { asset, mu, active, openInterestUsd: leadOpenInterestUsd(engine, asset, now) };
  }
}

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
 *
 * @param options.withGrounds with the windows, thresholds and exclusions behind the numbers: as large as the frame itself.
 */
export function frameOf(
  engine: EngineState,
  assetName: Asset,
  at: Micros,
  { withGrounds = false }: { readonly withGrounds?: boolean } = {},
): Frame {
  const now = Math.max(at, engine.now) as Micros;
  const { settings, source, origin } = engine.options;
  const asset = engine.assets.get(assetName) ?? createAssetState(assetName, settings);
  const view = viewOf(engine, asset, now);
  const { perpEntries: lead, assetEntries } = view;
  const { perp } = view.input;
  // The preferred one of a venue first: it stands for its venue.
  const perps = asset.listed
    .filter(({ instrument }) => instrument.kind === 'perp')
    .sort(byPreference(settings.lead.venues));
  const entriesOf = ({ instrument }: InstrumentState): Entries =>
    view.entries.get(instrument.id) ?? {};
  const leadMarks = perp === undefined ? {} : marksOf(perp.state.instrument);
  const drift = driftFrame(asset.signals, now, settings, leadMarks);
  const section = sectionOf(asset, view, settings, now);
  const funding = fundingFrame(section, drift.frame.zFunding);

  const price = pick(lead, 'mid');
  const priceDecimals = perp === undefined ? 2 : decimalsOf(perp.state.instrument.priceGrid);
  const trust = liquidationTrust(perpFeeds(engine, asset), now, settings);
  const windowOf = (name: LiquidationWindowName) =>
    readLiquidations(asset.liquidations, name, now, trust);
  const regime = regimeFrame(asset.signals, now, drift.overdue, leadMarks);

  const standingOf = (instrument: InstrumentId): Standing => {
    const venue = engine.market.instruments.get(instrument)!.instrument.venue;
    return {
      instrument,
      venue,
      standsForVenue: funding.byVenue[venue]?.instrument === instrument,
      isLead: instrument === perp?.state.instrument.id,
    };
  };
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
    funding,
    openInterest: openInterestFrame(section, regime.oiShock),
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
    basis: basisFrame(section, pick(assetEntries, 'basisVenue'), (which) =>
      which === settings.drift.basis ? drift.frame.zBasis : undefined,
    ),
    book: {
      byInstrument: Object.fromEntries(
        view.inputs.map((input) => [
          input.state.instrument.id,
          bookEntry(
            input,
            // Where there is no book nobody smooths its imbalance.
            entriesOf(input.state)['oibEwma'] === undefined
              ? input.sample.oib
              : pick(entriesOf(input.state), 'oibEwma'),
            settings.ladderLevels,
          ),
        ]),
      ),
    },
    flow: {
      byInstrument: Object.fromEntries(
        // Of what has no trades there is nothing to say.
        asset.listed
          .filter((state) => 'cvd' in entriesOf(state))
          .map((state) => [state.instrument.id, flowEntry(entriesOf(state))]),
      ),
    },
    options: optionsFrame(asset.options, engine.market.volatility.get(assetName), now, settings),
    drift: drift.frame,
    regime,
    market: marketFrame([...membersOf(engine, now)]),
    features: {
      asset: homeless(assetEntries, pathOfAssetEntry),
      byInstrument: Object.fromEntries(
        asset.listed.map((state) => {
          const standing = standingOf(state.instrument.id);
          return [
            state.instrument.id,
            homeless(entriesOf(state), (entry) => pathOfEntry(entry, standing)),
          ];
        }),
      ),
    },
    heard: Object.fromEntries(asset.listed.map((state) => [state.instrument.id, heardOf(state)])),
    trust: {
      feeds: feedsTrust(engine.market, now, settings),
      books: booksTrust(view.inputs, now, settings),
      store: engine.store,
      gaps: asset.gaps,
    },
  };
  const complete: Frame = { ...frame, quality: qualityNotes(frame) };
  return withGrounds
    ? { ...complete, grounds: groundsOf(engine, asset, view, complete, standingOf) }
    : complete;
}
