import type { RestPool, RestRequest } from '../protocol.ts';
import { pageOf, type Span } from '../requests.ts';
import { isObject } from '../wire.ts';
import { seriesOf } from './history.ts';

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

/** The pool that both futures products spend from, whichever of them runs. */
export const weightPool = (limit: number, share: number): RestPool => ({
  name: POOL.futures,
  limit,
  budget: Math.floor(limit * share),
  windowMs: 60_000,
});

/** Weight of a depth snapshot of futures by its limit (venues.md §2.5). */
export const snapshotWeight = (limit: number): number =>
  limit <= 50 ? 2 : limit <= 100 ? 5 : limit <= 500 ? 10 : 20;

/** Weight of a page of bars of futures by its limit (venues.md §2.6). */
export const klinesWeight = (limit: number): number =>
  limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1000 ? 5 : 10;

/** Bars per page: the documentation says 1500, one official client 1000, which is also cheaper (venues.md §8). */
export const BARS_PER_PAGE = 1000;
/** Rows per page of `/futures/data/*`. */
export const DATA_PER_PAGE = 500;
/** Open-interest history reaches 30 days back; a request that asks for more is refused, so a little less is asked. */
export const OPEN_INTEREST_HOURS = 30 * 24 - 1;

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** A page of bars of one symbol, or of the index of a pair. */
export function barsPage(
  endpoint: string,
  query: Readonly<Record<string, string>>,
  interval: '1h' | '1m',
  span: Span,
  ask: (span: Span) => RestRequest,
): RestRequest {
  const series = seriesOf(endpoint, interval);
  const symbol = query['symbol'] ?? query['pair'];
  if (series === undefined || symbol === undefined) return ask(span);
  return pageOf({ symbol, series, stepMs: interval === '1h' ? HOUR_MS : MINUTE_MS }, span, ask);
}

/** Settled funding of the last hours: one page, for its thousand rows are six weeks of the shortest interval. It is asked for from an instant on. */
export function fundingHistory(
  symbol: string,
  hours: number,
  nowMs: number,
  ask: (startTime: number) => RestRequest,
): RestRequest {
  const between = (fromMs: number, toMs: number): RestRequest => ({
    ...ask(fromMs),
    history: { symbol, series: 'fundingSettled', stepMs: HOUR_MS, fromMs, toMs, part: between },
  });
  return between(nowMs - hours * HOUR_MS, nowMs);
}

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
