import {
  createRandom,
  nextExponential,
  nextNormal,
  nextPoisson,
  nextUniform,
  type Random,
} from '../stats/random.ts';
import type { ListingSpec } from './assets.ts';
import {
  type Book,
  bestKey,
  bestTicks,
  change,
  createBook,
  hasRoom,
  keyOf,
  lotsAt,
  lowerBound,
  type Side,
  seedLevel,
} from './market-book.ts';
import type { AggregateTrade } from './market-tape.ts';
import { nextLogNormal } from './seed.ts';

/** What can be traded. */
export type ListingKind = 'perp' | 'spot' | 'future';

/** One listing at run time: its book, its order flow and its counters. Plain data. */
export interface Listing {
  readonly kind: ListingKind;
  /** Who lists it. */
  readonly board: string;
  readonly spec: ListingSpec;
  readonly random: Random;
  readonly book: Book;
  /** Mean distance between update ids; 1 where the venue numbers changes one by one. */
  readonly idStep: number;
  nextTradeId: number;
  nextAggregateId: number;
  lastTicks: number;
  /** Extra taker orders per second caused by recent ones of the same side (self-exciting flow). */
  buyHeat: number;
  sellHeat: number;
  /** Slow one-sidedness of the flow, as large orders are worked: −1 … +1. */
  lean: number;
  /** What the market makers think it is worth, in ticks; trades move it. */
  fairTicks: number;
  /** Resting size and level density relative to calm. */
  depth: number;
  /** Trades go on, and the book stays as it is: the venue's machinery is stuck. */
  isFrozen: boolean;
}

/** Hears everything the market does, in order. */
export interface MarketSink {
  /** A level got a new absolute size (0: gone) under `listing.book.updateId`. */
  level(listing: Listing, side: Side, ticks: number, lots: number): void;
  /** One taker order's fills at one price. */
  trade(listing: Listing, trade: AggregateTrade): void;
}

/** Beyond this many basis points from the touch the book thins out. */
const KNEE_BPS = 30;
const DENSITY_DECAY = 1.6;
const SIZE_DECAY = 0.7;
/** Largest share of ticks that hold a level where ticks are coarse. */
const OCCUPANCY = 0.93;
const FARTHEST_BPS = 9_000;
const LEVEL_SIGMA = 1.5;
const TOUCH_SIGMA = 1.1;
const TRADE_SIGMA = 1.9;
/** Self- and cross-excitation of taker orders (branching ratios) and their memory. */
const EXCITE_SAME = 0.68;
const EXCITE_OTHER = 0.06;
const HEAT_DECAY_PER_SECOND = 3;
/** Standard deviation and memory of the slow one-sidedness of the flow. */
const LEAN_SIGMA = 0.45;
const LEAN_SECONDS = 15;
/** Part of a taker order's price impact that stays. */
const IMPACT_KEPT = 0.3;
const IMPACT_LIMIT_BPS = 25;
const SWEEP_LEVELS = 160;
const ORDERS_PER_SECOND = 800;
/** Levels put in behind a better price at once. */
const FILL_LIMIT = 90;
const STALE_NEAR_BPS = 12;

const ticksPerBp = (ticks: number): number => ticks * 1e-4;

/** Levels per basis point at a distance, one side, in a calm market. */
function density(spec: ListingSpec, ticks: number, bps: number): number {
  const wish = spec.levelsPerBp * Math.min(1, KNEE_BPS / bps) ** DENSITY_DECAY;
  return Math.min(OCCUPANCY * ticksPerBp(ticks), wish);
}

/** Mean resting notional of one level at a distance. */
function levelUsd(spec: ListingSpec, ticks: number, bps: number): number {
  const perBp = spec.depthUsdPerBp * Math.min(1, KNEE_BPS / Math.max(1, bps)) ** SIZE_DECAY;
  return perBp / density(spec, ticks, Math.max(1, bps));
}

/** Quote currency behind one lot at a price. */
export const usdOfLot = (spec: ListingSpec, price: number): number =>
  usdOf(spec, spec.stepSize, price);

/** Quote currency behind a size at a price. */
export const usdOf = ({ contract }: ListingSpec, size: number, price: number): number =>
  contract.unit === 'usd' ? size * contract.size : size * price * contract.size;

/** Quote currency behind one lot at a price in ticks. */
export const usdPerLot = (spec: ListingSpec, ticks: number): number =>
  usdOfLot(spec, ticks * spec.tickSize);

