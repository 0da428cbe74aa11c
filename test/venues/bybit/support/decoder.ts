import type { EngineEvent } from '../../../../src/model/event.ts';
import { type Micros, micros } from '../../../../src/model/units.ts';
import type { BybitState } from '../../../../src/venues/bybit/draft.ts';
import { bybitInverse, bybitLinear, bybitSpot } from '../../../../src/venues/bybit/families.ts';

/** Receive time of everything that does not say otherwise: 2026-10-09T00:00:00Z. */
export const NOW = micros(1_791_504_000_000_000);

type EventOf<K extends EngineEvent['kind']> = Extract<EngineEvent, { readonly kind: K }>;

/** A decoder with its state, fed by hand. */
export interface Decoder {
  /** One record → its events. The stream of a socket message is its topic where none is given. */
  hear(msg: unknown, chan?: string, t?: Micros): EngineEvent[];
  /** The events of one kind in one record. */
  only<K extends EngineEvent['kind']>(
    kind: K,
    msg: unknown,
    chan?: string,
    t?: Micros,
  ): EventOf<K>[];
  readonly state: BybitState;
}

const topicOf = (msg: unknown): string =>
  typeof msg === 'object' && msg !== null && 'topic' in msg ? String(msg.topic) : 'x';

const decoderOf = (protocol: typeof bybitLinear): Decoder => {
  const state = protocol.createState();
  const hear: Decoder['hear'] = (msg, chan = topicOf(msg), t = NOW) =>
    structuredClone(
      protocol.decode(state, {
        t,
        feed: protocol.feed,
        chan,
        msg: typeof msg === 'string' ? msg : JSON.stringify(msg),
      }),
    ) as EngineEvent[];
  return {
    state,
    hear,
    only: (kind, msg, chan, t) =>
      hear(msg, chan, t).filter((event): event is EventOf<typeof kind> => event.kind === kind),
  };
};

export const linear = (): Decoder => decoderOf(bybitLinear);
export const inverse = (): Decoder => decoderOf(bybitInverse);
export const spot = (): Decoder => decoderOf(bybitSpot);

/** A REST answer. */
export const answer = (result: unknown, retCode = 0) => ({
  retCode,
  retMsg: retCode === 0 ? 'OK' : 'no',
  result,
  retExtInfo: {},
  time: 1_791_504_000_000,
});

/** A row of `instruments-info` with what is read of it. */
export const contractRow = (symbol: string, fields: Readonly<Record<string, unknown>> = {}) => ({
  symbol,
  contractType: 'LinearPerpetual',
  status: 'Trading',
  baseCoin: symbol.replace(/USDT.*$|PERP$/, ''),
  quoteCoin: 'USDT',
  settleCoin: 'USDT',
  launchTime: '1585526400000',
  deliveryTime: '0',
  priceFilter: { minPrice: '0.10', maxPrice: '199999.80', tickSize: '0.10' },
  lotSizeFilter: { qtyStep: '0.001', minOrderQty: '0.001', minNotionalValue: '5' },
  leverageFilter: { maxLeverage: '100.00' },
  fundingInterval: 480,
  ...fields,
});

export const inverseRow = (symbol: string, fields: Readonly<Record<string, unknown>> = {}) =>
  contractRow(symbol, {
    contractType: 'InversePerpetual',
    baseCoin: 'BTC',
    quoteCoin: 'USD',
    settleCoin: 'BTC',
    priceFilter: { tickSize: '0.50' },
    lotSizeFilter: { qtyStep: '1' },
    ...fields,
  });

export const LINEAR_INFO = 'rest:/v5/market/instruments-info?category=linear&limit=1000';
export const INVERSE_INFO = 'rest:/v5/market/instruments-info?category=inverse&limit=1000';
export const SPOT_INFO = 'rest:/v5/market/instruments-info?category=spot';

/** The listings of a decoder, one page of them. */
export const listed = (decoder: Decoder, rows: readonly unknown[], chan = LINEAR_INFO) =>
  decoder.hear(answer({ category: 'linear', list: rows, nextPageCursor: '' }), chan);

type Level = readonly [price: string, size: string];

/** A book message. */
export const book = (
  type: 'snapshot' | 'delta',
  u: number,
  b: readonly Level[],
  a: readonly Level[],
  { symbol = 'BTCUSDT', depth = 1000, seq = u * 10 } = {},
) => ({
  topic: `orderbook.${depth}.${symbol}`,
  type,
  ts: 1_791_503_999_990,
  data: { s: symbol, b, a, u, seq },
  cts: 1_791_503_999_980,
});

/** A ticker message. */
export const ticker = (
  type: 'snapshot' | 'delta',
  data: Readonly<Record<string, unknown>>,
  symbol = 'BTCUSDT',
) => ({
  topic: `tickers.${symbol}`,
  type,
  data: { symbol, ...data },
  cs: 24987956059,
  ts: 1_791_503_999_990,
});

/** Levels as plain numbers. */
export const levels = (side: Float64Array): number[] => [...side];
