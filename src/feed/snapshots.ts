import { MINUTE, type Micros } from '../model/units.ts';
import type { Clock, Timer } from './clock.ts';
import type { Random } from './random.ts';
import type { RestOutcome } from './rest.ts';

/** Pause before a snapshot that follows another: 0.5 s, doubled each time up to 8 s, × U(0.5, 1.5) (venues.md §2.5). */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;
/** A book that got along for this long begins again without a pause. */
const CALM = 1 * MINUTE;

interface Wanted {
  /** Snapshots fetched for this trouble so far. */
  fetched: number;
  /** When the newest answer came. */
  answeredAt: Micros;
  timer: Timer | null;
  isBusy: boolean;
}

/** Fetches one snapshot. Calls `answered` before it hands the answer on, because whoever takes it may ask for the next one at once. */
type FetchSnapshot = (symbol: string, answered: () => void) => Promise<RestOutcome['state']>;

/**
 * Fetches book snapshots that are asked for: one at a time per symbol, at once the first time, ever slower while one after the other
 * turns out too old. A fetch that fails is repeated until it succeeds: the book waits for it.
 */
export class Snapshots {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #fetch: FetchSnapshot;
  readonly #wanted = new Map<string, Wanted>();
  #isClosed = false;

  constructor(clock: Clock, random: Random, fetch: FetchSnapshot) {
    this.#clock = clock;
    this.#random = random;
    this.#fetch = fetch;
  }

  /** The book of `symbol` needs a snapshot. Asking again while one is on its way changes nothing. */
  request(symbol: string): void {
    if (this.#isClosed) return;
    const wanted = this.#wanted.get(symbol) ?? {
      fetched: 0,
      answeredAt: 0 as Micros,
      timer: null,
      isBusy: false,
    };
    this.#wanted.set(symbol, wanted);
    if (wanted.isBusy || wanted.timer !== null) return;
    if (this.#clock.now() - wanted.answeredAt > CALM) wanted.fetched = 0;
    this.#schedule(symbol, wanted);
  }

  close(): void {
    this.#isClosed = true;
    for (const { timer } of this.#wanted.values())
      if (timer !== null) this.#clock.clearTimer(timer);
    this.#wanted.clear();
  }

  #schedule(symbol: string, wanted: Wanted): void {
    const pause =
      wanted.fetched === 0
        ? 0
        : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (wanted.fetched - 1)) *
          (0.5 + this.#random());
    wanted.timer = this.#clock.setTimer(() => {
      wanted.timer = null;
      void this.#run(symbol, wanted);
    }, pause);
  }

  async #run(symbol: string, wanted: Wanted): Promise<void> {
    wanted.isBusy = true;
    wanted.fetched += 1;
    const state = await this.#fetch(symbol, () => {
      wanted.isBusy = false;
      wanted.answeredAt = this.#clock.now();
    });
    wanted.isBusy = false;
    wanted.answeredAt = this.#clock.now();
    if (state === 'failed' && !this.#isClosed && wanted.timer === null)
      this.#schedule(symbol, wanted);
  }
}