/** Ticks that the usual spread leaves free on each side of the price in the middle. */
const halfSpread = (spec: ListingSpec): number => (spec.spreadTicks - 1) >> 1;

const distanceBps = (best: number, key: number): number =>
  (Math.abs(best - key) / Math.abs(best)) * 1e4;

/** Humans like round prices: every hundredth tick holds more, every thousandth much more. */
const roundness = (key: number): number =>
  key % 1000 === 0 ? 5 : key % 100 === 0 ? 2 : key % 10 === 0 ? 1.25 : 0.9;

function drawLots(listing: Listing, usd: number, sigma: number, ticks: number): number {
  const median = usd * Math.exp(-(sigma * sigma) / 2);
  const notional = nextLogNormal(listing.random, median, sigma);
  return Math.max(1, Math.round(notional / usdPerLot(listing.spec, ticks)));
}

const drawLevel = (listing: Listing, best: number, key: number): number =>
  drawLots(
    listing,
    levelUsd(listing.spec, Math.abs(best), distanceBps(best, key)) * roundness(key) * listing.depth,
    LEVEL_SIGMA,
    Math.abs(key),
  );

const drawTouch = (listing: Listing, ticks: number): number => {
  const usd = listing.spec.touchUsd * Math.exp((TOUCH_SIGMA * TOUCH_SIGMA) / 2);
  return drawLots(listing, usd * listing.depth, TOUCH_SIGMA, ticks);
};

/** A listing whose book is filled around a fair price, in its ordinary shape. */
export function createListing(
  kind: ListingKind,
  board: string,
  spec: ListingSpec,
  fairTicks: number,
  seed: number,
  atMs: number,
): Listing {
  const listing: Listing = {
    kind,
    board,
    spec,
    random: createRandom(seed),
    book: createBook(spec.firstUpdateId, atMs, spec),
    idStep: kind === 'spot' ? 1 : 42,
    nextTradeId: spec.firstTradeId,
    nextAggregateId: Math.floor(spec.firstTradeId / 2.3),
    lastTicks: Math.round(fairTicks),
    buyHeat: 0,
    sellHeat: 0,
    lean: 0,
    fairTicks,
    depth: 1,
    isFrozen: false,
  };
  const bid = Math.floor(fairTicks);
  const half = halfSpread(spec);
  for (const side of ['bid', 'ask'] as const)
    fillSide(listing, side, side === 'bid' ? bid - half : bid + 1 + half);
  return listing;
}

function fillSide(listing: Listing, side: Side, ticks: number): void {
  const { spec, book, random } = listing;
  const best = keyOf(side, ticks);
  seedLevel(book, side, best, drawTouch(listing, ticks));
  const perBp = ticksPerBp(ticks);
  let bps = 0;
  let key = best;
  for (;;) {
    const gap = nextExponential(random) / density(spec, ticks, Math.max(1, bps));
    bps += Math.max(gap, 1 / perBp);
    if (bps > FARTHEST_BPS || !hasRoom(book[side])) return;
    const next = best - Math.round(bps * perBp);
    if (next >= key) continue;
    key = next;
    seedLevel(book, side, key, drawLevel(listing, best, key));
  }
}

/** Changes a level and tells the sink; ids step irregularly where the venue's do. */
function put(
  listing: Listing,
  side: Side,
  key: number,
  lots: number,
  atMs: number,
  sink: MarketSink,
): void {
  const { book, idStep } = listing;
  const step = idStep === 1 ? 1 : 1 + Math.floor(nextExponential(listing.random) * (idStep - 1));
  if (change(book, side, key, lots, book.updateId + step, atMs)) {
    sink.level(listing, side, keyOf(side, key), lots);
  }
}

/** What a taker order got. */
export interface Fill {
  readonly lots: number;
  readonly averageTicks: number;
  readonly lastLots: number;
}

/**
 * A taker order: eats the opposite side from the best price on, not past `limitTicks`, and prints
 * one aggregate trade per level. Of a frozen book it gets the best level, which stays.
 */
