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
const COIN_DECIMALS = 8;

/** Whether sizes count contracts in dollars, settled in the coin. */
const isCoinMargined = ({ product }: ListingSpec): boolean => product === 'coinm';

/** What a contract is on: `BTCUSD` of `BTCUSD_PERP`; on USDT-M the perp's own spelling. */
export const pairOf = (spec: ListingSpec): string =>
  isCoinMargined(spec) ? `${spec.baseAsset}USD` : spec.symbol;

const universe = (spec: ListingSpec): string =>
  `"st":${isCoinMargined(spec) ? COIN_MARGINED : USDT_MARGINED}`;

const product = (spec: ListingSpec): string =>
  `"s":"${spec.symbol}","ps":"${pairOf(spec)}",${universe(spec)}`;

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
    : `{"e":"depthUpdate","E":${eventMs},"T":${engineMs},${product(spec)},"U":${firstId},"u":${lastId},"pu":${previousId},${sides}}`;
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
    : `{"e":"bookTicker","u":${best.updateId},"E":${atMs},"T":${atMs},${product(spec)},${quote}}`;
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
    : `{"e":"aggTrade","E":${eventMs},"a":${trade.id},"s":"${spec.symbol}","p":"${price}","q":"${size}",${isCoinMargined(spec) ? '' : `"nq":"${size}",`}${ids},${universe(spec)}}`;
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
      : `{"e":"trade","E":${atMs},"T":${atMs},"s":"${spec.symbol}",${body},"X":"MARKET","m":${isBuyerMaker},${universe(spec)}}`;
  });
}

const indexText = (price: number): string => price.toFixed(INDEX_DECIMALS);

/** A perp's estimate and the instant it is for; dated contracts have neither. */
function fundingText({ funding, spec }: AssetState): string {
  return spec.expiryMs === null
    ? `"r":"${fundingEstimate(funding).toFixed(8)}","T":${funding.nextMs}`
    : '"r":"","T":0';
}

/**
 * `markPriceUpdate`.
 *
 * @param index whose index it is; every contract on a pair shows the same
 */
export function markPriceText(asset: AssetState, index: AssetState, eventMs: number): string {
  const { markPrice, markAverage, spec } = asset;
  const average = isCoinMargined(spec.perp) ? '' : `"ap":"${indexText(markAverage)}",`;
  return (
    `{"e":"markPriceUpdate","E":${eventMs},"s":"${spec.perp.symbol}",` +
    `"p":"${indexText(markPrice)}",${average}"P":"${indexText(index.indexAverage)}",` +
    `"i":"${indexText(index.indexPrice)}",${fundingText(asset)},${universe(spec.perp)}}`
  );
}

/** `indexPriceUpdate` of a pair. */
export const indexPriceText = ({ spec, indexPrice }: AssetState, eventMs: number): string =>
  `{"e":"indexPriceUpdate","E":${eventMs},"i":"${pairOf(spec.perp)}","p":"${indexText(indexPrice)}"}`;

/** Delivery of what never is. */
export const PERPETUAL_DELIVERY_MS = 4_133_404_800_000;

/** `contractInfo`. */
export const contractInfoText = (
  { spec }: AssetState,
  type: string,
  status: string,
  eventMs: number,
): string =>
  `{"e":"contractInfo","E":${eventMs},"s":"${spec.perp.symbol}","ps":"${pairOf(spec.perp)}",` +
  `"ct":"${type}","dt":${spec.expiryMs ?? PERPETUAL_DELIVERY_MS},"ot":${spec.onboardMs},` +
  `"cs":"${status}",${universe(spec.perp)}}`;

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
  const size = (lots: number) => sizeText(spec, lots);
  const status = liquidation.filledLots < liquidation.lots ? 'PARTIALLY_FILLED' : 'FILLED';
  const average = (liquidation.averageTicks * spec.tickSize).toFixed(spec.priceDecimals);
  return (
    `{"e":"forceOrder","E":${eventMs},"o":{"s":"${spec.symbol}","S":"${side}","o":"LIMIT","f":"IOC",` +
    `"q":"${size(liquidation.lots)}","p":"${priceText(spec, liquidation.limitTicks)}",` +
    `"ap":"${average}","X":"${status}","l":"${size(liquidation.lastLots)}",` +
    `"z":"${size(liquidation.filledLots)}","T":${liquidation.atMs + skewMs},"ps":"${pairOf(spec)}",` +
    `${universe(spec)}}}`
  );
}

const ratio = (price: number, spec: ListingSpec): string => price.toFixed(spec.priceDecimals);

