import type { BookDelta, BookSnapshot, EngineEvent, MarketEvent } from '../model/event.ts';
import { fromSteps } from '../model/grid.ts';
import type { FeedId, Instrument, InstrumentId } from '../model/instrument.ts';
import type { RawRecord } from '../model/record.ts';
import {
  applyDelta,
  applyListing,
  applyQuote,
  applySnapshot,
  type Book,
  coinsAt,
  createBook,
  keepRecent,
  resetBook,
} from './book.ts';
import { type Side, topLevels } from './ladder.ts';

/** What `perpscope audit` says about one instrument: one JSON line (DESIGN §3). */
export interface AuditLine {
  readonly instrument: InstrumentId;
  /** Lines of the recording that belong to the instrument, unreadable ones included. */
  readonly messages: number;
  /**
   * The same by what they said, in our words: `bookDelta`, `trade`, … A message that says two things counts for both; `rejected` could not
   * be read, `other` says nothing that we use.
   */
  readonly byKind: Readonly<Record<string, number>>;
  /** Book messages that changed the book. */
  readonly applied: number;
  readonly gaps: number;
  /** Times that a whole book was dropped. */
  readonly resyncs: number;
  readonly crossed: number;
  readonly rejected: number;
  /** Best bid and ask of the venue compared with the book when the newest of both have the same update id. */
  readonly quoteChecks: number;
  readonly quoteMismatches: number;
  readonly checksumChecks: number;
  readonly checksumMismatches: number;
  /** Missing where sizes are base coins, which they are wherever a contract's value is known. */
  readonly sizeUnit?: 'contracts';
  /** Best levels at the end, `[price, size]`; none when the book is not whole then. */
  readonly bids: readonly (readonly [price: number, size: number])[];
  readonly asks: readonly (readonly [price: number, size: number])[];
}

interface InstrumentAudit {
  readonly book: Book;
  messages: number;
  readonly byKind: Map<string, number>;
  /** Streams on which its book messages came. */
  readonly bookStreams: Set<string>;
}

/** Lines of one channel that name no instrument inside. */
interface Unnamed {
  readonly feed: FeedId;
  readonly chan: string;
  rejected: number;
  other: number;
}

/** Running account of a recording. Plain data. */
export interface Audit {
  readonly instruments: Map<InstrumentId, InstrumentAudit>;
  readonly unnamed: Map<string, Unnamed>;
}

/** Channels whose nameless lines are kept apart; lines of further ones are counted together, under no instrument. */
const UNNAMED_LIMIT = 10_000;

export const createAudit = (): Audit => ({ instruments: new Map(), unnamed: new Map() });

const add = (counts: Map<string, number>, kind: string, n = 1): void => {
  counts.set(kind, (counts.get(kind) ?? 0) + n);
};

function list(audit: Audit, instrument: Instrument): void {
  const known = audit.instruments.get(instrument.id);
  if (known !== undefined) {
    applyListing(known.book, instrument);
    return;
  }
  const book = createBook(instrument);
  // A recording does not say when a snapshot was asked for.
  keepRecent(book);
  audit.instruments.set(instrument.id, {
    book,
    messages: 0,
    byKind: new Map(),
    bookStreams: new Set(),
  });
}

function applyToBook(entry: InstrumentAudit, event: BookDelta | BookSnapshot, chan: string): void {
  if (event.kind === 'bookSnapshot') applySnapshot(entry.book, event);
  else {
    entry.bookStreams.add(chan);
    applyDelta(entry.book, event);
  }
}

/** A lost connection breaks the books whose streams it carried. */
function disconnect(audit: Audit, feed: FeedId, streams: readonly string[]): void {
  for (const { book, bookStreams } of audit.instruments.values())
    if (book.instrument.feed === feed && streams.some((stream) => bookStreams.has(stream)))
      resetBook(book, 'disconnected');
}

function countUnnamed(audit: Audit, feed: FeedId, chan: string, isRejected: boolean): void {
  const isFull = audit.unnamed.size >= UNNAMED_LIMIT;
  let key = `${feed} ${chan}`;
  if (isFull && !audit.unnamed.has(key)) key = '';
  let counts = audit.unnamed.get(key);
  if (counts === undefined) {
    counts = { feed, chan: key === '' ? '' : chan, rejected: 0, other: 0 };
    audit.unnamed.set(key, counts);
  }
  if (isRejected) counts.rejected++;
  else counts.other++;
}

const namesInstrument = (
  event: EngineEvent,
): event is Extract<MarketEvent, { readonly instrument: InstrumentId }> =>
  'instrument' in event && typeof event.instrument === 'string';

