import { type Message, textOf } from '../../model/record.ts';
import {
  createTexts,
  endOfText,
  matches,
  patternOf,
  reading,
  scratch,
  take,
  textAt,
} from '../bytes.ts';
import { createFramings } from '../framings.ts';
import type { Framing } from '../protocol.ts';
import { isObject, shown, type Wire } from '../wire.ts';

/** What the venue greets some clients with, as bare text. */
const GREETING = 'Websocket connection established.';

/** How the messages of one channel begin, up to their coin, and the framings that were made of it. */
interface Beginning {
  readonly channel: string;
  readonly start: number;
  readonly pattern: ReturnType<typeof patternOf>;
  readonly names: ReturnType<typeof createTexts>;
  readonly framingOf: (coin: string) => Framing;
  readonly fastFramingOf: (coin: string) => Framing;
}

const beginning = (channel: string, text: string): Beginning => ({
  channel,
  start: text.length,
  pattern: patternOf(text),
  names: createTexts(),
  framingOf: createFramings((coin) => ({ kind: 'data', stream: `${channel}:${coin}` })),
  fastFramingOf: createFramings((coin) => ({ kind: 'data', stream: `${channel}-fast:${coin}` })),
});

/** Channels whose messages are frequent and name their coin first. */
const BOOKS = beginning('l2Book', '{"channel":"l2Book","data":{"coin":"');
const CHEAP = [
  beginning('bbo', '{"channel":"bbo","data":{"coin":"'),
  BOOKS,
  beginning('trades', '{"channel":"trades","data":[{"coin":"'),
  beginning('activeAssetCtx', '{"channel":"activeAssetCtx","data":{"coin":"'),
];

/** Levels per side of a fast frame (venues.md §6.2). */
const FAST_LEVELS = 5;

const sidesIn = (data: Wire): readonly unknown[] =>
  Array.isArray(data['levels']) ? (data['levels'] as readonly unknown[]) : [];

/**
 * Whether a book frame is of the fast variant as far as it tells by itself: it says so, or, should the flag go missing, has exactly the fast number of levels on
 * both sides.
 */
function isFast(data: Wire): boolean {
  if (typeof data['fast'] === 'boolean') return data['fast'];
  const sides = sidesIn(data);
  return (
    sides.length === 2 && sides.every((side) => Array.isArray(side) && side.length === FAST_LEVELS)
  );
}

/** `type:coin`, the name under which we hear a subscription. */
function streamOf(subscription: Wire): string | undefined {
  const { type, coin, fast } = subscription;
  if (typeof type !== 'string' || type === '') return undefined;
  const name = fast === true ? `${type}-fast` : type;
  return typeof coin === 'string' ? `${name}:${coin}` : name;
}

const STREAM = /^(.*?)(-fast)?(?::(.*))?$/s;

/** The subscription behind a stream's name, in the order of keys that the documentation has. */
function subscriptionOf(stream: string): Wire {
  const [, type = stream, fast, coin] = STREAM.exec(stream) ?? [];
  return { type, ...(coin !== undefined && { coin }), ...(fast !== undefined && { fast: true }) };
}

/** The subscription that an error quotes at its end: the request whole, or its inside. */
function quotedIn(text: string): string | undefined {
  const start = text.indexOf('{');
  if (start < 0) return undefined;
  try {
    const value: unknown = JSON.parse(text.slice(start));
    if (!isObject(value)) return undefined;
    return streamOf(isObject(value['subscription']) ? value['subscription'] : value);
  } catch {
    return undefined;
  }
}

/** `Already subscribed: {…}` and `Already unsubscribed: {…}` grant what was asked for; anything else refuses it. */
function errorOf(data: unknown): Framing {
  const text = typeof data === 'string' ? data : '';
  const stream = quotedIn(text);
  const streams = stream === undefined ? undefined : [stream];
  if (text.startsWith('Already ') && streams !== undefined)
    return { kind: 'ack', id: null, streams };
  const [said = ''] = text.split('{');
  const reason = shown(said.replace(/[:\s]+$/, '')) || 'refused';
  return { kind: 'error', id: null, reason, ...(streams !== undefined && { streams }) };
}

