import { describe, expect, test } from 'vitest';
import { micros } from '../../../src/model/units.ts';
import { Decoder, kindsOf, NOW, NOW_MS, of, perpRow } from './support/decoder.ts';

const FUTURES = 'get_instruments?currency=any&kind=future&expired=false';

/** As it came on 2026-09-30. */
const INVERSE = {
  timestamp: 1790755218559,
  state: 'open',
  stats: {
    high: 84548.5,
    low: 82900.5,
    price_change: -0.8525,
    volume: 9341.40027576,
    volume_usd: 781497780,
    volume_notional: 781497780,
  },
  index_price: 83251.03,
  instrument_name: 'BTC-PERPETUAL',
  last_price: 83216,
  settlement_price: 83223.11,
  min_price: 81963.5,
  max_price: 84460.5,
  open_interest: 797578130,
  mark_price: 83212.14,
  interest_value: -4.467407940520975e-5,
  current_funding: -2.1714e-4,
  estimated_delivery_price: 83251.03,
  funding_8h: -3.1e-6,
  best_ask_price: 83212.5,
  best_bid_price: 83212,
  best_ask_amount: 261910,
  best_bid_amount: 71750,
};

const LINEAR = {
  ...INVERSE,
  instrument_name: 'SOL_USDC-PERPETUAL',
  stats: { high: 151, low: 140, price_change: 25, volume: 20000, volume_usd: 3e6 },
  index_price: 150.1,
  last_price: 150,
  mark_price: 150.2,
  open_interest: 31234.5,
  current_funding: 0,
};

const CHANNEL = 'ticker.BTC-PERPETUAL.100ms';
const without = (ticker: object, ...fields: readonly string[]) =>
  Object.fromEntries(Object.entries(ticker).filter(([name]) => !fields.includes(name)));

describe('the ticker of an inverse perp', () => {
  test('tells mark and index, funding per eight hours without a next time, coins and dollars', () => {
    const decoder = new Decoder();
    decoder.answer(FUTURES, [perpRow('BTC-PERPETUAL')]);
    const stamped = {
      instrument: 'deribit:BTC/USD:BTC',
      tsExchange: 1790755218559000,
      tsLocal: NOW,
    };
    expect(decoder.notice(CHANNEL, INVERSE)).toEqual([
      { kind: 'markPrice', ...stamped, markPrice: 83212.14, indexPrice: 83251.03 },
      { kind: 'fundingPredicted', ...stamped, fundingRate: -2.1714e-4, nextFundingTs: null },
      { kind: 'openInterest', ...stamped, size: 797578130 / 83212.14 },
      {
        kind: 'volume24h',
        ...stamped,
        size: 9341.40027576,
        notional: 781497780,
        lastPrice: 83216,
        openPrice: 83216 / (1 - 0.008525),
      },
      {
        kind: 'heard',
        feed: 'deribit',
        stream: CHANNEL,
        tsExchange: 1790755218559000,
        tsLocal: NOW,
      },
    ]);
  });

  test('needs no list to be understood', () => {
    const [listing, interval] = new Decoder().notice(CHANNEL, INVERSE);
    expect(listing).toMatchObject({
      kind: 'listing',
      isTrading: false,
      instrument: { id: 'deribit:BTC/USD:BTC', inferred: true, sizeUnit: 'quote' },
    });
    expect(interval).toMatchObject({ kind: 'fundingInterval', hours: 8 });
  });

  test('confirms mark and funding every time, open interest and volume once a second', () => {
    const decoder = new Decoder();
    decoder.notice(CHANNEL, INVERSE);
    const later = (ms: number, ticker: object = INVERSE) =>
      kindsOf(decoder.notice(CHANNEL, ticker, micros(NOW + ms * 1000)));
    const always = ['markPrice', 'fundingPredicted', 'heard'];
    const all = ['markPrice', 'fundingPredicted', 'openInterest', 'volume24h', 'heard'];
    expect(later(100)).toEqual(always);
    expect(later(999)).toEqual(always);
    expect(later(1000)).toEqual(all);
    expect(later(1100)).toEqual(always);
    // News does not wait.
    expect(later(1200, { ...INVERSE, open_interest: 797578140 })).toEqual(all);
  });

  test('of 2019 has no dollars of volume, and none are made up', () => {
    const old = {
      ...INVERSE,
      stats: { volume: 24618.46215298, low: 9569.5, high: 10131.5 },
    };
    const kinds = kindsOf(new Decoder().notice(CHANNEL, old));
    expect(kinds).toContain('openInterest');
    expect(kinds).not.toContain('volume24h');
  });

  test('without a mark price tells no coins: dollars have to be divided by something', () => {
    const events = new Decoder().notice(CHANNEL, { ...INVERSE, mark_price: 0 });
    expect(kindsOf(events)).not.toContain('openInterest');
    expect(kindsOf(events)).not.toContain('markPrice');
  });

  test('that is closed tells nothing but that it speaks', () => {
    const decoder = new Decoder();
    decoder.notice(CHANNEL, INVERSE);
    expect(kindsOf(decoder.notice(CHANNEL, { ...INVERSE, state: 'closed' }))).toEqual(['heard']);
  });

  test('names a field never seen, and is used', () => {
    const events = new Decoder().notice(CHANNEL, { ...INVERSE, zz: 1 });
    expect(of('unfamiliar', events)).toMatchObject([{ what: 'ticker.zz' }]);
    expect(of('markPrice', events)).toHaveLength(1);
  });
});

