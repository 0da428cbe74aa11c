import { describe, expect, test } from 'vitest';
import { fromSteps } from '../../../src/model/grid.ts';
import type { Instrument } from '../../../src/model/instrument.ts';
import { microsFromMillis } from '../../../src/model/units.ts';
import {
  FUTURES_INFO,
  futuresRow,
  levels,
  NOW,
  SPOT_INFO,
  spot,
  spotRow,
  usdm,
  wrapped,
} from './support/decoder.ts';

/** 2024-08-08, first message of the recording by hftbacktest, cut to three levels a side. */
const DEPTH_2024 = {
  e: 'depthUpdate',
  E: 1723161256299,
  T: 1723161256298,
  s: 'BTCUSDT',
  U: 5123107832006,
  u: 5123107837557,
  pu: 5123107831937,
  b: [
    ['58710.20', '0.014'],
    ['61496.50', '0.010'],
    ['61510.90', '0.000'],
  ],
  a: [['61800.30', '2.510']],
};

/** Futures message as documented since June 2026. */
const DEPTH_2026 = {
  e: 'depthUpdate',
  E: 1791391083124,
  T: 1791391083120,
  s: 'BTCUSDT',
  ps: 'BTCUSDT',
  st: 1,
  U: 390497796,
  u: 390497878,
  pu: 390497794,
  b: [
    ['7403.89', '0.002'],
    ['7403.90', '0'],
  ],
  a: [],
};

const listedUsdm = () => {
  const decoder = usdm();
  decoder.hear(FUTURES_INFO, { symbols: [futuresRow('BTCUSDT'), futuresRow('ETHUSDT')] });
  return decoder;
};

describe('a futures depth message', () => {
  test('of August 2024 becomes a delta in steps, linked to the one before', () => {
    const decoder = listedUsdm();
    const events = decoder.hear('btcusdt@depth@0ms', wrapped('btcusdt@depth@0ms', DEPTH_2024));
    expect(events).toEqual([
      {
        kind: 'bookDelta',
        instrument: 'binance:BTC/USDT:USDT',
        bids: Float64Array.of(587102, 14, 614965, 10, 615109, 0),
        asks: Float64Array.of(618003, 2510),
        firstId: 5123107832006,
        lastId: 5123107837557,
        previousId: 5123107831937,
        tsExchange: microsFromMillis(1723161256298),
        tsLocal: NOW,
      },
      {
        kind: 'heard',
        feed: 'binance-usdm',
        stream: 'btcusdt@depth@0ms',
        tsExchange: microsFromMillis(1723161256299),
        tsLocal: NOW,
      },
    ]);
  });

  test('of 2026 carries two more fields and may leave a side empty', () => {
    const [delta] = listedUsdm().only('bookDelta', 'x', wrapped('x', DEPTH_2026));
    expect(delta?.asks).toHaveLength(0);
    expect(delta).toMatchObject({ firstId: 390497796, lastId: 390497878, previousId: 390497794 });
  });

  test('is read the same bare, wrapped, with numbers for texts and with keys in any order', () => {
    const numeric = {
      a: [[61800.3, 2.51]],
      b: DEPTH_2024.b.map((level) => level.map(Number)),
      pu: DEPTH_2024.pu,
      u: DEPTH_2024.u,
      U: DEPTH_2024.U,
      s: 'BTCUSDT',
      T: DEPTH_2024.T,
      E: DEPTH_2024.E,
      e: 'depthUpdate',
    };
    const spellings = [
      wrapped('x', DEPTH_2024),
      JSON.stringify(DEPTH_2024),
      JSON.stringify({ data: DEPTH_2024, stream: 'x' }, null, 2),
      wrapped('x', numeric),
      wrapped('x', {
        ...DEPTH_2024,
        b: DEPTH_2024.b.map((level) => [...level, []]),
      }),
    ];
    const readings = spellings.map((msg) => listedUsdm().only('bookDelta', 'x', msg));
    expect(readings[0]).toHaveLength(1);
    for (const reading of readings) expect(reading).toEqual(readings[0]);
  });

  test.each([
    ['without link', { pu: undefined }, 'pu: not an id'],
    ['that ends before it begins', { U: DEPTH_2024.u + 1 }, 'U above u'],
    ['without a side', { b: undefined }, 'b: not an array'],
    ['with half a level', { b: [['58710.20']] }, 'b: not a level'],
    ['with a negative size', { b: [['58710.20', '-1']] }, 'b: not a size'],
    ['with a price of zero', { a: [['0.00', '1']] }, 'a: not a price'],
    ['with a size beyond 2^53 lots', { a: [['61800.30', '1'.repeat(20)]] }, 'a: not a size'],
  ])('%s is rejected whole', (_, change, reason) => {
    const decoder = listedUsdm();
    const events = decoder.hear('x', wrapped('x', { ...DEPTH_2024, ...change }));
    expect(events.map(({ kind }) => kind)).toEqual(['rejected', 'heard']);
    expect(events[0]).toMatchObject({ reason });
  });
});

