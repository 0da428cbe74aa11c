import type { FeedReport, Message } from '../model/record.ts';
import { type Micros, SECOND } from '../model/units.ts';
import type { ConnectionPlan, Protocol, RoutedStream, StreamPlan } from '../venues/protocol.ts';
import type { Clock, Timer } from './clock.ts';
import { Connection } from './connection.ts';
import type { Random } from './random.ts';
import {
  createStreamWatch,
  judge,
  noteFrame,
  noteLost,
  noteSubscribed,
  patienceMs,
  type StreamWatch,
} from './stream-watch.ts';

/** Where the frames and reports of a feed's sockets go. */
export interface StreamsSink {
  /** Hands on a message; `?` as the stream of one that nobody can place. Returns the time it was stamped with. */
  frame(stream: string, msg: Message): Micros;
  report(report: FeedReport): void;
}

/** `chan` of messages that belong to no stream. */
const UNPLACED = '?';

/** A stream that neither route brings is tried on the other one this often. */
const REROUTE_AGAIN_MS = 10 * 60_000;

/** A pulse that comes this late proves that we slept ourselves: what looks like silence may still be waiting in our sockets. */
const LATE_MS = 1500;

interface Placed {
  readonly watch: StreamWatch;
  /** Connection that it is subscribed on. */
  on: string;
  /** Connection to try next when it stays silent. */
  other: string | null;
  /** Connection on which it was last heard; the planned one before that. */
  home: string;
  reroutedAt: Micros | null;
}

/** All sockets of one feed and the streams on them: which are late, silent, or to be heard on another route. */
export class Streams {
  readonly #clock: Clock;
  readonly #sink: StreamsSink;
  readonly #connections = new Map<string, Connection>();
  readonly #silenceMs = new Map<string, number>();
  readonly #streamsAtMost = new Map<string, number>();
  readonly #streams = new Map<string, Placed>();
  #pulseDue: Micros;
  #timer: Timer | null = null;

