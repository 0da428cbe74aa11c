import { createRandom, nextNormal, nextUniform, type Random } from '../stats/random.ts';
import type { AssetSpec, ListingSpec } from './assets.ts';
import {
  type Bar,
  cellStart,
  FIVE_MINUTES_MS,
  flatBar,
  HOUR_MS,
  MINUTE_MS,
  mergeBars,
  type Series,
} from './market-bars.ts';
import { usdOf, usdOfLot } from './market-flow.ts';
import { intervalRate, type Settlement } from './market-funding.ts';
import { seedOf } from './seed.ts';

/** Hours of history before the start: 65 days, or 35. */
const HOURS = { full: 65 * 24, lean: 35 * 24 } as const;
/** Refined hours that a lean memory keeps: questions walk through the past hour by hour. */
const REFINED_KEPT = 1;
const CALM_PREMIUM = -0.00046;
/** A crowd that is there at the start was built over about this many hours. */
const CROWD_HOURS = 14;

/**
 * The past of one asset, consistent with the live market and ending exactly at its start state.
 * Hourly anchors are made at once, walking backwards from the start; everything finer is refined
 * from them on demand, each hour from its own seed, so that the answer never depends on the
 * questions asked before.
 */
export interface History {
  readonly seed: number;
  readonly spec: AssetSpec;
  /** The past of the coin where its price is made, which this one follows; null for that itself. */
  readonly leader: History | null;
  readonly startMs: number;
  /** Instants of the anchors, ascending; the last one is the start. */
  readonly times: readonly number[];
  readonly logPrices: readonly number[];
  /** Perp over spot, fraction. */
  readonly premiums: readonly number[];
  /** Perp lots, one side. */
  readonly openInterest: readonly number[];
  /** Volatility of the hour that ends at the anchor, relative to calm. */
  readonly volatilities: readonly number[];
  /** Refined hours by opening time: all that were asked for, or the latest few of a lean memory. */
  readonly refined: Map<number, readonly Cell[]>;
}

/** Five minutes of everything (the last one may be cut short by the start). */
interface Cell {
  readonly openMs: number;
  readonly endMs: number;
  readonly bars: Readonly<Record<Series, Bar>>;
  /** Perp lots at the end. */
  readonly openInterest: number;
}

/** Where a past has to end. */
interface HistoryStart {
  readonly seed: number;
  readonly spec: AssetSpec;
  readonly startMs: number;
  readonly logPrice: number;
  readonly premium: number;
  readonly openInterest: number;
  /** −1 … +1: a crowd of shorts or longs was built just before the start. */
  readonly crowd: number;
}

/** Premium of a coin's perp over spot that it returns to, fraction. */
export const calmPremium = ({ temper }: AssetSpec): number =>
  CALM_PREMIUM + (temper?.premiumBps ?? 0) * 1e-4;

