import { type FeedReport, type Message, textOf } from '../model/record.ts';
import type { Micros } from '../model/units.ts';
import type { ConnectionPlan, Protocol, StreamPlan } from '../venues/protocol.ts';
import type { Clock, Timer } from './clock.ts';
import { Link } from './link.ts';
import { backoffMs, type Random } from './random.ts';

/** What a connection tells its feed. */
export interface ConnectionEvents {
  frame(stream: string, msg: Message): void;
  unreadable(msg: Message): void;
  report(report: FeedReport): void;
  /** Acknowledged: from now on frames are due. */
  subscribed(streams: readonly string[]): void;
  /** The venue will not have this stream. */
  refused(stream: string, reason: string): void;
  /** Nothing comes on any stream until they are subscribed anew. */
  lost(): void;
}

/** Data for this long makes a connection healthy: the next loss begins with the shortest delay again. */
const HEALTHY_MS = 60_000;
/** Both sockets run side by side for this long once the new one speaks, so that the old one delivers what the new one missed. */
const OVERLAP_MS = 2000;
/** Streams that have not spoken on the new socket by then do not hold up the roll. */
const ROLL_PATIENCE_MS = 15_000;
/** A replacement that says nothing for this long is given up; the old socket stays. */
const ROLL_GIVE_UP_MS = 45_000;
/** Messages of the new socket kept back during a roll. When full, the roll happens at once. */
const ROLL_BUFFER = 20_000;

/** Attempts in a row at one address before the next is tried. */
const ATTEMPTS_PER_ADDRESS = 3;

/** A replacement under way. */
interface Roll {
  readonly link: Link;
  readonly startedAt: Micros;
  /** What the new socket said so far. Nobody downstream has seen it. */
  readonly kept: { readonly stream: string; readonly msg: Message }[];
  /** What the old one said since the new one is open; the newest `ROLL_BUFFER` messages. */
  readonly seen: Set<string>;
  readonly subscribed: Set<string>;
  readyAt: Micros | null;
}

/**
 * One connection of a feed, kept alive for ever: reconnects with back-off, subscribes everything anew, and replaces its socket
 * before the venue cuts it.
 *
 * A planned roll loses and doubles nothing. The new socket's messages are kept back while the old one still delivers; at the
 * switch those that the old one brought too (the text is the same) are left out and the rest follows.
 */
export class Connection {
  readonly name: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #protocol: Protocol<unknown>;
  readonly #plan: ConnectionPlan;
  readonly #events: ConnectionEvents;
  readonly #streams = new Map<string, StreamPlan>();
  readonly #rollAfterMs: number;
  #current: Link | null = null;
  #roll: Roll | null = null;
  #attempt = 0;
  #rollAttempt = 0;
  #rollNotBefore = 0;
  #timer: Timer | null = null;
  readonly #leaving = new Set<Promise<void>>();
  /** The venue said that it will close the current socket. */
  #isEnding = false;
  #isClosed = false;

  constructor(
    clock: Clock,
    random: Random,
    protocol: Protocol<unknown>,
    plan: ConnectionPlan,
    events: ConnectionEvents,
  ) {
    this.name = plan.name;
    this.#clock = clock;
    this.#random = random;
    this.#protocol = protocol;
    this.#plan = plan;
    this.#events = events;
    // Connections that were opened together should not be replaced together.
    this.#rollAfterMs = plan.rollAfterMs * (1 - 0.02 * random());
    for (const stream of plan.streams) this.#streams.set(stream.stream, stream);
  }

  /** Age of the newest message of any stream, ms; null before the first one of the current socket. */
  silentMs(now: Micros): number | null {
    const last = this.#current?.lastDataAt ?? null;
    return last === null ? null : (now - last) / 1000;
  }

