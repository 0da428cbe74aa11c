import { describe, expect, test } from 'vitest';
import { HOUR, type Micros, micros, microsFromMillis } from '../../../src/model/units.ts';
import { readRecording, recordedTest } from '../../support/recordings.ts';
import { NOW, spot, usdm } from './support/decoder.ts';

describe('open interest', () => {
  test('now is base coin, one side', () => {
    const body = { symbol: 'BTCUSDT', openInterest: '10659.509', time: 1589437530011 };
    const chan = 'rest:/fapi/v1/openInterest?symbol=BTCUSDT';
    expect(usdm().only('openInterest', chan, body)).toEqual([
      {
        kind: 'openInterest',
        instrument: 'binance:BTC/USDT:USDT',
        size: 10659.509,
        tsExchange: microsFromMillis(1589437530011),
        tsLocal: NOW,
      },
    ]);
  });

  test('of a bundle is coins', () => {
    const body = { symbol: '1000PEPEUSDT', openInterest: '12.5', time: 1589437530011 };
    expect(usdm().only('openInterest', 'rest:/fapi/v1/openInterest', body)[0]?.size).toBe(12_500);
  });

  const chan = 'rest:/futures/data/openInterestHist?symbol=BTCUSDT&period=1h';
  const row = (timestamp: number | string, sumOpenInterest: string) => ({
    symbol: 'BTCUSDT',
    sumOpenInterest,
    sumOpenInterestValue: '8452471718.35859100',
    CMCCirculatingSupply: '20080771.00000000',
    timestamp,
  });

  test('of the past is stamped with the instant of measurement, number or text', () => {
    const body = [row(1788822000000, '107100.284'), row('1788825600000', '106876.11')];
    const [page] = usdm().only('historyPage', chan, body);
    expect(page).toMatchObject({
      series: 'openInterest',
      rows: [
        { ts: microsFromMillis(1788822000000), value: 107100.284 },
        { ts: microsFromMillis(1788825600000), value: 106876.11 },
      ],
    });
  });

  test('from after we received it is left out', () => {
    const body = [row(1788822000000, '1'), row(1788825600000, '2')];
    const t = micros(1788825599999 * 1000);
    expect(usdm().only('historyPage', chan, body, t)[0]?.rows).toHaveLength(1);
    expect(usdm().only('historyPage', chan, body, micros(1e15))).toEqual([]);
  });

  recordedTest('of September 2026 is 24 hours without a fault', () => {
    const decoder = usdm();
    const [line] = readRecording('rest/binance-usdm/openInterestHist.1h.json');
    const events = decoder.hear(line!.chan!, line!.msg);
    expect(events.map(({ kind }) => kind)).toEqual(['listing', 'historyPage']);
    const page = events[1];
    if (page?.kind !== 'historyPage') throw new Error('no page');
    expect(page.rows.length).toBeGreaterThan(20);
    page.rows.slice(1).forEach((current, index) => {
      expect(current.ts - page.rows[index]!.ts).toBe(HOUR);
    });
  });
});

