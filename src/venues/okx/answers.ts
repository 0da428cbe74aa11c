import { noteUnfamiliar, readEach } from '../draft.ts';
import { symbolOf } from '../listed.ts';
import { askedIn } from '../requests.ts';
import { arrayOf, Malformed, objectOf, shown, stampOf } from '../wire.ts';
import { bookAnswer } from './books.ts';
import type { Draft } from './draft.ts';
import { fundingHistory } from './funding.ts';
import { candles, openInterestHistory, seriesOf } from './history.ts';
import { instruments, isOption } from './listings.ts';
import { ROWS } from './messages.ts';

const PATH = /^\/api\/v5\/(?:public|market|rubik\/stat(?:\/contracts)?)\/([\w-]+)$/;

type Query = ReadonlyMap<string, string>;
type Reader = (draft: Draft, data: unknown, query: Query, endpoint: string) => void;

const numberAsked = (text: string | undefined, otherwise: number): number =>
  text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : otherwise;

const readBook: Reader = (draft, data, query) => {
  const symbol = symbolOf(query.get('instId'), 'instId');
  const [row, ...more] = arrayOf(data, 'data');
  if (row === undefined || more.length > 0) throw new Malformed('data: not one book');
  // Without `sz` it is a book of one level.
  if (!isOption(symbol))
    bookAnswer(draft, objectOf(row, 'book'), symbol, numberAsked(query.get('sz'), 1));
};

const readListings: Reader = (draft, data, query) => {
  const isPart = ['instId', 'instFamily', 'uly'].some((name) => query.has(name));
  instruments(draft, data, isPart ? null : (query.get('instType') ?? null));
};

const readCandles: Reader = (draft, data, query, endpoint) => {
  const bar = query.get('bar') ?? '1m';
  const series = seriesOf(endpoint, bar);
  if (series === undefined) {
    noteUnfamiliar(draft, `${endpoint} ${shown(bar)}`);
    return;
  }
  const name = symbolOf(query.get('instId'), 'instId');
  if (!isOption(name)) candles(draft, data, name, series);
};

const readOpenInterestHistory: Reader = (draft, data, query) => {
  const symbol = symbolOf(query.get('instId'), 'instId');
  if (!isOption(symbol)) openInterestHistory(draft, data, symbol);
};

const readTime: Reader = (_draft, data) => {
  stampOf(objectOf(arrayOf(data, 'data')[0], 'time')['ts'], 'ts');
};

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['books', readBook],
  ['books-full', readBook],
  ['instruments', readListings],
  ['funding-rate-history', fundingHistory],
  ['candles', readCandles],
  ['history-candles', readCandles],
  ['mark-price-candles', readCandles],
  ['history-mark-price-candles', readCandles],
  ['index-candles', readCandles],
  ['history-index-candles', readCandles],
  ['open-interest-history', readOpenInterestHistory],
  ['time', readTime],
  ['ticker', (draft, data, query) => readRows(draft, data, query, 'tickers')],
]);

const readRows: Reader = (draft, data, _query, channel) => {
  const reader = ROWS.get(channel)!;
  readEach(draft, 'rows', arrayOf(data, 'data'), (row) =>
    reader(draft, objectOf(row, 'row'), '', {}),
  );
};

/**
 * One REST answer: `{"code":"0","msg":"","data":[…]}`. The request is part of it: books and bars do not say which instrument they belong to.
 *
 * @see https://www.okx.com/docs-v5/en/#overview-rest-authentication
 */
export function readAnswer(draft: Draft, body: unknown): void {
  const asked = askedIn(draft.chan);
  const endpoint = PATH.exec(asked?.path ?? '')?.[1];
  if (asked === undefined || endpoint === undefined)
    throw new Malformed(`unknown request ${shown(draft.chan)}`);
  const answer = objectOf(body, endpoint);
  const { code } = answer;
  if (code !== '0' && code !== 0)
    throw new Malformed(
      `${endpoint}: error ${typeof code === 'string' || typeof code === 'number' ? shown(`${code}`) : '?'}`,
    );
  const reader = READERS.get(endpoint) ?? (ROWS.has(endpoint) ? readRows : undefined);
  if (reader === undefined) noteUnfamiliar(draft, `request ${shown(endpoint)}`);
  else reader(draft, answer['data'], asked.query, endpoint);
}
