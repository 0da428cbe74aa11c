import type { Listed } from '../listed.ts';
import { usdOf } from '../market-flow.ts';
import { openInterestOn } from '../market-tape.ts';
import { sizeText } from '../spelling.ts';
import { all, type Backing, contractsOn, find, onPair } from './backing.ts';
import { barsByClose, type Period, periodOf } from './futures-answers.ts';
import { rateLimit } from './listing-answers.ts';
import { quoteRow, ticker24h } from './market-answers.ts';
import { type AnswerContext, ApiError, type Query } from './rest.ts';
import { PERPETUAL_DELIVERY_MS, pairOf, premiumIndexText } from './wire.ts';

const HISTORY_DECIMALS = 8;

/** Rows of a symbol, of a pair or of all: always an array here. */
function rowsOf(backing: Backing, query: Query, row: (found: Listed) => string): string {
  const symbol = query.text('symbol');
  const pair = query.text('pair');
  if (symbol !== undefined && pair !== undefined) {
    throw new ApiError(-1128, 'Combination of optional parameters invalid.');
  }
  const chosen =
    symbol !== undefined
      ? [find(backing, symbol)]
      : pair !== undefined
        ? contractsOn(backing, pair)
        : all(backing, 'coinm');
  return `[${chosen.map(row).join(',')}]`;
}

/** `premiumIndex`. */
export const coinmPremiumIndex = (
  backing: Backing,
  query: Query,
  { nowMs }: AnswerContext,
): string =>
  rowsOf(backing, query, ({ asset }) =>
    premiumIndexText(asset, backing.publisher.indexOf(asset), nowMs),
  );

/** `ticker/24hr`. */
export const coinmTickers = (backing: Backing, query: Query, context: AnswerContext): string =>
  rowsOf(backing, query, (found) => ticker24h(backing, 'coinm', found, context));

/** `ticker/bookTicker`. */
export const coinmQuotes = (backing: Backing, query: Query): string =>
  rowsOf(backing, query, ({ listing }) => quoteRow(listing));

/** `openInterest`: the number published last, in contracts. */
export function coinmOpenInterest(backing: Backing, query: Query): string {
  const { asset, listing } = find(backing, query.required('symbol'));
  const { spec } = listing;
  const { lots, atMs } = asset.published;
  return `{"symbol":"${spec.symbol}","pair":"${pairOf(spec)}","openInterest":"${sizeText(spec, lots)}","contractType":"${backing.publisher.typeOf(asset)}","time":${atMs}}`;
}

/** `openInterestHist`: 30 days, in contracts and in coins at the mark. */
export function coinmOpenInterestHistory(
  backing: Backing,
  query: Query,
  context: AnswerContext,
): string {
  const pair = query.required('pair');
  const contractType = query.required('contractType');
  const period = periodOf(query, context.marketMs);
  const contracts =
    contractType === 'ALL' ? contractsOn(backing, pair) : [onPair(backing, pair, contractType)];
  const pages = contracts.map((contract) => interestOf(contract, period));
  return JSON.stringify(
    period.times.flatMap((timestamp) => {
      const held = pages.flatMap((page) => page.get(timestamp) ?? []);
      if (held.length === 0) return [];
      const sum = (of: 'contracts' | 'coins') =>
        held.reduce((total, entry) => total + entry[of], 0);
      return [
        {
          pair,
          contractType,
          sumOpenInterest: `${sum('contracts')}`,
          sumOpenInterestValue: sum('coins').toFixed(HISTORY_DECIMALS),
          timestamp,
        },
      ];
    }),
  );
}

/** Open interest of a contract at the instants of a period. */
function interestOf({ asset, listing }: Listed, period: Period) {
  const closes = barsByClose(asset, 'mark', period);
  const held = new Map<number, { readonly contracts: number; readonly coins: number }>();
  for (const atMs of period.times) {
    const lots = openInterestOn(asset.tape, atMs);
    const mark = closes.get(atMs)?.close;
    if (lots === undefined || mark === undefined) continue;
    const contracts = lots * listing.spec.stepSize;
    held.set(atMs, { contracts, coins: usdOf(listing.spec, contracts, mark) / mark });
  }
  return held;
}

/** `exchangeInfo`. */
export function coinmListings(backing: Backing, context: AnswerContext): string {
  return JSON.stringify({
    timezone: 'UTC',
    serverTime: context.nowMs,
    rateLimits: [
      rateLimit('REQUEST_WEIGHT', 'MINUTE', 1, 2400),
      rateLimit('ORDERS', 'MINUTE', 1, 1200),
    ],
    exchangeFilters: [],
    symbols: all(backing, 'coinm').map((found) => coinmSymbol(backing, found)),
  });
}

function coinmSymbol(backing: Backing, { asset, listing: { spec } }: Listed): object {
  const tick = spec.tickSize.toFixed(spec.priceDecimals);
  const step = spec.stepSize.toFixed(spec.sizeDecimals);
  const size = { stepSize: step, maxQty: '1000000', minQty: step };
  return {
    liquidationFee: '0.010000',
    pricePrecision: spec.priceDecimals,
    quantityPrecision: spec.sizeDecimals,
    underlyingSubType: ['PoW'],
    triggerProtect: '0.0500',
    marketTakeBound: '0.05',
    symbol: spec.symbol,
    pair: pairOf(spec),
    contractType: backing.publisher.typeOf(asset),
    deliveryDate: asset.spec.expiryMs ?? PERPETUAL_DELIVERY_MS,
    onboardDate: asset.spec.onboardMs,
    contractStatus: 'TRADING',
    contractSize: spec.contract.size,
    baseAsset: spec.baseAsset,
    quoteAsset: 'USD',
    marginAsset: spec.baseAsset,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    equalQtyPrecision: 4,
    maintMarginPercent: '2.5000',
    requiredMarginPercent: '5.0000',
    underlyingType: 'COIN',
    filters: [
      { minPrice: tick, maxPrice: '4520958', filterType: 'PRICE_FILTER', tickSize: tick },
      { ...size, filterType: 'LOT_SIZE' },
      { ...size, filterType: 'MARKET_LOT_SIZE' },
      { limit: 200, filterType: 'MAX_NUM_ORDERS' },
      { limit: 20, filterType: 'MAX_NUM_ALGO_ORDERS' },
      {
        multiplierDown: '0.9500',
        multiplierUp: '1.0500',
        multiplierDecimal: '4',
        filterType: 'PERCENT_PRICE',
      },
    ],
    OrderType: ['LIMIT', 'MARKET', 'STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET'],
    timeInForce: ['GTC', 'IOC', 'FOK', 'GTX'],
  };
}
