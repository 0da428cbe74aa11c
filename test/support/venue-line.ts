import { setImmediate } from 'node:timers/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { Pipeline } from '../../src/app/pipeline.ts';
import {
  createEngine,
  type EngineOptions,
  type EngineState,
} from '../../src/engine/engine-state.ts';
import { frameOf } from '../../src/engine/frame-of.ts';
import { step } from '../../src/engine/step.ts';
import { createDecoderState, decodeRecord } from '../../src/feed/decode.ts';
import { type LiveFeeds, startFeeds } from '../../src/feed/live.ts';
import type {
  EventLine,
  FeedTrust,
  Frame,
  OutputLine,
  QualityNote,
} from '../../src/frame/frame.ts';
import { lineSchema } from '../../src/frame/schema.ts';
import type { Book } from '../../src/market/book.ts';
import { levelCount, type Side, topLevels } from '../../src/market/ladder.ts';
import { toSteps } from '../../src/model/grid.ts';
import type { InstrumentId } from '../../src/model/instrument.ts';
import { type FeedReport, type RawRecord, textOf } from '../../src/model/record.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import type { FaultSpec } from '../../src/sim/faults.ts';
import { type RunningStage, startStage } from '../../src/sim/stage.ts';
import type { TrueBook, VenuePart, VenueSim } from '../../src/sim/venue-sim.ts';
import type { DecoderMemory } from '../../src/venues/draft.ts';
import { feedsOfVenue, protocolOf } from '../../src/venues/index.ts';
import { inUnits, type Listed, pricePerCoin } from '../../src/venues/listed.ts';
import { ManualClock } from '../feed/support/manual-clock.ts';

const START_MS = 1_790_000_000_000;
/** Both clocks move on by this much at a time. */
const STEP_MS = 100;
/** Turns of the event loop without a new record after which everything under way on the loopback has arrived. */
const QUIET_TURNS = 12;
/** An opening that lasts longer than this was not whole and live. */
const START_SECONDS = 40;
/** Levels per side below which comparing books would prove little. */
const LEVELS_AT_LEAST = 50;

export interface VenueLineOptions<Kind extends string> {
  readonly part: VenuePart<Kind>;
  readonly venue: string;
  /** Of the market, of every jitter. */
  readonly seed: number;
  readonly assets?: readonly string[];
  readonly scenario?: string;
  /** Numbers of the venue's feeds that replace their own. */
  readonly numbers?: Readonly<Record<string, number>>;
  /** On before the first request. */
  readonly faults?: readonly FaultSpec<Kind>[];
}

const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(lineSchema);

/**
 * One simulated venue behind real sockets, its feeds, decoder and engine, and what comes out of them. Time stands still unless it is moved, for the venue and
 * for us alike, so hours cost seconds and a busy machine changes nothing.
 */
export class VenueLine<Kind extends string> {
  readonly sim: VenueSim<Kind>;
  readonly clock = new ManualClock(START_MS * 1000);
  readonly events: EventLine[] = [];
  readonly records: RawRecord[] = [];
  readonly #unsound: string[] = [];
  readonly #stage: RunningStage;
  readonly #options: EngineOptions;
  readonly #pipeline: Pipeline;
  readonly #feeds: LiveFeeds;
  readonly #replay: Replay;

