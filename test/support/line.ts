import { setImmediate } from 'node:timers/promises';
import { expect } from 'vitest';
import { Pipeline } from '../../src/app/pipeline.ts';
import { createEngine, type EngineOptions } from '../../src/engine/engine-state.ts';
import { frameOf } from '../../src/engine/frame-of.ts';
import { step } from '../../src/engine/step.ts';
import { createDecoderState, decodeRecord } from '../../src/feed/decode.ts';
import { type LiveFeeds, startFeeds } from '../../src/feed/live.ts';
import type {
  BookEntry,
  BookTrust,
  EventLine,
  FeedTrust,
  Frame,
  OutputLine,
  QualityNote,
  Source,
} from '../../src/frame/frame.ts';
import { faultOf } from '../../src/frame/validate.ts';
import type { Book } from '../../src/market/book.ts';
import { levelCount, type Side, topLevels, worstTicks } from '../../src/market/ladder.ts';
import { isOnGrid, toSteps } from '../../src/model/grid.ts';
import type { Asset, FeedId, Instrument, InstrumentId } from '../../src/model/instrument.ts';
import { type FeedReport, type RawRecord, textOf } from '../../src/model/record.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { listed } from '../../src/sim/listed.ts';
import type { Market } from '../../src/sim/market-state.ts';
import type { Endpoints, TrueBook } from '../../src/sim/venue-sim.ts';
import { protocolOf } from '../../src/venues/index.ts';
import { ManualClock } from '../feed/support/manual-clock.ts';

/** When every story begins, Unix ms. */
export const START_MS = 1_790_000_000_000;
/** Both clocks move on by this much at a time: the pace of the fastest book stream. */
const STEP_MS = 100;
/** Steps between two looks at whether all is well. */
const LOOK_EVERY = 5;
/** Turns of the event loop without a new record after which everything under way on the loopback has arrived. */
const QUIET_TURNS = 12;
/** An opening of the story that lasts longer than this was not whole and live. */
const START_SECONDS = 30;
/** Levels per side below which comparing books would prove little; where a venue shows fewer, half of those. */
const LEVELS_AT_LEAST = 100;

/** The exchanges that a line listens to, behind real sockets and on one clock. */
interface Ground {
  readonly market: Market;
  readonly endpoints: Endpoints;
  readonly pump: (ms: number) => Promise<void>;
  readonly close: () => Promise<void>;
  /** What a book was right after an update id, as its venue spells it. */
  readonly book: (of: Instrument, updateId: number) => TrueBook;
}

interface StartOptions {
  /** Of every jitter. */
  readonly seed: number;
  readonly feeds: readonly FeedId[];
  readonly assets?: readonly Asset[];
  /** When it begins, Unix ms; `START_MS` unless said otherwise. */
  readonly startMs?: number;
  readonly source?: Source;
  /** Numbers of all feeds that replace their own. */
  readonly numbers?: Readonly<Record<string, number>>;
  /** Reasons of notes that are no trouble: what these venues do not have. */
  readonly lacks?: RegExp;
  /** Channels of all feeds that replace their own. */
  readonly channels?: Readonly<Record<string, string>>;
  /** Of a feed whose books carry no number: they are compared when all of a book is of one moment, and by that. */
  readonly momentOf?: Moment;
}

/** When a book that is put together of several streams is of one moment: with a message of `whole`, and before another of `parts` comes. */
export interface Moment {
  readonly feed: FeedId;
  /** Levels per side that are known then. */
  readonly levels: number;
  readonly whole: string;
  readonly parts: RegExp;
}

/** An event, and what a screen that looks at that very moment would see. */
export interface Happening {
  readonly event: EventLine;
  /** What was to be seen then; kept beside everything but liquidations. */
  readonly frame: Frame;
}

/** Path of the first value that is no JSON: NaN, an infinity, undefined; null when all is well. */
function unspeakable(value: unknown, path = ''): string | null {
  if (value === undefined || (typeof value === 'number' && !Number.isFinite(value)))
    return `${path}: ${value}`;
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    const found = unspeakable(inner, `${path}/${key}`);
    if (found !== null) return found;
  }
  return null;
}

/**
 * The whole line: simulated exchanges behind real sockets, the feeds, decoder and engine, and what comes out of them. Time stands still unless it is
 * moved, for the venues and for us alike, so hours cost seconds and a busy machine changes nothing.
 */
