import { fc, test } from '@fast-check/vitest';
import { sampleStandardDeviation } from 'simple-statistics';
import { describe, expect } from 'vitest';
import { cvdDivergence } from '../../src/features/cvd-divergence.ts';
import { flowHour } from '../../src/features/flow-hour.ts';
import { setHour } from '../../src/market/hourly.ts';
import { absent, live, stale } from '../../src/model/reading.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { HOUR, micros } from '../../src/model/units.ts';
import { at, numberIn, reasonIn, T0 } from '../support/market.ts';
import { fed } from '../support/trades.ts';

const minute = fc.array(
  fc.record({
    aggressor: fc.constantFrom('buy' as const, 'sell' as const),
    size: fc.integer({ min: 1, max: 1000 }).map((lots) => lots / 8),
    price: fc.integer({ min: 90, max: 110 }),
  }),
  { maxLength: 4 },
);

/** A feature that has heard a first trade and then whole minutes. */
function hour(
  minutes: readonly (readonly { aggressor: 'buy' | 'sell'; size: number; price: number }[])[],
) {
  const told = fed(flowHour);
  told.trade('buy', 1);
  told.until(60);
  for (const [i, trades] of minutes.entries()) {
    for (const { aggressor, size, price } of trades) told.trade(aggressor, size, price);
    told.until(60 * (i + 2));
  }
  return told;
}

describe('the flow of the hour', () => {
  test.prop([fc.array(minute, { minLength: 1, maxLength: 70 })], { numRuns: 40 })(
    'equals what all trades of the last sixty whole minutes give',
    (minutes) => {
      const entries = hour(minutes).read();
      const last = minutes.slice(-60);
      const sum = (of: (trade: (typeof last)[number][number]) => number) =>
        last.flat().reduce((total, trade) => total + of(trade), 0);
      const sign = (aggressor: string) => (aggressor === 'buy' ? 1 : -1);
      const marks = last.length < 60 ? { partial: true as const } : {};
      expect(entries['netUsd60m']).toEqual(
        live(
          sum(({ aggressor, size, price }) => sign(aggressor) * size * price),
          marks,
        ),
      );
      expect(entries['volumeUsd60m']).toEqual(
        live(
          sum(({ size, price }) => size * price),
          marks,
        ),
      );
      expect(entries['volume60m']).toEqual(
        live(
          sum(({ size }) => size),
          marks,
        ),
      );
      const nets = last.map((trades) =>
        trades.reduce((net, { aggressor, size }) => net + sign(aggressor) * size, 0),
      );
      if (nets.length < 24) expect(reasonIn(entries, 'netZ60m')).toBe(`warming ${nets.length}/60`);
      else if (new Set(nets).size === 1) expect(reasonIn(entries, 'netZ60m')).toBe('no variance');
      else {
        const mean = nets.reduce((a, b) => a + b, 0) / nets.length;
        const z = (nets.at(-1)! - mean) / sampleStandardDeviation(nets);
        expect(numberIn(entries, 'netZ60m')).toBeCloseTo(z, 9);
      }
    },
  );

  test('of a golden hour: thirty minutes of one coin bought and one of thirty-one sold', () => {
    const quiet = { aggressor: 'buy', size: 1, price: 100 } as const;
    const told = hour([
      ...Array.from({ length: 30 }, () => [quiet]),
      [{ ...quiet, aggressor: 'sell', size: 31 }],
    ]);
    // Mean −1/31, sd √(31 · (32/31)² · … ): with one outlier among n the z is −(n − 1)/√n.
    expect(numberIn(told.read(), 'netZ60m')).toBeCloseTo(-30 / Math.sqrt(31), 12);
  });

  test('does not count the minute whose beginning nobody heard, nor one with a hole', () => {
    const told = fed(flowHour);
    told.until(30);
    expect(reasonIn(told.read(), 'netUsd60m')).toBe('no trades yet');
    told.trade('buy', 5);
    told.until(60);
    expect(reasonIn(told.read(), 'netUsd60m')).toBe('no minute heard whole yet');
    told.trade('sell', 2);
    told.until(120);
    expect(told.read()['netUsd60m']).toEqual(live(-200, { partial: true }));
    told.trade('sell', 7);
    told.until(150);
    told.until(151, 4);
    told.until(180);
    expect(told.read()['netUsd60m']).toEqual(live(-200, { partial: true }));
    expect(reasonIn(told.read(), 'netZ60m')).toBe('last minute not heard whole');
    expect(told.read(9)['netUsd60m']).toEqual(stale(-200, micros(9e6), { partial: true }));
    expect(told.explain('netUsd60m')?.window).toEqual({ span: HOUR, count: 1, full: 60 });
  });

  test('has a z of the last minute alone', () => {
    const told = hour(
      Array.from({ length: 40 }, (_, i) => [{ aggressor: 'buy', size: 1 + (i % 3), price: 1 }]),
    );
    expect(told.read()['netZ60m']).toMatchObject({ state: 'live', partial: true });
    told.until(60 * 41 + 30, 5);
    told.until(60 * 42);
    expect(reasonIn(told.read(), 'netZ60m')).toBe('last minute not heard whole');
  });
});

