import { basisOf } from '../features/basis.ts';
import {
  createHourly,
  HOURS_KEPT,
  type Hourly,
  hourAt,
  setHour,
  windowWith,
} from '../market/hourly.ts';
import type { InstrumentState } from '../market/state.ts';
import {
  CARRY,
  fundingFacts,
  storedFunding8h,
  storedOpenInterest,
} from '../market/stored-cells.ts';
import type { EngineSettings } from '../model/settings.ts';
import {
  createQuantiles,
  evictOldestQuantiles,
  pushQuantiles,
  type Quantiles,
  quantileOf,
  quantilesCount,
} from '../stats/quantiles.ts';
import { type DatedValue, NO_DATED, storedDated } from './dated.ts';
import { driftOf, type Score, zScore } from './drift.ts';
import { type Gate, judgeAgainst } from './gate.ts';

/** The three inputs of a drift cell. A number is NaN, and `why` says why, where it is absent. */
export interface CellInputs {
  /** Base coin. */
  readonly openInterest: number;
  /** 8h-equivalent. */
  readonly funding8h: number;
  readonly basis: number;
  /** Of the front dated future; missing where the asset has none. */
  readonly dated?: DatedValue;
  readonly why: {
    readonly openInterest: string;
    readonly funding8h: string;
    readonly basis: string;
    readonly dated?: string;
  };
}

const NO_DATED_FUTURE = 'no dated future';

/** Why an input of a closed cell is absent: nobody was listening and the venue's history does not hold it. */
export const UNSTORED: CellInputs['why'] = {
  openInterest: 'no open interest in this hour',
  funding8h: 'no funding in this hour',
  basis: 'no basis in this hour',
  dated: 'no dated basis in this hour',
};

/** One judged cell. A number is NaN, and its reason says why, where it is absent. */
export interface DriftCell {
  readonly hour: number;
  readonly inputs: CellInputs;
  readonly zFunding: number;
  readonly zOiChange: number;
  readonly zBasis: number;
  /** Of the basis of the front dated future. */
  readonly zDated: number;
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
    /** Of the dated future's z; of μ3 only once γ is set. */
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
  dated: Hourly;
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
  dated: createHourly(),
  mu: createHourly(),
  d: createHourly(),
  quantile: createHourly(),
  active: createHourly(),
  gateWindow: createQuantiles(HOURS_KEPT),
  gateHours: [],
  lastHour: -1,
  last: null,
});

/**
 * Basis of two prices of one hour, that of the cell or of the newest before it in which both are known; NaN beyond the carry.
 *
 * @param between how far the first price stands above the second.
 */
export function basisAt(
  above: Hourly,
  below: Hourly,
  hour: number,
  between: (upper: number, lower: number) => number = basisOf,
): number {
  for (let back = 0; back <= CARRY; back += 1) {
    const basis = between(hourAt(above, hour - back), hourAt(below, hour - back));
    if (!Number.isNaN(basis)) return basis;
  }
  return Number.NaN;
}

/**
 * Inputs of a closed cell from what is stored: what was sampled live at its close where perpscope was running, else the venue's own history.
 *
 * @param spot the same venue's spot listing, for `drift.basis = 'venue'`.
 * @param dated the dated futures that μ3 may rest on.
 */
export function storedInputs(
  lead: InstrumentState,
  spot: InstrumentState | undefined,
  hour: number,
  settings: EngineSettings['drift'],
  dated: readonly InstrumentState[] = [],
): CellInputs {
  const { history } = lead;
  const basis =
    settings.basis === 'fair'
      ? basisAt(history.mark, history.index, hour)
      : spot === undefined
        ? Number.NaN
        : basisAt(history.close, spot.history.close, hour);
  return {
    openInterest: storedOpenInterest(lead, hour),
    funding8h: storedFunding8h(lead, hour, settings.funding),
    basis,
    dated: storedDatedInputs(lead, hour, settings, dated),
    why: dated.length === 0 ? { ...UNSTORED, dated: NO_DATED_FUTURE } : UNSTORED,
  };
}

/** What of the dated futures is stored of a closed cell. */
export const storedDatedInputs = (
  lead: InstrumentState,
  hour: number,
  { rho }: EngineSettings['drift'],
  dated: readonly InstrumentState[],
): DatedValue => storedDated(lead, dated, hour, rho, CARRY);

function finiteCount(values: Float64Array): number {
  let count = 0;
  for (let i = 0; i < values.length; i += 1) if (Number.isFinite(values[i])) count += 1;
  return count;
}

