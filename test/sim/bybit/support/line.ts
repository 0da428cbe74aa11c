import { setImmediate } from 'node:timers/promises';
import { expect } from 'vitest';
import { Pipeline } from '../../../../src/app/pipeline.ts';
import { createEngine, type EngineOptions } from '../../../../src/engine/engine-state.ts';
import { step } from '../../../../src/engine/step.ts';
import { createDecoderState, decodeRecord } from '../../../../src/feed/decode.ts';
import { type LiveFeeds, startFeeds } from '../../../../src/feed/live.ts';
import type {
  BookTrust,
  EventLine,
  FeedTrust,
  Frame,
  QualityNote,
} from '../../../../src/frame/frame.ts';
import { levelCount, topLevels } from '../../../../src/market/ladder.ts';
import type { InstrumentState } from '../../../../src/market/state.ts';
import { fromSteps } from '../../../../src/model/grid.ts';
import { type RawRecord, textOf } from '../../../../src/model/record.ts';
import { DEFAULT_SETTINGS } from '../../../../src/model/settings.ts';
import type { FaultSpec } from '../../../../src/sim/bybit/faults.ts';
import { bybit, type ServerOptions } from '../../../../src/sim/bybit/server.ts';
import { type RunningStage, type StageOptions, startStage } from '../../../../src/sim/stage.ts';
import type { VenueSim } from '../../../../src/sim/venue-sim.ts';
import { bybitInverse, bybitLinear, bybitSpot } from '../../../../src/venues/bybit/families.ts';
import { decoderOf } from '../../../../src/venues/index.ts';
import { ManualClock } from '../../../feed/support/manual-clock.ts';

const START_MS = 1_790_000_000_000;
/** Both clocks move on by this much at a time: the pace of the fastest stream. */
const STEP_MS = 100;
/** Turns of the event loop without a new record after which everything under way on the loopback has arrived. */
const QUIET_TURNS = 12;
/** Levels per side below which comparing books would prove little. */
const LEVELS_AT_LEAST = 100;

export type Family = 'linear' | 'inverse' | 'spot';
export const FAMILIES: readonly Family[] = ['linear', 'inverse', 'spot'];
export const SYMBOL = { linear: 'BTCUSDT', inverse: 'BTCUSD', spot: 'BTCUSDT' } as const;
export const INSTRUMENT = {
  linear: 'bybit:BTC/USDT:USDT',
  inverse: 'bybit:BTC/USD:BTC',
  spot: 'bybit:BTC/USDT',
} as const;

export interface LineOptions {
  readonly seed: number;
  readonly server?: ServerOptions;
  readonly stage?: Partial<StageOptions>;
  /** Numbers and channels that replace the feeds' own. */
  readonly numbers?: Readonly<Record<string, number>>;
  readonly channels?: Readonly<Record<string, string>>;
  /** On before the first request. */
  readonly faults?: readonly FaultSpec[];
}

/**
 * The whole line: a simulated Bybit behind real sockets, its feeds, decoder and engine, and what comes out of them. Time stands still unless it is moved, for
 * the venue and for us alike.
 */
