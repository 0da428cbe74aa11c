import { assert, assertMeasurable } from './invariant.ts';
import { createRing, popRing, pushRing, type Ring } from './ring.ts';
import {
  countBelow,
  createSortedBlocks,
  insertSorted,
  removeSorted,
  type SortedBlocks,
  sortedAt,
} from './sorted-blocks.ts';

/**
 * Exact quantiles of the numbers in a window, kept as the window moves: the ring says which number
 * leaves, the sorted blocks keep the order.
 */
export interface Quantiles {
  readonly values: Ring;
  readonly sorted: SortedBlocks;
}

/** An empty window over the last `capacity` numbers. */
export function createQuantiles(capacity: number): Quantiles {
  return quantilesOver(createRing(capacity));
}

/** Quantiles of an empty ring that its owner fills, calling `followQuantiles` after every change. */
export function quantilesOver(values: Ring): Quantiles {
  return { values, sorted: createSortedBlocks() };
}

/** Takes `x` in; the oldest number goes when the window is full. */
export function pushQuantiles(quantiles: Quantiles, x: number): void {
  assertMeasurable(x);
  followQuantiles(quantiles, pushRing(quantiles.values, x), x);
}

/** Takes the oldest number out, as a window bounded by time does. @returns it, NaN when empty. */
export function evictOldestQuantiles(quantiles: Quantiles): number {
  const oldest = popRing(quantiles.values);
  followQuantiles(quantiles, oldest, Number.NaN);
  return oldest;
}

/** Brings the order in line with the ring after `left` left it and `entered` entered (NaN: none). */
export function followQuantiles(quantiles: Quantiles, left: number, entered: number): void {
  if (!Number.isNaN(left)) {
    assert(removeSorted(quantiles.sorted, left), 'what leaves a window was in its order');
  }
  if (!Number.isNaN(entered)) insertSorted(quantiles.sorted, entered);
}

/** How many numbers the window holds now. */
export function quantilesCount(quantiles: Quantiles): number {
  return quantiles.values.size;
}

/**
 * The value below which a share `p` (0 … 1) of the window lies: linear interpolation between the
 * order statistics around rank (n − 1)·p, type 7 of Hyndman and Fan 1996 (NumPy's and R's default).
 *
 * @returns NaN when the window is empty.
 */
export function quantileOf(quantiles: Quantiles, p: number): number {
  assert(p >= 0 && p <= 1, 'a quantile lies between 0 and 1');
  const { sorted } = quantiles;
  const rank = (sorted.size - 1) * p;
  const below = Math.floor(rank);
  const low = sortedAt(sorted, below);
  if (below === rank) return low;
  return low + (rank - below) * (sortedAt(sorted, below + 1) - low);
}

/** Share of the window strictly below `x`, 0 … 1: its percentile as a desk quotes it; NaN when empty. */
export function shareBelow(quantiles: Quantiles, x: number): number {
  const { sorted } = quantiles;
  return sorted.size === 0 ? Number.NaN : countBelow(sorted, x) / sorted.size;
}
