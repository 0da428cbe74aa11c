import type { InstrumentInput } from '../features/feature.ts';
import { assetFeatures, instrumentFeatures } from '../features/index.ts';
import {
  createLiquidationMemory,
  liquidationTrust,
  onLiquidation,
  readLiquidations,
  tickLiquidations,
} from '../features/liquidations.ts';
import { notionalClock, withSnapshot } from '../features/notional-clock.ts';
import { lastPriceReading } from '../features/ticker.ts';
import { type EventLine, FRAME_VERSION, type OutputLine } from '../frame/frame.ts';
import { seriesOf } from '../frame/series.ts';
import { contradictions, LIQUIDATIONS } from '../market/contradiction.ts';
import { leadOf } from '../market/lead.ts';
import {
  admitTrade,
  applyToMarket,
  askToRenew,
  type InstrumentState,
  type MarketChange,
} from '../market/state.ts';
import { noteTrail } from '../market/trail.ts';
import type { EngineEvent, HistorySeries, Liquidation, Listing, Trade } from '../model/event.ts';
import { type Asset, hasHistory, type InstrumentId, isScannable } from '../model/instrument.ts';
import type { Kept } from '../model/kept.ts';
import { derive } from '../model/reading.ts';
import { tierOf } from '../model/settings.ts';
import { HOUR, MINUTE, type Micros, SECOND } from '../model/units.ts';
import {
  changeLead,
  onLeadTrade,
  type SignalChange,
  tickSignals,
} from '../signals/asset-signals.ts';
import { datedInput } from '../signals/dated.ts';
import { gateFlip, nearestFlip, thresholdOf } from '../signals/gate-flip.ts';
import { note } from '../signals/hold.ts';
import { sampleHour } from '../signals/hourly-sample.ts';
import { createPerpCohorts, onPerpInterest, onPerpTrade } from '../signals/perp-cohorts.ts';
import { capsNeared } from './caps.ts';
import { cascadeOf, judge, outdate, tickCascade } from './cascade.ts';
import {
  type AssetState,
  createAssetState,
  createMemories,
  type EngineState,
} from './engine-state.ts';
import { gapsOf } from './gaps.ts';
import {
  type Keep,
  keepCommitted,
  keepLiquidation,
  keepListing,
  keepPage,
  keepTick,
  keptSignals,
} from './keep.ts';
import { tickOptions } from './options.ts';
import { assetInput, inputOf, perpFeeds } from './read.ts';
import { recall, recallWaiting } from './recall.ts';
import {
  capText,
  gateText,
  listingText,
  regimeText,
  settledText,
  settlementText,
  usdText,
} from './sentences.ts';

/** What a step asks of the outside world. */
export type Effect =
  | { readonly kind: 'emit'; readonly line: OutputLine }
  /** A book wants another beginning, or to be compared with one. A replay has no use for it. */
  | Extract<MarketChange, { readonly kind: 'snapshotWanted' }>
  /** This is to outlive the run. A replay keeps nothing. */
  | { readonly kind: 'keep'; readonly kept: Kept };

const NO_EFFECTS: readonly Effect[] = [];

/**
 * One event → what follows from it. The engine is this fold and nothing else: no clock, no randomness, no I/O; live, replay and demo differ only
 * in who feeds it (DESIGN §1). Mutates `engine`.
 *
 * Time never runs backwards here: an event stamped before the newest one counts as received with it.
 */
export function step(engine: EngineState, event: EngineEvent): readonly Effect[] {
  const received = event.tsLocal >= engine.now ? event : { ...event, tsLocal: engine.now };
  engine.now = received.tsLocal;
  const changes = applyToMarket(engine.market, received);
  // What comes by the thousand and changes a book or a clock, nothing else.
  const { kind } = received;
  if (changes.length === 0 && (kind === 'bookDelta' || kind === 'heard' || kind === 'quote'))
    return NO_EFFECTS;
  const effects: Effect[] = [];
  for (const change of changes) onMarket(engine, change, effects);
  switch (received.kind) {
    case 'listing':
      onListing(engine, received, effects);
      break;
    case 'trade':
      onTrade(engine, received);
      break;
    case 'liquidation':
      onLiquidated(engine, received, effects);
      break;
    case 'openInterest':
      onOpenInterest(engine, received.instrument);
      break;
    case 'tick':
      tick(engine, received.tsLocal, effects);
      break;
    case 'historyPage': {
      const state = engine.market.instruments.get(received.instrument);
      if (state?.isWatched === true && hasHistory(state.instrument))
        keepPage(state, received, keepIn(effects));
      break;
    }
    case 'recalled':
      recall(engine, received.what, received.tsLocal);
      break;
    case 'store':
      engine.store = received.report;
      break;
    default:
      break;
  }
  return effects;
}

