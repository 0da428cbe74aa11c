import { type Book, keyOf, type Ladder, type Levels, type Side } from '../market-book.ts';

/** One side of a window, the best level first; keys as in the ladder, the better the larger. */
interface Shown {
  readonly keys: Int32Array;
  readonly lots: Float64Array;
  count: number;
}

const shown = (depth: number): Shown => ({
  keys: new Int32Array(depth),
  lots: new Float64Array(depth),
  count: 0,
});

/** What a stream of the best N levels has shown of a book, and what it has to say next. */
export class Window {
  readonly depth: number;
  #sides: Record<Side, Shown>;
  /** Room for the next state. */
  #spare: Shown;

  constructor(depth: number) {
    this.depth = depth;
    this.#sides = { bid: shown(depth), ask: shown(depth) };
    this.#spare = shown(depth);
  }

  /** Levels as last shown, the best first. */
  levels(side: Side): Levels {
    const { keys, lots, count } = this.#sides[side];
    return Array.from({ length: count }, (_, i) => [keyOf(side, keys[i]!), lots[i]!]);
  }

  /**
   * Shows the book as it is now.
   *
   * @returns the levels that came, changed, or left (0 lots), the best first. What falls out of the window leaves it like what is gone.
   */
  show({ bid, ask }: Pick<Book, Side>): { readonly bids: Levels; readonly asks: Levels } {
    return { bids: this.#showSide('bid', bid), asks: this.#showSide('ask', ask) };
  }

  #showSide(side: Side, ladder: Ladder): Levels {
    const before = this.#sides[side];
    const after = this.#spare;
    after.count = Math.min(this.depth, ladder.count);
    for (let i = 0; i < after.count; i++) {
      const at = ladder.count - 1 - i;
      after.keys[i] = ladder.keys[at]!;
      after.lots[i] = ladder.lots[at]!;
    }
    this.#sides[side] = after;
    this.#spare = before;
    return changesBetween(side, before, after);
  }
}

function changesBetween(side: Side, before: Shown, after: Shown): Levels {
  const changes: Levels = [];
  let was = 0;
  let is = 0;
  while (was < before.count || is < after.count) {
    const old = was < before.count ? before.keys[was]! : Number.NEGATIVE_INFINITY;
    const now = is < after.count ? after.keys[is]! : Number.NEGATIVE_INFINITY;
    if (old > now) changes.push([keyOf(side, old), 0]);
    else if (now > old || after.lots[is] !== before.lots[was]) {
      changes.push([keyOf(side, now), after.lots[is]!]);
    }
    if (old >= now) was++;
    if (now >= old) is++;
  }
  return changes;
}
