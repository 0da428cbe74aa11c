import { describe, expect, test } from 'vitest';
import { binanceCoinm } from '../../../src/venues/binance/coinm.ts';
import { binanceUsdm } from '../../../src/venues/binance/usdm.ts';
import type { FeedSettings, RestRequest } from '../../../src/venues/protocol.ts';
import { askedIn } from '../../../src/venues/requests.ts';
import { COINM_INFO, coinm, coinmRow, levels, NOW, wrapped } from './support/decoder.ts';

const { defaults } = binanceCoinm;
const NOW_MS = Date.UTC(2026, 9, 8, 12, 34, 56);
const HOUR_MS = 3_600_000;
const DECEMBER_MS = Date.UTC(2026, 11, 25, 8);

const PERP = 'binance:BTC/USD:BTC';
const DATED = 'binance:BTC/USD:BTC-261225';

/** A decoder that has been told what is listed. */
function listed(): ReturnType<typeof coinm> {
  const decoder = coinm();
  const quarter = { contractType: 'CURRENT_QUARTER', deliveryDate: DECEMBER_MS };
  decoder.hear(COINM_INFO, {
    symbols: [
      coinmRow('BTCUSD_PERP'),
      coinmRow('BTCUSD_261225', quarter),
      coinmRow('ETHUSD_PERP', {}, '0.01'),
    ],
  });
  return decoder;
}

const mark = (symbol: string, p: string, more: object = {}) =>
  wrapped(`${symbol.toLowerCase()}@markPrice@1s`, {
    e: 'markPriceUpdate',
    E: 1790755199000,
    s: symbol,
    ps: 'BTCUSD',
    p,
    P: p,
    r: '0.00010000',
    T: 1790755200000,
    st: 2,
    ...more,
  });

describe('what is listed', () => {
  test('are perps and dated contracts of so many dollars, settled in the coin', () => {
    const decoder = coinm();
    const quarter = { contractType: 'NEXT_QUARTER', deliveryDate: DECEMBER_MS };
    const rows = [coinmRow('BTCUSD_PERP'), coinmRow('ETHUSD_261225', quarter, '0.01')];
    expect(decoder.only('listing', COINM_INFO, { symbols: rows })).toMatchObject([
      {
        instrument: {
          id: PERP,
          kind: 'perp',
          asset: 'BTC',
          quote: 'USD',
          settle: 'BTC',
          priceGrid: { units: 1, scale: 10 },
          sizeGrid: { units: 100, scale: 1 },
          sizeUnit: 'quote',
          bookRule: 'linked',
          expiry: null,
          inferred: false,
        },
      },
      {
        instrument: {
          id: 'binance:ETH/USD:ETH-261225',
          kind: 'future',
          sizeGrid: { units: 10, scale: 1 },
          expiry: DECEMBER_MS * 1000,
        },
      },
    ]);
    expect(binanceCoinm.symbols(decoder.state, ['ETH', 'BTC'])).toEqual([
      'ETHUSD_261225',
      'BTCUSD_PERP',
    ]);
  });

  test('is no longer traded once its status is not TRADING, and needs no type then', () => {
    const decoder = listed();
    const symbols = [
      coinmRow('BTCUSD_PERP'),
      coinmRow('ETHUSD_PERP', {}, '0.01'),
      coinmRow('BTCUSD_261225', { contractStatus: 'DELIVERING', contractType: '' }),
    ];
    expect(decoder.only('listing', COINM_INFO, { symbols })).toMatchObject([
      { instrument: { id: DATED }, isTrading: false },
    ]);
  });

  test('without a contract size has a book and nothing else that counts', () => {
    const decoder = coinm();
    decoder.hear(COINM_INFO, { symbols: [coinmRow('BTCUSD_PERP', { contractSize: null })] });
    const print = { e: 'aggTrade', a: 1, s: 'BTCUSD_PERP', p: '50000.0', q: '5', T: 1790755199000 };
    expect(decoder.hear('x', wrapped('x', { ...print, m: true }))).toMatchObject([
      { kind: 'heard' },
    ]);
    const depth = { e: 'depthUpdate', s: 'BTCUSD_PERP', U: 1, u: 2, pu: 0, b: [], a: [] };
    expect(decoder.only('bookDelta', 'x', wrapped('x', depth))).toHaveLength(1);
    const ticker = { e: '24hrMiniTicker', E: 1790755199000, s: 'BTCUSD_PERP', v: '5', q: '1' };
    expect(decoder.only('volume24h', 'x', wrapped('x', ticker))).toEqual([]);
    const order = { s: 'BTCUSD_PERP', S: 'SELL', ap: '5', z: '1', T: 1790755199000 };
    expect(decoder.only('liquidation', 'x', wrapped('x', { e: 'forceOrder', o: order }))).toEqual(
      [],
    );
    decoder.hear('x', mark('BTCUSD_PERP', '50000'));
    const answer = { symbol: 'BTCUSD_PERP', openInterest: '15004', time: 1790755199000 };
    expect(
      decoder.only('openInterest', 'rest:/dapi/v1/openInterest?symbol=BTCUSD_PERP', answer),
    ).toEqual([]);
  });

  test.each([
    ['BTCUSD_PERP', 'perp', 100, null],
    ['ETHUSD_PERP', 'perp', 10, null],
    ['BTCUSD_261225', 'future', 100, DECEMBER_MS * 1000],
  ])('of %s is inferred in recordings that have no listings', (symbol, kind, units, expiry) => {
    const depth = { e: 'depthUpdate', s: symbol, U: 1, u: 2, pu: 0, b: [['5.5', '1']], a: [] };
    expect(coinm().only('listing', 'x', wrapped('x', depth))).toMatchObject([
      { instrument: { kind, sizeGrid: { units, scale: 1 }, expiry, inferred: true } },
    ]);
  });

  test.each(['BTCUSDT', 'USD_PERP', 'BTCEUR_PERP', 'BTCUSD'])('of %s cannot be told', (symbol) => {
    const depth = { e: 'depthUpdate', s: symbol, st: 2, U: 1, u: 2, pu: 0, b: [], a: [] };
    expect(coinm().hear('x', wrapped('x', depth))).toMatchObject([
      { kind: 'rejected', reason: `unknown symbol ${symbol}` },
      { kind: 'heard' },
    ]);
  });
});

