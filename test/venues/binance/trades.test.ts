import { describe, expect, test } from 'vitest';
import { microsFromMillis } from '../../../src/model/units.ts';
import { FUTURES_INFO, futuresRow, NOW, spot, usdm, wrapped } from './support/decoder.ts';

/** Live frame of 2026-10-08. */
const AGG_TRADE_2026 =
  '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1791391082024,"a":3478018549,"s":"BTCUSDT","p":"83434.40","q":"0.016","nq":"0.016","f":8154045700,"l":8154045704,"T":1791391081874,"m":true,"st":1}}';

/** 2024-08-08, recorded by hftbacktest. */
const TRADE_2024 =
  '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161256322,"T":1723161256322,"s":"BTCUSDT","t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":false}}';

describe('a futures aggregate trade', () => {
  test('of October 2026 is a sell when the buyer rested in the book', () => {
    expect(usdm().hear('btcusdt@aggTrade', AGG_TRADE_2026).slice(1)).toEqual([
      {
        kind: 'trade',
        instrument: 'binance:BTC/USDT:USDT',
        aggressor: 'sell',
        price: 83434.4,
        size: 0.016,
        id: 3478018549,
        tsExchange: microsFromMillis(1791391081874),
        tsLocal: NOW,
      },
      {
        kind: 'heard',
        feed: 'binance-usdm',
        stream: 'btcusdt@aggTrade',
        tsExchange: microsFromMillis(1791391082024),
        tsLocal: NOW,
      },
    ]);
  });

  test('of 2019 has no number', () => {
    const [trade] = usdm().only(
      'trade',
      'btcusdt@aggTrade',
      '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1568693103463,"s":"BTCUSDT","p":"10223.74","q":"0.236","f":181349,"l":181349,"T":1568693103463,"m":false}}',
    );
    expect(trade).toMatchObject({ aggressor: 'buy', price: 10223.74, size: 0.236, id: null });
  });

  test('counts everything traded, with and without fills of the RPI book', () => {
    const frame = AGG_TRADE_2026.replace('"nq":"0.016"', '"nq":"0.010"');
    expect(usdm().only('trade', 'btcusdt@aggTrade', frame)[0]?.size).toBe(0.016);
  });

  test('of a bundle is a price per coin and a size in coins', () => {
    const decoder = usdm();
    const row = futuresRow('1000PEPEUSDT', {}, '0.0000001', '1');
    decoder.hear(FUTURES_INFO, { symbols: [row] });
    const data = {
      e: 'aggTrade',
      E: 1791391082024,
      s: '1000PEPEUSDT',
      a: 7,
      p: '0.0123456',
      q: '25',
      f: 1,
      l: 1,
      T: 1791391081874,
      m: false,
    };
    expect(decoder.only('trade', '1000pepeusdt@aggTrade', wrapped('x', data))[0]).toMatchObject({
      instrument: 'binance:1000PEPE/USDT:USDT',
      price: 0.0000123456,
      size: 25_000,
    });
  });
});

describe('a futures trade', () => {
  test('of August 2024 is a buy when the seller rested in the book', () => {
    expect(usdm().only('trade', 'btcusdt@trade', TRADE_2024)).toEqual([
      {
        kind: 'trade',
        instrument: 'binance:BTC/USDT:USDT',
        aggressor: 'buy',
        price: 61800.3,
        size: 0.006,
        id: 5266583935,
        tsExchange: microsFromMillis(1723161256322),
        tsLocal: NOW,
      },
    ]);
  });

  test.each(['INSURANCE_FUND', 'ADL', 'NA'])('from %s is not a trade', (origin) => {
    const events = usdm().hear('btcusdt@trade', TRADE_2024.replace('MARKET', origin));
    expect(events.map(({ kind }) => kind)).toEqual(['heard']);
  });

  test('of 2019, which names no origin, is a trade', () => {
    const frame =
      '{"stream":"btcusdt@trade","data":{"e":"trade","E":1574381164089,"T":1574381164086,"s":"BTCUSDT","t":10934580,"p":"7627.60","q":"0.044","m":false}}';
    expect(usdm().only('trade', 'btcusdt@trade', frame)).toHaveLength(1);
  });
});

describe('a spot trade', () => {
  test('of August 2024 keeps its number and drops the padding zeros', () => {
    const frame =
      '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}}';
    expect(spot().only('trade', 'btcusdt@trade', frame)).toEqual([
      {
        kind: 'trade',
        instrument: 'binance:BTC/USDT',
        aggressor: 'sell',
        price: 61837.63,
        size: 0.02,
        id: 3735683259,
        tsExchange: microsFromMillis(1723161255342),
        tsLocal: NOW,
      },
    ]);
  });

  test('may carry its times in microseconds', () => {
    const frame =
      '{"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343001,"s":"BTCUSDT","t":1,"p":"61837.63","q":"0.02","T":1723161255342007,"m":true,"M":true}}';
    expect(spot().only('trade', 'btcusdt@trade', frame)[0]?.tsExchange).toBe(1723161255342007);
  });
});

describe('a trade that cannot be true', () => {
  const data = (JSON.parse(TRADE_2024) as { data: Record<string, unknown> }).data;
  test.each([
    ['a price of zero', { p: '0.00' }, 'p: not a price'],
    ['a negative price', { p: '-1' }, 'p: not a decimal'],
    ['no price', { p: undefined }, 'p: not a decimal'],
    ['a price that is no number', { p: 'NaN' }, 'p: not a decimal'],
    ['nothing traded', { q: '0.000' }, 'q: nothing traded'],
    ['an endless size', { q: '9'.repeat(400) }, 'q: too large'],
    ['no maker', { m: undefined }, 'm: not true or false'],
    ['a maker that is a text', { m: 'true' }, 'm: not true or false'],
    ['no time', { T: undefined }, 'T: not an id'],
    ['a time in seconds', { T: 1723161256 }, 'T: not a time'],
    ['a time beyond belief', { T: 9e15 }, 'T: not a time'],
    ['a fractional number', { t: 1.5 }, 't: not an id'],
    ['a number beyond 2^53', { t: 2 ** 53 }, 't: not an id'],
    ['a symbol with a space', { s: 'BTC USDT' }, 's: not a symbol'],
    ['an unknown quote coin', { s: 'BTCXYZ' }, 'unknown symbol BTCXYZ'],
    ['more decimals than the venue writes', { p: '61800.123456789' }, 'more than 8 decimals'],
  ])('with %s is rejected', (_, change, reason) => {
    const decoder = usdm();
    const events = decoder.hear('btcusdt@trade', wrapped('btcusdt@trade', { ...data, ...change }));
    expect(events.map(({ kind }) => kind)).toEqual(['rejected', 'heard']);
    expect(events[0]).toMatchObject({ chan: 'btcusdt@trade', reason });
    expect(decoder.state.listings.size).toBe(0);
  });
});
