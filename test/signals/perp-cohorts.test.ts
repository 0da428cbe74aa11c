import { describe, expect, test } from 'vitest';
import { hourAt, hourOf, setHour } from '../../src/market/hourly.ts';
import { live } from '../../src/model/reading.ts';
import type { Micros } from '../../src/model/units.ts';
import { cohortsIn, placedShare } from '../../src/signals/cohorts.ts';
import {
  createPerpCohorts,
  onPerpInterest,
  onPerpTrade,
  tickCohorts,
} from '../../src/signals/perp-cohorts.ts';
import { at, inputWith, listed, T0 } from '../support/market.ts';
import { historyOf, listingOf } from '../support/tape.ts';

const MID = 61_800;
const NOWHERE = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
const HISTORY = historyOf({ start: T0 }, listingOf('binance', 'BTC', 'perp'));

/** The cohorts of one perp, with forty days of past up to 12:00 or none, told a world second by second. */
function cohortsOf({ withHistory = true, changes = {}, isLead = true } = {}) {
  const { state, tell } = listed('perp', changes);
  const perp = createPerpCohorts();
  const history = () => {
    for (const page of HISTORY) tell({ ...page, tsLocal: T0 });
    perp.isOutdated = true;
  };
  if (withHistory) history();
  const interest = (now: Micros, size: number, mark = MID) => {
    tell(
      { kind: 'markPrice', tsLocal: now, markPrice: mark, indexPrice: mark },
      { kind: 'openInterest', tsLocal: now, size },
    );
    onPerpInterest(perp, state);
  };
  const tick = (now: Micros, mid = MID, silentFor?: Micros) => {
    const input = inputWith(state, now, {
      sample: { mid: live(mid) },
      ...(silentFor !== undefined && { silentFor }),
    });
    tickCohorts(perp, input, isLead, NOWHERE);
  };
  const trade = (now: Micros, price: number, aggressor: 'buy' | 'sell', size: number) =>
    onPerpTrade(perp, {
      kind: 'trade',
      instrument: state.instrument.id,
      aggressor,
      price,
      size,
      id: null,
      tsExchange: null,
      tsLocal: now,
    });
  const longs = () =>
    [...cohortsIn(perp.book)].filter(({ side }) => side === 'long').map(({ price }) => price);
  const sideSum = (side: 'long' | 'short') =>
    [...cohortsIn(perp.book)].reduce(
      (sum, one) => (one.side === side ? sum + one.sizes[1] : sum),
      0,
    );
  return { state, perp, history, interest, tick, trade, longs, sideSum };
}

