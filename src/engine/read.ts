import { sampleBook } from '../features/book-sample.ts';
import {
  type AssetInput,
  type Entries,
  hasNeeds,
  type InstrumentInput,
} from '../features/feature.ts';
import { assetFeatures, instrumentFeatures } from '../features/index.ts';
import type { SectionInput } from '../frame/section.ts';
import { type FeedState, feedSilence } from '../market/feed-state.ts';
import { byPreference } from '../market/lead.ts';
import type { InstrumentState } from '../market/state.ts';
import { type InstrumentId, marksOf, type Venue } from '../model/instrument.ts';
import { type Marks, marked, type Reading } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import type { Micros } from '../model/units.ts';
import type { AssetState, EngineState } from './engine-state.ts';

/** The instrument as its features see it at `now`. */
export function inputOf(engine: EngineState, state: InstrumentState, now: Micros): InstrumentInput {
  const { settings } = engine.options;
  const feed = engine.market.feeds.get(state.instrument.feed);
  return {
    now,
    settings,
    state,
    sample: sampleBook(state, now, settings),
    silentFor: feed === undefined ? null : feedSilence(feed, now, settings),
  };
}

/** The same readings with more marks. */
const markedAll = <R extends Entries>(entries: R, marks: Marks): R =>
  Object.fromEntries(
    Object.entries(entries).map(([name, reading]) => [name, marked(reading, marks)]),
  ) as R;

type MutableEntries = Record<string, Reading<number | string>>;

/** Every reading of an instrument's features. */
function readInstrument(engine: EngineState, input: InstrumentInput): Entries {
  const memories = engine.features.get(input.state.instrument.id)!;
  const entries: MutableEntries = {};
  const { state } = input;
  for (const feature of instrumentFeatures)
    if (feature.name in memories && hasNeeds(feature, state))
      Object.assign(entries, feature.read(memories[feature.name], input));
  const { instrument } = state;
  return instrument.polledEveryMs === undefined ? entries : markedAll(entries, marksOf(instrument));
}

/** An asset's listings at one instant, its leading pair among them. */
export function assetInput(
  engine: EngineState,
  asset: AssetState,
  now: Micros,
  inputs: ReadonlyMap<InstrumentId, InstrumentInput>,
): AssetInput {
  const { perp, spot } = asset.lead;
  return {
    now,
    settings: engine.options.settings,
    asset: asset.asset,
    perp: perp === null ? undefined : inputs.get(perp.instrument.id),
    spot: spot === null ? undefined : inputs.get(spot.instrument.id),
  };
}

/** What is known about an asset at one instant: its instruments' inputs and every reading. */
export interface AssetView {
  readonly input: AssetInput;
  readonly inputs: readonly InstrumentInput[];
  readonly entries: ReadonlyMap<InstrumentId, Entries>;
  readonly perpEntries: Entries;
  readonly spotEntries: Entries;
  readonly assetEntries: Entries;
}

const NONE: Entries = {};

/** Reads an asset. Changes nothing. */
export function viewOf(engine: EngineState, asset: AssetState, now: Micros): AssetView {
  const inputs = new Map<InstrumentId, InstrumentInput>();
  const entries = new Map<InstrumentId, Entries>();
  for (const state of asset.listed) {
    const input = inputOf(engine, state, now);
    inputs.set(state.instrument.id, input);
    entries.set(state.instrument.id, readInstrument(engine, input));
  }
  const input = assetInput(engine, asset, now, inputs);
  const { perp, spot } = input;
  const perpEntries = (perp && entries.get(perp.state.instrument.id)) ?? NONE;
  const spotEntries = (spot && entries.get(spot.state.instrument.id)) ?? NONE;
  const assetEntries: MutableEntries = {};
  for (const { name, read } of assetFeatures)
    Object.assign(assetEntries, read(asset.features[name], { ...input, perpEntries, spotEntries }));
  return { input, inputs: [...inputs.values()], entries, perpEntries, spotEntries, assetEntries };
}

/** What the sections of an asset's frame that speak of several listings are made from. */
export function sectionOf(
  { listed, lead }: AssetState,
  { inputs, entries }: AssetView,
  settings: EngineSettings,
  now: Micros,
): SectionInput {
  const views = new Map(
    inputs.map((input) => [
      input.state,
      { input, entries: entries.get(input.state.instrument.id) ?? {} },
    ]),
  );
  const listedOf = (state: InstrumentState | null) =>
    state === null ? undefined : views.get(state);
  return {
    now,
    settings,
    listed: [...listed].sort(byPreference(settings.lead.venues)).map((state) => views.get(state)!),
    lead: listedOf(lead.perp),
    spot: listedOf(lead.spot),
  };
}

/** Feeds of an asset's perps, or of those of one venue: the ones that can carry its liquidations. */
export function perpFeeds(engine: EngineState, asset: AssetState, venue?: Venue): FeedState[] {
  const feeds: FeedState[] = [];
  for (const { instrument } of asset.listed) {
    const feed = engine.market.feeds.get(instrument.feed);
    if (instrument.kind !== 'perp' || feed === undefined || feeds.includes(feed)) continue;
    if (venue === undefined || instrument.venue === venue) feeds.push(feed);
  }
  return feeds;
}
