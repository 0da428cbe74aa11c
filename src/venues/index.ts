import type { FeedId, Venue } from '../model/instrument.ts';
import { binanceCoinm } from './binance/coinm.ts';
import { binanceSpot } from './binance/spot.ts';
import { binanceUsdm } from './binance/usdm.ts';
export const protocols: readonly Protocol<unknown>[] = [
  binanceUsdm,
  binanceSpot,
  binanceCoinm,
  okx,
  deribit,
];

/** Venues that have a feed, as the command line names them. */
export const venues: readonly Venue[] = [...new Set(protocols.map(({ venue }) => venue))];

/** The protocol of a feed; undefined for one that nobody here speaks. */
export const protocolOf = (feed: FeedId): Protocol<unknown> | undefined =>
  protocols.find((protocol) => protocol.feed === feed);

/** Feeds of a venue: its product families. Empty for an unknown venue. */
export const feedsOfVenue = (venue: Venue): readonly FeedId[] =>
  protocols.filter((protocol) => protocol.venue === venue).map(({ feed }) => feed);
