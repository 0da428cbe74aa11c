import { describe, expect, test } from 'vitest';
import { DAY } from '../../../src/model/units.ts';
import { Decoder, kindsOf, NOW, NOW_MS, of } from './support/decoder.ts';

const DAY_MS = 86_400_000;
const CHANNEL = 'deribit_volatility_index.btc_usd';
const days =
  'get_volatility_index_data?currency=BTC&start_timestamp=0&end_timestamp=1&resolution=1D';

describe('the volatility index', () => {
  test('is a fraction, of the coin that its name begins with', () => {
    const events = new Decoder().notice(CHANNEL, {
      volatility: 42.36,
      timestamp: NOW_MS - 5,
      index_name: 'btc_usd',
    });
    expect(of('volatilityIndex', events)).toEqual([
      {
        kind: 'volatilityIndex',
        venue: 'deribit',
        feed: 'deribit',
        asset: 'BTC',
        volatility: 0.4236,
        tsExchange: NOW - 5000,
        tsLocal: NOW,
      },
    ]);
  });

  test('may already be a fraction, as an example of the venue has it', () => {
    const [event] = of(
      'volatilityIndex',
      new Decoder().notice(CHANNEL, { volatility: 0.21, timestamp: NOW_MS, index_name: 'btc_usd' }),
    );
    expect(event!.volatility).toBe(0.21);
  });

  test.each([
    ['no number', { volatility: 'high', timestamp: NOW_MS, index_name: 'btc_usd' }],
    ['nothing', { volatility: 0, timestamp: NOW_MS, index_name: 'btc_usd' }],
    ['no time', { volatility: 42, index_name: 'btc_usd' }],
    ['no name', { volatility: 42, timestamp: NOW_MS }],
  ])('that says %s is rejected', (_, data) => {
    expect(kindsOf(new Decoder().notice(CHANNEL, data))).toContain('rejected');
  });

  test('of the past is stamped with the end of each day, and today is not over', () => {
    const events = new Decoder().answer(days, {
      data: [
        [NOW_MS - DAY_MS, 41, 44, 40, 43.5],
        [NOW_MS, 43.5, 43.6, 43.4, 43.4],
        [NOW_MS - 2 * DAY_MS, 40, 42, 39, 41],
      ],
      continuation: null,
    });
    expect(of('volatilityHistory', events)).toEqual([
      {
        kind: 'volatilityHistory',
        venue: 'deribit',
        feed: 'deribit',
        asset: 'BTC',
        rows: [
          { ts: NOW - DAY, value: 0.41 },
          { ts: NOW, value: 0.435 },
        ],
        tsLocal: NOW,
      },
    ]);
  });

  test('of the past is rejected where a row is damaged, and unfamiliar by the hour', () => {
    const decoder = new Decoder();
    expect(kindsOf(decoder.answer(days, { data: [[NOW_MS, 1, 2]] }))).toEqual(['rejected']);
    expect(kindsOf(decoder.answer(days, {}))).toEqual(['rejected']);
    expect(kindsOf(decoder.answer(days, { data: [] }))).toEqual([]);
    const hourly = days.replace('1D', '3600');
    expect(kindsOf(decoder.answer(hourly, { data: [] }))).toEqual(['unfamiliar']);
  });
});
