import { staleAfter } from '../../market/cadence.ts';
import type { VolatilityState } from '../../market/state.ts';
import type { Venue } from '../../model/instrument.ts';
import { absent, derive, live, observed, type Reading } from '../../model/reading.ts';
import type { EngineSettings } from '../../model/settings.ts';
import { DAY, type Micros } from '../../model/units.ts';
import { percentileIn, rankIn } from './term.ts';

export type Premium = 'premium rich' | 'fair' | 'premium cheap';

/** Where implied volatility stands in its year (SPEC §11). */
export interface VolatilityReadings {
  /** The venue's index of thirty days, a fraction a year. */
  readonly dvol: Reading;
  /** Its place between the least and the greatest close of the window, 0 … 1. */
  readonly ivRank: Reading;
  /** Share of the days of the window that closed below it, 0 … 1. */
  readonly ivPercentile: Reading;
  readonly premium: Reading<Premium>;
}

/** Closes of the window that ends now, oldest first. */
export const closesOf = (
  state: VolatilityState | undefined,
  now: Micros,
  { options }: EngineSettings,
): number[] =>
  (state?.days ?? [])
    .filter(({ ts }) => ts > now - options.dvolDays * DAY && ts <= now)
    .map(({ value }) => value);

/** Reads an asset's volatility index. Rank and percentile are `partial` while some days of the window are missing. */
export function volatilityReadings(
  state: VolatilityState | undefined,
  venue: Venue,
  now: Micros,
  settings: EngineSettings,
): VolatilityReadings {
  const { dvolDays, dvolMinDays, premiumRich, premiumCheap } = settings.options;
  const none = absent(`no volatility index: ${venue}`);
  const index = state?.index ?? null;
  const dvol =
    state === undefined || index === null
      ? none
      : observed(index.volatility, index.tsLocal, now, staleAfter(state.cadence, settings));
  const closes = closesOf(state, now, settings);
  const window: Reading<readonly number[]> =
    closes.length < dvolMinDays
      ? absent(`warming ${closes.length}/${dvolMinDays} days`)
      : live(closes, closes.length < dvolDays - 1 ? { partial: true } : {});
  const ivPercentile = derive([dvol, window] as const, (value, history) =>
    percentileIn(history, value),
  );
  return {
    dvol,
    ivRank: derive([dvol, window] as const, (value, history) => rankIn(history, value)),
    ivPercentile,
    premium: derive([ivPercentile] as const, (share): Premium => {
      if (share >= premiumRich) return 'premium rich';
      return share <= premiumCheap ? 'premium cheap' : 'fair';
    }),
  };
}
