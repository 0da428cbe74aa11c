import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import {
  type CashAndCarry,
  cashAndCarry,
  cashAndCarryAnnual,
  fundingCarryAnnual,
} from '../../src/features/carry.ts';

const TRADE: CashAndCarry = {
  future: 102,
  spot: 100,
  futureFeeBps: 5,
  spotFeeBps: 10,
  margin: 0.2,
  days: 90,
};

describe('a cash-and-carry', () => {
  test('is what remains after four fills, on coin and margin', () => {
    // Fees: 2 · (102 · 5 bps + 100 · 10 bps) = 0.302; capital: 100 + 0.2 · 102 = 120.4.
    expect(cashAndCarry(TRADE)).toBeCloseTo((102 - 100 - 0.302) / 120.4, 15);
    expect(cashAndCarry(TRADE)).toBeCloseTo(0.014103, 7);
    expect(cashAndCarryAnnual(TRADE)).toBeCloseTo(0.0571955, 7);
  });

  test('needs the coin alone where the coin is the margin', () => {
    expect(cashAndCarry({ ...TRADE, margin: 0 })).toBeCloseTo(1.698 / 100, 15);
  });

  test('loses its fees where there is no basis', () => {
    expect(cashAndCarry({ ...TRADE, future: 100 })).toBeCloseTo(-0.3 / 120, 15);
  });

  test.prop([
    fc.double({ min: 0.01, max: 1e6, noNaN: true }),
    fc.double({ min: -0.2, max: 0.5, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  ])(
    'does not depend on what the price counts, and more margin never helps a gain',
    (spot, basis, margin) => {
      const trade = { ...TRADE, spot: 1, future: 1 + basis, margin };
      const scaled = { ...trade, spot, future: spot * (1 + basis) };
      expect(cashAndCarry(scaled)).toBeCloseTo(cashAndCarry(trade), 9);
      const gain = cashAndCarry(trade);
      const tighter = cashAndCarry({ ...trade, margin: margin + 0.1 });
      expect(Math.abs(tighter)).toBeLessThanOrEqual(Math.abs(gain));
    },
  );
});

describe('a funding carry', () => {
  test('is the rate less fees spread over the holding, on coin and margin', () => {
    // 0.01 % per 8 h is 10.95 % a year; 2 · (5 + 10) bps over 30 days is 3.65 % a year.
    const annual = fundingCarryAnnual({
      rateAnnual: 0.1095,
      perpFeeBps: 5,
      spotFeeBps: 10,
      margin: 0.2,
      holdingDays: 30,
    });
    expect(annual).toBeCloseTo((0.1095 - 0.0365) / 1.2, 15);
  });

  test('held twice as long pays half the fees a year', () => {
    const held = (holdingDays: number) =>
      fundingCarryAnnual({ rateAnnual: 0, perpFeeBps: 5, spotFeeBps: 10, margin: 0, holdingDays });
    expect(held(60)).toBeCloseTo(held(30) / 2, 15);
  });
});
