import type { BookRule, FeedId } from '../../model/instrument.ts';

export const VENUE = 'binance';

/** What tells the two product families apart for everything that is decoded the same way. */
export interface Product {
  readonly feed: FeedId;
  readonly isFutures: boolean;
  readonly bookRule: BookRule;
  /** Quote coins, longest first, by which an unlisted symbol is read; only for recordings that hold no listings. */
  readonly quotes: readonly string[];
  /** Levels per side of a depth snapshot that was asked for without a limit. */
  readonly snapshotLevels: number;
}

export const USDM: Product = {
  feed: 'binance-usdm',
  isFutures: true,
  bookRule: 'linked',
  quotes: ['USDT', 'USDC', 'BUSD', 'BTC'],
  snapshotLevels: 500,
};

export const SPOT: Product = {
  feed: 'binance-spot',
  isFutures: false,
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
