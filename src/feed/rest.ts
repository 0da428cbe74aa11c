import type { FeedReport } from '../model/record.ts';
import { type Micros, micros, SECOND } from '../model/units.ts';
import type { Protocol, RestPool, RestPriority, RestRequest } from '../venues/protocol.ts';
import type { Clock, Timer } from './clock.ts';
import { HttpClient } from './http.ts';
import { backoffMs, type Random } from './random.ts';
import {
  type Budget,
  createBudget,
  fallsAt,
  halve,
  noteVenueCount,
  spend,
  usedOf,
  waitMs,
} from './rest-budget.ts';

export type RestOutcome =
  | {
      readonly state: 'ok';
      readonly body: string;
      readonly sentAt: Micros;
      readonly receivedAt: Micros;
    }
  | {
      /** `invalid`: the request is wrong; `refused`: the host turns us away; `failed`: out of attempts; `closed`: we are leaving. */
      readonly state: 'invalid' | 'refused' | 'failed' | 'closed';
      readonly reason: string;
    };

/** What the client has to know of the feed that asks. */
export interface RestCaller {
  readonly verdict: Protocol<unknown>['verdict'];
  readonly report: (report: FeedReport) => void;
}

const PRIORITIES: readonly RestPriority[] = ['book', 'scan', 'poll', 'backfill'];

/** Requests in flight at most, counting those of higher priority: a book never waits for a slot behind a long history page. */
const IN_FLIGHT: Readonly<Record<RestPriority, number>> = {
  book: 6,
  scan: 3,
  poll: 4,
  backfill: 2,
};

/** Attempts after which a request has failed. Limit answers do not count, up to a bound of their own. */
const ATTEMPTS: Readonly<Record<RestPriority, number>> = {
  book: 4,
  scan: 4,
  poll: 2,
  backfill: 5,
};
const LIMIT_ANSWERS = 8;

/** Requests that may wait per pool and priority; further ones fail at once. */
const QUEUE_LIMIT = 4096;

/** The longest pause between attempts. */
const LONGEST_PAUSE_MS = 8000;

/** A change of use by this share of the limit is reported within a second, any other within ten. */
const NOTICEABLE = 0.05;
const TOLD_SOON = SECOND;
const TOLD_LATE = 10 * SECOND;

interface Job {
  readonly caller: RestCaller;
  readonly request: RestRequest;
  readonly resolve: (outcome: RestOutcome) => void;
  failures: number;
  limitAnswers: number;
}

interface Pool {
  readonly budget: Budget;
  readonly caller: RestCaller;
  readonly queues: Readonly<Record<RestPriority, Job[]>>;
  told: Told | null;
  /** Looks for a change that nobody has been told of. */
  again: Timer | null;
}

interface Told {
  readonly used: number;
  readonly state: PoolState;
  readonly at: Micros;
}

type PoolState = Extract<FeedReport, { kind: 'rest' }>['state'];

/**
 * All REST to one venue: budgets per pool, priorities, pauses the venue demands, retries.
 *
 * One client serves all feeds of a venue, because a venue counts per address and stops all of them together.
 */
export class RestClient {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #http: Pick<HttpClient, 'ask' | 'close'>;
  readonly #pools = new Map<string, Pool>();
  readonly #refused = new Set<string>();
  readonly #pausing = new Map<Job, Timer>();
  #inFlight = 0;
  #held: { readonly until: Micros; readonly state: 'limited' | 'banned' } | null = null;
  #wake: Timer | null = null;
  #closed = false;

  constructor(
    clock: Clock,
    random: Random,
    http: Pick<HttpClient, 'ask' | 'close'> = new HttpClient(clock),
  ) {
    this.#clock = clock;
    this.#random = random;
    this.#http = http;
  }

