import type { BookDelta, EngineEvent, Levels, Quote, Trade } from '../../model/event.ts';
import { fromSteps, type Grid } from '../../model/grid.ts';
import type { RawRecord } from '../../model/record.ts';
import { type Micros, microsFromMillis } from '../../model/units.ts';
import { stepsIn } from '../decimal.ts';
import type { BinanceState } from './draft.ts';
import type { Listed } from './listings.ts';
import type { Product } from './product.ts';

/*
 * The messages that come by the thousand (book, quotes, prints), read straight from their characters: parsing them as JSON costs several times
 * what everything else costs that is done with them.
 *
 * A shortcut and nothing else. It understands one spelling (the combined envelope, no white space, known fields once each, the symbol before
 * the levels, plain decimals on the grids of an announced listing) and checks every character of it. For anything else it steps aside without
 * having changed anything, and the message is parsed: what the shortcut says is what the parser would have said.
 */

const SPACE = 32;
const EXCLAMATION = 33;
const QUOTE = 34;
const COMMA = 44;
const POINT = 46;
const ZERO = 48;
const COLON = 58;
const OPEN_ARRAY = 91;
const BACKSLASH = 92;
const CLOSE_ARRAY = 93;
const CLOSE_OBJECT = 125;

const ENVELOPE = '{"stream":"';
const DATA = '","data":{';

/** Whole numbers of at most this many digits are exact. */
const DIGITS_AT_MOST = 15;

/** The same years in which `stampOf` believes a time. */
const EARLIEST_MS = Date.UTC(2010, 0, 1);
const LATEST_MS = Date.UTC(2150, 0, 1);

// What stands in a field.
const NONE = 0;
const TEXT = 1;
const NUMBER = 2;
const TRUE = 3;
const FALSE = 4;
const LEVELS = 5;

/** A field is noted at the code of its letter; the few with two letters below the printable characters. */
const FIELDS = 128;
const LONG: Readonly<Record<string, number>> = { nq: 1, ps: 2, pu: 3, st: 4 };
const fieldOf = (name: string): number => LONG[name] ?? name.charCodeAt(0);

const AT = {
  A: fieldOf('A'),
  B: fieldOf('B'),
  E: fieldOf('E'),
  T: fieldOf('T'),
  U: fieldOf('U'),
  X: fieldOf('X'),
  a: fieldOf('a'),
  b: fieldOf('b'),
  e: fieldOf('e'),
  m: fieldOf('m'),
  p: fieldOf('p'),
  pu: fieldOf('pu'),
  q: fieldOf('q'),
  s: fieldOf('s'),
  st: fieldOf('st'),
  t: fieldOf('t'),
  u: fieldOf('u'),
} as const;

const mask = (names: string): Uint8Array => {
  const known = new Uint8Array(FIELDS);
  for (const name of names.split(',')) known[fieldOf(name)] = 1;
  return known;
};

const DEPTH = mask('e,E,T,s,ps,st,U,u,pu,b,a');
const TICKER = mask('e,u,E,T,s,ps,st,b,B,a,A');
const AGG_TRADE = mask('e,E,s,a,p,q,nq,f,l,T,m,M,st,ps');
const TRADE = mask('e,E,T,s,t,p,q,nq,X,m,M,st,ps');

// Notes about the message being read. All are written before they are read in every call: nothing is remembered from one message to the next.

/** Longer messages are parsed. */
const LONGEST = 1 << 20;
let bytes = Buffer.alloc(4096);
const kinds = new Uint8Array(FIELDS);
const starts = new Int32Array(FIELDS);
const ends = new Int32Array(FIELDS);
const numbers = new Float64Array(FIELDS);
const noted = new Uint8Array(32);
let count = 0;
let listed: Listed | undefined;
let levelsB: Levels | undefined;
let levelsA: Levels | undefined;

function forget(): void {
  for (let i = 0; i < count; i += 1) kinds[noted[i]!] = NONE;
  count = 0;
  listed = undefined;
  levelsB = undefined;
  levelsA = undefined;
}

/** Notes a field; false for one that comes twice. */
function note(field: number, kind: number, start: number, end: number): boolean {
  if (kinds[field] !== NONE || count === noted.length) return false;
  kinds[field] = kind;
  starts[field] = start;
  ends[field] = end;
  noted[count] = field;
  count += 1;
  return true;
}

const has = (field: number, kind: number): boolean => kinds[field] === kind;

