import { describe, expect, test } from 'vitest';
import { unbundle, unbundleThousands } from '../../src/venues/bundles.ts';

describe('a listed base coin', () => {
  test.each([
    ['1000PEPE', 'PEPE', 1000],
    ['1000SHIB', 'SHIB', 1000],
    ['10000LADYS', 'LADYS', 10_000],
    ['1000000MOG', 'MOG', 1_000_000],
    ['1MBABYDOGE', 'BABYDOGE', 1_000_000],
    ['1000X', 'X', 1000],
  ])('%s is a bundle', (base, asset, coins) => {
    expect(unbundle(base)).toEqual({ asset, coins });
  });
  test.each(['BTC', '1INCH', '1000', '1MIL', '1000NEWCOIN', 'PEPE', '2Z', '1000pepe', 'X1000PEPE'])(
    '%s is itself',
    (base) => {
      expect(unbundle(base)).toEqual({ asset: base, coins: 1 });
    },
  );
});

describe('a coin of Hyperliquid', () => {
  test.each([
    ['kPEPE', 'PEPE', 1000],
    ['kNEIRO', 'NEIRO', 1000],
    ['kNEWCOIN', 'kNEWCOIN', 1],
    ['KPEPE', 'KPEPE', 1],
    ['PEPE', 'PEPE', 1],
    ['k', 'k', 1],
  ])('%s is %s times %i', (base, asset, coins) => {
    expect(unbundleThousands(base)).toEqual({ asset, coins });
  });
});
