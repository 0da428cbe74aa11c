import { describe, expect, test } from 'vitest';
import { type Micros, micros } from '../../../src/model/units.ts';
import { Decoder, kindsOf, NOW, NOW_MS, of } from './support/decoder.ts';

const SYMBOL = 'BTC-25DEC26-76000-C';
const ID = 'deribit:BTC/USD:BTC-261225-76000-C';
const later = (seconds: number): Micros => micros(NOW + seconds * 1e6);

/** As it came on 2026-09-30. */
const TICKER = {
  timestamp: NOW_MS,
  state: 'open',
  stats: { high: null, low: null, price_change: null, volume: 1.5, volume_usd: 0 },
  greeks: { delta: 0.74092, gamma: 2e-5, vega: 132.3649, theta: -29.43212, rho: 121.30652 },
  index_price: 83250.78,
  instrument_name: SYMBOL,
  last_price: 0.133,
  settlement_price: 0.12972783,
  min_price: 0.0945,
  max_price: 0.1705,
  open_interest: 480.6,
  mark_price: 0.1296,
  interest_rate: 0,
  estimated_delivery_price: 83250.78,
  best_ask_price: 0.133,
  best_bid_price: 0.1255,
  mark_iv: 38.25,
  bid_iv: 35.6,
  ask_iv: 40.38,
  underlying_price: 84222.23,
  underlying_index: 'BTC-25DEC26',
  best_ask_amount: 29.3,
  best_bid_amount: 29.3,
};
const SUMMARY = {
  instrument_name: SYMBOL,
  base_currency: 'BTC',
  quote_currency: 'BTC',
  creation_timestamp: NOW_MS,
  mark_price: 0.13,
  mark_iv: 39,
  underlying_price: 84000,
  underlying_index: 'BTC-25DEC26',
  interest_rate: 0,
  estimated_delivery_price: 83000,
  open_interest: 481,
  volume: 2,
  volume_usd: 100,
  bid_price: 0.126,
  ask_price: null,
  mid_price: null,
  last: 0.13,
  high: null,
  low: null,
  price_change: null,
};
const TARGET = 'get_book_summary_by_currency?currency=BTC&kind=option';

const ticker = (decoder: Decoder, fields: object = {}, t = NOW) =>
  of('optionQuote', decoder.notice(`ticker.${SYMBOL}.agg2`, { ...TICKER, ...fields }, t))[0];
const summary = (decoder: Decoder, fields: object = {}, t = NOW) =>
  of('optionQuote', decoder.answer(TARGET, [{ ...SUMMARY, ...fields }], t))[0];
const marks = (decoder: Decoder, fields: object, t = NOW) =>
  of(
    'optionQuote',
    decoder.notice(
      'markprice.options.btc_usd',
      [{ instrument_name: SYMBOL, mark_price: 0.1301, iv: 0.3901, ...fields }],
      t,
    ),
  )[0];

describe('what is said of an option', () => {
  test('by its ticker is everything, volatilities as fractions', () => {
    expect(ticker(new Decoder())).toEqual({
      kind: 'optionQuote',
      instrument: ID,
      markIv: 0.3825,
      bidIv: 0.356,
      askIv: 0.4038,
      markPrice: 0.1296,
      bidPrice: 0.1255,
      askPrice: 0.133,
      underlyingPrice: 84222.23,
      openInterest: 480.6,
      volume: 1.5,
      delta: 0.74092,
      gamma: 2e-5,
      vega: 132.3649,
      theta: -29.43212,
      tsExchange: NOW,
      tsLocal: NOW,
    });
  });

  test('by a ticker with an empty book has no prices and no volatility of them', () => {
    const empty = { best_bid_price: 0, best_ask_price: null, bid_iv: 0, ask_iv: 0 };
    expect(ticker(new Decoder(), { ...empty, stats: { volume: null } })).toMatchObject({
      bidPrice: null,
      askPrice: null,
      bidIv: null,
      askIv: null,
      volume: null,
      markIv: 0.3825,
    });
  });

  test('by a summary leaves the greeks open', () => {
    expect(summary(new Decoder())).toMatchObject({
      markIv: 0.39,
      markPrice: 0.13,
      bidPrice: 0.126,
      askPrice: null,
      underlyingPrice: 84000,
      openInterest: 481,
      volume: 2,
      bidIv: null,
      delta: null,
      tsExchange: NOW,
    });
  });

  test('by the bulk stream is a mark and a volatility, as a fraction already', () => {
    expect(marks(new Decoder(), { timestamp: NOW_MS })).toMatchObject({
      markPrice: 0.1301,
      markIv: 0.3901,
      openInterest: null,
      tsExchange: NOW,
    });
    expect(marks(new Decoder(), {})).toMatchObject({ tsExchange: null });
  });

  test('adds up: what one of them leaves open stands as another said it', () => {
    const decoder = new Decoder();
    ticker(decoder);
    expect(summary(decoder, { creation_timestamp: NOW_MS + 10 }, later(1))).toMatchObject({
      markIv: 0.39,
      bidPrice: 0.126,
      delta: 0.74092,
      bidIv: 0.356,
    });
    expect(marks(decoder, { timestamp: NOW_MS + 20 }, later(2))).toMatchObject({
      markIv: 0.3901,
      openInterest: 481,
      delta: 0.74092,
    });
  });

  test('does not go back: a summary of before the ticker changes nothing of it', () => {
    const decoder = new Decoder();
    ticker(decoder);
    expect(summary(decoder, { creation_timestamp: NOW_MS - 1500 }, later(1))).toMatchObject({
      markIv: 0.3825,
      openInterest: 480.6,
    });
  });

  test('fades: a minute later nobody vouches for it any more', () => {
    const decoder = new Decoder();
    ticker(decoder);
    expect(marks(decoder, { timestamp: NOW_MS + 60_000 }, later(60))).toMatchObject({
      delta: 0.74092,
      openInterest: 480.6,
    });
    expect(marks(decoder, { timestamp: NOW_MS + 61_000 }, later(61))).toMatchObject({
      markIv: 0.3901,
      delta: null,
      openInterest: null,
      bidPrice: null,
    });
  });

  test('loses only the row that cannot be read', () => {
    const events = new Decoder().answer(TARGET, [SUMMARY, { ...SUMMARY, mark_iv: 'x' }]);
    expect(of('rejected', events)).toHaveLength(1);
    expect(of('optionQuote', events)).toHaveLength(1);
  });

  test('is nothing once it is closed', () => {
    const decoder = new Decoder();
    const closed = {
      state: 'closed',
      estimated_delivery_price: 'expired',
      delivery_price: 9728.65,
    };
    expect(ticker(decoder, closed)).toBeUndefined();
    expect(kindsOf(decoder.notice(`ticker.${SYMBOL}.agg2`, { ...TICKER, ...closed }))).toEqual([
      'heard',
    ]);
  });
});
