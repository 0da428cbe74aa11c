import type { FeedId } from '../../model/instrument.ts';
import type { Decoder, FeedSettings } from '../protocol.ts';
import { createState, decode, type PolledState } from './decode.ts';
import { venueOfFeed } from './names.ts';

/** What can be set of every polled feed. */
export const POLLED_SETTINGS: FeedSettings = {
  /** Empty: the hosts that ccxt knows. A URL takes the place of scheme and host of every request; paths stay. */
  hosts: { rest: '' },
  channels: {},
  numbers: {
    /** ms between two rounds of polls, 1000 at least; longer where the budget does not reach. */
    everyMs: 10_000,
    /** ms between two looks at what is listed. */
    marketsEveryMs: 3_600_000,
    /** Requests a minute at most, and never more than half of what ccxt allows. */
    requestsPerMinute: 60,
  },
};

const decoders = new Map<FeedId, Decoder<PolledState>>();
/** A recording can name any number of venues. */
const DECODERS_KEPT = 256;

/**
 * Reads the records of a venue that is polled through ccxt, and needs no ccxt for it.
 *
 * @returns undefined for other feeds.
 */
export function polledDecoder(feed: FeedId): Decoder<PolledState> | undefined {
  const known = decoders.get(feed);
  if (known !== undefined) return known;
  const venue = venueOfFeed(feed);
  if (venue === undefined) return undefined;
  const decoder: Decoder<PolledState> = {
    feed,
    venue,
    defaults: POLLED_SETTINGS,
    liquidations: null,
    createState,
    decode: (state, record) => decode(venue, state, record),
  };
  if (decoders.size >= DECODERS_KEPT) decoders.clear();
  decoders.set(feed, decoder);
  return decoder;
}