const keepIn =
  (effects: Effect[]): Keep =>
  (kept) =>
    effects.push({ kind: 'keep', kept });

function emit(
  engine: EngineState,
  effects: Effect[],
  event: Pick<EventLine, 'kind' | 'asset' | 'subject' | 'text' | 'data'>,
): void {
  const { source, origin } = engine.options;
  effects.push({
    kind: 'emit',
    line: { v: FRAME_VERSION, type: 'event', source, origin, tsLocal: engine.now, ...event },
  });
}

function assetOf(engine: EngineState, asset: Asset): AssetState {
  const known = engine.assets.get(asset);
  if (known !== undefined) return known;
  const created = createAssetState(asset, engine.options.settings);
  engine.assets.set(asset, created);
  return created;
}

function onListing(engine: EngineState, { instrument }: Listing, effects: Effect[]): void {
  const state = engine.market.instruments.get(instrument.id);
  if (state === undefined) engine.universe?.liquidations.delete(instrument.id);
  if (state === undefined || !state.isWatched) return;
  const asset = assetOf(engine, instrument.asset);
  if (!asset.listed.includes(state)) {
    asset.listed.push(state);
    engine.features.set(instrument.id, createMemories(instrument, engine.options.settings));
    if (instrument.kind === 'perp') asset.cohorts.set(instrument.id, createPerpCohorts());
    if (hasHistory(instrument)) keepListing(instrument, keepIn(effects));
  }
  const before = asset.lead;
  asset.lead = leadOf(asset.listed, engine.options.settings.lead.venues);
  recallWaiting(engine, state, engine.now);
  if (before.perp !== null && before.perp !== asset.lead.perp) changeLead(asset.signals);
}

function onTrade(engine: EngineState, trade: Trade): void {
  const state = engine.market.instruments.get(trade.instrument);
  // Prints of a book that was given up may still come; nobody would notice when they stop.
  if (state === undefined || !state.hasBook || !admitTrade(state, trade)) return;
  state.lastTrade = trade;
  const memories = engine.features.get(trade.instrument);
  if (memories === undefined) return;
  const { instrument } = state;
  for (const { name, onTrade: take } of instrumentFeatures)
    if (take !== undefined && name in memories) take(memories[name], trade, instrument);
  const asset = assetOf(engine, instrument.asset);
  if (asset.lead.perp === state) onLeadTrade(asset.signals, trade);
  const cohorts = asset.cohorts.get(instrument.id);
  if (cohorts !== undefined) onPerpTrade(cohorts, trade);
}

function onOpenInterest(engine: EngineState, instrument: InstrumentId): void {
  const state = engine.market.instruments.get(instrument);
  if (state === undefined || !state.isWatched) return;
  const cohorts = assetOf(engine, state.instrument.asset).cohorts.get(instrument);
  if (cohorts !== undefined) onPerpInterest(cohorts, state);
}

function onLiquidated(engine: EngineState, event: Liquidation, effects: Effect[]): void {
  const state = engine.market.instruments.get(event.instrument);
  if (state === undefined) return;
  const { instrument } = state;
  const { universe } = engine;
  if (universe !== null && isScannable(instrument)) {
    const memory = universe.liquidations.get(instrument.id) ?? createLiquidationMemory();
    universe.liquidations.set(instrument.id, memory);
    onLiquidation(memory, event);
  }
  if (!state.isWatched) return;
  const asset = assetOf(engine, instrument.asset);
  const print = onLiquidation(asset.liquidations, event);
  const { side, price, size, notional } = print;
  judge(engine, asset, state, print);
  keepLiquidation(instrument, event, keepIn(effects));
  emit(engine, effects, {
    kind: 'liquidation',
    asset: instrument.asset,
    subject: instrument.id,
    text: `${side} of ${usdText(notional)} liquidated at ${price}: ${listingText(instrument)}`,
    data: { side, price, size, notional },
  });
}

/** Whether an asset's drift rests on this series of this listing. */
function feedsDrift(
  engine: EngineState,
  asset: AssetState,
  state: InstrumentState,
  series: HistorySeries,
): boolean {
  if (state === asset.lead.perp) return true;
  return (
    state === asset.lead.spot &&
    series === 'bar1h' &&
    engine.options.settings.drift.basis === 'venue'
  );
}

