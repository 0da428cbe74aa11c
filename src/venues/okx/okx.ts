import type { HistorySeries } from '../../model/event.ts';
import { symbolsOf } from '../listed.ts';
import type {
  ConnectionPlan,
  FeedSettings,
  Protocol,
  Recovery,
  RestPriority,
  RestRequest,
  StreamPlan,
} from '../protocol.ts';
import { pageOf, pagesBack } from '../requests.ts';
import { configured } from '../settings.ts';
import { planned } from '../streams.ts';
import { decode } from './decode.ts';
import { createState, type OkxState } from './draft.ts';
import { frame, PING, subscribe, unsubscribe } from './framing.ts';
import { isLiquidations, noteReport } from './liquidations.ts';
import { FEED, VENUE } from './listings.ts';
import { ask, type Endpoint, poolsOf, type Settings, serverTime } from './requests.ts';
import { OKX_SETTINGS } from './settings.ts';
import { verdict } from './verdict.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const FIVE_MINUTES_MS = 300_000;

const settle = (settings: FeedSettings): Settings => configured(OKX_SETTINGS, settings);

/** `BTC-USDT-SWAP` is a perp, `BTC-USD-260327` dated, `BTC-USDT` spot; only for deciding what to ask, never for what an answer means. */
function kindOf(symbol: string): 'perp' | 'future' | 'spot' {
  if (symbol.endsWith('-SWAP')) return 'perp';
  return /-\d{6}$/.test(symbol) ? 'future' : 'spot';
}

/** Name of the index behind a contract: its coins. */
const indexOf = (symbol: string): string => symbol.split('-').slice(0, 2).join('-');

const listings = (config: Settings, instType: string, priority: RestPriority): RestRequest =>
  ask(config, 'public/instruments', { instType }, priority);

const allListings = (config: Settings): RestRequest[] =>
  ['SWAP', 'FUTURES', 'SPOT'].map((type) => listings(config, type, 'poll'));

/** Streams of one symbol. What may be silent for good reasons is judged by the book beside it, or by the mark, which never rests. */
function streamsOf(
  config: Settings,
  symbol: string,
  extra: { readonly index: string | undefined; readonly liquidations: string | undefined },
): StreamPlan[] {
  const kind = kindOf(symbol);
  const isPerp = kind === 'perp';
  const firstFrameMs = config.number('firstFrameMs');
  const sparseMs = config.number('sparseFirstFrameMs');
  const hasBook = kind !== 'future';
  const isContract = kind !== 'spot';
  const aside = { alternate: null, sibling: null, carriesBook: false };
  const depth = hasBook ? config.channel('depth', symbol) : undefined;
  const mark = isContract ? config.channel('mark', symbol) : undefined;
  const quiet = { ...aside, firstFrameMs: null, periodMs: null, sibling: mark ?? depth ?? null };
  const when = (isWanted: boolean, channel: Parameters<Settings['channel']>[0]) =>
    isWanted ? config.channel(channel, symbol) : undefined;
  return planned([
    {
      ...aside,
      stream: depth,
      firstFrameMs,
      periodMs: config.number('depthPeriodMs'),
      carriesBook: true,
      startsAnew: true,
    },
    { ...aside, stream: when(hasBook, 'quotes'), firstFrameMs, periodMs: null },
    { ...aside, stream: mark, firstFrameMs, periodMs: config.number('markPeriodMs') },
    {
      ...aside,
      stream: extra.index,
      firstFrameMs: sparseMs,
      periodMs: config.number('indexPeriodMs'),
    },
    // Too rare to tell by it whether a socket lives.
    { ...quiet, stream: when(isPerp, 'funding'), firstFrameMs: sparseMs },
    { ...quiet, stream: when(hasBook, 'trades') },
    { ...quiet, stream: config.channel('volume', symbol) },
    {
      ...quiet,
      stream: when(isContract, 'openInterest'),
      periodMs: config.number('openInterestPeriodMs'),
    },
    { ...quiet, stream: extra.liquidations },
  ]);
}

const isOfBook = (stream: string): boolean => /^(?:books|bbo-tbt)/.test(stream);

/**
 * Symbols' streams → sockets, so that none carries more book channels than the venue recommends. A symbol's streams stay together, because one that may be
 * silent is judged by its siblings on the same socket.
 */
function spread(groups: readonly (readonly StreamPlan[])[], config: Settings): StreamPlan[][] {
  const booksAtMost = config.number('booksPerConnection');
  const streamsAtMost = config.number('streamsPerConnection');
  const booksIn = (streams: readonly StreamPlan[]) =>
    streams.filter(({ stream }) => isOfBook(stream)).length;
  const sockets: StreamPlan[][] = [];
  for (const group of groups) {
    if (group.length === 0) continue;
    const open = sockets.at(-1);
    if (
      open !== undefined &&
      open.length + group.length <= streamsAtMost &&
      booksIn(open) + booksIn(group) <= booksAtMost
    )
      open.push(...group);
    else sockets.push([...group]);
  }
  return sockets;
}

