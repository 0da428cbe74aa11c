import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { applyToMarket, createMarketState } from '../../src/market/state.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import type { Instrument, InstrumentId } from '../../src/model/instrument.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { DAY, HOUR, type Micros, micros } from '../../src/model/units.ts';
import { datedInput, sampleDated, storedDated } from '../../src/signals/dated.ts';
import { inputWith, liveValue, T0 } from '../support/market.ts';
import { listingOf } from '../support/tape.ts';

const HOUR_NOW = T0 / HOUR;
const VENUES = DEFAULT_SETTINGS.lead.venues;
const future = (venue: string, days: number, changes: Partial<Instrument> = {}): Instrument => ({
  ...listingOf(venue, 'BTC', 'perp'),
  id: `${venue}:BTC/USDT:USDT-${days}`,
  kind: 'future',
  expiry: micros(T0 + days * DAY),
  ...changes,
});

/** A perp of binance beside these futures, each with a mark of 100 · (1 + its basis) and an index of 100. */
function worldOf(...futures: readonly (readonly [instrument: Instrument, basis: number | null])[]) {
  const market = createMarketState('any');
  const tell = (event: object) => applyToMarket(market, event as EngineEvent);
  const all = [listingOf('binance', 'BTC', 'perp'), ...futures.map(([instrument]) => instrument)];
  for (const instrument of all) tell({ kind: 'listing', instrument, tsLocal: T0 });
  const stateOf = (id: InstrumentId) => market.instruments.get(id)!;
  const mark = (instrument: InstrumentId, basis: number, tsLocal: Micros = T0) =>
    tell({
      kind: 'markPrice',
      instrument,
      tsExchange: null,
      tsLocal,
      markPrice: 100 * (1 + basis),
      indexPrice: 100,
    });
  for (const [{ id }, basis] of futures) if (basis !== null) mark(id, basis);
  const page = (instrument: InstrumentId, series: string, rows: readonly [number, number][]) =>
    tell({
      kind: 'historyPage',
      instrument,
      tsExchange: null,
      tsLocal: T0,
      series,
      rows: rows.map(([hour, value]) => ({ ts: micros(hour * HOUR), value })),
    });
  const past = (instrument: InstrumentId, cells: readonly [hour: number, basis: number][]) => {
    page(
      instrument,
      'mark1h',
      cells.map(([hour, basis]) => [hour, 100 * (1 + basis)]),
    );
    page(
      instrument,
      'index1h',
      cells.map(([hour]) => [hour, 100]),
    );
  };
  const listed = [...market.instruments.values()];
  const seenAt = (now: Micros, venue: string | undefined = 'binance') => {
    const inputs = new Map(
      listed.map((state) => [state.instrument.id, inputWith(state, now)] as const),
    );
    return datedInput(listed, venue, inputs, now, VENUES);
  };
  return { lead: listed[0]!, listed, stateOf, mark, past, seenAt };
}

