import { describe, expect, test } from 'vitest';
import type { Instrument } from '../../../src/model/instrument.ts';
import { microsFromMillis } from '../../../src/model/units.ts';
import { binanceSpot } from '../../../src/venues/binance/spot.ts';
import { binanceUsdm } from '../../../src/venues/binance/usdm.ts';
import { readRecording, recordedTest } from '../../support/recordings.ts';
import {
  FUTURES_INFO,
  futuresRow,
  NOW,
  SPOT_INFO,
  spot,
  spotRow,
  usdm,
  wrapped,
} from './support/decoder.ts';

const DATED = {
  contractType: 'CURRENT_QUARTER',
  deliveryDate: Date.UTC(2026, 11, 25, 8),
  baseAsset: 'BTC',
};

describe('futures listings', () => {
  test('that stop trading, or are gone, say so once, and again when they come back', () => {
    const decoder = usdm();
    const told = (rows: readonly unknown[]) =>
      decoder
        .only('listing', FUTURES_INFO, { symbols: rows })
        .map(({ instrument, isTrading = true }) => [instrument.symbol, isTrading]);
    const [btc, eth] = [futuresRow('BTCUSDT'), futuresRow('ETHUSDT')];
    const settling = futuresRow('ETHUSDT', { status: 'SETTLING' });
    expect(told([btc, eth])).toEqual([
      ['BTCUSDT', true],
      ['ETHUSDT', true],
    ]);
    expect(told([btc, settling])).toEqual([['ETHUSDT', false]]);
    expect(told([btc, settling])).toEqual([]);
    expect(told([settling])).toEqual([['BTCUSDT', false]]);
    expect(told([btc, eth])).toEqual([
      ['BTCUSDT', true],
      ['ETHUSDT', true],
    ]);
  });

  test('that messages show although they do not trade say so', () => {
    const decoder = usdm();
    decoder.hear(FUTURES_INFO, { symbols: [futuresRow('OLDUSDT', { status: 'SETTLING' })] });
    const mark = { e: 'markPriceUpdate', E: 1760000000000, s: 'OLDUSDT', p: '1', i: '1', T: 0 };
    const [listing] = decoder.only('listing', '!markPrice@arr@1s', wrapped('x', [mark]));
    expect(listing).toMatchObject({ isTrading: false, instrument: { symbol: 'OLDUSDT' } });
    expect(binanceUsdm.universe!.symbols(decoder.state)).toEqual([]);
  });

  test('make up the universe of a scanner where they are perps in dollars that trade', () => {
    const decoder = usdm();
    const rows = [
      futuresRow('BTCUSDT'),
      futuresRow('ETHUSDC'),
      futuresRow('ETHBTC', { baseAsset: 'ETH', quoteAsset: 'BTC', marginAsset: 'BTC' }),
      futuresRow('BTCUSDT_261225', DATED),
      futuresRow('OLDUSDT', { status: 'SETTLING' }),
    ];
    decoder.hear(FUTURES_INFO, { symbols: rows });
    expect(binanceUsdm.universe!.symbols(decoder.state)).toEqual(['BTCUSDT', 'ETHUSDC']);
  });

  test('are perps and dated contracts, by what the venue says and not by the symbol', () => {
    const rows = [
      futuresRow('BTCUSDT'),
      futuresRow('BTCUSDC'),
      futuresRow('BTCUSDT_261225', DATED),
    ];
    const listings = usdm().only('listing', FUTURES_INFO, { symbols: rows });
    expect(listings[0]).toEqual({
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
        sizeGrid: { units: 1, scale: 1000 },
        sizeUnit: 'base',
        bookLevels: null,
        bookRule: 'linked',
        expiry: null,
        inferred: false,
      } satisfies Instrument,
      tsLocal: NOW,
    });
    expect(
      listings.map(({ instrument }) => [instrument.id, instrument.kind, instrument.expiry]),
    ).toEqual([
      ['binance:BTC/USDT:USDT', 'perp', null],
      ['binance:BTC/USDC:USDC', 'perp', null],
      ['binance:BTC/USDT:USDT-261225', 'future', microsFromMillis(DATED.deliveryDate)],
    ]);
  });

  test('of a bundle are grouped under its coin, on grids per coin', () => {
    const rows = [
      futuresRow('1000PEPEUSDT', {}, '0.0000001', '1'),
      futuresRow('1000000MOGUSDT', {}, '0.0001', '0.1'),
      futuresRow('1INCHUSDT', {}, '0.0001', '1'),
    ];
    const found = usdm()
      .only('listing', FUTURES_INFO, { symbols: rows })
      .map(({ instrument: { id, asset, base, priceGrid, sizeGrid } }) => ({
        id,
        asset,
        base,
        priceGrid,
        sizeGrid,
      }));
    expect(found).toEqual([
      {
        id: 'binance:1000PEPE/USDT:USDT',
        asset: 'PEPE',
        base: '1000PEPE',
        priceGrid: { units: 1, scale: 1e10 },
        sizeGrid: { units: 1000, scale: 1 },
      },
      {
        id: 'binance:1000000MOG/USDT:USDT',
        asset: 'MOG',
        base: '1000000MOG',
        priceGrid: { units: 1, scale: 1e10 },
        sizeGrid: { units: 100_000, scale: 1 },
      },
      {
        id: 'binance:1INCH/USDT:USDT',
        asset: '1INCH',
        base: '1INCH',
        priceGrid: { units: 1, scale: 10_000 },
        sizeGrid: { units: 1, scale: 1 },
      },
    ]);
  });

  test('that do not trade are counted and left out', () => {
    const decoder = usdm();
    const rows = [
      futuresRow('BTCUSDT'),
      futuresRow('OLDUSDT', { status: 'SETTLING' }),
      futuresRow('DEADUSDT', { status: 'SETTLING' }),
      futuresRow('NEWUSDT', { status: 'PENDING_TRADING', contractType: '' }),
    ];
    const events = decoder.hear(FUTURES_INFO, { symbols: rows });
    expect(events.map(({ kind }) => kind)).toEqual(['listing']);
    expect([...decoder.state.leftOut]).toEqual([
      ['SETTLING', 2],
      ['PENDING_TRADING', 1],
    ]);
    expect(binanceUsdm.symbols(decoder.state, ['BTC', 'OLD', 'NEW'])).toEqual(['BTCUSDT']);
  });

  test('that do not trade are announced with their true grids once something is said about them', () => {
    const decoder = usdm();
    const rows = [futuresRow('OLDUSDT', { status: 'SETTLING' }, '0.05', '10')];
    decoder.hear(FUTURES_INFO, { symbols: rows });
    const body = { symbol: 'OLDUSDT', openInterest: '5', time: 1589437530011 };
    expect(decoder.hear('rest:/fapi/v1/openInterest', body)).toMatchObject([
      {
        kind: 'listing',
        instrument: { inferred: false, priceGrid: { units: 5, scale: 100 } },
      },
      { kind: 'openInterest' },
    ]);
  });

  test('that did not change are not repeated; a changed grid is', () => {
    const decoder = usdm();
    const symbols = [futuresRow('BTCUSDT'), futuresRow('ETHUSDT', {}, '0.10')];
    decoder.hear(FUTURES_INFO, { symbols });
    expect(decoder.hear(FUTURES_INFO, { symbols })).toEqual([]);
    const finer = [futuresRow('BTCUSDT'), futuresRow('ETHUSDT', {}, '0.01')];
    expect(decoder.hear(FUTURES_INFO, { symbols: finer })).toMatchObject([
      { kind: 'listing', instrument: { symbol: 'ETHUSDT', priceGrid: { units: 1, scale: 100 } } },
    ]);
    // A coarser step does not move what rests between the new steps.
    expect(decoder.hear(FUTURES_INFO, { symbols })).toEqual([]);
  });

  test('that vanish from a complete answer are no longer followed; a partial one proves nothing', () => {
    const decoder = usdm();
    decoder.hear(FUTURES_INFO, { symbols: [futuresRow('BTCUSDT'), futuresRow('ETHUSDT')] });
    const one = { symbols: [futuresRow('BTCUSDT')] };
    decoder.hear('rest:/fapi/v1/exchangeInfo?symbol=BTCUSDT', one);
    expect(binanceUsdm.symbols(decoder.state, ['BTC', 'ETH'])).toEqual(['BTCUSDT', 'ETHUSDT']);
    decoder.hear(FUTURES_INFO, one);
    expect(binanceUsdm.symbols(decoder.state, ['BTC', 'ETH'])).toEqual(['BTCUSDT']);
  });

  test('with an unreadable row keep the others and name the row', () => {
    const decoder = usdm();
    decoder.hear(FUTURES_INFO, { symbols: [futuresRow('BTCUSDT'), futuresRow('ETHUSDT')] });
    const symbols = [futuresRow('BTCUSDT', {}, '0'), futuresRow('ETHUSDT'), futuresRow('SOLUSDT')];
    const events = decoder.hear(FUTURES_INFO, { symbols });
    expect(events).toMatchObject([
      { kind: 'listing', instrument: { symbol: 'SOLUSDT' } },
      {
        kind: 'rejected',
        reason: 'exchangeInfo: 1 of 3 symbols, first BTCUSDT: tickSize: not a step',
      },
    ]);
    expect(binanceUsdm.symbols(decoder.state, ['BTC'])).toEqual(['BTCUSDT']);
  });

  test.each([
    ['nothing', {}, 'symbols: not an array'],
    [
      'rows of nothing',
      { symbols: [null, 5] },
      'exchangeInfo: 2 of 2 symbols, first ?: symbol: not an object',
    ],
  ])('made of %s are rejected', (_, body, reason) => {
    expect(usdm().hear(FUTURES_INFO, body)).toMatchObject([{ kind: 'rejected', reason }]);
  });

  test('of a contract type never seen are left out and named', () => {
    const decoder = usdm();
    const symbols = [futuresRow('BTCUSDT', { contractType: 'EVERLASTING_OPTION' })];
    expect(decoder.hear(FUTURES_INFO, { symbols })).toMatchObject([
      { kind: 'unfamiliar', what: 'contractType EVERLASTING_OPTION' },
    ]);
    expect(decoder.hear(FUTURES_INFO, { symbols })).toEqual([]);
    expect([...decoder.state.leftOut]).toEqual([['EVERLASTING_OPTION', 1]]);
  });

  test('may have names in any script', () => {
    const symbols = [futuresRow('币安人生USDT', { baseAsset: '币安人生' }, '0.00001', '1')];
    expect(usdm().only('listing', FUTURES_INFO, { symbols })[0]?.instrument.id).toBe(
      'binance:币安人生/USDT:USDT',
    );
  });

  recordedTest('of July 2021 are 119 perps and 2 quarterlies', () => {
    const decoder = usdm();
    const [line] = readRecording('rest/binance-usdm/exchangeInfo.json');
    const found = decoder.only('listing', line!.chan!, line!.msg).map((event) => event.instrument);
    expect(found.filter(({ kind }) => kind === 'perp')).toHaveLength(119);
    expect(found.filter(({ kind }) => kind === 'future').map(({ id }) => id)).toEqual([
      'binance:BTC/USDT:USDT-210924',
      'binance:ETH/USDT:USDT-210924',
    ]);
    expect(found.find(({ symbol }) => symbol === '1000SHIBUSDT')?.asset).toBe('SHIB');
    expect(found.find(({ symbol }) => symbol === '1INCHUSDT')?.asset).toBe('1INCH');
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
    expect([...decoder.state.leftOut]).toEqual([['PENDING_TRADING', 1]]);
  });
});

