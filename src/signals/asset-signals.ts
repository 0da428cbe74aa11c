import { basisOf, markReadings } from '../features/basis.ts';
import type { InstrumentInput } from '../features/feature.ts';
import { intervalReading, predictedReading, rate8h } from '../features/funding.ts';
import { openInterestBefore, openInterestReading } from '../features/open-interest.ts';
import {
  closeOf,
  createHourly,
  HOURS_KEPT,
  type Hourly,
  setHour,
  windowWith,
} from '../market/hourly.ts';
import { storedOpenInterest } from '../market/stored-cells.ts';
import type { Trade } from '../model/event.ts';
import { type Asset, type InstrumentId, marksOf, type Venue } from '../model/instrument.ts';
import { absent, type Marks, type Reading } from '../model/reading.ts';
import type { CascadeLevel, RegimeLabel } from '../model/regime.ts';
import type { EngineSettings } from '../model/settings.ts';
import { HOUR, type Micros } from '../model/units.ts';
import {
  type CellInputs,
  commitCell,
  createDriftSeries,
  type DriftCell,
  type DriftSeries,
  judgeCell,
  rebuildSeries,
  storedDatedInputs,
  storedInputs,
} from './asset-drift.ts';
import { type DatedInput, type FrontDated, NO_DATED_INPUT, rhoOf, sampleDated } from './dated.ts';
import { type Score, zScore } from './drift.ts';
import { createHeld, forget, type Held, note } from './hold.ts';
import { fresh, sampleHour, writeHour } from './hourly-sample.ts';
import { type RegimeInputs, regimeOf } from './regime.ts';
import { createRegimeRecord, noteRegime, type RegimeRecord } from './regime-record.ts';

/** The hour in progress: price range and taker volume of its trades, base coin. */
interface OpenBar {
  high: number;
  low: number;
  buy: number;
  sell: number;
  /** Heard from its opening on without a break. */
  isWhole: boolean;
}

/** Why an input of the regime is absent; the text says nothing where it is not. */
export type RegimeReasons = Readonly<Record<keyof RegimeInputs, string>>;

/** The front dated future as a tick saw it. */
interface FrontSeen {
  readonly instrument: InstrumentId;
  readonly daysToExpiry: number;
  readonly rho: number;
  /** What marks every number of it. */
  readonly marks: Marks;
}

/** What an asset's signals remember. Plain data. */
export interface AssetSignals {
  readonly asset: Asset;
  series: DriftSeries;
  /** The open cell as of the last tick; null before the first. */
  provisional: DriftCell | null;
  /** The front dated future as of the last tick; null where there is none. */
  dated: FrontSeen | null;
  /** The open cell: closes next. −1 before the first tick. */
  openHour: number;
  /** The last tick; null before the first. */
  tickedAt: Micros | null;
  /** History has changed since the series was made. */
  historyChanged: boolean;
  /** So has that of a dated future: what rests on it alone is made anew. */
  datedChanged: boolean;
  /** Venue whose dated futures are taken; null while there are none. */
  datedVenue: Venue | null;
  readonly gate: Held<boolean>;
  /** The open cell's own D has opened the gate: only then can it close it again before its close. */
  wasOpenInCell: boolean;
  readonly regime: Held<RegimeLabel>;
  /** How the book of the leading perp did under it. */
  regimeRecord: RegimeRecord;
  /** Whether the regime could be told at the last tick. */
  isRegimeTold: boolean;
  readonly cascade: Held<CascadeLevel>;
  regimeInputs: RegimeInputs;
  regimeReasons: RegimeReasons;
  bar: OpenBar;
  /** How far price has reached in the open hour, by its trades and by the mid of each second; infinite before the first. */
  reach: PriceReach;
}

export interface PriceReach {
  low: number;
  high: number;
}

const NO_INPUTS: RegimeInputs = {
  oiShock: Number.NaN,
  oiChange: Number.NaN,
  fundingZ: Number.NaN,
  liquidationZ: Number.NaN,
  depthRank: Number.NaN,
};

const NO_REASONS: RegimeReasons = {
  oiShock: 'no perp listed yet',
  oiChange: 'no perp listed yet',
  fundingZ: 'no perp listed yet',
  liquidationZ: 'no perp listed yet',
  depthRank: 'no perp listed yet',
};

const emptyBar = (isWhole: boolean): OpenBar => ({
  high: Number.NEGATIVE_INFINITY,
  low: Number.POSITIVE_INFINITY,
  buy: 0,
  sell: 0,
  isWhole,
});

