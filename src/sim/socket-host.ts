import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { FaultSite, FaultSpec, FaultSwitch } from './faults.ts';
import { createServer, listen, loopback, type TlsPair, urlOf } from './listener.ts';
import { type Quota, QuotaCount } from './quota.ts';
import { Visits } from './visits.ts';

/** A venue's rules for a socket; tests shorten the times. All in wall ms. */
export interface SocketRules {
  /** How often the venue sends a protocol ping; null: never. */
  readonly pingEveryMs: number | null;
  /** A pong must come within this long after a ping. */
  readonly pongWithinMs: number;
  /** Whether the pong has to repeat the ping's payload. */
  readonly isPayloadChecked: boolean;
  /** Messages, pings and pongs a client may send; null: any number. */
  readonly messages: Quota | null;
  /** What closes the socket of a client that sends more. */
  readonly flooded: Closing;
  /** Age at which a socket is closed; null: never. */
  readonly lifetimeMs: number | null;
  /** A planned close is announced this long before; null: not announced. */
  readonly shutdownNoticeMs: number | null;
  /** A socket is closed after so long a silence; null: never. */
  readonly idle: Idle | null;
  /** Handshakes, all clients together; null: any number. */
  readonly attempts: Quota | null;
  /** Sockets that may be open at once; null: any number. */
  readonly socketsMost: number | null;
}

/** How a socket ends: with a code and a reason, or by cutting the wire (the client sees 1006). */
export type Closing = { readonly code: number; readonly reason?: string } | 'cut';

/** A silence that ends a socket. */
interface Idle {
  readonly afterMs: number;
  /** Who has to be silent; `both`: neither has said anything. */
  readonly silent: 'client' | 'venue' | 'both';
  readonly closing: Closing;
}

/** A venue that pings nobody and lets everybody stay. */
export const LENIENT_RULES: SocketRules = {
  pingEveryMs: null,
  pongWithinMs: 60_000,
  isPayloadChecked: false,
  messages: null,
  flooded: { code: 1008 },
  lifetimeMs: null,
  shutdownNoticeMs: null,
  idle: null,
  attempts: null,
  socketsMost: null,
};

/** What one client's socket says and is told beyond the rules: the venue's part. */
export interface Dialogue {
  /** A text from the client; answers go out through the socket. */
  heard(text: string): void;
  /** An event as this client's socket frames it, at the moment it is sent. Left out: as it is. */
  framed?(target: string, text: string): string;
  /** The frame that announces a planned close, by its stream; left out: none. */
  notice?(): { readonly target: string; readonly text: string };
  /** What is due by the venue's own clockwork, wall ms: heartbeats it expects, and so on. */
  tick?(nowMs: number): void;
  /** The socket is gone: nothing more is sent to it. */
  gone(): void;
}

/** What a URL stands for; `family` is how faults name it. */
export interface Route {
  readonly family: string;
}

/** A venue's side of a socket host. */
export interface SocketService<R extends Route> {
  /** What a URL asks for; null for a path the venue does not serve. */
  route(url: URL): R | null;
  /** A client has come through the door. */
  greet(socket: Socket, url: URL, route: R): Dialogue;
}

const LARGEST_REQUEST_BYTES = 65_536;
/** A client that reads slower than this much is behind is cut off, as venues do. */
const BACKLOG_BYTES = 64 * 1024 * 1024;
/** Frames held back by a stall; beyond it the socket is cut. */
const HELD_LIMIT = 50_000;

const GOING_AWAY: Closing = { code: 1001 };
const PONG_TIMEOUT: Closing = { code: 1008, reason: 'Pong timeout' };

interface Frame {
  readonly target: string;
  readonly symbol: string | null;
  readonly text: string;
}

/** What a socket needs of its host. */
interface SocketHome {
  readonly market: string;
  readonly rules: SocketRules;
  readonly faults: FaultSwitch;
  readonly now: () => number;
  readonly forget: (socket: Socket) => void;
  readonly visits: Visits;
}

/** One client's socket: the rules it has to keep, and what is on its way to it. */
export class Socket {
  /** Host and URL by the names faults use. */
  readonly market: string;
  readonly family: string;
  readonly #ws: WebSocket;
  readonly #wire: Duplex;
  readonly #home: SocketHome;
  readonly #bornMs: number;
  readonly #messages: QuotaCount | null;
  #dialogue: Dialogue | null = null;
  /** Frames gathered, byte by byte as characters; null while frames are sent at once. */
  #batch: string | null = null;
  #held: Frame[] = [];
  #nextPingMs: number;
  #pingPayload = '';
  #pongDueMs = Number.POSITIVE_INFINITY;
  #isShutdownAnnounced = false;
  #plannedCloseMs = Number.POSITIVE_INFINITY;
  #heardMs: number;
  #spokeMs: number;
  /** Something was sent since the last tick. */
  #hasSpoken = false;

