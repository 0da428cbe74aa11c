import type { FaultRegistry, FaultSite } from '../faults.ts';
import { type Quota, QuotaCount } from '../quota.ts';
import type { RestAnswer, RestRequest, RestService } from '../rest-host.ts';
import { ANSWERS, type AnswerContext, BadParameter, Query } from './answers.ts';
import type { FaultKind } from './faults.ts';
import type { Publisher } from './publisher.ts';

/** Requests per address; whoever sends more is locked out until it has kept quiet for ten minutes. */
const REQUESTS: Quota = { most: 600, windowMs: 5000 };
export const BAN_MS = 600_000;
const PREFIX = '/v5/market/';

interface RestOptions {
  readonly publishers: ReadonlyMap<string, Publisher>;
  readonly faults: FaultRegistry<FaultKind>;
  /** Wall ms. */
  readonly now: () => number;
  /** The market's own clock, ms. */
  readonly marketNow: () => number;
  /** Listings in one answer, at most. */
  readonly listingsPerPage: number;
  /** How long whoever asks too often is locked out, wall ms. */
  readonly banMs: number;
}

/** The public market endpoints of all families. */
export class BybitRest implements RestService {
  readonly #options: RestOptions;
  readonly #quota = new QuotaCount(REQUESTS);
  #bannedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: RestOptions) {
    this.#options = options;
  }

  site({ query }: RestRequest): Pick<FaultSite, 'symbol'> {
    return { symbol: query.get('symbol') };
  }

  refused(refusal: 'regionRefused' | 'forbidden' | 'serverError'): RestAnswer {
    switch (refusal) {
      case 'forbidden':
        return TOO_FREQUENT;
      case 'regionRefused':
        return {
          status: 403,
          body: '<html><body>The Amazon CloudFront distribution is configured to block access from your country.</body></html>',
        };
      default:
        return { status: 502, body: '<html><body>502 Bad Gateway</body></html>' };
    }
  }

  answer(request: RestRequest, site: FaultSite): RestAnswer {
    const limited = this.#limit(site);
    if (limited !== null) return limited;
    const { path, method, query } = request;
    const endpoint = path.startsWith(PREFIX) ? path.slice(PREFIX.length) : '';
    const answer = ANSWERS.get(endpoint);
    if (answer === undefined || method !== 'GET') return { status: 404, body: '' };
    try {
      return this.#envelope(0, 'OK', answer(new Query(query), this.#context(site)));
    } catch (error) {
      if (!(error instanceof BadParameter)) throw error;
      return this.#envelope(10001, error.message, {});
    }
  }

  #limit(site: FaultSite): RestAnswer | null {
    const { faults, now } = this.#options;
    const nowMs = now();
    const isTooMany = !this.#quota.admit(nowMs);
    const isBanned = nowMs < this.#bannedUntilMs || faults.strike('banned', site) !== undefined;
    if (isTooMany || isBanned) {
      this.#bannedUntilMs = nowMs + this.#options.banMs;
      return TOO_FREQUENT;
    }
    const limit = faults.strike('rateLimited', site);
    if (limit === undefined) return null;
    const { retryAfter = 5 } = limit;
    const answer = this.#envelope(10006, 'Too many visits. Exceeded the API Rate Limit.', {});
    if (retryAfter === 0) return answer;
    const resetMs = this.#timeMs() + retryAfter * 1000;
    return { ...answer, headers: { 'X-Bapi-Limit-Reset-Timestamp': `${resetMs}` } };
  }

  #timeMs(): number {
    const { faults, marketNow } = this.#options;
    const skew = faults.on('clockSkew', { market: 'rest' })?.offsetMs ?? 0;
    return Math.floor(marketNow()) + skew;
  }

  #context(site: FaultSite): AnswerContext {
    const { publishers, faults, marketNow, listingsPerPage } = this.#options;
    return {
      publishers,
      listingsPerPage,
      marketMs: Math.floor(marketNow()),
      timeMs: this.#timeMs(),
      isStale: () => faults.strike('staleSnapshot', site) !== undefined,
    };
  }

  #envelope(retCode: number, retMsg: string, result: object): RestAnswer {
    const time = this.#timeMs();
    return { status: 200, body: JSON.stringify({ retCode, retMsg, result, retExtInfo: {}, time }) };
  }
}

const TOO_FREQUENT: RestAnswer = {
  status: 403,
  body: '<html><body>403, access too frequent. Please try again later.</body></html>',
};
