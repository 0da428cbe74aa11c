import { describe, expect, test } from 'vitest';
import type { BoardName } from '../../src/sim/boards/index.ts';
import { listed } from '../../src/sim/listed.ts';
import { advance } from '../../src/sim/market.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/sim/market-bars.ts';
import { bestTicks } from '../../src/sim/market-book.ts';
import type { Listing } from '../../src/sim/market-flow.ts';
import { premiumBeside } from '../../src/sim/market-follow.ts';
import { continuousRate, fundingEstimate } from '../../src/sim/market-funding.ts';
import { list } from '../../src/sim/market-listings.ts';
import { heldLots } from '../../src/sim/market-positions.ts';
import { createMarket } from '../../src/sim/market-start.ts';
import type { AssetState, Market, MarketListener } from '../../src/sim/market-state.ts';
import { barsBetween, openInterestOn } from '../../src/sim/market-tape.ts';
import { live } from './support/hearing.ts';

const START_MS = Date.UTC(2026, 10, 20, 13, 37, 5);
const ALL: readonly BoardName[] = ['binance-coinm', 'bybit', 'okx', 'deribit', 'hyperliquid'];

const market = (
  seed: number,
  scenario: string,
  boards: readonly BoardName[] = ALL,
  assets: readonly string[] = ['BTC'],
  startMs = START_MS,
): Market => createMarket({ seed, scenario, assets, boards, startMs });

const SILENT: MarketListener = {
  level: () => undefined,
  trade: () => undefined,
  liquidation: () => undefined,
  settlement: () => undefined,
  stepped: () => undefined,
};

const pass = (of: Market, ms: number, listener: Partial<MarketListener> = {}): void =>
  advance(of, of.nowMs + ms, { ...SILENT, ...listener });

const named = ({ assets, followers }: Market, key: string): AssetState =>
  [...assets, ...followers].find(({ spec }) => spec.key === key)!;

/** Middle of the book per single coin. */
const mid = ({ book, spec, kind }: Listing, { multiplier }: AssetState['spec']): number =>
  (((bestTicks(book, 'bid') + bestTicks(book, 'ask')) / 2) * spec.tickSize) /
  (kind === 'spot' ? 1 : multiplier);

const PERPS = [
  'bybit:linear:BTCUSDT',
  'okx:swap:BTC-USDT-SWAP',
  'deribit:future:BTC-PERPETUAL',
  'hyperliquid:perp:BTC',
  'binance-coinm:coinm:BTCUSD_PERP',
];

