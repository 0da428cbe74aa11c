import { describe, expect, test } from 'vitest';
import { decoderOf, feedsOfVenue, protocolOf, protocols, venues } from '../../src/venues/index.ts';
import { polledVenue } from '../../src/venues/polled/names.ts';

describe('the registry of venues', () => {
  test('finds every protocol by its feed, and every feed by its venue', () => {
    for (const protocol of protocols) {
      expect(protocolOf(protocol.feed)).toBe(protocol);
      expect(feedsOfVenue(protocol.venue)).toContain(protocol.feed);
    }
    expect(venues.flatMap(feedsOfVenue).toSorted()).toEqual(
      protocols.map(({ feed }) => feed).toSorted(),
    );
  });
  test('holds no feed twice', () => {
    expect(new Set(protocols.map(({ feed }) => feed)).size).toBe(protocols.length);
  });
  test('knows the futures of Binance, margined in dollars and in coins, and its spot', () => {
    expect(venues).toContain('binance');
    expect(feedsOfVenue('binance')).toEqual(['binance-usdm', 'binance-spot', 'binance-coinm']);
  });
  test('reads the records of its feeds and of any venue that is polled', () => {
    for (const protocol of protocols) expect(decoderOf(protocol.feed)).toBe(protocol);
    expect(decoderOf('kraken-polled')).toMatchObject({ feed: 'kraken-polled', venue: 'kraken' });
    expect(decoderOf('kraken-polled')).toBe(decoderOf('kraken-polled'));
    expect(decoderOf('binance-polled')).toBeUndefined();
    expect(decoderOf('mtgox')).toBeUndefined();
  });
  test('knows Hyperliquid', () => {
    expect(feedsOfVenue('hyperliquid')).toEqual(['hyperliquid']);
  });
  test('leaves none of its venues to be polled', () => {
    for (const venue of venues) expect(polledVenue(venue)).toBeUndefined();
  });
  test('does not know what it does not speak', () => {
    expect(protocolOf('mtgox')).toBeUndefined();
    expect(feedsOfVenue('mtgox')).toEqual([]);
  });
});
