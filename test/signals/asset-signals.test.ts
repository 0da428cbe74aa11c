import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import type { BookSample } from '../../src/features/book-sample.ts';
import { closeOf, hourAt, hourOf } from '../../src/market/hourly.ts';
import { absent, live, type Reading, stale } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS, type EngineSettings } from '../../src/model/settings.ts';
import { HOUR, type Micros, micros } from '../../src/model/units.ts';
import {
  createAssetSignals,
  onLeadTrade,
  rankOf,
  type SignalChange,
  tickSignals,
} from '../../src/signals/asset-signals.ts';
import { at, inputWith, listed, T0 } from '../support/market.ts';
import { historyOf, listingOf } from '../support/tape.ts';

const HOUR_NOW = hourOf(T0);

interface World {
  readonly openInterest?: number | null;
  readonly rate?: number;
  readonly basis?: number;
  readonly sample?: Partial<BookSample>;
  readonly liquidated1h?: Reading;
  readonly silentFor?: Micros;
}

const MID = 61_800;

/** An asset's signals over a perp with forty days of past up to 12:00, told a world second by second. */
function signalsOf(settings: EngineSettings = DEFAULT_SETTINGS, withHistory = true) {
  const { state, tell } = listed();
  const signals = createAssetSignals('BTC');
  tell({ kind: 'fundingInterval', tsLocal: T0, hours: 8, basis: 'listed' });
  const lastOi = () => hourAt(state.history.openInterest, HOUR_NOW);
  if (withHistory) {
    for (const page of historyOf({ start: T0 }, listingOf('binance', 'BTC', 'perp')))
      tell({ ...page, tsLocal: T0 });
    signals.historyChanged = true;
  }
  const tick = (now: Micros, world: World = {}): readonly SignalChange[] => {
    const { openInterest = lastOi(), rate = 0.0001, basis = 0.0003 } = world;
    const tsLocal = now;
    if (openInterest !== null && Number.isFinite(openInterest))
      tell({ kind: 'openInterest', tsLocal, size: openInterest });
    tell(
      { kind: 'markPrice', tsLocal, markPrice: MID * (1 + basis), indexPrice: MID },
      {
        kind: 'fundingPredicted',
        tsLocal,
        fundingRate: rate,
        nextFundingTs: micros(T0 + 4 * HOUR),
      },
    );
    return tickSignals(signals, {
      now,
      settings,
      lead: inputWith(state, now, {
        sample: { mid: live(MID), depthBid: live(1e6), depthAsk: live(1e6), ...world.sample },
        settings,
        ...(world.silentFor !== undefined && { silentFor: world.silentFor }),
      }),
      spot: undefined,
      liquidated1h: world.liquidated1h ?? absent('no liquidation feed'),
    });
  };
  const trade = (now: Micros, price: number, aggressor: 'buy' | 'sell', size: number) =>
    onLeadTrade(signals, {
      kind: 'trade',
      instrument: state.instrument.id,
      aggressor,
      price,
      size,
      id: null,
      tsExchange: null,
      tsLocal: now,
    });
  return { state, signals, tick, trade, lastOi, tell };
}

const kinds = (changes: readonly SignalChange[]) => changes.map(({ kind }) => kind);
const gates = (changes: readonly SignalChange[]) =>
  changes.flatMap((change) => (change.kind === 'gate' ? [change] : []));

/** OI and funding so far from what they were that any gate opens. */
const extreme = (oi: number): World => ({ openInterest: oi * 1.2, rate: 0.002 });

