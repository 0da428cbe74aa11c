import type { BookDelta, EngineEvent, Heard, Quote, Trade } from '../../model/event.ts';
import { fromSteps } from '../../model/grid.ts';
import type { RawRecord } from '../../model/record.ts';
import { type Micros, microsFromMillis } from '../../model/units.ts';
import {
  createTexts,
  decimalAt,
  decimalsOfScale,
  endOfText,
  found,
  matches,
  type Pattern,
  patternOf,
  reading,
  scratch,
  stepsAt,
  take,
  textAt,
  wholeAt,
} from '../bytes.ts';
import { asks, bids, levelsOf, readLevels, type SideNotes } from '../bytes-levels.ts';
import { coinsOf, type Listed } from '../listed.ts';
import type { BinanceState } from './draft.ts';
import { isPlainMark } from './inverse.ts';
import type { Product } from './product.ts';

/*
 * The messages that come by the thousand (book, quotes, prints), read straight from their bytes: parsing them as JSON costs several
 * times what everything else costs that is done with them (`npm run bench`).
 *
 * A shortcut and nothing else. It understands messages of known fields, in any order and each once, bare or in the combined envelope, without
 * white space, with plain decimals on the grids of an announced listing; and it checks every byte of them. For anything else it steps aside
 * without having changed anything, and the message is parsed: what the shortcut says is what the parser would have said. It has no book in its
 * hands: a message is known to be good to its last byte before the first of its levels goes anywhere.
 */

const EXCLAMATION = 33;
const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const ZERO = 48;
const COLON = 58;
const OPEN_ARRAY = 91;
const CLOSE_ARRAY = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** The same years in which `stampOf` believes a time. */
const EARLIEST_MS = Date.UTC(2010, 0, 1);
const LATEST_MS = Date.UTC(2150, 0, 1);

// What stands in a field.
const TEXT = 1;
const NUMBER = 2;
const TRUE = 3;
const FALSE = 4;
const LEVELS = 5;
/** Levels that came before the symbol on whose grids they stand. */
const LATER = 6;

/** Every field of the messages that are read here, at the place of its bit in `seen`. */
const FIELDS = 'A,B,E,M,P,T,U,X,a,ap,b,e,f,i,l,m,nq,p,ps,pu,q,r,s,st,t,u'.split(',');
/** No field: more than there are, and fewer than a word has bits. */
const UNKNOWN = 31;
/** The place of the stream's name, which is no field of the message. */
const NAME = 30;

const at = (name: string): number => FIELDS.indexOf(name);
const AT = {
  A: at('A'),
  B: at('B'),
  E: at('E'),
  T: at('T'),
  U: at('U'),
  X: at('X'),
  a: at('a'),
  ap: at('ap'),
  b: at('b'),
  e: at('e'),
  i: at('i'),
  m: at('m'),
  nq: at('nq'),
  p: at('p'),
  ps: at('ps'),
  pu: at('pu'),
  q: at('q'),
  r: at('r'),
  s: at('s'),
  st: at('st'),
  t: at('t'),
  u: at('u'),
} as const;

/** Fields by the code of a name of one letter. */
const SHORT = Uint8Array.from({ length: 256 }, (_, code) => {
  const field = FIELDS.indexOf(String.fromCharCode(code));
  return field < 0 ? UNKNOWN : field;
});

/** Field of a name of two letters. */
function longField(first: number, second: number): number {
  if (first === 112) return second === 117 ? AT.pu : second === 115 ? AT.ps : UNKNOWN;
  if (first === 115) return second === 116 ? AT.st : UNKNOWN;
  if (first === 97) return second === 112 ? AT.ap : UNKNOWN;
  return first === 110 && second === 113 ? AT.nq : UNKNOWN;
}

const mask = (names: string): number =>
  names.split(',').reduce((bits, name) => bits | (1 << at(name)), 0);

const DEPTH = mask('e,E,T,s,ps,st,U,u,pu,b,a');
const TICKER = mask('e,u,E,T,s,ps,st,b,B,a,A');
const AGG_TRADE = mask('e,E,s,a,p,q,nq,f,l,T,m,M,st,ps');
const TRADE = mask('e,E,T,s,t,p,q,nq,X,m,M,st,ps');
const MARK = mask('e,E,s,p,ap,i,P,r,T,st,ps');

