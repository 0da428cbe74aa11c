import { describe, expect, test } from 'vitest';
import {
  answer,
  contractRow,
  INVERSE_INFO,
  inverse,
  inverseRow,
  LINEAR_INFO,
  linear,
  listed,
  SPOT_INFO,
  spot,
  ticker,
} from './support/decoder.ts';

const page = (rows: readonly unknown[], nextPageCursor = '') =>
  answer({ category: 'linear', list: rows, nextPageCursor });

describe('the listings', () => {
  test('of linear contracts become instruments with their intervals', () => {
    const events = listed(linear(), [
      contractRow('BTCUSDT', { fundingInterval: 240 }),
      contractRow('BTCPERP', { baseCoin: 'BTC', quoteCoin: 'USDC', settleCoin: 'USDC' }),
      contractRow('BTC-27MAR26', {
        contractType: 'LinearFutures',
        baseCoin: 'BTC',
        quoteCoin: 'USDC',
        settleCoin: 'USDC',
        deliveryTime: '1774598400000',
        fundingInterval: 0,
      }),
    ]);
    expect(events).toMatchObject([
      {
        kind: 'listing',
        instrument: {
          id: 'bybit:BTC/USDT:USDT',
          feed: 'bybit-linear',
          symbol: 'BTCUSDT',
          kind: 'perp',
          priceGrid: { units: 1, scale: 10 },
          sizeGrid: { units: 1, scale: 1000 },
          sizeUnit: 'base',
          bookRule: 'stepped',
          bookLevels: 1000,
          inferred: false,
        },
      },
      { kind: 'fundingInterval', hours: 4, basis: 'listed' },
      { kind: 'listing', instrument: { id: 'bybit:BTC/USDC:USDC' } },
      { kind: 'fundingInterval', hours: 8 },
      {
        kind: 'listing',
        instrument: {
          id: 'bybit:BTC/USDC:USDC-260327',
          kind: 'future',
          expiry: 1_774_598_400_000_000,
        },
      },
    ]);
  });

  test('of inverse contracts count dollars, and are dated by their delivery', () => {
    const events = listed(
      inverse(),
      [
        inverseRow('BTCUSD'),
        inverseRow('BTCUSDH26', {
          contractType: 'InverseFutures',
          deliveryTime: '1774598400000',
          fundingInterval: 0,
        }),
      ],
      INVERSE_INFO,
    ).filter(({ kind }) => kind === 'listing');
    expect(events).toMatchObject([
      { instrument: { id: 'bybit:BTC/USD:BTC', sizeUnit: 'quote', asset: 'BTC' } },
      { instrument: { id: 'bybit:BTC/USD:BTC-260327', sizeUnit: 'quote' } },
    ]);
  });

  test('of spot take the step of the base coin', () => {
    const [listing] = listed(
      spot(),
      [
        {
          symbol: 'BTCUSDT',
          baseCoin: 'BTC',
          quoteCoin: 'USDT',
          status: 'Trading',
          lotSizeFilter: { basePrecision: '0.000001' },
          priceFilter: { tickSize: '0.01' },
        },
      ],
      SPOT_INFO,
    );
    expect(listing).toMatchObject({
      instrument: { id: 'bybit:BTC/USDT', kind: 'spot', sizeGrid: { units: 1, scale: 1_000_000 } },
    });
  });

  test('name the coin inside a bundle, in front or behind, and leave names alone that merely look like one', () => {
    const decoder = linear();
    listed(decoder, [
      contractRow('1000PEPEUSDT', { baseCoin: '1000PEPE' }),
      contractRow('SHIB1000USDT', { baseCoin: 'SHIB1000' }),
      contractRow('1INCHUSDT', { baseCoin: '1INCH' }),
      contractRow('FOO1000USDT', { baseCoin: 'FOO1000' }),
    ]);
    expect(
      [...decoder.state.listings.values()].map(({ coins, instrument }) => [
        instrument.asset,
        coins,
        instrument.id,
      ]),
    ).toEqual([
      ['PEPE', 1000, 'bybit:1000PEPE/USDT:USDT'],
      ['SHIB', 1000, 'bybit:SHIB1000/USDT:USDT'],
      ['1INCH', 1, 'bybit:1INCH/USDT:USDT'],
      ['FOO1000', 1, 'bybit:FOO1000/USDT:USDT'],
    ]);
  });

  test('that do not trade are not announced, and may lack anything', () => {
    const decoder = linear();
    expect(
      listed(decoder, [
        contractRow('NEWUSDT', { status: 'PreLaunch' }),
        { symbol: 'ODDUSDT', status: 'Settling' },
      ]),
    ).toEqual([]);
    expect(decoder.state.listings.get('NEWUSDT')?.isTrading).toBe(false);
  });

  test('that are missing from the next answer trade no longer', () => {
    const decoder = linear();
    listed(decoder, [contractRow('BTCUSDT'), contractRow('ETHUSDT')]);
    expect(listed(decoder, [contractRow('BTCUSDT')])).toMatchObject([
      { kind: 'listing', isTrading: false, instrument: { symbol: 'ETHUSDT' } },
    ]);
  });

  test('that come in pages are only missing after the last page', () => {
    const decoder = linear();
    listed(decoder, [contractRow('AUSDT'), contractRow('BUSDT'), contractRow('CUSDT')]);
    const next = `${LINEAR_INFO}&cursor=x`;
    expect(decoder.hear(page([contractRow('AUSDT')], 'x'), LINEAR_INFO)).toEqual([]);
    expect(decoder.hear(page([contractRow('BUSDT')]), next)).toMatchObject([
      { isTrading: false, instrument: { symbol: 'CUSDT' } },
    ]);
    // A page by itself says nothing of the others.
    expect(decoder.hear(page([contractRow('AUSDT')]), next)).toEqual([]);
  });

  test('tell an interval that has changed, unless the ticker knows better', () => {
    const decoder = linear();
    const rows = (minutes: number) => [contractRow('BTCUSDT', { fundingInterval: minutes })];
    listed(decoder, rows(480));
    expect(listed(decoder, rows(480))).toEqual([]);
    expect(listed(decoder, rows(240))).toMatchObject([{ kind: 'fundingInterval', hours: 4 }]);
    decoder.hear(ticker('snapshot', { fundingIntervalHour: '1' }));
    expect(listed(decoder, rows(480))).toEqual([]);
  });

  test('with a row that cannot be read lose that row', () => {
    const events = listed(linear(), [
      contractRow('BTCUSDT'),
      contractRow('ETHUSDT', { priceFilter: { tickSize: 'x' } }),
      contractRow('XRPUSDT', { contractType: 'LinearHologram' }),
    ]);
    expect(events.map(({ kind }) => kind)).toEqual([
      'listing',
      'fundingInterval',
      'unfamiliar',
      'rejected',
    ]);
    expect(events.at(-1)).toMatchObject({
      reason: 'instruments: 1 of 3 symbols, first ETHUSDT: tickSize: not a decimal',
    });
  });

  test('that the venue refuses are rejected', () => {
    expect(linear().hear(answer({}, 10001), LINEAR_INFO)).toMatchObject([
      { kind: 'rejected', reason: 'instruments-info: error 10001' },
    ]);
  });
});

