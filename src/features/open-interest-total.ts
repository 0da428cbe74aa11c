import type { Venue } from '../model/instrument.ts';
import { absent, derive, live, type Marks, marked, type Reading } from '../model/reading.ts';
import type { EngineSettings } from '../model/settings.ts';
import { withinDeviations } from '../stats/normal.ts';

/** A number of one listing, on its way into a total. */
export interface Part {
  /** As it is named where it is left out. */
  readonly name: string;
  readonly venue: Venue;
  readonly reading: Reading;
}

/** A total, and what is missing from it. */
export interface Total {
  readonly reading: Reading;
  /** Left out, with the reason. */
  readonly excluded: readonly string[];
}

/** Why a part is left out; undefined where it is live. */
function whyLeftOut({ reading, venue }: Part, what: string): string | undefined {
  if (reading.state === 'live') return undefined;
  return reading.state === 'absent' ? reading.reason.replace(`: ${venue}`, '') : `stale ${what}`;
}

/** Parts that are live, and those that are not with their reasons. */
function split<P extends Part>(
  parts: readonly P[],
  what: string,
): { readonly taken: readonly P[]; readonly excluded: readonly string[] } {
  const taken: P[] = [];
  const excluded: string[] = [];
  for (const part of parts) {
    const reason = whyLeftOut(part, what);
    if (reason === undefined) taken.push(part);
    else excluded.push(`${part.name}: ${reason}`);
  }
  return { taken, excluded };
}

const marksFor = (excluded: readonly string[]): Marks =>
  excluded.length > 0 ? { partial: true } : {};

const noneOf = (parts: readonly Part[], what: string): string =>
  parts.map((part) => whyLeftOut(part, what)).find((reason) => reason !== undefined) ??
  `no perp with ${what}`;

/** Sum of the parts that are live, marked `partial` when some are not: those are named (SPEC §8). */
export function totalOf(parts: readonly Part[], what: string): Total {
  const { taken, excluded } = split(parts, what);
  const reading =
    taken.length === 0
      ? absent(noneOf(parts, what))
      : marked(
          derive(
            taken.map((part) => part.reading),
            (...values) => (values as number[]).reduce((sum, value) => sum + value, 0),
          ),
          marksFor(excluded),
        );
  return { reading, excluded };
}

/** A listing's open interest now and at an earlier instant, in coins. */
export interface PartThen extends Part {
  readonly before: Reading;
}

/**
 * Change weighted by the size of open interest: Σ(OI now − OI then) / Σ OI then, over the listings of which both are known. It lies between the smallest and
 * the largest of their own changes.
 */
export function weightedChange(parts: readonly PartThen[]): Total {
  const now = split(parts, 'open interest');
  const then = split(
    now.taken.map((part) => ({ ...part, now: part.reading, reading: part.before })),
    'open interest of then',
  );
  const excluded = [...now.excluded, ...then.excluded];
  if (then.taken.length === 0) {
    const [first] = excluded;
    const reason = first?.slice(first.indexOf(': ') + 2) ?? 'no perp with open interest';
    return { reading: absent(reason), excluded };
  }
  let before = 0;
  let after = 0;
  let marks = marksFor(excluded);
  for (const part of then.taken) {
    before += part.reading.value ?? 0;
    after += part.now.value ?? 0;
    if (part.now.state === 'live' && part.now.polled) marks = { ...marks, polled: true };
  }
  return {
    reading: before > 0 ? live((after - before) / before, marks) : absent('no open interest then'),
    excluded,
  };
}

export type OiTrend = 'rising' | 'flat' | 'falling';

/**
 * Rising when at least two of the changes over 1, 4 and 24 h lie above their thresholds and none lies below its own; falling the other way round; else flat.
 */
export function oiTrend(
  h1: number,
  h4: number,
  h24: number,
  thresholds: EngineSettings['openInterest'],
): OiTrend {
  const votes = [
    [h1, thresholds.trend1h],
    [h4, thresholds.trend4h],
    [h24, thresholds.trend24h],
  ] as const;
  const up = votes.filter(([change, threshold]) => change > threshold).length;
  const down = votes.filter(([change, threshold]) => change < -threshold).length;
  if (up >= 2 && down === 0) return 'rising';
  return down >= 2 && up === 0 ? 'falling' : 'flat';
}

/**
 * How sure one may be that both moves of a divergence are moves at all, 0 … 1: the probability that an ordinary hour moves less, of price times of open interest,
 * each 2Φ(|z|) − 1. A model: it takes the two for normal and independent.
 */
export const divergenceConfidence = (zPrice: number, zOpenInterest: number): number =>
  withinDeviations(zPrice) * withinDeviations(zOpenInterest);