describe('contracts', () => {
  test('of a book are dollars, whatever the price', () => {
    const [delta] = listed().only(
      'bookDelta',
      'btcusd_perp@depth@100ms',
      '{"stream":"btcusd_perp@depth@100ms","data":{"e":"depthUpdate","E":1723161257440,"T":1723161257432,"s":"BTCUSD_PERP","ps":"BTCUSD","st":2,"U":1007198631260,"u":1007198631565,"pu":1007198631198,"b":[["61773.6","1001"],["61778.7","0"]],"a":[["61820.0","4"]]}}',
    );
    expect(delta).toMatchObject({ instrument: PERP, previousId: 1007198631198 });
    // Steps of the grids: 0.1 dollars a coin, 100 dollars a contract.
    expect([levels(delta!.bids), levels(delta!.asks)]).toEqual([
      [617736, 1001, 617787, 0],
      [618200, 4],
    ]);
  });

  test('of a snapshot likewise, which names symbol and pair', () => {
    const events = listed().hear('rest:/dapi/v1/depth?symbol=BTCUSD_PERP&limit=1000', {
      lastUpdateId: 16769853,
      symbol: 'BTCUSD_PERP',
      pair: 'BTCUSD',
      E: 1591250106370,
      T: 1591250106368,
      bids: [['9638.0', '431']],
      asks: [['9638.2', '12']],
    });
    expect(events).toMatchObject([{ kind: 'bookSnapshot', lastId: 16769853, limit: 1000 }]);
  });

  // One message each → base coin and dollars.
  test.each([
    ['a trade', 'aggTrade', { a: 7, p: '61804.8', q: '35', m: true }, 3500 / 61804.8, 3500],
    ['a fill', 'trade', { t: 7, p: '50000.0', q: '5', X: 'MARKET', m: false }, 0.01, 500],
  ])('of %s are coins at its price', (_, e, fields, size, usd) => {
    const msg = wrapped('x', {
      e,
      E: 1790755199000,
      T: 1790755199000,
      s: 'BTCUSD_PERP',
      ...fields,
    });
    const [trade] = listed().only('trade', 'x', msg);
    expect(trade).toMatchObject({ size, aggressor: fields.m ? 'sell' : 'buy', id: 7 });
    expect(trade!.size * trade!.price).toBeCloseTo(usd, 9);
  });

  test.each([
    ['SELL', 'long'],
    ['BUY', 'short'],
  ])('of a liquidation by %s are coins of a %s at its average price', (S, liquidatedSide) => {
    const [liquidation] = listed().only(
      'liquidation',
      '!forceOrder@arr',
      wrapped('!forceOrder@arr', {
        e: 'forceOrder',
        E: 1591154240950,
        o: {
          s: 'ETHUSD_PERP',
          ps: 'ETHUSD',
          st: 2,
          S,
          o: 'LIMIT',
          f: 'IOC',
          q: '300',
          p: '2400.50',
          ap: '2500.00',
          X: 'FILLED',
          l: '50',
          z: '250',
          T: 1591154240949,
        },
      }),
    );
    expect(liquidation).toMatchObject({
      instrument: 'binance:ETH/USD:ETH',
      liquidatedSide,
      price: 2500,
      size: 1,
    });
  });

  test('of a day are dollars, and its coins are the other number', () => {
    const decoder = listed();
    const ticker = { e: '24hrMiniTicker', E: 1591267704450, s: 'BTCUSD_PERP', c: '9561.7' };
    const [volume] = decoder.only(
      'volume24h',
      'x',
      wrapped('x', { ...ticker, o: '9580.9', v: '494109', q: '5192.94797687' }),
    );
    expect(volume).toMatchObject({
      size: 5192.94797687,
      notional: 49_410_900,
      lastPrice: 9561.7,
      openPrice: 9580.9,
    });
    const row = { symbol: 'BTCUSD_PERP', volume: '494109', baseVolume: '5192.94797687' };
    const [asked] = decoder.only('volume24h', 'rest:/dapi/v1/ticker/24hr?symbol=BTCUSD_PERP', [
      { ...row, closeTime: 1591256718418 },
    ]);
    expect(asked).toMatchObject({ size: 5192.94797687, notional: 49_410_900 });
  });

  test('of a bar likewise', () => {
    const chan = 'rest:/dapi/v1/klines?symbol=BTCUSD_PERP&interval=1h&limit=1';
    const bar =
      '[[1591257600000,"9640.7","9642.4","9640.6","9642.0","206",1591261199999,"2.13660389",48,"119","1.23424865","0"]]';
    expect(listed().only('historyPage', chan, bar)).toMatchObject([
      {
        series: 'bar1h',
        rows: [{ value: 9642, volume: 2.13660389, buyVolume: 1.23424865, high: 9642.4 }],
      },
    ]);
  });
});