describe('the cohorts of a perp', () => {
  test('are made of the hours of its history, whose entries become known as they turn over', () => {
    const { perp, tick, state } = cohortsOf();
    tick(at(1));
    expect(perp.book.asOf).toBe(T0);
    expect(placedShare(perp.book)).toBeGreaterThan(0.8);
    expect(perp.book.total[1]).toBe(hourAt(state.history.openInterest, hourOf(T0)));
  });

  test('take in by the minute what open interest became, split by the trades of that minute', () => {
    const { interest, tick, trade, sideSum, perp } = cohortsOf({ withHistory: false });
    interest(at(50), 1000);
    tick(at(60));
    expect(placedShare(perp.book)).toBe(0);
    trade(at(70), MID, 'buy', 3);
    trade(at(71), MID, 'sell', 1);
    interest(at(110), 1100);
    tick(at(120));
    expect(sideSum('long')).toBeCloseTo(75, 9);
    expect(sideSum('short')).toBeCloseTo(25, 9);
    expect(perp.book.asOf).toBe(at(120));
  });

  test('favour neither side in a minute that was not heard whole', () => {
    const { interest, tick, trade, sideSum } = cohortsOf({ withHistory: false });
    interest(at(50), 1000);
    tick(at(60));
    trade(at(70), MID, 'buy', 3);
    tick(at(80), MID, 4e6 as Micros);
    interest(at(110), 1100);
    tick(at(120));
    expect(sideSum('long')).toBeCloseTo(50, 9);
  });

  test('take nothing in where no new open interest was told, and the whole of it when it is', () => {
    const { interest, tick, trade, perp, sideSum } = cohortsOf({ withHistory: false });
    interest(at(50), 1000);
    tick(at(60));
    trade(at(70), MID, 'buy', 1);
    tick(at(120));
    expect(perp.book.asOf).toBe(at(60));
    trade(at(130), MID, 'buy', 1);
    trade(at(131), MID, 'sell', 2);
    interest(at(170), 1100);
    tick(at(180));
    expect(sideSum('long')).toBeCloseTo(50, 9);
  });

  test('are consumed by every price that was traded, also between two seconds and across a making anew', () => {
    const { tick, trade, longs, perp } = cohortsOf();
    tick(at(1));
    const low = MID * 0.97;
    expect(Math.max(...longs())).toBeGreaterThan(low);
    trade(at(1.5), low, 'sell', 1);
    tick(at(2));
    expect(Math.max(...longs())).toBeLessThan(low);
    perp.isOutdated = true;
    tick(at(10));
    expect(Math.max(...longs())).toBeLessThan(low);
  });

  test('opened in this minute do not die of prices that came before them', () => {
    const { interest, tick, trade, longs } = cohortsOf({ withHistory: false });
    interest(at(50), 1000);
    tick(at(60));
    trade(at(70), MID * 0.97, 'sell', 1);
    trade(at(71), MID, 'buy', 1);
    interest(at(110), 1200);
    tick(at(120));
    tick(at(121));
    expect(Math.max(...longs())).toBeGreaterThan(MID * 0.99);
  });

  test('give way to history that reaches farther back, and not to one that knows less', () => {
    const { interest, tick, history, perp } = cohortsOf({ withHistory: false });
    interest(at(50), 90_000);
    tick(at(60));
    const since = perp.book.since;
    history();
    tick(at(70));
    expect(perp.book.since).toBeLessThan(since!);
    expect(perp.book.asOf).toBe(T0);
    interest(at(110), 91_000);
    tick(at(120));
    expect(perp.book.total[1]).toBe(91_000);
  });

  test('of a perp without a past keep their minutes when its first hours are stored', () => {
    const { interest, tick, perp, state } = cohortsOf({ withHistory: false, isLead: false });
    interest(at(50), 1000);
    tick(at(60));
    const { since } = perp.book;
    setHour(state.history.openInterest, hourOf(T0) + 1, at(3600), 1000);
    setHour(state.history.close, hourOf(T0) + 1, at(3600), MID);
    interest(at(110), 1500);
    tick(at(120));
    interest(at(3590), 1000);
    tick(at(3600));
    perp.isOutdated = true;
    tick(at(3610));
    expect(perp.book.since).toBe(since);
  });

  test('of an inverse contract count its dollars: a price that moves opens nothing', () => {
    const { interest, tick, perp } = cohortsOf({
      withHistory: false,
      changes: { settle: 'BTC', quote: 'USD', sizeUnit: 'quote' as const },
    });
    interest(at(50), 1000, 60_000);
    tick(at(60), 60_000);
    interest(at(110), 1200, 50_000);
    tick(at(120), 50_000);
    expect(perp.book.total[1]).toBe(60e6);
    expect(placedShare(perp.book)).toBe(0);
  });

  test('are not made while nobody has stated a maintenance margin, and are once the venue does', () => {
    const { tick, perp, state } = cohortsOf({ changes: { venue: 'kraken' } });
    tick(at(1));
    expect(perp.legs).toBeNull();
    expect(perp.book.since).toBeNull();
    state.tiers = [[null, 0.01, 50]];
    tick(at(2));
    expect(perp.book.since).not.toBeNull();
  });

  test('leave the hour of a perp that does not lead in its history', () => {
    const { tick, trade, state } = cohortsOf({ withHistory: false, isLead: false });
    tick(at(0));
    trade(at(10), 61_900, 'buy', 3);
    trade(at(11), 61_700, 'sell', 1);
    tick(at(3600));
    const hour = hourOf(T0) + 1;
    const { high, low, volume, buyShare } = state.history;
    expect([high, low, volume, buyShare].map((series) => hourAt(series, hour))).toEqual([
      61_900, 61_700, 4, 0.75,
    ]);
  });
});
