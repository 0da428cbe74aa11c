import { describe, expect, test } from 'vitest';
import { answer, linear } from './support/decoder.ts';

const CHAN = 'rest:/v5/market/risk-limit?category=linear&symbol=BTCUSDT';

/** A row as the venue sends it (venues.md §1.9). */
const row = (id: number, most: string, maintenanceMargin: string, maxLeverage: string) => ({
  id,
  symbol: 'BTCUSDT',
  riskLimitValue: most,
  maintenanceMargin,
  initialMargin: '0.01',
  isLowestRisk: id === 1 ? 1 : 0,
  maxLeverage,
  mmDeduction: '',
});

const list = [
  row(1, '2000000', '0.005', '100.00'),
  row(2, '4000000', '0.01', '57.14'),
  row(3, '6000000', '0.015', '40.00'),
];

describe('brackets of maintenance margin', () => {
  test('come from the risk limits, smallest positions first, told once and again when they change', () => {
    const heard = linear();
    const told = (rows: readonly unknown[]) =>
      heard.only('maintenanceTiers', answer({ category: 'linear', list: rows }), CHAN);
    expect(told(list)).toMatchObject([
      {
        instrument: 'bybit:BTC/USDT:USDT',
        tiers: [
          [2e6, 0.005, 100],
          [4e6, 0.01, 57.14],
          [null, 0.015, 40],
        ],
      },
    ]);
    expect(told([...list].reverse())).toEqual([]);
    expect(told(list.slice(0, 2))).toMatchObject([
      {
        tiers: [
          [2e6, 0.005, 100],
          [null, 0.01, 57.14],
        ],
      },
    ]);
  });

  test.each([
    ['none', []],
    ['of another symbol', [{ ...list[0], symbol: 'ETHUSDT' }]],
    ['under which a position is dead when it is opened', [row(1, '2000000', '0.02', '100')]],
    ['without a rate', [{ ...list[0], maintenanceMargin: '' }]],
  ])('%s are rejected', (_, rows) => {
    expect(linear().hear(answer({ category: 'linear', list: rows }), CHAN)).toMatchObject([
      { kind: 'rejected' },
    ]);
  });
});
