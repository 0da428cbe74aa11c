import {
  createRandom,
  nextExponential,
  nextNormal,
  nextUniform,
  type Random,
} from '../stats/random.ts';
import { type AssetSpec, COINS, LEADING, type ListingSpec } from './assets.ts';
import { SLOT_MS } from './market-state.ts';
import { nextLogNormal, seedOf } from './seed.ts';

/** The listing after the named ones has this rank, whichever of them are listed. */
const FIRST_RANK = 7;
/** The largest invented coins, on which the venue lends most. */
const LARGEST = 40;
const PACE_MS = 100;
const DAY_MS = 86_400_000;
const FIRST_ONBOARD_MS = 1_580_000_000_000;
const ONBOARD_DAYS = 2_000;
/** Of what is listed as a bundle, one in so many is a bundle of a million. */
const LARGE_BUNDLES = 5;

const CONSONANTS = 'BCDFGHJKLMNPRSTVWXYZ';
const VOWELS = 'AEIOUY';
/** The few that real coins claim. */
const CLAIMED = new Set(['ACQ', 'ALQ', 'COQ', 'DYQ', 'FAQ', 'HEQ', 'IRAQ', 'SEQ', 'TAQ', 'NASAQ']);

const pick = (random: Random, letters: string): string =>
  letters[Math.floor(nextUniform(random) * letters.length)]!;

/** Three to five letters that can be said and end in Q, as hardly a real coin's name does. */
function drawName(random: Random, taken: ReadonlySet<string>): string {
  for (;;) {
    const letters = nextUniform(random) < 0.2 ? 'VV' : nextUniform(random) < 0.4 ? 'CVCV' : 'VCV';
    const shape = nextUniform(random) < 0.15 ? 'CV' : letters;
    const body = [...shape].map((kind) => pick(random, kind === 'C' ? CONSONANTS : VOWELS));
    const name = `${body.join('')}Q`;
    if (!taken.has(name) && !CLAIMED.has(name)) return name;
  }
}

/** Between two limits, every order of magnitude as likely as another. */
const drawMagnitude = (random: Random, from: number, to: number): number =>
  10 ** (from + (to - from) * nextUniform(random));

interface Grid {
  readonly step: number;
  readonly decimals: number;
}

/** `digit · 10^exponent` as the nearest double. */
const gridOf = (digit: number, exponent: number): Grid => ({
  step: Number(`${digit}e${exponent}`),
  decimals: Math.max(0, -exponent),
});

/** A price step between a tenth of a basis point and ten of them, some of five units. */
function drawTick(random: Random, price: number, weight: number): Grid {
  const magnitude = Math.floor(Math.log10(price));
  const isCoarse = nextUniform(random) < 0.15 + 0.35 * weight;
  const isFive = nextUniform(random) < 0.12;
  const exponent = Math.max(-7, magnitude - (isCoarse ? 3 : 4));
  const isRoom = !isCoarse && exponent === magnitude - 4;
  return gridOf(isFive && isRoom ? 5 : 1, exponent);
}

/** A size step worth between a tenth of a unit of the quote currency and one. */
const stepFor = (price: number): Grid =>
  gridOf(1, Math.min(0, Math.max(-3, Math.floor(-Math.log10(price)))));

function drawFunding(random: Random) {
  const dice = nextUniform(random);
  const fundingIntervalHours = dice < 0.58 ? 4 : dice < 0.93 ? 8 : 1;
  const cap = nextUniform(random);
  const fundingCap = cap < 0.75 ? 0.02 : cap < 0.95 ? 0.03 : 0.01;
  return { fundingIntervalHours, fundingCap, fundingAdjusted: fundingIntervalHours !== 8 };
}

/**
 * The perp of an invented coin. `size` is its rank over the first invented one's: volume, depth and
 * activity fall with powers of it, as they do from rank to rank of the real venue.
 */
