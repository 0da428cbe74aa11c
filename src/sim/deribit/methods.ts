import { type Bar, cellStart, DAY_MS, HOUR_MS, MINUTE_MS } from '../market-bars.ts';
import { copyAsOf, updateIdAt } from '../market-book.ts';
import type { Market } from '../market-state.ts';
import { barsBetween, tapeBegin } from '../market-tape.ts';
import { type Chain, type Option, pastVolatilityIndex, tickAt } from './chain.ts';
import { type Contract, isAlive, paidIn8h, worthOf } from './contracts.ts';
import {
  currentFunding,
  funding8h,
  futureSummary,
  futureTicker,
  optionSummary,
  optionTicker,
} from './facts.ts';
import type { Faults } from './faults.ts';
import { HOST, type Publisher } from './publisher.ts';
import { amountOf, float, priceOf, rounded, type Writable } from './wire.ts';

/** An error as the venue words it. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: { readonly reason: string; readonly param?: string } | null;

  constructor(code: number, message: string, data: RpcError['data'] = null) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

const invalid = (param: string, reason: string): RpcError =>
  new RpcError(-32602, 'Invalid params', { reason, param });

/** What a method was asked with: from JSON, or from a query. */
export type Params = Readonly<Record<string, unknown>>;

function textIn(params: Params, name: string): string {
  const value = params[name];
  if (typeof value !== 'string' || value === '') throw invalid(name, 'value required');
  return value;
}

function wholeIn(params: Params, name: string): number {
  const value = Number(params[name]);
  if (params[name] === undefined || !Number.isSafeInteger(value))
    throw invalid(name, 'must be an integer');
  return value;
}

/** What the methods answer from. */
export interface Backing {
  readonly market: Market;
  readonly chain: Chain;
  readonly publisher: Publisher;
  readonly faults: Faults;
  /** The venue's clock, ms, not skewed. */
  readonly now: () => number;
}

type Method = (backing: Backing, params: Params) => Writable;

const CURRENCIES: ReadonlySet<string> = new Set(['BTC', 'ETH', 'USDC', 'USDT', 'EURR']);
const KINDS: ReadonlySet<string> = new Set([
  'future',
  'option',
  'spot',
  'future_combo',
  'option_combo',
]);

function currencyIn(params: Params, isAnyAllowed: boolean): string {
  const currency = textIn(params, 'currency');
  if (!CURRENCIES.has(currency) && !(isAnyAllowed && currency === 'any'))
    throw invalid('currency', 'wrong format');
  return currency;
}

function kindIn(params: Params): string | undefined {
  const kind = params['kind'];
  if (kind === undefined) return undefined;
  if (typeof kind !== 'string' || !KINDS.has(kind)) throw invalid('kind', 'wrong format');
  return kind;
}

const alive = ({ publisher, market }: Backing): Contract[] =>
  [...publisher.contracts.values()].filter((contract) => isAlive(contract, market.nowMs));

function contractIn(backing: Backing, params: Params): Contract {
  const symbol = textIn(params, 'instrument_name');
  const contract = backing.publisher.contracts.get(symbol);
  if (contract === undefined) throw invalid('instrument_name', 'instrument not found');
  return contract;
}

/** Perps are listed with an expiry in the year 3000. */
const NEVER_MS = 32_503_708_800_000;

function contractRow(contract: Contract): Writable {
  const { asset, listing } = contract;
  const { spec } = listing;
  const step = float(amountOf(spec, 1));
  return {
    instrument_name: contract.symbol,
    kind: 'future',
    instrument_type: contract.isInverse ? 'reversed' : 'linear',
    future_type: contract.isInverse ? 'reversed' : 'linear',
    base_currency: contract.base,
    quote_currency: contract.quote,
    counter_currency: contract.quote,
    settlement_currency: contract.settle,
    settlement_period: contract.isPerp
      ? 'perpetual'
      : termOf(contract.expiryMs!, asset.spec.onboardMs),
    price_index: contract.index,
    contract_size: step,
    min_trade_amount: step,
    tick_size: float(priceOf(spec, 1)),
    tick_size_steps: [],
    creation_timestamp: asset.spec.onboardMs,
    expiration_timestamp: contract.expiryMs ?? NEVER_MS,
    max_leverage: asset.spec.maxLeverage,
    maker_commission: float(0),
    taker_commission: float(0.0005),
    state: 'open',
    is_active: true,
    rfq: false,
  };
}

const termOf = (expiryMs: number, listedMs: number): string => {
  const days = (expiryMs - listedMs) / DAY_MS;
  return days < 3 ? 'day' : days < 30 ? 'week' : 'month';
};

