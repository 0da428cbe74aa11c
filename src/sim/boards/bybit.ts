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

/** Sizes are dollars. */
const DOLLARS = { unit: 'usd', size: 1 } as const;

const inverse = (asset: string, tick: Grid): PerpRow => ({
  asset,
  product: 'inverse',
  symbol: `${asset}USD`,
  tick,
  step: [1, 0],
  contract: DOLLARS,
  share: 0.25,
});

/** `BTCUSDH26`: the letter stands for the month. */
const MONTH_CODES = 'FGHJKMNQUVXZ';
function monthCode(expiryMs: number): string {
  const day = new Date(expiryMs);
  return `${MONTH_CODES[day.getUTCMonth()]}${day.getUTCFullYear() % 100}`;
}

/** Bybit: linear perps and dated contracts in coins, inverse ones in dollars, spot. */
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
    inverse('BTC', [0.5, 2]),
    inverse('ETH', [0.05, 2]),
    inverse('SOL', [0.01, 3]),
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
    {
      asset: 'BTC',
      product: 'inverse',
      terms: ['quarter', 'nextQuarter'],
      symbol: (expiryMs) => `BTCUSD${monthCode(expiryMs)}`,
      tick: [0.5, 2],
      step: [1, 0],
      contract: DOLLARS,
      share: 0.25,
    },
  ],
};
