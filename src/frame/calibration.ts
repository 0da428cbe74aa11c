import type { LiquidationTrust } from '../features/liquidations.ts';
import { sumAt } from '../features/timed-sum.ts';
import { type Definitions, fact } from '../model/definition.ts';
import { absent, live, type Marks, type Reading, stale } from '../model/reading.ts';
import { DAY, type Micros } from '../model/units.ts';
import { baseOf, type Calibration } from '../signals/calibration.ts';

/** How well estimated levels have foretold what was liquidated over 24 h, by venues that tell of every liquidation. */
export interface CalibrationFrame {
  /** USD liquidated in bins that held more than the mean of their side, as a share of all that was judged. */
  readonly hitShare: Reading;
  /** The same share of the bins that price went through meanwhile: what levels drawn at random would have hit. */
  readonly baseShare: Reading;
  /** Liquidations judged. */
  readonly prints: Reading;
}

/** Reads a calibration. Absent without a feed that tells of every liquidation, and the shares before the first one judged. */
export function calibrationFrame(
  calibration: Calibration,
  now: Micros,
  trust: LiquidationTrust,
): CalibrationFrame {
  if (trust.since === null) {
    const none = absent('no complete liquidation feed');
    return { hitShare: none, baseShare: none, prints: none };
  }
  const { judgedUsd, hitUsd, baseUsd, reachedUsd } = calibration;
  const prints = sumAt(calibration.prints, now);
  const marks: Marks = {
    estimated: true,
    ...(now - trust.since < DAY && { partial: true as const }),
  };
  const reading = (value: number, more: Marks): Reading =>
    trust.silentFor === null ? live(value, more) : stale(value, trust.silentFor, more);
  const share = (part: number, all: number): Reading =>
    all > 0
      ? reading(part / all, { ...marks, nEff: prints })
      : absent('no liquidation judged in 24 h');
  // What falls under the forecasts that still stand counts with the rest.
  let base = sumAt(baseUsd, now);
  let reached = sumAt(reachedUsd, now);
  for (const standing of calibration.forecasts.values()) {
    const own = baseOf(standing);
    base += own.base;
    reached += own.reached;
  }
  return {
    hitShare: share(sumAt(hitUsd, now), sumAt(judgedUsd, now)),
    baseShare: share(base, reached),
    prints: reading(prints, marks),
  };
}

export const calibrationDefinitions: Definitions = {
  'cascade.calibration.hitShare': {
    formula:
      'USD liquidated in foretold bins / USD liquidated, 24 h; foretold: of the bins of 10 bps within 5 % of price those that held more than the mean of their side up to 5 min before',
    unit: 'fraction',
    source: 'SPEC §9',
    inputs: [fact('liquidations', 'own'), fact('trades', 'own'), fact('openInterest', 'own')],
  },
  'cascade.calibration.baseShare': {
    formula:
      'share of foretold bins among those that price went through, weighted by the USD liquidated meanwhile, 24 h',
    unit: 'fraction',
    source: 'SPEC §9',
    inputs: [fact('liquidations', 'own'), fact('trades', 'own'), fact('openInterest', 'own')],
  },
  'cascade.calibration.prints': {
    formula: 'liquidations judged, 24 h',
    unit: 'count',
    source: 'SPEC §9',
    inputs: [fact('liquidations', 'own')],
  },
};
