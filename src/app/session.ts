import { type Clock, systemClock, type Timer } from '../feed/clock.ts';
import { type LiveOptions, startFeeds } from '../feed/live.ts';
import { Recorder } from '../feed/recorder.ts';
import { openRecordingBatches } from '../feed/recording.ts';
import { startReplay } from '../feed/replay.ts';
import type { Source } from '../frame/frame.ts';
import type { Asset, FeedId } from '../model/instrument.ts';
import { feedsOfVenue, protocols } from '../venues/index.ts';
import { POLLED_SETTINGS } from '../venues/polled/decoder.ts';
import type { FeedSettings, Protocol } from '../venues/protocol.ts';
import type { Config } from './config.ts';
import { describeError, usage } from './errors.ts';
import { openHistory } from './history.ts';
import type {
  Job,
  LiveJob,
  ReplayJob,
  Session,
  SessionCommand,
  SessionMessage,
  Watched,
} from './job.ts';
import { Pipeline } from './pipeline.ts';
import { loadVenues, polledAmong } from './polled-venues.ts';
import {
  EMPTY_RECORDING,
  prepareRecordingFolder,
  provenanceOf,
  requireKnownFeed,
  requireKnownRecord,
  warningText,
} from './recordings.ts';
import { startSimulators } from './simulators.ts';

type Tell = (message: SessionMessage) => void;

/** Holds a replay up while the consumer of its lines cannot take more; undefined when it can. Live feeds cannot be held up. */
type Throttle = () => Promise<void> | undefined;

/** Frames between ticks for the assets that screens look at. */
class Pulse {
  readonly #clock: Clock;
  readonly #send: (asset: Asset) => void;
  readonly #beats = new Map<Asset, { readonly fps: number; timer: Timer }>();

  constructor(clock: Clock, send: (asset: Asset) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  watch(watched: readonly Watched[]): void {
    const wanted = new Map<Asset, number>();
    // At one frame a second the ticks are enough.
    for (const { asset, fps } of watched)
      if (fps > 1) wanted.set(asset, Math.max(fps, wanted.get(asset) ?? 0));
    for (const [asset, { fps, timer }] of this.#beats)
      if (wanted.get(asset) === fps) wanted.delete(asset);
      else {
        this.#clock.clearTimer(timer);
        this.#beats.delete(asset);
      }
    for (const [asset, fps] of wanted) this.#begin(asset, fps);
  }

  #begin(asset: Asset, fps: number): void {
    const next = (): Timer =>
      this.#clock.setTimer(() => {
        beat.timer = next();
        this.#send(asset);
      }, 1000 / fps);
    const beat = { fps, timer: next() };
    this.#beats.set(asset, beat);
  }

  stop(): void {
    for (const { timer } of this.#beats.values()) this.#clock.clearTimer(timer);
    this.#beats.clear();
  }
}

/** Does what watchers want: so many frames, and in them the windows and thresholds they ask for; at once where somebody asks anew. */
class Watching {
  readonly #pipeline: Pipeline;
  readonly #pulse: Pulse;
  readonly #send: (asset: Asset) => void;
  #explained: ReadonlySet<Asset> = new Set();

  constructor(clock: Clock, pipeline: Pipeline, tell: Tell) {
    this.#pipeline = pipeline;
    this.#send = (asset) => {
      if (pipeline.assets.includes(asset)) tell({ kind: 'line', line: pipeline.frame(asset) });
    };
    this.#pulse = new Pulse(clock, this.#send);
  }

  watch(watched: readonly Watched[]): void {
    const before = this.#explained;
    this.#explained = new Set(
      watched.filter(({ withGrounds }) => withGrounds === true).map(({ asset }) => asset),
    );
    this.#pipeline.explainAlso(this.#explained);
    this.#pulse.watch(watched);
    for (const asset of this.#explained) if (!before.has(asset)) this.#send(asset);
  }

  stop(): void {
    this.#pulse.stop();
  }
}

