import { symbolsOf } from '../listed.ts';
import type {
  ConnectionPlan,
  FeedSettings,
  PollPlan,
  Protocol,
  RestPriority,
  RestRequest,
} from '../protocol.ts';
import { pageOf, pagesBack, type Question, request, type Span } from '../requests.ts';
import { type Configured, configured } from '../settings.ts';
import { connectionsOf, planned } from '../streams.ts';
import { decode } from './decode.ts';
import { type BinanceState, createState } from './draft.ts';
import { frame, subscribe, unsubscribe } from './framing.ts';
import { COINM, VENUE } from './product.ts';
import {
  BARS_PER_PAGE,
  barsPage,
  DATA_PER_PAGE,
  fundingHistory,
  klinesWeight,
  OPEN_INTEREST_HOURS,
  POOL,
  serverTime,
  snapshotWeight,
  weightPool,
} from './requests.ts';
import { COINM_SETTINGS } from './settings.ts';
import { verdict } from './verdict.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const FIVE_MINUTES_MS = 300_000;

type Settings = Configured<typeof COINM_SETTINGS>;

const settle = (settings: FeedSettings): Settings => configured(COINM_SETTINGS, settings);

/*
 * `BTCUSD_PERP` is a perp, `BTCUSD_260327` dated, and both are contracts on the pair `BTCUSD`: only for deciding what to ask, never for what an
 * answer means.
 */
const isPerp = (symbol: string): boolean => symbol.endsWith('_PERP');
const pairOf = (symbol: string): string => symbol.split('_')[0]!;

const pairsOf = (symbols: readonly string[]): readonly string[] => [
  ...new Set(symbols.map(pairOf)),
];

const ask = (config: Settings, asking: Question): RestRequest =>
  request({ host: config.host('rest'), pool: POOL.futures, ...asking });

const plain = (config: Settings, name: string, symbol?: string): RestRequest =>
  ask(config, {
    path: `/dapi/v1/${name}`,
    ...(symbol !== undefined && { query: { symbol } }),
    weight: 1,
    priority: 'poll',
  });

/** Marks of all contracts on a pair, before their streams speak: what open interest is divided by. */
const marksNow = (config: Settings, pair: string): RestRequest =>
  ask(config, {
    path: '/dapi/v1/premiumIndex',
    query: { pair },
    weight: 10,
    priority: 'backfill',
  });

function bars(
  config: Settings,
  endpoint: string,
  query: Readonly<Record<string, string>>,
  interval: '1h' | '1m',
  span: Span,
): RestRequest {
  return barsPage(endpoint, query, interval, span, ({ rows, startTime, endTime }) =>
    ask(config, {
      path: `/dapi/v1/${endpoint}`,
      query: { ...query, interval, startTime, endTime, limit: rows },
      weight: klinesWeight(rows),
      priority: 'backfill',
    }),
  );
}

/** History of a perp's open interest. That of dated contracts goes by the quarter, a name that moves on to the next contract. */
const openInterestPage = (
  config: Settings,
  pair: string,
  period: '1h' | '5m',
  span: Span,
): RestRequest =>
  pageOf(
    {
      symbol: `${pair}_PERP`,
      series: 'openInterest',
      stepMs: period === '1h' ? HOUR_MS : FIVE_MINUTES_MS,
    },
    span,
    ({ startTime, endTime, rows }) =>
      ask(config, {
        path: '/futures/data/openInterestHist',
        query: { pair, contractType: 'PERPETUAL', period, startTime, endTime, limit: rows },
        weight: 1,
        priority: 'backfill',
      }),
  );

const fundingPage = (
  config: Settings,
  symbol: string,
  priority: RestPriority,
  query: Readonly<Record<string, number>>,
): RestRequest =>
  ask(config, {
    path: '/dapi/v1/fundingRate',
    query: { symbol, ...query },
    weight: 1,
    priority,
  });

const historyHours = (config: Settings): number =>
  (config.number('backfillDays') + config.number('windowDays')) * 24;

