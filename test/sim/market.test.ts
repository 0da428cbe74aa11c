import { describe, expect, test } from 'vitest';
import { advance, switchScenario } from '../../src/sim/market.ts';
import { copyOf } from '../../src/sim/market-book.ts';
import { setFundingInterval } from '../../src/sim/market-derivatives.ts';
import { fundingEstimate } from '../../src/sim/market-funding.ts';
import { heldLots } from '../../src/sim/market-positions.ts';
import { createMarket } from '../../src/sim/market-start.ts';
import type { Market } from '../../src/sim/market-state.ts';
import { listenTo, live } from './support/hearing.ts';

const START_MS = Date.UTC(2026, 10, 20, 13, 37, 5);
const NAMES = ['BTC', 'ETH', 'SOL'];

const market = (seed: number, scenario: string, assets: readonly string[] = NAMES): Market =>
  createMarket({ seed, scenario, assets, startMs: START_MS });

const price = (of: Market): number => of.assets[0]!.indexPrice;

describe('a seeded market', () => {
  test('lives the same life from the same seed, however its time is portioned', () => {
    const once = market(7, 'demo');
    const portioned = market(7, 'demo');
    const whole = live(once, 30);
    const { heard, listener } = listenTo(portioned);
    for (let ms = 0; ms <= 30_000; ms += 777) advance(portioned, START_MS + ms, listener);
    advance(portioned, START_MS + 30_000, listener);
    expect(heard.levels.length).toBeGreaterThan(10_000);
    expect(heard).toEqual(whole);
  });

  test('lives another life from another seed', () => {
    expect(live(market(1, 'calm'), 2).trades).not.toEqual(live(market(2, 'calm'), 2).trades);
  });

  test('gives an asset the same life whatever is listed beside it', () => {
    const alone = live(market(3, 'calm', ['BTC']), 20);
    const among = live(market(3, 'calm', ['SOL', 'BTC', 'DOGE']), 20);
    const ofBtc = (lines: readonly string[]) => lines.filter((line) => line.includes(' BTCUSDT '));
    expect(ofBtc(among.levels)).toEqual(alone.levels);
    expect(ofBtc(among.trades)).toEqual(alone.trades);
  });

  test('continues from a structured clone exactly as it would have', () => {
    const original = market(5, 'cascade');
    live(original, 20);
    const copy = structuredClone(original);
    expect(live(copy, 10)).toEqual(live(original, 10));
  });

  test('never crosses a book, in any scenario', () => {
    for (const scenario of ['calm', 'demo', 'squeeze']) {
      const names = ['BTC', 'XRP', 'PEPE'];
      expect(live(market(11, scenario, names), 90).crossed).toBe(0);
    }
  });

  test('refuses a coin or a scenario it does not know, and names those it does', () => {
    expect(() => market(1, 'calm', ['LUNA'])).toThrow(/does not list LUNA.*BTC/);
    expect(() => market(1, 'boring')).toThrow(/Unknown scenario boring.*calm/);
  });
});

describe('a book', () => {
  const { assets } = market(4, 'calm');
  const book = copyOf(assets[0]!.perp.book);

  test('is dense near the touch, thins out, and reaches far', () => {
    const best = book.bids[0]![0];
    const within = (bps: number) =>
      book.bids.filter(([ticks]) => ticks >= best * (1 - bps * 1e-4)).length;
    expect(book.bids.length).toBeGreaterThan(1000);
    expect(within(10)).toBeGreaterThan(200);
    // A thousand levels do not cover a quarter of a percent much beyond, as on the real venue.
    expect(within(25)).toBeGreaterThan(600);
    expect(within(50) - within(25)).toBeLessThan(within(25));
    expect(book.bids[book.bids.length - 1]![0]).toBeLessThan(best * 0.5);
  });

  test('changes between 10 and 60 levels of BTC in most tenths of a second', () => {
    const calm = market(4, 'calm', ['BTC']);
    const counts: number[] = [];
    for (let tenth = 0; tenth < 200; tenth++) {
      const { heard, listener } = listenTo(calm);
      advance(calm, calm.nowMs + 100, listener);
      const levels = heard.levels
        .filter((line) => line.startsWith('perp'))
        .map((line) => line.split(' ').slice(3, 5).join(' '));
      counts.push(new Set(levels).size);
    }
    const usual = counts.filter((count) => count >= 10 && count <= 60).length;
    expect(usual / counts.length).toBeGreaterThan(0.8);
  });

  test('mostly has a spread of one tick', () => {
    const calm = market(4, 'calm', ['BTC']);
    let tight = 0;
    for (let step = 0; step < 400; step++) {
      live(calm, 0.05);
      const [bid, ask] = [
        copyOf(calm.assets[0]!.perp.book, 1).bids,
        copyOf(calm.assets[0]!.perp.book, 1).asks,
      ];
      if (ask[0]![0] - bid[0]![0] === 1) tight++;
    }
    expect(tight / 400).toBeGreaterThan(0.8);
  });
});

describe('positions', () => {
  test('longs, shorts and open interest are always the same number of lots', () => {
    for (const scenario of ['cascade', 'squeeze']) {
      const acting = market(6, scenario, ['BTC']);
      for (let part = 0; part < 6; part++) {
        live(acting, 15);
        for (const asset of acting.assets) {
          const { openInterest, positions } = asset;
          expect(heldLots(positions.long) / openInterest).toBeCloseTo(1, 9);
          expect(heldLots(positions.short) / openInterest).toBeCloseTo(1, 9);
        }
      }
    }
  });
});

