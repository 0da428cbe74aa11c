import type { FeedId, Venue } from '../model/instrument.ts';
import { binanceCoinm } from './binance/coinm.ts';
import { binanceSpot } from './binance/spot.ts';
import { binanceUsdm } from './binance/usdm.ts';
import { bybitInverse, bybitLinear, bybitSpot } from './bybit/families.ts';
import { deribit } from './deribit/deribit.ts';
import { hyperliquid } from './hyperliquid/hyperliquid.ts';
import { okx } from './okx/okx.ts';
import { polledDecoder } from './polled/decoder.ts';
import type { Decoder, Protocol } from './protocol.ts';

/** Every feed that perpscope speaks, in the order in which feeds are started and shown. A further venue is a line here. */
export const protocols: readonly Protocol<unknown>[] = [
  binanceUsdm,
  binanceSpot,
  binanceCoinm,
  bybitLinear,
  bybitInverse,
  bybitSpot,
  okx,
  deribit,
  hyperliquid,
];

/** Venues that have a feed, as the command line names them. */
export const venues: readonly Venue[] = [...new Set(protocols.map(({ venue }) => venue))];

const known = new Map(protocols.map((protocol) => [protocol.feed, protocol]));

/** Feeds by the names of the folders that old recordings are kept in. */
const FOLDERS: ReadonlyMap<string, FeedId> = new Map([['bybit', bybitLinear.feed]]);

/** The feed that a folder of recordings, or a person, means by a name: itself unless it is the name of a folder of old recordings. */
export const feedNamed = (name: string): FeedId => FOLDERS.get(name) ?? name;

/** The protocol of a feed; undefined for one that nobody here speaks. */
export const protocolOf = (feed: FeedId): Protocol<unknown> | undefined =>
  known.get(feed) ?? known.get(feedNamed(feed));

/** Feeds of a venue: its product families. Empty for an unknown venue. */
export const feedsOfVenue = (venue: Venue): readonly FeedId[] =>
  protocols.filter((protocol) => protocol.venue === venue).map(({ feed }) => feed);

/** What reads the records of a feed: its protocol, or for a venue that is polled the reader of all such; undefined for one that nobody here knows. */
export const decoderOf = (feed: FeedId): Decoder<unknown> | undefined =>
  protocolOf(feed) ?? (polledDecoder(feed) as Decoder<unknown> | undefined);
