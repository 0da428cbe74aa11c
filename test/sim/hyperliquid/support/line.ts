import { setImmediate } from 'node:timers/promises';
import { expect } from 'vitest';
import { Pipeline } from '../../../../src/app/pipeline.ts';
import { createEngine, type EngineOptions } from '../../../../src/engine/engine-state.ts';
import { frameOf } from '../../../../src/engine/frame-of.ts';
import { step } from '../../../../src/engine/step.ts';
import { createDecoderState, decodeRecord } from '../../../../src/feed/decode.ts';
import { type LiveFeeds, startFeeds } from '../../../../src/feed/live.ts';
import type { EventLine, Frame, QualityNote } from '../../../../src/frame/frame.ts';
import { levelCount, topLevels } from '../../../../src/market/ladder.ts';
import type { FeedReport, RawRecord } from '../../../../src/model/record.ts';
import { textOf } from '../../../../src/model/record.ts';
import { DEFAULT_SETTINGS } from '../../../../src/model/settings.ts';
import type { FaultSpec } from '../../../../src/sim/faults.ts';
import { type HyperliquidOptions, hyperliquid } from '../../../../src/sim/hyperliquid/server.ts';
import { type RunningStage, startStage } from '../../../../src/sim/stage.ts';
import type { VenueSim } from '../../../../src/sim/venue-sim.ts';
import { hyperliquid as protocol } from '../../../../src/venues/hyperliquid/hyperliquid.ts';
import { decoderOf } from '../../../../src/venues/index.ts';
import { ManualClock } from '../../../feed/support/manual-clock.ts';
import { knowledge, type Shown } from './knowledge.ts';

const START_MS = 1_790_000_000_000;
const STEP_MS = 100;
/** Turns of the event loop without a new record after which everything under way on the loopback has arrived. */
const QUIET_TURNS = 12;

const BTC = 'hyperliquid:BTC/USDC:USDC';
const FEED = 'hyperliquid';
const LEVELS = { deep: 20, fast: 5, touch: 1 } as const;

interface LineOptions {
  readonly seed: number;
  readonly sim?: HyperliquidOptions;
  readonly assets?: readonly string[];
  /** On before the first request. */
  readonly faults?: readonly FaultSpec[];
}

/** The whole line on a simulated Hyperliquid behind real sockets. Time stands still unless it is moved, for the venue and for us alike. */
export class HyperliquidLine {
  readonly sim: VenueSim;
  readonly clock = new ManualClock(START_MS * 1000);
  readonly records: RawRecord[] = [];
  readonly events: EventLine[] = [];
  readonly #stage: RunningStage;
  readonly #options: EngineOptions;
  readonly #pipeline: Pipeline;
  readonly #feeds: LiveFeeds;
  readonly #decoder = createDecoderState();
  readonly #replay;
  #replayed = 0;

