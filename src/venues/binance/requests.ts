import { isObject } from '../wire.ts';

/** Documented budgets, by the names of their pools. */
export const POOL = {
  /** `fapi` and `dapi` together, weight per minute. */
  futures: 'binance-futures',
  /** `/futures/data/*`, requests per five minutes. */
  data: 'binance-futures-data',
  /** `fundingRate` and `fundingInfo` together, requests per five minutes. */
  funding: 'binance-futures-funding',
  /** Spot, weight per minute. */
  spot: 'binance-spot',
} as const;

/** Answer of the clock probes: `{"serverTime": ms}`. */
export function serverTime(body: string): number | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const time = isObject(value) ? value['serverTime'] : undefined;
    return typeof time === 'number' && Number.isSafeInteger(time) && time > 0 ? time : undefined;
  } catch {
    return undefined;
  }
}