describe('venues beside the leader', () => {
  test('live the same life from the same seed, however its time is portioned', () => {
    const whole = live(market(7, 'demo'), 20);
    const portioned = market(7, 'demo');
    const trades: string[] = [];
    for (let ms = 0; ms < 20_000; ms += 650) {
      pass(portioned, Math.min(650, 20_000 - ms), {
        trade: ({ kind, spec }, trade) =>
          trades.push(`${kind} ${spec.symbol} ${JSON.stringify(trade)}`),
      });
    }
    expect(trades.length).toBeGreaterThan(300);
    expect(trades).toEqual(whole.trades);
  });

  test('leave the leader the life it has alone', () => {
    const alone = live(market(3, 'demo', []), 20);
    const among = market(3, 'demo');
    const levels: string[] = [];
    pass(among, 20_000, {
      level: ({ kind, spec, book, board }, side, ticks, lots) => {
        if (board !== 'binance') return;
        levels.push(`${kind} ${spec.symbol} ${book.updateId} ${side} ${ticks} ${lots}`);
      },
    });
    expect(levels).toEqual(alone.levels);
  });

  test('have the same life whatever else is listed, here or elsewhere', () => {
    const lifeOfOkx = (boards: readonly BoardName[], assets: readonly string[]) => {
      const heard: string[] = [];
      pass(market(4, 'cascade', boards, assets), 25_000, {
        level: ({ board, spec, book }, side, ticks, lots) => {
          if (board !== 'okx' || !spec.symbol.startsWith('BTC')) return;
          heard.push(`${spec.symbol} ${book.updateId} ${side} ${ticks} ${lots}`);
        },
        liquidation: ({ spec }, { lots, atMs }) => {
          if (spec.board === 'okx' && spec.asset === 'BTC')
            heard.push(`${spec.key} ${lots} ${atMs}`);
        },
      });
      return heard;
    };
    const alone = lifeOfOkx(['okx'], ['BTC']);
    expect(alone.length).toBeGreaterThan(5000);
    expect(lifeOfOkx(['hyperliquid', 'okx', 'bybit'], ['DOGE', 'BTC'])).toEqual(alone);
  });

  test('continue from a structured clone exactly as they would have', () => {
    const original = market(5, 'cascade');
    pass(original, 15_000);
    const copy = structuredClone(original);
    expect(live(copy, 5)).toEqual(live(original, 5));
  });

  test('never cross a book, in calm and in a crash', () => {
    for (const scenario of ['calm', 'cascade']) {
      const acting = market(11, scenario, ALL, ['ETH', 'PEPE']);
      let crossed = 0;
      let looked = 0;
      pass(acting, 60_000, {
        stepped: () => {
          for (const { perp, spot } of acting.followers) {
            for (const { book } of [perp, spot].filter((listing) => listing !== null)) {
              looked++;
              if (!(bestTicks(book, 'bid') < bestTicks(book, 'ask'))) crossed++;
            }
          }
        },
      });
      expect(looked).toBeGreaterThan(20_000);
      expect(crossed).toBe(0);
    }
  });

  test('stand some basis points apart, and never by the same for long', () => {
    const calm = market(8, 'calm');
    const leader = named(calm, 'BTC');
    const apart = new Map<string, number[]>(PERPS.map((key) => [key, []]));
    for (let second = 0; second < 150; second++) {
      pass(calm, 1000);
      for (const [key, gaps] of apart) {
        const own = named(calm, key);
        gaps.push((mid(own.perp, own.spec) / mid(leader.perp, leader.spec) - 1) * 1e4);
      }
    }
    for (const gaps of apart.values()) {
      expect(Math.max(...gaps.map(Math.abs))).toBeLessThan(15);
      expect(Math.max(...gaps) - Math.min(...gaps)).toBeGreaterThan(1);
      expect(new Set(gaps).size).toBeGreaterThan(100);
    }
    const bybit = named(calm, 'bybit:linear:BTCUSDT');
    const spotApart = mid(bybit.spot!, bybit.spec) / mid(leader.spot!, leader.spec) - 1;
    expect(Math.abs(spotApart)).toBeLessThan(0.0012);
    expect(spotApart).not.toBe(0);
  });

  test('come after the leader, not before it', () => {
    const moving = market(9, 'squeeze', ['hyperliquid']);
    const leader = named(moving, 'BTC');
    const slow = named(moving, 'hyperliquid:perp:BTC');
    const prices: [number, number][] = [];
    for (let step = 0; step < 1200; step++) {
      pass(moving, 100);
      prices.push([Math.log(mid(leader.perp, leader.spec)), Math.log(mid(slow.perp, slow.spec))]);
    }
    const returns = prices.slice(1).map(([ours, theirs], index) => {
      const [before, theirsBefore] = prices[index]!;
      return [ours - before, theirs - theirsBefore] as const;
    });
    /** How much of one's moves shows at the other `lag` steps later. */
    const together = (first: 0 | 1, second: 0 | 1, lag: number) =>
      returns
        .slice(0, -lag)
        .reduce((sum, move, index) => sum + move[first] * returns[index + lag]![second], 0);
    const after = together(0, 1, 1) + together(0, 1, 2) + together(0, 1, 3);
    const before = together(1, 0, 1) + together(1, 0, 2) + together(1, 0, 3);
    expect(after).toBeGreaterThan(2 * Math.max(0, before));
  });

  test.each([1, 2])('have funding of their own, per own interval (seed %i)', (seed) => {
    const rich = market(seed, 'carry', ALL, ['BTC', 'ETH']);
    pass(rich, 100_000);
    const rates = ['BTC', ...PERPS].map((key) => {
      const { funding } = named(rich, key);
      return (fundingEstimate(funding) * 8) / funding.intervalHours;
    });
    for (const rate of rates) expect(rate).toBeGreaterThan(0.0003);
    const sorted = rates.toSorted((left, right) => left - right);
    for (const [index, rate] of sorted.slice(1).entries()) {
      expect(rate - sorted[index]!).toBeGreaterThan(0);
    }
    // Two legs of an arbitrage that a desk would look at.
    expect(sorted.at(-1)! - sorted[0]!).toBeGreaterThan(0.0002);
  });

  test('keep longs, shorts and open interest equal, in coins, contracts and dollars', () => {
    for (const scenario of ['cascade', 'squeeze']) {
      const acting = market(6, scenario, ALL, ['BTC', 'PEPE']);
      const died = new Set<string>();
      for (let part = 0; part < 4; part++) {
        pass(acting, 15_000, { liquidation: ({ spec }) => died.add(spec.key) });
        for (const { openInterest, positions } of acting.followers) {
          expect(openInterest).toBeGreaterThan(0);
          expect(heldLots(positions.long) / openInterest).toBeCloseTo(1, 9);
          expect(heldLots(positions.short) / openInterest).toBeCloseTo(1, 9);
        }
      }
      for (const key of PERPS) expect(died).toContain(key);
      expect(died).toContain('okx:swap:PEPE-USDT-SWAP');
    }
  });

  test('open as many dollars as their share, whatever their sizes count', () => {
    const { followers } = market(2, 'calm', ALL, ['BTC', 'PEPE']);
    for (const { spec, perp, openInterest, markPrice } of followers) {
      const { unit, size } = perp.spec.contract;
      const sizes = openInterest * perp.spec.stepSize * size;
      const usd = unit === 'usd' ? sizes : sizes * markPrice;
      expect(usd / spec.openInterestUsd).toBeCloseTo(1, 2);
    }
  });

  test('count inverse volume in contracts and its notional in dollars', () => {
    const calm = market(2, 'calm', ['okx']);
    // The minute in which it began is partly history.
    pass(calm, 80_000);
    const { tape, perp } = named(calm, 'okx:swap:BTC-USD-SWAP');
    const [bar] = barsBetween(tape, 'perp', HOUR_MS, START_MS - 3 * HOUR_MS, START_MS);
    expect(bar!.notional / (bar!.volume * perp.spec.contract.size)).toBeCloseTo(1, 9);
    const running = tape.bars.perp[MINUTE_MS].at(-1)!;
    expect(running.count).toBeGreaterThan(0);
    expect(running.notional / (running.volume * 100)).toBeCloseTo(1, 9);
  });
});

