import {
  bestAskTicks,
  bestBidTicks,
  createLadder,
  type Ladder,
  type Side,
  setLevel,
  slotsFor,
  topLevels,
} from '../../src/market/ladder.ts';
import { fromSteps, type Grid, gridFromText, toSteps } from '../../src/model/grid.ts';
import type { Tape } from '../tapes/tape.ts';
import { type Contender, type DepthMessage, type Made, madeOf, type Run } from './contender.ts';

/** The measure of all things here, A: the same bytes as text, as objects, and nothing done with them. */
export const jsonParse: Contender = {
  name: 'JSON.parse',
  start({ messages }) {
    let last: unknown;
    return {
      turn(from, to) {
        for (let i = from; i < to; i++) last = JSON.parse(messages[i]!.toString());
      },
      get made() {
        // Looking at it keeps the parsing from being no work at all.
        if (last === null) throw new Error('not an object');
        return undefined;
      },
    };
  },
};

/** A and every price and size as a number. */
export const jsonNumbers: Contender = {
  name: 'JSON.parse + Number()',
  start({ messages }) {
    let sum = 0;
    return {
      turn(from, to) {
        for (let i = from; i < to; i++) {
          const { data } = JSON.parse(messages[i]!.toString()) as DepthMessage;
          for (const [price, size] of data.b) sum += Number(price) * Number(size);
          for (const [price, size] of data.a) sum += Number(price) * Number(size);
        }
      },
      get made() {
        if (Number.isNaN(sum)) throw new Error('not numbers');
        return undefined;
      },
    };
  },
};

interface Snapshot {
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}

/** A and our ladder, without decoder, sequence checks and the rest: what is left is mostly A. */
export const jsonLadder: Contender = {
  name: 'JSON.parse + our ladder',
  start: (tape) => new JsonLadderRun(tape),
};

class JsonLadderRun implements Run {
  readonly #messages: readonly Buffer[];
  readonly #price: Grid;
  readonly #size: Grid;
  readonly #ladder: Ladder;
  readonly #touches: Float64Array;
  #changes = 0;
  readonly made: Made;

  constructor({ listings, messages }: Tape) {
    const { tickSize, stepSize, snapshot } = listings[0]!;
    const { bids, asks } = JSON.parse(snapshot) as Snapshot;
    this.#messages = messages;
    this.#price = gridFromText(tickSize)!;
    this.#size = gridFromText(stepSize)!;
    const best = toSteps(Number(asks[0]![0]), this.#price);
    const ladder = createLadder(slotsFor(best * 0.01));
    this.#ladder = ladder;
    this.#touches = new Float64Array(2 * messages.length);
    this.#apply('bid', bids);
    this.#apply('ask', asks);
    this.#changes = 0;
    const side = (name: Side) => (): [number, number][] => {
      const out: number[] = [];
      const count = topLevels(ladder, name, 10_000, out);
      return Array.from({ length: count }, (_, i) => [
        fromSteps(out[2 * i]!, this.#price),
        fromSteps(out[2 * i + 1]!, this.#size),
      ]);
    };
    this.made = madeOf(side('bid'), side('ask'), this.#touches, () => this.#changes);
  }

  turn(from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const { data } = JSON.parse(this.#messages[i]!.toString()) as DepthMessage;
      this.#apply('bid', data.b);
      this.#apply('ask', data.a);
      this.#touches[2 * i] = fromSteps(bestBidTicks(this.#ladder), this.#price);
      this.#touches[2 * i + 1] = fromSteps(bestAskTicks(this.#ladder), this.#price);
    }
  }

  #apply(side: Side, levels: DepthMessage['data']['b']): void {
    const price = this.#price;
    const size = this.#size;
    for (const level of levels)
      setLevel(
        this.#ladder,
        side,
        toSteps(Number(level[0]), price),
        toSteps(Number(level[1]), size),
      );
    this.#changes += levels.length;
  }
}
