import { type Micros, microsFromMillis } from '../model/units.ts';

/** Digits of a time since 1970 by its unit, µs each: seconds, ms, µs, ns. */
function sinceEpoch(value: number): Micros | null {
  const size = Math.abs(value);
  if (size >= 1e17) return Math.round(value / 1000) as Micros;
  if (size >= 1e14) return Math.round(value) as Micros;
  if (size >= 1e11) return microsFromMillis(value);
  return size >= 1e8 ? microsFromMillis(value * 1000) : null;
}

/**
 * An instant: digits since 1970, or a date and time, which is UTC where it names no zone.
 *
 * @returns null for anything else.
 */
export function instantOf(text: string): Micros | null {
  if (/^-?\d+(?:\.\d+)?(?:e\d+)?$/i.test(text)) return sinceEpoch(Number(text));
  const parts =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|UTC|[+-]\d\d:?\d\d)?)?$/i.exec(
      text,
    );
  if (parts === null) return null;
  const [, day, time = '00:00', zone = 'Z'] = parts;
  const ms = Date.parse(`${day}T${time}${/^(?:z|utc)$/i.test(zone) ? 'Z' : zone}`);
  return Number.isNaN(ms) ? null : microsFromMillis(ms);
}