describe('settlements', () => {
  test('come every hour on Hyperliquid and Deribit, every eight on Bybit', () => {
    const nearly = market(2, 'calm', ALL, ['BTC'], Date.UTC(2026, 10, 20, 14, 59, 55));
    const settled: string[] = [];
    pass(nearly, 10_000, { settlement: ({ spec }) => settled.push(spec.key) });
    expect(settled.sort()).toEqual([
      'deribit:future:BTC-PERPETUAL',
      'deribit:future:BTC_USDC-PERPETUAL',
      'hyperliquid:perp:BTC',
    ]);
    const { funding, tape } = named(nearly, 'bybit:linear:BTCUSDT');
    expect(funding.nextMs).toBe(Date.UTC(2026, 10, 20, 16));
    expect(tape.settlements.at(-1)!.atMs).toBe(Date.UTC(2026, 10, 20, 8));
    expect(named(nearly, 'hyperliquid:perp:BTC').tape.settlements.length).toBeGreaterThan(720);
  });

  test.each([
    [0, 0],
    [0.0002, 0],
    [0.00125, 0.001],
    [-0.00125, -0.001],
    [0.02, 0.005],
  ])('a premium of %d pays %d per eight hours where funding is continuous', (premium, rate) => {
    expect(continuousRate(premium, 0.005)).toBeCloseTo(rate, 12);
  });
});

