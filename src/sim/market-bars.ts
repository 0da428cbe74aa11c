/** One candle; prices and volumes in the listing's own units, volumes 0 for mark, index and premium. */
export interface Bar {
  readonly openMs: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  notional: number;
  count: number;
  takerBuyVolume: number;
  takerBuyNotional: number;
  /** First and last trade inside; −1 when unknown or none. */
  firstTradeId: number;
  lastTradeId: number;
}

/** What has candles: two trade prices, the mark, the index, and the premium index (a fraction). */
export type Series = 'perp' | 'spot' | 'mark' | 'index' | 'premium';

/** Every series there is. */
export const SERIES: readonly Series[] = ['perp', 'spot', 'mark', 'index', 'premium'];

/** Cell lengths, ms. */
export const MINUTE_MS = 60_000;
export const FIVE_MINUTES_MS = 300_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Start of the cell of that length that contains an instant (UTC, cells counted from the epoch). */
export const cellStart = (atMs: number, lengthMs: number): number =>
  Math.floor(atMs / lengthMs) * lengthMs;

/** A candle in which nothing has happened yet. */
export const flatBar = (openMs: number, price: number): Bar => ({
  openMs,
  open: price,
  high: price,
  low: price,
  close: price,
  volume: 0,
  notional: 0,
  count: 0,
  takerBuyVolume: 0,
  takerBuyNotional: 0,
  firstTradeId: -1,
  lastTradeId: -1,
});

/** Joins candles that follow each other into one that opens at `openMs`. */
export function mergeBars(openMs: number, bars: readonly Bar[]): Bar {
  const merged: Bar = { ...bars[0]!, openMs };
  for (let index = 1; index < bars.length; index++) {
    const bar = bars[index]!;
    merged.high = Math.max(merged.high, bar.high);
    merged.low = Math.min(merged.low, bar.low);
    merged.close = bar.close;
    merged.volume += bar.volume;
    merged.notional += bar.notional;
    merged.count += bar.count;
    merged.takerBuyVolume += bar.takerBuyVolume;
    merged.takerBuyNotional += bar.takerBuyNotional;
    if (merged.firstTradeId < 0) merged.firstTradeId = bar.firstTradeId;
    if (bar.lastTradeId >= 0) merged.lastTradeId = bar.lastTradeId;
  }
  return merged;
}

/** Ascending candles of one length into candles of a multiple of it. */
export function resample(bars: readonly Bar[], lengthMs: number): Bar[] {
  const result: Bar[] = [];
  let group: Bar[] = [];
  let openMs = Number.NaN;
  for (const bar of bars) {
    const start = cellStart(bar.openMs, lengthMs);
    if (start !== openMs && group.length > 0) {
      result.push(mergeBars(openMs, group));
      group = [];
    }
    openMs = start;
    group.push(bar);
  }
  if (group.length > 0) result.push(mergeBars(openMs, group));
  return result;
}
