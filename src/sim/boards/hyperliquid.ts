import type { Board, PerpRow } from './board.ts';

type Grid = PerpRow['tick'];

/** The step is 10^−szDecimals, the tick what five significant figures leave at the price of the start. */
const perp = (
  asset: string,
  tick: Grid,
  step: Grid,
  maxLeverage: number,
  more: Partial<PerpRow> = {},
): PerpRow => ({ asset, product: 'perp', symbol: asset, tick, step, maxLeverage, ...more });

/** Hyperliquid: perps in coins against USDC, funded every hour. */
export const hyperliquid: Board = {
  following: { lagSeconds: 0.4, gapBps: 2.4, premiumBps: 1.9, premiumShare: 1.35 },
  share: 0.3,
  fundingHours: 1,
  fundingCap: 0.04,
  offsetMs: 50,
  perps: [
    perp('BTC', [1, 1], [0.00001, 5], 40),
    perp('ETH', [0.1, 1], [0.0001, 4], 25),
    perp('SOL', [0.01, 2], [0.01, 2], 20),
    perp('XRP', [0.0001, 4], [1, 0], 20),
    perp('DOGE', [0.00001, 5], [1, 0], 10),
    perp('PEPE', [0.000001, 6], [1, 0], 10, {
      symbol: 'kPEPE',
      baseAsset: 'kPEPE',
      multiplier: 1000,
    }),
  ],
  dated: [],
};
