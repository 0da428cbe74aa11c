import type { FeedId, Venue } from '../../model/instrument.ts';

/** Venues that have an adapter of their own, and the names that ccxt has for parts of them: streamed, never polled. */
const STREAMED: ReadonlySet<string> = new Set([
  'binance',
  'binanceusdm',
  'binancecoinm',
  'bybit',
  'okx',
  'deribit',
  'hyperliquid',
]);

/** ccxt's id where it is not the name by which people call the venue: they mean the exchange that trades its perps. */
const CCXT_IDS: ReadonlyMap<Venue, string> = new Map([
  ['kraken', 'krakenfutures'],
  ['kucoin', 'kucoinfutures'],
]);

/** Other names of a venue. */
const VENUES: ReadonlyMap<string, Venue> = new Map([
  ...[...CCXT_IDS].map(([venue, id]): [string, Venue] => [id, venue]),
  ['gateio', 'gate'],
  ['huobi', 'htx'],
]);

const NAME = /^[a-z][a-z0-9]{1,39}$/;
const SUFFIX = '-polled';

/** A venue that is polled through ccxt. */
export interface PolledVenue {
  /** As it is called on screen and in every line: `kraken`. */
  readonly venue: Venue;
  readonly feed: FeedId;
  /** The exchange class that is asked: `krakenfutures`. */
  readonly ccxtId: string;
}

/**
 * The venue that a name stands for. That ccxt knows it, and that it has perps, is for others to say.
 *
 * @returns undefined for names that are streamed, and for what cannot be a name.
 */
export function polledVenue(name: string): PolledVenue | undefined {
  if (!NAME.test(name) || STREAMED.has(name)) return undefined;
  const venue = VENUES.get(name) ?? name;
  return { venue, feed: venue + SUFFIX, ccxtId: CCXT_IDS.get(venue) ?? venue };
}

/** The venue whose feed this is: `kraken` of `kraken-polled`; undefined for other feeds. */
export function venueOfFeed(feed: FeedId): Venue | undefined {
  if (!feed.endsWith(SUFFIX)) return undefined;
  const polled = polledVenue(feed.slice(0, -SUFFIX.length));
  return polled?.feed === feed ? polled.venue : undefined;
}
