import type { AssetSpec } from './assets.ts';
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
  /** The next candle opens here, ms. */
  nextRollMs: number;
  readonly days: Record<'perp' | 'spot', Day | null>;
}

/** The rolling day without the running candle; it stands until the next one begins. */
interface Day {
  readonly fromMs: number;
  /** Opening of the running candle. */
  readonly runningMs: number;
  /** Five-minute candles, ascending. */
  readonly closed: readonly Bar[];
  /** All of them as one; null before there is one. */
  readonly whole: Bar | null;
}

type Stored = typeof MINUTE_MS | typeof FIVE_MINUTES_MS | typeof HOUR_MS;

const STORED: readonly Stored[] = [MINUTE_MS, FIVE_MINUTES_MS, HOUR_MS];
/** Candles of each length and trades that are kept. */
interface Kept extends Readonly<Record<Stored, number>> {
  readonly trades: number;
}

const KEPT: Readonly<Record<AssetSpec['memory'], Kept>> = {
  // Three days, thirty days, ninety days.
  full: { [MINUTE_MS]: 4_320, [FIVE_MINUTES_MS]: 8_640, [HOUR_MS]: 2_160, trades: 3_000 },
  // Half a day, two days, ninety days.
  lean: { [MINUTE_MS]: 720, [FIVE_MINUTES_MS]: 576, [HOUR_MS]: 2_160, trades: 200 },
};
const OPEN_INTERESTS_KEPT = 8_640;
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
    nextRollMs: cellStart(startMs, MINUTE_MS) + MINUTE_MS,
    days: { perp: null, spot: null },
  };
}

/** The history knows no trade ids; the running candles need some that lead up to the first one. */
function numbered(history: History, series: Series, bar: Bar): Bar {
  if (bar.count === 0 || (series !== 'perp' && series !== 'spot')) return bar;
  const next = history.spec[series]?.firstTradeId ?? 0;
  return { ...bar, firstTradeId: next - bar.count, lastTradeId: next - 1 };
}

const lastBar = (bars: readonly Bar[]): Bar => bars[bars.length - 1]!;

/** Opens the candles of the cells that begin at or before an instant, at the last price. */
export function rollBars(tape: Tape, atMs: number): void {
  if (atMs < tape.nextRollMs) return;
  tape.nextRollMs = cellStart(atMs, MINUTE_MS) + MINUTE_MS;
  for (const series of SERIES) {
    for (const length of STORED) {
      const bars = tape.bars[series][length];
      const openMs = cellStart(atMs, length);
      if (lastBar(bars).openMs === openMs) continue;
      bars.push(flatBar(openMs, lastBar(bars).close));
      bounded(bars, KEPT[tape.history.spec.memory][length]);
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

/** What a trade was: price and size in the listing's own units, notional in quote currency. */
interface Worth {
  readonly price: number;
  readonly size: number;
  readonly notional: number;
}

/** A trade: candles and the list of recent trades. */
export function recordTrade(
  tape: Tape,
  kind: 'perp' | 'spot',
  trade: AggregateTrade,
  { price, size, notional }: Worth,
): void {
  rollBars(tape, trade.atMs);
  const trades = tape.trades[kind];
  trades.push(trade);
  bounded(trades, KEPT[tape.history.spec.memory].trades);
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
    bar.notional += notional;
    bar.count += trade.lastTradeId - trade.firstTradeId + 1;
    if (trade.aggressor === 'buy') {
      bar.takerBuyVolume += size;
      bar.takerBuyNotional += notional;
    }
    if (bar.firstTradeId < 0) bar.firstTradeId = trade.firstTradeId;
    bar.lastTradeId = trade.lastTradeId;
  }
}

/** Open interest on a five-minute boundary. */
export function recordOpenInterest(tape: Tape, atMs: number, lots: number): void {
  tape.openInterest.push({ atMs, lots });
  bounded(tape.openInterest, OPEN_INTERESTS_KEPT);
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
  const running = lastBar(tape.bars[series][FIVE_MINUTES_MS]);
  let day = tape.days[series];
  if (day === null || day.fromMs !== fromMs || day.runningMs !== running.openMs) {
    day = dayUntil(tape, series, fromMs, running.openMs);
    tape.days[series] = day;
  }
  const bars = day.whole === null ? [running] : [day.whole, running];
  return { fromMs, bar: mergeBars(fromMs, bars) };
}

/** The closed candles of a day: those of the day before that still count, and what came since. */
function dayUntil(tape: Tape, series: 'perp' | 'spot', fromMs: number, runningMs: number): Day {
  const known = tape.days[series];
  const isContinued = known !== null && known.fromMs <= fromMs && known.runningMs <= runningMs;
  const kept = isContinued ? known.closed.filter(({ openMs }) => openMs >= fromMs) : [];
  const sinceMs = isContinued ? Math.max(fromMs, known.runningMs) : fromMs;
  const closed = [...kept, ...barsBetween(tape, series, FIVE_MINUTES_MS, sinceMs, runningMs)];
  return {
    fromMs,
    runningMs,
    closed,
    whole: closed.length === 0 ? null : mergeBars(fromMs, closed),
  };
}
