import { bestLots, bestTicks } from '../market-book.ts';
import { continuousRate, fundingEstimate } from '../market-funding.ts';
import { dayStatistics } from '../market-tape.ts';
import { appraised, type Option, type OptionValue } from './chain.ts';
import { type Contract, paidIn8h, worthOf } from './contracts.ts';
import { amountOf, float, priceOf, rounded, type Writable } from './wire.ts';

const INDEX_DECIMALS = 2;
const BIG = 100;

/** The venue shows prices of small coins with more decimals. */
export const indexDecimals = (price: number): number => (price >= BIG ? INDEX_DECIMALS : 4);

/** Decimals of a mark price: one more than the ticks have. */
const markDecimals = ({ listing }: Contract): number => Math.min(6, listing.spec.priceDecimals + 1);

/** Open interest in the unit of the contract. */
const openInterestOf = ({ asset, listing }: Contract): number =>
  amountOf(listing.spec, asset.published.lots);

interface Day {
  readonly high: number;
  readonly low: number;
  readonly last: number;
  /** Percent. */
  readonly change: number;
  readonly coins: number;
  readonly dollars: number;
}

/** The last day of a contract. */
function dayOf(contract: Contract, nowMs: number): Day {
  const { asset, listing } = contract;
  const { bar } = dayStatistics(asset.tape, 'perp', nowMs - 1);
  const typical = (bar.high + bar.low + bar.close) / 3;
  const { coins, dollars } = worthOf(contract, bar.volume, typical);
  const at = (price: number) => Number(price.toFixed(listing.spec.priceDecimals));
  return {
    high: at(bar.high),
    low: at(bar.low),
    last: priceOf(listing.spec, listing.lastTicks),
    change: (bar.close / bar.open - 1) * 100,
    coins,
    dollars,
  };
}

/** Funding of a perp at the moment, per eight hours: what its hour is made of. */
export const currentFunding = ({ asset }: Contract): number =>
  continuousRate(asset.funding.lastPremium, asset.funding.cap);

/** Funding that the last eight hours have paid. */
export const funding8h = ({ asset }: Contract, nowMs: number): number =>
  paidIn8h(asset, nowMs, fundingEstimate(asset.funding));

const fundingFields = (contract: Contract, nowMs: number): Record<string, Writable> =>
  contract.isPerp
    ? {
        current_funding: rounded(currentFunding(contract), 8),
        funding_8h: rounded(funding8h(contract, nowMs), 8),
        interest_value: float((contract.asset.markPrice / contract.asset.indexPrice - 1) * 100),
      }
    : {};

/** What the ticker of a perp or dated future says. */
export function futureTicker(contract: Contract, nowMs: number, stampMs: number) {
  const { asset, listing } = contract;
  const { spec, book } = listing;
  const day = dayOf(contract, nowMs);
  const index = rounded(asset.indexPrice, indexDecimals(asset.indexPrice));
  return {
    timestamp: stampMs,
    state: 'open',
    stats: {
      high: float(day.high),
      low: float(day.low),
      price_change: rounded(day.change, 4),
      volume: rounded(day.coins, 8),
      volume_usd: rounded(day.dollars, 2),
      volume_notional: rounded(day.dollars, 2),
    },
    index_price: index,
    instrument_name: contract.symbol,
    last_price: float(day.last),
    settlement_price: rounded(asset.markAverage, markDecimals(contract)),
    min_price: rounded(asset.markPrice * 0.985, spec.priceDecimals),
    max_price: rounded(asset.markPrice * 1.015, spec.priceDecimals),
    open_interest: float(openInterestOf(contract)),
    mark_price: rounded(asset.markPrice, markDecimals(contract)),
    estimated_delivery_price: index,
    ...fundingFields(contract, nowMs),
    best_ask_price: float(priceOf(spec, bestTicks(book, 'ask'))),
    best_bid_price: float(priceOf(spec, bestTicks(book, 'bid'))),
    best_ask_amount: float(amountOf(spec, bestLots(book, 'ask'))),
    best_bid_amount: float(amountOf(spec, bestLots(book, 'bid'))),
  } satisfies Writable;
}