function onMarket(engine: EngineState, change: MarketChange, effects: Effect[]): void {
  switch (change.kind) {
    case 'snapshotWanted':
      effects.push(change);
      return;
    case 'feedLost':
      emit(engine, effects, {
        kind: 'feedLost',
        asset: null,
        subject: change.feed,
        text: `${change.feed} lost its connection (${change.reason})`,
        data: { reason: change.reason },
      });
      return;
    case 'feedBack':
      emit(engine, effects, {
        kind: 'feedBack',
        asset: null,
        subject: change.feed,
        text: `${change.feed} is connected again`,
        data: {},
      });
      return;
    case 'streamSuspect':
      emit(engine, effects, {
        kind: 'streamSuspect',
        asset: null,
        subject: change.feed,
        text: `${change.feed} ${change.stream}: ${change.reason}`,
        data: { stream: change.stream, reason: change.reason },
      });
      return;
    default: {
      const state = engine.market.instruments.get(change.instrument)!;
      if (state.isWatched) onInstrument(engine, change, state, effects);
    }
  }
}

function onInstrument(
  engine: EngineState,
  change: Extract<MarketChange, { readonly instrument: InstrumentId }>,
  state: InstrumentState,
  effects: Effect[],
): void {
  const { instrument } = state;
  const about = { asset: instrument.asset, subject: instrument.id };
  switch (change.kind) {
    case 'bookResyncing':
      emit(engine, effects, {
        kind: 'bookResyncing',
        ...about,
        text: `book dropped, ${change.reason}: ${listingText(instrument)}`,
        data: { reason: change.reason },
      });
      break;
    case 'bookWhole':
      emit(engine, effects, {
        kind: 'bookWhole',
        ...about,
        text: `book whole: ${listingText(instrument)}`,
        data: {},
      });
      break;
    case 'intervalChanged':
      emit(engine, effects, {
        kind: 'fundingIntervalChanged',
        ...about,
        text: `funding interval went from ${change.from} h to ${change.to} h: ${listingText(instrument)}`,
        data: { from: change.from, to: change.to },
      });
      break;
    case 'settled':
      emit(engine, effects, {
        kind: 'fundingSettled',
        ...about,
        text: settledText(instrument, change.fundingRate, state.interval?.hours),
        data: { fundingRate: change.fundingRate, settledAt: change.tsExchange },
      });
      break;
    case 'history': {
      const asset = assetOf(engine, instrument.asset);
      if (feedsDrift(engine, asset, state, change.series)) asset.signals.historyChanged = true;
      else if (instrument.kind === 'future') asset.signals.datedChanged = true;
      if (change.series === 'openInterest' || change.series === 'bar1h')
        outdate(asset, instrument.id);
      break;
    }
    default:
      break;
  }
}

const tickingAssetFeatures = assetFeatures.filter(({ onTick }) => onTick !== undefined);

/** A whole second has passed: sample, step features, then signals, asset by asset in their order. */
function tick(engine: EngineState, now: Micros, effects: Effect[]): void {
  const inputs = new Map<InstrumentId, InstrumentInput>();
  for (const [id, state] of engine.market.instruments) {
    if (!state.isWatched) continue;
    const memories = engine.features.get(id)!;
    const input = withSnapshot(inputOf(engine, state, now), memories[notionalClock.name]);
    inputs.set(id, input);
    // On the minutes that back-filled bars close on, so that both stand on one grid.
    if (now % MINUTE === 0 && input.sample.mid.state === 'live')
      noteTrail(state.history.priceTrail, now, input.sample.mid.value);
    for (const { name, onTick } of instrumentFeatures)
      if (onTick !== undefined && name in memories) onTick(memories[name], input);
    if (askToRenew(state, input.sample.bandBps, now))
      effects.push({ kind: 'snapshotWanted', instrument: id, need: 'audit' });
  }
  for (const asset of engine.assets.values()) tickAsset(engine, asset, now, inputs, effects);
  tickOptions(engine, now);
  keepTick(engine, now, keepIn(effects));
  if (now % MINUTE === 0)
    for (const asset of engine.assets.values()) asset.gaps = gapsOf(asset, now);
  if (now % CONTRADICTED_EVERY === 0) holdAgainstEachOther(engine, now, effects);
  if (engine.universe !== null && now % MINUTE === 0)
    tickUniverse(engine, engine.universe, now, effects);
}

/** How often feeds are held against each other. */
const CONTRADICTED_EVERY = 10 * SECOND;

