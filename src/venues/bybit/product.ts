import type { FeedId } from '../../model/instrument.ts';

export const VENUE = 'bybit';

/** Levels per side of the book that is subscribed unless the settings say otherwise. */
export const BOOK_LEVELS = 1000;

/** What tells the product families apart for everything that is decoded the same way. Each has its own socket path and `category`. */
export interface Product {
  readonly feed: FeedId;
  /** As sockets and requests call it. */
  readonly category: 'linear' | 'inverse' | 'spot';
}

export const LINEAR: Product = { feed: 'bybit-linear', category: 'linear' };
export const INVERSE: Product = { feed: 'bybit-inverse', category: 'inverse' };
export const SPOT: Product = { feed: 'bybit-spot', category: 'spot' };
