import { nextNormal, nextUniform } from '../stats/random.ts';
import type { ListingKind } from './market-flow.ts';
import { type AssetState, SECONDS_PER_YEAR } from './market-state.ts';

/** Jumps per second in a calm market, their size and how long they take to fade. */
const JUMPS_PER_SECOND = 1 / 300;
const JUMP_BPS = 4;
const JUMP_FADE_SECONDS = 30;
/** Value buyers and sellers: memory, the deviation they feel, and their pull per second at it. */
const VALUE_SECONDS = 240;
const VALUE_STRETCH = 0.04;
const VALUE_PULL = 0.0006;
const PREMIUM_PULL_SECONDS = 14;
const PREMIUM_NOISE = 0.000028;
/** Share of a perp order's impact that moves the premium rather than the coin. */
const IMPACT_ON_PREMIUM = 0.12;
const SPOT_IMPACT_KEPT = 0.6;
/** Away from the leader: what of the impact opens the gap, and how far it opens at most. */
const IMPACT_ON_GAP = 0.15;
const GAP_LIMIT = 0.0015;

/**
 * Stochastic volatility, trend, fading jumps, and a weak pull back to where it all began.
 *
 * @param common the market-wide shock of the step, of unit variance
 */
export function moveLatentPrice(asset: AssetState, common: number, seconds: number): void {
  const { spec, random, mood } = asset;
  const own = nextNormal(random);
  asset.heat += -asset.heat * (seconds / 300) + 0.02 * Math.sqrt(seconds) * own;
  const noise =
    spec.correlation * common + Math.sqrt(1 - spec.correlation ** 2) * nextNormal(random);
  // Order flow adds its own share of the variance, so the latent part is below the target.
  const perStep = 0.72 * spec.volatilityAnnual * Math.sqrt(seconds / SECONDS_PER_YEAR);
  const drift = (mood.driftBpsPerMinute * 1e-4 * spec.beta * seconds) / 60;
  const home =
    ((asset.homeLogPrice - asset.logPrice) * Math.LN2 * seconds) / (mood.pullMinutes * 60);
  // The farther the price runs from where it was minutes ago, the more patience steps in.
  asset.slowLogPrice += ((asset.logPrice - asset.slowLogPrice) * seconds) / VALUE_SECONDS;
  const stretch = (asset.slowLogPrice - asset.logPrice) / (VALUE_STRETCH * spec.beta);
  const value = VALUE_PULL * spec.beta * stretch * Math.abs(stretch) * seconds;
  asset.logPrice += drift + home + value + perStep * mood.volatility * Math.exp(asset.heat) * noise;
  asset.jump *= 1 - seconds / JUMP_FADE_SECONDS;
  if (nextUniform(random) < JUMPS_PER_SECOND * mood.volatility * seconds) {
    asset.jump += JUMP_BPS * 1e-4 * spec.beta * nextNormal(random);
  }
  asset.premium +=
    ((mood.premiumBps * 1e-4 - asset.premium) * seconds) / PREMIUM_PULL_SECONDS +
    PREMIUM_NOISE * Math.sqrt(seconds) * nextNormal(random);
}

/**
 * Order flow is information: what stayed of its impact moves the coin and the perp's premium. Away
 * from the leader it opens a gap, which closes again.
 */
export function learn(asset: AssetState, kind: ListingKind, ratio: number): void {
  const moved = Math.log(ratio);
  if (asset.spec.following !== null) {
    asset.gap = Math.max(-GAP_LIMIT, Math.min(GAP_LIMIT, asset.gap + moved * IMPACT_ON_GAP));
  } else if (kind !== 'spot') {
    asset.logPrice += moved * (1 - IMPACT_ON_PREMIUM);
    asset.premium += moved * IMPACT_ON_PREMIUM;
  } else {
    asset.logPrice += moved * SPOT_IMPACT_KEPT;
  }
}

/** How much the price moved lately, compared with what a calm market would do. */
export function updateTurbulence(asset: AssetState): void {
  const expected = (0.8 * asset.spec.volatilityAnnual) / Math.sqrt(SECONDS_PER_YEAR);
  const moved = Math.abs(asset.logPrice - asset.secondLogPrice) / expected;
  asset.turbulence += (Math.min(25, moved) - asset.turbulence) * 0.12;
  asset.secondLogPrice = asset.logPrice;
}