// Notes about the message being read. All are written before they are read in every call: nothing is remembered from one message to the next.

/** The message, as a constant of this file: what the compiler knows is read faster. */
const bytes: Uint8Array = scratch;
/** Which fields the message has. */
let seen = 0;
/** Whether it came in an envelope with the name of its stream. */
let isNamed = false;
const kinds = new Uint8Array(UNKNOWN);
const starts = new Int32Array(UNKNOWN);
const ends = new Int32Array(UNKNOWN);
const numbers = new Float64Array(UNKNOWN);
let listed: Listed | undefined;

/** What a decoder of symbols has seen before. A cache: it changes how fast an answer comes, never which. */
const symbols = createTexts();

const STREAM = patternOf('"stream":"');
const DATA = patternOf('"data":{');
const TRUTH = patternOf('true');
const FALSEHOOD = patternOf('false');
const DEPTH_UPDATE = patternOf('depthUpdate');
const BOOK_TICKER = patternOf('bookTicker');
const AGGREGATE = patternOf('aggTrade');
const SINGLE = patternOf('trade');
const MARK_PRICE = patternOf('markPriceUpdate');
const MARKET = patternOf('MARKET');

const has = (field: number, kind: number): boolean =>
  (seen & (1 << field)) !== 0 && kinds[field] === kind;

const lacks = (field: number): boolean => (seen & (1 << field)) === 0;

/** Position behind the array of arrays that begins at `start`; −1 when it does not end. What is in it has not been looked at. */
function skipLevels(start: number): number {
  if (bytes[start + 1] === CLOSE_ARRAY) return start + 2;
  for (let at = start + 1; at + 1 < reading.length; at += 1)
    if (bytes[at] === CLOSE_ARRAY && bytes[at + 1] === CLOSE_ARRAY) return at + 2;
  return -1;
}

/** Reads what came before the symbol; false when it is not what it looked like. */
function readLate(field: number, into: SideNotes): boolean {
  if (!has(field, LATER)) return true;
  if (listed === undefined || readLevels(into, starts[field]!, listed) !== ends[field])
    return false;
  kinds[field] = LEVELS;
  return true;
}

/** Notes the value of a field, which begins at `start`, a text without its quotes; the position behind it, or −1. */
function noteValue(field: number, start: number): number {
  const code = bytes[start]!;
  let kind = NUMBER;
  let from = start;
  let behind = -1;
  if (code === QUOTE) {
    from = start + 1;
    kind = TEXT;
    behind = endOfText(from);
  } else if ((code - ZERO) >>> 0 <= 9) {
    behind = wholeAt(start);
    numbers[field] = found[0]!;
  } else if (code === OPEN_ARRAY) {
    if (field !== AT.a && field !== AT.b) return -1;
    kind = listed === undefined ? LATER : LEVELS;
    behind =
      listed === undefined
        ? skipLevels(start)
        : readLevels(field === AT.b ? bids : asks, start, listed);
  } else if (matches(start, TRUTH)) {
    kind = TRUE;
    behind = start + TRUTH.length;
  } else if (matches(start, FALSEHOOD)) {
    kind = FALSE;
    behind = start + FALSEHOOD.length;
  }
  if (behind < 0) return -1;
  kinds[field] = kind;
  starts[field] = from;
  ends[field] = behind;
  return kind === TEXT ? behind + 1 : behind;
}

/** The announced listing whose symbol has been noted. */
function listingNoted(state: BinanceState): Listed | undefined {
  const known = state.listings.get(textAt(symbols, starts[AT.s]!, ends[AT.s]!));
  return known?.isAnnounced === true ? known : undefined;
}

/** Notes the fields of the flat object whose first key stands at `start`; the position behind the object, or −1 when it is spelled in any other way. */
function noteFields(state: BinanceState, start: number): number {
  let at = start;
  for (;;) {
    if (bytes[at] !== QUOTE) return -1;
    let field = UNKNOWN;
    if (bytes[at + 2] === QUOTE) {
      field = SHORT[bytes[at + 1]!]!;
      at += 3;
    } else if (bytes[at + 3] === QUOTE) {
      field = longField(bytes[at + 1]!, bytes[at + 2]!);
      at += 4;
    }
    // A name that is not known here, or comes twice.
    if (field === UNKNOWN || (seen & (1 << field)) !== 0 || bytes[at] !== COLON) return -1;
    at = noteValue(field, at + 1);
    if (at < 0) return -1;
    seen |= 1 << field;
    if (field === AT.s && kinds[AT.s] === TEXT) listed = listingNoted(state);
    const next = bytes[at];
    if (next === CLOSE_OBJECT) break;
    if (next !== COMMA) return -1;
    at += 1;
  }
  return readLate(AT.b, bids) && readLate(AT.a, asks) ? at + 1 : -1;
}