function hasOnly(known: Uint8Array): boolean {
  for (let i = 0; i < count; i += 1) if (known[noted[i]!] === 0) return false;
  return true;
}

/**
 * Copies a message to where its characters can be read fast, with a zero behind its end at which every loop stops.
 *
 * @returns false when it is not plain ASCII: only then is one character one byte.
 */
function copy(text: string): boolean {
  const { length } = text;
  if (length >= LONGEST) return false;
  if (length >= bytes.length) bytes = Buffer.alloc(2 * length);
  if (bytes.write(text) !== length) return false;
  bytes[length] = 0;
  return true;
}

/** Position of the quote that ends the string beginning at `at`; −1 when JSON would have to unescape or refuse something in it. */
function endOfText(at: number): number {
  for (let i = at; ; i += 1) {
    const code = bytes[i]!;
    if (code === QUOTE) return i;
    if (code < SPACE || code === BACKSLASH) return -1;
  }
}

/** Digits that fit a 32-bit integer, whose arithmetic is several times as fast as that of doubles. */
const FAST_DIGITS = 9;
const POWERS = Int32Array.from({ length: FAST_DIGITS + 1 }, (_, power) => 10 ** power);

/** Notes a whole number without sign, point or leading zero; the position behind it, or −1. */
function noteNumber(field: number, start: number): number {
  let at = start;
  let digit = bytes[at]! - ZERO;
  let head = 0;
  while (digit >>> 0 <= 9 && at < start + FAST_DIGITS) {
    head = (Math.imul(head, 10) + digit) | 0;
    at += 1;
    digit = bytes[at]! - ZERO;
  }
  const middle = at;
  let tail = 0;
  while (digit >>> 0 <= 9 && at < start + DIGITS_AT_MOST) {
    tail = (Math.imul(tail, 10) + digit) | 0;
    at += 1;
    digit = bytes[at]! - ZERO;
  }
  if (at === start || digit >>> 0 <= 9) return -1;
  if (at > start + 1 && bytes[start] === ZERO) return -1;
  if (!note(field, NUMBER, start, at)) return -1;
  numbers[field] = head * POWERS[at - middle]! + tail;
  return at;
}

/** Levels lie in shared blocks: allocating every side by itself costs as much as reading it. */
const BLOCK = 8192;
let block = new Float64Array(BLOCK);
let used = 0;

/** Position behind the number that `stepsFrom` has read. */
let after = 0;

/**
 * Steps of the plain decimal that begins at `start`, on a grid of so many decimals; −1 when it has more of them, or more digits than are read
 * fast, or is no number.
 */
function stepsFrom(code: Uint8Array, start: number, decimals: number): number {
  let at = start;
  let steps = 0;
  let digit = code[at]! - ZERO;
  while (digit >>> 0 <= 9) {
    steps = (Math.imul(steps, 10) + digit) | 0;
    at += 1;
    digit = code[at]! - ZERO;
  }
  const whole = at - start;
  if (whole === 0 || whole + decimals > FAST_DIGITS) return -1;
  let left = decimals;
  if (digit === POINT - ZERO) {
    at += 1;
    const fraction = at;
    digit = code[at]! - ZERO;
    while (left > 0 && digit >>> 0 <= 9) {
      steps = (Math.imul(steps, 10) + digit) | 0;
      left -= 1;
      at += 1;
      digit = code[at]! - ZERO;
    }
    while (code[at] === ZERO) at += 1;
    if (at === fraction) return -1;
  }
  after = at;
  return Math.imul(steps, POWERS[left]!);
}

/** Decimals of a grid whose step is a power of ten; −1 for any other, or one too fine to be read fast. */
function decimalsOf({ units, scale }: Grid): number {
  let decimals = 0;
  while (decimals < FAST_DIGITS && POWERS[decimals]! < scale) decimals += 1;
  return units === 1 && POWERS[decimals] === scale ? decimals : -1;
}

/**
 * Reads `[["price","size"],…]` from `start` into the block, in steps of the grids.
 *
 * @returns the position behind it, or −1 when it is spelled otherwise, a level lies off the grids or a price is zero.
 */
