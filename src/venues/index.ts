import type { FeedId, Venue } from '../model/instrument.ts';
import { binanceCoinm } from './binance/coinm.ts';
import { binanceSpot } from './binance/spot.ts';
import { binanceUsdm } from './binance/usdm.ts';
import { deribit } from './deribit/deribit.ts';
import { okx } from './okx/okx.ts';
import { polledDecoder } from './polled/decoder.ts';
import type { Decoder, Protocol } from './protocol.ts';

/** Every feed that perpscope speaks, in the order in which feeds are started and shown. A further venue is a line here. */
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

/** What reads the records of a feed: its protocol, or for a venue that is polled the reader of all such; undefined for one that nobody here knows. */
export const decoderOf = (feed: FeedId): Decoder<unknown> | undefined =>
  protocolOf(feed) ?? (polledDecoder(feed) as Decoder<unknown> | undefined);
