import type { RestPriority, RestRequest } from '../protocol.ts';
import { type Asked, askedIn } from '../requests.ts';
import { isObject } from '../wire.ts';

/** The one budget that the venue documents, weight per minute. */
export const POOL = 'hyperliquid';

interface Question {
  readonly host: string;
  readonly type: string;
  readonly fields?: Readonly<Record<string, string | number>>;
  /** Name of an object in the body that holds the fields, where they do not stand beside `type`. */
  readonly inside?: string;
  readonly weight: number;
  readonly priority: RestPriority;
  readonly symbol?: string;
}

/** Everything is asked by POST of a small object to one path. Its record's `chan` writes the question as a query. */
export function info(question: Question): RestRequest {
  const { host, type, fields = {}, inside, weight, priority, symbol = null } = question;
  const query = Object.entries({ type, ...fields })
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&');
  return {
    url: `${host}/info`,
    body: JSON.stringify({ type, ...(inside === undefined ? fields : { [inside]: fields }) }),
    chan: `rest:/info?${query}`,
    weight,
    pool: POOL,
    priority,
    symbol,
  };
}

/** Fields of a body as older recordings append it to the URL, the inside of `req` beside the others. */
function fieldsOf(body: string): Map<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    if (!isObject(value)) return undefined;
    const fields = { ...value, ...(isObject(value['req']) && value['req']) };
    return new Map(
      Object.entries(fields).flatMap(([name, field]) =>
        typeof field === 'string' || typeof field === 'number' ? [[name, String(field)]] : [],
      ),
    );
  } catch {
    return undefined;
  }
}

/** What a REST record answers; undefined when its `chan` is no question to this venue. */
export function askedOf(chan: string): Asked['query'] | undefined {
  const bodyAt = chan.indexOf(' {');
  const asked = askedIn(bodyAt < 0 ? chan : chan.slice(0, bodyAt));
  if (asked?.path !== '/info') return undefined;
  return bodyAt < 0 ? asked.query : fieldsOf(chan.slice(bodyAt + 1));
}

/** Answer of the clock probes: `{"time": ms, …}`, the venue's newest block, a fraction of a second ago. */
export function serverTime(body: string): number | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const time = isObject(value) ? value['time'] : undefined;
    return typeof time === 'number' && Number.isSafeInteger(time) && time > 0 ? time : undefined;
  } catch {
    return undefined;
  }
}