/** Why OI′ is absent where OI itself is known: its history has only begun, or has a hole before this cell. */
function whyNoChange(
  { oiChange }: DriftSeries,
  hour: number,
  { windowHours, minValues }: EngineSettings['drift'],
): string {
  const count = finiteCount(windowWith(oiChange, hour, windowHours, Number.NaN));
  return count < minValues
    ? `warming ${count}/${windowHours}`
    : 'no open interest at the close before';
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
 * @param window room for a window of the z-scores, for whoever judges many cells.
 */
export function judgeCell(
  series: DriftSeries,
  hour: number,
  inputs: CellInputs,
  previousOi: number,
  fundingHours: number,
  settings: Pick<EngineSettings, 'drift' | 'gate'>,
  window = new Float64Array(settings.drift.windowHours),
): DriftCell {
  const { windowHours, minValues } = settings.drift;
  const { openInterest, funding8h, basis, dated = NO_DATED, why } = inputs;
  const oiChange = Math.log(openInterest / previousOi);
  const score = (hourly: Hourly, current: number): Score =>
    zScore(windowWith(hourly, hour, windowHours, current, window), minValues);
  const oiScore = score(series.oiChange, oiChange);
  const basisScore = score(series.basis, basis);
  const datedScore = score(series.dated, dated.basis);
  // Last, because its window is counted below.
  const fundingScore = score(series.funding8h, funding8h);
  const parts = driftOf(
    zOf(oiScore),
    zOf(fundingScore),
    zOf(basisScore),
    settings.drift,
    dated.rho * zOf(datedScore),
  );
  const reason = (value: number, unknown: string, score: Score): string | null =>
    Number.isFinite(value) ? reasonOf(score) : unknown;
  return {
    hour,
    inputs,
    oiChange,
    zOiChange: zOf(oiScore),
    zFunding: zOf(fundingScore),
    zBasis: zOf(basisScore),
    zDated: zOf(datedScore),
    ...parts,
    gate: gateOf(series, hour, parts.d, settings.gate),
    reasons: {
      funding: reason(funding8h, why.funding8h, fundingScore),
      oiChange: reason(
        oiChange,
        Number.isNaN(openInterest) ? why.openInterest : whyNoChange(series, hour, settings.drift),
        oiScore,
      ),
      basis: reason(basis, why.basis, basisScore),
      dated: reason(dated.basis, why.dated ?? NO_DATED_FUTURE, datedScore),
    },
    fundingFacts: fundingFacts(window, fundingHours),
  };
}

/** Commits a judged cell: from now on it is history for the cells after it. */
export function commitCell(series: DriftSeries, cell: DriftCell): void {
  const { hour } = cell;
  setHour(series.oiChange, hour, hour, cell.oiChange);
  setHour(series.funding8h, hour, hour, cell.inputs.funding8h);
  setHour(series.basis, hour, hour, cell.inputs.basis);
  setHour(series.dated, hour, hour, cell.inputs.dated?.basis ?? Number.NaN);
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

/** What closed cells are judged by. */
export interface ClosedCells {
  readonly firstHour: number;
  readonly lastHour: number;
  /** Asked for the cells in order, that before the first included. */
  inputsAt(hour: number): CellInputs;
  /** Hours between settlements; NaN where unknown. */
  fundingHoursAt(hour: number): number;
}

/** Judges and commits closed cells, one after the other. */
export function judgeCells(
  series: DriftSeries,
  { firstHour, lastHour, inputsAt, fundingHoursAt }: ClosedCells,
  settings: Pick<EngineSettings, 'drift' | 'gate'>,
): DriftCell[] {
  const cells: DriftCell[] = [];
  const window = new Float64Array(settings.drift.windowHours);
  let previousOi = inputsAt(firstHour - 1).openInterest;
  for (let hour = firstHour; hour <= lastHour; hour += 1) {
    const inputs = inputsAt(hour);
    const hours = fundingHoursAt(hour);
    const cell = judgeCell(series, hour, inputs, previousOi, hours, settings, window);
    commitCell(series, cell);
    cells.push(cell);
    previousOi = inputs.openInterest;
  }
  return cells;
}

/** The series of all closed cells from `firstHour` to `lastHour`, made anew from what is stored. */
export function rebuildSeries(
  lead: InstrumentState,
  spot: InstrumentState | undefined,
  firstHour: number,
  lastHour: number,
  settings: Pick<EngineSettings, 'drift' | 'gate'>,
  dated: readonly InstrumentState[] = [],
): DriftSeries {
  const series = createDriftSeries();
  judgeCells(
    series,
    {
      firstHour,
      lastHour,
      inputsAt: (hour) => storedInputs(lead, spot, hour, settings.drift, dated),
      fundingHoursAt: () => lead.interval?.hours ?? Number.NaN,
    },
    settings,
  );
  return series;
}
