import type { FeedId, Venue } from '../model/instrument.ts';
import { binanceSpot } from './binance/spot.ts';
import { binanceUsdm } from './binance/usdm.ts';
import { hyperliquid } from './hyperliquid/hyperliquid.ts';
import type { Protocol } from './protocol.ts';

/** Every feed that perpscope speaks, in the order in which feeds are started and shown. A further venue is a line here. */
export const protocols: readonly Protocol<unknown>[] = [binanceUsdm, binanceSpot, hyperliquid];

/** Venues that have a feed, as the command line names them. */
export const venues: readonly Venue[] = [...new Set(protocols.map(({ venue }) => venue))];

/** The protocol of a feed; undefined for one that nobody here speaks. */
export const protocolOf = (feed: FeedId): Protocol<unknown> | undefined =>
  protocols.find((protocol) => protocol.feed === feed);

/** Feeds of a venue: its product families. Empty for an unknown venue. */
export const feedsOfVenue = (venue: Venue): readonly FeedId[] =>
  protocols.filter((protocol) => protocol.venue === venue).map(({ feed }) => feed);
