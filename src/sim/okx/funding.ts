import { HOUR_MS } from '../market-bars.ts';
import { fundingEstimate } from '../market-funding.ts';
import type { AssetState } from '../market-state.ts';

/** The running period of a swap, times without skew. */
export interface FundingNow {
  /** Estimate for the settlement at `atMs`. */
  readonly rate: number;
  readonly atMs: number;
  readonly beforeMs: number;
  readonly afterMs: number;
  /** What the settlement at `beforeMs` paid; null while it is being settled, or when none was. */
  readonly settledRate: number | null;
}

/** A settlement is worked on for so long. */
const PROCESSING_MS = 4_000;

export function fundingNow({ funding, tape }: AssetState, nowMs: number): FundingNow {
  const intervalMs = funding.intervalHours * HOUR_MS;
  const beforeMs = funding.nextMs - intervalMs;
  const last = tape.settlements.at(-1);
  const isSettled = last?.atMs === beforeMs && nowMs - beforeMs >= PROCESSING_MS;
  return {
    rate: fundingEstimate(funding),
    atMs: funding.nextMs,
    beforeMs,
    afterMs: funding.nextMs + intervalMs,
    settledRate: isSettled ? last.rate : null,
  };
}
