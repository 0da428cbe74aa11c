import { describe, expect, test } from 'vitest';
import { gridFromText } from '../../../src/model/grid.ts';
import { microsFromMillis } from '../../../src/model/units.ts';
import {
  answer,
  decoder,
  EXPIRY_MS,
  inverseRow,
  linearRow,
  listed,
  listingsOf,
  NOW,
  NOW_MS,
  spotRow,
  told,
} from './support/decoder.ts';

const LINEAR = 'okx:BTC/USDT:USDT';
const INVERSE = 'okx:BTC/USD:BTC';
const DATED = 'okx:BTC/USD:BTC-261225';
const SPOT = 'okx:BTC/USDT';
const PEPE = 'okx:PEPE/USDT:USDT';

describe('a listing', () => {
  test.each([
    [linearRow('BTC-USDT-SWAP', '0.01'), LINEAR, 'perp', 'base', '0.0001', 'USDT'],
    [inverseRow('BTC-USD-SWAP', '100'), INVERSE, 'perp', 'quote', '100', 'BTC'],
    [
      inverseRow('BTC-USD-261225', '100', { expTime: String(EXPIRY_MS) }),
      DATED,
      'future',
      'quote',
      '100',
      'BTC',
    ],
    [
      linearRow('PEPE-USDT-SWAP', '10000000', { lotSz: '0.1' }),
      PEPE,
      'perp',
      'base',
      '1000000',
      'USDT',
    ],
    [
      linearRow('ETH-USDC-SWAP', '1', { ctMult: '0.001', lotSz: '1' }),
      'okx:ETH/USDC:USDC',
      'perp',
      'base',
      '0.001',
      'USDC',
    ],
    [spotRow('BTC-USDT'), SPOT, 'spot', 'base', '0.00000001', null],
  ])('of %o is %s', (row, id, kind, sizeUnit, step, settle) => {
    const [event] = decoder().only('listing', listingsOf(String(row['instType'])), answer([row]));
    expect(event!.instrument).toMatchObject({
      id,
      kind,
      sizeUnit,
      settle,
      sizeGrid: gridFromText(step),
      bookRule: 'chained',
      bookLevels: 400,
      inferred: false,
      expiry: kind === 'future' ? microsFromMillis(EXPIRY_MS) : null,
    });
    expect(event!.instrument.asset).toBe(event!.instrument.base);
  });

  test('takes the coins from the index behind it, whatever the name says', () => {
    const row = linearRow('BTC-USD_UM-SWAP', '0.01', {
      uly: 'BTC-USD',
      instFamily: 'BTC-USD_UM',
      settleCcy: 'USDC',
      ctValCcy: 'BTC',
    });
    const [event] = decoder().only('listing', listingsOf('SWAP'), answer([row]));
    expect(event!.instrument.id).toBe('okx:BTC/USD:USDC');
  });

  test('that does not trade is announced only when it has something to say', () => {
    const made = decoder();
    const row = linearRow('NEW-USDT-SWAP', '1', { state: 'preopen' });
    expect(made.hear(listingsOf('SWAP'), answer([row]))).toEqual([]);
    const mark = { instType: 'SWAP', instId: 'NEW-USDT-SWAP', markPx: '2', ts: `${NOW_MS}` };
    expect(
      made.hear('mark-price:NEW-USDT-SWAP', told('mark-price:NEW-USDT-SWAP', mark)),
    ).toMatchObject([
      { kind: 'listing', isTrading: false },
      { kind: 'markPrice', markPrice: 2 },
      { kind: 'heard' },
    ]);
  });

  test('that is missing from a complete list of its type trades no longer, and no other', () => {
    const made = listed();
    const rest = answer([
      inverseRow('BTC-USD-SWAP', '100'),
      linearRow('PEPE-USDT-SWAP', '10000000', { tickSz: '0.000000001', lotSz: '0.1' }),
    ]);
    expect(made.only('listing', listingsOf('SWAP'), rest)).toMatchObject([
      { instrument: { id: LINEAR }, isTrading: false },
    ]);
    expect(
      made.hear(
        'rest:/api/v5/public/instruments?instType=SWAP&instId=X',
        answer([inverseRow('BTC-USD-SWAP', '100')]),
      ),
    ).toEqual([]);
  });

  test('list of nothing is an answer gone wrong', () => {
    expect(listed().hear(listingsOf('SWAP'), answer([]))).toEqual([]);
  });

  test('that cannot be read costs itself', () => {
    const rows = [linearRow('BTC-USDT-SWAP', 'much'), inverseRow('BTC-USD-SWAP', '100')];
    expect(decoder().hear(listingsOf('SWAP'), answer(rows))).toMatchObject([
      { kind: 'listing', instrument: { id: INVERSE } },
      {
        kind: 'rejected',
        reason: 'instruments: 1 of 2 symbols, first BTC-USDT-SWAP: ctVal: not a decimal',
      },
    ]);
  });

  test('changes by its channel as by the request, of which the others are no part', () => {
    const made = listed();
    const message = {
      arg: { channel: 'instruments', instType: 'SWAP' },
      data: [linearRow('BTC-USDT-SWAP', '0.01', { state: 'suspend' })],
    };
    expect(made.only('listing', 'instruments:SWAP', message)).toMatchObject([
      { instrument: { id: LINEAR }, isTrading: false },
    ]);
  });

  test('of an option is left aside, and so is what is said of one', () => {
    const made = decoder();
    const option = { instType: 'OPTION', instId: 'BTC-USD-261225-90000-C', state: 'live' };
    expect(made.hear(listingsOf('OPTION'), answer([option]))).toEqual([]);
    const stream = 'trades:BTC-USD-261225-90000-C';
    const print = {
      instId: 'BTC-USD-261225-90000-C',
      tradeId: '1',
      px: '1',
      sz: '1',
      side: 'buy',
      ts: `${NOW_MS}`,
    };
    expect(made.hear(stream, told(stream, print))).toMatchObject([{ kind: 'heard' }]);
  });
});

