import type {
  EngineEvent,
  FundingLimits,
  HistoryPage,
  HistoryRow,
  HistorySeries,
  Listing,
  OptionQuote,
  Trade,
  VolatilityHistory,
  VolatilityIndex,
} from '../model/event.ts';
import {
  type Asset,
  type FeedId,
  type Instrument,
  type InstrumentId,
  isScannable,
  type Venue,
} from '../model/instrument.ts';
import { areSameTiers, type MarginTier } from '../model/margin.ts';
import { HOUR, MINUTE, type Micros, SECOND } from '../model/units.ts';
import {
  applyDelta,
  applyListing,
  applyQuote,
  applySnapshot,
  type Book,
  type BookOutcome,
  createBook,
  isRenewalDue,
  keepRecent,
  resetBook,
} from './book.ts';
import { type Cadence, createCadence, hear } from './cadence.ts';
import { notePrint } from './contradiction.ts';
import {
  createFeedState,
  type FeedState,
  noteCoverage,
  noteHeard,
  notePolls,
  noteRejected,
  noteReport,
  noteUnfamiliar,
  tickFeed,
} from './feed-state.ts';
import { closeOf, createHourly, type Hourly, hourOf, setHour } from './hourly.ts';
import { createTrail, noteTrail, type Trail } from './trail.ts';

/** Hourly history of one instrument, from back-fill and from what was seen live. */
export interface InstrumentHistory {
  /** Base coin. */
  readonly openInterest: Hourly;
  /** Settled rate per own interval, at the cell in which it became known. */
  readonly fundingSettled: Hourly;
  readonly close: Hourly;
  readonly volume: Hourly;
  /** Share of the bar's volume bought by takers, 0–1. */
  readonly buyShare: Hourly;
  readonly high: Hourly;
  readonly low: Hourly;
  readonly mark: Hourly;
  readonly index: Hourly;
  /** Written by the sampler at each close, never by back-fill: predicted 8h-equivalent rate, depth, liquidated USD, realised volatility of the hour. */
  readonly funding8h: Hourly;
  readonly depthUsd: Hourly;
  readonly liquidatedUsd: Hourly;
  readonly realisedVolatility: Hourly;
  /** Of a perp that leads, likewise: basis of the dated future that was front at the close, and its days to expiry over the longest listed ones. */
  readonly datedBasis: Hourly;
  readonly datedRho: Hourly;
  /** By the minute, a little over a day: base coin, and price. */
  readonly openInterestTrail: Trail;
  readonly priceTrail: Trail;
}

/** Everything known about one listing as of now (SPEC §3). Plain data. */
export interface InstrumentState {
  instrument: Instrument;
  /** One of the assets asked for: with all features, signals and frames. The others of a universe carry only what their row needs. */
  readonly isWatched: boolean;
  /** Whether its book is carried: always of the watched, of a universe as the feed says. */
  hasBook: boolean;
  book: Book;
  /** When a snapshot was last asked for; null when none is on its way. */
  snapshotAskedTs: Micros | null;
  /** When the book was last not whole and became so. */
  wholeSince: Micros | null;
  /** Time for which a book that had been whole was not, µs, without the present time. */
  brokenFor: number;
  /** Since when it is not whole again; null while it is, and before it ever was. */
  brokenSince: Micros | null;
  /** Running numbers of the newest trades, oldest first, at most `TRADE_IDS_KEPT`: a print that comes twice counts once. */
  readonly tradeIds: number[];
  lastTrade: {
    readonly price: number;
    readonly aggressor: 'buy' | 'sell';
    readonly size: number;
    readonly tsLocal: Micros;
  } | null;
  /** Best bid and ask where no book is streamed. */
  touch: { readonly bid: number; readonly ask: number; readonly tsLocal: Micros } | null;
  mark: {
    readonly markPrice: number;
    readonly indexPrice: number | null;
    readonly tsLocal: Micros;
  } | null;
  /** The index where it comes by itself. */
  index: { readonly indexPrice: number; readonly tsLocal: Micros } | null;
  predicted: {
    readonly fundingRate: number;
    /** Null where funding flows all the time, or a polled venue does not say when. */
    readonly nextFundingTs: Micros | null;
    readonly tsLocal: Micros;
  } | null;
  settled: { readonly fundingRate: number; readonly tsExchange: Micros } | null;
  interval: { readonly hours: number; readonly basis: 'listed' | 'default' | 'observed' } | null;
  /** The newest change of it that was seen; null while none was. */
  intervalChange: { readonly from: number; readonly to: number; readonly tsLocal: Micros } | null;
  /** Null while the venue has not named any. */
  fundingLimits: FundingLimits | null;
  openInterest: { readonly size: number; readonly tsLocal: Micros } | null;
  /** Brackets of maintenance margin as the venue states them; null where it says nothing. */
  tiers: readonly MarginTier[] | null;
  volume24h: {
    readonly size: number;
    readonly notional: number;
    readonly lastPrice?: number;
    readonly openPrice?: number;
    readonly tsLocal: Micros;
  } | null;
  readonly cadences: {
    readonly book: Cadence;
    /** Of the snapshots that alone renew depth (`BookSnapshot.renewsDepth`); never heard where changes tell of every level. */
    readonly depth: Cadence;
    readonly mark: Cadence;
    readonly index: Cadence;
    readonly funding: Cadence;
    readonly openInterest: Cadence;
    /** Of the scanned listings of one feed the same object: they share a stream, which tells only what has changed. */
    readonly volume24h: Cadence;
  };
  readonly history: InstrumentHistory;
}

