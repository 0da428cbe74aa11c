import { createDecoderState, decodeRecord } from '../../../../src/feed/decode.ts';
import type { EngineEvent } from '../../../../src/model/event.ts';
import { textOf } from '../../../../src/model/record.ts';
import type { FaultSpec } from '../../../../src/sim/bybit/faults.ts';
import { bybit, type ServerOptions } from '../../../../src/sim/bybit/server.ts';
import { type RunningStage, startStage } from '../../../../src/sim/stage.ts';
import { decoderOf, feedsOfVenue } from '../../../../src/venues/index.ts';
import { Line, START_MS } from '../../../support/line.ts';

export const FEEDS = feedsOfVenue('bybit');
export const LINEAR = 'bybit:BTC/USDT:USDT';
export const INVERSE = 'bybit:BTC/USD:BTC';

export interface LineOptions {
  readonly seed: number;
  readonly server?: ServerOptions;
  readonly scenario?: string;
  readonly numbers?: Readonly<Record<string, number>>;
  readonly channels?: Readonly<Record<string, string>>;
}

/** The whole line behind a simulated Bybit whose rules can be bent. */
export class BybitLine extends Line {
  readonly #stage: RunningStage;

  private constructor(stage: RunningStage, { seed, numbers, channels }: LineOptions) {
    const { market, pump, close } = stage;
    const sim = stage.venue('bybit');
    super(
      {
        market,
        endpoints: sim.endpoints,
        pump,
        close,
        book: ({ feed, symbol, bookLevels }, updateId) => {
          const truth = sim.book(feed, symbol, updateId);
          const shown = bookLevels ?? Number.POSITIVE_INFINITY;
          return { ...truth, bids: truth.bids.slice(0, shown), asks: truth.asks.slice(0, shown) };
        },
      },
      {
        seed,
        feeds: FEEDS,
        ...(numbers !== undefined && { numbers }),
        ...(channels !== undefined && { channels }),
      },
    );
    this.#stage = stage;
  }

  static async start(options: LineOptions): Promise<BybitLine> {
    const { seed, scenario = 'calm', server } = options;
    const assets = ['BTC'];
    const stage = await startStage({ seed, scenario, assets, clock: () => START_MS }, [
      bybit(server),
    ]);
    return new BybitLine(stage, options);
  }

  inject(...faults: readonly FaultSpec[]): void {
    const { faults: registry } = this.#stage.venue('bybit');
    for (const fault of faults) registry.inject(fault);
  }

  clearFaults(): void {
    this.#stage.venue('bybit').faults.clear();
  }

  /** Everything that the records say, decoded once more. */
  tell(): EngineEvent[] {
    const state = createDecoderState();
    return this.records.flatMap(
      (record) => structuredClone(decodeRecord(state, decoderOf, record)) as EngineEvent[],
    );
  }

  /** Messages of a channel of a feed, parsed. */
  messages<T>(feed: string, chan: string): T[] {
    return this.records
      .filter((record) => record.feed === feed && record.chan.startsWith(chan))
      .map(({ msg }) => JSON.parse(textOf(msg)) as T);
  }
}
