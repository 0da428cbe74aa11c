import type { FeedSettings } from '../protocol.ts';

/**
 * Numbers that all products share.
 *
 * - `firstFrameMs`: deadline for a stream's first frame (venues.md §2.1).
 * - `rollAfterMs`: age at which a socket is replaced, before the venue's 24 h.
 * - `streamsPerConnection`: the venue allows 1024; practical clients stay below 200.
 * - `streamsPerMessage`: streams in one SUBSCRIBE.
 * - `depthPeriodMs`: usual time between book messages of a liquid symbol, with room.
 * - `exchangeInfoEveryMs`: polling of the listings.
 * - `backfillDays`: history fetched at the start; bars and funding reach a z-score window of `windowDays` further back.
 * - `minuteBars`: one-minute bars fetched at the start.
 * - `budgetShare`: share of the documented request limits that we allow ourselves (venues.md §1.6).
 */
const SHARED_NUMBERS = {
  firstFrameMs: 10_000,
  rollAfterMs: 85_500_000,
  streamsPerConnection: 200,
  streamsPerMessage: 100,
  depthPeriodMs: 1_000,
  exchangeInfoEveryMs: 3_600_000,
  snapshotLimit: 1_000,
  backfillDays: 30,
  windowDays: 7,
  budgetShare: 0.5,
};

/**
 * USDT-M futures (venues.md §2.1–2.6). Hosts: `public` and `market` are the two routed socket bases, `rest` the REST base.
 *
 * - `publicSilenceMs`, `marketSilenceMs`: no frame for this long closes the socket; `market` carries a mark price every second.
 * - `messagesPerSecond`: the venue closes above 10, pings and pongs counted.
 * - `openInterestEveryMs`: polling per symbol, stretched when there are too many of them for the budget.
 * - `fundingInfoEveryMs`: intervals change without notice.
 * - `fundingRateEveryMs`, `fundingRatePhaseMs`: settled rates, polled this long after each multiple.
 * - `scanSnapshotLimit`, `scanMinuteBars`, `scanOpenInterestRows`: levels, bars and five-minute rows fetched of each perp of a scanner; fewer than
 *   100 bars cost least.
 * - `scanOpenInterestEveryMs`: polling per perp of a scanner, stretched likewise.
 * - `weightLimit` per minute; `dataLimit`, `fundingLimit` requests per five minutes.
 */
export const USDM_SETTINGS = {
  hosts: {
    public: 'wss://fstream.binance.com/public',
    market: 'wss://fstream.binance.com/market',
    rest: 'https://fapi.binance.com',
  },
  channels: {
    depth: '{symbol}@depth@100ms',
    quotes: '{symbol}@bookTicker',
    trades: '{symbol}@aggTrade',
    mark: '{symbol}@markPrice@1s',
    volume: '{symbol}@miniTicker',
    allMarks: '!markPrice@arr@1s',
    allVolumes: '!miniTicker@arr',
    liquidations: '!forceOrder@arr',
  },
  numbers: {
    ...SHARED_NUMBERS,
    publicSilenceMs: 30_000,
    marketSilenceMs: 15_000,
    messagesPerSecond: 5,
    openInterestEveryMs: 10_000,
    fundingInfoEveryMs: 3_600_000,
    fundingRateEveryMs: 600_000,
    fundingRatePhaseMs: 15_000,
    minuteBars: 480,
    scanSnapshotLimit: 500,
    scanMinuteBars: 99,
    scanOpenInterestRows: 300,
    scanOpenInterestEveryMs: 60_000,
    weightLimit: 2_400,
    dataLimit: 1_000,
    fundingLimit: 500,
  },
} satisfies FeedSettings;

/**
 * COIN-M futures (venues.md §2.7). Hosts: `ws` is the one socket base, which is not split, `rest` the REST base.
 *
 * - `channels.index`: `{pair}` stands for `btcusd`; for mark prices that come without their index.
 * - `silenceMs`: as on `market` of USDT-M.
 * - `bookFirstFrameMs`: deadline for the first change of a book and its first quote; coin-margined books are quieter.
 * - `messagesPerSecond`: as on USDT-M.
 * - `openInterestEveryMs`, `datedOpenInterestEveryMs`: polling per perp and per dated contract, stretched where that takes too much of the budget.
 * - `fundingInfoEveryMs`, `fundingRateEveryMs`, `fundingRatePhaseMs`, `minuteBars`: as on USDT-M.
 * - `weightLimit` per minute, together with USDT-M: whichever starts first says it.
 */
export const COINM_SETTINGS = {
  hosts: { ws: 'wss://dstream.binance.com', rest: 'https://dapi.binance.com' },
  channels: {
    depth: '{symbol}@depth@100ms',
    quotes: '{symbol}@bookTicker',
    trades: '{symbol}@aggTrade',
    mark: '{symbol}@markPrice@1s',
    index: '{pair}@indexPrice@1s',
    volume: '{symbol}@miniTicker',
    liquidations: '!forceOrder@arr',
  },
  numbers: {
    ...SHARED_NUMBERS,
    silenceMs: 15_000,
    bookFirstFrameMs: 30_000,
    messagesPerSecond: 5,
    openInterestEveryMs: 15_000,
    datedOpenInterestEveryMs: 60_000,
    fundingInfoEveryMs: 3_600_000,
    fundingRateEveryMs: 600_000,
    fundingRatePhaseMs: 15_000,
    minuteBars: 480,
    weightLimit: 2_400,
  },
} satisfies FeedSettings;

/**
 * Spot (venues.md §2.8). Hosts: `ws` and `rest`; the data-only mirrors `wss://data-stream.binance.vision` and
 * `https://data-api.binance.vision` speak the same.
 *
 * - `silenceMs`: the server pings every 20 s, so two missed pings and a little.
 * - `messagesPerSecond`: the venue allows 5, pongs counted.
 * - `weightLimit` per minute.
 */
export const SPOT_SETTINGS = {
  hosts: { ws: 'wss://stream.binance.com:9443', rest: 'https://api.binance.com' },
  channels: {
    depth: '{symbol}@depth@100ms',
    quotes: '{symbol}@bookTicker',
    trades: '{symbol}@aggTrade',
    volume: '{symbol}@miniTicker',
  },
  numbers: {
    ...SHARED_NUMBERS,
    silenceMs: 45_000,
    messagesPerSecond: 3,
    minuteBars: 1_000,
    weightLimit: 6_000,
  },
} satisfies FeedSettings;
