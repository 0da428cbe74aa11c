import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import {
  fundingRows,
  marketRows,
  openInterestRows,
  recordText,
  tickerRows,
} from '../../../src/venues/polled/records.ts';

/** ccxt's mode in which `precision` holds steps. */
const TICK_SIZE = 4;

const market = (more: object = {}) => ({
  id: 'XBTUSDTM',
  symbol: 'BTC/USDT:USDT',
  base: 'BTC',
  quote: 'USDT',
  settle: 'USDT',
  swap: true,
  linear: true,
  inverse: false,
  contractSize: 0.001,
  precision: { price: 0.1, amount: 1 },
  active: true,
  info: { secret: 'of the venue' },
  ...more,
});
const inverse = market({
  id: 'XBTUSDM',
  symbol: 'BTC/USD:BTC',
  quote: 'USD',
  settle: 'BTC',
  linear: false,
  inverse: true,
  contractSize: 1,
});
const byKey = (...markets: object[]) => Object.fromEntries(markets.map((each, i) => [i, each]));
const symbolsOf = (markets: unknown, assets = ['BTC']) =>
  marketRows(markets, TICK_SIZE, assets).map(({ symbol }) => symbol);

describe('what is listed', () => {
  test('is written down in our own fields and nothing else', () => {
    expect(marketRows(byKey(market()), TICK_SIZE, ['BTC'])).toEqual([
      {
        symbol: 'BTC/USDT:USDT',
        id: 'XBTUSDTM',
        base: 'BTC',
        quote: 'USDT',
        settle: 'USDT',
        inverse: false,
        contractSize: 0.001,
        priceStep: '0.1',
        sizeStep: '1',
        active: true,
      },
    ]);
  });

  test('are the perps of the assets asked for, also those listed by the bundle', () => {
    const markets = byKey(
      market(),
      market({ symbol: 'ETH/USDT:USDT', base: 'ETH' }),
      market({ symbol: '1000PEPE/USDT:USDT', base: '1000PEPE' }),
      market({ symbol: 'BTC/USDT', swap: false }),
      market({ symbol: 'BTC/USDT:USDT-270326', swap: false }),
    );
    expect(symbolsOf(markets, ['BTC', 'PEPE']).toSorted()).toEqual([
      '1000PEPE/USDT:USDT',
      'BTC/USDT:USDT',
    ]);
  });

  test('begins with the perp that stands for the venue: dollars first, coin-margined last', () => {
    const usd = market({ symbol: 'BTC/USD:USD', quote: 'USD', settle: 'USD' });
    const euro = market({ symbol: 'BTC/EUR:EUR', quote: 'EUR', settle: 'EUR' });
    const usdc = market({ symbol: 'BTC/USDC:USDC', quote: 'USDC', settle: 'USDC' });
    expect(symbolsOf(byKey(inverse, euro, usd, usdc, market()))).toEqual([
      'BTC/USDT:USDT',
      'BTC/USDC:USDC',
      'BTC/USD:USD',
      'BTC/EUR:EUR',
      'BTC/USD:BTC',
    ]);
  });

  test('leaves out contracts whose worth nobody states', () => {
    const quanto = market({ symbol: 'BTC/USD:ETH', linear: false, settle: 'ETH' });
    const unsized = market({ symbol: 'BTC/USDC:USDC', contractSize: undefined });
    expect(symbolsOf(byKey(quanto, unsized))).toEqual([]);
  });

  test.each([
    ['steps', TICK_SIZE, { price: 1e-7, amount: 10 }, '0.0000001', '10'],
    ['decimals', 2, { price: 2, amount: 0 }, '0.01', '1'],
    ['significant digits, which are no steps', 3, { price: 5, amount: 5 }, null, null],
    ['nothing', TICK_SIZE, {}, null, null],
  ])('knows precision in %s', (_, mode, precision, priceStep, sizeStep) => {
    expect(marketRows(byKey(market({ precision })), mode, ['BTC'])[0]).toMatchObject({
      priceStep,
      sizeStep,
    });
  });

  test('is bounded, whatever a venue lists', () => {
    const many = Array.from({ length: 1000 }, (_, i) => market({ symbol: `BTC/X${i}:X${i}` }));
    expect(symbolsOf(byKey(...many))).toHaveLength(256);
  });
});

describe('answers', () => {
  const symbols = ['BTC/USDT:USDT'];

  test('of tickers are cut down to the symbols asked for', () => {
    const ticker = {
      symbol: 'BTC/USDT:USDT',
      timestamp: 1,
      bid: 1,
      ask: '2',
      last: undefined,
      open: null,
      baseVolume: 5,
      quoteVolume: Number.NaN,
      markPrice: 1.5,
      info: {},
    };
    const rows = [
      {
        symbol: 'BTC/USDT:USDT',
        bid: 1,
        ask: 2,
        last: null,
        open: null,
        base: 5,
        quote: null,
        mark: 1.5,
        index: null,
      },
    ];
    const other = { ...ticker, symbol: 'ETH/USDT:USDT' };
    expect(tickerRows({ a: ticker, b: other }, symbols)).toEqual(rows);
    expect(tickerRows([other, ticker], symbols)).toEqual(rows);
    expect(tickerRows(ticker, symbols)).toEqual(rows);
    expect(tickerRows(undefined, symbols)).toEqual([]);
  });

  test('of funding name the next settlement, under either of its names', () => {
    const rate = { symbol: 'BTC/USDT:USDT', fundingRate: 0.0001, interval: '8h' };
    const next = (more: object) => fundingRows({ ...rate, ...more }, symbols)[0]?.nextMs;
    expect(next({ fundingTimestamp: 1000, nextFundingTimestamp: 2000 })).toBe(1000);
    expect(next({ nextFundingTimestamp: 2000 })).toBe(2000);
    expect(next({})).toBeNull();
    expect(fundingRows(rate, symbols)[0]).toMatchObject({ rate: 0.0001, interval: '8h' });
  });

  test('of open interest keep both forms', () => {
    const interest = { symbol: 'BTC/USDT:USDT', openInterestAmount: 3, openInterestValue: null };
    expect(openInterestRows([interest], symbols)).toEqual([
      { symbol: 'BTC/USDT:USDT', amount: 3, value: null },
    ]);
  });

  property.prop([fc.anything(), fc.anything()])(
    'of any shape are written down',
    (answer, inner) => {
      const odd = { 'BTC/USDT:USDT': { symbol: 'BTC/USDT:USDT', bid: inner, fundingRate: inner } };
      for (const rows of [tickerRows, fundingRows, openInterestRows])
        for (const shape of [answer, odd])
          expect(() => JSON.parse(recordText(rows(shape, symbols)))).not.toThrow();
      expect(() => marketRows(answer, TICK_SIZE, ['BTC'])).not.toThrow();
    },
  );
});
