/**
 * One bracket of a venue's maintenance margin, smallest positions first: the largest position in it, USD (null for the last, which has no bound), the
 * maintenance margin rate of it as a fraction, and the most leverage that a position in it may have.
 */
export type MarginTier = readonly [
  maxNotionalUsd: number | null,
  maintenance: number,
  maxLeverage: number,
];

/** Whether brackets can be true: bounds and rates that rise, leverage that falls, and no position that is dead when it is opened. */
export const areMarginTiers = (tiers: readonly MarginTier[]): boolean =>
  tiers.length > 0 &&
  tiers.every(([bound, maintenance, maxLeverage], i) => {
    const before = tiers[i - 1];
    const isLast = i === tiers.length - 1;
    return (
      (bound === null ? isLast : bound > (before?.[0] ?? 0)) &&
      maintenance >= (before?.[1] ?? 0) &&
      maxLeverage <= (before?.[2] ?? Number.POSITIVE_INFINITY) &&
      maxLeverage >= 1 &&
      maintenance * maxLeverage < 1
    );
  });

/** Whether a venue says again what it has said. */
export const areSameTiers = (
  known: readonly MarginTier[] | null,
  told: readonly MarginTier[],
): boolean =>
  known !== null &&
  known.length === told.length &&
  known.every((tier, i) => tier.every((value, field) => value === told[i]![field]));
