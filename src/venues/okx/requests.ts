import type { RestPool, RestPriority, RestRequest } from '../protocol.ts';
import { request } from '../requests.ts';
import type { Configured } from '../settings.ts';
import { isObject } from '../wire.ts';
import type { OKX_SETTINGS } from './settings.ts';

export type Settings = Configured<typeof OKX_SETTINGS>;

const WINDOW_MS = 2000;

/** Requests per 2 s that the venue allows, by endpoint: each has a limit of its own (venues.md §4.4). */
const LIMITS = {
  'public/time': 10,
  'public/instruments': 20,
  'public/funding-rate-history': 10,
  'market/books': 40,
  'market/candles': 40,
  'market/history-candles': 20,
  'market/mark-price-candles': 20,
  'market/history-mark-price-candles': 10,
  'market/index-candles': 20,
  'market/history-index-candles': 10,
  'rubik/stat/contracts/open-interest-history': 10,
} as const;

export type Endpoint = keyof typeof LIMITS;

const poolOf = (endpoint: Endpoint): string =>
  `okx-${endpoint.slice(endpoint.lastIndexOf('/') + 1)}`;

/** A request to one of the endpoints, in the budget of that endpoint. */
export const ask = (
  config: Settings,
  endpoint: Endpoint,
  query: Readonly<Record<string, string | number>>,
  priority: RestPriority,
  symbol?: string,
): RestRequest =>
  request({
    host: config.host('rest'),
    path: `/api/v5/${endpoint}`,
    query,
    weight: 1,
    pool: poolOf(endpoint),
    priority,
    ...(symbol !== undefined && { symbol }),
  });

export const poolsOf = (config: Settings): RestPool[] =>
  Object.entries(LIMITS).map(([endpoint, limit]) => ({
    name: poolOf(endpoint as Endpoint),
    limit,
    budget: Math.max(1, Math.floor(limit * config.number('budgetShare'))),
    windowMs: WINDOW_MS,
  }));

/** Answer of the clock probes: `{"code":"0","data":[{"ts":"1597026383085"}]}`. */
export function serverTime(body: string): number | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const data: unknown = isObject(value) ? value['data'] : undefined;
    const first: unknown = Array.isArray(data) ? data[0] : undefined;
    const time = Number(isObject(first) ? first['ts'] : undefined);
    return Number.isSafeInteger(time) && time > 0 ? time : undefined;
  } catch {
    return undefined;
  }
}
