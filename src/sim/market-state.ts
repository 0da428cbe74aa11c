import type { Random } from '../stats/random.ts';
import type { AssetSpec } from './assets.ts';
import type { BoardName } from './boards/index.ts';
import type { Listing, MarketSink } from './market-flow.ts';
import type { Funding, Settlement } from './market-funding.ts';
import type { LiquidatedSide, Positions } from './market-positions.ts';
import type { Tape } from './market-tape.ts';
import type { Mood, Scenario } from './scenarios.ts';

/** Length of the shortest step of a coin; all markets hear of the common shock at its multiples. */
export const STEP_MS = 50;
/** Where many coins are listed, each has its turn in one of the slots of this length. */
export const SLOT_MS = 10;
/** For annualised volatilities: crypto trades every day. */
export const SECONDS_PER_YEAR = 365 * 86_400;

/** A forced order, after it hit the book. */
export interface Liquidation {
  readonly asset: string;
  readonly liquidatedSide: LiquidatedSide;
  readonly lots: number;
  readonly filledLots: number;
  readonly lastLots: number;
  readonly limitTicks: number;
  readonly averageTicks: number;
  readonly atMs: number;
}

/** Hears the whole market: books and trades, forced orders, settlements, the end of every step. */
export interface MarketListener extends MarketSink {
  liquidation(asset: AssetState, liquidation: Liquidation): void;
  settlement(asset: AssetState, settlement: Settlement): void;
  /** Begins to trade. Left out: the venue does not announce it, and lists it when asked. */
  listed?(asset: AssetState): void;
  /** Was delivered, and is not listed any more. Nothing happens on it afterwards. */
  delisted?(asset: AssetState): void;
  /** All events up to `nowMs` were told. */
  stepped(nowMs: number): void;
}

/** One coin of one venue at run time. Plain data. */
export interface AssetState {
  readonly spec: AssetSpec;
  /** The same coin where its price is made; null for the leader itself. */
  readonly leader: AssetState | null;
  readonly random: Random;
  /** Its derivative: a perpetual or a dated contract. */
  readonly perp: Listing;
  /** Null where the coin has no spot market here. */
  readonly spot: Listing | null;
  readonly tape: Tape;
  readonly funding: Funding;
  readonly positions: Positions;
  /** Market-wide shocks since the last step. */
  shocks: number;
  /** Latent price of one coin (log), elsewhere as far as the news has come; and where it began. */
  logPrice: number;
  readonly homeLogPrice: number;
  /** Where the price was during the last minutes. */
  slowLogPrice: number;
  /** A jump that fades. */
  jump: number;
  /** Distance of this venue's prices from the leader's (log). */
  gap: number;
  /** Log of the volatility relative to its mean. */
  heat: number;
  /** Fair premium of the derivative over spot, fraction. */
  premium: number;
  /** Recent absolute return relative to what calm would give; 1 is ordinary. */
  turbulence: number;
  secondLogPrice: number;
  mood: Mood;
  phase: string;
  /** In the perp's own price units. */
  indexPrice: number;
  /** Opinion of the index's other venues relative to spot here, fraction. */
  indexLean: number;
  /** Average of the index over about the last half hour: the estimated settlement price. */
  indexAverage: number;
  markPrice: number;
  /** Index plus the moving average of the perp's basis. */
  markAverage: number;
  basisAverage: number;
  /** Perp lots, one side; the venue publishes it every few seconds. */
  openInterest: number;
  readonly homeOpenInterest: number;
  published: { lots: number; atMs: number };
  /** Slow mood swings between opening and closing, on top of the scenario's. */
  appetite: number;
  /** Perp lots opened (closed: negative) by trades since the last second. */
  opened: number;
  readonly dyingDue: Record<LiquidatedSide, number>;
  readonly nextOrderLots: Record<LiquidatedSide, number>;
}

/** The whole simulated market at an instant. Plain data: a structured clone is a checkpoint. */
export interface Market {
  readonly seed: number;
  readonly startMs: number;
  nowMs: number;
  /** The market lives on in portions of this length: `STEP_MS`, or `SLOT_MS` if coins have offsets. */
  readonly slotMs: number;
  readonly random: Random;
  scenario: Scenario;
  scenarioSinceMs: number;
  /** The coins of the leader. */
  assets: readonly AssetState[];
  /** What other venues list of the same coins. */
  followers: readonly AssetState[];
  /** The other venues. */
  readonly boards: readonly BoardName[];
  /** When the next dated contract is delivered, ms; Infinity for none. */
  nextDeliveryMs: number;
}