function noteLevels(field: number, start: number): number {
  if (listed === undefined || (field !== AT.a && field !== AT.b)) return -1;
  const priceDecimals = decimalsOf(listed.priceGrid);
  const sizeDecimals = decimalsOf(listed.sizeGrid);
  if (priceDecimals < 0 || sizeDecimals < 0) return -1;
  if (BLOCK - used < BLOCK / 2) {
    block = new Float64Array(BLOCK);
    used = 0;
  }
  const into = block;
  const code: Uint8Array = bytes;
  let filled = used;
  let at = start + 1;
  if (code[at] !== CLOSE_ARRAY) {
    for (;;) {
      if (code[at] !== OPEN_ARRAY || code[at + 1] !== QUOTE || filled === BLOCK) return -1;
      const ticks = stepsFrom(code, at + 2, priceDecimals);
      if (ticks <= 0) return -1;
      at = after;
      if (code[at] !== QUOTE || code[at + 1] !== COMMA || code[at + 2] !== QUOTE) return -1;
      const lots = stepsFrom(code, at + 3, sizeDecimals);
      if (lots < 0) return -1;
      at = after;
      if (code[at] !== QUOTE || code[at + 1] !== CLOSE_ARRAY) return -1;
      into[filled] = ticks;
      into[filled + 1] = lots;
      filled += 2;
      at += 2;
      if (code[at] === CLOSE_ARRAY) break;
      if (code[at] !== COMMA) return -1;
      at += 1;
    }
  }
  if (!note(field, LEVELS, start, at + 1)) return -1;
  const levels = into.subarray(used, filled);
  if (field === AT.b) levelsB = levels;
  else levelsA = levels;
  used = filled;
  return at + 1;
}

/** Notes one value; the position behind it, or −1. */
function noteValue(text: string, field: number, at: number): number {
  const code = bytes[at]!;
  if (code === QUOTE) {
    const end = endOfText(at + 1);
    return end >= 0 && note(field, TEXT, at + 1, end) ? end + 1 : -1;
  }
  if (code === OPEN_ARRAY) return noteLevels(field, at);
  if (text.startsWith('true', at)) return note(field, TRUE, at, at + 4) ? at + 4 : -1;
  if (text.startsWith('false', at)) return note(field, FALSE, at, at + 5) ? at + 5 : -1;
  return noteNumber(field, at);
}

/** Notes the fields of the flat object that fills the message from `start` on; false when it is spelled in any other way. */
function noteFields(state: BinanceState, text: string, start: number): boolean {
  let at = start;
  for (;;) {
    if (bytes[at] !== QUOTE) return false;
    let field = bytes[at + 1]!;
    if (bytes[at + 2] === QUOTE) at += 3;
    else {
      field = LONG[text.slice(at + 1, at + 3)] ?? -1;
      if (field < 0 || bytes[at + 3] !== QUOTE) return false;
      at += 4;
    }
    if (bytes[at] !== COLON || field >= FIELDS) return false;
    at = noteValue(text, field, at + 1);
    if (at < 0) return false;
    if (field === AT.s && has(AT.s, TEXT)) {
      const known = state.listings.get(text.slice(starts[field], ends[field]));
      if (known?.isAnnounced === true) listed = known;
    }
    const next = bytes[at];
    if (next === CLOSE_OBJECT) return bytes[at + 1] === CLOSE_OBJECT && at + 2 === text.length;
    if (next !== COMMA) return false;
    at += 1;
  }
}

const isText = (text: string, field: number, expected: string): boolean =>
  has(field, TEXT) &&
  ends[field]! - starts[field]! === expected.length &&
  text.startsWith(expected, starts[field]);

/** Time of a field in µs; −1 where the field is missing, NaN where it holds no time in ms. */
function stampAt(field: number): number {
  if (has(field, NONE)) return -1;
  const ms = numbers[field]!;
  const isTime = has(field, NUMBER) && ms >= EARLIEST_MS && ms < LATEST_MS;
  return isTime ? microsFromMillis(ms) : Number.NaN;
}

/** Steps of a decimal in a text field; NaN or negative for whatever is not a number on the grid. */
const stepsAt = (text: string, field: number, grid: Grid): number =>
  has(field, TEXT) ? stepsIn(text, grid, starts[field], ends[field]) : Number.NaN;

const stampOrNull = (stamp: number): Micros | null => (stamp < 0 ? null : (stamp as Micros));

/** `T` where there is one, else `E`, else nothing. */
const happenedAt = (eventTs: number): number => (has(AT.T, NONE) ? eventTs : stampAt(AT.T));

