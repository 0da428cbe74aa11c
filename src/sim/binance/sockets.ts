import {
  type Dialogue,
  LENIENT_RULES,
  type Route,
  type Socket,
  type SocketRules,
  type SocketService,
} from '../socket-host.ts';
import { type Family, type MarketName, parseStream, type Stream, serves } from './streams.ts';

const DAY_MS = 86_400_000;

const USUAL: SocketRules = {
  ...LENIENT_RULES,
  flooded: { code: 3001, reason: 'illegal request' },
  lifetimeMs: DAY_MS,
  attempts: { most: 300, windowMs: 300_000 },
};

/** Futures, both products: venues.md §2.2, §2.7. */
export const FUTURES_RULES: SocketRules = {
  ...USUAL,
  pingEveryMs: 180_000,
  pongWithinMs: 600_000,
  messages: { most: 10, windowMs: 1000 },
};

/** Spot: venues.md §2.8. */
export const SPOT_RULES: SocketRules = {
  ...USUAL,
  pingEveryMs: 20_000,
  pongWithinMs: 60_000,
  isPayloadChecked: true,
  messages: { most: 5, windowMs: 1000 },
  shutdownNoticeMs: 30_000,
};

const STREAMS_PER_SOCKET = 1024;

/** Who feeds the subscriptions. */
export interface StreamSource {
  subscribe(socket: Socket, name: string, stream: Stream): void;
  unsubscribe(socket: Socket, name: string): void;
  /** The venue's clock, ms, for events that belong to no symbol. */
  eventMs(): number;
}

/** What clients of a product family are served. */
export function socketService(
  market: MarketName,
  source: StreamSource,
): SocketService<BinanceRoute> {
  return {
    route: (url) => routeOf(market, url),
    greet: (socket, url, route) => new BinanceDialogue(market, source, socket, url, route),
  };
}

/** One client's subscriptions and framing. */
class BinanceDialogue implements Dialogue {
  readonly #market: MarketName;
  readonly #source: StreamSource;
  readonly #socket: Socket;
  readonly #family: Family;
  readonly #streams = new Map<string, Stream>();
  readonly #isMicros: boolean;
  #isCombined: boolean;

  constructor(
    market: MarketName,
    source: StreamSource,
    socket: Socket,
    url: URL,
    route: BinanceRoute,
  ) {
    this.#market = market;
    this.#source = source;
    this.#socket = socket;
    this.#family = route.family;
    this.#isCombined = route.isCombined;
    this.#isMicros =
      market === 'spot' && url.searchParams.get('timeUnit')?.toUpperCase() === 'MICROSECOND';
    // Names of the URL that the venue does not know stay silent.
    for (const name of route.streams) {
      const stream = parseStream(market, name);
      if (stream !== null) this.#add(name, stream);
    }
  }

  framed(stream: string, text: string): string {
    const timed = this.#isMicros ? inMicros(text) : text;
    return this.#isCombined ? `{"stream":"${stream}","data":${timed}}` : timed;
  }

  notice() {
    const text = `{"e":"serverShutdown","E":${this.#source.eventMs()}}`;
    return { target: '!serverShutdown', text };
  }

  gone(): void {
    for (const name of this.#streams.keys()) this.#source.unsubscribe(this.#socket, name);
    this.#streams.clear();
  }

  heard(text: string): void {
    this.#socket.send(this.#reply(text));
  }

  #reply(text: string): string {
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch {
      return errorText(3, 'Invalid JSON: expected value at line 1 column 1', null);
    }
    if (typeof request !== 'object' || request === null || Array.isArray(request)) {
      return errorText(2, 'Invalid request: expected an object', null);
    }
    const { method, params, id } = request as Readonly<Record<string, unknown>>;
    if (!isUnsigned(id)) {
      return errorText(2, 'Invalid request: request ID must be an unsigned integer', null);
    }
    if (typeof method !== 'string') {
      return errorText(2, 'Invalid request: missing field `method`', id);
    }
    switch (method) {
      case 'SUBSCRIBE':
      case 'UNSUBSCRIBE':
        return this.#change(method, params, id);
      case 'LIST_SUBSCRIPTIONS':
        return JSON.stringify({ result: [...this.#streams.keys()], id });
      case 'SET_PROPERTY':
        return this.#setProperty(params, id);
      case 'GET_PROPERTY':
        return Array.isArray(params) && params[0] === 'combined'
          ? JSON.stringify({ result: this.#isCombined, id })
          : errorText(0, 'Unknown property', id);
      default:
        return errorText(2, `Invalid request: unknown variant \`${method}\``, id);
    }
  }

  #change(method: 'SUBSCRIBE' | 'UNSUBSCRIBE', params: unknown, id: number): string {
    if (!Array.isArray(params) || params.some((name) => typeof name !== 'string')) {
      return errorText(2, 'Invalid request: missing field `params`', id);
    }
    const streams = params.map((name: string) => parseStream(this.#market, name));
    if (streams.some((stream) => stream === null)) {
      return errorText(2, 'Invalid request: invalid stream', id);
    }
    if (method === 'SUBSCRIBE' && this.#streams.size + params.length > STREAMS_PER_SOCKET) {
      return errorText(2, 'Invalid request: too many streams', id);
    }
    for (const [index, name] of params.entries()) {
      if (method === 'SUBSCRIBE') this.#add(name, streams[index]!);
      else this.#remove(name);
    }
    return `{"result":null,"id":${id}}`;
  }

  #setProperty(params: unknown, id: number): string {
    if (!Array.isArray(params) || params[0] !== 'combined') {
      return errorText(0, 'Unknown property', id);
    }
    if (typeof params[1] !== 'boolean') {
      return errorText(1, 'Invalid value type: expected Boolean', id);
    }
    this.#isCombined = params[1];
    return `{"result":null,"id":${id}}`;
  }

  #add(name: string, stream: Stream): void {
    if (this.#streams.has(name) || this.#streams.size >= STREAMS_PER_SOCKET) return;
    this.#streams.set(name, stream);
    // Acknowledged, listed, and never heard of: that is how the venue treats the wrong route.
    if (serves(this.#family, stream)) this.#source.subscribe(this.#socket, name, stream);
  }

  #remove(name: string): void {
    if (this.#streams.delete(name)) this.#source.unsubscribe(this.#socket, name);
  }
}

const isUnsigned = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

const errorText = (code: number, msg: string, id: number | null): string =>
  JSON.stringify({ error: { code, msg }, id });

/** Times in an event are the only 13-digit whole numbers under these keys. */
const inMicros = (text: string): string =>
  text.replace(/"([ETtOC])":(\d{13})(?=[,}])/g, '"$1":$2000');

/** What a URL asks for. */
interface BinanceRoute extends Route {
  readonly family: Family;
  readonly isCombined: boolean;
  readonly streams: readonly string[];
}

const unescaped = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** What a URL asks for; `null` for a path the venue does not serve. */
export function routeOf(market: MarketName, url: URL): BinanceRoute | null {
  const parts = url.pathname.split('/').filter((part) => part !== '');
  let family: Family = market === 'futures' ? 'legacy' : market;
  const first = parts[0];
  if (market === 'futures' && (first === 'public' || first === 'market' || first === 'private')) {
    family = first;
    parts.shift();
  }
  const [form, ...names] = parts;
  if (form === 'ws') return { family, isCombined: false, streams: names.map(unescaped) };
  if (form !== 'stream' || names.length > 0) return null;
  const query = url.searchParams.get('streams') ?? '';
  return { family, isCombined: true, streams: query.split('/').filter((name) => name !== '') };
}
