import { symbolsOf } from '../listed.ts';
import type {
  BookNeed,
  ConnectionPlan,
  FeedSettings,
  PollPlan,
  Protocol,
  Recovery,
  RestPriority,
  RestRequest,
  StreamPlan,
} from '../protocol.ts';
import { pageOf, pagesBack, request } from '../requests.ts';
import { type Configured, configured } from '../settings.ts';
import { connectionsOf, planned } from '../streams.ts';
import { isObject } from '../wire.ts';
import { nearTheMoney, trimmed } from './chain.ts';
import { decode } from './decode.ts';
import { createState, type DeribitState } from './draft.ts';
import { frame, opening, subscribe, unsubscribe } from './framing.ts';
import { FEED, VENUE } from './listings.ts';
import { DERIBIT_SETTINGS } from './settings.ts';
import { currencyOf, indexOf, type Spelling, spellingOf } from './symbols.ts';
import { verdict } from './verdict.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MINUTE_MS = 60_000;
const SECOND_MS = 1000;

const POOL = 'deribit';
/** A list of listings may be asked for once per second: it takes a whole second's budget. */
const LISTINGS_WEIGHT = 5;
/** Rows of funding history per answer, counted back from the end; one report says 720, one 744. */
const FUNDING_PER_PAGE = 720;
/** Bars per answer [U]. */
const BARS_PER_PAGE = 5000;

type Settings = Configured<typeof DERIBIT_SETTINGS>;

const settle = (settings: FeedSettings): Settings => configured(DERIBIT_SETTINGS, settings);

/** Wire symbols by what they spell, which decides what is asked, never what an answer means. */
interface Sorted {
  readonly perps: readonly string[];
  readonly dated: readonly string[];
  readonly options: readonly string[];
}

function sorted(symbols: readonly string[]): Sorted {
  const of = (kind: Spelling['kind']) =>
    symbols.filter((symbol) => spellingOf(symbol)?.kind === kind);
  return { perps: of('perp'), dated: of('future'), options: of('option') };
}

/** What symbols have in common, each once and in their order. */
const distinct = (symbols: readonly string[], keyOf: (spelling: Spelling) => string): string[] => [
  ...new Set(symbols.map((symbol) => keyOf(spellingOf(symbol)!))),
];

function ask(
  config: Settings,
  method: string,
  query: Readonly<Record<string, string | number>>,
  priority: RestPriority,
  weight = 1,
): RestRequest {
  const path = `/public/${method}`;
  return request({ host: config.host('rest'), path, query, weight, pool: POOL, priority });
}

const listOf = (text: string | undefined): string[] => (text ?? '').split(',').filter(Boolean);

function listings(config: Settings): RestRequest[] {
  return listOf(config.channel('listings')).flatMap((currency) =>
    ['future', 'option'].map((kind) =>
      ask(config, 'get_instruments', { currency, kind, expired: 'false' }, 'poll', LISTINGS_WEIGHT),
    ),
  );
}

const summary = (config: Settings, currency: string, kind: 'future' | 'option'): RestRequest =>
  ask(config, 'get_book_summary_by_currency', { currency, kind }, 'poll');

/** Marks of everything that is no option: where the money of the options is. */
const futures = (config: Settings): RestRequest[] =>
  listOf(config.channel('summaries')).map((currency) => summary(config, currency, 'future'));

const isSummarised = (config: Settings, currency: string): boolean =>
  listOf(config.channel('summaries')).includes(currency);

/** Currencies with a volatility index among those of the perps: that of a coin is on the index of its inverse perp. */
const volatilities = (config: Settings, perps: readonly string[]): string[] =>
  listOf(config.channel('volatilities')).filter((currency) =>
    perps.some((perp) => currencyOf(spellingOf(perp)!) === currency),
  );

/** What a volatility index was on the days until `nowMs`. */
const volatilityDays = (
  config: Settings,
  currency: string,
  nowMs: number,
  priority: RestPriority,
): RestRequest =>
  ask(
    config,
    'get_volatility_index_data',
    {
      currency,
      start_timestamp: nowMs - config.number('volatilityDays') * DAY_MS,
      end_timestamp: nowMs,
      resolution: '1D',
    },
    priority,
  );

