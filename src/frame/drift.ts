import { closeOf } from '../market/hourly.ts';
import { absent, live, type Marks, type Reading, stale } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import type { Micros } from '../model/units.ts';
import type { DriftCell } from '../signals/asset-drift.ts';
import type { AssetSignals } from '../signals/asset-signals.ts';
import { driftSentence } from '../signals/drift.ts';
import { flipText, gateFlip, nearestFlip } from '../signals/gate-flip.ts';
import { quantilesCount } from '../stats/quantiles.ts';
import type { DriftFrame, DriftNumbers } from './frame.ts';

function numbersOf(
  cell: DriftCell,
  marks: Marks,
  overdue: Micros | null,
  lead: Marks,
  dated: Marks,
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
  const settlements = { nEff: cell.fundingFacts };
  // What rests on all three terms rests on the dated future as well.
  const facts = { ...settlements, ...dated };
  return {
    mu: reading(cell.mu, null, facts),
    d: reading(cell.d, null, facts),
    active:
      gate.state === 'warming'
        ? absent(gate.reason)
        : Number.isFinite(cell.d)
          ? told(gate.active, { ...marks, ...facts })
          : absent(why),
    mu1: reading(cell.mu1, reasons.oiChange ?? reasons.funding, settlements),
    mu2: reading(cell.mu2, reasons.oiChange ?? reasons.basis),
    mu3: reading(cell.mu3, reasons.dated, dated),
    zFunding: reading(cell.zFunding, reasons.funding, settlements),
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
): Pick<DriftFrame, 'flip' | 'flipSentence'> {
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
  const nearest = cell === null ? undefined : nearestFlip(cell, flip, settings.gate);
  return {
    flip: {
      funding8h: reading(flip?.funding8h.value),
      openInterest: reading(flip?.openInterest.value),
      basis: reading(flip?.basis.value),
      zFunding: reading(flip?.funding8h.z),
      zOiChange: reading(flip?.openInterest.z),
      zBasis: reading(flip?.basis.z),
    },
    flipSentence: nearest === undefined ? null : flipText(nearest),
  };
}

/** The front dated future and where its basis stands. */
function datedOf(
  { provisional: cell, dated }: AssetSignals,
  overdue: Micros | null,
  venueMarks: Marks,
): DriftFrame['dated'] {
  const told = <T>(value: T, marks: Marks = {}): Reading<T> =>
    overdue === null
      ? live(value, { ...venueMarks, ...marks })
      : stale(value, overdue, { ...venueMarks, ...marks });
  if (cell === null || dated === null) {
    const none = absent(cell === null ? 'no perp listed yet' : 'no dated future');
    return { instrument: none, daysToExpiry: none, rho: none, zBasis: none };
  }
  return {
    instrument: told(dated.instrument),
    daysToExpiry: told(dated.daysToExpiry),
    rho: told(dated.rho),
    zBasis: Number.isFinite(cell.zDated)
      ? told(cell.zDated, { provisional: true })
      : absent(cell.reasons.dated ?? 'no dated future'),
  };
}

/** Age of the tick that signals were made at, when the next one is overdue; null otherwise. */
function overdueAt({ tickedAt }: AssetSignals, now: Micros, settings: EngineSettings) {
  const age = (now - (tickedAt ?? now)) as Micros;
  return age > settings.stale.floorMs * 1000 ? age : null;
}

/** What marks μ3, once it is not nothing. */
const datedMarks = ({ dated }: AssetSignals, { drift }: EngineSettings): Marks =>
  drift.gamma === 0 ? {} : (dated?.marks ?? {});

/** The numbers of the open cell: all of them provisional. */
export const openCell = (
  signals: AssetSignals,
  now: Micros,
  settings: EngineSettings,
  lead: Marks = {},
): DriftNumbers =>
  signals.provisional === null
    ? nothing('no perp listed yet')
    : numbersOf(
        signals.provisional,
        { provisional: true },
        overdueAt(signals, now, settings),
        lead,
        datedMarks(signals, settings),
      );

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
  const { provisional: cell, series, openHour } = signals;
  const { last } = series;
  const overdue = overdueAt(signals, now, settings);
  const numbers = openCell(signals, now, settings, lead);
  return {
    frame: {
      ...numbers,
      cells: quantilesCount(series.gateWindow),
      // Before the first tick the cell that is open is the one that `now` lies in.
      cellClose: closeOf(openHour < 0 ? Math.floor(now / 3.6e9) + 1 : openHour),
      sentence:
        cell !== null && Number.isFinite(cell.mu)
          ? driftSentence(cell.zOiChange, cell.zFunding, cell.zBasis, cell.mu, {
              steadyZ: settings.drift.steadyZ,
              mu3: cell.mu3,
            })
          : null,
      ...flipOf(signals, overdue, settings, lead),
      dated: datedOf(signals, overdue, signals.dated?.marks ?? {}),
      committed:
        last === null || !Number.isFinite(last.mu)
          ? null
          : {
              ...numbersOf(last, {}, null, lead, datedMarks(signals, settings)),
              cellClose: closeOf(last.hour),
            },
    },
    overdue,
  };
}
