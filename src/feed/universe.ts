import type { FeedReport } from '../model/record.ts';
import { type Micros, SECOND } from '../model/units.ts';
import type { FeedSettings, RestRequest, UniverseProtocol } from '../venues/protocol.ts';
import type { Clock } from './clock.ts';
import { nextBooks } from './ranking.ts';
import type { RestOutcome } from './rest.ts';
import type { Streams } from './streams.ts';
import { runBackfill, type Timers } from './upkeep.ts';

/** What a scanner wants to have carried. */
export interface UniverseOptions {
  /** Books of those that trade most, besides the watched ones. */
  readonly books: number;
  /** ms between looks at which they are. */
  readonly rerankMs: number;
}

/** What a universe needs of the feed that it belongs to. */
export interface UniverseFeed {
  readonly protocol: UniverseProtocol<unknown>;
  readonly settings: FeedSettings;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly streams: Pick<Streams, 'add' | 'remove'>;
  /** Symbols that have streams, polls and history of their own. */
  readonly watched: readonly string[];
  /** Symbols that are listed and trade. */
  symbols(): readonly string[];
  /** 24 h volumes by symbol, asked for and handed on; null when there was no answer. */
  volumes(request: RestRequest): Promise<ReadonlyMap<string, number> | null>;
  /** Asks, and hands the answer on. */
  fetch(request: RestRequest): Promise<RestOutcome>;
  requestSnapshot(symbol: string): void;
  report(report: FeedReport): void;
}

/** Books that wait for their first snapshot at the same time: what has to be kept for each of them meanwhile adds up. */
const BOOKS_AT_ONCE = 10;
const PACE_MS = 1000;
/** A book that has not asked for its snapshot by then is of a quiet symbol: it is fetched all the same. */
const QUIET_AFTER = 3 * SECOND;
const RANK_AGAIN_MS = 10_000;
/** Polls of open interest that wait for an answer at the same time; further ones are put off. */
const POLLS_AT_ONCE = 8;
/** Between the polls of the first round: few symbols need not wait for a whole round to be known. */
const FIRST_ROUND_MS = 250;

/**
 * All perps of one feed beyond the watched ones: which of them have a book (those that trade most), their open interest in turn, a little history of each.
 * Decides by itself and says what it decided: whoever replays its records needs no decisions.
 */
export class Universe {
  readonly #feed: UniverseFeed;
  readonly #options: UniverseOptions;
  readonly #watched: ReadonlySet<string>;
  #volumes: ReadonlyMap<string, number> = new Map();
  /** By rank. */
  #ranked: readonly string[] = [];
  /** By rank; those of them that are not subscribed yet wait in `#queue`. */
  #books: readonly string[] = [];
  #queue: string[] = [];
  /** Subscribed and without a snapshot yet. */
  readonly #pending = new Map<string, { readonly since: Micros; isAsked: boolean }>();
  /** Symbols that open interest is still to be asked of in this round. */
  #turn: string[] = [];
  #polling = 0;
  #isFirstRound = true;
  readonly #refused = new Set<string>();
  /** Kept when the first books have their snapshots. */
  readonly #settled = Promise.withResolvers<void>();

  constructor(feed: UniverseFeed, options: UniverseOptions) {
    this.#feed = feed;
    this.#options = options;
    this.#watched = new Set(feed.watched);
    this.#listed();
  }

  /** Symbols besides the watched ones, by rank. */
  get symbols(): readonly string[] {
    return this.#ranked;
  }

  /** Ranks, and goes on by itself. Resolves after the first ranking. */
  async start(): Promise<void> {
    await this.#rank();
    this.#pace();
    this.#poll();
  }

  /** Whether a symbol is one of these, and not watched. */
  has(symbol: string): boolean {
    return !this.#watched.has(symbol);
  }

  /** The listings have been asked for again. */
  relisted(): void {
    const before = new Set(this.#ranked);
    this.#listed();
    this.#refused.clear();
    this.#choose();
    void this.#backfill(this.#ranked.filter((symbol) => !before.has(symbol)));
  }

  /** A snapshot of this symbol has come, or never will. */
  answered(symbol: string): void {
    this.#pending.delete(symbol);
  }

  /** A little history of everything, in the order of the ranks, once the first books are there: it would take the weight that they need. */
  async backfill(): Promise<void> {
    await this.#settled.promise;
    await this.#backfill(this.#ranked);
  }

  #backfill(symbols: readonly string[]): Promise<void> {
    const { protocol, settings, clock, timers } = this.#feed;
    const nowMs = Math.floor(clock.now() / 1000);
    return runBackfill(
      clock,
      timers,
      protocol.backfill(settings, symbols, nowMs),
      (request) => this.#feed.fetch(request),
      (report) => this.#feed.report(report),
    );
  }

