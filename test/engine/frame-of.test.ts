import { describe, expect, test } from 'vitest';
import { frameOf } from '../../src/engine/frame-of.ts';
import { step } from '../../src/engine/step.ts';
import type { Frame } from '../../src/frame/frame.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { type Micros, micros, SECOND } from '../../src/model/units.ts';
import { engineFor, lastFrame, linesOf } from '../support/engine.ts';
import { liveValue } from '../support/market.ts';
import { listingOf, perpOf, TAPE_START, type TapeOptions, tape } from '../support/tape.ts';

const frameWith = (options: TapeOptions, asset = 'BTC'): Frame =>
  lastFrame(linesOf(engineFor(), tape(options)), asset);

const frame = frameWith({ seconds: 30 });
const PERP = perpOf('BTC');
const SPOT = 'binance:BTC/USDT';

/** A tape whose events of one kind, and one listing where given, are changed from a second on. */
const changed = (
  options: TapeOptions,
  from: number,
  change: (event: EngineEvent) => EngineEvent | undefined,
): EngineEvent[] =>
  tape(options).flatMap((event) =>
    event.tsLocal < TAPE_START + from * SECOND ? event : (change(event) ?? []),
  );

describe('a frame', () => {
  test('has the keys that scripts rely on', () => {
    const keys = [
      'v',
      'type',
      'source',
      'tsLocal',
      'asset',
      'price',
      'funding.byVenue',
      'funding.oiWeighted',
      'openInterest',
      'liquidations',
      'cascade.level',
      'cascade.ratio',
      'basis',
      ...['mu', 'd', 'active', 'mu1', 'mu2', 'mu3'].map((key) => `drift.${key}`),
      ...['zFunding', 'zOiChange', 'zBasis', 'quantile', 'cells'].map((key) => `drift.${key}`),
      'regime.label',
      'regime.since',
      'quality',
    ];
    for (const key of keys)
      expect(
        key.split('.').reduce<unknown>((value, name) => (value as never)?.[name], frame),
        key,
      ).toBeDefined();
    for (const id of [PERP, SPOT])
      for (const key of [
        'status',
        'bid',
        'ask',
        'oib',
        'depthBid',
        'depthAsk',
        'spreadBps',
      ] as const)
        expect(frame.book.byInstrument[id]?.[key], key).toBeDefined();
  });

  test('is live in everything that a running market gives', () => {
    for (const reading of [
      frame.price,
      frame.priceChange1h,
      frame.priceChange24h,
      frame.funding.oiWeighted,
      frame.openInterest.usd,
      frame.openInterest.change24h,
      frame.openInterest.shock,
      frame.openInterest.norm,
      frame.cascade.level,
      frame.cascade.ratio,
      frame.basis.fair,
      frame.basis.venue,
      frame.drift.mu,
      frame.drift.active,
      frame.regime.label,
    ])
      expect(reading.state).toBe('live');
    expect(frame.quality.filter(({ state }) => state !== 'warming' && state !== 'info')).toEqual(
      [],
    );
  });

  test('hangs together: what is shown twice is the same number', () => {
    const perp = frame.book.byInstrument[PERP]!;
    expect(frame.price).toEqual(perp.mid);
    expect(frame.basis.perpMid).toEqual(perp.mid);
    expect(frame.basis.spotMid).toEqual(frame.book.byInstrument[SPOT]?.mid);
    expect(frame.openInterest.coin).toEqual(frame.openInterest.byVenue['binance']?.coin);
    expect(frame.funding.oiWeighted).toEqual(frame.funding.byVenue['binance']?.rate8h);
    expect(frame.funding.byVenue['binance']?.z).toEqual(frame.drift.zFunding);
    expect(frame.regime.oiShock).toEqual(frame.openInterest.shock);
    expect(frame.basis.fairZ).toEqual(frame.drift.zBasis);
    expect(frame.basis.venueZ).toMatchObject({ state: 'live', provisional: true });
    const { mu, mu1, mu2, mu3, d } = frame.drift;
    expect(liveValue(mu)).toBeCloseTo(liveValue(mu1) + liveValue(mu2) + liveValue(mu3), 12);
    expect(liveValue(d)).toBe(Math.abs(liveValue(mu)));
    expect(liveValue(frame.drift.active)).toBe(liveValue(d) > liveValue(frame.drift.quantile));
  });

  test('marks what belongs to the open cell, and nothing of the closed one', () => {
    for (const name of ['mu', 'd', 'active', 'zFunding', 'zOiChange', 'zBasis'] as const)
      expect(frame.drift[name], name).toHaveProperty('provisional', true);
    expect(frame.drift.quantile).not.toHaveProperty('provisional');
    expect(frame.drift.cellClose).toBe(TAPE_START + 60 * SECOND);
    const { committed } = frame.drift;
    expect(committed?.mu).not.toHaveProperty('provisional');
    expect(committed?.cellClose).toBe(TAPE_START - 3540 * SECOND);
  });

  test('marks what is a model of ours', () => {
    for (const reading of [
      frame.cascade.level,
      frame.cascade.longWithin5,
      frame.cascade.shortWithin5,
    ])
      expect(reading).toHaveProperty('estimated', true);
    expect(frame.cascade.thresholds).toEqual({ medium: 100e6, high: 200e6, critical: 500e6 });
    const price = liveValue(frame.price);
    for (const { price: at, side, notional } of frame.cascade.levels) {
      expect(notional).toBeGreaterThan(0);
      expect(Math.abs(at / price - 1)).toBeLessThan(0.11);
      if (Math.abs(at / price - 1) > 0.005) expect(side).toBe(at < price ? 'long' : 'short');
    }
  });

  test('shows the best levels first, as many as configured', () => {
    const settings = { ...DEFAULT_SETTINGS, ladderLevels: 5 };
    const { book } = lastFrame(linesOf(engineFor({ settings }), tape({ seconds: 5 })));
    const { bids, asks, bid, ask, bidSize, priceDecimals, sizeDecimals } = book.byInstrument[PERP]!;
    expect(bids).toHaveLength(5);
    expect(asks).toHaveLength(5);
    expect(bids[0]).toEqual([liveValue(bid), liveValue(bidSize)]);
    expect(asks[0]?.[0]).toBe(liveValue(ask));
    const prices = [...bids.map(([price]) => -price), ...asks.map(([price]) => price)];
    for (const side of [prices.slice(0, 5), prices.slice(5)])
      expect(side).toEqual([...side].sort((a, b) => a - b));
    for (const [price, size] of [...bids, ...asks]) {
      expect(price).toBe(Number(price.toFixed(priceDecimals)));
      expect(size).toBe(Number(size.toFixed(sizeDecimals)));
    }
  });

  test('lists a feature once: under its own place or under features', () => {
    const { features } = frame;
    for (const name of ['mid', 'oib', 'funding8h', 'oiChange1h', 'mark'])
      expect(features.byInstrument[PERP], name).not.toHaveProperty(name);
    for (const name of ['oibPersistence', 'oibQ50h1', 'spreadQ90h1', 'depthMinH1', 'vwap1m'])
      expect(features.byInstrument[PERP], name).toHaveProperty(name);
    expect(features.asset).toHaveProperty('oibDivergence');
  });

  test('stays small', () => {
    expect(JSON.stringify(frame).length).toBeLessThan(29_000);
  });

  test('of an asset nobody has heard of is whole and absent', () => {
    const engine = engineFor({ assets: ['BTC'] });
    const empty = frameOf(engine, 'BTC', TAPE_START);
    expect(empty.tsLocal).toBe(TAPE_START);
    expect(empty.drift.cellClose).toBe(TAPE_START + 60 * SECOND);
    expect(empty.price).toMatchObject({ reason: 'no perp listed yet' });
    expect(empty.drift.mu).toMatchObject({ reason: 'no perp listed yet' });
    expect(empty.regime.label).toMatchObject({ reason: 'no perp listed yet' });
    expect(empty.basis).toMatchObject({ perpInstrument: null, spotInstrument: null });
    expect(empty.basis.spotMid).toMatchObject({ reason: 'no spot of this venue' });
  });

  test('read later is stale where it should be, and is never of an earlier time than the engine', () => {
    const engine = engineFor();
    linesOf(engine, tape({ seconds: 30 }));
    const end = engine.now;
    const later = frameOf(engine, 'BTC', micros(end + 10 * SECOND));
    for (const reading of [later.price, later.basis.fair, later.drift.mu, later.regime.label])
      expect(reading).toMatchObject({ state: 'stale' });
    expect(later.drift.quantile.state).toBe('stale');
    expect(later.drift.committed?.mu.state).toBe('live');
    expect(frameOf(engine, 'BTC', micros(end - 5 * SECOND)).tsLocal).toBe(end);
    expect(frameOf(engine, 'BTC', micros(end + SECOND)).price.state).toBe('live');
  });
});

