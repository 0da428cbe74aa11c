import { nextNormal, nextPoisson } from '../stats/random.ts';
import { everySecond } from './market-derivatives.ts';
import {
  drawOrders,
  flicker,
  keepImpact,
  type Listing,
  type MarketSink,
  requote,
  shuffleQuote,
  shuffleTouch,
  take,
  usdOf,
} from './market-flow.ts';
import { follow } from './market-follow.ts';
import { learn, moveLatentPrice } from './market-latent.ts';
import { forceOrders } from './market-liquidations.ts';
import { deliver } from './market-listings.ts';
import { type AssetState, type Market, type MarketListener, STEP_MS } from './market-state.ts';
import { recordTrade, rollBars } from './market-tape.ts';
import { easeMood, type Phase, phaseAt, scenarioNamed, tempered } from './scenarios.ts';

/** Changes of the queues at the touch per change elsewhere, at the end of a step. */
const TOUCHES_PER_QUOTE = 0.04;
const MOOD_EASE_SECONDS = 2.5;

/**
 * Lives on until `toMs` in fixed steps and tells the listener everything in order. The result
 * depends on the seed, the scenario and the instant only, never on how callers portion the time,
 * and a coin's life not on what is listed beside it, here or elsewhere.
 */
export function advance(market: Market, toMs: number, listener: MarketListener): void {
  while (market.nowMs + market.slotMs <= toMs) {
    const endMs = market.nowMs + market.slotMs;
    if (endMs % STEP_MS === 0) shockAll(market);
    for (const asset of market.assets) {
      const { stepMs, offsetMs } = asset.spec.pace;
      const isDue = (endMs - offsetMs) % stepMs === 0 && endMs - stepMs >= market.startMs;
      if (isDue) stepAsset(market, asset, endMs - stepMs, listener);
    }
    for (const asset of market.followers) {
      const { stepMs, offsetMs } = asset.spec.pace;
      const isDue = (endMs - offsetMs) % stepMs === 0 && endMs - stepMs >= market.startMs;
      if (isDue) stepFollower(market, asset, endMs - stepMs, listener);
    }
    market.nowMs = endMs;
    deliver(market, listener);
    listener.stepped(endMs);
  }
}

function shockAll(market: Market): void {
  const shock = nextNormal(market.random);
  for (const asset of market.assets) asset.shocks += shock;
}

function stepAsset(
  market: Market,
  asset: AssetState,
  startMs: number,
  listener: MarketListener,
): void {
  const { stepMs } = asset.spec.pace;
  const seconds = stepMs / 1000;
  rollBars(asset.tape, startMs);
  const phase = currentPhase(market, asset, startMs);
  asset.phase = phase.name;
  const mood = tempered(phase.mood, asset.spec.temper);
  asset.mood = easeMood(asset.mood, mood, seconds / MOOD_EASE_SECONDS);
  const common = asset.shocks / Math.sqrt(stepMs / STEP_MS);
  asset.shocks = 0;
  moveLatentPrice(asset, common, seconds);
  act(market, asset, startMs, listener);
}

function stepFollower(
  market: Market,
  asset: AssetState,
  startMs: number,
  listener: MarketListener,
): void {
  rollBars(asset.tape, startMs);
  follow(asset, startMs);
  act(market, asset, startMs, listener);
}

/** What makers, takers and the risk engine do in a step, once it is known what a coin is worth. */
function act(market: Market, asset: AssetState, startMs: number, listener: MarketListener): void {
  const { stepMs } = asset.spec.pace;
  const endMs = startMs + stepMs;
  const heard = recording(asset, market.scenario.tempo.crowd, listener);
  if (asset.spot !== null) stepListing(asset, asset.spot, startMs, heard);
  stepListing(asset, asset.perp, startMs, heard);
  for (const side of ['long', 'short'] as const) {
    forceOrders(asset, side, endMs - 1, stepMs / 1000, heard);
  }
  if (Math.floor(endMs / 1000) !== Math.floor(startMs / 1000)) {
    everySecond(market, asset, endMs, listener);
  }
}

