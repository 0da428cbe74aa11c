import { type BookCopy, copyAsOf, copyOf } from './market-book.ts';
import type { Listing } from './market-flow.ts';
import { levelTexts } from './spelling.ts';
import type { TrueBook } from './venue-sim.ts';

const REMEMBERED = 4096;

/**
 * The numbers a venue gives the messages of one stream, and the market's update ids behind them, as
 * far back as remembered. For venues that do not number their messages as the market does.
 */
export class MessageIds {
  readonly #entries: { readonly own: number; readonly market: number }[] = [];
  #next = 0;

  /** A message of that number showed the book as of that update id. */
  note(own: number, market: number): void {
    this.#entries[this.#next] = { own, market };
    this.#next = (this.#next + 1) % REMEMBERED;
  }

  /**
   * The update id behind a message.
   *
   * @throws RangeError on a message that was never sent or is forgotten
   */
  marketId(own: number): number {
    const entry = this.#entries.find((candidate) => candidate.own === own);
    if (entry === undefined) throw new RangeError(`No message ${own} is remembered`);
    return entry.market;
  }
}

/**
 * The book of a listing, or what it was right after an update id of the market's, as far back as
 * the book remembers. Where a venue has numbers or a spelling of its own, it makes the `TrueBook`
 * from the copy itself.
 */
export const bookAsOf = ({ book }: Listing, updateId?: number): BookCopy =>
  updateId === undefined ? copyOf(book) : copyAsOf(book, updateId);

/** A book in decimal strings, under the market's own update id. */
export const trueBook = ({ spec }: Listing, copy: BookCopy): TrueBook => ({
  updateId: copy.updateId,
  bids: levelTexts(spec, copy.bids),
  asks: levelTexts(spec, copy.asks),
});
