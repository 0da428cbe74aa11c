import type { EngineEvent } from '../model/event.ts';
import type { Asset, FeedId, InstrumentId } from '../model/instrument.ts';
import type { FeedReport, Message } from '../model/record.ts';
import type { Micros } from '../model/units.ts';
import type {
  BookNeed,
  FeedSettings,
  PollPlan,
  Protocol,
  Recovery,
  RestRequest,
  RoutedStream,
  UniverseProtocol,
} from '../venues/protocol.ts';
import type { Clock } from './clock.ts';
import type { Holdings } from './holdings.ts';
import type { Intake } from './intake.ts';
import { backoffMs, type Random } from './random.ts';
import type { RestCaller, RestClient, RestOutcome } from './rest.ts';
import { Snapshots, type Tried } from './snapshots.ts';
import { Streams } from './streams.ts';
import { Universe, type UniverseOptions } from './universe.ts';
import { runBackfill, startClockProbes, startPolls, Timers } from './upkeep.ts';

export interface SocketFeedOptions {
  readonly protocol: Protocol<unknown>;
  readonly settings: FeedSettings;
  readonly assets: readonly Asset[];
  /** All perps besides, where the protocol knows how; null for none. */
  readonly universe: UniverseOptions | null;
  readonly clock: Clock;
  readonly random: Random;
  readonly intake: Intake;
  /** Shared by all feeds of a venue. */
  readonly rest: RestClient;
  /** What of the past is known already. */
  readonly holdings: Holdings;
}

/** Pages that an answer may have; those of a venue that never comes to an end are left there. */
const PAGES_AT_MOST = 20;
/** A contract that expires is given up this much later, before its silence is taken for a fault; so much later what is listed in its place is asked for. */
const EXPIRED_MS = 1000;
const SUCCEEDED_MS = 15_000;
/** Expiries that are farther away are looked at again then. */
const EXPIRY_CHECK_MS = 24 * 3_600_000;
/** After a hole this long in our own time (a sleeping laptop) history is fetched again. */
const HOLE_MS = 900_000;
const HOLE_CHECK_MS = 60_000;

/**
 * Carries out a venue's protocol for a set of assets: listings first, then sockets, polls, history and clock probes. Everything that
 * comes in, and everything worth knowing about how, goes through the intake as records of this feed.
 */
export class SocketFeed {
  readonly feed: FeedId;
  readonly #options: SocketFeedOptions;
  readonly #timers: Timers;
  readonly #snapshots: Snapshots;
  readonly #caller: RestCaller;
  readonly #symbols = new Map<InstrumentId, string>();
  /** Of symbols that expire. */
  readonly #expiries = new Map<string, Micros>();
  /** `chan` of the requests that tell what is listed. */
  readonly #listings: ReadonlySet<string>;
  #universe: Universe | null = null;
  #streams: Streams | null = null;
  /** Streams that are to be heard, and `chan` of what is polled. */
  readonly #planned = new Set<string>();
  readonly #polled = new Set<string>();
  #watched: readonly string[] = [];