const volumeText = (spec: ListingSpec, volume: number): string => volume.toFixed(spec.sizeDecimals);

/** A candle's middling price, by which dollars become coins where trades were counted in contracts. */
const middling = ({ open, high, low, close }: Bar): number => (open + high + low + close) / 4;

/**
 * What a volume came to: quote currency, of which USDT-M publishes as many decimals as prices have and
 * spot eight, or on COIN-M coins.
 */
function worthText({ kind, spec }: Listing, notional: number, bar: Bar): string {
  if (isCoinMargined(spec)) return (notional / middling(bar)).toFixed(COIN_DECIMALS);
  return notional.toFixed(kind === 'spot' ? 8 : Math.min(8, spec.priceDecimals));
}

/** `24hrMiniTicker`. */
export function miniTickerText(listing: Listing, day: DayStatistics, eventMs: number): string {
  const { kind, spec } = listing;
  const { bar } = day;
  const head = kind === 'spot' ? `"s":"${spec.symbol}"` : product(spec);
  return (
    `{"e":"24hrMiniTicker","E":${eventMs},${head},"c":"${ratio(bar.close, spec)}",` +
    `"o":"${ratio(bar.open, spec)}","h":"${ratio(bar.high, spec)}","l":"${ratio(bar.low, spec)}",` +
    `"v":"${volumeText(spec, bar.volume)}","q":"${worthText(listing, bar.notional, bar)}"}`
  );
}

function averageOf(spec: ListingSpec, bar: Bar): number {
  if (isCoinMargined(spec)) return middling(bar);
  return bar.volume === 0 ? bar.close : bar.notional / bar.volume;
}

/** Rolling-day numbers as both the ticker stream and the REST endpoint show them. */
export function dayNumbers(listing: Listing, day: DayStatistics) {
  const { spec } = listing;
  const { bar } = day;
  return {
    change: ratio(bar.close - bar.open, spec),
    changePercent: ((bar.close / bar.open - 1) * 100).toFixed(3),
    average: ratio(averageOf(spec, bar), spec),
    last: ratio(bar.close, spec),
    open: ratio(bar.open, spec),
    high: ratio(bar.high, spec),
    low: ratio(bar.low, spec),
    volume: volumeText(spec, bar.volume),
    notional: worthText(listing, bar.notional, bar),
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
  const head = kind === 'spot' ? `"s":"${spec.symbol}"` : product(spec);
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
    `"x":${isClosed},"q":"${worthText(listing, bar.notional, bar)}",` +
    `"V":"${volumeText(spec, bar.takerBuyVolume)}","Q":"${worthText(listing, bar.takerBuyNotional, bar)}","B":"0"}` +
    `${kind === 'spot' ? '' : `,${universe(spec)}`}}`
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
    `"${worthText(listing, bar.notional, bar)}",${bar.count},"${volumeText(spec, bar.takerBuyVolume)}",` +
    `"${worthText(listing, bar.takerBuyNotional, bar)}","0"]`
  );
}

/** REST snapshot; futures add the event and engine times, COIN-M symbol and pair besides. */
export function snapshotText(listing: Listing, book: BookCopy, nowMs: number): string {
  const { kind, spec } = listing;
  const times = kind === 'spot' ? '' : `"E":${nowMs},"T":${book.changedMs},`;
  const names = isCoinMargined(spec) ? `"symbol":"${spec.symbol}","pair":"${pairOf(spec)}",` : '';
  return `{"lastUpdateId":${book.updateId},${times}${names}"bids":${levelsText(spec, book.bids)},"asks":${levelsText(spec, book.asks)}}`;
}

/** `premiumIndex` of REST; dated contracts have empty rates. */
export function premiumIndexText(asset: AssetState, index: AssetState, nowMs: number): string {
  const { markPrice, funding, spec } = asset;
  const isPerp = spec.expiryMs === null;
  const interest = (0.0001 * funding.intervalHours) / 8;
  const rate = (value: number) => (isPerp ? value.toFixed(8) : '');
  const pair = isCoinMargined(spec.perp) ? `"pair":"${pairOf(spec.perp)}",` : '';
  return (
    `{"symbol":"${spec.perp.symbol}",${pair}"markPrice":"${indexText(markPrice)}",` +
    `"indexPrice":"${indexText(index.indexPrice)}","estimatedSettlePrice":"${indexText(index.indexAverage)}",` +
    `"lastFundingRate":"${rate(fundingEstimate(funding))}","interestRate":"${rate(interest)}",` +
    `"nextFundingTime":${isPerp ? funding.nextMs : 0},"time":${nowMs}}`
  );
}