describe('cells', () => {
  test('are committed once each, when the hour closes', () => {
    const { tick } = signalsOf();
    const committed: number[] = [];
    for (let second = 3590; second <= 7210; second += 10)
      for (const change of tick(at(second)))
        if (change.kind === 'cellCommitted') committed.push(change.cell.hour);
    expect(committed).toEqual([HOUR_NOW + 1, HOUR_NOW + 2]);
  });

  test('hold what was known at their very close', () => {
    const { tick, signals, state, lastOi } = signalsOf();
    tick(at(1));
    tick(at(3599), { openInterest: lastOi() * 1.01, rate: 0.0002, basis: 0.0004 });
    tick(at(3600), { openInterest: lastOi() * 1.02, rate: 0.0003, basis: 0.0005 });
    const { last } = signals.series;
    expect(last?.hour).toBe(HOUR_NOW + 1);
    expect(last?.inputs.openInterest).toBe(lastOi() * 1.02);
    expect(last?.inputs.funding8h).toBe(0.0003);
    expect(last?.inputs.basis).toBeCloseTo(0.0005, 12);
    expect(hourAt(state.history.funding8h, HOUR_NOW + 1)).toBe(0.0003);
    expect(hourAt(state.history.close, HOUR_NOW + 1)).toBe(MID);
    expect(hourAt(state.history.depthUsd, HOUR_NOW + 1)).toBe(2e6);
  });

  test('do not take a stale input for a live one: the cell keeps what history holds', () => {
    const { tick, signals, state, tell } = signalsOf();
    for (let second = 3400; second < 3500; second += 10) tick(at(second));
    const polled = state.openInterest!;
    tick(at(3600), { openInterest: null, sample: { mid: stale(MID, micros(9e6)) } });
    expect(state.openInterest).toBe(polled);
    expect(hourAt(state.history.openInterest, HOUR_NOW + 1)).toBeNaN();
    expect(hourAt(state.history.close, HOUR_NOW + 1)).toBeNaN();
    expect(signals.provisional?.inputs.openInterest).toBeNaN();
    expect(signals.provisional?.reasons.oiChange).toBe('stale open interest');
    tell({
      kind: 'historyPage',
      tsLocal: at(3700),
      series: 'openInterest',
      rows: [{ ts: closeOf(HOUR_NOW + 1), value: 93_000 }],
    });
    signals.historyChanged = true;
    expect(kinds(tick(at(3701)))).toEqual(['seriesRebuilt']);
    expect(signals.series.last?.inputs.openInterest).toBe(93_000);
  });

  test('that were sampled live are not overwritten by the page that repeats them', () => {
    const { tick, signals, state, tell } = signalsOf();
    tick(at(1));
    tick(at(3600), { openInterest: 91_234 });
    tell({
      kind: 'historyPage',
      tsLocal: at(3700),
      series: 'openInterest',
      rows: [{ ts: closeOf(HOUR_NOW + 1), value: 93_000 }],
    });
    expect(hourAt(state.history.openInterest, HOUR_NOW + 1)).toBe(91_234);
    signals.historyChanged = true;
    tick(at(3701), { openInterest: 91_234 });
    expect(signals.series.last?.inputs.openInterest).toBe(91_234);
  });

  test('that closed while nobody looked are committed in their order, with what is stored', () => {
    const { tick, signals } = signalsOf();
    tick(at(10));
    const changes = tick(at(5 * 3600 + 10));
    const hours = changes.flatMap((c) =>
      c.kind === 'cellCommitted' ? [c.cell.hour - HOUR_NOW] : [],
    );
    expect(hours).toEqual([1, 2, 3, 4, 5]);
    // Open interest is carried over two cells, then it is absent.
    expect(hourAt(signals.series.oiChange, HOUR_NOW + 2)).toBe(0);
    expect(hourAt(signals.series.oiChange, HOUR_NOW + 3)).toBeNaN();
    expect(signals.series.last?.mu).toBeNaN();
  });

  test('made again from what is stored are those that were committed live, to the last bit', () => {
    const { tick, signals, lastOi } = signalsOf();
    tick(at(1));
    for (let second = 3600; second <= 4 * 3600; second += 600)
      tick(at(second), { openInterest: lastOi() * (1 + second / 1e6), rate: second / 1e8 });
    const before = structuredClone(signals.series);
    signals.historyChanged = true;
    tick(at(4 * 3600 + 1));
    expect(signals.series.last).toEqual(before.last);
    for (const name of ['oiChange', 'funding8h', 'basis', 'mu', 'd', 'quantile', 'active'] as const)
      for (let hour = HOUR_NOW - 50; hour <= HOUR_NOW + 4; hour += 1)
        expect(hourAt(signals.series[name], hour)).toBe(hourAt(before[name], hour));
  });
});

