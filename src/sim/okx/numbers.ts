import type { Book } from '../market-book.ts';

/**
 * Numbers of one book across its channels: they follow the market's own, and begin anew from below whenever the venue feels like it, so that one number stands
 * for one state of the book.
 */
export class Numbers {
  readonly #book: Book;
  /** Offsets to the market's numbers, each from an update of the market's on. */
  readonly #epochs: { readonly fromId: number; readonly offset: number }[] = [
    { fromId: Number.NEGATIVE_INFINITY, offset: 0 },
  ];

  constructor(book: Book) {
    this.#book = book;
  }

  /** Number of the state after an update of the market's; of the book as it is. */
  of(updateId: number = this.#book.updateId): number {
    const epoch = this.#epochs.findLast(({ fromId }) => fromId <= updateId)!;
    return updateId - epoch.offset;
  }

  /** The update of the market's behind a number. */
  marketId(seqId: number): number {
    for (let at = this.#epochs.length - 1; at >= 0; at--) {
      const { fromId, offset } = this.#epochs[at]!;
      const id = seqId + offset;
      if (id >= fromId && id <= this.#book.updateId) return id;
    }
    throw new RangeError(`No message ${seqId} was ever sent`);
  }

  /** From the state as it is on, numbers begin again with half of what they were. */
  reset(): void {
    const fromId = this.#book.updateId;
    this.#epochs.push({ fromId, offset: fromId - Math.floor(this.of() / 2) });
  }
}
