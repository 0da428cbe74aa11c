import { setImmediate } from 'node:timers/promises';
import { expect } from 'vitest';
import { Pipeline } from '../../../../src/app/pipeline.ts';
import { createEngine, type EngineOptions } from '../../../../src/engine/engine-state.ts';
import { step } from '../../../../src/engine/step.ts';
import { createDecoderState, decodeRecord } from '../../../../src/feed/decode.ts';
import { type LiveFeeds, startFeeds } from '../../../../src/feed/live.ts';
import type { EventLine, Frame, QualityNote } from '../../../../src/frame/frame.ts';
import { levelCount, type Side, topLevels } from '../../../../src/market/ladder.ts';
import { fromSteps } from '../../../../src/model/grid.ts';
import type { FeedReport, RawRecord } from '../../../../src/model/record.ts';
import { textOf } from '../../../../src/model/record.ts';
import { DEFAULT_SETTINGS } from '../../../../src/model/settings.ts';
import type { FaultSpec } from '../../../../src/sim/deribit/faults.ts';
import { deribit as simulated } from '../../../../src/sim/deribit/server.ts';
import { type RunningStage, startStage } from '../../../../src/sim/stage.ts';
import type { VenueSim } from '../../../../src/sim/venue-sim.ts';
import { deribit } from '../../../../src/venues/deribit/deribit.ts';
import { protocolOf } from '../../../../src/venues/index.ts';
import { ManualClock } from '../../../feed/support/manual-clock.ts';

/** 2026-11-20T13:37:05Z, a Friday. */
const START_MS = Date.UTC(2026, 10, 20, 13, 37, 5);
/** Both clocks move on by this much at a time: the pace of the fastest channels. */
const STEP_MS = 100;
/** Turns of the event loop without a new record after which everything under way on the loopback has arrived. */
const QUIET_TURNS = 12;
const LEVELS_AT_LEAST = 50;

/** The books that are followed, by their wire symbols. */
export const BOOKS = {
  'BTC-PERPETUAL': 'deribit:BTC/USD:BTC',
  'BTC_USDC-PERPETUAL': 'deribit:BTC/USDC:USDC',
} as const;

export interface LineOptions {
  readonly seed?: number;
  readonly startMs?: number;
  /** On before the first request. */
  readonly faults?: readonly FaultSpec[];
  readonly scenario?: string;
}

/** An event, and what a screen that looks at that very moment would see. */
interface Happening {
  readonly event: EventLine;
  readonly frame: Frame;
}

/**
 * The whole line of one venue: its simulator behind real sockets, the feed, decoder and engine, and what comes out of them. Time stands still unless it
 * is moved, for the venue and for us alike.
 */
