import type { Asset } from '../../model/instrument.ts';
import { DAY, type Micros } from '../../model/units.ts';
import { noteFields, noteUnfamiliar } from '../draft.ts';
import {
  arrayOf,
  decimalOf,
  Malformed,
  objectOf,
  priceOf,
  shown,
  stampOf,
  textOf,
} from '../wire.ts';
import type { Draft } from './draft.ts';
import { FEED, VENUE } from './listings.ts';

const FIELDS: ReadonlySet<string> = new Set('volatility,timestamp,index_name'.split(','));

/** The volatility of nothing that is traded is below 3 % or above 300 %: what is less is a fraction, as an example of the venue has it (venues.md §7, UNCONFIRMED). */
const PERCENT_FROM = 3;

/** Percent → fraction, digit by digit. */
const fractionOf = (value: unknown, name: string): number => {
  const number = priceOf(value, name);
  return number < PERCENT_FROM ? number : Number(`${decimalOf(value, name)}e-2`);
};

/**
 * `deribit_volatility_index.{index}` → DVOL: implied volatility of the next thirty days, as the venue computes it from its options.
 *
 * @see https://docs.deribit.com/subscriptions/market-data/deribit_volatility_indexindex_name
 */
export function volatilityIndex(draft: Draft, data: unknown): void {
  const row = objectOf(data, 'volatility index');
  noteFields(draft, 'volatility', row, FIELDS);
  const [base = ''] = textOf(row['index_name'], 'index_name').split('_');
  draft.events.push({
    kind: 'volatilityIndex',
    venue: VENUE,
    feed: FEED,
    asset: base.toUpperCase(),
    volatility: fractionOf(row['volatility'], 'volatility'),
    tsExchange: stampOf(row['timestamp'], 'timestamp'),
    tsLocal: draft.tsLocal,
  });
}

/**
 * `get_volatility_index_data` by the day → the close of each day that is over, stamped with its end. Rows are `[open time, open, high, low, close]`, the last of them
 * that of today.
 *
 * @see https://docs.deribit.com/api-reference/market-data/public-get_volatility_index_data
 */
export function volatilityIndexData(
  draft: Draft,
  result: unknown,
  asset: Asset,
  resolution: string,
): void {
  if (resolution !== '1D') {
    noteUnfamiliar(draft, `resolution ${shown(resolution)}`);
    return;
  }
  const { tsLocal } = draft;
  const rows = arrayOf(objectOf(result, 'volatility index')['data'], 'data')
    .map((element) => {
      const row = arrayOf(element, 'row');
      if (row.length < 5) throw new Malformed('row: too short');
      return {
        ts: (stampOf(row[0], 'time') + DAY) as Micros,
        value: fractionOf(row[4], 'close'),
      };
    })
    .filter(({ ts }) => ts <= tsLocal)
    .sort((a, b) => a.ts - b.ts)
    .filter(({ ts }, index, sorted) => ts !== sorted[index + 1]?.ts);
  if (rows.length > 0)
    draft.events.push({
      kind: 'volatilityHistory',
      venue: VENUE,
      feed: FEED,
      asset,
      rows,
      tsLocal,
    });
}
