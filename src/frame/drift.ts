import { closeOf } from '../market/hourly.ts';
import { absent, live, type Marks, type Reading, stale } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import type { Micros } from '../model/units.ts';
import type { DriftCell } from '../signals/asset-drift.ts';
import type { AssetSignals } from '../signals/asset-signals.ts';
import { driftSentence } from '../signals/drift.ts';
import { gateFlip } from '../signals/gate-flip.ts';
import { quantilesCount } from '../stats/quantiles.ts';
import type { DriftFrame, DriftNumbers } from './frame.ts';

function numbersOf(
  cell: DriftCell,
  marks: Marks,
  overdue: Micros | null,
  lead: Marks,
): DriftNumbers {
  const { reasons, gate } = cell;
  const why =
    reasons.oiChange ?? reasons.funding ?? reasons.basis ?? reasons.dated ?? 'undefined here';
  const told = <T>(value: T, more: Marks): Reading<T> =>
    overdue === null
      ? live(value, { ...lead, ...more })
      : stale(value, overdue, { ...lead, ...more });
  const reading = (value: number, reason: string | null, more: Marks = {}): Reading =>
    Number.isFinite(value) ? told(value, { ...marks, ...more }) : absent(reason ?? why);
  const facts = { nEff: cell.fundingFacts };
  return {
    mu: reading(cell.mu, null, facts),
    d: reading(cell.d, null, facts),
    active:
      gate.state === 'warming'
        ? absent(gate.reason)
        : Number.isFinite(cell.d)
          ? told(gate.active, { ...marks, ...facts })
          : absent(why),
    mu1: reading(cell.mu1, reasons.oiChange ?? reasons.funding, facts),
    mu2: reading(cell.mu2, reasons.oiChange ?? reasons.basis),
    mu3: reading(cell.mu3, reasons.dated),
    zFunding: reading(cell.zFunding, reasons.funding, facts),
    zOiChange: reading(cell.zOiChange, reasons.oiChange),
    zBasis: reading(cell.zBasis, reasons.basis),
    quantile: gate.state === 'warming' ? absent(gate.reason) : told(gate.quantile, {}),
  };
}

const nothing = (reason: string): DriftNumbers => {
  const none = absent(reason);
  return {
    mu: none,
    d: none,
    active: none,
    mu1: none,
    mu2: none,
    mu3: none,
    zFunding: none,
    zOiChange: none,
    zBasis: none,
    quantile: none,
  };
};

/** What would flip the gate of the open cell, absent where that input alone cannot. */
function flipOf(
  signals: AssetSignals,
  overdue: Micros | null,
  settings: EngineSettings,
  lead: Marks,
): DriftFrame['flip'] {
  const { provisional: cell, series } = signals;
  const flip = cell === null ? undefined : gateFlip(series, cell, settings);
  const why = cell?.gate.state === 'warming' ? cell.gate.reason : 'the gate cannot be judged';
  const marks: Marks = { provisional: true, ...lead };
  const reading = (value: number | undefined): Reading =>
    value === undefined
      ? absent(why)
      : !Number.isFinite(value)
        ? absent('out of reach')
        : overdue === null
          ? live(value, marks)
          : stale(value, overdue, marks);
  return {
    funding8h: reading(flip?.funding8h),
    openInterest: reading(flip?.openInterest),
    basis: reading(flip?.basis),
  };
}

/**
 * Drift of the open cell (provisional) with the last committed one beside it.
 *
 * @param lead what marks every number of the leading perp.
 */
export function driftFrame(
  signals: AssetSignals,
  now: Micros,
  settings: EngineSettings,
  lead: Marks = {},
): {
  readonly frame: DriftFrame;
  /** Age of the tick all this was made at, when the next one is overdue; null otherwise. */
  readonly overdue: Micros | null;
} {
  const { provisional: cell, series, tickedAt, openHour } = signals;
  const { last } = series;
  const age = (now - (tickedAt ?? now)) as Micros;
  const overdue = age > settings.stale.floorMs * 1000 ? age : null;
  const numbers =
    cell === null
      ? nothing('no perp listed yet')
      : numbersOf(cell, { provisional: true }, overdue, lead);
  return {
    frame: {
      ...numbers,
      cells: quantilesCount(series.gateWindow),
      // Before the first tick the cell that is open is the one that `now` lies in.
      cellClose: closeOf(openHour < 0 ? Math.floor(now / 3.6e9) + 1 : openHour),
      sentence:
        cell !== null && Number.isFinite(cell.mu)
          ? driftSentence(cell.zOiChange, cell.zFunding, cell.zBasis, cell.mu)
          : null,
      flip: flipOf(signals, overdue, settings, lead),
      committed:
        last === null || !Number.isFinite(last.mu)
          ? null
          : { ...numbersOf(last, {}, null, lead), cellClose: closeOf(last.hour) },
    },
    overdue,
  };
}
