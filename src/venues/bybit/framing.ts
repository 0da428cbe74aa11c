import { type Message, textOf } from '../../model/record.ts';
import { readerOf } from '../framings.ts';
import type { Framing } from '../protocol.ts';
import { isObject, shown, type Wire } from '../wire.ts';

const ENVELOPE = '{"topic":"';

/** Requests are numbered by us; the venue gives the number back as the text that it was. */
function idIn({ req_id: id }: Wire): number | null {
  return typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : null;
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];

/** Whether a message belongs to the subscription dialogue and not to the market. */
export const isControl = (value: unknown): boolean =>
  isObject(value) &&
  !('topic' in value) &&
  ('op' in value || 'success' in value || value['type'] === 'COMMAND_RESP');

const isPong = ({ op, ret_msg: message }: Wire): boolean =>
  op === 'ping' || op === 'pong' || message === 'pong';

/** What the venue says about a stream that it sends already. It may refuse a whole request for it, so the others of the request are asked for again. */
const ALREADY = /already subscribed,topic:([\w.-]+)/;

/** The three shapes of an answer: granted or refused as a whole, and, on the option socket, topic by topic (venues.md §3.1). */
function answered(message: Wire): Framing {
  const id = idIn(message);
  const reason = typeof message['ret_msg'] === 'string' ? message['ret_msg'] : '';
  const { data } = message;
  if (isObject(data)) {
    const granted = texts(data['successTopics']);
    const refused = texts(data['failTopics']);
    if (granted.length > 0) return { kind: 'ack', id, streams: granted, isPart: true };
    if (refused.length > 0)
      return { kind: 'error', id, reason: shown(reason) || 'refused', streams: refused };
  }
  if (message['success'] === true) return { kind: 'ack', id };
  const known = ALREADY.exec(reason)?.[1];
  if (known !== undefined) return { kind: 'ack', id, streams: [known], isPart: true };
  return { kind: 'error', id, reason: shown(reason) || 'refused' };
}

const quickly = readerOf(ENVELOPE, (stream) => ({ kind: 'data', stream }));

/**
 * Which stream a message belongs to. Nearly all name it in their first bytes, and nothing behind it is looked at; any other order of keys, and answers to
 * subscriptions and pings, are parsed.
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
  if (!isObject(message)) return { kind: 'unreadable', reason: 'neither event nor answer' };
  const { topic } = message;
  if (typeof topic === 'string' && topic !== '') return { kind: 'data', stream: topic };
  if (!isControl(message)) return { kind: 'unreadable', reason: 'neither event nor answer' };
  return isPong(message) ? { kind: 'pong' } : answered(message);
}

const operation =
  (op: 'subscribe' | 'unsubscribe') =>
  (streams: readonly string[], id: number): string =>
    JSON.stringify({ req_id: String(id), op, args: streams });

export const subscribe = operation('subscribe');
export const unsubscribe = operation('unsubscribe');

export const ping = (id: number): string => JSON.stringify({ req_id: String(id), op: 'ping' });