  private constructor(stage: RunningStage, { seed, assets = ['BTC'] }: LineOptions) {
    this.#stage = stage;
    this.sim = stage.venue('hyperliquid');
    this.#options = { settings: DEFAULT_SETTINGS, assets, source: 'demo', origin: 'demo' };
    this.#replay = createEngine(this.#options);
    this.#pipeline = new Pipeline({
      engine: this.#options,
      scanEverySeconds: Number.POSITIVE_INFINITY,
      everySeconds: 1,
      onLine: (line) => {
        if (line.type === 'event') this.events.push(line);
      },
      onSnapshotWanted: (instrument, need) => this.#feeds.recoverBook(instrument, need),
    });
    const numbers = { backfillDays: 1, windowDays: 1, minuteBars: 60 };
    const settings = {
      hosts: this.sim.endpoints[FEED]!,
      channels: protocol.defaults.channels,
      numbers: { ...protocol.defaults.numbers, ...numbers },
    };
    this.#feeds = startFeeds({
      feeds: [{ protocol, settings }],
      assets,
      clock: this.clock,
      seed,
      sinks: [(record) => this.records.push(record), this.#pipeline.push],
    });
  }

  static async start(options: LineOptions): Promise<HyperliquidLine> {
    const stage = await startStage(
      {
        seed: options.seed,
        scenario: 'calm',
        assets: options.assets ?? ['BTC'],
        clock: () => START_MS,
      },
      [hyperliquid(options.sim)],
    );
    for (const fault of options.faults ?? []) stage.venue('hyperliquid').faults.inject(fault);
    return new HyperliquidLine(stage, options);
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

  get book() {
    return this.frame.book.byInstrument[BTC]!;
  }

  get trust() {
    const { feeds, books } = this.frame.trust;
    return {
      feed: feeds.find(({ feed }) => feed === FEED)!,
      book: books.find(({ instrument }) => instrument === BTC)!,
    };
  }

  async pass(seconds: number): Promise<void> {
    const end = this.seconds + seconds - STEP_MS / 2000;
    while (this.seconds < end) await this.#step();
  }

  /** Lets time pass until something holds, and fails when it does not within so many seconds of it. */
  async until(what: string, holds: () => boolean, seconds = 60): Promise<void> {
    const end = this.seconds + seconds;
    while (!holds()) {
      if (this.seconds > end) {
        const told = this.events.slice(-5).map(({ text }) => text);
        throw new Error(
          `never came: ${what}\n${told.join('\n')}\n${JSON.stringify(this.frame.quality, null, 1)}`,
        );
      }
      await this.#step();
    }
  }

  /** Until the book is whole and deep, and nothing is stale, late or held back. */
  live(): Promise<void> {
    return this.until(
      'whole and live',
      () =>
        this.troubles().length === 0 &&
        this.trust.book?.status === 'whole' &&
        this.book.oib.state === 'live' &&
        this.trust.book.levels > LEVELS.deep,
      // A spent budget is respected for a minute.
      120,
    );
  }

  /** Quality notes about what is broken: not those of young history, of what this venue does not have, and mere counts. */
  troubles(): readonly QualityNote[] {
    return this.frame.quality.filter(
      ({ subject, state }) =>
        ['stale', 'suspect', 'resyncing', 'limited'].includes(state) ||
        (state === 'absent' && ['price', 'funding', 'openInterest', FEED, BTC].includes(subject)),
    );
  }

  notes(subject: string): readonly string[] {
    return this.frame.quality
      .filter((note) => note.subject === subject)
      .map(({ reason }) => reason);
  }

  of(kind: EventLine['kind']): readonly EventLine[] {
    return this.events.filter((event) => event.kind === kind);
  }

  reports<K extends FeedReport['kind']>(kind: K): Extract<FeedReport, { kind: K }>[] {
    return this.records
      .filter(({ chan }) => chan === 'feed')
      .map(({ msg }) => JSON.parse(textOf(msg)) as FeedReport)
      .filter((report): report is Extract<FeedReport, { kind: K }> => report.kind === kind);
  }

  /**
   * Proves that the book is what the venue's own book was at the times of the frames that were heard of it, level by level, that the touch never disagreed with another
   * frame of its block, that nothing was lost on the way, and that a replay of the records shows the same frame.
   */
  prove(): void {
    for (; this.#replayed < this.records.length; this.#replayed += 1)
      for (const event of decodeRecord(this.#decoder, decoderOf, this.records[this.#replayed]!))
        step(this.#replay, event);
    expect(frameOf(this.#replay, 'BTC', this.#replay.now)).toEqual(this.frame);
    const { book, instrument } = this.#replay.market.instruments.get(BTC)!;
    const side = (which: 'bid' | 'ask') => {
      const flat: number[] = [];
      const count = topLevels(book.ladder, which, levelCount(book.ladder, which), flat);
      return Array.from({ length: count }, (_, i) => [
        flat[2 * i]! / instrument.priceGrid.scale,
        flat[2 * i + 1]! / instrument.sizeGrid.scale,
      ]);
    };
    const shown = this.#shown();
    expect(shown.map(({ view }) => view)).toContain('fast');
    expect({ bids: side('bid'), asks: side('ask') }).toEqual({
      bids: knowledge(shown, 'bids'),
      asks: knowledge(shown, 'asks'),
    });
    expect(book.counts.quoteChecks).toBeGreaterThan(0);
    expect(book.counts).toMatchObject({ quoteMismatches: 0, gaps: 0 });
    const times = this.records.map(({ t }) => t);
    expect(times.findIndex((t, i) => i > 0 && t <= times[i - 1]!)).toBe(-1);
  }

  /** The venue's true book at the times of the frames since the newest default one, as those frames showed it. */
  #shown(): Shown[] {
    const frames: { view: Shown['view']; time: number }[] = [];
    for (const { chan, msg } of this.records) {
      // A lost connection ends the book.
      if (chan === 'feed' && /^{"kind":"disconnected".*"books":\["/.test(textOf(msg)))
        frames.length = 0;
      const isAnswer = chan.startsWith('rest:/info?type=l2Book');
      const text = isAnswer ? `{"channel":"l2Book","data":${textOf(msg)}}` : textOf(msg);
      const isBook = text.startsWith('{"channel":"l2Book"') || text.startsWith('{"channel":"bbo"');
      if (!isBook || !isReadable(text)) continue;
      const { channel, data } = JSON.parse(text) as {
        channel: string;
        data: { coin: string; time: number; fast?: boolean; levels?: unknown[][] };
      };
      if (data.coin !== 'BTC') continue;
      const isShort =
        data.fast === true || data.levels?.every(({ length }) => length === LEVELS.fast);
      const view = channel === 'bbo' ? 'touch' : isShort === true ? 'fast' : 'deep';
      const newest = frames.findLast((frame) => frame.view === view)?.time ?? 0;
      if (data.time < newest) continue;
      if (view === 'touch' && data.time < (frames.at(-1)?.time ?? 0)) continue;
      if (view === 'deep')
        frames.splice(0, frames.length, ...frames.filter(({ time }) => time > data.time));
      frames.push({ view, time: data.time });
    }
    return frames
      .sort((a, b) => a.time - b.time)
      .map(({ view, time }) => {
        const truth = this.sim.book(FEED, 'BTC', time);
        const top = (levels: typeof truth.bids) =>
          levels
            .slice(0, LEVELS[view])
            .map(([price, size]): [number, number] => [Number(price), Number(size)]);
        return { view, bids: top(truth.bids), asks: top(truth.asks) };
      });
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

function isReadable(text: string): boolean {
  try {
    const { data } = JSON.parse(text) as { data: { coin?: string } };
    // A price that is none costs its message.
    return data.coin !== undefined && !/"px":"[^"]*[^\d."]/.test(text) && !isCrossed(text);
  } catch {
    return false;
  }
}

/** A frame whose best bid is above its best ask: what a book is dropped for. */
function isCrossed(text: string): boolean {
  const { data } = JSON.parse(text) as {
    data: { levels?: { px: string }[][]; bbo?: ({ px: string } | null)[] };
  };
  const [bid, ask] = data.bbo ?? [data.levels?.[0]?.[0], data.levels?.[1]?.[0]];
  return bid != null && ask != null && Number(bid.px) >= Number(ask.px);
}
