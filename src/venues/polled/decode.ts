import type { EngineEvent } from '../../model/event.ts';
import { decimalsOf, type Grid, gridFromText } from '../../model/grid.ts';
import type { FeedId, Instrument, InstrumentId, Venue } from '../../model/instrument.ts';
import { type RawRecord, textOf as textOfMessage } from '../../model/record.ts';
import type { Micros } from '../../model/units.ts';
import { unbundle } from '../bundles.ts';
import { decimalGrid, decimalsIn, textOfNumber } from '../decimal.ts';
import { decodeReport, REPORT_CHAN } from '../feed-report.ts';
import {
  arrayOf,
  decimalOf,
  flagOf,
  idOf,
  isAbsent,
  jsonOf,
  Malformed,
  objectOf,
  priceOf,
  rateOf,
  reasonOf,
  shown,
  sizeOf,
  stampOf,
  textOf,
  type Wire,
} from '../wire.ts';
import { CHAN } from './records.ts';
import { type Contract, hoursOf, openInterestCoins, tradedIn } from './units.ts';

/** A polled perp. Prices and sizes of its venue are per unit of the listing, which may hold many coins. */
interface Listed extends Contract {
  readonly instrument: Instrument;
  /** Coins in one unit of the listing. */
  readonly coins: number;
}

/** What a decoder remembers of a polled venue. Plain data. */
export interface PolledState {
  /** By unified symbol. */
  readonly listed: Map<string, Listed>;
  /** Newest mark price, else the last trade, per unit of the listing. */
  readonly prices: Map<string, number>;
  /** Which of the answers tells the mark price, where several do: the one that has an index price beside it. */
  readonly marks: Map<string, { readonly chan: string; readonly hasIndex: boolean }>;
  /** Told once each. */
  readonly unfamiliar: Set<string>;
}

export const createState = (): PolledState => ({
  listed: new Map(),
  prices: new Map(),
  marks: new Map(),
  unfamiliar: new Set(),
});

/** Listings that one decoder knows, and oddities that it tells. */
const LISTED_AT_MOST = 1024;
const NAMES_AT_MOST = 256;

/** Decimals of a price that are believed. */
const DECIMALS_AT_MOST = 12;

/** One record being read. */
interface Reading {
  readonly venue: Venue;
  readonly feed: FeedId;
  readonly chan: string;
  readonly state: PolledState;
  readonly tsLocal: Micros;
  readonly events: EngineEvent[];
}

const optional = <T>(
  value: unknown,
  name: string,
  read: (value: unknown, name: string) => T,
): T | null => (isAbsent(value) ? null : read(value, name));

const stamped = ({ tsLocal }: Reading, instrument: InstrumentId) => ({
  instrument,
  // The venue's own times belong to its last trade or to nothing: no answer says when it was made.
  tsExchange: null,
  tsLocal,
});

function noteUnfamiliar({ state, feed, tsLocal, events }: Reading, what: string): void {
  if (state.unfamiliar.has(what) || state.unfamiliar.size >= NAMES_AT_MOST) return;
  state.unfamiliar.add(what);
  events.push({ kind: 'unfamiliar', feed, what, tsLocal });
}

/** The same grid in other units: `coins` of them make one of the old. */
function scaled(grid: Grid, numerator: number, denominator: number): Grid {
  let units = grid.units * numerator;
  let scale = grid.scale * denominator;
  while (units % 10 === 0 && scale % 10 === 0) {
    units /= 10;
    scale /= 10;
  }
  return { units, scale };
}

const gridOf = (value: unknown, name: string): Grid => {
  const grid = gridFromText(decimalOf(value, name));
  if (grid === undefined) throw new Malformed(`${name}: not a step`);
  return grid;
};

/** Where the venue names no steps: what is written with so many decimals; prices become finer as they are heard. */
const COARSE = decimalGrid(0);
const FINE = decimalGrid(8);

