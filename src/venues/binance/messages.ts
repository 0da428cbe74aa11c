import { noteEventTime, noteFields, noteUnfamiliar, readEach } from '../draft.ts';
import { isAbsent, isObject, Malformed, objectOf, shown, stampOf, type Wire } from '../wire.ts';
import { bookTicker, depthUpdate } from './book.ts';
import type { Draft } from './draft.ts';
import { indexPriceUpdate } from './inverse.ts';
import { forceOrder, isForeign } from './liquidations.ts';
import { markPriceUpdate } from './marks.ts';
import { ticker24h } from './tickers.ts';
import { aggTrade, trade } from './trades.ts';

type Reader = (draft: Draft, message: Wire) => void;

const nothing: Reader = () => {};

/** What each event type says; `nothing` where it is known and not needed. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['depthUpdate', depthUpdate],
  ['bookTicker', bookTicker],
  ['aggTrade', aggTrade],
  ['trade', trade],
  ['markPriceUpdate', markPriceUpdate],
  ['indexPriceUpdate', indexPriceUpdate],
  ['forceOrder', forceOrder],
  ['24hrTicker', ticker24h],
  ['24hrMiniTicker', ticker24h],
  ['kline', nothing],
  ['contractInfo', nothing],
  ['serverShutdown', nothing],
]);

const ENVELOPE_FIELDS: ReadonlySet<string> = new Set(['stream', 'data']);

/** Spot's `bookTicker` carries no event type; its five fields tell it. */
const isBareTicker = (message: Wire): boolean =>
  'u' in message && 'b' in message && 'B' in message && 'a' in message && 'A' in message;

/** The event type of a message; undefined where it has none and no shape that tells. */
export function typeOf(message: Wire): string | undefined {
  const type = message['e'];
  if (typeof type === 'string') return type;
  return type === undefined && isBareTicker(message) ? 'bookTicker' : undefined;
}

function readEvent(draft: Draft, value: unknown): void {
  const message = objectOf(value, 'message');
  const type = typeOf(message);
  if (type === undefined) throw new Malformed('no event type');
  const reader = READERS.get(type);
  if (reader === undefined) {
    noteUnfamiliar(draft, `event ${shown(type)}`);
    return;
  }
  if (!isAbsent(message['E'])) noteEventTime(draft, stampOf(message['E'], 'E'));
  if (isForeign(draft, message)) return;
  reader(draft, message);
}

/**
 * The elements of an all-market array, each for itself: one symbol that is in a state nobody foresaw costs itself, not all others. An array of which
 * nothing can be read is rejected as a whole.
 */
function readArray(draft: Draft, elements: readonly unknown[]): void {
  readEach(draft, 'elements', elements, (element) => readEvent(draft, element));
}

/**
 * One socket message: an event or an array of events, bare (`/ws`) or wrapped with its stream (`/stream`).
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams
 */
export function readMessage(draft: Draft, message: unknown): void {
  let payload = message;
  if (isObject(message) && typeof message['stream'] === 'string' && 'data' in message) {
    noteFields(draft, 'envelope', message, ENVELOPE_FIELDS);
    payload = message['data'];
  }
  if (Array.isArray(payload)) readArray(draft, payload);
  else readEvent(draft, payload);
}
