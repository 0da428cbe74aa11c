import { setImmediate } from 'node:timers/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { Pipeline } from '../../src/app/pipeline.ts';
import { createEngine, type EngineOptions } from '../../src/engine/engine-state.ts';
import { frameOf } from '../../src/engine/frame-of.ts';
import { step } from '../../src/engine/step.ts';
import { createDecoderState, decodeRecord } from '../../src/feed/decode.ts';
import { type LiveFeeds, startFeeds } from '../../src/feed/live.ts';
import type {
  BookEntry,
  EventLine,
  FeedTrust,
  Frame,
  OutputLine,
  QualityNote,
  Source,
} from '../../src/frame/frame.ts';
import { lineSchema } from '../../src/frame/schema.ts';
import { levelCount, topLevels } from '../../src/market/ladder.ts';
import { fromSteps } from '../../src/model/grid.ts';
import type { InstrumentId } from '../../src/model/instrument.ts';
import type { FeedReport, RawRecord } from '../../src/model/record.ts';
import { textOf } from '../../src/model/record.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import type { FaultSpec } from '../../src/sim/binance/faults.ts';
import {
  type BinanceSim,
  type BinanceSimOptions,
  startBinanceSim,
} from '../../src/sim/binance/simulator.ts';
import { binanceSpot } from '../../src/venues/binance/spot.ts';
import { binanceUsdm } from '../../src/venues/binance/usdm.ts';
import { protocolOf } from '../../src/venues/index.ts';
import type { Protocol } from '../../src/venues/protocol.ts';
import { ManualClock } from '../feed/support/manual-clock.ts';

const START_MS = 1_790_000_000_000;
/** Both clocks move on by this much at a time: the pace of the fastest book stream. */
const STEP_MS = 100;
/** Turns of the event loop without a new record after which everything under way on the loopback has arrived. */
const QUIET_TURNS = 12;
/** An opening of the story that lasts longer than this was not whole and live. */
const START_SECONDS = 30;
/** Levels per side below which comparing books would prove little. */
const LEVELS_AT_LEAST = 100;

export type Kind = 'perp' | 'spot';
export const INSTRUMENT: Readonly<Record<Kind, InstrumentId>> = {
  perp: 'binance:BTC/USDT:USDT',
  spot: 'binance:BTC/USDT',
};
const FEED: Readonly<Record<Kind, string>> = { perp: 'binance-usdm', spot: 'binance-spot' };
const KINDS: readonly Kind[] = ['perp', 'spot'];

export interface LineOptions {
  /** Of the market, of every jitter. */
  readonly seed: number;
  readonly source?: Source;
  /** Numbers of both feeds that replace their own. */
  readonly numbers?: Readonly<Record<string, number>>;
  readonly sim?: Partial<Pick<BinanceSimOptions, 'scenario' | 'futuresRules' | 'spotRules'>>;
  /** On before the first request. */
  readonly faults?: readonly FaultSpec[];
}

/** An event, and what a screen that looks at that very moment would see. */
interface Happening {
  readonly event: EventLine;
  readonly frame: Frame;
}

const validate = new Ajv2020({ strict: true, strictTypes: false }).compile(lineSchema);

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
 * The whole line: a simulated Binance behind real sockets, the feeds, decoder and engine, and what comes out of them. Time stands still unless it is
 * moved, for the venue and for us alike, so hours cost seconds and a busy machine changes nothing.
 */
export class WholeLine {
  readonly sim: BinanceSim;
  readonly clock = new ManualClock(START_MS * 1000);
  readonly happened: Happening[] = [];
  /** What was wrong with a line: no JSON, not as published, levels of a book that is not whole, time running backwards. */
  readonly #unsound: string[] = [];
  readonly records: RawRecord[] = [];
  readonly #options: EngineOptions;
  readonly #pipeline: Pipeline;
  readonly #feeds: LiveFeeds;
  readonly #replay: Replay;
  #tsLocal = 0;