/** Addresses to try besides: only where the first one is the venue's own, as whoever talks to another host wants no other. */
function alternatesOf(config: Settings): readonly string[] {
  if (config.host('ws') !== OKX_SETTINGS.hosts.ws) return [];
  return [config.host('wsSecond'), config.host('wsThird')].filter((host) => host !== '');
}

const PATH = '/ws/v5/public';

/** Everything comes by one public address; books and their quotes are spread over as many sockets as they need. */
function connections(
  settings: FeedSettings,
  symbols: readonly string[],
): readonly ConnectionPlan[] {
  const config = settle(settings);
  const indices = new Set<string>();
  const firstPerp = symbols.find((symbol) => kindOf(symbol) === 'perp');
  const groups = symbols.map((symbol) => {
    // Contracts of one pair of coins share their index.
    const index = kindOf(symbol) === 'spot' ? undefined : config.channel('index', indexOf(symbol));
    const isFirst = index !== undefined && !indices.has(index);
    if (isFirst) indices.add(index);
    return streamsOf(config, symbol, {
      index: isFirst ? index : undefined,
      liquidations: symbol === firstPerp ? config.channel('liquidations') : undefined,
    });
  });
  return spread(groups, config).map((streams, at) => ({
    name: at === 0 ? 'public' : `public-${at + 1}`,
    url: config.host('ws') + PATH,
    alternates: alternatesOf(config).map((host) => host + PATH),
    streams,
    silenceMs: config.number('silenceMs'),
    rollAfterMs: config.number('rollAfterMs'),
    heartbeat: {
      everyMs: config.number('pingEveryMs'),
      always: false,
      answerMs: config.number('pongWithinMs'),
    },
    messagesPerSecond: config.number('messagesPerSecond'),
    requestsPerHour: config.number('requestsPerHour'),
    streamsPerMessage: config.number('streamsPerMessage'),
    streamsAtMost: config.number('streamsPerConnection'),
  }));
}

/** Bars that the endpoints without `history-` reach back. */
const RECENT_BARS = 1440;
const BARS_PER_PAGE = 300;
/** Rows per page of mark and index bars, open interest and settled funding. */
const ROWS_PER_PAGE = 100;
/** Rows of open-interest history that there are. */
const OPEN_INTEREST_ROWS = 1440;

type Bars = 'candles' | 'mark-price-candles' | 'index-candles';

const HOURLY_BARS = {
  candles: 'bar1h',
  'mark-price-candles': 'mark1h',
  'index-candles': 'index1h',
} as const satisfies Readonly<Record<Bars, HistorySeries>>;

/** Pages of bars, newest first. `after` and `before` are both exclusive. */
function bars(
  config: Settings,
  kind: Bars,
  instId: string,
  bar: '1H' | '1m',
  count: number,
  nowMs: number,
): RestRequest[] {
  const stepMs = bar === '1H' ? HOUR_MS : MINUTE_MS;
  const perPage = kind === 'candles' ? BARS_PER_PAGE : ROWS_PER_PAGE;
  const series = bar === '1m' ? 'bar1m' : HOURLY_BARS[kind];
  return pagesBack(nowMs, stepMs, count, perPage).map((page) =>
    pageOf({ symbol: instId, series, stepMs }, page, ({ startTime, endTime, rows }) => {
      const isRecent = nowMs - startTime < (RECENT_BARS - 1) * stepMs;
      const endpoint: Endpoint = isRecent ? `market/${kind}` : `market/history-${kind}`;
      const limit = isRecent ? rows : Math.min(rows, BARS_PER_PAGE);
      const query = { instId, bar, after: endTime + 1, before: startTime - 1, limit };
      return ask(config, endpoint, query, 'backfill');
    }),
  );
}

function openInterestPages(
  config: Settings,
  instId: string,
  period: '1H' | '5m',
  count: number,
  nowMs: number,
): RestRequest[] {
  const stepMs = period === '1H' ? HOUR_MS : FIVE_MINUTES_MS;
  const rows = Math.min(count, OPEN_INTEREST_ROWS - 1);
  return pagesBack(nowMs, stepMs, rows, ROWS_PER_PAGE).map((page) =>
    pageOf(
      { symbol: instId, series: 'openInterest', stepMs },
      page,
      ({ startTime, endTime, rows: limit }) =>
        ask(
          config,
          'rubik/stat/contracts/open-interest-history',
          { instId, period, begin: startTime, end: endTime, limit },
          'backfill',
        ),
    ),
  );
}

/** Settled funding in windows that no interval fills: the shortest is an hour. */
const fundingPages = (config: Settings, instId: string, hours: number, nowMs: number) =>
  pagesBack(nowMs, HOUR_MS, hours, ROWS_PER_PAGE).map((page) =>
    pageOf(
      { symbol: instId, series: 'fundingSettled', stepMs: HOUR_MS },
      page,
      ({ startTime, endTime }) =>
        ask(
          config,
          'public/funding-rate-history',
          { instId, after: endTime + 1, before: startTime - 1, limit: ROWS_PER_PAGE },
          'backfill',
        ),
    ),
  );