function optionRow(option: Option): Writable {
  const { perp } = option.family;
  const { isInverse } = perp;
  const fine = tickAt(isInverse, 0);
  const coarse = tickAt(isInverse, Number.POSITIVE_INFINITY);
  return {
    instrument_name: option.symbol,
    kind: 'option',
    instrument_type: isInverse ? 'reversed' : 'linear',
    base_currency: perp.base,
    quote_currency: isInverse ? perp.base : perp.quote,
    counter_currency: perp.quote,
    settlement_currency: perp.settle,
    settlement_period: termOf(option.expiryMs, option.listedMs),
    price_index: perp.index,
    strike: float(option.strike),
    option_type: option.type,
    contract_size: float(1),
    min_trade_amount: float(0.1),
    tick_size: float(fine),
    tick_size_steps: [{ above_price: float(isInverse ? 0.005 : 1), tick_size: float(coarse) }],
    creation_timestamp: Math.floor(option.listedMs),
    expiration_timestamp: option.expiryMs,
    maker_commission: float(0.0003),
    taker_commission: float(0.0003),
    state: 'open',
    is_active: true,
    rfq: false,
  };
}

const instruments: Method = (backing, params) => {
  const currency = currencyIn(params, true);
  const kind = kindIn(params);
  const isAsked = (own: string, ofKind: string) =>
    (currency === 'any' || own === currency) && (kind === undefined || kind === ofKind);
  return [
    ...alive(backing)
      .filter((contract) => isAsked(contract.currency, 'future'))
      .map(contractRow),
    ...backing.chain.options
      .filter(({ family }) => isAsked(family.perp.currency, 'option'))
      .map(optionRow),
  ];
};

const bookSummary: Method = (backing, params) => {
  const currency = currencyIn(params, false);
  const kind = kindIn(params);
  const { market, publisher, chain } = backing;
  const { stampMs } = publisher;
  const futures = alive(backing)
    .filter((contract) => contract.currency === currency)
    .map((contract) => futureSummary(contract, market.nowMs, stampMs));
  const options = chain.options
    .filter(({ family }) => family.perp.currency === currency)
    .map((option) => optionSummary(option, market.nowMs, stampMs));
  if (kind === 'future') return futures;
  if (kind === 'option') return options;
  return kind === undefined ? [...futures, ...options] : [];
};

const ticker: Method = (backing, params) => {
  const { market, publisher, chain } = backing;
  const option = chain.find(textIn(params, 'instrument_name'));
  return option === undefined
    ? futureTicker(contractIn(backing, params), market.nowMs, publisher.stampMs)
    : optionTicker(option, market.nowMs, publisher.stampMs);
};

const DEPTHS: ReadonlySet<number> = new Set([1, 5, 10, 20, 50, 100, 1000, 10_000]);
/** How old a book is that went wrong, ms: the stream has long gone on. */
const STALE_MS = 30_000;

const orderBook: Method = (backing, params) => {
  const contract = contractIn(backing, params);
  const depth = params['depth'] === undefined ? 5 : wholeIn(params, 'depth');
  if (!DEPTHS.has(depth))
    throw invalid('depth', 'must be one of 1, 5, 10, 20, 50, 100, 1000, 10000');
  const { market, publisher, faults } = backing;
  const { spec, book } = contract.listing;
  const isStale =
    faults.strike('staleSnapshot', { market: HOST, symbol: contract.symbol }) !== undefined;
  const id = isStale ? updateIdAt(book, market.nowMs - STALE_MS) : book.updateId;
  const copy = copyAsOf(book, id, depth);
  const side = (levels: typeof copy.bids): Writable =>
    levels.map(([ticks, lots]) => [float(priceOf(spec, ticks)), float(amountOf(spec, lots))]);
  return {
    ...futureTicker(contract, market.nowMs, copy.changedMs + publisher.skewMs),
    change_id: copy.updateId,
    bids: side(copy.bids),
    asks: side(copy.asks),
  };
};

/** Rows of an answer, counted back from its end. */
const FUNDING_ROWS = 744;

/** Settled hours of a perp between two instants, with the index at their ends; those without one are left out. */
function settledHours({ asset }: Contract, fromMs: number, toMs: number) {
  const { tape } = asset;
  const hours = tape.settlements.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  const first = hours[0]?.atMs ?? toMs;
  const bars = barsBetween(tape, 'index', HOUR_MS, first - 2 * HOUR_MS, toMs);
  const closes = new Map(bars.map(({ openMs, close }) => [openMs + HOUR_MS, close]));
  return hours.flatMap(({ atMs, rate }) => {
    const index = closes.get(atMs);
    const before = closes.get(atMs - HOUR_MS) ?? index;
    if (index === undefined || before === undefined) return [];
    return [{ atMs, rate, index, before, paid: paidIn8h(asset, atMs, 0) }];
  });
}

function perpIn(backing: Backing, params: Params): Contract {
  const contract = contractIn(backing, params);
  if (!contract.isPerp) throw invalid('instrument_name', 'not a perpetual');
  return contract;
}

const fundingRateHistory: Method = (backing, params) => {
  const contract = perpIn(backing, params);
  const from = wholeIn(params, 'start_timestamp');
  const to = wholeIn(params, 'end_timestamp');
  return settledHours(contract, from, to)
    .slice(-FUNDING_ROWS)
    .map(({ atMs, rate, index, before, paid }) => ({
      timestamp: atMs + backing.publisher.skewMs,
      index_price: rounded(index, 4),
      prev_index_price: rounded(before, 4),
      interest_1h: float(rate),
      interest_8h: float(paid),
    }));
};