test('the ticker of a linear perp counts coins', () => {
  const events = new Decoder().notice('ticker.SOL_USDC-PERPETUAL.100ms', LINEAR);
  expect(of('openInterest', events)).toMatchObject([{ size: 31234.5 }]);
  expect(of('volume24h', events)).toMatchObject([{ size: 20000, notional: 3e6, openPrice: 120 }]);
  expect(of('fundingPredicted', events)).toMatchObject([{ fundingRate: 0 }]);
});

test('the ticker of a bundle speaks of single coins', () => {
  const events = new Decoder().notice('ticker.1000PEPE_USDC-PERPETUAL.100ms', {
    ...LINEAR,
    instrument_name: '1000PEPE_USDC-PERPETUAL',
    mark_price: 0.0125,
    index_price: 0.0124,
    open_interest: 500,
  });
  expect(of('markPrice', events)).toMatchObject([{ markPrice: 0.0000125, indexPrice: 0.0000124 }]);
  expect(of('openInterest', events)).toMatchObject([{ size: 500_000 }]);
  expect(of('volume24h', events)).toMatchObject([{ size: 20_000_000, notional: 3e6 }]);
});

test('the ticker of a dated future tells no funding, and its touch, as nobody follows its book', () => {
  const dated = {
    ...without(INVERSE, 'current_funding', 'funding_8h', 'interest_value'),
    instrument_name: 'BTC-25DEC26',
  };
  const events = new Decoder().notice('ticker.BTC-25DEC26.100ms', dated);
  expect(kindsOf(events)).toEqual([
    'listing',
    'markPrice',
    'openInterest',
    'volume24h',
    'touch',
    'heard',
  ]);
  expect(of('touch', events)).toMatchObject([{ bid: 83212, ask: 83212.5 }]);
  const oneSided = { ...dated, best_bid_price: 0 };
  expect(of('touch', new Decoder().notice('ticker.BTC-25DEC26.100ms', oneSided))).toEqual([]);
});

test('the ticker of a combination, whose prices may be negative, says nothing', () => {
  const combination = { ...INVERSE, instrument_name: 'BTC-FS-30SEP22_PERP', mark_price: -7 };
  expect(kindsOf(new Decoder().notice('ticker.BTC-FS-30SEP22_PERP.raw', combination))).toEqual([
    'heard',
  ]);
});

describe('a book summary', () => {
  const row = {
    instrument_name: 'ETH-PERPETUAL',
    base_currency: 'ETH',
    quote_currency: 'USD',
    creation_timestamp: NOW_MS,
    mark_price: 2500,
    open_interest: 5_000_000,
    volume: 10,
    volume_usd: 25000,
    bid_price: 2499,
    ask_price: 2501,
    mid_price: 2500,
    last: 2500,
    high: null,
    low: null,
    price_change: null,
    current_funding: 1e-4,
    funding_8h: 2e-4,
  };
  const TARGET = 'get_book_summary_by_currency?currency=ETH&kind=future';

  test('tells of each contract what its ticker would, but for the index', () => {
    const events = new Decoder().answer(TARGET, [row]);
    expect(of('markPrice', events)).toMatchObject([{ markPrice: 2500, indexPrice: null }]);
    expect(of('openInterest', events)).toMatchObject([{ size: 2000 }]);
    expect(of('volume24h', events)[0]).toMatchObject({
      size: 10,
      notional: 25000,
      lastPrice: 2500,
    });
    expect(of('volume24h', events)[0]).not.toHaveProperty('openPrice');
    expect(of('heard', events)).toEqual([]);
  });

  test('loses only the row that cannot be read', () => {
    const events = new Decoder().answer(TARGET, [row, { ...row, mark_price: 'x' }]);
    expect(of('rejected', events)).toHaveLength(1);
    expect(of('markPrice', events)).toHaveLength(1);
  });
});
