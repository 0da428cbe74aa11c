import type { HistorySeries } from '../model/event.ts';
import type { RestPriority, RestRequest } from './protocol.ts';

interface Asking {
  readonly host: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly weight: number;
  readonly pool: string;
  readonly priority: RestPriority;
  readonly symbol?: string;
}

/** Everything about a request but the host and the budget, which a product has in common. */
export type Question = Omit<Asking, 'host' | 'pool'>;

/** A request and the `chan` of its answer: the same path and query, without the host. */
export function request(asking: Asking): RestRequest {
  const { host, path, query = {}, weight, pool, priority, symbol = null } = asking;
  const pairs = Object.entries(query).map(
    ([name, value]) => `${name}=${encodeURIComponent(value)}`,
  );
  const target = pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
  return { url: host + target, chan: `rest:${target}`, weight, pool, priority, symbol };
}

/** What a REST record answers, read off its `chan`. */
export interface Asked {
  /** `/fapi/v1/depth`. */
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
}

/** Whether a record holds a REST answer: `rest:` + path or URL, or the bare URL as older recordings have it. */
export const isAnswer = (chan: string): boolean =>
  chan.startsWith('rest:') || chan.startsWith('https://') || chan.startsWith('http://');

const CHAN = /^(?:rest:)?(?:https?:\/\/[^/?]*)?(\/[^?]*)(?:\?(.*))?$/;

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What was asked, with or without host; undefined when the `chan` is no path. */
export function askedIn(chan: string): Asked | undefined {
  const parts = CHAN.exec(chan);
  const path = parts?.[1];
  if (path === undefined) return undefined;
  const query = new Map<string, string>();
  for (const pair of (parts?.[2] ?? '').split('&')) {
    const at = pair.indexOf('=');
    if (at > 0) query.set(pair.slice(0, at), unescaped(pair.slice(at + 1)));
  }
  return { path, query };
}

/** A page of the past: from and to in Unix ms, both included, and the rows in it. */
export interface Span {
  readonly startTime: number;
  readonly endTime: number;
  readonly rows: number;
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

/** What the rows of a page are. */
interface Paged {
  /** Wire symbol, or the name of an index. */
  readonly symbol: string;
  readonly series: HistorySeries;
  readonly stepMs: number;
}

/** Venues stamp what they measure or settle on the hour some moments late. */
const LATE_MS = 59_999;

/**
 * A page that says which rows it asks for, so that what is held of them is not asked for again.
 *
 * @param ask the request for a span. Bars are asked for by their opening and stamped with their close, everything else stands where it is stamped.
 */
export function pageOf(of: Paged, span: Span, ask: (span: Span) => RestRequest): RestRequest {
  const { symbol, series, stepMs } = of;
  const isBar = series !== 'openInterest' && series !== 'fundingSettled';
  const shift = isBar ? stepMs : 0;
  const first = span.startTime + shift;
  const part = (fromMs: number, toMs: number) => {
    const startTime = fromMs - shift;
    const endTime = isBar ? toMs - 1 : toMs + LATE_MS;
    return pageOf(of, { startTime, endTime, rows: (toMs - fromMs) / stepMs + 1 }, ask);
  };
  const toMs = first + (span.rows - 1) * stepMs;
  return { ...ask(span), history: { symbol, series, stepMs, fromMs: first, toMs, part } };
}