function holdAgainstEachOther(engine: EngineState, now: Micros, effects: Effect[]): void {
  const { settings } = engine.options;
  for (const { feed, reason } of contradictions(engine.market.feeds.values(), now, settings))
    onMarket(
      engine,
      { kind: 'streamSuspect', feed: feed.feed, stream: LIQUIDATIONS, reason },
      effects,
    );
}

/** A whole minute has passed: five hundred listings are sampled no oftener. */
function tickUniverse(
  engine: EngineState,
  { liquidations }: NonNullable<EngineState['universe']>,
  now: Micros,
  effects: Effect[],
): void {
  const { settings } = engine.options;
  for (const [id, state] of engine.market.instruments) {
    if (state.isWatched) continue;
    const price = lastPriceReading(state, now, settings);
    if (price.state === 'live') noteTrail(state.history.priceTrail, now, price.value);
    if (state.hasBook && askToRenew(state, tierOf(state.instrument.asset, settings).bandBps, now))
      effects.push({ kind: 'snapshotWanted', instrument: id, need: 'audit' });
  }
  for (const memory of liquidations.values()) tickLiquidations(memory, now);
}

function tickAsset(
  engine: EngineState,
  asset: AssetState,
  now: Micros,
  inputs: ReadonlyMap<InstrumentId, InstrumentInput>,
  effects: Effect[],
): void {
  const { settings } = engine.options;
  const before = effects.length;
  tickLiquidations(asset.liquidations, now);
  const input = assetInput(engine, asset, now, inputs);
  for (const { name, onTick } of tickingAssetFeatures) onTick!(asset.features[name], input);
  const { perp, spot } = input;
  if (now % HOUR === 0)
    // The leading pair is sampled by its signals, which rest on it.
    for (const state of asset.listed)
      if (state !== asset.lead.perp && state !== asset.lead.spot && hasHistory(state.instrument))
        sampleHour(inputs.get(state.instrument.id)!, now / HOUR);
  if (perp === undefined) return;
  const trust = liquidationTrust(perpFeeds(engine, asset), now, settings);
  const { long, short } = readLiquidations(asset.liquidations, 'h1', now, trust);
  const liquidated1h = derive([long, short] as const, (a, b) => a + b);
  const { venue } = perp.state.instrument;
  const dated = datedInput(asset.listed, venue, inputs, now, settings.lead.venues);
  const changes = tickSignals(asset.signals, {
    now,
    settings,
    lead: perp,
    spot,
    liquidated1h,
    dated,
  });
  for (const change of changes) onSignal(engine, asset, perp.state, change, effects);
  tickCascade(engine, asset, now, inputs);
  noteCascade(engine, asset, perp, effects);
  markSettlements(engine, asset, now, inputs, effects);
  tellCaps(engine, asset, now, effects);
  // What was announced is kept with its announcement, not a minute later.
  const isNews = effects.some(({ kind }, index) => index >= before && kind === 'emit');
  if (isNews) effects.push({ kind: 'keep', kept: keptSignals(asset, now) });
}

function noteCascade(
  engine: EngineState,
  asset: AssetState,
  perp: InstrumentInput,
  effects: Effect[],
): void {
  const { now, settings, sample } = perp;
  const { level, longWithin5, shortWithin5 } = cascadeOf(engine, asset, sample.mid, now);
  if (level.state !== 'live') return;
  const before = note(asset.signals.cascade, level.value, now, settings.gate.holdSeconds * 1e6);
  if (before === undefined) return;
  const within = `${usdText(longWithin5.value ?? 0)} of longs and ${usdText(shortWithin5.value ?? 0)} of shorts`;
  emit(engine, effects, {
    kind: 'cascadeLevelChanged',
    asset: asset.asset,
    subject: asset.asset,
    text: `${asset.asset} cascade risk went from ${before} to ${level.value}: ${within} within ${settings.cascade.withinShare * 100} % of price (estimate)`,
    data: {
      from: before,
      to: level.value,
      longWithin5: longWithin5.value,
      shortWithin5: shortWithin5.value,
    },
  });
}

