import type { FeedSettings } from '../protocol.ts';

/**
 * OKX v5 (venues.md §4). Hosts: `ws` and `rest`; `wsSecond` and `wsThird` are the regional sockets that serve the same public data, tried in turn while
 * `ws` is the venue's own and cannot be reached. An empty one is none.
 *
 * - `bookLevels`: levels per side of the `depth` channel; the snapshots that REST is asked for hold as many.
 * - `booksPerConnection`: channels that carry a book or its best prices on one socket; the venue recommends fewer than 30.
 * - `streamsPerConnection`, `streamsPerMessage`: a request has at most 64 KB of arguments.
 * - `messagesPerSecond`, `requestsPerHour`: the venue counts 480 subscriptions and the like per hour and socket.
 * - `pingEveryMs`, `pongWithinMs`: it closes a socket on which nothing was said for 30 s.
 * - `silenceMs`: no data for this long, or no frame at all, and the socket is given up.
 * - `rollAfterMs`: age at which a socket is replaced; the venue has no such limit.
 * - `firstFrameMs`: deadline of streams that begin at once; `sparseFirstFrameMs` of those that come by the minute.
 * - `markPeriodMs`, `indexPeriodMs`, `openInterestPeriodMs`, `depthPeriodMs`: usual time between frames, with room.
 * - `instrumentsEveryMs`: polling of the listings. What the channel of listings sends first is not settled, so it is not used.
 * - `fundingHistoryEveryMs`, `fundingHistoryPhaseMs`: settled rates, polled this long after each multiple.
 * - `backfillDays`: history fetched at the start; bars and funding reach a z-score window of `windowDays` further back. `minuteBars`, `fiveMinuteRows`:
 *   one-minute bars and five-minute open interest fetched at the start.
 * - `budgetShare`: share of the documented request limits that we allow ourselves (venues.md §1.6).
 */
export const OKX_SETTINGS = {
  hosts: {
    ws: 'wss://ws.okx.com:8443',
    wsSecond: 'wss://wseea.okx.com:8443',
    wsThird: 'wss://wsus.okx.com:8443',
    rest: 'https://www.okx.com',
  },
  channels: {
    depth: 'books:{symbol}',
    quotes: 'bbo-tbt:{symbol}',
    trades: 'trades:{symbol}',
    volume: 'tickers:{symbol}',
    mark: 'mark-price:{symbol}',
    index: 'index-tickers:{symbol}',
    funding: 'funding-rate:{symbol}',
    openInterest: 'open-interest:{symbol}',
    liquidations: 'liquidation-orders:SWAP',
  },
  numbers: {
    bookLevels: 400,
    booksPerConnection: 28,
    streamsPerConnection: 240,
    streamsPerMessage: 50,
    messagesPerSecond: 3,
    requestsPerHour: 440,
    pingEveryMs: 20_000,
    pongWithinMs: 10_000,
    silenceMs: 30_000,
    rollAfterMs: 604_800_000,
    firstFrameMs: 10_000,
    sparseFirstFrameMs: 100_000,
    depthPeriodMs: 1_000,
    markPeriodMs: 10_000,
    indexPeriodMs: 10_000,
    openInterestPeriodMs: 10_000,
    instrumentsEveryMs: 600_000,
    fundingHistoryEveryMs: 600_000,
    fundingHistoryPhaseMs: 15_000,
    backfillDays: 30,
    windowDays: 7,
    minuteBars: 480,
    fiveMinuteRows: 500,
    budgetShare: 0.5,
  },
} satisfies FeedSettings;
