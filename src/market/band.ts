import { stepOf } from '../model/grid.ts';
import { type Book, knownBps } from './book.ts';
import { levelCount, type Side, topLevels } from './ladder.ts';

/** Depth of one side of a book near mid. */
export interface BandDepth {
  /** Σ size · price within the band, in quote currency. */
  readonly depth: number;
  /** The same, each level weighted by its distance from mid. */
  readonly weighted: number;
  /** How much of the band is known, bps from mid: less than the band asked for makes the depth `partial`. */
  readonly coveredBps: number;
}

/** Levels at the very edge of the band belong to it; the quotient of two doubles may miss the edge by this many ticks. */
const EDGE_TICKS = 1e-6;

/**
 * Depth of one side within `bandBps` of `midPrice` (SPEC §4).
 *
 * depth = Σ size · price over |p/m − 1| ≤ band; weighted = Σ size · price · w(p), w(p) = exp(−λ·|p/m − 1|),
 * λ = ln 2 / (`halfLifeBps` · 1e-4): an order `halfLifeBps` away counts half.
 *
 * Prices stand on a uniform grid, so the weight falls by one constant factor per tick: one multiplication instead of an
 * exponential, equal to it within 1e-9. Recomputed from the levels each time: updating it with the book is neither faster nor
 * exact (performance.md §2). A book that is not whole has no levels and gives zeros.
 *
 * @param midPrice mid of this very book: between its best bid and best ask.
 */
export function bandDepth(
  book: Book,
  side: Side,
  midPrice: number,
  bandBps: number,
  halfLifeBps: number,
): BandDepth {
  const { priceGrid, sizeGrid, sizeUnit } = book.instrument;
  if (sizeUnit !== 'base') return bandOfNotional(book, side, midPrice, bandBps, halfLifeBps);
  const half = book.ladder[side];
  const { lots, marks, best } = half;
  const coveredBps = Math.min(bandBps, knownBps(book, side));
  if (best === -Infinity) return { depth: 0, weighted: 0, coveredBps };

  const band = bandBps * 1e-4;
  const midTicks = (midPrice * priceGrid.scale) / priceGrid.units;
  const lambda = Math.LN2 / (halfLifeBps * 1e-4);
  // In keys, which grow towards the touch on both sides (see ladder.ts).
  const sign = side === 'bid' ? 1 : -1;
  const weightAt = (key: number): number =>
    Math.exp(-lambda * Math.abs((sign * key) / midTicks - 1));
  const edge = Math.ceil(sign * midTicks * (1 - sign * band) - EDGE_TICKS);

  let sum = 0;
  let nextSum = 0;
  let weightedSum = 0;
  let nextWeightedSum = 0;
  const perTick = Math.exp(-lambda / midTicks);
  const perTwo = perTick * perTick;
  const perWord = perTick ** 32;
  const mask = lots.length - 1;
  const last = Math.max(edge, half.base);
  let weight = weightAt(best);
  let key = best;
  while (key >= last) {
    // Never in the middle of a word: the first one holds the touch.
    if (marks[(key & mask) >>> 5] === 0) {
      weight *= perWord;
      key -= 32;
      continue;
    }
    // To the end of this word of the bitmap, or of the band. Two ticks at a time, and the empty ones like the others: adding nothing is cheaper than
    // asking, and the processor need not wait for one product before it begins with the next.
    const end = Math.max(last, key - (key & 31));
    let nextWeight = weight * perTick;
    for (; key > end; key -= 2) {
      const notional = lots[key & mask]! * key;
      const nextNotional = lots[(key - 1) & mask]! * (key - 1);
      sum += notional;
      nextSum += nextNotional;
      weightedSum += notional * weight;
      nextWeightedSum += nextNotional * nextWeight;
      weight *= perTwo;
      nextWeight *= perTwo;
    }
    if (key === end) {
      const notional = lots[key & mask]! * key;
      sum += notional;
      weightedSum += notional * weight;
      weight = nextWeight;
      key--;
    }
  }
  sum += nextSum;
  weightedSum += nextWeightedSum;
  if (edge < half.base)
    for (const [far, size] of half.far)
      if (far >= edge) {
        sum += size * far;
        weightedSum += size * far * weightAt(far);
      }

  const unit = sign * stepOf(priceGrid) * stepOf(sizeGrid);
  return { depth: sum * unit, weighted: weightedSum * unit, coveredBps };
}

/** The same of a book whose sizes are notional already: the price of a level only says how far away it is. */
function bandOfNotional(
  book: Book,
  side: Side,
  midPrice: number,
  bandBps: number,
  halfLifeBps: number,
): BandDepth {
  const { priceGrid, sizeGrid } = book.instrument;
  const lambda = Math.LN2 / (halfLifeBps * 1e-4);
  const midTicks = (midPrice * priceGrid.scale) / priceGrid.units;
  const edge = (midTicks * bandBps) / 1e4 + EDGE_TICKS;
  const levels: number[] = [];
  const count = topLevels(book.ladder, side, levelCount(book.ladder, side), levels);
  let depth = 0;
  let weighted = 0;
  for (let i = 0; i < count; i++) {
    const away = Math.abs(levels[2 * i]! - midTicks);
    if (away > edge) break;
    depth += levels[2 * i + 1]!;
    weighted += levels[2 * i + 1]! * Math.exp(-lambda * (away / midTicks));
  }
  const unit = stepOf(sizeGrid);
  return {
    depth: depth * unit,
    weighted: weighted * unit,
    coveredBps: Math.min(bandBps, knownBps(book, side)),
  };
}
