import type { Asset, Venue } from './instrument.ts';
import type { MarginTier } from './margin.ts';

/** Order-book band of one tier: full width to each side and half-life of the weight, bps (SPEC §4). */
export interface DepthTier {
  readonly bandBps: number;
  readonly halfLifeBps: number;
}

/** Leverage → weight. */
type LeverageMix = readonly (readonly [leverage: number, weight: number])[];

/**
 * Every threshold of the specification, under its own name. Plain data: the config file, the environment and flags override single keys,
 * and a recording replayed with the same settings gives the same bytes.
 */
export interface EngineSettings {
  readonly depth: {
    readonly tier1: DepthTier;
    readonly tier2: DepthTier;
    readonly tier1Assets: readonly Asset[];
    readonly overrides: Readonly<Record<Asset, DepthTier>>;
  };
  readonly oib: {
    /** Half-life of the EWMA, seconds. */
    readonly ewmaHalfLifeSeconds: number;
    /** |OIB| beyond which a second counts as a shock. */
    readonly shock: number;
    /** Pairs that an impulse response needs. */
    readonly minPairs: number;
  };
  /** When what is kept of a book by the sample takes one: every second, or at the first second after so much has been traded (SPEC §4). */
  readonly sampling: {
    readonly clock: 'time' | 'notional';
    /** Quote currency, shown as USD, between two samples of the notional clock. */
    readonly notional: number;
  };
  readonly flow: {
    /** Whole minutes that a z-score of the hour's flow needs. */
    readonly minMinutes: number;
  };
  readonly vpin: {
    /** Buckets that a day's volume is cut into, and over which VPIN is a mean. */
    readonly buckets: number;
  };
  readonly kyle: {
    /** Minutes of the hour that a slope needs. */
    readonly minMinutes: number;
  };
  readonly volatility: {
    /** One-minute returns of the hour that a volatility needs. */
    readonly minReturns: number;
    /** Trailing window of the regime, hours. */
    readonly windowHours: number;
    /** Hours that a regime needs. */
    readonly minValues: number;
    /** Quantiles of that window below and above which volatility is low and high. */
    readonly lowQuantile: number;
    readonly highQuantile: number;
  };
  readonly meanReversion: {
    /** |z| of price over 60 and over 240 minutes beyond which it is stretched. */
    readonly z60: number;
    readonly z240: number;
    /** Share of a window's minutes that has to be known. */
    readonly minShare: number;
    /** t of the pull below which it is no accident. */
    readonly dickeyFuller: number;
    /** Minutes of the longer changes of the variance ratio. */
    readonly lag: number;
    /** z of the variance ratio above which a market trends. */
    readonly varianceRatioZ: number;
  };
  readonly crossMarket: {
    /** |z| of the venue basis beyond which a minute counts as dislocated. */
    readonly dislocationZ: number;
    /** Minutes of its trailing day that this z needs. */
    readonly minMinutes: number;
    /** |volume shock| below which an open-interest shock is not set against it. */
    readonly minVolumeShock: number;
  };
  readonly drift: {
    readonly alpha: number;
    readonly beta: number;
    readonly gamma: number;
    /** Trailing window of the z-scores, hours. */
    readonly windowHours: number;
    /** Values a z-score needs. */
    readonly minValues: number;
    readonly basis: 'fair' | 'venue';
    /** What the open cell takes as funding: the running estimate or the last settled rate (SPEC §5). */
    readonly funding: 'predicted' | 'settled';
    /** ρ of μ3: share of the longest listed time to expiry that the front dated future has left, or 1 − that (SPEC §5). */
    readonly rho: 'distance' | 'proximity';
    /** A score whose size is below this is told as steady, and no story rests on its sign. */
    readonly steadyZ: number;
  };
  readonly gate: {
    readonly quantile: number;
    readonly windowHours: number;
    readonly minCells: number;
    /** Fixed threshold on D; null for none. Either of the two opens the gate. */
    readonly threshold: number | null;
    /** Seconds for which a change within the open cell has to hold before it is announced. */
    readonly holdSeconds: number;
  };
  readonly regime: {
    readonly oiShock: number;
    readonly liquidationZ: number;
    readonly depthQuantile: number;
    readonly fundingZ: number;
    /** A label is left only when its cause has fallen below this share of the threshold. */
    readonly exitShare: number;
  };
  readonly cascade: {
    /** USD within `withinShare` of price, for BTC. */
    readonly medium: number;
    readonly high: number;
    readonly critical: number;
    readonly withinShare: number;
    /** The mix that is shown: leverage → weight; weights are normalised. */
    readonly leverage: LeverageMix;
    /** Mixes of less and of more leverage, between which the estimate is uncertain. */
    readonly leverageLow: LeverageMix;
    readonly leverageHigh: LeverageMix;
    /** USD that a position is taken to hold, by rising leverage: it decides the bracket of maintenance that an anonymous position is in. */
    readonly positionUsd: readonly (readonly [leverage: number, usd: number])[];
    /** Brackets of maintenance margin by venue, or by `venue:ASSET` where they differ; what a venue says itself comes before them. */
    readonly tiers: Readonly<Record<Venue, readonly MarginTier[]>>;
    /** A perp counts once the entries of this share of its open interest are known. */
    readonly minPlacedShare: number;
    /** An asset has an estimate once the perps that count hold this share of its open interest. */
    readonly minCoveredShare: number;
    /** USD thresholds of an asset, instead of scaling BTC's by open interest. */
    readonly overrides: Readonly<
      Record<Asset, { readonly medium: number; readonly high: number; readonly critical: number }>
    >;
  };
  /** Fees of takers at the base tier, bps of notional. Without one of a venue nothing is said of what is left after fees there. */
  readonly fees: {
    readonly taker: Readonly<Record<Venue, number>>;
    readonly spotTaker: Readonly<Record<Venue, number>>;
  };
  readonly funding: {
    /** 8h-equivalent rates that differ by at least this much between two venues are an arbitrage, fraction (SPEC §7). */
    readonly arbitrage: number;
    /** Days for which an arbitrage or a carry without an expiry is held: what its fees are spread over. */
    readonly holdingDays: number;
    /** A rate at this share of its cap is about to be held by it. */
    readonly capShare: number;
  };
  readonly openInterest: {
    /** Changes of the total beyond which it rises or falls, fractions over 1, 4 and 24 h. */
    readonly trend1h: number;
    readonly trend4h: number;
    readonly trend24h: number;
  };
  readonly carry: {
    /** Yearly yield on capital after fees from which a carry is worth telling, fraction (SPEC §10). */
    readonly minYield: number;
    /** Margin that the short leg ties up besides, as a share of its notional; nothing where the coin itself is the margin. */
    readonly margin: number;
    /** Annualised basis within which a curve is neither in contango nor in backwardation, fraction. */
    readonly deadBand: number;
    /** A dated future this close to its expiry has no annualised basis, days. */
    readonly nearExpiryDays: number;
  };
  readonly markCheck: {
    /** Samples of (mid − index) in the moving average of price 2, and the seconds between two. */
    readonly samples: number;
    readonly everySeconds: number;
    /** What each venue's spot weighs in the index, for a check of it; weights are normalised. Empty for none: venues do not stream their components. */
    readonly indexWeights: Readonly<Record<Venue, number>>;
  };
  readonly stale: {
    /** A feed is stale after this many usual periods … */
    readonly periods: number;
    /** … but never before this many ms. */
    readonly floorMs: number;
  };
  /** Venues in the order in which an asset's own price, drift and regime are read off them. Others come after them. */
  readonly lead: { readonly venues: readonly Venue[] };
  /** A feed that prints no liquidation for so many minutes in which another prints so many is suspect (SPEC §2). */
  readonly contradiction: { readonly minutes: number; readonly prints: number };
  readonly options: {
    /** A put/call ratio above this is bearish, one below the other bullish (SPEC §11). */
    readonly putCallBearish: number;
    readonly putCallBullish: number;
    /** Trailing window of a ratio's percentile, hours, and how many of them it needs. */
    readonly putCallWindowHours: number;
    readonly putCallMinHours: number;
    /** Volatility is not interpolated between strikes whose calls are farther apart than this in delta. */
    readonly widestDeltaGap: number;
    /** IV of 90 days within this share of that of 7 days is a flat term structure. */
    readonly termFlat: number;
    /** Days of DVOL that IV rank and percentile are taken over, and how many they need. */
    readonly dvolDays: number;
    readonly dvolMinDays: number;
    /** IV percentile from which premium is rich, and up to which it is cheap. */
    readonly premiumRich: number;
    readonly premiumCheap: number;
    /** Seconds between two looks at a chain. */
    readonly everySeconds: number;
    /** Expiries that a frame carries, and strikes of one. */
    readonly expiries: number;
    readonly strikes: number;
  };
  /** Levels per side that a frame carries. */
  readonly ladderLevels: number;
  /** Minutes before and after a settlement that are marked as its window. */
  readonly settlementWindowMinutes: number;
}