const PRINT = {
  tradeId: '130639474',
  side: 'buy',
  ts: '1791503999897',
  count: '3',
  source: '0',
  seqId: 12,
};

describe('a trade', () => {
  test.each([
    ['BTC-USDT-SWAP', LINEAR, '42219.9', '12', 0.12, 5066.388],
    ['BTC-USDT-SWAP', LINEAR, '42219.9', '0.01', 0.0001, 4.22199],
    ['BTC-USD-SWAP', INVERSE, '50000.0', '12', 0.024, 1200],
    ['BTC-USD-261225', DATED, '50000.0', '1', 0.002, 100],
    ['PEPE-USDT-SWAP', PEPE, '0.000012345', '0.3', 3_000_000, 37.035],
    ['BTC-USDT', SPOT, '42219.9', '0.00000012', 0.00000012, 0.005066388],
  ])('of %s in base coins and dollars', (instId, instrument, px, sz, size, notional) => {
    const [trade] = listed().only(
      'trade',
      `trades:${instId}`,
      told(`trades:${instId}`, { ...PRINT, instId, px, sz }),
    );
    expect(trade).toEqual({
      kind: 'trade',
      instrument,
      aggressor: 'buy',
      price: Number(px),
      size,
      id: 130639474,
      tsExchange: microsFromMillis(1791503999897),
      tsLocal: NOW,
    });
    expect(trade!.size * trade!.price).toBeCloseTo(notional, 9);
  });

  test('is the taker’s', () => {
    const stream = 'trades:BTC-USDT';
    const print = { ...PRINT, instId: 'BTC-USDT', px: '1', sz: '1', side: 'sell' };
    expect(listed().only('trade', stream, told(stream, print))[0]!.aggressor).toBe('sell');
  });

  test('of contracts whose value nobody has told is not told', () => {
    const stream = 'trades:BTC-USDT-SWAP';
    const print = { ...PRINT, instId: 'BTC-USDT-SWAP', px: '42219.9', sz: '5' };
    expect(decoder().hear(stream, told(stream, print))).toMatchObject([
      { kind: 'listing', instrument: { id: LINEAR, sizeUnit: 'contracts', inferred: true } },
      { kind: 'heard' },
    ]);
  });

  test('of a list that cannot be read costs itself', () => {
    const stream = 'trades:BTC-USDT';
    const good = { ...PRINT, instId: 'BTC-USDT', px: '1', sz: '1' };
    expect(listed().hear(stream, told(stream, [{ ...good, sz: '0' }, good]))).toMatchObject([
      { kind: 'trade' },
      { kind: 'rejected', reason: '1 of 2 rows, first sz: nothing traded' },
      { kind: 'heard' },
    ]);
  });
});