export function take(
  listing: Listing,
  aggressor: 'buy' | 'sell',
  lots: number,
  limitTicks: number,
  atMs: number,
  sink: MarketSink,
): Fill {
  const { book, random } = listing;
  const side: Side = aggressor === 'buy' ? 'ask' : 'bid';
  const ladder = book[side];
  const limit = keyOf(side, limitTicks);
  const before = bestTicks(book, side);
  let left = lots;
  let worth = 0;
  let lastLots = 0;
  for (let level = 0; level < SWEEP_LEVELS && left > 0 && ladder.count > 1; level++) {
    const key = bestKey(ladder);
    if (key < limit) break;
    const resting = ladder.lots[ladder.count - 1]!;
    lastLots = Math.min(left, resting);
    const ticks = keyOf(side, key);
    const fills = 1 + Math.min(lastLots - 1, Math.floor(nextExponential(random) * 0.9));
    const trade: AggregateTrade = {
      id: listing.nextAggregateId,
      ticks,
      lots: lastLots,
      firstTradeId: listing.nextTradeId,
      lastTradeId: listing.nextTradeId + fills - 1,
      atMs,
      aggressor,
    };
    listing.nextAggregateId++;
    listing.nextTradeId += fills;
    listing.lastTicks = ticks;
    left -= lastLots;
    worth += lastLots * ticks;
    if (!listing.isFrozen) put(listing, side, key, resting - lastLots, atMs, sink);
    sink.trade(listing, trade);
    if (listing.isFrozen) break;
  }
  const filled = lots - left;
  return {
    lots: filled,
    averageTicks: filled === 0 ? before : worth / filled,
    lastLots,
  };
}

/**
 * Part of an order's price impact stays, because the market takes it for information: the distance
 * it would walk in a book of the ordinary shape and present depth, times `IMPACT_KEPT`.
 */
export function keepImpact(listing: Listing, aggressor: 'buy' | 'sell', fill: Fill): void {
  const usd = fill.lots * usdPerLot(listing.spec, fill.averageTicks);
  const walkedBps = usd / (listing.spec.depthUsdPerBp * Math.max(0.2, listing.depth));
  const kept = IMPACT_KEPT * Math.min(IMPACT_LIMIT_BPS, walkedBps) * 1e-4;
  listing.fairTicks *= 1 + (aggressor === 'buy' ? kept : -kept);
}

/**
 * Market makers follow the fair price: when it has left the middle of the spread by more than they
 * tolerate, the side in its way is lifted or pulled and the other side moves up behind it.
 */
export function requote(
  listing: Listing,
  toleranceBps: number,
  atMs: number,
  sink: MarketSink,
): void {
  const { book, random } = listing;
  const bid = bestTicks(book, 'bid');
  const ask = bestTicks(book, 'ask');
  const off = listing.fairTicks - (bid + ask) / 2;
  const tolerance = Math.max(0.6, toleranceBps * ticksPerBp(bid));
  if (Math.abs(off) > tolerance * (0.5 + nextUniform(random))) {
    const isUp = off > 0;
    const target = isUp ? Math.floor(listing.fairTicks) : Math.ceil(listing.fairTicks);
    follow(listing, isUp ? 'bid' : 'ask', target, atMs, sink);
  }
  closeSpread(listing, atMs, sink);
}

function follow(
  listing: Listing,
  gaining: Side,
  targetTicks: number,
  atMs: number,
  sink: MarketSink,
): void {
  const { book, spec, random } = listing;
  const giving: Side = gaining === 'bid' ? 'ask' : 'bid';
  const away = gaining === 'bid' ? halfSpread(spec) : -halfSpread(spec);
  const limitTicks = targetTicks + away;
  const barrier = keyOf(giving, limitTicks);
  if (bestKey(book[giving]) >= barrier && nextUniform(random) < 0.5) {
    const lots = drawLots(listing, spec.tradeUsd * 14, 1, limitTicks);
    take(listing, gaining === 'bid' ? 'buy' : 'sell', lots, limitTicks, atMs, sink);
  }
  while (book[giving].count > 1 && bestKey(book[giving]) >= barrier) {
    put(listing, giving, bestKey(book[giving]), 0, atMs, sink);
  }
  improve(listing, gaining, targetTicks - away, atMs, sink);
}

/**
 * Makers quote a better price and fill in behind it, in the shape of the book; orders that are far
 * from the market by now are pulled in exchange.
 */