  /** Opens it. Without streams it stays closed until one is added. */
  open(): void {
    if (this.#isClosed || this.#current !== null || this.#streams.size === 0) return;
    if (!isAddress(this.#plan.url)) {
      this.#reportLoss('no address', [...this.#streams.keys()]);
      return;
    }
    this.#events.report({ kind: 'connecting', connection: this.name });
    this.#current = this.#openLink();
  }

  /** Adds streams that were planned elsewhere or later. */
  add(...streams: readonly StreamPlan[]): void {
    const names = streams.map(({ stream }) => stream);
    for (const stream of streams) this.#streams.set(stream.stream, stream);
    this.#current?.add(names);
    this.#roll?.link.add(names);
    if (this.#timer === null) this.open();
  }

  remove(...streams: readonly string[]): void {
    const known = streams.filter((stream) => this.#streams.delete(stream));
    if (known.length === 0) return;
    if (this.#streams.size === 0) this.#rest();
    this.#current?.remove(known);
    this.#roll?.link.remove(known);
  }

  /** Gives a stream up and asks for it anew, so that the venue begins it again. */
  resubscribe(stream: string): void {
    if (!this.#streams.has(stream)) return;
    this.#current?.remove([stream]);
    this.#current?.add([stream]);
  }

  /** Gives up a socket that lives but says nothing any more. */
  drop(reason: string): void {
    this.#current?.end(reason);
  }

  /** Once a second: looks for what is overdue. */
  pulse(now: Micros): void {
    this.#current?.pulse(now);
    this.#roll?.link.pulse(now);
    if (this.#roll !== null) this.#stepRoll(this.#roll, now);
    else if (this.#isEnding || this.#ageMs(now) > this.#rollAfterMs) this.#startRoll(now);
  }

  /** Ends both sockets and every timer. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) this.#clock.clearTimer(this.#timer);
    this.#timer = null;
    this.#leaveAll();
    await Promise.all(this.#leaving);
  }

  /** A socket without a stream has nothing to say, and its silence would be taken for a fault. */
  #rest(): void {
    if (this.#current === null) return;
    this.#leaveAll();
    this.#reportLoss('no stream left', []);
  }

  #leaveAll(): void {
    this.#leave(this.#current);
    this.#leave(this.#roll?.link ?? null);
    this.#current = null;
    this.#roll = null;
  }

  #leave(link: Link | null): void {
    if (link === null) return;
    const goodbye = link.close().then(() => {
      this.#leaving.delete(goodbye);
    });
    this.#leaving.add(goodbye);
  }

  #ageMs(now: Micros): number {
    const openedAt = this.#current?.openedAt ?? null;
    return openedAt === null ? 0 : (now - openedAt) / 1000;
  }

  /** The planned address, or one of its alternates after it has failed some times in a row. */
  #url(): string {
    const urls = [this.#plan.url, ...(this.#plan.alternates ?? [])];
    return urls[Math.floor(this.#attempt / ATTEMPTS_PER_ADDRESS) % urls.length]!;
  }

  /** A replacement becomes the current link in the middle of its life, so each message asks anew which one it came from. */
  #openLink(): Link {
    const link: Link = new Link(
      this.#clock,
      this.#protocol,
      this.#plan,
      this.#url(),
      [...this.#streams.keys()],
      {
        opened: () => {
          if (link === this.#current)
            this.#events.report({ kind: 'connected', connection: this.name });
        },
        data: (stream, msg) => this.#data(link, stream, msg),
        unreadable: (msg) => {
          if (link === this.#current) this.#events.unreadable(msg);
        },
        closing: () => {
          if (link !== this.#current) return;
          this.#isEnding = true;
          if (this.#roll === null) this.#startRoll(this.#clock.now());
        },
        subscribed: (streams) => {
          if (link === this.#current) this.#subscribed(streams);
          else for (const stream of streams) this.#roll?.subscribed.add(stream);
        },
        refused: (stream, reason) => {
          if (link === this.#current) this.#events.refused(stream, reason);
        },
        ended: (reason) => {
          if (link === this.#current) this.#lost(reason);
          else if (link === this.#roll?.link) this.#abandonRoll();
        },
      },
    );
    return link;
  }

  #subscribed(streams: readonly string[]): void {
    this.#events.report({ kind: 'subscribed', connection: this.name, streams });
    this.#events.subscribed(streams);
  }

  #data(link: Link, stream: string, msg: Message): void {
    const roll = this.#roll;
    if (link === this.#current) {
      if (roll !== null && roll.link.openedAt !== null) remember(roll.seen, textOf(msg));
      this.#events.frame(stream, msg);
    } else if (link === roll?.link) {
      roll.kept.push({ stream, msg });
      if (roll.kept.length >= ROLL_BUFFER) this.#switch('planned roll');
    }
  }

  #lost(reason: string): void {
    const link = this.#current!;
    const { openedAt, lastDataAt } = link;
    const healthyMs = openedAt === null || lastDataAt === null ? 0 : (lastDataAt - openedAt) / 1000;
    if (healthyMs >= HEALTHY_MS) this.#attempt = 0;
    const roll = this.#roll;
    if (roll !== null && roll.link.openedAt !== null && roll.kept.length > 0) {
      this.#switch(reason);
      return;
    }
    this.#current = null;
    this.#isEnding = false;
    this.#reportLoss(reason, [...this.#streams.keys()]);
    this.#events.lost();
    if (roll !== null) {
      // The replacement is on its way already, so nothing is waited for.
      this.#roll = null;
      this.#adopt(roll);
      return;
    }
    const delay = backoffMs(this.#attempt, this.#random);
    this.#attempt += 1;
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = null;
      this.open();
    }, delay);
  }

  #reportLoss(reason: string, streams: readonly string[]): void {
    const books = streams.filter((stream) => this.#streams.get(stream)?.carriesBook);
    const connection = this.name;
    this.#events.report({ kind: 'disconnected', connection, reason, streams, books });
  }

  #startRoll(now: Micros): void {
    if (this.#current === null || now < this.#rollNotBefore || this.#isClosed) return;
    this.#roll = {
      link: this.#openLink(),
      startedAt: now,
      kept: [],
      seen: new Set(),
      subscribed: new Set(),
      readyAt: null,
    };
  }

  #stepRoll(roll: Roll, now: Micros): void {
    const sinceMs = (now - roll.startedAt) / 1000;
    if (roll.readyAt === null && this.#isReady(roll, sinceMs)) roll.readyAt = now;
    if (roll.readyAt !== null && (now - roll.readyAt) / 1000 >= OVERLAP_MS)
      this.#switch('planned roll');
    else if (roll.readyAt === null && sinceMs > ROLL_GIVE_UP_MS) {
      this.#leave(roll.link);
      this.#abandonRoll();
    }
  }

  /** Everything is subscribed, and what should speak and did so on the old socket speaks on the new one. */
  #isReady(roll: Roll, sinceMs: number): boolean {
    if (!roll.link.isSettled || roll.kept.length === 0) return false;
    if (sinceMs > ROLL_PATIENCE_MS) return true;
    for (const [stream, plan] of this.#streams)
      if (
        plan.firstFrameMs !== null &&
        this.#current?.heard.has(stream) &&
        !roll.link.heard.has(stream)
      )
        return false;
    return true;
  }

  #abandonRoll(): void {
    this.#roll = null;
    const delay = backoffMs(this.#rollAttempt, this.#random);
    this.#rollAttempt += 1;
    this.#rollNotBefore = this.#clock.now() + delay * 1000;
  }

  /** The replacement takes over, with what it has kept back. */
  #switch(reason: string): void {
    const roll = this.#roll!;
    const old = this.#current!;
    const missing = [...this.#streams.keys()].filter(
      (stream) => old.heard.has(stream) && !roll.link.heard.has(stream),
    );
    this.#roll = null;
    this.#rollAttempt = 0;
    this.#current = null;
    this.#isEnding = false;
    this.#leave(old);
    const isPlanned = reason === 'planned roll';
    this.#reportLoss(reason, isPlanned ? [] : missing);
    this.#adopt(roll);
    // A stream that begins anew on the new socket is continued from its own beginning.
    for (const { stream, msg } of roll.kept)
      if (this.#streams.get(stream)?.startsAnew === true || !roll.seen.has(textOf(msg)))
        this.#events.frame(stream, msg);
  }

  #adopt(roll: Roll): void {
    this.#current = roll.link;
    if (roll.link.openedAt === null) {
      this.#events.report({ kind: 'connecting', connection: this.name });
      return;
    }
    this.#events.report({ kind: 'connected', connection: this.name });
    if (roll.subscribed.size > 0) this.#subscribed([...roll.subscribed]);
  }
}

const isAddress = (url: string) => URL.canParse(url) && /^wss?:[^#]*$/.test(url);

function remember(texts: Set<string>, text: string): void {
  texts.add(text);
  if (texts.size <= ROLL_BUFFER) return;
  const [oldest] = texts;
  texts.delete(oldest!);
}
