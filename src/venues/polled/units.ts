/**
 * ccxt's unified numbers come from a hundred adapters that do not agree on coins, contracts and quote currency. What a number counts is decided by what
 * else is known of it (the other number, the price); where that does not fit, nobody knows, and the number is left out.
 */

/** What a contract of a listing is worth. */
export interface Contract {
  readonly contractSize: number;
  readonly inverse: boolean;
}

/** Two ways to the same number agree when they are within this factor: tickers and prices are not of the same instant. */
const AGREES_WITHIN = 1.5;

const agrees = (a: number, b: number): boolean =>
  a > 0 && b > 0 && a / b < AGREES_WITHIN && b / a < AGREES_WITHIN;

/**
 * Open interest in base coin.
 *
 * @param amount Coins or contracts: with a value beside it the one that fits, alone contracts, as ccxt defines it.
 * @param value Quote currency.
 * @param price Quote currency per coin.
 * @returns undefined where nothing is said, or what is said contradicts itself.
 */
export function openInterestCoins(
  amount: number | null,
  value: number | null,
  price: number,
  { contractSize, inverse }: Contract,
): number | undefined {
  if ((amount ?? 0) < 0 || (value ?? 0) < 0) return undefined;
  if (amount === 0 || (amount === null && value === 0)) return 0;
  // The quote currency that so many contracts are worth, by price of the coin where they are not counted in it.
  const ofContracts = (contracts: number) => contracts * contractSize * (inverse ? 1 : price);
  if (amount === null) return value === null ? undefined : value / price;
  if (value === null || value === 0) return ofContracts(amount) / price;
  // As contracts first: where a contract is one coin, both say the same.
  if (agrees(ofContracts(amount), value)) return ofContracts(amount) / price;
  if (agrees(amount * price, value)) return amount;
  // A value in coins, as inverse contracts settle.
  if (inverse && agrees(ofContracts(amount), value * price)) return value;
  return undefined;
}

/** Traded in 24 h. */
export interface Traded {
  /** Base coin. */
  readonly size: number;
  /** Quote currency. */
  readonly notional: number;
}

/**
 * What was traded in 24 h, in both currencies: from the two volumes where they fit each other at this price, from the only one by the price.
 *
 * @returns undefined where nothing is said, or what is said contradicts itself.
 */
export function tradedIn(
  base: number | null,
  quote: number | null,
  price: number,
  { contractSize, inverse }: Contract,
): Traded | undefined {
  if ((base ?? 0) < 0 || (quote ?? 0) < 0) return undefined;
  if (base === null) return quote === null ? undefined : { size: quote / price, notional: quote };
  if (quote === null) return { size: base, notional: base * price };
  if (base === 0 || quote === 0) return base === quote ? { size: 0, notional: 0 } : undefined;
  if (agrees(base * price, quote)) return { size: base, notional: quote };
  // Contracts in the place of coins.
  if (!inverse && agrees(base * contractSize * price, quote))
    return { size: base * contractSize, notional: quote };
  // Coin-margined contracts turn over dollars and settle in coins; some name them the other way round.
  if (inverse && agrees(quote * price, base)) return { size: quote, notional: base };
  if (inverse && agrees(quote * price, base * contractSize))
    return { size: quote, notional: base * contractSize };
  return undefined;
}

const INTERVAL = /^(\d{1,4}(?:\.\d{1,4})?)(m|h|d)$/;
const HOURS = { m: 1 / 60, h: 1, d: 24 } as const;

/** Hours of a funding interval as ccxt writes it, `8h`; undefined for anything that is none of at most a day. */
export function hoursOf(interval: string): number | undefined {
  const parts = INTERVAL.exec(interval);
  const hours = Number(parts?.[1]) * HOURS[(parts?.[2] ?? 'h') as keyof typeof HOURS];
  return hours > 0 && hours <= 24 ? hours : undefined;
}
