import { instantOf } from '../src/model/instant.ts';
import { DAY, HOUR, MINUTE, type Micros, SECOND } from '../src/model/units.ts';
import type { Travel } from './time-travel.ts';

const UNITS: Readonly<Record<string, number>> = { d: DAY, h: HOUR, m: MINUTE, s: SECOND };
const AGO = /^-((?:\d+(?:\.\d+)?[dhms])+)$/i;
const TIME_OF_DAY = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/;

/** What can be typed after `:at`. */
export const TIMES = '2024-08-08T23:57, 14:03, 14:03:07, -90s, -1h30m or now; UTC';

function spanOf(text: string): number {
  let span = 0;
  for (const [, number = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)([dhms])/gi))
    span += Number(number) * UNITS[unit.toLowerCase()]!;
  return span;
}

/** The last time before `newest` at which a clock showed that. */
function lastAt(newest: Micros, [, hours = '', minutes = '', seconds = '0']: RegExpExecArray) {
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  if (h > 23 || m > 59 || s > 59) return undefined;
  const time = Math.floor(newest / DAY) * DAY + h * HOUR + m * MINUTE + s * SECOND;
  return time > newest ? time - DAY : time;
}

/**
 * An instant as people type one: a date with a time, a time of day, so long ago, or `now`.
 *
 * @param newest time of the newest frame, which times of day and spans count from.
 * @returns undefined for what is none.
 */
export function whenOf(text: string, newest: Micros): Travel | undefined {
  const word = text.trim();
  if (word.toLowerCase() === 'now') return { to: 'now' };
  const ago = AGO.exec(word);
  if (ago !== null) return { to: 'ago', span: spanOf(ago[1]!) as Micros };
  const day = TIME_OF_DAY.exec(word);
  const time = day === null ? instantOf(word) : lastAt(newest, day);
  return time === null || time === undefined ? undefined : { to: 'instant', time: time as Micros };
}