  private constructor(stage: RunningStage, options: VenueLineOptions<Kind>) {
    const { venue, seed, assets = ['BTC'], numbers } = options;
    this.#stage = stage;
    this.sim = stage.venue(venue) as VenueSim<Kind>;
    for (const fault of options.faults ?? []) this.sim.faults.inject(fault);
    this.#options = { settings: DEFAULT_SETTINGS, assets, source: 'demo', origin: 'demo' };
    this.#pipeline = new Pipeline({
      engine: this.#options,
      scanEverySeconds: Number.POSITIVE_INFINITY,
      everySeconds: 1,
      onLine: (line) => this.#take(line),
      onSnapshotWanted: (instrument, need) => this.#feeds.recoverBook(instrument, need),
    });
    this.#replay = new Replay(this.#options);
    this.#feeds = startFeeds({
      feeds: feedsOfVenue(venue).map((feed) => {
        const protocol = protocolOf(feed)!;
        const { defaults } = protocol;
        return {
          protocol,
          settings: {
            hosts: { ...defaults.hosts, ...this.sim.endpoints[feed] },
            channels: defaults.channels,
            numbers: {
              ...defaults.numbers,
              backfillDays: 1,
              windowDays: 1,
              minuteBars: 60,
              ...numbers,
            },
          },
        };
      }),
      assets,
      clock: this.clock,
      seed,
      sinks: [(record) => this.records.push(record), this.#pipeline.push],
    });
  }

  static async start<Kind extends string>(
    options: VenueLineOptions<Kind>,
  ): Promise<VenueLine<Kind>> {
    const { part, seed, scenario = 'calm', assets = ['BTC'] } = options;
    const stage = await startStage({ seed, scenario, assets, clock: () => START_MS }, [part]);
    return new VenueLine(stage, options);
  }

  async close(): Promise<void> {
    await this.#feeds.close();
    await this.#stage.close();
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (this.clock.now() / 1000 - START_MS) / 1000;
  }

  frame(asset = this.#options.assets[0] ?? 'BTC'): Frame {
    return this.#pipeline.frame(asset);
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
        const events = this.events.slice(-5).map(({ text }) => text);
        const notes = JSON.stringify(this.frame().quality, null, 1);
        throw new Error(`never came: ${what}\n${events.join('\n')}\n${notes}`);
      }
      await this.#step();
    }
  }

  /** Until every book is whole and nothing is stale, late or held back. */
  async live(seconds = START_SECONDS): Promise<void> {
    await this.until('whole and live', () => this.troubles().length === 0, seconds);
  }

  /** Quality notes without those of young or uneventful history, and mere counts. */
  troubles(): readonly QualityNote[] {
    return this.frame().quality.filter(
      ({ state, reason }) => state !== 'warming' && state !== 'info' && reason !== 'no variance',
    );
  }

  /** Reasons in the quality list under this subject. */
  notes(subject: string): readonly string[] {
    return this.frame()
      .quality.filter((note) => note.subject === subject)
      .map(({ reason }) => reason);
  }

  feed(feed: string): FeedTrust {
    return this.frame().trust.feeds.find((trust) => trust.feed === feed)!;
  }

  book(instrument: InstrumentId): Frame['trust']['books'][number] {
    return this.frame().trust.books.find((book) => book.instrument === instrument)!;
  }

  /** What a feed reported about itself. */
  reports<K extends FeedReport['kind']>(feed: string, kind: K): Extract<FeedReport, { kind: K }>[] {
    return this.records
      .filter((record) => record.chan === 'feed' && record.feed === feed)
      .map(({ msg }) => JSON.parse(textOf(msg)) as FeedReport)
      .filter((report): report is Extract<FeedReport, { kind: K }> => report.kind === kind);
  }

  /** Records of a channel: messages of a stream, answers to a request. */
  from(chan: string): readonly RawRecord[] {
    return this.records.filter((record) => record.chan.startsWith(chan));
  }

  /**
   * Proves that every book is the venue's own, level by level at the same update id, that the venue's best bid and ask and its snapshots never disagreed,
   * that a replay of the records shows the same frame, and that every line so far was sound.
   */
  async prove(): Promise<void> {
    const books = () => this.frame().trust.books;
    await this.until('every book compared', () =>
      books().every(({ quoteChecks }) => quoteChecks > 0),
    );
    this.#replay.catchUp(this.records);
    expect(this.#replay.frame()).toEqual(this.frame());
    for (const { book, listed } of this.#replay.books()) {
      const { feed, symbol, id } = book.instrument;
      const truth = this.sim.book(feed, symbol, book.lastId);
      const own = (side: Side) => levelsOf(book, side);
      const its = (side: Side) => levelsIn(truth, side, listed, book);
      expect([id, own('bid')]).toEqual([id, its('bid')]);
      expect([id, own('ask')]).toEqual([id, its('ask')]);
      expect(own('bid').length).toBeGreaterThan(LEVELS_AT_LEAST);
      expect(own('ask').length).toBeGreaterThan(LEVELS_AT_LEAST);
    }
    for (const { instrument, quoteMismatches, snapshotMismatches } of books())
      expect([instrument, quoteMismatches, snapshotMismatches]).toEqual([instrument, 0, 0]);
    expect(this.#unsound).toEqual([]);
    const times = this.records.map(({ t }) => t);
    expect(times.findIndex((t, i) => i > 0 && t <= times[i - 1]!)).toBe(-1);
  }

  #take(line: OutputLine): void {
    this.#check(line);
    if (line.type === 'event') this.events.push(line);
  }

  #check(line: OutputLine): void {
    if (!validate(line)) this.#unsound.push(JSON.stringify(validate.errors));
    if (line.type !== 'frame') return;
    for (const [instrument, { status, mid, bids }] of Object.entries(line.book.byInstrument))
      if ((status === 'whole') !== (mid.state !== 'absent' && bids.length > 0))
        this.#unsound.push(`${instrument} is ${status} with ${bids.length} bids`);
  }

  async #step(): Promise<void> {
    this.clock.advance(STEP_MS);
    await this.#stage.pump(STEP_MS);
    let seen = -1;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      if (seen !== this.records.length) quiet = 0;
      seen = this.records.length;
      await setImmediate();
    }
  }
}

