import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { float, rounded, written } from '../../../src/sim/deribit/wire.ts';

describe('a float on the wire', () => {
  // As they came on 2026-09-30 and 2026-10-04.
  test.each([
    [85217.5, '85217.5'],
    [2000, '2.0e3'],
    [1940, '1940.0'],
    [12700, '1.27e4'],
    [6090, '6090.0'],
    [10, '10.0'],
    [300000, '3.0e5'],
    [109150, '109150.0'],
    [781497780, '781497780.0'],
    [0, '0.0'],
    [-2.1714e-4, '-2.1714e-4'],
    [-3.1e-6, '-3.1e-6'],
    [2e-5, '2.0e-5'],
    [0.1296, '0.1296'],
    [0.133, '0.133'],
    [-29.43212, '-29.43212'],
    [9341.40027576, '9341.40027576'],
    [1e21, '1.0e21'],
  ])('%d is %s', (value, text) => {
    expect(float(value).text).toBe(text);
  });

  test.prop([fc.double({ noNaN: true, noDefaultInfinity: true })])(
    'is JSON and the same number',
    (value) => {
      expect(JSON.parse(float(value).text)).toBe(value === 0 ? 0 : value);
    },
  );
});

test('whole numbers stay whole, and what is no number is none', () => {
  expect(
    written({ id: 5, amount: float(5), none: rounded(Number.NaN, 2), list: ['a', true] }),
  ).toBe('{"id":5,"amount":5.0,"none":null,"list":["a",true]}');
});