/** Page by page of each in turn: endpoints have limits of their own, so none has to wait for another's. */
const inTurn = (...lists: readonly (readonly RestRequest[])[]): RestRequest[] =>
  Array.from({ length: Math.max(...lists.map(({ length }) => length)) }, (_, page) =>
    lists.flatMap((list) => list[page] ?? []),
  ).flat();

/** What drift is made of: open interest, funding, basis, volume. */
function driftHistory(config: Settings, symbol: string, nowMs: number): RestRequest[] {
  const days = config.number('backfillDays');
  const hours = (days + config.number('windowDays')) * 24;
  const kind = kindOf(symbol);
  const traded = bars(config, 'candles', symbol, '1H', hours, nowMs);
  if (kind === 'spot') return traded;
  const openInterest = openInterestPages(config, symbol, '1H', days * 24, nowMs);
  if (kind === 'future') return inTurn(traded, openInterest);
  return inTurn(
    openInterest,
    fundingPages(config, symbol, hours, nowMs),
    bars(config, 'mark-price-candles', symbol, '1H', hours, nowMs),
    traded,
  );
}

/** What the last hours look like: minutes of price, five minutes of open interest. */
const recentHistory = (config: Settings, symbol: string, nowMs: number): RestRequest[] =>
  inTurn(
    bars(config, 'candles', symbol, '1m', config.number('minuteBars'), nowMs),
    kindOf(symbol) === 'perp'
      ? openInterestPages(config, symbol, '5m', config.number('fiveMinuteRows'), nowMs)
      : [],
  );

function backfill(
  settings: FeedSettings,
  symbols: readonly string[],
  nowMs: number,
): readonly RestRequest[] {
  const config = settle(settings);
  const of = (kind: ReturnType<typeof kindOf>) =>
    symbols.filter((symbol) => kindOf(symbol) === kind);
  const hours = (config.number('backfillDays') + config.number('windowDays')) * 24;
  const indices = [...new Set(of('perp').map(indexOf))];
  return [
    ...of('perp').flatMap((symbol) => driftHistory(config, symbol, nowMs)),
    ...indices.flatMap((index) => bars(config, 'index-candles', index, '1H', hours, nowMs)),
    ...of('spot').flatMap((symbol) => driftHistory(config, symbol, nowMs)),
    ...[...of('perp'), ...of('spot')].flatMap((symbol) => recentHistory(config, symbol, nowMs)),
    ...of('future').flatMap((symbol) => driftHistory(config, symbol, nowMs)),
  ];
}

/** Tries of the book's stream and of REST in turn, as either may have lost its power to begin a book (venues.md §4.2). */
function recover(
  settings: FeedSettings,
  symbol: string,
  need: 'lost' | 'waiting' | 'audit',
  attempt: number,
): Recovery {
  const config = settle(settings);
  const stream = config.channel('depth', symbol);
  const sz = config.number('bookLevels');
  const isStreamsTurn =
    need === 'lost' ? attempt % 2 === 1 : need === 'waiting' && attempt % 3 === 0;
  if (isStreamsTurn && stream !== undefined) return { kind: 'resubscribe', stream };
  return {
    kind: 'request',
    request: ask(config, 'market/books', { instId: symbol, sz }, 'book', symbol),
  };
}

/**
 * OKX v5: perps and dated futures in coins, dollars and dollar coins, and spot, by one public socket.
 *
 * @see https://www.okx.com/docs-v5/en/
 */
export const okx: Protocol<OkxState> = {
  isFollowed: true,
  feed: FEED,
  venue: VENUE,
  defaults: OKX_SETTINGS,
  liquidations: {
    carries: isLiquidations,
    completeness: 'sampled',
    note: 'partial: the venue says that it publishes not all of them',
  },
  bootstrap: (settings) => allListings(settle(settings)),
  clock: (settings) => ask(settle(settings), 'public/time', {}, 'poll'),
  serverTime,
  symbols: (state, assets) => symbolsOf(state.listings, assets),
  connections,
  subscribe,
  unsubscribe,
  ping: () => PING,
  frame,
  recover,
  polls(settings, symbols) {
    const config = settle(settings);
    return [
      ...symbols
        .filter((symbol) => kindOf(symbol) === 'perp')
        .map((instId) => ({
          // Two rows more than the newest: the distance of the last two is the interval.
          request: ask(config, 'public/funding-rate-history', { instId, limit: 3 }, 'poll'),
          everyMs: config.number('fundingHistoryEveryMs'),
          phaseMs: config.number('fundingHistoryPhaseMs'),
        })),
      ...allListings(config).map((request) => ({
        request,
        everyMs: config.number('instrumentsEveryMs'),
      })),
    ];
  },
  backfill,
  pools: (settings) => poolsOf(settle(settings)),
  verdict,
  createState,
  noteReport,
  decode,
};
