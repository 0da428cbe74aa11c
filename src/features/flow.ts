import { type Definition, fact, type Unit } from '../model/definition.ts';
import { fromSteps, type Grid, toSteps } from '../model/grid.ts';
import { absent, live, type Marks, type Reading, stale } from '../model/reading.ts';
import { SECOND } from '../model/units.ts';
import { anyInstrument, instrumentFeature } from './feature.ts';
import { sizeGridOf } from './lots.ts';

const SECONDS = 60;

/** Per-second sums of the last minute and the running CVD. */
interface FlowMemory {
  /** Lots of `grid` bought and sold by takers, quote traded, prints; slot = second mod 60. */
  readonly buy: Float64Array;
  readonly sell: Float64Array;
  readonly quote: Float64Array;
  readonly prints: Float64Array;
  /** Highest and lowest price of each; infinite where nothing was traded. */
  readonly high: Float64Array;
  readonly low: Float64Array;
  /** The second in progress. */
  second: number;
  /** Since when trades have been heard without a break, µs; 0 before the first. */
  wholeSince: number;
  /** Whether trades were missed since the first one, so that the CVD lacks some. */
  hasHole: boolean;
  /** Since when the CVD counts, µs; 0 before the first trade. */
  cvdSince: number;
  cvdLots: number;
  /** Sums count whole lots of this grid, so that none of them drifts. */
  grid: Grid;
  /** The second that ended with the last tick, in lots. */
  previous: { buy: number; sell: number };
}

/** Moves to `second`, clearing what is older than a minute. */
function advance(memory: FlowMemory, second: number): void {
  const from = Math.max(memory.second + 1, second - SECONDS + 1);
  for (let s = from; s <= second; s += 1) {
    const slot = s % SECONDS;
    memory.buy[slot] = 0;
    memory.sell[slot] = 0;
    memory.quote[slot] = 0;
    memory.prints[slot] = 0;
    memory.high[slot] = Number.NEGATIVE_INFINITY;
    memory.low[slot] = Number.POSITIVE_INFINITY;
  }
  memory.second = Math.max(memory.second, second);
}

/** Counts in the lots of `grid` from now on. Grids only ever become finer, so nothing is lost. */
function countIn(memory: FlowMemory, grid: Grid): void {
  const { grid: before, buy, sell, previous } = memory;
  if (before.units === grid.units && before.scale === grid.scale) return;
  const again = (lots: number): number => toSteps(fromSteps(lots, before), grid);
  memory.cvdLots = again(memory.cvdLots);
  memory.previous = { buy: again(previous.buy), sell: again(previous.sell) };
  for (let slot = 0; slot < SECONDS; slot += 1) {
    buy[slot] = again(buy[slot]!);
    sell[slot] = again(sell[slot]!);
  }
  memory.grid = grid;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < SECONDS; i += 1) total += values[i]!;
  return total;
}

function highest(values: Float64Array): number {
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < SECONDS; i += 1) high = Math.max(high, values[i]!);
  return high;
}

function lowest(values: Float64Array): number {
  let low = Number.POSITIVE_INFINITY;
  for (let i = 0; i < SECONDS; i += 1) low = Math.min(low, values[i]!);
  return low;
}

const traded = (formula: string, unit: Unit = 'coins'): Definition => ({
  formula,
  unit,
  source: 'SPEC §4',
  inputs: [fact('trades')],
});

const NAMES = [
  'buy1s',
  'sell1s',
  'buy1m',
  'sell1m',
  'net1m',
  'cvd',
  'trades1m',
  'vwap1m',
  'high1m',
  'low1m',
  'meanSize1m',
  'lastPrice',
  'lastAggressor',
] as const;

const NO_TRADES = absent('no trades yet');
const nothing = Object.fromEntries(NAMES.map((name) => [name, NO_TRADES]));

/**
 * Trade flow of one instrument (SPEC §4): what takers bought and sold over the last 60 whole seconds, in base coin, the cumulative volume delta
 * since the first print, VWAP, high, low, count and mean size of the minute.
 *
 * Absent before the first print (`no trades yet`); a quiet minute is a true zero while the feed lives, and stale when it does not. The minute is
 * marked `partial` until one has been heard whole, the CVD once the feed was lost.
 */
