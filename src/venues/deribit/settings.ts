import type { FeedSettings } from '../protocol.ts';

/**
 * Deribit (venues.md §5). Hosts: `ws` is the socket, `wsAlternate` one that serves the same without login, `rest` the base of the methods.
 *
 * Channels: `dated` and `option` are the tickers of dated futures and of options near the money, `marks` the bulk stream of mark prices and volatilities of
 * an index, `volatility` its volatility index, `states` and `platform` what the venue says of its listings and of itself. `listings`, `summaries` and
 * `volatilities` are no channels but the currencies, with commas between them, whose listings, book summaries and volatility indices are asked for.
 *
 * Numbers:
 *
 * - `firstFrameMs`: deadline for a stream's first frame; a book and a ticker begin with one.
 * - `depthPeriodMs`, `tickerPeriodMs`, `marksPeriodMs`: usual time between frames, with room.
 * - `silenceMs`: the venue asks for a sign of life every ten seconds, so two of those and a little.
 * - `rollAfterMs`: the venue does not close old sockets, so only now and then.
 * - `messagesPerSecond`: a subscription costs 3000 of a budget that grows by 10,000 per second.
 * - `streamsPerMessage`: the venue takes 500.
 * - `auditDepth`: levels per side of the book that a running one is compared with: 10,000 is the deepest.
 * - `optionExpiries`, `optionStrikes`: nearest expiries, and strikes nearest to the money of each, whose tickers are heard, calls and puts.
 * - `chainEveryMs`: polling of the whole chain of a currency; the venue computes it every two seconds.
 * - `volatilityDays`: days of the volatility index fetched at the start, and again behind the end of each (`volatilityEveryMs`, `volatilityPhaseMs`).
 * - `fundingRateEveryMs`, `fundingRatePhaseMs`: what was paid, polled this long after each multiple.
 * - `listingsEveryMs`, `listingsPhaseMs`: polling of the listings and of where the money is, behind the quarters of an hour: contracts end at 08:00.
 * - `backfillDays`: history fetched at the start, a z-score window of `windowDays` more. `minuteBars`: one-minute bars.
 * - `requestLimit`: requests per second that we take the venue's unpublished limit for; `budgetShare` of them are used.
 */
export const DERIBIT_SETTINGS = {
  hosts: {
    ws: 'wss://www.deribit.com/ws/api/v2',
    wsAlternate: 'wss://streams.deribit.com/ws/api/v2',
    rest: 'https://www.deribit.com/api/v2',
  },
  channels: {
    depth: 'book.{symbol}.100ms',
    trades: 'trades.{symbol}.100ms',
    ticker: 'ticker.{symbol}.100ms',
    dated: 'ticker.{symbol}.100ms',
    option: 'ticker.{symbol}.agg2',
    marks: 'markprice.options.{symbol}',
    volatility: 'deribit_volatility_index.{symbol}',
    states: 'instrument.state.any.any',
    platform: 'platform_state',
    listings: 'any',
    summaries: 'BTC,ETH,USDC',
    volatilities: 'BTC,ETH',
  },
  numbers: {
    firstFrameMs: 10_000,
    depthPeriodMs: 1_000,
    tickerPeriodMs: 1_000,
    marksPeriodMs: 3_000,
    silenceMs: 25_000,
    rollAfterMs: 604_800_000,
    messagesPerSecond: 2,
    streamsPerMessage: 250,
    streamsPerConnection: 500,
    auditDepth: 10_000,
    optionExpiries: 4,
    optionStrikes: 3,
    chainEveryMs: 10_000,
    volatilityEveryMs: 86_400_000,
    volatilityPhaseMs: 120_000,
    volatilityDays: 366,
    fundingRateEveryMs: 3_600_000,
    fundingRatePhaseMs: 20_000,
    listingsEveryMs: 900_000,
    listingsPhaseMs: 45_000,
    backfillDays: 30,
    windowDays: 7,
    minuteBars: 1_500,
    requestLimit: 10,
    budgetShare: 0.5,
  },
} satisfies FeedSettings;
