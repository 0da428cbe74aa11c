import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import type { EngineEvent } from '../../../src/model/event.ts';
import type { Micros } from '../../../src/model/units.ts';
import { polledDecoder } from '../../../src/venues/polled/decoder.ts';
import { recordText } from '../../../src/venues/polled/records.ts';

const T = 1_790_000_000_000_000 as Micros;
const FEED = 'kraken-polled';

const LINEAR = {
  symbol: 'BTC/USD:USD',
  id: 'PF_XBTUSD',
  base: 'BTC',
  quote: 'USD',
  settle: 'USD',
  inverse: false,
  contractSize: 1,
  priceStep: '0.5',
  sizeStep: '0.0001',
  active: true,
};
const INVERSE = {
  ...LINEAR,
  symbol: 'BTC/USD:BTC',
  id: 'PI_XBTUSD',
  settle: 'BTC',
  inverse: true,
  sizeStep: '1',
};
const BUNDLE = {
  ...LINEAR,
  symbol: '1000PEPE/USDT:USDT',
  id: '1000PEPEUSDT',
  base: '1000PEPE',
  contractSize: 10,
  priceStep: '0.0000001',
  sizeStep: '1',
};
const TICKER = {
  symbol: 'BTC/USD:USD',
  bid: 59_999.5,
  ask: 60_000.5,
  last: 60_001,
  open: 58_000,
  base: 1500,
  quote: null,
  mark: 60_000,
  index: 59_970,
};

/** A decoder with its memory, and the events of each record but `heard`. */
function decoder(feed = FEED) {
  const { createState, decode } = polledDecoder(feed)!;
  const state = createState();
  const raw = (chan: string, msg: string): EngineEvent[] =>
    structuredClone([...decode(state, { t: T, feed, chan, msg })]);
  const read = (chan: string, rows: readonly object[], more: object = {}) =>
    raw(chan, recordText(rows, more)).filter(({ kind }) => kind !== 'heard');
  return {
    raw,
    read,
    list: (...rows: readonly object[]) => read('polled:markets', rows, { everyMs: 10_000 }),
  };
}

const kindsOf = (events: readonly EngineEvent[]) => events.map(({ kind }) => kind);

describe('polled listings', () => {
  test('are perps in coins, and say how often they are asked for', () => {
    expect(decoder().list(LINEAR)).toEqual([
      {
        kind: 'listing',
        instrument: {
          id: 'kraken:BTC/USD:USD',
          venue: 'kraken',
          feed: FEED,
          symbol: 'PF_XBTUSD',
          kind: 'perp',
          asset: 'BTC',
          base: 'BTC',
          quote: 'USD',
          settle: 'USD',
          priceGrid: { units: 5, scale: 10 },
          sizeGrid: { units: 1, scale: 10_000 },
          sizeUnit: 'base',
          bookRule: 'contiguous',
          bookLevels: null,
          expiry: null,
          inferred: false,
          polledEveryMs: 10_000,
        },
        tsLocal: T,
      },
    ]);
  });

  test('by the bundle are of the coin inside, in its own steps', () => {
    const [listing] = decoder().list(BUNDLE);
    expect(listing).toMatchObject({
      instrument: {
        id: 'kraken:1000PEPE/USDT:USDT',
        asset: 'PEPE',
        priceGrid: { units: 1, scale: 1e10 },
        // One contract is ten bundles.
        sizeGrid: { units: 10_000, scale: 1 },
      },
    });
  });

  test('that do not trade say so', () => {
    const [listing] = decoder().list({ ...LINEAR, active: false });
    expect(listing).toMatchObject({ kind: 'listing', isTrading: false });
  });

  test('without steps become as fine as the prices that are heard', () => {
    const { list, read } = decoder();
    expect(list({ ...LINEAR, priceStep: null })).toMatchObject([
      { instrument: { inferred: true, priceGrid: { units: 1, scale: 1 } } },
    ]);
    expect(read('polled:tickers', [TICKER])[0]).toMatchObject({
      kind: 'listing',
      instrument: { priceGrid: { units: 1, scale: 10 } },
    });
    expect(kindsOf(read('polled:tickers', [TICKER]))).not.toContain('listing');
    // Listed again an hour later, it stays as fine.
    expect(list({ ...LINEAR, priceStep: null })[0]).toMatchObject({
      instrument: { priceGrid: { units: 1, scale: 10 } },
    });
  });
});