  /** Makes budgets known. A pool that several feeds share belongs to the first: its use is reported once. */
  addPools(pools: readonly RestPool[], caller: RestCaller): void {
    for (const pool of pools) {
      if (this.#pools.has(pool.name)) continue;
      this.#pools.set(pool.name, {
        budget: createBudget(pool),
        caller,
        queues: { book: [], scan: [], poll: [], backfill: [] },
        told: null,
        again: null,
      });
    }
  }

  /** Queues a request. Never rejects; the outcome comes when it is answered, or given up. */
  get(request: RestRequest, caller: RestCaller): Promise<RestOutcome> {
    return new Promise((resolve) => {
      const job: Job = { caller, request, resolve, failures: 0, limitAnswers: 0 };
      const pool = this.#pools.get(request.pool);
      if (this.#closed) resolve({ state: 'closed', reason: 'closed' });
      else if (!URL.canParse(request.url)) resolve({ state: 'invalid', reason: 'no address' });
      else if (pool === undefined) resolve({ state: 'invalid', reason: 'no such budget' });
      else if (request.weight > pool.budget.pool.budget)
        resolve({ state: 'invalid', reason: 'heavier than the budget' });
      else if (this.#refused.has(hostOf(request))) {
        this.#tell(pool, 'refused');
        resolve({ state: 'refused', reason: 'refused by the venue' });
      } else if (pool.queues[request.priority].length >= QUEUE_LIMIT)
        resolve({ state: 'failed', reason: 'too many requests waiting' });
      else {
        pool.queues[request.priority].push(job);
        this.#pump();
      }
    });
  }

  /** Gives up everything that waits or is in flight. */
  close(): void {
    this.#closed = true;
    if (this.#wake !== null) this.#clock.clearTimer(this.#wake);
    for (const { again } of this.#pools.values()) if (again !== null) this.#clock.clearTimer(again);
    for (const [job, timer] of this.#pausing) {
      this.#clock.clearTimer(timer);
      job.resolve({ state: 'closed', reason: 'closed' });
    }
    this.#pausing.clear();
    for (const job of this.#takeAll(() => true)) job.resolve({ state: 'closed', reason: 'closed' });
    this.#http.close();
  }

  /** Sends what may be sent now and sets one timer for the rest. */
  #pump(): void {
    if (this.#wake !== null) this.#clock.clearTimer(this.#wake);
    this.#wake = null;
    if (this.#closed) return;
    let wait = this.#heldMs();
    if (wait === 0) {
      wait = Number.POSITIVE_INFINITY;
      const blocked = new Set<Pool>();
      for (const priority of PRIORITIES) {
        for (const pool of this.#pools.values()) {
          const queue = pool.queues[priority];
          // A pool that cannot afford a snapshot keeps its weight for it: no lower priority passes. A scanner's snapshots are many and hold up nobody.
          while (queue.length > 0 && !blocked.has(pool) && this.#inFlight < IN_FLIGHT[priority]) {
            const now = this.#clock.now();
            const poolWait = waitMs(pool.budget, queue[0]!.request.weight, priority, now);
            if (poolWait > 0) {
              wait = Math.min(wait, poolWait);
              if (priority === 'scan') break;
              blocked.add(pool);
            } else {
              spend(pool.budget, queue[0]!.request.weight, now);
              void this.#send(queue.shift()!, pool);
            }
          }
        }
      }
    }
    if (wait < Number.POSITIVE_INFINITY)
      this.#wake = this.#clock.setTimer(() => this.#pump(), wait);
  }

  /** How long a limit answer still holds everything back, ms. */
  #heldMs(): number {
    if (this.#held === null) return 0;
    const wait = (this.#held.until - this.#clock.now()) / 1000;
    if (wait > 0) return wait;
    this.#held = null;
    for (const pool of this.#pools.values()) this.#tell(pool);
    return 0;
  }

  async #send(job: Job, pool: Pool): Promise<void> {
    this.#inFlight += 1;
    this.#tell(pool);
    const result = await this.#http.ask(job.request.url, job.request.body);
    this.#inFlight -= 1;
    if (this.#closed) {
      job.resolve({ state: 'closed', reason: 'closed' });
      return;
    }
    if (!result.answered) this.#retry(job, result.reason);
    else {
      const { status, headers, body, sentAt, receivedAt } = result;
      const verdict = job.caller.verdict(status, headers, body);
      if (verdict.used !== null && pool.budget.pool.isCounted !== false)
        noteVenueCount(pool.budget, verdict.used, receivedAt);
      this.#tell(pool);
      switch (verdict.state) {
        case 'ok':
          job.resolve({ state: 'ok', body, sentAt, receivedAt });
          break;
        case 'limited':
        case 'banned':
          this.#hold(verdict.state, verdict.waitMs);
          this.#afterLimit(job, verdict.reason);
          break;
        case 'refused':
          this.#refuse(job, verdict.reason);
          break;
        case 'invalid':
          job.resolve({ state: 'invalid', reason: verdict.reason });
          break;
        case 'failed':
          this.#retry(job, verdict.reason);
          break;
      }
    }
    this.#pump();
  }

  /** The venue wants silence: nothing goes out until then, and half of the budget for five minutes after. */
  #hold(state: 'limited' | 'banned', ms: number): void {
    const asked = micros(this.#clock.now() + Math.max(ms, 1000) * 1000);
    const until = Math.max(asked, this.#held?.until ?? 0) as Micros;
    this.#held = { until, state: this.#held?.state === 'banned' ? 'banned' : state };
    for (const pool of this.#pools.values()) {
      halve(pool.budget, until);
      this.#tell(pool);
    }
  }

  #afterLimit(job: Job, reason: string): void {
    job.limitAnswers += 1;
    if (job.limitAnswers >= LIMIT_ANSWERS) job.resolve({ state: 'failed', reason });
    else this.#pools.get(job.request.pool)!.queues[job.request.priority].unshift(job);
  }

  /** The host turns us away for good: asking on would only make it worse. */
  #refuse(job: Job, reason: string): void {
    const host = hostOf(job.request);
    this.#refused.add(host);
    const given = [job, ...this.#takeAll((waiting) => hostOf(waiting.request) === host)];
    for (const [paused, timer] of this.#pausing) {
      if (hostOf(paused.request) !== host) continue;
      this.#clock.clearTimer(timer);
      this.#pausing.delete(paused);
      given.push(paused);
    }
    for (const { request, resolve } of given) {
      this.#tell(this.#pools.get(request.pool)!, 'refused');
      resolve({ state: 'refused', reason });
    }
  }

  #retry(job: Job, reason: string): void {
    job.failures += 1;
    const { priority, pool } = job.request;
    if (job.failures >= ATTEMPTS[priority]) {
      job.resolve({ state: 'failed', reason });
      return;
    }
    const pause = backoffMs(job.failures - 1, this.#random, LONGEST_PAUSE_MS);
    const timer = this.#clock.setTimer(() => {
      this.#pausing.delete(job);
      this.#pools.get(pool)!.queues[priority].unshift(job);
      this.#pump();
    }, pause);
    this.#pausing.set(job, timer);
  }

  #takeAll(matches: (job: Job) => boolean): Job[] {
    const taken: Job[] = [];
    for (const { queues } of this.#pools.values())
      for (const priority of PRIORITIES) {
        const queue = queues[priority];
        taken.push(...queue.filter(matches));
        queue.splice(0, queue.length, ...queue.filter((job) => !matches(job)));
      }
    return taken;
  }

  /** Reports a pool when its state changed or its use did, and comes back for changes that have to wait or come by themselves. */
  #tell(pool: Pool, state: PoolState = this.#stateOf(pool)): void {
    if (this.#closed) return;
    const now = this.#clock.now();
    const { budget, caller } = pool;
    const used = usedOf(budget, now);
    const { name, limit } = budget.pool;
    let told = pool.told;
    if (told === null || told.state !== state || now >= dueAt(told, used, limit)) {
      const until = (this.#held?.until ?? 0) as Micros;
      told = { used, state, at: now };
      pool.told = told;
      caller.report({ kind: 'rest', pool: name, used, limit, state, until });
    }
    if (pool.again !== null) this.#clock.clearTimer(pool.again);
    pool.again = null;
    const next = used === told.used ? fallsAt(budget, now) : dueAt(told, used, limit);
    if (next === Number.POSITIVE_INFINITY) return;
    pool.again = this.#clock.setTimer(
      () => {
        pool.again = null;
        this.#tell(pool);
      },
      Math.max(next - now, 0) / 1000,
    );
  }

  #stateOf(pool: Pool): PoolState {
    if (pool.told?.state === 'refused') return 'refused';
    return this.#held?.state ?? 'ok';
  }
}

/** When a use that differs from what was told is told. */
function dueAt(told: Told, used: number, limit: number): number {
  const change = Math.abs(used - told.used);
  if (change === 0) return Number.POSITIVE_INFINITY;
  return told.at + (change < NOTICEABLE * limit ? TOLD_LATE : TOLD_SOON);
}

const hostOf = (request: RestRequest): string => new URL(request.url).host;
