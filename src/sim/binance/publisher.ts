import { BookChanges } from '../book-changes.ts';
import { type Listed, listed } from '../listed.ts';
import { type Bar, cellStart } from '../market-bars.ts';
import { bestLots, bestTicks, copyOf, type Side } from '../market-book.ts';
import type { Listing } from '../market-flow.ts';
import { type AssetState, type Liquidation, type Market, STEP_MS } from '../market-state.ts';
import {
  type AggregateTrade,
  barsBetween,
  type DayStatistics,
  dayStatistics,
} from '../market-tape.ts';
import { Outlet, type Spoiling } from '../outlet.ts';
import type { Socket } from '../socket-host.ts';
import type { Faults } from './faults.ts';
import type { StreamSource } from './sockets.ts';
import { INTERVAL_MS, LISTED, type MarketName, type Stream, serves } from './streams.ts';
import {
  aggregateTradeText,
  type BestQuote,
  bookTickerText,
  contractInfoText,
  depthText,
  forceOrderText,
  indexPriceText,
  klineText,
  markPriceText,
  miniTickerText,
  pairOf,
  spotPartialText,
  tickerText,
  tradeTexts,
} from './wire.ts';

/** Everybody who listens to one stream name, and what the stream has gathered since its last event. */
interface Channel {
  readonly name: string;
  readonly stream: Stream;
  /** Null for streams of all, and of a pair. */
  readonly feed: Feed | null;
  readonly outlet: Outlet;
  readonly changes: BookChanges;
  /** A socket joined since the last event. */
  isJoined: boolean;
  /** Something happened that the next periodic event should show. */
  isStirred: boolean;
}

/** One listing and the channels that listen to it. */
interface Feed {
  readonly asset: AssetState;
  readonly listing: Listing;
  readonly channels: Set<Channel>;
  best: BestQuote;
  trades: AggregateTrade[];
  lastLots: number;
  hasTraded: boolean;
  /** `pu` of the first depth event that the newest depth subscription got or will get. */
  joinedAtId: number;
}

/** Who is served at the same instants. */
interface Turn {
  readonly feeds: Feed[];
  readonly periodic: Set<Channel>;
}

/** Which liquidation of a second is published: texts of different years say one or the other. */
export type ForceOrderRule = 'latest' | 'largest';

interface PublisherOptions {
  readonly name: MarketName;
  readonly market: Market;
  readonly faults: Faults;
  readonly forceOrderRule: ForceOrderRule;
  /** The venue's clock, ms. */
  readonly now: () => number;
}

const PERIODS = {
  futures: { trades: 100, kline: 250, ticker: 2000, arrays: 1000 },
  coinm: { trades: 100, kline: 250, ticker: 500, arrays: 1000 },
  spot: { trades: 50, kline: 2000, ticker: 1000, arrays: 1000 },
} as const;
const ALL_QUOTES_MS = 5000;

/**
 * Turns what the market does into the streams of one product family: cadences, update-id chains,
 * thinning. Only streams somebody listens to cost anything.
 */
export class Publisher implements StreamSource {
  readonly #options: PublisherOptions;
  readonly #channels = new Map<string, Channel>();
  readonly #feeds = new Map<Listing, Feed>();
  readonly #bySymbol = new Map<string, Feed>();
  /** Contracts by what they are on, the perp first. */
  readonly #byPair = new Map<string, readonly Feed[]>();
  /** The other futures product, whose rows all-market streams carry as well (venues.md §2.3). */
  #neighbour: Publisher | null = null;
  readonly #liquidations = new Map<string, { asset: AssetState; liquidation: Liquidation }>();
  /** Those who have their turn together, by their offset: listings, and channels that the clock drives. */
  readonly #turns = new Map<number, Turn>();