describe('scenarios', () => {
  test('calm stays near its price, with small liquidations at most', () => {
    const calm = market(8, 'calm', ['BTC']);
    const before = price(calm);
    const heard = live(calm, 120);
    expect(Math.abs(price(calm) / before - 1)).toBeLessThan(0.008);
    const usd = heard.liquidations.reduce((sum, { filledLots, averageTicks, asset }) => {
      const { spec } = calm.assets.find((state) => state.spec.asset === asset)!.perp;
      return sum + filledLots * spec.stepSize * averageTicks * spec.tickSize;
    }, 0);
    expect(usd).toBeLessThan(20e6);
  });

  test.each([1, 2, 3])('carry makes funding rich while open interest rises (seed %i)', (seed) => {
    const acting = market(seed, 'carry', ['BTC']);
    const openInterest = acting.assets[0]!.openInterest;
    const before = price(acting);
    live(acting, 120);
    const [btc] = acting.assets;
    expect(fundingEstimate(btc!.funding)).toBeGreaterThan(0.0003);
    expect(btc!.openInterest).toBeGreaterThan(openInterest * 1.01);
    expect(price(acting)).toBeGreaterThan(before);
    expect(btc!.markPrice).toBeGreaterThan(btc!.indexPrice * 1.0005);
  });

  test.each([1, 2, 3])(
    'cascade: longs are liquidated, price and open interest fall, depth thins (seed %i)',
    (seed) => {
      const acting = market(seed, 'cascade', ['BTC']);
      live(acting, 15);
      const openInterest = acting.assets[0]!.openInterest;
      const before = price(acting);
      const heard = live(acting, 40);
      const [btc] = acting.assets;
      const longs = heard.liquidations.filter(({ liquidatedSide }) => liquidatedSide === 'long');
      expect(longs.length).toBeGreaterThan(50);
      expect(longs.length).toBeGreaterThan(0.95 * heard.liquidations.length);
      expect(price(acting)).toBeLessThan(before * 0.985);
      expect(btc!.openInterest).toBeLessThan(openInterest * 0.99);
      expect(btc!.perp.depth).toBeLessThan(0.5);
    },
  );

  test.each([1, 2, 3])('squeeze: shorts are liquidated upward (seed %i)', (seed) => {
    const acting = market(seed, 'squeeze', ['BTC']);
    live(acting, 15);
    const openInterest = acting.assets[0]!.openInterest;
    const before = price(acting);
    const { liquidations } = live(acting, 40);
    const shorts = liquidations.filter(({ liquidatedSide }) => liquidatedSide === 'short');
    expect(shorts.length).toBeGreaterThan(50);
    expect(shorts.length).toBeGreaterThan(0.95 * liquidations.length);
    expect(price(acting)).toBeGreaterThan(before * 1.015);
    expect(acting.assets[0]!.openInterest).toBeLessThan(openInterest);
  });

  test('demo walks through every regime within five minutes', () => {
    const acting = market(9, 'demo', ['BTC']);
    const phases = new Set<string>();
    const funding: number[] = [];
    for (let part = 0; part < 30; part++) {
      live(acting, 10);
      phases.add(acting.assets[0]!.phase);
      funding.push(fundingEstimate(acting.assets[0]!.funding));
    }
    expect([...phases].sort()).toEqual(
      ['calm', 'carry', 'cascade', 'recovery', 'short-build', 'squeeze'].sort(),
    );
    expect(Math.max(...funding)).toBeGreaterThan(0.0008);
    expect(Math.min(...funding)).toBeLessThan(-0.0003);
  });

  test('can be switched while the market lives, without a jump', () => {
    const acting = market(10, 'calm', ['BTC']);
    live(acting, 10);
    const before = price(acting);
    switchScenario(acting, 'cascade');
    live(acting, 1);
    expect(Math.abs(price(acting) / before - 1)).toBeLessThan(0.002);
    live(acting, 50);
    expect(price(acting)).toBeLessThan(before * 0.99);
  });
});

describe('funding', () => {
  test('settles on the interval and begins the next period', () => {
    const nearly = createMarket({
      seed: 2,
      scenario: 'calm',
      assets: ['BTC', 'SOL'],
      startMs: Date.UTC(2026, 10, 20, 15, 59, 50),
    });
    const [btc, sol] = nearly.assets;
    const at = Date.UTC(2026, 10, 20, 16);
    expect([btc!.funding.nextMs, sol!.funding.nextMs]).toEqual([at, at]);
    live(nearly, 10);
    // The venue still shows the old period on the hour itself.
    expect(btc!.funding.nextMs).toBe(at);
    live(nearly, 5);
    expect(btc!.funding.nextMs).toBe(Date.UTC(2026, 10, 21, 0));
    expect(sol!.funding.nextMs).toBe(Date.UTC(2026, 10, 20, 20));
    expect(btc!.tape.settlements[btc!.tape.settlements.length - 1]!.atMs).toBe(at);
  });

  test('moves to another interval on demand', () => {
    const acting = market(2, 'calm', ['BTC']);
    const btc = acting.assets[0]!;
    expect(btc.funding.nextMs).toBe(Date.UTC(2026, 10, 20, 16));
    setFundingInterval(btc, 1, acting.nowMs);
    expect(btc.funding.nextMs).toBe(Date.UTC(2026, 10, 20, 14));
  });
});
