import { basisOf } from '../features/basis.ts';
import {
  asOfHour,
  copyHours,
  createHourly,
  HOURS_KEPT,
  type Hourly,
  hourAt,
  setHour,
} from '../market/hourly.ts';
import type { InstrumentState } from '../market/state.ts';
import type { EngineSettings } from '../model/settings.ts';
import {
  createQuantiles,
  evictOldestQuantiles,
  pushQuantiles,
  type Quantiles,
  quantileOf,
  quantilesCount,
} from '../stats/quantiles.ts';
import { driftOf, type Score, zScore } from './drift.ts';
import { type Gate, judgeAgainst } from './gate.ts';

/** Missing cells over which a state is carried before it is absent. */
const CARRY = 2;
/** The longest funding interval any venue uses, hours. */
const LONGEST_INTERVAL = 8;

/** The three inputs of a drift cell. A number is NaN, and `why` says why, where it is absent. */
export interface CellInputs {
  /** Base coin. */
  readonly openInterest: number;
  /** 8h-equivalent. */
  readonly funding8h: number;
  readonly basis: number;
  readonly why: {
    readonly openInterest: string;
    readonly funding8h: string;
    readonly basis: string;
  };
}

/** Why an input of a closed cell is absent: nobody was listening and the venue's history does not hold it. */
const UNSTORED: CellInputs['why'] = {
  openInterest: 'no open interest in this hour',
  funding8h: 'no funding in this hour',
  basis: 'no basis in this hour',
};

/** One judged cell. A number is NaN, and its reason says why, where it is absent. */
export interface DriftCell {
  readonly hour: number;
  readonly inputs: CellInputs;
  readonly zFunding: number;
  readonly zOiChange: number;
  readonly zBasis: number;
  readonly mu1: number;
  readonly mu2: number;
  readonly mu3: number;
  readonly mu: number;
  readonly d: number;
  /** OI′: change of ln OI over the cell. */
  readonly oiChange: number;
  readonly gate: Gate;
  readonly reasons: {
    readonly funding: string | null;
    readonly oiChange: string | null;
    readonly basis: string | null;
    /** Of μ3, once γ is set. */
    readonly dated: string | null;
  };
  /** Settlements in the funding window (SPEC §2, nEff): seven days of 8 h funding hold 21, however often they are sampled. */
  readonly fundingFacts: number;
}

/** Committed cells of one asset. Plain data. */
export interface DriftSeries {
  readonly oiChange: Hourly;
  readonly funding8h: Hourly;
  readonly basis: Hourly;
  readonly mu: Hourly;
  readonly d: Hourly;
  /** Quantile each cell was judged against, and 1 / 0 for open or closed. */
  readonly quantile: Hourly;
  readonly active: Hourly;
  /** D of the committed cells within the gate's window, with their hours beside them. */
  readonly gateWindow: Quantiles;
  readonly gateHours: number[];
  /** Newest committed cell; −1 before the first. */
  lastHour: number;
  last: DriftCell | null;
}

export const createDriftSeries = (): DriftSeries => ({
  oiChange: createHourly(),
  funding8h: createHourly(),
  basis: createHourly(),
  mu: createHourly(),
  d: createHourly(),
  quantile: createHourly(),
  active: createHourly(),
  gateWindow: createQuantiles(HOURS_KEPT),
  gateHours: [],
  lastHour: -1,
  last: null,
});

/** The newest settlement in the cells [hour − 8, hour], where 8 h is the longest interval; NaN when there is none. */
function settlementBy(settled: Hourly, hour: number): number {
  for (let back = 0; back <= LONGEST_INTERVAL; back += 1)
    if (!Number.isNaN(hourAt(settled, hour - back))) return hour - back;
  return Number.NaN;
}

/** Distances between settlements that have to agree before they count as the interval of that time. */
const DISTANCES = 3;