export class Line {
  readonly clock: ManualClock;
  readonly happened: Happening[] = [];
  readonly records: RawRecord[] = [];
  readonly stage: RunningStage;
  readonly sim: VenueSim;
  readonly #options: EngineOptions = {
    settings: DEFAULT_SETTINGS,
    assets: ['BTC'],
    source: 'demo',
    origin: 'demo',
  };
  readonly #pipeline: Pipeline;
  readonly #feeds: LiveFeeds;

  private constructor(stage: RunningStage, startMs: number, seed: number) {
    this.stage = stage;
    this.sim = stage.venue('deribit');
    this.clock = new ManualClock(startMs * 1000);
    this.#pipeline = new Pipeline({
      engine: this.#options,
      scanEverySeconds: Number.POSITIVE_INFINITY,
      everySeconds: 1,
      onLine: (line) => {
        if (line.type === 'event') this.happened.push({ event: line, frame: this.frame });
      },
      onSnapshotWanted: (instrument, need) => this.#feeds.recoverBook(instrument, need),
    });
    const { channels, numbers } = deribit.defaults;
    this.#feeds = startFeeds({
      feeds: [
        {
          protocol: deribit,
          settings: {
            hosts: this.sim.endpoints['deribit']!,
            channels,
            numbers: { ...numbers, backfillDays: 1, windowDays: 1, minuteBars: 60 },
          },
        },
      ],
      assets: ['BTC'],
      clock: this.clock,
      seed,
      sinks: [(record) => this.records.push(record), this.#pipeline.push],
    });
  }

  static async start(options: LineOptions = {}): Promise<Line> {
    const { seed = 7, startMs = START_MS, faults = [], scenario = 'calm' } = options;
    const stage = await startStage(
      { seed, scenario, assets: ['BTC'], clock: () => 1_000_000_000, startMs },
      [simulated()],
    );
    for (const fault of faults) stage.venue('deribit').faults.inject(fault);
    return new Line(stage, startMs, seed);
  }

  async close(): Promise<void> {
    await this.#feeds.close();
    await this.stage.close();
  }

  get frame(): Frame {
    return this.#pipeline.frame('BTC');
  }

  get #seconds(): number {
    return this.clock.now() / 1e6;
  }

  async pass(seconds: number): Promise<void> {
    const end = this.#seconds + seconds - STEP_MS / 2000;
    while (this.#seconds < end) await this.#step();
  }

  /** Lets time pass until something holds, and fails when it does not within so many seconds. */
  async until(what: string, holds: () => boolean, seconds = 60): Promise<void> {
    const end = this.#seconds + seconds;
    while (!holds()) {
      if (this.#seconds > end) {
        const events = this.happened.slice(-5).map(({ event }) => event.text);
        throw new Error(
          `never came: ${what}\n${events.join('\n')}\n${JSON.stringify(this.frame.quality, null, 1)}`,
        );
      }
      await this.#step();
    }
  }

  /** What is wrong, without young history and what one venue alone never has. */
  troubles(): readonly QualityNote[] {
    return this.frame.quality.filter(
      ({ state, reason }) =>
        state !== 'warming' &&
        state !== 'info' &&
        !/^no (?:variance|spot of this venue|open[ -]interest)/.test(reason),
    );
  }

  /** Until every book is whole and nothing is stale, late or held back. */
  async live(seconds = 30): Promise<void> {
    await this.until(
      'whole and live',
      () => this.frame.trust.books.length > 0 && this.troubles().length === 0,
      seconds,
    );
  }

  notes(subject: string): readonly string[] {
    return this.frame.quality
      .filter((note) => note.subject === subject)
      .map(({ reason }) => reason);
  }

  events(kind: EventLine['kind'], subject?: string): readonly EventLine[] {
    return this.happened
      .map(({ event }) => event)
      .filter((event) => event.kind === kind && (subject ?? event.subject) === event.subject);
  }

  reports<K extends FeedReport['kind']>(kind: K): Extract<FeedReport, { kind: K }>[] {
    return this.records
      .filter(({ chan, feed }) => chan === 'feed' && feed === 'deribit')
      .map(({ msg }) => JSON.parse(textOf(msg)) as FeedReport)
      .filter((report): report is Extract<FeedReport, { kind: K }> => report.kind === kind);
  }

  /** Messages of a channel, or answers to a request. */
  from(chan: string): readonly string[] {
    return this.records.filter((r) => r.chan.startsWith(chan)).map(({ msg }) => textOf(msg));
  }

  /** An engine that was fed what was recorded. */
  replayed() {
    const decoder = createDecoderState();
    const engine = createEngine(this.#options);
    for (const record of this.records)
      for (const event of decodeRecord(decoder, protocolOf, record)) step(engine, event);
    return engine;
  }

  /** Proves that every book equals the venue's own, level by level, at the same id. */
  prove(): void {
    const { instruments } = this.replayed().market;
    for (const [symbol, id] of Object.entries(BOOKS)) {
      const { book, instrument } = instruments.get(id)!;
      expect([symbol, book.status]).toEqual([symbol, 'whole']);
      const side = (which: Side): [number, number][] => {
        const flat: number[] = [];
        topLevels(book.ladder, which, levelCount(book.ladder, which), flat);
        return Array.from({ length: flat.length / 2 }, (_, i) => [
          fromSteps(flat[2 * i]!, instrument.priceGrid),
          fromSteps(flat[2 * i + 1]!, instrument.sizeGrid),
        ]);
      };
      const truth = this.sim.book('deribit', symbol, book.lastId);
      const known = (levels: readonly (readonly [string, string])[]) =>
        levels.map(([price, size]) => [Number(price), Number(size)]);
      expect(truth.updateId).toBe(book.lastId);
      expect(side('bid')).toEqual(known(truth.bids));
      expect(side('ask')).toEqual(known(truth.asks));
      expect(truth.bids.length).toBeGreaterThan(LEVELS_AT_LEAST);
      expect(book.counts.snapshotMismatches).toBe(0);
    }
  }

  async #step(): Promise<void> {
    this.clock.advance(STEP_MS);
    await this.stage.pump(STEP_MS);
    let seen = -1;
    for (let quiet = 0; quiet < QUIET_TURNS; quiet += 1) {
      if (seen !== this.records.length) quiet = 0;
      seen = this.records.length;
      await setImmediate();
    }
  }
}
