import type { HistoryRow, HistorySeries, OpenInterest } from '../../model/event.ts';
import { HOUR, MINUTE, type Micros } from '../../model/units.ts';
import { noteFields } from '../draft.ts';
import { tellHistory } from '../history.ts';
import { inUnits, type Listed, listedOf, pricePerCoin, symbolOf } from '../listed.ts';
import { arrayOf, isAbsent, Malformed, objectOf, priceOf, sizeOf, stampOf } from '../wire.ts';
import type { Draft } from './draft.ts';
import { perpOn, tellContracts } from './inverse.ts';

const OPEN_INTEREST_FIELDS: ReadonlySet<string> = new Set(
  'symbol,openInterest,time,pair,contractType'.split(','),
);
const OPEN_INTEREST_HISTORY_FIELDS: ReadonlySet<string> = new Set(
  'symbol,pair,contractType,sumOpenInterest,sumOpenInterestValue,CMCCirculatingSupply,timestamp'.split(
    ',',
  ),
);

/**
 * `GET /fapi/v1/openInterest` → open interest now, one side, base coin; on COIN-M contracts.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api/Open-Interest
 */
export function openInterest(draft: Draft, body: unknown): void {
  const message = objectOf(body, 'openInterest');
  noteFields(draft, 'openInterest', message, OPEN_INTEREST_FIELDS);
  const symbol = symbolOf(message['symbol'], 'symbol');
  const size = sizeOf(message['openInterest'], 'openInterest');
  const tsExchange = isAbsent(message['time']) ? null : stampOf(message['time'], 'time');
  const listed = listedOf(draft, symbol);
  if (draft.product.isInverse) {
    tellContracts(draft, listed, { count: size, tsExchange });
    return;
  }
  draft.events.push({
    kind: 'openInterest',
    instrument: listed.instrument.id,
    size: inUnits(size, listed),
    tsExchange,
    tsLocal: draft.tsLocal,
  } satisfies OpenInterest);
}

/**
 * `GET /futures/data/openInterestHist` → open interest at the instants of the page, base coin. `timestamp` was a string until July 2026.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api/Open-Interest-Statistics
 */
export function openInterestHistory(draft: Draft, body: unknown): void {
  if (draft.product.isInverse) {
    contractsHistory(draft, body);
    return;
  }
  const pages = new Map<string, { ts: Micros; size: number }[]>();
  for (const row of arrayOf(body, 'openInterestHist')) {
    const message = objectOf(row, 'openInterestHist');
    noteFields(draft, 'openInterestHist', message, OPEN_INTEREST_HISTORY_FIELDS);
    const symbol = symbolOf(message['symbol'], 'symbol');
    const size = sizeOf(message['sumOpenInterest'], 'sumOpenInterest');
    const page = pages.get(symbol) ?? [];
    page.push({ ts: stampOf(message['timestamp'], 'timestamp'), size });
    pages.set(symbol, page);
  }
  for (const [symbol, page] of pages) {
    const listed = listedOf(draft, symbol);
    const rows = page.map(({ ts, size }) => ({ ts, value: inUnits(size, listed) }));
    tellHistory(draft, listed.instrument, 'openInterest', rows);
  }
}

/** How far a price may lie from the latest mark to be one of the same month. */
const PRICE_FACTOR = 4;

/**
 * COIN-M answers by pair and type of contract: `sumOpenInterest` in contracts, `sumOpenInterestValue` in coins. Only the perp's pages are used, as a
 * quarter's name moves on to another contract. What a coin costs by the two numbers has to be a price of this coin: nobody has shown the wire, and the
 * documentation's own sample contradicts its units.
 */
