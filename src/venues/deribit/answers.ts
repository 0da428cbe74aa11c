import { noteUnfamiliar } from '../draft.ts';
import { symbolOf } from '../listed.ts';
import { askedIn } from '../requests.ts';
import { isObject, Malformed, objectOf, shown, stampOf, textOf } from '../wire.ts';
import { orderBook } from './book.ts';
import type { Draft } from './draft.ts';
import { fundingChart, fundingRateHistory } from './funding.ts';
import { chart } from './history.ts';
import { instruments } from './listings.ts';
import { bookSummary } from './summaries.ts';
import { ticker } from './tickers.ts';
import { trades } from './trades.ts';
import { volatilityIndexData } from './volatility.ts';

const METHOD = /\/public\/(\w+)$/;

type Query = ReadonlyMap<string, string>;
type Reader = (draft: Draft, result: unknown, query: Query) => void;

const symbolIn = (query: Query): string =>
  symbolOf(query.get('instrument_name'), 'instrument_name');

/** Levels per side of a book that was asked for without saying how many. */
const DEFAULT_DEPTH = 5;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  [
    'get_instruments',
    (draft, result, query) =>
      instruments(draft, result, {
        currency: query.get('currency') ?? 'any',
        kind: query.get('kind'),
      }),
  ],
  ['get_book_summary_by_currency', bookSummary],
  ['get_book_summary_by_instrument', bookSummary],
  [
    'get_order_book',
    (draft, result, query) => {
      const depth = query.get('depth') ?? '';
      const limit = /^\d{1,6}$/.test(depth) ? Number(depth) : DEFAULT_DEPTH;
      orderBook(draft, result, symbolIn(query), limit);
    },
  ],
  ['ticker', ticker],
  [
    'get_funding_rate_history',
    (draft, result, query) => fundingRateHistory(draft, result, symbolIn(query)),
  ],
  [
    'get_funding_chart_data',
    (draft, result, query) => fundingChart(draft, result, symbolIn(query)),
  ],
  [
    'get_tradingview_chart_data',
    (draft, result, query) => chart(draft, result, symbolIn(query), query.get('resolution') ?? ''),
  ],
  [
    'get_volatility_index_data',
    (draft, result, query) =>
      volatilityIndexData(
        draft,
        result,
        textOf(query.get('currency'), 'currency'),
        query.get('resolution') ?? '',
      ),
  ],
  [
    'get_last_trades_by_instrument',
    (draft, result) => trades(draft, objectOf(result, 'trades')['trades']),
  ],
  [
    'get_time',
    (_draft, result) => {
      stampOf(result, 'time');
    },
  ],
]);

/** One REST answer, `{"jsonrpc":"2.0","result":…}`. The request is part of it: bars and funding do not say of which contract they are. */
export function readAnswer(draft: Draft, value: unknown): void {
  const asked = askedIn(draft.chan);
  const method = METHOD.exec(asked?.path ?? '')?.[1];
  if (asked === undefined || method === undefined)
    throw new Malformed(`unknown request ${shown(draft.chan)}`);
  const body = objectOf(value, method);
  if (isObject(body['error'])) throw new Malformed(`${shown(method)}: error`);
  const reader = READERS.get(method);
  if (reader === undefined) noteUnfamiliar(draft, `request ${shown(method)}`);
  else reader(draft, body['result'], asked.query);
}
