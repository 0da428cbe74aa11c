import type { HistorySeries } from '../../model/event.ts';
import type { HistoryPart, RestPriority, RestRequest } from '../protocol.ts';
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

export interface Asking {
  readonly host: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly weight: number;
  readonly pool: string;
  readonly priority: RestPriority;
}

/** A request and the `chan` of its answer: the same path and query, without the host. */
export function request({ host, path, query = {}, weight, pool, priority }: Asking): RestRequest {
  const pairs = Object.entries(query).map(
    ([name, value]) => `${name}=${encodeURIComponent(value)}`,
  );
  const target = pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
  return { url: host + target, chan: `rest:${target}`, weight, pool, priority, symbol: null };
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

/** A page of the past: from and to in Unix ms, both included, and the rows in it. */
export interface Span {
  readonly startTime: number;
  readonly endTime: number;
  readonly rows: number;
}

/** What a page of bars tells: they are asked for by their opening and stamped with their close. */
export function barsPart(
  symbol: string,
  series: HistorySeries,
  { startTime, rows }: Span,
  again: (span: Span) => RestRequest,
): HistoryPart {
  const stepMs = series === 'bar1m' ? 60_000 : 3_600_000;
  return {
    symbol,
    series,
    stepMs,
    fromMs: startTime + stepMs,
    toMs: startTime + rows * stepMs,
    part: (fromMs, toMs) =>
      again({
        startTime: fromMs - stepMs,
        endTime: toMs - 1,
        rows: (toMs - fromMs) / stepMs + 1,
      }),
  };
}

/**
 * The last `count` steps of `stepMs` up to now in pages of at most `perPage`, newest page first. A page ends one millisecond before the next one
 * begins, so that they neither overlap nor leave a hole.
 */
export function pagesBack(
  nowMs: number,
  stepMs: number,
  count: number,
  perPage: number,
): readonly Span[] {
  const last = Math.floor(nowMs / stepMs);
  const pages: Span[] = [];
  for (let done = 0; done < count; done += perPage) {
    const rows = Math.min(perPage, count - done);
    const startTime = (last - done - rows + 1) * stepMs;
    const endTime = Math.min(startTime + rows * stepMs - 1, nowMs);
    pages.push({ startTime, endTime, rows });
  }
  return pages;
}