function scanDepth(
  { instrument }: Listed,
  isLinked: boolean,
  tsExchange: Micros | null,
  tsLocal: Micros,
): BookDelta | undefined {
  const firstId = numbers[AT.U]!;
  const lastId = numbers[AT.u]!;
  if (!has(AT.U, NUMBER) || !has(AT.u, NUMBER) || firstId > lastId) return undefined;
  if (isLinked && !has(AT.pu, NUMBER)) return undefined;
  if (levelsB === undefined || levelsA === undefined) return undefined;
  return {
    kind: 'bookDelta',
    instrument: instrument.id,
    bids: levelsB,
    asks: levelsA,
    firstId,
    lastId,
    previousId: isLinked ? numbers[AT.pu]! : null,
    tsExchange,
    tsLocal,
  };
}

function scanTicker(
  { instrument, priceGrid, sizeGrid }: Listed,
  text: string,
  tsExchange: Micros | null,
  tsLocal: Micros,
): Quote | undefined {
  const bidTicks = stepsAt(text, AT.b, priceGrid);
  const bidLots = stepsAt(text, AT.B, sizeGrid);
  const askTicks = stepsAt(text, AT.a, priceGrid);
  const askLots = stepsAt(text, AT.A, sizeGrid);
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
    tsExchange,
    tsLocal,
  };
}

function scanPrint(
  { instrument, priceGrid, sizeGrid }: Listed,
  text: string,
  idField: number,
  tsExchange: number,
  tsLocal: Micros,
): Trade | undefined {
  const ticks = stepsAt(text, AT.p, priceGrid);
  const lots = stepsAt(text, AT.q, sizeGrid);
  const isSell = has(AT.m, TRUE);
  if (!(ticks > 0 && lots > 0 && tsExchange >= 0)) return undefined;
  if (!has(idField, NUMBER) || !(isSell || has(AT.m, FALSE))) return undefined;
  return {
    kind: 'trade',
    instrument: instrument.id,
    aggressor: isSell ? 'sell' : 'buy',
    price: fromSteps(ticks, instrument.priceGrid),
    size: fromSteps(lots, instrument.sizeGrid),
    id: numbers[idField]!,
    tsExchange: tsExchange as Micros,
    tsLocal,
  };
}

function scanEvent(
  product: Product,
  known: Listed,
  text: string,
  eventTs: number,
  tsLocal: Micros,
): BookDelta | Quote | Trade | undefined {
  const happenedTs = happenedAt(eventTs);
  if (Number.isNaN(happenedTs)) return undefined;
  const tsExchange = stampOrNull(happenedTs);
  if (has(AT.e, NONE) || isText(text, AT.e, 'bookTicker'))
    return hasOnly(TICKER) ? scanTicker(known, text, tsExchange, tsLocal) : undefined;
  if (isText(text, AT.e, 'depthUpdate'))
    return hasOnly(DEPTH)
      ? scanDepth(known, product.bookRule === 'linked', tsExchange, tsLocal)
      : undefined;
  const tradeTs = has(AT.T, NONE) ? Number.NaN : happenedTs;
  if (isText(text, AT.e, 'aggTrade'))
    return hasOnly(AGG_TRADE) ? scanPrint(known, text, AT.a, tradeTs, tsLocal) : undefined;
  if (isText(text, AT.e, 'trade') && (has(AT.X, NONE) || isText(text, AT.X, 'MARKET')))
    return hasOnly(TRADE) ? scanPrint(known, text, AT.t, tradeTs, tsLocal) : undefined;
  return undefined;
}

/** The events of a socket message in the one spelling that is understood here; undefined for every other, which then has to be parsed. */
export function scan(
  product: Product,
  state: BinanceState,
  record: RawRecord,
): EngineEvent[] | undefined {
  const { msg, chan, t: tsLocal } = record;
  if (!msg.startsWith(ENVELOPE) || !copy(msg)) return undefined;
  // All-market streams carry two universes, which the parser tells apart.
  if (bytes[ENVELOPE.length] === EXCLAMATION) return undefined;
  const streamEnd = endOfText(ENVELOPE.length);
  if (streamEnd < 0 || !msg.startsWith(DATA, streamEnd)) return undefined;
  forget();
  if (!noteFields(state, msg, streamEnd + DATA.length) || listed === undefined) return undefined;
  if (!has(AT.st, NONE) && !(has(AT.st, NUMBER) && numbers[AT.st] === 1)) return undefined;
  const eventTs = stampAt(AT.E);
  if (Number.isNaN(eventTs)) return undefined;
  const event = scanEvent(product, listed, msg, eventTs, tsLocal);
  if (event === undefined) return undefined;
  const tsExchange = stampOrNull(eventTs);
  return [event, { kind: 'heard', feed: product.feed, stream: chan, tsExchange, tsLocal }];
}