const LENGTHS: Readonly<Record<string, number>> = { '8h': 8, '24h': 24, '1m': 720 };

const fundingChart: Method = (backing, params) => {
  const hours = LENGTHS[textIn(params, 'length')];
  if (hours === undefined) throw invalid('length', 'must be one of 8h, 24h, 1m');
  const contract = perpIn(backing, params);
  const { nowMs } = backing.market;
  return {
    current_interest: rounded(currentFunding(contract), 8),
    interest_8h: float(funding8h(contract, nowMs)),
    data: settledHours(contract, nowMs - hours * HOUR_MS, nowMs).map(({ atMs, index, paid }) => ({
      timestamp: atMs + backing.publisher.skewMs,
      index_price: rounded(index, 4),
      interest_8h: float(paid),
    })),
  };
};

const RESOLUTIONS: ReadonlyMap<string, number> = new Map([
  ...['1', '3', '5', '10', '15', '30', '60', '120', '180', '360', '720'].map(
    (minutes): [string, number] => [minutes, Number(minutes) * MINUTE_MS],
  ),
  ['1D', DAY_MS],
]);
const BARS_MOST = 5000;

const chart: Method = (backing, params) => {
  const contract = contractIn(backing, params);
  const lengthMs = RESOLUTIONS.get(`${params['resolution']}`);
  if (lengthMs === undefined) throw invalid('resolution', 'wrong format');
  const { tape } = contract.asset;
  const endMs = Math.min(wholeIn(params, 'end_timestamp'), backing.market.nowMs);
  const startMs = Math.max(wholeIn(params, 'start_timestamp'), tapeBegin(tape));
  const fromMs = Math.max(
    cellStart(startMs + lengthMs - 1, lengthMs),
    cellStart(endMs, lengthMs) - (BARS_MOST - 1) * lengthMs,
  );
  const bars = endMs < fromMs ? [] : barsBetween(tape, 'perp', lengthMs, fromMs, endMs + 1);
  const { priceDecimals } = contract.listing.spec;
  const price = (pick: (bar: Bar) => number) =>
    bars.map((bar) => rounded(pick(bar), priceDecimals));
  const worth = bars.map((bar) => worthOf(contract, bar.volume, (bar.high + bar.low) / 2));
  return {
    status: bars.length === 0 ? 'no_data' : 'ok',
    ticks: bars.map(({ openMs }) => openMs + backing.publisher.skewMs),
    open: price(({ open }) => open),
    high: price(({ high }) => high),
    low: price(({ low }) => low),
    close: price(({ close }) => close),
    volume: worth.map(({ coins }) => rounded(coins, 8)),
    cost: worth.map(({ dollars }) => rounded(dollars, 2)),
  };
};

const VOLATILITY_RESOLUTIONS: ReadonlyMap<string, number> = new Map([
  ['1', 1000],
  ['60', MINUTE_MS],
  ['3600', HOUR_MS],
  ['43200', 12 * HOUR_MS],
  ['1D', DAY_MS],
]);
const VOLATILITY_ROWS = 1000;

const volatilityIndexData: Method = ({ chain, market }, params) => {
  const currency = currencyIn(params, false);
  const family = chain.families.find(({ perp }) => perp.currency === currency && perp.isInverse);
  if (family === undefined) throw invalid('currency', 'wrong format');
  const stepMs = VOLATILITY_RESOLUTIONS.get(`${params['resolution']}`);
  if (stepMs === undefined) throw invalid('resolution', 'wrong format');
  const from = cellStart(wholeIn(params, 'start_timestamp') + stepMs - 1, stepMs);
  const to = Math.min(wholeIn(params, 'end_timestamp'), market.nowMs);
  const count = Math.max(0, Math.floor((to - from) / stepMs) + 1);
  const first = Math.max(from, from + (count - VOLATILITY_ROWS) * stepMs);
  const at = (ms: number) => pastVolatilityIndex(family, ms);
  const data: Writable[] = [];
  for (let openMs = first; openMs <= to; openMs += stepMs) {
    const ends = [at(openMs), at(openMs + stepMs)] as const;
    const row = [ends[0], Math.max(...ends), Math.min(...ends), ends[1]];
    data.push([openMs, ...row.map((value) => rounded(value, 2))]);
  }
  return { data, continuation: first > from ? first - 1 : null };
};

/** Everything that can be asked, by its name behind `public/`. */
export const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['get_time', ({ publisher }) => publisher.stampMs],
  ['test', () => ({ version: '1.2.26' })],
  [
    'status',
    ({ faults }) => ({
      locked: faults.on('platformLock', { market: HOST }) === undefined ? 'false' : 'true',
      locked_indices: [],
    }),
  ],
  ['get_instruments', instruments],
  ['get_book_summary_by_currency', bookSummary],
  ['get_order_book', orderBook],
  ['ticker', ticker],
  ['get_funding_rate_history', fundingRateHistory],
  ['get_funding_chart_data', fundingChart],
  ['get_tradingview_chart_data', chart],
  ['get_volatility_index_data', volatilityIndexData],
]);
