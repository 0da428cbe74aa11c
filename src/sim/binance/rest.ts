import { createRandom, nextUniform, type Random } from '../../stats/random.ts';
import type { FaultSite } from '../faults.ts';
import type { Refusal, RestAnswer, RestRequest, RestService } from '../rest-host.ts';
import { seedOf } from '../seed.ts';
import type { Faults } from './faults.ts';
import { type Admission, Budget } from './limits.ts';
import type { MarketName } from './streams.ts';

/** What a request asked for. */
export class Query {
  readonly #fields: URLSearchParams;

  constructor(fields: URLSearchParams) {
    this.#fields = fields;
  }

  /** A parameter's text; undefined when absent or empty. */
  text(name: string): string | undefined {
    const value = this.#fields.get(name);
    return value === null || value === '' ? undefined : value;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) {
      throw new ApiError(
        -1102,
        `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`,
      );
    }
    return value;
  }

  /** A whole number; undefined when absent. */
  whole(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^[0-9]{1,20}$/.test(value)) {
      throw new ApiError(
        -1100,
        `Illegal characters found in parameter '${name}'; legal range is '^[0-9]{1,20}$'.`,
      );
    }
    return Number(value);
  }
}

/** An error as the venue words it: HTTP 400 with a code and a message. */
export class ApiError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** One endpoint: what a request costs, from which budget, and how it is answered (JSON text). */
export interface Endpoint {
  readonly weight: (query: Query) => number;
  readonly budget: BudgetName;
  readonly answer: (query: Query, context: AnswerContext) => string;
}

/** What an answer depends on besides the request. */
export interface AnswerContext {
  /** The venue's clock, ms, skewed as it is at the moment. */
  readonly nowMs: number;
  /** The market's own instant, ms. */
  readonly marketMs: number;
  /** How the snapshot of a symbol should lie to the stream. */
  readonly snapshot: (symbol: string) => 'behind' | 'stale' | 'atPu';
  /** How far the request servers are behind the stream, ms. */
  readonly lagMs: number;
}

/** `weight`: the minute weight with its header; the others count requests. COIN-M has the weight of USDT-M. */
export type BudgetName = 'weight' | 'data' | 'funding';

const FIVE_MINUTES_MS = 300_000;
const MINUTE_MS = 60_000;

const BUDGETS = {
  futures: { weight: 2400, data: 1000, funding: 500 },
  spot: { weight: 6000 },
} as const satisfies Readonly<Record<string, Readonly<Partial<Record<BudgetName, number>>>>>;

/** What an address may use up, by name. */
export type Budgets = ReadonlyMap<BudgetName, Budget>;

/** Fresh budgets of futures, both products together (venues.md §2.3), or of spot. */
export const budgetsOf = (name: 'futures' | 'spot'): Budgets =>
  new Map(
    Object.entries(BUDGETS[name]).map(([budget, limit]) => [
      budget as BudgetName,
      new Budget({ limit, windowMs: budget === 'weight' ? MINUTE_MS : FIVE_MINUTES_MS }),
    ]),
  );

/** Snapshots are this much behind the stream, ms, at least and at most. */
const LAG_MS = [20, 240] as const;

interface RestOptions {
  readonly name: MarketName;
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** Shared by the products that share them. */
  readonly budgets: Budgets;
  readonly faults: Faults;
  readonly seed: number;
  /** Wall ms: what limits are counted in. */
  readonly now: () => number;
  /** The venue's clock, ms. */
  readonly marketNow: () => number;
}

/** The requests of one product family: budgets and error shapes. */
export class BinanceRest implements RestService {
  readonly #options: RestOptions;
  readonly #budgets: Budgets;
  readonly #random: Random;

  constructor(options: RestOptions) {
    this.#options = options;
    this.#random = createRandom(seedOf(options.seed, 'rest', options.name));
    this.#budgets = options.budgets;
  }

  site({ query }: RestRequest): { readonly symbol: string | null } {
    const fields = new Query(query);
    return { symbol: fields.text('symbol') ?? fields.text('pair') ?? null };
  }

