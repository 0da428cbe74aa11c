import { type BookTop, type Tape, TOP } from '../tapes/tape.ts';
import { imbalanceOf, weightOf } from '../tapes/true-book.ts';

/** Somebody who makes books of the messages of a tape. */
export interface Contender {
  /** For people: `tardis-dev 13.35.3`. */
  readonly name: string;
  /** Everything before the first message: listings, snapshots. Not timed. */
  start(tape: Tape): Run;
}

/** One way through a tape, message after message. */
export interface Run {
  /** Takes the messages `from` … `to` − 1. The only part that is timed. */
  turn(from: number, to: number): void;
  /** What it has made of them; undefined for a contender that keeps no book. */
  readonly made: Made | undefined;
}

/** What a contender arrives at, to be compared with the truth of the tape. */
export interface Made {
  /** Level changes handed to its books. */
  changes(): number;
  /** Best bid and best ask after every message, as `Truth.touches`. Written during the turns. */
  readonly touches: Float64Array;
  tops(): readonly BookTop[];
  /** Imbalance of all books now; null where it keeps less depth than the band asks for. */
  imbalances(): readonly number[] | null;
  /** Those it took by itself during the turns, in the order of `Truth.imbalances`; null when it took none. */
  readonly taken: readonly number[] | null;
  readonly trades: { count: number; notional: number } | null;
}

/** What peers answer a `depthUpdate` in a combined envelope with: the fields that everybody's code looks at. */
export interface DepthMessage {
  readonly stream: string;
  readonly data: {
    readonly b: readonly (readonly [price: string, size: string])[];
    readonly a: readonly (readonly [price: string, size: string])[];
  };
}

/** Depth of a side, best level first, weighted as the imbalance wants it, from prices and sizes. */
function weightedDepth(
  levels: Iterable<readonly [price: number, size: number]>,
  mid: number,
): number {
  let sum = 0;
  for (const [price, size] of levels) {
    const weight = weightOf(price, mid);
    if (weight === 0) break;
    sum += price * size * weight;
  }
  return sum;
}

/** Imbalance of two sides that give their levels best first. */
export function imbalanceOfSides(
  bids: () => Iterable<readonly [price: number, size: number]>,
  asks: () => Iterable<readonly [price: number, size: number]>,
): number {
  const best = (side: Iterable<readonly [number, number]>): number => {
    for (const [price] of side) return price;
    return Number.NaN;
  };
  const mid = (best(bids()) + best(asks())) / 2;
  return imbalanceOf(weightedDepth(bids(), mid), weightedDepth(asks(), mid));
}

/** The first levels of a side. */
export function firstOf(
  levels: Iterable<readonly [price: number, size: number]>,
  count: number,
): (readonly [number, number])[] {
  const out: (readonly [number, number])[] = [];
  for (const [price, size] of levels) {
    if (out.length === count) break;
    out.push([price, size]);
  }
  return out;
}

/** What a contender with a book of one symbol arrives at, whose sides give their levels from the best on. */
export const madeOf = (
  bidSide: () => Iterable<readonly [price: number, size: number]>,
  askSide: () => Iterable<readonly [price: number, size: number]>,
  touches: Float64Array,
  changes: () => number,
): Made => ({
  changes,
  touches,
  tops: () => [{ bids: firstOf(bidSide(), TOP), asks: firstOf(askSide(), TOP) }],
  imbalances: () => [imbalanceOfSides(bidSide, askSide)],
  taken: null,
  trades: null,
});
