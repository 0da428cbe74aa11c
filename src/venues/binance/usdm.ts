import { symbolsOf, universeOf } from '../listed.ts';
import type {
  ConnectionPlan,
  FeedSettings,
  PollPlan,
  Protocol,
  RestPriority,
  RestRequest,
  RoutedStream,
  UniverseProtocol,
} from '../protocol.ts';
import { pageOf, pagesBack, type Question, request, type Span } from '../requests.ts';
import { type Configured, configured } from '../settings.ts';
import { connectionsOf, planned, withAlternates } from '../streams.ts';
import { decode } from './decode.ts';
import { type BinanceState, createState } from './draft.ts';
import { frame, subscribe, unsubscribe } from './framing.ts';
import { USDM, VENUE } from './product.ts';
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
import { USDM_SETTINGS } from './settings.ts';
import { verdict } from './verdict.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const FIVE_MINUTES_MS = 300_000;

type Settings = Configured<typeof USDM_SETTINGS>;

const settle = (settings: FeedSettings): Settings => configured(USDM_SETTINGS, settings);

/** `BTCUSDT_260327` is dated, `BTCUSDT` a perp; only for deciding what to ask, never for what an answer means. */
const isDated = (symbol: string): boolean => symbol.includes('_');

function ask(config: Settings, asking: Question & { readonly pool: string }): RestRequest {
  return request({ host: config.host('rest'), ...asking });
}

const plain = (config: Settings, name: string, priority: RestPriority, symbol?: string) =>
  ask(config, {
    path: `/fapi/v1/${name}`,
    ...(symbol !== undefined && { query: { symbol } }),
    weight: 1,
    pool: name === 'fundingInfo' ? POOL.funding : POOL.futures,
    priority,
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
      path: `/fapi/v1/${endpoint}`,
      query: { ...query, interval, startTime, endTime, limit: rows },
      weight: klinesWeight(rows),
      pool: POOL.futures,
      priority: 'backfill',
    }),
  );
}

function openInterestPage(
  config: Settings,
  symbol: string,
  period: '1h' | '5m',
  span: Span,
): RestRequest {
  const stepMs = period === '1h' ? HOUR_MS : FIVE_MINUTES_MS;
  return pageOf({ symbol, series: 'openInterest', stepMs }, span, ({ startTime, endTime, rows }) =>
    ask(config, {
      path: '/futures/data/openInterestHist',
      query: { symbol, period, startTime, endTime, limit: rows },
      weight: 1,
      pool: POOL.data,
      priority: 'backfill',
    }),
  );
}

function fundingPage(
  config: Settings,
  symbol: string,
  priority: RestPriority,
  query: Readonly<Record<string, number>>,
): RestRequest {
  return ask(config, {
    path: '/fapi/v1/fundingRate',
    query: { symbol, ...query },
    weight: 1,
    pool: POOL.funding,
    priority,
  });
}

/** What drift is made of: open interest, funding, basis, volume. */
function driftHistory(config: Settings, symbol: string, nowMs: number): RestRequest[] {
  const days = config.number('backfillDays');
  const hours = (days + config.number('windowDays')) * 24;
  const openInterestHours = Math.min(days * 24, OPEN_INTEREST_HOURS);
  const openInterest = pagesBack(nowMs, HOUR_MS, openInterestHours, DATA_PER_PAGE).map((span) =>
    openInterestPage(config, symbol, '1h', span),
  );
  const barPages = pagesBack(nowMs, HOUR_MS, hours, BARS_PER_PAGE);
  const barsOf = (endpoint: string, query: Readonly<Record<string, string>>) =>
    barPages.map((span) => bars(config, endpoint, query, '1h', span));
  if (isDated(symbol)) return [...barsOf('klines', { symbol }), ...openInterest];
  return [
    ...openInterest,
    fundingHistory(symbol, hours, nowMs, (startTime) =>
      fundingPage(config, symbol, 'backfill', { startTime, limit: 1000 }),
    ),
    ...barsOf('markPriceKlines', { symbol }),
    ...barsOf('indexPriceKlines', { pair: symbol }),
    ...barsOf('klines', { symbol }),
  ];
}

/** What the last hours look like: minutes of price, five minutes of open interest. */
function recentHistory(config: Settings, symbol: string, nowMs: number): RestRequest[] {
  const fiveMinutes = pagesBack(nowMs, FIVE_MINUTES_MS, DATA_PER_PAGE, DATA_PER_PAGE);
  const minutes = pagesBack(nowMs, MINUTE_MS, config.number('minuteBars'), BARS_PER_PAGE);
  return [
    ...fiveMinutes.map((span) => openInterestPage(config, symbol, '5m', span)),
    ...minutes.map((span) => bars(config, 'klines', { symbol }, '1m', span)),
  ];
}

/** Open interest has no stream: every `openInterestEveryMs` ms, but never for more than half of the weight we allow ourselves. */
function openInterestEvery(config: Settings, symbols: number): number {
  return Math.max(
    config.number('openInterestEveryMs'),
    Math.ceil((symbols * MINUTE_MS) / openInterestPerMinute(config)),
  );
}

