import type { FeedSettings } from '../protocol.ts';

/**
 * Hosts that all families share (venues.md §3.1).
 *
 * - `ws`: sockets, without the path. `wsAlternate`: another base that serves the same, tried when the first cannot be reached; empty for none.
 * - `rest`: `https://api.bytick.com` speaks the same.
 */
const HOSTS = {
  ws: 'wss://stream.bybit.com',
  wsAlternate: '',
  rest: 'https://api.bybit.com',
};

/**
 * Books of 1000 levels are pushed every 200 ms and share their numbers with the REST book, so that the two can be compared; those of 200 levels come every
 * 100 ms and cannot (venues.md §3.2).
 */
const CHANNELS = {
  depth: 'orderbook.1000.{symbol}',
  quotes: 'orderbook.1.{symbol}',
  trades: 'publicTrade.{symbol}',
  tickers: 'tickers.{symbol}',
};

/**
 * Numbers that all families share.
 *
 * - `firstFrameMs`: deadline for a stream's first frame; books, quotes and tickers begin with a snapshot.
 * - `silenceMs`: no frame for this long closes the socket, and no data on any stream. It pings every `pingEveryMs` and awaits an answer within `pongMs`.
 * - `rollAfterMs`: the venue closes no socket for its age, so they are hardly ever replaced.
 * - `streamsPerConnection`: the venue counts characters, 21,000 in all, resubscriptions included.
 * - `streamsPerMessage`: spot allows 10, the others say nothing.
 * - `depthPeriodMs`, `quotePeriodMs`, `tickerPeriodMs`: usual time between messages of a liquid symbol, with room; an unchanged quote is repeated after 3 s.
 * - `requestLimit`: requests per five seconds; `budgetShare`: share of it that we allow ourselves. Whoever exceeds it is banned for ten minutes.
 * - `listingsEveryMs`: polling of the listings.
 * - `riskLimitEveryMs`: polling of the brackets of maintenance margin, per linear perp.
 * - `fundingRateEveryMs`, `fundingRatePhaseMs`: settled rates, polled this long after each multiple.
 * - `backfillDays`: history fetched at the start; bars and funding reach a z-score window of `windowDays` further back.
 * - `minuteBars`, `fiveMinuteRows`: one-minute bars and five-minute open interest fetched at the start.
 * - `bookLevels`: levels asked for when a book is compared with the REST one.
 */
const NUMBERS = {
  firstFrameMs: 10_000,
  silenceMs: 30_000,
  pingEveryMs: 20_000,
  pongMs: 10_000,
  rollAfterMs: 2_592_000_000,
  messagesPerSecond: 5,
  streamsPerConnection: 200,
  streamsPerMessage: 10,
  depthPeriodMs: 1_000,
  quotePeriodMs: 3_000,
  tickerPeriodMs: 1_000,
  requestLimit: 600,
  budgetShare: 0.1,
  listingsEveryMs: 3_600_000,
  riskLimitEveryMs: 21_600_000,
  fundingRateEveryMs: 600_000,
  fundingRatePhaseMs: 15_000,
  backfillDays: 30,
  windowDays: 7,
  minuteBars: 480,
  fiveMinuteRows: 200,
  bookLevels: 1_000,
};

/** Linear and inverse contracts. The liquidation topic of before 2025-02-20, `liquidation.{symbol}`, is understood too: at most one per second. */
export const FUTURES_SETTINGS = {
  hosts: HOSTS,
  channels: { ...CHANNELS, liquidations: 'allLiquidation.{symbol}' },
  numbers: NUMBERS,
} satisfies FeedSettings;

export const SPOT_SETTINGS = {
  hosts: HOSTS,
  channels: { ...CHANNELS, liquidations: '' },
  numbers: { ...NUMBERS, minuteBars: 1_000 },
} satisfies FeedSettings;