  readonly #spoiling: Spoiling = {
    unknownEvent: (symbol) =>
      `{"e":"lunarEclipse","E":${this.eventMs()},"s":"${symbol}","x":"1.5"}`,
    firstPrice: /(\["|"[pb]":")[\d.]+"/,
    mangled: (frame) => frame.replace(/"[bapq]":/, '"\\u0000\\ud83d":').replace(/\d{6,}/, '-1e999'),
  };

  constructor(options: PublisherOptions) {
    this.#options = options;
    const { board, product } = LISTED[options.name];
    for (const found of listed(options.market, board, product)) this.#add(found);
  }

  #add({ asset, listing }: Listed): void {
    const feed: Feed = {
      asset,
      listing,
      channels: new Set(),
      best: quoteOf(listing),
      trades: [],
      lastLots: 0,
      hasTraded: false,
      joinedAtId: listing.book.updateId,
    };
    this.#feeds.set(listing, feed);
    this.#bySymbol.set(listing.spec.symbol, feed);
    this.#onPairOf(feed, (feeds) => [...feeds, feed]);
    this.#turn(feed).feeds.push(feed);
  }

  /** What is on the pair of a listing becomes something else. */
  #onPairOf({ listing }: Feed, change: (feeds: readonly Feed[]) => readonly Feed[]): void {
    const pair = pairOf(listing.spec);
    this.#byPair.set(pair, change(this.#byPair.get(pair) ?? []));
  }

  /** Begins to trade. */
  listed(asset: AssetState): void {
    for (const listing of this.#listingsOf(asset)) {
      this.#add({ asset, listing });
      this.#tellInfo(asset, 'TRADING');
    }
  }

  /** Was delivered. Its streams are silent from now on; who has subscribed to them stays so. */
  delisted(asset: AssetState): void {
    for (const listing of this.#listingsOf(asset)) {
      const feed = this.#feeds.get(listing)!;
      this.#tellInfo(asset, 'DELIVERED');
      const turn = this.#turn(feed);
      for (const channel of feed.channels) turn.periodic.delete(channel);
      turn.feeds.splice(turn.feeds.indexOf(feed), 1);
      this.#feeds.delete(listing);
      this.#bySymbol.delete(listing.spec.symbol);
      this.#onPairOf(feed, (feeds) => feeds.filter((other) => other !== feed));
    }
  }

  #listingsOf({ perp, spot }: AssetState): Listing[] {
    const { product } = LISTED[this.#options.name];
    return [perp, spot].filter((listing) => listing?.spec.product === product) as Listing[];
  }

  /** Spot has no such stream. */
  #tellInfo(asset: AssetState, status: 'TRADING' | 'DELIVERED'): void {
    const type = contractTypeOf(asset, this.#byPair.get(pairOf(asset.perp.spec)) ?? []);
    const text = contractInfoText(asset, type, status, this.eventMs());
    for (const publisher of this.#both()) publisher.#tell('!contractInfo', text);
  }

  /** All-market streams of either carry both from now on. */
  join(neighbour: Publisher): void {
    this.#neighbour = neighbour;
  }

  #turn(feed: Feed | null): Turn {
    const offsetMs = feed === null ? 0 : feed.asset.spec.pace.offsetMs;
    let turn = this.#turns.get(offsetMs);
    if (turn === undefined) {
      turn = { feeds: [], periodic: new Set() };
      this.#turns.set(offsetMs, turn);
    }
    return turn;
  }

  /** That of its listing, or of the perp on its pair. */
  #turnOf({ feed, stream }: Channel): Turn {
    return this.#turn(feed ?? this.#byPair.get(stream.symbol ?? '')?.[0] ?? null);
  }

  /** The listing behind a symbol as payloads spell it. */
  find(symbol: string): Listed | undefined {
    return this.#bySymbol.get(symbol);
  }

  /** The contracts on a pair, the perp first; undefined where nothing is listed on it. */
  pair(name: string): readonly Listed[] | undefined {
    return this.#byPair.get(name);
  }

  /** The name that requests have for a contract among those on its pair. */
  typeOf(asset: AssetState): ContractType {
    return contractTypeOf(asset, this.#byPair.get(pairOf(asset.spec.perp)) ?? []);
  }

  /** Everything listed, as payloads spell it. */
  get symbols(): readonly string[] {
    return [...this.#bySymbol.keys()];
  }

  /** Whose index the contracts on an asset's pair show. */
  indexOf({ spec }: AssetState): AssetState {
    return this.#byPair.get(pairOf(spec.perp))![0]!.asset;
  }

  /** Lots of the last aggregate trade of a symbol. */
  lastLots(symbol: string): number {
    return this.#bySymbol.get(symbol)?.lastLots ?? 0;
  }

  /** `pu` of the first depth event of the newest depth subscription of a symbol. */
  joinedAtId(symbol: string): number | undefined {
    return this.#bySymbol.get(symbol)?.joinedAtId;
  }

  eventMs(): number {
    return Math.floor(this.#options.now()) + this.#skew();
  }

  #skew(): number {
    return this.#options.faults.on('clockSkew', { market: this.#options.name })?.offsetMs ?? 0;
  }

  subscribe(socket: Socket, name: string, stream: Stream): void {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      const feed = this.#feedOf(stream);
      // A symbol the venue does not list is acknowledged and stays silent.
      if (feed === undefined || stream.kind === 'silent') return;
      channel = createChannel(name, stream, feed, this.#outlet(name, stream));
      this.#channels.set(name, channel);
      feed?.channels.add(channel);
      if (!EVENT_DRIVEN.has(stream.kind) || feed === null)
        this.#turnOf(channel).periodic.add(channel);
    }
    channel.outlet.sockets.add(socket);
    channel.isJoined = true;
    if (stream.kind === 'depth' && channel.feed !== null) {
      channel.feed.joinedAtId = channel.changes.previousId;
    }
  }

  /** Whom a stream is about; null for all or a pair, undefined for nobody. */
  #feedOf({ kind, symbol }: Stream): Feed | null | undefined {
    if (symbol === null) return null;
    const feed = kind === 'indexPrice' ? undefined : this.#bySymbol.get(symbol);
    const isOfPair = kind === 'indexPrice' || kind === 'markPrice';
    return feed ?? (isOfPair && this.#byPair.has(symbol) ? null : undefined);
  }

  unsubscribe(socket: Socket, name: string): void {
    const channel = this.#channels.get(name);
    if (channel === undefined) return;
    const { sockets } = channel.outlet;
    sockets.delete(socket);
    if (sockets.size > 0) return;
    this.#channels.delete(name);
    this.#turnOf(channel).periodic.delete(channel);
    channel.feed?.channels.delete(channel);
  }

  // ── what the market tells ──────────────────────────────────────────────────────────────────

  level(listing: Listing, side: Side, ticks: number, lots: number): void {
    const feed = this.#feeds.get(listing);
    if (feed === undefined || feed.channels.size === 0) return;
    let isQuoted = false;
    for (const channel of feed.channels) {
      if (channel.stream.kind === 'depth') {
        channel.changes.note(side, ticks, lots, listing.book.updateId);
      } else if (channel.stream.kind === 'bookTicker') {
        isQuoted = true;
      }
    }
    if (isQuoted) this.#quote(feed, side);
  }

  #quote(feed: Feed, side: Side): void {
    const { best, listing } = feed;
    const ticks = bestTicks(listing.book, side);
    const lots = bestLots(listing.book, side);
    const [oldTicks, oldLots] =
      side === 'bid' ? [best.bidTicks, best.bidLots] : [best.askTicks, best.askLots];
    if (ticks === oldTicks && lots === oldLots) return;
    feed.best = quoteOf(listing);
    const text = bookTickerText(listing, feed.best, this.#skew());
    for (const channel of feed.channels) {
      if (channel.stream.kind === 'bookTicker') this.#emit(channel, text);
    }
  }

  trade(listing: Listing, trade: AggregateTrade): void {
    const feed = this.#feeds.get(listing);
    if (feed === undefined) return;
    feed.hasTraded = true;
    feed.lastLots = trade.lots;
    for (const channel of feed.channels) {
      channel.isStirred = true;
      if (channel.stream.kind === 'aggTrade') channel.feed?.trades.push(trade);
      if (channel.stream.kind !== 'trade') continue;
      for (const text of tradeTexts(listing, trade, this.#skew())) this.#emit(channel, text);
    }
  }

  liquidation(asset: AssetState, liquidation: Liquidation): void {
    const { symbol } = asset.spec.perp;
    const known = this.#liquidations.get(symbol);
    const isKept =
      this.#options.forceOrderRule === 'latest' ||
      known === undefined ||
      liquidation.filledLots >= known.liquidation.filledLots;
    if (isKept) this.#liquidations.set(symbol, { asset, liquidation });
  }

  /** The end of a step: whatever is due by the clock. */
  stepped(nowMs: number): void {
    const periods = PERIODS[this.#options.name];
    for (const [offsetMs, { feeds, periodic }] of this.#turns) {
      const turnMs = nowMs - offsetMs;
      if (turnMs % STEP_MS !== 0) continue;
      if (turnMs % periods.trades === 0) this.#publishTrades(feeds, nowMs);
      for (const channel of periodic) this.#publish(channel, nowMs, turnMs);
    }
    if (nowMs % 1000 === 0) this.#publishLiquidations(nowMs);
  }

  /** Everybody has published the step: the arrays of the next second begin anew. */
  forget(nowMs: number): void {
    if (nowMs % PERIODS[this.#options.name].arrays !== 0) return;
    for (const feed of this.#feeds.values()) feed.hasTraded = false;
  }

  /**
   * @param turnMs the instant less the listing's offset: every period begins with its turn, so that
   *   a venue is a steady stream and not one burst
   */
  #publish(channel: Channel, nowMs: number, turnMs: number): void {
    const { stream, feed } = channel;
    const periods = PERIODS[this.#options.name];
    const eventMs = nowMs + this.#skew();
    switch (stream.kind) {
      case 'depth':
        if (turnMs % stream.everyMs === 0) this.#publishDepth(channel, eventMs);
        return;
      case 'partialDepth':
        if (turnMs % stream.everyMs === 0) this.#publishPartial(channel, stream.levels, eventMs);
        return;
      case 'markPrice':
        if (turnMs % stream.everyMs === 0) this.#publishMark(channel, eventMs);
        return;
      case 'indexPrice':
        if (turnMs % stream.everyMs === 0) this.#publishIndex(channel, stream.symbol, eventMs);
        return;
      case 'kline':
        if (feed !== null) this.#publishKline(channel, feed, stream.interval, turnMs, eventMs);
        return;
      case 'miniTicker':
      case 'ticker':
        if (feed === null) {
          if (turnMs % periods.arrays === 0) this.#publishAllTickers(channel, eventMs);
        } else if (turnMs % periods.ticker === 0) {
          this.#emit(channel, this.#tickerText(stream.kind, feed, eventMs));
        }
        return;
      case 'bookTicker':
        if (turnMs % ALL_QUOTES_MS === 0) this.#publishAllQuotes(channel);
        return;
      default:
        return;
    }
  }

  #publishTrades(feeds: readonly Feed[], nowMs: number): void {
    const eventMs = nowMs + this.#skew();
    for (const feed of feeds) {
      if (feed.trades.length === 0) continue;
      const { trades } = feed;
      feed.trades = [];
      for (const channel of feed.channels) {
        if (channel.stream.kind !== 'aggTrade') continue;
        for (const trade of trades) {
          this.#emit(channel, aggregateTradeText(feed.listing, trade, eventMs, this.#skew()));
        }
      }
    }
  }

  #publishDepth(channel: Channel, eventMs: number): void {
    const { feed } = channel;
    if (feed === null || channel.changes.isEmpty) return;
    const { listing } = feed;
    const { faults, name } = this.#options;
    const taken = channel.changes.take(listing.book.updateId);
    const changes = {
      ...taken,
      eventMs,
      engineMs: listing.book.changedMs + this.#skew(),
      bids: name === 'spot' ? taken.bids : taken.bids.reverse(),
    };
    const { site } = channel.outlet;
    if (faults.strike('crossedBook', site) !== undefined) {
      changes.bids.push([bestTicks(listing.book, 'ask') + 2, 1]);
    }
    const isDropped = faults.strike('gap', site) !== undefined;
    if (!isDropped) this.#emit(channel, depthText(listing, changes));
  }

  #publishPartial(channel: Channel, levels: number, eventMs: number): void {
    const { feed } = channel;
    if (feed === null) return;
    const { listing } = feed;
    const { previousId } = channel.changes;
    if (listing.book.updateId === previousId && !channel.isJoined) return;
    const top = copyOf(listing.book, levels);
    const text =
      listing.kind === 'spot'
        ? spotPartialText(listing, top)
        : depthText(listing, {
            eventMs,
            engineMs: listing.book.changedMs + this.#skew(),
            firstId: Math.min(previousId + 1, top.updateId),
            lastId: top.updateId,
            previousId,
            bids: top.bids,
            asks: top.asks,
          });
    channel.changes.take(top.updateId);
    this.#emit(channel, text);
  }

  #publishMark(channel: Channel, eventMs: number): void {
    const { feed, stream } = channel;
    if (feed !== null) {
      this.#emit(channel, markPriceText(feed.asset, this.indexOf(feed.asset), eventMs));
      return;
    }
    const rows =
      stream.symbol === null
        ? this.#both().flatMap((publisher) =>
            publisher.#marks([...publisher.#feeds.values()], eventMs),
          )
        : this.#marks(this.#byPair.get(stream.symbol)!, eventMs);
    this.#emit(channel, `[${rows.join(',')}]`);
  }

  #marks(feeds: readonly Feed[], eventMs: number): string[] {
    return feeds.map(({ asset }) => markPriceText(asset, this.indexOf(asset), eventMs));
  }

  #publishIndex(channel: Channel, pair: string, eventMs: number): void {
    this.#emit(channel, indexPriceText(this.#byPair.get(pair)![0]!.asset, eventMs));
  }

  #publishKline(
    channel: Channel,
    feed: Feed,
    interval: string,
    nowMs: number,
    eventMs: number,
  ): void {
    const lengthMs = INTERVAL_MS.get(interval)!;
    const isClosed = nowMs % lengthMs === 0;
    const isDue = nowMs % PERIODS[this.#options.name].kline === 0 && channel.isStirred;
    if (!isClosed && !isDue) return;
    channel.isStirred = false;
    const bar = lastBar(feed, cellStart(nowMs - 1, lengthMs), lengthMs);
    if (bar === undefined) return;
    this.#emit(channel, klineText(feed.listing, bar, interval, lengthMs, isClosed, eventMs));
  }

  #day(feed: Feed): DayStatistics {
    const series = feed.listing.kind === 'spot' ? 'spot' : 'perp';
    return dayStatistics(feed.asset.tape, series, this.#options.market.nowMs - 1);
  }

  #tickerText(kind: 'miniTicker' | 'ticker', feed: Feed, eventMs: number): string {
    return kind === 'miniTicker'
      ? miniTickerText(feed.listing, this.#day(feed), eventMs)
      : tickerText(feed.listing, this.#day(feed), feed.lastLots, eventMs);
  }

  /** Arrays carry what changed, of both futures products. */
  #publishAllTickers(channel: Channel, eventMs: number): void {
    const kind = channel.stream.kind === 'miniTicker' ? 'miniTicker' : 'ticker';
    const rows = this.#both().flatMap((publisher) => publisher.#changedTickers(kind, eventMs));
    if (rows.length > 0) this.#emit(channel, `[${rows.join(',')}]`);
  }

  #both(): readonly Publisher[] {
    return this.#neighbour === null ? [this] : [this, this.#neighbour];
  }

  #changedTickers(kind: 'miniTicker' | 'ticker', eventMs: number): string[] {
    return [...this.#feeds.values()]
      .filter(({ hasTraded }) => hasTraded)
      .map((feed) => this.#tickerText(kind, feed, eventMs));
  }

  #publishAllQuotes(channel: Channel): void {
    for (const publisher of this.#both())
      for (const { listing } of publisher.#feeds.values())
        this.#emit(channel, bookTickerText(listing, quoteOf(listing), this.#skew()));
  }

  /** At most one forced order per symbol and second, whatever happened. */
  #publishLiquidations(nowMs: number): void {
    if (this.#liquidations.size === 0) return;
    const eventMs = nowMs + this.#skew();
    for (const [symbol, { asset, liquidation }] of this.#liquidations) {
      const text = forceOrderText(asset, liquidation, eventMs, this.#skew());
      for (const publisher of this.#both()) publisher.#tell('!forceOrder@arr', text);
      this.#tell(`${symbol.toLowerCase()}@forceOrder`, text);
    }
    this.#liquidations.clear();
  }

  #tell(stream: string, text: string): void {
    const channel = this.#channels.get(stream);
    if (channel !== undefined) this.#emit(channel, text);
  }

  // ── delivery ───────────────────────────────────────────────────────────────────────────────

  #outlet(name: string, stream: Stream): Outlet {
    const { name: market, faults } = this.#options;
    const route = serves('public', stream) ? 'public' : 'market';
    const family = market === 'futures' ? route : market;
    return new Outlet({
      target: name,
      symbol: stream.symbol,
      market,
      family,
      faults,
      spoiling: this.#spoiling,
    });
  }

  #emit(channel: Channel, text: string): void {
    channel.isJoined = false;
    channel.outlet.emit(text);
  }
}

