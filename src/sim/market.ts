import { nextNormal, nextPoisson } from '../stats/random.ts';
import { everySecond } from './market-derivatives.ts';
import {
  drawOrders,
  flicker,
  keepImpact,
  type MarketSink,
  requote,
  shuffleQuote,
  shuffleTouch,
  take,
} from './market-flow.ts';
import { learn, moveLatentPrice } from './market-latent.ts';
import { forceOrders } from './market-liquidations.ts';
import {
  type AssetState,
  type Market,
  type MarketListener,
  STEP_MS,
  STEP_SECONDS,
} from './market-state.ts';
import { recordTrade, rollBars } from './market-tape.ts';
import { easeMood, type Phase, phaseAt, scenarioNamed } from './scenarios.ts';

/** Changes of the queues at the touch per change elsewhere, at the end of a step. */
const TOUCHES_PER_QUOTE = 0.04;
const MOOD_EASE_SECONDS = 2.5;

/**
 * Lives on until `toMs` in fixed steps and tells the listener everything in order. The result
 * depends on the seed, the scenario and the instant only, never on how callers portion the time.
 */
export function advance(market: Market, toMs: number, listener: MarketListener): void {
  while (market.nowMs + STEP_MS <= toMs) {
    const common = nextNormal(market.random);
    for (const asset of market.assets) stepAsset(market, asset, common, listener);
    market.nowMs += STEP_MS;
    listener.stepped(market.nowMs);
  }
}

function stepAsset(
  market: Market,
  asset: AssetState,
  common: number,
  listener: MarketListener,
): void {
  const startMs = market.nowMs;
  const endMs = startMs + STEP_MS;
  rollBars(asset.tape, startMs);
  const phase = currentPhase(market, asset);
  asset.phase = phase.name;
  asset.mood = easeMood(asset.mood, phase.mood, STEP_SECONDS / MOOD_EASE_SECONDS);
  moveLatentPrice(asset, common);
  const heard = recording(asset, market.scenario.tempo.crowd, listener);
  for (const kind of ['spot', 'perp'] as const) stepListing(asset, kind, startMs, heard);
  for (const side of ['long', 'short'] as const) forceOrders(asset, side, endMs - 1, heard);
  if (Math.floor(endMs / 1000) !== Math.floor(startMs / 1000)) {
    everySecond(market, asset, endMs, listener);
  }
}

function currentPhase(market: Market, asset: AssetState): Phase {
  const seconds = (market.nowMs - market.scenarioSinceMs) / 1000 - asset.spec.lagSeconds;
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
      recordTrade(asset.tape, kind, trade, trade.ticks * spec.tickSize, trade.lots * spec.stepSize);
      if (kind === 'perp') asset.opened += trade.lots * openingShare(asset) * tempo;
      listener.trade(listing, trade);
    },
  };
}

/** Change of open interest per lot traded: at most one, when both sides open, at least minus one. */
const openingShare = ({ mood, appetite }: AssetState): number =>
  Math.max(-1, Math.min(1, mood.opening + appetite));

function stepListing(
  asset: AssetState,
  kind: 'perp' | 'spot',
  startMs: number,
  sink: MarketSink,
): void {
  const listing = asset[kind];
  const { spec, mood } = asset;
  const stir = Math.max(1, asset.turbulence);
  listing.depth = Math.min(1.3, mood.depth / stir ** 0.28);
  const price = Math.exp(asset.logPrice + asset.jump);
  const worth = kind === 'perp' ? price * spec.multiplier * (1 + asset.premium) : price;
  const fair = worth / listing.spec.tickSize;
  listing.fairTicks = fair + flicker(listing, 0.02);
  const began = listing.fairTicks;
  const activity = Math.sqrt(mood.flow) * Math.min(2.2, stir ** 0.4);
  const quotes = nextPoisson(
    listing.random,
    listing.spec.changesPerSecond * activity * STEP_SECONDS,
  );
  const toleranceBps = 0.28 * Math.sqrt(mood.volatility);
  requote(listing, toleranceBps, startMs + 3, sink);
  for (let index = 0; index < quotes >> 1; index++) shuffleQuote(listing, startMs + 9, sink);
  const orders = drawOrders(listing, { rate: mood.flow, bias: mood.buyBias }, STEP_SECONDS);
  for (const order of orders) {
    const atMs = startMs + 10 + Math.floor(order.at * 36);
    const reach = 1 + (order.aggressor === 'buy' ? 1 : -1) * 0.0015;
    const limit = Math.round(listing.fairTicks * reach);
    const fill = take(listing, order.aggressor, order.lots, limit, atMs, sink);
    keepImpact(listing, order.aggressor, fill);
  }
  requote(listing, toleranceBps, startMs + 46, sink);
  for (let index = quotes >> 1; index < quotes; index++) shuffleQuote(listing, startMs + 48, sink);
  const touches = nextPoisson(listing.random, TOUCHES_PER_QUOTE * quotes);
  for (let index = 0; index < touches; index++) shuffleTouch(listing, startMs + 49, sink);
  learn(asset, kind, listing.fairTicks / began);
}

/** Changes the scenario from this instant on; prices, books and positions carry over. */
export function switchScenario(market: Market, name: string): void {
  market.scenario = scenarioNamed(name);
  market.scenarioSinceMs = market.nowMs;
}
