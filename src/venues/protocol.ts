import type { EngineEvent, FeedReported, HistorySeries } from '../model/event.ts';
import type { FeedId, Venue } from '../model/instrument.ts';
import type { Message, RawRecord } from '../model/record.ts';

/**
 * Everything about a feed that may change on the venue's side or with the user's taste. Plain data: the config overrides
 * any of it, because venues drift and a config edit must suffice (DESIGN §3).
 */
export interface FeedSettings {
  /** Base URLs by role, without a trailing slash: `ws`, `rest` … as the protocol names them. */
  readonly hosts: Readonly<Record<string, string>>;
  /** Channel templates by purpose, `{symbol}` for the wire symbol: `depth`, `trades`, … An empty string switches it off. */
  readonly channels: Readonly<Record<string, string>>;
  /** Numbers by name (intervals in ms, depths, limits); the protocol's defaults list and explain them. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** One stream to be heard on one connection. */
export interface StreamPlan {
  /** Name on the wire, and `chan` of its records. */
  readonly stream: string;
  /** The first frame has to come within this many ms, or the stream is tried on `alternate` once, then called suspect. Null: silence proves nothing. */
  readonly firstFrameMs: number | null;
  /** Usual time between frames, ms; null for sparse streams. */
  readonly periodMs: number | null;
  /** Connection to try when the first frame does not come (venues.md §2.1). */
  readonly alternate: string | null;
  /** Where silence is legitimate: the stream on the same socket by which this one is judged alive. */
  readonly sibling: string | null;
  /** True when the continuity of a book hangs on it: a break makes the book resync. */
  readonly carriesBook: boolean;
  /** True when every subscription begins with a snapshot that the rest continues: then no frame of a new socket may be left out. */
  readonly startsAnew?: true;
}

/** How a connection shows that it lives, where the protocol itself has to ask (venues.md §3.1, §4.1, §6.1). */
export interface Heartbeat {
  /** A ping goes out after this long without any frame from the venue, or, where `always`, this often whatever comes. */
  readonly everyMs: number;
  readonly always: boolean;
  /** Any frame has to come within this long after a ping, or the socket is given up. */
  readonly answerMs: number;
}

export interface ConnectionPlan {
  /** `public`, `market`, `spot`. */
  readonly name: string;
  readonly url: string;
  readonly streams: readonly StreamPlan[];
  /** No frame at all (data or ping) for longer than this: close and reconnect. */
  readonly silenceMs: number;
  /** A replacement is opened at this age, before the venue closes the socket. */
  readonly rollAfterMs: number;
  /** Addresses that serve the same, tried in turn while `url` cannot be reached. */
  readonly alternates?: readonly string[];
  readonly heartbeat?: Heartbeat;
  /** Client messages per second, at most. */
  readonly messagesPerSecond: number;
  /** Subscriptions and their like per hour, at most; missing where the venue does not count them. */
  readonly requestsPerHour?: number;
  /** Streams in one subscribe message, at most. */
  readonly streamsPerMessage: number;
  /** Streams that it carries, at most. */
  readonly streamsAtMost: number;
}

/** A stream to be heard on any of the connections of a route: `public` stands for `public`, `public-2` and so on. */
export interface RoutedStream {
  readonly route: string;
  readonly plan: StreamPlan;
}

/** `scan`: the book of a scanner, which waits for the watched ones and lets polls pass. */
export type RestPriority = 'book' | 'scan' | 'poll' | 'backfill';

export interface RestRequest {
  readonly url: string;
  /** JSON to POST; missing for a GET. */
  readonly body?: string;
  /** `chan` of the record that the answer becomes: `rest:` + path + query, without the host. A POST writes its question as a query. */
  readonly chan: string;
  /** Request weight in the budget `pool`. */
  readonly weight: number;
  readonly pool: string;
  readonly priority: RestPriority;
  /** Symbol whose book waits for it, for snapshots. */
  readonly symbol: string | null;
  /** What it asks for of the past, so that what is known already is not asked for again. Missing where nobody says: it is asked whole every time. */
  readonly history?: HistoryPart;
}

/** Rows of one series that a request asks for. */
export interface HistoryPart {
  readonly symbol: string;
  readonly series: HistorySeries;
  /** Unix ms: the stamps (`HistoryRow.ts`) of the first and the last row, and the distance of rows; an hour for settled funding. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  /** The request for a part of these rows, with stamps from `fromMs` to `toMs`. */
  readonly part: (fromMs: number, toMs: number) => RestRequest;
}

/** A request that is repeated. */
export interface PollPlan {
  readonly request: RestRequest;
  /** Where the question names the time: what is asked at an instant (Unix ms), in the place of `request`. */
  readonly requestAt?: (nowMs: number) => RestRequest;
  readonly everyMs: number;
  /**
   * When set, the poll runs at whole multiples of `everyMs` since the Unix epoch plus this many ms, so that it follows what the
   * venue does on the clock (settled funding appears seconds after the hour). Absent: whenever the budget has room.
   */
  readonly phaseMs?: number;
}

export interface RestPool {
  readonly name: string;
  /** Weight per window that we allow ourselves: at most half of what the venue documents (venues.md §1.6). */
  readonly budget: number;
  /** What the venue documents. */
  readonly limit: number;
  readonly windowMs: number;
  /** False where the count in the answers (`RestVerdict.used`) is that of another pool. */
  readonly isCounted?: boolean;
}

/** What an HTTP answer means for the budget. */
export interface RestVerdict {
  /**
   * `ok`: use the body. `limited`: stop every request of the venue for `waitMs`, then half rate for five minutes. `banned`: the same, no probing.
   * `refused`: give up on this host and say so. `invalid`: the request itself is wrong (unknown symbol); do not repeat. `failed`: retry with back-off.
   */
  readonly state: 'ok' | 'limited' | 'banned' | 'refused' | 'invalid' | 'failed';
  readonly waitMs: number;
  /** Weight used in the running window by the venue's own count, where it says so. */
  readonly used: number | null;
  /** Short, for people; empty when ok. */
  readonly reason: string;
}

/**
 * Why a book wants another beginning. `lost`: it was whole, or had a beginning, and lost its place. `waiting`: changes come and no beginning did.
 * `audit`: it is whole, and is to be compared or to know more.
 */
export type BookNeed = 'lost' | 'waiting' | 'audit';

/** How a book gets another beginning. */
export type Recovery =
  | { readonly kind: 'request'; readonly request: RestRequest }
  /** Its stream is given up and asked for anew: the venue begins it with a snapshot. */
  | { readonly kind: 'resubscribe'; readonly stream: string }
  /** Nothing helps but waiting: the venue sends whole books by itself. */
  | { readonly kind: 'wait' };

/** What a socket message is, before anyone decodes it. */
export type Framing =
  | { readonly kind: 'data'; readonly stream: string }
  /**
   * A request is granted. Without `streams` the request `id` as a whole. With `streams` and an `id` that is no `part`: those of the request, and whatever else it
   * asked for is refused (Deribit). With `streams` otherwise: those, of whichever request asked for them; its others are still to come.
   */
  | {
      readonly kind: 'ack';
      readonly id: number | null;
      readonly streams?: readonly string[];
      readonly isPart?: true;
    }
  /** A request is refused: `streams` where the venue names them, else all of the request `id`. */
  | {
      readonly kind: 'error';
      readonly id: number | null;
      readonly reason: string;
      readonly streams?: readonly string[];
    }
  /** A sign of life that says nothing else. */
  | { readonly kind: 'pong' }
  /** The venue asks something that is answered at once with `text`. */
  | { readonly kind: 'question'; readonly text: string }
  /** The venue announces that it will close: open the replacement at once. */
  | { readonly kind: 'closing' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * How all perps of a product are carried by one process for a scanner, besides the watched symbols. Books cost a stream and a snapshot each, so only
 * some have one; everything else comes in streams that speak of all.
 */
export interface UniverseProtocol<S> {
  /** Wire symbols of everything in it that trades, from the listings seen so far. */
  symbols(state: S): readonly string[];
  /** One request whose answer has the 24 h volume of all. */
  ranking(settings: FeedSettings): RestRequest;
  /** Connections with the streams of the watched symbols and those that speak of all, and with room for the streams of `books` books. */
  connections(
    settings: FeedSettings,
    watched: readonly string[],
    books: number,
  ): readonly ConnectionPlan[];
  bookStreams(settings: FeedSettings, symbol: string): readonly RoutedStream[];
  snapshot(settings: FeedSettings, symbol: string): RestRequest;
  openInterest(settings: FeedSettings, symbol: string): RestRequest;
  /** ms in which the open interest of `scanned` symbols can be asked for once, beside the watched ones. */
  openInterestEveryMs(settings: FeedSettings, scanned: number, watched: number): number;
  /** History up to `nowMs` (Unix ms) of these symbols, most valuable first. */
  backfill(
    settings: FeedSettings,
    symbols: readonly string[],
    nowMs: number,
  ): readonly RestRequest[];
}

/**
 * All knowledge of one product family's wire. Pure: the feed opens the sockets and sends the requests that this describes.
 *
 * `S` is the decoder's memory (known listings), plain data.
 */
export interface Protocol<S> {
  readonly feed: FeedId;
  readonly venue: Venue;
  readonly defaults: FeedSettings;

  /** Which streams carry liquidations and how completely (venues.md §1.4); null for a product that has none. */
  readonly liquidations: {
    readonly carries: (stream: string) => boolean;
    readonly completeness: 'sampled' | 'all';
    /** For people. */
    readonly note: string;
  } | null;

  /** Missing where a product has no perps, or nobody has taught us how to carry them all. */
  readonly universe?: UniverseProtocol<S>;

  /**
   * True where what is watched changes while it runs: contracts expire, others begin, and the money moves. The requests of `bootstrap` that are polled are
   * then read again, and streams, polls and history follow.
   */
  readonly isFollowed?: true;

  /** Requests that come before any subscription: listings, intervals. Answered in order. */
  bootstrap(settings: FeedSettings): readonly RestRequest[];
  /**
   * What comes behind an answer to one of these requests that says that there is more; undefined when it was the last page. Missing where answers
   * are whole.
   */
  nextPage?(settings: FeedSettings, asked: RestRequest, body: string): RestRequest | undefined;
  /** Clock probe; `serverTime` reads its answer (ms), undefined when unreadable. */
  clock(settings: FeedSettings): RestRequest;
  serverTime(body: string): number | undefined;
  /** Wire symbols of the instruments of these assets, from the listings seen so far; an asset without a listing is simply missing. */
  symbols(state: S, assets: readonly string[]): readonly string[];
  connections(settings: FeedSettings, symbols: readonly string[]): readonly ConnectionPlan[];
  subscribe(streams: readonly string[], id: number): string;
  unsubscribe(streams: readonly string[], id: number): string;
  /** Messages to be sent as soon as a socket is open, before any subscription; ids count from `firstId`. */
  opening?(firstId: number): readonly string[];
  /** What a heartbeat sends. */
  ping?(id: number): string;
  /** Cheap look at a message: which stream it belongs to. */
  frame(msg: Message): Framing;
  /**
   * How the book of a symbol gets another beginning.
   *
   * @param attempt  1 for the first try of this trouble, counted on while it lasts.
   */
  recover(settings: FeedSettings, symbol: string, need: BookNeed, attempt: number): Recovery;
  polls(settings: FeedSettings, symbols: readonly string[]): readonly PollPlan[];
  /** History up to `nowMs` (Unix ms), most valuable first. */
  backfill(
    settings: FeedSettings,
    symbols: readonly string[],
    nowMs: number,
  ): readonly RestRequest[];
  pools(settings: FeedSettings): readonly RestPool[];
  verdict(status: number, headers: Readonly<Record<string, string>>, body: string): RestVerdict;

  createState(): S;
  /** Takes note of what the feed reports about itself, where what is decoded depends on it: a beginning, a loss, the clock. */
  noteReport?(state: S, event: FeedReported): void;
  /**
   * One record → what it says, in the order it said it. Never throws on any input: what cannot be read becomes `rejected`
   * and nothing of it goes downstream. Deterministic: depends on `state` and `record` only.
   *
   * The list, book changes with their levels and `heard` are lent: they are good until the next record is decoded, by this protocol or another.
   * Whoever keeps them copies them. So the hot path makes no garbage.
   */
  decode(state: S, record: RawRecord): readonly EngineEvent[];
}

/** What it takes to read the records of a feed, whoever fetched them. */
export type Decoder<S> = Pick<
  Protocol<S>,
  'feed' | 'venue' | 'defaults' | 'liquidations' | 'createState' | 'noteReport' | 'decode'
>;
