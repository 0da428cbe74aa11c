import type { Clock } from '../../feed/clock.ts';
import { openRecordingBatches } from '../../feed/recording.ts';
import { type Replay, startReplay } from '../../feed/replay.ts';
import type { EventLine, OutputLine } from '../../frame/frame.ts';
import type { Asset } from '../../model/instrument.ts';
import { type RawRecord, SELF_FEED } from '../../model/record.ts';
import { MINUTE, type Micros, SECOND } from '../../model/units.ts';
import { Pipeline } from '../pipeline.ts';
import { provenanceOf } from '../recordings.ts';
import type { DerivationJob } from './messages.ts';
import { isTurn } from './tape.ts';

/** Frames of every second are made so far around the instant: enough to step about. */
const FINE_BACK = MINUTE;
const FINE_ON = MINUTE;
/** Before that one in so many seconds, of the asset asked for: what charts of the last quarter of an hour rest on. */
const TRACK_BACK = 15 * MINUTE + 5 * SECOND;
const TRACK_SECONDS = 5;
const LEFT = 'left for another instant';
/** Progress is told this often, in shares of the whole. */
const PROGRESS_STEP = 0.01;

/** What is to be made. */
interface Wanted {
  readonly time: Micros;
  readonly asset: Asset;
  readonly onProgress: (share: number) => void;
  readonly settle: (made: Made) => void;
}

/** A turn that is looked for. */
interface Looking {
  readonly after: Micros;
  readonly asset: Asset;
  readonly onProgress: (share: number) => void;
  readonly settle: (event: EventLine | null) => void;
}

/** What was made: a frame of every second from `from` to `to`, and why not all that was asked for; null where it was. */
export interface Made {
  readonly from: Micros;
  readonly to: Micros;
  readonly reason: string | null;
}

/**
 * Makes instants anew from a recording: the engine runs over all of it up to there, as it did the first time, so that every number is what it was. It stays
 * where it got to: what lies ahead costs the way from there, what lies behind another run.
 */
export class Recorded {
  readonly #job: Extract<DerivationJob, { kind: 'recording' }>;
  readonly #clock: Clock;
  readonly #tell: (line: OutputLine) => void;
  readonly #onAnew: () => void;
  #replay: Replay | null = null;
  #pipeline: Pipeline | null = null;
  /** Who waits for frames. */
  #wanted: Wanted | null = null;
  /** Around what frames are made, also when nobody waits for them any longer. */
  #making: Pick<Wanted, 'time' | 'asset'> | null = null;
  #looking: Looking | null = null;
  /** Lets the replay that has stopped go on. */
  #resume: (() => void) | null = null;
  #first: Micros | null = null;
  #now: Micros | null = null;
  /** Since when there is a frame of every second. */
  #fineFrom: Micros | null = null;
  #toldShare = 0;
  #end: string | null = null;
  #asked = 0;
  /** One is begun after the other. */
  #ready: Promise<unknown> = Promise.resolve();

  constructor(
    job: Extract<DerivationJob, { kind: 'recording' }>,
    clock: Clock,
    tell: (line: OutputLine) => void,
    onAnew: () => void,
  ) {
    this.#job = job;
    this.#clock = clock;
    this.#tell = tell;
    this.#onAnew = onAnew;
  }