/** What is taken for the usual gap between two snapshots that renew depth until it is learnt: Hyperliquid's of July 2026 (venues.md §6.2). */
const DEPTH_GAP = 5.4 * SECOND;

/** What is taken for the usual gap between two estimates of funding until it is learnt: OKX sends one every 30–90 s (venues.md §4.3). */
const FUNDING_GAP = 60 * SECOND;

/** One option of a chain. */
export interface OptionState {
  instrument: Instrument;
  quote: OptionQuote | null;
  /** How often anything is said of it. */
  readonly cadence: Cadence;
}

/** What is taken for the usual gap between two quotes of an option until it is learnt: whole chains are asked for every ten seconds. */
export const OPTION_GAP = 10 * SECOND;

/** Options kept; of a venue that lists more the newest are left out. */
const OPTIONS_KEPT = 10_000;

/** A venue's index of implied volatility of one asset. */
export interface VolatilityState {
  readonly venue: Venue;
  index: { readonly volatility: number; readonly tsLocal: Micros } | null;
  readonly cadence: Cadence;
  /** Closes of days that are over, ascending by their end: at most `VOLATILITY_DAYS_KEPT`. */
  days: readonly { readonly ts: Micros; readonly value: number }[];
}

/** Days of a volatility index kept: the newest. */
const VOLATILITY_DAYS_KEPT = 1000;

/** Market state: all listings and feeds. The order of the maps is the order of arrival, so that output is deterministic. */
export interface MarketState {
  readonly instruments: Map<InstrumentId, InstrumentState>;
  readonly feeds: Map<FeedId, FeedState>;
  /** Assets asked for; listings of others are ignored. `any` takes them all. */
  readonly assets: readonly Asset[] | 'any';
  /** What the venues say of options, by instrument: a chain has a thousand of them, so they carry no books, histories or features. */
  readonly options: Map<InstrumentId, OptionState>;
  /** Indices of implied volatility, of the assets asked for that have one. */
  readonly volatility: Map<Asset, VolatilityState>;
  /** What is kept of all perps for a scanner, whatever their asset; null when there is none. */
  readonly universe: {
    /** How often the tickers of a feed's perps come. */
    readonly volumes: Map<FeedId, Cadence>;
  } | null;
}

/** What a change of the market asks of the rest of the engine. */
export type MarketChange =
  | {
      readonly kind: 'snapshotWanted';
      readonly instrument: InstrumentId;
      /** See `BookNeed` of the protocols. */
      readonly need: 'lost' | 'waiting' | 'audit';
    }
  | { readonly kind: 'bookResyncing'; readonly instrument: InstrumentId; readonly reason: string }
  | { readonly kind: 'bookWhole'; readonly instrument: InstrumentId }
  | {
      readonly kind: 'intervalChanged';
      readonly instrument: InstrumentId;
      readonly from: number;
      readonly to: number;
    }
  | { readonly kind: 'feedLost'; readonly feed: FeedId; readonly reason: string }
  | { readonly kind: 'feedBack'; readonly feed: FeedId }
  | {
      readonly kind: 'streamSuspect';
      readonly feed: FeedId;
      readonly stream: string;
      readonly reason: string;
    }
  /** Closed cells read differently now. */
  | { readonly kind: 'history'; readonly instrument: InstrumentId; readonly series: HistorySeries }
  | {
      readonly kind: 'settled';
      readonly instrument: InstrumentId;
      readonly fundingRate: number;
      readonly tsExchange: Micros;
    };

