import { DAY_MS, HOUR_MS } from '../market-bars.ts';

/** How far away a dated contract is at the start of a market. */
export type Term = 'week' | 'quarter' | 'nextQuarter';

/** Contracts are delivered at 08:00 UTC on a Friday. */
const DELIVERY_HOUR_MS = 8 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const FRIDAY = 5;
const QUARTER_MONTHS = 3;

/** The first Friday 08:00 UTC after an instant. */
function nextFriday(afterMs: number): number {
  const day = Math.floor((afterMs - DELIVERY_HOUR_MS) / DAY_MS) + 1;
  const weekday = new Date(day * DAY_MS).getUTCDay();
  return (day + ((FRIDAY - weekday + 7) % 7)) * DAY_MS + DELIVERY_HOUR_MS;
}

/** Whether it is the last Friday of March, June, September or December. */
function isQuarterly(friday: number): boolean {
  const month = new Date(friday).getUTCMonth();
  return (
    month % QUARTER_MONTHS === QUARTER_MONTHS - 1 &&
    new Date(friday + WEEK_MS).getUTCMonth() !== month
  );
}

/**
 * Delivery of a term as seen from an instant, ms: the next Friday that is no quarterly one, and the
 * next two quarterly ones.
 */
export function expiryOf(term: Term, afterMs: number): number {
  let friday = nextFriday(afterMs);
  for (let skip = term === 'nextQuarter' ? 1 : 0; ; friday += WEEK_MS) {
    if (isQuarterly(friday) !== (term !== 'week')) continue;
    if (skip === 0) return friday;
    skip--;
  }
}

const MONTHS = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const two = (value: number): string => `${value}`.padStart(2, '0');

/** `260327`. */
export function yearMonthDay(atMs: number): string {
  const day = new Date(atMs);
  return `${two(day.getUTCFullYear() % 100)}${two(day.getUTCMonth() + 1)}${two(day.getUTCDate())}`;
}

/** `27MAR26`, `6MAR26`. */
export function dayMonthYear(atMs: number): string {
  const day = new Date(atMs);
  return `${day.getUTCDate()}${MONTHS[day.getUTCMonth()]}${two(day.getUTCFullYear() % 100)}`;
}
