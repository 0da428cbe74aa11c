import { fitted } from './cell-width.ts';
import { dash } from './number.ts';

const SECOND = 1e6;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const two = (value: number): string => String(value).padStart(2, '0');

function right(candidates: readonly string[], width: number): string {
  const text = candidates.find((candidate) => candidate.length <= width);
  return text === undefined ? '#'.repeat(width) : fitted(text, width, { align: 'right' });
}

/**
 * A span of microseconds in exactly `width` cells: `03:12:09` below a day, `2d 4h` from there, `123d` from a hundred days. Seconds are not
 * rounded up: a countdown shows zero only when it is over. Past due is negative. Too narrow: `3h`, then `####`.
 */
export function duration(micros: number, width: number): string {
  if (!Number.isFinite(micros)) return dash(width);
  const sign = micros <= -SECOND ? '-' : '';
  const span = Math.abs(micros);
  const days = Math.floor(span / DAY);
  const hours = Math.floor(span / HOUR) % 24;
  const minutes = Math.floor(span / MINUTE) % 60;
  const seconds = Math.floor(span / SECOND) % 60;
  const short = sign + coarse(span);
  if (days >= 100) return right([`${sign}${days}d`, short], width);
  if (days > 0) return right([`${sign}${days}d ${hours}h`, short], width);
  return right([`${sign}${two(hours)}:${two(minutes)}:${two(seconds)}`, short], width);
}

function coarse(span: number): string {
  if (span < MINUTE) return `${Math.floor(span / SECOND)}s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)}m`;
  if (span < 2 * DAY) return `${Math.floor(span / HOUR)}h`;
  return `${Math.floor(span / DAY)}d`;
}

/** The age of something in at most four characters: `0.3s`, `9.9s`, `45s`, `4m`, `47h`, `12d`. A negative age (clock skew) counts as zero. */
export function ageText(micros: number): string {
  const span = Math.max(0, micros);
  if (span >= 999.5 * DAY) return '>2y';
  return span < 10 * SECOND ? `${(Math.floor(span / 1e5) / 10).toFixed(1)}s` : coarse(span);
}

/** `ageText` right-aligned in exactly `width` cells. */
export const age = (micros: number, width: number): string =>
  Number.isFinite(micros) ? right([ageText(micros)], width) : dash(width);

/** Longest date that JavaScript can write, in microseconds. */
const LAST_INSTANT = 8.64e18;

const iso = (micros: number): string => new Date(Math.floor(micros / 1000)).toISOString();

const isInstant = (micros: number): boolean =>
  Number.isFinite(micros) && Math.abs(micros) < LAST_INSTANT;

/** A UTC time of day, `14:03:27`, in exactly `width` cells; `14:03` where eight do not fit. */
export function clock(micros: number, width: number): string {
  if (!isInstant(micros)) return dash(width);
  const time = iso(micros).split('T')[1]!;
  return right([time.slice(0, 8), time.slice(0, 5)], width);
}

/** A UTC instant, `2024-08-05 06:30:00`, in exactly `width` cells; `08-05 06:30` and `06:30` where it does not fit. */
export function instant(micros: number, width: number): string {
  if (!isInstant(micros)) return dash(width);
  const [date, time] = iso(micros).split('T') as [string, string];
  const seconds = time.slice(0, 8);
  const minutes = time.slice(0, 5);
  return right([`${date} ${seconds}`, `${date.slice(-5)} ${minutes}`, minutes], width);
}
