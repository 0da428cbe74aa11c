import type { Series } from '../market-bars.ts';
import { type Backing, rows } from './backing.ts';
import {
  coinmListings,
  coinmOpenInterest,
  coinmOpenInterestHistory,
  coinmPremiumIndex,
  coinmQuotes,
  coinmTickers,
} from './coinm-answers.ts';
import {
  basisHistory,
  constituents,
  fundingInfo,
  fundingRates,
  openInterest,
  openInterestHistory,
  takerRatio,
} from './futures-answers.ts';
import { futuresListings, spotListings } from './listing-answers.ts';
import { aggregateTrades, depth, klines, quoteRow, ticker24h } from './market-answers.ts';
import type { AnswerContext, Endpoint, Query } from './rest.ts';
import type { MarketName } from './streams.ts';
import { premiumIndexText } from './wire.ts';

const fixed = (weight: number) => () => weight;

/** Weight of futures candles by limit. */
const klinesWeight = (query: Query): number => {
  const limit = query.whole('limit') ?? 500;
  return limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1000 ? 5 : 10;
};

const depthWeight =
  (name: MarketName) =>
  (query: Query): number => {
    const limit = query.whole('limit') ?? (name === 'spot' ? 100 : 500);
    if (name === 'spot') return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250;
    return limit <= 50 ? 2 : limit <= 100 ? 5 : limit <= 500 ? 10 : 20;
  };

const weightBySymbol = (one: number, many: number) => (query: Query) =>
  query.text('symbol') === undefined ? many : one;

const serverTime = (context: AnswerContext): string => `{"serverTime":${context.nowMs}}`;

/** The REST endpoints of USDT-M futures (venues.md §2.6), by path. */
export function futuresEndpoints(backing: Backing): ReadonlyMap<string, Endpoint> {
  const candles = (series: Series, field: 'symbol' | 'pair'): Endpoint => ({
    weight: klinesWeight,
    budget: 'weight',
    answer: (query, context) => klines(backing, 'futures', series, query, field, context),
  });
  const data = (answer: Endpoint['answer']): Endpoint => ({
    weight: fixed(0),
    budget: 'data',
    answer,
  });
  const plain = (weight: Endpoint['weight'], answer: Endpoint['answer']): Endpoint => ({
    weight,
    budget: 'weight',
    answer,
  });
  return new Map<string, Endpoint>([
    ['/fapi/v1/ping', plain(fixed(1), () => '{}')],
    ['/fapi/v1/time', plain(fixed(1), (_query, context) => serverTime(context))],
    [
      '/fapi/v1/exchangeInfo',
      plain(fixed(1), (_query, context) => futuresListings(backing, context)),
    ],
    [
      '/fapi/v1/fundingInfo',
      { weight: fixed(0), budget: 'funding', answer: () => fundingInfo(backing, 'futures') },
    ],
    [
      '/fapi/v1/fundingRate',
      {
        weight: fixed(0),
        budget: 'funding',
        answer: (query) => fundingRates(backing, 'futures', query),
      },
    ],
    [
      '/fapi/v1/premiumIndex',
      plain(weightBySymbol(1, 10), (query, context) =>
        rows(backing, 'futures', query, ({ asset }) =>
          premiumIndexText(asset, asset, context.nowMs),
        ),
      ),
    ],
    ['/fapi/v1/openInterest', plain(fixed(1), (query) => openInterest(backing, query))],
    [
      '/fapi/v1/depth',
      plain(depthWeight('futures'), (query, context) => depth(backing, 'futures', query, context)),
    ],
    ['/fapi/v1/aggTrades', plain(fixed(20), (query) => aggregateTrades(backing, 'futures', query))],
    ['/fapi/v1/klines', candles('perp', 'symbol')],
    ['/fapi/v1/continuousKlines', candles('perp', 'pair')],
    ['/fapi/v1/markPriceKlines', candles('mark', 'symbol')],
    ['/fapi/v1/indexPriceKlines', candles('index', 'pair')],
    ['/fapi/v1/premiumIndexKlines', candles('premium', 'symbol')],
    [
      '/fapi/v1/ticker/24hr',
      plain(weightBySymbol(1, 40), (query, context) =>
        rows(backing, 'futures', query, (found) => ticker24h(backing, 'futures', found, context)),
      ),
    ],
    [
      '/fapi/v1/ticker/bookTicker',
      plain(weightBySymbol(2, 5), (query) =>
        rows(backing, 'futures', query, ({ listing }) => quoteRow(listing)),
      ),
    ],
    [
      '/fapi/v1/constituents',
      plain(fixed(2), (query, context) => constituents(backing, query, context)),
    ],
    [
      '/futures/data/openInterestHist',
      data((query, context) => openInterestHistory(backing, query, context)),
    ],
    ['/futures/data/basis', data((query, context) => basisHistory(backing, query, context))],
    [
      '/futures/data/takerlongshortRatio',
      data((query, context) => takerRatio(backing, query, context)),
    ],
  ]);
}

