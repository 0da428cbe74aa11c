import type { FeedId } from '../model/instrument.ts';
import { type FeedReport, type Message, type RawRecord, SELF_FEED } from '../model/record.ts';
import { HOUR, type Micros, SECOND } from '../model/units.ts';
import { REPORT_CHAN } from '../venues/feed-report.ts';
import type { Clock, Timer } from './clock.ts';

/** Takes records in the order in which they happened. */
export type RecordSink = (record: RawRecord) => void;

/** Which whole seconds have been announced. Plain data. */
export interface TickState {
  /** The last one; -1 before anything was seen. */
  passed: number;
}

export const createTickState = (): TickState => ({ passed: -1 });

/** Up to this long a gap is told second by second; beyond it (a sleeping laptop, a hole in a recording) hour by hour. */
const EVERY_SECOND_UP_TO = 900 * SECOND;
/** Hours of a gap that are told: 30 days, the longest window of any signal. Older ones are left out. */
const HOURS_TOLD = 720;

const NONE: readonly Micros[] = [];

const wholeSecond = (t: number) => Math.floor(t / SECOND) * SECOND;

/**
 * Whole seconds that have passed by `t` and were not announced yet, ascending; the next record may then be stamped `t`.
 *
 * Policy for gaps: at most 900 s are told every second. A longer gap tells the full hours in it (of the last 30 days), because
 * grid cells close there, and the newest whole second. The very first call announces nothing: no second has been seen to pass.
 */
export function advance(state: TickState, t: Micros): readonly Micros[] {
  const { passed } = state;
  if (passed < 0) {
    state.passed = wholeSecond(t);
    return NONE;
  }
  if (t < passed + SECOND) return NONE;
  const newest = wholeSecond(t);
  state.passed = newest;
  const due: Micros[] = [];
  if (newest - passed <= EVERY_SECOND_UP_TO) {
    for (let at = passed + SECOND; at <= newest; at += SECOND) due.push(at as Micros);
    return due;
  }
  const newestHour = Math.floor(newest / HOUR) * HOUR;
  const firstHour = (Math.floor(passed / HOUR) + 1) * HOUR;
  const from = Math.max(firstHour, newestHour - (HOURS_TOLD - 1) * HOUR);
  for (let at = from; at <= newestHour; at += HOUR) due.push(at as Micros);
  if (newest > newestHour) due.push(newest as Micros);
  return due;
}

const tickAt = (t: Micros): RawRecord => ({ t, feed: SELF_FEED, chan: 'tick', msg: '' });

const isTick = (record: RawRecord) => record.feed === SELF_FEED && record.chan === 'tick';

/**
 * Hands on `record` after the ticks that are due before it. A tick that is a record itself (ours were written down) takes the
 * place of the derived one; one that was announced already is left out.
 */
export function withTicks(state: TickState, record: RawRecord, emit: RecordSink): void {
  if (isTick(record)) {
    if (record.t <= state.passed) return;
    state.passed = wholeSecond(record.t);
    emit(record);
    return;
  }
  for (const t of advance(state, record.t)) emit(tickAt(t));
  emit(record);
}

/**
 * The tick that closes a recording: the whole second at or after everything seen.
 *
 * @returns undefined when there is nothing to close: no records, or the last one was that tick.
 */
export function closingTick(state: TickState, last: Micros): RawRecord | undefined {
  const t = Math.ceil(last / SECOND) * SECOND;
  if (state.passed < 0 || t <= state.passed) return undefined;
  state.passed = t;
  return tickAt(t as Micros);
}

/** Records that one record may cause while it is being handed on. More than that is a sink that feeds itself. */
const NESTED_LIMIT = 100_000;

/**
 * The single funnel of a live process. Whatever happens at the edge comes through here, is stamped with a strictly increasing
 * time and handed to every sink in turn, with the clock's ticks in between: exactly the order a replay will see.
 *
 * A record pushed by a sink while another is being handed on waits until that one has reached all sinks.
 */
export class Intake {
  readonly #clock: Clock;
  readonly #sinks: readonly RecordSink[];
  readonly #ticks = createTickState();
  readonly #waiting: RawRecord[] = [];
  #last = 0;
  #busy = false;
  #pulse: Timer | null = null;
  #closed = false;

  /** Ticks begin at once, so that a screen lives before the first message. */
  constructor(clock: Clock, sinks: readonly RecordSink[]) {
    this.#clock = clock;
    this.#sinks = sinks;
    advance(this.#ticks, clock.now());
    this.#schedule();
  }

  /**
   * Stamps and hands on one message.
   *
   * @returns the time it was stamped with.
   */
  push(feed: FeedId, chan: string, msg: Message): Micros {
    if (this.#closed) return this.#last as Micros;
    let t = Math.max(this.#clock.now(), this.#last + 1) as Micros;
    for (const second of advance(this.#ticks, t)) {
      this.#emit(tickAt(second));
      if (second === t) t = (t + 1) as Micros;
    }
    this.#last = t;
    this.#emit({ t, feed, chan, msg });
    return t;
  }

  /** What a feed says about itself, as a record of that feed. */
  report(feed: FeedId, report: FeedReport): void {
    this.push(feed, REPORT_CHAN, JSON.stringify(report));
  }

  /** Closes the last second, as a replay does at the end of its recording, and hands nothing on any more. */
  close(): void {
    if (this.#closed) return;
    const last = closingTick(this.#ticks, this.#last as Micros);
    if (last !== undefined) this.#emit(last);
    this.#closed = true;
    if (this.#pulse !== null) this.#clock.clearTimer(this.#pulse);
    this.#pulse = null;
  }

  #emit(record: RawRecord): void {
    if (this.#waiting.length >= NESTED_LIMIT)
      throw new Error('Invariant: a sink does not feed itself without end');
    this.#waiting.push(record);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let i = 0; i < this.#waiting.length; i += 1)
        for (const sink of this.#sinks) sink(this.#waiting[i]!);
    } finally {
      this.#waiting.length = 0;
      this.#busy = false;
    }
  }

  #schedule(): void {
    const wait = (this.#ticks.passed + SECOND - this.#clock.now()) / 1000;
    this.#pulse = this.#clock.setTimer(() => this.#tick(), Math.max(wait, 1));
  }

  #tick(): void {
    const now = this.#clock.now();
    for (const second of advance(this.#ticks, now)) {
      this.#last = Math.max(this.#last, second);
      this.#emit(tickAt(second));
    }
    if (!this.#closed) this.#schedule();
  }
}