describe('the open cell', () => {
  test('is judged every second against the closed ones', () => {
    const { tick, signals, lastOi } = signalsOf();
    tick(at(1));
    const calm = signals.provisional!;
    expect(calm.hour).toBe(HOUR_NOW + 1);
    expect(calm.oiChange).toBe(0);
    tick(at(2), { openInterest: lastOi() * 1.01 });
    expect(signals.provisional!.oiChange).toBeCloseTo(Math.log(1.01), 12);
    expect(signals.provisional!.zOiChange).toBeGreaterThan(calm.zOiChange);
    expect(signals.series.lastHour).toBe(HOUR_NOW);
  });

  test('says what it lacks', () => {
    const { tick, signals, state } = signalsOf(DEFAULT_SETTINGS, false);
    state.interval = null;
    tick(at(1), { openInterest: null });
    expect(signals.provisional?.reasons).toEqual({
      oiChange: 'no open interest: binance',
      funding: 'no funding interval: binance',
      basis: 'warming 1/168',
      dated: 'no dated future',
    });
    expect(signals.provisional?.d).toBeNaN();
  });

  test('opens the gate after it has held, and says that the cell is open', () => {
    const { tick, lastOi } = signalsOf();
    tick(at(1));
    const told: SignalChange[] = [];
    for (let second = 2; second <= 10; second += 1)
      told.push(...gates(tick(at(second), extreme(lastOi()))));
    expect(told).toMatchObject([{ kind: 'gate', active: true, isProvisional: true }]);
  });

  test('does not close a gate only because it has just begun', () => {
    const { tick, lastOi, signals } = signalsOf();
    tick(at(3590));
    for (let second = 3591; second <= 3600; second += 1) tick(at(second), extreme(lastOi()));
    expect(signals.gate.announced).toBe(true);
    expect(signals.series.last?.gate).toMatchObject({ active: true });
    const told: SignalChange[] = [];
    // The next hour begins where the last one ended: no change of OI, no D to speak of.
    for (let second = 3601; second < 7200; second += 7)
      told.push(...gates(tick(at(second), { openInterest: lastOi() * 1.2, rate: 0.002 })));
    expect(told).toEqual([]);
    told.push(...gates(tick(at(7200), { openInterest: lastOi() * 1.2, rate: 0.002 })));
    expect(told).toMatchObject([{ kind: 'gate', active: false, isProvisional: false }]);
  });

  test('closes a gate that it has opened itself', () => {
    const { tick, lastOi } = signalsOf();
    tick(at(1));
    const told: SignalChange[] = [];
    for (let second = 2; second <= 20; second += 1)
      told.push(...gates(tick(at(second), second < 10 ? extreme(lastOi()) : {})));
    expect(told).toMatchObject([
      { active: true, isProvisional: true },
      { active: false, isProvisional: true },
    ]);
  });

  test('that has no D leaves the gate as it was told', () => {
    const { tick, lastOi, signals } = signalsOf();
    tick(at(1));
    for (let second = 2; second <= 10; second += 1) tick(at(second), extreme(lastOi()));
    const told: SignalChange[] = [];
    for (let second = 60; second <= 90; second += 1)
      told.push(...gates(tick(at(second), { openInterest: null })));
    expect(told).toEqual([]);
    expect(signals.gate.announced).toBe(true);
  });
});

describe('the regime of an asset', () => {
  test('is told from the hour behind, not from the open cell', () => {
    const { tick, signals, lastOi } = signalsOf();
    tick(at(1));
    tick(at(3599));
    // Half an hour into the cell: OI has risen within it, and is still below where it was an hour ago.
    tick(at(3600), { openInterest: lastOi() * 0.9 });
    tick(at(5400), { openInterest: lastOi() * 0.95 });
    expect(signals.provisional!.oiChange).toBeCloseTo(Math.log(0.95 / 0.9), 12);
    // Nobody looked between 12:00:01 and 12:59:59, so an hour ago is not known.
    expect(signals.regimeInputs.oiChange).toBeNaN();
    expect(signals.regimeReasons.oiChange).toBe('warming 1 h of open interest');
    tick(at(7199), { openInterest: lastOi() * 0.95 });
    expect(signals.regimeInputs.oiChange).toBeCloseTo(Math.log(0.95), 12);
    expect(signals.regimeInputs.oiShock).toBeLessThan(0);
  });

  test('is stress when OI collapses, and is told so once it has held', () => {
    const { tick, lastOi } = signalsOf();
    tick(at(1));
    const told = Array.from({ length: 10 }, (_, i) =>
      tick(at(2 + i), { openInterest: lastOi() * 0.9 }),
    ).flat();
    expect(told.filter(({ kind }) => kind === 'regime')).toEqual([
      { kind: 'regime', from: 'neutral', to: 'deleveraging stress' },
    ]);
  });

  const moment = fc.record({
    oi: fc.double({ min: 0.85, max: 1.15, noNaN: true }),
    rate: fc.double({ min: -0.001, max: 0.001, noNaN: true }),
  });
  const moves = fc.array(fc.double({ min: 0.7, max: 1.4, noNaN: true }), {
    minLength: 8,
    maxLength: 8,
  });

  test.prop([fc.array(moment, { minLength: 8, maxLength: 8 }), moves], { numRuns: 15 })(
    'does not know the price: any path of it gives the same labels and the same drift',
    (moments, path) => {
      const told = (mids: readonly number[]) => {
        const { tick, signals, lastOi } = signalsOf();
        const oi = lastOi();
        return moments.map((given, i) => {
          tick(at(1 + 600 * i), {
            openInterest: oi * given.oi,
            rate: given.rate,
            sample: { mid: live(MID * mids[i]!) },
          });
          const { regime, isRegimeTold, provisional, regimeInputs } = signals;
          return { label: regime.announced, isRegimeTold, mu: provisional?.mu, regimeInputs };
        });
      };
      expect(told(path)).toEqual(told(path.map(() => 1)));
    },
  );

  test('is not told while open interest is stale, with the reason', () => {
    const { tick, signals } = signalsOf();
    tick(at(1));
    expect(signals.isRegimeTold).toBe(true);
    tick(at(600), { openInterest: null });
    expect(signals.isRegimeTold).toBe(false);
    expect(signals.regimeReasons.oiShock).toBe('stale open interest');
  });

  test('takes no stale liquidations for a spike', () => {
    const { tick, signals, state } = signalsOf();
    for (let i = 0; i < 40; i += 1) {
      const { liquidatedUsd } = state.history;
      if (liquidatedUsd.hours.length === 0) {
        liquidatedUsd.hours = new Float64Array(liquidatedUsd.capacity).fill(-1);
        liquidatedUsd.stamps = new Float64Array(liquidatedUsd.capacity);
        liquidatedUsd.values = new Float64Array(liquidatedUsd.capacity);
      }
      const slot = (HOUR_NOW - i) % liquidatedUsd.capacity;
      liquidatedUsd.hours[slot] = HOUR_NOW - i;
      liquidatedUsd.values[slot] = 1000 + i;
    }
    tick(at(1), { liquidated1h: live(1e6) });
    expect(signals.regimeInputs.liquidationZ).toBeGreaterThan(3);
    tick(at(2), { liquidated1h: stale(1e6, micros(5e6)) });
    expect(signals.regimeInputs.liquidationZ).toBeNaN();
    expect(signals.regimeReasons.liquidationZ).toBe('stale liquidations');
    tick(at(3));
    expect(signals.regimeReasons.liquidationZ).toBe('no liquidation feed');
  });
});

