import { describe, expect, test } from 'vitest';
import { keptSignals } from '../../src/engine/keep.ts';
import { step } from '../../src/engine/step.ts';
import type { EngineEvent } from '../../src/model/event.ts';
import { type Micros, micros, SECOND } from '../../src/model/units.ts';
import { engineFor, eventsIn, linesOf } from '../support/engine.ts';
import { T0 } from '../support/market.ts';
import { listingOf, perpOf } from '../support/tape.ts';

/** What is told of a perp whose estimate takes these shares of its cap of 1 %, second by second; null for one that says nothing. */
function toldOf(shares: readonly (number | null)[], limits = { cap: 0.01, floor: -0.005 }) {
  const instrument = perpOf('BTC');
  const engine = engineFor();
  step(engine, { kind: 'listing', instrument: listingOf('binance', 'BTC', 'perp'), tsLocal: T0 });
  const events = shares.flatMap((share, i): EngineEvent[] => {
    const tsLocal = micros(T0 + i * SECOND);
    const tick: EngineEvent = { kind: 'tick', tsLocal };
    if (share === null) return [tick];
    const fundingRate = share < 0 ? -share * limits.floor : share * limits.cap;
    const about = { instrument, tsExchange: null, tsLocal };
    return [{ kind: 'fundingPredicted', ...about, fundingRate, nextFundingTs: null, limits }, tick];
  });
  return eventsIn(linesOf(engine, events), 'fundingCapNear').map(({ tsLocal, data }) => [
    (tsLocal - T0) / SECOND,
    Number(Number(data['share']).toFixed(9)),
  ]);
}

describe('a rate near its cap', () => {
  test('is told when it comes near, and not again while it stays', () => {
    expect(toldOf([0.5, 0.79, 0.8, 0.9, 0.7, 0.85, 1])).toEqual([[2, 0.8]]);
  });

  test('is told again once it has been well below', () => {
    expect(toldOf([0.8, 0.59, 0.9])).toEqual([
      [0, 0.8],
      [2, 0.9],
    ]);
  });

  test('is held to its floor below zero', () => {
    expect(toldOf([-0.7, -0.9])).toEqual([[1, 0.9]]);
  });

  test('is not told again by an engine that is given back what was told', () => {
    const first = engineFor();
    const listing = listingOf('binance', 'BTC', 'perp');
    const limits = { cap: 0.01, floor: -0.01 };
    const said = (tsLocal: Micros): EngineEvent[] => [
      { kind: 'listing', instrument: listing, tsLocal },
      {
        kind: 'fundingPredicted',
        instrument: listing.id,
        fundingRate: 0.009,
        nextFundingTs: null,
        limits,
        tsExchange: null,
        tsLocal,
      },
      { kind: 'tick', tsLocal },
    ];
    expect(eventsIn(linesOf(first, said(T0)), 'fundingCapNear')).toHaveLength(1);
    const later = micros(T0 + 60 * SECOND);
    const kept = keptSignals(first.assets.get('BTC')!, T0);
    const second = engineFor({ assets: ['BTC'] });
    step(second, { kind: 'recalled', what: kept, tsLocal: later });
    expect(eventsIn(linesOf(second, said(later)), 'fundingCapNear')).toEqual([]);
  });

  test('is told of no venue that names none', () => {
    const instrument = perpOf('BTC');
    const engine = engineFor();
    step(engine, { kind: 'listing', instrument: listingOf('binance', 'BTC', 'perp'), tsLocal: T0 });
    const rate = { fundingRate: 0.5, nextFundingTs: null, tsExchange: null, tsLocal: T0 };
    const events: EngineEvent[] = [
      { kind: 'fundingPredicted', instrument, ...rate },
      { kind: 'tick', tsLocal: T0 },
    ];
    expect(eventsIn(linesOf(engine, events), 'fundingCapNear')).toEqual([]);
  });
});