  #listed(): void {
    const volume = (symbol: string) => this.#volumes.get(symbol) ?? -1;
    this.#ranked = this.#feed
      .symbols()
      .filter((symbol) => !this.#watched.has(symbol))
      .sort((a, b) => volume(b) - volume(a));
  }

  async #rank(): Promise<void> {
    const { protocol, settings, timers } = this.#feed;
    const volumes = await this.#feed.volumes(protocol.ranking(settings));
    if (timers.isClosed) return;
    if (volumes !== null) {
      this.#volumes = volumes;
      this.#listed();
      this.#choose();
    }
    const again = volumes === null ? RANK_AGAIN_MS : this.#options.rerankMs;
    timers.after(again, () => void this.#rank());
  }

  /** Gives up the books that have fallen too low and puts new ones in the queue, and says so before either shows. */
  #choose(): void {
    if (this.#volumes.size === 0) return;
    const { protocol, settings, streams, report } = this.#feed;
    const before = new Set(this.#books);
    const next = nextBooks(this.#ranked, before, this.#options.books);
    if (next.length === before.size && next.every((symbol) => before.has(symbol))) return;
    const kept = new Set(next);
    const left = this.#books.filter((symbol) => !kept.has(symbol));
    const waiting = new Set(this.#queue);
    this.#books = next;
    this.#queue = next.filter((symbol) => !before.has(symbol) || waiting.has(symbol));
    report({ kind: 'books', symbols: next });
    const gone = left.filter((symbol) => !waiting.has(symbol));
    for (const symbol of gone) this.#pending.delete(symbol);
    const named = gone.flatMap((symbol) => protocol.bookStreams(settings, symbol));
    if (named.length > 0) streams.remove(named.map(({ plan }) => plan.stream));
  }

  /** Subscribes the next books, the best first, as fast as snapshots of the ones before come. */
  #pace(): void {
    const { protocol, settings, clock, timers, streams } = this.#feed;
    const now = clock.now();
    for (const [symbol, pending] of this.#pending) {
      if (pending.isAsked || now - pending.since < QUIET_AFTER) continue;
      pending.isAsked = true;
      this.#feed.requestSnapshot(symbol);
    }
    const room = Math.max(0, BOOKS_AT_ONCE - this.#pending.size);
    const batch = this.#queue.splice(0, room);
    for (const symbol of batch) this.#pending.set(symbol, { since: now, isAsked: false });
    const added = batch.flatMap((symbol) => protocol.bookStreams(settings, symbol));
    if (added.length > 0) streams.add(added);
    if (this.#pending.size === 0) this.#settled.resolve();
    timers.after(PACE_MS, () => this.#pace());
  }

  /** Asks one symbol after the other for its open interest, spread evenly over a round. */
  #poll(): void {
    const { protocol, settings, timers, watched } = this.#feed;
    if (this.#turn.length === 0) this.#turn = [...this.#ranked];
    const count = Math.max(1, this.#ranked.length);
    const pause = protocol.openInterestEveryMs(settings, count, watched.length) / count;
    const short = this.#isFirstRound ? Math.min(pause, FIRST_ROUND_MS) : pause;
    if (this.#polling >= POLLS_AT_ONCE) {
      timers.after(short, () => this.#poll());
      return;
    }
    const symbol = this.#turn.shift();
    const isOver = this.#turn.length === 0;
    // The second round comes a whole round after the first: what a row is held to is learnt from its first gap.
    timers.after(isOver ? pause + count * (pause - short) : short, () => this.#poll());
    this.#isFirstRound &&= !isOver;
    if (symbol === undefined || this.#refused.has(symbol)) return;
    this.#polling += 1;
    void this.#feed.fetch(protocol.openInterest(settings, symbol)).then(({ state }) => {
      this.#polling -= 1;
      if (state === 'invalid') this.#refused.add(symbol);
    });
  }
}
