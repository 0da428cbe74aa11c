import { cellStart, DAY_MS } from '../market-bars.ts';
import { bestLots, bestTicks, type Levels } from '../market-book.ts';
import type { Listing } from '../market-flow.ts';
import { fundingEstimate } from '../market-funding.ts';
import type { AssetState, Liquidation } from '../market-state.ts';
import { type AggregateTrade, dayStatistics } from '../market-tape.ts';
import { seedOf } from '../seed.ts';
import { levelTexts, priceText, sizeText } from '../spelling.ts';

/** Decimals of an index on the wire: one more than prices have. */
const MORE = 1;
const RATE_DECIMALS = 8;
const YEAR_MS = 365 * DAY_MS;

/** What a book message shows, whatever its depth. */
interface Shown {
  readonly bids: Levels;
  readonly asks: Levels;
  /** Number of the message, and of the state across all depths. */
  readonly u: number;
  readonly seq: number;
  readonly sentMs: number;
  readonly engineMs: number;
}

/** `orderbook.{depth}.{symbol}`: a snapshot or what changed. */
export function bookText(
  { spec }: Listing,
  depth: number,
  type: 'snapshot' | 'delta',
  { bids, asks, u, seq, sentMs, engineMs }: Shown,
): string {
  return JSON.stringify({
    topic: `orderbook.${depth}.${spec.symbol}`,
    type,
    ts: sentMs,
    data: {
      s: spec.symbol,
      b: sides(spec, bids),
      a: sides(spec, asks),
      u,
      seq,
    },
    cts: engineMs,
  });
}

/** A size that is gone is a bare zero. */
const sides = (spec: Listing['spec'], levels: Levels): [string, string][] =>
  levelTexts(spec, levels).map(([price, size], index) => [
    price,
    levels[index]![1] === 0 ? '0' : size,
  ]);

/** `GET /v5/market/orderbook`: the same without an envelope. */
export const bookAnswer = (
  { spec }: Listing,
  { bids, asks, u, seq, sentMs, engineMs }: Shown,
): object => ({
  s: spec.symbol,
  b: levelTexts(spec, bids),
  a: levelTexts(spec, asks),
  ts: sentMs,
  u,
  seq,
  cts: engineMs,
});

/** Contracts number their prints by UUID, spot by a running number. */
export function tradeId({ kind, spec }: Listing, id: number): string {
  if (kind === 'spot') return `22900000000${id}`;
  const part = (salt: string, digits: number) =>
    seedOf(`${spec.symbol}${salt}`, id).toString(16).padStart(8, '0').slice(0, digits);
  return `${part('a', 8)}-${part('b', 4)}-5${part('c', 3)}-9${part('d', 3)}-${part('e', 8)}${part('f', 4)}`;
}

/** A print and what it was beside the one before. */
export interface Print {
  readonly trade: AggregateTrade;
  readonly previousTicks: number;
  /** Of the price change before it: prints at the same price carry on its sign. */
  readonly wasUp: boolean;
  readonly seq: number;
}

function tickDirection({ trade: { ticks }, previousTicks, wasUp }: Print): string {
  if (ticks > previousTicks) return 'PlusTick';
  if (ticks < previousTicks) return 'MinusTick';
  return wasUp ? 'ZeroPlusTick' : 'ZeroMinusTick';
}

/** A row of `publicTrade`. */
export function tradeRow(listing: Listing, print: Print, skewMs: number): object {
  const { spec, kind } = listing;
  const { trade, seq } = print;
  return {
    T: trade.atMs + skewMs,
    s: spec.symbol,
    S: trade.aggressor === 'buy' ? 'Buy' : 'Sell',
    v: sizeText(spec, trade.lots),
    p: priceText(spec, trade.ticks),
    ...(kind !== 'spot' && { L: tickDirection(print) }),
    i: tradeId(listing, trade.id),
    BT: false,
    RPI: false,
    seq,
  };
}

