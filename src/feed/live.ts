import type { Asset, InstrumentId, Venue } from '../model/instrument.ts';
import type { RawRecord } from '../model/record.ts';
import type { BookNeed, FeedSettings, Protocol } from '../venues/protocol.ts';
import type { Clock } from './clock.ts';
import { Holdings } from './holdings.ts';
import { Intake, type RecordSink } from './intake.ts';
import { PolledFeed, type PolledFeedOptions } from './polled-feed.ts';
import { createRandom } from './random.ts';
import { RestClient } from './rest.ts';
import { SocketFeed } from './socket-feed.ts';
import type { UniverseOptions } from './universe.ts';

export interface LiveOptions {
  /** Which feeds, each with its settings: the protocol's defaults and whatever the config overrides. */
  readonly feeds: readonly {
    readonly protocol: Protocol<unknown>;
    readonly settings: FeedSettings;
  }[];
  /** Venues without an adapter, asked through ccxt. */
  readonly polled?: readonly Pick<PolledFeedOptions, 'venue' | 'exchange' | 'settings'>[];
  readonly assets: readonly Asset[];
  /** Carries all perps besides, with the books of those that trade most; null or missing for no such thing. */
  readonly universe?: UniverseOptions | null;
  readonly clock: Clock;
  /** Seed of the jitter in every delay. */
  readonly seed: number;
  /** Take every record, in this order: the recorder before the engine, so that what made the engine stumble is on disk. */
  readonly sinks: readonly RecordSink[];
  /** Come before everything that the feeds have to say: what a store gives back. */
  readonly first?: readonly Pick<RawRecord, 'feed' | 'chan' | 'msg'>[];
  /** What of the past need not be asked for. Missing: nothing is known. */
  readonly holdings?: Holdings;
}

/** Feeds that are running. */
export interface LiveFeeds {
  /** Hands on what perpscope itself has to say. */
  push(record: Pick<RawRecord, 'feed' | 'chan' | 'msg'>): void;
  /** The engine wants another beginning for this book. Paced and deduplicated here; unknown instruments are ignored. */
  recoverBook(instrument: InstrumentId, need: BookNeed): void;
  /** Ends every socket, request and timer, within a second. */
  close(): Promise<void>;
}

/**
 * Connects to the venues. Ticks and records begin at once and flow into the sinks until `close`; whatever fails on the way is retried
 * and reported as a record, never thrown.
 */
export function startFeeds(options: LiveOptions): LiveFeeds {
  const { clock, assets, universe = null, first = [], holdings = new Holdings() } = options;
  const random = createRandom(options.seed);
  const intake = new Intake(clock, options.sinks);
  for (const { feed, chan, msg } of first) intake.push(feed, chan, msg);
  const clients = new Map<Venue, RestClient>();
  const clientOf = (venue: Venue) => {
    const client = clients.get(venue) ?? new RestClient(clock, random);
    clients.set(venue, client);
    return client;
  };
  const feeds = options.feeds.map(
    ({ protocol, settings }) =>
      new SocketFeed({
        protocol,
        settings,
        assets,
        universe,
        clock,
        random,
        intake,
        rest: clientOf(protocol.venue),
        holdings,
      }),
  );
  const polled = (options.polled ?? []).map(
    (each) =>
      new PolledFeed({
        ...each,
        assets,
        clock,
        random,
        intake,
        rest: clientOf(each.venue.venue),
      }),
  );
  return {
    push({ feed, chan, msg }) {
      intake.push(feed, chan, msg);
    },
    recoverBook(instrument, need) {
      feeds.some((feed) => feed.recoverBook(instrument, need));
    },
    async close() {
      intake.close();
      for (const feed of polled) feed.close();
      for (const client of clients.values()) client.close();
      await Promise.all(feeds.map((feed) => feed.close()));
    },
  };
}