/** Hours between the settlements up to `at`, where the last three distances agree; NaN where they do not. */
function distanceBy(settled: Hourly, at: number): number {
  let distance = Number.NaN;
  let later = at;
  for (let i = 0; i < DISTANCES; i += 1) {
    const earlier = settlementBy(settled, later - 1);
    if (i > 0 && later - earlier !== distance) return Number.NaN;
    distance = later - earlier;
    later = earlier;
  }
  return distance;
}

/**
 * Settled funding as a state, as an 8h-equivalent: holds for its own interval, the close of it included, because what is paid then is not
 * published before.
 *
 * Venues change intervals, so a rate is read by the distances of the settlements before it where they agree, and by the interval in force now where they
 * do not: there is a hole, or that is where it changed.
 */
function settledAt(lead: InstrumentState, hour: number): number {
  const settled = lead.history.fundingSettled;
  if (lead.interval === null) return Number.NaN;
  const at = settlementBy(settled, hour);
  const hours = distanceBy(settled, at) || lead.interval.hours;
  return hour - at <= hours ? (hourAt(settled, at) * 8) / hours : Number.NaN;
}

/** Two prices of one hour, that of the cell or of the newest before it in which both are known; NaN beyond the carry. */
export function basisAt(above: Hourly, below: Hourly, hour: number): number {
  for (let back = 0; back <= CARRY; back += 1) {
    const basis = basisOf(hourAt(above, hour - back), hourAt(below, hour - back));
    if (!Number.isNaN(basis)) return basis;
  }
  return Number.NaN;
}

/**
 * Inputs of a closed cell from what is stored: what was sampled live at its close where perpscope was running, else the venue's own history.
 *
 * @param spot the same venue's spot listing, for `drift.basis = 'venue'`.
 */
export function storedInputs(
  lead: InstrumentState,
  spot: InstrumentState | undefined,
  hour: number,
  settings: EngineSettings['drift'],
): CellInputs {
  const { history } = lead;
  const sampled = settings.funding === 'predicted' ? hourAt(history.funding8h, hour) : Number.NaN;
  const basis =
    settings.basis === 'fair'
      ? basisAt(history.mark, history.index, hour)
      : spot === undefined
        ? Number.NaN
        : basisAt(history.close, spot.history.close, hour);
  return {
    openInterest: storedOpenInterest(lead, hour),
    funding8h: Number.isNaN(sampled) ? settledAt(lead, hour) : sampled,
    basis,
    why: UNSTORED,
  };
}

/** Coin OI at the close of a cell, carried over at most two cells without one. */
export const storedOpenInterest = (lead: InstrumentState, hour: number): number =>
  asOfHour(lead.history.openInterest, hour, CARRY);

/** Cells (hour − n, hour) of a series, then `current`: the window of a z-score over n cells, in `out` where it is given. */
export function windowWith(
  series: Hourly,
  hour: number,
  n: number,
  current: number,
  out = new Float64Array(n),
): Float64Array {
  copyHours(series, hour - n + 1, n - 1, out);
  out[n - 1] = current;
  return out;
}

function finiteCount(values: Float64Array): number {
  let count = 0;
  for (let i = 0; i < values.length; i += 1) if (Number.isFinite(values[i])) count += 1;
  return count;
}

const zOf = (score: Score): number => ('z' in score ? score.z : Number.NaN);
const reasonOf = (score: Score): string | null => ('z' in score ? null : score.reason);

/** The gate against the D of the cells s with t − 30 d ≤ s < t (SPEC §5). Cells only ever get later, so what is too old is let go. */
function gateOf(
  series: DriftSeries,
  hour: number,
  d: number,
  settings: EngineSettings['gate'],
): Gate {
  while (series.gateHours.length > 0 && series.gateHours[0]! < hour - settings.windowHours) {
    series.gateHours.shift();
    evictOldestQuantiles(series.gateWindow);
  }
  const cells = quantilesCount(series.gateWindow);
  return cells < settings.minCells
    ? { state: 'warming', reason: `warming ${cells}/${settings.minCells}` }
    : judgeAgainst(d, quantileOf(series.gateWindow, settings.quantile), settings);
}