describe('open interest', () => {
  const CHAN = 'rest:/dapi/v1/openInterest?symbol=BTCUSD_PERP';
  const ANSWER = {
    symbol: 'BTCUSD_PERP',
    pair: 'BTCUSD',
    openInterest: '15000',
    contractType: 'PERPETUAL',
    time: 1790755199000,
  };

  test('is coins at the mark price', () => {
    const decoder = listed();
    decoder.hear('x', mark('BTCUSD_PERP', '50000.00000000'));
    expect(decoder.only('openInterest', CHAN, ANSWER)).toMatchObject([
      { instrument: PERP, size: 30, tsExchange: 1790755199000_000 },
    ]);
    decoder.hear('x', mark('BTCUSD_PERP', '60000.00000000'));
    expect(decoder.only('openInterest', CHAN, ANSWER)).toMatchObject([{ size: 25 }]);
  });

  test('waits for the first mark price, and is told once', () => {
    const decoder = listed();
    expect(decoder.hear(CHAN, ANSWER)).toEqual([]);
    expect(decoder.only('openInterest', 'x', mark('BTCUSD_261225', '51000'))).toEqual([]);
    expect(decoder.only('openInterest', 'x', mark('BTCUSD_PERP', '50000'))).toMatchObject([
      { instrument: PERP, size: 30 },
    ]);
    expect(decoder.only('openInterest', 'x', mark('BTCUSD_PERP', '50000'))).toEqual([]);
  });

  const HISTORY =
    'rest:/futures/data/openInterestHist?pair=BTCUSD&contractType=PERPETUAL&period=1h';
  const rowAt = (
    timestamp: number,
    contracts: number,
    value: number,
    contractType = 'PERPETUAL',
  ) => ({
    pair: 'BTCUSD',
    contractType,
    sumOpenInterest: String(contracts),
    sumOpenInterestValue: value.toFixed(8),
    timestamp,
  });

  test('of the past is the coins of the perp', () => {
    const decoder = listed();
    decoder.hear('x', mark('BTCUSD_PERP', '50000'));
    const body = [
      rowAt(1790751600000, 15_000, 30),
      rowAt(1790755200000, 16_000, 31),
      rowAt(1790755200000, 900, 1.8, 'CURRENT_QUARTER'),
    ];
    expect(decoder.only('historyPage', HISTORY, body)).toMatchObject([
      {
        instrument: PERP,
        series: 'openInterest',
        rows: [
          { ts: 1790751600000_000, value: 30 },
          { ts: 1790755200000_000, value: 31 },
        ],
      },
    ]);
  });

  test('of the past whose value is in no coins is rejected', () => {
    const decoder = listed();
    decoder.hear('x', mark('BTCUSD_PERP', '50000'));
    // As in the sample of the documentation: contracts times price.
    const body = [rowAt(1790751600000, 15_000, 15_000 * 50_000)];
    expect(decoder.hear(HISTORY, body)).toMatchObject([
      { kind: 'rejected', reason: 'sumOpenInterestValue: not in coins' },
    ]);
  });
});

