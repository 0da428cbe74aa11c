import { symbolsOf } from '../listed.ts';
import type {
  BookNeed,
  ConnectionPlan,
  FeedSettings,
  PollPlan,
  Protocol,
  Recovery,
  RestRequest,
} from '../protocol.ts';
import { pagesBack } from '../requests.ts';
import { connectionsOf, planned } from '../streams.ts';
import { decode } from './decode.ts';
import { type BybitState, createState } from './draft.ts';
import { frame, ping, subscribe, unsubscribe } from './framing.ts';
import { BOOK_LEVELS, INVERSE, LINEAR, type Product, SPOT, VENUE } from './product.ts';
import {
  ask,
  BARS_PER_PAGE,
  bars,
  cursorIn,
  fundingRates,
  listings,
  openInterest,
  POOL,
  page,
  ROWS_PER_PAGE,
  type Settings,
  serverTime,
  settle,
} from './requests.ts';
import { FUTURES_SETTINGS, SPOT_SETTINGS } from './settings.ts';
import { verdict } from './verdict.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const FIVE_MINUTES_MS = 300_000;
const FIVE_SECONDS_MS = 5_000;

/** `BTCUSDT-27MAR26` and `BTCUSDH26` are dated; only for deciding what to ask, never for what an answer means. */
const isDated = (symbol: string): boolean =>
  /-\d{1,2}[A-Z]{3}\d\d$|USD[FGHJKMNQUVXZ]\d\d$/.test(symbol);

/**
 * One connection with everything about each symbol: of dated contracts the ticker alone, which holds what a term structure needs. What may be silent for
 * good reasons is judged by what stands beside it.
 */
function connections(
  product: Product,
  settings: FeedSettings,
  symbols: readonly string[],
): readonly ConnectionPlan[] {
  const config = settle(settings);
  const aside = { alternate: null, sibling: null, carriesBook: false };
  const prompt = { ...aside, firstFrameMs: config.number('firstFrameMs') };
  const groups = symbols.map((symbol) => {
    const ticker = {
      ...prompt,
      stream: config.channel('tickers', symbol),
      periodMs: config.number('tickerPeriodMs'),
      startsAnew: true as const,
    };
    // Nobody may trade what is dated for an hour.
    if (isDated(symbol)) return planned([{ ...ticker, periodMs: null }]);
    const depth = config.channel('depth', symbol);
    const quiet = { ...aside, firstFrameMs: null, periodMs: null };
    return planned([
      {
        ...prompt,
        stream: depth,
        periodMs: config.number('depthPeriodMs'),
        carriesBook: true,
        startsAnew: true,
      },
      {
        ...prompt,
        stream: config.channel('quotes', symbol),
        periodMs: config.number('quotePeriodMs'),
      },
      ticker,
      { ...quiet, stream: config.channel('trades', symbol), sibling: depth ?? null },
      {
        ...quiet,
        stream: product.category === 'spot' ? undefined : config.channel('liquidations', symbol),
        sibling: ticker.stream ?? null,
      },
    ]);
  });
  const path = `/v5/public/${product.category}`;
  const alternate = config.host('wsAlternate');
  return connectionsOf(groups, {
    name: product.category,
    url: config.host('ws') + path,
    ...(alternate !== '' && { alternates: [alternate + path] }),
    silenceMs: config.number('silenceMs'),
    rollAfterMs: config.number('rollAfterMs'),
    heartbeat: {
      everyMs: config.number('pingEveryMs'),
      always: true,
      answerMs: config.number('pongMs'),
    },
    messagesPerSecond: config.number('messagesPerSecond'),
    streamsPerMessage: config.number('streamsPerMessage'),
    streamsAtMost: config.number('streamsPerConnection'),
  });
}

/** Tries before the REST book, which has the same numbers, takes its turns with a subscription that brings no snapshot. */
const RESUBSCRIPTIONS = 2;

function recover(
  { category }: Product,
  settings: FeedSettings,
  symbol: string,
  need: BookNeed,
  attempt: number,
): Recovery {
  const config = settle(settings);
  const stream = config.channel('depth', symbol);
  if (stream === undefined) return { kind: 'wait' };
  const isLikeRest = stream.startsWith(`orderbook.${BOOK_LEVELS}.`);
  const isRestsTurn = attempt > RESUBSCRIPTIONS && attempt % 2 === 1;
  if (isLikeRest && (need === 'audit' || isRestsTurn)) {
    const query = { category, symbol, limit: config.number('bookLevels') };
    return { kind: 'request', request: ask(config, 'orderbook', 'book', query, symbol) };
  }
  return need === 'audit' ? { kind: 'wait' } : { kind: 'resubscribe', stream };
}

function polls(
  product: Product,
  settings: FeedSettings,
  symbols: readonly string[],
): readonly PollPlan[] {
  const config = settle(settings);
  const perps = product.category === 'spot' ? [] : symbols.filter((symbol) => !isDated(symbol));
  return [
    ...perps.map((symbol) => ({
      request: fundingRates(config, product, symbol, 'poll', { limit: 3 }),
      everyMs: config.number('fundingRateEveryMs'),
      phaseMs: config.number('fundingRatePhaseMs'),
    })),
    // Those of inverse contracts are in coins.
    ...(product.category === 'linear' ? perps : []).map((symbol) => ({
      request: ask(config, 'risk-limit', 'poll', { category: product.category, symbol }),
      everyMs: config.number('riskLimitEveryMs'),
    })),
    { request: listings(config, product, 'poll'), everyMs: config.number('listingsEveryMs') },
  ];
}

