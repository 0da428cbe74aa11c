export const VENUE = 'hyperliquid';
export const FEED = 'hyperliquid';

/** Spot pairs: `@107`, `PURR/USDC`. Their names mean nothing without `spotMeta`, which is not asked for. */
export const isSpot = (coin: string): boolean => coin.startsWith('@') || coin.includes('/');

/** Of a builder's dex: `xyz:TSLA`. */
export const isBuilt = (coin: string): boolean => coin.includes(':');