describe('bars', () => {
  const open = Date.UTC(2026, 8, 30, 7);
  const bar = (openTime: number, close: string, span = 3_600_000) => [
    openTime,
    '83000.10',
    '83500.00',
    '82900.00',
    close,
    '1000.500',
    openTime + span - 1,
    '83100000.00',
    1234,
    '600.250',
    '49860000.00',
    '0',
  ];
  const chan = 'rest:/fapi/v1/klines?symbol=BTCUSDT&interval=1h&startTime=1&limit=2';
  const closed = micros((open + 3_600_000) * 1000);

  test('are stamped with their close and carry volume and the part that takers bought', () => {
    const t = micros((open + 3_600_000 + 30_000) * 1000);
    const body = [bar(open, '83100.20'), bar(open + 3_600_000, '83110.00')];
    expect(usdm().only('historyPage', chan, body, t)).toEqual([
      {
        kind: 'historyPage',
        instrument: 'binance:BTC/USDT:USDT',
        series: 'bar1h',
        rows: [
          {
            ts: closed,
            value: 83100.2,
            high: 83500,
            low: 82900,
            volume: 1000.5,
            buyVolume: 600.25,
          },
        ],
        tsExchange: closed,
        tsLocal: t,
      },
    ]);
  });

  test('are known the moment they close and not a microsecond before', () => {
    const rowsAt = (t: Micros) => usdm().only('historyPage', chan, [bar(open, '83100.20')], t);
    expect(rowsAt(closed)).toHaveLength(1);
    expect(rowsAt(micros(closed - 1))).toEqual([]);
  });

  test.each([
    ['markPriceKlines?symbol=BTCUSDT&interval=1h', 'mark1h'],
    ['indexPriceKlines?pair=BTCUSDT&interval=1h', 'index1h'],
  ])('of %s are closes alone', (path, series) => {
    const [page] = usdm().only('historyPage', `rest:/fapi/v1/${path}`, [bar(open, '83100.20')]);
    expect(page).toMatchObject({ series, instrument: 'binance:BTC/USDT:USDT' });
    expect(page?.rows).toEqual([{ ts: closed, value: 83100.2 }]);
  });

  test('of a minute are stamped likewise', () => {
    const path = 'rest:/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=1';
    const [page] = spot().only('historyPage', path, [bar(open, '83100.20', 60_000)]);
    expect(page).toMatchObject({ series: 'bar1m', instrument: 'binance:BTC/USDT' });
    expect(page?.rows[0]?.ts).toBe(microsFromMillis(open + 60_000));
  });

  test('of a bundle are prices per coin and volumes in coins', () => {
    const path = 'rest:/fapi/v1/klines?symbol=1000PEPEUSDT&interval=1h';
    const [page] = usdm().only('historyPage', path, [bar(open, '83100.20')]);
    expect(page?.rows[0]).toMatchObject({ value: 83.1002, volume: 1_000_500 });
  });

  test('of an interval that nobody keeps are named and left', () => {
    const path = 'rest:/fapi/v1/klines?symbol=BTCUSDT&interval=5m';
    expect(usdm().hear(path, [bar(open, '1')])).toMatchObject([
      { kind: 'unfamiliar', what: 'klines 5m' },
    ]);
  });

  test.each([
    [
      'of another length than asked for',
      bar(open, '83100.20', 60_000),
      'closeTime: not the end of the bar',
    ],
    ['that closes above its high', bar(open, '84000.00'), 'close: outside of the bar'],
    ['that is no array', {}, 'kline: not an array'],
    ['that is cut short', bar(open, '83100.20').slice(0, 5), 'closeTime: not an id'],
    [
      'with more bought than traded',
      bar(open, '83100.20').with(9, '1001'),
      'takerBase: above the volume',
    ],
  ])('%s reject the page', (_, broken, reason) => {
    expect(usdm().hear(chan, [bar(open, '83100.20'), broken])).toMatchObject([
      { kind: 'rejected', reason },
    ]);
  });

  recordedTest('recorded hourly from spot in 2020 are read without a fault', () => {
    const decoder = spot();
    const hourly = readRecording('rest/binance-spot/klines.json').filter(({ chan: asked }) =>
      asked!.includes('interval=1h'),
    );
    const rows = hourly.flatMap(({ chan: asked, msg }) =>
      decoder.only('historyPage', asked!, msg).flatMap((page) => page.rows),
    );
    expect(rows.length).toBeGreaterThan(1000);
    for (const { ts, value, high, low, volume, buyVolume } of rows) {
      expect(ts % HOUR).toBe(0);
      expect(value).toBeLessThanOrEqual(high!);
      expect(value).toBeGreaterThanOrEqual(low!);
      expect(buyVolume).toBeLessThanOrEqual(volume!);
    }
  });
});

test('the clock probe and unknown requests say nothing about the market', () => {
  expect(usdm().hear('rest:/fapi/v1/time', { serverTime: 1620099477465 })).toEqual([]);
  expect(usdm().hear('rest:/fapi/v1/indexInfo', [])).toMatchObject([
    { kind: 'unfamiliar', what: 'request indexInfo' },
  ]);
  expect(usdm().hear('rest:/somewhere/else', {})).toMatchObject([
    { kind: 'rejected', reason: 'unknown request rest:/somewhere/else' },
  ]);
});
