import type { OptionRow } from './row.ts';

/** Open interest of one strike, base coin. */
export interface StrikeInterest {
  readonly strike: number;
  readonly calls: number;
  readonly puts: number;
}

/** Open interest by rising strike; a strike of which nobody says any is left out. */
export function interestByStrike(rows: readonly OptionRow[]): StrikeInterest[] {
  const byStrike = new Map<number, { strike: number; calls: number; puts: number }>();
  for (const { strike, type, openInterest } of rows) {
    if (openInterest === null) continue;
    const known = byStrike.get(strike) ?? { strike, calls: 0, puts: 0 };
    if (type === 'call') known.calls += openInterest;
    else known.puts += openInterest;
    byStrike.set(strike, known);
  }
  return [...byStrike.values()].sort((a, b) => a.strike - b.strike);
}

/** Below this share of all open interest a slope is rounding. */
const FLAT = 1e-9;

/**
 * Max pain: the strike S at which holders are paid least, Σ callOI·max(S − K, 0) + Σ putOI·max(K − S, 0), in dollars: paid in coins the same sum is divided by S, which
 * can move it. Between two strikes that payout is a straight line that rises by the calls below and falls by the puts above, so the least is where its slope turns.
 *
 * @returns the lowest such strike, with all that tie when they are several; undefined without open interest.
 */
export function maxPain(
  interest: readonly StrikeInterest[],
): { readonly strike: number; readonly ties: readonly number[] } | undefined {
  let calls = 0;
  let puts = 0;
  for (const at of interest) puts += at.puts;
  const total = interest.reduce((sum, at) => sum + at.calls, puts);
  if (!(total > 0)) return undefined;
  const ties: number[] = [];
  for (const at of interest) {
    calls += at.calls;
    puts -= at.puts;
    // From here to the next strike.
    const slope = calls - puts;
    if (slope < -FLAT * total) continue;
    ties.push(at.strike);
    if (slope > FLAT * total) break;
  }
  const [strike] = ties;
  return strike === undefined ? undefined : { strike, ties: ties.length > 1 ? ties : [] };
}

/** Decimals of a sum of coins or dollars: what lies behind them is rounding, since sizes have fewer. */
const DECIMALS = 8;

/** A sum without what rounding left in it. */
export const tidySum = (sum: number): number => Number(sum.toFixed(DECIMALS));

/** Sums of calls and puts. */
export interface PutCall {
  readonly calls: number;
  readonly puts: number;
  /** Options of which something is known; zero means that nothing is. */
  readonly known: number;
}

export function putCallOf(
  rows: readonly OptionRow[],
  of: (row: OptionRow) => number | null,
): PutCall {
  let calls = 0;
  let puts = 0;
  let known = 0;
  for (const row of rows) {
    const value = of(row);
    if (value === null) continue;
    known += 1;
    if (row.type === 'call') calls += value;
    else puts += value;
  }
  return { calls: tidySum(calls), puts: tidySum(puts), known };
}
/**
 * What a trader calls a put/call ratio (SPEC §11; an edge is neutral). The bands are those of shares; where the ratio of a market always stands below 1, its percentile
 * says more.
 */
export function putCallText(ratio: number, bearish: number, bullish: number): string {
  if (ratio > bearish) return 'bearish';
  return ratio < bullish ? 'bullish' : 'neutral';
}
