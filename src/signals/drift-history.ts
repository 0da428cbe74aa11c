import { asOfHour, createHourly, type Hourly, hourAt, setHour } from '../market/hourly.ts';
import { CARRY, distanceBy, settledAt } from '../market/stored-cells.ts';
import type { EngineSettings } from '../model/settings.ts';
import { createQuantiles, pushQuantiles, quantileOf, quantilesCount } from '../stats/quantiles.ts';
import { createDriftSeries, type DriftCell, judgeCells, UNSTORED } from './asset-drift.ts';
import { type Gate, judgeAgainst } from './gate.ts';

/**
 * Drift of a past that lies there as a whole (SPEC §14), judged cell by cell like a live one, so that the same inputs give the same numbers.
 */

/** The inputs of such a past, in rings that hold all of it. */
export interface DriftPast {
  readonly firstHour: number;
  readonly lastHour: number;
  /** Coins or contracts. */
  readonly openInterest: Hourly;
  /** Settled rates, each for its own interval, at the cells of their settlements. */
  readonly fundingSettled: Hourly;
  /** Hours of the interval of each settlement, at the same cells. */
  readonly fundingHours: Hourly;
  /** What goes before settled funding where it is known: the running estimate at the close, as an 8h-equivalent. */
  readonly funding8h: Hourly | null;
  /** NaN where there is none, or it is older than a state is carried. */
  basisAt(hour: number): number;
}

/** Settlements at the beginning of a past from whose distances its interval is read, before anything else is known. */
const OPENING = 4;

/**
 * The interval of each settlement of a past, hours, from their distances alone: no file says what a venue had announced.
 *
 * Where the last three distances agree, that is it. Where they do not, the interval is that of the settlement before, for a hole makes distances longer;
 * a distance that is shorter than the interval says that it has become that. The first settlements have the shortest distance among them. Nothing later
 * than a settlement is looked at, those first ones excepted.
 *
 * @returns at the cells of the settlements; NaN where there is but one.
 */
export function settlementHours(settled: Hourly, firstHour: number, lastHour: number): Hourly {
  const hours = createHourly(settled.capacity);
  const settlements: number[] = [];
  for (let hour = firstHour; hour <= lastHour; hour += 1)
    if (!Number.isNaN(hourAt(settled, hour))) settlements.push(hour);
  let interval = Number.NaN;
  for (let i = 1; i < Math.min(OPENING, settlements.length); i += 1) {
    const distance = settlements[i]! - settlements[i - 1]!;
    if (!(interval <= distance)) interval = distance;
  }
  for (const [i, at] of settlements.entries()) {
    const agreed = distanceBy(settled, at);
    const distance = at - (settlements[i - 1] ?? Number.NaN);
    if (!Number.isNaN(agreed)) interval = agreed;
    else if (distance < interval) interval = distance;
    setHour(hours, at, at, interval);
  }
  return hours;
}

/** Judges all cells of a past, each against those before it. */
export function judgePast(
  past: DriftPast,
  settings: Pick<EngineSettings, 'drift' | 'gate'>,
): DriftCell[] {
  const { firstHour, lastHour, openInterest, fundingSettled, fundingHours, funding8h } = past;
  const intervalOf = (settlement: number) => hourAt(fundingHours, settlement);
  let newestInterval = Number.NaN;
  return judgeCells(
    createDriftSeries(),
    {
      firstHour,
      lastHour,
      inputsAt: (hour) => {
        const sampled = funding8h === null ? Number.NaN : hourAt(funding8h, hour);
        return {
          openInterest: asOfHour(openInterest, hour, CARRY),
          funding8h: Number.isNaN(sampled) ? settledAt(fundingSettled, hour, intervalOf) : sampled,
          basis: past.basisAt(hour),
          why: UNSTORED,
        };
      },
      fundingHoursAt: (hour) => {
        newestInterval = intervalOf(hour) || newestInterval;
        return newestInterval;
      },
    },
    settings,
  );
}

/**
 * Judges the gates of a whole past against the quantile of all its D, without any warm-up (`--gate full`). It looks ahead: for research on a past that is over, and
 * for nothing that was to be traded in it.
 */
export function regateByAll(
  cells: readonly DriftCell[],
  settings: EngineSettings['gate'],
): DriftCell[] {
  const all = createQuantiles(Math.max(1, cells.length));
  for (const { d } of cells) if (Number.isFinite(d)) pushQuantiles(all, d);
  const threshold = quantileOf(all, settings.quantile);
  const gateOf = (d: number): Gate =>
    quantilesCount(all) === 0
      ? { state: 'warming', reason: 'no cell has a D' }
      : judgeAgainst(d, threshold, settings);
  return cells.map((cell) => ({ ...cell, gate: gateOf(cell.d) }));
}