  /** Makes the frames around an instant. */
  async at(time: Micros, asset: Asset, onProgress: (share: number) => void): Promise<Made> {
    if (!(await this.#getReady(time))) return { from: time, to: time, reason: LEFT };
    const made = new Promise<Made>((settle) => {
      this.#wanted = { time, asset, onProgress, settle };
    });
    this.#making = { time, asset };
    if (this.#isMade(time)) this.#settle(null);
    else this.#fineFrom = null;
    this.#go();
    return made;
  }

  /**
   * The first gate, regime or cascade event of an asset after an instant; null where there is none to the end. Made on the way is what charts need, so that
   * the instant itself can be shown from there.
   */
  async turn(
    after: Micros,
    asset: Asset,
    onProgress: (share: number) => void,
  ): Promise<EventLine | null> {
    if (!(await this.#getReady(after))) return null;
    const found = new Promise<EventLine | null>((settle) => {
      this.#looking = { after, asset, onProgress, settle };
    });
    this.#fineFrom = null;
    this.#go();
    return found;
  }

  /** @returns whether nobody has asked for anything else meanwhile. */
  async #getReady(time: Micros): Promise<boolean> {
    this.giveUp();
    const asked = this.#asked;
    const ready = this.#ready.then(() => (asked === this.#asked ? this.#reach(time) : undefined));
    this.#ready = ready.catch(() => {});
    await ready;
    return asked === this.#asked;
  }

  #go(): void {
    this.#toldShare = 0;
    if (this.#end !== null) this.#settle(this.#end);
    const go = this.#resume;
    this.#resume = null;
    go?.();
  }

  /** Stops where it is. */
  giveUp(): void {
    this.#asked += 1;
    this.#making = null;
    this.#settle(LEFT);
  }

  /** Begins anew where an instant lies behind. */
  async #reach(time: Micros): Promise<void> {
    const isAhead = this.#now !== null && time >= this.#now;
    if ((!isAhead && !this.#isMade(time)) || this.#replay === null) await this.#begin();
  }

  close(): void {
    const replay = this.#replay;
    this.#replay = null;
    replay?.close();
    this.#resume?.();
    this.#resume = null;
  }

  /** Whether there is a frame of that second, and of those from there to where it got to. */
  #isMade(time: Micros): boolean {
    return (
      this.#fineFrom !== null && this.#now !== null && time >= this.#fineFrom && time <= this.#now
    );
  }

  async #begin(): Promise<void> {
    this.close();
    const { config, files, feed, asRecorded } = this.#job;
    const { assets, origin, universe = false } = await provenanceOf(this.#job);
    this.#onAnew();
    this.#first = null;
    this.#now = null;
    this.#fineFrom = null;
    this.#end = null;
    this.#resume = null;
    const pipeline = new Pipeline({
      engine: {
        settings: config.engine,
        assets,
        source: asRecorded && origin !== 'recording' ? origin : 'replay',
        origin,
        universe,
      },
      everySeconds: Number.POSITIVE_INFINITY,
      scanEverySeconds: Number.POSITIVE_INFINITY,
      onLine: (line) => {
        this.#tell(line);
        if (line.type === 'event') this.#onEvent(line);
      },
    });
    this.#pipeline = pipeline;
    const replay = startReplay({
      batches: openRecordingBatches(files, { venue: feed ?? undefined, onWarning: () => {} }),
      clock: this.#clock,
      speed: 'max',
      deliver: (records) => this.#take(records, () => this.#replay === replay),
    });
    this.#replay = replay;
    const end = (reason: string) => {
      if (this.#replay !== replay) return;
      this.#end = reason;
      this.#settle(reason);
    };
    replay.done.then(
      () => end('the recording ends before it'),
      (error: unknown) => end(error instanceof Error ? error.message : String(error)),
    );
  }

  /** Takes records until all that is wanted is made, and the next ones once more is. */
  async #take(records: readonly RawRecord[], isCurrent: () => boolean): Promise<void> {
    for (const record of records) {
      while (isCurrent() && this.#isAtRest())
        await new Promise<void>((resolve) => {
          this.#resume = resolve;
        });
      const pipeline = this.#pipeline;
      if (!isCurrent() || pipeline === null) return;
      this.#first ??= record.t;
      pipeline.push(record);
      if (record.feed === SELF_FEED && record.chan === 'tick') this.#onTick(record.t, pipeline);
    }
  }

  #isAtRest(): boolean {
    const making = this.#making;
    if (this.#looking !== null) return false;
    if (making !== null && (this.#now ?? 0) < making.time + FINE_ON) return false;
    this.#settle(null);
    return true;
  }

  #onTick(tick: Micros, pipeline: Pipeline): void {
    this.#now = tick;
    const making = this.#making;
    if (making === null) {
      const looking = this.#looking;
      if (looking === null) return;
      // Where the turn will be is not known, so charts are provided for all the way.
      this.#track(tick, looking.asset, pipeline);
      this.#progress(tick, looking.after, looking.onProgress);
      return;
    }
    const { time, asset } = making;
    if (tick >= time - FINE_BACK) {
      this.#fineFrom ??= tick;
      for (const each of pipeline.assets) this.#tell(pipeline.frame(each));
    } else if (tick >= time - TRACK_BACK) this.#track(tick, asset, pipeline);
    const wanted = this.#wanted;
    if (wanted === null) return;
    this.#progress(tick, time, wanted.onProgress);
    // What lies a little farther on is made while the instant is looked at.
    if (tick > time + SECOND) this.#settle(null);
  }

  #track(tick: Micros, asset: Asset, pipeline: Pipeline): void {
    const isTrack = Math.round(tick / SECOND) % TRACK_SECONDS === 0;
    if (isTrack && pipeline.assets.includes(asset)) this.#tell(pipeline.frame(asset));
  }

  #progress(tick: Micros, goal: Micros, onProgress: (share: number) => void): void {
    const from = this.#first ?? tick;
    const share = Math.min(1, (tick - from) / Math.max(1, goal - from));
    if (share < this.#toldShare + PROGRESS_STEP) return;
    this.#toldShare = share;
    onProgress(share);
  }

  #onEvent(event: EventLine): void {
    const looking = this.#looking;
    if (looking === null || !isTurn(event)) return;
    if (event.asset !== looking.asset || event.tsLocal <= looking.after) return;
    this.#looking = null;
    looking.settle(event);
  }

  #settle(reason: string | null): void {
    const wanted = this.#wanted;
    this.#wanted = null;
    this.#looking?.settle(null);
    this.#looking = null;
    const to = this.#now ?? (0 as Micros);
    wanted?.settle({ from: this.#fineFrom ?? to, to, reason });
  }
}