function drawPerp(random: Random, baseAsset: string, price: number, size: number): ListingSpec {
  const fall = (first: number, power: number, sigma: number) =>
    nextLogNormal(random, first * size ** -power, sigma);
  const tick = drawTick(random, price, Math.min(1, size / 70));
  const lot = stepFor(price);
  const tickBps = (tick.step / price) * 1e4;
  const spreadBps = fall(0.5, -0.5, 0.3);
  return {
    symbol: `${baseAsset}USDT`,
    product: 'usdm',
    contract: COINS,
    baseAsset,
    tickSize: tick.step,
    priceDecimals: tick.decimals + (nextUniform(random) < 0.3 ? 1 : 0),
    stepSize: lot.step,
    sizeDecimals: lot.decimals,
    minNotional: 5,
    levelsPerBp: fall(14, 0.5, 0.2),
    depthUsdPerBp: fall(40_000, 1, 0.3),
    touchUsd: fall(15_000, 0.7, 0.3),
    changesPerSecond: fall(38, 0.45, 0.35),
    tradesPerSecond: fall(1.8, 1, 0.4),
    tradeUsd: fall(280, 0.33, 0.25),
    followBps: fall(0.4, -0.55, 0.2),
    spreadTicks: Math.max(1, Math.round(spreadBps / tickBps)),
    levelLimit: 1536,
    journalLimit: 2048,
    firstUpdateId: 9_120_000_000_000 + Math.floor(3.4e8 * nextUniform(random)),
    firstTradeId: Math.floor(drawMagnitude(random, 6.5, 9)),
  };
}

function drawAsset(seed: number, index: number, name: string): AssetSpec {
  const random = createRandom(seedOf(seed, 'invented', index));
  const size = (FIRST_RANK + index) / FIRST_RANK;
  const isBundle = nextUniform(random) < 0.05;
  const isLarge = nextUniform(random) < 1 / LARGE_BUNDLES;
  const multiplier = isBundle ? (isLarge ? 1_000_000 : 1000) : 1;
  const price = isBundle ? drawMagnitude(random, -2.3, -0.3) : drawMagnitude(random, -2, 3.2);
  const baseAsset = `${multiplier === 1 ? '' : multiplier}${name}`;
  const perpVolumeUsd = nextLogNormal(random, 300e6 * size ** -1.3, 0.35);
  const beta = Math.max(0.3, nextLogNormal(random, 1.35, 0.4));
  return {
    ...LEADING,
    asset: name,
    key: name,
    price: price / multiplier,
    volatilityAnnual: Math.min(2.5, nextLogNormal(random, 0.95, 0.3)),
    correlation: 0.15 + 0.65 * nextUniform(random),
    lagSeconds: Math.min(45, 4 + 9 * nextExponential(random)),
    // Every thirtieth goes up when the others go down.
    beta: nextUniform(random) < 1 / 30 ? -Math.max(0.3, 0.4 * beta) : beta,
    multiplier,
    openInterestUsd: perpVolumeUsd * Math.min(2, nextLogNormal(random, 0.35, 0.5)),
    perpVolumeUsd,
    spotVolumeUsd: 0,
    ...drawFunding(random),
    maintenanceRate: index < LARGEST ? 0.005 : 0.0065,
    maxLeverage: index < LARGEST ? 75 : index < 200 ? 50 : 25,
    onboardMs: FIRST_ONBOARD_MS + Math.floor(ONBOARD_DAYS * nextUniform(random)) * DAY_MS,
    // Neighbours in rank have their turns in different slots.
    pace: { stepMs: PACE_MS, offsetMs: (index * SLOT_MS) % PACE_MS },
    temper: {
      crowding: Math.max(-1, Math.min(2.2, 0.8 + 0.65 * nextNormal(random))),
      premiumBps: 5 * nextNormal(random) * (nextUniform(random) < 0.1 ? 4 : 1),
    },
    memory: 'lean',
    perp: drawPerp(random, baseAsset, price, size),
    spot: null,
  };
}

/**
 * Coins that exist nowhere else, perpetuals only, the largest first: what fills the venue's list
 * behind the named ones. The first `n` of them are the same for every longer list.
 */
export function inventedAssets(seed: number, count: number): readonly AssetSpec[] {
  const random = createRandom(seedOf(seed, 'names'));
  const taken = new Set<string>();
  return Array.from({ length: count }, (_, index) => {
    const name = drawName(random, taken);
    taken.add(name);
    return drawAsset(seed, index, name);
  });
}