describe('funding over venues', () => {
  const two: TapeOptions = { venues: ['binance', 'okx'], seconds: 40 };

  test('is weighted by open interest, each venue on its own', () => {
    const { funding, openInterest } = frameWith(two);
    const entries = Object.entries(funding.byVenue);
    expect(entries.map(([venue]) => venue)).toEqual(['binance', 'okx']);
    let weight = 0;
    let sum = 0;
    for (const [venue, { rate8h }] of entries) {
      const coin = liveValue(openInterest.byVenue[venue]!.coin);
      weight += coin;
      sum += liveValue(rate8h) * coin;
    }
    expect(liveValue(funding.oiWeighted)).toBeCloseTo(sum / weight, 15);
    expect(funding.excluded).toEqual([]);
  });

  test('leaves a stale venue out and names it', () => {
    const events = changed(two, 20, (event) =>
      'instrument' in event &&
      event.instrument === perpOf('BTC', 'okx') &&
      (event.kind === 'markPrice' || event.kind === 'fundingPredicted')
        ? undefined
        : event,
    );
    const { funding } = lastFrame(linesOf(engineFor(), events));
    expect(funding.excluded).toEqual(['okx: stale funding rate']);
    expect(funding.byVenue['okx']?.rate8h.state).toBe('stale');
    expect(funding.oiWeighted).toEqual(funding.byVenue['binance']?.rate8h);
  });

  test('leaves a venue out whose open interest is stale, or that has no rate', () => {
    const quiet = changed(two, 5, (event) =>
      event.kind === 'openInterest' && event.instrument === perpOf('BTC', 'okx')
        ? undefined
        : event,
    );
    expect(lastFrame(linesOf(engineFor(), quiet)).funding.excluded).toEqual([
      'okx: stale open interest',
    ]);
    const mute = tape(two).filter(
      (event) => event.kind !== 'fundingInterval' || event.instrument !== perpOf('BTC', 'okx'),
    );
    const { funding } = lastFrame(linesOf(engineFor(), mute));
    expect(funding.excluded).toEqual(['okx: no funding interval']);
    expect(funding.byVenue['okx']?.rateAnnual).toMatchObject({ state: 'absent' });
  });

  test('has a z of each against its own week, the leading perp’s that of drift', () => {
    const { funding, features, drift } = frameWith(two);
    expect(funding.byVenue['binance']?.z).toEqual(drift.zFunding);
    expect(drift.zFunding).toMatchObject({ state: 'live', nEff: 21 });
    const { z } = funding.byVenue['okx']!;
    expect(z).toMatchObject({ state: 'live', nEff: 21 });
    expect(features.byInstrument[perpOf('BTC', 'okx')]!['fundingZ']).toEqual(z);
  });

  test('counts two perps of one venue and shows the one that leads', () => {
    const usdc = {
      ...listingOf('binance', 'BTC', 'perp'),
      id: 'binance:BTC/USDC:USDC',
      symbol: 'BTCUSDC',
      quote: 'USDC',
      settle: 'USDC',
    };
    const engine = engineFor();
    step(engine, { kind: 'listing', instrument: usdc, tsLocal: TAPE_START });
    const shown = lastFrame(linesOf(engine, tape({ seconds: 10 })));
    expect(shown.basis.perpInstrument).toBe(PERP);
    expect(shown.funding.byVenue['binance']?.instrument).toBe(PERP);
    expect(shown.funding.excluded).toEqual(['binance:BTC/USDC:USDC: no funding rate']);
    expect(shown.drift.mu.state).toBe('live');
  });
});

