import { MINUTE, type Micros, micros } from './units.ts';

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(?:Z|UTC|([+-])(\d\d)(?::?(\d\d))?)?$/i;
const EPOCH = /^\d{9,19}(?:\.\d+)?$/;
/** 2009 to 2100: so far apart that seconds, ms, µs and ns since the epoch cannot be mistaken for each other. */
const [EARLIEST, LATEST] = [1.23e15, 4.1e15];

const isTime = (ts: number): boolean => ts >= EARLIEST && ts <= LATEST;

/** A time as files have it, as µs: ISO 8601, UTC where no zone is named, or seconds, ms, µs or ns since the Unix epoch; NaN for anything else. */
export function timeOf(text: string): number {
  const cell = text.trim();
  if (EPOCH.test(cell)) {
    const number = Number(cell);
    for (const unit of [1e6, 1e3, 1, 1e-3]) if (isTime(number * unit)) return micros(number * unit);
    return Number.NaN;
  }
  const match = ISO.exec(cell);
  if (match === null) return Number.NaN;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', sign] = match;
  const parts = [year, month, day, hour, minute, second].map(Number) as [number, ...number[]];
  const [y, m = 1, d = 1, h = 0, min = 0, s = 0] = parts;
  const ms = Date.UTC(y, m - 1, d, h, min, s);
  const date = new Date(ms);
  // The thirtieth of February is no time, nor are the thirteenth month and 25:00.
  if (date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d || h > 23 || min > 59 || s > 59)
    return Number.NaN;
  const away = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * (sign === '-' ? -1 : 1);
  const ts = ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6)) - away * MINUTE;
  return isTime(ts) ? micros(ts) : Number.NaN;
}

/** The same for whoever asks for one instant. @returns null for anything that is none. */
export function instantOf(text: string): Micros | null {
  const ts = timeOf(text);
  return Number.isNaN(ts) ? null : (ts as Micros);
}
