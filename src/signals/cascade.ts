import type { CascadeLevel } from '../model/regime.ts';
import type { EngineSettings } from '../model/settings.ts';
import { type CohortBook, eachLevel, type Side } from './cohorts.ts';
import { type ByMix, MID } from './margin.ts';

/** The cohorts of one perp, and whether they are written in dollars. */
export interface Positions {
  readonly book: CohortBook;
  readonly isInverse: boolean;
}

/** An estimate under the mix that is shown, between the least and the most that the three mixes give. */
export interface Banded {
  readonly notional: number;
  readonly low: number;
  readonly high: number;
}

const banded = (usd: ArrayLike<number>): Banded => ({
  notional: usd[MID]!,
  low: Math.min(usd[0]!, usd[1]!, usd[2]!),
  high: Math.max(usd[0]!, usd[1]!, usd[2]!),
});

/** USD that die on either side of price, by mix. */
export interface WithinByMix {
  readonly long: ByMix;
  readonly short: ByMix;
}

/** USD of the cohorts that die between price and `share` below it (longs) or above it (shorts), by mix, at their liquidation price. */
export function usdWithin(
  { book, isInverse }: Positions,
  price: number,
  share: number,
): WithinByMix {
  const sum = (side: Side, from: number, to: number): ByMix => {
    let [less, shown, more] = [0, 0, 0];
    eachLevel(book, side, from, to, isInverse, (_, low, mid, high) => {
      less += low;
      shown += mid;
      more += high;
    });
    return [less, shown, more];
  };
  return {
    long: sum('long', price * (1 - share), price),
    short: sum('short', price, price * (1 + share)),
  };
}

const plus = (a: ByMix, b: ByMix): ByMix => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];

/** The same of several perps together. */
export function sumWithin(parts: readonly WithinByMix[]): {
  readonly long: Banded;
  readonly short: Banded;
} {
  const sum = (side: Side) =>
    banded(parts.reduce<ByMix>((all, one) => plus(all, one[side]), [0, 0, 0]));
  return { long: sum('long'), short: sum('short') };
}

/** The smallest of 1, 2, 5 × 10ⁿ that is not below `width`. */
function roundWidth(width: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(width));
  const mantissa = width / magnitude;
  return (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10) * magnitude;
}

/** Estimated USD that dies at prices from `from` to `to`. */
export interface LevelBin extends Banded {
  readonly side: Side;
  readonly from: number;
  readonly to: number;
}

/**
 * Estimated USD per side and price bin within `share` of price over several perps, by rising price, bins without any left out.
 *
 * Bins lie at multiples of a round width of `widthShare` of price or a little more, so that they stay where they are while price moves a little.
 */
export function levelsAround(
  positions: readonly Positions[],
  price: number,
  share: number,
  widthShare: number,
): LevelBin[] {
  const width = roundWidth(price * widthShare);
  const first = Math.floor((price * (1 - share)) / width);
  const count = Math.floor((price * (1 + share)) / width) - first + 1;
  const sums = { long: new Float64Array(3 * count), short: new Float64Array(3 * count) };
  const fill = (one: Positions, side: Side, low: number, high: number) =>
    eachLevel(one.book, side, low, high, one.isInverse, (at, less, mid, more) => {
      const bin = Math.floor(at / width) - first;
      if (bin < 0 || bin >= count) return;
      const own = sums[side];
      own[3 * bin]! += less;
      own[3 * bin + 1]! += mid;
      own[3 * bin + 2]! += more;
    });
  for (const one of positions) {
    fill(one, 'long', first * width, price);
    fill(one, 'short', price, (first + count) * width);
  }
  const levels: LevelBin[] = [];
  for (let bin = 0; bin < count; bin += 1)
    for (const side of ['long', 'short'] as const) {
      const estimate = banded(sums[side].subarray(3 * bin, 3 * bin + 3));
      if (estimate.high > 0)
        levels.push({
          side,
          from: (first + bin) * width,
          to: (first + bin + 1) * width,
          ...estimate,
        });
    }
  return levels;
}

export interface CascadeThresholds {
  readonly medium: number;
  readonly high: number;
  readonly critical: number;
}

/** BTC's USD thresholds for an asset with `share` of BTC's open interest (SPEC §9). */
export const scaledThresholds = (
  settings: EngineSettings['cascade'],
  share: number,
): CascadeThresholds => ({
  medium: settings.medium * share,
  high: settings.high * share,
  critical: settings.critical * share,
});

/** SPEC §9: at or above a threshold counts. */
export function cascadeLevel(notional: number, thresholds: CascadeThresholds): CascadeLevel {
  if (notional >= thresholds.critical) return 'critical';
  if (notional >= thresholds.high) return 'high';
  if (notional >= thresholds.medium) return 'medium';
  return 'low';
}