/** Walks back from the start state. */
export function createHistory(start: HistoryStart): History {
  const { seed, spec, startMs, crowd } = start;
  const shared = createRandom(seedOf(seed, 'history'));
  const own = createRandom(seedOf(seed, 'history', spec.asset));
  const hourly = spec.volatilityAnnual / Math.sqrt(8760);
  const lastHour = cellStart(startMs, HOUR_MS);
  const times: number[] = [startMs];
  const logPrices: number[] = [start.logPrice];
  const premiums: number[] = [start.premium];
  const openInterest: number[] = [start.openInterest];
  const volatilities: number[] = [1];
  const home = Math.log(spec.price);
  let deviation = start.logPrice - home;
  let slow = 0;
  const calm = calmPremium(spec);
  let fast = start.premium - calm;
  let calmness = 0;
  for (let back = 0; back <= HOURS[spec.memory]; back++) {
    const atMs = lastHour - back * HOUR_MS;
    const hours = (times[times.length - 1]! - atMs) / HOUR_MS;
    const root = Math.sqrt(hours);
    const age = (startMs - atMs) / HOUR_MS;
    const pile = crowd * Math.exp(-age / CROWD_HOURS);
    calmness += -calmness * (hours / 40) + 0.08 * root * nextNormal(own);
    const volatility = Math.exp(calmness);
    const common = nextNormal(shared);
    const mix = spec.correlation * common + Math.sqrt(1 - spec.correlation ** 2) * nextNormal(own);
    const move = hourly * volatility * root * mix;
    deviation = deviation * (1 - hours / 300) - move - pile * 0.0011 * spec.beta * hours;
    slow += -slow * (hours / 140) + 0.000034 * root * nextNormal(own);
    fast += -fast * Math.min(1, hours / 8) + 0.00008 * root * nextNormal(own);
    const previous = Math.log(openInterest[openInterest.length - 1]! / start.openInterest);
    const reverting = previous * (1 - hours / 110) - 0.2 * move + 0.0052 * root * nextNormal(own);
    if (hours === 0) continue;
    times.push(atMs);
    logPrices.push(home + deviation);
    premiums.push(calm + slow + fast + 0.0004 * pile);
    openInterest.push(Math.round(start.openInterest * Math.exp(reverting - pile * 0.0028 * hours)));
    volatilities.push(volatility);
  }
  // The volatility drawn with an anchor belongs to the hour that follows it in time.
  const shifted = [...volatilities.slice(1), 1];
  return {
    seed,
    spec,
    leader: null,
    startMs,
    times: times.reverse(),
    logPrices: logPrices.reverse(),
    premiums: premiums.reverse(),
    openInterest: openInterest.reverse(),
    volatilities: shifted.reverse(),
    refined: new Map(),
  };
}

/**
 * The past of the same coin on another venue: the same way walked, with a premium and an open
 * interest of its own that end in its start state.
 *
 * @param premiumAt the premium at an instant, from the leader's
 */
export function followHistory(
  leader: History,
  start: Omit<HistoryStart, 'logPrice' | 'crowd'>,
  premiumAt: (leaderPremium: number, atMs: number) => number,
): History {
  const { seed, spec, startMs } = start;
  const random = createRandom(seedOf(seed, 'history', spec.key));
  const recent = <T>(anchors: readonly T[]): readonly T[] => anchors.slice(-HOURS[spec.memory]);
  const times = recent(leader.times);
  const held = recent(leader.openInterest);
  const premiums: number[] = [];
  const openInterest: number[] = [];
  const end = times.length - 1;
  let premiumNoise = 0;
  let interestNoise = 0;
  for (const [back, atMs] of times.toReversed().entries()) {
    const leaderPremium = leader.premiums[leader.premiums.length - 1 - back]!;
    premiums.push(premiumAt(leaderPremium, atMs) + premiumNoise);
    const turned = (start.openInterest * held[end - back]!) / held[end]!;
    openInterest.push(Math.round(turned * Math.exp(interestNoise)));
    premiumNoise += -premiumNoise / 12 + 0.00003 * nextNormal(random);
    interestNoise += -interestNoise / 110 + 0.003 * nextNormal(random);
  }
  return {
    seed,
    spec,
    leader,
    startMs,
    times,
    logPrices: recent(leader.logPrices),
    premiums: premiums.reverse(),
    openInterest: openInterest.reverse(),
    volatilities: recent(leader.volatilities),
    refined: new Map(),
  };
}

/** First instant the history knows. */
export const historyBegin = (history: History): number => history.times[0]!;

const anchorIndex = (history: History, hourMs: number): number =>
  Math.round((hourMs - history.times[0]!) / HOUR_MS);

/** High and low of a Brownian bridge from `from` to `to` with the given standard deviation. */
function extremes(random: Random, from: number, to: number, deviation: number): [number, number] {
  const square = (from - to) ** 2;
  const reach = -2 * deviation * deviation;
  const high = (from + to + Math.sqrt(square + reach * Math.log(1 - nextUniform(random)))) / 2;
  const low = (from + to - Math.sqrt(square + reach * Math.log(1 - nextUniform(random)))) / 2;
  return [high, low];
}

/** Rounds to the listing's tick, so that history shows prices that can trade. */
const toTick = (spec: ListingSpec, price: number): number =>
  Math.round(price / spec.tickSize) * spec.tickSize;