describe('polled tickers', () => {
  test('tell best bid and ask, mark and index, and what was traded', () => {
    const { list, read } = decoder();
    list(LINEAR);
    const stamped = { instrument: 'kraken:BTC/USD:USD', tsExchange: null, tsLocal: T };
    expect(read('polled:tickers', [TICKER])).toEqual([
      { kind: 'touch', ...stamped, bid: 59_999.5, ask: 60_000.5 },
      { kind: 'markPrice', ...stamped, markPrice: 60_000, indexPrice: 59_970 },
      {
        kind: 'volume24h',
        ...stamped,
        size: 1500,
        notional: 1500 * 60_001,
        lastPrice: 60_001,
        openPrice: 58_000,
      },
    ]);
  });

  test('of a bundle are per coin', () => {
    const { list, read } = decoder();
    list(BUNDLE);
    const [touch, mark, volume] = read('polled:tickers', [
      {
        ...TICKER,
        symbol: '1000PEPE/USDT:USDT',
        bid: 0.01,
        ask: 0.011,
        last: 0.01,
        open: 0.02,
        mark: 0.01,
        index: 0.0102,
        base: 4000,
      },
    ]);
    expect(touch).toMatchObject({ bid: 0.01 / 1000, ask: 0.011 / 1000 });
    expect(mark).toMatchObject({ markPrice: 0.01 / 1000, indexPrice: 0.0102 / 1000 });
    expect(volume).toMatchObject({ size: 4_000_000, notional: 40, lastPrice: 0.01 / 1000 });
  });

  test.each([
    ['one side', { bid: null }],
    ['a side of zero', { ask: 0 }],
    ['crossed', { bid: 60_010, ask: 60_000 }],
  ])('with %s have no best bid and ask', (_, more) => {
    const { list, read } = decoder();
    list(LINEAR);
    expect(kindsOf(read('polled:tickers', [{ ...TICKER, ...more }]))).toEqual([
      'markPrice',
      'volume24h',
    ]);
  });

  test('in units that fit nothing tell no volume, and that once', () => {
    const { list, read } = decoder();
    list(LINEAR);
    const odd = { ...TICKER, base: 1500, quote: 3 };
    expect(kindsOf(read('polled:tickers', [odd]))).toEqual(['touch', 'markPrice', 'unfamiliar']);
    expect(kindsOf(read('polled:tickers', [odd]))).toEqual(['touch', 'markPrice']);
  });

  test('of listings that nobody asked for tell nothing', () => {
    const { list, read } = decoder();
    list(LINEAR);
    expect(read('polled:tickers', [{ ...TICKER, symbol: 'ETH/USD:USD' }])).toEqual([]);
  });
});

describe('polled funding', () => {
  const RATE = {
    symbol: 'BTC/USD:USD',
    rate: 0.000_012_5,
    nextMs: T / 1000 + 60_000,
    interval: '1h',
    mark: null,
    index: null,
  };

  test('tells interval and running estimate', () => {
    const { list, read } = decoder();
    list(LINEAR);
    const stamped = { instrument: 'kraken:BTC/USD:USD', tsExchange: null, tsLocal: T };
    expect(read('polled:funding', [RATE])).toEqual([
      { kind: 'fundingInterval', ...stamped, hours: 1, basis: 'listed' },
      {
        kind: 'fundingPredicted',
        ...stamped,
        fundingRate: 0.000_012_5,
        nextFundingTs: T + 60_000_000,
      },
    ]);
  });

  test('without an interval tells none: eight hours are nobody’s default', () => {
    const { list, read } = decoder();
    list(LINEAR);
    expect(kindsOf(read('polled:funding', [{ ...RATE, interval: null }]))).toEqual([
      'fundingPredicted',
    ]);
  });

  test.each([
    ['that nobody states', null],
    ['that has passed', T / 1000 - 1],
  ])('has no settlement time %s', (_, nextMs) => {
    const { list, read } = decoder();
    list(LINEAR);
    expect(read('polled:funding', [{ ...RATE, nextMs }]).at(-1)).toMatchObject({
      kind: 'fundingPredicted',
      nextFundingTs: null,
    });
  });

  test('tells the mark price only where the tickers tell none as good', () => {
    const { list, read } = decoder();
    list(LINEAR);
    const rate = { ...RATE, interval: null, mark: 60_002, index: 60_000 };
    const marks = (events: readonly EngineEvent[]) =>
      events.filter(({ kind }) => kind === 'markPrice').length;
    expect(marks(read('polled:funding', [rate]))).toBe(1);
    expect(marks(read('polled:tickers', [{ ...TICKER, index: null }]))).toBe(0);
    const other = decoder();
    other.list(LINEAR);
    expect(marks(other.read('polled:tickers', [{ ...TICKER, index: null }]))).toBe(1);
    expect(marks(other.read('polled:funding', [rate]))).toBe(1);
    expect(marks(other.read('polled:tickers', [TICKER]))).toBe(0);
    const third = decoder();
    third.list(LINEAR);
    expect(marks(third.read('polled:tickers', [TICKER]))).toBe(1);
    expect(marks(third.read('polled:funding', [rate]))).toBe(0);
  });

  test('of an inverse perp of Kraken is left out: what ccxt makes of it is no rate', () => {
    const { list, read } = decoder();
    list(INVERSE);
    const rate = { ...RATE, symbol: 'BTC/USD:BTC' };
    expect(kindsOf(read('polled:funding', [rate]))).toEqual(['fundingInterval']);
    const elsewhere = decoder('bitmex-polled');
    elsewhere.list(INVERSE);
    expect(kindsOf(elsewhere.read('polled:funding', [rate]))).toContain('fundingPredicted');
  });
});

