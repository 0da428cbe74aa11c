import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Faults } from './faults.ts';
import { createServer, listen, loopback, type TlsPair, urlOf } from './listener.ts';
import { type Family, type MarketName, parseStream, type Stream, serves } from './streams.ts';

/** The venue's rules for a socket; tests shorten the times. All in wall ms. */
export interface SocketRules {
  readonly pingEveryMs: number;
  /** A pong must come within this long after a ping. */
  readonly pongWithinMs: number;
  /** Whether the pong has to repeat the ping's payload. */
  readonly isPayloadChecked: boolean;
  /** Messages, pings and pongs a client may send per second. */
  readonly messagesPerSecond: number;
  readonly lifetimeMs: number;
  /** A planned close is announced this long before (spot); null: not announced. */
  readonly shutdownNoticeMs: number | null;
}

const DAY_MS = 86_400_000;

/** Futures: venues.md §2.2. */
export const FUTURES_RULES: SocketRules = {
  pingEveryMs: 180_000,
  pongWithinMs: 600_000,
  isPayloadChecked: false,
  messagesPerSecond: 10,
  lifetimeMs: DAY_MS,
  shutdownNoticeMs: null,
};

/** Spot: venues.md §2.8. */
export const SPOT_RULES: SocketRules = {
  pingEveryMs: 20_000,
  pongWithinMs: 60_000,
  isPayloadChecked: true,
  messagesPerSecond: 5,
  lifetimeMs: DAY_MS,
  shutdownNoticeMs: 30_000,
};

const STREAMS_PER_SOCKET = 1024;
const ATTEMPTS_PER_WINDOW = 300;
const ATTEMPT_WINDOW_MS = 300_000;
const LARGEST_REQUEST_BYTES = 65_536;
/** A client that reads slower than this much is behind is cut off, as the venue does. */
const BACKLOG_BYTES = 64 * 1024 * 1024;
/** Frames held back by a stall; beyond it the socket is cut. */
const HELD_LIMIT = 50_000;

const CLOSE_GOING_AWAY = 1001;
const CLOSE_POLICY = 1008;
const CLOSE_ILLEGAL_REQUEST = 3001;

/** Who feeds the subscriptions. */
export interface StreamSource {
  subscribe(socket: Socket, name: string, stream: Stream): void;
  unsubscribe(socket: Socket, name: string): void;
  /** The venue's clock, ms, for events that belong to no symbol. */
  eventMs(): number;
}

interface Frame {
  readonly stream: string;
  readonly symbol: string | null;
  readonly text: string;
}

/** One client's socket: its subscriptions, its framing, and the rules it has to keep. */
export class Socket {
  readonly family: Family;
  readonly market: MarketName;
  readonly #ws: WebSocket;
  readonly #wire: Duplex;
  readonly #host: SocketHost;
  readonly #streams = new Map<string, Stream>();
  readonly #bornMs: number;
  readonly #isMicros: boolean;
  #isCombined: boolean;
  /** Frames gathered, byte by byte as characters; null while frames are sent at once. */
  #batch: string | null = null;
  #received: number[] = [];
  #held: Frame[] = [];
  #nextPingMs: number;
  #pingPayload = '';
  #pongDueMs = Number.POSITIVE_INFINITY;
  #isShutdownAnnounced = false;
  #plannedCloseMs = Number.POSITIVE_INFINITY;

