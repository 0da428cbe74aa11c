import { expect, test } from 'vitest';
import { Budget } from '../../../src/sim/binance/limits.ts';

const MINUTE = 60_000;

test('weight is counted per clock minute', () => {
  const budget = new Budget({ limit: 100, windowMs: MINUTE });
  expect(budget.admit(60, 10_000)).toEqual({ state: 'ok', used: 60 });
  expect(budget.admit(40, 59_999)).toEqual({ state: 'ok', used: 100 });
  expect(budget.usedAt(59_999)).toBe(100);
  expect(budget.usedAt(60_000)).toBe(0);
  expect(budget.admit(5, 60_000)).toEqual({ state: 'ok', used: 5 });
});

test('over the limit the answer says how long the minute still lasts', () => {
  const budget = new Budget({ limit: 10, windowMs: MINUTE });
  budget.admit(10, 0);
  expect(budget.admit(1, 45_500)).toEqual({ state: 'limited', used: 11, retryAfter: 15 });
  expect(budget.admit(1, 60_000)).toMatchObject({ state: 'ok' });
});

test('going on regardless is answered by a ban, and the next ban is twice as long', () => {
  const budget = new Budget({ limit: 1, windowMs: MINUTE });
  const hammer = (fromMs: number) => {
    for (let count = 0; count < 50; count++) {
      const admission = budget.admit(1, fromMs + count);
      if (admission.state === 'banned') return admission;
    }
    throw new Error('never banned');
  };
  const first = hammer(0);
  expect(first.retryAfter).toBe(120);
  expect(budget.admit(1, 90_000)).toMatchObject({ state: 'banned', retryAfter: 31 });
  expect(budget.admit(1, first.untilMs)).toMatchObject({ state: 'ok' });
  expect(hammer(300_000).retryAfter).toBe(240);
});
