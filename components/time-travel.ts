import { MINUTE, type Micros, SECOND } from '../src/model/units.ts';
import { clock, duration, instant } from './format/time.ts';
import { isMoment, type Moment, type Past } from './past.ts';
import type { ScreenStore } from './screen-store.ts';

/** Marks kept; a further one takes the place of the oldest. */
const MOST_MARKS = 26;

/** What a key or a command line asks of time. */
export type Travel =
  /** So many seconds, or minutes, forward or, below zero, back. */
  | { readonly to: 'step'; readonly seconds: number }
  /** An instant, or so far before the newest frame. */
  | { readonly to: 'instant'; readonly time: Micros }
  | { readonly to: 'ago'; readonly span: Micros }
  /** The n-th gate, regime or cascade event forward or, below zero, back. */
  | { readonly to: 'turn'; readonly count: number }
  /** The mark before what is shown, or the newest. */
  | { readonly to: 'mark' }
  | { readonly to: 'now' };

/** Seconds of a small and of a large step. */
export const STEP = { small: 1, large: MINUTE / SECOND } as const;

const NO_PAST = 'this screen keeps no past';

/** Takes a screen through time and back to the newest frame. */
export class TimeTravel {
  readonly #store: ScreenStore;
  readonly #past: Past | null;
  /** Hears whether the screen is away from the newest frame. */
  readonly #onAway: (isAway: boolean) => void;
  /** Where the screen is or is going; null at the newest frame. */
  #wanted: Micros | null = null;
  #asked = 0;
  #isAway = false;
  /** In the order of time. */
  #marks: Micros[] = [];

  constructor(store: ScreenStore, past: Past | null, onAway: (isAway: boolean) => void) {
    this.#store = store;
    this.#past = past;
    this.#onAway = onAway;
  }

  go(travel: Travel): void {
    switch (travel.to) {
      case 'now':
        this.#return();
        return;
      case 'step':
        this.#toward(this.#here() + travel.seconds * SECOND, travel.seconds > 0);
        return;
      case 'instant':
        this.#toward(travel.time, false);
        return;
      case 'ago':
        this.#toward(this.#store.newest - travel.span, false);
        return;
      case 'turn':
        void this.#toTurn(travel.count);
        return;
      case 'mark':
        this.#toMark();
        return;
    }
  }

  /** Marks the instant that is shown. */
  mark(): void {
    const here = this.#here();
    if (here === 0) return;
    const others = this.#marks.filter((mark) => mark !== here).slice(-MOST_MARKS + 1);
    this.#marks = [...others, here].sort((a, b) => a - b);
    this.#store.notice(`marked ${clock(here, 8)}; ' goes back to it`);
  }

  #here(): Micros {
    return this.#wanted ?? this.#store.shownAt;
  }

  #toward(time: number, isForward: boolean): void {
    if (this.#past === null) this.#store.notice(NO_PAST, 'warning');
    else if (time >= this.#store.newest && !this.#past.reachesAhead) this.#return();
    else void this.#show(time as Micros, isForward);
  }

  #return(): void {
    this.#asked += 1;
    this.#past?.giveUp();
    this.#wanted = null;
    this.#store.deriving(null);
    this.#store.showMoment(null);
    this.#tell(false);
  }

  #tell(isAway: boolean): void {
    if (isAway !== this.#isAway) this.#onAway(isAway);
    this.#isAway = isAway;
  }

  async #show(time: Micros, isForward: boolean): Promise<void> {
    const past = this.#past;
    const { asset } = this.#store.state();
    if (past === null) return;
    if (asset === null) {
      this.#store.notice('nothing has come yet', 'warning');
      return;
    }
    const before = this.#shown();
    this.#asked += 1;
    const asked = this.#asked;
    this.#wanted = time;
    const found = await past
      .at({ time, asset, isForward }, (share) => {
        if (asked === this.#asked) this.#store.deriving({ to: time, share });
      })
      .catch((error: unknown) => ({ reason: error instanceof Error ? error.message : 'no past' }));
    if (asked !== this.#asked) return;
    this.#store.deriving(null);
    if (!isMoment(found)) {
      this.#wanted = before;
      this.#store.notice(found.reason, 'warning');
      return;
    }
    this.#arrive(found, isForward);
  }

  #arrive(moment: Moment, isForward: boolean): void {
    // Past the last frame there is: what follows is what comes.
    if (isForward && moment.at >= this.#store.newest && this.#past?.reachesAhead !== true) {
      this.#return();
      return;
    }
    this.#wanted = moment.at;
    this.#store.showMoment(moment);
    this.#tell(true);
  }

  #shown(): Micros | null {
    return this.#store.state().past?.at ?? null;
  }

  async #toTurn(count: number): Promise<void> {
    const past = this.#past;
    const { asset } = this.#store.state();
    if (past === null || asset === null) {
      this.#store.notice(NO_PAST, 'warning');
      return;
    }
    const direction = count > 0 ? 1 : -1;
    let at = this.#here();
    this.#asked += 1;
    const asked = this.#asked;
    for (let left = Math.abs(count); left > 0; left -= 1) {
      const found = await past.turn({ time: at, asset, direction }, (share) => {
        if (asked === this.#asked) this.#store.deriving({ to: null, share });
      });
      if (asked !== this.#asked) return;
      this.#store.deriving(null);
      if (found === null) {
        const word = direction > 0 ? 'later' : 'earlier';
        this.#store.notice(`no ${word} gate, regime or cascade event of ${asset} is known`);
        return;
      }
      at = found.tsLocal;
      this.#store.notice(`${clock(at, 8)} ${found.text}`);
    }
    // The frame after it is the first that shows what happened.
    await this.#show(at, true);
  }

  #toMark(): void {
    const here = this.#here();
    const mark = this.#marks.findLast((one) => one < here) ?? this.#marks.at(-1);
    if (mark === undefined) this.#store.notice('no mark; m sets one');
    else this.#toward(mark, false);
  }
}

/** What the banner of a screen in the past says. */
export function pastWords(
  at: Micros,
  newest: Micros,
  origin: Moment['origin'],
  everySeconds: number,
): string {
  const word = at > newest ? 'AHEAD' : 'PAST';
  const away = duration(Math.abs(newest - at), 8).trim();
  const where = {
    tape: everySeconds > 1 ? `Kept every ${everySeconds} s` : 'Kept every second',
    recording: 'Made anew from the recording',
    store: 'From the store: no books, no trades',
  }[origin];
  const side = at > newest ? 'ahead of the replay' : 'back';
  // How to go on stands where a narrow screen still has it.
  return `${word} ${instant(at, 19)} UTC, ${away} ${side}. 0 returns. ${where}. Feeds go on.`;
}