/** Protocols of the venues asked for, each with its settings: the protocol's own and what the config replaces. */
function feedsFor(
  config: Config,
  hosts: Readonly<Record<string, Readonly<Record<string, string>>>>,
): { protocol: Protocol<unknown>; settings: FeedSettings }[] {
  const wanted = new Set(config.venues.flatMap(feedsOfVenue));
  return protocols
    .filter(({ feed }) => wanted.has(feed))
    .map((protocol) => {
      const { defaults, feed } = protocol;
      return { protocol, settings: settingsOf(config, feed, defaults, hosts[feed]) };
    });
}

/** What is set for a feed: its own settings, what the config replaces, and hosts that outrank both. */
function settingsOf(
  config: Config,
  feed: FeedId,
  defaults: FeedSettings,
  hosts: FeedSettings['hosts'] = {},
): FeedSettings {
  const over = config.feeds[feed];
  return {
    hosts: { ...defaults.hosts, ...over?.hosts, ...hosts },
    channels: { ...defaults.channels, ...over?.channels },
    numbers: { ...defaults.numbers, ...over?.numbers },
  };
}

/** Venues without an adapter, with what they are asked through. A simulated market has none, and nobody asks one that watches nothing. */
async function polledFor(
  { kind, config }: LiveJob,
  tell: Tell,
): Promise<NonNullable<LiveOptions['polled']>> {
  const polled = polledAmong(config.venues);
  if (kind === 'demo' && polled.length > 0)
    throw usage(`${polled[0]!.venue} has no simulated market`);
  if (config.assets.length === 0) return [];
  const loaded = await loadVenues(polled);
  return loaded.map(({ venue, exchange }) => {
    if (venue.ccxtId !== venue.venue)
      tell({
        kind: 'notice',
        text: `${venue.venue} is polled at its futures exchange (${venue.ccxtId} in ccxt)`,
      });
    return { venue, exchange, settings: settingsOf(config, venue.feed, POLLED_SETTINGS) };
  });
}

async function runLive(job: LiveJob, tell: Tell): Promise<Session> {
  const { config } = job;
  const source: Source = job.kind;
  const polled = await polledFor(job, tell);
  if (job.recordTo !== null) prepareRecordingFolder(job.recordTo);
  const simulators = job.kind === 'demo' ? await startSimulators(job) : null;
  const clock = systemClock();
  const feeds = feedsFor(config, simulators?.hosts ?? {}).filter(
    ({ protocol }) =>
      // What nobody simulates is no part of a demo, which never leaves this machine.
      (simulators === null || protocol.feed in simulators.hosts) &&
      // A product without a universe has nothing to tell a scanner that watches nothing.
      (config.assets.length > 0 || protocol.universe !== undefined),
  );
  if (feeds.length === 0 && polled.length === 0)
    throw usage(`no scanner of ${config.venues.join(', ')}: name assets to watch`);
  /** Records that never reached the disk, as far as told. */
  let recordsLost = 0;
  const recorder =
    job.recordTo === null
      ? null
      : new Recorder({
          dir: job.recordTo,
          source: job.kind,
          assets: config.assets,
          universe: job.universe,
          clock,
          onTrouble: ({ state, reason, lost }) => {
            recordsLost = lost;
            tell({
              kind: 'notice',
              text:
                state === 'failing'
                  ? `recording fails: ${reason}; ${lost} records lost so far`
                  : `recording works again; ${lost} records were lost`,
            });
          },
        });
  const notice = (text: string) => tell({ kind: 'notice', text });
  const history =
    job.storeFile === null
      ? null
      : await openHistory({
          file: job.storeFile,
          feeds: [
            ...feeds.map(({ protocol }) => protocol.feed),
            ...polled.map(({ venue }) => venue.feed),
          ],
          assets: config.assets,
          settings: config.engine,
          clock,
          onNotice: notice,
          onReport: (record) => running.push(record),
        });
  const pipeline = new Pipeline({
    engine: {
      settings: config.engine,
      assets: config.assets,
      source,
      origin: source,
      universe: job.universe,
    },
    everySeconds: job.everySeconds,
    scanEverySeconds: job.scanEverySeconds,
    withGrounds: job.withGrounds,
    onLine: (line) => {
      history?.keeper.line(line);
      tell({ kind: 'line', line });
    },
    onSnapshotWanted: (instrument, need) => running.recoverBook(instrument, need),
    ...(history !== null && { onKeep: (kept) => history.keep(kept) }),
  });
  const running = startFeeds({
    ...(history !== null && { first: history.first, holdings: history.holdings }),
    feeds,
    polled,
    assets: config.assets,
    universe: job.universe
      ? { books: config.scanner.books, rerankMs: config.scanner.rerankMinutes * 60_000 }
      : null,
    clock,
    seed: job.seed,
    sinks: recorder === null ? [pipeline.push] : [recorder.record, pipeline.push],
  });
  const watching = new Watching(clock, pipeline, tell);
  const done = Promise.withResolvers<void>();
  let isClosing = false;
  const close = async () => {
    if (isClosing) return;
    isClosing = true;
    watching.stop();
    await running.close();
    await history?.keeper.close();
    await recorder?.close();
    await simulators?.close();
    if (recordsLost > 0) tell({ kind: 'recordingIncomplete', atLeast: recordsLost });
    tell({ kind: 'ended', reason: 'closed' });
    done.resolve();
  };
  return {
    done: done.promise,
    tell: (command) => {
      if (command.kind === 'watch') watching.watch(command.watched);
      else void close();
    },
  };
}