describe('mark and index', () => {
  test('of a perp come with its funding', () => {
    const events = listed().hear('x', mark('BTCUSD_PERP', '50000.5', { i: '50010.25' }));
    expect(events).toMatchObject([
      { kind: 'markPrice', instrument: PERP, markPrice: 50000.5, indexPrice: 50010.25 },
      { kind: 'fundingPredicted', fundingRate: 0.0001, nextFundingTs: 1790755200000_000 },
      { kind: 'heard' },
    ]);
  });

  test('of a dated contract come without', () => {
    const events = listed().hear('x', mark('BTCUSD_261225', '51000', { i: '50010', r: '', T: 0 }));
    expect(events).toMatchObject([
      { kind: 'markPrice', instrument: DATED, markPrice: 51000, indexPrice: 50010 },
      { kind: 'heard' },
    ]);
  });

  const index = wrapped('btcusd@indexPrice@1s', {
    e: 'indexPriceUpdate',
    E: 1790755199500,
    i: 'BTCUSD',
    p: '50012.75000000',
  });

  test('apart give the index of every contract on the pair', () => {
    const decoder = listed();
    decoder.hear('x', mark('BTCUSD_PERP', '50000'));
    expect(decoder.hear('btcusd@indexPrice@1s', index)).toMatchObject([
      { kind: 'indexPrice', instrument: PERP, indexPrice: 50012.75 },
      { kind: 'indexPrice', instrument: DATED, indexPrice: 50012.75 },
      { kind: 'heard', tsExchange: 1790755199500_000 },
    ]);
  });

  test('together need no index apart, until it is missing again', () => {
    const decoder = listed();
    decoder.hear('x', mark('BTCUSD_PERP', '50000', { i: '50010' }));
    expect(decoder.only('indexPrice', 'x', index)).toMatchObject([{ instrument: DATED }]);
    decoder.hear('x', mark('BTCUSD_PERP', '50000'));
    expect(decoder.only('indexPrice', 'x', index)).toHaveLength(2);
  });

  test('of an index without any listing belong to the perp', () => {
    expect(coinm().only('indexPrice', 'x', index)).toMatchObject([{ instrument: PERP }]);
  });

  test('come for all contracts of a pair in one answer', () => {
    const row = { pair: 'BTCUSD', indexPrice: '50010', estimatedSettlePrice: '50000' };
    const body = [
      {
        ...row,
        symbol: 'BTCUSD_PERP',
        markPrice: '50000',
        lastFundingRate: '0.0001',
        nextFundingTime: 1790755200000,
        time: 1790755199000,
      },
      {
        ...row,
        symbol: 'BTCUSD_261225',
        markPrice: '51000',
        lastFundingRate: '',
        nextFundingTime: 0,
        time: 1790755199000,
      },
    ];
    const decoder = listed();
    const events = decoder.hear('rest:/dapi/v1/premiumIndex?pair=BTCUSD', body);
    expect(events.map(({ kind }) => kind)).toEqual(['markPrice', 'fundingPredicted', 'markPrice']);
    expect(Object.fromEntries(decoder.state.marks.prices)).toEqual({
      BTCUSD_PERP: 50000,
      BTCUSD_261225: 51000,
    });
  });

  test('bars of an index belong to every contract on the pair', () => {
    const bar =
      '[[1591257600000,"9653.6","9653.7","9651.3","9651.5","0",1591261199999,"0",60,"0","0","0"]]';
    const chan = 'rest:/dapi/v1/indexPriceKlines?pair=BTCUSD&interval=1h&limit=1';
    expect(listed().only('historyPage', chan, bar)).toMatchObject([
      { instrument: PERP, series: 'index1h' },
      { instrument: DATED, series: 'index1h', rows: [{ value: 9651.5 }] },
    ]);
  });
});

