/** The standard normal density. */
const density = (x: number): number => Math.exp(-(x * x) / 2) / Math.sqrt(2 * Math.PI);

/**
 * The standard normal distribution.
 *
 * @see Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.17: |error| < 7.5e−8
 */
function distribution(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const poly =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = density(x) * poly;
  return x >= 0 ? 1 - tail : tail;
}

/** An option's price in quote currency, and what it answers to. Interest is zero. */
export interface Valuation {
  readonly price: number;
  readonly delta: number;
  readonly gamma: number;
  /** Per point of volatility. */
  readonly vega: number;
  /** Per day. */
  readonly theta: number;
  /** Per point of interest. */
  readonly rho: number;
}

const DAYS_PER_YEAR = 365;

/**
 * Black's formula for an option on a forward: C = F·N(d₁) − K·N(d₂), d₁,₂ = ln(F/K)/(σ√T) ± σ√T/2.
 *
 * @param volatility annual, a fraction
 * @param years to the expiry
 * @see Black (1976), The pricing of commodity contracts
 */
export function black76(
  type: 'call' | 'put',
  forward: number,
  strike: number,
  volatility: number,
  years: number,
): Valuation {
  const spread = volatility * Math.sqrt(years);
  const d1 = Math.log(forward / strike) / spread + spread / 2;
  const d2 = d1 - spread;
  const call = forward * distribution(d1) - strike * distribution(d2);
  const isCall = type === 'call';
  return {
    price: Math.max(0, isCall ? call : call - forward + strike),
    delta: isCall ? distribution(d1) : distribution(d1) - 1,
    gamma: density(d1) / (forward * spread),
    vega: (forward * density(d1) * Math.sqrt(years)) / 100,
    theta: -(forward * density(d1) * volatility) / (2 * Math.sqrt(years)) / DAYS_PER_YEAR,
    rho: ((isCall ? distribution(d2) : -distribution(-d2)) * strike * years) / 100,
  };
}
