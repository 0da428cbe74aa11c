import { type Bar, cellStart, DAY_MS, type Series } from '../market-bars.ts';
import type { AssetState } from '../market-state.ts';
import { barsBetween, openInterestOn } from '../market-tape.ts';
import { seedOf } from '../seed.ts';
import { sizeText } from '../spelling.ts';
import { all, type Backing, find, limitOf } from './backing.ts';
import { type AnswerContext, ApiError, type Query } from './rest.ts';
import { INTERVAL_MS } from './streams.ts';

/** `/futures/data` reaches this far back. */
const DATA_REACH_MS = 30 * DAY_MS;
const HISTORY_DECIMALS = 8;

/** Settlements happen a few milliseconds after the hour. */
const settledAt = (symbol: string, atMs: number): number => atMs + (seedOf(symbol, atMs) % 16);

/** `fundingRate`: settled rates, ascending; the latest ones unless a start was named. */
export function fundingRates(backing: Backing, name: 'futures' | 'coinm', query: Query): string {
  const symbol = name === 'coinm' ? query.required('symbol') : query.text('symbol');
  const startMs = query.whole('startTime');
  const endMs = query.whole('endTime');
  const limit = limitOf(
    query,
    name === 'futures' && startMs === undefined && endMs === undefined ? 200 : 100,
    1000,
    name,
  );
  const chosen = symbol === undefined ? all(backing, name) : [find(backing, symbol)];
  const settled = chosen
    .flatMap(({ asset, listing }) =>
      asset.tape.settlements.map((settlement) => ({
        symbol: listing.spec.symbol,
        settlement,
        fundingTime: settledAt(listing.spec.symbol, settlement.atMs),
      })),
    )
    .filter(
      ({ fundingTime }) =>
        (startMs === undefined || fundingTime >= startMs) &&
        (endMs === undefined || fundingTime <= endMs),
    )
    .sort((left, right) => left.fundingTime - right.fundingTime);
  const page = startMs === undefined ? settled.slice(-limit) : settled.slice(0, limit);
  return JSON.stringify(
    page.map(({ symbol: of, settlement, fundingTime }) => ({
      symbol: of,
      fundingTime,
      fundingRate: settlement.rate.toFixed(8),
      ...(name === 'futures' && { markPrice: settlement.markPrice.toFixed(HISTORY_DECIMALS) }),
    })),
  );
}

/** `fundingInfo`: the symbols whose interval or cap was adjusted; a missing one has 8 hours. */
export function fundingInfo(backing: Backing, name: 'futures' | 'coinm'): string {
  const { changes } = backing;
  const adjusted = all(backing, name).filter(
    ({ asset: { spec } }) => spec.fundingAdjusted || changes.has(spec.perp.symbol),
  );
  return JSON.stringify(
    adjusted.map(({ asset: { spec, funding } }) => ({
      symbol: spec.perp.symbol,
      adjustedFundingRateCap: spec.fundingCap.toFixed(8),
      adjustedFundingRateFloor: (-spec.fundingCap).toFixed(8),
      fundingIntervalHours: funding.intervalHours,
      disclaimer: false,
      updateTime: changes.get(spec.perp.symbol) ?? spec.onboardMs,
    })),
  );
}

/** `openInterest`: the number published last. */
export function openInterest(backing: Backing, query: Query): string {
  const { asset, listing } = find(backing, query.required('symbol'));
  const { lots, atMs } = asset.published;
  return `{"symbol":"${listing.spec.symbol}","openInterest":"${sizeText(listing.spec, lots)}","time":${atMs}}`;
}

export interface Period {
  readonly lengthMs: number;
  /** Instants to report, ascending. */
  readonly times: readonly number[];
}

const DATA_PERIODS = ['5m', '15m', '30m', '1h', '2h', '4h', '6h', '12h', '1d'];

/** The instants a `/futures/data` request asks for: the latest `limit` of its span. */
export function periodOf(query: Query, nowMs: number): Period {
  const name = query.required('period');
  const lengthMs = DATA_PERIODS.includes(name) ? INTERVAL_MS.get(name) : undefined;
  if (lengthMs === undefined) throw new ApiError(-1130, "parameter 'period' is invalid.");
  const limit = limitOf(query, 30, 500, 'futures');
  const startMs = query.whole('startTime');
  if (startMs !== undefined && startMs < nowMs - DATA_REACH_MS) {
    throw new ApiError(-1130, "parameter 'startTime' is invalid.");
  }
  const endMs = Math.min(query.whole('endTime') ?? nowMs, nowMs);
  const last = cellStart(endMs, lengthMs);
  const reach = cellStart(nowMs - DATA_REACH_MS, lengthMs) + lengthMs;
  const first = Math.max(startMs ?? 0, reach, last - (limit - 1) * lengthMs);
  const times: number[] = [];
  const from = cellStart(first + lengthMs - 1, lengthMs);
  for (let atMs = from; atMs <= last; atMs += lengthMs) times.push(atMs);
  return { lengthMs, times };
}

