import { type Micros, micros } from '../model/units.ts';

/** Names of the time a message was sent, the surest first: Binance's `T` is a settlement to come in some of them. */
const TIMES = ['E', 'ts', 'timestamp', 'time', 'usOut', 'serverTime', 'T'];
/** Where the venues put what they send. */
const INSIDES = ['data', 'params', 'result', 'details', 'o'];
const DEEPEST = 4;

function asMicros(value: unknown): Micros | undefined {
  const number = typeof value === 'string' && /^\d{13,19}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number') return undefined;
  const time = micros(number * microsPer(number));
  // Past the year 2255 a double no longer holds whole microseconds: such a number is no time.
  return Number.isSafeInteger(time) ? time : undefined;
}

/** Microseconds in the unit that a time of this magnitude is told in: ms, µs or ns; NaN when it is none of them. */
function microsPer(number: number): number {
  if (number >= 1e12 && number < 1e14) return 1000;
  if (number >= 1e15 && number < 1e17) return 1;
  if (number >= 1e18 && number < 1e20) return 1 / 1000;
  return Number.NaN;
}

function timeIn(value: unknown, depth: number): Micros | undefined {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return undefined;
  if (Array.isArray(value)) return timeIn(value[0], depth + 1);
  const fields = value as Readonly<Record<string, unknown>>;
  for (const name of TIMES) {
    const time = asMicros(fields[name]);
    if (time !== undefined) return time;
  }
  for (const name of INSIDES) {
    const time = timeIn(fields[name], depth + 1);
    if (time !== undefined) return time;
  }
  return undefined;
}

/** The time that a message itself carries, of any venue (ms, µs or ns since the epoch); undefined where there is none. */
export function messageTime(msg: string): Micros | undefined {
  try {
    return timeIn(JSON.parse(msg), 0);
  } catch {
    return undefined;
  }
}