async function runReplay(job: ReplayJob, tell: Tell, throttle?: Throttle): Promise<Session> {
  requireKnownFeed(job.feed ?? undefined);
  const clock = systemClock();
  const { assets, origin, universe = false } = await provenanceOf(job);
  let isEmpty = true;
  const pipeline = new Pipeline({
    engine: {
      settings: job.config.engine,
      assets,
      source: job.asRecorded && origin !== 'recording' ? origin : 'replay',
      origin,
      universe,
    },
    everySeconds: job.everySeconds,
    scanEverySeconds: job.scanEverySeconds,
    withGrounds: job.withGrounds,
    onLine: (line) => tell({ kind: 'line', line }),
  });
  const watching = new Watching(clock, pipeline, tell);
  const replay = startReplay({
    batches: openRecordingBatches(job.files, {
      venue: job.feed ?? undefined,
      onWarning: (warning) => tell({ kind: 'notice', text: warningText(warning) }),
    }),
    clock,
    speed: job.speed === Number.POSITIVE_INFINITY ? 'max' : job.speed,
    deliver: (records) => {
      for (const record of records) {
        requireKnownRecord(record);
        pipeline.push(record);
      }
      isEmpty &&= records.length === 0;
      return throttle?.();
    },
  });
  let isClosed = false;
  const done = replay.done.then(
    () => {
      if (isEmpty && !isClosed) tell({ kind: 'notice', text: EMPTY_RECORDING });
      if (job.scanAtEnd && !isEmpty) tell({ kind: 'line', line: pipeline.scan() });
      tell({ kind: 'ended', reason: 'end of the recording' });
    },
    (error: unknown) => tell(failureOf(error)),
  );
  return {
    done: done.finally(() => watching.stop()),
    tell: (command: SessionCommand) => {
      if (command.kind === 'watch') watching.watch(command.watched);
      else {
        isClosed = true;
        replay.close();
      }
    },
  };
}

/** The end of a session by an error. */
export function failureOf(error: unknown): Extract<SessionMessage, { kind: 'failed' }> {
  return { kind: 'failed', ...describeError(error) };
}

/**
 * Starts feeds or a replay with an engine behind it in this thread.
 *
 * @throws CommandError, RecordingError
 */
export async function startSession(job: Job, tell: Tell, throttle?: Throttle): Promise<Session> {
  return job.kind === 'replay' ? runReplay(job, tell, throttle) : runLive(job, tell);
}
