import type { FaultSite } from '../faults.ts';
import type { Listed } from '../listed.ts';
import { type BookCopy, copyOf, impactTicks, type Levels } from '../market-book.ts';
import { fundingEstimate } from '../market-funding.ts';
import { type AggregateTrade, dayStatistics } from '../market-tape.ts';
import { Outlet } from '../outlet.ts';
import { MessageIds } from '../true-book.ts';
import { type Clocks, FAMILY, HOST, type HyperliquidFault } from './rules.ts';
import {
  anyPx,
  bookText,
  channelText,
  levelText,
  px,
  rateText,
  spelled,
  tradeText,
} from './wire.ts';

/** Streams of a coin, by the names under which faults find them. */
export const STREAMS = ['l2Book', 'l2Book-fast', 'bbo', 'trades', 'activeAssetCtx'] as const;
export type StreamName = (typeof STREAMS)[number];

const DEEP_LEVELS = 20;
const FAST_LEVELS = 5;
/** Trades that a subscription begins with. */
const HISTORY_TRADES = 30;
/** What an order has to be worth to say where the impact prices are, USD. */
const IMPACT_USD = 20_000;

/** The part of a registry that a coin asks. */
export interface Faults {
  readonly isQuiet: boolean;
  on(kind: HyperliquidFault, site: FaultSite): { readonly offsetMs?: number } | undefined;
  strike(kind: HyperliquidFault, site: FaultSite): object | undefined;
}

const EMPTY: Pick<BookCopy, 'bids' | 'asks'> = { bids: [], asks: [] };

/** Prices and the estimate of funding as published: they move on by clocks of their own. */
interface Published {
  readonly mark: number;
  readonly oracle: number;
  readonly pricedMs: number;
  readonly funding: number;
  readonly fundedMs: number;
}

/** One coin: what its streams say, and who listens. */
export class Coin {
  readonly listed: Listed;
  readonly outlets: Readonly<Record<StreamName, Outlet>>;
  /** The book as of the times that were written. */
  readonly ids = new MessageIds();
  readonly #faults: Faults;
  readonly #clocks: Clocks;
  #trades: AggregateTrade[] = [];
  #touch = '';
  #published: Published | null = null;