export const flow = instrumentFeature<FlowMemory>({
  name: 'flow',
  appliesTo: anyInstrument,
  needs: 'book',
  create: () => ({
    buy: new Float64Array(SECONDS),
    sell: new Float64Array(SECONDS),
    quote: new Float64Array(SECONDS),
    prints: new Float64Array(SECONDS),
    high: new Float64Array(SECONDS).fill(Number.NEGATIVE_INFINITY),
    low: new Float64Array(SECONDS).fill(Number.POSITIVE_INFINITY),
    second: 0,
    wholeSince: 0,
    hasHole: false,
    cvdSince: 0,
    cvdLots: 0,
    grid: { units: 1, scale: 1 },
    previous: { buy: 0, sell: 0 },
  }),
  define: {
    buy1s: traded('bought by takers in the last whole second'),
    sell1s: traded('sold by takers in the last whole second'),
    buy1m: traded('Σ size bought by takers over 60 s'),
    sell1m: traded('Σ size sold by takers over 60 s'),
    net1m: traded('bought − sold over 60 s'),
    cvd: traded('Σ (bought − sold) since the listing was first heard'),
    trades1m: traded('prints over 60 s', 'count'),
    vwap1m: traded('Σ price · size / Σ size over 60 s', 'price'),
    high1m: traded('highest price over 60 s', 'price'),
    low1m: traded('lowest price over 60 s', 'price'),
    meanSize1m: traded('Σ size / prints over 60 s'),
    lastPrice: traded('price of the last trade', 'price'),
    lastAggressor: traded('taker side of the last trade', 'text'),
  },
  explain({ wholeSince, cvdSince, hasHole }, { now }, name) {
    if (name === 'cvd')
      return {
        parameters: { since: cvdSince, seconds: Math.floor((now - cvdSince) / SECOND) },
        ...(hasHole && { excluded: ['trades while the feed was lost'] }),
      };
    return name.endsWith('1m')
      ? {
          window: {
            span: SECONDS * SECOND,
            count: Math.min(SECONDS, Math.floor((now - wholeSince) / SECOND)),
            full: SECONDS,
          },
        }
      : undefined;
  },
  onTrade(memory, trade, instrument) {
    const sizeGrid = sizeGridOf(instrument);
    const second = Math.floor(trade.tsLocal / SECOND);
    if (memory.wholeSince === 0) {
      memory.wholeSince = trade.tsLocal;
      memory.cvdSince = trade.tsLocal;
      memory.second = second;
    }
    advance(memory, second);
    countIn(memory, sizeGrid);
    const slot = second % SECONDS;
    const side = trade.aggressor === 'buy' ? memory.buy : memory.sell;
    const lots = toSteps(trade.size, sizeGrid);
    side[slot]! += lots;
    memory.quote[slot]! += trade.size * trade.price;
    memory.prints[slot]! += 1;
    memory.high[slot] = Math.max(memory.high[slot]!, trade.price);
    memory.low[slot] = Math.min(memory.low[slot]!, trade.price);
    memory.cvdLots += trade.aggressor === 'buy' ? lots : -lots;
  },
  onTick(memory, { now, silentFor }) {
    if (memory.wholeSince === 0) return;
    if (silentFor !== null) {
      memory.wholeSince = now;
      memory.hasHole = true;
    }
    const finished = Math.floor(now / SECOND) - 1;
    // Opens the second that ended, should nothing have been traded in it. The one that begins now keeps the slot of a minute ago until it is needed,
    // so that [now − 60 s, now) stays whole.
    advance(memory, finished);
    const slot = finished % SECONDS;
    memory.previous = { buy: memory.buy[slot]!, sell: memory.sell[slot]! };
  },
  read(memory, { now, state, silentFor }) {
    const { lastTrade } = state;
    if (memory.wholeSince === 0 || lastTrade === null) return nothing;
    const { grid, previous } = memory;
    const buy = sum(memory.buy);
    const sell = sum(memory.sell);
    const prints = sum(memory.prints);
    const traded = fromSteps(buy + sell, grid);
    const reading = <T>(value: T, marks: Marks = {}): Reading<T> =>
      silentFor === null ? live(value, marks) : stale(value, silentFor, marks);
    const coins = (lots: number, marks: Marks = {}): Reading =>
      reading(fromSteps(lots, grid), marks);
    const isPartial = now - memory.wholeSince < SECONDS * SECOND;
    const minute: Marks = isPartial ? { partial: true } : {};
    const perPrint = (value: number): Reading =>
      prints === 0 ? absent('no trades this minute') : reading(value, minute);
    return {
      buy1s: coins(previous.buy),
      sell1s: coins(previous.sell),
      buy1m: coins(buy, minute),
      sell1m: coins(sell, minute),
      net1m: coins(buy - sell, minute),
      cvd: coins(memory.cvdLots, memory.hasHole ? { partial: true } : {}),
      trades1m: reading(prints, minute),
      vwap1m: perPrint(sum(memory.quote) / traded),
      high1m: perPrint(highest(memory.high)),
      low1m: perPrint(lowest(memory.low)),
      meanSize1m: perPrint(traded / prints),
      lastPrice: reading(lastTrade.price),
      lastAggressor: reading(lastTrade.aggressor),
    };
  },
});
