/**
 * The open positions of one perp, as liquidation prices: per side a histogram over log price
 * (5 bps wide bins) of the lots that die there, plus the lots that do not die (hedged or unlevered).
 * The longs, the shorts and the open interest are always the same number of lots.
 */
export interface Positions {
  readonly origin: number;
  readonly long: Cohorts;
  readonly short: Cohorts;
}

/** The positions of one side. */
export interface Cohorts {
  /** Lots per bin before `scale`; the market closes positions by shrinking the scale. */
  readonly bins: Float64Array;
  scale: number;
  safe: number;
  /** Positions whose liquidation price was crossed and whose orders are not sent yet. */
  dying: number;
  /** Outermost bin that may hold anything, on the side nearest to the price. */
  edge: number;
}

/** The position that dies. */
export type LiquidatedSide = 'long' | 'short';

const BIN_LOG = 0.0005;
const BINS = 4000;
const MIDDLE = BINS / 2;
const LEVERAGES = [5, 10, 25, 50, 100] as const;
const HOT = [0, 0, 0.3, 0.4, 0.3] as const;
const CAREFUL = [0.75, 0.25, 0, 0, 0] as const;
/** Of the careful, this share holds no position that can be liquidated at all. */
const HEDGED = 0.7;
const RENORMALISE_BELOW = 1e-6;

const createCohorts = (edge: number): Cohorts => ({
  bins: new Float64Array(BINS),
  scale: 1,
  safe: 0,
  dying: 0,
  edge,
});

/** No positions; prices are binned around `price`. */
export const createPositions = (price: number): Positions => ({
  origin: Math.log(price),
  long: createCohorts(0),
  short: createCohorts(BINS - 1),
});

const binOf = (positions: Positions, price: number): number => {
  const bin = Math.floor((Math.log(price) - positions.origin) / BIN_LOG) + MIDDLE;
  return Math.min(BINS - 1, Math.max(0, bin));
};

/** Liquidation price of an isolated position: SPEC §9, L leverage, m maintenance rate. */
export function liquidationPrice(
  side: LiquidatedSide,
  entry: number,
  leverage: number,
  maintenanceRate: number,
): number {
  return side === 'long'
    ? (entry * (1 - 1 / leverage)) / (1 - maintenanceRate)
    : (entry * (1 + 1 / leverage)) / (1 + maintenanceRate);
}

/** Opens `lots` at a price on one side; `hot` of them with 25× and more. */
export function open(
  positions: Positions,
  side: LiquidatedSide,
  price: number,
  lots: number,
  hot: number,
  maintenanceRate: number,
): void {
  const cohorts = positions[side];
  const careful = lots * (1 - hot);
  cohorts.safe += careful * HEDGED;
  for (let index = 0; index < LEVERAGES.length; index++) {
    const share = hot * HOT[index]! + (1 - hot) * (1 - HEDGED) * CAREFUL[index]!;
    if (share === 0) continue;
    const at = liquidationPrice(side, price, LEVERAGES[index]!, maintenanceRate);
    const bin = binOf(positions, at);
    cohorts.bins[bin]! += (lots * share) / cohorts.scale;
    cohorts.edge = side === 'long' ? Math.max(cohorts.edge, bin) : Math.min(cohorts.edge, bin);
  }
}

/** Opens the two sides of the same lots at a price. */
export function openBoth(
  positions: Positions,
  price: number,
  lots: number,
  hotLongs: number,
  hotShorts: number,
  maintenanceRate: number,
): void {
  open(positions, 'long', price, lots, hotLongs, maintenanceRate);
  open(positions, 'short', price, lots, hotShorts, maintenanceRate);
}

/** Lots held on a side, the dying included. */
export function heldLots(cohorts: Cohorts): number {
  let raw = 0;
  for (const lots of cohorts.bins) raw += lots;
  return raw * cohorts.scale + cohorts.safe + cohorts.dying;
}

/** Closes `lots` out of `held` in proportion over everything that is not already dying. */
export function close(cohorts: Cohorts, lots: number, held: number): void {
  const alive = held - cohorts.dying;
  if (alive <= 0 || lots <= 0) return;
  const keep = Math.max(0, 1 - lots / alive);
  cohorts.safe *= keep;
  cohorts.scale *= keep;
  if (cohorts.scale >= RENORMALISE_BELOW) return;
  for (let bin = 0; bin < BINS; bin++) cohorts.bins[bin]! *= cohorts.scale;
  cohorts.scale = 1;
}

/** Adds lots that cannot be liquidated (a buyer of somebody's liquidation, the insurance fund). */
export const openSafe = (cohorts: Cohorts, lots: number): void => {
  cohorts.safe += lots;
};

/**
 * Marks as dying what the mark price has crossed.
 *
 * @returns the lots that started to die.
 */
export function cross(positions: Positions, side: LiquidatedSide, markPrice: number): number {
  const cohorts = positions[side];
  const bin = binOf(positions, markPrice);
  let crossed = 0;
  const step = side === 'long' ? -1 : 1;
  for (let at = cohorts.edge; side === 'long' ? at > bin : at < bin; at += step) {
    crossed += cohorts.bins[at]!;
    cohorts.bins[at] = 0;
    cohorts.edge = at + step;
  }
  crossed *= cohorts.scale;
  cohorts.dying += crossed;
  return crossed;
}

/** Lots that would be liquidated if the mark moved to `price`. */
export function lotsWithin(positions: Positions, side: LiquidatedSide, price: number): number {
  const { bins, scale, edge } = positions[side];
  const bin = binOf(positions, price);
  let lots = 0;
  const step = side === 'long' ? -1 : 1;
  for (let at = edge; side === 'long' ? at > bin : at < bin; at += step) lots += bins[at]!;
  return lots * scale;
}
