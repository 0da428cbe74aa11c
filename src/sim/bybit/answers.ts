import type { Listed } from '../listed.ts';
import { type Bar, cellStart, DAY_MS, HOUR_MS, MINUTE_MS, type Series } from '../market-bars.ts';
import { barsBetween, openInterestOn, tapeBegin } from '../market-tape.ts';
import { priceText, sizeText } from '../spelling.ts';
import type { Publisher } from './publisher.ts';
import { bookAnswer, contractTicker, instrumentRow, spotTicker, traded, tradeId } from './wire.ts';

/** What a request gets wrong. */
export class BadParameter extends Error {}

/** Parameters of a request. */
export class Query {
  readonly #params: URLSearchParams;

  constructor(params: URLSearchParams) {
    this.#params = params;
  }

  text(name: string): string | undefined {
    return this.#params.get(name) ?? undefined;
  }

  required(name: string): string {
    const text = this.text(name);
    if (text === undefined || text === '') throw new BadParameter(`params error: ${name} invalid`);
    return text;
  }

  whole(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (!/^\d{1,15}$/.test(text)) throw new BadParameter(`params error: ${name} invalid`);
    return Number(text);
  }

  /** A limit that the venue takes down to its own. */
  limit(usual: number, most: number): number {
    return Math.max(1, Math.min(this.whole('limit') ?? usual, most));
  }
}

/** What the endpoints answer from. */
export interface AnswerContext {
  readonly publishers: ReadonlyMap<string, Publisher>;
  readonly listingsPerPage: number;
  /** The market's own clock, and the same as the venue writes it, ms. */
  readonly marketMs: number;
  readonly timeMs: number;
  /** Whether a book is to be answered that is not up to date. */
  readonly isStale: () => boolean;
}

type Answer = (query: Query, context: AnswerContext) => object;

const CATEGORY_MISSING = 'params error: category invalid';

function publisherOf(query: Query, { publishers }: AnswerContext): Publisher {
  const publisher = publishers.get(query.text('category') ?? 'linear');
  if (publisher === undefined) throw new BadParameter(CATEGORY_MISSING);
  return publisher;
}

function find(query: Query, context: AnswerContext): Listed {
  const found = publisherOf(query, context).find(query.required('symbol'));
  if (found === undefined) throw new BadParameter('params error: symbol invalid');
  return found;
}

function instrumentsInfo(query: Query, context: AnswerContext): object {
  const category = query.required('category');
  const symbol = query.text('symbol');
  const all = publisherOf(query, context).listings.filter(
    ({ listing, asset }) =>
      (symbol === undefined || listing.spec.symbol === symbol) &&
      (query.text('baseCoin') ?? asset.spec.asset) === asset.spec.asset,
  );
  // Spot has no pages.
  const isPaged = category !== 'spot';
  const limit = isPaged ? Math.min(query.limit(500, 1000), context.listingsPerPage) : all.length;
  const cursor = query.text('cursor') ?? '';
  const from = /^first=(\d+)$/.exec(cursor)?.[1] ?? '0';
  const end = Number(from) + limit;
  return {
    category,
    list: all.slice(Number(from), end).map(instrumentRow),
    ...(isPaged && { nextPageCursor: end < all.length ? `first=${end}` : '' }),
  };
}

/** Decimals of best prices stand in the ticker of contracts; spot rows of this endpoint have them too. */
function tickers(query: Query, context: AnswerContext): object {
  const category = query.required('category');
  const publisher = publisherOf(query, context);
  const symbol = query.text('symbol');
  const chosen = symbol === undefined ? publisher.listings : [find(query, context)];
  const list = chosen.map(({ asset, listing }) => {
    if (listing.kind !== 'spot') return contractTicker(asset, listing, context.marketMs);
    const side = (name: 'bid' | 'ask') => {
      const [ticks, lots] = publisher.best(listing, name);
      return {
        [`${name}1Price`]: priceText(listing.spec, ticks),
        [`${name}1Size`]: sizeText(listing.spec, lots),
      };
    };
    return { ...spotTicker(asset, listing, context.marketMs), ...side('bid'), ...side('ask') };
  });
  return { category, list };
}

