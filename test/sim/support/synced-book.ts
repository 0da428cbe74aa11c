import type { TrueBook } from '../../../src/sim/binance/simulator.ts';

type Row = readonly [price: string, size: string];

/** A diff event as either product sends it. */
export interface Diff {
  readonly U: number;
  readonly u: number;
  readonly pu?: number;
  readonly b: readonly Row[];
  readonly a: readonly Row[];
}

export interface Snapshot {
  readonly lastUpdateId: number;
  readonly bids: readonly Row[];
  readonly asks: readonly Row[];
}

/** What became of a snapshot or an event. */
export type Step = 'waiting' | 'stale snapshot' | 'bridged' | 'applied' | 'ignored' | 'gap';

/**
 * A book kept by the published rules alone (venues.md §2.5 futures, §2.8 spot), written for the tests
 * without looking at the product's own books: strings in maps, nothing clever.
 */
export class SyncedBook {
  readonly #isSpot: boolean;
  readonly #bids = new Map<string, string>();
  readonly #asks = new Map<string, string>();
  #buffer: Diff[] = [];
  #id: number | null = null;
  #isBridged = false;
  /** Prices the snapshot covers; deeper ones are known only once they changed. */
  #low = 0;
  #high = 0;

  constructor(kind: 'perp' | 'spot') {
    this.#isSpot = kind === 'spot';
  }

  get id(): number | null {
    return this.#isBridged ? this.#id : null;
  }

  get isCrossed(): boolean {
    const bid = Math.max(...[...this.#bids.keys()].map(Number));
    const ask = Math.min(...[...this.#asks.keys()].map(Number));
    return bid >= ask;
  }

  hear(event: Diff): Step {
    if (this.#id === null) {
      this.#buffer.push(event);
      return 'waiting';
    }
    return this.#take(event);
  }

  /** Loads a snapshot and replays what was buffered. */
  load(snapshot: Snapshot): Step {
    const first = this.#buffer[0];
    if (first === undefined) return 'waiting';
    const id = snapshot.lastUpdateId;
    const isStale = this.#isSpot ? id < first.U - 1 : first.U > id && first.pu !== id;
    if (isStale) return 'stale snapshot';
    this.#bids.clear();
    this.#asks.clear();
    for (const [price, size] of snapshot.bids) this.#bids.set(price, size);
    for (const [price, size] of snapshot.asks) this.#asks.set(price, size);
    this.#low = Number(snapshot.bids.at(-1)![0]);
    this.#high = Number(snapshot.asks.at(-1)![0]);
    this.#id = id;
    this.#isBridged = false;
    const buffered = this.#buffer;
    this.#buffer = [];
    let step: Step = 'waiting';
    for (const event of buffered) step = this.#take(event);
    return step;
  }

  #take(event: Diff): Step {
    const id = this.#id!;
    if (this.#isBridged) {
      if (event.u <= id) return 'ignored';
      const isNext = this.#isSpot ? event.U <= id + 1 : event.pu === id;
      return isNext ? this.#apply(event, 'applied') : this.#drop(event);
    }
    if (this.#isSpot ? event.u <= id : event.u < id) return 'ignored';
    const isBridge = this.#isSpot
      ? event.U <= id + 1 && id + 1 <= event.u
      : (event.U <= id && id <= event.u) || event.pu === id;
    if (!isBridge) return this.#drop(event);
    this.#isBridged = true;
    return this.#apply(event, 'bridged');
  }

  #drop(event: Diff): Step {
    this.#id = null;
    this.#isBridged = false;
    this.#buffer = [event];
    return 'gap';
  }

  #apply(event: Diff, step: Step): Step {
    for (const [side, rows] of [
      [this.#bids, event.b],
      [this.#asks, event.a],
    ] as const) {
      for (const [price, size] of rows) {
        if (Number(size) === 0) side.delete(price);
        else side.set(price, size);
      }
    }
    this.#id = event.u;
    return step;
  }

  /** Levels inside the range the snapshot covered, the best first. */
  get covered(): { readonly bids: readonly Row[]; readonly asks: readonly Row[] } {
    return within({ bids: [...this.#bids], asks: [...this.#asks] }, this.#low, this.#high);
  }

  /** The truth cut to the same range. */
  cut(truth: TrueBook): { readonly bids: readonly Row[]; readonly asks: readonly Row[] } {
    return within(truth, this.#low, this.#high);
  }
}

function within(
  book: { readonly bids: readonly Row[]; readonly asks: readonly Row[] },
  low: number,
  high: number,
) {
  const sorted = (rows: readonly Row[], direction: 1 | -1) =>
    rows.toSorted(([left], [right]) => direction * (Number(left) - Number(right)));
  return {
    bids: sorted(book.bids, -1).filter(([price]) => Number(price) >= low),
    asks: sorted(book.asks, 1).filter(([price]) => Number(price) <= high),
  };
}
