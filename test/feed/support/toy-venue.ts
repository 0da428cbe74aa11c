import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

/** One socket as the venue sees it. */
export interface ToySocket {
  readonly path: string;
  readonly socket: WebSocket;
  readonly streams: Set<string>;
  /** Every message the client sent. */
  readonly messages: { op: string; streams: string[]; id: number }[];
}

/** What the venue answers to a subscription. */
type Answer = 'ack' | 'silence' | { readonly refuse: (stream: string) => boolean };

/** A tiny venue on the loopback: scripted HTTP, and sockets that do as they are told. */
export class ToyVenue {
  readonly sockets: ToySocket[] = [];
  readonly requests: string[] = [];
  /** Answers HTTP requests; tests replace it. */
  http: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => {
    response.end('{}');
  };
  answer: Answer = 'ack';
  /** Refuses the WebSocket handshake with this status; 0 leaves it hanging. */
  handshake = 101;
  readonly #server: Server;
  #port = 0;
  readonly #raw = new Set<Duplex>();
  /** Takes up compression with every client that offers it. */
  readonly #wss = new WebSocketServer({ noServer: true, perMessageDeflate: true });

  private constructor() {
    this.#server = createServer((request, response) => {
      this.requests.push(request.url ?? '');
      this.http(request, response);
    });
    this.#server.on('upgrade', (request, raw, head) => {
      this.#raw.add(raw);
      if (this.handshake === 0) return;
      if (this.handshake !== 101) {
        raw.end(`HTTP/1.1 ${this.handshake} No\r\ncontent-length: 0\r\n\r\n`);
        return;
      }
      this.#wss.handleUpgrade(request, raw, head, (socket) => {
        this.#accept(request.url ?? '', socket);
      });
    });
  }

  static async start(): Promise<ToyVenue> {
    const venue = new ToyVenue();
    await new Promise<void>((resolve) => {
      venue.#server.listen(0, '127.0.0.1', resolve);
    });
    venue.#port = (venue.#server.address() as AddressInfo).port;
    return venue;
  }

  /** Its addresses stay the same when it is closed. */
  get port(): number {
    return this.#port;
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  get rest(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Sockets that are open. */
  get open(): ToySocket[] {
    return this.sockets.filter(({ socket }) => socket.readyState === socket.OPEN);
  }

  /** Sends a message of `stream` on every socket that has subscribed it. */
  send(stream: string, data: unknown = {}): void {
    for (const toy of this.open)
      if (toy.streams.has(stream)) toy.socket.send(JSON.stringify({ stream, data }));
  }

  async close(): Promise<void> {
    for (const raw of this.#raw) raw.destroy();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  #accept(path: string, socket: WebSocket): void {
    const toy: ToySocket = { path, socket, streams: new Set(), messages: [] };
    this.sockets.push(toy);
    socket.on('message', (data) => {
      const message = JSON.parse(data.toString()) as ToySocket['messages'][number];
      toy.messages.push(message);
      this.#answer(toy, message);
    });
  }

  #answer(toy: ToySocket, { op, streams, id }: ToySocket['messages'][number]): void {
    if (this.answer === 'silence') return;
    if (op === 'unsubscribe') {
      for (const stream of streams) toy.streams.delete(stream);
    } else {
      const { answer } = this;
      if (typeof answer === 'object' && streams.some((stream) => answer.refuse(stream))) {
        toy.socket.send(JSON.stringify({ error: 'unknown stream', id }));
        return;
      }
      for (const stream of streams) toy.streams.add(stream);
    }
    toy.socket.send(JSON.stringify({ ack: id }));
  }
}
