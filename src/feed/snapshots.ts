import { MINUTE, type Micros } from '../model/units.ts';
import type { BookNeed } from '../venues/protocol.ts';
import type { Clock, Timer } from './clock.ts';
import type { Random } from './random.ts';
import type { RestOutcome } from './rest.ts';

/**
 * Pause before a try that follows another, doubled each time, × U(0.5, 1.5): 0.5 to 8 s between snapshots (venues.md §2.5), 4 to 64 s between
 * subscriptions, which venues count by the hour (venues.md §4.2: never less than 2 s).
 */
const FIRST_PAUSE_MS = 500;
const FIRST_RESUBSCRIPTION_PAUSE_MS = 4000;
const DOUBLINGS = 4;
/** A book that got along for this long begins again without a pause. */
const CALM = 1 * MINUTE;

interface Wanted {
  /** Snapshots fetched for this trouble so far. */
  fetched: number;
  /** When the newest answer came. */
  answeredAt: Micros;
  timer: Timer | null;
  isBusy: boolean;
  need: BookNeed;
  /** What the last try was. */
  didResubscribe: boolean;
}

/** What became of a try: a stream was asked for anew, or the fate of a request. */
export type Tried = RestOutcome['state'] | 'resubscribed';

/**
 * Gets one beginning. Calls `answered` before it hands an answer on, because whoever takes it may ask for the next one at once.
 *
 * @param attempt  1 for the first try of this trouble.
 */
type Recover = (
  symbol: string,
  answered: () => void,
  need: BookNeed,
  attempt: number,
) => Promise<Tried>;

/**
 * Fetches book snapshots that are asked for: one at a time per symbol, at once the first time, ever slower while one after the other
 * turns out too old. A fetch that fails is repeated until it succeeds: the book waits for it.
 */
export class Snapshots {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #fetch: Recover;
  readonly #wanted = new Map<string, Wanted>();
  #isClosed = false;

  constructor(clock: Clock, random: Random, fetch: Recover) {
    this.#clock = clock;
    this.#random = random;
    this.#fetch = fetch;
  }

  /** The book of `symbol` needs a snapshot. Asking again while one is on its way changes nothing. */
  request(symbol: string, need: BookNeed = 'waiting'): void {
    if (this.#isClosed) return;
    const wanted = this.#wanted.get(symbol) ?? {
      fetched: 0,
      answeredAt: 0 as Micros,
      timer: null,
      isBusy: false,
      need,
      didResubscribe: false,
    };
    wanted.need = need;
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
    const first = wanted.didResubscribe ? FIRST_RESUBSCRIPTION_PAUSE_MS : FIRST_PAUSE_MS;
    const pause =
      wanted.fetched === 0
        ? 0
        : first * 2 ** Math.min(DOUBLINGS, wanted.fetched - 1) * (0.5 + this.#random());
    wanted.timer = this.#clock.setTimer(() => {
      wanted.timer = null;
      void this.#run(symbol, wanted);
    }, pause);
  }

  async #run(symbol: string, wanted: Wanted): Promise<void> {
    wanted.isBusy = true;
    wanted.fetched += 1;
    const answered = () => {
      wanted.isBusy = false;
      wanted.answeredAt = this.#clock.now();
    };
    const state = await this.#fetch(symbol, answered, wanted.need, wanted.fetched);
    wanted.isBusy = false;
    wanted.didResubscribe = state === 'resubscribed';
    wanted.answeredAt = this.#clock.now();
    if (state === 'failed' && !this.#isClosed && wanted.timer === null)
      this.#schedule(symbol, wanted);
  }
}