describe('spot listings', () => {
  test('are pairs', () => {
    const symbols = [
      spotRow('BTC', 'USDT'),
      spotRow('LUNA', 'BTC', { status: 'BREAK' }),
      spotRow('BTCUP', 'USDT', { isSpotTradingAllowed: false }),
    ];
    const decoder = spot();
    expect(
      decoder.only('listing', SPOT_INFO, { symbols }).map((event) => event.instrument),
    ).toEqual([
      {
        id: 'binance:BTC/USDT',
        venue: 'binance',
        feed: 'binance-spot',
        symbol: 'BTCUSDT',
        kind: 'spot',
        asset: 'BTC',
        base: 'BTC',
        quote: 'USDT',
        settle: null,
        priceGrid: { units: 1, scale: 100 },
        sizeGrid: { units: 1, scale: 100_000 },
        sizeUnit: 'base',
        bookLevels: null,
        bookRule: 'contiguous',
        expiry: null,
        inferred: false,
      } satisfies Instrument,
    ]);
    expect([...decoder.state.leftOut]).toEqual([
      ['BREAK', 1],
      ['NO_SPOT_TRADING', 1],
    ]);
  });

  test('share symbols with futures and nothing else', () => {
    const [future] = usdm().only('listing', FUTURES_INFO, { symbols: [futuresRow('BTCUSDT')] });
    const [pair] = spot().only('listing', SPOT_INFO, { symbols: [spotRow('BTC', 'USDT')] });
    expect(future?.instrument.symbol).toBe(pair?.instrument.symbol);
    expect([future?.instrument.kind, pair?.instrument.kind]).toEqual(['perp', 'spot']);
    expect(future?.instrument.id).not.toBe(pair?.instrument.id);
  });

  recordedTest('of October 2021 are read without a fault', () => {
    const decoder = spot();
    const [line] = readRecording('rest/binance-spot/exchangeInfo.json');
    const events = decoder.hear(line!.chan!, line!.msg);
    expect(new Set(events.map(({ kind }) => kind))).toEqual(new Set(['listing']));
    expect(events).toHaveLength(1222);
    expect(decoder.state.leftOut.get('BREAK')).toBe(433);
  });
});