/** The REST endpoints of COIN-M futures (venues.md §2.7), by path. */
export function coinmEndpoints(backing: Backing): ReadonlyMap<string, Endpoint> {
  const weighing = (weight: Endpoint['weight'], answer: Endpoint['answer']): Endpoint => ({
    weight,
    budget: 'weight',
    answer,
  });
  const candles = (series: Series, field: 'symbol' | 'pair'): Endpoint =>
    weighing(klinesWeight, (query, context) =>
      klines(backing, 'coinm', series, query, field, context),
    );
  return new Map<string, Endpoint>([
    ['/dapi/v1/ping', weighing(fixed(1), () => '{}')],
    ['/dapi/v1/time', weighing(fixed(1), (_query, context) => serverTime(context))],
    [
      '/dapi/v1/exchangeInfo',
      weighing(fixed(1), (_query, context) => coinmListings(backing, context)),
    ],
    ['/dapi/v1/fundingInfo', weighing(fixed(1), () => fundingInfo(backing, 'coinm'))],
    ['/dapi/v1/fundingRate', weighing(fixed(1), (query) => fundingRates(backing, 'coinm', query))],
    [
      '/dapi/v1/premiumIndex',
      weighing(fixed(10), (query, context) => coinmPremiumIndex(backing, query, context)),
    ],
    ['/dapi/v1/openInterest', weighing(fixed(1), (query) => coinmOpenInterest(backing, query))],
    [
      '/dapi/v1/depth',
      weighing(depthWeight('coinm'), (query, context) => depth(backing, 'coinm', query, context)),
    ],
    [
      '/dapi/v1/aggTrades',
      weighing(fixed(20), (query) => aggregateTrades(backing, 'coinm', query)),
    ],
    ['/dapi/v1/klines', candles('perp', 'symbol')],
    ['/dapi/v1/continuousKlines', candles('perp', 'pair')],
    ['/dapi/v1/markPriceKlines', candles('mark', 'symbol')],
    ['/dapi/v1/indexPriceKlines', candles('index', 'pair')],
    ['/dapi/v1/premiumIndexKlines', candles('premium', 'symbol')],
    [
      '/dapi/v1/ticker/24hr',
      weighing(weightBySymbol(1, 40), (query, context) => coinmTickers(backing, query, context)),
    ],
    [
      '/dapi/v1/ticker/bookTicker',
      weighing(weightBySymbol(2, 5), (query) => coinmQuotes(backing, query)),
    ],
    [
      '/futures/data/openInterestHist',
      weighing(fixed(1), (query, context) => coinmOpenInterestHistory(backing, query, context)),
    ],
  ]);
}

/** The REST endpoints of spot (venues.md §2.8), by path. */
export function spotEndpoints(backing: Backing): ReadonlyMap<string, Endpoint> {
  const plain = (weight: Endpoint['weight'], answer: Endpoint['answer']): Endpoint => ({
    weight,
    budget: 'weight',
    answer,
  });
  return new Map<string, Endpoint>([
    ['/api/v3/ping', plain(fixed(1), () => '{}')],
    ['/api/v3/time', plain(fixed(1), (_query, context) => serverTime(context))],
    [
      '/api/v3/exchangeInfo',
      plain(fixed(20), (query, context) => spotListings(backing, query, context)),
    ],
    [
      '/api/v3/depth',
      plain(depthWeight('spot'), (query, context) => depth(backing, 'spot', query, context)),
    ],
    [
      '/api/v3/klines',
      plain(fixed(2), (query, context) =>
        klines(backing, 'spot', 'spot', query, 'symbol', context),
      ),
    ],
    ['/api/v3/aggTrades', plain(fixed(4), (query) => aggregateTrades(backing, 'spot', query))],
    [
      '/api/v3/ticker/24hr',
      plain(weightBySymbol(2, 80), (query, context) =>
        rows(backing, 'spot', query, (found) => ticker24h(backing, 'spot', found, context)),
      ),
    ],
    [
      '/api/v3/ticker/bookTicker',
      plain(weightBySymbol(2, 4), (query) =>
        rows(backing, 'spot', query, ({ listing }) => quoteRow(listing)),
      ),
    ],
  ]);
}
