import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FaultSite, FaultSwitch } from './faults.ts';
import { createServer, listen, loopback, type TlsPair, urlOf } from './listener.ts';
import { Visits } from './visits.ts';

/** What a client asked for. */
export interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Text of the body; empty for a GET. */
  readonly body: string;
}

/** What the venue says to it. JSON unless the body is HTML or a header says something else. */
export interface RestAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Who answers before the venue's own servers are reached. */
export type Refusal = 'regionRefused' | 'forbidden' | 'serverError';

/** A venue's side of a REST host: its routes, weights, limits and wording. */
export interface RestService {
  /** What a request is about, for faults: its symbol, and a target where the path says too little. */
  site(request: RestRequest): Pick<FaultSite, 'symbol' | 'target'>;
  /** Any request, counted against the venue's limits; never throws. */
  answer(request: RestRequest, site: FaultSite): RestAnswer;
  /** A refusal in this venue's words. */
  refused(refusal: Refusal): RestAnswer;
}

interface RestHostOptions {
  /** Its name among the venue's hosts, for faults. */
  readonly market: string;
  readonly service: RestService;
  readonly faults: FaultSwitch;
  readonly tls: TlsPair | null;
  /** Wall ms: what delays are counted in. */
  readonly now: () => number;
}

const REFUSALS: readonly Refusal[] = ['regionRefused', 'forbidden', 'serverError'];
const LARGEST_BODY_BYTES = 65_536;
const SLOW_MS = 1000;
/** Answers held back by the slow fault; beyond it requests fail. */
const DELAYED_LIMIT = 1000;

/** One listener for requests: bodies, and the faults on both sides of the venue's answer. */
export class RestHost {
  readonly visits: Visits;
  readonly #options: RestHostOptions;
  readonly #http: Server;
  #delayed: { readonly dueMs: number; readonly send: () => void }[] = [];
  #url: string | null = null;

  constructor(options: RestHostOptions) {
    this.#options = options;
    this.visits = new Visits(options.market, options.now);
    this.#http = createServer(options.tls, (request, response) => this.#hear(request, response));
    this.#http.keepAliveTimeout = 60_000;
  }

  /** Listens on a port the system picks. */
  async listen(): Promise<void> {
    this.#url = loopback('http', await listen(this.#http), this.#options.tls);
  }

  /** `http://127.0.0.1:port`, `https:` with a certificate; once it listens. */
  get url(): string {
    if (this.#url === null) throw new Error('The host is not listening');
    return this.#url;
  }

  /** Sends the delayed answers that are due. */
  tick(now: number): void {
    if (this.#delayed.length === 0) return;
    const due = this.#delayed.filter((answer) => answer.dueMs <= now);
    this.#delayed = this.#delayed.filter((answer) => answer.dueMs > now);
    for (const answer of due) answer.send();
  }

  async close(): Promise<void> {
    this.#delayed = [];
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  #hear(request: IncomingMessage, response: ServerResponse): void {
    const url = urlOf(request);
    const method = request.method ?? 'GET';
    if (url === null) {
      response.writeHead(400).end();
    } else if (method === 'GET') {
      this.#handle(method, url, '', response);
    } else {
      bodyOf(request, LARGEST_BODY_BYTES).then(
        (body) => this.#handle(method, url, body, response),
        () => response.writeHead(413).end(),
      );
    }
  }

  #handle(method: string, url: URL, body: string, response: ServerResponse): void {
    const { market, service, faults } = this.#options;
    const request = { method, path: url.pathname, query: url.searchParams, body };
    const site = { market, target: url.pathname, ...service.site(request) };
    const refusal = REFUSALS.find((kind) => faults.strike(kind, site) !== undefined);
    const answer = refusal === undefined ? service.answer(request, site) : service.refused(refusal);
    this.visits.note('request', url.pathname, answer.status);
    const send = () => this.#send(response, answer, site);
    const slow = faults.strike('slow', site);
    if (slow === undefined) send();
    else this.#delay(slow.delayMs ?? SLOW_MS, send, response);
  }

  #delay(delayMs: number, send: () => void, response: ServerResponse): void {
    if (this.#delayed.length >= DELAYED_LIMIT) response.destroy();
    else this.#delayed.push({ dueMs: this.#options.now() + delayMs, send });
  }

  #send(response: ServerResponse, answer: RestAnswer, site: FaultSite): void {
    const { faults } = this.#options;
    let { body } = answer;
    if (faults.strike('emptyBody', site) !== undefined) body = '';
    if (faults.strike('truncatedBody', site) !== undefined) {
      body = body.slice(0, Math.floor(body.length * 0.7));
    }
    const type = body.startsWith('<') ? 'text/html' : 'application/json;charset=UTF-8';
    response.writeHead(answer.status, {
      'Content-Type': type,
      'Content-Length': Buffer.byteLength(body),
      ...answer.headers,
    });
    response.end(body);
  }
}

/**
 * The body of a request as text.
 *
 * @throws RangeError on one that is longer than `mostBytes`
 */
export async function bodyOf(request: IncomingMessage, mostBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    // What is too long is heard to its end and forgotten: only then can it be answered.
    if (length <= mostBytes) chunks.push(chunk as Buffer);
  }
  if (length > mostBytes) throw new RangeError('body: too large');
  return Buffer.concat(chunks).toString();
}