/** Takes one line of a recording with the events it was decoded to. */
export function auditRecord(
  audit: Audit,
  { feed, chan }: RawRecord,
  events: readonly EngineEvent[],
): void {
  /** Kinds that were said about each instrument: a line counts once however often it repeats itself. */
  const said = new Map<InstrumentAudit, Set<string>>();
  let isRejected = false;
  let isOurs = false;
  for (const event of events) {
    if (event.kind === 'listing') list(audit, event.instrument);
    if (event.kind === 'rejected') isRejected = true;
    if (event.kind === 'tick' || event.kind === 'feed') isOurs = true;
    if (event.kind === 'feed' && event.report.kind === 'disconnected')
      disconnect(audit, event.feed, event.report.streams);
    if (!namesInstrument(event)) continue;
    const entry = audit.instruments.get(event.instrument);
    if (entry === undefined) continue;
    const kinds = said.get(entry);
    if (kinds === undefined) said.set(entry, new Set([event.kind]));
    else kinds.add(event.kind);
    if (event.kind === 'bookDelta' || event.kind === 'bookSnapshot')
      applyToBook(entry, event, chan);
    if (event.kind === 'quote') applyQuote(entry.book, event);
  }
  for (const [entry, kinds] of said) {
    entry.messages++;
    for (const kind of kinds) add(entry.byKind, kind);
  }
  if (said.size === 0 && !isOurs) countUnnamed(audit, feed, chan, isRejected);
}

const WORD = /[\p{L}\p{N}_-]+/gu;

/** Instruments by the names under which a channel may mention them. */
function byMention(audit: Audit): Map<string, InstrumentAudit> {
  const names = new Map<string, InstrumentAudit>();
  for (const entry of audit.instruments.values()) {
    const { feed, symbol } = entry.book.instrument;
    names.set(`${feed} ${symbol.toUpperCase()}`, entry);
  }
  return names;
}

function topOf({ ladder, instrument }: Book, side: Side, depth: number): [number, number][] {
  const levels: number[] = [];
  const count = topLevels(ladder, side, depth, levels);
  return Array.from({ length: count }, (_, i) => [
    fromSteps(levels[2 * i]!, instrument.priceGrid),
    coinsAt(instrument, levels[2 * i]!, levels[2 * i + 1]!) ??
      fromSteps(levels[2 * i + 1]!, instrument.sizeGrid),
  ]);
}

/**
 * The account so far: a line per instrument that the recording says something about, by id.
 *
 * A line that nobody could read belongs to the instrument that its channel names (`btcusdt@depth` → `BTCUSDT`).
 *
 * @param depth levels per side.
 * @returns also `unattributed`: unreadable lines whose channel names no instrument of the recording.
 */
export function auditLines(
  audit: Audit,
  depth: number,
): { readonly lines: readonly AuditLine[]; readonly unattributed: number } {
  const unnamed = new Map<InstrumentAudit, { rejected: number; other: number }>();
  const names = byMention(audit);
  let unattributed = 0;
  for (const { feed, chan, rejected, other } of audit.unnamed.values()) {
    const words = chan.toUpperCase().match(WORD) ?? [];
    const entries = new Set(words.map((word) => names.get(`${feed} ${word}`)));
    entries.delete(undefined);
    if (entries.size === 0) unattributed += rejected;
    for (const entry of entries) {
      const counts = unnamed.get(entry!) ?? { rejected: 0, other: 0 };
      unnamed.set(entry!, {
        rejected: counts.rejected + rejected,
        other: counts.other + other,
      });
    }
  }

  const lines: AuditLine[] = [];
  for (const [instrument, entry] of audit.instruments) {
    const { book, messages } = entry;
    const { rejected, other } = unnamed.get(entry) ?? { rejected: 0, other: 0 };
    if (messages + rejected + other === 0) continue;
    const byKind = new Map(entry.byKind);
    if (rejected > 0) add(byKind, 'rejected', rejected);
    if (other > 0) add(byKind, 'other', other);
    lines.push({
      instrument,
      messages: messages + rejected + other,
      byKind: Object.fromEntries(byKind),
      applied: book.counts.applied,
      gaps: book.counts.gaps,
      resyncs: book.counts.resyncs,
      crossed: book.counts.crossed,
      rejected,
      quoteChecks: book.counts.quoteChecks,
      quoteMismatches: book.counts.quoteMismatches,
      checksumChecks: book.counts.checksumChecks,
      checksumMismatches: book.counts.checksumMismatches,
      ...(book.instrument.sizeUnit === 'contracts' && { sizeUnit: 'contracts' as const }),
      bids: topOf(book, 'bid', depth),
      asks: topOf(book, 'ask', depth),
    });
  }
  lines.sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
  return { lines, unattributed };
}
