import { expect, test } from 'vitest';
import { micros } from '../../src/model/units.ts';
import {
  createDecoderMemory,
  createDraft,
  type Draft,
  type ListingRules,
} from '../../src/venues/draft.ts';
import {
  inCoins,
  listedFrom,
  ONE,
  place,
  pricePerCoin,
  type Stated,
} from '../../src/venues/listed.ts';

const rules: ListingRules<Draft> = {
  venue: 'somewhere',
  feed: 'somewhere-swap',
  decimalsAtMost: 8,
  infer: () => {
    throw new Error('not asked for');
  },
};

const draft = () =>
  createDraft(rules, createDecoderMemory(), {
    t: micros(1_700_000_000_000_000),
    feed: 'somewhere-swap',
    chan: 'x',
    msg: '',
  });

const listed = (changes: Partial<Stated>) =>
  listedFrom(
    draft(),
    {
      symbol: 'BTC-USDT-SWAP',
      kind: 'perp',
      base: 'BTC',
      quote: 'USDT',
      settle: 'USDT',
      expiry: null,
      bookRule: 'chained',
      sizeUnit: 'base',
      bundle: { asset: 'BTC', coins: 1 },
      contract: ONE,
      priceGrid: { units: 1, scale: 10 },
      sizeGrid: { units: 1, scale: 100 },
      ...changes,
    },
    { isTrading: true, inferred: false },
  );

test.each<[string, Partial<Stated>, price: number, size: number, coins: number | undefined]>([
  ['base coins', {}, 50_000, 1.5, 1.5],
  ['contracts of 0.01 coins', { contract: { units: 1, scale: 100 } }, 50_000, 150, 1.5],
  [
    'contracts of ten million coins',
    { contract: { units: 10_000_000, scale: 1 } },
    0.00001,
    2,
    20_000_000,
  ],
  ['bundles of a thousand', { bundle: { asset: 'PEPE', coins: 1000 } }, 0.00001, 3, 3000],
  ['dollars', { sizeUnit: 'quote' }, 50_000, 75_000, 1.5],
  [
    'contracts of 100 dollars',
    { sizeUnit: 'quote', contract: { units: 100, scale: 1 } },
    50_000,
    750,
    1.5,
  ],
  ['contracts of unknown value', { sizeUnit: 'contracts' }, 50_000, 750, undefined],
])('a size in %s becomes base coins', (_, changes, price, size, coins) => {
  expect(inCoins(size, listed(changes), price)).toBe(coins);
});

test('the price of a bundle is divided among its coins, and steps count the same on both grids', () => {
  const bundle = listed({
    bundle: { asset: 'PEPE', coins: 1000 },
    priceGrid: { units: 1, scale: 10_000_000 },
    sizeGrid: { units: 100, scale: 1 },
  });
  expect(pricePerCoin(0.0123, bundle)).toBeCloseTo(0.0000123, 15);
  expect(bundle.instrument.priceGrid).toEqual({ units: 1, scale: 10_000_000_000 });
  expect(bundle.instrument.sizeGrid).toEqual({ units: 100_000, scale: 1 });
});

test('an instrument is named as ccxt would, behind its venue', () => {
  const expiry = micros(Date.UTC(2026, 2, 27, 8) * 1000);
  expect(listed({}).instrument.id).toBe('somewhere:BTC/USDT:USDT');
  expect(listed({ kind: 'spot' }).instrument.id).toBe('somewhere:BTC/USDT');
  expect(listed({ kind: 'future', expiry }).instrument.id).toBe('somewhere:BTC/USDT:USDT-260327');
  const option = { strike: 0.625, type: 'put' } as const;
  expect(listed({ kind: 'option', expiry, option }).instrument.id).toBe(
    'somewhere:BTC/USDT:USDT-260327-0.625-P',
  );
});

test('a listing that turns out to trade in other units is announced again', () => {
  const first = draft();
  place(first, listed({ sizeUnit: 'contracts' }));
  place(first, listed({ contract: { units: 1, scale: 100 } }));
  expect(
    first.events.map((event) => event.kind === 'listing' && event.instrument.sizeUnit),
  ).toEqual(['contracts', 'base']);
});