/** `polled:markets` → listings. A listing that is no longer named stays as it is, so that what stopped shows that it did. */
function market(reading: Reading, row: Wire, everyMs: number): void {
  const { venue, feed, state, tsLocal } = reading;
  const symbol = textOf(row['symbol'], 'symbol');
  const base = textOf(row['base'], 'base');
  const { asset, coins } = unbundle(base);
  const inverse = flagOf(row['inverse'], 'inverse');
  const contractSize = priceOf(row['contractSize'], 'contractSize');
  const priceStep = optional(row['priceStep'], 'priceStep', gridOf);
  const sizeStep = optional(row['sizeStep'], 'sizeStep', gridOf);
  const isActive = flagOf(row['active'], 'active');
  const contract = gridFromText(textOfNumber(contractSize) ?? '');
  const known = state.listed.get(symbol);
  if (known === undefined && state.listed.size >= LISTED_AT_MOST)
    throw new Malformed(`more than ${LISTED_AT_MOST} listings`);
  const instrument: Instrument = {
    id: `${venue}:${symbol}`,
    venue,
    feed,
    symbol: textOf(row['id'], 'id'),
    kind: 'perp',
    asset,
    base,
    quote: textOf(row['quote'], 'quote'),
    settle: textOf(row['settle'], 'settle'),
    priceGrid:
      priceStep === null ? (known?.instrument.priceGrid ?? COARSE) : scaled(priceStep, 1, coins),
    sizeGrid:
      inverse || sizeStep === null || contract === undefined
        ? FINE
        : scaled(sizeStep, contract.units * coins, contract.scale),
    sizeUnit: 'base',
    bookRule: 'contiguous',
    bookLevels: null,
    expiry: null,
    inferred: priceStep === null,
    polledEveryMs: everyMs,
  };
  state.listed.set(symbol, { instrument, coins, contractSize, inverse });
  reading.events.push({
    kind: 'listing',
    instrument,
    ...(!isActive && { isTrading: false }),
    tsLocal,
  });
}

/** A price with more decimals than the listing's makes it finer, where the venue did not name its steps. */
function refine(reading: Reading, symbol: string, listed: Listed, price: number): Listed {
  const { instrument, coins } = listed;
  if (!instrument.inferred) return listed;
  const decimals = decimalsIn(textOfNumber(price) ?? '');
  const grid = scaled(decimalGrid(Math.min(decimals, DECIMALS_AT_MOST)), 1, coins);
  if (decimalsOf(grid) <= decimalsOf(instrument.priceGrid)) return listed;
  const finer = { ...listed, instrument: { ...instrument, priceGrid: grid } };
  reading.state.listed.set(symbol, finer);
  reading.events.push({
    kind: 'listing',
    instrument: finer.instrument,
    tsLocal: reading.tsLocal,
  });
  return finer;
}

/** Mark and index price of a row, per unit of the listing. */
interface Mark {
  readonly mark: number | null;
  readonly index: number | null;
}

const markIn = (row: Wire): Mark => ({
  mark: optional(row['mark'], 'mark', priceOf),
  index: optional(row['index'], 'index', priceOf),
});

function tellMark(reading: Reading, symbol: string, listed: Listed, { mark, index }: Mark): void {
  if (mark === null) return;
  const { state, chan } = reading;
  const { instrument, coins } = listed;
  state.prices.set(symbol, mark);
  const teller = state.marks.get(symbol);
  const isBetter = teller === undefined || (index !== null && !teller.hasIndex);
  if (!isBetter && teller.chan !== chan) return;
  state.marks.set(symbol, { chan, hasIndex: index !== null });
  reading.events.push({
    kind: 'markPrice',
    ...stamped(reading, instrument.id),
    markPrice: mark / coins,
    indexPrice: index === null ? null : index / coins,
  });
}

/** `polled:tickers` → best bid and ask, mark and index price, 24 h volume, as far as the venue tells them. */
function ticker(reading: Reading, row: Wire, symbol: string, before: Listed): void {
  const { state, events } = reading;
  const bid = optional(row['bid'], 'bid', sizeOf) ?? 0;
  const ask = optional(row['ask'], 'ask', sizeOf) ?? 0;
  const last = optional(row['last'], 'last', sizeOf) ?? 0;
  const open = optional(row['open'], 'open', sizeOf) ?? 0;
  const base = optional(row['base'], 'base', sizeOf);
  const quote = optional(row['quote'], 'quote', sizeOf);
  const mark = markIn(row);
  const finest = [bid, ask, last].reduce(
    (listed, price) => refine(reading, symbol, listed, price),
    before,
  );
  const { instrument, coins } = finest;
  // A zero stands for nothing, and one side alone or a crossed touch has no mid.
  if (bid > 0 && ask >= bid)
    events.push({
      kind: 'touch',
      ...stamped(reading, instrument.id),
      bid: bid / coins,
      ask: ask / coins,
    });
  if (last > 0 && !state.marks.has(symbol)) state.prices.set(symbol, last);
  tellMark(reading, symbol, finest, mark);
  const price = last > 0 ? last : state.prices.get(symbol);
  if (price === undefined || (base === null && quote === null)) return;
  const traded = tradedIn(base, quote, price, finest);
  if (traded === undefined) {
    noteUnfamiliar(reading, `24 h volume in unknown units: ${shown(symbol)}`);
    return;
  }
  events.push({
    kind: 'volume24h',
    ...stamped(reading, instrument.id),
    size: traded.size * coins,
    notional: traded.notional,
    ...(last > 0 && { lastPrice: last / coins }),
    ...(open > 0 && { openPrice: open / coins }),
  });
}

