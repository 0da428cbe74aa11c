import type { ListingSpec } from '../assets.ts';
import type { Bar } from '../market-bars.ts';
import type { BookCopy, Levels } from '../market-book.ts';
import type { Listing } from '../market-flow.ts';
import { fundingEstimate } from '../market-funding.ts';
import type { AssetState, Liquidation } from '../market-state.ts';
import type { AggregateTrade, DayStatistics } from '../market-tape.ts';
import { priceText, sizeText } from '../spelling.ts';

/**
 * Messages as Binance writes them: field names, their order and the decimals of recorded frames
 * (venues.md §2.4, §2.8). Every function returns the text of one JSON value.
 */

/** Product marker of the merged futures universe. */
const USDT_MARGINED = 1;
const COIN_MARGINED = 2;
const INDEX_DECIMALS = 8;

/** The coin-margined neighbour of a perp: `BTCUSD_PERP` of pair `BTCUSD`. */
const coinPair = (asset: AssetState): string => `${asset.spec.perp.baseAsset}USD`;
const coinSymbol = (asset: AssetState): string => `${coinPair(asset)}_PERP`;

/** USD per contract where nothing else is said. */
const USUAL_CONTRACT_USD = 10;

/** Contracts behind a notional, at least one. */
const contractsOf = (asset: AssetState, usd: number): number =>
  Math.max(1, Math.round(usd / (asset.spec.coinContractUsd ?? USUAL_CONTRACT_USD)));

const product = (symbol: string): string =>
  `"s":"${symbol}","ps":"${symbol}","st":${USDT_MARGINED}`;

const levelsText = (spec: ListingSpec, levels: Levels): string => {
  let text = '[';
  for (let index = 0; index < levels.length; index++) {
    const [ticks, lots] = levels[index]!;
    text += `${index === 0 ? '' : ','}["${priceText(spec, ticks)}","${sizeText(spec, lots)}"]`;
  }
  return `${text}]`;
};

/** Changes of one depth event; futures list bids ascending, spot descending, asks ascend on both. */
export interface DepthChanges {
  readonly eventMs: number;
  readonly engineMs: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly previousId: number;
  readonly bids: Levels;
  readonly asks: Levels;
}

/** `depthUpdate`. */
export function depthText({ kind, spec }: Listing, changes: DepthChanges): string {
  const { eventMs, engineMs, firstId, lastId, previousId } = changes;
  const sides = `"b":${levelsText(spec, changes.bids)},"a":${levelsText(spec, changes.asks)}`;
  return kind === 'spot'
    ? `{"e":"depthUpdate","E":${eventMs},"s":"${spec.symbol}","U":${firstId},"u":${lastId},${sides}}`
    : `{"e":"depthUpdate","E":${eventMs},"T":${engineMs},${product(spec.symbol)},"U":${firstId},"u":${lastId},"pu":${previousId},${sides}}`;
}

/** Partial book stream of spot: no event type, no symbol. */
export const spotPartialText = ({ spec }: Listing, book: BookCopy): string =>
  `{"lastUpdateId":${book.updateId},"bids":${levelsText(spec, book.bids)},"asks":${levelsText(spec, book.asks)}}`;

/** `bookTicker`; spot sends neither type nor times. */
export function bookTickerText(listing: Listing, best: BestQuote, skewMs: number): string {
  const { kind, spec } = listing;
  const atMs = best.atMs + skewMs;
  const quote =
    `"b":"${priceText(spec, best.bidTicks)}","B":"${sizeText(spec, best.bidLots)}",` +
    `"a":"${priceText(spec, best.askTicks)}","A":"${sizeText(spec, best.askLots)}"`;
  return kind === 'spot'
    ? `{"u":${best.updateId},"s":"${spec.symbol}",${quote}}`
    : `{"e":"bookTicker","u":${best.updateId},"E":${atMs},"T":${atMs},${product(spec.symbol)},${quote}}`;
}

/** The top of a book under an update id. */
export interface BestQuote {
  readonly updateId: number;
  readonly atMs: number;
  readonly bidTicks: number;
  readonly bidLots: number;
  readonly askTicks: number;
  readonly askLots: number;
}

