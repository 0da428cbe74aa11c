import { MINUTE_MS } from '../market-bars.ts';

/** The books of rules behind the sockets: USDT-M futures, COIN-M futures, spot. */
export type MarketName = 'futures' | 'coinm' | 'spot';

/** Where the market lists what they publish, and what it calls it there. */
export const LISTED: Readonly<
  Record<MarketName, { readonly board: string; readonly product: string }>
> = {
  futures: { board: 'binance', product: 'usdm' },
  coinm: { board: 'binance-coinm', product: 'coinm' },
  spot: { board: 'binance', product: 'spot' },
};

/**
 * Which URL a socket came through. `public` and `market` are the two classes of the futures host,
 * `legacy` its old unrouted paths (book class only), `private` serves nothing here. COIN-M and spot
 * are not split.
 */
export type Family = 'public' | 'market' | 'legacy' | 'private' | 'coinm' | 'spot';

/**
 * A stream name, taken apart. `symbol` is upper case as payloads spell it, `null` for `!` streams. An
 * index price, and on COIN-M a mark price, may be that of a pair: `BTCUSD`.
 */
export type Stream =
  | { readonly kind: 'depth'; readonly symbol: string; readonly everyMs: number }
  | {
      readonly kind: 'partialDepth';
      readonly symbol: string;
      readonly levels: number;
      readonly everyMs: number;
    }
  | { readonly kind: 'markPrice'; readonly symbol: string | null; readonly everyMs: number }
  | { readonly kind: 'indexPrice'; readonly symbol: string; readonly everyMs: number }
  | { readonly kind: 'kline'; readonly symbol: string; readonly interval: string }
  | {
      readonly kind:
        | 'aggTrade'
        | 'trade'
        | 'bookTicker'
        | 'forceOrder'
        | 'miniTicker'
        | 'ticker'
        | 'contractInfo'
        | 'silent';
      readonly symbol: string | null;
    };

/** Candle lengths by the names requests use. Weeks and months do not exist here. */
export const INTERVAL_MS: ReadonlyMap<string, number> = new Map(
  (
    [
      ['1m', 1],
      ['3m', 3],
      ['5m', 5],
      ['15m', 15],
      ['30m', 30],
      ['1h', 60],
      ['2h', 120],
      ['4h', 240],
      ['6h', 360],
      ['8h', 480],
      ['12h', 720],
      ['1d', 1440],
    ] as const
  ).map(([name, minutes]) => [name, minutes * MINUTE_MS]),
);

const FUTURES_SPEEDS = { '': 250, '100ms': 100, '250ms': 250, '500ms': 500 };
const DEPTH_SPEEDS: Readonly<Record<MarketName, Readonly<Record<string, number>>>> = {
  futures: FUTURES_SPEEDS,
  coinm: FUTURES_SPEEDS,
  spot: { '': 1000, '100ms': 100, '1000ms': 1000 },
};

/** Streams that exist at the venue, are acknowledged here, and have nothing to say. */
const QUIET = new Set(['rpiDepth', 'compositeIndex', 'continuousKline', 'avgPrice']);
const QUIET_ALL = new Set(['!assetIndex@arr', 'tradingSession', '!rpiDepth']);

/** Takes a stream name apart; `null` when it is malformed (the venue answers with an error). */
export function parseStream(market: MarketName, name: string): Stream | null {
  if (QUIET_ALL.has(name)) return { kind: 'silent', symbol: null };
  const [subject, channel, speed = '', ...rest] = name.split('@');
  if (subject === undefined || subject === '' || rest.length > 0) return null;
  if (subject.startsWith('!')) return parseAll(market, name);
  if (!/^[a-z0-9_]+$/i.test(subject) || channel === undefined) return null;
  // The venue's streams are lower case; another spelling is a symbol it does not know.
  const symbol = subject === subject.toLowerCase() ? subject.toUpperCase() : '';
  return parseChannel(market, symbol, channel, speed);
}

function parseChannel(
  market: MarketName,
  symbol: string,
  channel: string,
  speed: string,
): Stream | null {
  const depth = /^depth(\d*)$/.exec(channel);
  if (depth !== null) {
    const everyMs = DEPTH_SPEEDS[market][speed];
    if (everyMs === undefined) return null;
    if (depth[1] === '') return { kind: 'depth', symbol, everyMs };
    const levels = Number(depth[1]);
    return [5, 10, 20].includes(levels) ? { kind: 'partialDepth', symbol, levels, everyMs } : null;
  }
  const isMark = channel === 'markPrice' && market !== 'spot';
  const isIndex = channel === 'indexPrice' && market === 'coinm';
  if (isMark || isIndex) {
    if (speed !== '' && speed !== '1s') return null;
    const everyMs = speed === '1s' ? 1000 : 3000;
    return { kind: isMark ? 'markPrice' : 'indexPrice', symbol, everyMs };
  }
  if (QUIET.has(channel.split('_')[0]!)) return { kind: 'silent', symbol };
  if (speed !== '') return null;
  const kline = /^kline_(\w+)$/.exec(channel);
  if (kline !== null) {
    const interval = kline[1]!;
    return INTERVAL_MS.has(interval) ? { kind: 'kline', symbol, interval } : null;
  }
  switch (channel) {
    case 'aggTrade':
    case 'trade':
    case 'bookTicker':
    case 'miniTicker':
    case 'ticker':
      return { kind: channel, symbol };
    case 'forceOrder':
      return market === 'spot' ? null : { kind: 'forceOrder', symbol };
    default:
      return null;
  }
}

function parseAll(market: MarketName, name: string): Stream | null {
  switch (name) {
    case '!miniTicker@arr':
      return { kind: 'miniTicker', symbol: null };
    case '!contractInfo':
      return market === 'spot' ? null : { kind: 'contractInfo', symbol: null };
    case '!ticker@arr':
      return { kind: 'ticker', symbol: null };
    case '!bookTicker':
      return market === 'spot' ? null : { kind: 'bookTicker', symbol: null };
    case '!forceOrder@arr':
      return market === 'spot' ? null : { kind: 'forceOrder', symbol: null };
    case '!markPrice@arr':
    case '!markPrice@arr@1s':
      if (market === 'spot') return null;
      return { kind: 'markPrice', symbol: null, everyMs: name.endsWith('@1s') ? 1000 : 3000 };
    default:
      return null;
  }
}

const BOOK_CLASS = new Set<Stream['kind']>(['depth', 'partialDepth', 'bookTicker', 'trade']);

/**
 * Whether a socket of that family ever delivers the stream. On any other the subscription is
 * acknowledged all the same and stays silent (venues.md §2.1).
 */
export function serves(family: Family, stream: Stream): boolean {
  switch (family) {
    case 'coinm':
    case 'spot':
      return true;
    case 'public':
    case 'legacy':
      return BOOK_CLASS.has(stream.kind);
    case 'market':
      return !BOOK_CLASS.has(stream.kind);
    case 'private':
      return false;
  }
}
