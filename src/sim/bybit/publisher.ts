import type { FaultRegistry } from '../faults.ts';
import { type Listed, listed } from '../listed.ts';
import { type BookCopy, bestLots, bestTicks, copyAsOf, type Levels } from '../market-book.ts';
import type { Listing } from '../market-flow.ts';
import type { AssetState, Liquidation, Market } from '../market-state.ts';
import type { AggregateTrade } from '../market-tape.ts';
import { Outlet, type Spoiling } from '../outlet.ts';
import { seedOf } from '../seed.ts';
import type { Socket } from '../socket-host.ts';
import type { FaultKind } from './faults.ts';
import { bookEveryMs, type Family, parseTopic, type Topic } from './topics.ts';
import { Window } from './window.ts';
import {
  bookText,
  contractTicker,
  liquidationRow,
  oldLiquidation,
  type Print,
  spotTicker,
  tradeRow,
} from './wire.ts';

const BOARD = 'bybit';
/** The depth whose numbers the REST book has. */
const REST_DEPTH = 1000;
const QUOTE_AGAIN_MS = 3000;
const TICKER_MS = { contract: 100, spot: 50 } as const;
const LIQUIDATIONS_MS = 500;
const OLD_LIQUIDATIONS_MS = 1000;
const PRINTS_PER_MESSAGE = 1024;
/** Numbers of book messages that are remembered, per depth. */
const REMEMBERED = 4096;

/** A book as the venue numbers its messages. */
interface Numbered {
  readonly u: number;
  readonly seq: number;
  readonly copy: BookCopy;
}

/** One depth of one book: what was shown, and under which numbers. */
interface BookStream {
  readonly window: Window;
  /** Number of the latest message, the update id that it showed, and what every number showed. */
  u: number;
  seq: number;
  readonly shown: Map<number, number>;
  /** When the latest message was sent: a quote that does not change is repeated. */
  sentMs: number;
}

/** Everybody who listens to one topic. */
interface Channel {
  readonly name: string;
  readonly topic: Topic;
  readonly item: Item;
  readonly outlet: Outlet;
}

/** One listing, its streams and who hears them. */
interface Item extends Listed {
  readonly books: Map<number, BookStream>;
  readonly channels: Map<string, Channel>;
  prints: Print[];
  lastTicks: number;
  wasUp: boolean;
  /** Liquidations of the batch that is being gathered, and the latest one, for the old topic. */
  dying: Liquidation[];
  died: Liquidation | null;
  /** The ticker as last sent. */
  ticker: Readonly<Record<string, string>>;
}

interface PublisherOptions {
  readonly family: Family;
  readonly market: Market;
  readonly faults: FaultRegistry<FaultKind>;
  /** The venue's clock, ms. */
  readonly now: () => number;
}