describe('dated contracts', () => {
  const QUARTERLY = 'bybit:linear:BTCUSDT-25DEC26';
  const NEXT = 'bybit:linear:BTCUSDT-26MAR27';
  const WEEKLY = 'bybit:linear:BTCUSDT-27NOV26';
  const basis = (of: Market, key: string): number => {
    const { markPrice, indexPrice } = named(of, key);
    return markPrice / indexPrice - 1;
  };

  test('cost more the longer they run, in a calm market', () => {
    const calm = market(3, 'calm', ['bybit']);
    pass(calm, 20_000);
    expect(basis(calm, QUARTERLY)).toBeGreaterThan(basis(calm, WEEKLY) + 0.001);
    expect(basis(calm, NEXT)).toBeGreaterThan(basis(calm, QUARTERLY) + 0.003);
    expect(basis(calm, NEXT)).toBeLessThan(0.03);
  });

  test('cost more still when longs pile in, and less than spot when shorts do', () => {
    const { spec } = named(market(3, 'calm', ['bybit']), NEXT);
    const [calm, longs, shorts] = [-0.00046, 0.0028, -0.0026].map((leaderPremium) =>
      premiumBeside(spec, leaderPremium, START_MS),
    ) as [number, number, number];
    expect(longs).toBeGreaterThan(2 * calm);
    expect(shorts).toBeLessThan(0);
    expect(Math.abs(premiumBeside(spec, 0.0028, spec.expiryMs!))).toBe(0);
  });

  test('are delivered on their Friday, and nothing happens on them afterwards', () => {
    const friday = Date.UTC(2026, 10, 27, 8);
    const nearly = market(3, 'calm', ['okx', 'bybit'], ['BTC'], friday - 6000);
    const weekly = named(nearly, WEEKLY);
    expect(weekly.spec.expiryMs).toBe(friday);
    const changedMs: number[] = [];
    const told: string[] = [];
    pass(nearly, 12_000, {
      level: ({ spec, book }) => {
        if (spec.symbol === 'BTCUSDT-27NOV26') changedMs.push(book.changedMs);
      },
      delisted: ({ spec }) => told.push(`${nearly.nowMs - friday} gone ${spec.key}`),
      listed: ({ spec }) => told.push(`${nearly.nowMs - friday} new ${spec.key}`),
    });
    expect(changedMs.length).toBeGreaterThan(20);
    expect(Math.max(...changedMs)).toBeLessThan(friday);
    expect(Math.abs(weekly.markPrice / weekly.indexPrice - 1)).toBeLessThan(0.0012);
    expect(named(nearly, NEXT).perp.book.changedMs).toBeGreaterThan(friday);
    expect(told.filter((line) => line.includes('bybit'))).toEqual([
      `0 gone ${WEEKLY}`,
      '0 new bybit:linear:BTCUSDT-4DEC26',
    ]);
    expect(listed(nearly, 'bybit').map(({ listing }) => listing.spec.symbol)).not.toContain(
      'BTCUSDT-27NOV26',
    );
  });

  test('are followed by the next of their kind, at the price of the moment', () => {
    // The last Friday of a quarter.
    const friday = Date.UTC(2026, 11, 25, 8);
    const nearly = market(4, 'calm', ['binance-coinm', 'okx'], ['BTC'], friday - 3000);
    const before = new Set(nearly.followers.map(({ spec }) => spec.key));
    pass(nearly, 6000);
    const fresh = nearly.followers.filter(({ spec }) => !before.has(spec.key));
    expect(fresh.map(({ spec }) => spec.key)).toEqual([
      'binance-coinm:coinm:BTCUSD_270625',
      'okx:futures:BTC-USD-270625',
      'okx:futures:BTC-USDT-270625',
    ]);
    for (const asset of fresh) {
      expect(asset.spec.onboardMs).toBe(friday);
      expect(asset.perp.book.changedMs).toBeGreaterThan(friday);
      expect(Math.abs(asset.markPrice / asset.indexPrice - 1)).toBeLessThan(0.03);
      expect(Math.abs(asset.indexPrice / asset.leader!.indexPrice - 1)).toBeLessThan(0.002);
    }
  });

  test('go and come the same way however time is portioned', () => {
    const friday = Date.UTC(2026, 11, 25, 8);
    const [whole, portioned] = [0, 1].map(() =>
      market(4, 'calm', ['binance-coinm'], ['BTC'], friday - 3000),
    ) as [Market, Market];
    pass(whole, 6000);
    for (let ms = 0; ms < 6000; ms += 150) pass(portioned, 150);
    expect(portioned).toEqual(whole);
  });
});

