import { nextNormal } from '../stats/random.ts';
import { cellStart, FIVE_MINUTES_MS, HOUR_MS } from './market-bars.ts';
import { bestTicks, impactTicks } from './market-book.ts';
import type { Listing } from './market-flow.ts';
import {
  nextSettlementMs,
  PREMIUM_SAMPLE_MS,
  premiumIndex,
  samplePremium,
  settle,
} from './market-funding.ts';
import { updateTurbulence } from './market-latent.ts';
import { loseSomebody } from './market-liquidations.ts';
import { close, cross, openBoth } from './market-positions.ts';
import type { AssetState, Market, MarketListener } from './market-state.ts';
import { recordOpenInterest, recordSettlement, recordValue } from './market-tape.ts';

const BASIS_AVERAGE_SECONDS = 30;
const INDEX_AVERAGE_SECONDS = 1800;
const PUBLISH_INTEREST_MS = 3_000;
/** Memory and standard deviation of the mood swings between opening and closing positions. */
const APPETITE_SECONDS = 45;
const APPETITE_SIGMA = 0.12;
/** How strongly positions are rebuilt once open interest has fallen below where it began. */
const HUNGER = 1.2;
/** Impact margin notional of the premium index = this · the largest leverage (the venue's rule). */
const IMPACT_MARGIN = 200;

/** What happens once a second: index, mark, positions, funding, and what the venue publishes. */
export function everySecond(
  market: Market,
  asset: AssetState,
  atMs: number,
  listener: MarketListener,
): void {
  updateIndexAndMark(asset, atMs);
  updateTurbulence(asset);
  applyPositions(asset);
  recordValue(asset.tape, 'index', asset.indexPrice);
  recordValue(asset.tape, 'mark', asset.markPrice);
  const isPerp = asset.spec.expiryMs === null;
  if (isPerp && crossed(atMs, PREMIUM_SAMPLE_MS)) sampleFunding(market, asset);
  if (isPerp && atMs > asset.funding.nextMs) {
    const settlement = settle(asset.funding, asset.markPrice);
    recordSettlement(asset.tape, settlement);
    listener.settlement(asset, settlement);
  }
  if (atMs - asset.published.atMs >= PUBLISH_INTEREST_MS) {
    asset.published = { lots: Math.round(asset.openInterest), atMs };
  }
  if (crossed(atMs, FIVE_MINUTES_MS)) {
    recordOpenInterest(
      asset.tape,
      cellStart(atMs, FIVE_MINUTES_MS),
      Math.round(asset.openInterest),
    );
  }
}

/** True in the second that begins a cell of that length. */
const crossed = (atMs: number, lengthMs: number): boolean => atMs % lengthMs < 1000;

const midTicks = (listing: Listing): number =>
  (bestTicks(listing.book, 'bid') + bestTicks(listing.book, 'ask')) / 2;

const median = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));

/**
 * Index from spot here and elsewhere; mark as the median of three prices (SPEC §10), of a dated
 * contract the index and its average basis.
 */
function updateIndexAndMark(asset: AssetState, atMs: number): void {
  const { spec, random, perp, spot, funding } = asset;
  asset.indexLean += -asset.indexLean * 0.05 + 0.000006 * nextNormal(random);
  // The leader makes the price of the coin; every other index follows its markets elsewhere.
  const isOwn = spot !== null && spec.following === null;
  const spotPrice =
    (isOwn ? midTicks(spot) * spot.spec.tickSize : Math.exp(asset.logPrice + asset.jump)) *
    spec.multiplier;
  asset.indexPrice += (spotPrice * (1 + asset.indexLean) - asset.indexPrice) * 0.7;
  asset.indexAverage += (asset.indexPrice - asset.indexAverage) / INDEX_AVERAGE_SECONDS;
  const perpPrice = midTicks(perp) * perp.spec.tickSize;
  const basis = perpPrice - asset.indexPrice;
  asset.basisAverage += (basis - asset.basisAverage) / BASIS_AVERAGE_SECONDS;
  asset.markAverage = asset.indexPrice + asset.basisAverage;
  if (spec.expiryMs !== null) {
    asset.markPrice = asset.markAverage;
    return;
  }
  const left = (funding.nextMs - atMs) / (funding.intervalHours * HOUR_MS);
  const carried = asset.indexPrice * (1 + funding.settledRate * left);
  const last = perp.lastTicks * perp.spec.tickSize;
  asset.markPrice = median(carried, asset.markAverage, last);
}

/** Turns the last second's trades into positions and finds whom the mark price has reached. */
function applyPositions(asset: AssetState): void {
  const { positions, mood, perp, spec, random } = asset;
  const hunger = HUNGER * (1 - asset.openInterest / asset.homeOpenInterest);
  asset.appetite += (hunger - asset.appetite) / APPETITE_SECONDS;
  asset.appetite += APPETITE_SIGMA * Math.sqrt(2 / APPETITE_SECONDS) * nextNormal(random);
  const price = midTicks(perp) * perp.spec.tickSize;
  const lots = Math.max(asset.opened, -0.02 * asset.openInterest);
  asset.opened = 0;
  if (lots > 0) {
    openBoth(positions, price, lots, mood.hotLongs, mood.hotShorts, spec.maintenanceRate);
  } else if (lots < 0) {
    for (const side of ['long', 'short'] as const)
      close(positions[side], -lots, asset.openInterest);
  }
  asset.openInterest += lots;
  for (const side of ['long', 'short'] as const) cross(positions, side, asset.markPrice);
  loseSomebody(asset);
}

function sampleFunding(market: Market, asset: AssetState): void {
  const { perp, spec, indexPrice } = asset;
  const notional = IMPACT_MARGIN * spec.maxLeverage;
  const { tickSize, stepSize, contract } = perp.spec;
  // Where lots are dollars, their worth at the index is near enough.
  const lotUsd = contract.unit === 'usd' ? stepSize / indexPrice : stepSize;
  const perTickLot = tickSize * lotUsd * contract.size;
  const impact = (side: 'bid' | 'ask') =>
    impactTicks(perp.book, side, perTickLot, notional) * tickSize;
  const premium = premiumIndex(impact('bid'), impact('ask'), indexPrice);
  samplePremium(asset.funding, premium, market.scenario.tempo.funding);
  recordValue(asset.tape, 'premium', premium);
}

/** Changes how often a perp settles; the next settlement moves to the new grid. */
export function setFundingInterval(asset: AssetState, hours: number, nowMs: number): void {
  asset.funding.intervalHours = hours;
  asset.funding.nextMs = nextSettlementMs(nowMs, hours);
}