export class BybitLine {
  readonly clock = new ManualClock(START_MS * 1000);
  readonly events: EventLine[] = [];
  readonly records: RawRecord[] = [];
  readonly sim: VenueSim;
  readonly #stage: RunningStage;
  readonly #options: EngineOptions = {
    settings: DEFAULT_SETTINGS,
    assets: ['BTC'],
    source: 'demo',
    origin: 'demo',
  };
  readonly #pipeline: Pipeline;
  readonly #feeds: LiveFeeds;
  readonly #decoder = createDecoderState();
  readonly #engine;
  #read = 0;

  private constructor(stage: RunningStage, options: LineOptions) {
    this.#stage = stage;
    this.sim = stage.venue('bybit');
    this.#engine = createEngine(this.#options);
    this.#pipeline = new Pipeline({
      engine: this.#options,
      scanEverySeconds: Number.POSITIVE_INFINITY,
      everySeconds: Number.POSITIVE_INFINITY,
      onLine: (line) => {
        if (line.type === 'event') this.events.push(line);
      },
      onSnapshotWanted: (instrument, need) => this.#feeds.recoverBook(instrument, need),
    });
    this.#feeds = startFeeds({
      feeds: [bybitLinear, bybitInverse, bybitSpot].map((protocol) => ({
        protocol,
        settings: {
          hosts: { ...protocol.defaults.hosts, ...this.sim.endpoints[protocol.feed] },
          channels: { ...protocol.defaults.channels, ...options.channels },
          numbers: {
            ...protocol.defaults.numbers,
            backfillDays: 1,
            windowDays: 1,
            minuteBars: 60,
            ...options.numbers,
          },
        },
      })),
      assets: ['BTC'],
      clock: this.clock,
      seed: options.seed,
      sinks: [(record) => this.records.push(record), this.#pipeline.push],
    });
  }

  static async start(options: LineOptions): Promise<BybitLine> {
    const stage = await startStage(
      {
        seed: options.seed,
        scenario: 'calm',
        assets: ['BTC'],
        clock: () => START_MS,
        ...options.stage,
      },
      [bybit(options.server)],
    );
    for (const fault of options.faults ?? []) stage.venue('bybit').faults.inject(fault);
    return new BybitLine(stage, options);
  }

  async close(): Promise<void> {
    await this.#feeds.close();
    await this.#stage.close();
  }

  get seconds(): number {
    return (this.clock.now() / 1000 - START_MS) / 1000;
  }

  get frame(): Frame {
    return this.#pipeline.frame('BTC');
  }

  /** Lets so many seconds pass, in steps of so many ms. */
  async pass(seconds: number, stepMs = STEP_MS): Promise<void> {
    const end = this.seconds + seconds - stepMs / 2000;
    while (this.seconds < end) await this.#step(stepMs);
  }

  /** Lets time pass until something holds, and fails when it does not within so many seconds of it. */
  async until(what: string, holds: () => boolean, seconds = 60, stepMs = STEP_MS): Promise<void> {
    const end = this.seconds + seconds;
    while (!holds()) {
      if (this.seconds > end) {
        const events = this.events.slice(-5).map(({ text }) => text);
        throw new Error(
          `never came: ${what}\n${events.join('\n')}\n${JSON.stringify(this.frame.quality, null, 1)}`,
        );
      }
      await this.#step(stepMs);
    }
  }

  /** Until every book is whole and nothing is stale, late or held back. */
  async live(seconds = 30): Promise<void> {
    await this.until('whole and live', () => this.troubles().length === 0, seconds);
  }

  /** Quality notes without those of young or uneventful history, of books that dated contracts do not have, and mere counts. */
  troubles(): readonly QualityNote[] {
    return this.frame.quality.filter(
      ({ state, subject, reason }) =>
        state !== 'warming' &&
        state !== 'info' &&
        reason !== 'no variance' &&
        !(reason === 'book awaiting snapshot' && /-\d{6}$/.test(subject)),
    );
  }

  feed(family: Family): FeedTrust {
    return this.frame.trust.feeds.find(({ feed }) => feed === `bybit-${family}`)!;
  }

  trust(family: Family): BookTrust {
    return this.frame.trust.books.find(({ instrument }) => instrument === INSTRUMENT[family])!;
  }

  /** Events of a kind about a family's book or feed. */
  about(kind: EventLine['kind'], family: Family): readonly EventLine[] {
    return this.events.filter(
      (event) =>
        event.kind === kind && [INSTRUMENT[family], `bybit-${family}`].includes(event.subject),
    );
  }

  /** Texts of the messages of a channel, or of the answers to a request. */
  texts(family: Family, chan: string): readonly string[] {
    return this.records
      .filter((record) => record.feed === `bybit-${family}` && record.chan.startsWith(chan))
      .map(({ msg }) => textOf(msg));
  }

  /** What the engine knows of an instrument. */
  state(id: string): InstrumentState {
    this.#catchUp();
    return this.#engine.market.instruments.get(id)!;
  }

  /** Everything that it knows. */
  get known(): readonly string[] {
    this.#catchUp();
    return [...this.#engine.market.instruments.keys()];
  }

  /** Proves that every book is the venue's own at the same number, level by level, and that the venue's best bid and ask never disagreed. */
  async prove(): Promise<void> {
    await this.until('every book compared', () =>
      FAMILIES.every((family) => this.trust(family).quoteChecks > 0),
    );
    for (const family of FAMILIES) {
      const { book, instrument } = this.state(INSTRUMENT[family]);
      const { ladder, lastId } = book;
      const levels = (side: 'bid' | 'ask') => {
        const flat: number[] = [];
        topLevels(ladder, side, levelCount(ladder, side), flat);
        return Array.from({ length: flat.length / 2 }, (_, i) => [
          fromSteps(flat[2 * i]!, instrument.priceGrid),
          fromSteps(flat[2 * i + 1]!, instrument.sizeGrid),
        ]);
      };
      const truth = this.sim.book(`bybit-${family}`, SYMBOL[family], lastId);
      const depth = instrument.bookLevels!;
      const side = (name: 'bids' | 'asks') =>
        truth[name].slice(0, depth).map(([price, size]) => [Number(price), Number(size)]);
      expect([family, { bids: levels('bid'), asks: levels('ask') }]).toEqual([
        family,
        { bids: side('bids'), asks: side('asks') },
      ]);
      expect(side('bids').length).toBeGreaterThanOrEqual(Math.min(depth, LEVELS_AT_LEAST));
      expect(this.trust(family)).toMatchObject({ quoteMismatches: 0, snapshotMismatches: 0 });
    }
    const times = this.records.map(({ t }) => t);
    expect(times.findIndex((t, i) => i > 0 && t <= times[i - 1]!)).toBe(-1);
  }

  #catchUp(): void {
    for (; this.#read < this.records.length; this.#read += 1)
      for (const event of decodeRecord(this.#decoder, decoderOf, this.records[this.#read]!))
        step(this.#engine, event);
  }

  async #step(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.sim.pump(ms);
    let seen = -1;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      if (seen !== this.records.length) quiet = 0;
      seen = this.records.length;
      await setImmediate();
    }
  }
}
