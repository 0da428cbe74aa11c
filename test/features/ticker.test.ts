import { describe, expect, test } from 'vitest';
import { lastPriceReading } from '../../src/features/ticker.ts';
import { DEFAULT_SETTINGS } from '../../src/model/settings.ts';
import { at, listed } from '../support/market.ts';

const ticker = (seconds: number, more: object = {}) => ({
  kind: 'volume24h',
  tsLocal: at(seconds),
  size: 1,
  notional: 2,
  ...more,
});

describe('the last price', () => {
  const readingAt = (seconds: number, perp: ReturnType<typeof listed>) =>
    lastPriceReading(perp.state, at(seconds), DEFAULT_SETTINGS);
  const traded = (perp: ReturnType<typeof listed>, seconds: number, price: number) => {
    perp.state.lastTrade = { price, aggressor: 'buy', size: 1, tsLocal: at(seconds) };
  };

  test('is the newer of the ticker’s and the trade’s', () => {
    const perp = listed();
    perp.tell(ticker(1, { lastPrice: 10 }));
    expect(readingAt(1, perp)).toMatchObject({ state: 'live', value: 10 });
    traded(perp, 2, 11);
    expect(readingAt(2, perp)).toMatchObject({ state: 'live', value: 11 });
    perp.tell(ticker(3, { lastPrice: 12 }));
    expect(readingAt(3, perp)).toMatchObject({ state: 'live', value: 12 });
  });

  test('is the trade’s where tickers say nothing of it', () => {
    const perp = listed();
    perp.tell(ticker(1));
    expect(readingAt(1, perp)).toMatchObject({ state: 'absent', reason: 'no trade: binance' });
    traded(perp, 2, 11);
    perp.tell(ticker(3));
    expect(readingAt(3, perp)).toMatchObject({ state: 'live', value: 11 });
  });
});
