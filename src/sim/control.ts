import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readFault } from './faults.ts';
import { listen, loopback, urlOf } from './listener.ts';
import type { AssetState, Market } from './market-state.ts';
import { bodyOf } from './rest-host.ts';
import type { VenueServer } from './venue-sim.ts';

/** What the remote control has its hands on. */
interface Controlled {
  readonly server: VenueServer;
  /** The venue's own. */
  readonly boards: readonly string[];
  readonly market: Market;
  readonly setScenario: (name: string) => void;
  readonly list: (coin: string) => void;
  readonly pump: (ms: number) => Promise<void>;
}

const LARGEST_BODY_BYTES = 65_536;
const LONGEST_PUMP_MS = 600_000;

class BadRequest extends Error {}

/**
 * Remote control of a venue over HTTP, JSON in and out:
 *
 * - `GET /state`: instant, scenario, phase and numbers of everything it lists, faults that are on;
 * - `GET /faults`, `POST /faults` (a fault, answers its id), `DELETE /faults`, `DELETE /faults/<id>`;
 * - `POST /scenario` `{"name"}`, `POST /list` `{"asset"}`, `POST /pump` `{"ms"}`: for every venue
 *   of the market;
 * - `GET /book?symbol=&feed=&updateId=`; `kind=spot` names the spot feed, nothing the other one.
 */
export class ControlHost {
  readonly #target: Controlled;
  readonly #http: Server;
  #url: string | null = null;

  constructor(target: Controlled) {
    this.#target = target;
    this.#http = createServer((request, response) => void this.#handle(request, response));
  }

  async listen(): Promise<void> {
    this.#url = loopback('http', await listen(this.#http));
  }

  /** Base URL, once it listens. */
  get url(): string {
    if (this.#url === null) throw new Error('The control is not listening');
    return this.#url;
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
    const { faults } = this.#target.server;
    const [resource, id] = url.pathname.split('/').filter((part) => part !== '');
    switch (`${request.method} ${resource}`) {
      case 'GET state':
        return this.#state();
      case 'GET faults':
        return faults.list();
      case 'POST faults':
        return { id: faults.inject(readFault(await jsonOf(request), faults.kinds)) };
      case 'DELETE faults':
        faults.clear(id === undefined ? undefined : Number(id));
        return { faults: faults.list() };
      case 'POST scenario':
        this.#target.setScenario(field(await jsonOf(request), 'name', 'string'));
        return this.#state();
      case 'POST list':
        this.#target.list(field(await jsonOf(request), 'asset', 'string'));
        return this.#state();
      case 'POST pump': {
        const ms = field(await jsonOf(request), 'ms', 'number');
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
    const { server } = this.#target;
    const symbol = query.get('symbol');
    if (symbol === null) throw new BadRequest('symbol: which book');
    const feeds = Object.keys(server.endpoints);
    const isSpot = query.get('kind') === 'spot';
    const meant = feeds.find((feed) => feed.endsWith('-spot') === isSpot) ?? feeds[0]!;
    const updateId = query.get('updateId');
    return server.book(
      query.get('feed') ?? meant,
      symbol,
      updateId === null ? undefined : Number(updateId),
    );
  }

  #state(): object {
    const { market, server, boards } = this.#target;
    const listed = [...market.assets, ...market.followers].filter(({ spec }) =>
      boards.includes(spec.board),
    );
    return {
      nowMs: market.nowMs,
      scenario: market.scenario.name,
      assets: listed.map(numbers),
      faults: server.faults.list(),
    };
  }
}

const numbers = (asset: AssetState): object => ({
  asset: asset.spec.asset,
  symbol: asset.spec.perp.symbol,
  phase: asset.phase,
  indexPrice: asset.indexPrice,
  markPrice: asset.markPrice,
  openInterest: asset.openInterest * asset.spec.perp.stepSize,
  premium: asset.premium,
  depth: asset.perp.depth,
});

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  return JSON.parse(await bodyOf(request, LARGEST_BODY_BYTES));
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