export const DEFAULT_SETTINGS: EngineSettings = {
  depth: {
    tier1: { bandBps: 25, halfLifeBps: 25 },
    tier2: { bandBps: 50, halfLifeBps: 50 },
    tier1Assets: ['BTC', 'ETH'],
    overrides: {},
  },
  oib: { ewmaHalfLifeSeconds: 30, shock: 0.7, minPairs: 60 },
  sampling: { clock: 'time', notional: 1e6 },
  flow: { minMinutes: 24 },
  vpin: { buckets: 50 },
  kyle: { minMinutes: 30 },
  volatility: {
    minReturns: 45,
    windowHours: 168,
    minValues: 24,
    lowQuantile: 0.25,
    highQuantile: 0.75,
  },
  meanReversion: {
    z60: 1.5,
    z240: 1,
    minShare: 0.75,
    // 5 % of random walks of 250 steps lie below (Fuller 1976, table 8.5.2; constant, no trend).
    dickeyFuller: -2.88,
    lag: 15,
    // One-sided 5 % of the normal distribution.
    varianceRatioZ: 1.645,
  },
  crossMarket: { dislocationZ: 2, minMinutes: 60, minVolumeShock: 0.25 },
  drift: {
    alpha: 1,
    beta: 1,
    gamma: 0,
    windowHours: 168,
    minValues: 24,
    basis: 'fair',
    funding: 'predicted',
    rho: 'distance',
    steadyZ: 0.2,
  },
  gate: { quantile: 0.85, windowHours: 720, minCells: 48, threshold: null, holdSeconds: 5 },
  regime: { oiShock: -2, liquidationZ: 3, depthQuantile: 0.2, fundingZ: 1, exitShare: 0.75 },
  cascade: {
    medium: 100e6,
    high: 200e6,
    critical: 500e6,
    withinShare: 0.05,
    leverage: [
      [5, 0.3],
      [10, 0.3],
      [25, 0.2],
      [50, 0.12],
      [100, 0.08],
    ],
    leverageLow: [
      [5, 0.5],
      [10, 0.3],
      [25, 0.12],
      [50, 0.06],
      [100, 0.02],
    ],
    leverageHigh: [
      [5, 0.12],
      [10, 0.2],
      [25, 0.25],
      [50, 0.23],
      [100, 0.2],
    ],
    // The large are careful: with these a bracket of BTC is that of the leverage or a better one.
    positionUsd: [
      [5, 5e6],
      [10, 2e6],
      [25, 5e5],
      [50, 2e5],
      [100, 5e4],
    ],
    // Shipped defaults, all of BTC (venues.md §1.9). Smaller coins have dearer ones.
    tiers: {
      // Asking for them needs a key: BTCUSDT as published in 2024.
      binance: [
        [50e3, 0.004, 125],
        [600e3, 0.005, 100],
        [3e6, 0.0065, 75],
        [12e6, 0.01, 50],
        [70e6, 0.02, 25],
        [100e6, 0.025, 20],
        [230e6, 0.05, 10],
        [480e6, 0.1, 5],
        [null, 0.125, 4],
      ],
      // GET /v5/market/risk-limit?category=linear&symbol=BTCUSDT.
      bybit: [
        [2e6, 0.005, 100],
        [4e6, 0.01, 57.14],
        [null, 0.015, 40],
      ],
      // The lowest of GET /api/v5/public/position-tiers?instType=SWAP&tdMode=cross&instFamily=BTC-USDT.
      okx: [[null, 0.004, 100]],
      // It states only `max_leverage`, 50: half of that margin of 2 % is where maintenance begins.
      deribit: [[null, 0.01, 50]],
      // Half of the margin of its `maxLeverage`, 40; its own brackets come with its listings.
      hyperliquid: [[null, 0.0125, 40]],
    },
    minPlacedShare: 0.25,
    minCoveredShare: 0.5,
    overrides: {},
  },
  fees: {
    // Base tiers without discounts, by the public schedules: binance.com/en/fee, bybit.com/en/announcement-info/fee-rate, okx.com/fees,
    // hyperliquid.gitbook.io/hyperliquid-docs/trading/fees, deribit.com/kb/fees.
    taker: { binance: 5, bybit: 5.5, okx: 5, hyperliquid: 4.5, deribit: 5 },
    spotTaker: { binance: 10, bybit: 10, okx: 10, hyperliquid: 7 },
  },
  funding: { arbitrage: 0.0002, holdingDays: 30, capShare: 0.8 },
  openInterest: { trend1h: 0.005, trend4h: 0.01, trend24h: 0.02 },
  carry: { minYield: 0.05, margin: 0.2, deadBand: 0.005, nearExpiryDays: 1 },
  // Binance: thirty points, one every five seconds (its FAQ 360033525071, mark price of perpetual contracts).
  markCheck: { samples: 30, everySeconds: 5, indexWeights: {} },
  stale: { periods: 3, floorMs: 3000 },
  lead: { venues: ['binance', 'bybit', 'okx', 'hyperliquid', 'deribit'] },
  contradiction: { minutes: 5, prints: 30 },
  options: {
    putCallBearish: 1.2,
    putCallBullish: 0.7,
    putCallWindowHours: 720,
    putCallMinHours: 24,
    widestDeltaGap: 0.5,
    termFlat: 0.02,
    dvolDays: 365,
    dvolMinDays: 30,
    premiumRich: 0.8,
    premiumCheap: 0.2,
    everySeconds: 5,
    expiries: 12,
    strikes: 60,
  },
  ladderLevels: 25,
  settlementWindowMinutes: 5,
};

/** What a scanner of all perps carries. */
export interface ScannerSettings {
  /** Whether every live command carries all perps, the screen included, and not only those that print scans. */
  readonly always: boolean;
  /** Books besides the watched ones: of those that trade most. */
  readonly books: number;
  /** Seconds between scans. */
  readonly everySeconds: number;
  /** Minutes between looks at which perps trade most. */
  readonly rerankMinutes: number;
}

export const DEFAULT_SCANNER: ScannerSettings = {
  always: false,
  books: 40,
  everySeconds: 5,
  rerankMinutes: 5,
};

/** Band and half-life that apply to an asset's books. */
export const tierOf = (asset: Asset, settings: EngineSettings): DepthTier =>
  settings.depth.overrides[asset] ??
  (settings.depth.tier1Assets.includes(asset) ? settings.depth.tier1 : settings.depth.tier2);
