import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { forwardOf } from '../../../src/features/options/forward.ts';
import { bare, chainOf } from '../../support/options.ts';

const strikes = [70, 80, 90, 100, 110, 120, 130];

describe('the forward of an expiry', () => {
  test('is what the venue prices it with, the newest of them', () => {
    const rows = [
      { ...bare('call', 100), underlying: 101, ts: 5 },
      { ...bare('put', 100), underlying: 102, ts: 9 },
      { ...bare('call', 110), underlying: 104, ts: 9 },
      { ...bare('put', 110), underlying: 99 },
    ];
    expect(forwardOf(rows, 'quote', 90)).toEqual({ value: 103, source: 'venue' });
  });

  test.prop(
    [
      fc.double({ min: 85, max: 115, noNaN: true }),
      fc.constantFrom('coin' as const, 'quote' as const),
    ],
    { numRuns: 30 },
  )(
    'follows from put-call parity where the venue says none, in coins as in dollars',
    (forward, priceIn) => {
      const rows = chainOf({ forward, strikes, iv: () => 0.6, priceIn }).map((row) => ({
        ...row,
        underlying: null,
      }));
      const found = forwardOf(rows, priceIn, null)!;
      expect(found.source).toBe('parity');
      expect(found.value).toBeCloseTo(forward, 8);
    },
  );

  test('is not led astray by one bad price at the money', () => {
    const rows = chainOf({ forward: 100, strikes, iv: () => 0.6 }).map((row) => ({
      ...row,
      underlying: null,
      price: row.strike === 110 && row.type === 'call' ? row.price! + 9.9 : row.price,
    }));
    expect(forwardOf(rows, 'quote', null)?.value).toBeCloseTo(100, 8);
  });

  test('is the dated future when there is nothing else, and nothing when there is not even that', () => {
    const rows = [bare('call', 100), bare('put', 110)];
    expect(forwardOf(rows, 'quote', 101)).toEqual({ value: 101, source: 'future' });
    expect(forwardOf(rows, 'quote', null)).toBeUndefined();
  });
});
