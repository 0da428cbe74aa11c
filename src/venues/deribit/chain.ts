import type { Asset, Instrument } from '../../model/instrument.ts';
import { DOLLARS } from '../../model/instrument.ts';
import type { DeribitState } from './draft.ts';
import { perpOn, spellingOf } from './symbols.ts';

/** Expiries per asset and coin of payment, and strikes of each, that may be heard. */
const EXPIRIES_AT_MOST = 8;
const STRIKES_AT_MOST = 9;

/** One option as far as it decides whether it is heard. */
interface Candidate {
  readonly symbol: string;
  readonly expiry: number;
  readonly strike: number;
}

/** Strikes of one expiry by their distance from the money, calls and puts, up to `count` of them. */
function nearest(options: readonly Candidate[], money: number, count: number): Candidate[] {
  const strikes = [...new Set(options.map(({ strike }) => strike))]
    .sort((a, b) => Math.abs(a - money) - Math.abs(b - money) || a - b)
    .slice(0, count);
  return strikes.flatMap((strike) => options.filter((option) => option.strike === strike));
}

function groupedBy<T, K>(rows: Iterable<T>, keyOf: (row: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

/**
 * Options whose tickers are worth hearing, of each asset and coin of payment: the expiries that come first, the strikes nearest to the perp's mark price. An
 * asset whose perp has no mark price yet has no money, and none of its options is.
 */
export function nearTheMoney(state: DeribitState, assets: readonly Asset[]): string[] {
  const options: Instrument[] = [];
  for (const { isTrading, instrument } of state.listings.values())
    if (
      isTrading &&
      instrument.kind === 'option' &&
      assets.includes(instrument.asset) &&
      DOLLARS.includes(instrument.quote)
    )
      options.push(instrument);
  const symbols: string[] = [];
  for (const [perp, family] of groupedBy(options, (option) =>
    perpOn({ ...option, settle: option.settle }),
  )) {
    const money = state.marks.get(perp);
    if (money === undefined) continue;
    const candidates = family.map(({ symbol, expiry, option }) => ({
      symbol,
      expiry: expiry!,
      strike: option!.strike,
    }));
    const byExpiry = [...groupedBy(candidates, ({ expiry }) => expiry)].sort(([a], [b]) => a - b);
    for (const [, chain] of byExpiry.slice(0, EXPIRIES_AT_MOST))
      symbols.push(...nearest(chain, money, STRIKES_AT_MOST).map(({ symbol }) => symbol));
  }
  return symbols;
}

/** Of options as `nearTheMoney` orders them, those of the first `expiries` expiries and `strikes` strikes of each index. */
export function trimmed(
  options: readonly string[],
  expiries: number,
  strikes: number,
): readonly string[] {
  const kept: string[] = [];
  const byPerp = groupedBy(options, (symbol) => perpOn(spellingOf(symbol)!));
  for (const family of byPerp.values()) {
    const byExpiry = groupedBy(family, (symbol) => spellingOf(symbol)!.expiry);
    for (const chain of [...byExpiry.values()].slice(0, expiries)) {
      const byStrike = groupedBy(chain, (symbol) => spellingOf(symbol)!.option!.strike);
      for (const symbols of [...byStrike.values()].slice(0, strikes)) kept.push(...symbols);
    }
  }
  return kept;
}