interface Path {
  readonly open: number;
  readonly close: number;
  readonly high: number;
  readonly low: number;
}

const priceBar = (openMs: number, path: Path): Bar => ({
  ...flatBar(openMs, path.open),
  high: Math.max(path.high, path.open, path.close),
  low: Math.min(path.low, path.open, path.close),
  close: path.close,
});

function drawPath(random: Random, fromLog: number, toLog: number, deviation: number): Path {
  const [high, low] = extremes(random, fromLog, toLog, deviation);
  return {
    open: Math.exp(fromLog),
    close: Math.exp(toLog),
    high: Math.exp(high),
    low: Math.exp(low),
  };
}

/** A candle with volume: busier when the price moved, more buying when it rose. */
function tradedBar(
  random: Random,
  spec: ListingSpec,
  openMs: number,
  path: Path,
  usd: number,
  lean: number,
): Bar {
  const tick = (price: number) => toTick(spec, price);
  const bar = priceBar(openMs, {
    open: tick(path.open),
    close: tick(path.close),
    high: tick(path.high),
    low: tick(path.low),
  });
  const average = (bar.open + bar.close + bar.high + bar.low) / 4;
  const lots = Math.max(1, Math.round(usd / usdOfLot(spec, average)));
  const share = Math.min(0.85, Math.max(0.15, 0.5 + lean + 0.04 * nextNormal(random)));
  const buyLots = Math.round(lots * share);
  bar.volume = lots * spec.stepSize;
  bar.notional = usdOf(spec, bar.volume, average);
  bar.takerBuyVolume = buyLots * spec.stepSize;
  bar.takerBuyNotional = usdOf(spec, bar.takerBuyVolume, average);
  bar.count = Math.max(1, Math.round(usd / (spec.tradeUsd * 5)));
  return bar;
}

const scaled = (path: Path, by: (price: number, end: 'open' | 'close') => number): Path => {
  const open = by(path.open, 'open');
  const close = by(path.close, 'close');
  const up = Math.max(open / path.open, close / path.close);
  const down = Math.min(open / path.open, close / path.close);
  return { open, close, high: path.high * up, low: path.low * down };
};

/** The five-minute cells of the hour that opens at `hourMs`, ascending; empty outside the history. */
function cellsOf(history: History, hourMs: number): readonly Cell[] {
  const known = history.refined.get(hourMs);
  if (known !== undefined) return known;
  const at = anchorIndex(history, hourMs);
  const fromMs = history.times[at];
  const toMs = history.times[at + 1];
  if (fromMs !== hourMs || toMs === undefined) return [];
  const cells = refine(history, at, fromMs, toMs);
  const { refined } = history;
  refined.set(hourMs, cells);
  // What is forgotten is made again from its seed.
  if (history.spec.memory === 'lean' && refined.size > REFINED_KEPT) {
    refined.delete(refined.keys().next().value!);
  }
  return cells;
}

