import type { BookRule, FeedId } from '../../model/instrument.ts';

export const VENUE = 'binance';

/** The two futures products as `st` tells them apart: USDT-M and COIN-M. */
type Universe = 1 | 2;

/** What tells the product families apart for everything that is decoded the same way. */
export interface Product {
  readonly feed: FeedId;
  readonly isFutures: boolean;
  /** True where sizes count contracts of so many dollars, margined and settled in the coin (venues.md §2.7). */
  readonly isInverse: boolean;
  /** `st` of its own messages in streams that carry those of both futures products (venues.md §2.3); null where there is no such thing. */
  readonly universe: Universe | null;
  readonly bookRule: BookRule;
  /** Quote coins, longest first, by which an unlisted symbol is read; only for recordings that hold no listings. */
  readonly quotes: readonly string[];
  /** Levels per side of a depth snapshot that was asked for without a limit. */
  readonly snapshotLevels: number;
}

export const USDM: Product = {
  feed: 'binance-usdm',
  isFutures: true,
  isInverse: false,
  universe: 1,
  bookRule: 'linked',
  quotes: ['USDT', 'USDC', 'BUSD', 'BTC'],
  snapshotLevels: 500,
};

export const COINM: Product = {
  feed: 'binance-coinm',
  isFutures: true,
  isInverse: true,
  universe: 2,
  bookRule: 'linked',
  quotes: ['USD'],
  snapshotLevels: 500,
};

export const SPOT: Product = {
  feed: 'binance-spot',
  isFutures: false,
  isInverse: false,
  universe: null,
  bookRule: 'contiguous',
  quotes: [
    'FDUSD',
    'USDT',
    'USDC',
    'BUSD',
    'TUSD',
    'USDP',
    'IDRT',
    'BIDR',
    'BKRW',
    'BVND',
    'USD1',
    'BTC',
    'ETH',
    'BNB',
    'XRP',
    'TRX',
    'DOGE',
    'DAI',
    'PAX',
    'VAI',
    'EUR',
    'GBP',
    'AUD',
    'BRL',
    'TRY',
    'RUB',
    'UAH',
    'NGN',
    'ZAR',
    'PLN',
    'RON',
    'ARS',
    'JPY',
    'MXN',
    'CZK',
    'COP',
  ].sort((a, b) => b.length - a.length),
  snapshotLevels: 100,
};
