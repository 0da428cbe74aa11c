import { type Message, textOf } from '../../model/record.ts';
import { readerOf } from '../framings.ts';
import type { Framing } from '../protocol.ts';
import { isObject, shown, type Wire } from '../wire.ts';
import { typeOf } from './messages.ts';

const SHUTDOWN_STREAM = '!serverShutdown';
const ENVELOPE = '{"stream":"';

/** Streams by event type, as raw frames do not name theirs; the speeds are those we ask for. */
const STREAM_SUFFIX: Readonly<Record<string, string>> = {
  depthUpdate: 'depth@100ms',
  bookTicker: 'bookTicker',
  aggTrade: 'aggTrade',
  trade: 'trade',
  markPriceUpdate: 'markPrice@1s',
  indexPriceUpdate: 'indexPrice@1s',
  forceOrder: 'forceOrder',
  '24hrTicker': 'ticker',
  '24hrMiniTicker': 'miniTicker',
};

const ARRAY_STREAM: Readonly<Record<string, string>> = {
  markPriceUpdate: '!markPrice@arr@1s',
  forceOrder: '!forceOrder@arr',
  '24hrTicker': '!ticker@arr',
  '24hrMiniTicker': '!miniTicker@arr',
};

const idIn = (message: Wire): number | null =>
  typeof message['id'] === 'number' && Number.isSafeInteger(message['id']) ? message['id'] : null;

/** `{"error":{"code":2,"msg":"…"},"id":5}`, or the inner object alone as the documentation prints it. */
function errorIn(message: Wire): Wire | undefined {
  if (isObject(message['error'])) return message['error'];
  return typeof message['code'] === 'number' && typeof message['msg'] === 'string'
    ? message
    : undefined;
}

function reasonIn(error: Wire): string {
  const { code, msg } = error;
  const parts = [typeof code === 'number' ? String(code) : '', typeof msg === 'string' ? msg : ''];
  return shown(parts.join(' ').trim()) || 'refused';
}

const isAck = (message: Wire): boolean =>
  'result' in message && idIn(message) !== null && !('e' in message);

/** Whether a message belongs to the subscription dialogue and not to the market. */
export const isControl = (value: unknown): boolean =>
  isObject(value) && (isAck(value) || errorIn(value) !== undefined);

function streamOf(payload: unknown): string | undefined {
  const isArray = Array.isArray(payload);
  const first: unknown = isArray ? payload[0] : payload;
  if (!isObject(first)) return undefined;
  const type = typeOf(first) ?? '';
  if (isArray) return ARRAY_STREAM[type];
  if (type === 'contractInfo') return '!contractInfo';
  const suffix = STREAM_SUFFIX[type];
  const inner = isObject(first['o']) ? first['o'] : first;
  // An index price is that of a pair.
  const symbol = type === 'indexPriceUpdate' ? inner['i'] : inner['s'];
  if (suffix === undefined || typeof symbol !== 'string') return undefined;
  return `${symbol.toLowerCase()}@${suffix}`;
}

const data = (stream: string): Framing =>
  stream === SHUTDOWN_STREAM ? { kind: 'closing' } : { kind: 'data', stream };

const quickly = readerOf(ENVELOPE, data);

/**
 * Which stream a message belongs to. Combined messages name it in their first bytes, and nothing behind it is looked at; any other order of
 * keys, bare events and answers to subscriptions are parsed.
 */
export function frame(msg: Message): Framing {
  const named = quickly(msg);
  if (named !== undefined) return named;
  let message: unknown;
  try {
    message = JSON.parse(textOf(msg));
  } catch {
    return { kind: 'unreadable', reason: 'not JSON' };
  }
  if (!isObject(message)) {
    const stream = streamOf(message);
    return stream === undefined
      ? { kind: 'unreadable', reason: 'neither event nor answer' }
      : { kind: 'data', stream };
  }
  if (typeof message['stream'] === 'string' && 'data' in message) return data(message['stream']);
  if (isAck(message)) return { kind: 'ack', id: idIn(message)! };
  const error = errorIn(message);
  if (error !== undefined) {
    return { kind: 'error', id: idIn(message), reason: reasonIn(error) };
  }
  if (message['e'] === 'serverShutdown') return { kind: 'closing' };
  const stream = streamOf(message);
  return stream === undefined
    ? { kind: 'unreadable', reason: 'neither event nor answer' }
    : { kind: 'data', stream };
}

export const subscribe = (streams: readonly string[], id: number): string =>
  JSON.stringify({ method: 'SUBSCRIBE', params: streams, id });

export const unsubscribe = (streams: readonly string[], id: number): string =>
  JSON.stringify({ method: 'UNSUBSCRIBE', params: streams, id });
