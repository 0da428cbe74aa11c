import type { HistorySeries } from '../../model/event.ts';
import type { FeedSettings, RestPriority, RestRequest } from '../protocol.ts';
import { pageOf, request, type Span } from '../requests.ts';
import { type Configured, configured } from '../settings.ts';
import { isAbsent, isObject } from '../wire.ts';
import type { Product } from './product.ts';
import { FUTURES_SETTINGS } from './settings.ts';

/** One budget for all families: the venue counts requests per address. */
export const POOL = 'bybit';

export type Settings = Configured<typeof FUTURES_SETTINGS>;

export const settle = (settings: FeedSettings): Settings => configured(FUTURES_SETTINGS, settings);

type Query = Readonly<Record<string, string | number>>;

/** A question about the market; each costs the same. */
export const ask = (
  config: Settings,
  endpoint: string,
  priority: RestPriority,
  query: Query = {},
  symbol?: string,
): RestRequest =>
  request({
    host: config.host('rest'),
    path: `/v5/market/${endpoint}`,
    query,
    weight: 1,
    pool: POOL,
    priority,
    ...(symbol !== undefined && { symbol }),
  });

const LISTINGS_PER_PAGE = 1000;

/** All listings of a family, a page of them. Spot has no pages. */
export const listings = (
  config: Settings,
  { category }: Product,
  priority: RestPriority,
  cursor?: string,
): RestRequest =>
  ask(config, 'instruments-info', priority, {
    category,
    ...(category !== 'spot' && { limit: LISTINGS_PER_PAGE }),
    ...(cursor !== undefined && { cursor }),
  });

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Where the next page of the listings begins; undefined when there is none. */
export function cursorIn(body: string): string | undefined {
  const value = parsed(body);
  const result = isObject(value) ? value['result'] : undefined;
  const cursor = isObject(result) ? result['nextPageCursor'] : undefined;
  return typeof cursor !== 'string' || isAbsent(cursor) ? undefined : cursor;
}

/** Bars per page, and rows per page of everything else. */
export const BARS_PER_PAGE = 1000;
export const ROWS_PER_PAGE = 200;

const HOUR_MS = 3_600_000;
const FIVE_MINUTES_MS = 300_000;
const MINUTE_MS = 60_000;

const HOURLY_BARS = {
  kline: 'bar1h',
  'mark-price-kline': 'mark1h',
  'index-price-kline': 'index1h',
} as const;

/**
 * A page that says which rows it asks for. Those of inverse contracts do not: their open interest is divided by prices of the same answers, so all of it is asked
 * for every time.
 */
export const page = (
  { category, symbol }: Pick<Product, 'category'> & { readonly symbol: string },
  series: HistorySeries,
  stepMs: number,
  span: Span,
  request: (span: Span) => RestRequest,
): RestRequest =>
  category === 'inverse' ? request(span) : pageOf({ symbol, series, stepMs }, span, request);

export const bars = (
  config: Settings,
  { category }: Product,
  endpoint: 'kline' | 'mark-price-kline' | 'index-price-kline',
  symbol: string,
  interval: '60' | '1',
  span: Span,
): RestRequest =>
  page(
    { category, symbol },
    interval === '1' ? 'bar1m' : HOURLY_BARS[endpoint],
    interval === '1' ? MINUTE_MS : HOUR_MS,
    span,
    ({ startTime, endTime, rows }) =>
      ask(config, endpoint, 'backfill', {
        category,
        symbol,
        interval,
        start: startTime,
        end: endTime,
        limit: rows,
      }),
  );

export const openInterest = (
  config: Settings,
  { category }: Product,
  symbol: string,
  intervalTime: '1h' | '5min',
  span: Span,
): RestRequest =>
  page(
    { category, symbol },
    'openInterest',
    intervalTime === '1h' ? HOUR_MS : FIVE_MINUTES_MS,
    span,
    ({ startTime, endTime, rows }) =>
      ask(config, 'open-interest', 'backfill', {
        category,
        symbol,
        intervalTime,
        startTime,
        endTime,
        limit: rows,
      }),
  );

export const fundingRates = (
  config: Settings,
  { category }: Product,
  symbol: string,
  priority: RestPriority,
  query: Query,
): RestRequest => ask(config, 'funding/history', priority, { category, symbol, ...query });

/** Answer of the clock probes: nanoseconds in `result`, and when it was sent, ms. */
export function serverTime(body: string): number | undefined {
  const value = parsed(body);
  if (!isObject(value)) return undefined;
  const { result, time } = value;
  const nanos = isObject(result) ? Number(result['timeNano']) : Number.NaN;
  const ms = Number.isFinite(nanos) && nanos > 0 ? nanos / 1e6 : time;
  return typeof ms === 'number' && Number.isFinite(ms) && ms > 0 ? ms : undefined;
}
