import type { FaultRegistry } from '../faults.ts';
import {
  type Dialogue,
  LENIENT_RULES,
  type Route,
  type Socket,
  type SocketRules,
  type SocketService,
} from '../socket-host.ts';
import type { FaultKind } from './faults.ts';
import type { Publisher } from './publisher.ts';
import type { Family } from './topics.ts';

const MINUTE_MS = 60_000;

/** Rules of the public sockets (venues.md §3.1): a client that says nothing for ten minutes is cut. */
export const SOCKET_RULES: SocketRules = {
  ...LENIENT_RULES,
  idle: { afterMs: 10 * MINUTE_MS, silent: 'client', closing: 'cut' },
  attempts: { most: 500, windowMs: 5 * MINUTE_MS },
  socketsMost: 1000,
};

/** Characters of all topics ever asked for on a socket, and topics of one request. */
const CHARACTERS_MOST = 21_000;
const TOPICS_MOST = 10;

interface BybitRoute extends Route {
  readonly family: Family | 'status';
}

interface ServiceOptions {
  /** By family; options are served and have no contracts. */
  readonly publishers: ReadonlyMap<string, Publisher>;
  readonly faults: FaultRegistry<FaultKind>;
}

const PATH = /^\/v5\/public\/(linear|inverse|spot|option|misc\/status)$/;

/** What clients of the public sockets are served: one family per path. */
export function socketService(options: ServiceOptions): SocketService<BybitRoute> {
  return {
    route({ pathname }) {
      const family = PATH.exec(pathname)?.[1];
      if (family === undefined) return null;
      return { family: family === 'misc/status' ? 'status' : (family as Family) };
    },
    greet: (socket, _url, { family }) => new BybitDialogue(options, socket, family),
  };
}

/** One client's subscriptions, pings and their answers. */
class BybitDialogue implements Dialogue {
  readonly #options: ServiceOptions;
  readonly #publisher: Publisher | undefined;
  readonly #socket: Socket;
  readonly #family: BybitRoute['family'];
  readonly #connId: string;
  readonly #topics = new Set<string>();
  #characters = 0;
  static #connections = 0;

  constructor(options: ServiceOptions, socket: Socket, family: BybitRoute['family']) {
    this.#options = options;
    this.#publisher = options.publishers.get(family);
    this.#socket = socket;
    this.#family = family;
    BybitDialogue.#connections += 1;
    this.#connId = `sim-${BybitDialogue.#connections}`;
  }

  gone(): void {
    for (const name of this.#topics) this.#publisher?.unsubscribe(this.#socket, name);
    this.#topics.clear();
  }

  heard(text: string): void {
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch {
      this.#refuse('', 'subscribe', 'Request is not authorized: invalid JSON');
      return;
    }
    const { op, args, req_id: id } = Object(request) as Readonly<Record<string, unknown>>;
    const reqId = typeof id === 'string' ? id : '';
    if (op === 'ping') this.#pong(reqId);
    else if ((op === 'subscribe' || op === 'unsubscribe') && isTexts(args)) {
      if (op === 'subscribe') this.#subscribe(reqId, args);
      else this.#unsubscribe(reqId, args);
    } else this.#refuse(reqId, typeof op === 'string' ? op : '', 'Invalid op');
  }

  #pong(reqId: string): void {
    if (this.#options.faults.on('ignorePongs', { market: 'ws', family: this.#family })) return;
    if (this.#family === 'option') this.#say({ args: [`${Date.UTC(2026, 0, 1)}`], op: 'pong' });
    else
      this.#say({
        success: true,
        ret_msg: 'pong',
        conn_id: this.#connId,
        req_id: reqId,
        op: 'ping',
      });
  }

  #subscribe(reqId: string, names: readonly string[]): void {
    const why = this.#objection(names);
    if (this.#family === 'option') {
      // Topic by topic; none of them is listed here.
      const data = { failTopics: names, successTopics: [] };
      this.#say({ success: why === null, conn_id: this.#connId, data, type: 'COMMAND_RESP' });
      return;
    }
    if (why !== null) {
      this.#refuse(reqId, 'subscribe', why);
      return;
    }
    this.#grant(reqId, 'subscribe');
    for (const name of names) {
      this.#topics.add(name);
      this.#characters += name.length;
      this.#publisher?.subscribe(this.#socket, name);
    }
  }

  /** Why a subscription is refused as a whole; null when it is not. */
  #objection(names: readonly string[]): string | null {
    const { faults } = this.#options;
    if (this.#family === 'spot' && names.length > TOPICS_MOST) return `args size >${TOPICS_MOST}`;
    const characters = names.reduce((sum, name) => sum + name.length, this.#characters);
    if (characters > CHARACTERS_MOST) return 'args length exceeds 21000';
    const twice = names.find((name) => this.#topics.has(name));
    if (twice !== undefined) return `error:already subscribed,topic:${twice}`;
    const unknown = names.filter((name) => this.#publisher?.knows(name) !== true);
    if (unknown.length > 0 && this.#family !== 'status') return `Invalid topic:[${unknown}]`;
    const refused = names.find((target) =>
      faults.strike('refused', { market: 'ws', family: this.#family, target }),
    );
    return refused === undefined ? null : `Invalid topic:[${refused}]`;
  }

  #unsubscribe(reqId: string, names: readonly string[]): void {
    for (const name of names)
      if (this.#topics.delete(name)) this.#publisher?.unsubscribe(this.#socket, name);
    this.#grant(reqId, 'unsubscribe');
  }

  #grant(reqId: string, op: string): void {
    this.#say({ success: true, ret_msg: '', conn_id: this.#connId, req_id: reqId, op });
  }

  #refuse(reqId: string, op: string, reason: string): void {
    this.#say({ success: false, ret_msg: reason, conn_id: this.#connId, req_id: reqId, op });
  }

  #say(answer: object): void {
    this.#socket.send(JSON.stringify(answer));
  }
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');