/** Bridges from one anchor to the next. */
function refine(history: History, at: number, fromMs: number, toMs: number): readonly Cell[] {
  const { spec, leader } = history;
  const random = createRandom(seedOf(history.seed, 'hour', spec.key, fromMs));
  // All venues of a coin have walked the same way between the anchors.
  const walked = leader === null ? null : cellsOf(leader, fromMs);
  const volatility = history.volatilities[at + 1]!;
  const deviationPerMs = (spec.volatilityAnnual * volatility) / Math.sqrt(365 * 24 * HOUR_MS);
  const cells: Cell[] = [];
  let logPrice = history.logPrices[at]!;
  let premium = history.premiums[at]!;
  let openInterest = history.openInterest[at]!;
  for (let openMs = fromMs; openMs < toMs; openMs += FIVE_MINUTES_MS) {
    const endMs = Math.min(toMs, openMs + FIVE_MINUTES_MS);
    const lengthMs = endMs - openMs;
    const part = lengthMs / (toMs - openMs);
    const spread = Math.sqrt(Math.max(0, 1 - part));
    const deviation = deviationPerMs * Math.sqrt(lengthMs);
    const way = walked?.[cells.length]?.bars.index;
    const nextLog =
      way === undefined
        ? logPrice +
          (history.logPrices[at + 1]! - logPrice) * part +
          deviation * spread * nextNormal(random)
        : Math.log(way.close / leader!.spec.multiplier);
    const nextPremium =
      premium +
      (history.premiums[at + 1]! - premium) * part +
      0.00004 * spread * nextNormal(random);
    const bridged = openInterest + (history.openInterest[at + 1]! - openInterest) * part;
    const nextInterest = Math.round(bridged * (1 + 0.0008 * spread * nextNormal(random)));
    const spot: Path =
      way === undefined
        ? drawPath(random, logPrice, nextLog, deviation)
        : scaled(way, (price) => price / leader!.spec.multiplier);
    const [from, to] = [premium, nextPremium];
    const times = (end: 'open' | 'close') => 1 + (end === 'open' ? from : to);
    const perp = scaled(spot, (price, end) => price * times(end) * spec.multiplier);
    const index = scaled(spot, (price) => price * spec.multiplier);
    const stir = Math.exp(
      0.3 * nextNormal(random) + 0.45 * (Math.abs(nextLog - logPrice) / deviation - 0.8),
    );
    const busy = (perDay: number) => (perDay * lengthMs * stir * 0.92) / 86_400_000;
    const lean = (0.06 * (nextLog - logPrice)) / deviation;
    const wobble = 0.00005;
    cells.push({
      openMs,
      endMs,
      openInterest: nextInterest,
      bars: {
        spot:
          spec.spot === null
            ? priceBar(openMs, spot)
            : tradedBar(random, spec.spot, openMs, spot, busy(spec.spotVolumeUsd), lean),
        perp: tradedBar(random, spec.perp, openMs, perp, busy(spec.perpVolumeUsd), lean),
        mark: priceBar(openMs, perp),
        index: priceBar(openMs, index),
        premium: priceBar(openMs, {
          open: from,
          close: to,
          high: Math.max(from, to) + wobble * nextUniform(random),
          low: Math.min(from, to) - wobble * nextUniform(random),
        }),
      },
    });
    logPrice = nextLog;
    premium = nextPremium;
    openInterest = nextInterest;
  }
  return cells;
}

/**
 * The candle of a cell cut into minutes that fit inside it: the first opens and the last closes
 * with it, its high and its low are reached, its volume is divided among them.
 */
function minutesOf(history: History, cell: Cell, series: Series): Bar[] {
  const whole = cell.bars[series];
  const { spec } = history;
  // The same minutes on every venue of a coin: they walked the same way.
  const random = createRandom(seedOf(history.seed, 'minute', spec.asset, series, cell.openMs));
  const count = Math.max(1, Math.ceil((cell.endMs - cell.openMs) / MINUTE_MS));
  const trade = series === 'spot' ? spec.spot : series === 'perp' ? spec.perp : null;
  const snap = (price: number) => (trade === null ? price : toTick(trade, price));
  const within = (price: number) => Math.min(whole.high, Math.max(whole.low, price));
  const highAt = Math.floor(nextUniform(random) * count);
  const lowAt = Math.floor(nextUniform(random) * count);
  const weights = Array.from({ length: count }, () => 0.4 + nextUniform(random));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const range = whole.high - whole.low;
  const bars: Bar[] = [];
  let price = whole.open;
  let left = { ...whole };
  for (let index = 0; index < count; index++) {
    const isLast = index === count - 1;
    const drift = (whole.close - price) / (count - index);
    const close = isLast
      ? whole.close
      : snap(within(price + drift + 0.18 * range * nextNormal(random)));
    const reach = 0.12 * range;
    const top = Math.max(price, close);
    const bottom = Math.min(price, close);
    const share = isLast ? 1 : weights[index]! / total;
    const source = isLast ? left : whole;
    const lots = (value: number) => (trade === null ? 0 : roundTo(value * share, trade.stepSize));
    const bar: Bar = {
      ...flatBar(cell.openMs + index * MINUTE_MS, price),
      close,
      high: index === highAt ? whole.high : snap(within(top + reach * nextUniform(random))),
      low: index === lowAt ? whole.low : snap(within(bottom - reach * nextUniform(random))),
      volume: lots(source.volume),
      notional: source.notional * share,
      count: Math.round(source.count * share),
      takerBuyVolume: lots(source.takerBuyVolume),
      takerBuyNotional: source.takerBuyNotional * share,
    };
    left = {
      ...left,
      volume: Math.max(0, left.volume - bar.volume),
      notional: Math.max(0, left.notional - bar.notional),
      count: Math.max(0, left.count - bar.count),
      takerBuyVolume: Math.max(0, left.takerBuyVolume - bar.takerBuyVolume),
      takerBuyNotional: Math.max(0, left.takerBuyNotional - bar.takerBuyNotional),
    };
    bars.push(bar);
    price = close;
  }
  return bars;
}

