import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { sampleBook } from '../../src/features/book-sample.ts';
import { bookSlope, topImbalance } from '../../src/features/book-shape.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { at, levels, listed, liveValue, snapshot } from '../support/market.ts';

type Level = readonly [ticks: number, lots: number];

function shapeOf(
  bids: readonly Level[],
  asks: readonly Level[],
  more: { readonly limit?: number } = {},
  changes: Partial<Instrument> = {},
) {
  const { state, tell } = listed('perp', changes);
  tell(snapshot(at(0), levels(...bids), levels(...asks), more));
  const sample = sampleBook(state, at(0), DEFAULT_SETTINGS);
  const slopes = { bid: bookSlope(state, 'bid', sample), ask: bookSlope(state, 'ask', sample) };
  return { slopes, top: topImbalance(state, sample), sample };
}

/** Mid at 60,000.0; one bp is 6 dollars or 60 ticks. */
const MID = 600_000;
const side = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 5000 })), {
    minLength: 1,
    maxLength: 30,
    selector: ([away]) => away,
  })
  .map((pairs) => pairs.toSorted(([a], [b]) => a - b));
const bidsOf = (pairs: readonly (readonly [number, number])[]): Level[] =>
  pairs.map(([away, lots]) => [MID - away, lots]);
const asksOf = (pairs: readonly (readonly [number, number])[]): Level[] =>
  pairs.map(([away, lots]) => [MID + away, lots]);

describe('the slope of a book', () => {
  test.prop([side, side], { numRuns: 60 })(
    'is the least-squares line through mid and the depths at four distances',
    (bids, asks) => {
      const { slopes, sample } = shapeOf(bidsOf(bids), asksOf(asks));
      const mid = liveValue(sample.mid);
      const slope = (list: readonly Level[]) => {
        let products = 0;
        for (const d of [6.25, 12.5, 18.75, 25])
          for (const [ticks, lots] of list)
            if (Math.abs(ticks / 10 / mid - 1) * 1e4 <= d + 1e-9)
              products += d * (ticks / 10) * (lots / 1000);
        return products / (6.25 ** 2 * 30);
      };
      // The deepest level known is where the snapshot ends: beyond it depth is partial.
      expect(slopes.bid).toBeCloseTo(slope(bidsOf(bids)), 4);
      expect(slopes.ask).toBeCloseTo(slope(asksOf(asks)), 4);
    },
  );

  test('of even depth is depth per bp, of a book that is heavy at the touch more', () => {
    // A coin every bp on the bid side, and 25 coins at the first bp on the ask side.
    const bids = Array.from({ length: 26 }, (_, i): Level => [MID - 1 - 60 * i, 1000]);
    const { slopes } = shapeOf(bids, [[MID + 1, 25_000]]);
    expect(slopes.bid / 60_000).toBeCloseTo(1, 1);
    // Golden: D · Σ d / Σ d² = 25 · 60,000.1 · 10 / (30 · 6.25).
    expect(slopes.ask).toBeCloseTo((25 * 60_000.1 * 10) / 187.5, 0);
  });

  test('is there of what is known, and not without a book', () => {
    const { slopes } = shapeOf([[MID - 1, 5]], [[MID + 1, 5]], { limit: 1 });
    expect(slopes.bid).toBeGreaterThan(0);
    const { state } = listed();
    const nothing = sampleBook(state, at(0), DEFAULT_SETTINGS);
    expect(bookSlope(state, 'bid', nothing)).toBeNaN();
    expect(topImbalance(state, nothing).state).toBe('absent');
  });
});

describe('the imbalance at the top', () => {
  test.prop([side, side], { numRuns: 60 })('weighs the best five levels by size', (bids, asks) => {
    const size = (pairs: readonly (readonly [number, number])[]) =>
      pairs.slice(0, 5).reduce((sum, [, lots]) => sum + lots, 0);
    const [b, a] = [size(bids), size(asks)];
    const top = liveValue(shapeOf(bidsOf(bids), asksOf(asks)).top);
    expect(top).toBeCloseTo((b - a) / (b + a), 12);
    // The same book in a mirror.
    expect(liveValue(shapeOf(bidsOf(asks), asksOf(bids)).top)).toBeCloseTo(-top, 12);
  });

  test('counts coins where levels are in dollars, and is unknown where a contract’s worth is', () => {
    const grids = { sizeUnit: 'quote' as Instrument['sizeUnit'] };
    const bids: Level[] = [[MID / 2, 1000]];
    const asks: Level[] = [[MID, 1000]];
    // A dollar buys twice the coins at half the price.
    expect(liveValue(shapeOf(bids, asks, {}, grids).top)).toBeCloseTo(1 / 3, 12);
    expect(shapeOf(bids, asks, {}, { sizeUnit: 'contracts' }).top.state).toBe('absent');
  });
});
