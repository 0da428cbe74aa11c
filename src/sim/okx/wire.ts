import type { Listed } from '../listed.ts';
import type { Levels } from '../market-book.ts';
import { bestLots, bestTicks } from '../market-book.ts';
import type { Listing } from '../market-flow.ts';
import { usdOf } from '../market-flow.ts';
import type { AssetState, Liquidation } from '../market-state.ts';
import type { AggregateTrade, DayStatistics } from '../market-tape.ts';
import type { FundingNow } from './funding.ts';

/** Decimals of marks and indices, one more than the ticks of the listing. */
const markDecimals = ({ spec }: Listing): number => spec.priceDecimals + 1;

/** A number as OKX writes it: no zeros at its end. */
export const trimmed = (value: number, decimals: number): string => {
  const text = value.toFixed(decimals);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
};

const priceOf = ({ spec }: Listing, ticks: number): string =>
  trimmed(ticks * spec.tickSize, spec.priceDecimals);
const sizeOf = ({ spec }: Listing, lots: number): string =>
  trimmed(lots * spec.stepSize, spec.sizeDecimals);

/** Levels as OKX writes them, without the two fields behind price and size. */
export const plainLevels = (listing: Listing, levels: Levels): [price: string, size: string][] =>
  levels.map(([ticks, lots]) => [priceOf(listing, ticks), sizeOf(listing, lots)]);

/** `["8476.98","415","0","13"]`: price, size, a field out of use, number of orders. */
function levelsText(listing: Listing, levels: Levels): string {
  const rows = levels.map(
    ([ticks, lots]) =>
      `["${priceOf(listing, ticks)}","${sizeOf(listing, lots)}","0","${lots === 0 ? 0 : 1 + (lots % 17)}"]`,
  );
  return `[${rows.join(',')}]`;
}

/** The envelope of a message about one instrument or type. */
export const framed = (
  channel: string,
  [field, subject]: readonly [field: string, subject: string],
  data: string,
  action?: string,
): string =>
  `{"arg":{"channel":"${channel}","${field}":"${subject}"},` +
  `${action === undefined ? '' : `"action":"${action}",`}"data":[${data}]}`;

/** One message of a book channel. Checksums are fixed to 0. */
export const bookText = (
  listing: Listing,
  sides: { readonly bids: Levels; readonly asks: Levels },
  ids: { readonly seqId: number; readonly prevSeqId: number },
  tsMs: number,
): string =>
  `{"asks":${levelsText(listing, sides.asks)},"bids":${levelsText(listing, sides.bids)},"ts":"${tsMs}",` +
  `"checksum":0,"prevSeqId":${ids.prevSeqId},"seqId":${ids.seqId}}`;

/** The best prices, and `books5` likewise. Without a number where REST leaves it out. */
export const topText = (
  listing: Listing,
  sides: { readonly bids: Levels; readonly asks: Levels },
  seqId: number | null,
  tsMs: number,
): string =>
  `{"asks":${levelsText(listing, sides.asks)},"bids":${levelsText(listing, sides.bids)},"ts":"${tsMs}"` +
  `${seqId === null ? '' : `,"seqId":${seqId}`}}`;

/** The fills of one taker order at one price. */
export const tradeText = (
  listing: Listing,
  trade: AggregateTrade,
  seqId: number,
  skewMs: number,
): string =>
  `{"instId":"${listing.spec.symbol}","tradeId":"${trade.lastTradeId}","px":"${priceOf(listing, trade.ticks)}",` +
  `"sz":"${sizeOf(listing, trade.lots)}","side":"${trade.aggressor}","ts":"${trade.atMs + skewMs}",` +
  `"count":"${trade.lastTradeId - trade.firstTradeId + 1}","source":"0","seqId":${seqId}}`;

/** `SWAP`, `FUTURES`, `SPOT`. */
export const typeOf = ({ kind }: Listing): string =>
  kind === 'spot' ? 'SPOT' : kind === 'perp' ? 'SWAP' : 'FUTURES';

/** Coins behind a size on the wire, at a price. */
export function coinsOf({ spec }: Listing, size: number, price: number): number {
  const { unit, size: worth } = spec.contract;
  return unit === 'coins' ? size * worth : (size * worth) / price;
}

