import type { RestVerdict } from '../protocol.ts';
import { answer, isFailure, jsonIn } from '../verdicts.ts';
import { isObject } from '../wire.ts';
import { reasonIn } from './framing.ts';

/** The venue closes sockets over its limits, and says nothing of when they end (venues.md §1.6). */
const LIMITED_MS = 10_000;

/** Too many requests, too many at a time. */
const TOO_MANY: ReadonlySet<unknown> = new Set([10028, 10066]);
/** The venue's own trouble: retry, settlement in progress, queue full, maintenance, internal error, unavailable, timed out. */
const THEIR_TROUBLE: ReadonlySet<unknown> = new Set([
  10040, 10041, 10047, 11051, 11094, 13028, 13503, 13888,
]);

/**
 * What an HTTP answer of Deribit means (venues.md §1.6, §5.1). The body is read for its error object whatever the status says; 429 without one means too many
 * connections.
 *
 * @see https://docs.deribit.com/articles/errors
 */
export function verdict(
  status: number,
  _headers: Readonly<Record<string, string>>,
  body: string,
): RestVerdict {
  const value = jsonIn(body);
  const error = isObject(value) && isObject(value['error']) ? value['error'] : undefined;
  if (error !== undefined && TOO_MANY.has(error['code']))
    return answer('limited', 'too many requests', LIMITED_MS);
  if (status === 429) return answer('limited', 'too many connections', LIMITED_MS);
  if (status === 451) return answer('refused', 'region refused');
  if (status === 403) return answer('refused', 'refused by the firewall');
  if (error !== undefined)
    return answer(THEIR_TROUBLE.has(error['code']) ? 'failed' : 'invalid', reasonIn(error));
  if (isFailure(status)) return answer('failed', `HTTP ${status}`);
  if (status >= 400) return answer('invalid', `HTTP ${status}`);
  if (!isObject(value) || !('result' in value)) return answer('failed', 'answer without a result');
  return answer('ok', '');
}