  constructor(
    clock: Clock,
    random: Random,
    protocol: Protocol<unknown>,
    plans: readonly ConnectionPlan[],
    sink: StreamsSink,
  ) {
    this.#clock = clock;
    this.#sink = sink;
    for (const plan of plans) {
      for (const stream of plan.streams) this.#place(stream, plan.name);
      this.#silenceMs.set(plan.name, plan.silenceMs);
      this.#streamsAtMost.set(plan.name, plan.streamsAtMost);
      const connection = new Connection(clock, random, protocol, plan, {
        frame: (stream, msg) => this.#frame(plan.name, stream, msg),
        unreadable: (msg) => sink.frame(UNPLACED, msg),
        report: (report) => sink.report(report),
        subscribed: (streams) => this.#subscribed(streams),
        refused: (stream, reason) => this.#refused(stream, reason),
        lost: () => this.#lost(plan.name),
      });
      this.#connections.set(plan.name, connection);
    }
    this.#pulseDue = clock.now();
    for (const connection of this.#connections.values()) connection.open();
    this.#schedule();
  }

  /** Hears further streams, each on the first connection of its route that has room. One without any is called suspect. */
  add(streams: readonly RoutedStream[]): void {
    const carried = new Map<string, number>();
    for (const { on } of this.#streams.values()) carried.set(on, (carried.get(on) ?? 0) + 1);
    const added = new Map<string, StreamPlan[]>();
    for (const { route, plan } of streams) {
      if (this.#streams.has(plan.stream)) continue;
      const on = [...this.#connections.keys()].find(
        (name) =>
          (name === route || name.startsWith(`${route}-`)) &&
          (carried.get(name) ?? 0) < this.#streamsAtMost.get(name)!,
      );
      if (on === undefined) {
        this.#sink.report({
          kind: 'suspect',
          stream: plan.stream,
          reason: 'no connection has room',
        });
        continue;
      }
      carried.set(on, (carried.get(on) ?? 0) + 1);
      this.#place(plan, on);
      added.set(on, [...(added.get(on) ?? []), plan]);
    }
    for (const [on, plans] of added) this.#connections.get(on)!.add(...plans);
  }

  /** Gives streams up: what still comes of them is handed on, and nobody misses it when it stops. */
  remove(streams: readonly string[]): void {
    const removed = new Map<string, string[]>();
    for (const stream of streams) {
      const placed = this.#streams.get(stream);
      if (placed === undefined) continue;
      this.#streams.delete(stream);
      removed.set(placed.on, [...(removed.get(placed.on) ?? []), stream]);
    }
    for (const [connection, names] of removed) {
      this.#sink.report({ kind: 'unsubscribed', connection, streams: names });
      this.#connections.get(connection)!.remove(...names);
    }
  }

  /** Asks for a stream anew on the connection that it is on, because its beginning is wanted again. */
  resubscribe(stream: string): void {
    const placed = this.#streams.get(stream);
    if (placed === undefined) return;
    noteLost(placed.watch);
    this.#connections.get(placed.on)!.resubscribe(stream);
  }

  #place(stream: StreamPlan, on: string): void {
    this.#streams.set(stream.stream, {
      watch: createStreamWatch(stream),
      on,
      other: stream.alternate,
      home: on,
      reroutedAt: null,
    });
  }

  async close(): Promise<void> {
    if (this.#timer !== null) this.#clock.clearTimer(this.#timer);
    this.#timer = null;
    await Promise.all([...this.#connections.values()].map((connection) => connection.close()));
  }

  #frame(connection: string, stream: string, msg: Message): void {
    const now = this.#sink.frame(stream, msg);
    const placed = this.#streams.get(stream);
    // What the route that it left still delivers proves nothing about the one that it is on.
    if (placed === undefined || placed.on !== connection) return;
    const isFirst = placed.watch.lastAt === null;
    noteFrame(placed.watch, now);
    placed.home = connection;
    if (isFirst && placed.reroutedAt !== null) this.#follow(stream, placed.on);
  }

  #subscribed(streams: readonly string[]): void {
    const now = this.#clock.now();
    for (const stream of streams) {
      const placed = this.#streams.get(stream);
      // A replaced socket subscribes what is being heard all along; that is no new deadline.
      if (placed?.watch.dueSince === null) noteSubscribed(placed.watch, now);
    }
  }

  #refused(stream: string, reason: string): void {
    const placed = this.#streams.get(stream);
    if (placed === undefined) return;
    const isTriedElsewhere =
      placed.on === placed.home && this.#reroute(stream, placed, this.#clock.now());
    if (!isTriedElsewhere) this.#suspect(placed.watch, reason);
  }

  #lost(connection: string): void {
    for (const placed of this.#streams.values())
      if (placed.on === connection) noteLost(placed.watch);
  }

  #schedule(): void {
    this.#pulseDue = (this.#pulseDue + SECOND) as Micros;
    const wait = Math.max((this.#pulseDue - this.#clock.now()) / 1000, 0);
    this.#timer = this.#clock.setTimer(() => this.#pulse(), wait);
  }

  #pulse(): void {
    const now = this.#clock.now();
    const isLate = (now - this.#pulseDue) / 1000 > LATE_MS;
    if (isLate) this.#pulseDue = now;
    else {
      for (const connection of this.#connections.values()) connection.pulse(now);
      this.#judge(now);
    }
    this.#schedule();
  }

  #judge(now: Micros): void {
    /** Connection → whether any stream with a learnt rate keeps it. */
    const keeps = new Map<string, boolean>();
    for (const [stream, placed] of this.#streams) {
      const { watch } = placed;
      const verdict = judge(watch, now);
      if (patienceMs(watch) !== null && watch.lastAt !== null)
        keeps.set(placed.on, keeps.get(placed.on) === true || verdict === 'fine');
      if (verdict === 'missing') {
        if (this.#reroute(stream, placed, now)) continue;
        this.#suspect(watch, `no frame in ${seconds(now - watch.dueSince!)}`);
      } else if (verdict === 'silent') {
        this.#suspect(watch, `silent for ${seconds(now - watch.lastAt!)}`);
      }
    }
    this.#judgeSparse();
    // Answering pings is not living: where every stream with a known rate has stopped, the socket goes too.
    for (const [name, isKept] of keeps) {
      const connection = this.#connections.get(name)!;
      const silentMs = connection.silentMs(now);
      if (!isKept && silentMs !== null && silentMs > this.#silenceMs.get(name)!)
        connection.drop(`no data for ${seconds(silentMs * 1000)}`);
    }
  }

  /**
   * Streams that may be silent for good reasons are as trustworthy as their sibling on the same socket, unless they prove themselves: by speaking after
   * it has stopped, or by a rate of their own.
   */
  #judgeSparse(): void {
    for (const { watch } of this.#streams.values()) {
      const { sibling, stream } = watch.plan;
      const beside = sibling === null ? undefined : this.#streams.get(sibling)?.watch;
      if (beside === undefined || patienceMs(watch) !== null) continue;
      const hasOutlived = watch.lastAt !== null && watch.lastAt > (beside.lastAt ?? 0);
      if (beside.isSuspect && !hasOutlived) this.#suspect(watch, 'its sibling is silent');
      else if (watch.isSuspect && beside.lastAt !== null && !beside.isSuspect) {
        watch.isSuspect = false;
        this.#sink.report({ kind: 'cleared', stream });
      }
    }
  }

  #suspect(watch: StreamWatch, reason: string): void {
    if (watch.isSuspect) return;
    watch.isSuspect = true;
    this.#sink.report({ kind: 'suspect', stream: watch.plan.stream, reason });
  }

  /**
   * Moves a stream that stays silent to its other route, and back when it is silent there, too: its socket may only have stalled.
   *
   * @returns false when there is no other route, or it was tried not long ago.
   */
  #reroute(stream: string, placed: Placed, now: Micros): boolean {
    const to = placed.other === null ? undefined : this.#connections.get(placed.other);
    if (to === undefined || placed.other === placed.on) return false;
    const { reroutedAt } = placed;
    const isAway = placed.on !== placed.home;
    if (!isAway && reroutedAt !== null && (now - reroutedAt) / 1000 < REROUTE_AGAIN_MS)
      return false;
    this.#move(stream, placed, to, now);
    return true;
  }

  #move(stream: string, placed: Placed, to: Connection, now: Micros): void {
    this.#connections.get(placed.on)!.remove(stream);
    placed.other = placed.on;
    placed.on = to.name;
    placed.reroutedAt = now;
    noteLost(placed.watch);
    this.#sink.report({ kind: 'rerouted', stream, connection: to.name });
    to.add(placed.watch.plan);
  }

  /** A route proven by one stream is the route of those judged by it. */
  #follow(sibling: string, on: string): void {
    const now = this.#clock.now();
    for (const [stream, placed] of this.#streams)
      if (placed.watch.plan.sibling === sibling && placed.on !== on && placed.watch.lastAt === null)
        this.#move(stream, placed, this.#connections.get(on)!, now);
  }
}

const seconds = (span: number) => `${Math.round(span / 1e6)} s`;
