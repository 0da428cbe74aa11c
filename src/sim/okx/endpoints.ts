import type { Listed } from '../listed.ts';
import {
  type Bar,
  cellStart,
  DAY_MS,
  FIVE_MINUTES_MS,
  HOUR_MS,
  MINUTE_MS,
  type Series,
} from '../market-bars.ts';
import { copyAsOf, updateIdAt } from '../market-book.ts';
import { barsBetween, dayStatistics, openInterestOn, tapeBegin } from '../market-tape.ts';
import { fundingNow } from './funding.ts';
import type { Publisher } from './publisher.ts';
import { type AnswerContext, ApiError, type Endpoint, type Query } from './rest.ts';
import {
  coinsOf,
  fundingText,
  indexText,
  instrumentRow,
  interestOf,
  interestText,
  isContract,
  markText,
  rateText,
  seriesOf,
  tickerText,
  topText,
  trimmed,
} from './wire.ts';

const BARS: Readonly<Record<string, number>> = {
  '1m': MINUTE_MS,
  '3m': 3 * MINUTE_MS,
  '5m': FIVE_MINUTES_MS,
  '15m': 15 * MINUTE_MS,
  '30m': 30 * MINUTE_MS,
  '1H': HOUR_MS,
  '2H': 2 * HOUR_MS,
  '4H': 4 * HOUR_MS,
  '6Hutc': 6 * HOUR_MS,
  '12Hutc': 12 * HOUR_MS,
  '1Dutc': DAY_MS,
};
/** Bars that endpoints without `history-` reach back, and rows of open interest that there are. */
const RECENT = 1440;
const THREE_MONTHS_MS = 92 * DAY_MS;
const DEEPEST = 400;

function lengthOf(query: Query, name: string, usual: string): number {
  const length = BARS[query.text(name) ?? usual];
  if (length === undefined) throw new ApiError('51000', `Parameter ${name} error`);
  return length;
}

/** Rows as JSON texts → rows. */
const parsed = (texts: readonly string[]): unknown[] =>
  texts.map((text): unknown => JSON.parse(text));

