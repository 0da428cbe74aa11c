import { describe, expect, test } from 'vitest';
import { frameOf } from '../../src/engine/frame-of.ts';
import { viewOf } from '../../src/engine/read.ts';
import { step } from '../../src/engine/step.ts';
import { perpShocks } from '../../src/features/perp-shocks.ts';
import { setHour } from '../../src/market/hourly.ts';
import { HOUR, micros } from '../../src/model/units.ts';
import { engineFor } from '../support/engine.ts';
import { at, inputWith, listed, numberIn, reasonIn, T0 } from '../support/market.ts';
import { perpOf, tape } from '../support/tape.ts';

const OPEN = T0 / HOUR + 1;

/** A perp with a week of hours of open interest and settled funding every eight hours, as of T0 + 60 s. */
function week(hours: number) {
  const { state, tell } = listed();
  for (let i = hours; i >= 1; i -= 1) {
    const hour = OPEN - i;
    setHour(state.history.openInterest, hour, 1, 1000 + 10 * Math.sin(hour));
    if (hour % 8 === 0) setHour(state.history.fundingSettled, hour, 1, 0.0001 * ((hour / 8) % 5));
  }
  tell(
    { kind: 'openInterest', tsLocal: micros(T0 - 3540e6), size: 1000 },
    { kind: 'openInterest', tsLocal: at(50), size: 1050 },
    { kind: 'fundingInterval', tsLocal: at(1), hours: 8, basis: 'listed' },
    {
      kind: 'fundingPredicted',
      tsLocal: at(55),
      fundingRate: 0.0005,
      nextFundingTs: micros(T0 + 4 * HOUR),
    },
  );
  const input = inputWith(state, at(60));
  return {
    state,
    entries: perpShocks.read(null, input),
    explain: (name: string) => perpShocks.explain!(null, input, name),
  };
}

const zOf = (values: readonly number[]) => {
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const squares = values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return (values.at(-1)! - mean) / Math.sqrt(squares / (values.length - 1));
};

describe('the shocks of a perp', () => {
  test('are scored against its own week of hours', () => {
    const { entries, explain } = week(200);
    const changes: number[] = [];
    for (let hour = OPEN - 167; hour < OPEN; hour += 1)
      changes.push(Math.log((1000 + 10 * Math.sin(hour)) / (1000 + 10 * Math.sin(hour - 1))));
    expect(numberIn(entries, 'oiShock1h')).toBeCloseTo(zOf([...changes, Math.log(1.05)]), 9);
    // A settled rate holds for its own eight hours, the close of them included.
    const rates: number[] = [];
    for (let hour = OPEN - 167; hour < OPEN; hour += 1)
      rates.push(0.0001 * (Math.floor(hour / 8) % 5));
    expect(numberIn(entries, 'fundingZ')).toBeCloseTo(zOf([...rates, 0.0005]), 9);
    expect(entries['fundingZ']).toHaveProperty('nEff', 21);
    expect(explain('fundingZ')?.window).toEqual({
      span: 168 * HOUR,
      count: 168,
      full: 168,
      nEff: 21,
    });
  });

  test('warm up, and count what is missing', () => {
    const { entries, explain } = week(20);
    expect(reasonIn(entries, 'oiShock1h')).toBe('warming 20/168');
    expect(explain('oiShock1h')?.excluded).toEqual(['148 hours without a value']);
  });

  test('take the rate that was sampled live before the one that was settled', () => {
    const { state } = week(200);
    for (let hour = OPEN - 167; hour < OPEN; hour += 1)
      setHour(state.history.funding8h, hour, 2, hour % 2 === 0 ? 0.0001 : 0.0003);
    const read = perpShocks.read(null, inputWith(state, at(60)));
    const rates = Array.from({ length: 167 }, (_, i) =>
      (OPEN - 167 + i) % 2 === 0 ? 0.0001 : 0.0003,
    );
    expect(numberIn(read, 'fundingZ')).toBeCloseTo(zOf([...rates, 0.0005]), 9);
  });

  test('have no z where funding is clamped', () => {
    const { state, tell } = listed();
    for (let hour = OPEN - 167; hour < OPEN; hour += 1)
      setHour(state.history.funding8h, hour, 2, 0.0001);
    tell(
      { kind: 'fundingInterval', tsLocal: at(1), hours: 8, basis: 'listed' },
      {
        kind: 'fundingPredicted',
        tsLocal: at(55),
        fundingRate: 0.0001,
        nextFundingTs: micros(T0 + HOUR),
      },
    );
    const read = perpShocks.read(null, inputWith(state, at(60)));
    expect(reasonIn(read, 'fundingZ')).toBe('no variance');
    expect(reasonIn(read, 'oiShock1h')).toBe('no open interest: binance');
  });

  test('of the leading perp are those that drift and regime rest on', () => {
    const engine = engineFor();
    for (const event of tape({ seconds: 30, historyHours: 200 })) step(engine, event);
    const frame = frameOf(engine, 'BTC', engine.now);
    const { entries: read } = viewOf(engine, engine.assets.get('BTC')!, engine.now);
    const entries = read.get(perpOf('BTC'))!;
    expect(numberIn(entries, 'fundingZ')).toBeCloseTo(frame.drift.zFunding.value!, 12);
    expect(numberIn(entries, 'oiShock1h')).toBeCloseTo(frame.regime.oiShock.value!, 12);
  });
});
