import type { Micros } from '../model/units.ts';
import type { StreamPlan } from '../venues/protocol.ts';

/**
 * What is known of one stream's habit of speaking. Plain data.
 *
 * An acknowledged subscription proves nothing (venues.md §2.1), and a quiet stream looks exactly like a broken one; so each has a
 * deadline for its first frame and is afterwards held to the rate that it showed itself.
 */
export interface StreamWatch {
  readonly plan: StreamPlan;
  /** Since when frames are due; null while it is not subscribed. */
  dueSince: Micros | null;
  /** Newest frame since then. */
  lastAt: Micros | null;
  /** Gaps between frames that were learnt from. */
  gaps: number;
  /** Smoothed gap, µs. */
  meanGap: number;
  /** Longest gap, µs, fading slowly. */
  longestGap: number;
  /** Whether it was called suspect and has not spoken since. */
  isSuspect: boolean;
}

export const createStreamWatch = (plan: StreamPlan): StreamWatch => ({
  plan,
  dueSince: null,
  lastAt: null,
  gaps: 0,
  meanGap: 0,
  longestGap: 0,
  isSuspect: false,
});

/** Gaps after which a rate counts as learnt. */
const WARM_GAPS = 16;
const SMOOTHING = 0.05;
/** The longest gap loses this share with each new gap: a pause is remembered over some hundred frames. */
const FADING = 0.01;
/** Silence shorter than this is never suspicious. */
const SHORTEST_MS = 5000;

/** The subscription was acknowledged, or sent where nothing acknowledges it. */
export function noteSubscribed(watch: StreamWatch, now: Micros): void {
  watch.dueSince = now;
  watch.lastAt = null;
}

/** The connection was lost. What was learnt stays. */
export function noteLost(watch: StreamWatch): void {
  watch.dueSince = null;
  watch.lastAt = null;
}

/** A frame came. A silence that was called suspect teaches nothing. */
export function noteFrame(watch: StreamWatch, now: Micros): void {
  if (watch.lastAt !== null && !watch.isSuspect) {
    const gap = now - watch.lastAt;
    watch.gaps += 1;
    watch.meanGap += Math.max(SMOOTHING, 1 / watch.gaps) * (gap - watch.meanGap);
    watch.longestGap = Math.max(gap, watch.longestGap * (1 - FADING));
  }
  watch.lastAt = now;
  watch.dueSince ??= now;
  watch.isSuspect = false;
}

/**
 * Silence that this stream does not have when all is well, ms: 3 × its usual gap, at least 5 s, and half as much again as the
 * longest gap it showed lately (streams that speak in bursts). Null for sparse streams and while the rate is being learnt.
 */
export function patienceMs(watch: StreamWatch): number | null {
  const { periodMs } = watch.plan;
  if (periodMs === null || watch.gaps < WARM_GAPS) return null;
  const usualMs = Math.max(periodMs, watch.meanGap / 1000);
  return Math.max(SHORTEST_MS, 3 * usualMs, (1.5 * watch.longestGap) / 1000);
}

/** `missing`: the first frame is overdue. `silent`: it spoke and stopped. */
export type StreamVerdict = 'fine' | 'missing' | 'silent';

export function judge(watch: StreamWatch, now: Micros): StreamVerdict {
  const { firstFrameMs } = watch.plan;
  if (watch.dueSince === null) return 'fine';
  if (watch.lastAt === null) {
    const isDue = firstFrameMs !== null && (now - watch.dueSince) / 1000 > firstFrameMs;
    return isDue ? 'missing' : 'fine';
  }
  const patience = patienceMs(watch);
  return patience !== null && (now - watch.lastAt) / 1000 > patience ? 'silent' : 'fine';
}
