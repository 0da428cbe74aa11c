import type { LiquidationCoverage } from '../model/event.ts';
import type { FeedId } from '../model/instrument.ts';
import type { FeedReport } from '../model/record.ts';
import type { EngineSettings } from '../model/settings.ts';
import { MINUTE, type Micros, SECOND } from '../model/units.ts';
import { type Cadence, createCadence, hear, staleAfter } from './cadence.ts';

/** Names of unfamiliar things that are remembered per feed; further ones are only counted. */
const UNFAMILIAR_KEPT = 8;
/** Streams whose cadence is learnt per feed; beyond it (a venue inventing stream names) the newest are not tracked. */
const STREAMS_KEPT = 4096;
/** Receive delays kept for the median of the last second. */
const LAGS_KEPT = 256;
/** Seconds over which the message rate is averaged. */
const RATE_SECONDS = 10;
/** A whole feed that says nothing for so long was not listened to: what it would have said is missing. */
const HOLE = MINUTE;

/** One socket of a feed. `down` is one that was lost and is not back yet, whatever is being tried. */
export interface LinkState {
  readonly state: 'connecting' | 'up' | 'down';
  readonly since: Micros;
}

/** How completely a feed carries liquidations, and since when without a break. */
interface LiquidationFeed {
  readonly completeness: 'sampled' | 'all';
  readonly note: string;
  /** The stream that carries them; null where nobody said. */
  readonly stream: string | null;
  since: Micros;
  /** When its connection was lost; null while it is there. */
  lostAt: Micros | null;
}

/** What is known about one feed: its connections, rates, budgets and faults. Plain data. */
export interface FeedState {
  readonly feed: FeedId;
  /** Connection name → whether it is up. Empty in recordings that hold no reports. */
  readonly connections: Map<string, LinkState>;
  readonly streams: Map<string, Cadence>;
  /** Streams that should speak and do not, with the reason; they leave the list by speaking. */
  readonly suspects: Map<string, string>;
  readonly cadence: Cadence;
  /** ms between two polls, where it has no streams; null where it has. */
  polledEveryMs: number | null;
  /** Messages per second of the last seconds, index = second mod its length. */
  readonly perSecond: Float64Array;
  messagesThisSecond: number;
  /** The whole second that was counted last. */
  lastSecond: number;
  firstTs: Micros | null;
  readonly lags: number[];
  /** Median of receive time − event time over the last whole second that had messages, µs; NaN before. */
  lagMedian: number;
  clockOffset: { readonly offset: Micros; readonly tsLocal: Micros } | null;
  reconnects: number;
  rejected: number;
  lastRejection: string | null;
  unfamiliar: number;
  readonly unfamiliarNames: string[];
  dropped: number;
  readonly rest: Map<
    string,
    {
      used: number;
      limit: number;
      state: 'ok' | 'limited' | 'banned' | 'refused';
      until: Micros;
    }
  >;
  restFailure: { readonly reason: string; readonly tsLocal: Micros } | null;
  backfill: { readonly done: number; readonly of: number } | null;
  /** How completely this feed carries liquidations; null while it carries none. */
  liquidations: LiquidationFeed | null;
  /** When it printed those of watched instruments, oldest first. */
  readonly liquidationPrints: Micros[];
}

export const createFeedState = (feed: FeedId): FeedState => ({
  feed,
  connections: new Map(),
  streams: new Map(),
  suspects: new Map(),
  cadence: createCadence(),
  polledEveryMs: null,
  perSecond: new Float64Array(RATE_SECONDS),
  messagesThisSecond: 0,
  lastSecond: 0,
  firstTs: null,
  lags: [],
  lagMedian: Number.NaN,
  clockOffset: null,
  reconnects: 0,
  rejected: 0,
  lastRejection: null,
  unfamiliar: 0,
  unfamiliarNames: [],
  dropped: 0,
  rest: new Map(),
  restFailure: null,
  backfill: null,
  liquidations: null,
  liquidationPrints: [],
});