/** `aggTrade`. */
export function aggregateTradeText(
  { kind, spec }: Listing,
  trade: AggregateTrade,
  eventMs: number,
  skewMs: number,
): string {
  const price = priceText(spec, trade.ticks);
  const size = sizeText(spec, trade.lots);
  const isBuyerMaker = trade.aggressor === 'sell';
  const ids = `"f":${trade.firstTradeId},"l":${trade.lastTradeId},"T":${trade.atMs + skewMs},"m":${isBuyerMaker}`;
  return kind === 'spot'
    ? `{"e":"aggTrade","E":${eventMs},"s":"${spec.symbol}","a":${trade.id},"p":"${price}","q":"${size}",${ids},"M":true}`
    : `{"e":"aggTrade","E":${eventMs},"a":${trade.id},"s":"${spec.symbol}","p":"${price}","q":"${size}","nq":"${size}",${ids},"st":${USDT_MARGINED}}`;
}

/** The single fills behind an aggregate trade, one message each. */
export function tradeTexts(
  { kind, spec }: Listing,
  trade: AggregateTrade,
  skewMs: number,
): string[] {
  const count = trade.lastTradeId - trade.firstTradeId + 1;
  const each = Math.floor(trade.lots / count);
  const atMs = trade.atMs + skewMs;
  const price = priceText(spec, trade.ticks);
  const isBuyerMaker = trade.aggressor === 'sell';
  return Array.from({ length: count }, (_, index) => {
    const lots = index === count - 1 ? trade.lots - each * (count - 1) : each;
    const body = `"t":${trade.firstTradeId + index},"p":"${price}","q":"${sizeText(spec, lots)}"`;
    return kind === 'spot'
      ? `{"e":"trade","E":${atMs},"s":"${spec.symbol}",${body},"T":${atMs},"m":${isBuyerMaker},"M":true}`
      : `{"e":"trade","E":${atMs},"T":${atMs},"s":"${spec.symbol}",${body},"X":"MARKET","m":${isBuyerMaker},"st":${USDT_MARGINED}}`;
  });
}

const settlePrice = (asset: AssetState): string => asset.indexAverage.toFixed(INDEX_DECIMALS);

/** `markPriceUpdate`. */
export function markPriceText(asset: AssetState, eventMs: number): string {
  const { markPrice, markAverage, indexPrice, funding, spec } = asset;
  return (
    `{"e":"markPriceUpdate","E":${eventMs},"s":"${spec.perp.symbol}",` +
    `"p":"${markPrice.toFixed(INDEX_DECIMALS)}","ap":"${markAverage.toFixed(INDEX_DECIMALS)}",` +
    `"P":"${settlePrice(asset)}","i":"${indexPrice.toFixed(INDEX_DECIMALS)}",` +
    `"r":"${fundingEstimate(funding).toFixed(8)}","T":${funding.nextMs},"st":${USDT_MARGINED}}`
  );
}

/** The coin-margined row of the all-market array. */
export function coinMarkPriceText(asset: AssetState, eventMs: number): string {
  const { markPrice, indexPrice, funding } = asset;
  return (
    `{"e":"markPriceUpdate","E":${eventMs},"s":"${coinSymbol(asset)}",` +
    `"p":"${markPrice.toFixed(INDEX_DECIMALS)}","P":"${settlePrice(asset)}",` +
    `"i":"${indexPrice.toFixed(INDEX_DECIMALS)}",` +
    `"r":"${(fundingEstimate(funding) * 0.9).toFixed(8)}","T":${funding.nextMs},"st":${COIN_MARGINED}}`
  );
}

/**
 * A forced order. `S` is the side of the order: SELL closes a long. Frames of 2026 carry `ps` and
 * `st` inside `o`.
 */
