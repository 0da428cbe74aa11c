import type { Instrument } from '../model/instrument.ts';
import type { MarginTier } from '../model/margin.ts';
import type { EngineSettings } from '../model/settings.ts';

type CascadeSettings = EngineSettings['cascade'];

/** Numbers of the three leverage mixes: the one that is shown, between one of less and one of more leverage. */
export type ByMix<T = number> = readonly [low: T, mid: T, high: T];

/** The mix that is shown. */
export const MID = 1;

/**
 * Price at which an isolated position margined in quote currency dies: long E(1 − 1/L)/(1 − m), short E(1 + 1/L)/(1 + m) (SPEC §9).
 *
 * Check: E 100, L 20, m 0.005 → 95.477 and 104.478.
 */
export function liquidationPrice(
  side: 'long' | 'short',
  entry: number,
  leverage: number,
  maintenance: number,
): number {
  return side === 'long'
    ? (entry * (1 - 1 / leverage)) / (1 - maintenance)
    : (entry * (1 + 1 / leverage)) / (1 + maintenance);
}

/**
 * The same of a position of so many dollars that is margined in its own coin: long E(1 + m)/(1 + 1/L), short E(1 − m)/(1 − 1/L).
 *
 * In coins a long of N dollars has put down N/(E·L), has made N(1/E − 1/P) at price P, and has to hold mN/P; it dies where these meet. The margin loses its worth
 * with the position, so a long dies earlier than a linear one; a short dies later, and with L = 1 never.
 */
export function inverseLiquidationPrice(
  side: 'long' | 'short',
  entry: number,
  leverage: number,
  maintenance: number,
): number {
  return side === 'long'
    ? (entry * (1 + maintenance)) / (1 + 1 / leverage)
    : (entry * (1 - maintenance)) / (1 - 1 / leverage);
}

/** Positions of one leverage on one listing: where they die as multiples of their entry, and their share of each mix. */
export interface Leg {
  readonly leverage: number;
  readonly maintenance: number;
  readonly long: number;
  readonly short: number;
  readonly weights: ByMix;
}

/** Whether a listing is margined in the coin that it is about. */
export const isInverse = ({ settle, base }: Instrument): boolean => settle === base;

/** Brackets in force: what the venue said of the listing, else what the settings say of the venue's listings of the asset, or of all; undefined where nobody said. */
export function tiersFor(
  { venue, asset }: Instrument,
  told: readonly MarginTier[] | null,
  { tiers }: CascadeSettings,
): readonly MarginTier[] | undefined {
  return told ?? tiers[`${venue}:${asset}`] ?? tiers[venue];
}

/** USD that a position with so much leverage is taken to hold: of the first leverage listed that is not below it, else of the last. */
function assumedUsd(leverage: number, positions: CascadeSettings['positionUsd']): number {
  const found = positions.find(([most]) => most >= leverage) ?? positions.at(-1);
  return found === undefined ? 0 : found[1];
}

/** The bracket that a position lies in: that of its assumed size, or the last one below it that allows so much leverage. */
function bracketOf(tiers: readonly MarginTier[], leverage: number, usd: number): MarginTier {
  let found = tiers[0]!;
  for (const [index, tier] of tiers.entries()) {
    if (tier[2] < leverage) break;
    found = tier;
    if (tier[0] === null || usd <= tier[0] || index === tiers.length - 1) break;
  }
  return found;
}

type Mix = CascadeSettings['leverage'];

const weightIn = (mix: Mix, leverage: number): number => {
  let all = 0;
  let own = 0;
  for (const [one, weight] of mix) {
    all += weight;
    if (one === leverage) own += weight;
  }
  return own / all;
};

/**
 * The legs of a listing, by rising leverage. Which bracket an anonymous position is in nobody knows: it is taken to be as large as `positionUsd` says of its leverage, as
 * far as the brackets allow so much leverage. Leverage beyond what the venue gives at all is taken as the most that it gives.
 */
export function legsOf(
  tiers: readonly MarginTier[],
  inverse: boolean,
  settings: CascadeSettings,
): readonly Leg[] {
  const { leverageLow, leverage: mid, leverageHigh, positionUsd } = settings;
  const priceAt = inverse ? inverseLiquidationPrice : liquidationPrice;
  const all = new Set([...leverageLow, ...mid, ...leverageHigh].map(([leverage]) => leverage));
  return [...all]
    .sort((a, b) => a - b)
    .map((wanted): Leg => {
      const leverage = Math.min(wanted, tiers[0]![2]);
      const [, maintenance] = bracketOf(tiers, leverage, assumedUsd(wanted, positionUsd));
      return {
        leverage,
        maintenance,
        long: priceAt('long', 1, leverage, maintenance),
        short: priceAt('short', 1, leverage, maintenance),
        weights: [
          weightIn(leverageLow, wanted),
          weightIn(mid, wanted),
          weightIn(leverageHigh, wanted),
        ],
      };
    });
}
