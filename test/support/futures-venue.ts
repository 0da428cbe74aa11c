import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A perp as `futures.kraken.com` lists and quotes it. Invented numbers in the documented shape. */
export interface FuturesListing {
  readonly symbol: string;
  readonly type: 'flexible_futures' | 'futures_inverse';
  readonly tickSize: number;
  readonly markPrice: number;
  readonly indexPrice: number;
  /** Contracts: coins of a flexible future, dollars of an inverse one. */
  readonly vol24h: number;
  /** Quote currency per contract and hour: rate × mark. */
  readonly fundingRate: number;
  readonly tradeable?: boolean;
}

export const BTC_USD: FuturesListing = {
  symbol: 'PF_XBTUSD',
  type: 'flexible_futures',
  tickSize: 0.5,
  markPrice: 60_000,
  indexPrice: 59_970,
  vol24h: 1500,
  fundingRate: 0.75,
};

const BTC_INVERSE: FuturesListing = {
  symbol: 'PI_XBTUSD',
  type: 'futures_inverse',
  tickSize: 0.5,
  markPrice: 60_010,
  indexPrice: 59_970,
  vol24h: 6_000_000,
  fundingRate: 0.000_000_000_2,
};

const ETH_USD: FuturesListing = {
  symbol: 'PF_ETHUSD',
  type: 'flexible_futures',
  tickSize: 0.1,
  markPrice: 2500,
  indexPrice: 2501,
  vol24h: 40_000,
  fundingRate: -0.025,
};

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * The two public endpoints of `futures.kraken.com` that tell of all perps, on the loopback.
 *
 * @see https://docs.kraken.com/api/docs/futures-api/trading/get-tickers
 */
export class FuturesVenue {
  listings: readonly FuturesListing[];
  /** Paths in the order in which they were asked for. */
  readonly asked: string[] = [];
  /** Answers in the place of an endpoint, by the last part of its path; tests set it. */
  readonly faults = new Map<string, Answer>();
  readonly #server: Server;

  private constructor(listings: readonly FuturesListing[]) {
    this.listings = listings;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  /** Listens until the test is over. */
  static async start(
    listings: readonly FuturesListing[] = [BTC_USD, BTC_INVERSE, ETH_USD],
  ): Promise<FuturesVenue> {
    const venue = new FuturesVenue(listings);
    await new Promise<void>((resolve) => venue.#server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => venue.close());
    return venue;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How often an endpoint was asked. */
  count(endpoint: string): number {
    return this.asked.filter((path) => path.endsWith(`/${endpoint}`)).length;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    this.asked.push(path);
    const endpoint = path.split('/').at(-1) ?? '';
    const fault = this.faults.get(endpoint);
    if (fault !== undefined) fault(request, response);
    else if (path === '/derivatives/api/v3/instruments') json(response, this.#instruments());
    else if (path === '/derivatives/api/v3/tickers') json(response, this.#tickers());
    else json(response, { result: 'error', error: 'notFound' }, 404);
  }

  #instruments(): unknown {
    const index = { symbol: 'in_xbtusd', type: 'spot index', tradeable: false };
    const dated = {
      symbol: 'FF_XBTUSD_270326',
      type: 'flexible_futures',
      lastTradingTime: '2027-03-26T08:00:00.000Z',
      tickSize: 1,
      contractSize: 1,
      contractValueTradePrecision: 4,
      tradeable: true,
    };
    const perps = this.listings.map(({ symbol, type, tickSize, tradeable = true }) => ({
      symbol,
      type,
      tickSize,
      contractSize: 1,
      contractValueTradePrecision: type === 'futures_inverse' ? 0 : 4,
      tradeable,
    }));
    return { result: 'success', instruments: [index, dated, ...perps] };
  }

  #tickers(): unknown {
    return {
      result: 'success',
      tickers: this.listings.map((listing) => {
        const { symbol, markPrice, indexPrice, vol24h, fundingRate, tickSize } = listing;
        return {
          tag: 'perpetual',
          symbol,
          markPrice,
          indexPrice,
          bid: markPrice - tickSize,
          bidSize: 3,
          ask: markPrice + tickSize,
          askSize: 2,
          last: markPrice,
          lastTime: '2026-10-01T12:00:00.000Z',
          lastSize: 1,
          vol24h,
          openInterest: 1234,
          open24h: markPrice * 0.98,
          fundingRate,
          fundingRatePrediction: fundingRate,
          suspended: false,
        };
      }),
    };
  }
}

/** Answers with JSON. */
export function json(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
