import type { RestVerdict } from '../protocol.ts';
import { answer, headerIn, isFailure, jsonIn } from '../verdicts.ts';
import { isObject, shown } from '../wire.ts';

/** Windows of the limits are 2 s long; half as much again is safe whatever their phase (venues.md §1.6). */
const LIMITED_MS = 3000;
/** The venue is down or busy as a whole. */
const BUSY_MS = 10_000;
const LONGEST_WAIT_MS = 60_000;

/** Too many requests of this address, or of this user. */
const TOO_MANY: ReadonlySet<string> = new Set(['50011', '50061']);
/** Service unavailable; system busy. */
const BUSY: ReadonlySet<string> = new Set(['50001', '50013']);
/** The venue's own trouble: timeouts, system errors. */
const THEIR_TROUBLE: ReadonlySet<string> = new Set(['50004', '50005', '50026']);

/** `Retry-After` in seconds, bounded; what OKX documents has none. */
function retryAfter(headers: Readonly<Record<string, string>>): number {
  const text = headerIn(headers, 'retry-after') ?? '';
  return /^\d{1,6}$/.test(text.trim()) ? Math.min(Number(text) * 1000, LONGEST_WAIT_MS) : 0;
}

/** The code of an answer, `"0"` when all is well; undefined when it has none. */
function codeIn(value: unknown): string | undefined {
  const code = isObject(value) ? value['code'] : undefined;
  return typeof code === 'string' || typeof code === 'number' ? String(code) : undefined;
}

/**
 * What an HTTP answer of OKX means (venues.md §1.6, §4.4). The body is read for its code whatever the status says.
 *
 * @see https://www.okx.com/docs-v5/en/#error-code
 */
export function verdict(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): RestVerdict {
  const value = jsonIn(body);
  const code = codeIn(value);
  const message = isObject(value) && typeof value['msg'] === 'string' ? value['msg'] : '';
  const said = code === undefined ? `HTTP ${status}` : `${shown(code)} ${shown(message)}`.trim();
  if (status === 429 || (code !== undefined && TOO_MANY.has(code)))
    return answer('limited', 'too many requests', Math.max(LIMITED_MS, retryAfter(headers)));
  if (code !== undefined && BUSY.has(code))
    return answer('limited', said, Math.max(BUSY_MS, retryAfter(headers)));
  if (status === 451) return answer('refused', 'region refused');
  if (status === 403) return answer('refused', 'refused by the firewall');
  if (isFailure(status)) return answer('failed', said);
  if (code !== undefined && code !== '0')
    return answer(THEIR_TROUBLE.has(code) ? 'failed' : 'invalid', said);
  if (status >= 400) return answer('invalid', said);
  if (value === undefined) return answer('failed', 'answer is not JSON');
  if (code === undefined) return answer('failed', 'answer without a code');
  return answer('ok', '');
}