export const createMarketState = (
  assets: readonly Asset[] | 'any',
  hasUniverse = false,
): MarketState => ({
  instruments: new Map(),
  feeds: new Map(),
  assets,
  options: new Map(),
  volatility: new Map(),
  universe: hasUniverse ? { volumes: new Map() } : null,
});

/** Entries of a minute trail: 26 hours. */
const TRAIL_KEPT = 26 * 60;

/** Usual gap of what is polled, µs; 0 leaves it to be learnt. */
const polledGap = ({ polledEveryMs = 0 }: Instrument): number => polledEveryMs * 1000;

/** What a poll of the open interest of a whole universe is expected to take, until it is learnt. */
const UNIVERSE_POLL = MINUTE;

const createInstrumentState = (
  instrument: Instrument,
  isWatched: boolean,
  volume24h: Cadence,
): InstrumentState => ({
  instrument,
  isWatched,
  hasBook: isWatched && instrument.polledEveryMs === undefined && instrument.kind !== 'future',
  book: createBook(instrument),
  snapshotAskedTs: null,
  wholeSince: null,
  brokenFor: 0,
  brokenSince: null,
  tradeIds: [],
  lastTrade: null,
  touch: null,
  mark: null,
  index: null,
  predicted: null,
  settled: null,
  interval: null,
  intervalChange: null,
  fundingLimits: null,
  openInterest: null,
  tiers: null,
  volume24h: null,
  cadences: {
    book: createCadence(polledGap(instrument)),
    depth: createCadence(DEPTH_GAP),
    mark: createCadence(polledGap(instrument)),
    index: createCadence(polledGap(instrument)),
    funding: createCadence(polledGap(instrument) || FUNDING_GAP),
    // It is polled, by default every ten seconds.
    openInterest: createCadence(polledGap(instrument) || (isWatched ? 10 * SECOND : UNIVERSE_POLL)),
    volume24h,
  },
  history: {
    openInterest: createHourly(),
    fundingSettled: createHourly(),
    close: createHourly(),
    volume: createHourly(),
    buyShare: createHourly(),
    high: createHourly(),
    low: createHourly(),
    mark: createHourly(),
    index: createHourly(),
    funding8h: createHourly(),
    depthUsd: createHourly(),
    liquidatedUsd: createHourly(),
    realisedVolatility: createHourly(),
    datedBasis: createHourly(),
    datedRho: createHourly(),
    openInterestTrail: createTrail(TRAIL_KEPT, MINUTE),
    priceTrail: createTrail(TRAIL_KEPT, MINUTE),
  },
});

function feedOf(market: MarketState, feed: FeedId): FeedState {
  const known = market.feeds.get(feed);
  if (known !== undefined) return known;
  const created = createFeedState(feed);
  market.feeds.set(feed, created);
  return created;
}

/** A snapshot that was asked for and never came is asked for again after this long, µs. */
const ASK_AGAIN_AFTER = 15 * SECOND;

const NO_CHANGES: readonly MarketChange[] = [];

/**
 * What an event did to a book. Messages that wait for a snapshot ask for one themselves: at the start, after a reconnect, and again when none has come.
 */
function bookChange(
  state: InstrumentState,
  before: Book['status'],
  outcome: Pick<BookOutcome, 'snapshotWanted'> & Partial<BookOutcome>,
  tsLocal: Micros,
): readonly MarketChange[] {
  const { id } = state.instrument;
  const after = state.book.status;
  // What nearly every message does.
  if (before === 'whole' && after === 'whole' && !outcome.snapshotWanted) return NO_CHANGES;
  const changes: MarketChange[] = [];
  if (before === 'whole' && after !== 'whole') {
    state.brokenSince = tsLocal;
    changes.push({ kind: 'bookResyncing', instrument: id, reason: state.book.reason ?? 'reset' });
  }
  if (before !== 'whole' && after === 'whole') {
    if (state.brokenSince !== null) state.brokenFor += tsLocal - state.brokenSince;
    state.brokenSince = null;
    state.wholeSince = tsLocal;
    changes.push({ kind: 'bookWhole', instrument: id });
  }
  const isOverdue =
    outcome.result === 'buffered' &&
    (state.snapshotAskedTs === null || tsLocal - state.snapshotAskedTs > ASK_AGAIN_AFTER);
  if (outcome.snapshotWanted || isOverdue) {
    state.snapshotAskedTs = tsLocal;
    const need = outcome.snapshotWanted ? 'lost' : 'waiting';
    changes.push({ kind: 'snapshotWanted', instrument: id, need });
  }
  return changes;
}