describe('a coin that is listed in the middle of a market’s life', () => {
  const listener: MarketListener = { ...SILENT };

  test('trades from then on wherever it belongs, and has a past', () => {
    const young = market(5, 'calm', ['bybit', 'deribit', 'hyperliquid'], ['BTC']);
    pass(young, 5000);
    const told: string[] = [];
    list(young, 'PEPE', { ...listener, listed: ({ spec }) => told.push(spec.key) });
    expect(told).toEqual(['PEPE', 'bybit:linear:1000PEPEUSDT', 'hyperliquid:perp:kPEPE']);
    const atMs = young.nowMs;
    pass(young, 5000);
    for (const key of told) {
      const { perp, spec, tape } = named(young, key);
      expect(spec.onboardMs).toBe(atMs);
      expect(perp.book.changedMs).toBeGreaterThan(atMs);
      expect(barsBetween(tape, 'perp', HOUR_MS, atMs - 10 * HOUR_MS, atMs).length).toBe(10);
    }
    expect(() => list(young, 'PEPE', listener)).toThrow(/PEPE is listed already/);
    expect(() => list(young, 'XYZ', listener)).toThrow(/does not list XYZ/);
  });

  test('changes nothing about the others', () => {
    const [with_, without] = [0, 1].map(() => market(5, 'calm', ['bybit'], ['BTC'])) as [
      Market,
      Market,
    ];
    for (const each of [with_, without]) pass(each, 1000);
    list(with_, 'SOL', listener);
    for (const each of [with_, without]) pass(each, 4000);
    for (const key of ['BTC', 'bybit:linear:BTCUSDT'])
      expect(named(with_, key)).toEqual(named(without, key));
  });
});

describe('a frozen book', () => {
  test('stays as it is while trades go on, and catches up afterwards', () => {
    const of = market(6, 'calm', ['bybit'], ['BTC']);
    pass(of, 1000);
    for (const key of ['BTC', 'bybit:linear:BTCUSDT']) {
      const { perp } = named(of, key);
      const before = structuredClone(perp.book);
      const [bid, ask] = [bestTicks(perp.book, 'bid'), bestTicks(perp.book, 'ask')];
      perp.isFrozen = true;
      const prices = new Set<number>();
      let levels = 0;
      pass(of, 20_000, {
        trade: (listing, { ticks }) => {
          if (listing === perp) prices.add(ticks);
        },
        level: (listing) => {
          if (listing === perp) levels++;
        },
      });
      expect([key, levels]).toEqual([key, 0]);
      expect(perp.book).toEqual(before);
      expect([...prices].toSorted()).toEqual([bid, ask]);
      perp.isFrozen = false;
      pass(of, 3000);
      expect(perp.book.updateId).toBeGreaterThan(before.updateId);
      expect(bestTicks(perp.book, 'bid')).toBeLessThan(bestTicks(perp.book, 'ask'));
    }
  });
});

describe('the past of a venue beside the leader', () => {
  const calm = market(1, 'calm', ALL, ['BTC', 'PEPE']);

  test('walked the same way as the leader, hour by hour and minute by minute', () => {
    for (const key of [...PERPS, 'okx:swap:PEPE-USDT-SWAP', 'hyperliquid:perp:kPEPE']) {
      const own = named(calm, key);
      const leader = own.leader!;
      for (const [length, back] of [
        [HOUR_MS, 700 * HOUR_MS],
        [MINUTE_MS, 90 * MINUTE_MS],
      ] as const) {
        const closes = ({ tape, spec }: AssetState) =>
          barsBetween(tape, 'perp', length, START_MS - back, START_MS).map(
            ({ close }) => close / spec.multiplier,
          );
        const ours = closes(own);
        const theirs = closes(leader);
        expect(ours.length).toBe(theirs.length);
        const apart = ours.map((close, index) => Math.abs(close / theirs[index]! - 1));
        expect(Math.max(...apart)).toBeLessThan(0.01);
        expect(apart.reduce((sum, gap) => sum + gap, 0) / apart.length).toBeLessThan(0.0012);
        expect(ours).not.toEqual(theirs);
      }
    }
  });

  test('ends where its market begins, and goes on without a hole', () => {
    const living = market(3, 'calm', ALL);
    for (const { tape, openInterest, indexPrice } of living.followers) {
      const last = barsBetween(tape, 'index', MINUTE_MS, START_MS - MINUTE_MS, START_MS).at(-1)!;
      expect(last.close / indexPrice).toBeCloseTo(1, 9);
      const edge = START_MS - (START_MS % 300_000);
      expect(openInterestOn(tape, edge)! / openInterest).toBeCloseTo(1, 1);
    }
    pass(living, 130_000);
    for (const { tape } of living.followers) {
      for (const series of ['perp', 'mark', 'index'] as const) {
        const bars = barsBetween(tape, series, MINUTE_MS, START_MS - HOUR_MS, living.nowMs + 1);
        for (const [index, bar] of bars.slice(1).entries()) {
          expect(bar.openMs - bars[index]!.openMs).toBe(MINUTE_MS);
          expect(bar.high).toBeGreaterThanOrEqual(bar.low);
        }
      }
    }
  });
});
