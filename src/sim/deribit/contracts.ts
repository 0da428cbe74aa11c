import { type Listed, listed } from '../listed.ts';
import { MINUTE_MS } from '../market-bars.ts';
import type { AssetState, Market } from '../market-state.ts';

export const BOARD = 'deribit';

/** A perp or dated future as the venue names it. */
export interface Contract extends Listed {
  readonly symbol: string;
  /** Paid in its coin: amounts are dollars. */
  readonly isInverse: boolean;
  readonly isPerp: boolean;
  readonly base: string;
  readonly quote: string;
  readonly settle: string;
  /** Under which the venue keeps it: `BTC`, `USDC`. */
  readonly currency: string;
  /** `btc_usd`, `sol_usdc`. */
  readonly index: string;
  /** When it is delivered, ms; null: never. */
  readonly expiryMs: number | null;
}

/** A listing of the board as the venue names it. */
export function contractOf({ asset, listing }: Listed): Contract {
  const { spec } = listing;
  const isInverse = spec.contract.unit === 'usd';
  const base = spec.baseAsset;
  const quote = isInverse ? 'USD' : 'USDC';
  const settle = isInverse ? base : quote;
  return {
    asset,
    listing,
    symbol: spec.symbol,
    isInverse,
    isPerp: asset.spec.expiryMs === null,
    base,
    quote,
    settle,
    currency: settle,
    index: `${base}_${quote}`.toLowerCase(),
    expiryMs: asset.spec.expiryMs,
  };
}

/** Every perp and dated future that is listed. */
export const contractsOf = (market: Market): readonly Contract[] =>
  listed(market, BOARD, 'future').map(contractOf);

/** Whether a contract still trades. */
export const isAlive = ({ expiryMs }: Pick<Contract, 'expiryMs'>, atMs: number): boolean =>
  expiryMs === null || atMs < expiryMs;

/** Dollars and coins of a traded size at about this price. */
export function worthOf(
  { isInverse }: Contract,
  size: number,
  price: number,
): { readonly coins: number; readonly dollars: number } {
  return isInverse
    ? { coins: size / price, dollars: size }
    : { coins: size, dollars: size * price };
}

const HOUR_MS = 60 * MINUTE_MS;
const HOURS = 8;

/** What was paid in the eight hours up to an instant: the settled hours in it, the running one as it stands, and what is left of the oldest. */
export function paidIn8h({ tape }: AssetState, atMs: number, running: number): number {
  const paid = tape.settlements.filter((settlement) => settlement.atMs <= atMs).slice(-HOURS);
  const last = paid.at(-1);
  if (last === undefined) return running;
  const elapsed = Math.min(1, (atMs - last.atMs) / HOUR_MS);
  const [oldest, ...rest] = paid;
  const whole = rest.reduce((sum, { rate }) => sum + rate, 0);
  return running * elapsed + whole + oldest!.rate * (1 - elapsed);
}