const nowhere = (): PriceReach => ({
  low: Number.POSITIVE_INFINITY,
  high: Number.NEGATIVE_INFINITY,
});

export const createAssetSignals = (asset: Asset): AssetSignals => ({
  asset,
  series: createDriftSeries(),
  provisional: null,
  dated: null,
  openHour: -1,
  tickedAt: null,
  historyChanged: false,
  datedChanged: false,
  datedVenue: null,
  gate: createHeld(),
  wasOpenInCell: false,
  regime: createHeld(),
  regimeRecord: createRegimeRecord(),
  isRegimeTold: false,
  cascade: createHeld(),
  regimeInputs: NO_INPUTS,
  regimeReasons: NO_REASONS,
  bar: emptyBar(false),
  reach: nowhere(),
});

/** What the signals of one asset see at one tick. */
export interface SignalInput {
  readonly now: Micros;
  readonly settings: EngineSettings;
  readonly lead: InstrumentInput;
  readonly spot: InstrumentInput | undefined;
  /** USD liquidated over the trailing hour. */
  readonly liquidated1h: Reading;
  /** What μ3 rests on; missing where the asset has no dated futures. */
  readonly dated?: DatedInput;
}

/** What a tick changed. */
export type SignalChange =
  | { readonly kind: 'cellCommitted'; readonly cell: DriftCell }
  | { readonly kind: 'seriesRebuilt' }
  | {
      readonly kind: 'gate';
      readonly active: boolean;
      readonly cell: DriftCell;
      readonly isProvisional: boolean;
    }
  | { readonly kind: 'regime'; readonly from: RegimeLabel; readonly to: RegimeLabel };

/** A trade of the leading perp: the bar of the open hour. */
export function onLeadTrade(signals: AssetSignals, trade: Trade): void {
  const { bar } = signals;
  bar.high = Math.max(bar.high, trade.price);
  bar.low = Math.min(bar.low, trade.price);
  if (trade.aggressor === 'buy') bar.buy += trade.size;
  else bar.sell += trade.size;
}

/** Another listing leads from now on: what was heard of the last one is not its past. */
export function changeLead(signals: AssetSignals): void {
  signals.bar = emptyBar(false);
  signals.reach = nowhere();
  signals.regimeRecord = createRegimeRecord();
  signals.historyChanged = true;
}

/** Why a reading is not live. */
const whyNot = (what: string, ...readings: readonly Reading[]): string => {
  const bad = readings.find(({ state }) => state !== 'live');
  return bad?.state === 'absent' ? bad.reason : `stale ${what}`;
};

const seen = (
  { state: { instrument }, daysToExpiry, distance }: FrontDated,
  { drift }: EngineSettings,
): FrontSeen => ({
  instrument: instrument.id,
  daysToExpiry,
  rho: rhoOf(distance, drift.rho),
  marks: marksOf(instrument),
});

/** Inputs of the open cell as they are known now; a stale input is absent, for a cell must not commit what was not known. */
function currentInputs(input: SignalInput, hour: number): CellInputs {
  const { now, settings, lead, spot, dated = NO_DATED_INPUT } = input;
  const { mark, index } = markReadings(lead.state, now, settings);
  const [upper, lower] =
    settings.drift.basis === 'fair'
      ? [mark, index]
      : [lead.sample.mid, spot?.sample.mid ?? absent('no spot of this venue')];
  const openInterest = openInterestReading(lead.state, now, settings);
  const isPredicted = settings.drift.funding === 'predicted';
  const funding = isPredicted
    ? rate8h(predictedReading(lead.state, now, settings), intervalReading(lead.state))
    : undefined;
  return {
    openInterest: fresh(openInterest),
    funding8h:
      funding === undefined
        ? storedInputs(lead.state, spot?.state, hour, settings.drift).funding8h
        : fresh(funding),
    basis: basisOf(fresh(upper), fresh(lower)),
    dated: {
      basis: fresh(dated.basis),
      rho: rhoOf(dated.front?.distance ?? Number.NaN, settings.drift.rho),
    },
    why: {
      openInterest: whyNot('open interest', openInterest),
      funding8h:
        funding === undefined ? 'no settled funding in this hour' : whyNot('funding rate', funding),
      basis: whyNot(settings.drift.basis === 'fair' ? 'mark price' : 'book', upper, lower),
      dated: whyNot('price of the dated future', dated.basis),
    },
  };
}

/** How far price has reached, the trades since the last tick included. */
function reached({ bar, reach }: AssetSignals): PriceReach {
  reach.low = Math.min(reach.low, bar.low);
  reach.high = Math.max(reach.high, bar.high);
  return reach;
}