/** Requests for open interest per minute, at most. */
const openInterestPerMinute = (config: Settings): number =>
  (config.number('weightLimit') * config.number('budgetShare')) / 2;

/** What a plan of connections holds besides the streams of the watched symbols. */
interface Beyond {
  /** Whether streams speak of all symbols together. */
  readonly all: boolean;
  /** Books that may be added. */
  readonly books: number;
}

/**
 * Streams of the book class on `public`, of the market class on `market`: on the other class's socket they are acknowledged and stay silent
 * (venues.md §2.1), which is why each names the other as its alternate.
 */
function connections(
  settings: FeedSettings,
  symbols: readonly string[],
  { all, books }: Beyond = { all: false, books: 0 },
): readonly ConnectionPlan[] {
  const config = settle(settings);
  const firstFrameMs = config.number('firstFrameMs');
  const bookClass = symbols.map((symbol) => {
    const prompt = { firstFrameMs, alternate: 'market', sibling: null };
    const depth = config.channel('depth', symbol.toLowerCase());
    const quotes = config.channel('quotes', symbol.toLowerCase());
    return planned([
      { stream: depth, ...prompt, periodMs: config.number('depthPeriodMs'), carriesBook: true },
      { stream: quotes, ...prompt, periodMs: null, carriesBook: false },
    ]);
  });
  const aside = { alternate: 'public', carriesBook: false };
  const marketGroup = (names: {
    readonly mark: string | undefined;
    readonly trades?: string | undefined;
    readonly volume: string | undefined;
    readonly volumeMs: number;
    readonly liquidations: string | undefined;
  }) => {
    const { mark, trades, volume, volumeMs, liquidations } = names;
    // What may be silent for good reasons is judged by the mark price beside it, which never is.
    const quiet = { ...aside, firstFrameMs: null, periodMs: null, sibling: mark ?? null };
    return planned([
      { stream: mark, ...aside, firstFrameMs, periodMs: 1000, sibling: null },
      { stream: trades, ...quiet },
      { stream: volume, ...quiet, periodMs: volumeMs },
      { stream: liquidations, ...quiet },
    ]);
  };
  const liquidations = config.channel('liquidations');
  const ofAll = marketGroup({
    mark: config.channel('allMarks'),
    volume: config.channel('allVolumes'),
    volumeMs: 1000,
    liquidations,
  });
  const marketClass = symbols.map((symbol, index) =>
    marketGroup({
      mark: config.channel('mark', symbol.toLowerCase()),
      trades: config.channel('trades', symbol.toLowerCase()),
      volume: config.channel('volume', symbol.toLowerCase()),
      volumeMs: 2000,
      liquidations: index === 0 && !all ? liquidations : undefined,
    }),
  );
  const shared = {
    rollAfterMs: config.number('rollAfterMs'),
    messagesPerSecond: config.number('messagesPerSecond'),
    streamsPerMessage: config.number('streamsPerMessage'),
    streamsAtMost: config.number('streamsPerConnection'),
  };
  const room = (channel: 'depth' | 'trades') => (config.channel(channel) === undefined ? 0 : books);
  return withAlternates([
    ...connectionsOf(
      bookClass,
      {
        ...shared,
        name: 'public',
        url: `${config.host('public')}/stream`,
        silenceMs: config.number('publicSilenceMs'),
      },
      room('depth'),
    ),
    ...connectionsOf(
      all ? [ofAll, ...marketClass] : marketClass,
      {
        ...shared,
        name: 'market',
        url: `${config.host('market')}/stream`,
        silenceMs: config.number('marketSilenceMs'),
      },
      room('trades'),
    ),
  ]);
}

/** Streams of a scanner's book. Such symbols may rest for longer than the ones people watch, so only their own rate is held against them. */
function bookStreams(settings: FeedSettings, symbol: string): readonly RoutedStream[] {
  const config = settle(settings);
  const rest = { firstFrameMs: null, alternate: null, sibling: null };
  const depth = planned([
    {
      stream: config.channel('depth', symbol.toLowerCase()),
      ...rest,
      periodMs: config.number('depthPeriodMs'),
      carriesBook: true,
    },
  ]);
  const trades = planned([
    {
      stream: config.channel('trades', symbol.toLowerCase()),
      ...rest,
      periodMs: null,
      carriesBook: false,
    },
  ]);
  return [
    ...depth.map((plan) => ({ route: 'public', plan })),
    ...trades.map((plan) => ({ route: 'market', plan })),
  ];
}

function depthSnapshot(
  config: Settings,
  symbol: string,
  limit: number,
  priority: RestPriority,
): RestRequest {
  const query = { symbol, limit };
  const weight = snapshotWeight(limit);
  const path = '/fapi/v1/depth';
  return { ...ask(config, { path, query, weight, pool: POOL.futures, priority }), symbol };
}

