import type { Micros } from '../../model/units.ts';
import { noteEventTime, noteFields, noteUnfamiliar } from '../draft.ts';
import { isAbsent, Malformed, objectOf, shown, stampOf, textOf, type Wire } from '../wire.ts';
import { depthOf, orderbook, quote } from './book.ts';
import type { Draft } from './draft.ts';
import { allLiquidation, oldLiquidation } from './liquidations.ts';
import { isOption } from './listings.ts';
import { ticker } from './tickers.ts';
import { publicTrade } from './trades.ts';

/** `orderbook.1000.BTCUSDT` → its words, the last of which is the symbol. Symbols hold no point. */
type Topic = readonly string[];

interface Envelope {
  readonly message: Wire;
  readonly topic: Topic;
  /** When it was sent. */
  readonly tsSent: Micros | null;
}

function isSnapshotOf({ message }: Envelope): boolean {
  const type = textOf(message['type'], 'type');
  if (type !== 'snapshot' && type !== 'delta')
    throw new Malformed('type: neither snapshot nor delta');
  return type === 'snapshot';
}

type Reader = (draft: Draft, envelope: Envelope) => void;

const readBook: Reader = (draft, envelope) => {
  const { message, topic, tsSent } = envelope;
  // Books with the orders of retail, and whole ones, speak other dialects and are not subscribed.
  if (topic[1] === 'rpi' || topic[1] === 'full') return;
  const depth = depthOf(topic[1] ?? '');
  const data = objectOf(message['data'], 'data');
  const read = depth === 1 ? quote : orderbook;
  const isSnapshot = isSnapshotOf(envelope);
  read(draft, { isSnapshot, depth, data, cts: message['cts'], tsSent });
};

/** What each kind of topic says. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['orderbook', readBook],
  ['publicTrade', (draft, { message }) => publicTrade(draft, message['data'])],
  [
    'tickers',
    (draft, envelope) =>
      ticker(
        draft,
        objectOf(envelope.message['data'], 'data'),
        isSnapshotOf(envelope),
        envelope.tsSent,
      ),
  ],
  ['allLiquidation', (draft, { message }) => allLiquidation(draft, message['data'])],
  ['liquidation', (draft, { message }) => oldLiquidation(draft, message['data'])],
  ['kline', () => {}],
]);

const ENVELOPE_FIELDS: ReadonlySet<string> = new Set('id,topic,type,ts,data,cts,cs'.split(','));

/**
 * One socket message: a topic, its data and when it was sent. Options have the same envelope and are not used.
 *
 * @see https://bybit-exchange.github.io/docs/v5/ws/connect
 */
export function readMessage(draft: Draft, value: unknown): void {
  const message = objectOf(value, 'message');
  const name = textOf(message['topic'], 'topic');
  const topic = name.split('.');
  const reader = READERS.get(topic[0]!);
  if (reader === undefined) {
    noteUnfamiliar(draft, `topic ${shown(topic[0]!)}`);
    return;
  }
  const tsSent = isAbsent(message['ts']) ? null : stampOf(message['ts'], 'ts');
  if (tsSent !== null) noteEventTime(draft, tsSent);
  if (isOption(topic.at(-1)!)) return;
  noteFields(draft, 'envelope', message, ENVELOPE_FIELDS);
  reader(draft, { message, topic, tsSent });
}