/**
 * History of one contract. Prices come first: what dollars of inverse open interest were worth in coins is known by them. Funding is asked for in windows
 * that hold a settlement an hour, since nobody has said yet how often this one settles.
 */
function contractHistory(
  config: Settings,
  product: Product,
  symbol: string,
  nowMs: number,
): RestRequest[] {
  const hours = (config.number('backfillDays') + config.number('windowDays')) * 24;
  const hourly = (perPage: number) => pagesBack(nowMs, HOUR_MS, hours, perPage);
  const price = (endpoint: 'kline' | 'mark-price-kline' | 'index-price-kline') =>
    hourly(BARS_PER_PAGE).map((span) => bars(config, product, endpoint, symbol, '60', span));
  return [
    ...price('mark-price-kline'),
    ...price('kline'),
    ...price('index-price-kline'),
    ...(isDated(symbol)
      ? []
      : hourly(ROWS_PER_PAGE).map((span) =>
          page({ ...product, symbol }, 'fundingSettled', HOUR_MS, span, (part) =>
            fundingRates(config, product, symbol, 'backfill', {
              startTime: part.startTime,
              endTime: part.endTime,
              limit: part.rows,
            }),
          ),
        )),
    ...hourly(ROWS_PER_PAGE).map((span) => openInterest(config, product, symbol, '1h', span)),
  ];
}

function minuteBars(
  config: Settings,
  product: Product,
  symbol: string,
  nowMs: number,
): RestRequest[] {
  const count = config.number('minuteBars');
  return pagesBack(nowMs, MINUTE_MS, count, BARS_PER_PAGE).map((span) =>
    bars(config, product, 'kline', symbol, '1', span),
  );
}

function backfill(
  product: Product,
  settings: FeedSettings,
  symbols: readonly string[],
  nowMs: number,
): readonly RestRequest[] {
  const config = settle(settings);
  if (product.category === 'spot') {
    const hours = (config.number('backfillDays') + config.number('windowDays')) * 24;
    return [
      ...symbols.flatMap((symbol) =>
        pagesBack(nowMs, HOUR_MS, hours, BARS_PER_PAGE).map((span) =>
          bars(config, product, 'kline', symbol, '60', span),
        ),
      ),
      ...symbols.flatMap((symbol) => minuteBars(config, product, symbol, nowMs)),
    ];
  }
  const perps = symbols.filter((symbol) => !isDated(symbol));
  const fives = (symbol: string) =>
    pagesBack(nowMs, FIVE_MINUTES_MS, config.number('fiveMinuteRows'), ROWS_PER_PAGE).map((span) =>
      openInterest(config, product, symbol, '5min', span),
    );
  return [
    ...perps.flatMap((symbol) => contractHistory(config, product, symbol, nowMs)),
    ...perps.flatMap((symbol) => [...minuteBars(config, product, symbol, nowMs), ...fives(symbol)]),
    ...symbols.filter(isDated).flatMap((symbol) => contractHistory(config, product, symbol, nowMs)),
  ];
}

const LIQUIDATIONS: Protocol<BybitState>['liquidations'] = {
  carries: (stream) => /^(?:allLiquidation|liquidation)\./.test(stream),
  completeness: 'all',
  note: 'all, in batches of half a second',
};

/**
 * One family of Bybit v5: the same dialect on a socket of its own.
 *
 * @see https://bybit-exchange.github.io/docs/v5/ws/connect
 */
const family = (product: Product): Protocol<BybitState> => ({
  feed: product.feed,
  venue: VENUE,
  defaults: product.category === 'spot' ? SPOT_SETTINGS : FUTURES_SETTINGS,
  isFollowed: true,
  liquidations: product.category === 'spot' ? null : LIQUIDATIONS,
  bootstrap: (settings) => [listings(settle(settings), product, 'poll')],
  nextPage(settings, { chan }, body) {
    const cursor = chan.includes('/instruments-info') ? cursorIn(body) : undefined;
    return cursor === undefined ? undefined : listings(settle(settings), product, 'poll', cursor);
  },
  clock: (settings) => ask(settle(settings), 'time', 'poll'),
  serverTime,
  symbols: (state, assets) => symbolsOf(state.listings, assets),
  connections: (settings, symbols) => connections(product, settings, symbols),
  subscribe,
  unsubscribe,
  ping,
  frame,
  recover: (settings, symbol, need, attempt) => recover(product, settings, symbol, need, attempt),
  polls: (settings, symbols) => polls(product, settings, symbols),
  backfill: (settings, symbols, nowMs) => backfill(product, settings, symbols, nowMs),
  pools(settings) {
    const config = settle(settings);
    const limit = config.number('requestLimit');
    const budget = Math.floor(limit * config.number('budgetShare'));
    return [{ name: POOL, limit, budget, windowMs: FIVE_SECONDS_MS }];
  },
  verdict,
  createState,
  decode: (state, record) => decode(product, state, record),
});

/** Perps and dated contracts margined in USDT or USDC. */
export const bybitLinear = family(LINEAR);
/** Perps and dated contracts margined in their own coin; their sizes are dollars. */
export const bybitInverse = family(INVERSE);
export const bybitSpot = family(SPOT);
