import { type Book, copyOf, type Levels } from '../market-book.ts';

/** Levels per side that the `books` channel shows. */
export const LEVELS = 400;

/** The levels of a book that are shown, the best first. */
export interface Window {
  readonly bids: Levels;
  readonly asks: Levels;
}

export const windowOf = (book: Book): Window => copyOf(book, LEVELS);

/** What makes one side of another: levels that are new or differ, and with 0 lots those that are gone, out of sight included. Best first. */
function sideChanges(before: Levels, after: Levels, direction: 1 | -1): Levels {
  const changes: Levels = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const old = before[i];
    const now = after[j];
    const order = old === undefined ? 1 : now === undefined ? -1 : direction * (old[0] - now[0]);
    if (order < 0) {
      changes.push([old![0], 0]);
      i++;
    } else if (order > 0) {
      changes.push(now!);
      j++;
    } else {
      if (old![1] !== now![1]) changes.push(now!);
      i++;
      j++;
    }
  }
  return changes;
}

/** What has to be said so that who saw the one sees the other. */
export const windowChanges = (before: Window, after: Window): Window => ({
  bids: sideChanges(before.bids, after.bids, -1),
  asks: sideChanges(before.asks, after.asks, 1),
});