describe('the bar of the open hour', () => {
  test('is stored at the close with its range, volume and share of buyers', () => {
    const { tick, trade, state } = signalsOf();
    tick(at(0));
    tick(at(3600));
    trade(at(3601), 61_900, 'buy', 3);
    trade(at(3602), 61_700, 'sell', 1);
    tick(at(7200), { liquidated1h: live(5000, { sampled: true }) });
    const hour = HOUR_NOW + 2;
    const { high, low, volume, buyShare, liquidatedUsd } = state.history;
    expect(
      [high, low, volume, buyShare, liquidatedUsd].map((series) => hourAt(series, hour)),
    ).toEqual([61_900, 61_700, 4, 0.75, 5000]);
  });

  test('heard in part keeps its range, which is certain, and not its volume, which is not', () => {
    const { tick, trade, state, tell } = signalsOf();
    tick(at(1800));
    trade(at(1801), 61_900, 'buy', 3);
    tick(at(3600), { liquidated1h: live(5000, { partial: true }) });
    const hour = HOUR_NOW + 1;
    expect(hourAt(state.history.high, hour)).toBe(61_900);
    expect(hourAt(state.history.volume, hour)).toBeNaN();
    expect(hourAt(state.history.liquidatedUsd, hour)).toBeNaN();
    tell({
      kind: 'historyPage',
      tsLocal: at(3700),
      series: 'bar1h',
      rows: [{ ts: closeOf(hour), value: MID, high: 62_000, low: 61_000, volume: 9, buyVolume: 3 }],
    });
    expect(hourAt(state.history.high, hour)).toBe(62_000);
    expect(hourAt(state.history.volume, hour)).toBe(9);
  });

  test('is not whole once the feed was lost in it', () => {
    const { tick, trade, state } = signalsOf();
    tick(at(0));
    trade(at(10), 61_900, 'buy', 3);
    tick(at(20), { silentFor: micros(4e6) });
    tick(at(3600));
    expect(hourAt(state.history.volume, HOUR_NOW + 1)).toBeNaN();
  });
});

describe('a rank', () => {
  test.prop([fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 25, maxLength: 168 })])(
    'is the share of earlier values below, ties counting half',
    (values) => {
      const current = values.at(-1)!;
      const before = values.slice(0, -1);
      const below = before.filter((value) => value < current).length;
      const equal = before.filter((value) => value === current).length;
      expect(rankOf(values, 24)).toEqual({ rank: (below + equal / 2) / before.length });
    },
  );

  test('needs its values and a current one', () => {
    expect(rankOf([1, 2, Number.NaN, 3], 24)).toEqual({ reason: 'warming 2/24' });
    expect(rankOf([1, 2, Number.NaN], 1)).toEqual({ reason: 'no value' });
  });
});
