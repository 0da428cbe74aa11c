import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { type Grid, textOfSteps } from '../../src/model/grid.ts';
import { textOfNumber } from '../../src/venues/decimal.ts';
import { levelsOf } from '../../src/venues/levels.ts';
import { Malformed } from '../../src/venues/wire.ts';

const grid = fc.record({
  units: fc.constantFrom(1, 5, 25, 250),
  scale: fc.constantFrom(1, 10, 100, 1e4, 1e8),
});

const read = (price: unknown, size: unknown, priceGrid: Grid, sizeGrid: Grid) => {
  try {
    const levels = levelsOf({ rows: [[price, size]], name: 'bids' }, { priceGrid, sizeGrid });
    return levels === undefined ? 'off the grid' : [...levels];
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return error.message;
  }
};

describe('a level', () => {
  test.prop([grid, grid, fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 0, max: 1e9 })])(
    'on the grid is the same whether it comes as text or as number',
    (priceGrid, sizeGrid, ticks, lots) => {
      const price = textOfSteps(ticks, priceGrid);
      const size = textOfSteps(lots, sizeGrid);
      expect(read(Number(price), Number(size), priceGrid, sizeGrid)).toEqual([ticks, lots]);
      expect(read(price, size, priceGrid, sizeGrid)).toEqual([ticks, lots]);
    },
  );

  test.prop([grid, fc.double({ min: 0, max: 1e12, noNaN: true })])(
    'of any number is what its digits say',
    (priceGrid, value) => {
      const whole = { units: 1, scale: 1 };
      expect(read(value, 1, priceGrid, whole)).toEqual(
        read(textOfNumber(value), 1, priceGrid, whole),
      );
    },
  );

  test.each([Number.NaN, -1, -0.5, Number.POSITIVE_INFINITY, true, null, {}])(
    'of %s is none',
    (value) => {
      const whole = { units: 1, scale: 1 };
      expect(read(value, 1, whole, whole)).toBe('bids: not a decimal');
    },
  );
});