function contractsHistory(draft: Draft, body: unknown): void {
  const pages = new Map<string, { ts: Micros; contracts: number; value: number }[]>();
  for (const row of arrayOf(body, 'openInterestHist')) {
    const message = objectOf(row, 'openInterestHist');
    noteFields(draft, 'openInterestHist', message, OPEN_INTEREST_HISTORY_FIELDS);
    const pair = symbolOf(message['pair'], 'pair');
    const contracts = sizeOf(message['sumOpenInterest'], 'sumOpenInterest');
    const value = sizeOf(message['sumOpenInterestValue'], 'sumOpenInterestValue');
    const ts = stampOf(message['timestamp'], 'timestamp');
    if (message['contractType'] !== 'PERPETUAL') continue;
    const page = pages.get(pair) ?? [];
    page.push({ ts, contracts, value });
    pages.set(pair, page);
  }
  for (const [pair, page] of pages) {
    const listed = perpOn(draft, pair);
    const { instrument } = listed;
    if (instrument.sizeUnit === 'contracts') continue;
    const mark = draft.state.marks.prices.get(instrument.symbol);
    for (const { contracts, value } of page) {
      const price = inUnits(contracts, listed) / value;
      if (mark !== undefined && (price > mark * PRICE_FACTOR || price < mark / PRICE_FACTOR))
        throw new Malformed('sumOpenInterestValue: not in coins');
    }
    const rows = page.map(({ ts, value }) => ({ ts, value }));
    tellHistory(draft, instrument, 'openInterest', rows);
  }
}

/** Kinds of bars that become history, by endpoint and interval. */
const SERIES: Readonly<Record<string, HistorySeries>> = {
  'klines 1h': 'bar1h',
  'klines 1m': 'bar1m',
  'markPriceKlines 1h': 'mark1h',
  'indexPriceKlines 1h': 'index1h',
};

/** The series that an endpoint's bars of an interval belong to; undefined for those nobody keeps. */
export const seriesOf = (endpoint: string, interval: string): HistorySeries | undefined =>
  SERIES[`${endpoint} ${interval}`];

const lengthOf = (series: HistorySeries): number => (series === 'bar1m' ? MINUTE : HOUR);

/** Where a bar has what was traded, and the takers' part of it, in coins. */
interface Columns {
  readonly volume: 5 | 7;
  readonly buyVolume: 9 | 10;
}
const COINS_FIRST: Columns = { volume: 5, buyVolume: 9 };
/** COIN-M has contracts there, and coins where others have quote currency. */
const CONTRACTS_FIRST: Columns = { volume: 7, buyVolume: 10 };

/** A bar as the wire has it: `[openTime, open, high, low, close, volume, closeTime, quote, trades, takerBase, takerQuote, "0"]`. */
function barOf(row: unknown, series: HistorySeries, columns: Columns, listed: Listed): HistoryRow {
  const cells = arrayOf(row, 'kline');
  const openTs = stampOf(cells[0], 'openTime');
  // The last millisecond of the bar; its close is the next one.
  const ts = (stampOf(cells[6], 'closeTime') + 1000) as Micros;
  if (ts - openTs !== lengthOf(series)) throw new Malformed('closeTime: not the end of the bar');
  const high = priceOf(cells[2], 'high');
  const low = priceOf(cells[3], 'low');
  const close = priceOf(cells[4], 'close');
  if (close > high || close < low) throw new Malformed('close: outside of the bar');
  const value = pricePerCoin(close, listed);
  if (series === 'mark1h' || series === 'index1h') return { ts, value };
  const volume = sizeOf(cells[columns.volume], 'volume');
  const buyVolume = sizeOf(cells[columns.buyVolume], 'takerBase');
  if (buyVolume > volume * (1 + 1e-9)) throw new Malformed('takerBase: above the volume');
  return {
    ts,
    value,
    high: pricePerCoin(high, listed),
    low: pricePerCoin(low, listed),
    volume: volume * listed.coins,
    buyVolume: buyVolume * listed.coins,
  };
}

/**
 * `GET …/klines`, `markPriceKlines`, `indexPriceKlines` → bars stamped with their close. The bar that is still open comes last and is left
 * out: a bar counts when its close lies before the moment we received it.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api/Kline-Candlestick-Data
 */
export function klines(draft: Draft, body: unknown, listed: Listed, series: HistorySeries): void {
  const columns = draft.product.isInverse ? CONTRACTS_FIRST : COINS_FIRST;
  const rows = arrayOf(body, 'klines').map((row) => barOf(row, series, columns, listed));
  tellHistory(draft, listed.instrument, series, rows);
}
