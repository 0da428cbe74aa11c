import type { Levels } from '../../model/event.ts';

/** Both sides of a book, best first, `[ticks, lots, …]`. Never changed once made. */
export interface Sides {
  readonly bids: Levels;
  readonly asks: Levels;
}

/** Which way prices get worse: down for bids, up for asks. */
type Direction = -1 | 1;
export const BID: Direction = -1;
export const ASK: Direction = 1;

/** Whether `ticks` lies deeper in the book than `other`. */
const isDeeper = (ticks: number, other: number, direction: Direction): boolean =>
  (ticks - other) * direction > 0;

/** Position of the first level that lies deeper than `ticks`, or at it where `included`. */
function firstFrom(side: Levels, ticks: number, direction: Direction, included: boolean): number {
  let at = 0;
  while (
    at < side.length &&
    !isDeeper(side[at]!, ticks, direction) &&
    !(included && side[at] === ticks)
  )
    at += 2;
  return at;
}

function joined(front: Levels, side: Levels, from: number): Levels {
  const whole = new Float64Array(front.length + side.length - from);
  whole.set(front);
  whole.set(side.subarray(from), front.length);
  return whole;
}

/** A side of which everything from the touch to the worst level of `view` is what `view` shows. An empty view is an empty side. */
export function overlaid(side: Levels, view: Levels, direction: Direction): Levels {
  const { length } = view;
  return length === 0
    ? view
    : joined(view, side, firstFrom(side, view[length - 2]!, direction, false));
}

/** A side without the levels that the other side's best price crosses; NaN crosses nothing. */
export const uncrossed = (side: Levels, otherBest: number, direction: Direction): Levels => {
  let from = 0;
  while (from < side.length && !isDeeper(side[from]!, otherBest, direction)) from += 2;
  return Number.isNaN(otherBest) || from === 0 ? side : side.slice(from);
};

/** Best price of a side, NaN when it is empty. */
export const bestOf = (side: Levels): number => side[0] ?? Number.NaN;

/** What has to be set so that `before` becomes `after`: changed sizes, and lots 0 for what is gone. */
export function changes(before: Levels, after: Levels, direction: Direction): Levels {
  const out: number[] = [];
  let b = 0;
  let a = 0;
  while (b < before.length || a < after.length) {
    const isGone =
      a >= after.length || (b < before.length && isDeeper(after[a]!, before[b]!, direction));
    if (isGone) {
      out.push(before[b]!, 0);
      b += 2;
    } else {
      const isKnown = b < before.length && before[b] === after[a];
      if (!isKnown || before[b + 1] !== after[a + 1]) out.push(after[a]!, after[a + 1]!);
      if (isKnown) b += 2;
      a += 2;
    }
  }
  return Float64Array.from(out);
}
