import type { HistorySeries } from '../model/event.ts';
import type { FeedId } from '../model/instrument.ts';
import type { KeptCoverage } from '../model/kept.ts';
import { HOUR, type Micros } from '../model/units.ts';
import type { HistoryPart, RestRequest } from '../venues/protocol.ts';

/** µs, both ends included. */
interface Span {
  from: number;
  to: number;
}

/** Spans of one series, ascending and apart. */
interface Held {
  readonly feed: FeedId;
  readonly symbol: string;
  readonly what: string;
  readonly spans: Span[];
}

const HOUR_MS = HOUR / 1000;
/** Rows that would be younger than this may only be late: their absence says nothing (venues publish minutes after the close). */
const LATE = 2 * HOUR;

/** Name of a series' rows: those finer than an hour are held apart from the hourly ones. */
export const heldAs = (series: HistorySeries, stepMs: number): string =>
  stepMs < HOUR_MS ? `${series} minutes` : series;

const keyOf = (feed: FeedId, symbol: string, what: string): string => `${feed} ${symbol} ${what}`;

/** What of the past is known already, by feed, wire symbol and series: from the store, from answers, from what was heard live. */
export class Holdings {
  readonly #held = new Map<string, Held>();
  readonly #onAnswered: (coverage: KeptCoverage) => void;

  /** @param onAnswered told of every span that a venue has answered. */
  constructor(onAnswered: (coverage: KeptCoverage) => void = () => {}) {
    this.#onAnswered = onAnswered;
  }

  /** Rows stamped from `from` to `to`, µs, are held, or do not exist. */
  note(feed: FeedId, symbol: string, what: string, from: number, to: number): void {
    if (to < from) return;
    const key = keyOf(feed, symbol, what);
    const held = this.#held.get(key) ?? { feed, symbol, what, spans: [] };
    this.#held.set(key, held);
    const { spans } = held;
    // Nearly always the newest one grows.
    let at = spans.length;
    while (at > 0 && spans[at - 1]!.from > from) at -= 1;
    const before = spans[at - 1];
    let merged: Span;
    if (before !== undefined && from <= before.to + 1) {
      merged = before;
      merged.to = Math.max(merged.to, to);
    } else {
      merged = { from, to };
      spans.splice(at, 0, merged);
      at += 1;
    }
    while (at < spans.length && spans[at]!.from <= merged.to + 1) {
      merged.to = Math.max(merged.to, spans[at]!.to);
      spans.splice(at, 1);
    }
  }

  /** Everything that is held. */
  *spans(): Generator<KeptCoverage> {
    for (const { feed, symbol, what, spans } of this.#held.values())
      for (const { from, to } of spans) yield { kind: 'coverage', feed, symbol, what, from, to };
  }

  /**
   * The request for what is missing of what a request asks for: itself where it says nothing about that, a smaller one where a part is held.
   *
   * @returns undefined when nothing is missing.
   */
  wanted(feed: FeedId, request: RestRequest, nowMs: number): RestRequest | undefined {
    const { history } = request;
    if (history === undefined) return request;
    const missing = this.#missing(feed, history, nowMs);
    if (missing === undefined) return undefined;
    return missing.isAll ? request : history.part(missing.fromMs, missing.toMs);
  }

  /**
   * A request for history has been answered.
   *
   * @param last stamp of the last row in the answer; null when it was empty.
   */
  answered(feed: FeedId, part: HistoryPart, last: Micros | null, now: Micros): void {
    const { symbol, series, stepMs, fromMs, toMs } = part;
    const from = fromMs * 1000;
    const to = Math.max(last ?? 0, Math.min(toMs * 1000, now - LATE));
    if (to < from) return;
    const what = heldAs(series, stepMs);
    this.note(feed, symbol, what, from, to);
    this.#onAnswered({ kind: 'coverage', feed, symbol, what, from, to });
  }

  /** From the first missing row to the last, of those whose time has come. */
  #missing(
    feed: FeedId,
    { symbol, series, stepMs, fromMs, toMs }: HistoryPart,
    nowMs: number,
  ): { readonly fromMs: number; readonly toMs: number; readonly isAll: boolean } | undefined {
    const spans = this.#held.get(keyOf(feed, symbol, heldAs(series, stepMs)))?.spans ?? [];
    let first: number | undefined;
    let last = 0;
    let at = 0;
    // Rows stand on multiples of their step, whatever the request begins with.
    const begin = Math.ceil(fromMs / stepMs) * stepMs;
    const end = Math.min(toMs, nowMs);
    for (let ms = begin; ms <= end; ms += stepMs) {
      while (at < spans.length && spans[at]!.to < ms * 1000) at += 1;
      const span = spans[at];
      if (span !== undefined && span.from <= ms * 1000) continue;
      first ??= ms;
      last = ms;
    }
    if (first === undefined) return undefined;
    return { fromMs: first, toMs: last, isAll: first === begin && last + stepMs > end };
  }
}
