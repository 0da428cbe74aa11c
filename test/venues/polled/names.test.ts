import { describe, expect, test } from 'vitest';
import { polledVenue, venueOfFeed } from '../../../src/venues/polled/names.ts';

describe('the names of polled venues', () => {
  test('are those of ccxt, each with a feed of its own', () => {
    expect(polledVenue('bitget')).toEqual({
      venue: 'bitget',
      feed: 'bitget-polled',
      ccxtId: 'bitget',
    });
  });

  test.each([
    ['kraken', 'kraken', 'krakenfutures'],
    ['krakenfutures', 'kraken', 'krakenfutures'],
    ['kucoin', 'kucoin', 'kucoinfutures'],
    ['gateio', 'gate', 'gate'],
    ['huobi', 'htx', 'htx'],
  ])('%s is %s, and its perps trade on %s', (name, venue, ccxtId) => {
    expect(polledVenue(name)).toEqual({ venue, ccxtId, feed: `${venue}-polled` });
  });

  test.each(['binance', 'binanceusdm', 'binancecoinm', 'bybit', 'okx', 'deribit', 'hyperliquid'])(
    '%s is never polled: it is streamed',
    (name) => {
      expect(polledVenue(name)).toBeUndefined();
      expect(venueOfFeed(`${name}-polled`)).toBeUndefined();
    },
  );

  test.each(['', 'Kraken', '../kraken', 'kraken.js', 'a'.repeat(50), '1broker', 'kraken-polled'])(
    '%o is no name',
    (name) => {
      expect(polledVenue(name)).toBeUndefined();
    },
  );

  test('are found again by their feed, and only by that one', () => {
    expect(venueOfFeed('kraken-polled')).toBe('kraken');
    expect(venueOfFeed('krakenfutures-polled')).toBeUndefined();
    expect(venueOfFeed('binance-usdm')).toBeUndefined();
    expect(venueOfFeed('-polled')).toBeUndefined();
  });
});
