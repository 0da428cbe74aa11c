import { describe, expect, test } from 'vitest';
import { type Micros, SECOND } from '../../../src/model/units.ts';
import {
  contractRow,
  INVERSE_INFO,
  inverse,
  inverseRow,
  linear,
  listed,
  NOW,
  spot,
  ticker,
} from './support/decoder.ts';

const FULL = {
  tickDirection: 'PlusTick',
  price24hPcnt: '0.017103',
  lastPrice: '17216.00',
  prevPrice24h: '16900.00',
  highPrice24h: '17281.50',
  lowPrice24h: '16915.00',
  markPrice: '17217.33',
  indexPrice: '17227.36',
  openInterest: '68744.760',
  openInterestValue: '1183601235.91',
  singleOpenInterest: '34372.380',
  singleOpenInterestValue: '591800617.95',
  turnover24h: '1570383121.94',
  volume24h: '91705.276',
  nextFundingTime: '1791532800000',
  fundingRate: '-0.000212',
  fundingIntervalHour: '8',
  fundingCap: '0.005',
  bid1Price: '17215.50',
  bid1Size: '84.489',
  ask1Price: '17216.00',
  ask1Size: '83.020',
};

const later = (ms: number) => (NOW + ms * 1000) as Micros;
const state = (events: readonly { kind: string }[]) =>
  events.map(({ kind }) => kind).filter((kind) => kind !== 'heard');

describe('the ticker of a perp', () => {
  const known = () => {
    const decoder = linear();
    listed(decoder, [contractRow('BTCUSDT')]);
    return decoder;
  };

  test('says everything with its snapshot', () => {
    const events = known().hear(ticker('snapshot', FULL));
    const stamped = {
      instrument: 'bybit:BTC/USDT:USDT',
      tsExchange: 1_791_503_999_990_000,
      tsLocal: NOW,
    };
    expect(events).toEqual([
      { kind: 'markPrice', ...stamped, markPrice: 17217.33, indexPrice: 17227.36 },
      {
        kind: 'fundingPredicted',
        ...stamped,
        fundingRate: -0.000212,
        nextFundingTs: 1_791_532_800_000_000,
        limits: { cap: 0.005, floor: -0.005 },
      },
      { kind: 'openInterest', ...stamped, size: 34372.38 },
      {
        kind: 'volume24h',
        ...stamped,
        size: 91705.276,
        notional: 1570383121.94,
        lastPrice: 17216,
        openPrice: 16900,
      },
      {
        kind: 'heard',
        feed: 'bybit-linear',
        stream: 'tickers.BTCUSDT',
        tsExchange: 1_791_503_999_990_000,
        tsLocal: NOW,
      },
    ]);
  });

  test('changes what a delta names, and keeps the rest', () => {
    const decoder = known();
    decoder.hear(ticker('snapshot', FULL));
    const events = decoder.hear(ticker('delta', { markPrice: '17217.40' }), undefined, later(100));
    expect(events).toMatchObject([
      { kind: 'markPrice', markPrice: 17217.4, indexPrice: 17227.36 },
      { kind: 'fundingPredicted', fundingRate: -0.000212 },
      { kind: 'heard' },
    ]);
  });

  test('confirms the funding with every message, the rest once a second', () => {
    const decoder = known();
    decoder.hear(ticker('snapshot', FULL));
    const quiet = ticker('delta', { bid1Size: '1' });
    for (const ms of [100, 500, 900])
      expect(state(decoder.hear(quiet, undefined, later(ms)))).toEqual(['fundingPredicted']);
    expect(state(decoder.hear(quiet, undefined, later(1000)))).toEqual([
      'markPrice',
      'fundingPredicted',
      'openInterest',
      'volume24h',
    ]);
    expect(state(decoder.hear(quiet, undefined, later(1100)))).toEqual(['fundingPredicted']);
  });

  test('tells open interest that changes at once, volume once a second', () => {
    const decoder = known();
    decoder.hear(ticker('snapshot', FULL));
    const delta = ticker('delta', {
      openInterest: '68744.762',
      singleOpenInterest: '34372.381',
      volume24h: '91705.277',
      turnover24h: '1570383139.16',
    });
    expect(decoder.only('openInterest', delta, undefined, later(100))).toMatchObject([
      { size: 34372.381 },
    ]);
    expect(decoder.only('volume24h', delta, undefined, later(200))).toEqual([]);
    expect(decoder.only('volume24h', delta, undefined, later(1000))).toMatchObject([
      { size: 91705.277 },
    ]);
  });

  test('counts one side of open interest where the venue counts both', () => {
    const { singleOpenInterest: _, ...old } = FULL;
    expect(known().only('openInterest', ticker('snapshot', old))).toMatchObject([
      { size: 34372.38 },
    ]);
  });

  test('forgets with a snapshot what it does not say', () => {
    const decoder = known();
    decoder.hear(ticker('snapshot', FULL));
    const { indexPrice: _, ...less } = FULL;
    const [mark] = decoder.only('markPrice', ticker('snapshot', less), undefined, later(100));
    expect(mark).toMatchObject({ indexPrice: null });
  });

  test('forgets what a delta empties', () => {
    const decoder = known();
    decoder.hear(ticker('snapshot', FULL));
    const emptied = ticker('delta', { fundingRate: '', nextFundingTime: '' });
    expect(decoder.only('fundingPredicted', emptied)).toEqual([]);
  });

  test('says what changes mean before any snapshot has come', () => {
    expect(known().only('markPrice', ticker('delta', { markPrice: '5' }))).toMatchObject([
      { markPrice: 5, indexPrice: null },
    ]);
  });

  test('that is damaged leaves the state as it was', () => {
    const decoder = known();
    decoder.hear(ticker('snapshot', FULL));
    const before = structuredClone(decoder.state);
    expect(state(decoder.hear(ticker('delta', { markPrice: '9', volume24h: 'x' })))).toEqual([
      'rejected',
    ]);
    expect(decoder.state).toEqual(before);
  });

  test('tells the funding interval that the listing does not, and each change of it', () => {
    const decoder = linear();
    listed(decoder, [contractRow('BTCUSDT', { fundingInterval: undefined })]);
    const hours = (msg: unknown) => decoder.only('fundingInterval', msg).map((each) => each.hours);
    expect(hours(ticker('snapshot', FULL))).toEqual([8]);
    expect(hours(ticker('delta', { fundingRate: '0.0001' }))).toEqual([]);
    expect(hours(ticker('delta', { fundingIntervalHour: '4' }))).toEqual([4]);
    expect(hours(ticker('snapshot', { ...FULL, fundingIntervalHour: '4' }))).toEqual([]);
  });

  test('speaks of single coins where the listing is a bundle', () => {
    const decoder = linear();
    listed(decoder, [contractRow('1000PEPEUSDT', { baseCoin: '1000PEPE' })]);
    const events = decoder.hear(
      ticker(
        'snapshot',
        {
          markPrice: '0.012',
          indexPrice: '0.011',
          singleOpenInterest: '7',
          volume24h: '5',
          turnover24h: '0.06',
          lastPrice: '0.012',
        },
        '1000PEPEUSDT',
      ),
    );
    expect(events).toMatchObject([
      { kind: 'markPrice', markPrice: 0.000012, indexPrice: 0.000011 },
      { kind: 'openInterest', size: 7000 },
      { kind: 'volume24h', size: 5000, notional: 0.06, lastPrice: 0.000012 },
      { kind: 'heard' },
    ]);
  });
});