/** Candles of a series by the instant they close. */
export function barsByClose(asset: AssetState, series: Series, { lengthMs, times }: Period) {
  const first = times[0];
  const last = times[times.length - 1];
  const closes = new Map<number, Bar>();
  if (first === undefined || last === undefined) return closes;
  for (const bar of barsBetween(asset.tape, series, lengthMs, first - lengthMs, last)) {
    closes.set(bar.openMs + lengthMs, bar);
  }
  return closes;
}

/** `openInterestHist`: 30 days, in coins and in quote currency at the mark. */
export function openInterestHistory(
  backing: Backing,
  query: Query,
  context: AnswerContext,
): string {
  const { asset, listing } = find(backing, query.required('symbol'));
  const period = periodOf(query, context.marketMs);
  const closes = barsByClose(asset, 'mark', period);
  const supply = ((asset.spec.openInterestUsd / asset.spec.price) * 240).toFixed(HISTORY_DECIMALS);
  const texts = period.times.flatMap((atMs) => {
    const lots = openInterestOn(asset.tape, atMs);
    const bar = closes.get(atMs);
    if (lots === undefined || bar === undefined) return [];
    const size = lots * listing.spec.stepSize;
    return [
      `{"symbol":"${listing.spec.symbol}","sumOpenInterest":"${size.toFixed(HISTORY_DECIMALS)}",` +
        `"sumOpenInterestValue":"${(size * bar.close).toFixed(HISTORY_DECIMALS)}",` +
        `"CMCCirculatingSupply":"${supply}","timestamp":${atMs}}`,
    ];
  });
  return `[${texts.join(',')}]`;
}

/** `basis`: the perp against its index. */
export function basisHistory(backing: Backing, query: Query, context: AnswerContext): string {
  const pair = query.required('pair');
  const { asset, listing } = find(backing, pair);
  const contractType = query.required('contractType');
  if (contractType !== 'PERPETUAL') return '[]';
  const period = periodOf(query, context.marketMs);
  const futures = barsByClose(asset, 'perp', period);
  const indices = barsByClose(asset, 'index', period);
  return JSON.stringify(
    period.times.flatMap((timestamp) => {
      const future = futures.get(timestamp);
      const index = indices.get(timestamp);
      if (future === undefined || index === undefined) return [];
      const basis = future.close - index.close;
      return [
        {
          indexPrice: index.close.toFixed(HISTORY_DECIMALS),
          contractType,
          basisRate: (basis / index.close).toFixed(4),
          futuresPrice: future.close.toFixed(listing.spec.priceDecimals),
          annualizedBasisRate: '',
          basis: basis.toFixed(HISTORY_DECIMALS),
          pair,
          timestamp,
        },
      ];
    }),
  );
}

/** `takerlongshortRatio`: aggressor volume bought over sold. */
export function takerRatio(backing: Backing, query: Query, context: AnswerContext): string {
  const { asset } = find(backing, query.required('symbol'));
  const period = periodOf(query, context.marketMs);
  const bars = barsByClose(asset, 'perp', period);
  return JSON.stringify(
    period.times.flatMap((timestamp) => {
      const bar = bars.get(timestamp);
      if (bar === undefined) return [];
      const sold = bar.volume - bar.takerBuyVolume;
      const buySellRatio = sold === 0 ? '0.0000' : (bar.takerBuyVolume / sold).toFixed(4);
      const buyVol = bar.takerBuyVolume.toFixed(4);
      return [{ buySellRatio, sellVol: sold.toFixed(4), buyVol, timestamp }];
    }),
  );
}

/** `constituents`: the venues of the index; a hidden price is −1. */
export function constituents(backing: Backing, query: Query, context: AnswerContext): string {
  const { asset, listing } = find(backing, query.required('symbol'));
  const price = asset.indexPrice;
  const shares = [
    ['binance', 0.4],
    ['okex', 0.25],
    ['bybit', 0.2],
    ['coinbase', 0.15],
  ] as const;
  return JSON.stringify({
    symbol: listing.spec.symbol,
    time: context.nowMs,
    constituents: shares.map(([exchange, weight]) => ({
      exchange,
      symbol: `${asset.spec.asset}USDT`,
      price: exchange === 'coinbase' ? '-1' : price.toFixed(HISTORY_DECIMALS),
      weight: weight.toFixed(HISTORY_DECIMALS),
    })),
  });
}