describe('the state of a contract', () => {
  const FUNDING = {
    formulaType: 'withRate',
    fundingRate: '0.0000252378080097',
    fundingTime: '1790784000000',
    impactValue: '20000.0000000000000000',
    instId: 'BTC-USDT-SWAP',
    instType: 'SWAP',
    interestRate: '0.0001000000000000',
    maxFundingRate: '0.00375',
    method: 'current_period',
    minFundingRate: '-0.00375',
    nextFundingRate: '',
    nextFundingTime: '1790812800000',
    premium: '-0.0005333853474351',
    prevFundingTime: '1790755200000',
    settFundingRate: '0.0000337200721784',
    settState: 'settled',
    ts: '1790757122992',
  };
  const stream = 'funding-rate:BTC-USDT-SWAP';

  test('funding of September 2026: the estimate, its interval, and what was paid last, once', () => {
    const made = listed();
    const stamped = {
      instrument: LINEAR,
      tsExchange: microsFromMillis(1790757122992),
      tsLocal: NOW,
    };
    const predicted = {
      kind: 'fundingPredicted',
      ...stamped,
      fundingRate: 0.0000252378080097,
      nextFundingTs: microsFromMillis(1790784000000),
      limits: { cap: 0.00375, floor: -0.00375 },
    };
    expect(made.hear(stream, told(stream, FUNDING))).toEqual([
      { kind: 'fundingInterval', ...stamped, hours: 8, basis: 'listed' },
      predicted,
      {
        kind: 'historyPage',
        instrument: LINEAR,
        series: 'fundingSettled',
        rows: [{ ts: microsFromMillis(1790755200000), value: 0.0000337200721784 }],
        tsExchange: microsFromMillis(1790755200000),
        tsLocal: NOW,
      },
      { kind: 'heard', feed: 'okx', stream, tsExchange: stamped.tsExchange, tsLocal: NOW },
    ]);
    // Said again it is confirmed, and nothing else.
    expect(made.hear(stream, told(stream, FUNDING))).toMatchObject([predicted, { kind: 'heard' }]);
  });

  test('funding without the period before is as long as the next one', () => {
    const { prevFundingTime: _, ...message } = { ...FUNDING, nextFundingTime: '1790798400000' };
    expect(listed().only('fundingInterval', stream, told(stream, message))).toMatchObject([
      { hours: 4, basis: 'listed' },
    ]);
  });

  test('funding whose interval changes belongs to the running period', () => {
    const made = listed();
    made.hear(stream, told(stream, { ...FUNDING, nextFundingTime: '1790798400000' }));
    expect(made.state.fundingHours.get('BTC-USDT-SWAP')).toBe(8);
    const next = {
      ...FUNDING,
      prevFundingTime: '1790784000000',
      fundingTime: '1790798400000',
      nextFundingTime: '1790812800000',
    };
    expect(made.only('fundingInterval', stream, told(stream, next))).toMatchObject([{ hours: 4 }]);
  });

  test('funding that is still being settled has not been paid', () => {
    const kinds = listed()
      .hear(stream, told(stream, { ...FUNDING, settState: 'processing' }))
      .map(({ kind }) => kind);
    expect(kinds).toEqual(['fundingInterval', 'fundingPredicted', 'heard']);
  });

  test('funding of 2021 may lack its rate', () => {
    const message = {
      fundingTime: '1640851200000',
      instId: 'SOS-USDT-SWAP',
      instType: 'SWAP',
      nextFundingRate: '0.0003',
    };
    expect(
      decoder()
        .hear('x', told(stream, message))
        .map(({ kind }) => kind),
    ).toEqual(['listing', 'heard']);
  });

  test('funding that was settled: what was paid, in order, to the moment', () => {
    const paid = (fundingTime: number, realizedRate: string, fundingRate = '0.5') => ({
      instType: 'SWAP',
      instId: 'BTC-USDT-SWAP',
      fundingRate,
      realizedRate,
      fundingTime: String(fundingTime),
      method: 'current_period',
      formulaType: 'noRate',
    });
    const at = Date.UTC(2026, 9, 8, 16);
    const chan = 'rest:/api/v5/public/funding-rate-history?instId=BTC-USDT-SWAP&limit=3';
    const made = listed();
    const events = made.hear(
      chan,
      answer([paid(at + 28_800_000, '0.0002'), paid(at, '', '0.0001'), paid(at, '', '0.0001')]),
    );
    expect(events).toMatchObject([
      {
        kind: 'historyPage',
        series: 'fundingSettled',
        rows: [
          { ts: microsFromMillis(at), value: 0.0001 },
          { ts: microsFromMillis(at + 28_800_000), value: 0.0002 },
        ],
      },
      { kind: 'fundingInterval', hours: 8, basis: 'observed' },
    ]);
  });

  test('mark and index come apart, and the index is that of every contract on it', () => {
    const made = listed();
    const mark = {
      instId: 'BTC-USD-SWAP',
      instType: 'SWAP',
      markPx: '83003.8',
      ts: '1790757203016',
    };
    expect(made.only('markPrice', 'x', told('mark-price:BTC-USD-SWAP', mark))).toMatchObject([
      { instrument: INVERSE, markPrice: 83003.8, indexPrice: null },
    ]);
    const index = {
      instId: 'BTC-USD',
      idxPx: '83043.9',
      open24h: '1',
      high24h: '1',
      low24h: '1',
      sodUtc0: '1',
      sodUtc8: '1',
      ts: '1790757203066',
    };
    expect(made.hear('index-tickers:BTC-USD', told('index-tickers:BTC-USD', index))).toMatchObject([
      { kind: 'indexPrice', instrument: INVERSE, indexPrice: 83043.9 },
      { kind: 'indexPrice', instrument: DATED, indexPrice: 83043.9 },
      { kind: 'heard', tsExchange: microsFromMillis(1790757203066) },
    ]);
  });

  test.each([
    [
      'BTC-USDT-SWAP',
      LINEAR,
      { oi: '2874486.99000000925', oiCcy: '28744.8699000000925', oiUsd: '1' },
      Number('28744.8699000000925'),
    ],
    ['BTC-USDT-SWAP', LINEAR, { oi: '2874486' }, 28744.86],
    ['BTC-USD-261225', DATED, { oi: '100', oiCcy: '0.125', oiUsd: '10000' }, 0.125],
  ])('open interest of %s in base coins, one side', (instId, instrument, fields, size) => {
    const row = { instId, instType: 'SWAP', ts: '1790757195759', ...fields };
    expect(listed().only('openInterest', 'x', told(`open-interest:${instId}`, row))).toEqual([
      {
        kind: 'openInterest',
        instrument,
        size,
        tsExchange: microsFromMillis(1790757195759),
        tsLocal: NOW,
      },
    ]);
  });

  test('open interest in dollars alone says nothing in coins', () => {
    const row = { instId: 'BTC-USD-SWAP', instType: 'SWAP', oi: '5', ts: '1790757195759' };
    expect(listed().only('openInterest', 'x', told('open-interest:BTC-USD-SWAP', row))).toEqual([]);
  });

  test.each([
    ['BTC-USDT-SWAP', LINEAR, '2222200', '22222', 22222, 22222 * 9999.9],
    ['BTC-USD-SWAP', INVERSE, '2222', '22.5', 22.5, 222_200],
    ['BTC-USDT', SPOT, '22.5', '222222.5', 22.5, 222222.5],
  ])(
    'the volume of %s in coins and dollars',
    (instId, instrument, vol24h, volCcy24h, size, notional) => {
      const row = {
        instType: 'SWAP',
        instId,
        last: '9999.9',
        lastSz: '1',
        askPx: '10000.0',
        askSz: '11',
        bidPx: '',
        bidSz: '',
        open24h: '9000',
        high24h: '10000',
        low24h: '8888.8',
        volCcy24h,
        vol24h,
        sodUtc0: '9500',
        sodUtc8: '9600',
        ts: '1791503999897',
      };
      expect(listed().hear('x', told(`tickers:${instId}`, row))).toEqual([
        {
          kind: 'volume24h',
          instrument,
          size,
          notional,
          lastPrice: 9999.9,
          openPrice: 9000,
          tsExchange: microsFromMillis(1791503999897),
          tsLocal: NOW,
        },
        expect.objectContaining({ kind: 'heard' }),
      ]);
      expect(
        listed().only('volume24h', `rest:/api/v5/market/ticker?instId=${instId}`, answer([row])),
      ).toMatchObject([{ size, notional }]);
    },
  );
});