/** The stream is known from now on, and its pace is learnt. */
function streamOf(state: FeedState, stream: string): Cadence | undefined {
  const known = state.streams.get(stream);
  if (known !== undefined || state.streams.size >= STREAMS_KEPT) return known;
  const created = createCadence();
  state.streams.set(stream, created);
  return created;
}

/** Liquidations are heard again, or for the first time: what happened meanwhile is missing. */
function restoreLiquidations(state: FeedState, tsLocal: Micros): void {
  const { liquidations } = state;
  if (liquidations === null || liquidations.lostAt === null) return;
  liquidations.since = tsLocal;
  liquidations.lostAt = null;
}

/** A socket message arrived on `stream`. */
export function noteHeard(
  state: FeedState,
  stream: string,
  tsExchange: Micros | null,
  tsLocal: Micros,
): void {
  state.firstTs ??= tsLocal;
  const { cadence, liquidations } = state;
  if (liquidations !== null) {
    if (cadence.count > 0 && tsLocal - cadence.lastTs > HOLE) liquidations.since = tsLocal;
    if (stream === liquidations.stream) restoreLiquidations(state, tsLocal);
  }
  hear(cadence, tsLocal);
  state.messagesThisSecond += 1;
  if (tsExchange !== null && state.lags.length < LAGS_KEPT) state.lags.push(tsLocal - tsExchange);
  const known = streamOf(state, stream);
  if (known !== undefined) hear(known, tsLocal);
  if (state.suspects.size > 0) state.suspects.delete(stream);
}

/** The feed says that it carries liquidations. Said again without a loss in between, it changes nothing of since when. */
export function noteCoverage(state: FeedState, coverage: LiquidationCoverage): void {
  const { completeness, note, stream = null, tsLocal } = coverage;
  const known = state.liquidations;
  const since = known === null || known.lostAt !== null ? tsLocal : known.since;
  state.liquidations = { completeness, note, stream, since, lostAt: null };
}

/** The feed has no streams: it is asked this often, ms. */
export function notePolls(state: FeedState, everyMs: number): void {
  state.polledEveryMs = everyMs;
}

export function noteRejected(state: FeedState, reason: string): void {
  state.rejected += 1;
  state.lastRejection = reason;
}

export function noteUnfamiliar(state: FeedState, what: string): void {
  state.unfamiliar += 1;
  if (state.unfamiliarNames.length < UNFAMILIAR_KEPT && !state.unfamiliarNames.includes(what))
    state.unfamiliarNames.push(what);
}

/** A whole second has passed: closes the second's counts. Seconds that no tick told had no messages. */
export function tickFeed(state: FeedState, now: Micros): void {
  const second = Math.floor(now / SECOND);
  const skipped = Math.max(state.lastSecond + 1, second - RATE_SECONDS + 1);
  for (let s = skipped; s < second; s += 1) state.perSecond[s % RATE_SECONDS] = 0;
  state.perSecond[second % RATE_SECONDS] = state.messagesThisSecond;
  state.lastSecond = second;
  state.messagesThisSecond = 0;
  if (state.lags.length > 0) {
    const sorted = state.lags.sort((a, b) => a - b);
    state.lagMedian = sorted[sorted.length >> 1]!;
    state.lags.length = 0;
  }
}

/** Messages per second over the last ten seconds, or over as many as there have been; NaN before the first message. */
export function messageRate(state: FeedState, now: Micros): number {
  if (state.firstTs === null) return Number.NaN;
  const seconds = Math.min(
    RATE_SECONDS,
    Math.floor(now / SECOND) - Math.floor(state.firstTs / SECOND),
  );
  if (seconds < 1) return Number.NaN;
  let sum = 0;
  const newest = Math.floor(now / SECOND);
  for (let i = 0; i < seconds; i += 1)
    sum += state.perSecond[(newest - i + RATE_SECONDS) % RATE_SECONDS]!;
  return sum / seconds;
}

