import { absent, derive, type Reading } from '../../model/reading.ts';

/** Volatility at the money of one expiry. */
export interface TermPoint {
  readonly days: Reading;
  readonly atmIv: Reading;
}

/**
 * Volatility at the money for a fixed number of days, between the expiries on both sides with total variance σ²·t linear in time. Never beyond the nearest or farthest
 * expiry: absent there. An expiry of exactly so many days is taken as it is.
 *
 * @param points by rising expiry.
 */
export function constantMaturity(points: readonly TermPoint[], days: number): Reading {
  let before: TermPoint | undefined;
  for (const point of points) {
    if (point.days.state === 'absent' || point.atmIv.state === 'absent') continue;
    if (point.days.value === days) return point.atmIv;
    if (point.days.value > days)
      return before === undefined
        ? absent(`no expiry within ${days} days`)
        : derive(
            [before.days, before.atmIv, point.days, point.atmIv] as const,
            (nearDays, nearIv, farDays, farIv) => {
              const near = nearIv ** 2 * nearDays;
              const far = farIv ** 2 * farDays;
              const share = (days - nearDays) / (farDays - nearDays);
              return Math.sqrt((near + share * (far - near)) / days);
            },
          );
    before = point;
  }
  return absent(before === undefined ? 'no IV of any expiry' : `no expiry beyond ${days} days`);
}

export type TermShape = 'contango' | 'flat' | 'backwardation';

/** What the term structure looks like: `contango` when the far volatility stands above the near one by more than `flat`, as a share of the near. */
export const termShape = (near: Reading, far: Reading, flat: number): Reading<TermShape> =>
  derive([near, far] as const, (nearIv, farIv): TermShape => {
    const slope = farIv / nearIv - 1;
    if (Math.abs(slope) <= flat) return 'flat';
    return slope > 0 ? 'contango' : 'backwardation';
  });

/** Where a value stands between the least and the greatest of a history, itself included: 0 … 1; NaN while all are equal. */
export function rankIn(history: readonly number[], value: number): number {
  let least = value;
  let greatest = value;
  for (const other of history) {
    if (other < least) least = other;
    if (other > greatest) greatest = other;
  }
  return greatest > least ? (value - least) / (greatest - least) : Number.NaN;
}

/** Share of a history that lies below a value, 0 … 1; what equals it counts half. */
export function percentileIn(history: readonly number[], value: number): number {
  let below = 0;
  for (const other of history) below += other < value ? 1 : other === value ? 0.5 : 0;
  return below / history.length;
}
