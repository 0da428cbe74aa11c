import type { RawRecord } from '../model/record.ts';
import type { Micros } from '../model/units.ts';
import type { Clock, Timer } from './clock.ts';
import { closingTick, createTickState, withTicks } from './intake.ts';

export interface ReplayOptions {
  /** What is played, in order; see `openRecordingBatches`. */
  readonly batches: AsyncIterable<readonly RawRecord[]>;
  readonly clock: Clock;
  /** Seconds of the recording per second, or as fast as the consumer takes it. */
  readonly speed: number | 'max';
  /** Takes records and ticks in order. A promise holds up the replay until it is kept. */
  readonly deliver: (records: readonly RawRecord[]) => void | Promise<void>;
}

interface ReplaySummary {
  /** Records of the recording that were delivered, ticks not counted. */
  readonly records: number;
  /** First and last time; null for an empty recording. */
  readonly from: Micros | null;
  readonly to: Micros | null;
}

/** A replay that is running. */
export interface Replay {
  /** Settles when everything was delivered, or `close` was called; rejects when the recording or the consumer fails. */
  readonly done: Promise<ReplaySummary>;
  pause(): void;
  resume(): void;
  /** While paused: plays up to and including the next tick. */
  step(): void;
  setSpeed(speed: number | 'max'): void;
  /** Ends it at once. */
  close(): void;
}

/** Records delivered at once when nothing has to be waited for. */
const PORTION = 512;

/**
 * Plays a recording through the same ticks as a live process: where its own are missing they are derived from the times
 * of its records, and the last whole second is closed at the end.
 */
export function startReplay(options: ReplayOptions): Replay {
  const { clock, deliver } = options;
  const ticks = createTickState();
  let { speed } = options;
  let isPaused = false;
  let stepsLeft = 0;
  let isClosed = false;
  /** Instant of our clock and of the recording that belong together; null after any change of pace. */
  let anchor: { readonly at: Micros; readonly t: Micros } | null = null;
  let wake: (() => void) | null = null;
  let timer: Timer | null = null;

  const nudge = () => {
    if (timer !== null) clock.clearTimer(timer);
    timer = null;
    const run = wake;
    wake = null;
    run?.();
  };
  const sleep = (ms: number | null) =>
    new Promise<void>((resolve) => {
      wake = resolve;
      if (ms !== null) timer = clock.setTimer(nudge, ms);
    });
  const changePace = () => {
    anchor = null;
    nudge();
  };

  /** ms until the record is due; null while there is no telling. */
  const waitOf = (record: RawRecord): number | null => {
    if (isPaused) return stepsLeft > 0 ? 0 : null;
    if (speed === 'max') return 0;
    const now = clock.now();
    anchor ??= { at: now, t: record.t };
    return (anchor.at + (record.t - anchor.t) / speed - now) / 1000;
  };

  const play = async (): Promise<ReplaySummary> => {
    let records = 0;
    let from: Micros | null = null;
    let to: Micros | null = null;
    let portion: RawRecord[] = [];
    const flush = async () => {
      if (portion.length === 0) return;
      const delivered = portion;
      portion = [];
      await deliver(delivered);
    };
    const handOn = async (queue: readonly RawRecord[]) => {
      for (const record of queue) {
        for (;;) {
          if (isClosed) return;
          const wait = waitOf(record);
          if (wait !== null && wait <= 0) break;
          await flush();
          if (isClosed) return;
          await sleep(wait);
        }
        portion.push(record);
        if (isPaused && record.chan === 'tick') stepsLeft -= 1;
        if (portion.length >= PORTION) await flush();
      }
      await flush();
    };
    for await (const batch of options.batches) {
      if (isClosed) break;
      const queue: RawRecord[] = [];
      for (const record of batch) withTicks(ticks, record, (due) => queue.push(due));
      from ??= batch[0]?.t ?? null;
      to = batch.at(-1)?.t ?? to;
      await handOn(queue);
      if (!isClosed) records += batch.length;
    }
    if (to !== null && !isClosed) {
      const last = closingTick(ticks, to);
      if (last !== undefined) await handOn([last]);
    }
    return { records, from, to };
  };

  return {
    done: play(),
    pause() {
      isPaused = true;
      stepsLeft = 0;
      changePace();
    },
    resume() {
      isPaused = false;
      changePace();
    },
    step() {
      if (!isPaused) return;
      stepsLeft += 1;
      nudge();
    },
    setSpeed(next) {
      speed = next;
      changePace();
    },
    close() {
      isClosed = true;
      nudge();
    },
  };
}