  constructor(host: SocketHost, ws: WebSocket, wire: Duplex, url: URL, route: Route) {
    this.#host = host;
    this.#ws = ws;
    this.#wire = wire;
    this.family = route.family;
    this.market = host.market;
    this.#isCombined = route.isCombined;
    this.#isMicros =
      host.market === 'spot' && url.searchParams.get('timeUnit')?.toUpperCase() === 'MICROSECOND';
    this.#bornMs = host.now();
    this.#nextPingMs = this.#bornMs + host.rules.pingEveryMs;
    ws.on('message', (data) => this.#heard(() => this.#answer(data)));
    ws.on('ping', () => this.#heard());
    ws.on('pong', (payload) => this.#heard(() => this.#ponged(payload.toString())));
    ws.on('close', () => this.#gone());
    // ws closes the socket itself after a protocol error; nothing else is to be done.
    ws.on('error', () => undefined);
  }

  get backlogBytes(): number {
    return this.#ws.bufferedAmount;
  }

  /** Gathers what is sent until `release`. */
  hold(): void {
    this.#batch = '';
  }

  /** Sends what was gathered with a single write: thousands of small ones cost more than the market. */
  release(): void {
    const batch = this.#batch;
    this.#batch = null;
    if (batch === null || batch === '' || this.#ws.readyState !== this.#ws.OPEN) return;
    if (this.#ws.bufferedAmount > BACKLOG_BYTES) this.cut();
    else this.#wire.write(batch, 'latin1');
  }

  /** Subscribes the streams of the connection URL; names the venue does not know stay silent. */
  adopt(names: readonly string[]): void {
    for (const name of names) {
      const stream = parseStream(this.market, name);
      if (stream !== null) this.#add(name, stream);
    }
  }

  /** Sends one event of a stream in this socket's framing. */
  deliver(stream: string, symbol: string | null, text: string): void {
    const { faults } = this.#host;
    if (!faults.isQuiet || this.#held.length > 0) {
      const site = { market: this.market, family: this.family, symbol, target: stream };
      if (faults.on('stall', site) !== undefined) {
        this.#held.push({ stream, symbol, text });
        if (this.#held.length > HELD_LIMIT) this.cut();
        return;
      }
      this.#flushHeld();
    }
    this.#frame(stream, text);
  }

  /** A frame as it stands, whatever the framing (for frames that are broken on purpose). */
  sendRaw(text: string): void {
    if (this.#batch !== null) this.#batch += frameHead(text.length) + text;
    else if (this.#ws.bufferedAmount > BACKLOG_BYTES) this.cut();
    else if (this.#ws.readyState === this.#ws.OPEN) this.#ws.send(text);
  }

  /** The text as this socket would frame it. */
  framed(stream: string, text: string): string {
    const timed = this.#isMicros ? inMicros(text) : text;
    return this.#isCombined ? `{"stream":"${stream}","data":${timed}}` : timed;
  }

  #frame(stream: string, text: string): void {
    this.sendRaw(this.framed(stream, text));
  }

  #flushHeld(): void {
    if (this.#held.length === 0) return;
    const held = this.#held;
    this.#held = [];
    const { faults } = this.#host;
    for (const frame of held) {
      const { stream, symbol } = frame;
      const site = { market: this.market, family: this.family, symbol, target: stream };
      if (faults.on('stall', site) === undefined) this.#frame(stream, frame.text);
      else this.#held.push(frame);
    }
  }

  /** Everything that is due by the clock: pings, deadlines, planned closes, the end of a stall. */
  tick(now: number): void {
    this.#flushHeld();
    const { rules, faults } = this.#host;
    const site = { market: this.market, family: this.family };
    const lifetime = faults.on('lifetime', site)?.delayMs ?? rules.lifetimeMs;
    this.#plannedCloseMs = Math.min(this.#plannedCloseMs, this.#bornMs + lifetime);
    if (now >= this.#pongDueMs) {
      this.#ws.close(CLOSE_POLICY, 'Pong timeout');
      this.#pongDueMs = Number.POSITIVE_INFINITY;
    } else if (now >= this.#plannedCloseMs) {
      this.#ws.close(CLOSE_GOING_AWAY);
      this.#plannedCloseMs = Number.POSITIVE_INFINITY;
    } else if (rules.shutdownNoticeMs !== null) {
      if (now >= this.#plannedCloseMs - rules.shutdownNoticeMs) this.announceShutdown();
    }
    if (now >= this.#nextPingMs) this.#ping(now);
  }

  #ping(now: number): void {
    const { rules, faults } = this.#host;
    this.#nextPingMs = now + rules.pingEveryMs;
    if (faults.on('stall', { market: this.market, family: this.family }) !== undefined) return;
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    this.#pingPayload = `${Math.round(now)}`;
    this.#ws.ping(this.#pingPayload);
    this.#pongDueMs = Math.min(this.#pongDueMs, now + rules.pongWithinMs);
  }

  #ponged(payload: string): void {
    const { rules, faults } = this.#host;
    if (faults.on('ignorePongs', { market: this.market, family: this.family }) !== undefined)
      return;
    if (rules.isPayloadChecked && payload !== this.#pingPayload) return;
    this.#pongDueMs = Number.POSITIVE_INFINITY;
  }

  /** Tells the client that the socket will close (spot), and closes it after the usual notice. */
  announceShutdown(): void {
    const { rules } = this.#host;
    if (this.#isShutdownAnnounced || rules.shutdownNoticeMs === null) return;
    this.#isShutdownAnnounced = true;
    const closeMs = this.#host.now() + rules.shutdownNoticeMs;
    this.#plannedCloseMs = Math.min(this.#plannedCloseMs, closeMs);
    const event = `{"e":"serverShutdown","E":${this.#host.source.eventMs()}}`;
    this.#frame('!serverShutdown', event);
  }

  /** Drops the connection without a closing handshake: the client sees code 1006. */
  cut(): void {
    this.#ws.terminate();
  }

  #gone(): void {
    for (const name of this.#streams.keys()) this.#host.source.unsubscribe(this, name);
    this.#streams.clear();
    this.#held = [];
    this.#host.forget(this);
  }

  /** Every client frame counts against the limit. */
  #heard(then?: () => void): void {
    const now = this.#host.now();
    this.#received = this.#received.filter((atMs) => atMs > now - 1000);
    this.#received.push(now);
    if (this.#received.length > this.#host.rules.messagesPerSecond) {
      this.#ws.close(CLOSE_ILLEGAL_REQUEST, 'illegal request');
    } else {
      then?.();
    }
  }

  #answer(data: RawData): void {
    const answer = this.#reply(data.toString());
    if (answer !== null) this.sendRaw(answer);
  }

  #reply(text: string): string | null {
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
    const streams = params.map((name: string) => parseStream(this.market, name));
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
    if (serves(this.family, stream)) this.#host.source.subscribe(this, name, stream);
  }

  #remove(name: string): void {
    if (this.#streams.delete(name)) this.#host.source.unsubscribe(this, name);
  }
}

/**
 * Head of an unmasked, unfragmented text frame, one character per byte. Everything the venue writes
 * is ASCII, so the length of a text is its length in bytes.
 *
 * @see RFC 6455 §5.2
 */
function frameHead(length: number): string {
  if (length < 126) return String.fromCharCode(0x81, length);
  if (length < 65_536) return String.fromCharCode(0x81, 126, length >> 8, length & 0xff);
  const bytes = [24, 16, 8, 0].map((shift) => (length >>> shift) & 0xff);
  return String.fromCharCode(0x81, 127, 0, 0, 0, 0, ...bytes);
}

const isUnsigned = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

const errorText = (code: number, msg: string, id: number | null): string =>
  JSON.stringify({ error: { code, msg }, id });

/** Times in an event are the only 13-digit whole numbers under these keys. */
const inMicros = (text: string): string =>
  text.replace(/"([ETtOC])":(\d{13})(?=[,}])/g, '"$1":$2000');

interface Route {
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
export function routeOf(market: MarketName, url: URL): Route | null {
  const parts = url.pathname.split('/').filter((part) => part !== '');
  let family: Family = market === 'spot' ? 'spot' : 'legacy';
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

interface SocketHostOptions {
  readonly market: MarketName;
  readonly rules: SocketRules;
  readonly faults: Faults;
  readonly source: StreamSource;
  readonly tls: TlsPair | null;
  /** Wall ms. */
  readonly now: () => number;
}

/** One listener for sockets: handshakes, routes, connection limits, and everybody who is connected. */
export class SocketHost {
  readonly market: MarketName;
  readonly rules: SocketRules;
  readonly faults: Faults;
  readonly source: StreamSource;
  readonly now: () => number;
  readonly #tls: TlsPair | null;
  readonly #http: Server;
  readonly #upgrader = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: LARGEST_REQUEST_BYTES,
    clientTracking: false,
  });
  readonly #sockets = new Set<Socket>();
  #attempts: number[] = [];

  constructor(options: SocketHostOptions) {
    this.market = options.market;
    this.rules = options.rules;
    this.faults = options.faults;
    this.source = options.source;
    this.now = options.now;
    this.#tls = options.tls;
    this.#http = createServer(options.tls, (_request, response) => {
      response.writeHead(400, { 'content-type': 'text/plain' }).end('Bad Request');
    });
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Listens on a port the system picks; resolves to `ws://127.0.0.1:port` (`wss:` with a certificate). */
  async listen(): Promise<string> {
    return loopback('ws', await listen(this.#http), this.#tls);
  }

  get sockets(): ReadonlySet<Socket> {
    return this.#sockets;
  }

  /** The largest amount of data a client has not taken yet. */
  get backlogBytes(): number {
    let most = 0;
    for (const socket of this.#sockets) most = Math.max(most, socket.backlogBytes);
    return most;
  }

  tick(now: number): void {
    for (const socket of this.#sockets) socket.tick(now);
  }

  /** Lets `write` send whatever it has; each socket gets it in one piece instead of frame by frame. */
  inOnePiece(write: () => void): void {
    const sockets = [...this.#sockets];
    for (const socket of sockets) socket.hold();
    try {
      write();
    } finally {
      for (const socket of sockets) socket.release();
    }
  }

  forget(socket: Socket): void {
    this.#sockets.delete(socket);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.cut();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = urlOf(request);
    const route = url === null ? null : routeOf(this.market, url);
    const status = this.#refusal(route);
    if (url === null || route === null || status !== null) {
      const line = status ?? '404 Not Found';
      socket.end(`HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#upgrader.handleUpgrade(request, socket, head, (ws) => {
      const client = new Socket(this, ws, socket, url, route);
      this.#sockets.add(client);
      client.adopt(route.streams);
    });
  }

  #refusal(route: Route | null): string | null {
    const now = this.now();
    this.#attempts = this.#attempts.filter((atMs) => atMs > now - ATTEMPT_WINDOW_MS);
    this.#attempts.push(now);
    if (this.#attempts.length > ATTEMPTS_PER_WINDOW) return '429 Too Many Requests';
    const site = { market: this.market, ...(route && { family: route.family }) };
    if (this.faults.on('regionRefused', site)) return '451 Unavailable For Legal Reasons';
    if (this.faults.on('forbidden', site)) return '403 Forbidden';
    if (this.faults.strike('refuseSockets', site)) return '503 Service Unavailable';
    return null;
  }
}