/** All perps: marks, tickers and liquidations of all in three streams, the rest symbol by symbol. */
const universe: UniverseProtocol<BinanceState> = {
  symbols: (state) => universeOf(state.listings),
  ranking(settings) {
    const path = '/fapi/v1/ticker/24hr';
    return ask(settle(settings), { path, weight: 40, pool: POOL.futures, priority: 'poll' });
  },
  connections: (settings, watched, books) => connections(settings, watched, { all: true, books }),
  bookStreams,
  snapshot(settings, symbol) {
    const config = settle(settings);
    return depthSnapshot(config, symbol, config.number('scanSnapshotLimit'), 'scan');
  },
  openInterest: (settings, symbol) => plain(settle(settings), 'openInterest', 'poll', symbol),
  openInterestEveryMs(settings, scanned, watched) {
    const config = settle(settings);
    const taken = (watched * MINUTE_MS) / openInterestEvery(config, watched);
    // Many watched symbols take all of it; the others still get their turn.
    const left = Math.max(
      openInterestPerMinute(config) - taken,
      openInterestPerMinute(config) / 10,
    );
    return Math.max(
      config.number('scanOpenInterestEveryMs'),
      Math.ceil((scanned * MINUTE_MS) / left),
    );
  },
  backfill(settings, symbols, nowMs) {
    const config = settle(settings);
    const pages = (stepMs: number, count: number, perPage: number) =>
      pagesBack(nowMs, stepMs, Math.min(count, perPage), perPage);
    const minutes = pages(MINUTE_MS, config.number('scanMinuteBars'), BARS_PER_PAGE);
    const fives = pages(FIVE_MINUTES_MS, config.number('scanOpenInterestRows'), DATA_PER_PAGE);
    return [
      ...symbols.flatMap((symbol) =>
        minutes.map((span) => bars(config, 'klines', { symbol }, '1m', span)),
      ),
      ...symbols.flatMap((symbol) =>
        fives.map((span) => openInterestPage(config, symbol, '5m', span)),
      ),
    ];
  },
};

function polls(settings: FeedSettings, symbols: readonly string[]): readonly PollPlan[] {
  const config = settle(settings);
  const everyMs = openInterestEvery(config, symbols.length);
  return [
    ...symbols.map((symbol) => ({
      request: plain(config, 'openInterest', 'poll', symbol),
      everyMs,
    })),
    ...symbols
      .filter((symbol) => !isDated(symbol))
      .map((symbol) => ({
        // Two rows more than the newest: the distance of the last two is the interval.
        request: fundingPage(config, symbol, 'poll', { limit: 3 }),
        everyMs: config.number('fundingRateEveryMs'),
        phaseMs: config.number('fundingRatePhaseMs'),
      })),
    {
      request: plain(config, 'fundingInfo', 'poll'),
      everyMs: config.number('fundingInfoEveryMs'),
    },
    {
      request: plain(config, 'exchangeInfo', 'poll'),
      everyMs: config.number('exchangeInfoEveryMs'),
    },
  ];
}

/**
 * Binance USDT-M futures: perps and dated contracts margined in USDT or USDC.
 *
 * @see https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info
 */
export const binanceUsdm: Protocol<BinanceState> = {
  feed: USDM.feed,
  venue: VENUE,
  defaults: USDM_SETTINGS,
  liquidations: {
    carries: (stream) => /forceOrder/i.test(stream),
    completeness: 'sampled',
    note: 'sampled: at most one order per symbol and second',
  },
  bootstrap(settings) {
    const config = settle(settings);
    return [plain(config, 'exchangeInfo', 'poll'), plain(config, 'fundingInfo', 'poll')];
  },
  clock: (settings) => plain(settle(settings), 'time', 'poll'),
  serverTime,
  universe,
  symbols: (state, assets) => symbolsOf(state.listings, assets),
  connections: (settings, symbols) => connections(settings, symbols),
  subscribe,
  unsubscribe,
  frame,
  recover(settings, symbol) {
    const config = settle(settings);
    return {
      kind: 'request',
      request: depthSnapshot(config, symbol, config.number('snapshotLimit'), 'book'),
    };
  },
  polls,
  backfill(settings, symbols, nowMs) {
    const config = settle(settings);
    const perps = symbols.filter((symbol) => !isDated(symbol));
    const dated = symbols.filter(isDated);
    return [
      ...perps.flatMap((symbol) => driftHistory(config, symbol, nowMs)),
      ...perps.flatMap((symbol) => recentHistory(config, symbol, nowMs)),
      ...dated.flatMap((symbol) => driftHistory(config, symbol, nowMs)),
    ];
  },
  pools(settings) {
    const config = settle(settings);
    const pool = (name: string, limit: number) => ({
      name,
      limit,
      budget: Math.floor(limit * config.number('budgetShare')),
      windowMs: FIVE_MINUTES_MS,
    });
    // Every answer of the host carries the weight of the minute, also those that cost none of it.
    return [
      weightPool(config.number('weightLimit'), config.number('budgetShare')),
      { ...pool(POOL.data, config.number('dataLimit')), isCounted: false },
      { ...pool(POOL.funding, config.number('fundingLimit')), isCounted: false },
    ];
  },
  verdict,
  createState,
  decode: (state, record) => decode(USDM, state, record),
};