const hourlyBars = (
  config: Settings,
  endpoint: string,
  query: Readonly<Record<string, string>>,
  nowMs: number,
): RestRequest[] =>
  pagesBack(nowMs, HOUR_MS, historyHours(config), BARS_PER_PAGE).map((span) =>
    bars(config, endpoint, query, '1h', span),
  );

/** What drift is made of: open interest, funding, basis, volume. */
function driftHistory(config: Settings, symbol: string, nowMs: number): RestRequest[] {
  const pair = pairOf(symbol);
  const openInterestHours = Math.min(config.number('backfillDays') * 24, OPEN_INTEREST_HOURS);
  return [
    ...pagesBack(nowMs, HOUR_MS, openInterestHours, DATA_PER_PAGE).map((span) =>
      openInterestPage(config, pair, '1h', span),
    ),
    fundingHistory(symbol, historyHours(config), nowMs, (startTime) =>
      fundingPage(config, symbol, 'backfill', { startTime, limit: 1000 }),
    ),
    ...hourlyBars(config, 'markPriceKlines', { symbol }, nowMs),
    ...hourlyBars(config, 'indexPriceKlines', { pair }, nowMs),
    ...hourlyBars(config, 'klines', { symbol }, nowMs),
  ];
}

/** What the last hours look like: minutes of price, five minutes of open interest. */
function recentHistory(config: Settings, symbol: string, nowMs: number): RestRequest[] {
  const minutes = pagesBack(nowMs, MINUTE_MS, config.number('minuteBars'), BARS_PER_PAGE);
  return [
    ...pagesBack(nowMs, FIVE_MINUTES_MS, DATA_PER_PAGE, DATA_PER_PAGE).map((span) =>
      openInterestPage(config, pairOf(symbol), '5m', span),
    ),
    ...minutes.map((span) => bars(config, 'klines', { symbol }, '1m', span)),
  ];
}

/**
 * Marks and closes of a dated contract, which give its basis against the index that comes with the perp on the same pair.
 */
const datedHistory = (config: Settings, symbol: string, nowMs: number): RestRequest[] => [
  ...hourlyBars(config, 'markPriceKlines', { symbol }, nowMs),
  ...hourlyBars(config, 'klines', { symbol }, nowMs),
];

function backfill(
  settings: FeedSettings,
  symbols: readonly string[],
  nowMs: number,
): readonly RestRequest[] {
  const config = settle(settings);
  const perps = symbols.filter(isPerp);
  const dated = symbols.filter((symbol) => !isPerp(symbol));
  return [
    ...pairsOf(symbols).map((pair) => marksNow(config, pair)),
    ...perps.flatMap((symbol) => driftHistory(config, symbol, nowMs)),
    ...perps.flatMap((symbol) => recentHistory(config, symbol, nowMs)),
    ...dated.flatMap((symbol) => datedHistory(config, symbol, nowMs)),
  ];
}

/**
 * One class of streams: perps with all of them, dated contracts with what a term structure is made of. What may be silent for good reasons is judged
 * by the mark price beside it, which never is.
 */
function connections(
  settings: FeedSettings,
  symbols: readonly string[],
): readonly ConnectionPlan[] {
  const config = settle(settings);
  const firstFrameMs = config.number('firstFrameMs');
  const bookFirstFrameMs = config.number('bookFirstFrameMs');
  const hasIndex = new Set<string>();
  const groups = symbols.map((symbol, at) => {
    const name = symbol.toLowerCase();
    const pair = pairOf(name);
    const mark = config.channel('mark', name);
    const aside = { alternate: null, sibling: null, carriesBook: false };
    const quiet = { ...aside, firstFrameMs: null, periodMs: null, sibling: mark ?? null };
    const book = [
      {
        ...aside,
        stream: config.channel('depth', name),
        firstFrameMs: bookFirstFrameMs,
        periodMs: config.number('depthPeriodMs'),
        carriesBook: true,
      },
      {
        ...aside,
        stream: config.channel('quotes', name),
        firstFrameMs: bookFirstFrameMs,
        periodMs: null,
      },
      { ...quiet, stream: config.channel('trades', name) },
    ];
    const index = {
      ...aside,
      stream: config.channel('index')?.replace('{pair}', pair),
      firstFrameMs,
      periodMs: 1000,
    };
    const isFirstOnPair = !hasIndex.has(pair);
    hasIndex.add(pair);
    return planned([
      { ...aside, stream: mark, firstFrameMs, periodMs: 1000 },
      ...(isPerp(symbol) ? book : []),
      ...(isFirstOnPair ? [index] : []),
      { ...quiet, stream: config.channel('volume', name) },
      ...(at === 0 ? [{ ...quiet, stream: config.channel('liquidations') }] : []),
    ]);
  });
  return connectionsOf(groups, {
    name: 'coinm',
    url: `${config.host('ws')}/stream`,
    silenceMs: config.number('silenceMs'),
    rollAfterMs: config.number('rollAfterMs'),
    messagesPerSecond: config.number('messagesPerSecond'),
    streamsPerMessage: config.number('streamsPerMessage'),
    streamsAtMost: config.number('streamsPerConnection'),
  });
}