/** Everything of one perp. Its ticker moves with the index every second, so what may rest is judged by it. */
function perpStreams(config: Settings, symbol: string): StreamPlan[] {
  const firstFrameMs = config.number('firstFrameMs');
  const ticker = config.channel('ticker', symbol);
  const shared = { alternate: null, carriesBook: false };
  return planned([
    {
      stream: ticker,
      ...shared,
      firstFrameMs,
      periodMs: config.number('tickerPeriodMs'),
      sibling: null,
    },
    {
      stream: config.channel('depth', symbol),
      ...shared,
      firstFrameMs,
      periodMs: config.number('depthPeriodMs'),
      sibling: ticker ?? null,
      carriesBook: true,
      startsAnew: true,
    },
    {
      stream: config.channel('trades', symbol),
      ...shared,
      firstFrameMs: null,
      periodMs: null,
      sibling: ticker ?? null,
    },
  ]);
}

/** All streams on one socket, as far as they fit: it carries everything. */
function connections(
  settings: FeedSettings,
  symbols: readonly string[],
): readonly ConnectionPlan[] {
  const config = settle(settings);
  const { perps, dated, options } = sorted(symbols);
  const firstFrameMs = config.number('firstFrameMs');
  const [first] = perps;
  const sibling = (first === undefined ? undefined : config.channel('ticker', first)) ?? null;
  const shared = { firstFrameMs, alternate: null, carriesBook: false };
  const sparse = { ...shared, firstFrameMs: null, periodMs: null, sibling };
  const heard = trimmed(options, config.number('optionExpiries'), config.number('optionStrikes'));
  const groups = [
    ...perps.map((symbol) => perpStreams(config, symbol)),
    ...dated.map((symbol) =>
      planned([
        {
          stream: config.channel('dated', symbol),
          ...shared,
          // It stops for good when the contract is delivered.
          periodMs: null,
          sibling,
        },
      ]),
    ),
    ...distinct(options, indexOf).map((index) =>
      planned([
        {
          stream: config.channel('marks', index),
          ...shared,
          periodMs: config.number('marksPeriodMs'),
          sibling,
        },
      ]),
    ),
    ...volatilities(config, perps).map((currency) =>
      planned([
        { stream: config.channel('volatility', `${currency.toLowerCase()}_usd`), ...sparse },
      ]),
    ),
    ...heard.map((symbol) =>
      planned([{ stream: config.channel('option', symbol), ...shared, periodMs: null, sibling }]),
    ),
  ];
  if (groups.length === 0) return [];
  const ofTheVenue = planned([
    { stream: config.channel('states'), ...sparse },
    { stream: config.channel('platform'), ...sparse },
  ]);
  const alternate = config.host('wsAlternate');
  return connectionsOf([...groups, ofTheVenue], {
    name: 'public',
    url: config.host('ws'),
    ...(alternate !== '' && { alternates: [alternate] }),
    silenceMs: config.number('silenceMs'),
    rollAfterMs: config.number('rollAfterMs'),
    messagesPerSecond: config.number('messagesPerSecond'),
    streamsPerMessage: config.number('streamsPerMessage'),
    streamsAtMost: config.number('streamsPerConnection'),
  });
}

/** Tries by subscription before the book is asked for. */
const SUBSCRIPTIONS = 2;

/**
 * A book that is lost begins anew with its subscription, which the venue opens with a snapshot. Where that brings none, and for comparison, it can be asked
 * for: its `change_id` is on the same count.
 */
function recover(
  settings: FeedSettings,
  symbol: string,
  need: BookNeed,
  attempt: number,
): Recovery {
  const config = settle(settings);
  const stream = config.channel('depth', symbol);
  if (need !== 'audit' && stream !== undefined && attempt <= SUBSCRIPTIONS)
    return { kind: 'resubscribe', stream };
  const depth = config.number('auditDepth');
  const asked = ask(config, 'get_order_book', { instrument_name: symbol, depth }, 'book');
  return { kind: 'request', request: { ...asked, symbol } };
}

/** Hours of funding that a poll looks back: a stretch that was missed comes with the next one. */
const POLLED_HOURS = 25;

function polls(settings: FeedSettings, symbols: readonly string[]): readonly PollPlan[] {
  const config = settle(settings);
  const { perps, options } = sorted(symbols);
  return [
    ...distinct(options, currencyOf)
      .filter((currency) => isSummarised(config, currency))
      .map((currency) => ({
        request: summary(config, currency, 'option'),
        everyMs: config.number('chainEveryMs'),
      })),
    ...volatilities(config, perps).map((currency) => {
      const requestAt = (nowMs: number) => volatilityDays(config, currency, nowMs, 'poll');
      return {
        request: requestAt(0),
        requestAt,
        everyMs: config.number('volatilityEveryMs'),
        phaseMs: config.number('volatilityPhaseMs'),
      };
    }),
    ...perps.map((symbol) => {
      const requestAt = (nowMs: number) =>
        funding(config, symbol, nowMs - POLLED_HOURS * HOUR_MS, nowMs, 'poll');
      return {
        request: requestAt(0),
        requestAt,
        everyMs: config.number('fundingRateEveryMs'),
        phaseMs: config.number('fundingRatePhaseMs'),
      };
    }),
    ...[...listings(config), ...futures(config)].map((asked) => ({
      request: asked,
      everyMs: config.number('listingsEveryMs'),
      phaseMs: config.number('listingsPhaseMs'),
    })),
  ];
}