describe('the front dated future', () => {
  test('is the next to expire on the leading venue', () => {
    const { seenAt } = worldOf(
      [future('binance', 120), 0.02],
      [future('binance', 30), 0.005],
      [future('okx', 2), 0.001],
    );
    const { front, basis } = seenAt(T0);
    expect(front?.state.instrument.id).toBe('binance:BTC/USDT:USDT-30');
    expect(front?.daysToExpiry).toBe(30);
    expect(front?.distance).toBe(0.25);
    expect(liveValue(basis)).toBeCloseTo(0.005, 12);
  });

  test('is that of the first venue by preference where the leading one has none', () => {
    const { seenAt } = worldOf([future('deribit', 1), 0.01], [future('okx', 20), 0.02]);
    expect(seenAt(T0).front?.state.instrument.venue).toBe('okx');
    expect(seenAt(T0, 'hyperliquid').front?.state.instrument.venue).toBe('okx');
    expect(seenAt(T0, undefined).front?.state.instrument.venue).toBe('okx');
  });

  test('is none where nothing dated is listed, or all of it has expired', () => {
    expect(worldOf().seenAt(T0)).toMatchObject({ front: undefined });
    const { seenAt } = worldOf([future('binance', 1), 0.01]);
    expect(seenAt(micros(T0 + 2 * DAY))).toMatchObject({
      front: undefined,
      basis: { state: 'absent', reason: 'no dated future' },
    });
  });

  test('rolls at the very instant of expiry', () => {
    const { seenAt } = worldOf([future('binance', 7), 0.001], [future('binance', 35), 0.01]);
    const frontAt = (now: number) => seenAt(micros(now)).front;
    expect(frontAt(T0 + 7 * DAY - 1)?.state.instrument.id).toBe('binance:BTC/USDT:USDT-7');
    expect(frontAt(T0 + 7 * DAY)?.state.instrument.id).toBe('binance:BTC/USDT:USDT-35');
    expect(frontAt(T0 + 7 * DAY)?.distance).toBe(1);
  });

  test('of two that expire together is the one in the preferred currency', () => {
    const inverse = future('binance', 30, { id: 'coin', quote: 'USD', settle: 'BTC' });
    const { seenAt } = worldOf([inverse, 0.003], [future('binance', 30), 0.005]);
    expect(seenAt(T0).front?.state.instrument.id).toBe('binance:BTC/USDT:USDT-30');
  });

  test('has no basis while its mark is unknown or old: another contract does not stand in', () => {
    const { seenAt, mark } = worldOf([future('binance', 30), null], [future('binance', 120), 0.02]);
    // Neither a mark nor a book of it.
    expect(seenAt(T0).basis.state).toBe('absent');
    mark('binance:BTC/USDT:USDT-30', 0.004);
    expect(liveValue(seenAt(T0).basis)).toBeCloseTo(0.004, 12);
    expect(seenAt(micros(T0 + HOUR)).basis.state).toBe('stale');
  });

  test.prop([
    fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 6 }),
    fc.integer({ min: 0, max: 399 }),
  ])(
    'is never expired, never farther than another, and its distance lies in (0, 1]',
    (days, at) => {
      const { seenAt } = worldOf(...days.map((count) => [future('okx', count), 0.01] as const));
      const { front } = seenAt(micros(T0 + at * DAY));
      const left = days.map((count) => count - at).filter((count) => count > 0);
      expect(front?.daysToExpiry).toBe(left.length === 0 ? undefined : Math.min(...left));
      if (front !== undefined)
        expect(front.distance).toBeCloseTo(Math.min(...left) / Math.max(...left), 12);
    },
  );
});

describe('the dated basis of a closed cell', () => {
  const NEAR = 'binance:BTC/USDT:USDT-30';
  const FAR = 'binance:BTC/USDT:USDT-120';
  const world = () => worldOf([future('binance', 30), 0.005], [future('binance', 120), 0.02]);

  test('is that of the contract that was front then, in its own history', () => {
    const { lead, listed, past } = world();
    past(NEAR, [[HOUR_NOW - 1, 0.004]]);
    past(FAR, [
      [HOUR_NOW - 1, 0.03],
      [HOUR_NOW - 2, 0.031],
    ]);
    const futures = listed.slice(1);
    const at = (hour: number, carry = 0) => storedDated(lead, futures, hour, 'distance', carry);
    expect(at(HOUR_NOW - 1).basis).toBeCloseTo(0.004, 12);
    expect(at(HOUR_NOW - 1).rho).toBeCloseTo((30 + 1 / 24) / (120 + 1 / 24), 12);
    // Of the hour before nobody knows that the near one was listed.
    expect(at(HOUR_NOW - 2).basis).toBeCloseTo(0.031, 12);
    expect(at(HOUR_NOW - 2).rho).toBe(1);
    expect(at(HOUR_NOW).basis).toBeNaN();
    expect(at(HOUR_NOW, 2).basis).toBeCloseTo(0.004, 12);
    expect(at(HOUR_NOW + 2, 2).basis).toBeNaN();
  });

  test('is missing where the front contract has a hole: the next one does not stand in', () => {
    const { lead, listed, past } = world();
    past(NEAR, [[HOUR_NOW - 2, 0.004]]);
    past(FAR, [
      [HOUR_NOW - 2, 0.03],
      [HOUR_NOW - 1, 0.031],
    ]);
    const at = (carry: number) =>
      storedDated(lead, listed.slice(1), HOUR_NOW - 1, 'distance', carry).basis;
    expect(at(0)).toBeNaN();
    expect(at(2)).toBeCloseTo(0.004, 12);
  });

  test('as it was sampled outlives the contract', () => {
    const { lead, seenAt, past } = world();
    past(NEAR, [[HOUR_NOW, 0.9]]);
    sampleDated(lead, seenAt(T0), HOUR_NOW, T0);
    const stored = storedDated(lead, [], HOUR_NOW, 'proximity', 0);
    expect(stored.basis).toBeCloseTo(0.005, 12);
    expect(stored.rho).toBe(0.75);
  });

  test('is not sampled while it is stale', () => {
    const { lead, seenAt } = world();
    const later = micros(T0 + HOUR);
    sampleDated(lead, seenAt(later), HOUR_NOW + 1, later);
    expect(storedDated(lead, [], HOUR_NOW + 1, 'distance', 0).basis).toBeNaN();
  });
});
