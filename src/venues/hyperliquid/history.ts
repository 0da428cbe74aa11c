import type { HistoryRow } from '../../model/event.ts';
import { HOUR, MINUTE, type Micros } from '../../model/units.ts';
import { noteFields } from '../draft.ts';
import { tellHistory } from '../history.ts';
import { inUnits, type Listed, listedOf, pricePerCoin, symbolOf } from '../listed.ts';
import {
  arrayOf,
  isAbsent,
  Malformed,
  objectOf,
  priceOf,
  rateOf,
  sizeOf,
  stampOf,
  type Wire,
} from '../wire.ts';
import type { Draft } from './draft.ts';
import { noteFunding } from './listings.ts';

const RATE_FIELDS: ReadonlySet<string> = new Set('coin,fundingRate,premium,time'.split(','));
const CANDLE_FIELDS: ReadonlySet<string> = new Set('t,T,s,i,o,c,h,l,v,n'.split(','));

/** Settlements happen on the hour and are stamped some ms late; whoever counts by the hour needs the instant itself. */
const settlementOf = (stamp: Micros): Micros => (Math.round(stamp / MINUTE) * MINUTE) as Micros;

/**
 * `fundingHistory` → settled funding: hourly rates, and of 8 h until 2023. The premium that comes with them is not used.
 *
 * @see https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/info-endpoint/perpetuals
 */
export function fundingHistory(draft: Draft, body: unknown, symbol: string): void {
  const rows = arrayOf(body, 'fundingHistory').map((row): HistoryRow => {
    const paid = objectOf(row, 'fundingHistory');
    noteFields(draft, 'fundingHistory', paid, RATE_FIELDS);
    if (paid['coin'] !== symbol) throw new Malformed('coin: not the one asked for');
    return {
      ts: settlementOf(stampOf(paid['time'], 'time')),
      value: rateOf(paid['fundingRate'], 'fundingRate'),
    };
  });
  const { instrument } = listedOf(draft, symbol);
  noteFunding(draft, instrument);
  tellHistory(draft, instrument, 'fundingSettled', rows);
}

/** Intervals whose candles become history. */
export const SERIES = { '1h': ['bar1h', HOUR], '1m': ['bar1m', MINUTE] } as const;

function candleOf(draft: Draft, candle: Wire, length: number, listed: Listed): HistoryRow {
  noteFields(draft, 'candle', candle, CANDLE_FIELDS);
  const openTs = stampOf(candle['t'], 't');
  // The last millisecond of the candle; its close is the next one.
  const ts = (stampOf(candle['T'], 'T') + 1000) as Micros;
  if (ts - openTs !== length) throw new Malformed('T: not the end of the candle');
  const high = priceOf(candle['h'], 'h');
  const low = priceOf(candle['l'], 'l');
  const close = priceOf(candle['c'], 'c');
  if (close > high || close < low) throw new Malformed('c: outside of the candle');
  return {
    ts,
    value: pricePerCoin(close, listed),
    high: pricePerCoin(high, listed),
    low: pricePerCoin(low, listed),
    volume: inUnits(sizeOf(candle['v'], 'v'), listed),
  };
}

/**
 * `candleSnapshot` → bars stamped with their close. The one that is still open comes last and is left out. Nobody says which part of the volume takers bought.
 *
 * @see https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/info-endpoint
 */
export function candleSnapshot(
  draft: Draft,
  body: unknown,
  symbol: string,
  interval: keyof typeof SERIES,
): void {
  const [series, length] = SERIES[interval];
  const candles = arrayOf(body, 'candles');
  const listed = listedOf(draft, symbol);
  const rows = candles.map((row) => {
    const candle = objectOf(row, 'candle');
    if (!isAbsent(candle['s']) && symbolOf(candle['s'], 's') !== symbol)
      throw new Malformed('s: not the coin asked for');
    return candleOf(draft, candle, length, listed);
  });
  tellHistory(draft, listed.instrument, series, rows);
}