export class Line {
  readonly clock: ManualClock;
  readonly happened: Happening[] = [];
  readonly records: RawRecord[] = [];
  /** Every note that a frame showed, as `subject: reason`, with its state. Whoever looks for what is new empties it first. */
  readonly noted = new Map<string, QualityNote['state']>();
  readonly assets: readonly Asset[];
  /** What was wrong with a line: no JSON, not as published, levels of a book that is not whole, time running backwards. */
  readonly #unsound: string[] = [];
  readonly #startMs: number;
  readonly #ground: Ground;
  readonly #lacks: RegExp | undefined;
  readonly #momentOf: Moment | undefined;
  readonly #options: EngineOptions;
  readonly #pipeline: Pipeline;
  readonly #feeds: LiveFeeds;
  readonly #replay: Replay;
  #tsLocal = 0;

  constructor(ground: Ground, options: StartOptions) {
    const source = options.source ?? 'demo';
    this.assets = options.assets ?? ['BTC'];
    this.#startMs = options.startMs ?? START_MS;
    this.clock = new ManualClock(this.#startMs * 1000);
    this.#ground = ground;
    this.#lacks = options.lacks;
    this.#momentOf = options.momentOf;
    this.#options = {
      settings: DEFAULT_SETTINGS,
      assets: this.assets,
      source,
      origin: source,
    };
    this.#pipeline = new Pipeline({
      engine: this.#options,
      scanEverySeconds: Number.POSITIVE_INFINITY,
      everySeconds: 1,
      onLine: (line) => this.#take(line),
      onSnapshotWanted: (instrument, need) => this.#feeds.recoverBook(instrument, need),
    });
    this.#replay = new Replay(this.#options);
    this.#feeds = startFeeds({
      feeds: options.feeds.map((feed) => {
        const protocol = protocolOf(feed)!;
        const { channels, numbers } = protocol.defaults;
        const hosts = ground.endpoints[feed];
        // The protocol's own hosts are the real ones.
        if (hosts === undefined) throw new RangeError(`Nobody simulates ${feed}`);
        return {
          protocol,
          settings: {
            hosts,
            channels: { ...channels, ...options.channels },
            numbers: {
              ...numbers,
              backfillDays: 1,
              windowDays: 1,
              minuteBars: 60,
              ...options.numbers,
            },
          },
        };
      }),
      assets: this.assets,
      clock: this.clock,
      seed: options.seed,
      sinks: [(record) => this.records.push(record), this.#pipeline.push],
    });
  }

  async close(): Promise<void> {
    await this.#feeds.close();
    await this.#ground.close();
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (this.clock.now() / 1000 - this.#startMs) / 1000;
  }

  /** What a screen would show now, of the first asset. */
  get frame(): Frame {
    return this.frameOf(this.assets[0]!);
  }

  frameOf(asset: Asset): Frame {
    const frame = this.#pipeline.frame(asset);
    this.#check(frame);
    return frame;
  }

  /** Lets so many seconds pass. */
  async pass(seconds: number): Promise<void> {
    const end = this.seconds + seconds - STEP_MS / 2000;
    while (this.seconds < end) await this.#step();
  }

  /** Lets time pass until something holds, and fails when it does not within so many seconds of it. */
  async until(what: string, holds: () => boolean, seconds = 60): Promise<void> {
    const end = this.seconds + seconds;
    while (!holds()) {
      if (this.seconds > end) {
        const events = this.happened.slice(-5).map(({ event }) => event.text);
        const notes = JSON.stringify(this.frame.quality, null, 1);
        throw new Error(`never came: ${what}\n${events.join('\n')}\n${notes}`);
      }
      await this.#step();
    }
  }

  /** Until every book is whole and nothing is stale, late or held back. */
  async live(seconds = START_SECONDS): Promise<void> {
    // A frame of all assets is dear, and half a second is soon enough.
    let looks = 0;
    await this.until(
      'whole and live',
      () => {
        looks += 1;
        return looks % LOOK_EVERY === 1 && this.troubles().length === 0;
      },
      seconds,
    );
  }

  /** Quality notes that are more than a matter of course. */
  troubles(): readonly QualityNote[] {
    return this.assets
      .flatMap((asset) => this.frameOf(asset).quality)
      .filter(({ state, reason }) => this.isTrouble(state, reason));
  }

  /** Whether a note tells of more than a young or uneventful history, a mere count, or what there cannot be. */
  isTrouble(state: QualityNote['state'], note: string): boolean {
    const isHarmless = state === 'warming' || state === 'info' || note.endsWith('no variance');
    return !isHarmless && this.#lacks?.test(note) !== true;
  }

  /** Reasons in the quality list under this subject. */
  notes(subject: string): readonly string[] {
    return this.frame.quality
      .filter((note) => note.subject === subject)
      .map(({ reason }) => reason);
  }

  trustIn(feed: FeedId): FeedTrust {
    return this.frame.trust.feeds.find((each) => each.feed === feed)!;
  }

  bookOf(instrument: InstrumentId): BookEntry {
    return this.frame.book.byInstrument[instrument]!;
  }

  /** Every book that the frames tell of. */
  get books(): readonly BookTrust[] {
    return this.assets.flatMap((asset) => this.frameOf(asset).trust.books);
  }

  /** Listings that have been heard of, by their id. */
  get instruments(): ReadonlyMap<InstrumentId, Instrument> {
    return this.#replay.catchUp(this.records).instruments;
  }

  /** Events of a kind, about one of these subjects where any is named. */
  eventsOf(kind: EventLine['kind'], ...about: readonly string[]): readonly Happening[] {
    return this.happened.filter(
      ({ event }) => event.kind === kind && (about.length === 0 || about.includes(event.subject)),
    );
  }

  /** What a feed reported about itself. */
  reportsOf<K extends FeedReport['kind']>(
    feed: FeedId,
    kind: K,
  ): Extract<FeedReport, { kind: K }>[] {
    return this.records
      .filter((record) => record.chan === 'feed' && record.feed === feed)
      .map(({ msg }) => JSON.parse(textOf(msg)) as FeedReport)
      .filter((report): report is Extract<FeedReport, { kind: K }> => report.kind === kind);
  }

  /** Waits until books are of one moment where they carry no number. */
  async settled(): Promise<void> {
    const moment = this.#momentOf;
    if (moment === undefined) return;
    const newest = (chan: RegExp | string) =>
      this.records.findLast(
        (record) =>
          record.feed === moment.feed &&
          (typeof chan === 'string' ? record.chan === chan : chan.test(record.chan)),
      )?.t ?? 0;
    // What came in the same step was said in the same moment.
    const stepUs = STEP_MS * 1000;
    await this.until('a moment', () => newest(moment.parts) - newest(moment.whole) < stepUs / 2);
  }

  /**
   * Proves that every whole book is the venue's own, level by level at the same update id as far as it is known, that nothing it was compared with ever
   * disagreed, that a replay of the records shows the same frame, and that every line so far was sound.
   *
   * @param mayDiffer  the venue itself said of a book what was not so, and it was noticed.
   * @returns how many books that were.
   */
  proven(mayDiffer = false): number {
    const replay = this.#replay.catchUp(this.records);
    for (const asset of this.assets) expect(replay.frame(asset)).toEqual(this.frameOf(asset));
    const { books } = this;
    const compared = books.filter(({ status }) => status === 'whole');
    for (const book of compared) {
      const { instrument, quoteMismatches, snapshotMismatches, checksumMismatches } = book;
      if (!mayDiffer)
        expect([instrument, quoteMismatches, snapshotMismatches, checksumMismatches]).toEqual([
          instrument,
          0,
          0,
          0,
        ]);
      this.#compare(replay, instrument);
    }
    this.sound();
    return compared.length;
  }

  #compare(replay: Replay, id: InstrumentId): void {
    const instrument = this.instruments.get(id)!;
    const { lastId, crossId, own, known } = replay.book(id);
    const moment = this.#momentOf?.feed === instrument.feed ? this.#momentOf : undefined;
    const truth = this.#ground.book(instrument, moment === undefined ? lastId : crossId!);
    const unit = this.#unitOf(instrument);
    const { priceGrid, sizeGrid, bookLevels } = instrument;
    const steps = ([price, size]: readonly [string, string]) => {
      const worth = Number(size) * unit;
      if (!isOnGrid(Number(price), priceGrid) || !isOnGrid(worth, sizeGrid))
        throw new Error(`${id}: ${size} at ${price} is between the steps`);
      return [toSteps(Number(price), priceGrid), toSteps(worth, sizeGrid)];
    };
    const bids = truth.bids.map(steps).filter(([ticks]) => ticks! >= known.bid);
    const asks = truth.asks.map(steps).filter(([ticks]) => ticks! <= known.ask);
    expect([id, lastId, own]).toEqual([id, lastId, { bids, asks }]);
    const most = bookLevels === null ? LEVELS_AT_LEAST : bookLevels / 2;
    const least = Math.min(LEVELS_AT_LEAST, moment?.levels ?? most);
    expect(bids.length).toBeGreaterThanOrEqual(least);
    expect(asks.length).toBeGreaterThanOrEqual(least);
  }

  /** Coins or dollars that a size of one is on the venue's wire. */
  #unitOf({ kind, venue, symbol }: Instrument): number {
    if (kind === 'spot') return 1;
    const { market } = this.#ground;
    const boards = new Set([...market.assets, ...market.followers].map(({ spec }) => spec.board));
    const own = [...boards].filter((board) => board === venue || board.startsWith(`${venue}-`));
    const found = own
      .flatMap((board) => listed(market, board))
      .find(({ listing }) => listing.kind !== 'spot' && listing.spec.symbol === symbol);
    return found!.listing.spec.contract.size;
  }

  /** Proves that every line so far was sound. */
  sound(): void {
    expect(this.#unsound).toEqual([]);
    const times = this.records.map(({ t }) => t);
    expect(times.findIndex((t, i) => i > 0 && t <= times[i - 1]!)).toBe(-1);
  }

  #take(line: OutputLine): void {
    this.#check(line);
    if (line.tsLocal < this.#tsLocal) this.#unsound.push(`${line.type} goes back in time`);
    this.#tsLocal = line.tsLocal;
    if (line.type === 'frame') this.#note(line);
    if (line.type !== 'event') return;
    // They come by the hundred, and a frame beside each would be most of what a long story remembers.
    if (line.kind === 'liquidation') {
      this.happened.push({
        event: line,
        get frame(): Frame {
          throw new RangeError('No frame is kept beside a liquidation');
        },
      });
      return;
    }
    const frame = this.#pipeline.frame(line.asset ?? this.assets[0]!);
    this.#note(frame);
    this.happened.push({ event: line, frame });
  }

  #note(frame: Frame): void {
    for (const { subject, state, reason } of frame.quality)
      this.noted.set(`${subject}: ${reason}`, state);
  }

  #check(line: OutputLine): void {
    const { source, origin } = this.#options;
    const found = unspeakable(line);
    if (found !== null) this.#unsound.push(found);
    if (line.type === 'frame')
      for (const [instrument, { status, mid, bids }] of Object.entries(line.book.byInstrument))
        if ((status === 'whole') !== (mid.state !== 'absent' && bids.length > 0))
          this.#unsound.push(`${instrument} is ${status} with ${bids.length} bids`);
    const fault = faultOf(line);
    if (fault !== undefined) this.#unsound.push(fault);
    if (line.source !== source || line.origin !== origin) this.#unsound.push('its source is gone');
  }

  async #step(): Promise<void> {
    this.clock.advance(STEP_MS);
    await this.#ground.pump(STEP_MS);
    let seen = -1;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      if (seen !== this.records.length) quiet = 0;
      seen = this.records.length;
      await setImmediate();
    }
  }
}

