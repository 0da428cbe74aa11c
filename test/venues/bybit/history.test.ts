import { describe, expect, test } from 'vitest';
import { micros } from '../../../src/model/units.ts';
import {
  answer,
  contractRow,
  INVERSE_INFO,
  inverse,
  inverseRow,
  linear,
  listed,
  NOW,
} from './support/decoder.ts';

const HOUR_MS = 3_600_000;
/** The hour that has just ended, and those before it. */
const ago = (hours: number) => String(NOW / 1000 - hours * HOUR_MS);
const ts = (hours: number) => micros(NOW - hours * HOUR_MS * 1000);

const known = () => {
  const decoder = linear();
  listed(decoder, [contractRow('BTCUSDT'), contractRow('1000PEPEUSDT', { baseCoin: '1000PEPE' })]);
  return decoder;
};
const page = (list: readonly unknown[]) => answer({ category: 'linear', symbol: 'BTCUSDT', list });

test('an answer whose code is no code is rejected, whatever it is', () => {
  const chan = 'rest:/v5/market/funding/history?category=linear&symbol=BTCUSDT&limit=200';
  for (const retCode of [{ toString: 1, valueOf: 2 }, [], null, '10006', 10006])
    expect(
      known()
        .hear({ retCode, retMsg: 'OK', result: {} }, chan)
        .map(({ kind }) => kind),
    ).toEqual(['rejected']);
});

describe('settled funding', () => {
  const chan = 'rest:/v5/market/funding/history?category=linear&symbol=BTCUSDT&limit=200';
  const paid = (hours: number, rate: string) => ({
    symbol: 'BTCUSDT',
    fundingRate: rate,
    fundingRateTimestamp: ago(hours),
  });

  test('comes newest first and is told oldest first', () => {
    expect(known().hear(page([paid(0, '0.0001'), paid(8, '-0.0002')]), chan)).toEqual([
      {
        kind: 'historyPage',
        instrument: 'bybit:BTC/USDT:USDT',
        series: 'fundingSettled',
        rows: [
          { ts: ts(8), value: -0.0002 },
          { ts: ts(0), value: 0.0001 },
        ],
        tsExchange: ts(0),
        tsLocal: NOW,
      },
    ]);
  });

  test('shows the interval where the venue has not stated it', () => {
    expect(
      linear().only('fundingInterval', page([paid(1, '0'), paid(5, '0')]), chan),
    ).toMatchObject([{ hours: 4, basis: 'observed' }]);
    expect(known().only('fundingInterval', page([paid(1, '0'), paid(5, '0')]), chan)).toEqual([]);
    // It may have changed since.
    expect(linear().only('fundingInterval', page([paid(9, '0'), paid(13, '0')]), chan)).toEqual([]);
  });
});

describe('bars', () => {
  const bar = (hours: number, close: string, extra: readonly string[] = ['12', '960000']) => [
    ago(hours),
    '79000',
    '81000',
    '78000',
    close,
    ...extra,
  ];
  const chan = (endpoint: string, interval = '60', symbol = 'BTCUSDT') =>
    `rest:/v5/market/${endpoint}?category=linear&symbol=${symbol}&interval=${interval}&limit=1000`;

  test('are stamped with their close, and the open one is left out', () => {
    const [told] = known().only(
      'historyPage',
      page([bar(0, '80001'), bar(1, '80000'), bar(2, '79999')]),
      chan('kline'),
    );
    expect(told).toMatchObject({
      series: 'bar1h',
      rows: [
        { ts: ts(1), value: 79999, high: 81000, low: 78000, volume: 12 },
        { ts: ts(0), value: 80000, high: 81000, low: 78000, volume: 12 },
      ],
    });
  });

  test('of mark and index are their closes', () => {
    for (const [endpoint, series] of [
      ['mark-price-kline', 'mark1h'],
      ['index-price-kline', 'index1h'],
    ] as const)
      expect(
        known().only('historyPage', page([bar(1, '80000', [])]), chan(endpoint)),
      ).toMatchObject([{ series, rows: [{ ts: ts(0), value: 80000 }] }]);
  });

  test('of a minute are a minute long', () => {
    const start = String(NOW / 1000 - 60_000);
    const [told] = known().only(
      'historyPage',
      page([[start, '1', '1', '1', '1', '1', '1']]),
      chan('kline', '1'),
    );
    expect(told).toMatchObject({ series: 'bar1m', rows: [{ ts: NOW }] });
  });

  test('of a bundle speak of single coins', () => {
    const [told] = known().only(
      'historyPage',
      page([[ago(1), '0.01', '0.01', '0.01', '0.01', '5', '0.05']]),
      chan('kline', '60', '1000PEPEUSDT'),
    );
    expect(told!.rows).toMatchObject([{ value: 0.00001, volume: 5000 }]);
  });

  test('of an interval that nobody keeps are named', () => {
    expect(known().hear(page([]), chan('kline', '240'))).toMatchObject([
      { kind: 'unfamiliar', what: 'kline 240' },
    ]);
  });

  test('whose close lies outside of them are rejected', () => {
    expect(known().hear(page([bar(1, '90000')]), chan('kline'))).toMatchObject([
      { kind: 'rejected', reason: 'close: outside of the bar' },
    ]);
  });
});

describe('open interest of the past', () => {
  const chan = (symbol: string) =>
    `rest:/v5/market/open-interest?category=linear&symbol=${symbol}&intervalTime=1h&limit=200`;
  const rows = [
    { openInterest: '68744.760', singleOpenInterest: '34372.380', timestamp: ago(1) },
    { openInterest: '68000.000', timestamp: ago(2) },
  ];

  test('counts one side, halving rows that count both', () => {
    const [told] = known().only('historyPage', page(rows), chan('BTCUSDT'));
    expect(told).toMatchObject({
      series: 'openInterest',
      rows: [
        { ts: ts(2), value: 34000 },
        { ts: ts(1), value: 34372.38 },
      ],
    });
  });

  test('of an inverse contract is divided by what a coin cost then, and untold where nobody knows', () => {
    const decoder = inverse();
    listed(decoder, [inverseRow('BTCUSD')], INVERSE_INFO);
    const interest = page([
      { openInterest: '320000', singleOpenInterest: '160000', timestamp: ago(1) },
      { openInterest: '320000', singleOpenInterest: '160000', timestamp: ago(2) },
    ]);
    expect(decoder.only('historyPage', interest, chan('BTCUSD'))).toEqual([]);
    decoder.hear(
      page([[ago(2), '80000', '80000', '80000', '80000']]),
      'rest:/v5/market/mark-price-kline?category=inverse&symbol=BTCUSD&interval=60',
    );
    expect(decoder.only('historyPage', interest, chan('BTCUSD'))).toMatchObject([
      { rows: [{ ts: ts(1), value: 2 }] },
    ]);
  });

  test('bars of an inverse contract count coins as turnover', () => {
    const decoder = inverse();
    listed(decoder, [inverseRow('BTCUSD')], INVERSE_INFO);
    const [told] = decoder.only(
      'historyPage',
      page([[ago(1), '80000', '80000', '80000', '80000', '160000', '2']]),
      'rest:/v5/market/kline?category=inverse&symbol=BTCUSD&interval=60',
    );
    expect(told!.rows).toMatchObject([{ volume: 2 }]);
  });
});

test('an answer to a question that nobody asks is named', () => {
  expect(linear().hear(page([]), 'rest:/v5/market/hologram')).toMatchObject([
    { kind: 'unfamiliar', what: 'request hologram' },
  ]);
});
