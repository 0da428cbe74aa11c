import { symbolsOf } from '../listed.ts';
import type { ConnectionPlan, FeedSettings, Protocol, RestPriority } from '../protocol.ts';
import { pagesBack, type Question, request, type Span } from '../requests.ts';
import { type Configured, configured } from '../settings.ts';
import { connectionsOf, planned } from '../streams.ts';
import { decode } from './decode.ts';
import { type BinanceState, createState } from './draft.ts';
import { frame, subscribe, unsubscribe } from './framing.ts';
import { SPOT, VENUE } from './product.ts';
import { barsPage, POOL, serverTime } from './requests.ts';
import { SPOT_SETTINGS } from './settings.ts';
import { verdict } from './verdict.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const BARS_PER_PAGE = 1000;

type Settings = Configured<typeof SPOT_SETTINGS>;

const settle = (settings: FeedSettings): Settings => configured(SPOT_SETTINGS, settings);

const ask = (config: Settings, asking: Question) =>
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

const bars = (config: Settings, symbol: string, interval: '1h' | '1m', span: Span) =>
  barsPage('klines', { symbol }, interval, span, ({ startTime, endTime, rows }) =>
    ask(config, {
      path: '/api/v3/klines',
      query: { symbol, interval, startTime, endTime, limit: rows },
      weight: 2,
      priority: 'backfill',
    }),
  );

/** One class of streams on `spot`. What may be silent for good reasons is judged by the book beside it. */
function connections(
  settings: FeedSettings,
  symbols: readonly string[],
): readonly ConnectionPlan[] {
  const config = settle(settings);
  const firstFrameMs = config.number('firstFrameMs');
  const groups = symbols.map((symbol) => {
    const depth = config.channel('depth', symbol.toLowerCase());
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
      { ...aside, stream: config.channel('quotes', symbol.toLowerCase()), firstFrameMs },
      { ...quiet, stream: config.channel('trades', symbol.toLowerCase()) },
      { ...quiet, stream: config.channel('volume', symbol.toLowerCase()) },
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
  recover(settings, symbol) {
    const config = settle(settings);
    const limit = config.number('snapshotLimit');
    const weight = snapshotWeight(limit);
    const query = { symbol, limit };
    const path = '/api/v3/depth';
    return {
      kind: 'request',
      request: ask(config, { path, query, weight, priority: 'book', symbol }),
    };
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
