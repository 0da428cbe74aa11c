import type { FeedReport } from '../model/record.ts';
import { type Micros, micros, microsFromMillis, SECOND } from '../model/units.ts';
import type { PollPlan, Protocol, RestRequest } from '../venues/protocol.ts';
import type { Clock, Timer } from './clock.ts';
import type { RestOutcome } from './rest.ts';

/** Fetches one page and hands it on. */
type Fetch = (request: RestRequest) => Promise<RestOutcome>;

/** Timers that can be stopped together. */
export class Timers {
  readonly #clock: Clock;
  readonly #set = new Set<Timer>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  after(ms: number, run: () => void): void {
    if (this.#isClosed) return;
    const timer = this.#clock.setTimer(() => {
      this.#set.delete(timer);
      run();
    }, ms);
    this.#set.add(timer);
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#set) this.#clock.clearTimer(timer);
    this.#set.clear();
  }
}

/**
 * Repeats every poll at its own pace: those with a phase by the clock, the first of the others spread over their pace so that they
 * never come in a volley, nor right behind a bootstrap that asked the same. One that still waits for its answer is skipped, so polls do not pile up. What the venue calls invalid is not
 * repeated.
 */
export function startPolls(
  clock: Clock,
  timers: Timers,
  polls: readonly PollPlan[],
  fetch: Fetch,
): void {
  polls.forEach(({ request, requestAt, everyMs, phaseMs }, index) => {
    let isBusy = false;
    let isOver = false;
    const run = async () => {
      isBusy = true;
      const { state } = await fetch(requestAt?.(Math.floor(clock.now() / 1000)) ?? request);
      isBusy = false;
      isOver = state === 'invalid' || state === 'refused';
    };
    const repeat = () => {
      if (isOver) return;
      timers.after(phaseMs === undefined ? everyMs : untilPhase(phaseMs), repeat);
      if (!isBusy) void run();
    };
    const untilPhase = (phase: number) => {
      const wait = (phase - clock.now() / 1000) % everyMs;
      // A timer that fires a hair early must not find itself due again at once.
      return wait > 1 ? wait : wait + everyMs;
    };
    const share = (index + 1) / polls.length;
    const first = phaseMs === undefined ? everyMs * share : untilPhase(phaseMs);
    timers.after(first, repeat);
  });
}

/** Pages of history that are asked for at the same time. */
const PAGES_AT_ONCE = 2;

/** Fetches history page by page, most valuable first, and reports its progress at most once a second and at the end. */
export async function runBackfill(
  clock: Clock,
  timers: Timers,
  requests: readonly RestRequest[],
  fetch: Fetch,
  report: (report: FeedReport) => void,
): Promise<void> {
  if (requests.length === 0) return;
  let next = 0;
  let done = 0;
  let told = 0 as Micros;
  const tell = () => {
    const now = clock.now();
    if (timers.isClosed || (done < requests.length && now - told < SECOND)) return;
    told = now;
    report({ kind: 'backfill', done, of: requests.length });
  };
  const work = async () => {
    while (next < requests.length && !timers.isClosed) {
      const request = requests[next]!;
      next += 1;
      await fetch(request);
      done += 1;
      tell();
    }
  };
  tell();
  await Promise.all(Array.from({ length: PAGES_AT_ONCE }, work));
}

const PROBES = 5;
const PROBES_EVERY_MS = 10 * 60_000;

/**
 * Measures how far the venue's clock is ahead of ours, now and every 10 min: offset = server time − middle of the round trip, of the
 * fastest of 5 probes (venues.md §1.6). For display only.
 */
export function startClockProbes(
  timers: Timers,
  serverTime: Protocol<unknown>['serverTime'],
  probe: () => Promise<RestOutcome>,
  report: (report: FeedReport) => void,
): void {
  const measure = async () => {
    let best: { readonly offset: Micros; readonly roundTrip: Micros } | null = null;
    for (let i = 0; i < PROBES && !timers.isClosed; i += 1) {
      const outcome = await probe();
      if (outcome.state !== 'ok') continue;
      const ms = serverTime(outcome.body);
      if (ms === undefined) continue;
      const { sentAt, receivedAt } = outcome;
      const roundTrip = micros(receivedAt - sentAt);
      if (best === null || roundTrip < best.roundTrip)
        best = { roundTrip, offset: micros(microsFromMillis(ms) - (sentAt + receivedAt) / 2) };
    }
    if (timers.isClosed) return;
    if (best !== null) report({ kind: 'clock', ...best });
    timers.after(PROBES_EVERY_MS, () => void measure());
  };
  void measure();
}
