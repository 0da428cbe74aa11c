import { bandDepth } from '../market/band.ts';
import { coinsAt, knownBps } from '../market/book.ts';
import { staleAfter } from '../market/cadence.ts';
import { bestAskTicks, bestBidTicks, lotsAt } from '../market/ladder.ts';
import type { InstrumentState } from '../market/state.ts';
import { fromSteps } from '../model/grid.ts';
import { marksOf } from '../model/instrument.ts';
import { absent, derive, live, marked, observed, type Reading, stale } from '../model/reading.ts';
import { type EngineSettings, tierOf } from '../model/settings.ts';
import type { Micros } from '../model/units.ts';

/**
 * What one book says at one instant (SPEC §4). Everything is absent while the book is not whole and stale when its stream is. The band figures are
 * marked `partial` while the band reaches beyond the known depth, and stale besides when what renews the depth is.
 */
export interface BookSample {
  readonly bid: Reading;
  readonly ask: Reading;
  readonly bidSize: Reading;
  readonly askSize: Reading;
  readonly mid: Reading;
  /** Size-weighted mid of the touch: (bid·askSize + ask·bidSize) / (bidSize + askSize). */
  readonly microprice: Reading;
  readonly spreadBps: Reading;
  /** Quote currency resting within ±band of mid, per side. */
  readonly depthBid: Reading;
  readonly depthAsk: Reading;
  /**
   * Order-book imbalance (Dbid − Dask) / (Dbid + Dask) with D = Σ size·price·w over ±band, w(p) = exp(−λ|p/m − 1|), λ = ln 2 / (half-life·1e−4).
   * −1 (asks only) … +1 (bids only); absent when nothing rests inside the band.
   */
  readonly oib: Reading;
  readonly bandBps: number;
  readonly knownBidBps: Reading;
  readonly knownAskBps: Reading;
}

function nothing(reason: string, bandBps: number): BookSample {
  const none = absent(reason);
  return {
    bid: none,
    ask: none,
    bidSize: none,
    askSize: none,
    mid: none,
    microprice: none,
    spreadBps: none,
    depthBid: none,
    depthAsk: none,
    oib: none,
    bandBps,
    knownBidBps: none,
    knownAskBps: none,
  };
}

/** Best bid and ask of a listing whose book nobody streams: no sizes, no depth, no imbalance. */
function sampleTouch(state: InstrumentState, now: Micros, settings: EngineSettings): BookSample {
  const { touch, instrument, cadences } = state;
  const sample = nothing(
    `no book: ${instrument.venue}`,
    tierOf(instrument.asset, settings).bandBps,
  );
  if (touch === null) {
    const none = absent(`no best bid and ask: ${instrument.venue}`);
    return { ...sample, bid: none, ask: none, mid: none, spreadBps: none };
  }
  const reading = (value: number): Reading =>
    marked(
      observed(value, touch.tsLocal, now, staleAfter(cadences.book, settings)),
      marksOf(instrument),
    );
  const bid = reading(touch.bid);
  const ask = reading(touch.ask);
  const mid = derive([bid, ask] as const, (b, a) => (b + a) / 2);
  return {
    ...sample,
    bid,
    ask,
    mid,
    spreadBps: derive([bid, ask, mid] as const, (b, a, m) => ((a - b) / m) * 1e4),
  };
}

/**
 * How old the levels behind the touch are where the venue renews them at a slower pace of their own, and that for longer than three of its usual periods; null
 * where they are as old as the touch.
 */
function depthAgeAt({ cadences }: InstrumentState, now: Micros, settings: EngineSettings) {
  const { depth } = cadences;
  const age = (now - depth.lastTs) as Micros;
  return depth.count > 0 && age > staleAfter(depth, settings) ? age : null;
}

/** Reads the book at `now`. */
export function sampleBook(
  state: InstrumentState,
  now: Micros,
  settings: EngineSettings,
): BookSample {
  // Nothing of its book is streamed.
  if (state.isWatched && !state.hasBook) return sampleTouch(state, now, settings);
  const { book, instrument } = state;
  const { bandBps, halfLifeBps } = tierOf(instrument.asset, settings);
  if (book.status !== 'whole') return nothing(`book ${book.reason ?? book.status}`, bandBps);
  const bidTicks = bestBidTicks(book.ladder);
  const askTicks = bestAskTicks(book.ladder);
  if (!Number.isFinite(bidTicks) || !Number.isFinite(askTicks))
    return nothing('one-sided book', bandBps);

  // A snapshot is as good a sign of life as a change.
  const age = (now - Math.max(state.cadences.book.lastTs, book.tsLocal ?? 0)) as Micros;
  const isStale = age > staleAfter(state.cadences.book, settings);
  const reading = (value: number): Reading => (isStale ? stale(value, age) : live(value));
  const depthAge = depthAgeAt(state, now, settings);
  const deep = (value: number, partial: boolean): Reading => {
    const marks = partial ? ({ partial: true } as const) : {};
    if (depthAge !== null) return stale(value, Math.max(age, depthAge) as Micros, marks);
    return isStale ? stale(value, age, marks) : live(value, marks);
  };

  const { priceGrid } = instrument;
  const bid = fromSteps(bidTicks, priceGrid);
  const ask = fromSteps(askTicks, priceGrid);
  const bidSize = coinsAt(instrument, bidTicks, lotsAt(book.ladder, 'bid', bidTicks));
  const askSize = coinsAt(instrument, askTicks, lotsAt(book.ladder, 'ask', askTicks));
  // Of the sum of the ticks, which is exact: a mid ends in half a tick and nowhere else.
  const mid = fromSteps(bidTicks + askTicks, priceGrid) / 2;
  const spreadBps = reading(((ask - bid) / mid) * 1e4);
  const knownBid = knownBps(book, 'bid');
  const knownAsk = knownBps(book, 'ask');
  const known = {
    bid: reading(bid),
    ask: reading(ask),
    mid: reading(mid),
    spreadBps,
    bandBps,
    // A side that the venue sent whole is known to the end; that is no number.
    knownBidBps: Number.isFinite(knownBid) ? reading(knownBid) : absent('whole side known'),
    knownAskBps: Number.isFinite(knownAsk) ? reading(knownAsk) : absent('whole side known'),
  };
  if (bidSize === undefined || askSize === undefined)
    return { ...nothing('contract value unknown', bandBps), ...known };
  const bids = bandDepth(book, 'bid', mid, bandBps, halfLifeBps);
  const asks = bandDepth(book, 'ask', mid, bandBps, halfLifeBps);
  const partialBid = knownBid < bandBps;
  const partialAsk = knownAsk < bandBps;
  const weighted = bids.weighted + asks.weighted;
  return {
    ...known,
    bidSize: reading(bidSize),
    askSize: reading(askSize),
    microprice: reading((bid * askSize + ask * bidSize) / (bidSize + askSize)),
    depthBid: deep(bids.depth, partialBid),
    depthAsk: deep(asks.depth, partialAsk),
    oib:
      weighted > 0
        ? deep((bids.weighted - asks.weighted) / weighted, partialBid || partialAsk)
        : absent('empty band'),
  };
}
