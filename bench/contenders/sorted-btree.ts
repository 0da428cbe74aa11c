import { createRequire } from 'node:module';
import type SortedBTree from 'sorted-btree';
import type { Tape } from '../tapes/tape.ts';
import { type Contender, type DepthMessage, type Made, madeOf, type Run } from './contender.ts';

// A module of the older kind, whose default export looks different to every loader but this one.
const { default: BTree } = createRequire(import.meta.url)('sorted-btree') as {
  default: typeof SortedBTree.default;
};

type Tree = InstanceType<typeof BTree<number, number>>;

/** The thinnest book on a sorted tree: sizes by price, bids under the negated price so that the best comes first on both sides. */
export const sortedBtree: Contender = {
  name: 'sorted-btree 2.1.0',
  start: (tape) => new TreeRun(tape),
};

class TreeRun implements Run {
  readonly #messages: readonly Buffer[];
  readonly #bids: Tree = new BTree();
  readonly #asks: Tree = new BTree();
  readonly #touches: Float64Array;
  #changes = 0;
  readonly made: Made;

  constructor({ listings, messages }: Tape) {
    const { bids, asks } = JSON.parse(listings[0]!.snapshot);
    this.#messages = messages;
    this.#touches = new Float64Array(2 * messages.length);
    this.#apply(this.#bids, -1, bids);
    this.#apply(this.#asks, 1, asks);
    this.#changes = 0;
    this.made = madeOf(
      () => levelsOf(this.#bids),
      () => levelsOf(this.#asks),
      this.#touches,
      () => this.#changes,
    );
  }

  turn(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const { data } = JSON.parse(this.#messages[i]!.toString()) as DepthMessage;
      this.#apply(this.#bids, -1, data.b);
      this.#apply(this.#asks, 1, data.a);
      this.#touches[2 * i] = -(this.#bids.minKey() ?? Number.NaN);
      this.#touches[2 * i + 1] = this.#asks.minKey() ?? Number.NaN;
    }
  }

  #apply(tree: Tree, sign: -1 | 1, levels: DepthMessage['data']['b']): void {
    for (const level of levels) {
      const key = sign * Number(level[0]);
      const size = Number(level[1]);
      if (size === 0) tree.delete(key);
      else tree.set(key, size);
    }
    this.#changes += levels.length;
  }
}

function* levelsOf(tree: Tree): Generator<readonly [number, number]> {
  for (const [key, size] of tree.entries()) yield [Math.abs(key), size];
}
