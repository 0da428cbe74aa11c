import { createRandom, nextNormal, type Random } from '../stats/random.ts';
import { paced } from './activity.ts';
import { type AssetSpec, assetsNamed, type ListingSpec } from './assets.ts';
import { inventedAssets } from './assets-invented.ts';
import { type BoardName, listedOn } from './boards/index.ts';
import { cellStart, HOUR_MS } from './market-bars.ts';
import { createListing, type Listing, type ListingKind, usdOfLot } from './market-flow.ts';
import { premiumBeside } from './market-follow.ts';
import { nextSettlementMs, PREMIUM_SAMPLE_MS } from './market-funding.ts';
import {
  averagePremium,
  calmPremium,
  createHistory,
  followHistory,
  type History,
} from './market-history.ts';
import {
  close,
  createPositions,
  cross,
  heldLots,
  openBoth,
  openSafe,
  type Positions,
} from './market-positions.ts';
import { type AssetState, type Market, SLOT_MS, STEP_MS } from './market-state.ts';
import { createTape } from './market-tape.ts';
import { type Scenario, scenarioNamed, tempered } from './scenarios.ts';
import { seedOf } from './seed.ts';

/** What a market is made from; the same options give the same life. */
export interface MarketOptions {
  readonly seed: number;
  readonly scenario: string;
  /** Coins to list, by name. */
  readonly assets: readonly string[];
  /** Perps to list in all; coins that exist nowhere else follow the named ones. */
  readonly symbols?: number;
  /** Who lists the named coins besides the leader. */
  readonly boards?: readonly BoardName[];
  /** How busy the perps are together: see `paced`. Left out: each as its size suggests. */
  readonly messagesPerSecond?: number;
  /** Unix ms of the first instant. */
  readonly startMs: number;
}

/** Hours of history from which the positions of a coin with a lean memory are made. */
const LEAN_HOURS = 250;

/** A market at its start: past, books and positions in place. */
export function createMarket(options: MarketOptions): Market {
  const { seed } = options;
  // Cells, cadences and steps all begin on the same grid.
  const startMs = cellStart(options.startMs, STEP_MS);
  const scenario = scenarioNamed(options.scenario);
  const specs = listed(options);
  const assets = specs.map((spec) => createAsset(seed, spec, scenario, startMs));
  const boards = options.boards ?? [];
  const followers = assets
    .slice(0, options.assets.length)
    .flatMap((leader) => followersOf(seed, boards, leader, scenario, startMs));
  return {
    seed,
    startMs,
    nowMs: startMs,
    slotMs: specs.every(({ pace }) => pace.offsetMs === 0) ? STEP_MS : SLOT_MS,
    random: createRandom(seedOf(seed, 'market')),
    scenario,
    scenarioSinceMs: startMs,
    assets,
    followers,
    boards,
    nextDeliveryMs: nextDeliveryMs(followers),
  };
}

/** When the first of the dated contracts is delivered, ms; Infinity where there is none. */
export const nextDeliveryMs = (followers: readonly AssetState[]): number =>
  Math.min(...followers.map(({ spec }) => spec.expiryMs ?? Number.POSITIVE_INFINITY));

/** What boards list of a leader's coin at the start of its life. */
export const followersOf = (
  seed: number,
  boards: readonly BoardName[],
  leader: AssetState,
  scenario: Scenario,
  startMs: number,
): readonly AssetState[] =>
  boards.flatMap((board) =>
    listedOn(board, leader.spec, startMs).map((spec) =>
      createFollower(seed, spec, leader, scenario, startMs),
    ),
  );

function listed({ seed, assets, symbols, messagesPerSecond }: MarketOptions): readonly AssetSpec[] {
  const named = assetsNamed(assets);
  const others = (symbols ?? named.length) - named.length;
  if (!(Number.isInteger(others) && others >= 0)) {
    throw new RangeError(`symbols: a whole number, ${named.length} at least, not ${symbols}`);
  }
  const specs = [...named, ...inventedAssets(seed, others)];
  return messagesPerSecond === undefined ? specs : paced(specs, messagesPerSecond);
}

/** A coin of the leader with its past. */
export function createAsset(
  seed: number,
  spec: AssetSpec,
  scenario: Scenario,
  startMs: number,
): AssetState {
  const random = createRandom(seedOf(seed, 'asset', spec.key));
  const crowd = crowdAt(scenario, spec);
  const logPrice = Math.log(spec.price) + 0.02 * nextNormal(random);
  const premium = calmPremium(spec) + 0.0004 * crowd + 0.00006 * nextNormal(random);
  const openInterest = openInterestOf(spec, logPrice, premium);
  const history = createHistory({ seed, spec, startMs, logPrice, premium, openInterest, crowd });
  return assetAt({ spec, leader: null, random, scenario, history });
}

