import { fc, test as propertyTest } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { bandDepth } from '../../src/market/band.ts';
import { applySnapshot, type Book, createBook, midPrice } from '../../src/market/book.ts';
import { levelCount, type Side, setLevel, topLevels } from '../../src/market/ladder.ts';
import { fromSteps, type Grid } from '../../src/model/grid.ts';
import { instrumentOf, levels, snapshot } from './venue-book.ts';

/** The formula of SPEC §4 as it stands there, level by level. */
function twin(book: Book, side: Side, bandBps: number, halfLifeBps: number) {
  const { priceGrid, sizeGrid } = book.instrument;
  const mid = midPrice(book)!;
  const lambda = Math.LN2 / (halfLifeBps * 1e-4);
  const out: number[] = [];
  const count = topLevels(book.ladder, side, levelCount(book.ladder, side), out);
  let depth = 0;
  let weighted = 0;
  for (let i = 0; i < count; i++) {
    const price = fromSteps(out[2 * i]!, priceGrid);
    const away = Math.abs(price / mid - 1);
    if (away > bandBps * 1e-4 + 1e-12) continue;
    depth += fromSteps(out[2 * i + 1]!, sizeGrid) * price;
    weighted += fromSteps(out[2 * i + 1]!, sizeGrid) * price * Math.exp(-lambda * away);
  }
  return { depth, weighted };
}

function bookOn(priceGrid: Grid, bids: [number, number][], asks: [number, number][]): Book {
  const instrument = instrumentOf('linked', { priceGrid });
  const book = createBook(instrument);
  applySnapshot(book, snapshot(instrument, 1, levels(...bids), levels(...asks)));
  return book;
}

/** How to come by a book; the book itself would drown the counterexample. */
const recipe = fc.record({
  mid: fc.constantFrom(17_611, 618_002, 6_183_764, 2_000_000_000),
  priceGrid: fc.constantFrom(
    { units: 1, scale: 10 },
    { units: 5, scale: 1000 },
    { units: 1, scale: 1e8 },
  ),
  orders: fc.array(
    fc.record({
      side: fc.constantFrom<Side>('bid', 'ask'),
      away: fc.oneof(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 1, max: 200_000 }),
      ),
      lots: fc.integer({ min: 1, max: 1e7 }),
    }),
    { minLength: 1, maxLength: 60 },
  ),
  /** Puts the touch anywhere in the window, and some levels out of it. */
  wander: fc.integer({ min: -9000, max: 9000 }),
});

type Recipe = typeof recipe extends fc.Arbitrary<infer R> ? R : never;

function bookOf({ mid, priceGrid, orders, wander }: Recipe): Book {
  const book = bookOn(priceGrid, [[mid - 1, 1]], [[mid + 1, 1]]);
  const center = mid + wander;
  if (wander < 0) setLevel(book.ladder, 'bid', mid - 1, 0);
  else setLevel(book.ladder, 'ask', mid + 1, 0);
  setLevel(book.ladder, 'bid', center - 1, 3);
  setLevel(book.ladder, 'ask', center + 1, 3);
  for (const { side, away, lots } of orders) {
    const tick = side === 'bid' ? center - away : center + away;
    if (tick > 0) setLevel(book.ladder, side, tick, lots);
  }
  return book;
}

describe('depth near mid', () => {
  propertyTest.prop([recipe, fc.constantFrom(1, 25, 50, 400), fc.constantFrom(5, 25, 50)])(
    'equals the sum of exponentials over all levels, in the window and beyond it',
    (how, bandBps, halfLifeBps) => {
      const some = bookOf(how);
      for (const side of ['bid', 'ask'] as const) {
        const expected = twin(some, side, bandBps, halfLifeBps);
        const depth = bandDepth(some, side, midPrice(some)!, bandBps, halfLifeBps);
        expect(Math.abs(depth.depth - expected.depth)).toBeLessThanOrEqual(1e-9 * expected.depth);
        expect(Math.abs(depth.weighted - expected.weighted)).toBeLessThanOrEqual(
          1e-9 * expected.weighted,
        );
      }
    },
  );

  test('counts an order half at the half-life, and includes the very edge of the band', () => {
    // Mid 10000 ticks: 25 bps are 25 ticks.
    const some = bookOn(
      { units: 1, scale: 10 },
      [
        [9975, 2000],
        [9974, 99],
      ],
      [[10_025, 4000]],
    );
    const bids = bandDepth(some, 'bid', 1000, 25, 25);
    expect(bids.depth).toBeCloseTo(2 * 997.5, 9);
    expect(bids.weighted).toBeCloseTo(997.5, 9);
    expect(bandDepth(some, 'ask', 1000, 25, 25).weighted).toBeCloseTo(2 * 1002.5, 9);
    expect(bandDepth(some, 'bid', 1000, 24.9, 25)).toMatchObject({ depth: 0, weighted: 0 });
  });

  test('weighs the same notional at the same distance alike on both sides', () => {
    const some = bookOn(
      { units: 1, scale: 10 },
      [
        [9999, 10_001],
        [9960, 10_040],
      ],
      [
        [10_001, 9999],
        [10_040, 9960],
      ],
    );
    const bid = bandDepth(some, 'bid', 1000, 50, 10);
    const ask = bandDepth(some, 'ask', 1000, 50, 10);
    expect(bid.depth).toBeGreaterThan(19_000);
    expect(bid.depth / ask.depth).toBeCloseTo(1, 12);
    expect(bid.weighted / ask.weighted).toBeCloseTo(1, 12);
    expect(bid.weighted).toBeLessThan(bid.depth);
  });

  test('says how much of the band is known', () => {
    const instrument = instrumentOf('linked');
    const some = createBook(instrument);
    const bids = levels([9999, 1], [9980, 1]);
    const asks = levels([10_001, 1], [10_100, 1]);
    applySnapshot(some, snapshot(instrument, 1, bids, asks, 2));
    expect(bandDepth(some, 'bid', 1000, 50, 50).coveredBps).toBeCloseTo(20, 9);
    expect(bandDepth(some, 'ask', 1000, 50, 50).coveredBps).toBe(50);
  });

  test('of a book that is not whole is nothing, and known nowhere', () => {
    const empty = createBook(instrumentOf('linked'));
    expect(bandDepth(empty, 'bid', 1000, 25, 25)).toEqual({
      depth: 0,
      weighted: 0,
      coveredBps: 0,
    });
  });
});