/** Requests for open interest per minute: an eighth of the weight that we allow ourselves, as USDT-M has half of the same. */
const openInterestPerMinute = (config: Settings): number =>
  (config.number('weightLimit') * config.number('budgetShare')) / 8;

/** Open interest has no stream: every perp and every contract in its own time, both stretched alike where that would take too much. */
function openInterestPolls(config: Settings, symbols: readonly string[]): PollPlan[] {
  const everyMs = (symbol: string): number =>
    config.number(isPerp(symbol) ? 'openInterestEveryMs' : 'datedOpenInterestEveryMs');
  const perMinute = symbols.reduce((sum, symbol) => sum + MINUTE_MS / everyMs(symbol), 0);
  const stretch = Math.max(1, perMinute / openInterestPerMinute(config));
  return symbols.map((symbol) => ({
    request: plain(config, 'openInterest', symbol),
    everyMs: Math.ceil(everyMs(symbol) * stretch),
  }));
}

function polls(settings: FeedSettings, symbols: readonly string[]): readonly PollPlan[] {
  const config = settle(settings);
  return [
    ...openInterestPolls(config, symbols),
    ...symbols.filter(isPerp).map((symbol) => ({
      // Two rows more than the newest: the distance of the last two is the interval.
      request: fundingPage(config, symbol, 'poll', { limit: 3 }),
      everyMs: config.number('fundingRateEveryMs'),
      phaseMs: config.number('fundingRatePhaseMs'),
    })),
    { request: plain(config, 'fundingInfo'), everyMs: config.number('fundingInfoEveryMs') },
    { request: plain(config, 'exchangeInfo'), everyMs: config.number('exchangeInfoEveryMs') },
  ];
}

/**
 * Binance COIN-M futures: perps and dated contracts of so many dollars, margined and settled in the coin.
 *
 * @see https://developers.binance.com/docs/derivatives/coin-margined-futures/general-info
 */
export const binanceCoinm: Protocol<BinanceState> = {
  isFollowed: true,
  feed: COINM.feed,
  venue: VENUE,
  defaults: COINM_SETTINGS,
  liquidations: {
    carries: (stream) => /forceOrder/i.test(stream),
    completeness: 'sampled',
    note: 'sampled: at most one order per symbol and second',
  },
  bootstrap(settings) {
    const config = settle(settings);
    return [plain(config, 'exchangeInfo'), plain(config, 'fundingInfo')];
  },
  clock: (settings) => plain(settle(settings), 'time'),
  serverTime,
  symbols: (state, assets) => symbolsOf(state.listings, assets),
  connections,
  subscribe,
  unsubscribe,
  frame,
  recover(settings, symbol) {
    const config = settle(settings);
    const limit = config.number('snapshotLimit');
    return {
      kind: 'request',
      request: ask(config, {
        path: '/dapi/v1/depth',
        query: { symbol, limit },
        weight: snapshotWeight(limit),
        priority: 'book',
        symbol,
      }),
    };
  },
  polls,
  backfill,
  pools(settings) {
    const config = settle(settings);
    return [weightPool(config.number('weightLimit'), config.number('budgetShare'))];
  },
  verdict,
  createState,
  decode: (state, record) => decode(COINM, state, record),
};
