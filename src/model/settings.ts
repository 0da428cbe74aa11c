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
  oib: { ewmaHalfLifeSeconds: 30, shock: 0.7 },
  drift: {
    alpha: 1,
    beta: 1,
    gamma: 0,
    windowHours: 168,
    minValues: 24,
    basis: 'fair',
    funding: 'predicted',
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
  stale: { periods: 3, floorMs: 3000 },
  lead: { venues: ['binance', 'bybit', 'okx', 'hyperliquid', 'deribit'] },
  contradiction: { minutes: 5, prints: 30 },
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