/** From and to of a request, ms; the end alone or nothing means the newest rows. */
function spanOf(query: Query, names: readonly [string, string], nowMs: number) {
  const [fromName, toName] = names;
  return {
    fromMs: query.whole(fromName),
    toMs: Math.min(query.whole(toName) ?? nowMs, nowMs),
  };
}

function fundingHistory(query: Query, context: AnswerContext): object {
  const category = query.required('category');
  const { asset, listing } = find(query, context);
  if (query.whole('startTime') !== undefined && query.whole('endTime') === undefined) {
    throw new BadParameter('params error: endTime invalid');
  }
  const { fromMs = 0, toMs } = spanOf(query, ['startTime', 'endTime'], context.marketMs);
  const list = asset.tape.settlements
    .filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
    .slice(-query.limit(200, 200))
    .reverse()
    .map(({ atMs, rate }) => ({
      symbol: listing.spec.symbol,
      fundingRate: rate.toFixed(8),
      fundingRateTimestamp: `${atMs}`,
    }));
  return { category, list };
}

const INTEREST_INTERVALS: ReadonlyMap<string, number> = new Map([
  ['5min', 5 * MINUTE_MS],
  ['15min', 15 * MINUTE_MS],
  ['30min', 30 * MINUTE_MS],
  ['1h', HOUR_MS],
  ['4h', 4 * HOUR_MS],
  ['1d', DAY_MS],
]);

/** Rows of before this have no single count. */
const SINGLE_SINCE_MS = Date.UTC(2026, 5, 11);

function openInterest(query: Query, context: AnswerContext): object {
  const category = query.required('category');
  const { asset, listing } = find(query, context);
  const lengthMs = INTEREST_INTERVALS.get(query.required('intervalTime'));
  if (lengthMs === undefined) throw new BadParameter('params error: intervalTime invalid');
  const { fromMs = 0, toMs } = spanOf(query, ['startTime', 'endTime'], context.marketMs);
  const limit = query.limit(50, 200);
  const offset = Number(/^offset=(\d+)$/.exec(query.text('cursor') ?? '')?.[1] ?? 0);
  const list: object[] = [];
  let atMs = cellStart(toMs, lengthMs) - offset * lengthMs;
  for (; atMs >= fromMs && list.length < limit; atMs -= lengthMs) {
    const lots = openInterestOn(asset.tape, atMs);
    if (lots === undefined) break;
    const size = lots * listing.spec.stepSize;
    list.push({
      openInterest: (2 * size).toFixed(8),
      ...(atMs >= SINGLE_SINCE_MS && { singleOpenInterest: size.toFixed(8) }),
      timestamp: `${atMs}`,
    });
  }
  const isMore = list.length === limit && atMs >= fromMs;
  const nextPageCursor = isMore ? `offset=${offset + limit}` : '';
  return { symbol: listing.spec.symbol, category, list, nextPageCursor };
}

/** Minutes, and days, weeks and months. */
const BAR_INTERVALS: ReadonlyMap<string, number> = new Map([
  ...[1, 3, 5, 15, 30, 60, 120, 240, 360, 720].map((minutes): [string, number] => [
    `${minutes}`,
    minutes * MINUTE_MS,
  ]),
  ['D', DAY_MS],
  ['W', 7 * DAY_MS],
]);

const bars =
  (seriesOf: (found: Listed) => Series): Answer =>
  (query, context) => {
    const category = query.text('category') ?? 'linear';
    const found = find(query, context);
    const { asset, listing } = found;
    const series = seriesOf(found);
    const lengthMs = BAR_INTERVALS.get(query.required('interval'));
    if (lengthMs === undefined) throw new BadParameter('params error: interval invalid');
    const { fromMs, toMs } = spanOf(query, ['start', 'end'], context.marketMs);
    const limit = query.limit(200, 1000);
    const last = cellStart(toMs, lengthMs);
    const oldest = Math.max(last - (limit - 1) * lengthMs, tapeBegin(asset.tape), fromMs ?? 0);
    const first = cellStart(oldest + lengthMs - 1, lengthMs);
    const rows = barsBetween(asset.tape, series, lengthMs, first, last + 1);
    const decimals = series === 'premium' ? 6 : listing.spec.priceDecimals;
    const list = rows.reverse().map((bar) => barRow(bar, decimals, series, found));
    return { category, symbol: listing.spec.symbol, list };
  };

