import type { RestVerdict } from '../protocol.ts';
import { answer, jsonIn } from '../verdicts.ts';

/** The budget is counted per minute and no answer says when it is fresh again (venues.md §1.6). */
const LIMITED_MS = 60_000;

/**
 * What an HTTP answer of Hyperliquid means (venues.md §1.6, §6.4). `null` is its word for a coin that it does not know: with 200 for a book, with 500 for a history.
 */
export function verdict(
  status: number,
  _headers: Readonly<Record<string, string>>,
  body: string,
): RestVerdict {
  if (status === 429) return answer('limited', 'too many requests', LIMITED_MS);
  if (status === 403) return answer('refused', 'refused by the firewall');
  if (status === 451) return answer('refused', 'region refused');
  if (body.trim() === 'null' && (status === 500 || status === 200))
    return answer('invalid', 'unknown coin');
  if (status >= 400 && status < 500 && status !== 408) return answer('invalid', `HTTP ${status}`);
  if (status < 200 || status >= 300) return answer('failed', `HTTP ${status}`);
  return jsonIn(body) !== undefined ? answer('ok', '') : answer('failed', 'answer is not JSON');
}
