import type { Board, DatedRow, PerpRow } from './board.ts';
import { yearMonthDay } from './expiries.ts';

type Grid = PerpRow['tick'];

/** Sizes are contracts of so many coins, traded in hundredths. */
const linear = (
  asset: string,
  tick: Grid,
  contractCoins: number,
  spotStep: Grid,
  more: Partial<PerpRow> = {},
): PerpRow => ({
  asset,
  product: 'swap',
  symbol: `${asset}-USDT-SWAP`,
  tick,
  step: [0.01, 2],
  contract: { unit: 'coins', size: contractCoins },
  spot: { product: 'spot', symbol: `${asset}-USDT`, tick, step: spotStep },
  ...more,
});

/** Sizes are contracts of so many dollars. */
const inverse = (asset: string, tick: Grid, contractUsd: number): PerpRow => ({
  asset,
  product: 'swap',
  symbol: `${asset}-USD-SWAP`,
  tick,
  step: [1, 0],
  contract: { unit: 'usd', size: contractUsd },
  share: 0.2,
});

const dated = (
  asset: string,
  quote: 'USD' | 'USDT',
  tick: Grid,
  step: Grid,
  contract: PerpRow['contract'] & object,
): DatedRow => ({
  asset,
  product: 'futures',
  terms: ['week', 'quarter', 'nextQuarter'],
  symbol: (expiryMs) => `${asset}-${quote}-${yearMonthDay(expiryMs)}`,
  tick,
  step,
  contract,
});

/** OKX: swaps and dated contracts by contract value, linear and inverse, spot. */
export const okx: Board = {
  following: { lagSeconds: 0.2, gapBps: 1.6, premiumBps: 1.1, premiumShare: 0.9 },
  share: 0.4,
  fundingHours: 8,
  fundingCap: 0.00375,
  offsetMs: 50,
  perps: [
    linear('BTC', [0.1, 1], 0.01, [0.00000001, 8]),
    linear('ETH', [0.01, 2], 0.1, [0.000001, 6]),
    linear('SOL', [0.01, 2], 1, [0.000001, 6]),
    linear('XRP', [0.0001, 4], 100, [0.000001, 6]),
    linear('DOGE', [0.00001, 5], 1000, [0.000001, 6]),
    linear('PEPE', [0.000000001, 9], 10_000_000, [1, 0], { step: [0.1, 1], fundingHours: 4 }),
    inverse('BTC', [0.1, 1], 100),
    inverse('ETH', [0.01, 2], 10),
    inverse('SOL', [0.01, 2], 10),
    inverse('XRP', [0.0001, 4], 10),
    inverse('DOGE', [0.00001, 5], 10),
  ],
  dated: [
    dated('BTC', 'USD', [0.1, 1], [1, 0], { unit: 'usd', size: 100 }),
    dated('ETH', 'USD', [0.01, 2], [1, 0], { unit: 'usd', size: 10 }),
    dated('BTC', 'USDT', [0.1, 1], [0.01, 2], { unit: 'coins', size: 0.01 }),
    dated('ETH', 'USDT', [0.01, 2], [0.01, 2], { unit: 'coins', size: 0.1 }),
  ],
};
