import { describe, expect, test } from 'vitest';
import { microsFromMillis } from '../../../src/model/units.ts';
import { NOW, spot, usdm, wrapped } from './support/decoder.ts';

const MINI = {
  e: '24hrMiniTicker',
  E: 1672515782136,
  s: 'BTCUSDT',
  ps: 'BTCUSDT',
  st: 1,
  c: '16584.60',
  o: '16716.00',
  h: '16764.89',
  l: '16456.51',
  v: '122474.816',
  q: '2036102085.69',
};

describe('24 h volume', () => {
  test('of a mini ticker is base coin and quote currency', () => {
    expect(usdm().only('volume24h', 'btcusdt@miniTicker', wrapped('x', MINI))).toEqual([
      {
        kind: 'volume24h',
        instrument: 'binance:BTC/USDT:USDT',
        size: 122474.816,
        notional: 2036102085.69,
        lastPrice: 16584.6,
        openPrice: 16716,
        tsExchange: microsFromMillis(1672515782136),
        tsLocal: NOW,
      },
    ]);
  });

  test('of the full ticker of September 2019 reads the same fields', () => {
    const frame =
      '{"stream":"btcusdt@ticker","data":{"e":"24hrTicker","E":1568693103467,"s":"BTCUSDT","p":"-88.17","P":"-0.855","w":"10223.98","c":"10223.74","Q":"2.097","o":"10311.91","h":"10329.38","l":"10080.70","v":"20248.900","q":"207024349.13","O":1568606704662,"C":1568693103463,"F":148927,"L":181349,"n":32423}}';
    expect(usdm().only('volume24h', 'btcusdt@ticker', frame)[0]).toMatchObject({
      size: 20248.9,
      notional: 207024349.13,
    });
  });

  test('of a spot ticker of September 2019, bid and ask included', () => {
    const frame =
      '{"stream":"dogebnb@ticker","data":{"e":"24hrTicker","E":1569805259092,"s":"DOGEBNB","p":"0.00000291","P":"2.068","w":"0.00014188","x":"0.00014069","c":"0.00014360","Q":"51135.00000000","b":"0.00014365","B":"7080.00000000","a":"0.00014498","A":"275033.00000000","o":"0.00014069","h":"0.00014550","l":"0.00013851","v":"20014582.00000000","q":"2839.62578157","O":1569718859088,"C":1569805259088,"F":64171,"L":64684,"n":514}}';
    const events = spot().hear('dogebnb@ticker', frame);
    expect(events.map(({ kind }) => kind)).toEqual(['listing', 'volume24h', 'heard']);
  });

  test('of a bundle is coins, at the same notional', () => {
    const data = { ...MINI, s: '1000PEPEUSDT', v: '1200', q: '14.5' };
    expect(usdm().only('volume24h', 'x', wrapped('x', data))[0]).toMatchObject({
      size: 1_200_000,
      notional: 14.5,
      lastPrice: 16.5846,
    });
  });

  test('with a price that is none is rejected', () => {
    for (const c of [{ toString: 1 }, '-1', [], true])
      expect(
        usdm()
          .hear('x', wrapped('x', { ...MINI, c }))
          .map(({ kind }) => kind),
      ).toEqual(['rejected', 'heard']);
  });

  test('of a listing that nobody has traded has no prices', () => {
    const data = { ...MINI, c: '0', o: '0.00', v: '0', q: '0' };
    const [event] = usdm().only('volume24h', 'x', wrapped('x', data));
    expect(event).not.toHaveProperty('lastPrice');
    expect(event).not.toHaveProperty('openPrice');
  });

  test('of an array leaves COIN-M out, whose volume is contracts', () => {
    const array = [MINI, { ...MINI, s: 'BTCUSD_PERP', st: 2 }];
    expect(usdm().only('volume24h', '!miniTicker@arr', wrapped('x', array))).toHaveLength(1);
  });

  test('comes over REST for one symbol or for many', () => {
    const row = {
      symbol: 'BTCUSDT',
      volume: '471823.103',
      quoteVolume: '22175129357.20',
      lastPrice: '47028.59',
      closeTime: 1630042423017,
    };
    const one = usdm().only('volume24h', 'rest:/fapi/v1/ticker/24hr?symbol=BTCUSDT', row);
    expect(one).toMatchObject([
      {
        size: 471823.103,
        notional: 22175129357.2,
        tsExchange: microsFromMillis(1630042423017),
      },
    ]);
    const rows = [row, { ...row, symbol: 'ETHUSDT' }];
    expect(usdm().only('volume24h', 'rest:/fapi/v1/ticker/24hr', rows)).toHaveLength(2);
  });
});
