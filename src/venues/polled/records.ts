import type { Asset } from '../../model/instrument.ts';
import { unbundle } from '../bundles.ts';
import { textOfNumber } from '../decimal.ts';
import { isObject, type Wire } from '../wire.ts';

/**
 * What is written down of ccxt's answers: our own few fields of its unified structures, one record per answer. So a recording does not depend on
 * ccxt, and does not hold the thousands of listings that nobody asked for.
 */
export const CHAN = {
  markets: 'polled:markets',
  tickers: 'polled:tickers',
  funding: 'polled:funding',
  openInterest: 'polled:openInterest',
} as const;

export type PolledChan = (typeof CHAN)[keyof typeof CHAN];

/** One perp, in the units of its venue. */
export interface MarketRow {
  /** ccxt unified: `BTC/USD:USD`. */
  readonly symbol: string;
  /** The venue's own spelling. */
  readonly id: string;
  readonly base: string;
  readonly quote: string;
  readonly settle: string;
  /** Coin-margined: a contract is worth `contractSize` of the quote currency; else `contractSize` of the base. */
  readonly inverse: boolean;
  readonly contractSize: number;
  /** Decimal text; null where the venue does not say. */
  readonly priceStep: string | null;
  /** Contracts. */
  readonly sizeStep: string | null;
  readonly active: boolean;
}

export interface TickerRow {
  readonly symbol: string;
  readonly bid: number | null;
  readonly ask: number | null;
  readonly last: number | null;
  /** First price of the last 24 h. */
  readonly open: number | null;
  /** Traded in 24 h, in base and quote currency as far as the venue can be believed. */
  readonly base: number | null;
  readonly quote: number | null;
  readonly mark: number | null;
  readonly index: number | null;
}

export interface FundingRow {
  readonly symbol: string;
  /** The running estimate, per own interval. */
  readonly rate: number | null;
  /** When it is paid, Unix ms. */
  readonly nextMs: number | null;
  /** As the venue says it: `8h`. */
  readonly interval: string | null;
  readonly mark: number | null;
  readonly index: number | null;
}

export interface OpenInterestRow {
  readonly symbol: string;
  /** Coins or contracts. */
  readonly amount: number | null;
  /** Quote currency. */
  readonly value: number | null;
}

/** Listings that are polled of one venue at most: a few per asset. */
const ROWS_AT_MOST = 256;

const numberIn = (value: unknown): number | null => {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
};

const textIn = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' && value.length <= 80 ? value : null;

/** ccxt's ways to state a step: as such, or as a number of decimals. Significant digits say nothing about steps. */
const DECIMAL_PLACES = 2;
const TICK_SIZE = 4;

function stepIn(value: unknown, precisionMode: number): string | null {
  const number = numberIn(value);
  if (number === null) return null;
  if (precisionMode === TICK_SIZE) return number > 0 ? (textOfNumber(number) ?? null) : null;
  if (precisionMode !== DECIMAL_PLACES || !Number.isInteger(number)) return null;
  return number >= 0 && number <= 15 ? (textOfNumber(Number(`1e${-number}`)) ?? null) : null;
}

/** What perps are margined in, the most wanted first: the first perp of a venue stands for it. Coins come last. */
const SETTLED_IN = ['USDT', 'USDC', 'USD'];

const rankOf = ({ inverse, settle }: MarketRow): number => {
  const rank = SETTLED_IN.indexOf(settle);
  return inverse ? SETTLED_IN.length + 1 : rank < 0 ? SETTLED_IN.length : rank;
};

