import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { viewOf } from '../../src/engine/read.ts';
import { step } from '../../src/engine/step.ts';
import { imbalance } from '../../src/features/imbalance.ts';
import { notionalClock, withSnapshot } from '../../src/features/notional-clock.ts';
import { DEFAULT_SETTINGS, type EngineSettings } from '../../src/model/settings.ts';
import { engineFor } from '../support/engine.ts';
import { at, inputWith, listed, liveOib, numberIn } from '../support/market.ts';
import { naiveQuantile } from '../support/naive.ts';
import { perpOf, tape } from '../support/tape.ts';

const notionalOf = (notional: number): EngineSettings => ({
  ...DEFAULT_SETTINGS,
  sampling: { clock: 'notional', notional },
});

/** Trades (notional) and the imbalance of each second. */
const seconds = fc.array(
  fc.record({
    trades: fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 4 }),
    oib: fc.double({ min: -1, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 120 },
);

describe('the notional clock', () => {
  test.prop([seconds, fc.constantFrom(1, 500, 2000)], { numRuns: 60 })(
    'gives the same features the samples of the seconds in which enough had been traded',
    (played, notional) => {
      const { state } = listed();
      const settings = notionalOf(notional);
      const clock = notionalClock.create(settings);
      const memory = imbalance.create(settings);
      const taken: number[] = [];
      let traded = 0;
      for (const [i, { trades, oib }] of played.entries()) {
        for (const size of trades) {
          const trade = {
            kind: 'trade',
            instrument: state.instrument.id,
            aggressor: 'buy',
            price: 1,
            size,
            id: null,
            tsExchange: null,
            tsLocal: at(i),
          } as const;
          notionalClock.onTrade!(clock, trade, state.instrument);
          traded += size;
        }
        const input = inputWith(state, at(i + 1), { sample: liveOib(oib), settings });
        imbalance.onTick!(memory, withSnapshot(input, clock));
        if (traded < notional) continue;
        taken.push(oib);
        traded = 0;
      }
      const input = inputWith(state, at(played.length), { sample: liveOib(0), settings });
      const entries = imbalance.read(memory, input);
      const grounds = imbalance.explain!(memory, input, 'oibQ50h1');
      expect(grounds?.window?.count).toBe(taken.length);
      expect(grounds?.parameters?.['clock']).toBe(`notional $${notional}`);
      if (taken.length === 0) return;
      for (const [name, p] of [
        ['oibQ10h1', 0.1],
        ['oibQ50h1', 0.5],
        ['oibQ90h1', 0.9],
      ] as const)
        expect(numberIn(entries, name)).toBeCloseTo(naiveQuantile(taken, p), 12);
      const pairs = taken.slice(1).map((oib, i) => Math.sign(oib) === Math.sign(taken[i]!));
      if (pairs.length > 0)
        expect(numberIn(entries, 'oibPersistence')).toBeCloseTo(
          pairs.filter(Boolean).length / pairs.length,
          12,
        );
      expect(numberIn(entries, 'oibShocksBid')).toBe(taken.filter((oib) => oib > 0.7).length);
    },
  );

  test('takes fewer samples of the same market, and changes nothing that is not sampled', () => {
    const events = tape({ seconds: 60, historyHours: 0 });
    const [byTime, byNotional] = [DEFAULT_SETTINGS, notionalOf(5e4)].map((settings) => {
      const engine = engineFor({ settings });
      for (const event of events) step(engine, event);
      const asset = engine.assets.get('BTC')!;
      const { entries } = viewOf(engine, asset, engine.now);
      const memory = engine.features.get(perpOf('BTC'))!['imbalance'];
      const input = viewOf(engine, asset, engine.now).input.perp!;
      return {
        entries: entries.get(perpOf('BTC'))!,
        count: imbalance.explain!(memory, input, 'oibQ50h1')!.window!.count,
      };
    });
    expect(byTime!.count).toBe(60);
    expect(byNotional!.count).toBeGreaterThan(5);
    expect(byNotional!.count).toBeLessThan(40);
    expect(Object.keys(byNotional!.entries)).toEqual(Object.keys(byTime!.entries));
    for (const name of ['oib', 'mid', 'buy1m', 'cvd', 'vwap1m'])
      expect(byNotional!.entries[name], name).toEqual(byTime!.entries[name]);
  });
});
