import { basisFair, markReadings } from '../features/basis.ts';
import { type BookSample, sampleBook } from '../features/book-sample.ts';
import type { Entries } from '../features/feature.ts';
import {
  intervalReading,
  nextFunding,
  predictedReading,
  rate8h,
  rateAnnual,
} from '../features/funding.ts';
import {
  createLiquidationMemory,
  type LiquidationTrust,
  liquidationTrust,
  readLiquidations,
} from '../features/liquidations.ts';
import { openInterest } from '../features/open-interest.ts';
import { lastPriceReading, openPriceReading, volumeUsdReading } from '../features/ticker.ts';
import { FRAME_VERSION, type OiChangeType } from '../frame/frame.ts';
import type { ScanLine, ScanRow } from '../frame/scan.ts';
import { feedNotes, feedsTrust, scanNotes, storeNotes } from '../frame/trust.ts';
import { feedSilence } from '../market/feed-state.ts';
import type { InstrumentState } from '../market/state.ts';
import { lastSteps } from '../market/trail.ts';
import { decimalsOf } from '../model/grid.ts';
import { type FeedId, isScannable, marksOf } from '../model/instrument.ts';
import { absent, derive, type Marks, marked, type Reading } from '../model/reading.ts';
import type { Micros } from '../model/units.ts';
import type { EngineState } from './engine-state.ts';

/** Minutes of the small price chart of a row. */
const TREND_MINUTES = 60;

const QUIET = createLiquidationMemory();

/** What rows of one feed share. */
interface FeedView {
  readonly silentFor: Micros | null;
  readonly trust: LiquidationTrust;
}

function feedViewOf(engine: EngineState, feed: FeedId, now: Micros): FeedView {
  const { settings } = engine.options;
  const state = engine.market.feeds.get(feed);
  return {
    silentFor: state === undefined ? null : feedSilence(state, now, settings),
    trust: liquidationTrust(state === undefined ? [] : [state], now, settings),
  };
}

function priceOf(
  state: InstrumentState,
  sample: BookSample,
  engine: EngineState,
  now: Micros,
): Pick<ScanRow, 'price' | 'priceKind'> {
  const { settings } = engine.options;
  if (state.isWatched && sample.mid.state !== 'absent')
    return { priceKind: 'mid', price: sample.mid };
  const last = lastPriceReading(state, now, settings);
  return last.state === 'absent'
    ? { priceKind: 'mark', price: markReadings(state, now, settings).mark }
    : { priceKind: 'last', price: last };
}

/** A row's book in words, and its numbers: absent with one reason for all where there is none. */
function bookOf(
  state: InstrumentState,
  sample: BookSample,
  rank: number,
  listed: number,
): Pick<ScanRow, 'book' | 'spreadBps' | 'oib' | 'depthBid' | 'depthAsk'> {
  if (!state.hasBook) {
    const reason =
      state.instrument.polledEveryMs === undefined
        ? `no book: rank ${rank} of ${listed}`
        : 'no book: polled';
    const none = absent(reason);
    const book = { status: 'none', reason } as const;
    return { book, spreadBps: none, oib: none, depthBid: none, depthAsk: none };
  }
  const { status, reason } = state.book;
  const { spreadBps, oib, depthBid, depthAsk } = sample;
  return { book: { status, reason }, spreadBps, oib, depthBid, depthAsk };
}

/** The row of a polled listing: each of its numbers says so. */
function polledRow(row: ScanRow, marks: Marks): ScanRow {
  const isReading = (value: unknown): value is Reading =>
    typeof value === 'object' && value !== null && 'state' in value;
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key,
      isReading(value) ? marked(value, marks) : value,
    ]),
  ) as unknown as ScanRow;
}