function ackOf(data: unknown): Framing {
  const subscription = isObject(data) ? data['subscription'] : undefined;
  const stream = isObject(subscription) ? streamOf(subscription) : undefined;
  return stream === undefined
    ? { kind: 'unreadable', reason: 'answer to no subscription' }
    : { kind: 'ack', id: null, streams: [stream] };
}

/** Channels of the subscription dialogue. */
const CONTROL: ReadonlySet<unknown> = new Set(['subscriptionResponse', 'error', 'pong']);

/** Whether a message belongs to the subscription dialogue and not to the market. */
export const isControl = (value: unknown): boolean =>
  isObject(value) && CONTROL.has(value['channel']);

/** The coin that a message is about, where it is about one. */
function coinIn(data: unknown): string | undefined {
  const first: unknown = Array.isArray(data) ? data[0] : data;
  return isObject(first) && typeof first['coin'] === 'string' ? first['coin'] : undefined;
}

/** Whether the book frame in hand is a fast one; undefined where only its levels, once counted, can tell. */
function isFastInHand(): boolean | undefined {
  const message = scratch.subarray(0, reading.length);
  if (message.includes('"fast":true')) return true;
  let levels = 0;
  for (let at = message.indexOf('"px"'); at >= 0; at = message.indexOf('"px"', at + 4)) {
    levels += 1;
    if (levels > 2 * FAST_LEVELS) return false;
  }
  return levels < 2 * FAST_LEVELS ? false : undefined;
}

/** The stream of a message as its first bytes name it; undefined where it has to be parsed. */
function cheaply(msg: Message): Framing | undefined {
  if (!take(msg)) return undefined;
  const found = CHEAP.find(({ pattern }) => matches(0, pattern));
  if (found === undefined) return undefined;
  const { start, names, framingOf, fastFramingOf } = found;
  const end = endOfText(start);
  if (end <= start) return undefined;
  const isFast = found === BOOKS ? isFastInHand() : false;
  if (isFast === undefined) return undefined;
  return (isFast ? fastFramingOf : framingOf)(textAt(names, start, end));
}

/**
 * Which stream a message belongs to. The frequent ones name it in their first bytes, and of the rest at most a flag is looked for; any other order of keys and answers
 * to subscriptions are parsed.
 */
export function frame(msg: Message): Framing {
  const cheap = cheaply(msg);
  if (cheap !== undefined) return cheap;
  const text = textOf(msg);
  if (text === GREETING) return { kind: 'pong' };
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return { kind: 'unreadable', reason: 'not JSON' };
  }
  const channel = isObject(message) ? message['channel'] : undefined;
  if (!isObject(message) || typeof channel !== 'string' || channel === '')
    return { kind: 'unreadable', reason: 'no channel' };
  const { data } = message;
  if (channel === 'pong') return { kind: 'pong' };
  if (channel === 'subscriptionResponse') return ackOf(data);
  if (channel === 'error') return errorOf(data);
  const coin = coinIn(data);
  const name = channel === 'l2Book' && isObject(data) && isFast(data) ? `${channel}-fast` : channel;
  return { kind: 'data', stream: coin === undefined ? name : `${name}:${coin}` };
}

/** One subscription per message; the venue knows no numbers of requests. */
const request = (method: string, [stream = '']: readonly string[]): string =>
  JSON.stringify({ method, subscription: subscriptionOf(stream) });

export const subscribe = (streams: readonly string[]): string => request('subscribe', streams);

export const unsubscribe = (streams: readonly string[]): string => request('unsubscribe', streams);

export const ping = (): string => '{"method":"ping"}';
