import { type Message, textOf } from '../../model/record.ts';
import { readerOf } from '../framings.ts';
import type { Framing } from '../protocol.ts';
import { isObject, shown, type Wire } from '../wire.ts';

const ENVELOPE = '{"jsonrpc":"2.0","method":"subscription","params":{"channel":"';

/** Ids of our requests count from 1, so what answers this one answers nothing that is waited for. */
const TEST_ID = 0;

const call = (id: number, method: string, params: Wire): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method: `public/${method}`, params });

/** What answers a `test_request`, which closes the socket otherwise. */
const TEST = call(TEST_ID, 'test', {});

/** Seconds between the venue's signs of life: the shortest that it offers. */
const HEARTBEAT_SECONDS = 10;

/** The venue gives signs of life only where it was asked to. */
export const opening = (firstId: number): readonly string[] => [
  call(firstId, 'set_heartbeat', { interval: HEARTBEAT_SECONDS }),
];

export const subscribe = (channels: readonly string[], id: number): string =>
  call(id, 'subscribe', { channels });

export const unsubscribe = (channels: readonly string[], id: number): string =>
  call(id, 'unsubscribe', { channels });

const idIn = (message: Wire): number | null =>
  typeof message['id'] === 'number' && Number.isSafeInteger(message['id']) ? message['id'] : null;

const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');

/** `{"code":-32602,"message":"Invalid params","data":{"reason":"instrument not found",…}}` */
export function reasonIn(error: Wire): string {
  const { code, message, data } = error;
  const detail = isObject(data) ? textIn(data['reason']) : '';
  const parts = [typeof code === 'number' ? String(code) : '', textIn(message)];
  const said = shown(parts.join(' ').trim()) || 'refused';
  return detail === '' ? said : `${said}: ${shown(detail)}`;
}

const isChannels = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((channel) => typeof channel === 'string');

/** An answer to a request, or a sign of life; undefined for what speaks of the market, and for what nobody can place. */
function dialogueOf(message: Wire): Framing | undefined {
  if (message['method'] === 'heartbeat') {
    const { params } = message;
    const isQuestion = isObject(params) && params['type'] === 'test_request';
    return isQuestion ? { kind: 'question', text: TEST } : { kind: 'pong' };
  }
  if (isObject(message['error']))
    return { kind: 'error', id: idIn(message), reason: reasonIn(message['error']) };
  if (!('result' in message)) return undefined;
  const { result } = message;
  const id = idIn(message);
  // What `public/test` answers.
  if (isObject(result) || id === TEST_ID) return { kind: 'pong' };
  return isChannels(result) ? { kind: 'ack', id, streams: result } : { kind: 'ack', id };
}

/** Whether a message belongs to the subscription dialogue and not to the market. */
export const isDialogue = (value: unknown): boolean =>
  isObject(value) && dialogueOf(value) !== undefined;

const quickly = readerOf(ENVELOPE, (stream) => ({ kind: 'data', stream }));

/**
 * Which channel a message belongs to. Notifications name it in their first bytes, and nothing behind it is looked at; any other order of keys, and
 * answers, are parsed.
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
  if (!isObject(message)) return { kind: 'unreadable', reason: 'neither notification nor answer' };
  const { params } = message;
  if (message['method'] === 'subscription' && isObject(params)) {
    const stream = params['channel'];
    if (typeof stream === 'string' && stream !== '') return { kind: 'data', stream };
  }
  return dialogueOf(message) ?? { kind: 'unreadable', reason: 'neither notification nor answer' };
}
