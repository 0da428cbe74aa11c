import { describe, expect, test } from 'vitest';
import { advance } from '../../src/sim/market.ts';
import { fundingEstimate } from '../../src/sim/market-funding.ts';
import { createMarket } from '../../src/sim/market-start.ts';
import type { Liquidation, Market } from '../../src/sim/market-state.ts';
import { live } from './support/hearing.ts';

const START_MS = Date.UTC(2026, 10, 20, 13, 37, 5);

const market = (seed: number, scenario: string, symbols: number): Market =>
  createMarket({ seed, scenario, assets: ['BTC', 'PEPE'], symbols, startMs: START_MS });

const rate8h = ({ assets }: Market): number[] =>
  assets.map(({ funding }) => (fundingEstimate(funding) * 8) / funding.intervalHours);

/** Lets a market live without writing down every level of it. */
function pass(of: Market, seconds: number): readonly Liquidation[] {
  const liquidations: Liquidation[] = [];
  advance(of, of.nowMs + seconds * 1000, {
    level: () => undefined,
    trade: () => undefined,
    liquidation: (_asset, liquidation) => liquidations.push(liquidation),
    settlement: () => undefined,
    stepped: () => undefined,
  });
  return liquidations;
}

describe('a market of many coins', () => {
  test('lists the named ones first and as many in all as were asked for', () => {
    const { assets } = market(1, 'calm', 40);
    expect(assets.length).toBe(40);
    expect(assets.slice(0, 2).map(({ spec }) => spec.asset)).toEqual(['BTC', 'PEPE']);
    expect(assets.filter(({ spot }) => spot !== null).length).toBe(2);
    for (const symbols of [1, 2.5, Number.NaN]) {
      expect(() => market(1, 'calm', symbols)).toThrow(/symbols: a whole number, 2 at least/);
    }
  });

  test('gives a coin the same life however many are listed beside it', () => {
    const few = live(market(3, 'demo', 12), 15);
    const many = live(market(3, 'demo', 60), 15);
    const { assets } = market(3, 'demo', 12);
    for (const index of [0, 1, 2, 7, 11]) {
      const { symbol } = assets[index]!.spec.perp;
      const own = (lines: readonly string[]) =>
        lines.filter((line) => line.includes(` ${symbol} `));
      expect(own(few.levels).length).toBeGreaterThan(20);
      expect(own(many.levels)).toEqual(own(few.levels));
      expect(own(many.trades)).toEqual(own(few.trades));
    }
  });

  test('leaves the named coins the life they have without the others', () => {
    const alone = createMarket({
      seed: 3,
      scenario: 'demo',
      assets: ['BTC', 'PEPE'],
      startMs: START_MS,
    });
    const named = / (?:BTC|PEPE|1000PEPE)USDT /;
    const { levels } = live(market(3, 'demo', 12), 15);
    expect(levels.filter((line) => named.test(line))).toEqual(live(alone, 15).levels);
  });

  test('continues from a structured clone exactly as it would have', () => {
    const original = market(5, 'cascade', 30);
    live(original, 10);
    const copy = structuredClone(original);
    expect(live(copy, 5)).toEqual(live(original, 5));
  });

  test('starts with funding of either sign and many sizes, and never crosses a book', () => {
    const calm = market(2, 'calm', 150);
    const rates = rate8h(calm).sort((left, right) => left - right);
    expect(rates[7]!).toBeLessThan(-0.0004);
    expect(rates.at(-3)!).toBeGreaterThan(0.0003);
    expect(live(calm, 10).crossed).toBe(0);
  });

  test('cascade: most coins fall, by different amounts, and most lose some of their longs', () => {
    const falling = market(2, 'cascade', 100);
    const before = falling.assets.map(({ markPrice, openInterest }) => ({
      markPrice,
      openInterest,
    }));
    const liquidations = pass(falling, 55);
    const returns = falling.assets
      .map(({ markPrice }, index) => markPrice / before[index]!.markPrice - 1)
      .sort((left, right) => left - right);
    expect(returns[50]!).toBeLessThan(-0.012);
    // Hedges exist, and the hardest hit lose several times what the least hit do.
    expect(returns[99]!).toBeGreaterThan(0);
    expect(returns[7]! / returns[87]!).toBeGreaterThan(2);
    const died = liquidations.filter(({ liquidatedSide }) => liquidatedSide === 'long');
    expect(new Set(died.map(({ asset }) => asset)).size).toBeGreaterThan(70);
    expect(died.length).toBeGreaterThan(liquidations.length * 0.8);
    const closed = falling.assets.filter(
      ({ openInterest }, index) => openInterest < before[index]!.openInterest * 0.95,
    );
    expect(closed.length).toBeGreaterThan(4);
    expect(closed.length).toBeLessThan(95);
  });

  test('carry makes the funding of followers rich and of contrary coins cheap', () => {
    const rising = market(4, 'carry', 150);
    const before = rate8h(rising);
    pass(rising, 60);
    const change = rate8h(rising).map((rate, index) => rate - before[index]!);
    const mean = (isIn: (crowding: number) => boolean) => {
      const chosen = change.filter((_, index) => {
        const { temper } = rising.assets[index]!.spec;
        return temper !== null && isIn(temper.crowding);
      });
      expect(chosen.length).toBeGreaterThan(5);
      return chosen.reduce((sum, value) => sum + value, 0) / chosen.length;
    };
    expect(mean((crowding) => crowding > 1.2)).toBeGreaterThan(0.0008);
    expect(mean((crowding) => crowding < 0)).toBeLessThan(0);
  });
});
