import { noteFields, readEach } from '../draft.ts';
import { listedOf, symbolOf } from '../listed.ts';
import { arrayOf, objectOf, stampOf } from '../wire.ts';
import type { Draft } from './draft.ts';
import { optionSummary } from './options.ts';
import { isCombination } from './symbols.ts';
import { optionalRate, optionalSize, priceIn, tellFuture } from './tickers.ts';

const SUMMARY_FIELDS: ReadonlySet<string> = new Set(
  (
    'instrument_name,base_currency,quote_currency,creation_timestamp,mark_price,open_interest,volume,volume_usd,volume_notional,bid_price,ask_price,mid_price,last,' +
    'high,low,price_change,estimated_delivery_price,current_funding,funding_8h,mark_iv,underlying_price,underlying_index,interest_rate'
  ).split(','),
);

/**
 * `get_book_summary_by_currency` → one row per contract: mark, open interest, volume and, of options, the volatility. `creation_timestamp` is when the
 * summary was made. A row that cannot be read costs itself.
 *
 * @see https://docs.deribit.com/api-reference/market-data/public-get_book_summary_by_currency
 */
export function bookSummary(draft: Draft, result: unknown): void {
  readEach(draft, 'summaries', arrayOf(result, 'summaries'), (element) => {
    const row = objectOf(element, 'summary');
    noteFields(draft, 'summary', row, SUMMARY_FIELDS);
    const symbol = symbolOf(row['instrument_name'], 'instrument_name');
    if (isCombination(symbol)) return;
    const tsExchange = stampOf(row['creation_timestamp'], 'creation_timestamp');
    const listed = listedOf(draft, symbol);
    if (listed.instrument.kind === 'option') optionSummary(draft, row, listed, tsExchange);
    else
      tellFuture(draft, listed, {
        tsExchange,
        markPrice: priceIn(row['mark_price'], 'mark_price'),
        indexPrice: undefined,
        openInterest: optionalSize(row['open_interest'], 'open_interest'),
        volume: optionalSize(row['volume'], 'volume'),
        volumeUsd: optionalSize(row['volume_usd'], 'volume_usd'),
        lastPrice: priceIn(row['last'], 'last'),
        priceChange: optionalRate(row['price_change'], 'price_change'),
        currentFunding: optionalRate(row['current_funding'], 'current_funding'),
      });
  });
}