/** Turns what the market does into the topics of one product family: cadences, windows, numbers. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #items = new Map<Listing, Item>();
  readonly #bySymbol = new Map<string, Item>();
  /** Counts across all tickers. */
  #cs = 24_987_956_059;

  readonly #spoiling: Spoiling = {
    unknownEvent: (symbol) =>
      `{"topic":"lunarEclipse.${symbol}","type":"snapshot","ts":${this.eventMs()},"data":{"x":"1.5"}}`,
    firstPrice: /(\["|"(?:p|markPrice|lastPrice)":")[\d.]+"/,
    mangled: (frame) =>
      frame.replace(/"(?:[bapv]|symbol)":/, '"\\u0000\\ud83d":').replace(/\d{6,}/, '-1e999'),
  };

  constructor(options: PublisherOptions) {
    this.#options = options;
    for (const found of listed(options.market, BOARD, options.family)) this.#add(found);
  }

  #add(found: Listed): void {
    const item: Item = {
      ...found,
      books: new Map(),
      channels: new Map(),
      prints: [],
      lastTicks: found.listing.lastTicks,
      wasUp: true,
      dying: [],
      died: null,
      ticker: {},
    };
    this.#items.set(found.listing, item);
    this.#bySymbol.set(found.listing.spec.symbol, item);
  }

  /** Begins to trade. */
  list(asset: AssetState): void {
    for (const listing of [asset.perp, asset.spot])
      if (listing?.spec.product === this.#options.family) this.#add({ asset, listing });
  }

  /** Was delivered: its topics fall silent, and nobody can ask for them any more. */
  delist({ perp }: AssetState): void {
    if (this.#items.delete(perp)) this.#bySymbol.delete(perp.spec.symbol);
  }

  /** What is listed now: a dated contract leaves at its delivery. */
  get listings(): readonly Listed[] {
    return [...this.#items.values()];
  }

  find(symbol: string): Listed | undefined {
    return this.#bySymbol.get(symbol);
  }

  /** The venue's clock as messages write it. */
  eventMs(): number {
    return Math.floor(this.#options.now()) + this.#skew();
  }

  #skew(): number {
    const { faults, family } = this.#options;
    return faults.on('clockSkew', { market: 'ws', family })?.offsetMs ?? 0;
  }

  // ── who listens ────────────────────────────────────────────────────────────────────────────

  /** Whether a topic can be had here. */
  knows(name: string): boolean {
    const topic = parseTopic(this.#options.family, name);
    return topic !== null && this.find(topic.symbol) !== undefined;
  }

  /** Lets a socket hear a topic that is known: first of all where it stands. */
  subscribe(socket: Socket, name: string): void {
    const topic = parseTopic(this.#options.family, name);
    const item = this.#bySymbol.get(topic?.symbol ?? '');
    if (topic === null || item === undefined) return;
    const channel = this.#channel(item, name, topic);
    const first = this.#beginning(channel);
    const isWithheld =
      first !== null &&
      this.#options.faults.strike('withheldSnapshot', channel.outlet.site) !== undefined;
    if (first !== null && !isWithheld) socket.deliver(name, topic.symbol, first);
    channel.outlet.sockets.add(socket);
  }

  unsubscribe(socket: Socket, name: string): void {
    const topic = parseTopic(this.#options.family, name);
    const item = this.#bySymbol.get(topic?.symbol ?? '');
    const channel = item?.channels.get(name);
    if (item === undefined || channel === undefined) return;
    const { sockets } = channel.outlet;
    sockets.delete(socket);
    if (sockets.size === 0) item.channels.delete(name);
  }

  #channel(item: Item, name: string, topic: Topic): Channel {
    let channel = item.channels.get(name);
    if (channel === undefined) {
      const outlet = new Outlet({
        target: name,
        symbol: topic.symbol,
        market: 'ws',
        family: this.#options.family,
        faults: this.#options.faults,
        spoiling: this.#spoiling,
      });
      channel = { name, topic, item, outlet };
      item.channels.set(name, channel);
    }
    return channel;
  }

  /** What a new listener is told; null where nothing is said at once. */
  #beginning(channel: Channel): string | null {
    const { item, topic, outlet } = channel;
    if (topic.kind === 'orderbook') {
      // Everybody gets the same numbers, so the newcomer starts where the others are.
      const stream = this.#bookOf(item, topic.depth);
      if (outlet.sockets.size > 0 && topic.depth > 1) this.#publishBook(channel, stream);
      else this.#advance(item, stream);
      return this.#wholeBook(item, topic.depth, stream);
    }
    if (topic.kind !== 'tickers') return null;
    if (outlet.sockets.size === 0) item.ticker = this.#tickerOf(item);
    return this.#tickerText(item, 'snapshot', item.ticker);
  }

  // ── books ──────────────────────────────────────────────────────────────────────────────────

  #bookOf(item: Item, depth: number): BookStream {
    let stream = item.books.get(depth);
    if (stream === undefined) {
      // Every depth counts for itself.
      const u = 1_000_000 + (seedOf(item.listing.spec.symbol, depth) % 1_000_000) * 100;
      stream = { window: new Window(depth), u, seq: -1, shown: new Map(), sentMs: 0 };
      item.books.set(depth, stream);
      this.#advance(item, stream);
    }
    return stream;
  }

  /** Shows the book as it is, under the next number if that is news; what changed since the latest one. */
  #advance({ listing }: Item, stream: BookStream): { bids: Levels; asks: Levels } | null {
    const { book } = listing;
    if (stream.seq === book.updateId) return null;
    const changes = stream.window.show(book);
    stream.seq = book.updateId;
    if (changes.bids.length === 0 && changes.asks.length === 0) {
      stream.shown.set(stream.u, stream.seq);
      return null;
    }
    this.#number(stream, stream.u + 1);
    return changes;
  }

  #number(stream: BookStream, u: number): void {
    stream.u = u;
    stream.shown.delete(u);
    stream.shown.set(u, stream.seq);
    const [oldest] = stream.shown.keys();
    if (stream.shown.size > REMEMBERED) stream.shown.delete(oldest!);
  }

  #stamps({ listing }: Item, stream: BookStream) {
    stream.sentMs = this.#options.market.nowMs;
    const { u, seq } = stream;
    return { u, seq, sentMs: this.eventMs(), engineMs: listing.book.changedMs + this.#skew() };
  }

  #wholeBook(item: Item, depth: number, stream: BookStream): string {
    const { window } = stream;
    return bookText(item.listing, depth, 'snapshot', {
      bids: window.levels('bid'),
      asks: window.levels('ask'),
      ...this.#stamps(item, stream),
    });
  }

  #publishBook({ item, outlet }: Channel, stream: BookStream): void {
    const { faults } = this.#options;
    const { depth } = stream.window;
    const { site } = outlet;
    const changes = this.#advance(item, stream);
    if (changes === null) return;
    if (faults.strike('skippedIds', site) !== undefined) this.#number(stream, stream.u + 4);
    const isRestart = faults.strike('restart', site) !== undefined;
    if (isRestart) this.#number(stream, 1);
    if (isRestart || faults.strike('midSnapshot', site) !== undefined) {
      outlet.emit(this.#wholeBook(item, depth, stream));
      return;
    }
    const isCrossed = faults.strike('crossedBook', site) !== undefined;
    const text = bookText(item.listing, depth, 'delta', {
      bids: isCrossed
        ? [[bestTicks(item.listing.book, 'ask') + 2, 1], ...changes.bids]
        : changes.bids,
      asks: changes.asks,
      ...this.#stamps(item, stream),
    });
    if (faults.strike('gap', site) === undefined) outlet.emit(text);
  }

  /** Depth 1: the whole whenever it changes, and again after a while when it does not. */
  #publishQuote({ item, outlet }: Channel, stream: BookStream, nowMs: number): void {
    const changes = this.#advance(item, stream);
    if (changes === null && nowMs - stream.sentMs < QUOTE_AGAIN_MS) return;
    outlet.emit(this.#wholeBook(item, 1, stream));
  }

  /** The book that requests are answered with: as the stream of the same numbers has last shown it. */
  answered(symbol: string, limit: number, isStale: boolean): Numbered | undefined {
    const item = this.#bySymbol.get(symbol);
    if (item === undefined) return undefined;
    const stream = this.#bookOf(item, REST_DEPTH);
    if (this.#listenersOf(item, REST_DEPTH) === 0) this.#advance(item, stream);
    if (!isStale) return this.#copied(item, stream, stream.u, limit);
    const numbers = [...stream.shown.keys()];
    return this.#copied(item, stream, numbers[Math.max(0, numbers.length - 10)]!, limit);
  }

  #listenersOf(item: Item, depth: number): number {
    const channel = item.channels.get(`orderbook.${depth}.${item.listing.spec.symbol}`);
    return channel?.outlet.sockets.size ?? 0;
  }

  #copied({ listing }: Item, stream: BookStream, u: number, limit: number): Numbered {
    const seq = stream.shown.get(u);
    if (seq === undefined) throw new RangeError(`No message ${u} is remembered`);
    const depth = Math.min(limit, stream.window.depth);
    return { u, seq, copy: copyAsOf(listing.book, seq, depth) };
  }

  /**
   * The book of a symbol as of a message, of whichever depth it was; without a number as the deepest stream has last shown it.
   *
   * @throws RangeError on a symbol or a message that is not known
   */
  truth(symbol: string, u?: number): Numbered & Listed {
    const item = this.#bySymbol.get(symbol);
    if (item === undefined) throw new RangeError(`${this.#options.family} has no ${symbol}`);
    const { asset, listing } = item;
    const deepest = this.#bookOf(item, REST_DEPTH);
    if (u === undefined) {
      return { asset, listing, ...this.#copied(item, deepest, deepest.u, REST_DEPTH) };
    }
    const depths = [...item.books.values()].sort((a, b) => b.window.depth - a.window.depth);
    const stream = depths.find(({ shown }) => shown.has(u)) ?? deepest;
    return { asset, listing, ...this.#copied(item, stream, u, REST_DEPTH) };
  }

  // ── what the market tells ──────────────────────────────────────────────────────────────────

  trade(listing: Listing, trade: AggregateTrade): void {
    const item = this.#items.get(listing);
    if (item === undefined) return;
    const { lastTicks: previousTicks, wasUp } = item;
    if (trade.ticks !== previousTicks) item.wasUp = trade.ticks > previousTicks;
    item.lastTicks = trade.ticks;
    if (!item.channels.has(`publicTrade.${listing.spec.symbol}`)) return;
    item.prints.push({ trade, previousTicks, wasUp, seq: listing.book.updateId });
  }

  liquidation(asset: AssetState, liquidation: Liquidation): void {
    const item = this.#items.get(asset.perp);
    if (item === undefined) return;
    item.dying.push(liquidation);
    item.died = liquidation;
  }

  /** The end of a step: whatever is due by the clock. */
  stepped(nowMs: number): void {
    for (const item of this.#items.values()) {
      for (const channel of item.channels.values()) this.#publish(channel, nowMs);
      item.prints = [];
      if (nowMs % LIQUIDATIONS_MS === 0) item.dying = [];
      if (nowMs % OLD_LIQUIDATIONS_MS === 0) item.died = null;
    }
  }

  #publish(channel: Channel, nowMs: number): void {
    const { topic, item } = channel;
    switch (topic.kind) {
      case 'orderbook': {
        const stream = this.#bookOf(item, topic.depth);
        if (topic.depth === 1) this.#publishQuote(channel, stream, nowMs);
        else if (nowMs % bookEveryMs(topic.depth) === 0) this.#publishBook(channel, stream);
        return;
      }
      case 'publicTrade':
        this.#publishTrades(channel);
        return;
      case 'tickers':
        this.#publishTicker(channel, nowMs);
        return;
      case 'allLiquidation':
        if (nowMs % LIQUIDATIONS_MS === 0) this.#publishLiquidations(channel);
        return;
      case 'liquidation': {
        if (nowMs % OLD_LIQUIDATIONS_MS !== 0 || item.died === null) return;
        const data = oldLiquidation(item.listing, item.died, this.#skew());
        channel.outlet.emit(this.#enveloped(channel.name, data));
        return;
      }
    }
  }

  #enveloped(topic: string, data: object): string {
    return JSON.stringify({ topic, type: 'snapshot', ts: this.eventMs(), data });
  }

  #publishTrades({ name, item, outlet }: Channel): void {
    const { listing, prints } = item;
    for (let from = 0; from < prints.length; from += PRINTS_PER_MESSAGE) {
      const rows = prints
        .slice(from, from + PRINTS_PER_MESSAGE)
        .map((print) => tradeRow(listing, print, this.#skew()));
      outlet.emit(this.#enveloped(name, rows));
    }
  }

  /** What has died since the last batch. */
  #publishLiquidations({ name, item, outlet }: Channel): void {
    if (item.dying.length === 0) return;
    const rows = item.dying.map((each) => liquidationRow(item.listing, each, this.#skew()));
    outlet.emit(this.#enveloped(name, rows));
  }

  #tickerOf({ asset, listing }: Item): Item['ticker'] {
    const { nowMs } = this.#options.market;
    return listing.kind === 'spot'
      ? spotTicker(asset, listing, nowMs)
      : contractTicker(asset, listing, nowMs);
  }

  #tickerText(
    { listing }: Item,
    type: 'snapshot' | 'delta',
    data: Readonly<Record<string, string>>,
  ): string {
    this.#cs += 113;
    const topic = `tickers.${listing.spec.symbol}`;
    return listing.kind === 'spot'
      ? JSON.stringify({ topic, ts: this.eventMs(), type, cs: this.#cs, data })
      : JSON.stringify({ topic, type, data, cs: this.#cs, ts: this.eventMs() });
  }

  /** Contracts: the fields that changed. Spot: the whole. */
  #publishTicker({ item, outlet }: Channel, nowMs: number): void {
    const isSpot = item.listing.kind === 'spot';
    if (nowMs % (isSpot ? TICKER_MS.spot : TICKER_MS.contract) !== 0) return;
    const before = item.ticker;
    const after = this.#tickerOf(item);
    const changed = Object.entries(after).filter(([name, text]) => before[name] !== text);
    if (changed.length === 0) return;
    item.ticker = after;
    const { symbol } = item.listing.spec;
    outlet.emit(
      isSpot
        ? this.#tickerText(item, 'snapshot', after)
        : this.#tickerText(item, 'delta', { symbol, ...Object.fromEntries(changed) }),
    );
  }

  /** Best price of a symbol, for whoever asks: `[price in ticks, lots]`. */
  best(listing: Listing, side: 'bid' | 'ask'): readonly [ticks: number, lots: number] {
    return [bestTicks(listing.book, side), bestLots(listing.book, side)];
  }
}
