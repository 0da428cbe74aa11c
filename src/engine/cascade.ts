import { markReadings } from '../features/basis.ts';
import type { InstrumentInput } from '../features/feature.ts';
import { type LiquidationPrint, liquidationTrust } from '../features/liquidations.ts';
import { openInterestReading } from '../features/open-interest.ts';
import { type CalibrationFrame, calibrationFrame } from '../frame/calibration.ts';
import { type CascadeEstimate, cascadeEstimate } from '../frame/cascade.ts';
import { byPreference } from '../market/lead.ts';
import type { InstrumentState } from '../market/state.ts';
import type { InstrumentId } from '../model/instrument.ts';
import { absent, derive, live, type Reading } from '../model/reading.ts';
import type { Micros } from '../model/units.ts';
import {
  dropForecast,
  FORECAST_HOLDS,
  forecast,
  judgeLiquidation,
  noteReach,
  tickCalibration,
} from '../signals/calibration.ts';
import { type CascadeThresholds, scaledThresholds } from '../signals/cascade.ts';
import { fresh } from '../signals/hourly-sample.ts';
import { isInverse } from '../signals/margin.ts';
import { tickCohorts } from '../signals/perp-cohorts.ts';
import type { AssetState, EngineState } from './engine-state.ts';
import { perpFeeds } from './read.ts';

/** The past of a perp reads differently now: its cohorts are made anew at the next tick. */
export function outdate(asset: AssetState, instrument: InstrumentId): void {
  const cohorts = asset.cohorts.get(instrument);
  if (cohorts !== undefined) cohorts.isOutdated = true;
}

const NOWHERE = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };

/** Whether a venue tells of every liquidation: only then can levels be held against them. */
const isComplete = (engine: EngineState, { instrument }: InstrumentState): boolean =>
  engine.market.feeds.get(instrument.feed)?.liquidations?.completeness === 'all';

/** Once a second, after the signals of the asset: steps the cohorts of its perps, and every few minutes writes down what they foretell. */
export function tickCascade(
  engine: EngineState,
  asset: AssetState,
  now: Micros,
  inputs: ReadonlyMap<InstrumentId, InstrumentInput>,
): void {
  const { settings } = engine.options;
  const { calibration, lead, signals } = asset;
  for (const [id, cohorts] of asset.cohorts) {
    const input = inputs.get(id);
    if (input === undefined) continue;
    const isLead = input.state === lead.perp;
    if (isComplete(engine, input.state))
      noteReach(calibration, id, cohorts.step.low, cohorts.step.high);
    tickCohorts(cohorts, input, isLead, isLead ? signals.reach : NOWHERE);
    if (now % FORECAST_HOLDS !== 0 || !isComplete(engine, input.state)) continue;
    const price = fresh(input.sample.mid);
    if (cohorts.book.since === null || !(price > 0)) dropForecast(calibration, id, now);
    else
      forecast(
        calibration,
        id,
        cohorts.book,
        price,
        settings.cascade.withinShare,
        isInverse(input.state.instrument),
        now,
      );
  }
  tickCalibration(calibration, now);
}

/** Holds a liquidation against what was foretold before it came. */
export function judge(
  engine: EngineState,
  asset: AssetState,
  state: InstrumentState,
  print: LiquidationPrint,
): void {
  if (!isComplete(engine, state)) return;
  judgeLiquidation(asset.calibration, print, state.lastTrade?.price ?? print.price);
}

/** Open interest of a perp in USD at mark. */
const openInterestUsd = (engine: EngineState, state: InstrumentState, now: Micros): Reading => {
  const { settings } = engine.options;
  return derive(
    [openInterestReading(state, now, settings), markReadings(state, now, settings).mark] as const,
    (size, price) => size * price,
  );
};

/** The same of an asset's leading perp. */
export function leadOpenInterestUsd(engine: EngineState, asset: string, now: Micros): Reading {
  const lead = engine.assets.get(asset)?.lead.perp ?? null;
  return lead === null ? absent(`no ${asset} perp`) : openInterestUsd(engine, lead, now);
}

const perpsOf = (engine: EngineState, asset: AssetState): InstrumentState[] =>
  asset.listed
    .filter(({ instrument }) => instrument.kind === 'perp')
    .sort(byPreference(engine.options.settings.lead.venues));

/** Open interest of all perps of an asset in USD at mark. It is as old as that of the leading one; what others do not tell is left out. */
function allOpenInterestUsd(engine: EngineState, name: string, now: Micros): Reading {
  const asset = engine.assets.get(name);
  const lead = asset?.lead.perp ?? null;
  if (asset === undefined || lead === null) return absent(`no ${name} perp to scale thresholds by`);
  let others = 0;
  for (const state of perpsOf(engine, asset))
    if (state !== lead) others += openInterestUsd(engine, state, now).value ?? 0;
  return derive([openInterestUsd(engine, lead, now)] as const, (usd) => usd + others);
}

/** USD thresholds of an asset: its own where configured, else BTC's scaled by its open interest relative to BTC's (SPEC §9). */
function thresholdsFor(
  engine: EngineState,
  asset: string,
  now: Micros,
): Reading<CascadeThresholds> {
  const { cascade } = engine.options.settings;
  const own = cascade.overrides[asset];
  if (own !== undefined) return live(own);
  if (asset === 'BTC') return live(scaledThresholds(cascade, 1));
  const share = derive(
    [allOpenInterestUsd(engine, asset, now), allOpenInterestUsd(engine, 'BTC', now)] as const,
    // Nothing to scale by is no reason for an alarm.
    (usd, btcUsd) => (usd > 0 ? usd / btcUsd : Number.NaN),
  );
  return derive([share] as const, (value) => scaledThresholds(cascade, value));
}

/** Estimated USD that dies near price over all perps of an asset, and the level it amounts to (SPEC §9). */
export function cascadeOf(
  engine: EngineState,
  asset: AssetState,
  price: Reading,
  now: Micros,
): CascadeEstimate {
  return cascadeEstimate(
    perpsOf(engine, asset).map((state) => ({
      state,
      cohorts: asset.cohorts.get(state.instrument.id)!,
      openInterestUsd: openInterestUsd(engine, state, now),
    })),
    price,
    thresholdsFor(engine, asset.asset, now),
    now,
    engine.options.settings.cascade,
  );
}

/** How well the levels of an asset have foretold (SPEC §9), by the venues that tell of every liquidation. */
export function calibrationOf(
  engine: EngineState,
  asset: AssetState,
  now: Micros,
): CalibrationFrame {
  const complete = perpFeeds(engine, asset).filter(
    ({ liquidations }) => liquidations?.completeness === 'all',
  );
  return calibrationFrame(
    asset.calibration,
    now,
    liquidationTrust(complete, now, engine.options.settings),
  );
}
