import { describe, expect, test } from 'vitest';
import {
  type Funding,
  fundingRate,
  nextSettlementMs,
  premiumIndex,
  samplePremium,
  settle,
} from '../../src/sim/market-funding.ts';

const funding = (): Funding => ({
  intervalHours: 8,
  nextMs: Date.UTC(2026, 0, 1, 8),
  cap: 0.003,
  averagePremium: 0,
  samples: 0,
  lastPremium: 0,
  settledRate: 0,
});

describe('the funding rate', () => {
  test.each([
    // A premium inside the clamp pays the interest rate exactly.
    [0, 8, 0.0001],
    [0.0005, 8, 0.0001],
    [-0.0003, 8, 0.0001],
    // Four hours pay half (the capture of LPTUSDT at 0.00005000).
    [0, 4, 0.00005],
    // Outside the clamp: the capture of BTCUSDT at −0.00000189.
    [-0.00050189, 8, -0.00000189],
    [0.002, 8, 0.0015],
    [-0.002, 8, -0.0015],
    // The cap binds.
    [0.01, 8, 0.003],
  ])('of an average premium of %d over %i h is %d', (premium, hours, rate) => {
    expect(fundingRate(premium, hours, 0.003)).toBeCloseTo(rate, 12);
  });

  test('averages the premium with weights growing linearly in time', () => {
    const running = funding();
    const premiums = [3, -1, 4, 1, -5, 9];
    for (const premium of premiums) samplePremium(running, premium, 1);
    const weighted = premiums.reduce((sum, premium, index) => sum + (index + 1) * premium, 0);
    expect(running.averagePremium).toBeCloseTo(weighted / 21, 12);
  });

  test('at a faster tempo a sample stands for many equal ones', () => {
    const slow = funding();
    const fast = funding();
    for (const premium of [2, -3, 5]) {
      for (let count = 0; count < 40; count++) samplePremium(slow, premium, 1);
      samplePremium(fast, premium, 40);
    }
    expect(fast.averagePremium).toBeCloseTo(slow.averagePremium, 12);
  });

  test('starts over after a settlement', () => {
    const running = funding();
    samplePremium(running, 0.002, 1);
    const settlement = settle(running, 84_000);
    expect(settlement).toEqual({ atMs: Date.UTC(2026, 0, 1, 8), rate: 0.0015, markPrice: 84_000 });
    expect(running.nextMs).toBe(Date.UTC(2026, 0, 1, 16));
    expect(running.samples).toBe(0);
  });
});

test('the premium index is zero while the index lies inside the impact prices', () => {
  expect(premiumIndex(99, 101, 100)).toBe(0);
  expect(premiumIndex(102, 103, 100)).toBeCloseTo(0.02, 12);
  expect(premiumIndex(97, 98, 100)).toBeCloseTo(-0.02, 12);
});

test('settlements are counted from midnight UTC', () => {
  expect(nextSettlementMs(Date.UTC(2026, 0, 1, 7, 59), 8)).toBe(Date.UTC(2026, 0, 1, 8));
  expect(nextSettlementMs(Date.UTC(2026, 0, 1, 8), 8)).toBe(Date.UTC(2026, 0, 1, 16));
  expect(nextSettlementMs(Date.UTC(2026, 0, 1, 8), 1)).toBe(Date.UTC(2026, 0, 1, 9));
});
