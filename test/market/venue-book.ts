import type { BookDelta, BookSnapshot, Quote } from '../../src/model/event.ts';
import type { BookRule, Instrument } from '../../src/model/instrument.ts';
import { type Micros, micros } from '../../src/model/units.ts';

/** A perp (`linked`) or spot (`contiguous`) listing on a grid of 0.1 × 0.001. */
export const instrumentOf = (
  bookRule: BookRule,
  changes: Partial<Instrument> = {},
): Instrument => ({
  id: bookRule === 'linked' ? 'binance:BTC/USDT:USDT' : 'binance:BTC/USDT',
  venue: 'binance',
  feed: bookRule === 'linked' ? 'binance-usdm' : 'binance-spot',
  symbol: 'BTCUSDT',
  kind: bookRule === 'linked' ? 'perp' : 'spot',
  asset: 'BTC',
  base: 'BTC',
  quote: 'USDT',
  settle: bookRule === 'linked' ? 'USDT' : null,
  priceGrid: { units: 1, scale: 10 },
  sizeGrid: { units: 1, scale: 1000 },
  sizeUnit: 'base',
  bookLevels: null,
  bookRule,
  expiry: null,
  inferred: false,
  ...changes,
});

/** `[ticks, lots, …]` from pairs. */
export const levels = (...pairs: readonly (readonly [number, number])[]): Float64Array =>
  Float64Array.from(pairs.flat());

const stamp = (instrument: Instrument, t: number) => ({
  instrument: instrument.id,
  tsExchange: micros(t - 5),
  tsLocal: micros(t) as Micros,
});

/** A change message; `previousId` only where the rule links messages by it. */
export function delta(
  instrument: Instrument,
  [firstId, lastId, previousId]: readonly [number, number, number],
  bids: Float64Array = levels(),
  asks: Float64Array = levels(),
): BookDelta {
  return {
    kind: 'bookDelta',
    ...stamp(instrument, lastId),
    firstId,
    lastId,
    previousId: instrument.bookRule === 'linked' ? previousId : null,
    bids,
    asks,
  };
}

export const snapshot = (
  instrument: Instrument,
  lastId: number,
  bids: Float64Array,
  asks: Float64Array,
  limit = 1000,
): BookSnapshot => ({
  kind: 'bookSnapshot',
  ...stamp(instrument, lastId),
  lastId,
  bids,
  asks,
  limit,
});

export const quote = (
  instrument: Instrument,
  updateId: number,
  [bidTicks, bidLots, askTicks, askLots]: readonly [number, number, number, number],
): Quote => ({
  kind: 'quote',
  ...stamp(instrument, updateId),
  updateId,
  bidTicks,
  bidLots,
  askTicks,
  askLots,
});

/** The book as the venue knows it after one update: best first. */
export interface TrueBook {
  readonly bids: readonly (readonly [number, number])[];
  readonly asks: readonly (readonly [number, number])[];
}

/** One thing the venue does: puts an order, or moves the market by some ticks. */
export interface VenueAct {
  /** Ids that pass unused before it (`linked` venues only). */
  readonly skip: number;
  /** Sends the message after this act, or keeps collecting. */
  readonly sends: boolean;
  readonly move: number;
  readonly isBid: boolean;
  readonly depth: number;
  readonly lots: number;
}

/** What a venue says while it acts, and the truth after every id it used. */
export interface VenueHistory {
  readonly messages: readonly BookDelta[];
  /** Truth by update id; an unused id has the truth of the id before. */
  readonly truth: ReadonlyMap<number, TrueBook>;
  readonly firstId: number;
  readonly lastId: number;
}

/** Plays a venue: a small true book, its change messages, and its state at every id. */
export function playVenue(instrument: Instrument, acts: readonly VenueAct[]): VenueHistory {
  const bids = new Map<number, number>();
  const asks = new Map<number, number>();
  let mid = 10_000;
  for (let i = 1; i <= 12; i++) {
    bids.set(mid - 3 * i, i);
    asks.set(mid + 3 * i, i);
  }
  const truth = new Map<number, TrueBook>();
  const messages: BookDelta[] = [];
  const firstId = 1000;
  let id = firstId;
  const note = () =>
    truth.set(id, {
      bids: [...bids].sort((a, b) => b[0] - a[0]),
      asks: [...asks].sort((a, b) => a[0] - b[0]),
    });
  note();

  let previousId = id;
  let opened = 0;
  let changedBids = new Map<number, number>();
  let changedAsks = new Map<number, number>();
  const put = (isBid: boolean, tick: number, lots: number) => {
    const side = isBid ? bids : asks;
    if (lots === 0) side.delete(tick);
    else side.set(tick, lots);
    (isBid ? changedBids : changedAsks).set(tick, lots);
  };
  for (const act of acts) {
    const skip = instrument.bookRule === 'linked' ? act.skip : 0;
    for (let i = 0; i < skip; i++) {
      id++;
      note();
    }
    id++;
    if (opened === 0) opened = id;
    mid += act.move;
    for (const tick of [...bids.keys()]) if (tick >= mid) put(true, tick, 0);
    for (const tick of [...asks.keys()]) if (tick <= mid) put(false, tick, 0);
    put(act.isBid, act.isBid ? mid - act.depth : mid + act.depth, act.lots);
    note();
    if (!act.sends) continue;
    messages.push(
      delta(instrument, [opened, id, previousId], levels(...changedBids), levels(...changedAsks)),
    );
    previousId = id;
    opened = 0;
    changedBids = new Map();
    changedAsks = new Map();
  }
  return { messages, truth, firstId, lastId: previousId };
}
