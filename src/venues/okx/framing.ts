import { type Message, textOf } from '../../model/record.ts';
import { createTexts, endOfText, matches, patternOf, take, textAt } from '../bytes.ts';
import { createFramings } from '../framings.ts';
import type { Framing } from '../protocol.ts';
import { isObject, shown, type Wire } from '../wire.ts';
import { argOf, streamOf } from './channels.ts';

/** Sent after some silence and answered as bare text; neither is JSON (venues.md §4.1). */
export const PING = 'ping';
export const PONG = 'pong';

/** What the venue says about a minute before it closes a socket. */
const CLOSING_CODE = '64008';

/**
 * Whether a message belongs to the subscription dialogue and not to the market: everything that is an `event`.
 *
 * `{"event":"subscribe","arg":{…}}`, `{"event":"error","code":"60018","msg":"…"}`, `{"event":"notice","code":"64008","msg":"…"}`.
 */
export const isControl = (value: unknown): value is Wire =>
  isObject(value) && typeof value['event'] === 'string';

/** The number of our request, which comes back as text. */
function idIn({ id }: Wire): number | null {
  const number = typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : id;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}

function reasonIn({ code, msg }: Wire): string {
  const parts = [code, msg].map((part) =>
    typeof part === 'string' || typeof part === 'number' ? String(part) : '',
  );
  return shown(parts.join(' ').trim()) || 'refused';
}

const NAMED = /channel:\s*([\w-]+)\s*,\s*inst(?:Id|Type|Family):\s*([\w.-]+)/g;

/** Streams that a refusal names: in its `arg`, or in its text as `channel:books,instId:BTC-USDT`. */
function refusedIn(message: Wire): readonly string[] {
  const stream = streamOf(message['arg']);
  if (stream !== undefined) return [stream];
  const text = typeof message['msg'] === 'string' ? message['msg'] : '';
  return [...text.matchAll(NAMED)].map(([, channel, subject]) => `${channel}:${subject}`);
}

function controlOf(message: Wire): Framing {
  const id = idIn(message);
  switch (message['event']) {
    case 'subscribe':
    case 'unsubscribe': {
      const stream = streamOf(message['arg']);
      return stream === undefined
        ? { kind: 'unreadable', reason: 'acknowledges nothing' }
        : { kind: 'ack', id, streams: [stream], isPart: true };
    }
    case 'error': {
      const streams = refusedIn(message);
      const reason = reasonIn(message);
      return streams.length > 0
        ? { kind: 'error', id, reason, streams }
        : { kind: 'error', id, reason };
    }
    case 'notice':
      return message['code'] === CLOSING_CODE || message['code'] === Number(CLOSING_CODE)
        ? { kind: 'closing' }
        : { kind: 'pong' };
    // Counts of connections and whatever else it tells about itself.
    default:
      return { kind: 'pong' };
  }
}

const ENVELOPE = '{"arg":{"channel":"';
const BEGINNING = patternOf(ENVELOPE);
const INSTRUMENT = patternOf('","instId":"');
const TYPE = patternOf('","instType":"');
const WITH_ACTION = patternOf('"},"action":"');
const WITH_DATA = patternOf('"},"data":[');

/** Names of streams, see `createFramings`. */
const names = createTexts();

/** The framing of an `arg` by its text behind the quote of the channel: `books","instId":"BTC-USDT-SWAP`. */
const framingOf = createFramings((arg) => ({
  kind: 'data',
  stream: `${arg.slice(0, arg.indexOf('"'))}:${arg.slice(arg.lastIndexOf('"') + 1)}`,
}));

/** The stream of data that begins with an `arg` of a channel and an instrument or type, as nearly all does; undefined for any other spelling. */
function quickly(msg: Message): Framing | undefined {
  if (typeof msg === 'string' || !take(msg) || !matches(0, BEGINNING)) return undefined;
  const channelEnd = endOfText(ENVELOPE.length);
  if (channelEnd <= ENVELOPE.length) return undefined;
  const subject = matches(channelEnd, INSTRUMENT)
    ? channelEnd + INSTRUMENT.length
    : matches(channelEnd, TYPE)
      ? channelEnd + TYPE.length
      : -1;
  if (subject < 0) return undefined;
  const end = endOfText(subject);
  if (end <= subject || !(matches(end, WITH_ACTION) || matches(end, WITH_DATA))) return undefined;
  return framingOf(textAt(names, ENVELOPE.length, end));
}

/**
 * Which stream a message belongs to. Data names it in its first bytes, and nothing behind it is looked at; any other order of keys and answers to
 * subscriptions are parsed.
 */
export function frame(msg: Message): Framing {
  const quick = quickly(msg);
  if (quick !== undefined) return quick;
  const text = textOf(msg);
  if (text === PONG) return { kind: 'pong' };
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return { kind: 'unreadable', reason: 'not JSON' };
  }
  if (isControl(message)) return controlOf(message);
  const stream = isObject(message) && 'data' in message ? streamOf(message['arg']) : undefined;
  return stream === undefined
    ? { kind: 'unreadable', reason: 'neither data nor answer' }
    : { kind: 'data', stream };
}

const asking = (op: 'subscribe' | 'unsubscribe', streams: readonly string[], id: number): string =>
  JSON.stringify({ id: String(id), op, args: streams.map(argOf) });

export const subscribe = (streams: readonly string[], id: number): string =>
  asking('subscribe', streams, id);

export const unsubscribe = (streams: readonly string[], id: number): string =>
  asking('unsubscribe', streams, id);
