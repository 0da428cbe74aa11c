import { MINUTE, type Micros } from '../model/units.ts';
import type { RestPool, RestPriority } from '../venues/protocol.ts';

/**
 * Share of the budget up to which a priority may spend: whatever the backfill is doing, a book that lost its place gets its
 * snapshot without waiting for the next window.
 */
const SHARE: Readonly<Record<RestPriority, number>> = {
  book: 1,
  scan: 0.75,
  poll: 0.9,
  backfill: 0.6,
};

/** After a limit answer the budget is halved for this long (venues.md §1.6). */
const HALVED_FOR = 5 * MINUTE;

/** Request weight spent in one pool. Plain data. */
export interface Budget {
  readonly pool: RestPool;
  /** What was sent within the last window, oldest first. */
  readonly spent: { readonly at: Micros; readonly weight: number }[];
  /** Sum of `spent`. */
  total: number;
  /** The venue's own count in the clock window `window`, plus what was sent since it said so; other programs behind our address are in it. */
  venue: { readonly window: number; used: number } | null;
  halvedUntil: Micros;
}

export const createBudget = (pool: RestPool): Budget => ({
  pool,
  spent: [],
  total: 0,
  venue: null,
  halvedUntil: 0 as Micros,
});

const windowOf = (budget: Budget, now: Micros) => Math.floor(now / (budget.pool.windowMs * 1000));

function expire(budget: Budget, now: Micros): void {
  const oldest = now - budget.pool.windowMs * 1000;
  let gone = 0;
  for (const entry of budget.spent) {
    if (entry.at > oldest) break;
    budget.total -= entry.weight;
    gone += 1;
  }
  if (gone > 0) budget.spent.splice(0, gone);
  if (budget.venue !== null && budget.venue.window !== windowOf(budget, now)) budget.venue = null;
}

/** Weight used in the running window: ours over the last window, or the venue's own count where that is higher. */
export function usedOf(budget: Budget, now: Micros): number {
  expire(budget, now);
  return Math.max(budget.total, budget.venue?.used ?? 0);
}

/** When the use falls by itself, because the window moves on; Infinity while there is none. */
export function fallsAt(budget: Budget, now: Micros): number {
  expire(budget, now);
  const windowMicros = budget.pool.windowMs * 1000;
  const [oldest] = budget.spent;
  const own = oldest === undefined ? Number.POSITIVE_INFINITY : oldest.at + windowMicros;
  const { venue } = budget;
  return venue === null ? own : Math.min(own, (venue.window + 1) * windowMicros);
}

/**
 * How long a request has to wait, ms; 0 when it may go now, Infinity when it never may.
 *
 * Within any span of `windowMs` the weights that were let through add up to at most `budget`, exactly: it is a sliding window,
 * not a bucket that may be emptied and refilled within one.
 */
export function waitMs(
  budget: Budget,
  weight: number,
  priority: RestPriority,
  now: Micros,
): number {
  const { pool } = budget;
  if (weight > pool.budget) return Number.POSITIVE_INFINITY;
  const used = usedOf(budget, now);
  const whole = now < budget.halvedUntil ? pool.budget / 2 : pool.budget;
  // What is heavier than its share may use the rest too, and what is heavier than half a budget goes alone: neither waits for ever.
  const share = whole * SHARE[priority];
  const ceiling = Math.max(weight > share ? whole : share, weight);
  if (used + weight <= ceiling) return 0;

  let freeAt = 0;
  let excess = budget.total + weight - ceiling;
  for (const entry of budget.spent) {
    if (excess <= 0) break;
    excess -= entry.weight;
    freeAt = entry.at + pool.windowMs * 1000;
  }
  if (budget.venue !== null && budget.venue.used + weight > ceiling)
    freeAt = Math.max(freeAt, (budget.venue.window + 1) * pool.windowMs * 1000);
  return Math.max((freeAt - now) / 1000, 1);
}

/** Notes that a request of this weight goes out now. */
export function spend(budget: Budget, weight: number, now: Micros): void {
  expire(budget, now);
  budget.spent.push({ at: now, weight });
  budget.total += weight;
  if (budget.venue !== null) budget.venue.used += weight;
}

/** Notes the venue's own count of the running clock window. */
export function noteVenueCount(budget: Budget, used: number, now: Micros): void {
  expire(budget, now);
  const window = windowOf(budget, now);
  budget.venue = { window, used };
}

/** Half rate from `now` until five minutes after `until`, when requests go on. */
export function halve(budget: Budget, until: Micros): void {
  budget.halvedUntil = Math.max(budget.halvedUntil, until + HALVED_FOR) as Micros;
}