/** A row of the book summary of futures. */
export function futureSummary(contract: Contract, nowMs: number, stampMs: number): Writable {
  const { asset, listing } = contract;
  const { spec, book } = listing;
  const day = dayOf(contract, nowMs);
  const bid = priceOf(spec, bestTicks(book, 'bid'));
  const ask = priceOf(spec, bestTicks(book, 'ask'));
  const { interest_value: _, ...funding } = fundingFields(contract, nowMs);
  return {
    high: float(day.high),
    low: float(day.low),
    last: float(day.last),
    instrument_name: contract.symbol,
    bid_price: float(bid),
    ask_price: float(ask),
    open_interest: float(openInterestOf(contract)),
    mark_price: rounded(asset.markPrice, markDecimals(contract)),
    creation_timestamp: stampMs,
    estimated_delivery_price: rounded(asset.indexPrice, indexDecimals(asset.indexPrice)),
    price_change: rounded(day.change, 4),
    volume: rounded(day.coins, 8),
    volume_usd: rounded(day.dollars, 2),
    volume_notional: rounded(day.dollars, 2),
    base_currency: contract.base,
    quote_currency: contract.quote,
    mid_price: rounded((bid + ask) / 2, spec.priceDecimals + 2),
    ...funding,
  };
}

/** Mark prices of options: in coins they are small. */
const optionDecimals = ({ family }: Option): number => (family.perp.isInverse ? 8 : 4);

const percent = (fraction: number): Writable => rounded(fraction * 100, 2);

/** What the ticker of an option says. */
export function optionTicker(option: Option, nowMs: number, stampMs: number) {
  const value = appraised(option, nowMs);
  const { bid, ask, valuation, openInterest, volume } = value;
  const { indexPrice } = option.family.perp.asset;
  const decimals = optionDecimals(option);
  const index = rounded(indexPrice, indexDecimals(indexPrice));
  const mark = rounded(value.markPrice, decimals);
  return {
    timestamp: stampMs,
    state: 'open',
    stats: {
      high: null,
      low: null,
      price_change: null,
      volume: float(volume),
      volume_usd: rounded(volumeUsd(option, value), 2),
    },
    greeks: {
      delta: rounded(valuation.delta, 5),
      gamma: rounded(valuation.gamma, 5),
      vega: rounded(valuation.vega, 5),
      theta: rounded(valuation.theta, 5),
      rho: rounded(valuation.rho, 5),
    },
    index_price: index,
    instrument_name: option.symbol,
    last_price: null,
    settlement_price: mark,
    min_price: rounded(value.markPrice * 0.5, decimals),
    max_price: rounded(value.markPrice * 2 + 0.015, decimals),
    open_interest: float(openInterest),
    mark_price: mark,
    interest_rate: float(0),
    estimated_delivery_price: index,
    best_ask_price: float(ask.price),
    best_bid_price: float(bid?.price ?? 0),
    mark_iv: percent(value.markIv),
    bid_iv: percent(bid?.iv ?? 0),
    ask_iv: percent(ask.iv),
    underlying_price: rounded(value.forward, indexDecimals(value.forward)),
    underlying_index: value.underlying,
    best_ask_amount: float(ask.amount),
    best_bid_amount: float(bid?.amount ?? 0),
  } satisfies Writable;
}

const volumeUsd = (option: Option, { volume, markPrice, forward }: OptionValue): number =>
  volume * markPrice * (option.family.perp.isInverse ? forward : 1);

/** A row of the book summary of options. */
export function optionSummary(option: Option, nowMs: number, stampMs: number): Writable {
  const value = appraised(option, nowMs);
  const { bid, ask } = value;
  const { perp } = option.family;
  const decimals = optionDecimals(option);
  return {
    high: null,
    low: null,
    last: null,
    instrument_name: option.symbol,
    bid_price: bid === null ? null : float(bid.price),
    ask_price: float(ask.price),
    open_interest: float(value.openInterest),
    mark_price: rounded(value.markPrice, decimals),
    interest_rate: float(0),
    creation_timestamp: stampMs,
    estimated_delivery_price: rounded(perp.asset.indexPrice, indexDecimals(perp.asset.indexPrice)),
    price_change: null,
    volume: float(value.volume),
    mark_iv: percent(value.markIv),
    underlying_price: rounded(value.forward, indexDecimals(value.forward)),
    underlying_index: value.underlying,
    base_currency: perp.base,
    quote_currency: perp.isInverse ? perp.base : perp.quote,
    volume_usd: rounded(volumeUsd(option, value), 2),
    mid_price: bid === null ? null : rounded((bid.price + ask.price) / 2, decimals),
  };
}

/** A row of `markprice.options`: here the volatility is a fraction. */
export function optionMark(option: Option, nowMs: number, stampMs: number): Writable {
  const value = appraised(option, nowMs);
  return {
    timestamp: stampMs,
    mark_price: rounded(value.markPrice, optionDecimals(option)),
    iv: rounded(value.markIv, 4),
    instrument_name: option.symbol,
  };
}