/** Tick up to which every level of a side is known: what a snapshot covered, or, where the venue shows a window, to its worst level wherever it has moved. */
function knownTo({ instrument, ladder, windowLevels, ...book }: Book, side: Side): number {
  const { bookLevels } = instrument;
  if (bookLevels === null) return side === 'bid' ? book.knownBidTicks : book.knownAskTicks;
  if (windowLevels[side] >= bookLevels) return worstTicks(ladder, side);
  return side === 'bid' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** A second engine that is fed what was recorded: the same state as the live one, and open to be looked into. */
class Replay {
  readonly instruments = new Map<InstrumentId, Instrument>();
  readonly #decoder = createDecoderState();
  readonly #engine;
  #read = 0;

  constructor(options: EngineOptions) {
    this.#engine = createEngine(options);
  }

  catchUp(records: readonly RawRecord[]): this {
    for (; this.#read < records.length; this.#read += 1)
      for (const event of decodeRecord(this.#decoder, protocolOf, records[this.#read]!)) {
        step(this.#engine, event);
        if (event.kind === 'listing') this.instruments.set(event.instrument.id, event.instrument);
      }
    return this;
  }

  frame(asset: Asset): Frame {
    return frameOf(this.#engine, asset, this.#engine.now);
  }

  /** Levels within the range that is known, in ticks and lots. */
  book(id: InstrumentId) {
    const { book } = this.#engine.market.instruments.get(id)!;
    const { ladder, lastId, crossId } = book;
    const known = { bid: knownTo(book, 'bid'), ask: knownTo(book, 'ask') };
    const levels = (side: Side) => {
      const flat: number[] = [];
      topLevels(ladder, side, levelCount(ladder, side), flat);
      const all: [ticks: number, lots: number][] = [];
      for (let i = 0; i < flat.length; i += 2)
        if (side === 'bid' ? flat[i]! >= known.bid : flat[i]! <= known.ask)
          all.push([flat[i]!, flat[i + 1]!]);
      return all;
    };
    return {
      lastId,
      crossId,
      own: { bids: levels('bid'), asks: levels('ask') },
      known,
    };
  }
}
