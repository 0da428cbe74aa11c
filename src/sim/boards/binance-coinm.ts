import type { Board, PerpRow } from './board.ts';
import { yearMonthDay } from './expiries.ts';

type Grid = PerpRow['tick'];

const contract = (usd: number) => ({ unit: 'usd', size: usd }) as const;

/** Sizes are contracts of so many dollars. */
const inverse = (asset: string, tick: Grid, usd: number): PerpRow => ({
  asset,
  product: 'coinm',
  symbol: `${asset}USD_PERP`,
  tick,
  step: [1, 0],
  contract: contract(usd),
});

/** Binance COIN-M: inverse perps and quarterly contracts beside the leader's own perps. */
export const binanceCoinm: Board = {
  following: { lagSeconds: 0.1, gapBps: 1, premiumBps: -1.3, premiumShare: 0.95 },
  share: 0.2,
  fundingHours: 8,
  fundingCap: 0.003,
  offsetMs: 50,
  perps: [
    inverse('BTC', [0.1, 1], 100),
    inverse('ETH', [0.01, 2], 10),
    inverse('SOL', [0.01, 2], 10),
    inverse('XRP', [0.0001, 4], 10),
    inverse('DOGE', [0.00001, 5], 10),
  ],
  dated: [
    {
      asset: 'BTC',
      product: 'coinm',
      terms: ['quarter', 'nextQuarter'],
      symbol: (expiryMs) => `BTCUSD_${yearMonthDay(expiryMs)}`,
      tick: [0.1, 1],
      step: [1, 0],
      contract: contract(100),
    },
    {
      asset: 'ETH',
      product: 'coinm',
      terms: ['quarter', 'nextQuarter'],
      symbol: (expiryMs) => `ETHUSD_${yearMonthDay(expiryMs)}`,
      tick: [0.01, 2],
      step: [1, 0],
      contract: contract(10),
    },
  ],
};