  constructor(
    found: Listed,
    faults: Faults & ConstructorParameters<typeof Outlet>[0]['faults'],
    clocks: Clocks,
  ) {
    this.listed = found;
    this.#faults = faults;
    this.#clocks = clocks;
    const { symbol } = found.listing.spec;
    const outlet = (name: StreamName) =>
      new Outlet({
        target: `${name}:${symbol}`,
        symbol,
        market: HOST,
        family: FAMILY,
        faults,
        spoiling: {
          unknownEvent: () => channelText('eclipse', '{}'),
          firstPrice: /("(?:px|markPx)":")[\d.]+"/,
          mangled: (frame) => frame.replace('"coin"', '"\\u0000"'),
        },
      });
    this.outlets = Object.fromEntries(STREAMS.map((name) => [name, outlet(name)])) as Readonly<
      Record<StreamName, Outlet>
    >;
  }

  get symbol(): string {
    return this.listed.listing.spec.symbol;
  }

  get isDelisted(): boolean {
    return this.#faults.on('delisted', { market: HOST, symbol: this.symbol }) !== undefined;
  }

  /** A taker's order was filled. */
  note(trade: AggregateTrade): void {
    this.#trades.push(trade);
  }

  /** Prints since the block before. */
  tellTrades(skewMs: number): void {
    const trades = this.#trades;
    this.#trades = [];
    if (trades.length === 0 || this.isDelisted || !this.#isHeard('trades')) return;
    if (this.#isLost('trades')) return;
    this.outlets.trades.emit(this.#tradesText(trades, skewMs));
  }

  /** The recent past, with which a subscription to trades begins; undefined where there is none. */
  history(skewMs: number): string | undefined {
    const { trades } = this.listed.asset.tape;
    const recent = trades.perp.slice(-HISTORY_TRADES);
    return recent.length === 0 ? undefined : this.#tradesText(recent, skewMs);
  }

  #tradesText(trades: readonly AggregateTrade[], skewMs: number): string {
    const { spec } = this.listed.listing;
    const prints = trades.map((trade) => tradeText(spec, trade, trade.atMs + skewMs));
    return channelText('trades', `[${prints.join(',')}]`);
  }

  /** The touch, if the block has changed it. */
  tellTouch(time: number): void {
    const { bids, asks } = this.#copy(1);
    const { spec } = this.listed.listing;
    const text = (level: Levels[number] | undefined) =>
      level === undefined ? 'null' : levelText(spec, level);
    const touch = `[${text(bids[0])},${text(asks[0])}]`;
    if (touch === this.#touch) return;
    this.#touch = touch;
    if (!this.#isHeard('bbo')) return;
    this.#noteBook(time);
    if (this.#isLost('bbo')) return;
    const crossed = this.#crossed('bbo', { bids, asks });
    const told = crossed === undefined ? touch : `[${text(crossed.bids[0])},${text(asks[0])}]`;
    this.outlets.bbo.emit(
      channelText('bbo', `{"coin":"${spec.symbol}","time":${time},"bbo":${told}}`),
    );
  }

  /** The book as one of its two variants shows it. */
  tellBook(name: 'l2Book' | 'l2Book-fast', time: number): void {
    if (!this.#isHeard(name)) return;
    this.#noteBook(time);
    if (this.#isLost(name)) return;
    const isFast = name === 'l2Book-fast';
    const copy = this.#copy(isFast ? FAST_LEVELS : DEEP_LEVELS);
    const { spec } = this.listed.listing;
    const isFlagged = isFast && this.#faults.on('unflagged', this.outlets[name].site) === undefined;
    const text = bookText(
      spec,
      this.#crossed(name, copy) ?? copy,
      time,
      isFlagged ? ',"fast":true' : '',
    );
    this.outlets[name].emit(channelText('l2Book', text));
  }

  tellContext(nowMs: number): void {
    if (!this.#isHeard('activeAssetCtx') || this.#isLost('activeAssetCtx')) return;
    const { symbol } = this;
    this.outlets.activeAssetCtx.emit(
      channelText('activeAssetCtx', `{"coin":"${symbol}","ctx":${this.contextText(nowMs)}}`),
    );
  }

  /** Everything that is known of the coin but its book. */
  contextText(nowMs: number): string {
    const { asset, listing } = this.listed;
    const { spec, book } = listing;
    const { mark, oracle, funding } = this.#publishedAt(nowMs);
    const day = dayStatistics(asset.tape, 'perp', nowMs).bar;
    const { bids, asks } = this.#copy(1);
    const [bid, ask] = [bids[0]?.[0], asks[0]?.[0]];
    const hasMid = bid !== undefined && ask !== undefined;
    const mid = hasMid ? `"${anyPx(((bid + ask) / 2) * spec.tickSize)}"` : 'null';
    const impact = (side: 'bid' | 'ask') =>
      px(spec, Math.round(impactTicks(book, side, spec.tickSize * spec.stepSize, IMPACT_USD)));
    const impacts = hasMid ? `["${impact('bid')}","${impact('ask')}"]` : 'null';
    const premium = hasMid ? `"${rateText(asset.funding.lastPremium)}"` : 'null';
    const interest = asset.published.lots * spec.stepSize;
    return (
      `{"funding":"${rateText(funding)}","openInterest":"${spelled(interest.toFixed(8))}",` +
      `"prevDayPx":"${anyPx(day.open)}","dayNtlVlm":"${spelled(day.notional.toFixed(10))}",` +
      `"premium":${premium},"oraclePx":"${anyPx(oracle)}","markPx":"${anyPx(mark)}",` +
      `"midPx":${mid},"impactPxs":${impacts},"dayBaseVlm":"${spelled(day.volume.toFixed(8))}"}`
    );
  }

  /** The middle of the book, or the mark where there is none. */
  midText(nowMs: number): string {
    const { bids, asks } = this.#copy(1);
    const { tickSize } = this.listed.listing.spec;
    const [bid, ask] = [bids[0]?.[0], asks[0]?.[0]];
    return anyPx(
      bid === undefined || ask === undefined
        ? this.#publishedAt(nowMs).mark
        : ((bid + ask) / 2) * tickSize,
    );
  }

  #publishedAt(nowMs: number): Published {
    const { asset } = this.listed;
    const known = this.#published;
    const isPriced = known !== null && nowMs - known.pricedMs < this.#clocks.priceMs;
    const isFunded = known !== null && nowMs - known.fundedMs < this.#clocks.fundingMs;
    if (isPriced && isFunded) return known;
    this.#published = {
      mark: isPriced ? known.mark : asset.markPrice,
      oracle: isPriced ? known.oracle : asset.indexPrice,
      pricedMs: isPriced ? known.pricedMs : nowMs,
      funding: isFunded ? known.funding : fundingEstimate(asset.funding),
      fundedMs: isFunded ? known.fundedMs : nowMs,
    };
    return this.#published;
  }

  #copy(levels: number): Pick<BookCopy, 'bids' | 'asks'> {
    return this.isDelisted ? EMPTY : copyOf(this.listed.listing.book, levels);
  }

  #noteBook(time: number): void {
    this.ids.note(time, this.listed.listing.book.updateId);
  }

  #isHeard(name: StreamName): boolean {
    return this.outlets[name].sockets.size > 0;
  }

  #isLost(name: StreamName): boolean {
    return (
      !this.#faults.isQuiet && this.#faults.strike('gap', this.outlets[name].site) !== undefined
    );
  }

  /** The same book with a best bid above the best ask, where a fault wants it so. */
  #crossed(name: StreamName, { bids, asks }: Pick<BookCopy, 'bids' | 'asks'>) {
    const [bid, ...rest] = bids;
    const ask = asks[0];
    if (this.#faults.isQuiet || bid === undefined || ask === undefined) return undefined;
    if (this.#faults.strike('crossedBook', this.outlets[name].site) === undefined) return undefined;
    const over: Levels[number] = [ask[0] + 1, bid[1]];
    return { bids: [over, ...rest], asks };
  }
}
