import { createRandom, nextUniform, type Random } from '../../stats/random.ts';
import type { FaultSite } from '../faults.ts';
import { QuotaCount } from '../quota.ts';
import type { Refusal, RestAnswer, RestRequest, RestService } from '../rest-host.ts';
import { seedOf } from '../seed.ts';
import type { Faults } from './faults.ts';
import { HOST } from './publisher.ts';

/** An error as the venue words it. */
export class ApiError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

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
    if (value === undefined) throw new ApiError('50014', `Parameter ${name} can not be empty`);
    return value;
  }

  /** A whole number; undefined when absent. */
  whole(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^\d{1,16}$/.test(value)) throw new ApiError('51000', `Parameter ${name} error`);
    return Number(value);
  }

  /** How many rows, at most as many as there are on a page. */
  limit(usual: number, most: number): number {
    return Math.max(1, Math.min(most, this.whole('limit') ?? usual));
  }
}

/** What an answer depends on besides the request. */
export interface AnswerContext {
  /** The market's own instant, ms. */
  readonly marketMs: number;
  /** Added to every time that is told. */
  readonly skewMs: number;
  /** How far the request servers are behind the stream, ms. */
  readonly lagMs: number;
  /** Whether a fault makes the book of a symbol older than the newest subscription to it. */
  readonly isStale: (symbol: string) => boolean;
  /** Whether books say where in the sequence they stand. */
  readonly isNumbered: boolean;
}

/** One endpoint: how many requests in 2 s, counted how, and the rows of its answer. */
export interface Endpoint {
  readonly most: number;
  /** Counted for each instrument by itself. */
  readonly isPerInstrument?: true;
  readonly rows: (query: Query, context: AnswerContext) => readonly unknown[];
}

const WINDOW_MS = 2000;
/** Snapshots are this much behind the stream, ms, at least and at most. */
const LAG_MS = [10, 180] as const;

interface RestOptions {
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  readonly faults: Faults;
  readonly seed: number;
  /** Wall ms: what limits are counted in. */
  readonly now: () => number;
  /** The market's clock, ms. */
  readonly marketNow: () => number;
}

/** The requests: limits by endpoint and the venue's one envelope. */
export class OkxRest implements RestService {
  readonly #options: RestOptions;
  readonly #counts = new Map<string, QuotaCount>();
  readonly #random: Random;

  constructor(options: RestOptions) {
    this.#options = options;
    this.#random = createRandom(seedOf(options.seed, 'rest', HOST));
  }

  site({ query }: RestRequest): { readonly symbol: string | null } {
    return { symbol: query.get('instId') };
  }

  answer({ method, path, query: fields }: RestRequest, site: FaultSite): RestAnswer {
    const { endpoints, faults } = this.#options;
    const query = new Query(fields);
    const endpoint = endpoints.get(path);
    if (endpoint === undefined || method !== 'GET') return failed(404, '50404', 'Not Found');
    const limit = faults.strike('rateLimited', site) ?? faults.strike('banned', site);
    if (limit !== undefined || !this.#admit(path, endpoint, query)) {
      const { retryAfter = 0 } = limit ?? {};
      const headers = retryAfter > 0 ? { 'Retry-After': `${retryAfter}` } : {};
      return { ...failed(429, '50011', 'Too Many Requests'), headers };
    }
    try {
      return { status: 200, body: enveloped('0', '', endpoint.rows(query, this.#context(site))) };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return failed(400, error.code, error.message);
    }
  }

  refused(refusal: Refusal): RestAnswer {
    switch (refusal) {
      case 'regionRefused':
        return {
          status: 451,
          body: enveloped('50120', 'Service not available in your region', []),
        };
      case 'forbidden':
        return { status: 403, body: '<html><head><title>Access denied</title></head></html>' };
      case 'serverError':
        return failed(503, '50001', 'Service temporarily unavailable. Please try again later');
    }
  }

  #admit(path: string, endpoint: Endpoint, query: Query): boolean {
    const { isPerInstrument, most } = endpoint;
    const key = isPerInstrument ? `${path} ${query.text('instId') ?? ''}` : path;
    let count = this.#counts.get(key);
    if (count === undefined) {
      count = new QuotaCount({ most, windowMs: WINDOW_MS });
      this.#counts.set(key, count);
    }
    return count.admit(this.#options.now());
  }

  #context(site: FaultSite): AnswerContext {
    const { faults, marketNow } = this.#options;
    return {
      marketMs: Math.floor(marketNow()),
      skewMs: faults.on('clockSkew', { market: HOST })?.offsetMs ?? 0,
      lagMs: LAG_MS[0] + (LAG_MS[1] - LAG_MS[0]) * nextUniform(this.#random),
      isStale: (symbol) => faults.strike('staleSnapshot', { market: HOST, symbol }) !== undefined,
      isNumbered: faults.on('noRestSeq', site) === undefined,
    };
  }
}

const enveloped = (code: string, msg: string, data: readonly unknown[]): string =>
  JSON.stringify({ code, msg, data });

const failed = (status: number, code: string, msg: string): RestAnswer => ({
  status,
  body: enveloped(code, msg, []),
});
