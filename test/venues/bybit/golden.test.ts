import { describe, expect, test } from 'vitest';
import type { EngineEvent } from '../../../src/model/event.ts';
import {
  contractRow,
  type Decoder,
  INVERSE_INFO,
  inverse,
  inverseRow,
  LINEAR_INFO,
  linear,
  listed,
  SPOT_INFO,
  spot,
} from './support/decoder.ts';

const known = {
  linear(): Decoder {
    const decoder = linear();
    listed(
      decoder,
      [
        contractRow('BTCUSDT'),
        contractRow('1000PEPEUSDT', {
          baseCoin: '1000PEPE',
          priceFilter: { tickSize: '0.0000001' },
          lotSizeFilter: { qtyStep: '100' },
        }),
        contractRow('SHIB1000USDT', {
          baseCoin: 'SHIB1000',
          priceFilter: { tickSize: '0.000001' },
          lotSizeFilter: { qtyStep: '10' },
        }),
      ],
      LINEAR_INFO,
    );
    return decoder;
  },
  inverse(): Decoder {
    const decoder = inverse();
    listed(decoder, [inverseRow('BTCUSD')], INVERSE_INFO);
    return decoder;
  },
  spot(): Decoder {
    const decoder = spot();
    listed(
      decoder,
      [
        {
          symbol: 'BTCUSDT',
          baseCoin: 'BTC',
          quoteCoin: 'USDT',
          status: 'Trading',
          priceFilter: { tickSize: '0.01' },
          lotSizeFilter: { basePrecision: '0.000001', quotePrecision: '0.0000001' },
        },
      ],
      SPOT_INFO,
    );
    return decoder;
  },
};

const trade = (symbol: string, fields: Readonly<Record<string, unknown>>) => ({
  topic: `publicTrade.${symbol}`,
  type: 'snapshot',
  ts: 1791503999868,
  data: [{ T: 1791503999865, s: symbol, BT: false, RPI: false, seq: 1783284617, ...fields }],
});

const liquidation = (symbol: string, S: 'Buy' | 'Sell', v: string, p: string) => ({
  topic: `allLiquidation.${symbol}`,
  type: 'snapshot',
  ts: 1791503999868,
  data: [{ T: 1791503999300, s: symbol, S, v, p }],
});

/** Family, message, and what it comes to: the event's base size, and its notional in dollars where it has a price. */
const TABLE: readonly [
  family: keyof typeof known,
  what: string,
  message: unknown,
  event: Partial<EngineEvent> & { kind: EngineEvent['kind'] },
  notional: number | null,
][] = [
  [
    'linear',
    'a print of a perp',
    trade('BTCUSDT', {
      S: 'Buy',
      v: '0.250',
      p: '80000.00',
      i: '20f43950-d8dd-5b31-9112-a178eb6023af',
    }),
    {
      kind: 'trade',
      instrument: 'bybit:BTC/USDT:USDT',
      aggressor: 'buy',
      price: 80000,
      size: 0.25,
      id: 0x20f43950d8dd5,
      tsExchange: 1791503999865000,
    } as never,
    20000,
  ],
  [
    'linear',
    'a print of a bundle of a thousand',
    trade('1000PEPEUSDT', {
      S: 'Sell',
      v: '2000',
      p: '0.0120000',
      i: '00000000-0000-5000-9000-000000000000',
    }),
    {
      kind: 'trade',
      instrument: 'bybit:1000PEPE/USDT:USDT',
      aggressor: 'sell',
      price: 0.000012,
      size: 2_000_000,
      id: 5,
    } as never,
    24,
  ],
  [
    'linear',
    'a print of a bundle whose number stands behind',
    trade('SHIB1000USDT', { S: 'Sell', v: '10', p: '0.010000', i: 'no id' }),
    {
      kind: 'trade',
      instrument: 'bybit:SHIB1000/USDT:USDT',
      price: 0.00001,
      size: 10_000,
      id: null,
    } as never,
    0.1,
  ],
  [
    'inverse',
    'a print of dollars',
    trade('BTCUSD', {
      S: 'Buy',
      v: '5823',
      p: '80000.50',
      i: '0cbf2330-952d-5d03-a462-4bf826c867af',
    }),
    {
      kind: 'trade',
      instrument: 'bybit:BTC/USD:BTC',
      aggressor: 'buy',
      price: 80000.5,
      size: 5823 / 80000.5,
    } as never,
    5823,
  ],
  [
    'spot',
    'a print with a running number',
    trade('BTCUSDT', { S: 'Sell', v: '0.012345', p: '80000.01', i: '2290000000067587777' }),
    {
      kind: 'trade',
      instrument: 'bybit:BTC/USDT',
      aggressor: 'sell',
      price: 80000.01,
      size: 0.012345,
      id: 67587777,
    } as never,
    0.012345 * 80000.01,
  ],
  [
    'linear',
    'a long that was liquidated',
    liquidation('BTCUSDT', 'Buy', '0.500', '70000.00'),
    {
      kind: 'liquidation',
      instrument: 'bybit:BTC/USDT:USDT',
      liquidatedSide: 'long',
      price: 70000,
      size: 0.5,
      tsExchange: 1791503999300000,
    } as never,
    35000,
  ],
  [
    'linear',
    'a short of a bundle that was liquidated',
    liquidation('1000PEPEUSDT', 'Sell', '20000', '0.04499'),
    {
      kind: 'liquidation',
      liquidatedSide: 'short',
      price: 0.00004499,
      size: 20_000_000,
    } as never,
    899.8,
  ],
  [
    'inverse',
    'a short in dollars that was liquidated, by the topic of before 2025',
    {
      topic: 'liquidation.BTCUSD',
      type: 'snapshot',
      ts: 1680673944093,
      data: {
        updatedTime: 1680673944093,
        symbol: 'BTCUSD',
        side: 'Sell',
        size: '6949',
        price: '90000',
      },
    },
    {
      kind: 'liquidation',
      instrument: 'bybit:BTC/USD:BTC',
      liquidatedSide: 'short',
      price: 90000,
      size: 6949 / 90000,
    } as never,
    6949,
  ],
];

describe('one message of each kind and product', () => {
  test.each(TABLE)('%s: %s', (family, _what, message, event, notional) => {
    const found = known[family]().only(event.kind, message);
    expect(found).toHaveLength(1);
    const [only] = found as unknown as { price: number; size: number }[];
    expect(only).toMatchObject(event);
    if (notional !== null) expect(only!.price * only!.size).toBeCloseTo(notional, 9);
  });

  test('a block trade met nobody in the book', () => {
    const message = trade('BTCUSDT', { S: 'Buy', v: '9', p: '80000', i: 'a', BT: true });
    expect(
      known
        .linear()
        .hear(message)
        .map(({ kind }) => kind),
    ).toEqual(['heard']);
  });

  test('prints keep their order', () => {
    const message = trade('BTCUSDT', { S: 'Buy', v: '1', p: '80000', i: 'a' });
    const data = ['1', '2', '3'].map((v) => ({ ...message.data[0], v }));
    const trades = known.linear().only('trade', { ...message, data });
    expect(trades.map(({ size }) => size)).toEqual([1, 2, 3]);
  });
});