describe('a symbol that no listing explains', () => {
  const idOf = (decoder: ReturnType<typeof linear>, symbol: string) =>
    decoder.only('listing', ticker('snapshot', { markPrice: '1' }, symbol))[0]?.instrument.id;

  test.each([
    ['BTCUSDT', 'bybit:BTC/USDT:USDT'],
    ['BTCPERP', 'bybit:BTC/USDC:USDC'],
    ['BTCUSDT-27MAR26', 'bybit:BTC/USDT:USDT-260327'],
    ['BTC-7FEB26', 'bybit:BTC/USDC:USDC-260207'],
    ['BTCUSD', 'bybit:BTC/USD:BTC'],
    ['BTCUSDH26', 'bybit:BTC/USD:BTC-260327'],
    ['ETHUSDZ25', 'bybit:ETH/USD:ETH-251226'],
  ])('%s is read as %s', (symbol, id) => {
    expect(idOf(linear(), symbol)).toBe(id);
  });

  test('is a pair on spot', () => {
    expect(idOf(spot(), 'BTCUSDT')).toBe('bybit:BTC/USDT');
    expect(idOf(spot(), 'ETHBTC')).toBe('bybit:ETH/BTC');
  });

  test('and is spelled like nothing we know is rejected', () => {
    expect(linear().hear(ticker('snapshot', { markPrice: '1' }, 'HELLO'))).toMatchObject([
      { kind: 'rejected', reason: 'unknown symbol HELLO' },
      { kind: 'heard' },
    ]);
  });
});
