import type { RestVerdict } from '../protocol.ts';
import { answer, headerIn, isFailure, jsonIn } from '../verdicts.ts';
import { isObject, shown } from '../wire.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
/** Whoever asks too often is locked out for this long; a request in between begins it anew (venues.md §1.6). */
const BAN_MS = 10 * MINUTE_MS;

/** Too many visits, in the words of several parts of the venue; 10016 is a server that cannot keep up. */
const TOO_MANY: ReadonlySet<number> = new Set([10006, 10429, 10016]);
/** Too many visits from this address. */
const ADDRESS_LIMIT = 10018;
const BAD_PARAMETER = 10001;

/** Words of an answer that turns away a whole country, or came from the firewall before the venue. */
const COUNTRY = /country|region|restricted location/i;

const numberIn = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;

/** How long until the limit is counted anew, by the venue's own clock; undefined where it does not say. */
function untilReset(
  headers: Readonly<Record<string, string>>,
  time: number | undefined,
): number | undefined {
  const reset = numberIn(headerIn(headers, 'x-bapi-limit-reset-timestamp'));
  const now = time ?? Date.parse(headerIn(headers, 'date') ?? '');
  return reset === undefined || Number.isNaN(now) ? undefined : reset - now;
}

const bounded = (ms: number): number => Math.min(Math.max(Math.ceil(ms), SECOND_MS), MINUTE_MS);

/**
 * What an HTTP answer of Bybit means (venues.md §1.6, §3.3). Errors come with status 200 and a `retCode`.
 *
 * A 403 is a ban of ten minutes, unless it says that it turns away a country.
 *
 * @see https://bybit-exchange.github.io/docs/v5/rate-limit
 */
export function verdict(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): RestVerdict {
  const value = jsonIn(body);
  const envelope = isObject(value) ? value : {};
  const { retCode, retMsg, time } = envelope;
  const code = typeof retCode === 'number' ? retCode : undefined;
  const message = typeof retMsg === 'string' ? retMsg : '';
  const said = code === undefined ? `HTTP ${status}` : `${code} ${shown(message)}`.trim();

  if (status === 403)
    return COUNTRY.test(code === undefined ? body : message)
      ? answer('refused', 'region refused')
      : answer('banned', 'access too frequent', BAN_MS);
  if (status === 451) return answer('refused', 'region refused');
  if (status === 429 || (code !== undefined && TOO_MANY.has(code))) {
    const wait = untilReset(headers, typeof time === 'number' ? time : undefined);
    return answer('limited', 'too many requests', bounded(wait ?? SECOND_MS));
  }
  if (code === ADDRESS_LIMIT) return answer('limited', 'too many requests', MINUTE_MS);
  if (code === BAD_PARAMETER) return answer('invalid', said);
  if (isFailure(status)) return answer('failed', said);
  if (status >= 400) return answer('invalid', said);
  // An answer without a code is none, and no code but these is known to be for ever.
  return code === 0 ? answer('ok', '') : answer('failed', code === undefined ? 'no answer' : said);
}
