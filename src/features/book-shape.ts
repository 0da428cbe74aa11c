import { bandDepth } from '../market/band.ts';
import { coinsAt } from '../market/book.ts';
import { type Side, topLevels } from '../market/ladder.ts';
import type { InstrumentState } from '../market/state.ts';
import { derive, type Reading } from '../model/reading.ts';
import type { BookSample } from './book-sample.ts';

/** Distances at which depth is looked at for a slope, the last of them the edge of the band: enough to see its shape, few enough to ask every second. */
const STEPS = 4;

/** Levels of each side of the imbalance at the top. */
const TOP = 5;

/**
 * Σ d · D(d) / Σ d² of one side, USD per bp.
 *
 * @param depth D at the edge of the band.
 */
function slopeOf(
  { book }: InstrumentState,
  side: Side,
  mid: number,
  bandBps: number,
  depth: number,
): number {
  let products = bandBps * depth;
  let squares = bandBps * bandBps;
  for (let step = 1; step < STEPS; step += 1) {
    const distance = (bandBps * step) / STEPS;
    // The half-life weighs what is not asked for here.
    products += distance * bandDepth(book, side, mid, distance, bandBps).depth;
    squares += distance * distance;
  }
  return products / squares;
}

/**
 * Slope of the book (SPEC §4): USD that rest per bp of distance from mid on one side; the least-squares line through mid and the depths at a quarter, a half
 * … of the band. A book of even depth has depth / band, one that is heavy at the touch more, one that is heavy at the edge less. NaN where the depth of the
 * band is not live.
 */
export function bookSlope(
  state: InstrumentState,
  side: Side,
  { mid, depthBid, depthAsk, bandBps }: BookSample,
): number {
  const depth = side === 'bid' ? depthBid : depthAsk;
  return mid.state === 'live' && depth.state === 'live'
    ? slopeOf(state, side, mid.value, bandBps, depth.value)
    : Number.NaN;
}

/** Coins in the best five levels of a side, or all of them where there are fewer. */
function topSize({ book, instrument }: InstrumentState, side: Side): number {
  const levels = new Float64Array(2 * TOP);
  const count = topLevels(book.ladder, side, TOP, levels);
  let size = 0;
  for (let i = 0; i < count; i += 1)
    size += coinsAt(instrument, levels[2 * i]!, levels[2 * i + 1]!) ?? Number.NaN;
  return size;
}

/** Imbalance of the best five levels by size: −1 (asks only) … +1 (bids only). Absent where the book or the worth of its sizes is unknown. */
export const topImbalance = (state: InstrumentState, { microprice }: BookSample): Reading =>
  derive([microprice] as const, () => {
    const bid = topSize(state, 'bid');
    const ask = topSize(state, 'ask');
    return (bid - ask) / (bid + ask);
  });