/**
 * Judges one cell against the committed cells before it. Reads nothing of cells after `hour`.
 *
 * @param previousOi OI at the close of the cell before, for OI′.
 * @param fundingHours hours between settlements; NaN where unknown.
 */
export function judgeCell(
  series: DriftSeries,
  hour: number,
  inputs: CellInputs,
  previousOi: number,
  fundingHours: number,
  settings: Pick<EngineSettings, 'drift' | 'gate'>,
): DriftCell {
  const { windowHours, minValues, gamma } = settings.drift;
  const { openInterest, funding8h, basis, why } = inputs;
  const oiChange = Math.log(openInterest / previousOi);
  const window = new Float64Array(windowHours);
  const score = (hourly: Hourly, current: number): Score =>
    zScore(windowWith(hourly, hour, windowHours, current, window), minValues);
  const oiScore = score(series.oiChange, oiChange);
  const basisScore = score(series.basis, basis);
  // Last, because its window is counted below.
  const fundingScore = score(series.funding8h, funding8h);
  const parts = driftOf(zOf(oiScore), zOf(fundingScore), zOf(basisScore), settings.drift);
  const reason = (value: number, unknown: string, score: Score): string | null =>
    Number.isFinite(value) ? reasonOf(score) : unknown;
  return {
    hour,
    inputs,
    oiChange,
    zOiChange: zOf(oiScore),
    zFunding: zOf(fundingScore),
    zBasis: zOf(basisScore),
    ...parts,
    gate: gateOf(series, hour, parts.d, settings.gate),
    reasons: {
      funding: reason(funding8h, why.funding8h, fundingScore),
      oiChange: reason(
        oiChange,
        Number.isNaN(openInterest) ? why.openInterest : 'no open interest at the close before',
        oiScore,
      ),
      basis: reason(basis, why.basis, basisScore),
      dated: gamma === 0 ? null : 'no dated future',
    },
    fundingFacts: Math.max(1, Math.round(finiteCount(window) / Math.max(1, fundingHours || 1))),
  };
}

/** Commits a judged cell: from now on it is history for the cells after it. */
export function commitCell(series: DriftSeries, cell: DriftCell): void {
  const { hour } = cell;
  setHour(series.oiChange, hour, hour, cell.oiChange);
  setHour(series.funding8h, hour, hour, cell.inputs.funding8h);
  setHour(series.basis, hour, hour, cell.inputs.basis);
  setHour(series.mu, hour, hour, cell.mu);
  setHour(series.d, hour, hour, cell.d);
  if (cell.gate.state === 'judged') {
    setHour(series.quantile, hour, hour, cell.gate.quantile);
    setHour(
      series.active,
      hour,
      hour,
      Number.isNaN(cell.d) ? Number.NaN : Number(cell.gate.active),
    );
  }
  if (Number.isFinite(cell.d)) {
    pushQuantiles(series.gateWindow, cell.d);
    series.gateHours.push(hour);
  }
  series.lastHour = hour;
  series.last = cell;
}

/** The series of all closed cells from `firstHour` to `lastHour`, made anew from what is stored. */
export function rebuildSeries(
  lead: InstrumentState,
  spot: InstrumentState | undefined,
  firstHour: number,
  lastHour: number,
  settings: Pick<EngineSettings, 'drift' | 'gate'>,
): DriftSeries {
  const series = createDriftSeries();
  const hours = lead.interval?.hours ?? Number.NaN;
  let previousOi = storedOpenInterest(lead, firstHour - 1);
  for (let hour = firstHour; hour <= lastHour; hour += 1) {
    const inputs = storedInputs(lead, spot, hour, settings.drift);
    commitCell(series, judgeCell(series, hour, inputs, previousOi, hours, settings));
    previousOi = inputs.openInterest;
  }
  return series;
}
