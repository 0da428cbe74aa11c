import type { FundingRule } from './market-funding.ts';

/** What one unit of size stands for: coins of the listing's own base, or dollars (inverse contracts). */
export interface Contract {
  readonly unit: 'coins' | 'usd';
  /** Coins or dollars per unit of size; 1 where sizes are coins. */
  readonly size: number;
}

/** Sizes are coins. */
export const COINS: Contract = { unit: 'coins', size: 1 };

/** How one listing of the simulated market looks on the wire and how busy it is. */
export interface ListingSpec {
  /** The venue's spelling: `BTCUSDT`, `1000PEPEUSDT`. */
  readonly symbol: string;
  /** Which of the venue's product families it belongs to: `usdm`, `linear`, `spot`. */
  readonly product: string;
  readonly contract: Contract;
  /** `1000PEPE` for a listing that trades a bundle. */
  readonly baseAsset: string;
  /** Price step in quote currency. */
  readonly tickSize: number;
  /** Decimals of a price on the wire (`pricePrecision`; more than the tick needs). */
  readonly priceDecimals: number;
  /** Size step in the listing's own unit of size. */
  readonly stepSize: number;
  /** Decimals of a size on the wire. */
  readonly sizeDecimals: number;
  /** Least order notional, quote currency. */
  readonly minNotional: number;
  /** Levels per basis point near the touch, each side, where ticks are fine enough to hold them. */
  readonly levelsPerBp: number;
  /** Resting notional per basis point near the touch, each side. */
  readonly depthUsdPerBp: number;
  /** Median notional at the best price. */
  readonly touchUsd: number;
  /** Quote changes away from trades, per second, in a calm market. */
  readonly changesPerSecond: number;
  /** Taker orders per second in a calm market, both sides together. */
  readonly tradesPerSecond: number;
  /** Median notional of a taker order. */
  readonly tradeUsd: number;
  /** How far makers let the fair price run from the middle before they follow, in a calm market. */
  readonly followBps: number;
  /** Ticks between the best prices as makers like it; 1 where competition leaves no more. */
  readonly spreadTicks: number;
  /** Levels a side can hold; the deepest are never put in beyond it. */
  readonly levelLimit: number;
  /** Changes kept for looking back: more than ten seconds of the busiest book, a power of two. */
  readonly journalLimit: number;
  /** Where the update ids and trade ids of this listing begin. */
  readonly firstUpdateId: number;
  readonly firstTradeId: number;
}

/** How often a coin's market is stepped, and where in the period it is its turn. */
export interface Pace {
  /** A multiple of `STEP_MS`. */
  readonly stepMs: number;
  /** Its steps end this long after the multiples of `stepMs`; a multiple of `SLOT_MS`. */
  readonly offsetMs: number;
}

/** How one coin's crowd differs from the scenario's. */
export interface Temper {
  /** Share of the scenario's bias, build-up and premium it takes part in; negative: the contrary. */
  readonly crowding: number;
  /** Premium of its own that stays, basis points. */
  readonly premiumBps: number;
}

/** How a venue stands to the leader's market. */
export interface Following {
  /** Time constant with which its prices come after. */
  readonly lagSeconds: number;
  /** Standard deviation of the gap to the leader, basis points; it closes by itself. */
  readonly gapBps: number;
  /** What its perp's premium has over the leader's in a calm market, basis points. */
  readonly premiumBps: number;
  /** Share of the leader's crowding that its premium shows. */
  readonly premiumShare: number;
}

/**
 * One coin of one venue: its derivative and the spot listing beside it. The leader's (Binance) have
 * a latent price of their own; those of other venues follow it. A dated contract stands alone.
 */