/** The combined envelope, `{"stream":"…","data":{…}}` in either order; false when it is spelled in any other way. */
function noteEnvelope(state: BinanceState): boolean {
  let hasStream = false;
  let hasData = false;
  let at = 1;
  for (;;) {
    if (!hasStream && matches(at, STREAM)) {
      hasStream = true;
      at += STREAM.length;
      // All-market streams carry two universes, which the parser tells apart.
      if (bytes[at] === EXCLAMATION) return false;
      starts[NAME] = at;
      ends[NAME] = endOfText(at);
      at = ends[NAME] + 1;
      if (at === 0) return false;
      isNamed = true;
    } else if (!hasData && matches(at, DATA)) {
      hasData = true;
      at = noteFields(state, at + DATA.length);
      if (at < 0) return false;
    } else return false;
    if (bytes[at] === CLOSE_OBJECT) return at === reading.length - 1 && hasStream && hasData;
    if (bytes[at] !== COMMA) return false;
    at += 1;
  }
}

const isText = (field: number, expected: Pattern): boolean =>
  has(field, TEXT) &&
  ends[field]! - starts[field]! === expected.length &&
  matches(starts[field]!, expected);

/** Time of a field in µs; −1 where the field is missing, NaN where it holds no time in ms. */
function stampAt(field: number): number {
  if (lacks(field)) return -1;
  const ms = numbers[field]!;
  const isTime = kinds[field] === NUMBER && ms >= EARLIEST_MS && ms < LATEST_MS;
  return isTime ? microsFromMillis(ms) : Number.NaN;
}

/** Steps of a decimal in a text field; −1 for whatever is not a number on the grid. */
function stepsIn(field: number, { units, scale }: Listed['priceGrid']): number {
  const decimals = decimalsOfScale(scale);
  if (decimals < 0 || !has(field, TEXT)) return -1;
  const steps = stepsAt(starts[field]!, decimals, units);
  return reading.end === ends[field] ? steps : -1;
}

const stampOrNull = (stamp: number): Micros | null => (stamp < 0 ? null : (stamp as Micros));

/** Times of the message, µs; −1 for one that it does not have. In memory, as doubles that functions hand to each other are garbage. */
const stamps = new Float64Array(16);
/** When it was sent. */
const SENT = 0;

/** When it happened at the venue: `T` where there is one, else `E`, else nothing. */
const HAPPENED = 1;

/** Notes the times of the message; false when one of them is none. */
function noteStamps(): boolean {
  const sent = stampAt(AT.E);
  const happened = lacks(AT.T) ? sent : stampAt(AT.T);
  stamps[SENT] = sent;
  stamps[HAPPENED] = happened;
  return !(Number.isNaN(sent) || Number.isNaN(happened));
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
  firstId: DOUBLE,
  lastId: DOUBLE,
  previousId: DOUBLE,
  tsExchange: DOUBLE as Micros,
  tsLocal: DOUBLE as Micros,
};
const heard: Writable<Heard> = {
  kind: 'heard',
  feed: '',
  stream: '',
  tsExchange: DOUBLE as Micros,
  tsLocal: DOUBLE as Micros,
};
const lent: EngineEvent[] = [delta, heard];
const lentMark: EngineEvent[] = [delta, delta, heard];

