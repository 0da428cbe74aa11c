import type { Levels, Side } from './market-book.ts';

/** What became of a book between two messages of a stream. */
interface Changes {
  /** First and last update id inside. */
  readonly firstId: number;
  readonly lastId: number;
  /** Last update id of the message before. */
  readonly previousId: number;
  /** Absolute lots (0: gone), the best price first. */
  readonly bids: Levels;
  readonly asks: Levels;
}

/** Gathers the changed levels of one book for one stream, which sends them all at once. */
export class BookChanges {
  readonly #bids = new Map<number, number>();
  readonly #asks = new Map<number, number>();
  #firstId = Number.NaN;
  #previousId: number;

  /** @param updateId of the book as the stream's first message assumes it */
  constructor(updateId: number) {
    this.#previousId = updateId;
  }

  /** Last update id of the latest message. */
  get previousId(): number {
    return this.#previousId;
  }

  get isEmpty(): boolean {
    return Number.isNaN(this.#firstId);
  }

  /** A level changed under an update id. */
  note(side: Side, ticks: number, lots: number, updateId: number): void {
    if (this.isEmpty) this.#firstId = updateId;
    (side === 'bid' ? this.#bids : this.#asks).set(ticks, lots);
  }

  /** Everything gathered, for a message that ends with `lastId`; gathers anew from there. */
  take(lastId: number): Changes {
    const changes: Changes = {
      firstId: this.#firstId,
      lastId,
      previousId: this.#previousId,
      bids: sorted(this.#bids, -1),
      asks: sorted(this.#asks, 1),
    };
    this.#bids.clear();
    this.#asks.clear();
    this.#firstId = Number.NaN;
    this.#previousId = lastId;
    return changes;
  }
}

const sorted = (levels: ReadonlyMap<number, number>, direction: 1 | -1): Levels =>
  [...levels].sort(([left], [right]) => direction * (left - right));
