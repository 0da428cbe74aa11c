import type { Ccxt } from '../../../src/feed/ccxt.ts';

/** Errors under the names of ccxt's own, with what theirs hold: addresses and whole answers. */
class ExchangeError extends Error {
  constructor() {
    super('toy GET https://toy.example/tickers?key=1 {"whole":"answer"}');
  }
}
class RateLimitExceeded extends ExchangeError {}
class OnMaintenance extends ExchangeError {}
class BadSymbol extends ExchangeError {}
class AuthenticationError extends ExchangeError {}
class RestrictedLocation extends ExchangeError {}

export const ERRORS = {
  ExchangeError,
  RateLimitExceeded,
  OnMaintenance,
  BadSymbol,
  AuthenticationError,
  RestrictedLocation,
} as const;

const HOST = 'https://toy.example';

const perp = (asset: string, more: object = {}) => ({
  id: `${asset}USDT`,
  symbol: `${asset}/USDT:USDT`,
  base: asset,
  quote: 'USDT',
  settle: 'USDT',
  swap: true,
  linear: true,
  inverse: false,
  contractSize: 1,
  precision: { price: 0.1, amount: 0.001 },
  active: true,
  ...more,
});

/** Two linear perps and a coin-margined one. */
export const TOY_MARKETS = Object.fromEntries(
  [
    perp('BTC'),
    perp('ETH'),
    perp('BTC', {
      id: 'BTCUSD',
      symbol: 'BTC/USD:BTC',
      quote: 'USD',
      settle: 'BTC',
      linear: false,
      inverse: true,
    }),
  ].map((market) => [market.symbol, market]),
);

/** An exchange of ccxt as far as the feed sees one. What it asks goes wherever its `fetch` is led; `{"error":"BadSymbol"}` in an answer is thrown. */
export class ToyCcxt implements Ccxt {
  has: Record<string, unknown> = {
    fetchTickers: true,
    fetchFundingRates: true,
    fetchOpenInterest: true,
  };
  readonly options = {};
  readonly precisionMode = 4;
  rateLimit = 100;
  tokenBucket = {};
  readonly throttler = { config: { tokens: 0 } };

  initRestRateLimiter(): void {}

  fetch(_url: string, _method?: string, _headers?: unknown, _body?: unknown): Promise<unknown> {
    throw new Error('nobody took the place of fetch');
  }

  parseJson(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }

  handleErrors(...args: Parameters<Ccxt['handleErrors']>): unknown {
    const parsed = args[6] as { error?: keyof typeof ERRORS } | undefined;
    if (parsed?.error !== undefined) throw new ERRORS[parsed.error]();
    return undefined;
  }

  handleHttpStatusCode(status: number): void {
    if (status >= 500) throw new OnMaintenance();
  }

  loadMarkets = (): Promise<unknown> => this.fetch(`${HOST}/markets`);
  fetchTickers = (symbols: readonly string[]): Promise<unknown> =>
    this.fetch(`${HOST}/tickers?of=${symbols.join()}`);
  fetchTicker = (symbol: string): Promise<unknown> => this.fetch(`${HOST}/ticker?of=${symbol}`);
  fetchFundingRates = (symbols: readonly string[]): Promise<unknown> =>
    this.fetch(`${HOST}/rates?of=${symbols.join()}`);
  fetchFundingRate = (symbol: string): Promise<unknown> => this.fetch(`${HOST}/rate?of=${symbol}`);
  fetchOpenInterests = (symbols: readonly string[]): Promise<unknown> =>
    this.fetch(`${HOST}/interests?of=${symbols.join()}`);
  fetchOpenInterest = (symbol: string): Promise<unknown> =>
    this.fetch(`${HOST}/interest?of=${symbol}`);
}
