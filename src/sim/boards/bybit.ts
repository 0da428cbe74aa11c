import type { Board, PerpRow } from './board.ts';
import { dayMonthYear } from './expiries.ts';

type Grid = PerpRow['tick'];

const linear = (
  asset: string,
  tick: Grid,
  step: Grid,
  spotTick: Grid,
  spotStep: Grid,
  more: Partial<PerpRow> = {},
): PerpRow => ({
  asset,
  product: 'linear',
  symbol: `${asset}USDT`,
  tick,
  step,
  spot: { product: 'spot', symbol: `${asset}USDT`, tick: spotTick, step: spotStep },
  ...more,
});

/** Bybit: linear perps and dated contracts in coins, spot. */
export const bybit: Board = {
  following: { lagSeconds: 0.15, gapBps: 1.4, premiumBps: -0.7, premiumShare: 1.15 },
  share: 0.5,
  fundingHours: 8,
  fundingCap: 0.005,
  offsetMs: 0,
  perps: [
    linear('BTC', [0.1, 2], [0.001, 3], [0.01, 2], [0.000001, 6]),
    linear('ETH', [0.01, 2], [0.01, 2], [0.01, 2], [0.00001, 5]),
    linear('SOL', [0.01, 3], [0.1, 1], [0.01, 2], [0.001, 3]),
    linear('XRP', [0.0001, 4], [0.1, 1], [0.0001, 4], [0.01, 2]),
    linear('DOGE', [0.00001, 5], [1, 0], [0.00001, 5], [0.1, 1]),
    linear('PEPE', [0.0000001, 7], [100, 0], [0.000000001, 9], [1, 0], {
      symbol: '1000PEPEUSDT',
      baseAsset: '1000PEPE',
      multiplier: 1000,
      fundingHours: 4,
    }),
  ],
  dated: [
    {
      asset: 'BTC',
      product: 'linear',
      terms: ['week', 'quarter', 'nextQuarter'],
      symbol: (expiryMs) => `BTCUSDT-${dayMonthYear(expiryMs)}`,
      tick: [0.1, 2],
      step: [0.001, 3],
    },
    {
      asset: 'ETH',
      product: 'linear',
      terms: ['week', 'quarter', 'nextQuarter'],
      symbol: (expiryMs) => `ETHUSDT-${dayMonthYear(expiryMs)}`,
      tick: [0.01, 2],
      step: [0.01, 2],
    },
  ],
};