/** Everything that OKX answers without a key and that is served here (venues.md §4.4). */
export function endpointsOf(publisher: Publisher): ReadonlyMap<string, Endpoint> {
  const find = (query: Query): Listed => {
    const found = publisher.find(query.required('instId'));
    if (found === undefined)
      throw new ApiError('51001', "Instrument ID, Instrument ID code, or Spread ID doesn't exist.");
    return found;
  };
  const contract = (query: Query): Listed => {
    const found = find(query);
    if (!isContract(found)) throw new ApiError('51000', 'Parameter instId error');
    return found;
  };
  const perp = (query: Query): Listed => {
    const found = find(query);
    if (found.listing.kind !== 'perp') throw new ApiError('51000', 'Parameter instId error');
    return found;
  };
  /** All of a type, or the one that is named. */
  const several = (query: Query, isServed: (found: Listed) => boolean): readonly Listed[] => {
    const named = query.text('instId');
    const rows = publisher.listedAs(query.required('instType')).filter(isServed);
    return named === undefined ? rows : rows.filter(({ listing }) => listing.spec.symbol === named);
  };
  const now = ({ marketMs, skewMs }: AnswerContext): number => marketMs + skewMs;

  const candles = (
    isHistory: boolean,
    of: (query: Query) => { readonly found: Listed; readonly series: Series },
    most: number,
  ) => ({
    most,
    rows: (query: Query, context: AnswerContext): readonly unknown[] => {
      const { found, series } = of(query);
      return barRows(found, series, query, context, isHistory);
    },
  });
  const traded = (query: Query) => {
    const found = find(query);
    return { found, series: seriesOf(found.listing) };
  };
  const marked = (query: Query) => ({ found: contract(query), series: 'mark' as const });
  const indexed = (query: Query) => {
    const found = publisher.index(query.required('instId'));
    if (found === undefined) throw new ApiError('51001', "Index doesn't exist.");
    return { found, series: 'index' as const };
  };

  const ticker = (found: Listed, context: AnswerContext): unknown => {
    const { asset, listing } = found;
    const day = dayStatistics(asset.tape, seriesOf(listing), context.marketMs);
    const lots = publisher.lastLots(listing.spec.symbol);
    return JSON.parse(tickerText(found, day, lots, now(context)));
  };
  const bookOf = (query: Query, context: AnswerContext, deepest: number): readonly unknown[] => {
    const { listing } = find(query);
    const { symbol } = listing.spec;
    const { book } = listing;
    const depth = Math.max(1, Math.min(deepest, query.whole('sz') ?? 1));
    const numbered = (seqId: number) => (context.isNumbered ? seqId : null);
    const before = context.isStale(symbol) ? publisher.before(symbol) : null;
    if (before !== null)
      return parsed([topText(listing, before.window, numbered(before.seqId), now(context))]);
    const copy = copyAsOf(book, updateIdAt(book, context.marketMs - context.lagMs), depth);
    const seqId = numbered(publisher.numbers(symbol).of(copy.updateId));
    return parsed([topText(listing, copy, seqId, now(context))]);
  };

  return new Map<string, Endpoint>([
    ['/api/v5/public/time', { most: 10, rows: (_query, context) => [{ ts: `${now(context)}` }] }],
    [
      '/api/v5/public/instruments',
      {
        most: 20,
        rows: (query) => several(query, () => true).map((found) => instrumentRow(found, 'live')),
      },
    ],
    [
      '/api/v5/public/funding-rate',
      {
        most: 10,
        rows: (query, context) => {
          const isAny = query.required('instId') === 'ANY';
          const rows = isAny ? publisher.listedAs('SWAP') : [perp(query)];
          return parsed(
            rows.map((found) =>
              fundingText(found, fundingNow(found.asset, context.marketMs), now(context)),
            ),
          );
        },
      },
    ],
    [
      '/api/v5/public/funding-rate-history',
      {
        most: 10,
        isPerInstrument: true,
        rows: (query, context) => fundingRows(perp(query), query, context),
      },
    ],
    [
      '/api/v5/public/open-interest',
      {
        most: 20,
        rows: (query, context) =>
          parsed(several(query, isContract).map((found) => interestText(found, now(context)))),
      },
    ],
    [
      '/api/v5/public/mark-price',
      {
        most: 10,
        rows: (query, context) =>
          parsed(several(query, isContract).map((found) => markText(found, now(context)))),
      },
    ],
    [
      '/api/v5/public/position-tiers',
      {
        most: 10,
        rows: (query) => {
          const family = query.required('instFamily');
          const found = publisher
            .listedAs(query.required('instType'))
            .find(({ listing }) => listing.spec.symbol.startsWith(family));
          if (found === undefined) throw new ApiError('51000', 'Parameter instFamily error');
          return [
            {
              instFamily: family,
              uly: family,
              instId: '',
              tier: '1',
              minSz: '0',
              maxSz: '100000',
              mmr: `${found.asset.spec.maintenanceRate}`,
              imr: `${1 / found.asset.spec.maxLeverage}`,
              maxLever: `${found.asset.spec.maxLeverage}`,
            },
          ];
        },
      },
    ],
    [
      '/api/v5/market/tickers',
      {
        most: 20,
        rows: (query, context) => several(query, () => true).map((found) => ticker(found, context)),
      },
    ],
    [
      '/api/v5/market/ticker',
      { most: 20, rows: (query, context) => [ticker(find(query), context)] },
    ],
    [
      '/api/v5/market/index-tickers',
      {
        most: 20,
        rows: (query, context) => {
          const quote = query.text('quoteCcy');
          const wanted = query.text('instId') ?? undefined;
          const names = publisher.indices.filter((name) =>
            wanted === undefined ? name.endsWith(`-${quote ?? 'USD'}`) : name === wanted,
          );
          return parsed(names.map((name) => indexText(name, publisher.index(name)!, now(context))));
        },
      },
    ],
    ['/api/v5/market/books', { most: 40, rows: (query, at) => bookOf(query, at, DEEPEST) }],
    ['/api/v5/market/books-full', { most: 10, rows: (query, at) => bookOf(query, at, 5000) }],
    ['/api/v5/market/candles', candles(false, traded, 40)],
    ['/api/v5/market/history-candles', candles(true, traded, 20)],
    ['/api/v5/market/mark-price-candles', candles(false, marked, 20)],
    ['/api/v5/market/history-mark-price-candles', candles(true, marked, 10)],
    ['/api/v5/market/index-candles', candles(false, indexed, 20)],
    ['/api/v5/market/history-index-candles', candles(true, indexed, 10)],
    [
      '/api/v5/rubik/stat/contracts/open-interest-history',
      {
        most: 10,
        isPerInstrument: true,
        rows: (query, context) => interestRows(contract(query), query, context),
      },
    ],
  ]);
}

