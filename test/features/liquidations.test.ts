import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  createLiquidationMemory,
  type LiquidationTrust,
  liquidationTrust,
  onLiquidation,
  readLiquidations,
  tickLiquidations,
} from '../../src/features/liquidations.ts';
import {
  createFeedState,
  noteCoverage,
  noteHeard,
  noteReport,
} from '../../src/market/feed-state.ts';
import type { Liquidation } from '../../src/model/event.ts';
import { absent, live } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { type Micros, micros } from '../../src/model/units.ts';
import { at, liveValue, T0 } from '../support/market.ts';

const WINDOWS = { m1: 60, m5: 300, h1: 3600, h24: 86_400 } as const;
const ALIVE: LiquidationTrust = { since: micros(0), sampled: false, silentFor: null };

const died = (
  tsLocal: Micros,
  liquidatedSide: 'long' | 'short',
  price: number,
  size: number,
): Liquidation => ({
  kind: 'liquidation',
  instrument: 'binance:BTC/USDT:USDT',
  liquidatedSide,
  price,
  size,
  tsExchange: null,
  tsLocal,
});

describe('liquidations of a window', () => {
  test('are absent without a feed that carries them, not zero', () => {
    const trust = liquidationTrust([createFeedState('okx')], at(1), DEFAULT_SETTINGS);
    const none = readLiquidations(createLiquidationMemory(), 'h1', at(1), trust);
    for (const reading of Object.values(none))
      expect(reading).toEqual(absent('no liquidation feed'));
  });

  test('are a true zero on a living feed that said nothing', () => {
    const none = readLiquidations(createLiquidationMemory(), 'm5', at(1), ALIVE);
    expect(none.long).toEqual(live(0));
    expect(none.short).toEqual(live(0));
    expect(none.count).toEqual(live(0));
    expect(none.largest).toEqual(absent('none in the window'));
  });

  const event = fc.record({
    gap: fc.integer({ min: 1, max: 400_000_000 }),
    isLong: fc.boolean(),
    size: fc.integer({ min: 1, max: 1000 }),
  });

  test.prop([fc.array(event, { minLength: 1, maxLength: 60 })])(
    'add up to what a look at all of them gives, and show the largest of them',
    (events) => {
      const memory = createLiquidationMemory();
      const all: { t: number; isLong: boolean; usd: number }[] = [];
      let t: number = T0;
      let second = 0;
      for (const { gap, isLong, size } of events) {
        t += gap;
        while ((second + 1) * 1e6 <= t - T0) {
          second += Math.max(1, Math.floor((t - T0) / 1e6) - second);
          tickLiquidations(memory, at(second));
        }
        onLiquidation(memory, died(micros(t), isLong ? 'long' : 'short', 50, size));
        all.push({ t, isLong, usd: 50 * size });
      }
      // Windows of a day are kept in buckets of 10 s, and exact on their grid.
      second = Math.ceil((second + 1) / 10) * 10;
      tickLiquidations(memory, at(second));
      for (const [name, length] of Object.entries(WINDOWS)) {
        const window = all.filter((one) => one.t > T0 + (second - length) * 1e6);
        const read = readLiquidations(memory, name as keyof typeof WINDOWS, at(second), ALIVE);
        const usd = (isLong: boolean) =>
          window.filter((one) => one.isLong === isLong).reduce((sum, one) => sum + one.usd, 0);
        expect(liveValue(read.long)).toBe(usd(true));
        expect(liveValue(read.short)).toBe(usd(false));
        expect(liveValue(read.count)).toBe(window.length);
        if (window.length === 0) expect(read.largest).toEqual(absent('none in the window'));
        else expect(liveValue(read.largest)).toBe(Math.max(...window.map((one) => one.usd)));
      }
    },
  );

  test('leave the window when their time is up, without having been read in between', () => {
    const memory = createLiquidationMemory();
    onLiquidation(memory, died(at(0.5), 'long', 100, 1));
    expect(liveValue(readLiquidations(memory, 'm1', at(60), ALIVE).long)).toBe(100);
    expect(liveValue(readLiquidations(memory, 'm1', at(61), ALIVE).long)).toBe(0);
    // Reading ahead has forgotten nothing.
    expect(liveValue(readLiquidations(memory, 'm1', at(60), ALIVE).long)).toBe(100);
  });

  test('are shown newest first, at most twenty', () => {
    const memory = createLiquidationMemory();
    for (let i = 1; i <= 30; i += 1) onLiquidation(memory, died(at(i), 'short', 100, i));
    expect(memory.tape.map(({ size }) => size)).toEqual(
      Array.from({ length: 20 }, (_, i) => 30 - i),
    );
    expect(memory.tape[0]).toMatchObject({ side: 'short', price: 100, notional: 3000 });
  });

  test('keep the largest however many smaller ones follow', () => {
    const memory = createLiquidationMemory();
    for (let i = 0; i < 2000; i += 1)
      onLiquidation(memory, died(micros(T0 + i * 1000), 'long', 1, 10_000 - i));
    expect(liveValue(readLiquidations(memory, 'h1', at(3), ALIVE).largest)).toBe(10_000);
  });
});