/** Writes what was sampled at the close of `hour` into the histories of the leading pair. Only what is live is written. */
function sampleClose(signals: AssetSignals, input: SignalInput, hour: number): void {
  const { now, lead, spot, liquidated1h, dated = NO_DATED_INPUT } = input;
  const { history } = lead.state;
  const write = (series: Hourly, value: number, stamp: number = now) =>
    writeHour(series, hour, stamp, value);
  sampleHour(lead, hour);
  if (spot !== undefined) sampleHour(spot, hour);
  sampleDated(lead.state, dated, hour, now);
  const { buy, sell, isWhole } = signals.bar;
  const { high, low } = reached(signals);
  // Of an hour heard in part the range is a lower bound, and the venue's own bar outranks it.
  const stamp = isWhole ? now : now - 1;
  write(history.high, high, stamp);
  write(history.low, low, stamp);
  if (!isWhole) return;
  write(history.volume, buy + sell);
  if (buy + sell > 0) write(history.buyShare, buy / (buy + sell));
  if (liquidated1h.state === 'live' && liquidated1h.partial !== true)
    write(history.liquidatedUsd, liquidated1h.value);
}

/**
 * Rank (0–1) of the last element of `window` among the finite ones before it, ties counting half, or why there is none.
 *
 * @param minValues finite values needed.
 */
export function rankOf(
  window: ArrayLike<number>,
  minValues: number,
): { readonly rank: number } | { readonly reason: string } {
  const current = window[window.length - 1]!;
  let count = 0;
  let below = 0;
  for (let i = 0; i < window.length - 1; i += 1) {
    const value = window[i]!;
    if (!Number.isFinite(value)) continue;
    count += 1;
    below += value < current ? 1 : value === current ? 0.5 : 0;
  }
  if (!Number.isFinite(current)) return { reason: 'no value' };
  return count < minValues ? { reason: `warming ${count}/${minValues}` } : { rank: below / count };
}

/** Inputs of the regime as of now (SPEC §6): the last hour against the closed cells of the trailing week. */
function readRegime(signals: AssetSignals, input: SignalInput, cell: DriftCell): void {
  const { now, settings, lead, liquidated1h } = input;
  const { windowHours, minValues } = settings.drift;
  const { state, sample } = lead;
  const before = openInterestBefore(state, now, 1);
  const oiChange = Math.log(cell.inputs.openInterest / fresh(before));
  const window = (series: Hourly, current: number) =>
    windowWith(series, cell.hour, windowHours, current);
  const oiScore = zScore(window(signals.series.oiChange, oiChange), minValues);
  const liquidated = fresh(liquidated1h);
  const liquidationScore = zScore(window(state.history.liquidatedUsd, liquidated), minValues);
  const depth = fresh(sample.depthBid) + fresh(sample.depthAsk);
  const depthRank = rankOf(window(state.history.depthUsd, depth), minValues);
  const z = (score: Score): number => ('z' in score ? score.z : Number.NaN);
  const reason = (score: Score): string => ('z' in score ? '' : score.reason);
  signals.regimeInputs = {
    oiShock: z(oiScore),
    oiChange,
    fundingZ: cell.zFunding,
    liquidationZ: z(liquidationScore),
    depthRank: 'rank' in depthRank ? depthRank.rank : Number.NaN,
  };
  const whyNoChange = Number.isNaN(cell.inputs.openInterest)
    ? cell.inputs.why.openInterest
    : whyNot('open interest', before);
  signals.regimeReasons = {
    oiShock: Number.isFinite(oiChange) ? reason(oiScore) : whyNoChange,
    oiChange: whyNoChange,
    fundingZ: cell.reasons.funding ?? '',
    liquidationZ: Number.isFinite(liquidated)
      ? reason(liquidationScore)
      : whyNot('liquidations', liquidated1h),
    depthRank: Number.isNaN(depth)
      ? whyNot('book', sample.depthBid, sample.depthAsk)
      : 'rank' in depthRank
        ? ''
        : depthRank.reason,
  };
}

/** Everything made from history, made anew up to the last closed cell. */
function rebuild(signals: AssetSignals, input: SignalInput): void {
  const { settings, lead, spot, dated } = input;
  const last = signals.openHour - 1;
  const first = last - HOURS_KEPT + 2;
  signals.series = rebuildSeries(lead.state, spot?.state, first, last, settings, dated?.listed);
}

