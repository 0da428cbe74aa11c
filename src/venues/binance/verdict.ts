import type { RestVerdict } from '../protocol.ts';
import { headerIn, isFailure, jsonIn, answer as verdictOf } from '../verdicts.ts';
import { isObject, shown } from '../wire.ts';

const MINUTE_MS = 60_000;
/** Bans last from two minutes to three days. */
const SHORTEST_BAN_MS = 2 * MINUTE_MS;
const LONGEST_WAIT_MS = 3 * 24 * 60 * MINUTE_MS;
/** A ban whose end nobody states. */
const UNSTATED_BAN_MS = 10 * MINUTE_MS;

const TOO_MANY = new Set([-1003, -1034]);
/** The venue's own trouble: unknown error, disconnected, unexpected response, timeout, overloaded, shutting down. */
const THEIR_TROUBLE = new Set([-1000, -1001, -1006, -1007, -1008, -1016]);

const bounded = (ms: number): number => Math.min(Math.max(Math.ceil(ms), 1000), LONGEST_WAIT_MS);

const numberIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,12}$/.test(text.trim()) ? Number(text) : undefined;

/** The venue's clock when it answered, Unix ms. */
function answeredAt(headers: Readonly<Record<string, string>>): number | undefined {
  const ms = Date.parse(headerIn(headers, 'date') ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}

/** `Retry-After` in seconds or as a date; undefined where it is missing. */
function retryAfter(headers: Readonly<Record<string, string>>): number | undefined {
  const text = headerIn(headers, 'retry-after');
  const seconds = numberIn(text);
  if (seconds !== undefined) return seconds * 1000;
  const until = Date.parse(text ?? '');
  const now = answeredAt(headers);
  return Number.isNaN(until) || now === undefined ? undefined : until - now;
}

/** The budget is counted per clock minute, so it is fresh one second into the next. */
function toNextMinute(headers: Readonly<Record<string, string>>): number {
  const now = answeredAt(headers);
  return MINUTE_MS - (now === undefined ? 0 : now % MINUTE_MS) + 1000;
}

/** `Way too many requests; IP banned until 1571921632123.` */
function bannedFor(headers: Readonly<Record<string, string>>, message: string): number | undefined {
  const until = Number(/until (\d{13})/.exec(message)?.[1]);
  const now = answeredAt(headers);
  return Number.isNaN(until) || now === undefined ? undefined : until - now;
}

/**
 * What an HTTP answer of Binance means (venues.md §1.6, §2.6). The body is read for its error object whatever the status says.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/error-code
 */
export function verdict(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): RestVerdict {
  const used = numberIn(headerIn(headers, 'x-mbx-used-weight-1m')) ?? null;
  const answer = (state: RestVerdict['state'], reason: string, waitMs = 0): RestVerdict =>
    verdictOf(state, reason, waitMs, used);
  const value = jsonIn(body);
  const code = isObject(value) && typeof value['code'] === 'number' ? value['code'] : undefined;
  const message = isObject(value) && typeof value['msg'] === 'string' ? value['msg'] : '';
  const said = code === undefined ? `HTTP ${status}` : `${code} ${shown(message)}`.trim();

  if (status === 418) {
    const ban = retryAfter(headers) ?? bannedFor(headers, message) ?? UNSTATED_BAN_MS;
    return answer('banned', 'address banned', bounded(Math.max(ban, SHORTEST_BAN_MS)));
  }
  if (status === 429 || (code !== undefined && TOO_MANY.has(code)))
    return answer(
      'limited',
      'too many requests',
      bounded(retryAfter(headers) ?? toNextMinute(headers)),
    );
  if (status === 451) return answer('refused', 'region refused');
  if (status === 403) return answer('refused', 'refused by the firewall');
  if (isFailure(status)) return answer('failed', said);
  if (code !== undefined && code < 0)
    return answer(THEIR_TROUBLE.has(code) ? 'failed' : 'invalid', said);
  if (status >= 400) return answer('invalid', said);
  if (value === undefined) return answer('failed', 'answer is not JSON');
  return answer('ok', '');
}