export interface AssetSpec {
  readonly asset: string;
  /** Who lists it: a venue, or a part of one that can be left out. */
  readonly board: string;
  /** Names its random streams: nothing else that is listed may have the same. */
  readonly key: string;
  /** Null: the leader. */
  readonly following: Following | null;
  /** When the derivative is delivered, ms; null for a perpetual. */
  readonly expiryMs: number | null;
  /** Spot price in quote currency at the start. */
  readonly price: number;
  /** Annualised volatility of the latent price in a calm market. */
  readonly volatilityAnnual: number;
  /** Correlation of its returns with the market-wide shock. */
  readonly correlation: number;
  /** Seconds this asset lags behind the scenario's phases. */
  readonly lagSeconds: number;
  /** How strongly it follows the scenario's trends; BTC is 1. */
  readonly beta: number;
  /** Coins per unit of the perp listing (1000 for `1000PEPE`). */
  readonly multiplier: number;
  /** Perp open interest at the start, one side, quote currency. */
  readonly openInterestUsd: number;
  /** Traded per day in a calm market, quote currency. */
  readonly perpVolumeUsd: number;
  readonly spotVolumeUsd: number;
  readonly fundingRule: FundingRule;
  readonly fundingIntervalHours: number;
  /** Largest absolute funding rate per interval. */
  readonly fundingCap: number;
  /** Listed in `fundingInfo` (the venue lists adjusted symbols only). */
  readonly fundingAdjusted: boolean;
  /** Maintenance margin rate of the smallest bracket. */
  readonly maintenanceRate: number;
  readonly maxLeverage: number;
  readonly onboardMs: number;
  readonly pace: Pace;
  /** Null: it does exactly as the scenario says. */
  readonly temper: Temper | null;
  /** What it keeps in memory of its own past: one coin among few can afford more. */
  readonly memory: 'full' | 'lean';
  readonly perp: ListingSpec;
  /** Null where the coin is traded on this venue as a perpetual only. */
  readonly spot: ListingSpec | null;
}

/** What the listings below have in common: the largest markets there are. */
const BUSY = { followBps: 0.28, spreadTicks: 1, levelLimit: 6144, journalLimit: 16_384 };

const listing = (
  product: 'usdm' | 'spot',
  symbol: string,
  baseAsset: string,
  price: readonly [tickSize: number, decimals: number],
  size: readonly [stepSize: number, decimals: number],
  rest: Omit<
    ListingSpec,
    | 'symbol'
    | 'product'
    | 'contract'
    | 'baseAsset'
    | 'tickSize'
    | 'priceDecimals'
    | 'stepSize'
    | 'sizeDecimals'
    | 'firstUpdateId'
    | 'firstTradeId'
    | keyof typeof BUSY
  >,
  ids: readonly [firstUpdateId: number, firstTradeId: number],
): ListingSpec => ({
  symbol,
  product,
  contract: COINS,
  baseAsset,
  tickSize: price[0],
  priceDecimals: price[1],
  stepSize: size[0],
  sizeDecimals: size[1],
  firstUpdateId: ids[0],
  firstTradeId: ids[1],
  ...BUSY,
  ...rest,
});

const SPOT_DECIMALS = 8;

/** What the coins of the leader have in common. */
export const LEADING = {
  board: 'binance',
  following: null,
  expiryMs: null,
  fundingRule: 'clamped',
} as const;

/**
 * The coins the simulated exchange can list: ticks, steps and decimals as Binance publishes them
 * (`exchangeInfo`), depth and rates as measured on recorded BTC and scaled down for the rest.
 */
