import { symbolsOf } from '../listed.ts';
import type {
  ConnectionPlan,
  FeedSettings,
  PollPlan,
  Protocol,
  RestPriority,
  RestRequest,
} from '../protocol.ts';
import { pageOf, pagesBack, type Span } from '../requests.ts';
import { type Configured, configured } from '../settings.ts';
import { connectionsOf, planned } from '../streams.ts';
import { decode, noteReport } from './decode.ts';
import { createState, type HyperliquidState } from './draft.ts';
import { frame, ping, subscribe, unsubscribe } from './framing.ts';
import { FEED, isBuilt, VENUE } from './product.ts';
import { info, POOL, serverTime } from './requests.ts';
import { HYPERLIQUID_SETTINGS } from './settings.ts';
import { verdict } from './verdict.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Rows of a page of funding; the venue sends at most 500, a few ms behind their hour. */
const RATES_PER_PAGE = 480;
/** Candles of a page; the venue sends at most 5000, and only the newest 5000. */
const CANDLES_PER_PAGE = 4800;

type Settings = Configured<typeof HYPERLIQUID_SETTINGS>;

const settle = (settings: FeedSettings): Settings => configured(HYPERLIQUID_SETTINGS, settings);

const meta = (config: Settings, priority: RestPriority): RestRequest =>
  info({ host: config.host('rest'), type: 'meta', weight: 20, priority });

/** Weight of an answer with rows (venues.md §6.1). */
const weightOf = (rows: number, perUnit: number): number => 20 + Math.ceil(rows / perUnit);

function fundingPage(
  config: Settings,
  coin: string,
  priority: RestPriority,
  span: Span,
): RestRequest {
  const of = { symbol: coin, series: 'fundingSettled', stepMs: HOUR_MS } as const;
  return pageOf(of, span, ({ startTime, endTime, rows }) =>
    info({
      host: config.host('rest'),
      type: 'fundingHistory',
      fields: { coin, startTime, endTime },
      weight: weightOf(rows, 20),
      priority,
    }),
  );
}

function candles(config: Settings, coin: string, interval: '1h' | '1m', span: Span): RestRequest {
  const isHourly = interval === '1h';
  const of = {
    symbol: coin,
    series: isHourly ? 'bar1h' : 'bar1m',
    stepMs: isHourly ? HOUR_MS : MINUTE_MS,
  } as const;
  return pageOf(of, span, ({ startTime, endTime, rows }) =>
    info({
      host: config.host('rest'),
      type: 'candleSnapshot',
      fields: { coin, interval, startTime, endTime },
      inside: 'req',
      weight: weightOf(rows, 60),
      priority: 'backfill',
    }),
  );
}

/** The newest settlements of a coin. The question names the hours, so it is another one each time. */
const newestRates = (config: Settings, coin: string) => (nowMs: number) => {
  const rows = config.number('fundingRateHours');
  const startTime = (Math.floor(nowMs / HOUR_MS) - rows + 1) * HOUR_MS;
  return fundingPage(config, coin, 'poll', {
    startTime,
    endTime: startTime + rows * HOUR_MS,
    rows,
  });
};

/**
 * Two classes of connections, `default` and `fast`, because both variants of a book share channel and coin (venues.md §6.2). What may be silent for good reasons is
 * judged by the clocked stream beside it.
 */
function connections(
  settings: FeedSettings,
  symbols: readonly string[],
): readonly ConnectionPlan[] {
  const config = settle(settings);
  const firstFrameMs = config.number('firstFrameMs');
  const aside = { alternate: null, sibling: null, carriesBook: false };
  const slow = symbols.map((symbol) => {
    const context = config.channel('context', symbol);
    return planned([
      {
        ...aside,
        stream: config.channel('depth', symbol),
        firstFrameMs,
        periodMs: config.number('depthPeriodMs'),
        carriesBook: true,
      },
      { ...aside, stream: context, firstFrameMs, periodMs: config.number('contextPeriodMs') },
      {
        ...aside,
        stream: config.channel('trades', symbol),
        firstFrameMs: null,
        periodMs: null,
        sibling: context ?? null,
      },
    ]);
  });
  const quick = symbols.map((symbol) => {
    const fast = config.channel('fast', symbol);
    return planned([
      {
        ...aside,
        stream: fast,
        firstFrameMs,
        periodMs: config.number('fastPeriodMs'),
        carriesBook: true,
      },
      {
        ...aside,
        stream: config.channel('quotes', symbol),
        firstFrameMs: null,
        periodMs: null,
        sibling: fast ?? null,
        carriesBook: true,
      },
    ]);
  });
  const shared = {
    url: config.host('ws'),
    silenceMs: config.number('silenceMs'),
    rollAfterMs: config.number('rollAfterMs'),
    heartbeat: {
      everyMs: config.number('pingEveryMs'),
      always: true,
      answerMs: config.number('pingAnswerMs'),
    },
    messagesPerSecond: config.number('messagesPerSecond'),
    streamsPerMessage: 1,
    streamsAtMost: config.number('streamsPerConnection'),
  };
  return [
    ...connectionsOf(slow, { ...shared, name: 'default' }),
    ...connectionsOf(quick, { ...shared, name: 'fast' }),
  ];
}