describe('a spot depth message', () => {
  const DEPTH = {
    e: 'depthUpdate',
    E: 1723161255308,
    s: 'BTCUSDT',
    U: 50093239203,
    u: 50093239207,
    b: [['55653.87000000', '0.00000000']],
    a: [
      ['61838.04000000', '0.32332000'],
      ['61862.51000000', '0.00000000'],
    ],
  };
  test('of August 2024 has no link and no engine time', () => {
    const decoder = spot();
    decoder.hear(SPOT_INFO, { symbols: [spotRow('BTC', 'USDT')] });
    expect(decoder.only('bookDelta', 'btcusdt@depth@100ms', wrapped('x', DEPTH))).toEqual([
      {
        kind: 'bookDelta',
        instrument: 'binance:BTC/USDT',
        bids: Float64Array.of(5565387, 0),
        asks: Float64Array.of(6183804, 32332, 6186251, 0),
        firstId: 50093239203,
        lastId: 50093239207,
        previousId: null,
        tsExchange: microsFromMillis(1723161255308),
        tsLocal: NOW,
      },
    ]);
  });
});

describe('a depth snapshot', () => {
  const BODY = {
    lastUpdateId: 1027024,
    E: 1589436922972,
    T: 1589436922959,
    bids: [['61800.20', '2.909']],
    asks: [['61800.30', '12.000']],
  };
  test.each([
    ['rest:https://fapi.binance.com/fapi/v1/depth?symbol=BTCUSDT&limit=1000', 1000],
    ['rest:/fapi/v1/depth?symbol=BTCUSDT&limit=1000', 1000],
    ['https://fapi.binance.com/fapi/v1/depth?limit=5&symbol=BTCUSDT', 5],
    ['rest:/fapi/v1/depth?symbol=BTCUSDT', 500],
  ])('answered to %s is limited to %i levels', (chan, limit) => {
    expect(listedUsdm().hear(chan, BODY)).toEqual([
      {
        kind: 'bookSnapshot',
        instrument: 'binance:BTC/USDT:USDT',
        bids: Float64Array.of(618002, 2909),
        asks: Float64Array.of(618003, 12000),
        lastId: 1027024,
        limit,
        tsExchange: microsFromMillis(1589436922959),
        tsLocal: NOW,
      },
    ]);
  });
  test('of spot has no time', () => {
    const body = { lastUpdateId: 5, bids: [['61837.63000000', '3.78826000']], asks: [] };
    const chan = 'rest:https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=1000';
    expect(spot().only('bookSnapshot', chan, body)[0]).toMatchObject({
      instrument: 'binance:BTC/USDT',
      tsExchange: null,
      lastId: 5,
    });
  });
  test('that names no symbol in its request is rejected', () => {
    expect(listedUsdm().hear('rest:/fapi/v1/depth?limit=5', BODY)).toMatchObject([
      { kind: 'rejected', reason: 'symbol: not a text' },
    ]);
  });
  test('of an error object is rejected', () => {
    const body = { code: -1121, msg: 'Invalid symbol.' };
    expect(listedUsdm().hear('rest:/fapi/v1/depth?symbol=BTCUSDT&limit=5', body)).toMatchObject([
      { kind: 'rejected', reason: 'depth: error -1121' },
    ]);
  });
});

