import type { EngineEvent } from '../../../../src/model/event.ts';
import { type Micros, micros } from '../../../../src/model/units.ts';
import { binanceCoinm } from '../../../../src/venues/binance/coinm.ts';
import { binanceSpot } from '../../../../src/venues/binance/spot.ts';
import { binanceUsdm } from '../../../../src/venues/binance/usdm.ts';

/** Receive time of everything that does not say otherwise: 2026-10-09T00:00:00Z. */
export const NOW = micros(1_791_504_000_000_000);

/** An event of one kind, all of its fields. */
type EventOf<K extends EngineEvent['kind']> = Extract<EngineEvent, { readonly kind: K }>;

/** A decoder with its state, fed by hand. */
export interface Decoder {
  /** One record → its events. */
  hear(chan: string, msg: unknown, t?: Micros): EngineEvent[];
  /** The events of one kind in one record. */
  only<K extends EngineEvent['kind']>(
    kind: K,
    chan: string,
    msg: unknown,
    t?: Micros,
  ): EventOf<K>[];
  readonly state: ReturnType<typeof binanceUsdm.createState>;
}

const decoderOf = (protocol: typeof binanceUsdm): Decoder => {
  const state = protocol.createState();
  const hear: Decoder['hear'] = (chan, msg, t = NOW) =>
    // A copy, as what a decoder hands out is lent.
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
    only: (kind, chan, msg, t) =>
      hear(chan, msg, t).filter((event): event is EventOf<typeof kind> => event.kind === kind),
  };
};

export const usdm = (): Decoder => decoderOf(binanceUsdm);
export const spot = (): Decoder => decoderOf(binanceSpot);
export const coinm = (): Decoder => decoderOf(binanceCoinm);

/** The combined envelope. */
export const wrapped = (stream: string, data: unknown): string => JSON.stringify({ stream, data });

/** A row of futures `exchangeInfo.symbols` with what is read of it. */
export const futuresRow = (
  symbol: string,
  fields: Readonly<Record<string, unknown>> = {},
  tickSize = '0.10',
  stepSize = '0.001',
) => ({
  symbol,
  pair: symbol,
  contractType: 'PERPETUAL',
  deliveryDate: 4133404800000,
  onboardDate: 1569398400000,
  status: 'TRADING',
  baseAsset: symbol.replace(/USD[TC].*$/, ''),
  quoteAsset: symbol.includes('USDC') ? 'USDC' : 'USDT',
  marginAsset: symbol.includes('USDC') ? 'USDC' : 'USDT',
  pricePrecision: 2,
  underlyingType: 'COIN',
  filters: [
    { minPrice: '556.80', maxPrice: '4529764', filterType: 'PRICE_FILTER', tickSize },
    { stepSize, filterType: 'LOT_SIZE', maxQty: '1000', minQty: stepSize },
  ],
  ...fields,
});

/** A row of COIN-M `exchangeInfo.symbols`: `BTCUSD_PERP`, `BTCUSD_261225`. */
export const coinmRow = (
  symbol: string,
  fields: Readonly<Record<string, unknown>> = {},
  tickSize = '0.1',
) => {
  const pair = symbol.split('_')[0]!;
  const base = pair.slice(0, -3);
  return {
    symbol,
    pair,
    contractType: 'PERPETUAL',
    deliveryDate: 4133404800000,
    onboardDate: 1597042800000,
    contractStatus: 'TRADING',
    contractSize: base === 'BTC' ? 100 : 10,
    baseAsset: base,
    quoteAsset: 'USD',
    marginAsset: base,
    pricePrecision: 1,
    equalQtyPrecision: 4,
    underlyingType: 'COIN',
    filters: [
      { minPrice: '1000', maxPrice: '4520958', filterType: 'PRICE_FILTER', tickSize },
      { stepSize: '1', filterType: 'LOT_SIZE', maxQty: '1000000', minQty: '1' },
    ],
    ...fields,
  };
};

/** A row of spot `exchangeInfo.symbols`. */
export const spotRow = (
  base: string,
  quote: string,
  fields: Readonly<Record<string, unknown>> = {},
  tickSize = '0.01000000',
  stepSize = '0.00001000',
) => ({
  symbol: base + quote,
  status: 'TRADING',
  baseAsset: base,
  quoteAsset: quote,
  isSpotTradingAllowed: true,
  filters: [
    { filterType: 'PRICE_FILTER', minPrice: tickSize, maxPrice: '1000000.00000000', tickSize },
    { filterType: 'LOT_SIZE', minQty: stepSize, maxQty: '9000.00000000', stepSize },
  ],
  ...fields,
});

export const FUTURES_INFO = 'rest:/fapi/v1/exchangeInfo';
export const COINM_INFO = 'rest:/dapi/v1/exchangeInfo';
export const SPOT_INFO = 'rest:/api/v3/exchangeInfo?showPermissionSets=false&symbolStatus=TRADING';

/** Levels as plain numbers. */
export const levels = (side: Float64Array): number[] => [...side];