/** Snapshots that only renew what a whole book knows are asked for no oftener than this, µs. */
const RENEW_EVERY = 30 * SECOND;

/** … and of the many books of a scanner, whose snapshots share one budget, no oftener than this. */
const RENEW_SCANNED_EVERY = 5 * MINUTE;

/** A watched book for which nothing else asks a snapshot is compared with one all the same, this often, µs: books audit themselves (SPEC §2). */
const AUDIT_EVERY = 10 * MINUTE;

/** … and one whose sequence proves nothing this often (venues.md §3.2). */
const AUDIT_LENIENT_EVERY = MINUTE;

/**
 * Whether to ask for a snapshot now: because the market moves out of what the book knows of the band, or to see that the book is right. Notes that
 * it was asked for.
 */
export function askToRenew(state: InstrumentState, bandBps: number, now: Micros): boolean {
  const { snapshotAskedTs: asked, isWatched } = state;
  if (asked !== null && now - asked < (isWatched ? RENEW_EVERY : RENEW_SCANNED_EVERY)) return false;
  const { book } = state;
  const auditEvery = book.isLenient ? AUDIT_LENIENT_EVERY : AUDIT_EVERY;
  // Where the beginning came by itself the first comparison is due as long after it.
  const since = asked ?? state.wholeSince;
  const isAuditDue =
    isWatched && book.status === 'whole' && since !== null && now - since >= auditEvery;
  if (!isAuditDue && !isRenewalDue(state.book, bandBps)) return false;
  // From before the answer leaves the venue; one that is older all the same finds them when it is asked for again.
  keepRecent(state.book);
  state.snapshotAskedTs = now;
  return true;
}

/** Trades among which a repeated one is recognised; sockets that overlap during a roll repeat a few. */
const TRADE_IDS_KEPT = 64;

/** Notes a trade by its running number. @returns false when it is known already; trades without a number are always new. */
export function admitTrade(state: InstrumentState, trade: Trade): boolean {
  const { tradeIds } = state;
  if (trade.id === null) return true;
  if (tradeIds.includes(trade.id)) return false;
  tradeIds.push(trade.id);
  if (tradeIds.length > TRADE_IDS_KEPT) tradeIds.shift();
  return true;
}

function volumesOf(universe: NonNullable<MarketState['universe']>, feed: FeedId): Cadence {
  const known = universe.volumes.get(feed);
  if (known !== undefined) return known;
  const created = createCadence();
  universe.volumes.set(feed, created);
  return created;
}

/** The listings that a scanner keeps of a feed are those whose books it names; what it had of others is forgotten. */
function carryBooks(market: MarketState, feed: FeedId, symbols: readonly string[]): void {
  const carried = new Set(symbols);
  for (const state of market.instruments.values()) {
    const { instrument } = state;
    if (state.isWatched || instrument.feed !== feed) continue;
    const hasBook = carried.has(instrument.symbol);
    if (state.hasBook && !hasBook) {
      state.book = createBook(instrument);
      state.snapshotAskedTs = null;
      state.lastTrade = null;
    }
    state.hasBook = hasBook;
  }
}

/** Hourly series that a page's rows go into, each with the number a row holds for it. */
function writeRow(history: InstrumentHistory, series: HistorySeries, row: HistoryRow): boolean {
  const { ts, value } = row;
  const hour = hourOf(ts);
  switch (series) {
    case 'fundingSettled':
      return setHour(history.fundingSettled, hour, ts, value);
    case 'openInterest':
      noteTrail(history.openInterestTrail, ts, value);
      return setHour(history.openInterest, hour, ts, value);
    case 'mark1h':
      return setHour(history.mark, hour, ts, value);
    case 'index1h':
      return setHour(history.index, hour, ts, value);
    case 'bar1m':
      noteTrail(history.priceTrail, ts, value);
      return false;
    case 'bar1h': {
      noteTrail(history.priceTrail, ts, value);
      const { high, low, volume, buyVolume } = row;
      let isNew = setHour(history.close, hour, ts, value);
      const set = (hourly: Hourly, what: number | undefined) => {
        if (what !== undefined && setHour(hourly, hour, ts, what)) isNew = true;
      };
      set(history.high, high);
      set(history.low, low);
      set(history.volume, volume);
      if (volume !== undefined && volume > 0 && buyVolume !== undefined)
        set(history.buyShare, buyVolume / volume);
      return isNew;
    }
  }
}