/** Ticks and lots of a side, as far as the book is known. */
function levelsOf(book: Book, side: Side): [ticks: number, lots: number][] {
  const { ladder } = book;
  const flat: number[] = [];
  topLevels(ladder, side, levelCount(ladder, side), flat);
  return Array.from({ length: flat.length / 2 }, (_, i): [number, number] => [
    flat[2 * i]!,
    flat[2 * i + 1]!,
  ]).filter(([ticks]) => isKnown(book, side, ticks));
}

/** A window is known as it is; of any other book what its snapshot covered. */
const isKnown = (book: Book, side: Side, ticks: number): boolean =>
  book.instrument.bookLevels !== null ||
  (side === 'bid' ? ticks >= book.knownBidTicks : ticks <= book.knownAskTicks);

/** The venue's own levels in the steps of our book. */
const levelsIn = (
  truth: TrueBook,
  side: Side,
  listed: Listed,
  book: Book,
): [ticks: number, lots: number][] =>
  (side === 'bid' ? truth.bids : truth.asks)
    .map(([price, size]): [number, number] => [
      toSteps(pricePerCoin(Number(price), listed), book.instrument.priceGrid),
      toSteps(inUnits(Number(size), listed), book.instrument.sizeGrid),
    ])
    .filter(([ticks]) => isKnown(book, side, ticks));

/** A second engine that is fed what was recorded: the same state as the live one, and open to be looked into. */
class Replay {
  readonly #decoder = createDecoderState();
  readonly #engine: EngineState;
  readonly #asset: string;
  #read = 0;

  constructor(options: EngineOptions) {
    this.#engine = createEngine(options);
    this.#asset = options.assets[0] ?? 'BTC';
  }

  catchUp(records: readonly RawRecord[]): void {
    for (; this.#read < records.length; this.#read += 1)
      for (const event of decodeRecord(this.#decoder, protocolOf, records[this.#read]!))
        step(this.#engine, event);
  }

  frame(): Frame {
    return frameOf(this.#engine, this.#asset, this.#engine.now);
  }

  /** Every book that is carried, with its listing. */
  books(): { readonly book: Book; readonly listed: Listed }[] {
    return [...this.#engine.market.instruments.values()]
      .filter(({ book }) => book.counts.messages > 0)
      .map(({ book, instrument }) => {
        const memory = this.#decoder.memories.get(instrument.feed) as DecoderMemory;
        return { book, listed: memory.listings.get(instrument.symbol)! };
      });
  }
}
