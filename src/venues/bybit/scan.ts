import type { BookDelta, BookSnapshot, EngineEvent, Heard } from '../../model/event.ts';
import type { RawRecord } from '../../model/record.ts';
import { type Micros, microsFromMillis } from '../../model/units.ts';
import {
  createTexts,
  endOfText,
  found,
  matches,
  patternOf,
  reading,
  scratch,
  take,
  textAt,
  wholeAt,
} from '../bytes.ts';
import { asks, bids, levelsOf, readLevels } from '../bytes-levels.ts';
import type { BybitState } from './draft.ts';
import type { Product } from './product.ts';

/*
 * Books, which are most of what comes, read straight from their bytes: parsing them as JSON costs several times what everything else costs that is done with
 * them.
 *
 * A shortcut and nothing else. It understands messages of one spelling, the venue's own, on the grids of an announced listing and of the depth that the
 * book is read from; and it checks every byte of them. For anything else it steps aside without having changed anything, and the message is parsed: what the
 * shortcut says is what the parser would have said.
 */

const POINT = 46;
const OPEN_ARRAY = 91;
const CLOSE_OBJECT = 125;

/** The same years in which `stampOf` believes a time. */
const EARLIEST_MS = Date.UTC(2010, 0, 1);
const LATEST_MS = Date.UTC(2150, 0, 1);

const TOPIC = patternOf('{"topic":"orderbook.');
const DELTA = patternOf('","type":"delta","ts":');
const SNAPSHOT = patternOf('","type":"snapshot","ts":');
const SYMBOL = patternOf(',"data":{"s":"');
const BIDS = patternOf('","b":');
const ASKS = patternOf(',"a":');
const ID = patternOf(',"u":');
const CROSS_ID = patternOf(',"seq":');
const ENGINE_TIME = patternOf('},"cts":');

/** What a decoder of symbols has seen before. A cache: it changes how fast an answer comes, never which. */
const symbols = createTexts();

/** A field that begins with a fraction holds its numbers in place; one that begins with nothing or a small number gets a new object for each that is large. */
const DOUBLE = 0.5;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The one book change, the one snapshot and the one sign of life that are lent out again and again. */
const common = {
  instrument: '',
  bids: levelsOf(bids),
  asks: levelsOf(asks),
  lastId: DOUBLE,
  crossId: DOUBLE,
  tsExchange: DOUBLE as Micros,
  tsLocal: DOUBLE as Micros,
};
const delta: Writable<BookDelta> = {
  kind: 'bookDelta',
  ...common,
  firstId: DOUBLE,
  previousId: null,
};
const snapshot: Writable<BookSnapshot> = {
  kind: 'bookSnapshot',
  ...common,
  limit: DOUBLE,
  inStream: true,
};
const heard: Writable<Heard> = {
  kind: 'heard',
  feed: '',
  stream: '',
  tsExchange: DOUBLE as Micros,
  tsLocal: DOUBLE as Micros,
};
const lentDelta: EngineEvent[] = [delta, heard];
const lentSnapshot: EngineEvent[] = [snapshot, heard];

/** Numbers of the message, in places of their own: doubles that functions hand to each other are garbage. */
const numbers = new Float64Array(16);
const SENT = 0;
const UPDATE = 1;
const ACROSS = 2;
const HAPPENED = 3;

/** Reads a whole number behind `at` into one of the places; the position behind it, or −1. */
function numberInto(place: number, at: number): number {
  const end = wholeAt(at);
  numbers[place] = found[0]!;
  return end;
}

/** Reads a time in ms into one of the places, as µs. */
function timeInto(place: number, at: number): number {
  const end = wholeAt(at);
  const ms = found[0]!;
  if (end < 0 || ms < EARLIEST_MS || ms >= LATEST_MS) return -1;
  numbers[place] = microsFromMillis(ms);
  return end;
}

/**
 * The events of a book message of the usual spelling; undefined for every other message, which then has to be parsed.
 *
 * What it returns is lent (see `Protocol.decode`): the list, the events and their levels are the same objects each time.
 */
export function scan(
  product: Product,
  state: BybitState,
  record: RawRecord,
): readonly EngineEvent[] | undefined {
  if (!take(record.msg) || scratch[reading.length - 1] !== CLOSE_OBJECT) return undefined;
  if (!matches(0, TOPIC)) return undefined;
  let at = wholeAt(TOPIC.length);
  const depth = found[0]!;
  if (at < 0 || scratch[at] !== POINT || depth === 1) return undefined;
  const nameAt = at + 1;
  at = endOfText(nameAt);
  if (at <= nameAt) return undefined;
  const symbol = textAt(symbols, nameAt, at);
  const isDelta = matches(at, DELTA);
  if (!isDelta && !matches(at, SNAPSHOT)) return undefined;
  at = timeInto(SENT, at + (isDelta ? DELTA : SNAPSHOT).length);
  if (at < 0 || !matches(at, SYMBOL)) return undefined;
  const againAt = at + SYMBOL.length;
  at = endOfText(againAt);
  if (at <= againAt || textAt(symbols, againAt, at) !== symbol) return undefined;
  const listed = state.listings.get(symbol);
  // What is new about a listing, or about the depth of its book, is for the parser to say.
  if (listed === undefined || !listed.isAnnounced) return undefined;
  if (state.depths.get(symbol) !== depth || listed.instrument.bookLevels !== depth)
    return undefined;
  if (!matches(at, BIDS)) return undefined;
  at += BIDS.length;
  if (scratch[at] !== OPEN_ARRAY) return undefined;
  at = readLevels(bids, at, listed);
  if (at < 0 || !matches(at, ASKS)) return undefined;
  at += ASKS.length;
  if (scratch[at] !== OPEN_ARRAY) return undefined;
  at = readLevels(asks, at, listed);
  if (at < 0 || !matches(at, ID)) return undefined;
  at = numberInto(UPDATE, at + ID.length);
  if (at < 0 || !matches(at, CROSS_ID)) return undefined;
  at = numberInto(ACROSS, at + CROSS_ID.length);
  if (at < 0 || !matches(at, ENGINE_TIME)) return undefined;
  at = timeInto(HAPPENED, at + ENGINE_TIME.length);
  if (at !== reading.length - 1) return undefined;

  const event = isDelta ? delta : snapshot;
  event.instrument = listed.instrument.id;
  event.bids = levelsOf(bids);
  event.asks = levelsOf(asks);
  event.lastId = numbers[UPDATE]!;
  event.crossId = numbers[ACROSS]!;
  event.tsExchange = numbers[HAPPENED] as Micros;
  event.tsLocal = record.t;
  if (isDelta) delta.firstId = numbers[UPDATE]!;
  else snapshot.limit = depth;
  heard.feed = product.feed;
  heard.stream = record.chan;
  heard.tsExchange = numbers[SENT] as Micros;
  heard.tsLocal = record.t;
  return isDelta ? lentDelta : lentSnapshot;
}
