import type { Board, PerpRow } from './board.ts';
import { dayMonthYear } from './expiries.ts';

type Grid = PerpRow['tick'];

/** Amounts are dollars. */
const DOLLARS = { unit: 'usd', size: 1 } as const;

const linear = (asset: string, tick: Grid, step: Grid): PerpRow => ({
  asset,
  product: 'future',
  symbol: `${asset}_USDC-PERPETUAL`,
  tick,
  step,
  share: 0.3,
});

/** Deribit: inverse perps and dated contracts in dollars, linear perps in coins against USDC. */
export const deribit: Board = {
  following: { lagSeconds: 0.3, gapBps: 2, premiumBps: 2.6, premiumShare: 0.8 },
  share: 0.18,
  fundingRule: 'continuous',
  // It accrues all the time; the hour is when the books are closed.
  fundingHours: 1,
  fundingCap: 0.005,
  offsetMs: 0,
  perps: [
    {
      asset: 'BTC',
      product: 'future',
      symbol: 'BTC-PERPETUAL',
      tick: [0.5, 1],
      step: [10, 0],
      contract: DOLLARS,
    },
    {
      asset: 'ETH',
      product: 'future',
      symbol: 'ETH-PERPETUAL',
      tick: [0.05, 2],
      step: [1, 0],
      contract: DOLLARS,
    },
    linear('BTC', [0.5, 1], [0.0001, 4]),
    linear('ETH', [0.05, 2], [0.001, 3]),
    linear('SOL', [0.01, 2], [0.1, 1]),
    linear('XRP', [0.0001, 4], [1, 0]),
    linear('DOGE', [0.00001, 5], [10, 0]),
  ],
  dated: [
    {
      asset: 'BTC',
      product: 'future',
      terms: ['week', 'quarter', 'nextQuarter'],
      symbol: (expiryMs) => `BTC-${dayMonthYear(expiryMs)}`,
      tick: [2.5, 1],
      step: [10, 0],
      contract: DOLLARS,
    },
    {
      asset: 'ETH',
      product: 'future',
      terms: ['week', 'quarter', 'nextQuarter'],
      symbol: (expiryMs) => `ETH-${dayMonthYear(expiryMs)}`,
      tick: [0.25, 2],
      step: [1, 0],
      contract: DOLLARS,
    },
  ],
};
