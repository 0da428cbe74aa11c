import { type Listed, listed } from '../listed.ts';
import { MINUTE_MS } from '../market-bars.ts';
import { bestLots, bestTicks, type Levels } from '../market-book.ts';
import type { Listing } from '../market-flow.ts';
import type { AssetState, Liquidation, Market } from '../market-state.ts';
import { type AggregateTrade, barsBetween, dayStatistics } from '../market-tape.ts';
import { Outlet, type Spoiling } from '../outlet.ts';
import type { Socket } from '../socket-host.ts';
import type { Faults } from './faults.ts';
import { fundingNow } from './funding.ts';
import { Numbers } from './numbers.ts';
import { type Window, windowChanges, windowOf } from './window.ts';
import {
  bankruptTicks,
  bookText,
  contractOf,
  type Forced,
  familyOf,
  framed,
  fundingText,
  indexText,
  instrumentRow,
  interestText,
  isContract,
  liquidationText,
  markText,
  seriesOf,
  tickerText,
  topText,
  tradeText,
  typeOf,
} from './wire.ts';

const BOARD = 'okx';
/** How faults call the venue's one socket host and its address. */
export const HOST = 'okx';
export const FAMILY = 'public';

/** Turns of the market, ms, and how often channels speak at the latest. */
const TURN_MS = 100;
const MARK_MS = 200;
const INTEREST_MS = 3_000;
const SECOND_MS = 1_000;
const RESTING = {
  books: 60_000,
  'bbo-tbt': 60_000,
  'mark-price': 10_000,
  'index-tickers': 60_000,
  'open-interest': 30_000,
  tickers: 10_000,
} as const;
/** Running estimates come every 30 to 90 s, each instrument at its own pace. */
const FUNDING_MS = [30_000, 90_000] as const;

/** Channels that speak of an instrument, by whether it has them. */
const CHANNELS: Readonly<Record<string, (found: Listed) => boolean>> = {
  books: () => true,
  books5: () => true,
  'bbo-tbt': () => true,
  trades: () => true,
  tickers: () => true,
  'mark-price': isContract,
  'open-interest': isContract,
  'funding-rate': ({ listing }) => listing.kind === 'perp',
};
/** Channels that speak of all instruments of a type. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  'liquidation-orders': ['SWAP', 'FUTURES', 'MARGIN', 'OPTION'],
  instruments: ['SPOT', 'SWAP', 'FUTURES', 'MARGIN', 'OPTION'],
};
/** Channels of paying members. */
const MEMBERS: ReadonlySet<string> = new Set(['books-l2-tbt', 'books50-l2-tbt']);

/** What was asked for, as it is told apart. */
export type Arg = Readonly<Record<string, string>>;

/** What comes of a subscription: its stream, or why there is none. */
export type Admitted =
  | { readonly stream: string }
  | { readonly refused: 'unknown' | 'login'; readonly stream: string };

/** The best of a book, to see whether it is another one. */
interface Best {
  readonly seqId: number;
  readonly bidTicks: number;
  readonly bidLots: number;
  readonly askTicks: number;
  readonly askLots: number;
}

/** One listing and what its channels have said. */
interface Feed {
  readonly found: Listed;
  readonly numbers: Numbers;
  readonly outlets: Map<string, Outlet>;
  /** Levels that the book's listeners see; null while there are none. */
  window: Window | null;
  /** Number of the newest book message. */
  seqId: number;
  /** A state from before the newest listener of the book joined. */
  before: { readonly window: Window; readonly seqId: number } | null;
  best: Best;
  trades: AggregateTrade[];
  lastLots: number;
  isStirred: boolean;
  /** What a channel said last, and when. */
  readonly said: Map<string, { readonly what: string; readonly atMs: number }>;
  isExpired: boolean;
}

interface PublisherOptions {
  readonly market: Market;
  readonly faults: Faults;
  /** The venue's clock, ms. */
  readonly now: () => number;
}

