import { type RawData, WebSocket } from 'ws';
import type { Message } from '../model/record.ts';
import { type Micros, SECOND } from '../model/units.ts';
import type { ConnectionPlan, Framing, Protocol } from '../venues/protocol.ts';
import type { Clock, Timer } from './clock.ts';
import { reasonOf } from './reason.ts';

/** What a link tells its connection. After `ended` it says nothing more. */
export interface LinkEvents {
  opened(): void;
  data(stream: string, msg: Message): void;
  unreadable(msg: Message): void;
  /** The venue announced that it will close. */
  closing(): void;
  subscribed(streams: readonly string[]): void;
  refused(stream: string, reason: string): void;
  ended(reason: string): void;
}

type Wire = Pick<Protocol<unknown>, 'frame' | 'subscribe' | 'unsubscribe' | 'opening' | 'ping'>;

interface Outgoing {
  readonly kind: 'subscribe' | 'unsubscribe';
  readonly streams: readonly string[];
  readonly attempt: number;
}

interface Pending extends Outgoing {
  readonly sentAt: Micros;
  /** Streams that have not been answered yet. */
  readonly open: Set<string>;
}

/** An answer to a subscription takes a fraction of a second; after this long it will not come. */
const ACK_MS = 10_000;
const ACK_ATTEMPTS = 2;
const OPEN_MS = 10_000;
/** A venue's second may begin at any moment of ours, and the network squeezes messages together. */
const RATE_WINDOW = 1.1 * SECOND;
const HOUR = 3600 * SECOND;
/** How long the venue may take to answer our goodbye. */
const GOODBYE_MS = 250;
/** Longest message taken, unpacked. All-market arrays have a few hundred kB. */
const LONGEST_MESSAGE = 16 * 2 ** 20;

/** A message as one piece of memory. A socket hands out whole buffers unless it is told otherwise, and never touches them again. */
const bytesOf = (data: RawData): Uint8Array => {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
};

/** One WebSocket from its opening to its end: subscribes within the venue's rate, awaits the acknowledgements, notices silence. */
export class Link {
  readonly #clock: Clock;
  readonly #wire: Wire;
  readonly #plan: ConnectionPlan;
  readonly #events: LinkEvents;
  readonly #socket: WebSocket;
  readonly #startedAt: Micros;
  readonly #outbox: Outgoing[] = [];
  readonly #pending = new Map<number, Pending>();
  readonly #sentAt: Micros[] = [];
  /** When subscriptions went out, of the last hour, where the venue counts them. */
  readonly #requestedAt: Micros[] = [];
  /** When the last ping of ours went out. */
  #pingedAt = 0;
  /** Streams that have sent something on this socket. */
  readonly heard = new Set<string>();
  #sendTimer: Timer | null = null;
  #nextId = 1;
  #lastFrameAt: Micros;
  #openedAt: Micros | null = null;
  #lastDataAt: Micros | null = null;
  #error: string | null = null;
  #isOver = false;