function improve(
  listing: Listing,
  side: Side,
  targetTicks: number,
  atMs: number,
  sink: MarketSink,
): void {
  const { book, spec, random } = listing;
  const ladder = book[side];
  const before = bestKey(ladder);
  const target = keyOf(side, targetTicks);
  if (target <= before || !hasRoom(ladder)) return;
  put(listing, side, target, drawTouch(listing, targetTicks), atMs, sink);
  const gap = target - before - 1;
  const wanted = distanceBps(target, before) * density(spec, targetTicks, 1) * 0.85;
  const count = Math.min(FILL_LIMIT, gap, nextPoisson(random, wanted * listing.depth ** 0.5));
  for (let index = 0; index < count && hasRoom(ladder); index++) {
    const key = before + 1 + Math.floor(nextUniform(random) * gap);
    put(listing, side, key, drawLevel(listing, target, key), atMs, sink);
  }
  pullStale(listing, side, count, atMs, sink);
}

/** Cancels up to `count` orders from a band behind the touch that holds more than its share. */
function pullStale(
  listing: Listing,
  side: Side,
  count: number,
  atMs: number,
  sink: MarketSink,
): void {
  const { book, spec, random } = listing;
  const ladder = book[side];
  const best = bestKey(ladder);
  const perBp = ticksPerBp(Math.abs(best));
  const near = STALE_NEAR_BPS * Math.exp(nextUniform(random));
  const far = near * 6;
  const from = lowerBound(ladder, best - Math.round(far * perBp));
  let to = lowerBound(ladder, best - Math.round(near * perBp));
  const middle = density(spec, Math.abs(best), (near + far) / 2);
  const wanted = middle * (far - near) * listing.depth ** 0.5;
  for (let index = 0; index < count && to - from > wanted; index++) {
    const at = from + Math.floor(nextUniform(random) * (to - from));
    put(listing, side, ladder.keys[at]!, 0, atMs, sink);
    to--;
  }
}

/** Somebody always wants the inside of a spread that is wider than usual. */
function closeSpread(listing: Listing, atMs: number, sink: MarketSink): void {
  const { book, random, spec } = listing;
  const bid = bestTicks(book, 'bid');
  const ask = bestTicks(book, 'ask');
  const isUsual = ask - bid <= spec.spreadTicks;
  if (isUsual || nextUniform(random) > 0.35 + 0.6 * Math.min(1, listing.depth)) return;
  const half = halfSpread(spec);
  const inner = Math.min(ask - 1, Math.max(bid, Math.floor(listing.fairTicks)));
  improve(listing, 'bid', inner - half, atMs, sink);
  improve(listing, 'ask', inner + 1 + half, atMs, sink);
}

/** Where quotes change: much at the touch, most within forty basis points, some far away. */
function drawDistanceBps(listing: Listing, ticks: number): number {
  const { random } = listing;
  const dice = nextUniform(random);
  const perTick = 1 / ticksPerBp(ticks);
  if (dice < 0.16) return nextExponential(random) * Math.max(1.2, 1.2 * perTick);
  if (dice < 0.7) return nextUniform(random) * Math.max(40, 25 * perTick);
  if (dice < 0.93) return 20 * Math.exp(nextUniform(random) * 3);
  return 400 * Math.exp(nextUniform(random) * 3);
}

/**
 * One quote away from trades: near a random distance a level is resized, added or cancelled, such
 * that the number of levels there returns to the shape of the book. Never improves the touch.
 */
export function shuffleQuote(listing: Listing, atMs: number, sink: MarketSink): void {
  const { book, random, spec } = listing;
  const side: Side = nextUniform(random) < 0.5 ? 'bid' : 'ask';
  const ladder = book[side];
  const best = bestKey(ladder);
  const ticks = Math.abs(best);
  const perBp = ticksPerBp(ticks);
  const bps = drawDistanceBps(listing, ticks);
  const farBps = Math.min(FARTHEST_BPS, Math.max(bps * 1.35, bps + 2 / perBp, bps + 1));
  const nearKey = best - Math.floor(bps * perBp);
  const farKey = best - Math.ceil(farBps * perBp);
  const from = lowerBound(ladder, farKey);
  const to = lowerBound(ladder, nearKey + 1);
  const count = to - from;
  const wanted =
    density(spec, ticks, Math.max(1, bps)) *
    ((nearKey - farKey + 1) / perBp) *
    listing.depth ** 0.5;
  const fullness = count / Math.max(0.5, wanted);
  const dice = nextUniform(random);
  if (count > 0 && dice < 0.42) {
    const at = from + Math.floor(nextUniform(random) * count);
    resize(listing, side, at, best, atMs, sink);
  } else if (nextUniform(random) < 1 / (1 + fullness ** 3)) {
    const spread = nearKey - farKey + 1;
    let key = nearKey - Math.floor(nextUniform(random) * spread);
    if (nextUniform(random) < 0.06 && spread > 100) key -= key % 100;
    const resting = lotsAt(ladder, key);
    if (key <= best && hasRoom(ladder)) {
      put(listing, side, key, resting + drawLevel(listing, best, key), atMs, sink);
    }
  } else if (count > 0 && ladder.count > 50) {
    const at = from + Math.floor(nextUniform(random) * count);
    // The touch is left alone mostly: pulling it is what `requote` does.
    if (at < ladder.count - 1 || nextUniform(random) < 0.15) {
      put(listing, side, ladder.keys[at]!, 0, atMs, sink);
    }
  }
}