/** A row of `allLiquidation`: the side of the position, all of it, the price of its bankruptcy. */
export const liquidationRow = (
  { spec }: Listing,
  { liquidatedSide, lots, limitTicks, atMs }: Liquidation,
  skewMs: number,
): object => ({
  T: atMs + skewMs,
  s: spec.symbol,
  S: liquidatedSide === 'long' ? 'Buy' : 'Sell',
  v: sizeText(spec, lots),
  p: priceText(spec, limitTicks),
});

/** `liquidation.{symbol}`, the topic of before 2025-02-20: the same under other names. */
export const oldLiquidation = (
  { spec }: Listing,
  { liquidatedSide, lots, limitTicks, atMs }: Liquidation,
  skewMs: number,
): object => ({
  updatedTime: atMs + skewMs,
  symbol: spec.symbol,
  side: liquidatedSide === 'long' ? 'Buy' : 'Sell',
  size: sizeText(spec, lots),
  price: priceText(spec, limitTicks),
});

type Texts = Readonly<Record<string, string>>;

/** What traded in 24 h: base and quote on linear contracts and spot, dollars and coins on inverse ones. */
export function traded(
  { spec }: Listing,
  bar: { readonly volume: number; readonly notional: number; readonly close: number },
): { readonly volume: string; readonly turnover: string } {
  const volume = bar.volume.toFixed(spec.sizeDecimals);
  const turnover = spec.contract.unit === 'usd' ? bar.notional / bar.close : bar.notional;
  return { volume, turnover: turnover.toFixed(4) };
}

function dayTexts(asset: AssetState, listing: Listing, nowMs: number): Texts {
  const { spec } = listing;
  const series = listing.kind === 'spot' ? 'spot' : 'perp';
  const { bar } = dayStatistics(asset.tape, series, nowMs - 1);
  const { volume, turnover } = traded(listing, bar);
  return {
    lastPrice: bar.close.toFixed(spec.priceDecimals),
    prevPrice24h: bar.open.toFixed(spec.priceDecimals),
    price24hPcnt: (bar.close / bar.open - 1).toFixed(6),
    highPrice24h: bar.high.toFixed(spec.priceDecimals),
    lowPrice24h: bar.low.toFixed(spec.priceDecimals),
    turnover24h: turnover,
    volume24h: volume,
  };
}

function fundingTexts({ funding, spec }: AssetState): Texts {
  if (spec.expiryMs !== null) return { nextFundingTime: '', fundingRate: '' };
  return {
    nextFundingTime: `${funding.nextMs}`,
    fundingRate: fundingEstimate(funding).toFixed(RATE_DECIMALS),
    fundingIntervalHour: `${funding.intervalHours}`,
    fundingCap: `${funding.cap}`,
  };
}

/** A delivery as the ticker writes it. */
const isoOf = (atMs: number): string => new Date(atMs).toISOString().replace('.000', '');

function datedTexts({ spec, markPrice, indexPrice }: AssetState, nowMs: number): Texts {
  if (spec.expiryMs === null) return {};
  const basis = markPrice - indexPrice;
  const years = Math.max(1 / 365, (spec.expiryMs - nowMs) / YEAR_MS);
  return {
    deliveryTime: isoOf(spec.expiryMs),
    deliveryFeeRate: '0.0005',
    predictedDeliveryPrice: '0.00',
    basis: basis.toFixed(2),
    basisRate: (basis / indexPrice).toFixed(RATE_DECIMALS),
    basisRateYear: (basis / indexPrice / years).toFixed(RATE_DECIMALS),
  };
}

/** Open interest counted for both sides and once, and what it is worth: dollars on linear contracts, coins on inverse ones. */
function interestTexts({ published, markPrice }: AssetState, { spec }: Listing): Texts {
  const size = published.lots * spec.stepSize;
  const value = spec.contract.unit === 'usd' ? size / markPrice : size * markPrice;
  return {
    openInterest: (2 * size).toFixed(spec.sizeDecimals),
    openInterestValue: (2 * value).toFixed(2),
    singleOpenInterest: size.toFixed(spec.sizeDecimals),
    singleOpenInterestValue: value.toFixed(2),
  };
}