/** A scanned listing keeps the minutes only. */
function storeTrails({ history }: InstrumentState, { series, rows }: HistoryPage): void {
  const trail =
    series === 'openInterest'
      ? history.openInterestTrail
      : series === 'bar1m' || series === 'bar1h'
        ? history.priceTrail
        : undefined;
  if (trail !== undefined) for (const { ts, value } of rows) noteTrail(trail, ts, value);
}

function storeHistory(state: InstrumentState, page: HistoryPage): readonly MarketChange[] {
  if (!state.isWatched) {
    storeTrails(state, page);
    return NO_CHANGES;
  }
  const { id } = state.instrument;
  const changes: MarketChange[] = [];
  let isChanged = false;
  for (const row of page.rows) {
    const isNew = writeRow(state.history, page.series, row);
    // A row of the cell that is still open is its state so far, and no closed cell rests on it.
    if (isNew && closeOf(hourOf(row.ts)) <= page.tsLocal) isChanged = true;
  }
  const last = page.rows.at(-1);
  if (page.series === 'fundingSettled' && last !== undefined) {
    const before = state.settled;
    if (before === null || last.ts > before.tsExchange) {
      state.settled = { fundingRate: last.value, tsExchange: last.ts };
      // The first page is history; a settlement that arrives later is news.
      if (before !== null && page.tsLocal - last.ts < HOUR)
        changes.push({
          kind: 'settled',
          instrument: id,
          fundingRate: last.value,
          tsExchange: last.ts,
        });
    }
  }
  if (isChanged) changes.push({ kind: 'history', instrument: id, series: page.series });
  return changes;
}

const SYMBOL_CHAR = /[\w-]/;

/** Whether a stream's name holds the wire symbol as a word of its own: `btcusdt@depth` is not about `BTC`, nor `btcusdt_260327@depth` about `BTCUSDT`. */
function concerns(stream: string, symbol: string): boolean {
  const name = stream.toLowerCase();
  const wanted = symbol.toLowerCase();
  for (let at = name.indexOf(wanted); at >= 0; at = name.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    const isWord =
      !(at > 0 && SYMBOL_CHAR.test(name[at - 1]!)) &&
      !(end < name.length && SYMBOL_CHAR.test(name[end]!));
    if (isWord) return true;
  }
  return false;
}

/** Books whose streams were lost lose their continuity. */
function dropBooks(
  market: MarketState,
  feed: FeedId,
  streams: readonly string[],
  reason: string,
  tsLocal: Micros,
): MarketChange[] {
  const changes: MarketChange[] = [];
  for (const state of market.instruments.values()) {
    const { instrument, book } = state;
    if (instrument.feed !== feed || book.status === 'waiting') continue;
    if (!streams.some((stream) => concerns(stream, instrument.symbol))) continue;
    const before = book.status;
    resetBook(book, reason);
    state.snapshotAskedTs = null;
    changes.push(...bookChange(state, before, { snapshotWanted: false }, tsLocal));
  }
  return changes;
}

/**
 * Applies one event to the market. Events of instruments that are not listed (not asked for) change nothing.
 *
 * @returns what else has to happen, in order.
 */
