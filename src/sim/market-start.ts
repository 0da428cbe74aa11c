import { createRandom, nextNormal } from '../stats/random.ts';
import { type AssetSpec, assetsNamed } from './assets.ts';
import { cellStart, HOUR_MS } from './market-bars.ts';
import { createListing, type Listing } from './market-flow.ts';
import { nextSettlementMs, PREMIUM_SAMPLE_MS } from './market-funding.ts';
import { averagePremium, createHistory, type History } from './market-history.ts';
import {
  close,
  createPositions,
  cross,
  heldLots,
  openBoth,
  openSafe,
  type Positions,
} from './market-positions.ts';
import { type AssetState, type Market, STEP_MS } from './market-state.ts';
import { createTape } from './market-tape.ts';
import { type Scenario, scenarioNamed } from './scenarios.ts';
import { seedOf } from './seed.ts';

/** What a market is made from; the same options give the same life. */
export interface MarketOptions {
  readonly seed: number;
  readonly scenario: string;
  /** Coins to list, by name. */
  readonly assets: readonly string[];
  /** Unix ms of the first instant. */
  readonly startMs: number;
}

/** A market at its start: past, books and positions in place. */
export function createMarket(options: MarketOptions): Market {
  const { seed } = options;
  // Cells, cadences and steps all begin on the same grid.
  const startMs = cellStart(options.startMs, STEP_MS);
  const scenario = scenarioNamed(options.scenario);
  return {
    seed,
    startMs,
    nowMs: startMs,
    random: createRandom(seedOf(seed, 'market')),
    scenario,
    scenarioSinceMs: startMs,
    assets: assetsNamed(options.assets).map((spec) => createAsset(seed, spec, scenario, startMs)),
  };
}

function createAsset(
  seed: number,
  spec: AssetSpec,
  scenario: Scenario,
  startMs: number,
): AssetState {
  const random = createRandom(seedOf(seed, 'asset', spec.asset));
  const first = scenario.phases[0]!;
  const logPrice = Math.log(spec.price) + 0.02 * nextNormal(random);
  const premium = -0.00046 + 0.0004 * scenario.crowd + 0.00006 * nextNormal(random);
  const spotPrice = Math.exp(logPrice);
  const indexPrice = spotPrice * spec.multiplier;
  const perpPrice = indexPrice * (1 + premium);
  const openInterest = Math.round(spec.openInterestUsd / (perpPrice * spec.perp.stepSize));
  const history = createHistory({
    seed,
    spec,
    startMs,
    logPrice,
    premium,
    openInterest,
    crowd: scenario.crowd,
  });
  const listing = (kind: 'perp' | 'spot', price: number): Listing =>
    createListing(
      kind,
      spec[kind],
      price / spec[kind].tickSize,
      seedOf(seed, kind, spec.asset),
      startMs,
    );
  const tape = createTape(history);
  const past = tape.settlements[tape.settlements.length - 1]!;
  const nextMs = nextSettlementMs(startMs, spec.fundingIntervalHours);
  const periodMs = nextMs - spec.fundingIntervalHours * HOUR_MS;
  return {
    spec,
    random,
    perp: listing('perp', perpPrice),
    spot: listing('spot', spotPrice),
    tape,
    funding: {
      intervalHours: spec.fundingIntervalHours,
      nextMs,
      cap: spec.fundingCap,
      averagePremium: averagePremium(history, periodMs, startMs),
      samples: (startMs - periodMs) / PREMIUM_SAMPLE_MS,
      lastPremium: premium,
      settledRate: past.rate,
    },
    positions: positionsFrom(history, openInterest, scenario.crowd),
    logPrice,
    homeLogPrice: logPrice,
    slowLogPrice: logPrice,
    jump: 0,
    heat: 0,
    premium,
    turbulence: 1,
    secondLogPrice: logPrice,
    mood: first.mood,
    phase: first.name,
    indexPrice,
    indexLean: 0,
    indexAverage: indexPrice,
    markPrice: perpPrice,
    markAverage: perpPrice,
    basisAverage: perpPrice - indexPrice,
    openInterest,
    homeOpenInterest: openInterest,
    published: { lots: openInterest, atMs: startMs },
    appetite: 0,
    opened: 0,
    dyingDue: { long: 0, short: 0 },
    nextOrderLots: { long: 0, short: 0 },
  };
}

/** Who holds what at the start: every rise of open interest in the past, less what has died since. */
function positionsFrom(history: History, openInterest: number, crowd: number): Positions {
  const { spec } = history;
  const end = history.times.length - 1;
  const price = (index: number) => Math.exp(history.logPrices[index]!) * spec.multiplier;
  const positions = createPositions(price(end));
  const range = (0.7 * spec.volatilityAnnual) / Math.sqrt(8760);
  let before = history.openInterest[0]!;
  openSafe(positions.long, before * 0.6);
  openSafe(positions.short, before * 0.6);
  openBoth(positions, price(0), before * 0.4, 0.1, 0.1, spec.maintenanceRate);
  for (let index = 1; index <= end; index++) {
    const now = history.openInterest[index]!;
    const held = before;
    const age = (history.startMs - history.times[index]!) / HOUR_MS;
    const pile = crowd * Math.exp(-age / 14);
    const hotLongs = 0.06 + 0.3 * Math.max(0, pile);
    const hotShorts = 0.05 + 0.3 * Math.max(0, -pile);
    // Positions turn over all the time: part of the market closes and opens anew each hour.
    const turned = 0.01 * held + Math.max(0, now - before);
    for (const side of ['long', 'short'] as const) close(positions[side], 0.01 * held, held);
    if (now < before) {
      for (const side of ['long', 'short'] as const) close(positions[side], before - now, held);
    }
    openBoth(positions, price(index), turned, hotLongs, hotShorts, spec.maintenanceRate);
    // Whom the hour's range reached is gone; the anchors show its close only.
    for (const side of ['long', 'short'] as const) {
      const reach = range * (side === 'long' ? -1 : 1);
      const died = cross(positions, side, price(index) * (1 + reach));
      positions[side].dying = 0;
      openSafe(positions[side], died);
    }
    before = now;
  }
  for (const side of ['long', 'short'] as const) {
    const cohorts = positions[side];
    const factor = openInterest / heldLots(cohorts);
    cohorts.scale *= factor;
    cohorts.safe *= factor;
  }
  return positions;
}