function barRow(bar: Bar, decimals: number, series: Series, { listing }: Listed): string[] {
  const prices = [bar.open, bar.high, bar.low, bar.close].map((price) => price.toFixed(decimals));
  if (series !== 'perp' && series !== 'spot') return [`${bar.openMs}`, ...prices];
  const { volume, turnover } = traded(listing, bar);
  return [`${bar.openMs}`, ...prices, volume, turnover];
}

function orderbook(query: Query, context: AnswerContext): object {
  const publisher = publisherOf(query, context);
  const { listing } = find(query, context);
  const limit = query.limit(25, 1000);
  const { u, seq, copy } = publisher.answered(listing.spec.symbol, limit, context.isStale())!;
  const { bids, asks } = copy;
  const times = { sentMs: context.timeMs, engineMs: copy.changedMs };
  return bookAnswer(listing, { bids, asks, u, seq, ...times });
}

function recentTrades(query: Query, context: AnswerContext): object {
  const category = query.required('category');
  const { asset, listing } = find(query, context);
  const limit = query.limit(listing.kind === 'spot' ? 60 : 500, 1000);
  const list = asset.tape.trades[listing.kind === 'spot' ? 'spot' : 'perp']
    .slice(-limit)
    .reverse()
    .map((trade) => ({
      execId: tradeId(listing, trade.id),
      symbol: listing.spec.symbol,
      price: priceText(listing.spec, trade.ticks),
      size: sizeText(listing.spec, trade.lots),
      side: trade.aggressor === 'buy' ? 'Buy' : 'Sell',
      time: `${trade.atMs}`,
      isBlockTrade: false,
      isRPITrade: false,
    }));
  return { category, list };
}

/** Tiers, each four times as large as the one before, asking for half a percent more. */
const TIERS = 4;
const FIRST_TIER_USD = 2_000_000;

function riskLimit(query: Query, context: AnswerContext): object {
  const category = query.required('category');
  const { asset, listing } = find(query, context);
  const list = Array.from({ length: TIERS }, (_, tier) => {
    const initial = 1 / asset.spec.maxLeverage + 0.005 * tier;
    return {
      id: tier + 1,
      symbol: listing.spec.symbol,
      riskLimitValue: `${FIRST_TIER_USD * 4 ** tier}`,
      maintenanceMargin: `${initial / 2}`,
      initialMargin: `${initial}`,
      isLowestRisk: tier === 0 ? 1 : 0,
      maxLeverage: (1 / initial).toFixed(2),
      mmDeduction: '',
    };
  });
  return { category, list, nextPageCursor: '' };
}

const time: Answer = (_query, { timeMs }) => ({
  timeSecond: `${Math.floor(timeMs / 1000)}`,
  timeNano: `${timeMs}000000`,
});

/** Every endpoint there is, by its path behind `/v5/market/`. */
export const ANSWERS: ReadonlyMap<string, Answer> = new Map<string, Answer>([
  ['time', time],
  ['instruments-info', instrumentsInfo],
  ['tickers', tickers],
  ['funding/history', fundingHistory],
  ['open-interest', openInterest],
  ['kline', bars(({ listing }) => (listing.kind === 'spot' ? 'spot' : 'perp'))],
  ['mark-price-kline', bars(() => 'mark')],
  ['index-price-kline', bars(() => 'index')],
  ['premium-index-price-kline', bars(() => 'premium')],
  ['orderbook', orderbook],
  ['recent-trade', recentTrades],
  ['risk-limit', riskLimit],
]);