describe('polled open interest', () => {
  const interest = (symbol: string, amount: number | null, value: number | null = null) => [
    { symbol, amount, value },
  ];

  test('is told in coins once there is a price', () => {
    const { list, read } = decoder();
    list(LINEAR, INVERSE);
    expect(read('polled:openInterest', interest('BTC/USD:USD', 250))).toEqual([]);
    read('polled:tickers', [TICKER, { ...TICKER, symbol: 'BTC/USD:BTC' }]);
    expect(read('polled:openInterest', interest('BTC/USD:USD', 250))).toMatchObject([
      { kind: 'openInterest', instrument: 'kraken:BTC/USD:USD', size: 250 },
    ]);
    // Dollars at the mark price.
    expect(read('polled:openInterest', interest('BTC/USD:BTC', 6_000_000))).toMatchObject([
      { kind: 'openInterest', instrument: 'kraken:BTC/USD:BTC', size: 100 },
    ]);
  });

  test('of a bundle counts coins', () => {
    const { list, read } = decoder();
    list(BUNDLE);
    const symbol = '1000PEPE/USDT:USDT';
    read('polled:tickers', [{ ...TICKER, symbol, mark: 0.01, last: 0.01, base: null }]);
    expect(read('polled:openInterest', interest(symbol, 7))).toMatchObject([{ size: 70_000 }]);
  });

  test('that contradicts its value is named and left out', () => {
    const { list, read } = decoder();
    list(LINEAR);
    read('polled:tickers', [TICKER]);
    expect(read('polled:openInterest', interest('BTC/USD:USD', 250, 9))).toEqual([
      {
        kind: 'unfamiliar',
        feed: FEED,
        what: 'open interest in unknown units: BTC/USD:USD',
        tsLocal: T,
      },
    ]);
  });
});

describe('records of a polled feed', () => {
  test('prove each that its answers come', () => {
    const { raw } = decoder();
    expect(raw('polled:tickers', '{"rows":[]}')).toEqual([
      { kind: 'heard', feed: FEED, stream: 'polled:tickers', tsExchange: null, tsLocal: T },
    ]);
  });

  test('tell what the feed reports on itself', () => {
    const { raw } = decoder();
    const report = { kind: 'connected', connection: 'polls' };
    expect(raw('feed', JSON.stringify(report))).toEqual([
      { kind: 'feed', feed: FEED, report, tsLocal: T },
    ]);
  });

  test('lose a damaged row and keep the others', () => {
    const { list, read } = decoder();
    list(LINEAR, INVERSE);
    const damaged = { ...TICKER, symbol: 'BTC/USD:BTC', index: -3 };
    const events = read('polled:tickers', [damaged, TICKER]);
    expect(kindsOf(events)).toEqual(['rejected', 'touch', 'markPrice', 'volume24h']);
    expect(events[0]).toMatchObject({ reason: 'index: not a decimal', chan: 'polled:tickers' });
  });

  test.each([
    ['polled:tickers', 'not JSON'],
    ['polled:tickers', '[]'],
    ['polled:tickers', '{"rows":5}'],
    ['polled:markets', '{"rows":[]}'],
    ['polled:markets', '{"rows":[],"everyMs":0}'],
    ['polled:markets', '{"rows":[],"everyMs":1e12}'],
    ['polled:gossip', '{"rows":[]}'],
  ])('%s %s are rejected', (chan, msg) => {
    expect(decoder().raw(chan, msg)).toMatchObject([{ kind: 'rejected', feed: FEED, chan }]);
  });

  const row = fc.dictionary(
    fc.constantFrom(...Object.keys({ ...LINEAR, ...TICKER, rate: 0, nextMs: 0, interval: 0 })),
    fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('BTC/USD:USD', 'BTC/USD:BTC', '8h', 1, 60_000, true, false),
    ),
  );
  property.prop([
    fc.array(
      fc.tuple(
        fc.constantFrom(
          'polled:markets',
          'polled:tickers',
          'polled:funding',
          'polled:openInterest',
        ),
        fc.array(row, { maxLength: 4 }),
      ),
    ),
  ])('never throw, and never tell a number that is none', (records) => {
    const { list, raw } = decoder();
    list(LINEAR, INVERSE);
    for (const [chan, rows] of records)
      for (const event of raw(chan, JSON.stringify({ rows, everyMs: 10_000 })))
        for (const value of Object.values(event))
          if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
  });
});