function currentPhase(market: Market, asset: AssetState, atMs: number): Phase {
  const seconds = (atMs - market.scenarioSinceMs) / 1000 - asset.spec.lagSeconds;
  return phaseAt(market.scenario, seconds);
}

/** Passes everything on to the listener and keeps the asset's own records. */
function recording(asset: AssetState, tempo: number, listener: MarketListener): MarketListener {
  return {
    liquidation: (state, liquidation) => listener.liquidation(state, liquidation),
    settlement: (state, settlement) => listener.settlement(state, settlement),
    stepped: (nowMs) => listener.stepped(nowMs),
    level: (listing, side, ticks, lots) => listener.level(listing, side, ticks, lots),
    trade: (listing, trade) => {
      const { spec, kind } = listing;
      const series = kind === 'spot' ? 'spot' : 'perp';
      const price = trade.ticks * spec.tickSize;
      const size = trade.lots * spec.stepSize;
      recordTrade(asset.tape, series, trade, { price, size, notional: usdOf(spec, size, price) });
      if (series === 'perp') asset.opened += trade.lots * openingShare(asset) * tempo;
      listener.trade(listing, trade);
    },
  };
}

/** Change of open interest per lot traded: at most one, when both sides open, at least minus one. */
const openingShare = ({ mood, appetite }: AssetState): number =>
  Math.max(-1, Math.min(1, mood.opening + appetite));

function stepListing(asset: AssetState, listing: Listing, startMs: number, sink: MarketSink): void {
  const { kind } = listing;
  const { spec, mood } = asset;
  const seconds = spec.pace.stepMs / 1000;
  // What happens when, within a step of fifty milliseconds; longer ones are stretched.
  const stretch = spec.pace.stepMs / STEP_MS;
  const at = (ms: number) => startMs + Math.floor(ms * stretch);
  const stir = Math.max(1, asset.turbulence);
  listing.depth = Math.min(1.3, mood.depth / stir ** 0.28);
  const price = Math.exp(asset.logPrice + asset.jump + asset.gap);
  const worth = kind === 'spot' ? price : price * spec.multiplier * (1 + asset.premium);
  const fair = worth / listing.spec.tickSize;
  listing.fairTicks = fair + flicker(listing, 0.02);
  const began = listing.fairTicks;
  const activity = Math.sqrt(mood.flow) * Math.min(2.2, stir ** 0.4);
  const changes = listing.isFrozen ? 0 : listing.spec.changesPerSecond * activity * seconds;
  const quotes = nextPoisson(listing.random, changes);
  const toleranceBps = listing.spec.followBps * Math.sqrt(mood.volatility);
  if (!listing.isFrozen) requote(listing, toleranceBps, at(3), sink);
  for (let index = 0; index < quotes >> 1; index++) shuffleQuote(listing, at(9), sink);
  const orders = drawOrders(listing, { rate: mood.flow, bias: mood.buyBias }, seconds);
  for (const order of orders) {
    const atMs = at(10) + Math.floor(order.at * 36 * stretch);
    const reach = 1 + (order.aggressor === 'buy' ? 1 : -1) * 0.0015;
    const limit = Math.round(listing.fairTicks * reach);
    const fill = take(listing, order.aggressor, order.lots, limit, atMs, sink);
    keepImpact(listing, order.aggressor, fill);
  }
  if (!listing.isFrozen) requote(listing, toleranceBps, at(46), sink);
  for (let index = quotes >> 1; index < quotes; index++) shuffleQuote(listing, at(48), sink);
  const touches = nextPoisson(listing.random, TOUCHES_PER_QUOTE * quotes);
  for (let index = 0; index < touches; index++) shuffleTouch(listing, at(49), sink);
  learn(asset, kind, listing.fairTicks / began);
}

/** Changes the scenario from this instant on; prices, books and positions carry over. */
export function switchScenario(market: Market, name: string): void {
  market.scenario = scenarioNamed(name);
  market.scenarioSinceMs = market.nowMs;
}
