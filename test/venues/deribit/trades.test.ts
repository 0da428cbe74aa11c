import { describe, expect, test } from 'vitest';
import { deribit } from '../../../src/venues/deribit/deribit.ts';
import { Decoder, kindsOf, NOW, of } from './support/decoder.ts';

const CHANNEL = 'trades.BTC-PERPETUAL.100ms';
const PRINT = {
  trade_seq: 271252854,
  trade_id: '403691824',
  timestamp: 1765531356452,
  tick_direction: 2,
  price: 92294.5,
  mark_price: 92287.11,
  index_price: 92276.75,
  instrument_name: 'BTC-PERPETUAL',
  direction: 'sell',
  contracts: 1,
  amount: 10,
};

const heard = (...prints: readonly object[]) => new Decoder().notice(CHANNEL, prints);

describe('a trade', () => {
  test('of an inverse contract is as many coins as its dollars buy at its price', () => {
    expect(of('trade', heard(PRINT))).toEqual([
      {
        kind: 'trade',
        instrument: 'deribit:BTC/USD:BTC',
        aggressor: 'sell',
        price: 92294.5,
        size: 10 / 92294.5,
        id: 271252854,
        tsExchange: 1765531356452000,
        tsLocal: NOW,
      },
    ]);
  });

  test('of a linear contract is coins', () => {
    const print = {
      ...PRINT,
      instrument_name: 'SOL_USDC-PERPETUAL',
      price: 150.25,
      amount: 6.55,
      direction: 'buy',
    };
    expect(of('trade', heard(print))).toMatchObject([
      { instrument: 'deribit:SOL/USDC:USDC', aggressor: 'buy', price: 150.25, size: 6.55 },
    ]);
  });

  test('of a bundle is single coins', () => {
    const print = {
      ...PRINT,
      instrument_name: '1000PEPE_USDC-PERPETUAL',
      price: 0.0125,
      amount: 3,
    };
    expect(of('trade', heard(print))).toMatchObject([{ price: 0.0000125, size: 3000 }]);
  });

  test('follows the others of its batch in their order', () => {
    const ids = of('trade', heard(PRINT, { ...PRINT, trade_seq: 271252855 })).map(({ id }) => id);
    expect(ids).toEqual([271252854, 271252855]);
  });

  test('agreed on elsewhere is no flow', () => {
    for (const fields of [{ block_trade_id: '12' }, { block_rfq_id: 3 }])
      expect(of('trade', heard({ ...PRINT, ...fields }))).toEqual([]);
  });

  test('of an option or a combination is not told', () => {
    for (const [instrument_name, price] of [
      ['BTC-25DEC26-76000-C', 0.0331],
      ['BTC-FS-30SEP22_PERP', -7],
    ])
      expect(of('trade', heard({ ...PRINT, instrument_name, price }))).toEqual([]);
  });

  test('without a side, price or amount rejects its batch', () => {
    for (const fields of [{ direction: 'up' }, { price: 0 }, { price: null }, { amount: 0 }])
      expect(kindsOf(heard(PRINT, { ...PRINT, ...fields }))).toEqual(['rejected', 'heard']);
  });
});

describe('a liquidation', () => {
  test.each([
    ['T', 'sell', ['long']],
    ['T', 'buy', ['short']],
    ['M', 'sell', ['short']],
    ['M', 'buy', ['long']],
    ['MT', 'sell', ['long', 'short']],
    ['none', 'sell', []],
  ] as const)('flagged %s on a %s kills %j', (liquidation, direction, sides) => {
    const events = heard({ ...PRINT, liquidation, direction });
    expect(of('trade', events)).toHaveLength(1);
    expect(of('liquidation', events)).toEqual(
      sides.map((liquidatedSide) => ({
        kind: 'liquidation',
        instrument: 'deribit:BTC/USD:BTC',
        liquidatedSide,
        price: 92294.5,
        size: 10 / 92294.5,
        tsExchange: 1765531356452000,
        tsLocal: NOW,
      })),
    );
  });

  test('with a flag never seen is not guessed at', () => {
    expect(kindsOf(heard({ ...PRINT, liquidation: 'X' }))).toEqual(['rejected', 'heard']);
  });

  test('comes with the trades, all of them', () => {
    expect(deribit.liquidations?.completeness).toBe('all');
    expect(deribit.liquidations?.carries(CHANNEL)).toBe(true);
    expect(deribit.liquidations?.carries('book.BTC-PERPETUAL.100ms')).toBe(false);
  });
});
