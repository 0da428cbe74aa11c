import { BookChanges } from '../book-changes.ts';
import { bestLots, bestTicks, copyOf, type Levels, type Side } from '../market-book.ts';
import type { Listing } from '../market-flow.ts';
import type { AssetState, Liquidation, Market } from '../market-state.ts';
import type { AggregateTrade } from '../market-tape.ts';
import { Outlet, type Spoiling } from '../outlet.ts';
import type { Socket } from '../socket-host.ts';
import { type Chain, type Option, volatilityIndex } from './chain.ts';
import { type Channel, channelOf } from './channels.ts';
import { type Contract, contractOf, contractsOf, isAlive } from './contracts.ts';
import { futureTicker, indexDecimals, optionMark, optionTicker } from './facts.ts';
import type { Faults } from './faults.ts';
import { amountOf, envelope, float, priceOf, rounded, type Writable, written } from './wire.ts';

/** The venue's one host and one URL, by the names faults use. */
export const HOST = 'deribit';
export const FAMILY = 'public';

/** A book as its listeners know it, to say what is new and what has changed. */
interface Shown {
  readonly bid: Set<number>;
  readonly ask: Set<number>;
}

/** A print on its way, and whose position it ended. */
interface Print {
  readonly trade: AggregateTrade;
  readonly seq: number;
  isForced: boolean;
}

/** Everybody who listens to one channel, and what it has gathered since its last message. */
interface Line {
  readonly name: string;
  readonly channel: Channel;
  readonly outlet: Outlet;
  readonly contract: Contract | null;
  readonly changes: BookChanges | null;
  readonly shown: Shown;
  prints: Print[];
  /** The last message, without its time. */
  said: string;
}

interface PublisherOptions {
  readonly market: Market;
  readonly chain: Chain;
  readonly faults: Faults;
  /** The venue's clock, ms. */
  readonly now: () => number;
}

const NOBODY: ReadonlySet<Line> = new Set();
const MARKS_EVERY_MS = 2000;
const SECOND_MS = 1000;
const KIND_OF = (contract: Contract | Option): string =>
  'listing' in contract ? 'future' : 'option';

