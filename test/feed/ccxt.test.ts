import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Ccxt, hasCcxt, knowsExchange, loadExchange } from '../../src/feed/ccxt.ts';
import { systemClock } from '../../src/feed/clock.ts';
import { PolledExchange } from '../../src/feed/polled-exchange.ts';
import { createRandom } from '../../src/feed/random.ts';
import { RestClient } from '../../src/feed/rest.ts';
import { fundingRows, marketRows, tickerRows } from '../../src/venues/polled/records.ts';
import { FuturesVenue } from '../support/futures-venue.ts';

/** Half of ccxt's own limit would be a question every 1.2 s. */
async function impatient(id: string): Promise<Ccxt> {
  const exchange = await loadExchange(id);
  exchange.rateLimit = 1;
  exchange.tokenBucket = { delay: 0.001 };
  exchange.initRestRateLimiter();
  return exchange;
}

describe('ccxt', () => {
  test.each(['krakenfutures', 'gate', 'bitget', 'kucoinfutures', 'mexc', 'htx', 'bingx', 'phemex'])(
    'has %s in a file of its own',
    (id) => expect(knowsExchange(id)).toBe(true),
  );

  test.each(['mtgox', 'base', 'abstract', '', '../ccxt', 'krakenfutures.js', 'KRAKEN'])(
    'has no exchange %o',
    (id) => expect(knowsExchange(id)).toBe(false),
  );

  test('loads one exchange, at half of its rate and looking only now and then', async () => {
    expect(hasCcxt()).toBe(true);
    const exchange = await loadExchange('krakenfutures');
    expect(exchange.has['swap']).toBe(true);
    // 600 ms in ccxt.
    expect(exchange.rateLimit).toBe(1200);
    expect(exchange.tokenBucket).toMatchObject({ refillRate: 1 / 1200, delay: 0.05 });
  });

  test.each([
    ['gate', { types: ['swap'] }],
    ['htx', { types: { spot: false, linear: true, inverse: true } }],
    ['bitget', { types: ['swap'] }],
  ])('is asked by %s for its perps only', async (id, fetchMarkets) => {
    const { options } = await loadExchange(id);
    expect(options['fetchMarkets']).toMatchObject(fetchMarkets);
  });

  test('refuses what it does not have', async () => {
    await expect(loadExchange('../../package')).rejects.toThrow('no exchange');
    await expect(loadExchange('mtgox')).rejects.toThrow('no exchange mtgox');
  });

  test('reads the answers of an exchange that come through our own client', async () => {
    const venue = await FuturesVenue.start();
    const rest = new RestClient(systemClock(), createRandom(1));
    const ccxt = await impatient('krakenfutures');
    const exchange = new PolledExchange(ccxt, {
      rest,
      report: () => {},
      pool: { name: 'requests', budget: 60, limit: 120, windowMs: 60_000 },
      host: venue.url,
    });
    onTestFinished(() => {
      exchange.close();
      rest.close();
    });
    const markets = await exchange.ask((each) => each.loadMarkets(true));
    if (markets.state !== 'ok') throw new Error(markets.reason);
    const rows = marketRows(markets.value, exchange.precisionMode, ['BTC', 'ETH']);
    expect(rows.map(({ symbol, id, inverse }) => [symbol, id, inverse])).toEqual([
      ['BTC/USD:USD', 'PF_XBTUSD', false],
      ['ETH/USD:USD', 'PF_ETHUSD', false],
      ['BTC/USD:BTC', 'PI_XBTUSD', true],
    ]);
    expect(rows[0]).toMatchObject({ priceStep: '0.5', sizeStep: '0.0001', contractSize: 1 });
    const symbols = ['BTC/USD:USD', 'ETH/USD:USD'];
    const tickers = await exchange.ask((each) => each.fetchTickers(symbols));
    if (tickers.state !== 'ok') throw new Error(tickers.reason);
    expect(tickerRows(tickers.value, symbols)).toMatchObject([
      { symbol: 'BTC/USD:USD', bid: 59_999.5, ask: 60_000.5, mark: 60_000, base: 1500 },
      { symbol: 'ETH/USD:USD', mark: 2500, index: 2501 },
    ]);
    const rates = await exchange.ask((each) => each.fetchFundingRates(symbols));
    if (rates.state !== 'ok') throw new Error(rates.reason);
    expect(fundingRows(rates.value, symbols)).toMatchObject([
      { symbol: 'BTC/USD:USD', rate: 0.75 / 60_000, interval: '1h', nextMs: null },
      { symbol: 'ETH/USD:USD', rate: -0.025 / 2500 },
    ]);
    expect(exchange.can('fetchOpenInterest')).toBe(false);
    const unknown = await exchange.ask((each) => each.fetchTicker('DOGE/USD:USD'));
    expect(unknown).toEqual({ state: 'invalid', reason: 'unknown symbol' });
  });

  test('lets go of what its limiter holds back when it is closed', async () => {
    const venue = await FuturesVenue.start();
    const rest = new RestClient(systemClock(), createRandom(1));
    const ccxt = await loadExchange('krakenfutures');
    ccxt.rateLimit = 3_600_000;
    ccxt.tokenBucket = { delay: 0.05 };
    ccxt.initRestRateLimiter();
    const exchange = new PolledExchange(ccxt, {
      rest,
      report: () => {},
      pool: { name: 'requests', budget: 60, limit: 120, windowMs: 60_000 },
      host: venue.url,
    });
    await exchange.ask((each) => each.loadMarkets(true));
    const held = exchange.ask((each) => each.fetchTickers(['BTC/USD:USD']));
    rest.close();
    exchange.close();
    expect(await held).toMatchObject({ state: 'closed' });
    expect(venue.count('tickers')).toBe(0);
  });

  test('keeps its native add-ons to itself: the `ws` of the feeds finds none', () => {
    const lock = JSON.parse(
      readFileSync(path.join(import.meta.dirname, '../../package-lock.json'), 'utf8'),
    ) as { packages: Record<string, unknown> };
    expect(lock.packages).toHaveProperty(['node_modules/ccxt']);
    for (const name of ['bufferutil', 'utf-8-validate'])
      expect(lock.packages).not.toHaveProperty([`node_modules/${name}`]);
  });
});