const ASSETS: readonly AssetSpec[] = (
  [
    {
      asset: 'BTC',
      price: 84_000,
      volatilityAnnual: 0.42,
      correlation: 0.95,
      lagSeconds: 0,
      beta: 1,
      multiplier: 1,
      openInterestUsd: 7_200e6,
      perpVolumeUsd: 13_000e6,
      spotVolumeUsd: 1_900e6,
      fundingIntervalHours: 8,
      fundingCap: 0.003,
      fundingAdjusted: false,
      maintenanceRate: 0.004,
      maxLeverage: 125,
      onboardMs: 1_569_398_400_000,
      perp: listing(
        'usdm',
        'BTCUSDT',
        'BTC',
        [0.1, 2],
        [0.001, 3],
        {
          minNotional: 100,
          levelsPerBp: 36,
          depthUsdPerBp: 900_000,
          touchUsd: 160_000,
          changesPerSecond: 190,
          tradesPerSecond: 12,
          tradeUsd: 1_100,
        },
        [9_120_345_678_901, 6_812_345_678],
      ),
      spot: listing(
        'spot',
        'BTCUSDT',
        'BTC',
        [0.01, SPOT_DECIMALS],
        [0.00001, SPOT_DECIMALS],
        {
          minNotional: 5,
          levelsPerBp: 18,
          depthUsdPerBp: 260_000,
          touchUsd: 60_000,
          changesPerSecond: 110,
          tradesPerSecond: 7,
          tradeUsd: 350,
        },
        [82_345_678_901, 5_212_345_678],
      ),
    },
    {
      asset: 'ETH',
      price: 2_680,
      volatilityAnnual: 0.58,
      correlation: 0.85,
      lagSeconds: 2,
      beta: 1.2,
      multiplier: 1,
      openInterestUsd: 4_600e6,
      perpVolumeUsd: 11_000e6,
      spotVolumeUsd: 1_100e6,
      fundingIntervalHours: 8,
      fundingCap: 0.003,
      fundingAdjusted: false,
      maintenanceRate: 0.004,
      maxLeverage: 125,
      onboardMs: 1_574_840_700_000,
      perp: listing(
        'usdm',
        'ETHUSDT',
        'ETH',
        [0.01, 2],
        [0.001, 3],
        {
          minNotional: 20,
          levelsPerBp: 18,
          depthUsdPerBp: 620_000,
          touchUsd: 110_000,
          changesPerSecond: 150,
          tradesPerSecond: 10,
          tradeUsd: 900,
        },
        [9_120_345_670_033, 5_312_345_012],
      ),
      spot: listing(
        'spot',
        'ETHUSDT',
        'ETH',
        [0.01, SPOT_DECIMALS],
        [0.0001, SPOT_DECIMALS],
        {
          minNotional: 5,
          levelsPerBp: 14,
          depthUsdPerBp: 190_000,
          touchUsd: 45_000,
          changesPerSecond: 80,
          tradesPerSecond: 5,
          tradeUsd: 300,
        },
        [61_345_678_201, 2_612_345_678],
      ),
    },
    {
      asset: 'SOL',
      price: 131,
      volatilityAnnual: 0.72,
      correlation: 0.78,
      lagSeconds: 4,
      beta: 1.5,
      multiplier: 1,
      openInterestUsd: 1_250e6,
      perpVolumeUsd: 3_600e6,
      spotVolumeUsd: 420e6,
      fundingIntervalHours: 4,
      fundingCap: 0.02,
      fundingAdjusted: true,
      maintenanceRate: 0.005,
      maxLeverage: 100,
      onboardMs: 1_600_041_600_000,
      perp: listing(
        'usdm',
        'SOLUSDT',
        'SOL',
        [0.01, 4],
        [0.01, 2],
        {
          minNotional: 5,
          levelsPerBp: 26,
          depthUsdPerBp: 260_000,
          touchUsd: 150_000,
          changesPerSecond: 90,
          tradesPerSecond: 6,
          tradeUsd: 700,
        },
        [9_120_345_600_417, 2_512_345_099],
      ),
      spot: listing(
        'spot',
        'SOLUSDT',
        'SOL',
        [0.01, SPOT_DECIMALS],
        [0.001, SPOT_DECIMALS],
        {
          minNotional: 5,
          levelsPerBp: 18,
          depthUsdPerBp: 75_000,
          touchUsd: 40_000,
          changesPerSecond: 45,
          tradesPerSecond: 3,
          tradeUsd: 220,
        },
        [30_145_678_901, 1_412_345_678],
      ),
    },
    {
      asset: 'XRP',
      price: 1.82,
      volatilityAnnual: 0.75,
      correlation: 0.7,
      lagSeconds: 5,
      beta: 1.4,
      multiplier: 1,
      openInterestUsd: 620e6,
      perpVolumeUsd: 1_500e6,
      spotVolumeUsd: 230e6,
      fundingIntervalHours: 8,
      fundingCap: 0.02,
      fundingAdjusted: false,
      maintenanceRate: 0.005,
      maxLeverage: 75,
      onboardMs: 1_578_326_400_000,
      perp: listing(
        'usdm',
        'XRPUSDT',
        'XRP',
        [0.0001, 4],
        [0.1, 1],
        {
          minNotional: 5,
          levelsPerBp: 22,
          depthUsdPerBp: 140_000,
          touchUsd: 90_000,
          changesPerSecond: 60,
          tradesPerSecond: 4,
          tradeUsd: 500,
        },
        [9_120_345_612_204, 2_012_345_008],
      ),
      spot: listing(
        'spot',
        'XRPUSDT',
        'XRP',
        [0.0001, SPOT_DECIMALS],
        [0.1, SPOT_DECIMALS],
        {
          minNotional: 5,
          levelsPerBp: 16,
          depthUsdPerBp: 50_000,
          touchUsd: 30_000,
          changesPerSecond: 35,
          tradesPerSecond: 2,
          tradeUsd: 200,
        },
        [18_145_678_901, 912_345_678],
      ),
    },
    {
      asset: 'DOGE',
      price: 0.152,
      volatilityAnnual: 0.85,
      correlation: 0.7,
      lagSeconds: 6,
      beta: 1.6,
      multiplier: 1,
      openInterestUsd: 330e6,
      perpVolumeUsd: 900e6,
      spotVolumeUsd: 130e6,
      fundingIntervalHours: 8,
      fundingCap: 0.02,
      fundingAdjusted: false,
      maintenanceRate: 0.005,
      maxLeverage: 75,
      onboardMs: 1_594_355_400_000,
      perp: listing(
        'usdm',
        'DOGEUSDT',
        'DOGE',
        [0.00001, 6],
        [1, 0],
        {
          minNotional: 5,
          levelsPerBp: 20,
          depthUsdPerBp: 90_000,
          touchUsd: 60_000,
          changesPerSecond: 45,
          tradesPerSecond: 3,
          tradeUsd: 400,
        },
        [9_120_345_655_340, 1_712_345_443],
      ),
      spot: listing(
        'spot',
        'DOGEUSDT',
        'DOGE',
        [0.00001, SPOT_DECIMALS],
        [1, SPOT_DECIMALS],
        {
          minNotional: 1,
          levelsPerBp: 14,
          depthUsdPerBp: 35_000,
          touchUsd: 22_000,
          changesPerSecond: 30,
          tradesPerSecond: 1.5,
          tradeUsd: 160,
        },
        [14_145_678_901, 812_345_678],
      ),
    },
    {
      asset: 'PEPE',
      price: 0.0000071,
      volatilityAnnual: 1.1,
      correlation: 0.6,
      lagSeconds: 7,
      beta: 1.9,
      multiplier: 1000,
      openInterestUsd: 150e6,
      perpVolumeUsd: 420e6,
      spotVolumeUsd: 60e6,
      fundingIntervalHours: 4,
      fundingCap: 0.02,
      fundingAdjusted: true,
      maintenanceRate: 0.01,
      maxLeverage: 50,
      onboardMs: 1_683_216_000_000,
      perp: listing(
        'usdm',
        '1000PEPEUSDT',
        '1000PEPE',
        [0.0000001, 7],
        [1, 0],
        {
          minNotional: 5,
          levelsPerBp: 16,
          depthUsdPerBp: 45_000,
          touchUsd: 20_000,
          changesPerSecond: 40,
          tradesPerSecond: 2,
          tradeUsd: 300,
        },
        [9_120_345_699_120, 612_345_871],
      ),
      spot: listing(
        'spot',
        'PEPEUSDT',
        'PEPE',
        [0.00000001, SPOT_DECIMALS],
        [1, SPOT_DECIMALS],
        {
          minNotional: 1,
          levelsPerBp: 10,
          depthUsdPerBp: 20_000,
          touchUsd: 60_000,
          changesPerSecond: 20,
          tradesPerSecond: 1,
          tradeUsd: 120,
        },
        [6_145_678_901, 412_345_678],
      ),
    },
  ] satisfies readonly Omit<
    AssetSpec,
    'key' | 'pace' | 'temper' | 'memory' | keyof typeof LEADING
  >[]
).map((spec) => ({
  ...spec,
  ...LEADING,
  key: spec.asset,
  pace: { stepMs: 50, offsetMs: 0 },
  temper: null,
  memory: 'full',
}));

/** The specs of the named coins in the order asked for; throws on a coin that cannot be listed. */
export function assetsNamed(names: readonly string[]): readonly AssetSpec[] {
  return names.map((name) => {
    const spec = ASSETS.find((candidate) => candidate.asset === name);
    if (spec === undefined) {
      const known = ASSETS.map((candidate) => candidate.asset).join(', ');
      throw new RangeError(`The simulator does not list ${name}; it lists ${known}`);
    }
    return spec;
  });
}