function onSignal(
  engine: EngineState,
  asset: AssetState,
  lead: InstrumentState,
  change: SignalChange,
  effects: Effect[],
): void {
  const { asset: name, signals } = asset;
  const { settings } = engine.options;
  switch (change.kind) {
    case 'seriesRebuilt': {
      const line = seriesOf(engine, signals, lead, 'whole');
      if (line.cells.length > 0) effects.push({ kind: 'emit', line });
      break;
    }
    case 'cellCommitted':
      effects.push({ kind: 'emit', line: seriesOf(engine, signals, lead, change.cell.hour) });
      keepCommitted(asset, lead, change.cell, keepIn(effects));
      break;
    case 'gate': {
      const { cell, active, isProvisional } = change;
      const { mu, d, mu1, mu2, mu3, zFunding, zOiChange, zBasis, zDated, gate } = cell;
      const rho = cell.inputs.dated?.rho ?? Number.NaN;
      const quantile = gate.state === 'judged' ? gate.quantile : Number.NaN;
      const threshold = thresholdOf(cell, settings.gate);
      const zs = { zFunding, zOiChange, zBasis, zDated };
      const data = { mu, d, mu1, mu2, mu3, ...zs, rho, quantile, threshold };
      const flip = nearestFlip(cell, gateFlip(signals.series, cell, settings), settings.gate);
      emit(engine, effects, {
        kind: active ? 'gateOpened' : 'gateClosed',
        asset: name,
        subject: name,
        text: gateText(name, active, isProvisional, cell, threshold, settings.drift, flip),
        data: {
          provisional: isProvisional,
          ...finite(data),
          flipInput: flip?.input ?? null,
          flipZ: flip?.z ?? null,
          flipValue: flip?.value ?? null,
        },
      });
      break;
    }
    case 'regime':
      emit(engine, effects, {
        kind: 'regimeChanged',
        asset: name,
        subject: name,
        text: regimeText(name, change.from, change.to, signals.regimeInputs),
        data: { from: change.from, to: change.to, ...finite({ ...signals.regimeInputs }) },
      });
      break;
  }
}

/** Numbers for a line: NaN becomes null. */
const finite = (numbers: Readonly<Record<string, number>>): Record<string, number | null> =>
  Object.fromEntries(
    Object.entries(numbers).map(([key, value]) => [key, Number.isFinite(value) ? value : null]),
  );

/** Tells of rates that are about to be held by their cap or floor (SPEC §7). */
function tellCaps(engine: EngineState, asset: AssetState, now: Micros, effects: Effect[]): void {
  for (const { state, rate, share } of capsNeared(asset, now, engine.options.settings)) {
    const { instrument, fundingLimits: limits } = state;
    emit(engine, effects, {
      kind: 'fundingCapNear',
      asset: asset.asset,
      subject: instrument.id,
      text: capText(instrument, rate, share),
      data: { fundingRate: rate, share, cap: limits?.cap ?? null, floor: limits?.floor ?? null },
    });
  }
}

/** The settlement whose window holds `now`, by what the venue says of the next one; undefined when none does. */
function settlementAt(
  { predicted, interval }: InstrumentState,
  now: Micros,
  span: number,
): Micros | undefined {
  const next = predicted?.nextFundingTs ?? null;
  if (next === null) return undefined;
  const known = interval === null ? [next] : [(next - interval.hours * HOUR) as Micros, next];
  return known.find((at) => Math.abs(now - at) <= span);
}

/**
 * Marks the minutes around each settlement as events, when they begin and when they end (SPEC §6). A window that is open stays so to its end, whatever the
 * venue says meanwhile of the settlements to come.
 */
function markSettlements(
  engine: EngineState,
  asset: AssetState,
  now: Micros,
  inputs: ReadonlyMap<InstrumentId, InstrumentInput>,
  effects: Effect[],
): void {
  const span = engine.options.settings.settlementWindowMinutes * MINUTE;
  const { settling } = asset;
  for (const state of asset.listed) {
    const { instrument, predicted, interval, openInterest, mark } = state;
    const wasInside = settling.has(instrument.id);
    // After a restart it is known that a window is open, and which one only once the venue has spoken.
    if (predicted === null && !settling.get(instrument.id)) continue;
    const at = settling.get(instrument.id) ?? settlementAt(state, now, span);
    const isInside = at !== undefined && now <= at + span;
    if (isInside) settling.set(instrument.id, at);
    else settling.delete(instrument.id);
    if (isInside === wasInside) continue;
    const fundingRate = predicted?.fundingRate ?? null;
    const isLive = inputs.get(instrument.id)?.silentFor === null;
    const spend =
      isLive && fundingRate !== null && openInterest !== null && mark !== null
        ? fundingRate * openInterest.size * mark.markPrice
        : undefined;
    emit(engine, effects, {
      kind: 'settlementWindow',
      asset: asset.asset,
      subject: instrument.id,
      text:
        isInside && now <= at && fundingRate !== null && interval !== null
          ? settlementText(instrument, at, fundingRate, interval.hours, spend)
          : `settlement window ${isInside ? 'is open' : 'is over'}: ${listingText(instrument)}`,
      data: { inside: isInside, settlesAt: at ?? null, fundingRate },
    });
  }
}