  constructor(options: SocketFeedOptions) {
    const { protocol, settings, clock, random, rest } = options;
    this.feed = protocol.feed;
    this.#options = options;
    this.#timers = new Timers(clock);
    this.#caller = {
      verdict: (status, headers, body) => protocol.verdict(status, headers, body),
      report: (report) => this.#report(report),
    };
    this.#snapshots = new Snapshots(clock, random, (symbol, answered, need, attempt) =>
      this.#recover(symbol, answered, need, attempt),
    );
    this.#listings = new Set(protocol.bootstrap(settings).map(({ chan }) => chan));
    rest.addPools(protocol.pools(settings), this.#caller);
    void this.#start();
  }

  /**
   * Gets another beginning for an instrument's book, see `Snapshots`.
   *
   * @returns whether the instrument is one of this feed.
   */
  recoverBook(instrument: InstrumentId, need: BookNeed): boolean {
    const symbol = this.#symbols.get(instrument);
    if (symbol === undefined) return false;
    this.#snapshots.request(symbol, need);
    return true;
  }

  async #recover(
    symbol: string,
    answered: () => void,
    need: BookNeed,
    attempt: number,
  ): Promise<Tried> {
    const { protocol, settings } = this.#options;
    const universe = this.#universe?.has(symbol) === true ? this.#universe : null;
    const recovery: Recovery =
      universe === null
        ? protocol.recover(settings, symbol, need, attempt)
        : { kind: 'request', request: protocol.universe!.snapshot(settings, symbol) };
    if (recovery.kind === 'wait') return 'ok';
    if (recovery.kind === 'resubscribe') {
      this.#streams?.resubscribe(recovery.stream);
      return 'resubscribed';
    }
    const { state } = await this.#fetch(recovery.request, answered);
    if (state !== 'failed') universe?.answered(symbol);
    return state;
  }

  async close(): Promise<void> {
    this.#timers.close();
    this.#snapshots.close();
    await this.#streams?.close();
  }

  async #start(): Promise<void> {
    const { protocol, settings, assets, universe, clock, random } = this.#options;
    const memory = protocol.createState();
    for (const request of protocol.bootstrap(settings))
      if (!(await this.#bootstrap(request, memory))) return;
    if (this.#timers.isClosed) return;
    const symbols = protocol.symbols(memory, assets);
    const all = universe === null ? undefined : protocol.universe;
    if (symbols.length === 0 && all === undefined) {
      this.#report({ kind: 'restFailed', endpoint: 'listings', reason: 'none of these assets' });
      return;
    }
    const plans =
      all === undefined
        ? protocol.connections(settings, symbols)
        : all.connections(settings, symbols, universe!.books);
    for (const { streams } of plans) for (const { stream } of streams) this.#planned.add(stream);
    this.#streams = new Streams(clock, random, protocol, plans, {
      frame: (stream, msg) => this.#push(stream, msg),
      report: (report) => this.#report(report),
    });
    if (all !== undefined) this.#universe = this.#universeOf(all, symbols, memory);
    this.#watched = symbols;
    this.#startPolls(protocol.polls(settings, symbols), memory);
    startClockProbes(
      this.#timers,
      (body) => protocol.serverTime(body),
      () => this.#ask(protocol.clock(settings)),
      this.#caller.report,
    );
    this.#backfill(symbols, memory, this.#universe?.start());
    this.#watchForHoles(memory);
    if (this.#isFollowed) this.#awaitExpiry(memory);
  }

  #universeOf(
    protocol: UniverseProtocol<unknown>,
    watched: readonly string[],
    memory: unknown,
  ): Universe {
    const { settings, clock, universe } = this.#options;
    return new Universe(
      {
        protocol,
        settings,
        clock,
        timers: this.#timers,
        streams: this.#streams!,
        watched,
        symbols: () => protocol.symbols(memory),
        volumes: (request) => this.#volumes(request, memory),
        fetch: (request) => this.#fetch(request),
        requestSnapshot: (symbol) => this.#snapshots.request(symbol),
        report: (report) => this.#report(report),
      },
      universe!,
    );
  }

  /** Asks for the 24 h volumes of everything. @returns them by symbol, null when there was no answer that can be read. */
  async #volumes(request: RestRequest, memory: unknown): Promise<Map<string, number> | null> {
    const outcome = await this.#ask(request);
    if (outcome.state !== 'ok') return null;
    const volumes = new Map<string, number>();
    for (const event of this.#read(request.chan, outcome.body, memory)) {
      const symbol = event.kind === 'volume24h' ? this.#symbols.get(event.instrument) : undefined;
      if (symbol !== undefined && event.kind === 'volume24h') volumes.set(symbol, event.notional);
    }
    return volumes.size === 0 ? null : volumes;
  }

  /** A poll; what it tells about listings is taken to heart. */
  async #poll(request: RestRequest, memory: unknown): Promise<RestOutcome> {
    if (!this.#listings.has(request.chan)) return this.#fetch(request);
    let outcome = await this.#ask(request);
    let page = 1;
    for (let asked: RestRequest | undefined = request; outcome.state === 'ok'; page += 1) {
      if (this.#isFollowed || this.#universe !== null) this.#read(asked.chan, outcome.body, memory);
      else this.#push(asked.chan, outcome.body);
      asked = this.#pageBehind(asked, outcome.body, page);
      if (asked === undefined) break;
      outcome = await this.#ask(asked);
    }
    if (outcome.state !== 'ok') return outcome;
    this.#universe?.relisted();
    if (this.#isFollowed) this.#follow(memory);
    return outcome;
  }

  /** Whether streams follow the listings. A universe has its own way. */
  get #isFollowed(): boolean {
    return this.#options.protocol.isFollowed === true && this.#universe === null;
  }

  /** Gives contracts up when they expire, without waiting for the next list, and looks for those that come in their place. */
  #awaitExpiry(memory: unknown): void {
    const { clock, protocol, settings } = this.#options;
    const now = clock.now();
    const expiries = this.#watched.map((symbol) => this.#expiries.get(symbol) ?? 0);
    const next = Math.min(...expiries.filter((expiry) => expiry > now));
    const wait = Math.min((next - now) / 1000 + EXPIRED_MS, EXPIRY_CHECK_MS);
    const ask = async () => {
      for (const request of protocol.bootstrap(settings)) await this.#poll(request, memory);
      this.#awaitExpiry(memory);
    };
    this.#timers.after(wait, () => {
      if (clock.now() > next) {
        this.#follow(memory);
        this.#timers.after(SUCCEEDED_MS, () => void ask());
      } else this.#awaitExpiry(memory);
    });
  }

  #startPolls(polls: readonly PollPlan[], memory: unknown): void {
    for (const { request } of polls) this.#polled.add(request.chan);
    const fetch = (request: RestRequest) => this.#poll(request, memory);
    startPolls(this.#options.clock, this.#timers, polls, fetch);
  }

  /** Gives up what is not to be watched any more, and hears what is new, with its polls and its history. A list that holds nothing is not believed. */
  #follow(memory: unknown): void {
    const { protocol, settings, assets } = this.#options;
    const now = this.#options.clock.now();
    const symbols = protocol
      .symbols(memory, assets)
      .filter((symbol) => (this.#expiries.get(symbol) ?? Number.POSITIVE_INFINITY) > now);
    if (symbols.length === 0) return;
    const planned = protocol.connections(settings, symbols).flatMap(({ name, streams }) =>
      // Behind the first connection of a route stand its further ones: `public-2`.
      streams.map((plan): RoutedStream => ({ route: name.replace(/-\d+$/, ''), plan })),
    );
    const wanted = new Set(planned.map(({ plan }) => plan.stream));
    const gone = [...this.#planned].filter((stream) => !wanted.has(stream));
    const born = planned.filter(({ plan }) => !this.#planned.has(plan.stream));
    for (const stream of gone) this.#planned.delete(stream);
    for (const { plan } of born) this.#planned.add(plan.stream);
    this.#streams!.remove(gone);
    this.#streams!.add(born);
    const polls = protocol.polls(settings, symbols);
    this.#startPolls(
      polls.filter(({ request }) => !this.#polled.has(request.chan)),
      memory,
    );
    const fresh = symbols.filter((symbol) => !this.#watched.includes(symbol));
    this.#watched = symbols;
    if (fresh.length > 0) this.#backfill(fresh, memory);
  }

  /** Hands an answer on and reads it for ourselves. */
  #read(chan: string, msg: string, memory: unknown): readonly EngineEvent[] {
    const t = this.#push(chan, msg);
    const events = this.#options.protocol.decode(memory, { t, feed: this.feed, chan, msg });
    for (const event of events) {
      if (event.kind !== 'listing') continue;
      const { id, symbol, expiry } = event.instrument;
      this.#symbols.set(id, symbol);
      if (expiry !== null) this.#expiries.set(symbol, expiry);
    }
    return events;
  }

  /**
   * Asks until it is answered: without listings there is nothing to subscribe.
   *
   * @returns false when the venue turns us away, or we are leaving.
   */
  async #bootstrap(request: RestRequest, memory: unknown, page = 1): Promise<boolean> {
    const { random } = this.#options;
    for (let attempt = 0; !this.#timers.isClosed; attempt += 1) {
      const outcome = await this.#ask(request);
      if (outcome.state === 'ok') {
        this.#read(request.chan, outcome.body, memory);
        const next = this.#pageBehind(request, outcome.body, page);
        return next === undefined || (await this.#bootstrap(next, memory, page + 1));
      }
      if (outcome.state === 'refused' || outcome.state === 'closed') return false;
      // A request that the venue calls wrong is not repeated; what it would have told is missing.
      if (outcome.state === 'invalid') return true;
      await new Promise<void>((resolve) => {
        this.#timers.after(backoffMs(attempt, random), resolve);
      });
    }
    return false;
  }

  /** The page that an answer says comes behind it. */
  #pageBehind(request: RestRequest, body: string, page: number): RestRequest | undefined {
    const { protocol, settings } = this.#options;
    return page < PAGES_AT_MOST ? protocol.nextPage?.(settings, request, body) : undefined;
  }

  /** The history of the watched symbols, then a little of all others: by rank, once that is known. */
  #backfill(symbols: readonly string[], memory: unknown, isRanked?: Promise<void>): void {
    const { protocol, settings, clock, holdings } = this.#options;
    const nowMs = Math.floor(clock.now() / 1000);
    const requests = protocol
      .backfill(settings, symbols, nowMs)
      .flatMap((request) => holdings.wanted(this.feed, request, nowMs) ?? []);
    const fetch = (request: RestRequest) => this.#history(request, memory);
    const watched = runBackfill(clock, this.#timers, requests, fetch, this.#caller.report);
    void Promise.all([watched, isRanked]).then(() => this.#universe?.backfill());
  }

  /** A page of the past; what it tells is held from now on. */
  async #history(request: RestRequest, memory: unknown): Promise<RestOutcome> {
    if (request.history === undefined) return this.#fetch(request);
    const outcome = await this.#ask(request);
    if (outcome.state !== 'ok') return outcome;
    const { clock, holdings } = this.#options;
    const events = this.#read(request.chan, outcome.body, memory);
    // What could not be read is not known.
    if (events.some(({ kind }) => kind === 'rejected')) return outcome;
    let last: Micros | null = null;
    for (const event of events)
      if (event.kind === 'historyPage') last = event.rows.at(-1)?.ts ?? last;
    holdings.answered(this.feed, request.history, last, clock.now());
    return outcome;
  }

  #watchForHoles(memory: unknown): void {
    const { clock } = this.#options;
    let before = clock.now();
    const check = () => {
      const now = clock.now();
      if ((now - before) / 1000 > HOLE_CHECK_MS + HOLE_MS) this.#backfill(this.#watched, memory);
      before = now;
      this.#timers.after(HOLE_CHECK_MS, check);
    };
    this.#timers.after(HOLE_CHECK_MS, check);
  }

  /** Asks, and hands the answer on as a record. */
  async #fetch(request: RestRequest, answered?: () => void): Promise<RestOutcome> {
    const outcome = await this.#ask(request);
    if (outcome.state === 'ok') {
      answered?.();
      this.#push(request.chan, outcome.body);
    }
    return outcome;
  }

  /** Asks; a failure is reported. */
  async #ask(request: RestRequest): Promise<RestOutcome> {
    const outcome = await this.#options.rest.get(request, this.#caller);
    if (outcome.state !== 'ok' && outcome.state !== 'closed')
      this.#report({ kind: 'restFailed', endpoint: endpointOf(request), reason: outcome.reason });
    return outcome;
  }

  #push(chan: string, msg: Message): Micros {
    return this.#options.intake.push(this.feed, chan, msg);
  }

  #report(report: FeedReport): void {
    this.#options.intake.report(this.feed, report);
  }
}

/** Last part of the path and the symbol, `depth BTCUSDT`: enough for a person, and no address. */
function endpointOf(request: RestRequest): string {
  const path = request.chan.replace(/^rest:/, '').split('?')[0]!;
  const last = path.split('/').filter(Boolean).at(-1) ?? 'request';
  return request.symbol === null ? last : `${last} ${request.symbol}`;
}
