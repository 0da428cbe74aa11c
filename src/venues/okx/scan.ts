import type { BookDelta, EngineEvent, Heard, Quote } from '../../model/event.ts';
import type { RawRecord } from '../../model/record.ts';
import { type Micros, microsFromMillis } from '../../model/units.ts';
import {
  createTexts,
  decimalsOfScale,
  endOfText,
  found,
  matches,
  patternOf,
  reading,
  scratch,
  stepsAt,
  take,
  textAt,
  wholeAt,
} from '../bytes.ts';
import { asks, bids, levelsOf, type SideNotes, steps } from '../bytes-levels.ts';
import type { Listed } from '../listed.ts';
import type { OkxState } from './draft.ts';
import { FEED } from './listings.ts';

/*
 * Changes of books and best prices, which come by the thousand, read straight from their bytes: parsing them as JSON costs several times as much.
 *
 * A shortcut and nothing else. It understands messages of known fields, in any order and each once, without white space, with plain decimals on the grids of an
 * announced listing, numbered and without a checksum; and it checks every byte of them. For anything else it steps aside without having changed anything, and
 * the message is parsed: what the shortcut says is what the parser would have said.
 */

const QUOTE = 34;
const COMMA = 44;
const ZERO = 48;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const CLOSE_OBJECT = 125;

/** The same years in which `stampOf` believes a time. */
const EARLIEST_MS = Date.UTC(2010, 0, 1);
const LATEST_MS = Date.UTC(2150, 0, 1);

const BOOKS = patternOf('{"arg":{"channel":"books","instId":"');
const BEST = patternOf('{"arg":{"channel":"bbo-tbt","instId":"');
const UPDATE = patternOf('"},"action":"update","data":[{');
const ROW = patternOf('"},"data":[{');
const END = patternOf('}]}');
const ASKS = patternOf('"asks":[');
const BIDS = patternOf('"bids":[');
const TS = patternOf('"ts":"');
const CHECKSUM = patternOf('"checksum":0');
const PREVIOUS = patternOf('"prevSeqId":');
const SEQUENCE = patternOf('"seqId":');

// Fields that a message has, as bits.
const HAS_ASKS = 1;
const HAS_BIDS = 2;
const HAS_TS = 4;
const HAS_CHECKSUM = 8;
const HAS_PREVIOUS = 16;
const HAS_SEQUENCE = 32;
const OF_BOOKS = HAS_ASKS | HAS_BIDS | HAS_TS | HAS_CHECKSUM | HAS_PREVIOUS | HAS_SEQUENCE;
const OF_BEST = HAS_ASKS | HAS_BIDS | HAS_TS | HAS_SEQUENCE;

const bytes: Uint8Array = scratch;
const words = new DataView(scratch.buffer, scratch.byteOffset, scratch.byteLength);

/** `["` and `"]`, `","` as words. */
const OPENING = OPEN_ARRAY | (QUOTE << 8);
const CLOSING = QUOTE | (CLOSE_ARRAY << 8);
const BETWEEN = QUOTE | (COMMA << 8) | (QUOTE << 16);
/** `","0","`, what stands behind the size of every level. */
const UNUSED = patternOf('","0","');

/** Position behind the digits and the quote that follow them; −1 where there is anything else. */
function behindDigits(start: number): number {
  let at = start;
  while ((bytes[at]! - ZERO) >>> 0 <= 9) at += 1;
  return at > start && bytes[at] === QUOTE ? at + 1 : -1;
}

/**
 * Reads `["price","size","0","orders"],…` and the bracket behind, in steps of the listing's grids.
 *
 * @returns the position behind it, or −1 when it is spelled otherwise, a level lies off the grids or a price is zero.
 */
function readLevels(into: SideNotes, start: number, { priceGrid, sizeGrid }: Listed): number {
  const priceDecimals = decimalsOfScale(priceGrid.scale);
  const sizeDecimals = decimalsOfScale(sizeGrid.scale);
  if (priceDecimals < 0 || sizeDecimals < 0) return -1;
  const priceUnits = priceGrid.units;
  const sizeUnits = sizeGrid.units;
  let filled = into.begin;
  let at = start;
  if (bytes[at] === CLOSE_ARRAY) {
    into.count = 0;
    return at + 1;
  }
  for (;;) {
    if (words.getUint16(at, true) !== OPENING || filled === into.end) return -1;
    const ticks = stepsAt(at + 2, priceDecimals, priceUnits);
    if (ticks <= 0) return -1;
    at = reading.end;
    if ((words.getInt32(at, true) & 0xffffff) !== BETWEEN) return -1;
    const lots = stepsAt(at + 3, sizeDecimals, sizeUnits);
    if (lots < 0) return -1;
    at = reading.end;
    if (!matches(at, UNUSED)) return -1;
    at = behindDigits(at + UNUSED.length);
    if (at < 0) return -1;
    steps[filled] = ticks;
    steps[filled + 1] = lots;
    filled += 2;
    if (words.getUint16(at - 1, true) !== CLOSING) return -1;
    const next = bytes[at + 1];
    at += 2;
    if (next === CLOSE_ARRAY) break;
    if (next !== COMMA) return -1;
  }
  into.count = (filled - into.begin) >> 1;
  return at;
}

/** Numbers of the message in hand, in memory: doubles that functions hand to each other are garbage. */
const noted = new Float64Array(16);
const AT_TS = 0;
const AT_PREVIOUS = 1;
const AT_SEQUENCE = 2;