function rowOf(
  engine: EngineState,
  state: InstrumentState,
  now: Micros,
  feed: FeedView,
  place: { readonly rank: number; readonly listed: number },
): ScanRow {
  const { settings } = engine.options;
  const { instrument } = state;
  const sample = sampleBook(state, now, settings);
  const { price, priceKind } = priceOf(state, sample, engine, now);
  // The families of a frame, read with the price that the row shows in the place of the mid.
  const input = { now, settings, state, sample: { ...sample, mid: price }, ...feed };
  const oi = openInterest.read(null, input) as Entries & Readonly<Record<string, Reading>>;
  const predicted = predictedReading(state, now, settings);
  const interval = intervalReading(state);
  const opened = openPriceReading(state, now, settings);
  const trailed = oi['priceChange24h']!;
  const memory = engine.universe?.liquidations.get(instrument.id) ?? QUIET;
  const liquidated = readLiquidations(memory, 'h1', now, feed.trust);
  const row: ScanRow = {
    instrument: instrument.id,
    asset: instrument.asset,
    rank: place.rank,
    priceKind,
    price,
    priceDecimals: decimalsOf(instrument.priceGrid),
    change1h: oi['priceChange1h']!,
    change24h:
      state.isWatched && trailed.state !== 'absent'
        ? trailed
        : derive([price, opened] as const, (value, before) => (value - before) / before),
    volume24hUsd: volumeUsdReading(state, now, settings),
    fundingPredicted: predicted,
    funding8h: rate8h(predicted, interval),
    fundingAnnual: rateAnnual(predicted, interval),
    intervalHours: interval,
    nextFundingTs: nextFunding(state, predicted),
    basisFair: basisFair.read(null, input)['basisFair'] as Reading,
    oiCoin: oi['oiCoin']!,
    oiUsd: oi['oiUsd']!,
    oiChange1h: oi['oiChange1h']!,
    oiChange4h: oi['oiChange4h']!,
    oiChange24h: oi['oiChange24h']!,
    oiNorm: oi['oiNorm']!,
    oiChangeType: oi['oiChangeType'] as Reading<never> as Reading<OiChangeType>,
    liquidatedLong1h: liquidated.long,
    liquidatedShort1h: liquidated.short,
    ...bookOf(state, sample, place.rank, place.listed),
    trend: lastSteps(state.history.priceTrail, now, TREND_MINUTES),
  };
  return instrument.polledEveryMs === undefined ? row : polledRow(row, marksOf(instrument));
}

/** Perps by 24 h volume in quote currency; those whose volume nobody has told come last, in the order of their listing. */
function ranked(engine: EngineState): InstrumentState[] {
  const states: InstrumentState[] = [];
  for (const state of engine.market.instruments.values())
    if (isScannable(state.instrument)) states.push(state);
  const volume = ({ volume24h }: InstrumentState) => volume24h?.notional ?? -1;
  return states.sort((a, b) => volume(b) - volume(a));
}

/** What may be seen of all perps at `at`: a pure reading of the engine's state, which it does not change. */
export function scanOf(engine: EngineState, at: Micros): ScanLine {
  const now = Math.max(at, engine.now) as Micros;
  const { settings, source, origin } = engine.options;
  const states = ranked(engine);
  const listed = states.length;
  const views = new Map<FeedId, FeedView>();
  const rows: ScanRow[] = [];
  let wanted = 0;
  let whole = 0;
  for (const [index, state] of states.entries()) {
    const { feed } = state.instrument;
    const view = views.get(feed) ?? feedViewOf(engine, feed, now);
    views.set(feed, view);
    if (state.hasBook) {
      wanted += 1;
      if (state.book.status === 'whole') whole += 1;
    }
    rows.push(rowOf(engine, state, now, view, { rank: index + 1, listed }));
  }
  const feeds = feedsTrust(engine.market, now, settings);
  return {
    v: FRAME_VERSION,
    type: 'scan',
    source,
    origin,
    tsLocal: now,
    listed,
    books: { wanted, whole },
    rows,
    feeds,
    quality: [
      ...feedNotes(feeds),
      ...storeNotes(engine.store),
      ...scanNotes(rows, { wanted, whole }),
    ],
  };
}
