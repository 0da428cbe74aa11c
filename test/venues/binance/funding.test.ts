import { describe, expect, test } from 'vitest';
import { type Micros, micros, microsFromMillis } from '../../../src/model/units.ts';
import { readRecording, recordedTest } from '../../support/recordings.ts';
import { FUTURES_INFO, futuresRow, NOW, usdm } from './support/decoder.ts';

const INFO = 'rest:/fapi/v1/fundingInfo';
const BLZ = {
  symbol: 'BLZUSDT',
  adjustedFundingRateCap: '0.025',
  adjustedFundingRateFloor: '-0.025',
  fundingIntervalHours: 4,
  disclaimer: false,
};
const listings = {
  symbols: [
    futuresRow('BTCUSDT'),
    futuresRow('BLZUSDT'),
    futuresRow('BTCUSDT_261225', {
      contractType: 'CURRENT_QUARTER',
      deliveryDate: Date.UTC(2026, 11, 25, 8),
      baseAsset: 'BTC',
    }),
  ],
};

describe('the funding interval', () => {
  test('is the listed one, and 8 h by default for perps that the list leaves out', () => {
    const decoder = usdm();
    const before = decoder.hear(FUTURES_INFO, listings);
    // Before the list has come nobody knows: absence is not 8 h.
    expect(before.some(({ kind }) => kind === 'fundingInterval')).toBe(false);
    const said = { tsExchange: null, tsLocal: NOW };
    expect(decoder.hear(INFO, [BLZ])).toEqual([
      {
        kind: 'fundingInterval',
        instrument: 'binance:BTC/USDT:USDT',
        hours: 8,
        basis: 'default',
        // The list names none for it.
        limits: null,
        ...said,
      },
      {
        kind: 'fundingInterval',
        instrument: 'binance:BLZ/USDT:USDT',
        hours: 4,
        basis: 'listed',
        limits: { cap: 0.025, floor: -0.025 },
        ...said,
      },
    ]);
  });

  test('of a perp that is listed later comes with its listing', () => {
    const decoder = usdm();
    expect(decoder.hear(INFO, [BLZ])).toEqual([]);
    expect(decoder.hear(FUTURES_INFO, listings).map(({ kind }) => kind)).toEqual([
      'listing',
      'fundingInterval',
      'listing',
      'fundingInterval',
      'listing',
    ]);
  });

  test('stays as it was when one row of the list cannot be read', () => {
    const decoder = usdm();
    decoder.hear(FUTURES_INFO, listings);
    decoder.hear(INFO, [BLZ]);
    const before = structuredClone(decoder.state);
    const broken = [{ ...BLZ, symbol: 'BTCUSDT', fundingIntervalHours: 0 }];
    expect(decoder.hear(INFO, broken)).toMatchObject([
      { kind: 'rejected', reason: 'fundingIntervalHours: not an interval' },
    ]);
    expect(decoder.state).toEqual(before);
  });

  recordedTest('is read from the recorded list without a fault', () => {
    const decoder = usdm();
    for (const { chan, msg } of readRecording('rest/binance-usdm/fundingInfo.json'))
      expect(decoder.hear(chan!, msg)).toEqual([]);
    const [listing, interval] = decoder.hear(FUTURES_INFO, { symbols: [futuresRow('LPTUSDT')] });
    expect(listing?.kind).toBe('listing');
    expect(interval).toMatchObject({ kind: 'fundingInterval', hours: 4, basis: 'listed' });
  });
});

describe('settled funding', () => {
  const chan = 'rest:/fapi/v1/fundingRate?symbol=BTCUSDT&limit=3';
  const HOUR_MS = 3_600_000;
  const eight = Date.UTC(2026, 8, 30, 8);
  const row = (fundingTime: number, fundingRate = '0.00010000', symbol = 'BTCUSDT') => ({
    symbol,
    fundingRate,
    fundingTime,
    markPrice: '83259.6',
  });
  const shortlyAfter = micros((eight + 20_000) * 1000);

  test('is a page of history, stamped with the settlement and not with its delay', () => {
    const body = [row(eight - 8 * HOUR_MS + 10), row(eight + 3, '-0.00000189')];
    const [page] = usdm().only('historyPage', chan, body, shortlyAfter);
    expect(page).toEqual({
      kind: 'historyPage',
      instrument: 'binance:BTC/USDT:USDT',
      series: 'fundingSettled',
      rows: [
        { ts: microsFromMillis(eight - 8 * HOUR_MS), value: 0.0001 },
        { ts: microsFromMillis(eight), value: -0.00000189 },
      ],
      tsExchange: microsFromMillis(eight),
      tsLocal: shortlyAfter,
    });
  });

  test('in any order, with repetitions and from the future, is one ascending past', () => {
    const body = [row(eight), row(eight - 8 * HOUR_MS), row(eight, '0.5'), row(eight + HOUR_MS)];
    const [page] = usdm().only('historyPage', chan, body, shortlyAfter);
    expect(page?.rows.map(({ ts }) => ts / 1000)).toEqual([eight - 8 * HOUR_MS, eight]);
  });

  test('of several symbols is a page for each', () => {
    const body = [row(eight), row(eight, '0.0002', 'ETHUSDT'), row(eight - 8 * HOUR_MS)];
    const pages = usdm().only('historyPage', 'rest:/fapi/v1/fundingRate', body, shortlyAfter);
    expect(pages.map(({ instrument, rows }) => [instrument, rows.length])).toEqual([
      ['binance:BTC/USDT:USDT', 2],
      ['binance:ETH/USDT:USDT', 1],
    ]);
  });

  test('accepts the rate type that was added in July 2026', () => {
    const body = [{ ...row(eight), rateType: 'FUNDING' }];
    const events = usdm().hear(chan, body, shortlyAfter);
    expect(events.some(({ kind }) => kind === 'unfamiliar')).toBe(false);
  });

  const fourHourly = [row(eight - 4 * HOUR_MS), row(eight)];
  const intervalIn = (events: readonly unknown[]) =>
    events.filter((event) => (event as { kind: string }).kind === 'fundingInterval');

  test('gives the interval where nothing else does', () => {
    expect(intervalIn(usdm().hear(chan, fourHourly, shortlyAfter))).toMatchObject([
      { hours: 4, basis: 'observed', tsExchange: microsFromMillis(eight) },
    ]);
  });

  test('contradicts the list by name, without overruling it, and once', () => {
    const decoder = usdm();
    decoder.hear(FUTURES_INFO, listings);
    decoder.hear(INFO, [BLZ]);
    const events = decoder.hear(chan, fourHourly, shortlyAfter);
    expect(intervalIn(events)).toEqual([]);
    expect(events.at(-1)).toMatchObject({
      kind: 'unfamiliar',
      what: 'funding interval BTCUSDT: settles every 4 h, default 8 h',
    });
    const again = decoder.hear(chan, fourHourly, shortlyAfter);
    expect(again.map(({ kind }) => kind)).toEqual(['historyPage']);
  });

  test.each([
    ['that ended long ago', fourHourly, micros((eight + 9 * HOUR_MS) * 1000)],
    ['with an odd distance', [row(eight - 4.5 * HOUR_MS), row(eight)], shortlyAfter],
    ['of a single row', [row(eight)], shortlyAfter],
  ])('%s says nothing about the interval', (_, body, t: Micros) => {
    expect(intervalIn(usdm().hear(chan, body, t))).toEqual([]);
  });
});