describe('a quote', () => {
  test('of futures, August 2024', () => {
    const frame =
      '{"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":5123107839020,"s":"BTCUSDT","b":"61800.20","B":"2.507","a":"61800.30","A":"2.510","T":1723161256313,"E":1723161256315}}';
    expect(listedUsdm().only('quote', 'btcusdt@bookTicker', frame)).toEqual([
      {
        kind: 'quote',
        instrument: 'binance:BTC/USDT:USDT',
        updateId: 5123107839020,
        bidTicks: 618002,
        bidLots: 2507,
        askTicks: 618003,
        askLots: 2510,
        tsExchange: microsFromMillis(1723161256313),
        tsLocal: NOW,
      },
    ]);
  });

  test.each([
    [
      'wrapped',
      '{"stream":"btcusdt@bookTicker","data":{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}}',
    ],
    [
      'bare',
      '{"u":50093239212,"s":"BTCUSDT","b":"61837.63000000","B":"3.78826000","a":"61837.64000000","A":"1.54698000"}',
    ],
  ])('of spot, August 2024, has neither type nor times (%s)', (_, frame) => {
    const events = spot().hear('btcusdt@bookTicker', frame);
    expect(events.slice(1)).toMatchObject([
      {
        kind: 'quote',
        updateId: 50093239212,
        bidTicks: 6183763,
        askLots: 154698,
        tsExchange: null,
      },
      { kind: 'heard', tsExchange: null },
    ]);
  });

  test('with an empty side is no quote, and no fault either', () => {
    const data = { u: 1, s: 'BTCUSDT', b: '0.00000000', B: '0.00000000', a: '5.00', A: '1.0' };
    expect(
      spot()
        .hear('x', wrapped('x', data))
        .map(({ kind }) => kind),
    ).toEqual(['heard']);
  });
});

describe('a listing that no exchangeInfo explained', () => {
  const depth = (b: string[][], id: number) =>
    wrapped('x', { ...DEPTH_2024, U: id, u: id, pu: id - 1, b, a: [] });

  test('takes its grids from the decimals of its first message, as inferred', () => {
    const events = usdm().hear(
      'x',
      depth(
        [
          ['61800.20', '0.250'],
          ['61799.00', '1.000'],
        ],
        7,
      ),
    );
    expect(events.map(({ kind }) => kind)).toEqual(['listing', 'bookDelta', 'heard']);
    expect(events[0]).toEqual({
      kind: 'listing',
      instrument: {
        id: 'binance:BTC/USDT:USDT',
        venue: 'binance',
        feed: 'binance-usdm',
        symbol: 'BTCUSDT',
        kind: 'perp',
        asset: 'BTC',
        base: 'BTC',
        quote: 'USDT',
        settle: 'USDT',
        priceGrid: { units: 1, scale: 10 },
        sizeGrid: { units: 1, scale: 100 },
        sizeUnit: 'base',
        bookLevels: null,
        bookRule: 'linked',
        expiry: null,
        inferred: true,
      } satisfies Instrument,
      isTrading: false,
      tsLocal: NOW,
    });
    expect(events[1]).toMatchObject({ bids: Float64Array.of(618002, 25, 617990, 100) });
  });

  test('is listed again on a finer grid before the first event that needs it', () => {
    const decoder = usdm();
    decoder.hear('x', depth([['61800.20', '0.250']], 7));
    const events = decoder.hear('x', depth([['61800.25', '0.255']], 8));
    expect(events).toMatchObject([
      {
        kind: 'listing',
        instrument: {
          priceGrid: { units: 1, scale: 100 },
          sizeGrid: { units: 1, scale: 1000 },
          inferred: true,
        },
      },
      { kind: 'bookDelta', bids: Float64Array.of(6180025, 255) },
      { kind: 'heard' },
    ]);
    const later = decoder.hear('x', depth([['61800.20', '0.250']], 9));
    expect(later).toMatchObject([{ bids: Float64Array.of(6180020, 250) }, { kind: 'heard' }]);
  });

  test('keeps its grid when the message that would refine it is rejected', () => {
    const decoder = usdm();
    decoder.hear('x', depth([['61800.20', '0.250']], 7));
    const before = structuredClone(decoder.state);
    decoder.hear(
      'x',
      depth(
        [
          ['61800.255', '0.255'],
          ['0', '1'],
        ],
        8,
      ),
    );
    expect(decoder.state).toEqual(before);
  });

  test('reads expiry and quote off a dated symbol', () => {
    const [listing] = usdm().only(
      'listing',
      'x',
      wrapped('x', { ...DEPTH_2024, s: 'BTCBUSD_210129' }),
    );
    expect(listing?.instrument).toMatchObject({
      id: 'binance:BTC/BUSD:BUSD-210129',
      kind: 'future',
      settle: 'BUSD',
      expiry: microsFromMillis(Date.UTC(2021, 0, 29, 8)),
    });
  });

  test('is spot on the spot feed, whatever it is quoted in', () => {
    const frame = (s: string) => wrapped('x', { u: 1, s, b: '0.5', B: '1', a: '0.6', A: '1' });
    const ids = ['NKNUSDT', 'BLZETH', 'LRCBTC', 'RUNEEUR', 'DOGEBNB', 'BTCFDUSD'].map(
      (s) => spot().only('listing', 'x', frame(s))[0]?.instrument.id,
    );
    expect(ids).toEqual([
      'binance:NKN/USDT',
      'binance:BLZ/ETH',
      'binance:LRC/BTC',
      'binance:RUNE/EUR',
      'binance:DOGE/BNB',
      'binance:BTC/FDUSD',
    ]);
  });

  test('is replaced by the true listing, on a grid that still holds what was written', () => {
    const decoder = usdm();
    decoder.hear('x', depth([['61800.25', '0.250']], 7));
    const info = { symbols: [futuresRow('BTCUSDT')] };
    expect(decoder.only('listing', FUTURES_INFO, info)).toMatchObject([
      {
        instrument: {
          inferred: false,
          priceGrid: { units: 1, scale: 100 },
          sizeGrid: { units: 1, scale: 1000 },
        },
      },
    ]);
    expect(decoder.only('listing', FUTURES_INFO, info)).toEqual([]);
  });
});

