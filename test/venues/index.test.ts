import { describe, expect, test } from 'vitest';
import { feedsOfVenue, protocolOf, protocols, venues } from '../../src/venues/index.ts';

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
  test('knows Binance futures and spot', () => {
    expect(venues).toContain('binance');
    expect(feedsOfVenue('binance')).toEqual(['binance-usdm', 'binance-spot']);
  });
  test('knows Hyperliquid', () => {
    expect(feedsOfVenue('hyperliquid')).toEqual(['hyperliquid']);
  });
  test('does not know what it does not speak', () => {
    expect(protocolOf('mtgox')).toBeUndefined();
    expect(feedsOfVenue('mtgox')).toEqual([]);
  });
});