describe('the symbols to follow', () => {
  test('are those of the assets against dollars, in the order asked, perps before dated ones', () => {
    const decoder = usdm();
    const symbols = [
      futuresRow('ETHUSDT'),
      futuresRow('BTCUSDT_270326', {
        ...DATED,
        contractType: 'NEXT_QUARTER',
        deliveryDate: Date.UTC(2027, 2, 26, 8),
      }),
      futuresRow('BTCUSDT_261225', DATED),
      futuresRow('BTCUSDC'),
      futuresRow('BTCUSDT'),
      futuresRow('ETHBTC', { baseAsset: 'ETH', quoteAsset: 'BTC', marginAsset: 'BTC' }),
      futuresRow('1000PEPEUSDT', {}, '0.0000001', '1'),
      futuresRow('SOLUSDT'),
    ];
    decoder.hear(FUTURES_INFO, { symbols });
    expect(binanceUsdm.symbols(decoder.state, ['BTC', 'PEPE', 'ETH', 'NOPE'])).toEqual([
      'BTCUSDT',
      'BTCUSDC',
      'BTCUSDT_261225',
      'BTCUSDT_270326',
      '1000PEPEUSDT',
      'ETHUSDT',
    ]);
  });

  test('on spot are the dollar pairs, Tether first', () => {
    const decoder = spot();
    const symbols = ['EUR', 'USDC', 'FDUSD', 'USDT', 'ETH'].map((quote) => spotRow('BTC', quote));
    decoder.hear(SPOT_INFO, { symbols });
    expect(binanceSpot.symbols(decoder.state, ['BTC'])).toEqual(['BTCUSDT', 'BTCUSDC', 'BTCFDUSD']);
  });

  test('are none before the listings have come, whatever has been inferred', () => {
    const decoder = usdm();
    decoder.hear('x', wrapped('x', { u: 1, s: 'BTCUSDT', b: '1', B: '1', a: '2', A: '1' }));
    expect(decoder.state.listings.has('BTCUSDT')).toBe(true);
    expect(binanceUsdm.symbols(decoder.state, ['BTC'])).toEqual([]);
  });
});