/** How long a feed has been silent for longer than three of its usual periods, µs; null while it speaks. */
function quietFor(
  { cadence, polledEveryMs }: FeedState,
  now: Micros,
  settings: EngineSettings,
): Micros | null {
  const age = (now - cadence.lastTs) as Micros;
  // The answers of one round of polls come together and say nothing about when the next ones do.
  const polls = settings.stale.periods * 1000 * (polledEveryMs ?? 0);
  return cadence.count > 0 && age > Math.max(staleAfter(cadence, settings), polls) ? age : null;
}

const longer = (a: Micros | null, b: Micros | null): Micros | null =>
  a === null ? b : b === null ? a : (Math.max(a, b) as Micros);

/**
 * How long a feed has been lost or silent, µs; null while it lives. With several sockets the loss of one counts for the feed: nothing here knows
 * which of them carries what. Recordings without reports are judged by their messages alone.
 */
export function feedSilence(
  state: FeedState,
  now: Micros,
  settings: EngineSettings,
): Micros | null {
  let silence = quietFor(state, now, settings);
  for (const link of state.connections.values())
    if (link.state === 'down') silence = longer(silence, (now - link.since) as Micros);
  return silence;
}

/** The same of the liquidations that a feed carries: where their stream is known, the loss of another connection is nothing to them. */
export function liquidationSilence(
  state: FeedState,
  now: Micros,
  settings: EngineSettings,
): Micros | null {
  const { liquidations } = state;
  if (liquidations === null || liquidations.stream === null)
    return feedSilence(state, now, settings);
  const { lostAt } = liquidations;
  const lost = lostAt === null ? null : ((now - lostAt) as Micros);
  return longer(lost, quietFor(state, now, settings));
}

/** What a report changes. The books of broken streams are the market's affair. */
export function noteReport(state: FeedState, report: FeedReport, tsLocal: Micros): void {
  switch (report.kind) {
    case 'connecting':
      if (!state.connections.has(report.connection))
        state.connections.set(report.connection, { state: 'connecting', since: tsLocal });
      break;
    case 'connected':
      if (state.connections.get(report.connection)?.state === 'down') state.reconnects += 1;
      state.connections.set(report.connection, { state: 'up', since: tsLocal });
      break;
    case 'disconnected': {
      // A roll that replaced the socket without a break names no streams and leaves the connection up.
      if (report.streams.length === 0) break;
      if (state.connections.get(report.connection)?.state !== 'down')
        state.connections.set(report.connection, { state: 'down', since: tsLocal });
      const { liquidations } = state;
      if (
        liquidations !== null &&
        (liquidations.stream === null || report.streams.includes(liquidations.stream))
      )
        liquidations.lostAt ??= tsLocal;
      break;
    }
    case 'suspect':
      if (state.suspects.has(report.stream) || state.suspects.size < STREAMS_KEPT)
        state.suspects.set(report.stream, report.reason);
      break;
    case 'cleared':
      state.suspects.delete(report.stream);
      break;
    case 'subscribed': {
      for (const stream of report.streams) streamOf(state, stream);
      const stream = state.liquidations?.stream ?? null;
      if (stream === null || report.streams.includes(stream)) restoreLiquidations(state, tsLocal);
      break;
    }
    case 'unsubscribed':
      for (const stream of report.streams) {
        state.streams.delete(stream);
        state.suspects.delete(stream);
      }
      break;
    case 'rest':
      state.rest.set(report.pool, {
        used: report.used,
        limit: report.limit,
        state: report.state,
        until: report.until,
      });
      break;
    case 'restFailed':
      state.restFailure = { reason: `${report.endpoint}: ${report.reason}`, tsLocal };
      break;
    case 'clock':
      state.clockOffset = { offset: report.offset, tsLocal };
      break;
    case 'dropped':
      state.dropped += report.count;
      break;
    case 'backfill':
      state.backfill = { done: report.done, of: report.of };
      break;
    case 'books':
    case 'rerouted':
      break;
  }
}