describe('funding', () => {
  test('is every eight hours unless the list says otherwise, for perps alone', () => {
    const decoder = listed();
    const info = [{ symbol: 'ETHUSD_PERP', fundingIntervalHours: 4, disclaimer: false }];
    expect(decoder.only('fundingInterval', 'rest:/dapi/v1/fundingInfo', info)).toMatchObject([
      { instrument: PERP, hours: 8, basis: 'default' },
      { instrument: 'binance:ETH/USD:ETH', hours: 4, basis: 'listed' },
    ]);
  });

  test('that was settled is history', () => {
    const rows = [
      { symbol: 'BTCUSD_PERP', fundingTime: 1790726400002, fundingRate: '-0.00300000' },
      { symbol: 'BTCUSD_PERP', fundingTime: 1790755200001, fundingRate: '0.00010000' },
    ];
    const chan = 'rest:/dapi/v1/fundingRate?symbol=BTCUSD_PERP&limit=3';
    expect(listed().only('historyPage', chan, rows)).toMatchObject([
      { instrument: PERP, series: 'fundingSettled', rows: [{ value: -0.003 }, { value: 0.0001 }] },
    ]);
  });
});

describe('an all-market stream', () => {
  const order = { s: 'BTCUSDT', S: 'SELL', ap: '50000', z: '1', T: 1790755199000 };

  test.each([
    ['st inside', { ...order, st: 1 }, {}],
    ['st outside', order, { st: 1 }],
    ['its symbol', order, {}],
  ])('leaves the liquidations of USDT-M out, told by %s', (_, o, outer) => {
    const msg = wrapped('!forceOrder@arr', { e: 'forceOrder', o, ...outer });
    expect(listed().hear('!forceOrder@arr', msg)).toMatchObject([{ kind: 'heard' }]);
  });

  test('and its mark prices and tickers', () => {
    const data = [
      { e: '24hrMiniTicker', E: 1790755199000, s: 'BTCUSDT', v: '5', q: '1', st: 1 },
      { e: '24hrMiniTicker', E: 1790755199000, s: 'BTCUSD_PERP', v: '5', q: '1', st: 2 },
      { e: '24hrMiniTicker', E: 1790755199000, s: 'ETHUSDT', v: '5', q: '1' },
    ];
    const events = listed().hear('!miniTicker@arr', wrapped('!miniTicker@arr', data));
    expect(events).toMatchObject([{ kind: 'volume24h', instrument: PERP }, { kind: 'heard' }]);
  });
});