describe('the cascade', () => {
  test('scales the thresholds of another asset by its open interest', () => {
    const engine = engineFor();
    const lines = linesOf(engine, tape({ assets: ['BTC', 'SOL'], seconds: 10 }));
    const [btc, sol] = [lastFrame(lines), lastFrame(lines, 'SOL')];
    const share = liveValue(sol.openInterest.usd) / liveValue(btc.openInterest.usd);
    expect(sol.cascade.thresholds?.critical).toBeCloseTo(500e6 * share, 0);
    expect(sol.cascade.level.state).toBe('live');
  });

  test('has no level for an asset that cannot be compared with BTC', () => {
    const alone = lastFrame(linesOf(engineFor(), tape({ assets: ['SOL'], seconds: 10 })), 'SOL');
    expect(alone.cascade.level).toMatchObject({ reason: 'no BTC perp to scale thresholds by' });
    expect(alone.cascade.thresholds).toBeNull();
    expect(alone.cascade.longWithin5.state).toBe('live');
  });

  test('takes thresholds of its own from the settings', () => {
    const own = { medium: 1, high: 2, critical: 3 };
    const settings = {
      ...DEFAULT_SETTINGS,
      cascade: { ...DEFAULT_SETTINGS.cascade, overrides: { SOL: own } },
    };
    const lines = linesOf(engineFor({ settings }), tape({ assets: ['SOL'], seconds: 10 }));
    expect(lastFrame(lines, 'SOL').cascade).toMatchObject({
      thresholds: own,
      level: { state: 'live', value: 'critical' },
    });
  });

  test('is not estimated for a venue whose maintenance margin nobody has stated', () => {
    const settings = {
      ...DEFAULT_SETTINGS,
      cascade: {
        ...DEFAULT_SETTINGS.cascade,
        tiers: { binance: DEFAULT_SETTINGS.cascade.tiers['binance']! },
      },
    };
    const lines = linesOf(engineFor({ settings }), tape({ venues: ['okx'], seconds: 10 }));
    expect(lastFrame(lines).cascade.level).toMatchObject({
      reason: 'no maintenance margin rate: okx',
    });
  });

  test('is stale when open interest has been missing for more than three hours', () => {
    const lines = linesOf(engineFor(), tape({ seconds: 50, hole: { at: 20, hours: 7 } }));
    expect(lastFrame(lines).cascade.longWithin5).toMatchObject({ state: 'stale', estimated: true });
  });
});

