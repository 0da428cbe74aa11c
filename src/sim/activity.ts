import type { AssetSpec, ListingSpec } from './assets.ts';

/** A depth stream sends at most so many messages a second. */
const DEPTH_PER_SECOND = 10;
const WINDOW_SECONDS = 1 / DEPTH_PER_SECOND;
/** Of the messages of an ordinary venue this share is depth; trades are the rest. */
const DEPTH_SHARE = 0.75;
/** No more of the depth messages there can be are asked for: windows without a change are natural. */
const DEPTH_MOST = 0.96;
/** The all-market arrays: mark prices, tickers, mini tickers. */
const ARRAYS_PER_SECOND = 3;
/** Changes of the book per quote change of the specification: makers who follow, takers who eat. */
const CHANGES_PER_QUOTE = 1.2;
/** Aggregate trades per taker order of the specification (self-excitation falls short of it in long steps). */
const TRADES_PER_ORDER = 0.77;
/** Aggregate trades of makers who follow the price, per depth message. */
const TRADES_PER_DEPTH = 0.07;
/** However hard a market is driven, one perp gets no more taker orders per second. */
const ORDERS_MOST = 150;
/** Busier markets trade smaller pieces. */
const PIECES = 0.8;
const JOURNAL_SECONDS = 10;

/**
 * The same coins, busy enough that the depth and aggregate trades of all their perps, with the
 * all-market arrays, make about `perSecond` messages a second in a calm market. Three quarters are
 * depth until every book changes in nearly every tenth of a second (5,000 of 500 perps), the rest
 * are trades; what is beyond comes from trades alone, as in a crash.
 *
 * @throws RangeError on a rate so many perps cannot make
 */
export function paced(specs: readonly AssetSpec[], perSecond: number): readonly AssetSpec[] {
  const perps = specs.map(({ perp }) => perp);
  const most = Math.floor(perps.length * TRADES_PER_ORDER * ORDERS_MOST);
  if (!(perSecond > 0 && perSecond <= most)) {
    throw new RangeError(
      `messagesPerSecond: above 0 and up to ${most} for ${perps.length} perps, not ${perSecond}`,
    );
  }
  const depth = Math.min(DEPTH_SHARE * perSecond, DEPTH_MOST * DEPTH_PER_SECOND * perps.length);
  const trades = Math.max(0, perSecond - depth * (1 + TRADES_PER_DEPTH) - ARRAYS_PER_SECOND);
  const quoting = solve(depth, (factor) => sum(perps, (perp) => depthRate(perp, factor)));
  const trading = solve(trades, (factor) =>
    sum(perps, (perp) => TRADES_PER_ORDER * orderRate(perp, factor)),
  );
  return specs.map((spec) => ({ ...spec, perp: busy(spec.perp, quoting, trading) }));
}

const sum = (perps: readonly ListingSpec[], of: (perp: ListingSpec) => number): number =>
  perps.reduce((total, perp) => total + of(perp), 0);

/** Depth messages per second: the windows in which anything changes. */
const depthRate = ({ changesPerSecond }: ListingSpec, factor: number): number =>
  DEPTH_PER_SECOND *
  (1 - Math.exp(-factor * CHANGES_PER_QUOTE * changesPerSecond * WINDOW_SECONDS));

/** Taker orders per second: the largest markets are the first that cannot take more. */
const orderRate = ({ tradesPerSecond }: ListingSpec, factor: number): number =>
  ORDERS_MOST * (1 - Math.exp((-factor * tradesPerSecond) / ORDERS_MOST));

/** The factor at which a rate that rises with it reaches its goal. */
function solve(goal: number, rate: (factor: number) => number): number {
  let low = -12;
  let high = 12;
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2;
    if (rate(Math.exp(middle)) < goal) low = middle;
    else high = middle;
  }
  return Math.exp(low);
}

function busy(perp: ListingSpec, quoting: number, trading: number): ListingSpec {
  const tradesPerSecond = orderRate(perp, trading);
  const changesPerSecond = perp.changesPerSecond * quoting;
  const remembered = JOURNAL_SECONDS * (2 * changesPerSecond + 3 * tradesPerSecond);
  const pieces = (tradesPerSecond / perp.tradesPerSecond) ** -PIECES;
  return {
    ...perp,
    changesPerSecond,
    tradesPerSecond,
    tradeUsd: Math.max(1.2 * perp.minNotional, perp.tradeUsd * pieces),
    // Who quotes more often follows closer: steps of a price are twice as frequent at 0.7 of the size.
    followBps: perp.followBps / Math.sqrt(quoting),
    journalLimit: 2 ** Math.min(14, Math.max(10, Math.ceil(Math.log2(remembered)))),
  };
}
