import type { FeedSettings } from '../protocol.ts';

/**
 * Hyperliquid (venues.md §6). Hosts: `ws` and `rest`; `wss://api.hyperliquid-testnet.xyz/ws` and its REST twin speak the same.
 *
 * Channels are `type:coin`, with `-fast` behind the type for the option of that name.
 *
 * - `firstFrameMs`: deadline for a stream's first frame; twice the clock of the slowest.
 * - `depthPeriodMs`, `fastPeriodMs`, `contextPeriodMs`: usual time between frames of the three clocked streams.
 * - `silenceMs`: no frame for this long closes the socket; the venue closes after 60 s without a frame of its own.
 * - `pingEveryMs`, `pingAnswerMs`: our question for a sign of life, and how long it may take.
 * - `rollAfterMs`: age at which a socket is replaced. The venue announces none, so this is only hygiene.
 * - `messagesPerSecond`: the venue takes 2000 per minute.
 * - `streamsPerConnection`: the venue takes 1000 subscriptions over all sockets; five per coin.
 * - `metaEveryMs`: polling of the listings.
 * - `fundingRateEveryMs`, `fundingRatePhaseMs`: settled rates, polled this long after each multiple; `fundingRateHours` of them.
 * - `backfillDays`: history fetched at the start; bars and funding reach a z-score window of `windowDays` further back.
 * - `minuteBars`: one-minute bars fetched at the start.
 * - `weightLimit` per minute, of which `budgetShare` is what we allow ourselves (venues.md §1.6).
 */
export const HYPERLIQUID_SETTINGS = {
  hosts: { ws: 'wss://api.hyperliquid.xyz/ws', rest: 'https://api.hyperliquid.xyz' },
  channels: {
    depth: 'l2Book:{symbol}',
    fast: 'l2Book-fast:{symbol}',
    quotes: 'bbo:{symbol}',
    trades: 'trades:{symbol}',
    context: 'activeAssetCtx:{symbol}',
  },
  numbers: {
    firstFrameMs: 12_000,
    depthPeriodMs: 5_400,
    fastPeriodMs: 540,
    contextPeriodMs: 1_000,
    silenceMs: 30_000,
    pingEveryMs: 30_000,
    pingAnswerMs: 10_000,
    rollAfterMs: 604_800_000,
    messagesPerSecond: 10,
    streamsPerConnection: 300,
    metaEveryMs: 3_600_000,
    fundingRateEveryMs: 3_600_000,
    fundingRatePhaseMs: 20_000,
    fundingRateHours: 3,
    backfillDays: 30,
    windowDays: 7,
    minuteBars: 480,
    weightLimit: 1_200,
    budgetShare: 0.5,
  },
} satisfies FeedSettings;
