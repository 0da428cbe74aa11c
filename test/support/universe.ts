import type { EngineEvent } from '../../src/model/event.ts';
import type { Instrument } from '../../src/model/instrument.ts';
import type { FeedReport } from '../../src/model/record.ts';
import { MINUTE, type Micros, micros, SECOND } from '../../src/model/units.ts';
import { T0 } from './market.ts';
import { listingOf } from './tape.ts';

export const FEED = 'binance-usdm';
const MARKS = '!markPrice@arr@1s';
const TICKERS = '!miniTicker@arr';
const FORCED = '!forceOrder@arr';

/** The n-th coin by volume, from 1 on. */
export const coin = (n: number): string => `C${n}`;
export const perpOf = (n: number): Instrument => listingOf('binance', coin(n), 'perp');
export const idOf = (n: number): string => perpOf(n).id;

export interface UniverseOptions {
  readonly perps: number;
  readonly seconds: number;
  /** Coins whose books are carried, by number. */
  readonly books?: readonly number[];
  /** Streams that stop after so many seconds. */
  readonly silent?: Readonly<Record<string, number>>;
  /** Leave the liquidation feed out. */
  readonly withoutLiquidations?: boolean;
  readonly more?: readonly EngineEvent[];
}

export const report = (report: FeedReport, tsLocal: Micros): EngineEvent => ({
  kind: 'feed',
  feed: FEED,
  report,
  tsLocal,
});

export const priceOf = (n: number, second: number): number => 1000 / n + second * 0.01;

/**
 * What a universe says: the array of marks and of tickers every second, open interest and history once, books of some. Everything moves by formulas, so that
 * tests can say what has to come out.
 */
export function universe(options: UniverseOptions): EngineEvent[] {
  const { perps, seconds, books = [], silent = {}, more = [] } = options;
  const start = T0;
  const events: EngineEvent[] = [
    report({ kind: 'connected', connection: 'market' }, start),
    report({ kind: 'subscribed', connection: 'market', streams: [MARKS, TICKERS, FORCED] }, start),
  ];
  if (!options.withoutLiquidations)
    events.push({
      kind: 'liquidationCoverage',
      feed: FEED,
      completeness: 'sampled',
      note: 'sampled',
      stream: FORCED,
      tsLocal: start,
    });
  const numbers = Array.from({ length: perps }, (_, i) => i + 1);
  const stamped = (n: number, tsLocal: Micros) => ({
    instrument: idOf(n),
    tsExchange: tsLocal,
    tsLocal,
  });
  for (const n of numbers) {
    events.push({ kind: 'listing', instrument: perpOf(n), tsLocal: start });
    events.push({ kind: 'fundingInterval', hours: 4, basis: 'listed', ...stamped(n, start) });
    const ts = (i: number) => micros(start - i * MINUTE);
    events.push({
      kind: 'historyPage',
      series: 'bar1m',
      rows: Array.from({ length: 99 }, (_, i) => ({ ts: ts(98 - i), value: 500 / n })),
      ...stamped(n, start),
    });
    events.push({
      kind: 'historyPage',
      series: 'openInterest',
      rows: Array.from({ length: 300 }, (_, i) => ({ ts: ts((299 - i) * 5), value: 2000 * n })),
      ...stamped(n, start),
    });
    events.push({ kind: 'openInterest', size: 2200 * n, ...stamped(n, start) });
  }
  events.push(report({ kind: 'books', symbols: books.map((n) => perpOf(n).symbol) }, start));
  const speaks = (stream: string, second: number) => second <= (silent[stream] ?? Infinity);
  for (let second = 1; second <= seconds; second += 1) {
    const at = (part: number) => micros(start + second * SECOND - SECOND + part);
    if (speaks(MARKS, second)) {
      for (const n of numbers) {
        const said = stamped(n, at(1000));
        const markPrice = priceOf(n, second) * 1.001;
        events.push({ kind: 'markPrice', markPrice, indexPrice: priceOf(n, second), ...said });
        const nextFundingTs = micros(start + 4 * 60 * MINUTE);
        events.push({ kind: 'fundingPredicted', fundingRate: 0.0001 * n, nextFundingTs, ...said });
      }
      events.push({
        kind: 'heard',
        feed: FEED,
        stream: MARKS,
        tsExchange: null,
        tsLocal: at(1000),
      });
    }
    if (speaks(TICKERS, second)) {
      // Only what has changed: in odd seconds every other coin.
      for (const n of numbers.filter((n) => second === 1 || second % 2 === 0 || n % 2 === 0))
        events.push({
          kind: 'volume24h',
          size: 1e9 / n / priceOf(n, second),
          notional: 1e9 / n,
          lastPrice: priceOf(n, second),
          openPrice: 800 / n,
          ...stamped(n, at(2000)),
        });
      events.push({
        kind: 'heard',
        feed: FEED,
        stream: TICKERS,
        tsExchange: null,
        tsLocal: at(2000),
      });
    }
    for (const n of books) {
      const said = { ...stamped(n, at(3000)), firstId: second, lastId: second };
      const ticks = Math.round(priceOf(n, 0) * 10);
      const bids = Float64Array.from([ticks - 1, 30_000]);
      const asks = Float64Array.from([ticks + 1, 10_000]);
      if (second === 2) {
        const sides = { bids, asks };
        events.push({
          kind: 'bookSnapshot',
          ...stamped(n, at(2500)),
          lastId: 1,
          ...sides,
          limit: 500,
        });
      }
      events.push({ kind: 'bookDelta', ...said, previousId: second - 1, bids, asks });
    }
    events.push({ kind: 'tick', tsLocal: micros(start + second * SECOND) });
  }
  return [...events, ...more].sort((a, b) => a.tsLocal - b.tsLocal);
}