/** Decimals of coins that are computed and not counted. */
const COIN_DECIMALS = 12;

export function tickerText(
  { listing, asset }: Listed,
  { bar }: DayStatistics,
  lastLots: number,
  tsMs: number,
): string {
  const { spec, book, kind } = listing;
  const price = (value: number) => trimmed(value, spec.priceDecimals);
  const average = (bar.open + bar.high + bar.low + bar.close) / 4;
  const volume =
    kind === 'spot'
      ? trimmed(bar.notional, 6)
      : trimmed(coinsOf(listing, bar.volume, average), COIN_DECIMALS);
  const last = priceOf(listing, listing.lastTicks);
  // Where the day of the venue begins; the day so far is near enough.
  const open = price(bar.open);
  return (
    `{"instType":"${typeOf(listing)}","instId":"${spec.symbol}","last":"${last}","lastSz":"${sizeOf(listing, lastLots)}",` +
    `"askPx":"${priceOf(listing, bestTicks(book, 'ask'))}","askSz":"${sizeOf(listing, bestLots(book, 'ask'))}",` +
    `"bidPx":"${priceOf(listing, bestTicks(book, 'bid'))}","bidSz":"${sizeOf(listing, bestLots(book, 'bid'))}",` +
    `"open24h":"${open}","high24h":"${price(bar.high)}","low24h":"${price(bar.low)}",` +
    `"volCcy24h":"${volume}","vol24h":"${trimmed(bar.volume, spec.sizeDecimals)}",` +
    `"sodUtc0":"${open}","sodUtc8":"${price(asset.spec.price)}","ts":"${tsMs}"}`
  );
}

export const markText = ({ asset, listing }: Listed, tsMs: number): string =>
  `{"instType":"${typeOf(listing)}","instId":"${listing.spec.symbol}",` +
  `"markPx":"${trimmed(asset.markPrice, markDecimals(listing))}","ts":"${tsMs}"}`;

/** An index by its name, as the perp on it sees it. */
export function indexText(name: string, { asset, listing }: Listed, tsMs: number): string {
  const price = trimmed(asset.indexPrice, markDecimals(listing));
  const home = trimmed(asset.spec.price, markDecimals(listing));
  return (
    `{"instId":"${name}","idxPx":"${price}","high24h":"${price}","low24h":"${home}","open24h":"${home}",` +
    `"sodUtc0":"${home}","sodUtc8":"${home}","ts":"${tsMs}"}`
  );
}

/** A size of so many lots in contracts, coins and dollars. */
export function interestOf(
  { asset, listing }: Listed,
  lots: number,
  price = asset.markPrice,
): readonly [oi: string, oiCcy: string, oiUsd: string] {
  const size = lots * listing.spec.stepSize;
  return [
    trimmed(size, listing.spec.sizeDecimals),
    trimmed(coinsOf(listing, size, price), COIN_DECIMALS),
    trimmed(usdOf(listing.spec, size, price), 6),
  ];
}

export function interestText(found: Listed, tsMs: number): string {
  const { asset, listing } = found;
  const [oi, oiCcy, oiUsd] = interestOf(found, asset.published.lots);
  return (
    `{"instType":"${typeOf(listing)}","instId":"${listing.spec.symbol}",` +
    `"oi":"${oi}","oiCcy":"${oiCcy}","oiUsd":"${oiUsd}","ts":"${tsMs}"}`
  );
}

/** A rate with the sixteen decimals of the wire. */
export const rateText = (rate: number): string => trimmed(rate, 16);

export function fundingText(
  { asset, listing }: Listed,
  { rate, atMs, beforeMs, afterMs, settledRate }: FundingNow,
  tsMs: number,
): string {
  const cap = rateText(asset.funding.cap);
  const settled =
    settledRate === null
      ? '"settState":"processing","settFundingRate":""'
      : `"settState":"settled","settFundingRate":"${rateText(settledRate)}"`;
  return (
    `{"formulaType":"withRate","fundingRate":"${rateText(rate)}","fundingTime":"${atMs}","impactValue":"20000",` +
    `"instId":"${listing.spec.symbol}","instType":"SWAP","interestRate":"0.0001","maxFundingRate":"${cap}",` +
    `"method":"current_period","minFundingRate":"-${cap}","nextFundingRate":"","nextFundingTime":"${afterMs}",` +
    `"premium":"${rateText(asset.funding.lastPremium)}","prevFundingTime":"${beforeMs}",${settled},"ts":"${tsMs}"}`
  );
}