/** Reads a whole number into its place; −1 for anything else. */
function readWhole(start: number, place: number): number {
  const end = wholeAt(start);
  noted[place] = found[0]!;
  return end;
}

/**
 * Reads the fields of the row that begins at `start`, up to the end of the message.
 *
 * @param all  the fields that it has to have; no other may be there.
 */
function isRead(start: number, listed: Listed, all: number): boolean {
  let seen = 0;
  let at = start;
  for (;;) {
    let field: number;
    if (matches(at, ASKS)) {
      field = HAS_ASKS;
      at = readLevels(asks, at + ASKS.length, listed);
    } else if (matches(at, BIDS)) {
      field = HAS_BIDS;
      at = readLevels(bids, at + BIDS.length, listed);
    } else if (matches(at, TS)) {
      field = HAS_TS;
      at = readWhole(at + TS.length, AT_TS);
      if (at < 0 || bytes[at] !== QUOTE) return false;
      at += 1;
    } else if (matches(at, CHECKSUM)) {
      field = HAS_CHECKSUM;
      at += CHECKSUM.length;
    } else if (matches(at, PREVIOUS)) {
      field = HAS_PREVIOUS;
      at = readWhole(at + PREVIOUS.length, AT_PREVIOUS);
    } else if (matches(at, SEQUENCE)) {
      field = HAS_SEQUENCE;
      at = readWhole(at + SEQUENCE.length, AT_SEQUENCE);
    } else return false;
    if (at < 0 || (seen & field) !== 0 || (all & field) === 0) return false;
    seen |= field;
    if (bytes[at] === CLOSE_OBJECT) break;
    if (bytes[at] !== COMMA) return false;
    at += 1;
  }
  const ts = noted[AT_TS]!;
  const isTime = ts >= EARLIEST_MS && ts < LATEST_MS;
  return seen === all && isTime && at + END.length === reading.length && matches(at, END);
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A field that begins with a fraction holds its numbers in place; one that begins with nothing or a small number gets a new object for each that is large. */
const DOUBLE = 0.5;

/** The one book change and the one sign of life that are lent out again and again. */
const delta: Writable<BookDelta> = {
  kind: 'bookDelta',
  instrument: '',
  bids: levelsOf(bids),
  asks: levelsOf(asks),
  lastId: DOUBLE,
  tsExchange: DOUBLE as Micros,
  tsLocal: DOUBLE as Micros,
  firstId: DOUBLE,
  previousId: DOUBLE,
};
const heard: Writable<Heard> = {
  kind: 'heard',
  feed: FEED,
  stream: '',
  tsExchange: DOUBLE as Micros,
  tsLocal: DOUBLE as Micros,
};
const lent: EngineEvent[] = [delta, heard];

/** What decoders have seen of symbols. A cache: it changes how fast an answer comes, never which. */
const symbols = createTexts();

/** The announced listing whose symbol begins at `start`; undefined for any other. `reading.end` is the position behind the symbol. */
function listingAt(state: OkxState, start: number): Listed | undefined {
  const end = endOfText(start);
  if (end <= start) return undefined;
  reading.end = end;
  const listed = state.listings.get(textAt(symbols, start, end));
  return listed?.isAnnounced === true ? listed : undefined;
}

function quoteOf({ instrument }: Listed, tsExchange: Micros, tsLocal: Micros): Quote | undefined {
  if (bids.count !== 1 || asks.count !== 1) return undefined;
  return {
    kind: 'quote',
    instrument: instrument.id,
    updateId: noted[AT_SEQUENCE]!,
    bidTicks: steps[bids.begin]!,
    bidLots: steps[bids.begin + 1]!,
    askTicks: steps[asks.begin]!,
    askLots: steps[asks.begin + 1]!,
    tsExchange,
    tsLocal,
  };
}

function deltaOf({ instrument }: Listed, tsExchange: Micros, tsLocal: Micros): BookDelta {
  delta.instrument = instrument.id;
  delta.bids = levelsOf(bids);
  delta.asks = levelsOf(asks);
  delta.lastId = noted[AT_SEQUENCE]!;
  delta.firstId = noted[AT_SEQUENCE]!;
  delta.previousId = noted[AT_PREVIOUS]!;
  delta.tsExchange = tsExchange;
  delta.tsLocal = tsLocal;
  return delta;
}

/**
 * The events of a socket message of a spelling that is understood here; undefined for every other, which then has to be parsed.
 *
 * What it returns is lent (see `Protocol.decode`): the list, a book change with its levels and the sign of life are the same objects each time.
 */
export function scan(state: OkxState, record: RawRecord): readonly EngineEvent[] | undefined {
  if (!take(record.msg)) return undefined;
  const isBook = matches(0, BOOKS);
  if (!isBook && !matches(0, BEST)) return undefined;
  const listed = listingAt(state, isBook ? BOOKS.length : BEST.length);
  if (listed === undefined) return undefined;
  const behind = isBook ? UPDATE : ROW;
  const at = reading.end;
  if (!matches(at, behind)) return undefined;
  if (!isRead(at + behind.length, listed, isBook ? OF_BOOKS : OF_BEST)) return undefined;
  const tsExchange = microsFromMillis(noted[AT_TS]!);
  const event = isBook
    ? deltaOf(listed, tsExchange, record.t)
    : quoteOf(listed, tsExchange, record.t);
  if (event === undefined) return undefined;
  lent[0] = event;
  heard.stream = record.chan;
  heard.tsExchange = tsExchange;
  heard.tsLocal = record.t;
  return lent;
}
