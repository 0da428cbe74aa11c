import { noteUnfamiliar } from '../draft.ts';
import { symbolOf } from '../listed.ts';
import { type Asked, askedIn } from '../requests.ts';
import { arrayOf, isAbsent, Malformed, objectOf, shown, type Wire } from '../wire.ts';
import { restOrderbook } from './book.ts';
import type { Draft } from './draft.ts';
import { fundingHistory } from './funding.ts';
import { klines, openInterestHistory, seriesOf } from './history.ts';
import { instruments } from './listings.ts';
import { riskLimit } from './margin.ts';
import { BOOK_LEVELS } from './product.ts';

const PATH = /^\/v5\/market\/(.+)$/;

interface Answer {
  /** Path after the API's version: `kline`, `funding/history`. */
  readonly endpoint: string;
  readonly query: Asked['query'];
  readonly result: Wire;
}

type Reader = (draft: Draft, answer: Answer) => void;

const listOf = ({ result }: Answer): readonly unknown[] => arrayOf(result['list'], 'list');
const symbolAsked = ({ query }: Answer): string => symbolOf(query.get('symbol'), 'symbol');

const readBook: Reader = (draft, { query, result }) => {
  const limit = query.get('limit') ?? '';
  restOrderbook(draft, result, /^\d{1,5}$/.test(limit) ? Number(limit) : BOOK_LEVELS);
};

const readListings: Reader = (draft, answer) => {
  const { query, result } = answer;
  const isPart = query.has('symbol') || query.has('baseCoin');
  instruments(draft, {
    rows: listOf(answer),
    isFirst: !query.has('cursor') && !isPart,
    isLast: isAbsent(result['nextPageCursor']) && !isPart,
  });
};

const readBars: Reader = (draft, answer) => {
  const { endpoint, query } = answer;
  const interval = query.get('interval') ?? '';
  const series = seriesOf(endpoint, interval);
  if (series === undefined) noteUnfamiliar(draft, `${endpoint} ${shown(interval)}`);
  else klines(draft, listOf(answer), symbolAsked(answer), series);
};

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['instruments-info', readListings],
  ['orderbook', readBook],
  ['funding/history', (draft, answer) => fundingHistory(draft, listOf(answer))],
  [
    'open-interest',
    (draft, answer) => openInterestHistory(draft, listOf(answer), symbolAsked(answer)),
  ],
  ['kline', readBars],
  ['mark-price-kline', readBars],
  ['index-price-kline', readBars],
  ['risk-limit', (draft, answer) => riskLimit(draft, listOf(answer), symbolAsked(answer))],
  ['time', () => {}],
]);

/** One REST answer. The request is part of it: bodies do not say which interval they belong to, or whether they hold everything. */
export function readAnswer(draft: Draft, body: unknown): void {
  const asked = askedIn(draft.chan);
  const endpoint = PATH.exec(asked?.path ?? '')?.[1];
  if (asked === undefined || endpoint === undefined)
    throw new Malformed(`unknown request ${shown(draft.chan)}`);
  const envelope = objectOf(body, 'answer');
  const code = envelope['retCode'];
  if (code !== 0)
    throw new Malformed(`${shown(endpoint)}: error ${typeof code === 'number' ? code : '?'}`);
  const reader = READERS.get(endpoint);
  if (reader === undefined) noteUnfamiliar(draft, `request ${shown(endpoint)}`);
  else
    reader(draft, { endpoint, query: asked.query, result: objectOf(envelope['result'], 'result') });
}
