import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { areMarginTiers, type MarginTier } from '../../src/model/margin.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import {
  inverseLiquidationPrice,
  type Leg,
  legsOf,
  liquidationPrice,
  tiersFor,
} from '../../src/signals/margin.ts';
import { readTable, recordedTest } from '../support/recordings.ts';
import { listingOf } from '../support/tape.ts';

const { cascade } = DEFAULT_SETTINGS;

const position = [
  fc.double({ min: 0.001, max: 1e6, noNaN: true }),
  fc.integer({ min: 2, max: 100 }),
  fc.double({ min: 0, max: 0.0099, noNaN: true }),
] as const;

/** Equity less the margin that has to be held, of one coin or one dollar of position, in what it is margined in. */
const excess = {
  linear: (side: 'long' | 'short', entry: number, leverage: number, m: number, price: number) =>
    entry / leverage + (side === 'long' ? price - entry : entry - price) - m * price,
  inverse: (side: 'long' | 'short', entry: number, leverage: number, m: number, price: number) =>
    1 / (entry * leverage) +
    (side === 'long' ? 1 / entry - 1 / price : 1 / price - 1 / entry) -
    m / price,
};

describe('a liquidation price', () => {
  test('is that of the specification', () => {
    expect(liquidationPrice('long', 100, 20, 0.005)).toBeCloseTo(95.477, 3);
    expect(liquidationPrice('short', 100, 20, 0.005)).toBeCloseTo(104.478, 3);
  });

  test.prop([...position])(
    'lies on the losing side, closer with more leverage',
    (entry, leverage, m) => {
      for (const priceAt of [liquidationPrice, inverseLiquidationPrice]) {
        const long = priceAt('long', entry, leverage, m);
        const short = priceAt('short', entry, leverage, m);
        expect(long).toBeLessThan(entry);
        expect(short).toBeGreaterThan(entry);
        expect(priceAt('long', entry, leverage + 1, m)).toBeGreaterThan(long);
        expect(priceAt('short', entry, leverage + 1, m)).toBeLessThan(short);
      }
    },
  );

  test.prop([...position])(
    'is where what is left of the margin is what has to be held, in dollars or in coins',
    (entry, leverage, m) => {
      for (const side of ['long', 'short'] as const)
        for (const [kind, priceAt] of [
          ['linear', liquidationPrice],
          ['inverse', inverseLiquidationPrice],
        ] as const) {
          const at = priceAt(side, entry, leverage, m);
          const left = (price: number) => excess[kind](side, entry, leverage, m, price);
          const scale = Math.abs(left(entry)) || 1;
          expect(Math.abs(left(at) / scale)).toBeLessThan(1e-9);
          const inside = side === 'long' ? at * 1.0001 : at * 0.9999;
          const outside = side === 'long' ? at * 0.9999 : at * 1.0001;
          expect(left(inside)).toBeGreaterThan(0);
          expect(left(outside)).toBeLessThan(0);
        }
    },
  );

  test.prop([...position])(
    'comes earlier to a long and later to a short that is margined in its coin',
    (entry, leverage, m) => {
      expect(inverseLiquidationPrice('long', entry, leverage, m)).toBeGreaterThan(
        liquidationPrice('long', entry, leverage, m),
      );
      expect(inverseLiquidationPrice('short', entry, leverage, m)).toBeGreaterThan(
        liquidationPrice('short', entry, leverage, m),
      );
    },
  );
});

const TIERS: readonly MarginTier[] = [
  [100e3, 0.004, 100],
  [1e6, 0.01, 50],
  [10e6, 0.02, 20],
  [null, 0.05, 10],
];

const byLeverage = (legs: readonly Leg[], leverage: number) =>
  legs.find((leg) => leg.leverage === leverage);

