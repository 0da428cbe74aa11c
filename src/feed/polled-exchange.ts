import type { RestPool, RestVerdict } from '../venues/protocol.ts';
import type { Ccxt } from './ccxt.ts';
import type { RestCaller, RestClient, RestOutcome } from './rest.ts';

/** What became of a question to an exchange. */
export type PollOutcome =
  | { readonly state: 'ok'; readonly value: unknown }
  | Extract<RestOutcome, { readonly reason: string }>;

/** No answer came back: what our own transport throws through ccxt. */
class Unanswered extends Error {
  readonly state: Exclude<RestOutcome['state'], 'ok'>;

  constructor(state: Unanswered['state'], reason: string) {
    super(reason);
    this.state = state;
  }
}

const MINUTE_MS = 60_000;
/** What is waited where a venue does not say how long. */
const LIMIT_MS = MINUTE_MS;
const BAN_MS = 10 * MINUTE_MS;
const LONGEST_WAIT_MS = 24 * 60 * MINUTE_MS;

function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const seconds = headers['retry-after']?.trim() ?? '';
  return /^\d{1,6}$/.test(seconds) ? Math.min(Number(seconds) * 1000, LONGEST_WAIT_MS) : undefined;
}

/** ccxt's classes of errors and what each means for us, the special ones before what they are kinds of. */
const MEANINGS: readonly (readonly [
  name: string,
  state: 'limited' | 'refused' | 'invalid' | 'failed',
  reason: string,
])[] = [
  ['RateLimitExceeded', 'limited', 'too many requests'],
  ['DDoSProtection', 'limited', 'too many requests'],
  ['RestrictedLocation', 'refused', 'region refused'],
  ['OnMaintenance', 'failed', 'under maintenance'],
  ['RequestTimeout', 'failed', 'timed out'],
  ['ExchangeNotAvailable', 'failed', 'not available'],
  ['NetworkError', 'failed', 'network failed'],
  ['AuthenticationError', 'invalid', 'needs a key'],
  ['BadSymbol', 'invalid', 'unknown symbol'],
  ['ArgumentsRequired', 'invalid', 'cannot be asked like this'],
  ['BadRequest', 'invalid', 'request refused'],
  ['NotSupported', 'invalid', 'not supported'],
  ['OperationRejected', 'invalid', 'request refused'],
  ['ExchangeError', 'failed', 'unexpected answer'],
];

/** What an error thrown by ccxt means. Its message is never used: it holds addresses and whole answers. */
function meaningOf(error: unknown): (typeof MEANINGS)[number] {
  const names = new Set<string>();
  for (
    let at: unknown = error;
    typeof at === 'object' && at !== null;
    at = Object.getPrototypeOf(at)
  )
    names.add((at as object).constructor.name);
  return (
    MEANINGS.find(([name]) => names.has(name)) ?? ['Error', 'failed', 'answer could not be read']
  );
}

/** What an HTTP answer is, by its status and by what ccxt knows of this exchange's errors. */
function judge(
  exchange: Ccxt,
  url: string,
  method: string,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): { readonly verdict: RestVerdict; readonly parsed: unknown } {
  let parsed: unknown;
  const told = (state: RestVerdict['state'], reason: string, waitMs = 0) => ({
    verdict: { state, waitMs, used: null, reason },
    parsed,
  });
  const wait = retryAfterMs(headers);
  if (status === 429) return told('limited', 'too many requests', wait ?? LIMIT_MS);
  if (status === 418) return told('banned', 'address banned', Math.max(wait ?? BAN_MS, LIMIT_MS));
  // A firewall, a region, a ban: venues do not agree which, so asking on is left for much later.
  if (status === 403) return told('banned', 'turned away: http 403', wait ?? BAN_MS);
  if (status === 451) return told('refused', 'region refused');
  const text = body.trim();
  try {
    parsed = exchange.parseJson(text);
    const skip = exchange.handleErrors(
      status,
      '',
      url,
      method,
      headers,
      body,
      parsed,
      undefined,
      undefined,
    );
    if (skip === undefined) exchange.handleHttpStatusCode(status, '', url, method, body);
  } catch (error) {
    const [, state, reason] = meaningOf(error);
    const said = status < 400 ? reason : `${reason}: http ${status}`;
    return told(state, said, state === 'limited' ? (wait ?? LIMIT_MS) : 0);
  }
  if (status < 200 || status >= 300) return told('failed', `http ${status}`);
  if (parsed === undefined) return told('failed', 'answer is not JSON');
  return told('ok', '');
}

/** Where an exchange's requests go. */
export interface PolledTransport {
  readonly rest: RestClient;
  readonly report: RestCaller['report'];
  readonly pool: RestPool;
  /** Takes the place of scheme and host; empty leaves them as ccxt has them. */
  readonly host: string;
}

/**
 * An exchange of ccxt whose requests go through our own client: its budget, its pauses after limit answers, its bounds on time and size. ccxt builds the
 * requests, says what an error means, and reads the answers; its rate limiter goes first.
 */
export class PolledExchange {
  readonly #exchange: Ccxt;

  constructor(exchange: Ccxt, { rest, report, pool, host }: PolledTransport) {
    this.#exchange = exchange;
    rest.addPools([pool], { verdict: () => NEVER, report });
    exchange.fetch = async (asked, method = 'GET', _headers, posted) => {
      // Some venues want their questions posted. Nobody here has a key, so it stays a question.
      const isPost = method === 'POST' && typeof posted === 'string';
      if (method !== 'GET' && !isPost)
        throw new Unanswered('invalid', `asks by ${method}, which is not polled`);
      const url = host === '' ? asked : asked.replace(/^https?:\/\/[^/?]+/, host);
      let parsed: unknown;
      const outcome = await rest.get(
        {
          url,
          ...(isPost && { body: posted }),
          chan: 'polled',
          weight: 1,
          pool: pool.name,
          priority: 'poll',
          symbol: null,
        },
        {
          verdict: (status, headers, body) => {
            const judged = judge(exchange, url, method, status, headers, body);
            parsed = judged.parsed;
            return judged.verdict;
          },
          report,
        },
      );
      if (outcome.state !== 'ok') throw new Unanswered(outcome.state, outcome.reason);
      return parsed;
    };
  }

  /** Whether it can be asked this, by itself or by way of something else. */
  can(what: string): boolean {
    return this.#exchange.has[what] === true || this.#exchange.has[what] === 'emulated';
  }

  /** What the numbers in a market's `precision` mean. */
  get precisionMode(): number {
    return this.#exchange.precisionMode;
  }

  /** Asks something. Never throws: whatever goes wrong, in the network or in ccxt, is an outcome. */
  async ask(question: (exchange: Ccxt) => Promise<unknown>): Promise<PollOutcome> {
    try {
      return { state: 'ok', value: await question(this.#exchange) };
    } catch (error) {
      if (error instanceof Unanswered) return { state: error.state, reason: error.message };
      const [, state, reason] = meaningOf(error);
      return { state: state === 'limited' ? 'failed' : state, reason };
    }
  }

  /** Lets go of what ccxt's rate limiter still holds back; our client answers it with `closed`. */
  close(): void {
    this.#exchange.throttler.config.tokens = Number.MAX_SAFE_INTEGER;
  }
}

const NEVER: RestVerdict = { state: 'failed', waitMs: 0, used: null, reason: 'nobody asked' };