/** The window that `before` and `after` leave open, both exclusive: instants from … to …, not included. */
function windowOf(query: Query): { readonly fromMs: number; readonly toMs: number } {
  return {
    fromMs: (query.whole('before') ?? -1) + 1,
    toMs: query.whole('after') ?? Number.POSITIVE_INFINITY,
  };
}

/** Settled funding of the last three months, newest first. */
function fundingRows(found: Listed, query: Query, context: AnswerContext): readonly unknown[] {
  const { fromMs, toMs } = windowOf(query);
  const earliest = context.marketMs - THREE_MONTHS_MS;
  return found.asset.tape.settlements
    .filter(({ atMs }) => atMs >= fromMs && atMs < toMs && atMs > earliest)
    .slice(-query.limit(100, 400))
    .reverse()
    .map(({ atMs, rate }) => ({
      formulaType: 'withRate',
      // The last estimate before; what was paid is the same here.
      fundingRate: rateText(rate),
      fundingTime: `${atMs}`,
      instId: found.listing.spec.symbol,
      instType: 'SWAP',
      method: 'current_period',
      realizedRate: rateText(rate),
    }));
}

/** Bars newest first: traded ones with their volumes, others without. */
function barRows(
  found: Listed,
  series: Series,
  query: Query,
  { marketMs }: AnswerContext,
  isHistory: boolean,
): readonly unknown[] {
  const { asset, listing } = found;
  const lengthMs = lengthOf(query, 'bar', '1m');
  const isTraded = series === 'perp' || series === 'spot';
  const limit = query.limit(100, isTraded ? 300 : 100);
  const { fromMs, toMs } = windowOf(query);
  const running = cellStart(marketMs, lengthMs);
  const end = Math.min(toMs, running + lengthMs);
  const reach = isHistory ? tapeBegin(asset.tape) : running - (RECENT - 1) * lengthMs;
  const last = cellStart(end - 1, lengthMs);
  const begin = Math.max(fromMs, reach, last - (limit - 1) * lengthMs, 0);
  if (begin >= end) return [];
  const bars = barsBetween(asset.tape, series, lengthMs, begin, end);
  return bars
    .slice(-limit)
    .reverse()
    .map((bar) => barRow(bar, found, isTraded, bar.openMs + lengthMs <= marketMs));

  function barRow(bar: Bar, { listing: own }: Listed, hasVolume: boolean, isClosed: boolean) {
    const { spec } = own;
    const decimals = hasVolume ? spec.priceDecimals : spec.priceDecimals + 1;
    const prices = [bar.open, bar.high, bar.low, bar.close].map((price) =>
      trimmed(price, decimals),
    );
    const confirm = isClosed ? '1' : '0';
    if (!hasVolume) return [`${bar.openMs}`, ...prices, confirm];
    const average = (bar.open + bar.high + bar.low + bar.close) / 4;
    const volume = trimmed(bar.volume, spec.sizeDecimals);
    const notional = trimmed(bar.notional, 6);
    const coins = trimmed(coinsOf(listing, bar.volume, average), 12);
    return [
      `${bar.openMs}`,
      ...prices,
      volume,
      listing.kind === 'spot' ? notional : coins,
      notional,
      confirm,
    ];
  }
}

/** Open interest at the instants of a period, newest first. */
function interestRows(
  found: Listed,
  query: Query,
  { marketMs }: AnswerContext,
): readonly unknown[] {
  const { asset } = found;
  const stepMs = lengthOf(query, 'period', '5m');
  if (stepMs < FIVE_MINUTES_MS) throw new ApiError('51000', 'Parameter period error');
  const limit = query.limit(100, 100);
  const newest = cellStart(Math.min(query.whole('end') ?? marketMs, marketMs), stepMs);
  const oldest = Math.max(
    query.whole('begin') ?? 0,
    cellStart(marketMs, stepMs) - (RECENT - 1) * stepMs,
  );
  const rows: unknown[] = [];
  for (let atMs = newest; atMs >= oldest && rows.length < limit; atMs -= stepMs) {
    const lots = openInterestOn(asset.tape, atMs);
    if (lots === undefined) continue;
    const [bar] = barsBetween(asset.tape, 'mark', FIVE_MINUTES_MS, atMs - FIVE_MINUTES_MS, atMs);
    rows.push([`${atMs}`, ...interestOf(found, lots, bar?.close ?? asset.markPrice)]);
  }
  return rows;
}
