import type { Asset, FeedId } from '../../src/model/instrument.ts';
import type { FaultSpec } from '../../src/sim/faults.ts';
import type { VenueSim } from '../../src/sim/venue-sim.ts';
import { startVenues } from '../../src/sim/venues.ts';
import { feedsOfVenue } from '../../src/venues/index.ts';
import { Line, type Moment, START_MS } from './line.ts';

interface VenueLineOptions {
  /** Of the market, of every jitter. */
  readonly seed: number;
  /** Whose simulators to start. */
  readonly venues: readonly string[];
  /** All feeds of these venues that are simulated when left out. */
  readonly feeds?: readonly FeedId[];
  readonly assets?: readonly Asset[];
  readonly scenario?: string;
  readonly startMs?: number;
  /** Numbers of all feeds that replace their own. */
  readonly numbers?: Readonly<Record<string, number>>;
  /** Reasons of notes that are no trouble: what these venues do not have. */
  readonly lacks?: RegExp;
  /** See `StartOptions`. */
  readonly momentOf?: Moment;
  /** On at every venue before the first request. */
  readonly faults?: readonly FaultSpec[];
}

/** The whole line behind the simulators of any venues, which publish one market. */
export class VenueLine extends Line {
  readonly sims: readonly VenueSim[];

  private constructor(
    stage: Awaited<ReturnType<typeof startVenues>>,
    { venues, ...options }: VenueLineOptions,
  ) {
    const { market, endpoints, pump, close, venue } = stage;
    super(
      {
        market,
        endpoints,
        pump,
        close,
        book: (of, updateId) => venue(of.venue).book(of.feed, of.symbol, updateId),
      },
      {
        feeds: venues.flatMap(feedsOfVenue).filter((feed) => endpoints[feed] !== undefined),
        ...options,
      },
    );
    this.sims = stage.venues;
  }

  static async start(options: VenueLineOptions): Promise<VenueLine> {
    const {
      seed,
      venues,
      assets = ['BTC'],
      scenario = 'calm',
      startMs = START_MS,
      faults = [],
    } = options;
    const stage = await startVenues({
      venues,
      seed,
      scenario,
      assets,
      clock: () => startMs,
    });
    const line = new VenueLine(stage, options);
    line.inject(...faults);
    return line;
  }

  /** Switches faults on at every venue. */
  inject(...faults: readonly FaultSpec[]): void {
    for (const { faults: registry } of this.sims)
      for (const fault of faults) registry.inject(fault);
  }

  /** Whether every fault has struck or run out. */
  get isOver(): boolean {
    return this.sims.every(({ faults }) => faults.list().length === 0);
  }
}