export function applyToMarket(market: MarketState, event: EngineEvent): readonly MarketChange[] {
  switch (event.kind) {
    case 'tick':
      for (const feed of market.feeds.values()) tickFeed(feed, event.tsLocal);
      return NO_CHANGES;
    case 'heard':
      noteHeard(feedOf(market, event.feed), event.stream, event.tsExchange, event.tsLocal);
      return NO_CHANGES;
    case 'liquidationCoverage':
      noteCoverage(feedOf(market, event.feed), event);
      return NO_CHANGES;
    case 'rejected':
      noteRejected(feedOf(market, event.feed), event.reason);
      return NO_CHANGES;
    case 'unfamiliar':
      noteUnfamiliar(feedOf(market, event.feed), event.what);
      return NO_CHANGES;
    case 'recalled':
    case 'store':
      // The engine takes these in itself.
      return NO_CHANGES;
    case 'feed': {
      const feed = feedOf(market, event.feed);
      const { report } = event;
      const { reconnects } = feed;
      // Every further attempt that fails is the same loss.
      const isNews =
        report.kind === 'disconnected' && feed.connections.get(report.connection)?.state !== 'down';
      noteReport(feed, report, event.tsLocal);
      if (report.kind === 'books') carryBooks(market, event.feed, report.symbols);
      if (report.kind === 'disconnected' && report.streams.length > 0) {
        const { connection, reason, streams, books = streams } = report;
        const dropped = dropBooks(market, event.feed, books, reason, event.tsLocal);
        return isNews
          ? [{ kind: 'feedLost', feed: event.feed, reason: `${connection}: ${reason}` }, ...dropped]
          : dropped;
      }
      if (feed.reconnects > reconnects) return [{ kind: 'feedBack', feed: event.feed }];
      if (report.kind === 'suspect')
        return [
          {
            kind: 'streamSuspect',
            feed: event.feed,
            stream: report.stream,
            reason: report.reason,
          },
        ];
      return NO_CHANGES;
    }
    case 'listing': {
      const { instrument } = event;
      const { assets, universe } = market;
      if (instrument.polledEveryMs !== undefined)
        notePolls(feedOf(market, instrument.feed), instrument.polledEveryMs);
      const isWatched = assets === 'any' || assets.includes(instrument.asset);
      if (instrument.kind === 'option') {
        if (isWatched) listOption(market, event);
        return NO_CHANGES;
      }
      if (!isWatched && (universe === null || !isScannable(instrument))) return NO_CHANGES;
      // A watched listing stays, so that what stopped shows that it did; a row of a scanner leaves.
      if (!isWatched && event.isTrading === false) {
        market.instruments.delete(instrument.id);
        return NO_CHANGES;
      }
      const known = market.instruments.get(instrument.id);
      if (known === undefined) {
        const volume24h =
          isWatched || universe === null
            ? createCadence(polledGap(instrument))
            : volumesOf(universe, instrument.feed);
        market.instruments.set(
          instrument.id,
          createInstrumentState(instrument, isWatched, volume24h),
        );
        return NO_CHANGES;
      }
      const before = known.book.status;
      known.instrument = instrument;
      applyListing(known.book, instrument);
      return bookChange(
        known,
        before,
        {
          snapshotWanted: before === 'whole' && known.book.status !== 'whole',
        },
        event.tsLocal,
      );
    }
    case 'optionQuote': {
      const option = market.options.get(event.instrument);
      if (option === undefined) return NO_CHANGES;
      option.quote = event;
      hear(option.cadence, event.tsLocal);
      return NO_CHANGES;
    }
    case 'volatilityIndex':
    case 'volatilityHistory':
      noteVolatility(market, event);
      return NO_CHANGES;
    default: {
      const state = market.instruments.get(event.instrument);
      if (state === undefined) return NO_CHANGES;
      if (event.kind === 'liquidation' && state.isWatched)
        notePrint(feedOf(market, state.instrument.feed), event.tsLocal);
      return applyToInstrument(state, event);
    }
  }
}

function listOption({ options }: MarketState, { instrument, isTrading }: Listing): void {
  const known = options.get(instrument.id);
  if (isTrading === false) options.delete(instrument.id);
  else if (known !== undefined) known.instrument = instrument;
  else if (options.size < OPTIONS_KEPT)
    options.set(instrument.id, { instrument, quote: null, cadence: createCadence(OPTION_GAP) });
}

function noteVolatility(
  { volatility, assets }: MarketState,
  event: VolatilityIndex | VolatilityHistory,
): void {
  const { asset, venue, tsLocal } = event;
  if (assets !== 'any' && !assets.includes(asset)) return;
  const state = volatility.get(asset) ?? {
    venue,
    index: null,
    cadence: createCadence(),
    days: [],
  };
  volatility.set(asset, state);
  if (event.kind === 'volatilityIndex') {
    state.index = event;
    hear(state.cadence, tsLocal);
    return;
  }
  const days = new Map([...state.days, ...event.rows].map((day) => [day.ts, day]));
  state.days = [...days.values()].sort((a, b) => a.ts - b.ts).slice(-VOLATILITY_DAYS_KEPT);
}