function funding(
  config: Settings,
  symbol: string,
  startMs: number,
  endMs: number,
  priority: RestPriority,
): RestRequest {
  const query = { instrument_name: symbol, start_timestamp: startMs, end_timestamp: endMs };
  return ask(config, 'get_funding_rate_history', query, priority);
}

function chartPages(
  config: Settings,
  symbol: string,
  resolution: '60' | '1',
  count: number,
  nowMs: number,
): RestRequest[] {
  const isHourly = resolution === '60';
  const stepMs = isHourly ? HOUR_MS : MINUTE_MS;
  const series = isHourly ? 'bar1h' : 'bar1m';
  return pagesBack(nowMs, stepMs, count, BARS_PER_PAGE).map((span) =>
    pageOf({ symbol, series, stepMs }, span, ({ startTime, endTime }) =>
      ask(
        config,
        'get_tradingview_chart_data',
        {
          instrument_name: symbol,
          start_timestamp: startTime,
          end_timestamp: endTime,
          resolution,
        },
        'backfill',
      ),
    ),
  );
}

/** Each page brings the index of its hours as well. */
const fundingPages = (
  config: Settings,
  symbol: string,
  hours: number,
  nowMs: number,
): RestRequest[] =>
  pagesBack(nowMs, HOUR_MS, hours, FUNDING_PER_PAGE).map((span) =>
    pageOf({ symbol, series: 'fundingSettled', stepMs: HOUR_MS }, span, ({ startTime, endTime }) =>
      funding(config, symbol, startTime, endTime, 'backfill'),
    ),
  );

/** Funding with the index, prices, and the days of the volatility index. There is no history of open interest or of mark prices (venues.md §1.8): those warm up. */
function backfill(
  settings: FeedSettings,
  symbols: readonly string[],
  nowMs: number,
): readonly RestRequest[] {
  const config = settle(settings);
  const { perps, dated } = sorted(symbols);
  const hours = (config.number('backfillDays') + config.number('windowDays')) * 24;
  const hourly = (symbol: string) => chartPages(config, symbol, '60', hours, nowMs);
  return [
    ...perps.flatMap((symbol) => [
      ...fundingPages(config, symbol, hours, nowMs),
      ...hourly(symbol),
      ...chartPages(config, symbol, '1', config.number('minuteBars'), nowMs),
    ]),
    ...dated.flatMap(hourly),
    ...volatilities(config, perps).map((currency) =>
      volatilityDays(config, currency, nowMs, 'backfill'),
    ),
  ];
}

/** `{"jsonrpc":"2.0","result":1699999999000,…}` */
function serverTime(body: string): number | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const time = isObject(value) ? value['result'] : undefined;
    return typeof time === 'number' && Number.isSafeInteger(time) && time > 0 ? time : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Deribit: inverse and linear perps, dated futures, and the options of the watched assets. One socket and one host carry all of them.
 *
 * @see https://docs.deribit.com
 */
export const deribit: Protocol<DeribitState> = {
  feed: FEED,
  venue: VENUE,
  defaults: DERIBIT_SETTINGS,
  liquidations: {
    carries: (stream) => stream.startsWith('trades.'),
    completeness: 'all',
    note: 'all that were filled in the book',
  },
  isFollowed: true,
  bootstrap(settings) {
    const config = settle(settings);
    return [...listings(config), ...futures(config)];
  },
  clock: (settings) => ask(settle(settings), 'get_time', {}, 'poll'),
  serverTime,
  symbols: (state, assets) => [
    ...symbolsOf(state.listings, assets),
    ...nearTheMoney(state, assets),
  ],
  connections,
  subscribe,
  unsubscribe,
  opening,
  frame,
  recover,
  polls,
  backfill,
  pools(settings) {
    const config = settle(settings);
    const limit = config.number('requestLimit');
    const budget = Math.max(LISTINGS_WEIGHT, Math.floor(limit * config.number('budgetShare')));
    return [{ name: POOL, limit, budget, windowMs: SECOND_MS }];
  },
  verdict,
  createState,
  decode,
};
