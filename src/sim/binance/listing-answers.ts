import type { ListingSpec } from '../assets.ts';
import type { AssetState } from '../market-state.ts';
import { all, type Backing, find, symbolList } from './backing.ts';
import type { AnswerContext, Query } from './rest.ts';
import { PERPETUAL_DELIVERY_MS } from './wire.ts';

function futuresSymbol(asset: AssetState, spec: ListingSpec): object {
  const tick = spec.tickSize.toFixed(spec.priceDecimals);
  const step = spec.stepSize.toFixed(spec.sizeDecimals);
  const size = { stepSize: step, maxQty: `${Math.round(1e8 / asset.spec.price)}`, minQty: step };
  return {
    symbol: spec.symbol,
    pair: spec.symbol,
    contractType: 'PERPETUAL',
    deliveryDate: PERPETUAL_DELIVERY_MS,
    onboardDate: asset.spec.onboardMs,
    status: 'TRADING',
    maintMarginPercent: '2.5000',
    requiredMarginPercent: '5.0000',
    baseAsset: spec.baseAsset,
    quoteAsset: 'USDT',
    marginAsset: 'USDT',
    pricePrecision: spec.priceDecimals,
    quantityPrecision: spec.sizeDecimals,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: 'COIN',
    underlyingSubType: ['PoW'],
    triggerProtect: '0.0500',
    liquidationFee: '0.012500',
    marketTakeBound: '0.05',
    maxMoveOrderLimit: 10000,
    filters: [
      { minPrice: tick, maxPrice: '4529764', filterType: 'PRICE_FILTER', tickSize: tick },
      { ...size, filterType: 'LOT_SIZE' },
      { ...size, filterType: 'MARKET_LOT_SIZE' },
      { limit: 200, filterType: 'MAX_NUM_ORDERS' },
      { limit: 10, filterType: 'MAX_NUM_ALGO_ORDERS' },
      { notional: `${spec.minNotional}`, filterType: 'MIN_NOTIONAL' },
      {
        multiplierDown: '0.9500',
        multiplierUp: '1.0500',
        multiplierDecimal: '4',
        filterType: 'PERCENT_PRICE',
      },
      { positionControlSide: 'NONE', filterType: 'POSITION_RISK_CONTROL' },
    ],
    orderTypes: ['LIMIT', 'MARKET', 'STOP', 'STOP_MARKET', 'TAKE_PROFIT', 'TAKE_PROFIT_MARKET'],
    timeInForce: ['GTC', 'IOC', 'FOK', 'GTX', 'GTD'],
    permissionSets: ['GRID', 'COPY'],
  };
}

function spotSymbol(spec: ListingSpec): object {
  const tickSize = spec.tickSize.toFixed(8);
  const stepSize = spec.stepSize.toFixed(8);
  return {
    symbol: spec.symbol,
    status: 'TRADING',
    baseAsset: spec.baseAsset,
    baseAssetPrecision: 8,
    quoteAsset: 'USDT',
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT'],
    icebergAllowed: true,
    ocoAllowed: true,
    otoAllowed: true,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: true,
    cancelReplaceAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: true,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: tickSize, maxPrice: '1000000.00000000', tickSize },
      { filterType: 'LOT_SIZE', minQty: stepSize, maxQty: '90000000.00000000', stepSize },
      { filterType: 'ICEBERG_PARTS', limit: 10 },
      {
        filterType: 'NOTIONAL',
        minNotional: spec.minNotional.toFixed(8),
        applyMinToMarket: true,
        maxNotional: '9000000.00000000',
        applyMaxToMarket: false,
        avgPriceMins: 5,
      },
      { filterType: 'MAX_NUM_ORDERS', maxNumOrders: 200 },
      { filterType: 'MAX_NUM_ALGO_ORDERS', maxNumAlgoOrders: 5 },
    ],
    permissions: [],
    permissionSets: [['SPOT', 'MARGIN']],
    defaultSelfTradePreventionMode: 'EXPIRE_MAKER',
    allowedSelfTradePreventionModes: ['EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH'],
  };
}

/** One entry of `rateLimits`. */
export const rateLimit = (
  rateLimitType: string,
  interval: string,
  intervalNum: number,
  limit: number,
): object => ({ rateLimitType, interval, intervalNum, limit });

/** `exchangeInfo` of futures. */
export function futuresListings({ market }: Backing, context: AnswerContext): string {
  return JSON.stringify({
    timezone: 'UTC',
    serverTime: context.nowMs,
    futuresType: 'U_MARGINED',
    rateLimits: [
      rateLimit('REQUEST_WEIGHT', 'MINUTE', 1, 2400),
      rateLimit('ORDERS', 'MINUTE', 1, 1200),
      rateLimit('ORDERS', 'SECOND', 10, 300),
    ],
    exchangeFilters: [],
    assets: [{ asset: 'USDT', marginAvailable: true, autoAssetExchange: '-10000' }],
    symbols: market.assets.map((asset) => futuresSymbol(asset, asset.spec.perp)),
  });
}

/** `exchangeInfo` of spot: one symbol, some, or all. */
export function spotListings(backing: Backing, query: Query, context: AnswerContext): string {
  const symbol = query.text('symbol');
  const named = query.text('symbols');
  const chosen =
    symbol !== undefined
      ? [find(backing, symbol)]
      : named !== undefined
        ? symbolList(named).map((candidate) => find(backing, candidate))
        : all(backing, 'spot');
  return JSON.stringify({
    timezone: 'UTC',
    serverTime: context.nowMs,
    rateLimits: [
      rateLimit('REQUEST_WEIGHT', 'MINUTE', 1, 6000),
      rateLimit('ORDERS', 'SECOND', 10, 100),
      rateLimit('ORDERS', 'DAY', 1, 200000),
      rateLimit('RAW_REQUESTS', 'MINUTE', 5, 61000),
    ],
    exchangeFilters: [],
    symbols: chosen.map(({ listing }) => spotSymbol(listing.spec)),
  });
}