describe('the volume shock', () => {
  test('is the z of the hour’s volume among the hours of the week, and wants the whole hour', () => {
    const told = hour(Array.from({ length: 59 }, () => [{ aggressor: 'buy', size: 2, price: 1 }]));
    const { history } = told.state;
    const past = Array.from({ length: 100 }, (_, i) => 50 + (i % 7) * 10);
    const open = T0 / HOUR + 2;
    for (const [i, volume] of past.entries()) setHour(history.volume, open - 100 + i, 1, volume);
    expect(reasonIn(told.read(), 'volumeShock1h')).toBe('warming 59/60 min');
    told.trade('sell', 2);
    told.until(3660);
    const all = [...past, 120];
    const mean = all.reduce((a, b) => a + b, 0) / all.length;
    expect(numberIn(told.read(), 'volumeShock1h')).toBeCloseTo(
      (120 - mean) / sampleStandardDeviation(all),
      9,
    );
    expect(told.explain('volumeShock1h')?.window?.count).toBe(101);
  });

  test('has hours of its own where the venue’s history holds none', () => {
    const told = fed(flowHour);
    told.trade('buy', 1);
    told.until(60);
    for (let i = 1; i < 26 * 60; i += 1) {
      told.trade('buy', 1 + Math.floor(i / 60));
      told.until(60 * (i + 1));
    }
    // Twenty-five closed hours, the first of them not whole, and the last sixty minutes.
    expect(told.explain('volumeShock1h')?.window?.count).toBe(26);
    expect(numberIn(told.read(), 'volumeShock1h')).toBeGreaterThan(1.5);
  });
});

describe('spot against perp', () => {
  const input = {
    now: at(0),
    settings: DEFAULT_SETTINGS,
    asset: 'BTC',
    perp: undefined,
    spot: undefined,
  };
  const flows = (net: number, volume: number, cvd: number) => ({
    netUsd60m: live(net),
    volumeUsd60m: live(volume),
    cvd: live(cvd),
  });
  const read = (perpEntries: object, spotEntries: object) =>
    cvdDivergence.read(null, {
      ...input,
      perpEntries: perpEntries as never,
      spotEntries: spotEntries as never,
    });

  test('compares net flow over volume of the same hour, not two CVDs of different lengths', () => {
    const entries = read(flows(-300, 1000, 5), flows(50, 100, -2));
    expect(numberIn(entries, 'cvdSpotPerpDivergence')).toBeCloseTo(0.8, 12);
    expect(entries['cvdSpotPerpSides']).toEqual(live('spot bought, perp sold'));
    expect(entries['cvdSpot']).toEqual(live(-2));
    expect(entries['cvdPerp']).toEqual(live(5));
  });

  test.prop([fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })])(
    'changes its sign when spot and perp change places',
    (a, b) => {
      const [x, y] = [flows(a, 10, 0), flows(b, 20, 0)];
      expect(numberIn(read(x, y), 'cvdSpotPerpDivergence')).toBeCloseTo(
        -numberIn(read(y, x), 'cvdSpotPerpDivergence'),
        12,
      );
    },
  );

  test('says what is missing', () => {
    expect(reasonIn(read(flows(1, 2, 3), {}), 'cvdSpotPerpDivergence')).toBe(
      'no spot of this venue',
    );
    expect(reasonIn(read({}, flows(1, 2, 3)), 'cvdPerp')).toBe('no perp');
    expect(reasonIn(read(flows(0, 0, 0), flows(1, 2, 3)), 'cvdSpotPerpDivergence')).toBe(
      'undefined here',
    );
    const warming = { ...flows(0, 0, 0), netUsd60m: absent('no trades yet') };
    expect(reasonIn(read(warming, flows(1, 2, 3)), 'cvdSpotPerpSides')).toBe('no trades yet');
  });
});
