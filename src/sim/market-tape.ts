import {
  type Bar,
  cellStart,
  DAY_MS,
  FIVE_MINUTES_MS,
  flatBar,
  HOUR_MS,
  MINUTE_MS,
  mergeBars,
  resample,
  SERIES,
  type Series,
} from './market-bars.ts';
import type { Settlement } from './market-funding.ts';
import {
  type History,
  historyBars,
  historyBegin,
  openInterestAt,
  settlements,
} from './market-history.ts';

/** Fills of one taker order at one price, as the venue aggregates them. */
export interface AggregateTrade {
  readonly id: number;
  readonly ticks: number;
  readonly lots: number;
  readonly firstTradeId: number;
  readonly lastTradeId: number;
  readonly atMs: number;
  readonly aggressor: 'buy' | 'sell';
}

/** What an asset has done since the start, on top of its history. Everything is bounded. */
export interface Tape {
  readonly history: History;
  readonly bars: Readonly<Record<Series, Readonly<Record<Stored, Bar[]>>>>;
  readonly trades: Readonly<Record<'perp' | 'spot', AggregateTrade[]>>;
  /** Perp lots at five-minute boundaries, ascending. */
  readonly openInterest: { readonly atMs: number; readonly lots: number }[];
  readonly settlements: Settlement[];
}

type Stored = typeof MINUTE_MS | typeof FIVE_MINUTES_MS | typeof HOUR_MS;

const STORED: readonly Stored[] = [MINUTE_MS, FIVE_MINUTES_MS, HOUR_MS];
/** Candles kept of each length: three days, thirty days, ninety days. */
const KEPT: Readonly<Record<Stored, number>> = {
  [MINUTE_MS]: 4_320,
  [FIVE_MINUTES_MS]: 8_640,
  [HOUR_MS]: 2_160,
};
const TRADES_KEPT = 3_000;
const SETTLEMENTS_KEPT = 2_000;

/** Drops the oldest once a list has grown half over its limit, so that trimming stays rare. */
function bounded<T>(list: T[], limit: number): void {
  if (list.length > limit * 1.5) list.splice(0, list.length - limit);
}

/** The tape at the start: the running candles continue the last, unfinished ones of the history. */
export function createTape(history: History): Tape {
  const { startMs } = history;
  const bars = Object.fromEntries(
    SERIES.map((series) => {
      const running = STORED.map((length): [Stored, Bar[]] => {
        const openMs = cellStart(startMs, length);
        const begun = historyBars(history, series, length, openMs, startMs)[0];
        const last = historyBars(history, series, FIVE_MINUTES_MS, startMs - HOUR_MS, startMs);
        const price = last[last.length - 1]!.close;
        const bar = begun === undefined ? flatBar(openMs, price) : { ...begun };
        return [length, [numbered(history, series, bar)]];
      });
      return [series, Object.fromEntries(running)];
    }),
  ) as Tape['bars'];
  return {
    history,
    bars,
    trades: { perp: [], spot: [] },
    openInterest: [],
    settlements: settlements(history),
  };
}

/** The history knows no trade ids; the running candles need some that lead up to the first one. */
function numbered(history: History, series: Series, bar: Bar): Bar {
  if (bar.count === 0 || (series !== 'perp' && series !== 'spot')) return bar;
  const next = history.spec[series].firstTradeId;
  return { ...bar, firstTradeId: next - bar.count, lastTradeId: next - 1 };
}

const lastBar = (bars: readonly Bar[]): Bar => bars[bars.length - 1]!;

/** Opens the candles of the cells that begin at or before an instant, at the last price. */
export function rollBars(tape: Tape, atMs: number): void {
  for (const series of SERIES) {
    for (const length of STORED) {
      const bars = tape.bars[series][length];
      const openMs = cellStart(atMs, length);
      if (lastBar(bars).openMs === openMs) continue;
      bars.push(flatBar(openMs, lastBar(bars).close));
      bounded(bars, KEPT[length]);
    }
  }
}

/** A new value of a series without volume. */
export function recordValue(tape: Tape, series: Series, value: number): void {
  for (const length of STORED) {
    const bar = lastBar(tape.bars[series][length]);
    bar.high = Math.max(bar.high, value);
    bar.low = Math.min(bar.low, value);
    bar.close = value;
  }
}

