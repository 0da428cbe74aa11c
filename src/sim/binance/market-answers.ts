import type { Listed } from '../listed.ts';
import { cellStart, HOUR_MS, type Series } from '../market-bars.ts';
import { bestLots, bestTicks, copyAsOf, updateIdAt, updateIdBefore } from '../market-book.ts';
import type { Listing } from '../market-flow.ts';
import { barsBetween, dayStatistics, tapeBegin } from '../market-tape.ts';
import { priceText, sizeText } from '../spelling.ts';
import { type Backing, find, limitOf, onPair } from './backing.ts';
import { type AnswerContext, ApiError, type Query } from './rest.ts';
import { INTERVAL_MS, type MarketName } from './streams.ts';
import { dayNumbers, klineRowText, pairOf, snapshotText } from './wire.ts';

/**
 * Candles of any series: from `startTime` on, or the latest before `endTime`; on COIN-M always the
 * latest (venues.md §2.7).
 */
export function klines(
  backing: Backing,
  name: MarketName,
  series: Series,
  query: Query,
  symbolField: 'symbol' | 'pair',
  context: AnswerContext,
): string {
  const { asset, listing } = subjectOf(backing, name, query, symbolField);
  const lengthMs = INTERVAL_MS.get(query.required('interval'));
  if (lengthMs === undefined) throw new ApiError(-1120, 'Invalid interval.');
  const limit = limitOf(query, 500, name === 'spot' ? 1000 : 1500, name);
  const startMs = query.whole('startTime');
  const endMs = Math.min(query.whole('endTime') ?? context.marketMs, context.marketMs);
  const lastOpen = cellStart(endMs, lengthMs);
  const latestMs = lastOpen - (limit - 1) * lengthMs;
  const fromMs =
    startMs === undefined
      ? latestMs
      : Math.max(
          cellStart(startMs + lengthMs - 1, lengthMs),
          tapeBegin(asset.tape),
          name === 'coinm' ? latestMs : 0,
        );
  const toMs = Math.min(endMs + 1, fromMs + limit * lengthMs);
  if (toMs <= fromMs) return '[]';
  const bars = barsBetween(asset.tape, series, lengthMs, fromMs, toMs);
  const source = series === 'perp' || series === 'spot' ? listing : null;
  return `[${bars.map((bar) => klineRowText(source, bar, lengthMs)).join(',')}]`;
}

/** Whose candles are asked for: a symbol's, or those of a pair, which on COIN-M has several contracts. */
function subjectOf(
  backing: Backing,
  name: MarketName,
  query: Query,
  symbolField: 'symbol' | 'pair',
): Listed {
  const subject = query.required(symbolField);
  if (symbolField === 'symbol' || name !== 'coinm') return find(backing, subject);
  const type = query.text('contractType') ?? 'PERPETUAL';
  return onPair(backing, subject, type);
}

const FUTURES_DEPTHS = [5, 10, 20, 50, 100, 500, 1000];

/** A snapshot of the book, a little behind the stream but on its line of ids. */
export function depth(
  backing: Backing,
  name: MarketName,
  query: Query,
  context: AnswerContext,
): string {
  const symbol = query.required('symbol');
  const { listing } = find(backing, symbol);
  const limit = query.whole('limit') ?? (name === 'spot' ? 100 : 500);
  if (name !== 'spot' && !FUTURES_DEPTHS.includes(limit)) {
    throw new ApiError(-4021, `${limit} is not valid depth limit.`);
  }
  const { book } = listing;
  const joined = backing.publisher.joinedAtId(symbol) ?? book.updateId;
  const manner = context.snapshot(symbol);
  const updateId =
    manner === 'behind'
      ? updateIdAt(book, context.marketMs - context.lagMs)
      : manner === 'atPu'
        ? joined
        : updateIdBefore(book, joined);
  const copy = copyAsOf(book, updateId, Math.max(1, Math.min(limit, 5000)));
  return snapshotText(listing, copy, context.nowMs);
}

const HOUR_LIMIT_MS = HOUR_MS;

/** Recent aggregate trades; the memory is bounded and begins with the simulation. */
export function aggregateTrades(backing: Backing, name: MarketName, query: Query): string {
  const { asset, listing } = find(backing, query.required('symbol'));
  const limit = limitOf(query, 500, 1000, name);
  const fromId = query.whole('fromId');
  const startMs = query.whole('startTime');
  const endMs = query.whole('endTime');
  if (startMs !== undefined && endMs !== undefined && endMs - startMs > HOUR_LIMIT_MS) {
    throw new ApiError(-1127, 'More than 1 hours between startTime and endTime.');
  }
  const trades = asset.tape.trades[name === 'spot' ? 'spot' : 'perp'].filter(
    (trade) =>
      (fromId === undefined || trade.id >= fromId) &&
      (startMs === undefined || trade.atMs >= startMs) &&
      (endMs === undefined || trade.atMs <= endMs),
  );
  const isForward = fromId !== undefined || startMs !== undefined;
  const page = isForward ? trades.slice(0, limit) : trades.slice(-limit);
  const best = name === 'spot' ? ',"M":true' : '';
  const texts = page.map(
    (trade) =>
      `{"a":${trade.id},"p":"${priceText(listing.spec, trade.ticks)}","q":"${sizeText(listing.spec, trade.lots)}",` +
      `"f":${trade.firstTradeId},"l":${trade.lastTradeId},"T":${trade.atMs},"m":${trade.aggressor === 'sell'}${best}}`,
  );
  return `[${texts.join(',')}]`;
}

/** `ticker/24hr` of one listing. */
export function ticker24h(
  { publisher }: Backing,
  name: MarketName,
  { asset, listing }: Listed,
  context: AnswerContext,
): string {
  const series = name === 'spot' ? 'spot' : 'perp';
  const day = dayStatistics(asset.tape, series, context.marketMs);
  const numbers = dayNumbers(listing, day);
  const { spec, book } = listing;
  const quote =
    name === 'spot'
      ? {
          bidPrice: priceText(spec, bestTicks(book, 'bid')),
          bidQty: sizeText(spec, bestLots(book, 'bid')),
          askPrice: priceText(spec, bestTicks(book, 'ask')),
          askQty: sizeText(spec, bestLots(book, 'ask')),
        }
      : {};
  return JSON.stringify({
    symbol: spec.symbol,
    ...(name === 'coinm' && { pair: pairOf(spec) }),
    priceChange: numbers.change,
    priceChangePercent: numbers.changePercent,
    weightedAvgPrice: numbers.average,
    ...(name === 'spot' && { prevClosePrice: numbers.open }),
    lastPrice: numbers.last,
    lastQty: sizeText(spec, publisher.lastLots(spec.symbol)),
    ...quote,
    openPrice: numbers.open,
    highPrice: numbers.high,
    lowPrice: numbers.low,
    volume: numbers.volume,
    [name === 'coinm' ? 'baseVolume' : 'quoteVolume']: numbers.notional,
    openTime: day.fromMs,
    closeTime: context.nowMs,
    firstId: numbers.firstId,
    lastId: numbers.lastId,
    count: numbers.count,
  });
}

/** `ticker/bookTicker` of one listing. */
export const quoteRow = ({ spec, book, kind }: Listing): string =>
  JSON.stringify({
    symbol: spec.symbol,
    bidPrice: priceText(spec, bestTicks(book, 'bid')),
    bidQty: sizeText(spec, bestLots(book, 'bid')),
    askPrice: priceText(spec, bestTicks(book, 'ask')),
    askQty: sizeText(spec, bestLots(book, 'ask')),
    ...(kind === 'perp' && { time: book.changedMs }),
  });
