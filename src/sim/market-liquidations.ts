import { nextUniform } from '../stats/random.ts';
import { keepImpact, take, usdPerLot } from './market-flow.ts';
import { learn } from './market-latent.ts';
import { close, type LiquidatedSide, openSafe } from './market-positions.ts';
import type { AssetState, Liquidation, MarketListener } from './market-state.ts';
import { nextLogNormal } from './seed.ts';

/** Forced orders leave the queue with this time constant. */
const DYING_SECONDS = 4;
const FORCED_PER_STEP = 8;
/** Median notional of a forced order on a perp with that much open interest. */
const FORCED_ORDER_USD = 45_000;
const FORCED_ORDER_INTEREST_USD = 7.2e9;
const FORCED_ORDER_SIGMA = 1.4;
/** A forced order gives up this far from the fair price; the insurance fund takes the rest. */
const FORCED_LIMIT = 0.012;
/** Part of a liquidated position whose counterparty closes too: open interest falls by it. */
const DYING_CLOSES = 0.85;
/** Small accounts that die without the market moving: how often and how large. */
const STRAYS_PER_SECOND = 1 / 60;
const STRAY_USD = 3_000;
/** Small coins lose smaller accounts, and fewer. */
const STRAY_SHARE = 5e-5;
const STRAY_INTEREST_USD = 100e6;
const STRAY_SIGMA = 1.3;

/** Sends the forced orders that are due; their market impact is what feeds a cascade. */
export function forceOrders(
  asset: AssetState,
  side: LiquidatedSide,
  atMs: number,
  seconds: number,
  listener: MarketListener,
): void {
  const cohorts = asset.positions[side];
  if (cohorts.dying <= 0) return;
  asset.dyingDue[side] += cohorts.dying * (seconds / DYING_SECONDS);
  for (let count = 0; count < FORCED_PER_STEP; count++) {
    if (asset.nextOrderLots[side] === 0) asset.nextOrderLots[side] = drawForcedLots(asset);
    const lots = Math.min(asset.nextOrderLots[side], Math.floor(cohorts.dying));
    if (lots < 1) {
      // Less than a lot is left: the remainder lives on with whoever took the last order.
      openSafe(cohorts, cohorts.dying);
      cohorts.dying = 0;
      asset.dyingDue[side] = 0;
      return;
    }
    if (asset.dyingDue[side] < lots) return;
    forceOrder(asset, side, lots, atMs, listener);
    asset.dyingDue[side] -= lots;
    asset.nextOrderLots[side] = 0;
  }
}

function drawForcedLots(asset: AssetState): number {
  const { perp, random, spec } = asset;
  const usd = FORCED_ORDER_USD * Math.sqrt(spec.openInterestUsd / FORCED_ORDER_INTEREST_USD);
  const drawn = nextLogNormal(random, usd, FORCED_ORDER_SIGMA);
  return Math.max(1, Math.round(drawn / usdPerLot(perp.spec, perp.lastTicks)));
}

function forceOrder(
  asset: AssetState,
  side: LiquidatedSide,
  lots: number,
  atMs: number,
  listener: MarketListener,
): void {
  const { perp, random, spec } = asset;
  const isLong = side === 'long';
  const began = perp.fairTicks;
  const openedBefore = asset.opened;
  const reach = FORCED_LIMIT * (isLong ? -1 : 1);
  const limitTicks = Math.round(perp.fairTicks * (1 + reach));
  const fill = take(perp, isLong ? 'sell' : 'buy', lots, limitTicks, atMs, listener);
  asset.opened = openedBefore;
  keepImpact(perp, isLong ? 'sell' : 'buy', fill);
  learn(asset, 'perp', perp.fairTicks / began);
  buryPosition(asset, side, lots, fill.lots * DYING_CLOSES);
  const margin = spec.maintenanceRate * (1 + 2 * nextUniform(random)) * (isLong ? -1 : 1);
  const liquidation: Liquidation = {
    asset: spec.asset,
    liquidatedSide: side,
    lots,
    filledLots: fill.lots,
    lastLots: fill.lastLots,
    limitTicks: Math.round(fill.averageTicks * (1 + margin)),
    averageTicks: fill.averageTicks,
    atMs,
  };
  listener.liquidation(asset, liquidation);
}

/**
 * A liquidated position is gone; its counterparty closed `closed` lots with it, somebody unlevered
 * holds the rest. Longs, shorts and open interest stay equal.
 */
function buryPosition(asset: AssetState, side: LiquidatedSide, lots: number, closed: number): void {
  const { positions } = asset;
  const other = side === 'long' ? 'short' : 'long';
  close(positions[other], closed, asset.openInterest);
  positions[side].dying -= lots;
  openSafe(positions[side], lots - closed);
  asset.openInterest -= closed;
}

/** Even in calm markets somebody with too much leverage is liquidated now and then. */
export function loseSomebody(asset: AssetState): void {
  const { random, perp, spec } = asset;
  const crowd = Math.min(1, spec.openInterestUsd / STRAY_INTEREST_USD) ** 0.5;
  if (nextUniform(random) > STRAYS_PER_SECOND * (1 + asset.turbulence) * crowd) return;
  const side = asset.logPrice < asset.slowLogPrice ? 'long' : 'short';
  const cohorts = asset.positions[side];
  const median = Math.min(STRAY_USD, STRAY_SHARE * spec.openInterestUsd);
  const usd = nextLogNormal(random, median, STRAY_SIGMA);
  const lots = Math.min(cohorts.safe, Math.ceil(usd / usdPerLot(perp.spec, perp.lastTicks)));
  cohorts.safe -= lots;
  cohorts.dying += lots;
}