/**
 * What another venue lists of a leader's coin.
 *
 * @param now price of one coin (log) at which it begins to trade, and when; left out: where its
 *   past ends. It has the past that it would have had.
 */
export function createFollower(
  seed: number,
  spec: AssetSpec,
  leader: AssetState,
  scenario: Scenario,
  startMs: number,
  now?: Now,
): AssetState {
  const random = createRandom(seedOf(seed, 'asset', spec.key));
  const premium = premiumBeside(spec, leader.premium, startMs);
  const openInterest = openInterestOf(spec, leader.logPrice, premium);
  const history = followHistory(
    leader.tape.history,
    { seed, spec, startMs, premium, openInterest },
    (leaderPremium, atMs) => premiumBeside(spec, leaderPremium, atMs),
  );
  return assetAt({ spec, leader, random, scenario, history, ...(now !== undefined && { now }) });
}

const crowdAt = (scenario: Scenario, { temper }: AssetSpec): number =>
  scenario.crowd * Math.max(-1, Math.min(1.5, temper?.crowding ?? 1));

/** Lots that are open at the start, one side. */
function openInterestOf(spec: AssetSpec, logPrice: number, premium: number): number {
  const price = Math.exp(logPrice) * spec.multiplier * (1 + premium);
  return Math.round(spec.openInterestUsd / usdOfLot(spec.perp, price));
}

/** Where something begins to trade that was not there at the start. */
interface Now {
  readonly logPrice: number;
  readonly premium: number;
  readonly atMs: number;
}

interface Beginning {
  readonly spec: AssetSpec;
  readonly leader: AssetState | null;
  readonly random: Random;
  readonly scenario: Scenario;
  readonly history: History;
  readonly now?: Now;
}

/** The state in which a past ends. */
function assetAt({ spec, leader, random, scenario, history, now }: Beginning): AssetState {
  const { seed } = history;
  const last = history.times.length - 1;
  const {
    logPrice,
    premium,
    atMs: startMs,
  } = now ?? {
    logPrice: history.logPrices[last]!,
    premium: history.premiums[last]!,
    atMs: history.startMs,
  };
  const openInterest = history.openInterest[last]!;
  const spotPrice = Math.exp(logPrice);
  const indexPrice = spotPrice * spec.multiplier;
  const perpPrice = indexPrice * (1 + premium);
  const first = scenario.phases[0]!;
  const listing = (kind: ListingKind, of: ListingSpec, price: number): Listing => {
    const purpose = kind === 'spot' ? 'spot' : 'perp';
    const own = seedOf(seed, purpose, spec.key);
    return createListing(kind, spec.board, of, price / of.tickSize, own, startMs);
  };
  const tape = createTape(history);
  const nextMs = nextSettlementMs(startMs, spec.fundingIntervalHours);
  const periodMs = nextMs - spec.fundingIntervalHours * HOUR_MS;
  return {
    spec,
    leader,
    random,
    perp: listing(spec.expiryMs === null ? 'perp' : 'future', spec.perp, perpPrice),
    spot: spec.spot === null ? null : listing('spot', spec.spot, spotPrice),
    tape,
    funding: {
      rule: spec.fundingRule,
      intervalHours: spec.fundingIntervalHours,
      nextMs,
      cap: spec.fundingCap,
      averagePremium: averagePremium(history, periodMs, startMs),
      samples: (startMs - periodMs) / PREMIUM_SAMPLE_MS,
      lastPremium: premium,
      settledRate: tape.settlements.at(-1)?.rate ?? 0,
    },
    positions: positionsFrom(history, openInterest, crowdAt(scenario, spec)),
    shocks: 0,
    logPrice,
    homeLogPrice: logPrice,
    slowLogPrice: logPrice,
    jump: 0,
    gap: 0,
    heat: 0,
    premium,
    turbulence: 1,
    secondLogPrice: logPrice,
    mood: tempered(first.mood, spec.temper),
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
  // Of what was held longer ago than that, less than a tenth is left.
  const begin = spec.memory === 'full' ? 0 : Math.max(0, end - LEAN_HOURS);
  const price = (index: number) => Math.exp(history.logPrices[index]!) * spec.multiplier;
  const positions = createPositions(price(end));
  const range = (0.7 * spec.volatilityAnnual) / Math.sqrt(8760);
  let before = history.openInterest[begin]!;
  openSafe(positions.long, before * 0.6);
  openSafe(positions.short, before * 0.6);
  openBoth(positions, price(begin), before * 0.4, 0.1, 0.1, spec.maintenanceRate);
  for (let index = begin + 1; index <= end; index++) {
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