  answer({ method, path, query: fields }: RestRequest, site: FaultSite): RestAnswer {
    const query = new Query(fields);
    const endpoint = this.#options.endpoints.get(path);
    if (endpoint === undefined || method !== 'GET') return unknownPath(method, path);
    const admission = this.#admit(endpoint, query);
    const headers = this.#weightHeaders();
    const refusal = this.#limitAnswer(endpoint, admission, site, headers);
    if (refusal !== null) return refusal;
    try {
      return { status: 200, body: endpoint.answer(query, this.#context()), headers };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { status: 400, body: errorText(error.code, error.message), headers };
    }
  }

  refused(refusal: Refusal): RestAnswer {
    switch (refusal) {
      case 'regionRefused':
        return {
          status: 451,
          body: errorText(
            0,
            "Service unavailable from a restricted location according to 'b. Eligibility' in https://www.binance.com/en/terms. Please contact customer service if you believe you received this message in error.",
          ),
        };
      case 'forbidden':
        return {
          status: 403,
          body: '<html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1></center></body></html>',
        };
      case 'serverError':
        return {
          status: 500,
          body: errorText(-1000, 'An unknown error occurred while processing the request.'),
        };
    }
  }

  #admit(endpoint: Endpoint, query: Query): Admission {
    const budget = this.#budgets.get(endpoint.budget)!;
    let weight = 1;
    try {
      weight = endpoint.weight(query);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
    return budget.admit(endpoint.budget === 'weight' ? weight : 1, this.#options.now());
  }

  #weightHeaders(): Record<string, string> {
    const now = this.#options.now();
    const budget = this.#budgets.get('weight')!;
    const used = `${budget.usedAt(now)}`;
    return this.#options.name === 'spot'
      ? { 'x-mbx-uuid': this.#uuid(), 'X-MBX-USED-WEIGHT': used, 'X-MBX-USED-WEIGHT-1M': used }
      : { 'X-MBX-USED-WEIGHT-1M': used };
  }

  #uuid(): string {
    const part = () => Math.floor(nextUniform(this.#random) * 2 ** 32).toString(16);
    return `${part()}-${part()}`;
  }

  #limitAnswer(
    endpoint: Endpoint,
    admission: Admission,
    site: FaultSite,
    headers: Readonly<Record<string, string>>,
  ): RestAnswer | null {
    const { faults } = this.#options;
    const ban = faults.strike('banned', site);
    if (ban !== undefined) {
      const retryAfter = ban.retryAfter ?? 120;
      return banned(retryAfter, this.#options.now() + retryAfter * 1000, headers);
    }
    const limit = faults.strike('rateLimited', site);
    if (limit !== undefined) return this.#limited(endpoint, limit.retryAfter ?? 5, headers);
    if (admission.state === 'banned') {
      return banned(admission.retryAfter, admission.untilMs, headers);
    }
    if (admission.state === 'limited') {
      return this.#limited(endpoint, admission.retryAfter, headers);
    }
    return null;
  }

  #limited(
    endpoint: Endpoint,
    retryAfter: number,
    headers: Readonly<Record<string, string>>,
  ): RestAnswer {
    const { limit } = this.#budgets.get(endpoint.budget)!;
    const message = `Too many requests; current limit of IP(127.0.0.1) is ${limit} requests per minute. Please use the websocket for live updates to avoid polling the API.`;
    return {
      status: 429,
      body: errorText(-1003, message),
      headers: { ...headers, ...after(retryAfter) },
    };
  }

  #context(): AnswerContext {
    const { faults, name } = this.#options;
    const marketMs = Math.floor(this.#options.marketNow());
    const skewMs = faults.on('clockSkew', { market: name })?.offsetMs ?? 0;
    return {
      nowMs: marketMs + skewMs,
      marketMs,
      lagMs: LAG_MS[0] + (LAG_MS[1] - LAG_MS[0]) * nextUniform(this.#random),
      snapshot: (symbol) => {
        const site: FaultSite = { market: name, symbol };
        if (faults.strike('staleSnapshot', site) !== undefined) return 'stale';
        return faults.strike('snapshotAtPu', site) === undefined ? 'behind' : 'atPu';
      },
    };
  }
}

const errorText = (code: number, msg: string): string => JSON.stringify({ code, msg });

const after = (seconds: number): Record<string, string> =>
  seconds > 0 ? { 'Retry-After': `${seconds}` } : {};

function banned(
  retryAfter: number,
  untilMs: number,
  headers: Readonly<Record<string, string>>,
): RestAnswer {
  const message = `Way too many requests; IP(127.0.0.1) banned until ${Math.round(untilMs)}. Please use the websocket for live updates to avoid bans.`;
  return {
    status: 418,
    body: errorText(-1003, message),
    headers: { ...headers, ...after(retryAfter) },
  };
}

const unknownPath = (method: string, path: string): RestAnswer =>
  /^\/(?:[fd]api|futures)/.test(path)
    ? { status: 404, body: errorText(-5000, `Path ${path}, Method ${method} is invalid`) }
    : { status: 404, body: '<html><head><title>404 Not Found</title></head><body></body></html>' };