  private constructor(sim: BinanceSim, options: LineOptions) {
    this.sim = sim;
    const source = options.source ?? 'demo';
    this.#options = { settings: DEFAULT_SETTINGS, assets: ['BTC'], source, origin: source };
    this.#pipeline = new Pipeline({
      engine: this.#options,
      scanEverySeconds: Number.POSITIVE_INFINITY,
      everySeconds: 1,
      onLine: (line) => this.#take(line),
      onSnapshotWanted: (instrument, need) => this.#feeds.recoverBook(instrument, need),
    });
    this.#replay = new Replay(this.#options);
    const { futuresWs, futuresRest, spotWs, spotRest } = sim.endpoints;
    const feed = (protocol: Protocol<unknown>, hosts: Readonly<Record<string, string>>) => ({
      protocol,
      settings: {
        hosts,
        channels: protocol.defaults.channels,
        numbers: {
          ...protocol.defaults.numbers,
          backfillDays: 1,
          windowDays: 1,
          minuteBars: 60,
          ...options.numbers,
        },
      },
    });
    this.#feeds = startFeeds({
      feeds: [
        feed(binanceUsdm, {
          public: `${futuresWs}/public`,
          market: `${futuresWs}/market`,
          rest: futuresRest,
        }),
        feed(binanceSpot, { ws: spotWs, rest: spotRest }),
      ],
      assets: ['BTC'],
      clock: this.clock,
      seed: options.seed,
      sinks: [(record) => this.records.push(record), this.#pipeline.push],
    });
  }

  static async start(options: LineOptions): Promise<WholeLine> {
    const sim = await startBinanceSim({
      seed: options.seed,
      scenario: 'calm',
      assets: ['BTC'],
      clock: () => START_MS,
      ...options.sim,
    });
    for (const fault of options.faults ?? []) sim.faults.inject(fault);
    return new WholeLine(sim, options);
  }

  async close(): Promise<void> {
    await this.#feeds.close();
    await this.sim.close();
  }

  /** Seconds since the start. */
  get seconds(): number {
    return (this.clock.now() / 1000 - START_MS) / 1000;
  }

  /** What a screen would show now. */
  get frame(): Frame {
    const frame = this.#pipeline.frame('BTC');
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
    await this.until('whole and live', () => this.troubles().length === 0, seconds);
  }

  /** Quality notes without those of young or uneventful history, and mere counts. */
  troubles(): readonly QualityNote[] {
    return this.frame.quality.filter(
      ({ state, reason }) => state !== 'warming' && state !== 'info' && reason !== 'no variance',
    );
  }

  /** Reasons in the quality list under this subject. */
  notes(subject: string): readonly string[] {
    return this.frame.quality
      .filter((note) => note.subject === subject)
      .map(({ reason }) => reason);
  }

  feed(kind: Kind): FeedTrust {
    return this.frame.trust.feeds.find(({ feed }) => feed === FEED[kind])!;
  }

  book(kind: Kind): BookEntry {
    return this.frame.book.byInstrument[INSTRUMENT[kind]]!;
  }

  /** Events of a kind, about a book or a feed where one is named. */
  events(kind: EventLine['kind'], about?: Kind): readonly Happening[] {
    return this.happened.filter(
      ({ event }) =>
        event.kind === kind &&
        (about === undefined || [INSTRUMENT[about], FEED[about]].includes(event.subject)),
    );
  }

  /** What a feed reported about itself. */
  reports<K extends FeedReport['kind']>(about: Kind, kind: K): Extract<FeedReport, { kind: K }>[] {
    return this.records
      .filter(({ feed, chan }) => chan === 'feed' && feed === FEED[about])
      .map(({ msg }) => JSON.parse(textOf(msg)) as FeedReport)
      .filter((report): report is Extract<FeedReport, { kind: K }> => report.kind === kind);
  }

  /** Records of a channel: messages of a stream, answers to a request. */
  from(about: Kind, chan: string): readonly RawRecord[] {
    return this.records.filter(
      (record) => record.feed === FEED[about] && record.chan.startsWith(chan),
    );
  }

  /**
   * Proves that the books are the venue's own, level by level at the same update id as far as they are known, that the venue's best bid and ask never
   * disagreed, that a replay of the records shows the same frame, and that every line so far was sound.
   */
  async prove(): Promise<void> {
    const books = () => this.frame.trust.books;
    await this.until('every book compared', () =>
      books().every(({ quoteChecks }) => quoteChecks > 0),
    );
    this.#replay.catchUp(this.records);
    expect(this.#replay.frame()).toEqual(this.frame);
    for (const kind of KINDS) {
      const { lastId, own, within } = this.#replay.book(kind);
      const truth = this.sim.book('BTCUSDT', kind, lastId);
      const known = ([price, size]: readonly [string, string]) => [Number(price), Number(size)];
      const bids = truth.bids.map(known).filter(([price]) => price! >= within.bid);
      const asks = truth.asks.map(known).filter(([price]) => price! <= within.ask);
      expect([kind, own]).toEqual([kind, { bids, asks }]);
      expect(bids.length).toBeGreaterThan(LEVELS_AT_LEAST);
      expect(asks.length).toBeGreaterThan(LEVELS_AT_LEAST);
    }
    for (const { instrument, quoteMismatches } of books())
      expect([instrument, quoteMismatches]).toEqual([instrument, 0]);
    this.sound();
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
    if (line.type === 'event')
      this.happened.push({ event: line, frame: this.#pipeline.frame('BTC') });
  }

  #check(line: OutputLine): void {
    const { source, origin } = this.#options;
    const found = unspeakable(line);
    if (found !== null) this.#unsound.push(found);
    if (line.type === 'frame')
      for (const [instrument, { status, mid, bids }] of Object.entries(line.book.byInstrument))
        if ((status === 'whole') !== (mid.state !== 'absent' && bids.length > 0))
          this.#unsound.push(`${instrument} is ${status} with ${bids.length} bids`);
    if (!validate(line)) this.#unsound.push(JSON.stringify(validate.errors));
    if (line.source !== source || line.origin !== origin) this.#unsound.push('its source is gone');
  }

  async #step(): Promise<void> {
    this.clock.advance(STEP_MS);
    await this.sim.pump(STEP_MS);
    let seen = -1;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      if (seen !== this.records.length) quiet = 0;
      seen = this.records.length;
      await setImmediate();
    }
  }
}

