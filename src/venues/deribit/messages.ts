import { noteEventTime, noteUnfamiliar } from '../draft.ts';
import {
  isAbsent,
  isObject,
  Malformed,
  objectOf,
  shown,
  stampOf,
  textOf,
  type Wire,
} from '../wire.ts';
import { book } from './book.ts';
import type { Draft } from './draft.ts';
import { instrumentState } from './listings.ts';
import { optionMarks } from './options.ts';
import { ticker } from './tickers.ts';
import { trades } from './trades.ts';
import { volatilityIndex } from './volatility.ts';

type Reader = (draft: Draft, data: unknown, channel: string) => void;

const nothing: Reader = () => {};

/** A book of one size per price step is what we follow; `book.{instrument}.{group}.{depth}.{interval}` is another one. */
const GROUPED = /^book\.[^.]+\.[^.]+\.\d+\./;

/** What the platform says of itself: named in the status line, because a locked market is a silent one. */
function platformState(draft: Draft, value: unknown): void {
  const data = objectOf(value, 'platform_state');
  if (data['maintenance'] === true) noteUnfamiliar(draft, 'platform in maintenance');
  const { locked } = data;
  if (locked !== true) return;
  const index = isAbsent(data['price_index']) ? 'all' : textOf(data['price_index'], 'price_index');
  noteUnfamiliar(draft, `platform locked: ${shown(index)}`);
}

/** What each channel says, by the beginning of its name; `nothing` where it is known and not needed. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  [
    'book',
    (draft, data, channel) => {
      if (!GROUPED.test(channel)) book(draft, data);
    },
  ],
  ['trades', trades],
  ['ticker', ticker],
  ['markprice', optionMarks],
  ['deribit_volatility_index', volatilityIndex],
  ['instrument', (draft, data) => instrumentState(draft, objectOf(data, 'instrument.state'))],
  ['platform_state', platformState],
  // Has no number that could be held against the book's.
  ['quote', nothing],
  ['perpetual', nothing],
  ['deribit_price_index', nothing],
  ['estimated_expiration_price', nothing],
]);

/** The venue's time of a message: of the newest row where it has several. */
function noteTime(draft: Draft, data: unknown): void {
  const last: unknown = Array.isArray(data) ? data.at(-1) : data;
  if (isObject(last) && !isAbsent(last['timestamp']))
    noteEventTime(draft, stampOf(last['timestamp'], 'timestamp'));
}

/**
 * One notification: `{"jsonrpc":"2.0","method":"subscription","params":{"channel":…,"data":…}}`.
 *
 * @see https://docs.deribit.com/articles/notifications
 */
export function readMessage(draft: Draft, value: unknown): void {
  const message: Wire = objectOf(value, 'message');
  if (message['method'] !== 'subscription') throw new Malformed('not a notification');
  const params = objectOf(message['params'], 'params');
  const channel = textOf(params['channel'], 'channel');
  const end = channel.indexOf('.');
  const reader = READERS.get(end < 0 ? channel : channel.slice(0, end));
  if (reader === undefined) {
    noteUnfamiliar(draft, `channel ${shown(channel)}`);
    return;
  }
  const { data } = params;
  noteTime(draft, data);
  reader(draft, data, channel);
}