/** Nothing but its own z rests on the dated basis while γ is 0: the cells stay as they are. */
function refillDated({ series, openHour }: AssetSignals, input: SignalInput): void {
  const { settings, lead, dated = NO_DATED_INPUT } = input;
  series.dated = createHourly();
  for (let hour = openHour - HOURS_KEPT + 1; hour < openHour; hour += 1) {
    const { basis } = storedDatedInputs(lead.state, hour, settings.drift, dated.listed);
    setHour(series.dated, hour, hour, basis);
  }
}

/** The gate of a judged cell against what was told last. The open cell starts without a change of OI, so it closes a gate only that it has opened itself. */
function noteGate(
  signals: AssetSignals,
  cell: DriftCell,
  now: Micros,
  hold: number | 'committed',
): SignalChange | undefined {
  if (cell.gate.state !== 'judged' || !Number.isFinite(cell.d)) return undefined;
  const { active } = cell.gate;
  const isProvisional = hold !== 'committed';
  if (isProvisional) {
    if (active) signals.wasOpenInCell = true;
    else if (!signals.wasOpenInCell && signals.gate.announced !== null) {
      forget(signals.gate);
      return undefined;
    }
  }
  const before = note(signals.gate, active, now, isProvisional ? hold : 0);
  return before === undefined ? undefined : { kind: 'gate', active, cell, isProvisional };
}

/** Once a second: closes cells that are due, judges the open one, updates the regime. */
export function tickSignals(signals: AssetSignals, input: SignalInput): readonly SignalChange[] {
  const { now, settings, lead, spot, dated } = input;
  const changes: SignalChange[] = [];
  const told = (change: SignalChange | undefined) => {
    if (change !== undefined) changes.push(change);
  };
  const hold = settings.gate.holdSeconds * 1e6;
  const dueHour = Math.floor(now / HOUR);
  const fundingHours = lead.state.interval?.hours ?? Number.NaN;
  const judge = (hour: number, inputs: CellInputs): DriftCell =>
    judgeCell(
      signals.series,
      hour,
      inputs,
      storedOpenInterest(lead.state, hour - 1),
      fundingHours,
      settings,
    );

  signals.tickedAt = now;
  signals.dated = dated?.front === undefined ? null : seen(dated.front, settings);
  if (signals.openHour === -1) signals.openHour = dueHour + 1;
  if (lead.silentFor !== null) signals.bar.isWhole = false;
  const datedVenue = dated?.front?.state.instrument.venue ?? signals.datedVenue;
  if (datedVenue !== signals.datedVenue) signals.datedChanged = true;
  signals.datedVenue = datedVenue;
  if (signals.datedChanged) {
    signals.datedChanged = false;
    if (settings.drift.gamma === 0) refillDated(signals, input);
    else signals.historyChanged = true;
  }
  if (signals.historyChanged) {
    signals.historyChanged = false;
    rebuild(signals, input);
    changes.push({ kind: 'seriesRebuilt' });
  }
  // After a pause several cells are due; only one that closes at this very instant was seen closing.
  signals.openHour = Math.max(signals.openHour, dueHour - HOURS_KEPT);
  for (; signals.openHour <= dueHour; signals.openHour += 1) {
    const hour = signals.openHour;
    if (closeOf(hour) === now) sampleClose(signals, input, hour);
    const cell = judge(
      hour,
      storedInputs(lead.state, spot?.state, hour, settings.drift, dated?.listed),
    );
    commitCell(signals.series, cell);
    changes.push({ kind: 'cellCommitted', cell });
    told(noteGate(signals, cell, now, 'committed'));
    signals.wasOpenInCell = false;
    signals.bar = emptyBar(closeOf(hour) === now);
    signals.reach = nowhere();
  }

  const mid = fresh(lead.sample.mid);
  const reach = reached(signals);
  if (Number.isFinite(mid)) {
    reach.low = Math.min(reach.low, mid);
    reach.high = Math.max(reach.high, mid);
  }

  const cell = judge(signals.openHour, currentInputs(input, signals.openHour));
  signals.provisional = cell;
  told(noteGate(signals, cell, now, hold));

  readRegime(signals, input, cell);
  const label = regimeOf(signals.regimeInputs, signals.regime.announced, settings.regime);
  signals.isRegimeTold = label !== undefined;
  if (label !== undefined) {
    const before = note(signals.regime, label, now, hold);
    if (before !== undefined) changes.push({ kind: 'regime', from: before, to: label });
  }
  const inForce = signals.isRegimeTold ? signals.regime.announced : null;
  noteRegime(signals.regimeRecord, now, inForce, lead.sample);
  return changes;
}
