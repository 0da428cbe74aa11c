import { assetFeatures, instrumentFeatures } from '../features/index.ts';
import { createLiquidationMemory, type LiquidationMemory } from '../features/liquidations.ts';
import { createOptionsMemory, type OptionsMemory } from '../features/options/memory.ts';
import type { GapTrust, Source } from '../frame/frame.ts';
import type { Lead } from '../market/lead.ts';
import { createMarketState, type InstrumentState, type MarketState } from '../market/state.ts';
import type { Asset, FeedId, Instrument, InstrumentId } from '../model/instrument.ts';
import type { KeptHours, KeptMinuteRows, StoreReport } from '../model/kept.ts';
import type { EngineSettings } from '../model/settings.ts';
import type { Micros } from '../model/units.ts';
import { type AssetSignals, createAssetSignals } from '../signals/asset-signals.ts';
import { type Calibration, createCalibration } from '../signals/calibration.ts';
import type { PerpCohorts } from '../signals/perp-cohorts.ts';

/** What an engine is made for. */
export interface EngineOptions {
  readonly settings: EngineSettings;
  /** Assets in the order of their frames; `any` takes whatever is listed, in the order of arrival (recordings). */
  readonly assets: readonly Asset[] | 'any';
  readonly source: Source;
  readonly origin: Source | 'recording';
  /** Whether all other perps are carried besides, each with what its row in a scan needs. */
  readonly universe?: boolean;
}

/** Memories of the features of one instrument or asset, by feature name. */
export type Memories = Record<string, unknown>;

/** From when to when, µs. */
export type HeardSpan = [from: number, to: number];

/** One asset. The listings in it are the very objects of the market state, which a structured clone keeps so. */
export interface AssetState {
  readonly asset: Asset;
  /** Its listings in the order of arrival. */
  readonly listed: InstrumentState[];
  lead: Lead;
  readonly features: Memories;
  readonly signals: AssetSignals;
  liquidations: LiquidationMemory;
  /** Estimated positions of each of its perps. */
  readonly cohorts: Map<InstrumentId, PerpCohorts>;
  /** How well their levels have foretold what was liquidated. */
  readonly calibration: Calibration;
  readonly options: OptionsMemory;
  /** Instruments of the asset whose settlement window is open, and the settlement; null where that is not known yet. */
  readonly settling: Map<InstrumentId, Micros | null>;
  /** Instruments of the asset whose rate is near its cap or floor, and has been told to be. */
  readonly nearCap: Set<InstrumentId>;
  /** When the feeds of its listings were listened to, in this run and those before: ascending, of the last week. */
  readonly heard: Map<FeedId, HeardSpan[]>;
  /** What its history lacks, as of the last whole minute. */
  gaps: readonly GapTrust[];
}

/**
 * Everything the engine remembers: plain data, so that a checkpoint is a structured clone of it and a resumed engine cannot differ from an
 * uninterrupted one.
 */
export interface EngineState {
  readonly options: EngineOptions;
  readonly market: MarketState;
  readonly features: Map<InstrumentId, Memories>;
  readonly assets: Map<Asset, AssetState>;
  /** What is remembered of all perps beyond the market itself; null without a universe. */
  readonly universe: {
    /** Of each perp of which any has been heard. */
    readonly liquidations: Map<InstrumentId, LiquidationMemory>;
  } | null;
  /** What the store gave back of listings that have not been told of yet. */
  readonly recalled: Map<InstrumentId, (KeptHours | KeptMinuteRows)[]>;
  /** Up to when rows have been kept; null before the first tick. */
  keptUntil: Micros | null;
  /** How the store does; null where there is none. */
  store: StoreReport | null;
  /** Newest event time; never runs backwards. */
  now: Micros;
}

export function createAssetState(asset: Asset, settings: EngineSettings): AssetState {
  const features: Memories = {};
  for (const feature of assetFeatures) features[feature.name] = feature.create(settings);
  return {
    asset,
    listed: [],
    lead: { perp: null, spot: null },
    features,
    signals: createAssetSignals(asset),
    options: createOptionsMemory(),
    settling: new Map(),
    nearCap: new Set(),
    liquidations: createLiquidationMemory(true),
    cohorts: new Map(),
    calibration: createCalibration(),
    heard: new Map(),
    gaps: [],
  };
}

/** Memories of the features that apply to a listing. */
export function createMemories(instrument: Instrument, settings: EngineSettings): Memories {
  const memories: Memories = {};
  for (const feature of instrumentFeatures)
    if (feature.appliesTo(instrument)) memories[feature.name] = feature.create(settings);
  return memories;
}

export function createEngine(options: EngineOptions): EngineState {
  const assets = options.assets === 'any' ? [] : options.assets;
  return {
    options,
    market: createMarketState(options.assets, options.universe),
    features: new Map(),
    assets: new Map(assets.map((asset) => [asset, createAssetState(asset, options.settings)])),
    universe: options.universe === true ? { liquidations: new Map() } : null,
    recalled: new Map(),
    keptUntil: null,
    store: null,
    now: 0 as Micros,
  };
}
