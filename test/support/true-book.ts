import type { RecordedLine } from './recordings.ts';

type TextLevels = readonly (readonly [price: string, size: string])[];

interface Depth {
  readonly U: number;
  readonly u: number;
  readonly pu?: number;
  readonly b: TextLevels;
  readonly a: TextLevels;
}

/**
 * The obvious book of a clean Binance recording: a map of price texts, nothing of our own code. The oracle for the real one.
 */
export class TrueBook {
  readonly #bids = new Map<number, number>();
  readonly #asks = new Map<number, number>();
  readonly #waiting: Depth[] = [];
  #lastId = -1;
  #quote: { u: number; top: string } | null = null;
  applied = 0;
  quoteChecks = 0;
  quoteMismatches = 0;

  /** Takes one line; true when it changed the book. */
  take({ chan, msg }: RecordedLine): boolean {
    if (chan?.startsWith('rest:')) {
      const { lastUpdateId, bids, asks } = JSON.parse(msg);
      this.#set(bids, asks);
      this.#lastId = lastUpdateId;
      for (const depth of this.#waiting) if (depth.u >= lastUpdateId) this.#apply(depth);
      return true;
    }
    const { data } = JSON.parse(msg);
    if (chan?.includes('@depth')) {
      if (this.#lastId < 0) this.#waiting.push(data);
      else if (data.u > this.#lastId) this.#apply(data);
      else return false;
      return this.#lastId >= 0;
    }
    if (chan?.includes('@bookTicker')) {
      const { u, b, B, a, A } = data;
      this.#quote = { u, top: [b, B, a, A].map(Number).join(' ') };
      this.#check();
    }
    return false;
  }

  top(n: number) {
    const sorted = (levels: Map<number, number>, better: number) =>
      [...levels].sort((x, y) => better * (x[0] - y[0])).slice(0, n);
    return { bids: sorted(this.#bids, -1), asks: sorted(this.#asks, 1) };
  }

  #apply({ U, u, pu, b, a }: Depth): void {
    // On the first one the spot rule holds for both: it has to reach over the snapshot.
    const follows = U <= this.#lastId + 1 || pu === this.#lastId;
    if (!follows) throw new Error(`the recording has a gap before ${U}`);
    this.#set(b, a);
    this.#lastId = u;
    this.applied += 1;
    this.#check();
  }

  #set(bids: TextLevels, asks: TextLevels): void {
    for (const [side, levels] of [
      [this.#bids, bids],
      [this.#asks, asks],
    ] as const)
      for (const [price, size] of levels) {
        if (Number(size) === 0) side.delete(Number(price));
        else side.set(Number(price), Number(size));
      }
  }

  #check(): void {
    if (this.#quote?.u !== this.#lastId) return;
    let bid = -Infinity;
    let ask = Infinity;
    for (const price of this.#bids.keys()) bid = Math.max(bid, price);
    for (const price of this.#asks.keys()) ask = Math.min(ask, price);
    const top = [bid, this.#bids.get(bid), ask, this.#asks.get(ask)].join(' ');
    this.quoteChecks += 1;
    if (this.#quote.top !== top) this.quoteMismatches += 1;
  }
}