  constructor(
    clock: Clock,
    wire: Wire,
    plan: ConnectionPlan,
    url: string,
    streams: readonly string[],
    events: LinkEvents,
  ) {
    this.#clock = clock;
    this.#wire = wire;
    this.#plan = plan;
    this.#events = events;
    this.#startedAt = clock.now();
    this.#lastFrameAt = this.#startedAt;
    this.add(streams);
    // ws offers compression by default, and reading it costs 85 times as much. Text that is not UTF-8 is for the decoder to
    // reject; the whole socket need not die of it.
    this.#socket = new WebSocket(url, {
      perMessageDeflate: false,
      skipUTF8Validation: true,
      maxPayload: LONGEST_MESSAGE,
      handshakeTimeout: OPEN_MS,
    });
    const alive = () => {
      this.#lastFrameAt = this.#clock.now();
    };
    this.#socket.on('open', () => this.#open());
    this.#socket.on('message', (data) => this.#message(bytesOf(data)));
    this.#socket.on('ping', alive);
    this.#socket.on('pong', alive);
    this.#socket.on('error', (error) => {
      this.#error = reasonOf(error);
    });
    this.#socket.on('close', (code) => {
      this.end(this.#error ?? (code === 1006 ? 'connection lost' : `closed ${code}`));
    });
  }

  /** When the handshake was done; null before. */
  get openedAt(): Micros | null {
    return this.#openedAt;
  }

  /** When the newest message of a stream came; null before the first. */
  get lastDataAt(): Micros | null {
    return this.#lastDataAt;
  }

  /** Whether everything asked for has been acknowledged. */
  get isSettled(): boolean {
    return this.#openedAt !== null && this.#outbox.length === 0 && this.#pending.size === 0;
  }

  add(streams: readonly string[]): void {
    this.#enqueue('subscribe', streams);
  }

  remove(streams: readonly string[]): void {
    this.#enqueue('unsubscribe', streams);
    for (const stream of streams) this.heard.delete(stream);
  }

  /** Looks for what did not happen in time: the handshake, an acknowledgement, any sign of life. */
  pulse(now: Micros): void {
    if (this.#isOver) return;
    const silentMs = (now - this.#lastFrameAt) / 1000;
    if (this.#openedAt === null) {
      if ((now - this.#startedAt) / 1000 > OPEN_MS) this.end('timed out');
    } else if (silentMs > this.#plan.silenceMs) {
      this.end(`silent ${Math.round(silentMs / 1000)} s`);
    } else {
      this.#chase(now);
      this.#beat(now);
    }
  }

  /** Ends it from our side, at once: nothing more is heard, `ended` gets the reason. */
  end(reason: string): void {
    if (this.#isOver) return;
    this.#stop();
    this.#socket.terminate();
    this.#events.ended(reason);
  }

  /** Says goodbye and waits a moment for the answer. `ended` is not called. */
  close(): Promise<void> {
    this.#stop();
    const socket = this.#socket;
    if (socket.readyState === WebSocket.CLOSED) return Promise.resolve();
    if (socket.readyState !== WebSocket.OPEN) {
      socket.terminate();
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(() => socket.terminate(), GOODBYE_MS);
      socket.on('close', () => {
        this.#clock.clearTimer(timer);
        resolve();
      });
      socket.close(1000);
    });
  }

  #stop(): void {
    this.#isOver = true;
    if (this.#sendTimer !== null) this.#clock.clearTimer(this.#sendTimer);
    this.#sendTimer = null;
  }

  #open(): void {
    if (this.#isOver) return;
    this.#openedAt = this.#clock.now();
    this.#lastFrameAt = this.#openedAt;
    this.#events.opened();
    const opening = this.#wire.opening?.(this.#nextId) ?? [];
    this.#nextId += opening.length;
    for (const text of opening) this.#say(text);
    this.#send();
  }

  #message(msg: Message): void {
    if (this.#isOver) return;
    const now = this.#clock.now();
    this.#lastFrameAt = now;
    const framing = this.#wire.frame(msg);
    switch (framing.kind) {
      case 'data':
        this.#lastDataAt = now;
        this.heard.add(framing.stream);
        this.#events.data(framing.stream, msg);
        break;
      case 'ack':
        this.#acknowledged(framing);
        break;
      case 'error':
        this.#failed(framing);
        break;
      case 'pong':
        break;
      case 'question':
        this.#say(framing.text);
        break;
      case 'closing':
        this.#events.closing();
        break;
      case 'unreadable':
        this.#events.unreadable(msg);
        break;
    }
  }

  #enqueue(kind: Outgoing['kind'], streams: readonly string[]): void {
    const { streamsPerMessage } = this.#plan;
    for (let i = 0; i < streams.length; i += streamsPerMessage)
      this.#outbox.push({ kind, streams: streams.slice(i, i + streamsPerMessage), attempt: 1 });
    this.#send();
  }

  /** Sends at once, whatever the rate: answers that the venue waits for, pings. They count all the same. */
  #say(text: string): void {
    if (this.#isOver || this.#openedAt === null) return;
    this.#sentAt.push(this.#clock.now());
    this.#socket.send(text);
  }

  /** Sends what the venue's rate allows and comes back for the rest. */
  #send(): void {
    if (this.#openedAt === null || this.#isOver || this.#sendTimer !== null) return;
    const now = this.#clock.now();
    let wait = this.#waitMicros(now);
    while (this.#outbox.length > 0 && wait <= 0) {
      const outgoing = this.#outbox.shift()!;
      const id = this.#nextId;
      this.#nextId += 1;
      this.#pending.set(id, { ...outgoing, sentAt: now, open: new Set(outgoing.streams) });
      this.#sentAt.push(now);
      if (this.#plan.requestsPerHour !== undefined) this.#requestedAt.push(now);
      this.#socket.send(this.#wire[outgoing.kind](outgoing.streams, id));
      wait = this.#waitMicros(now);
    }
    if (this.#outbox.length === 0) return;
    this.#sendTimer = this.#clock.setTimer(() => {
      this.#sendTimer = null;
      this.#send();
    }, wait / 1000);
  }

  /** How long the next subscription has to wait, µs; 0 or less when it may go now. */
  #waitMicros(now: Micros): number {
    const { messagesPerSecond, requestsPerHour = Number.POSITIVE_INFINITY } = this.#plan;
    const overdue = (times: Micros[], window: number, most: number): number => {
      while (times.length > 0 && now - times[0]! >= window) times.shift();
      return times.length < most ? 0 : times[times.length - most]! + window - now;
    };
    return Math.max(
      overdue(this.#sentAt, RATE_WINDOW, messagesPerSecond),
      overdue(this.#requestedAt, HOUR, requestsPerHour),
    );
  }

  /** Asks for a sign of life where the venue gives none by itself, and gives up when none comes. */
  #beat(now: Micros): void {
    const { heartbeat } = this.#plan;
    if (heartbeat === undefined || this.#wire.ping === undefined) return;
    const { everyMs, always, answerMs } = heartbeat;
    const isAwaited = this.#pingedAt > this.#lastFrameAt;
    if (isAwaited && (now - this.#pingedAt) / 1000 > answerMs) {
      this.end('ping unanswered');
      return;
    }
    const since = always ? Math.max(this.#pingedAt, this.#openedAt!) : this.#lastFrameAt;
    if (isAwaited || (now - since) / 1000 < everyMs) return;
    this.#pingedAt = now;
    this.#say(this.#wire.ping(this.#nextId));
    this.#nextId += 1;
  }

  #acknowledged(ack: Extract<Framing, { kind: 'ack' }>): void {
    const { id, streams, isPart } = ack;
    const pending = id === null ? undefined : this.#pending.get(id);
    if (streams === undefined || (id !== null && isPart !== true)) {
      if (pending === undefined || id === null) return;
      this.#pending.delete(id);
      if (pending.kind === 'unsubscribe') return;
      const granted = pending.streams.filter((stream) => streams?.includes(stream) ?? true);
      if (granted.length > 0) this.#events.subscribed(granted);
      for (const stream of pending.streams)
        if (!granted.includes(stream)) this.#events.refused(stream, 'not accepted');
      return;
    }
    const granted = streams.filter((stream) => this.#answered(id, stream) === 'subscribe');
    if (granted.length > 0) this.#events.subscribed(granted);
  }

  /** Notes the answer to one stream of a request; without an id of the oldest request that has it open. @returns what had been asked. */
  #answered(id: number | null, stream: string): Outgoing['kind'] | undefined {
    for (const [key, pending] of this.#pending) {
      if ((id !== null && id !== key) || !pending.open.delete(stream)) continue;
      if (pending.open.size === 0) this.#pending.delete(key);
      return pending.kind;
    }
    return undefined;
  }

  #failed({ id, reason, streams }: Extract<Framing, { kind: 'error' }>): void {
    if (streams !== undefined) {
      for (const stream of streams)
        if (this.#answered(id, stream) === 'subscribe') this.#events.refused(stream, reason);
      return;
    }
    // Without an id it can only be blamed on a request that waits alone.
    const blamed = id ?? (this.#pending.size === 1 ? [...this.#pending.keys()][0]! : -1);
    const pending = this.#pending.get(blamed);
    if (pending === undefined) return;
    this.#pending.delete(blamed);
    if (pending.kind === 'unsubscribe') return;
    const [only] = pending.open;
    if (pending.open.size === 1 && only !== undefined) this.#events.refused(only, reason);
    else {
      // One bad stream spoils its whole request: each is asked for by itself.
      for (const stream of pending.open)
        this.#outbox.push({ kind: 'subscribe', streams: [stream], attempt: 1 });
      this.#send();
    }
  }

  #chase(now: Micros): void {
    for (const [id, pending] of this.#pending) {
      if ((now - pending.sentAt) / 1000 <= ACK_MS) continue;
      const open = [...pending.open];
      if (pending.kind === 'unsubscribe') this.#pending.delete(id);
      else if (open.every((stream) => this.heard.has(stream))) this.#taken(id, open);
      else if (pending.attempt < ACK_ATTEMPTS) {
        this.#pending.delete(id);
        this.#outbox.push({ kind: 'subscribe', streams: open, attempt: pending.attempt + 1 });
        this.#send();
      } else if (this.heard.size > 0) {
        // It speaks and does not acknowledge: the deadlines of the single streams will tell what is missing.
        this.#taken(id, open);
      } else {
        this.end('subscription unanswered');
        return;
      }
    }
  }

  /** Counts as acknowledged although nobody said so. */
  #taken(id: number, streams: readonly string[]): void {
    this.#pending.delete(id);
    this.#events.subscribed(streams);
  }
}
