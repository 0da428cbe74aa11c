import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { micros } from '../../src/model/units.ts';
import {
  advanceCohorts,
  type CohortBook,
  type CohortInterval,
  type CohortSize,
  cohortsIn,
  consume,
  createCohortBook,
  eachLevel,
  levelOf,
  placedShare,
  priceOf,
} from '../../src/signals/cohorts.ts';
import { legsOf } from '../../src/signals/margin.ts';

const LEGS = legsOf([[null, 0.004, 100]], false, DEFAULT_SETTINGS.cascade);
const levelPrice = (price: number): number => priceOf(levelOf(price));
const MIXES = [0, 1, 2] as const;

const interval = (
  openInterest: number,
  price: number,
  more: Partial<CohortInterval> = {},
): CohortInterval => ({
  ts: micros(1),
  openInterest,
  price,
  low: price,
  high: price,
  buyShare: 0.5,
  ...more,
});

/** A book in which the entries of all but a trace are known: `size` was opened at `price`. */
function opened(size: number, price: number, buyShare = 0.5): CohortBook {
  const book = createCohortBook();
  advanceCohorts(book, interval(size * 1e-9, price), LEGS);
  advanceCohorts(book, interval(size, price, { buyShare }), LEGS);
  return book;
}

const unplacedIn = ({ unplaced, worth }: CohortBook, mix: number): number =>
  unplaced[mix]! * worth[mix]!;

const sizeOf = (cohorts: Iterable<CohortSize>, mix = 1, side?: 'long' | 'short') => {
  let sum = 0;
  for (const cohort of cohorts)
    if (side === undefined || cohort.side === side) sum += cohort.sizes[mix]!;
  return sum;
};

const step = fc.record({
  openInterest: fc.double({ min: 1, max: 1e6, noNaN: true }),
  move: fc.double({ min: -0.06, max: 0.06, noNaN: true }),
  reach: fc.double({ min: 0, max: 0.03, noNaN: true }),
  buyShare: fc.double({ min: 0, max: 1, noNaN: true }),
});

interface Plain {
  readonly side: 'long' | 'short';
  readonly at: number;
  size: number;
}

/** The same by explicit lists: one mix, every cohort for itself. */
class PlainBook {
  cohorts: Plain[] = [];
  unplaced = 0;
  #hasBegun = false;
  readonly mix: 0 | 1 | 2;

  constructor(mix: 0 | 1 | 2) {
    this.mix = mix;
  }

  get total(): number {
    return this.cohorts.reduce((sum, { size }) => sum + size, this.unplaced);
  }

  take({ openInterest, price, low, high, buyShare }: CohortInterval): void {
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      this.unplaced = openInterest;
      return;
    }
    this.cohorts = this.cohorts.filter(({ side, at }) => (side === 'long' ? at < low : at > high));
    const { total } = this;
    if (openInterest < total) {
      this.unplaced *= openInterest / total;
      for (const cohort of this.cohorts) cohort.size *= openInterest / total;
      return;
    }
    for (const { long, short, weights } of LEGS)
      for (const side of ['long', 'short'] as const)
        this.cohorts.push({
          side,
          at: levelPrice(price * (side === 'long' ? long : short)),
          size:
            (openInterest - total) *
            weights[this.mix] *
            (side === 'long' ? buyShare : 1 - buyShare),
        });
  }
}