const queryOf = (request: RestRequest) => askedIn(request.chan)!.query;
const endpointOf = (request: RestRequest) => askedIn(request.chan)!.path.split('/').at(-1)!;

describe('the socket', () => {
  const SYMBOLS = ['BTCUSD_PERP', 'BTCUSD_261225', 'ETHUSD_PERP'];
  const [plan, ...others] = binanceCoinm.connections(defaults, SYMBOLS);

  test('is one, with the book of a perp, and with marks and volume of everything', () => {
    expect(others).toEqual([]);
    expect([plan?.name, plan?.url]).toEqual(['coinm', 'wss://dstream.binance.com/stream']);
    expect(plan?.streams.map(({ stream }) => stream)).toEqual([
      'btcusd_perp@markPrice@1s',
      'btcusd_perp@depth@100ms',
      'btcusd_perp@bookTicker',
      'btcusd_perp@aggTrade',
      'btcusd@indexPrice@1s',
      'btcusd_perp@miniTicker',
      '!forceOrder@arr',
      'btcusd_261225@markPrice@1s',
      'btcusd_261225@miniTicker',
      'ethusd_perp@markPrice@1s',
      'ethusd_perp@depth@100ms',
      'ethusd_perp@bookTicker',
      'ethusd_perp@aggTrade',
      'ethusd@indexPrice@1s',
      'ethusd_perp@miniTicker',
    ]);
    expect(plan?.streams.filter((s) => s.carriesBook).map(({ stream }) => stream)).toEqual([
      'btcusd_perp@depth@100ms',
      'ethusd_perp@depth@100ms',
    ]);
  });

  test('judges every silence: by a deadline, or by the mark price beside it', () => {
    for (const { stream, firstFrameMs, sibling } of plan!.streams)
      if (firstFrameMs === null) expect(sibling).toMatch(/@markPrice@1s$/);
      else expect(firstFrameMs).toBe(/@(?:mark|index)Price/.test(stream) ? 10_000 : 30_000);
  });

  test('leaves out what is switched off', () => {
    const channels = { ...defaults.channels, index: '', quotes: '', liquidations: '' };
    const streams = binanceCoinm
      .connections({ ...defaults, channels }, ['BTCUSD_PERP'])
      .flatMap((each) => each.streams.map(({ stream }) => stream));
    expect(streams).toEqual([
      'btcusd_perp@markPrice@1s',
      'btcusd_perp@depth@100ms',
      'btcusd_perp@aggTrade',
      'btcusd_perp@miniTicker',
    ]);
  });

  test('knows bare events by their names', () => {
    expect(binanceCoinm.frame('{"e":"indexPriceUpdate","i":"BTCUSD","p":"1"}')).toEqual({
      kind: 'data',
      stream: 'btcusd@indexPrice@1s',
    });
  });
});

