import { once } from 'node:events';
import WebSocket from 'ws';
import type { BinanceSim } from '../../../src/sim/binance/simulator.ts';

/** A socket to the simulator that keeps every frame and how it ended. */
export class Client {
  readonly frames: string[] = [];
  readonly pings: string[] = [];
  readonly #ws: WebSocket;
  /** Close code and reason once the socket is gone. */
  ended: { readonly code: number; readonly reason: string } | null = null;

  constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.on('message', (data) => this.frames.push(data.toString()));
    ws.on('ping', (payload) => this.pings.push(payload.toString()));
    ws.on('close', (code, reason) => {
      this.ended = { code, reason: reason.toString() };
    });
    ws.on('error', () => undefined);
  }

  static async open(url: string, options: WebSocket.ClientOptions = {}): Promise<Client> {
    const ws = new WebSocket(url, { perMessageDeflate: false, ...options });
    const client = new Client(ws);
    await once(ws, 'open');
    return client;
  }

  send(request: unknown): void {
    this.#ws.send(typeof request === 'string' ? request : JSON.stringify(request));
  }

  ping(): void {
    this.#ws.ping();
  }

  pong(payload: string): void {
    this.#ws.pong(payload);
  }

  /** Frames that parse, as objects. */
  get messages(): Message[] {
    return this.frames.flatMap((frame) => {
      try {
        return [JSON.parse(frame) as Message];
      } catch {
        return [];
      }
    });
  }

  /** Payloads of one stream on a combined socket. */
  of(stream: string): Message[] {
    return this.messages
      .filter((message) => message['stream'] === stream)
      .map((message) => message['data'] as Message);
  }

  /** Sends a request and waits for its answer. */
  async ask(sim: Pick<BinanceSim, 'pump'>, request: Message): Promise<Message> {
    const seen = this.frames.length;
    const answer = () =>
      this.messages
        .slice(Math.max(0, seen - (this.frames.length - this.messages.length)))
        .find((message) => 'id' in message && !('e' in message));
    this.send(request);
    await until(sim, () => answer() !== undefined, 0);
    return answer()!;
  }

  close(): void {
    this.#ws.terminate();
  }
}

export type Message = Readonly<Record<string, unknown>>;

/** Lets simulated time pass in small portions until a condition holds; fails when it never does. */
export async function until(
  sim: Pick<BinanceSim, 'pump'>,
  condition: () => boolean,
  stepMs = 50,
): Promise<void> {
  for (let round = 0; round < 3000; round++) {
    if (condition()) return;
    if (stepMs > 0) await sim.pump(stepMs);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  throw new Error('The condition never came true');
}

/** A REST answer with everything a client looks at. */
export interface RestAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  readonly json: () => never;
}

export async function get(base: string, path: string): Promise<RestAnswer> {
  const response = await fetch(base + path);
  const text = await response.text();
  return {
    status: response.status,
    text,
    headers: response.headers,
    json: () => JSON.parse(text) as never,
  };
}