describe('the ticker of other products', () => {
  test('of an inverse perp counts dollars as volume and coins as turnover', () => {
    const decoder = inverse();
    listed(decoder, [inverseRow('BTCUSD')], INVERSE_INFO);
    const events = decoder.hear(
      ticker(
        'snapshot',
        {
          markPrice: '28560.00',
          indexPrice: '28566.94',
          openInterest: '449736676',
          volume24h: '661543991',
          turnover24h: '23389.1894',
          lastPrice: '28560.00',
          fundingRate: '0.0001',
          nextFundingTime: '1791532800000',
        },
        'BTCUSD',
      ),
    );
    expect(events).toMatchObject([
      { kind: 'markPrice' },
      { kind: 'fundingPredicted' },
      { kind: 'openInterest', size: 449736676 / 2 / 28560 },
      { kind: 'volume24h', size: 23389.1894, notional: 661543991, lastPrice: 28560 },
      { kind: 'heard' },
    ]);
    // Without a mark nobody can say how many coins it is.
    const [change] = decoder.only(
      'openInterest',
      ticker('snapshot', { openInterest: '2' }, 'BTCUSD'),
    );
    expect(change).toBeUndefined();
  });

  test('of a dated contract has no funding', () => {
    const decoder = inverse();
    const events = decoder.hear(
      ticker(
        'snapshot',
        {
          markPrice: '29023.60',
          indexPrice: '28566.94',
          openInterest: '4547176',
          deliveryTime: '2023-09-29T08:00:00Z',
          basis: '459.06',
          basisRate: '0.0160',
          basisRateYear: '0.03',
          fundingRate: '',
          nextFundingTime: '',
        },
        'BTCUSDU23',
      ),
    );
    expect(state(events)).toEqual(['listing', 'markPrice', 'openInterest']);
    expect(events[0]).toMatchObject({
      instrument: {
        id: 'bybit:BTC/USD:BTC-230929',
        kind: 'future',
        expiry: Date.UTC(2023, 8, 29, 8) * 1000,
      },
    });
  });

  test('of spot comes whole each time and is told once a second', () => {
    const decoder = spot();
    const whole = ticker('snapshot', {
      lastPrice: '21109.77',
      highPrice24h: '21426.99',
      lowPrice24h: '20575',
      prevPrice24h: '20704.93',
      volume24h: '6780.866843',
      turnover24h: '141946527.25',
      price24hPcnt: '0.0196',
      usdIndexPrice: '21120.2400136',
    });
    expect(state(decoder.hear(whole))).toEqual(['listing', 'volume24h']);
    expect(state(decoder.hear(whole, undefined, later(50)))).toEqual([]);
    expect(decoder.only('volume24h', whole, undefined, later(SECOND / 1000))).toMatchObject([
      { size: 6780.866843, notional: 141946527.25, openPrice: 20704.93 },
    ]);
  });
});