/** Everything that a ticker says of a contract, field by field. */
export function contractTicker(asset: AssetState, listing: Listing, nowMs: number): Texts {
  const { spec, book } = listing;
  const decimals = spec.priceDecimals + MORE;
  return {
    symbol: spec.symbol,
    tickDirection: 'PlusTick',
    ...dayTexts(asset, listing, nowMs),
    prevPrice1h: priceText(spec, listing.lastTicks),
    markPrice: asset.markPrice.toFixed(spec.priceDecimals),
    indexPrice: asset.indexPrice.toFixed(decimals),
    ...interestTexts(asset, listing),
    ...fundingTexts(asset),
    ...datedTexts(asset, nowMs),
    bid1Price: priceText(spec, bestTicks(book, 'bid')),
    bid1Size: sizeText(spec, bestLots(book, 'bid')),
    ask1Price: priceText(spec, bestTicks(book, 'ask')),
    ask1Size: sizeText(spec, bestLots(book, 'ask')),
    preOpenPrice: '',
    preQty: '',
    curPreListingPhase: '',
  };
}

/** The same of a spot pair: no best bid and ask in the stream. */
export const spotTicker = (asset: AssetState, listing: Listing, nowMs: number): Texts => ({
  symbol: listing.spec.symbol,
  ...dayTexts(asset, listing, nowMs),
  usdIndexPrice: (asset.indexPrice / asset.spec.multiplier).toFixed(6),
});

/** A row of `instruments-info`. */
export function instrumentRow({ asset, listing }: { asset: AssetState; listing: Listing }): object {
  const { spec } = listing;
  const tickSize = spec.tickSize.toFixed(spec.priceDecimals);
  const step = spec.stepSize.toFixed(spec.sizeDecimals);
  const isInverse = spec.contract.unit === 'usd';
  const { expiryMs } = asset.spec;
  if (listing.kind === 'spot')
    return {
      symbol: spec.symbol,
      baseCoin: spec.baseAsset,
      quoteCoin: 'USDT',
      innovation: '0',
      status: 'Trading',
      marginTrading: 'both',
      lotSizeFilter: {
        basePrecision: step,
        quotePrecision: '0.0000001',
        minOrderQty: step,
        maxOrderQty: '1000000',
      },
      priceFilter: { tickSize },
    };
  const family = isInverse ? 'Inverse' : 'Linear';
  return {
    symbol: spec.symbol,
    contractType: `${family}${expiryMs === null ? 'Perpetual' : 'Futures'}`,
    status: 'Trading',
    baseCoin: spec.baseAsset,
    quoteCoin: isInverse ? 'USD' : 'USDT',
    settleCoin: isInverse ? asset.spec.asset : 'USDT',
    launchTime: `${cellStart(asset.spec.onboardMs, 1000)}`,
    deliveryTime: `${expiryMs ?? 0}`,
    deliveryFeeRate: '',
    priceScale: `${spec.priceDecimals}`,
    leverageFilter: {
      minLeverage: '1',
      maxLeverage: asset.spec.maxLeverage.toFixed(2),
      leverageStep: '0.01',
    },
    priceFilter: { minPrice: tickSize, maxPrice: '1999999.80', tickSize },
    lotSizeFilter: {
      maxOrderQty: '1190.000',
      minOrderQty: step,
      qtyStep: step,
      minNotionalValue: `${spec.minNotional}`,
    },
    unifiedMarginTrade: true,
    fundingInterval: expiryMs === null ? asset.funding.intervalHours * 60 : 0,
    copyTrading: 'both',
    upperFundingRate: `${asset.spec.fundingCap}`,
    lowerFundingRate: `${-asset.spec.fundingCap}`,
    isPreListing: false,
    preListingInfo: null,
  };
}