/** So many numbers ago a book was another one. */
const LONG_BEFORE = 100_000;
/** Forced orders of a type that a newcomer is told. */
const HISTORY_KEPT = 40;

/** Turns what the market does into OKX's public channels. Only channels somebody listens to cost anything. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #feeds = new Map<Listing, Feed>();
  readonly #bySymbol = new Map<string, Feed>();
  /** Perps by the name of the index they show. */
  readonly #indices = new Map<string, Feed>();
  readonly #indexSaid = new Map<string, { readonly what: string; readonly atMs: number }>();
  /** Channels that are about no single instrument, by stream. */
  readonly #others = new Map<string, Outlet>();
  readonly #forced = new Map<Feed, Forced>();
  readonly #history: { readonly feed: Feed; readonly order: Forced }[] = [];
  readonly #spoiling: Spoiling = {
    unknownEvent: (symbol) =>
      framed('lunar-eclipse', ['instId', symbol ?? 'ALL'], `{"ts":"${this.eventMs()}"}`),
    firstPrice: /(\[\["|"(?:px|markPx|idxPx|last|bkPx|fundingRate|oi)":")[\d.]+"/,
    mangled: (frame) => frame.replace('"data":', '"\\u0000\\ud83d":').replace(/\d{6,}/, '-1e999'),
  };

  constructor(options: PublisherOptions) {
    this.#options = options;
    for (const found of listed(options.market, BOARD)) this.#list(found);
    this.#rememberForced();
  }

  #list(found: Listed): void {
    const { book, spec } = found.listing;
    const numbers = new Numbers(book);
    const feed: Feed = {
      found,
      numbers,
      outlets: new Map(),
      window: null,
      seqId: numbers.of(),
      before: null,
      best: bestOf(found.listing, numbers.of()),
      trades: [],
      lastLots: 1,
      isStirred: false,
      said: new Map(),
      isExpired: false,
    };
    this.#feeds.set(found.listing, feed);
    this.#bySymbol.set(spec.symbol, feed);
    const index = familyOf(found);
    if (found.listing.kind === 'perp' && !this.#indices.has(index)) this.#indices.set(index, feed);
  }

  /** The listing behind a symbol. */
  find(symbol: string): Listed | undefined {
    return this.#bySymbol.get(symbol)?.found;
  }

  /** The perp that shows an index. */
  index(name: string): Listed | undefined {
    return this.#indices.get(name)?.found;
  }

  get indices(): readonly string[] {
    return [...this.#indices.keys()];
  }

  get symbols(): readonly string[] {
    return [...this.#bySymbol.keys()];
  }

  /** Everything of a type that trades now. */
  listedAs(type: string): readonly Listed[] {
    return [...this.#bySymbol.values()]
      .filter(({ found, isExpired }) => !isExpired && typeOf(found.listing) === type)
      .map(({ found }) => found);
  }

  numbers(symbol: string): Numbers {
    return this.#bySymbol.get(symbol)!.numbers;
  }

  /** A book from before the newest subscription to it; null when there was none. */
  before(symbol: string): { readonly window: Window; readonly seqId: number } | null {
    return this.#bySymbol.get(symbol)!.before;
  }

  lastLots(symbol: string): number {
    return this.#bySymbol.get(symbol)!.lastLots;
  }

  eventMs(): number {
    return Math.floor(this.#options.now()) + this.#skew();
  }

  #skew(): number {
    return this.#options.faults.on('clockSkew', { market: HOST })?.offsetMs ?? 0;
  }

  // ── subscriptions ──────────────────────────────────────────────────────────────────────────

  /** What an argument stands for. */
  admit(arg: Arg): Admitted {
    const { channel = '', instId, instType, instFamily } = arg;
    const stream = `${channel}:${instId ?? instType ?? instFamily ?? ''}`;
    if (MEMBERS.has(channel)) return { refused: 'login', stream };
    const feed = instId === undefined ? undefined : this.#bySymbol.get(instId);
    const site = { market: HOST, family: FAMILY, symbol: instId ?? null, target: stream };
    const isKnown =
      channel === 'index-tickers'
        ? instId !== undefined && this.#indices.has(instId)
        : channel in TYPES
          ? instType !== undefined && TYPES[channel]!.includes(instType)
          : feed !== undefined && !feed.isExpired && CHANNELS[channel]?.(feed.found) === true;
    const isRefused = this.#options.faults.strike('refusedStream', site) !== undefined;
    return isKnown && !isRefused ? { stream } : { refused: 'unknown', stream };
  }

  /** A socket joins a stream that was admitted, and is told how things stand. */
  subscribe(socket: Socket, stream: string): void {
    const [channel = '', subject = ''] = stream.split(':');
    const feed = channel === 'index-tickers' ? undefined : this.#bySymbol.get(subject);
    const outlets = feed?.outlets ?? this.#others;
    const key = feed === undefined ? stream : channel;
    let outlet = outlets.get(key);
    if (outlet === undefined) {
      const { faults } = this.#options;
      outlet = new Outlet({
        target: stream,
        symbol: subject,
        market: HOST,
        family: FAMILY,
        faults,
        spoiling: this.#spoiling,
      });
      outlets.set(key, outlet);
    }
    outlet.sockets.add(socket);
    if (this.#options.faults.on('silent', outlet.site) !== undefined) return;
    const text = this.#welcome(channel, subject, feed, outlet);
    if (text !== null) socket.deliver(stream, subject, text);
  }

  unsubscribe(socket: Socket, stream: string): void {
    const [channel = '', subject = ''] = stream.split(':');
    const feed = channel === 'index-tickers' ? undefined : this.#bySymbol.get(subject);
    const outlets = feed?.outlets ?? this.#others;
    const key = feed === undefined ? stream : channel;
    const outlet = outlets.get(key);
    outlet?.sockets.delete(socket);
    if (outlet?.sockets.size !== 0) return;
    outlets.delete(key);
    if (feed !== undefined && channel === 'books') feed.window = null;
  }

  /** What a newcomer to a channel hears at once; null for nothing. */
  #welcome(
    channel: string,
    subject: string,
    feed: Feed | undefined,
    outlet: Outlet,
  ): string | null {
    if (channel === 'liquidation-orders') return this.#historyText(subject);
    if (channel === 'index-tickers') {
      const text = indexText(subject, this.#indices.get(subject)!.found, this.eventMs());
      return framed(channel, ['instId', subject], text);
    }
    if (feed === undefined) return null;
    const { nowMs } = this.#options.market;
    // What a newcomer is told need not be told again a moment later.
    if (channel === 'funding-rate')
      feed.said.set(channel, { what: periodOf(feed.found.asset), atMs: nowMs });
    if (channel !== 'books') {
      const text = this.#stateText(channel, feed, this.eventMs());
      return text === null ? null : framed(channel, ['instId', subject], text);
    }
    const { listing } = feed.found;
    if (feed.window === null) {
      feed.window = windowOf(listing.book);
      feed.seqId = feed.numbers.of();
      feed.said.set('books', { what: '', atMs: nowMs });
    }
    // Older than anything that a listener may have kept from before it joined anew.
    feed.before = { window: feed.window, seqId: feed.seqId - LONG_BEFORE };
    if (this.#options.faults.on('noSnapshot', outlet.site) !== undefined) return null;
    const ids = { seqId: feed.seqId, prevSeqId: -1 };
    const text = bookText(listing, feed.window, ids, this.eventMs());
    return framed('books', ['instId', subject], text, 'snapshot');
  }

  /** The state that a channel shows, as a row; null for channels that tell what happens. */
  #stateText(channel: string, feed: Feed, tsMs: number): string | null {
    const { found } = feed;
    switch (channel) {
      case 'bbo-tbt':
        return topText(found.listing, topOf(feed.best), feed.best.seqId, tsMs);
      case 'books5':
        return topText(found.listing, topFive(found.listing), feed.numbers.of(), tsMs);
      case 'tickers':
        return tickerText(found, this.#day(found), feed.lastLots, tsMs);
      case 'mark-price':
        return markText(found, tsMs);
      case 'open-interest':
        return interestText(found, tsMs);
      case 'funding-rate':
        return fundingText(found, this.#funding(found.asset), tsMs);
      default:
        return null;
    }
  }

  #funding(asset: AssetState) {
    const now = fundingNow(asset, this.#options.market.nowMs);
    const skewMs = this.#skew();
    return {
      ...now,
      atMs: now.atMs + skewMs,
      beforeMs: now.beforeMs + skewMs,
      afterMs: now.afterMs + skewMs,
    };
  }

  #day({ asset, listing }: Listed) {
    return dayStatistics(asset.tape, seriesOf(listing), this.#options.market.nowMs - 1);
  }

  // ── what the market tells ──────────────────────────────────────────────────────────────────

  level(listing: Listing): void {
    const feed = this.#feeds.get(listing);
    if (feed !== undefined) feed.isStirred = true;
  }

  trade(listing: Listing, trade: AggregateTrade): void {
    const feed = this.#feeds.get(listing);
    if (feed === undefined) return;
    feed.lastLots = trade.lots;
    feed.isStirred = true;
    if (feed.outlets.has('trades')) feed.trades.push(trade);
  }

  /** At most one forced order per contract and second is told, whatever happened. */
  liquidation(asset: AssetState, liquidation: Liquidation): void {
    const feed = this.#feeds.get(contractOf(asset).listing);
    if (feed === undefined || liquidation.filledLots === 0) return;
    this.#forced.set(feed, {
      side: liquidation.liquidatedSide,
      ticks: bankruptTicks(liquidation),
      lots: liquidation.filledLots,
      atMs: liquidation.atMs,
    });
  }

  /** The end of a step: whatever is due by the clock. */
  stepped(nowMs: number): void {
    for (const feed of this.#feeds.values()) {
      const turnMs = nowMs - feed.found.asset.spec.pace.offsetMs;
      if (turnMs % TURN_MS === 0) this.#publish(feed, nowMs, turnMs);
    }
    if (nowMs % TURN_MS === 0) this.#publishIndices(nowMs);
    if (nowMs % SECOND_MS === 0) this.#publishForced();
  }

  #publish(feed: Feed, nowMs: number, turnMs: number): void {
    const { found } = feed;
    if (feed.isExpired || feed.outlets.size === 0) return;
    this.#publishTrades(feed);
    this.#publishBest(feed, nowMs);
    this.#publishBook(feed, nowMs);
    if (feed.isStirred) this.#say(feed, 'books5', nowMs, true);
    this.#say(feed, 'tickers', nowMs, feed.isStirred);
    if (turnMs % MARK_MS === 0)
      this.#sayNews(feed, 'mark-price', nowMs, `${found.asset.markPrice}`);
    if (turnMs % INTEREST_MS === 0)
      this.#sayNews(feed, 'open-interest', nowMs, `${found.asset.published.lots}`);
    if (turnMs % SECOND_MS === 0) this.#publishFunding(feed, nowMs);
    feed.isStirred = false;
  }

  #publishTrades(feed: Feed): void {
    const { trades, found, numbers } = feed;
    if (trades.length === 0) return;
    feed.trades = [];
    const outlet = feed.outlets.get('trades');
    for (const trade of trades) {
      const text = tradeText(found.listing, trade, numbers.of(), this.#skew());
      outlet?.emit(framed('trades', ['instId', found.listing.spec.symbol], text));
    }
  }

  #publishBest(feed: Feed, nowMs: number): void {
    if (!feed.outlets.has('bbo-tbt')) return;
    const { listing } = feed.found;
    const best = bestOf(listing, feed.numbers.of());
    const { seqId: _, ...known } = feed.best;
    const { seqId: _own, ...now } = best;
    const isNew = JSON.stringify(known) !== JSON.stringify(now);
    if (isNew) feed.best = best;
    this.#say(feed, 'bbo-tbt', nowMs, isNew);
  }

  #publishBook(feed: Feed, nowMs: number): void {
    const outlet = feed.outlets.get('books');
    if (outlet === undefined || feed.window === null) return;
    const { listing } = feed.found;
    const { symbol } = listing.spec;
    const { faults } = this.#options;
    if (faults.strike('sequenceReset', outlet.site) !== undefined) feed.numbers.reset();
    const seqId = feed.numbers.of();
    const prevSeqId = feed.seqId;
    const isResting = seqId === prevSeqId;
    if (isResting && nowMs - (feed.said.get('books')?.atMs ?? 0) < RESTING.books) return;
    const window = isResting ? feed.window : windowOf(listing.book);
    const changes = windowChanges(feed.window, window);
    const isEmpty = changes.bids.length === 0 && changes.asks.length === 0;
    // What happens out of sight is no message.
    if (isEmpty && !isResting && seqId > prevSeqId) return;
    feed.window = window;
    feed.seqId = seqId;
    feed.said.set('books', { what: '', atMs: nowMs });
    if (faults.strike('crossedBook', outlet.site) !== undefined)
      changes.bids.unshift([bestTicks(listing.book, 'ask') + 2, 1]);
    if (faults.strike('gap', outlet.site) !== undefined) return;
    const text = bookText(listing, changes, { seqId, prevSeqId }, nowMs + this.#skew());
    outlet.emit(framed('books', ['instId', symbol], text, 'update'));
  }

  #publishFunding(feed: Feed, nowMs: number): void {
    const { outlets, found, said } = feed;
    if (!outlets.has('funding-rate')) return;
    const { spec } = found.asset;
    // A new period is told at once.
    const what = periodOf(found.asset);
    const [least, most] = FUNDING_MS;
    const everyMs = least + (spec.perp.firstTradeId % 7) * ((most - least) / 6);
    const last = said.get('funding-rate');
    const isDue = last === undefined || last.what !== what || nowMs - last.atMs >= everyMs;
    if (isDue) this.#emitState(feed, 'funding-rate', nowMs, what);
  }

  /** A channel speaks when there is news, and now and then without. */
  #say(feed: Feed, channel: keyof typeof RESTING | 'books5', nowMs: number, isNew: boolean): void {
    if (!feed.outlets.has(channel)) return;
    const restMs = channel === 'books5' ? Number.POSITIVE_INFINITY : RESTING[channel];
    const last = feed.said.get(channel);
    if (isNew || last === undefined || nowMs - last.atMs >= restMs)
      this.#emitState(feed, channel, nowMs, '');
  }

  #sayNews(feed: Feed, channel: keyof typeof RESTING, nowMs: number, what: string): void {
    const last = feed.said.get(channel);
    if (!feed.outlets.has(channel)) return;
    if (last?.what !== what || nowMs - last.atMs >= RESTING[channel])
      this.#emitState(feed, channel, nowMs, what);
  }

  #emitState(feed: Feed, channel: string, nowMs: number, what: string): void {
    feed.said.set(channel, { what, atMs: nowMs });
    const text = this.#stateText(channel, feed, nowMs + this.#skew())!;
    const { symbol } = feed.found.listing.spec;
    feed.outlets.get(channel)!.emit(framed(channel, ['instId', symbol], text));
  }

  #publishIndices(nowMs: number): void {
    for (const [name, { found }] of this.#indices) {
      const outlet = this.#others.get(`index-tickers:${name}`);
      if (outlet === undefined) continue;
      const what = `${found.asset.indexPrice}`;
      const last = this.#indexSaid.get(name);
      if (last?.what === what && nowMs - last.atMs < RESTING['index-tickers']) continue;
      this.#indexSaid.set(name, { what, atMs: nowMs });
      const text = indexText(name, found, nowMs + this.#skew());
      outlet.emit(framed('index-tickers', ['instId', name], text));
    }
  }

  // ── forced orders and the end of contracts ─────────────────────────────────────────────────

  #publishForced(): void {
    for (const [feed, order] of this.#forced) {
      const type = typeOf(feed.found.listing);
      this.#history.push({ feed, order });
      if (this.#history.length > HISTORY_KEPT) this.#history.shift();
      const text = liquidationText(feed.found, [order], this.#skew());
      this.#others
        .get(`liquidation-orders:${type}`)
        ?.emit(framed('liquidation-orders', ['instType', type], text));
    }
    this.#forced.clear();
  }

  /** The market was there before we were: forced orders of the last minutes, where prices had been. */
  #rememberForced(): void {
    const { market } = this.#options;
    for (const feed of this.#feeds.values()) {
      const { asset, listing } = feed.found;
      if (listing.kind !== 'perp') continue;
      const fromMs = market.startMs - 4 * MINUTE_MS;
      for (const bar of barsBetween(
        asset.tape,
        'perp',
        MINUTE_MS,
        fromMs,
        market.startMs - MINUTE_MS,
      ))
        this.#history.push({
          feed,
          order: {
            side: bar.close < bar.open ? 'long' : 'short',
            ticks: Math.max(1, Math.round(bar.close / listing.spec.tickSize)),
            lots: 10,
            atMs: bar.openMs,
          },
        });
    }
    this.#history.splice(0, this.#history.length - HISTORY_KEPT);
  }

  /** What newcomers hear of forced orders first: old ones, a row per contract, the newest first. */
  #historyText(type: string): string | null {
    const rows = new Map<Feed, Forced[]>();
    for (const { feed, order } of this.#history)
      if (typeOf(feed.found.listing) === type) rows.set(feed, [order, ...(rows.get(feed) ?? [])]);
    if (rows.size === 0) return null;
    const texts = [...rows].map(([feed, orders]) =>
      liquidationText(feed.found, orders, this.#skew()),
    );
    return framed('liquidation-orders', ['instType', type], texts.join(','));
  }

  /** A coin, or a contract in the place of one that is over, begins to trade. */
  listed(asset: AssetState): void {
    for (const listing of [asset.perp, asset.spot])
      if (listing !== null) {
        this.#list({ asset, listing });
        this.#tellListing({ asset, listing }, 'live');
      }
  }

  /** A contract has been delivered: nothing is said of it any more. */
  delisted(asset: AssetState): void {
    const feed = this.#feeds.get(asset.perp);
    if (feed === undefined) return;
    feed.isExpired = true;
    this.#tellListing(feed.found, 'expired');
  }

  #tellListing(found: Listed, state: string): void {
    const type = typeOf(found.listing);
    const text = JSON.stringify(instrumentRow(found, state));
    this.#others.get(`instruments:${type}`)?.emit(framed('instruments', ['instType', type], text));
  }
}

/** The running funding period, to see whether it is another one. */
const periodOf = ({ funding: { nextMs, intervalHours } }: AssetState): string =>
  `${nextMs} ${intervalHours}`;

const bestOf = ({ book }: Listing, seqId: number): Best => ({
  seqId,
  bidTicks: bestTicks(book, 'bid'),
  bidLots: bestLots(book, 'bid'),
  askTicks: bestTicks(book, 'ask'),
  askLots: bestLots(book, 'ask'),
});

const topOf = ({ bidTicks, bidLots, askTicks, askLots }: Best): Window => ({
  bids: [[bidTicks, bidLots]],
  asks: [[askTicks, askLots]],
});

const FIVE = 5;

function topFive({ book }: Listing): Window {
  const { bids, asks } = windowOf(book);
  const cut = (levels: Levels): Levels => levels.slice(0, FIVE);
  return { bids: cut(bids), asks: cut(asks) };
}