/**
 * Rates that ccxt 4.5.84 gets wrong. Kraken states them in coins per contract and hour for inverse perps, so that the relative rate is theirs × price;
 * ccxt divides by it as for the linear ones.
 *
 * @see https://docs.kraken.com/api-reference/historical-funding-rates/historical-funding-rates
 */
const isRateWrong = (venue: Venue, { inverse }: Listed): boolean => inverse && venue === 'kraken';

/** `polled:funding` → the running estimate, the interval where the venue names it, mark and index price where no ticker has them. */
function funding(reading: Reading, row: Wire, symbol: string, listed: Listed): void {
  const { events, tsLocal } = reading;
  const { instrument } = listed;
  const mark = markIn(row);
  const rate = optional(row['rate'], 'rate', rateOf);
  const next = optional(row['nextMs'], 'nextMs', stampOf);
  const interval = optional(row['interval'], 'interval', textOf);
  tellMark(reading, symbol, listed, mark);
  if (interval !== null) {
    const hours = hoursOf(interval);
    if (hours === undefined) noteUnfamiliar(reading, `funding interval ${shown(interval)}`);
    else
      events.push({
        kind: 'fundingInterval',
        ...stamped(reading, instrument.id),
        hours,
        basis: 'listed',
      });
  }
  if (rate === null || isRateWrong(reading.venue, listed)) return;
  events.push({
    kind: 'fundingPredicted',
    ...stamped(reading, instrument.id),
    fundingRate: rate,
    // A settlement that has passed is not the next one.
    nextFundingTs: next !== null && next > tsLocal ? next : null,
  });
}

/** `polled:openInterest` → open interest in coins, once a price is known that says what the numbers count. */
function openInterest(reading: Reading, row: Wire, symbol: string, listed: Listed): void {
  const { state, events } = reading;
  const { instrument, coins } = listed;
  const amount = optional(row['amount'], 'amount', sizeOf);
  const value = optional(row['value'], 'value', sizeOf);
  const price = state.prices.get(symbol);
  if (price === undefined || (amount === null && value === null)) return;
  const size = openInterestCoins(amount, value, price, listed);
  if (size === undefined) {
    noteUnfamiliar(reading, `open interest in unknown units: ${shown(symbol)}`);
    return;
  }
  events.push({ kind: 'openInterest', ...stamped(reading, instrument.id), size: size * coins });
}

type RowReader = (reading: Reading, row: Wire, symbol: string, listed: Listed) => void;

const READERS: ReadonlyMap<string, RowReader> = new Map([
  [CHAN.tickers as string, ticker],
  [CHAN.funding as string, funding],
  [CHAN.openInterest as string, openInterest],
]);

const LONGEST_POLL_MS = 86_400_000;

function readRows(reading: Reading, message: Wire): void {
  const { chan, state, feed, tsLocal } = reading;
  const isListing = chan === CHAN.markets;
  const read = READERS.get(chan);
  if (!isListing && read === undefined) throw new Malformed('unknown channel');
  const everyMs = isListing ? idOf(message['everyMs'], 'everyMs') : 1;
  if (everyMs < 1 || everyMs > LONGEST_POLL_MS) throw new Malformed('everyMs: not a poll');
  for (const value of arrayOf(message['rows'], 'rows')) {
    try {
      const row = objectOf(value, 'row');
      if (isListing) {
        market(reading, row, everyMs);
        continue;
      }
      const symbol = textOf(row['symbol'], 'symbol');
      const listed = state.listed.get(symbol);
      if (listed !== undefined) read!(reading, row, symbol, listed);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      // A row is read to its end before anything of it is told, so nothing of it went downstream; the others stand.
      reading.events.push({ kind: 'rejected', feed, chan, reason: reasonOf(error), tsLocal });
    }
  }
}

/** One record of a polled venue → what it says, by the row; then `heard`. */
export function decode(
  venue: Venue,
  state: PolledState,
  record: RawRecord,
): readonly EngineEvent[] {
  if (record.chan === REPORT_CHAN) return [decodeReport(record)];
  const { feed, chan, t: tsLocal } = record;
  const reading: Reading = { venue, feed, chan, state, tsLocal, events: [] };
  try {
    readRows(reading, objectOf(jsonOf(textOfMessage(record.msg)), 'message'));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    return [{ kind: 'rejected', feed, chan, reason: reasonOf(error), tsLocal }];
  }
  reading.events.push({ kind: 'heard', feed, stream: chan, tsExchange: null, tsLocal });
  return reading.events;
}
