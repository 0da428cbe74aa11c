/** Levels as [price in ticks, size in lots]. */
export type TrueLevels = (readonly [ticks: number, lots: number])[];

/** Steps of a price or size: `steps / scale` is the double that the venue's text parses to. */
export interface Scales {
  readonly price: number;
  readonly size: number;
}

/** Band and half-life of the imbalance, as of tier 1 (SPEC §4). */
export const BAND_BPS = 25;
export const HALF_LIFE_BPS = 25;

const LAMBDA = Math.LN2 / (HALF_LIFE_BPS * 1e-4);

/** Levels at the very edge belong to the band; the quotient of two doubles may miss it by this much. */
const EDGE = 1e-12;

/** Weight of a price in the imbalance, straight from the formula; 0 outside the band. */
export function weightOf(price: number, mid: number): number {
  const away = Math.abs(price / mid - 1);
  return away <= BAND_BPS * 1e-4 + EDGE ? Math.exp(-LAMBDA * away) : 0;
}

/** (bid − ask) / (bid + ask); 0 where nothing rests inside the band. */
export const imbalanceOf = (bid: number, ask: number): number =>
  bid + ask === 0 ? 0 : (bid - ask) / (bid + ask);

/** Ticks that the touch may fall back by before its side is searched as a whole. */
const WALK_AT_MOST = 2000;

/**
 * The obvious book: a map from tick to lots per side. What every contender has to agree with; nothing in it is ours or a peer's.
 */
export class TrueBook {
  readonly scales: Scales;
  readonly #bids = new Map<number, number>();
  readonly #asks = new Map<number, number>();
  #bestBid = -Infinity;
  #bestAsk = Infinity;

  constructor(scales: Scales) {
    this.scales = scales;
  }

  /** Ticks; ∓Infinity when the side is empty. */
  get bestBid(): number {
    return this.#bestBid;
  }

  get bestAsk(): number {
    return this.#bestAsk;
  }

  lotsAt(isBid: boolean, ticks: number): number {
    return (isBid ? this.#bids : this.#asks).get(ticks) ?? 0;
  }

  count(isBid: boolean): number {
    return (isBid ? this.#bids : this.#asks).size;
  }

  set(isBid: boolean, ticks: number, lots: number): void {
    const side = isBid ? this.#bids : this.#asks;
    if (lots !== 0) {
      side.set(ticks, lots);
      if (isBid) this.#bestBid = Math.max(this.#bestBid, ticks);
      else this.#bestAsk = Math.min(this.#bestAsk, ticks);
      return;
    }
    side.delete(ticks);
    if (isBid && ticks === this.#bestBid) this.#bestBid = bestFrom(side, ticks, -1);
    if (!isBid && ticks === this.#bestAsk) this.#bestAsk = bestFrom(side, ticks, 1);
  }

  /** Best first. */
  levels(isBid: boolean): TrueLevels {
    const better = isBid ? -1 : 1;
    return [...(isBid ? this.#bids : this.#asks)].sort((x, y) => better * (x[0] - y[0]));
  }

  /** Order-book imbalance by the formula, level by level. */
  imbalance(): number {
    const { price } = this.scales;
    const mid = (this.#bestBid + this.#bestAsk) / price / 2;
    const weighted = (side: ReadonlyMap<number, number>): number => {
      let sum = 0;
      for (const [ticks, lots] of side) {
        const weight = weightOf(ticks / price, mid);
        if (weight > 0) sum += lots * ticks * weight;
      }
      return sum;
    };
    return imbalanceOf(weighted(this.#bids), weighted(this.#asks));
  }
}

function bestFrom(side: ReadonlyMap<number, number>, from: number, step: -1 | 1): number {
  for (let away = 1; away <= WALK_AT_MOST; away++)
    if (side.has(from + step * away)) return from + step * away;
  let best = step * Infinity;
  for (const ticks of side.keys()) if (step * ticks < step * best) best = ticks;
  return best;
}