describe('trust in liquidation feeds', () => {
  const covered = (completeness: 'sampled' | 'all', since = at(0)) => {
    const feed = createFeedState('binance-usdm');
    noteReport(feed, { kind: 'connected', connection: 'market' }, since);
    noteCoverage(feed, {
      kind: 'liquidationCoverage',
      feed: feed.feed,
      completeness,
      note: 'latest order per symbol and second',
      stream: '!forceOrder@arr',
      tsLocal: since,
    });
    return feed;
  };
  const marks = (feed: ReturnType<typeof covered>, now: Micros, name: keyof typeof WINDOWS) =>
    readLiquidations(
      createLiquidationMemory(),
      name,
      now,
      liquidationTrust([feed], now, DEFAULT_SETTINGS),
    ).long;
  /** The feed speaks every second. */
  const speak = (feed: ReturnType<typeof covered>, from: number, to: number) => {
    for (let second = from; second <= to; second += 1)
      noteHeard(feed, 'btcusdt@markPrice', null, at(second));
  };

  test('marks sums as lower bounds where the venue publishes a part', () => {
    const feed = covered('sampled');
    speak(feed, 1, 100);
    expect(marks(feed, at(100), 'm1')).toEqual(live(0, { sampled: true }));
    const whole = covered('all');
    speak(whole, 1, 100);
    expect(marks(whole, at(100), 'm1')).toEqual(live(0));
  });

  test('marks a window as partial until it was listened to from its beginning', () => {
    const feed = covered('all');
    speak(feed, 1, 400);
    expect(marks(feed, at(400), 'm5')).toEqual(live(0));
    expect(marks(feed, at(400), 'h1')).toEqual(live(0, { partial: true }));
  });

  test('is gone while the feed is silent, whatever the silence of liquidations means', () => {
    const feed = covered('all');
    speak(feed, 1, 100);
    expect(marks(feed, at(103), 'm1').state).toBe('live');
    expect(marks(feed, at(104), 'm1')).toMatchObject({ state: 'stale', age: 4e6 });
  });

  test('is gone at once when their connection is lost, and the windows start anew when it is back', () => {
    const feed = covered('all');
    speak(feed, 1, 100);
    const streams = ['!forceOrder@arr', 'btcusdt@markPrice'];
    const connection = 'market';
    noteReport(feed, { kind: 'disconnected', connection, reason: 'closed', streams }, at(100.5));
    expect(marks(feed, at(101), 'm1')).toMatchObject({ state: 'stale', age: 500_000 });
    noteReport(feed, { kind: 'connected', connection }, at(102));
    noteReport(feed, { kind: 'subscribed', connection, streams }, at(102));
    speak(feed, 103, 150);
    expect(marks(feed, at(150), 'm1')).toEqual(live(0, { partial: true }));
    speak(feed, 151, 170);
    expect(marks(feed, at(170), 'm1')).toEqual(live(0));
  });

  test('survives the loss of another connection of the feed, but not its own silence', () => {
    const feed = covered('all');
    speak(feed, 1, 100);
    const lost = { connection: 'public', reason: 'closed', streams: ['btcusdt@depth'] };
    noteReport(feed, { kind: 'disconnected', ...lost }, at(100));
    speak(feed, 101, 110);
    expect(marks(feed, at(110), 'm1')).toEqual(live(0));
  });

  test('starts anew after a hole of more than a minute that nobody reported', () => {
    const feed = covered('all');
    speak(feed, 1, 4000);
    expect(marks(feed, at(4000), 'h1')).toEqual(live(0));
    speak(feed, 4100, 4101);
    expect(marks(feed, at(4101), 'h1')).toEqual(live(0, { partial: true }));
  });

  test('is not shaken by a coverage that is told twice', () => {
    const feed = covered('all');
    speak(feed, 1, 100);
    noteCoverage(feed, {
      kind: 'liquidationCoverage',
      feed: feed.feed,
      completeness: 'all',
      note: 'all',
      tsLocal: at(100),
    });
    expect(marks(feed, at(100), 'm1')).toEqual(live(0));
  });

  test('of several feeds is that of the worst', () => {
    const good = covered('all');
    const late = covered('sampled', at(90));
    speak(good, 1, 100);
    speak(late, 91, 100);
    const trust = liquidationTrust([good, late, createFeedState('x')], at(100), DEFAULT_SETTINGS);
    expect(trust).toEqual({ since: at(90), sampled: true, silentFor: null });
  });
});
