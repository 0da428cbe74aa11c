import type { Instrument } from '../../model/instrument.ts';
import { type Micros, microsFromMillis } from '../../model/units.ts';

const SPELLING =
  /^([A-Z0-9]+)(?:_([A-Z]+))?-(?:PERPETUAL|(\d{1,2})([A-Z]{3})(\d\d)(?:-(\d+(?:d\d+)?)-([CP]))?)$/;

const MONTHS = 'JAN,FEB,MAR,APR,MAY,JUN,JUL,AUG,SEP,OCT,NOV,DEC'.split(',');

/** What a symbol spells. Never asked for what an answer means where a listing exists. */
export type Spelling = Pick<Instrument, 'kind' | 'base' | 'quote' | 'settle' | 'expiry' | 'option'>;

/** Dated contracts expire at 08:00 UTC of the day in their name (venues.md §1.1); undefined for a day that does not exist. */
function expiryOf(day: number, monthName: string, year: number): Micros | undefined {
  const month = MONTHS.indexOf(monthName);
  if (month < 0) return undefined;
  const date = new Date(Date.UTC(2000 + year, month, day, 8));
  return date.getUTCDate() === day ? microsFromMillis(date.getTime()) : undefined;
}

/**
 * `BTC-PERPETUAL`, `SOL_USDC-PERPETUAL`, `BTC-27MAR26`, `BTC-27MAR26-100000-C`, `XRP_USDC-27MAR26-0d625-P`. Without a second coin it is an inverse contract
 * in dollars.
 *
 * @returns undefined for anything else: combinations of several contracts, spot pairs.
 */
export function spellingOf(symbol: string): Spelling | undefined {
  const parts = SPELLING.exec(symbol);
  if (parts === null) return undefined;
  const [, base = '', coin, day, month = '', year, strike, type] = parts;
  const coins = { base, quote: coin ?? 'USD', settle: coin ?? base };
  if (day === undefined) return { kind: 'perp', ...coins, expiry: null };
  const expiry = expiryOf(Number(day), month, Number(year));
  if (expiry === undefined) return undefined;
  if (strike === undefined) return { kind: 'future', ...coins, expiry };
  const option = {
    strike: Number(strike.replace('d', '.')),
    type: type === 'C' ? ('call' as const) : ('put' as const),
  };
  return option.strike > 0 ? { kind: 'option', ...coins, expiry, option } : undefined;
}

/** Currency under which the venue keeps a contract: its base coin where it is inverse, else what it settles in. */
export const currencyOf = ({ base, quote, settle }: Pick<Spelling, 'base' | 'quote' | 'settle'>) =>
  settle === quote ? quote : base;

/** Name of the index under a contract: `btc_usd`, `sol_usdc`. */
export const indexOf = ({ base, quote }: Pick<Spelling, 'base' | 'quote'>): string =>
  `${base}_${quote}`.toLowerCase();

/** The perp on the same index. */
export const perpOn = ({ base, quote, settle }: Pick<Spelling, 'base' | 'quote' | 'settle'>) =>
  settle === quote ? `${base}_${quote}-PERPETUAL` : `${base}-PERPETUAL`;

/** Symbols of combinations (`BTC-FS-30SEP22_PERP`) begin like any other and go on with a word: several contracts traded as one, which nothing here shows. */
export const isCombination = (symbol: string): boolean =>
  /^[A-Z0-9]+(?:_[A-Z]+)?-[A-Z]/.test(symbol) && !symbol.endsWith('-PERPETUAL');