const roundTo = (value: number, step: number): number => Math.round(value / step) * step;

/** Candles of one of the three stored lengths whose opening lies in [fromMs, toMs), ascending. */
export function historyBars(
  history: History,
  series: Series,
  lengthMs: number,
  fromMs: number,
  toMs: number,
): Bar[] {
  const bars: Bar[] = [];
  const first = Math.max(historyBegin(history), cellStart(fromMs, HOUR_MS));
  const end = Math.min(toMs, history.startMs);
  for (let hourMs = first; hourMs < end; hourMs += HOUR_MS) {
    const cells = cellsOf(history, hourMs);
    if (cells.length === 0) continue;
    if (lengthMs === HOUR_MS) {
      bars.push(
        mergeBars(
          hourMs,
          cells.map((cell) => cell.bars[series]),
        ),
      );
      continue;
    }
    for (const cell of cells) {
      if (lengthMs === FIVE_MINUTES_MS) bars.push(cell.bars[series]);
      else if (cell.endMs > fromMs && cell.openMs < toMs) {
        bars.push(...minutesOf(history, cell, series));
      }
    }
  }
  return bars.filter((bar) => bar.openMs >= fromMs && bar.openMs < toMs);
}

/** Perp lots at a five-minute boundary of the past; undefined outside the history. */
export function openInterestAt(history: History, atMs: number): number | undefined {
  const cells = cellsOf(history, cellStart(atMs - 1, HOUR_MS));
  return cells.find((cell) => cell.endMs === atMs)?.openInterest;
}

/**
 * Average premium of the period that ends (or is cut off) at `toMs`, weighted linearly in time.
 * Hourly anchors stand for the hour that ends at them.
 */
export function averagePremium(history: History, fromMs: number, toMs: number): number {
  let sum = 0;
  let weights = 0;
  let before = fromMs;
  for (let hourMs = fromMs + HOUR_MS; before < toMs; hourMs += HOUR_MS) {
    const endMs = Math.min(hourMs, toMs);
    const weight = (endMs - fromMs) ** 2 - (before - fromMs) ** 2;
    const at = anchorIndex(history, hourMs);
    const premium = history.premiums[Math.min(at, history.premiums.length - 1)];
    if (premium !== undefined) {
      sum += weight * premium;
      weights += weight;
    }
    before = endMs;
  }
  return weights === 0 ? history.premiums[history.premiums.length - 1]! : sum / weights;
}

/** Funding settlements of the past, ascending, the latest not after the start; none if dated. */
export function settlements(history: History): Settlement[] {
  const { spec } = history;
  if (spec.expiryMs !== null) return [];
  const interval = spec.fundingIntervalHours * HOUR_MS;
  const result: Settlement[] = [];
  const first = cellStart(historyBegin(history), interval) + 2 * interval;
  for (let atMs = first; atMs <= history.startMs; atMs += interval) {
    const at = anchorIndex(history, atMs);
    const logPrice = history.logPrices[at];
    const premium = history.premiums[at];
    if (logPrice === undefined || premium === undefined) continue;
    const average = averagePremium(history, atMs - interval, atMs);
    result.push({
      atMs,
      rate: intervalRate(spec.fundingRule, average, spec.fundingIntervalHours, spec.fundingCap),
      markPrice: Math.exp(logPrice) * (1 + premium) * spec.multiplier,
    });
  }
  return result;
}
