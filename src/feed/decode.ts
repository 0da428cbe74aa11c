import type { EngineEvent } from '../model/event.ts';
import type { FeedId } from '../model/instrument.ts';
import { type RawRecord, SELF_FEED } from '../model/record.ts';
import { decodeReport, REPORT_CHAN } from '../venues/feed-report.ts';
import type { Decoder } from '../venues/protocol.ts';
import { decodeStored, STORE_CHAN } from '../venues/stored-record.ts';

/** What decoding remembers. Plain data: part of a checkpoint. */
export interface DecoderState {
  /** Memory of every feed's own decoder. */
  readonly memories: Map<FeedId, unknown>;
  /** Feeds that are known to carry liquidations. */
  readonly covering: Set<FeedId>;
}

export const createDecoderState = (): DecoderState => ({
  memories: new Map(),
  covering: new Set(),
});

const rejected = (record: RawRecord, reason: string): EngineEvent[] => [
  { kind: 'rejected', feed: record.feed, chan: record.chan, reason, tsLocal: record.t },
];

/** Memory of a feed's own decoder. */
function memoryOf(state: DecoderState, protocol: Decoder<unknown>): unknown {
  let memory = state.memories.get(protocol.feed);
  if (memory === undefined) {
    memory = protocol.createState();
    state.memories.set(protocol.feed, memory);
  }
  return memory;
}

/**
 * One record → what the engine is stepped with, in order: a tick, a feed's report on itself, or what the venue said.
 *
 * Never throws, whatever the record holds: what cannot be read becomes `rejected`. What it returns is lent, see `Protocol.decode`.
 *
 * @param decoderOf What reads a feed's records; undefined for feeds nobody knows.
 */
export function decodeRecord(
  state: DecoderState,
  decoderOf: (feed: FeedId) => Decoder<unknown> | undefined,
  record: RawRecord,
): readonly EngineEvent[] {
  const protocol = decoderOf(record.feed);
  if (record.chan === REPORT_CHAN) {
    const event = decodeReport(record);
    if (event.kind === 'feed' && protocol?.noteReport !== undefined)
      protocol.noteReport(memoryOf(state, protocol), event);
    const streams =
      event.kind === 'feed' && event.report.kind === 'subscribed' ? event.report.streams : [];
    return [event, ...coverage(state, protocol, record, streams)];
  }
  if (record.feed === SELF_FEED) {
    if (record.chan === 'tick') return [{ kind: 'tick', tsLocal: record.t }];
    return record.chan === STORE_CHAN
      ? [decodeStored(record)]
      : rejected(record, 'unknown channel');
  }
  if (protocol === undefined) return rejected(record, 'unknown feed');
  try {
    const events = protocol.decode(memoryOf(state, protocol), record);
    if (protocol.liquidations === null || state.covering.has(record.feed)) return events;
    const news = coverage(state, protocol, record, [record.chan]);
    return news.length === 0 ? events : [...news, ...events];
  } catch (error) {
    // A decoder that throws is our mistake. It costs this message, said out loud, and not the books of all others.
    return rejected(record, `decoder failed: ${error instanceof Error ? error.name : 'unknown'}`);
  }
}

/** Says once per feed that it carries liquidations: with the subscription to them, or in old recordings with the first one heard. */
function coverage(
  state: DecoderState,
  protocol: Decoder<unknown> | undefined,
  record: RawRecord,
  streams: readonly string[],
): EngineEvent[] {
  const { feed, t: tsLocal } = record;
  const liquidations = protocol?.liquidations ?? null;
  if (liquidations === null || state.covering.has(feed) || !streams.some(liquidations.carries))
    return [];
  state.covering.add(feed);
  const { completeness, note } = liquidations;
  return [{ kind: 'liquidationCoverage', feed, completeness, note, tsLocal }];
}