function scanDepth(
  { instrument }: Listed,
  isLinked: boolean,
  record: RawRecord,
): BookDelta | undefined {
  const firstId = numbers[AT.U]!;
  const lastId = numbers[AT.u]!;
  if (!has(AT.U, NUMBER) || !has(AT.u, NUMBER) || firstId > lastId) return undefined;
  if (isLinked && !has(AT.pu, NUMBER)) return undefined;
  if (!has(AT.b, LEVELS) || !has(AT.a, LEVELS)) return undefined;
  delta.instrument = instrument.id;
  delta.bids = levelsOf(bids);
  delta.asks = levelsOf(asks);
  delta.firstId = firstId;
  delta.lastId = lastId;
  delta.previousId = isLinked ? numbers[AT.pu]! : null;
  delta.tsExchange = stampOrNull(stamps[HAPPENED]!);
  delta.tsLocal = record.t;
  return delta;
}

function scanTicker(
  { instrument, priceGrid, sizeGrid }: Listed,
  record: RawRecord,
): Quote | undefined {
  const bidTicks = stepsIn(AT.b, priceGrid);
  const bidLots = stepsIn(AT.B, sizeGrid);
  const askTicks = stepsIn(AT.a, priceGrid);
  const askLots = stepsIn(AT.A, sizeGrid);
  if (!(bidTicks > 0 && bidLots >= 0 && askTicks > 0 && askLots >= 0)) return undefined;
  if (!has(AT.u, NUMBER)) return undefined;
  const { id } = instrument;
  const updateId = numbers[AT.u]!;
  return {
    kind: 'quote',
    instrument: id,
    updateId,
    bidTicks,
    bidLots,
    askTicks,
    askLots,
    tsExchange: stampOrNull(stamps[HAPPENED]!),
    tsLocal: record.t,
  };
}

function scanPrint(
  { instrument, priceGrid, sizeGrid }: Listed,
  idField: number,
  record: RawRecord,
): Trade | undefined {
  const ticks = stepsIn(AT.p, priceGrid);
  const lots = stepsIn(AT.q, sizeGrid);
  const isSell = has(AT.m, TRUE);
  if (lacks(AT.T) || !(ticks > 0 && lots > 0)) return undefined;
  if (!has(idField, NUMBER) || !(isSell || has(AT.m, FALSE))) return undefined;
  const price = fromSteps(ticks, instrument.priceGrid);
  const size = coinsOf(fromSteps(lots, instrument.sizeGrid), instrument, price);
  if (size === undefined) return undefined;
  return {
    kind: 'trade',
    instrument: instrument.id,
    aggressor: isSell ? 'sell' : 'buy',
    price,
    size,
    id: numbers[idField]!,
    tsExchange: stamps[HAPPENED] as Micros,
    tsLocal: record.t,
  };
}

// What a message is.
const OTHER = 0;
const IS_DEPTH = 1;
const IS_TICKER = 2;
const IS_AGGREGATE = 3;
const IS_TRADE = 4;
const IS_MARK = 5;

/** What the message in hand is, of which every field has been noted. */
function typeNoted(): number {
  const isOnly = (known: number): boolean => (seen & ~known) === 0;
  if (isText(AT.e, DEPTH_UPDATE)) return isOnly(DEPTH) ? IS_DEPTH : OTHER;
  if (lacks(AT.e) || isText(AT.e, BOOK_TICKER)) return isOnly(TICKER) ? IS_TICKER : OTHER;
  if (isText(AT.e, AGGREGATE)) return isOnly(AGG_TRADE) ? IS_AGGREGATE : OTHER;
  if (isText(AT.e, MARK_PRICE)) return isOnly(MARK) ? IS_MARK : OTHER;
  const isTrade = isText(AT.e, SINGLE) && (lacks(AT.X) || isText(AT.X, MARKET));
  return isTrade && isOnly(TRADE) ? IS_TRADE : OTHER;
}

function scanEvent(
  product: Product,
  type: number,
  known: Listed,
  record: RawRecord,
): readonly EngineEvent[] | undefined {
  let event: EngineEvent | undefined;
  switch (type) {
    case IS_DEPTH:
      event = scanDepth(known, product.bookRule === 'linked', record);
      break;
    case IS_TICKER:
      event = scanTicker(known, record);
      break;
    case IS_AGGREGATE:
      event = scanPrint(known, AT.a, record);
      break;
    case IS_TRADE:
      event = scanPrint(known, AT.t, record);
      break;
    default:
      break;
  }
  if (event === undefined) return undefined;
  lent[0] = event;
  return lent;
}

