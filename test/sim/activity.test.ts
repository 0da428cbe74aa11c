import { describe, expect, test } from 'vitest';
import { paced } from '../../src/sim/activity.ts';
import { assetsNamed } from '../../src/sim/assets.ts';
import { inventedAssets } from '../../src/sim/assets-invented.ts';
import { advance } from '../../src/sim/market.ts';
import { createMarket } from '../../src/sim/market-start.ts';

const SYMBOLS = 150;
const WARMING_MS = 5000;
const SECONDS = 10;

/** Depth messages at ten a second and aggregate trades of all perps, per second. */
function rates(messagesPerSecond: number, scenario = 'calm') {
  const market = createMarket({
    seed: 6,
    scenario,
    assets: ['BTC', 'ETH'],
    symbols: SYMBOLS,
    messagesPerSecond,
    startMs: Date.UTC(2026, 10, 20, 13, 37, 5),
  });
  const changed = new Map<string, number>();
  let depth = 0;
  let trades = 0;
  const listener = {
    level: ({ kind, spec }: { kind: string; spec: { symbol: string } }) => {
      const window = Math.floor(market.nowMs / 100);
      if (kind === 'spot' || changed.get(spec.symbol) === window) return;
      changed.set(spec.symbol, window);
      depth++;
    },
    trade: ({ kind }: { kind: string }) => {
      if (kind === 'perp') trades++;
    },
    liquidation: () => undefined,
    settlement: () => undefined,
    stepped: () => undefined,
  };
  advance(market, market.nowMs + WARMING_MS, listener);
  depth = 0;
  trades = 0;
  advance(market, market.nowMs + SECONDS * 1000, listener);
  return { depth: depth / SECONDS, trades: trades / SECONDS };
}

describe('a market that is driven to a rate', () => {
  test.each([300, 1500, 6000])('makes about %i messages a second', (wanted) => {
    const { depth, trades } = rates(wanted);
    expect((depth + trades) / wanted).toBeGreaterThan(0.75);
    expect((depth + trades) / wanted).toBeLessThan(1.3);
  });

  test('is three quarters depth until every book changes all the time, then trades', () => {
    const ordinary = rates(1500);
    expect(ordinary.depth / (ordinary.depth + ordinary.trades)).toBeCloseTo(0.75, 1);
    const driven = rates(6000);
    expect(driven.depth).toBeGreaterThan(0.9 * 10 * SYMBOLS);
    expect(driven.depth).toBeLessThanOrEqual(10 * SYMBOLS);
    expect(driven.trades).toBeGreaterThan(2 * driven.depth);
  });

  test('trades several times as much in a crash', () => {
    expect(rates(1500, 'cascade').trades).toBeGreaterThan(1.5 * rates(1500).trades);
  });

  test('drives the perps alone, the largest no further than one market can go', () => {
    const specs = [...assetsNamed(['BTC']), ...inventedAssets(1, 30)];
    const driven = paced(specs, 3000);
    expect(driven.map(({ spot }) => spot)).toEqual(specs.map(({ spot }) => spot));
    for (const { perp } of driven) expect(perp.tradesPerSecond).toBeLessThanOrEqual(150);
    // Busier markets trade smaller pieces: turnover grows far less than the number of orders.
    for (const [index, { perp }] of driven.entries()) {
      const { perp: calm } = specs[index]!;
      expect(perp.tradesPerSecond).toBeGreaterThan(5 * calm.tradesPerSecond);
      expect(perp.tradeUsd).toBeLessThan(0.3 * calm.tradeUsd);
      expect(perp.tradeUsd).toBeGreaterThan(perp.minNotional);
    }
  });

  test('refuses a rate that so many perps cannot make, and says which they can', () => {
    const specs = inventedAssets(1, 20);
    for (const rate of [0, -1, Number.NaN, 50_000]) {
      expect(() => paced(specs, rate)).toThrow(/messagesPerSecond: above 0 and up to \d+ for 20/);
    }
  });
});
