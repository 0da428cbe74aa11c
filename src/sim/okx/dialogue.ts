import { type Quota, QuotaCount } from '../quota.ts';
import {
  type Dialogue,
  LENIENT_RULES,
  type Route,
  type Socket,
  type SocketRules,
  type SocketService,
} from '../socket-host.ts';
import { type Admitted, type Arg, FAMILY, type Publisher } from './publisher.ts';

/** venues.md §4.1. */
export const OKX_RULES: SocketRules = {
  ...LENIENT_RULES,
  attempts: { most: 3, windowMs: 1000 },
  idle: {
    afterMs: 30_000,
    silent: 'both',
    closing: { code: 4004, reason: 'No data received in 30s.' },
  },
  shutdownNoticeMs: 60_000,
};

/** Subscriptions and the like that a socket may ask for. */
export const OPERATIONS: Quota = { most: 480, windowMs: 3_600_000 };

const PATHS: Readonly<Record<string, string>> = {
  '/ws/v5/public': FAMILY,
  '/ws/v5/business': 'business',
};

/** What clients of the socket are served. */
export const socketService = (
  publisher: Publisher,
  now: () => number,
  operations: Quota,
): SocketService<Route> => ({
  route: ({ pathname }) => {
    const family = PATHS[pathname.replace(/\/$/, '')];
    return family === undefined ? null : { family };
  },
  greet: (socket, _url, { family }) =>
    new OkxDialogue({ publisher, socket, family, now, operations }),
});

const ID = /^[A-Za-z0-9]{1,32}$/;

let connections = 0;

interface DialogueOptions {
  readonly publisher: Publisher;
  readonly socket: Socket;
  readonly family: string;
  /** Wall ms. */
  readonly now: () => number;
  readonly operations: Quota;
}

/** One client's subscriptions: JSON requests, one answer per argument, bare `ping` and `pong`. */
class OkxDialogue implements Dialogue {
  readonly #publisher: Publisher;
  readonly #socket: Socket;
  readonly #now: () => number;
  readonly #isPublic: boolean;
  readonly #operations: QuotaCount;
  readonly #streams = new Set<string>();
  readonly #connId = (0xa4d3ae55 + connections++).toString(16);

  constructor({ publisher, socket, family, now, operations }: DialogueOptions) {
    this.#publisher = publisher;
    this.#socket = socket;
    this.#now = now;
    this.#isPublic = family === FAMILY;
    this.#operations = new QuotaCount(operations);
  }

  notice() {
    const text = JSON.stringify({
      event: 'notice',
      code: '64008',
      msg: 'The connection will soon be closed for a service upgrade. Please reconnect.',
      connId: this.#connId,
    });
    return { target: 'notice', text };
  }

  gone(): void {
    for (const stream of this.#streams) this.#publisher.unsubscribe(this.#socket, stream);
    this.#streams.clear();
  }

  heard(text: string): void {
    if (text === 'ping') {
      this.#socket.send('pong');
      return;
    }
    let request: unknown;
    try {
      request = JSON.parse(text);
    } catch {
      this.#refuse(undefined, '60012', `Invalid request: ${text.slice(0, 200)}`);
      return;
    }
    if (typeof request !== 'object' || request === null || Array.isArray(request)) {
      this.#refuse(undefined, '60012', 'Invalid request');
      return;
    }
    this.#answer(request as Readonly<Record<string, unknown>>, text);
  }

  #answer({ id, op, args }: Readonly<Record<string, unknown>>, text: string): void {
    const number = typeof id === 'string' && ID.test(id) ? id : undefined;
    if (op !== 'subscribe' && op !== 'unsubscribe') {
      this.#refuse(number, '60012', `Invalid request: ${text.slice(0, 200)}`);
    } else if (!Array.isArray(args) || args.length === 0 || !args.every(isArg)) {
      this.#refuse(number, '60013', `Invalid args: ${text.slice(0, 200)}`);
    } else if (!this.#operations.admit(this.#now())) {
      this.#refuse(number, '60014', 'Requests too frequent');
    } else {
      for (const arg of args) this.#change(op, arg, number);
    }
  }

  #change(op: 'subscribe' | 'unsubscribe', arg: Arg, id: string | undefined): void {
    const admitted: Admitted = this.#isPublic
      ? this.#publisher.admit(arg)
      : { refused: 'unknown', stream: '' };
    if (op === 'subscribe' && 'refused' in admitted) {
      if (admitted.refused === 'login') this.#refuse(id, '60011', 'Please log in');
      else this.#refuse(id, '60018', wrong(arg));
      return;
    }
    const { stream } = admitted;
    this.#socket.send(
      JSON.stringify({
        ...(id !== undefined && { id }),
        event: op,
        arg,
        connId: this.#connId,
      }),
    );
    if (op === 'unsubscribe') {
      if (this.#streams.delete(stream)) this.#publisher.unsubscribe(this.#socket, stream);
    } else if (!this.#streams.has(stream)) {
      this.#streams.add(stream);
      this.#publisher.subscribe(this.#socket, stream);
    }
  }

  #refuse(id: string | undefined, code: string, msg: string): void {
    this.#socket.send(
      JSON.stringify({
        ...(id !== undefined && { id }),
        event: 'error',
        code,
        msg,
        connId: this.#connId,
      }),
    );
  }
}

function isArg(value: unknown): value is Arg {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  // The underlying is asked for by its family nowadays.
  return (
    typeof fields['channel'] === 'string' &&
    !('uly' in fields) &&
    Object.values(fields).every((field) => typeof field === 'string')
  );
}

function wrong(arg: Arg): string {
  const parts = Object.entries(arg).map(([name, value]) => `${name}:${value}`);
  return `Wrong URL or ${parts.join(',')} doesn't exist. Please use the correct URL, channel and parameters referring to API document.`;
}
