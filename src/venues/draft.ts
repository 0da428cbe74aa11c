import type { EngineEvent } from '../model/event.ts';
import type { FeedId, Instrument, Venue } from '../model/instrument.ts';
import type { RawRecord } from '../model/record.ts';
import type { Micros } from '../model/units.ts';
import type { Listed, Stated } from './listed.ts';
import { Malformed, reasonOf, shown, type Wire } from './wire.ts';

/** What every decoder remembers between records. Plain data; a venue adds its own. */
export interface DecoderMemory {
  /** By wire symbol. */
  readonly listings: Map<string, Listed>;
  /** Names that have been reported as unfamiliar. */
  readonly unfamiliar: Set<string>;
}

export const createDecoderMemory = (): DecoderMemory => ({
  listings: new Map(),
  unfamiliar: new Set(),
});

/** What a venue knows about its own listings. */
export interface ListingRules<D> {
  readonly venue: Venue;
  readonly feed: FeedId;
  /** Decimals that the venue writes at most. A text with more is damaged and no reason for a finer grid. */
  readonly decimalsAtMost: number;
  /**
   * Terms of a symbol that no listing explains, read off its spelling; only recordings without listings need it.
   *
   * @throws Malformed when the spelling says nothing.
   */
  infer(symbol: string): Omit<Stated, 'priceGrid' | 'sizeGrid'>;
  /** A listing goes out for the first time: what else is known about it follows. */
  announced?(draft: D, instrument: Instrument): void;
}

/** What one record has been found to say so far. Nothing of it counts before the whole record has been read. */
export interface Draft {
  readonly feed: FeedId;
  readonly state: DecoderMemory;
  readonly rules: ListingRules<never>;
  readonly chan: string;
  readonly tsLocal: Micros;
  readonly events: EngineEvent[];
  /** Listings that this record adds or changes. */
  readonly listings: Map<string, Listed>;
  /** Names that this record shows for the first time. */
  readonly unfamiliar: string[];
  /** Further changes of the state. */
  readonly commits: (() => void)[];
  /** The venue's latest event time in a socket message. */
  tsEvent: Micros | null;
}

/** An empty draft of one record. A venue spreads it into its own kind of draft. */
export const createDraft = <S extends DecoderMemory, D extends Draft>(
  rules: ListingRules<D>,
  state: S,
  record: RawRecord,
): Draft & { readonly state: S } => ({
  feed: rules.feed,
  state,
  rules,
  chan: record.chan,
  tsLocal: record.t,
  events: [],
  listings: new Map(),
  unfamiliar: [],
  commits: [],
  tsEvent: null,
});

/** The record has been read to its end: the state now knows what it said. */
function commit(draft: Draft): void {
  for (const [symbol, listed] of draft.listings) draft.state.listings.set(symbol, listed);
  for (const name of draft.unfamiliar) draft.state.unfamiliar.add(name);
  for (const change of draft.commits) change();
}

/**
 * Reads one record into its draft → its events; behind those of a socket message, `heard`.
 *
 * A record counts as a whole: when any part of it cannot be read it becomes one `rejected` event, and neither another event nor the state
 * shows that it ever came.
 *
 * @param read  throws Malformed when the record is not what the venue documents. @returns false when it belongs to the subscription dialogue and says nothing.
 */
export function readWhole(
  draft: Draft,
  fromSocket: boolean,
  read: () => boolean,
): readonly EngineEvent[] {
  const { feed, chan, tsLocal } = draft;
  let { events } = draft;
  let tsExchange = null;
  try {
    if (!read()) return [];
    commit(draft);
    tsExchange = draft.tsEvent;
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    events = [{ kind: 'rejected', feed, chan, reason: reasonOf(error), tsLocal }];
  }
  if (fromSocket) events.push({ kind: 'heard', feed, stream: chan, tsExchange, tsLocal });
  return events;
}

/** Notes the venue's event time of a socket message; the latest of several counts. */
export function noteEventTime(draft: Draft, tsEvent: Micros): void {
  if (draft.tsEvent === null || tsEvent > draft.tsEvent) draft.tsEvent = tsEvent;
}

/** Names reported per decoder; a venue that keeps inventing is told off once and no more. */
const NAMES_KEPT = 256;

/** Reports something this venue never sent before, once per decoder. */
export function noteUnfamiliar(draft: Draft, what: string): void {
  const { state, unfamiliar } = draft;
  const known = state.unfamiliar.size + unfamiliar.length;
  if (known > NAMES_KEPT) return;
  const name = known === NAMES_KEPT ? `more than ${NAMES_KEPT} unfamiliar names` : what;
  if (state.unfamiliar.has(name) || unfamiliar.includes(name)) return;
  unfamiliar.push(name);
  draft.events.push({
    kind: 'unfamiliar',
    feed: draft.feed,
    what: name,
    tsLocal: draft.tsLocal,
  });
}

/** Reports the fields of a message that are not among the known ones. */
export function noteFields(
  draft: Draft,
  kind: string,
  message: Wire,
  known: ReadonlySet<string>,
): void {
  for (const field in message)
    if (!known.has(field)) noteUnfamiliar(draft, `${kind}.${shown(field)}`);
}

/**
 * Reads elements each for itself: one that is in a state nobody foresaw costs itself, not all others. They are counted in one `rejected` event.
 *
 * @param what  names the whole in that event.
 * @throws Malformed when not a single one can be read.
 */
export function readEach(
  draft: Draft,
  what: string,
  elements: readonly unknown[],
  read: (element: unknown) => void,
): void {
  let unread = 0;
  let firstReason = '';
  for (const element of elements) {
    try {
      read(element);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      unread += 1;
      if (unread === 1) firstReason = error.message;
    }
  }
  if (unread === 0) return;
  const reason = `${unread} of ${elements.length} ${what}, first ${firstReason}`;
  if (unread === elements.length) throw new Malformed(reason);
  const { feed, chan, tsLocal } = draft;
  draft.events.push({ kind: 'rejected', feed, chan, reason, tsLocal });
}