  constructor(home: SocketHome, ws: WebSocket, wire: Duplex, family: string) {
    this.#home = home;
    this.#ws = ws;
    this.#wire = wire;
    this.family = family;
    this.market = home.market;
    const { rules } = home;
    this.#bornMs = home.now();
    this.#heardMs = this.#bornMs;
    this.#spokeMs = this.#bornMs;
    this.#messages = rules.messages === null ? null : new QuotaCount(rules.messages);
    this.#nextPingMs = this.#bornMs + (rules.pingEveryMs ?? Number.POSITIVE_INFINITY);
    ws.on('message', (data: RawData) => this.#heard(() => this.#dialogue?.heard(data.toString())));
    ws.on('ping', () => this.#heard());
    ws.on('pong', (payload) => this.#heard(() => this.#ponged(payload.toString())));
    ws.on('close', () => this.#gone());
    // ws closes the socket itself after a protocol error; nothing else is to be done.
    ws.on('error', () => undefined);
  }

  /** The venue takes the client over. */
  begin(dialogue: Dialogue): void {
    this.#dialogue = dialogue;
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

  /** Sends one event of a stream, as the dialogue frames it; a stall holds it back. */
  deliver(target: string, symbol: string | null, text: string): void {
    const { faults } = this.#home;
    if (!faults.isQuiet || this.#held.length > 0) {
      if (faults.on('stall', this.#site({ symbol, target })) !== undefined) {
        this.#held.push({ target, symbol, text });
        if (this.#held.length > HELD_LIMIT) this.cut();
        return;
      }
      this.#flushHeld();
    }
    this.send(this.framed(target, text));
  }

  /** A frame as it stands, whatever the framing: an answer, or one that is broken on purpose. ASCII. */
  send(text: string): void {
    this.#hasSpoken = true;
    if (this.#batch !== null) this.#batch += frameHead(text.length) + text;
    else if (this.#ws.bufferedAmount > BACKLOG_BYTES) this.cut();
    else if (this.#ws.readyState === this.#ws.OPEN) this.#ws.send(text);
  }

  /** The text as this socket would frame it. */
  framed(target: string, text: string): string {
    return this.#dialogue?.framed?.(target, text) ?? text;
  }

  #site(more: FaultSite = {}): FaultSite {
    return { market: this.market, family: this.family, ...more };
  }

  #flushHeld(): void {
    if (this.#held.length === 0) return;
    const held = this.#held;
    this.#held = [];
    const { faults } = this.#home;
    for (const frame of held) {
      const { target, symbol, text } = frame;
      const isStalled = faults.on('stall', this.#site({ symbol, target })) !== undefined;
      if (isStalled) this.#held.push(frame);
      else this.send(this.framed(target, text));
    }
  }

  /** Everything that is due by the clock: pings, deadlines, planned closes, the end of a stall. */
  tick(now: number): void {
    this.#flushHeld();
    this.#dialogue?.tick?.(now);
    const { rules, faults } = this.#home;
    const lifetime = faults.on('lifetime', this.#site())?.delayMs ?? rules.lifetimeMs;
    if (lifetime !== null) {
      this.#plannedCloseMs = Math.min(this.#plannedCloseMs, this.#bornMs + lifetime);
    }
    if (now >= this.#pongDueMs) {
      this.close(PONG_TIMEOUT);
      this.#pongDueMs = Number.POSITIVE_INFINITY;
    } else if (now >= this.#plannedCloseMs) {
      this.close(GOING_AWAY);
      this.#plannedCloseMs = Number.POSITIVE_INFINITY;
    } else if (rules.shutdownNoticeMs !== null) {
      if (now >= this.#plannedCloseMs - rules.shutdownNoticeMs) this.announceShutdown();
    }
    this.#endSilence(now);
    if (now >= this.#nextPingMs) this.#ping(now);
  }

  #endSilence(now: number): void {
    if (this.#hasSpoken) this.#spokeMs = now;
    this.#hasSpoken = false;
    const { idle } = this.#home.rules;
    if (idle === null) return;
    const lastMs = {
      client: this.#heardMs,
      venue: this.#spokeMs,
      both: Math.max(this.#heardMs, this.#spokeMs),
    }[idle.silent];
    if (now < lastMs + idle.afterMs) return;
    this.#heardMs = Number.POSITIVE_INFINITY;
    this.#spokeMs = Number.POSITIVE_INFINITY;
    this.close(idle.closing);
  }

  #ping(now: number): void {
    const { rules, faults } = this.#home;
    this.#nextPingMs = now + (rules.pingEveryMs ?? Number.POSITIVE_INFINITY);
    if (faults.on('stall', this.#site()) !== undefined) return;
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    this.#pingPayload = `${Math.round(now)}`;
    this.#ws.ping(this.#pingPayload);
    this.#pongDueMs = Math.min(this.#pongDueMs, now + rules.pongWithinMs);
  }

  #ponged(payload: string): void {
    const { rules, faults } = this.#home;
    if (faults.on('ignorePongs', this.#site()) !== undefined) return;
    if (rules.isPayloadChecked && payload !== this.#pingPayload) return;
    this.#pongDueMs = Number.POSITIVE_INFINITY;
  }

  /** Tells the client that the socket will close, and closes it after the usual notice. */
  announceShutdown(): void {
    const { rules, now } = this.#home;
    if (this.#isShutdownAnnounced || rules.shutdownNoticeMs === null) return;
    this.#isShutdownAnnounced = true;
    this.#plannedCloseMs = Math.min(this.#plannedCloseMs, now() + rules.shutdownNoticeMs);
    const notice = this.#dialogue?.notice?.();
    if (notice !== undefined) this.send(this.framed(notice.target, notice.text));
  }

  /** Ends the connection as the venue does. */
  close(closing: Closing): void {
    if (closing === 'cut') this.cut();
    else this.#ws.close(closing.code, closing.reason);
  }

  /** Drops the connection without a closing handshake: the client sees code 1006. */
  cut(): void {
    this.#ws.terminate();
  }

  #gone(): void {
    this.#dialogue?.gone();
    this.#held = [];
    this.#home.forget(this);
  }

  /** Every client frame counts against the limit. */
  #heard(then?: () => void): void {
    const now = this.#home.now();
    this.#heardMs = now;
    this.#home.visits.note('message', this.family);
    if (this.#messages?.admit(now) === false) this.close(this.#home.rules.flooded);
    else then?.();
  }
}

/**
 * Head of an unmasked, unfragmented text frame, one character per byte. Everything the venues write
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

interface SocketHostOptions<R extends Route> {
  /** Its name among the venue's hosts, for faults. */
  readonly market: string;
  readonly rules: SocketRules;
  readonly service: SocketService<R>;
  readonly faults: FaultSwitch;
  readonly tls: TlsPair | null;
  /** Wall ms. */
  readonly now: () => number;
}

/** One listener for sockets: handshakes, routes, connection limits, and everybody who is connected. */
export class SocketHost<R extends Route = Route> {
  readonly market: string;
  readonly visits: Visits;
  readonly #options: SocketHostOptions<R>;
  readonly #http: Server;
  readonly #upgrader = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: LARGEST_REQUEST_BYTES,
    clientTracking: false,
  });
  readonly #sockets = new Set<Socket>();
  readonly #attempts: QuotaCount | null;
  #url: string | null = null;

  constructor(options: SocketHostOptions<R>) {
    this.market = options.market;
    this.#options = options;
    this.visits = new Visits(options.market, options.now);
    const { attempts } = options.rules;
    this.#attempts = attempts === null ? null : new QuotaCount(attempts);
    this.#http = createServer(options.tls, (_request, response) => {
      response.writeHead(400, { 'content-type': 'text/plain' }).end('Bad Request');
    });
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Listens on a port the system picks. */
  async listen(): Promise<void> {
    const { tls } = this.#options;
    this.#url = loopback('ws', await listen(this.#http), tls);
  }

  /** `ws://127.0.0.1:port`, `wss:` with a certificate; once it listens. */
  get url(): string {
    if (this.#url === null) throw new Error('The host is not listening');
    return this.#url;
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

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.cut();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { service, rules, faults, now } = this.#options;
    const url = urlOf(request);
    const route = url === null ? null : service.route(url);
    const status = this.#refusal(route);
    if (url === null || route === null || status !== null) {
      const line = status ?? '404 Not Found';
      this.visits.note('handshake', url?.pathname ?? '', Number.parseInt(line, 10));
      socket.end(`HTTP/1.1 ${line}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.visits.note('handshake', url.pathname, 101);
    const home: SocketHome = {
      market: this.market,
      visits: this.visits,
      rules,
      faults,
      now,
      forget: (client) => this.#sockets.delete(client),
    };
    this.#upgrader.handleUpgrade(request, socket, head, (ws) => {
      const client = new Socket(home, ws, socket, route.family);
      this.#sockets.add(client);
      client.begin(service.greet(client, url, route));
    });
  }

  #refusal(route: R | null): string | null {
    const { rules, faults, now } = this.#options;
    if (this.#attempts?.admit(now()) === false) return '429 Too Many Requests';
    const site = { market: this.market, ...(route && { family: route.family }) };
    if (faults.on('regionRefused', site)) return '451 Unavailable For Legal Reasons';
    if (faults.on('forbidden', site)) return '403 Forbidden';
    if (faults.strike('refuseSockets', site)) return '503 Service Unavailable';
    const isFull = rules.socketsMost !== null && this.#sockets.size >= rules.socketsMost;
    return isFull ? '429 Too Many Requests' : null;
  }
}

/** Carries out `disconnect` and `shutdown` on the sockets that a fault names. */
export function endSockets(hosts: readonly SocketHost[], spec: FaultSpec): void {
  const sockets = hosts
    .filter((host) => spec.market === undefined || spec.market === host.market)
    .flatMap((host) => [...host.sockets])
    .filter((socket) => spec.family === undefined || spec.family === socket.family);
  for (const socket of sockets) {
    if (spec.kind === 'disconnect') {
      socket.close(spec.code === undefined ? 'cut' : { code: spec.code });
    }
    if (spec.kind === 'shutdown') socket.announceShutdown();
  }
}