describe('cohorts', () => {
  test.prop([fc.array(step, { minLength: 2, maxLength: 50 })], { numRuns: 40 })(
    'and what has no known entry add up to OI after every interval under every mix, and none outlives its price',
    (steps) => {
      const book = createCohortBook();
      let price = 100;
      for (const { openInterest, move, reach, buyShare } of steps) {
        const before = price;
        price *= 1 + move;
        const low = Math.min(before, price) * (1 - reach);
        const high = Math.max(before, price) * (1 + reach);
        consume(book, low, high);
        const outlived = [...cohortsIn(book)].filter(({ side, price: at }) =>
          side === 'long' ? at >= low : at <= high,
        );
        expect(outlived).toEqual([]);
        advanceCohorts(book, interval(openInterest, price, { low, high, buyShare }), LEGS);
        const cohorts = [...cohortsIn(book)];
        for (const mix of MIXES) {
          const sum = sizeOf(cohorts, mix) + unplacedIn(book, mix);
          expect(Math.abs(sum / openInterest - 1)).toBeLessThan(1e-9);
          expect(book.total[mix]).toBe(openInterest);
          expect(cohorts.every(({ sizes }) => sizes[mix]! >= 0)).toBe(true);
        }
      }
    },
  );

  test.prop([fc.array(step, { minLength: 2, maxLength: 40 })], { numRuns: 60 })(
    'are those of plain lists that are filtered and scaled, one list per mix',
    (steps) => {
      const book = createCohortBook();
      const plain = MIXES.map((mix) => new PlainBook(mix));
      let price = 100;
      for (const { openInterest, move, reach, buyShare } of steps) {
        price *= 1 + move;
        const [low, high] = [price * (1 - reach), price * (1 + reach)];
        const taken = interval(openInterest, price, { low, high, buyShare });
        advanceCohorts(book, taken, LEGS);
        for (const one of plain) one.take(taken);
      }
      const scale = steps.at(-1)!.openInterest;
      for (const [mix, one] of plain.entries()) {
        expect(Math.abs(unplacedIn(book, mix) - one.unplaced) / scale).toBeLessThan(1e-9);
        const left = new Map<string, number>();
        for (const { side, at, size } of one.cohorts) {
          const key = `${side} ${at}`;
          left.set(key, (left.get(key) ?? 0) + size);
        }
        for (const { side, price: at, sizes } of cohortsIn(book)) {
          const key = `${side} ${at}`;
          left.set(key, (left.get(key) ?? 0) - sizes[mix]!);
        }
        for (const size of left.values()) expect(Math.abs(size) / scale).toBeLessThan(1e-9);
      }
    },
  );

  test('begin without a level: what was open before has entries that nobody knows', () => {
    const book = createCohortBook();
    advanceCohorts(book, interval(1000, 100), LEGS);
    expect([...cohortsIn(book)]).toEqual([]);
    expect(placedShare(book)).toBe(0);
    advanceCohorts(book, interval(1250, 100), LEGS);
    expect(placedShare(book)).toBeCloseTo(0.2, 12);
    // Turnover gives the unknown way.
    advanceCohorts(book, interval(1000, 100), LEGS);
    advanceCohorts(book, interval(1250, 100), LEGS);
    expect(placedShare(book)).toBeCloseTo(0.36, 12);
  });

  test('are split between the sides by who was aggressive, and over leverage by the weights of each mix', () => {
    const book = opened(1000, 100, 0.7);
    expect(sizeOf(cohortsIn(book), 1, 'long')).toBeCloseTo(700, 5);
    expect(sizeOf(cohortsIn(book), 1, 'short')).toBeCloseTo(300, 5);
    const tenfold = LEGS.find(({ leverage }) => leverage === 10)!;
    const found = [...cohortsIn(book)].find(
      ({ price }) => price === levelPrice(100 * tenfold.long),
    );
    for (const mix of MIXES) expect(found?.sizes[mix]).toBeCloseTo(700 * tenfold.weights[mix], 5);
  });

  test('open only by what OI rose: OI that falls shrinks all in proportion and moves no level', () => {
    const book = opened(1000, 100);
    const before = [...cohortsIn(book)];
    advanceCohorts(book, interval(250, 100), LEGS);
    const after = [...cohortsIn(book)];
    expect(after.map(({ price }) => price)).toEqual(before.map(({ price }) => price));
    for (const [i, { sizes }] of after.entries())
      expect(sizes[1]).toBeCloseTo(before[i]!.sizes[1] / 4, 9);
  });

  test('die when price trades through their level, at the level itself too', () => {
    const book = opened(1000, 100);
    const level = levelPrice(100 * LEGS.find(({ leverage }) => leverage === 25)!.long);
    const count = () => [...cohortsIn(book)].length;
    consume(book, level * 1.0001, 100);
    const alive = count();
    consume(book, level, 100);
    expect(count()).toBe(alive - 1);
    expect(book.total[1]).toBeCloseTo(sizeOf(cohortsIn(book)), 5);
    consume(book, 1e-3, 1e9);
    expect(count()).toBe(0);
  });

  test('are not hurt by a price that was not traded', () => {
    const book = opened(1000, 100);
    const before = [...cohortsIn(book)];
    consume(book, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    consume(book, Number.NaN, Number.NaN);
    expect([...cohortsIn(book)]).toEqual(before);
  });

  test('are replaced by new ones at the new price when OI does not fall with them', () => {
    const book = opened(1000, 100);
    advanceCohorts(book, interval(1000, 97.3, { low: 97.3, high: 100 }), LEGS);
    // The longs of 50 and 100, and half of what takes their place is long again.
    const dead = 1000 * (0.12 + 0.08) * 0.5;
    const young = levelPrice(97.3 * LEGS.find(({ leverage }) => leverage === 100)!.long);
    const found = [...cohortsIn(book)].find(({ price }) => price === young);
    expect(found?.sizes[1]).toBeCloseTo(dead * 0.5 * 0.08, 5);
    expect(sizeOf(cohortsIn(book)) + unplacedIn(book, 1)).toBeCloseTo(1000, 9);
  });

  test('survive years of hours and any price within bounds', () => {
    const book = createCohortBook();
    let price = 100;
    for (let hour = 0; hour < 2000; hour += 1) {
      price *= hour < 700 ? 1.008 : hour < 1500 ? 0.987 : 1;
      advanceCohorts(book, interval(1000 + hour * 7, price), LEGS);
    }
    for (const { shares } of [book.longs, book.shorts])
      for (const levels of shares) expect(levels.length).toBeLessThanOrEqual(4096);
    const sum = () => sizeOf(cohortsIn(book)) + unplacedIn(book, 1);
    expect(sum()).toBeCloseTo(1000 + 1999 * 7, 4);
    for (let hour = 0; hour < 200; hour += 1)
      advanceCohorts(book, interval(hour % 2 === 0 ? 1e-3 : 1e6, price), LEGS);
    expect(sum()).toBeCloseTo(1e6, 2);
  });

  test('are handed out in dollars: coins at the price at which they die, inverse ones as they are written', () => {
    const book = opened(1000, 100);
    const sums = { coins: 0, dollars: 0, size: sizeOf(cohortsIn(book), 1, 'long') };
    eachLevel(book, 'long', 1, 100, false, (price, _, usd) => {
      sums.coins += usd / price;
    });
    eachLevel(book, 'long', 1, 100, true, (_, __, usd) => {
      sums.dollars += usd;
    });
    expect(sums.coins).toBeCloseTo(sums.size, 6);
    expect(sums.dollars).toBeCloseTo(sums.size, 6);
  });
});
