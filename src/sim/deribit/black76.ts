import * as stats from '../../stats/black76.ts';
import { normalDistribution } from '../../stats/normal.ts';

/** An option's price in quote currency, and what it answers to. Interest is zero. */
export interface Valuation extends stats.Black76 {
  /** Per point of interest. */
  readonly rho: number;
}

/**
 * What an option is worth, with the answer to interest that the venue publishes besides.
 *
 * @param volatility annual, a fraction
 * @param years to the expiry
 */
export function black76(
  type: stats.OptionType,
  forward: number,
  strike: number,
  volatility: number,
  years: number,
): Valuation {
  const spread = volatility * Math.sqrt(years);
  const d2 = Math.log(forward / strike) / spread - spread / 2;
  const inTheMoney = type === 'call' ? normalDistribution(d2) : -normalDistribution(-d2);
  return {
    ...stats.black76(type, forward, strike, volatility, years),
    rho: (inTheMoney * strike * years) / 100,
  };
}