describe('history', () => {
  const at = Date.UTC(2026, 9, 8, 20);
  const HOUR_MS = 3_600_000;

  test.each([
    ['BTC-USDT-SWAP', LINEAR, 0.5],
    ['BTC-USD-SWAP', INVERSE, 0.5],
    ['BTC-USDT', SPOT, 50],
  ])(
    'bars of %s are stamped with their close and count base coins',
    (instId, instrument, volume) => {
      const rows = [
        [String(at + HOUR_MS), '1', '3', '1', '2', '50', '0.5', '1', '0'],
        [String(at), '1', '3', '1', '2', '50', '0.5', '1', '1'],
      ];
      const chan = `rest:/api/v5/market/candles?instId=${instId}&bar=1H&limit=2`;
      expect(listed().hear(chan, answer(rows))).toMatchObject([
        {
          kind: 'historyPage',
          instrument,
          series: 'bar1h',
          rows: [{ ts: microsFromMillis(at + HOUR_MS), value: 2, high: 3, low: 1, volume }],
        },
      ]);
    },
  );

  test('bars of a minute, of mark and of index have their own series', () => {
    const made = listed();
    const row = [String(at), '1', '3', '1', '2', '1'];
    const series = (path: string, cells: unknown) =>
      made
        .only('historyPage', `rest:/api/v5/market/${path}`, answer([cells]))
        .map(({ instrument, series: name }) => [instrument, name]);
    expect(series('history-mark-price-candles?instId=BTC-USDT-SWAP&bar=1H', row)).toEqual([
      [LINEAR, 'mark1h'],
    ]);
    expect(series('index-candles?instId=BTC-USD&bar=1H', row)).toEqual([
      [INVERSE, 'index1h'],
      [DATED, 'index1h'],
    ]);
    const bar = [String(at), '1', '3', '1', '2', '50', '0.5', '1', '1'];
    expect(series('history-candles?instId=BTC-USDT-SWAP', bar)).toEqual([[LINEAR, 'bar1m']]);
  });

  test('open interest in base coins at the instants of the page', () => {
    const rows = [
      [String(at + HOUR_MS), '731377.57', '7313.77', '276000000'],
      [String(at), '731377.57', '', ''],
    ];
    const chan =
      'rest:/api/v5/rubik/stat/contracts/open-interest-history?instId=BTC-USDT-SWAP&period=1H';
    expect(listed().only('historyPage', chan, answer(rows))).toMatchObject([
      {
        series: 'openInterest',
        rows: [
          { ts: microsFromMillis(at), value: expect.closeTo(7313.7757, 9) },
          { ts: microsFromMillis(at + HOUR_MS), value: 7313.77 },
        ],
      },
    ]);
  });

  test('an answer that is an error, or of a request nobody knows, is no data', () => {
    const made = listed();
    const path = 'rest:/api/v5/market/candles?instId=BTC-USDT&bar=1H';
    expect(made.hear(path, { code: '50011', msg: 'Too Many Requests', data: [] })).toMatchObject([
      { kind: 'rejected', reason: 'candles: error 50011' },
    ]);
    expect(made.hear('rest:/api/v5/market/omens', answer([]))).toMatchObject([
      { kind: 'unfamiliar', what: 'request omens' },
    ]);
    expect(
      made.hear('rest:/api/v5/market/candles?instId=BTC-USDT&bar=1Y', answer([])),
    ).toMatchObject([{ kind: 'unfamiliar', what: 'candles 1Y' }]);
  });
});