describe('requests', () => {
  const SYMBOLS = ['BTCUSD_PERP', 'BTCUSD_261225'];

  test('spend from the pool of USDT-M, at half of what is documented', () => {
    const [pool, ...others] = binanceCoinm.pools(defaults);
    expect(others).toEqual([]);
    expect(pool).toEqual(binanceUsdm.pools(binanceUsdm.defaults)[0]);
    expect(pool).toMatchObject({ name: 'binance-futures', limit: 2400, budget: 1200 });
    const all = [
      ...binanceCoinm.bootstrap(defaults),
      binanceCoinm.clock(defaults),
      ...binanceCoinm.polls(defaults, SYMBOLS).map(({ request }) => request),
      ...binanceCoinm.backfill(defaults, SYMBOLS, NOW_MS),
    ];
    expect(new Set(all.map((request) => request.pool))).toEqual(new Set(['binance-futures']));
    for (const { url } of all)
      expect(url).toMatch(/^https:\/\/dapi\.binance\.com\/(?:dapi\/v1|futures\/data)\//);
  });

  test('for a snapshot cost what its depth costs', () => {
    const recovery = binanceCoinm.recover(defaults, 'BTCUSD_PERP', 'audit', 1);
    expect(recovery).toMatchObject({
      kind: 'request',
      request: {
        url: 'https://dapi.binance.com/dapi/v1/depth?symbol=BTCUSD_PERP&limit=1000',
        weight: 20,
        priority: 'book',
        symbol: 'BTCUSD_PERP',
      },
    });
  });

  test('poll open interest of all, settled funding of perps, and the lists', () => {
    const polls = binanceCoinm.polls(defaults, SYMBOLS);
    expect(polls.map(({ request, everyMs }) => [request.chan, everyMs])).toEqual([
      ['rest:/dapi/v1/openInterest?symbol=BTCUSD_PERP', 15_000],
      ['rest:/dapi/v1/openInterest?symbol=BTCUSD_261225', 60_000],
      ['rest:/dapi/v1/fundingRate?symbol=BTCUSD_PERP&limit=3', 600_000],
      ['rest:/dapi/v1/fundingInfo', HOUR_MS],
      ['rest:/dapi/v1/exchangeInfo', HOUR_MS],
    ]);
  });

  test('for open interest of very many contracts take an eighth of the budget', () => {
    const symbols = Array.from({ length: 200 }, (_, i) => `C${i}USD_${i % 2 ? 'PERP' : '261225'}`);
    const perMinute = binanceCoinm
      .polls(defaults, symbols)
      .filter(({ request }) => endpointOf(request) === 'openInterest')
      .reduce((sum, { everyMs }) => sum + 60_000 / everyMs, 0);
    expect(perMinute).toBeLessThanOrEqual(150);
    expect(perMinute).toBeGreaterThan(149);
  });

  test('for history cover it without holes, marks first and dated contracts last', () => {
    const requests = binanceCoinm.backfill(defaults, SYMBOLS, NOW_MS);
    const named = requests.map((request) => {
      const query = queryOf(request);
      const what = query.get('interval') ?? query.get('period') ?? '';
      return `${endpointOf(request)} ${query.get('symbol') ?? query.get('pair')} ${what}`.trim();
    });
    expect(named).toEqual([
      'premiumIndex BTCUSD',
      'openInterestHist BTCUSD 1h',
      'openInterestHist BTCUSD 1h',
      'fundingRate BTCUSD_PERP',
      'markPriceKlines BTCUSD_PERP 1h',
      'indexPriceKlines BTCUSD 1h',
      'klines BTCUSD_PERP 1h',
      'openInterestHist BTCUSD 5m',
      'klines BTCUSD_PERP 1m',
      'markPriceKlines BTCUSD_261225 1h',
      'klines BTCUSD_261225 1h',
    ]);
    const spans = requests
      .filter((request) => queryOf(request).get('period') === '1h')
      .map((request) => [queryOf(request).get('startTime'), queryOf(request).get('endTime')])
      .map(([from, to]) => ({ from: Number(from), to: Number(to) }));
    expect(spans[1]!.to + 1).toBe(spans[0]!.from);
    expect(NOW_MS - spans[1]!.from).toBeLessThanOrEqual(30 * 24 * HOUR_MS);
    for (const request of requests) expect(request.priority).toBe('backfill');
  });

  test('read the clock of the venue', () => {
    expect(binanceCoinm.clock(defaults).chan).toBe('rest:/dapi/v1/time');
    expect(binanceCoinm.serverTime('{"serverTime":1790755199000}')).toBe(1790755199000);
    expect(listed().hear('rest:/dapi/v1/time', '{"serverTime":1790755199000}', NOW)).toEqual([]);
  });

  test('can be sent elsewhere', () => {
    const settings: FeedSettings = { ...defaults, hosts: { rest: 'http://a', ws: 'ws://b' } };
    expect(binanceCoinm.bootstrap(settings).map(({ url }) => url)).toEqual([
      'http://a/dapi/v1/exchangeInfo',
      'http://a/dapi/v1/fundingInfo',
    ]);
    expect(binanceCoinm.connections(settings, ['BTCUSD_PERP'])[0]?.url).toBe('ws://b/stream');
  });
});
