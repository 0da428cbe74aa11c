import type {
  ConnectionPlan,
  FeedSettings,
  Protocol,
  RestPriority,
  RestRequest,
} from '../protocol.ts';
import { decode } from './decode.ts';
import { type BinanceState, createState } from './draft.ts';
import { frame, subscribe, unsubscribe } from './framing.ts';
import { symbolsOf } from './listings.ts';
import { SPOT, VENUE } from './product.ts';
import {
  type Asking,
  barsPart,
  POOL,
  pagesBack,
  request,
  type Span,
  serverTime,
} from './requests.ts';
import { type Configured, configured, SPOT_SETTINGS } from './settings.ts';
import { connectionsOf, planned } from './streams.ts';
import { verdict } from './verdict.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const BARS_PER_PAGE = 1000;

type Settings = Configured<typeof SPOT_SETTINGS>;

const settle = (settings: FeedSettings): Settings => configured(SPOT_SETTINGS, settings);

const ask = (config: Settings, asking: Omit<Asking, 'host' | 'pool'>) =>
  request({ host: config.host('rest'), pool: POOL.spot, ...asking });

/** Only what trades, and without the permission sets, which are nine tenths of the answer. */
const listings = (config: Settings, priority: RestPriority) =>
  ask(config, {
    path: '/api/v3/exchangeInfo',
    query: { showPermissionSets: 'false', symbolStatus: 'TRADING' },
    weight: 20,
    priority,
  });

/** Weight of a depth snapshot by its limit (venues.md §2.8). */
const snapshotWeight = (limit: number): number =>
  limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250;

const bars = (config: Settings, symbol: string, interval: '1h' | '1m', span: Span): RestRequest => {
  const { startTime, endTime, rows } = span;
  const series = interval === '1h' ? 'bar1h' : 'bar1m';
  const again = (part: Span) => bars(config, symbol, interval, part);
  return {
    ...ask(config, {
      path: '/api/v3/klines',
      query: { symbol, interval, startTime, endTime, limit: rows },
      weight: 2,
      priority: 'backfill',
    }),
    history: barsPart(symbol, series, span, again),
  };
};

/** One class of streams on `spot`. What may be silent for good reasons is judged by the book beside it. */
function connections(
  settings: FeedSettings,
  symbols: readonly string[],
): readonly ConnectionPlan[] {
  const config = settle(settings);
  const firstFrameMs = config.number('firstFrameMs');
  const groups = symbols.map((symbol) => {
    const depth = config.stream('depth', symbol);
    const aside = { periodMs: null, alternate: null, sibling: null, carriesBook: false };
    const quiet = { ...aside, firstFrameMs: null, sibling: depth ?? null };
    return planned([
      {
        ...aside,
        stream: depth,
        firstFrameMs,
        periodMs: config.number('depthPeriodMs'),
        carriesBook: true,
      },
      { ...aside, stream: config.stream('quotes', symbol), firstFrameMs },
      { ...quiet, stream: config.stream('trades', symbol) },
      { ...quiet, stream: config.stream('volume', symbol) },
    ]);
  });
  return connectionsOf(groups, {
    name: 'spot',
    url: `${config.host('ws')}/stream`,
    silenceMs: config.number('silenceMs'),
    rollAfterMs: config.number('rollAfterMs'),
    messagesPerSecond: config.number('messagesPerSecond'),
    streamsPerMessage: config.number('streamsPerMessage'),
    streamsAtMost: config.number('streamsPerConnection'),
  });
}

/**
 * Binance spot.
 *
 * @see https://developers.binance.com/docs/binance-spot-api-docs
 */
export const binanceSpot: Protocol<BinanceState> = {
  feed: SPOT.feed,
  venue: VENUE,
  defaults: SPOT_SETTINGS,
  liquidations: null,
  bootstrap: (settings) => [listings(settle(settings), 'poll')],
  clock: (settings) => ask(settle(settings), { path: '/api/v3/time', weight: 1, priority: 'poll' }),
  serverTime,
  symbols: (state, assets) => symbolsOf(state.listings, assets),
  connections,
  subscribe,
  unsubscribe,
  frame,
  snapshot(settings, symbol) {
    const config = settle(settings);
    const limit = config.number('snapshotLimit');
    const weight = snapshotWeight(limit);
    const query = { symbol, limit };
    return { ...ask(config, { path: '/api/v3/depth', query, weight, priority: 'book' }), symbol };
  },
  polls(settings) {
    const config = settle(settings);
    return [{ request: listings(config, 'poll'), everyMs: config.number('exchangeInfoEveryMs') }];
  },
  backfill(settings, symbols, nowMs) {
    const config = settle(settings);
    const hours = (config.number('backfillDays') + config.number('windowDays')) * 24;
    const pages = (symbol: string, interval: '1h' | '1m', stepMs: number, count: number) =>
      pagesBack(nowMs, stepMs, count, BARS_PER_PAGE).map((span) =>
        bars(config, symbol, interval, span),
      );
    return [
      ...symbols.flatMap((symbol) => pages(symbol, '1h', HOUR_MS, hours)),
      ...symbols.flatMap((symbol) => pages(symbol, '1m', MINUTE_MS, config.number('minuteBars'))),
    ];
  },
  pools(settings) {
    const config = settle(settings);
    const limit = config.number('weightLimit');
    const budget = Math.floor(limit * config.number('budgetShare'));
    return [{ name: POOL.spot, limit, budget, windowMs: MINUTE_MS }];
  },
  verdict,
  createState,
  decode: (state, record) => decode(SPOT, state, record),
};