function resize(
  listing: Listing,
  side: Side,
  at: number,
  best: number,
  atMs: number,
  sink: MarketSink,
): void {
  if (nextUniform(listing.random) < 0.5) {
    queue(listing, side, at, atMs, sink);
    return;
  }
  const key = listing.book[side].keys[at]!;
  const isTouch = key === best;
  const fresh = isTouch ? drawTouch(listing, Math.abs(key)) : drawLevel(listing, best, key);
  put(listing, side, key, fresh, atMs, sink);
}

/** Somebody joins or leaves the queue at a level. */
function queue(listing: Listing, side: Side, at: number, atMs: number, sink: MarketSink): void {
  const { book, random } = listing;
  const lots = book[side].lots[at]!;
  const part = Math.max(1, Math.round(lots * 0.25 * nextExponential(random)));
  const isJoining = nextUniform(random) < 0.5;
  const changed = isJoining ? lots + part : Math.max(1, lots - part);
  put(listing, side, book[side].keys[at]!, changed, atMs, sink);
}

/** The queue at one of the best prices changes, as it does all the time. */
export function shuffleTouch(listing: Listing, atMs: number, sink: MarketSink): void {
  const side: Side = nextUniform(listing.random) < 0.5 ? 'bid' : 'ask';
  queue(listing, side, listing.book[side].count - 1, atMs, sink);
}

/** What one step of taker flow should look like. */
export interface FlowMood {
  /** Taker orders relative to calm. */
  readonly rate: number;
  /** −1 sellers only … +1 buyers only. */
  readonly bias: number;
}

/** Draws the taker orders of a step: self-exciting, clustered, of fat-tailed size. */
export function drawOrders(
  listing: Listing,
  mood: FlowMood,
  seconds: number,
): { readonly aggressor: 'buy' | 'sell'; readonly lots: number; readonly at: number }[] {
  const { random, spec } = listing;
  const decay = Math.exp(-HEAT_DECAY_PER_SECOND * seconds);
  listing.buyHeat *= decay;
  listing.sellHeat *= decay;
  listing.lean += -listing.lean * (seconds / LEAN_SECONDS);
  listing.lean += LEAN_SIGMA * Math.sqrt((2 * seconds) / LEAN_SECONDS) * nextNormal(random);
  const bias = Math.min(0.95, Math.max(-0.95, mood.bias + listing.lean));
  const base = (spec.tradesPerSecond / 2) * mood.rate * (1 - EXCITE_SAME - EXCITE_OTHER);
  const buys = nextPoisson(random, (base * (1 + bias) + listing.buyHeat) * seconds);
  const sells = nextPoisson(random, (base * (1 - bias) + listing.sellHeat) * seconds);
  const same = EXCITE_SAME * HEAT_DECAY_PER_SECOND;
  const other = EXCITE_OTHER * HEAT_DECAY_PER_SECOND;
  listing.buyHeat += buys * same + sells * other;
  listing.sellHeat += sells * same + buys * other;
  const orders = [];
  const count = Math.min(Math.round(ORDERS_PER_SECOND * seconds), buys + sells);
  for (let index = 0; index < count; index++) {
    const usd = Math.min(
      4e6,
      nextLogNormal(random, spec.tradeUsd * mood.rate ** 0.35, TRADE_SIGMA),
    );
    orders.push({
      aggressor: index < buys ? ('buy' as const) : ('sell' as const),
      lots: Math.max(1, Math.round(usd / usdPerLot(spec, listing.lastTicks))),
      at: nextUniform(random),
    });
  }
  return orders.sort((left, right) => left.at - right.at);
}

/** Small noise of the makers' opinion, so that quotes flicker even when nothing happens. */
export const flicker = (listing: Listing, bps: number): number =>
  nextNormal(listing.random) * bps * ticksPerBp(listing.lastTicks);
