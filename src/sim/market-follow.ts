import { nextNormal } from '../stats/random.ts';
import type { AssetSpec } from './assets.ts';
import { calmPremium } from './market-history.ts';
import type { AssetState } from './market-state.ts';

const YEAR_MS = 365 * 86_400_000;
const WEEK_MS = 7 * 86_400_000;
/** Arbitrage closes a gap with this time constant. */
const GAP_SECONDS = 25;
const PREMIUM_SECONDS = 8;
const PREMIUM_NOISE = 0.000012;
/** What a dated contract costs over spot per year in a calm market, and how crowding changes it. */
const CARRY_ANNUAL = 0.03;
const CROWDED_CARRY = 18;
/** Share of the crowding that shows at once in contracts of a week and more. */
const CROWDED_NOW = 0.3;

/** False once a dated contract has been delivered: its book stays as it was left. */
export const isListed = ({ spec }: Pick<AssetState, 'spec'>, atMs: number): boolean =>
  spec.expiryMs === null || atMs < spec.expiryMs;

/**
 * Fair premium of a follower's derivative over spot while the leader's perp shows `leaderPremium`,
 * fractions. A perpetual has the venue's own level and share of the crowding; a dated contract the
 * carry to its delivery, which crowds of longs drive up and crowds of shorts below zero.
 */
export function premiumBeside(spec: AssetSpec, leaderPremium: number, atMs: number): number {
  const calm = calmPremium(spec);
  const crowding = leaderPremium - calm;
  if (spec.expiryMs === null) {
    const { premiumBps, premiumShare } = spec.following!;
    return calm + premiumBps * 1e-4 + premiumShare * crowding;
  }
  const leftMs = Math.max(0, spec.expiryMs - atMs);
  const carry = (CARRY_ANNUAL + CROWDED_CARRY * crowding) * (leftMs / YEAR_MS);
  return carry + CROWDED_NOW * Math.min(1, leftMs / WEEK_MS) * crowding;
}

/** The news of the leader's market reaches another venue: late, and with a gap that opens and closes. */
export function follow(asset: AssetState, startMs: number): void {
  const { spec, random } = asset;
  const leader = asset.leader!;
  const { lagSeconds, gapBps } = spec.following!;
  const seconds = spec.pace.stepMs / 1000;
  asset.phase = leader.phase;
  asset.mood = leader.mood;
  asset.slowLogPrice = leader.slowLogPrice;
  const heard = leader.logPrice + leader.jump;
  asset.logPrice += (heard - asset.logPrice) * (1 - Math.exp(-seconds / lagSeconds));
  const swing = gapBps * 1e-4 * Math.sqrt((2 * seconds) / GAP_SECONDS);
  asset.gap += (-asset.gap * seconds) / GAP_SECONDS + swing * nextNormal(random);
  const wanted = premiumBeside(spec, leader.premium, startMs);
  asset.premium +=
    ((wanted - asset.premium) * seconds) / PREMIUM_SECONDS +
    PREMIUM_NOISE * Math.sqrt(seconds) * nextNormal(random);
}
