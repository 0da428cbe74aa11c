import type { Clock, Timer } from '../../../src/feed/clock.ts';
import type { Micros } from '../../../src/model/units.ts';

interface ManualTimer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that stands still until it is moved. Like the real one it never gives the same time twice. */
export class ManualClock implements Clock {
  #now: number;
  #last = 0;
  #order = 0;
  readonly #timers = new Set<ManualTimer>();

  constructor(start = 1_700_000_000_000_000) {
    this.#now = start;
  }

  now(): Micros {
    this.#last = Math.max(this.#last + 1, Math.floor(this.#now));
    return this.#last as Micros;
  }

  setTimer(run: () => void, ms: number): Timer {
    this.#order += 1;
    const timer = { at: this.#now + Math.max(ms, 0) * 1000, order: this.#order, run };
    this.#timers.add(timer);
    return timer;
  }

  clearTimer(timer: Timer): void {
    this.#timers.delete(timer as ManualTimer);
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** ms until the next timer; undefined when there is none. */
  get untilNext(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : (next.at - this.#now) / 1000;
  }

  /** Moves on by `ms`, running every timer at its time. */
  advance(ms: number): void {
    const end = this.#now + ms * 1000;
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = end;
  }

  /** Moves on without running a timer, as a machine does that sleeps; they run late with the next `advance`. */
  sleep(ms: number): void {
    this.#now += ms * 1000;
  }

  #next(): ManualTimer | undefined {
    let next: ManualTimer | undefined;
    for (const timer of this.#timers)
      if (
        next === undefined ||
        timer.at < next.at ||
        (timer.at === next.at && timer.order < next.order)
      )
        next = timer;
    return next;
  }
}