/** Messages that a scanned book keeps while it waits for its snapshot, up to twice as many: 25 s at 100 ms, longer than any snapshot travels. */
const SCANNED_BUFFER = 256;

/** Many books that lost their connection wait for minutes until it is their turn; only what comes about the time of the snapshot will be needed. */
function trimBuffer({ buffer, counts }: Book): void {
  if (buffer.length < 2 * SCANNED_BUFFER) return;
  const old = buffer.length - SCANNED_BUFFER;
  buffer.splice(0, old);
  counts.dropped += old;
}

/** Whether a message of a book is of use. Of a dated future most venues are asked for its prices alone: it has a book once a message of one comes. */
function beginsBook(state: InstrumentState): boolean {
  if (!state.hasBook && state.isWatched && state.instrument.kind === 'future') state.hasBook = true;
  return state.hasBook;
}

function applyToInstrument(
  state: InstrumentState,
  event: Exclude<
    Extract<EngineEvent, { readonly instrument: InstrumentId }>,
    { readonly kind: 'optionQuote' }
  >,
): readonly MarketChange[] {
  const { tsLocal } = event;
  switch (event.kind) {
    case 'bookDelta': {
      // Messages that were on their way when the book was given up.
      if (!beginsBook(state)) return NO_CHANGES;
      const before = state.book.status;
      const outcome = applyDelta(state.book, event);
      if (!state.isWatched) trimBuffer(state.book);
      hear(state.cadences.book, tsLocal);
      return bookChange(state, before, outcome, tsLocal);
    }
    case 'bookSnapshot': {
      if (!beginsBook(state)) return NO_CHANGES;
      // It was asked for before the connection was lost, and no message will go on from it.
      if (
        state.book.status === 'resyncing' &&
        state.snapshotAskedTs === null &&
        event.inStream !== true
      )
        return NO_CHANGES;
      const before = state.book.status;
      const outcome = applySnapshot(state.book, event);
      if (outcome.result !== 'ignored') state.book.recent = null;
      if (event.inStream === true) hear(state.cadences.book, tsLocal);
      if (event.renewsDepth === true) hear(state.cadences.depth, tsLocal);
      return bookChange(state, before, outcome, tsLocal);
    }
    case 'quote':
      if (!state.hasBook) return NO_CHANGES;
      applyQuote(state.book, event);
      return NO_CHANGES;
    case 'touch':
      state.touch = event;
      hear(state.cadences.book, tsLocal);
      return NO_CHANGES;
    case 'trade':
      // The engine takes trades in itself, once it has admitted them.
      return NO_CHANGES;
    case 'markPrice':
      state.mark = event;
      hear(state.cadences.mark, tsLocal);
      return NO_CHANGES;
    case 'indexPrice':
      state.index = event;
      hear(state.cadences.index, tsLocal);
      return NO_CHANGES;
    case 'fundingPredicted':
      state.predicted = event;
      if (event.limits !== undefined) state.fundingLimits = event.limits;
      hear(state.cadences.funding, tsLocal);
      return NO_CHANGES;
    case 'fundingInterval': {
      const from = state.interval?.hours;
      state.interval = { hours: event.hours, basis: event.basis };
      if (event.limits !== undefined) state.fundingLimits = event.limits;
      if (from === event.hours) return NO_CHANGES;
      const { instrument, hours: to } = event;
      if (from !== undefined) state.intervalChange = { from, to, tsLocal };
      // Settled rates of the past are worth what their interval makes them.
      const known: MarketChange = { kind: 'history', instrument, series: 'fundingSettled' };
      return from === undefined
        ? [known]
        : [known, { kind: 'intervalChanged', instrument, from, to }];
    }
    case 'maintenanceTiers':
      if (!areSameTiers(state.tiers, event.tiers)) state.tiers = event.tiers;
      return NO_CHANGES;
    case 'openInterest':
      state.openInterest = event;
      noteTrail(state.history.openInterestTrail, tsLocal, event.size);
      hear(state.cadences.openInterest, tsLocal);
      return NO_CHANGES;
    case 'volume24h':
      state.volume24h = event;
      // The elements of one array are one arrival.
      if (tsLocal !== state.cadences.volume24h.lastTs) hear(state.cadences.volume24h, tsLocal);
      return NO_CHANGES;
    case 'liquidation':
      return NO_CHANGES;
    case 'historyPage':
      return storeHistory(state, event);
  }
}