/** Streams written when something happens; the rest is written by the clock. */
const EVENT_DRIVEN = new Set<Stream['kind']>(['bookTicker', 'trade', 'aggTrade', 'forceOrder']);

/** What is traded on a pair, as requests call it. */
export type ContractType = 'PERPETUAL' | 'CURRENT_QUARTER' | 'NEXT_QUARTER';

/** Dated contracts are named by how many of the pair's are delivered before them. */
function contractTypeOf({ spec }: AssetState, onPair: readonly Feed[]): ContractType {
  if (spec.expiryMs === null) return 'PERPETUAL';
  const isBefore = ({ asset }: Feed) =>
    asset.spec.expiryMs !== null && asset.spec.expiryMs < spec.expiryMs!;
  return onPair.some(isBefore) ? 'NEXT_QUARTER' : 'CURRENT_QUARTER';
}

const createChannel = (
  name: string,
  stream: Stream,
  feed: Feed | null,
  outlet: Outlet,
): Channel => ({
  name,
  stream,
  feed,
  outlet,
  changes: new BookChanges(feed?.listing.book.updateId ?? 0),
  isJoined: true,
  isStirred: true,
});

const quoteOf = ({ book }: Listing): BestQuote => ({
  updateId: book.updateId,
  atMs: book.changedMs,
  bidTicks: bestTicks(book, 'bid'),
  bidLots: bestLots(book, 'bid'),
  askTicks: bestTicks(book, 'ask'),
  askLots: bestLots(book, 'ask'),
});

function lastBar(feed: Feed, openMs: number, lengthMs: number): Bar | undefined {
  const series = feed.listing.kind === 'spot' ? 'spot' : 'perp';
  return barsBetween(feed.asset.tape, series, lengthMs, openMs, openMs + lengthMs)[0];
}