/** Turns what the market does into channels: only those that somebody listens to cost anything. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #contracts = new Map<string, Contract>();
  readonly #byListing = new Map<Listing, Contract>();
  readonly #lines = new Map<string, Line>();
  /** Books and trades that somebody listens to. */
  readonly #books = new Map<Listing, Set<Line>>();
  readonly #tapes = new Map<Listing, Set<Line>>();
  /** Running numbers of trades by symbol. */
  readonly #seqs = new Map<string, number>();
  readonly #lockedIndexes = new Set<string>();
  /** The end of the latest step: what channels speak of. */
  #nowMs: number;
  readonly #spoiling: Spoiling = {
    unknownEvent: () => envelope('lunar_eclipse.btc_usd', '{"phase":0.5}'),
    firstPrice: /(\["(?:new|change|delete)",)[\d.e+-]+/,
    mangled: (frame) => frame.replace(/"(?:bids|amount|stats)":/, '"\\u0000\\ud83d":'),
  };

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#nowMs = options.market.nowMs;
    for (const contract of contractsOf(options.market)) this.#add(contract);
  }

  #add(contract: Contract): void {
    this.#contracts.set(contract.symbol, contract);
    this.#byListing.set(contract.listing, contract);
    this.#seqs.set(contract.symbol, contract.listing.spec.firstTradeId);
  }

  /** Everything that is listed and no option. */
  get contracts(): ReadonlyMap<string, Contract> {
    return this.#contracts;
  }

  /** The venue's clock, skewed as it is at the moment. */
  get stampMs(): number {
    return Math.floor(this.#options.now()) + this.skewMs;
  }

  get skewMs(): number {
    return this.#options.faults.on('clockSkew', { market: HOST })?.offsetMs ?? 0;
  }

  /** The same for what channels say. */
  get #eventMs(): number {
    return Math.floor(this.#nowMs) + this.skewMs;
  }

  /** Whether there is such a channel at all. */
  isKnown(channel: Channel): boolean {
    const { chain } = this.#options;
    switch (channel.kind) {
      case 'book':
      case 'trades':
      case 'quote':
        return this.#isTrading(channel.symbol);
      case 'ticker':
        return this.#isTrading(channel.symbol) || chain.find(channel.symbol) !== undefined;
      case 'marks':
        return chain.families.some(({ perp }) => perp.index === channel.index);
      case 'index':
        return [...this.#contracts.values()].some(({ index }) => index === channel.index);
      case 'volatility':
        // Two coins have an index of their own.
        return (
          /^(?:btc|eth)_usd$/.test(channel.index) &&
          chain.families.some(({ perp }) => perp.index === channel.index)
        );
      case 'states':
      case 'platform':
        return true;
    }
  }

  #isTrading(symbol: string): boolean {
    const contract = this.#contracts.get(symbol);
    return contract !== undefined && isAlive(contract, this.#nowMs);
  }

  /** A client listens from now on. Books and tickers begin with what there is. */
  subscribe(socket: Socket, name: string, channel: Channel): void {
    const line = this.#lines.get(name) ?? this.#open(name, channel);
    // Everybody gets the same numbers, so the newcomer starts where the others are.
    if (line.changes !== null) this.#publishBook(line);
    line.outlet.sockets.add(socket);
    const text = this.#beginning(line);
    if (text !== null) socket.deliver(name, line.outlet.site.symbol ?? null, text);
  }

  unsubscribe(socket: Socket, name: string): void {
    const line = this.#lines.get(name);
    if (line === undefined) return;
    line.outlet.sockets.delete(socket);
    if (line.outlet.sockets.size > 0) return;
    this.#lines.delete(name);
    this.#heard(line)?.delete(line);
  }

  /** Those who hear a listing in the way that a line does. */
  #heard({ channel, contract }: Line): Set<Line> | undefined {
    const { kind } = channel;
    if (contract === null || (kind !== 'book' && kind !== 'trades')) return undefined;
    const lines = kind === 'book' ? this.#books : this.#tapes;
    let heard = lines.get(contract.listing);
    if (heard === undefined) {
      heard = new Set();
      lines.set(contract.listing, heard);
    }
    return heard;
  }

  #open(name: string, channel: Channel): Line {
    const symbol = 'symbol' in channel ? channel.symbol : null;
    const contract = symbol === null ? null : (this.#contracts.get(symbol) ?? null);
    const line: Line = {
      name,
      channel,
      contract,
      outlet: new Outlet({
        target: name,
        symbol,
        market: HOST,
        family: FAMILY,
        faults: this.#options.faults,
        spoiling: this.#spoiling,
      }),
      changes:
        channel.kind === 'book' && contract !== null
          ? new BookChanges(contract.listing.book.updateId)
          : null,
      shown: { bid: new Set(), ask: new Set() },
      prints: [],
      said: '',
    };
    if (contract !== null && line.changes !== null) {
      const { bids, asks } = copyOf(contract.listing.book);
      for (const [ticks] of bids) line.shown.bid.add(ticks);
      for (const [ticks] of asks) line.shown.ask.add(ticks);
    }
    this.#lines.set(name, line);
    this.#heard(line)?.add(line);
    return line;
  }

  #beginning(line: Line): string | null {
    const { channel, contract } = line;
    if (channel.kind === 'book' && contract !== null) {
      const { faults } = this.#options;
      return faults.strike('noBeginning', line.outlet.site) === undefined
        ? this.#snapshotText(contract)
        : null;
    }
    if (channel.kind === 'ticker') return this.#tickerText(line, true);
    return channel.kind === 'quote' ? this.#quoteText(line, true) : null;
  }

  #snapshotText({ symbol, listing }: Contract): string {
    const { spec, book } = listing;
    const { bids, asks } = copyOf(book);
    const side = (levels: Levels): Writable =>
      levels.map(([ticks, lots]) => [
        'new',
        float(priceOf(spec, ticks)),
        float(amountOf(spec, lots)),
      ]);
    return written({
      timestamp: book.changedMs + this.skewMs,
      type: 'snapshot',
      change_id: book.updateId,
      instrument_name: symbol,
      bids: side(bids),
      asks: side(asks),
    });
  }

  // ── what the market tells ──────────────────────────────────────────────────────────────────

  level(listing: Listing, side: Side, ticks: number, lots: number): void {
    for (const { changes } of this.#books.get(listing) ?? NOBODY)
      changes!.note(side, ticks, lots, listing.book.updateId);
  }

  trade(listing: Listing, trade: AggregateTrade): void {
    const contract = this.#byListing.get(listing);
    if (contract === undefined) return;
    const seq = this.#seqs.get(contract.symbol)! + 1;
    this.#seqs.set(contract.symbol, seq);
    for (const line of this.#tapes.get(listing) ?? NOBODY)
      line.prints.push({ trade, seq, isForced: false });
  }

  /** A forced order has just been filled: its prints are the last ones. */
  liquidation(asset: AssetState, liquidation: Liquidation): void {
    const { filledLots, liquidatedSide, atMs } = liquidation;
    const aggressor = liquidatedSide === 'long' ? 'sell' : 'buy';
    for (const line of this.#tapes.get(asset.perp) ?? NOBODY) {
      let left = filledLots;
      for (let at = line.prints.length - 1; at >= 0 && left > 0; at--) {
        const print = line.prints[at]!;
        // One that is told late has no prints left to be told by.
        if (print.trade.atMs !== atMs || print.trade.aggressor !== aggressor) continue;
        print.isForced = true;
        left -= print.trade.lots;
      }
    }
  }

  /** The end of a step: whatever is due by the clock. */
  stepped(nowMs: number): void {
    this.#nowMs = nowMs;
    this.#expire(nowMs);
    this.#announceLocks();
    for (const line of this.#lines.values()) this.#publish(line, nowMs);
  }

  /** Says which options end at this hour, and which begin. */
  #expire(nowMs: number): void {
    const { chain } = this.#options;
    const news = chain.live(nowMs);
    for (const option of news?.gone ?? []) this.#tellState(option, 'closed');
    for (const option of news?.born ?? [])
      for (const state of ['created', 'started']) this.#tellState(option, state);
  }

  /** A coin or a dated future is new. */
  listed(asset: AssetState): void {
    const contract = contractOf({ asset, listing: asset.perp });
    this.#add(contract);
    this.#options.chain.refresh(this.#contracts.values());
    for (const state of ['created', 'started']) this.#tellState(contract, state);
  }

  /** A dated future was delivered. */
  delisted(asset: AssetState): void {
    const contract = this.#byListing.get(asset.perp);
    if (contract === undefined) return;
    this.#contracts.delete(contract.symbol);
    this.#options.chain.refresh(this.#contracts.values());
    this.#tellState(contract, 'closed');
  }

  #tellState(what: Contract | Option, state: string): void {
    const currency = 'listing' in what ? what.currency : what.family.perp.currency;
    const text = written({ instrument_name: what.symbol, state, timestamp: this.#eventMs });
    for (const { channel, outlet } of this.#lines.values())
      if (
        channel.kind === 'states' &&
        (channel.of === 'any' || channel.of === KIND_OF(what)) &&
        (channel.currency === 'any' || channel.currency === currency)
      )
        outlet.emit(text);
  }

  #announceLocks(): void {
    const isLocked = this.#options.faults.on('platformLock', { market: HOST }) !== undefined;
    if (isLocked === this.#lockedIndexes.size > 0) return;
    const indexes = isLocked
      ? new Set([...this.#contracts.values()].map(({ index }) => index))
      : new Set(this.#lockedIndexes);
    this.#lockedIndexes.clear();
    if (isLocked) for (const index of indexes) this.#lockedIndexes.add(index);
    for (const { channel, outlet } of this.#lines.values())
      if (channel.kind === 'platform')
        for (const index of indexes) outlet.emit(written({ price_index: index, locked: isLocked }));
  }

  #publish(line: Line, nowMs: number): void {
    const { channel } = line;
    const isIndex = channel.kind === 'index' || channel.kind === 'volatility';
    // Nothing is traded while the platform is locked; the indices go on.
    if (this.#lockedIndexes.size > 0 && !isIndex) return;
    const text = this.#due(line, nowMs);
    if (text !== null) line.outlet.emit(text);
  }

  /** What a channel has to say now; null for nothing. */
  #due(line: Line, nowMs: number): string | null {
    const { channel } = line;
    switch (channel.kind) {
      case 'book':
        if (nowMs % channel.everyMs === 0) this.#publishBook(line);
        return null;
      case 'trades':
        return nowMs % channel.everyMs === 0 ? this.#tradesText(line) : null;
      case 'ticker':
        return nowMs % channel.everyMs === 0 ? this.#tickerText(line) : null;
      case 'quote':
        return this.#quoteText(line);
      case 'marks':
        return nowMs % MARKS_EVERY_MS === 0 ? this.#marksText(channel.index) : null;
      case 'index':
        return nowMs % SECOND_MS === 0 ? this.#indexText(channel.index) : null;
      case 'volatility':
        return nowMs % SECOND_MS === 0 ? this.#volatilityText(channel.index) : null;
      default:
        return null;
    }
  }

  #publishBook({ contract, changes, shown, outlet }: Line): void {
    if (contract === null || changes === null || changes.isEmpty) return;
    const { faults } = this.#options;
    const { spec, book } = contract.listing;
    const taken = changes.take(book.updateId);
    const side = (known: Set<number>, levels: Levels): Writable[] =>
      levels.flatMap(([ticks, lots]): Writable[] => {
        const isKnown = known.has(ticks);
        if (lots === 0) {
          known.delete(ticks);
          return isKnown ? [['delete', float(priceOf(spec, ticks)), float(0)]] : [];
        }
        known.add(ticks);
        const action = isKnown ? 'change' : 'new';
        return [[action, float(priceOf(spec, ticks)), float(amountOf(spec, lots))]];
      });
    const bids = side(shown.bid, taken.bids);
    const asks = side(shown.ask, taken.asks);
    const { site } = outlet;
    if (faults.strike('crossedBook', site) !== undefined) {
      const crossing = priceOf(spec, bestTicks(book, 'ask') + 2);
      bids.push(['new', float(crossing), float(amountOf(spec, 1))]);
    }
    if (faults.strike('gap', site) !== undefined) return;
    outlet.emit(
      written({
        timestamp: book.changedMs + this.skewMs,
        type: 'change',
        change_id: taken.lastId,
        instrument_name: contract.symbol,
        bids,
        asks,
        prev_change_id: taken.previousId,
      }),
    );
  }

  #tradesText(line: Line): string | null {
    const { contract, prints } = line;
    if (contract === null || prints.length === 0) return null;
    line.prints = [];
    const { asset, listing, symbol } = contract;
    const { spec } = listing;
    return written(
      prints.map(({ trade, seq, isForced }) => ({
        trade_seq: seq,
        trade_id: `${trade.lastTradeId}`,
        timestamp: trade.atMs + this.skewMs,
        tick_direction: trade.aggressor === 'buy' ? 0 : 2,
        price: float(priceOf(spec, trade.ticks)),
        mark_price: rounded(asset.markPrice, spec.priceDecimals + 1),
        ...(isForced && { liquidation: 'T' }),
        instrument_name: symbol,
        index_price: rounded(asset.indexPrice, indexDecimals(asset.indexPrice)),
        direction: trade.aggressor,
        contracts: float(trade.lots),
        amount: float(amountOf(spec, trade.lots)),
      })),
    );
  }

  /** @param anyway even if nothing has changed */
  #tickerText(line: Line, anyway = false): string | null {
    const { channel, contract } = line;
    const { chain } = this.#options;
    if (channel.kind !== 'ticker') return null;
    const option = chain.find(channel.symbol);
    const fields =
      option !== undefined
        ? optionTicker(option, this.#nowMs, this.#eventMs)
        : contract !== null && isAlive(contract, this.#nowMs)
          ? futureTicker(contract, this.#nowMs, this.#eventMs)
          : null;
    if (fields === null) return null;
    const { timestamp, ...rest } = fields;
    const said = written(rest);
    if (said === line.said && !anyway) return null;
    line.said = said;
    return `{"timestamp":${timestamp},${said.slice(1)}`;
  }

  #quoteText(line: Line, anyway = false): string | null {
    const { contract } = line;
    if (contract === null) return null;
    const { spec, book } = contract.listing;
    const said = written({
      instrument_name: contract.symbol,
      best_ask_price: float(priceOf(spec, bestTicks(book, 'ask'))),
      best_bid_price: float(priceOf(spec, bestTicks(book, 'bid'))),
      best_ask_amount: float(amountOf(spec, bestLots(book, 'ask'))),
      best_bid_amount: float(amountOf(spec, bestLots(book, 'bid'))),
    });
    if (said === line.said && !anyway) return null;
    line.said = said;
    return `{"timestamp":${book.changedMs + this.skewMs},${said.slice(1)}`;
  }

  #marksText(index: string): string | null {
    const { chain } = this.#options;
    const family = chain.families.find(({ perp }) => perp.index === index);
    if (family === undefined) return null;
    const stampMs = this.#eventMs;
    return written(chain.of(family).map((option) => optionMark(option, this.#nowMs, stampMs)));
  }

  #indexText(index: string): string | null {
    const contract = [...this.#contracts.values()].find((candidate) => candidate.index === index);
    if (contract === undefined) return null;
    const { indexPrice } = contract.asset;
    return written({
      timestamp: this.#eventMs,
      price: rounded(indexPrice, indexDecimals(indexPrice)),
      index_name: index,
    });
  }

  #volatilityText(index: string): string | null {
    const { chain } = this.#options;
    const family = chain.families.find(({ perp }) => perp.index === index);
    if (family === undefined) return null;
    return written({
      timestamp: this.#eventMs,
      volatility: rounded(volatilityIndex(family, this.#nowMs), 2),
      index_name: index,
    });
  }
}

/** What a client of the socket asked to hear, and what of it there is. */
export interface Asked {
  readonly name: string;
  readonly channel: Channel;
}

/**
 * The channels among these names that can be had.
 *
 * @returns `raw` where one of them needs a login, which refuses all of them
 */
export function askedFor(
  names: readonly string[],
  isKnown: (channel: Channel) => boolean,
): readonly Asked[] | 'raw' {
  const asked: Asked[] = [];
  for (const name of names) {
    const channel = channelOf(name);
    if (channel === 'raw') return 'raw';
    if (channel !== null && isKnown(channel)) asked.push({ name, channel });
  }
  return asked;
}