/** A trade: candles and the list of recent trades. */
export function recordTrade(
  tape: Tape,
  kind: 'perp' | 'spot',
  trade: AggregateTrade,
  price: number,
  size: number,
): void {
  const trades = tape.trades[kind];
  trades.push(trade);
  bounded(trades, TRADES_KEPT);
  for (const length of STORED) {
    const bar = lastBar(tape.bars[kind][length]);
    if (bar.count === 0) {
      bar.open = price;
      bar.high = price;
      bar.low = price;
    }
    bar.high = Math.max(bar.high, price);
    bar.low = Math.min(bar.low, price);
    bar.close = price;
    bar.volume += size;
    bar.notional += size * price;
    bar.count += trade.lastTradeId - trade.firstTradeId + 1;
    if (trade.aggressor === 'buy') {
      bar.takerBuyVolume += size;
      bar.takerBuyNotional += size * price;
    }
    if (bar.firstTradeId < 0) bar.firstTradeId = trade.firstTradeId;
    bar.lastTradeId = trade.lastTradeId;
  }
}

/** Open interest on a five-minute boundary. */
export function recordOpenInterest(tape: Tape, atMs: number, lots: number): void {
  tape.openInterest.push({ atMs, lots });
  bounded(tape.openInterest, KEPT[FIVE_MINUTES_MS]);
}

/** Funding that changed hands. */
export function recordSettlement(tape: Tape, settlement: Settlement): void {
  tape.settlements.push(settlement);
  bounded(tape.settlements, SETTLEMENTS_KEPT);
}

/** Candles of a stored length opening in [fromMs, toMs), past and present joined, ascending. */
function stored(tape: Tape, series: Series, length: Stored, fromMs: number, toMs: number): Bar[] {
  const live = tape.bars[series][length];
  const liveFrom = live[0]!.openMs;
  const past =
    fromMs < liveFrom
      ? historyBars(tape.history, series, length, fromMs, Math.min(toMs, liveFrom))
      : [];
  return [...past, ...live.filter((bar) => bar.openMs >= fromMs && bar.openMs < toMs)];
}

/**
 * Candles of any whole-minute length opening in [fromMs, toMs), ascending, the running one
 * included. Lengths that are no multiple of a stored one are built from minutes.
 */
export function barsBetween(
  tape: Tape,
  series: Series,
  lengthMs: number,
  fromMs: number,
  toMs: number,
): Bar[] {
  const base: Stored =
    lengthMs % HOUR_MS === 0
      ? HOUR_MS
      : lengthMs % FIVE_MINUTES_MS === 0
        ? FIVE_MINUTES_MS
        : MINUTE_MS;
  const begin = Math.max(cellStart(fromMs, lengthMs), historyBegin(tape.history));
  const bars = stored(tape, series, base, begin, toMs);
  const sized = base === lengthMs ? bars : resample(bars, lengthMs);
  return sized.filter((bar) => bar.openMs >= fromMs && bar.openMs < toMs);
}

/** Earliest candle that can be asked for. */
export const tapeBegin = (tape: Tape): number => historyBegin(tape.history);

/** Perp lots at a five-minute boundary; undefined where nothing is known. */
export function openInterestOn(tape: Tape, atMs: number): number | undefined {
  const first = tape.openInterest[0];
  if (first !== undefined && atMs >= first.atMs) {
    return tape.openInterest[(atMs - first.atMs) / FIVE_MINUTES_MS]?.lots;
  }
  return openInterestAt(tape.history, atMs);
}

/** The rolling day of one listing, from five-minute candles. */
export interface DayStatistics {
  readonly fromMs: number;
  readonly bar: Bar;
}

/** The last 24 hours of a listing as one candle. */
export function dayStatistics(tape: Tape, series: 'perp' | 'spot', nowMs: number): DayStatistics {
  const fromMs = cellStart(nowMs - DAY_MS, FIVE_MINUTES_MS) + FIVE_MINUTES_MS;
  const bars = barsBetween(tape, series, FIVE_MINUTES_MS, fromMs, nowMs + 1);
  return { fromMs, bar: mergeBars(fromMs, bars) };
}