/** A price or a rate in a text field, exactly what `Number` makes of its text; NaN for whatever is not a plain decimal of at most 15 digits. */
function decimalIn(field: number, isSigned: boolean): number {
  if (!has(field, TEXT)) return Number.NaN;
  const isNegative = isSigned && bytes[starts[field]!] === MINUS;
  const value = decimalAt(starts[field]! + (isNegative ? 1 : 0));
  if (value < 0 || reading.end !== ends[field]) return Number.NaN;
  return isNegative ? -value : value;
}

/**
 * Mark, index and running funding of a perp. Only while its next settlement is the one that is known: when it jumps, there is more to say
 * (`noteNextFunding`).
 */
function scanMark(
  product: Product,
  state: BinanceState,
  { instrument, coins }: Listed,
  { t: tsLocal }: RawRecord,
): readonly EngineEvent[] | undefined {
  const markPrice = decimalIn(AT.p, false);
  const indexPrice = decimalIn(AT.i, false);
  const fundingRate = decimalIn(AT.r, true);
  if (!(markPrice > 0 && indexPrice > 0) || lacks(AT.T) || lacks(AT.E)) return undefined;
  if (Number.isNaN(fundingRate)) return undefined;
  const tsExchange = stamps[SENT] as Micros;
  // `T` is here what is to come.
  const nextFundingTs = stamps[HAPPENED] as Micros;
  const clock = state.fundingClocks.get(instrument.symbol);
  if (clock === undefined || clock.nextTs !== nextFundingTs) return undefined;
  if (product.isInverse) {
    if (!isPlainMark(state.marks, instrument.symbol)) return undefined;
    state.marks.prices.set(instrument.symbol, markPrice / coins);
  }
  state.fundingClocks.set(instrument.symbol, {
    eventTs: tsExchange,
    nextTs: nextFundingTs,
    observedHours: clock.observedHours,
  });
  const stamped = { instrument: instrument.id, tsExchange, tsLocal };
  lentMark[0] = {
    kind: 'markPrice',
    ...stamped,
    markPrice: markPrice / coins,
    indexPrice: indexPrice / coins,
  };
  lentMark[1] = { kind: 'fundingPredicted', ...stamped, fundingRate, nextFundingTs };
  return lentMark;
}

/**
 * How messages of one type are spelled, learnt from one that was read field by field: the same text every time, between values that differ. A message that
 * fits is read without looking up the name of any field, which is most of the work of a short one. One that does not is read the other way.
 */
interface Outline {
  readonly type: number;
  /** Fields of the message, as in `seen`. */
  readonly fields: number;
  /** What stands before each value, which field the value is, and what kind of value. */
  readonly before: readonly Pattern[];
  readonly field: Uint8Array;
  readonly kind: Uint8Array;
  /** What stands behind the last value. */
  readonly behind: Pattern;
}

/** Outlines by product, the one that fitted last in front. A cache: it changes how fast an answer comes, never which. */
interface Outlines {
  readonly known: Outline[];
  /** Messages that fitted none of them since the last was learnt. */
  misfits: number;
}
const outlines = new Map<Product, Outlines>();
/** Outlines kept of a product: its types of messages, and a few in two spellings. When there are more the one that fitted longest ago goes. */
const OUTLINES_KEPT = 8;
/** Once there are as many, a new one is learnt from one misfit in so many only: whoever spells anew each time is not worth the learning. */
const MISFITS_BORNE = 16;

/** Texts that are the same in every message of a type. */
const CONSTANT = mask('e,X');

function outlinesOf(product: Product): Outlines {
  let known = outlines.get(product);
  if (known === undefined) {
    known = { known: [], misfits: 0 };
    outlines.set(product, known);
  }
  return known;
}

/** Learns how the message in hand is spelled, of which every field has been noted. */
function learn(into: Outlines, type: number): void {
  const { known } = into;
  into.misfits += 1;
  if (known.length >= OUTLINES_KEPT && into.misfits < MISFITS_BORNE) return;
  into.misfits = 0;
  const values = FIELDS.map((_, field) => field).filter(
    (field) => (seen & ~CONSTANT & (1 << field)) !== 0,
  );
  if (isNamed) values.push(NAME);
  values.sort((a, b) => starts[a]! - starts[b]!);
  // Levels cannot be read before it is known on whose grids they stand.
  const symbolAt = values.indexOf(AT.s);
  if (values.some((field, i) => field !== NAME && kinds[field] === LEVELS && i < symbolAt)) return;
  const ended = [0, ...values.map((field) => ends[field]!)];
  const text = (from: number, to: number) => patternOf(scratch.toString('latin1', from, to));
  if (known.length >= OUTLINES_KEPT) known.pop();
  known.unshift({
    type,
    fields: seen,
    before: values.map((field, i) => text(ended[i]!, starts[field]!)),
    field: Uint8Array.from(values),
    kind: Uint8Array.from(values, (field) => (field === NAME ? TEXT : kinds[field]!)),
    behind: text(ended.at(-1)!, reading.length),
  });
}

