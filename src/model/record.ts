import type { FeedId } from './instrument.ts';
import type { Micros } from './units.ts';

/** Pseudo feed of what perpscope itself tells the engine: ticks and the state of its connections. */
export const SELF_FEED = 'perpscope';

/**
 * A message as it came: its text, or the bytes of its UTF-8 where nobody has needed the text yet. Bytes belong to the record: nobody
 * changes them.
 */
export type Message = string | Uint8Array;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The text of a message. Bytes that are no UTF-8 become U+FFFD, as they would on any socket that hands out text. */
export const textOf = (msg: Message): string => (typeof msg === 'string' ? msg : utf8.decode(msg));

/**
 * One thing that happened at the edge, exactly as it is written to and read from a recording (DESIGN §1):
 * a socket message, a REST answer, a tick of the clock, a change of a connection.
 *
 * `t` is our receive time and strictly increases over all feeds of a process, so that merging the files of a recording
 * by `t` restores the order in which the engine was fed.
 */
export interface RawRecord {
  readonly t: Micros;
  readonly feed: FeedId;
  /** Stream name; `rest:` + URL for a REST answer; `tick`; `feed` for the state of a feed. */
  readonly chan: string;
  /** The message, untouched. A recording holds its text. */
  readonly msg: Message;
}

/** What a feed reports about itself, written as the JSON text of a record with chan `feed`. */
export type FeedReport =
  | { readonly kind: 'connecting'; readonly connection: string }
  | { readonly kind: 'connected'; readonly connection: string }
  | {
      readonly kind: 'disconnected';
      readonly connection: string;
      /** Short and without host names: `closed 1006`, `silent 30 s`, `planned roll`. */
      readonly reason: string;
      /** What it carried. Empty when a planned roll replaced it seamlessly. */
      readonly streams: readonly string[];
      /** Those of `streams` that carry a book, which loses its continuity. Where it is missing, any of them may. */
      readonly books?: readonly string[];
    }
  | {
      readonly kind: 'subscribed';
      readonly connection: string;
      readonly streams: readonly string[];
    }
  /** Given up on purpose: their silence from now on means nothing. */
  | {
      readonly kind: 'unsubscribed';
      readonly connection: string;
      readonly streams: readonly string[];
    }
  /** The books that a scanner carries from now on besides the watched ones: wire symbols by rank. Those of all others are given up. */
  | { readonly kind: 'books'; readonly symbols: readonly string[] }
  /** A stream missed the deadline for its first frame, or is silent where its learnt rate says it should not be. */
  | { readonly kind: 'suspect'; readonly stream: string; readonly reason: string }
  /** A suspect stream is trusted again although it has said nothing: the stream by which it is judged speaks. */
  | { readonly kind: 'cleared'; readonly stream: string }
  | { readonly kind: 'rerouted'; readonly stream: string; readonly connection: string }
  | {
      readonly kind: 'rest';
      readonly pool: string;
      readonly used: number;
      readonly limit: number;
      readonly state: 'ok' | 'limited' | 'banned' | 'refused';
      /** When requests go on, µs; 0 when nothing holds them back. */
      readonly until: Micros;
    }
  | { readonly kind: 'restFailed'; readonly endpoint: string; readonly reason: string }
  | { readonly kind: 'clock'; readonly offset: Micros; readonly roundTrip: Micros }
  /** A bounded queue was full: `count` messages were left out and the books concerned resync. */
  | { readonly kind: 'dropped'; readonly count: number; readonly reason: string }
  | { readonly kind: 'backfill'; readonly done: number; readonly of: number };
