import type { Dialogue, Socket } from '../socket-host.ts';
import type { Credits } from './credits.ts';
import { type Backing, METHODS, type Params, RpcError } from './methods.ts';
import { askedFor, FAMILY, HOST } from './publisher.ts';
import { errorText, resultText, TOO_MANY } from './rpc.ts';
import { envelope, type Writable } from './wire.ts';

/** What closes a socket that asked too much, and one that does not answer. */
const FLOODED = { code: 1008, reason: 'too_many_requests' };
const UNANSWERED = { code: 4000, reason: 'test_request unanswered' };
const SHORTEST_HEARTBEAT_SECONDS = 10;
const SITE = { market: HOST, family: FAMILY };
const HEARTBEAT = '{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"heartbeat"}}';
const TEST_REQUEST = '{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}';

interface DialogueOptions extends Backing {
  readonly credits: Credits;
  /** Wall ms. */
  readonly wall: () => number;
}

/** One client's socket: requests and answers, subscriptions, signs of life. */
export class DeribitDialogue implements Dialogue {
  readonly #options: DialogueOptions;
  readonly #socket: Socket;
  readonly #channels = new Set<string>();
  #heartbeatMs: number | null = null;
  #nextHeartbeatMs = Number.POSITIVE_INFINITY;
  /** A test was asked for and has not been answered. */
  #isAwaited = false;

  constructor(socket: Socket, options: DialogueOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  framed(channel: string, text: string): string {
    return text.startsWith('{"jsonrpc"') ? text : envelope(channel, text);
  }

  gone(): void {
    this.#unsubscribe([...this.#channels]);
  }

  /** Heartbeats, and the end of those who do not answer them. */
  tick(nowMs: number): void {
    if (this.#heartbeatMs === null || nowMs < this.#nextHeartbeatMs) return;
    this.#nextHeartbeatMs = nowMs + this.#heartbeatMs;
    if (this.#options.faults.on('stall', SITE) !== undefined) return;
    if (this.#isAwaited) {
      this.#heartbeatMs = null;
      this.#socket.close(UNANSWERED);
      return;
    }
    this.#socket.send(HEARTBEAT);
    this.#socket.send(TEST_REQUEST);
    this.#isAwaited = true;
  }

  heard(text: string): void {
    const stampMs = this.#stampMs();
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch {
      this.#socket.send(errorText(null, new RpcError(-32700, 'Parse error'), stampMs));
      return;
    }
    if (typeof request !== 'object' || request === null || Array.isArray(request)) {
      this.#socket.send(errorText(null, new RpcError(11050, 'bad_request'), stampMs));
      return;
    }
    const { id, method, params } = request as Readonly<Record<string, unknown>>;
    this.#answer(id, `${method}`.replace(/^public\//, ''), paramsOf(params), stampMs);
  }

  #stampMs(): number {
    const { now, publisher } = this.#options;
    return now() + publisher.skewMs;
  }

  #answer(id: unknown, method: string, params: Params, stampMs: number): void {
    const { credits, faults, wall } = this.#options;
    const isOneTooMany = faults.strike('tooManyRequests', SITE) !== undefined;
    if (isOneTooMany || !credits.pay(method, wall())) {
      this.#socket.send(errorText(id, TOO_MANY, stampMs));
      this.#socket.close(FLOODED);
      return;
    }
    if (method === 'test' && faults.on('ignorePongs', SITE) === undefined) this.#isAwaited = false;
    try {
      const asked: string[] = [];
      const result = this.#result(method, params, asked);
      // The acknowledgement comes first, then what the channels begin with.
      this.#socket.send(resultText(id, result, stampMs));
      this.#begin(asked);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      this.#socket.send(errorText(id, error, stampMs));
    }
  }

  #result(method: string, params: Params, asked: string[]): Writable {
    switch (method) {
      case 'subscribe':
        return this.#accepted(params, asked);
      case 'unsubscribe':
        return this.#unsubscribe(channelsIn(params));
      case 'unsubscribe_all':
        this.#unsubscribe([...this.#channels]);
        return 'ok';
      case 'set_heartbeat':
        return this.#setHeartbeat(params);
      case 'disable_heartbeat':
        this.#heartbeatMs = null;
        return 'ok';
      default: {
        const known = METHODS.get(method);
        if (known === undefined) throw new RpcError(-32601, 'Method not found');
        return known(this.#options, params);
      }
    }
  }

  #setHeartbeat(params: Params): Writable {
    const interval = Number(params['interval']);
    if (!(interval >= SHORTEST_HEARTBEAT_SECONDS))
      throw new RpcError(-32602, 'Invalid params', {
        reason: 'value too small',
        param: 'interval',
      });
    this.#heartbeatMs = interval * 1000;
    this.#nextHeartbeatMs = this.#options.wall() + this.#heartbeatMs;
    this.#isAwaited = false;
    return 'ok';
  }

  /** A channel that there is not is left out without a word. */
  #accepted(params: Params, asked: string[]): string[] {
    const { publisher, faults } = this.#options;
    const found = askedFor(channelsIn(params), (channel) => publisher.isKnown(channel));
    if (found === 'raw')
      throw new RpcError(13778, 'raw_subscriptions_not_available_for_unauthorized');
    const accepted: string[] = [];
    for (const { name } of found) {
      if (faults.strike('omitted', { ...SITE, target: name }) !== undefined) continue;
      accepted.push(name);
      if (!this.#channels.has(name)) asked.push(name);
    }
    return accepted;
  }

  /** Only channels that are new to the socket bring a beginning. */
  #begin(names: readonly string[]): void {
    const { publisher } = this.#options;
    const found = askedFor(names, () => true);
    if (found === 'raw') return;
    for (const { name, channel } of found) {
      if (this.#channels.has(name)) continue;
      this.#channels.add(name);
      publisher.subscribe(this.#socket, name, channel);
    }
  }

  #unsubscribe(names: readonly string[]): string[] {
    const given = names.filter((name) => this.#channels.delete(name));
    for (const name of given) this.#options.publisher.unsubscribe(this.#socket, name);
    return given;
  }
}

const paramsOf = (value: unknown): Params =>
  typeof value === 'object' && value !== null ? (value as Params) : {};

const MOST_CHANNELS = 500;

function channelsIn({ channels }: Params): readonly string[] {
  if (!Array.isArray(channels) || channels.some((name) => typeof name !== 'string'))
    throw new RpcError(-32602, 'Invalid params', { reason: 'must be a list', param: 'channels' });
  if (channels.length > MOST_CHANNELS)
    throw new RpcError(-32602, 'Invalid params', { reason: 'too many', param: 'channels' });
  return channels;
}
