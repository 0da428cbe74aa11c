import { describe, expect, test } from 'vitest';
import { type Micros, micros } from '../../../src/model/units.ts';
import { Decoder, kindsOf, NOW, NOW_MS, of } from './support/decoder.ts';

const HOUR_MS = 3_600_000;
/** NOW is midnight, the end of a stretch. */
const hourly = (hours: number, from = NOW_MS) =>
  Array.from({ length: hours }, (_, back) => ({
    timestamp: from - back * HOUR_MS,
    index_price: 80_000 + back,
    prev_index_price: 80_001 + back,
    interest_1h: 1e-6 * (back + 1),
    interest_8h: 1e-5 * (back + 1),
  }));
const TARGET =
  'get_funding_rate_history?instrument_name=BTC-PERPETUAL&start_timestamp=1&end_timestamp=2';
const pages = (events: ReturnType<Decoder['hear']>, series: string) =>
  of('historyPage', events).filter((page) => page.series === series);

describe('the history of funding', () => {
  test('counts what each eight hours paid once, at their ends', () => {
    const events = new Decoder().answer(TARGET, hourly(20));
    expect(pages(events, 'fundingSettled')).toMatchObject([
      {
        instrument: 'deribit:BTC/USD:BTC',
        rows: [
          { ts: NOW - 16 * HOUR_MS * 1000, value: 1e-5 * 17 },
          { ts: NOW - 8 * HOUR_MS * 1000, value: 1e-5 * 9 },
          { ts: NOW, value: 1e-5 },
        ],
      },
    ]);
  });

  test('brings the index of every hour', () => {
    const [page] = pages(new Decoder().answer(TARGET, hourly(20)), 'index1h');
    expect(page?.rows).toHaveLength(20);
    expect(page?.rows.at(-1)).toEqual({ ts: NOW, value: 80_000 });
    expect(page?.rows[0]).toEqual({ ts: NOW - 19 * HOUR_MS * 1000, value: 80_019 });
  });

  test('says nothing of what lies off the hour, nor of what has not come yet', () => {
    const off = hourly(20).map((row) => ({ ...row, timestamp: row.timestamp + 300_000 }));
    expect(of('historyPage', new Decoder().answer(TARGET, off))).toEqual([]);
    const ahead = hourly(1, NOW_MS + 8 * HOUR_MS);
    expect(of('historyPage', new Decoder().answer(TARGET, ahead))).toEqual([]);
  });

  test('is the same in the chart of a day', () => {
    const data = hourly(24).map(({ timestamp, index_price, interest_8h }) => ({
      timestamp: timestamp + 12,
      index_price,
      interest_8h,
    }));
    const events = new Decoder().answer(
      'get_funding_chart_data?instrument_name=BTC-PERPETUAL&length=24h',
      { current_interest: 0, interest_8h: 1e-5, data },
    );
    expect(pages(events, 'fundingSettled')[0]?.rows.map(({ value }) => value)).toEqual([
      1e-5 * 17,
      1e-5 * 9,
      1e-5,
    ]);
  });
});

describe('a ticker at the end of eight hours', () => {
  const ticker = (decoder: Decoder, ms: number, funding8h: number, t: Micros = micros(ms * 1000)) =>
    of(
      'historyPage',
      decoder.notice(
        'ticker.BTC-PERPETUAL.100ms',
        {
          timestamp: ms,
          state: 'open',
          instrument_name: 'BTC-PERPETUAL',
          mark_price: 80000,
          funding_8h: funding8h,
          current_funding: 0,
        },
        t,
      ),
    );

  test('tells once what they have paid', () => {
    const decoder = new Decoder();
    expect(ticker(decoder, NOW_MS - 100, 1e-5)).toEqual([]);
    expect(ticker(decoder, NOW_MS + 40, 2e-5)).toMatchObject([
      { series: 'fundingSettled', rows: [{ ts: NOW, value: 2e-5 }] },
    ]);
    expect(ticker(decoder, NOW_MS + 140, 3e-5)).toEqual([]);
    expect(ticker(decoder, NOW_MS + 8 * HOUR_MS, 4e-5)).toMatchObject([
      { rows: [{ value: 4e-5 }] },
    ]);
  });

  test('waits for our own clock to get there', () => {
    const decoder = new Decoder();
    const behind = (ms: number) => micros((ms - 1270) * 1000);
    expect(ticker(decoder, NOW_MS + 40, 1e-5, behind(NOW_MS + 40))).toEqual([]);
    expect(ticker(decoder, NOW_MS + 1300, 2e-5, behind(NOW_MS + 1300))).toMatchObject([
      { rows: [{ ts: NOW, value: 2e-5 }] },
    ]);
  });

  test('is not what comes much later, nor on other hours', () => {
    expect(ticker(new Decoder(), NOW_MS + 11_000, 1e-5)).toEqual([]);
    expect(ticker(new Decoder(), NOW_MS + HOUR_MS, 1e-5)).toEqual([]);
  });
});

describe('bars', () => {
  const chart = (resolution: string, result: unknown) =>
    new Decoder().answer(
      `get_tradingview_chart_data?instrument_name=BTC-PERPETUAL&resolution=${resolution}`,
      result,
    );
  const bars = {
    status: 'ok',
    ticks: [NOW_MS - 2 * HOUR_MS, NOW_MS - HOUR_MS, NOW_MS],
    open: [1, 2, 3],
    high: [4, 5, 6],
    low: [1, 2, 3],
    close: [3, 4, 5],
    volume: [10, 0, 1],
    cost: [30, 0, 5],
  };

  test('are stamped with their close, and the open one is left out', () => {
    expect(of('historyPage', chart('60', bars))).toMatchObject([
      {
        series: 'bar1h',
        rows: [
          { ts: NOW - HOUR_MS * 1000, value: 3, high: 4, low: 1, volume: 10 },
          { ts: NOW, value: 4, high: 5, low: 2, volume: 0 },
        ],
      },
    ]);
  });

  test('of minutes are minutes', () => {
    const ticks = [NOW_MS - 120_000, NOW_MS - 60_000, NOW_MS];
    expect(of('historyPage', chart('1', { ...bars, ticks }))).toMatchObject([
      { series: 'bar1m', rows: [{ ts: NOW - 60_000_000 }, { ts: NOW }] },
    ]);
  });

  test('of columns that do not match are rejected', () => {
    expect(kindsOf(chart('60', { ...bars, close: [3] }))).toEqual(['rejected']);
    expect(kindsOf(chart('60', { ...bars, close: [9, 4, 5] }))).toEqual(['rejected']);
  });

  test('of a contract that never traded are none', () => {
    expect(chart('60', { status: 'no_data', ticks: [] })).toEqual([]);
  });
});