/** A forced order by the position that died: its side, the price at which it was bankrupt, contracts. */
export interface Forced {
  readonly side: Liquidation['liquidatedSide'];
  readonly ticks: number;
  readonly lots: number;
  readonly atMs: number;
}

/** Forced orders of one contract, in no order that could be relied upon. */
export function liquidationText(
  { asset, listing }: Listed,
  orders: readonly Forced[],
  skewMs: number,
): string {
  const { symbol } = listing.spec;
  const family = familyOf({ asset, listing });
  const details = orders.map(
    ({ side, ticks, lots, atMs }) =>
      `{"bkLoss":"0","bkPx":"${priceOf(listing, ticks)}","ccy":"","posSide":"${side}",` +
      `"side":"${side === 'long' ? 'sell' : 'buy'}","sz":"${sizeOf(listing, lots)}","ts":"${atMs + skewMs}"}`,
  );
  return (
    `{"details":[${details.join(',')}],"instFamily":"${family}","instId":"${symbol}",` +
    `"instType":"${typeOf(listing)}","uly":"${family}"}`
  );
}

const quoteOf = ({ listing }: Listed): string => listing.spec.symbol.split('-')[1]!;

/** `BTC-USDT`: the pair a contract is about, and the name of its index. */
export const familyOf = (found: Listed): string => `${found.asset.spec.asset}-${quoteOf(found)}`;

/** A row of `instruments`. */
export function instrumentRow(found: Listed, state: string): object {
  const { asset, listing } = found;
  const { spec, kind } = listing;
  const isSpot = kind === 'spot';
  const isLinear = spec.contract.unit === 'coins';
  const { spec: coin } = asset;
  const [base, quote] = [coin.asset, quoteOf(found)];
  const family = isSpot ? '' : familyOf(found);
  const step = (size: number, decimals: number) => trimmed(size, decimals);
  return {
    alias: kind === 'future' ? 'quarter' : '',
    baseCcy: isSpot ? base : '',
    category: '1',
    ctMult: isSpot ? '' : '1',
    ctType: isSpot ? '' : isLinear ? 'linear' : 'inverse',
    ctVal: isSpot ? '' : trimmed(spec.contract.size, 8),
    ctValCcy: isSpot ? '' : isLinear ? base : quote,
    expTime: coin.expiryMs === null || isSpot ? '' : `${coin.expiryMs}`,
    instFamily: family,
    instId: spec.symbol,
    instType: typeOf(listing),
    lever: isSpot ? '10' : `${coin.maxLeverage}`,
    listTime: `${coin.onboardMs}`,
    lotSz: step(spec.stepSize, spec.sizeDecimals),
    maxLmtSz: '100000000',
    maxMktSz: '1000000',
    minSz: step(spec.stepSize, spec.sizeDecimals),
    optType: '',
    quoteCcy: isSpot ? quote : '',
    ruleType: 'normal',
    settleCcy: isSpot ? '' : isLinear ? quote : base,
    state,
    stk: '',
    tickSz: step(spec.tickSize, spec.priceDecimals),
    uly: family,
  };
}

/** Whether a coin is that of a contract with a price of its own. */
export const isContract = ({ listing }: Listed): boolean => listing.kind !== 'spot';

/** What a bankruptcy price is in ticks; a position is gone before it trades there. */
export const bankruptTicks = (liquidation: Liquidation): number =>
  Math.max(1, liquidation.limitTicks);

/** The series of an asset that a listing's trades make. */
export const seriesOf = ({ kind }: Listing): 'perp' | 'spot' => (kind === 'spot' ? 'spot' : 'perp');

/** An asset's own listing that is a contract. */
export const contractOf = (asset: AssetState): Listed => ({ asset, listing: asset.perp });