describe('a listing whose tick size the venue has just made finer', () => {
  test('follows the first price between the old steps', () => {
    const decoder = listedUsdm();
    const frame = wrapped('x', { ...DEPTH_2024, b: [['61800.25', '1']], a: [] });
    const [listing, delta] = decoder.hear('x', frame);
    expect(listing).toMatchObject({
      instrument: { inferred: false, priceGrid: { units: 1, scale: 100 } },
    });
    expect(delta).toMatchObject({ kind: 'bookDelta', bids: Float64Array.of(6180025, 1000) });
  });
  test('reads a step of five by tens when a price lies between the fives', () => {
    const decoder = usdm();
    decoder.hear(FUTURES_INFO, { symbols: [futuresRow('BTCUSDT', {}, '0.50')] });
    const frame = (price: string) => wrapped('x', { ...DEPTH_2024, b: [[price, '1']], a: [] });
    expect(levels(decoder.only('bookDelta', 'x', frame('61800.50'))[0]!.bids)).toEqual([
      123601, 1000,
    ]);
    const [listing] = decoder.only('listing', 'x', frame('61800.20'));
    expect(listing?.instrument.priceGrid).toEqual({ units: 1, scale: 10 });
  });
});

test('the same steps mean the same price per coin on the wire grid and on the grid of a bundle', () => {
  const decoder = usdm();
  const row = futuresRow('1000SHIBUSDT', {}, '0.000001', '1');
  const [listing] = decoder.only('listing', FUTURES_INFO, { symbols: [row] });
  const data = { ...DEPTH_2024, s: '1000SHIBUSDT', b: [['0.012345', '7']], a: [] };
  const [delta] = decoder.only('bookDelta', 'x', wrapped('x', data));
  const { asset, priceGrid, sizeGrid } = listing!.instrument;
  expect(asset).toBe('SHIB');
  expect(fromSteps(delta!.bids[0]!, priceGrid)).toBe(0.000012345);
  expect(fromSteps(delta!.bids[1]!, sizeGrid)).toBe(7000);
});