export function forceOrderText(
  asset: AssetState,
  liquidation: Liquidation,
  eventMs: number,
  skewMs: number,
): string {
  const { spec } = asset.perp;
  const side = liquidation.liquidatedSide === 'long' ? 'SELL' : 'BUY';
  const isCoin = liquidation.margin === 'coin';
  const usd = (lots: number) =>
    lots * liquidation.averageTicks * spec.tickSize * spec.stepSize * COIN_SIZE;
  const size = (lots: number) =>
    isCoin ? `${contractsOf(asset, usd(lots))}` : sizeText(spec, lots);
  const [symbol, pair, st] = isCoin
    ? [coinSymbol(asset), coinPair(asset), COIN_MARGINED]
    : [spec.symbol, spec.symbol, USDT_MARGINED];
  const status = liquidation.filledLots < liquidation.lots ? 'PARTIALLY_FILLED' : 'FILLED';
  const average = (liquidation.averageTicks * spec.tickSize).toFixed(spec.priceDecimals);
  return (
    `{"e":"forceOrder","E":${eventMs},"o":{"s":"${symbol}","S":"${side}","o":"LIMIT","f":"IOC",` +
    `"q":"${size(liquidation.lots)}","p":"${priceText(spec, liquidation.limitTicks)}",` +
    `"ap":"${average}","X":"${status}","l":"${size(liquidation.lastLots)}",` +
    `"z":"${size(liquidation.filledLots)}","T":${liquidation.atMs + skewMs},"ps":"${pair}","st":${st}}}`
  );
}

/** Size of a coin-margined position relative to its USDT-margined neighbour. */
const COIN_SIZE = 0.35;

/** The symbol a liquidation is counted under: at most one event per symbol and second. */
export const liquidationSymbol = (asset: AssetState, liquidation: Liquidation): string =>
  liquidation.margin === 'coin' ? coinSymbol(asset) : asset.spec.perp.symbol;

const ratio = (price: number, spec: ListingSpec): string => price.toFixed(spec.priceDecimals);

const volumeText = (spec: ListingSpec, volume: number): string => volume.toFixed(spec.sizeDecimals);

/** Quote volume: futures publish as many decimals as price and size make, spot always eight. */
const notionalText = ({ kind, spec }: Listing, notional: number): string =>
  notional.toFixed(kind === 'spot' ? 8 : Math.min(8, spec.priceDecimals));

/** `24hrMiniTicker`. */
export function miniTickerText(listing: Listing, day: DayStatistics, eventMs: number): string {
  const { kind, spec } = listing;
  const { bar } = day;
  const head = kind === 'spot' ? `"s":"${spec.symbol}"` : product(spec.symbol);
  return (
    `{"e":"24hrMiniTicker","E":${eventMs},${head},"c":"${ratio(bar.close, spec)}",` +
    `"o":"${ratio(bar.open, spec)}","h":"${ratio(bar.high, spec)}","l":"${ratio(bar.low, spec)}",` +
    `"v":"${volumeText(spec, bar.volume)}","q":"${notionalText(listing, bar.notional)}"}`
  );
}

/** The coin-margined row of the all-market array: volume in contracts, quote volume in coins. */
export function coinMiniTickerText(asset: AssetState, day: DayStatistics, eventMs: number): string {
  const { spec } = asset.perp;
  const { bar } = day;
  const usd = bar.notional * 0.04;
  return (
    `{"e":"24hrMiniTicker","E":${eventMs},"s":"${coinSymbol(asset)}","ps":"${coinPair(asset)}",` +
    `"st":${COIN_MARGINED},"c":"${ratio(bar.close, spec)}","o":"${ratio(bar.open, spec)}",` +
    `"h":"${ratio(bar.high, spec)}","l":"${ratio(bar.low, spec)}",` +
    `"v":"${contractsOf(asset, usd)}","q":"${(usd / bar.close).toFixed(8)}"}`
  );
}

/** Rolling-day numbers as both the ticker stream and the REST endpoint show them. */
export function dayNumbers(listing: Listing, day: DayStatistics) {
  const { spec } = listing;
  const { bar } = day;
  return {
    change: ratio(bar.close - bar.open, spec),
    changePercent: ((bar.close / bar.open - 1) * 100).toFixed(3),
    average: ratio(bar.volume === 0 ? bar.close : bar.notional / bar.volume, spec),
    last: ratio(bar.close, spec),
    open: ratio(bar.open, spec),
    high: ratio(bar.high, spec),
    low: ratio(bar.low, spec),
    volume: volumeText(spec, bar.volume),
    notional: notionalText(listing, bar.notional),
    lastId: listing.nextTradeId - 1,
    firstId: Math.max(0, listing.nextTradeId - bar.count),
    count: bar.count,
  };
}