function polls(settings: FeedSettings, symbols: readonly string[]): readonly PollPlan[] {
  const config = settle(settings);
  return [
    ...symbols.map((symbol) => {
      const requestAt = newestRates(config, symbol);
      return {
        request: requestAt(0),
        requestAt,
        everyMs: config.number('fundingRateEveryMs'),
        phaseMs: config.number('fundingRatePhaseMs'),
      };
    }),
    { request: meta(config, 'poll'), everyMs: config.number('metaEveryMs') },
  ];
}

/**
 * Hyperliquid perps of the main dex.
 *
 * There is no public feed of liquidations (venues.md §6.7), and nothing tells the open interest of the past.
 *
 * @see https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api
 */
export const hyperliquid: Protocol<HyperliquidState> = {
  feed: FEED,
  venue: VENUE,
  defaults: HYPERLIQUID_SETTINGS,
  liquidations: null,
  bootstrap: (settings) => [meta(settle(settings), 'poll')],
  clock: (settings) =>
    info({
      host: settle(settings).host('rest'),
      type: 'exchangeStatus',
      weight: 2,
      priority: 'poll',
    }),
  serverTime,
  // An unknown coin kills the socket with all that is on it, so only what the main dex lists and trades is ever asked for.
  symbols: (state, assets) =>
    symbolsOf(state.listings, assets).filter((symbol) => !isBuilt(symbol)),
  connections,
  subscribe,
  unsubscribe,
  ping,
  frame,
  /**
   * A book that lost its place is asked for at once; its own stream would begin it anew within its period. There is no audit: frames carry no number, so an answer of a
   * moment later cannot be compared with the book as it was (the views of one block are compared with one another instead).
   */
  recover(settings, symbol, need) {
    if (need === 'audit') return { kind: 'wait' };
    const host = settle(settings).host('rest');
    const request = info({
      host,
      type: 'l2Book',
      fields: { coin: symbol },
      weight: 2,
      priority: 'book',
      symbol,
    });
    return { kind: 'request', request };
  },
  polls,
  backfill(settings, symbols, nowMs) {
    const config = settle(settings);
    const hours = (config.number('backfillDays') + config.number('windowDays')) * 24;
    const rates = pagesBack(nowMs, HOUR_MS, hours, RATES_PER_PAGE);
    const bars = pagesBack(nowMs, HOUR_MS, hours, CANDLES_PER_PAGE);
    const minutes = pagesBack(nowMs, MINUTE_MS, config.number('minuteBars'), CANDLES_PER_PAGE);
    return [
      ...symbols.flatMap((symbol) => {
        // Bars come between the pages of funding, so that an older one does not overtake the newest, whose last settlement would then seem to be news.
        const [newest, ...older] = rates.map((span) =>
          fundingPage(config, symbol, 'backfill', span),
        );
        const hourly = bars.map((span) => candles(config, symbol, '1h', span));
        return [...(newest === undefined ? [] : [newest]), ...hourly, ...older];
      }),
      ...symbols.flatMap((symbol) => minutes.map((span) => candles(config, symbol, '1m', span))),
    ];
  },
  pools(settings) {
    const config = settle(settings);
    const limit = config.number('weightLimit');
    const budget = Math.floor(limit * config.number('budgetShare'));
    return [{ name: POOL, limit, budget, windowMs: MINUTE_MS }];
  },
  verdict,
  createState,
  decode,
  noteReport,
};