describe('legs', () => {
  test('share out each mix', () => {
    const legs = legsOf(TIERS, false, cascade);
    for (const mix of [0, 1, 2] as const)
      expect(legs.reduce((sum, { weights }) => sum + weights[mix], 0)).toBeCloseTo(1, 12);
    expect(legs.map(({ leverage }) => leverage)).toEqual([5, 10, 25, 50, 100]);
  });

  test('lie in the bracket of the size that their leverage is taken to have', () => {
    const legs = legsOf(TIERS, false, { ...cascade, positionUsd: [[100, 5e6]] });
    // Five millions are a matter of the third bracket, which gives leverage up to 20.
    expect(byLeverage(legs, 5)?.maintenance).toBe(0.02);
    expect(byLeverage(legs, 10)?.maintenance).toBe(0.02);
  });

  test('lie in no bracket that does not allow so much leverage', () => {
    const legs = legsOf(TIERS, false, { ...cascade, positionUsd: [[100, 5e6]] });
    expect(byLeverage(legs, 25)?.maintenance).toBe(0.01);
    expect(byLeverage(legs, 50)?.maintenance).toBe(0.01);
    expect(byLeverage(legs, 100)?.maintenance).toBe(0.004);
  });

  test('have no more leverage than the venue gives', () => {
    const legs = legsOf([[null, 0.0125, 40]], false, cascade);
    expect(Math.max(...legs.map(({ leverage }) => leverage))).toBe(40);
    for (const { long, short } of legs) {
      expect(long).toBeLessThan(1);
      expect(short).toBeGreaterThan(1);
    }
  });

  test('of a contract margined in its coin die where such positions do', () => {
    const leg = byLeverage(legsOf([[null, 0.005, 100]], true, cascade), 10);
    expect(leg?.long).toBeCloseTo(inverseLiquidationPrice('long', 1, 10, 0.005), 12);
    expect(leg?.short).toBeCloseTo(inverseLiquidationPrice('short', 1, 10, 0.005), 12);
  });

  test('are those that the venue states, else those of its asset, else those of the venue', () => {
    const settings = {
      ...cascade,
      tiers: {
        okx: [[null, 0.01, 50]] as MarginTier[],
        'okx:SOL': [[null, 0.02, 20]] as MarginTier[],
      },
    };
    const [btc, sol] = [listingOf('okx', 'BTC', 'perp'), listingOf('okx', 'SOL', 'perp')];
    expect(tiersFor(btc, null, settings)).toBe(settings.tiers.okx);
    expect(tiersFor(sol, null, settings)).toBe(settings.tiers['okx:SOL']);
    expect(tiersFor(sol, TIERS, settings)).toBe(TIERS);
    expect(tiersFor(listingOf('kraken', 'BTC', 'perp'), null, settings)).toBeUndefined();
  });
});

describe('brackets', () => {
  test('shipped with the program can be true', () => {
    for (const tiers of Object.values(cascade.tiers)) expect(areMarginTiers(tiers)).toBe(true);
  });

  test.each<[string, MarginTier[]]>([
    ['none', []],
    ['a position that is dead when it is opened', [[null, 0.02, 50]]],
    [
      'bounds that fall',
      [
        [2e6, 0.01, 50],
        [1e6, 0.02, 20],
      ],
    ],
    [
      'an end before the last',
      [
        [null, 0.01, 50],
        [1e6, 0.02, 20],
      ],
    ],
    [
      'rates that fall',
      [
        [1e6, 0.02, 20],
        [null, 0.01, 10],
      ],
    ],
    [
      'leverage that rises',
      [
        [1e6, 0.01, 20],
        [null, 0.02, 30],
      ],
    ],
  ])('cannot have %s', (_, tiers) => {
    expect(areMarginTiers(tiers)).toBe(false);
  });
});

describe('what was left of positions that died', () => {
  recordedTest(
    'on Hyperliquid is at most half of the margin that the most leverage asks for',
    () => {
      // Of an isolated position the account holds what does not stand behind it.
      const rows = readTable('history/hyperliquid/ALL-liquidations.csv.gz').filter(
        (row) => row['leverage_type'] === 'Cross',
      );
      const left = rows.map(
        (row) => Number(row['liquidated_account_value']) / Number(row['liquidated_ntl_pos']),
      );
      expect(left).toHaveLength(54);
      // In the spring of 2023 it gave 50 times at the most.
      expect(Math.max(...left)).toBeLessThanOrEqual(1 / (2 * 50));
      expect(left.filter((share) => share > 0.009).length).toBeGreaterThan(30);
    },
  );
});
