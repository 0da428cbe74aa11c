import { normalDensity, normalDistribution } from './normal.ts';

export type OptionType = 'call' | 'put';

/** An option on a forward, undiscounted: price in the forward's currency, and what it answers to. */
export interface Black76 {
  readonly price: number;
  /** To the forward: N(d₁) of a call, N(d₁) − 1 of a put. */
  readonly delta: number;
  readonly gamma: number;
  /** Per point of volatility (0.01). */
  readonly vega: number;
  /** Per day. */
  readonly theta: number;
}

/** Days of a year, as volatilities are annualised where trading never stops. */
const DAYS_PER_YEAR = 365;

const arePositive = (...numbers: readonly number[]): boolean =>
  numbers.every((number) => number > 0 && Number.isFinite(number));

const NOWHERE: Black76 = {
  price: Number.NaN,
  delta: Number.NaN,
  gamma: Number.NaN,
  vega: Number.NaN,
  theta: Number.NaN,
};

/**
 * Black's formula without interest: C = F·N(d₁) − K·N(d₂), P = K·N(−d₂) − F·N(−d₁), d₁,₂ = ln(F/K)/(σ√T) ± σ√T/2.
 *
 * @param volatility annual, a fraction
 * @param years to the expiry
 * @returns NaN throughout unless everything is above 0.
 * @see Black (1976), The pricing of commodity contracts
 */
export function black76(
  type: OptionType,
  forward: number,
  strike: number,
  volatility: number,
  years: number,
): Black76 {
  if (!arePositive(forward, strike, volatility, years)) return NOWHERE;
  const spread = volatility * Math.sqrt(years);
  const d1 = Math.log(forward / strike) / spread + spread / 2;
  const d2 = d1 - spread;
  const density = normalDensity(d1);
  const isCall = type === 'call';
  return {
    price: isCall
      ? forward * normalDistribution(d1) - strike * normalDistribution(d2)
      : strike * normalDistribution(-d2) - forward * normalDistribution(-d1),
    delta: isCall ? normalDistribution(d1) : -normalDistribution(-d1),
    gamma: density / (forward * spread),
    vega: (forward * density * Math.sqrt(years)) / 100,
    theta: -(forward * density * volatility) / (2 * Math.sqrt(years)) / DAYS_PER_YEAR,
  };
}

/** Price of an out-of-the-money option over √(F·K), by x = |ln(F/K)| and the deviation s = σ√T. */
const scaledPrice = (x: number, s: number): number => {
  const d1 = -x / s + s / 2;
  return Math.exp(-x / 2) * normalDistribution(d1) - Math.exp(x / 2) * normalDistribution(d1 - s);
};

/** Its slope in s. */
const scaledVega = (x: number, s: number): number =>
  Math.exp(-x / 2) * normalDensity(-x / s + s / 2);

const STEPS_AT_MOST = 100;
/** No market is wider: a year at 10,000 %. */
const WIDEST = 100;

/**
 * The deviation s at which an out-of-the-money option is worth `price` (over √(F·K)). The price is convex in s up to √(2x) and concave beyond, so Newton's steps that begin
 * there never turn back; below it the logarithms are nearer to a line. Whatever leaves the bracket is halved instead.
 */
function deviationOf(x: number, price: number): number {
  const inflection = Math.sqrt(2 * x);
  const isLow = x > 0 && price < scaledPrice(x, inflection);
  let low = 0;
  let high = isLow ? inflection : WIDEST;
  let s = x > 0 ? inflection : Math.min(WIDEST / 2, price * Math.sqrt(2 * Math.PI));
  for (let step = 0; step < STEPS_AT_MOST; step++) {
    const worth = scaledPrice(x, s);
    if (worth === price) return s;
    if (worth < price) low = s;
    else high = s;
    const slope = scaledVega(x, s);
    const wish = isLow
      ? s - (Math.log(worth / price) * worth) / slope
      : s - (worth - price) / slope;
    const next = wish > low && wish < high ? wish : (low + high) / 2;
    if (Math.abs(next - s) <= 4 * Number.EPSILON * s) return next;
    s = next;
  }
  return s;
}

/**
 * The volatility at which Black's formula gives `price` (undiscounted, in the forward's currency), annual, as a fraction.
 *
 * @returns NaN where there is none: at or below what the option is worth if nothing moves any more, at or above the forward (call) or the strike (put), or unless
 * everything is above 0.
 */
export function impliedVolatility(
  type: OptionType,
  forward: number,
  strike: number,
  price: number,
  years: number,
): number {
  if (!arePositive(forward, strike, price, years)) return Number.NaN;
  const intrinsic = Math.max(0, type === 'call' ? forward - strike : strike - forward);
  // By parity, what stands above it is the price of the other option of that strike, which is out of the money.
  const timeValue = price - intrinsic;
  if (timeValue <= 0 || price >= (type === 'call' ? forward : strike)) return Number.NaN;
  const x = Math.abs(Math.log(forward / strike));
  return deviationOf(x, timeValue / Math.sqrt(forward * strike)) / Math.sqrt(years);
}