describe('the basis that drift uses', () => {
  test('may be that of the venue, with its own past', () => {
    const settings = {
      ...DEFAULT_SETTINGS,
      drift: { ...DEFAULT_SETTINGS.drift, basis: 'venue' as const },
    };
    const { drift, basis } = lastFrame(linesOf(engineFor({ settings }), tape({ seconds: 10 })));
    expect(drift.mu.state).toBe('live');
    expect(basis.venueZ).toEqual(drift.zBasis);
    const { basis: other, drift: usual } = frameWith({ seconds: 10 });
    expect(liveValue(basis.fairZ)).toBeCloseTo(liveValue(usual.zBasis), 12);
    expect(liveValue(other.venueZ)).toBeCloseTo(liveValue(drift.zBasis), 12);
    const without = tape({ seconds: 10, without: ['spot'] });
    expect(lastFrame(linesOf(engineFor({ settings }), without)).drift.zBasis).toMatchObject({
      state: 'absent',
      reason: 'no spot of this venue',
    });
  });
});

test('μ is absent once γ is set and no dated future is known', () => {
  const settings = { ...DEFAULT_SETTINGS, drift: { ...DEFAULT_SETTINGS.drift, gamma: 1 } };
  const { drift } = lastFrame(linesOf(engineFor({ settings }), tape({ seconds: 10 })));
  for (const name of ['mu', 'mu3', 'active'] as const)
    expect(drift[name].state, name).toBe('absent');
  expect(drift.mu3).toMatchObject({ reason: 'no dated future' });
  expect(drift.mu1.state).toBe('live');
});

test('a listing that is announced again with finer steps keeps book and signals', () => {
  const engine = engineFor();
  linesOf(engine, tape({ seconds: 10 }));
  const before = frameOf(engine, 'BTC', engine.now);
  const finer = {
    ...listingOf('binance', 'BTC', 'perp'),
    priceGrid: { units: 1, scale: 100 },
  };
  step(engine, { kind: 'listing', instrument: finer, tsLocal: engine.now as Micros });
  const after = frameOf(engine, 'BTC', engine.now);
  expect(after.price).toEqual(before.price);
  expect(after.priceDecimals).toBe(2);
  expect(after.drift).toEqual(before.drift);
});
