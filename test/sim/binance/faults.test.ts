import { describe, expect, test } from 'vitest';
import { type FaultSpec, Faults, faultFrom } from '../../../src/sim/binance/faults.ts';

function board() {
  const clock = { ms: 0 };
  const done: FaultSpec[] = [];
  const faults = new Faults(
    () => clock.ms,
    (spec) => done.push(spec),
  );
  return { clock, done, faults };
}

describe('the switchboard', () => {
  test('a frame fault strikes once unless told otherwise', () => {
    const { faults } = board();
    faults.inject({ kind: 'gap', symbol: 'BTCUSDT' });
    expect(faults.strike('gap', { symbol: 'ETHUSDT' })).toBeUndefined();
    expect(faults.strike('gap', { symbol: 'BTCUSDT' })).toBeDefined();
    expect(faults.strike('gap', { symbol: 'BTCUSDT' })).toBeUndefined();
    expect(faults.isQuiet).toBe(true);
  });

  test('counts down, and ends by time', () => {
    const { faults, clock } = board();
    faults.inject({ kind: 'duplicate', count: 2 });
    expect([1, 2, 3].map(() => faults.strike('duplicate', {}) !== undefined)).toEqual([
      true,
      true,
      false,
    ]);
    faults.inject({ kind: 'serverError', durationMs: 1000 });
    clock.ms = 999;
    expect(faults.strike('serverError', {})).toBeDefined();
    expect(faults.strike('serverError', {})).toBeDefined();
    clock.ms = 1000;
    expect(faults.strike('serverError', {})).toBeUndefined();
    expect(faults.list()).toEqual([]);
  });

  test('lasting faults stay until cleared', () => {
    const { faults, clock } = board();
    const id = faults.inject({ kind: 'silent', target: 'btcusdt@aggTrade' });
    clock.ms = 1e9;
    expect(faults.on('silent', { target: 'btcusdt@aggTrade' })).toBeDefined();
    faults.clear(id);
    expect(faults.on('silent', { target: 'btcusdt@aggTrade' })).toBeUndefined();
  });

  test('what is done at once is handed over and not kept', () => {
    const { faults, done } = board();
    faults.inject({ kind: 'disconnect', family: 'market' });
    expect(done).toEqual([{ kind: 'disconnect', family: 'market' }]);
    expect(faults.isQuiet).toBe(true);
  });

  test('has an end', () => {
    const { faults } = board();
    for (let count = 0; count < 1000; count++) faults.inject({ kind: 'silent' });
    expect(() => faults.inject({ kind: 'silent' })).toThrow(/Too many/);
  });
});

describe('a fault from outside', () => {
  test('is taken as it is when it makes sense', () => {
    expect(faultFrom({ kind: 'stall', durationMs: 500, market: 'spot' })).toEqual({
      kind: 'stall',
      durationMs: 500,
      market: 'spot',
    });
  });

  test.each([
    [null, /object/],
    [{ kind: 'earthquake' }, /kind: one of gap/],
    [{ kind: 'gap', count: 'two' }, /count: a number/],
    [{ kind: 'gap', symbol: 3 }, /symbol: text/],
    [{ kind: 'gap', colour: 'red' }, /colour: no such field/],
  ])('%j is refused', (value, message) => {
    expect(() => faultFrom(value)).toThrow(message);
  });
});
