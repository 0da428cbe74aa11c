import type { RestVerdict } from './protocol.ts';

type Headers = Readonly<Record<string, string>>;

/** A header whatever its case; `name` in lower case. */
export function headerIn(headers: Headers, name: string): string | undefined {
  for (const key in headers) if (key.toLowerCase() === name) return headers[key];
  return undefined;
}

/** The JSON of a body; undefined when it is none. */
export function jsonIn(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Whether a status says that the venue, or something before it, failed: worth another try. */
export const isFailure = (status: number): boolean =>
  status >= 500 || status === 408 || status < 200 || (status >= 300 && status < 400);

/** A verdict of a venue that does not say what has been used. */
export const answer = (
  state: RestVerdict['state'],
  reason: string,
  waitMs = 0,
  used: number | null = null,
): RestVerdict => ({ state, waitMs, used, reason });