/** Reads the message in hand by an outline. False when it does not fit. */
function fits(outline: Outline, state: BinanceState): boolean {
  const { before, field: fields, kind: wanted, behind } = outline;
  let at = 0;
  for (let i = 0; i < fields.length; i += 1) {
    const literal = before[i]!;
    if (!matches(at, literal)) return false;
    at += literal.length;
    const field = fields[i]!;
    starts[field] = at;
    let kind = wanted[i]!;
    if (kind === NUMBER) {
      at = wholeAt(at);
      numbers[field] = found[0]!;
    } else if (kind === TEXT) {
      if (field === NAME && bytes[at] === EXCLAMATION) return false;
      at = endOfText(at);
    } else if (kind === LEVELS) {
      if (bytes[at] !== OPEN_ARRAY) return false;
      at = readLevels(field === AT.b ? bids : asks, at, listed!);
    } else if (matches(at, TRUTH)) {
      kind = TRUE;
      at += TRUTH.length;
    } else if (matches(at, FALSEHOOD)) {
      kind = FALSE;
      at += FALSEHOOD.length;
    } else return false;
    if (at < 0) return false;
    kinds[field] = kind;
    ends[field] = at;
    if (field === AT.s) {
      listed = listingNoted(state);
      if (listed === undefined) return false;
    }
  }
  if (at + behind.length !== reading.length || !matches(at, behind)) return false;
  seen = outline.fields;
  return true;
}

/** Reads the message in hand by the first outline that it fits; undefined when it fits none. */
function outlineOf({ known }: Outlines, state: BinanceState): Outline | undefined {
  for (let i = 0; i < known.length; i += 1) {
    const outline = known[i]!;
    if (!fits(outline, state)) continue;
    for (let to = i; to > 0; to -= 1) known[to] = known[to - 1]!;
    known[0] = outline;
    return outline;
  }
  return undefined;
}

/** Reads the message in hand field by field. */
function isSpelledOut(state: BinanceState): boolean {
  // Every loop stops at this brace at the latest, so none reads behind the message.
  if (bytes[0] !== OPEN_OBJECT || bytes[reading.length - 1] !== CLOSE_OBJECT) return false;
  seen = 0;
  isNamed = false;
  listed = undefined;
  const isRead =
    matches(1, STREAM) || matches(1, DATA)
      ? noteEnvelope(state)
      : noteFields(state, 1) === reading.length;
  return isRead && listed !== undefined;
}

/**
 * The events of a socket message of a spelling that is understood here; undefined for every other, which then has to be parsed.
 *
 * What it returns is lent (see `Protocol.decode`): the list, a book change with its levels and the sign of life are the same objects each time.
 */
export function scan(
  product: Product,
  state: BinanceState,
  record: RawRecord,
): readonly EngineEvent[] | undefined {
  if (!take(record.msg)) return undefined;
  const learnt = outlinesOf(product);
  const outline = outlineOf(learnt, state);
  if (outline === undefined && !isSpelledOut(state)) return undefined;
  const type = outline === undefined ? typeNoted() : outline.type;
  if (!lacks(AT.st) && !(has(AT.st, NUMBER) && numbers[AT.st] === product.universe))
    return undefined;
  if (!noteStamps()) return undefined;
  const events =
    type === IS_MARK
      ? scanMark(product, state, listed!, record)
      : scanEvent(product, type, listed!, record);
  if (events === undefined) return undefined;
  if (outline === undefined) learn(learnt, type);
  heard.feed = product.feed;
  heard.stream = record.chan;
  heard.tsExchange = stampOrNull(stamps[SENT]!);
  heard.tsLocal = record.t;
  return events;
}
