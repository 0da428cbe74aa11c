import { createEngine } from '../../src/engine/engine-state.ts';
import { step } from '../../src/engine/step.ts';
import { createDecoderState, decodeRecord } from '../../src/feed/decode.ts';
import type { BookEntry, EventLine, FeedTrust, Source } from '../../src/frame/frame.ts';
import type { InstrumentId } from '../../src/model/instrument.ts';
import type { FeedReport, RawRecord } from '../../src/model/record.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import type { FaultSpec } from '../../src/sim/binance/faults.ts';
import {
  type BinanceSim,
  type BinanceSimOptions,
  startBinanceSim,
} from '../../src/sim/binance/simulator.ts';
import { protocolOf } from '../../src/venues/index.ts';
import { type Happening, Line, START_MS } from './line.ts';

export type Kind = 'perp' | 'spot';
export const INSTRUMENT: Readonly<Record<Kind, InstrumentId>> = {
  perp: 'binance:BTC/USDT:USDT',
  spot: 'binance:BTC/USDT',
};
const FEED: Readonly<Record<Kind, string>> = { perp: 'binance-usdm', spot: 'binance-spot' };

export interface LineOptions {
  /** Of the market, of every jitter. */
  readonly seed: number;
  readonly source?: Source;
  /** Numbers of both feeds that replace their own. */
  readonly numbers?: Readonly<Record<string, number>>;
  readonly sim?: Partial<Pick<BinanceSimOptions, 'scenario' | 'futuresRules' | 'spotRules'>>;
  /** On before the first request. */
  readonly faults?: readonly FaultSpec[];
}

/** The whole line behind a simulated Binance: BTC, its perp and its spot. */
export class WholeLine extends Line {
  readonly sim: BinanceSim;

  private constructor(sim: BinanceSim, options: LineOptions) {
    const { futuresWs, futuresRest, spotWs, spotRest } = sim.endpoints;
    const futures = { public: `${futuresWs}/public`, market: `${futuresWs}/market` };
    const ground = {
      market: sim.market,
      endpoints: {
        'binance-usdm': { ...futures, rest: futuresRest },
        'binance-spot': { ws: spotWs, rest: spotRest },
      },
      pump: (ms: number) => sim.pump(ms),
      close: () => sim.close(),
      book: ({ kind, symbol }: { kind: string; symbol: string }, updateId: number) =>
        sim.book(symbol, kind === 'spot' ? 'spot' : 'perp', updateId),
    };
    super(ground, { ...options, feeds: [FEED.perp, FEED.spot] });
    this.sim = sim;
  }

  static async start(options: LineOptions): Promise<WholeLine> {
    const sim = await startBinanceSim({
      seed: options.seed,
      scenario: 'calm',
      assets: ['BTC'],
      clock: () => START_MS,
      ...options.sim,
    });
    for (const fault of options.faults ?? []) sim.faults.inject(fault);
    return new WholeLine(sim, options);
  }

  feed(kind: Kind): FeedTrust {
    return this.trustIn(FEED[kind]);
  }

  book(kind: Kind): BookEntry {
    return this.bookOf(INSTRUMENT[kind]);
  }

  /** Events of a kind, about a book or a feed where one is named. */
  events(kind: EventLine['kind'], about?: Kind): readonly Happening[] {
    const subjects = about === undefined ? [] : [INSTRUMENT[about], FEED[about]];
    return this.eventsOf(kind, ...subjects);
  }

  /** What a feed reported about itself. */
  reports<K extends FeedReport['kind']>(about: Kind, kind: K): Extract<FeedReport, { kind: K }>[] {
    return this.reportsOf(FEED[about], kind);
  }

  /** Records of a channel: messages of a stream, answers to a request. */
  from(about: Kind, chan: string): readonly RawRecord[] {
    return this.records.filter(
      (record) => record.feed === FEED[about] && record.chan.startsWith(chan),
    );
  }

  /** Waits until the venue's best bid and ask were compared, too, and proves everything there is to prove. */
  async prove(): Promise<void> {
    await this.until('every book compared', () =>
      this.books.every(({ quoteChecks }) => quoteChecks > 0),
    );
    if (this.proven() !== 2) throw new Error('There are two books');
  }
}

/** When an engine that is fed these records but no snapshot asks for one of a book, µs. */
export function snapshotsWanted(records: readonly RawRecord[], kind: Kind): readonly number[] {
  const decoder = createDecoderState();
  const engine = createEngine({
    settings: DEFAULT_SETTINGS,
    assets: ['BTC'],
    source: 'demo',
    origin: 'demo',
  });
  const asked: number[] = [];
  for (const record of records) {
    if (/^rest:.*\/depth\?/.test(record.chan)) continue;
    for (const event of decodeRecord(decoder, protocolOf, record))
      for (const effect of step(engine, event))
        if (effect.kind === 'snapshotWanted' && effect.instrument === INSTRUMENT[kind])
          asked.push(record.t);
  }
  return asked;
}