/** A second engine that is fed what was recorded: the same state as the live one, and open to be looked into. */
class Replay {
  readonly #decoder = createDecoderState();
  readonly #engine;
  #read = 0;

  constructor(options: EngineOptions) {
    this.#engine = createEngine(options);
  }

  catchUp(records: readonly RawRecord[]): void {
    for (; this.#read < records.length; this.#read += 1)
      for (const event of decodeRecord(this.#decoder, protocolOf, records[this.#read]!))
        step(this.#engine, event);
  }

  frame(): Frame {
    return frameOf(this.#engine, 'BTC', this.#engine.now);
  }

  /** Levels within the range that is known. */
  book(kind: Kind) {
    const { book, instrument } = this.#engine.market.instruments.get(INSTRUMENT[kind])!;
    const { ladder, knownBidTicks, knownAskTicks, lastId } = book;
    const { priceGrid, sizeGrid } = instrument;
    const levels = (side: 'bid' | 'ask') => {
      const flat: number[] = [];
      topLevels(ladder, side, levelCount(ladder, side), flat);
      const all: [price: number, size: number][] = [];
      for (let i = 0; i < flat.length; i += 2)
        if (side === 'bid' ? flat[i]! >= knownBidTicks : flat[i]! <= knownAskTicks)
          all.push([fromSteps(flat[i]!, priceGrid), fromSteps(flat[i + 1]!, sizeGrid)]);
      return all;
    };
    return {
      lastId,
      own: { bids: levels('bid'), asks: levels('ask') },
      within: {
        bid: fromSteps(knownBidTicks, priceGrid),
        ask: fromSteps(knownAskTicks, priceGrid),
      },
    };
  }
}

/** When an engine that is fed these records but no snapshot asks for one of a book, µs. */
export function snapshotsWanted(records: readonly RawRecord[], kind: Kind): readonly number[] {
  const decoder = createDecoderState();
  const engine = createEngine({
    settings: DEFAULT_SETTINGS,
    assets: ['BTC'],
    source: 'demo',
    origin: 'demo',
  });
  const asked: number[] = [];
  for (const record of records) {
    if (/^rest:.*\/depth\?/.test(record.chan)) continue;
    for (const event of decodeRecord(decoder, protocolOf, record))
      for (const effect of step(engine, event))
        if (effect.kind === 'snapshotWanted' && effect.instrument === INSTRUMENT[kind])
          asked.push(record.t);
  }
  return asked;
}
