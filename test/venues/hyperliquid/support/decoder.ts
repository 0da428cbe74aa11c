import type { EngineEvent } from '../../../../src/model/event.ts';
import type { FeedReport } from '../../../../src/model/record.ts';
import { type Micros, micros } from '../../../../src/model/units.ts';
import { hyperliquid } from '../../../../src/venues/hyperliquid/hyperliquid.ts';

/** Receive time of everything that does not say otherwise: 2026-10-09T00:10:00Z. */
export const NOW = micros(1_791_504_600_000_000);
/** The same in ms, as the venue writes times. */
export const NOW_MS = NOW / 1000;

/** An event of one kind, all of its fields. */
type EventOf<K extends EngineEvent['kind']> = Extract<EngineEvent, { readonly kind: K }>;

/** A decoder with its state, fed by hand. */
export interface Decoder {
  readonly state: ReturnType<typeof hyperliquid.createState>;
  /** One record → its events. */
  hear(chan: string, msg: unknown, t?: Micros): EngineEvent[];
  /** The events of one kind in one record. */
  only<K extends EngineEvent['kind']>(
    kind: K,
    chan: string,
    msg: unknown,
    t?: Micros,
  ): EventOf<K>[];
  /** The feed says something about itself. */
  report(report: FeedReport, t?: Micros): void;
}

export const META = 'rest:/info?type=meta';

/** A row of `meta.universe`. */
const coinRow = (
  name: string,
  szDecimals: number,
  fields: Readonly<Record<string, unknown>> = {},
) => ({ szDecimals, name, maxLeverage: 40, marginTableId: 56, ...fields });

const LISTED = {
  universe: [
    coinRow('BTC', 5),
    coinRow('ETH', 4),
    coinRow('kPEPE', 0, { maxLeverage: 10 }),
    coinRow('MATIC', 1, { isDelisted: true }),
  ],
  marginTables: [[56, { description: '', marginTiers: [{ lowerBound: '0.0', maxLeverage: 40 }] }]],
  collateralToken: 0,
};

/** A decoder that knows its listings, unless it should begin without. */
export function decoder(knowsListings = true): Decoder {
  const state = hyperliquid.createState();
  const hear: Decoder['hear'] = (chan, msg, t = NOW) =>
    // A copy, as what a decoder hands out is lent.
    structuredClone(
      hyperliquid.decode(state, {
        t,
        feed: 'hyperliquid',
        chan,
        msg: typeof msg === 'string' ? msg : JSON.stringify(msg),
      }),
    ) as EngineEvent[];
  if (knowsListings) hear(META, LISTED);
  return {
    state,
    hear,
    only: (kind, chan, msg, t) =>
      hear(chan, msg, t).filter((event): event is EventOf<typeof kind> => event.kind === kind),
    report: (report, t = NOW) =>
      hyperliquid.noteReport!(state, { kind: 'feed', feed: 'hyperliquid', report, tsLocal: t }),
  };
}

type Level = readonly [px: string, sz: string];
const level = ([px, sz]: Level) => ({ px, sz, n: 1 });

/** A frame of a book. */
export const bookFrame = (
  time: number,
  bids: readonly Level[],
  asks: readonly Level[],
  more: Readonly<Record<string, unknown>> = {},
  coin = 'BTC',
) => ({
  channel: 'l2Book',
  data: { coin, time, levels: [bids.map(level), asks.map(level)], ...more },
});

export const bboFrame = (
  time: number,
  bid: Level | null | undefined,
  ask: Level | null | undefined,
  coin = 'BTC',
) => ({
  channel: 'bbo',
  data: {
    coin,
    time,
    bbo: [bid, ask]
      .filter((side) => side !== undefined)
      .map((side) => (side === null ? null : level(side))),
  },
});

export const tradeFrame = (
  ...prints: readonly {
    readonly px?: string;
    readonly sz?: string;
    readonly side?: string;
    readonly time: number;
    readonly tid: number;
    readonly coin?: string;
  }[]
) => ({
  channel: 'trades',
  data: prints.map(({ px = '84143.0', sz = '0.5', side = 'A', coin = 'BTC', time, tid }) => ({
    coin,
    side,
    px,
    sz,
    time,
    hash: '0x7ab6',
    tid,
    users: ['0xbuyer', '0xseller'],
  })),
});