/** `24hrTicker`. */
export function tickerText(
  listing: Listing,
  day: DayStatistics,
  lastLots: number,
  eventMs: number,
): string {
  const { kind, spec } = listing;
  const numbers = dayNumbers(listing, day);
  const head = kind === 'spot' ? `"s":"${spec.symbol}"` : product(spec.symbol);
  return (
    `{"e":"24hrTicker","E":${eventMs},${head},"p":"${numbers.change}","P":"${numbers.changePercent}",` +
    `"w":"${numbers.average}","c":"${numbers.last}","Q":"${sizeText(spec, lastLots)}",` +
    `"o":"${numbers.open}","h":"${numbers.high}","l":"${numbers.low}","v":"${numbers.volume}",` +
    `"q":"${numbers.notional}","O":${day.fromMs},"C":${eventMs},"F":${numbers.firstId},` +
    `"L":${numbers.lastId},"n":${numbers.count}}`
  );
}

/** `kline`. */
export function klineText(
  listing: Listing,
  bar: Bar,
  interval: string,
  lengthMs: number,
  isClosed: boolean,
  eventMs: number,
): string {
  const { kind, spec } = listing;
  return (
    `{"e":"kline","E":${eventMs},"s":"${spec.symbol}","k":{"t":${bar.openMs},"T":${bar.openMs + lengthMs - 1},` +
    `"s":"${spec.symbol}","i":"${interval}","f":${bar.firstTradeId},"L":${bar.lastTradeId},` +
    `"o":"${ratio(bar.open, spec)}","c":"${ratio(bar.close, spec)}","h":"${ratio(bar.high, spec)}",` +
    `"l":"${ratio(bar.low, spec)}","v":"${volumeText(spec, bar.volume)}","n":${bar.count},` +
    `"x":${isClosed},"q":"${notionalText(listing, bar.notional)}",` +
    `"V":"${volumeText(spec, bar.takerBuyVolume)}","Q":"${notionalText(listing, bar.takerBuyNotional)}","B":"0"}` +
    `${kind === 'spot' ? '' : `,"st":${USDT_MARGINED}`}}`
  );
}

/** One REST candle. Series without volume use eight decimals and zero volumes. */
export function klineRowText(listing: Listing | null, bar: Bar, lengthMs: number): string {
  const closeMs = bar.openMs + lengthMs - 1;
  if (listing === null) {
    const price = (value: number) => value.toFixed(INDEX_DECIMALS);
    return `[${bar.openMs},"${price(bar.open)}","${price(bar.high)}","${price(bar.low)}","${price(bar.close)}","0",${closeMs},"0",${lengthMs / 1000},"0","0","0"]`;
  }
  const { spec } = listing;
  return (
    `[${bar.openMs},"${ratio(bar.open, spec)}","${ratio(bar.high, spec)}","${ratio(bar.low, spec)}",` +
    `"${ratio(bar.close, spec)}","${volumeText(spec, bar.volume)}",${closeMs},` +
    `"${notionalText(listing, bar.notional)}",${bar.count},"${volumeText(spec, bar.takerBuyVolume)}",` +
    `"${notionalText(listing, bar.takerBuyNotional)}","0"]`
  );
}

/** REST snapshot; futures add the event and engine times. */
export function snapshotText(listing: Listing, book: BookCopy, nowMs: number): string {
  const { kind, spec } = listing;
  const times = kind === 'spot' ? '' : `"E":${nowMs},"T":${book.changedMs},`;
  return `{"lastUpdateId":${book.updateId},${times}"bids":${levelsText(spec, book.bids)},"asks":${levelsText(spec, book.asks)}}`;
}

/** `premiumIndex` of REST. */
export function premiumIndexText(asset: AssetState, nowMs: number): string {
  const { markPrice, indexPrice, funding, spec } = asset;
  const interest = (0.0001 * funding.intervalHours) / 8;
  return (
    `{"symbol":"${spec.perp.symbol}","markPrice":"${markPrice.toFixed(INDEX_DECIMALS)}",` +
    `"indexPrice":"${indexPrice.toFixed(INDEX_DECIMALS)}","estimatedSettlePrice":"${settlePrice(asset)}",` +
    `"lastFundingRate":"${fundingEstimate(funding).toFixed(8)}","interestRate":"${interest.toFixed(8)}",` +
    `"nextFundingTime":${funding.nextMs},"time":${nowMs}}`
  );
}