function marketRow(market: unknown, precisionMode: number): MarketRow | undefined {
  if (!isObject(market) || market['swap'] !== true) return undefined;
  const symbol = textIn(market['symbol']);
  const id = textIn(market['id']);
  const base = textIn(market['base']);
  const quote = textIn(market['quote']);
  const settle = textIn(market['settle']);
  if (symbol === null || id === null || base === null || quote === null || settle === null)
    return undefined;
  const inverse = market['inverse'] === true;
  // Margined in a third coin: what a contract is worth in coins moves with a price that nobody here knows.
  if (!inverse && market['linear'] !== true) return undefined;
  const contractSize = numberIn(market['contractSize']);
  if (contractSize === null || contractSize <= 0) return undefined;
  const precision = isObject(market['precision']) ? market['precision'] : {};
  return {
    symbol,
    id,
    base,
    quote,
    settle,
    inverse,
    contractSize,
    priceStep: stepIn(precision['price'], precisionMode),
    sizeStep: stepIn(precision['amount'], precisionMode),
    active: market['active'] !== false,
  };
}

/**
 * The perps of these assets among a venue's markets, those that stand for the venue first.
 *
 * @param markets ccxt's `loadMarkets`, by unified symbol.
 * @param precisionMode What the numbers in a market's `precision` mean, as ccxt counts its modes.
 */
export function marketRows(
  markets: unknown,
  precisionMode: number,
  assets: readonly Asset[],
): MarketRow[] {
  if (!isObject(markets)) return [];
  const wanted = new Set(assets);
  return Object.values(markets)
    .map((market) => marketRow(market, precisionMode))
    .filter((row): row is MarketRow => row !== undefined && wanted.has(unbundle(row.base).asset))
    .sort((a, b) => rankOf(a) - rankOf(b) || (a.symbol < b.symbol ? -1 : 1))
    .slice(0, ROWS_AT_MOST);
}

/** The structures of these symbols in an answer of ccxt: a dictionary of them, a list, or a single one. */
function entriesOf(answer: unknown, symbols: readonly string[]): [string, Wire][] {
  const all: unknown[] = Array.isArray(answer)
    ? answer
    : isObject(answer) && typeof answer['symbol'] === 'string'
      ? [answer]
      : isObject(answer)
        ? Object.values(answer)
        : [];
  const wanted = new Set(symbols);
  const found = new Map<string, Wire>();
  for (const entry of all)
    if (isObject(entry) && typeof entry['symbol'] === 'string' && wanted.has(entry['symbol']))
      found.set(entry['symbol'], entry);
  return [...found];
}

export const tickerRows = (answer: unknown, symbols: readonly string[]): TickerRow[] =>
  entriesOf(answer, symbols).map(([symbol, ticker]) => ({
    symbol,
    bid: numberIn(ticker['bid']),
    ask: numberIn(ticker['ask']),
    last: numberIn(ticker['last']),
    open: numberIn(ticker['open']),
    base: numberIn(ticker['baseVolume']),
    quote: numberIn(ticker['quoteVolume']),
    mark: numberIn(ticker['markPrice']),
    index: numberIn(ticker['indexPrice']),
  }));

/** `fundingRate` is the running estimate; `nextFundingTimestamp` belongs to the period after it, unless nothing else is said. */
export const fundingRows = (answer: unknown, symbols: readonly string[]): FundingRow[] =>
  entriesOf(answer, symbols).map(([symbol, rate]) => ({
    symbol,
    rate: numberIn(rate['fundingRate']),
    nextMs: numberIn(rate['fundingTimestamp']) ?? numberIn(rate['nextFundingTimestamp']),
    interval: textIn(rate['interval']),
    mark: numberIn(rate['markPrice']),
    index: numberIn(rate['indexPrice']),
  }));

export const openInterestRows = (answer: unknown, symbols: readonly string[]): OpenInterestRow[] =>
  entriesOf(answer, symbols).map(([symbol, interest]) => ({
    symbol,
    amount: numberIn(interest['openInterestAmount']),
    value: numberIn(interest['openInterestValue']),
  }));

/** A record's text. */
export const recordText = (rows: readonly object[], more: object = {}): string =>
  JSON.stringify({ ...more, rows });
