import { describe, expect, test } from 'vitest';
import { microsFromMillis } from '../../../src/model/units.ts';
import { coinm, FUTURES_INFO, futuresRow, NOW, usdm, wrapped } from './support/decoder.ts';

/** Live frame of 2026-10-08: `st` and `ps` sit inside the order. */
const FORCE_ORDER_2026 =
  '{"stream":"!forceOrder@arr","data":{"e":"forceOrder","E":1791391083124,"o":{"s":"ILVUSDT","S":"SELL","o":"LIMIT","f":"IOC","q":"116.5","p":"3.80300","ap":"3.85642","X":"FILLED","l":"25.2","z":"116.5","T":1791391082119,"ps":"ILVUSDT","st":1}}}';

const ORDER = {
  s: 'BTCUSDT',
  S: 'SELL',
  o: 'LIMIT',
  f: 'IOC',
  q: '0.014',
  p: '9910',
  ap: '9910.12',
  X: 'FILLED',
  l: '0.014',
  z: '0.014',
  T: 1568014460893,
};
const frame = (order: Readonly<Record<string, unknown>>, outer = {}) =>
  wrapped('!forceOrder@arr', { e: 'forceOrder', E: 1568014460893, ...outer, o: order });

describe('a liquidation', () => {
  test('of October 2026 by a sell order closed a long, at the average price and the filled size', () => {
    expect(usdm().only('liquidation', '!forceOrder@arr', FORCE_ORDER_2026)).toEqual([
      {
        kind: 'liquidation',
        instrument: 'binance:ILV/USDT:USDT',
        liquidatedSide: 'long',
        price: 3.85642,
        size: 116.5,
        tsExchange: microsFromMillis(1791391082119),
        tsLocal: NOW,
      },
    ]);
  });

  test('of March 2020 by a buy order closed a short', () => {
    const old =
      '{"stream":"btcusdt@forceOrder","data":{"e":"forceOrder","E":1584059031426,"o":{"s":"BTCUSDT","S":"BUY","o":"LIMIT","f":"IOC","q":"0.014","p":"4793.91","ap":"4706.04","X":"FILLED","l":"0.015","z":"0.014","T":1584059031421}}}';
    expect(usdm().only('liquidation', 'btcusdt@forceOrder', old)[0]).toMatchObject({
      liquidatedSide: 'short',
      price: 4706.04,
      size: 0.014,
    });
  });

  test('counts what was filled, not what was ordered', () => {
    const order = { ...ORDER, q: '10', z: '2.5', l: '0.5' };
    expect(usdm().only('liquidation', 'x', frame(order))[0]?.size).toBe(2.5);
  });

  test('that has not been filled has liquidated nobody', () => {
    const order = { ...ORDER, X: 'NEW', z: '0', ap: '0' };
    expect(
      usdm()
        .hear('x', frame(order))
        .map(({ kind }) => kind),
    ).toEqual(['heard']);
  });

  test('at a price at which dollars are no number of coins is rejected', () => {
    const decoder = coinm();
    const order = { ...ORDER, s: 'BTCUSD_PERP', ap: '1', z: '73', st: 2 };
    expect(decoder.only('liquidation', 'x', frame(order))).toHaveLength(1);
    const text = JSON.stringify(frame({ ...order, ap: 12345 })).replace('12345', '1e-320');
    expect(decoder.hear('x', text).map(({ kind }) => kind)).toEqual(['rejected', 'heard']);
  });

  test('of a bundle is in coins', () => {
    const order = { ...ORDER, s: '1000SHIBUSDT', ap: '0.02', z: '1500' };
    expect(usdm().only('liquidation', 'x', frame(order))[0]).toMatchObject({
      instrument: 'binance:1000SHIB/USDT:USDT',
      price: 0.00002,
      size: 1_500_000,
    });
  });

  test.each([
    ['st in the message', { ...ORDER, s: 'BTCUSD_PERP' }, { st: 2 }],
    ['st in the order', { ...ORDER, s: 'BTCUSD_PERP', st: 2, ps: 'BTCUSD' }, {}],
    ['st as a text', { ...ORDER, s: 'BTCUSD_PERP', st: '2' }, {}],
    ['the symbol of a perp', { ...ORDER, s: 'BNBUSD_PERP' }, {}],
    ['the symbol of a dated contract', { ...ORDER, s: 'BNBUSD_261225' }, {}],
  ])('of COIN-M is left out, told by %s', (_, order, outer) => {
    expect(
      usdm()
        .hear('!forceOrder@arr', frame(order, outer))
        .map(({ kind }) => kind),
    ).toEqual(['heard']);
  });

  test('of a dated contract quoted in BUSD is not mistaken for COIN-M', () => {
    const order = { ...ORDER, s: 'ETHBUSD_210129' };
    expect(usdm().only('liquidation', 'x', frame(order))[0]?.instrument).toBe(
      'binance:ETH/BUSD:BUSD-210129',
    );
  });

  test('of a listed symbol is ours, however it is spelled', () => {
    const decoder = usdm();
    const row = futuresRow('XUSD_261225', {
      contractType: 'CURRENT_QUARTER',
      deliveryDate: Date.UTC(2026, 11, 25, 8),
      baseAsset: 'X',
    });
    decoder.hear(FUTURES_INFO, { symbols: [row] });
    expect(decoder.only('liquidation', 'x', frame({ ...ORDER, s: 'XUSD_261225' }))).toHaveLength(1);
  });

  test.each([
    ['without side', { S: undefined }, 'S: not a side'],
    ['filled at no price', { ap: '0' }, 'ap: not a price'],
    ['without order', null, 'o: not an object'],
    ['without time', { T: null }, 'T: not an id'],
  ])('%s is rejected', (_, change, reason) => {
    const order = change === null ? 'none' : { ...ORDER, ...change };
    const msg = wrapped('x', { e: 'forceOrder', E: 1568014460893, o: order });
    expect(usdm().hear('x', msg)).toMatchObject([{ kind: 'rejected', reason }, { kind: 'heard' }]);
  });
});
