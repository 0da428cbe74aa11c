import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Market } from '../market-state.ts';
import { type Faults, faultFrom } from './faults.ts';
import { listen, loopback, urlOf } from './listener.ts';

/** What the control endpoint may do to a simulator. */
export interface Controlled {
  readonly market: Market;
  readonly faults: Faults;
  book(symbol: string, kind: 'perp' | 'spot', updateId?: number): unknown;
  setScenario(name: string): void;
  pump(ms: number): Promise<void>;
}

const LARGEST_BODY_BYTES = 65_536;
const LONGEST_PUMP_MS = 600_000;

class BadRequest extends Error {}

/**
 * Remote control over HTTP, JSON in and out:
 *
 * - `GET /state`: instant, scenario, phase and numbers of every asset, faults that are on;
 * - `GET /faults`, `POST /faults` (a fault, answers its id), `DELETE /faults`, `DELETE /faults/<id>`;
 * - `POST /scenario` `{"name"}`, `POST /pump` `{"ms"}`;
 * - `GET /book?symbol=&kind=perp|spot&updateId=`.
 */
export class ControlHost {
  readonly #target: Controlled;
  readonly #http: Server;

  constructor(target: Controlled) {
    this.#target = target;
    this.#http = createServer((request, response) => void this.#handle(request, response));
  }

  async listen(): Promise<string> {
    return loopback('http', await listen(this.#http));
  }

  async close(): Promise<void> {
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = urlOf(request);
      if (url === null) throw new BadRequest('url: not readable');
      const body = await this.#route(request, url);
      response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body ?? { error: 'not found' }));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: message }));
    }
  }

  async #route(request: IncomingMessage, url: URL): Promise<unknown> {
    const { faults } = this.#target;
    const [resource, id] = url.pathname.split('/').filter((part) => part !== '');
    switch (`${request.method} ${resource}`) {
      case 'GET state':
        return this.#state();
      case 'GET faults':
        return faults.list();
      case 'POST faults':
        return { id: faults.inject(faultFrom(await bodyOf(request))) };
      case 'DELETE faults':
        faults.clear(id === undefined ? undefined : Number(id));
        return { faults: faults.list() };
      case 'POST scenario':
        this.#target.setScenario(field(await bodyOf(request), 'name', 'string'));
        return this.#state();
      case 'POST pump': {
        const ms = field(await bodyOf(request), 'ms', 'number');
        await this.#target.pump(Math.min(LONGEST_PUMP_MS, ms));
        return this.#state();
      }
      case 'GET book':
        return this.#book(url.searchParams);
      default:
        return undefined;
    }
  }

  #book(query: URLSearchParams): unknown {
    const symbol = query.get('symbol');
    if (symbol === null) throw new BadRequest('symbol: which book');
    const kind = query.get('kind') === 'spot' ? 'spot' : 'perp';
    const updateId = query.get('updateId');
    return this.#target.book(symbol, kind, updateId === null ? undefined : Number(updateId));
  }

  #state(): object {
    const { market, faults } = this.#target;
    return {
      nowMs: market.nowMs,
      scenario: market.scenario.name,
      assets: market.assets.map((asset) => ({
        asset: asset.spec.asset,
        phase: asset.phase,
        indexPrice: asset.indexPrice,
        markPrice: asset.markPrice,
        openInterest: asset.openInterest * asset.spec.perp.stepSize,
        premium: asset.premium,
        depth: asset.perp.depth,
      })),
      faults: faults.list(),
    };
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > LARGEST_BODY_BYTES) throw new BadRequest('body: too large');
  }
  return JSON.parse(text);
}

function field<T extends 'string' | 'number'>(
  body: unknown,
  name: string,
  type: T,
): T extends 'string' ? string : number {
  const value = (body as Readonly<Record<string, unknown>> | null)?.[name];
  if (typeof value !== type) throw new BadRequest(`${name}: a ${type}`);
  return value as T extends 'string' ? string : number;
}
